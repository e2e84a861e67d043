//! What a document says, as data, and the press that prints it.
//!
//! The press itself is `pdf`, which owns the typesetter; `app` plugs it in. So the rooms that write documents neither
//! build nor wait for it.

pub mod document;

pub use document::{Block, Check, Document, SignLine, ToothMark};

/// Prints documents.
pub trait Press: Send + Sync + 'static {
    /// The bytes of the PDF. Takes tens of milliseconds: in an async handler call it where blocking is allowed.
    ///
    /// # Errors
    /// `Limit` for a document that is too large; `Internal` when the press refuses.
    fn print(&self, document: &Document) -> kernel::Result<Vec<u8>>;
}

/// A press for tests of rooms that write documents: prints the words one under the other, as text.
#[derive(Debug, Clone, Copy)]
pub struct PlainPress;

impl Press for PlainPress {
    fn print(&self, document: &Document) -> kernel::Result<Vec<u8>> {
        Ok(format!("{document:#?}").into_bytes())
    }
}
