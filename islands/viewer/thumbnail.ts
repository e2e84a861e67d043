// A small picture of a series, made here out of a picture that was checked: a server's thumbnail would be neither checked nor
// lossless.
import type { Types } from '@cornerstonejs/core';

import type { Frame } from './frame';
import { presetsFor } from './windows';

const SIZE = 88;

export function drawThumbnail(canvas: HTMLCanvasElement, image: Types.IImage, frame: Frame): void {
  const scale = Math.max(image.columns, image.rows) / SIZE;
  canvas.width = Math.max(1, Math.round(image.columns / scale));
  canvas.height = Math.max(1, Math.round(image.rows / scale));
  const context = canvas.getContext('2d');
  if (!context) return;
  const pixels = image.getPixelData() as ArrayLike<number>;
  const colours = pixels.length / (image.columns * image.rows);
  const window = presetsFor(frame, [image.minPixelValue, image.maxPixelValue])[0]!.window;
  const drawn = context.createImageData(canvas.width, canvas.height);
  for (let y = 0; y < canvas.height; y += 1) {
    for (let x = 0; x < canvas.width; x += 1) {
      const from = Math.floor(y * scale) * image.columns + Math.floor(x * scale);
      const to = (y * canvas.width + x) * 4;
      for (let colour = 0; colour < 3; colour += 1) {
        const value = pixels[from * colours + (colours >= 3 ? colour : 0)] ?? 0;
        const grey = colours >= 3 ? value : ((value - window.centre) / window.width + 0.5) * 255;
        drawn.data[to + colour] = image.invert ? 255 - grey : grey;
      }
      drawn.data[to + 3] = 255;
    }
  }
  context.putImageData(drawn, 0, 0);
}
