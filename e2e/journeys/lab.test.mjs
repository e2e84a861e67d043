// SY-26: a crown from the order to the fit, as the dentist, the laboratory's manager, a technician at home and the one at the
// bench live it, each in a browser of their own. What may not be done outside the laboratory is refused on the way.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { arch, crown } from '../../islands/mesh/tests/arch.mjs';
import { Person } from '../lib/browsers.mjs';
import { Haruka } from '../lib/haruka.mjs';
import { issueCrown, newOrder, stl } from '../lib/lab.mjs';
import { pictures, until } from '../lib/place.mjs';
import { signIn } from '../lib/sign-in.mjs';
import { steps } from '../lib/steps.mjs';
import { axe, visit } from '../lib/visit.mjs';

const ward = { people: [] };
/** Software draws the surfaces, and a check may have to wait for its turn. */
const PATIENCE_MS = 90_000;

/** One part. */
const step = steps(ward);

async function comes(login) {
  const person = await Person.open(login, { baseURL: ward.haruka.http, cameras: 0, draws: true });
  person.context.setDefaultTimeout(20_000);
  ward.people.push(person);
  await signIn(person, login);
  return person.page;
}

const says = (page, words) => until(`the page says ${words}`, async () => (await page.locator('main').innerText()).includes(words));
const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();
const unfold = (page, words) => page.locator('summary', { hasText: words }).first().click();
const day = (ahead) => new Date(Date.now() + (9 + 24 * ahead) * 3600_000).toISOString().slice(0, 10);

/** Sends a file to the case by the form, as one of this kind. */
async function sends(page, name, kind, buffer) {
  await page.goto(`${ward.case}/files`);
  const digests = () => page.locator('main code[title]').count();
  const before = await digests();
  const form = page.locator('form', { has: page.locator('input[type="file"][name="files"]') });
  await form.locator('input[name="files"]').setInputFiles({ name, mimeType: 'model/stl', buffer });
  await form.locator('select[name="kind"]').selectOption(kind);
  await form.locator('button[type="submit"]').click();
  await until('the digest of what was sent', async () => (await digests()) > before);
}

const id = (page, name) => page.locator(`[data-testid="${name}"]`);
const shown = (page) => page.locator('haruka-mesh[data-whole]').waitFor({ timeout: PATIENCE_MS });
const told = (page, words) => until(`it says ${words}`, async () => words.test(await id(page, 'live').innerText()), PATIENCE_MS);

/** The case, as `page` sees it now. */
async function sees(page, state) {
  await page.goto(ward.case);
  await says(page, state);
}

before(async () => {
  ward.haruka = await new Haruka({}).start();
});

after(async () => {
  for (const person of ward.people) await person.close();
  await ward.haruka?.stop();
});

step('the dentist orders a crown for a tooth, and misses nothing that the law asks for', async () => {
  // DL-04
  const page = (ward.sato = await comes('sato'));
  await newOrder(page);
  await press(page, 'この内容で指示書を発行する');
  await says(page, '入力を確かめてください');
  await visit(page, 'lab-order');
  ward.case = await issueCrown(page);
  await says(page, '引き受け待ち');
});

step('the laboratory asks, is answered, accepts and gives it to a technician', async () => {
  // DL-01, DL-32
  const page = (ward.yamamoto = await comes('yamamoto'));
  await page.goto('/lab');
  await page.locator('main a[href^="/lab/cases/"]').first().click();
  await unfold(page, '質問を送る');
  await page.locator('[name="why"]:visible').fill('対合歯は天然歯ですか。');
  await press(page, '相手の施設に送る');
  await sees(ward.sato, '相手の施設が返事を待っています');
  await ward.sato.locator('[name="why"]:visible').first().fill('天然歯です。');
  await press(ward.sato, '相手の施設に送る');
  await sees(page, '天然歯です。');
  await press(page, '引き受ける');
  await page.locator('select[name="person"]').selectOption({ index: 1 });
  const name = (await page.locator('select[name="person"] option').allTextContents()).find((it) => it.includes('中村'));
  await page.locator('select[name="person"]').selectOption({ label: name });
  await press(page, '担当を決める');
  await says(page, '担当が決まりました');
});

step('at home a technician designs, and polishes nothing', async () => {
  // DL-02, DL-10
  const page = (ward.nakamura = await comes('nakamura'));
  // DL-12: who works at home opens cases on a device of the ledger only.
  await page.goto(ward.case);
  await says(page, '台帳に登録された端末だけです');
  await visit(page, 'device-unknown');
  await ward.yamamoto.goto('/settings/devices');
  await visit(ward.yamamoto, 'devices');
  await ward.yamamoto.getByRole('link', { name: '設計用ノート1' }).click();
  await visit(ward.yamamoto, 'device');
  await press(ward.yamamoto, '登録コードを作る');
  const code = await ward.yamamoto.getByText(/^[0-9a-z]{4}-[0-9a-z]{4}$/).innerText();
  await page.locator('[name="code"]').fill(code);
  await press(page, 'このブラウザーを登録する');
  await until('the case opens', () => page.url().includes(ward.case));
  await page.locator('select[name="kind"]').selectOption('polishing');
  await page.getByLabel('リモート：自宅').check({ force: true });
  await press(page, '工程を始める');
  await says(page, '切削や研磨などの作業は、リモートワークではできません');
  await visit(page, 'lab-refused');
  await page.locator('select[name="kind"]').selectOption('design');
  for (const it of ['filter', 'room', 'alone', 'network']) await page.locator(`input[name="confirmed"][value="${it}"]`).check({ force: true });
  await press(page, '工程を始める');
  await says(page, '設計中');
  await unfold(page, 'を終える');
  await press(page, '工程を終える');
  await unfold(page, '設計案を出す');
  await page.locator('[name="design"]').fill('接触点は強めにしました。');
  await press(page, '歯科医師に承認を頼む');
  await says(page, '設計の承認待ち');
});

step('scan and design are looked at together, and a note on the surface is answered in the thread', async () => {
  // DL-23, DL-22
  const { sato, nakamura } = ward;
  await sends(sato, 'lower.stl', 'lower', stl(arch({ along: 300, across: 150 })));
  await sends(nakamura, 'crown_46.stl', 'design', stl(crown({ cells: 120 })));
  await until('both are checked', async () => {
    await sato.goto(`${ward.case}/files`);
    return !(await sato.locator('main').innerText()).includes('点検しています');
  }, PATIENCE_MS);
  await sato.goto(ward.case);
  await sato.getByRole('link', { name: 'スキャンと設計を立体で見る' }).click();
  await shown(sato);
  assert.equal(await id(sato, 'parts').locator('li').count(), 2);
  assert.match(await id(sato, 'parts').innerText(), /crown_46\.stl[\s\S]*誤差 約 0/);
  assert.match(await id(sato, 'original').innerText(), /加工には、届いたままの元のデータだけを使います/);
  await sato.getByRole('button', { name: /^これだけを表示：.*crown_46/ }).click();
  await id(sato, 'view').selectOption('above');
  await id(sato, 'whole').click();
  // By keyboard: the point in the middle.
  await id(sato, 'stage').focus();
  await sato.keyboard.press('n');
  await sato.keyboard.press('Enter');
  await id(sato, 'note-text').fill('咬頭をもう少し低くしてください。');
  await id(sato, 'note-send').click();
  await id(sato, 'pin').waitFor();
  assert.match(await id(sato, 'notes').innerText(), /咬頭をもう少し低くしてください。\s+佐藤.*（医療機関）/);
  await sato.setViewportSize({ width: 820, height: 1180 });
  await sato.screenshot({ path: join(pictures(), 'lab-view-820.png') });
  assert.deepEqual(await axe(sato), []);
  await visit(sato, 'lab-view');
  await sees(nakamura, '相手の施設が返事を待っています');
  await visit(nakamura, 'lab-noted');
  await nakamura.getByRole('link', { name: 'メモの場所を立体で見る' }).first().click();
  await shown(nakamura);
  await told(nakamura, /^メモ：咬頭をもう少し低くしてください。\(佐藤.*（医療機関）\)/);
  await until('the pin is seen', async () => !/hm-behind/.test(await id(nakamura, 'pin').getAttribute('class')));
  await nakamura.screenshot({ path: join(pictures(), 'lab-view-note.png') });
  await nakamura.getByRole('link', { name: '技工のページへ' }).click();
  await nakamura.locator('[name="why"]:visible').fill('0.1 mm低くします。');
  await press(nakamura, '相手の施設に送る');
  await sees(sato, '0.1 mm低くします。');
  assert.ok(!(await sato.locator('main').innerText()).includes('返事を待っています'));
});

step('the dentist has it done again, then approves; the manager releases it; it is milled', async () => {
  // DL-32
  await sees(ward.sato, '設計の承認待ち');
  await unfold(ward.sato, '設計のやり直しを頼む');
  await ward.sato.locator('[name="why"]:visible').first().fill('咬頭をもう少し低く。');
  await press(ward.sato, '設計のやり直しを頼む');
  await sees(ward.nakamura, '設計のやり直し');
  // DL-21: only a design with its files can be released.
  await sends(ward.nakamura, '46.stl', 'design', Buffer.from('solid crown\nendsolid crown\n'));
  await ward.nakamura.goto(ward.case);
  await unfold(ward.nakamura, '設計案を出す');
  await ward.nakamura.locator('[name="design"]').fill('低くしました。');
  await ward.nakamura.locator('select[name="digest"]').selectOption({ index: 1 });
  await press(ward.nakamura, '歯科医師に承認を頼む');
  await sees(ward.sato, '設計の承認待ち');
  await press(ward.sato, 'この設計を承認する');
  await sees(ward.yamamoto, '設計承認済み');
  await press(ward.yamamoto, '承認された設計を加工に回す');
  const page = (ward.kimura = await comes('kimura'));
  await sees(page, '加工待ち');
  await unfold(page, '工程を始める');
  await page.locator('select[name="kind"]').selectOption('milling');
  await press(page, '工程を始める');
  await unfold(page, 'を終える');
  await page.locator('[name="product1"]').fill('ジルコニアディスク');
  await page.locator('[name="lot1"]').fill('Z-2026-11');
  await press(page, '工程を終える');
  await press(page, '加工を終えた');
  await press(page, '完成した');
  await says(page, 'ほかの人に頼んでください');
});

step('somebody else inspects it, it is delivered, and it fits', async () => {
  // DL-30, DL-31, DL-32
  const page = ward.yamamoto;
  await sees(page, '検査待ち');
  for (const it of ['order', 'fit', 'contact', 'bite', 'look', 'surface']) await page.locator(`input[name="${it}"][value="good"]`).check({ force: true });
  await press(page, '検査の結果を記録する');
  await press(page, '納品した');
  await says(page, '納品済み・受け取り待ち');
  await visit(page, 'lab-case');
  await page.getByRole('link', { name: '歯科技工録' }).click();
  await says(page, 'すべてそろっています');
  await says(page, 'ジルコニアディスク（Z-2026-11）');
  await visit(page, 'lab-record');
  await sees(ward.sato, '納品済み・受け取り待ち');
  await press(ward.sato, '受け取った');
  await press(ward.sato, '装着した');
  await sees(page, '装着済み');
  const paper = await ward.sato.request.get(`${ward.case}/orders/1`);
  assert.equal(paper.headers()['content-type'], 'application/pdf');
});

step('the notification of remote work follows the people and places', async () => {
  // DL-03, DL-06
  const page = ward.yamamoto;
  await page.goto('/lab/remote');
  await says(page, '届出済み');
  await press(page, 'この場所をやめる');
  await says(page, '届出が必要です');
  await visit(page, 'lab-remote');
  await page.locator('[name="authority"]').fill('横浜市長');
  await page.locator('[name="filed_on"]').fill(day(0));
  await press(page, 'この内容で届け出たと記録する');
  await says(page, '届出済み');
});
