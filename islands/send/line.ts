// The way of one file: tus-js-client, one attempt at a time. What became of an attempt is a value; when to try again is not
// said here.

import { DetailedError, Upload, type UploadOptions } from 'tus-js-client';

/** Where uploads are made and listed. */
const FILES = '/files';
/** Sent in one request: as large as the server's segments, so that a dead line costs no more than one of them. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** An upload that the server knows of. */
export interface Known {
  readonly upload: string;
  readonly metadata: string;
  readonly offset: number;
  readonly length: number | null;
  readonly ended: boolean;
}

/** One's own uploads, the newest first; nothing where the server cannot be asked. */
export async function known(): Promise<Known[]> {
  try {
    const answer = await fetch(FILES, { headers: { accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store', redirect: 'manual' });
    return answer.ok ? ((await answer.json()) as { uploads: Known[] }).uploads : [];
  } catch {
    return [];
  }
}

/** Gives an upload up; whether the server says so. */
export async function giveUp(upload: string, csrf: string): Promise<boolean> {
  try {
    const answer = await fetch(upload, { method: 'DELETE', headers: { 'tus-resumable': '1.0.0', 'x-csrf-token': csrf }, credentials: 'same-origin' });
    return answer.ok || answer.status === 404 || answer.status === 410;
  } catch {
    return false;
  }
}

/** What became of an attempt: `status` 0 is no answer, 204 is all there; `words` are the server's. */
export interface Outcome {
  readonly status: number;
  readonly words: string;
}

/** An attempt under way. */
export interface Attempt {
  readonly outcome: Promise<Outcome | 'stopped'>;
  stop(): void;
}

/** What the library would keep in the browser: nothing. A file's name may be a patient's. */
const NOWHERE: NonNullable<UploadOptions['urlStorage']> = {
  findAllUploads: () => Promise.resolve([]),
  findUploadsByFingerprint: () => Promise.resolve([]),
  removeUpload: () => Promise.resolve(),
  addUpload: () => Promise.resolve(''),
};

export interface Parcel {
  readonly file: File;
  /** The upload's address, when it is begun. */
  url: string | null;
  readonly metadata: Record<string, string>;
}

/** Sends what is left of a file. */
export function attempt(parcel: Parcel, csrf: string, progress: (bytes: number) => void): Attempt {
  let done: (outcome: Outcome | 'stopped') => void = () => undefined;
  const outcome = new Promise<Outcome | 'stopped'>((resolve) => (done = resolve));
  const upload = new Upload(parcel.file, {
    // With an address to make uploads at hand, the library would begin anew whenever asking fails; so it has none then.
    ...(parcel.url ? { uploadUrl: parcel.url } : { endpoint: FILES }),
    chunkSize: PIECE_BYTES,
    retryDelays: null,
    fingerprint: () => Promise.resolve(''),
    storeFingerprintForResuming: false,
    urlStorage: NOWHERE,
    headers: { 'x-csrf-token': csrf },
    metadata: parcel.metadata,
    onUploadUrlAvailable: () => {
      if (upload.url) parcel.url = new URL(upload.url, location.href).pathname;
    },
    onProgress: progress,
    onSuccess: () => done({ status: 204, words: '' }),
    onError: (error) => {
      const answer = error instanceof DetailedError ? error.originalResponse : null;
      done({ status: answer?.getStatus() ?? 0, words: answer?.getBody().trim() ?? '' });
    },
  });
  upload.start();
  const stop = () => {
    void upload.abort();
    done('stopped');
  };
  return { outcome, stop };
}
