// The page's end of the worker: a question, and its answer when it comes.
import { Unfit } from './fault';
import type { Question, Questions, Told } from './messages';

interface Waiting {
  done: (answer: never) => void;
  failed: (error: Error) => void;
  told: ((part: number) => void) | undefined;
}

export class Crew {
  readonly #worker = new Worker(new URL('./decode.ts', import.meta.url), { type: 'module' });
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Told>) => {
      const waiting = this.#waiting.get(data.id);
      if ('part' in data) return waiting?.told?.(data.part);
      this.#waiting.delete(data.id);
      if ('fault' in data) waiting?.failed(data.fault === 'failed' ? new Error(data.message) : new Unfit(data.fault, data.message));
      else waiting?.done(data.answer as never);
    };
    this.#worker.onerror = () => this.fail();
  }

  ask<Q extends Question>(question: Q, ask: Questions[Q]['ask'], told?: (part: number) => void): Promise<Questions[Q]['answer']> {
    this.#asked += 1;
    const id = this.#asked;
    const given: Transferable[] = 'bytes' in ask ? [ask.bytes.buffer as ArrayBuffer] : [];
    return new Promise((done, failed) => {
      this.#waiting.set(id, { done, failed, told });
      this.#worker.postMessage({ id, question, ask }, given);
    });
  }

  close(): void {
    this.#worker.terminate();
    this.#waiting.clear();
  }

  /** The worker did not start, or has died: nobody waits for it for ever. */
  private fail(): void {
    for (const it of this.#waiting.values()) it.failed(new Error('the worker has failed'));
    this.#waiting.clear();
  }
}
