//! Documents for people: data in, an archivable and accessible PDF out, with Japanese type.
//!
//! What a page looks like is one template (`templates/document.typ`); typst sets it and is used in this room only.
//! Callers give words, never markup: nothing in a [`Document`] can be read as an instruction to the typesetter,
//! and the typesetter can read no file.
//!
//! **Format.** PDF/A-2a together with PDF/UA-1. Level A holds everything that level B asks for and adds the tags that a
//! screen reader follows; both marks in one file cost a few kilobytes, so that archive and reader get the same bytes.
//!
//! **Fonts.** BIZ UDGothic, with the Latin letters of BIZ UDPGothic, is in the binary: nothing needs to be installed.
//! (The proportional kana and signs of UDPGothic are not used, since typst takes half an em off signs that follow one
//! another, whatever their width, so that they would overlap.) What it lacks is taken
//! from a supplement (4,643 characters, mostly rare kanji such as 𠮷). A character that neither has is never dropped:
//! it is printed as 〓, the printer's old mark for a missing type, a note at the end of the document names it by its
//! code point, and [`Typeset::unprinted`] tells the caller. The same holds for a variation selector whose form we do not
//! have: the plain form is printed, and said to be so. See `fonts/README.md`.
//!
//! **Same data, same bytes.** The only moment in a file is [`Document::made_at`].

mod data;
pub mod limits;
mod text;
mod world;

pub use text::{PrintedAs, Unprinted};

use kernel::{Error, Result, Words};
use papers::Document;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// A finished document and what must be known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typeset {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its pages.
    pub pages: usize,
    /// Characters that were not printed as written; the document's last lines name them too. Mostly empty.
    pub unprinted: Vec<Unprinted>,
}

/// Sets `document` and gives the bytes of the PDF: what [`papers::Press`] asks for, plugged in by `app`.
///
/// # Errors
/// As [`typeset`].
pub fn render(document: &Document) -> Result<Vec<u8>> {
    Ok(typeset(document)?.bytes)
}

/// Sets `document` and tells also how long it is and which characters could not be printed as written.
///
/// Takes tens of milliseconds of computing: in an async handler call it where blocking is allowed.
///
/// # Errors
/// [`kernel::Kind::Limit`] when the document is larger than [`limits`] allows; [`kernel::Kind::Internal`] when a table's
/// row and head differ in length, or the typesetter refuses.
pub fn typeset(document: &Document) -> Result<Typeset> {
    let prepared = data::prepare(document)?;
    let world = world::DocumentWorld::new(prepared.json);
    let set = typst::compile::<PagedDocument>(&world).output;
    let exported = match set {
        Ok(paged) => export(document, &paged).map(|bytes| (bytes, paged.pages().len())),
        Err(faults) => Err(Error::internal(world::without_quotes("setting", &faults))),
    };
    // The typesetter remembers what it has set; a patient's words must not stay in memory for the next document.
    typst::comemo::evict(0);
    let (bytes, pages) = exported?;
    Ok(Typeset { bytes, pages, unprinted: prepared.unprinted })
}

fn export(document: &Document, paged: &PagedDocument) -> Result<Vec<u8>> {
    let pages = paged.pages().len();
    if pages > limits::PAGES_MAX {
        return Err(too_large(format!("{pages} pages of at most {}", limits::PAGES_MAX)));
    }
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|fault| Error::internal(format!("standards: {}", fault.message())))?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{} {} {}", document.number, document.version, document.made_at)),
        creator: Smart::Custom(Some("Haruka".into())),
        timestamp: stamp(document.made_at),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(paged, &options).map_err(|faults| Error::internal(world::without_quotes("export", &faults)))
}

/// The wall clock in Tokyo, as the file's own metadata writes it.
fn stamp(at: kernel::Timestamp) -> Option<typst_pdf::Timestamp> {
    const TOKYO_OFFSET_MIN: i32 = 9 * 60;
    let clock = at.to_zoned(kernel::time::tokyo());
    let part = |it: i8| u8::try_from(it).ok();
    let datetime = Datetime::from_ymd_hms(
        clock.year().into(),
        part(clock.month())?,
        part(clock.day())?,
        part(clock.hour())?,
        part(clock.minute())?,
        part(clock.second())?,
    )?;
    typst_pdf::Timestamp::new_local(datetime, TOKYO_OFFSET_MIN)
}

pub(crate) fn too_large(cause: String) -> Error {
    let words = Words::new(
        "文書が大きすぎるため、PDFを作れませんでした。内容を分けて、もう一度お試しください。",
        "This document is too large for a PDF. Please split it and try again.",
    );
    Error::too_large(words, cause)
}
