//! A request to another facility to read images of a patient: why they were made, what is asked, the patient's consent, how
//! urgent it is, which images. Sent only under an agreement in force (TR-05), and only with images of that patient (TR-27).

pub mod ask_pages;
pub mod handed;
pub mod pages;
pub mod send;
pub mod store;

use guidelines::reading::clock::{Left, left};
use kernel::{Date, FacilityId, JapaneseName, PersonId, RowId, Timestamp, Tooth, Words, clause};
use people::agreement::{AgreementId, Side};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

use crate::report::template;

/// The id of a request: the same at both facilities.
pub type RequestId = RowId;

/// Who agreed to outside reading.
pub static CONSENT_BY: [(&str, Words); 2] =
    [("patient", Words::new("患者さん本人", "The patient")), ("guardian", Words::new("保護者・代理人", "A guardian"))];
/// How it was agreed.
pub static CONSENT_HOW: [(&str, Words); 3] = [
    ("paper", Words::new("同意書に署名", "Signed on paper")),
    ("spoken", Words::new("説明して口頭で", "By word, after explanation")),
    ("screen", Words::new("画面で", "On screen")),
];

/// The patient's consent to outside reading (TR-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// A key of [`CONSENT_BY`].
    pub by: String,
    /// A key of [`CONSENT_HOW`].
    pub how: String,
    /// The day.
    pub on: Date,
}

/// What a reader has to know of the patient, and no more (TR-09).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The name.
    pub name: JapaneseName,
    /// The number at the facility that asks.
    pub number: String,
    /// The birth date.
    pub birth_date: Date,
    /// The sex: a key of `people::patient::Sex`.
    pub sex: String,
}

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The patient.
    pub patient: Shown,
    /// Why the examination was made.
    pub reason: String,
    /// What is to be answered.
    pub question: String,
    /// The teeth it is about, by FDI number.
    pub teeth: Vec<u8>,
    /// Course, earlier findings and reports; may be empty.
    pub history: String,
    /// The consent.
    pub consent: Consent,
}

/// A request as this facility's copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// The other facility.
    pub partner: FacilityId,
    /// The agreement under which it was sent.
    pub agreement: AgreementId,
    /// Whether this facility asks or reads.
    pub side: Side,
    /// The patient's id at the facility that asks.
    pub patient: kernel::PatientId,
    /// A key of the templates.
    pub examination: String,
    /// Whether it is urgent.
    pub urgent: bool,
    /// What it says.
    pub content: Content,
    /// Who answers for it at the facility that asks.
    pub responsible: PersonId,
    /// When it was sent.
    pub asked_at: Timestamp,
    /// When the report is due.
    pub due_at: Timestamp,
    /// Who reads it, newest first.
    pub takings: Vec<Taking>,
    /// How it ended without a report.
    pub stop: Option<Stop>,
    /// When a report on it was signed first.
    pub reported_at: Option<Timestamp>,
}

/// Somebody began to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    /// Who.
    pub person: PersonId,
    /// Why it was taken over; empty for the first.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// How it ended without a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Sent back by those who were asked; otherwise withdrawn by those who asked.
    pub returned: bool,
    /// Why.
    pub reason: String,
    /// By whom, as the log names people.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has taken it.
    Waiting,
    /// Somebody reads it.
    Reading(PersonId),
    /// A report is signed.
    Reported,
    /// It was sent back.
    Returned,
    /// It was withdrawn.
    Withdrawn,
}

impl State {
    /// Its name on the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Waiting => Words::new("読影待ち", "Waiting"),
            Self::Reading(_) => Words::new("読影中", "Being read"),
            Self::Reported => Words::new("報告済み", "Reported"),
            Self::Returned => Words::new("差し戻し", "Sent back"),
            Self::Withdrawn => Words::new("取り下げ", "Withdrawn"),
        }
    }
}

impl Request {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> State {
        match (&self.stop, self.reported_at, self.takings.first()) {
            (_, Some(_), _) => State::Reported,
            (Some(it), None, _) if it.returned => State::Returned,
            (Some(_), None, _) => State::Withdrawn,
            (None, None, Some(it)) => State::Reading(it.person),
            (None, None, None) => State::Waiting,
        }
    }

    /// How much of the agreed time is left, while it runs.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Option<Left> {
        clause!("TR-11");
        matches!(self.state(), State::Waiting | State::Reading(_)).then(|| left(self.asked_at, self.due_at, now))
    }

    /// Whether its images may be looked at by those who were asked: somebody has taken it, and it was not stopped.
    #[must_use]
    pub fn lends_images(&self) -> bool {
        lends(!self.takings.is_empty(), self.stop.is_some(), self.reported_at.is_some())
    }
}

/// Whether a request lends its images: from the moment when somebody has taken it, unless it was stopped without a report.
#[must_use]
pub(crate) const fn lends(is_taken: bool, is_stopped: bool, is_reported: bool) -> bool {
    is_reported || (is_taken && !is_stopped)
}

/// The order of the work list: what runs before what is over, urgent first, then by the hour it is due. Of what is over the
/// newest comes first, urgent or not.
pub fn in_order(requests: &mut [Request]) {
    clause!("TR-11");
    requests.sort_by_key(|it| {
        let over = !matches!(it.state(), State::Waiting | State::Reading(_));
        (over, !over && !it.urgent, if over { -it.due_at.as_microsecond() } else { it.due_at.as_microsecond() }, it.id)
    });
}

/// What the form of a new request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The agreement, and with it the facility.
    pub agreement: AgreementId,
    /// A key of the templates.
    pub examination: String,
    /// Whether it is urgent.
    pub urgent: bool,
    /// Why the examination was made.
    pub reason: String,
    /// What is to be answered.
    pub question: String,
    /// The teeth, by FDI number.
    pub teeth: Vec<u8>,
    /// Course and earlier findings.
    pub history: String,
    /// The consent.
    pub consent: Consent,
    /// The images to be read.
    pub studies: Vec<RowId>,
    /// Earlier images, for comparison.
    pub priors: Vec<RowId>,
    /// Why images that say otherwise are this patient's all the same; empty where all agree.
    pub match_reason: String,
}

/// Studies of one request at most.
pub const STUDIES_MAX: usize = 20;

impl Form {
    /// Reads the form; `today` bounds the day of the consent.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, today: Date) -> Result<Self, Faults> {
        clause!("TR-01");
        let mut faults = Faults::default();
        let agreement = fields.get("agreement").parse().ok();
        if agreement.is_none() {
            faults.add("agreement", Words::new("依頼先を選んでください。", "Please choose whom to ask."));
        }
        let examination = template(fields.get("examination")).map(|it| it.key.clone());
        if examination.is_none() {
            faults.add("examination", Words::new("検査の種類を選んでください。", "Please choose the examination."));
        }
        let urgent = fields.one_of("urgent", &[("no", false), ("yes", true)], &mut faults).unwrap_or_default();
        let reason = fields.text("reason", &mut faults);
        let question = fields.text("question", &mut faults);
        let history = fields.text_if_any("history", &mut faults);
        let by = fields
            .one_of("consent_by", &CONSENT_BY.each_ref().map(|(key, _)| (*key, *key)), &mut faults)
            .unwrap_or_default();
        let how = fields
            .one_of("consent_how", &CONSENT_HOW.each_ref().map(|(key, _)| (*key, *key)), &mut faults)
            .unwrap_or_default();
        let on = fields.date("consent_on", &mut faults);
        if on.is_some_and(|it| it > today) {
            faults.add("consent_on", Words::new("これからの日は書けません。", "This day is yet to come."));
        }
        let teeth = fields.all("teeth").filter_map(Tooth::read).map(Tooth::fdi).collect();
        let ids = |name: &'static str| {
            fields.all(name).filter_map(|it| it.parse().ok()).take(STUDIES_MAX).collect::<Vec<RowId>>()
        };
        let studies = ids("study");
        let mut priors = ids("prior");
        priors.retain(|it| !studies.contains(it));
        if studies.is_empty() {
            let words = Words::new("読影してほしい画像を選んでください。", "Choose the images that are to be read.");
            faults.add("study", words);
        }
        let match_reason = fields.text_if_any("match_reason", &mut faults);
        match (agreement, examination, on) {
            (Some(agreement), Some(examination), Some(on)) => faults.done(|| Self {
                agreement,
                examination,
                urgent,
                reason,
                question,
                teeth,
                history,
                consent: Consent { by: by.into(), how: how.into(), on },
                studies,
                priors,
                match_reason,
            }),
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests;
