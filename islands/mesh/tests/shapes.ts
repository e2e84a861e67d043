// Shapes whose distances are known, and levels made of them as the server makes them.
import { MeshoptEncoder } from 'meshoptimizer/encoder';

import { Solid } from '../solid';
import type { Vec } from '../vec';

export interface Shape {
  places: number[];
  index: number[];
}

/** A ball of longitudes and latitudes; its surface looks outwards. */
export function ball(radius_mm: number, steps = 128, middle: Vec = [0, 0, 0]): Shape {
  const places: number[] = [];
  const index: number[] = [];
  for (let ring = 0; ring <= steps; ring += 1) {
    for (let at = 0; at <= steps * 2; at += 1) {
      const [down, round] = [(ring / steps) * Math.PI, (at / (steps * 2)) * 2 * Math.PI];
      places.push(middle[0] + radius_mm * Math.sin(down) * Math.cos(round), middle[1] + radius_mm * Math.sin(down) * Math.sin(round), middle[2] + radius_mm * Math.cos(down));
    }
  }
  const wide = steps * 2 + 1;
  for (let ring = 0; ring < steps; ring += 1) {
    for (let at = 0; at < steps * 2; at += 1) {
      const [a, b, c, d] = [ring * wide + at, ring * wide + at + 1, (ring + 1) * wide + at, (ring + 1) * wide + at + 1];
      if (ring > 0) index.push(a, c, b);
      if (ring < steps - 1) index.push(b, c, d);
    }
  }
  return { places, index };
}

/** A square in the plane z = `high_mm`, `side_mm` wide, that looks up, or down. */
export function square(high_mm: number, side_mm: number, up = true, cells = 20): Shape {
  const places: number[] = [];
  const index: number[] = [];
  for (let y = 0; y <= cells; y += 1) for (let x = 0; x <= cells; x += 1) places.push((x / cells - 0.5) * side_mm, (y / cells - 0.5) * side_mm, high_mm);
  for (let y = 0; y < cells; y += 1) {
    for (let x = 0; x < cells; x += 1) {
      const [a, b, c, d] = [y * (cells + 1) + x, y * (cells + 1) + x + 1, (y + 1) * (cells + 1) + x, (y + 1) * (cells + 1) + x + 1];
      index.push(...(up ? [a, b, c, b, d, c] : [a, c, b, b, c, d]));
    }
  }
  return { places, index };
}

/** The same surface, looking the other way. */
export function inverted({ places, index }: Shape): Shape {
  return { places, index: index.map((_, at) => index[at - (at % 3) + [0, 2, 1][at % 3]!]!) };
}

export function together(...shapes: readonly Shape[]): Shape {
  const places = shapes.flatMap((it) => it.places);
  let before = 0;
  const index = shapes.flatMap((it) => {
    const moved = it.index.map((one) => one + before);
    before += it.places.length / 3;
    return moved;
  });
  return { places, index };
}

export const solid = ({ places, index }: Shape): Solid => new Solid(new Float32Array(places), new Uint32Array(index));

/** A level as it goes over the line; `colours` are red, green, blue, opacity of each vertex. */
export async function packed({ places, index }: Shape, error_mm = 0.02, colours?: Uint8Array): Promise<Uint8Array> {
  await MeshoptEncoder.ready;
  const low = [0, 1, 2].map((axis) => places.reduce((min, it, at) => (at % 3 === axis ? Math.min(min, it) : min), Infinity));
  const wide = places.reduce((max, it, at) => Math.max(max, it - low[at % 3]!), 0);
  const step = Math.fround(wide / 65_535) || 1e-6;
  const stride = colours ? 12 : 8;
  const vertices = places.length / 3;
  const rows = new Uint8Array(vertices * stride);
  const view = new DataView(rows.buffer);
  places.forEach((it, at) => view.setUint16(Math.floor(at / 3) * stride + (at % 3) * 2, Math.min(65_535, Math.round((it - low[at % 3]!) / step)), true));
  for (let at = 0; colours && at < vertices; at += 1) rows.set(colours.subarray(at * 4, at * 4 + 4), at * stride + 8);
  const [first, second] = [MeshoptEncoder.encodeVertexBuffer(rows, vertices, stride), MeshoptEncoder.encodeIndexBuffer(new Uint8Array(new Uint32Array(index).buffer), index.length, 4)];
  const bytes = new Uint8Array(44 + first.length + second.length);
  const header = new DataView(bytes.buffer);
  bytes.set([0x48, 0x4d, 0x4c, 0x31]);
  header.setUint32(4, vertices, true);
  header.setUint32(8, index.length, true);
  low.forEach((it, axis) => header.setFloat32(12 + axis * 4, it, true));
  header.setFloat32(24, step, true);
  header.setFloat32(28, error_mm, true);
  header.setUint32(32, colours ? 1 : 0, true);
  header.setUint32(36, first.length, true);
  header.setUint32(40, second.length, true);
  bytes.set(first, 44);
  bytes.set(second, 44 + first.length);
  return bytes;
}
