//! Marker segments: where they lie, and the tables and headers in them.

use super::huffman::Code;
use crate::Fault;

/// One marker segment that matters.
pub(super) enum Marker<'a> {
    Frame {
        kind: u8,
        body: &'a [u8],
    },
    Tables {
        kind: u8,
        body: &'a [u8],
    },
    Scan(&'a [u8]),
    /// The colour transformation that Adobe's segment tells.
    Adobe(u8),
    Other,
    End,
}

/// The segments of a stream, one after the other.
pub(super) struct Segments<'a> {
    stream: &'a [u8],
    at: usize,
}

const DHT: u8 = 0xC4;
const DQT: u8 = 0xDB;
const DRI: u8 = 0xDD;

impl<'a> Segments<'a> {
    pub(super) fn new(stream: &'a [u8]) -> Result<Self, Fault> {
        if !stream.starts_with(&[0xFF, 0xD8]) {
            return Err(Fault::Malformed("not a JPEG picture"));
        }
        Ok(Self { stream, at: 2 })
    }

    /// The next segment. Each call moves forward, so calls end with the stream.
    pub(super) fn next(&mut self) -> Result<Marker<'a>, Fault> {
        let byte = |at: usize| self.stream.get(at).copied().ok_or(Fault::Truncated);
        if byte(self.at)? != 0xFF {
            return Err(Fault::Malformed("no marker where one must be"));
        }
        while byte(self.at)? == 0xFF {
            self.at += 1;
        }
        let kind = byte(self.at)?;
        self.at += 1;
        if kind == 0xD9 {
            return Ok(Marker::End);
        }
        if matches!(kind, 0x00 | 0x01 | 0xD0..=0xD8) {
            return Err(Fault::Malformed("a marker out of place"));
        }
        let length = usize::from(u16::from_be_bytes([byte(self.at)?, byte(self.at + 1)?]));
        let body = self.stream.get(self.at + 2..self.at + length.max(2)).ok_or(Fault::Truncated)?;
        self.at += length.max(2);
        Ok(match kind {
            DHT | DQT | DRI => Marker::Tables { kind, body },
            0xC8 | 0xCC | 0xDC => return Err(Fault::Unsupported("this kind of JPEG")),
            0xC0..=0xCF => Marker::Frame { kind, body },
            0xDA => Marker::Scan(body),
            0xEE if body.starts_with(b"Adobe") => body.get(11).map_or(Marker::Other, |it| Marker::Adobe(*it)),
            _ => Marker::Other,
        })
    }

    /// The entropy-coded data that follow a scan's header.
    pub(super) fn data(&self) -> &'a [u8] {
        &self.stream[self.at..]
    }

    /// Goes on behind `bytes` of entropy-coded data.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.stream.len());
    }
}

/// One component of a frame.
pub(super) struct Component {
    id: u8,
    /// Sampling factors, 1 to 4.
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) quantiser: usize,
}

/// A frame's header.
pub(super) struct Frame {
    pub(super) lossless: bool,
    pub(super) precision: u8,
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) components: Vec<Component>,
}

impl Frame {
    pub(super) fn parse(kind: u8, body: &[u8]) -> Result<Self, Fault> {
        let lossless = match kind {
            0xC0 | 0xC1 => false,
            0xC3 => true,
            _ => return Err(Fault::Unsupported("progressive, hierarchical or arithmetic JPEG")),
        };
        let (head, rest) = body.split_first_chunk::<6>().ok_or(Fault::Truncated)?;
        let [precision, r1, r0, c1, c0, count] = *head;
        let good = if lossless { (2..=16).contains(&precision) } else { precision == 8 || precision == 12 };
        if !good {
            return Err(Fault::Unsupported("bits of a sample"));
        }
        if count != 1 && count != 3 {
            return Err(Fault::Unsupported("the number of components"));
        }
        let components: Vec<_> = rest
            .as_chunks::<3>()
            .0
            .iter()
            .take(usize::from(count))
            .map(|[id, sampling, quantiser]| Component {
                id: *id,
                across: usize::from(sampling >> 4),
                down: usize::from(sampling & 15),
                quantiser: usize::from(*quantiser),
            })
            .collect();
        if components.len() != usize::from(count) {
            return Err(Fault::Truncated);
        }
        if components.iter().any(|it| !(1..=4).contains(&it.across) || !(1..=4).contains(&it.down) || it.quantiser > 3)
        {
            return Err(Fault::Malformed("sampling factors"));
        }
        let (columns, rows) = (u16::from_be_bytes([c1, c0]).into(), u16::from_be_bytes([r1, r0]).into());
        Ok(Self { lossless, precision, columns, rows, components })
    }
}

/// A scan's header: which components, with which codes.
pub(super) struct Scan {
    /// Component, DC (or lossless) code, AC code.
    pub(super) parts: Vec<(usize, usize, usize)>,
    /// Predictor of a lossless scan.
    pub(super) predictor: u8,
    /// Point transform of a lossless scan.
    pub(super) shift: u8,
}

impl Scan {
    /// `done` are the components that earlier scans have brought: none may come twice, which bounds the work.
    pub(super) fn parse(body: &[u8], frame: &Frame, done: &mut [bool]) -> Result<Self, Fault> {
        let (count, rest) = body.split_first().ok_or(Fault::Truncated)?;
        let count = usize::from(*count);
        let (specs, tail) = rest.split_at_checked(count * 2).ok_or(Fault::Truncated)?;
        let [start, _, approximation] = *tail.first_chunk::<3>().ok_or(Fault::Truncated)?;
        if count != 1 && count != frame.components.len() {
            return Err(Fault::Unsupported("scans of some components"));
        }
        let mut parts = Vec::new();
        for [id, codes] in specs.as_chunks::<2>().0 {
            // Ids may repeat in careless streams: then the order counts.
            let known = (0..frame.components.len()).find(|it| frame.components[*it].id == *id && !done[*it]);
            let component = known.ok_or(Fault::Malformed("a scan of an unknown component"))?;
            done[component] = true;
            let (dc, ac) = (usize::from(codes >> 4), usize::from(codes & 15));
            if dc > 3 || ac > 3 {
                return Err(Fault::Malformed("the number of a table"));
            }
            parts.push((component, dc, ac));
        }
        if parts.is_empty() {
            return Err(Fault::Malformed("a scan of nothing"));
        }
        Ok(Self { parts, predictor: start, shift: approximation & 15 })
    }
}

/// Tables that hold until they are replaced.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) dc: [Option<Box<Code>>; 4],
    pub(super) ac: [Option<Box<Code>>; 4],
    /// In the order of the stream (zigzag).
    pub(super) quantisers: [Option<[u16; 64]>; 4],
    /// Units between restarts, or 0.
    pub(super) restart: usize,
}

impl Tables {
    pub(super) fn take(&mut self, kind: u8, body: &[u8]) -> Result<(), Fault> {
        match kind {
            DHT => self.codes(body),
            DQT => self.quantisers(body),
            _ => {
                let [high, low] = *body.first_chunk::<2>().ok_or(Fault::Truncated)?;
                self.restart = u16::from_be_bytes([high, low]).into();
                Ok(())
            }
        }
    }

    fn codes(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((head, rest)) = body.split_first_chunk::<17>() {
            let counts: [u8; 16] = *head[1..].first_chunk().ok_or(Fault::Truncated)?;
            let total = counts.iter().map(|it| usize::from(*it)).sum();
            let (symbols, rest) = rest.split_at_checked(total).ok_or(Fault::Truncated)?;
            body = rest;
            let set = if head[0] >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let place = set.get_mut(usize::from(head[0] & 15)).ok_or(Fault::Malformed("the number of a table"))?;
            *place = Some(Box::new(Code::new(&counts, symbols)?));
        }
        Ok(())
    }

    fn quantisers(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((head, rest)) = body.split_first() {
            let place =
                self.quantisers.get_mut(usize::from(head & 15)).ok_or(Fault::Malformed("the number of a table"))?;
            let mut table = [0; 64];
            let wide = head >> 4 != 0;
            let (bytes, rest) = rest.split_at_checked(if wide { 128 } else { 64 }).ok_or(Fault::Truncated)?;
            for (at, value) in table.iter_mut().enumerate() {
                *value = if wide { u16::from_be_bytes([bytes[2 * at], bytes[2 * at + 1]]) } else { bytes[at].into() };
            }
            *place = Some(table);
            body = rest;
        }
        Ok(())
    }
}
