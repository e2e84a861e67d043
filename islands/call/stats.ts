// From a browser's counters to what a person has received in the last two seconds.
import type { Label, Relay } from '../lib/wire';

/** Any one entry of an `RTCStatsReport`; browsers differ in what they give. */
export type Entry = Record<string, unknown>;

/** Sums since the connection began. */
export interface Counters {
  at_ms: number;
  frames: number;
  freezes: number;
  width: number;
  height: number;
  packets: number;
  lost: number;
  energy: number;
  jitter_ms: number;
  rtt_ms: number | null;
  /** What the other side says it lost of ours, 0 to 1. */
  lossOut: number;
  bytesIn: number;
  bytesOut: number;
  available_kbit_s: number | null;
  relay: Relay;
}

/** The difference of two counters. */
export interface Interval {
  ms: number;
  frames: number;
  frames_s: number;
  freezes: number;
  packets: number;
  loss: number;
  energy: number;
  kbit_s: number;
  bytesOut: number;
  bytesIn: number;
  /** Whether a moving picture came, and a sound with energy. */
  picture: boolean;
  sound: boolean;
}

const num = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const str = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Sums over one report. `labelOf` says what a received track shows; only the camera's frames count as picture of the person. */
export function count(entries: Iterable<Entry>, labelOf: (track: string, mid: string) => Label | undefined, at_ms: number): Counters {
  const all = [...entries];
  const byId = new Map(all.map((it) => [str(it.id), it]));
  const sum: Counters = {
    at_ms, frames: 0, freezes: 0, width: 0, height: 0, packets: 0, lost: 0, energy: 0, jitter_ms: 0, rtt_ms: null,
    lossOut: 0, bytesIn: 0, bytesOut: 0, available_kbit_s: null, relay: 'unknown',
  };
  for (const it of all) {
    const video = it.kind === 'video';
    if (it.type === 'inbound-rtp') {
      sum.bytesIn += num(it.bytesReceived);
      if (!video) {
        sum.packets += num(it.packetsReceived);
        sum.lost += num(it.packetsLost);
        sum.energy += num(it.totalAudioEnergy);
        sum.jitter_ms = Math.max(sum.jitter_ms, num(it.jitter) * 1_000);
      } else if ((labelOf(str(it.trackIdentifier), str(it.mid)) ?? 'camera') === 'camera') {
        sum.frames += num(it.framesDecoded);
        sum.freezes += num(it.freezeCount);
        sum.width = Math.max(sum.width, num(it.frameWidth));
        sum.height = Math.max(sum.height, num(it.frameHeight));
      }
    } else if (it.type === 'outbound-rtp') {
      sum.bytesOut += num(it.bytesSent);
    } else if (it.type === 'remote-inbound-rtp') {
      sum.lossOut = Math.max(sum.lossOut, Math.min(1, Math.max(0, num(it.fractionLost))));
      if (num(it.roundTripTime) > 0) sum.rtt_ms = Math.max(sum.rtt_ms ?? 0, Math.round(num(it.roundTripTime) * 1_000));
    }
  }
  const pair = pairOf(all, byId);
  if (pair) {
    if (num(pair.currentRoundTripTime) > 0) sum.rtt_ms = Math.round(num(pair.currentRoundTripTime) * 1_000);
    if (num(pair.availableOutgoingBitrate) > 0) sum.available_kbit_s = Math.round(num(pair.availableOutgoingBitrate) / 1_000);
    sum.relay = relayOf(byId.get(str(pair.localCandidateId)), byId.get(str(pair.remoteCandidateId)));
  }
  return sum;
}

function pairOf(all: Entry[], byId: Map<string, Entry>): Entry | undefined {
  const transport = all.find((it) => it.type === 'transport' && str(it.selectedCandidatePairId) !== '');
  const chosen = transport && byId.get(str(transport.selectedCandidatePairId));
  return chosen ?? all.find((it) => it.type === 'candidate-pair' && it.nominated === true && it.state === 'succeeded');
}

function relayOf(local: Entry | undefined, remote: Entry | undefined): Relay {
  if (!local) return 'unknown';
  if (local.candidateType !== 'relay') return remote?.candidateType === 'relay' ? 'udp' : 'direct';
  const protocol = str(local.relayProtocol);
  return protocol === 'tcp' || protocol === 'tls' ? protocol : 'udp';
}

/** What came between two counts. Two frames in two seconds are a slide show; three are taken as the least that moves. */
export function between(before: Counters, after: Counters): Interval {
  const ms = Math.max(1, after.at_ms - before.at_ms);
  const grown = (a: number, b: number): number => Math.max(0, a - b);
  const frames = grown(after.frames, before.frames);
  const packets = grown(after.packets, before.packets);
  const lost = grown(after.lost, before.lost);
  const energy = grown(after.energy, before.energy);
  const bytesIn = grown(after.bytesIn, before.bytesIn);
  return {
    ms,
    frames,
    frames_s: (frames * 1_000) / ms,
    freezes: grown(after.freezes, before.freezes),
    packets,
    loss: packets + lost === 0 ? 0 : lost / (packets + lost),
    energy,
    kbit_s: Math.round((bytesIn * 8) / ms),
    bytesIn,
    bytesOut: grown(after.bytesOut, before.bytesOut),
    picture: (frames * 2_000) / ms >= 3,
    sound: packets > 0 && energy > 0,
  };
}
