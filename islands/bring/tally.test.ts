// What became of files, and what a file is, as tables.
import { describe, expect, it } from 'vitest';
import { pauseS } from '../lib/pause';
import { kindOf } from './found';
import { Tally } from './tally';

describe('what became of the files', () => {
  it('counts, and shows what somebody should read: first what was not taken', () => {
    const tally = new Tally(4);
    tally.add({ place: 'b', outcome: 'stored', why: '' });
    tally.add({ place: 'viewer.exe', outcome: 'skipped', why: 'no DICOM' });
    tally.add({ place: 'a', outcome: 'already-here', why: '' });
    expect(tally.isDone).toBe(false);
    tally.add({ place: 'z', outcome: 'not-taken', why: 'cut' });
    expect(tally.isDone).toBe(true);
    expect(tally.notable.map((it) => it.place)).toEqual(['z', 'viewer.exe']);
    expect([tally.count('stored'), tally.count('already-here')]).toEqual([1, 1]);
  });

  it('tries again ever more rarely, and never stops', () => {
    expect([1, 2, 3, 5, 6, 60].map(pauseS)).toEqual([1, 2, 4, 16, 30, 30]);
  });
});

describe('what a file is', () => {
  const file = (name: string, bytes: Uint8Array<ArrayBuffer>) => ({ place: `CD/${name}`, file: new File([bytes], name) });
  const dicom = new Uint8Array(140);
  dicom.set([0x44, 0x49, 0x43, 0x4d], 128);

  it.each([
    ['IM1', dicom, 'image'],
    ['DICOMDIR', dicom, 'directory'],
    ['dicomdir.;1', dicom, 'directory'],
    ['VIEWER.EXE', new Uint8Array(200), 'other'],
    ['EMPTY', new Uint8Array(0), 'other'],
  ])('%s', async (name, bytes, kind) => {
    expect(await kindOf(file(name, bytes))).toBe(kind);
  });
});
