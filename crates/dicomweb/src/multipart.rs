//! `multipart/related` (RFC 2046, RFC 2387) as it streams by: pieces of any size go in, parts come out, never a whole one in
//! memory; and what stands between the parts of an answer. Pure.

use kernel::Chance;
use memchr::memmem::Finder;

/// What a sender may make us hold.
pub(crate) mod limits {
    /// Longest boundary (RFC 2046, 5.1.1).
    pub(crate) const BOUNDARY_CHARS_MAX: usize = 70;
    /// All header lines of one part together.
    pub(crate) const HEADER_BYTES_MAX: usize = 8 * 1024;
    /// Header lines of one part.
    pub(crate) const HEADER_LINES_MAX: usize = 32;
    /// Parts of one request: a large study has some thousands of instances.
    pub(crate) const PARTS_MAX: usize = 20_000;
    /// White space after a boundary, which gateways may add.
    pub(crate) const PADDING_BYTES_MAX: usize = 64;
}

/// `sha-256=` and the digest of the part's data set, in hexadecimal: a sender that knows it finds out whether the same
/// arrived. Our own addition.
pub(crate) const DIGEST: &str = "haruka-data-set-digest";

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// No boundary, or one that cannot be.
    Boundary,
    /// A line of a part's head that is none, or too many or too long ones.
    Header,
    /// More than [`limits::PARTS_MAX`] parts.
    TooMany,
    /// What follows a boundary is neither a line's end nor the end of the message.
    Delimiter,
    /// The message ends before its last boundary.
    Truncated,
}

/// What was met, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// A part begins; what its head says, as written, or empty.
    Begin {
        /// `Content-Type` with parameters.
        kind: &'a str,
        /// [`DIGEST`].
        digest: &'a str,
    },
    /// Bytes of the part.
    Bytes(&'a [u8]),
    /// The part is whole.
    End,
}

/// Reads one message.
#[derive(Debug)]
pub(crate) struct Reader {
    /// CR LF, two hyphens, the boundary.
    delimiter: Finder<'static>,
    held: Vec<u8>,
    place: Place,
    /// The end of the head's last line stays before the body, since it may be the beginning of a boundary: a part
    /// without a body. So many bytes are no body.
    lead: usize,
    parts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first boundary: nobody's.
    Preamble,
    /// Just behind a boundary.
    Boundary,
    Header,
    Body,
    /// Behind the last boundary: nobody's.
    Epilogue,
}

impl Reader {
    /// For a message with this boundary.
    pub(crate) fn new(boundary: &str) -> Result<Self, Broken> {
        let fits = (1..=limits::BOUNDARY_CHARS_MAX).contains(&boundary.len());
        // The characters of RFC 2046; others appear in practice, so only what cannot stand in a line is refused.
        if !fits || !boundary.bytes().all(|it| (0x20..0x7F).contains(&it)) || boundary.ends_with(' ') {
            return Err(Broken::Boundary);
        }
        let delimiter = Finder::new(format!("\r\n--{boundary}").as_bytes()).into_owned();
        // As if a line had ended before: the first boundary needs none.
        Ok(Self { delimiter, held: b"\r\n".to_vec(), place: Place::Preamble, lead: 0, parts: 0 })
    }

    /// Takes the next `piece`, and tells `tell` what was met in it. After an error, its own or of `tell`, nothing more comes.
    pub(crate) fn feed<E: From<Broken>>(
        &mut self,
        piece: &[u8],
        tell: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.place == Place::Epilogue {
            return Ok(());
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(piece);
        let mut at = 0;
        while let Some(passed) = self.step(&held[at..], tell)? {
            at += passed;
        }
        held.drain(..at);
        self.held = held;
        Ok(())
    }

    /// Says that nothing follows.
    pub(crate) fn finish(self) -> Result<(), Broken> {
        if self.place == Place::Epilogue { Ok(()) } else { Err(Broken::Truncated) }
    }

    /// Reads what it can from the beginning of `bytes`; how much, or nothing while bytes are missing.
    fn step<E: From<Broken>>(
        &mut self,
        bytes: &[u8],
        tell: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<Option<usize>, E> {
        match self.place {
            Place::Preamble | Place::Body => {
                let found = self.delimiter.find(bytes);
                // A boundary may be cut in the middle by the end of this piece.
                let length = self.delimiter.needle().len();
                let sure = found.unwrap_or(bytes.len().saturating_sub(length - 1));
                if self.place == Place::Body && sure > self.lead {
                    tell(Event::Bytes(&bytes[self.lead..sure]))?;
                    self.lead = 0;
                }
                if found.is_some() {
                    if self.place == Place::Body {
                        tell(Event::End)?;
                    }
                    self.place = Place::Boundary;
                    return Ok(Some(sure + length));
                }
                Ok((sure > self.lead).then_some(sure))
            }
            Place::Boundary => {
                let padding = bytes.iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
                if padding > limits::PADDING_BYTES_MAX {
                    return Err(Broken::Delimiter.into());
                }
                match &bytes[padding..] {
                    [b'-', b'-', ..] if padding == 0 => {
                        self.place = Place::Epilogue;
                        Ok(Some(bytes.len()))
                    }
                    [b'\r', b'\n', ..] => {
                        self.parts += 1;
                        if self.parts > limits::PARTS_MAX {
                            return Err(Broken::TooMany.into());
                        }
                        self.place = Place::Header;
                        // The line's end stays, so that a part without a head ends it the same way.
                        Ok(Some(padding))
                    }
                    [] | [b'-' | b'\r'] => Ok(None),
                    _ => Err(Broken::Delimiter.into()),
                }
            }
            Place::Header => {
                let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
                    return if bytes.len() > limits::HEADER_BYTES_MAX { Err(Broken::Header.into()) } else { Ok(None) };
                };
                if end > limits::HEADER_BYTES_MAX {
                    return Err(Broken::Header.into());
                }
                let (kind, digest) = head(&bytes[..end])?;
                tell(Event::Begin { kind, digest })?;
                self.place = Place::Body;
                self.lead = 2;
                Ok(Some(end + 2))
            }
            Place::Epilogue => Ok((!bytes.is_empty()).then_some(bytes.len())),
        }
    }
}

/// The media type and the digest in the head of a part.
fn head(head: &[u8]) -> Result<(&str, &str), Broken> {
    let text = std::str::from_utf8(head).map_err(|_| Broken::Header)?;
    let (mut kind, mut digest) = ("", "");
    for (number, line) in text.split("\r\n").filter(|it| !it.is_empty()).enumerate() {
        if number >= limits::HEADER_LINES_MAX {
            return Err(Broken::Header);
        }
        // A folded line continues the one before; nothing that matters here is so long.
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let (name, value) = line.split_once(':').ok_or(Broken::Header)?;
        if name.trim().eq_ignore_ascii_case("content-type") {
            kind = value.trim();
        } else if name.trim().eq_ignore_ascii_case(DIGEST) {
            digest = value.trim();
        }
    }
    Ok((kind, digest))
}

/// A parameter of a media type, without its quotes.
pub(crate) fn parameter<'a>(kind: &'a str, name: &str) -> Option<&'a str> {
    let mut quoted = false;
    let mut parts = kind.split(move |it: char| {
        quoted ^= it == '"';
        it == ';' && !quoted
    });
    parts.find_map(|part| {
        let (found, value) = part.split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// The media type without parameters, lower case.
pub(crate) fn media(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What stands between the parts of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    boundary: String,
    begun: bool,
}

impl Writer {
    /// With a boundary that stands in no part: 128 bits of chance.
    pub(crate) fn new(chance: &Chance) -> Self {
        Self { boundary: format!("haruka-{}", kernel::RowId::from_bytes(chance.bytes())), begun: false }
    }

    /// The answer's media type, for parts of `media`.
    pub(crate) fn kind(&self, media: &str) -> String {
        format!("multipart/related; type=\"{media}\"; boundary=\"{}\"", self.boundary)
    }

    /// What stands before the next part.
    pub(crate) fn begin(&mut self, kind: &str) -> Vec<u8> {
        let line = if std::mem::replace(&mut self.begun, true) { "\r\n" } else { "" };
        format!("{line}--{}\r\nContent-Type: {kind}\r\n\r\n", self.boundary).into_bytes()
    }

    /// The same of a part that is found at an address of its own; its head stays open for further lines and the empty one.
    pub(crate) fn open(&mut self, kind: &str, location: &str) -> Vec<u8> {
        let mut head = self.begin(&format!("{kind}\r\nContent-Location: {location}"));
        head.truncate(head.len() - 2);
        head
    }

    /// What stands behind the last part.
    pub(crate) fn end(&self) -> Vec<u8> {
        let line = if self.begun { "\r\n" } else { "" };
        format!("{line}--{}--\r\n", self.boundary).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of `message`, fed in pieces of `size`.
    fn parts(message: &[u8], size: usize) -> Result<Vec<(String, Vec<u8>)>, Broken> {
        let mut reader = Reader::new("b")?;
        let (mut found, mut open) = (Vec::<(String, Vec<u8>)>::new(), false);
        for piece in message.chunks(size) {
            reader.feed(piece, &mut |event| {
                match event {
                    Event::Begin { kind, digest } => {
                        assert!(!std::mem::replace(&mut open, true));
                        found.push((format!("{kind}{digest}"), vec![]));
                    }
                    Event::Bytes(bytes) => found.last_mut().expect("begun").1.extend_from_slice(bytes),
                    Event::End => assert!(std::mem::replace(&mut open, false)),
                }
                Ok::<_, Broken>(())
            })?;
        }
        reader.finish()?;
        assert!(!open);
        Ok(found)
    }

    #[test]
    fn parts_come_out_whole_however_the_message_is_cut() {
        let dicom = "application/dicom";
        type Parts<'a> = &'a [(&'a str, &'a [u8])];
        let cases: &[(&[u8], Parts<'_>)] = &[
            (b"--b\r\nContent-Type: application/dicom\r\n\r\nabc\r\n--b--\r\n", &[(dicom, b"abc")]),
            (
                b"--b\r\ncontent-type:application/dicom\r\nContent-Length: 1\r\n\r\na\r\n--b\r\n\r\nc\r\n--b--",
                &[(dicom, b"a"), ("", b"c")],
            ),
            (b"hello\r\n--b  \r\nContent-Type: application/dicom\r\n\r\n\r\n--b--bye", &[(dicom, b"")]),
            (b"--b\r\n\r\n\r\n--b--", &[("", b"")]),
            (b"--b--", &[]),
            // Looks like a boundary, and is none.
            (b"--b\r\n\r\n\r\n-\r\n--a\r\n--\r\n\r\n--b--", &[("", b"\r\n-\r\n--a\r\n--\r\n")]),
            (b"--b\r\nHaruka-Data-Set-Digest: sha-256=00\r\n\r\na\r\n--b--", &[("sha-256=00", b"a")]),
            (b"--b\r\nX: 1\r\n folded\r\nContent-Type: application/dicom\r\n\r\n--b--", &[(dicom, b"")]),
        ];
        for (message, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|it| (it.0.to_owned(), it.1.to_vec())).collect();
            for size in 1..=message.len() {
                let text = String::from_utf8_lossy(message);
                assert_eq!(parts(message, size).as_ref(), Ok(&expected), "{text:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn a_broken_message_is_named() {
        let long = format!("--b\r\nX: {}\r\n\r\n", "x".repeat(limits::HEADER_BYTES_MAX));
        let lines = format!("--b\r\n{}\r\n", "X: 1\r\n".repeat(limits::HEADER_LINES_MAX + 1));
        let padded = format!("--b{}\r\n", " ".repeat(limits::PADDING_BYTES_MAX + 1));
        let many = "--b\r\n\r\n\r\n".repeat(limits::PARTS_MAX + 1);
        let cases: &[(&[u8], Broken)] = &[
            (b"", Broken::Truncated),
            (b"nothing here", Broken::Truncated),
            (b"--b\r\n\r\nabc", Broken::Truncated),
            (b"--b\r\n\r\nabc\r\n--b", Broken::Truncated),
            (b"--bc\r\n\r\nabc\r\n--b--", Broken::Delimiter),
            (b"--b\r\nno colon\r\n\r\nabc\r\n--b--", Broken::Header),
            (b"--b\r\nX: \xff\r\n\r\nabc\r\n--b--", Broken::Header),
            (long.as_bytes(), Broken::Header),
            (&long.as_bytes()[..long.len() - 4], Broken::Header),
            (lines.as_bytes(), Broken::Header),
            (padded.as_bytes(), Broken::Delimiter),
            (many.as_bytes(), Broken::TooMany),
        ];
        for (message, broken) in cases {
            for size in [7, 4096, 1_000_000] {
                let text = String::from_utf8_lossy(&message[..message.len().min(40)]);
                assert_eq!(parts(message, size), Err(*broken), "{text:?} in pieces of {size}");
            }
        }
        for boundary in ["", "b ", "a\nb", "ä", &"b".repeat(71)] {
            assert_eq!(Reader::new(boundary).err(), Some(Broken::Boundary), "{boundary:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut writer = Writer::new(&Chance::seeded(1));
        let kind = writer.kind("application/dicom");
        assert_eq!((media(&kind).as_str(), parameter(&kind, "Type")), ("multipart/related", Some("application/dicom")));
        let mut message = vec![];
        for body in [&b"one"[..], b"", b"\r\n--"] {
            message.extend(writer.begin("application/dicom; transfer-syntax=1.2"));
            message.extend(body);
        }
        message.extend(writer.end());
        let mut reader = Reader::new(parameter(&kind, "boundary").expect("a boundary")).expect("a good one");
        let mut bodies = vec![];
        let read = reader.feed(&message, &mut |event| {
            match event {
                Event::Begin { kind, .. } => {
                    assert_eq!(parameter(kind, "transfer-syntax"), Some("1.2"));
                    bodies.push(vec![]);
                }
                Event::Bytes(bytes) => bodies.last_mut().expect("begun").extend_from_slice(bytes),
                Event::End => (),
            }
            Ok::<_, Broken>(())
        });
        assert_eq!(read.and_then(|()| reader.finish()), Ok(()));
        assert_eq!(bodies, [&b"one"[..], b"", b"\r\n--"]);
    }

    #[test]
    fn parameters_are_found_within_their_quotes() {
        let kind = "multipart/related; type=\"application/dicom; x=1\"; boundary=\"a;b\" ; Start=c";
        assert_eq!(parameter(kind, "boundary"), Some("a;b"));
        assert_eq!(parameter(kind, "x"), None);
        assert_eq!(parameter(kind, "start"), Some("c"));
        assert_eq!(media(" Multipart/Related ;a=b"), "multipart/related");
    }
}
