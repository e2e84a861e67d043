// Marks go out and come back as they were (TR-24).
import { expect, test } from 'vitest';

import { archFrom, type KeptArch, marksOn, wireArches } from './arches';
import type { Mark } from './marks';
import { markFrom, setOf } from './wire';

const length: Mark = {
  id: 'a',
  kind: 'Length',
  study: '1.2',
  series: '1.2.1',
  sop: '1.2.1.7',
  frame: 1,
  frameOfReference: '1.9',
  points: [[0, 1, 2], [3, 4, 2]],
  pixels: [[10.5, 11.5], [20.5, 21.5]],
  closed: false,
  normal: [0, 0, 1],
  values: { length: 4.2, unit: 'mm' },
  words: '',
};

test('a set holds what is drawn on its study, and comes back as it was', () => {
  const elsewhere = { ...length, id: 'b', study: '9.9' };
  const oblique: Mark = { ...length, id: 'c', sop: '', frame: 0, pixels: [] };
  const keys = [{ study: '1.2', series: '1.2.1', sop: '1.2.1.8', frame: 1 }, { study: '9.9', series: '9', sop: '9.1', frame: 1 }];
  const looks = new Map([['1.2.1.7:1', { centre: 500, width: 2500 }], ['9.1:1', { centre: 1, width: 2 }]]);
  const set = setOf('1.2', [length, elsewhere, oblique], keys, looks, []);
  expect(set.marks.map((it) => it.id)).toEqual(['a', 'c']);
  expect(set.keyImages).toEqual([{ series: '1.2.1', sop: '1.2.1.8', frame: 1 }]);
  expect(set.looks).toEqual([{ picture: { series: '1.2.1', sop: '1.2.1.7', frame: 1 }, centre: 500, width: 2500 }]);
  const again = JSON.parse(JSON.stringify(set)) as typeof set;
  expect(again.marks.map((it) => markFrom(it, '1.2', '1.2.1'))).toEqual([length, oblique]);
});

test('lengths along an arch come back with their arch', () => {
  const arch: KeptArch = {
    study: '1.2',
    frameOfReference: '1.9',
    points: [[1, 2], [3, 4.125]],
    lengths: [{ id: 'd', on: '12.5', from: { x: 1, y: 2 }, to: { x: 3, y: 4 }, length_mm: 7.25, points: [[0, 0, 0], [0, 0, 7.25]] }],
  };
  const arches = new Map([['1.2.1', arch]]);
  const set = setOf('1.2', marksOn(arches), [], new Map(), wireArches(arches, '1.2'));
  expect(set.marks[0]).toMatchObject({ kind: 'SectionLength', picture: null, pixels: [], onArch: { series: '1.2.1', view: '12.5', from: [1, 2], to: [3, 4] } });
  const again = JSON.parse(JSON.stringify(set)) as typeof set;
  expect(archFrom(again.arches[0]!, again.marks, '1.2', '1.9')).toEqual(arch);
  expect(wireArches(arches, '9.9')).toEqual([]);
});
