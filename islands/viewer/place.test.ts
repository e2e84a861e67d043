// Where a mark lies in its picture: what a presentation state says of it (TR-24).
import { expect, test } from 'vitest';

import type { Frame } from './frame';
import { pixelsOf } from './place';

const slice = {
  spacing: { kind: 'patient', row_mm: 0.5, column_mm: 0.25 },
  place: { position: [-10, -20, 30], right: [1, 0, 0], down: [0, 1, 0] },
} as unknown as Frame;

test('the centre of the first pixel is half a pixel from the corner', () => {
  expect(pixelsOf(slice, [[-10, -20, 30], [-9.75, -19.5, 30], [0, 0, 30.2]])).toEqual([[0.5, 0.5], [1.5, 1.5], [40.5, 40.5]]);
});

test('a point on another plane lies on no picture', () => {
  expect(pixelsOf(slice, [[-10, -20, 30], [-10, -20, 31]])).toBeUndefined();
});

test('a coronal picture counts along its own rows', () => {
  const coronal = { spacing: slice.spacing, place: { position: [0, 5, 100], right: [1, 0, 0], down: [0, 0, -1] } } as unknown as Frame;
  expect(pixelsOf(coronal, [[2.5, 5, 90]])).toEqual([[10.5, 20.5]]);
});

test('a film without a place counts from its first pixel, in millimetres or pixels', () => {
  const film = { spacing: { kind: 'detector', row_mm: 0.1, column_mm: 0.1 }, place: undefined } as unknown as Frame;
  expect(pixelsOf(film, [[1, 2, 0]])).toEqual([[10.5, 20.5]]);
  const photograph = { spacing: { kind: 'none' }, place: undefined } as unknown as Frame;
  expect(pixelsOf(photograph, [[7, 8.25, 0]])).toEqual([[7.5, 8.75]]);
});
