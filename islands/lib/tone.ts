// Sounds made on the spot: no file, no address. A browser lets a page sound only after the person has touched it.

export class Tones {
  private context: AudioContext | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;

  /** Call from a press of a button, so that later sounds are allowed. */
  unlock(): void {
    this.context ??= typeof AudioContext === 'undefined' ? undefined : new AudioContext();
    void this.context?.resume().catch(() => undefined);
  }

  /** Two soft notes, as a doorbell. */
  chime(): void {
    this.note(660, 0, 0.35);
    this.note(523, 0.3, 0.5);
  }

  /** Rings until `quiet`. */
  ring(): void {
    this.quiet();
    this.unlock();
    const once = (): void => {
      this.chime();
      // Without a touch before, browsers refuse to shake; nothing is lost then but the shaking.
      navigator.vibrate?.([400, 200, 400]);
    };
    once();
    this.timer = setInterval(once, 2_500);
  }

  quiet(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    navigator.vibrate?.(0);
  }

  close(): void {
    this.quiet();
    void this.context?.close().catch(() => undefined);
    this.context = undefined;
  }

  private note(pitch: number, after_s: number, long_s: number): void {
    const context = this.context;
    if (!context || context.state !== 'running') return;
    const start = context.currentTime + after_s;
    const source = context.createOscillator();
    const volume = context.createGain();
    source.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.25, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, start + long_s);
    source.connect(volume).connect(context.destination);
    source.start(start);
    source.stop(start + long_s);
  }
}
