// Distances: between two points, and from a point to a surface with the side on which it lies.
import type { Solid } from './solid';
import { dot, long, minus, type Vec } from './vec';

/** In mm. */
export const apart = (a: Vec, b: Vec): number => long(minus(a, b));

/**
 * From `point` to the nearest place of `solid` in mm: positive outside (towards the surface's directions), negative inside.
 * Nothing when none lies within `reach_mm`.
 */
export function signed(solid: Solid, point: Vec, reach_mm: number): number | undefined {
  const near = solid.nearest(point, reach_mm);
  if (!near) return undefined;
  return dot(minus(point, near.at), solid.normalAt(near.face, near.at)) < 0 ? -near.distance_mm : near.distance_mm;
}
