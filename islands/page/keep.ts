// <haruka-keep to>: a form whose draft is sent to `to` by itself while somebody writes, so that a dead battery costs a sentence.
// The answer is the line that says so, with the count by which the next save goes. Without script the form's own button saves.

import { t } from './words';

/** A draft is sent so long after the last key… */
const QUIET_MS = 3_000;
/** …but not more often than this: each save stands in the log. */
const LEAST_MS = 15_000;
/** So long after a try that did not reach the server. */
const AGAIN_MS = 10_000;
/** Answers that trying again does not change: not one's own any more, saved elsewhere first, not well-formed. */
const REFUSED: readonly number[] = [403, 404, 409, 422];

export class Keep extends HTMLElement {
  #timer = 0;
  /** Typed since the draft was sent last. */
  #typed = false;
  #last = 0;
  /** The server has refused it, or wants to know who is there: from here on a person says when. */
  #stopped = false;
  #sending: Promise<void> | undefined;
  readonly #input = () => {
    this.#typed = true;
    this.#soon(Math.max(QUIET_MS, this.#last + LEAST_MS - Date.now()));
  };
  readonly #hidden = () => {
    if (document.hidden) void this.#keep();
  };
  readonly #submit = (event: SubmitEvent) => {
    clearTimeout(this.#timer);
    const button = event.submitter;
    if (!this.#sending || !button) {
      // What was typed goes with the form. A draft that left with the page would come after it: behind a record that is
      // final by then, or before a form that waits for a proof.
      this.#typed = false;
      return;
    }
    // What is under way would be somebody else's save to the form.
    event.preventDefault();
    void this.#sending.then(() => button.click());
  };

  connectedCallback(): void {
    this.addEventListener('input', this.#input);
    this.addEventListener('submit', this.#submit);
    document.addEventListener('visibilitychange', this.#hidden);
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    this.removeEventListener('input', this.#input);
    this.removeEventListener('submit', this.#submit);
    document.removeEventListener('visibilitychange', this.#hidden);
  }

  #soon(wait_ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = window.setTimeout(() => void this.#keep(), wait_ms);
  }

  #keep(): Promise<void> {
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
    return this.#sending;
  }

  async #send(): Promise<void> {
    const form = this.querySelector('form');
    const to = this.getAttribute('to');
    if (!form || !to || !this.#typed || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#typed = false;
    this.#last = Date.now();
    const body = new URLSearchParams();
    new FormData(form).forEach((value, name) => typeof value === 'string' && body.append(name, value));
    // The browser ends what a page that is left has begun, unless it is told to see it through.
    const answer = await fetch(to, { method: 'POST', body, keepalive: true }).catch(() => undefined);
    const closed = answer?.redirected || answer?.status === 401;
    if (answer && (closed || REFUSED.includes(answer.status))) {
      this.#stopped = true;
      this.#say(closed
        ? t('画面がロックされ、自動保存を止めました。「下書きを保存する」を押すと、本人確認のあとに保存されます。', 'The screen is locked. Press “Save the draft”: it is kept once you have proven who you are.')
        : t('自動保存を止めました。「下書きを保存する」を押して、理由を確かめてください。', 'No longer kept by itself. Press “Save the draft” to see why.'));
      form.dispatchEvent(new CustomEvent('haruka-unsaved', { bubbles: true }));
      return;
    }
    const html = answer?.ok ? await answer.text().catch(() => '') : '';
    const line = new DOMParser().parseFromString(html, 'text/html').querySelector<HTMLElement>('[data-kept]');
    if (!line) {
      this.#typed = true;
      this.#say(t('まだ自動で保存できていません。つながると保存します。', 'Not kept yet. It is kept once the server can be reached.'));
      return this.#soon(AGAIN_MS);
    }
    this.#say(line.innerHTML);
    const count = form.elements.namedItem('revision');
    if (count instanceof HTMLInputElement) count.value = line.dataset['revision'] ?? count.value;
    if (!this.#typed) form.dispatchEvent(new CustomEvent('haruka-saved', { bubbles: true }));
  }

  /** From our own server only (CSP connect-src 'self'), made by the same escaping functions as the page; or words of our own. */
  #say(html: string): void {
    const line = this.querySelector<HTMLElement>('[data-kept]');
    if (line && line.innerHTML !== html) line.innerHTML = html;
  }
}
