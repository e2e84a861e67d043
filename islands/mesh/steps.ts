// In which order levels come: a first picture of everything, then finer ones, as far as this machine can hold them.
import type { Level, Part } from './document';

/** What is on screen together: a desk's computer draws it while it is turned; a tablet has less room. */
export const TRIANGLES_DESK = 14_000_000;
export const TRIANGLES_TOUCH = 5_000_000;
/** A level that costs less than this share of the next finer one is worth its way. */
const WORTH = 0.35;

/** The levels of a part that are fetched one after the other: the smallest, one between, the finest. */
export function stepsOf(levels: readonly Level[]): Level[] {
  const sorted = [...levels].sort((a, b) => a.triangles - b.triangles);
  const [first, last] = [sorted[0], sorted[sorted.length - 1]];
  if (!first || !last || first === last) return first ? [first] : [];
  const between = sorted.slice(1, -1).reverse().find((it) => it.bytes <= WORTH * last.bytes);
  return between ? [first, between, last] : [first, last];
}

/** Something to fetch. */
export interface Step {
  file: string;
  level: Level;
}

export interface Standing {
  part: Part;
  visible: boolean;
  /** Wanted in its finest form though it is not shown. */
  wanted?: boolean;
  /** The level on screen. */
  has: Level | undefined;
  /** Levels that could not be shown. */
  unfit: ReadonlySet<Level>;
}

/** What to fetch next: the coarsest that is missing, what is shown before what is hidden. Nothing when all is there. */
export function next(standing: readonly Standing[], room: number): Step | undefined {
  const total = standing.reduce((sum, it) => sum + (it.has?.triangles ?? 0), 0);
  const wanted = standing.flatMap(({ part, visible, wanted: isWanted, has, unfit }) => {
    const steps = stepsOf(part.levels.filter((it) => !unfit.has(it)));
    const at = has ? steps.findIndex((it) => it.triangles > has.triangles) : 0;
    const level = at < 0 ? undefined : steps[at];
    // What nobody looks at has one form, so that it is there when somebody does.
    if (!level || (!visible && !isWanted && has)) return [];
    if (has && total - has.triangles + level.triangles > room) return [];
    return [{ file: part.file, level, rank: at + (visible || isWanted ? 0 : 10) }];
  });
  const [first] = wanted.sort((a, b) => a.rank - b.rank || a.level.triangles - b.level.triangles);
  return first && { file: first.file, level: first.level };
}

/** Whether a part stays coarser than it could be because there is no room. */
export function kept(standing: Standing, all: readonly Standing[], room: number): boolean {
  const { has, part } = standing;
  const finest = part.levels[part.levels.length - 1];
  if (!has || !finest || has.triangles >= finest.triangles || !standing.visible) return false;
  return all.reduce((sum, it) => sum + (it.has?.triangles ?? 0), 0) - has.triangles + finest.triangles > room;
}
