// Takes over a form with a file input: chosen or dropped files go at once, each on its own; the form goes when all are there.

import { chosen, dropped } from '../bring/found';
import { el, put } from '../lib/dom';
import { pauseS } from '../lib/pause';
import { type Say, langOf, sayIn } from '../lib/words';
import { type Attempt, type Known, type Outcome, type Parcel, attempt, giveUp, known } from './line';
import { type Limits, type Skip, after, markOf, percent, sift, size, told } from './parcel';

/** Files on their way at a time: small ones hide the way there and back, large ones fill the line alone. */
const LANES = 2;
/** Tries after an answer that may not change. */
const TRIES_MAX = 5;

interface Item extends Parcel {
  readonly mark: string;
  state: 'waiting' | 'sending' | 'there' | 'not-sent';
  sent: number;
  why: string;
  attempt: Attempt | undefined;
  readonly line: Line;
}

/** What is seen of a file: made once, so that the focus stays where it is. */
interface Line {
  readonly row: HTMLElement;
  readonly words: HTMLElement;
  readonly bar: HTMLProgressElement;
  readonly button: HTMLButtonElement;
}

export class Send {
  private readonly say: Say;
  private readonly limits: Limits;
  private readonly csrf: string;
  private items: Item[] = [];
  private lanes = 0;
  /** Choices that are still being looked at: whoever presses the button meanwhile means them, too. */
  private taking = 0;
  private paused = false;
  private closed = false;
  /** The form goes as soon as all files are there. */
  private wanted = false;
  private leaves = false;
  private failures = 0;
  private wake: (() => void)[] = [];
  private readonly said = el('p', { class: 'send-said', role: 'status' });
  private readonly halt: HTMLButtonElement;
  private readonly list = el('ul', { class: 'send-list' });
  private readonly skipped = el('ul', { class: 'send-list' });
  private readonly before = el('div', {});
  private readonly parts: Element[];

  constructor(
    private readonly element: HTMLElement,
    private readonly form: HTMLFormElement,
    private readonly input: HTMLInputElement,
  ) {
    const say = (this.say = sayIn(langOf(element) === 'en' ? 'en' : 'ja'));
    const number = (name: string) => Number(element.getAttribute(name)) || 0;
    this.limits = { bytesMax: number('bytes-max'), filesMax: number('files-max') };
    this.csrf = element.getAttribute('csrf') ?? '';
    this.halt = el('button', { type: 'button', class: 'hk-button', hidden: true, onclick: () => (this.paused ? this.resume() : this.pause('')) });
    const hint = document.getElementById(`${input.id}-hint`);
    if (hint) {
      const gb = Math.floor(this.limits.bytesMax / 1024 ** 3);
      hint.textContent = say(
        `1件${gb}GBまで、${this.limits.filesMax}件まで。選ぶとすぐに送り始めます。ここへドラッグして置くこともできます。通信が切れても、同じファイルを選び直せば続きから送ります。`,
        `Up to ${gb} GB each, ${this.limits.filesMax} files. They go as soon as they are chosen, or dropped here. When the line breaks, choose the same files again to go on.`,
      );
    }
    this.parts = [this.before, this.said, this.halt, this.list, this.skipped];
    (input.closest('.field') ?? input).after(...this.parts);
    input.required = false;
    input.addEventListener('change', this.change);
    form.addEventListener('submit', this.submit);
    form.addEventListener('dragover', this.over);
    form.addEventListener('dragleave', this.away);
    form.addEventListener('drop', this.drop);
    addEventListener('beforeunload', this.leaving);
    addEventListener('pageshow', this.back);
    void this.showBroken();
  }

  close(): void {
    this.closed = true;
    for (const it of this.items) it.attempt?.stop();
    for (const go of this.wake.splice(0)) go();
    this.input.removeEventListener('change', this.change);
    this.form.removeEventListener('submit', this.submit);
    this.form.removeEventListener('dragover', this.over);
    this.form.removeEventListener('dragleave', this.away);
    this.form.removeEventListener('drop', this.drop);
    removeEventListener('beforeunload', this.leaving);
    removeEventListener('pageshow', this.back);
    for (const it of this.parts) it.remove();
  }

  private readonly change = (): void => {
    const files = chosen(this.input.files ?? []).map((it) => it.file);
    // The same file may be chosen again, to go on: a browser tells only of what has changed.
    this.input.value = '';
    void this.take(files);
  };

  private readonly over = (event: DragEvent): void => {
    event.preventDefault();
    this.element.classList.add('over');
  };

  private readonly away = (): void => this.element.classList.remove('over');

  private readonly drop = (event: DragEvent): void => {
    event.preventDefault();
    this.away();
    if (!event.dataTransfer) return;
    void dropped(event.dataTransfer).then(
      (all) => this.take(all.map((it) => it.file)),
      () => this.tell(this.say('置かれたものを読み取れませんでした。もう一度選んでください。', 'What was dropped could not be read. Please choose it again.')),
    );
  };

  private readonly leaving = (event: BeforeUnloadEvent): void => {
    if (this.leaves || !this.items.some((it) => it.state === 'waiting' || it.state === 'sending')) return;
    event.preventDefault();
    event.returnValue = true;
  };

  /** Back from the next page: the form has gone, and what is waiting has changed. */
  private readonly back = (event: PageTransitionEvent): void => {
    if (event.persisted && this.leaves) location.reload();
  };

  private readonly submit = (event: SubmitEvent): void => {
    if (this.leaves) return;
    const there = this.items.filter((it) => it.state === 'there').length;
    const under = this.taking > 0 || this.items.some((it) => it.state === 'waiting' || it.state === 'sending');
    // A form that is on its way cannot be sent once more: it goes on as what it has become.
    if (there > 0 && !under) return this.fill();
    event.preventDefault();
    if (!under) {
      this.tell(this.say('ファイルを選んでください。', 'Please choose files.'));
      this.input.focus();
      return;
    }
    this.wanted = true;
    this.tell(this.say('送信中です。すべて送り終えたら、自動でまとめます。', 'Sending. The files are bundled by themselves when all are there.'));
  };

  /** Makes it a form like any other, with the ids of the files. */
  private fill(): void {
    this.leaves = true;
    this.form.action = this.element.getAttribute('to') ?? '';
    this.form.enctype = 'application/x-www-form-urlencoded';
    this.input.disabled = true;
    const kind = this.form.querySelector<HTMLInputElement>('input[name="form"]');
    if (kind) kind.value = 'bundle';
    const ids = this.items.filter((it) => it.state === 'there').map((it) => idOf(it.url ?? ''));
    this.form.append(...ids.map((id) => el('input', { type: 'hidden', name: 'file', value: id })));
  }

  private go(): void {
    this.fill();
    // A press, not `requestSubmit`, which old phones lack.
    this.form.querySelector<HTMLButtonElement>('button[type="submit"]')?.click();
  }

  /** What an earlier visit has left on its way. */
  private async showBroken(): Promise<void> {
    const own = (await known()).filter((it) => this.isOwn(it) && !it.ended);
    if (this.closed || own.length === 0) return;
    const { say } = this;
    const line = (it: Known) => {
      const name = told(it.metadata, 'filename');
      const row = el('li', {}, el('b', {}, name), el('span', {}, say(`${size(it.length ?? 0)}のうち${size(it.offset)}まで届いています。`, `${size(it.offset)} of ${size(it.length ?? 0)} have arrived.`)),
        el('button', {
          type: 'button', class: 'hk-button hk-small', 'aria-label': say(`${name}の送信を取りやめる`, `Give up ${name}`),
          onclick: () => void giveUp(it.upload, this.csrf).then((gone) => (gone ? row.remove() : this.tell(say('いまは取りやめられません。', 'It cannot be given up now.')))),
        }, say('取りやめる', 'Give up')));
      return row;
    };
    put(this.before, el('h3', {}, say('送りかけのファイル', 'Still on their way')),
      el('p', {}, say('同じファイルをもう一度選ぶと、続きから送ります。', 'Choose the same files again, and they go on from there.')),
      el('ul', { class: 'send-list' }, ...own.map(line)));
  }

  private isOwn(it: Known): boolean {
    return told(it.metadata, 'case') === this.element.getAttribute('case') && told(it.metadata, 'purpose') === this.element.getAttribute('purpose');
  }

  private async take(files: File[]): Promise<void> {
    this.taking += 1;
    await this.look(files);
    this.taking -= 1;
    if (this.closed) return;
    if (this.items.length === 0) this.wanted = false;
    this.work();
  }

  private async look(files: File[]): Promise<void> {
    const live = this.items.filter((it) => it.state !== 'not-sent');
    const { taken, skipped } = sift(files, live.map((it) => it.file.name), this.limits);
    this.skipped.append(...skipped.map(({ it, why }) => el('li', {}, el('b', {}, it.name), el('span', {}, this.whySkipped(why)))));
    const waiting = (this.element.getAttribute('waiting') ?? '').split(' ');
    const all = (await known()).filter((it) => this.isOwn(it));
    for (const file of taken) {
      let mark: string;
      try {
        mark = await markOf(file);
      } catch {
        this.skipped.append(el('li', {}, el('b', {}, file.name), el('span', {}, this.say('読み取れません。', 'It cannot be read.'))));
        continue;
      }
      if (this.closed) return;
      // One that is whole counts only while it waits here: else it is in a bundle already, or was discarded.
      const found = all.find((it) => told(it.metadata, 'mark') === mark && (!it.ended || waiting.includes(idOf(it.upload))));
      const metadata = { purpose: this.element.getAttribute('purpose') ?? '', case: this.element.getAttribute('case') ?? '', filename: file.name, mark };
      const state = found?.ended ? 'there' : 'waiting';
      const item: Item = { file, mark, metadata, url: found?.upload ?? null, state, sent: state === 'there' ? file.size : (found?.offset ?? 0), why: '', attempt: undefined, line: this.lineOf(file.name) };
      item.line.button.addEventListener('click', () => this.leaveOut(item));
      // What failed before is tried anew under its own name.
      this.items.filter((it) => it.state === 'not-sent' && it.file.name === file.name).forEach((it) => this.takeOff(it));
      this.items.push(item);
      this.list.append(item.line.row);
      this.show(item);
    }
    if (taken.length > 0) put(this.before);
  }

  private lineOf(name: string): Line {
    const [words, bar] = [el('span', {}), el('progress', { max: 100, 'aria-label': name })];
    const button = el('button', { type: 'button', class: 'hk-button hk-small', 'aria-label': this.say(`${name}を外す`, `Leave ${name} out`) }, this.say('外す', 'Leave out'));
    return { row: el('li', {}, el('b', {}, name), words, bar, button), words, bar, button };
  }

  private whySkipped(why: Skip): string {
    const { say, limits } = this;
    switch (why) {
      case 'system': return say('パソコンが自動で作るファイルなので、送りません。', 'A file that computers make by themselves: it is not sent.');
      case 'empty': return say('中身がないので、送りません。', 'It is empty: it is not sent.');
      case 'large': return say('大きすぎるので、送れません。', 'It is too large to be sent.');
      case 'same-name': return say('同じ名前のファイルがすでにあるので、送りません。', 'Another file has this name: it is not sent.');
      case 'too-many': return say(`一度にまとめられるのは${limits.filesMax}件までなので、送りません。`, `A bundle has at most ${limits.filesMax} files: it is not sent.`);
    }
  }

  /** One that has not gone yet is given up; one that has stays among what was sent, and in no bundle. */
  private leaveOut(item: Item): void {
    const { url, state } = item;
    this.takeOff(item);
    if (state === 'there') {
      this.tell(this.say(`「${item.file.name}」はまとめません。送ったものは、ページを開き直すと「送り終えたファイル」から削除できます。`, `“${item.file.name}” stays out of the bundle. Open the page again to discard it among what was sent.`));
    } else if (url) void giveUp(url, this.csrf);
    (this.list.querySelector('button') ?? this.input).focus();
    this.settle();
  }

  private takeOff(item: Item): void {
    item.state = 'not-sent';
    item.attempt?.stop();
    item.line.row.remove();
    this.items = this.items.filter((it) => it !== item);
  }

  private work(): void {
    while (this.lanes < LANES && this.items.filter((it) => it.state === 'waiting').length > 0) {
      this.lanes += 1;
      const next = this.items.find((it) => it.state === 'waiting');
      if (!next) return;
      next.state = 'sending';
      void this.one(next).then(() => {
        this.lanes -= 1;
        if (!this.closed) {
          this.work();
          this.settle();
        }
      });
    }
    this.settle();
  }

  /** Sends one file, however often it has to be tried, until it is there, is refused, or is taken out of the list. */
  private async one(item: Item): Promise<void> {
    let tries = 0;
    while (item.state === 'sending' && !this.closed) {
      await this.whilePaused();
      if (item.state !== 'sending' || this.closed) return;
      this.show(item);
      item.attempt = attempt(item, this.csrf, (bytes) => {
        item.sent = bytes;
        if (this.failures > 0) {
          this.failures = 0;
          this.tell('');
        }
        this.show(item);
      });
      const outcome = await item.attempt.outcome;
      item.attempt = undefined;
      if (outcome === 'stopped') continue;
      if (outcome.status === 204) {
        [item.state, item.sent] = ['there', item.file.size];
        this.show(item);
        return;
      }
      const next = after(outcome.status, item.url !== null);
      tries += next === 'again-a-few-times' ? 1 : 0;
      if (next === 'anew') item.url = null;
      else if (next === 'locked') this.pause(this.say(
        '画面がロックされました。別のタブでHarukaを開いて解除し、「続ける」を押してください。届いた分は残っています。',
        'The screen is locked. Unlock Haruka in another tab, then press “Go on”. What has arrived is kept.',
      ));
      else if (next === 'give-up' || tries > TRIES_MAX || (await this.isUnreadable(item))) {
        item.state = 'not-sent';
        item.why = this.refusal(outcome);
        this.show(item);
        return;
      } else await this.rest(next === 'busy');
    }
  }

  /** A file that was changed or taken away since it was chosen cannot be read any more: no line mends that. */
  private async isUnreadable(item: Item): Promise<boolean> {
    try {
      await item.file.slice(0, 1).arrayBuffer();
      return false;
    } catch {
      return true;
    }
  }

  private refusal({ status, words }: Outcome): string {
    if (status === 413) return this.say('大きすぎるため、送れません。', 'It is too large.');
    if (status >= 400 && words && !words.startsWith('<')) return words;
    return this.say('読み取れないか、送れません。ファイルを確かめて、もう一度選んでください。', 'It cannot be read or sent. Look at the file, and choose it again.');
  }

  private async rest(isBusy: boolean): Promise<void> {
    this.failures += 1;
    this.tell(isBusy
      ? this.say('サーバーが、いま受け取れません。自動で続きから送ります。', 'The server cannot take files now. It goes on by itself.')
      : this.say('通信が途切れています。つながると、自動で続きから送ります。', 'The connection is broken. It goes on by itself when it is back.'));
    await new Promise((done) => setTimeout(done, pauseS(this.failures) * 1000));
  }

  private pause(why: string): void {
    this.paused = true;
    for (const it of this.items) it.attempt?.stop();
    this.tell(why || this.say('一時停止しています。', 'Paused.'));
    this.settle();
  }

  private resume(): void {
    this.paused = false;
    this.tell('');
    for (const go of this.wake.splice(0)) go();
    this.settle();
  }

  private whilePaused(): Promise<void> {
    return this.paused ? new Promise((done) => this.wake.push(done)) : Promise.resolve();
  }

  private tell(words: string): void {
    if (this.said.textContent !== words) this.said.textContent = words;
  }

  private show(item: Item): void {
    const { say } = this;
    const [all, far] = [size(item.file.size), percent(item.sent, item.file.size)];
    const { words, bar, row } = item.line;
    bar.hidden = item.state === 'not-sent';
    bar.value = far;
    row.className = `send-${item.state}`;
    words.textContent = item.state === 'there' ? say(`送り終えました（${all}）`, `Sent (${all})`)
      : item.state === 'not-sent' ? say(`送れませんでした。${item.why}`, `Not sent. ${item.why}`)
      : say(`${all}のうち${size(item.sent)}（${far}%）`, `${size(item.sent)} of ${all} (${far}%)`);
  }

  /** How all of it stands, and the form when its time has come. */
  private settle(): void {
    const { say } = this;
    const under = this.items.filter((it) => it.state === 'waiting' || it.state === 'sending');
    const failed = this.items.filter((it) => it.state === 'not-sent').length;
    this.halt.hidden = under.length === 0;
    this.halt.textContent = this.paused ? say('続ける', 'Go on') : say('一時停止', 'Pause');
    if (this.taking > 0 || under.length > 0 || this.items.length === 0 || this.leaves) return;
    if (failed > 0) {
      this.wanted = false;
      this.tell(say(`${failed}件は送れませんでした。送れたものだけをまとめるときは、下のボタンを押してください。`, `${failed} could not be sent. Press the button below to bundle the others.`));
    } else if (this.wanted) this.go();
    else this.tell(say('すべて送り終えました。種類を選んで、下のボタンでまとめてください。', 'All files are there. Say what they are, and press the button below.'));
  }
}

function idOf(upload: string): string {
  return upload.slice(upload.lastIndexOf('/') + 1);
}
