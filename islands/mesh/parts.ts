// The list of parts: what each is, which level of it is on screen and how far that lies from the original; shown or not, how
// clear, in which colour. It is also what the picture says to whoever cannot see it.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import type { Level, Part } from './document';
import { type Paint, PAINTS, paintOf } from './palette';
import type { Look } from './stage';
import { bytesWords, countWords, errorMm, kindWords } from './words';

/** Less cannot be seen any more. */
const OPACITY_MIN = 10;

/** How a part stands. */
export interface Entry {
  part: Part;
  visible: boolean;
  /** Compared with another: its finest level is fetched though it is not shown. */
  wanted: boolean;
  /** In per cent. */
  opacity: number;
  paint: Paint | 'scanned';
  has: Level | undefined;
  /** Of the level on screen. */
  error_mm: number;
  hasColours: boolean;
  unfit: Set<Level>;
  /** What stands in its way, in words. */
  trouble: string;
}

export function entriesOf(parts: readonly Part[]): Entry[] {
  const newest = new Map<string, number>();
  for (const it of parts) newest.set(it.kind, Math.max(newest.get(it.kind) ?? 0, it.version));
  const seen = new Map<string, number>();
  return parts.map((part) => {
    const nth = seen.get(part.kind) ?? 0;
    seen.set(part.kind, nth + 1);
    // An earlier version lies in the same place as its successor: it is looked at when somebody asks for it.
    return { part, visible: part.version === newest.get(part.kind), wanted: false, opacity: 100, paint: paintOf(part.kind, nth), has: undefined, error_mm: 0, hasColours: false, unfit: new Set(), trouble: '' };
  });
}

const ORDER: Record<Part['kind'], number> = { design: 0, gum: 1, bite: 2, lower: 3, upper: 4, other: 5 };

export function lookOf(it: Entry): Look {
  const rgb = PAINTS[it.paint === 'scanned' ? 'stone' : it.paint].rgb;
  return { visible: it.visible, opacity: it.opacity / 100, rgb, scanned: it.paint === 'scanned', order: ORDER[it.part.kind] };
}

export class PartList {
  readonly element = el('section', { class: 'hm-card' });
  private readonly rows = new Map<string, { said: HTMLElement; paint: HTMLSelectElement; swatch: HTMLElement; show: HTMLInputElement; item: HTMLElement }>();

  constructor(
    private readonly say: Say,
    private readonly changed: (entry: Entry) => void,
    private readonly only: (entry: Entry) => void,
  ) {}

  show(entries: readonly Entry[]): void {
    const { say } = this;
    put(this.element, el('h2', {}, say('データ', 'Parts')), entries.length === 0 ? el('p', {}, say('表示できるデータはまだありません。', 'There is nothing to show yet.')) : el('ul', { class: 'hm-parts', 'data-testid': 'parts' }, ...entries.map((it) => this.row(it))));
    for (const it of entries) this.tell(it);
  }

  /** What has changed of a part's level. */
  tell(entry: Entry): void {
    const { say } = this;
    const row = this.rows.get(entry.part.file);
    if (!row) return;
    const { has, part } = entry;
    const finest = part.levels[part.levels.length - 1];
    const whole = has && finest && has.triangles >= finest.triangles;
    const numbers = has ? say(`三角形 ${countWords(has.triangles)}・${bytesWords(has.bytes)}・誤差 約 ${errorMm(entry.error_mm)}`, `${countWords(has.triangles)} triangles, ${bytesWords(has.bytes)}, error about ${errorMm(entry.error_mm)}`) : say('読み込み中…', 'Loading…');
    put(
      row.said,
      el('span', { 'data-testid': 'level', 'data-triangles': has?.triangles ?? 0 }, part.levels.length === 0 && entry.trouble === '' ? say('表示用の形はまだありません。', 'No level for looking yet.') : entry.trouble !== '' && !has ? '' : numbers),
      has && !whole && entry.trouble === '' ? el('span', { class: 'hm-soft' }, entry.visible ? say('より細かい形を読み込み中…', 'Finer level to come…') : say('表示すると細かい形を読みます', 'Finer once shown')) : undefined,
      entry.trouble === '' ? undefined : el('span', { class: 'hm-trouble', 'data-testid': 'trouble' }, entry.trouble),
    );
    row.show.checked = entry.visible;
    row.item.classList.toggle('hm-hidden', !entry.visible);
    const scanned = row.paint.querySelector<HTMLOptionElement>('option[value="scanned"]');
    if (entry.hasColours && !scanned) row.paint.append(el('option', { value: 'scanned' }, say('スキャンの色', 'As scanned')));
    row.paint.value = entry.paint;
    row.swatch.style.background = entry.paint === 'scanned' ? '' : `rgb(${PAINTS[entry.paint].rgb.join(' ')})`;
    row.swatch.classList.toggle('hm-scanned', entry.paint === 'scanned');
  }

  private row(entry: Entry): HTMLElement {
    const { say } = this;
    const { part } = entry;
    const name = part.name === '' ? kindWords(part.kind, say) : part.name;
    const whole = `${kindWords(part.kind, say)} ${name}`;
    const show = el('input', { type: 'checkbox', checked: entry.visible, 'data-testid': 'show' });
    const opacity = el('input', { type: 'range', min: OPACITY_MIN, max: 100, step: 5, value: entry.opacity, 'aria-label': say(`${whole}の濃さ`, `Opacity of ${whole}`), 'data-testid': 'opacity' });
    const shown = el('output', {}, `${entry.opacity}%`);
    const paint = el('select', { 'aria-label': say(`${whole}の色`, `Colour of ${whole}`), 'data-testid': 'paint' }, ...Object.entries(PAINTS).map(([key, it]) => el('option', { value: key }, say(it.ja, it.en))));
    const swatch = el('span', { class: 'hm-swatch', 'aria-hidden': 'true' });
    const said = el('p', { class: 'hm-said' });
    show.addEventListener('change', () => {
      entry.visible = show.checked;
      this.changed(entry);
    });
    opacity.addEventListener('input', () => {
      entry.opacity = Number(opacity.value);
      shown.value = `${opacity.value}%`;
      this.changed(entry);
    });
    paint.addEventListener('change', () => {
      entry.paint = paint.value as Entry['paint'];
      this.changed(entry);
    });
    const item = el(
      'li',
      { class: 'hm-part', 'data-file': part.file },
      el('label', { class: 'hm-check' }, show, swatch, el('span', { class: 'hm-name' }, el('strong', {}, kindWords(part.kind, say), ' ', say(`第${part.version}版`, `v${part.version}`)), el('span', {}, part.name))),
      el('button', { type: 'button', class: 'hm-button hm-only', 'aria-label': say(`これだけを表示：${whole}`, `Only this: ${whole}`), title: say('これだけを表示。もう一度押すと戻ります', 'Only this; again brings the others back'), onclick: () => this.only(entry), 'data-testid': 'only' }, say('これだけ', 'Only')),
      said,
      el('div', { class: 'hm-looks' }, el('label', { class: 'hm-field' }, el('span', {}, say('濃さ', 'Opacity')), opacity, shown), el('label', { class: 'hm-field' }, el('span', {}, say('色', 'Colour')), paint)),
    );
    this.rows.set(part.file, { said, paint, swatch, show, item });
    return item;
  }
}
