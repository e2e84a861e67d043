// One picture on the stage: a person's camera, second camera or screen.
import { el, put } from '../lib/dom';
import type { Condition, Label, Level } from '../lib/wire';
import type { Say } from '../lib/words';
import { icons } from './icons';

export interface TileFacts {
  condition: Condition;
  level: Level;
  connected: boolean;
  met: boolean;
  still: boolean;
  frames: number;
  energy: number;
  relay: string;
  /** Whether the viewer is shown a word for the quality even when it is good. */
  showLevel: boolean;
}

export class Tile {
  readonly element: HTMLElement;
  private readonly video: HTMLVideoElement;
  private readonly stream = new MediaStream();
  private readonly cover: HTMLElement;
  private readonly note: HTMLElement;

  constructor(
    private readonly t: Say,
    readonly person: string,
    readonly label: Label,
    name: string,
    onLarge: () => void,
    private readonly onSilent: () => void,
  ) {
    const what = label === 'second' ? t('口の中のカメラ', 'Mouth camera') : label === 'screen' ? t('共有画面', 'Shared screen') : '';
    const title = what === '' ? name : what;
    this.video = el('video', { autoplay: true, playsinline: true, 'aria-label': what === '' ? name : t(`${name}さんの${what}`, `${what} of ${name}`), 'data-testid': `video-${label}` });
    this.video.srcObject = this.stream;
    this.cover = el('div', { class: 'hk-cover', 'data-testid': 'tile-cover' });
    this.note = el('span', { class: 'hk-note', 'data-testid': 'tile-note' });
    const large = el('button', { class: 'hk-button hk-small hk-large', type: 'button', onclick: onLarge, 'data-testid': 'tile-large' }, icons.large(), t('大きくする', 'Make large'));
    this.element = el(
      'figure',
      { class: `hk-tile hk-${label}`, 'data-testid': `tile-${label}`, 'data-person': person, 'data-frames': 0, 'data-energy': 0 },
      this.video,
      this.cover,
      el('figcaption', {}, el('span', { class: 'hk-name' }, title), this.note, large),
    );
  }

  get hasTracks(): boolean {
    return this.stream.getTracks().length > 0;
  }

  add(track: MediaStreamTrack): void {
    this.stream.getTracks().filter((it) => it.kind === track.kind && it !== track).forEach((it) => this.stream.removeTrack(it));
    this.stream.addTrack(track);
    this.play();
  }

  /** Browsers let a page sound only after a touch, or while it uses the microphone: then at least the picture moves. */
  play(): void {
    this.video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      this.video.muted = true;
      void this.video.play().catch(() => undefined);
      this.onSilent();
    });
  }

  /** From a press of a button. */
  hear(): void {
    this.video.muted = false;
    this.play();
  }

  show(facts: TileFacts): void {
    const { t } = this;
    const data = this.element.dataset;
    data.frames = String(facts.frames);
    data.energy = String(facts.energy);
    data.relay = facts.relay;
    data.level = facts.level;
    data.connected = String(facts.connected);
    let cover = '';
    if (!facts.met) cover = t('つないでいます…', 'Connecting…');
    else if (!facts.connected) cover = t('接続が切れました。つなぎ直しています…', 'The connection broke. Reconnecting…');
    else if (facts.condition.hidden) cover = t('相手が画面を離れています', 'The other person has left the screen');
    else if (facts.condition.picture === 'off') cover = t('相手のカメラは切れています', 'The camera of the other person is off');
    else if (facts.condition.picture === 'paused') cover = t('回線が弱いため、映像を止めています', 'The picture is paused because the line is weak');
    else if (facts.still) cover = t('映像が届いていません', 'No picture is arriving');
    // The second camera and the screen have their own life.
    if (this.label !== 'camera' && facts.connected) cover = '';
    this.cover.textContent = cover;
    this.cover.hidden = cover === '';
    const notes: string[] = [];
    if (!facts.condition.microphone) notes.push(t('マイクは切れています', 'Microphone off'));
    if (facts.level === 'bad') notes.push(t('通信：不安定', 'Line: unstable'));
    else if (facts.showLevel && facts.met) notes.push(facts.level === 'fair' ? t('通信：やや不安定', 'Line: fair') : t('通信：良好', 'Line: good'));
    const text = this.label === 'camera' ? notes.join(t('、', ', ')) : '';
    if (this.note.textContent !== text) put(this.note, text);
  }

  close(): void {
    this.video.srcObject = null;
    this.element.remove();
  }
}
