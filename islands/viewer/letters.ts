// Which way the patient lies in a picture: R right, L left, A front, P back, H head, F feet, as on every device in the world.
import type { Vector } from './vector';

/** Less than this share of a direction is not worth a letter. */
const WORTH = 0.25;
const OPPOSITE: Readonly<Record<string, string>> = { R: 'L', L: 'R', A: 'P', P: 'A', H: 'F', F: 'H', M: 'L' };

/** `[1, 0, 0]` is `L`; an oblique direction has up to three letters, the strongest first. */
export function lettersOf(direction: Vector): string {
  const size = Math.hypot(...direction) || 1;
  return direction
    .map((it, axis) => ({ share: Math.abs(it) / size, letter: (it > 0 ? 'LPH' : 'RAF').charAt(axis) }))
    .filter((it) => it.share > WORTH)
    .sort((one, other) => other.share - one.share)
    .map((it) => it.letter)
    .join('');
}

/** The other end: `LA` becomes `RP`. */
export function opposite(letters: string): string {
  return [...letters].map((it) => OPPOSITE[it] ?? it).join('');
}

/**
 * Letters for a picture that has no place in the patient and says only which way its rows and columns run (Patient
 * Orientation). `direction` is in the picture's own axes: first along the rows, then along the columns.
 */
export function lettersIn(toward: readonly [string, string], direction: readonly [number, number]): string {
  const [along, down] = direction;
  const axis = Math.abs(along) >= Math.abs(down) ? 0 : 1;
  const letters = toward[axis];
  return (axis === 0 ? along : down) >= 0 ? letters : opposite(letters);
}
