// The worker in which surfaces are unpacked (by WebAssembly, from our own address), searched and compared, so that the page answers.
import { Desk } from './desk';
import { Unfit } from './fault';
import type { Asked, Told } from './messages';

interface Scope {
  onmessage: ((event: MessageEvent<Asked>) => void) | null;
  postMessage(message: Told, transfer: Transferable[]): void;
}
const scope = self as unknown as Scope;

/** A message to oneself comes after those that wait already, and sooner than a timer. */
const pause = () =>
  new Promise<void>((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(0);
  });

const desk = new Desk(() => performance.now(), pause);

/** The arrays of an answer, which are handed over and not copied. */
function inside(answer: unknown): Transferable[] {
  if (Array.isArray(answer)) return answer.flatMap(inside);
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.values(answer).flatMap((it) => (ArrayBuffer.isView(it) ? [it.buffer as ArrayBuffer] : []));
}

scope.onmessage = ({ data: { id, question, ask } }) => {
  desk
    .answer(question, ask, (part) => scope.postMessage({ id, part }, []))
    .then((answer) => scope.postMessage({ id, answer }, inside(answer)))
    .catch((error: unknown) => scope.postMessage({ id, fault: error instanceof Unfit ? error.fault : 'failed', message: String(error) }, []));
};
