// The plane that cuts: which way it faces, where it lies, how it is tilted, which side stays.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import { type Cut, cross, dot, plus, times, unit, type Vec } from './vec';

/** A step of the slider in mm. */
const STEP_MM = 0.05;

export type Facing = 'x' | 'y' | 'z' | 'eye';
const AXES: Record<'x' | 'y' | 'z', Vec> = { x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1] };

/**
 * The plane through the point `offset_mm` from `middle` along its own direction, which is `base` tilted by two angles around two
 * directions that lie in the plane; `flipped` keeps the other side.
 */
export function cutOf(base: Vec, middle: Vec, offset_mm: number, tilt_deg: number, swing_deg: number, flipped: boolean): Cut {
  const first = unit(cross(base, Math.abs(base[2]) > 0.9 ? [0, 1, 0] : [0, 0, 1]));
  const tilted = around(unit(base), first, tilt_deg);
  const second = unit(cross(tilted, first));
  const facing = around(tilted, second, swing_deg);
  const through = plus(middle, times(facing, offset_mm));
  const normal = flipped ? facing : times(facing, -1);
  return { normal, constant: -dot(normal, through) };
}

/** `v` turned around `axis` (of length one); Rodrigues' formula. */
function around(v: Vec, axis: Vec, deg: number): Vec {
  const [c, s] = [Math.cos((deg * Math.PI) / 180), Math.sin((deg * Math.PI) / 180)];
  return plus(plus(times(v, c), times(cross(axis, v), s)), times(axis, dot(axis, v) * (1 - c)));
}

export interface CutActs {
  /** The plane as it is now; nothing when there is none. */
  changed(cut: Cut | undefined): void;
  /** What is shown: its middle and half its size. */
  box(): { middle: Vec; radius_mm: number } | undefined;
  direction(): Vec;
  middle(): Vec;
  /** Looks straight onto the plane. */
  face(direction: Vec): void;
}

export class Cutting {
  readonly element = el('section', { class: 'hm-card', hidden: true, 'data-testid': 'cutting' });
  cut: Cut | undefined;
  private facing: Facing = 'y';
  private base: Vec = AXES.y;
  private at: Vec = [0, 0, 0];
  private flipped = false;
  private readonly offset = this.slider('cut-offset', STEP_MM);
  private readonly tilt = this.slider('cut-tilt', 1);
  private readonly swing = this.slider('cut-swing', 1);
  private readonly shown = el('output', {});

  constructor(
    private readonly say: Say,
    private readonly acts: CutActs,
  ) {
    for (const it of [this.tilt, this.swing]) {
      it.min = '-90';
      it.max = '90';
    }
    this.draw();
  }

  get on(): boolean {
    return this.cut !== undefined;
  }

  toggle(): void {
    if (this.cut) {
      this.cut = undefined;
      this.element.hidden = true;
      this.acts.changed(undefined);
      return;
    }
    this.element.hidden = false;
    this.choose(this.facing);
  }

  /** Moves the plane by steps of the slider. */
  nudge(steps: number): void {
    if (!this.cut) return;
    this.offset.value = String(Number(this.offset.value) + steps * STEP_MM * 4);
    this.tell();
  }

  private slider(id: string, step: number): HTMLInputElement {
    const made = el('input', { type: 'range', step, value: 0, 'data-testid': id });
    made.addEventListener('input', () => this.tell());
    return made;
  }

  private choose(facing: Facing): void {
    const box = this.acts.box();
    const middle = box?.middle ?? [0, 0, 0];
    this.facing = facing;
    // Across the line of sight, through the point that is looked at.
    this.base = facing === 'eye' ? times(this.acts.direction(), -1) : AXES[facing];
    this.at = facing === 'eye' ? this.acts.middle() : middle;
    const reach_mm = Math.ceil((box?.radius_mm ?? 50) * 1.05);
    this.offset.min = String(-reach_mm);
    this.offset.max = String(reach_mm);
    for (const it of [this.offset, this.tilt, this.swing]) it.value = '0';
    this.draw();
    this.tell();
  }

  private tell(): void {
    this.cut = cutOf(this.base, this.at, Number(this.offset.value), Number(this.tilt.value), Number(this.swing.value), this.flipped);
    this.shown.value = this.say(`位置 ${Number(this.offset.value).toFixed(2)} mm・傾き ${this.tilt.value}°/${this.swing.value}°`, `At ${Number(this.offset.value).toFixed(2)} mm, tilted ${this.tilt.value}°/${this.swing.value}°`);
    this.acts.changed(this.cut);
  }

  private draw(): void {
    const { say } = this;
    const names: Record<Facing, string> = { x: say('左右', 'Sides'), y: say('前後', 'Front–back'), z: say('上下', 'Height'), eye: say('視線', 'Sight') };
    const focused = this.element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset['testid'] : undefined;
    const ways = (Object.keys(names) as Facing[]).map((it) => el('button', { type: 'button', class: 'hm-button', 'aria-pressed': String(this.facing === it), 'data-testid': `cut-${it}`, onclick: () => this.choose(it) }, names[it]));
    put(
      this.element,
      el('h2', {}, say('断面', 'Cut')),
      el('div', { class: 'hm-row', role: 'group', 'aria-label': say('切る向き', 'Direction of the cut') }, ...ways),
      el('label', { class: 'hm-slide' }, el('span', {}, say('動かす', 'Move')), this.offset),
      el('label', { class: 'hm-slide' }, el('span', {}, say('傾ける(1)', 'Tilt 1')), this.tilt),
      el('label', { class: 'hm-slide' }, el('span', {}, say('傾ける(2)', 'Tilt 2')), this.swing),
      this.shown,
      el(
        'div',
        { class: 'hm-row' },
        el('button', { type: 'button', class: 'hm-button', 'data-testid': 'cut-flip', onclick: () => ((this.flipped = !this.flipped), this.tell()) }, say('反対側を残す', 'Other side')),
        el('button', { type: 'button', class: 'hm-button', 'data-testid': 'cut-face', onclick: () => this.cut && this.acts.face(this.cut.normal) }, say('断面を正面から', 'Face the cut')),
      ),
      el('p', { class: 'hm-hint' }, say('「距離」で断面の線の近くを押すと、線の上に点が付きます。', 'With “Distance”, a click near the line of the cut lands on it.')),
    );
    if (focused) this.element.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus();
  }
}
