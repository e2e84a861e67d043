// What is drawn for looking at a monitor, in the manner of the TG18-QC pattern: our own drawing, from its purposes – luminance
// steps, low contrast at every grey, fine lines, geometry, evenness. Pure: a list of shapes on a square of 1000.

export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
  /** 0 to 255. */
  grey: number;
}
export interface Letters extends Rect {
  text: string;
}
/** Lines one or two pixels of the monitor wide: they are drawn on real pixels, not on the square. */
export interface Lines extends Rect {
  other: number;
  upright: boolean;
  period_px: number;
}
export interface Chart {
  rects: Rect[];
  letters: Letters[];
  lines: Lines[];
  /** Lines of the grid: along x or y at this place. */
  grid: number[];
}

export const SIDE = 1000;
export const STEPS = 18;
const STEP = 74;
const MIDDLE = 128;
/** How much darker and lighter the small squares in each step are than the step. */
export const FAINT = 4;
/** Nine signs that are told apart one by one; on each ground they fade. */
export const WORD = 'HARUKA123';

/** Even steps from black to white. */
export function greys(): number[] {
  return Array.from({ length: STEPS }, (_, place) => Math.round((255 * place) / (STEPS - 1)));
}

export function chart(): Chart {
  const rects: Rect[] = [{ x: 0, y: 0, w: SIDE, h: SIDE, grey: MIDDLE }];
  const letters: Letters[] = [];
  steps(rects);
  ends(rects);
  ramps(rects);
  words(letters, rects);
  return { rects, letters, lines: pairs(), grid: Array.from({ length: 11 }, (_, place) => (place * SIDE) / 10) };
}

/** A ring of steps around the middle; in each, four squares that differ only just. */
function steps(rects: Rect[]): void {
  const all = greys();
  const around = [
    ...Array.from({ length: 5 }, (_, place) => [place, 0]),
    ...Array.from({ length: 4 }, (_, place) => [4, place + 1]),
    ...Array.from({ length: 5 }, (_, place) => [4 - place, 5]),
    ...Array.from({ length: 4 }, (_, place) => [0, 4 - place]),
  ] as [number, number][];
  all.forEach((grey, place) => {
    const [column = 0, row = 0] = around[place] ?? [];
    const x = 230 + column * (STEP + 42);
    const y = 180 + row * (STEP + 26);
    rects.push({ x, y, w: STEP, h: STEP, grey });
    const small = 12;
    const [darker, lighter] = [Math.max(0, grey - FAINT), Math.min(255, grey + FAINT)];
    rects.push({ x: x + 5, y: y + 5, w: small, h: small, grey: darker === grey ? lighter : darker });
    rects.push({ x: x + STEP - small - 5, y: y + STEP - small - 5, w: small, h: small, grey: darker === grey ? lighter : darker });
    rects.push({ x: x + STEP - small - 5, y: y + 5, w: small, h: small, grey: lighter === grey ? darker : lighter });
    rects.push({ x: x + 5, y: y + STEP - small - 5, w: small, h: small, grey: lighter === grey ? darker : lighter });
  });
}

/** 5 % in black and 95 % in white: a monitor set too dark or too bright swallows one of them. */
function ends(rects: Rect[]): void {
  rects.push({ x: 350, y: 300, w: 120, h: 120, grey: 0 }, { x: 390, y: 340, w: 40, h: 40, grey: 13 });
  rects.push({ x: 530, y: 300, w: 120, h: 120, grey: 255 }, { x: 570, y: 340, w: 40, h: 40, grey: 242 });
}

/** Even ramps at both sides: bands in them are lost greys. */
function ramps(rects: Rect[]): void {
  for (let step = 0; step < 256; step += 1) {
    const h = 700 / 256;
    rects.push({ x: 60, y: 150 + step * h, w: 60, h: h + 0.5, grey: step });
    rects.push({ x: 880, y: 150 + step * h, w: 60, h: h + 0.5, grey: 255 - step });
  }
}

/** One word on three grounds; each letter fainter than the one before. */
function words(letters: Letters[], rects: Rect[]): void {
  [0, MIDDLE, 255].forEach((ground, row) => {
    const y = 440 + row * 40;
    rects.push({ x: 340, y, w: 320, h: 36, grey: ground });
    [...WORD].forEach((text, place) => {
      const off = Math.max(1, 12 - Math.round((place * 11) / (WORD.length - 1)));
      letters.push({ x: 350 + place * 34, y, w: 34, h: 36, grey: ground === 255 ? 255 - off : ground + off, text });
    });
  });
}

/** Line pairs in the middle and in the corners, in both directions, at full and at low contrast. */
function pairs(): Lines[] {
  const found: Lines[] = [];
  for (const [x, y] of [[20, 20], [860, 20], [20, 900], [860, 900], [440, 820]] as const) {
    for (const [place, [upright, period_px]] of ([[true, 2], [false, 2], [true, 4], [false, 4]] as const).entries()) {
      found.push({ x: x + (place % 2) * 62, y: y + Math.floor(place / 2) * 42, w: 56, h: 36, grey: 0, other: 255, upright, period_px });
    }
  }
  for (const [place, upright] of [true, false].entries()) found.push({ x: 580 + place * 62, y: 840, w: 56, h: 36, grey: MIDDLE - 6, other: MIDDLE + 6, upright, period_px: 2 });
  return found;
}
