// Arches along which series were unrolled, with the lengths that were drawn on what came of it: a length means nothing
// without its arch.
import type { Mark } from './marks';
import type { Length } from './rulers';
import type { Point } from './spline';
import type { WireArch, WireMark } from './wire';

const short = (value: number) => Math.round(value * 1000) / 1000;

export interface KeptArch {
  study: string;
  frameOfReference: string;
  points: Point[];
  lengths: Length[];
}

/** The lengths as marks, series by series. */
export function marksOn(arches: ReadonlyMap<string, KeptArch>): Mark[] {
  return [...arches].flatMap(([series, arch]) =>
    arch.lengths.map(
      (it): Mark => ({
        id: it.id,
        kind: it.on === 'panorama' ? 'PanoramaLength' : 'SectionLength',
        study: arch.study,
        series,
        sop: '',
        frame: 0,
        frameOfReference: arch.frameOfReference,
        points: it.points.map(([x, y, z]) => [short(x), short(y), short(z)] as const),
        pixels: [],
        closed: false,
        normal: undefined,
        values: { length: Math.round(it.length_mm * 100) / 100, unit: 'mm' },
        words: '',
        onArch: { series, view: it.on, from: [short(it.from.x), short(it.from.y)], to: [short(it.to.x), short(it.to.y)] },
      }),
    ),
  );
}

/** Those of one study, as they are kept. */
export function wireArches(arches: ReadonlyMap<string, KeptArch>, study: string): WireArch[] {
  return [...arches].filter(([, it]) => it.study === study).map(([series, it]) => ({ series, points: it.points.map(([x, y]): [number, number] => [x, y]) }));
}

/** An arch again, with what was drawn along it. */
export function archFrom(arch: WireArch, marks: readonly WireMark[], study: string, frameOfReference: string): KeptArch {
  const lengths = marks.flatMap((it): Length[] => {
    const [one, other] = it.points;
    const on = it.onArch;
    if (!on || on.series !== arch.series || !one || !other) return [];
    const [from, to] = [on.from, on.to].map(([x, y]) => ({ x, y })) as [{ x: number; y: number }, { x: number; y: number }];
    return [{ id: it.id, on: on.view, from, to, length_mm: Number(it.values['length'] ?? 0), points: [one, other] }];
  });
  return { study, frameOfReference, points: arch.points.map(([x, y]): Point => [x, y]), lengths };
}
