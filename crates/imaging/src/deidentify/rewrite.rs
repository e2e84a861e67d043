//! Rewrites one data set as it streams by: what stays is taken over by its place, so that pixels are never held.

use kernel::{Date, time};

use super::rules::{self, Action};
use super::{Copies, NoCopy};
use crate::dataset::{Event, Tag, Vr, Writer};

const PATIENT_IDENTITY_REMOVED: Tag = Tag(0x0012, 0x0062);
const METHOD: Tag = Tag(0x0012, 0x0063);
const METHOD_CODES: Tag = Tag(0x0012, 0x0064);
const DATES_MODIFIED: Tag = Tag(0x0028, 0x0303);
/// Codes of the profile and of its option (PS3.16 CID 7050).
const CODES: [(&str, &str); 2] = [
    ("113100", "Basic Application Confidentiality Profile"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
];

/// A part of the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// New bytes.
    Bytes(Vec<u8>),
    /// Bytes of the original data set.
    Source {
        /// From here.
        offset: u64,
        /// So many.
        length: u32,
    },
}

/// Takes the events of one data set, and makes the parts of its copy.
#[derive(Debug)]
pub struct Rewriter<'a> {
    copies: &'a Copies,
    writer: Writer,
    pieces: Vec<Piece>,
    /// Sequences that are open and written.
    depth: usize,
    /// Sequences that are open and dropped, counted from the first.
    dropped: usize,
    /// Encapsulated pixels are open.
    fragments: bool,
    /// Our own attributes that were written already.
    marked: usize,
    pictured: bool,
}

impl<'a> Rewriter<'a> {
    /// Of a data set in explicit little endian.
    #[must_use]
    pub fn new(copies: &'a Copies) -> Self {
        Self {
            copies,
            writer: Writer::explicit(),
            pieces: Vec::new(),
            depth: 0,
            dropped: 0,
            fragments: false,
            marked: 0,
            pictured: false,
        }
    }

    /// Takes the next event.
    pub fn take(&mut self, event: Event<'_>) {
        if self.dropped > 0 {
            match event {
                Event::Sequence(..) => self.dropped += 1,
                Event::SequenceEnd => self.dropped -= 1,
                _ => (),
            }
            return;
        }
        match event {
            Event::Begin(_) => (),
            Event::Value { tag, vr, bytes } => self.value(tag, vr, bytes),
            Event::Bulk { tag, vr, offset, length } => self.bulk(tag, vr, offset, length),
            Event::Sequence(tag, vr) => self.sequence(tag, vr),
            Event::Item => {
                self.writer.item();
            }
            Event::ItemEnd => {
                self.writer.item_end();
            }
            Event::SequenceEnd => {
                self.writer.end();
                self.depth -= 1;
                self.fragments = false;
            }
        }
    }

    /// The parts of the copy, in order.
    ///
    /// # Errors
    /// Only [`NoCopy::NoPicture`].
    pub fn finish(mut self) -> Result<Vec<Piece>, NoCopy> {
        if !self.pictured {
            return Err(NoCopy::NoPicture);
        }
        self.own();
        Ok(self.pieces)
    }

    fn value(&mut self, tag: Tag, vr: Vr, bytes: &[u8]) {
        self.mark(tag);
        let text = || String::from_utf8_lossy(bytes);
        match self.action(tag, vr) {
            Action::Remove => (),
            Action::Keep => self.put(tag, vr, bytes),
            Action::Empty => self.put(tag, vr, &[]),
            Action::Dummy => self.put(tag, vr, &rules::dummy(vr, bytes.len())),
            Action::Uid => {
                let new: Vec<String> = text()
                    .split('\\')
                    .map(|it| it.trim_matches(['\0', ' ']))
                    .map(|it| if it.is_empty() { String::new() } else { self.copies.uid(it).to_string() })
                    .collect();
                self.put(tag, vr, new.join("\\").as_bytes());
            }
            Action::Shift => {
                let new: Vec<String> = text().split('\\').map(|it| shifted(it, self.copies.days)).collect();
                self.put(tag, vr, new.join("\\").as_bytes());
            }
        }
    }

    fn bulk(&mut self, tag: Tag, vr: Vr, offset: u64, length: u32) {
        if self.fragments {
            self.writer.raw(&[0xFE, 0xFF, 0x00, 0xE0]).raw(&length.to_le_bytes());
        } else {
            self.mark(tag);
            match self.action(tag, vr) {
                Action::Keep => {
                    self.writer.head(tag, vr, length);
                }
                // Too long for a text that anybody needs, and never looked at: not replaced, emptied.
                Action::Empty | Action::Dummy => return self.put(tag, vr, &[]),
                Action::Remove | Action::Uid | Action::Shift => return,
            }
            self.pictured |= tag == Tag::PIXELS && self.depth == 0;
        }
        self.own();
        self.pieces.push(Piece::Source { offset, length });
    }

    fn sequence(&mut self, tag: Tag, vr: Vr) {
        self.mark(tag);
        match self.action(tag, vr) {
            Action::Keep => {
                self.fragments = tag == Tag::PIXELS;
                self.pictured |= self.fragments && self.depth == 0;
                self.writer.begin(tag, vr);
                self.depth += 1;
            }
            Action::Empty | Action::Dummy => {
                self.writer.element(tag, vr, &[]);
                self.dropped = 1;
            }
            Action::Remove | Action::Uid | Action::Shift => self.dropped = 1,
        }
    }

    fn put(&mut self, tag: Tag, vr: Vr, value: &[u8]) {
        self.writer.element(tag, vr, value);
    }

    /// Our own words about the copy replace those of an earlier one.
    fn action(&self, tag: Tag, vr: Vr) -> Action {
        let own = [PATIENT_IDENTITY_REMOVED, METHOD, METHOD_CODES, DATES_MODIFIED].contains(&tag);
        if own && self.depth == 0 { Action::Remove } else { rules::of(tag, vr) }
    }

    /// Writes our own attributes that come before `next`.
    fn mark(&mut self, next: Tag) {
        if self.depth > 0 {
            return;
        }
        if self.marked == 0 && next >= PATIENT_IDENTITY_REMOVED {
            self.marked = 1;
            self.writer.element(PATIENT_IDENTITY_REMOVED, Vr(*b"CS"), b"YES");
            self.writer.element(METHOD, Vr(*b"LO"), b"PS3.15 E, basic profile, modified dates");
            self.writer.begin(METHOD_CODES, Vr::SQ);
            for (code, meaning) in CODES {
                self.writer.item();
                self.writer.element(Tag(0x0008, 0x0100), Vr(*b"SH"), code.as_bytes());
                self.writer.element(Tag(0x0008, 0x0102), Vr(*b"SH"), b"DCM");
                self.writer.element(Tag(0x0008, 0x0104), Vr(*b"LO"), meaning.as_bytes());
                self.writer.item_end();
            }
            self.writer.end();
        }
        if self.marked == 1 && next >= DATES_MODIFIED {
            self.marked = 2;
            self.writer.element(DATES_MODIFIED, Vr(*b"CS"), b"MODIFIED");
        }
    }

    /// What was written so far becomes a part.
    fn own(&mut self) {
        let bytes = self.writer.take();
        if !bytes.is_empty() {
            self.pieces.push(Piece::Bytes(bytes));
        }
    }
}

fn plus_days(day: Date, days: i32) -> Option<Date> {
    let noon = time::at_tokyo(day, 12, 0).ok()?;
    Some(time::day(time::plus_min(noon, i64::from(days) * 24 * 60)))
}

/// A date, or the date of a date and time, moved by `days`. What is no date says nothing any more.
fn shifted(text: &str, days: i32) -> String {
    let text = text.trim_matches(['\0', ' ']);
    let Some(rest) = text.get(8..) else { return String::new() };
    let part = |from, to| text.get(from..to).unwrap_or_default();
    let date = format!("{}-{}-{}", part(0, 4), part(4, 6), part(6, 8)).parse::<Date>().ok();
    let moved = date.and_then(|it| plus_days(it, days));
    moved.map(|it| format!("{}{rest}", it.to_string().replace('-', ""))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crypto::Key;

    use super::*;
    use crate::dataset::Scanner;

    const NAMES: [&str; 7] = ["TANAKA", "SACHIKO", "00012345", "19480412", "AOBA", "SATO", "SECRET"];

    /// A slice with everything that could name somebody.
    fn slice(encapsulated: bool) -> Vec<u8> {
        let mut it = Writer::explicit();
        let ui = Vr(*b"UI");
        it.element(Tag(0x0008, 0x0000), Vr(*b"UL"), &[0; 4]);
        it.element(Tag(0x0008, 0x0016), ui, b"1.2.840.10008.5.1.4.1.1.2");
        it.element(Tag(0x0008, 0x0018), ui, b"1.2.3.4");
        it.element(Tag(0x0008, 0x0020), Vr(*b"DA"), b"20240229");
        it.element(Tag(0x0008, 0x0080), Vr(*b"LO"), b"AOBA CLINIC");
        it.element(Tag(0x0008, 0x0090), Vr(*b"PN"), b"SATO^KEN");
        it.begin(Tag(0x0008, 0x1110), Vr::SQ);
        it.item();
        it.element(Tag(0x0008, 0x1155), ui, b"1.2.9");
        it.element(Tag(0x0010, 0x0010), Vr(*b"PN"), b"SECRET");
        it.item_end();
        it.end();
        it.begin(Tag(0x0008, 0x1140), Vr::SQ);
        it.item();
        it.element(Tag(0x0008, 0x1155), ui, b"1.2.3.4");
        it.element(Tag(0x0008, 0x0081), Vr(*b"ST"), b"SECRET STREET");
        it.item_end();
        it.end();
        it.element(Tag(0x0009, 0x0010), Vr(*b"LO"), b"SECRET MAKER");
        it.element(Tag(0x0010, 0x0010), Vr(*b"PN"), b"TANAKA^SACHIKO");
        it.element(Tag(0x0010, 0x0020), Vr(*b"LO"), b"00012345");
        it.element(Tag(0x0010, 0x0030), Vr(*b"DA"), b"19480412");
        it.element(Tag(0x0020, 0x000D), ui, b"1.4");
        it.element(Tag(0x0020, 0x000E), ui, b"1.5");
        it.element(Tag(0x0028, 0x0010), Vr(*b"US"), &[2, 0]);
        it.element(Tag(0x0028, 0x0303), Vr(*b"CS"), b"UNMODIFIED");
        if encapsulated {
            it.begin(Tag::PIXELS, Vr(*b"OB"));
            it.whole_item(&[]).whole_item(&[9, 8, 7, 6]);
            it.end();
        } else {
            it.element(Tag::PIXELS, Vr(*b"OW"), &[1, 2, 3, 4]);
        }
        it.take()
    }

    fn copied(bytes: &[u8], syntax: &str, copies: &Copies) -> Result<Vec<u8>, NoCopy> {
        let mut rewriter = Rewriter::new(copies);
        let mut scanner = Scanner::new(syntax);
        scanner.feed(bytes, &mut |it| rewriter.take(it)).expect("readable");
        scanner.finish(&mut |it| rewriter.take(it)).expect("whole");
        let place = |offset: u64| usize::try_from(offset).expect("small");
        Ok(rewriter
            .finish()?
            .into_iter()
            .flat_map(|it| match it {
                Piece::Bytes(bytes) => bytes,
                Piece::Source { offset, length } => bytes[place(offset)..place(offset) + length as usize].to_vec(),
            })
            .collect())
    }

    fn values(bytes: &[u8], syntax: &str) -> Vec<(Tag, String)> {
        let (mut found, mut depth) = (Vec::new(), 0);
        let mut tell = |event: Event<'_>| match event {
            Event::Value { tag, bytes, .. } if depth == 0 => {
                found.push((tag, String::from_utf8_lossy(bytes).trim_matches([' ', '\0']).to_owned()));
            }
            Event::Bulk { tag, .. } => found.push((tag, "bulk".into())),
            Event::Sequence(tag, _) => {
                found.push((tag, "[".into()));
                depth += 1;
            }
            Event::SequenceEnd => depth -= 1,
            _ => (),
        };
        let mut scanner = Scanner::new(syntax);
        scanner.feed(bytes, &mut tell).expect("readable");
        scanner.finish(&mut tell).expect("whole");
        found
    }

    /// TR-09
    #[test]
    fn a_copy_names_nobody_and_keeps_the_picture() {
        let copies = Copies::new(Key::from_bytes([7; 32]));
        for (syntax, encapsulated) in [("1.2.840.10008.1.2.1", false), ("1.2.840.10008.1.2.4.70", true)] {
            let copy = copied(&slice(encapsulated), syntax, &copies).expect("a copy");
            let text = String::from_utf8_lossy(&copy);
            for name in NAMES {
                assert!(!text.contains(name), "{syntax}: {name} is still there");
            }
            let values = values(&copy, syntax);
            let mut tags: Vec<_> = values.iter().map(|(tag, _)| *tag).collect();
            tags.dedup();
            assert!(tags.is_sorted(), "{syntax}: {tags:?}");
            let of = |tag: Tag| values.iter().find(|it| it.0 == tag).map_or("-", |it| it.1.as_str());
            assert_eq!(of(Tag(0x0008, 0x0016)), "1.2.840.10008.5.1.4.1.1.2", "what kind of picture it is stays");
            assert_eq!(of(Tag(0x0008, 0x0018)), copies.uid("1.2.3.4").as_str());
            assert_eq!(of(Tag(0x0020, 0x000D)), copies.uid("1.4").as_str());
            assert!(text.matches(copies.uid("1.2.3.4").as_str()).count() == 2, "references follow");
            assert!(text.matches(copies.uid("1.2.9").as_str()).count() == 0, "the emptied sequence is empty");
            assert_eq!((of(Tag(0x0010, 0x0010)), of(Tag(0x0010, 0x0030))), ("", ""));
            assert_eq!((of(PATIENT_IDENTITY_REMOVED), of(DATES_MODIFIED)), ("YES", "MODIFIED"));
            assert_eq!(of(METHOD_CODES), "[");
            let day = of(Tag(0x0008, 0x0020));
            assert!(day.len() == 8 && day != "20240229", "{day}");
            assert!(copy.ends_with(&[1, 2, 3, 4]) || encapsulated && copy.windows(4).any(|it| it == [9, 8, 7, 6]));
        }
    }

    #[test]
    fn what_is_no_picture_is_not_copied() {
        let copies = Copies::new(Key::from_bytes([7; 32]));
        let mut report = Writer::explicit();
        report.element(Tag(0x0008, 0x0018), Vr(*b"UI"), b"1.2");
        report.element(Tag(0x0040, 0xA160), Vr(*b"UT"), b"Mr Tanaka says");
        assert_eq!(copied(&report.take(), "1.2.840.10008.1.2.1", &copies), Err(NoCopy::NoPicture));
    }

    #[test]
    fn a_date_moves_and_what_is_none_goes() {
        for (text, moved) in [
            ("20240301", "20240229"),
            ("20240101", "20231231"),
            ("20240301123000.5", "20240229123000.5"),
            ("202403", ""),
            ("2024-3-1", ""),
            ("SECRET!!", ""),
            ("", ""),
        ] {
            assert_eq!(shifted(text, -1), moved, "{text}");
        }
    }
}
