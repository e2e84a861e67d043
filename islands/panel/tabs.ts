// <haruka-tabs label>: what stands beside a running call, one part at a time, so that the picture never leaves the screen.
//
// Its children are the parts: `data-tab` is the word on the tab, `data-page` the page that shows the same at full size. A part
// that is not in front stays as it is: nothing typed is lost. A link inside never leads out of the running call: to a part's
// page it opens the part, to any other page another window.
import { el } from '../lib/dom';
import { Panel } from './panel';

export class Tabs extends HTMLElement {
  #parts: HTMLElement[] = [];
  #tabs: HTMLButtonElement[] = [];
  readonly #click = (event: MouseEvent) => this.#lead(event);

  connectedCallback(): void {
    if (this.#tabs.length > 0) return;
    this.#parts = [...this.querySelectorAll<HTMLElement>(':scope > [data-tab]')];
    this.#tabs = this.#parts.map((part, place) => {
      part.id ||= `part-${place}`;
      const tab = el('button', { type: 'button', role: 'tab', id: `${part.id}-tab`, 'aria-controls': part.id, onclick: () => this.show(place) }, part.dataset.tab ?? '');
      part.setAttribute('role', 'tabpanel');
      part.setAttribute('aria-labelledby', tab.id);
      part.tabIndex = -1;
      return tab;
    });
    const list = el('div', { class: 'hk-tabs', role: 'tablist', 'aria-label': this.getAttribute('label') ?? '', onkeydown: (event: KeyboardEvent) => this.#move(event) }, ...this.#tabs);
    this.prepend(list);
    this.addEventListener('click', this.#click);
    this.show(0);
  }

  /** Brings a part in front; what was typed in the one before is kept. */
  show(place: number): void {
    this.#parts.forEach((part, at) => {
      const panel = part.querySelector<Panel>('haruka-panel');
      if (!part.hidden && at !== place) void panel?.keep?.();
      part.hidden = at !== place;
      if (at === place) void panel?.fill?.();
    });
    this.#tabs.forEach((tab, at) => {
      tab.setAttribute('aria-selected', String(at === place));
      tab.tabIndex = at === place ? 0 : -1;
    });
  }

  #move(event: KeyboardEvent): void {
    const now = this.#tabs.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: this.#tabs.length - 1 }[event.key];
    if (now < 0 || to === undefined) return;
    event.preventDefault();
    const place = (to + this.#tabs.length) % this.#tabs.length;
    this.show(place);
    this.#tabs[place]?.focus();
  }

  #lead(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.origin !== location.origin || link.pathname === location.pathname) return;
    const place = this.#parts.findIndex((it) => it.dataset.page === link.pathname);
    if (place < 0) {
      link.target = '_blank';
      link.rel = 'noopener';
      return;
    }
    event.preventDefault();
    this.show(place);
    this.#tabs[place]?.focus();
  }
}
