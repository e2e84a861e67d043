// The messages of `GET /signal`, as `crates/signal/src/message.rs` has them. Written down in docs/protocols.md.

export type Role = 'patient' | 'guardian' | 'doctor' | 'staff' | 'third';
export type Standing = 'waiting' | 'admitted';
export type Why = 'left' | 'lost' | 'replaced' | 'removed' | 'ended' | 'rules';
export type Refused = 'stranger' | 'expired' | 'over' | 'removed' | 'full' | 'unavailable';
export type Happening =
  | 'declined'
  | 'unanswered'
  | 'interrupted'
  | 'resumed'
  | 'without-picture'
  | 'with-picture'
  | 'hidden'
  | 'visible'
  | 'second-camera'
  | 'screen'
  | 'mismatch';
export type Level = 'bad' | 'fair' | 'good';
export type Relay = 'direct' | 'udp' | 'tcp' | 'tls' | 'unknown';

export interface Ice {
  servers: RTCIceServer[];
  ttl_s: number;
  relay_only: boolean;
}
export interface Said {
  id: string;
  key: string;
  person: string;
  name: string;
  text: string;
  at_ms: number;
}
export interface PeerTold {
  person: string;
  role: Role;
  name: string;
  epoch: number;
  fingerprint: string;
  signed: string;
  polite: boolean;
  changed: boolean;
}
export interface Outside {
  person: string;
  role: Role;
  name: string;
  standing: Standing;
}
/** A place in a picture that several people look at: a small pointer, and the picture that it lies on. */
export interface Pointing {
  study: string;
  series: string;
  instance: string;
  /** From 1. */
  frame: number;
  /** Column and row; the centre of the first pixel is 0, 0. `null` when the pointer is not on the picture. */
  at: [number, number] | null;
  /** The person has just gone to this picture: those who follow go there too. */
  goes: boolean;
}
/** What is measured of one person, since the last report. */
export interface Link {
  peer: string;
  picture_ms: number;
  sound_ms: number;
  both_ms: number;
  frames: number;
  packets: number;
  energy: number;
  rtt_ms: number | null;
  loss: number;
  width: number;
  height: number;
  kbit_s: number;
  relay: Relay;
  level: Level;
}

export type Tell =
  | { t: 'welcome'; room: string; person: string; role: Role; name: string; standing: Standing; epoch: number }
  | { t: 'refused'; why: Refused }
  | { t: 'admitted'; ice: Ice; back: boolean; said: Said[] }
  | { t: 'ring'; for_ms: number }
  | { t: 'ringing'; for_ms: number }
  | { t: 'quiet' }
  | ({ t: 'peer' } & PeerTold)
  | { t: 'gone'; person: string; epoch: number; why: Why }
  | { t: 'from'; from: string; epoch: number; seq: number; body: Body }
  | ({ t: 'point'; person: string } & Pointing)
  | ({ t: 'chat' } & Said)
  | { t: 'unsaid'; key: string; ja: string; en: string }
  | { t: 'ice'; ice: Ice }
  | { t: 'outside'; people: Outside[] }
  | { t: 'notice'; kind: string }
  | { t: 'replaced' }
  | { t: 'removed'; why: string }
  | { t: 'ended'; why: string }
  | { t: 'pong' };

export type Ask =
  | { t: 'hello'; ticket: string }
  | { t: 'enter'; fingerprint: string }
  | { t: 'to'; to: string; epoch: number; body: Body }
  | ({ t: 'point' } & Pointing)
  | { t: 'chat'; key: string; text: string }
  | { t: 'report'; interval_ms: number; visible: boolean; links: Link[] }
  | { t: 'note'; what: Happening }
  | { t: 'ice' }
  | { t: 'ping' }
  | { t: 'bye' };

/** What a track shows. */
export type Label = 'camera' | 'second' | 'screen' | 'microphone';
/** What one person tells the others about itself. */
export interface Condition {
  /** `paused`: the way is too narrow for a picture at the moment. */
  picture: 'on' | 'off' | 'paused';
  microphone: boolean;
  hidden: boolean;
}
/** Between two browsers; the server does not read it. `gen` counts the connections that this pair has built. */
export type Body =
  | { k: 'description'; gen: number; description: { type: RTCSdpType; sdp: string }; tracks: Record<string, Label> }
  | { k: 'candidate'; gen: number; candidate: RTCIceCandidateInit | null }
  | { k: 'rebuild'; gen: number }
  | { k: 'condition'; condition: Condition }
  | { k: 'sign'; commit?: string; nonce?: string };
