// What a reader leaves on the pictures: measurements, arrows, key images. Kept in memory only and given out as plain data; the
// page's server keeps them.
import { eventTarget } from '@cornerstonejs/core';
import { annotation, Enums, type Types } from '@cornerstonejs/tools';

import type { Frame } from './frame';
import { frameOf } from './images';
import type { Vector } from './vector';

export interface Mark {
  id: string;
  /** `Length`, `Angle`, `EllipticalROI`, `PlanarFreehandROI`, `Probe`, `ArrowAnnotate`. */
  kind: string;
  study: string;
  series: string;
  /** Empty when it lies on a reconstructed plane. */
  sop: string;
  frame: number;
  frameOfReference: string;
  /** Millimetres of the patient (left, back, head). */
  points: Vector[];
  /** Of the plane in which it was drawn. */
  normal: Vector | undefined;
  /** What was measured, with its unit: `{ length: 20.1, unit: 'mm' }`. */
  values: Record<string, number | string>;
  words: string;
}

export interface KeyImage {
  study: string;
  series: string;
  sop: string;
  frame: number;
}

export interface Given {
  marks: Mark[];
  keyImages: KeyImage[];
}

const EVENTS = [Enums.Events.ANNOTATION_COMPLETED, Enums.Events.ANNOTATION_MODIFIED, Enums.Events.ANNOTATION_REMOVED];
/** A line that is being drawn changes with every movement of the hand. */
const GATHER_MS = 250;
/** Tools that mark nothing in the patient. */
const NOT_MARKS = ['Crosshairs'];

export class Marks {
  private readonly keys = new Map<string, KeyImage>();
  private timer = 0;
  private readonly heard = () => this.soon();

  constructor(private readonly tell: (given: Given) => void) {
    for (const it of EVENTS) eventTarget.addEventListener(it, this.heard);
  }

  close(): void {
    clearTimeout(this.timer);
    for (const it of EVENTS) eventTarget.removeEventListener(it, this.heard);
    annotation.state.removeAllAnnotations();
  }

  isKey(frame: Frame): boolean {
    return this.keys.has(name(frame));
  }

  toggleKey(frame: Frame): void {
    const { study, series, sop } = frame;
    if (!this.keys.delete(name(frame))) this.keys.set(name(frame), { study, series, sop, frame: frame.frame });
    this.soon();
  }

  /** Takes away what is selected, or what was drawn last. */
  takeAway(): void {
    const chosen = annotation.selection.getAnnotationsSelected();
    const all = drawn();
    const last = all[all.length - 1]?.annotationUID;
    for (const id of chosen.length > 0 ? chosen : last ? [last] : []) annotation.state.removeAnnotation(id);
  }

  takeAllAway(): void {
    for (const it of drawn()) if (it.annotationUID) annotation.state.removeAnnotation(it.annotationUID);
  }

  given(): Given {
    return { marks: drawn().map(markOf), keyImages: [...this.keys.values()] };
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.tell(this.given()), GATHER_MS);
  }
}

const name = (frame: Frame) => `${frame.sop}:${frame.frame}`;

function drawn(): Types.Annotation[] {
  return annotation.state.getAllAnnotations().filter((it) => it.metadata && !NOT_MARKS.includes(it.metadata.toolName));
}

function markOf(it: Types.Annotation): Mark {
  const { metadata, data } = it;
  const frame = metadata?.referencedImageId ? frameOf(metadata.referencedImageId) : undefined;
  const outline = data['contour'] as { polyline?: number[][] } | undefined;
  const points = outline?.polyline ?? data.handles?.points ?? [];
  return {
    id: it.annotationUID ?? '',
    kind: metadata?.toolName ?? '',
    study: frame?.study ?? '',
    series: frame?.series ?? '',
    sop: frame?.sop ?? '',
    frame: frame?.frame ?? 0,
    frameOfReference: metadata?.FrameOfReferenceUID ?? '',
    points: points.map((point) => rounded(point as number[])),
    normal: metadata?.viewPlaneNormal ? rounded([...metadata.viewPlaneNormal]) : undefined,
    values: valuesOf(data.cachedStats),
    words: data['text'] ? String(data['text']) : (data.label ?? ''),
  };
}

/** A thousandth of a millimetre is finer than any pixel. */
function rounded([x = 0, y = 0, z = 0]: readonly number[]): Vector {
  const round = (value: number) => Math.round(value * 1000) / 1000;
  return [round(x), round(y), round(z)];
}

function valuesOf(stats: unknown): Record<string, number | string> {
  const [first] = Object.values((stats ?? {}) as Record<string, Record<string, unknown>>);
  const plain = Object.entries(first ?? {}).filter((pair): pair is [string, number | string] => typeof pair[1] === 'string' || (typeof pair[1] === 'number' && Number.isFinite(pair[1])));
  return Object.fromEntries(plain.filter(([key]) => !['Modality', 'isEmptyArea'].includes(key)));
}
