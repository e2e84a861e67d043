// <haruka-live src every tag>: a part of the page that keeps itself fresh.

import { t } from './words';

/** Seconds between tries, whatever the attribute says: nobody needs it faster, and a mistake must not flood the house. */
const LEAST_S = 2;
/** Failures in a row until the person is told that the part is old. */
const PATIENCE = 3;
/** Longest wait after failures, in seconds. */
const LONGEST_S = 60;

/** Fetches `src` every `every` seconds and shows it in its own place, but not under the person's hands. `tag` names what is
 *  shown: the server answers 304 as long as it would show the same. */
export class Live extends HTMLElement {
  #timer = 0;
  #failures = 0;
  #shown = '';
  #tag: string | null = null;
  #abort: AbortController | undefined;
  readonly #seen = () => {
    if (!document.hidden) void this.#fetch();
  };

  connectedCallback(): void {
    document.addEventListener('visibilitychange', this.#seen);
    this.#tag ??= this.getAttribute('tag');
    this.#plan();
  }

  disconnectedCallback(): void {
    document.removeEventListener('visibilitychange', this.#seen);
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    const every = Math.max(LEAST_S, Number(this.getAttribute('every')) || 10);
    const wait = Math.min(every * 2 ** this.#failures, Math.max(every, LONGEST_S));
    this.#timer = window.setTimeout(() => void this.#fetch(), wait * 1000);
  }

  async #fetch(): Promise<void> {
    clearTimeout(this.#timer);
    const src = this.getAttribute('src');
    // Hidden pages ask for nothing; they ask at once when they are seen again.
    if (!src || document.hidden || !this.isConnected) return;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const late = setTimeout(() => abort.abort(), 15_000);
    try {
      // The header tells the server that no person did this: it must not keep an idle session awake.
      const known: Record<string, string> = this.#tag ? { 'if-none-match': this.#tag } : {};
      const answer = await fetch(src, { headers: { 'x-haruka-live': '1', ...known }, signal: abort.signal });
      if (answer.redirected || answer.status === 401) {
        // Signed out or locked: the page itself leads to the door.
        location.reload();
        return;
      }
      const same = answer.status === 304;
      if (!answer.ok && !same) throw new Error(String(answer.status));
      const html = await answer.text();
      if (abort !== this.#abort) return;
      this.#failures = 0;
      this.#old(false);
      // What could not be shown is asked for again, under the old name.
      if (!same && this.#show(html)) this.#tag = answer.headers.get('etag');
    } catch {
      if (abort !== this.#abort || !this.isConnected) return;
      this.#failures += 1;
      if (this.#failures >= PATIENCE) this.#old(true);
    } finally {
      clearTimeout(late);
    }
    this.#plan();
  }

  /** Whether it stands there now. */
  #show(html: string): boolean {
    if (html === this.#shown) return true;
    if (this.#busy()) return false;
    this.#shown = html;
    const focus = this.#place();
    const open = [...this.querySelectorAll('details[open] > summary')].map((it) => it.textContent);
    // From our own server only (CSP connect-src 'self'), made by the same escaping functions as the page.
    this.innerHTML = html;
    for (const summary of this.querySelectorAll('details > summary')) {
      if (open.includes(summary.textContent)) summary.parentElement?.setAttribute('open', '');
    }
    if (focus) this.querySelector<HTMLElement>(focus)?.focus({ preventScroll: true });
    return true;
  }

  /** Somebody types in here. */
  #busy(): boolean {
    return this.querySelector('input:focus:not([type="hidden"]), select:focus, textarea:focus, [aria-disabled="true"]') !== null;
  }

  /** How to find the focused link or button again in the new part. */
  #place(): string | undefined {
    const at = document.activeElement;
    if (!at || !this.contains(at)) return undefined;
    if (at.id) return `#${CSS.escape(at.id)}`;
    for (const name of ['href', 'formaction', 'value', 'name']) {
      const value = at.getAttribute(name);
      if (value) return `${at.localName}[${name}="${CSS.escape(value)}"]`;
    }
    const action = at.closest('form')?.getAttribute('action');
    return action ? `form[action="${CSS.escape(action)}"] ${at.localName}` : undefined;
  }

  #old(is: boolean): void {
    const next = this.nextElementSibling;
    const line = next?.classList.contains('old') ? next : undefined;
    if (!is) {
      line?.remove();
    } else if (!line) {
      const words = document.createElement('p');
      words.className = 'old fault';
      words.setAttribute('role', 'status');
      words.textContent = t(
        '通信が途切れたため、この表示は最新ではありません。自動でつなぎ直しています。',
        'The connection is down, so this is not up to date. Trying again.',
      );
      this.after(words);
    }
  }
}
