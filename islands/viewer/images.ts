// Gives Cornerstone its pictures: fetched, checked, decoded in workers. Nothing else in the viewer hands it pixels.
import { cache, imageLoader, metaData, type Types } from '@cornerstonejs/core';
// From its own file: the loader's front door brings every decoder along, which belong to the worker.
import createImage from '../node_modules/@cornerstonejs/dicom-image-loader/dist/esm/imageLoader/createImage.js';

import { Refused } from './digests';
import type { Frame } from './frame';
import { pixelsOf } from './pixels';
import { cross } from './vector';
import { faultOf, type Study } from './study';

const SCHEME = 'haruka';

interface Known {
  study: Study;
  frame: Frame;
}
const known = new Map<string, Known>();

/** The name under which Cornerstone asks for a picture. */
export function imageId(study: Study, frame: Frame): string {
  const id = `${SCHEME}:${frame.sop}:${frame.frame}`;
  if (!known.has(id)) known.set(id, { study, frame });
  return id;
}

export const frameOf = (id: string): Frame | undefined => known.get(id)?.frame;

/** The decoded picture; throws [`Refused`] when it must not be shown. */
export function picture(id: string): Promise<Types.IImage> {
  return imageLoader.loadAndCacheImage(id);
}

export const ready = (id: string): boolean => cache.getImage(id) !== undefined;

export function register(): void {
  imageLoader.registerImageLoader(SCHEME, (id, options) => ({ promise: load(id, options) as Promise<Types.IImage> }) as Types.IImageLoadObject);
  metaData.addProvider(provide);
}

/** Forgets every picture. */
export function forget(): void {
  cache.purgeCache();
  known.clear();
}

async function load(id: string, options: Record<string, unknown> = {}): Promise<unknown> {
  const it = known.get(id);
  if (!it) throw new TypeError('no such picture');
  const { set, syntax } = await it.study.verified(it.frame);
  try {
    palettes.set(id, set);
    return await createImage(id, pixelsOf(set, it.frame), syntax, options);
  } catch (error) {
    const refused = new Refused(error instanceof Refused ? faultOf(error) : 'undecoded', it.frame.sop, { cause: error });
    it.study.refuse(refused);
    throw refused;
  } finally {
    palettes.delete(id);
  }
}

/** Colour tables are read while a picture is made, out of the file itself. */
const palettes = new Map<string, import('dicom-parser').DataSet>();

function palette(id: string): Record<string, unknown> {
  const set = palettes.get(id);
  if (!set?.elements['x00281101']) return {};
  const found: Record<string, unknown> = {};
  for (const [name, descriptor, table] of [['red', 'x00281101', 'x00281201'], ['green', 'x00281102', 'x00281202'], ['blue', 'x00281103', 'x00281203']] as const) {
    const element = set.elements[table];
    const numbers = [0, 1, 2].map((place) => set.uint16(descriptor, place) ?? 0);
    if (!element) continue;
    const bytes = (set.byteArray as Uint8Array).slice(element.dataOffset, element.dataOffset + element.length);
    found[`${name}PaletteColorLookupTableDescriptor`] = numbers;
    found[`${name}PaletteColorLookupTableData`] = numbers[2] === 16 ? new Uint16Array(bytes.buffer) : bytes;
  }
  return found;
}

function provide(type: string, id: string): unknown {
  const frame = known.get(id)?.frame;
  if (!frame) return undefined;
  switch (type) {
    case 'imagePixelModule':
      return {
        samplesPerPixel: frame.samples,
        photometricInterpretation: frame.photometric,
        planarConfiguration: frame.planar,
        rows: frame.rows,
        columns: frame.columns,
        bitsAllocated: frame.bitsAllocated,
        bitsStored: frame.bitsStored,
        highBit: frame.highBit,
        pixelRepresentation: frame.signed ? 1 : 0,
        ...palette(id),
      };
    case 'imagePlaneModule':
      return plane(frame);
    case 'modalityLutModule':
      return { rescaleSlope: frame.slope, rescaleIntercept: frame.intercept, rescaleType: frame.unit || (frame.modality === 'CT' ? 'HU' : '') };
    case 'voiLutModule':
      return frame.window ? { windowCenter: [frame.window.centre], windowWidth: [frame.window.width] } : {};
    case 'generalSeriesModule':
      return { modality: frame.modality, seriesInstanceUID: frame.series, studyInstanceUID: frame.study, seriesNumber: frame.number };
    case 'sopCommonModule':
      return { sopClassUID: frame.sopClass, sopInstanceUID: frame.sop };
    default:
      return undefined;
  }
}

function plane(frame: Frame): unknown {
  const { place, spacing } = frame;
  const [row_mm, column_mm] = spacing.kind === 'none' ? [undefined, undefined] : [spacing.row_mm, spacing.column_mm];
  return {
    frameOfReferenceUID: frame.frameOfReference || frame.series,
    rows: frame.rows,
    columns: frame.columns,
    rowPixelSpacing: row_mm,
    columnPixelSpacing: column_mm,
    ...(row_mm !== undefined && { pixelSpacing: [row_mm, column_mm] }),
    ...(place && {
      imageOrientationPatient: [...place.right, ...place.down],
      imagePositionPatient: [...place.position],
      rowCosines: [...place.right],
      columnCosines: [...place.down],
      scanAxisNormal: [...cross(place.right, place.down)],
      sliceLocation: place.position[2],
    }),
  };
}
