//! A facility: a clinic, hospital, laboratory, pharmacy or visiting-nurse station, medical or dental.
//!
//! What the law wants on file for online care stands here as dated rows: the safety officer, the notification, the operator's explanation.

pub mod pages;
pub mod store;

/// Medical or dental: which guideline, words and catalogue count.
pub use guidelines::FacilityField as Field;
use kernel::{Date, FacilityId, PersonId, Timestamp};

/// Version of the operator's explanation that facilities acknowledge (OV-241); a new text is a new version.
pub const OPERATOR_EXPLANATION: &str = "2026-11";

kernel::keyed! {
    /// The kinds.
    pub enum FacilityKind {
        /// 診療所
        Clinic => "clinic", "診療所", "Clinic";
        /// 病院
        Hospital => "hospital", "病院", "Hospital";
        /// 歯科技工所
        Laboratory => "laboratory", "歯科技工所", "Dental laboratory";
        /// 薬局
        Pharmacy => "pharmacy", "薬局", "Pharmacy";
        /// 訪問看護ステーション
        Nursing => "nursing", "訪問看護ステーション", "Visiting-nurse station";
    }
}

/// A facility as everybody may see it.
#[derive(Debug, Clone)]
pub struct Facility {
    /// Its id.
    pub id: FacilityId,
    /// Its kind.
    pub kind: FacilityKind,
    /// Its field.
    pub field: Field,
    /// Its name.
    pub name: String,
    /// The part of its public address (`/f/{slug}`).
    pub slug: String,
    /// Postal address.
    pub address: String,
    /// Telephone.
    pub phone: String,
    /// Mail.
    pub mail: String,
}

/// What the public page says (OV-115, 206).
#[derive(Debug, Clone)]
pub struct PublicText {
    /// What online visits here are for.
    pub intro: String,
    /// What online cannot do.
    pub cannot_online: String,
    /// What the pre-visit consultation costs; `None`: not offered.
    pub consultation_fee_yen: Option<i64>,
    /// Where to go in an emergency.
    pub emergency: String,
    /// When it was written.
    pub made_at: Timestamp,
}

/// The notification of online care to the prefecture (OV-260).
#[derive(Debug, Clone)]
pub struct Notification {
    /// The authority.
    pub authority: String,
    /// The day it was notified, if it was.
    pub notified_on: Option<Date>,
    /// Online care was already done on 2026-04-01 (transition until 2027-03-31).
    pub active_on_20260401: bool,
}

/// What the law wants on file before the first online visit.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The person responsible for the safety of information (CS-101).
    pub safety_officer: Option<PersonId>,
    /// The notification (OV-260).
    pub notification: Option<Notification>,
    /// Who acknowledged the current operator's explanation, and when (OV-241).
    pub operator_acknowledged: Option<(PersonId, Timestamp)>,
}
