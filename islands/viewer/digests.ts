// From the sender's gateway to the reader's screen, unchanged (TR-12): every instance is hashed here, in the browser, before
// anything of it is drawn, and compared with the list that the page was given.
import { hex } from '../lib/ids';

/** SHA-256 of the data set for each SOP instance of a study. */
export type List = Readonly<Record<string, string>>;

export type Fault =
  /** The bytes are not those that were taken in. */
  | 'changed'
  /** The bytes are those of another instance of the study. */
  | 'swapped'
  /** No digest is known for it: it was put there by somebody. */
  | 'extra'
  /** It should be there and is not. */
  | 'missing'
  /** What came is no DICOM file, or names another instance than asked. */
  | 'unreadable'
  /** The catalogue describes it otherwise than the file itself. */
  | 'described'
  /** It could not be fetched. */
  | 'unreached'
  /** It is whole, but no decoder here reads it. */
  | 'undecoded';

/** Why an instance is not drawn. */
export class Refused extends Error {
  constructor(
    readonly fault: Fault,
    readonly sop: string,
    options?: ErrorOptions,
  ) {
    super(`${fault}: ${sop}`, options);
  }
}

export async function sha256(bytes: Uint8Array): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
}

/** Throws [`Refused`] unless `dataSet` is what was taken in as `sop`. */
export async function check(list: List, sop: string, dataSet: Uint8Array): Promise<void> {
  const expected = list[sop];
  if (expected === undefined) throw new Refused('extra', sop);
  const found = await sha256(dataSet);
  if (found === expected.toLowerCase()) return;
  throw new Refused(Object.values(list).some((it) => it.toLowerCase() === found) ? 'swapped' : 'changed', sop);
}

/** What is in the list and not in the study, and the other way round. */
export function compare(list: List, present: readonly string[]): { missing: string[]; extra: string[] } {
  const there = new Set(present);
  return {
    missing: Object.keys(list).filter((it) => !there.has(it)),
    extra: [...there].filter((it) => list[it] === undefined),
  };
}

/** The list as it came; anything else than UIDs and 64 hexadecimal digits is no list. */
export function listFrom(json: unknown): List | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const sound = Object.entries(json).every(([sop, digest]) => /^[0-9.]{1,64}$/.test(sop) && typeof digest === 'string' && /^[0-9a-fA-F]{64}$/.test(digest));
  return sound ? (json as List) : undefined;
}
