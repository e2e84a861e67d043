// Words that are pinned to places: pins over the picture, the list beside it, and the form for a new one.
import { el, put } from '../lib/dom';
import { newKey } from '../lib/ids';
import type { Say } from '../lib/words';
import type { Note } from './document';
import type { Refused } from './line';
import type { Overlay } from './overlay';
import type { Vec } from './vec';
import { whenWords } from './words';

/** What the server takes: a note is read beside a picture. */
export const NOTE_CHARS_MAX = 1_000;

export interface NoteActs {
  /** Looks at a place. */
  go(note: Note): void;
  /** Sends it and asks for the list anew: whether it is there now, or why the server would not have it. */
  send(key: string, file: string, at: Vec, text: string): Promise<boolean | Refused>;
  say(words: string): void;
}

export class Notes {
  readonly element = el('section', { class: 'hm-card', 'data-testid': 'notes' });
  private notes: readonly Note[] = [];
  private pins: { note: Note; element: HTMLButtonElement; remove: () => void }[] = [];
  private mayNote = false;

  constructor(
    private readonly say: Say,
    private readonly overlay: Overlay,
    private readonly over: HTMLElement,
    private readonly acts: NoteActs,
  ) {}

  show(notes: readonly Note[], mayNote: boolean): void {
    this.notes = notes;
    this.mayNote = mayNote;
    for (const it of this.pins) it.remove();
    this.pins = notes.map((note, at) => {
      const element = el('button', { type: 'button', class: 'hm-pin', 'data-testid': 'pin', 'aria-label': this.say(`メモ${at + 1}：${note.text}`, `Note ${at + 1}: ${note.text}`), onclick: () => this.choose(note) }, String(at + 1));
      return { note, element, remove: this.overlay.tag(note.at, element) };
    });
    this.draw();
  }

  /** Pins whose surface is hidden, or lies behind another, step back. */
  behind(hidden: (note: Note) => boolean): void {
    for (const { note, element } of this.pins) element.classList.toggle('hm-behind', hidden(note));
  }

  /** Looks at the note of this id, if there is one, as if somebody had chosen it. */
  open(id: string): void {
    const note = this.notes.find((it) => it.id === id);
    if (note) this.choose(note);
  }

  get all(): readonly Note[] {
    return this.notes;
  }

  /** Asks for the words of a new note. What was typed stays until it is kept, or thrown away by hand. */
  ask(file: string, at: Vec): void {
    const { say, acts } = this;
    const key = newKey();
    const area = el('textarea', { rows: 4, maxlength: NOTE_CHARS_MAX, required: true, 'aria-label': say('メモの内容', 'The note'), 'data-testid': 'note-text' });
    const trouble = el('p', { class: 'hm-trouble', role: 'alert' });
    const send = el('button', { class: 'hm-button hm-strong', 'data-testid': 'note-send' }, say('メモを残す', 'Keep the note'));
    const dialog = el('dialog', { class: 'hm-dialog', 'data-testid': 'note-dialog', 'aria-label': say('この場所へのメモ', 'A note on this place') });
    const pin = this.overlay.tag(at, el('span', { class: 'hm-dot' }));
    const form = el(
      'form',
      { method: 'dialog' },
      el('label', { class: 'hm-stack' }, el('span', {}, say('この場所へのメモ', 'A note on this place')), area),
      el('p', { class: 'hm-hint' }, say('技工のページの「質問と返事」に残り、医療機関と技工所の両方に見えます。', 'It stands among the questions and answers of the case, for the clinic and the laboratory to see.')),
      trouble,
      el('div', { class: 'hm-row' }, send, el('button', { type: 'button', class: 'hm-button', onclick: () => dialog.close() }, say('やめる', 'Cancel'))),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = area.value.trim();
      if (text === '' || send.disabled) return;
      send.disabled = true;
      put(trouble, say('送っています…', 'Sending…'));
      void acts
        .send(key, file, at, text)
        .catch(() => false)
        .then((kept) => {
          send.disabled = false;
          if (typeof kept === 'object') return put(trouble, say(kept.ja, kept.en));
          if (!kept) return put(trouble, say('保存できませんでした。書いた内容はここに残っています。通信とサインインを確かめて、もう一度押してください。', 'It could not be kept. What you wrote is still here. Check network and sign-in, then press again.'));
          dialog.close();
          acts.say(say('メモを残しました。', 'The note is kept.'));
        });
    });
    dialog.addEventListener('close', () => {
      pin();
      dialog.remove();
    });
    put(dialog, form);
    this.over.append(dialog);
    dialog.showModal();
    area.focus();
  }

  private choose(note: Note): void {
    this.acts.go(note);
    for (const it of this.pins) it.element.setAttribute('aria-current', String(it.note === note));
    for (const it of this.element.querySelectorAll('[data-note]')) it.classList.toggle('hm-current', it.getAttribute('data-note') === note.id);
    this.acts.say(this.say(`メモ：${note.text}(${note.who})`, `Note: ${note.text} (${note.who})`));
  }

  private draw(): void {
    const { say, notes, mayNote } = this;
    const hint = mayNote ? say('「メモ」を選んで面を押すと、その場所に書けます。', 'Choose “Note” and point at the surface to write there.') : '';
    put(
      this.element,
      el('h2', {}, say('メモ', 'Notes')),
      notes.length === 0 ? el('p', { class: 'hm-hint' }, say('まだありません。', 'None yet.'), hint) : el('p', { class: 'hm-hint' }, hint),
      el(
        'ol',
        { class: 'hm-notes' },
        ...notes.map((it, at) =>
          el('li', { 'data-note': it.id }, el('button', { type: 'button', class: 'hm-button hm-go', onclick: () => this.choose(it), 'aria-label': say(`メモ${at + 1}の場所を見る`, `Show the place of note ${at + 1}`) }, String(at + 1)), el('div', {}, el('p', { class: 'hm-text' }, it.text), el('p', { class: 'hm-soft' }, `${it.who} – ${whenWords(it.when, say)}`))),
        ),
      ),
    );
  }
}
