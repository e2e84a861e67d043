// One level as it comes over the line: a header that is checked number by number, then two streams that meshoptimizer unpacks.
import { MeshoptDecoder } from 'meshoptimizer/decoder';

import { ERROR_MM_MAX, SPACE_MM, TRIANGLES_MAX } from './document';
import { Unfit } from './fault';
import type { Vec } from './vec';

/** `HML1`, then the numbers; the streams begin here. */
const HEADER_BYTES = 44;
const MAGIC = 0x314c4d48;
const COLOURS = 1;
/** The side of the box that the grid of 16 bits fills: more than any scanner's field. */
const BOX_MM_MAX = 5_000;
/** A closed surface has half as many vertices as triangles; twice as many is one that is torn nearly everywhere. */
const VERTICES_MAX = 2 * TRIANGLES_MAX;

/** A surface on a grid: place in mm = `min` + `step` × grid. */
export interface Grid {
  /** Four for each vertex: x, y, z, nothing. */
  places: Uint16Array;
  /** Red, green, blue, opacity for each vertex, where the scanner gave colours. */
  colours: Uint8Array | undefined;
  index: Uint32Array;
  min: Vec;
  step: number;
  error_mm: number;
}

/**
 * Unpacks a level. `triangles` is how many were announced.
 *
 * Throws [`Unfit`] for what is no level, is damaged, or is another than announced.
 */
export async function levelOf(bytes: Uint8Array, triangles: number): Promise<Grid> {
  if (bytes.length < HEADER_BYTES) throw new Unfit('foreign', 'short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (at: number) => view.getUint32(at, true);
  const f32 = (at: number) => view.getFloat32(at, true);
  if (u32(0) !== MAGIC) throw new Unfit('foreign', 'magic');
  const [vertices, indices] = [u32(4), u32(8)];
  const min: Vec = [f32(12), f32(16), f32(20)];
  const [step, error_mm, flags] = [f32(24), f32(28), u32(32)];
  const [vertexBytes, indexBytes] = [u32(36), u32(40)];
  if (vertices < 3 || vertices > VERTICES_MAX || indices < 3 || indices % 3 !== 0 || indices > 3 * TRIANGLES_MAX) throw new Unfit('damaged', 'counts');
  if (indices !== 3 * triangles) throw new Unfit('announced', 'triangles');
  if (!min.every((it) => Math.abs(it) <= SPACE_MM)) throw new Unfit('damaged', 'box');
  if (!(step > 0 && step * 65_535 <= BOX_MM_MAX)) throw new Unfit('damaged', 'step');
  if (!(error_mm >= 0 && error_mm <= ERROR_MM_MAX)) throw new Unfit('damaged', 'error');
  if ((flags & ~COLOURS) !== 0) throw new Unfit('foreign', 'flags');
  if (HEADER_BYTES + vertexBytes + indexBytes !== bytes.length) throw new Unfit('damaged', 'lengths');

  await MeshoptDecoder.ready;
  const stride = flags & COLOURS ? 12 : 8;
  const packed = new Uint8Array(vertices * stride);
  const index = new Uint32Array(indices);
  try {
    MeshoptDecoder.decodeVertexBuffer(packed, vertices, stride, bytes.subarray(HEADER_BYTES, HEADER_BYTES + vertexBytes));
    MeshoptDecoder.decodeIndexBuffer(new Uint8Array(index.buffer), indices, 4, bytes.subarray(HEADER_BYTES + vertexBytes));
  } catch (error) {
    throw new Unfit('damaged', String(error));
  }
  if (index.some((it) => it >= vertices)) throw new Unfit('damaged', 'index');
  if (stride === 8) return { places: new Uint16Array(packed.buffer), colours: undefined, index, min, step, error_mm };
  const [places, colours] = [new Uint8Array(vertices * 8), new Uint8Array(vertices * 4)];
  for (let at = 0; at < vertices; at += 1) {
    places.set(packed.subarray(at * 12, at * 12 + 8), at * 8);
    colours.set(packed.subarray(at * 12 + 8, at * 12 + 12), at * 4);
  }
  return { places: new Uint16Array(places.buffer), colours, index, min, step, error_mm };
}
