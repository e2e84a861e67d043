// The last half hour before the visit: the devices, the waiting room, and the clinic's gate, by keyboard alone.

import assert from 'node:assert/strict';

import { press, tabTo, type } from '../../lib/keyboard.mjs';
import { visit } from '../../lib/visit.mjs';
import { PASSWORD, id, secondFactor, step, ward } from './ward.mjs';

step('without the relay the device test says so in plain words, before the visit (OV-166)', async () => {
  await ward.relay.down();
  const { page } = ward.tanaka;
  await page.goto(`/visits/${ward.booking}/test`);
  await visit(page, 'device-test');
  const tap = (name) => id(ward.tanaka, name).click();
  await tap('test-start');
  await tap('camera-yes');
  await tap('test-next');
  await tap('shade-2');
  await tap('colour-yes');
  await tap('test-next');
  await tap('speaker-play');
  await tap('speaker-yes');
  await id(ward.tanaka, 'no-way').waitFor({ timeout: 60_000 });
  const said = await id(ward.tanaka, 'no-way').innerText();
  assert.match(said, /映像と音声が届きません/);
  assert.match(said, /03-5550-0101/);
  await id(ward.tanaka, 'test-kept').filter({ hasText: '保存しました' }).waitFor();
  await visit(page, 'device-test-no-relay');
});

step('the waiting room says so too, while there is time (OV-166)', async () => {
  const { page } = ward.tanaka;
  await page.goto(`/visits/${ward.booking}/doctor`);
  await visit(page, 'doctor-card');
  await page.goto(`/visits/${ward.booking}/arrival`);
  await visit(page, 'arrival');
  await page.getByRole('group', { name: /いま、どこに/ }).getByLabel('自宅').check();
  for (const said of [/安全な場所です/, /清潔な場所です/, /ほかの人に見られたり/, /飲んでいる薬はない/]) await page.getByLabel(said).check();
  await page.getByRole('button', { name: '受付をする' }).click();
  await page.waitForURL(new RegExp(`/visits/${ward.booking}/call`));
  await page.getByRole('button', { name: '準備して待つ' }).click();
  await id(ward.tanaka, 'no-way').waitFor({ timeout: 30_000 });
  await visit(page, 'waiting-no-relay');
  await ward.relay.up();
  await page.getByRole('button', { name: 'もう一度確かめる' }).click();
  await page.getByRole('button', { name: '準備して待つ' }).click();
  await id(ward.tanaka, 'video-preview').waitFor();
  assert.equal(await id(ward.tanaka, 'no-way').count(), 0);
});

step('whoever has checked in finds the way back to the waiting room', async () => {
  const page = await ward.tanaka.context.newPage();
  await page.goto('/home');
  await page.getByRole('link', { name: '待合へ進む' }).waitFor();
  await visit(page, 'home-arrived');
  await page.close();
});

step('nobody gets in by being early (OV-210, OV-163)', async () => {
  assert.equal(await id(ward.tanaka, 'answer').count(), 0);
  await visit(ward.tanaka.page, 'waiting');
  // The page tried the relay, and has nothing to say about it.
  assert.equal(await id(ward.tanaka, 'no-way').count(), 0);
});

step('a dentist without a mouse signs in, finds the visit, passes the gate and calls', async () => {
  const { page } = ward.sato;
  await page.goto('/day');
  await page.getByRole('button', { name: 'ログアウト' }).click();
  await page.goto('/sign-in');
  await type(page, page.getByLabel('ログイン名'), 'sato');
  await type(page, page.getByLabel('パスワード'), PASSWORD);
  await page.keyboard.press('Enter');
  await page.locator('input[name="code"]').first().waitFor();
  await type(page, page.locator('input[name="code"]'), await secondFactor(ward.sato));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/day/);
  await press(page, page.getByRole('link', { name: /田中.*幸子/ }));
  await page.waitForURL(new RegExp(`/bookings/${ward.booking}$`));
  await press(page, page.getByRole('link', { name: '診察室へ' }));
  await page.waitForURL(/\/call$/);
  await visit(page, 'call-gate');
  await press(page, page.getByLabel(/個室にいます/), 'Space');
  await press(page, page.getByLabel(/通信が安定した場所/), 'Space');
  await press(page, page.getByRole('button', { name: '診察室に呼び出す' }));
  await id(ward.sato, 'stage-empty').waitFor();
  await tabTo(page, page.getByRole('button', { name: 'マイクを切る' }));
});
