// Points and directions in the scanner's space, in millimetres: plain triples, so that they can be sent to the worker and be written down.

export type Vec = readonly [number, number, number];

export const plus = (a: Vec, b: Vec): Vec => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const minus = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const times = (a: Vec, by: number): Vec => [a[0] * by, a[1] * by, a[2] * by];
export const dot = (a: Vec, b: Vec): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vec, b: Vec): Vec => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
export const long = (a: Vec): number => Math.hypot(a[0], a[1], a[2]);

/** The same direction, one long; nothing has no direction and stays as it is. */
export function unit(a: Vec): Vec {
  const length = long(a);
  return length > 0 ? times(a, 1 / length) : a;
}

/** A half of space: kept is what has `normal`·p + `constant` ≥ 0. */
export interface Cut {
  normal: Vec;
  constant: number;
}

/** How far `p` is on the kept side, in mm; negative where it is cut away. */
export const above = (cut: Cut, p: Vec): number => dot(cut.normal, p) + cut.constant;
