// Rules of the call that need no browser. OV-161 (what counts as picture and sound), OV-203 (quality), OV-244 (who is there).
import { describe, expect, it } from 'vitest';
import { retryMs } from '../lib/line';
import { attempts, helpFor, mayRetry, platformOf } from '../lib/media';
import { sayIn } from '../lib/words';
import { Ladder, RUNGS, topFor, type Way } from './ladder';
import { GONE_MS, Missing } from './missing';
import { levelOf, score, Steady } from './quality';
import { remedy, type Trouble } from './recovery';
import { fingerprintsOf, isOnly, preferred, tuneOpus } from './sdp';
import { commitment, SignExchange, SIGNS, signsOf } from './signs';
import { between, count, type Counters, type Entry } from './stats';

describe('quality', () => {
  const clear = { loss: 0, rtt_ms: 40, jitter_ms: 5, frames_s: 15, freezes: 0 };
  it.each([
    ['a quiet line', {}, 'good'],
    ['sound only, asked for', { frames_s: null }, 'good'],
    ['five in a hundred lost', { loss: 0.05 }, 'good'],
    ['ten in a hundred lost', { loss: 0.1 }, 'fair'],
    ['thirty in a hundred lost', { loss: 0.3 }, 'bad'],
    ['across a satellite', { rtt_ms: 700 }, 'fair'],
    ['two seconds late', { rtt_ms: 2_000 }, 'bad'],
    ['five frames', { frames_s: 5 }, 'good'],
    ['three frames', { frames_s: 3 }, 'fair'],
    ['one frame', { frames_s: 1 }, 'bad'],
    ['a frozen picture', { frames_s: 0 }, 'bad'],
    ['freezing', { freezes: 3 }, 'fair'],
  ])('%s is %s', (_, change, level) => {
    expect(levelOf(score({ ...clear, ...change }))).toBe(level);
  });

  it('does not flicker', () => {
    const steady = new Steady();
    expect(['bad', 'good', 'bad', 'bad', 'good', 'good', 'good'].map((it) => steady.see(it as 'bad'))).toEqual(['good', 'good', 'good', 'bad', 'bad', 'bad', 'good']);
  });
});

describe('who is missing', () => {
  const later = 1_000 + GONE_MS + 1;
  it.each([
    ['nothing comes either', 1_000, ['tanaka']],
    ['the picture goes on', 0, []],
    ['silent for a moment only', later - 5, []],
    ['somebody else', undefined, []],
  ])('%s', (_, silentSince, lost) => {
    const missing = new Missing();
    missing.gone('tanaka', 1_000);
    expect(missing.lost(1_000 + GONE_MS, () => silentSince)).toEqual([]);
    expect(missing.lost(later, () => silentSince)).toEqual(lost);
    expect(missing.lost(later, () => silentSince)).toEqual([]);
  });

  it('does not count against somebody who has come back', () => {
    const missing = new Missing();
    missing.gone('tanaka', 1_000);
    missing.back('tanaka');
    expect(missing.lost(later, () => 1_000)).toEqual([]);
  });
});

describe('ladder', () => {
  const wide: Way = { loss: 0, rtt_ms: 50, available_kbit_s: 3_000 };
  const narrow: Way = { loss: 0.2, rtt_ms: 50, available_kbit_s: 100 };
  const walk = (ladder: Ladder, way: Way, times: number): string[] => Array.from({ length: times }, () => ladder.see(way).name);

  it('goes down step by step and gives up the picture last and late', () => {
    expect(walk(new Ladder(0), narrow, 9)).toEqual(['480p', '360p', '360p', '180p', '180p', '180p', '180p', 'sound', 'sound']);
  });
  it('comes up after the way was wide for a while, and not above what is allowed', () => {
    const ladder = new Ladder(1);
    walk(ladder, narrow, 8);
    const names = walk(ladder, wide, 40);
    expect(names.indexOf('180p')).toBe(7);
    expect(names.at(-1)).toBe('360p');
  });
  it('waits longer after a step up that did not hold', () => {
    const ladder = new Ladder(0);
    walk(ladder, narrow, 2);
    expect(walk(ladder, wide, 8).at(-1)).toBe('480p');
    walk(ladder, narrow, 2);
    expect(walk(ladder, wide, 15).at(-1)).toBe('360p');
    expect(ladder.see(wide).name).toBe('480p');
  });
  it('tries a picture again when the line is whole again, and forgets what it saw before', () => {
    const ladder = new Ladder(0);
    walk(ladder, narrow, 2);
    expect(ladder.anew().name).toBe('360p');
    walk(ladder, narrow, 7);
    expect(ladder.rung.name).toBe('sound');
    expect(ladder.anew().name).toBe('180p');
    expect(walk(ladder, wide, 8).at(-1)).toBe('360p');
  });

  it('can be limited, but never to sound alone', () => {
    const ladder = new Ladder(0);
    expect(ladder.limit(9)).toBe(RUNGS[2]);
  });
  it.each([[false, 1, 0], [true, 1, 1], [false, 4, 1], [true, 4, 2]])('phone %s among %i starts at rung %i', (phone, others, top) => {
    expect(topFor(phone, others)).toBe(top);
  });
});

describe('recovery', () => {
  const well: Trouble = { state: 'connected', state_ms: 60_000, silent_ms: 0, since_restart_ms: Infinity, since_rebuild_ms: 60_000, polite: false };
  it.each([
    ['all well', {}, 'none'],
    ['just disconnected', { state: 'disconnected', state_ms: 2_000, silent_ms: 2_000 }, 'none'],
    ['disconnected for three seconds', { state: 'disconnected', state_ms: 3_000, silent_ms: 3_000 }, 'restart'],
    ['the polite side lets the other begin', { state: 'disconnected', state_ms: 3_000, silent_ms: 3_000, polite: true }, 'none'],
    ['failed', { state: 'failed', state_ms: 10, silent_ms: 5_000 }, 'refresh'],
    ['failed, restarted a second ago', { state: 'failed', state_ms: 10, silent_ms: 5_000, since_restart_ms: 1_000 }, 'none'],
    ['ten seconds of nothing', { state: 'connected', silent_ms: 10_000 }, 'rebuild'],
    ['a relay that says nothing at all', { state: 'new', state_ms: 10_000, silent_ms: 10_000, since_rebuild_ms: 10_000 }, 'rebuild'],
    ['nothing, but rebuilt a moment ago', { state: 'connecting', silent_ms: 15_000, since_rebuild_ms: 5_000 }, 'none'],
  ] as [string, Partial<Trouble>, string][])('%s: %s', (_, change, todo) => {
    expect(remedy({ ...well, ...change })).toBe(todo);
  });
});

describe('signs', () => {
  const mine = { fingerprint: 'sha-256 AA:BB', nonce: '01' };
  const theirs = { fingerprint: 'sha-256 CC:DD', nonce: '02' };

  it('has 64 different words in both languages', () => {
    expect(SIGNS).toHaveLength(64);
    expect(new Set(SIGNS.map((it) => it.ja)).size).toBe(64);
    expect(new Set(SIGNS.map((it) => it.en)).size).toBe(64);
  });
  it('is the same from both sides and another with another certificate', async () => {
    const one = await signsOf(mine, theirs);
    expect(await signsOf(theirs, mine)).toEqual(one);
    expect(one).toHaveLength(4);
    expect(await signsOf(mine, { ...theirs, fingerprint: 'sha-256 CC:DE' })).not.toEqual(one);
  });
  it('is agreed on by two browsers', async () => {
    const [a, b] = [new SignExchange('fa', 'fb'), new SignExchange('fb', 'fa')];
    const fromA = await b.next(await a.open());
    const fromB = await a.next(await b.open());
    expect(await a.next(fromA as { nonce: string })).toBeUndefined();
    expect(await b.next(fromB as { nonce: string })).toBeUndefined();
    expect(a.words).toBeDefined();
    expect(a.words).toEqual(b.words);
  });
  it('refuses a number that was not promised, and a second promise', async () => {
    const exchange = new SignExchange('fa', 'fb');
    await exchange.next({ commit: await commitment('fb', '11') });
    expect(await exchange.next({ nonce: '12' })).toBe('false');
    expect(await exchange.next({ commit: await commitment('fb', '13') })).toBe('false');
    expect(exchange.words).toBeUndefined();
  });
  it('shows nothing for a number before a promise', async () => {
    const exchange = new SignExchange('fa', 'fb');
    expect(await exchange.next({ nonce: '12' })).toBeUndefined();
    expect(exchange.words).toBeUndefined();
  });
});

describe('descriptions', () => {
  const sdp = ['v=0', 'a=fingerprint:sha-256 ab:CD:01', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10', 'a=fingerprint:sha-256 AB:CD:01', ''].join('\r\n');
  it('must carry the promised certificate and no other', () => {
    expect(fingerprintsOf(sdp)).toEqual(['sha-256 AB:CD:01', 'sha-256 AB:CD:01']);
    expect(isOnly('SHA-256 ab:cd:01', sdp)).toBe(true);
    expect(isOnly('sha-256 AB:CD:02', sdp)).toBe(false);
    expect(isOnly('sha-256 AB:CD:01', `${sdp}a=fingerprint:sha-256 FF:FF\r\n`)).toBe(false);
    expect(isOnly('sha-256 AB:CD:01', 'v=0')).toBe(false);
  });
  it('ask Opus for error correction and no gaps', () => {
    expect(tuneOpus(sdp)).toContain('a=fmtp:111 minptime=10;useinbandfec=1;usedtx=0;maxaveragebitrate=32000\r\n');
    expect(tuneOpus(sdp.replace('a=fmtp:111 minptime=10\r\n', ''))).toContain('a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1');
    expect(tuneOpus('v=0')).toBe('v=0');
  });
  it('offer VP8, then baseline H.264, then repair, and drop the rest', () => {
    const all = ['video/AV1', 'video/H264 profile-level-id=42e01f;packetization-mode=1', 'video/H264 profile-level-id=640c1f;packetization-mode=1', 'video/rtx', 'video/VP8', 'video/red'].map((it) => {
      const [mimeType = '', sdpFmtpLine = ''] = it.split(' ');
      return { mimeType, sdpFmtpLine };
    });
    expect(preferred(all).map((it) => it.mimeType)).toEqual(['video/VP8', 'video/H264', 'video/rtx']);
    expect(preferred([{ mimeType: 'video/AV1' }])).toHaveLength(1);
  });
});

describe('measuring', () => {
  const entries = (frames: number, second: number, packets: number, energy: number): Entry[] => [
    { type: 'inbound-rtp', kind: 'video', mid: '1', framesDecoded: frames, frameWidth: 640, frameHeight: 360, bytesReceived: frames * 1_000 },
    { type: 'inbound-rtp', kind: 'video', mid: '2', framesDecoded: second, bytesReceived: second * 1_000 },
    { type: 'inbound-rtp', kind: 'audio', mid: '0', packetsReceived: packets, packetsLost: 0, totalAudioEnergy: energy, jitter: 0.01, bytesReceived: packets * 60 },
    { type: 'remote-inbound-rtp', fractionLost: 0.02, roundTripTime: 0.1 },
    { type: 'transport', selectedCandidatePairId: 'p' },
    { type: 'candidate-pair', id: 'p', currentRoundTripTime: 0.05, availableOutgoingBitrate: 600_000, localCandidateId: 'l' },
    { type: 'local-candidate', id: 'l', candidateType: 'relay', relayProtocol: 'tls' },
  ];
  const labelOf = (_: string, mid: string): 'camera' | 'second' => (mid === '2' ? 'second' : 'camera');
  const at = (ms: number, ...counts: [number, number, number, number]): Counters => count(entries(...counts), labelOf, ms);

  it('counts the camera as picture of the person and nothing else', () => {
    const it_ = between(at(0, 100, 0, 100, 1), at(2_000, 100, 50, 200, 1.5));
    expect([it_.picture, it_.sound, it_.frames]).toEqual([false, true, 0]);
  });
  it('a muted microphone is no sound, a slide show is no picture (OV-161)', () => {
    const it_ = between(at(0, 100, 0, 100, 1), at(2_000, 102, 0, 200, 1));
    expect([it_.picture, it_.sound]).toEqual([false, false]);
  });
  it('reads way, round trip and room', () => {
    const sum = at(0, 1, 0, 1, 1);
    expect([sum.relay, sum.rtt_ms, sum.available_kbit_s, sum.lossOut]).toEqual(['tls', 50, 600, 0.02]);
  });
  it('a counter that starts again counts nothing, not less than nothing', () => {
    expect(between(at(0, 500, 0, 500, 5), at(2_000, 10, 0, 10, 0.1)).frames).toBe(0);
  });
});

describe('opening camera and microphone', () => {
  const wanted = { width: 640, height: 360, frames: 15, picture: true, sound: true };
  it('asks for less and less, and for sound alone at the end', () => {
    const list = attempts(wanted);
    expect(list.map((it) => (it.video === false ? 'sound' : it.video === true ? 'any' : 'wish'))).toEqual(['wish', 'wish', 'any', 'sound', 'sound']);
    expect(attempts({ ...wanted, camera: 'x' })[0]?.video).toMatchObject({ deviceId: { exact: 'x' } });
    expect(attempts({ ...wanted, sound: false }).every((it) => it.audio === false)).toBe(true);
  });
  it('takes no for an answer', () => {
    expect(['NotAllowedError', 'NotFoundError', 'NotReadableError', 'OverconstrainedError'].map(mayRetry)).toEqual([false, true, true, true]);
  });
  it('helps in both languages on every platform', () => {
    for (const name of ['NotAllowedError', 'NotFoundError', 'NotReadableError', 'Unsupported']) {
      for (const platform of ['ios', 'android', 'other'] as const) {
        const [ja, en] = [helpFor(name, platform, sayIn('ja')), helpFor(name, platform, sayIn('en'))];
        expect(ja.what).not.toBe(en.what);
        expect(ja.steps).toHaveLength(en.steps.length);
      }
    }
  });
  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)', 5, 'ios'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X)', 5, 'ios'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X)', 0, 'other'],
    ['Mozilla/5.0 (Linux; Android 14)', 5, 'android'],
  ])('%s with %i fingers is %s', (agent, touch, platform) => {
    expect(platformOf(agent, touch)).toBe(platform);
  });
});

it('comes back soon at first and every five seconds at last', () => {
  expect([0, 1, 2, 5, 50].map((it) => retryMs(it, 0.5))).toEqual([300, 540, 972, 5_000, 5_000]);
  expect(retryMs(0, 0)).toBe(240);
  expect(retryMs(50, 1)).toBe(6_000);
});
