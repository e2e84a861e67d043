// The viewer in figures: how soon a cone-beam CT of 400 slices is seen, how soon it is whole, and how quickly it scrolls.
//
// `HARUKA_BIN=target/release/haruka cargo xtask with node bench/viewer.mjs`. The server and a Chromium without a graphics card share the machine, over
// loopback; everything goes the way of a real reader: sign-in, page, frames with their digests checked before they are drawn.
import { instances, SERIES, STUDY } from '../fixtures/dicom/study.mjs';
import { Person } from '../e2e/lib/browsers.mjs';
import { command, Haruka } from '../e2e/lib/haruka.mjs';
import { signInAtDesk } from '../e2e/lib/sign-in.mjs';

const SLICES = 400;
const ROUNDS = 3;
const TOGETHER = 20;
const SCROLLED = 200;

const haruka = await new Haruka().start();
const reader = await Person.open('reader', { baseURL: haruka.http, draws: true });
const { page } = reader;
await page.setViewportSize({ width: 1280, height: 900 });

const key = command('token', '--user', 'sato', '--scope', 'dicomweb.write', '--label', 'bench', '--data', haruka.data).out.trim().split(/\s+/).pop();
const slices = [...instances({ size: 512, slices: SLICES })].filter((it) => it.series === SERIES.cbct);
for (let from = 0; from < slices.length; from += TOGETHER) {
  const parts = slices.slice(from, from + TOGETHER).flatMap((it) => [Buffer.from('--edge\r\ncontent-type: application/dicom\r\n\r\n'), it.bytes, Buffer.from('\r\n')]);
  const sent = await fetch(`${haruka.http}/dicom-web/studies`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, accept: 'application/dicom+json', 'content-type': 'multipart/related; type="application/dicom"; boundary=edge' },
    body: Buffer.concat([...parts, Buffer.from('--edge--\r\n')]),
  });
  if (!sent.ok) throw new Error(`sent: ${sent.status} ${await sent.text()}`);
}
console.log(`${slices.length} slices, ${(slices.reduce((sum, it) => sum + it.bytes.length, 0) / 1e6).toFixed(0)} MB`);

/** Milliseconds since the page was asked for, once `seen` holds. */
const reached = (seen) =>
  page.evaluate(`new Promise((done) => {
    const holds = ${seen};
    const look = () => (holds() ? done(performance.now()) : requestAnimationFrame(look));
    look();
  })`);
const drawn = () => {
  const canvas = document.querySelector('[data-testid="pane"][data-at] canvas');
  if (!canvas) return false;
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [64, 64];
  const context = copy.getContext('2d');
  context.drawImage(canvas, 0, 0, 64, 64);
  return new Set(context.getImageData(0, 0, 64, 64).data.filter((_, at) => at % 4 === 0)).size > 8;
};
const whole = () => document.querySelector('[data-testid="pane"]') && !/読み込み/.test(document.querySelector('[data-testid="pane"]').innerText);

/** Presses the key for the next slice as soon as the last one stands there. */
const scroll = (count) =>
  page.evaluate(
    (count) =>
      new Promise((done) => {
        const pane = document.querySelector('[data-testid="pane"]');
        const begun = performance.now();
        let at = Number(pane.dataset.at);
        let left = count;
        const press = () => pane.querySelector('canvas').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, composed: true }));
        const look = () => {
          if (Number(pane.dataset.at) === at + 1) {
            [at, left] = [at + 1, left - 1];
            if (left === 0) return done(count / ((performance.now() - begun) / 1000));
            press();
          }
          requestAnimationFrame(look);
        };
        press();
        look();
      }),
    count,
  );

const middle = (all) => all.sort((a, b) => a - b)[all.length >> 1];
await signInAtDesk(reader, 'sato');
const [first, all, rate] = [[], [], []];
for (let round = 0; round < ROUNDS; round += 1) {
  await page.goto('about:blank');
  await page.goto(`/images/${STUDY}`, { waitUntil: 'commit' });
  first.push(await reached(drawn));
  all.push(await reached(whole));
  await page.locator('[data-testid="pane"] canvas').first().click({ position: { x: 300, y: 200 } });
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.querySelector('[data-testid="pane"]').dataset.at === '1');
  rate.push(await scroll(SCROLLED));
}
console.log(`first picture  ${first.map((it) => it.toFixed(0)).join(', ')} ms; middle ${middle(first).toFixed(0)}`);
console.log(`every slice    ${all.map((it) => it.toFixed(0)).join(', ')} ms; middle ${middle(all).toFixed(0)}`);
console.log(`scrolling      ${rate.map((it) => it.toFixed(0)).join(', ')} slices/s; middle ${middle(rate).toFixed(0)}`);
await reader.close();
await haruka.stop();
