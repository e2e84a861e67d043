// One WebSocket that comes back by itself: backs off from 0.3 to 5 s, tries at once when the system says that the network
// or the page is back, and notices a dead line itself, because a browser cannot see WebSocket pings.
import type { Ask, Tell } from './wire';

export type LineState = 'connecting' | 'open' | 'lost' | 'closed';

const RETRY_MS_MIN = 300;
const RETRY_MS_MAX = 5_000;
const PING_MS = 5_000;
/** Longest silence after a ping before the line counts as dead. */
const SILENCE_MS_MAX = 9_000;
/** The wait in trouble begins with that of so many tries: some three seconds. */
const TRIES_IN_TROUBLE = 4;
/** After these the same ticket will not help: refused, removed, replaced, ended. */
const FINAL_CODES = [4401, 4403, 4409, 4410];

/** The wait before try number `tries` (from 0); `chance` in 0..1 spreads a clinic's browsers after a restart. */
export function retryMs(tries: number, chance: number): number {
  const wait = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 1.8 ** tries);
  return Math.round(wait * (0.8 + 0.4 * chance));
}

export class Line {
  private socket: WebSocket | undefined;
  private tries = 0;
  private heard = 0;
  private stopped = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private readonly beat: ReturnType<typeof setInterval>;

  constructor(
    private readonly url: string,
    private readonly ticket: string,
    private readonly onTell: (tell: Tell) => void,
    private readonly onState: (state: LineState, code: number) => void,
  ) {
    this.beat = setInterval(() => this.pulse(), PING_MS);
    window.addEventListener('online', this.hint);
    document.addEventListener('visibilitychange', this.hint);
    this.open();
  }

  /** Sends, if the line is open; false when it is not. */
  send(ask: Ask): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(ask));
    return true;
  }

  /** Ends for good. */
  close(): void {
    this.stopped = true;
    clearInterval(this.beat);
    clearTimeout(this.retry);
    window.removeEventListener('online', this.hint);
    document.removeEventListener('visibilitychange', this.hint);
    this.drop();
  }

  private open(): void {
    clearTimeout(this.retry);
    this.onState('connecting', 0);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.heard = Date.now();
    let refused = '';
    socket.onopen = () => socket.send(JSON.stringify({ t: 'hello', ticket: this.ticket } satisfies Ask));
    socket.onmessage = (event: MessageEvent) => {
      if (this.socket !== socket) return;
      this.heard = Date.now();
      const tell = JSON.parse(String(event.data)) as Tell;
      if (tell.t === 'welcome') {
        this.tries = 0;
        this.onState('open', 0);
      }
      if (tell.t === 'refused') refused = tell.why;
      // The house is in trouble: it is not helped by a browser that comes back at once, welcomed each time.
      if (refused === 'unavailable') this.tries = Math.max(this.tries, TRIES_IN_TROUBLE);
      // A passing trouble of the server: says nothing to the person, tries again.
      if (tell.t !== 'pong' && refused !== 'unavailable') this.onTell(tell);
    };
    socket.onclose = (event: CloseEvent) => {
      if (this.socket !== socket) return;
      this.lost(event.code, refused === 'unavailable');
    };
  }

  private lost(code: number, passing: boolean): void {
    this.socket = undefined;
    if (this.stopped || (FINAL_CODES.includes(code) && !passing)) {
      this.onState('closed', code);
      return;
    }
    this.onState('lost', code);
    // Broke a rule of the protocol: coming back at once would break it again.
    const slow = code === 4400 || code === 4413 || code === 4429;
    const wait = slow ? RETRY_MS_MAX : retryMs(this.tries, Math.random());
    this.tries += 1;
    this.retry = setTimeout(() => this.open(), wait);
  }

  private pulse(): void {
    const socket = this.socket;
    if (!socket || this.stopped) return;
    if (Date.now() - this.heard > SILENCE_MS_MAX) {
      this.drop();
      this.lost(0, false);
      return;
    }
    if (socket.readyState === WebSocket.OPEN) this.send({ t: 'ping' });
  }

  private readonly hint = (): void => {
    if (this.stopped || document.visibilityState === 'hidden') return;
    if (!this.socket) {
      this.tries = 0;
      this.open();
      return;
    }
    // Back from sleep: the old socket may be dead without knowing it. Ask, and give it two seconds.
    const asked = Date.now();
    const socket = this.socket;
    if (!this.send({ t: 'ping' })) return;
    setTimeout(() => {
      if (this.socket === socket && this.heard < asked && !this.stopped) {
        this.drop();
        this.lost(0, false);
      }
    }, 2_000);
  };

  private drop(): void {
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close(1000);
  }
}
