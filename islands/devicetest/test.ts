// The walk through the steps. Each step asks one thing, can be repeated, and can be left out.
import { el, put } from '../lib/dom';
import { devicesOf, errorName, helpFor, openMedia, platformOf, stop } from '../lib/media';
import { Tones } from '../lib/tone';
import { langOf, type Say, sayIn } from '../lib/words';
import { byWay, measure, serversIn, type Way, WAYS, wayLevel } from '../lib/relay';
import { type Mark, mark, overall, type Result, type Step, STEPS } from './result';
import { Ear, watch } from './sense';

const MOTION_MS = 5_000;
const NETWORK_MS = 5_000;
/** A voice heard for so many tenths of a second. */
const HEARD_TENTHS = 4;
const HEARD_LOUD = 0.08;
const KBIT_SHOWN = 'kbit/s';
/** Tooth shades as on a shade guide; the third differs by about one step. */
const SHADES = ['light', 'light', 'dark', 'light'] as const;

export class DeviceTest {
  private readonly t: Say;
  private readonly result: Result = {};
  private readonly body: HTMLElement;
  private readonly progress: HTMLElement;
  private readonly after: Element | null;
  private readonly tones = new Tones();
  private stream: MediaStream | undefined;
  private camera = '';
  private microphone = '';
  private ear: Ear | undefined;
  /** Counts the steps shown, so that what a step left running does not write into the next. */
  private turn = 0;
  private whole = true;

  constructor(private readonly element: HTMLElement) {
    this.t = sayIn(langOf(element));
    this.after = element.querySelector('[slot=after]');
    this.progress = el('p', { class: 'hk-progress', 'data-testid': 'test-progress', 'aria-live': 'polite' });
    this.body = el('section', { class: 'hk-step', 'data-testid': 'test-step' });
    put(element, el('div', { class: 'hk-test' }, this.progress, this.body));
    this.intro();
  }

  close(): void {
    this.turn += 1;
    this.ear?.stop();
    stop(this.stream);
    this.tones.close();
    put(this.element);
  }

  private name(step: Step): string {
    const { t } = this;
    const names: Record<Step, string> = {
      camera: t('カメラ', 'Camera'),
      motion: t('動き', 'Movement'),
      colour: t('色', 'Colour'),
      microphone: t('マイク', 'Microphone'),
      speaker: t('スピーカー', 'Speaker'),
      network: t('通信', 'Network'),
    };
    return names[step];
  }

  private word(of: Mark): string {
    const { t } = this;
    const words: Record<Mark, string> = { good: t('良好', 'Good'), fair: t('使えます（注意あり）', 'Usable, with care'), bad: t('問題あり', 'Problem'), none: t('まだ', 'Not done') };
    return words[of];
  }

  private button(word: string, act: () => void, id: string, primary = false): HTMLButtonElement {
    return el('button', { type: 'button', class: primary ? 'hk-button hk-primary' : 'hk-button', onclick: act, 'data-testid': id }, word);
  }

  /** Shows a step; what the step before left open is closed. */
  private show(step: Step | undefined, ...inside: (Node | string | null | false)[]): number {
    this.turn += 1;
    this.ear?.stop();
    this.ear = undefined;
    this.element.dataset.step = step ?? '';
    this.progress.textContent = step ? `${STEPS.indexOf(step) + 1} / ${STEPS.length}　${this.name(step)}` : '';
    put(this.body, ...inside);
    return this.turn;
  }

  private heading(text: string): HTMLElement {
    const heading = el('h2', { tabindex: '-1', 'data-testid': 'test-heading' }, text);
    // The keyboard and the reading voice follow to the new step, but not on the first screen.
    if (this.turn > 0) setTimeout(() => heading.focus());
    return heading;
  }

  private intro(): void {
    const { t } = this;
    this.show(
      undefined,
      this.heading(t('カメラ・マイク・通信の確認', 'Check of camera, microphone and network')),
      el('p', {}, t('診察の前に、お使いの機器で映像と音声が届くかを確かめます。3分ほどかかります。何度でもやり直せます。', 'Before the visit we check that picture and sound get through with your device. It takes about three minutes, and you can repeat it.')),
      el('p', {}, t('「許可しますか」と聞かれたら、「許可」を押してください。録画や録音はしません。', 'When you are asked for permission, press "Allow". Nothing is recorded.')),
      this.button(t('確認を始める', 'Start'), () => this.go('camera'), 'test-start', true),
    );
  }

  private go(step: Step): void {
    this.tones.unlock();
    const steps: Record<Step, () => void> = {
      camera: () => void this.stepCamera(),
      motion: () => void this.stepMotion(),
      colour: () => this.stepColour(),
      microphone: () => this.stepMicrophone(),
      speaker: () => this.stepSpeaker(),
      network: () => void this.stepNetwork(),
    };
    steps[step]();
  }

  /** On to the next step; to the summary after the last, or when a single step was repeated. */
  private next(after: Step): void {
    const following = STEPS[STEPS.indexOf(after) + 1];
    if (!following || !this.whole) void this.summary();
    else this.go(following);
  }

  private video(): HTMLVideoElement {
    const video = el('video', { class: 'hk-picture', autoplay: true, playsinline: true, 'aria-label': this.t('自分の映像', 'Your own picture'), 'data-testid': 'test-video' });
    video.muted = true;
    video.srcObject = this.stream ?? null;
    return video;
  }

  private async open(): Promise<void> {
    stop(this.stream);
    const wanted = { width: 640, height: 480, frames: 24, picture: true, sound: true };
    const chosen = { ...(this.camera && { camera: this.camera }), ...(this.microphone && { microphone: this.microphone }) };
    this.stream = (await openMedia({ ...wanted, ...chosen })).stream;
  }

  /** A list of devices, when there is a choice. */
  private async choice(kind: 'videoinput' | 'audioinput', again: () => void): Promise<HTMLElement | null> {
    const { t } = this;
    const devices = (await devicesOf(kind, t)).filter((it) => it.id !== '');
    if (devices.length < 2) return null;
    const track = kind === 'videoinput' ? this.stream?.getVideoTracks()[0] : this.stream?.getAudioTracks()[0];
    const used = track?.getSettings().deviceId;
    const select = el('select', {
      id: `hk-${kind}`,
      'data-testid': `change-${kind}`,
      onchange: (event: Event) => {
        const id = (event.target as HTMLSelectElement).value;
        if (kind === 'videoinput') this.camera = id;
        else this.microphone = id;
        again();
      },
    }, ...devices.map((it) => el('option', { value: it.id, selected: it.id === used }, it.name)));
    return el('p', { class: 'hk-choice' }, el('label', { for: `hk-${kind}` }, t('機器を変える', 'Change device')), select);
  }

  private async stepCamera(): Promise<void> {
    const { t } = this;
    const turn = this.show('camera', this.heading(t('カメラを開いています…', 'Opening the camera…')));
    try {
      await this.open();
    } catch (error) {
      if (turn === this.turn) this.noDevice('camera', errorName(error));
      return;
    }
    const settings = this.stream?.getVideoTracks()[0]?.getSettings();
    if (!settings) {
      this.noDevice('camera', 'NotFoundError');
      return;
    }
    const answer = (ok: boolean) => (): void => {
      this.result.camera = { ok, width: settings.width ?? 0, height: settings.height ?? 0, error: '' };
      if (ok) this.next('camera');
      else this.noDevice('camera', 'NotReadableError');
    };
    const choice = await this.choice('videoinput', () => void this.stepCamera());
    if (turn !== this.turn) return;
    this.show(
      'camera',
      this.heading(t('お顔が映っていますか', 'Can you see your face?')),
      this.video(),
      choice,
      this.answers(this.button(t('映っています', 'Yes'), answer(true), 'camera-yes', true), this.button(t('映っていません', 'No'), answer(false), 'camera-no')),
    );
  }

  /** A device does not open or does not do: help, try again, or go on without. */
  private noDevice(step: 'camera' | 'microphone', error: string): void {
    const { t } = this;
    if (step === 'camera') this.result.camera = { ok: false, width: 0, height: 0, error };
    else this.result.microphone = { ok: false, peak: 0, error };
    const help = helpFor(error, platformOf(navigator.userAgent, navigator.maxTouchPoints), t);
    this.show(
      step,
      this.heading(help.what),
      el('ol', { class: 'hk-steps' }, ...help.steps.map((it) => el('li', {}, it))),
      this.answers(
        this.button(t('もう一度ためす', 'Try again'), () => this.go(step), 'test-retry', true),
        this.button(t('このまま次へ', 'Go on without'), () => (step === 'camera' && !this.stream ? void this.skipPicture() : this.next(step)), 'test-skip'),
      ),
    );
  }

  /** Without a camera, movement and colour cannot be looked at; without both devices the rest still can. */
  private async skipPicture(): Promise<void> {
    this.result.motion = { frames_s: 0, moved: false };
    this.result.colour = { shades: false, natural: false };
    if (this.whole) this.go('microphone');
    else await this.summary();
  }

  private async stepMotion(): Promise<void> {
    const { t } = this;
    const video = this.video();
    const bar = meter(t('測っています', 'Measuring'));
    const turn = this.show('motion', this.heading(t('カメラの前で、手をゆっくり振ってください', 'Slowly wave your hand before the camera')), video, bar.element);
    await video.play().catch(() => undefined);
    const found = await watch(video, MOTION_MS, (part) => bar.set(part));
    if (turn !== this.turn) return;
    this.result.motion = found;
    const good = mark('motion', this.result) !== 'bad';
    this.show(
      'motion',
      this.heading(good ? t('動きが映りました', 'Your movement is visible') : t('動きがうまく映りませんでした', 'Your movement was not clear')),
      el('p', { 'data-testid': 'motion-frames' }, t(`1秒に${found.frames_s}枚の映像`, `${found.frames_s} frames a second`)),
      good ? null : el('p', {}, t('部屋を明るくして、もう一度ためしてください。', 'Make the room brighter and try again.')),
      this.answers(this.button(t('次へ', 'Next'), () => this.next('motion'), 'test-next', true), this.button(t('もう一度', 'Again'), () => this.go('motion'), 'test-again')),
    );
  }

  private stepColour(): void {
    const { t } = this;
    const choose = (place: number) => (): void => this.stepNatural(SHADES[place] === 'dark');
    const patches = SHADES.map((shade, place) => el('button', { type: 'button', class: `hk-shade hk-shade-${shade}`, onclick: choose(place), 'data-testid': `shade-${place}` }, el('span', {}, `${place + 1}`)));
    this.show(
      'colour',
      this.heading(t('色が違う歯はどれですか', 'Which tooth has another colour?')),
      el('p', {}, t('画面の明るさを上げて、ひとつ押してください。', 'Turn up the brightness of the screen and press one.')),
      el('div', { class: 'hk-shades', role: 'group', 'aria-label': t('歯の色見本', 'Tooth shades') }, ...patches),
      this.answers(this.button(t('わかりません', 'I cannot tell'), () => this.stepNatural(false), 'shade-none')),
    );
  }

  private stepNatural(shades: boolean): void {
    const { t } = this;
    const answer = (natural: boolean) => (): void => {
      this.result.colour = { shades, natural };
      if (natural) this.next('colour');
      else this.colourHelp();
    };
    this.show(
      'colour',
      this.heading(t('映像の色は自然ですか', 'Do the colours look natural?')),
      el('p', {}, t('白いティッシュと唇をカメラに近づけて、下の見本と比べてください。白は白く、唇は赤く見えるのが正しい状態です。', 'Hold a white tissue and your lips near the camera and compare with the samples. White should be white, and lips red.')),
      el(
        'div',
        { class: 'hk-compare' },
        this.video(),
        el(
          'ul',
          { class: 'hk-card-colours' },
          el('li', { class: 'hk-colour-white' }, t('白', 'White')),
          el('li', { class: 'hk-colour-gum' }, t('歯ぐき', 'Gum')),
          el('li', { class: 'hk-colour-red' }, t('赤', 'Red')),
          el('li', { class: 'hk-colour-tooth' }, t('歯', 'Tooth')),
        ),
      ),
      this.answers(this.button(t('自然に見えます', 'They look natural'), answer(true), 'colour-yes', true), this.button(t('おかしく見えます', 'They look wrong'), answer(false), 'colour-no')),
    );
  }

  private colourHelp(): void {
    const { t } = this;
    this.show(
      'colour',
      this.heading(t('色を整える方法', 'How to mend the colours')),
      el(
        'ul',
        { class: 'hk-steps' },
        el('li', {}, t('窓ぎわや白い明かりの下に移ってください。', 'Move to a window or under a white lamp.')),
        el('li', {}, t('「ナイトモード」「目にやさしい表示」を切ってください。', 'Turn off night mode or eye comfort.')),
        el('li', {}, t('カメラのレンズをやわらかい布でふいてください。', 'Wipe the lens with a soft cloth.')),
      ),
      this.answers(this.button(t('もう一度', 'Again'), () => this.go('colour'), 'test-again', true), this.button(t('このまま次へ', 'Go on'), () => this.next('colour'), 'test-next')),
    );
  }

  private stepMicrophone(): void {
    const { t } = this;
    if (!this.stream?.getAudioTracks()[0]) {
      void this.open().then(
        () => (this.stream?.getAudioTracks()[0] ? this.stepMicrophone() : this.noDevice('microphone', 'NotFoundError')),
        (error: unknown) => this.noDevice('microphone', errorName(error)),
      );
      return;
    }
    const bar = meter(t('声の大きさ', 'Loudness'));
    const place = el('div', {});
    const heading = this.heading(t('「こんにちは」と話してください', 'Please say "hello"'));
    const done = this.button(t('次へ', 'Next'), () => this.next('microphone'), 'test-next', true);
    done.disabled = true;
    const turn = this.show('microphone', heading, el('p', {}, t('話すと、下の帯が右に伸びます。', 'The bar grows while you speak.')), bar.element, place, this.answers(done, this.button(t('帯が動きません', 'The bar does not move'), () => this.noDevice('microphone', 'NotReadableError'), 'microphone-no')));
    let tenths = 0;
    let peak = 0;
    this.ear = new Ear(this.stream, (loud) => {
      bar.set(loud);
      peak = Math.max(peak, loud);
      if (loud >= HEARD_LOUD) tenths += 1;
      if (tenths < HEARD_TENTHS) return;
      this.result.microphone = { ok: true, peak: Math.round(peak * 100) / 100, error: '' };
      if (done.disabled) heading.textContent = t('声が聞こえました', 'We hear you');
      done.disabled = false;
    });
    const again = (): void => void this.open().then(() => this.stepMicrophone(), (error: unknown) => this.noDevice('microphone', errorName(error)));
    void this.choice('audioinput', again).then((choice) => turn === this.turn && choice && put(place, choice));
  }

  private stepSpeaker(): void {
    const { t } = this;
    const play = (): void => {
      this.tones.unlock();
      this.tones.chime();
    };
    const answer = (ok: boolean) => (): void => {
      this.result.speaker = { ok };
      if (ok) this.next('speaker');
      else this.speakerHelp();
    };
    this.show(
      'speaker',
      this.heading(t('音が聞こえますか', 'Can you hear the sound?')),
      this.button(t('音を鳴らす', 'Play the sound'), play, 'speaker-play', true),
      this.answers(this.button(t('聞こえました', 'I heard it'), answer(true), 'speaker-yes'), this.button(t('聞こえません', 'I heard nothing'), answer(false), 'speaker-no')),
    );
  }

  private speakerHelp(): void {
    const { t } = this;
    this.show(
      'speaker',
      this.heading(t('音を出す方法', 'How to hear')),
      el(
        'ul',
        { class: 'hk-steps' },
        el('li', {}, t('音量を上げ、消音（マナーモード）を切ってください。', 'Turn up the volume and switch off silent mode.')),
        el('li', {}, t('イヤホンを使うときは、差し直してください。', 'If you use earphones, plug them in again.')),
      ),
      this.answers(this.button(t('もう一度', 'Again'), () => this.go('speaker'), 'test-again', true), this.button(t('このまま次へ', 'Go on'), () => this.next('speaker'), 'test-next')),
    );
  }

  private async stepNetwork(): Promise<void> {
    const { t } = this;
    const ways = byWay(serversIn(this.element.getAttribute('ice')));
    const known = WAYS.filter((way) => ways[way].length > 0);
    if (known.length === 0) {
      this.result.network = { configured: false };
      this.show(
        'network',
        this.heading(t('中継サーバーが設定されていません', 'No relay is set up')),
        el('p', {}, t('この医院では通信の中継がまだ用意されていないため、通信は確認できません。回線によってはつながらないことがあります。心配なときは医院にお問い合わせください。', 'This clinic has no relay yet, so the network cannot be checked. On some lines a call may not connect. If in doubt, please ask the clinic.')),
        this.button(t('結果を見る', 'Show the result'), () => this.next('network'), 'test-next', true),
      );
      return;
    }
    const bar = meter(t('測っています', 'Measuring'));
    const list = el('ul', { class: 'hk-ways' });
    const turn = this.show('network', this.heading(t('通信を測っています…', 'Measuring the network…')), el('p', {}, t(`${known.length * 5}秒ほどお待ちください。`, `Please wait for about ${known.length * 5} seconds.`)), bar.element, list);
    const found: NonNullable<Result['network']> = { configured: true };
    for (const [place, way] of known.entries()) {
      const line = el('li', { 'data-testid': `way-${way}` }, t(`${way.toUpperCase()}を測っています…`, `Measuring ${way.toUpperCase()}…`));
      list.append(line);
      const it = await measure(ways[way], NETWORK_MS, (part) => bar.set((place + part) / known.length)).catch(() => ({ ok: false, kbit_s: 0, rtt_ms: null, loss: 0 }));
      if (turn !== this.turn) return;
      found[way] = it;
      line.textContent = `${way.toUpperCase()} ${this.wayWords(way, found)}`;
    }
    this.result.network = found;
    this.next('network');
  }

  private wayWords(way: Way, network: NonNullable<Result['network']>): string {
    const { t } = this;
    const it = network[way];
    if (!it) return t('なし', 'none');
    if (!it.ok) return t('つながりません', 'does not connect');
    const rtt = it.rtt_ms === null ? '' : t(`・往復${it.rtt_ms}ミリ秒`, `, round trip ${it.rtt_ms} ms`);
    return `${this.word(wayLevel(it))}（${it.kbit_s} ${KBIT_SHOWN}${rtt}）`;
  }

  private async summary(): Promise<void> {
    const { t } = this;
    this.whole = false;
    stop(this.stream);
    this.stream = undefined;
    const whole = overall(this.result);
    const sentence: Record<Mark, string> = {
      good: t('この機器で診察を受けられます', 'You can have your visit with this device'),
      fair: t('診察を受けられますが、気をつける点があります', 'You can have your visit, with some care'),
      bad: t('このままでは診察に支障があります', 'There are problems to be mended before the visit'),
      none: t('まだ終わっていない確認があります', 'Some checks are not done yet'),
    };
    const rows = STEPS.map((step) => {
      const is = mark(step, this.result);
      const repeat = el('button', { type: 'button', class: 'hk-button hk-small', onclick: () => this.repeat(step), 'data-testid': `repeat-${step}`, 'aria-label': t(`${this.name(step)}をやり直す`, `Repeat ${this.name(step)}`) }, t('やり直す', 'Repeat'));
      const more = step === 'network' && this.result.network ? this.networkWords(this.result.network) : '';
      return el('li', { class: `hk-mark-${is}`, 'data-testid': `mark-${step}`, 'data-mark': is }, el('span', { class: 'hk-name' }, this.name(step)), el('span', { class: 'hk-word' }, this.word(is)), more === '' ? null : el('small', {}, more), repeat);
    });
    const kept = el('p', { role: 'status', 'data-testid': 'test-kept' });
    this.show(
      undefined,
      this.heading(sentence[whole]),
      this.result.network && mark('network', this.result) === 'bad' ? this.noWay() : null,
      el('ul', { class: 'hk-results' }, ...rows),
      kept,
      this.after instanceof HTMLElement ? this.after : null,
    );
    this.element.dataset.overall = whole;
    this.element.dispatchEvent(new CustomEvent('haruka-tested', { bubbles: true, detail: { result: this.result, overall: whole } }));
    await this.keep(kept);
  }

  private repeat(step: Step): void {
    const seeing = step === 'motion' || step === 'colour';
    if (!seeing) return this.go(step);
    // Movement and colour need the camera open.
    void this.open().then(() => this.go(step), (error: unknown) => this.noDevice('camera', errorName(error)));
  }

  private networkWords(network: NonNullable<Result['network']>): string {
    if (!network.configured) return this.t('中継サーバーなし', 'No relay');
    return WAYS.filter((way) => network[way]).map((way) => `${way.toUpperCase()} ${this.wayWords(way, network)}`).join(this.t('、', ', '));
  }

  /** No way through the relay opens: what that means, and what can be done before the visit. */
  private noWay(): HTMLElement {
    const { t } = this;
    const phone = this.element.getAttribute('phone') ?? '';
    return el(
      'div',
      { class: 'hk-noway', role: 'alert', 'data-testid': 'no-way' },
      el('p', {}, t('いまの通信では、診察の映像と音声が届きません。', 'With this network, picture and sound of the visit do not get through.')),
      el(
        'ul',
        {},
        el('li', {}, t('Wi-Fiと携帯電話の回線を切りかえて、「通信」の「やり直す」を押してください。', 'Change between Wi-Fi and mobile network, then press "Repeat" at Network.')),
        el('li', {}, t('それでもつながらないときは、医院の機械の不具合かもしれません。診察の前に、医院へお電話ください。', "If it still fails, the fault may be on the clinic's side. Please phone the clinic before the visit.")),
      ),
      phone === '' ? null : el('p', {}, t('医院の電話：', "Clinic's phone: "), el('a', { href: `tel:${phone.replace(/[^+\d]/g, '')}` }, phone)),
    );
  }

  /** Keeps the result with the booking. */
  private async keep(kept: HTMLElement): Promise<void> {
    const { t, element } = this;
    const address = element.getAttribute('post');
    if (!address) return;
    kept.textContent = t('結果を保存しています…', 'Saving the result…');
    const token = element.getAttribute('csrf') ?? '';
    const body = new URLSearchParams({ _token: token, result: JSON.stringify({ ...this.result, overall: overall(this.result) }) });
    const key = element.getAttribute('key');
    // A form acts once per key; a repeated test is a new act, so only the first result carries the page's key.
    if (key) {
      body.set('_key', key);
      element.removeAttribute('key');
    }
    try {
      const answer = await fetch(address, { method: 'POST', body, headers: { 'x-csrf-token': token, accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store' });
      if (!answer.ok) throw new Error(String(answer.status));
      kept.textContent = t('結果を保存しました。', 'The result has been saved.');
    } catch {
      put(kept, t('結果を保存できませんでした。', 'The result could not be saved.'), this.button(t('もう一度保存する', 'Save again'), () => void this.keep(kept), 'test-save'));
    }
  }

  private answers(...buttons: HTMLButtonElement[]): HTMLElement {
    return el('div', { class: 'hk-answers' }, ...buttons);
  }
}

/** A bar that grows from left to right. */
function meter(label: string): { element: HTMLElement; set: (part: number) => void } {
  const element = el('progress', { class: 'hk-meter', max: 100, value: 0, 'aria-label': label, 'data-testid': 'test-meter' });
  return { element, set: (part) => (element.value = Math.round(part * 100)) };
}
