// The keyboard: one list for what keys do and for the page that shows it, so that the two agree.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';

export interface Key {
  /** As `KeyboardEvent.key` gives it, lower case; several do the same. */
  keys: readonly string[];
  /** What it does, in the page's language. */
  words: string;
  act: (event: KeyboardEvent) => void;
}

/** Does what a key means, unless somebody types. */
export function pressed(map: readonly Key[], event: KeyboardEvent): boolean {
  const typing = event.target instanceof Element && event.target.closest('input:not([type="range"]), textarea, select, dialog');
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return false;
  // A slider has its own arrows, a button its own space.
  const control = event.target instanceof Element && event.target.closest('input, button, [tabindex="0"][data-own-keys]');
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (control && (key === ' ' || key === 'Enter' || (key.startsWith('Arrow') && !(control instanceof HTMLButtonElement)))) return false;
  const found = map.find((it) => it.keys.includes(key));
  if (!found) return false;
  event.preventDefault();
  found.act(event);
  return true;
}

/** The page of all keys. */
export function helpDialog(map: readonly Key[], say: Say): HTMLDialogElement {
  const dialog = el('dialog', { class: 'hv-dialog', 'data-testid': 'keys' });
  const table = el('table', {}, el('caption', {}, say('キー操作', 'Keys')));
  for (const it of map) table.append(el('tr', {}, el('th', { scope: 'row' }, it.keys.map(keyWord).join(say(' または ', ' or '))), el('td', {}, it.words)));
  const mouse = [
    [say('ホイール・下のつまみ', 'Wheel, slider'), say('スライスを送る', 'Scroll')],
    [say('左ドラッグ・指1本', 'Left drag, one finger'), say('選んでいる道具', 'The chosen tool')],
    [say('右ドラッグ・Ctrl+ホイール', 'Right drag, Ctrl+wheel'), say('拡大・縮小', 'Zoom')],
    [say('中ドラッグ', 'Middle drag'), say('移動', 'Pan')],
    [say('指2本', 'Two fingers'), say('拡大・縮小と移動', 'Zoom and pan')],
  ];
  for (const [what, does] of mouse) table.append(el('tr', {}, el('th', { scope: 'row' }, what), el('td', {}, does)));
  put(dialog, table, el('form', { method: 'dialog' }, el('button', { class: 'hv-button' }, say('閉じる', 'Close'))));
  return dialog;
}

function keyWord(key: string): string {
  const words: Record<string, string> = { ' ': 'Space', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→' };
  return words[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
