// Where journeys write: everything below the run's own folder for temporary files, and pictures into `e2e/out`. And the
// ports on which they start what they need.

import { once } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Pictures of every page that was visited. */
export const out = join(root, 'e2e', 'out');

/** A new empty folder. */
export function folder(name) {
  return mkdtempSync(join(tmpdir(), `haruka-${name}-`));
}

/** A port of this computer that nobody had a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** The folder `e2e/out`, made if it is not there. */
export function pictures() {
  mkdirSync(out, { recursive: true });
  return out;
}

/** What `cargo xtask` tells its steps; a journey without it cannot run. */
export function told(key) {
  const value = process.env[key];
  if (!value) throw new Error(`${key} is not set: run journeys with \`cargo xtask test --only e2e\``);
  return value;
}

/** Waits for `done` to give something true; asks every 100 ms. Says `what` when it never does. */
export async function until(what, done, patience_ms = 20_000) {
  const end = Date.now() + patience_ms;
  let last;
  for (;;) {
    try {
      const answer = await done();
      if (answer) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`never came: ${what}${last ? ` (${last.message})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
