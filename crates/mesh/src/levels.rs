//! Levels of detail for looking: fewer triangles, each with how far it strays from the original, packed for a browser.
//!
//! A level holds shape and colours, and no text of the file. It begins with `HARUKAM1`, the length of its head (u32, little
//! endian) and the head in JSON ([`Head`]), filled up with blanks to a multiple of four. Three streams follow in the encoding
//! of meshoptimizer (`MeshoptDecoder` in a browser): positions, four `u16` each of which the last is nought (stride 8); colours,
//! four `u8` (stride 4), if `colours_bytes` is not nought; triangles, three indices each. A place in the unit of the
//! file is `origin + step · position`.
//!
//! The library is not written in Rust: only numbers that were checked here reach it, and its `optimize_vertex_fetch…` and
//! `remap_…` are not used, since one of them writes past its table (meshopt 0.7.0).

mod stray;

use meshopt::{SimplifyOptions, VertexDataAdapter, typed_to_bytes};
use serde::{Deserialize, Serialize};

use crate::Surface;
use crate::surface::{length, minus};

/// Triangles of each level, the smallest first; the last is the whole. The first is on the screen in the blink of an eye on a
/// slow line (some 80 KB), the second shows margins.
pub const TRIANGLES: [usize; 3] = [20_000, 200_000, usize::MAX];

/// What stands at the beginning of a level.
pub const MAGIC: &[u8; 8] = b"HARUKAM1";

/// Points have sixteen bits for each axis: a jaw of 70 mm in steps of a thousandth of a millimetre.
const STEPS: f64 = 65_535.0;

/// How a level is packed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Triangles.
    pub triangles: u32,
    /// Points.
    pub points: u32,
    /// The place of position nought, in the unit of the file.
    pub origin: [f64; 3],
    /// The length of one step, in the unit of the file.
    pub step: f64,
    /// Millimetres in one unit of the file.
    pub unit_mm: f64,
    /// How far it may stray from the original, in millimetres: the larger of what was reckoned and what was measured.
    pub error_mm: f64,
    /// Whether it has all triangles of the original.
    pub whole: bool,
    /// Bytes of the stream of positions.
    pub positions_bytes: u32,
    /// Bytes of the stream of colours; nought without colours.
    pub colours_bytes: u32,
    /// Bytes of the stream of triangles.
    pub triangles_bytes: u32,
}

/// One level.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// What it is.
    pub head: Head,
    /// The whole of it, head and streams.
    pub bytes: Vec<u8>,
}

/// The levels of a clean surface, the smallest first; levels that would be no smaller than the next are left out.
pub(crate) fn levels(surface: &Surface, unit_mm: f64, wanted: &[usize]) -> Vec<Level> {
    let mut made = Vec::new();
    let Some(whole) = compact(surface, &surface.triangles) else { return made };
    let longest = extent(&whole);
    let mut from = Thin { surface: whole.clone(), error: 0.0 };
    let mut wanted: Vec<usize> = wanted.to_vec();
    wanted.sort_unstable();
    for target in wanted.into_iter().rev() {
        if target < from.surface.triangles.len() {
            let Some(thinner) = thin(&from, target) else { continue };
            from = thinner;
        } else if !made.is_empty() {
            continue;
        }
        let complete = from.surface.triangles.len() == whole.triangles.len();
        let measured = if complete { 0.0 } else { stray::measure(&whole, &from.surface) };
        made.extend(pack(&from.surface, from.error.max(measured), longest, unit_mm, complete));
    }
    made.reverse();
    made
}

struct Thin {
    surface: Surface,
    /// Sum of what each step strayed, in the unit of the file.
    error: f64,
}

fn extent(surface: &Surface) -> f64 {
    let (low, high) = bounds(surface);
    minus(high, low).into_iter().fold(0.0, f64::max)
}

fn bounds(surface: &Surface) -> ([f64; 3], [f64; 3]) {
    let (mut low, mut high) = ([f64::MAX; 3], [f64::MIN; 3]);
    for point in &surface.points {
        let point = point.map(f64::from);
        low = [0, 1, 2].map(|it| low[it].min(point[it]));
        high = [0, 1, 2].map(|it| high[it].max(point[it]));
    }
    (low, high)
}

/// Only the points that `triangles` use, in the order of their first use; `None` without triangles.
fn compact(surface: &Surface, triangles: &[[u32; 3]]) -> Option<Surface> {
    const UNUSED: u32 = u32::MAX;
    let mut number = vec![UNUSED; surface.points.len()];
    let mut kept = Surface::default();
    for triangle in triangles {
        let mut corners = [0; 3];
        for (corner, point) in corners.iter_mut().zip(triangle) {
            let slot = &mut number[*point as usize];
            if *slot == UNUSED {
                *slot = kept.points.len() as u32;
                kept.points.push(surface.points[*point as usize]);
                kept.colours.extend(surface.colours.get(*point as usize));
            }
            *corner = *slot;
        }
        kept.triangles.push(corners);
    }
    (!kept.triangles.is_empty()).then_some(kept)
}

fn thin(from: &Thin, target: usize) -> Option<Thin> {
    let surface = &from.surface;
    let scale = extent(surface);
    // Numbers near one: what lies far out or is tiny would lose its digits inside the library.
    let (low, _) = bounds(surface);
    if scale <= 0.0 || !scale.is_finite() {
        return None;
    }
    let near: Vec<[f32; 3]> = surface
        .points
        .iter()
        .map(|it| [0, 1, 2].map(|axis| ((f64::from(it[axis]) - low[axis]) / scale) as f32))
        .collect();
    let points = VertexDataAdapter::new(typed_to_bytes(&near), size_of::<[f32; 3]>(), 0).ok()?;
    let indices = surface.triangles.as_flattened();
    let mut error = 0.0_f32;
    let options = SimplifyOptions::ErrorAbsolute;
    let mut kept = meshopt::simplify(indices, &points, target * 3, f32::MAX, options, Some(&mut error));
    if kept.len() > target * 6 {
        // Torn surfaces cannot be thinned edge by edge; this way keeps less of how they hang together.
        kept = meshopt::simplify_sloppy(indices, &points, target * 3, f32::MAX, Some(&mut error));
    }
    let triangles = kept.as_chunks::<3>().0;
    let surface = compact(surface, triangles)?;
    Some(Thin { surface, error: from.error + f64::from(error) * scale })
}

fn pack(surface: &Surface, error: f64, longest: f64, unit_mm: f64, whole: bool) -> Option<Level> {
    let (low, _) = bounds(surface);
    if !longest.is_finite() {
        return None;
    }
    // Steps much finer than the error would only cost bytes.
    let step = (longest / STEPS).max(error / 16.0).max(f64::from(f32::MIN_POSITIVE));
    let ordered = meshopt::optimize_vertex_cache(surface.triangles.as_flattened(), surface.points.len());
    let surface = compact(surface, ordered.as_chunks::<3>().0)?;
    let positions: Vec<[u16; 4]> = surface
        .points
        .iter()
        .map(|it| {
            let [x, y, z] =
                [0, 1, 2].map(|axis| ((f64::from(it[axis]) - low[axis]) / step).round().clamp(0.0, STEPS) as u16);
            [x, y, z, 0]
        })
        .collect();
    let positions = meshopt::encode_vertex_buffer(&positions).ok()?;
    let colours = match surface.colours.as_slice() {
        [] => Vec::new(),
        colours => meshopt::encode_vertex_buffer(colours).ok()?,
    };
    let triangles = meshopt::encode_index_buffer(surface.triangles.as_flattened(), surface.points.len()).ok()?;
    let head = Head {
        triangles: surface.triangles.len() as u32,
        points: surface.points.len() as u32,
        origin: low,
        step,
        unit_mm,
        // Rounding moves a point by half a step along each axis at most.
        error_mm: (error + length([step / 2.0; 3])) * unit_mm,
        whole,
        positions_bytes: positions.len() as u32,
        colours_bytes: colours.len() as u32,
        triangles_bytes: triangles.len() as u32,
    };
    let mut json = serde_json::to_vec(&head).ok()?;
    json.resize(json.len().next_multiple_of(4), b' ');
    let bytes =
        [MAGIC.as_slice(), &(json.len() as u32).to_le_bytes(), &json, &positions, &colours, &triangles].concat();
    Some(Level { head, bytes })
}

/// Unpacks a level, for tests and for tools beside the browser.
///
/// # Errors
/// `None` if it is no level or is broken.
#[must_use]
pub fn unpack(bytes: &[u8]) -> Option<(Head, Surface)> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (json, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let head: Head = serde_json::from_slice(json).ok()?;
    // The library would make room for what the head says; a point takes at least an eighth of a bit in it.
    let most = bytes.len().saturating_mul(256);
    if head.points as usize > most || head.triangles as usize > most {
        return None;
    }
    let (positions, rest) = rest.split_at_checked(head.positions_bytes as usize)?;
    let (colours, rest) = rest.split_at_checked(head.colours_bytes as usize)?;
    let (triangles, _) = rest.split_at_checked(head.triangles_bytes as usize)?;
    let positions: Vec<[u16; 4]> = meshopt::decode_vertex_buffer(positions, head.points as usize).ok()?;
    let colours = match colours {
        [] => Vec::new(),
        colours => meshopt::decode_vertex_buffer(colours, head.points as usize).ok()?,
    };
    let indices: Vec<u32> = meshopt::decode_index_buffer(triangles, head.triangles as usize * 3).ok()?;
    if indices.iter().any(|it| *it >= head.points) {
        return None;
    }
    let place = |it: &[u16; 4]| [0, 1, 2].map(|axis| (head.origin[axis] + head.step * f64::from(it[axis])) as f32);
    let points = positions.iter().map(place).collect();
    let surface = Surface { points, triangles: indices.as_chunks::<3>().0.to_vec(), colours };
    Some((head, surface))
}
