//! Who is in the picture: documents that prove it, methods that suffice, both ways. Kinds are kept, numbers never.

use kernel::{Date, Words, clause};
use std::sync::LazyLock;

use crate::mend::Mend;
use crate::verdict::{Findings, NotMet, OpenTask};

/// A kind of identity document, from `data/identity-documents-2026.json`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct DocumentKind {
    /// How it is stored.
    pub key: &'static str,
    /// How it is called.
    pub words: Words,
    /// It carries a photo of the holder.
    pub photo: bool,
    /// First day on which it is not taken any more.
    #[serde(default, deserialize_with = "crate::dated::maybe_day")]
    pub ended_on: Option<Date>,
}

/// The kinds that can be chosen on `day`.
pub fn documents(day: Date) -> impl Iterator<Item = &'static DocumentKind> {
    DOCUMENTS.iter().filter(move |it| it.ended_on.is_none_or(|end| day < end))
}

/// The kind `key`; also one that is not taken any more, since old records name it.
#[must_use]
pub fn document(key: &str) -> Option<&'static DocumentKind> {
    DOCUMENTS.iter().find(|it| it.key == key)
}

#[allow(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
static DOCUMENTS: LazyLock<Vec<DocumentKind>> = LazyLock::new(|| {
    // The texts borrow from the compiled-in file.
    #[derive(serde::Deserialize)]
    #[serde(bound(deserialize = "'de: 'static"))]
    struct File {
        documents: Vec<DocumentKind>,
    }
    let file: File = serde_json::from_str(include_str!("../data/identity-documents-2026.json")).expect("documents");
    file.documents
});

/// How the patient's identity was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// One document with a photo.
    PhotoDocument(&'static DocumentKind),
    /// Two documents of different kinds.
    TwoDocuments(&'static DocumentKind, &'static DocumentKind),
    /// One document, inspected closely, with fitting questions or a look at the whole person.
    OneDocumentInspected {
        /// The document.
        document: &'static DocumentKind,
        /// Thickness and other marks were looked at.
        inspected: bool,
        /// Questions were asked, or the whole person was looked at.
        asked_or_observed: bool,
    },
    /// The doctor knows this patient without doubt, from in-person care.
    EvidentlyKnown,
    /// An emergency without documents; the reason is on record.
    Emergency {
        /// Why no document could be shown.
        reason: String,
    },
}

impl Method {
    /// Its name in rows.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::PhotoDocument(_) => "photo_document",
            Self::TwoDocuments(..) => "two_documents",
            Self::OneDocumentInspected { .. } => "one_document_inspected",
            Self::EvidentlyKnown => "evidently_known",
            Self::Emergency { .. } => "emergency",
        }
    }

    /// How it is called on the form, by [`Self::key`].
    #[must_use]
    pub fn words(key: &str) -> Option<Words> {
        Self::CHOICES.iter().find(|it| it.0 == key).map(|it| it.1.clone())
    }

    /// The methods in the order of the form, with their names.
    pub const CHOICES: [(&'static str, Words); 5] = [
        ("photo_document", Words::new("顔写真付きの書類1点", "One document with a photo")),
        ("two_documents", Words::new("書類2点", "Two documents")),
        (
            "one_document_inspected",
            Words::new("書類1点＋入念な確認と質問", "One document, close inspection and questions"),
        ),
        ("evidently_known", Words::new("対面でよく知っている患者さん", "Evidently known from in-person care")),
        ("emergency", Words::new("緊急のため書類なし", "Emergency, no document")),
    ];
}

/// How the doctor's identity was made known to the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoctorShown {
    /// The verified identity card of the system was shown, with name and photo.
    IdentityCard,
    /// A photo document was held into the camera (numbers covered).
    PhotoDocument,
    /// The patient knows the doctor without doubt, from in-person care.
    EvidentlyKnown,
}

/// Identity in one call.
#[derive(Debug, Clone)]
pub struct TreatFacts {
    /// A first visit in the sense of the guideline.
    pub first_visit: bool,
    /// It is held by the family doctor, who knows the patient from in-person care.
    pub family_doctor: bool,
    /// How the patient was confirmed in this call; `None` when nobody has yet.
    pub patient: Option<Method>,
    /// How the doctor was made known; `None` when not yet.
    pub doctor: Option<DoctorShown>,
}

/// Whether the doctor may treat whom the picture shows; the open tasks of a yes.
///
/// # Errors
/// Each clause not met; never empty.
pub fn may_treat(facts: &TreatFacts) -> Result<Vec<OpenTask>, Vec<NotMet>> {
    clause!("OV-140", "OV-141");
    let mut found = Findings::default();
    found.need(
        facts.doctor.is_some(),
        NotMet::new(
            "OV-140",
            Words::new(
                "担当医が誰であるかを患者さんにまだ示していません。",
                "The patient has not been shown who the doctor is.",
            ),
            Mend::ShowIdentity,
        ),
    );
    match &facts.patient {
        None => found.need(
            false,
            NotMet::new(
                "OV-140",
                Words::new("患者さんの本人確認がまだです。", "The patient's identity is not confirmed yet."),
                Mend::ConfirmIdentity,
            ),
        ),
        Some(method) => patient(method, facts, &mut found),
    }
    found.verdict()
}

fn patient(method: &Method, facts: &TreatFacts, found: &mut Findings) {
    let not_met = |clause, words| NotMet::new(clause, words, Mend::ConfirmIdentity);
    match method {
        Method::PhotoDocument(document) => found.need(
            document.photo,
            not_met(
                "OV-141",
                Words::new(
                    "この書類には顔写真がありません。もう1点の書類か、入念な確認が必要です。",
                    "This document has no photo. A second document or a close inspection is needed.",
                ),
            ),
        ),
        Method::TwoDocuments(one, two) => found.need(
            one.key != two.key,
            not_met(
                "OV-141",
                Words::new("種類の違う書類が2点必要です。", "Two documents of different kinds are needed."),
            ),
        ),
        Method::OneDocumentInspected { inspected, asked_or_observed, .. } => found.need(
            *inspected && *asked_or_observed,
            not_met(
                "OV-141",
                Words::new(
                    "書類1点のときは、厚みなどの特徴の確認と、質問や全身の観察の両方が必要です。",
                    "With one document, both a close look at it and questions or a look at the person are needed.",
                ),
            ),
        ),
        // A patient nobody here has met cannot be evidently known; the family doctor's patient can.
        Method::EvidentlyKnown => found.need(
            !facts.first_visit || facts.family_doctor,
            not_met(
                "OV-141",
                Words::new(
                    "初診では、書類による本人確認が必要です。",
                    "A first visit needs a confirmation by documents.",
                ),
            ),
        ),
        Method::Emergency { reason } if reason.trim().is_empty() => found.need(
            false,
            not_met(
                "OV-140",
                Words::new("緊急で確認できない理由を書いてください。", "Write why no document could be shown."),
            ),
        ),
        Method::Emergency { .. } => found.wish(
            false,
            OpenTask::new(
                "OV-140",
                Words::new(
                    "緊急のため省いた本人確認を、できるようになり次第行ってください。",
                    "Confirm the identity that was skipped in the emergency as soon as it is possible.",
                ),
                Mend::ConfirmIdentity,
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(key: &str) -> &'static DocumentKind {
        document(key).expect("a kind of the data file")
    }

    #[test]
    fn which_confirmation_suffices() {
        let photo = || Method::PhotoDocument(kind("mynumber_card"));
        let paper = || Method::PhotoDocument(kind("eligibility_certificate"));
        let two = |one, two| Method::TwoDocuments(kind(one), kind(two));
        let one = |inspected, asked_or_observed| Method::OneDocumentInspected {
            document: kind("eligibility_certificate"),
            inspected,
            asked_or_observed,
        };
        let emergency = |reason: &str| Method::Emergency { reason: reason.into() };
        // (method, clauses at a first visit, clauses at a follow-up)
        let cases: [(Option<Method>, &[&str], &[&str]); 11] = [
            (None, &["OV-140"], &["OV-140"]),
            (Some(photo()), &[], &[]),
            (Some(paper()), &["OV-141"], &["OV-141"]),
            (Some(two("eligibility_certificate", "pension_book")), &[], &[]),
            (Some(two("pension_book", "pension_book")), &["OV-141"], &["OV-141"]),
            (Some(one(true, true)), &[], &[]),
            (Some(one(true, false)), &["OV-141"], &["OV-141"]),
            (Some(one(false, true)), &["OV-141"], &["OV-141"]),
            (Some(Method::EvidentlyKnown), &["OV-141"], &[]),
            (Some(emergency("意識が遠のき書類を出せない")), &[], &[]),
            (Some(emergency("  ")), &["OV-140"], &["OV-140"]),
        ];
        for (method, first, follow_up) in cases {
            for (first_visit, expected) in [(true, first), (false, follow_up)] {
                let doctor = Some(DoctorShown::IdentityCard);
                let facts = TreatFacts { first_visit, family_doctor: false, patient: method.clone(), doctor };
                let found = may_treat(&facts).err().unwrap_or_default();
                let clauses: Vec<&str> = found.iter().map(|it| it.clause.as_str()).collect();
                assert_eq!(clauses, expected, "{facts:?}");
            }
        }
    }

    #[test]
    fn the_family_doctor_knows_the_patient_even_at_a_first_visit() {
        // OV-140: evidently known, recorded as such.
        let patient = Some(Method::EvidentlyKnown);
        let facts =
            TreatFacts { first_visit: true, family_doctor: true, patient, doctor: Some(DoctorShown::EvidentlyKnown) };
        assert_eq!(may_treat(&facts), Ok(vec![]));
    }

    #[test]
    fn identity_goes_both_ways() {
        // OV-140: the doctor too.
        let patient = Some(Method::PhotoDocument(kind("driving_licence")));
        let facts = TreatFacts { first_visit: true, family_doctor: false, patient, doctor: None };
        let found = may_treat(&facts).expect_err("the doctor is unknown");
        assert_eq!((found[0].clause.as_str(), found[0].mend), ("OV-140", Mend::ShowIdentity));
    }

    #[test]
    fn an_emergency_leaves_a_task() {
        let patient = Some(Method::Emergency { reason: "出血が続いている".into() });
        let facts =
            TreatFacts { first_visit: true, family_doctor: false, patient, doctor: Some(DoctorShown::IdentityCard) };
        assert_eq!(may_treat(&facts).expect("may treat").len(), 1);
    }

    #[test]
    fn an_ended_kind_is_not_offered_but_still_readable() {
        // CS-142: records made under an old edition stay readable.
        let day = Date::constant(2026, 11, 21);
        assert!(documents(day).all(|it| it.key != "insurance_card"));
        assert!(documents(Date::constant(2025, 6, 1)).any(|it| it.key == "insurance_card"));
        assert!(document("insurance_card").is_some());
        assert_eq!(Method::words("emergency").map(|it| it.en.into_owned()), Some("Emergency, no document".into()));
    }
}
