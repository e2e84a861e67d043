// The page of all keys and gestures.
import { el, put } from '../lib/dom';
import type { Say } from '../lib/words';
import type { Key } from '../viewer/keys';

const NAMES: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };

export function helpDialog(keys: readonly Key[], say: Say): HTMLDialogElement {
  const dialog = el('dialog', { class: 'hm-dialog', 'data-testid': 'keys' });
  const row = (what: string, does: string) => el('tr', {}, el('th', { scope: 'row' }, what), el('td', {}, does));
  const name = (key: string) => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  const table = el('table', {}, el('caption', {}, say('キー操作', 'Keys')), ...keys.map((it) => row(it.keys.map(name).join(say(' または ', ' or ')), it.words)));
  const hands = el(
    'table',
    {},
    el('caption', {}, say('マウスと指', 'Mouse and fingers')),
    row(say('左ドラッグ・指1本', 'Left drag, one finger'), say('回す', 'Turn')),
    row(say('右ドラッグ・Shift+ドラッグ・指2本', 'Right drag, Shift+drag, two fingers'), say('動かす', 'Move')),
    row(say('ホイール・指2本を広げる', 'Wheel, pinch'), say('拡大・縮小', 'Zoom')),
    row(say('押す・たたく', 'Click, tap'), say('選んだ道具で点を選ぶ', 'Choose a point with the tool')),
  );
  put(dialog, hands, table, el('form', { method: 'dialog' }, el('button', { class: 'hm-button' }, say('閉じる', 'Close'))));
  return dialog;
}
