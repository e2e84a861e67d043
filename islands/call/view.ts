// What is on screen: the stage with its tiles, the bar of buttons, what is said to the person, and the cards that stand in
// the way of the stage (waiting, ringing, help, the end). Knows nothing of connections.
import { el, put } from '../lib/dom';
import type { Label } from '../lib/wire';
import type { Say, Words } from '../lib/words';
import { icons } from './icons';
import { Tile } from './tile';

export interface Acts {
  sound(): void;
  picture(): void;
  flip(): void;
  second(): void;
  screen(): void;
  chat(): void;
  leave(): void;
}

export interface Button {
  word: string;
  act: () => void;
  icon?: () => SVGSVGElement;
  id: string;
  primary?: boolean;
}

export interface BarFacts {
  sound: boolean;
  picture: boolean;
  second: boolean;
  screen: boolean;
  chat: boolean;
  unread: boolean;
  clinic: boolean;
  /** Between colleagues: what is written belongs to the case, and nobody shows a mouth. */
  conference: boolean;
  phone: boolean;
}

export type ScreenName = 'connecting' | 'waiting' | 'ring' | 'help' | 'call' | 'stopped';

export class View {
  readonly tiles: Tile[] = [];
  private readonly status: HTMLElement;
  private readonly card: HTMLElement;
  private readonly stage: HTMLElement;
  private readonly tileBox: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly self: HTMLElement;
  private readonly selfVideo: HTMLVideoElement;
  private readonly banners: HTMLElement;
  private readonly signs: HTMLElement;
  private readonly bar: HTMLElement;
  private readonly middle: HTMLElement;
  private readonly over: HTMLElement;
  private readonly slots = new Map<string, HTMLElement>();
  private large: Tile | undefined;
  private barKey = '';
  private signsKey = 'none';
  private shown: ScreenName | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly t: Say,
    private readonly acts: Acts,
    chat: HTMLElement,
  ) {
    // What the page put into the element under a name is kept for its place; the rest was for browsers without scripts.
    for (const child of Array.from(root.children)) {
      const name = child.getAttribute('slot');
      if (name && child instanceof HTMLElement) this.slots.set(name, child);
    }
    this.status = el('p', { class: 'hk-status', role: 'status', 'aria-live': 'polite', 'data-testid': 'call-status' });
    this.card = el('section', { class: 'hk-card', 'data-testid': 'call-card' });
    this.tileBox = el('div', { class: 'hk-tiles', 'data-testid': 'tiles' });
    this.empty = el('div', { class: 'hk-empty', 'data-testid': 'stage-empty' });
    this.selfVideo = el('video', { autoplay: true, playsinline: true, muted: true, 'data-testid': 'video-self', 'aria-label': t('自分の映像', 'Your own picture') });
    this.selfVideo.muted = true;
    this.self = el('figure', { class: 'hk-self', 'data-testid': 'tile-self' }, this.selfVideo, el('figcaption', {}, t('自分', 'You')));
    this.banners = el('div', { class: 'hk-banners' });
    this.signs = el('div', { class: 'hk-signs', 'data-testid': 'signs', hidden: true });
    this.bar = el('div', { class: 'hk-bar', role: 'toolbar', 'aria-label': t('通話の操作', 'Call controls') });
    this.stage = el('section', { class: 'hk-stage', 'aria-label': t('通話の画面', 'Call') }, this.tileBox, this.empty, this.self, this.banners);
    this.middle = el('div', { class: 'hk-middle' }, this.stage, chat);
    this.over = el('div', { class: 'hk-over', hidden: true });
    const identity = this.slots.get('identity');
    put(root, el('div', { class: 'hk-root' }, this.status, identity, this.card, this.middle, this.signs, this.bar, this.over));
    this.screen('connecting');
  }

  /** Puts the stage (`call`) or a card in front. */
  screen(name: ScreenName, ...inside: (Node | string | null)[]): void {
    const call = name === 'call';
    this.root.dataset.state = name;
    this.card.hidden = call;
    this.middle.hidden = !call;
    this.bar.hidden = !call;
    if (!call) this.signs.hidden = true;
    put(this.card, ...inside);
    if (this.shown === name) return;
    this.shown = name;
    // The keyboard goes where the eye goes: to the one thing to do.
    if (name !== 'waiting' && name !== 'connecting') this.card.querySelector<HTMLElement>('.hk-primary')?.focus();
  }

  /** Says something to those who do not see the screen; everybody else sees it elsewhere. */
  announce(text: string): void {
    this.status.textContent = text;
  }

  slot(name: string): HTMLElement | undefined {
    return this.slots.get(name);
  }

  button(it: Button): HTMLButtonElement {
    return el('button', { type: 'button', class: it.primary ? 'hk-button hk-primary' : 'hk-button', onclick: it.act, 'data-testid': it.id }, it.icon?.() ?? null, el('span', {}, it.word));
  }

  /** A line over the stage, with what to do about it. */
  banner(key: string, text: string, actions: Button[] = [], more: HTMLElement | undefined = undefined): void {
    const old = this.banners.querySelector<HTMLElement>(`[data-key="${key}"]`);
    if (old?.dataset.text === text) return;
    const banner = el('div', { class: 'hk-banner', 'data-key': key, 'data-text': text, 'data-testid': `banner-${key}` }, el('p', {}, text), ...actions.map((it) => this.button(it)), more);
    if (old) old.replaceWith(banner);
    else this.banners.append(banner);
    this.announce(text);
  }

  clear(key: string): void {
    this.banners.querySelector(`[data-key="${key}"]`)?.remove();
  }

  clearAll(): void {
    put(this.banners);
  }

  /** Covers everything with one thing to do. */
  cover(title: string, text: string, actions: Button[]): void {
    const heading = el('h2', { id: 'hk-over-title' }, title);
    const box = el('div', { class: 'hk-over-box', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'hk-over-title', 'data-testid': 'cover' }, heading, el('p', {}, text), ...actions.map((it) => this.button(it)));
    put(this.over, box);
    this.over.hidden = false;
    this.middle.inert = true;
    this.bar.inert = true;
    this.over.querySelector<HTMLElement>('button')?.focus();
    this.announce(title);
  }

  uncover(): void {
    if (this.over.hidden) return;
    this.over.hidden = true;
    this.middle.inert = false;
    this.bar.inert = false;
    put(this.over);
  }

  ownPicture(stream: MediaStream | undefined, mirrored: boolean): void {
    if (this.selfVideo.srcObject !== (stream ?? null)) this.selfVideo.srcObject = stream ?? null;
    this.self.hidden = stream === undefined;
    this.self.classList.toggle('hk-mirrored', mirrored);
  }

  /** A copy of our own picture for a card, before the call. */
  preview(stream: MediaStream | undefined): HTMLElement | null {
    if (!stream) return null;
    const video = el('video', { class: 'hk-preview hk-mirrored', autoplay: true, playsinline: true, 'aria-label': this.t('自分の映像', 'Your own picture'), 'data-testid': 'video-preview' });
    video.muted = true;
    video.srcObject = stream;
    return video;
  }

  tile(person: string, label: Label, name: string, onSilent: () => void): Tile {
    const known = this.tiles.find((it) => it.person === person && it.label === label);
    if (known) return known;
    const tile = new Tile(this.t, person, label, name, () => this.enlarge(tile), onSilent);
    this.tiles.push(tile);
    this.tileBox.append(tile.element);
    this.arrange();
    return tile;
  }

  removeTile(tile: Tile): void {
    tile.close();
    this.tiles.splice(this.tiles.indexOf(tile), 1);
    if (this.large === tile) this.large = undefined;
    this.arrange();
  }

  /** What stands on the stage while nobody is there. */
  emptyStage(...inside: (Node | string)[]): void {
    if (this.empty.dataset.text === inside.map(String).join()) return;
    this.empty.dataset.text = inside.map(String).join();
    put(this.empty, ...inside);
  }

  /** The four words of each pair, and the clinic's number for the patient's side. */
  showSigns(pairs: { name: string; words: Words[] }[], lang: 'ja' | 'en', phone: HTMLElement | null): void {
    const key = JSON.stringify(pairs);
    this.signs.hidden = pairs.length === 0 && phone === null;
    if (key === this.signsKey) return;
    this.signsKey = key;
    const { t } = this;
    const rows = pairs.map((it) =>
      el('p', {}, el('span', { class: 'hk-signs-name' }, pairs.length > 1 ? `${it.name}：` : t('合言葉', 'Check words')), ...it.words.map((word) => el('b', { 'data-testid': 'sign' }, word[lang]))),
    );
    const hint = el('p', { class: 'hk-hint' }, t('相手と同じ言葉なら安全です。', 'The same words on both sides: nobody is in between.'));
    if (rows.length < 2) put(this.signs, ...rows, rows.length > 0 && hint, phone);
    else put(this.signs, el('details', {}, el('summary', {}, t(`合言葉（${rows.length}人分）`, `Check words (${rows.length} people)`)), ...rows, hint), phone);
  }

  showBar(facts: BarFacts): void {
    const key = JSON.stringify(facts);
    if (key === this.barKey) return;
    this.barKey = key;
    const { t, acts } = this;
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.testid;
    const buttons: Button[] = [
      facts.sound
        ? { word: t('マイクを切る', 'Mute'), act: acts.sound, icon: icons.microphone, id: 'toggle-sound' }
        : { word: t('マイクを入れる', 'Unmute'), act: acts.sound, icon: icons.microphoneOff, id: 'toggle-sound' },
      facts.picture
        ? { word: t('カメラを切る', 'Camera off'), act: acts.picture, icon: icons.camera, id: 'toggle-picture' }
        : { word: t('カメラを入れる', 'Camera on'), act: acts.picture, icon: icons.cameraOff, id: 'toggle-picture' },
    ];
    if (facts.phone) buttons.push({ word: t('カメラの向き', 'Flip camera'), act: acts.flip, icon: icons.flip, id: 'flip' });
    if (!facts.conference) {
      const word = facts.second ? t('口のカメラを止める', 'Stop mouth camera') : t('口のカメラ', 'Mouth camera');
      buttons.push({ word, act: acts.second, icon: icons.tooth, id: 'toggle-second' });
    }
    if (facts.clinic) {
      const word = facts.screen ? t('共有を止める', 'Stop sharing') : t('画面を見せる', 'Share screen');
      buttons.push({ word, act: acts.screen, icon: icons.screen, id: 'toggle-screen' });
    }
    const chat = facts.unread ? t('新しい文字', 'New message') : t('文字で話す', 'Chat');
    if (!facts.conference) buttons.push({ word: chat, act: acts.chat, icon: icons.chat, id: 'toggle-chat' });
    buttons.push({ word: t('退室する', 'Leave'), act: acts.leave, icon: icons.leave, id: 'leave' });
    put(this.bar, ...buttons.map((it) => this.button(it)));
    const by = (id: string): HTMLElement | null => this.bar.querySelector(`[data-testid="${id}"]`);
    by('leave')?.classList.add('hk-danger');
    by('toggle-chat')?.classList.toggle('hk-unread', facts.unread);
    by('toggle-chat')?.setAttribute('aria-expanded', String(facts.chat));
    by('toggle-sound')?.classList.toggle('hk-off', !facts.sound);
    by('toggle-picture')?.classList.toggle('hk-off', !facts.picture);
    // Buttons are made anew; the keyboard stays where it was.
    if (focused) by(focused)?.focus();
  }

  close(): void {
    this.tiles.forEach((it) => it.close());
    this.selfVideo.srcObject = null;
    put(this.root);
  }

  private enlarge(tile: Tile): void {
    this.large = this.large === tile ? undefined : tile;
    this.arrange();
  }

  /** The large one fills the stage, the others stand in a row below; alone, everything is large. */
  private arrange(): void {
    const large = this.large ?? this.tiles.find((it) => it.label === 'screen') ?? this.tiles.find((it) => it.label === 'camera') ?? this.tiles[0];
    const people = this.tiles.filter((it) => it.label === 'camera').length;
    const many = this.large === undefined && people > 1 && people === this.tiles.length;
    this.tileBox.dataset.layout = many ? 'many' : this.tiles.length > 1 ? 'large' : 'one';
    for (const tile of this.tiles) tile.element.classList.toggle('hk-is-large', !many && tile === large);
    this.empty.hidden = this.tiles.length > 0;
  }
}
