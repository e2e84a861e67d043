// A study as it comes: what is taken, what is refused, and whose it is.
import { expect, test } from 'vitest';

import { json } from '../../fixtures/dicom/json.mjs';
import { type Instance, instances, SERIES, STUDY } from '../../fixtures/dicom/study.mjs';
import { sha256 } from './digests';
import type { DicomWeb } from './dicomweb';
import { open } from './part10';
import { faultOf, Study } from './study';

const files = [...instances({ size: 16, slices: 8 })].filter((it) => it.study === STUDY);

/** A server with these files; `list` may know others. */
async function studyOf(all: readonly Instance[], list?: Record<string, string>): Promise<Study> {
  const digests = list ?? Object.fromEntries(await Promise.all(all.map(async (it) => [it.sop, await sha256(open(it.bytes)!.dataSet)] as const)));
  const web = {
    metadata: () => Promise.resolve(all.map((it) => json(it.tags))),
    json: () => Promise.resolve(digests),
    file: (_: string, __: string, sop: string) => Promise.resolve(all.find((it) => it.sop === sop)!.bytes),
  };
  const study = new Study(web as unknown as DicomWeb, STUDY, '/digests', () => undefined);
  await study.load();
  return study;
}

test('the catalogue is put into series, in the order of the device', async () => {
  const study = await studyOf(files);
  expect(study.series.map((it) => [it.modality, it.words, it.frames.length])).toEqual([
    ['CT', 'CBCT 下顎', 8],
    ['PX', 'パノラマ', 1],
    ['IO', '46 デンタル', 1],
  ]);
  expect(study.refused.size).toBe(0);
});

test('every picture says what the catalogue said of it', async () => {
  const study = await studyOf(files);
  for (const series of study.series) for (const frame of series.frames) expect((await study.verified(frame)).frames).toHaveLength(1);
  expect(study.mixed).toBe(false);
  expect(study.about?.patient.name.kanji).toBe('田中 花子');
});

test('TR-12: a fault in one series keeps that series from being cut anew, a missing instance every one', async () => {
  const [cbct, panoramic] = (await studyOf(files)).series;
  const list = Object.fromEntries(files.map((it) => [it.sop, it.sha256]));
  const wrong = await studyOf(files, { ...list, [`${SERIES.cbct}.3`]: '0'.repeat(64) });
  const frame = wrong.series[0]!.frames.find((it) => it.sop === `${SERIES.cbct}.3`)!;
  expect(await wrong.verified(frame).catch(faultOf)).toBe('changed');
  expect(wrong.faultIn(cbct!)?.fault).toBe('changed');
  expect(wrong.faultIn(panoramic!)).toBeUndefined();
  const missing = await studyOf(files, { ...list, '1.2.3': '0'.repeat(64) });
  expect(missing.faultIn(panoramic!)).toMatchObject({ fault: 'missing', sop: '1.2.3' });
});

test('pictures of two patients in one study are each shown with their own name, and it is said', async () => {
  const other = files.map((it) => {
    if (it.series !== SERIES.panoramic) return it;
    // The same length, so that nothing else moves.
    const text = Array.from(it.bytes, (byte) => String.fromCharCode(byte)).join('');
    const bytes = Uint8Array.from(text.replace('AOBA-000123', 'AOBA-000999'), (letter) => letter.charCodeAt(0));
    return { ...it, bytes };
  });
  const study = await studyOf(other);
  const [cbct, panoramic] = study.series.map((it) => it.frames[0]!);
  await study.verified(cbct!);
  expect(study.mixed).toBe(false);
  await study.verified(panoramic!);
  expect(study.mixed).toBe(true);
  expect(study.aboutOf(cbct!)?.patient.id).toBe('AOBA-000123');
  expect(study.aboutOf(panoramic!)?.patient.id).toBe('AOBA-000999');
});

test('without a list of digests there is no study', async () => {
  await expect(studyOf(files, { nonsense: 'x' })).rejects.toThrow('no list of digests');
});

test('TR-24: a camera that writes JPEG and does not say that something was lost is told all the same, with its ratio', async () => {
  const jpeg = '1.2.840.10008.1.2.4.50';
  const whole = files.find((it) => it.series === SERIES.panoramic)!;
  const { dataSet } = open(whole.bytes)!;
  const head = new Uint8Array([0x02, 0x00, 0x10, 0x00, 0x55, 0x49, jpeg.length, 0, ...new TextEncoder().encode(jpeg)]);
  const bytes = new Uint8Array([...new Uint8Array(128), ...new TextEncoder().encode('DICM'), ...head, ...dataSet]);
  const study = await studyOf([{ ...whole, bytes } as Instance]);
  const series = study.series[0]!;
  const frame = series.frames[0]!;
  expect([study.lossyOf(frame), study.lossyIn(series)]).toEqual([undefined, undefined]);
  await study.verified(frame);
  const native = (frame.rows * frame.columns * frame.bitsAllocated) / 8;
  expect(study.lossyOf(frame)).toEqual({ ratio: Math.round((native / dataSet.length) * 10) / 10 });
  expect(study.lossyIn(series)).toEqual(study.lossyOf(frame));
});
