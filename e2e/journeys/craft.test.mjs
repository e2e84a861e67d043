// SY-26 with what it is made of: a scan of two million triangles, files as other makers' programs write them, a notebook at home
// whose agent says how it stands and whose certificate its browser shows, and a milling machine that fetches and makes what was
// approved, and nothing else.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { arch, crown } from '../../islands/mesh/tests/arch.mjs';
import { Person } from '../lib/browsers.mjs';
import { Haruka, binary, command, config } from '../lib/haruka.mjs';
import { orderCrown, stl } from '../lib/lab.mjs';
import { Notebook } from '../lib/notebook.mjs';
import { folder, freePort, pictures, root, told, until } from '../lib/place.mjs';
import { signIn } from '../lib/sign-in.mjs';
import { steps } from '../lib/steps.mjs';

const PATIENCE_MS = 120_000;
const ward = { people: [] };
const step = steps(ward);

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const says = (page, words) => until(`the page says ${words}`, async () => (await page.locator('main').innerText()).includes(words), PATIENCE_MS);
const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();
const unfold = (page, words) => page.locator('summary', { hasText: words }).first().click();

function done(...args) {
  const ran = command(...args);
  assert.equal(ran.status, 0, `${args.join(' ')}: ${ran.err}`);
  return ran.out.trim();
}

async function comes(login, options = {}) {
  const person = await Person.open(login, { baseURL: ward.haruka.http, cameras: 0, draws: true, ...options });
  person.context.setDefaultTimeout(20_000);
  ward.people.push(person);
  await signIn(person, login);
  return person.page;
}

async function sees(page, state) {
  await page.goto(ward.case);
  await says(page, state);
}

/** Sends files of one kind from the page, and waits until they are one bundle. */
async function sends(page, kind, files) {
  await page.goto(`${ward.case}/files`);
  const digests = () => page.locator('main code[title]').count();
  const known = await digests();
  await page.locator('input[name="files"]').setInputFiles(files);
  await page.locator('haruka-send select[name="kind"]').selectOption(kind);
  await page.locator('haruka-send button[type="submit"]').click();
  await until('the digest of what was sent', async () => (await digests()) > known, PATIENCE_MS);
}

before(async () => {
  ward.programs = await freePort();
  ward.haruka = new Haruka();
  writeFileSync(ward.haruka.file, config({ '': { staff_host: 'localhost' }, programs: { listen: `127.0.0.1:${ward.programs}` } }));
  await ward.haruka.start();
  ward.staff = ward.haruka.https.replace('127.0.0.1', 'localhost');
  ward.place = ['--config', ward.haruka.file, '--data', ward.haruka.data];
  ward.at = [...ward.place, '--facility', 'minato'];
  ward.authority = join(ward.haruka.data, 'tls', 'ca.pem');
  ward.meshes = folder('meshes');
  const made = spawnSync(told('HARUKA_TEST_PYTHON'), [join(root, 'e2e/lib/meshes.py'), ward.meshes], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
});

after(async () => {
  ward.watch?.kill();
  for (const person of ward.people) await person.close();
  await ward.haruka?.stop();
});

step('a scan of two million triangles goes with the order, and files of every kind are read', async () => {
  // DL-04, DL-20, DL-22
  const page = (ward.sato = await comes('sato'));
  ward.case = await orderCrown(page);
  const scan = join(ward.meshes, 'lower.stl');
  writeFileSync(scan, stl(arch()));
  await sends(page, 'lower', [scan]);
  const others = readdirSync(ward.meshes).filter((it) => it !== 'lower.stl').sort();
  assert.deepEqual(others, ['antagonist.stl', 'bite.obj', 'crown.3mf', 'gum.stl', 'scan.ply']);
  await sends(page, 'bite', others.map((it) => join(ward.meshes, it)));
  await until('everything is checked', async () => {
    await page.goto(`${ward.case}/files`);
    return !(await page.locator('main').innerText()).includes('点検しています');
  }, PATIENCE_MS);
  const list = await page.locator('main').innerText();
  assert.match(list, /lower\.stl[\s\S]*三角形 2,002,000/);
  for (const name of others) assert.match(list, new RegExp(`${name.replace('.', '\\.')}[\\s\\S]*?三角形 1,280`), name);
  await page.screenshot({ path: join(pictures(), 'craft-files.png'), fullPage: true });
});

step('the laboratory accepts, and gives it to a technician at home', async () => {
  const page = (ward.yamamoto = await comes('yamamoto'));
  await page.goto(ward.case);
  await press(page, '引き受ける');
  const name = (await page.locator('select[name="person"] option').allTextContents()).find((it) => it.includes('中村'));
  await page.locator('select[name="person"]').selectOption({ label: name });
  await press(page, '担当を決める');
  await says(page, '担当が決まりました');
});

step('a notebook that tells of an open disk opens no case; when it is mended, it does', async () => {
  // DL-12, DL-14, CS-150
  const notebook = (ward.notebook = new Notebook());
  notebook.put('/ca.pem', readFileSync(ward.authority));
  // A device that tells again at once is asked to wait.
  const tells = () => until('it has told how it stands', () => notebook.agent('run', '--once', '--data', '/agent').status === 0, 40_000);
  const device = done('device', 'add', ...ward.at, '--name', '設計用ノート2', '--kind', 'lent', '--owner', 'みなと歯科', '--at', '自宅', '--user', 'nakamura', '--managed', '管理者の権限で設定');
  const agent = (...args) => {
    const ran = notebook.agent(...args);
    assert.equal(ran.status, 0, `${args.join(' ')}: ${ran.err}`);
  };
  agent('enroll', '--data', '/agent', '--server', `https://127.0.0.1:${ward.programs}`, '--authority', '/ca.pem', '--code', done('device', 'code', ...ward.at, '--id', device));
  agent('browser', '--data', '/agent', '--out', '/browser.pem');
  const page = (ward.nakamura = await comes('nakamura', { baseURL: ward.staff, certificate: join(notebook.root, 'browser.pem') }));
  await page.goto(ward.case);
  await says(page, '設計用ノート2');
  const at = () => new URL(page.url()).pathname;
  assert.equal(at(), '/terminal', 'nobody knows how it stands');
  // The disk lies open.
  notebook.put('/sys/class/block/dm-0/dm/uuid', 'LVM-root\n');
  await tells();
  await page.goto(ward.case);
  await says(page, '暗号化');
  assert.equal(at(), '/terminal');
  await page.screenshot({ path: join(pictures(), 'craft-open-disk.png'), fullPage: true });
  notebook.put('/sys/class/block/dm-0/dm/uuid', 'CRYPT-LUKS2-4f3a0c7e-root\n');
  await tells();
  await page.goto(ward.case);
  await says(page, '担当が決まりました');
  await ward.yamamoto.goto(`/settings/devices/${device}`);
  for (const words of ['NB-2026-0042', 'Debian GNU/Linux 13', 'エージェント']) await says(ward.yamamoto, words);
  await ward.yamamoto.screenshot({ path: join(pictures(), 'craft-device.png'), fullPage: true });
});

step('at home it is designed, and the dentist approves what was sent', async () => {
  // DL-02, DL-10, DL-21
  const page = ward.nakamura;
  await page.locator('select[name="kind"]').selectOption('design');
  await page.getByLabel('リモート：自宅').check({ force: true });
  for (const it of ['filter', 'room', 'alone', 'network']) await page.locator(`input[name="confirmed"][value="${it}"]`).check({ force: true });
  await press(page, '工程を始める');
  await says(page, '設計中');
  ward.design = { 'crown_46.stl': stl(crown()), 'crown_46.constructionInfo': Buffer.from('<?xml version="1.0" encoding="utf-8"?>\n<ConstructionInfo><Teeth><Tooth><Number>46</Number></Tooth></Teeth></ConstructionInfo>\n') };
  await sends(page, 'design', Object.entries(ward.design).map(([name, buffer]) => ({ name, mimeType: 'application/octet-stream', buffer })));
  await page.goto(ward.case);
  await unfold(page, 'を終える');
  await press(page, '工程を終える');
  await unfold(page, '設計案を出す');
  await page.locator('[name="design"]').fill('接触点は強めにしました。');
  await page.locator('select[name="digest"]').selectOption({ index: 1 });
  await press(page, '歯科医師に承認を頼む');
  await says(page, '設計の承認待ち');
  await sees(ward.sato, '設計の承認待ち');
  await press(ward.sato, 'この設計を承認する');
  await says(ward.sato, '設計承認済み');
});

step('the mill fetches what was released for it, byte for byte, and reports it', async () => {
  // DL-21
  const home = folder('mill');
  // The computer beside the mill is a device of the ledger as well; its agent tells what it is, whatever that is.
  const device = done('device', 'add', ...ward.at, '--name', 'ミリング室のパソコン', '--owner', 'みなと歯科', '--at', 'ミリング室');
  const server = `https://127.0.0.1:${ward.programs}`;
  done('agent', 'enroll', '--data', join(home, 'agent'), '--server', server, '--authority', ward.authority, '--code', done('device', 'code', ...ward.at, '--id', device));
  done('agent', 'run', '--once', '--data', join(home, 'agent'));
  const own = join(home, 'own.pem');
  done('agent', 'browser', '--data', join(home, 'agent'), '--out', own);
  // The token counts beside this certificate alone.
  const key = done('token', ...ward.place, '--user', 'kimura', '--scope', 'lab.fetch', '--label', 'ミリング1', '--certificate', own).split(/\s+/).pop();
  writeFileSync(join(home, 'token'), `${key}\n`);
  const jobs = join(home, 'jobs');
  const at = ['--server', server, '--ca', ward.authority, '--token', join(home, 'token'), '--certificate', own];
  ward.watch = spawn(binary, ['lab', 'fetch', ...at, '--into', jobs, '--watch', '--every', '1', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  ward.watch.stdout.on('data', (text) => (said += text));
  const page = ward.yamamoto;
  await page.goto(ward.case);
  const form = page.locator('form[action$="/release"]');
  await form.getByText('ミリング1').click();
  assert.ok(!existsSync(jobs) || readdirSync(jobs).length === 0, 'approved is not released');
  await form.getByRole('button').last().click();
  const job = JSON.parse(await until('the design beside the mill', () => said.split('\n')[0], PATIENCE_MS));
  assert.deepEqual(readdirSync(job.folder).sort(), Object.keys(ward.design).sort());
  for (const [name, bytes] of Object.entries(ward.design)) assert.equal(sha256(readFileSync(join(job.folder, name))), sha256(bytes), name);
  const bench = (ward.kimura = await comes('kimura'));
  await sees(bench, '加工待ち');
  await unfold(bench, '工程を始める');
  await bench.locator('select[name="kind"]').selectOption('milling');
  await press(bench, '工程を始める');
  await unfold(bench, 'を終える');
  await bench.locator('[name="product1"]').fill('ジルコニアディスク');
  await bench.locator('[name="lot1"]').fill('Z-2026-11');
  await press(bench, '工程を終える');
  const milled = (...more) => command('lab', 'machined', ...at, ...more);
  assert.equal(milled('--digest', '0'.repeat(64)).status, 1, 'another digest');
  const stolen = command('lab', 'machined', ...at.slice(0, -2), '--digest', job.digest);
  assert.equal(stolen.status, 1, 'the token without the certificate');
  assert.equal(milled('--digest', job.digest).status, 0);
  await sees(page, 'ミリング1');
  await sees(page, '加工済み');
});

step('it is finished, inspected by somebody else, delivered, and it fits', async () => {
  // DL-30, DL-31, DL-32
  const { sato, yamamoto, kimura } = ward;
  await sees(kimura, '加工済み');
  await press(kimura, '完成した');
  await sees(yamamoto, '検査待ち');
  for (const it of ['order', 'fit', 'contact', 'bite', 'look', 'surface']) await yamamoto.locator(`input[name="${it}"][value="good"]`).check({ force: true });
  await press(yamamoto, '検査の結果を記録する');
  await press(yamamoto, '納品した');
  await says(yamamoto, '納品済み・受け取り待ち');
  await yamamoto.getByRole('link', { name: '歯科技工録' }).click();
  for (const words of ['すべてそろっています', 'ジルコニアディスク（Z-2026-11）', '自宅']) await says(yamamoto, words);
  await sees(sato, '納品済み・受け取り待ち');
  await press(sato, '受け取った');
  await press(sato, '装着した');
  await sees(yamamoto, '装着済み');
  await yamamoto.goto('/lab/figures');
  await says(yamamoto, '青葉歯科クリニック');
});

step('a lost notebook opens nothing from then on', async () => {
  // DL-42, CS-150
  const { nakamura, yamamoto } = ward;
  await sees(nakamura, '装着済み');
  await yamamoto.goto('/settings/devices');
  await yamamoto.getByRole('link', { name: '設計用ノート2' }).click();
  await press(yamamoto, 'この端末の利用を終了する');
  await nakamura.goto(ward.case);
  assert.ok(!(await nakamura.locator('main').innerText()).includes('装着済み'));
  assert.equal(ward.notebook.agent('run', '--once', '--data', '/agent').status, 1);
});
