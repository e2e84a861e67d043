// The viewer put together: what is fetched, what a hand means, what the panels ask for. What each part does stands in its own file.
import { el, put } from '../lib/dom';
import { langOf, type Say, sayIn } from '../lib/words';
import { type Key, pressed } from '../viewer/keys';
import { Crew } from './crew';
import { Cutting } from './cutting';
import type { Document, Note } from './document';
import { Unfit } from './fault';
import { Hand } from './hand';
import type { Heat } from './heat';
import { Heating } from './heating';
import { helpDialog } from './help';
import { Line, type Refused, Unanswered } from './line';
import { Marks } from './marks';
import type { Place } from './messages';
import { Notes } from './notes';
import { Overlay } from './overlay';
import { paint } from './palette';
import { type Entry, entriesOf, lookOf, PartList } from './parts';
import { Stage, type View, VIEWS } from './stage';
import { kept, next, type Step, TRIANGLES_DESK, TRIANGLES_TOUCH } from './steps';
import type { Cut } from './vec';
import { faultWords, partWords, signedMm, whyNot } from './words';

/** A click this near to the line of a cut means the line. */
const SNAP_PX = 10;
/** Levels that come at the same time: more wait for the same line. */
const AT_ONCE = 2;
/** Tries of a level, with a pause between. */
const TRIES = 3;
const AGAIN_MS = 2_000;
/** Whether a pin is behind something is asked when the eye rests. */
const BEHIND_MS = 200;
/** A pin lies on its surface by the error of the level it was set on. */
const BEHIND_MM = 0.5;

type Tool = 'look' | 'distance' | 'thickness' | 'note' | 'probe';

export class Viewer {
  private readonly say: Say;
  private readonly line: Line;
  private readonly crew = new Crew();
  private readonly stage: Stage | undefined;
  private readonly hand: Hand | undefined;
  private readonly overlay: Overlay | undefined;
  private readonly root: HTMLElement;
  private readonly bar = el('div', { class: 'hm-bar', role: 'toolbar' });
  private readonly alerts = el('div', { class: 'hm-alerts', role: 'alert', 'data-testid': 'alerts' });
  private readonly live = el('p', { class: 'hm-live', role: 'status', 'aria-live': 'polite', 'data-testid': 'live' });
  private readonly loading = el('p', { class: 'hm-loading', 'data-testid': 'loading', hidden: true });
  private readonly picture: HTMLElement;
  private readonly side = el('div', { class: 'hm-side' });
  private readonly list: PartList;
  private readonly marks: Marks | undefined;
  private readonly notes: Notes | undefined;
  private readonly cutting: Cutting | undefined;
  private readonly heating: Heating | undefined;
  private readonly keys: readonly Key[];
  private readonly room = matchMedia('(pointer: coarse)').matches ? TRIANGLES_TOUCH : TRIANGLES_DESK;
  private entries: Entry[] = [];
  private mayNote = false;
  private tool: Tool = 'look';
  private running = 0;
  private readonly coming = new Map<string, number>();
  private framed = false;
  /** The note that the page is about; empty when it is about none, or was looked at. */
  private first: string;
  /** What was shown before one part was shown alone. */
  private before: ReadonlySet<Entry> | undefined;
  /** Who waits until nothing more comes. */
  private idle: (() => void)[] = [];
  private cutBusy = false;
  private cutNext: Cut | undefined;
  private behindTimer: ReturnType<typeof setTimeout> | undefined;
  private behindRound = 0;
  private closed = false;

  constructor(private readonly host: HTMLElement) {
    this.say = sayIn(langOf(host));
    const { say } = this;
    this.first = host.getAttribute('note') ?? '';
    this.line = new Line(host.getAttribute('src') ?? '', host.getAttribute('note-href') ?? '', host.getAttribute('csrf') ?? '');
    this.picture = el('div', { class: 'hm-stage', tabindex: 0, role: 'application', 'aria-label': say('立体の表示。矢印キーで回し、Enterで中央の点を選びます。? でキーの一覧。', 'The picture in space. Arrows turn it, Enter chooses the point in the middle, ? lists the keys.'), 'data-testid': 'stage' });
    this.list = new PartList(say, (it) => this.changed(it), (it) => this.only(it));
    this.keys = this.keyMap();
    try {
      this.stage = new Stage();
    } catch (error) {
      console.error(error);
      this.tellAlert('gl', say('このブラウザーでは立体を表示できません。新しい版のブラウザーでお試しください。データの一覧だけを示します。', 'This browser cannot show anything in space. Please try a newer one; the list of the data is shown all the same.'));
    }
    if (this.stage) {
      const { stage } = this;
      this.overlay = new Overlay(stage);
      this.marks = new Marks(say, this.overlay, (words) => this.tell(words));
      this.cutting = new Cutting(say, { changed: (cut) => this.cutChanged(cut), box: () => stage.box(), direction: () => stage.direction, middle: () => stage.middle, face: (direction) => stage.along(direction) });
      this.heating = new Heating(say, { compare: (of, to, told) => this.compare(of, to, told), paint: (of, heat, scale_mm) => this.paintHeat(of, heat, scale_mm), end: () => void this.crew.ask('rest', {}), say: (words) => this.tell(words) });
      this.notes = new Notes(say, this.overlay, this.picture, { go: (note) => this.goTo(note), send: (key, file, at, text) => this.sendNote(key, file, at, text), say: (words) => this.tell(words) });
      this.hand = new Hand(stage, (x, y) => void this.point(x, y));
      stage.drawn = () => {
        this.overlay?.place();
        this.behindSoon();
      };
      stage.alive = (is) => this.tellAlert('lost', is ? '' : say('画面の表示が止まりました。少し待っても戻らないときは、ページを開き直してください。', 'The picture was lost. If it does not come back soon, open the page again.'));
    }
    const original = el('p', { class: 'hm-mark', 'data-testid': 'original' }, el('strong', {}, say('表示用の形です', 'For looking only')), ' ', say('加工には、届いたままの元のデータだけを使います。', 'Machining uses the original bytes, never this.'));
    put(this.picture, this.stage?.element, this.overlay?.element, el('span', { class: 'hm-cross', 'aria-hidden': 'true' }), this.heating?.legend, this.loading);
    put(this.side, this.cutting?.element, this.heating?.element, this.marks?.element, this.list.element, this.notes?.element);
    this.root = el('div', { class: 'hm', tabindex: -1 }, el('div', { class: 'hm-head' }, original), this.bar, this.alerts, el('div', { class: 'hm-main' }, el('div', { class: 'hm-left' }, this.picture, this.live), this.side));
    this.root.addEventListener('keydown', this.typed);
    host.replaceChildren(this.root);
    this.drawBar();
    void this.begin();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.behindTimer);
    this.line.close();
    this.crew.close();
    this.hand?.close();
    this.stage?.close();
    this.root.removeEventListener('keydown', this.typed);
  }

  // What comes.

  private async begin(): Promise<void> {
    let document: Document;
    try {
      document = await this.line.document();
    } catch (error) {
      if (!this.closed) this.tellAlert('list', whyNot(error, this.say));
      return;
    }
    if (this.closed) return;
    this.entries = entriesOf(document.parts);
    this.mayNote = document.mayNote && this.host.hasAttribute('note-href');
    this.list.show(this.entries);
    this.heating?.show(this.entries);
    this.notes?.show(document.notes, this.mayNote);
    this.drawBar();
    if (this.stage) this.load();
  }

  private load(): void {
    while (this.running < AT_ONCE && !this.closed) {
      const free = this.entries.filter((it) => !this.coming.has(it.part.file));
      const step = next(this.entries, this.room);
      // What comes next for a part that something is coming for waits for that.
      const mine = step && this.coming.has(step.file) ? next(free, this.room) : step;
      if (!mine) break;
      this.running += 1;
      this.coming.set(mine.file, 0);
      void this.bring(mine).finally(() => {
        this.running -= 1;
        this.coming.delete(mine.file);
        this.tellLoading();
        if (!this.closed) this.load();
      });
    }
    this.tellLoading();
    if (this.running === 0 && this.entries.length > 0) this.settled();
  }

  private async bring({ file, level }: Step): Promise<void> {
    const entry = this.entries.find((it) => it.part.file === file);
    if (!entry || !this.stage) return;
    try {
      const bytes = await this.bytes(entry, level);
      const picture = await this.crew.ask('level', { file, bytes, triangles: level.triangles });
      if (this.closed) return;
      entry.has = level;
      entry.error_mm = Math.max(picture.error_mm, level.error_mm);
      entry.hasColours = picture.colours !== undefined;
      entry.trouble = '';
      this.stage.show(picture, lookOf(entry));
      this.heating?.stale(entry);
      if (!this.framed) this.stage.whole();
      if (this.entries.every((it) => it.has || !it.visible)) {
        this.framed = true;
        this.lookFirst();
      }
      if (this.cutting?.cut) this.cutChanged(this.cutting.cut);
    } catch (error) {
      if (this.closed) return;
      entry.unfit.add(level);
      const words = error instanceof Unanswered && error.status === 401 ? whyNot(error, this.say) : faultWords(error instanceof Unfit ? error.fault : 'unreached', this.say);
      entry.trouble = this.say(`第${level.level}段階：${words}`, `Level ${level.level}: ${words}`);
      this.tellAlert(`level-${file}-${level.level}`, `${partWords(entry.part, this.say)} — ${entry.trouble}`);
    }
    this.list.tell(entry);
  }

  private async bytes(entry: Entry, level: Step['level']): Promise<Uint8Array> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.line.level(level, (bytes) => {
          this.coming.set(entry.part.file, bytes / level.bytes);
          this.tellLoading();
        });
      } catch (error) {
        // A no stays a no; a line that broke may be whole again.
        if (this.closed || error instanceof Unfit || (error instanceof Unanswered && error.status < 500) || tries >= TRIES) throw error;
        await new Promise((done) => setTimeout(done, AGAIN_MS));
      }
    }
  }

  private tellLoading(): void {
    const parts = [...this.coming.values()];
    this.loading.hidden = parts.length === 0;
    const share = parts.reduce((sum, it) => sum + it, 0) / Math.max(1, parts.length);
    this.loading.textContent = this.say(`細かい形を読み込み中… ${Math.round(share * 100)}%`, `Loading finer levels… ${Math.round(share * 100)} %`);
  }

  /** Everything that is shown is there: trees are built before somebody waits for one. */
  private settled(): void {
    this.host.dataset['whole'] = 'true';
    this.lookFirst();
    for (const it of this.idle.splice(0)) it();
    for (const it of this.entries) {
      if (it.has && it.visible) void this.crew.ask('prepare', { file: it.part.file }).catch(() => undefined);
      if (kept(it, this.entries, this.room)) {
        it.trouble = this.say('この端末で扱える量を超えるため、より細かい形は読みません。', 'Finer levels are more than this device can hold.');
        this.list.tell(it);
      }
    }
  }

  // What is asked for.

  private changed(entry: Entry): void {
    this.stage?.look(entry.part.file, lookOf(entry));
    this.list.tell(entry);
    if (this.cutting?.cut) this.cutChanged(this.cutting.cut);
    this.load();
  }

  private only(entry: Entry): void {
    const isAlone = this.entries.every((it) => it.visible === (it === entry));
    // Pressed a second time, it brings back what there was.
    const shown = isAlone ? (this.before ?? new Set(this.entries)) : new Set([entry]);
    this.before = isAlone ? undefined : new Set(this.entries.filter((it) => it.visible));
    for (const it of this.entries) {
      it.visible = shown.has(it);
      this.changed(it);
    }
  }

  private shown(): string[] {
    return this.entries.filter((it) => it.visible && it.has).map((it) => it.part.file);
  }

  private choose(tool: Tool): void {
    this.tool = this.tool === tool && tool !== 'look' ? 'look' : tool;
    this.marks?.drop();
    this.picture.dataset['tool'] = this.tool;
    this.drawBar();
    const { say } = this;
    const hints: Record<Tool, string> = {
      look: '',
      distance: say('測る2点を順に押してください。', 'Choose two points.'),
      thickness: say('厚さを測る点を押してください。', 'Choose a point to measure the thickness there.'),
      note: say('メモを付ける場所を押してください。', 'Choose the place for the note.'),
      probe: say('差を読む点を押してください。', 'Choose a point to read its deviation.'),
    };
    this.tell(hints[this.tool]);
  }

  private async point(x: number, y: number): Promise<void> {
    if (!this.stage || this.tool === 'look') return;
    const { tool, say } = this;
    const probed = tool === 'probe' ? this.heating?.of : undefined;
    const files = probed ? [probed.part.file] : this.shown();
    const place = await this.crew.ask('pick', { files, ...this.stage.ray(x, y), cut: this.cutting?.cut, snap_mm: SNAP_PX * this.stage.pixel_mm });
    if (this.closed) return;
    if (!place) return this.tell(say('そこには面がありません。', 'There is no surface there.'));
    await this.pointed(tool, place);
  }

  private async pointed(tool: Tool, place: Place): Promise<void> {
    const { say } = this;
    const error_mm = this.entries.find((it) => it.part.file === place.file)?.error_mm ?? 0;
    if (tool === 'distance') this.marks?.end(place.at, error_mm);
    if (tool === 'note') this.notes?.ask(place.file, place.at);
    if (tool === 'thickness') this.marks?.thickness(place.at, await this.crew.ask('thickness', place), error_mm);
    const { of, to } = this.heating ?? {};
    if (tool === 'probe' && of && to) {
      const found = await this.crew.ask('probe', { at: place.at, to: to.part.file });
      if (found === undefined) this.tell(say('比べる面が近くにありません。', 'There is no counterpart nearby.'));
      else this.marks?.deviation(place.at, signedMm(found), of.error_mm + to.error_mm);
    }
  }

  private cutChanged(cut: Cut | undefined): void {
    this.stage?.cut(cut);
    this.drawBar();
    this.cutNext = cut;
    if (cut && !this.cutBusy) void this.sections();
  }

  /** The lines of the newest plane; those in between are left out. */
  private async sections(): Promise<void> {
    this.cutBusy = true;
    while (this.cutNext && !this.closed) {
      const cut = this.cutNext;
      this.cutNext = undefined;
      const found = await this.crew.ask('section', { files: this.shown(), cut }).catch(() => []);
      if (!this.cutting?.cut || this.closed) break;
      for (const { file, pieces } of found) this.stage?.section(file, pieces);
    }
    this.cutBusy = false;
  }

  private async compare(of: Entry, to: Entry, told: (part: number) => void): Promise<Heat | undefined> {
    // Compared is the finest that there is, also of what is hidden.
    of.visible = true;
    for (const it of [of, to]) it.wanted = true;
    this.changed(of);
    if (this.running > 0) await new Promise<void>((done) => this.idle.push(done));
    const found = await this.crew.ask('compare', { of: of.part.file, to: to.part.file }, told);
    return found === 'ended' ? undefined : found;
  }

  private paintHeat(of: Entry, heat: Heat | undefined, scale_mm: number): void {
    this.stage?.heat(of.part.file, heat && paint(heat.distances, scale_mm));
    if (!heat && this.tool === 'probe') this.tool = 'look';
    this.drawBar();
  }

  private async sendNote(key: string, file: string, at: Place['at'], text: string): Promise<boolean | Refused> {
    const before = new Set(this.notes?.all.map((it) => it.id));
    const refused = await this.line.note(key, { file, at, along: this.stage?.direction ?? [0, 0, 0], text });
    if (refused) return refused;
    const { notes } = await this.line.document();
    this.notes?.show(notes, this.mayNote);
    return notes.some((it) => !before.has(it.id) && it.file === file);
  }

  /** Shows the place of a note as its writer saw it, also where that part was hidden. */
  private goTo(note: Note): void {
    const entry = this.entries.find((it) => it.part.file === note.file);
    if (entry && !entry.visible) {
      entry.visible = true;
      this.changed(entry);
    }
    if (note.along) this.stage?.along(note.along);
    this.stage?.go(note.at);
  }

  /** Looks at the note that the page is about, once: when there is something to see, or nothing more to come. */
  private lookFirst(): void {
    if (this.first !== '') this.notes?.open(this.first);
    this.first = '';
  }

  private behindSoon(): void {
    clearTimeout(this.behindTimer);
    if (!this.notes || this.notes.all.length === 0) return;
    this.behindTimer = setTimeout(() => void this.behind(), BEHIND_MS);
  }

  private async behind(): Promise<void> {
    const { stage, notes } = this;
    if (!stage || !notes || this.closed) return;
    this.behindRound += 1;
    const [mine, files, direction] = [this.behindRound, this.shown(), stage.direction];
    const hidden = new Set<string>();
    for (const note of notes.all) {
      const far = 500;
      const origin = [note.at[0] - direction[0] * far, note.at[1] - direction[1] * far, note.at[2] - direction[2] * far] as const;
      const place = await this.crew.ask('pick', { files, origin, direction, cut: this.cutting?.cut, snap_mm: 0 }).catch(() => undefined);
      if (mine !== this.behindRound || this.closed) return;
      const ahead_mm = place ? (note.at[0] - place.at[0]) * direction[0] + (note.at[1] - place.at[1]) * direction[1] + (note.at[2] - place.at[2]) * direction[2] : 0;
      if (ahead_mm > BEHIND_MM || !files.includes(note.file)) hidden.add(note.id);
    }
    notes.behind((it) => hidden.has(it.id));
  }

  // What is told and shown around it.

  private tell(words: string): void {
    this.live.textContent = words;
  }

  private tellAlert(key: string, words: string): void {
    const before = this.alerts.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (words === '') before?.remove();
    else if (before) before.textContent = words;
    else this.alerts.append(el('p', { class: 'hm-alert', 'data-key': key }, words));
  }

  private drawBar(): void {
    const { say } = this;
    this.bar.setAttribute('aria-label', say('立体の操作', 'Tools'));
    const focused = this.bar.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset['testid'] : undefined;
    const tool = (id: Tool, word: string, key: string) => button(`tool-${id}`, word, () => this.choose(id), { pressed: this.tool === id, key });
    const views = el('select', { 'data-testid': 'view', 'aria-label': say('見る向き', 'View') }, el('option', { value: '' }, say('向き…', 'View…')), ...Object.entries(VIEWS).map(([key, it]) => el('option', { value: key }, say(it.ja, it.en))));
    views.addEventListener('change', () => {
      if (views.value !== '') this.stage?.view(views.value as View);
      views.value = '';
    });
    const group = (label: string, ...inside: (Node | undefined)[]) => el('div', { class: 'hm-group', role: 'group', 'aria-label': label }, ...inside);
    put(
      this.bar,
      group(say('道具', 'Tools'), tool('look', say('回す', 'Turn'), 'g'), tool('distance', say('距離', 'Distance'), 'd'), tool('thickness', say('厚さ', 'Thickness'), 't'), this.heating?.heat ? tool('probe', say('差を読む', 'Read deviation'), 'r') : undefined, this.mayNote ? tool('note', say('メモ', 'Note'), 'n') : undefined),
      group(say('見かた', 'Look'), button('cut', say('断面', 'Cut'), () => this.cutting?.toggle(), { pressed: this.cutting?.on ?? false, key: 'c' }), this.heating?.possible ? button('heat', say('差の色分け', 'Deviation'), () => this.toggleHeat(), { pressed: !this.heating.element.hidden, key: 'h' }) : undefined),
      group(say('向き', 'View'), views, button('whole', say('全体', 'Whole'), () => this.stage?.whole(), { key: '0' }), button('larger', '＋', () => this.stage?.zoom(1.25), { key: '+', label: say('拡大', 'Larger') }), button('smaller', '－', () => this.stage?.zoom(0.8), { key: '-', label: say('縮小', 'Smaller') }), button('help', say('? 操作', '? Keys'), () => this.help(), { key: '?' })),
    );
    if (focused) this.bar.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus();
  }

  private toggleHeat(): void {
    this.heating?.toggle();
    this.drawBar();
  }

  private help(): void {
    const dialog = helpDialog(this.keys, this.say);
    this.root.append(dialog);
    dialog.addEventListener('close', () => dialog.remove());
    dialog.showModal();
  }

  private readonly typed = (event: KeyboardEvent): void => {
    pressed(this.keys, event);
  };

  private keyMap(): Key[] {
    const { say } = this;
    const turn = (x: number, y: number) => (event: KeyboardEvent) => (event.shiftKey ? this.stage?.shift(x * 3, y * 3) : this.stage?.turn(x * 3, y * 3));
    const view = (key: string, to: View) => ({ keys: [key], words: say(`${VIEWS[to].ja}から見る`, `View: ${VIEWS[to].en}`), act: () => this.stage?.view(to) });
    return [
      { keys: ['ArrowLeft'], words: say('左へ回す(Shiftで移動)', 'Turn left (Shift: move)'), act: turn(-8, 0) },
      { keys: ['ArrowRight'], words: say('右へ回す(Shiftで移動)', 'Turn right (Shift: move)'), act: turn(8, 0) },
      { keys: ['ArrowUp'], words: say('上へ回す(Shiftで移動)', 'Turn up (Shift: move)'), act: turn(0, -8) },
      { keys: ['ArrowDown'], words: say('下へ回す(Shiftで移動)', 'Turn down (Shift: move)'), act: turn(0, 8) },
      { keys: ['[', 'q'], words: say('左へ傾ける', 'Roll left'), act: () => this.stage?.roll(-0.1) },
      { keys: [']', 'e'], words: say('右へ傾ける', 'Roll right'), act: () => this.stage?.roll(0.1) },
      { keys: ['+', ';', '='], words: say('拡大', 'Larger'), act: () => this.stage?.zoom(1.15) },
      { keys: ['-'], words: say('縮小', 'Smaller'), act: () => this.stage?.zoom(1 / 1.15) },
      { keys: ['0'], words: say('全体を見る', 'See the whole'), act: () => this.stage?.whole() },
      view('1', 'front'), view('2', 'right'), view('3', 'left'), view('4', 'above'), view('5', 'below'),
      { keys: ['Enter'], words: say('中央の点を選ぶ', 'Choose the point in the middle'), act: () => this.pointMiddle() },
      { keys: ['g'], words: say('回す', 'Turn'), act: () => this.choose('look') },
      { keys: ['d'], words: say('距離', 'Distance'), act: () => this.choose('distance') },
      { keys: ['t'], words: say('厚さ', 'Thickness'), act: () => this.choose('thickness') },
      { keys: ['n'], words: say('メモ', 'Note'), act: () => this.mayNote && this.choose('note') },
      { keys: ['r'], words: say('差を読む', 'Read a deviation'), act: () => this.heating?.heat && this.choose('probe') },
      { keys: ['c'], words: say('断面', 'Cut'), act: () => this.cutting?.toggle() },
      { keys: [',', '.'], words: say('断面を動かす', 'Move the cut'), act: (event) => this.cutting?.nudge(event.key === ',' ? -1 : 1) },
      { keys: ['h'], words: say('差の色分け', 'Deviation map'), act: () => this.heating?.possible && this.toggleHeat() },
      { keys: ['Escape'], words: say('やめる', 'Stop what was begun'), act: () => this.marks?.drop() || this.choose('look') },
      { keys: ['?'], words: say('この一覧', 'This list'), act: () => this.help() },
    ];
  }

  private pointMiddle(): void {
    const box = this.picture.getBoundingClientRect();
    void this.point(box.left + box.width / 2, box.top + box.height / 2);
  }
}

function button(id: string, word: string, act: () => void, more: { pressed?: boolean; key?: string; label?: string } = {}): HTMLElement {
  const name = more.label ?? word;
  return el('button', { type: 'button', class: 'hm-button', 'data-testid': id, title: more.key ? `${name} (${more.key.toUpperCase()})` : name, onclick: act, ...(more.label && { 'aria-label': more.label }), ...(more.pressed !== undefined && { 'aria-pressed': String(more.pressed) }) }, word);
}
