// What the distances between two versions come to on the whole.

/** Further apart than this are not two forms of one surface: one of them has nothing there. */
export const REACH_MM = 5;
/** One bin of the tally is a micrometre. */
const BIN_MM = 0.001;

export interface Summary {
  /** Shares of the surface are by area. Of what has a counterpart, in mm. */
  mean_mm: number;
  rms_mm: number;
  /** 95 % of the surface is nearer than this. */
  most_mm: number;
  lowest_mm: number;
  highest_mm: number;
  /** Share of the surface without a counterpart within [`REACH_MM`], from 0 to 1. */
  alone: number;
}

export interface Heat {
  /** For each vertex; NaN where there is no counterpart. */
  distances: Float32Array;
  summary: Summary;
}

/** What distances come to, each with its share of the area. */
export function summary(distances: Float32Array, areas: Float32Array): Summary {
  const bins = new Float64Array(Math.ceil(REACH_MM / BIN_MM) + 1);
  let [known, alone, sum, squares, lowest_mm, highest_mm] = [0, 0, 0, 0, Infinity, -Infinity];
  distances.forEach((it, at) => {
    const area = areas[at]!;
    if (Number.isNaN(it)) {
      alone += area;
      return;
    }
    known += area;
    sum += it * area;
    squares += it * it * area;
    lowest_mm = Math.min(lowest_mm, it);
    highest_mm = Math.max(highest_mm, it);
    bins[Math.min(bins.length - 1, Math.ceil(Math.abs(it) / BIN_MM))]! += area;
  });
  if (!(known > 0)) return { mean_mm: NaN, rms_mm: NaN, most_mm: NaN, lowest_mm: NaN, highest_mm: NaN, alone: 1 };
  let [bin, below] = [0, bins[0]!];
  while (below < 0.95 * known && bin < bins.length - 1) below += bins[(bin += 1)]!;
  return { mean_mm: sum / known, rms_mm: Math.sqrt(squares / known), most_mm: bin * BIN_MM, lowest_mm, highest_mm, alone: alone / (known + alone) };
}
