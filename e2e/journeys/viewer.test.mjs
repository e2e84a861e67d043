// The viewer against a server that can lie (lib/imposter.mjs): what is drawn, measured and reconstructed out of a jaw whose
// measures are known; and that nothing is drawn that is not what was taken in (TR-12, TR-24, TR-13).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { PRIOR, SERIES, STUDY } from '../../fixtures/dicom/study.mjs';
import { Person } from '../lib/browsers.mjs';
import { Imposter } from '../lib/imposter.mjs';
import { pictures, until } from '../lib/place.mjs';
import { axe } from '../lib/visit.mjs';

const SLICES = 100;
const MIDDLE = `${SERIES.cbct}.51`;
let server;
let reader;
before(async () => {
  server = await new Imposter({ size: 96, slices: SLICES }).start();
  reader = await Person.open('reader', { baseURL: server.base, draws: true });
  await reader.page.setViewportSize({ width: 1280, height: 900 });
});
after(async () => {
  await reader?.close();
  await server?.stop();
});

const id = (name) => reader.page.locator(`[data-testid="${name}"]`);
const picture = (name) => reader.page.screenshot({ path: join(pictures(), `viewer-${name}.png`) });
const series = (uid) => reader.page.locator(`[data-series="${uid}"][data-testid="series"]`);
const pane = (at = 0) => id('pane').nth(at);
const shows = (at, number) => until(`pane ${at} shows ${number}`, async () => (await pane(at).getAttribute('data-at')) === String(number));
const open = async (lie = {}) => {
  // A page that is left saves what waits: it goes before the server forgets.
  await reader.page.goto('about:blank');
  server.lie = lie;
  server.asked = [];
  server.forget();
  await reader.page.goto('/images/open');
};
const faults = () => reader.page.locator('[data-testid="refused"]').evaluateAll((all) => all.map((it) => `${it.dataset.fault} ${it.querySelector('code').textContent}`));

/** How many different greys a canvas holds, and how bright it is. */
const greys = (selector) =>
  reader.page.locator(selector).evaluate((canvas) => {
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext('2d');
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4) seen.add(data[at]);
    return seen.size;
  });

test('a study opens on its first series, with whose it is in three scripts and which way it lies', async () => {
  await open();
  await shows(0, SLICES / 2 + 1);
  assert.match(await id('who').innerText(), /田中 花子 \/ たなか はなこ \/ TANAKA HANAKO ID AOBA-000123\s+1958年3月4日\s+女/);
  for (const [edge, letter] of [['left', 'R'], ['right', 'L'], ['top', 'A'], ['bottom', 'P']]) assert.equal(await id(`edge-${edge}`).innerText(), letter);
  assert.equal(await series(SERIES.cbct).getAttribute('aria-current'), 'true');
  assert.ok((await greys('[data-testid="pane"] canvas')) > 20);
  await until('every slice', async () => !/読み込み/.test(await pane().innerText()));
  await picture('stack');
  assert.deepEqual(await axe(reader.page), []);
});

test('keys, wheel and slider scroll; window, turning and mirroring are said on the picture', async () => {
  await pane().click({ position: { x: 300, y: 200 } });
  const { page } = reader;
  await page.keyboard.press('ArrowDown');
  await shows(0, SLICES / 2 + 2);
  await page.keyboard.press('PageUp');
  await shows(0, SLICES / 2 - 8);
  await page.keyboard.press('Home');
  await shows(0, 1);
  await pane().hover({ position: { x: 300, y: 200 } });
  await page.mouse.wheel(0, 120);
  await until('the wheel', async () => Number(await pane().getAttribute('data-at')) > 1);
  await page.keyboard.press('2');
  await until('the bone window', async () => /W 2500\s+L 500/.test(await pane().innerText()));
  await page.keyboard.press('h');
  await id('mirrored').waitFor();
  assert.equal(await id('edge-left').innerText(), 'L');
  await page.keyboard.press('r');
  await id('turned').waitFor();
  assert.ok(['A', 'P'].includes(await id('edge-left').innerText()));
  await picture('mirrored-turned');
  await page.keyboard.press('0');
  await id('mirrored').waitFor({ state: 'detached' });
  assert.equal(await id('edge-left').innerText(), 'R');
  await page.keyboard.press('?');
  await id('keys').waitFor();
  await page.keyboard.press('Escape');
  await id('keys').waitFor({ state: 'detached' });
});

test('a length between two steel balls is what they are apart, and is given out as data with the key images', async () => {
  const { page } = reader;
  await page.evaluate(() => document.addEventListener('haruka-marks', (event) => (globalThis.given = event.detail)));
  // The balls lie at −6 mm: slices are half a pixel apart, the middle of the stack is 0.
  const spacing_mm = 76.8 / 96;
  await page.keyboard.press('Home');
  const to = Math.round(SLICES / 2 - 6 / (spacing_mm * 0.5)) + 1;
  await page.locator('[data-testid="pane"] input[type=range]').fill(String(to));
  await shows(0, to);
  await page.keyboard.press('k');
  await id('tool-Length').click();
  const box = await pane().locator('canvas').boundingBox();
  const scale = await id('scale').locator('.hv-scale-bar').evaluate((it) => it.getBoundingClientRect().width);
  const scale_mm = Number(/(\d+) mm/.exec(await id('scale').innerText())[1]);
  const pixels_mm = scale / scale_mm;
  const at = (x, y) => [box.x + box.width / 2 + x * pixels_mm, box.y + box.height / 2 + y * pixels_mm];
  await page.mouse.move(...at(-10, -33));
  await page.mouse.down();
  await page.mouse.move(...at(0, -33), { steps: 4 });
  await page.mouse.move(...at(10, -33), { steps: 4 });
  await page.mouse.up();
  const given = await until('the length', () => page.evaluate(() => globalThis.given?.marks.length > 0 && globalThis.given));
  const [mark] = given.marks;
  assert.equal(mark.kind, 'Length');
  assert.ok(Math.abs(mark.values.length - 20) < 0.5, `${mark.values.length} mm`);
  assert.equal(mark.values.unit, 'mm');
  assert.equal(mark.sop, `${SERIES.cbct}.${to}`);
  for (const [point, x] of mark.points.map((it, place) => [it, place === 0 ? -10 : 10])) {
    assert.ok(Math.abs(point[0] - x) < 0.7 && Math.abs(point[1] + 33) < 0.7, `ends at ${point}`);
  }
  assert.deepEqual(given.keyImages, [{ study: STUDY, series: SERIES.cbct, sop: `${SERIES.cbct}.${to}`, frame: 1 }]);
  await picture('length');
  await id('remove').click();
  await until('the length is gone', () => page.evaluate(() => globalThis.given.marks.length === 0));
  await id('tool-WindowLevel').click();
});

test('TR-24: a lossy film says so with its ratio, and that letters are burned in; its lengths are on the detector', async () => {
  await series(SERIES.intraoral).click();
  await shows(0, 1);
  await id('lossy').waitFor();
  assert.equal(await id('lossy').innerText(), '非可逆圧縮 1/8.5');
  await id('burned-in').waitFor();
  assert.match(await pane().innerText(), /検出器面/);
  assert.equal(await id('mode-mpr').getAttribute('aria-disabled'), 'true');
  await picture('intra-oral');
});

test('three planes are cut through the jaw, and a slab is thick', async () => {
  await series(SERIES.cbct).click();
  await shows(0, SLICES / 2 + 1);
  await id('mode-mpr').click();
  await id('mpr').waitFor();
  for (const plane of [0, 1, 2]) await until(`plane ${plane} is drawn`, async () => (await greys(`[data-testid="mpr-${plane}"] canvas`)) > 20);
  assert.match(await id('mpr-1').innerText(), /H/);
  await id('slab').selectOption('5');
  await until('the slab', async () => /厚さ 5.0 mm/.test(await id('mpr-0').innerText()));
  await picture('mpr');
  assert.deepEqual(await axe(reader.page), []);
});

test('the jaw is unrolled along its arch, with sections across it; a length on a section is given out', async () => {
  const { page } = reader;
  await id('mode-panorama').click();
  await page.locator('[data-testid="unrolled"] canvas[data-filled="whole"]').waitFor();
  await page.locator('[data-testid="section-2"] canvas[data-filled="whole"]').waitFor();
  assert.ok((await greys('[data-testid="unrolled"] canvas')) > 40);
  assert.match(await id('unrolled').innerText(), /R/);
  // The arch was found by itself: it is about as long as the jaw, with a little more at both ends.
  const length_mm = Number(await page.getByLabel('断面の位置').getAttribute('max'));
  assert.ok(length_mm > 80 && length_mm < 150, `${length_mm} mm`);
  await page.evaluate(() => (globalThis.given = undefined));
  await id('tool-Length').click();
  const box = await id('section-2').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.4);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.6, { steps: 4 });
  await page.mouse.up();
  const given = await until('the length', () => page.evaluate(() => globalThis.given?.marks.length > 0 && globalThis.given));
  const [mark] = given.marks;
  assert.equal(mark.kind, 'SectionLength');
  const [one, other] = mark.points;
  assert.ok(Math.abs(Math.hypot(...one.map((it, axis) => it - other[axis])) - mark.values.length) < 0.05, 'the ends lie in the patient as far apart as said');
  await picture('panorama');
  // A point of the arch is moved by the keyboard: what was measured on the old cut goes, and that is said.
  await page.locator('.hv-handle').first().focus();
  await page.keyboard.press('ArrowLeft');
  await until('the length is gone', () => page.evaluate(() => globalThis.given.marks.length === 0));
  await until('the arch is saved', async () => server.saved[STUDY]?.at(-1).set.arches.length === 1 && server.saved[STUDY].at(-1).set.marks.length === 0);
  assert.match(await page.locator('.hv-status').innerText(), /計測を消しました/);
  assert.deepEqual(await axe(page), []);
  await id('mode-pictures').click();
  await pane().waitFor();
});

test('the earlier examination stands beside, and both scroll together', async () => {
  await id('compare').click();
  await until('two panes', async () => (await id('pane').count()) === 2);
  await until('the earlier one', async () => (await pane(1).getAttribute('data-series')) === SERIES.prior);
  const before = Number(await pane(1).getAttribute('data-at'));
  await pane(0).click({ position: { x: 200, y: 200 } });
  await reader.page.keyboard.press('PageDown');
  await reader.page.keyboard.press('PageDown');
  await until('the other has followed', async () => Number(await pane(1).getAttribute('data-at')) > before);
  assert.match(await pane(1).innerText(), /2024年11月5日/);
  await picture('compare');
});

test('TR-24: what is drawn is saved by itself and is there again; a broken line is said and made up for', async () => {
  const { page } = reader;
  const given = () => page.evaluate(() => document.querySelector('haruka-viewer').marks);
  const told = (words) => until(String(words), async () => words.test(await id('saved').innerText()));
  const lines = () => pane().locator('svg line[data-id$="-line"]').count();
  const drag = async (from, to) => {
    const box = await pane().locator('canvas').boundingBox();
    const at = ([x, y]) => [box.x + box.width / 2 + x, box.y + box.height / 2 + y];
    await page.mouse.move(...at(from));
    await page.mouse.down();
    await page.mouse.move(...at([(from[0] + to[0]) / 2, to[1]]), { steps: 3 });
    await page.mouse.move(...at(to), { steps: 3 });
    await page.mouse.up();
  };
  await open();
  await shows(0, SLICES / 2 + 1);
  await id('tool-Length').click();
  await drag([-80, 0], [80, 0]);
  await page.keyboard.press('k');
  await until('both are saved', () => server.saved[STUDY]?.at(-1).set.marks.length === 1 && server.saved[STUDY].at(-1).set.keyImages.length === 1);
  await told(/計測を保存しました 14:02/);
  const [first] = await given().then((it) => it.marks);
  const saved = () => server.saved[STUDY].at(-1).set;
  assert.deepEqual(saved().keyImages, [{ series: SERIES.cbct, sop: MIDDLE, frame: 1 }]);
  const [mark] = saved().marks;
  assert.deepEqual(mark.picture, { series: SERIES.cbct, sop: MIDDLE, frame: 1 });
  assert.ok(Math.abs(Math.hypot(mark.pixels[1][0] - mark.pixels[0][0], mark.pixels[1][1] - mark.pixels[0][1]) * 0.8 - mark.values.length) < 0.1, 'as long in the picture as in the patient');
  assert.ok(saved().looks[0].width > 0, 'and how it was seen');

  server.others[STUDY] = [{ number: 3, author: '渡辺 亮', facility: 'みなと病院', savedAt: '2026年11月20日（金） 09:30', kept: true, set: { ...saved(), marks: [{ ...mark, id: 'theirs', points: mark.points.map(([x, y, z]) => [x, y + 10, z]) }], keyImages: [] } }];
  const versions = server.saved[STUDY].length;
  await page.reload();
  await shows(0, SLICES / 2 + 1);
  await until('the length is there again', async () => (await given()).marks.length === 1);
  assert.deepEqual((await given()).marks[0], first);
  await until('mine and theirs are drawn', async () => (await lines()) >= 2);
  assert.match(await id('foreign').innerText(), /渡辺 亮\(みなと病院\) 2026年11月20日（金） 09:30 計測 1件/);
  assert.match(await pane().innerText(), /★ キー画像/);
  await picture('marks-again');
  await id('tool-WindowLevel').click();
  await id('remove').click();
  await until('mine is gone', async () => (await given()).marks.length === 0);
  await id('remove').click();
  await until('theirs stays', async () => (await lines()) === 1 && (await given()).marks.length === 0);
  await until('that is saved', () => saved().marks.length === 0);
  await told(/計測を保存しました/);
  assert.equal(server.saved[STUDY].length, versions + 1, 'opening saved nothing');

  await page.keyboard.press('o');
  await id('marks-hidden').waitFor();
  await until('nothing is drawn', async () => (await lines()) === 0);
  await page.keyboard.press('o');
  await until('it is back', async () => (await lines()) === 1);

  server.away = true;
  await id('tool-Length').click();
  await drag([-60, 60], [60, 60]);
  await told(/通信が途切れています/);
  await picture('marks-away');
  server.away = false;
  await told(/計測を保存しました/);
  assert.equal(saved().marks.length, 1);
  await id('keep-marks').click();
  await told(/計測を残しました 14:02\(DICOM 2 件\)/);
  assert.deepEqual(await axe(page), []);
  // The broken line was ours.
  reader.troubles.length = 0;
  await id('tool-WindowLevel').click();
});

test('TR-12: one flipped bit, a swapped, a missing, an extra and a wrongly described instance are named and never drawn', async () => {
  for (const [name, lie, expected] of [
    ['flipped', { flip: MIDDLE }, [`changed ${MIDDLE}`]],
    ['swapped', { swap: [MIDDLE, `${SERIES.cbct}.52`] }, [`swapped ${MIDDLE}`, `swapped ${SERIES.cbct}.52`]],
    ['missing', { missing: `${SERIES.cbct}.10` }, [`missing ${SERIES.cbct}.10`]],
    ['extra', { extra: MIDDLE }, [`extra ${MIDDLE}`]],
    ['described', { describe: MIDDLE }, [`described ${MIDDLE}`]],
  ]) {
    await open(lie);
    await until(`${name} is named`, async () => expected.every(async (it) => (await faults()).includes(it)) && (await faults()).length >= expected.length);
    await until('all of them', async () => JSON.stringify((await faults()).sort()) === JSON.stringify([...expected].sort()));
    assert.match(await id('alerts').innerText(), /表示しません/);
    if (name !== 'missing') {
      await reader.page.locator('[data-testid="pane"] input[type=range]').fill('51');
      await until('the plate covers the picture', () => id('plate').isVisible());
      assert.match(await id('plate').innerText(), /表示できません/);
      assert.ok((await id('plate').innerText()).includes(MIDDLE));
      await picture(`refused-${name}`);
    }
    // Nothing is reconstructed out of a stack of which one slice is wrong.
    await reader.page.locator('[data-testid="pane"] input[type=range]').fill('30').catch(() => undefined);
    await id('mode-panorama').click({ force: true });
    await until('no panorama', async () => /再構成できません|再構成しません/.test(await reader.page.locator('.hv-progress').innerText()));
    assert.equal(await id('panorama').count(), 0);
  }
});

test('a picture that is slow to come keeps nobody from those that are here, and one that was not reached can be asked for again', async () => {
  const { page } = reader;
  await open({ slow: MIDDLE.replace(/51$/, '80') });
  await shows(0, SLICES / 2 + 1);
  const slider = page.locator('[data-testid="pane"] input[type=range]');
  await slider.fill('80');
  await until('it is said what is waited for', async () => /画像 80 を読み込んでいます/.test(await pane().innerText()));
  assert.equal(await pane().getAttribute('data-at'), String(SLICES / 2 + 1), 'the picture before, with its own number');
  await slider.fill('52');
  await shows(0, 52);
  assert.ok(!/読み込んでいます/.test(await pane().innerText()));
  await slider.fill('80');
  server.release();
  await shows(0, 80);
  await open({ away: `${SERIES.panoramic}.1` });
  await shows(0, SLICES / 2 + 1);
  await series(SERIES.panoramic).click();
  await id('again').waitFor();
  await picture('unreached');
  server.lie = {};
  await id('again').click();
  await until('the film', async () => (await pane().getAttribute('data-series')) === SERIES.panoramic);
  assert.equal(await id('again').isVisible(), false);
});

test('cine is over when another series is opened, and its button says so', async () => {
  await open();
  await shows(0, SLICES / 2 + 1);
  await id('cine').click();
  await until('it runs', async () => Number(await pane().getAttribute('data-at')) > SLICES / 2 + 3);
  assert.equal(await id('cine').getAttribute('aria-pressed'), 'true');
  await series(SERIES.panoramic).click();
  await until('the film', async () => (await pane().getAttribute('data-series')) === SERIES.panoramic);
  assert.equal(await id('cine').getAttribute('aria-pressed'), 'false');
});

test('on a tablet one finger does what was chosen, two enlarge and move, and the page stays where it is', async () => {
  const fingers = await Person.open('fingers', { baseURL: server.base, draws: true, touch: true });
  try {
    const { page } = fingers;
    await page.setViewportSize({ width: 820, height: 1180 });
    await page.goto('/images/open');
    const here = page.locator('[data-testid="pane"]');
    const at = async () => Number(await here.getAttribute('data-at'));
    await until('the middle', async () => (await at()) === SLICES / 2 + 1);
    // All at the same moment: some come and go while pictures are loading.
    const heights = await page.locator('.hv').evaluate((it) => [...it.querySelectorAll('button, select, input[type=range]')].filter((one) => one.checkVisibility()).map((one) => [one.outerHTML, one.getBoundingClientRect().height]));
    assert.ok(heights.length > 10, `${heights.length} controls`);
    assert.deepEqual(heights.filter(([, height]) => height < 44), []);
    const box = await here.locator('canvas').boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const client = await fingers.context.newCDPSession(page);
    const touch = (type, ...points) => client.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([px, py], place) => ({ x: px, y: py, id: place })) });
    const draw = async (from, to) => {
      await touch('touchStart', ...from);
      for (let step = 1; step <= 8; step += 1) await touch('touchMove', ...from.map(([px, py], place) => [px + ((to[place][0] - px) * step) / 8, py + ((to[place][1] - py) * step) / 8]));
      await touch('touchEnd');
    };
    const says = (words) => until(`the pane says ${words}`, async () => words.test(await here.innerText()));
    const window_ = async () => /W (\d+)\s+L (-?\d+)/.exec(await here.innerText())?.slice(1).join(' ');
    const before = await window_();
    await draw([[x, y]], [[x + 90, y + 60]]);
    await until('the window has changed', async () => (await window_()) !== before);
    const zoom = async () => Number(/(\d+) %/.exec(await here.innerText())?.[1]);
    const small = await zoom();
    await draw([[x - 40, y], [x + 40, y]], [[x - 160, y + 30], [x + 160, y + 30]]);
    await until('it is enlarged', async () => (await zoom()) > small * 1.2);
    assert.equal(await at(), SLICES / 2 + 1, 'two fingers scroll nothing');
    await page.locator('[data-testid="reset"]').tap();
    await page.locator('[data-testid="tool-Scroll"]').tap();
    const shown = await window_();
    await draw([[x, y]], [[x, y + 120]]);
    await until('it has scrolled', async () => (await at()) > SLICES / 2 + 6);
    assert.equal(await window_(), shown, 'scrolling leaves the window alone');
    assert.equal(await page.evaluate(() => window.scrollY), 0, 'the page has not moved');
    await says(/画像 \d+ \/ 100/);
    await page.screenshot({ path: join(pictures(), 'viewer-tablet.png') });
    assert.deepEqual(fingers.troubles, []);
  } finally {
    await fingers.close();
  }
});

test('nothing of a patient stays in the browser, and nothing was asked of anybody else', async () => {
  await open();
  await shows(0, SLICES / 2 + 1);
  const left = await reader.page.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length, document.cookie]);
  assert.deepEqual(left, [0, 0, 0, 0, '']);
  assert.ok(server.asked.some((it) => it.includes(`/studies/${PRIOR}/`)));
  assert.deepEqual(reader.troubles, []);
});

test('on a phone it can be looked at, and in English', async () => {
  await reader.page.setViewportSize({ width: 360, height: 740 });
  await reader.page.goto('/images/open?lang=en');
  await shows(0, SLICES / 2 + 1);
  const wide = await reader.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0);
  assert.match(await id('mode-panorama').innerText(), /Panorama/);
  await picture('phone');
  await reader.page.setViewportSize({ width: 1280, height: 900 });
});

test('TR-13: the pattern is drawn on real pixels, and says when it is on another screen than was registered', async () => {
  const { page } = reader;
  await page.goto('/pattern');
  assert.ok((await greys('.hp-chart')) > 200);
  const otherwise = () => id('otherwise').innerText();
  assert.match(await otherwise(), /登録されたモニター（2048×1536画素）と違います/);
  await page.screenshot({ path: join(pictures(), 'viewer-pattern.png'), fullPage: true });
  assert.deepEqual(await axe(page), []);
  const [width, height] = await page.evaluate(() => [screen.width, screen.height]);
  await page.goto(`/pattern?width=${width}&height=${height}`);
  assert.ok((await greys('.hp-chart')) > 200);
  assert.equal(await otherwise(), '');
});
