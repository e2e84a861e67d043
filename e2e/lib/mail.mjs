// Reads what the mail sink of the run has kept: one file a message.

import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

import { told, until } from './place.mjs';

function bytes(body, encoding) {
  if (/base64/i.test(encoding)) return Buffer.from(body, 'base64');
  if (!/quoted-printable/i.test(encoding)) return Buffer.from(body, 'utf8');
  const plain = body.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}

/** Encoded words (RFC 2047) as text; neighbours join without the blank between them. */
function words(text) {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind, body) =>
      kind.toLowerCase() === 'b' ? Buffer.from(body, 'base64').toString('latin1') : bytes(body.replace(/_/g, ' '), 'quoted-printable').toString('latin1'))
    .replace(/[\u0080-\u00ff]+/g, (run) => Buffer.from(run, 'latin1').toString('utf8'));
}

/** Headers (lower case) and parts of a message or a part of one. */
export function parse(source) {
  const text = source.replace(/\r\n/g, '\n');
  const cut = text.indexOf('\n\n');
  const [head, body] = cut < 0 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 2)];
  const headers = {};
  for (const line of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name) headers[name.toLowerCase()] = words(value);
  }
  const type = headers['content-type'] ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary) {
    const parts = body.split(`--${boundary}`).slice(1, -1).map((it) => parse(it.replace(/^\n/, '').replace(/\n$/, '')));
    return { headers, type, parts, size_bytes: source.length };
  }
  return { headers, type, content: bytes(body, headers['content-transfer-encoding'] ?? ''), parts: [], size_bytes: source.length };
}

function all(part) {
  return [part, ...part.parts.flatMap(all)];
}

/** The first part whose type begins with `type`, as text. */
export function part(mail, type) {
  return all(mail).find((it) => it.content && it.type.toLowerCase().startsWith(type))?.content.toString('utf8');
}

/** Every mail so far, oldest first: `{ to, subject, text, calendar, size_bytes }`. */
export function mails() {
  const folder = told('HARUKA_TEST_SMTP_FOLDER');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => parse(readFileSync(join(folder, name), 'utf8')))
    .map((mail) => ({
      to: mail.headers.to ?? '',
      subject: mail.headers.subject ?? '',
      text: part(mail, 'text/plain') ?? '',
      calendar: part(mail, 'text/calendar'),
      size_bytes: mail.size_bytes,
    }));
}

/** The newest mail to `address` that `fits`, as soon as it is there. */
export function mailTo(address, fits = () => true) {
  return until(`a mail to ${address}`, () => mails().reverse().find((it) => it.to.includes(address) && fits(it)));
}
