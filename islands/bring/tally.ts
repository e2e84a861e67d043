// What became of the files, and how far we are. Values only.

export type Outcome = 'stored' | 'already-here' | 'skipped' | 'not-taken';

export interface Told {
  readonly place: string;
  readonly outcome: Outcome;
  readonly why: string;
}

export class Tally {
  readonly told: Told[] = [];
  private readonly counts: Record<Outcome, number> = { stored: 0, 'already-here': 0, skipped: 0, 'not-taken': 0 };

  constructor(readonly all: number) {}

  add(told: Told): void {
    this.told.push(told);
    this.counts[told.outcome] += 1;
  }

  count(outcome: Outcome): number {
    return this.counts[outcome];
  }

  get done(): number {
    return this.told.length;
  }

  get isDone(): boolean {
    return this.done >= this.all;
  }

  /** What somebody should read: not the hundreds that went well. */
  get notable(): { place: string; outcome: Outcome; why: string }[] {
    const rank: Record<Outcome, number> = { 'not-taken': 0, skipped: 1, 'already-here': 2, stored: 3 };
    return this.told
      .filter((it) => it.outcome === 'not-taken' || it.outcome === 'skipped')
      .sort((a, b) => rank[a.outcome] - rank[b.outcome] || (a.place < b.place ? -1 : 1));
  }
}
