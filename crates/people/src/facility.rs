//! A facility: a clinic, hospital, laboratory, pharmacy or visiting-nurse station, medical or dental.
//!
//! What the law wants on file for online care stands here as dated rows: the safety officer, the notification, the operator's explanation.

pub mod pages;
pub mod store;

use kernel::{Date, FacilityId, PersonId, Timestamp, Words};

/// Version of the operator's explanation that facilities acknowledge (OV-241); a new text is a new version.
pub const OPERATOR_EXPLANATION: &str = "2026-11";

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacilityKind {
    /// 診療所
    Clinic,
    /// 病院
    Hospital,
    /// 歯科技工所
    Laboratory,
    /// 薬局
    Pharmacy,
    /// 訪問看護ステーション
    Nursing,
}

impl FacilityKind {
    /// Keys for forms and rows.
    pub const ALL: [(&'static str, Self); 5] = [
        ("clinic", Self::Clinic),
        ("hospital", Self::Hospital),
        ("laboratory", Self::Laboratory),
        ("pharmacy", Self::Pharmacy),
        ("nursing", Self::Nursing),
    ];

    /// Its key.
    #[must_use]
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(key, _)| key)
    }

    /// Its name on the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Clinic => Words::new("診療所", "Clinic"),
            Self::Hospital => Words::new("病院", "Hospital"),
            Self::Laboratory => Words::new("歯科技工所", "Dental laboratory"),
            Self::Pharmacy => Words::new("薬局", "Pharmacy"),
            Self::Nursing => Words::new("訪問看護ステーション", "Visiting-nurse station"),
        }
    }
}

/// Which guideline, words and catalogue count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// 医科
    Medical,
    /// 歯科
    Dental,
}

impl Field {
    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Medical => "medical",
            Self::Dental => "dental",
        }
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
