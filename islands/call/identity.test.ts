// The facility's signature over a certificate, checked as a browser does (OV-244).
import { describe, expect, it } from 'vitest';
import type { PeerTold } from '../lib/wire';
import { signedBy, statement } from './identity';

const base64 = (bytes: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(bytes)));

describe('who somebody is', async () => {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair;
  const signer = base64(await crypto.subtle.exportKey('spki', pair.publicKey));
  const fingerprint = 'sha-256 AB:CD';
  const signed = base64(await crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, new TextEncoder().encode(statement('room', 'doctor', fingerprint))));
  const told: PeerTold = { person: 'doctor', role: 'doctor', name: '佐藤', epoch: 1, fingerprint, signed, polite: true, changed: false };

  it('is believed with the right signature', async () => {
    expect(await signedBy(signer, 'room', told)).toBe(true);
  });
  it.each([
    ['another room', 'other', {}],
    ['another certificate', 'room', { fingerprint: 'sha-256 AB:CE' }],
    ['another person', 'room', { person: 'patient' }],
    ['no signature', 'room', { signed: '' }],
    ['nonsense', 'room', { signed: '***' }],
  ])('is not believed with %s', async (_, room, change) => {
    expect(await signedBy(signer, room, { ...told, ...change })).toBe(false);
  });
  it('cannot be checked without a key', async () => {
    expect(await signedBy('', 'room', { ...told, signed: '' })).toBe(true);
  });
});
