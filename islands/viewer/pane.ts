// One picture on the stage, out of one series: scrolling, window, turning, cine, and what is written over it.
import { Enums, type Types } from '@cornerstonejs/core';

import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import { Refused } from './digests';
import { scrollsByHand } from './drag';
import type { Frame } from './frame';
import { imageId, picture, ready } from './images';
import { lettersIn, lettersOf, opposite } from './letters';
import type { Foreign } from './marks';
import { Overlay } from './overlay';
import type { Series } from './series';
import { faultOf, type Study } from './study';
import { minus, type Vector } from './vector';
import { type Preset, presetsFor, rangeOf, type Window, windowOf } from './windows';
import { faultHelp, faultWords } from './words';

export interface PaneActs {
  /** Somebody works in this pane now. */
  chosen(pane: Pane): void;
  /** The pane shows another picture; `byHand` when it was not another viewer that wanted it. */
  moved(pane: Pane, byHand: boolean): void;
  isKey(frame: Frame): boolean;
  /** What others have left on a picture, and whether marks are out of sight. */
  marked(frame: Frame): { foreign: readonly Foreign[]; hidden: boolean };
  /** Whether a hand on the picture scrolls. */
  scrolls(): boolean;
}

export class Pane {
  readonly element: HTMLElement;
  readonly overlay: Overlay;
  readonly stage: HTMLElement;
  study: Study | undefined;
  series: Series | undefined;
  linked = false;
  /** What is on screen; −1 before the first picture. */
  at = -1;
  private wanted = -1;
  /** Whether the person here wants it. */
  private byHand = true;
  private busy = false;
  private turned_deg = 0;
  private mirrored = false;
  private readonly plate: HTMLElement;
  private readonly slider: HTMLInputElement;
  private cine = 0;
  private wheel = 0;
  private showing = 0;
  /** A picture that has not come is waited for. */
  private waits = false;
  private leave: () => void = () => undefined;

  constructor(
    readonly id: string,
    private readonly engine: Types.IRenderingEngine,
    private readonly say: Say,
    private readonly acts: PaneActs,
  ) {
    this.overlay = new Overlay(say);
    this.stage = el('div', { class: 'hv-picture', oncontextmenu: (event: Event) => event.preventDefault() });
    this.plate = el('div', { class: 'hv-plate', 'data-testid': 'plate' });
    this.slider = el('input', { type: 'range', min: '1', max: '1', value: '1', class: 'hv-slider', 'aria-label': say('スライスの位置', 'Slice'), oninput: () => this.go(Number(this.slider.value) - 1) });
    this.element = el(
      'section',
      { class: 'hv-pane', 'data-testid': 'pane', 'aria-label': say('画像', 'Image'), onpointerdown: () => acts.chosen(this), onfocusin: () => acts.chosen(this) },
      this.stage,
      this.overlay.element,
      this.plate,
      this.slider,
    );
    this.stage.addEventListener('wheel', (event) => this.wheeled(event), { passive: false });
    scrollsByHand(this.stage, () => acts.scrolls(), () => this.series?.frames.length ?? 0, (by) => this.scroll(by));
    this.stage.addEventListener(Enums.Events.IMAGE_RENDERED, () => this.refresh());
    this.note(say('左の一覧からシリーズを選んでください。', 'Choose a series from the list.'));
  }

  /** To be called when the element stands on the page. */
  enable(): void {
    this.engine.enableElement({ viewportId: this.id, type: Enums.ViewportType.STACK, element: this.stage as HTMLDivElement, defaultOptions: { background: [0, 0, 0] } });
  }

  close(): void {
    this.stop();
    this.showing += 1;
    this.engine.disableElement(this.id);
    this.element.remove();
  }

  get viewport(): Types.IStackViewport {
    return this.engine.getViewport(this.id) as Types.IStackViewport;
  }

  get frame(): Frame | undefined {
    return this.series?.frames[this.at];
  }

  /** Opens a series in the middle, or at `at`. */
  async show(study: Study, series: Series, at = Math.floor(series.frames.length / 2), byHand = true): Promise<void> {
    this.stop();
    this.showing += 1;
    const mine = this.showing;
    Object.assign(this, { study, series, at: -1, wanted: at, byHand, turned_deg: 0, mirrored: false });
    this.slider.max = String(series.frames.length);
    this.slider.hidden = series.frames.length < 2;
    this.overlay.element.hidden = true;
    if (series.frames.length === 0) return this.note(this.say('このシリーズには表示できる画像がありません。', 'Nothing in this series can be drawn.'));
    this.note(this.say('読み込んでいます…', 'Loading…'));
    const ids = series.frames.map((it) => imageId(study, it));
    const first = await this.first(ids, at, mine);
    if (first === undefined || mine !== this.showing) return;
    await this.viewport.setStack(ids, first);
    if (mine !== this.showing) return;
    this.viewport.setViewPresentation({ rotation: 0, flipHorizontal: false });
    this.viewport.resetCamera();
    this.at = first;
    this.arrived(byHand);
    // The one that was meant stands elsewhere, or another was asked for while the first one came.
    void this.follow();
  }

  /** A picture that may be shown, `at` or one beside it: a stack is opened on something that is right. */
  private async first(ids: string[], at: number, mine: number): Promise<number | undefined> {
    let fault: unknown;
    for (const place of [at, 0, ids.length - 1, at + 1, at - 1]) {
      const id = ids[place];
      if (!id || mine !== this.showing) continue;
      try {
        await picture(id);
        return place;
      } catch (error) {
        fault ??= error;
      }
    }
    if (mine === this.showing) this.refuse(fault, this.series?.frames[at]);
    return undefined;
  }

  /** Goes to a picture; when several are asked for before the first has come, only the last one counts. */
  go(to: number, byHand = true): void {
    const { series } = this;
    if (!series || series.frames.length === 0) return;
    this.byHand = byHand;
    this.wanted = Math.max(0, Math.min(series.frames.length - 1, to));
    this.slider.value = String(this.wanted + 1);
    // On a slow line nobody is kept from what is here by a picture that is no longer wanted. It comes all the same; and one
    // that is not here either is not asked for beside it.
    const { study } = this;
    if (study && ready(imageId(study, series.frames[this.wanted] as Frame))) this.leave();
    void this.follow();
  }

  scroll(by: number): void {
    this.go((this.wanted < 0 ? 0 : this.wanted) + by);
  }

  private async follow(): Promise<void> {
    if (this.busy || this.at < 0) return;
    this.busy = true;
    const mine = this.showing;
    while (mine === this.showing && this.at !== this.wanted && this.study && this.series) {
      const [to, byHand] = [this.wanted, this.byHand];
      const frame = this.series.frames[to] as Frame;
      const id = imageId(this.study, frame);
      try {
        if (!ready(id)) this.waiting(true);
        const left = new Promise<false>((done) => (this.leave = () => done(false)));
        const came = await Promise.race([picture(id).then(() => true), left]);
        if (mine !== this.showing) break;
        if (!came) continue;
        await this.viewport.setImageIdIndex(to);
        this.at = to;
        this.arrived(byHand);
      } catch (error) {
        if (mine !== this.showing) break;
        this.at = to;
        this.refuse(error, frame);
        this.acts.moved(this, byHand);
      }
      this.waiting(false);
    }
    this.waiting(false);
    this.busy = false;
    if (mine !== this.showing && this.at >= 0) void this.follow();
  }

  private waiting(waits: boolean): void {
    if (waits === this.waits) return;
    this.waits = waits;
    this.stage.classList.toggle('hv-waiting', waits);
    this.refresh();
  }

  private arrived(byHand: boolean): void {
    this.plate.hidden = true;
    this.overlay.element.hidden = false;
    this.slider.value = String(this.at + 1);
    this.element.dataset.at = String(this.at + 1);
    this.element.dataset.series = this.series?.uid ?? '';
    this.refresh();
    this.acts.moved(this, byHand);
  }

  /** Covers what was there: the picture before must not be taken for the one that is refused. */
  private refuse(error: unknown, frame: Frame | undefined): void {
    const fault = faultOf(error);
    const number = frame ? this.say(`画像 ${frame.number}`, `Image ${frame.number}`) : '';
    put(
      this.plate,
      el('strong', {}, this.say('表示できません', 'Not shown')),
      el('p', {}, `${number} ${faultWords(fault, this.say)}`),
      el('p', {}, faultHelp(fault, this.say)),
      el('p', { class: 'hv-uid' }, error instanceof Refused ? error.sop : (frame?.sop ?? '')),
      fault === 'unreached' && el('button', { type: 'button', class: 'hv-button', 'data-testid': 'again', onclick: () => this.again(frame) }, this.say('もう一度読み込む', 'Load it again')),
    );
    this.plate.className = 'hv-plate hv-plate-stop';
    this.plate.hidden = false;
    this.overlay.element.hidden = true;
  }

  /** What only the network kept away may come now; a series of one picture cannot be scrolled away and back. */
  private again(frame: Frame | undefined): void {
    const { study, series } = this;
    if (study && series) void this.show(study, series, Math.max(0, frame ? series.frames.indexOf(frame) : 0));
  }

  private note(text: string): void {
    put(this.plate, el('p', {}, text));
    this.plate.className = 'hv-plate';
    this.plate.hidden = false;
  }

  /** Writes anew what stands over the picture. */
  refresh(): void {
    const { frame, series, study } = this;
    const about = frame && study?.aboutOf(frame);
    if (!frame || !series || !study || !about || !this.plate.hidden) return;
    const voi = this.viewport.getProperties().voiRange;
    const spacing = frame.spacing.kind !== 'none';
    this.overlay.show({
      frame,
      about: { ...about, seriesNumber: series.number, seriesWords: series.words },
      at: this.at + 1,
      of: series.frames.length,
      coming: this.waits ? this.wanted + 1 : 0,
      loaded: series.frames.filter((it) => ready(imageId(study, it))).length,
      window: voi && frame.samples === 1 ? windowOf(voi.lower, voi.upper) : undefined,
      letters: this.letters(frame),
      pixels_mm: spacing ? this.perUnit() : 0,
      zoom: 100 * this.perUnit() * (frame.spacing.kind === 'none' ? 1 : frame.spacing.column_mm),
      mirrored: this.mirrored,
      turned_deg: this.turned_deg,
      inverted: this.inverted() !== (frame.photometric === 'MONOCHROME1'),
      key: this.acts.isKey(frame),
      linked: this.linked,
      lossy: study.lossyOf(frame),
      ...this.acts.marked(frame),
    });
  }

  /** Screen pixels to a unit of the world (a millimetre, where the picture has them). */
  private perUnit(): number {
    const { a, b } = this.axes();
    return 1 / Math.max(1e-9, Math.hypot(...minus(b, a)));
  }

  private axes(): { a: Vector; b: Vector; c: Vector } {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const at = (x: number, y: number) => this.viewport.canvasToWorld([x, y]) as unknown as Vector;
    return { a: at(width / 2, height / 2), b: at(width / 2 + 1, height / 2), c: at(width / 2, height / 2 + 1) };
  }

  /** Asked of the picture as it is drawn, so that turning and mirroring are in it. */
  private letters(frame: Frame): { left: string; right: string; top: string; bottom: string } {
    const { a, b, c } = this.axes();
    const [along, down] = [minus(b, a), minus(c, a)];
    // A picture without a place in the patient is drawn in its own axes: rows along x, columns along y.
    const own = (it: Vector) => (frame.toward ? lettersIn(frame.toward, [it[0], it[1]]) : '');
    const [right, bottom] = frame.place ? [lettersOf(along), lettersOf(down)] : [own(along), own(down)];
    return { right, left: opposite(right), bottom, top: opposite(bottom) };
  }

  /** Column and row of a point on the screen; none beside the picture. */
  inPicture(x: number, y: number): [number, number] | undefined {
    const { frame } = this;
    const data = this.drawn();
    if (!frame || !data?.worldToIndex) return undefined;
    const { left, top } = this.stage.getBoundingClientRect();
    const [column = NaN, row = NaN] = data.worldToIndex(this.viewport.canvasToWorld([x - left, y - top]));
    const inside = column >= -0.5 && row >= -0.5 && column < frame.columns - 0.5 && row < frame.rows - 0.5;
    return inside ? [column, row] : undefined;
  }

  /** Where column and row lie on the stage, in its own pixels; none while nothing is drawn. */
  onStage([column, row]: [number, number]): [number, number] | undefined {
    const data = this.drawn();
    if (!data?.indexToWorld) return undefined;
    const [x = NaN, y = NaN] = this.viewport.worldToCanvas(data.indexToWorld([column, row, 0]) as Types.Point3);
    return Number.isFinite(x) && Number.isFinite(y) ? [x, y] : undefined;
  }

  /** What is on screen, if that is a picture. */
  private drawn() {
    return this.at >= 0 && this.plate.hidden ? this.viewport.getImageData()?.imageData : undefined;
  }

  presets(): Preset[] {
    const { frame, study } = this;
    if (!frame || !study) return [];
    const image = this.viewport.getCornerstoneImage?.();
    return presetsFor(frame, image ? [image.minPixelValue, image.maxPixelValue] : undefined);
  }

  setWindow(window: Window): void {
    if (this.at < 0) return;
    this.viewport.setProperties({ voiRange: rangeOf(window) });
    this.viewport.render();
  }

  private inverted(): boolean {
    return this.viewport.getProperties().invert === true;
  }

  invert(): void {
    if (this.at < 0) return;
    this.viewport.setProperties({ invert: !this.inverted() });
    this.viewport.render();
  }

  turn(): void {
    if (this.at < 0) return;
    this.turned_deg = (this.turned_deg + 90) % 360;
    this.pose();
  }

  /** Left and right change places: only with a mark that cannot be overlooked. */
  mirror(): void {
    if (this.at < 0) return;
    this.mirrored = !this.mirrored;
    this.pose();
  }

  /** Upside down is mirrored and turned by half, so it is marked as both. */
  overturn(): void {
    if (this.at < 0) return;
    this.mirrored = !this.mirrored;
    this.turned_deg = (this.turned_deg + 180) % 360;
    this.pose();
  }

  private pose(): void {
    this.viewport.setViewPresentation({ rotation: this.turned_deg, flipHorizontal: this.mirrored });
    this.viewport.render();
    this.refresh();
  }

  zoom(by: number): void {
    if (this.at < 0) return;
    this.viewport.setZoom(Math.max(0.1, Math.min(40, this.viewport.getZoom() * by)));
    this.viewport.render();
  }

  reset(): void {
    if (this.at < 0) return;
    this.turned_deg = 0;
    this.mirrored = false;
    this.viewport.setViewPresentation({ rotation: 0, flipHorizontal: false });
    this.viewport.resetCamera();
    this.viewport.resetProperties();
    this.viewport.render();
    this.refresh();
  }

  /** Runs through the stack; again stops. */
  play(frames_s: number): void {
    if (this.cine) return this.stop();
    if (!this.series || this.series.frames.length < 2) return;
    // A slow network slows the film: a picture that has not come is waited for.
    this.cine = window.setInterval(() => !this.busy && this.go((this.wanted + 1) % (this.series?.frames.length ?? 1)), 1000 / frames_s);
  }

  get plays(): boolean {
    return this.cine !== 0;
  }

  stop(): void {
    clearInterval(this.cine);
    this.cine = 0;
  }

  private wheeled(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey) return this.zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    // A touchpad sends many small steps, a wheel few large ones.
    this.wheel += event.deltaMode === 0 ? event.deltaY / 50 : event.deltaY;
    const steps = Math.trunc(this.wheel) || (Math.abs(event.deltaY) >= 50 ? Math.sign(event.deltaY) : 0);
    if (steps === 0) return;
    this.wheel = 0;
    this.scroll(Math.sign(steps) * Math.min(5, Math.abs(steps)));
  }

  /** How much of the patient fits into half the height; two panes with the same number show things in one size. */
  get half_mm(): number {
    return this.at < 0 ? 0 : (this.viewport.getCamera().parallelScale ?? 0);
  }

  set half_mm(to: number) {
    if (this.at < 0 || to <= 0) return;
    this.viewport.setCamera({ parallelScale: to });
    this.viewport.render();
  }

  /** The whole picture, turned and mirrored as it is. */
  fit(): void {
    if (this.at < 0) return;
    this.viewport.resetCamera();
    this.pose();
  }

  /** After the element has changed its size. */
  resized(): void {
    if (this.at >= 0) this.refresh();
  }
}
