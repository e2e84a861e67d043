// What goes between the page and the worker in which surfaces are unpacked, searched and compared.
import type { Fault } from './fault';
import type { Summary } from './heat';
import type { Cut, Vec } from './vec';

/** A surface ready for the graphics card: place in mm = `min` + `step` × grid. */
export interface Picture {
  file: string;
  places: Uint16Array;
  /** Four for each vertex, of 16 bits. */
  normals: Int16Array;
  colours: Uint8Array | undefined;
  index: Uint32Array;
  min: Vec;
  step: number;
  error_mm: number;
}

/** A place that somebody points at. */
export interface Place {
  file: string;
  face: number;
  at: Vec;
  /** On the line where the plane cuts. */
  onCut: boolean;
}

export interface Questions {
  /** Unpacks a level and keeps it for the questions that follow. */
  level: { ask: { file: string; bytes: Uint8Array; triangles: number }; answer: Picture };
  /** Builds the tree of a part before anybody waits for it. */
  prepare: { ask: { file: string }; answer: true };
  /** The first thing that a ray meets on `files` and on the kept side of `cut`; a line of the cut within `snap_mm` comes first. */
  pick: { ask: { files: readonly string[]; origin: Vec; direction: Vec; cut: Cut | undefined; snap_mm: number }; answer: Place | undefined };
  thickness: { ask: { file: string; face: number; at: Vec }; answer: { thickness_mm: number; to: Vec } | undefined };
  section: { ask: { files: readonly string[]; cut: Cut }; answer: { file: string; pieces: Float32Array }[] };
  /** Tells how far it is (`part`, from 0 to 1) before it answers; another comparison ends this one. */
  compare: { ask: { of: string; to: string }; answer: { distances: Float32Array; summary: Summary } | 'ended' };
  /** Ends a comparison. */
  rest: { ask: Record<string, never>; answer: true };
  /** One point against a whole surface; nothing within the reach of a comparison is `undefined`. */
  probe: { ask: { at: Vec; to: string }; answer: number | undefined };
}
export type Question = keyof Questions;

export interface Asked<Q extends Question = Question> {
  id: number;
  question: Q;
  ask: Questions[Q]['ask'];
}
export type Told = { id: number; answer: unknown } | { id: number; part: number } | { id: number; fault: Fault | 'failed'; message: string };
