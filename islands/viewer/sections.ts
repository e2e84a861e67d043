// What a curved panorama and its cross-sections are made of: which place of the body stands behind which pixel.
import type { Arch, Point } from './spline';
import type { Vector } from './vector';
import { type Blend, slabAt, type Volume } from './volume';

/** A picture that can be filled column by column. */
export interface Plan {
  columns: number;
  rows: number;
  /** Both ways the same, so that a length in the picture is a length in the body. */
  pixel_mm: number;
  value(column: number, row: number): number;
  /** The place behind a pixel, in the volume's own axes. */
  place(column: number, row: number): Vector;
}

/** The arch unrolled: from the first station at the left to the last, the head up. */
export function panoramaPlan(volume: Volume, arch: Arch, thickness_mm: number, blend: Blend, pixel_mm = volume.finest_mm): Plan {
  const columns = Math.max(2, Math.round(arch.length_mm / pixel_mm) + 1);
  const rows = Math.max(2, Math.round(volume.size_mm[2] / pixel_mm) + 1);
  const stations = Array.from({ length: columns }, (_, column) => arch.station(column * pixel_mm));
  return {
    columns,
    rows,
    pixel_mm,
    value(column, row) {
      const it = stations[column];
      if (!it) return 0;
      const w = volume.size_mm[2] - row * pixel_mm;
      return slabAt(volume, it.at[0], it.at[1], w, it.outward[0], it.outward[1], thickness_mm, blend);
    },
    place(column, row) {
      const { at } = arch.station(column * pixel_mm);
      return [at[0], at[1], volume.size_mm[2] - row * pixel_mm];
    },
  };
}

/** A cut across the arch at `far_mm`: tongue side at the left, cheek or lip side at the right, the head up. */
export function sectionPlan(volume: Volume, arch: Arch, far_mm: number, width_mm: number, thickness_mm: number, blend: Blend, pixel_mm = volume.finest_mm): Plan {
  const it = arch.station(far_mm);
  const columns = Math.max(2, Math.round(width_mm / pixel_mm) + 1);
  const rows = Math.max(2, Math.round(volume.size_mm[2] / pixel_mm) + 1);
  return {
    columns,
    rows,
    pixel_mm,
    value(column, row) {
      const out = column * pixel_mm - width_mm / 2;
      const u = it.at[0] + it.outward[0] * out;
      const v = it.at[1] + it.outward[1] * out;
      return slabAt(volume, u, v, volume.size_mm[2] - row * pixel_mm, it.tangent[0], it.tangent[1], thickness_mm, blend);
    },
    place(column, row) {
      const out = column * pixel_mm - width_mm / 2;
      return [it.at[0] + it.outward[0] * out, it.at[1] + it.outward[1] * out, volume.size_mm[2] - row * pixel_mm];
    },
  };
}

/** The axial slice on which the arch is drawn, as a slab of some slices. */
export function axialPlan(volume: Volume, w_mm: number, thickness_mm: number, pixel_mm = volume.finest_mm): Plan {
  const [su, sv, sw] = volume.spacing_mm;
  const middle = w_mm / sw;
  const half = Math.floor(thickness_mm / 2 / sw);
  const low = Math.max(0, Math.round(middle) - half);
  const high = Math.min(volume.slices.length - 1, Math.round(middle) + half);
  return {
    columns: Math.round(volume.size_mm[0] / pixel_mm) + 1,
    rows: Math.round(volume.size_mm[1] / pixel_mm) + 1,
    pixel_mm,
    value(column, row) {
      const i = Math.min(volume.columns - 1, Math.round((column * pixel_mm) / su));
      const j = Math.min(volume.rows - 1, Math.round((row * pixel_mm) / sv));
      let most = -Infinity;
      for (let slice = low; slice <= high; slice += 1) most = Math.max(most, volume.slices[slice]?.[j * volume.columns + i] ?? -Infinity);
      return most;
    },
    place: (column, row) => [column * pixel_mm, row * pixel_mm, w_mm],
  };
}

/** Places of an axial plan that are as hard as teeth. */
export function hardPlaces(plan: Plan, above: number): Point[] {
  const found: Point[] = [];
  for (let row = 0; row < plan.rows; row += 1) {
    for (let column = 0; column < plan.columns; column += 1) {
      if (plan.value(column, row) >= above) found.push([column * plan.pixel_mm, row * plan.pixel_mm]);
    }
  }
  return found;
}

/** Share of the whole body that is tooth: the hardest there is, metal aside. */
const TOOTH_SHARE = 0.01;

/** The height at which there are most teeth. Hardness goes by rank, since cone-beam values differ between devices. */
export function toothLevel(volume: Volume): number {
  const values: number[] = [];
  for (const slice of volume.slices) for (let at = 0; at < slice.length; at += 211) values.push(slice[at] as number);
  values.sort((one, other) => one - other);
  const above = values[Math.floor(values.length * (1 - TOOTH_SHARE))] ?? 0;
  let best = 0;
  let most = -1;
  volume.slices.forEach((slice, place) => {
    let count = 0;
    for (let at = 0; at < slice.length; at += 29) if ((slice[at] as number) > above) count += 1;
    if (count > most) [best, most] = [place, count];
  });
  return best * volume.spacing_mm[2];
}

/** The value over which `share` of a plan lies. */
export function topShare(plan: Plan, share: number): number {
  const values: number[] = [];
  for (let row = 0; row < plan.rows; row += 3) for (let column = 0; column < plan.columns; column += 3) values.push(plan.value(column, row));
  values.sort((one, other) => one - other);
  return values[Math.floor(values.length * (1 - share))] ?? 0;
}

/** Where the cross-sections lie around `middle_mm`, `gap_mm` apart; those beyond the arch's ends are left out. */
export function sectionStations(arch: Arch, middle_mm: number, gap_mm: number, count: number): number[] {
  const first = middle_mm - (gap_mm * (count - 1)) / 2;
  return Array.from({ length: count }, (_, place) => first + gap_mm * place).filter((it) => it >= 0 && it <= arch.length_mm);
}
