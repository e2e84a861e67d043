// TR-12: what is hashed, and what is found.
import { expect, test } from 'vitest';

import { STUDY, instances } from '../../fixtures/dicom/study.mjs';
import { check, compare, listFrom, Refused, sha256 } from './digests';
import { firstPart } from './dicomweb';
import { open } from './part10';

const files = [...instances({ size: 16, slices: 8 })].filter((it) => it.study === STUDY);
const list = Object.fromEntries(files.map((it) => [it.sop, it.sha256]));
const [first, second] = files as [(typeof files)[0], (typeof files)[0]];
const dataSet = (bytes: Uint8Array) => open(bytes)?.dataSet ?? new Uint8Array();

const verdict = (sop: string, bytes: Uint8Array) =>
  check(list, sop, bytes).then(
    () => 'right',
    (error: unknown) => (error instanceof Refused ? error.fault : 'broken'),
  );

test('TR-12: the digest is over the data set, without the envelope before it', async () => {
  expect(open(first.bytes)?.syntax).toBe('1.2.840.10008.1.2.1');
  expect(await sha256(dataSet(first.bytes))).toBe(first.sha256);
  const otherEnvelope = new Uint8Array(first.bytes);
  otherEnvelope.fill(7, 0, 128);
  expect(await verdict(first.sop, dataSet(otherEnvelope))).toBe('right');
});

test('TR-12: one flipped bit, a swapped and an extra instance are told apart', async () => {
  const flipped = new Uint8Array(dataSet(first.bytes));
  flipped[flipped.length - 1]! ^= 1;
  expect(await verdict(first.sop, flipped)).toBe('changed');
  expect(await verdict(first.sop, dataSet(second.bytes))).toBe('swapped');
  expect(await verdict('1.2.3', dataSet(first.bytes))).toBe('extra');
  expect(await verdict(first.sop, dataSet(first.bytes).subarray(0, 100))).toBe('changed');
});

test('TR-12: what is missing and what is too much is named', () => {
  expect(compare(list, files.slice(1).map((it) => it.sop))).toEqual({ missing: [first.sop], extra: [] });
  expect(compare(list, [...files.map((it) => it.sop), '1.2.3'])).toEqual({ missing: [], extra: ['1.2.3'] });
});

test('a list is a list of digests, or none', () => {
  expect(listFrom(list)).toEqual(list);
  for (const other of [null, [], 'x', { a: 'b' }, { '1.2': 'abc' }, { '1.2': 5 }]) expect(listFrom(other)).toBeUndefined();
});

test.each([
  ['nothing', new Uint8Array()],
  ['text', new TextEncoder().encode('<html>'.repeat(100))],
  ['a file cut off in its envelope', new Uint8Array(first.bytes.subarray(0, 200))],
])('%s is no DICOM file', (_, bytes) => {
  expect(open(bytes)).toBeUndefined();
});

test('the first part of a multipart answer is the file, with or without its length', () => {
  const text = (it: string) => new TextEncoder().encode(it);
  const inside = 'a\r\n--par not the end';
  for (const length of ['', `Content-Length: ${inside.length}\r\n`]) {
    const body = text(`--part\r\nContent-Type: application/dicom\r\n${length}\r\n${inside}\r\n--part--\r\n`);
    const found = firstPart(body, 'multipart/related; type="application/dicom"; boundary="part"');
    expect(found && new TextDecoder().decode(found)).toBe(inside);
  }
  expect(firstPart(text('no boundary'), 'multipart/related; boundary=part')).toBeUndefined();
});
