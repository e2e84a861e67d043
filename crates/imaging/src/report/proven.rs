//! A signed report with all its versions in one file that a stranger can verify: the texts word for word, the readers' signatures,
//! and for each the entry of the log that says who signed it when and with which key, proven to be in the signed log (TR-03). No
//! database, no secret key, no network. That no later version exists is known up to the log's checkpoint only.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kernel::{Lang, Words, clause};
use people::signing::Signature;
use serde::{Deserialize, Serialize};

use super::{FORMAT as TEXT_FORMAT, Signed, Version};

/// First field of every file.
pub const FORMAT: &str = "haruka-report-proof/1";
/// The act of signing in the log.
pub const ACT: &str = "report.sign";
/// Largest file: a hundred versions of the longest texts, with room for their proofs.
pub const BYTES_MAX: u64 = 32 * 1024 * 1024;

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// [`FORMAT`].
    pub format: String,
    /// The public key of the log. Compare it with the one that you know from elsewhere.
    pub vkey: String,
    /// The versions, the oldest first.
    pub versions: Vec<Proof>,
}

/// One version in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// What was signed, byte for byte.
    pub text: String,
    /// The reader's public key (Ed25519), in base64.
    pub public_key: String,
    /// The signature, in base64.
    pub signature: String,
    /// The entry of the log about the signing.
    pub entry: audit::Opened,
}

impl Proof {
    /// Of a version with its entry.
    #[must_use]
    pub fn of(version: &Version, entry: audit::Opened) -> Self {
        Self {
            text: version.text.clone(),
            public_key: BASE64_STANDARD.encode(&version.signature.public_key),
            signature: BASE64_STANDARD.encode(&version.signature.bytes),
            entry,
        }
    }
}

/// What is proven.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// Name of the log.
    pub log: String,
    /// Entries of the log under its checkpoint.
    pub size: u64,
    /// The versions, the oldest first, each with the place of its entry.
    pub versions: Vec<(Signed, u64)>,
}

/// What is wrong with a file; with the version, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It is no such file.
    File,
    /// The log's key is not the one that was expected.
    Key,
    /// The text is none that this program signs.
    Text(usize),
    /// The signature is not that of the text.
    Signature(usize),
    /// The entry is not in the signed log, or was changed.
    Log(usize),
    /// The entry speaks of another text, key, person or moment.
    Entry(usize),
    /// A version is missing, out of order, or of another request.
    History(usize),
}

impl Flaw {
    /// In a sentence.
    #[must_use]
    pub fn words(self, lang: Lang) -> String {
        let (number, words) = match self {
            Self::File => (0, Words::new("報告書の証明ファイルではありません。", "It is no proof of a report.")),
            Self::Key => {
                (0, Words::new("ログの鍵が、知っている鍵と違います。", "The log's key is not the one you know."))
            }
            Self::Text(it) => {
                (it, Words::new("署名の対象になる本文ではありません。", "The text is none that is signed."))
            }
            Self::Signature(it) => {
                (it, Words::new("署名が本文と合いません。", "The signature is not that of the text."))
            }
            Self::Log(it) => (
                it,
                Words::new("署名の記録がログにあると確かめられません。", "The entry is not proven to be in the log."),
            ),
            Self::Entry(it) => (
                it,
                Words::new(
                    "ログの記録が、この本文・鍵・人・日時と合いません。",
                    "The entry tells of another text, key, person or moment.",
                ),
            ),
            Self::History(it) => {
                (it, Words::new("版が抜けているか、順序が違います。", "A version is missing or out of order."))
            }
        };
        if number == 0 {
            return words.in_lang(lang).to_owned();
        }
        lang.t(format!("第{number}版：{}", words.ja), format!("version {number}: {}", words.en))
    }
}

/// Verifies a file with nothing but itself, and the log's key where it is known from elsewhere; without it the file's own is
/// taken, which proves only that the file is in itself whole.
///
/// # Errors
/// The first flaw.
pub fn verify(bytes: &[u8], known: Option<&str>) -> Result<Proven, Flaw> {
    clause!("TR-03", "CS-122");
    let file: File = serde_json::from_slice(bytes).map_err(|_| Flaw::File)?;
    if file.format != FORMAT || file.versions.is_empty() {
        return Err(Flaw::File);
    }
    if known.is_some_and(|it| it.trim() != file.vkey) {
        return Err(Flaw::Key);
    }
    let mut proven = Proven { log: audit::origin(&file.vkey).to_owned(), size: u64::MAX, versions: Vec::new() };
    for (place, it) in file.versions.iter().enumerate() {
        let number = place + 1;
        let (signed, told) = one(it, &file.vkey, number)?;
        let follows = match proven.versions.last() {
            Some((before, index)) => before.request == signed.request && *index < told.header.index,
            None => true,
        };
        if !follows || usize::try_from(signed.number) != Ok(number) {
            return Err(Flaw::History(number));
        }
        proven.size = proven.size.min(told.size);
        proven.versions.push((signed, told.header.index));
    }
    Ok(proven)
}

fn one(it: &Proof, vkey: &str, number: usize) -> Result<(Signed, audit::Told), Flaw> {
    let signed: Signed = serde_json::from_str(&it.text).map_err(|_| Flaw::Text(number))?;
    if signed.format != TEXT_FORMAT {
        return Err(Flaw::Text(number));
    }
    let bytes = |text: &str| BASE64_STANDARD.decode(text).map_err(|_| Flaw::Signature(number));
    let signature = Signature { public_key: bytes(&it.public_key)?, bytes: bytes(&it.signature)? };
    if !signature.is_of(it.text.as_bytes()) {
        return Err(Flaw::Signature(number));
    }
    let told = audit::check_opened(&it.entry, vkey).ok_or(Flaw::Log(number))?;
    // The log of either facility wraps what was said of the act in who allowed it.
    let said = &told.detail["detail"];
    let hex = crypto::digest::hex;
    let fits = told.header.act == ACT
        && told.header.outcome == audit::Outcome::Done.label()
        && told.header.at_us == signed.signed_at.as_microsecond()
        && (told.who.as_str(), told.thing.as_str()) == (signed.signed_by.as_str(), "reading_report")
        && told.id == signed.id.to_string()
        && said["sha256"] == hex(&crypto::digest::sha256(it.text.as_bytes()))
        && said["public_key"] == hex(&signature.public_key);
    if fits { Ok((signed, told)) } else { Err(Flaw::Entry(number)) }
}
