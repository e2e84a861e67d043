// `<haruka-monitor-pattern>`: a greyscale pattern for the monitor on which pictures are read, with the questions of the daily
// check (TR-13).
//
// Attribute: `lang`. A form around it gets the outcome in the fields `result` (`passed` or `failed`), `answers` (JSON) and
// `screen` (pixels and ratio, JSON), so that an ordinary form sends it; the event `haruka-monitor-checked` carries the same.
import './pattern.css';
import { el, put } from '../lib/dom';
import { langOf, type Say, sayIn } from '../lib/words';
import { drawChart } from './draw';
import { type Answers, QUESTIONS, verdict } from './questions';

export class HarukaMonitorPattern extends HTMLElement {
  private answers: Record<string, boolean> = {};
  private canvas: HTMLCanvasElement | undefined;
  private observer: ResizeObserver | undefined;

  connectedCallback(): void {
    const say = sayIn(langOf(this));
    this.canvas = el('canvas', { class: 'hp-chart', role: 'img', 'aria-label': say('モニター確認用の濃淡パターン', 'Greyscale pattern for checking the monitor') });
    const stage = el('div', { class: 'hp-stage' }, this.canvas);
    const full = el('button', { type: 'button', class: 'hp-button', 'data-testid': 'full', onclick: () => void (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen?.()) }, say('画面いっぱいに表示', 'Full screen'));
    put(
      this,
      el('p', {}, say('読影に使うモニターにこの画面を置き、部屋の明かりを読影のときと同じにして、拡大率100%で見てください。', 'Put this window on the monitor you read with, light the room as for reading, and look at 100 % zoom.')),
      full,
      stage,
      this.questions(say),
    );
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(stage);
  }

  disconnectedCallback(): void {
    this.observer?.disconnect();
    this.answers = {};
    this.replaceChildren();
  }

  private draw(): void {
    if (this.canvas) drawChart(this.canvas, window.devicePixelRatio || 1);
  }

  private questions(say: Say): HTMLElement {
    const outcome = el('p', { class: 'hp-outcome', role: 'status', 'data-testid': 'outcome' });
    const list = el('ol', { class: 'hp-questions' });
    for (const it of QUESTIONS) {
      const choice = (yes: boolean) => {
        const input = el('input', { type: 'radio', name: `hp-${it.name}`, value: yes ? 'yes' : 'no' });
        input.addEventListener('change', () => this.answer(it.name, yes, outcome, say));
        return el('label', {}, input, yes ? say('はい', 'Yes') : say('いいえ', 'No'));
      };
      list.append(el('li', {}, el('fieldset', {}, el('legend', {}, say(it.ja, it.en)), choice(true), choice(false))));
    }
    return el('section', { 'aria-label': say('確認', 'Check') }, list, outcome, ...['result', 'answers', 'screen'].map((name) => el('input', { type: 'hidden', name })));
  }

  private answer(name: string, yes: boolean, outcome: HTMLElement, say: Say): void {
    this.answers = { ...this.answers, [name]: yes };
    const passed = verdict(this.answers);
    const answers: Answers = { ...this.answers };
    const ratio = window.devicePixelRatio || 1;
    const screen_ = { width_px: Math.round(screen.width * ratio), height_px: Math.round(screen.height * ratio), ratio, depth_bits: screen.colorDepth };
    const fields: Record<string, string> = { result: passed === undefined ? '' : passed ? 'passed' : 'failed', answers: JSON.stringify(answers), screen: JSON.stringify(screen_) };
    for (const [key, value] of Object.entries(fields)) this.querySelector<HTMLInputElement>(`input[name="${key}"]`)!.value = value;
    if (passed === undefined) return;
    outcome.textContent = passed ? say('すべて「はい」でした。記録できます。', 'All answered with yes. It can be recorded.') : say('「いいえ」があります。このモニターでの読影を控え、管理者に知らせてください。', 'One answer is no. Do not read on this monitor; tell the person in charge.');
    outcome.dataset['passed'] = String(passed);
    this.dispatchEvent(new CustomEvent('haruka-monitor-checked', { bubbles: true, detail: { passed, answers, screen: screen_ } }));
  }
}

if (!customElements.get('haruka-monitor-pattern')) customElements.define('haruka-monitor-pattern', HarukaMonitorPattern);
