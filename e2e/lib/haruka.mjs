// The program itself: started on free ports with a data folder of its own, and ended as an operator would end it.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { folder, root, told } from './place.mjs';

/** The binary under test. */
export const binary = process.env.HARUKA_BIN ?? join(root, 'target', 'debug', 'haruka');

/** A value as TOML writes it. */
function toml(value) {
  return Array.isArray(value) ? `[${value.map(toml).join(', ')}]` : JSON.stringify(value);
}

/** A config file of `sections` (`{ '': {…}, turn: {…} }`). */
export function config(sections) {
  const lines = [];
  for (const [name, fields] of Object.entries(sections)) {
    if (name) lines.push(`[${name}]`);
    for (const [key, value] of Object.entries(fields)) if (value !== undefined) lines.push(`${key} = ${toml(value)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Runs one command of the program to its end: `{ status, out, err }`. */
export function command(...args) {
  const ran = spawnSync(binary, args, { encoding: 'utf8', timeout: 120_000 });
  return { status: ran.status, out: ran.stdout, err: ran.stderr };
}

/** A server. `relay` is what `relay.mjs` gives; its credentials go into the config. */
export class Haruka {
  constructor({ relay, relayOnly = true, data = folder('data') } = {}) {
    this.data = data;
    this.file = join(data, '..', `${data.split('/').pop()}.toml`);
    this.log = join(data, '..', `${data.split('/').pop()}.log`);
    const turn = relay ? { urls: relay.urls, secret: relay.secret, only: relayOnly } : {};
    const mail = { smtp_url: `smtp://${told('HARUKA_TEST_SMTP')}`, from: 'Haruka <haruka@example.jp>' };
    writeFileSync(this.file, config({ mail, turn }));
  }

  /**
   * Starts it and waits for its ready line; `this.http` and `this.https` are its addresses, `this.said` all it printed. `again`:
   * where it was before, so that open pages find it.
   */
  async start({ again = false } = {}) {
    const log = createWriteStream(this.log, { flags: 'a' });
    const at = (before) => (again ? new URL(before).host : '127.0.0.1:0');
    const args = ['serve', `--demo=${at(this.http)}`, '--listen', at(this.https), '--dicom', '127.0.0.1:0', '--config', this.file, '--data', this.data];
    this.child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stderr.pipe(log, { end: false });
    this.said = '';
    const ready = new Promise((resolve, reject) => {
      this.child.stdout.on('data', (text) => {
        log.write(text);
        this.said += text;
        const line = /^haruka ready (.*)$/m.exec(this.said)?.[1];
        if (line) resolve(Object.fromEntries(line.split(' ').map((it) => it.split(/=(.*)/).slice(0, 2))));
      });
      this.child.once('error', reject);
      this.child.once('exit', (code) => reject(new Error(`haruka ended (${code}); see ${this.log}\n${this.said}`)));
    });
    const addresses = await ready;
    this.http = addresses.http;
    this.https = addresses.https;
    return this;
  }

  /** Ends it with `signal` and waits. `SIGKILL` is the accident, `SIGTERM` the operator. */
  async stop(signal = 'SIGTERM') {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}
