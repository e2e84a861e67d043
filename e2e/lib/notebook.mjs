// A technician's notebook: the real agent in a root of its own (chroot), where the system's files say what the notebook is like.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, linkSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { binary } from './haruka.mjs';
import { folder } from './place.mjs';

/** Where the technician's own files are. */
const OWN = ['', 'home', 'nakamura'].join('/');

/** Debian on one disk that nobody can read without its key: up to date, watched over, and locked when its person goes away. */
const ORDER = {
  '/etc/os-release': 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  '/etc/passwd': `root:x:0:0::/:/bin/sh\nnakamura:x:1000:1000::${OWN}:/bin/sh\n`,
  '/etc/hosts': '127.0.0.1 localhost\n',
  [`${OWN}/.config/kscreenlockerrc`]: '[Daemon]\nAutolock=true\n',
  '/proc/mounts': '/dev/mapper/root / ext4 rw 0 0\n',
  '/proc/swaps': 'Filename Type Size Used Priority\n',
  '/proc/sys/kernel/hostname': 'note-2\n',
  '/proc/sys/kernel/osrelease': '6.12.0-amd64\n',
  '/proc/412/comm': 'clamd\n',
  '/sys/class/block/dm-0/dm/name': 'root\n',
  '/sys/class/block/dm-0/dm/uuid': 'CRYPT-LUKS2-4f3a0c7e-root\n',
  '/sys/class/dmi/id/product_serial': 'NB-2026-0042\n',
  '/sys/class/dmi/id/sys_vendor': 'Notebooks\n',
  '/sys/class/dmi/id/product_name': 'Note 14\n',
  '/sys/class/net/eth0/device/vendor': '0x8086\n',
  '/var/lib/clamav/daily.cld': 'ClamAV-VDB\n',
  '/var/lib/dpkg/status': 'Package: cad-suite\nStatus: install ok installed\nVersion: 5.2\nMaintainer: CAD\n\nPackage: clamav-daemon\nStatus: install ok installed\nVersion: 1.4\nMaintainer: Debian\n',
  '/var/lib/apt/periodic/update-success-stamp': '',
};

export class Notebook {
  constructor() {
    this.root = folder('notebook');
    for (const [path, text] of Object.entries(ORDER)) this.put(path, text);
    this.put('/usr/bin/apt-get', '#!/bin/sh\necho "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded."\n');
    chmodSync(join(this.root, '/usr/bin/apt-get'), 0o755);
    // The program and a shell, with the libraries that they are linked to.
    this.#bring(binary, '/usr/bin/haruka');
    this.#bring('/bin/sh', '/bin/sh');
    mkdirSync(join(this.root, 'dev'));
    execFileSync('cp', ['-a', '/dev/null', '/dev/urandom', join(this.root, 'dev')]);
  }

  /** Writes a file of the notebook. */
  put(path, text) {
    mkdirSync(join(this.root, dirname(path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Takes a file of the notebook away. */
  drop(path) {
    rmSync(join(this.root, path), { recursive: true });
  }

  /** Runs `haruka agent …` on the notebook to its end: `{ status, out, err }`. */
  agent(...args) {
    const ran = spawnSync('/usr/sbin/chroot', [this.root, '/usr/bin/haruka', 'agent', ...args], { encoding: 'utf8', timeout: 120_000, env: { PATH: '/usr/bin:/bin' } });
    return { status: ran.status, out: ran.stdout, err: ran.stderr || String(ran.error ?? '') };
  }

  #bring(from, to) {
    const libraries = execFileSync('ldd', [from], { encoding: 'utf8' }).match(/\/\S+\.so\S*/g) ?? [];
    for (const [path, at] of [[from, to], ...libraries.map((it) => [it, it])]) {
      mkdirSync(join(this.root, dirname(at)), { recursive: true });
      try {
        linkSync(realpathSync(path), join(this.root, at));
      } catch (error) {
        if (error.code === 'EEXIST') continue;
        copyFileSync(path, join(this.root, at));
      }
    }
  }
}
