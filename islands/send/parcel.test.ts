// DL-20: what goes into a bundle, by what a file is known again, and what the server's answers mean, as tables.
import { describe, expect, it } from 'vitest';
import { after, markOf, percent, sift, size, told } from './parcel';

const limits = { bytesMax: 100, filesMax: 3 };

describe('what is sent', () => {
  it.each([
    ['.DS_Store', 9, [], 'system'],
    ['Thumbs.db', 9, [], 'system'],
    ['46.stl', 0, [], 'empty'],
    ['46.stl', 101, [], 'large'],
    ['46.stl', 100, [], undefined],
    ['46.stl', 9, ['46.stl'], 'same-name'],
    ['46.stl', 9, ['a', 'b', 'c'], 'too-many'],
  ])('%s of %i bytes beside %j: %s', (name, bytes, names, why) => {
    const sifted = sift([{ name, size: bytes }], names, limits);
    expect(sifted.skipped[0]?.why).toBe(why);
    expect(sifted.taken.length).toBe(why ? 0 : 1);
  });

  it('takes each name once', () => {
    const twice = sift([{ name: 'a', size: 1 }, { name: 'a', size: 2 }, { name: 'b', size: 3 }], [], limits);
    expect(twice.taken.map((it) => it.size)).toEqual([1, 3]);
  });
});

describe('by what a file is known again', () => {
  const file = (bytes: string, name = '46.stl', lastModified = 1) => new File([bytes], name, { lastModified });

  it('is the same for the same file alone', async () => {
    const mark = await markOf(file('solid'));
    expect(await markOf(file('solid'))).toBe(mark);
    expect(mark).toMatch(/^[0-9a-f]{64}$/);
    for (const other of [file('solie'), file('solid', '47.stl'), file('solid', '46.stl', 2)]) expect(await markOf(other)).not.toBe(mark);
  });
});

describe('what an answer means', () => {
  it.each([
    [0, true, 'again'],
    [400, true, 'again-a-few-times'],
    [400, false, 'give-up'],
    [401, true, 'locked'],
    [403, true, 'give-up'],
    [404, true, 'anew'],
    [404, false, 'give-up'],
    [410, true, 'anew'],
    [409, true, 'again-a-few-times'],
    [413, false, 'give-up'],
    [422, true, 'give-up'],
    [423, true, 'again-a-few-times'],
    [429, false, 'busy'],
    [503, true, 'busy'],
  ])('%i', (status, isBegun, next) => expect(after(status, isBegun)).toBe(next));
});

describe('words', () => {
  it('counts bytes as people do', () => {
    expect([0, 999, 1000, 1_500_001, 2_147_483_648].map(size)).toEqual(['0 B', '999 B', '1 kB', '1.5 MB', '2147.5 MB']);
    expect([percent(0, 9), percent(999, 1000), percent(5, 5)]).toEqual([0, 99, 100]);
  });

  it('reads what was told of an upload', () => {
    expect(told('purpose bGFi,filename 5LiK6aGOLnN0bA==', 'filename')).toBe('上顎.stl');
    expect([told('bare', 'bare'), told('', 'filename')]).toEqual(['', '']);
  });
});
