//! Files of a case outside the system (持ち出し): where they may be kept, who has taken what to which place, and what became of it.

pub mod pages;
pub mod store;

use kernel::{PersonId, RowId, Timestamp, Words, clause, time};

use crate::case::CaseId;
use crate::file::BundleId;
use crate::remote::Refusal;

/// The id of an export.
pub type ExportId = RowId;

/// Days for which an approval can be used: whoever needs it needs it now.
pub const APPROVED_DAYS: i64 = 7;
/// Days after which what lies outside is to be looked at: a case with its remake is over by then.
pub const OUTSIDE_DAYS: i64 = 90;

kernel::keyed! {
    /// Where a file goes.
    pub enum Place {
        /// 端末の作業用フォルダー
        Folder => "folder", "この端末の作業用フォルダー", "The working folder of this device";
        /// 可搬媒体
        Medium => "medium", "可搬媒体（USBメモリーなど）", "A removable medium";
    }
}

kernel::keyed! {
    /// What became of what was outside.
    pub enum End {
        /// 削除
        Deleted => "deleted", "削除した", "Deleted";
        /// 返却
        Returned => "returned", "媒体が戻り、中身を消した", "The medium came back and was wiped";
    }
}

/// What the manager has decided about places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The working folder of devices: where it is, how it is encrypted.
    pub folder: String,
    /// Whether removable media may be used, each time with an approval.
    pub media: bool,
    /// By whom.
    pub set_by: PersonId,
    /// When.
    pub set_at: Timestamp,
}

/// What somebody says who takes a file out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Where it goes.
    pub place: Place,
    /// What it is needed for.
    pub why: String,
    /// The person states that the place is encrypted.
    pub encrypted: bool,
}

/// One bundle in one person's hands at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its id.
    pub id: ExportId,
    /// The case.
    pub case: CaseId,
    /// The bundle.
    pub bundle: BundleId,
    /// Who.
    pub person: PersonId,
    /// Where.
    pub place: Place,
    /// What stands on the medium.
    pub medium: String,
    /// What it is needed for.
    pub why: String,
    /// When it was asked for, or taken to a folder.
    pub asked_at: Timestamp,
    /// Who has decided about a medium, when, and whether it was approved.
    pub decided: Option<(PersonId, Timestamp, bool)>,
    /// When the first file was taken out.
    pub taken_at: Option<Timestamp>,
    /// What became of it, by whose word and when.
    pub ended: Option<(End, PersonId, Timestamp)>,
}

/// How an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The manager is asked.
    Asked,
    /// The manager has said no.
    Declined,
    /// It may be taken to its medium until this moment.
    Approved(Timestamp),
    /// Nobody has used the approval.
    Lapsed,
    /// It lies outside.
    Outside,
    /// It was deleted or came back.
    Ended(End),
}

impl Export {
    /// How it stands.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        let until = |at| time::plus_min(at, APPROVED_DAYS * 24 * 60);
        match (self.ended, self.taken_at, self.decided) {
            (Some((how, ..)), ..) => Standing::Ended(how),
            (None, Some(_), _) => Standing::Outside,
            (None, None, None) => Standing::Asked,
            (None, None, Some((_, _, false))) => Standing::Declined,
            (None, None, Some((_, at, true))) if now < until(at) => Standing::Approved(until(at)),
            (None, None, Some(_)) => Standing::Lapsed,
        }
    }

    /// Whether a file may go to this medium now: an approval that counts, or more of what lies there already.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        let approved = self.decided.filter(|it| it.2).map(|it| time::plus_min(it.1, APPROVED_DAYS * 24 * 60));
        self.place == Place::Medium && self.ended.is_none() && approved.is_some_and(|it| now < it)
    }
}

/// What keeps somebody from asking for a medium, or from taking anything out at all.
#[must_use]
pub fn may_ask(rule: Option<&Rule>, wish: &Wish) -> Vec<Refusal> {
    clause!("DL-24");
    let mut all = Vec::new();
    let mut say = |ja, en| all.push(Refusal::new("DL-24", Words::new(ja, en)));
    match rule {
        None => say(
            "ファイルの保存先が決まっていないため、取り出せません。管理者が「持ち出しの台帳」で決めます。",
            "Nothing can be taken out before the manager has decided where files are kept (ledger of exports).",
        ),
        Some(it) if wish.place == Place::Medium && !it.media => {
            say("この施設では、可搬媒体への持ち出しを認めていません。", "This facility allows no removable media.")
        }
        Some(_) => {}
    }
    if wish.why.trim().is_empty() {
        say("持ち出す理由が要ります。", "It needs a reason.");
    }
    if !wish.encrypted {
        say("暗号化されていない場所には保存できません。", "Nothing is kept where it is not encrypted.");
    }
    all
}

/// What keeps a file from being taken out; `approved` is the person's own approval for this bundle, if there is one.
#[must_use]
pub fn may_take(rule: Option<&Rule>, wish: &Wish, approved: Option<&Export>, now: Timestamp) -> Vec<Refusal> {
    clause!("DL-24");
    let mut all = may_ask(rule, wish);
    if wish.place == Place::Medium && !approved.is_some_and(|it| it.is_open(now)) {
        let words = Words::new(
            "可搬媒体への持ち出しには、管理者の承認が要ります。「可搬媒体への持ち出しを申請する」から申請してください。",
            "A removable medium needs the manager's approval. Please ask for it below.",
        );
        all.push(Refusal::new("DL-24", words));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn person() -> PersonId {
        PersonId::from_bytes([1; 16])
    }

    fn export(words: &str) -> Export {
        let decided = at("2026-11-24T00:00:00Z");
        let has = |it: &str| words.split_whitespace().any(|word| word == it);
        Export {
            id: ExportId::from_bytes([1; 16]),
            case: CaseId::from_bytes([2; 16]),
            bundle: BundleId::from_bytes([3; 16]),
            person: person(),
            place: if has("folder") { Place::Folder } else { Place::Medium },
            medium: "USB-03".into(),
            why: "加工機に渡すため".into(),
            asked_at: at("2026-11-23T00:00:00Z"),
            decided: (has("approved") || has("declined")).then_some((person(), decided, has("approved"))),
            taken_at: has("taken").then_some(decided),
            ended: has("deleted").then_some((End::Deleted, person(), decided)),
        }
    }

    #[test]
    fn an_export_stands_as_its_row_says() {
        let (early, late) = (at("2026-11-30T23:59:00Z"), at("2026-12-01T00:00:00Z"));
        for (words, now, expected, open) in [
            ("", early, Standing::Asked, false),
            ("declined", early, Standing::Declined, false),
            ("approved", early, Standing::Approved(late), true),
            ("approved", late, Standing::Lapsed, false),
            ("approved taken", early, Standing::Outside, true),
            ("approved taken", late, Standing::Outside, false),
            ("approved taken deleted", early, Standing::Ended(End::Deleted), false),
            ("folder taken", early, Standing::Outside, false),
        ] {
            let it = export(words);
            assert_eq!((it.standing(now), it.is_open(now)), (expected, open), "{words} {now}");
        }
    }

    #[test]
    fn what_goes_out_needs_a_rule_a_reason_encryption_and_for_media_an_approval() {
        // DL-24
        let now = at("2026-11-24T01:00:00Z");
        let rule = |media| Rule { folder: "D:\\work".into(), media, set_by: person(), set_at: now };
        let (media, none) = (rule(true), rule(false));
        let approved = export("approved");
        for (rule, place, why, encrypted, approval, expected) in [
            (None, Place::Folder, "模型", true, None, 1),
            (Some(&none), Place::Folder, "模型", true, None, 0),
            (Some(&none), Place::Folder, " ", true, None, 1),
            (Some(&none), Place::Folder, "模型", false, None, 1),
            (Some(&none), Place::Medium, "模型", true, Some(&approved), 1),
            (Some(&media), Place::Medium, "模型", true, None, 1),
            (Some(&media), Place::Medium, "模型", false, Some(&approved), 1),
            (Some(&media), Place::Medium, "模型", true, Some(&approved), 0),
        ] {
            let wish = Wish { place, why: why.into(), encrypted };
            assert_eq!(may_take(rule, &wish, approval, now).len(), expected, "{wish:?}");
        }
    }
}
