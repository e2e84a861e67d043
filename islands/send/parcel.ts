// What is sent of what was chosen, and what the server's answers mean. Values only.

/** What the page says about the files of one bundle. */
export interface Limits {
  readonly bytesMax: number;
  readonly filesMax: number;
}

export type Skip = 'system' | 'empty' | 'large' | 'same-name' | 'too-many';

export interface Sifted<T> {
  readonly taken: T[];
  readonly skipped: { readonly it: T; readonly why: Skip }[];
}

/** Files that computers put into folders by themselves. */
const SYSTEM = /^(\.|~\$|thumbs\.db$|desktop\.ini$)/i;

/** Which of these files go into a bundle that has `names` already. */
export function sift<T extends { readonly name: string; readonly size: number }>(files: readonly T[], names: Iterable<string>, limits: Limits): Sifted<T> {
  const known = new Set(names);
  const sifted: Sifted<T> = { taken: [], skipped: [] };
  for (const it of files) {
    const why = reason(it, known, limits);
    if (why) sifted.skipped.push({ it, why });
    else {
      known.add(it.name);
      sifted.taken.push(it);
    }
  }
  return sifted;
}

function reason(it: { readonly name: string; readonly size: number }, known: ReadonlySet<string>, limits: Limits): Skip | undefined {
  if (SYSTEM.test(it.name)) return 'system';
  if (it.size === 0) return 'empty';
  if (it.size > limits.bytesMax) return 'large';
  if (known.has(it.name)) return 'same-name';
  return known.size >= limits.filesMax ? 'too-many' : undefined;
}

/** Read at each end of a file for its mark. */
const END_BYTES = 64 * 1024;

/**
 * By what the same file is known again after the page was left: a digest of its name, length, time of its last change, and
 * both its ends. The server keeps it with what has arrived; this browser keeps nothing.
 */
export async function markOf(file: File): Promise<string> {
  const facts = new TextEncoder().encode(`${file.name}\n${file.size}\n${file.lastModified}\n`);
  const ends = [file.slice(0, END_BYTES), file.slice(Math.max(0, file.size - END_BYTES))];
  const bytes = await new Blob([facts, ...ends]).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (it) => it.toString(16).padStart(2, '0')).join('');
}

/** What to do after an answer; `status` 0 is no answer at all. */
export type Next = 'again' | 'busy' | 'locked' | 'anew' | 'again-a-few-times' | 'give-up';

export function after(status: number, isBegun: boolean): Next {
  if (status === 0) return 'again';
  if (status === 401) return 'locked';
  // What was begun is not there any more: given up, or expired.
  if (isBegun && (status === 404 || status === 410)) return 'anew';
  // Another request has gone on, a line broke where the server saw it first, or a case is over: asking once more tells which.
  if (status === 409 || status === 423 || (isBegun && status === 400)) return 'again-a-few-times';
  if (status === 429 || status >= 500) return 'busy';
  return 'give-up';
}

/** Bytes as people read them. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Whole percent that have gone: never a hundred before the last byte. */
export function percent(sent: number, all: number): number {
  return all === 0 ? 100 : Math.floor((sent / all) * 100);
}

/** A value of `Upload-Metadata` (tus 1.0): pairs with commas between, each a key and its value in base64. */
export function told(metadata: string, key: string): string {
  for (const pair of metadata.split(',')) {
    const [name, value] = pair.trim().split(' ');
    if (name === key) return new TextDecoder().decode(Uint8Array.from(atob(value ?? ''), (it) => it.charCodeAt(0)));
  }
  return '';
}
