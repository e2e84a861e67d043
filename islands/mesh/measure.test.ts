// DL-23: measuring, against shapes whose answer is known.
import { expect, test } from 'vitest';

import { Comparison } from './comparison';
import { cutOf } from './cutting';
import { apart, signed } from './distance';
import { REACH_MM, summary } from './heat';
import { ALONE, heatRgb, paint, SCALES_MM, scaleFor } from './palette';
import { ball, inverted, solid, square, together } from './tests/shapes';
import { thickness } from './thickness';
import { above, long, minus, type Vec } from './vec';

/** A ball of flat triangles lies inside the round one by less than this. */
const FLAT_MM = 0.003;

test('two points are as far apart as Pythagoras says', () => {
  expect(apart([1, 2, 3], [4, 6, 3])).toBe(5);
});

test('a shell of two balls is as thick as their radii differ, wherever it is touched', () => {
  const shell = solid(together(ball(10), inverted(ball(8.5))));
  for (const direction of [[1, 0, 0], [0.3, -0.8, 0.5], [-0.6, 0.1, -0.79]] as const) {
    const [hit] = shell.ray([direction[0] * 30, direction[1] * 30, direction[2] * 30], [-direction[0], -direction[1], -direction[2]]);
    const found = thickness(shell, hit!.face, hit!.at);
    expect(found?.thickness_mm).toBeCloseTo(1.5, 2);
    expect(long(found!.to)).toBeCloseTo(8.5, 2);
  }
});

test('two planes are as thick as they are apart, and an open one has no thickness', () => {
  const slab = solid(together(square(0.8, 20, true), square(0, 20, false)));
  const [above_] = slab.ray([1.234, 2.345, 30], [0, 0, -1]);
  expect(thickness(slab, above_!.face, above_!.at)?.thickness_mm).toBeCloseTo(0.8, 6);
  const sheet = solid(square(0.8, 20));
  const [only] = sheet.ray([1.234, 2.345, 30], [0, 0, -1]);
  expect(thickness(sheet, only!.face, only!.at)).toBeUndefined();
  // A second sheet behind it that is entered, not left, is another thing and no opposite wall.
  const two = solid(together(square(0.8, 20), square(0, 20, true)));
  const [first] = two.ray([1.234, 2.345, 30], [0, 0, -1]);
  expect(thickness(two, first!.face, first!.at)).toBeUndefined();
});

test('outside is positive, inside negative, and out of reach is nothing', () => {
  const it = solid(ball(10));
  expect(signed(it, [0, 0, 11], REACH_MM)).toBeCloseTo(1, 2);
  expect(signed(it, [0, 9.5, 0], REACH_MM)).toBeCloseTo(-0.5, 2);
  expect(signed(it, [0, 0, 16], REACH_MM)).toBeUndefined();
});

test('a ball within a ball differs by the same everywhere', () => {
  const work = new Comparison(solid(ball(9.9, 80)), solid(ball(10, 80)));
  let pauses = 0;
  while (!work.go(() => true)) pauses += 1;
  expect(pauses).toBeGreaterThan(10);
  expect(work.done).toBe(1);
  const { distances, summary: all } = work.heat();
  expect(distances.reduce((most, it) => Math.max(most, Math.abs(it + 0.1)), 0)).toBeLessThan(FLAT_MM);
  expect(all.mean_mm).toBeCloseTo(-0.1, 2);
  expect(all.rms_mm).toBeCloseTo(0.1, 2);
  expect(Math.abs(all.most_mm - 0.1)).toBeLessThan(FLAT_MM + 0.001);
  expect(all.alone).toBe(0);
});

test('what has no counterpart is told as such, and by its area', () => {
  // Half of the wide square hangs over the small one by more than the reach.
  const work = new Comparison(solid(together(square(0.25, 10), square(20, 10))), solid(square(0, 10)));
  while (!work.go(() => false));
  const { distances, summary: all } = work.heat();
  const known = [...distances].filter((it) => !Number.isNaN(it));
  expect(known).toHaveLength(distances.length / 2);
  for (const it of known) expect(it).toBeCloseTo(0.25, 5);
  expect(all.alone).toBeCloseTo(0.5, 5);
  expect(all.lowest_mm).toBeCloseTo(0.25, 5);
});

test('a comparison that jumps from one place to another finds the nearest all the same', () => {
  const spots: Vec[] = [[0, 0, 10.4], [0, 0, -9.8], [10.05, 0, 0], [0, -12, 0], [0, 9.99, 0]];
  const scattered = solid({ places: spots.flat(), index: [0, 1, 2, 2, 3, 4] });
  const work = new Comparison(scattered, solid(ball(10)));
  while (!work.go(() => false));
  const { distances } = work.heat();
  spots.forEach((at, place) => expect(distances[place]).toBeCloseTo(long(at) - 10, 2));
});

test('shares are by area, not by how many vertices lie there', () => {
  const all = summary(new Float32Array([0.1, 0.1, 0.1, -0.4]), new Float32Array([1, 1, 1, 97]));
  expect(all.mean_mm).toBeCloseTo(-0.385, 5);
  expect(all.most_mm).toBeCloseTo(0.4, 2);
  expect([all.lowest_mm, all.highest_mm].map((it) => it.toFixed(2))).toEqual(['-0.40', '0.10']);
  expect(summary(new Float32Array([NaN]), new Float32Array([1])).alone).toBe(1);
});

test('a plane cuts a ball in a circle', () => {
  const pieces = solid(ball(10)).section({ normal: [0, 0, 1], constant: -6 });
  let around_mm = 0;
  for (let at = 0; at < pieces.length; at += 6) {
    const [from, to] = [[...pieces.slice(at, at + 3)] as unknown as Vec, [...pieces.slice(at + 3, at + 6)] as unknown as Vec];
    for (const it of [from, to]) {
      expect(it[2]).toBeCloseTo(6, 4);
      expect(Math.hypot(it[0], it[1])).toBeCloseTo(8, 1);
    }
    around_mm += long(minus(to, from));
  }
  expect(around_mm).toBeCloseTo(2 * Math.PI * 8, 1);
});

test('a plane is moved, tilted and turned round', () => {
  const plain = cutOf([0, 1, 0], [0, 5, 0], 2, 0, 0, false);
  expect(above(plain, [3, 7, 9])).toBeCloseTo(0, 9);
  expect(above(plain, [0, 0, 0])).toBeCloseTo(7, 9);
  expect(above(cutOf([0, 1, 0], [0, 5, 0], 2, 0, 0, true), [0, 0, 0])).toBeCloseTo(-7, 9);
  const tilted = cutOf([0, 1, 0], [0, 5, 0], 0, 90, 0, false);
  expect(Math.abs(tilted.normal[1])).toBeLessThan(1e-9);
  expect(above(tilted, [0, 5, 0])).toBeCloseTo(0, 9);
  const both = cutOf([0, 0, 1], [1, 2, 3], 0, 30, -40, false);
  expect(long(both.normal)).toBeCloseTo(1, 9);
  expect(above(both, [1, 2, 3])).toBeCloseTo(0, 9);
});

test('the scale goes from blue over white to red, ends at its ends, and is chosen so that most can be told apart', () => {
  const [blue, white, red] = [heatRgb(-0.1, 0.1), heatRgb(0, 0.1), heatRgb(0.1, 0.1)];
  expect(blue[2]).toBeGreaterThan(blue[0]);
  expect(red[0]).toBeGreaterThan(red[2]);
  expect(Math.min(...white)).toBeGreaterThan(240);
  expect(heatRgb(5, 0.1)).toEqual(red);
  expect(heatRgb(-5, 0.1)).toEqual(blue);
  expect(heatRgb(NaN, 0.1)).toEqual(ALONE);
  const painted = paint(new Float32Array([-0.1, NaN, 0.1]), 0.1);
  expect([...painted]).toEqual([...blue, 255, ...ALONE, 255, ...red, 255]);
  expect(scaleFor(0.07)).toBe(0.1);
  expect(scaleFor(99)).toBe(SCALES_MM[SCALES_MM.length - 1]);
});
