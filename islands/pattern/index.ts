// `<haruka-monitor-pattern>`: a greyscale pattern for the monitor on which pictures are read, for the check of each day (TR-13).
//
// Attributes: `lang`; `width` and `height`, the pixels of the monitor as it was registered: on another screen, or with a zoom,
// the element says so. What was seen is answered on the page.
import './pattern.css';
import { el, put } from '../lib/dom';
import { langOf, type Say, sayIn } from '../lib/words';
import { drawChart } from './draw';
import { fits, here } from './screen';

export class HarukaMonitorPattern extends HTMLElement {
  private canvas: HTMLCanvasElement | undefined;
  private observer: ResizeObserver | undefined;
  private readonly otherwise = el('p', { class: 'hp-otherwise', role: 'status', 'data-testid': 'otherwise' });

  connectedCallback(): void {
    const say = sayIn(langOf(this));
    this.canvas = el('canvas', { class: 'hp-chart', role: 'img', 'aria-label': say('モニター確認用の濃淡パターン', 'Greyscale pattern for checking the monitor') });
    const stage = el('div', { class: 'hp-stage' }, this.canvas);
    const full = el('button', { type: 'button', class: 'hp-button', 'data-testid': 'full', onclick: () => void (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen?.()) }, say('画面いっぱいに表示（Escで戻る）', 'Full screen (Esc to come back)'));
    put(this, this.otherwise, full, stage);
    this.observer = new ResizeObserver(() => this.draw(say));
    this.observer.observe(stage);
  }

  disconnectedCallback(): void {
    this.observer?.disconnect();
    this.replaceChildren();
  }

  private draw(say: Say): void {
    if (this.canvas) drawChart(this.canvas, window.devicePixelRatio || 1);
    const registered = { width_px: Number(this.getAttribute('width')), height_px: Number(this.getAttribute('height')) };
    const found = here();
    const words = say(
      `この画面は${found.width_px}×${found.height_px}画素で、登録されたモニター（${registered.width_px}×${registered.height_px}画素）と違います。点検するモニターにこの画面を移し、ブラウザーの拡大を100%にしてください。`,
      `This screen has ${found.width_px} × ${found.height_px} pixels, the registered monitor ${registered.width_px} × ${registered.height_px}. Please move this window to the monitor that is checked, and set the browser's zoom to 100 %.`,
    );
    const told = registered.width_px === 0 || fits(registered, found) ? '' : words;
    if (this.otherwise.textContent !== told) this.otherwise.textContent = told;
  }
}

if (!customElements.get('haruka-monitor-pattern')) customElements.define('haruka-monitor-pattern', HarukaMonitorPattern);
