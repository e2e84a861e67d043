// A clinic without a gateway: a folder of a CD is taken in by the browser, whose images they are is put right, and a copy is
// taken away. (TR-09, TR-22, TR-23, TR-27)

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { instances, STUDY } from '../../fixtures/dicom/study.mjs';
import { Person } from '../lib/browsers.mjs';
import { Haruka } from '../lib/haruka.mjs';
import { folder, until } from '../lib/place.mjs';
import { signInAtDesk } from '../lib/sign-in.mjs';
import { visit } from '../lib/visit.mjs';

const files = [...instances({ size: 64, slices: 9 })].filter((it) => it.study === STUDY);
let haruka;
let dentist;
let page;
before(async () => {
  haruka = await new Haruka().start();
  dentist = await Person.open('dentist', { baseURL: haruka.http, draws: true });
  ({ page } = dentist);
  await signInAtDesk(dentist, 'sato');
});
after(async () => {
  await dentist?.close();
  await haruka?.stop();
});

const main = () => page.locator('main').innerText();

test('TR-22: a folder is taken in, and the same one again changes nothing; what is no image is named', async () => {
  const cd = join(folder('cd'), 'CD');
  mkdirSync(cd);
  for (const [place, it] of files.entries()) writeFileSync(join(cd, `IM${place}`), it.bytes);
  writeFileSync(join(cd, 'VIEWER.EXE'), 'MZ');
  await page.goto('/images/bring');
  for (const [taken, here] of [[files.length, 0], [0, files.length]]) {
    await page.locator('#bring-folder').setInputFiles(cd);
    const counts = () => page.locator('.bring-counts dd').allInnerTexts();
    await until('all of them', async () => JSON.stringify(await counts()) === JSON.stringify([taken, here, 1, 0].map(String)));
    await until('it is said', async () => /終わりました/.test(await main()));
    assert.match(await main(), /VIEWER.EXE/);
  }
  await visit(page, 'bring');
  await page.getByRole('link', { name: '画像の一覧へ' }).click();
  await until('the list', async () => (await main()).includes('田中 花子'));
});

test('TR-27: images of the wrong patient are put right, and the viewer says so beside the name of the device', async () => {
  await page.goto(`/images/${STUDY}`);
  await page.getByRole('link', { name: '患者さんを正す' }).click();
  await page.locator('[name="q"]').first().fill('た');
  await page.getByRole('button', { name: '探す' }).click();
  await page.locator('input[name="to"]').first().check();
  await page.locator('[name="reason"]').fill('装置で別の患者さんを選んでいた。');
  await visit(page, 'images-patient');
  await page.getByRole('button', { name: '患者さんを正す' }).click();
  await until('the history', async () => (await main()).includes('装置で別の患者さんを選んでいた。'));
  await visit(page, 'images-patient-moved');
  await page.goto(`/images/${STUDY}`);
  assert.match(await main(), /画像の中の氏名や番号は、装置の記録のままです/);
});

test('TR-09, TR-23: a copy is saved with its password, and one without names waits for somebody to look', async () => {
  await page.goto(`/images/${STUDY}/copy`);
  await visit(page, 'images-copy');
  await page.locator('input[value="nobody"]').check();
  await page.getByRole('button', { name: '書き出して保存する' }).click();
  await until('it is refused', async () => /1枚ずつ見て確かめてから/.test(await main()));
  await page.locator('input[value="as_it_is"]').check();
  const password = await page.locator('input[name="password"]').inputValue();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: '書き出して保存する' }).click()]);
  const place = folder('copy');
  const archive = join(place, download.suggestedFilename());
  await download.saveAs(archive);
  const unpacked = (word) => spawnSync('7zz', ['x', '-y', `-p${word}`, `-o${join(place, word)}`, archive]).status;
  assert.notEqual(unpacked('guessed-by-somebody'), 0);
  assert.equal(unpacked(password), 0);
  assert.ok(existsSync(join(place, password, 'DICOMDIR')) && existsSync(join(place, password, 'README.HTM')));
  const told = spawnSync('dcmdump', [join(place, password, 'DICOMDIR')], { encoding: 'utf8' }).stdout;
  assert.equal(told.match(/DirectoryRecordType[^\n]*/g)?.length ?? told.match(/IMAGE/g)?.length, 1 + 1 + 3 + files.length);
  assert.deepEqual(dentist.troubles, []);
});
