// What lies over the picture and goes with its places: numbers, pins, and the lines between two places.
import { el } from '../lib/dom';
import type { Stage } from './stage';
import type { Vec } from './vec';

const SVG = 'http://www.w3.org/2000/svg';

interface Tag {
  at: Vec;
  element: HTMLElement;
}
interface Stroke {
  from: Vec;
  to: Vec;
  /** A dark line under a bright one can be read on every ground. */
  lines: SVGLineElement[];
}

export class Overlay {
  private readonly svg = document.createElementNS(SVG, 'svg');
  private readonly tags = new Set<Tag>();
  private readonly strokes = new Set<Stroke>();
  readonly element = el('div', { class: 'hm-over' }, this.svg as unknown as HTMLElement);

  constructor(private readonly stage: Stage) {
    this.svg.setAttribute('aria-hidden', 'true');
  }

  /** Puts an element at a place; what comes back takes it away. */
  tag(at: Vec, element: HTMLElement): () => void {
    const tag = { at, element };
    this.tags.add(tag);
    this.element.append(element);
    this.place();
    return () => {
      this.tags.delete(tag);
      element.remove();
    };
  }

  stroke(from: Vec, to: Vec): () => void {
    const lines = ['hm-under', 'hm-line'].map((name) => {
      const line = document.createElementNS(SVG, 'line');
      line.setAttribute('class', name);
      this.svg.append(line);
      return line;
    });
    const stroke = { from, to, lines };
    this.strokes.add(stroke);
    this.place();
    return () => {
      this.strokes.delete(stroke);
      for (const it of lines) it.remove();
    };
  }

  /** After each picture. */
  place(): void {
    for (const { at, element } of this.tags) {
      const { x, y } = this.stage.seen(at);
      element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    }
    for (const { from, to, lines } of this.strokes) {
      const [a, b] = [this.stage.seen(from), this.stage.seen(to)];
      for (const line of lines) {
        line.setAttribute('x1', a.x.toFixed(1));
        line.setAttribute('y1', a.y.toFixed(1));
        line.setAttribute('x2', b.x.toFixed(1));
        line.setAttribute('y2', b.y.toFixed(1));
      }
    }
  }
}
