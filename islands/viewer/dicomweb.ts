// Reads from a DICOMweb server under our own origin: with the session's cookie, and without the browser keeping anything.
import { Refused } from './digests';
import type { Json } from './reader';

/** Waiting longer than this for an answer is as good as none. */
const PATIENCE_MS = 120_000;
/** An answer of which nothing has come for so long has been cut off, whatever the line says. */
const QUIET_MS = 30_000;
/** Largest instance that is held in memory at once. */
const INSTANCE_BYTES_MAX = 1_600_000_000;

/** As it lies there: the digest is over the bytes that were received, so nothing may be transcoded on the way. */
const FILE = 'multipart/related; type="application/dicom"; transfer-syntax=*, application/dicom; transfer-syntax=*';

export class DicomWeb {
  readonly #stop = new AbortController();

  constructor(readonly root: string) {}

  /** Ends everything that is under way. */
  close(): void {
    this.#stop.abort();
  }

  /** The catalogue of a study: one entry for each instance. */
  async metadata(study: string): Promise<Json[]> {
    return this.get(`${this.root}/studies/${study}/metadata`, 'application/dicom+json', (answer) => answer.json() as Promise<Json[]>);
  }

  async json(address: string): Promise<unknown> {
    return this.get(address, 'application/json', (answer) => answer.json());
  }

  /** The file of one instance. */
  async file(study: string, series: string, sop: string): Promise<Uint8Array> {
    const read = async (answer: Response, alive: () => void) => {
      if (Number(answer.headers.get('content-length')) > INSTANCE_BYTES_MAX) throw new RangeError('too large');
      return { body: await bytesOf(answer, alive), type: answer.headers.get('content-type') ?? '' };
    };
    const { body, type } = await this.get(`${this.root}/studies/${study}/series/${series}/instances/${sop}`, FILE, read).catch((error: unknown) => {
      const gone = error instanceof Unanswered && (error.status === 404 || error.status === 410);
      throw new Refused(gone ? 'missing' : 'unreached', sop, { cause: error });
    });
    const part = /^multipart\//i.test(type) ? firstPart(body, type) : body;
    if (!part) throw new Refused('unreadable', sop);
    return part;
  }

  /** `read` takes the body, and says `alive` as long as something of it comes. */
  private async get<T>(address: string, accept: string, read: (answer: Response, alive: () => void) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const end = () => stop.abort();
    if (this.#stop.signal.aborted) end();
    this.#stop.signal.addEventListener('abort', end);
    let patience = setTimeout(end, PATIENCE_MS);
    const alive = () => {
      clearTimeout(patience);
      patience = setTimeout(end, QUIET_MS);
    };
    try {
      const answer = await fetch(address, { headers: { accept }, cache: 'no-store', credentials: 'same-origin', signal: stop.signal });
      // A session that has ended leads to the page for signing in.
      if (!answer.ok || answer.redirected) throw new Unanswered(answer.redirected ? 401 : answer.status);
      return await read(answer, alive);
    } finally {
      clearTimeout(patience);
      this.#stop.signal.removeEventListener('abort', end);
    }
  }
}

/** The body as it comes: a line that has gone quiet in the middle ends with an error, where waiting for the whole never ends. */
async function bytesOf(answer: Response, alive: () => void): Promise<Uint8Array> {
  const reader = answer.body?.getReader();
  if (!reader) return new Uint8Array(0);
  let bytes = new Uint8Array(Number(answer.headers.get('content-length')) || 1 << 20);
  let length = 0;
  for (;;) {
    alive();
    const { done, value } = await reader.read();
    if (done) return bytes.subarray(0, length);
    if (length + value.length > bytes.length) {
      const larger = new Uint8Array(Math.max(bytes.length * 2, length + value.length));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(value, length);
    length += value.length;
  }
}

/** The server answered, but not with what was asked for. */
export class Unanswered extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}

/** The body of the first part of a multipart answer: a view, no copy. */
export function firstPart(body: Uint8Array, type: string): Uint8Array | undefined {
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  const word = boundary?.[1] ?? boundary?.[2];
  if (!word) return undefined;
  const mark = new TextEncoder().encode(`--${word}`);
  const begin = find(body, mark, 0);
  const head = begin < 0 ? -1 : find(body, new Uint8Array([13, 10, 13, 10]), begin);
  if (head < 0) return undefined;
  // The length, where it is said, spares looking at every byte; and the closing mark must stand where it leads.
  const headers = new TextDecoder('latin1').decode(body.subarray(begin, head));
  const said = /content-length:\s*(\d+)/i.exec(headers)?.[1];
  const close = new TextEncoder().encode(`\r\n--${word}`);
  const from = head + 4;
  const end = find(body, close, said ? from + Number(said) : from);
  return end < 0 ? undefined : body.subarray(from, end);
}

function find(body: Uint8Array, word: Uint8Array, from: number): number {
  const first = word[0] ?? 0;
  for (let at = body.indexOf(first, from); at >= 0; at = body.indexOf(first, at + 1)) {
    let same = 1;
    while (same < word.length && body[at + same] === word[same]) same += 1;
    if (same === word.length) return at;
  }
  return -1;
}
