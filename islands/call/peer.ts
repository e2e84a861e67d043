// One other person: the connection to them, what comes over it, and what is done when it breaks.
import type { Body, Condition, Ice, Label, Level, Link, PeerTold, Relay } from '../lib/wire';
import type { Words } from '../lib/words';
import { Ladder, type Rung } from './ladder';
import { Negotiator, type Description } from './negotiation';
import { Steady, levelOf, score } from './quality';
import { remedy } from './recovery';
import { isOnly, preferred, tuneOpus } from './sdp';
import { SignExchange } from './signs';
import { type Counters, type Entry, between, count } from './stats';

/** A track of ours. */
export interface Outgoing {
  label: Label;
  track: MediaStreamTrack;
  stream: MediaStream;
  /** Off: the sender gets no track, so that no black frames pass for a picture. */
  on: boolean;
}

export interface PeerHost {
  readonly certificate: RTCCertificate;
  readonly fingerprint: string;
  readonly forcedRelay: boolean;
  ice(): Ice;
  freshIce(): Promise<Ice>;
  outgoing(): Outgoing[];
  condition(): Condition;
  /** The best rung of the ladder at present. */
  top(): number;
  send(peer: Peer, body: Body): boolean;
  onTrack(peer: Peer, label: Label, track: MediaStreamTrack | null): void;
  onChange(peer: Peer): void;
  onMismatch(peer: Peer): void;
}

/** Bits a second for what is not the camera. */
const SOUND_BITS = 32_000;
const SECOND_BITS = [900_000, 600_000, 300_000, 150_000];
/** The polite side offers by itself when no offer has come for so long. */
const OFFER_WAIT_MS = 3_000;

export class Peer {
  condition: Condition = { picture: 'on', microphone: true, hidden: false };
  /** As shown. */
  level: Level = 'good';
  words: Words[] | undefined;
  frames = 0;
  energy = 0;
  relay: Relay = 'unknown';
  /** Whether anything has ever come. */
  met = false;
  /** Since when nothing comes that should, or 0. */
  silentSince = Date.now();
  /** Since when no picture moves, or 0. */
  stillSince = Date.now();
  /** What we sent in the last interval, in bytes. */
  sentBytes = 0;
  /** Whether there has been a whole interval on this connection. */
  sampled = false;
  private pc!: RTCPeerConnection;
  private negotiator!: Negotiator;
  private gen = 0;
  private closed = false;
  private labels = new Map<string, Label>();
  private senders = new Map<Label, RTCRtpSender>();
  private attached = false;
  private stateSince = Date.now();
  private restartedAt = Number.NEGATIVE_INFINITY;
  private rebuiltAt = Date.now();
  private counters: Counters | undefined;
  private seq = 0;
  private parameters: Promise<void> = Promise.resolve();
  private readonly ladder: Ladder;
  private readonly steady = new Steady();
  private link: Link;
  private exchange: SignExchange;

  constructor(
    private readonly host: PeerHost,
    public told: PeerTold,
  ) {
    this.ladder = new Ladder(host.top());
    this.link = this.emptyLink();
    this.exchange = new SignExchange(host.fingerprint, told.fingerprint);
    this.build(1);
    this.greet();
  }

  get state(): RTCPeerConnectionState {
    return this.pc.connectionState;
  }

  /** The same browser of the same person is back on the line: what was said while it was away is lost, so speak again. */
  again(told: PeerTold): void {
    this.told = told;
    this.seq = 0;
    this.greet();
    if (this.pc.connectionState !== 'connected' || this.pc.signalingState !== 'stable') this.rebuild();
    else if (!told.polite) void this.negotiator.offer();
  }

  /** Something came from this person. A gap in the numbers means that a description may be lost. */
  receive(seq: number, body: Body): void {
    if (this.closed) return;
    const whole = seq === this.seq + 1;
    this.seq = seq;
    if (!whole) return this.rebuild();
    if (body.k === 'condition') {
      this.condition = body.condition;
      this.host.onChange(this);
    } else if (body.k === 'sign') {
      void this.sign(body);
    } else {
      if (body.gen < this.gen) return;
      if (body.gen > this.gen) this.build(body.gen);
      if (body.k === 'candidate') void this.negotiator.candidate(body.candidate);
      if (body.k === 'description') {
        const { description, tracks } = body;
        void this.negotiator.description(description, () => this.accept(description, tracks)).then(() => this.afterTalk());
      }
    }
  }

  /** Our tracks have changed. */
  update(): void {
    if (!this.attached) return;
    const outgoing = this.host.outgoing();
    for (const [label, sender] of this.senders) {
      const now = outgoing.find((it) => it.label === label);
      if (now) {
        const track = now.on ? now.track : null;
        if (sender.track !== track) void sender.replaceTrack(track).catch(() => this.rebuild());
      } else {
        this.pc.removeTrack(sender);
        this.senders.delete(label);
      }
    }
    for (const it of outgoing) if (!this.senders.has(it.label)) this.add(it);
    this.limit();
  }

  tellCondition(): void {
    const condition = this.host.condition();
    const paused = condition.picture === 'on' && this.ladder.rung.height === 0;
    this.host.send(this, { k: 'condition', condition: paused ? { ...condition, picture: 'paused' } : condition });
  }

  /** Sends no more than this rung of the ladder. */
  limitTo(top: number): void {
    this.ladder.limit(top);
    this.limit();
  }

  lighter(): void {
    this.limitTo(this.ladder.limitedTo + 1);
  }

  /** New candidates, with a fresh relay credential. */
  async restart(): Promise<void> {
    this.restartedAt = Date.now();
    const gen = this.gen;
    const ice = await this.host.freshIce();
    if (this.closed || gen !== this.gen) return;
    this.pc.setConfiguration(this.configuration(ice));
    this.pc.restartIce();
  }

  /** Every second. */
  tick(now: number): void {
    if (this.closed) return;
    const silent_ms = this.silentSince === 0 || this.condition.hidden ? 0 : now - this.silentSince;
    const todo = remedy({
      state: this.pc.connectionState,
      state_ms: now - this.stateSince,
      silent_ms,
      since_restart_ms: now - this.restartedAt,
      since_rebuild_ms: now - this.rebuiltAt,
      polite: this.told.polite,
    });
    if (todo === 'rebuild') void this.host.freshIce().then(() => this.rebuild());
    else if (todo === 'refresh') void this.restart();
    else if (todo === 'restart') {
      this.restartedAt = now;
      this.pc.restartIce();
    }
  }

  /** Every two seconds: reads the counters. */
  async sample(): Promise<void> {
    const pc = this.pc;
    const report = await pc.getStats().catch(() => undefined);
    if (this.closed || !report || pc !== this.pc) return;
    const entries: Entry[] = [];
    report.forEach((it: Entry) => entries.push(it));
    const labelOf = (track: string, mid: string): Label | undefined => this.labels.get(mid) ?? this.labelOfTrack(track);
    const after = count(entries, labelOf, Date.now());
    const before = this.counters;
    this.counters = after;
    this.relay = after.relay;
    if (!before) return;
    const it = between(before, after);
    if (it.bytesIn > 0) {
      this.met = true;
      this.silentSince = 0;
    } else if (this.silentSince === 0) this.silentSince = before.at_ms;
    if (it.picture) this.stillSince = 0;
    else if (this.stillSince === 0) this.stillSince = before.at_ms;
    this.sentBytes = it.bytesOut;
    this.sampled = true;
    this.frames += it.frames;
    this.energy += it.energy;
    const expected = this.condition.picture === 'on' ? it.frames_s : null;
    const heard = { loss: it.loss, rtt_ms: after.rtt_ms, jitter_ms: after.jitter_ms, frames_s: expected, freezes: it.freezes };
    const points = it.bytesIn === 0 ? 0 : score(heard);
    this.level = this.met ? this.steady.see(levelOf(points)) : 'good';
    this.sum(it, after);
    const way = { loss: after.lossOut, rtt_ms: after.rtt_ms, available_kbit_s: after.available_kbit_s };
    if (pc.connectionState === 'connected' && it.bytesIn > 0) this.climb((ladder) => ladder.see(way));
    this.host.onChange(this);
  }

  /** What was measured since the last time. */
  take(): Link {
    const link = this.link;
    this.link = this.emptyLink();
    return link;
  }

  close(): void {
    this.closed = true;
    this.negotiator.close();
    this.pc.close();
  }

  private greet(): void {
    this.tellCondition();
    void this.exchange.open().then((it) => this.host.send(this, { k: 'sign', ...it }));
  }

  private rebuild(): void {
    if (this.closed) return;
    this.build(this.gen + 1);
    this.host.send(this, { k: 'rebuild', gen: this.gen });
  }

  private configuration(ice: Ice): RTCConfiguration {
    const relayed = this.host.forcedRelay || ice.relay_only;
    return {
      iceServers: ice.servers,
      iceTransportPolicy: relayed ? 'relay' : 'all',
      bundlePolicy: 'max-bundle',
      certificates: [this.host.certificate],
    };
  }

  private build(gen: number): void {
    if (this.gen > 0) {
      this.negotiator.close();
      this.pc.close();
    }
    this.gen = gen;
    this.rebuiltAt = Date.now();
    this.stateSince = Date.now();
    this.attached = false;
    this.senders.clear();
    this.labels.clear();
    this.counters = undefined;
    this.sampled = false;
    const pc = new RTCPeerConnection(this.configuration(this.host.ice()));
    this.pc = pc;
    const talk = {
      send: (description: Description) => this.sendDescription(gen, description),
      prepare: () => {
        this.attach();
        this.preferCodecs();
      },
    };
    this.negotiator = new Negotiator(pc, this.told.polite, talk, () => {
      // A description that cannot be applied leaves the pair in unlike states; only a new connection helps.
      if (this.pc === pc && Date.now() - this.rebuiltAt > OFFER_WAIT_MS) this.rebuild();
    });
    pc.onnegotiationneeded = () => void this.negotiator.offer().then(() => this.afterTalk());
    pc.onicecandidate = (event) => {
      this.host.send(this, { k: 'candidate', gen, candidate: event.candidate?.toJSON() ?? null });
    };
    pc.ontrack = (event) => {
      const label = this.labels.get(event.transceiver.mid ?? '') ?? (event.track.kind === 'audio' ? 'microphone' : 'camera');
      this.host.onTrack(this, label, event.track);
    };
    pc.onconnectionstatechange = () => {
      this.stateSince = Date.now();
      if (pc.connectionState === 'connected') this.climb((ladder) => ladder.anew());
      this.host.onChange(this);
    };
    if (!this.told.polite) this.attach();
    else setTimeout(() => this.pc === pc && !this.closed && this.attach(), OFFER_WAIT_MS);
  }

  /** Puts our tracks on the connection. The polite side does it when the first offer has made room for them. */
  private attach(): void {
    if (this.attached) return;
    this.attached = true;
    for (const it of this.host.outgoing()) this.add(it);
  }

  private add(it: Outgoing): void {
    const sender = this.pc.addTrack(it.track, it.stream);
    this.senders.set(it.label, sender);
    if (!it.on) void sender.replaceTrack(null);
  }

  private preferCodecs(): void {
    const codecs = RTCRtpReceiver.getCapabilities?.('video')?.codecs;
    if (!codecs) return;
    for (const it of this.pc.getTransceivers()) {
      if (it.receiver.track.kind !== 'video') continue;
      try {
        it.setCodecPreferences?.(preferred(codecs));
      } catch {
        // A browser without one of them keeps its own order.
      }
    }
  }

  private sendDescription(gen: number, description: Description): void {
    const tracks: Record<string, Label> = {};
    for (const [label, sender] of this.senders) {
      const mid = this.pc.getTransceivers().find((it) => it.sender === sender)?.mid;
      if (mid !== null && mid !== undefined) tracks[mid] = label;
    }
    this.host.send(this, { k: 'description', gen, description: { type: description.type, sdp: tuneOpus(description.sdp) }, tracks });
  }

  /** Looks at a description before it is used: it must carry the certificate that the server has signed for this person. */
  private accept(description: Description, tracks: Record<string, Label>): boolean {
    if (!isOnly(this.told.fingerprint, description.sdp)) {
      this.host.onMismatch(this);
      return false;
    }
    const gone = new Set(this.labels.values());
    this.labels = new Map(Object.entries(tracks));
    this.labels.forEach((it) => gone.delete(it));
    gone.forEach((it) => this.host.onTrack(this, it, null));
    return true;
  }

  private afterTalk(): void {
    if (!this.closed && this.pc.signalingState === 'stable') this.limit();
  }

  /** Applies the present rung to what we send. */
  private limit(): void {
    const rung = this.ladder.rung;
    const place = this.ladder.limitedTo;
    for (const [label, sender] of this.senders) {
      this.parameters = this.parameters.then(async () => {
        const now = sender.getParameters() as RTCRtpSendParameters & { degradationPreference?: string };
        const first = now.encodings?.[0] as (RTCRtpEncodingParameters & { networkPriority?: RTCPriorityType }) | undefined;
        if (!first) return;
        if (label === 'microphone') {
          first.maxBitrate = SOUND_BITS;
          first.priority = 'high';
          first.networkPriority = 'high';
        } else if (label === 'camera') {
          const height = sender.track?.getSettings().height ?? 480;
          first.active = rung.height > 0;
          first.maxBitrate = Math.max(rung.kbit_s, 50) * 1_000;
          first.scaleResolutionDownBy = Math.max(1, height / Math.max(rung.height, 90));
          first.maxFramerate = Math.max(rung.frames, 1);
          now.degradationPreference = 'maintain-framerate';
        } else {
          first.active = rung.height > 0;
          first.maxBitrate = SECOND_BITS[place] ?? 150_000;
          // A tooth needs sharpness more than motion.
          now.degradationPreference = 'maintain-resolution';
        }
        // Between our reading and our writing the browser may have negotiated anew; the next change tries again.
        await sender.setParameters(now).catch(() => undefined);
      });
    }
  }

  private async sign(came: { commit?: string; nonce?: string }): Promise<void> {
    // A promise other than the one we know, while we are in talk, is a new page on the other side or somebody in between.
    const answer = await this.exchange.next(came);
    if (answer === 'false') this.host.onMismatch(this);
    else if (answer) this.host.send(this, { k: 'sign', ...answer });
    if (this.exchange.words && !this.words) {
      this.words = this.exchange.words;
      this.host.onChange(this);
    }
  }

  /** Goes up or down the ladder, and sends accordingly. */
  private climb(go: (ladder: Ladder) => Rung): void {
    const before = this.ladder.rung;
    const now = go(this.ladder);
    if (now === before) return;
    this.limit();
    if ((before.height === 0) !== (now.height === 0)) this.tellCondition();
  }

  private labelOfTrack(id: string): Label | undefined {
    const mid = this.pc.getTransceivers().find((it) => it.receiver.track.id === id)?.mid;
    return mid === null || mid === undefined ? undefined : this.labels.get(mid);
  }

  private sum(it: ReturnType<typeof between>, after: Counters): void {
    const link = this.link;
    link.picture_ms += it.picture ? it.ms : 0;
    link.sound_ms += it.sound ? it.ms : 0;
    link.both_ms += it.picture && it.sound ? it.ms : 0;
    link.frames += it.frames;
    link.packets += it.packets;
    link.energy += it.energy;
    link.rtt_ms = after.rtt_ms;
    link.loss = it.loss;
    link.width = after.width;
    link.height = after.height;
    link.kbit_s = it.kbit_s;
    link.relay = after.relay;
    link.level = this.level;
  }

  private emptyLink(): Link {
    return {
      peer: this.told.person, picture_ms: 0, sound_ms: 0, both_ms: 0, frames: 0, packets: 0, energy: 0, rtt_ms: null,
      loss: 0, width: 0, height: 0, kbit_s: 0, relay: this.relay ?? 'unknown', level: this.level ?? 'good',
    };
  }
}
