//! A surface and its measures: welding, edges, holes, parts, area and volume.

use kernel::Words;

use crate::limits;
use crate::report::{Broken, Place, Report, Surface, Unit, UnitGuess};

/// Triangles as a file lists them.
#[derive(Default)]
pub(crate) struct Soup {
    pub(crate) positions: Vec<[f32; 3]>,
    pub(crate) triangles: Vec<[u32; 3]>,
    /// As many as positions, where there are any.
    pub(crate) colours: Option<Vec<[u8; 4]>>,
    /// Where the file says it.
    pub(crate) unit: Option<Unit>,
}

impl Soup {
    /// Each three positions are a triangle.
    pub(crate) fn in_threes(&mut self) {
        let count = u32::try_from(self.positions.len() / 3).unwrap_or(u32::MAX);
        self.triangles = (0..count).map(|it| [it * 3, it * 3 + 1, it * 3 + 2]).collect();
    }

    /// Adds a triangle.
    pub(crate) fn triangle(&mut self, corners: [u32; 3], place: Place) -> Result<(), Broken> {
        if self.triangles.len() >= limits::TRIANGLES_MAX {
            return Err(Broken::too_many(&Words::new("三角形の数", "triangles"), limits::TRIANGLES_MAX, place));
        }
        self.triangles.push(corners);
        Ok(())
    }
}

/// A welded surface: finite vertices, each used; triangles of three different ones. Numbers are in mm.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape {
    /// Vertices.
    pub positions: Vec<[f32; 3]>,
    /// Triangles, by index of their vertices.
    pub triangles: Vec<[u32; 3]>,
    /// Red, green, blue and opacity of each vertex, where the file has colours.
    pub colours: Option<Vec<[u8; 4]>>,
}

pub(crate) fn nothing_to_see() -> Broken {
    Broken::new(
        Words::new(
            "三角形が1つもないか、座標が数値ではありません。",
            "There is no triangle, or its corners are no numbers.",
        ),
        Place::Whole,
    )
}

/// Welds and measures, and puts the measures into the report.
pub(crate) fn measure(soup: Soup, report: &mut Report) -> Shape {
    let listed = soup.triangles.len() as u64;
    let coloured = soup.colours.is_some();
    let stated = soup.unit;
    let (mut shape, not_finite, collapsed) = weld(soup);
    let (least, most) = bounds(&shape.positions);
    let size = [0, 1, 2].map(|axis| f64::from(most[axis]) - f64::from(least[axis]));
    let unit = guess(stated, size);
    let scale = unit.unit.mm();
    let edges = Edges::of(&shape);
    let (area, flat, volume) = sums(&shape);
    let closed = edges.open == 0 && edges.crowded == 0 && edges.turned == 0 && !shape.triangles.is_empty();
    report.surface = Some(Surface {
        size_mm: size.map(|it| it * scale),
        unit,
        triangles: listed,
        vertices: shape.positions.len() as u64,
        degenerate: collapsed + flat,
        not_finite,
        holes: edges.holes,
        open_edges: edges.open,
        crowded_edges: edges.crowded,
        turned_edges: edges.turned,
        shells: shells(&shape),
        inside_out: closed.then_some(volume < 0.0),
        area_mm2: area * scale * scale,
        volume_mm3: closed.then_some(volume * scale * scale * scale),
        coloured,
    });
    if scale != 1.0 {
        for position in &mut shape.positions {
            *position = position.map(|it| (f64::from(it) * scale) as f32);
        }
    }
    shape
}

/// One vertex for each place, by its exact numbers: where scanners mean one vertex they write the same numbers. Triangles
/// with a corner that is no number are left out and counted, and so are those that are left with two corners or one.
fn weld(soup: Soup) -> (Shape, u64, u64) {
    let Soup { positions, mut triangles, colours, .. } = soup;
    let before = triangles.len();
    triangles.retain(|it| it.iter().all(|at| positions[*at as usize].iter().all(|number| number.is_finite())));
    let not_finite = (before - triangles.len()) as u64;

    // Sorted rather than hashed: no file can make it slow. Minus zero is zero.
    let key = |at: u32| positions[at as usize].map(|it| (it + 0.0).to_bits());
    let mut used = vec![false; positions.len()];
    triangles.iter().flatten().for_each(|it| used[*it as usize] = true);
    let mut order: Vec<([u32; 3], u32)> = (0..u32::try_from(positions.len()).unwrap_or(u32::MAX))
        .filter(|it| used[*it as usize])
        .map(|it| (key(it), it))
        .collect();
    drop(used);
    order.sort_unstable();
    let mut first_of = vec![u32::MAX; positions.len()];
    let mut last: Option<([u32; 3], u32)> = None;
    for (key, at) in order {
        let first = match last {
            Some((same, first)) if same == key => first,
            _ => at,
        };
        last = Some((key, first));
        first_of[at as usize] = first;
    }
    // Vertices in the order in which triangles use them: neighbours stay neighbours.
    let mut number = vec![u32::MAX; positions.len()];
    let mut shape = Shape { colours: colours.as_ref().map(|_| Vec::new()), ..Shape::default() };
    let before = triangles.len();
    for triangle in &triangles {
        let [a, b, c] = triangle.map(|it| first_of[it as usize]);
        if a == b || b == c || c == a {
            continue;
        }
        let corners = [a, b, c].map(|at| {
            let place = &mut number[at as usize];
            if *place == u32::MAX {
                *place = u32::try_from(shape.positions.len()).unwrap_or(u32::MAX);
                shape.positions.push(positions[at as usize]);
                if let (Some(to), Some(from)) = (&mut shape.colours, &colours) {
                    to.push(from.get(at as usize).copied().unwrap_or([255; 4]));
                }
            }
            *place
        });
        shape.triangles.push(corners);
    }
    let collapsed = (before - shape.triangles.len()) as u64;
    (shape, not_finite, collapsed)
}

fn bounds(positions: &[[f32; 3]]) -> ([f32; 3], [f32; 3]) {
    let Some(first) = positions.first() else { return ([0.0; 3], [0.0; 3]) };
    positions.iter().fold((*first, *first), |(least, most), it| {
        ([0, 1, 2].map(|axis| least[axis].min(it[axis])), [0, 1, 2].map(|axis| most[axis].max(it[axis])))
    })
}

/// The unit that the file states, or the one in which `size` is that of a tooth, a jaw or a face.
fn guess(stated: Option<Unit>, size: [f64; 3]) -> UnitGuess {
    if let Some(unit) = stated {
        return UnitGuess {
            unit, sure: true, why: Words::new("ファイルに書かれています。", "The file says so.")
        };
    }
    let longest = size.into_iter().fold(0.0, f64::max);
    let (unit, sure, why) = if (3.0..=400.0).contains(&longest) {
        let why = Words::new(
            "ファイルに単位はありませんが、大きさがミリメートルとして妥当です。",
            "The file does not say it; in millimetres its size is plausible.",
        );
        (Unit::Millimetre, true, why)
    } else if (0.003..0.3).contains(&longest) {
        let why = Words::new(
            "メートルで書かれていると考えられます（ミリメートルとしては小さすぎます）。",
            "It seems to be in metres: in millimetres it would be too small.",
        );
        (Unit::Metre, false, why)
    } else if (3_000.0..=400_000.0).contains(&longest) {
        let why = Words::new(
            "マイクロメートルで書かれていると考えられます（ミリメートルとしては大きすぎます）。",
            "It seems to be in micrometres: in millimetres it would be too large.",
        );
        (Unit::Micrometre, false, why)
    } else {
        let why = Words::new(
            "ファイルに単位がなく、ミリメートルとしては大きさが不自然です。送り主に確かめてください。",
            "The file does not say it, and in millimetres its size is odd. Ask who sent it.",
        );
        (Unit::Millimetre, false, why)
    };
    UnitGuess { unit, sure, why }
}

struct Edges {
    open: u64,
    crowded: u64,
    turned: u64,
    holes: u64,
}

impl Edges {
    fn of(shape: &Shape) -> Self {
        // Both ends of an edge in one number, the lesser first, and at last whether the triangle runs the other way.
        let mut all: Vec<(u64, bool)> = Vec::with_capacity(shape.triangles.len() * 3);
        for [a, b, c] in &shape.triangles {
            for (from, to) in [(a, b), (b, c), (c, a)] {
                let (less, more) = (from.min(to), from.max(to));
                all.push((u64::from(*less) << 32 | u64::from(*more), from > to));
            }
        }
        all.sort_unstable();
        let mut found = Self { open: 0, crowded: 0, turned: 0, holes: 0 };
        let mut rims = Groups::new(shape.positions.len());
        let mut holes = 0;
        let mut rest = &all[..];
        while let Some((edge, _)) = rest.first() {
            let count = rest.iter().take_while(|(it, _)| it == edge).count();
            let (same, after) = rest.split_at(count);
            match same {
                [_] => {
                    found.open += 1;
                    let (from, to) = ((edge >> 32) as u32, (edge & 0xffff_ffff) as u32);
                    holes += rims.join(from, to);
                }
                [one, other] => found.turned += u64::from(one.1 == other.1),
                _ => found.crowded += 1,
            }
            rest = after;
        }
        found.holes = holes.unsigned_abs();
        found
    }
}

/// Vertices in groups, which are joined.
struct Groups {
    /// The next one towards the head of the group; itself at the head; one more than there are where it is in none.
    towards: Vec<u32>,
}

impl Groups {
    fn new(count: usize) -> Self {
        Self { towards: vec![u32::MAX; count] }
    }

    fn head(&mut self, mut at: u32) -> u32 {
        while self.towards[at as usize] != at {
            // Halving the way each time keeps it short.
            let next = self.towards[at as usize];
            self.towards[at as usize] = self.towards[next as usize];
            at = self.towards[at as usize];
        }
        at
    }

    /// Joins the groups of two, and says by how many there are more now.
    fn join(&mut self, one: u32, other: u32) -> i64 {
        let mut more = 0;
        for it in [one, other] {
            if self.towards[it as usize] == u32::MAX {
                self.towards[it as usize] = it;
                more += 1;
            }
        }
        let (one, other) = (self.head(one), self.head(other));
        if one == other {
            return more;
        }
        self.towards[one as usize] = other;
        more - 1
    }
}

fn shells(shape: &Shape) -> u64 {
    let mut groups = Groups::new(shape.positions.len());
    let mut count = 0;
    for [a, b, c] in &shape.triangles {
        count += groups.join(*a, *b) + groups.join(*b, *c);
    }
    count.unsigned_abs()
}

/// Area, triangles without one, and volume with its sign. The volume is taken around the first vertex, so that a small
/// part far from the origin does not drown.
fn sums(shape: &Shape) -> (f64, u64, f64) {
    let Some(origin) = shape.positions.first() else { return (0.0, 0, 0.0) };
    let origin = origin.map(f64::from);
    let (mut area, mut flat, mut volume) = (0.0, 0, 0.0);
    for triangle in &shape.triangles {
        let [a, b, c] = triangle.map(|it| {
            let at = shape.positions[it as usize].map(f64::from);
            [0, 1, 2].map(|axis| at[axis] - origin[axis])
        });
        let minus = |one: [f64; 3], other: [f64; 3]| [0, 1, 2].map(|axis| one[axis] - other[axis]);
        let normal = cross(minus(b, a), minus(c, a));
        let twice = dot(normal, normal).sqrt();
        area += twice / 2.0;
        flat += u64::from(twice == 0.0);
        volume += dot(a, cross(b, c)) / 6.0;
    }
    (area, flat, volume)
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
