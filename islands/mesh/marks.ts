// What has been measured: distances, thicknesses, deviations. Lines and numbers over the picture, the same as a list beside it.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import { apart } from './distance';
import type { Overlay } from './overlay';
import type { Vec } from './vec';
import { errorMm, mm } from './words';

/** More numbers than these over a picture hide it. */
const MARKS_MAX = 40;

interface Mark {
  words: string;
  /** The number that stands over the picture. */
  number: HTMLElement;
  remove: (() => void)[];
}

export class Marks {
  readonly element = el('section', { class: 'hm-card', hidden: true, 'data-testid': 'marks' });
  private readonly marks: Mark[] = [];
  /** The first end of a distance. */
  private first: { at: Vec; error_mm: number; remove: () => void } | undefined;

  constructor(
    private readonly say: Say,
    private readonly overlay: Overlay,
    private readonly tell: (words: string) => void,
  ) {}

  /** One end of a distance; the second ends it. `error_mm` is that of the level that was touched. */
  end(at: Vec, error_mm: number): void {
    const { say } = this;
    if (!this.first) {
      this.first = { at, error_mm, remove: this.overlay.tag(at, el('span', { class: 'hm-dot' })) };
      this.tell(say('1点目を置きました。2点目を押してください。', 'The first point is set. Choose the second.'));
      return;
    }
    const { first } = this;
    this.first = undefined;
    const length_mm = apart(first.at, at);
    this.add(say('距離', 'Distance'), mm(length_mm), first.error_mm + error_mm, [[(first.at[0] + at[0]) / 2, (first.at[1] + at[1]) / 2, (first.at[2] + at[2]) / 2], first.at, at], [first.remove, this.overlay.tag(at, el('span', { class: 'hm-dot' })), this.overlay.stroke(first.at, at)]);
  }

  thickness(at: Vec, found: { thickness_mm: number; to: Vec } | undefined, error_mm: number): void {
    const { say } = this;
    if (!found) {
      this.tell(say('ここでは厚さを測れません。向かい側の面がない(開いた形の)ところです。', 'There is no thickness here: the surface is open, with no opposite wall.'));
      return;
    }
    this.add(say('厚さ', 'Thickness'), mm(found.thickness_mm), 2 * error_mm, [at, at, found.to], [this.overlay.tag(at, el('span', { class: 'hm-dot' })), this.overlay.stroke(at, found.to)]);
  }

  /** A deviation that was read at a point. */
  deviation(at: Vec, words: string, error_mm: number): void {
    this.add(this.say('差', 'Deviation'), words, error_mm, [at], [this.overlay.tag(at, el('span', { class: 'hm-dot' }))]);
  }

  /** Takes a half of a distance away. True when there was one. */
  drop(): boolean {
    this.first?.remove();
    const was = this.first !== undefined;
    this.first = undefined;
    return was;
  }

  clear(): void {
    this.drop();
    for (const it of this.marks.splice(0)) for (const remove of it.remove) remove();
    this.show();
    this.tell(this.say('計測を消しました。', 'Measurements removed.'));
  }

  private add(what: string, value: string, error_mm: number, [middle]: Vec[], remove: (() => void)[]): void {
    const words = this.say(`${what} ${value}(形の誤差 約 ${errorMm(error_mm)})`, `${what} ${value} (error of the level about ${errorMm(error_mm)})`);
    const number = el('span', { class: 'hm-number' }, value);
    this.marks.push({ words, number, remove: [...remove, this.overlay.tag(middle!, number)] });
    if (this.marks.length > MARKS_MAX) for (const it of this.marks.shift()!.remove) it();
    this.show();
    this.tell(words);
  }

  private show(): void {
    const { say, marks } = this;
    this.element.hidden = marks.length === 0;
    marks.forEach((it, at) => it.number.setAttribute('data-number', String(at + 1)));
    put(
      this.element,
      el('h2', {}, say('計測', 'Measurements')),
      el('p', { class: 'hm-hint' }, say('計測は保存されません。残すときはメモに書いてください。', 'Measurements are not kept. Write a note of what should stay.')),
      el(
        'ol',
        { class: 'hm-marks' },
        ...marks.map((it, at) =>
          el('li', {}, el('span', {}, it.words), el('button', { type: 'button', class: 'hm-button', 'aria-label': say(`${at + 1}番の計測を消す`, `Remove measurement ${at + 1}`), onclick: () => this.remove(it) }, say('消す', 'Remove'))),
        ),
      ),
      el('button', { type: 'button', class: 'hm-button', 'data-testid': 'marks-clear', onclick: () => this.clear() }, say('すべて消す', 'Remove all')),
    );
  }

  private remove(mark: Mark): void {
    for (const it of mark.remove) it();
    this.marks.splice(this.marks.indexOf(mark), 1);
    this.show();
  }
}
