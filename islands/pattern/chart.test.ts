// TR-13: what the pattern must hold for each of its purposes.
import { expect, test } from 'vitest';

import { chart, FAINT, greys, SIDE, STEPS, WORD } from './chart';
import { fits } from './screen';

const { rects, letters, lines } = chart();

test('TR-13: eighteen steps from black to white, evenly apart, each with four faint squares', () => {
  const all = greys();
  expect(all[0]).toBe(0);
  expect(all[STEPS - 1]).toBe(255);
  for (let place = 1; place < all.length; place += 1) expect(all[place]! - all[place - 1]!).toBe(15);
  const steps = rects.filter((it) => it.w === 74 && it.h === 74);
  expect(steps.map((it) => it.grey)).toEqual(all);
  for (const step of steps) {
    const inside = rects.filter((it) => it.w === 12 && it.x > step.x && it.x < step.x + step.w && it.y > step.y && it.y < step.y + step.h);
    expect(inside).toHaveLength(4);
    for (const it of inside) expect(Math.abs(it.grey - step.grey)).toBe(FAINT);
  }
});

test('TR-13: 5 % lies in black and 95 % in white', () => {
  expect(rects).toContainEqual(expect.objectContaining({ grey: 13, w: 40 }));
  expect(rects).toContainEqual(expect.objectContaining({ grey: 242, w: 40 }));
});

test('TR-13: words fade on three grounds, to the last difference a monitor has', () => {
  const rows = [440, 480, 520].map((y) => letters.filter((it) => it.y === y).map((it) => it.grey));
  expect(rows.map((it) => it.length)).toEqual([WORD.length, WORD.length, WORD.length]);
  expect(rows[0]?.[0]).toBe(12);
  expect(rows[0]?.[WORD.length - 1]).toBe(1);
  expect(rows[2]?.[WORD.length - 1]).toBe(254);
});

test('TR-13: line pairs stand in the middle and in every corner, both ways', () => {
  for (const [x, y] of [[0, 0], [SIDE / 2, 0], [0, SIDE / 2], [SIDE / 2, SIDE / 2]] as const) {
    const here = lines.filter((it) => it.x >= x && it.x < x + SIDE / 2 && it.y >= y && it.y < y + SIDE / 2 && it.grey === 0 && (it.x < 200 || it.x > 800));
    expect(here.some((it) => it.upright && it.period_px === 2) && here.some((it) => !it.upright && it.period_px === 2)).toBe(true);
  }
  for (const it of [...rects, ...lines]) expect(it.x + it.w <= SIDE + 1 && it.y + it.h <= SIDE + 1).toBe(true);
});

test('TR-13: a window on another screen, or with a zoom, is not on the monitor that is checked', () => {
  const registered = { width_px: 2048, height_px: 1536 };
  for (const [width_px, height_px, same] of [[2048, 1536, true], [2047, 1537, true], [1536, 2048, true], [1920, 1080, false], [2253, 1690, false]] as const) {
    expect(fits(registered, { width_px, height_px })).toBe(same);
  }
});
