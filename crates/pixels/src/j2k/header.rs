//! The markers of a JPEG 2000 codestream (T.800 annex A), and the part of T.814 that names high throughput.

use crate::decode::same_size;
use crate::{Description, Fault, limits};

const SOC: u16 = 0xFF4F;
const SIZ: u16 = 0xFF51;
const COD: u16 = 0xFF52;
const COC: u16 = 0xFF53;
const QCD: u16 = 0xFF5C;
const QCC: u16 = 0xFF5D;
const SOT: u16 = 0xFF90;
const SOD: u16 = 0xFF93;
const EOC: u16 = 0xFFD9;

/// A rectangle, right and bottom excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rect {
    pub(super) x0: u32,
    pub(super) y0: u32,
    pub(super) x1: u32,
    pub(super) y1: u32,
}

impl Rect {
    pub(super) fn width(&self) -> u32 {
        self.x1.saturating_sub(self.x0)
    }

    pub(super) fn height(&self) -> u32 {
        self.y1.saturating_sub(self.y0)
    }

    pub(super) fn area(&self) -> usize {
        self.width() as usize * self.height() as usize
    }

    pub(super) fn is_empty(&self) -> bool {
        self.area() == 0
    }

    /// Divided by 2^`bits`, rounded up.
    pub(super) fn shrunk(&self, bits: u32) -> Self {
        let down = |it: u32| (u64::from(it) + (1 << bits) - 1) >> bits;
        let down = |it: u32| down(it) as u32;
        Self { x0: down(self.x0), y0: down(self.y0), x1: down(self.x1), y1: down(self.y1) }
    }

    pub(super) fn within(&self, it: Self) -> Self {
        let (x0, y0) = (self.x0.max(it.x0), self.y0.max(it.y0));
        Self { x0, y0, x1: self.x1.min(it.x1).max(x0), y1: self.y1.min(it.y1).max(y0) }
    }
}

/// How one component is cut and coded.
#[derive(Debug, Clone, Default)]
pub(super) struct Coding {
    pub(super) levels: u32,
    /// Exponents of a block's width and height.
    pub(super) block: (u32, u32),
    pub(super) style: u8,
    pub(super) reversible: bool,
    /// Exponents of precincts, smallest resolution first.
    pub(super) precincts: Vec<(u32, u32)>,
}

/// `style` of high-throughput blocks.
pub(super) const HIGH_THROUGHPUT: u8 = 0x40;

/// How one component's coefficients were scaled.
#[derive(Debug, Clone, Default)]
pub(super) struct Quantiser {
    pub(super) guard: u32,
    /// Exponent and mantissa of each band; the first also stands for the others where `derived`.
    pub(super) steps: Vec<(u32, u32)>,
    pub(super) derived: bool,
}

impl Quantiser {
    /// Of band `number` (0 is the smallest picture, then three a level) at resolution `resolution`.
    pub(super) fn step(&self, number: usize, resolution: u32) -> Result<(u32, u32), Fault> {
        let missing = Fault::Malformed("a band without a quantiser");
        if self.derived {
            let (exponent, mantissa) = *self.steps.first().ok_or(missing)?;
            return Ok((exponent.saturating_sub(resolution.saturating_sub(1)), mantissa));
        }
        self.steps.get(number).copied().ok_or(missing)
    }
}

/// What holds for a tile, unless its own header says otherwise.
#[derive(Debug, Clone, Default)]
pub(super) struct Ways {
    pub(super) progression: u8,
    pub(super) layers: u32,
    pub(super) transformed: bool,
    coding: Coding,
    quantiser: Quantiser,
    own_coding: Vec<Option<Coding>>,
    own_quantiser: Vec<Option<Quantiser>>,
}

impl Ways {
    pub(super) fn coding(&self, component: usize) -> &Coding {
        self.own_coding.get(component).and_then(Option::as_ref).unwrap_or(&self.coding)
    }

    pub(super) fn quantiser(&self, component: usize) -> &Quantiser {
        self.own_quantiser.get(component).and_then(Option::as_ref).unwrap_or(&self.quantiser)
    }

    /// Takes a marker that sets something; `tile` is whether a tile's header holds it.
    fn take(&mut self, marker: u16, mut body: Body<'_>) -> Result<(), Fault> {
        match marker {
            COD => {
                let how = body.byte()?;
                self.progression = body.byte()?;
                self.layers = body.word()?.into();
                self.transformed = body.byte()? == 1;
                self.coding = coding(&mut body, how & 1 == 1)?;
                if self.progression > 4 || self.layers == 0 {
                    return Err(Fault::Malformed("the progression"));
                }
            }
            COC => {
                let component = usize::from(body.byte()?);
                let how = body.byte()?;
                let place = self.own_coding.get_mut(component).ok_or(Fault::Malformed("a component's number"))?;
                *place = Some(coding(&mut body, how & 1 == 1)?);
            }
            QCD => self.quantiser = quantiser(&mut body)?,
            QCC => {
                let component = usize::from(body.byte()?);
                let place = self.own_quantiser.get_mut(component).ok_or(Fault::Malformed("a component's number"))?;
                *place = Some(quantiser(&mut body)?);
            }
            // Regions of interest, changes of progression, packet headers of their own.
            0xFF5E..=0xFF61 => return Err(Fault::Unsupported("a rare part of JPEG 2000")),
            // Lengths, comments, capabilities: nothing that decoding needs.
            0xFF50 | 0xFF55 | 0xFF56 | 0xFF57 | 0xFF58 | 0xFF59 | 0xFF63 | 0xFF64 => {}
            _ => return Err(Fault::Malformed("a marker out of place")),
        }
        Ok(())
    }
}

fn coding(body: &mut Body<'_>, precincts: bool) -> Result<Coding, Fault> {
    let levels = u32::from(body.byte()?);
    let block = (u32::from(body.byte()?) + 2, u32::from(body.byte()?) + 2);
    let (style, kernel) = (body.byte()?, body.byte()?);
    if levels > 32 || block.0 > 10 || block.1 > 10 || block.0 + block.1 > 12 || kernel > 1 {
        return Err(Fault::Malformed("the coding style"));
    }
    if style & 0x80 != 0 || (style & HIGH_THROUGHPUT != 0 && style & 0x37 != 0) {
        return Err(Fault::Unsupported("mixed kinds of blocks"));
    }
    let sizes: Result<Vec<_>, Fault> = (0..=levels)
        .map(|_| if precincts { body.byte().map(|it| (u32::from(it & 15), u32::from(it >> 4))) } else { Ok((15, 15)) })
        .collect();
    let sizes = sizes?;
    if sizes.iter().skip(1).any(|it| it.0 == 0 || it.1 == 0) {
        return Err(Fault::Malformed("the size of a precinct"));
    }
    Ok(Coding { levels, block, style, reversible: kernel == 1, precincts: sizes })
}

fn quantiser(body: &mut Body<'_>) -> Result<Quantiser, Fault> {
    let how = body.byte()?;
    let mut steps = Vec::new();
    while !body.0.is_empty() && steps.len() < 97 {
        steps.push(match how & 31 {
            0 => (u32::from(body.byte()? >> 3), 0),
            1 | 2 => {
                let word = u32::from(body.word()?);
                (word >> 11, word & 0x7FF)
            }
            _ => return Err(Fault::Malformed("the quantiser")),
        });
    }
    Ok(Quantiser { guard: u32::from(how >> 5), steps, derived: how & 31 == 1 })
}

/// One tile: where it lies, how it is coded, and its packets.
pub(super) struct Tile {
    pub(super) rect: Rect,
    /// Bits of a sample.
    pub(super) precision: u8,
    pub(super) ways: Ways,
    pub(super) data: Vec<u8>,
}

/// A codestream, taken apart.
pub(super) struct Stream {
    pub(super) rect: Rect,
    pub(super) precision: u8,
    pub(super) signed: bool,
    pub(super) components: usize,
    pub(super) tiles: Vec<Tile>,
}

struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn byte(&mut self) -> Result<u8, Fault> {
        let (byte, rest) = self.0.split_first().ok_or(Fault::Truncated)?;
        self.0 = rest;
        Ok(*byte)
    }

    fn word(&mut self) -> Result<u16, Fault> {
        Ok(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    fn long(&mut self) -> Result<u32, Fault> {
        Ok((u32::from(self.word()?) << 16) | u32::from(self.word()?))
    }

    fn take(&mut self, bytes: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(bytes).ok_or(Fault::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A marker's own bytes, behind its length.
    fn segment(&mut self) -> Result<Body<'a>, Fault> {
        let length = usize::from(self.word()?);
        Ok(Body(self.take(length.checked_sub(2).ok_or(Fault::Malformed("the length of a marker"))?)?))
    }
}

/// Reads the headers and gathers the tiles' data.
pub(super) fn read(stream: &[u8], it: &Description) -> Result<Stream, Fault> {
    let mut body = Body(stream);
    if body.word()? != SOC || body.word()? != SIZ {
        return Err(Fault::Malformed("not a JPEG 2000 codestream"));
    }
    let (mut stream, grid) = size(body.segment()?, it)?;
    let mut ways = Ways {
        own_coding: vec![None; stream.components],
        own_quantiser: vec![None; stream.components],
        ..Ways::default()
    };
    let mut marker = body.word()?;
    while marker != SOT {
        ways.take(marker, body.segment()?)?;
        marker = body.word()?;
    }
    let count = grid.0 as usize * grid.1 as usize;
    let precision = stream.precision;
    let tile = |at: u32| Tile { rect: grid.2(at), precision, ways: ways.clone(), data: Vec::new() };
    stream.tiles = (0..count as u32).map(tile).collect();
    loop {
        match marker {
            SOT => tile_part(&mut body, &mut stream.tiles)?,
            EOC => return Ok(stream),
            _ => return Err(Fault::Malformed("a marker out of place")),
        }
        marker = match body.word() {
            Ok(marker) => marker,
            // The end marker is often forgotten; packets that are missing are found later.
            Err(_) => return Ok(stream),
        };
    }
}

type Grid = (u32, u32, Box<dyn Fn(u32) -> Rect>);

fn size(mut body: Body<'_>, it: &Description) -> Result<(Stream, Grid), Fault> {
    let _capabilities = body.word()?;
    let (x1, y1, x0, y0) = (body.long()?, body.long()?, body.long()?, body.long()?);
    let (tile_width, tile_height, tile_x, tile_y) = (body.long()?, body.long()?, body.long()?, body.long()?);
    let components = usize::from(body.word()?);
    let rect = Rect { x0, y0, x1, y1 };
    same_size(it, rect.width() as usize, rect.height() as usize, components)?;
    let sound = tile_width > 0 && tile_height > 0 && tile_x <= x0 && tile_y <= y0;
    let reaches = |from: u32, size: u32, start: u32| u64::from(from) + u64::from(size) > u64::from(start);
    if !sound || !reaches(tile_x, tile_width, x0) || !reaches(tile_y, tile_height, y0) || x1 > 1 << 30 || y1 > 1 << 30 {
        return Err(Fault::Malformed("the tiles"));
    }
    let mut kinds = Vec::new();
    for _ in 0..components {
        let (kind, across, down) = (body.byte()?, body.byte()?, body.byte()?);
        if across != 1 || down != 1 {
            return Err(Fault::Unsupported("JPEG 2000 with halved colours"));
        }
        kinds.push(kind);
    }
    let kind = *kinds.first().ok_or(Fault::Truncated)?;
    let precision = (kind & 0x7F) + 1;
    if precision > 16 || kinds.iter().any(|it| *it != kind) {
        return Err(Fault::Unsupported("bits of a sample"));
    }
    let across = (x1 - tile_x).div_ceil(tile_width);
    let down = (y1 - tile_y).div_ceil(tile_height);
    if u64::from(across) * u64::from(down) > limits::TILES_MAX as u64 {
        return Err(Fault::TooLarge);
    }
    let place = move |at: u32| {
        let (column, row) = (at % across, at / across);
        let edge =
            |from: u32, size: u32, count: u32| (u64::from(from) + u64::from(size) * u64::from(count)).min(1 << 31);
        let edge = |from: u32, size: u32, count: u32| edge(from, size, count) as u32;
        Rect {
            x0: edge(tile_x, tile_width, column),
            y0: edge(tile_y, tile_height, row),
            x1: edge(tile_x, tile_width, column + 1),
            y1: edge(tile_y, tile_height, row + 1),
        }
        .within(rect)
    };
    let stream = Stream { rect, precision, signed: kind & 0x80 != 0, components, tiles: Vec::new() };
    Ok((stream, (across, down, Box::new(place))))
}

fn tile_part(body: &mut Body<'_>, tiles: &mut [Tile]) -> Result<(), Fault> {
    let whole = body.0;
    let mut head = body.segment()?;
    let (number, length) = (head.word()?, head.long()? as usize);
    let _part = (head.byte()?, head.byte()?);
    let tile = tiles.get_mut(usize::from(number)).ok_or(Fault::Malformed("the number of a tile"))?;
    loop {
        let marker = body.word()?;
        if marker == SOD {
            break;
        }
        tile.ways.take(marker, body.segment()?)?;
    }
    // The length counts from the marker, whose two bytes were read before `whole`.
    let read = whole.len() - body.0.len() + 2;
    let bytes = if length == 0 {
        end_of_data(body.0)
    } else {
        length.checked_sub(read).ok_or(Fault::Malformed("the length of a tile"))?
    };
    tile.data.extend_from_slice(body.take(bytes)?);
    Ok(())
}

/// A last tile without a length goes up to the end marker.
fn end_of_data(rest: &[u8]) -> usize {
    if rest.ends_with(&[0xFF, 0xD9]) {
        rest.len() - 2
    } else if rest.ends_with(&[0xFF, 0xD9, 0]) {
        rest.len() - 3
    } else {
        rest.len()
    }
}
