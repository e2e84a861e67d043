// A picture made by us on screen, with lines drawn over it that keep to the picture's own pixels.
import { el } from '../lib/dom';
import { Raster } from './raster';

const SVG = 'http://www.w3.org/2000/svg';

export type Attributes = Record<string, string | number>;

export function shape(name: string, attributes: Attributes, text?: string): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

export class FrameView {
  readonly raster = new Raster();
  readonly lines = document.createElementNS(SVG, 'svg');
  readonly label = el('div', { class: 'hv-corner hv-tl' });
  readonly left = el('span', { class: 'hv-edge hv-edge-left' });
  readonly right = el('span', { class: 'hv-edge hv-edge-right' });
  readonly element: HTMLElement;

  constructor(name: string, testid: string) {
    this.lines.setAttribute('class', 'hv-lines');
    this.element = el('section', { class: 'hv-pane hv-made', 'aria-label': name, 'data-testid': testid }, this.raster.canvas, this.lines, el('div', { class: 'hv-over' }, this.label, this.left, this.right));
  }

  /** To be called before anything is drawn for another picture. */
  fit(): void {
    const { plan } = this.raster;
    if (plan) this.lines.setAttribute('viewBox', `0 0 ${plan.columns} ${plan.rows}`);
  }

  /** How many of the picture's pixels one pixel of the screen is: for letters and handles of one size. */
  unit(): number {
    const scale = this.lines.getScreenCTM()?.a ?? 0;
    return scale > 0 ? 1 / scale : 1;
  }

  /** Where in the picture a pointer is. */
  pixel(event: PointerEvent): { x: number; y: number } {
    const matrix = this.lines.getScreenCTM();
    if (!matrix) return { x: 0, y: 0 };
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return { x: point.x, y: point.y };
  }

  /** A ruler along the left edge: a line every 5 mm, longer every 10 mm. */
  ruler(): SVGElement[] {
    const { plan } = this.raster;
    if (!plan) return [];
    const unit = this.unit();
    const found: SVGElement[] = [];
    for (let mm = 0; mm * 5 <= (plan.rows - 1) * plan.pixel_mm; mm += 1) {
      const y = plan.rows - 1 - (mm * 5) / plan.pixel_mm;
      found.push(shape('line', { x1: 0, x2: (mm % 2 === 0 ? 10 : 5) * unit, y1: y, y2: y, class: 'hv-tick' }));
    }
    const length = 10 / plan.pixel_mm;
    const y = plan.rows - 6 * unit;
    const x = plan.columns - 6 * unit - length;
    found.push(shape('line', { x1: x, x2: x + length, y1: y, y2: y, class: 'hv-bar10' }));
    found.push(shape('text', { x: x + length / 2, y: y - 5 * unit, 'font-size': 12 * unit, 'text-anchor': 'middle', class: 'hv-text' }, '10 mm'));
    return found;
  }
}
