// The distance between two versions at every vertex of the first, done in slices: a million vertices take seconds.
import { apart, signed } from './distance';
import { type Heat, REACH_MM, summary } from './heat';
import type { Solid } from './solid';

/** Rounding must not hide the nearest place from a search that is told how far to look. */
const SLACK_MM = 0.001;
/** Vertices between two looks at the clock. */
const SLICE = 256;

export class Comparison {
  readonly #distances: Float32Array;
  #next = 0;

  constructor(
    readonly of: Solid,
    readonly to: Solid,
  ) {
    this.#distances = new Float32Array(of.vertices);
  }

  /** How far it is, from 0 to 1. */
  get done(): number {
    return this.#next / this.#distances.length;
  }

  /** Goes on until all is done, or `enough` says so. True when all is done. */
  go(enough: () => boolean): boolean {
    const { of, to } = this;
    while (this.#next < this.#distances.length) {
      const until = Math.min(this.#next + SLICE, this.#distances.length);
      for (; this.#next < until; this.#next += 1) {
        const at = of.place(this.#next);
        // A neighbour's distance and the way to it bound this one, and a short search is a quick one.
        const before = this.#next > 0 ? Math.abs(this.#distances[this.#next - 1]!) : NaN;
        const bound = Number.isNaN(before) ? REACH_MM : Math.min(REACH_MM, before + apart(at, of.place(this.#next - 1)) + SLACK_MM);
        this.#distances[this.#next] = signed(to, at, bound) ?? (bound < REACH_MM ? signed(to, at, REACH_MM) : undefined) ?? NaN;
      }
      if (enough()) break;
    }
    return this.#next >= this.#distances.length;
  }

  /** What was found, once all is done. */
  heat(): Heat {
    return { distances: this.#distances, summary: summary(this.#distances, this.of.areas()) };
  }
}
