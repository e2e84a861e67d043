// Puts the chart onto a canvas, pixel by pixel of the monitor: a line of one pixel must be one pixel.
import { chart, type Lines, SIDE } from './chart';

const grey = (value: number) => `rgb(${value},${value},${value})`;

export function drawChart(canvas: HTMLCanvasElement, ratio: number): void {
  const side = Math.floor(canvas.clientWidth * ratio);
  const context = canvas.getContext('2d');
  if (!context || side < 1) return;
  canvas.width = side;
  canvas.height = side;
  const scale = side / SIDE;
  const at = (value: number) => Math.round(value * scale);
  const { rects, letters, lines, grid } = chart();
  for (const it of rects) {
    context.fillStyle = grey(it.grey);
    context.fillRect(at(it.x), at(it.y), Math.max(1, at(it.x + it.w) - at(it.x)), Math.max(1, at(it.y + it.h) - at(it.y)));
  }
  context.fillStyle = grey(192);
  for (const place of grid) {
    // Between the things that are looked at, the grid stays away.
    const line = Math.min(side - 1, at(place));
    context.fillRect(line, 0, 1, at(140));
    context.fillRect(line, at(960), 1, side - at(960));
    context.fillRect(0, line, at(50), 1);
    context.fillRect(at(950), line, side - at(950), 1);
  }
  context.strokeStyle = grey(255);
  context.strokeRect(0.5, 0.5, side - 1, side - 1);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = `${at(26)}px sans-serif`;
  for (const it of letters) {
    context.fillStyle = grey(it.grey);
    context.fillText(it.text, at(it.x + it.w / 2), at(it.y + it.h / 2));
  }
  for (const it of lines) pairsOf(context, it, at);
}

function pairsOf(context: CanvasRenderingContext2D, it: Lines, at: (value: number) => number): void {
  const [x, y, w, h] = [at(it.x), at(it.y), at(it.w), at(it.h)];
  context.fillStyle = grey(it.grey);
  context.fillRect(x, y, w, h);
  context.fillStyle = grey(it.other);
  const half = it.period_px / 2;
  for (let place = 0; place + half <= (it.upright ? w : h); place += it.period_px) {
    if (it.upright) context.fillRect(x + place, y, half, h);
    else context.fillRect(x, y + place, w, half);
  }
}
