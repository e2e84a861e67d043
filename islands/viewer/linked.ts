// Panes that scroll together: to the same place in the patient, or side by side as they were when they were linked.
import type { Pane } from './pane';
import { bodyOf, nearest } from './series';
import { dot } from './vector';

export class Linked {
  on = false;
  /** Two examinations do not lie in the same place: what was side by side when they were linked stays so. */
  private readonly shifts = new Map<string, number>();

  constructor(
    private readonly panes: () => readonly Pane[],
    private readonly front: () => Pane | undefined,
  ) {}

  toggle(): void {
    this.on = !this.on;
    this.shifts.clear();
    const lead = this.front();
    for (const pane of this.panes()) {
      pane.linked = this.on && pane.frame !== undefined;
      const there = pane.series ? bodyOf(pane.series.frames) : undefined;
      const [here, it] = [lead?.frame?.place, pane.frame?.place];
      const sameBody = lead?.frame?.frameOfReference === pane.frame?.frameOfReference;
      if (this.on && there?.kind === 'body' && here && it && !sameBody) this.shifts.set(pane.id, dot(it.position, there.normal) - dot(here.position, there.normal));
      pane.refresh();
    }
  }

  /** The pane has moved: the others go with it. */
  moved(pane: Pane): void {
    if (!this.on || !pane.linked || pane !== this.front() || !pane.frame) return;
    for (const it of this.panes()) if (it !== pane && it.linked) this.follow(pane, it);
  }

  /** Linked panes go to the same place in the patient; without one, to the same share of the stack. */
  private follow(pane: Pane, other: Pane): void {
    const { frame, series } = pane;
    if (!frame || !series || !other.series) return;
    const [here, there] = [bodyOf(series.frames), bodyOf(other.series.frames)];
    if (here.kind === 'body' && there.kind === 'body' && frame.place && Math.abs(dot(here.normal, there.normal)) > 0.95) {
      const shift = this.shifts.get(other.id) ?? 0;
      other.go(nearest(other.series.frames, there.normal, dot(frame.place.position, there.normal) + shift));
    } else {
      const share = pane.at / Math.max(1, series.frames.length - 1);
      other.go(Math.round(share * (other.series.frames.length - 1)));
    }
  }
}
