// After the visit: what the patient reads and says, the next booking, large type, English, links that are over, the log.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { command } from '../../lib/haruka.mjs';
import { pick, press, tabTo, type } from '../../lib/keyboard.mjs';
import { mailTo, mails } from '../../lib/mail.mjs';
import { visit } from '../../lib/visit.mjs';
import { PATIENT_MAIL, fine, open, paper, rows, step, ward } from './ward.mjs';

/** Changes one byte of the clinic's seventh entry, as somebody with the disk in hand could. */
const CHANGE = `
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1])
clinic = rows.execute("SELECT id FROM facility WHERE slug = 'aoba'").fetchone()[0]
found = rows.execute("SELECT detail FROM audit_entry WHERE facility_id = ? AND idx = 7", (clinic,)).fetchone()[0]
rows.execute("UPDATE audit_entry SET detail = ? WHERE facility_id = ? AND idx = 7", (bytes([found[0] ^ 1]) + found[1:], clinic))
rows.commit()
`;

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

step('a link that is over says what to do', async () => {
  const { page } = ward.sato;
  await page.goto('/patients?q=たなか');
  await page.getByRole('row', { name: /幸子/ }).getByRole('link').first().click();
  const patient = page.url().split('/').pop();
  await page.goto(`/patients/${patient}/entry`);
  await visit(page, 'entry');
  for (let left = await page.getByRole('button', { name: 'リンクを終了する' }).count(); left > 0; left -= 1) await page.getByRole('button', { name: 'リンクを終了する' }).first().click();
  await page.getByRole('button', { name: 'リンクを終了する' }).waitFor({ state: 'detached' });
  const guest = await open('late');
  assert.equal((await guest.page.goto(ward.link)).status(), 410);
  const said = await guest.page.locator('main').innerText();
  for (const words of [/いちばん新しいメール/, /03-5550-0101/]) assert.match(said, words);
  assert.ok(!/田中/.test(said));
  await visit(guest.page, 'link-over');
});

step('no script failed, and nothing was refused by the content policy', () => {
  for (const person of ward.people) assert.deepEqual(person.troubles, [], person.name);
});

step('the log proves itself, and names the entry when one byte is changed (CS-122)', async () => {
  const { haruka } = ward;
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
