// The dental arch: a smooth line through points that the reader sets on an axial slice. Plane geometry, in millimetres.

export type Point = readonly [number, number];

/** One place of the arch: where it is, which way it runs, and which way is outward (cheek and lip). */
export interface Station {
  at: Point;
  tangent: Point;
  outward: Point;
}

export interface Arch {
  length_mm: number;
  /** The place `far_mm` along the arch; held to its ends. */
  station(far_mm: number): Station;
}

/** Straight pieces to a curve between two points; a hundredth of a tooth. */
const PIECES = 48;

const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1]];
const far = (a: Point, b: Point) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/**
 * The arch through `points`, at least two.
 *
 * Centripetal Catmull–Rom: it goes through every point and makes no loops where points are close (Yuksel 2011).
 */
export function archThrough(points: readonly Point[]): Arch {
  const line = curve(points);
  const run = [0];
  for (let place = 1; place < line.length; place += 1) run.push((run[place - 1] as number) + far(line[place] as Point, line[place - 1] as Point));
  const length_mm = run[run.length - 1] ?? 0;
  const middle: Point = [line.reduce((sum, it) => sum + it[0], 0) / line.length, line.reduce((sum, it) => sum + it[1], 0) / line.length];
  const bend = outwardSign(line, middle);
  return {
    length_mm,
    station(far_mm) {
      const to = Math.max(0, Math.min(length_mm, far_mm));
      let [low, high] = [0, run.length - 1];
      while (high - low > 1) {
        const half = (low + high) >> 1;
        if ((run[half] as number) <= to) low = half;
        else high = half;
      }
      const [a, b] = [line[low] as Point, line[high] as Point];
      const share = far(a, b) > 0 ? (to - (run[low] as number)) / far(a, b) : 0;
      // The direction is taken over a little way, so that it turns smoothly.
      const [before, after] = [line[Math.max(0, low - 2)] as Point, line[Math.min(line.length - 1, high + 2)] as Point];
      const way = minus(after, before);
      const size = Math.hypot(way[0], way[1]) || 1;
      const tangent: Point = [way[0] / size, way[1] / size];
      return { at: [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share], tangent, outward: [tangent[1] * bend, -tangent[0] * bend] };
    },
  };
}

/** An arch bends around its inside: outward is away from the middle of the line. */
function outwardSign(line: readonly Point[], middle: Point): 1 | -1 {
  let sum = 0;
  for (let place = 1; place < line.length; place += 1) {
    const [a, b] = [line[place - 1] as Point, line[place] as Point];
    sum += (b[1] - a[1]) * (a[0] - middle[0]) - (b[0] - a[0]) * (a[1] - middle[1]);
  }
  return sum >= 0 ? 1 : -1;
}

function curve(points: readonly Point[]): Point[] {
  const [first, second] = points;
  const last = points[points.length - 1];
  const beforeLast = points[points.length - 2];
  if (!first || !second || !last || !beforeLast) throw new RangeError('an arch has at least two points');
  const all = [reflect(second, first), ...points, reflect(beforeLast, last)];
  const line: Point[] = [];
  for (let place = 1; place + 2 < all.length; place += 1) {
    const [p0, p1, p2, p3] = all.slice(place - 1, place + 3) as [Point, Point, Point, Point];
    for (let piece = 0; piece < PIECES; piece += 1) line.push(between(p0, p1, p2, p3, piece / PIECES));
  }
  line.push(last);
  return line;
}

const reflect = (point: Point, over: Point): Point => [2 * over[0] - point[0], 2 * over[1] - point[1]];

function between(p0: Point, p1: Point, p2: Point, p3: Point, share: number): Point {
  const knot = (from: number, a: Point, b: Point) => from + Math.max(1e-6, Math.sqrt(far(a, b)));
  const t0 = 0;
  const t1 = knot(t0, p0, p1);
  const t2 = knot(t1, p1, p2);
  const t3 = knot(t2, p2, p3);
  const t = t1 + (t2 - t1) * share;
  const mix = (a: Point, b: Point, from: number, to: number): Point => {
    const part = (t - from) / (to - from);
    return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
  };
  const a1 = mix(p0, p1, t0, t1);
  const a2 = mix(p1, p2, t1, t2);
  const a3 = mix(p2, p3, t2, t3);
  return mix(mix(a1, a2, t0, t2), mix(a2, a3, t1, t3), t1, t2);
}

/** Directions from the middle of the arch in which a first guess is looked for. */
const GUESSES = 9;
/** Where an arch ends: so far from straight sideways. */
const END_RAD = 0.12;

/**
 * A first guess: seen from between the ends of the arch, the middle of what is hard in each direction.
 *
 * `hard` are places of teeth and bone; `front` is the sign of the second axis toward the face. Nothing when there are too
 * few of them.
 */
export function fitted(hard: readonly Point[], front: 1 | -1): Point[] | undefined {
  if (hard.length < 50) return undefined;
  const rank = (values: number[], share: number) => values.sort((one, other) => one - other)[Math.floor((values.length - 1) * share)] as number;
  const across = hard.map((it) => it[0]);
  const middle = (rank(across, 0.02) + rank(across, 0.98)) / 2;
  const back = front * rank(hard.map((it) => it[1] * front), 0.03);
  const seen = hard.map(([u, v]) => ({ angle: Math.atan2((v - back) * front, u - middle), far: Math.hypot(u - middle, v - back) }));
  const points: Point[] = [];
  for (let place = 0; place < GUESSES; place += 1) {
    const angle = Math.PI - END_RAD - ((Math.PI - 2 * END_RAD) * place) / (GUESSES - 1);
    const near = seen.filter((it) => Math.abs(it.angle - angle) < Math.PI / GUESSES / 2).map((it) => it.far);
    if (near.length < 5) continue;
    const far_mm = rank(near, 0.5);
    points.push([middle + far_mm * Math.cos(angle), back + front * far_mm * Math.sin(angle)]);
  }
  const [first, second] = points;
  const [beforeLast, last] = points.slice(-2);
  if (points.length < 4 || !first || !second || !beforeLast || !last) return undefined;
  return [beyond(second, first), ...points, beyond(beforeLast, last)];
}

/** The last tooth is not the end of the jaw. */
const BEYOND_MM = 8;

function beyond(from: Point, end: Point): Point {
  const size = far(from, end) || 1;
  return [end[0] + ((end[0] - from[0]) / size) * BEYOND_MM, end[1] + ((end[1] - from[1]) / size) * BEYOND_MM];
}
