// <haruka-panel src now every home keeps>: forms beside a running call. Sends them without leaving the page, so that the call
// goes on, and keeps fresh what changes by itself. Without script its forms are plain forms. Nothing is kept in the browser.
//
// `src`: the whole inside. `now`: only the part marked `data-now` (without it, the whole inside, unless somebody types).
// `every`: seconds between looks; a notice of the call makes it look at once. Without it the panel is filled when it is
// first shown, and stays. `home`: the page on which the same forms stand alone; an act that leads there is done.
// `keeps`: its first form is a draft, sent by itself a moment after the last key, and before the page is left.

/** Seconds between looks, whatever the attribute says. */
const LEAST_S = 3;
/** What the call tells the page about, and after which somebody may have come, gone, agreed. */
const TOLD = ['haruka-notice', 'haruka-peer', 'haruka-gone', 'haruka-outside', 'haruka-state', 'haruka-ended'];
/** Several notices within this time are one look. */
const GATHER_MS = 300;
/** A draft is sent so long after the last key. */
const KEEP_MS = 2_000;

export class Panel extends HTMLElement {
  #timer = 0;
  #soon = 0;
  #sending = false;
  #filled = false;
  /** What was typed since the draft was sent last. */
  #typed = false;
  #keeping: Promise<boolean> | undefined;
  #keepTimer = 0;
  readonly #told = () => {
    clearTimeout(this.#soon);
    this.#soon = window.setTimeout(() => void this.#look(), GATHER_MS);
  };
  readonly #submit = (event: SubmitEvent) => void this.#send(event);
  readonly #input = (event: Event) => {
    if (this.#draft() !== (event.target as HTMLInputElement).form) return;
    this.#typed = true;
    clearTimeout(this.#keepTimer);
    this.#keepTimer = window.setTimeout(() => void this.keep(), KEEP_MS);
  };
  readonly #hidden = () => {
    if (document.hidden) void this.keep();
  };

  connectedCallback(): void {
    this.addEventListener('submit', this.#submit);
    if (this.hasAttribute('keeps')) {
      this.addEventListener('input', this.#input);
      document.addEventListener('visibilitychange', this.#hidden);
    }
    if (!this.hasAttribute('every')) return;
    this.#filled = true;
    for (const name of TOLD) document.addEventListener(name, this.#told);
    this.#plan();
  }

  disconnectedCallback(): void {
    this.removeEventListener('submit', this.#submit);
    this.removeEventListener('input', this.#input);
    document.removeEventListener('visibilitychange', this.#hidden);
    for (const name of TOLD) document.removeEventListener(name, this.#told);
    clearTimeout(this.#timer);
    clearTimeout(this.#soon);
    clearTimeout(this.#keepTimer);
  }

  /** Fetches the inside when it is first shown. */
  async fill(): Promise<void> {
    if (this.#filled || this.#sending) return;
    this.#filled = true;
    const answer = await fetch(this.getAttribute('src') ?? '').catch(() => undefined);
    if (answer?.redirected) return leave(() => location.reload());
    if (answer?.ok && this.isConnected) this.#show(this, await answer.text());
    // What stood there before, a link, still leads on; the next time it is tried again.
    else this.#filled = false;
  }

  /** Sends what was typed into the draft. True when everything typed lies safe. */
  keep(): Promise<boolean> {
    this.#keeping ??= this.#keep().finally(() => (this.#keeping = undefined));
    return this.#keeping;
  }

  async #keep(): Promise<boolean> {
    const form = this.#draft();
    if (!form || !this.#typed || this.#sending) return !this.#typed;
    clearTimeout(this.#keepTimer);
    this.#typed = false;
    // The browser ends what a page that is left has begun, unless it is told to see it through.
    const answer = await fetch(form.action, { method: 'POST', body: fieldsOf(form), keepalive: true }).catch(() => undefined);
    if (!answer?.ok || answer.redirected) {
      this.#typed = true;
      // Saved elsewhere first, or not well-formed: the answer says so beside what was typed.
      if (!answer || answer.redirected) {
        this.#keepTimer = window.setTimeout(() => void this.keep(), KEEP_MS * 5);
        return false;
      }
      await this.#mend(answer, form);
      // What somebody else has saved is written over by a person who has seen it, never by itself.
      this.#typed = false;
      this.#draft()?.dispatchEvent(new CustomEvent('haruka-unsaved', { bubbles: true }));
      return false;
    }
    this.#kept(form, await answer.text());
    return !this.#typed;
  }

  /** The line about the draft is new, and so is the count by which the next save goes; the fields stay as they are. */
  #kept(form: HTMLFormElement, html: string): void {
    const line = new DOMParser().parseFromString(html, 'text/html').querySelector<HTMLElement>('[data-kept]');
    const old = form.querySelector<HTMLElement>('[data-kept]');
    if (!line || !old) return;
    old.innerHTML = line.innerHTML;
    const count = form.elements.namedItem('revision');
    if (count instanceof HTMLInputElement) count.value = line.dataset.revision ?? count.value;
    if (!this.#typed) form.dispatchEvent(new CustomEvent('haruka-saved', { bubbles: true }));
  }

  #draft(): HTMLFormElement | null {
    return this.hasAttribute('keeps') ? this.querySelector('form') : null;
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
    if (answer.redirected || answer.status === 401) return leave(() => location.reload());
    if (answer.ok) this.#show(place, await answer.text());
  }

  /** Sends a form of ours; where it leads decides what is shown next. */
  async #send(event: SubmitEvent): Promise<void> {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== 'post') return;
    event.preventDefault();
    if (this.#sending) return;
    if (form === this.#draft()) {
      this.#typed = true;
      return void this.keep();
    }
    // The answer may replace what stands here, the draft too.
    await this.keep();
    this.#sending = true;
    const buttons = [...form.querySelectorAll('button')];
    for (const it of buttons) it.setAttribute('aria-disabled', 'true');
    try {
      const answer = await fetch(form.action, { method: 'POST', body: fieldsOf(form) });
      const at = new URL(answer.url);
      // Without a call beside it there is nothing to stay for: the whole page may look different now.
      const stays = document.querySelector('haruka-call') !== null;
      const done = stays && [location.pathname, this.getAttribute('home')].includes(at.pathname);
      if (answer.redirected && !done) return leave(() => location.assign(answer.url));
      if (answer.redirected) await this.#whole();
      else await this.#mend(answer, form);
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
    if (!answer.ok) return leave(() => location.reload());
    this.#show(this, await answer.text());
  }

  /** The form came back: our part of the page that came, with what was typed and what is wrong. */
  async #mend(answer: Response, form: HTMLFormElement): Promise<void> {
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, 'text/html');
    const own = page.querySelector(`haruka-panel[src="${CSS.escape(this.getAttribute('src') ?? '')}"]`);
    const section = form.closest<HTMLElement>('section[id]');
    const twin = section && page.getElementById(section.id);
    if (!page.querySelector('main')) {
      this.#show(this, text);
    } else if (own) {
      this.#show(this, own.innerHTML);
    } else if (section && twin) {
      this.#show(section, twin.innerHTML);
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
    if (this.querySelector('[data-without-call]') && document.querySelector('haruka-call')) void leave(() => location.reload());
  }

  #typing(): boolean {
    return this.querySelector('input:focus:not([type="hidden"]), select:focus, textarea:focus') !== null;
  }
}

/** Our forms say everything by their fields: which button was pressed is not known to browsers before 2023. */
function fieldsOf(form: HTMLFormElement): URLSearchParams {
  const body = new URLSearchParams();
  new FormData(form).forEach((value, name) => {
    if (typeof value === 'string') body.append(name, value);
  });
  return body;
}

/** Leaves this page once every draft lies safe; a draft that cannot be sent is asked about by the browser. */
async function leave(go: () => void): Promise<void> {
  await Promise.all([...document.querySelectorAll<Panel>('haruka-panel')].map((it) => it.keep()));
  go();
}
