//! Where things lie in a tile: resolutions, bands, precincts, blocks (T.800 annex B). Both directions use it.

use super::header::{Coding, Rect};
use super::tree::Tree;
use crate::Fault;

/// A codeword segment: passes that were ended together.
#[derive(Debug, Clone, Default)]
pub(super) struct Segment {
    pub(super) passes: u32,
    pub(super) passes_max: u32,
    pub(super) data: Vec<u8>,
}

/// A block of coefficients.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// In the coordinates of its band.
    pub(super) rect: Rect,
    pub(super) included: bool,
    /// Planes above the first that holds anything.
    pub(super) empty_planes: u32,
    pub(super) length_bits: u32,
    pub(super) segments: Vec<Segment>,
}

/// The blocks of one band in one precinct.
pub(super) struct Group {
    /// Its band in [`Component::bands`].
    pub(super) band: usize,
    pub(super) blocks: Vec<Block>,
    pub(super) inclusion: Tree,
    pub(super) planes: Tree,
}

pub(super) struct Precinct {
    pub(super) component: usize,
    pub(super) resolution: u32,
    /// Where it begins on the picture's grid.
    pub(super) place: (u32, u32),
    pub(super) groups: Vec<Group>,
}

/// A band of one component.
pub(super) struct Band {
    /// In its own coordinates.
    pub(super) rect: Rect,
    /// Where it begins in the component's plane, which holds all bands side by side.
    pub(super) column: u32,
    pub(super) row: u32,
    /// 0 low-low, 1 high-low, 2 low-high, 3 high-high.
    pub(super) kind: u32,
    /// In the order of the quantiser's steps.
    pub(super) number: usize,
    pub(super) resolution: u32,
}

/// A component of a tile.
pub(super) struct Component {
    /// The picture at each resolution, smallest first.
    pub(super) resolutions: Vec<Rect>,
    pub(super) bands: Vec<Band>,
}

/// Lays out one component of a tile; its precincts are added to `precincts` in the order of resolution and place.
pub(super) fn component(
    number: usize,
    tile: Rect,
    coding: &Coding,
    precincts: &mut Vec<Precinct>,
) -> Result<Component, Fault> {
    // The smallest legal blocks have 16 samples, so an honest tile has far fewer parts than this.
    let most = tile.area() / 8 + 4_096;
    let mut parts = 0;
    let resolutions: Vec<Rect> = (0..=coding.levels).map(|it| tile.shrunk(coding.levels - it)).collect();
    let mut bands = Vec::new();
    for resolution in 0..=coding.levels {
        let rect = resolutions[resolution as usize];
        let first = bands.len();
        bands_of(tile, resolution, coding.levels, &resolutions, &mut bands);
        let (px, py) = coding.precincts[resolution as usize];
        if rect.is_empty() {
            continue;
        }
        let (columns, rows) = (rect.x0 >> px..((rect.x1 - 1) >> px) + 1, rect.y0 >> py..((rect.y1 - 1) >> py) + 1);
        parts += columns.len() * rows.len();
        if parts > most {
            return Err(Fault::TooLarge);
        }
        let up = coding.levels - resolution;
        let halved = u32::from(resolution > 0);
        for row in rows {
            for column in columns.clone() {
                let edge = |at: u32, bits: u32| (u64::from(at) << bits).min(1 << 31) as u32;
                let area = Rect {
                    x0: edge(column, px - halved),
                    y0: edge(row, py - halved),
                    x1: edge(column + 1, px - halved),
                    y1: edge(row + 1, py - halved),
                };
                let block = (coding.block.0.min(px - halved), coding.block.1.min(py - halved));
                let mut groups = Vec::new();
                for (band, it) in bands.iter().enumerate().skip(first) {
                    groups.extend(group(band, it.rect.within(area), block, &mut parts, most)?);
                }
                let start = |at: u32, bits: u32, low: u32| edge(edge(at, bits), up).max(low);
                let place = (start(column, px, tile.x0), start(row, py, tile.y0));
                precincts.push(Precinct { component: number, resolution, place, groups });
            }
        }
    }
    Ok(Component { resolutions, bands })
}

fn bands_of(tile: Rect, resolution: u32, levels: u32, resolutions: &[Rect], bands: &mut Vec<Band>) {
    if resolution == 0 {
        let rect = resolutions[0];
        bands.push(Band { rect, column: 0, row: 0, kind: 0, number: 0, resolution });
        return;
    }
    let bits = levels - resolution + 1;
    let low = resolutions[resolution as usize - 1];
    for kind in 1..=3 {
        // B-15: the ceiling of (tile - 2^(bits-1) * high) / 2^bits.
        let down = |at: u32, high: u32| {
            let lifted = i64::from(at) - (i64::from(high) << (bits - 1)) + (1_i64 << bits) - 1;
            (lifted >> bits) as u32
        };
        let (right, below) = (kind & 1, kind >> 1);
        let rect = Rect {
            x0: down(tile.x0, right),
            y0: down(tile.y0, below),
            x1: down(tile.x1, right),
            y1: down(tile.y1, below),
        };
        let (column, row) = (right * low.width(), below * low.height());
        bands.push(Band { rect, column, row, kind, number: (3 * (resolution - 1) + kind) as usize, resolution });
    }
}

fn group(
    band: usize,
    rect: Rect,
    (bx, by): (u32, u32),
    parts: &mut usize,
    most: usize,
) -> Result<Option<Group>, Fault> {
    if rect.is_empty() {
        return Ok(None);
    }
    let (columns, rows) = (rect.x0 >> bx..((rect.x1 - 1) >> bx) + 1, rect.y0 >> by..((rect.y1 - 1) >> by) + 1);
    *parts += columns.len() * rows.len();
    if *parts > most {
        return Err(Fault::TooLarge);
    }
    let (across, down) = (columns.len() as u32, rows.len() as u32);
    let mut blocks = Vec::with_capacity(columns.len() * rows.len());
    for row in rows {
        for column in columns.clone() {
            let whole = Rect { x0: column << bx, y0: row << by, x1: (column + 1) << bx, y1: (row + 1) << by };
            blocks.push(Block { rect: whole.within(rect), length_bits: 3, ..Block::default() });
        }
    }
    Ok(Some(Group { band, blocks, inclusion: Tree::new(across, down), planes: Tree::new(across, down) }))
}

/// The order in which packets follow each other: places in `precincts`, and layers.
pub(super) fn order(progression: u8, layers: u32, precincts: &[Precinct]) -> Order {
    let mut places: Vec<usize> = (0..precincts.len()).collect();
    let key = |at: &usize| {
        let it = &precincts[*at];
        let ((x, y), resolution, component) = (it.place, it.resolution, it.component as u32);
        match progression {
            0 | 1 => (resolution, component, 0, 0),
            2 => (resolution, y, x, component),
            3 => (y, x, component, resolution),
            _ => (component, y, x, resolution),
        }
    };
    places.sort_by_key(key);
    // Where resolution comes before layer, layers go round within each resolution.
    let mut turns = Vec::new();
    match progression {
        0 => turns.push(0..places.len()),
        1 => {
            let mut from = 0;
            while from < places.len() {
                let same = |it: &&usize| precincts[**it].resolution == precincts[places[from]].resolution;
                let count = places[from..].iter().take_while(same).count();
                turns.push(from..from + count);
                from += count;
            }
        }
        _ => turns.extend((0..places.len()).map(|it| it..it + 1)),
    }
    Order { places, turns, layers }
}

/// See [`order`].
pub(super) struct Order {
    places: Vec<usize>,
    turns: Vec<std::ops::Range<usize>>,
    layers: u32,
}

impl Order {
    /// Precinct and layer of each packet.
    pub(super) fn packets(&self) -> impl Iterator<Item = (usize, u32)> {
        self.turns.iter().flat_map(move |turn| {
            (0..self.layers).flat_map(move |layer| self.places[turn.clone()].iter().map(move |it| (*it, layer)))
        })
    }
}
