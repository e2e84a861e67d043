// Marks as the server keeps them: one set for each person and study.
import type { KeyImage, Mark } from './marks';
import type { Vector } from './vector';

export interface WirePicture {
  series: string;
  sop: string;
  frame: number;
}

/** Where on a reconstruction along an arch a length lies, in that reconstruction's own pixels. */
export interface OnArch {
  series: string;
  /** `panorama`, or how far along the arch the section lies. */
  view: string;
  from: [number, number];
  to: [number, number];
}

export interface WireMark {
  id: string;
  kind: string;
  picture: WirePicture | null;
  frameOfReference: string;
  points: Vector[];
  pixels: [number, number][];
  closed: boolean;
  normal: Vector | null;
  values: Record<string, number | string>;
  words: string;
  onArch: OnArch | null;
}

export interface Look {
  picture: WirePicture;
  centre: number;
  width: number;
}

export interface WireArch {
  series: string;
  points: [number, number][];
}

export interface WireSet {
  marks: WireMark[];
  keyImages: WirePicture[];
  looks: Look[];
  arches: WireArch[];
}

/** A version of somebody's marks. */
export interface WireVersion {
  number: number;
  author: string;
  facility: string;
  savedAt: string;
  kept: boolean;
  set: WireSet;
}

export const nameOf = (it: { sop: string; frame: number }) => `${it.sop}:${it.frame}`;
const pictureOf = (it: WirePicture): WirePicture => ({ series: it.series, sop: it.sop, frame: it.frame });

/** What belongs to `study` of all that is drawn. */
export function setOf(study: string, marks: readonly Mark[], keys: readonly KeyImage[], looks: ReadonlyMap<string, { centre: number; width: number }>, arches: readonly WireArch[]): WireSet {
  const own = marks.filter((it) => it.study === study);
  const keyImages = keys.filter((it) => it.study === study).map(pictureOf);
  const pictures = new Map<string, WirePicture>();
  for (const it of [...own.filter((mark) => mark.sop !== ''), ...keyImages]) pictures.set(nameOf(it), pictureOf(it));
  return {
    marks: own.map((it) => ({
      id: it.id,
      kind: it.kind,
      picture: it.sop === '' ? null : pictureOf(it),
      frameOfReference: it.frameOfReference,
      points: it.points,
      pixels: it.pixels,
      closed: it.closed,
      normal: it.normal ?? null,
      values: it.values,
      words: it.words,
      onArch: it.onArch ?? null,
    })),
    keyImages,
    looks: [...pictures].flatMap(([name, picture]) => {
      const look = looks.get(name);
      return look ? [{ picture, centre: look.centre, width: look.width }] : [];
    }),
    arches: [...arches],
  };
}

/** The mark again; `series` is what it is called where it lies on no picture. */
export function markFrom(it: WireMark, study: string, series = ''): Mark {
  return {
    id: it.id,
    kind: it.kind,
    study,
    series: it.picture?.series ?? it.onArch?.series ?? series,
    sop: it.picture?.sop ?? '',
    frame: it.picture?.frame ?? 0,
    frameOfReference: it.frameOfReference,
    points: it.points,
    pixels: it.pixels,
    closed: it.closed,
    normal: it.normal ?? undefined,
    values: it.values,
    words: it.words,
    ...(it.onArch && { onArch: it.onArch }),
  };
}
