// On which screen the window stands: a pattern that is looked at on another one says nothing of the monitor.

export interface Size {
  width_px: number;
  height_px: number;
}

/** Ratios of pixels are rounded by browsers; the sizes of two monitors lie farther apart than this. */
const ROUNDED = 0.02;

/** The pixels of the screen on which this window stands. Zooming makes them more or fewer than there are. */
export function here(): Size {
  const ratio = window.devicePixelRatio || 1;
  return { width_px: Math.round(screen.width * ratio), height_px: Math.round(screen.height * ratio) };
}

/** Whether `found` is a screen as it was registered, upright or lying. */
export function fits(registered: Size, found: Size): boolean {
  const near = (one: number, other: number) => Math.abs(one - other) <= other * ROUNDED;
  const { width_px: width, height_px: height } = registered;
  return (near(found.width_px, width) && near(found.height_px, height)) || (near(found.width_px, height) && near(found.height_px, width));
}
