// The two islands against the signalling alone, without the rest of the house: crates/signal/examples/room.rs serves them
// with fixed tickets. What a whole visit walks through is another journey; here are the bad days of a call.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Person } from '../lib/browsers.mjs';
import { root, until } from '../lib/place.mjs';
import { Relay } from '../lib/relay.mjs';
import { colour } from '../lib/stats.mjs';
import { visit } from '../lib/visit.mjs';

const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 800 };

let relay;
let room;
let base;
let dentist;
let patient;
before(async () => {
  const built = spawnSync('cargo', ['build', '--quiet', '--workspace', '--example', 'room'], { cwd: root, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  relay = await Relay.start();
  const { username, credential } = relay.credentials();
  const program = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/examples/room');
  room = spawn(program, ['127.0.0.1:0', join(root, 'islands/dist'), relay.urls.join(), username, credential], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(room.stdout, 'data');
  base = String(line).trim().split(' ')[1];
  // Three fake cameras: the first is the face, the second gives depth only, the third can be put into a mouth.
  [dentist, patient] = await Promise.all([
    Person.open('dentist', { baseURL: base, rgb: [30, 120, 200], hertz: 660 }),
    Person.open('patient', { baseURL: base, cameras: 3 }),
  ]);
  await Promise.all([dentist.page.setViewportSize(DESK), patient.page.setViewportSize(PHONE)]);
});
after(async () => {
  await Promise.all([dentist?.close(), patient?.close()]);
  await relay?.down();
  room?.kill();
});

const id = (person, name) => person.page.locator(`[data-testid=${name}]`);
const card = (person, text) => id(person, 'card-title').filter({ hasText: text }).waitFor();
const act = async (what) => (await fetch(`${base}/do/${what}`)).text();
const record = async () => (await fetch(`${base}/state`)).text();
const recorded = (pattern) => until(`${pattern} in the record`, async () => pattern.test(await record()));

/** What the island itself has measured of the other's camera. */
const measured = (person) =>
  id(person, 'tile-camera').first().evaluate((it) => ({ frames: Number(it.dataset.frames), energy: Number(it.dataset.energy), ...it.dataset }), undefined, { timeout: 1_000 });

/** From now on, pictures move and sound has energy. */
async function flows(person, patience_ms = 30_000) {
  const first = await until('a tile', () => measured(person), patience_ms);
  return until(
    `${person.name} sees and hears`,
    async () => {
      const now = await measured(person);
      // A connection that was made anew counts from the start.
      return (now.frames > first.frames + 10 || now.frames < first.frames) && now.energy > 0 && now.connected === 'true' && now;
    },
    patience_ms,
  );
}

const both = (patience_ms) => Promise.all([flows(dentist, patience_ms), flows(patient, patience_ms)]);

test('an early patient waits alone and gets ready', async () => {
  await patient.page.goto('/call/patient?relay');
  await visit(patient.page, 'call-waiting');
  await id(patient, 'prepare').click();
  await id(patient, 'video-preview').waitFor();
  assert.equal(await id(patient, 'answer').count(), 0);
});

test('the clinic rings, both see and hear through the relay, and the four words agree', async () => {
  await dentist.page.goto('/call/doctor?relay');
  await dentist.page.getByText('まだ招き入れていません').waitFor();
  await visit(dentist.page, 'call-alone');
  await act('ring');
  await act('admit-patient');
  await id(patient, 'answer').waitFor();
  await visit(patient.page, 'call-ring');
  await id(patient, 'answer').click();
  const [seen] = await both();
  assert.match(seen.relay, /udp|tcp|tls/, 'the forced relay was used');
  const [red, , blue] = await colour(patient.page, '[data-testid=video-camera]');
  assert.ok(blue > red + 50, 'the patient sees the dentist’s blue camera');
  const words = async (person) => (await id(person, 'sign').allTextContents()).join(' ');
  await until('four words', async () => (await words(dentist)) && (await words(dentist)) === (await words(patient)));
  await visit(patient.page, 'call-patient');
  await visit(dentist.page, 'call-dentist');
});

test('words in the call reach the other side, and a link is only letters (OV-247)', async () => {
  await id(patient, 'toggle-chat').click();
  await id(patient, 'chat-box').fill('右の奥歯です https://example.test/');
  await id(patient, 'chat-send').click();
  await id(patient, 'chat-line').filter({ hasText: 'https://example.test/' }).waitFor();
  await visit(patient.page, 'call-chat');
  await id(patient, 'chat-close').click();
  await id(dentist, 'toggle-chat').filter({ hasText: '新しい文字' }).click();
  await id(dentist, 'chat-line').waitFor();
  assert.equal(await dentist.page.locator('[data-testid=chat-line] a').count(), 0);
  await id(dentist, 'chat-close').click();
});

test('the second camera comes as a picture of its own', async () => {
  await id(patient, 'toggle-second').click();
  await id(patient, 'second-1').click();
  await until('the mouth', () => id(dentist, 'video-second').evaluate((it) => it.videoWidth > 0, undefined, { timeout: 500 }));
  await visit(dentist.page, 'call-second');
  await id(dentist, 'tile-second').locator('[data-testid=tile-large]').click();
  await id(patient, 'toggle-second').click();
  await id(dentist, 'tile-second').waitFor({ state: 'detached' });
});

test('a camera that is off is no picture, and the doctor decides whether to go on without (OV-161)', async () => {
  await id(patient, 'toggle-picture').click();
  await id(dentist, 'tile-cover').filter({ hasText: 'カメラは切れています' }).waitFor();
  await id(dentist, 'picture-without').waitFor();
  const { frames } = await measured(dentist);
  await visit(dentist.page, 'call-without-picture');
  assert.equal((await measured(dentist)).frames, frames, 'no black frames pass for a picture');
  await id(dentist, 'picture-without').click();
  await id(patient, 'toggle-picture').click();
  await both();
  await recorded(/doctor WithoutPicture[^]*doctor WithPicture/);
});

test('a broken line to the server does not break the call', async () => {
  const before = await measured(dentist);
  await dentist.context.setOffline(true);
  await until('the person is told', () => id(dentist, 'banner-line').isVisible(), 25_000);
  await dentist.context.setOffline(false);
  await id(dentist, 'banner-line').waitFor({ state: 'detached' });
  const after = await flows(dentist);
  assert.ok(after.frames > before.frames, 'the same connection goes on');
  assert.equal(await id(patient, 'banner-flash').filter({ hasText: '入り直しました' }).count(), 0);
});

test('the relay dies, comes back, and so does the call', async () => {
  await relay.down();
  await id(dentist, 'tile-cover').filter({ hasText: '接続が切れました' }).waitFor({ timeout: 30_000 });
  await visit(dentist.page, 'call-broken');
  await relay.up();
  await both(45_000);
});

test('a reload needs no second answer, and the other side sees that somebody came in again (OV-244)', async () => {
  await patient.page.reload();
  await id(dentist, 'banner-flash').filter({ hasText: '入り直しました' }).waitFor();
  await both();
  await recorded(/patient ChangedDevice/);
});

test('a phone call takes camera and microphone, one button brings them back', async () => {
  await patient.page.evaluate(() => document.querySelector('[data-testid=video-self]').srcObject.getTracks().forEach((it) => it.stop()));
  await id(patient, 'again').waitFor({ timeout: 20_000 });
  await visit(patient.page, 'call-again');
  await id(patient, 'again').click();
  await both();
  await recorded(/patient Interrupted[^]*patient Resumed/);
});

test('a third person waits until let in, then all three see each other (OV-164)', async () => {
  const third = await Person.open('third', { baseURL: base, rgb: [60, 160, 60], hertz: 550 });
  try {
    await third.page.goto('/call/third?relay&lang=en');
    await id(third, 'prepare').click();
    await visit(third.page, 'call-third-waiting');
    assert.equal(await third.page.locator('[data-testid=tile-camera]').count(), 0);
    await act('admit-third');
    await id(third, 'enter').click();
    for (const person of [dentist, patient, third]) {
      await until(`${person.name} sees two`, () => person.page.evaluate(() => {
        const all = [...document.querySelectorAll('[data-testid=tile-camera]')];
        return all.length === 2 && all.every((it) => Number(it.dataset.frames) > 10 && Number(it.dataset.energy) > 0);
      }), 30_000);
    }
    await visit(dentist.page, 'call-three');
    await visit(third.page, 'call-three-en');
    await act('remove-third');
    await card(third, 'You have left the call');
    await until('two again', async () => (await dentist.page.locator('[data-testid=tile-camera]').count()) === 1);
  } finally {
    await third.close();
  }
});

test('a call that has ended can be called again, without anybody opening a page anew', async () => {
  await act('end');
  await card(dentist, '通話が終わりました');
  await card(patient, '通話が終わりました');
  await visit(patient.page, 'call-ended');
  await until('the patient is within call', async () => /patient connected=true in_call=false/.test(await record()));
  await act('admit-patient');
  await act('ring');
  await dentist.page.reload();
  await id(patient, 'answer').click();
  await both();
});

test('a stranger gets nothing', async () => {
  const stranger = await Person.open('stranger', { baseURL: base });
  try {
    await stranger.page.goto('/call/guessed');
    await card(stranger, 'このリンクでは入れません');
    await visit(stranger.page, 'call-stranger');
    assert.equal(await stranger.page.evaluate(() => document.querySelectorAll('[data-testid=tile-camera]').length + globalThis.harukaPeers.filter((it) => it.connectionState !== 'closed').length), 0);
  } finally {
    await stranger.close();
  }
});

test('somebody in between is found out and the call stops (OV-244)', async () => {
  const other = await Person.open('patient-again', { baseURL: base });
  try {
    // A server that lies about the dentist's certificate.
    await other.page.routeWebSocket(/signal/, (ws) => {
      const server = ws.connectToServer();
      server.onMessage((message) => ws.send(String(message).replace(/"fingerprint":"sha-256 ../, '"fingerprint":"sha-256 00')));
    });
    await other.page.goto('/call/patient?relay');
    await card(patient, '別の画面で開かれました');
    await card(other, '安全のため通話を止めました');
    await visit(other.page, 'call-mismatch');
    await recorded(/patient Mismatch/);
  } finally {
    await other.close();
  }
});

test('the end is for all', async () => {
  await act('end');
  await card(dentist, '通話が終わりました');
  assert.deepEqual([...dentist.troubles, ...patient.troubles], []);
});

test('the device test walks through all six steps and keeps its result (OV-166)', async () => {
  const { page } = patient;
  await page.goto('/test');
  await visit(page, 'test-start');
  await id(patient, 'test-start').click();
  await id(patient, 'camera-yes').waitFor();
  await visit(page, 'test-camera');
  await id(patient, 'camera-yes').click();
  await id(patient, 'motion-frames').waitFor();
  await visit(page, 'test-motion');
  await id(patient, 'test-next').click();
  await visit(page, 'test-shade');
  await id(patient, 'shade-2').click();
  await id(patient, 'colour-yes').waitFor();
  await visit(page, 'test-colour');
  await id(patient, 'colour-yes').click();
  await until('the voice', () => id(patient, 'test-next').isEnabled());
  await visit(page, 'test-microphone');
  await id(patient, 'test-next').click();
  await id(patient, 'speaker-play').click();
  await visit(page, 'test-speaker');
  await id(patient, 'speaker-yes').click();
  await id(patient, 'test-kept').filter({ hasText: '結果を保存しました' }).waitFor({ timeout: 40_000 });
  await visit(page, 'test-summary');
  const marks = await page.locator('[data-mark]').evaluateAll((all) => all.map((it) => [it.dataset.testid.slice(5), it.dataset.mark]));
  for (const [step, mark] of marks) assert.match(mark, /good|fair/, step);
  const kept = JSON.parse(new URLSearchParams(/tested (.*)/.exec(await record())[1]).get('result'));
  for (const way of ['udp', 'tcp', 'tls']) assert.ok(kept.network[way].ok, `${way}: ${JSON.stringify(kept.network[way])}`);
});
