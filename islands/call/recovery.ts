// When a connection is in trouble: what to try, and when. The polite side waits half as long again, so that one side leads.

export interface Trouble {
  state: RTCPeerConnectionState;
  /** How long the state has been this one. */
  state_ms: number;
  /** How long nothing has come, although something should; 0 when media flows or none is expected. */
  silent_ms: number;
  /** Since the last restart or rebuild; infinite before the first. */
  since_restart_ms: number;
  since_rebuild_ms: number;
  polite: boolean;
}

export type Remedy = 'none' | 'restart' | 'refresh' | 'rebuild';

const DISCONNECTED_MS = 3_000;
const RESTART_EVERY_MS = 3_000;
const REBUILD_MS = 10_000;

/** `restart`: new candidates. `refresh`: the same with a fresh relay credential. `rebuild`: a new connection. */
export function remedy(it: Trouble): Remedy {
  const slow = it.polite ? 1.5 : 1;
  // A relay that refuses leaves the state at "new" or "connecting" without any event, so silence counts in every state.
  if (it.silent_ms >= REBUILD_MS * slow && it.since_rebuild_ms >= REBUILD_MS * slow) return 'rebuild';
  if (it.since_restart_ms < RESTART_EVERY_MS * slow) return 'none';
  if (it.state === 'failed') return 'refresh';
  if (it.state === 'disconnected' && it.state_ms >= DISCONNECTED_MS * slow) return it.silent_ms > 6_000 ? 'refresh' : 'restart';
  return 'none';
}
