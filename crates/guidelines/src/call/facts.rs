//! The facts that the start of a call rests on. Every fact comes from a row that somebody made at some time; a
//! missing row is the "no" of its fact.

use kernel::Date;

use crate::first_visit::Path;
use crate::place::Statement;
use crate::plan::Part;

/// The facts of one start, as they stand at this moment.
#[derive(Debug, Clone)]
pub struct StartFacts {
    /// The day of the start in Tokyo.
    pub today: Date,

    /// CS-101: the facility has named a person responsible for information safety.
    pub safety_officer_named: bool,
    /// OV-260: the notification to the prefecture.
    pub notification: Notification,
    /// OV-241: the operator's explanation in force has been confirmed, with date and person.
    pub operator_acknowledged: bool,
    /// OV-206: the public page states that the guideline is followed.
    pub statement_published: bool,
    /// OV-201, OV-243: the facility's name and contact are on file, so that they can be shown.
    pub contact_shown: bool,

    /// OV-143: the doctor's licence.
    pub licence: LicenceState,
    /// OV-142: the identity card has the verified name and a photo.
    pub identity_card_ready: bool,
    /// OV-301: the ministry's training is recorded with certificate and date.
    pub training_recorded: bool,
    /// CS-126, OV-242: the doctor's session was opened with two factors.
    pub two_factors: bool,
    /// OV-205: the doctor confirmed a closed room for this session.
    pub closed_room_confirmed: bool,
    /// OV-203: the doctor confirmed a quiet place with a steady line for this session.
    pub quiet_place_confirmed: bool,
    /// OV-163: the doctor is in another call.
    pub doctor_in_other_call: bool,
    /// OV-163: the patient is in another call.
    pub patient_in_other_call: bool,

    /// OV-104: the explanation, item by item.
    pub explanation: Explanation,
    /// OV-101, OV-102: the consent to online visits.
    pub consent: ConsentState,
    /// OV-240: the security risk was explained, and both agreed.
    pub security_agreed: bool,
    /// OV-250: all duties are ticked.
    pub duties_ticked: bool,
    /// OV-202: where the patient is seen in person when needed is on file.
    pub in_person_facility_known: bool,
    /// OV-111: what the questionnaire says.
    pub symptoms: SymptomState,
    /// OV-210: where the patient is; `None` until arrival.
    pub place: Option<Statement>,
    /// OV-166: a device test is kept with the booking. Recommended only: missing, it becomes an open task.
    pub devices_tested: bool,

    /// OV-112, OV-130: what the visit rests on.
    pub basis: VisitBasis,
}

/// The notification of online care to the prefecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    /// Nothing is on file.
    Missing,
    /// Not yet filed, but the facility held online visits on [`super::LAW_FROM`]: it has until [`super::NOTIFICATION_GRACE_UNTIL`].
    ActiveBeforeLaw,
    /// Filed on that day.
    Filed(Date),
}

/// The doctor's licence as the facility has it on file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceState {
    /// None on file.
    Missing,
    /// On file, but nobody has checked it.
    Unchecked,
    /// Checked, but of another profession than the facility's field needs.
    OtherProfession,
    /// Checked, but without its year of registration, which the patient must be able to see.
    NoYear,
    /// Checked and complete.
    Checked,
}

/// The explanation before the consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explanation {
    /// Not given, or not every item was shown.
    Missing,
    /// Postponed in an emergency, with the reason on record.
    Postponed,
    /// Every item was shown.
    Given,
}

/// The consent to online visits between this patient and this facility.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentState {
    /// None was given.
    Missing,
    /// Given and withdrawn.
    Withdrawn,
    /// Given for a text that is no longer in force.
    Outdated,
    /// Entered by the staff: the patient's own wish is not on record.
    NotOwnHand,
    /// Given by a child alone who may not sign alone (see [`crate::guardian`]).
    NeedsGuardian,
    /// Given by a guardian for a child who has come of age since: the patient's own is needed.
    CameOfAge,
    /// In force.
    InForce,
}

/// What the questionnaire's symptoms mean for this visit (see [`crate::symptoms`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymptomState {
    /// The patient was not asked. Only a first visit needs the questions.
    NotAsked,
    /// No symptom of the list.
    Clear,
    /// A symptom of the list that the doctor has not looked at.
    WaitsForDoctor {
        /// Among them an urgent one.
        urgent: bool,
    },
    /// The doctor has looked and decided that online is possible.
    AllowedByDoctor,
}

/// What a visit rests on: the plan, or a path for a first visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisitBasis {
    /// The doctor has not decided which of the two it is.
    Undecided,
    /// A follow-up under a plan.
    UnderPlan(PlanState),
    /// A first visit in the sense of the guideline (not of the claims), by this path.
    FirstVisit(Option<Path>),
}

/// The plan of a follow-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanState {
    /// There is none in force.
    Missing,
    /// There is one, with parts still empty.
    Incomplete(Vec<Part>),
    /// All nine parts are there.
    InForce(DoctorInPlan),
}

/// Whether the plan names the doctor of this visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoctorInPlan {
    /// Named.
    Named,
    /// Not named; a substitute with the patient's consent and a recorded hand-over.
    Substitute {
        /// The patient agreed to the substitute.
        patient_agreed: bool,
        /// The hand-over is on record.
        handed_over: bool,
    },
    /// Not named, and not entered as a substitute.
    NotNamed,
}
