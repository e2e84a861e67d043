// Who we are to the other browser: a DTLS certificate made for this page alone, and the server's word for whose it is.
import type { PeerTold } from '../lib/wire';
import { fingerprintsOf } from './sdp';

export interface Own {
  certificate: RTCCertificate;
  /** As in SDP: `sha-256 AB:CD:…`. */
  fingerprint: string;
}

/** A new certificate; its fingerprint is read from a description, which every browser can make. */
export async function ownCertificate(): Promise<Own> {
  const certificate = await RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' } as AlgorithmIdentifier);
  const probe = new RTCPeerConnection({ certificates: [certificate] });
  try {
    probe.createDataChannel('probe');
    const offer = await probe.createOffer();
    return { certificate, fingerprint: fingerprintsOf(offer.sdp ?? '')[0] ?? '' };
  } finally {
    probe.close();
  }
}

/** The text that the facility signs: this person, in this room, holds this certificate. */
export function statement(room: string, person: string, fingerprint: string): string {
  return `haruka-call/1\n${room}\n${person}\n${fingerprint}\n`;
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));
}

/**
 * Whether the facility's key has signed what the server says about `told`. Without a key on the page, or in a browser that does
 * not know Ed25519, there is nothing to check by; the fingerprint in the description is compared all the same.
 */
export async function signedBy(signer: string, room: string, told: PeerTold): Promise<boolean> {
  if (signer === '') return true;
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('spki', bytes(signer), { name: 'Ed25519' }, false, ['verify']);
  } catch {
    return true;
  }
  try {
    const text = new TextEncoder().encode(statement(room, told.person, told.fingerprint));
    return await crypto.subtle.verify({ name: 'Ed25519' }, key, bytes(told.signed), text);
  } catch {
    return false;
  }
}
