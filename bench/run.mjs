// Takes the figures that one machine alone can take: the rate of the log, start-up and idle memory of the program.
// `make bench` builds the release program first and then runs this; the figures go into bench/README.md by hand.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'haruka-bench-'));
const rate = spawnSync('cargo', ['run', '--release', '-p', 'audit', '--example', 'rate', '--', join(folder, 'log')], { stdio: 'inherit' });
if (rate.status !== 0) process.exit(1);

const program = process.env.HARUKA_BIN ?? 'target/release/haruka';
const start = () =>
  new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(program, ['serve', '--demo=127.0.0.1:0', '--listen', '127.0.0.1:0', '--dicom', 'off', '--data', join(folder, 'data')]);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    child.stdout.on('data', (text) => {
      if (String(text).includes('haruka ready')) resolve({ child, ms: Math.round(performance.now() - begun) });
    });
  });
for (const what of ['first start, with the demonstration made', 'second start']) {
  const { child, ms } = await start();
  await new Promise((done) => setTimeout(done, 2000));
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1];
  console.log(`${what}: ready after ${ms} ms, idle ${Math.round(rss / 1024)} MB`);
  child.removeAllListeners('exit');
  await new Promise((ended) => child.once('exit', ended).kill('SIGTERM'));
}
rmSync(folder, { recursive: true });
