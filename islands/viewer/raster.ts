// A picture made by us out of the body: filled a piece at a time so that the page stays awake, coarse first, and windowed anew
// without being sampled anew.
import { el } from '../lib/dom';
import type { Plan } from './sections';
import type { Window } from './windows';

/** So long a piece of work may hold up the page. */
const PIECE_MS = 12;
const COARSE = 4;

export class Raster {
  readonly canvas = el('canvas', { class: 'hv-raster' });
  private values = new Float32Array(0);
  private window_: Window = { centre: 500, width: 2500 };
  private inverted = false;
  private round = 0;
  plan: Plan | undefined;

  /** Fills the picture. While a hand moves, `quick` stops after the coarse one. */
  async fill(plan: Plan, quick = false): Promise<void> {
    this.round += 1;
    const mine = this.round;
    const fresh = new Float32Array(plan.columns * plan.rows);
    for (const step of quick ? [COARSE] : [COARSE, 1]) {
      let rest = performance.now() + PIECE_MS;
      for (let column = 0; column < plan.columns; column += step) {
        for (let row = 0; row < plan.rows; row += step) block(fresh, plan, column, row, step);
        if (performance.now() < rest) continue;
        await new Promise((resolve) => setTimeout(resolve));
        if (mine !== this.round) return;
        rest = performance.now() + PIECE_MS;
      }
      this.values = fresh;
      this.plan = plan;
      this.draw();
    }
    this.canvas.dataset.filled = quick ? 'coarse' : 'whole';
  }

  setWindow(window: Window, inverted: boolean): void {
    this.window_ = window;
    this.inverted = inverted;
    this.draw();
  }

  /** The value under a pixel. */
  at(column: number, row: number): number | undefined {
    return this.plan ? this.values[Math.round(row) * this.plan.columns + Math.round(column)] : undefined;
  }

  stop(): void {
    this.round += 1;
  }

  private draw(): void {
    const { plan, canvas } = this;
    const context = canvas.getContext('2d');
    if (!plan || !context || plan.columns * plan.rows !== this.values.length) return;
    canvas.width = plan.columns;
    canvas.height = plan.rows;
    const image = context.createImageData(plan.columns, plan.rows);
    const lower = this.window_.centre - this.window_.width / 2;
    const scale = 255 / this.window_.width;
    for (let place = 0; place < this.values.length; place += 1) {
      const grey = ((this.values[place] as number) - lower) * scale;
      const shown = this.inverted ? 255 - grey : grey;
      image.data[place * 4] = shown;
      image.data[place * 4 + 1] = shown;
      image.data[place * 4 + 2] = shown;
      image.data[place * 4 + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }
}

function block(values: Float32Array, plan: Plan, column: number, row: number, step: number): void {
  const value = plan.value(column, row);
  for (let x = column; x < Math.min(plan.columns, column + step); x += 1) {
    for (let y = row; y < Math.min(plan.rows, row + step); y += 1) values[y * plan.columns + x] = value;
  }
}
