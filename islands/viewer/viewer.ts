// The viewer put together: studies, panes, the three ways to see them, keys. What each part does stands in its own file.
import { cache, getShouldUseCPURendering, RenderingEngine, type Types } from '@cornerstonejs/core';

import { el, put } from '../lib/dom';
import { langOf, type Say, sayIn } from '../lib/words';
import { Alerts } from './alerts';
import { askWords } from './dialogs';
import { DicomWeb } from './dicomweb';
import { Refused } from './digests';
import type { Frame } from './frame';
import { start } from './engine';
import { forget, imageId } from './images';
import { Keeper } from './keeper';
import { helpDialog, type Key, pressed } from './keys';
import { Linked } from './linked';
import { SeriesList } from './list';
import { Marks } from './marks';
import { crosshairs, Mpr, type Slab } from './mpr';
import { nameLines } from './names';
import { day, sexWord } from './overlay';
import { Pane } from './pane';
import { Panorama } from './panorama';
import { Prefetch, whole } from './prefetch';
import { bodyOf, type Series } from './series';
import { Shared } from './shared';
import { Study } from './study';
import { type Layout, type Mode, Toolbar } from './toolbar';
import { CHOICES, Hands, SCROLL } from './tools';
import { type Numbers, volumeOf } from './volume';
import { type Preset, presetsFor, type Window, windowOf } from './windows';
import { bodyFault, faultWords, whyNot } from './words';

const CINE_FRAMES_S = 12;
/** Pictures come in faster than a person can read a counter. */
const TELL_MS = 120;
let viewers = 0;

export class Viewer {
  private readonly say: Say;
  private readonly web: DicomWeb;
  private readonly name = `haruka${(viewers += 1)}`;
  private engine: RenderingEngine | undefined;
  private hands: Hands | undefined;
  private crossHands: Hands | undefined;
  private readonly marks: Marks;
  private readonly keeper: Keeper;
  private readonly prefetch = new Prefetch();
  private readonly list: SeriesList;
  private readonly bar: Toolbar;
  private readonly stage = el('div', { class: 'hv-stage', 'data-layout': '1x1' });
  private readonly alerts: Alerts;
  private readonly who = el('p', { class: 'hv-who', 'data-testid': 'who' });
  private readonly progress = el('div', { class: 'hv-progress', role: 'status', hidden: true });
  private readonly root: HTMLElement;
  private readonly keys: readonly Key[];
  private readonly study: Study;
  readonly shared: Shared;
  private priors: Study[] = [];
  private panes: Pane[] = [];
  private front: Pane | undefined;
  private mode: Mode = 'pictures';
  private layout: Layout = '1x1';
  private tool = 'WindowLevel';
  private readonly linked = new Linked(() => this.panes, () => this.front);
  private mpr: Mpr | undefined;
  private panorama: Panorama | undefined;
  private window_: Window | undefined;
  private inverted = false;
  private round = 0;
  private timer = 0;
  private closed = false;
  private readonly observer = new ResizeObserver(() => this.resized());

  constructor(private readonly host: HTMLElement) {
    this.say = sayIn(langOf(host));
    this.alerts = new Alerts(this.say);
    this.web = new DicomWeb(host.getAttribute('root') ?? '/dicom-web');
    this.study = this.studyOf(host.getAttribute('study') ?? '', host.getAttribute('digests') ?? '');
    this.marks = new Marks(() => this.give(), (frame) => this.drew(frame), (reference) => this.keeper.whose(reference));
    this.keeper = new Keeper(this.say, this.marks, host.getAttribute('csrf') ?? undefined, () => this.engine, () => this.tellSoon());
    this.list = new SeriesList(this.say, (study, series) => void this.open(study, series));
    this.bar = new Toolbar(this.say, {
      mode: (it) => void this.setMode(it),
      layout: (it) => this.setLayout(it),
      tool: (it) => this.choose(it),
      preset: (it) => this.preset(it),
      invert: () => this.invert(),
      turn: () => this.front?.turn(),
      mirror: () => this.front?.mirror(),
      overturn: () => this.front?.overturn(),
      reset: () => this.reset(),
      cine: () => this.cine(),
      link: () => this.link(),
      compare: () => this.compare(),
      key: () => this.toggleKey(),
      remove: () => this.remove(),
      showMarks: () => this.showMarks(),
      keepMarks: () => this.keepMarks(),
      slab: (thickness_mm, how) => this.mpr?.setSlab(thickness_mm, how as Slab),
      help: () => this.help(),
    });
    this.keys = this.keyMap();
    this.root = el('div', { class: 'hv', tabindex: -1 }, el('div', { class: 'hv-head' }, this.who, this.keeper.element), this.bar.element, this.alerts.element, el('div', { class: 'hv-main' }, this.list.element, this.stage), this.progress);
    this.root.addEventListener('keydown', (event) => pressed(this.keys, event));
    host.replaceChildren(this.root);
    this.shared = new Shared({
      element: host,
      stage: this.stage,
      panes: () => this.panes,
      front: () => this.front,
      studies: () => [this.study, ...this.priors],
      isPictures: () => this.mode === 'pictures',
      open: (study, series, pane, at) => this.open(study, series, pane, at),
    });
    window.addEventListener('resize', this.windowChanged);
    this.resized();
    void this.begin();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.prefetch.stop();
    this.web.close();
    // What is drawn is read once more before it is gone.
    this.keeper.changed();
    this.keeper.close();
    this.leaveMode();
    this.observer.disconnect();
    this.shared.close();
    window.removeEventListener('resize', this.windowChanged);
    for (const it of this.panes) it.close();
    this.marks.close();
    this.hands?.close();
    this.crossHands?.close();
    this.engine?.destroy();
    forget();
  }

  /** What the reader has left on the pictures, as plain data. */
  get given(): unknown {
    return this.keeper.given();
  }

  private studyOf(uid: string, digests: string): Study {
    return new Study(this.web, uid, digests, () => this.tellSoon());
  }

  private async begin(): Promise<void> {
    const { say } = this;
    if (!globalThis.crypto?.subtle) return this.stop(say('この接続では画像の検査(改ざんの確認)ができないため、画像を表示しません。https:// で開いてください。', 'Images cannot be verified over this connection, so none is shown. Open the page by https://.'));
    try {
      start();
      this.engine = new RenderingEngine(this.name);
      this.hands = new Hands(`${this.name}-hands`, (done) => askWords(this.root, say, done));
      this.setLayout('1x1');
      this.observer.observe(this.stage);
    } catch (error) {
      console.error(error);
      return this.stop(say('このブラウザーでは画像を表示できません。新しい版のブラウザーでお試しください。', 'This browser cannot show images. Please try a newer one.'));
    }
    try {
      await this.study.load();
    } catch (error) {
      if (this.closed) return;
      return this.stop(whyNot(error, say));
    }
    this.keeper.open(this.study, this.host.getAttribute('marks') ?? undefined);
    this.list.add(this.study, say('この検査', 'This study'));
    this.tell();
    const first = this.study.series.find((it) => it.frames.length > 0);
    if (first) await this.open(this.study, first, this.front, Math.floor(first.frames.length / 2));
    await this.loadPriors();
    await this.list.thumbnails(this.study);
    for (const it of this.priors) await this.list.thumbnails(it);
  }

  private async loadPriors(): Promise<void> {
    const given = JSON.parse(this.host.getAttribute('priors') || '[]') as { study: string; digests: string; marks?: string; label: string }[];
    for (const it of given) {
      const study = this.studyOf(it.study, it.digests);
      try {
        await study.load();
        this.priors.push(study);
        this.keeper.open(study, it.marks);
        this.list.add(study, this.say('前回', 'Earlier'));
      } catch {
        this.list.element.append(el('p', {}, this.say(`前回の検査(${it.label})を読み込めませんでした。`, `The earlier study (${it.label}) could not be loaded.`)));
      }
    }
    this.tell();
  }

  /** Nothing is shown, and why. */
  private stop(words: string): void {
    this.alerts.stop(words);
    this.root.classList.add('hv-stopped');
  }

  // Panes.

  private setLayout(layout: Layout): void {
    if (!this.engine || !this.hands) return;
    this.layout = layout;
    this.stage.dataset['layout'] = layout;
    const count = { '1x1': 1, '1x2': 2, '2x2': 4 }[layout];
    while (this.panes.length > count) {
      const pane = this.panes.pop();
      if (!pane) break;
      this.hands.remove(pane.id, this.engine.id);
      if (this.front === pane) this.front = this.panes[0];
      pane.close();
    }
    while (this.panes.length < count) {
      const pane = new Pane(`${this.name}-pane${this.panes.length}`, this.engine as unknown as Types.IRenderingEngine, this.say, {
        chosen: (it) => this.choosePane(it),
        moved: (it, byHand) => this.moved(it, byHand),
        isKey: (frame) => this.marks.isKey(frame),
        marked: (frame) => ({ foreign: this.marks.foreignOn(frame), hidden: this.marks.hidden }),
        scrolls: () => this.tool === SCROLL,
      });
      this.stage.append(pane.element);
      pane.enable();
      this.hands.add(pane.id, this.engine.id);
      this.panes.push(pane);
    }
    this.front ??= this.panes[0];
    this.resized();
    for (const it of this.panes) it.fit();
    this.tell();
  }

  private choosePane(pane: Pane): void {
    if (this.front === pane) return;
    this.front = pane;
    this.tell();
  }

  /** Opens a series in the middle, as the person here wants it; or where somebody else is, at `at`. */
  private async open(study: Study, series: Series, pane = this.front, at?: number): Promise<void> {
    if (this.mode !== 'pictures') await this.setMode('pictures');
    if (!pane) return;
    await pane.show(study, series, at, at === undefined);
    this.host.dispatchEvent(new CustomEvent('haruka-shown', { bubbles: true, detail: { study: study.uid, series: series.uid } }));
    this.fetchAhead();
    this.tell();
  }

  private fetchAhead(): void {
    const open = this.panes.flatMap((it) => (it.study && it.series ? [{ study: it.study, series: it.series, from: Math.max(0, it.at) }] : []));
    this.prefetch.begin(open, () => this.tellSoon());
  }

  private moved(pane: Pane, byHand: boolean): void {
    this.tellSoon();
    this.shared.arrived(pane, byHand);
    this.linked.moved(pane);
  }

  private link(): void {
    this.linked.toggle();
    this.tell();
  }

  /** The same kind of picture, now and then, side by side and linked. */
  private compare(): void {
    const series = this.front?.series ?? this.study.series[0];
    const prior = this.priors.find((it) => it.series.some((one) => one.frames.length > 0));
    const earlier = prior?.series.find((it) => it.modality === series?.modality && it.frames.length > 0) ?? prior?.series.find((it) => it.frames.length > 0);
    if (!prior || !earlier || !series) return;
    const study = this.front?.study ?? this.study;
    void (async () => {
      await this.setMode('pictures');
      this.setLayout('1x2');
      const [left, right] = this.panes;
      this.front = left;
      await Promise.all([left?.series === series ? undefined : left?.show(study, series), right?.show(prior, earlier)]);
      const half_mm = Math.max(left?.half_mm ?? 0, right?.half_mm ?? 0);
      for (const it of this.panes) it.half_mm = half_mm;
      this.fetchAhead();
      if (this.linked.on) this.link();
      this.link();
    })();
  }

  // The three ways to see.

  private async setMode(mode: Mode): Promise<void> {
    if (mode === this.mode) return;
    this.round += 1;
    const mine = this.round;
    const pane = this.front;
    const reason = mode === 'pictures' ? '' : this.noBody();
    if (reason !== '') return this.tellOnce(reason);
    pane?.stop();
    this.leaveMode();
    this.mode = 'pictures';
    if (mode !== 'pictures' && pane?.study && pane.series && pane.frame) {
      const done = await this.bring(pane.study, pane.series, mine);
      if (!done || mine !== this.round) return this.tell();
      this.mode = mode;
      this.tool = mode === 'mpr' ? 'Crosshairs' : 'WindowLevel';
      for (const it of this.panes) it.element.hidden = true;
      this.window_ = presetsFor(pane.frame, undefined)[0]!.window;
      this.inverted = false;
      if (mode === 'mpr') await this.openMpr(pane.study, pane.series, this.window_);
      else this.openPanorama(pane.study, pane.series, this.window_);
    } else {
      this.choose('WindowLevel');
    }
    this.resized();
    this.tell();
  }

  private leaveMode(): void {
    this.mpr?.close();
    this.panorama?.close();
    this.mpr = undefined;
    this.panorama = undefined;
    this.stage.classList.remove('hv-whole');
    for (const it of this.panes) it.element.hidden = false;
  }

  /** Every slice must be there, and right: a reconstruction shows none of them by itself. */
  private async bring(study: Study, series: Series, mine: number): Promise<boolean> {
    const { say } = this;
    this.prefetch.stop();
    const count = series.frames.length;
    const told = (done: number) => {
      this.progress.hidden = false;
      put(this.progress, el('p', {}, say(`再構成のため、すべてのスライスを読み込み、検査しています… ${done} / ${count}`, `Loading and checking every slice… ${done} / ${count}`)), el('progress', { max: count, value: done }));
    };
    told(0);
    try {
      await whole(study, series, told, () => this.closed || mine !== this.round);
      return true;
    } catch (error) {
      const words = error instanceof Refused ? faultWords(error.fault, say) : faultWords('undecoded', say);
      this.tellOnce(say(`正しくない画像があるため、再構成できません。${words}`, `One image is wrong, so nothing can be reconstructed. ${words}`));
      this.fetchAhead();
      return false;
    } finally {
      this.progress.hidden = true;
    }
  }

  private async openMpr(study: Study, series: Series, window: Window): Promise<void> {
    if (!this.engine) return;
    this.crossHands ??= new Hands(`${this.name}-cross`, (done) => askWords(this.root, this.say, done), crosshairs(`${this.name}-mpr`));
    this.mpr = new Mpr(this.engine as unknown as Types.IRenderingEngine, `${this.name}-mpr`, this.crossHands, this.say, study, series);
    this.stage.classList.add('hv-whole');
    this.stage.append(this.mpr.element);
    await this.mpr.open(window);
  }

  private openPanorama(study: Study, series: Series, window: Window): void {
    const body = bodyOf(series.frames);
    const pixels = series.frames.map((it) => cache.getImage(imageId(study, it))?.getPixelData() as Numbers);
    const volume = body.kind === 'body' ? volumeOf(series.frames, pixels, body.step_mm) : undefined;
    if (!volume) {
      this.mode = 'pictures';
      for (const it of this.panes) it.element.hidden = false;
      return this.tellOnce(this.say('軸位(水平断)のシリーズでないため、パノラマを作れません。', 'A panorama needs an axial series.'));
    }
    const panorama = new Panorama(series, volume, window, this.say, {
      window: (it) => (this.window_ = it),
      drawn: () => {
        this.keeper.drewArch(study.uid, series.uid, series.frames[0]?.frameOfReference ?? '', panorama.left);
        this.give();
      },
    }, this.keeper.arch(series.uid), study.lossyIn(series));
    this.panorama = panorama;
    this.stage.classList.add('hv-whole');
    this.stage.append(this.panorama.element);
    this.panorama.open();
  }

  /** Why the series in front cannot be cut anew; empty when it can. */
  private noBody(): string {
    const { say } = this;
    const series = this.front?.series;
    if (!series || !this.front?.frame) return say('先にシリーズを開いてください。', 'Open a series first.');
    return bodyFault(bodyOf(series.frames), say) || (getShouldUseCPURendering() ? say('この端末ではMPRを表示できません(WebGLが使えません)。', 'MPR needs WebGL, which this computer lacks.') : '');
  }

  // What is done to the picture in front.

  private choose(tool: string): void {
    this.tool = tool;
    if (this.mode === 'mpr') this.crossHands?.choose(tool);
    else if (this.mode === 'panorama') this.panorama?.choose(tool);
    else this.hands?.choose(tool);
    this.tell();
  }

  private presets(): readonly Preset[] {
    const frame = this.front?.frame;
    if (!frame) return [];
    return this.mode === 'pictures' ? (this.front?.presets() ?? []) : presetsFor(frame, undefined);
  }

  private preset(key: string): void {
    const found = this.presets().find((it) => it.key === key);
    if (found) this.setWindow(found.window);
  }

  private setWindow(window: Window): void {
    this.window_ = window;
    if (this.mode === 'mpr') this.mpr?.setWindow(window);
    else if (this.mode === 'panorama') this.panorama?.setWindow(window, this.inverted);
    else this.front?.setWindow(window);
  }

  private invert(): void {
    this.inverted = !this.inverted;
    if (this.mode === 'mpr') this.mpr?.invert();
    else if (this.mode === 'panorama' && this.window_) this.panorama?.setWindow(this.window_, this.inverted);
    else this.front?.invert();
  }

  private reset(): void {
    if (this.mode === 'mpr') this.mpr?.reset();
    else if (this.mode === 'panorama') this.panorama?.reset();
    else this.front?.reset();
  }

  private cine(): void {
    if (this.mode !== 'pictures') return;
    this.front?.play(CINE_FRAMES_S);
    this.tell();
  }

  private toggleKey(): void {
    const frame = this.front?.frame;
    if (!frame || this.mode !== 'pictures') return;
    this.marks.toggleKey(frame);
    this.front?.refresh();
    this.tell();
  }

  private remove(): void {
    if (this.mode === 'panorama') this.panorama?.takeAway();
    else this.marks.takeAway();
    for (const id of [...this.panes.map((it) => it.id)]) this.engine?.getViewport(id)?.render();
    if (this.mode === 'mpr') this.engine?.render();
  }

  private showMarks(): void {
    this.marks.hide(!this.marks.hidden);
    this.engine?.render();
    this.tell();
  }

  private keepMarks(): void {
    if (!this.keeper.keep()) this.tellOnce(this.say('残す計測やキー画像がまだありません。', 'There are no marks or key images to keep yet.'));
  }

  /** A picture was marked: how it was seen then goes with it. */
  private drew(frame: Frame): void {
    const pane = this.panes.find((it) => it.frame?.sop === frame.sop && it.frame.frame === frame.frame);
    const voi = this.mode === 'pictures' && frame.samples === 1 ? pane?.viewport.getProperties().voiRange : undefined;
    if (voi) this.keeper.saw(frame, windowOf(voi.lower, voi.upper));
  }

  private scroll(by: number): void {
    if (this.mode === 'panorama') this.panorama?.step(by);
    else if (this.mode === 'pictures') this.front?.scroll(by);
  }

  private help(): void {
    const dialog = helpDialog(this.keys, this.say);
    dialog.addEventListener('close', () => dialog.remove());
    this.root.append(dialog);
    dialog.showModal();
  }

  private keyMap(): readonly Key[] {
    const { say } = this;
    const key = (keys: readonly string[], words: string, act: (event: KeyboardEvent) => void): Key => ({ keys, words, act });
    // What turns a picture, or scrolls it, has a meaning only where single pictures are shown.
    const one = (act: (pane: Pane) => void) => () => this.mode === 'pictures' && this.front && act(this.front);
    const tools = CHOICES.map((it) => key([it.key], say('道具: ', 'Tool: ') + say(it.ja, it.en), () => this.choose(it.name)));
    return [
      key(['ArrowUp', 'ArrowLeft'], say('前のスライス(パノラマでは断面を動かす)', 'Slice before (panorama: move the sections)'), () => this.scroll(-1)),
      key(['ArrowDown', 'ArrowRight'], say('次のスライス', 'Slice after'), () => this.scroll(1)),
      key(['PageUp'], say('10枚前', 'Ten before'), () => this.scroll(-10)),
      key(['PageDown'], say('10枚後', 'Ten after'), () => this.scroll(10)),
      key(['Home'], say('最初のスライス', 'First slice'), () => this.scroll(-1e6)),
      key(['End'], say('最後のスライス', 'Last slice'), () => this.scroll(1e6)),
      key(['1', '2', '3', '4', '5', '6'], say('階調の型(標準・骨・歯・軟組織・上顎洞・金属)', 'Window presets (as sent, bone, teeth, soft tissue, sinus, metal)'), (event) => this.preset(event.key)),
      ...tools,
      key(['x'], say('道具: 十字線(MPR)', 'Tool: crosshairs (MPR)'), () => this.mode === 'mpr' && this.choose('Crosshairs')),
      key(['i'], say('白黒反転', 'Invert'), () => this.invert()),
      key(['+'], say('拡大', 'Enlarge'), one((pane) => pane.zoom(1.2))),
      key(['-'], say('縮小', 'Reduce'), one((pane) => pane.zoom(1 / 1.2))),
      key(['r'], say('90°回転', 'Turn by 90°'), one((pane) => pane.turn())),
      key(['h'], say('左右反転', 'Mirror'), one((pane) => pane.mirror())),
      key(['v'], say('上下反転', 'Flip'), one((pane) => pane.overturn())),
      key(['0'], say('元に戻す', 'Reset'), () => this.reset()),
      key([' '], say('動画 開始・停止', 'Cine, start and stop'), () => this.cine()),
      key(['k'], say('キー画像の印', 'Key image'), () => this.toggleKey()),
      key(['Delete', 'Backspace'], say('計測を消す(選んだもの、なければ最後のもの)', 'Remove the chosen mark, or the last one'), () => this.remove()),
      key(['o'], say('計測の表示・非表示', 'Show or hide marks'), () => this.showMarks()),
      key(['l'], say('スクロールの連動', 'Link scrolling'), () => this.link()),
      key(['b'], say('前回と比較', 'Compare with the earlier study'), () => this.compare()),
      key(['g'], say('画像', 'Images'), () => void this.setMode('pictures')),
      key(['m'], say('MPR', 'MPR'), () => void this.setMode('mpr')),
      key(['c'], say('パノラマ再構成', 'Panorama'), () => void this.setMode('panorama')),
      key(['?'], say('この一覧', 'This list'), () => this.help()),
    ];
  }

  // What is told.

  private give(): void {
    if (this.closed) return;
    this.keeper.changed();
    this.tellSoon();
    this.host.dispatchEvent(new CustomEvent('haruka-marks', { bubbles: true, detail: this.given }));
  }

  private resized(): void {
    if (this.closed) return;
    // What stands above the pictures scrolls away; the pictures themselves fill the window.
    const above = Math.min(this.host.getBoundingClientRect().top + window.scrollY, window.innerHeight / 4);
    this.root.style.height = `${window.innerHeight - above}px`;
    if (!this.engine) return;
    this.engine.resize(true, true);
    for (const it of this.panes) it.resized();
  }

  private readonly windowChanged = () => this.resized();

  private tellSoon(): void {
    if (this.timer) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      if (!this.closed) this.tell();
    }, TELL_MS);
  }

  private tellOnce(words: string): void {
    put(this.progress, el('p', {}, words), el('button', { type: 'button', class: 'hv-button', onclick: () => (this.progress.hidden = true) }, this.say('閉じる', 'Close')));
    // Hidden by what called; shown after it.
    setTimeout(() => (this.progress.hidden = this.closed));
    this.tell();
  }

  /** Brings everything that is written on the page up to date. */
  private tell(): void {
    const { say, front } = this;
    const about = this.study.about;
    if (this.study.mixed) put(this.who, el('strong', { class: 'hv-badge hv-badge-stop', 'data-testid': 'mixed' }, say('この検査には、別の患者の情報を持つ画像が混ざっています。画像ごとの氏名を確かめ、管理者に知らせてください。', 'Images of this study name different patients. Check the name on each one, and tell the person in charge.')));
    else if (about) put(this.who, el('strong', {}, nameLines(about.patient.name).join(' / ')), ` ID ${about.patient.id}  ${day(about.patient.birth, say)}  ${sexWord(about.patient.sex, say)}`);
    for (const it of this.panes) {
      it.element.classList.toggle('hv-front', it === front && this.panes.length > 1);
      it.refresh();
    }
    this.bar.show({
      mode: this.mode,
      layout: this.layout,
      tool: this.tool,
      presets: this.presets(),
      cine: this.front?.plays ?? false,
      linked: this.linked.on,
      key: front?.frame ? this.marks.isKey(front.frame) : false,
      priors: this.priors.length > 0,
      hidden: this.marks.hidden,
      keeps: this.keeper.maySave,
      body: front?.frame ? this.noBody() : '',
    });
    this.keeper.tell();
    const studies = [this.study, ...this.priors];
    this.list.mark(
      this.panes.flatMap((it) => (it.series ? [it.series.uid] : [])),
      (uid) => studies.some((study) => study.series.some((series) => series.uid === uid && series.frames.some((it) => study.refused.has(it.sop)))),
    );
    const refused = studies.flatMap((it) => [...it.refused.values()]);
    this.showRefused(refused);
  }

  private showRefused(refused: readonly Refused[]): void {
    if (this.root.classList.contains('hv-stopped') || !this.alerts.show(refused)) return;
    for (const it of refused) this.host.dispatchEvent(new CustomEvent('haruka-refused', { bubbles: true, detail: { sop: it.sop, fault: it.fault } }));
  }
}
