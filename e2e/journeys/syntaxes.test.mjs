// One slice in every usual transfer syntax, written by other makers' programs and by ours: each is kept as it came, and the
// reader sees the same picture.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { instances, SERIES, STUDY } from '../../fixtures/dicom/study.mjs';
import { Person } from '../lib/browsers.mjs';
import { Haruka, command } from '../lib/haruka.mjs';
import { folder, pictures, until } from '../lib/place.mjs';
import { signInAtDesk } from '../lib/sign-in.mjs';

/** Who writes it, and how. */
const WRITERS = [
  ['explicit', ['dcmconv', '+te']],
  ['implicit', ['dcmconv', '+ti']],
  ['big endian', ['dcmconv', '+tb']],
  ['deflated', ['dcmconv', '+td']],
  ['RLE', ['dcmcrle']],
  ['JPEG lossless', ['dcmcjpeg', '+el']],
  ['JPEG lossless, first predictor', ['dcmcjpeg', '+e1']],
  ['JPEG-LS', ['dcmcjpls']],
  ['JPEG 2000', ['gdcmconv', '--j2k']],
  ['our RLE', '1.2.840.10008.1.2.5'],
  ['our JPEG-LS', '1.2.840.10008.1.2.4.80'],
  ['our HTJ2K', '1.2.840.10008.1.2.4.201'],
  // The last: its samples are not those of the others any more.
  ['lossy JPEG', ['dcmcjpeg', '+ee', '+q', '95']],
];
/** As long as the name of the series that is looked at. */
const SPARE = SERIES.cbct.replace(/1$/, '9');
const files = folder('syntaxes');
let haruka;
let reader;
let token;

function run(program, ...args) {
  const ran = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(ran.status, 0, `${program} ${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
}

/** The slice in the middle as the file of instance `number`, in a series. */
function slice(number, series) {
  const file = join(files, `${number}.dcm`);
  const [bytes] = [...instances({ size: 96, slices: 9 })].filter((it) => it.series === SERIES.cbct).slice(4).map((it) => it.bytes);
  writeFileSync(file, bytes);
  const set = (tag, value) => ['-ma', `(${tag})=${value}`];
  run('dcmodify', '-nb', ...set('0008,0018', `${series}.${number}`), ...set('0020,000e', series), ...set('0020,0013', number), ...set('0020,0032', `-38.4\\-38.4\\${number}`), file);
  return file;
}

const bearer = () => ({ authorization: `Bearer ${token}` });

async function send(file, name) {
  const headers = { ...bearer(), 'content-type': 'application/dicom' };
  const sent = await fetch(`${haruka.http}/dicom-web/studies`, { method: 'POST', headers, body: readFileSync(file) });
  assert.equal(sent.status, 200, `${name}: ${await sent.text()}`);
}

/** What the server makes of an instance of another series. DCMTK cannot change a file that it cannot read. */
async function ours(number, syntax) {
  const file = slice(number, SPARE);
  await send(file, 'native');
  const address = `${haruka.http}/dicom-web/studies/${STUDY}/series/${SPARE}/instances/${SPARE}.${number}`;
  const made = await fetch(address, { headers: { ...bearer(), accept: `application/dicom; transfer-syntax=${syntax}` } });
  assert.equal(made.status, 200, syntax);
  const bytes = Buffer.from(await made.arrayBuffer()).toString('latin1').replaceAll(SPARE, SERIES.cbct);
  writeFileSync(file, Buffer.from(bytes, 'latin1'));
  return file;
}

function theirs(number, [program, ...args]) {
  const [from, to] = [slice(number, SERIES.cbct), join(files, `${number}-packed.dcm`)];
  run(program, ...args, from, to);
  return to;
}

before(async () => {
  haruka = await new Haruka().start();
  const scopes = ['--scope', 'dicomweb.read', '--scope', 'dicomweb.write'];
  const made = command('token', '--user', 'sato', '--json', '--label', 'syntaxes', ...scopes, '--config', haruka.file, '--data', haruka.data);
  assert.equal(made.status, 0, made.err);
  token = JSON.parse(made.out).token;
  for (const [at, [name, how]] of WRITERS.entries()) {
    const number = at + 1;
    await send(Array.isArray(how) ? theirs(number, how) : await ours(number, how), name);
  }
  reader = await Person.open('reader', { baseURL: haruka.http, draws: true });
  await reader.page.setViewportSize({ width: 1280, height: 900 });
  await signInAtDesk(reader, 'sato');
});
after(async () => {
  await reader?.close();
  await haruka?.stop();
});

/** What is on the screen: the greys of the canvas, and how many different ones. */
const seen = () =>
  reader.page.locator('[data-testid="pane"] canvas').evaluate((canvas) => {
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext('2d');
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    const greys = new Set();
    let sum = 0;
    for (let at = 0; at < data.length; at += 4) {
      greys.add(data[at]);
      sum = (sum * 31 + data[at]) | 0;
    }
    return { sum, greys: greys.size };
  });

test('the reader sees the same picture in every usual transfer syntax', async () => {
  // TR-25, TR-24
  const { page } = reader;
  const pane = page.locator('[data-testid="pane"]').first();
  await page.goto(`/images/${STUDY}`);
  await page.locator(`[data-series="${SERIES.cbct}"][data-testid="series"]`).click();
  await until('the first slice', async () => (await seen()).greys > 20, 60_000);
  const to = async (number) => {
    await page.locator('[data-testid="pane"] input[type=range]').fill(String(number));
    await until(`slice ${number}`, async () => (await pane.getAttribute('data-at')) === String(number));
  };
  await to(1);
  const { sum } = await until('the first slice', async () => ((await seen()).greys > 20 ? seen() : undefined));
  const marks = () => page.locator('[data-testid="lossy"]').count();
  for (const [at, [name]] of WRITERS.slice(0, -1).entries()) {
    // By way of another picture: what was drawn before must not pass for this one.
    await to(WRITERS.length);
    await until('the lossy one is drawn', async () => (await seen()).greys > 20 && (await seen()).sum !== sum);
    assert.equal(await marks(), 1, 'what was lost is said');
    await to(at + 1);
    await until(`${name} is drawn`, async () => (await seen()).sum === sum);
    assert.equal(await marks(), 0, name);
  }
  await page.screenshot({ path: join(pictures(), 'syntaxes.png') });
  assert.equal(await page.locator('[data-testid="refused"]').count(), 0);
});
