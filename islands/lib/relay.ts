// A real way through the relay and back: two connections in this page that may use nothing but the one server asked about.

export type Way = 'udp' | 'tcp' | 'tls';
export const WAYS: readonly Way[] = ['udp', 'tcp', 'tls'];

export interface Measured {
  ok: boolean;
  kbit_s: number;
  rtt_ms: number | null;
  /** Of the packets sent, 0 to 1. */
  loss: number;
}

/** A relay that refuses says nothing at all, so we stop waiting ourselves. */
const CONNECT_MS = 8_000;
const PACKET_BYTES = 1_000;
/** More is not needed for a call, and would only use up the person's data. */
const MOST_KBIT_S = 2_000;
const BEAT_MS = 20;

/** The servers by the way in which they are reached. */
export function byWay(servers: readonly RTCIceServer[]): Record<Way, RTCIceServer[]> {
  const ways: Record<Way, RTCIceServer[]> = { udp: [], tcp: [], tls: [] };
  for (const server of servers) {
    for (const url of typeof server.urls === 'string' ? [server.urls] : server.urls) {
      const way = wayOf(url);
      if (way) ways[way].push({ ...server, urls: [url] });
    }
  }
  return ways;
}

export function wayOf(url: string): Way | undefined {
  if (/^turns:/i.test(url)) return 'tls';
  if (!/^turn:/i.test(url)) return undefined;
  return /[?&]transport=tcp/i.test(url) ? 'tcp' : 'udp';
}

/** A picture of 360 lines with sound needs about 450 kbit/s; half of it a small one. */
export function wayLevel(it: Measured): 'good' | 'fair' | 'bad' {
  if (!it.ok || it.kbit_s < 200 || it.loss > 0.3) return 'bad';
  return it.kbit_s >= 450 && it.loss <= 0.1 && (it.rtt_ms ?? 0) < 500 ? 'good' : 'fair';
}

/** The servers of an attribute, as the page writes them; none when it says none. */
export function serversIn(attribute: string | null): RTCIceServer[] {
  try {
    const ice = JSON.parse(attribute ?? '{}') as { servers?: RTCIceServer[] };
    return Array.isArray(ice.servers) ? ice.servers : [];
  } catch {
    return [];
  }
}

/** Whether any of the ways through `servers` opens. Sends nothing. */
export function reaches(servers: RTCIceServer[]): Promise<boolean> {
  return through(servers, (_here, _there, channel) => opened(channel));
}

/** Sends through `servers` for `long_ms` and counts what comes back. */
export function measure(servers: RTCIceServer[], long_ms: number, onProgress: (part: number) => void): Promise<Measured> {
  return through(servers, async (here, there, channel) => {
    const arrived = { bytes: 0 };
    there.ondatachannel = (event) => {
      event.channel.binaryType = 'arraybuffer';
      event.channel.onmessage = (message: MessageEvent<ArrayBuffer>) => (arrived.bytes += message.data.byteLength);
    };
    if (!(await opened(channel))) return { ok: false, kbit_s: 0, rtt_ms: null, loss: 0 };
    const sent = await send(channel, long_ms, onProgress);
    // What is on its way may still arrive.
    await pause(300);
    const kbit_s = Math.round((arrived.bytes * 8) / long_ms);
    const loss = sent === 0 ? 0 : Math.max(0, 1 - arrived.bytes / sent);
    return { ok: arrived.bytes > 0, kbit_s, rtt_ms: await roundTrip(here), loss: Math.round(loss * 1_000) / 1_000 };
  });
}

/** Two connections of this page that may meet through `servers` only, for as long as `use` needs them. */
async function through<T>(servers: RTCIceServer[], use: (here: RTCPeerConnection, there: RTCPeerConnection, channel: RTCDataChannel) => Promise<T>): Promise<T> {
  const configuration: RTCConfiguration = { iceServers: servers, iceTransportPolicy: 'relay' };
  const [here, there] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)];
  try {
    here.onicecandidate = (event) => event.candidate && void there.addIceCandidate(event.candidate).catch(() => undefined);
    there.onicecandidate = (event) => event.candidate && void here.addIceCandidate(event.candidate).catch(() => undefined);
    const channel = here.createDataChannel('measure', { ordered: false, maxRetransmits: 0 });
    const used = use(here, there, channel);
    await here.setLocalDescription(await here.createOffer());
    await there.setRemoteDescription(here.localDescription as RTCSessionDescription);
    await there.setLocalDescription(await there.createAnswer());
    await here.setRemoteDescription(there.localDescription as RTCSessionDescription);
    return await used;
  } finally {
    here.close();
    there.close();
  }
}

function opened(channel: RTCDataChannel): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), CONNECT_MS);
    channel.onopen = () => {
      clearTimeout(timer);
      resolve(true);
    };
  });
}

/** Sends at the rate of a good call, never more than the way takes; gives back the bytes sent. */
function send(channel: RTCDataChannel, long_ms: number, onProgress: (part: number) => void): Promise<number> {
  const packet = crypto.getRandomValues(new Uint8Array(PACKET_BYTES));
  const start = performance.now();
  let bytes = 0;
  return new Promise((resolve) => {
    const beat = setInterval(() => {
      const passed = performance.now() - start;
      onProgress(Math.min(1, passed / long_ms));
      if (passed >= long_ms || channel.readyState !== 'open') {
        clearInterval(beat);
        resolve(bytes);
        return;
      }
      // A timer that comes late catches up, as long as nothing piles up.
      while (bytes * 8 < passed * MOST_KBIT_S && channel.bufferedAmount < 32_000) {
        channel.send(packet);
        bytes += PACKET_BYTES;
      }
    }, BEAT_MS);
  });
}

async function roundTrip(connection: RTCPeerConnection): Promise<number | null> {
  let rtt: number | null = null;
  (await connection.getStats()).forEach((it: Record<string, unknown>) => {
    const time = it.currentRoundTripTime;
    if (it.type === 'candidate-pair' && it.nominated === true && typeof time === 'number') rtt = Math.round(time * 1_000);
  });
  return rtt;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
