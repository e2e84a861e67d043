// What passes between the call and the viewer, and what the person is told about it.
import { el, put } from '../lib/dom';
import type { Pointing } from '../lib/wire';
import { langOf, type Say, sayIn } from '../lib/words';
import { Lead } from './lead';

/** A picture that has not come yet is looked for again so often. */
const AGAIN_MS = 1_500;
/** A pointer that says nothing more is taken away: its person looks at something else. */
const STILL_MS = 20_000;

/** What the call's element can do. */
interface Call extends HTMLElement {
  point?(pointing: Pointing): boolean;
}
/** What the viewer's element can do. */
interface Viewer extends HTMLElement {
  go?(to: Pointing): Promise<'there' | 'elsewhere' | 'unknown'>;
  finger?(person: string, name: string, place: Pointing | undefined): void;
}

interface Pointed {
  person: string;
  name: string;
  pointing: Pointing;
}

export class Conference {
  private readonly t: Say;
  private readonly lead = new Lead();
  private readonly follow: HTMLButtonElement;
  private readonly line = el('span', { class: 'conference-line', role: 'status', 'data-testid': 'conference-line' });
  private readonly still = new Map<string, ReturnType<typeof setTimeout>>();
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: HTMLElement) {
    this.t = sayIn(langOf(host));
    this.follow = el('button', { type: 'button', class: 'button', 'data-testid': 'follow', onclick: () => this.toggle() });
    const tools = host.querySelector('[data-tools]');
    if (tools) put(tools, this.follow, this.line);
    host.addEventListener('haruka-here', this.here);
    host.addEventListener('haruka-point', this.pointed);
    host.addEventListener('haruka-peer', this.came);
    host.addEventListener('haruka-gone', this.went);
    this.draw();
  }

  close(): void {
    clearTimeout(this.again);
    this.still.forEach((it) => clearTimeout(it));
    this.host.removeEventListener('haruka-here', this.here);
    this.host.removeEventListener('haruka-point', this.pointed);
    this.host.removeEventListener('haruka-peer', this.came);
    this.host.removeEventListener('haruka-gone', this.went);
  }

  private get call(): Call | null {
    return this.host.querySelector<Call>('haruka-call');
  }

  private get viewer(): Viewer | null {
    return this.host.querySelector<Viewer>('haruka-viewer');
  }

  private readonly here = (event: Event): void => {
    const place = (event as CustomEvent<Pointing>).detail;
    this.lead.here(place);
    if (place.goes) clearTimeout(this.again);
    this.call?.point?.(place);
    if (place.goes) this.say('');
  };

  private readonly pointed = (event: Event): void => {
    const { person, name, pointing } = (event as CustomEvent<Pointed>).detail;
    this.viewer?.finger?.(person, name, pointing);
    clearTimeout(this.still.get(person));
    this.still.set(person, setTimeout(() => this.viewer?.finger?.(person, '', undefined), STILL_MS));
    const to = this.lead.theirs(name, pointing);
    if (to) void this.go();
  };

  /** Whoever comes in later is shown where we are, if it was us who led there. */
  private readonly came = (): void => {
    if (this.lead.mine) this.call?.point?.(this.lead.mine);
  };

  private readonly went = (event: Event): void => {
    const { person } = (event as CustomEvent<{ person: string }>).detail;
    clearTimeout(this.still.get(person));
    this.still.delete(person);
    this.viewer?.finger?.(person, '', undefined);
  };

  private toggle(): void {
    this.lead.follows = !this.lead.follows;
    this.draw();
    if (this.lead.follows) void this.go();
    else {
      clearTimeout(this.again);
      this.say('');
    }
  }

  /** Goes where the others are; a picture that is not here yet is tried again until we go elsewhere ourselves. */
  private async go(): Promise<void> {
    const { t } = this;
    clearTimeout(this.again);
    const theirs = this.lead.wanted;
    if (!theirs) return;
    const went = (await this.viewer?.go?.(theirs.place)) ?? 'unknown';
    if (theirs !== this.lead.wanted) return;
    const { name } = theirs;
    if (went === 'there') this.say(t(`${name}と同じ画像です`, `The same image as ${name}`));
    else if (went === 'elsewhere') this.say(t(`${name}は別の表示です。「画像」に戻すと同じ画像になります`, `${name} looks at single images; change to "Images" to see the same`));
    else this.say(t(`${name}の見ている画像を待っています`, `Waiting for the image that ${name} looks at`));
    if (went !== 'there') this.again = setTimeout(() => void this.go(), AGAIN_MS);
  }

  private say(words: string): void {
    if (this.line.textContent !== words) this.line.textContent = words;
  }

  private draw(): void {
    const on = this.lead.follows;
    this.follow.setAttribute('aria-pressed', String(on));
    this.follow.textContent = on ? this.t('✓ 相手に合わせて画像を動かす', '✓ Follow the others') : this.t('相手に合わせて画像を動かす', 'Follow the others');
  }
}
