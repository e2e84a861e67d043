/** Seconds to wait before the next try after `failures` in a row. */
export function pauseS(failures: number): number {
  return Math.min(30, 2 ** Math.max(0, failures - 1));
}
