// Reads a PDF back with somebody else's program.

import { spawnSync } from 'node:child_process';

/** The text of a PDF, laid out as on paper. */
export function pdfText(bytes) {
  const ran = spawnSync('pdftotext', ['-layout', '-enc', 'UTF-8', '-', '-'], { input: bytes, maxBuffer: 16 * 1024 * 1024 });
  if (ran.status !== 0) throw new Error(`pdftotext: ${ran.stderr}`);
  return ran.stdout.toString('utf8');
}
