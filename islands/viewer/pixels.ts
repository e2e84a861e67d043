// The bytes of one frame, taken out of a file that has been checked.
import * as dicomParser from 'dicom-parser';

import type { Frame } from './frame';

/** One frame's bytes, copied, so that the worker gets them aligned and the rest of the file can go. */
export function pixelsOf(set: dicomParser.DataSet, frame: Frame): Uint8Array {
  const element = set.elements['x7fe00010'];
  if (!element) throw new TypeError('no pixels');
  const place = frame.frame - 1;
  if (element.encapsulatedPixelData) return encapsulated(set, element, place, frame.frames);
  const bits = frame.rows * frame.columns * frame.samples * frame.bitsAllocated;
  if (bits % 8 !== 0) throw new TypeError('frames of half bytes');
  const from = element.dataOffset + (place * bits) / 8;
  // A truncated file is no picture with a black rest.
  if ((place + 1) * (bits / 8) > element.length) throw new TypeError('fewer pixels than said');
  const bytes = (set.byteArray as Uint8Array).slice(from, from + bits / 8);
  return frame.bitsAllocated === 1 ? unpacked(bytes) : bytes;
}

function encapsulated(set: dicomParser.DataSet, element: dicomParser.Element, place: number, frames: number): Uint8Array {
  const fragments = element.fragments ?? [];
  if ((element.basicOffsetTable ?? []).length > 0) return dicomParser.readEncapsulatedImageFrame(set, element, place) as Uint8Array;
  if (frames === 1) return dicomParser.readEncapsulatedPixelDataFromFragments(set, element, 0, fragments.length) as Uint8Array;
  if (fragments.length === frames) return dicomParser.readEncapsulatedPixelDataFromFragments(set, element, place, 1) as Uint8Array;
  const table = dicomParser.createJPEGBasicOffsetTable(set, element);
  return dicomParser.readEncapsulatedImageFrame(set, element, place, table) as Uint8Array;
}

function unpacked(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: bytes.length * 8 }, (_, place) => ((bytes[place >> 3] ?? 0) >> (place & 7)) & 1);
}
