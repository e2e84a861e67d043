// Eyes and ears of the test: does the picture move, how loud is it.

/** Side of the small picture that is compared; enough to see a waving hand, small enough for an old phone. */
const SIDE = 24;
/** Mean change of brightness, out of 255, that counts as movement; sensor noise stays below 2. */
const MOVED = 4;

/** Mean difference of brightness of two RGBA pictures of the same size. */
export function change(one: Uint8ClampedArray, other: Uint8ClampedArray): number {
  let sum = 0;
  const pixels = Math.min(one.length, other.length) / 4;
  for (let at = 0; at < pixels * 4; at += 4) {
    const brightness = (it: Uint8ClampedArray): number => ((it[at] ?? 0) * 3 + (it[at + 1] ?? 0) * 6 + (it[at + 2] ?? 0)) / 10;
    sum += Math.abs(brightness(one) - brightness(other));
  }
  return pixels === 0 ? 0 : sum / pixels;
}

/** Watches `video` for `long_ms`: frames a second and whether anything moved. */
export async function watch(video: HTMLVideoElement, long_ms: number, onProgress: (part: number) => void): Promise<{ frames_s: number; moved: boolean }> {
  const canvas = document.createElement('canvas');
  canvas.width = SIDE;
  canvas.height = SIDE;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const framesOf = (): number => video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
  const start = performance.now();
  const first = framesOf();
  let before: Uint8ClampedArray | undefined;
  let most = 0;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const passed = performance.now() - start;
    onProgress(Math.min(1, passed / long_ms));
    if (pen) {
      pen.drawImage(video, 0, 0, SIDE, SIDE);
      const now = pen.getImageData(0, 0, SIDE, SIDE).data;
      if (before) most = Math.max(most, change(before, now));
      before = now;
    }
    if (passed >= long_ms) {
      return { frames_s: Math.round(((framesOf() - first) * 10_000) / passed) / 10, moved: most >= MOVED };
    }
  }
}

/** Loudness of a microphone, 0 to 1, until `stop`. */
export class Ear {
  private readonly context = new AudioContext();
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(stream: MediaStream, onLoud: (loud: number) => void) {
    void this.context.resume().catch(() => undefined);
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 1024;
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    this.timer = setInterval(() => {
      analyser.getByteTimeDomainData(samples);
      onLoud(loudness(samples));
    }, 100);
  }

  stop(): void {
    clearInterval(this.timer);
    void this.context.close().catch(() => undefined);
  }
}

/** Root mean square of samples around 128, stretched so that ordinary speech comes to about a half. */
export function loudness(samples: Uint8Array): number {
  if (samples.length === 0) return 0;
  const square = samples.reduce((sum, it) => sum + ((it - 128) / 128) ** 2, 0) / samples.length;
  return Math.min(1, Math.sqrt(square) * 5);
}
