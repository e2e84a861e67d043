//! JPEG (ITU-T T.81) as DICOM uses it: baseline and extended with Huffman codes, and lossless. Not progressive, not
//! arithmetic, not hierarchical: their transfer syntaxes are retired.
//!
//! Lossy pictures come out as those of the Independent JPEG Group's library do: the same integer cosine transform and
//! the same smooth upsampling, so that a picture is one picture everywhere.

mod cosine;
mod header;
mod huffman;
mod lossless;
mod sequential;
mod upsample;

use crate::decode::{Picture, same_size};
use crate::{Description, Fault, Interpretation};
use header::{Frame, Marker, Segments, Tables};

/// Decodes one picture.
pub(crate) fn decode(stream: &[u8], it: &Description) -> Result<Picture, Fault> {
    let mut segments = Segments::new(stream)?;
    let mut tables = Tables::default();
    let mut colours = None;
    let frame = loop {
        match segments.next()? {
            Marker::Frame { kind, body } => break Frame::parse(kind, body)?,
            Marker::Adobe(0) => colours = Some(Interpretation::Rgb),
            Marker::Adobe(1) => colours = Some(Interpretation::YbrFull),
            Marker::Tables { kind, body } => tables.take(kind, body)?,
            Marker::Scan(_) => return Err(Fault::Malformed("a scan before its frame")),
            Marker::End => return Err(Fault::Truncated),
            Marker::Adobe(_) | Marker::Other => {}
        }
    };
    same_size(it, frame.columns, frame.rows, frame.components.len())?;
    let colours = colours.filter(|_| frame.components.len() == 3);
    let values = if frame.lossless {
        lossless::decode(&frame, &mut segments, &mut tables)?
    } else {
        sequential::decode(&frame, &mut segments, &mut tables)?
    };
    let (columns, rows) = (frame.columns, frame.rows);
    Ok(Picture { columns, rows, components: frame.components.len(), precision: frame.precision, values, colours })
}
