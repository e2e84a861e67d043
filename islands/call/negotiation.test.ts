// Perfect negotiation between two made-up connections that follow the state machine of JSEP, with a slow line between them.
import { describe, expect, it } from 'vitest';
import { type Connection, type Description, Negotiator } from './negotiation';

/** As much of an `RTCPeerConnection` as negotiation sees: states, implicit rollback, candidates that need a description. */
class Made implements Connection {
  signalingState: RTCSignalingState = 'stable';
  localDescription: RTCSessionDescription | null = null;
  remoteDescription: RTCSessionDescription | null = null;
  readonly candidates: unknown[] = [];
  rolledBack = 0;
  private stableRemote: RTCSessionDescription | null = null;
  private made = 0;

  constructor(readonly name: string) {}

  async setLocalDescription(): Promise<void> {
    await pause(1);
    const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer';
    this.made += 1;
    this.localDescription = { type, sdp: `${this.name} ${type} ${this.made}` } as RTCSessionDescription;
    this.signalingState = type === 'offer' ? 'have-local-offer' : 'stable';
  }

  async setRemoteDescription(description: Description): Promise<void> {
    await pause(1);
    if (description.type === 'offer') {
      if (this.signalingState === 'have-local-offer') {
        this.rolledBack += 1;
        this.remoteDescription = this.stableRemote;
      }
      this.signalingState = 'have-remote-offer';
    } else {
      if (this.signalingState !== 'have-local-offer') throw new DOMException(`answer in ${this.signalingState}`, 'InvalidStateError');
      this.signalingState = 'stable';
    }
    this.remoteDescription = description as RTCSessionDescription;
    this.stableRemote = this.remoteDescription;
  }

  async addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
    if (!this.remoteDescription) throw new DOMException('no description', 'InvalidStateError');
    // A candidate belongs to the description it was made for.
    if (candidate?.usernameFragment && candidate.usernameFragment !== this.remoteDescription.sdp) throw new DOMException('unknown', 'OperationError');
    this.candidates.push(candidate);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function pair(delay_ms: number): { clinic: Made; patient: Made; a: Negotiator; b: Negotiator; errors: unknown[] } {
  const [clinic, patient] = [new Made('clinic'), new Made('patient')];
  const errors: unknown[] = [];
  let a!: Negotiator;
  let b!: Negotiator;
  const line = (to: () => Negotiator, from: Made) => (description: Description): void => {
    void pause(delay_ms).then(async () => {
      const receiver = to();
      void receiver.description(description);
      void receiver.candidate({ candidate: from.name, usernameFragment: description.sdp });
    });
  };
  a = new Negotiator(clinic, false, { send: line(() => b, clinic), prepare: () => undefined }, (it) => errors.push(it));
  b = new Negotiator(patient, true, { send: line(() => a, patient), prepare: () => undefined }, (it) => errors.push(it));
  return { clinic, patient, a, b, errors };
}

describe('negotiation', () => {
  it('one offer leads to one answer', async () => {
    const { clinic, patient, a, errors } = pair(5);
    await a.offer();
    await pause(60);
    expect([clinic.signalingState, patient.signalingState]).toEqual(['stable', 'stable']);
    expect(patient.candidates).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('two offers that cross end in the one of the clinic', async () => {
    const { clinic, patient, a, b, errors } = pair(5);
    await Promise.all([a.offer(), b.offer()]);
    await pause(80);
    expect([clinic.signalingState, patient.signalingState]).toEqual(['stable', 'stable']);
    expect(clinic.rolledBack).toBe(0);
    expect(patient.rolledBack).toBe(1);
    expect(patient.remoteDescription?.sdp).toBe('clinic offer 1');
    expect(clinic.remoteDescription?.type).toBe('answer');
    expect(errors).toEqual([]);
  });

  it('candidates wait for their description', async () => {
    const { clinic, b } = pair(5);
    const connection = new Made('alone');
    const negotiator = new Negotiator(connection, true, { send: () => undefined, prepare: () => undefined }, () => undefined);
    void negotiator.candidate({ candidate: 'early' });
    await pause(5);
    expect(connection.candidates).toEqual([]);
    await negotiator.description({ type: 'offer', sdp: 'x' });
    expect(connection.candidates).toEqual([{ candidate: 'early' }]);
    void clinic;
    b.close();
  });

  it('a description that is not accepted changes nothing (OV-244)', async () => {
    const connection = new Made('alone');
    const negotiator = new Negotiator(connection, true, { send: () => undefined, prepare: () => undefined }, () => undefined);
    await negotiator.description({ type: 'offer', sdp: 'wrong certificate' }, () => false);
    expect(connection.signalingState).toBe('stable');
    expect(connection.remoteDescription).toBeNull();
  });

  it('many offers from both sides in a storm end in peace', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { clinic, patient, a, b, errors } = pair(seed % 7);
      const acts: Promise<void>[] = [];
      for (let turn = 0; turn < 6; turn += 1) {
        acts.push(pause((seed * 13 + turn * 7) % 23).then(() => ((seed + turn) % 2 === 0 ? a : b).offer()));
      }
      await Promise.all(acts);
      await pause(120);
      expect([clinic.signalingState, patient.signalingState], `seed ${seed}`).toEqual(['stable', 'stable']);
      expect(errors, `seed ${seed}`).toEqual([]);
    }
  });

  it('nothing is said after the end', async () => {
    const said: Description[] = [];
    const negotiator = new Negotiator(new Made('alone'), false, { send: (it) => said.push(it), prepare: () => undefined }, () => undefined);
    const offering = negotiator.offer();
    negotiator.close();
    await offering;
    expect(said).toEqual([]);
  });
});
