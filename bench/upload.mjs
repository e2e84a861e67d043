// Files of a laboratory in figures: how fast 200 MB come in beside nginx's PUT, what twenty at once cost in memory, and how soon a
// scan of two million triangles is seen.
//
// `HARUKA_BIN=target/release/haruka cargo xtask with node bench/upload.mjs`. Needs Debian's nginx-light and curl. Everything
// goes over plain HTTP on loopback, and the senders share the machine. nginx neither seals, hashes nor flushes.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Person } from '../e2e/lib/browsers.mjs';
import { Haruka } from '../e2e/lib/haruka.mjs';
import { begin, carried, orderCrown, send, stl } from '../e2e/lib/lab.mjs';
import { freePort, until } from '../e2e/lib/place.mjs';
import { signIn } from '../e2e/lib/sign-in.mjs';
import { arch } from '../islands/mesh/tests/arch.mjs';

const BYTES = 200_000_000;
const ROUNDS = 5;
const folder = mkdtempSync(join(tmpdir(), 'haruka-bench-'));
const run = promisify(execFile);

const port = await freePort();
mkdirSync(join(folder, 'put'));
writeFileSync(
  join(folder, 'nginx.conf'),
  `daemon off; user root; pid ${folder}/nginx.pid; error_log ${folder}/error.log; events {}
http { access_log off; client_max_body_size 0; client_body_temp_path ${folder}/body;
server { listen 127.0.0.1:${port}; location / { root ${folder}/put; dav_methods PUT; } } }`,
);
const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf')], { stdio: 'inherit' });
const haruka = await new Haruka().start();
const dentist = await Person.open('dentist', { baseURL: haruka.http, cameras: 0, draws: true });
await signIn(dentist, 'sato');
const place = await orderCrown(dentist.page);
const headers = await carried(dentist.page);
const file = join(folder, 'bytes');
writeFileSync(file, randomBytes(BYTES));

const curl = (method, address, bytes, more) => {
  const said = Object.entries({ ...more, expect: '' }).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  return run('curl', ['-sSf', '-X', method, '-T', bytes, ...said, address]);
};
let count = 0;
const ways = {
  nginx: (bytes) => curl('PUT', `http://127.0.0.1:${port}/${(count += 1)}`, bytes, {}),
  haruka: (bytes, address) => curl('PATCH', address, bytes, { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }),
};
const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];
const rate = async (way, together) => {
  const places = await Promise.all(Array.from({ length: together }, () => begin(haruka.http, headers, place, 'scan.stl', BYTES)));
  const begun = performance.now();
  await Promise.all(places.map((it) => ways[way](file, it)));
  return (together * BYTES) / 1000 / (performance.now() - begun);
};
for (const together of [1, 4]) {
  const took = { nginx: [], haruka: [] };
  for (let round = 0; round < ROUNDS; round += 1) for (const way of Object.keys(took)) took[way].push(await rate(way, together));
  for (const [way, all] of Object.entries(took)) console.log(`${together} upload(s) of ${BYTES / 1e6} MB, ${way}: ${median(all).toFixed(0)} MB/s (${all.map((it) => it.toFixed(0)).join(', ')})`);
  rmSync(join(folder, 'put'), { recursive: true });
  mkdirSync(join(folder, 'put'));
}

// --- twenty at once: the most that the server has held meanwhile
const memory = (what) => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${haruka.child.pid}/status`, 'utf8'))[1]) / 1024;
await haruka.stop();
await haruka.start();
const moved = { ...headers, origin: haruka.http };
const small = join(folder, 'small');
writeFileSync(small, randomBytes(BYTES / 4));
await new Promise((done) => setTimeout(done, 2_000));
const idle = memory('VmRSS');
writeFileSync(`/proc/${haruka.child.pid}/clear_refs`, '5');
const places = await Promise.all(Array.from({ length: 20 }, () => begin(haruka.http, moved, place, 'scan.stl', BYTES / 4)));
await Promise.all(places.map((it) => curl('PATCH', it, small, { ...moved, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' })));
console.log(`20 uploads of ${BYTES / 4e6} MB at once: at most ${memory('VmHWM').toFixed(0)} MB, idle ${idle.toFixed(0)} MB`);
nginx.kill();

// --- from the last byte to the first picture
const { page } = dentist;
const scan = stl(arch());
await page.goto(`${haruka.http}${place}`);
await send(haruka.http, moved, place, 'arch.stl', scan);
await page.goto(`${haruka.http}${place}/files`);
const form = page.locator('form[action$="/files/bundle"]');
await form.locator('select[name="kind"]').selectOption({ index: 1 });
for (const box of await form.locator('input[name="file"]').all()) await box.setChecked((await box.evaluate((it) => it.parentElement.innerText)).includes('arch.stl'));
const whole = performance.now();
await form.getByRole('button').last().click();
await page.waitForLoadState();
await until('its levels', async () => /"levels":\[\{/.test(await (await dentist.context.request.get(`${haruka.http}${place}/surfaces`)).text()), 180_000);
console.log(`an arch of ${(scan.length - 84) / 50} triangles, ${(scan.length / 1e6).toFixed(0)} MB: checked and thinned ${((performance.now() - whole) / 1000).toFixed(1)} s after its bundle was made`);
const session = await dentist.context.newCDPSession(page);
for (const [line, bits] of [['loopback', -1], ['20 Mbit/s', 20e6]]) {
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: bits < 0 ? 0 : 20, downloadThroughput: bits / 8, uploadThroughput: bits / 8 });
  await page.goto(`${haruka.http}${place}/view`, { waitUntil: 'commit' });
  const seen = await page.evaluate(
    () =>
      new Promise((done) => {
        let first = 0;
        const look = () => {
          const host = document.querySelector('haruka-mesh');
          if (!first && host?.querySelector('[data-triangles]:not([data-triangles="0"])')) first = performance.now();
          if (host?.dataset.whole) done([first, performance.now()]);
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
  console.log(`${line}: first picture ${(seen[0] / 1000).toFixed(2)} s after the page was asked for, the whole ${(seen[1] / 1000).toFixed(2)} s`);
}
for (const ratio of [spawnSync('nproc', { encoding: 'utf8' }).stdout.trim()]) console.log(`${ratio} cores`);
await dentist.close();
await haruka.stop();
rmSync(folder, { recursive: true });
