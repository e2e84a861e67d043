// What is read of a picture, from the catalogue and from the file: both must say the same.
import * as dicomParser from 'dicom-parser';
import { expect, test } from 'vitest';

import { instances, SERIES } from '../../fixtures/dicom/study.mjs';
import { aboutOf, type Frame, framesOf, same } from './frame';
import { lettersIn, lettersOf, opposite } from './letters';
import { decoderFor, nameFrom, nameLines } from './names';
import { day, lossyWords, scaleLength } from './overlay';
import { open } from './part10';
import { pixelsOf } from './pixels';
import { fileReader, jsonReader } from './reader';
import { bodyOf, nearest, sorted } from './series';
import { presetsFor, rangeOf } from './windows';

const files = [...instances({ size: 16, slices: 12 })];
const setOf = (bytes: Uint8Array) => {
  const opened = open(bytes);
  return dicomParser.parseDicom(opened!.dataSet, { TransferSyntaxUID: opened!.syntax });
};
const frameOf = (it: (typeof files)[0]) => framesOf(fileReader(setOf(it.bytes)))[0] as Frame;
const cbct = files.filter((it) => it.series === SERIES.cbct).map(frameOf);

test('a slice says where it lies; its thickness is not believed', () => {
  const [first] = cbct;
  expect(first).toMatchObject({ modality: 'CT', rows: 16, columns: 16, slope: 1, intercept: -1024, window: { centre: 800, width: 3500 } });
  const body = bodyOf(sorted(cbct));
  // 76.8 mm over 16 pixels, slices half as far apart; the header's thickness is thrice the distance.
  expect(body).toMatchObject({ kind: 'body' });
  expect(body.kind === 'body' && body.step_mm).toBeCloseTo(2.4, 6);
});

test('a missing slice bends the body, and that is said', () => {
  const without = sorted(cbct).filter((_, place) => place !== 5);
  expect(bodyOf(without)).toEqual({ kind: 'uneven', after: 5 });
  expect(bodyOf(cbct.slice(0, 3)).kind).toBe('flat');
  const tilted = sorted(cbct).map((it, place) => ({ ...it, place: { ...it.place!, position: [it.place!.position[0] + place, it.place!.position[1], it.place!.position[2]] as const } }));
  expect(bodyOf(tilted).kind).toBe('tilted');
});

test('slices are in the order of their places, whatever their numbers', () => {
  const shuffled = [...cbct].sort((one, other) => (one.number * 7) % 12 - ((other.number * 7) % 12)).map((it) => ({ ...it, number: 99 - it.number }));
  expect(sorted(shuffled).map((it) => it.sop)).toEqual(sorted(cbct).map((it) => it.sop));
  expect(nearest(sorted(cbct), [0, 0, 1], -100)).toBe(0);
});

test('a panoramic has lengths on its detector only, an intra-oral film says what was done to it', () => {
  const panoramic = frameOf(files.find((it) => it.series === SERIES.panoramic)!);
  expect(panoramic).toMatchObject({ spacing: { kind: 'detector', row_mm: 0.2, column_mm: 0.2 }, toward: ['L', 'F'], laterality: 'B', lossy: undefined, burnedIn: false, place: undefined });
  const film = frameOf(files.find((it) => it.series === SERIES.intraoral)!);
  expect(film).toMatchObject({ lossy: { ratio: 8.5 }, burnedIn: true, laterality: 'R', photometric: 'MONOCHROME1' });
});

test('an enhanced instance says for each frame what a plain one says once', () => {
  const value = (vr: string, ...Value: unknown[]) => ({ vr, Value });
  const json = {
    '00080018': value('UI', '1.2'), '00280010': value('US', 4), '00280011': value('US', 4), '00280008': value('IS', 2),
    '52009229': value('SQ', { '00209116': value('SQ', { '00200037': value('DS', 1, 0, 0, 0, 1, 0) }), '00289110': value('SQ', { '00280030': value('DS', 0.2, 0.2) }) }),
    '52009230': value('SQ', { '00209113': value('SQ', { '00200032': value('DS', 0, 0, 5) }) }, { '00209113': value('SQ', { '00200032': value('DS', 0, 0, 6) }) }),
  };
  const frames = framesOf(jsonReader(json));
  expect(frames.map((it) => it.place?.position[2])).toEqual([5, 6]);
  expect(frames[1]).toMatchObject({ frame: 2, frames: 2, spacing: { kind: 'patient', row_mm: 0.2, column_mm: 0.2 } });
});

test('a catalogue that describes the picture otherwise is found out', () => {
  const [first] = cbct as [Frame];
  expect(same(first, { ...first, number: 77 })).toBe(true);
  expect(same(first, { ...first, spacing: { kind: 'patient', row_mm: 1, column_mm: 1 } })).toBe(false);
  expect(same(first, { ...first, place: { ...first.place!, position: [0, 0, 0] } })).toBe(false);
});

test('a file with fewer pixels than it says is no picture with a black rest', () => {
  const set = setOf(files[0]!.bytes);
  const frame = frameOf(files[0]!);
  expect(pixelsOf(set, frame).length).toBe(16 * 16 * 2);
  expect(() => pixelsOf(set, { ...frame, rows: 17 })).toThrow();
});

test('names come in three groups, in the letters of the file', () => {
  expect(nameFrom('TANAKA^HANAKO=田中^花子=たなか^はなこ')).toEqual({ latin: 'TANAKA HANAKO', kanji: '田中 花子', kana: 'たなか はなこ' });
  expect(nameLines(nameFrom('YAMADA^TARO'))).toEqual(['YAMADA TARO']);
  expect(aboutOf(fileReader(setOf(files[0]!.bytes))).patient).toMatchObject({ id: 'AOBA-000123', birth: '19580304', sex: 'F', name: { kanji: '田中 花子' } });
  // PS3.5, H.3: the example of the standard, in ISO 2022 IR 87.
  const bytes = Uint8Array.from('Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B', (it) => it.charCodeAt(0));
  expect(nameFrom(decoderFor(['', 'ISO 2022 IR 87']).decode(bytes))).toEqual({ latin: 'Yamada Tarou', kanji: '山田 太郎', kana: 'やまだ たろう' });
  expect(decoderFor(['ISO_IR 192']).encoding).toBe('utf-8');
  expect(decoderFor(['ISO_IR 13']).encoding).toBe('shift_jis');
  expect(decoderFor(['GB18030']).encoding).toBe('gb18030');
});

test.each([
  [[1, 0, 0], 'L'],
  [[-1, 0, 0], 'R'],
  [[0, 1, 0], 'P'],
  [[0, 0, 1], 'H'],
  [[0.7, -0.7, 0.01], 'LA'],
  [[0.2, -0.2, 0.95], 'H'],
] as const)('%j is toward %s', (direction, letters) => {
  expect(lettersOf([...direction])).toBe(letters);
});

test('letters turn and mirror with the picture', () => {
  expect(opposite('LA')).toBe('RP');
  expect(lettersIn(['L', 'F'], [1, 0])).toBe('L');
  expect(lettersIn(['L', 'F'], [-1, 0])).toBe('R');
  expect(lettersIn(['L', 'F'], [0, 1])).toBe('F');
  expect(lettersIn(['L', 'F'], [0.1, -0.9])).toBe('H');
});

test('TR-24: a lossy picture says so, with its ratio', () => {
  expect(lossyWords(8.5, (ja) => ja)).toBe('非可逆圧縮 1/8.5');
  expect(lossyWords(0, (ja) => ja)).toBe('非可逆圧縮(圧縮率不明)');
});

test('windows: the file’s own comes first, CT has the dental ones, others their full range', () => {
  const [slice] = cbct as [Frame];
  expect(presetsFor(slice, undefined).map((it) => it.ja)).toEqual(['標準', '骨', '歯', '軟組織', '上顎洞', '金属']);
  expect(presetsFor({ ...slice, modality: 'PX', window: undefined }, [0, 1000])[0]?.window).toEqual({ centre: 500, width: 1000 });
  expect(rangeOf({ centre: 40, width: 400 })).toEqual({ lower: -160, upper: 240 });
});

test('small words', () => {
  expect(day('19580304', (ja) => ja)).toBe('1958年3月4日');
  expect([0.3, 7, 33, 400].map(scaleLength)).toEqual([0.5, 5, 20, 200]);
});
