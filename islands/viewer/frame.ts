// One picture and all that is said about it: a slice of a series, or a frame of an enhanced one. Values in, values out.
import { type Name, nameFrom } from './names';
import type { Reader } from './reader';
import type { Vector } from './vector';

/** What a distance in the picture is a distance of. */
export type Spacing = { kind: 'patient' | 'detector'; row_mm: number; column_mm: number } | { kind: 'none' };

export interface Place {
  /** Centre of the first pixel, in millimetres of the patient (left, back, head). */
  position: Vector;
  /** Along a row: from the first column to the last. */
  right: Vector;
  /** Along a column: from the first row to the last. */
  down: Vector;
}

export interface Patient {
  name: Name;
  id: string;
  birth: string;
  sex: string;
}

export interface Frame {
  study: string;
  series: string;
  sop: string;
  sopClass: string;
  /** From 1. */
  frame: number;
  frames: number;
  number: number;
  modality: string;
  rows: number;
  columns: number;
  samples: number;
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  signed: boolean;
  photometric: string;
  planar: number;
  slope: number;
  intercept: number;
  unit: string;
  window: { centre: number; width: number } | undefined;
  spacing: Spacing;
  place: Place | undefined;
  frameOfReference: string;
  /** Patient Orientation (0020,0020), for pictures without a place. */
  toward: readonly [string, string] | undefined;
  laterality: string;
  burnedIn: boolean;
  /** Ratio is 0 when the file does not say it. */
  lossy: { ratio: number } | undefined;
}

export interface About {
  patient: Patient;
  studyDate: string;
  studyWords: string;
  seriesNumber: number;
  seriesWords: string;
  institution: string;
}

const one = (reader: Reader, tag: string) => reader.texts(tag)[0] ?? '';
const count = (reader: Reader, tag: string, otherwise: number) => reader.numbers(tag)[0] ?? otherwise;

/** Every picture of an instance; none when it has no pixels. */
export function framesOf(reader: Reader): Frame[] {
  const rows = count(reader, '00280010', 0);
  const columns = count(reader, '00280011', 0);
  if (rows === 0 || columns === 0) return [];
  const frames = Math.max(1, count(reader, '00280008', 1));
  const shared = reader.items('52009229')[0];
  const each = reader.items('52009230');
  return Array.from({ length: frames }, (_, place) => {
    // An enhanced instance says for each frame, or once for all, what a plain one says at its top.
    const within = (group: string): Reader => each[place]?.items(group)[0] ?? shared?.items(group)[0] ?? reader;
    return frameOf(reader, within, place + 1, frames, rows, columns);
  });
}

function frameOf(reader: Reader, within: (group: string) => Reader, frame: number, frames: number, rows: number, columns: number): Frame {
  const pixels = within('00289145');
  const voi = within('00289132');
  const centre = voi.numbers('00281050')[0];
  const width = voi.numbers('00281051')[0];
  const toward = reader.texts('00200020');
  const bitsStored = count(reader, '00280101', 8);
  const lossy = one(reader, '00282110') === '01';
  const ratios = reader.numbers('00282112');
  return {
    study: one(reader, '0020000D'),
    series: one(reader, '0020000E'),
    sop: one(reader, '00080018'),
    sopClass: one(reader, '00080016'),
    frame,
    frames,
    number: count(reader, '00200013', frame),
    modality: one(reader, '00080060'),
    rows,
    columns,
    samples: count(reader, '00280002', 1),
    bitsAllocated: count(reader, '00280100', 8),
    bitsStored,
    highBit: count(reader, '00280102', bitsStored - 1),
    signed: count(reader, '00280103', 0) === 1,
    photometric: one(reader, '00280004'),
    planar: count(reader, '00280006', 0),
    slope: count(pixels, '00281053', 1),
    intercept: count(pixels, '00281052', 0),
    unit: one(pixels, '00281054'),
    window: centre === undefined || width === undefined || width < 1 ? undefined : { centre, width },
    spacing: spacingOf(reader, within('00289110')),
    place: placeOf(within('00209113'), within('00209116')),
    frameOfReference: one(reader, '00200052'),
    toward: toward[0] && toward[1] ? [toward[0], toward[1]] : undefined,
    laterality: one(reader, '00200062') || one(reader, '00200060'),
    burnedIn: one(reader, '00280301') === 'YES',
    // A file that was lossy more than once multiplies.
    lossy: lossy ? { ratio: ratios.length > 0 ? ratios.reduce((all, it) => all * it, 1) : 0 } : undefined,
  };
}

function spacingOf(reader: Reader, measures: Reader): Spacing {
  const [row_mm, column_mm] = measures.numbers('00280030');
  if (row_mm && column_mm && row_mm > 0 && column_mm > 0) return { kind: 'patient', row_mm, column_mm };
  // Distances on the detector: the patient stands before it, so everything is drawn larger than it is.
  const [row, column] = reader.numbers('00181164');
  if (row && column && row > 0 && column > 0) return { kind: 'detector', row_mm: row, column_mm: column };
  return { kind: 'none' };
}

function placeOf(position: Reader, orientation: Reader): Place | undefined {
  const at = position.numbers('00200032');
  const axes = orientation.numbers('00200037');
  if (at.length !== 3 || axes.length !== 6) return undefined;
  const [x = 0, y = 0, z = 0] = at;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = axes;
  return { position: [x, y, z], right: [a, b, c], down: [d, e, f] };
}

export function aboutOf(reader: Reader): About {
  return {
    patient: { name: nameFrom(one(reader, '00100010')), id: one(reader, '00100020'), birth: one(reader, '00100030'), sex: one(reader, '00100040') },
    studyDate: one(reader, '00080020'),
    studyWords: one(reader, '00081030'),
    seriesNumber: count(reader, '00200011', 0),
    seriesWords: one(reader, '0008103E'),
    institution: one(reader, '00080080'),
  };
}

/** Whether both describe the same picture: what the catalogue said before the file came must be what the file says. */
export function same(one: Frame, other: Frame): boolean {
  return JSON.stringify(essence(one)) === JSON.stringify(essence(other));
}

function essence(frame: Frame): unknown {
  const { rows, columns, samples, bitsAllocated, signed, photometric, slope, intercept, spacing, place, series, study, frames, lossy } = frame;
  return [study, series, frames, rows, columns, samples, bitsAllocated, signed, photometric, slope, intercept, spacing, place, lossy];
}
