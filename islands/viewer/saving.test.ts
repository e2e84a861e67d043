// Marks are saved without being asked, and nothing is lost on the way (TR-24).
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Saving } from './saving';
import type { WireSet, WireVersion } from './wire';

const set = (...ids: string[]): WireSet => ({
  marks: ids.map((id) => ({ id, kind: 'Probe', picture: null, frameOfReference: '', points: [[0, 0, 0]], pixels: [], closed: false, normal: null, values: {}, words: '', onArch: null })),
  keyImages: [],
  looks: [],
  arches: [],
});
const version = (number: number, ...ids: string[]): WireVersion => ({ number, author: '渡辺', facility: '病院', savedAt: '14:00', kept: false, set: set(...ids) });

interface Sent {
  basedOn: number;
  keep: boolean;
  set: WireSet;
}

/** A server that answers what it is told to, and remembers what it was sent. */
class Server {
  mine: WireVersion | null = null;
  sent: Sent[] = [];
  answers: (Response | Error)[] = [];
  readonly ask = (_: string, more: RequestInit): Promise<Response> => {
    const next = this.answers.shift();
    if (next instanceof Error) return Promise.reject(next);
    if (more.method !== 'POST') return Promise.resolve(next ?? Response.json({ mine: this.mine, others: [] }));
    const it = JSON.parse(String(more.body)) as Sent;
    this.sent.push(it);
    if (next) return Promise.resolve(next);
    this.mine = { ...version(it.basedOn + 1), set: it.set };
    return Promise.resolve(Response.json({ outcome: 'saved', number: this.mine.number, savedAt: '14:02', objects: it.keep ? 2 : null }));
  };
}

let server: Server;
let behind: WireVersion[];
const open = async (): Promise<Saving> => {
  const saving: Saving = new Saving('1.2', '/images/1.2/marks', 'token', 'tab', { opened: (mine) => mine && saving.settle(mine.set), behind: (mine) => behind.push(mine), told: () => undefined }, server.ask);
  await saving.open();
  return saving;
};

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  behind = [];
});
afterEach(() => vi.useRealTimers());

test('a pause saves, and the same again does not', async () => {
  const saving = await open();
  saving.offer(set());
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.sent).toEqual([]);
  saving.offer(set('a'));
  expect(saving.state.kind).toBe('waiting');
  await vi.advanceTimersByTimeAsync(1_000);
  saving.offer(set('a', 'b'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.sent.map((it) => [it.basedOn, it.set.marks.length])).toEqual([[0, 2]]);
  expect(saving.state).toEqual({ kind: 'saved', at: '14:02', objects: undefined });
  saving.offer(set('a', 'b'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.sent).toHaveLength(1);
  expect(saving.isBehind).toBe(false);
});

test('what was restored is no change; all taken away is one', async () => {
  server.mine = version(4, 'a');
  const saving = await open();
  saving.offer(set('a'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.sent).toEqual([]);
  saving.offer(set());
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.sent).toMatchObject([{ basedOn: 4, set: { marks: [] } }]);
});

test('a broken line is told, and tried again until it holds', async () => {
  const saving = await open();
  server.answers = [new TypeError('no network'), new Response('', { status: 503 })];
  saving.offer(set('a'));
  await vi.advanceTimersByTimeAsync(1_500);
  expect(saving.state.kind).toBe('away');
  expect([saving.isBehind, saving.isAtRisk]).toEqual([true, true]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(saving.state.kind).toBe('away');
  await vi.advanceTimersByTimeAsync(4_000);
  expect(saving.state.kind).toBe('saved');
  expect(server.sent[server.sent.length - 1]?.set).toEqual(set('a'));
  expect(saving.isAtRisk).toBe(false);
});

test('nothing is sent before what was saved is here', async () => {
  server.answers = [new TypeError('no network')];
  server.mine = version(2, 'a');
  const saving = await open();
  expect(saving.state.kind).toBe('away');
  saving.offer(set('b'));
  await vi.advanceTimersByTimeAsync(3_000);
  // It was opened first; the marks that came are offered together with those drawn meanwhile.
  expect(server.sent).toEqual([]);
  saving.offer(set('a', 'b'));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.sent).toMatchObject([{ basedOn: 2, set: { marks: [{ id: 'a' }, { id: 'b' }] } }]);
});

test('a locked screen waits for its key', async () => {
  const saving = await open();
  server.answers = [new Response('', { status: 401 })];
  saving.offer(set('a'));
  await vi.advanceTimersByTimeAsync(1_500);
  expect(saving.state.kind).toBe('locked');
  await vi.advanceTimersByTimeAsync(8_000);
  expect(saving.state.kind).toBe('saved');
});

test('another window has saved: both are brought together', async () => {
  const saving = await open();
  server.answers = [Response.json({ outcome: 'behind', mine: version(7, 'z') })];
  saving.offer(set('a'));
  await vi.advanceTimersByTimeAsync(1_500);
  expect(behind.map((it) => it.number)).toEqual([7]);
  expect(server.sent.map((it) => it.basedOn)).toEqual([0, 7]);
});

test('a refusal is said, and tried again only with something else', async () => {
  const saving = await open();
  server.answers = [Response.json({ outcome: 'refused', ja: '多すぎます', en: 'Too many' })];
  saving.offer(set('a', 'b'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(saving.state).toEqual({ kind: 'refused', why: { ja: '多すぎます', en: 'Too many' } });
  expect(server.sent).toHaveLength(1);
  saving.offer(set('a'));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(saving.state.kind).toBe('saved');
});

test('keeping sends at once, also what is saved already, and says how many objects it made', async () => {
  server.mine = version(3, 'a');
  const saving = await open();
  saving.keepNow();
  await vi.advanceTimersByTimeAsync(0);
  expect(server.sent).toMatchObject([{ basedOn: 3, keep: true }]);
  expect(saving.state).toEqual({ kind: 'saved', at: '14:02', objects: 2 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.sent).toHaveLength(1);
});

test('leaving sends what waits; whoever may only look sends nothing', async () => {
  const saving = await open();
  saving.offer(set('a'));
  saving.close();
  expect(server.sent).toHaveLength(1);
  server.sent = [];
  const looker: Saving = new Saving('1.2', '/m', undefined, 'tab', { opened: () => undefined, behind: () => undefined, told: () => undefined }, server.ask);
  await looker.open();
  looker.offer(set('a'));
  looker.keepNow();
  looker.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.sent).toEqual([]);
});
