// What is written over a picture: whose it is, what it is, which way it lies, how large, and whether it is what it was.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import type { About, Frame } from './frame';
import type { Foreign } from './marks';
import { nameLines } from './names';

/** What changes with every drawing of a picture. */
export interface Shown {
  frame: Frame;
  about: About;
  /** From 1, and of how many. */
  at: number;
  of: number;
  loaded: number;
  /** The picture that is asked for and has not come, from 1; 0 when none is waited for. */
  coming: number;
  window: { centre: number; width: number } | undefined;
  /** Letters at the left, right, upper and lower edge. */
  letters: { left: string; right: string; top: string; bottom: string };
  /** Screen pixels to a millimetre; 0 when a distance means nothing. */
  pixels_mm: number;
  /** Percent of the picture's own pixels. */
  zoom: number;
  mirrored: boolean;
  turned_deg: number;
  inverted: boolean;
  key: boolean;
  linked: boolean;
  /** What was lost before it came. */
  lossy: { ratio: number } | undefined;
  /** What others have left on it. */
  foreign: readonly Foreign[];
  /** Marks are taken out of sight. */
  hidden: boolean;
}

export class Overlay {
  readonly element = el('div', { class: 'hv-over' });
  private readonly who = corner('tl');
  private readonly what = corner('tr');
  private readonly how = corner('bl');
  private readonly marks = corner('br');
  private readonly left = edge('left');
  private readonly right = edge('right');
  private readonly top = edge('top');
  private readonly bottom = edge('bottom');
  private readonly scale = el('div', { class: 'hv-scale', 'data-testid': 'scale' });
  private readonly bar = el('span', { class: 'hv-scale-bar' });
  private readonly barText = el('span', {});

  constructor(private readonly say: Say) {
    this.scale.append(this.bar, this.barText);
    this.element.append(this.who, this.what, this.how, this.marks, this.left, this.right, this.top, this.bottom, this.scale);
  }

  show(it: Shown): void {
    const { say, who, what, how, marks } = this;
    lines(who, [...nameLines(it.about.patient.name).map((line, place) => (place === 0 ? strong(line) : line)), `ID ${it.about.patient.id || '–'}`, `${day(it.about.patient.birth, say)} ${sexWord(it.about.patient.sex, say)}`]);
    lines(what, [
      day(it.about.studyDate, say),
      it.about.studyWords,
      `${it.about.seriesNumber}. ${it.frame.modality} ${it.about.seriesWords}`,
      it.about.institution,
      sideWord(it.frame.laterality, say),
    ]);
    lines(how, [
      it.of > 1 ? say(`画像 ${it.at} / ${it.of}`, `Image ${it.at} / ${it.of}`) + (it.frame.place ? `  ${it.frame.place.position[2].toFixed(1)} mm` : '') : '',
      it.coming > 0 ? say(`画像 ${it.coming} を読み込んでいます…`, `Loading image ${it.coming}…`) : '',
      it.loaded < it.of ? say(`読み込み ${it.loaded} / ${it.of}`, `Loaded ${it.loaded} / ${it.of}`) : '',
      it.window ? `W ${Math.round(it.window.width)}  L ${Math.round(it.window.centre)}` : '',
      `${Math.round(it.zoom)} %`,
      it.frame.spacing.kind === 'detector' ? say('長さは検出器面上(拡大を含む)', 'Lengths on the detector (magnified)') : '',
      it.frame.spacing.kind === 'none' ? say('長さは測れません(画素の大きさ不明)', 'No lengths: pixel size unknown') : '',
    ]);
    lines(marks, [
      it.key ? badge(say('★ キー画像', '★ Key image'), 'good') : '',
      ...it.foreign.map((one) => foreignLine(one, say)),
      it.hidden ? badge(say('計測を隠しています', 'Marks are hidden'), 'warn', 'marks-hidden') : '',
      it.linked ? badge(say('連動', 'Linked'), 'good') : '',
      it.mirrored ? badge(say('左右反転して表示', 'Shown mirrored'), 'warn', 'mirrored') : '',
      it.turned_deg % 360 !== 0 ? badge(say(`${it.turned_deg}° 回転して表示`, `Shown turned by ${it.turned_deg}°`), 'warn', 'turned') : '',
      it.inverted ? badge(say('白黒反転', 'Inverted'), 'warn', 'inverted') : '',
      it.lossy ? lossyBadge(it.lossy, say) : '',
      it.frame.burnedIn ? badge(say('画像に文字の焼き込みあり', 'Text burned into the picture'), 'stop', 'burned-in') : '',
    ]);
    this.left.textContent = it.letters.left;
    this.right.textContent = it.letters.right;
    this.top.textContent = it.letters.top;
    this.bottom.textContent = it.letters.bottom;
    this.measure(it);
  }

  private measure(it: Shown): void {
    this.scale.hidden = it.pixels_mm <= 0;
    if (this.scale.hidden) return;
    const length_mm = scaleLength(this.element.clientWidth / 3 / it.pixels_mm);
    this.bar.style.width = `${length_mm * it.pixels_mm}px`;
    this.barText.textContent = it.frame.spacing.kind === 'detector' ? this.say(`${length_mm} mm (検出器面)`, `${length_mm} mm (detector)`) : `${length_mm} mm`;
  }
}

const corner = (name: string) => el('div', { class: `hv-corner hv-${name}` });
const edge = (name: string) => el('span', { class: `hv-edge hv-edge-${name}`, 'data-testid': `edge-${name}` });

/** The longest round length that is not over `most_mm`. */
export function scaleLength(most_mm: number): number {
  const lengths = [0.5, 1, 2, 5, 10, 20, 50, 100, 200];
  return [...lengths].reverse().find((it) => it <= most_mm) ?? 0.5;
}

/** Stands wherever a picture is shown, or something made of it, of which something was lost. */
export function lossyBadge({ ratio }: { ratio: number }, say: Say): Node {
  return badge(lossyWords(ratio, say), 'stop', 'lossy');
}

export function lossyWords(ratio: number, say: Say): string {
  const much = ratio > 0 ? ` 1/${Math.round(ratio * 10) / 10}` : say('(圧縮率不明)', ' (ratio unknown)');
  return say(`非可逆圧縮${much}`, `Lossy${much}`);
}

/** `19580304` as people write it. */
export function day(date: string, say: Say): string {
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  if (!parts) return date;
  const [, year, month, of] = parts;
  return say(`${year}年${Number(month)}月${Number(of)}日`, `${year}-${month}-${of}`);
}

export function sexWord(sex: string, say: Say): string {
  if (sex === 'M') return say('男', 'male');
  if (sex === 'F') return say('女', 'female');
  return sex === 'O' ? say('その他', 'other') : '';
}

function sideWord(side: string, say: Say): string {
  if (side === 'R') return say('右側', 'Right side');
  if (side === 'L') return say('左側', 'Left side');
  return side === 'B' ? say('両側', 'Both sides') : '';
}

/** Whose they are stands beside them: nobody else can change them. */
function foreignLine({ author, marks, key }: Foreign, say: Say): Node {
  const what = [key ? say('★ キー画像', '★ Key image') : '', marks > 0 ? say(`計測 ${marks}件`, `${marks} marks`) : ''].filter((it) => it !== '').join(' ');
  return el('span', { class: 'hv-foreign', 'data-testid': 'foreign' }, `${author.name}(${author.facility}) ${author.at} ${what}`);
}

function strong(text: string): Node {
  return el('strong', {}, text);
}

function badge(text: string, kind: string, name?: string): Node {
  return el('span', { class: `hv-badge hv-badge-${kind}`, ...(name && { 'data-testid': name }) }, text);
}

function lines(place: HTMLElement, all: (Node | string)[]): void {
  put(place, ...all.filter((it) => it !== '').map((it) => el('div', {}, it)));
}
