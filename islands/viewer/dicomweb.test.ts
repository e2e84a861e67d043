// What comes over the line: whole, in pieces, not at all, or no further.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { DicomWeb } from './dicomweb';
import { faultOf } from './study';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A server that answers with these pieces, one a second, and then ends or says no more. */
function answers(pieces: readonly Uint8Array[], more: { status?: number; cut?: boolean; headers?: Record<string, string> } = {}): void {
  const fetched = (_: string, { signal }: { signal: AbortSignal }) => {
    const body = new ReadableStream<Uint8Array>({
      async start(to) {
        signal.addEventListener('abort', () => to.error(new DOMException('', 'AbortError')));
        for (const it of pieces) {
          await new Promise((done) => setTimeout(done, 1_000));
          to.enqueue(it);
        }
        if (!more.cut) to.close();
      },
    });
    return Promise.resolve(new Response(body, { status: more.status ?? 200, headers: { 'content-type': 'application/dicom', ...more.headers } }));
  };
  vi.stubGlobal('fetch', fetched);
}

const file = () => new DicomWeb('/dicom-web').file('1', '2', '3').then((it) => [...it], faultOf);
const bytes = (...all: number[]) => Uint8Array.from(all);

/** An answer, after so long. */
async function after(seconds: number): Promise<unknown> {
  let told: unknown = 'still waiting';
  void file().then((it) => (told = it));
  await vi.advanceTimersByTimeAsync(seconds * 1_000);
  return told;
}

test('a file comes in pieces, whatever was said of its length', async () => {
  const pieces = Array.from({ length: 90 }, (_, place) => bytes(place, place));
  for (const length of ['180', '5', 'x']) {
    answers(pieces, { headers: { 'content-length': length } });
    expect(await after(100)).toEqual(pieces.flatMap((it) => [...it]));
  }
});

test('a line that has gone quiet in the middle ends, and the next try may reach it', async () => {
  answers([bytes(1, 2)], { cut: true });
  expect(await after(20)).toBe('still waiting');
  expect(await after(40)).toBe('unreached');
});

test('what is gone is missing, what is refused was not reached', async () => {
  answers([], { status: 404 });
  expect(await after(1)).toBe('missing');
  answers([], { status: 503 });
  expect(await after(1)).toBe('unreached');
});
