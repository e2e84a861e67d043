// Keeps the marks of one study with the server: after a pause, again and again until it is done, and on leaving. What is not
// saved yet stays in memory, never in the browser's own store.
import type { WireSet, WireVersion } from './wire';

/** A hand that measures rests for less than this between two points. */
const PAUSE_MS = 1_500;
const AGAIN_MS = [2_000, 4_000, 8_000, 15_000, 30_000] as const;
/** Somebody unlocks in another tab. */
const LOCKED_MS = 8_000;
/** What a page that is being left may still send (Fetch 4.6: 64 KiB for all such requests). */
const LEAVING_BYTES_MAX = 60_000;

export type State =
  /** Nothing was drawn yet. */
  | { kind: 'none' }
  /** What was saved is not here yet. */
  | { kind: 'opening' }
  | { kind: 'waiting' }
  | { kind: 'saved'; at: string; objects: number | undefined }
  /** No connection. */
  | { kind: 'away' }
  /** The session is locked or has ended. */
  | { kind: 'locked' }
  /** Not before something changes; `words` are the server's own. */
  | { kind: 'refused'; why: 'much' | 'denied' | { ja: string; en: string } };

export interface SavingActs {
  /** What was saved before: mine, if there is any, and what others have marked. */
  opened(mine: WireVersion | undefined, others: WireVersion[]): void;
  /** Another window has saved: its marks are to be added to those here, and all offered again. */
  behind(mine: WireVersion): void;
  told(): void;
}

type Fetch = (address: string, more: RequestInit) => Promise<Response>;

interface Answer {
  outcome: 'saved' | 'behind' | 'refused';
  number?: number;
  savedAt?: string | null;
  objects?: number | null;
  mine?: WireVersion;
  ja?: string;
  en?: string;
}

export class Saving {
  state: State = { kind: 'opening' };
  private based = 0;
  /** As the server has it. */
  private saved = '';
  /** As it is drawn. */
  private drawn: string | undefined;
  private keep = false;
  private isOpen = false;
  private busy = false;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    readonly study: string,
    private readonly address: string,
    /** Nothing for whoever may only look. */
    private readonly token: string | undefined,
    private readonly tab: string,
    private readonly acts: SavingActs,
    private readonly ask: Fetch = (address, more) => fetch(address, more),
  ) {}

  /** Whether there is something that the server has not. */
  get isBehind(): boolean {
    return this.token !== undefined && this.drawn !== undefined && (this.drawn !== this.saved || this.keep);
  }

  /** Whether leaving the page now would lose something. */
  get isAtRisk(): boolean {
    return this.isBehind && (['away', 'locked', 'refused'].includes(this.state.kind) || new Blob([this.body()]).size > LEAVING_BYTES_MAX);
  }

  get maySave(): boolean {
    return this.token !== undefined;
  }

  async open(): Promise<void> {
    try {
      const answer = await this.ask(this.address, { headers: { accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store', redirect: 'manual' });
      if (answer.type === 'opaqueredirect' || answer.status === 401) return this.again('locked');
      if (!answer.ok) return this.again('away');
      const { mine, others } = (await answer.json()) as { mine: WireVersion | null; others: WireVersion[] };
      if (this.closed) return;
      this.isOpen = true;
      this.tries = 0;
      this.based = mine?.number ?? 0;
      this.to(mine ? { kind: 'saved', at: mine.savedAt, objects: undefined } : { kind: 'none' });
      this.acts.opened(mine ?? undefined, others);
    } catch {
      this.again('away');
    }
  }

  /** What was restored stands there as it was saved: it is no change. */
  settle(set: WireSet): void {
    this.saved = JSON.stringify(set);
    this.drawn = this.saved;
  }

  /** All that is drawn on the study now. */
  offer(set: WireSet): void {
    this.drawn = JSON.stringify(set);
    if (this.isOpen && this.saved === '' && isEmpty(set)) this.saved = this.drawn;
    if (!this.isBehind) return;
    if (this.isOpen) this.to({ kind: 'waiting' });
    this.soon(PAUSE_MS);
  }

  /** Saves at once, and has this version made into objects of the study. */
  keepNow(): void {
    if (!this.maySave || this.drawn === undefined) return;
    this.keep = true;
    void this.send();
  }

  /** Saves what waits, without waiting. */
  flush(): void {
    if (this.isOpen && this.isBehind) void this.send();
  }

  /** The page is being left: one last try that outlives it. */
  leave(): void {
    if (!this.isOpen || !this.isBehind) return;
    const body = this.body();
    if (new Blob([body]).size > LEAVING_BYTES_MAX) return;
    void this.post(body, true).catch(() => undefined);
  }

  close(): void {
    this.leave();
    this.closed = true;
    clearTimeout(this.timer);
  }

  private to(state: State): void {
    if (this.closed) return;
    this.state = state;
    this.acts.told();
  }

  private soon(after_ms: number): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    this.timer = setTimeout(() => void (this.isOpen ? this.send() : this.open()), after_ms);
  }

  /** Nothing is lost: it is tried again, ever more slowly. */
  private again(kind: 'away' | 'locked'): void {
    this.to({ kind });
    const pause_ms = AGAIN_MS[Math.min(this.tries, AGAIN_MS.length - 1)] ?? LOCKED_MS;
    this.tries += 1;
    this.soon(kind === 'locked' ? LOCKED_MS : pause_ms);
  }

  private body(): string {
    return `{"basedOn":${this.based},"tab":${JSON.stringify(this.tab)},"keep":${this.keep},"set":${this.drawn}}`;
  }

  private post(body: string, leaving: boolean): Promise<Response> {
    return this.ask(this.address, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-csrf-token': this.token ?? '', accept: 'application/json' },
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'manual',
      keepalive: leaving,
    });
  }

  private async send(): Promise<void> {
    if (this.busy || this.closed || !this.isBehind) return;
    if (!this.isOpen) return this.open();
    this.busy = true;
    clearTimeout(this.timer);
    const [sent, kept] = [this.drawn ?? '', this.keep];
    this.to({ kind: 'waiting' });
    try {
      const answer = await this.post(this.body(), false);
      this.busy = false;
      if (answer.type === 'opaqueredirect' || answer.status === 401) return this.again('locked');
      if (answer.status === 413) return this.refuse('much');
      if (answer.status === 403 || answer.status === 404) return this.refuse('denied');
      if (!answer.ok) return this.again('away');
      this.tries = 0;
      this.take((await answer.json()) as Answer, sent, kept);
    } catch {
      this.busy = false;
      this.again('away');
    }
  }

  private take(it: Answer, sent: string, kept: boolean): void {
    if (it.outcome === 'refused') return this.refuse({ ja: it.ja ?? '', en: it.en ?? '' });
    if (it.outcome === 'behind' && it.mine) {
      this.based = it.mine.number;
      // Offers what both have drawn.
      this.acts.behind(it.mine);
      return void this.send();
    }
    this.based = it.number ?? this.based;
    this.saved = sent;
    if (kept) this.keep = false;
    this.to({ kind: 'saved', at: it.savedAt ?? '', objects: kept ? (it.objects ?? undefined) : undefined });
    if (this.isBehind) this.soon(PAUSE_MS);
  }

  /** Not tried again before something changes. */
  private refuse(why: Extract<State, { kind: 'refused' }>['why']): void {
    this.keep = false;
    this.to({ kind: 'refused', why });
  }
}

const isEmpty = (set: WireSet) => set.marks.length === 0 && set.keyImages.length === 0 && set.arches.length === 0;
