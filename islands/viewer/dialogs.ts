// Questions that stand in front of the pictures.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';

/** Words that are longer than this are a report, not a label. */
const WORDS_MAX = 60;

/** Asks for a few words; an empty answer is none. */
export function askWords(over: HTMLElement, say: Say, done: (text: string) => void): void {
  const input = el('input', { type: 'text', maxlength: WORDS_MAX, 'aria-label': say('矢印に添える言葉', 'Words beside the arrow') });
  const dialog = el('dialog', { class: 'hv-dialog', 'data-testid': 'ask' });
  put(dialog, el('form', { method: 'dialog' }, el('label', {}, say('矢印に添える言葉', 'Words beside the arrow'), input), el('div', { class: 'hv-row' }, el('button', { class: 'hv-button', value: 'ok' }, say('付ける', 'Add')), el('button', { class: 'hv-button', value: '' }, say('やめる', 'Cancel')))));
  dialog.addEventListener('close', () => {
    dialog.remove();
    done(dialog.returnValue === 'ok' ? input.value.trim() : '');
  });
  over.append(dialog);
  dialog.showModal();
}
