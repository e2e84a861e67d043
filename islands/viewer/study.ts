// One study as the viewer knows it: its series, and the pictures that came, checked, or why they were refused.
import * as dicomParser from 'dicom-parser';

import { check, compare, type Fault, type List, listFrom, Refused } from './digests';
import type { DicomWeb } from './dicomweb';
import { type About, aboutOf, type Frame, framesOf, same } from './frame';
import { open } from './part10';
import { fileReader, type Json, jsonReader } from './reader';
import { type Series, sorted } from './series';

const DEFLATED = '1.2.840.10008.1.2.1.99';
const EXPLICIT = '1.2.840.10008.1.2.1';
/** JPEG baseline and extended, JPEG-LS near-lossless: cameras write them and forget to say that something was lost. */
const LOSSY = ['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.51', '1.2.840.10008.1.2.4.81'];

/** An instance that was found to be what was taken in. */
export interface Verified {
  set: dicomParser.DataSet;
  syntax: string;
  frames: Frame[];
  about: About;
}

export class Study {
  readonly series: Series[] = [];
  /** What was refused, by SOP instance, for the list that a person reads. */
  readonly refused = new Map<string, Refused>();
  #list: List = {};
  /** The catalogue's, until an instance has come. */
  about: About | undefined;
  /** Whether two instances say that they show different people: then no name may stand for all. */
  mixed = false;
  /** What each instance that came says of itself. */
  readonly #about = new Map<string, About>();
  /** Instances whose way of writing tells that something was lost, though they do not say so. */
  readonly #lossy = new Map<string, { ratio: number }>();
  /** Only instances with many frames are kept open; a slice is asked for once. */
  readonly #open = new Map<string, Promise<Verified>>();

  constructor(
    readonly web: DicomWeb,
    readonly uid: string,
    readonly digests: string,
    private readonly tell: () => void,
  ) {}

  /** The catalogue and the list of digests. Throws when either cannot be had: without them nothing may be drawn. */
  async load(): Promise<void> {
    const [metadata, list] = await Promise.all([this.web.metadata(this.uid), this.web.json(this.digests)]);
    const sound = listFrom(list);
    if (!sound) throw new TypeError('no list of digests');
    this.#list = sound;
    const readers = metadata.map((it: Json) => jsonReader(it));
    const groups = new Map<string, Series>();
    for (const reader of readers) {
      const uid = reader.texts('0020000D')[0] === this.uid ? (reader.texts('0020000E')[0] ?? '') : '';
      const about = aboutOf(reader);
      this.about ??= about;
      const series = groups.get(uid) ?? {
        uid,
        study: this.uid,
        number: about.seriesNumber,
        modality: reader.texts('00080060')[0] ?? '',
        words: about.seriesWords,
        frames: [],
        others: 0,
      };
      groups.set(uid, series);
      const frames = framesOf(reader);
      if (frames.length === 0) series.others += 1;
      series.frames.push(...frames);
    }
    const present = readers.map((it) => it.texts('00080018')[0] ?? '');
    const { missing, extra } = compare(this.#list, present);
    for (const sop of missing) this.refuse(new Refused('missing', sop));
    for (const sop of extra) this.refuse(new Refused('extra', sop));
    for (const it of groups.values()) it.frames = sorted(it.frames);
    this.series.push(...[...groups.values()].sort((one, other) => one.number - other.number || one.uid.localeCompare(other.uid)));
  }

  /** The instance of `frame`, fetched, hashed and read. Throws [`Refused`]. */
  verified(frame: Frame): Promise<Verified> {
    const known = this.#open.get(frame.sop);
    if (known) return known;
    const coming = this.fetched(frame);
    if (frame.frames > 1) {
      this.#open.clear();
      this.#open.set(frame.sop, coming);
    }
    coming.catch((error: unknown) => {
      this.#open.delete(frame.sop);
      // What could not be fetched is no verdict on the picture: the next try may reach it.
      if (error instanceof Refused) this.refuse(error);
    });
    return coming;
  }

  /** Whose picture it is, as the picture itself says. */
  aboutOf(frame: Frame): About | undefined {
    return this.#about.get(frame.sop) ?? this.about;
  }

  /** What was lost of a picture before it came, as it says itself or as it is written. */
  lossyOf(frame: Frame): { ratio: number } | undefined {
    return frame.lossy ?? this.#lossy.get(frame.sop);
  }

  /** The same of what is made of a whole series: its worst picture counts. */
  lossyIn(series: Series): { ratio: number } | undefined {
    const all = series.frames.flatMap((it) => this.lossyOf(it) ?? []);
    return all.length > 0 ? { ratio: Math.max(...all.map((it) => it.ratio)) } : undefined;
  }

  private learn(sop: string, about: About): void {
    const [first] = this.#about.values();
    if (first && !samePatient(first, about)) this.mixed = true;
    this.#about.set(sop, about);
    this.about = first ?? about;
  }

  refuse(error: Refused): void {
    if (this.refused.has(error.sop) && error.fault === 'unreached') return;
    this.refused.set(error.sop, error);
    this.tell();
  }

  /** The worst of a series: it may not be cut anew while one of its pictures is wrong. */
  faultIn(series: Series): Refused | undefined {
    const sops = new Set(series.frames.map((it) => it.sop));
    // A missing instance names no series: it may belong to any.
    return [...this.refused.values()].find((it) => it.fault === 'missing' || sops.has(it.sop));
  }

  private async fetched(frame: Frame): Promise<Verified> {
    const { sop } = frame;
    if (this.#list[sop] === undefined) throw new Refused('extra', sop);
    const file = await this.web.file(frame.study, frame.series, sop);
    const opened = open(file);
    if (!opened) throw new Refused('unreadable', sop);
    await check(this.#list, sop, opened.dataSet);
    const set = await parsed(opened.dataSet, opened.syntax).catch((error: unknown) => {
      throw new Refused('unreadable', sop, { cause: error });
    });
    const reader = fileReader(set);
    const frames = framesOf(reader);
    const here = frames[frame.frame - 1];
    if (!here || here.sop !== sop) throw new Refused('unreadable', sop);
    // Order, spacing and orientation were taken from the catalogue, which no digest covers.
    if (!same(here, frame)) throw new Refused('described', sop);
    this.refused.delete(sop);
    if (LOSSY.includes(opened.syntax) && !here.lossy) {
      const native = (here.rows * here.columns * here.samples * here.bitsAllocated * here.frames) / 8;
      this.#lossy.set(sop, { ratio: Math.max(0, Math.round((native / opened.dataSet.length) * 10) / 10) });
    }
    const about = aboutOf(reader);
    this.learn(sop, about);
    return { set, syntax: opened.syntax === DEFLATED ? EXPLICIT : opened.syntax, frames, about };
  }
}

function samePatient(one: About, other: About): boolean {
  return JSON.stringify(one.patient) === JSON.stringify(other.patient);
}

export const faultOf = (error: unknown): Fault => (error instanceof Refused ? error.fault : 'undecoded');

async function parsed(dataSet: Uint8Array, syntax: string): Promise<dicomParser.DataSet> {
  let bytes = dataSet;
  let written = syntax;
  if (syntax === DEFLATED) {
    const stream = new Response(dataSet as Uint8Array<ArrayBuffer>).body?.pipeThrough(new DecompressionStream('deflate-raw'));
    bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    written = EXPLICIT;
  }
  return dicomParser.parseDicom(bytes, { TransferSyntaxUID: written });
}
