// A body of slices as numbers that can be asked for anywhere between its pixels.
//
// Its own axes, in millimetres from the middle of the first pixel: u along the rows, v along the columns, w across the slices
// and always toward the head.
import type { Frame } from './frame';
import { add, cross, times, unit, type Vector } from './vector';

export type Numbers = ArrayLike<number>;

export interface Volume {
  readonly columns: number;
  readonly rows: number;
  readonly slices: readonly Numbers[];
  readonly spacing_mm: Vector;
  readonly size_mm: Vector;
  /** Where u, v and w begin, and their directions, in the patient. */
  readonly origin: Vector;
  readonly axes: readonly [Vector, Vector, Vector];
  /** The smallest distance of two pixels: finer sampling shows nothing more. */
  readonly finest_mm: number;
}

/** What lies outside the body. */
export const OUTSIDE = -1000;
/** Cosine between the slices' normal and the patient's long axis, below which an axial arch makes no sense. */
const AXIAL = 0.8;

/** `frames` sorted along their normal, `step_mm` apart; none when they are not axial. */
export function volumeOf(frames: readonly Frame[], pixels: readonly Numbers[], step_mm: number): Volume | undefined {
  const first = frames[0];
  if (!first?.place || first.spacing.kind !== 'patient') return undefined;
  const { right, down } = first.place;
  const normal = unit(cross(right, down));
  if (Math.abs(normal[2]) < AXIAL) return undefined;
  const up = normal[2] > 0;
  const origin = (up ? first : frames[frames.length - 1])?.place?.position ?? first.place.position;
  const spacing: Vector = [first.spacing.column_mm, first.spacing.row_mm, step_mm];
  return {
    columns: first.columns,
    rows: first.rows,
    slices: up ? pixels : [...pixels].reverse(),
    spacing_mm: spacing,
    size_mm: [(first.columns - 1) * spacing[0], (first.rows - 1) * spacing[1], (frames.length - 1) * spacing[2]],
    origin,
    axes: [right, down, up ? normal : [-normal[0], -normal[1], -normal[2]]],
    finest_mm: Math.min(...spacing),
  };
}

/** The value at a place given in pixels of the three axes: straight lines between the eight pixels around it. */
export function valueAt(volume: Volume, i: number, j: number, k: number): number {
  const { columns, rows, slices } = volume;
  if (i < 0 || j < 0 || k < 0 || i > columns - 1 || j > rows - 1 || k > slices.length - 1) return OUTSIDE;
  const i0 = i | 0;
  const j0 = j | 0;
  const k0 = k | 0;
  const x = i - i0;
  const y = j - j0;
  const z = k - k0;
  const at = j0 * columns + i0;
  const right = i0 + 1 < columns ? 1 : 0;
  const down = j0 + 1 < rows ? columns : 0;
  const below = slices[k0] as Numbers;
  const lower = between(below, at, right, down, x, y);
  if (z === 0) return lower;
  return lower + (between(slices[k0 + 1] as Numbers, at, right, down, x, y) - lower) * z;
}

function between(slice: Numbers, at: number, right: number, down: number, x: number, y: number): number {
  const a = slice[at] as number;
  const b = slice[at + right] as number;
  const c = slice[at + down] as number;
  const d = slice[at + down + right] as number;
  const top = a + (b - a) * x;
  return top + (c + (d - c) * x - top) * y;
}

export type Blend = 'mean' | 'max';

/** A ray of `count` values around (u, v, w), along (du, dv, 0), `step_mm` apart, made into one. */
export function slabAt(volume: Volume, u: number, v: number, w: number, du: number, dv: number, thickness_mm: number, blend: Blend): number {
  const [su, sv, sw] = volume.spacing_mm;
  const k = w / sw;
  const half = Math.floor(thickness_mm / 2 / volume.finest_mm);
  if (half < 1) return valueAt(volume, u / su, v / sv, k);
  let sum = 0;
  let most = -Infinity;
  for (let step = -half; step <= half; step += 1) {
    const far = step * volume.finest_mm;
    const value = valueAt(volume, (u + du * far) / su, (v + dv * far) / sv, k);
    sum += value;
    if (value > most) most = value;
  }
  return blend === 'max' ? most : sum / (2 * half + 1);
}

/** A place of the volume's own axes, in the patient. */
export function inPatient(volume: Volume, [u, v, w]: Vector): Vector {
  const [right, down, up] = volume.axes;
  return add(add(volume.origin, times(right, u)), add(times(down, v), times(up, w)));
}
