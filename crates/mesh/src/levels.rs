//! Levels of detail: the whole surface and thinner ones, each in a small container that the viewer reads.
//!
//! A level holds places, colours and triangles, and no text of any kind: nothing personal can come along. The container
//! is described in docs/protocols.md.

use meshopt::{SimplifyOptions, encode_index_buffer, encode_vertex_buffer, optimize_vertex_cache, simplify_decoder};

use crate::limits;
use crate::surface::Shape;

/// What a container begins with.
pub const MAGIC: [u8; 4] = *b"HML1";
/// Bytes before the vertices.
pub const HEAD_BYTES: usize = 44;
/// Bit of the flags: vertices have colours.
pub const COLOURS: u32 = 1;
/// Triangles of the levels below the whole one: what a slow line brings in a second, a tablet turns smoothly, a first
/// picture needs, and a list shows.
pub const TARGETS: [usize; 4] = [200_000, 67_000, 20_000, 4_000];
/// The largest step of a coordinate: 16 bits.
const GRID: f64 = 65_535.0;

/// One level, the whole surface being the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Triangles.
    pub triangles: u32,
    /// About how far its surface lies from the whole one, in mm, the rounding to the grid included; no bound that was proven.
    pub error_mm: f32,
    /// The container.
    pub bytes: Vec<u8>,
}

/// What the head of a container says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Head {
    /// Vertices.
    pub vertices: u32,
    /// Indices: three a triangle.
    pub indices: u32,
    /// The corner of the box with the least numbers, in mm.
    pub least: [f32; 3],
    /// Millimetres in one step of the grid.
    pub step: f32,
    /// As [`Level::error_mm`].
    pub error_mm: f32,
    /// [`COLOURS`], or nothing.
    pub flags: u32,
    /// Bytes of the packed vertices, which follow the head.
    pub vertex_bytes: u32,
    /// Bytes of the packed indices, which follow the vertices and end the container.
    pub index_bytes: u32,
}

impl Head {
    /// The head of a container whose length is what the head says.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let word = |at: usize| head.get(at * 4..at * 4 + 4).and_then(|it| it.try_into().ok());
        let whole = |at| word(at).map(u32::from_le_bytes);
        let real = |at| word(at).map(f32::from_le_bytes);
        let it = Self {
            vertices: whole(1)?,
            indices: whole(2)?,
            least: [real(3)?, real(4)?, real(5)?],
            step: real(6)?,
            error_mm: real(7)?,
            flags: whole(8)?,
            vertex_bytes: whole(9)?,
            index_bytes: whole(10)?,
        };
        let length = u64::from(it.vertex_bytes) + u64::from(it.index_bytes);
        (head.starts_with(&MAGIC) && length == rest.len() as u64).then_some(it)
    }
}

/// The levels of a shape: the whole one, and each of [`TARGETS`] that is thinner than the one before. None for a shape
/// without triangles, or larger than [`limits::EXTENT_MM_MAX`].
#[must_use]
pub fn levels(shape: &Shape) -> Vec<Level> {
    let Some(grid) = Grid::of(&shape.positions) else { return Vec::new() };
    let mut indices: Vec<u32> = shape.triangles.iter().flatten().copied().collect();
    let mut levels = Vec::new();
    levels.extend(pack(shape, &indices, &grid, 0.0));
    let mut error = 0.0;
    for target in TARGETS.map(|it| it * 3) {
        if target >= indices.len() {
            continue;
        }
        // Thinned from the level before, so errors add up; thinning from the whole one each time takes three times as long.
        let mut more = 0.0;
        let most = grid.step * GRID as f32;
        let thinned =
            simplify_decoder(&indices, &shape.positions, target, most, SimplifyOptions::ErrorAbsolute, Some(&mut more));
        if thinned.is_empty() || thinned.len() >= indices.len() {
            break;
        }
        indices = thinned;
        error += more;
        levels.extend(pack(shape, &indices, &grid, error));
    }
    levels
}

/// Where the 16-bit grid lies: one for all levels, so that they do not shift against each other.
struct Grid {
    least: [f32; 3],
    step: f32,
}

impl Grid {
    fn of(positions: &[[f32; 3]]) -> Option<Self> {
        let first = positions.first()?;
        let (mut least, mut most) = (*first, *first);
        for position in positions {
            for axis in 0..3 {
                least[axis] = least[axis].min(position[axis]);
                most[axis] = most[axis].max(position[axis]);
            }
        }
        let extent = (0..3).map(|axis| f64::from(most[axis]) - f64::from(least[axis])).fold(0.0, f64::max);
        // Not finite is not within.
        let within = extent <= limits::EXTENT_MM_MAX && least.iter().all(|it| it.is_finite());
        // A step that is too small to divide by is one of a shape that is a point.
        within.then(|| Self { least, step: (extent / GRID).max(f64::from(f32::MIN_POSITIVE)) as f32 })
    }

    fn on(&self, position: [f32; 3]) -> [u16; 3] {
        [0, 1, 2].map(|axis| {
            let steps = (f64::from(position[axis]) - f64::from(self.least[axis])) / f64::from(self.step);
            // Rounding the step down to 32 bits may put the far side one beyond; a cast stops at the end of the grid.
            steps.round() as u16
        })
    }

    /// How far a place lies from its point of the grid at most.
    fn error(&self) -> f32 {
        self.step * 0.5 * 3.0_f32.sqrt()
    }
}

/// The container of some triangles of a shape. Vertices are compacted by hand in the order of their first use: the
/// library's own remapping writes behind the end of its table where not every vertex is used.
fn pack(shape: &Shape, indices: &[u32], grid: &Grid, error: f32) -> Option<Level> {
    let ordered = optimize_vertex_cache(indices, shape.positions.len());
    let mut number = vec![u32::MAX; shape.positions.len()];
    let mut used = Vec::new();
    let mut compact = Vec::with_capacity(ordered.len());
    for at in ordered {
        let place = number.get_mut(at as usize)?;
        if *place == u32::MAX {
            *place = u32::try_from(used.len()).ok()?;
            used.push(at as usize);
        }
        compact.push(*place);
    }
    let points = used.iter().map(|it| grid.on(shape.positions[*it]).map(u16::to_le));
    let vertices = match &shape.colours {
        None => encode_vertex_buffer(&points.map(|[x, y, z]| [x, y, z, 0]).collect::<Vec<_>>()),
        Some(colours) => {
            let colours = used.iter().map(|it| colours.get(*it).copied().unwrap_or([255; 4]));
            let both = points.zip(colours).map(|([x, y, z], [red, green, blue, opacity])| {
                [x, y, z, 0, u16::from_ne_bytes([red, green]), u16::from_ne_bytes([blue, opacity])]
            });
            encode_vertex_buffer(&both.collect::<Vec<_>>())
        }
    };
    let (vertices, triangles) = (vertices.ok()?, encode_index_buffer(&compact, used.len()).ok()?);
    let error_mm = error + grid.error();
    let mut bytes = Vec::with_capacity(HEAD_BYTES + vertices.len() + triangles.len());
    bytes.extend(MAGIC);
    let mut word = |it: [u8; 4]| bytes.extend(it);
    word(u32::try_from(used.len()).ok()?.to_le_bytes());
    word(u32::try_from(compact.len()).ok()?.to_le_bytes());
    grid.least.iter().for_each(|it| word(it.to_le_bytes()));
    word(grid.step.to_le_bytes());
    word(error_mm.to_le_bytes());
    word(if shape.colours.is_some() { COLOURS } else { 0 }.to_le_bytes());
    word(u32::try_from(vertices.len()).ok()?.to_le_bytes());
    word(u32::try_from(triangles.len()).ok()?.to_le_bytes());
    bytes.extend(vertices);
    bytes.extend(triangles);
    Some(Level { triangles: u32::try_from(compact.len() / 3).ok()?, error_mm, bytes })
}
