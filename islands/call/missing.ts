// People whose line to the server broke. Pictures may go on without it, so only silence as well makes somebody gone.

/** Without the line, and without anything coming, for so long. */
export const GONE_MS = 20_000;

export class Missing {
  private readonly since = new Map<string, number>();

  gone(person: string, now: number): void {
    this.since.set(person, now);
  }

  /** The server names the person again. */
  back(person: string): void {
    this.since.delete(person);
  }

  /** Whoever is gone for good, told once; `silentSince` is since when nothing comes from a person, or 0, and nothing for a stranger. */
  lost(now: number, silentSince: (person: string) => number | undefined): string[] {
    const lost: string[] = [];
    for (const [person, since] of this.since) {
      const silent = silentSince(person);
      const isLost = silent !== undefined && silent > 0 && now - since > GONE_MS && now - silent > GONE_MS;
      if (isLost) lost.push(person);
      if (isLost || silent === undefined) this.since.delete(person);
    }
    return lost;
  }
}
