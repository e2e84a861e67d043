// One whole online visit (SY-20), as the people of the clinic and the patient live it: from the public page to the next
// booking, in browsers of their own, over a relay that dies and comes back.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { Person } from '../lib/browsers.mjs';
import { Haruka, command } from '../lib/haruka.mjs';
import { mailTo } from '../lib/mail.mjs';
import { pdfText } from '../lib/pdf.mjs';
import { out } from '../lib/place.mjs';
import { Relay } from '../lib/relay.mjs';
import { seesAndHears } from '../lib/stats.mjs';
import { visit } from '../lib/visit.mjs';

const PASSWORD = 'haruka-demo-2026';
/** Changes one byte of the clinic's seventh entry, as somebody with the disk in hand could. */
const CHANGE = `
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1])
clinic = rows.execute("SELECT id FROM facility WHERE slug = 'aoba'").fetchone()[0]
found = rows.execute("SELECT detail FROM audit_entry WHERE facility_id = ? AND idx = 7", (clinic,)).fetchone()[0]
rows.execute("UPDATE audit_entry SET detail = ? WHERE facility_id = ? AND idx = 7", (bytes([found[0] ^ 1]) + found[1:], clinic))
rows.commit()
`;
const PATIENT_MAIL = 'tanaka@example.jp';

let relay;
let haruka;
const people = [];
let sato;
let tanaka;
let booking;

async function open(name, options) {
  const person = await Person.open(name, { baseURL: haruka.http, ...options });
  people.push(person);
  return person;
}

/** Signs a member of the staff in with both factors. */
async function signIn(person, login) {
  const { page } = person;
  await page.goto('/sign-in');
  await page.getByLabel('ログイン名').fill(login);
  await page.getByLabel('パスワード').fill(PASSWORD);
  await page.getByRole('button', { name: '次へ' }).click();
  const clock = await person.context.newPage();
  await clock.goto('/demo/code');
  const code = (await clock.locator('main strong').textContent()).trim();
  await clock.close();
  await page.locator('input[name="code"]').first().fill(code);
  await page.getByRole('button', { name: 'ログイン', exact: true }).first().click();
  await page.waitForURL(/\/day/);
}

/** Says a birth date at the door of a link. */
async function born(page, ...parts) {
  for (const [at, name] of ['year', 'month', 'day'].entries()) await page.locator(`input[name="birth_date-${name}"]`).fill(String(parts[at]));
  await page.getByRole('button', { name: '次へ' }).click();
}

/** The text of a PDF that a signed-in person can open. */
async function paper(person, path) {
  const answer = await person.context.request.get(path);
  assert.equal(answer.status(), 200, path);
  return pdfText(await answer.body());
}

before(async () => {
  relay = await Relay.start();
  haruka = await new Haruka({ relay }).start();
});

after(async () => {
  for (const person of people) await person.close();
  await haruka?.stop();
  await relay?.down();
});

test('the public page says what the guideline asks for (OV-115, OV-201, OV-206)', async () => {
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

test('the clinic books for the patient, who gets a letter with the link', async () => {
  sato = await open('sato', { rgb: [40, 90, 200], hertz: 330 });
  await signIn(sato, 'sato');
  const { page } = sato;
  await visit(page, 'day-empty');
  await page.goto('/patients?q=たなか');
  await visit(page, 'patients');
  await page.getByRole('row', { name: /幸子/ }).getByRole('link', { name: '予約を入れる' }).click();
  await page.getByRole('link', { name: /オンライン再診/ }).click();
  await visit(page, 'book-times');
  await page.locator('.times button').first().click();
  await visit(page, 'book-confirm');
  await page.getByLabel(/どうなさいましたか/).fill('右下の奥歯がしみる');
  await page.getByRole('button', { name: 'この内容で予約する' }).click();
  await page.waitForURL(/\/bookings\//);
  booking = page.url().split('/').pop();
  await visit(page, 'booking');
  const letter = await mailTo(PATIENT_MAIL, (it) => it.subject.includes('承りました'));
  assert.match(letter.text, /\/v\/[0-9a-z]{26}/);
  assert.ok(letter.calendar?.includes('BEGIN:VEVENT'));
  assert.ok(letter.size_bytes < 10_000, `${letter.size_bytes} bytes`);
});

test('a stranger with the stolen link gets nothing', async () => {
  const letter = await mailTo(PATIENT_MAIL, (it) => it.subject.includes('承りました'));
  const stranger = await open('stranger');
  await stranger.page.goto(/\/v\/[0-9a-z]{26}/.exec(letter.text)[0]);
  await visit(stranger.page, 'link');
  await born(stranger.page, 1950, 1, 1);
  assert.ok(!(await stranger.page.locator('main').innerText()).includes('田中'));
  const answer = await stranger.page.goto(`/visits/${booking}`);
  assert.match(stranger.page.url(), /sign-in/);
  assert.equal(answer.status(), 200);
});

test('the patient comes in by link, birth date and code', async () => {
  const letter = await mailTo(PATIENT_MAIL, (it) => it.subject.includes('承りました'));
  tanaka = await open('tanaka', { rgb: [200, 80, 40], hertz: 523 });
  const { page } = tanaka;
  await page.goto(/\/v\/[0-9a-z]{26}/.exec(letter.text)[0]);
  await born(page, 1948, 4, 12);
  await visit(page, 'code');
  const code = await mailTo(PATIENT_MAIL, (it) => /\b\d{6}\b/.test(it.text) && it.subject.includes('コード'));
  await page.getByLabel('確認コード').fill(/\b(\d{6})\b/.exec(code.text)[1]);
  await page.getByRole('button', { name: '受診の画面へ進む' }).click();
  await page.waitForURL(/\/(home|visits)/);
  await page.goto('/home');
  await visit(page, 'home');
  await page.goto(`/visits/${booking}`);
  await visit(page, 'visit');
});

test('the patient answers the questionnaire', async () => {
  const { page } = tanaka;
  await page.goto(`/visits/${booking}/questionnaire`);
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
  await page.waitForURL(new RegExp(`/visits/${booking}$`));
});

test('the staff sees who is when, and every settings page is in order', async () => {
  const { page } = sato;
  const day = await sato.context.request.get('/day');
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
    ['/me', 'me'],
    [`/bookings/${booking}/questionnaire`, 'questionnaire-read'],
  ]) {
    const answer = await page.goto(path);
    assert.equal(answer.status(), 200, path);
    await visit(page, name);
  }
});

test('the safety officer reads the log (CS-122)', async () => {
  const kato = await open('kato');
  await signIn(kato, 'kato');
  await kato.page.goto('/log');
  await visit(kato.page, 'log');
});

test('the patient reads, ticks and consents by own hand (OV-101, OV-102, OV-104, OV-240, OV-250)', async () => {
  const { page } = tanaka;
  await page.goto(`/visits/${booking}/consent`);
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
  const text = await paper(tanaka, `/visits/${booking}/consent.pdf`);
  assert.match(text, /田中/);
  assert.match(text, /同意/);
});

/** Shows the password again where the house asks for a fresh proof. */
async function proveAgain(page) {
  if (!/\/unlock/.test(page.url())) return false;
  await page.getByLabel('パスワード').fill(PASSWORD);
  await page.getByRole('button', { name: '続ける' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/unlock'));
  return true;
}

test('the dentist decides the kind of visit and makes the plan with its nine parts (OV-112, OV-130, OV-262)', async () => {
  const { page } = sato;
  await page.goto(`/bookings/${booking}/path`);
  await visit(page, 'path');
  await page.locator('input[name="ground"][value="plan"]').check();
  await page.locator('input[name="claims"][value="repeat"]').check();
  await page.getByRole('button', { name: 'この内容で決める' }).click();
  await page.waitForLoadState();
  await page.goto(`/bookings/${booking}/plan`);
  await visit(page, 'plan-edit');
  const fill = async () => {
    await page.getByLabel('もとになった対面の診察の日').fill(new Date(Date.now() + 9 * 3600_000).toISOString().slice(0, 10));
    for (const box of await page.locator('input[name="doctor"]').all()) await box.check();
    for (const area of await page.locator('main textarea').all()) if (!(await area.inputValue())) await area.fill('三か月ごとに来院、その間はオンラインで経過をみる。');
    await page.getByRole('button', { name: '確定する' }).click();
    await page.waitForLoadState();
  };
  await fill();
  if (await proveAgain(page)) {
    await page.goto(`/bookings/${booking}/plan`);
    await fill();
  }
  await visit(page, 'plan-made');
});

test('the patient reads the plan and takes it along (OV-134)', async () => {
  const { page } = tanaka;
  await page.goto(`/visits/${booking}/plan`);
  await visit(page, 'plan');
  assert.match(await paper(tanaka, `/visits/${booking}/plan.pdf`), /診療計画/);
});

test('the patient arrives and waits; nobody gets in by being early (OV-210, OV-163)', async () => {
  const { page } = tanaka;
  await page.goto(`/visits/${booking}/test`);
  await visit(page, 'device-test');
  await page.goto(`/visits/${booking}/doctor`);
  await visit(page, 'doctor-card');
  await page.goto(`/visits/${booking}/arrival`);
  await visit(page, 'arrival');
  await page.locator('input[name="place"][value="home"]').check();
  for (const name of ['safe', 'clean', 'private', 'no_medicines']) await page.locator(`input[name="${name}"]`).check();
  await page.getByRole('button', { name: '受付をする' }).click();
  await page.waitForURL(new RegExp(`/visits/${booking}/call`));
  await page.locator('[data-testid=prepare]').click();
  await page.locator('[data-testid=video-preview]').waitFor();
  assert.equal(await page.locator('[data-testid=answer]').count(), 0);
  await visit(page, 'waiting');
});

test('the clinic calls, and both see and hear over the relay (OV-161, OV-203, OV-205)', async () => {
  await sato.page.goto(`/bookings/${booking}/call`);
  await visit(sato.page, 'call-gate');
  await sato.page.locator('input[name="closed_room"]').check();
  await sato.page.locator('input[name="quiet_place"]').check();
  await sato.page.getByRole('button', { name: '診察室に呼び出す' }).click();
  await tanaka.page.locator('[data-testid=answer]').click({ timeout: 60_000 });
  const [seen] = await Promise.all([seesAndHears(sato.page), seesAndHears(tanaka.page)]);
  assert.ok(seen.ways.every((it) => it.kind === 'relay'), JSON.stringify(seen.ways));
  // OV-204: questionnaire, plan and chart are at hand beside the picture.
  for (const beside of ['questionnaire', 'plan', 'chart']) {
    assert.ok((await sato.page.locator(`a[href$="/bookings/${booking}/${beside}"]`).count()) > 0, beside);
  }
  await visit(sato.page, 'call-doctor');
  await visit(tanaka.page, 'call-patient');
  await sato.page.setViewportSize({ width: 1280, height: 800 });
  await sato.page.screenshot({ path: `${out}/call.png` });
});

test('the relay dies and comes back, and so does the call', async () => {
  await relay.down();
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  await relay.up();
  await Promise.all([seesAndHears(sato.page, { patience_ms: 60_000 }), seesAndHears(tanaka.page, { patience_ms: 60_000 })]);
});

test('the log proves itself, and names the entry when one byte is changed (CS-122)', async () => {
  await haruka.stop();
  const good = command('log', 'verify', '--data', haruka.data);
  assert.equal(good.status, 0, good.out + good.err);
  const bundle = `${haruka.data}-bundle`;
  assert.equal(command('log', 'export', '--data', haruka.data, '--facility', 'aoba', '--out', bundle).status, 0);
  assert.equal(command('log', 'verify', '--bundle', bundle).status, 0);
  const changed = spawnSync('python3', ['-c', CHANGE, `${haruka.data}/haruka.db`], { encoding: 'utf8' });
  assert.equal(changed.status, 0, changed.stderr);
  const bad = command('log', 'verify', '--data', haruka.data);
  assert.equal(bad.status, 1);
  assert.match(bad.out, /BAD at entry 7 /);
});
