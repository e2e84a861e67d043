// What all parts of the visit share: the people at their browsers, the server, the relay, and how one gets in.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before } from 'node:test';

import { Person } from '../../lib/browsers.mjs';
import { Haruka } from '../../lib/haruka.mjs';
import { mailTo } from '../../lib/mail.mjs';
import { pdfText } from '../../lib/pdf.mjs';
import { until } from '../../lib/place.mjs';
import { Relay } from '../../lib/relay.mjs';
import { PASSWORD, secondFactor, signIn } from '../../lib/sign-in.mjs';
import { steps } from '../../lib/steps.mjs';

export { PASSWORD, secondFactor, signIn };

export const PATIENT_MAIL = 'tanaka@example.jp';
/** The patient's computer thinks it is three hours later. Nothing of a visit may depend on it. */
export const WRONG_CLOCK_MS = 3 * 3600_000;

/** `relay`, `haruka`, the people, the visit's `booking` and its `link`. */
export const ward = { people: [] };

before(async () => {
  ward.relay = await Relay.start();
  ward.haruka = await new Haruka({ relay: ward.relay }).start();
});

after(async () => {
  for (const person of ward.people) await person.close();
  await ward.haruka?.stop();
  await ward.relay?.down();
});

/** One part of the visit. */
export const step = steps(ward);

export async function open(name, options) {
  const person = await Person.open(name, { baseURL: ward.haruka.http, ...options });
  person.context.setDefaultTimeout(20_000);
  ward.people.push(person);
  return person;
}

/** Says a birth date at the door of a link. */
export async function born(page, ...parts) {
  for (const [at, name] of ['year', 'month', 'day'].entries()) await page.locator(`input[name="birth_date-${name}"]`).fill(String(parts[at]));
  await page.getByRole('button', { name: '次へ' }).click();
}

/** The link of the newest letter about a booking. */
export async function letterLink() {
  const letter = await mailTo(PATIENT_MAIL, (it) => it.subject.includes('承りました'));
  return /\/v\/[0-9a-z]{26}/.exec(letter.text)[0];
}

/** Types the code that came by mail. */
export async function codeByMail(page, before = '') {
  if (before) {
    // A second code within a minute is not sent, and the page says so; she presses the button until it is.
    while (!(await page.getByText('メールで送りました').count())) {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      await page.getByRole('button', { name: /送る/ }).first().click();
      await page.waitForLoadState();
    }
  }
  const code = await mailTo(PATIENT_MAIL, (it) => it.subject.includes('コード') && /\b\d{6}\b/.test(it.text) && !it.text.includes(before || '\0'));
  const [, digits] = /\b(\d{6})\b/.exec(code.text);
  await page.getByLabel('確認コード').fill(digits);
  await page.getByRole('button', { name: '受診の画面へ進む' }).click();
  await page.waitForURL(/\/(home|visits)/);
  return digits;
}

/** The text of a PDF that a signed-in person can open. */
export async function paper(person, path) {
  const answer = await person.context.request.get(path);
  assert.equal(answer.status(), 200, path);
  return pdfText(await answer.body());
}

/**
 * Does what needs a fresh proof: `press` is the act, `done` tells whether it is done. Where the house asks for the password
 * again, it is given.
 */
export async function signed(page, press, done) {
  await press();
  await until('an answer', async () => /\/unlock/.test(page.url()) || (await done()));
  if (/\/unlock/.test(page.url())) {
    await page.getByLabel('パスワード').fill(PASSWORD);
    // What was pressed waits meanwhile, and goes by itself once the house knows who is there.
    await page.getByRole('button', { name: '続ける' }).click();
  }
  await until('the act', done);
}

/** How many rows of `table` there are, seen from outside the program. */
export function rows(table, where = '1 = 1') {
  const script = 'import sqlite3, sys\nrows = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)\nprint(rows.execute(sys.argv[2]).fetchone()[0])';
  const ran = spawnSync('python3', ['-c', script, `${ward.haruka.data}/haruka.db`, `SELECT count(*) FROM ${table} WHERE ${where}`], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return Number(ran.stdout);
}

/** Time passes: what the staff has proven by password is too old for what needs a fresh proof. */
export function proofGetsOld() {
  const script = 'import sqlite3, sys\nrows = sqlite3.connect(sys.argv[1], timeout=20)\nrows.execute("UPDATE session SET proved_at = proved_at - 600000000 WHERE kind = \'staff\'")\nrows.commit()';
  const ran = spawnSync('python3', ['-c', script, `${ward.haruka.data}/haruka.db`], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
}

/** Nothing on the page says that something went wrong. */
export async function fine(page) {
  const text = await page.locator('main').innerText();
  assert.ok(!/問題が起きました|受け付けられませんでした|見つかりません|この操作はできません/.test(text), `${page.url()}: ${text.slice(0, 300)}`);
}

/** A part of the call by its test id. */
export const id = (person, name) => person.page.locator(`[data-testid=${name}]`);
