// Until the day of the visit: the public page, the booking, the link, questionnaire, consent, plan.

import assert from 'node:assert/strict';

import { mailTo } from '../../lib/mail.mjs';
import { visit } from '../../lib/visit.mjs';
import { PATIENT_MAIL, WRONG_CLOCK_MS, born, codeByMail, fine, letterLink, open, paper, rows, signIn, signed, step, ward } from './ward.mjs';

step('the public page says what the guideline asks for (OV-115, OV-201, OV-206)', async () => {
  const guest = await open('guest');
  await guest.page.goto('/');
  await visit(guest.page, 'front');
  await guest.page.locator('a[href="/f/aoba"]').click();
  await visit(guest.page, 'public');
  const text = await guest.page.locator('main').innerText();
  for (const said of ['歯科におけるオンライン診療の適切な実施に関する指針', '加藤', 'オンラインではできないこと', '03-5550-0101']) {
    assert.ok(text.includes(said), said);
  }
  await guest.page.goto('/day');
  assert.match(guest.page.url(), /sign-in/);
  await visit(guest.page, 'sign-in');
});

step('the clinic books for the patient, who gets a letter with the link', async () => {
  ward.sato = await open('sato', { rgb: [40, 90, 200], hertz: 330 });
  await signIn(ward.sato, 'sato');
  const { page } = ward.sato;
  await visit(page, 'day-empty');
  await page.goto('/patients?q=たなか');
  await visit(page, 'patients');
  await page.getByRole('row', { name: /幸子/ }).getByRole('link', { name: '予約を入れる' }).click();
  await page.getByRole('link', { name: /オンライン再診/ }).click();
  await visit(page, 'book-times');
  await page.locator('.times button').first().click();
  await visit(page, 'book-confirm');
  await page.getByLabel(/どうなさいましたか/).fill('右下の奥歯がしみる');
  // An impatient hand: two clicks are one booking.
  await page.getByRole('button', { name: 'この内容で予約する' }).dblclick();
  await page.waitForURL(/\/bookings\//);
  ward.booking = page.url().split('/').pop();
  await visit(page, 'booking');
  assert.equal(rows('booking'), 1);
  // Back to a form that was sent: no error, and nothing happens a second time.
  await page.goBack();
  await fine(page);
  await page.goto(`/bookings/${ward.booking}`);
  ward.when = await page.locator('dt', { hasText: '日時' }).locator('xpath=following-sibling::dd').innerText();
  assert.equal(rows('booking'), 1);
  const letter = await mailTo(PATIENT_MAIL, (it) => it.subject.includes('承りました'));
  assert.match(letter.text, /\/v\/[0-9a-z]{26}/);
  assert.ok(letter.calendar?.includes('BEGIN:VEVENT'));
  assert.ok(letter.size_bytes < 10_000, `${letter.size_bytes} bytes`);
});

step('a stranger with the stolen link gets nothing', async () => {
  ward.link = await letterLink();
  ward.stranger = await open('stranger');
  const { page } = ward.stranger;
  await page.goto(ward.link);
  await visit(page, 'link');
  await born(page, 1950, 1, 1);
  assert.ok(!(await page.locator('main').innerText()).includes('田中'));
  const answer = await page.goto(`/visits/${ward.booking}`);
  assert.match(page.url(), /sign-in/);
  assert.equal(answer.status(), 200);
});

step('the patient comes in by link, birth date and code', async () => {
  // Her computer's clock is wrong; the second and third camera are a spare one and one for the mouth.
  ward.tanaka = await open('tanaka', { hertz: 523, cameras: 3, clock_ms: WRONG_CLOCK_MS });
  const { page } = ward.tanaka;
  await page.goto(ward.link);
  await born(page, 1948, 4, 12);
  await visit(page, 'code');
  ward.firstCode = await codeByMail(page);
  // She looks at the waiting room and signs out. The ticket of that page is of no use to anybody any more.
  await page.goto(`/visits/${ward.booking}/call`);
  ward.oldTicket = await page.locator('haruka-call').getAttribute('ticket');
  await page.goto('/home');
  await visit(page, 'home');
  await page.goto(`/visits/${ward.booking}`);
  await visit(page, 'visit');
  await page.getByRole('button', { name: 'ログアウト' }).click();
});

step('the staff sees who is when, and every settings page is in order', async () => {
  const { page } = ward.sato;
  const day = await ward.sato.context.request.get('/day');
  assert.equal(day.headers()['cache-control'], 'no-store', 'nothing of a patient stays on a terminal (CS-153)');
  for (const [path, name] of [
    ['/compliance', 'compliance'],
    ['/quality', 'quality'],
    ['/day', 'day'],
    ['/settings', 'settings'],
    ['/settings/facility', 'settings-facility'],
    ['/settings/operator', 'settings-operator'],
    ['/settings/staff', 'settings-staff'],
    ['/settings/access', 'settings-access'],
    ['/settings/slots', 'settings-slots'],
    ['/settings/questionnaires', 'settings-questionnaires'],
    ['/settings/symptoms', 'settings-symptoms'],
    ['/settings/consent-text', 'settings-consent-text'],
    ['/settings/plan-template', 'settings-plan-template'],
    ['/settings/unused', 'settings-unused'],
    ['/settings/booking-link', 'settings-booking-link'],
    ['/in-person', 'in-person-list'],
    ['/compliance/CS-126', 'compliance-clause'],
    ['/me', 'me'],
  ]) {
    const answer = await page.goto(path);
    assert.equal(answer.status(), 200, path);
    await visit(page, name);
  }
});

step('the safety officer reads the log (CS-122)', async () => {
  const kato = await open('kato');
  await signIn(kato, 'kato');
  await kato.page.goto('/log');
  await visit(kato.page, 'log');
});

step('the dentist decides the kind of visit and makes the plan with its nine parts (OV-112, OV-130, OV-262)', async () => {
  const { page } = ward.sato;
  await page.goto(`/bookings/${ward.booking}/path`);
  await visit(page, 'path');
  await page.locator('input[name="ground"][value="plan"]').check();
  await page.locator('input[name="claims"][value="repeat"]').check();
  await page.getByRole('button', { name: 'この内容で決める' }).click();
  await page.waitForLoadState();
  await page.goto(`/bookings/${ward.booking}/plan`);
  await visit(page, 'plan-edit');
  const made = async () => /有効/.test(await page.locator('main').innerText()) && /版を見る|この計画の版/.test(await page.locator('main').innerText());
  const finalise = async () => {
    await page.getByLabel('もとになった対面の診察の日').fill(new Date(Date.now() + 9 * 3600_000).toISOString().slice(0, 10));
    for (const box of await page.locator('input[name="doctor"]').all()) await box.check();
    for (const area of await page.locator('main textarea').all()) if (!(await area.inputValue())) await area.fill('三か月ごとに来院、その間はオンラインで経過をみる。');
    await page.getByRole('button', { name: '確定する' }).click();
    await page.waitForLoadState();
  };
  await signed(page, finalise, made);
  await visit(page, 'plan-made');
});

step('she comes again on the day: the link begins anew, and a new code is sent', async () => {
  const { page } = ward.tanaka;
  await page.goto(ward.link);
  await born(page, 1948, 4, 12);
  await codeByMail(page, ward.firstCode);
});

step('a computer with a wrong clock shows the right time', async () => {
  const { page } = ward.tanaka;
  await page.goto(`/visits/${ward.booking}`);
  const off_ms = (await page.evaluate(() => Date.now())) - Date.now();
  assert.ok(Math.abs(off_ms - WRONG_CLOCK_MS) < 60_000, `the page's clock is wrong by ${off_ms} ms`);
  assert.ok((await page.locator('main').innerText()).includes(ward.when), ward.when);
});

step('the patient answers the questionnaire', async () => {
  const { page } = ward.tanaka;
  await page.goto(`/visits/${ward.booking}/questionnaire`);
  await visit(page, 'questionnaire');
  await page.getByLabel(/どのような症状/).fill('冷たいものがしみる');
  const pick = (group, answer) => page.getByRole('group', { name: group }).getByLabel(answer, { exact: true }).check();
  await pick(/いつからですか/, '数日前');
  await pick(/はじめての症状/, 'いいえ');
  await pick(/痛みの強さ/, '3');
  await pick(/けがや/, 'いいえ');
  await pick(/アレルギーがありますか/, 'いいえ');
  await page.getByLabel(/飲んでいる薬/).fill('なし');
  await pick(/妊娠/, 'していない・あてはまらない');
  await pick(/最後に受診/, '3か月以内');
  await page.getByRole('button', { name: '答えを送る' }).click();
  await page.getByText('もう少しうかがいます').waitFor();
  await page.getByRole('group', { name: /どんなときに/ }).getByLabel('冷たいもの').check();
  await page.getByRole('button', { name: '答えを送る' }).click();
  await page.waitForURL(new RegExp(`/visits/${ward.booking}$`));
});

step('the patient reads, ticks and consents by own hand (OV-101, OV-102, OV-104, OV-240, OV-250)', async () => {
  const { page } = ward.tanaka;
  await page.goto(`/visits/${ward.booking}/consent`);
  for (const part of ['explanation', 'security', 'duties']) {
    await visit(page, `consent-${part}`);
    for (const box of await page.locator('main input[type="checkbox"]').all()) await box.check();
    await page.getByRole('button', { name: '次へ進む' }).click();
  }
  await visit(page, 'consent-sign');
  for (const box of await page.locator('main input[type="checkbox"]').all()) await box.check();
  await page.getByLabel(/お名前/).fill('田中幸子');
  await page.getByRole('button', { name: '同意します' }).click();
  await page.waitForLoadState();
  await visit(page, 'consent-done');
  const text = await paper(ward.tanaka, `/visits/${ward.booking}/consent.pdf`);
  assert.match(text, /田中/);
  assert.match(text, /同意/);
});

step('the patient reads the plan and takes it along (OV-134)', async () => {
  const { page } = ward.tanaka;
  await page.goto(`/visits/${ward.booking}/plan`);
  await visit(page, 'plan');
  assert.match(await paper(ward.tanaka, `/visits/${ward.booking}/plan.pdf`), /診療計画/);
  await page.getByRole('button', { name: '読みました' }).click();
  await page.getByRole('button', { name: '読みました' }).waitFor({ state: 'detached' });
});
