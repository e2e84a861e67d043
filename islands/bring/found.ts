// The files under what somebody dropped or chose, each with its place.

export interface Found {
  readonly place: string;
  readonly file: File;
}

/** Bytes before the letters that every DICOM file has (PS3.10 7.1). */
const PREAMBLE_BYTES = 128;

export function chosen(files: Iterable<File>): Found[] {
  return inOrder(Array.from(files, (file) => ({ place: file.webkitRelativePath || file.name, file })));
}

/** Dropped folders are walked; the list must be taken in the event itself, later it is empty. */
export async function dropped(transfer: DataTransfer): Promise<Found[]> {
  const entries = Array.from(transfer.items, (it) => it.webkitGetAsEntry()).filter((it) => it !== null);
  const found: Found[] = [];
  const open = [...entries];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    if (entry.isDirectory) open.push(...(await children(entry as FileSystemDirectoryEntry)));
    else found.push({ place: entry.fullPath.replace(/^\//, ''), file: await opened(entry as FileSystemFileEntry) });
  }
  return inOrder(found);
}

function inOrder(found: Found[]): Found[] {
  return found.sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
}

function opened(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((done, failed) => entry.file(done, failed));
}

/** A browser hands out a hundred entries at a time, and an empty list at the end. */
async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

export type Kind = 'image' | 'directory' | 'other' | 'unreadable';

/** What a file is by its name and its first bytes; the server looks at all of it. */
export async function kindOf({ place, file }: Found): Promise<Kind> {
  const name = place.slice(place.lastIndexOf('/') + 1).toUpperCase();
  if (/^DICOMDIR\.?(;1)?$/.test(name)) return 'directory';
  try {
    const letters = await file.slice(PREAMBLE_BYTES, PREAMBLE_BYTES + 4).text();
    return letters === 'DICM' ? 'image' : 'other';
  } catch {
    return 'unreadable';
  }
}
