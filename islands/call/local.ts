// Our own camera, microphone, second camera and screen: opening, switching, and noticing when the system has taken them away.
import { type Device, devicesOf, openMedia, stop, type Wanted } from '../lib/media';
import type { Condition, Label } from '../lib/wire';
import type { Say } from '../lib/words';
import type { Outgoing } from './peer';

/** A phone call silences the microphone at once; shorter silences are the system's own business. */
const INTERRUPTED_MS = 5_000;

export interface LocalHost {
  t: Say;
  phone: boolean;
  /** Tracks or conditions have changed. */
  onChange(): void;
  onInterrupted(): void;
}

export class Local {
  picture = true;
  sound = true;
  /** Why there is no camera, if there is none. */
  missing = '';
  private facing: 'user' | 'environment' = 'user';
  private streams = new Map<Label, MediaStream>();
  /** Camera and microphone travel under one name, so that the other side keeps lips and voice together. */
  private readonly together = new MediaStream();
  private troubledSince = 0;
  private wasHidden = false;

  constructor(private readonly host: LocalHost) {}

  get opened(): boolean {
    return this.streams.has('microphone');
  }

  has(label: Label): boolean {
    return this.streams.has(label);
  }

  /** What our own small picture shows. */
  stream(label: Label): MediaStream | undefined {
    return this.streams.get(label);
  }

  /** Opens camera and microphone, as far as they can be had. Rejects when not even sound can. */
  async open(): Promise<void> {
    const { stream, missing } = await openMedia(this.wanted());
    this.close();
    this.missing = missing;
    this.split(stream);
    this.troubledSince = 0;
    this.host.onChange();
  }

  /** Page-level re-acquire after a phone call: the old tracks cannot be revived. Second camera and screen are let go. */
  async reopen(): Promise<void> {
    for (const label of ['camera', 'microphone'] as const) stop(this.streams.get(label));
    await this.open();
  }

  outgoing(): Outgoing[] {
    const all: Outgoing[] = [];
    for (const [label, stream] of this.streams) {
      const track = stream.getTracks()[0];
      const group = label === 'camera' || label === 'microphone' ? this.together : stream;
      if (track) all.push({ label, track, stream: group, on: label !== 'camera' || this.picture });
    }
    return all;
  }

  condition(): Condition {
    const picture = this.picture && this.streams.has('camera');
    return { picture: picture ? 'on' : 'off', microphone: this.sound, hidden: document.visibilityState === 'hidden' };
  }

  setSound(on: boolean): void {
    this.sound = on;
    this.streams.get('microphone')?.getAudioTracks().forEach((it) => (it.enabled = on));
    this.host.onChange();
  }

  /** Off means that nothing is sent and the camera is dark, not that black frames are sent. */
  setPicture(on: boolean): void {
    this.picture = on;
    this.streams.get('camera')?.getVideoTracks().forEach((it) => (it.enabled = on));
    this.host.onChange();
  }

  /** The camera on the other side of the phone. */
  async flip(): Promise<void> {
    this.facing = this.facing === 'user' ? 'environment' : 'user';
    await this.openCamera({ ...this.wanted(), sound: false });
  }

  /** Opens only the camera, another one or again. */
  async openCamera(wanted: Wanted = { ...this.wanted(), sound: false }): Promise<void> {
    // Phones open one camera at a time: the old one must go first.
    stop(this.streams.get('camera'));
    this.streams.delete('camera');
    const { stream } = await openMedia(wanted);
    this.put('camera', stream);
    this.missing = '';
    this.picture = true;
    this.host.onChange();
  }

  /** Cameras that could be a second one. */
  async spare(): Promise<Device[]> {
    const used = this.streams.get('camera')?.getVideoTracks()[0]?.getSettings().deviceId;
    return (await devicesOf('videoinput', this.host.t)).filter((it) => it.id !== '' && it.id !== used);
  }

  async openSecond(camera: string): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { deviceId: { exact: camera }, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 15 } },
    });
    this.put('second', stream);
    this.host.onChange();
  }

  async openScreen(): Promise<void> {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 10 } } });
    this.put('screen', stream);
    // The browser has its own button to stop.
    stream.getVideoTracks()[0]?.addEventListener('ended', () => this.drop('screen'));
    this.host.onChange();
  }

  drop(label: 'second' | 'screen'): void {
    stop(this.streams.get(label));
    if (this.streams.delete(label)) this.host.onChange();
  }

  /** Every second, in a call: are our tracks alive, and does anything leave? `sent` is the bytes sent in the last sample. */
  watch(now: number, connected: boolean, sent: number): void {
    const tracks = ['camera', 'microphone'].flatMap((it) => this.streams.get(it as Label)?.getTracks() ?? []);
    const taken = tracks.some((it) => it.readyState === 'ended' || (it.enabled && it.muted));
    const dumb = connected && sent === 0 && tracks.some((it) => it.enabled);
    const hidden = document.visibilityState === 'hidden';
    if (!(taken || dumb) || hidden || tracks.length === 0) {
      this.troubledSince = 0;
      // Back from a phone call that ended the tracks: no need to wait.
      if (this.wasHidden && !hidden && tracks.some((it) => it.readyState === 'ended')) this.host.onInterrupted();
      this.wasHidden = hidden;
      return;
    }
    if (this.troubledSince === 0) this.troubledSince = now;
    else if (now - this.troubledSince >= INTERRUPTED_MS) {
      this.troubledSince = 0;
      this.host.onInterrupted();
    }
  }

  close(): void {
    this.streams.forEach((it) => stop(it));
    this.streams.clear();
  }

  private wanted(): Wanted {
    const size = this.host.phone ? { width: 640, height: 360, frames: 15 } : { width: 640, height: 480, frames: 24 };
    return { ...size, facing: this.facing, picture: true, sound: true };
  }

  private split(stream: MediaStream): void {
    const [camera, microphone] = [stream.getVideoTracks()[0], stream.getAudioTracks()[0]];
    if (camera) this.put('camera', new MediaStream([camera]));
    if (microphone) this.put('microphone', new MediaStream([microphone]));
    this.picture = camera !== undefined;
    microphone && (microphone.enabled = this.sound);
  }

  private put(label: Label, stream: MediaStream): void {
    const track = stream.getTracks()[0];
    // Which kind of sharpness the encoder should keep.
    if (track && 'contentHint' in track) track.contentHint = label === 'microphone' ? 'speech' : label === 'camera' ? 'motion' : 'detail';
    this.streams.set(label, stream);
  }
}
