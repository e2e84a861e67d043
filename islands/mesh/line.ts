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

  /** Sends a note. Whether it was kept shows in the list, which is asked for anew. */
  async note(key: string, file: string, at: Vec, text: string): Promise<void> {
    const [x, y, z] = at.map((it) => it.toFixed(4));
    const body = new URLSearchParams({ _token: this.token, _key: key, file, x: x!, y: y!, z: z!, text });
    const answer = await fetch(this.noteHref, { method: 'POST', body, headers: { 'x-csrf-token': this.token, accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store', redirect: 'manual', signal: this.#stop.signal });
    if (!answer.ok && answer.type !== 'opaqueredirect') throw new Unanswered(answer.status);
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
