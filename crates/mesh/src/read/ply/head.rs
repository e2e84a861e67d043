//! The head of a PLY file: which elements follow, how often, and of which numbers.

use crate::read::Reading;
use crate::read::ply::remark;
use crate::text::{Word, Words};
use crate::{Fault, FaultKind, Source};

/// Elements, and properties of one: no program writes more than a few dozen.
const NAMES_MAX: usize = 256;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Text,
    Little,
    Big,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Scalar {
    fn from_word(word: Word<'_>) -> Result<Self, Fault> {
        Ok(match word.bytes {
            b"char" | b"int8" => Self::I8,
            b"uchar" | b"uint8" => Self::U8,
            b"short" | b"int16" => Self::I16,
            b"ushort" | b"uint16" => Self::U16,
            b"int" | b"int32" => Self::I32,
            b"uint" | b"uint32" => Self::U32,
            b"float" | b"float32" => Self::F32,
            b"double" | b"float64" => Self::F64,
            _ => return Err(word.fault(FaultKind::Header)),
        })
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The value in `bytes`, which are as many as [`Self::bytes`].
    pub(super) fn value(self, bytes: &[u8], big: bool) -> f64 {
        let mut raw = [0; 8];
        for (place, byte) in bytes.iter().enumerate() {
            raw[if big { bytes.len() - 1 - place } else { place }] = *byte;
        }
        let [a, b, c, d, ..] = raw;
        match self {
            Self::I8 => f64::from(a as i8),
            Self::U8 => f64::from(a),
            Self::I16 => f64::from(i16::from_le_bytes([a, b])),
            Self::U16 => f64::from(u16::from_le_bytes([a, b])),
            Self::I32 => f64::from(i32::from_le_bytes([a, b, c, d])),
            Self::U32 => f64::from(u32::from_le_bytes([a, b, c, d])),
            Self::F32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Self::F64 => f64::from_le_bytes(raw),
        }
    }
}

pub(super) enum Property {
    Scalar(String, Scalar),
    /// Its name, the number before the list, and the numbers in it.
    List(String, Scalar, Scalar),
}

impl Property {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Scalar(name, _) | Self::List(name, ..) => name,
        }
    }
}

pub(super) struct Element {
    pub(super) name: String,
    pub(super) count: usize,
    pub(super) properties: Vec<Property>,
    pub(super) line: u64,
    pub(super) at: usize,
}

impl Element {
    /// The fewest bytes that one of it takes.
    pub(super) fn least(&self, text: bool) -> usize {
        let bytes = |it: &Property| match it {
            // A digit and a blank; the last one of the file may lack the blank.
            _ if text => 1,
            Property::Scalar(_, scalar) | Property::List(_, scalar, _) => scalar.bytes(),
        };
        self.properties.iter().map(bytes).sum()
    }
}

pub(super) struct Head {
    pub(super) coding: Coding,
    pub(super) elements: Vec<Element>,
    /// The first byte after it, and the line of that.
    pub(super) end: usize,
    pub(super) lines: u64,
}

pub(super) fn read(bytes: &[u8], reading: &mut Reading) -> Result<Head, Fault> {
    let from = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut words = Words::new(bytes, from, 1);
    // The magic word.
    words.word();
    let mut coding = None;
    let mut elements: Vec<Element> = Vec::new();
    let ended = |words: &Words<'_>| Fault::new(FaultKind::Truncated, words.here());
    loop {
        if !words.next_line() {
            return Err(ended(&words));
        }
        let Some(word) = words.word_on_line() else { continue };
        let mut next = || words.word_on_line().ok_or_else(|| word.fault(FaultKind::Header));
        match word.bytes {
            b"format" => {
                let named = next()?;
                coding = Some(match named.bytes {
                    b"ascii" => Coding::Text,
                    b"binary_little_endian" => Coding::Little,
                    b"binary_big_endian" => Coding::Big,
                    _ => return Err(named.fault(FaultKind::Header)),
                });
            }
            b"comment" => remark(reading, Source::Comment, &mut words),
            b"obj_info" => remark(reading, Source::Header, &mut words),
            b"element" => {
                let (name, count) = (next()?, next()?);
                let parsed = std::str::from_utf8(count.bytes).ok().and_then(|it| it.parse().ok());
                Fault::over(FaultKind::Header, word.place(), NAMES_MAX, elements.len() + 1)?;
                elements.push(Element {
                    name: String::from_utf8_lossy(name.bytes).into_owned(),
                    count: parsed.ok_or_else(|| count.fault(FaultKind::Header))?,
                    properties: Vec::new(),
                    line: word.line,
                    at: word.at,
                });
            }
            b"property" => {
                let kind = next()?;
                let property = if kind.bytes == b"list" {
                    let (counter, scalar) = (Scalar::from_word(next()?)?, Scalar::from_word(next()?)?);
                    Property::List(String::from_utf8_lossy(next()?.bytes).into_owned(), counter, scalar)
                } else {
                    let scalar = Scalar::from_word(kind)?;
                    Property::Scalar(String::from_utf8_lossy(next()?.bytes).into_owned(), scalar)
                };
                let element = elements.last_mut().ok_or_else(|| word.fault(FaultKind::Header))?;
                Fault::over(FaultKind::Header, word.place(), NAMES_MAX, element.properties.len() + 1)?;
                element.properties.push(property);
            }
            b"end_header" => {
                let coding = coding.ok_or_else(|| word.fault(FaultKind::Header))?;
                words.rest_of_line();
                if !words.next_line() {
                    return Err(ended(&words));
                }
                return Ok(Head { coding, elements, end: words.at(), lines: word.line + 1 });
            }
            _ => return Err(word.fault(FaultKind::Header)),
        }
    }
}
