//! Looks a surface over: holes, edges, direction, parts (DL-22).

mod edges;
mod holes;
mod sets;

use sets::Sets;

use crate::report::{Finding, FindingKind, Hole, Shape, Turned};
use crate::surface::{cross, dot, length, minus};
use crate::weld::weld;
use crate::{Limits, Place, Reading, Surface, unit};

/// Thinner than this, as height by longest side, a triangle has no area that numbers of this precision could tell.
const THIN: f64 = 1e-7;
/// Less volume than this, by area to the power of 1.5, is flat. A sphere has 0.094, the scan of a jaw some 0.02.
const FLAT: f64 = 1e-3;

/// Solids that are looked at for hollows in them.
const SOLIDS_MAX: usize = 64;

/// Counts of one kind, with the first places.
#[derive(Default)]
pub(crate) struct Found {
    count: u64,
    places: Vec<Place>,
}

impl Found {
    fn add(&mut self, limits: &Limits, place: impl FnOnce() -> Place) {
        self.count += 1;
        if self.places.len() < limits.places {
            self.places.push(place());
        }
    }
}

/// A surface whose points are all different and all numbers, without triangles that have two corners in one place.
pub(crate) struct Clean {
    pub(crate) surface: Surface,
    /// The triangle of the file, from 0, that each one is.
    origin: Vec<u32>,
    not_finite: Found,
    degenerate: Found,
}

/// Joins equal points and leaves out what has no place or no corners.
pub(crate) fn clean(surface: &Surface, limits: &Limits) -> Clean {
    let (number, firsts) = weld(&surface.points);
    let mut clean = Clean {
        surface: Surface {
            points: firsts.iter().map(|it| surface.points[*it as usize]).collect(),
            triangles: Vec::with_capacity(surface.triangles.len()),
            colours: firsts.iter().filter_map(|it| surface.colours.get(*it as usize).copied()).collect(),
        },
        origin: Vec::with_capacity(surface.triangles.len()),
        not_finite: Found::default(),
        degenerate: Found::default(),
    };
    for (place, triangle) in surface.triangles.iter().enumerate() {
        let joined = triangle.map(|it| number[it as usize]);
        let corners = clean.surface.corners(joined);
        let [a, b, c] = joined;
        if !corners.iter().flatten().all(|it| it.is_finite()) {
            let whole = corners.iter().find(|it| it.iter().all(|it| it.is_finite()));
            clean.not_finite.add(limits, || Place::triangle(place, whole.copied().unwrap_or([f32::NAN; 3])));
        } else if a == b || b == c || c == a {
            clean.degenerate.add(limits, || Place::triangle(place, corners[0]));
        } else {
            clean.surface.triangles.push(joined);
            clean.origin.push(place as u32);
        }
    }
    clean
}

/// Looks over what was read.
pub(crate) fn check(reading: &Reading, clean: Clean, limits: &Limits) -> (Shape, Vec<Finding>) {
    let surface = &clean.surface;
    let at = |triangle: usize| {
        Place::triangle(clean.origin[triangle] as usize, surface.points[surface.triangles[triangle][0] as usize])
    };
    let (low, high) = bounds(surface);
    let size = minus(high, low);
    let longest = size.into_iter().fold(0.0, f64::max);
    let unit = unit::guess(reading.unit, longest);
    let seen = edges::look(surface, limits, &at);
    let (area, thin) = areas(surface, clean.degenerate, limits, &at);
    let mut parts = Parts::of(surface, &seen.open);
    let holes = holes::trace(surface, &seen.border);
    let (mut gaps, mut border) = (Found::default(), 0);
    let mut told = Vec::new();
    for hole in &holes {
        parts.close(surface, &hole.chain);
        // The rim of a scan runs around most of it; a hole lies within.
        let rim = hole.length > (size[0] + size[1] + size[2] - size.into_iter().fold(f64::MAX, f64::min)) * 0.75;
        let place = || Place::point(hole.middle.map(|it| it as f32));
        if rim {
            border += 1;
        } else {
            gaps.add(limits, place);
        }
        if told.len() < limits.places {
            told.push(Hole { edges: hole.chain.len() as u64, length: hole.length, place: place(), border: rim });
        }
    }
    let closed =
        !surface.triangles.is_empty() && seen.border.is_empty() && seen.crowded.count == 0 && seen.against.count == 0;
    let (turned, inside_out) = parts.turned(area, limits, &at);
    let volume = closed.then(|| parts.list.iter().map(|it| it.volume).sum());
    let mut used = vec![false; surface.points.len()];
    surface.triangles.iter().flatten().for_each(|it| used[*it as usize] = true);
    let shape = Shape {
        triangles: reading.surface.triangles.len() as u64,
        points: reading.surface.points.len() as u64,
        places: used.into_iter().filter(|it| *it).count() as u64,
        coloured: !reading.surface.colours.is_empty(),
        parts: parts.list.len() as u64,
        low,
        high,
        unit,
        size_mm: size.map(|it| it * unit.unit.mm()),
        area,
        closed,
        volume,
        turned,
        border_edges: seen.border.len() as u64,
        holes: told,
    };
    let stated = |count: u64, place: &Option<Place>| Found { count, places: place.iter().cloned().collect() };
    let separate = Found { count: if shape.parts > 1 { shape.parts } else { 0 }, places: parts.places(limits, &at) };
    let odd = !surface.triangles.is_empty() && !unit::plausible(unit, longest);
    let found = [
        (FindingKind::NotFinite, clean.not_finite),
        (FindingKind::Holes, gaps),
        (FindingKind::NonManifoldEdges, seen.crowded),
        (FindingKind::NonManifoldPoints, seen.touching),
        (FindingKind::Winding, seen.against),
        (FindingKind::InsideOut, inside_out),
        (FindingKind::SizeDoubtful, Found { count: u64::from(odd), places: Vec::new() }),
        (FindingKind::Trailing, stated(u64::from(reading.trailing.is_some()), &reading.trailing)),
        (FindingKind::OpenBorder, Found { count: border, places: Vec::new() }),
        (FindingKind::NormalsAgainst, stated(reading.against.0, &reading.against.1)),
        (FindingKind::Degenerate, thin),
        (FindingKind::Doubled, seen.doubled),
        (FindingKind::Parts, separate),
        (FindingKind::DecimalComma, Found { count: reading.commas, places: Vec::new() }),
        (FindingKind::Materials, Found { count: reading.materials.len() as u64, places: Vec::new() }),
    ];
    let findings = found.into_iter().filter(|(_, it)| it.count > 0);
    (shape, findings.map(|(kind, it)| Finding { kind, count: it.count, places: it.places }).collect())
}

fn bounds(surface: &Surface) -> ([f64; 3], [f64; 3]) {
    let (mut low, mut high) = ([f64::MAX; 3], [f64::MIN; 3]);
    for point in surface.triangles.iter().flatten().map(|it| surface.points[*it as usize].map(f64::from)) {
        low = [0, 1, 2].map(|it| low[it].min(point[it]));
        high = [0, 1, 2].map(|it| high[it].max(point[it]));
    }
    if surface.triangles.is_empty() { ([0.0; 3], [0.0; 3]) } else { (low, high) }
}

/// The whole area, and the triangles that have none.
fn areas(surface: &Surface, mut thin: Found, limits: &Limits, at: &impl Fn(usize) -> Place) -> (f64, Found) {
    let mut whole = 0.0;
    for (place, triangle) in surface.triangles.iter().enumerate() {
        let [a, b, c] = surface.corners(*triangle).map(|it| it.map(f64::from));
        let (ab, ac, bc) = (minus(b, a), minus(c, a), minus(c, b));
        let double = length(cross(ab, ac));
        let longest = dot(ab, ab).max(dot(ac, ac)).max(dot(bc, bc));
        whole += double / 2.0;
        if double <= THIN * longest {
            thin.add(limits, || at(place));
        }
    }
    (whole, thin)
}

/// A piece of surface that hangs together.
#[derive(Clone)]
struct PartOf {
    first: u32,
    triangles: u64,
    /// Closed with a lid over each hole.
    volume: f64,
    open: bool,
    low: [f64; 3],
    high: [f64; 3],
}

struct Parts {
    /// The part of each point.
    of: Vec<u32>,
    list: Vec<PartOf>,
    /// From where volumes are measured, to lose no digits far from nought.
    origin: [f64; 3],
}

impl Parts {
    fn of(surface: &Surface, open: &[bool]) -> Self {
        let mut sets = Sets::new(surface.points.len());
        for [a, b, c] in &surface.triangles {
            sets.join(*a, *b);
            sets.join(*b, *c);
        }
        let mut of = vec![u32::MAX; surface.points.len()];
        let (low, high) = bounds(surface);
        let origin = [0, 1, 2].map(|it| (low[it] + high[it]) / 2.0);
        let mut list: Vec<PartOf> = Vec::new();
        for (place, triangle) in surface.triangles.iter().enumerate() {
            let root = sets.root(triangle[0]) as usize;
            if of[root] == u32::MAX {
                of[root] = list.len() as u32;
                let (low, high) = ([f64::MAX; 3], [f64::MIN; 3]);
                list.push(PartOf { first: place as u32, triangles: 0, volume: 0.0, open: false, low, high });
            }
            for corner in triangle {
                of[*corner as usize] = of[root];
            }
            let part = &mut list[of[root] as usize];
            part.triangles += 1;
            part.open |= open[place];
            let corners = surface.corners(*triangle).map(|it| it.map(f64::from));
            for corner in corners {
                part.low = [0, 1, 2].map(|it| part.low[it].min(corner[it]));
                part.high = [0, 1, 2].map(|it| part.high[it].max(corner[it]));
            }
            part.volume += volume(corners.map(|it| minus(it, origin)));
        }
        Self { of, list, origin }
    }

    /// Puts a lid over a hole, so that which way an open surface faces can be told.
    fn close(&mut self, surface: &Surface, chain: &[(u32, u32)]) {
        let Some((first, _)) = chain.first() else { return };
        let point = |it: u32| minus(surface.points[it as usize].map(f64::from), self.origin);
        let mut middle = [0.0; 3];
        for (from, _) in chain {
            let at = point(*from);
            middle = [0, 1, 2].map(|it| middle[it] + at[it] / chain.len() as f64);
        }
        // A triangle runs from `from` to `to` along the rim; its neighbour, the lid, runs the other way.
        let lid: f64 = chain.iter().map(|(from, to)| volume([point(*to), point(*from), middle])).sum();
        self.list[self.of[*first as usize] as usize].volume += lid;
    }

    fn turned(&self, area: f64, limits: &Limits, at: &impl Fn(usize) -> Place) -> (Turned, Found) {
        let flat = FLAT * area.powf(1.5);
        let total: f64 = self.list.iter().map(|it| it.volume).sum();
        let mut inside_out = Found::default();
        // Only the largest may hold hollows: looking through all for each costs the square of their number.
        let mut solids: Vec<&PartOf> = self.list.iter().filter(|it| it.volume > flat && !it.open).collect();
        solids.sort_by(|a, b| b.volume.total_cmp(&a.volume));
        solids.truncate(SOLIDS_MAX);
        let (mut out, mut turned) = (false, false);
        for part in &self.list {
            // A speck says nothing, and a hollow within a solid is turned as it should be.
            let heavy = part.volume.abs() > flat && part.triangles > 3;
            out |= heavy && part.volume > 0.0;
            if !heavy || part.volume > 0.0 {
                continue;
            }
            let hollow = !part.open && solids.iter().any(|it| encloses(it, part));
            if !hollow {
                turned = true;
                inside_out.add(limits, || at(part.first as usize));
            }
        }
        let whole = match (out, turned) {
            (true, false) => Turned::Outward,
            (false, true) => Turned::Inward,
            (true, true) => Turned::Mixed,
            (false, false) if total.abs() > flat && total > 0.0 => Turned::Outward,
            (false, false) => Turned::Unclear,
        };
        (whole, inside_out)
    }

    /// Where the parts are, the largest first.
    fn places(&self, limits: &Limits, at: &impl Fn(usize) -> Place) -> Vec<Place> {
        let mut order: Vec<&PartOf> = self.list.iter().collect();
        order.sort_by_key(|it| std::cmp::Reverse(it.triangles));
        order.into_iter().take(limits.places).map(|it| at(it.first as usize)).collect()
    }
}

fn encloses(outer: &PartOf, inner: &PartOf) -> bool {
    (0..3).all(|it| outer.low[it] < inner.low[it] && inner.high[it] < outer.high[it])
}

/// Volume between a triangle and nought, positive if it faces away from there.
fn volume([a, b, c]: [[f64; 3]; 3]) -> f64 {
    dot(a, cross(b, c)) / 6.0
}
