// Answers the worker's questions: keeps one surface for each part, the newest level of it.
import { Comparison } from './comparison';
import { signed } from './distance';
import { REACH_MM } from './heat';
import { levelOf } from './level';
import type { Picture, Place, Question, Questions } from './messages';
import { type Solid, solidOf } from './solid';
import { thickness } from './thickness';
import { above, cross, dot, long, minus, plus, times, type Vec } from './vec';

/** A comparison works for so long, then looks whether somebody asks for something else. */
const SLICE_MS = 40;
/** A surface lies beside itself by rounding: what is cut away by less is not cut away. */
const CUT_SLACK_MM = 0.001;

interface Kept {
  solid: Solid;
  /** Where the plane last cut. */
  pieces: Float32Array;
}

/** Lets messages in before it goes on. */
type Pause = () => Promise<void>;

export class Desk {
  readonly #parts = new Map<string, Kept>();
  #comparison = 0;

  constructor(
    private readonly now: () => number,
    private readonly pause: Pause,
  ) {}

  /** Answers a question; `told` hears how far a long one is. */
  async answer<Q extends Question>(question: Q, ask: Questions[Q]['ask'], told: (part: number) => void): Promise<Questions[Q]['answer']> {
    const answers: { [K in Question]: (it: Questions[K]['ask']) => Questions[K]['answer'] | Promise<Questions[K]['answer']> } = {
      level: (it) => this.level(it),
      prepare: ({ file }) => Boolean(this.solid(file).prepare()) as true,
      pick: (it) => this.pick(it),
      thickness: ({ file, face, at }) => thickness(this.solid(file), face, at),
      section: (it) => this.section(it),
      compare: (it) => this.compare(it, told),
      rest: () => Boolean((this.#comparison += 1)) as true,
      probe: ({ at, to }) => signed(this.solid(to), at, REACH_MM),
    };
    return answers[question](ask);
  }

  private solid(file: string): Solid {
    const found = this.#parts.get(file)?.solid;
    if (!found) throw new Error(`no part ${file}`);
    return found;
  }

  private async level({ file, bytes, triangles }: Questions['level']['ask']): Promise<Picture> {
    const grid = await levelOf(bytes, triangles);
    // The tree sorts the triangles here; the picture has its own list of them.
    const index = grid.index.slice();
    const solid = solidOf(grid);
    this.#parts.set(file, { solid, pieces: new Float32Array(0) });
    return { file, places: grid.places, normals: solid.normals.slice(), colours: grid.colours, index, min: grid.min, step: grid.step, error_mm: grid.error_mm };
  }

  private pick({ files, origin, direction, cut, snap_mm }: Questions['pick']['ask']): Place | undefined {
    const onLine = cut ? this.line(files, origin, direction, snap_mm) : undefined;
    if (onLine) return onLine;
    let [first, far]: [Place | undefined, number] = [undefined, Infinity];
    for (const file of files) {
      const hit = this.#parts.get(file)?.solid.ray(origin, direction).find((it) => !cut || above(cut, it.at) >= -CUT_SLACK_MM);
      if (!hit || hit.distance_mm >= far) continue;
      far = hit.distance_mm;
      first = { file, face: hit.face, at: hit.at, onCut: false };
    }
    return first;
  }

  /** The place of the cut's lines that the ray passes within `snap_mm`, the nearest to the ray. */
  private line(files: readonly string[], origin: Vec, direction: Vec, snap_mm: number): Place | undefined {
    let [found, best]: [Place | undefined, number] = [undefined, snap_mm];
    for (const file of files) {
      const kept = this.#parts.get(file);
      if (!kept) continue;
      const { pieces } = kept;
      for (let at = 0; at + 5 < pieces.length; at += 6) {
        const near = nearRay([pieces[at]!, pieces[at + 1]!, pieces[at + 2]!], [pieces[at + 3]!, pieces[at + 4]!, pieces[at + 5]!], origin, direction);
        if (near.off_mm >= best) continue;
        best = near.off_mm;
        found = { file, face: 0, at: near.at, onCut: true };
      }
    }
    if (found) found.face = this.solid(found.file).nearest(found.at)?.face ?? 0;
    return found;
  }

  private section({ files, cut }: Questions['section']['ask']): { file: string; pieces: Float32Array }[] {
    return files.flatMap((file) => {
      const kept = this.#parts.get(file);
      if (!kept) return [];
      kept.pieces = kept.solid.section(cut);
      return [{ file, pieces: kept.pieces.slice() }];
    });
  }

  private async compare({ of, to }: Questions['compare']['ask'], told: (part: number) => void): Promise<Questions['compare']['answer']> {
    this.#comparison += 1;
    const mine = this.#comparison;
    const work = new Comparison(this.solid(of), this.solid(to));
    for (;;) {
      const until = this.now() + SLICE_MS;
      if (work.go(() => this.now() >= until)) return work.heat();
      told(work.done);
      await this.pause();
      if (mine !== this.#comparison) return 'ended';
    }
  }
}

/** The place between `a` and `b` that is nearest to a ray of length one. */
function nearRay(a: Vec, b: Vec, origin: Vec, direction: Vec): { at: Vec; off_mm: number } {
  // Seen along the ray, the piece is a line in a plane, and the ray a point.
  const flat = (p: Vec) => minus(p, times(direction, dot(direction, p)));
  const [from, along, to] = [flat(a), flat(minus(b, a)), flat(origin)];
  const length2 = dot(along, along);
  const part = length2 > 0 ? Math.max(0, Math.min(1, dot(minus(to, from), along) / length2)) : 0;
  const at = plus(a, times(minus(b, a), part));
  return { at, off_mm: long(cross(direction, minus(at, origin))) };
}
