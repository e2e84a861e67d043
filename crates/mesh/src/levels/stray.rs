//! Measures how far a thinned surface strays from the original: what the library reckons is a mean, not what somebody who
//! looks at a margin wants to know.

use crate::Surface;
use crate::surface::{cross, dot, length, minus};

/// Points of the original that are measured, spread evenly over its list. More would take longer than the thinning.
const SAMPLES: usize = 50_000;

/// Cells that are looked at around one point; then the nearest triangle so far is taken.
const RINGS: i64 = 6;

/// The largest distance from points of `original` to `thinned`, in the unit of the file.
pub(super) fn measure(original: &Surface, thinned: &Surface) -> f64 {
    let Some(grid) = Grid::of(thinned) else { return 0.0 };
    let stride = original.points.len().div_ceil(SAMPLES).max(1);
    let samples = original.points.iter().step_by(stride);
    samples.map(|it| grid.distance(it.map(f64::from))).fold(0.0, f64::max)
}

/// The triangles by the cells of space that their boxes touch.
struct Grid<'a> {
    surface: &'a Surface,
    low: [f64; 3],
    cell: f64,
    size: [i64; 3],
    from: Vec<u32>,
    triangles: Vec<u32>,
}

impl<'a> Grid<'a> {
    fn of(surface: &'a Surface) -> Option<Self> {
        let (low, high) = super::bounds(surface);
        let sides = minus(high, low);
        let longest = sides.into_iter().fold(0.0, f64::max);
        let area: f64 = surface.triangles.iter().map(|it| area(corners(surface, *it))).sum();
        // Cells about as wide as two triangles, and not more of them than four for each triangle.
        let count = surface.triangles.len() as f64;
        let wide = (area / count).sqrt() * 2.0;
        let least =
            (sides.map(|it| it.max(longest / 1000.0)).into_iter().product::<f64>() / (count * 4.0 + 64.0)).cbrt();
        let cell = wide.max(least);
        if !cell.is_finite() || cell <= 0.0 {
            return None;
        }
        let size = sides.map(|it| (it / cell) as i64 + 1);
        let cells = usize::try_from(size.into_iter().try_fold(1_i64, i64::checked_mul)?).ok()?;
        if cells > surface.triangles.len() * 64 + 4_096 {
            return None;
        }
        let mut grid = Self { surface, low, cell, size, from: vec![0; cells + 1], triangles: Vec::new() };
        // A long thin triangle touches many cells; so many that it costs too much are not listed everywhere.
        for triangle in &surface.triangles {
            grid.touched(*triangle, |from, cell| from[cell + 1] += 1);
        }
        for place in 1..grid.from.len() {
            grid.from[place] += grid.from[place - 1];
        }
        let mut next = grid.from.clone();
        let mut listed = vec![0; grid.from.last().copied().unwrap_or_default() as usize];
        for (place, triangle) in surface.triangles.iter().enumerate() {
            let (low, high) = grid.span(*triangle);
            grid.cells(low, high, |cell| {
                listed[next[cell] as usize] = place as u32;
                next[cell] += 1;
            });
        }
        grid.triangles = listed;
        Some(grid)
    }

    fn touched(&mut self, triangle: [u32; 3], add: impl Fn(&mut Vec<u32>, usize)) {
        let (low, high) = self.span(triangle);
        let mut from = std::mem::take(&mut self.from);
        self.cells(low, high, |cell| add(&mut from, cell));
        self.from = from;
    }

    fn place(&self, point: [f64; 3]) -> [i64; 3] {
        [0, 1, 2].map(|it| (((point[it] - self.low[it]) / self.cell) as i64).clamp(0, self.size[it] - 1))
    }

    fn span(&self, triangle: [u32; 3]) -> ([i64; 3], [i64; 3]) {
        let places = corners(self.surface, triangle).map(|it| self.place(it));
        let ends = |of: fn(i64, i64) -> i64| [0, 1, 2].map(|it| of(of(places[0][it], places[1][it]), places[2][it]));
        (ends(i64::min), ends(i64::max))
    }

    fn cells(&self, low: [i64; 3], high: [i64; 3], mut tell: impl FnMut(usize)) {
        for z in low[2].max(0)..=high[2].min(self.size[2] - 1) {
            for y in low[1].max(0)..=high[1].min(self.size[1] - 1) {
                for x in low[0].max(0)..=high[0].min(self.size[0] - 1) {
                    tell(((z * self.size[1] + y) * self.size[0] + x) as usize);
                }
            }
        }
    }

    /// The distance from a point to the nearest triangle.
    fn distance(&self, point: [f64; 3]) -> f64 {
        let home = self.place(point);
        let mut best = f64::MAX;
        for ring in 0..=RINGS {
            let (low, high) = (home.map(|it| it - ring), home.map(|it| it + ring));
            self.cells(low, high, |cell| {
                for place in &self.triangles[self.from[cell] as usize..self.from[cell + 1] as usize] {
                    best = best.min(distance(point, corners(self.surface, self.surface.triangles[*place as usize])));
                }
            });
            // What lies outside the ring is farther away than the ring is wide.
            if best <= ring as f64 * self.cell {
                break;
            }
        }
        if best == f64::MAX { (RINGS as f64) * self.cell } else { best }
    }
}

fn corners(surface: &Surface, triangle: [u32; 3]) -> [[f64; 3]; 3] {
    surface.corners(triangle).map(|it| it.map(f64::from))
}

fn area([a, b, c]: [[f64; 3]; 3]) -> f64 {
    length(cross(minus(b, a), minus(c, a))) / 2.0
}

fn along(from: [f64; 3], by: [f64; 3], part: f64) -> [f64; 3] {
    [0, 1, 2].map(|it| from[it] + by[it] * part)
}

/// The distance from a point to a triangle: to its inside if the foot of the plumb line is there, else to its nearest side.
pub(super) fn distance(point: [f64; 3], [a, b, c]: [[f64; 3]; 3]) -> f64 {
    let normal = cross(minus(b, a), minus(c, a));
    let square = dot(normal, normal);
    if square > 0.0 {
        let inside = [(a, b), (b, c), (c, a)]
            .iter()
            .all(|(from, to)| dot(cross(minus(*to, *from), minus(point, *from)), normal) >= 0.0);
        if inside {
            return dot(minus(point, a), normal).abs() / square.sqrt();
        }
    }
    let side = |from: [f64; 3], to: [f64; 3]| {
        let by = minus(to, from);
        let square = dot(by, by);
        let part = if square > 0.0 { (dot(minus(point, from), by) / square).clamp(0.0, 1.0) } else { 0.0 };
        length(minus(point, along(from, by, part)))
    };
    side(a, b).min(side(b, c)).min(side(c, a))
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_to_a_triangle() {
        let triangle = [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 4.0, 0.0]];
        for (point, wanted) in [
            ([1.0, 1.0, 2.0], 2.0),
            ([1.0, 1.0, 0.0], 0.0),
            ([-3.0, -4.0, 0.0], 5.0),
            ([2.0, -1.0, 0.0], 1.0),
            ([7.0, 0.0, 4.0], 5.0),
            ([4.0, 4.0, 0.0], 8.0_f64.sqrt()),
        ] {
            assert!((distance(point, triangle) - wanted).abs() < 1e-12, "{point:?}");
        }
        assert_eq!(distance([0.0, 3.0, 4.0], [[0.0; 3]; 3]), 5.0, "a triangle that is a point");
    }
}
