// A hand that scrolls: how far for one picture, and what ends it.
import { expect, test } from 'vitest';

import { pixelsEach, scrollsByHand } from './drag';

test('a stack lies in the height of its pane, within what a hand can do', () => {
  for (const [height, count, expected] of [[700, 100, 7], [700, 1000, 2], [700, 5, 24], [700, 0, 24]] as const) expect(pixelsEach(height, count)).toBe(expected);
});

/** Just enough of an element: pointers, and a height. */
class Stage extends EventTarget {
  readonly clientHeight = 100;
  send(type: string, more: Partial<PointerEvent>): void {
    this.dispatchEvent(Object.assign(new Event(type), { pointerId: 1, isPrimary: true, button: 0, clientY: 0, ...more }));
  }
}

function hand(on = true): { stage: Stage; steps: number[] } {
  const stage = new Stage();
  const steps: number[] = [];
  scrollsByHand(stage as unknown as HTMLElement, () => on, () => 10, (by) => steps.push(by));
  return { stage, steps };
}

test('whole steps down and up, and what is left over is kept', () => {
  const { stage, steps } = hand();
  stage.send('pointermove', { clientY: 50 });
  stage.send('pointerdown', { clientY: 0 });
  for (const clientY of [4, 12, 25, 8]) stage.send('pointermove', { clientY });
  stage.send('pointerup', {});
  stage.send('pointermove', { clientY: 90 });
  expect(steps).toEqual([1, 1, -1]);
});

test('a second finger ends it, and so does another tool', () => {
  const { stage, steps } = hand();
  stage.send('pointerdown', { clientY: 0 });
  stage.send('pointerdown', { pointerId: 2, isPrimary: false });
  stage.send('pointermove', { clientY: 60 });
  expect(steps).toEqual([]);
  const other = hand(false);
  other.stage.send('pointerdown', { clientY: 0 });
  other.stage.send('pointermove', { clientY: 60 });
  expect(other.steps).toEqual([]);
});
