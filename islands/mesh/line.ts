// The line to the server: the list, the levels, and a new note. Nothing of it is kept by the browser.
import { type Document, documentOf, LEVEL_BYTES_MAX, type Level } from './document';
import { Unfit } from './fault';
import type { Vec } from './vec';

/** An answer of which nothing has come for so long has been cut off, whatever the line says. */
const QUIET_MS = 30_000;
/** The list of a case with all its notes. */
const LIST_BYTES_MAX = 4_000_000;

/** The server has answered with a no; 401 when the session is over or locked. */
export class Unanswered extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}

/** A note as somebody has written it. */
export interface Written {
  file: string;
  at: Vec;
  /** The direction in which they looked. */
  along: Vec;
  text: string;
}
/** Why it is not kept, in both languages. */
export interface Refused {
  ja: string;
  en: string;
}

export class Line {
  readonly #stop = new AbortController();

  constructor(
    private readonly src: string,
    private readonly noteHref: string,
    private readonly token: string,
  ) {}

  /** Ends everything that is under way. */
  close(): void {
    this.#stop.abort();
  }

  async document(): Promise<Document> {
    const bytes = await this.get(this.src, 'application/json', LIST_BYTES_MAX);
    return documentOf(JSON.parse(new TextDecoder().decode(bytes)));
  }

  /** The bytes of a level; `told` hears how many have come. */
  async level(level: Level, told: (bytes: number) => void): Promise<Uint8Array> {
    const bytes = await this.get(level.href, 'application/octet-stream', Math.min(LEVEL_BYTES_MAX, level.bytes), told);
    if (bytes.length !== level.bytes) throw new Unfit('announced', 'bytes');
    return bytes;
  }

  /** Sends a note. What comes back says why the server would not have it; whether it was kept shows in the list, which is asked for anew. */
  async note(key: string, { file, at, along, text }: Written): Promise<Refused | undefined> {
    const [x, y, z, dx, dy, dz] = [...at, ...along].map((it) => it.toFixed(4));
    const body = new URLSearchParams({ _token: this.token, _key: key, file, x: x!, y: y!, z: z!, dx: dx!, dy: dy!, dz: dz!, text });
    const answer = await fetch(this.noteHref, { method: 'POST', body, headers: { 'x-csrf-token': this.token, accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store', redirect: 'manual', signal: this.#stop.signal });
    if (answer.type === 'opaqueredirect') return undefined;
    if (!answer.ok) throw new Unanswered(answer.status);
    const { outcome, ja, en } = (await answer.json()) as Record<string, unknown>;
    return outcome === 'refused' && typeof ja === 'string' && typeof en === 'string' ? { ja, en } : undefined;
  }

  private async get(address: string, accept: string, max: number, told?: (bytes: number) => void): Promise<Uint8Array> {
    const stop = new AbortController();
    const end = () => stop.abort();
    if (this.#stop.signal.aborted) end();
    this.#stop.signal.addEventListener('abort', end);
    let patience = setTimeout(end, QUIET_MS);
    try {
      const answer = await fetch(address, { headers: { accept }, cache: 'no-store', credentials: 'same-origin', signal: stop.signal });
      // A session that has ended leads to the page for signing in.
      if (!answer.ok || answer.redirected || !answer.body) throw new Unanswered(answer.redirected ? 401 : answer.status);
      const reader = answer.body.getReader();
      const pieces: Uint8Array[] = [];
      let length = 0;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(patience);
        patience = setTimeout(end, QUIET_MS);
        length += value.length;
        if (length > max) {
          end();
          throw new Unfit('announced', 'too long');
        }
        pieces.push(value);
        told?.(length);
      }
      const whole = new Uint8Array(length);
      pieces.reduce((at, it) => (whole.set(it, at), at + it.length), 0);
      return whole;
    } finally {
      clearTimeout(patience);
      this.#stop.signal.removeEventListener('abort', end);
    }
  }
}
