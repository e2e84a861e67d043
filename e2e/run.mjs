// Runs the journeys one after the other: `node e2e/run.mjs [FILE…]`, started by `cargo xtask test --only e2e`.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { out, pictures, root } from './lib/place.mjs';

const here = join(root, 'e2e');
const folder = join(here, 'journeys');
const journeys = existsSync(folder) ? readdirSync(folder).filter((it) => it.endsWith('.test.mjs')).sort() : [];
const files = process.argv.length > 2 ? process.argv.slice(2) : ['harness.test.mjs', ...journeys.map((it) => join('journeys', it))];

rmSync(out, { recursive: true, force: true });
pictures();
const node = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files], { cwd: here, stdio: 'inherit' });
node.on('exit', (code) => process.exit(code ?? 1));
