// `node mesh/tests/look.mjs [PORT]`: the built viewer with a made case, to look at by hand. Answers as the server does, with the
// pages' policies; nothing is kept.
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { MeshoptSimplifier } from 'meshoptimizer/simplifier';

import { arch, crown } from './arch.mjs';

const PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const DECODER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const DIST = new URL('../../dist', import.meta.url).pathname;
const ROOMS = [20_000, 200_000];
// Two million triangles for each arch, or a tenth of that for a quick look.
const DENSE = process.env.LOOK_QUICK ? { along: 440, across: 226 } : {};

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

function levels(file, shape) {
  const scale = MeshoptSimplifier.getScale(shape.places, 3);
  const made = ROOMS.filter((it) => it * 3 < shape.index.length).map((room) => {
    const [index, error] = MeshoptSimplifier.simplify(shape.index, shape.places, 3, room * 3, 1, []);
    return { index, error_mm: error * scale };
  });
  return [...made, { index: shape.index, error_mm: 0 }].map(({ index, error_mm }, level) => {
    const bytes = packed({ ...shape, index }, error_mm);
    const href = `/levels/${file}/${level}`;
    served.set(href, bytes);
    return { level, triangles: index.length / 3, error_mm, bytes: bytes.length, href };
  });
}

const served = new Map();
const notes = [];
const shapes = [
  ['upper', '上顎_2026-11-20.ply', 'upper', 1, arch({ upper: true, ...DENSE })],
  ['lower', '下顎_2026-11-20.ply', 'lower', 1, arch(DENSE)],
  ['lower2', '下顎_再スキャン_2026-11-21.ply', 'lower', 2, arch({ worn_mm: 0.12, ...DENSE })],
  ['crown1', '36_crown_design.stl', 'design', 1, crown()],
  ['crown2', '36_crown_design_修正.stl', 'design', 2, crown({ more_mm: 0.18 })],
];
const parts = shapes.map(([file, name, kind, version, shape]) => ({ file, name, kind, version, levels: levels(file, shape) }));
const bad = Buffer.alloc(300);
served.set('/levels/bad/0', bad);
if (process.env.LOOK_BAD) parts.push({ file: 'bad', name: '壊れたデータ.stl', kind: 'bite', version: 1, levels: [{ level: 0, triangles: 20_000, error_mm: 0.05, bytes: bad.length, href: '/levels/bad/0' }] });
for (const it of parts) console.log(it.name, it.levels.map((one) => `${one.triangles} tri ${one.bytes} B ${one.error_mm.toFixed(3)} mm`).join(' | '));

const page = (lang) => `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Look</title><link rel="stylesheet" href="/look.css"><link rel="stylesheet" href="/mesh.css"></head><body><main><haruka-mesh lang="${lang}" src="/list" note-href="/notes" csrf="token"></haruka-mesh></main><script type="module" src="/mesh.js"></script></body></html>`;
const port = Number(process.argv[2] ?? 8099);
createServer((request, response) => {
  const path = new URL(request.url, 'http://x').pathname;
  const send = (status, type, body, policy = PAGE_POLICY) => response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'content-security-policy': policy }).end(body);
  if (path === '/' || path === '/en') return send(200, 'text/html; charset=utf-8', page(path === '/en' ? 'en' : 'ja'));
  if (path === '/look.css') return send(200, 'text/css', 'body { margin: 0; font-family: "Noto Sans CJK JP", sans-serif; } main { max-width: 60rem; padding-inline: 1rem; }');
  if (path === '/list') return send(200, 'application/json', JSON.stringify({ parts, notes, may_note: true }));
  if (path === '/notes' && request.method === 'POST') {
    let body = '';
    request.on('data', (it) => (body += it)).on('end', () => {
      const it = new URLSearchParams(body);
      notes.push({ id: it.get('_key'), file: it.get('file'), at: ['x', 'y', 'z'].map((axis) => Number(it.get(axis))), text: it.get('text'), who: '佐藤 花子', when: '2026-11-22T03:00:00Z' });
      response.writeHead(303, { location: '/' }).end();
    });
    return undefined;
  }
  if (served.has(path)) return send(200, 'application/octet-stream', served.get(path));
  const file = join(DIST, path.slice(1));
  if (!/^\/[\w.-]+$/.test(path) || !existsSync(file)) return send(404, 'text/plain', 'not found');
  const packedFile = existsSync(`${file}.gz`) && /gzip/.test(request.headers['accept-encoding'] ?? '');
  if (packedFile) response.setHeader('content-encoding', 'gzip');
  return send(200, path.endsWith('.css') ? 'text/css' : 'text/javascript', readFileSync(packedFile ? `${file}.gz` : file), path.startsWith('/decode-') ? DECODER_POLICY : PAGE_POLICY);
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`));
