// A made case for the built viewer, which a server of its own answers as ours does, with the pages' policies: for journeys, and
// by hand with `node mesh/tests/look.mjs [PORT]`. Nothing is kept.
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { MeshoptSimplifier } from 'meshoptimizer/simplifier';

import { arch, crown } from './arch.mjs';

const PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const DECODER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const ROOMS = [20_000, 200_000];
const LOOK = 'body { margin: 0; font-family: "Noto Sans CJK JP", sans-serif; } main { max-width: 60rem; padding-inline: 1rem; }';

await Promise.all([MeshoptEncoder.ready, MeshoptSimplifier.ready]);

function packed({ places, colours, index }, error_mm) {
  // Only the vertices that are used, in the order in which triangles ask for them.
  const order = index.slice();
  const [map, used] = MeshoptEncoder.reorderMesh(order, true, true);
  const min = [Infinity, Infinity, Infinity];
  let wide = 0;
  for (let at = 0; at < places.length; at += 1) min[at % 3] = Math.min(min[at % 3], places[at]);
  for (let at = 0; at < places.length; at += 1) wide = Math.max(wide, places[at] - min[at % 3]);
  const [step, stride] = [wide / 65_535, colours ? 12 : 8];
  const rows = new Uint8Array(used * stride);
  const view = new DataView(rows.buffer);
  for (let from = 0; from < map.length; from += 1) {
    if (map[from] >= used) continue;
    for (let axis = 0; axis < 3; axis += 1) view.setUint16(map[from] * stride + axis * 2, Math.min(65_535, Math.round((places[from * 3 + axis] - min[axis]) / step)), true);
    if (colours) rows.set(colours.subarray(from * 4, from * 4 + 4), map[from] * stride + 8);
  }
  const streams = [MeshoptEncoder.encodeVertexBuffer(rows, used, stride), MeshoptEncoder.encodeIndexBuffer(new Uint8Array(order.buffer), order.length, 4)];
  const header = new DataView(new ArrayBuffer(44));
  header.setUint32(0, 0x314c4d48, true);
  [used, order.length].forEach((it, at) => header.setUint32(4 + at * 4, it, true));
  [...min, step, error_mm].forEach((it, at) => header.setFloat32(12 + at * 4, it, true));
  [colours ? 1 : 0, streams[0].length, streams[1].length].forEach((it, at) => header.setUint32(32 + at * 4, it, true));
  return Buffer.concat([Buffer.from(header.buffer), ...streams]);
}

/** The case, and what is answered about it. */
export class Look {
  /** Addresses that were asked for, in order. */
  asked = [];
  notes = [];
  /** What the server says instead of the truth: an address and its answer `{ status, bytes }`. */
  lies = new Map();
  #served = new Map();
  #parts;
  #server;

  /** `dense`: two million triangles for each arch, as scanners give them; else a tenth of that. */
  constructor({ dense = false } = {}) {
    const cells = dense ? {} : { along: 440, across: 226 };
    const round = dense ? {} : { cells: 260 };
    const shapes = [
      ['upper', '上顎_2026-11-20.ply', 'upper', 1, arch({ upper: true, ...cells })],
      ['lower', '下顎_2026-11-20.ply', 'lower', 1, arch(cells)],
      ['lower2', '下顎_再スキャン_2026-11-21.ply', 'lower', 2, arch({ worn_mm: 0.12, ...cells })],
      ['crown1', '36_crown_design.stl', 'design', 1, crown(round)],
      ['crown2', '36_crown_design_修正.stl', 'design', 2, crown({ more_mm: 0.18, ...round })],
    ];
    this.#parts = shapes.map(([file, name, kind, version, shape]) => ({ file, name, kind, version, levels: this.#levels(file, shape) }));
  }

  get parts() {
    return this.#parts;
  }

  #levels(file, shape) {
    const scale = MeshoptSimplifier.getScale(shape.places, 3);
    const made = ROOMS.filter((it) => it * 3 < shape.index.length).map((room) => {
      const [index, error] = MeshoptSimplifier.simplify(shape.index, shape.places, 3, room * 3, 1, []);
      return { index, error_mm: error * scale };
    });
    return [...made, { index: shape.index, error_mm: 0 }].map(({ index, error_mm }, level) => {
      const bytes = packed({ ...shape, index }, error_mm);
      const href = `/levels/${file}/${level}`;
      this.#served.set(href, bytes);
      return { level, triangles: index.length / 3, error_mm, bytes: bytes.length, href };
    });
  }

  /** Answers on `port`; the address comes back. */
  async start(port) {
    this.#server = createServer((request, response) => this.#answer(request, response)).listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${port}`;
  }

  stop() {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  #answer(request, response) {
    const path = new URL(request.url, 'http://x').pathname;
    this.asked.push(path);
    const send = (status, type, body, policy = PAGE_POLICY) => response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'content-security-policy': policy }).end(body);
    const lie = this.lies.get(path);
    if (lie) return send(lie.status ?? 200, 'application/octet-stream', lie.bytes ?? '');
    if (path === '/' || path === '/en') return send(200, 'text/html; charset=utf-8', page(path === '/en' ? 'en' : 'ja'));
    if (path === '/look.css') return send(200, 'text/css', LOOK);
    if (path === '/favicon.ico') return send(204, 'image/x-icon', '');
    if (path === '/list') return send(200, 'application/json', JSON.stringify({ parts: this.#parts, notes: this.notes, may_note: true }));
    if (path === '/notes' && request.method === 'POST') return this.#note(request, response);
    if (this.#served.has(path)) return send(200, 'application/octet-stream', this.#served.get(path));
    const file = join(DIST, path.slice(1));
    if (!/^\/[\w.-]+$/.test(path) || !existsSync(file)) return send(404, 'text/plain', 'not found');
    const isPacked = existsSync(`${file}.gz`) && /gzip/.test(request.headers['accept-encoding'] ?? '');
    if (isPacked) response.setHeader('content-encoding', 'gzip');
    return send(200, path.endsWith('.css') ? 'text/css' : 'text/javascript', readFileSync(isPacked ? `${file}.gz` : file), path.startsWith('/decode-') ? DECODER_POLICY : PAGE_POLICY);
  }

  #note(request, response) {
    let body = '';
    request.on('data', (it) => (body += it)).on('end', () => {
      const it = new URLSearchParams(body);
      const note = { id: it.get('_key'), file: it.get('file'), at: ['x', 'y', 'z'].map((axis) => Number(it.get(axis))), along: ['dx', 'dy', 'dz'].map((axis) => Number(it.get(axis))), text: it.get('text'), who: '佐藤 花子', when: '2026-11-22T03:00:00Z' };
      // A form that is sent twice acts once.
      if (!this.notes.some((one) => one.id === note.id)) this.notes.push(note);
      response.writeHead(303, { location: '/' }).end();
    });
  }
}

function page(lang) {
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Look</title><link rel="stylesheet" href="/look.css"><link rel="stylesheet" href="/mesh.css"></head><body><main><h1>${lang === 'en' ? 'Surfaces' : '立体'}</h1><haruka-mesh lang="${lang}" src="/list" note-href="/notes" csrf="token"></haruka-mesh></main><script type="module" src="/mesh.js"></script></body></html>`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const look = new Look({ dense: true });
  for (const it of look.parts) console.log(it.name, it.levels.map((one) => `${one.triangles} triangles ${one.bytes} B ${one.error_mm.toFixed(3)} mm`).join(' | '));
  console.log(await look.start(Number(process.argv[2] ?? 8099)));
}
