// Two windows of Chromium meet over the signalling of `crates/signal` and a relay that is killed and comes back.
//
//   cargo build -p signal --example room; (cd islands && npm ci && npm run build)
//   node e2e/signal.mjs [PATH-OF-ROOM-EXAMPLE]
//
// Needs chromium, turnserver and playwright-core. Ends what it started, by process id. Pictures go to e2e/out.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'out');
const scratch = mkdtempSync(join(tmpdir(), 'signal-'));
const room = process.argv[2] ?? join(process.env.CARGO_TARGET_DIR ?? join(here, '../target'), 'debug/examples/room');
const running = new Set();
const started = Date.now();
const log = (text) => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);

function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function relay(port) {
  const config = join(scratch, 'turn.conf');
  writeFileSync(config, [
    `listening-port=${port}`, 'listening-ip=127.0.0.1', 'relay-ip=127.0.0.1', 'allow-loopback-peers', 'lt-cred-mech',
    'user=room:secret', 'realm=room', 'no-cli', 'no-tls', 'no-dtls', 'min-port=49152', 'max-port=49999',
    `pidfile=${join(scratch, 'turn.pid')}`, 'log-file=stdout',
  ].join('\n'));
  return run('turnserver', ['-c', config]);
}

async function until(what, seconds, ask) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await ask().catch(() => undefined);
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const windows = [];
const measures = (page, tile = 'tile-camera') =>
  page.locator(`[data-testid=${tile}]`).first().evaluate((it) => ({
    frames: Number(it.dataset.frames), energy: Number(it.dataset.energy), relay: it.dataset.relay, connected: it.dataset.connected,
  }), undefined, { timeout: 500 });

/** Pictures and sound grow from now on. */
async function flows(page, who, seconds = 15, tile = 'tile-camera') {
  const start = await until(`${who} sees a tile`, seconds, () => measures(page, tile));
  const now = await until(`${who} receives picture and sound`, seconds, async () => {
    const it = await measures(page, tile);
    return it.frames > start.frames + 10 && it.energy > start.energy && it.connected === 'true' && it;
  });
  log(`${who}: ${now.frames} frames, energy ${now.energy.toFixed(3)}, relay ${now.relay}`);
  return now;
}

async function main() {
  mkdirSync(out, { recursive: true });
  const turnPort = await freePort();
  let turn = relay(turnPort);
  const dist = join(here, '../islands/dist');
  const server = run(room, ['127.0.0.1:0', dist, `turn:127.0.0.1:${turnPort}?transport=udp,turn:127.0.0.1:${turnPort}?transport=tcp`, 'secret']);
  const [line] = await once(server.stdout, 'data');
  const base = String(line).trim().split(' ')[1];
  const act = async (what) => (await fetch(`${base}/do/${what}`)).text();
  log(`room at ${base}, relay at ${turnPort}`);

  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-fake-device-for-media-stream=device-count=3'],
  });
  const window_ = async (path, size) => {
    const context = await browser.newContext({ viewport: size, permissions: ['camera', 'microphone'], baseURL: base });
    const page = await context.newPage();
    const faults = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(String(error)));
    windows.push(page);
    await page.goto(path);
    return { page, faults };
  };
  const shot = (page, name) => page.screenshot({ path: join(out, `${name}.png`) });
  const id = (page, name) => page.locator(`[data-testid=${name}]`);

  // A patient who is early waits alone; nothing of the relay is told.
  const patient = await window_('/call/patient?relay', { width: 360, height: 740 });
  await id(patient.page, 'prepare').waitFor();
  await shot(patient.page, 'waiting-360');
  await id(patient.page, 'prepare').click();
  await id(patient.page, 'video-preview').waitFor();
  const doctor = await window_('/call/doctor?relay', { width: 1280, height: 800 });
  await id(doctor.page, 'stage-empty').waitFor();
  await doctor.page.waitForTimeout(500);
  await shot(doctor.page, 'alone-1280');

  // The clinic rings.
  await act('ring');
  await act('admit-patient');
  await id(patient.page, 'answer').waitFor();
  await shot(patient.page, 'ring-360');
  const clicked = Date.now();
  await id(patient.page, 'answer').click();
  await id(patient.page, 'video-camera').waitFor();
  await until('first picture', 10, () => patient.page.locator('[data-testid=video-camera]').evaluate((it) => it.videoWidth > 0));
  log(`first picture ${Date.now() - clicked} ms after the answer`);
  const first = await flows(doctor.page, 'doctor');
  await flows(patient.page, 'patient');
  if (first.relay !== 'udp') throw new Error(`the forced relay was not used: ${first.relay}`);
  const words = async (page) => (await id(page, 'sign').allTextContents()).join(' ');
  await until('signs', 5, async () => (await words(doctor.page)) !== '');
  if ((await words(doctor.page)) !== (await words(patient.page))) throw new Error('the four words differ');
  log(`four words: ${await words(doctor.page)}`);

  // Chat: stored, shown to both, links inert.
  await id(patient.page, 'toggle-chat').click();
  await id(patient.page, 'chat-box').fill('右の奥歯です https://example.test/');
  await id(patient.page, 'chat-send').click();
  await id(patient.page, 'chat-line').waitFor();
  await shot(patient.page, 'chat-360');
  await id(patient.page, 'chat-close').click();
  await id(doctor.page, 'toggle-chat').click();
  await id(doctor.page, 'chat-line').waitFor();
  if (await doctor.page.locator('haruka-call a').count()) throw new Error('a link in the chat is alive');

  // The second camera.
  await id(patient.page, 'toggle-second').click();
  await shot(patient.page, 'second-choice-360');
  // Chromium's second fake camera delivers depth only; the third one pictures.
  await id(patient.page, 'second-1').click();
  await until('second camera', 10, () => doctor.page.locator('[data-testid=video-second]').evaluate((it) => it.videoWidth > 0));
  log('the second camera arrived');
  await doctor.page.waitForTimeout(1500);
  await shot(doctor.page, 'second-1280');
  await shot(patient.page, 'call-360');
  await id(doctor.page, 'chat-close').click();
  await id(patient.page, 'toggle-second').click();
  await id(doctor.page, 'tile-second').waitFor({ state: 'detached' });

  // Camera off is no picture, not black frames.
  await id(patient.page, 'toggle-picture').click();
  await doctor.page.locator('[data-testid=tile-cover]:visible').waitFor();
  await shot(doctor.page, 'camera-off-1280');
  await id(patient.page, 'toggle-picture').click();
  await flows(doctor.page, 'doctor after camera off and on');

  // The relay dies and comes back.
  turn.kill('SIGKILL');
  await once(turn, 'exit');
  log('relay killed');
  await until('the doctor is told', 25, async () => (await measures(doctor.page)).connected === 'false');
  log('the doctor sees that nothing comes');
  await doctor.page.waitForTimeout(1000);
  await shot(doctor.page, 'broken-1280');
  await doctor.page.waitForTimeout(4000);
  turn = relay(turnPort);
  const back = Date.now();
  await flows(doctor.page, 'doctor after the relay is back', 40);
  await flows(patient.page, 'patient after the relay is back', 40);
  log(`back within ${Date.now() - back} ms of the relay's return`);

  // A reload needs no second answer.
  await patient.page.reload();
  await flows(patient.page, 'patient after reload', 20);
  await flows(doctor.page, 'doctor after reload', 20);
  await shot(doctor.page, 'reloaded-1280');

  // A phone call takes camera and microphone: one button.
  await patient.page.evaluate(() => document.querySelector('[data-testid=video-self]').srcObject.getTracks().forEach((it) => it.stop()));
  await id(patient.page, 'again').waitFor({ timeout: 15_000 });
  await shot(patient.page, 'again-360');
  await id(patient.page, 'again').click();
  await flows(doctor.page, 'doctor after the phone call', 20);

  // Strangers and second windows.
  const stranger = await window_('/call/guessed', { width: 360, height: 740 });
  await id(stranger.page, 'card-title').filter({ hasText: 'このリンクでは入れません' }).waitFor();
  if (await stranger.page.locator('video[data-testid=video-camera]').count()) throw new Error('a stranger sees something');
  await shot(stranger.page, 'stranger-360');
  const second = await window_('/call/patient?relay', { width: 360, height: 740 });
  await id(patient.page, 'card-title').filter({ hasText: '別の画面で開かれました' }).waitFor();
  await flows(second.page, 'patient on a second device', 20);
  await flows(doctor.page, 'doctor with the second device', 20);

  // The device test, alone with its relay and without one.
  const tester = await window_('/test', { width: 360, height: 740 });
  await shot(tester.page, 'test-start-360');
  await id(tester.page, 'test-start').click();
  await id(tester.page, 'camera-yes').waitFor();
  await shot(tester.page, 'test-camera-360');
  await id(tester.page, 'camera-yes').click();
  await id(tester.page, 'motion-frames').waitFor({ timeout: 15_000 });
  await id(tester.page, 'test-next').click();
  await shot(tester.page, 'test-shade-360');
  await id(tester.page, 'shade-2').click();
  await id(tester.page, 'colour-yes').waitFor();
  await shot(tester.page, 'test-colour-360');
  await id(tester.page, 'colour-yes').click();
  await until('the microphone hears', 10, () => id(tester.page, 'test-next').isEnabled());
  await shot(tester.page, 'test-microphone-360');
  await id(tester.page, 'test-next').click();
  await id(tester.page, 'speaker-play').click();
  await shot(tester.page, 'test-speaker-360');
  await id(tester.page, 'speaker-yes').click();
  await id(tester.page, 'way-tcp').waitFor({ timeout: 20_000 });
  await shot(tester.page, 'test-network-360');
  await id(tester.page, 'test-kept').filter({ hasText: '結果を保存しました' }).waitFor({ timeout: 20_000 });
  await shot(tester.page, 'test-summary-360');
  const marks = await tester.page.locator('[data-mark]').evaluateAll((all) => all.map((it) => `${it.dataset.testid}=${it.dataset.mark}`));
  log(marks.join(' '));
  if (marks.some((it) => !/good|fair/.test(it))) throw new Error('the device test is not content');

  // The end.
  await act('end');
  await id(doctor.page, 'card-title').filter({ hasText: '通話が終わりました' }).waitFor();
  await shot(second.page, 'ended-360');
  console.log(await (await fetch(`${base}/state`)).text());
  for (const [who, it] of Object.entries({ patient, doctor, stranger, second, tester })) {
    const serious = it.faults.filter((text) => !/favicon|AudioContext|vibrate/.test(text));
    if (serious.length > 0) throw new Error(`${who}: ${serious.join('\n')}`);
  }
  await browser.close();
}

main()
  .then(() => log('all well'))
  .catch(async (error) => {
    console.error(error);
    await Promise.all(windows.map((page, place) => page.screenshot({ path: join(out, `failed-${place}.png`) }).catch(() => undefined)));
    process.exitCode = 1;
  })
  .finally(() => {
    running.forEach((it) => it.kill('SIGKILL'));
    rmSync(scratch, { recursive: true, force: true });
    setTimeout(() => process.exit(), 500);
  });
