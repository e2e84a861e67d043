// The relays of this call: what the server gave last, asked for again before it runs out and whenever a connection is mended.
import type { Ice } from '../lib/wire';

/** Waiting longer for a fresh credential would cost more than trying the old one. */
const PATIENCE_MS = 2_000;
/** Asked again after this part of the time for which a credential is good. */
const AGAIN_AFTER = 0.8;

export class Relays {
  current: Ice = { servers: [], ttl_s: 0, relay_only: false };
  private waiting: ((ice: Ice) => void)[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `ask` sends the question; false when the line is broken. */
  constructor(private readonly ask: () => boolean) {}

  set(ice: Ice): void {
    this.current = ice;
    this.waiting.splice(0).forEach((it) => it(ice));
    clearTimeout(this.timer);
    if (ice.ttl_s > 0) this.timer = setTimeout(() => this.ask(), ice.ttl_s * 1_000 * AGAIN_AFTER);
  }

  /** Fresh relays, or the ones we have when the server does not answer soon. */
  fresh(): Promise<Ice> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      if (this.waiting.length > 1) return;
      if (this.ask()) setTimeout(() => this.settle(), PATIENCE_MS);
      else this.settle();
    });
  }

  close(): void {
    clearTimeout(this.timer);
    this.settle();
  }

  private settle(): void {
    this.waiting.splice(0).forEach((it) => it(this.current));
  }
}
