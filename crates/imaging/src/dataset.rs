//! A DICOM data set (PS3.5): tags, value representations, transfer syntaxes. Read as it streams by, never as a whole, and
//! written so ([`Writer`], [`file_header`]).
//!
//! No files, no network, no rows: bytes in, events out; elements in, bytes out.

mod file;
mod inflate;
pub mod json;
mod scan;
pub mod text;
mod write;

use std::fmt;

pub use file::{Beginning, File};
pub use scan::{Event, Scanner, limits};
pub use write::{IMPLEMENTATION, VERSION, Writer, file_header};

/// A data element's tag: group and element.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u16, pub u16);

impl Tag {
    /// Transfer Syntax UID, in the file's own header.
    pub const TRANSFER_SYNTAX: Self = Self(0x0002, 0x0010);
    /// Specific Character Set.
    pub const CHARACTER_SET: Self = Self(0x0008, 0x0005);
    /// Pixel Data.
    pub const PIXELS: Self = Self(0x7FE0, 0x0010);
    pub(crate) const ITEM: Self = Self(0xFFFE, 0xE000);
    pub(crate) const ITEM_END: Self = Self(0xFFFE, 0xE00D);
    pub(crate) const SEQUENCE_END: Self = Self(0xFFFE, 0xE0DD);

    /// The one that the standard's keyword names (`PatientName`).
    #[must_use]
    pub fn named(keyword: &str) -> Option<Self> {
        use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
        let known = dicom_dictionary_std::StandardDataDictionary.by_name(keyword)?;
        let dicom_core::Tag(group, element) = known.tag();
        Some(Self(group, element))
    }

    /// Whether a maker defined it for itself (PS3.5 7.8).
    #[must_use]
    pub const fn is_private(self) -> bool {
        self.0 % 2 == 1
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "({:04X},{:04X})", self.0, self.1)
    }
}

/// A value representation: two capital letters (PS3.5 6.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vr(pub [u8; 2]);

impl Vr {
    /// Sequence of items.
    pub const SQ: Self = Self(*b"SQ");
    /// Unknown.
    pub const UN: Self = Self(*b"UN");

    /// Reads the two letters of an explicit element. Letters that no edition knows are taken: a later one may, and
    /// PS3.5 7.1.2 gives all new representations the long form.
    #[must_use]
    pub const fn parse(letters: [u8; 2]) -> Option<Self> {
        if letters[0].is_ascii_uppercase() && letters[1].is_ascii_uppercase() { Some(Self(letters)) } else { None }
    }

    /// Whether its length is written in two bytes in an explicit data set (PS3.5 table 7.1-2).
    #[must_use]
    pub fn is_short(self) -> bool {
        const SHORT: [&[u8; 2]; 20] = [
            b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL",
            b"SS", b"ST", b"TM", b"UI", b"UL",
        ];
        SHORT.contains(&&self.0) || &self.0 == b"US"
    }

    /// What makes a value of odd length even (PS3.5 6.2): a space behind text, zero behind all else.
    #[must_use]
    pub fn padding(self) -> u8 {
        const TEXT: [&[u8; 2]; 16] = [
            b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"IS", b"LO", b"LT", b"PN", b"SH", b"ST", b"TM", b"UC", b"UR",
            b"UT",
        ];
        if TEXT.contains(&&self.0) { b' ' } else { 0 }
    }

    /// What the dictionary says of `tag`; [`Vr::UN`] for what it does not know, the shorter one where two are possible.
    #[must_use]
    pub fn of(tag: Tag) -> Self {
        use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
        let known = dicom_dictionary_std::StandardDataDictionary.by_tag(dicom_core::Tag(tag.0, tag.1));
        known.and_then(|it| Self::parse(it.vr().relaxed().to_bytes())).unwrap_or(Self::UN)
    }
}

impl fmt::Debug for Vr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", char::from(self.0[0]), char::from(self.0[1]))
    }
}

/// How the elements of a data set are written (PS3.5 annex A). Pixels have many more ways; those are kept as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    /// Elements name their value representation.
    pub explicit: bool,
    /// Numbers have their most significant byte first.
    pub big_endian: bool,
    /// The whole data set is a raw deflate stream.
    pub deflated: bool,
}

impl Writing {
    /// Implicit VR little endian, that every application understands.
    pub const IMPLICIT: Self = Self { explicit: false, big_endian: false, deflated: false };
    /// Explicit VR little endian.
    pub const EXPLICIT: Self = Self { explicit: true, big_endian: false, deflated: false };

    /// That of a transfer syntax. All that are not named here write explicit little endian, as PS3.5 A.4 asks of every
    /// encapsulated one; so a syntax that we do not know is stored all the same.
    #[must_use]
    pub fn of(transfer_syntax: &str) -> Self {
        match transfer_syntax {
            "1.2.840.10008.1.2" => Self::IMPLICIT,
            "1.2.840.10008.1.2.2" => Self { big_endian: true, ..Self::EXPLICIT },
            "1.2.840.10008.1.2.1.99" => Self { deflated: true, ..Self::EXPLICIT },
            _ => Self::EXPLICIT,
        }
    }
}

/// What is wrong with a data set, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Offset in the data set (after inflating), or in the file's header.
    pub offset: u64,
    /// What.
    pub what: Broken,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The file does not begin as a DICOM file.
    NotDicom,
    /// Two bytes that are no value representation.
    NoVr,
    /// A length that cannot be: undefined where PS3.5 7.1 forbids it.
    Length,
    /// An element or item is longer than what it lies in.
    Overrun,
    /// An item outside a sequence, an element where an item belongs, or an end without a beginning.
    Misplaced,
    /// Sequences within sequences beyond [`limits::DEPTH_MAX`].
    TooDeep,
    /// More than [`limits::KEPT_BYTES_MAX`] of values, or [`limits::ELEMENTS_MAX`] elements.
    TooMuch,
    /// The deflate stream is damaged, or inflates beyond its limit.
    Inflate,
    /// The data end in the middle.
    Truncated,
}
