// Looking at pictures together: tells the page where the person here is and points, goes where somebody else shows, and draws
// the others' pointers. Only places come and go; each viewer fetches and checks its pictures itself.
import { Enums } from '@cornerstonejs/core';

import { el } from '../lib/dom';
import type { Pointing } from '../lib/wire';
import type { Frame } from './frame';
import type { Pane } from './pane';
import { found, lies } from './places';
import type { Series } from './series';
import type { Study } from './study';

/** A pointer is told so often at most: smooth enough for an eye, far below what the line allows. */
const TELL_MS = 80;

export interface SharedHost {
  /** Where events are told. */
  element: HTMLElement;
  stage: HTMLElement;
  panes(): readonly Pane[];
  front(): Pane | undefined;
  studies(): readonly Study[];
  /** Whether single pictures are on screen: planes that each cuts for oneself have no place in common. */
  isPictures(): boolean;
  open(study: Study, series: Series, pane: Pane, at: number): Promise<void>;
}

/** What became of going to a place. */
export type Went = 'there' | 'elsewhere' | 'unknown';

export class Shared {
  private next: Pointing | undefined;
  private timer = 0;
  /** Where our own pointer rests: a wheel turns pictures under it. */
  private rests: { pane: Pane; x: number; y: number } | undefined;
  /** The others' pointers, by person. */
  private readonly fingers = new Map<string, { name: string; place: Pointing; marks: Map<Pane, HTMLElement> }>();
  private readonly moved = (event: PointerEvent): void => this.point(event);
  private readonly left = (): void => this.beside();
  private readonly drawn = (): void => this.place();

  constructor(private readonly host: SharedHost) {
    host.stage.addEventListener('pointermove', this.moved);
    host.stage.addEventListener('pointerleave', this.left);
    // The event of the picture does not bubble.
    host.stage.addEventListener(Enums.Events.IMAGE_RENDERED, this.drawn, true);
  }

  close(): void {
    clearTimeout(this.timer);
    this.host.stage.removeEventListener('pointermove', this.moved);
    this.host.stage.removeEventListener('pointerleave', this.left);
    this.host.stage.removeEventListener(Enums.Events.IMAGE_RENDERED, this.drawn, true);
    [...this.fingers.keys()].forEach((it) => this.finger(it, '', undefined));
  }

  /** The pane shows another picture; `byHand` when the person here wanted it. */
  arrived(pane: Pane, byHand: boolean): void {
    this.place();
    if (!byHand || pane !== this.host.front() || !pane.frame) return;
    const { rests } = this;
    this.tell(pane.frame, (rests?.pane === pane && pane.inPicture(rests.x, rests.y)) || null, true);
  }

  /** Goes where somebody else is. */
  async go(to: Pointing): Promise<Went> {
    const { host } = this;
    if (!host.isPictures()) return 'elsewhere';
    const target = found(host.studies(), to);
    const pane = host.panes().find((it) => target && it.series === target.series) ?? host.front();
    if (!target || !pane) return 'unknown';
    if (pane.series === target.series) pane.go(target.at, false);
    else await host.open(target.study, target.series, pane, target.at);
    return 'there';
  }

  /** Draws where somebody points; without a place, or with none on a picture, nothing. */
  finger(person: string, name: string, place: Pointing | undefined): void {
    const known = this.fingers.get(person);
    if (!place) {
      known?.marks.forEach((it) => it.remove());
      this.fingers.delete(person);
      return;
    }
    this.fingers.set(person, { name, place, marks: known?.marks ?? new Map<Pane, HTMLElement>() });
    this.place();
  }

  private place(): void {
    const panes = this.host.panes();
    for (const { name, place, marks } of this.fingers.values()) {
      for (const [pane, mark] of marks) {
        if (panes.includes(pane)) continue;
        mark.remove();
        marks.delete(pane);
      }
      for (const pane of panes) {
        const at = place.at && pane.frame && lies(place, pane.frame) && this.host.isPictures() ? pane.onStage(place.at) : undefined;
        const known = marks.get(pane);
        if (known) known.hidden = at === undefined;
        if (!at) continue;
        const mark = known ?? pane.element.appendChild(el('div', { class: 'hv-finger', 'data-testid': 'finger' }, el('span', {}, name)));
        marks.set(pane, mark);
        mark.style.transform = `translate(${at[0]}px, ${at[1]}px)`;
        mark.dataset['at'] = place.at?.map((it) => Math.round(it)).join(' ') ?? '';
      }
    }
  }

  private point(event: PointerEvent): void {
    if (!this.host.isPictures()) return;
    const pane = this.host.panes().find((it) => event.target instanceof Node && it.element.contains(event.target));
    if (!pane?.frame) return;
    this.rests = { pane, x: event.clientX, y: event.clientY };
    this.tell(pane.frame, pane.inPicture(event.clientX, event.clientY) ?? null, false);
  }

  private beside(): void {
    this.rests = undefined;
    const frame = this.host.front()?.frame;
    if (frame) this.tell(frame, null, false);
  }

  /** Told at once, then at intervals: the newest place counts, and that the person went there is not lost on the way. */
  private tell(frame: Frame, at: [number, number] | null, goes: boolean): void {
    const before = this.next;
    const stays = before && before.instance === frame.sop && before.frame === frame.frame;
    this.next = { study: frame.study, series: frame.series, instance: frame.sop, frame: frame.frame, at, goes: goes || (stays === true && before.goes) };
    if (this.timer) return;
    this.send();
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.send();
    }, TELL_MS);
  }

  private send(): void {
    if (!this.next) return;
    this.host.element.dispatchEvent(new CustomEvent('haruka-here', { bubbles: true, detail: this.next }));
    this.next = undefined;
  }
}
