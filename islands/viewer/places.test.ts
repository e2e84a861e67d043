// Whether a place that somebody else names is among the pictures here.
import { expect, test } from 'vitest';

import type { Frame } from './frame';
import { found } from './places';
import type { Series } from './series';

const frames = (sop: string, count: number) => Array.from({ length: count }, (_, at) => ({ sop, frame: at + 1 }) as Frame);
const series = (uid: string, all: Frame[]) => ({ uid, frames: all }) as Series;
const studies = [
  { uid: '1', series: [series('1.1', [...frames('1.1.1', 1), ...frames('1.1.2', 1)]), series('1.2', frames('1.2.1', 3))] },
  { uid: '2', series: [series('2.1', frames('2.1.1', 1))] },
];

test('a place is found by study, series, instance and frame, or not at all', () => {
  const at = (study: string, of: string, instance: string, frame: number) => {
    const it = found(studies, { study, series: of, instance, frame, at: null, goes: true });
    return it && `${it.study.uid} ${it.series.uid} ${it.at}`;
  };
  expect(at('1', '1.1', '1.1.2', 1)).toBe('1 1.1 1');
  expect(at('1', '1.2', '1.2.1', 3)).toBe('1 1.2 2');
  expect(at('2', '2.1', '2.1.1', 1)).toBe('2 2.1 0');
  expect(at('1', '1.2', '1.2.1', 4), 'no such frame').toBeUndefined();
  expect(at('1', '2.1', '2.1.1', 1), 'of another study').toBeUndefined();
  expect(at('3', '3.1', '3.1.1', 1), 'not lent').toBeUndefined();
});
