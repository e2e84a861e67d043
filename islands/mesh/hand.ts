// What a mouse, a pen and fingers do on the picture: one turns, two move and zoom, a tap points at something.
import type { Stage } from './stage';

/** A finger that rests moves by so much. */
const TAP_PX = 7;
const TAP_MS = 600;

export class Hand {
  private readonly down = new Map<number, { x: number; y: number }>();
  private begun = { x: 0, y: 0, at_ms: 0, alone: true };

  constructor(
    private readonly stage: Stage,
    /** The person points at something, in pixels of the window. */
    private readonly tapped: (x: number, y: number) => void,
  ) {
    const { element } = stage;
    element.addEventListener('pointerdown', this.press);
    element.addEventListener('pointermove', this.move);
    element.addEventListener('pointerup', this.lift);
    element.addEventListener('pointercancel', this.cancel);
    element.addEventListener('wheel', this.wheel, { passive: false });
    element.addEventListener('contextmenu', this.menu);
  }

  close(): void {
    const { element } = this.stage;
    element.removeEventListener('pointerdown', this.press);
    element.removeEventListener('pointermove', this.move);
    element.removeEventListener('pointerup', this.lift);
    element.removeEventListener('pointercancel', this.cancel);
    element.removeEventListener('wheel', this.wheel);
    element.removeEventListener('contextmenu', this.menu);
  }

  private readonly press = (event: PointerEvent): void => {
    if (event.target instanceof Element && event.target.closest('button')) return;
    this.stage.element.setPointerCapture(event.pointerId);
    this.stage.hold(true);
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.begun = { x: event.clientX, y: event.clientY, at_ms: event.timeStamp, alone: this.down.size === 1 && event.button === 0 };
  };

  private readonly move = (event: PointerEvent): void => {
    const before = this.down.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
    const [one, two] = [...this.down.values()];
    if (one && two) {
      const other = before === one ? two : one;
      const [was, is] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(event.clientX - other.x, event.clientY - other.y)];
      this.stage.shift(dx / 2, dy / 2);
      if (was > 10 && is > 10) {
        this.stage.zoom(is / was, (event.clientX + other.x) / 2, (event.clientY + other.y) / 2);
        this.stage.roll(turned(before, other, { x: event.clientX, y: event.clientY }));
      }
    } else if (!this.isTap(event)) {
      if ((event.buttons & 6) !== 0 || event.shiftKey) this.stage.shift(dx, dy);
      else this.stage.turn(dx, dy);
    } else {
      return;
    }
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };

  private readonly lift = (event: PointerEvent): void => {
    if (!this.down.delete(event.pointerId)) return;
    if (this.down.size === 0) this.stage.hold(false);
    if (this.begun.alone && this.down.size === 0 && this.isTap(event)) this.tapped(event.clientX, event.clientY);
  };

  private readonly cancel = (event: PointerEvent): void => {
    this.down.delete(event.pointerId);
    if (this.down.size === 0) this.stage.hold(false);
  };

  private readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.stage.zoom(Math.exp(-event.deltaY * lines * 0.0015), event.clientX, event.clientY);
  };

  private readonly menu = (event: Event): void => event.preventDefault();

  private isTap(event: PointerEvent): boolean {
    const { x, y, at_ms, alone } = this.begun;
    if (!alone) return false;
    const still = Math.hypot(event.clientX - x, event.clientY - y) <= TAP_PX && event.timeStamp - at_ms <= TAP_MS;
    // Once it was a drag, it stays one.
    if (!still) this.begun.alone = false;
    return still;
  }
}

interface Spot {
  x: number;
  y: number;
}
/** By how much the line between two fingers has turned. */
function turned(was: Spot, other: Spot, is: Spot): number {
  const angle = Math.atan2(is.y - other.y, is.x - other.x) - Math.atan2(was.y - other.y, was.x - other.x);
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}
