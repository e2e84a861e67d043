// Proves the harness itself: its checks must be able to fail, and its measurements to tell a call from none.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

import { Person } from './lib/browsers.mjs';
import { config } from './lib/haruka.mjs';
import { mailTo, parse, part } from './lib/mail.mjs';
import { told } from './lib/place.mjs';
import { Relay } from './lib/relay.mjs';
import { colour, received, seesAndHears } from './lib/stats.mjs';
import { axe, visit } from './lib/visit.mjs';

const page = (body) => `<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>試し</title>
<meta name="viewport" content="width=device-width"></head><body><main><h1>試し</h1>${body}</main></body></html>`;
const PAGES = {
  '/good': page('<p>よい頁です。</p><label>名前 <input name="name"></label>'),
  '/bad': page('<input name="name"><img src="/none.png"><div style="width:2000px">長い</div>'),
  '/call': page('<video autoplay playsinline aria-label="相手"></video>'),
};

let server;
let base;
before(async () => {
  server = createServer((request, response) => {
    const found = PAGES[request.url];
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' }).end(found ?? '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

test('a good page passes and a bad one is told apart', async () => {
  const person = await Person.open('visitor', { baseURL: base });
  try {
    await person.page.goto('/good');
    await visit(person.page, 'harness-good');
    await person.page.goto('/bad');
    const found = (await axe(person.page)).join('\n');
    assert.match(found, /image-alt/);
    assert.match(found, /label/);
    await assert.rejects(visit(person.page, 'harness-bad'), /sticks out/);
  } finally {
    await person.close();
  }
});

/** Joins two pages through the relay alone, handing the descriptions over by hand. */
async function join(from, to, relay, urls) {
  const ice = { urls, ...relay.credentials() };
  const make = (side) =>
    side.page.evaluate(async (server) => {
      const peer = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' });
      globalThis.peer = peer;
      peer.ontrack = ({ streams: [stream] }) => {
        document.querySelector('video').srcObject = stream;
      };
      const own = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      for (const track of own.getTracks()) peer.addTrack(track, own);
    }, ice);
  await Promise.all([make(from), make(to)]);
  const describe = (side, other) =>
    side.page.evaluate(async (remote) => {
      if (remote) await globalThis.peer.setRemoteDescription(remote);
      const { peer } = globalThis;
      await peer.setLocalDescription();
      await new Promise((resolve) => {
        const complete = () => peer.iceGatheringState === 'complete' && resolve();
        peer.addEventListener('icegatheringstatechange', complete);
        complete();
      });
      return peer.localDescription.toJSON();
    }, other);
  const answer = await describe(to, await describe(from));
  await from.page.evaluate((remote) => globalThis.peer.setRemoteDescription(remote), answer);
}

test('two people see and hear each other through a forced relay, by UDP and by TLS', async () => {
  const relay = await Relay.start();
  const dentist = await Person.open('dentist', { baseURL: base, rgb: [30, 120, 200], hertz: 660 });
  const patient = await Person.open('patient', { baseURL: base, rgb: [200, 90, 30], hertz: 440 });
  try {
    for (const [urls, protocol] of [[[relay.urls[0]], 'udp'], [[relay.urls[2]], 'tls']]) {
      await Promise.all([dentist.page.goto('/call'), patient.page.goto('/call')]);
      assert.deepEqual((await received(patient.page)).video, [], 'nothing is measured before a call');
      await join(dentist, patient, relay, urls);
      for (const person of [dentist, patient]) {
        const { ways } = await seesAndHears(person.page);
        assert.deepEqual([ways[0].kind, ways[0].protocol], ['relay', protocol], person.name);
      }
      const [red, , blue] = await colour(patient.page, 'video');
      assert.ok(blue > red + 50, 'the patient sees the dentist’s blue camera');
    }
    await relay.down();
    await assert.rejects(seesAndHears(patient.page, { patience_ms: 8_000 }), /never came/, 'a dead relay is noticed');
    assert.deepEqual(dentist.troubles, []);
  } finally {
    await Promise.all([dentist.close(), patient.close(), relay.down()]);
  }
});

test('two fake cameras are there when asked for', async () => {
  const person = await Person.open('nurse', { baseURL: base, cameras: 2 });
  try {
    await person.page.goto('/call');
    const cameras = await person.page.evaluate(async () => (await navigator.mediaDevices.enumerateDevices()).filter((it) => it.kind === 'videoinput').length);
    assert.equal(cameras, 2);
  } finally {
    await person.close();
  }
});

/** Speaks just enough SMTP. */
async function send(lines) {
  const [host, port] = told('HARUKA_TEST_SMTP').split(':');
  const socket = connect(Number(port), host);
  for (const line of ['EHLO test', 'MAIL FROM:<a@example.jp>', 'RCPT TO:<b@example.jp>', 'DATA', `${lines.join('\r\n')}\r\n.`, 'QUIT']) {
    await once(socket, 'data');
    socket.write(`${line}\r\n`);
  }
  await once(socket, 'close');
}

test('a mail comes back with its Japanese subject, text and calendar', async () => {
  const text = Buffer.from('予約を受け付けました。').toString('base64');
  await send([
    'To: b@example.jp',
    `Subject: =?utf-8?b?${Buffer.from('予約の').toString('base64')}?=`,
    ' =?utf-8?b?' + Buffer.from('お知らせ').toString('base64') + '?=',
    'Content-Type: multipart/mixed; boundary="x"',
    '',
    '--x',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    text,
    '--x',
    'Content-Type: text/calendar; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'SUMMARY:=E4=BA=88=E7=B4=84',
    '--x--',
  ]);
  const mail = await mailTo('b@example.jp');
  assert.equal(mail.subject, '予約のお知らせ');
  assert.equal(mail.text, '予約を受け付けました。');
  assert.equal(mail.calendar, 'SUMMARY:予約');
  assert.equal(part(parse('A: b\n\nplain'), 'text/plain'), 'plain');
});

test('a config file says what it was given', () => {
  assert.equal(config({ '': { a: 1 }, turn: { urls: ['x'], only: true, none: undefined } }), 'a = 1\n[turn]\nurls = ["x"]\nonly = true\n');
});
