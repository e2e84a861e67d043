// Chromium, one process for each person, since fake cameras belong to a process.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

import { camera, microphone } from './media.mjs';
import { folder, told } from './place.mjs';
import { keepPeers } from './stats.mjs';
import { watch } from './visit.mjs';

/** Debian's. */
const PROGRAM = process.env.HARUKA_CHROMIUM ?? '/usr/bin/chromium';

const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let home;
/** A home folder in which Chromium trusts the run's certificate authority (the relay's TLS). */
function trustingHome() {
  if (home) return home;
  home = folder('home');
  const nss = join(home, '.pki', 'nssdb');
  mkdirSync(nss, { recursive: true });
  for (const args of [['-N', '--empty-password'], ['-A', '-t', 'C,,', '-n', 'haruka-test', '-i', told('HARUKA_TEST_CA')]]) {
    const ran = spawnSync('certutil', ['-d', `sql:${nss}`, ...args], { encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`certutil ${args.join(' ')}: ${ran.stderr}`);
  }
  return home;
}

/** Moves the clock of a page. */
function wrongClock(off_ms) {
  const Right = globalThis.Date;
  const now = () => Right.now() + off_ms;
  globalThis.Date = new Proxy(Right, {
    construct: (target, args, origin) => Reflect.construct(target, args.length === 0 ? [now()] : args, origin),
    apply: () => new Right(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
}

/** A person at a browser. */
export class Person {
  /**
   * Opens a browser for `name`.
   *
   * `rgb` and `hertz` are what their camera shows and their microphone hears. With `cameras: 2` the browser's own test
   * pictures are used instead of the file, since Chromium plays a file on one camera only. `clock_ms` is by how much the
   * clock of the computer is wrong, as scripts of the page see it. `draws`: the page draws with WebGL, here in software. `touch`: fingers instead of
   * a mouse. `certificate`: PEM file of a key and the certificate that is shown at `baseURL`, whose own is not looked at then.
   */
  static async open(name, { rgb = [200, 80, 40], hertz = 440, cameras = 1, clock_ms = 0, baseURL, lang = 'ja-JP', draws = false, touch = false, certificate } = {}) {
    const person = new Person();
    person.name = name;
    const media = folder('media');
    const fake = [
      '--use-fake-ui-for-media-stream',
      `--use-fake-device-for-media-stream${cameras > 1 ? `=device-count=${cameras}` : ''}`,
      `--use-file-for-fake-audio-capture=${microphone(media, name, hertz)}`,
    ];
    if (cameras === 1) fake.push(`--use-file-for-fake-video-capture=${camera(media, name, rgb)}`);
    person.browser = await chromium.launch({
      executablePath: PROGRAM,
      headless: true,
      // Root, as in most containers, has no sandbox.
      chromiumSandbox: process.getuid?.() !== 0,
      args: [...QUIET, ...(draws ? ['--enable-unsafe-swiftshader'] : []), ...fake, '--autoplay-policy=no-user-gesture-required'],
      env: { ...process.env, HOME: trustingHome() },
    });
    const shown = certificate ? { ignoreHTTPSErrors: true, clientCertificates: [{ origin: baseURL, certPath: certificate, keyPath: certificate }] } : {};
    person.context = await person.browser.newContext({ ...shown, baseURL, locale: lang, timezoneId: 'Asia/Tokyo', hasTouch: touch, isMobile: touch, permissions: ['camera', 'microphone'] });
    await person.context.addInitScript(keepPeers);
    if (clock_ms !== 0) await person.context.addInitScript(wrongClock, clock_ms);
    person.troubles = [];
    person.context.on('page', (page) => watch(page, person.troubles));
    person.page = await person.context.newPage();
    return person;
  }

  async close() {
    await this.browser?.close();
  }
}
