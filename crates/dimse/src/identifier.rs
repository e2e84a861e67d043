//! Data sets of questions and answers: keys of a query, lists of instances, and what we answer. No pixels here.

use imaging::dataset::text::CharacterSets;
use imaging::dataset::{Event, Fault, Scanner, Tag, Vr, Writer};
use imaging::study::{Attribute, Shown};

/// Longest identifier. A retrieval may list a thousand instances.
pub const IDENTIFIER_BYTES_MAX: usize = 1024 * 1024;

/// Query/Retrieve Level.
pub const LEVEL: Tag = Tag(0x0008, 0x0052);

/// A key of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Which attribute.
    pub tag: Tag,
    /// As it was asked.
    pub vr: Vr,
    /// The value to compare with; empty: only asked for.
    pub value: String,
}

/// What a data set says at its top, and the values within its sequences.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identifier {
    /// Its own elements; sequences have an empty value.
    pub keys: Vec<Key>,
    /// Elements of items of the outermost sequences: sequence, number of the item, element, value.
    pub nested: Vec<(Tag, usize, Tag, String)>,
}

impl Identifier {
    /// Reads a data set.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn parse(bytes: &[u8], transfer_syntax: &str) -> Result<Self, Fault> {
        let mut reader = Reader::default();
        let mut scanner = Scanner::new(transfer_syntax);
        scanner.feed(bytes, &mut |event| reader.take(event))?;
        scanner.finish(&mut |event| reader.take(event))?;
        Ok(reader.found)
    }

    /// The value of an element at the top.
    #[must_use]
    pub fn value(&self, tag: Tag) -> &str {
        self.keys.iter().find(|it| it.tag == tag).map_or("", |it| &it.value)
    }

    /// Pairs of class and instance that the items of `sequence` refer to.
    #[must_use]
    pub fn references(&self, sequence: Tag) -> Vec<(String, String)> {
        const CLASS: Tag = Tag(0x0008, 0x1150);
        const INSTANCE: Tag = Tag(0x0008, 0x1155);
        let mut found: Vec<(String, String)> = Vec::new();
        for (within, item, tag, value) in &self.nested {
            if *within != sequence {
                continue;
            }
            if found.len() <= *item {
                found.resize(item + 1, Default::default());
            }
            match *tag {
                CLASS => found[*item].0.clone_from(value),
                INSTANCE => found[*item].1.clone_from(value),
                _ => (),
            }
        }
        found
    }
}

#[derive(Default)]
struct Reader {
    found: Identifier,
    sets: CharacterSets,
    depth: usize,
    sequence: Option<Tag>,
    items: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Sequence(tag, vr) => {
                if self.depth == 0 {
                    self.found.keys.push(Key { tag, vr, value: String::new() });
                    self.sequence = Some(tag);
                    self.items = 0;
                }
                self.depth += 1;
            }
            Event::SequenceEnd => self.depth = self.depth.saturating_sub(1),
            Event::Item if self.depth == 1 => self.items += 1,
            Event::Value { tag, vr, bytes } => {
                if tag == Tag::CHARACTER_SET && self.depth == 0 {
                    self.sets = CharacterSets::parse(bytes);
                }
                let delimiters: &[u8] = if vr == Vr(*b"PN") { b"\\^=" } else { b"\\" };
                let value = self.sets.read(bytes, delimiters).trim_matches([' ', '\0']).to_owned();
                match (self.depth, self.sequence) {
                    (0, _) => self.found.keys.push(Key { tag, vr, value }),
                    (1, Some(sequence)) => {
                        self.found.nested.push((sequence, self.items.saturating_sub(1), tag, value));
                    }
                    _ => (),
                }
            }
            _ => (),
        }
    }
}

/// Writes an attribute of an answer.
fn write(writer: &mut Writer, it: &Attribute) {
    match &it.shown {
        Shown::Texts(texts) => writer.text(it.tag, it.vr, &texts.join("\\")),
        Shown::Name(name) => writer.text(it.tag, it.vr, &name.to_string()),
        Shown::Number(number) if it.vr == Vr(*b"US") => {
            writer.number(it.tag, u16::try_from(*number).unwrap_or(u16::MAX))
        }
        Shown::Number(number) => writer.text(it.tag, it.vr, &number.to_string()),
    };
}

/// The answer to `keys` out of what is known, in the order of tags: what was asked for and is not known comes back empty.
#[must_use]
pub fn answer(explicit: bool, keys: &[Key], known: &[Attribute], level: &str, title: &str) -> Vec<u8> {
    let mut all = asked_for(keys, known);
    all.push(text(LEVEL, b"CS", level));
    all.retain(|it| it.tag != Tag(0x0008, 0x0054));
    all.push(text(Tag(0x0008, 0x0054), b"AE", title));
    all.sort_by_key(|it| it.tag);
    all.dedup_by_key(|it| it.tag);
    let mut writer = Writer::new(explicit);
    all.iter().for_each(|it| write(&mut writer, it));
    writer.take()
}

/// An answer of the worklist: what was asked for at the top, and `step` as the one item of `sequence`, or what of it was
/// asked for.
#[must_use]
pub fn scheduled(
    explicit: bool,
    asked: &Identifier,
    sequence: Tag,
    known: &[Attribute],
    step: &[Attribute],
) -> Vec<u8> {
    let mut all = asked_for(&asked.keys, known);
    all.sort_by_key(|it| it.tag);
    all.dedup_by_key(|it| it.tag);
    let wanted: Vec<Tag> = asked.nested.iter().filter(|it| it.0 == sequence).map(|it| it.2).collect();
    let mut item = Writer::new(explicit);
    step.iter().filter(|it| wanted.is_empty() || wanted.contains(&it.tag)).for_each(|it| write(&mut item, it));
    let item = item.take();
    let mut writer = Writer::new(explicit);
    for it in &all {
        if it.tag == sequence {
            writer.items(sequence, &[&item]);
        } else {
            write(&mut writer, it);
        }
    }
    writer.take()
}

fn text(tag: Tag, vr: &[u8; 2], text: &str) -> Attribute {
    Attribute { tag, vr: Vr(*vr), shown: Shown::Texts(vec![text.into()]) }
}

/// What is known of what was asked for, the rest empty, and the character set.
fn asked_for(keys: &[Key], known: &[Attribute]) -> Vec<Attribute> {
    let mut all: Vec<Attribute> = keys
        .iter()
        .filter(|it| it.tag != Tag::CHARACTER_SET && it.tag != LEVEL && it.tag.1 != 0)
        .map(|key| {
            let found = known.iter().find(|it| it.tag == key.tag).cloned();
            found.unwrap_or(Attribute { tag: key.tag, vr: key.vr, shown: Shown::Texts(vec![]) })
        })
        .collect();
    all.push(text(Tag::CHARACTER_SET, b"CS", "ISO_IR 192"));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{EXPLICIT, IMPLICIT};

    #[test]
    fn a_question_reads_back_in_both_writings() {
        for (explicit, syntax) in [(true, EXPLICIT), (false, IMPLICIT)] {
            let bytes = Writer::new(explicit)
                .text(Tag::CHARACTER_SET, Vr(*b"CS"), "ISO_IR 192")
                .text(LEVEL, Vr(*b"CS"), "STUDY")
                .text(Tag(0x0010, 0x0010), Vr(*b"PN"), "=山田*")
                .text(Tag(0x0020, 0x000D), Vr(*b"UI"), "")
                .take();
            let read = Identifier::parse(&bytes, syntax).expect("an identifier");
            assert_eq!((read.value(LEVEL), read.value(Tag(0x0010, 0x0010))), ("STUDY", "=山田*"));
            assert_eq!(read.keys.len(), 4);
        }
    }

    #[test]
    fn references_are_paired_item_by_item() {
        let uid = Vr(*b"UI");
        let item = |class: &str, instance: &str| {
            Writer::explicit().text(Tag(0x0008, 0x1150), uid, class).text(Tag(0x0008, 0x1155), uid, instance).take()
        };
        let sequence = Tag(0x0008, 0x1199);
        let bytes = Writer::explicit().items(sequence, &[item("1.2", "1.3"), item("1.4", "1.5")]).take();
        let read = Identifier::parse(&bytes, EXPLICIT).expect("an identifier");
        let pair = |class: &str, instance: &str| (class.to_owned(), instance.to_owned());
        assert_eq!(read.references(sequence), [pair("1.2", "1.3"), pair("1.4", "1.5")]);
    }

    #[test]
    fn an_answer_holds_what_was_asked_in_order_and_no_more() {
        let key = |tag, vr: &[u8; 2]| Key { tag, vr: Vr(*vr), value: String::new() };
        let known = [
            Attribute { tag: Tag(0x0020, 0x000D), vr: Vr(*b"UI"), shown: Shown::Texts(vec!["1.2.3".into()]) },
            Attribute { tag: Tag(0x0010, 0x0020), vr: Vr(*b"LO"), shown: Shown::Texts(vec!["007".into()]) },
        ];
        let keys = [key(Tag(0x0020, 0x000D), b"UI"), key(Tag(0x0008, 0x1032), b"SQ"), key(LEVEL, b"CS")];
        let read = Identifier::parse(&answer(true, &keys, &known, "STUDY", "HARUKA"), EXPLICIT).expect("an answer");
        let tags: Vec<_> = read.keys.iter().map(|it| (it.tag.0, it.tag.1)).collect();
        assert_eq!(tags, [(0x8, 0x5), (0x8, 0x52), (0x8, 0x54), (0x8, 0x1032), (0x20, 0xD)]);
        assert_eq!(read.value(Tag(0x0020, 0x000D)), "1.2.3");
    }
}
