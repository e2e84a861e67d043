// Chooses, sends, and tells. One file is one request: what was answered is kept for good, so that a pause, a dead network
// or a closed lid costs at most the file under way, and the same disc may be brought twice.

import { el, put } from '../lib/dom';
import { pauseS } from '../lib/pause';
import { type Say, langOf, sayIn } from '../lib/words';
import { type Found, chosen, dropped, kindOf } from './found';
import { type Outcome, Tally } from './tally';

/** Requests at a time: enough to hide the way there and back. */
const LANES = 3;
/** Lines of the list that are shown; a disc full of other things has thousands. */
const LINES_MAX = 200;

export class Bring {
  private readonly say: Say;
  private readonly english: boolean;
  private queue: Found[] = [];
  private tally = new Tally(0);
  private paused = false;
  private closed = false;
  private failures = 0;
  private wake: (() => void)[] = [];
  private readonly said = el('p', { class: 'bring-said', role: 'status' });
  private readonly progress = el('div', { class: 'bring-progress' });

  constructor(private readonly element: HTMLElement) {
    this.english = langOf(element) === 'en';
    this.say = sayIn(this.english ? 'en' : 'ja');
    put(element, this.door(), this.said, this.progress);
    addEventListener('beforeunload', this.leaving);
  }

  close(): void {
    this.closed = true;
    this.resume();
    removeEventListener('beforeunload', this.leaving);
  }

  private readonly leaving = (event: BeforeUnloadEvent): void => {
    if (this.tally.isDone) return;
    event.preventDefault();
    event.returnValue = true;
  };

  private door(): HTMLElement {
    const { say } = this;
    const pick = (id: string, folder: boolean, words: string) => {
      const take = () => {
        const found = chosen(input.files ?? []);
        // The same folder may be chosen again, to go on: a browser tells only of what has changed.
        input.value = '';
        void this.begin(found);
      };
      const input = el('input', { type: 'file', id, multiple: true, onchange: take });
      if (folder) input.setAttribute('webkitdirectory', '');
      return [input, el('label', { for: id, class: 'hk-button' }, words)];
    };
    const door = el(
      'div',
      {
        class: 'bring-drop',
        ondragover: (event: DragEvent) => {
          event.preventDefault();
          door.classList.add('over');
        },
        ondragleave: () => door.classList.remove('over'),
        ondrop: (event: DragEvent) => {
          event.preventDefault();
          door.classList.remove('over');
          if (event.dataTransfer) void dropped(event.dataTransfer).then((it) => this.begin(it), () => this.unreadable());
        },
      },
      el('p', {}, say('CDやフォルダーを、ここに置いてください。', 'Drop a CD or a folder here.')),
      ...pick('bring-folder', true, say('CD・フォルダーを選ぶ', 'Choose a CD or folder')),
      ...pick('bring-files', false, say('ファイルを選ぶ', 'Choose files')),
    );
    return door;
  }

  private unreadable(): void {
    this.said.textContent = this.say(
      'フォルダーを読み取れませんでした。ディスクを入れ直して、もう一度選んでください。',
      'The folder could not be read. Please put the disc in again and choose it once more.',
    );
  }

  private async begin(found: Found[]): Promise<void> {
    if (!this.tally.isDone) {
      this.said.textContent = this.say('先に選んだものが終わるまでお待ちください。', 'Please wait for the files chosen before.');
      return;
    }
    if (found.length === 0) {
      this.said.textContent = this.say('ファイルがありませんでした。', 'There were no files.');
      return;
    }
    this.said.textContent = '';
    this.queue = [...found];
    this.tally = new Tally(found.length);
    this.paused = false;
    this.show();
    await Promise.all(Array.from({ length: LANES }, () => this.lane()));
    if (this.closed) return;
    this.said.textContent = this.tally.count('not-taken') === 0
      ? this.say('終わりました。', 'Done.')
      : this.say('終わりました。取り込めなかったファイルがあります。', 'Done. Some files were not taken.');
    this.show();
    this.element.dispatchEvent(new CustomEvent('haruka-brought', { bubbles: true }));
  }

  private async lane(): Promise<void> {
    for (let it = this.queue.shift(); it; it = this.queue.shift()) {
      const told = await this.one(it);
      if (this.closed || !told) return;
      this.tally.add({ place: it.place, ...told });
      this.show();
    }
  }

  /** The outcome of one file, however often it has to be tried; nothing when the page is left. */
  private async one(found: Found): Promise<{ outcome: Outcome; why: string } | undefined> {
    const { say } = this;
    const kind = await kindOf(found);
    if (kind === 'other') return { outcome: 'skipped', why: say('DICOM画像ではありません。', 'Not a DICOM image.') };
    if (kind === 'directory') return { outcome: 'skipped', why: say('ディスクの目次です（DICOMDIR）。', 'The directory of the disc (DICOMDIR).') };
    if (kind === 'unreadable') {
      return { outcome: 'not-taken', why: say('ディスクから読み取れません。汚れや傷を確かめてください。', 'It cannot be read. Please look for dirt or scratches.') };
    }
    for (;;) {
      await this.whilePaused();
      if (this.closed) return undefined;
      const answer = await this.send(found.file);
      if (answer === 'locked') {
        this.pause();
        this.said.textContent = say(
          '画面がロックされました。別のタブでHarukaを開いて解除し、「続ける」を押してください。ここまでの画像は取り込まれています。',
          'The screen is locked. Unlock Haruka in another tab, then press “Go on”. What was sent so far is kept.',
        );
      } else if (answer === 'away' || answer === 'busy') {
        this.failures += 1;
        this.said.textContent = answer === 'away'
          ? say('通信が途切れています。自動でやり直します。', 'The connection is broken. Trying again.')
          : say('サーバーが、いま受け取れません。自動でやり直します。続くときは、サーバーを管理する人に知らせてください。', 'The server cannot take files now. Trying again. If it goes on, please tell whoever runs the server.');
        await new Promise((done) => setTimeout(done, pauseS(this.failures) * 1000));
      } else {
        if (this.failures > 0) this.said.textContent = '';
        this.failures = 0;
        return answer;
      }
    }
  }

  private async send(file: File): Promise<{ outcome: Outcome; why: string } | 'locked' | 'away' | 'busy'> {
    try {
      const answer = await fetch(this.element.getAttribute('post') ?? '', {
        method: 'POST',
        body: file,
        headers: {
          'content-type': 'application/dicom',
          'x-csrf-token': this.element.getAttribute('csrf') ?? '',
          accept: 'application/json',
        },
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'manual',
      });
      if (answer.type === 'opaqueredirect' || answer.status === 401) return 'locked';
      if (answer.ok) {
        const it = (await answer.json()) as { outcome: Outcome; ja: string; en: string };
        return { outcome: it.outcome, why: this.english ? it.en : it.ja };
      }
      if (answer.status === 429 || answer.status >= 500) return 'busy';
      const why = answer.status === 413
        ? this.say('大きすぎるため、取り込めません。', 'It is too large.')
        : this.say('取り込めませんでした。管理者に相談してください。', 'It was not taken. Please ask the manager.');
      return { outcome: 'not-taken', why };
    } catch {
      return 'away';
    }
  }

  private pause(): void {
    this.paused = true;
    this.show();
  }

  private resume(): void {
    this.paused = false;
    for (const go of this.wake.splice(0)) go();
  }

  private whilePaused(): Promise<void> {
    return this.paused ? new Promise((done) => this.wake.push(done)) : Promise.resolve();
  }

  private show(): void {
    const { say, tally } = this;
    const line = (outcome: Outcome, words: string) => [el('dt', {}, words), el('dd', {}, String(tally.count(outcome)))];
    const button = tally.isDone
      ? null
      : this.paused
        ? el('button', { type: 'button', class: 'hk-button', onclick: () => { this.said.textContent = ''; this.resume(); this.show(); } }, say('続ける', 'Go on'))
        : el('button', { type: 'button', class: 'hk-button', onclick: () => this.pause() }, say('一時停止', 'Pause'));
    const notable = tally.notable;
    const more = notable.length - LINES_MAX;
    put(
      this.progress,
      el('p', { id: 'bring-far' }, say(`${tally.all}個のうち${tally.done}個`, `${tally.done} of ${tally.all}`)),
      el('progress', { max: tally.all, value: tally.done, 'aria-labelledby': 'bring-far' }),
      button,
      el('dl', { class: 'bring-counts' },
        ...line('stored', say('取り込んだ', 'Taken in')),
        ...line('already-here', say('すでにある', 'Already here')),
        ...line('skipped', say('対象外', 'Left out')),
        ...line('not-taken', say('取り込めない', 'Not taken')),
      ),
      notable.length > 0 && el('ul', { class: 'bring-list' },
        ...notable.slice(0, LINES_MAX).map((it) => el('li', {}, el('b', {}, it.place), it.why)),
        more > 0 && el('li', {}, say(`ほか${more}個`, `${more} more`)),
      ),
    );
  }
}
