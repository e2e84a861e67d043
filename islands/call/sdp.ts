// The few places where a description is read or touched.

/** Every DTLS fingerprint of a description, as `sha-256 AB:CD:…`. */
export function fingerprintsOf(sdp: string): string[] {
  return Array.from(sdp.matchAll(/^a=fingerprint:(\S+)[ \t]+([0-9A-Fa-f:]+)[ \t]*\r?$/gm), (it) => `${(it[1] ?? '').toLowerCase()} ${(it[2] ?? '').toUpperCase()}`);
}

/** Whether a description carries `fingerprint` and no other. */
export function isOnly(fingerprint: string, sdp: string): boolean {
  const wanted = normal(fingerprint);
  const found = fingerprintsOf(sdp);
  return found.length > 0 && found.every((it) => it === wanted);
}

function normal(fingerprint: string): string {
  const [hash = '', value = ''] = fingerprint.trim().split(/\s+/);
  return `${hash.toLowerCase()} ${value.toUpperCase()}`;
}

/**
 * Asks the sender of Opus for error correction within the stream, no silence suppression (a pause in speech must not look
 * like a lost line) and a rate that leaves room for the picture. These lines say what the receiver wants (RFC 7587).
 */
export function tuneOpus(sdp: string): string {
  const payload = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  if (payload === undefined) return sdp;
  const wish = 'minptime=10;useinbandfec=1;usedtx=0;maxaveragebitrate=32000';
  const line = new RegExp(`^a=fmtp:${payload} [^\\r\\n]*`, 'm');
  if (line.test(sdp)) return sdp.replace(line, `a=fmtp:${payload} ${wish}`);
  return sdp.replace(new RegExp(`^(a=rtpmap:${payload} opus/48000[^\\r\\n]*)(\\r?\\n)`, 'im'), `$1$2a=fmtp:${payload} ${wish}$2`);
}

interface Codec {
  mimeType: string;
  sdpFmtpLine?: string;
}

/** VP8 first (every browser), then H.264 constrained baseline (in the hardware of old iPhones), then what repairs them. */
export function preferred<T extends Codec>(codecs: readonly T[]): T[] {
  const type = (it: T): string => it.mimeType.toLowerCase();
  const baseline = (it: T): boolean => /profile-level-id=42/i.test(it.sdpFmtpLine ?? '') && !/packetization-mode=0/.test(it.sdpFmtpLine ?? '');
  const vp8 = codecs.filter((it) => type(it) === 'video/vp8');
  const h264 = codecs.filter((it) => type(it) === 'video/h264' && baseline(it));
  const repair = codecs.filter((it) => type(it) === 'video/rtx');
  return vp8.length + h264.length === 0 ? [...codecs] : [...vp8, ...h264, ...repair];
}
