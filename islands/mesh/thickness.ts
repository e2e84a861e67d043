// How thick a closed surface is at a point: from there straight inwards to the opposite wall.
import type { Solid } from './solid';
import { dot, times, type Vec } from './vec';

/** The wall that the ray starts from is not the opposite one. */
const START_MM = 0.002;
/** Nothing that a laboratory makes is thicker; further away is another thing. */
export const THICKNESS_MM_MAX = 60;

export interface Thickness {
  thickness_mm: number;
  /** Where the opposite wall is met. */
  to: Vec;
}

/** `face` and `at` are a place of `solid`. Nothing where the surface is open, and so has no inside there. */
export function thickness(solid: Solid, face: number, at: Vec): Thickness | undefined {
  const inwards = times(solid.normalAt(face, at), -1);
  // The opposite wall is left from inside: a wall that is entered means that the ray has run outside the body.
  const [met] = solid.ray(at, inwards, START_MM);
  if (!met || met.distance_mm > THICKNESS_MM_MAX || dot(solid.faceNormal(met.face), inwards) <= 0) return undefined;
  return { thickness_mm: met.distance_mm, to: met.at };
}
