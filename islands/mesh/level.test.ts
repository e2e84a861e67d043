// DL-23: a level is checked before it is shown; a bad one is named, and the list is read number by number.
import { expect, test } from 'vitest';

import { Desk } from './desk';
import { documentOf, LEVELS_MAX, Malformed, NOTES_MAX, PARTS_MAX } from './document';
import type { Fault } from './fault';
import { levelOf } from './level';
import { Line } from './line';
import { solidOf } from './solid';
import { kept, next, type Standing, stepsOf } from './steps';
import { ball, inverted, packed, square, together } from './tests/shapes';

const desk = () => new Desk(() => performance.now(), () => new Promise((done) => setTimeout(done, 0)));
const quiet = () => undefined;

test('a level comes out as it went in, within half a step of its grid', async () => {
  const shape = ball(30, 40, [100, -20, 5]);
  const colours = new Uint8Array((shape.places.length / 3) * 4).map((_, at) => at % 251);
  const grid = await levelOf(await packed(shape, 0.037, colours), shape.index.length / 3);
  expect(grid.error_mm).toBeCloseTo(0.037, 6);
  // The codec may begin a triangle with another of its corners; it never turns it round.
  expect(turnedSame(grid.index, shape.index)).toBe(true);
  expect([...grid.colours!]).toEqual([...colours]);
  const { places } = solidOf(grid);
  const far = Math.max(...shape.places.map((it, at) => Math.abs(it - places[at]!)));
  expect(far).toBeLessThan(grid.step * 0.51 + 1e-5);
  expect((await levelOf(await packed(square(0, 10)), 800)).colours).toBeUndefined();
});

function turnedSame(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  for (let at = 0; at < one.length; at += 3) {
    const [a, b] = [[one[at], one[at + 1], one[at + 2]], [other[at], other[at + 1], other[at + 2]]];
    if (![0, 1, 2].some((by) => a.every((it, place) => it === b[(place + by) % 3]))) return false;
  }
  return one.length === other.length;
}

test('every number of a level is checked before it is used', async () => {
  const good = await packed(square(0, 10));
  const spoilt: [string, Fault, (view: DataView, bytes: Uint8Array) => Uint8Array | void][] = [
    ['another file', 'foreign', (view) => view.setUint32(0, 0x46546c67, true)],
    ['no header', 'foreign', (_, bytes) => bytes.slice(0, 30)],
    ['too many vertices', 'damaged', (view) => view.setUint32(4, 4_000_000_000, true)],
    ['no triangles', 'damaged', (view) => view.setUint32(8, 0, true)],
    ['half a triangle', 'damaged', (view) => view.setUint32(8, 2_401, true)],
    ['another number of triangles', 'announced', (view) => view.setUint32(8, 2_397, true)],
    ['a box that is no number', 'damaged', (view) => view.setFloat32(12, NaN, true)],
    ['a box on the moon', 'damaged', (view) => view.setFloat32(16, 3e8, true)],
    ['no step', 'damaged', (view) => view.setFloat32(24, 0, true)],
    ['a step of a metre', 'damaged', (view) => view.setFloat32(24, 1_000, true)],
    ['a negative error', 'damaged', (view) => view.setFloat32(28, -1, true)],
    ['an unknown flag', 'foreign', (view) => view.setUint32(32, 2, true)],
    ['colours that are not there', 'damaged', (view) => view.setUint32(32, 1, true)],
    ['a part that is longer than the file', 'damaged', (view) => view.setUint32(36, 0xffff_fff0, true)],
    ['something behind the end', 'damaged', (_, bytes) => new Uint8Array([...bytes, 0])],
    ['a stream cut short', 'damaged', (view, bytes) => (view.setUint32(40, view.getUint32(40, true) - 9, true), bytes.slice(0, -9))],
    ['fewer vertices than are pointed at', 'damaged', (view) => view.setUint32(4, 3, true)],
  ];
  for (const [what, fault, spoil] of spoilt) {
    const bytes = good.slice();
    const given = spoil(new DataView(bytes.buffer), bytes) ?? bytes;
    await expect(levelOf(given, 800), what).rejects.toMatchObject({ fault });
  }
});

test('a bad level leaves what was there before', async () => {
  const it = desk();
  const shape = ball(10, 20);
  await it.answer('level', { file: 'a', bytes: await packed(shape), triangles: shape.index.length / 3 }, quiet);
  await expect(it.answer('level', { file: 'a', bytes: new Uint8Array(99), triangles: 5 }, quiet)).rejects.toMatchObject({ fault: 'foreign' });
  expect(await it.answer('pick', { files: ['a'], origin: [0, 0, 50], direction: [0, 0, -1], cut: undefined, snap_mm: 0 }, quiet)).toMatchObject({ file: 'a' });
});

test('what is pointed at is the nearest that is shown and not cut away, and a line of the cut comes first', async () => {
  const it = desk();
  const [outer, inner] = [together(ball(10, 40), inverted(ball(9, 40))), ball(5, 40)];
  const outerPicture = await it.answer('level', { file: 'outer', bytes: await packed(outer), triangles: outer.index.length / 3 }, quiet);
  await it.answer('level', { file: 'inner', bytes: await packed(inner), triangles: inner.index.length / 3 }, quiet);
  // The picture's triangles are its own: the search sorts the others.
  await it.answer('prepare', { file: 'outer' }, quiet);
  expect(turnedSame(outerPicture.index, outer.index)).toBe(true);
  const seen = async (files: string[], cut: { normal: [number, number, number]; constant: number } | undefined, x = 0.1, snap_mm = 0) => it.answer('pick', { files, origin: [x, 0.1, 50], direction: [0, 0, -1], cut, snap_mm }, quiet);
  expect((await seen(['outer', 'inner'], undefined))?.at[2]).toBeCloseTo(10, 1);
  expect((await seen(['inner'], undefined))?.file).toBe('inner');
  const cut = { normal: [0, 0, -1] as [number, number, number], constant: 8 };
  expect((await seen(['outer', 'inner'], cut))?.file).toBe('inner');
  await it.answer('section', { files: ['outer', 'inner'], cut }, quiet);
  const near = await seen(['outer', 'inner'], cut, 6.1, 0.5);
  expect(near).toMatchObject({ file: 'outer', onCut: true });
  expect(near?.at[2]).toBeCloseTo(8, 3);
  expect(await seen(['outer', 'inner'], cut, 60, 0.5)).toBeUndefined();
});

test('a comparison tells how far it is, and ends when another begins', async () => {
  const now = { ms: 0 };
  const it = new Desk(() => (now.ms += 10), () => new Promise((done) => setTimeout(done, 0)));
  for (const [file, radius_mm] of [['a', 10], ['b', 10.2]] as const) {
    const shape = ball(radius_mm, 60);
    await it.answer('level', { file, bytes: await packed(shape), triangles: shape.index.length / 3 }, quiet);
  }
  const told: number[] = [];
  const first = it.answer('compare', { of: 'a', to: 'b' }, (part) => told.push(part));
  const second = it.answer('compare', { of: 'b', to: 'a' }, quiet);
  expect(await first).toBe('ended');
  const found = await second;
  expect(found !== 'ended' && found.summary.mean_mm).toBeCloseTo(0.2, 2);
  expect(told[0]).toBeGreaterThan(0);
  expect(told[0]).toBeLessThan(1);
  await expect(it.answer('compare', { of: 'a', to: 'nowhere' }, quiet)).rejects.toThrow();
  expect(await it.answer('probe', { at: [0, 0, 10.7], to: 'b' }, quiet)).toBeCloseTo(0.5, 2);
});

// The list.

const level = (triangles: number, more = {}) => ({ level: 1, triangles, error_mm: 0.01, bytes: triangles * 3, href: `/lab/levels/${triangles}`, ...more });
const part = (more = {}) => ({ file: 'f1', name: '上顎.stl', kind: 'upper', version: 1, levels: [level(2_000_000), level(20_000)], ...more });
const note = (more = {}) => ({ id: 'n1', file: 'f1', at: [1, 2, 3], text: '辺縁を確認', who: '佐藤', when: '2026-11-22T03:00:00Z', ...more });

test('the list is read as it is meant, levels from the smallest', () => {
  const it = documentOf({ parts: [part()], notes: [note()], may_note: true });
  expect(it.parts[0]!.levels.map((one) => one.triangles)).toEqual([20_000, 2_000_000]);
  expect(it.notes[0]!.at).toEqual([1, 2, 3]);
  expect(it.notes[0]!.along).toBeUndefined();
  const alongOf = (along: number[]) => documentOf({ parts: [], notes: [note({ along })] }).notes[0]!.along;
  expect([alongOf([0, -1, 0.001]), alongOf([0, 0, 0])]).toEqual([[0, -1, 0.001], undefined]);
  expect(it.mayNote).toBe(true);
  expect(documentOf({ parts: [], may_note: 'yes' })).toEqual({ parts: [], notes: [], mayNote: false });
});

test('a list that breaks a rule is not used at all', () => {
  const bad: [string, unknown][] = [
    ['nothing', null],
    ['no parts', {}],
    ['too many parts', { parts: Array.from({ length: PARTS_MAX + 1 }, (_, at) => part({ file: `f${at}` })) }],
    ['too many levels', { parts: [part({ levels: Array.from({ length: LEVELS_MAX + 1 }, () => level(5)) })] }],
    ['too many notes', { parts: [], notes: Array.from({ length: NOTES_MAX + 1 }, () => note()) }],
    ['a file twice', { parts: [part(), part()] }],
    ['an unknown kind', { parts: [part({ kind: 'face' })] }],
    ['another house', { parts: [part({ levels: [level(5, { href: 'https://evil.example/' })] })] }],
    ['another house without its scheme', { parts: [part({ levels: [level(5, { href: '//evil.example/' })] })] }],
    ['a script', { parts: [part({ levels: [level(5, { href: 'javascript:alert(1)' })] })] }],
    ['too many triangles', { parts: [part({ levels: [level(9_000_000)] })] }],
    ['an error that is no number', { parts: [part({ levels: [level(5, { error_mm: '0.1' })] })] }],
    ['a negative error', { parts: [part({ levels: [level(5, { error_mm: -0.1 })] })] }],
    ['a place of two numbers', { parts: [], notes: [note({ at: [1, 2] })] }],
    ['a place far away', { parts: [], notes: [note({ at: [1, 2, 1e9] })] }],
    ['a direction that is none', { parts: [], notes: [note({ along: [1, 2, 3] })] }],
    ['endless words', { parts: [], notes: [note({ text: 'あ'.repeat(5_000) })] }],
  ];
  for (const [what, given] of bad) expect(() => documentOf(given), what).toThrow(Malformed);
});

test('levels come from coarse to fine, what is shown first, as far as there is room', () => {
  const levels = documentOf({ parts: [part({ levels: [level(20_000), level(67_000), level(200_000), level(2_000_000)] })] }).parts[0]!.levels;
  expect(stepsOf(levels).map((it) => it.triangles)).toEqual([20_000, 200_000, 2_000_000]);
  const standing = (file: string, visible: boolean, has?: number, unfit: number[] = []): Standing => ({ part: { file, name: '', kind: 'upper', version: 1, levels }, visible, has: levels.find((it) => it.triangles === has), unfit: new Set(levels.filter((it) => unfit.includes(it.triangles))) });
  const asked = (room: number, ...all: Standing[]) => {
    const it = next(all, room);
    return it && `${it.file} ${it.level.triangles}`;
  };
  expect(asked(9e6, standing('a', true), standing('b', true))).toBe('a 20000');
  expect(asked(9e6, standing('a', true, 20_000), standing('b', true))).toBe('b 20000');
  expect(asked(9e6, standing('a', true, 20_000), standing('b', false))).toBe('a 200000');
  expect(asked(9e6, standing('a', true, 2_000_000), standing('b', false))).toBe('b 20000');
  expect(asked(9e6, standing('a', true, 2_000_000), standing('b', false, 20_000))).toBeUndefined();
  expect(asked(1e6, standing('a', true, 200_000))).toBeUndefined();
  expect(kept(standing('a', true, 200_000), [standing('a', true, 200_000)], 1e6)).toBe(true);
  expect(asked(9e6, standing('a', true, undefined, [20_000]))).toBe('a 67000');
  expect(asked(9e6, standing('a', true, undefined, [20_000, 67_000, 200_000, 2_000_000]))).toBeUndefined();
});

test('a note goes as a form with its token, its key and its place', async () => {
  const sent: { address: string; init: RequestInit }[] = [];
  const real = globalThis.fetch;
  const words = { ja: '長すぎます', en: 'too long' };
  globalThis.fetch = (async (address: string, init: RequestInit) => (sent.push({ address, init }), Response.json({ outcome: 'refused', ...words }))) as typeof fetch;
  try {
    const refused = await new Line('/list', '/notes', 'token').note('key', { file: 'f1', at: [1.23456, -2, 0], along: [0, 0, -1], text: 'ここを厚く' });
    expect(refused).toEqual(words);
  } finally {
    globalThis.fetch = real;
  }
  expect(sent[0]!.address).toBe('/notes');
  expect(Object.fromEntries(sent[0]!.init.body as URLSearchParams)).toEqual({ _token: 'token', _key: 'key', file: 'f1', x: '1.2346', y: '-2.0000', z: '0.0000', dx: '0.0000', dy: '0.0000', dz: '-1.0000', text: 'ここを厚く' });
});

test('a level that is longer than announced is not read to its end', async () => {
  const real = globalThis.fetch;
  globalThis.fetch = (async () => new Response(new Uint8Array(1_000))) as typeof fetch;
  try {
    const line = new Line('/list', '/notes', '');
    await expect(line.level({ level: 0, triangles: 1, error_mm: 0, bytes: 500, href: '/x' }, quiet)).rejects.toMatchObject({ fault: 'announced' });
    await expect(line.level({ level: 0, triangles: 1, error_mm: 0, bytes: 5_000, href: '/x' }, quiet)).rejects.toMatchObject({ fault: 'announced' });
  } finally {
    globalThis.fetch = real;
  }
});
