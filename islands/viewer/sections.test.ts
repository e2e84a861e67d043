// The arch and what is cut along it: against a jaw whose measures are known.
import { expect, test } from 'vitest';

import { arch as jawArch, ARCH_MM, BALLS, density, plan as jawPlan } from '../../fixtures/dicom/jaw.mjs';
import { fitted, archThrough, type Point } from './spline';
import { axialPlan, hardPlaces, panoramaPlan, sectionPlan, sectionStations, toothLevel, topShare } from './sections';
import { outward } from './prefetch';
import { inPatient, OUTSIDE, slabAt, valueAt, type Volume } from './volume';

const SPACING = 0.6;
const SIZE = 128;
const SLICES = 66;
const half = (SIZE * SPACING) / 2;
const bottom = -20;
const places = jawPlan(SIZE, SPACING);
const jaw: Volume = {
  columns: SIZE,
  rows: SIZE,
  slices: Array.from({ length: SLICES }, (_, slice) => Int16Array.from(places, (it) => density(it, bottom + slice * SPACING))),
  spacing_mm: [SPACING, SPACING, SPACING],
  size_mm: [(SIZE - 1) * SPACING, (SIZE - 1) * SPACING, (SLICES - 1) * SPACING],
  origin: [-half, -half, bottom],
  axes: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  finest_mm: SPACING,
};
const ownArch = archThrough(Array.from({ length: 9 }, (_, place) => jawArch(-1 + place / 4) as [number, number]).map(([x, y]): Point => [x + half, y + half]));

test('the arch goes through its points, and is as long as the jaw', () => {
  expect(ownArch.length_mm).toBeGreaterThan(ARCH_MM - 0.3);
  expect(ownArch.length_mm).toBeLessThan(ARCH_MM + 0.3);
  const middle = ownArch.station(ownArch.length_mm / 2);
  expect(middle.at[0]).toBeCloseTo(half, 1);
  expect(middle.at[1]).toBeCloseTo(half - 28, 1);
});

test('outward is toward cheek and lip everywhere, and a step is as long as it says', () => {
  for (const share of [0.05, 0.3, 0.5, 0.7, 0.95]) {
    const it = ownArch.station(ownArch.length_mm * share);
    const inside = [half, half + 10] as const;
    const away = (it.at[0] - inside[0]) * it.outward[0] + (it.at[1] - inside[1]) * it.outward[1];
    expect(away).toBeGreaterThan(0);
    expect(Math.hypot(...it.outward)).toBeCloseTo(1, 6);
    const next = ownArch.station(ownArch.length_mm * share + 1).at;
    expect(Math.hypot(next[0] - it.at[0], next[1] - it.at[1])).toBeCloseTo(1, 1);
  }
});

test('two points are a straight line; the same point twice does no harm', () => {
  const line = archThrough([[0, 0], [30, 40]]);
  expect(line.length_mm).toBeCloseTo(50, 6);
  expect(line.station(25).at[0]).toBeCloseTo(15, 6);
  expect(archThrough([[0, 0], [0, 0], [10, 0]]).length_mm).toBeCloseTo(10, 3);
  expect(() => archThrough([[0, 0]])).toThrow();
});

test('the arch is found in the jaw by itself, near the true one', () => {
  const w = toothLevel(jaw);
  expect(bottom + w).toBeGreaterThan(-8);
  expect(bottom + w).toBeLessThan(8);
  const slab = axialPlan(jaw, w, 6, 1.2);
  const points = fitted(hardPlaces(slab, topShare(slab, 0.04)), -1);
  expect(points?.length).toBeGreaterThan(6);
  const truth = Array.from({ length: 201 }, (_, place) => jawArch(-1 + place / 100));
  // The two outermost points are beyond the last tooth by intention.
  for (const [u, v] of points!.slice(1, -1)) expect(Math.min(...truth.map((it) => Math.hypot(it[0]! + half - u, it[1]! + half - v)))).toBeLessThan(2.5);
  expect(fitted([[0, 0]], -1)).toBeUndefined();
});

test('a value between pixels lies between them, and outside is outside', () => {
  const ramp: Volume = { ...jaw, columns: 2, rows: 2, slices: [[0, 10, 20, 30], [100, 110, 120, 130]] };
  expect(valueAt(ramp, 0.5, 0.5, 0)).toBe(15);
  expect(valueAt(ramp, 1, 1, 1)).toBe(130);
  expect(valueAt(ramp, 0.5, 0.5, 0.5)).toBe(65);
  expect(valueAt(ramp, 1.01, 0, 0)).toBe(OUTSIDE);
  expect(valueAt(ramp, 0, 0, -0.1)).toBe(OUTSIDE);
});

test('a slab takes the mean or the hardest', () => {
  const [x, y, z] = BALLS[0] as [number, number, number];
  const at = [x + half, y + half, z - bottom] as const;
  expect(slabAt(jaw, at[0] + 2.4, at[1], at[2], 1, 0, 6, 'max')).toBeGreaterThan(2500);
  const mean = slabAt(jaw, at[0] + 2.4, at[1], at[2], 1, 0, 6, 'mean');
  expect(mean).toBeGreaterThan(40);
  expect(mean).toBeLessThan(2000);
});

test('the panorama has the head up and the first end at the left, one scale both ways', () => {
  const panorama = panoramaPlan(jaw, ownArch, 6, 'mean');
  expect(panorama.columns).toBe(Math.round(ownArch.length_mm / SPACING) + 1);
  const row = (z: number) => Math.round((jaw.size_mm[2] - (z - bottom)) / SPACING);
  const column = Math.round(ownArch.length_mm / 2 / SPACING);
  // Crowns above, bone below, the canal in between darker than the bone around it.
  const canal = panorama.value(column, row(-13));
  expect(panorama.value(column + 6, row(5))).toBeGreaterThan(600);
  expect(canal).toBeLessThan(panorama.value(column, row(-17)));
  const [u, v, w] = panorama.place(0, 0);
  expect(inPatient(jaw, [u, v, w])[0]).toBeCloseTo(-24, 1);
  expect(inPatient(jaw, [u, v, w])[2]).toBeCloseTo(bottom + jaw.size_mm[2], 6);
});

test('a cross-section is as wide as it says: two steel balls are 20 mm apart in it', () => {
  // A straight arch across the balls' line: the section's own axis runs from one to the other.
  const [a, b] = BALLS.map(([x, y]) => [x! + half, y! + half] as const) as [Point, Point];
  const across = archThrough([[half, a[1] + 10], [half, a[1] - 10]]);
  const section = sectionPlan(jaw, across, 10, 30, 0, 'mean', 0.2);
  const row = Math.round((jaw.size_mm[2] - (BALLS[0]![2]! - bottom)) / 0.2);
  const hard = Array.from({ length: section.columns }, (_, column) => column).filter((column) => section.value(column, row) > 1500);
  const [left, right] = [hard.filter((it) => it < section.columns / 2), hard.filter((it) => it >= section.columns / 2)];
  const middle = (all: number[]) => all.reduce((sum, it) => sum + it, 0) / all.length;
  expect((middle(right) - middle(left)) * section.pixel_mm).toBeGreaterThan(20 - SPACING);
  expect((middle(right) - middle(left)) * section.pixel_mm).toBeLessThan(20 + SPACING);
  expect(Math.abs(b[0] - a[0])).toBe(20);
});

test('sections beyond the arch are left out', () => {
  expect(sectionStations(ownArch, 0, 2, 5)).toEqual([0, 2, 4]);
  expect(sectionStations(ownArch, 20, 2, 5)).toEqual([16, 18, 20, 22, 24]);
});

test('slices come from the middle outward, each once', () => {
  expect(outward(5, 2)).toEqual([2, 1, 3, 0, 4]);
});
