// What a reader leaves on the pictures: measurements, arrows, key images; and what others have left there, to be looked at
// only. Kept in memory and given out as plain data; the page's server keeps them.
import { eventTarget } from '@cornerstonejs/core';
import { annotation, Enums, type Types } from '@cornerstonejs/tools';

import type { Frame } from './frame';
import { frameOf } from './images';
import { pixelsOf } from './place';
import type { Vector } from './vector';
import { nameOf, type OnArch } from './wire';

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
  /** Columns and rows of the picture; none on a reconstructed plane. */
  pixels: [number, number][];
  /** Whether an outline ends where it began. */
  closed: boolean;
  /** Of the plane in which it was drawn. */
  normal: Vector | undefined;
  /** What was measured, with its unit: `{ length: 20.1, unit: 'mm' }`. */
  values: Record<string, number | string>;
  words: string;
  /** Where on a reconstruction along an arch. */
  onArch?: OnArch;
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

/** Who has left something, and when. */
export interface Author {
  name: string;
  facility: string;
  at: string;
}

/** What others have left on one picture. */
export interface Foreign {
  author: Author;
  marks: number;
  key: boolean;
}

const EVENTS = [Enums.Events.ANNOTATION_COMPLETED, Enums.Events.ANNOTATION_MODIFIED, Enums.Events.ANNOTATION_REMOVED];
/** A line that is being drawn changes with every movement of the hand. */
const GATHER_MS = 250;
/** Tools that mark nothing in the patient. */
const NOT_MARKS = ['Crosshairs'];
/** Fewer points than these are a mark that is still being drawn. */
const POINTS_MIN: Readonly<Record<string, number>> = { Length: 2, Angle: 3, EllipticalROI: 4, PlanarFreehandROI: 3, Probe: 1, ArrowAnnotate: 2 };
/** Others' marks are told from one's own at a glance, and in print. */
const FOREIGN = 'rgb(140, 200, 255)';
const FOREIGN_STYLE = { color: FOREIGN, colorLocked: FOREIGN, colorHighlighted: FOREIGN, colorSelected: FOREIGN, lineDash: '6,3', textBoxColor: FOREIGN, textBoxColorLocked: FOREIGN, textBoxColorHighlighted: FOREIGN, textBoxColorSelected: FOREIGN };

export class Marks {
  private readonly keys = new Map<string, KeyImage>();
  /** As they were saved: what is not on screen has not been measured again. */
  private readonly restored = new Map<string, Mark>();
  /** Saved on a picture that is not here: it stays as it was. */
  private readonly absent = new Map<string, Mark>();
  private readonly foreign = new Map<string, Foreign[]>();
  private readonly foreignIds = new Set<string>();
  private away = false;
  private timer = 0;
  private readonly heard = () => this.soon();
  private readonly done = (event: Event) => {
    const it = (event as CustomEvent<{ annotation?: Types.Annotation }>).detail.annotation;
    if (this.away) this.hide(false);
    const frame = it?.metadata?.referencedImageId ? frameOf(it.metadata.referencedImageId) : undefined;
    if (frame) this.drew(frame);
  };

  constructor(
    private readonly tell: (given: Given) => void,
    /** Somebody has marked this picture just now. */
    private readonly drew: (frame: Frame) => void = () => undefined,
    /** Which study and series a mark belongs to that lies on no picture. */
    private readonly whose: (frameOfReference: string) => { study: string; series: string } | undefined = () => undefined,
  ) {
    for (const it of EVENTS) eventTarget.addEventListener(it, this.heard);
    eventTarget.addEventListener(Enums.Events.ANNOTATION_COMPLETED, this.done);
  }

  close(): void {
    clearTimeout(this.timer);
    for (const it of EVENTS) eventTarget.removeEventListener(it, this.heard);
    eventTarget.removeEventListener(Enums.Events.ANNOTATION_COMPLETED, this.done);
    annotation.visibility.showAllAnnotations();
    annotation.locking.unlockAllAnnotations();
    annotation.state.removeAllAnnotations();
  }

  isKey(frame: Frame): boolean {
    return this.keys.has(nameOf(frame));
  }

  toggleKey(frame: Frame): void {
    const { study, series, sop } = frame;
    if (!this.keys.delete(nameOf(frame))) {
      this.keys.set(nameOf(frame), { study, series, sop, frame: frame.frame });
      this.drew(frame);
    }
    this.soon();
  }

  /** Puts back what was saved; what is here already stays as it is. `image` is what Cornerstone calls a picture. */
  restore(marks: readonly Mark[], keys: readonly KeyImage[], image: (mark: Mark) => string | undefined): void {
    for (const it of marks) {
      if (annotation.state.getAnnotation(it.id)) continue;
      const on = image(it);
      if (it.sop !== '' && on === undefined) {
        this.absent.set(it.id, it);
        continue;
      }
      this.restored.set(it.id, it);
      annotation.state.addAnnotation(annotationOf(it, it.id, on) as unknown as Types.Annotation, it.frameOfReference);
      if (this.away) annotation.visibility.setAnnotationVisibility(it.id, false);
    }
    for (const it of keys) this.keys.set(nameOf(it), it);
  }

  /** Shows what somebody else has left. */
  showForeign(author: Author, marks: readonly Mark[], keys: readonly KeyImage[], image: (mark: Mark) => string | undefined): void {
    for (const it of marks) {
      const id = `foreign-${it.id}`;
      const on = image(it);
      if (annotation.state.getAnnotation(id) || (it.sop !== '' && on === undefined)) continue;
      this.foreignIds.add(id);
      annotation.state.addAnnotation(annotationOf(it, id, on) as unknown as Types.Annotation, it.frameOfReference);
      annotation.locking.setAnnotationLocked(id, true);
      annotation.config.style.setAnnotationStyles(id, FOREIGN_STYLE);
      if (this.away) annotation.visibility.setAnnotationVisibility(id, false);
      if (it.sop !== '') this.note(nameOf(it), author).marks += 1;
    }
    for (const it of keys) this.note(nameOf(it), author).key = true;
  }

  private note(name: string, author: Author): Foreign {
    const all = this.foreign.get(name) ?? [];
    this.foreign.set(name, all);
    const known = all.find((it) => it.author === author) ?? { author, marks: 0, key: false };
    if (!all.includes(known)) all.push(known);
    return known;
  }

  foreignOn(frame: Frame): readonly Foreign[] {
    return this.foreign.get(nameOf(frame)) ?? [];
  }

  get hidden(): boolean {
    return this.away;
  }

  /** Takes every mark out of sight, or brings it back. What is drawn anew shows all again. */
  hide(away: boolean): void {
    this.away = away;
    if (!away) return annotation.visibility.showAllAnnotations();
    for (const it of annotation.state.getAllAnnotations()) {
      if (it.annotationUID && isMark(it)) annotation.visibility.setAnnotationVisibility(it.annotationUID, false);
    }
  }

  /** Takes away what is selected, or what was drawn last. */
  takeAway(): void {
    // Nothing is taken away unseen; and Cornerstone cannot bring back into sight what is gone.
    if (this.away) this.hide(false);
    const chosen = annotation.selection.getAnnotationsSelected().filter((id) => !this.foreignIds.has(id));
    const all = this.drawn();
    const last = all[all.length - 1]?.annotationUID;
    for (const id of chosen.length > 0 ? chosen : last ? [last] : []) annotation.state.removeAnnotation(id);
  }

  given(): Given {
    return { marks: [...this.drawn().map((it) => this.markOf(it)).filter(isWhole), ...this.absent.values()], keyImages: [...this.keys.values()] };
  }

  private drawn(): Types.Annotation[] {
    return annotation.state.getAllAnnotations().filter((it) => isMark(it) && !this.foreignIds.has(it.annotationUID ?? ''));
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.tell(this.given()), GATHER_MS);
  }

  private markOf(it: Types.Annotation): Mark {
    const { metadata, data } = it;
    const outline = data['contour'] as { polyline?: number[][]; closed?: boolean } | undefined;
    const points = (outline?.polyline ?? data.handles?.points ?? []).map((point) => rounded(point as number[]));
    const before = this.restored.get(it.annotationUID ?? '');
    const same = before !== undefined && JSON.stringify(before.points) === JSON.stringify(points);
    const frame = metadata?.referencedImageId ? frameOf(metadata.referencedImageId) : undefined;
    const pixels = same ? before.pixels : frame && pixelsOf(frame, points);
    // What was drawn on a plane between two pictures lies on neither.
    const on = pixels && pixels.length > 0 ? frame : undefined;
    const frameOfReference = metadata?.FrameOfReferenceUID ?? '';
    const body = frame ?? this.whose(frameOfReference);
    const values = valuesOf(data.cachedStats);
    return {
      id: it.annotationUID ?? '',
      kind: metadata?.toolName ?? '',
      study: body?.study ?? '',
      series: body?.series ?? '',
      sop: on?.sop ?? '',
      frame: on?.frame ?? 0,
      frameOfReference,
      points,
      pixels: on ? (pixels ?? []) : [],
      closed: outline?.closed === true,
      normal: metadata?.viewPlaneNormal ? fine([...metadata.viewPlaneNormal]) : undefined,
      values: same ? before.values : values,
      words: data['text'] ? String(data['text']) : (data.label ?? ''),
    };
  }
}

function isMark(it: Types.Annotation): boolean {
  return it.metadata !== undefined && !NOT_MARKS.includes(it.metadata.toolName);
}

function isWhole(it: Mark): boolean {
  return it.points.length >= (POINTS_MIN[it.kind] ?? 1);
}

/** As Cornerstone draws it, and measures it when it is first on screen. */
function annotationOf(it: Mark, id: string, image: string | undefined): unknown {
  const outline = it.kind === 'PlanarFreehandROI';
  const points = it.points.map((point) => [...point]);
  const corner = () => [0, 0, 0];
  return {
    annotationUID: id,
    highlighted: false,
    invalidated: false,
    isLocked: false,
    isVisible: true,
    ...(outline && { interpolationUID: '', autoGenerated: false }),
    metadata: {
      toolName: it.kind,
      FrameOfReferenceUID: it.frameOfReference,
      ...(it.normal && { viewPlaneNormal: [...it.normal] }),
      ...(image !== undefined && { referencedImageId: image }),
    },
    data: {
      label: it.words,
      cachedStats: {},
      handles: {
        points: outline ? [] : points,
        activeHandleIndex: null,
        ...(it.kind === 'ArrowAnnotate' && { arrowFirst: true }),
        textBox: { hasMoved: false, worldPosition: corner(), worldBoundingBox: { topLeft: corner(), topRight: corner(), bottomLeft: corner(), bottomRight: corner() } },
      },
      ...(outline && { contour: { polyline: points, closed: it.closed } }),
    },
  };
}

/** A thousandth of a millimetre is finer than any pixel; and few digits are the same again on every way. */
function rounded([x = 0, y = 0, z = 0]: readonly number[]): Vector {
  const round = (value: number) => Math.round(value * 1000) / 1000 + 0; // never −0
  return [round(x), round(y), round(z)];
}

/** A direction leads far: its planes are found again only when it is kept finely. */
function fine([x = 0, y = 0, z = 0]: readonly number[]): Vector {
  const round = (value: number) => Math.round(value * 1e6) / 1e6 + 0;
  return [round(x), round(y), round(z)];
}

function valuesOf(stats: unknown): Record<string, number | string> {
  const [first] = Object.values((stats ?? {}) as Record<string, Record<string, unknown>>);
  const plain = Object.entries(first ?? {}).filter((pair): pair is [string, number | string] => typeof pair[1] === 'string' || (typeof pair[1] === 'number' && Number.isFinite(pair[1])));
  const round = (value: number) => Math.round(value * 1e4) / 1e4 + 0;
  return Object.fromEntries(plain.filter(([key]) => !['Modality', 'isEmptyArea'].includes(key)).map(([key, value]) => [key, typeof value === 'number' ? round(value) : value]));
}
