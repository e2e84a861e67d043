// Brings the rest of a series after its first picture, nearest first, and never in the way of what is asked for by hand.
import { Refused } from './digests';
import { imageId, picture, ready } from './images';
import type { Series } from './series';
import type { Study } from './study';

/** Requests at once: browsers allow six to a server, and scrolling needs some. */
const AT_ONCE = 3;

export class Prefetch {
  private round = 0;

  /** Begins anew with what is on screen; `from` is the place in each series from which to go outward. */
  begin(open: readonly { study: Study; series: Series; from: number }[], arrived: () => void): void {
    this.round += 1;
    const mine = this.round;
    const queue = open.flatMap(({ study, series, from }) => outward(series.frames.length, from).map((place) => imageId(study, series.frames[place]!)));
    const next = async (): Promise<void> => {
      for (let id = queue.shift(); id !== undefined && mine === this.round; id = queue.shift()) {
        if (ready(id)) continue;
        // A refusal is in the study's list; the rest is still worth having.
        await picture(id).catch(() => undefined);
        arrived();
      }
    };
    for (let line = 0; line < AT_ONCE; line += 1) void next();
  }

  stop(): void {
    this.round += 1;
  }
}

/** Every place once, from the middle to both ends. */
export function outward(count: number, from: number): number[] {
  return Array.from({ length: count }, (_, place) => place).sort((one, other) => Math.abs(one - from) - Math.abs(other - from));
}

/** Brings a whole series and says how far it is; throws the first refusal. */
export async function whole(study: Study, series: Series, told: (done: number) => void, stopped: () => boolean): Promise<void> {
  const queue = outward(series.frames.length, Math.floor(series.frames.length / 2)).map((place) => imageId(study, series.frames[place]!));
  let done = 0;
  let fault: unknown;
  const next = async (): Promise<void> => {
    for (let id = queue.shift(); id !== undefined && !fault && !stopped(); id = queue.shift()) {
      try {
        await picture(id);
      } catch (error) {
        // What only the network refused is asked for once more.
        if (!(error instanceof Refused) || error.fault !== 'unreached') fault ??= error;
        else await picture(id).catch((again: unknown) => (fault ??= again));
      }
      done += 1;
      told(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE + 1 }, next));
  if (fault) throw fault instanceof Error ? fault : new TypeError(String(fault));
  const refused = study.faultIn(series);
  if (refused) throw refused;
}
