// The comparison of two versions: which two, the scale in mm, the legend, and what the distances come to.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import { type Heat, REACH_MM } from './heat';
import { ALONE, heatRgb, SCALES_MM, scaleFor } from './palette';
import type { Entry } from './parts';
import { errorMm, partWords, signedMm } from './words';

const LEGEND_PX = 256;

export interface HeatActs {
  /** Compares `of` with `to`; a part of the way is told. Nothing when it was ended. */
  compare(of: Entry, to: Entry, told: (part: number) => void): Promise<Heat | undefined>;
  /** Shows distances on `of` on a scale, or nothing any more. */
  paint(of: Entry, heat: Heat | undefined, scale_mm: number): void;
  end(): void;
  say(words: string): void;
}

export class Heating {
  readonly element = el('section', { class: 'hm-card', hidden: true, 'data-testid': 'heating' });
  /** Beside the picture, as long as there is something to read by it. */
  readonly legend = el('div', { class: 'hm-legend', hidden: true, 'data-testid': 'legend' });
  heat: Heat | undefined;
  of: Entry | undefined;
  to: Entry | undefined;
  private scale_mm = 0.1;
  /** Errors of the two levels that were compared, which the distances cannot be truer than. */
  private error_mm = 0;
  private entries: readonly Entry[] = [];
  private busy = false;
  private readonly progress = el('progress', { max: 100, value: 0, hidden: true });
  private readonly outcome = el('div', { class: 'hm-outcome' });

  constructor(
    private readonly say: Say,
    private readonly acts: HeatActs,
  ) {}

  /** The two that are most likely meant: the newest two versions of a design, else of anything. */
  show(entries: readonly Entry[]): void {
    this.entries = entries;
    const pairs = ['design', 'upper', 'lower', 'gum', 'bite', 'other'].flatMap((kind) => {
      const [newest, before] = entries.filter((it) => it.part.kind === kind).sort((a, b) => b.part.version - a.part.version);
      return newest && before ? [[newest, before] as const] : [];
    });
    const [first] = pairs;
    this.of = first?.[0] ?? entries[0];
    this.to = first?.[1] ?? entries[1];
    this.draw();
  }

  get possible(): boolean {
    return this.entries.length > 1;
  }

  toggle(): void {
    this.element.hidden = !this.element.hidden;
    if (this.element.hidden) this.clear();
  }

  /** The level of a part has changed: colours for the one before do not fit it. */
  stale(entry: Entry): void {
    if (this.heat && (entry === this.of || entry === this.to)) this.clear(this.say('細かい形に替わりました。もう一度比べてください。', 'A finer level has come. Compare again.'));
  }

  private clear(words = ''): void {
    this.acts.end();
    if (this.of) this.acts.paint(this.of, undefined, this.scale_mm);
    this.heat = undefined;
    this.legend.hidden = true;
    put(this.outcome, words === '' ? undefined : el('p', {}, words));
    this.draw();
  }

  private async run(): Promise<void> {
    const { of, to, say } = this;
    if (!of || !to || of === to || this.busy) return;
    this.clear();
    this.busy = true;
    this.progress.hidden = false;
    this.progress.value = 0;
    this.draw();
    this.acts.say(say('比べています…', 'Comparing…'));
    let found: Heat | undefined;
    try {
      found = await this.acts.compare(of, to, (part) => (this.progress.value = Math.round(part * 100)));
    } catch {
      put(this.outcome, el('p', { class: 'hm-trouble' }, say('比べられませんでした。もう一度お試しください。', 'It could not be compared. Please try again.')));
    }
    this.busy = false;
    this.progress.hidden = true;
    if (found && this.of === of && this.to === to) {
      this.heat = found;
      this.error_mm = of.error_mm + to.error_mm;
      this.scale_mm = scaleFor(found.summary.most_mm);
      this.paint();
      this.acts.say(this.words());
    }
    this.draw();
  }

  private paint(): void {
    if (!this.of || !this.heat) return;
    this.acts.paint(this.of, this.heat, this.scale_mm);
    this.tell();
  }

  private words(): string {
    const { say, heat } = this;
    if (!heat) return '';
    const { most_mm, mean_mm, alone } = heat.summary;
    if (alone >= 1) return say(`${REACH_MM} mm以内に比べる面がありません。`, `There is nothing to compare with within ${REACH_MM} mm.`);
    return say(`面積の95%は ${most_mm.toFixed(3)} mm以内の差です。平均 ${signedMm(mean_mm)}。`, `95 % of the surface differs by ${most_mm.toFixed(3)} mm or less; mean ${signedMm(mean_mm)}.`);
  }

  private tell(): void {
    const { say, heat } = this;
    if (!heat) return;
    const { summary } = heat;
    const facts: [string, string][] = [
      [say('平均', 'Mean'), signedMm(summary.mean_mm)],
      [say('二乗平均', 'RMS'), `${summary.rms_mm.toFixed(3)} mm`],
      [say('外側の最大', 'Furthest out'), signedMm(summary.highest_mm)],
      [say('内側の最大', 'Furthest in'), signedMm(summary.lowest_mm)],
      [say(`相手のない面(${REACH_MM} mm超)`, `No counterpart (> ${REACH_MM} mm)`), `${(summary.alone * 100).toFixed(1)}%`],
      [say('表示用の形の誤差(合計)', 'Error of the two levels'), say(`約 ${errorMm(this.error_mm)}`, `about ${errorMm(this.error_mm)}`)],
    ];
    put(this.outcome, el('p', {}, el('strong', {}, this.words())), summary.alone >= 1 ? undefined : el('dl', { class: 'hm-facts' }, ...facts.flatMap(([term, value]) => [el('dt', {}, term), el('dd', {}, value)])), el('p', { class: 'hm-hint' }, say('「差を読む」で面を押すと、その点の差が出ます。', '“Read deviation” tells the distance at a point.')));
    this.drawLegend();
  }

  private drawLegend(): void {
    const { say, scale_mm } = this;
    const bar = el('canvas', { width: 1, height: LEGEND_PX, 'aria-hidden': 'true' });
    const pen = bar.getContext('2d');
    for (let y = 0; pen && y < LEGEND_PX; y += 1) {
      pen.fillStyle = `rgb(${heatRgb(((LEGEND_PX - 1 - y) / (LEGEND_PX - 1)) * 2 * scale_mm - scale_mm, scale_mm).join(' ')})`;
      pen.fillRect(0, y, 1, 1);
    }
    const digits = scale_mm < 0.2 ? 3 : 2;
    const ticks = [1, 0.5, 0, -0.5, -1].map((it) => el('li', {}, it === 0 ? '0' : `${it > 0 ? '+' : '−'}${Math.abs(it * scale_mm).toFixed(digits)}`));
    const grey = el('span', { class: 'hm-swatch' });
    grey.style.background = `rgb(${ALONE.join(' ')})`;
    put(this.legend, el('p', {}, say('差(mm)', 'Deviation (mm)')), el('div', { class: 'hm-scale' }, bar, el('ul', {}, ...ticks)), el('p', { class: 'hm-small' }, say('＋ 外側／− 内側', '+ outside / − inside')), this.heat && this.heat.summary.alone > 0 ? el('p', { class: 'hm-small' }, grey, say('相手なし', 'none')) : undefined);
    this.legend.hidden = false;
  }

  private draw(): void {
    const { say, entries } = this;
    const choice = (id: 'of' | 'to', label: string) => {
      const select = el('select', { 'data-testid': `heat-${id}` }, ...entries.map((it) => el('option', { value: it.part.file, selected: it === this[id] }, partWords(it.part, say))));
      select.addEventListener('change', () => {
        this.clear();
        this[id] = entries.find((it) => it.part.file === select.value);
        this.draw();
      });
      return el('label', { class: 'hm-stack' }, el('span', {}, label), select);
    };
    const scale = el('select', { 'data-testid': 'heat-scale' }, ...SCALES_MM.map((it) => el('option', { value: it, selected: it === this.scale_mm }, `±${it} mm`)));
    scale.addEventListener('change', () => {
      this.scale_mm = Number(scale.value);
      this.paint();
    });
    const same = this.of === this.to;
    const focused = this.element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset['testid'] : undefined;
    put(
      this.element,
      el('h2', {}, say('差の色分け', 'Deviation map')),
      choice('of', say('色を付けるデータ', 'Coloured part')),
      choice('to', say('比べる相手', 'Compared with')),
      same ? el('p', { class: 'hm-trouble' }, say('別々のデータを選んでください。', 'Choose two different parts.')) : undefined,
      el(
        'div',
        { class: 'hm-row' },
        el('button', { type: 'button', class: 'hm-button hm-strong', 'data-testid': 'heat-go', 'aria-disabled': String(same || this.busy), onclick: () => void this.run() }, say('比べる', 'Compare')),
        this.busy ? el('button', { type: 'button', class: 'hm-button', onclick: () => this.acts.end() }, say('やめる', 'Stop')) : undefined,
        this.heat ? el('button', { type: 'button', class: 'hm-button', 'data-testid': 'heat-clear', onclick: () => this.clear() }, say('色分けを消す', 'Remove colours')) : undefined,
      ),
      this.progress,
      this.heat ? el('label', { class: 'hm-field' }, el('span', {}, say('目盛り', 'Scale')), scale) : undefined,
      this.outcome,
    );
    if (focused) this.element.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus();
  }
}
