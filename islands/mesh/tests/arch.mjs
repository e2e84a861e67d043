// An arch of teeth with gum, as dense as scanners give it, and a crown on one of its teeth: made, not scanned, so that nobody's
// mouth is in the tests.

/** Half the width and the depth of the arch in mm. */
const [WIDE_MM, DEEP_MM] = [26, 38];
const TEETH = 14;

const smooth = (from, to, x) => {
  const t = Math.min(1, Math.max(0, (x - from) / (to - from)));
  return t * t * (3 - 2 * t);
};

/** The tooth at `u` (0…1 along the arch): how far from its middle (−1…1), and which. */
function tooth(u) {
  const at = u * TEETH;
  const nth = Math.min(TEETH - 1, Math.floor(at));
  return { off: (at - nth) * 2 - 1, nth };
}

/** A place of the arch: `u` along it, `v` from the outer gum over the teeth to the inner one. In mm. */
function place(u, v, upper, worn_mm) {
  const around = Math.PI * (u - 0.5) * 0.98;
  const [cx, cy] = [WIDE_MM * Math.sin(around) * 1.05, -DEEP_MM * (Math.cos(around) - 0.45)];
  const [tx, ty] = [WIDE_MM * 1.05 * Math.cos(around), DEEP_MM * Math.sin(around)];
  const length = Math.hypot(tx, ty);
  const [nx, ny] = [ty / length, -tx / length];
  const { off, nth } = tooth(u);
  const isBack = nth < 4 || nth > TEETH - 5;
  const between = 1 - smooth(0.8, 1, Math.abs(off));
  const up = Math.sin(v * Math.PI);
  const gum = 5.5 * smooth(0, 0.22, Math.min(v, 1 - v));
  const crown = (isBack ? 6.2 : 8.4) * smooth(0.2, 0.36, Math.min(v, 1 - v)) * (0.35 + 0.65 * between);
  const chew = isBack ? 1.1 * Math.cos(off * Math.PI * 1.6) * Math.cos((v - 0.5) * 34) * smooth(0.36, 0.42, Math.min(v, 1 - v)) * between : 0.2 * Math.cos(off * 9) * smooth(0.4, 0.5, Math.min(v, 1 - v));
  const grain = 0.012 * Math.sin(u * 1711) * Math.sin(v * 903) + 0.02 * Math.sin(u * 311 + v * 97);
  const half = (isBack ? 4.8 : 3.1) * (0.82 + 0.18 * between) + 2.4 * (1 - smooth(0.14, 0.26, Math.min(v, 1 - v)));
  const out = half * Math.cos(v * Math.PI) * (1 + 0.16 * Math.sin(v * Math.PI * 3) * smooth(0.2, 0.4, up)) - (isBack ? 0 : 1.1 * (v - 0.5));
  const high = gum + crown + chew + grain - worn_mm * smooth(0.4, 0.5, Math.min(v, 1 - v)) * (nth === 3 ? 1 : 0.25);
  const z = upper ? 21 - high : high - 3;
  const gumline = smooth(0.17, 0.24, Math.min(v, 1 - v) + 0.03 * between);
  return { at: [cx + nx * out, cy + ny * out, z], ivory: gumline };
}

/** `across` × `along` cells, two triangles each. `worn_mm`: how much the teeth have lost. */
export function arch({ upper = false, along = 1_400, across = 715, worn_mm = 0 } = {}) {
  const vertices = (along + 1) * (across + 1);
  const places = new Float32Array(vertices * 3);
  const colours = new Uint8Array(vertices * 4);
  const index = new Uint32Array(along * across * 6);
  for (let u = 0, at = 0; u <= along; u += 1) {
    for (let v = 0; v <= across; v += 1, at += 1) {
      const it = place(u / along, v / across, upper, worn_mm);
      places.set(it.at, at * 3);
      const blood = 8 * Math.sin(u * 0.11) * Math.sin(v * 0.09);
      colours.set([205 + 38 * it.ivory + blood, 112 + 118 * it.ivory, 112 + 88 * it.ivory, 255], at * 4);
    }
  }
  for (let u = 0, at = 0; u < along; u += 1) {
    for (let v = 0; v < across; v += 1, at += 6) {
      const [a, b, c, d] = [u * (across + 1) + v, u * (across + 1) + v + 1, (u + 1) * (across + 1) + v, (u + 1) * (across + 1) + v + 1];
      index.set(upper ? [a, b, c, b, d, c] : [a, c, b, b, c, d], at);
    }
  }
  return { places, colours, index };
}

/** A crown like a thimble over the fourth lower tooth, closed, `thick_mm` thick; `more_mm` is laid on one side of it. */
export function crown({ cells = 420, thick_mm = 1.1, more_mm = 0 } = {}) {
  const middle = place(3.5 / TEETH, 0.5, false, 0).at;
  const places = [];
  const index = [];
  const rings = cells / 2;
  for (const [wall, scale] of [0, thick_mm].entries()) {
    for (let ring = 0; ring <= rings; ring += 1) {
      for (let at = 0; at < cells; at += 1) {
        const [down, round] = [(ring / rings) * Math.PI * 0.56, (at / cells) * 2 * Math.PI];
        const bulge = wall === 0 ? more_mm * smooth(0.55, 1, Math.cos(round - 0.6) * Math.sin(down)) : 0;
        const cusp = 0.55 * Math.cos(round * 4) * Math.sin(down * 2) ** 2 * Math.cos(down);
        const [w, h] = [5.4 - scale + bulge, 7.2 - scale + bulge];
        const square = 1 + 0.1 * Math.cos(round * 4 + Math.PI) * Math.sin(down);
        places.push(middle[0] + w * square * Math.sin(down) * Math.cos(round), middle[1] + w * square * Math.sin(down) * Math.sin(round), middle[2] - 5.4 + h * Math.cos(down) + cusp);
      }
    }
  }
  const one = (rings + 1) * cells;
  for (let ring = 0; ring < rings; ring += 1) {
    for (let at = 0; at < cells; at += 1) {
      const next = (at + 1) % cells;
      const [a, b, c, d] = [ring * cells + at, ring * cells + next, (ring + 1) * cells + at, (ring + 1) * cells + next];
      index.push(a, c, b, b, c, d, one + a, one + b, one + c, one + b, one + d, one + c);
    }
  }
  for (let at = 0; at < cells; at += 1) {
    const [a, b] = [rings * cells + at, rings * cells + ((at + 1) % cells)];
    index.push(a, one + a, b, b, one + a, one + b);
  }
  return { places: new Float32Array(places), colours: undefined, index: new Uint32Array(index) };
}
