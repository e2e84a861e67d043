// Reads from a DICOMweb server under our own origin: with the session's cookie, and without the browser keeping anything.
import { Refused } from './digests';
import type { Json } from './reader';

/** Waiting longer than this for one answer is as good as none. */
const PATIENCE_MS = 120_000;
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
    const answer = await this.get(`${this.root}/studies/${study}/metadata`, 'application/dicom+json');
    return (await answer.json()) as Json[];
  }

  async json(address: string): Promise<unknown> {
    return (await this.get(address, 'application/json')).json();
  }

  /** The file of one instance. */
  async file(study: string, series: string, sop: string): Promise<Uint8Array> {
    const answer = await this.get(`${this.root}/studies/${study}/series/${series}/instances/${sop}`, FILE).catch((error: unknown) => {
      const gone = error instanceof Unanswered && (error.status === 404 || error.status === 410);
      throw new Refused(gone ? 'missing' : 'unreached', sop, { cause: error });
    });
    if (Number(answer.headers.get('content-length')) > INSTANCE_BYTES_MAX) throw new Refused('unreached', sop);
    const body = new Uint8Array(await answer.arrayBuffer().catch((error: unknown) => {
      throw new Refused('unreached', sop, { cause: error });
    }));
    const type = answer.headers.get('content-type') ?? '';
    const part = /^multipart\//i.test(type) ? firstPart(body, type) : body;
    if (!part) throw new Refused('unreadable', sop);
    return part;
  }

  private async get(address: string, accept: string): Promise<Response> {
    const stop = new AbortController();
    const end = () => stop.abort();
    if (this.#stop.signal.aborted) end();
    this.#stop.signal.addEventListener('abort', end);
    const patience = setTimeout(end, PATIENCE_MS);
    try {
      const answer = await fetch(address, { headers: { accept }, cache: 'no-store', credentials: 'same-origin', signal: stop.signal });
      // A session that has ended leads to the page for signing in.
      if (!answer.ok || answer.redirected) throw new Unanswered(answer.redirected ? 401 : answer.status);
      return answer;
    } finally {
      clearTimeout(patience);
      this.#stop.signal.removeEventListener('abort', end);
    }
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
