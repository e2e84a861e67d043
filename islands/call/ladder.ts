// What we send to one person: down the ladder when the way is too narrow, up again when it has been wide for a while.
// Sound is never given up; the last step down waits longer, because a visit needs a picture.

export interface Rung {
  readonly name: '480p' | '360p' | '180p' | 'sound';
  readonly height: number;
  readonly frames: number;
  readonly kbit_s: number;
}

export const RUNGS: readonly Rung[] = [
  { name: '480p', height: 480, frames: 24, kbit_s: 700 },
  { name: '360p', height: 360, frames: 15, kbit_s: 400 },
  { name: '180p', height: 180, frames: 12, kbit_s: 150 },
  { name: 'sound', height: 0, frames: 0, kbit_s: 0 },
];

export interface Way {
  /** What the other side says it lost of ours, 0 to 1. */
  loss: number;
  rtt_ms: number | null;
  /** What the browser thinks would pass; null when it does not say. */
  available_kbit_s: number | null;
}

const DOWN_AFTER = 2;
const SOUND_AFTER = 4;
const UP_AFTER = 8;
const UP_AFTER_MAX = 64;
/** A step up that fails within so many samples doubles the wait for the next. */
const REGRET = 5;

export class Ladder {
  private place: number;
  private bad = 0;
  private fine = 0;
  private upAfter = UP_AFTER;
  private sinceUp = Number.POSITIVE_INFINITY;

  /** `top` is the best rung allowed: phones and full rooms start lower. */
  constructor(private top: number) {
    this.place = top;
  }

  get rung(): Rung {
    return RUNGS[this.place] as Rung;
  }

  /** Limits the best rung (a phone, more people, a person's wish for less). */
  limit(top: number): Rung {
    this.top = Math.min(Math.max(0, top), RUNGS.length - 2);
    if (this.place < this.top) this.place = this.top;
    return this.rung;
  }

  get limitedTo(): number {
    return this.top;
  }

  /** One sample, every two seconds, of a line on which something comes: a broken one says nothing about how wide it is. */
  see(way: Way): Rung {
    this.sinceUp += 1;
    const need = this.rung.kbit_s;
    const available = way.available_kbit_s;
    const bad = way.loss > 0.08 || (way.rtt_ms ?? 0) > 1_500 || (available !== null && available < need * 0.6);
    const fine = way.loss < 0.03 && (way.rtt_ms ?? 0) < 800 && (available === null || available >= need);
    this.bad = bad ? this.bad + 1 : 0;
    this.fine = fine ? this.fine + 1 : 0;
    const last = RUNGS.length - 1;
    const patience = this.place === last - 1 ? SOUND_AFTER : DOWN_AFTER;
    if (this.bad >= patience && this.place < last) {
      if (this.sinceUp <= REGRET) this.upAfter = Math.min(UP_AFTER_MAX, this.upAfter * 2);
      this.step(1);
    } else if (this.fine >= this.upAfter && this.place > this.top) {
      this.step(-1);
      this.sinceUp = 0;
    }
    return this.rung;
  }

  /** The line was broken and is whole again: what was seen before is forgotten, and a picture is tried once more. */
  anew(): Rung {
    this.place = Math.min(this.place, RUNGS.length - 2);
    this.bad = 0;
    this.fine = 0;
    this.upAfter = UP_AFTER;
    this.sinceUp = Number.POSITIVE_INFINITY;
    return this.rung;
  }

  private step(by: number): void {
    this.place += by;
    this.bad = 0;
    this.fine = 0;
  }
}

/** The best rung for a browser: 480p for a computer with one other person, 360p for phones, 180p on a phone among many. */
export function topFor(phone: boolean, others: number): number {
  return Math.min((phone ? 1 : 0) + (others > 2 ? 1 : 0), 2);
}
