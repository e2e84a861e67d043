//! The files of a case: scans, designs and attachments, in bundles of what belongs together (a mesh with its construction files,
//! or the archive of a CAD program), the bytes exactly as they were sent.
//!
//! The bytes of a bundle lie at the facility that has sent it, sealed with that facility's key, and nowhere else. Both
//! facilities have the bundle's row; whoever reads at the other one goes to the holder by leave of the case they share, with an
//! entry in both logs. So no key leaves a facility, and one row deleted is one file gone. A file that was never bundled is its
//! sender's alone: to be bundled, discarded, or deleted by itself after [`WAITING_DAYS`].

pub mod pages;
pub mod store;

use std::collections::BTreeSet;

use crypto::digest::{hex, sha256};
use kernel::{PersonId, RowId, Timestamp, Words};

/// The id of a bundle: the same at both facilities.
pub type BundleId = RowId;

/// Bytes of one file at most: the scan of a whole jaw is 100 MB, a CAD project with its scans a few times that.
pub const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Files of a bundle at most.
pub const FILES_MAX: usize = 40;
/// What uploads of these files are for, as the sender names it (`purpose` of tus).
pub const PURPOSE: &str = "lab";
/// Days for which a file waits to be bundled; then it is deleted. Whoever sends it comes back within the week.
pub const WAITING_DAYS: i64 = 14;
/// Characters of a digest that stand on a page.
const SHORT_CHARS: usize = 12;
/// Days for which somebody may be given other rights at most: somebody looks at it twice a year.
pub const GRANT_DAYS_MAX: i64 = 183;

kernel::keyed! {
    /// What a bundle is.
    pub enum Kind {
        /// 上顎のスキャン
        Upper => "upper", "スキャン（上顎）", "Scan of the upper jaw";
        /// 下顎のスキャン
        Lower => "lower", "スキャン（下顎）", "Scan of the lower jaw";
        /// 咬合のスキャン
        Bite => "bite", "スキャン（咬合）", "Scan of the bite";
        /// 歯肉のスキャン
        Gum => "gum", "スキャン（歯肉）", "Scan of the gums";
        /// その他のスキャン
        Scan => "scan", "スキャン（その他）", "Another scan";
        /// 設計
        Design => "design", "設計データ", "Design";
        /// 添付
        Attachment => "attachment", "添付", "Attachment";
    }
}

kernel::keyed! {
    /// What somebody may do with the files of a case.
    #[derive(PartialOrd, Ord)]
    pub enum Use {
        /// 見る
        View => "view", "見る", "View";
        /// 送る
        Edit => "edit", "送る・まとめる", "Send and bundle";
        /// 取り出す
        Download => "download", "取り出す", "Download";
    }
}

/// What each duty may do with the files of a case, unless the manager has said otherwise for a person.
pub static BY_DUTY: [(&str, &[Use]); 4] = [
    ("dentist", &[Use::View, Use::Edit, Use::Download]),
    ("technician", &[Use::View, Use::Edit, Use::Download]),
    ("hygienist", &[Use::View]),
    ("clerk", &[Use::View]),
];

/// What a manager has said about one person and one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whom.
    pub person: PersonId,
    /// What the person may do; nothing at all when it is empty.
    pub uses: Vec<Use>,
    /// By whom.
    pub given_by: PersonId,
    /// Until when it counts.
    pub ends_at: Timestamp,
}

/// What somebody with these duties may do at `now`: what the newest grant says while it counts, else what the duties give.
#[must_use]
pub fn uses(duties: &[String], grant: Option<&Grant>, now: Timestamp) -> BTreeSet<Use> {
    match grant {
        Some(it) if now < it.ends_at => it.uses.iter().copied().collect(),
        _ => BY_DUTY
            .iter()
            .filter(|it| duties.iter().any(|duty| duty == it.0))
            .flat_map(|it| it.1.iter().copied())
            .collect(),
    }
}

/// A file within a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: RowId,
    /// Its name, one line without folders.
    pub name: String,
    /// Its bytes.
    pub size_bytes: u64,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// Why files do not make a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// None was chosen.
    Empty,
    /// A file has no bytes, or no name.
    Hollow,
    /// More than [`FILES_MAX`].
    TooMany,
    /// Two have the same name: nobody could tell them apart afterwards.
    SameName,
}

impl Refused {
    /// What to do about it.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Empty => Words::new("ファイルを選んでください。", "Please choose files."),
            Self::Hollow => Words::new(
                "ファイルが空か、名前がありません。もう一度選んでください。",
                "A file is empty or has no name. Please choose it again.",
            ),
            Self::TooMany => Words::made(
                format!("一度にまとめられるのは{FILES_MAX}件までです。"),
                format!("At most {FILES_MAX} files make a bundle."),
            ),
            Self::SameName => Words::new(
                "同じ名前のファイルがあります。名前を変えて送り直してください。",
                "Two files have the same name. Please rename one and send it again.",
            ),
        }
    }
}

/// Whether these files make a bundle.
///
/// # Errors
/// [`Refused`].
pub fn fit(members: &[Member]) -> Result<(), Refused> {
    let names: BTreeSet<_> = members.iter().map(|it| it.name.as_str()).collect();
    match members.len() {
        0 => Err(Refused::Empty),
        FILES_MAX.. if members.len() > FILES_MAX => Err(Refused::TooMany),
        count if names.len() < count => Err(Refused::SameName),
        _ => Ok(()),
    }
}

/// The digest of a bundle, in hex: SHA-256 over the line `haruka-bundle/1`, then one line for each file, sorted by the bytes of
/// its name in UTF-8: its SHA-256 in lower-case hex, two spaces, its name. Each line ends with one line feed. But for the
/// first line that is what `sha256sum` prints, so anybody can count it again. The order in which files were sent is no part of it.
#[must_use]
pub fn digest(members: &[Member]) -> String {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    let lines: String = sorted.iter().map(|it| format!("{}  {}\n", it.sha256, it.name)).collect();
    hex(&sha256(format!("haruka-bundle/1\n{lines}").as_bytes()))
}

/// The beginning of a digest, which people compare at a glance.
#[must_use]
pub fn short(digest: &str) -> &str {
    digest.get(..SHORT_CHARS).unwrap_or(digest)
}

/// Files that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Its id.
    pub id: BundleId,
    /// The facility where its bytes lie.
    pub holder: kernel::FacilityId,
    /// What it is.
    pub kind: Kind,
    /// [`digest`] of its files.
    pub digest: String,
    /// Bytes of all files together.
    pub size_bytes: u64,
    /// Whether a scanner has found every file clean.
    pub scanned: bool,
    /// What was said with it; may be empty.
    pub note: String,
    /// By whom it was sent.
    pub made_by: PersonId,
    /// When.
    pub made_at: Timestamp,
    /// Its files, by name.
    pub members: Vec<Member>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, sum: char) -> Member {
        let id = RowId::from_bytes([1; 16]);
        Member { id, name: name.into(), size_bytes: 1, sha256: sum.to_string().repeat(64) }
    }

    #[test]
    fn a_bundle_has_one_digest_whatever_the_order_and_another_for_any_change() {
        let (mesh, info) = (member("46.stl", 'a'), member("46.constructionInfo", 'b'));
        let whole = digest(&[mesh.clone(), info.clone()]);
        // Counted by hand: printf 'haruka-bundle/1\n…' | sha256sum
        let text = format!("haruka-bundle/1\n{}  46.constructionInfo\n{}  46.stl\n", "b".repeat(64), "a".repeat(64));
        assert_eq!(whole, hex(&sha256(text.as_bytes())));
        assert_eq!(whole, digest(&[info.clone(), mesh.clone()]));
        for other in [vec![mesh.clone()], vec![member("46.stl", 'c'), info.clone()], vec![member("47.stl", 'a'), info]]
        {
            assert_ne!(whole, digest(&other));
        }
    }

    #[test]
    fn files_with_one_name_or_without_any_make_no_bundle() {
        let many: Vec<_> = (0..=FILES_MAX).map(|it| member(&it.to_string(), 'a')).collect();
        for (members, expected) in [
            (&many[..0], Err(Refused::Empty)),
            (&many[..1], Ok(())),
            (&many[..FILES_MAX], Ok(())),
            (&many[..], Err(Refused::TooMany)),
            (&[member("a", 'a'), member("a", 'b')][..], Err(Refused::SameName)),
        ] {
            assert_eq!(fit(members), expected);
        }
    }

    #[test]
    fn a_grant_says_more_or_less_than_the_duty_until_it_ends() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let (now, later) = (at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z"));
        let person = PersonId::from_bytes([1; 16]);
        let grant = |uses: &[Use]| Grant { person, uses: uses.to_vec(), given_by: person, ends_at: later };
        let shown = |duty: &str, grant: Option<&Grant>, now| -> String {
            uses(&[duty.to_owned()], grant, now).iter().map(|it| it.key().chars().next().unwrap_or('?')).collect()
        };
        for (duty, given, now, expected) in [
            ("technician", None, now, "ved"),
            ("clerk", None, now, "v"),
            ("manager", None, now, ""),
            ("clerk", Some(grant(&[Use::View, Use::Download])), now, "vd"),
            ("clerk", Some(grant(&[Use::View, Use::Download])), later, "v"),
            ("technician", Some(grant(&[])), now, ""),
            ("technician", Some(grant(&[Use::View])), later, "ved"),
        ] {
            assert_eq!(shown(duty, given.as_ref(), now), expected, "{duty} {given:?}");
        }
    }
}
