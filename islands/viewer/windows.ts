// Presets of window and level: which grey values are spread over black to white.
import type { Frame } from './frame';

export interface Window {
  centre: number;
  width: number;
}
export interface Preset {
  key: string;
  ja: string;
  en: string;
  window: Window;
}

/** For CT in Hounsfield units; cone-beam devices only come near them. */
const CT: readonly Preset[] = [
  { key: '2', ja: '骨', en: 'Bone', window: { centre: 500, width: 2500 } },
  { key: '3', ja: '歯', en: 'Teeth', window: { centre: 1300, width: 4200 } },
  { key: '4', ja: '軟組織', en: 'Soft tissue', window: { centre: 50, width: 400 } },
  { key: '5', ja: '上顎洞', en: 'Sinus', window: { centre: 0, width: 2500 } },
  { key: '6', ja: '金属', en: 'Metal', window: { centre: 2000, width: 6000 } },
];

/** What a picture offers, the file's own window first. `range` is what its pixels hold. */
export function presetsFor(frame: Frame, range: readonly [number, number] | undefined): Preset[] {
  const full = range ? windowOf(range[0], range[1]) : undefined;
  const own = frame.window ?? full ?? { centre: 2 ** (frame.bitsStored - 1), width: 2 ** frame.bitsStored };
  const found: Preset[] = [{ key: '1', ja: '標準', en: 'As sent', window: own }];
  if (frame.modality === 'CT') return [...found, ...CT];
  if (full) found.push({ key: '2', ja: '全階調', en: 'Full range', window: full });
  const narrow = { centre: own.centre, width: Math.max(1, own.width / 2) };
  return [...found, { key: '3', ja: '高コントラスト', en: 'High contrast', window: narrow }];
}

export function windowOf(lower: number, upper: number): Window {
  return { centre: (lower + upper) / 2, width: Math.max(1, upper - lower) };
}

export function rangeOf(window: Window): { lower: number; upper: number } {
  return { lower: window.centre - window.width / 2, upper: window.centre + window.width / 2 };
}
