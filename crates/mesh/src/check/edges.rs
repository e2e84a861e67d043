//! The edges of a surface: which triangles meet there, and how.

use super::{Found, Sets};
use crate::{Limits, Place, Surface};

/// All edges, each with the sides of triangles that lie on it. A side is three times its triangle plus the corner it begins at.
pub(crate) struct Edges {
    /// For each point, where its sides begin in `sides`.
    from: Vec<u32>,
    /// The larger point of the edge, and the side; grouped by the smaller point, ordered by the larger.
    sides: Vec<(u32, u32)>,
}

impl Edges {
    pub(crate) fn of(surface: &Surface) -> Self {
        let ends = |triangle: &[u32; 3], corner: usize| {
            let (a, b) = (triangle[corner], triangle[(corner + 1) % 3]);
            (a.min(b), a.max(b))
        };
        let mut from = vec![0_u32; surface.points.len() + 1];
        for triangle in &surface.triangles {
            for corner in 0..3 {
                from[ends(triangle, corner).0 as usize + 1] += 1;
            }
        }
        for place in 1..from.len() {
            from[place] += from[place - 1];
        }
        let mut next = from.clone();
        let mut sides = vec![(0, 0); surface.triangles.len() * 3];
        for (place, triangle) in surface.triangles.iter().enumerate() {
            for corner in 0..3 {
                let (low, high) = ends(triangle, corner);
                sides[next[low as usize] as usize] = (high, (place * 3 + corner) as u32);
                next[low as usize] += 1;
            }
        }
        for pair in from.windows(2) {
            sides[pair[0] as usize..pair[1] as usize].sort_unstable();
        }
        Self { from, sides }
    }

    /// Tells each edge once: its two points, and its sides.
    fn each(&self, mut tell: impl FnMut(u32, u32, &[(u32, u32)])) {
        for (low, pair) in self.from.windows(2).enumerate() {
            for run in self.sides[pair[0] as usize..pair[1] as usize].chunk_by(|a, b| a.0 == b.0) {
                tell(low as u32, run[0].0, run);
            }
        }
    }
}

/// What the edges tell.
pub(crate) struct Seen {
    /// Edges with one triangle, in the direction of that triangle.
    pub(crate) border: Vec<(u32, u32)>,
    /// Whether each triangle has an edge with other than one neighbour.
    pub(crate) open: Vec<bool>,
    /// Edges with more than two triangles.
    pub(crate) crowded: Found,
    /// Points where surfaces touch.
    pub(crate) touching: Found,
    /// Edges whose two triangles face different ways.
    pub(crate) against: Found,
    /// Triangles that are there already.
    pub(crate) doubled: Found,
}

pub(crate) fn look(surface: &Surface, limits: &Limits, at: &impl Fn(usize) -> Place) -> Seen {
    let edges = Edges::of(surface);
    let triangles = &surface.triangles;
    let mut seen = Seen {
        border: Vec::new(),
        open: vec![false; triangles.len()],
        crowded: Found::default(),
        touching: Found::default(),
        against: Found::default(),
        doubled: Found::default(),
    };
    // The corners of triangles that hang together around their point through shared edges.
    let mut fans = Sets::new(triangles.len() * 3);
    let mut on_crowded = vec![false; surface.points.len()];
    let start = |side: u32| triangles[side as usize / 3][side as usize % 3];
    let end = |side: u32| triangles[side as usize / 3][(side as usize % 3 + 1) % 3];
    let corner = |side: u32, point: u32| {
        let triangle = side as usize / 3;
        (triangle * 3 + triangles[triangle].iter().position(|it| *it == point).unwrap_or_default()) as u32
    };
    let mut opposite: Vec<(u32, u32)> = Vec::new();
    edges.each(|low, high, sides| {
        match sides {
            [(_, only)] => {
                seen.border.push((start(*only), end(*only)));
                seen.open[*only as usize / 3] = true;
            }
            [(_, one), (_, other)] => {
                for point in [low, high] {
                    fans.join(corner(*one, point), corner(*other, point));
                }
                if start(*one) == start(*other) {
                    seen.against.add(limits, || at(*other as usize / 3));
                }
            }
            _ => {
                on_crowded[low as usize] = true;
                on_crowded[high as usize] = true;
                seen.crowded.add(limits, || at(sides[0].1 as usize / 3));
                for (_, side) in sides {
                    seen.open[*side as usize / 3] = true;
                }
            }
        }
        // A doubled triangle is found on the edge of its two smallest points.
        if sides.len() > 1 {
            opposite.clear();
            opposite.extend(sides.iter().map(|(_, side)| {
                let triangle = side / 3;
                let third = triangles[triangle as usize].into_iter().find(|it| *it != low && *it != high);
                (third.unwrap_or_default(), triangle)
            }));
            opposite.sort_unstable();
            for pair in opposite.windows(2).filter(|it| it[0].0 == it[1].0 && it[0].0 > high) {
                seen.doubled.add(limits, || at(pair[1].1 as usize));
            }
        }
    });
    let mut around = vec![0_u32; surface.points.len()];
    for (place, triangle) in triangles.iter().enumerate() {
        for (corner, point) in triangle.iter().enumerate() {
            let it = (place * 3 + corner) as u32;
            if fans.root(it) == it {
                around[*point as usize] += 1;
                if around[*point as usize] == 2 && !on_crowded[*point as usize] {
                    let here = surface.points[*point as usize];
                    seen.touching.add(limits, || Place { triangle: at(place).triangle, ..Place::point(here) });
                }
            }
        }
    }
    seen
}
