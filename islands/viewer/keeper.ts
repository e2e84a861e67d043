// Brings what is drawn and what is kept together: for each study that is open, what was saved comes back, and what is drawn
// goes out.
import type { RenderingEngine } from '@cornerstonejs/core';

import { el } from '../lib/dom';
import type { Say } from '../lib/words';
import { archFrom, type KeptArch, marksOn, wireArches } from './arches';
import type { Frame } from './frame';
import { imageId } from './images';
import type { Given, KeyImage, Mark, Marks } from './marks';
import type { Length } from './rulers';
import { Saving, type State } from './saving';
import type { Point } from './spline';
import type { Study } from './study';
import type { Window } from './windows';
import { markFrom, nameOf, setOf, type WireSet, type WireVersion } from './wire';

/** The graver, the later. */
const ORDER: readonly State['kind'][] = ['none', 'saved', 'opening', 'waiting', 'away', 'locked', 'refused'];

export class Keeper {
  /** How far the saving is, in words. */
  readonly element = el('p', { class: 'hv-saved', role: 'status', 'data-testid': 'saved' });
  private readonly savings = new Map<string, Saving>();
  private readonly studies: Study[] = [];
  private readonly looks = new Map<string, Window>();
  private readonly arches = new Map<string, KeptArch>();
  private readonly tab = globalThis.crypto?.randomUUID?.() ?? 'tab';
  private last: Saving | undefined;
  private readonly unload = (event: BeforeUnloadEvent) => [...this.savings.values()].some((it) => it.isAtRisk) && event.preventDefault();
  private readonly left = () => this.savings.forEach((it) => it.leave());
  private readonly shownOrNot = () => document.visibilityState === 'hidden' && this.savings.forEach((it) => it.flush());

  constructor(
    private readonly say: Say,
    private readonly marks: Marks,
    /** Nothing for whoever may only look. */
    private readonly token: string | undefined,
    private readonly engine: () => RenderingEngine | undefined,
    private readonly told: () => void,
  ) {
    window.addEventListener('beforeunload', this.unload);
    window.addEventListener('pagehide', this.left);
    document.addEventListener('visibilitychange', this.shownOrNot);
  }

  close(): void {
    window.removeEventListener('beforeunload', this.unload);
    window.removeEventListener('pagehide', this.left);
    document.removeEventListener('visibilitychange', this.shownOrNot);
    for (const it of this.savings.values()) it.close();
  }

  /** Opens the marks of a study; without an address they live in this window only. */
  open(study: Study, address: string | undefined): void {
    this.studies.push(study);
    if (!address) return;
    const saving: Saving = new Saving(study.uid, address, this.token, this.tab, {
      opened: (mine, others) => this.opened(study, saving, mine, others),
      behind: (mine) => {
        this.putBack(study, mine.set);
        this.draw();
        saving.offer(this.setOf(study.uid));
      },
      told: () => {
        this.last = saving;
        this.told();
      },
    });
    this.savings.set(study.uid, saving);
    void saving.open();
  }

  /** Everything that is drawn, on slices and along arches. */
  given(): Given {
    const { marks, keyImages } = this.marks.given();
    return { marks: [...marks, ...marksOn(this.arches)], keyImages };
  }

  /** Something was drawn, changed or taken away. */
  changed(): void {
    for (const [study, saving] of this.savings) saving.offer(this.setOf(study));
  }

  /** How a picture was seen when it was marked. */
  saw(frame: Frame, window: Window): void {
    const whole = (value: number) => Math.round(value * 100) / 100;
    this.looks.set(nameOf(frame), { centre: whole(window.centre), width: whole(window.width) });
  }

  arch(series: string): KeptArch | undefined {
    return this.arches.get(series);
  }

  drewArch(study: string, series: string, frameOfReference: string, left: { points: Point[]; lengths: Length[] }): void {
    this.arches.set(series, { study, frameOfReference, ...left });
  }

  /** Whether there is anything to keep; if so, it is kept. */
  keep(): boolean {
    const full = [...this.savings].filter(([study]) => {
      const set = this.setOf(study);
      return set.marks.length > 0 || set.keyImages.length > 0;
    });
    for (const [, saving] of full) saving.keepNow();
    return full.length > 0;
  }

  get maySave(): boolean {
    return [...this.savings.values()].some((it) => it.maySave);
  }

  private get hasDrawn(): boolean {
    const { marks, keyImages } = this.given();
    return marks.length + keyImages.length > 0;
  }

  /** Says it again only when it is something else: a screen reader reads every change aloud. */
  tell(): void {
    const { text, trouble } = this.words();
    if (this.element.textContent !== text) this.element.textContent = text;
    this.element.classList.toggle('hv-saved-trouble', trouble);
  }

  /** How far it is, the gravest first; whether somebody must know. */
  private words(): { text: string; trouble: boolean } {
    const { say } = this;
    const all = [...this.savings.values()].sort((one, other) => ORDER.indexOf(other.state.kind) - ORDER.indexOf(one.state.kind));
    const gravest = all[0]?.state;
    const state = this.last && this.last.state.kind === gravest?.kind ? this.last.state : gravest;
    if (this.savings.size > 0 && !this.maySave && this.hasDrawn) return { text: say('この画面の計測は保存されません(保存する権限がありません)。', 'Marks are not saved: you may not write on these images.'), trouble: true };
    return stateWords(state ?? { kind: 'none' }, say);
  }

  private opened(study: Study, saving: Saving, mine: WireVersion | undefined, others: readonly WireVersion[]): void {
    const before = this.setOf(study.uid);
    const clean = before.marks.length + before.keyImages.length + before.arches.length === 0;
    if (mine) this.putBack(study, mine.set);
    for (const it of others) this.putForeign(study, it);
    this.draw();
    if (clean) saving.settle(this.setOf(study.uid));
    else saving.offer(this.setOf(study.uid));
    this.told();
  }

  private putBack(study: Study, set: WireSet): void {
    this.marks.restore(...this.read(study, set), (it) => image(study, it));
    for (const it of set.looks) if (!this.looks.has(nameOf(it.picture))) this.looks.set(nameOf(it.picture), { centre: it.centre, width: it.width });
    for (const it of set.arches) {
      if (this.arches.has(it.series)) continue;
      const frame = study.series.find((series) => series.uid === it.series)?.frames[0];
      this.arches.set(it.series, archFrom(it, set.marks, study.uid, frame?.frameOfReference ?? ''));
    }
  }

  private putForeign(study: Study, version: WireVersion): void {
    const author = { name: version.author, facility: version.facility, at: version.savedAt };
    this.marks.showForeign(author, ...this.read(study, version.set), (it) => image(study, it));
  }

  /** Lengths along an arch come back with their arch, not here. */
  private read(study: Study, set: WireSet): [Mark[], KeyImage[]] {
    const marks = set.marks.filter((it) => !it.onArch).map((it) => markFrom(it, study.uid));
    return [marks, set.keyImages.map((it) => ({ study: study.uid, ...it }))];
  }

  private setOf(study: string): WireSet {
    const { marks, keyImages } = this.given();
    return setOf(study, marks, keyImages, this.looks, wireArches(this.arches, study));
  }

  private draw(): void {
    this.engine()?.render();
  }

  /** Which study a mark belongs to that lies on no picture: the one that shares its frame of reference. */
  whose(frameOfReference: string): { study: string; series: string } | undefined {
    for (const study of this.studies) {
      for (const series of study.series) {
        const frame = series.frames[0];
        if (frame && (frame.frameOfReference || series.uid) === frameOfReference) return { study: study.uid, series: series.uid };
      }
    }
    return undefined;
  }
}

function image(study: Study, mark: Mark): string | undefined {
  if (mark.sop === '') return undefined;
  const series = study.series.find((it) => it.uid === mark.series);
  const frame = series?.frames.find((it) => it.sop === mark.sop && it.frame === mark.frame);
  return frame && imageId(study, frame);
}

function whyWords(why: Extract<State, { kind: 'refused' }>['why'], say: Say): string {
  if (why === 'much') return say('計測が多すぎます。いらないものを消すと保存できます。', 'There are too many: remove some, and they can be saved.');
  if (why === 'denied') return say('この画像に書き込む権限がないか、画面が古くなっています。画面を開き直してください。', 'You may not write on these images, or this page is out of date. Open it again.');
  return say(why.ja, why.en);
}

function stateWords(state: State, say: Say): { text: string; trouble: boolean } {
  switch (state.kind) {
    case 'none':
    case 'opening':
      return { text: '', trouble: false };
    case 'waiting':
      return { text: say('計測を保存しています…', 'Saving the marks…'), trouble: false };
    case 'saved':
      return state.objects === undefined
        ? { text: say(`計測を保存しました ${state.at}`, `Marks saved ${state.at}`), trouble: false }
        : { text: say(`計測を残しました ${state.at}(DICOM ${state.objects} 件)`, `Marks kept ${state.at} (${state.objects} DICOM objects)`), trouble: false };
    case 'away':
      return { text: say('通信が途切れています。計測はこの画面に残っています。つながりしだい保存します。', 'The connection is broken. The marks are still here, and are saved as soon as it is back.'), trouble: true };
    case 'locked':
      return { text: say('画面がロックされました。別のタブでHarukaを開いて解除すると、計測を保存します。', 'The screen is locked. Unlock Haruka in another tab, and the marks are saved.'), trouble: true };
    case 'refused':
      return { text: say('計測を保存できません。', 'The marks cannot be saved. ') + whyWords(state.why, say), trouble: true };
  }
}
