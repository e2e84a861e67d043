// SY-25 whole, in browsers and with other makers' programs: a device sends (storescu) to the clinic's gateway, the gateway to the
// server; the dentist asks for a reading; the reader looks in three planes and along the arch, tells an urgent finding, and signs;
// the dentist takes over, reads, asks back, tells the patient, and closes the incidental finding; PDF and structured report arrive
// at the clinic's archive (storescp); and a stranger verifies the report. (TR-01, TR-03, TR-04, TR-06, TR-07, TR-10, TR-20, TR-24)

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { instances, SERIES, STUDY } from '../../fixtures/dicom/study.mjs';
import { Person } from '../lib/browsers.mjs';
import { ask, register } from '../lib/case.mjs';
import { binary, command, config, Haruka } from '../lib/haruka.mjs';
import { folder, freePort, pictures, until } from '../lib/place.mjs';
import { PASSWORD, signIn, signInAtDesk } from '../lib/sign-in.mjs';
import { steps } from '../lib/steps.mjs';
import { visit } from '../lib/visit.mjs';

const URGENT = '右下顎臼歯部に気道へ向かう膿瘍の疑い。すぐに口腔外科へ。';
const INCIDENTAL = '右上顎洞に粘膜の肥厚';
const ward = { children: [], people: [] };

/** A program that runs beside the journey, once it has said `ready`. */
async function beside(program, args, ready) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  ward.children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  if (ready) await until(`${program} ${args[0]} runs: ${said}`, () => said.includes(ready), 60_000);
}

const operate = (...args) => {
  const ran = command(...args, '--config', ward.haruka.file, '--data', ward.haruka.data);
  assert.equal(ran.status, 0, `${args.join(' ')}: ${ran.err}`);
  return ran.out;
};

const step = steps(ward);

async function comes(name, login, options) {
  const person = await Person.open(name, { baseURL: ward.haruka.http, ...options });
  person.context.setDefaultTimeout(20_000);
  ward.people.push(person);
  await signInAtDesk(person, login);
  return person;
}

/** Does what may ask for the password again. */
async function signed(page, press, done) {
  await press();
  await until('an answer', async () => /\/unlock/.test(page.url()) || (await done()));
  if (/\/unlock/.test(page.url())) {
    await page.getByLabel('パスワード').fill(PASSWORD);
    await page.getByRole('button', { name: '続ける' }).click();
  }
  await until('the act', done);
}

const main = (page) => page.locator('main').innerText();
const says = (page, words) => until(`the page says ${words}`, async () => (await main(page)).includes(words));

before(async () => {
  ward.haruka = await new Haruka().start();
});

after(async () => {
  for (const person of ward.people) await person.close();
  for (const child of ward.children) child.kill();
  await ward.haruka?.stop();
});

step('TR-20: the device sends to the gateway, and the gateway hands on to the server', async () => {
  const files = (ward.files = folder('device'));
  for (const it of instances({ size: 96, slices: 100 })) if (it.study === STUDY) writeFileSync(join(files, `${it.sop}.dcm`), it.bytes);
  const home = folder('gateway');
  const made = JSON.parse(operate('token', '--user', 'sato', '--json', '--label', 'gateway', '--scope', 'dicomweb.write', '--scope', 'dicomweb.read'));
  writeFileSync(join(home, 'token'), made.token);
  const [dicom, page] = [await freePort(), await freePort()];
  const settings = join(home, 'gateway.toml');
  writeFileSync(settings, config({ gateway: { server: ward.haruka.https, token_file: join(home, 'token'), authority_file: join(ward.haruka.data, 'tls', 'ca.pem'), pause_s: 1 } }));
  const data = join(home, 'data');
  await beside(binary, ['gateway', '--config', settings, '--data', data, '--dicom', `127.0.0.1:${dicom}`, '--page', `127.0.0.1:${page}`], 'haruka gateway ready');
  const added = command('station', 'add', '--config', settings, '--data', data, '--facility', 'gateway', '--title', 'CBCT1', '--name', 'CT室');
  assert.equal(added.status, 0, added.err);
  const sent = spawnSync('storescu', ['-aet', 'CBCT1', '-aec', 'HARUKA', '+sd', '127.0.0.1', String(dicom), files], { encoding: 'utf8', timeout: 120_000 });
  assert.equal(sent.status, 0, sent.stdout + sent.stderr);
  const count = readdirSync(files).length;
  const state = () => JSON.parse(command('gateway', 'state', '--json', '--config', settings, '--data', data).out);
  await until('everything is delivered', () => {
    const it = state();
    return it.waiting === 0 && it.delivered === count;
  }, 120_000);
});

step('TR-01: the dentist finds the images and asks for a reading', async () => {
  ward.archive = folder('archive');
  const port = await freePort();
  await beside('storescp', ['+xa', '-od', ward.archive, String(port)]);
  operate('station', 'add', '--facility', 'aoba', '--title', 'PACS', '--name', '保管サーバー', '--host', '127.0.0.1', '--port', String(port), '--reports');
  ward.sato = await comes('sato', 'sato', { draws: true });
  const { page } = ward.sato;
  await page.goto('/images');
  await says(page, '花子');
  await register(page);
  await page.goto(`${page.url()}/reading`);
  await says(page, '一致');
  await visit(page, 'reading-ask');
  ward.reading = await ask(page, '46欠損。インプラント術前に骨の量と下顎管の位置を知る必要がある。', '46部の骨量と下顎管までの距離。');
  await says(page, '読影待ち');
});

step('TR-24: the reader takes the case and looks at it in three planes and along the arch', async () => {
  ward.watanabe = await comes('watanabe', 'watanabe', { draws: true });
  const { page } = ward.watanabe;
  await page.goto('/readings');
  await says(page, '花子');
  await visit(page, 'readings');
  await page.goto(ward.reading);
  await page.getByRole('button', { name: '引き受けて読む' }).click();
  await says(page, '読影中');
  await page.locator(`a[href="/images/${STUDY}"]`).click();
  await page.setViewportSize({ width: 1280, height: 900 });
  const id = (name) => page.locator(`[data-testid="${name}"]`);
  await page.locator(`[data-series="${SERIES.cbct}"][data-testid="series"]`).click();
  await until('every slice', async () => !/読み込み/.test(await id('pane').first().innerText()) && (await id('pane').first().getAttribute('data-at')), 120_000);
  assert.equal(await id('refused').count(), 0, 'every digest is right');
  await page.screenshot({ path: join(pictures(), 'reading-stack.png') });
  // A length and a key image are saved without being asked, and are there again.
  const marks = () => page.evaluate(() => document.querySelector('haruka-viewer').marks);
  await id('tool-Length').click();
  const box = await id('pane').first().locator('canvas').boundingBox();
  await page.mouse.move(box.x + box.width / 2 - 60, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
  await page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height / 2, { steps: 3 });
  await page.mouse.up();
  await id('key').click();
  await until('they are saved', async () => /計測を保存しました/.test(await id('saved').innerText()));
  const drawn = await marks();
  assert.equal(drawn.marks.length, 1);
  assert.equal(drawn.keyImages.length, 1);
  await page.reload();
  await until('they are there again', async () => (await marks()).marks.length === 1 && (await marks()).keyImages.length === 1, 60_000);
  assert.deepEqual(await marks(), drawn);
  await page.locator(`[data-series="${SERIES.cbct}"][data-testid="series"]`).click();
  await until('the line is drawn', async () => (await id('pane').first().locator('svg line').count()) > 0, 60_000);
  await page.screenshot({ path: join(pictures(), 'reading-marks.png') });
  await id('mode-mpr').click();
  await id('mpr').waitFor({ timeout: 60_000 });
  await until('the planes', async () => /H/.test(await id('mpr-1').innerText()), 60_000);
  await page.screenshot({ path: join(pictures(), 'reading-mpr.png') });
  await id('mode-panorama').click();
  await page.locator('[data-testid="unrolled"] canvas[data-filled="whole"]').waitFor({ timeout: 120_000 });
  await page.locator('[data-testid="section-2"] canvas[data-filled="whole"]').waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(pictures(), 'reading-panorama.png') });
  assert.deepEqual(ward.watanabe.troubles, []);
});

step('TR-06: what cannot wait is told before the report, and a named person takes it over', async () => {
  const { page } = ward.watanabe;
  await page.goto(ward.reading);
  await page.getByText('急ぎの所見をすぐに知らせる').click();
  await page.locator('[name="finding"]').fill(URGENT);
  await page.getByRole('button', { name: 'いますぐ知らせる' }).click();
  await page.waitForURL(/\/urgent\//);
  await visit(page, 'reading-urgent-told');
  const sato = ward.sato.page;
  await sato.goto('/day');
  await until('the banner', async () => /急ぎの所見の連絡が1件届いています/.test(await sato.locator('body').innerText()));
  await visit(sato, 'reading-urgent-banner');
  await sato.getByRole('link', { name: '連絡を開く' }).click();
  await sato.getByRole('link', { name: /花子/ }).first().click();
  await says(sato, URGENT);
  await sato.locator('[name="plan"]').fill('これから患者さんに電話し、口腔外科を受診してもらう。');
  await sato.getByRole('button', { name: 'わたしが引き受けます' }).click();
  await says(sato, '引き受けました');
  await page.reload();
  await says(page, '引き受けられました');
});

step('TR-02, TR-10: the reader writes the report and signs it', async () => {
  const { page } = ward.watanabe;
  await page.goto(ward.reading);
  await page.locator('[name="part1"]').fill('頬舌幅 7.8mm、高さ 12.4mm。');
  // It is kept by itself: a browser that ends here costs nothing.
  await says(page, '下書き保存済み');
  await page.goto('/readings');
  await page.goto(ward.reading);
  assert.equal(await page.locator('[name="part1"]').inputValue(), '頬舌幅 7.8mm、高さ 12.4mm。');
  await page.locator('[name="finding1_site"]').selectOption('46');
  await page.locator('[name="finding1_text"]').fill('頬側に軽い骨欠損。');
  await page.locator('[name="finding1_image"]').fill('1-51');
  await page.locator('[name="impression"]').fill('下顎管まで11mm。10mmのインプラントが可能。');
  await page.locator('input[name="urgency"][value="soon"]').check();
  await page.locator('[name="incidental1"]').fill(INCIDENTAL);
  await signed(page, () => page.getByRole('button', { name: '署名して報告する' }).click(), async () => (await main(page)).includes('署名済み'));
  await says(page, '依頼元での対応');
  await visit(page, 'reading-signed');
});

step('TR-04: the dentist reads, looks, asks, and tells the patient; each is done by doing it', async () => {
  const { page } = ward.sato;
  await page.goto('/duties');
  await says(page, '報告書を読む');
  await visit(page, 'duties');
  await page.goto(ward.reading);
  await says(page, '下顎管まで11mm');
  await visit(page, 'reading-report');
  await page.goto(`/images/${STUDY}`);
  await page.locator(`[data-series="${SERIES.cbct}"][data-testid="series"]`).click();
  await until('what the reader has drawn', async () => /渡辺.*計測 1件/.test(await page.locator('[data-testid="foreign"]').first().innerText()), 60_000);
  await page.screenshot({ path: join(pictures(), 'reading-marks-at-the-clinic.png') });
  await page.goto(ward.reading);
  await page.getByText('質問を送る', { exact: true }).click();
  await page.locator('[name="said"]').fill('51番の断面の影は下顎管でしょうか。');
  await page.getByRole('button', { name: '相手の施設に送る' }).click();
  await says(page, '返事を待っています');
  const reader = ward.watanabe.page;
  await reader.goto(ward.reading);
  await says(reader, '51番の断面の影は下顎管でしょうか。');
  await visit(reader, 'reading-question');
  await reader.locator('[name="said"]').fill('はい、下顎管です。');
  await reader.getByRole('button', { name: '相手の施設に送る' }).click();
  await says(reader, 'はい、下顎管です。');
  await page.goto('/duties');
  const board = await main(page);
  assert.ok(!board.includes('報告書を読む') && !board.includes('画像を確かめる'), board);
  await page.getByRole('row', { name: /患者さんに説明する/ }).getByRole('link').click();
  await page.locator('input[name="way"][value="phone"]').check();
  await page.locator('[name="note"]').fill('インプラントが可能なこと、上顎洞の所見を説明。手術を希望。');
  await visit(page, 'duty-inform');
  await page.getByRole('button', { name: '説明したことを記録する' }).click();
  await page.waitForURL(/\/readings\//);
});

step('TR-07: the incidental finding is closed with what was done, and the reader sees that it was', async () => {
  const { page } = ward.sato;
  await page.goto('/duties');
  await page.getByRole('row', { name: new RegExp(INCIDENTAL) }).getByRole('link').click();
  await page.locator('input[name="outcome"][value="referred"]').check();
  await page.locator('[name="note"]').fill('耳鼻咽喉科へ紹介した。');
  await visit(page, 'duty-close');
  await page.getByRole('button', { name: '対応を記録する' }).click();
  await page.goto('/duties');
  await says(page, '残っている対応はありません');
  const reader = ward.watanabe.page;
  await reader.goto('/duties');
  await says(reader, '対応を終えた偶然の所見');
  await reader.getByRole('row', { name: new RegExp(INCIDENTAL) }).getByRole('link').click();
  await says(reader, 'ほかの医療機関へ紹介した');
  assert.ok(!(await main(reader)).includes('耳鼻咽喉科'), 'what was said stays at the clinic');
  await visit(reader, 'duty-closed');
});

step('TR-10: PDF and structured report are in the archive of the clinic', async () => {
  const files = await until('both', () => {
    const all = readdirSync(ward.archive);
    return all.length === 2 && all;
  }, 60_000);
  const told = files.map((it) => spawnSync('dcmdump', ['+P', '0008,0016', '+P', '0010,0020', '+P', '0020,000d', join(ward.archive, it)], { encoding: 'utf8' }).stdout);
  for (const [kind, it] of [['EncapsulatedPDFStorage', told], ['SR', told]]) assert.ok(it.some((one) => one.includes(kind)), `${kind}: ${told}`);
  for (const one of told) assert.ok(one.includes('AOBA-000123') && one.includes(STUDY), one);
  await ward.sato.page.goto(ward.reading);
  await says(ward.sato.page, '送信済み');
});

step('TR-24: what the reader drew and chose is DICOM in the study, and other programs read it', async () => {
  const place = folder('marks');
  mkdirSync(place, { recursive: true });
  const { request } = ward.sato.context;
  for (const [kind, program, holds] of [['11.1', 'dcmdump', 'POLYLINE'], ['88.34', 'dsrdump', 'Measurement Group'], ['88.59', 'dsrdump', 'Of Interest']]) {
    const [found] = await request.get(`/dicom-web/studies/${STUDY}/instances?SOPClassUID=1.2.840.10008.5.1.4.1.1.${kind}`, { headers: { accept: 'application/dicom+json' } }).then((it) => it.json());
    const [series, sop] = ['0020000E', '00080018'].map((tag) => found[tag].Value[0]);
    const answer = await request.get(`/dicom-web/studies/${STUDY}/series/${series}/instances/${sop}`, { headers: { accept: 'application/dicom' } });
    assert.equal(answer.status(), 200, kind);
    const file = join(place, `${kind}.dcm`);
    writeFileSync(file, await answer.body());
    const ran = spawnSync(program, [file], { encoding: 'utf8' });
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    const told = spawnSync('dcmdump', ['--load-all', file], { encoding: 'utf8' }).stdout;
    assert.ok(told.includes('渡辺') && told.includes(holds), told);
  }
});

step('TR-08, TR-11: the measures are laid down, a second reading is offered to nobody who signed, figures are counted', async () => {
  const { page } = ward.sato;
  await page.goto('/settings/measures');
  await visit(page, 'measures-empty');
  for (const area of await page.locator('main textarea').all()) await area.fill('院長が責任者。月に一度、担当者と確かめる。');
  await page.locator('input[name="cycle"][value="12"]').check();
  await page.getByRole('button', { name: 'この内容で定める' }).click();
  await says(page, '次の見直し');
  await visit(page, 'measures');
  await page.goto('/settings/readers/fields');
  await visit(page, 'reader-fields');
  await page.goto('/readings/figures');
  await says(page, '依頼先の施設ごと');
  const reader = ward.watanabe.page;
  await reader.goto('/readings/figures');
  await says(reader, '読影医ごと');
  await visit(reader, 'figures');
  await reader.goto(ward.reading);
  assert.ok(!(await main(reader)).includes('第二読影の結果を書く'));
});

step('TR-12: a byte that changes on the server’s disk is named, and the image takes its place again when it is sent once more', async () => {
  const blobs = join(ward.haruka.data, 'blobs');
  const all = readdirSync(blobs, { recursive: true }).map((it) => join(blobs, it)).filter((it) => statSync(it).isFile());
  // Slices are of one size, and there are more of them than of anything else.
  const sizes = all.map((it) => statSync(it).size);
  const often = (size) => sizes.filter((it) => it === size).length;
  const slice = all[sizes.indexOf(sizes.reduce((most, it) => (often(it) > often(most) ? it : most)))];
  const bytes = readFileSync(slice);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(slice, bytes);
  const verify = () => command('image', 'verify', '--config', ward.haruka.file, '--data', ward.haruka.data);
  const bad = verify();
  assert.equal(bad.status, 1, bad.out + bad.err);
  const [, sop] = /aoba: BAD (\S+): It is not what arrived/.exec(bad.out);
  const { page } = ward.sato;
  await page.goto('/settings/image-check');
  await says(page, sop);
  await visit(page, 'image-check');
  operate('import', ward.files, '--facility', 'aoba');
  await page.getByRole('button', { name: 'もう一度照らし合わせる' }).click();
  await until('the image is whole again', async () => !(await main(page)).includes(sop));
  const good = verify();
  assert.equal(good.status, 0, good.out + good.err);
});

step('TR-14: on a notebook the images open once a manager has registered it, on a private machine never', async () => {
  const notebook = await Person.open('notebook', { baseURL: ward.haruka.http, draws: true });
  ward.people.push(notebook);
  await signIn(notebook, 'sato');
  const { page } = notebook;
  const tell = async (kind) => {
    await page.locator(`input[name="kind"][value="${kind}"]`).check();
    await page.locator('[name="name"]').fill('往診用のノート');
    await page.getByRole('button', { name: 'この内容で登録する' }).click();
  };
  await page.goto('/images');
  assert.match(page.url(), /\/terminal\?next=/);
  await visit(page, 'terminal');
  await tell('personal');
  await says(page, '個人の機器では画像を開けません');
  await visit(page, 'terminal-personal');
  await page.getByText('答えを変える', { exact: true }).click();
  await tell('portable');
  await says(page, '管理者の登録を待っています');
  const desk = ward.sato.page;
  await desk.goto('/settings/terminals');
  await says(desk, '往診用のノート');
  await visit(desk, 'settings-terminals');
  await desk.getByLabel('管理のしかた').fill('備品番号12、ディスク暗号化と画面ロックを確認');
  await desk.getByRole('button', { name: '登録する', exact: true }).click();
  await says(desk, '備品番号12');
  await page.goto('/images');
  await says(page, '花子');
  await notebook.close();
  ward.people.pop();
});

step('TR-03: a stranger verifies the report with its history, and finds a changed word', async () => {
  const answer = await ward.sato.context.request.get(`${ward.reading}/report.proof`);
  assert.equal(answer.status(), 200);
  const place = folder('stranger');
  mkdirSync(place, { recursive: true });
  const file = join(place, 'report.proof.json');
  writeFileSync(file, await answer.body());
  const good = command('log', 'verify', '--report', file);
  assert.equal(good.status, 0, good.out + good.err);
  assert.match(good.out, /version 1: good/);
  writeFileSync(file, readFileSync(file, 'utf8').replace('11mm', '21mm'));
  const bad = command('log', 'verify', '--report', file);
  assert.equal(bad.status, 1);
  assert.match(bad.out, /BAD: version 1/);
  for (const { troubles } of ward.people) assert.deepEqual(troubles, []);
});
