// Who leads: whoever went to a picture last, by hand. Values in, values out.
import type { Pointing } from '../lib/wire';

/** Where somebody else went, and who it was. */
export interface Theirs {
  name: string;
  place: Pointing;
}

export class Lead {
  follows = true;
  /** Where we went, as long as nobody else has gone on from there. */
  mine: Pointing | undefined;
  private others: Theirs | undefined;

  /** Where we have to be: where somebody else went last, unless we have gone elsewhere since or do not follow. */
  get wanted(): Theirs | undefined {
    return this.follows ? this.others : undefined;
  }

  /** We are here, and point. */
  here(place: Pointing): void {
    if (!place.goes) return;
    this.mine = place;
    // With following off, the others are found again where they are when it is switched on.
    if (this.follows) this.others = undefined;
  }

  /** Somebody else is there, and points. Says where we have to go now. */
  theirs(name: string, place: Pointing): Theirs | undefined {
    if (!place.goes) return undefined;
    this.others = { name, place };
    if (this.follows) this.mine = undefined;
    return this.wanted;
  }
}
