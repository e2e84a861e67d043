// <haruka-panel src now every>: forms beside a running call. Sends them without leaving the page, so that the call goes on,
// and keeps fresh what changes by itself. Without script its forms are plain forms. Nothing is kept in the browser.
//
// `src`: the whole inside. `now`: only the part marked `data-now` (without it, the whole inside, unless somebody types).
// `every`: seconds between looks; a notice of the call makes it look at once.

/** Seconds between looks, whatever the attribute says. */
const LEAST_S = 3;
/** What the call tells the page about, and after which somebody may have come, gone, agreed. */
const TOLD = ['haruka-notice', 'haruka-peer', 'haruka-gone', 'haruka-outside', 'haruka-state', 'haruka-ended'];
/** Several notices within this time are one look. */
const GATHER_MS = 300;

export class Panel extends HTMLElement {
  #timer = 0;
  #soon = 0;
  #sending = false;
  readonly #told = () => {
    clearTimeout(this.#soon);
    this.#soon = window.setTimeout(() => void this.#look(), GATHER_MS);
  };
  readonly #submit = (event: SubmitEvent) => void this.#send(event);

  connectedCallback(): void {
    this.addEventListener('submit', this.#submit);
    for (const name of TOLD) document.addEventListener(name, this.#told);
    this.#plan();
  }

  disconnectedCallback(): void {
    this.removeEventListener('submit', this.#submit);
    for (const name of TOLD) document.removeEventListener(name, this.#told);
    clearTimeout(this.#timer);
    clearTimeout(this.#soon);
  }

  #plan(): void {
    clearTimeout(this.#timer);
    const every = Math.max(LEAST_S, Number(this.getAttribute('every')) || 15);
    this.#timer = window.setTimeout(() => void this.#look(), every * 1000);
  }

  /** Looks at what changes by itself. */
  async #look(): Promise<void> {
    this.#plan();
    if (document.hidden || this.#sending || !this.isConnected) return;
    const part = this.querySelector<HTMLElement>('[data-now]');
    const src = part ? this.getAttribute('now') : this.getAttribute('src');
    const place = part ?? this;
    if (!src || (!part && this.#typing()) || place.contains(document.activeElement)) return;
    // The header tells the server that no person did this: it must not keep an idle session awake.
    const answer = await fetch(src, { headers: { 'x-haruka-live': '1' } }).catch(() => undefined);
    if (!answer || !this.isConnected || this.#sending) return;
    if (answer.redirected || answer.status === 401) return location.reload();
    if (answer.ok) this.#show(place, await answer.text());
  }

  /** Sends a form of ours; where it leads decides what is shown next. */
  async #send(event: SubmitEvent): Promise<void> {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== 'post') return;
    event.preventDefault();
    if (this.#sending) return;
    this.#sending = true;
    const buttons = [...form.querySelectorAll('button')];
    for (const it of buttons) it.setAttribute('aria-disabled', 'true');
    try {
      const body = new URLSearchParams();
      // Our forms say everything by their fields: which button was pressed is not known to browsers before 2023.
      new FormData(form).forEach((value, name) => {
        if (typeof value === 'string') body.append(name, value);
      });
      const answer = await fetch(form.action, { method: 'POST', body });
      const at = new URL(answer.url);
      if (answer.redirected && at.pathname !== location.pathname) return location.assign(answer.url);
      if (answer.redirected) await this.#whole();
      else await this.#mend(answer);
    } catch {
      // Not even an answer: the plain form leads to the browser's own page about it, or through.
      form.submit();
    } finally {
      this.#sending = false;
      for (const it of buttons) it.removeAttribute('aria-disabled');
    }
  }

  /** The act is done: everything anew. */
  async #whole(): Promise<void> {
    const answer = await fetch(this.getAttribute('src') ?? '');
    if (!answer.ok) return location.reload();
    this.#show(this, await answer.text());
  }

  /** The form came back: our part of the page that came, with what was typed and what is wrong. */
  async #mend(answer: Response): Promise<void> {
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const own = page.querySelector('haruka-panel');
    if (own) {
      this.#show(this, own.innerHTML);
    } else {
      const words = page.querySelector('main p')?.textContent ?? '';
      const line = document.createElement('p');
      line.className = 'fault';
      line.setAttribute('role', 'alert');
      line.textContent = words;
      this.prepend(line);
    }
    const faults = this.querySelector<HTMLElement>('#faults, .gate, [role="alert"]');
    faults?.setAttribute('tabindex', '-1');
    faults?.focus();
    faults?.scrollIntoView({ block: 'nearest' });
  }

  #show(place: HTMLElement, html: string): void {
    const open = [...place.querySelectorAll('details[open] > summary')].map((it) => it.textContent);
    // From our own server only (CSP connect-src 'self'), made by the same escaping functions as the page.
    place.innerHTML = html;
    for (const summary of place.querySelectorAll('details > summary')) {
      if (open.includes(summary.textContent)) summary.parentElement?.setAttribute('open', '');
    }
    // The call is over: that is another page.
    if (this.querySelector('[data-without-call]') && document.querySelector('haruka-call')) location.reload();
  }

  #typing(): boolean {
    return this.querySelector('input:focus:not([type="hidden"]), select:focus, textarea:focus') !== null;
  }
}

if (!customElements.get('haruka-panel')) customElements.define('haruka-panel', Panel);
