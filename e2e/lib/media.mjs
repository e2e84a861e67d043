// Moving pictures and sounds for fake cameras: small, made by rule, told apart by colour and pitch.
//
// Chromium plays the files in a loop, so a picture that moves proves that frames really travel.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES = 20;
const RATE = 48_000;

/** Full-range RGB to the studio-range YUV (BT.601) that the y4m format holds. */
function yuv([r, g, b]) {
  return [
    16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256,
    128 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256,
    128 + (112.439 * r - 94.154 * g - 18.285 * b) / 256,
  ].map(Math.round);
}

/** A plane of colour `rgb` with a white bar that walks across it once a second. */
export function camera(folder, name, rgb) {
  const [ground, bar] = [yuv(rgb), yuv([255, 255, 255])];
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F20:1 Ip A1:1 C420jpeg\n`)];
  for (let frame = 0; frame < FRAMES; frame += 1) {
    parts.push(Buffer.from('FRAME\n'));
    const from = (frame * WIDTH) / FRAMES;
    for (const [plane, shrink] of [[0, 1], [1, 2], [2, 2]]) {
      const row = Buffer.alloc(WIDTH / shrink, ground[plane]);
      row.fill(bar[plane], from / shrink, (from + WIDTH / FRAMES) / shrink);
      for (let line = 0; line < HEIGHT / shrink; line += 1) parts.push(row);
    }
  }
  const file = join(folder, `${name}.y4m`);
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

/** A second of a tone of `hertz` that swells twice, so that silence suppression never takes it for a hum. */
export function microphone(folder, name, hertz) {
  const data = Buffer.alloc(RATE * 2);
  for (let at = 0; at < RATE; at += 1) {
    const swell = 0.2 + 0.3 * Math.sin((2 * Math.PI * at * 2) / RATE) ** 2;
    data.writeInt16LE(Math.round(swell * 32_767 * Math.sin((2 * Math.PI * hertz * at) / RATE)), at * 2);
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20); // PCM
  head.writeUInt16LE(1, 22); // one channel
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  const file = join(folder, `${name}.wav`);
  writeFileSync(file, Buffer.concat([head, data]));
  return file;
}
