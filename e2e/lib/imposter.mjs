// A DICOMweb server that can lie: it serves the synthetic patient from memory, and on demand with a flipped byte, a swapped,
// a missing or an extra instance. The real server would find most of that itself; the viewer must find it without trusting it.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

import { json } from '../../fixtures/dicom/json.mjs';
import { instances, PRIOR, STUDY } from '../../fixtures/dicom/study.mjs';
import { root } from './place.mjs';

const KINDS = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.wasm': 'application/wasm' };
/** What every page of the house says, and for the worker what its codecs need on top. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const WORKER_CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

const page = (attributes, script, element) =>
  `<!doctype html><html lang="${attributes.lang ?? 'ja'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>画像</title>
<link rel="stylesheet" href="/assets/haruka.css"><link rel="stylesheet" href="/assets/${script}.css"><script type="module" src="/assets/${script}.js"></script></head>
<body><main><h1>画像</h1><${element} ${Object.entries(attributes).map(([key, value]) => `${key}="${String(value).replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`).join(' ')}></${element}></main></body></html>`;

export class Imposter {
  /**
   * `lie` may be changed at any time: `{ flip, swap: [uid, uid], missing, extra, describe }`, each naming SOP instances.
   * `slow` is an instance that is not sent before `release` is called, `away` one that the line does not reach.
   */
  constructor({ size = 128, slices = 120 } = {}) {
    this.all = [...instances({ size, slices })];
    this.lie = {};
    this.asked = [];
    this.forget();
    this.released = new Promise((done) => (this.release = done));
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** As if nobody had ever marked anything. */
  forget() {
    /** What was saved of each study, the newest last; what others have left there; whether the line is broken. */
    this.saved = {};
    this.others = {};
    this.away = false;
  }

  async start(port = 0) {
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.base = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  of(study) {
    return this.all.filter((it) => it.study === study && it.sop !== this.lie.missing);
  }

  digests(study) {
    return Object.fromEntries(this.all.filter((it) => it.study === study && it.sop !== this.lie.extra).map((it) => [it.sop, it.sha256]));
  }

  file(sop) {
    const [one, other] = this.lie.swap ?? [];
    const asked = sop === one ? other : sop === other ? one : sop;
    const found = this.all.find((it) => it.sop === asked);
    if (sop !== this.lie.flip) return found.bytes;
    const bytes = Buffer.from(found.bytes);
    bytes[bytes.length - 1000] ^= 1;
    return bytes;
  }

  async answer(request, response) {
    const url = new URL(request.url, this.base);
    this.asked.push(`${request.method} ${url.pathname}`);
    const send = (type, body, csp = CSP) => {
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', 'content-security-policy': csp, 'x-content-type-options': 'nosniff' });
      response.end(body);
    };
    const none = () => response.writeHead(404).end();
    const parts = url.pathname.split('/').filter((it) => it !== '');
    if (parts[0] === 'assets') {
      const file = parts[1] === 'haruka.css' ? join(root, 'crates/web/src/look/haruka.css') : join(root, 'islands/dist', parts[1]);
      try {
        return send(KINDS[extname(file)] ?? 'application/octet-stream', readFileSync(file), parts[1].startsWith('decode') ? WORKER_CSP : CSP);
      } catch {
        return none();
      }
    }
    if (parts[0] === 'marks') return this.marks(request, parts[1], (told) => send('application/json', JSON.stringify(told)));
    if (parts[0] === 'images') {
      const priors = [{ study: PRIOR, digests: `/digests/${PRIOR}`, marks: `/marks/${PRIOR}`, label: '2024-11-05' }];
      const attributes = { root: '/dicom-web', study: STUDY, digests: `/digests/${STUDY}`, marks: `/marks/${STUDY}`, csrf: 'token', priors: JSON.stringify(priors), lang: url.searchParams.get('lang') ?? 'ja' };
      return send('text/html; charset=utf-8', page(attributes, 'viewer', 'haruka-viewer'));
    }
    if (parts[0] === 'pattern') return send('text/html; charset=utf-8', page({ lang: 'ja', width: '2048', height: '1536', ...Object.fromEntries(url.searchParams) }, 'pattern', 'haruka-monitor-pattern'));
    if (parts[0] === 'digests') return send('application/json', JSON.stringify(this.digests(parts[1])));
    if (parts[0] !== 'dicom-web' || parts[1] !== 'studies') return none();
    const [, , study, , , , sop] = parts;
    if (parts[3] === 'metadata') return send('application/dicom+json', JSON.stringify(this.of(study).map((it) => json(it.sop === this.lie.describe ? moved(it.tags) : it.tags))));
    if (parts.length !== 7 || !this.of(study).some((it) => it.sop === sop)) return none();
    if (sop === this.lie.away) return response.destroy();
    if (sop === this.lie.slow) await this.released;
    const bytes = this.file(sop);
    const head = `--part\r\nContent-Type: application/dicom\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    return send('multipart/related; type="application/dicom"; boundary=part', Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--part--\r\n')]));
  }

  /** Keeps marks as the real server does, as far as one window can tell. */
  marks(request, study, send) {
    if (this.away) return request.socket.destroy();
    const all = (this.saved[study] ??= []);
    const told = (version) => version && { ...version, author: '試験', facility: '病院', savedAt: '14:02', kept: false };
    if (request.method !== 'POST') return send({ mine: told(all[all.length - 1]) ?? null, others: this.others[study] ?? [] });
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      const { set, keep } = JSON.parse(body);
      all.push({ number: all.length + 1, set });
      send({ outcome: 'saved', number: all.length, savedAt: '14:02', objects: keep ? 2 : null });
    });
  }
}

/** The catalogue says another distance between pixels than the file. */
const moved = (tags) => tags.map((it) => (it[0] === 0x00280030 ? [it[0], it[1], [0.5, 0.5]] : it));

if (process.argv[1]?.endsWith('imposter.mjs')) {
  const [, , port = '8126', slices = '260', size = '256'] = process.argv;
  const server = await new Imposter({ size: Number(size), slices: Number(slices) }).start(Number(port));
  console.log(`${server.base}/images/${STUDY}  ${server.base}/pattern`);
}
