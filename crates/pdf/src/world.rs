//! What the typesetter can see: one template, one document's data, five fonts. No files, no clock, no packages.

use std::sync::OnceLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::layout::Abs;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, FontInstance, FontVariant, FontVariations};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World};

const TEMPLATE: &str = include_str!("../templates/document.typ");
// In the order in which the template asks them for a character, each before its bold.
const FONTS: [&[u8]; 5] = [
    include_bytes!("../fonts/HarukaLatin-Regular.ttf"),
    include_bytes!("../fonts/HarukaLatin-Bold.ttf"),
    include_bytes!("../fonts/BIZUDGothic-Regular.ttf"),
    include_bytes!("../fonts/BIZUDGothic-Bold.ttf"),
    include_bytes!("../fonts/HarukaSupplement-Regular.ttf"),
];

/// What all documents share; made at the first document, since reading the fonts takes longer than one page.
pub(crate) struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// The same fonts, opened: they know which characters they have.
    pub(crate) faces: Vec<FontInstance>,
    template: Source,
    data: FileId,
}

pub(crate) fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let fonts: Vec<Font> = FONTS.iter().flat_map(|it| Font::iter(Bytes::new(*it))).collect();
        // The tags for the first column of a table are still behind this switch.
        let features = [Feature::A11yExtras].into_iter().collect();
        Shared {
            library: LazyHash::new(Library::builder().with_features(features).build()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            faces: fonts.iter().map(open).collect(),
            fonts,
            template: Source::new(file("document.typ"), TEMPLATE.to_owned()),
            data: file("data.json"),
        }
    })
}

fn open(font: &Font) -> FontInstance {
    font.clone().instantiate(FontVariant::default(), Abs::pt(10.0), &FontVariations::default())
}

#[allow(clippy::expect_used, reason = "two constant names")]
fn file(name: &str) -> FileId {
    RootedPath::new(VirtualRoot::Project, VirtualPath::new(name).expect("a plain name is a path")).intern()
}

/// One document's world.
pub(crate) struct DocumentWorld {
    shared: &'static Shared,
    json: Bytes,
}

impl DocumentWorld {
    pub(crate) fn new(json: Vec<u8>) -> Self {
        Self { shared: shared(), json: Bytes::new(json) }
    }
}

impl World for DocumentWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.shared.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shared.book
    }

    fn main(&self) -> FileId {
        self.shared.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.shared.template.id() { Ok(self.shared.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.shared.data { Ok(self.json.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shared.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        // A document carries the moment of its data, never the one of its printing.
        None
    }
}

/// The typesetter's complaints for our log. It quotes what it could not set, which may be a name: quoted parts are cut.
pub(crate) fn without_quotes(step: &str, faults: &[SourceDiagnostic]) -> String {
    let mut out = format!("typst {step}:");
    for fault in faults.iter().take(3) {
        out.push(' ');
        for (place, part) in fault.message.split(['"', '`']).enumerate() {
            out.push_str(if place % 2 == 0 { part } else { "…" });
        }
        out.push(';');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_sees_its_data_and_nothing_else() {
        let world = DocumentWorld::new(b"{}".to_vec());
        assert!(world.file(file("data.json")).is_ok());
        for name in ["etc/passwd", "document.typ", "data.json2", "../data.json"] {
            let Ok(path) = VirtualPath::new(name) else { continue };
            let id = RootedPath::new(VirtualRoot::Project, path).intern();
            assert_eq!(world.file(id), Err(FileError::AccessDenied), "{name}");
        }
        assert_eq!(world.source(file("other.typ")).err(), Some(FileError::AccessDenied));
        assert_eq!(world.today(None), None);
    }

    #[test]
    fn the_fonts_are_the_ones_that_the_template_names() {
        let families: Vec<_> = shared().fonts.iter().map(|it| it.info().family.clone()).collect();
        assert_eq!(families, ["Haruka Latin", "Haruka Latin", "BIZ UDGothic", "BIZ UDGothic", "Haruka Supplement"]);
        for family in families {
            assert!(TEMPLATE.contains(&format!("\"{family}\"")), "{family}");
        }
    }

    #[test]
    fn a_complaint_is_logged_without_what_it_quotes() {
        let fault = SourceDiagnostic::error(typst::syntax::Span::detached(), "the text \"田中\" has no glyph in `x`");
        assert_eq!(without_quotes("export", &[fault]), "typst export: the text … has no glyph in …;");
    }
}
