// Scrolling by hand on a screen without a wheel: one finger, or the mouse, drawn up or down.

/** Pixels to a picture: a stack lies in the height of its pane, but no finger is finer or coarser than this. */
const LEAST_PX = 2;
const MOST_PX = 24;

/** Pixels by which a hand moves for one of `count` pictures, in a pane of this height. */
export function pixelsEach(height_px: number, count: number): number {
  return Math.max(LEAST_PX, Math.min(MOST_PX, height_px / Math.max(1, count)));
}

/**
 * Calls `by` with whole steps while a hand is drawn over `stage` and `on` says that this is what hands do. A second finger
 * ends it: two of them mean something else.
 */
export function scrollsByHand(stage: HTMLElement, on: () => boolean, count: () => number, by: (steps: number) => void): void {
  let held: { id: number; y: number } | undefined;
  const end = () => (held = undefined);
  stage.addEventListener('pointerdown', (event) => {
    held = !held && on() && event.isPrimary && event.button === 0 ? { id: event.pointerId, y: event.clientY } : undefined;
  });
  stage.addEventListener('pointermove', (event) => {
    if (held?.id !== event.pointerId) return;
    const each = pixelsEach(stage.clientHeight, count());
    const steps = Math.trunc((event.clientY - held.y) / each);
    if (steps === 0) return;
    held.y += steps * each;
    by(steps);
  });
  for (const it of ['pointerup', 'pointercancel', 'pointerleave'] as const) stage.addEventListener(it, end);
}
