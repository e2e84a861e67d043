// The conductor of one call: the line to the server, our own media, one connection per other person, and the screen.
import { Line, type LineState } from '../lib/line';
import { errorName, platformOf } from '../lib/media';
import { reaches, serversIn } from '../lib/relay';
import { Tones } from '../lib/tone';
import type { Body, Happening, Label, Outside, PeerTold, Pointing, Role, Standing, Tell, Why } from '../lib/wire';
import { type Lang, langOf, type Say, sayIn } from '../lib/words';
import { Awake } from './awake';
import { Chat } from './chat';
import { ownCertificate, type Own, signedBy } from './identity';
import { topFor } from './ladder';
import { Local } from './local';
import { Outlook } from './outlook';
import { Peer, type PeerHost } from './peer';
import { Relays } from './relays';
import * as screens from './screens';
import { View } from './view';

const REPORT_MS = 5_000;
const SAMPLE_MS = 2_000;
/** People whom the server no longer names after we came back are gone. */
const STALE_MS = 5_000;
/** After the end of a call the patient's page comes back to be reachable; at once would meet the end itself. */
const BACK_MS = 1_500;
/** The credential for trying the relay before the visit is good for ten minutes from when the page was made. */
const TRY_RELAY_MS = 9 * 60_000;

interface Me {
  room: string;
  person: string;
  role: Role;
  standing: Standing;
}

export class Call {
  readonly lang: Lang;
  readonly t: Say;
  readonly view: View;
  readonly peers = new Map<string, Peer>();
  readonly local: Local;
  readonly phone: boolean;
  me: Me | undefined;
  outside: Outside[] = [];
  /** Until when it rings, as the clinic sees it. */
  ringUntil = 0;
  private line: Line | undefined;
  private own: Own | undefined;
  private readonly relays = new Relays(() => this.line?.send({ t: 'ice' }) ?? false);
  private readonly chat: Chat;
  private readonly tones = new Tones();
  private readonly outlook: Outlook;
  private readonly timers: ReturnType<typeof setInterval>[] = [];
  private unread = false;
  private inCall = false;
  private entering = false;
  private afterEnd = false;
  /** Tried before the visit: nothing gets through the relay. */
  private cutOff = false;
  /** The system has taken our camera or microphone, and the person has not pressed the button yet. */
  private taken = false;
  private ringTimer: ReturnType<typeof setTimeout> | undefined;
  private stale = new Set<string>();
  private reportedAt = 0;
  private readonly awake: Awake;
  private readonly title = document.title;
  private closed = false;

  constructor(private readonly element: HTMLElement) {
    this.lang = langOf(element);
    this.t = sayIn(this.lang);
    this.phone = platformOf(navigator.userAgent, navigator.maxTouchPoints) !== 'other';
    const { t } = this;
    this.chat = new Chat(t, (key, text) => this.line?.send({ t: 'chat', key, text }) ?? false, () => this.me?.person ?? '', () => this.showChat(false));
    this.local = new Local({ t, phone: this.phone, onChange: () => this.localChanged(), onInterrupted: () => this.interrupted() });
    this.view = new View(element, t, {
      sound: () => this.local.setSound(!this.local.sound),
      picture: () => this.togglePicture(),
      flip: () => void this.local.flip().catch(() => this.cameraTrouble()),
      second: () => void this.outlook.toggleSecond(),
      screen: () => void this.toggleScreen(),
      chat: () => this.showChat(!this.chat.open),
      leave: () => this.leave(),
    }, this.chat.element);
    this.outlook = new Outlook(this);
    screens.connecting(this.view, t);
    // Another network (Wi-Fi to mobile): the old addresses are dead before ICE notices.
    this.awake = new Awake((it) => this.visible(it), () => this.inCall && this.peers.forEach((it) => void it.restart()));
    void this.begin();
  }

  attribute(name: string): string {
    return this.element.getAttribute(name) ?? '';
  }

  get clinic(): boolean {
    return this.me?.role === 'doctor' || this.me?.role === 'staff';
  }

  /** A call between colleagues about a case; the page says so, before anybody is admitted. */
  get conference(): boolean {
    return this.attribute('kind') === 'conference';
  }

  get lineOpen(): boolean {
    return this.lineState === 'open';
  }
  private lineState: LineState = 'connecting';

  note(what: Happening): void {
    this.line?.send({ t: 'note', what });
  }

  /** Tells the page; every event bubbles. */
  tell(name: string, detail: Record<string, unknown> = {}): void {
    this.element.dispatchEvent(new CustomEvent(`haruka-${name}`, { bubbles: true, detail }));
  }

  point(pointing: Pointing): boolean {
    return this.inCall && (this.line?.send({ t: 'point', ...pointing }) ?? false);
  }

  close(): void {
    this.closed = true;
    this.line?.send({ t: 'bye' });
    this.hangUp();
    this.line?.close();
    this.awake.close();
    this.tones.close();
    this.view.close();
  }

  private async begin(): Promise<void> {
    if (!('RTCPeerConnection' in window) || !navigator.mediaDevices) {
      screens.help(this.view, this.t, 'Unsupported', () => location.reload(), this.attribute('phone'));
      return;
    }
    this.own = await ownCertificate();
    if (this.closed) return;
    const url = new URL(this.attribute('src') || '/signal', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    this.line = new Line(url.href, this.attribute('ticket'), (it) => void this.hear(it), (state, code) => this.lineChanged(state, code));
  }

  private async hear(tell: Tell): Promise<void> {
    const { t } = this;
    switch (tell.t) {
      case 'welcome':
        this.me = { room: tell.room, person: tell.person, role: tell.role, standing: tell.standing };
        this.stale = new Set(this.peers.keys());
        if (tell.standing === 'waiting' && !this.inCall && !this.afterEnd) this.showWaiting();
        break;
      case 'refused':
        this.stop(...screens.refusedWords(tell.why, t, this.conference), false);
        break;
      case 'admitted':
        if (this.me) this.me.standing = 'admitted';
        this.relays.set(tell.ice);
        this.chat.begin(tell.said);
        if (this.inCall) this.enter();
        else if (this.clinic || tell.back) void this.start();
        else if (!this.entering) this.showWaiting();
        break;
      case 'ring':
        if (!this.inCall && !this.entering) this.ring(tell.for_ms);
        break;
      case 'ringing':
        this.ringUntil = Date.now() + tell.for_ms;
        break;
      case 'quiet':
        this.ringUntil = 0;
        if (this.element.dataset.state === 'ring') this.unring();
        break;
      case 'peer':
        await this.meet(tell);
        break;
      case 'gone':
        this.gone(tell.person, tell.why);
        break;
      case 'from': {
        const peer = this.peers.get(tell.from);
        if (peer && peer.told.epoch === tell.epoch) peer.receive(tell.seq, tell.body);
        break;
      }
      case 'point': {
        const { t: _, person, ...pointing } = tell;
        const peer = this.peers.get(person);
        if (peer) this.tell('point', { person, name: screens.addressed(peer.told, t), pointing });
        break;
      }
      case 'chat':
        if (this.chat.add(tell) && !this.chat.open) {
          this.unread = true;
          this.tones.chime();
          this.view.announce(t(`${tell.name}：${tell.text}`, `${tell.name}: ${tell.text}`));
        }
        break;
      case 'unsaid':
        this.chat.refuse(tell.key, t(tell.ja, tell.en));
        break;
      case 'ice':
        this.relays.set(tell.ice);
        break;
      case 'outside':
        this.outside = tell.people;
        this.tell('outside', { people: tell.people });
        break;
      case 'notice':
        if (tell.kind === 'declined' && this.clinic) this.outlook.noAnswer(true);
        this.tell('notice', { kind: tell.kind });
        break;
      case 'replaced':
        this.stop(t('別の画面で開かれました', 'Opened in another window'), t('この画面での通話は終わりました。通話は、あとから開いた画面で続いています。', 'The call goes on in the window that was opened later.'), false);
        break;
      case 'removed':
        this.stop(t('退室しました', 'You have left the call'), tell.why, false);
        this.tell('ended', { why: tell.why });
        break;
      case 'ended':
        this.ended(tell.why);
        break;
    }
    this.draw();
  }

  private lineChanged(state: LineState, _code: number): void {
    this.lineState = state;
    if (state === 'lost' && !this.inCall && this.element.dataset.state !== 'stopped') screens.connecting(this.view, this.t);
    if (state === 'lost') this.tones.quiet();
    this.tell('line', { state });
    this.draw();
  }

  private showWaiting(): void {
    const acts = { prepare: () => void this.prepare(), enter: () => void this.start(), again: () => location.reload() };
    const phone = this.cutOff ? this.attribute('phone') : null;
    screens.waiting(this.view, this.t, this.local.opened, this.me?.standing === 'admitted', this.local.stream('camera'), acts, phone);
    this.tell('state', { state: 'waiting' });
  }

  /** Before the call: the press of the button lets the page sound later, and asks for camera and microphone now. */
  private async prepare(): Promise<void> {
    this.tones.unlock();
    void this.awake.stay();
    try {
      await this.local.open();
      this.showWaiting();
      void this.tryRelay();
    } catch (error) {
      screens.help(this.view, this.t, errorName(error), () => void this.prepare(), this.attribute('phone'));
    }
  }

  /** While there is time to do something about it: does anything get through the relay? Only the waiting page is told by what
   * way to try (`ice`), with a credential for a few minutes; later nothing is known, and nothing is said. */
  private async tryRelay(): Promise<void> {
    const servers = serversIn(this.element.getAttribute('ice'));
    if (servers.length === 0 || performance.now() > TRY_RELAY_MS) return;
    const reached = await reaches(servers).catch(() => true);
    if (this.cutOff === !reached) return;
    this.cutOff = !reached;
    if (this.element.dataset.state === 'waiting') this.showWaiting();
  }

  private ring(for_ms: number): void {
    clearTimeout(this.ringTimer);
    this.ringTimer = setTimeout(() => this.element.dataset.state === 'ring' && this.unring(), for_ms);
    screens.ring(this.view, this.t, () => void this.start(), () => {
      this.note('declined');
      this.unring();
    });
    this.view.announce(this.t('医院から呼び出しです', 'The clinic is calling'));
    document.title = this.t('● 呼び出し中', '● Calling you');
    this.tones.ring();
    this.tell('state', { state: 'ring' });
  }

  private unring(): void {
    this.tones.quiet();
    document.title = this.title;
    this.showWaiting();
  }

  /** Opens camera and microphone and enters. */
  private async start(): Promise<void> {
    if (this.entering || this.inCall) return;
    this.entering = true;
    this.tones.unlock();
    this.tones.quiet();
    document.title = this.title;
    try {
      if (!this.local.opened) {
        screens.connecting(this.view, this.t);
        await this.local.open();
      }
    } catch (error) {
      screens.help(this.view, this.t, errorName(error), () => void this.start(), this.attribute('phone'));
      return;
    } finally {
      this.entering = false;
    }
    if (this.closed || this.me?.standing !== 'admitted') return;
    this.inCall = true;
    this.afterEnd = false;
    this.reportedAt = Date.now();
    this.view.screen('call');
    this.enter();
    this.timers.push(setInterval(() => this.tick(), 1_000), setInterval(() => void this.sample(), SAMPLE_MS), setInterval(() => this.report(), REPORT_MS));
    void this.awake.stay();
    if (this.local.missing !== '') this.cameraTrouble();
    this.tell('state', { state: 'call' });
    this.draw();
  }

  private enter(): void {
    if (!this.own) return;
    this.line?.send({ t: 'enter', fingerprint: this.own.fingerprint });
    const stale = this.stale;
    // Without a line the server has not named anybody yet; after the next welcome it is counted anew.
    setTimeout(() => stale === this.stale && this.lineOpen && stale.forEach((it) => this.forget(it)), STALE_MS);
  }

  private leave(): void {
    this.line?.send({ t: 'bye' });
    this.line?.close();
    this.hangUp();
    screens.stopped(this.view, this.t, this.t('退室しました', 'You have left the call'), '', () => {
      screens.connecting(this.view, this.t);
      this.tones.unlock();
      void this.begin();
    }, this.attribute('phone'));
    this.tell('left');
  }

  /**
   * The call has ended, the visit perhaps not: the patient's side stays within call. Who was not in the call goes on waiting
   * as if nothing had been; who was keeps the last words on screen until it rings again or the visit is over.
   */
  private ended(why: string): void {
    const { t } = this;
    this.afterEnd = this.inCall;
    if (this.clinic || this.inCall) {
      const again = this.clinic ? '' : t('医院からもう一度呼び出されたときは、この画面でお知らせします。', 'If the clinic calls you again, this page will tell you.');
      this.stop(t('通話が終わりました', 'The call has ended'), `${why} ${again}`.trim(), false);
    } else this.line?.close();
    this.tell('ended', { why });
    if (!this.clinic) setTimeout(() => !this.closed && void this.begin(), BACK_MS);
  }

  /** Ends everything of the call but the element. */
  private stop(heading: string, more: string, again: boolean): void {
    this.line?.close();
    this.hangUp();
    screens.stopped(this.view, this.t, heading, more, again ? () => location.reload() : undefined, this.attribute('phone'));
    this.view.announce(heading);
    this.tell('state', { state: 'stopped' });
  }

  private hangUp(): void {
    this.inCall = false;
    this.entering = false;
    this.taken = false;
    clearTimeout(this.ringTimer);
    this.timers.splice(0).forEach((it) => clearInterval(it));
    this.relays.close();
    this.tones.quiet();
    document.title = this.title;
    [...this.peers.keys()].forEach((it) => this.forget(it));
    this.local.close();
    this.view.clearAll();
    this.view.uncover();
    this.awake.rest();
  }

  private async meet(told: PeerTold): Promise<void> {
    const { t, own, me } = this;
    if (!own || !me) return;
    this.stale.delete(told.person);
    this.outlook.back(told.person);
    this.ringUntil = 0;
    const known = this.peers.get(told.person);
    if (known && known.told.fingerprint === told.fingerprint) {
      known.again(told);
      return;
    }
    // Words from this person may come while the signature is checked, so the connection is made first and judged after.
    if (known) this.forget(told.person);
    const peer = new Peer(this.peerHost(own), told);
    this.peers.set(told.person, peer);
    const who = screens.addressed(told, t);
    const back = t(`${who}が入り直しました（画面を開き直したか、機器が変わりました）`, `${who} came in again (the page was reopened or the device has changed)`);
    this.outlook.flash(told.changed || known ? back : t(`${who}が入りました`, `${who} has come in`));
    this.tell('peer', { person: told.person, role: told.role, changed: told.changed });
    if (!(await signedBy(this.attribute('signer'), me.room, told)) && this.peers.get(told.person) === peer) this.mismatch();
  }

  private gone(person: string, why: Why): void {
    const peer = this.peers.get(person);
    if (!peer) return;
    if (why === 'lost' || why === 'replaced') {
      // The line to the server is not the line between us: pictures may go on. Silence is what decides.
      this.outlook.away(person);
      return;
    }
    this.forget(person);
    const who = screens.addressed(peer.told, this.t);
    this.outlook.flash(this.t(`${who}が退室しました`, `${who} has left`));
    this.tell('gone', { person, why });
  }

  forget(person: string): void {
    this.peers.get(person)?.close();
    this.peers.delete(person);
    [...this.view.tiles].filter((it) => it.person === person).forEach((it) => this.view.removeTile(it));
    this.limitAll();
  }

  private peerHost(own: Own): PeerHost {
    return {
      certificate: own.certificate,
      fingerprint: own.fingerprint,
      forcedRelay: this.element.hasAttribute('forced-relay'),
      ice: () => this.relays.current,
      freshIce: () => this.relays.fresh(),
      outgoing: () => this.local.outgoing(),
      condition: () => this.local.condition(),
      top: () => topFor(this.phone, this.peers.size),
      send: (peer, body: Body) => this.line?.send({ t: 'to', to: peer.told.person, epoch: peer.told.epoch, body }) ?? false,
      onTrack: (peer, label: Label, track) => this.outlook.track(peer, label, track),
      onChange: () => this.draw(),
      onMismatch: () => this.mismatch(),
    };
  }

  /** Somebody may sit in between: nothing more is sent, and the person is told plainly. */
  private mismatch(): void {
    const { t } = this;
    this.note('mismatch');
    this.tell('mismatch');
    this.stop(t('安全のため通話を止めました', 'The call was stopped for safety'), t('相手の機器を確かめられませんでした。第三者が間に入っている可能性があります。話を続けず、', 'The device of the other person could not be verified; somebody may be in between. Do not go on. ') + (this.conference ? t('相手の施設に電話でご連絡ください。', 'Phone the other facility.') : t('医院に電話でご連絡ください。', 'Phone the clinic.')), true);
  }

  private localChanged(): void {
    this.peers.forEach((it) => {
      it.update();
      it.tellCondition();
    });
    this.draw();
  }

  private limitAll(): void {
    const top = topFor(this.phone, this.peers.size);
    this.peers.forEach((it) => it.limitTo(top));
  }

  private togglePicture(): void {
    if (this.local.has('camera')) this.local.setPicture(!this.local.picture);
    else void this.local.openCamera().then(() => this.view.clear('camera')).catch(() => this.cameraTrouble());
  }

  private cameraTrouble(): void {
    this.view.banner('camera', this.t('カメラを使えません。音声だけでつながっています。', 'The camera does not work. You are connected by sound only.'), [
      { word: this.t('もう一度ためす', 'Try again'), act: () => this.togglePicture(), id: 'retry-camera' },
    ]);
  }

  private async toggleScreen(): Promise<void> {
    if (this.local.has('screen')) return this.local.drop('screen');
    // The person may close the browser's own question; that is an answer, not an error.
    await this.local.openScreen().then(() => this.note('screen'), () => undefined);
  }

  private showChat(open: boolean): void {
    this.chat.show(open);
    if (open) this.unread = false;
    this.draw();
  }

  /** The system has taken camera or microphone away (a phone call). One press brings everything back. */
  private interrupted(): void {
    if (!this.inCall || this.taken) return;
    this.taken = true;
    this.note('interrupted');
    const { t } = this;
    this.view.cover(t('通話が途切れました', 'The call was interrupted'), t('電話やほかのアプリが、カメラかマイクを使ったようです。下のボタンを押すと、通話に戻れます。', 'A phone call or another app has used the camera or the microphone. Press the button to come back.'), [
      { word: t('もう一度つなぐ', 'Connect again'), act: () => void this.reconnect(), id: 'again', primary: true },
    ]);
  }

  private async reconnect(): Promise<void> {
    this.tones.unlock();
    try {
      await this.local.reopen();
    } catch (error) {
      this.view.uncover();
      this.inCall = false;
      const retry = (): void => {
        this.inCall = true;
        this.view.screen('call');
        void this.reconnect();
      };
      screens.help(this.view, this.t, errorName(error), retry, this.attribute('phone'));
      return;
    }
    this.taken = false;
    this.view.uncover();
    this.note('resumed');
    this.peers.forEach((it) => void it.restart());
    this.view.tiles.forEach((it) => it.play());
  }

  private visible(visible: boolean): void {
    if (!this.inCall) return;
    this.note(visible ? 'visible' : 'hidden');
    this.peers.forEach((it) => it.tellCondition());
    if (!visible) return;
    void this.awake.stay();
    this.view.tiles.forEach((it) => it.play());
  }

  private tick(): void {
    const now = Date.now();
    this.peers.forEach((it) => it.tick(now));
    const connected = [...this.peers.values()].some((it) => it.state === 'connected' && it.sampled);
    const sent = [...this.peers.values()].reduce((sum, it) => sum + it.sentBytes, 0);
    this.local.watch(now, connected, sent);
    this.outlook.tick(now);
    this.draw();
  }

  private async sample(): Promise<void> {
    await Promise.all([...this.peers.values()].map((it) => it.sample()));
  }

  private report(): void {
    if (!this.lineOpen) return;
    const now = Date.now();
    const links = [...this.peers.values()].map((it) => it.take());
    this.line?.send({ t: 'report', interval_ms: now - this.reportedAt, visible: document.visibilityState !== 'hidden', links });
    this.reportedAt = now;
  }

  private draw(): void {
    if (!this.inCall || this.closed) return;
    this.view.showBar({
      sound: this.local.sound,
      picture: this.local.picture && this.local.has('camera'),
      second: this.local.has('second'),
      screen: this.local.has('screen'),
      chat: this.chat.open,
      unread: this.unread,
      clinic: this.clinic,
      conference: this.conference,
      phone: this.phone,
    });
    this.view.ownPicture(this.local.picture ? this.local.stream('camera') : undefined, true);
    this.outlook.draw();
  }
}

