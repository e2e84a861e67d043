// After the visit: what the patient reads and says, the next booking, large type, English.

import assert from 'node:assert/strict';

import { pick, press, tabTo, type } from '../../lib/keyboard.mjs';
import { mailTo, mails } from '../../lib/mail.mjs';
import { visit } from '../../lib/visit.mjs';
import { PATIENT_MAIL, fine, paper, rows, step, ward } from './ward.mjs';

step('the patient reads what was said, on the page and on paper (OV-131, OV-134)', async () => {
  const { page } = ward.tanaka;
  await page.goto(`/visits/${ward.booking}/call`);
  await page.getByText('診察は終わりました').waitFor();
  await visit(page, 'call-patient-over');
  await page.goto('/home');
  await visit(page, 'home-over');
  await page.goto(`/visits/${ward.booking}/summary`);
  const said = await page.locator('main').innerText();
  for (const words of [/むし歯の始まり/, /強く痛むときは/, /オンライン/]) assert.match(said, words);
  assert.ok(!/鑑別/.test(said), "the doctor's own notes stay in the chart");
  await visit(page, 'summary');
  const papers = { 'summary.pdf': /むし歯の始まり/, 'consent.pdf': /同意/, 'plan.pdf': /診療計画/ };
  for (const [name, words] of Object.entries(papers)) {
    const text = await paper(ward.tanaka, `/visits/${ward.booking}/${name}`);
    assert.match(text, words, name);
    assert.match(text, /田中/, name);
  }
  const chart = await ward.tanaka.context.request.get(`/bookings/${ward.booking}/chart`);
  assert.equal(chart.status(), 404);
});

step('the patient says how it was (OV-302)', async () => {
  const { page } = ward.tanaka;
  await page.goto(`/visits/${ward.booking}/summary`);
  await page.getByRole('link', { name: /感想を伝える/ }).click();
  await visit(page, 'feedback');
  for (const group of await page.getByRole('group').all()) await group.getByLabel('そう思う', { exact: true }).check();
  await page.getByLabel('ご意見・ご要望').fill('字が大きくて見やすかったです。');
  await page.getByRole('button', { name: '送る' }).dblclick();
  await page.getByText('ありがとうございました').waitFor();
  await visit(page, 'feedback-given');
  assert.equal(rows('feedback'), 1);
  await page.goBack();
  await fine(page);
});

step('the next visit is booked from the end of this one, and its letter arrives', async () => {
  const { page } = ward.sato;
  const before = mails().length;
  await page.goto(`/bookings/${ward.booking}/call`);
  await page.getByRole('link', { name: '次の予約を取る' }).click();
  await page.getByRole('link', { name: /オンライン再診/ }).click();
  await page.locator('.times button').last().click();
  await page.getByLabel(/どうなさいましたか/).fill('検査の結果');
  await page.getByRole('button', { name: 'この内容で予約する' }).click();
  await page.waitForURL(/\/bookings\//);
  ward.next = page.url().split('/').pop();
  const letter = await mailTo(PATIENT_MAIL, (it) => it.subject.includes('承りました') && !it.text.includes(ward.link));
  assert.ok(mails().length > before && letter.calendar.includes('BEGIN:VEVENT'));
  await page.goto(`/bookings/${ward.booking}/chart`);
  assert.ok((await page.locator(`a[href$="/bookings/${ward.next}"]`).count()) > 0, 'the chart knows the next visit');
  await ward.tanaka.page.goto(`/visits/${ward.booking}/summary`);
  assert.ok((await ward.tanaka.page.locator(`a[href$="/visits/${ward.next}"]`).count()) > 0, 'and so does the patient');
});

step('the patient answers the next questionnaire by keyboard alone', async () => {
  const { page } = ward.tanaka;
  // What is still to come stands first, whatever was this morning.
  await page.goto('/home');
  await press(page, page.getByRole('link', { name: 'はじめる' }));
  await page.waitForURL(/questionnaire$/);
  await type(page, page.getByLabel(/どのような症状/), 'やわらいできた');
  const answers = [[/いつからですか/, '数日前'], [/はじめての症状/, 'いいえ'], [/痛みの強さ/, '1'], [/けがや/, 'いいえ']];
  for (const [group, answer] of answers) await pick(page, page.getByRole('group', { name: group }), answer);
  await pick(page, page.getByRole('group', { name: /最後に受診/ }), '3か月以内');
  await press(page, page.getByRole('button', { name: '答えを送る' }));
  await page.getByText('もう少しうかがいます').waitFor();
  await press(page, page.getByRole('group', { name: /どんなときに/ }).getByLabel('冷たいもの'), 'Space');
  await press(page, page.getByRole('button', { name: '答えを送る' }));
  await page.waitForURL(new RegExp(`/visits/${ward.next}$`));
  await tabTo(page, page.getByRole('link').first());
});

step('large type and English, for those who need them', async () => {
  const { page } = ward.tanaka;
  const paths = [['/home', 'home'], [`/visits/${ward.next}/consent`, 'consent'], [`/visits/${ward.next}/call`, 'waiting'], [`/visits/${ward.booking}/summary`, 'summary'], ['/book', 'book']];
  await page.goto('/home');
  await page.getByRole('button', { name: '文字を大きく' }).click();
  for (const [path, name] of paths) {
    await page.goto(path);
    await visit(page, `${name}-large`);
  }
  await page.goto('/home');
  await page.getByRole('button', { name: 'English', exact: true }).click();
  for (const [path, name] of paths) {
    await page.goto(path);
    assert.equal(await page.locator('html').getAttribute('lang'), 'en', path);
    await visit(page, `${name}-large-en`);
  }
  await ward.sato.page.goto('/day');
  await ward.sato.page.getByRole('button', { name: 'English', exact: true }).click();
  await visit(ward.sato.page, 'day-en');
  await ward.sato.page.goto(`/bookings/${ward.booking}/chart`);
  await visit(ward.sato.page, 'chart-en');
  await ward.sato.page.getByRole('button', { name: '日本語', exact: true }).click();
});
