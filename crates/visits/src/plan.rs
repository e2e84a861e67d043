//! The plan of online care (診療計画): nine parts, made by the doctor after an evaluation in person, kept in versions.
//!
//! A finalised version is never changed; the newest that counts is in force until the doctor completes the online care.
//! Whoever takes over finds the plan as it is: a change by a doctor whom it does not name counts once the patient agrees.

pub mod pages;
mod paper;
pub mod staff_pages;
pub mod store;

use std::collections::BTreeMap;

use guidelines::call::{DoctorInPlan, PlanState};
use guidelines::plan::Retention;
use guidelines::plan::{Part, erasable_from, missing};
use kernel::{Date, JapaneseName, Lang, PersonId, RowId, Timestamp, Words, clause};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields, Filled};

/// What a plan says; drafts may have gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Content {
    /// The nine parts.
    pub parts: BTreeMap<Part, String>,
    /// The doctors it names.
    pub doctors: Vec<PersonId>,
    /// The day of the evaluation in person that it rests on.
    pub evaluated_on: Option<Date>,
    /// Why it was changed; empty in the first version.
    pub reason: String,
}

/// A doctor of the facility, for naming.
pub type Doctor = (PersonId, JapaneseName);

impl Content {
    /// Reads the form as far as it is filled in.
    ///
    /// # Errors
    /// Faults only for texts above the limits.
    pub fn parse(fields: &Fields, doctors: &[Doctor]) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let parts = Part::ALL.into_iter().map(|it| (it, fields.text_if_any(it.key(), &mut faults))).collect();
        let named = |id: &PersonId| fields.all("doctor").any(|it| it == id.to_string());
        let doctors = doctors.iter().map(|(id, _)| *id).filter(named).collect();
        let evaluated_on = fields.get("evaluated_on").parse().ok();
        let reason = fields.text_if_any("reason", &mut faults);
        faults.done(|| Self { parts, doctors, evaluated_on, reason })
    }

    /// One part's text.
    #[must_use]
    pub fn part(&self, part: Part) -> &str {
        self.parts.get(&part).map_or("", String::as_str)
    }

    /// The parts that are still empty.
    #[must_use]
    pub fn missing(&self) -> Vec<Part> {
        missing(|it| Some(self.part(it)))
    }

    /// Whether it may be finalised on `today`, as version after `before`.
    ///
    /// # Errors
    /// Everything that is missing, each with its field.
    pub fn check(&self, doctors: &[Doctor], today: Date, has_before: bool) -> Result<(), Faults> {
        clause!("OV-130", "OV-117");
        let mut faults = Faults::default();
        match self.evaluated_on {
            Some(day) if day <= today => {}
            _ => faults.add(
                "evaluated_on",
                Words::new(
                    "計画のもとになった対面の診察の日（今日まで）を入力してください。",
                    "Enter the day of the visit in person on which the plan rests (today at the latest).",
                ),
            ),
        }
        for part in self.missing() {
            let title = part.title();
            let words =
                Words::made(format!("「{}」を書いてください。", title.ja), format!("Please write \"{}\".", title.en));
            faults.add(part.key(), words);
        }
        if self.doctors.is_empty() {
            faults.add("doctor", Words::new("担当医を選んでください。", "Please choose the doctors."));
        }
        // With several doctors the patient must be able to read who sees them when.
        let text = self.part(Part::Doctors);
        for (_, name) in doctors.iter().filter(|(id, _)| self.doctors.len() > 1 && self.doctors.contains(id)) {
            if !text.is_empty() && !text.contains(&name.family) {
                let words = Words::made(
                    format!("「担当医と分担」に、{}がいつ診るかを書いてください。", name.full()),
                    format!("Under \"{}\", write when {} sees the patient.", Part::Doctors.title().en, name.full()),
                );
                faults.add(Part::Doctors.key(), words);
            }
        }
        if has_before && self.reason.trim().is_empty() {
            faults.add("reason", Words::new("変更の理由を書いてください。", "Please write why it is changed."));
        }
        faults.done(|| ())
    }

    /// The form filled with it.
    #[must_use]
    pub fn filled(&self) -> Filled {
        let mut filled = Filled::empty().with("reason", self.reason.clone());
        for part in Part::ALL {
            filled = filled.with(part.key(), self.part(part));
        }
        for doctor in &self.doctors {
            filled = filled.with("doctor", doctor.to_string());
        }
        filled.with("evaluated_on", self.evaluated_on.map(|it| it.to_string()).unwrap_or_default())
    }
}

/// A finalised version.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its id.
    pub id: RowId,
    /// From 1.
    pub number: i64,
    /// What it says.
    pub content: Content,
    /// It counts only once the patient agrees.
    pub needs_agreement: bool,
    /// When the patient agreed.
    pub agreed_at: Option<Timestamp>,
    /// When the patient first read it.
    pub read_at: Option<Timestamp>,
    /// Who finalised it.
    pub finalised_by: String,
    /// When.
    pub finalised_at: Timestamp,
}

impl Version {
    /// Whether it counts.
    #[must_use]
    pub fn counts(&self) -> bool {
        clause!("OV-135");
        !self.needs_agreement || self.agreed_at.is_some()
    }
}

/// A course of online care with its versions, newest first.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its id.
    pub id: RowId,
    /// When it was begun.
    pub made_at: Timestamp,
    /// The day on which the online care was completed.
    pub completed_on: Option<Date>,
    /// Its versions, newest first.
    pub versions: Vec<Version>,
}

impl Plan {
    /// The version in force, as long as the care goes on.
    #[must_use]
    pub fn in_force(&self) -> Option<&Version> {
        self.newest().filter(|_| self.completed_on.is_none())
    }

    /// The newest version that counts, also of a completed care.
    #[must_use]
    pub fn newest(&self) -> Option<&Version> {
        self.versions.iter().find(|it| it.counts())
    }

    /// A newer version that waits for the patient.
    #[must_use]
    pub fn waiting(&self) -> Option<&Version> {
        self.versions.first().filter(|it| !it.counts() && self.completed_on.is_none())
    }

    /// First day on which it may be erased; `None` while the care goes on.
    #[must_use]
    pub fn erasable_from(&self, retention: Retention) -> Option<Date> {
        clause!("OV-130", "OV-265", "CS-161");
        erasable_from(self.completed_on, retention)
    }
}

/// Whether a change by `doctor` of the version `before` waits for the patient.
#[must_use]
pub fn needs_agreement(before: Option<&Version>, doctor: PersonId) -> bool {
    clause!("OV-135");
    before.is_some_and(|it| !it.content.doctors.contains(&doctor))
}

/// What stands on a substitute at one visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Substitute {
    /// The hand-over is on record.
    pub handed_over: bool,
    /// The patient agreed.
    pub patient_agreed: bool,
}

/// The state of the plan for a visit with `doctor`.
#[must_use]
pub fn state(plan: Option<&Plan>, draft: Option<&Content>, doctor: PersonId, substitute: Substitute) -> PlanState {
    clause!("OV-117", "OV-130");
    let Some(version) = plan.and_then(Plan::in_force) else {
        return draft.map_or(PlanState::Missing, |it| {
            let empty = it.missing();
            if empty.is_empty() { PlanState::Missing } else { PlanState::Incomplete(empty) }
        });
    };
    let empty = version.content.missing();
    if !empty.is_empty() {
        return PlanState::Incomplete(empty);
    }
    PlanState::InForce(if version.content.doctors.contains(&doctor) {
        DoctorInPlan::Named
    } else if substitute == Substitute::default() {
        DoctorInPlan::NotNamed
    } else {
        DoctorInPlan::Substitute { patient_agreed: substitute.patient_agreed, handed_over: substitute.handed_over }
    })
}

/// One part that differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub part: Part,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

/// The parts that differ.
#[must_use]
pub fn changes(before: &Content, after: &Content) -> Vec<Change> {
    clause!("CS-162");
    Part::ALL
        .into_iter()
        .filter(|it| before.part(*it) != after.part(*it))
        .map(|it| Change { part: it, before: before.part(it).to_owned(), after: after.part(it).to_owned() })
        .collect()
}

/// What a facility that has written no template of its own begins with. Treatment and doctors are the patient's own.
#[must_use]
pub fn first_template(lang: Lang, facility: &str, phone: &str) -> Content {
    let text = |part| {
        match part {
        Part::Treatment | Part::Doctors => String::new(),
        Part::Mix => lang
            .t(
                "少なくとも3か月に1回は来院して診察と必要な検査を受けます。その間にオンライン診療を行います。",
                "At least every three months a visit in person with the tests that are needed; online visits in between.",
            )
            .into(),
        Part::Hours => lang
            .t(
                "予約制です。予約ページか電話で予約します。1回は約15分です。",
                "By appointment, on the booking page or by telephone. About 15 minutes each.",
            )
            .into(),
        Part::Devices => lang
            .t(
                "カメラとマイクのあるスマートフォン、タブレットまたはパソコンから、予約の案内にあるリンクで入ります。医療機関は院内のパソコンを使います。",
                "The patient uses a phone, tablet or computer with camera and microphone and enters by the link of the booking. The facility uses its own computer.",
            )
            .into(),
        Part::StopConditions => lang
            .t(
                "見るだけでは判断できないとき、急に悪くなったとき、通信が途切れて続けられないときは、オンラインでの診療をやめ、来院していただくか適切な医療機関を紹介します。",
                "If looking is not enough, if the condition suddenly gets worse, or if the connection fails, we stop and change to a visit in person here or refer to another facility.",
            )
            .into(),
        Part::Cooperation => lang
            .t(
                "口の中や気になる所を明るい場所でカメラに映してください。症状、使っている薬、体の変化を正確に伝えてください。",
                "Please show your mouth or the place that troubles you in good light, and tell symptoms, medicines and changes exactly.",
            )
            .into(),
        Part::Emergency => match lang {
            Lang::Ja => format!("診療時間内は{facility}（電話 {phone}）に連絡してください。時間外や急を要するときは、休日・夜間の救急窓口か119番へ連絡してください。"),
            Lang::En => format!("During opening hours call {facility} (telephone {phone}). Otherwise, or if it is urgent, call the emergency service or 119."),
        },
        Part::Security => lang
            .t(
                "患者さんは、自分の端末・リンク・コードの管理と、人に見聞きされない場所の確保に責任を持ちます。医療機関は、診療の記録と院内の機器の管理に責任を持ちます。システム事業者は、通話の暗号化と保存された情報の保護に責任を持ちます。事故に気づいた側は、すぐに相手に知らせます。",
                "The patient answers for the own device, links and codes, and for a private place. The facility answers for its records and devices. The operator answers for the encryption of calls and the protection of stored data. Whoever notices an incident tells the other side at once.",
            )
            .into(),
    }
    };
    Content { parts: Part::ALL.into_iter().map(|it| (it, text(it))).collect(), ..Content::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 21);

    fn doctor(number: u8, family: &str) -> Doctor {
        (PersonId::from_bytes([number; 16]), JapaneseName::parse(family, "一郎", "てすと", "いちろう").expect("a name"))
    }

    fn full(doctors: &[&Doctor]) -> Content {
        let mut parts: BTreeMap<Part, String> = Part::ALL.into_iter().map(|it| (it, "x".to_owned())).collect();
        parts.insert(Part::Doctors, "佐藤が診ます。".into());
        Content {
            parts,
            doctors: doctors.iter().map(|it| it.0).collect(),
            evaluated_on: Some(TODAY),
            reason: String::new(),
        }
    }

    fn version(number: i64, content: Content) -> Version {
        Version {
            id: RowId::from_bytes([9; 16]),
            number,
            content,
            needs_agreement: false,
            agreed_at: None,
            read_at: None,
            finalised_by: String::new(),
            finalised_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn plan(versions: Vec<Version>) -> Plan {
        Plan { id: RowId::from_bytes([8; 16]), made_at: Timestamp::UNIX_EPOCH, completed_on: None, versions }
    }

    #[test]
    fn every_part_is_asked_for() {
        // OV-130
        let sato = doctor(1, "佐藤");
        let all = [sato.clone()];
        assert!(full(&[&sato]).check(&all, TODAY, false).is_ok());
        for part in Part::ALL {
            let mut content = full(&[&sato]);
            content.parts.insert(part, " \n".into());
            let faults = content.check(&all, TODAY, false).expect_err("a part is empty");
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), [part.key()]);
        }
        let named = |content: &Content, before| {
            let faults = content.check(&all, TODAY, before).err().unwrap_or_default();
            faults.0.iter().map(|it| it.0).collect::<Vec<_>>()
        };
        assert_eq!(named(&Content { evaluated_on: None, ..full(&[&sato]) }, false), ["evaluated_on"]);
        assert_eq!(named(&Content { evaluated_on: TODAY.tomorrow().ok(), ..full(&[&sato]) }, false), ["evaluated_on"]);
        assert_eq!(named(&Content { doctors: vec![], ..full(&[&sato]) }, false), ["doctor"]);
        // CS-162: a later version says why.
        assert_eq!(named(&full(&[&sato]), true), ["reason"]);
    }

    #[test]
    fn several_doctors_are_told_apart() {
        // OV-117
        let (sato, ito) = (doctor(1, "佐藤"), doctor(2, "伊藤"));
        let all = [sato.clone(), ito.clone()];
        let mut content = full(&[&sato, &ito]);
        assert_eq!(content.check(&all, TODAY, false).expect_err("伊藤 is not told").0[0].0, "doctors");
        content.parts.insert(Part::Doctors, "佐藤が診ます。火曜は伊藤が診ます。".into());
        assert!(content.check(&all, TODAY, false).is_ok());
    }

    #[test]
    fn a_visit_rests_on_a_plan_that_names_its_doctor() {
        // OV-130, OV-117
        let (sato, ito) = (doctor(1, "佐藤"), doctor(2, "伊藤"));
        let live = plan(vec![version(1, full(&[&sato]))]);
        let none = Substitute::default();
        let half = Substitute { handed_over: true, patient_agreed: false };
        assert_eq!(state(None, None, sato.0, none), PlanState::Missing);
        assert_eq!(state(None, Some(&full(&[&sato])), sato.0, none), PlanState::Missing);
        assert!(
            matches!(state(None, Some(&Content::default()), sato.0, none), PlanState::Incomplete(it) if it.len() == 9)
        );
        assert_eq!(state(Some(&live), None, sato.0, none), PlanState::InForce(DoctorInPlan::Named));
        assert_eq!(state(Some(&live), None, ito.0, none), PlanState::InForce(DoctorInPlan::NotNamed));
        assert_eq!(
            state(Some(&live), None, ito.0, half),
            PlanState::InForce(DoctorInPlan::Substitute { patient_agreed: false, handed_over: true })
        );
        let over = Plan { completed_on: Some(TODAY), ..live };
        assert_eq!(state(Some(&over), None, sato.0, none), PlanState::Missing);
    }

    #[test]
    fn who_takes_over_finds_the_plan_as_it_is() {
        // OV-135
        let (sato, ito) = (doctor(1, "佐藤"), doctor(2, "伊藤"));
        let first = version(1, full(&[&sato]));
        assert!(!needs_agreement(None, ito.0));
        assert!(!needs_agreement(Some(&first), sato.0));
        assert!(needs_agreement(Some(&first), ito.0));
        let proposed = Version { needs_agreement: true, ..version(2, full(&[&ito])) };
        let mut both = plan(vec![proposed, first]);
        assert_eq!(both.in_force().map(|it| it.number), Some(1));
        assert_eq!(both.waiting().map(|it| it.number), Some(2));
        both.versions[0].agreed_at = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(both.in_force().map(|it| it.number), Some(2));
        assert!(both.waiting().is_none());
    }

    #[test]
    fn a_plan_cannot_be_erased_while_care_goes_on() {
        // OV-265, CS-161
        let mut it = plan(vec![]);
        assert_eq!(it.erasable_from(Retention::default()), None);
        it.completed_on = Some(TODAY);
        assert_eq!(it.erasable_from(Retention::default()), Some(Date::constant(2031, 11, 22)));
        // Nothing in this room deletes a plan or its versions.
        for source in
            [include_str!("plan/store.rs"), include_str!("plan/staff_pages.rs"), include_str!("plan/pages.rs")]
        {
            for table in ["plan ", "plan_version", "plan_answer", "plan_doctor"] {
                assert!(!source.contains(&format!("DELETE FROM {table}")), "{table}");
            }
        }
    }

    #[test]
    fn changes_are_read_part_by_part() {
        // CS-162
        let sato = doctor(1, "佐藤");
        let (before, mut after) = (full(&[&sato]), full(&[&sato]));
        assert!(changes(&before, &after).is_empty());
        after.parts.insert(Part::Mix, "y".into());
        assert_eq!(changes(&before, &after), [Change { part: Part::Mix, before: "x".into(), after: "y".into() }]);
    }

    #[test]
    fn the_first_template_leaves_the_patients_own_to_the_doctor() {
        for lang in [Lang::Ja, Lang::En] {
            let empty = first_template(lang, "青葉歯科", "03-1111-2222").missing();
            assert_eq!(empty, [Part::Treatment, Part::Doctors]);
        }
    }
}
