// The list of what a case has for looking at, as the server gives it: read number by number before any of it is used.
import type { Vec } from './vec';

export const KINDS = ['upper', 'lower', 'bite', 'gum', 'design', 'other'] as const;
export type Kind = (typeof KINDS)[number];

/** A case with more files than these is not one case. */
export const PARTS_MAX = 60;
/** Levels of one file. */
export const LEVELS_MAX = 8;
/** Notes that are shown; a longer thread is read on the case's page. */
export const NOTES_MAX = 500;
/** Triangles of one level: four times the densest full arch that scanners give. */
export const TRIANGLES_MAX = 8_000_000;
/** Bytes of one level, packed. Eight million triangles are about 30 MB. */
export const LEVEL_BYTES_MAX = 64_000_000;
/** Nothing in a mouth is further from anything else, whatever point a scanner counts from. */
export const SPACE_MM = 10_000;
/** A level that is further from its original than this shows another shape. */
export const ERROR_MM_MAX = 50;
const WORDS_MAX = 4_000;
/** A direction is as long as one; what is much shorter is none. */
const ALONG_MIN = 0.5;

/** One form of a part, with fewer triangles than the original or as many. */
export interface Level {
  level: number;
  triangles: number;
  /** About how far it lies from the original: what the thinning says of itself, no bound that was proven. */
  error_mm: number;
  bytes: number;
  href: string;
}

/** One file of the case. */
export interface Part {
  file: string;
  name: string;
  kind: Kind;
  version: number;
  /** From the fewest triangles to the most. */
  levels: readonly Level[];
}

/** Words that are pinned to a place on a part. */
export interface Note {
  id: string;
  file: string;
  at: Vec;
  /** The direction in which its writer looked; none when it is not known. */
  along: Vec | undefined;
  text: string;
  who: string;
  when: string;
}

export interface Document {
  parts: readonly Part[];
  notes: readonly Note[];
  mayNote: boolean;
}

/** What came is not such a list; the words are for whoever mends the server. */
export class Malformed extends Error {}

type Json = Record<string, unknown>;

/** Reads the list. Throws [`Malformed`] where it breaks a rule. */
export function documentOf(given: unknown): Document {
  const it = object(given, 'document');
  const parts = list(it['parts'], 'parts', PARTS_MAX).map(partOf);
  if (new Set(parts.map((one) => one.file)).size !== parts.length) throw new Malformed('a file stands there twice');
  return { parts, notes: list(it['notes'] ?? [], 'notes', NOTES_MAX).map(noteOf), mayNote: it['may_note'] === true };
}

function partOf(given: unknown): Part {
  const it = object(given, 'part');
  const kind = KINDS.find((one) => one === it['kind']);
  if (!kind) throw new Malformed('kind');
  const levels = list(it['levels'], 'levels', LEVELS_MAX).map(levelOf).sort((a, b) => a.triangles - b.triangles);
  return { file: text(it['file'], 'file', 100), name: text(it['name'], 'name', 300), kind, version: whole(it['version'], 'version', 1, 1_000_000), levels };
}

function levelOf(given: unknown): Level {
  const it = object(given, 'level');
  const href = text(it['href'], 'href', 500);
  // Under our own origin, whatever a list says.
  if (!/^\/[^/\\]/.test(href)) throw new Malformed('href');
  return {
    level: whole(it['level'], 'level', 0, 100),
    triangles: whole(it['triangles'], 'triangles', 1, TRIANGLES_MAX),
    error_mm: within(it['error_mm'], 'error_mm', 0, ERROR_MM_MAX),
    bytes: whole(it['bytes'], 'bytes', 1, LEVEL_BYTES_MAX),
    href,
  };
}

function noteOf(given: unknown): Note {
  const it = object(given, 'note');
  const [x, y, z] = list(it['at'], 'at', 3).map((one) => within(one, 'at', -SPACE_MM, SPACE_MM));
  if (x === undefined || y === undefined || z === undefined) throw new Malformed('at');
  const [dx = 0, dy = 0, dz = 0] = list(it['along'] ?? [], 'along', 3).map((one) => within(one, 'along', -1, 1));
  const along: Vec | undefined = Math.hypot(dx, dy, dz) < ALONG_MIN ? undefined : [dx, dy, dz];
  return { id: text(it['id'], 'id', 100), file: text(it['file'], 'file', 100), at: [x, y, z], along, text: text(it['text'], 'text', WORDS_MAX), who: text(it['who'], 'who', 300), when: text(it['when'], 'when', 60) };
}

function object(given: unknown, name: string): Json {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Malformed(name);
  return given as Json;
}

function list(given: unknown, name: string, max: number): unknown[] {
  if (!Array.isArray(given) || given.length > max) throw new Malformed(name);
  return given;
}

function text(given: unknown, name: string, max: number): string {
  if (typeof given !== 'string' || given.length > max) throw new Malformed(name);
  return given;
}

function within(given: unknown, name: string, from: number, to: number): number {
  if (typeof given !== 'number' || !Number.isFinite(given) || given < from || given > to) throw new Malformed(name);
  return given;
}

function whole(given: unknown, name: string, from: number, to: number): number {
  if (!Number.isInteger(given)) throw new Malformed(name);
  return within(given, name, from, to);
}
