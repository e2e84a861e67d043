// The order of pictures, and whether they are a body that may be cut in another direction.
import type { Frame } from './frame';
import { cross, dot, length, minus, unit, type Vector } from './vector';

/** Pictures of one series, as they are scrolled through. */
export interface Series {
  uid: string;
  study: string;
  number: number;
  modality: string;
  words: string;
  frames: Frame[];
  /** Instances that no picture can be drawn of (a report, a mesh). */
  others: number;
}

/** How far a distance between slices may be off the others: a tenth, since positions are written with few digits. */
const UNEVEN = 0.1;
/** Cosine of the largest tilt between the stack's direction and its normal. */
const UPRIGHT = 0.9995;

/** Along the normal where pictures have places, by number otherwise. */
export function sorted(frames: readonly Frame[]): Frame[] {
  const normal = normalOf(frames);
  const far = (it: Frame) => (normal && it.place ? dot(it.place.position, normal) : 0);
  return [...frames].sort((one, other) => far(one) - far(other) || one.number - other.number || one.frame - other.frame);
}

/** The normal of a stack whose pictures are all parallel. */
export function normalOf(frames: readonly Frame[]): Vector | undefined {
  const first = frames[0]?.place;
  if (!first || frames.length < 2) return undefined;
  const normal = unit(cross(first.right, first.down));
  const parallel = frames.every((it) => it.place && dot(unit(cross(it.place.right, it.place.down)), normal) > UPRIGHT && dot(it.place.right, first.right) > UPRIGHT);
  return parallel ? normal : undefined;
}

export type Body =
  | { kind: 'body'; normal: Vector; step_mm: number }
  /** A panoramic, a few pictures, colours. */
  | { kind: 'flat' }
  /** A slice is missing, or distances change: a reconstruction would be bent. */
  | { kind: 'uneven'; after: number }
  /** The stack leans: a reconstruction would be sheared. */
  | { kind: 'tilted' };

/** Fewest slices worth cutting anew. */
const SLICES_MIN = 8;

const bodies = new WeakMap<readonly Frame[], Body>();

/** [`judged`], once for each list. */
export function bodyOf(frames: readonly Frame[]): Body {
  const known = bodies.get(frames) ?? judged(frames);
  bodies.set(frames, known);
  return known;
}

/**
 * Whether `frames`, sorted, may be cut anew.
 *
 * The distance of slices is taken from their positions, never from the thickness in the header: CBCT devices write there
 * what they like.
 */
export function judged(frames: readonly Frame[]): Body {
  const normal = normalOf(frames);
  const [first] = frames;
  const last = frames[frames.length - 1];
  if (!normal || !first?.place || !last?.place || frames.length < SLICES_MIN) return { kind: 'flat' };
  const alike = (it: Frame) => it.rows === first.rows && it.columns === first.columns && it.samples === 1 && it.spacing.kind === 'patient' && JSON.stringify(it.spacing) === JSON.stringify(first.spacing);
  if (!frames.every(alike)) return { kind: 'flat' };
  const way = minus(last.place.position, first.place.position);
  const step_mm = dot(way, normal) / (frames.length - 1);
  if (!(step_mm > 0)) return { kind: 'flat' };
  for (let place = 1; place < frames.length; place += 1) {
    const here = frames[place]?.place;
    const before = frames[place - 1]?.place;
    if (!here || !before) return { kind: 'flat' };
    const off = dot(minus(here.position, before.position), normal) - step_mm;
    if (Math.abs(off) > step_mm * UNEVEN) return { kind: 'uneven', after: place };
  }
  if (dot(unit(way), normal) < UPRIGHT && length(way) > 0) return { kind: 'tilted' };
  return { kind: 'body', normal, step_mm };
}

/** The picture nearest to a place along the normal. */
export function nearest(frames: readonly Frame[], normal: Vector, far_mm: number): number {
  let best = 0;
  let least = Infinity;
  frames.forEach((it, place) => {
    const off = it.place ? Math.abs(dot(it.place.position, normal) - far_mm) : Infinity;
    if (off < least) [best, least] = [place, off];
  });
  return best;
}
