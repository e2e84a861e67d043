//! XML from strangers: no document types, no entities of one's own, bounded depth.

use std::borrow::Cow;
use std::io::{self, BufRead};

use quick_xml::XmlVersion;
use quick_xml::errors::Error;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::{Fault, FaultKind, Place};

/// One step through a document.
pub(crate) enum Step<'a> {
    /// An element begins.
    Open(&'a BytesStart<'a>),
    /// The element of this local name ends.
    Close(&'a str),
    /// Characters of an element, or a part of them.
    Text(&'a str),
    /// A comment.
    Comment(&'a str),
}

/// Walks through the document in `from`; `see` is told each step with its place.
pub(crate) fn walk(
    from: impl BufRead,
    depth_max: usize,
    mut see: impl FnMut(Step<'_>, Place) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut reader = Reader::from_reader(from);
    let mut buffer = Vec::new();
    let (mut depth, mut rooted) = (0_usize, false);
    loop {
        buffer.clear();
        let begun = reader.buffer_position();
        let event = reader.read_event_into(&mut buffer);
        let length = reader.buffer_position().saturating_sub(begun);
        let place = || Place { byte: Some(begun), length: Some(length), ..Place::default() };
        match event.map_err(|error| fault(&error, place()))? {
            Event::Start(tag) => {
                depth += 1;
                rooted = true;
                Fault::over(FaultKind::Depth, place(), depth_max, depth)?;
                see(Step::Open(&tag), place())?;
            }
            Event::Empty(tag) => {
                rooted = true;
                see(Step::Open(&tag), place())?;
                see(Step::Close(tag.local_name().into_inner()), place())?;
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                see(Step::Close(tag.local_name().into_inner()), place())?;
            }
            Event::Text(text) => see(Step::Text(&text.into_inner()), place())?,
            Event::CData(text) => see(Step::Text(&text.into_inner()), place())?,
            Event::GeneralRef(it) => {
                let known = match it.resolve_char_ref() {
                    Ok(Some(known)) => known,
                    _ => match it.into_inner().as_ref() {
                        "lt" => '<',
                        "gt" => '>',
                        "amp" => '&',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => return Err(Fault::new(FaultKind::Xml, place())),
                    },
                };
                see(Step::Text(known.encode_utf8(&mut [0; 4])), place())?;
            }
            Event::Comment(text) => see(Step::Comment(&text.into_inner()), place())?,
            Event::DocType(_) => return Err(Fault::new(FaultKind::Doctype, place())),
            Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if depth > 0 => return Err(Fault::new(FaultKind::Truncated, place())),
            Event::Eof if !rooted => return Err(Fault::new(FaultKind::Xml, place())),
            Event::Eof => return Ok(()),
        }
    }
}

fn fault(error: &Error, place: Place) -> Fault {
    let kind = match error {
        Error::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => FaultKind::Bomb,
        Error::Io(_) => FaultKind::Archive,
        Error::Syntax(_) => FaultKind::Truncated,
        _ => FaultKind::Xml,
    };
    Fault::new(kind, place)
}

/// The attributes of an element by their local names; values as they are written.
///
/// Twice the same name is not looked for: that costs the square of their number, and no reading here depends on it.
pub(crate) fn attributes<'a>(
    tag: &'a BytesStart<'a>,
    place: &Place,
) -> impl Iterator<Item = Result<(&'a str, Cow<'a, str>), Fault>> {
    let place = place.clone();
    tag.attributes().with_checks(false).collect::<Vec<_>>().into_iter().map(move |it| match it {
        Ok(it) => Ok((it.key.local_name().into_inner(), it.value)),
        Err(_) => Err(Fault::new(FaultKind::Xml, place.clone())),
    })
}

/// What an attribute's value says, with its character references resolved.
pub(crate) fn plain(value: &str) -> String {
    let attribute = quick_xml::events::attributes::Attribute::from(("it", value));
    let raw = quick_xml::events::attributes::Attribute { value: Cow::Borrowed(value), ..attribute };
    raw.normalized_value(XmlVersion::Implicit1_0).map_or_else(|_| value.to_owned(), Cow::into_owned)
}
