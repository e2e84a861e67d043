// Four words that both sides can compare by voice. They are the same only if no one sits between the two browsers.
//
// Each side first sends a commitment to a random number and shows the number only after it has the other's commitment. Without
// this, a server in the middle could try certificates until the words of both halves agree (24 bits, a birthday's work); with
// it, every attempt is one call and succeeds once in 16 million.
import { hex } from '../lib/ids';
import type { Words } from '../lib/words';

const words = (ja: string, en: string): Words => ({ ja, en });

/** 64 words that are told apart by ear, known to children. Their order is part of the protocol. */
export const SIGNS: readonly Words[] = [
  words('さくら', 'cherry'), words('とけい', 'clock'), words('ふね', 'ship'), words('りんご', 'apple'),
  words('つき', 'moon'), words('ねこ', 'cat'), words('かさ', 'umbrella'), words('やま', 'mountain'),
  words('ぶどう', 'grape'), words('でんしゃ', 'train'), words('ほし', 'star'), words('いぬ', 'dog'),
  words('かぎ', 'key'), words('うみ', 'sea'), words('みかん', 'orange'), words('たいこ', 'drum'),
  words('ゆき', 'snow'), words('うさぎ', 'rabbit'), words('ぼうし', 'hat'), words('かわ', 'river'),
  words('すいか', 'melon'), words('じてんしゃ', 'bicycle'), words('くも', 'cloud'), words('とり', 'bird'),
  words('めがね', 'glasses'), words('もり', 'forest'), words('バナナ', 'banana'), words('ピアノ', 'piano'),
  words('にじ', 'rainbow'), words('さかな', 'fish'), words('くつ', 'shoe'), words('しま', 'island'),
  words('いちご', 'strawberry'), words('ひこうき', 'airplane'), words('たいよう', 'sun'), words('ぞう', 'elephant'),
  words('はさみ', 'scissors'), words('はし', 'bridge'), words('トマト', 'tomato'), words('ふえ', 'flute'),
  words('かぜ', 'wind'), words('かめ', 'turtle'), words('てぶくろ', 'glove'), words('いえ', 'house'),
  words('レモン', 'lemon'), words('バス', 'bus'), words('はな', 'flower'), words('きりん', 'giraffe'),
  words('えんぴつ', 'pencil'), words('まど', 'window'), words('おにぎり', 'rice ball'), words('すず', 'bell'),
  words('いし', 'stone'), words('うま', 'horse'), words('かばん', 'bag'), words('しろ', 'castle'),
  words('たまご', 'egg'), words('ロケット', 'rocket'), words('もみじ', 'maple'), words('ペンギン', 'penguin'),
  words('ほん', 'book'), words('こうえん', 'park'), words('パン', 'bread'), words('かね', 'gong'),
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
