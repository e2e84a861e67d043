//! Work outside the laboratory: who may do it and where, the training for it, and the notification of it (届出). What is
//! done at such a place is a `step`.

pub mod pages;
pub mod paper;
pub mod store;

use guidelines::ClauseId;
use kernel::{Date, PersonId, RowId, Timestamp, Words, clause, time};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

/// The id of a place.
pub type PlaceId = RowId;

kernel::keyed! {
    /// What kind of place.
    pub enum PlaceKind {
        /// 自宅
        Home => "home", "自宅", "Home";
        /// 自宅以外
        Other => "other", "自宅以外の場所", "Another place";
    }
}

/// What is on file about a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceContent {
    /// The address, in Japan; may be empty for a home, which the notification does not name.
    pub address: String,
    /// A telephone by which the technician can be reached.
    pub phone: String,
    /// How the manager made sure who it is.
    pub identity_how: String,
}

/// A place outside the laboratory where a technician designs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// Whose.
    pub person: PersonId,
    /// What kind.
    pub kind: PlaceKind,
    /// What is on file.
    pub content: PlaceContent,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it was given up.
    pub ended_at: Option<Timestamp>,
}

/// What the form of a place says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceForm {
    /// Whose.
    pub person: PersonId,
    /// What kind.
    pub kind: PlaceKind,
    /// What is on file.
    pub content: PlaceContent,
}

impl PlaceForm {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("DL-01", "DL-03", "DL-11");
        let mut faults = Faults::default();
        let person = fields.get("person").parse().ok();
        if person.is_none() {
            faults.add("person", Words::new("技工士を選んでください。", "Please choose the technician."));
        }
        let kind = fields.one_of("kind", &PlaceKind::keys(), &mut faults).unwrap_or(PlaceKind::Home);
        let address = match kind {
            PlaceKind::Home => fields.line_if_any("address", &mut faults),
            PlaceKind::Other => fields.line("address", &mut faults),
        };
        let phone = fields.line("phone", &mut faults);
        if !phone.is_empty() && phone.chars().filter(char::is_ascii_digit).count() < 10 {
            faults.add("phone", Words::new("市外局番から入力してください。", "The whole number, please."));
        }
        let identity_how = fields.line("identity_how", &mut faults);
        if !fields.ticked("in_japan") {
            let words = Words::new(
                "リモートワークができるのは、国内にいる技工士だけです。",
                "Only technicians who are in Japan may work remotely.",
            );
            faults.add("in_japan", words);
        }
        match person {
            Some(person) => {
                faults.done(|| Self { person, kind, content: PlaceContent { address, phone, identity_how } })
            }
            None => Err(faults),
        }
    }
}

kernel::keyed! {
    /// What a training is about (DL-40).
    #[derive(PartialOrd, Ord)]
    pub enum Topic {
        /// 業務に従事する者の管理
        Management => "management", "業務に従事する者の管理（管理者）", "Looking after those who work (manager)";
        /// セキュリティ
        Security => "security", "セキュリティ対策", "Security";
        /// 歯科技工録
        Record => "record", "歯科技工録", "The laboratory record";
    }
}

/// A training that somebody attended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    /// Who.
    pub person: PersonId,
    /// What it was about.
    pub topics: Vec<Topic>,
    /// From what material, or by whom.
    pub material: String,
    /// The day.
    pub held_on: Date,
}

/// What these trainings leave out, for a manager or a technician who is to work remotely.
#[must_use]
pub fn untrained(trainings: &[Training], manages: bool) -> Vec<Topic> {
    clause!("DL-40");
    let needed = Topic::ALL.into_iter().filter(|it| manages || *it != Topic::Management);
    needed.filter(|it| !trainings.iter().any(|one| one.topics.contains(it))).collect()
}

/// Something that keeps a person from a piece of work, with the clause that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The clause.
    pub clause: ClauseId,
    /// The sentence for the person.
    pub words: Words,
}

impl Refusal {
    /// `words`, by this clause.
    #[must_use]
    pub const fn new(clause: &'static str, words: Words) -> Self {
        Self { clause: ClauseId::new(clause), words }
    }
}

/// What the laboratory knows of a technician.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Works here as a technician now.
    pub employed: bool,
    /// The manager has seen the licence.
    pub licensed: bool,
    /// Has attended what remote work asks for.
    pub trained: bool,
    /// The manager has, too.
    pub manager_trained: bool,
}

/// What keeps this person from any technical work here.
#[must_use]
pub fn may_work(it: Known) -> Vec<Refusal> {
    clause!("DL-01");
    let mut all = Vec::new();
    if !it.employed {
        let words = Words::new(
            "この技工所で歯科技工士として働いている人ではありません。",
            "This person does not work here as a technician.",
        );
        all.push(Refusal::new("DL-01", words));
    }
    if !it.licensed {
        let words = Words::new(
            "歯科技工士免許を管理者が確認した記録がありません。職員のページで登録してください。",
            "No technician's licence is on file. Please record it on the page of the staff.",
        );
        all.push(Refusal::new("DL-01", words));
    }
    all
}

/// What keeps this person from working outside the laboratory.
#[must_use]
pub fn may_work_remotely(it: Known) -> Vec<Refusal> {
    clause!("DL-01", "DL-40");
    let mut all = may_work(it);
    if !it.trained {
        let words = Words::new(
            "リモートワークの研修（セキュリティ対策・歯科技工録）を受けた記録がありません。",
            "No training for remote work is on file (security, the laboratory record).",
        );
        all.push(Refusal::new("DL-40", words));
    }
    if !it.manager_trained {
        let words = Words::new(
            "管理者がリモートワークの研修（業務に従事する者の管理を含む）を受けた記録がありません。",
            "No training of the manager is on file (looking after those who work, security, the laboratory record).",
        );
        all.push(Refusal::new("DL-40", words));
    }
    all
}

/// A remote worker as the notification names one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The name.
    pub name: String,
    /// A telephone.
    pub phone: String,
    /// Addresses of places that are not the home; a home is not named.
    pub places: Vec<String>,
    /// Whether the home is among the places.
    pub at_home: bool,
}

/// A notification that was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// To whom.
    pub authority: String,
    /// On which day.
    pub filed_on: Date,
    /// What it said.
    pub workers: Vec<Worker>,
    /// When it was put on file here.
    pub recorded_at: Timestamp,
}

/// Days within which a change is to be notified (歯科技工士法21条).
pub const NOTIFY_DAYS: i64 = 10;

/// How the notification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody works remotely, and nobody did.
    Nothing,
    /// What is filed is what is so.
    Filed(Date),
    /// Something has changed; due on this day.
    Due(Date),
    /// The day is over.
    Overdue(Date),
}

/// How the notification stands today: a change of a person or a place opens it again by itself.
///
/// `changes` are the moments at which a place was registered or given up.
#[must_use]
pub fn standing(now_so: &[Worker], last: Option<&Filed>, changes: &[Timestamp], today: Date) -> Standing {
    clause!("DL-03", "DL-06");
    match last {
        None if now_so.is_empty() => return Standing::Nothing,
        Some(it) if it.workers == now_so => return Standing::Filed(it.filed_on),
        _ => {}
    }
    let since = changes.iter().filter(|it| last.is_none_or(|last| **it > last.recorded_at)).min();
    let from = since.map_or(today, |it| time::day(*it));
    let due = time::day(time::plus_min(time::at_tokyo(from, 12, 0).unwrap_or_default(), NOTIFY_DAYS * 24 * 60));
    if due < today { Standing::Overdue(due) } else { Standing::Due(due) }
}

#[cfg(test)]
mod tests;
