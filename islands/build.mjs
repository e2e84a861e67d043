// Builds every island: one script (and stylesheet) each, with a fixed name. A folder with an `index.ts` is an island.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { build } from 'vite';

rmSync('dist', { recursive: true, force: true });
for (const name of readdirSync('.').filter((it) => existsSync(`${it}/index.ts`)).sort()) {
  await build({ mode: name, logLevel: 'warn' });
}

// The viewer is large, and lines between clinics are thin: what shrinks by being packed lies packed beside.
const WORTH_BYTES = 100_000;
for (const name of readdirSync('dist')) {
  const bytes = readFileSync(join('dist', name));
  if (bytes.length >= WORTH_BYTES) writeFileSync(join('dist', `${name}.gz`), gzipSync(bytes, { level: 9 }));
}
