// Builds every island: one script (and stylesheet) each, with a fixed name. A folder with an `index.ts` is an island.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { build } from 'vite';

rmSync('dist', { recursive: true, force: true });
for (const name of readdirSync('.').filter((it) => existsSync(`${it}/index.ts`)).sort()) {
  await build({ mode: name, logLevel: 'warn' });
}
