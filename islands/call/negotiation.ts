// Perfect negotiation: both sides may offer at any time; when two offers cross, the polite side takes its own back.
// Messages arrive in order (the server numbers them), but handling is asynchronous, so they are handled one after another.

export interface Connection {
  readonly signalingState: RTCSignalingState;
  readonly localDescription: RTCSessionDescription | null;
  readonly remoteDescription: RTCSessionDescription | null;
  setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void>;
  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>;
  addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void>;
}

export interface Description {
  type: RTCSdpType;
  sdp: string;
}

export interface Talk {
  /** Sends our description. */
  send(description: Description): void;
  /** Before we describe ourselves: codec order, tracks that the other side's offer made room for. */
  prepare(answering: boolean): void;
}

export class Negotiator {
  private makingOffer = false;
  private ignoring = false;
  private settingAnswer = false;
  private waiting: (RTCIceCandidateInit | null)[] = [];
  private chain: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly connection: Connection,
    private readonly polite: boolean,
    private readonly talk: Talk,
    private readonly onError: (error: unknown) => void,
  ) {}

  close(): void {
    this.closed = true;
  }

  /** Offers what we have now. */
  async offer(): Promise<void> {
    if (this.closed) return;
    try {
      this.makingOffer = true;
      this.talk.prepare(false);
      await this.connection.setLocalDescription();
      this.sendLocal();
    } catch (error) {
      this.fail(error);
    } finally {
      this.makingOffer = false;
    }
  }

  /** The other side's description came. `accept` is asked once it is its turn and not ignored; no means it is not used. */
  description(description: Description, accept: () => boolean = () => true): Promise<void> {
    return this.inTurn(() => this.take(description, accept));
  }

  /** One of the other side's candidates came; it waits until there is a description that it belongs to. */
  candidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    return this.inTurn(async () => {
      if (!this.connection.remoteDescription) {
        if (!this.ignoring) this.waiting.push(candidate);
        return;
      }
      await this.add(candidate);
    });
  }

  private async take(description: Description, accept: () => boolean): Promise<void> {
    const ready = !this.makingOffer && (this.connection.signalingState === 'stable' || this.settingAnswer);
    const crossed = description.type === 'offer' && !ready;
    this.ignoring = !this.polite && crossed;
    if (this.ignoring) return;
    // An answer to an offer that we have taken back since.
    if (description.type === 'answer' && this.connection.signalingState === 'stable') return;
    if (!accept()) return;
    this.settingAnswer = description.type === 'answer';
    try {
      await this.connection.setRemoteDescription(description);
    } finally {
      this.settingAnswer = false;
    }
    const waiting = this.waiting;
    this.waiting = [];
    for (const candidate of waiting) await this.add(candidate);
    if (description.type === 'offer') {
      this.talk.prepare(true);
      await this.connection.setLocalDescription();
      this.sendLocal();
    }
  }

  private async add(candidate: RTCIceCandidateInit | null): Promise<void> {
    try {
      await this.connection.addIceCandidate(candidate ?? undefined);
    } catch {
      // It belongs to a description that was taken back or replaced meanwhile; the new one brings its own.
    }
  }

  private sendLocal(): void {
    const local = this.connection.localDescription;
    if (local && !this.closed) this.talk.send({ type: local.type, sdp: local.sdp });
  }

  private inTurn(act: () => Promise<void>): Promise<void> {
    this.chain = this.chain.then(async () => {
      if (this.closed) return;
      try {
        await act();
      } catch (error) {
        this.fail(error);
      }
    });
    return this.chain;
  }

  private fail(error: unknown): void {
    if (!this.closed) this.onError(error);
  }
}
