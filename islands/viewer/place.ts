// Where something lies in a picture, as a presentation state counts it (DICOM PS3.3 C.10.5).
import type { Frame } from './frame';
import { cross, dot, minus, type Vector } from './vector';

/** A point this far off a picture is not on it: it was drawn on a plane that was cut anew. */
const OFF_MM = 0.5;

/**
 * Columns and rows of `points` in the picture, the centre of its first pixel being 0.5, 0.5; nothing where one of them does
 * not lie on it.
 *
 * A picture without a place in the patient is a plane of its own, which begins in the centre of its first pixel.
 */
export function pixelsOf(frame: Frame, points: readonly Vector[]): [number, number][] | undefined {
  const { place, spacing } = frame;
  const [row_mm, column_mm] = spacing.kind === 'none' ? [1, 1] : [spacing.row_mm, spacing.column_mm];
  const { position, right, down } = place ?? { position: [0, 0, 0], right: [1, 0, 0], down: [0, 1, 0] };
  const normal = cross(right, down);
  const found: [number, number][] = [];
  for (const point of points) {
    const from = minus(point, position);
    if (Math.abs(dot(from, normal)) > OFF_MM) return undefined;
    found.push([hundredths(dot(from, right) / column_mm + 0.5), hundredths(dot(from, down) / row_mm + 0.5)]);
  }
  return found;
}

/** A hundredth of a pixel is finer than any hand. */
const hundredths = (value: number) => Math.round(value * 100) / 100;
