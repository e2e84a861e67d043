//! Readers of what strangers send, as the targets in `fuzz/` call them. Nothing else does.

use crate::accept::{self, Offer};
use crate::multipart::{Broken, Event, Reader, parameter};
use crate::{query, rendered};

/// The parts of a message, media type and bytes; `None` for one that is broken.
#[must_use]
pub fn message(kind: &str, body: &[u8], piece_bytes: usize) -> Option<Vec<(String, Vec<u8>)>> {
    let mut reader = Reader::new(parameter(kind, "boundary")?).ok()?;
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut tell = |event: Event<'_>| {
        match event {
            Event::Begin { kind, .. } => parts.push((kind.to_owned(), Vec::new())),
            Event::Bytes(bytes) => parts.last_mut().ok_or(Broken::Header)?.1.extend_from_slice(bytes),
            Event::End => (),
        }
        Ok::<_, Broken>(())
    };
    for piece in body.chunks(piece_bytes.max(1)) {
        reader.feed(piece, &mut tell).ok()?;
    }
    reader.finish().ok()?;
    Some(parts)
}

/// Whether the query of a search is understood.
#[must_use]
pub fn search(text: &str) -> bool {
    query::read(text).is_ok()
}

/// Whether the query of a picture is understood.
#[must_use]
pub fn drawn(text: &str) -> bool {
    rendered::view(text, false).is_ok()
}

/// Whether a header names what we offer.
#[must_use]
pub fn accepted(text: &str) -> bool {
    let offers = [Offer::plain("application/dicom+json"), Offer { parts: true, ..Offer::plain("application/dicom") }];
    accept::wishes(Some(text), None).is_ok_and(|wishes| accept::choose(&wishes, &offers).is_some())
}
