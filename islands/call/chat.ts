// Words in the call. Plain text: a link is letters like any other (OV-247). What is not stored is not shown as said.
import { el, put } from '../lib/dom';
import { newKey } from '../lib/ids';
import type { Said } from '../lib/wire';
import type { Say } from '../lib/words';

const CHARS_MAX = 1_000;

export class Chat {
  readonly element: HTMLElement;
  private readonly list: HTMLOListElement;
  private readonly box: HTMLTextAreaElement;
  private readonly fault: HTMLElement;
  private readonly known = new Set<string>();
  /** Sent, not yet confirmed; sent again after a broken line under the same key, so that it is stored once. */
  private readonly pending = new Map<string, { text: string; element: HTMLElement }>();

  constructor(
    private readonly t: Say,
    private readonly send: (key: string, text: string) => boolean,
    private readonly me: () => string,
    onClose: () => void,
  ) {
    this.list = el('ol', { class: 'hk-chat-list', 'data-testid': 'chat-list', tabindex: '0', 'aria-label': t('やりとり', 'Messages') });
    this.fault = el('p', { class: 'hk-fault', role: 'alert', 'data-testid': 'chat-fault' });
    this.box = el('textarea', { id: 'hk-chat-box', rows: 2, maxlength: CHARS_MAX, 'data-testid': 'chat-box', onkeydown: (event: KeyboardEvent) => this.key(event) });
    const form = el(
      'form',
      { class: 'hk-chat-form', onsubmit: (event: Event) => this.submit(event) },
      el('label', { for: 'hk-chat-box' }, t('送る文字', 'Your message')),
      this.box,
      this.fault,
      el('button', { class: 'hk-button hk-primary', type: 'submit', 'data-testid': 'chat-send' }, t('送る', 'Send')),
    );
    this.element = el(
      'section',
      { class: 'hk-chat', 'aria-label': t('文字で話す', 'Chat'), hidden: true, 'data-testid': 'chat' },
      el(
        'header',
        {},
        el('h2', {}, t('文字で話す', 'Chat')),
        el('button', { class: 'hk-button hk-small', type: 'button', onclick: onClose, 'data-testid': 'chat-close' }, t('閉じる', 'Close')),
      ),
      el('p', { class: 'hk-hint' }, t('聞き取りにくいときの補助です。診察の記録に残ります。リンクは開けません。', 'For when it is hard to hear. It is kept in the record. Links do not open.')),
      this.list,
      form,
    );
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  show(open: boolean): void {
    this.element.hidden = !open;
    if (open) {
      this.box.focus();
      this.list.scrollTop = this.list.scrollHeight;
    }
  }

  /** What was said before. */
  begin(said: Said[]): void {
    said.forEach((it) => this.add(it));
    // After a broken line: say again what may not have arrived.
    this.pending.forEach((it, key) => this.send(key, it.text));
  }

  /** Somebody said something; true when it is new and another's. */
  add(said: Said): boolean {
    const mine = this.pending.get(said.key);
    if (mine) {
      mine.element.remove();
      this.pending.delete(said.key);
    }
    if (this.known.has(said.id)) return false;
    this.known.add(said.id);
    const own = said.person === this.me();
    const time = new Date(said.at_ms).toLocaleTimeString('ja-JP', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Tokyo' });
    this.append(el('li', { class: own ? 'hk-mine' : undefined, 'data-testid': 'chat-line' }, el('span', { class: 'hk-by' }, `${said.name} ${time}`), el('p', {}, said.text)));
    return !own;
  }

  /** It was not stored: gives the text back to be mended. */
  refuse(key: string, why: string): void {
    const mine = this.pending.get(key);
    if (!mine) return;
    this.pending.delete(key);
    mine.element.remove();
    this.fault.textContent = why;
    if (this.box.value === '') this.box.value = mine.text;
  }

  private key(event: KeyboardEvent): void {
    // Enter also ends the writing of kanji; only a free Enter with Ctrl or Command sends.
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) this.submit(event);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const text = this.box.value.trim();
    this.fault.textContent = '';
    if (text === '') return;
    const key = newKey();
    const element = el('li', { class: 'hk-mine hk-pending' }, el('span', { class: 'hk-by' }, this.t('送っています…', 'Sending…')), el('p', {}, text));
    this.pending.set(key, { text, element });
    this.append(element);
    this.send(key, text);
    this.box.value = '';
    this.box.focus();
  }

  private append(line: HTMLElement): void {
    this.list.append(line);
    this.list.scrollTop = this.list.scrollHeight;
  }

  clear(): void {
    put(this.list);
    this.known.clear();
    this.pending.clear();
  }
}
