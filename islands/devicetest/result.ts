// What the test has found, as it is kept with the booking (OV-166), and what it means in one word per step.
import { type Measured, type Way, WAYS, wayLevel } from '../lib/relay';

export type Step = 'camera' | 'motion' | 'colour' | 'microphone' | 'speaker' | 'network';
export const STEPS: readonly Step[] = ['camera', 'motion', 'colour', 'microphone', 'speaker', 'network'];
export type Mark = 'good' | 'fair' | 'bad' | 'none';

export interface Result {
  camera?: { ok: boolean; width: number; height: number; error: string };
  /** Frames a second, and whether something moved in them. */
  motion?: { frames_s: number; moved: boolean };
  /** The tooth shade that differs was found; white and red look natural in the picture. */
  colour?: { shades: boolean; natural: boolean };
  /** Loudest moment, 0 to 1. */
  microphone?: { ok: boolean; peak: number; error: string };
  speaker?: { ok: boolean };
  network?: { configured: boolean } & Partial<Record<Way, Measured>>;
}

/** Frames a second from which a movement of the jaw can be judged. */
const FRAMES_GOOD = 12;
const FRAMES_FAIR = 6;

export function mark(step: Step, result: Result): Mark {
  switch (step) {
    case 'camera':
      return result.camera ? yes(result.camera.ok) : 'none';
    case 'motion': {
      const it = result.motion;
      if (!it) return 'none';
      if (!it.moved || it.frames_s < FRAMES_FAIR) return 'bad';
      return it.frames_s >= FRAMES_GOOD ? 'good' : 'fair';
    }
    case 'colour': {
      const it = result.colour;
      if (!it) return 'none';
      if (it.natural && it.shades) return 'good';
      return it.natural || it.shades ? 'fair' : 'bad';
    }
    case 'microphone':
      return result.microphone ? yes(result.microphone.ok) : 'none';
    case 'speaker':
      return result.speaker ? yes(result.speaker.ok) : 'none';
    case 'network': {
      const it = result.network;
      // Without a relay the call may still work directly; nobody can tell beforehand.
      if (!it) return 'none';
      if (!it.configured) return 'fair';
      const levels = WAYS.map((way) => it[way]).filter((one): one is Measured => one !== undefined).map(wayLevel);
      return levels.includes('good') ? 'good' : levels.includes('fair') ? 'fair' : 'bad';
    }
  }
}

/** The whole: as bad as the worst step; a step left out leaves it open. */
export function overall(result: Result): Mark {
  const marks = STEPS.map((it) => mark(it, result));
  if (marks.includes('none')) return 'none';
  if (marks.includes('bad')) return 'bad';
  return marks.includes('fair') ? 'fair' : 'good';
}

function yes(ok: boolean): Mark {
  return ok ? 'good' : 'bad';
}
