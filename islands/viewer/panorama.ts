// The curved panorama of a cone-beam CT: the arch on an axial slice, the jaw unrolled along it, and cuts across it with a
// scale – what a dentist plans an implant or judges an impacted tooth by.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import { FrameView, shape } from './frameview';
import { lettersOf, opposite } from './letters';
import { lossyBadge } from './overlay';
import { drawLength, type Length, lengthOn } from './rulers';
import { axialPlan, hardPlaces, panoramaPlan, sectionPlan, sectionStations, toothLevel, topShare } from './sections';
import type { Series } from './series';
import { type Arch, archThrough, fitted, type Point } from './spline';
import type { Blend, Volume } from './volume';
import type { Window } from './windows';

const SECTIONS = 5;
const SECTION_WIDTH_MM = 30;
/** Share of an axial slab that is tooth or dense bone. */
const HARD_SHARE = 0.04;
/** Thickness of the slab on which the arch is drawn. */
const AXIAL_MM = 6;

/** With few digits a point is the same again after it was kept, and so is every section across the arch. */
const short = ([x, y]: Point): Point => [Math.round(x * 1000) / 1000, Math.round(y * 1000) / 1000];

interface Settings {
  thickness_mm: number;
  blend: Blend;
  gap_mm: number;
  section_mm: number;
}

export class Panorama {
  readonly element = el('div', { class: 'hv-panorama', 'data-testid': 'panorama' });
  private readonly axial: FrameView;
  private readonly unrolled: FrameView;
  private readonly sections: FrameView[];
  private readonly status = el('p', { class: 'hv-status', role: 'status' });
  private readonly level: HTMLInputElement;
  private readonly place: HTMLInputElement;
  private points: Point[];
  private arch: Arch;
  private w_mm: number;
  private middle_mm: number;
  private stations: number[] = [];
  private lengths: Length[] = [];
  private tool = 'WindowLevel';
  private inverted = false;
  private readonly settings: Settings = { thickness_mm: 10, blend: 'mean', gap_mm: 2, section_mm: 1 };
  private readonly observer = new ResizeObserver(() => this.lines());

  constructor(
    readonly series: Series,
    private readonly volume: Volume,
    private window_: Window,
    private readonly say: Say,
    /** `drawn`: the arch or a length on it has changed. */
    private readonly acts: { window(it: Window): void; drawn(): void },
    /** What was drawn before. */
    kept?: { points: readonly Point[]; lengths: readonly Length[] },
    /** What was lost of the slices before they came. */
    lossy?: { ratio: number },
  ) {
    this.axial = new FrameView(say('歯列弓を描くスライス', 'Slice with the arch'), 'axial');
    this.unrolled = new FrameView(say('パノラマ再構成', 'Panorama'), 'unrolled');
    this.sections = Array.from({ length: SECTIONS }, (_, place) => new FrameView(say(`断面 ${place + 1}`, `Section ${place + 1}`), `section-${place}`));
    this.w_mm = toothLevel(volume);
    this.points = kept ? kept.points.map(([x, y]): Point => [x, y]) : this.guess();
    this.lengths = [...(kept?.lengths ?? [])];
    this.arch = archThrough(this.points);
    // Where something was measured on a section, that section is shown.
    const measured = Number(this.lengths.find((it) => it.on !== 'panorama')?.on);
    this.middle_mm = measured >= 0 && measured <= this.arch.length_mm ? measured : this.arch.length_mm / 2;
    this.level = this.range(say('スライスの高さ', 'Height of the slice'), volume.size_mm[2], volume.spacing_mm[2], this.w_mm, (to) => {
      this.w_mm = to;
      void this.fillAxial();
    });
    this.place = this.range(say('断面の位置', 'Place of the sections'), this.arch.length_mm, 0.5, this.middle_mm, (to) => this.moveTo(to));
    const left = el('div', { class: 'hv-pano-left' }, this.axial.element, this.level);
    const right = el('div', { class: 'hv-pano-right' }, this.unrolled.element, this.place, el('div', { class: 'hv-sections' }, ...this.sections.map((it) => it.element)));
    this.element.append(this.controls(lossy), left, right, this.status);
    this.listen();
  }

  open(): void {
    for (const it of this.views()) this.observer.observe(it.element);
    this.setWindow(this.window_, this.inverted);
    void this.fillAxial();
    void this.fill();
  }

  close(): void {
    this.observer.disconnect();
    for (const it of this.views()) it.raster.stop();
    this.element.remove();
  }

  choose(tool: string): void {
    this.tool = tool;
  }

  setWindow(window: Window, inverted: boolean): void {
    this.window_ = window;
    this.inverted = inverted;
    for (const it of this.views()) it.raster.setWindow(window, inverted);
  }

  reset(): void {
    this.w_mm = toothLevel(this.volume);
    this.level.value = String(this.w_mm);
    this.points = this.guess();
    void this.fillAxial();
    this.archChanged();
  }

  takeAway(): void {
    this.lengths.pop();
    this.lines();
    this.acts.drawn();
  }

  /** What was drawn here, for whoever keeps it. */
  get left(): { points: Point[]; lengths: Length[] } {
    return { points: this.points.map(([x, y]): Point => [x, y]), lengths: [...this.lengths] };
  }

  /** Moves the sections along the arch. */
  step(by_mm: number): void {
    this.moveTo(this.middle_mm + by_mm);
  }

  private moveTo(far_mm: number): void {
    this.middle_mm = Math.max(0, Math.min(this.arch.length_mm, far_mm));
    this.place.value = String(this.middle_mm);
    void this.fillSections(false);
    this.lines();
  }

  private views(): FrameView[] {
    return [this.axial, this.unrolled, ...this.sections];
  }

  private range(label: string, max: number, step: number, value: number, act: (to: number) => void): HTMLInputElement {
    const input = el('input', { type: 'range', class: 'hv-slider', 'aria-label': label, title: label, min: 0, max, step });
    input.value = String(value);
    input.addEventListener('input', () => act(Number(input.value)));
    return input;
  }

  private controls(lossy: { ratio: number } | undefined): HTMLElement {
    const { say, settings } = this;
    const choice = (label: string, options: readonly (readonly [string, string])[], chosen: string, act: (value: string) => void) => {
      const select = el('select', {}, ...options.map(([value, word]) => el('option', { value, selected: value === chosen }, word)));
      select.addEventListener('change', () => {
        act(select.value);
        void this.fill();
      });
      return el('label', { class: 'hv-field' }, el('span', {}, label), select);
    };
    const mm = (values: readonly number[]) => values.map((it) => [String(it), `${it} mm`] as const);
    return el(
      'div',
      { class: 'hv-pano-bar' },
      choice(say('厚さ', 'Slab'), mm([1, 5, 10, 15, 20]), '10', (it) => (settings.thickness_mm = Number(it))),
      choice(say('重ね方', 'Blend'), [['mean', say('平均', 'Mean')], ['max', say('最大値', 'Maximum')]], 'mean', (it) => (settings.blend = it as Blend)),
      choice(say('断面の間隔', 'Section gap'), mm([1, 2, 3, 5]), '2', (it) => (settings.gap_mm = Number(it))),
      choice(say('断面の厚さ', 'Section slab'), mm([0, 1, 2, 3]), '1', (it) => (settings.section_mm = Number(it))),
      el('button', { type: 'button', class: 'hv-button', onclick: () => this.reset() }, say('弓を自動で描く', 'Find the arch')),
      lossy && lossyBadge(lossy, say),
    );
  }

  /** An arch to begin with: found in the picture, or a plain one in its middle. */
  private guess(): Point[] {
    const plan = axialPlan(this.volume, this.w_mm, AXIAL_MM, this.volume.finest_mm * 2);
    const [width, height] = this.volume.size_mm;
    const front = this.volume.axes[1][1] > 0 ? -1 : 1;
    const plain: Point[] = [-1, -0.66, -0.33, 0, 0.33, 0.66, 1].map((t) => [width / 2 + t * width * 0.3, height * (0.5 + front * (0.25 - 0.45 * t * t))]);
    return this.fromRight(fitted(hardPlaces(plan, topShare(plan, HARD_SHARE)), front) ?? plain).map(short);
  }

  /** The patient's right stands at the left, as in every panoramic radiograph. */
  private fromRight(points: Point[]): Point[] {
    const toLeft = (it: Point) => it[0] * this.volume.axes[0][0] + it[1] * this.volume.axes[1][0];
    const [first, last] = [points[0], points[points.length - 1]];
    return first && last && toLeft(first) > toLeft(last) ? [...points].reverse() : points;
  }

  private async fillAxial(): Promise<void> {
    await this.axial.raster.fill(axialPlan(this.volume, this.w_mm, AXIAL_MM));
    this.lines();
  }

  private async fill(quick = false): Promise<void> {
    const { volume, arch, settings } = this;
    await Promise.all([this.unrolled.raster.fill(panoramaPlan(volume, arch, settings.thickness_mm, settings.blend), quick).then(() => this.lines()), this.fillSections(quick)]);
  }

  private async fillSections(quick: boolean): Promise<void> {
    const { volume, arch, settings, middle_mm } = this;
    this.stations = sectionStations(arch, middle_mm, settings.gap_mm, SECTIONS);
    await Promise.all(
      this.sections.map(async (view, place) => {
        const far_mm = this.stations[place];
        view.element.hidden = far_mm === undefined;
        if (far_mm === undefined) return;
        await view.raster.fill(sectionPlan(volume, arch, far_mm, SECTION_WIDTH_MM, settings.section_mm, settings.blend), quick);
        this.lines();
      }),
    );
  }

  private archChanged(quick = false): void {
    this.arch = archThrough(this.points);
    this.place.max = String(this.arch.length_mm);
    this.middle_mm = Math.min(this.middle_mm, this.arch.length_mm);
    if (this.lengths.length > 0) {
      this.lengths = [];
      this.status.textContent = this.say('弓を動かしたため、再構成像の上の計測を消しました。', 'The arch was moved: lengths on the reconstruction were removed.');
      this.acts.drawn();
    } else if (!quick) {
      this.acts.drawn();
    }
    this.lines();
    void this.fill(quick);
  }

  private listen(): void {
    this.drag(this.axial, 'axial');
    this.drag(this.unrolled, 'panorama');
    this.sections.forEach((it, place) => this.drag(it, place));
    for (const it of this.views()) {
      it.element.addEventListener(
        'wheel',
        (event) => {
          event.preventDefault();
          const by = Math.sign(event.deltaY);
          if (it !== this.axial) return this.step(by * this.settings.gap_mm);
          this.w_mm = Math.max(0, Math.min(this.volume.size_mm[2], this.w_mm - by * this.volume.spacing_mm[2]));
          this.level.value = String(this.w_mm);
          void this.fillAxial();
        },
        { passive: false },
      );
    }
  }

  /** What a drag on one of the pictures does: the arch's points, the sections' place, a length, or the window. */
  private drag(view: FrameView, on: 'axial' | 'panorama' | number): void {
    view.element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || !view.raster.plan) return;
      event.preventDefault();
      view.element.setPointerCapture(event.pointerId);
      const from = view.pixel(event);
      const move = this.meant(view, on, from, event);
      const up = () => {
        view.element.removeEventListener('pointermove', move);
        view.element.removeEventListener('pointerup', up);
        view.element.removeEventListener('pointercancel', up);
        move(undefined);
      };
      view.element.addEventListener('pointermove', move);
      view.element.addEventListener('pointerup', up);
      view.element.addEventListener('pointercancel', up);
    });
  }

  /** `undefined` is the end of the movement. */
  private meant(view: FrameView, on: 'axial' | 'panorama' | number, from: { x: number; y: number }, begun: PointerEvent): (event?: PointerEvent) => void {
    const plan = view.raster.plan;
    const reach = (begun.pointerType === 'touch' ? 24 : 14) * view.unit();
    if (plan && on === 'axial') {
      const near = this.points.findIndex((it) => Math.hypot(it[0] / plan.pixel_mm - from.x, it[1] / plan.pixel_mm - from.y) < reach);
      if (near >= 0) return (event) => this.movePoint(near, event && view.pixel(event), plan.pixel_mm);
    }
    if (plan && on === 'panorama' && Math.abs(from.x - this.middle_mm / plan.pixel_mm) < reach) {
      return (event) => event && this.moveTo(view.pixel(event).x * plan.pixel_mm);
    }
    if (this.tool === 'Length' && on !== 'axial') return this.measuring(view, on, from);
    const start = { ...this.window_ };
    return (event) => {
      if (!event) return;
      const width = Math.max(1, start.width + (event.clientX - begun.clientX) * 8);
      const centre = start.centre + (event.clientY - begun.clientY) * 6;
      this.setWindow({ centre, width }, this.inverted);
      this.acts.window(this.window_);
    };
  }

  private movePoint(place: number, to: { x: number; y: number } | undefined, pixel_mm: number): void {
    if (to) {
      const [width, height] = this.volume.size_mm;
      const held = (value: number, most: number) => Math.max(0, Math.min(most, value));
      this.points[place] = short([held(to.x * pixel_mm, width), held(to.y * pixel_mm, height)]);
    }
    this.archChanged(to !== undefined);
  }

  private measuring(view: FrameView, on: 'panorama' | number, from: { x: number; y: number }): (event?: PointerEvent) => void {
    const where = on === 'panorama' ? on : String(this.stations[on]);
    let drawn: Length | undefined;
    return (event) => {
      if (!event) {
        if (drawn) this.acts.drawn();
        return;
      }
      const next = lengthOn(view, this.volume, where, from, view.pixel(event));
      if (!next) return;
      this.lengths = [...this.lengths.filter((it) => it !== drawn), next];
      drawn = next;
      this.lines();
    };
  }

  /** Everything that is drawn over the pictures. */
  private lines(): void {
    for (const it of this.views()) it.fit();
    this.drawAxial();
    this.drawPanorama();
    this.sections.forEach((view, place) => this.drawSection(view, this.stations[place], place));
  }

  private drawAxial(): void {
    const plan = this.axial.raster.plan;
    if (!plan) return;
    const unit = this.axial.unit();
    const at = (it: Point) => `${it[0] / plan.pixel_mm},${it[1] / plan.pixel_mm}`;
    const steps = Math.ceil(this.arch.length_mm);
    const line = Array.from({ length: steps + 1 }, (_, place) => at(this.arch.station((this.arch.length_mm * place) / steps).at)).join(' ');
    const cuts = this.stations.map((far_mm, place) => {
      const it = this.arch.station(far_mm);
      const end = (out: number): Point => [it.at[0] + it.outward[0] * out, it.at[1] + it.outward[1] * out];
      const [x1, y1] = at(end(-SECTION_WIDTH_MM / 3)).split(',') as [string, string];
      const [x2, y2] = at(end(SECTION_WIDTH_MM / 3)).split(',') as [string, string];
      return shape('line', { x1, y1, x2, y2, class: place === (SECTIONS - 1) / 2 ? 'hv-cut hv-cut-middle' : 'hv-cut' });
    });
    const handles = this.points.map((it, place) => this.handle(it, place, plan.pixel_mm, unit));
    this.keepFocus(() => put(this.axial.lines, ...cuts, shape('polyline', { points: line, class: 'hv-arch' }), ...handles));
    put(this.axial.label, el('div', {}, this.say('点を動かして歯列に合わせます', 'Drag the points onto the teeth')), el('div', {}, this.say(`高さ ${this.w_mm.toFixed(1)} mm`, `Height ${this.w_mm.toFixed(1)} mm`)));
    this.side(this.axial, lettersOf(this.volume.axes[0]));
  }

  /** A point of the arch, for the mouse and for the keyboard. */
  private handle(it: Point, place: number, pixel_mm: number, unit: number): SVGElement {
    const dot = shape('circle', { cx: it[0] / pixel_mm, cy: it[1] / pixel_mm, r: 7 * unit, class: 'hv-handle', tabindex: 0, role: 'button', 'aria-label': this.say(`弓の点 ${place + 1}`, `Point ${place + 1} of the arch`), 'data-place': place, 'data-own-keys': '' });
    dot.addEventListener('keydown', (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      const [dx = 0, dy = 0] = way;
      this.movePoint(place, { x: it[0] / pixel_mm + dx / pixel_mm, y: it[1] / pixel_mm + dy / pixel_mm }, pixel_mm);
    });
    return dot;
  }

  /** The handles are drawn anew; the one with the keyboard keeps it. */
  private keepFocus(draw: () => void): void {
    const held = document.activeElement instanceof SVGElement ? document.activeElement.dataset['place'] : undefined;
    draw();
    if (held !== undefined) this.axial.lines.querySelector<SVGElement>(`[data-place="${held}"]`)?.focus();
  }

  private drawPanorama(): void {
    const plan = this.unrolled.raster.plan;
    if (!plan) return;
    const unit = this.unrolled.unit();
    const cuts = this.stations.flatMap((far_mm, place) => {
      const x = far_mm / plan.pixel_mm;
      return [
        shape('line', { x1: x, x2: x, y1: 0, y2: plan.rows, class: Math.abs(far_mm - this.middle_mm) < 0.01 ? 'hv-cut hv-cut-middle' : 'hv-cut' }),
        shape('text', { x: x + 3 * unit, y: 16 * unit, 'font-size': 13 * unit, class: 'hv-text' }, String(place + 1)),
      ];
    });
    put(this.unrolled.lines, ...this.unrolled.ruler(), ...cuts, ...this.lengths.filter((it) => it.on === 'panorama').flatMap((it) => drawLength(this.unrolled, it)));
    const { settings, say } = this;
    put(this.unrolled.label, el('div', {}, say(`パノラマ再構成 厚さ ${settings.thickness_mm} mm ${settings.blend === 'mean' ? '平均' : '最大値'}`, `Panorama, ${settings.thickness_mm} mm ${settings.blend}`)));
    const { tangent } = this.arch.station(this.arch.length_mm / 2);
    const [right, down] = this.volume.axes;
    this.side(this.unrolled, lettersOf([right[0] * tangent[0] + down[0] * tangent[1], right[1] * tangent[0] + down[1] * tangent[1], 0]));
  }

  private drawSection(view: FrameView, far_mm: number | undefined, place: number): void {
    if (far_mm === undefined || !view.raster.plan) return;
    put(view.lines, ...view.ruler(), ...this.lengths.filter((it) => it.on === String(far_mm)).flatMap((it) => drawLength(view, it)));
    put(view.label, el('div', {}, `${place + 1}`), el('div', {}, `${far_mm.toFixed(1)} mm`));
    view.left.textContent = this.say('舌側', 'Lingual');
    view.right.textContent = this.say('頬側', 'Buccal');
  }

  private side(view: FrameView, letters: string): void {
    view.right.textContent = letters;
    view.left.textContent = opposite(letters);
  }
}
