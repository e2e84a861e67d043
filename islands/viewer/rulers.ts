// Lengths that a reader draws on a panorama or a cross-section.
import { type FrameView, shape } from './frameview';
import { inPatient, type Volume } from './volume';
import type { Vector } from './vector';

export interface Length {
  id: string;
  /** On which picture: `panorama`, or how far along the arch the cross-section lies. */
  on: string;
  from: { x: number; y: number };
  to: { x: number; y: number };
  length_mm: number;
  /** Both ends in the patient. */
  points: [Vector, Vector];
}

export function lengthOn(view: FrameView, volume: Volume, on: string, from: { x: number; y: number }, to: { x: number; y: number }): Length | undefined {
  const { plan } = view.raster;
  if (!plan) return undefined;
  const end = (it: { x: number; y: number }) => inPatient(volume, plan.place(it.x, it.y));
  return { id: crypto.randomUUID(), on, from, to, length_mm: Math.hypot(to.x - from.x, to.y - from.y) * plan.pixel_mm, points: [end(from), end(to)] };
}

export function drawLength(view: FrameView, it: Length): SVGElement[] {
  const unit = view.unit();
  // The words stand on the side where there is room for them.
  const right = Math.max(it.from.x, it.to.x);
  const room = (view.raster.plan?.columns ?? 0) - right > 80 * unit;
  const x = room ? right + 6 * unit : Math.min(it.from.x, it.to.x) - 6 * unit;
  const ends = [it.from, it.to].map((end) => shape('circle', { cx: end.x, cy: end.y, r: 3.5 * unit, class: 'hv-length-end' }));
  return [
    shape('line', { x1: it.from.x, y1: it.from.y, x2: it.to.x, y2: it.to.y, class: 'hv-length' }),
    ...ends,
    shape('text', { x, y: (it.from.y + it.to.y) / 2, 'font-size': 14 * unit, 'text-anchor': room ? 'start' : 'end', class: 'hv-text hv-length-text' }, `${it.length_mm.toFixed(1)} mm`),
  ];
}
