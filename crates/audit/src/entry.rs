//! An entry of the log: what is said about an act, and the exact bytes that are hashed. No I/O.
//!
//! What stands in the public header can be read by anyone who is given the log for checking. Ids of people, patients
//! and things are random, but the same id at every act draws a picture of a person's care; they are therefore private,
//! and in the leaf only as part of the salted commitment.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kernel::PatientId;
use serde::Serialize;
use serde_json::Value;
use tlog_tiles::Hash;

pub(crate) mod store;

pub use store::{DETAIL_BYTES_MAX, Found, Query, append, newest_besides, queue, refuse, search, shred};

/// Bytes of a salt: as many as the hash has, so that nothing can be guessed through it.
pub(crate) const SALT_BYTES: usize = 32;
/// Longest id or kind of a thing, in characters. Ids are 26; a file name from outside may be longer and is cut.
const NAME_CHARS_MAX: usize = 200;
/// First line of every leaf, so that a later format can be told apart.
const FORMAT: &str = "haruka-log/1";
/// The act that destroys the private part of other entries. Its own private part stays.
pub(crate) const SHRED: &str = "log.shred";

/// Whether the act took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It did.
    Done,
    /// The person was not allowed to, or a gate was not passed.
    Refused,
}

impl Outcome {
    /// As it is stored and hashed.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// What an act leaves in the log. Who, when and from where come from the `Ctx`.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Noun and verb: `booking.book`, `chart.view`.
    pub act: &'static str,
    /// Class of the information that was touched (`chart`, `identity`), or empty.
    pub class: &'static str,
    /// The noun of the thing, mostly its table.
    pub thing_kind: &'static str,
    /// The thing's id. Never a name: what a person typed belongs to `detail`.
    pub thing_id: String,
    /// Whose data were touched.
    pub patient: Option<PatientId>,
    /// Whether the act took place.
    pub outcome: Outcome,
    /// Anything else worth keeping. Stored sealed, so it may hold personal data.
    pub detail: Value,
}

impl Entry {
    /// An act that took place.
    #[must_use]
    pub fn done(act: &'static str, thing_kind: &'static str, thing_id: impl Display) -> Self {
        let thing_id = thing_id.to_string();
        Self { act, class: "", thing_kind, thing_id, patient: None, outcome: Outcome::Done, detail: Value::Null }
    }

    /// The same, touching data of `patient` (an id, or what may be one).
    #[must_use]
    pub fn patient(mut self, patient: impl Into<Option<PatientId>>) -> Self {
        self.patient = patient.into();
        self
    }

    /// The same, touching information of this class.
    #[must_use]
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// The same, with detail.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// The same act, but refused. To put it on record although the act is taken back, use [`refuse`].
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.outcome = Outcome::Refused;
        self
    }
}

/// An entry as its row holds it, damaged or not; while a log is verified, still where the database keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record<'a> {
    pub(crate) facility: Cow<'a, str>,
    pub(crate) index: u64,
    pub(crate) at_us: i64,
    pub(crate) act: Cow<'a, str>,
    pub(crate) class: Cow<'a, str>,
    pub(crate) outcome: Cow<'a, str>,
    pub(crate) private: Private<'a>,
    pub(crate) commitment: Cow<'a, [u8]>,
    pub(crate) leaf: Cow<'a, [u8]>,
    pub(crate) sealed: Cow<'a, [u8]>,
}

/// The columns that are committed but not public. The field order is that of the hashed text: it never changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Private<'a> {
    pub(crate) who: Cow<'a, str>,
    pub(crate) patient: Option<Cow<'a, str>>,
    pub(crate) thing: Cow<'a, str>,
    pub(crate) id: Cow<'a, str>,
    pub(crate) request: Cow<'a, str>,
    pub(crate) session: Option<Cow<'a, str>>,
    pub(crate) address: Option<Cow<'a, str>>,
    pub(crate) device: Option<Cow<'a, str>>,
}

impl Private<'_> {
    /// The committed text: one JSON object, with `detail` spliced in as it was written, since reading and writing it
    /// again could change its bytes.
    pub(crate) fn text(&self, detail: &str) -> kernel::Result<String> {
        // Room for the ids of all columns: growing would copy the text at every entry that is verified.
        let mut text = Vec::with_capacity(512 + detail.len());
        serde_json::to_writer(&mut text, self).map_err(kernel::Error::internal)?;
        text.pop();
        text.extend_from_slice(b",\"detail\":");
        text.extend_from_slice(detail.as_bytes());
        text.push(b'}');
        String::from_utf8(text).map_err(kernel::Error::internal)
    }
}

/// The commitment to `text`: SHA-256 of the salt and the text.
pub(crate) fn commit(salt: &[u8], text: &str) -> [u8; 32] {
    crypto::digest::sha256(&[salt, text.as_bytes()].concat())
}

impl Record<'_> {
    /// The bytes of the leaf: eight lines, the last one the commitment.
    pub(crate) fn leaf_text(&self) -> String {
        let Self { facility, index, at_us, act, class, outcome, commitment, .. } = self;
        let mut text = String::with_capacity(256);
        // Writing to a string does not fail.
        let _ = write!(text, "{FORMAT}\n{facility}\n{index}\n{at_us}\n{act}\n{class}\n{outcome}\n");
        BASE64_STANDARD.encode_string(commitment, &mut text);
        text.push('\n');
        text
    }

    /// The hash of the leaf by RFC 6962.
    pub(crate) fn leaf_hash(&self) -> Hash {
        crate::tree::leaf_hash(self.leaf_text().as_bytes())
    }

    /// Whether the private part was destroyed.
    pub(crate) fn is_shredded(&self) -> bool {
        self.sealed.is_empty()
    }
}

/// The public header, read from the bytes of a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The facility's id.
    pub facility: String,
    /// Place in the log, from 0.
    pub index: u64,
    /// When, in microseconds since 1970 UTC.
    pub at_us: i64,
    /// Noun and verb.
    pub act: String,
    /// Class of the information, or empty.
    pub class: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// SHA-256 of salt and private part.
    pub commitment: [u8; 32],
}

impl Header {
    /// Reads the bytes of a leaf; nothing for bytes that this log would not have written.
    #[must_use]
    pub fn parse(leaf: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(leaf).ok()?.strip_suffix('\n')?;
        let lines: Vec<&str> = text.split('\n').collect();
        let [FORMAT, facility, index, at_us, act, class, outcome, commitment] = lines.as_slice() else { return None };
        let header = Self {
            facility: (*facility).to_owned(),
            index: index.parse().ok()?,
            at_us: at_us.parse().ok()?,
            act: (*act).to_owned(),
            class: (*class).to_owned(),
            outcome: (*outcome).to_owned(),
            commitment: BASE64_STANDARD.decode(commitment).ok()?.try_into().ok()?,
        };
        (header.index.to_string() == *index && header.at_us.to_string() == *at_us).then_some(header)
    }
}

/// The entries that an act of shredding names: `from-to`, `to` not among them.
pub(crate) fn range(ids: &str) -> Option<std::ops::Range<u64>> {
    let (from, to) = ids.split_once('-')?;
    Some(from.parse().ok()?..to.parse().ok()?)
}

/// A name without control characters (they would end a line of the leaf, and PostgreSQL takes no NUL), cut to a length.
fn clean(name: &str) -> String {
    name.chars().filter(|it| !it.is_control()).take(NAME_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record<'static> {
        Record {
            facility: "0".repeat(26).into(),
            index: 7,
            at_us: 1_795_000_000_000_000,
            act: "chart.view".into(),
            class: "chart".into(),
            outcome: "done".into(),
            private: Private { who: "staff:1".into(), patient: Some("2".into()), ..Private::default() },
            commitment: vec![1; 32].into(),
            leaf: vec![].into(),
            sealed: vec![].into(),
        }
    }

    /// These bytes are what old bundles were made of: a change here needs a new format line.
    #[test]
    fn the_hashed_bytes_are_as_documented() {
        let leaf = "haruka-log/1\n00000000000000000000000000\n7\n1795000000000000\nchart.view\nchart\ndone\n\
                    AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";
        assert_eq!(record().leaf_text(), leaf);
        assert_eq!(
            record().private.text(r#"{"z":1,"a":"遥"}"#).expect("text"),
            r#"{"who":"staff:1","patient":"2","thing":"","id":"","request":"","session":null,"address":null,"device":null,"detail":{"z":1,"a":"遥"}}"#
        );
    }

    #[test]
    fn a_leaf_reads_back_and_others_are_refused() {
        let leaf = record().leaf_text();
        let header = Header::parse(leaf.as_bytes()).expect("a leaf");
        assert_eq!((header.index, header.at_us, header.commitment), (7, 1_795_000_000_000_000, [1; 32]));
        assert_eq!(
            (header.act.as_str(), header.class.as_str(), header.outcome.as_str()),
            ("chart.view", "chart", "done")
        );
        for bad in ["", "\n", leaf.trim_end(), &leaf[1..], &format!("{leaf}\n"), &leaf.replace("\n7\n", "\n07\n")] {
            assert_eq!(Header::parse(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn names_lose_what_could_break_a_line() {
        assert_eq!(clean("a\nb\0c 遥"), "abc 遥");
        assert_eq!(clean(&"x".repeat(500)).len(), NAME_CHARS_MAX);
    }
}
