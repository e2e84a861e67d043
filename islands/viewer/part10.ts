// Where the data set begins in a DICOM file. What stands before it (preamble, group 0002) is the sender's envelope: it changes
// on the way, and no digest is over it.

const PREAMBLE = 128;
/** Value representations with a four-byte length (PS3.5, 7.1.2). */
const LONG = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'];

export interface Opened {
  /** Transfer syntax of the data set. */
  syntax: string;
  /** The bytes that the digest is over: a view, no copy. */
  dataSet: Uint8Array;
}

/** Opens a DICOM file, or says with `undefined` that it is none. */
export function open(file: Uint8Array): Opened | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const letters = (at: number, length: number) => String.fromCharCode(...file.subarray(at, at + length));
  if (file.byteLength < PREAMBLE + 4 || letters(PREAMBLE, 4) !== 'DICM') return undefined;
  let at = PREAMBLE + 4;
  let syntax = '';
  // The group is always little endian with explicit representations, whatever the data set is.
  while (at + 8 <= file.byteLength && view.getUint16(at, true) === 0x0002) {
    const element = view.getUint16(at + 2, true);
    const long = LONG.includes(letters(at + 4, 2));
    if (long && at + 12 > file.byteLength) return undefined;
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const value = at + (long ? 12 : 8);
    if (value + length > file.byteLength) return undefined;
    if (element === 0x0010) syntax = letters(value, length).replace(/[\0 ]+$/, '');
    at = value + length;
  }
  return syntax === '' ? undefined : { syntax, dataSet: file.subarray(at) };
}
