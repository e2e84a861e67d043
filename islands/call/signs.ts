// Four words that both sides can compare by voice. They are the same only if no one sits between the two browsers.
//
// Each side first sends a commitment to a random number and shows the number only after it has the other's commitment. Without
// this, a server in the middle could try certificates until the words of both halves agree (24 bits, a birthday's work); with
// it, every attempt is one call and succeeds once in 16 million.
import { hex } from '../lib/ids';
import type { Words } from '../lib/words';

const w = (ja: string, en: string): Words => ({ ja, en });

/** 64 words that are told apart by ear, known to children. Their order is part of the protocol. */
export const SIGNS: readonly Words[] = [
  w('さくら', 'cherry'), w('とけい', 'clock'), w('ふね', 'ship'), w('りんご', 'apple'),
  w('つき', 'moon'), w('ねこ', 'cat'), w('かさ', 'umbrella'), w('やま', 'mountain'),
  w('ぶどう', 'grape'), w('でんしゃ', 'train'), w('ほし', 'star'), w('いぬ', 'dog'),
  w('かぎ', 'key'), w('うみ', 'sea'), w('みかん', 'orange'), w('たいこ', 'drum'),
  w('ゆき', 'snow'), w('うさぎ', 'rabbit'), w('ぼうし', 'hat'), w('かわ', 'river'),
  w('すいか', 'melon'), w('じてんしゃ', 'bicycle'), w('くも', 'cloud'), w('とり', 'bird'),
  w('めがね', 'glasses'), w('もり', 'forest'), w('バナナ', 'banana'), w('ピアノ', 'piano'),
  w('にじ', 'rainbow'), w('さかな', 'fish'), w('くつ', 'shoe'), w('しま', 'island'),
  w('いちご', 'strawberry'), w('ひこうき', 'airplane'), w('たいよう', 'sun'), w('ぞう', 'elephant'),
  w('はさみ', 'scissors'), w('はし', 'bridge'), w('トマト', 'tomato'), w('ふえ', 'flute'),
  w('かぜ', 'wind'), w('かめ', 'turtle'), w('てぶくろ', 'glove'), w('いえ', 'house'),
  w('レモン', 'lemon'), w('バス', 'bus'), w('はな', 'flower'), w('きりん', 'giraffe'),
  w('えんぴつ', 'pencil'), w('まど', 'window'), w('おにぎり', 'rice ball'), w('すず', 'bell'),
  w('いし', 'stone'), w('うま', 'horse'), w('かばん', 'bag'), w('しろ', 'castle'),
  w('たまご', 'egg'), w('ロケット', 'rocket'), w('もみじ', 'maple'), w('ペンギン', 'penguin'),
  w('ほん', 'book'), w('こうえん', 'park'), w('パン', 'bread'), w('かね', 'gong'),
];

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** What one side sends before it shows its number. */
export async function commitment(fingerprint: string, nonce: string): Promise<string> {
  return hex(await digest(`haruka-sign/1\ncommit\n${fingerprint.toLowerCase()}\n${nonce}\n`));
}

export interface Half {
  fingerprint: string;
  nonce: string;
}

/** The four words of two halves; the same for both sides. */
export async function signsOf(one: Half, other: Half): Promise<Words[]> {
  const halves = [one, other].map((it) => `${it.fingerprint.toLowerCase()} ${it.nonce}`).sort();
  const bytes = await digest(`haruka-sign/1\n${halves.join('\n')}\n`);
  return Array.from(bytes.slice(0, 4), (it) => SIGNS[it & 63] as Words);
}

/** One side of the exchange. `next` takes what came and says what to send. */
export class SignExchange {
  private readonly nonce = hex(crypto.getRandomValues(new Uint8Array(16)));
  private theirCommit: string | undefined;
  /** The words, once both numbers are known. */
  words: Words[] | undefined;

  constructor(
    private readonly mine: string,
    private readonly theirs: string,
  ) {}

  async open(): Promise<{ commit: string }> {
    return { commit: await commitment(this.mine, this.nonce) };
  }

  /** `'false'` as an answer: the number shown was not the one promised. */
  async next(came: { commit?: string; nonce?: string }): Promise<{ nonce: string } | 'false' | undefined> {
    if (came.commit !== undefined) {
      // Only the first promise counts; a second one after our number is known would be worthless.
      if (this.theirCommit !== undefined) return this.theirCommit === came.commit ? { nonce: this.nonce } : 'false';
      this.theirCommit = came.commit;
      return { nonce: this.nonce };
    }
    if (came.nonce === undefined || this.theirCommit === undefined) return undefined;
    if ((await commitment(this.theirs, came.nonce)) !== this.theirCommit) return 'false';
    this.words = await signsOf({ fingerprint: this.mine, nonce: this.nonce }, { fingerprint: this.theirs, nonce: came.nonce });
    return undefined;
  }
}
