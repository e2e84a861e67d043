// DICOM in figures, beside other makers' programs in the same run: `node bench/dicom/run.mjs FOLDER [PROGRAM]`.
//
// FOLDER gets the pictures, the data and the peers' data; it wants 4 GB. PROGRAM is the release program. Needs Debian's
// dcmtk, orthanc, orthanc-dicomweb, nginx-light and wrk. Orthanc is asked for what it does by itself; it neither seals nor
// flushes, and DCMTK's storescp does not index: they say what the machine can do, not what Haruka should leave out.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';

const [place = '/tmp/haruka-dicom', program = 'target/release/haruka'] = process.argv.slice(2);
const folder = resolve(place);
const SLICES = 400;
const children = [];
process.on('exit', () => children.forEach((it) => it.kill('SIGKILL')));

const run = (command, args, env = {}) => {
  const done = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${command} ${args.slice(0, 4).join(' ')}: ${done.error ?? done.stderr.slice(-600)}`);
  return done.stdout;
};
const start = (command, args, ready) =>
  new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`${command} ended with ${code}`)));
    let said = '';
    const hear = (text) => {
      said += text;
      const found = ready.exec(said);
      if (found) done({ child, found });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
  });
const seconds = (work) => {
  const begun = performance.now();
  work();
  return (performance.now() - begun) / 1000;
};
const rss = (child, what) => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;
const say = (what, who, figure) => console.log(`${what.padEnd(44)} ${who.padEnd(10)} ${figure}`);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// One answer over plain HTTP on a connection that stays open.
const ask = (url, headers = {}) =>
  new Promise((done, fail) => {
    const asked = request(url, { headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (it) => (bytes += it.length));
      answer.on('end', () => done({ status: answer.statusCode, bytes }));
    });
    asked.once('error', fail);
    asked.end();
  });
const times = async (count, work) => {
  const took = [];
  for (let it = 0; it < count; it += 1) {
    const begun = performance.now();
    const { status } = await work(it);
    if (status !== 200) throw new Error(`answered ${status}`);
    took.push(performance.now() - begun);
  }
  took.sort((a, b) => a - b);
  return `p50 ${took[count >> 1].toFixed(2)} ms, p99 ${took[Math.floor(count * 0.99)].toFixed(2)} ms`;
};

// --- the pictures: five studies of the synthetic jaw, 400 slices of 512 × 512 × 16 bit each, under UIDs of their own
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { instances } = await import('../../fixtures/dicom/study.mjs');
const sets = ['one', 'four0', 'four1', 'four2', 'four3', 'fast', 'web'];
const made = [...instances({ size: 512, slices: SLICES })].filter((it) => it.bytes.length > 400_000).slice(0, SLICES);
const ROOT = '2.25.3141592653589793238462643383';
for (const [number, set] of sets.entries()) {
  mkdirSync(join(folder, 'pictures', set), { recursive: true });
  // The same length, so that no length field changes.
  const own = ROOT.slice(0, -1) + String(number);
  for (const [at, { bytes }] of made.entries()) {
    const text = Buffer.from(bytes);
    for (let from = text.indexOf(ROOT, 0, 'latin1'); from >= 0; from = text.indexOf(ROOT, from + 1, 'latin1')) text.write(own, from, 'latin1');
    writeFileSync(join(folder, 'pictures', set, `${String(at).padStart(4, '0')}.dcm`), text);
  }
}
const files = (set) => readdirSync(join(folder, 'pictures', set)).map((it) => join(folder, 'pictures', set, it));
const megabytes = files('one').reduce((sum, it) => sum + statSync(it).size, 0) / 1e6;
console.log(`${made.length} instances, ${megabytes.toFixed(0)} MB a study`);

// --- who takes part
const haruka = await start(program, ['serve', '--demo=127.0.0.1:0', '--listen', '127.0.0.1:0', '--dicom', '127.0.0.1:0', '--data', join(folder, 'haruka')], /haruka ready https=(\S+) http=(\S+) dicom=\S*?(\d+)\s/);
const [, , page, port] = haruka.found;
const base = page.startsWith('http') ? page : `http://${page}`;
const slug = (command) => run(program, [...command, '--data', join(folder, 'haruka')]);
slug(['station', 'add', '--facility', 'aoba', '--title', 'BENCH', '--name', 'bench']);
const bearer = slug(['token', '--user', 'sato', '--scope', 'dicomweb.read', '--scope', 'dicomweb.write', '--label', 'bench']).trim().split(/\s+/).pop();
const key = { authorization: `Bearer ${bearer}` };

mkdirSync(join(folder, 'orthanc'), { recursive: true });
mkdirSync(join(folder, 'storescp'), { recursive: true });
const [orthancDicom, orthancHttp, scp, nginxPort] = [21042, 21080, 21104, 21081];
writeFileSync(join(folder, 'orthanc.json'), JSON.stringify({
  StorageDirectory: join(folder, 'orthanc'), IndexDirectory: join(folder, 'orthanc'), DicomPort: orthancDicom, HttpPort: orthancHttp,
  DicomAlwaysAllowStore: true, AuthenticationEnabled: false, Plugins: ['/usr/share/orthanc/plugins'], RemoteAccessAllowed: true,
}));
const orthanc = await start('Orthanc', [join(folder, 'orthanc.json')], /Orthanc has started/);
const storescp = spawn('storescp', ['--fork', '-od', join(folder, 'storescp'), String(scp)], { stdio: 'ignore' });
children.push(storescp);
await wait(500);

// --- C-STORE
const peers = [['haruka', port, 'HARUKA'], ['Orthanc', orthancDicom, 'ORTHANC'], ['storescp', scp, 'ANY']];
const send = (to, title, set, env) => run('storescu', ['-aet', 'BENCH', '-aec', title, '127.0.0.1', String(to), ...files(set)], env);
const quick = { TCP_NODELAY: '1' };
const nagle = { TCP_NODELAY: '0' };
for (const [who, to, title] of peers) {
  say('C-STORE, one association', who, `${(megabytes / seconds(() => send(to, title, 'one', quick))).toFixed(0)} MB/s`);
  const begun = performance.now();
  await Promise.all(['four0', 'four1', 'four2', 'four3'].map((set) => new Promise((done, fail) => {
    const child = spawn('storescu', ['-aet', 'BENCH', '-aec', title, '127.0.0.1', String(to), ...files(set)], { stdio: 'ignore', env: { ...process.env, ...quick } });
    child.once('exit', (code) => (code === 0 ? done() : fail(new Error(`storescu ended with ${code}`))));
  })));
  say('C-STORE, four associations', who, `${((4 * megabytes) / ((performance.now() - begun) / 1000)).toFixed(0)} MB/s`);
  say('C-STORE, one, the sender leaves Nagle on', who, `${(megabytes / seconds(() => send(to, title, 'fast', nagle))).toFixed(0)} MB/s`);
}
say('resident after that, most', 'haruka', `${rss(haruka.child, 'VmHWM').toFixed(0)} MB`);
say('resident after that, most', 'Orthanc', `${rss(orthanc.child, 'VmHWM').toFixed(0)} MB`);

// --- STOW: a study in one request
const edge = 'haruka-bench-edge';
const parts = files('web').flatMap((it) => [Buffer.from(`--${edge}\r\ncontent-type: application/dicom\r\n\r\n`), readFileSync(it), Buffer.from('\r\n')]);
const body = join(folder, 'stow.body');
writeFileSync(body, Buffer.concat([...parts, Buffer.from(`--${edge}--\r\n`)]));
const stow = (url, headers) =>
  run('curl', ['-sf', '-o', '/dev/null', '-X', 'POST', '-T', body, '-H', `content-type: multipart/related; type="application/dicom"; boundary=${edge}`, '-H', 'accept: application/dicom+json', '-H', 'expect:', ...headers.flatMap((it) => ['-H', it]), url]);
const webs = [['haruka', `${base}/dicom-web`, key], ['Orthanc', `http://127.0.0.1:${orthancHttp}/dicom-web`, {}]];
for (const [who, url, headers] of webs) {
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  say('STOW, a study in one request', who, `${(megabytes / seconds(() => stow(`${url}/studies`, own))).toFixed(0)} MB/s`);
}

// --- questions and pictures
const uid = (set) => `${ROOT.slice(0, -1)}${sets.indexOf(set)}`;
const study = `${uid('web')}.1`;
const series = `${study}.1`;
const json = { accept: 'application/dicom+json' };
for (const [who, url, headers] of webs) {
  const of = (path, more = json) => () => ask(`${url}${path}`, { ...headers, ...more });
  say('QIDO, one study by its UID', who, await times(200, of(`/studies?StudyInstanceUID=${study}`)));
  say(`QIDO, ${made.length} instances of a series`, who, await times(40, of(`/studies/${study}/series/${series}/instances?limit=1000`)));
  const begun = performance.now();
  await of(`/studies/${study}/series/${series}/metadata`)();
  say('metadata of a series, first', who, `${(performance.now() - begun).toFixed(1)} ms`);
  say('metadata of a series, later', who, await times(40, of(`/studies/${study}/series/${series}/metadata`)));
}
writeFileSync(join(folder, 'frames.lua'), `
  local at = 0
  request = function()
    at = at % ${made.length} + 1
    return wrk.format("GET", PATHS[at], HEADERS)
  end
`);
const listed = JSON.parse(run('curl', ['-sf', '-H', `authorization: ${key.authorization}`, '-H', 'accept: application/dicom+json', `${base}/dicom-web/studies/${study}/series/${series}/instances?limit=1000`]));
const uids = listed.map((it) => it['00080018'].Value[0]);
const wrk = (who, url, paths, headers, clients) => {
  const script = join(folder, 'frames.lua');
  const table = Object.entries(headers).map(([name, value]) => `[${JSON.stringify(name)}]=${JSON.stringify(value)}`).join(',');
  writeFileSync(script, `local at = 0\nlocal PATHS = {${paths.map((it) => JSON.stringify(it)).join(',')}}\nlocal HEADERS = {${table}}\nrequest = function()\n  at = at % #PATHS + 1\n  return wrk.format("GET", PATHS[at], HEADERS)\nend\n`);
  const said = run('wrk', ['-t', '1', '-c', String(clients), '-d', '8s', '--latency', '-s', script, url]);
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(said);
  if (bad) throw new Error(`${who}: ${bad[0]}`);
  say(`a frame of 512 KB, ${clients} connection${clients > 1 ? 's' : ''}`, who, `${/Requests\/sec:\s+(\S+)/.exec(said)[1]}/s, p99 ${/99%\s+(\S+)/.exec(said)[1]}`);
};
mkdirSync(join(folder, 'nginx'), { recursive: true });
writeFileSync(join(folder, 'nginx.conf'), `
daemon off; master_process off; pid ${folder}/nginx/pid; error_log /dev/null; user root;
events {}
http { access_log off; sendfile on; keepalive_requests 10000000; client_body_temp_path ${folder}/nginx; proxy_temp_path ${folder}/nginx; fastcgi_temp_path ${folder}/nginx; uwsgi_temp_path ${folder}/nginx; scgi_temp_path ${folder}/nginx;
  server { listen 127.0.0.1:${nginxPort}; root ${folder}/pictures; } }
`);
children.push(spawn('nginx', ['-c', join(folder, 'nginx.conf')], { stdio: 'ignore' }));
await wait(500);
for (const clients of [1, 8]) {
  const frame = (it) => `/dicom-web/studies/${study}/series/${series}/instances/${it}/frames/1`;
  const octets = { accept: 'multipart/related; type="application/octet-stream"' };
  wrk('haruka', base, uids.map(frame), { ...octets, Authorization: key.authorization }, clients);
  wrk('Orthanc', `http://127.0.0.1:${orthancHttp}`, uids.map(frame), octets, clients);
  wrk('nginx', `http://127.0.0.1:${nginxPort}`, files('web').map((it) => it.slice(join(folder, 'pictures').length)), {}, clients);
}
for (const [who, url, headers] of webs) {
  const begun = performance.now();
  const { status, bytes } = await ask(`${url}/studies/${study}`, { ...headers, accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' });
  if (status !== 200) throw new Error(`${who}: study answered ${status}`);
  say('a whole study, one request', who, `${(bytes / 1e6 / ((performance.now() - begun) / 1000)).toFixed(0)} MB/s`);
}
say('resident after all, most', 'haruka', `${rss(haruka.child, 'VmHWM').toFixed(0)} MB`);
say('resident after all, most', 'Orthanc', `${rss(orthanc.child, 'VmHWM').toFixed(0)} MB`);
process.exit(0);
