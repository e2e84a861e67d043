// The bar of buttons: what a hand does, what is done to the picture, how many pictures there are.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import { CHOICES } from './tools';
import type { Preset } from './windows';

export type Mode = 'pictures' | 'mpr' | 'panorama';
export const LAYOUTS = ['1x1', '1x2', '2x2'] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface BarActs {
  mode(mode: Mode): void;
  layout(layout: Layout): void;
  tool(name: string): void;
  preset(key: string): void;
  invert(): void;
  turn(): void;
  mirror(): void;
  overturn(): void;
  reset(): void;
  cine(): void;
  link(): void;
  compare(): void;
  key(): void;
  remove(): void;
  showMarks(): void;
  keepMarks(): void;
  slab(thickness_mm: number, how: string): void;
  help(): void;
}

export interface BarFacts {
  mode: Mode;
  layout: Layout;
  tool: string;
  presets: readonly Preset[];
  cine: boolean;
  linked: boolean;
  key: boolean;
  priors: boolean;
  /** Marks are out of sight. */
  hidden: boolean;
  /** Marks can be kept. */
  keeps: boolean;
  /** Whether the series in front can be cut anew; words why not. */
  body: string;
}

export class Toolbar {
  readonly element: HTMLElement;
  private drawn = '';
  private slab = { thickness_mm: 0, how: 'mean' };

  constructor(
    private readonly say: Say,
    private readonly acts: BarActs,
  ) {
    this.element = el('div', { class: 'hv-bar', role: 'toolbar', 'aria-label': say('画像の操作', 'Image tools') });
  }

  show(facts: BarFacts): void {
    const now = JSON.stringify([facts, this.slab]);
    if (now === this.drawn) return;
    this.drawn = now;
    const focus = (document.activeElement as HTMLElement | null)?.closest('.hv-bar') ? (document.activeElement as HTMLElement).dataset['testid'] : undefined;
    put(this.element, this.modes(facts), this.tools(facts), this.windows(facts), facts.mode === 'mpr' ? this.slabs() : undefined, this.looks(facts), facts.mode === 'pictures' ? this.stacks(facts) : undefined, this.rest(facts));
    if (focus) this.element.querySelector<HTMLElement>(`[data-testid="${focus}"]`)?.focus();
  }

  private group(label: string, ...inside: (Node | undefined)[]): HTMLElement {
    return el('div', { class: 'hv-group', role: 'group', 'aria-label': label }, ...inside);
  }

  private button(id: string, word: string, act: () => void, more: { pressed?: boolean; key?: string; why?: string; hint?: string } = {}): HTMLElement {
    const title = [word, more.key ? `(${more.key.toUpperCase()})` : '', more.hint ?? '', more.why ?? ''].filter((it) => it !== '').join(' ');
    return el('button', { type: 'button', class: 'hv-button', 'data-testid': id, title, onclick: act, ...(more.pressed !== undefined && { 'aria-pressed': String(more.pressed) }), ...(more.why && { 'aria-disabled': 'true' }) }, word);
  }

  private modes({ mode, body }: BarFacts): HTMLElement {
    const { say, acts } = this;
    const one = (id: Mode, word: string, key: string, why = '') => this.button(`mode-${id}`, word, () => acts.mode(id), { pressed: mode === id, key, ...(why !== '' && mode !== id && { why }) });
    return this.group(say('見かた', 'View'), one('pictures', say('画像', 'Images'), 'g'), one('mpr', 'MPR', 'm', body), one('panorama', say('パノラマ', 'Panorama'), 'c', body));
  }

  private tools({ tool, mode }: BarFacts): HTMLElement {
    const { say, acts } = this;
    const fitting = mode === 'panorama' ? CHOICES.filter((it) => ['WindowLevel', 'Length'].includes(it.name)) : CHOICES;
    const cross = mode === 'mpr' ? this.button('tool-Crosshairs', say('十字線', 'Crosshairs'), () => acts.tool('Crosshairs'), { pressed: tool === 'Crosshairs', key: 'x' }) : undefined;
    return this.group(say('道具', 'Tools'), cross, ...fitting.map((it) => this.button(`tool-${it.name}`, say(it.ja, it.en), () => acts.tool(it.name), { pressed: tool === it.name, key: it.key })));
  }

  private windows({ presets }: BarFacts): HTMLElement {
    const { say, acts } = this;
    const select = el('select', { 'data-testid': 'preset' }, el('option', { value: '' }, say('選ぶ…', 'Choose…')), ...presets.map((it) => el('option', { value: it.key }, `${say(it.ja, it.en)} (${it.key})`)));
    select.addEventListener('change', () => {
      acts.preset(select.value);
      select.value = '';
    });
    return this.group(say('階調', 'Window'), el('label', { class: 'hv-field' }, el('span', {}, say('階調の型', 'Preset')), select), this.button('invert', say('白黒反転', 'Invert'), acts.invert, { key: 'i' }));
  }

  private slabs(): HTMLElement {
    const { say, acts, slab } = this;
    const thickness = el('select', { 'data-testid': 'slab' }, ...[0, 1, 3, 5, 10, 20].map((it) => el('option', { value: it, selected: it === slab.thickness_mm }, it === 0 ? say('なし', 'none') : `${it} mm`)));
    const how = el('select', { 'data-testid': 'blend' }, ...(['mean', 'max'] as const).map((it) => el('option', { value: it, selected: it === slab.how }, it === 'mean' ? say('平均', 'Mean') : say('最大値', 'Maximum'))));
    const change = () => {
      this.slab = { thickness_mm: Number(thickness.value), how: how.value };
      acts.slab(this.slab.thickness_mm, this.slab.how);
    };
    for (const it of [thickness, how]) it.addEventListener('change', change);
    return this.group(say('厚さ', 'Slab'), el('label', { class: 'hv-field' }, el('span', {}, say('厚さ', 'Slab')), thickness), el('label', { class: 'hv-field' }, el('span', {}, say('重ね方', 'Blend')), how));
  }

  private looks({ mode }: BarFacts): HTMLElement {
    const { say, acts } = this;
    const turns = mode === 'pictures' ? [this.button('turn', say('回転', 'Turn'), acts.turn, { key: 'r' }), this.button('mirror', say('左右反転', 'Mirror'), acts.mirror, { key: 'h' }), this.button('overturn', say('上下反転', 'Flip'), acts.overturn, { key: 'v' })] : [];
    return this.group(say('向き', 'Pose'), ...turns, this.button('reset', say('元に戻す', 'Reset'), acts.reset, { key: '0' }));
  }

  private stacks(facts: BarFacts): HTMLElement {
    const { say, acts } = this;
    const layout = el('select', { 'data-testid': 'layout' }, ...LAYOUTS.map((it) => el('option', { value: it, selected: it === facts.layout }, it.replace('x', '×'))));
    layout.addEventListener('change', () => acts.layout(layout.value as Layout));
    return this.group(
      say('並べ方', 'Layout'),
      el('label', { class: 'hv-field' }, el('span', {}, say('面数', 'Panes')), layout),
      this.button('link', say('連動', 'Link'), acts.link, { pressed: facts.linked, key: 'l' }),
      facts.priors ? this.button('compare', say('前回と比較', 'Compare'), acts.compare, { key: 'b' }) : undefined,
      this.button('cine', facts.cine ? say('停止', 'Stop') : say('動画', 'Cine'), acts.cine, { pressed: facts.cine, key: 'Space' }),
      this.button('key', say('キー画像', 'Key image'), acts.key, { pressed: facts.key, key: 'k' }),
    );
  }

  private rest({ hidden, keeps }: BarFacts): HTMLElement {
    const { say, acts } = this;
    const hint = say('計測とキー画像を、この検査のDICOMの記録として残し、相手の施設にも見えるようにします', 'Makes marks and key images part of the study as DICOM objects, for the other facility to see too');
    return this.group(
      say('そのほか', 'More'),
      this.button('show-marks', say('計測の表示', 'Show marks'), acts.showMarks, { pressed: !hidden, key: 'o' }),
      keeps ? this.button('keep-marks', say('計測を残す', 'Keep marks'), acts.keepMarks, { hint }) : undefined,
      this.button('remove', say('計測を消す', 'Remove mark'), acts.remove, { key: 'Delete' }),
      this.button('help', say('? 操作', '? Keys'), acts.help, { key: '?' }),
    );
  }
}
