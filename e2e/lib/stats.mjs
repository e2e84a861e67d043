// Measures a call from inside the browser: what was decoded and heard, and by which way it came.

import { until } from './place.mjs';

/** Keeps every peer connection of a page where `received` finds it. To be added to a context before its pages open. */
export function keepPeers() {
  const Native = globalThis.RTCPeerConnection;
  globalThis.harukaPeers = [];
  globalThis.RTCPeerConnection = new Proxy(Native, {
    construct(target, args, origin) {
      const peer = Reflect.construct(target, args, origin);
      globalThis.harukaPeers.push(peer);
      return peer;
    },
  });
}

/** What the page has received so far over its open connections. */
export function received(page) {
  return page.evaluate(async () => {
    const sum = { video: [], audio: [], ways: [] };
    for (const peer of globalThis.harukaPeers ?? []) {
      if (peer.connectionState === 'closed') continue;
      const report = await peer.getStats();
      for (const it of report.values()) {
        if (it.type === 'inbound-rtp' && it.kind === 'video')
          sum.video.push({ track: it.trackIdentifier, frames: it.framesDecoded ?? 0, width: it.frameWidth ?? 0, bytes: it.bytesReceived ?? 0 });
        if (it.type === 'inbound-rtp' && it.kind === 'audio') sum.audio.push({ track: it.trackIdentifier, energy: it.totalAudioEnergy ?? 0, bytes: it.bytesReceived ?? 0 });
        if (it.type === 'transport' && it.selectedCandidatePairId) {
          const local = report.get(report.get(it.selectedCandidatePairId)?.localCandidateId);
          sum.ways.push({ kind: local?.candidateType, protocol: local?.relayProtocol, state: peer.connectionState });
        }
      }
    }
    return sum;
  });
}

/**
 * Waits until `page` really sees and hears: `pictures` streams each decode ten further frames, and one sound gains energy.
 *
 * Counters start anew with each connection, so they are compared with what this very call has seen.
 */
export async function seesAndHears(page, { pictures = 1, patience_ms = 30_000 } = {}) {
  const first = new Map();
  const gain = (it, value) => {
    if (!first.has(it.track) || first.get(it.track) > value) first.set(it.track, value);
    return value - first.get(it.track);
  };
  return until(
    `${pictures} moving picture(s) and a sound`,
    async () => {
      const now = await received(page);
      const moving = now.video.filter((it) => gain(it, it.frames) >= 10);
      const heard = now.audio.filter((it) => gain(it, it.energy) > 1e-4);
      return moving.length >= pictures && heard.length >= 1 && now;
    },
    patience_ms,
  );
}

/** The mean colour `[r, g, b]` of a video element, to see whose picture it is. */
export async function colour(page, selector) {
  const all = await pixels(page, selector);
  const sum = [0, 0, 0];
  all.forEach((value, at) => (sum[at % 3] += value));
  return sum.map((it) => Math.round(it / (all.length / 3)));
}

/** A video element's picture as it is now, 32 by 24 points, red, green and blue of each. */
export function pixels(page, selector) {
  return page.locator(selector).evaluate((video) => {
    const canvas = document.createElement('canvas');
    canvas.width = 32;
    canvas.height = 24;
    const pen = canvas.getContext('2d');
    pen.drawImage(video, 0, 0, 32, 24);
    const { data } = pen.getImageData(0, 0, 32, 24);
    return [...data].filter((_, at) => at % 4 !== 3);
  });
}
