// What a test result means. OV-166: camera colour, movement, sound, network.
import { expect, it } from 'vitest';
import { byWay, wayLevel, wayOf } from '../lib/relay';
import { mark, overall, type Result } from './result';
import { change, loudness } from './sense';

const good = { ok: true, kbit_s: 1_800, rtt_ms: 30, loss: 0 };
const whole: Result = {
  camera: { ok: true, width: 640, height: 480, error: '' },
  motion: { frames_s: 20, moved: true },
  colour: { shades: true, natural: true },
  microphone: { ok: true, peak: 0.5, error: '' },
  speaker: { ok: true },
  network: { configured: true, udp: good },
};

it.each([
  ['everything', {}, 'good'],
  ['a step left out', { speaker: undefined }, 'none'],
  ['a covered lens', { motion: { frames_s: 20, moved: false } }, 'bad'],
  ['a slow camera', { motion: { frames_s: 8, moved: true } }, 'fair'],
  ['night mode', { colour: { shades: true, natural: false } }, 'fair'],
  ['no microphone', { microphone: { ok: false, peak: 0, error: 'NotFoundError' } }, 'bad'],
  ['no relay set up', { network: { configured: false } }, 'fair'],
  ['only TLS gets through', { network: { configured: true, udp: { ...good, ok: false }, tls: good } }, 'good'],
  ['nothing gets through', { network: { configured: true, udp: { ...good, ok: false }, tls: { ...good, ok: false } } }, 'bad'],
] as [string, object, string][])('%s is %s', (_, changed, is) => {
  expect(overall({ ...whole, ...changed } as Result)).toBe(is);
});

it('an empty result has no marks', () => {
  expect(mark('network', {})).toBe('none');
});

it.each([
  ['turn:relay.test', 'udp'],
  ['turn:relay.test:3478?transport=udp', 'udp'],
  ['turn:relay.test:3478?transport=tcp', 'tcp'],
  ['turns:relay.test:443?transport=tcp', 'tls'],
  ['stun:relay.test', undefined],
])('%s is reached by %s', (url, way) => {
  expect(wayOf(url)).toBe(way);
});

it('servers are sorted by way and keep their credential', () => {
  const ways = byWay([{ urls: ['turn:a', 'turns:a'], username: 'u', credential: 'c' }, { urls: 'stun:b' }]);
  expect(ways.udp).toEqual([{ urls: ['turn:a'], username: 'u', credential: 'c' }]);
  expect(ways.tcp).toEqual([]);
  expect(ways.tls[0]?.urls).toEqual(['turns:a']);
});

it.each([
  [good, 'good'],
  [{ ...good, kbit_s: 300 }, 'fair'],
  [{ ...good, loss: 0.2 }, 'fair'],
  [{ ...good, rtt_ms: 900 }, 'fair'],
  [{ ...good, kbit_s: 100 }, 'bad'],
  [{ ...good, loss: 0.5 }, 'bad'],
  [{ ...good, ok: false }, 'bad'],
] as const)('%o is %s', (measured, level) => {
  expect(wayLevel(measured)).toBe(level);
});

it('sees a hand and hears a voice', () => {
  const grey = (value: number): Uint8ClampedArray => new Uint8ClampedArray(16 * 4).fill(value);
  expect(change(grey(100), grey(100))).toBe(0);
  expect(change(grey(100), grey(120))).toBeCloseTo(20);
  expect(loudness(new Uint8Array(256).fill(128))).toBe(0);
  expect(loudness(Uint8Array.from({ length: 256 }, (_, at) => 128 + Math.round(20 * Math.sin(at / 5))))).toBeGreaterThan(0.4);
});
