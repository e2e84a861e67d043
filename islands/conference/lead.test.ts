// Who leads when several look at pictures together.
import { expect, test } from 'vitest';

import type { Pointing } from '../lib/wire';
import { Lead } from './lead';

const at = (frame: number, goes = true): Pointing => ({ study: '1', series: '1.2', instance: '1.2.3', frame, at: null, goes });

test('whoever went last leads, and a pointer alone leads nobody', () => {
  const lead = new Lead();
  lead.here(at(5));
  expect(lead.theirs('佐藤', at(1, false)), 'points only').toBeUndefined();
  expect(lead.mine?.frame).toBe(5);
  expect(lead.theirs('佐藤', at(7))?.place.frame).toBe(7);
  expect(lead.mine, 'who comes in now is shown the way by the other one').toBeUndefined();
  lead.here(at(7, false));
  expect(lead.wanted?.name, 'still together').toBe('佐藤');
  lead.here(at(9));
  expect(lead.wanted, 'we went on').toBeUndefined();
  expect(lead.mine?.frame).toBe(9);
});

test('who does not follow stays, and finds the others where they are', () => {
  const lead = new Lead();
  lead.follows = false;
  expect(lead.theirs('渡辺', at(3))).toBeUndefined();
  lead.here(at(20));
  expect(lead.theirs('渡辺', at(4))).toBeUndefined();
  lead.follows = true;
  expect(lead.wanted?.place.frame).toBe(4);
});
