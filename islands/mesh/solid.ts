// A surface that can be asked: what a ray meets, what lies nearest to a point, where a plane cuts. A tree of boxes keeps answers
// quick; it is built when the first question comes. Without screen and network, so that shapes of known answers can test it.
import { BufferAttribute, BufferGeometry, DoubleSide, Plane, Ray, Vector3 } from 'three';
import { MeshBVH } from 'three-mesh-bvh';

import type { Grid } from './level';
import { type Cut, cross, dot, minus, unit, type Vec } from './vec';

/** Units of a normal's part in 16 bits. */
const ONE = 32_767;

/** Where a ray meets the surface. */
export interface Hit {
  at: Vec;
  face: number;
  distance_mm: number;
}

/** The nearest place of the surface. */
export interface Near {
  at: Vec;
  face: number;
  distance_mm: number;
}

export class Solid {
  #tree: MeshBVH | undefined;
  readonly #geometry = new BufferGeometry();

  constructor(
    /** x, y, z of each vertex in mm. */
    readonly places: Float32Array,
    /** Three for each triangle; the tree sorts them. */
    readonly index: Uint32Array,
    /** Four for each vertex, of which three count. */
    readonly normals: Int16Array = normalsOf(places, index),
  ) {
    this.#geometry.setAttribute('position', new BufferAttribute(places, 3));
    this.#geometry.setIndex(new BufferAttribute(index, 1));
  }

  get vertices(): number {
    return this.places.length / 3;
  }

  /** Builds the tree now, so that the first question need not wait for it. */
  prepare(): MeshBVH {
    this.#tree ??= new MeshBVH(this.#geometry, { setBoundingBox: false });
    return this.#tree;
  }

  place(vertex: number): Vec {
    return [this.places[vertex * 3]!, this.places[vertex * 3 + 1]!, this.places[vertex * 3 + 2]!];
  }

  /** All that a ray meets, from either side, the nearest first. */
  ray(origin: Vec, direction: Vec, from_mm = 0): Hit[] {
    const met = this.prepare().raycast(new Ray(new Vector3(...origin), new Vector3(...unit(direction))), DoubleSide, from_mm);
    const hits = met.map((it) => ({ at: it.point.toArray() as Vec, face: it.faceIndex ?? 0, distance_mm: it.distance }));
    return hits.sort((a, b) => a.distance_mm - b.distance_mm);
  }

  /** The place of the surface nearest to `point`, if one lies within `reach_mm`. */
  nearest(point: Vec, reach_mm = Infinity): Near | undefined {
    const found = this.prepare().closestPointToPoint(ASKED.set(...point), FOUND, 0, reach_mm);
    return found ? { at: found.point.toArray() as Vec, face: found.faceIndex, distance_mm: found.distance } : undefined;
  }

  /** The direction of a triangle by the order of its corners: outwards, where the surface is sound. */
  faceNormal(face: number): Vec {
    const [a, b, c] = this.corners(face);
    return unit(cross(minus(b, a), minus(c, a)));
  }

  /** The direction of the rounded surface at `point` of triangle `face`. */
  normalAt(face: number, point: Vec): Vec {
    const [a, b, c] = this.corners(face);
    const [wa, wb, wc] = weights(point, a, b, c);
    const sum: [number, number, number] = [0, 0, 0];
    [wa, wb, wc].forEach((weight, corner) => {
      const vertex = this.index[face * 3 + corner]!;
      for (let axis = 0; axis < 3; axis += 1) sum[axis as 0] += (weight * this.normals[vertex * 4 + axis]!) / ONE;
    });
    const found = unit(sum);
    return dot(found, found) > 0.5 ? found : this.faceNormal(face);
  }

  /** Where the plane of `cut` goes through: pairs of ends, six numbers for each piece. */
  section(cut: Cut): Float32Array {
    const plane = new Plane(new Vector3(...cut.normal), cut.constant);
    const pieces: number[] = [];
    this.prepare().shapecast({
      intersectsBounds: (box) => plane.intersectsBox(box),
      intersectsTriangle: (triangle) => {
        const corners = [triangle.a, triangle.b, triangle.c];
        const high = corners.map((it) => plane.distanceToPoint(it));
        const ends: Vector3[] = [];
        for (let at = 0; at < 3; at += 1) {
          const next = (at + 1) % 3;
          if (high[at]! < 0 === high[next]! < 0) continue;
          ends.push(corners[at]!.clone().lerp(corners[next]!, high[at]! / (high[at]! - high[next]!)));
        }
        if (ends.length === 2) pieces.push(...ends[0]!.toArray(), ...ends[1]!.toArray());
        return false;
      },
    });
    return new Float32Array(pieces);
  }

  /** A third of each triangle's area goes to each of its corners, in mm². */
  areas(): Float32Array {
    const areas = new Float32Array(this.vertices);
    for (let face = 0; face < this.index.length / 3; face += 1) {
      const [a, b, c] = this.corners(face);
      const third = Math.hypot(...cross(minus(b, a), minus(c, a))) / 6;
      for (let corner = 0; corner < 3; corner += 1) areas[this.index[face * 3 + corner]!]! += third;
    }
    return areas;
  }

  private corners(face: number): [Vec, Vec, Vec] {
    return [this.place(this.index[face * 3]!), this.place(this.index[face * 3 + 1]!), this.place(this.index[face * 3 + 2]!)];
  }
}

const ASKED = new Vector3();
const FOUND = { point: new Vector3(), distance: 0, faceIndex: 0 };

/** The surface of a level in mm. */
export function solidOf(grid: Grid): Solid {
  const count = grid.places.length / 4;
  const places = new Float32Array(count * 3);
  for (let at = 0; at < count; at += 1) {
    for (let axis = 0; axis < 3; axis += 1) places[at * 3 + axis] = grid.min[axis]! + grid.step * grid.places[at * 4 + axis]!;
  }
  return new Solid(places, grid.index);
}

/**
 * A direction for each vertex: those of its triangles, each counted by its angle there, so that the side on which a point lies
 * can be told by it (Bærentzen and Aanæs, 2005).
 */
export function normalsOf(places: Float32Array, index: Uint32Array): Int16Array {
  const sums = new Float32Array(places.length);
  const add = (corner: number, x: number, y: number, z: number, weight: number) => {
    sums[corner] = sums[corner]! + x * weight;
    sums[corner + 1] = sums[corner + 1]! + y * weight;
    sums[corner + 2] = sums[corner + 2]! + z * weight;
  };
  // Two million triangles: one number after the other, without a list for each.
  for (let at = 0; at < index.length; at += 3) {
    const [a, b, c] = [index[at]! * 3, index[at + 1]! * 3, index[at + 2]! * 3];
    const ax = places[a]!, ay = places[a + 1]!, az = places[a + 2]!;
    const ux = places[b]! - ax, uy = places[b + 1]! - ay, uz = places[b + 2]! - az;
    const vx = places[c]! - ax, vy = places[c + 1]! - ay, vz = places[c + 2]! - az;
    const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
    const double = Math.sqrt(nx * nx + ny * ny + nz * nz);
    if (!(double > 0)) continue;
    const uv = ux * vx + uy * vy + uz * vz;
    // The three angles of a triangle are half a turn.
    const first = Math.atan2(double, uv);
    const second = Math.atan2(double, ux * ux + uy * uy + uz * uz - uv);
    add(a, nx, ny, nz, first / double);
    add(b, nx, ny, nz, second / double);
    add(c, nx, ny, nz, (Math.PI - first - second) / double);
  }
  const normals = new Int16Array((places.length / 3) * 4);
  for (let at = 0; at < places.length / 3; at += 1) {
    const length = Math.hypot(sums[at * 3]!, sums[at * 3 + 1]!, sums[at * 3 + 2]!) || 1;
    for (let axis = 0; axis < 3; axis += 1) normals[at * 4 + axis] = Math.round((sums[at * 3 + axis]! / length) * ONE);
  }
  return normals;
}

/** How much of each corner is in `p`; on a triangle without area, a third of each. */
function weights(p: Vec, a: Vec, b: Vec, c: Vec): Vec {
  const [ab, ac, ap] = [minus(b, a), minus(c, a), minus(p, a)];
  const [d00, d01, d11, d20, d21] = [dot(ab, ab), dot(ab, ac), dot(ac, ac), dot(ap, ab), dot(ap, ac)];
  const whole = d00 * d11 - d01 * d01;
  if (!(whole > 0)) return [1 / 3, 1 / 3, 1 / 3];
  const v = (d11 * d20 - d01 * d21) / whole;
  const w = (d00 * d21 - d01 * d20) / whole;
  return [1 - v - w, v, w];
}
