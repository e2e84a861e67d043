//! JPEG 2000: part 1 (ITU-T T.800) is read; high throughput (T.814) is read, and written without loss.
//!
//! Read are all progressions, tiles, layers and styles of blocks; not changes of progression, regions of interest,
//! packed headers, halved colours, or more than sixteen bits.

mod header;
mod ht_read;
mod ht_table;
mod ht_write;
mod layout;
mod mq;
mod packets;
mod planes;
mod tree;
mod wavelet;
mod write;

use crate::decode::Picture;
use crate::{Description, Fault};
use header::{HIGH_THROUGHPUT, Rect, Stream, Tile};
use layout::{Block, Component, Precinct};

pub(crate) use write::encode;

/// What decoding blocks needs to look up.
struct Tables {
    zero: planes::Zero,
    words: ht_read::Words,
}

/// Decodes one picture.
pub(crate) fn decode(stream: &[u8], it: &Description) -> Result<Picture, Fault> {
    let stream = header::read(codestream(stream)?, it)?;
    let tables = Tables { zero: planes::Zero::new(), words: ht_read::Words::new() };
    let mut values = vec![0_u16; it.samples()];
    for tile in &stream.tiles {
        read_tile(tile, &stream, &tables, &mut values)?;
    }
    let (columns, rows) = (it.columns.into(), it.rows.into());
    // The colours of a stream are undone with its transformation; what it calls them does not matter then.
    let colours = None;
    Ok(Picture { columns, rows, components: stream.components, precision: stream.precision, values, colours })
}

/// The codestream in a JP2 file. DICOM wants the bare stream; some writers pack the whole file in.
fn codestream(stream: &[u8]) -> Result<&[u8], Fault> {
    if !stream.starts_with(&[0, 0, 0, 12, b'j', b'P']) {
        return Ok(stream);
    }
    let mut rest = stream;
    loop {
        let (head, body) = rest.split_first_chunk::<8>().ok_or(Fault::Truncated)?;
        if &head[4..] == b"jp2c" {
            return Ok(body);
        }
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if length < 8 {
            return Err(Fault::Malformed("a box of a JP2 file"));
        }
        rest = rest.get(length..).ok_or(Fault::Truncated)?;
    }
}

/// The samples of a component: whole numbers, or not.
enum Plane {
    Whole(Vec<i32>),
    Real(Vec<f32>),
}

fn read_tile(tile: &Tile, stream: &Stream, tables: &Tables, values: &mut [u16]) -> Result<(), Fault> {
    let mut precincts = Vec::new();
    let mut components = Vec::new();
    for number in 0..stream.components {
        components.push(layout::component(number, tile.rect, tile.ways.coding(number), &mut precincts)?);
    }
    let mut at = 0;
    for (precinct, layer) in layout::order(tile.ways.progression, tile.ways.layers, &precincts).packets() {
        let precinct = &mut precincts[precinct];
        let coding = tile.ways.coding(precinct.component);
        at += packets::read(tile.data.get(at..).unwrap_or_default(), precinct, layer, coding)?;
    }
    let mut planes = Vec::new();
    for (number, component) in components.iter().enumerate() {
        let mut own = precincts.iter().filter(|it| it.component == number);
        planes.push(read_component(number, tile, component, &mut own, tables)?);
    }
    let mixed = tile.ways.transformed && planes.len() == 3;
    if mixed {
        colours(&mut planes)?;
    }
    store(&planes, tile.rect, stream, values);
    Ok(())
}

fn read_component(
    number: usize,
    tile: &Tile,
    component: &Component,
    precincts: &mut dyn Iterator<Item = &Precinct>,
    tables: &Tables,
) -> Result<Plane, Fault> {
    let (coding, quantiser) = (tile.ways.coding(number), tile.ways.quantiser(number));
    let pitch = tile.rect.width() as usize;
    let mut whole = vec![0_i32; if coding.reversible { tile.rect.area() } else { 0 }];
    let mut real = vec![0_f32; if coding.reversible { 0 } else { tile.rect.area() }];
    let mut room = Vec::new();
    for group in precincts.flat_map(|it| &it.groups) {
        let band = &component.bands[group.band];
        let (exponent, mantissa) = quantiser.step(band.number, band.resolution)?;
        let planes = (quantiser.guard + exponent).saturating_sub(1);
        // T.800 E-3: the nominal bits of a band are the samples' own and one for each high direction.
        let gain = band.kind.count_ones();
        let nominal = i32::from(tile.precision) + gain as i32 - exponent as i32;
        let step = (1.0 + mantissa as f32 / 2048.0) * 2_f32.powi(nominal);
        for block in group.blocks.iter().filter(|it| it.included) {
            let (width, height) = (block.rect.width() as usize, block.rect.height() as usize);
            room.clear();
            room.resize(width * height, 0);
            read_block(block, planes, coding.style, band.kind, tables, &mut room)?;
            let column = (block.rect.x0 - band.rect.x0 + band.column) as usize;
            let row = (block.rect.y0 - band.rect.y0 + band.row) as usize;
            for (line, from) in room.chunks_exact(width).enumerate() {
                let to = (row + line) * pitch + column;
                if coding.reversible {
                    // The bit of fraction goes; towards zero, so that what is complete comes out whole.
                    whole[to..to + width].iter_mut().zip(from).for_each(|(to, from)| *to = from / 2);
                } else {
                    real[to..to + width].iter_mut().zip(from).for_each(|(to, from)| *to = *from as f32 * 0.5 * step);
                }
            }
        }
    }
    Ok(if coding.reversible {
        wavelet::join(&mut whole, &component.resolutions);
        Plane::Whole(whole)
    } else {
        wavelet::join(&mut real, &component.resolutions);
        Plane::Real(real)
    })
}

fn read_block(
    block: &Block,
    planes: u32,
    style: u8,
    kind: u32,
    tables: &Tables,
    room: &mut [i32],
) -> Result<(), Fault> {
    let size = (block.rect.width() as usize, block.rect.height() as usize);
    let left = planes.checked_sub(block.empty_planes).ok_or(Fault::Malformed("more empty planes than planes"))?;
    if left > 30 {
        return Err(Fault::Unsupported("coefficients of more than thirty bits"));
    }
    if style & HIGH_THROUGHPUT == 0 {
        planes::decode(&block.segments, left, style, (kind, &tables.zero), size, room);
        return Ok(());
    }
    let Some(first) = block.segments.first().filter(|it| !it.data.is_empty()) else { return Ok(()) };
    let plane = left.checked_sub(1).ok_or(Fault::Malformed("more empty planes than planes"))?;
    ht_read::clean(&first.data, plane, &tables.words, size, room)?;
    if let Some(second) = block.segments.get(1) {
        ht_read::more(&second.data, second.passes, plane, style & 8 != 0, size, room);
    }
    Ok(())
}

/// Undoes the transformation of colours (annex G).
fn colours(planes: &mut [Plane]) -> Result<(), Fault> {
    match planes {
        [Plane::Whole(a), Plane::Whole(b), Plane::Whole(c)] => {
            for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
                let (y, u, v) = (*a, *b, *c);
                let green = y.wrapping_sub(u.wrapping_add(v) >> 2);
                (*a, *b, *c) = (v.wrapping_add(green), green, u.wrapping_add(green));
            }
            Ok(())
        }
        [Plane::Real(a), Plane::Real(b), Plane::Real(c)] => {
            for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
                let (y, cb, cr) = (*a, *b, *c);
                (*a, *b, *c) = (y + 1.402 * cr, y - 0.344_13 * cb - 0.714_14 * cr, y + 1.772 * cb);
            }
            Ok(())
        }
        _ => Err(Fault::Malformed("colours of two kinds")),
    }
}

/// Lifts the samples into their range and puts them into the picture.
fn store(planes: &[Plane], tile: Rect, stream: &Stream, values: &mut [u16]) {
    let half = 1_i32 << (stream.precision - 1);
    let (low, high, lift) = if stream.signed { (-half, half - 1, 0) } else { (0, 2 * half - 1, half) };
    let mask = u16::MAX >> (16 - stream.precision);
    let count = planes.len();
    let (pitch, width) = (stream.rect.width() as usize, tile.width() as usize);
    if width == 0 {
        return;
    }
    for (component, plane) in planes.iter().enumerate() {
        for row in 0..tile.height() as usize {
            let from = ((tile.y0 - stream.rect.y0) as usize + row) * pitch + (tile.x0 - stream.rect.x0) as usize;
            let line = values[from * count..(from + width) * count].iter_mut().skip(component).step_by(count);
            let put = |value: i32| value.saturating_add(lift).clamp(low, high) as u16 & mask;
            match plane {
                Plane::Whole(it) => line.zip(&it[row * width..]).for_each(|(to, from)| *to = put(*from)),
                Plane::Real(it) => {
                    line.zip(&it[row * width..]).for_each(|(to, from)| *to = put(from.round_ties_even() as i32))
                }
            }
        }
    }
}
