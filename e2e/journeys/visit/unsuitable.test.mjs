// A visit that turns out to be none for a screen: the dentist says so, the call ends, and it goes on in person.

import assert from 'node:assert/strict';

import { until } from '../../lib/place.mjs';
import { visit } from '../../lib/visit.mjs';
import { fine, id, paper, rows, signed, step, ward } from './ward.mjs';

const REASON = '腫れが首まで広がり、触って診る必要がある。';

step('it hurts again, and the clinic books for the same day', async () => {
  const { page } = ward.sato;
  await page.goto('/patients?q=たなか');
  await page.getByRole('row', { name: /幸子/ }).getByRole('link', { name: '予約を入れる' }).click();
  await page.getByRole('link', { name: /オンライン再診/ }).click();
  await page.locator('.times button').first().click();
  await page.getByLabel(/どうなさいましたか/).fill('右の顎の下が腫れてきた');
  await page.getByRole('button', { name: 'この内容で予約する' }).click();
  await page.waitForURL(/\/bookings\/[0-9a-z]{26}$/);
  ward.again = page.url().split('/').pop();
});

step('the patient answers, tests the devices and checks in; what is agreed already is not asked again', async () => {
  const { page } = ward.tanaka;
  await page.getByRole('button', { name: '日本語', exact: true }).click();
  await page.goto(`/visits/${ward.again}/questionnaire`);
  await page.getByLabel(/どのような症状/).fill('顎の下が腫れている');
  const answers = [[/いつからですか/, '数日前'], [/はじめての症状/, 'いいえ'], [/痛みの強さ/, '3'], [/けがや/, 'いいえ'], [/最後に受診/, '3か月以内']];
  for (const [group, answer] of answers) await page.getByRole('group', { name: group }).getByLabel(answer, { exact: true }).check();
  await page.getByRole('button', { name: '答えを送る' }).click();
  await page.getByText('もう少しうかがいます').waitFor();
  await page.getByRole('group', { name: /どんなときに/ }).getByLabel('冷たいもの').check();
  await page.getByRole('button', { name: '答えを送る' }).click();
  await page.waitForURL(new RegExp(`/visits/${ward.again}$`));
  await page.goto(`/visits/${ward.again}/test`);
  for (const tap of ['test-start', 'camera-yes', 'test-next', 'shade-2', 'colour-yes', 'test-next', 'speaker-play', 'speaker-yes']) await id(ward.tanaka, tap).click();
  await id(ward.tanaka, 'test-kept').filter({ hasText: '保存しました' }).waitFor({ timeout: 60_000 });
  await page.goto(`/visits/${ward.again}/arrival`);
  await page.getByRole('group', { name: /いま、どこに/ }).getByLabel('自宅').check();
  for (const said of [/安全な場所です/, /清潔な場所です/, /ほかの人に見られたり/, /飲んでいる薬はない/]) await page.getByLabel(said).check();
  await page.getByRole('button', { name: '受付をする' }).click();
  await page.getByRole('button', { name: '準備して待つ' }).click();
  await id(ward.tanaka, 'video-preview').waitFor();
});

step('the dentist decides what the visit rests on, and calls', async () => {
  const { page } = ward.sato;
  await page.goto(`/bookings/${ward.again}/path`);
  await page.locator('input[name="ground"][value="plan"]').check();
  await page.locator('input[name="claims"][value="repeat"]').check();
  await page.getByRole('button', { name: 'この内容で決める' }).click();
  await page.goto(`/bookings/${ward.again}/call`);
  await page.getByLabel(/個室にいます/).check();
  await page.getByLabel(/通信が安定した場所/).check();
  await page.getByRole('button', { name: '診察室に呼び出す' }).click();
  await ward.tanaka.page.getByRole('button', { name: '応答する' }).click({ timeout: 60_000 });
  await id(ward.sato, 'video-camera').waitFor();
});

step('"not suitable" needs its reason, and ends the call for both (OV-103, OV-160)', async () => {
  const { page } = ward.sato;
  const part = page.locator('#feasibility');
  await part.getByLabel('オンラインに適さない').check();
  await part.getByRole('button', { name: '判断を記録する' }).click();
  await part.locator('[aria-invalid="true"]').waitFor();
  assert.ok(await part.getByLabel('オンラインに適さない').isChecked(), 'what was chosen is still chosen');
  await part.getByLabel(/理由/).fill(REASON);
  await part.getByRole('button', { name: '判断を記録する' }).click();
  await id(ward.tanaka, 'card-title').filter({ hasText: '通話が終わりました' }).waitFor();
  await visit(ward.tanaka.page, 'call-patient-unsuitable');
  await id(ward.sato, 'judged').waitFor();
  assert.equal(await page.getByRole('button', { name: '診察を完了する' }).count(), 0, 'not before it leads on');
  await page.getByText('オンラインでは診察を続けられません').waitFor();
  await visit(page, 'call-unsuitable');
});

step('a referral letter is written from what was seen (OV-160)', async () => {
  const { page } = ward.sato;
  await page.getByRole('link', { name: '紹介状を書く' }).first().click();
  await signed(page, async () => undefined, () => page.getByLabel('紹介先の医療機関').isVisible());
  await visit(page, 'referral');
  const letter = { '紹介先の医療機関': 'さくら総合病院', '傷病名': '右下顎部蜂窩織炎の疑い', '紹介の目的・理由': '切開排膿を含む対面での診療をお願いします。', '症状・所見': '右顎下から頸部の腫脹。開口障害。' };
  for (const [label, text] of Object.entries(letter)) await page.getByLabel(label).fill(text);
  await page.getByRole('button', { name: '紹介状を作成する' }).click();
  await page.getByText('紹介状があります').waitFor();
  const text = await paper(ward.sato, `/bookings/${ward.again}/referral.pdf`);
  for (const said of ['さくら総合病院', '蜂窩織炎', '開口障害', '田中']) assert.ok(text.includes(said), said);
});

step('it goes on in person: booked from here, and the visit is closed as what it was (OV-103)', async () => {
  const { page } = ward.sato;
  await page.goto(`/bookings/${ward.again}/call`);
  await page.getByRole('link', { name: '対面の予約を取る' }).first().click();
  await visit(page, 'book-in-person');
  await page.getByRole('link', { name: /来院/ }).click();
  await page.locator('.times button').first().click();
  await page.getByLabel(/どうなさいましたか/).fill('右の顎の下の腫れ');
  await page.getByRole('button', { name: 'この内容で予約する' }).click();
  await page.waitForURL(/\/bookings\/[0-9a-z]{26}$/);
  await page.goto(`/bookings/${ward.again}/call`);
  const done = () => page.getByText('対面につなげました').first().isVisible();
  await signed(page, () => page.getByRole('button', { name: '診察を完了する' }).click(), done);
  await fine(page);
  assert.equal(rows('visit_end', "outcome = 'not_suitable' AND way_out = 'in_person_here'"), 1);
  await visit(page, 'call-unsuitable-over');
  await page.goto('/day');
  await page.getByText('対面へ').first().waitFor();
  await ward.tanaka.page.goto(`/visits/${ward.again}/call`);
  await ward.tanaka.page.getByText('対面での診察が必要と判断されました').waitFor();
  await visit(ward.tanaka.page, 'call-patient-unsuitable-over');
  await until('the end to be told at home too', async () => {
    await ward.tanaka.page.goto('/home');
    return /来院/.test(await ward.tanaka.page.locator('main').innerText());
  });
  await visit(ward.tanaka.page, 'home-in-person');
});
