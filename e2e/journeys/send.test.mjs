// DL-20: files of a case on a line that breaks, a server that is killed, and a page that is left: every one arrives whole and
// once, and nothing of it stays in the browser.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { Person } from '../lib/browsers.mjs';
import { Haruka } from '../lib/haruka.mjs';
import { orderCrown } from '../lib/lab.mjs';
import { folder, root, until } from '../lib/place.mjs';
import { signInAtDesk } from '../lib/sign-in.mjs';
import { steps } from '../lib/steps.mjs';
import { visit } from '../lib/visit.mjs';

/** The client that the island is made of. */
const tus = createRequire(join(root, 'islands', 'package.json'))('tus-js-client');

const MB = 1024 * 1024;
/** Bytes of one request of the storm, and so what a kill may cost. */
const PIECE_BYTES = MB / 2;
const KILLS = 50;

const ward = { people: [] };
const step = steps(ward);

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
/** The digest of a bundle as docs/operate.md and anybody with `sha256sum` count it. */
const digestOf = (files) => sha256(`haruka-bundle/1\n${Object.keys(files).sort().map((name) => `${sha256(files[name])}  ${name}\n`).join('')}`);
const digests = (page) => page.locator('main code[title]').evaluateAll((all) => all.map((it) => it.title));
const says = (page, words) => until(`the page says ${words}`, async () => (await page.locator('main').innerText()).includes(words));

before(async () => {
  ward.haruka = await new Haruka({}).start();
  const sato = await Person.open('sato', { baseURL: ward.haruka.http, cameras: 0 });
  ward.people.push(sato);
  sato.context.setDefaultTimeout(20_000);
  // A file is taken out at a known device only.
  await signInAtDesk(sato, 'sato');
  const { page } = sato;
  // Leaving while files are on their way is asked about; here somebody means it.
  page.on('dialog', (it) => it.accept());
  [ward.sato, ward.case] = [sato, await orderCrown(page)];
});

after(async () => {
  for (const person of ward.people) await person.close();
  await ward.haruka?.stop();
});

step('files go on after a pause, a dead line, a killed server and a page that was left, and become one bundle', async () => {
  // TR-22 has the same for images.
  const { page, context } = ward.sato;
  const at = folder('scans');
  const files = { '上顎_田中.stl': randomBytes(20 * MB), 'info.xml': Buffer.from('<ConstructionInfo/>') };
  for (const [name, bytes] of Object.entries({ ...files, '空.stl': '', '.DS_Store': 'x' })) writeFileSync(join(at, name), bytes);
  const chosen = ['上顎_田中.stl', 'info.xml', '空.stl', '.DS_Store'].map((name) => join(at, name));
  // Offsets that were answered: they never go back.
  const offsets = [];
  page.on('response', (it) => {
    const offset = it.headers()['upload-offset'];
    if (offset && it.ok() && it.request().method() !== 'POST') offsets.push(Number(offset));
  });
  const line = await context.newCDPSession(page);
  const speed = (upload) => line.send('Network.emulateNetworkConditions', { offline: upload === 0, latency: 0, downloadThroughput: -1, uploadThroughput: upload || -1 });
  await page.goto(`${ward.case}/files`);
  await speed(4 * MB);
  await page.locator('input[name="files"]').setInputFiles(chosen);
  await says(page, '中身がないので、送りません');
  await says(page, 'パソコンが自動で作るファイルなので、送りません');
  const big = page.locator('.send-list li', { hasText: '上顎_田中.stl' });
  const far = async () => Number(/（(\d+)%）/.exec(await big.innerText())?.[1] ?? 0);
  await until('some of it has gone', async () => (await far()) > 5);
  await page.getByRole('button', { name: '一時停止' }).click();
  await says(page, '一時停止しています');
  await visit(page, 'lab-send');
  const paused = await far();
  await new Promise((done) => setTimeout(done, 600));
  assert.equal(await far(), paused, 'a pause is one');
  await page.getByRole('button', { name: '続ける' }).click();
  await until('it goes on', async () => (await far()) > paused + 5);
  await speed(0);
  await says(page, '通信が途切れています');
  await speed(4 * MB);
  await until('it goes on by itself', async () => !(await page.locator('.send-said').innerText()).includes('途切れ'));
  await ward.haruka.stop('SIGKILL');
  await says(page, '通信が途切れています');
  await ward.haruka.start({ again: true });
  const known = offsets.at(-1) ?? 0;
  await until('more is acknowledged', () => (offsets.at(-1) ?? 0) > known, 30_000);
  const kept = offsets.at(-1);
  assert.ok(kept < 20 * MB, 'still on its way');
  await page.reload();
  await says(page, '送りかけのファイル');
  await visit(page, 'lab-send-again');
  const left = await page.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length]);
  assert.deepEqual(left, [0, 0, 0, 0]);
  await page.locator('input[name="files"]').setInputFiles(chosen);
  await page.locator('haruka-send select[name="kind"]').selectOption('upper');
  await page.locator('haruka-send textarea[name="note"]').fill('口腔内スキャナーから');
  // Before all are there: it goes by itself then.
  await page.locator('haruka-send button[type="submit"]').click();
  await says(page, '口腔内スキャナーから');
  assert.deepEqual(offsets, [...offsets].sort((a, b) => a - b), 'no offset ever goes back');
  assert.ok(offsets.includes(kept), 'it went on from what was there');
  assert.deepEqual(await digests(page), [digestOf(files)]);
  await visit(page, 'lab-files');
});

step('what was sent by mistake is discarded, and a keyboard is enough', async () => {
  const { page } = ward.sato;
  await page.locator('input[name="files"]').setInputFiles({ name: 'wrong.stl', mimeType: 'model/stl', buffer: Buffer.from('solid') });
  await says(page, 'すべて送り終えました');
  await page.reload();
  await says(page, '送り終えたファイルをまとめる');
  const unfold = page.locator('summary', { hasText: 'まとめずに削除する' });
  await unfold.focus();
  await page.keyboard.press('Enter');
  await page.locator('form[action$="/discard"] select').selectOption({ index: 1 });
  await visit(page, 'lab-send-discard');
  await page.getByRole('button', { name: 'このファイルを削除する' }).focus();
  await page.keyboard.press('Enter');
  await until('it is gone', async () => !(await page.locator('main').innerText()).includes('wrong.stl'));
});

step('a file that is there already becomes a bundle when the button is pressed', async () => {
  const { page } = ward.sato;
  await page.goto(`${ward.case}/files`);
  await page.locator('input[name="files"]').setInputFiles({ name: 'bite.stl', mimeType: 'model/stl', buffer: Buffer.from('solid bite') });
  await says(page, 'すべて送り終えました');
  await page.locator('haruka-send select[name="kind"]').selectOption('bite');
  await page.locator('haruka-send button[type="submit"]').click();
  await until('it is bundled', async () => (await digests(page)).includes(digestOf({ 'bite.stl': Buffer.from('solid bite') })));
});

step('nothing goes out before a manager decides where to; a medium needs an approval, and stands in the ledger until it is back', async () => {
  // DL-24
  const { page } = ward.sato;
  const unfold = (words) => page.locator('summary', { hasText: words }).first().click();
  await page.goto(`${ward.case}/files`);
  await unfold('ファイルを取り出す');
  await says(page, '保存先が決まっていないため、取り出せません');
  await page.goto('/lab/exports');
  await page.locator('[name="folder"]').fill('D:\\技工（BitLockerで暗号化）');
  await page.locator('input[name="media"][value="yes"]').check({ force: true });
  await page.getByRole('button', { name: 'この内容で決める' }).click();
  await says(page, 'D:\\技工');
  await page.goto(`${ward.case}/files`);
  await unfold('可搬媒体への持ち出しを申請する');
  const ask = page.locator('form[action$="/export"]').first();
  await ask.locator('[name="medium"]').fill('USB-03');
  await ask.locator('[name="why"]').fill('外部の加工機に渡すため');
  await ask.locator('button[type="submit"]').click();
  await says(page, '暗号化されていない場所には保存できません');
  await visit(page, 'lab-export-ask');
  assert.equal(await ask.locator('[name="medium"]').inputValue(), 'USB-03', 'nothing typed is lost');
  await ask.locator('[name="encrypted"]').check({ force: true });
  await ask.locator('button[type="submit"]').click();
  await says(page, '承認待ち');
  await visit(page, 'lab-exports');
  await page.getByRole('button', { name: '承認する', exact: true }).click();
  await says(page, '承認済み');
  await page.goto(`${ward.case}/files`);
  await unfold('ファイルを取り出す');
  const take = page.locator('form[action$="/download"]').first();
  await take.locator('select[name="file"]').selectOption({ label: 'bite.stl' });
  await take.locator('[name="why"]').fill('外部の加工機に渡すため');
  await take.locator('select[name="place"]').selectOption('medium');
  await take.locator('[name="encrypted"]').check({ force: true });
  await visit(page, 'lab-export-take');
  const [download] = await Promise.all([page.waitForEvent('download'), take.locator('button[type="submit"]').click()]);
  assert.equal(readFileSync(await download.path(), 'utf8'), 'solid bite');
  await page.goto('/lab/exports');
  await says(page, '外にあります');
  await page.getByRole('button', { name: '戻り、消したと記録する' }).click();
  await says(page, '媒体が戻り、中身を消した');
  await page.goto(ward.case);
  await says(page, 'info.xml');
});

step(`${KILLS} times the server is killed under one upload`, async () => {
  const { page, context } = ward.sato;
  await page.goto(`${ward.case}/files`);
  const cookie = (await context.cookies()).map((it) => `${it.name}=${it.value}`).join('; ');
  const csrf = await page.locator('haruka-send').getAttribute('csrf');
  const bytes = randomBytes(64 * MB);
  const seen = { url: null, acknowledged: 0, patches: 0, kills: 0, wrong: [], tell: () => undefined };
  // What the client of the island does, with smaller pieces: one attempt, from what is there.
  const attempt = () => {
    let upload;
    const done = new Promise((resolve) => {
      upload = new tus.Upload(bytes, {
        ...(seen.url ? { uploadUrl: seen.url } : { endpoint: `${ward.haruka.http}/files` }),
        chunkSize: PIECE_BYTES,
        retryDelays: null,
        storeFingerprintForResuming: false,
        headers: { cookie, 'x-csrf-token': csrf, 'sec-fetch-site': 'same-origin' },
        metadata: { purpose: 'lab', case: ward.case.split('/').pop(), filename: 'storm.stl' },
        onUploadUrlAvailable: () => (seen.url = upload.url),
        onChunkComplete: (size, accepted) => (seen.acknowledged = Math.max(seen.acknowledged, accepted)),
        onBeforeRequest: (request) => {
          if (request.getMethod() === 'PATCH') seen.patches += 1;
          seen.tell();
        },
        onAfterResponse: (request, answer) => {
          const offset = Number(answer.getHeader('Upload-Offset'));
          if (request.getMethod() !== 'HEAD' || answer.getStatus() !== 200) return;
          // All that was acknowledged, and at most the piece whose answer was lost.
          if (offset < seen.acknowledged || offset > seen.acknowledged + PIECE_BYTES) seen.wrong.push([offset, seen.acknowledged]);
          seen.acknowledged = offset;
        },
        onSuccess: () => resolve('there'),
        onError: (error) => resolve(error),
      });
    });
    upload.start();
    return done;
  };
  for (let round = 0; seen.kills < KILLS; round += 1) {
    const ended = attempt();
    // In the midst of the first request of this life, or of the second: somewhere in its some milliseconds.
    const enough = seen.patches + 1 + (round % 2);
    const sends = new Promise((resolve) => (seen.tell = () => seen.patches >= enough && resolve()));
    await Promise.race([ended, sends]);
    await new Promise((done) => setTimeout(done, (round * 7) % 20));
    await ward.haruka.stop('SIGKILL');
    const outcome = await ended;
    assert.notEqual(outcome, 'there', 'it ended before it was killed often enough');
    assert.ok(!outcome.originalResponse, `it was refused: ${outcome}`);
    seen.kills += 1;
    await ward.haruka.start({ again: true });
  }
  assert.equal(await attempt(), 'there');
  assert.deepEqual(seen.wrong, []);
  const pieces = Math.ceil(bytes.length / PIECE_BYTES);
  assert.ok(seen.patches <= pieces + KILLS, `${seen.patches} requests for ${pieces} pieces: at most one again for each kill`);
  await page.goto(`${ward.case}/files`);
  await page.getByRole('checkbox', { name: /storm\.stl/ }).check({ force: true });
  const form = page.locator('form[action$="/bundle"]');
  await form.locator('select[name="kind"]').selectOption('scan');
  await form.locator('button[type="submit"]').click();
  await until('it is bundled', async () => (await digests(page)).includes(digestOf({ 'storm.stl': bytes })));
});
