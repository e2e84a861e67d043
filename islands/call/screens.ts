// The cards in front of the stage. Each says where the person is in one line and offers one thing to do.
import { el } from '../lib/dom';
import { helpFor, platformOf } from '../lib/media';
import type { Outside, Refused, Role } from '../lib/wire';
import type { Say } from '../lib/words';
import { icons } from './icons';
import type { View } from './view';

const title = (text: string): HTMLElement => el('h2', { 'data-testid': 'card-title' }, text);
const text = (words: string): HTMLElement => el('p', {}, words);

/** How a person is spoken of: 先生 for the one who treats, さん for everybody else. */
export function addressed(told: { name: string; role: Role }, t: Say): string {
  return t(`${told.name}${told.role === 'doctor' ? '先生' : 'さん'}`, told.name);
}

export function connecting(view: View, t: Say): void {
  view.screen('connecting', title(t('つないでいます…', 'Connecting…')), text(t('そのままお待ちください。', 'Please wait.')));
}

export interface WaitingActs {
  prepare(): void;
  enter(): void;
  again(): void;
}

/** Before the visit it is known that nothing will get through: what to do while there is time (OV-166). */
function noWay(view: View, t: Say, acts: WaitingActs, phone: string): HTMLElement {
  return el(
    'div',
    { class: 'hk-noway', role: 'alert', 'data-testid': 'no-way' },
    el('p', {}, t('いまの通信では、映像と音声が届かないようです。', 'With this network, picture and sound do not seem to get through.')),
    text(t('Wi-Fiと携帯電話の回線を切りかえて、下のボタンを押してください。つながらないときは、このままお待ちにならず、医院へお電話ください。', 'Change between Wi-Fi and mobile network, then press the button. If it still fails, do not wait here: please phone the clinic.')),
    view.button({ word: t('もう一度確かめる', 'Check again'), act: acts.again, icon: icons.again, id: 'reach-again' }),
    phoneLine(t, phone) ?? '',
  );
}

/** The patient's waiting room. `prepared`: camera and microphone are open already, and the page may sound. */
export function waiting(view: View, t: Say, prepared: boolean, admitted: boolean, own: MediaStream | undefined, acts: WaitingActs, cutOff: string | null): void {
  const enter = view.button({ word: t('診察に入る', 'Enter the visit'), act: acts.enter, icon: icons.camera, id: 'enter', primary: true });
  const prepare = view.button({ word: t('準備して待つ', 'Get ready and wait'), act: acts.prepare, icon: icons.camera, id: 'prepare', primary: true });
  const asked = t('準備ができると、呼び出しのときに音でお知らせします。', 'When you are ready, a sound tells you when you are called.');
  const ready = t('カメラとマイクの準備ができました。呼び出されると音が鳴ります。', 'Camera and microphone are ready. You will hear a sound when you are called.');
  view.screen(
    'waiting',
    title(admitted ? t('診察に入れます', 'You may enter') : t('お待ちください', 'Please wait')),
    text(admitted ? t('ボタンを押すと、相手の方とつながります。', 'Press the button to meet the other side.') : t('順番が来ると、医院からお呼びします。この画面を開いたままにしてください。', 'The clinic will call you when it is your turn. Keep this page open.')),
    view.preview(own),
    text(prepared ? ready : asked),
    cutOff === null ? null : noWay(view, t, acts, cutOff),
    admitted ? enter : prepared ? null : prepare,
    view.slot('waiting') ?? null,
  );
}

export function ring(view: View, t: Say, answer: () => void, decline: () => void): void {
  view.screen(
    'ring',
    el('div', { class: 'hk-ringing', 'aria-hidden': 'true' }, icons.phone()),
    title(t('医院から呼び出しです', 'The clinic is calling')),
    text(t('「応答する」を押すと、カメラとマイクを使って診察が始まります。', 'Press "Answer" to start the visit with camera and microphone.')),
    view.button({ word: t('応答する', 'Answer'), act: answer, icon: icons.phone, id: 'answer', primary: true }),
    view.button({ word: t('いまは出られない', 'I cannot answer now'), act: decline, id: 'decline' }),
  );
}

/** Camera or microphone do not open. */
export function help(view: View, t: Say, errorName: string, retry: () => void, phone: string): void {
  const { what, steps } = helpFor(errorName, platformOf(navigator.userAgent, navigator.maxTouchPoints), t);
  view.screen(
    'help',
    title(what),
    el('ol', { class: 'hk-steps' }, ...steps.map((it) => el('li', {}, it))),
    view.button({ word: t('もう一度ためす', 'Try again'), act: retry, icon: icons.again, id: 'retry', primary: true }),
    phoneLine(t, phone),
  );
}

export function stopped(view: View, t: Say, heading: string, more: string, back: (() => void) | undefined, phone: string): void {
  view.screen(
    'stopped',
    title(heading),
    more === '' ? null : text(more),
    back ? view.button({ word: t('もう一度入る', 'Enter again'), act: back, icon: icons.again, id: 'enter-again', primary: true }) : null,
    phoneLine(t, phone),
    view.slot('after') ?? null,
  );
}

export function refusedWords(why: Refused, t: Say, conference: boolean): [string, string] {
  if (conference) {
    const [again, over] = [t('読影の画面からもう一度お入りください。', 'Please enter again from the page of the reading.'), t('このカンファレンスは終わりました', 'This conference is over')];
    if (why === 'over') return [over, again];
    if (why === 'full') return [t('いまは満員です', 'The call is full'), t('参加できるのは5人までです。', 'It carries five people.')];
    return [why === 'expired' ? t('この画面の有効期限が切れました', 'This page has expired') : t('この通話には入れません', 'You cannot enter this call'), again];
  }
  switch (why) {
    case 'over':
      return [t('この診察は終わりました', 'This visit is over'), ''];
    case 'removed':
      return [t('この通話には入れません', 'You cannot enter this call'), t('医院にお問い合わせください。', 'Please ask the clinic.')];
    case 'full':
      return [t('いまは満員です', 'The call is full'), t('医院にお問い合わせください。', 'Please ask the clinic.')];
    case 'expired':
      return [t('この画面の有効期限が切れました', 'This page has expired'), t('画面を読み直すか、案内のメールからもう一度お入りください。', 'Reload the page, or enter again from the mail you received.')];
    default:
      return [t('このリンクでは入れません', 'This link does not open a call'), t('案内のメールからもう一度お入りください。', 'Please enter again from the mail you received.')];
  }
}

/** The clinic's number, to be pressed on a phone. */
export function phoneLine(t: Say, phone: string): HTMLElement | null {
  if (phone === '') return null;
  return el('p', { class: 'hk-phone', 'data-testid': 'clinic-phone' }, icons.phone(), el('span', {}, t('医院の電話', "Clinic's phone")), el('a', { href: `tel:${phone.replace(/[^+\d]/g, '')}` }, phone));
}

/** What the clinic sees on the stage before anybody is there. */
export function emptyForClinic(t: Say, outside: Outside[], ringLeft_s: number): HTMLElement {
  const rows = outside
    .filter((it) => it.role !== 'doctor' && it.role !== 'staff')
    .map((it) => el('li', {}, it.standing === 'waiting' ? t(`${it.name}さん：待っています（まだ招き入れていません）`, `${it.name}: waiting, not admitted yet`) : t(`${it.name}さん：画面を開いています`, `${it.name}: has the page open`)));
  const heading = ringLeft_s > 0 ? t(`呼び出しています… あと${ringLeft_s}秒`, `Calling… ${ringLeft_s} s left`) : t('相手はまだ通話に入っていません', 'Nobody else is in the call yet');
  const nobody = rows.length === 0 ? el('p', {}, t('相手はまだ画面を開いていません。', 'The other person has not opened the page.')) : el('ul', {}, ...rows);
  return el('div', {}, el('p', { class: 'hk-big' }, heading), nobody);
}
