// A TURN relay of the journey's own, so that it can be killed in the middle of a call and come back.
//
// It has the settings of the run's relay (see xtask/src/servers.rs) and other ports.

import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { openSync } from 'node:fs';
import { join } from 'node:path';

import { folder, freePort, told, until } from './place.mjs';

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export class Relay {
  /** A relay on two free ports, running. */
  static async start() {
    const relay = new Relay();
    relay.secret = told('HARUKA_TEST_TURN_SECRET');
    relay.folder = folder('relay');
    relay.port = await freePort();
    relay.tlsPort = await freePort();
    // `localhost` is in the certificate; both names are the loopback address.
    relay.urls = [
      `turn:127.0.0.1:${relay.port}?transport=udp`,
      `turn:127.0.0.1:${relay.port}?transport=tcp`,
      `turns:localhost:${relay.tlsPort}?transport=tcp`,
    ];
    await relay.up();
    return relay;
  }

  /** Starts it, or starts it again. */
  async up() {
    const log = openSync(join(this.folder, 'turn.log'), 'a');
    const args = ['-c', told('HARUKA_TEST_TURN_CONF'), '--pidfile', join(this.folder, 'turn.pid')];
    const own = [`--listening-port=${this.port}`, `--tls-listening-port=${this.tlsPort}`, `--userdb=${join(this.folder, 'turn.db')}`];
    this.child = spawn('turnserver', [...args, ...own], { stdio: ['ignore', log, log] });
    await until('the relay', () => answers(this.port));
  }

  /** Kills it at once, as a power cut would. */
  async down() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  /** Credentials as the server gives them: a name that ends, and its HMAC-SHA-1 under the shared secret. */
  credentials(seconds = 600) {
    const username = `${Math.floor(Date.now() / 1000) + seconds}:journey`;
    return { username, credential: createHmac('sha1', this.secret).update(username).digest('base64') };
  }
}
