// DL-42, DL-15: a clerk misses her phone. Two taps on the other one, and the lost phone is out, the officer has the mail and sees
// it on whatever page is open; the officer takes it over and closes it. Then her password may be known: one tap, and the next
// sign-in wants a new one.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { Person } from '../lib/browsers.mjs';
import { Haruka } from '../lib/haruka.mjs';
import { mailTo } from '../lib/mail.mjs';
import { until } from '../lib/place.mjs';
import { PASSWORD, secondFactor, signIn } from '../lib/sign-in.mjs';
import { steps } from '../lib/steps.mjs';
import { visit } from '../lib/visit.mjs';

const PHONE = { width: 360, height: 740 };
const NEXT_PASSWORD = 'amber heron 9 ladders';
const ward = { people: [] };
const step = steps(ward);

async function comes(name, login) {
  const person = await Person.open(name, { baseURL: ward.haruka.http, cameras: 0 });
  person.context.setDefaultTimeout(20_000);
  ward.people.push(person);
  await signIn(person, login);
  return person;
}

const says = (page, words) => until(`the page says ${words}`, async () => (await page.locator('main').innerText()).includes(words));
const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();

/** A code of the app that was not used before: each is good for one sign-in. */
async function freshCode(person, used) {
  let code = used;
  await until('the next code', async () => (code = await secondFactor(person)) !== used, 60_000);
  return code;
}

before(async () => {
  ward.haruka = await new Haruka({}).start();
});

after(async () => {
  for (const person of ward.people) await person.close();
  await ward.haruka?.stop();
});

step('two taps on a phone: the lost one is out, and those in charge know', async () => {
  // DL-42
  ward.officer = await comes('officer', 'kato');
  ward.lost = await comes('lost', 'suzuki');
  ward.used = await secondFactor(ward.lost);
  ward.here = await Person.open('here', { baseURL: ward.haruka.http, cameras: 0 });
  ward.people.push(ward.here);
  await freshCode(ward.here, ward.used);
  await signIn(ward.here, 'suzuki');
  const { page } = ward.here;
  await page.setViewportSize(PHONE);
  await page.getByRole('link', { name: '緊急の連絡' }).click();
  await visit(page, 'report');
  await press(page, '端末をなくした・盗まれた');
  await page.waitForURL(/\/report\/[0-9a-z]{26}$/);
  await says(page, '管理者に伝えました');
  assert.ok((await page.locator('main a[href^="tel:"]').count()) > 0, 'a number to call');
  await visit(page, 'report-sent');
  await page.locator('[name="words"]').fill('8時の電車に置き忘れた');
  await press(page, '説明を送る');
  await says(page, '8時の電車に置き忘れた');

  await ward.lost.page.goto('/day');
  assert.match(ward.lost.page.url(), /\/sign-in/, 'the lost phone is out');
  const mail = await mailTo('kato', (it) => it.subject.includes('端末をなくした'));
  ward.link = /https?:\/\/\S+\/safety\/incidents\/[0-9a-z]{26}/.exec(mail.text)[0];
  await until('the alert comes by itself', async () => (await ward.officer.page.locator('main').innerText()).includes('緊急の連絡が1件あります'), 60_000);
});

step('the officer takes it over, writes down what is done, and closes it', async () => {
  const { page } = ward.officer;
  await page.goto(new URL(ward.link).pathname);
  await says(page, '8時の電車に置き忘れた');
  await visit(page, 'incident');
  await press(page, '対応を引き受ける');
  await says(page, '対応中');
  await until('the alert is gone', async () => !(await page.locator('main').innerText()).includes('緊急の連絡が1件あります'), 60_000);
  await page.locator('summary', { hasText: '終結する' }).click();
  await page.locator('[name="cause"]').fill('鞄の口が開いていた');
  await press(page, 'この件を終結する');
  await says(page, '入力を確かめてください');
  assert.equal(await page.locator('[name="cause"]').inputValue(), '鞄の口が開いていた', 'nothing typed is lost');
  await page.locator('[name="measure"]').fill('ストラップを付ける');
  await press(page, 'この件を終結する');
  await says(page, '終結');
});

step('a password that may be known opens nothing but a new one', async () => {
  // DL-15
  const { page } = ward.here;
  await page.goto('/report');
  await press(page, 'パスワードを知られたかもしれない');
  await says(page, '新しいパスワードを決めます');
  await visit(page, 'report-out');
  await page.goto('/sign-in');
  await page.getByLabel('ログイン名').fill('suzuki');
  await page.getByLabel('パスワード').fill(PASSWORD);
  await page.getByRole('button', { name: '次へ' }).click();
  await page.locator('input[name="code"]').first().fill(await freshCode(ward.here, await secondFactor(ward.here)));
  await page.getByRole('button', { name: 'ログイン', exact: true }).first().click();
  for (const [word, answer] of [[PASSWORD, '以前に使った'], [NEXT_PASSWORD, '']]) {
    await page.locator('[name="new_password"]').fill(word);
    await page.locator('[name="new_password_again"]').fill(word);
    await page.locator('main form button[type="submit"]').first().click();
    if (answer) await says(page, answer);
  }
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
});
