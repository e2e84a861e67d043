// One way to ask for a tag, whether it stands in the catalogue (DICOM JSON) or in the file itself.
import type { DataSet } from 'dicom-parser';

import { decoderFor } from './names';

export interface Reader {
  /** The values of a text element; none when it is absent or empty. */
  texts(tag: string): string[];
  numbers(tag: string): number[];
  items(tag: string): Reader[];
  /** Whether the element is there at all. */
  has(tag: string): boolean;
}

interface Element {
  vr: string;
  Value?: unknown[];
}
export type Json = Record<string, Element>;

export function jsonReader(json: Json): Reader {
  const values = (tag: string) => json[tag]?.Value ?? [];
  return {
    texts: (tag) => values(tag).map(textOf),
    numbers: (tag) => values(tag).map(Number).filter(Number.isFinite),
    items: (tag) => values(tag).map((it) => jsonReader(it as Json)),
    has: (tag) => json[tag] !== undefined,
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const name = value as { Alphabetic?: string; Ideographic?: string; Phonetic?: string };
    return [name.Alphabetic ?? '', name.Ideographic ?? '', name.Phonetic ?? ''].join('=').replace(/=+$/, '');
  }
  return String(value ?? '').trim();
}

/** Elements whose text is written in the file's own character set. */
const LOCAL = ['00080080', '0008103e', '00081030', '00100010', '00100020', '00204000'];

export function fileReader(set: DataSet, sets: readonly string[] = plain(set, 'x00080005')): Reader {
  const decoder = decoderFor(sets);
  const key = (tag: string) => `x${tag.toLowerCase()}`;
  return {
    texts(tag) {
      const element = set.elements[key(tag)];
      if (!element || element.length === 0) return [];
      if (!LOCAL.includes(tag.toLowerCase())) return plain(set, key(tag));
      const text = decoder.decode(set.byteArray.subarray(element.dataOffset, element.dataOffset + element.length));
      return text.replace(/[\0 ]+$/, '').split('\\');
    },
    numbers(tag) {
      const element = set.elements[key(tag)];
      if (!element || element.length === 0) return [];
      if (WHOLE.includes(tag.toLowerCase())) {
        const count = element.length / 2;
        return Array.from({ length: count }, (_, place) => set.uint16(key(tag), place) ?? 0);
      }
      return plain(set, key(tag)).map(Number).filter(Number.isFinite);
    },
    items: (tag) => (set.elements[key(tag)]?.items ?? []).flatMap((it) => (it.dataSet ? [fileReader(it.dataSet, sets)] : [])),
    has: (tag) => set.elements[key(tag)] !== undefined,
  };
}

/** The few binary numbers that a picture needs: representation US. */
const WHOLE = ['00280002', '00280006', '00280010', '00280011', '00280100', '00280101', '00280102', '00280103', '00281101', '00281102', '00281103'];

function plain(set: DataSet, key: string): string[] {
  const text = set.string(key);
  return text === undefined || text === '' ? [] : text.split('\\').map((it) => it.trim());
}
