//! An agreement between two facilities on work for each other (reading images, laboratory work): what is done, how soon,
//! who answers for what, whom to call, and what it costs. Offered by one side's manager, accepted by the other's; without
//! one in force nothing is sent across. What is asked and done under it is not known here.

pub mod pages;
pub mod store;

use kernel::{Date, FacilityId, PersonId, RowId, Timestamp, Words, clause, limits};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields, Filled};

/// The id of an agreement: the same at both facilities.
pub type AgreementId = RowId;

/// What the one does for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reads images (歯科遠隔画像診断).
    Reading,
    /// Makes dental work (歯科技工).
    Lab,
}

impl Purpose {
    /// Keys for forms and rows.
    pub const ALL: [(&'static str, Self); 2] = [("reading", Self::Reading), ("lab", Self::Lab)];

    /// Its key.
    #[must_use]
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(key, _)| key)
    }

    /// Its name on the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Reading => Words::new("遠隔画像診断（読影）", "Reading of images"),
            Self::Lab => Words::new("歯科技工", "Dental laboratory work"),
        }
    }
}

/// Who works for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// This facility asks.
    Asks,
    /// This facility does it.
    Serves,
}

impl Side {
    /// Keys for forms and rows.
    pub const ALL: [(&'static str, Self); 2] = [("asks", Self::Asks), ("serves", Self::Serves)];

    /// Its key.
    #[must_use]
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(key, _)| key)
    }

    /// How the partner sees it.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Asks => Self::Serves,
            Self::Serves => Self::Asks,
        }
    }

    /// Its name on the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Asks => Words::new("こちらが依頼する", "We ask"),
            Self::Serves => Words::new("こちらが引き受ける", "We do the work"),
        }
    }
}

/// The texts of the terms: key, heading, what to write there.
pub static TEXTS: [(&str, Words, Words); 5] = [
    (
        "scope",
        Words::new("引き受ける内容", "What is done"),
        Words::new(
            "例：歯科用コーンビームCT・パノラマの読影。緊急を要する手術前の読影は含まない。",
            "For example: reading of cone-beam CT and panoramic images; not what is needed during surgery.",
        ),
    ),
    (
        "network",
        Words::new("ネットワークの責任分担", "Who answers for the network"),
        Words::new(
            "回線・機器の故障や盗聴・改ざんに、どちらがどこまで責任を持つか。",
            "Who answers for lines and their devices, and for what is overheard or changed on the way.",
        ),
    ),
    (
        "equipment",
        Words::new("機器の責任分担", "Who answers for the equipment"),
        Words::new(
            "撮影装置、読影用モニター、端末、サーバーの管理をどちらが行うか。",
            "Who looks after the modality, the reading monitor, the terminals and the server.",
        ),
    ),
    (
        "usage",
        Words::new("使い方の責任分担", "Who answers for its use"),
        Words::new(
            "撮影の正当化と患者への説明、読影、報告書の確認、事故が起きたときの対応。",
            "Justification and explanation, reading, reading the report, and what is done after an accident.",
        ),
    ),
    (
        "fee",
        Words::new("費用と支払い", "Fee and payment"),
        Words::new("例：1件3,300円（税込）、月末締め翌月末払い。", "For example: 3,300 yen a case, paid by the month."),
    ),
];

/// Longest turnaround in hours: four weeks.
pub const TURNAROUND_H_MAX: i64 = 28 * 24;

/// What is agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The texts, in the order of [`TEXTS`].
    pub texts: [String; 5],
    /// Hours from request to result, usually.
    pub routine_h: i64,
    /// Hours when it is urgent.
    pub urgent_h: i64,
    /// The first day.
    pub valid_from: Date,
    /// The last day; `None`: until somebody ends it.
    pub valid_until: Option<Date>,
}

impl Terms {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("TR-05");
        let mut faults = Faults::default();
        let texts = std::array::from_fn(|at| fields.text(TEXTS[at].0, &mut faults));
        let routine_h = hours(fields, "routine_h", &mut faults);
        let urgent_h = hours(fields, "urgent_h", &mut faults);
        if urgent_h > routine_h && routine_h > 0 {
            let words =
                Words::new("至急は通常より短い時間にしてください。", "Urgent must not take longer than routine.");
            faults.add("urgent_h", words);
        }
        let valid_from = fields.date("valid_from", &mut faults);
        let valid_until = match fields.get("valid_until") {
            "" => None,
            _ => fields.date("valid_until", &mut faults),
        };
        if valid_from.zip(valid_until).is_some_and(|(from, until)| until < from) {
            faults.add("valid_until", Words::new("始まりの日より後にしてください。", "This is before the first day."));
        }
        match valid_from {
            Some(valid_from) => faults.done(|| Self { texts, routine_h, urgent_h, valid_from, valid_until }),
            None => Err(faults),
        }
    }

    /// What a new form begins with.
    #[must_use]
    pub fn first(today: Date) -> Filled {
        Filled::empty().with("routine_h", "72").with("urgent_h", "24").with("valid_from", today.to_string())
    }

    /// Hours for something of this urgency.
    #[must_use]
    pub const fn turnaround_h(&self, urgent: bool) -> i64 {
        if urgent { self.urgent_h } else { self.routine_h }
    }
}

fn hours(fields: &Fields, name: &'static str, faults: &mut Faults) -> i64 {
    let found = fields.get(name).parse().ok().filter(|it| (1..=TURNAROUND_H_MAX).contains(it));
    if found.is_none() {
        let words = Words::made(
            format!("1から{TURNAROUND_H_MAX}までの時間を入力してください。"),
            format!("Hours from 1 to {TURNAROUND_H_MAX}, please."),
        );
        faults.add(name, words);
    }
    found.unwrap_or(0)
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The name.
    pub name: String,
    /// What the person is there for; may be empty.
    pub role: String,
    /// Telephone.
    pub phone: String,
    /// Mail; may be empty.
    pub mail: String,
    /// The person's own sign-in, when there is one.
    pub person: Option<PersonId>,
}

/// Name, role, telephone, mail and person of each line of the form: the order is that of calling.
pub const CONTACT_FIELDS: [[&str; 5]; 4] = [
    ["contact1_name", "contact1_role", "contact1_phone", "contact1_mail", "contact1_person"],
    ["contact2_name", "contact2_role", "contact2_phone", "contact2_mail", "contact2_person"],
    ["contact3_name", "contact3_role", "contact3_phone", "contact3_mail", "contact3_person"],
    ["contact4_name", "contact4_role", "contact4_phone", "contact4_mail", "contact4_person"],
];

/// Reads the list of those to call; lines left empty are skipped.
///
/// # Errors
/// The faults, each with its field: nobody at all, a line without name or telephone, a mail address that is none.
pub fn parse_contacts(fields: &Fields) -> Result<Vec<Contact>, Faults> {
    clause!("TR-05");
    let mut faults = Faults::default();
    let mut found = Vec::new();
    for [name, role, phone, mail, person] in CONTACT_FIELDS {
        if [name, role, phone, mail].iter().all(|it| fields.get(it).is_empty()) {
            continue;
        }
        let contact = Contact {
            name: fields.line(name, &mut faults),
            role: fields.line_if_any(role, &mut faults),
            phone: fields.line(phone, &mut faults),
            mail: fields.line_if_any(mail, &mut faults),
            person: fields.get(person).parse().ok(),
        };
        if !contact.phone.is_empty() && contact.phone.chars().filter(char::is_ascii_digit).count() < 10 {
            faults.add(phone, Words::new("市外局番から入力してください。", "The whole number, please."));
        }
        if !contact.mail.is_empty() && !crate::patient::is_mail(&contact.mail) {
            faults.add(mail, Words::new("メールアドレスの形が正しくありません。", "This is not a mail address."));
        }
        found.push(contact);
    }
    if found.is_empty() && faults.0.is_empty() {
        let words = Words::new(
            "急ぎの連絡を受ける人を、一人は入力してください。",
            "Name at least one person who takes urgent calls.",
        );
        faults.add(CONTACT_FIELDS[0][0], words);
    }
    faults.done(|| found)
}

/// The form filled with a list of those to call.
#[must_use]
pub fn contacts_filled(filled: Filled, contacts: &[Contact]) -> Filled {
    CONTACT_FIELDS.iter().zip(contacts).fold(filled, |filled, ([name, role, phone, mail, person], it)| {
        filled
            .with(name, it.name.clone())
            .with(role, it.role.clone())
            .with(phone, it.phone.clone())
            .with(mail, it.mail.clone())
            .with(person, it.person.map(|id| id.to_string()).unwrap_or_default())
    })
}

/// The other side's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it was accepted.
    pub accepted: bool,
    /// What was said to it; may be empty.
    pub note: String,
    /// By whom, as the log names people.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How it was ended before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The last day on which it holds.
    pub last_day: Date,
    /// Why.
    pub reason: String,
    /// By whom, as the log names people.
    pub by: String,
    /// When it was said.
    pub at: Timestamp,
}

/// An agreement, as this facility's copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// The other facility.
    pub partner: FacilityId,
    /// What it is about.
    pub purpose: Purpose,
    /// Who works for whom.
    pub side: Side,
    /// Whether this facility offered it.
    pub offered_here: bool,
    /// What is agreed.
    pub terms: Terms,
    /// Who offered, as the log names people.
    pub offered_by: String,
    /// When.
    pub offered_at: Timestamp,
    /// The answer of the side that did not offer.
    pub answer: Option<Answer>,
    /// The end before its time.
    pub end: Option<End>,
    /// Whom the partner calls here.
    pub ours: Vec<Contact>,
    /// Whom this facility calls there.
    pub theirs: Vec<Contact>,
}

/// How an agreement stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has answered yet.
    Offered,
    /// The other side said no.
    Declined,
    /// Agreed, but for later.
    NotYet,
    /// It holds.
    InForce,
    /// It held.
    Ended,
}

impl Standing {
    /// Its name on the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Offered => Words::new("返事待ち", "Waiting for an answer"),
            Self::Declined => Words::new("見送り", "Declined"),
            Self::NotYet => Words::new("開始前", "Not begun"),
            Self::InForce => Words::new("有効", "In force"),
            Self::Ended => Words::new("終了", "Ended"),
        }
    }
}

impl Agreement {
    /// How it stands on `day`.
    #[must_use]
    pub fn standing(&self, day: Date) -> Standing {
        clause!("TR-05");
        match &self.answer {
            None => Standing::Offered,
            Some(it) if !it.accepted => Standing::Declined,
            Some(_) if day < self.terms.valid_from => Standing::NotYet,
            Some(_) => {
                let last = [self.terms.valid_until, self.end.as_ref().map(|it| it.last_day)];
                if last.into_iter().flatten().any(|it| it < day) { Standing::Ended } else { Standing::InForce }
            }
        }
    }

    /// Whether this facility is the one to answer.
    #[must_use]
    pub const fn waits_for_us(&self) -> bool {
        self.answer.is_none() && !self.offered_here
    }
}

/// Agreements of one facility at most on one page; more than a hundred partners is a network of its own.
pub const AGREEMENTS_MAX: usize = limits::LIST_ROWS_MAX;

#[cfg(test)]
mod tests;
