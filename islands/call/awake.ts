// The screen stays on during a call, and the call hears of it when the page goes to the back or the network changes.

export class Awake {
  private lock: WakeLockSentinel | undefined;

  constructor(
    private readonly onVisible: (visible: boolean) => void,
    private readonly onNetwork: () => void,
  ) {
    document.addEventListener('visibilitychange', this.visible);
    window.addEventListener('online', this.onNetwork);
  }

  /** Asks the system to keep the screen on; it forgets this whenever the page was hidden. */
  async stay(): Promise<void> {
    try {
      this.lock = await navigator.wakeLock?.request('screen');
    } catch {
      // An old phone, or an empty battery; the call goes on.
    }
  }

  rest(): void {
    void this.lock?.release().catch(() => undefined);
    this.lock = undefined;
  }

  close(): void {
    this.rest();
    document.removeEventListener('visibilitychange', this.visible);
    window.removeEventListener('online', this.onNetwork);
  }

  private readonly visible = (): void => this.onVisible(document.visibilityState !== 'hidden');
}
