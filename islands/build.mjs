// Builds every island: one script (and stylesheet) each, with a fixed name. A folder with an `index.ts` is an island.
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { build } from 'vite';

rmSync('dist', { recursive: true, force: true });
for (const name of readdirSync('.').filter((it) => existsSync(`${it}/index.ts`)).sort()) {
  await build({ mode: name, logLevel: 'warn' });
}

// What only a worker brings along is not among what the page's script brings.
for (const name of ['meshoptimizer', 'three-mesh-bvh']) {
  const folder = join('node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const words = readdirSync(folder).find((it) => it.startsWith('LICENSE'));
  appendFileSync(join('dist', 'mesh-licences.txt'), `\n## ${name} - ${version} (${license})\n\n${readFileSync(join(folder, words), 'utf8')}`);
}

// The viewers are large, and lines between clinics are thin: what shrinks by being packed lies packed beside.
const WORTH_BYTES = 100_000;
for (const name of readdirSync('dist')) {
  const bytes = readFileSync(join('dist', name));
  if (bytes.length >= WORTH_BYTES) writeFileSync(join('dist', `${name}.gz`), gzipSync(bytes, { level: 9 }));
}
