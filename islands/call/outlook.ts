// What the person is told during a call: tiles, lines over the stage, and the questions that only a doctor can answer.
import { el } from '../lib/dom';
import type { Label } from '../lib/wire';
import type { Call } from './call';
import { Missing } from './missing';
import type { Peer } from './peer';
import * as screens from './screens';

/** A flash stays so long. */
const FLASH_MS = 8_000;
/** Without anything from anybody for so long, the clinic's phone number is the better way. */
const PHONE_MS = 20_000;
/** A picture that does not move for so long is missing. */
const STILL_MS = 6_000;
/** Then the doctor is asked whether to go on without. */
const ASK_MS = 10_000;
/** A bad line for so long: stopping is suggested (OV-203). */
const BAD_MS = 20_000;

export class Outlook {
  private flashTimer: ReturnType<typeof setTimeout> | undefined;
  private badSince = 0;
  private withoutPicture = false;
  private asking = false;
  private unanswered = false;
  private readonly missing = new Missing();
  private quality = '';

  constructor(private readonly call: Call) {}

  /** A line that goes away by itself. */
  flash(text: string): void {
    this.call.view.banner('flash', text);
    clearTimeout(this.flashTimer);
    this.flashTimer = setTimeout(() => this.call.view.clear('flash'), FLASH_MS);
  }

  track(peer: Peer, label: Label, track: MediaStreamTrack | null): void {
    const { view } = this.call;
    const shownAs: Label = label === 'microphone' ? 'camera' : label;
    if (track === null) {
      const tile = view.tiles.find((it) => it.person === peer.told.person && it.label === label);
      if (tile && label !== 'camera' && label !== 'microphone') view.removeTile(tile);
      return;
    }
    const tile = view.tile(peer.told.person, shownAs, peer.told.name, () => this.silentPage());
    tile.add(track);
    if (label === 'second') this.flash(this.call.t('口の中のカメラが映りました', 'The mouth camera is shown'));
    this.call.tell('track', { person: peer.told.person, label });
  }

  /** The person's line to the server broke. If nothing comes any more either, the tile goes after a while. */
  away(person: string): void {
    this.missing.gone(person, Date.now());
  }

  /** The server names the person (again). */
  back(person: string): void {
    this.missing.back(person);
  }

  tick(now: number): void {
    for (const person of this.missing.lost(now, (it) => this.call.peers.get(it)?.silentSince)) {
      const peer = this.call.peers.get(person);
      if (!peer) continue;
      this.call.forget(person);
      const who = screens.addressed(peer.told, this.call.t);
      this.flash(this.call.t(`${who}との接続が切れました`, `The connection to ${who} was lost`));
      this.call.tell('gone', { person, why: 'lost' });
    }
    if (this.call.clinic && this.call.ringUntil > 0 && now >= this.call.ringUntil) {
      this.call.ringUntil = 0;
      if (this.call.peers.size === 0) this.noAnswer(false);
    }
    this.trouble(now);
    if (this.call.me?.role === 'doctor') this.askForPicture(now);
  }

  /** Rung for a minute, or declined: the page's own buttons (ring again, phone, mark absent) stand in the slot. */
  noAnswer(declined: boolean): void {
    const { call } = this;
    const { t } = call;
    this.unanswered = true;
    if (!declined) call.note('unanswered');
    const text = declined
      ? t('相手は「いまは出られない」と答えました。どうしますか。', 'The other person cannot answer now. What would you like to do?')
      : t('応答がありません。どうしますか。', 'No answer. What would you like to do?');
    call.view.banner('no-answer', text, [], call.view.slot('no-answer'));
    call.tell('noanswer', { declined });
  }

  draw(): void {
    const { call } = this;
    const { t, view } = call;
    if (call.peers.size > 0 || call.ringUntil > 0) {
      if (this.unanswered) view.clear('no-answer');
      this.unanswered = false;
    }
    const now = Date.now();
    for (const tile of view.tiles) {
      const peer = call.peers.get(tile.person);
      if (!peer) continue;
      const silent_ms = peer.silentSince > 0 ? now - peer.silentSince : 0;
      tile.show({
        condition: peer.condition,
        level: peer.level,
        connected: peer.state === 'connected' && silent_ms < STILL_MS,
        met: peer.met,
        still: peer.stillSince > 0 && now - peer.stillSince > STILL_MS,
        frames: peer.frames,
        energy: peer.energy,
        relay: peer.relay,
        showLevel: call.clinic,
      });
    }
    if (view.tiles.length === 0) {
      const left_s = Math.max(0, Math.ceil((call.ringUntil - now) / 1_000));
      const first = [...call.peers.values()][0];
      if (first) {
        const who = screens.addressed(first.told, t);
        view.emptyStage(el('p', { class: 'hk-big' }, t(`${who}とつないでいます…`, `Connecting to ${who}…`)));
      }
      else if (call.clinic) view.emptyStage(screens.emptyForClinic(t, call.outside, left_s));
      else view.emptyStage(el('p', { class: 'hk-big' }, t('相手を待っています…', 'Waiting for the other side…')));
    }
    const signs = [...call.peers.values()].flatMap((it) => (it.words ? [{ name: it.told.name, words: it.words }] : []));
    view.showSigns(signs, call.lang, call.clinic ? null : screens.phoneLine(t, call.attribute('phone')));
  }

  /** The second camera: the only one there is, or the person's choice. */
  async toggleSecond(): Promise<void> {
    const { call } = this;
    const { t, view } = call;
    if (call.local.has('second')) return call.local.drop('second');
    const spare = await call.local.spare();
    const open = async (id: string): Promise<void> => {
      view.uncover();
      try {
        await call.local.openSecond(id);
        call.note('second-camera');
      } catch {
        this.flash(t('そのカメラは開けませんでした。ほかのアプリが使っていないか確認してください。', 'That camera could not be opened. Check that no other app uses it.'));
      }
    };
    if (spare.length === 0) {
      this.flash(t('二台目のカメラが見つかりません。USBケーブルをつなぎ直してください。', 'No second camera was found. Please connect it again.'));
    } else if (spare.length === 1 && spare[0]) {
      await open(spare[0].id);
    } else {
      view.cover(t('口の中のカメラを選んでください', 'Choose the mouth camera'), '', [
        ...spare.map((it, place) => ({ word: it.name, act: () => void open(it.id), id: `second-${place}` })),
        { word: t('やめる', 'Cancel'), act: () => view.uncover(), id: 'second-cancel' },
      ]);
    }
  }

  /** The worst connection, and what to do about it. Nothing is shown while all is well. */
  private trouble(now: number): void {
    const { call } = this;
    const { t, view } = call;
    const peers = [...call.peers.values()];
    const silent = peers.some((it) => it.silentSince > 0 && now - it.silentSince > PHONE_MS && !it.condition.hidden);
    if (silent && call.attribute('phone') !== '') {
      view.banner('phone', t('つながらない状態が続いています。お電話でもご連絡いただけます。', 'It still does not connect. You can also use the phone.'), [], screens.phoneLine(t, call.attribute('phone')) ?? undefined);
    } else view.clear('phone');
    if (!call.lineOpen) view.banner('line', t('サーバーにつなぎ直しています…', 'Reconnecting to the server…'));
    else view.clear('line');
    // Of a line that is broken altogether the tile says so.
    const levels = peers.filter((it) => it.met && it.silentSince === 0).map((it) => it.level);
    const level = levels.includes('bad') ? 'bad' : levels.includes('fair') ? 'fair' : 'good';
    if (level !== this.quality && levels.length > 0) {
      this.quality = level;
      call.tell('quality', { level });
    }
    this.badSince = level === 'bad' ? this.badSince || now : 0;
    if (level !== 'bad') return view.clear('quality');
    const long = call.clinic && now - this.badSince > BAD_MS;
    const text = long && !call.conference
      ? t('通信の悪い状態が続いています。診察を中止することも考えてください。', 'The line has been bad for a while. Consider stopping the visit.')
      : t('通信が不安定です。Wi-Fiの近くに移ると良くなることがあります。', 'The line is unstable. Moving closer to the Wi-Fi may help.');
    view.banner('quality', text, [{ word: t('映像を軽くする', 'Lighter picture'), act: () => peers.forEach((it) => it.lighter()), id: 'lighter' }]);
  }

  /** A visit needs picture and sound (OV-161): going on without picture for a while is the doctor's explicit decision. */
  private askForPicture(now: number): void {
    const { call } = this;
    const { t, view } = call;
    const patients = [...call.peers.values()].filter((it) => it.told.role === 'patient' || it.told.role === 'guardian');
    const seen = patients.length === 0 || patients.some((it) => it.stillSince === 0);
    if (seen) {
      if (this.asking) view.clear('picture');
      if (this.withoutPicture) {
        call.note('with-picture');
        call.tell('picture', { without: false });
        this.flash(t('映像が戻りました', 'The picture is back'));
      }
      this.asking = false;
      this.withoutPicture = false;
      return;
    }
    const since = Math.min(...patients.map((it) => it.stillSince));
    if (this.withoutPicture || this.asking || now - since < ASK_MS || !patients.some((it) => it.met)) return;
    this.asking = true;
    const decide = (without: boolean) => (): void => {
      this.withoutPicture = without;
      view.clear('picture');
      if (without) call.note('without-picture');
      call.tell('picture', { without });
      // Waiting is no answer for ever: asked again after the same time.
      if (!without) setTimeout(() => (this.asking = false), ASK_MS);
    };
    view.banner('picture', t('患者さんの映像が届いていません。診察の完了には映像と音声の両方が必要です。', "The patient's picture is not arriving. A visit can only be completed with picture and sound."), [
      { word: t('映像を待つ', 'Wait for the picture'), act: decide(false), id: 'picture-wait' },
      { word: t('いまは映像なしで続ける', 'Go on without picture for now'), act: decide(true), id: 'picture-without' },
    ]);
  }

  private silentPage(): void {
    const { view, t } = this.call;
    view.banner('silent', t('相手の音を出すには、ボタンを押してください。', 'Press the button to hear the other person.'), [
      {
        word: t('音を出す', 'Turn on sound'),
        act: () => {
          view.clear('silent');
          view.tiles.forEach((it) => it.hear());
        },
        id: 'hear',
      },
    ]);
  }
}
