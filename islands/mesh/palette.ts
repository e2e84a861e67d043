// Colours: of parts, and of distances. Blue is inside, red outside, white the same: also for eyes that see no red or green.
import type { Kind } from './document';

export type Rgb = readonly [number, number, number];

/** Colours that a part can be given, by name: a name can be spoken, a number cannot. */
export const PAINTS = {
  stone: { ja: '石こう色', en: 'Stone', rgb: [226, 206, 172] },
  grey: { ja: '灰色', en: 'Grey', rgb: [190, 196, 204] },
  ivory: { ja: '象牙色', en: 'Ivory', rgb: [245, 236, 214] },
  pink: { ja: '歯肉色', en: 'Gum', rgb: [226, 148, 148] },
  blue: { ja: '青', en: 'Blue', rgb: [116, 176, 236] },
  green: { ja: '緑', en: 'Green', rgb: [128, 204, 150] },
  orange: { ja: '橙', en: 'Orange', rgb: [246, 170, 92] },
  violet: { ja: '紫', en: 'Violet', rgb: [188, 160, 232] },
} as const satisfies Record<string, { ja: string; en: string; rgb: Rgb }>;
export type Paint = keyof typeof PAINTS;

/** What a part wears at first; a second design is not mistaken for the first. */
export function paintOf(kind: Kind, nth: number): Paint {
  const design: Paint[] = ['blue', 'green', 'orange', 'violet'];
  const first: Record<Kind, Paint> = { upper: 'stone', lower: 'stone', bite: 'grey', gum: 'pink', design: design[nth % design.length]!, other: 'grey' };
  return first[kind];
}

/** From −1 to 1. */
const STOPS: readonly (readonly [number, Rgb])[] = [
  [-1, [8, 29, 120]],
  [-0.6, [43, 109, 214]],
  [-0.2, [160, 202, 245]],
  [0, [250, 250, 246]],
  [0.2, [250, 188, 160]],
  [0.6, [222, 70, 52]],
  [1, [115, 0, 22]],
];
/** Nothing to compare with. */
export const ALONE: Rgb = [92, 96, 104];
/** Ends of the scale that can be chosen, in mm. */
export const SCALES_MM = [0.05, 0.1, 0.2, 0.5, 1, 2] as const;

/** The colour of a distance on a scale that ends at `scale_mm`; beyond its ends, that of the end. */
export function heatRgb(distance_mm: number, scale_mm: number): Rgb {
  if (Number.isNaN(distance_mm)) return ALONE;
  const at = Math.max(-1, Math.min(1, distance_mm / scale_mm));
  const after = Math.max(1, STOPS.findIndex(([stop]) => stop >= at));
  const [[low, from], [high, to]] = [STOPS[after - 1]!, STOPS[after]!];
  const part = (at - low) / (high - low);
  const mix = (axis: 0 | 1 | 2) => Math.round(from[axis] + (to[axis] - from[axis]) * part);
  return [mix(0), mix(1), mix(2)];
}

/** Steps of a table of colours: finer than eight bits of a colour can show. */
const STEPS = 1024;

/** The colours of all vertices: red, green, blue, opaque. */
export function paint(distances: Float32Array, scale_mm: number): Uint8Array {
  const table = Array.from({ length: STEPS + 1 }, (_, at) => heatRgb(((at / STEPS) * 2 - 1) * scale_mm, scale_mm));
  const colours = new Uint8Array(distances.length * 4);
  distances.forEach((it, at) => {
    const rgb = Number.isNaN(it) ? ALONE : table[Math.round((Math.max(-1, Math.min(1, it / scale_mm)) + 1) * (STEPS / 2))]!;
    colours[at * 4] = rgb[0];
    colours[at * 4 + 1] = rgb[1];
    colours[at * 4 + 2] = rgb[2];
    colours[at * 4 + 3] = 255;
  });
  return colours;
}

/** The scale on which most of the surface can be told apart. */
export function scaleFor(most_mm: number): number {
  return SCALES_MM.find((it) => it >= most_mm) ?? SCALES_MM[SCALES_MM.length - 1]!;
}
