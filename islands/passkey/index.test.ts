// What goes between the server's JSON and the browser's bytes.
import { expect, test } from 'vitest';

Object.assign(globalThis, { HTMLElement: class {} });
const { answer, bytes, hostOf, text, withBytes } = await import('./index');

test('bytes survive the way through text', () => {
  const all = Uint8Array.from({ length: 256 }, (_, it) => it);
  const written = text(all.buffer);
  expect(written).toMatch(/^[A-Za-z0-9_-]+$/);
  expect([...bytes(written)]).toEqual([...all]);
});

test('only what is bytes becomes bytes', () => {
  const { publicKey } = withBytes({
    publicKey: {
      challenge: 'AQID',
      rp: { id: 'clinic.example.jp', name: 'Haruka' },
      user: { id: 'BAU', name: 'sato' },
      excludeCredentials: [{ id: 'Bg', type: 'public-key' }],
    },
  }) as { publicKey: Record<string, any> };
  expect([...publicKey['challenge']]).toEqual([1, 2, 3]);
  expect([...publicKey['user'].id]).toEqual([4, 5]);
  expect(publicKey['rp'].id).toBe('clinic.example.jp');
  expect([...publicKey['excludeCredentials'][0].id]).toEqual([6]);
});

test('an answer is written as the server reads it', () => {
  const buffer = (...it: number[]) => Uint8Array.from(it).buffer;
  const made = {
    id: 'Bg',
    rawId: buffer(6),
    type: 'public-key',
    response: { clientDataJSON: buffer(1), authenticatorData: buffer(2), signature: buffer(3), userHandle: null },
  };
  expect(answer(made as unknown as PublicKeyCredential)).toEqual({
    id: 'Bg',
    rawId: 'Bg',
    type: 'public-key',
    extensions: {},
    response: { clientDataJSON: 'AQ', authenticatorData: 'Ag', signature: 'Aw', userHandle: null },
  });
});

test('the host is found in both kinds of options', () => {
  expect(hostOf({ publicKey: { rpId: 'a.example' } })).toBe('a.example');
  expect(hostOf({ publicKey: { rp: { id: 'b.example' } } })).toBe('b.example');
  expect(hostOf({})).toBe('');
});
