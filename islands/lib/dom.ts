// Makes elements without a template language: text is always text, never markup.

type Child = Node | string | null | undefined | false;
type Props = Record<string, unknown>;

/**
 * `el('button', { class: 'big', onclick: f, 'data-testid': 'x' }, 'text')`.
 * A property that the element has as a function or boolean is set as such, everything else as an attribute.
 */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function' && name.startsWith('on')) element.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(name, '');
    else element.setAttribute(name, String(value));
  }
  put(element, ...children);
  return element;
}

/** Replaces what is inside `parent`. */
export function put(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter((it): it is Node | string => it !== null && it !== undefined && it !== false));
}

const SVG = 'http://www.w3.org/2000/svg';

/** A line drawing on a 24-pixel square; decoration only, the word beside it speaks. */
export function icon(...paths: string[]): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'hk-icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('focusable', 'false');
  for (const d of paths) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}
