// How good a connection is: for sound the E-model of ITU-T G.107 with Opus' loss robustness, for picture the frames that
// moved. The worse of the two counts, because a visit needs both.
import type { Level } from '../lib/wire';

export interface Heard {
  /** Lost packets of the sound, 0 to 1. */
  loss: number;
  rtt_ms: number | null;
  jitter_ms: number;
  /** Frames a second; null where no picture is expected. */
  frames_s: number | null;
  /** Freezes in the interval. */
  freezes: number;
}

/** Ten frames a second are enough to see a jaw move; below, the score falls with the root. */
const FRAMES_ENOUGH = 10;
const GOOD_FROM = 70;
const FAIR_FROM = 50;

/** 0 (nothing) to 100. */
export function score(heard: Heard): number {
  const delay_ms = (heard.rtt_ms ?? 0) / 2 + heard.jitter_ms * 2 + 20;
  const tooLate = delay_ms > 177.3 ? 0.11 * (delay_ms - 177.3) : 0;
  const percent = Math.min(1, Math.max(0, heard.loss)) * 100;
  // Opus with in-band error correction: equipment factor 0, robustness about 20.
  const lost = (95 * percent) / (percent + 20);
  const sound = Math.max(0, 93.2 - 0.024 * delay_ms - tooLate - lost) / 0.932;
  if (heard.frames_s === null) return clamp(sound);
  const picture = 100 * Math.sqrt(Math.min(1, heard.frames_s / FRAMES_ENOUGH)) - 15 * heard.freezes;
  return clamp(Math.min(sound, picture));
}

export function levelOf(points: number): Level {
  if (points >= GOOD_FROM) return 'good';
  return points >= FAIR_FROM ? 'fair' : 'bad';
}

function clamp(points: number): number {
  return Math.round(Math.min(100, Math.max(0, points)));
}

/** Shows a bad level after two samples and takes it back after three better ones, so that the screen does not flicker. */
export class Steady {
  shown: Level = 'good';
  private worse = 0;
  private better = 0;

  see(level: Level): Level {
    const order: Level[] = ['bad', 'fair', 'good'];
    const distance = order.indexOf(level) - order.indexOf(this.shown);
    this.worse = distance < 0 ? this.worse + 1 : 0;
    this.better = distance > 0 ? this.better + 1 : 0;
    if (this.worse >= 2 || this.better >= 3) {
      this.shown = level;
      this.worse = 0;
      this.better = 0;
    }
    return this.shown;
  }
}
