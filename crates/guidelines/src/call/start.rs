//! When the clinic may start a call, from the facts of [`super::facts`].

use kernel::{Date, Words, clause};

use super::facts::{
    ConsentState, DoctorInPlan, Explanation, LicenceState, Notification, PlanState, StartFacts, SymptomState,
    VisitBasis,
};
use crate::mend::Mend;
use crate::verdict::{Findings, NotMet, OpenTask};
use crate::{first_visit, place};

/// Online care is statute from this day on (Medical Care Act, article 2-2).
pub const LAW_FROM: Date = Date::constant(2026, 4, 1);
/// Last day for the notification of a facility that was active on [`LAW_FROM`].
pub const NOTIFICATION_GRACE_UNTIL: Date = Date::constant(2027, 3, 31);

/// The right to start this call. Only [`may_start`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    open: Vec<OpenTask>,
}

impl Permit {
    /// What stays to be done although the call may start.
    #[must_use]
    pub fn open(&self) -> &[OpenTask] {
        &self.open
    }
}

/// Whether the clinic may start the call: a permit, or every clause that is not met.
///
/// # Errors
/// Each clause not met, with its reason and what mends it; never empty.
pub fn may_start(facts: &StartFacts) -> Result<Permit, Vec<NotMet>> {
    let mut found = Findings::default();
    facility(facts, &mut found);
    doctor(facts, &mut found);
    patient(facts, &mut found);
    basis(&facts.basis, &mut found);
    found.verdict().map(|open| Permit { open })
}

fn facility(facts: &StartFacts, found: &mut Findings) {
    clause!("CS-101", "OV-260", "OV-241", "OV-206", "OV-201", "OV-243");
    found.need(
        facts.safety_officer_named,
        NotMet::new(
            "CS-101",
            Words::new(
                "医療情報システム安全管理責任者が登録されていません。",
                "Nobody is named as responsible for information safety.",
            ),
            Mend::NameSafetyOfficer,
        ),
    );
    notification(facts, found);
    found.need(
        facts.operator_acknowledged,
        NotMet::new(
            "OV-241",
            Words::new(
                "システム事業者の説明と責任分界の確認がまだです。",
                "The operator's explanation and the split of responsibility are not confirmed yet.",
            ),
            Mend::AcknowledgeOperator,
        ),
    );
    found.need(
        facts.statement_published,
        NotMet::new(
            "OV-206",
            Words::new(
                "指針を守って診療していることが公開ページに載っていません。",
                "The public page does not say that the guideline is followed.",
            ),
            Mend::PublishStatement,
        ),
    );
    found.need(
        facts.contact_shown,
        NotMet::new(
            "OV-201",
            Words::new("医療機関の問い合わせ先が登録されていません。", "The facility's contact is not registered."),
            Mend::RegisterContact,
        ),
    );
}

fn notification(facts: &StartFacts, found: &mut Findings) {
    let missing = NotMet::new(
        "OV-260",
        Words::new(
            "オンライン診療を行う旨の都道府県への届出が登録されていません。",
            "The notification of online care to the prefecture is not on file.",
        ),
        Mend::NotifyPrefecture,
    );
    match facts.notification {
        // Before the law there was nothing to notify.
        _ if facts.today < LAW_FROM => {}
        Notification::Filed(on) => found.need(on <= facts.today, missing),
        Notification::ActiveBeforeLaw if facts.today <= NOTIFICATION_GRACE_UNTIL => {
            let task = OpenTask::new(
                "OV-260",
                Words::new(
                    "2027年3月31日までに都道府県へ届出をしてください。",
                    "Notify the prefecture by 31 March 2027.",
                ),
                Mend::NotifyPrefecture,
            );
            found.wish(false, task.until(NOTIFICATION_GRACE_UNTIL));
        }
        Notification::ActiveBeforeLaw | Notification::Missing => found.need(false, missing),
    }
}

fn doctor(facts: &StartFacts, found: &mut Findings) {
    clause!("OV-142", "OV-143", "OV-301", "OV-242", "CS-126", "OV-205", "OV-203", "OV-163");
    let licence = |words| NotMet::new("OV-143", words, Mend::RegisterLicence);
    match facts.licence {
        LicenceState::Checked => {}
        LicenceState::Missing => {
            found.need(
                false,
                licence(Words::new("担当医の免許が登録されていません。", "The doctor's licence is not registered.")),
            );
        }
        LicenceState::Unchecked => {
            found.need(
                false,
                licence(Words::new(
                    "担当医の免許をまだ誰も確認していません。",
                    "Nobody has checked the doctor's licence yet.",
                )),
            );
        }
        LicenceState::OtherProfession => found.need(
            false,
            licence(Words::new(
                "担当医の免許がこの医療機関の診療と合いません。",
                "The licence does not fit the care given here.",
            )),
        ),
        LicenceState::NoYear => found.need(
            false,
            licence(Words::new("免許の登録年が登録されていません。", "The licence has no year of registration.")),
        ),
    }
    found.need(
        facts.identity_card_ready,
        NotMet::new(
            "OV-142",
            Words::new(
                "患者さんが見る本人証明カードに写真か確認済みの氏名がありません。",
                "The identity card for patients lacks a photo or a checked name.",
            ),
            Mend::CompleteIdentityCard,
        ),
    );
    found.need(
        facts.training_recorded,
        NotMet::new(
            "OV-301",
            Words::new(
                "厚生労働省の研修の修了が登録されていません。",
                "The ministry's training is not recorded for this doctor.",
            ),
            Mend::RegisterTraining,
        ),
    );
    found.need(
        facts.two_factors,
        NotMet::new(
            "CS-126",
            Words::new("二要素認証でサインインしていません。", "The session was not opened with two factors."),
            Mend::SetUpSecondFactor,
        ),
    );
    found.need(
        facts.closed_room_confirmed,
        NotMet::new(
            "OV-205",
            Words::new(
                "ほかの人に見聞きされない個室にいることの確認がまだです。",
                "A closed room is not confirmed for this session.",
            ),
            Mend::ConfirmClosedRoom,
        ),
    );
    found.need(
        facts.quiet_place_confirmed,
        NotMet::new(
            "OV-203",
            Words::new(
                "静かで通信が安定した場所にいることの確認がまだです。",
                "A quiet place with a steady line is not confirmed for this session.",
            ),
            Mend::ConfirmQuietPlace,
        ),
    );
    found.need(
        !facts.doctor_in_other_call,
        NotMet::new(
            "OV-163",
            Words::new("担当医はほかの患者さんと通話中です。", "The doctor is in a call with another patient."),
            Mend::EndOtherCall,
        ),
    );
    found.need(
        !facts.patient_in_other_call,
        NotMet::new(
            "OV-163",
            Words::new("患者さんはほかの通話に入っています。", "The patient is in another call."),
            Mend::EndOtherCall,
        ),
    );
}

fn patient(facts: &StartFacts, found: &mut Findings) {
    clause!("OV-101", "OV-102", "OV-104", "OV-240", "OV-250", "OV-202", "OV-210", "OV-166");
    match facts.explanation {
        Explanation::Given => {}
        Explanation::Missing => found.need(
            false,
            NotMet::new(
                "OV-104",
                Words::new("同意の前の説明が終わっていません。", "The explanation before consent is not finished."),
                Mend::Explain,
            ),
        ),
        Explanation::Postponed => found.wish(
            false,
            OpenTask::new(
                "OV-104",
                Words::new(
                    "緊急のため後回しにした説明を、できるようになり次第行ってください。",
                    "Give the explanation that was postponed in the emergency as soon as it is possible.",
                ),
                Mend::Explain,
            ),
        ),
    }
    consent(facts.consent, found);
    found.need(
        facts.security_agreed,
        NotMet::new(
            "OV-240",
            Words::new(
                "セキュリティのリスクの説明と合意がまだです。",
                "The security risk is not explained and agreed on yet.",
            ),
            Mend::SecurityAgreement,
        ),
    );
    found.need(
        facts.duties_ticked,
        NotMet::new(
            "OV-250",
            Words::new(
                "患者さんに守っていただくことの確認が終わっていません。",
                "The patient has not ticked all duties yet.",
            ),
            Mend::TickDuties,
        ),
    );
    found.need(
        facts.in_person_facility_known,
        NotMet::new(
            "OV-202",
            Words::new(
                "必要なときに対面で受診できる医療機関が決まっていません。",
                "No facility is on file where the patient is seen in person when needed.",
            ),
            Mend::ChooseInPersonFacility,
        ),
    );
    symptoms(facts, found);
    match &facts.place {
        Some(statement) => found.take(place::judge(statement)),
        None => found.need(
            false,
            NotMet::new(
                "OV-210",
                Words::new("患者さんが今いる場所の確認がまだです。", "The patient has not said where they are yet."),
                Mend::AskArrival,
            ),
        ),
    }
    found.wish(
        facts.devices_tested,
        OpenTask::new(
            "OV-166",
            Words::new(
                "機器テストの結果がありません。診察の前に行うことをお勧めします。",
                "There is no device test. One before the visit is recommended.",
            ),
            Mend::TestDevices,
        ),
    );
}

fn consent(state: ConsentState, found: &mut Findings) {
    let not_met = match state {
        ConsentState::InForce => return,
        ConsentState::Missing => NotMet::new(
            "OV-101",
            Words::new("オンライン診療への同意がありません。", "There is no consent to online visits."),
            Mend::TakeConsent,
        ),
        ConsentState::Withdrawn => NotMet::new(
            "OV-101",
            Words::new("オンライン診療への同意は取り消されています。", "The consent to online visits was withdrawn."),
            Mend::TakeConsent,
        ),
        ConsentState::Outdated => NotMet::new(
            "OV-101",
            Words::new(
                "同意は古い版の説明に対するものです。新しい版であらためて同意が必要です。",
                "The consent was given for an old text. It is needed again for the new one.",
            ),
            Mend::TakeConsent,
        ),
        ConsentState::NotOwnHand => NotMet::new(
            "OV-102",
            Words::new(
                "患者さんご自身の希望が、患者さん側の画面で記録されていません。",
                "The patient's own wish was not recorded on the patient's side.",
            ),
            Mend::TakeConsent,
        ),
        ConsentState::NeedsGuardian => NotMet::new(
            "OV-102",
            Words::new(
                "お子さんだけでは同意できません。保護者の同意が必要です。",
                "A child cannot consent alone. The guardian's consent is needed.",
            ),
            Mend::TakeGuardianConsent,
        ),
        ConsentState::CameOfAge => NotMet::new(
            "OV-102",
            Words::new(
                "患者さんは成年になりました。保護者の同意はここまでです。ご本人の同意が必要です。",
                "The patient has come of age, and the guardian's consent has ended. The patient's own is needed.",
            ),
            Mend::TakeConsent,
        ),
    };
    found.need(false, not_met);
}

fn symptoms(facts: &StartFacts, found: &mut Findings) {
    clause!("OV-111");
    let first = matches!(facts.basis, VisitBasis::FirstVisit(_));
    match facts.symptoms {
        SymptomState::Clear | SymptomState::AllowedByDoctor => {}
        SymptomState::NotAsked => found.need(
            !first,
            NotMet::new(
                "OV-111",
                Words::new(
                    "初診に適さない症状がないかの質問に、まだ答えてもらっていません。",
                    "The questions for symptoms unsuited for a first online visit are not answered yet.",
                ),
                Mend::AskSymptoms,
            ),
        ),
        SymptomState::WaitsForDoctor { urgent: true } => found.need(
            false,
            NotMet::new(
                "OV-111",
                Words::new(
                    "急いで対面で診るべき症状があります。担当医が判断するまで始められません。",
                    "There is a symptom that needs in-person care soon. It cannot start before the doctor decides.",
                ),
                Mend::DecideOnSymptoms,
            ),
        ),
        SymptomState::WaitsForDoctor { urgent: false } => found.need(
            false,
            NotMet::new(
                "OV-111",
                Words::new(
                    "オンラインの初診に適さないことがある症状です。担当医の判断が必要です。",
                    "A symptom may be unsuited for a first online visit. The doctor must decide.",
                ),
                Mend::DecideOnSymptoms,
            ),
        ),
    }
}

fn basis(basis: &VisitBasis, found: &mut Findings) {
    clause!("OV-130", "OV-117", "OV-112", "OV-262");
    match basis {
        VisitBasis::Undecided => found.need(
            false,
            NotMet::new(
                "OV-262",
                Words::new(
                    "指針でいう初診かどうかを担当医がまだ決めていません。",
                    "The doctor has not decided whether this is a first visit in the sense of the guideline.",
                ),
                Mend::DecideFirstVisit,
            ),
        ),
        VisitBasis::FirstVisit(path) => found.take(first_visit::check_path(path.as_ref())),
        VisitBasis::UnderPlan(PlanState::Missing) => found.need(
            false,
            NotMet::new(
                "OV-130",
                Words::new("有効な診療計画がありません。", "There is no plan in force."),
                Mend::MakePlan,
            ),
        ),
        VisitBasis::UnderPlan(PlanState::Incomplete(missing)) => {
            found.need(false, NotMet::new("OV-130", crate::plan::missing_words(missing), Mend::MakePlan));
        }
        VisitBasis::UnderPlan(PlanState::InForce(named)) => doctor_in_plan(*named, found),
    }
}

fn doctor_in_plan(named: DoctorInPlan, found: &mut Findings) {
    match named {
        DoctorInPlan::Named => {}
        DoctorInPlan::NotNamed => found.need(
            false,
            NotMet::new(
                "OV-117",
                Words::new("この担当医は診療計画に載っていません。", "The plan does not name this doctor."),
                Mend::NameDoctorInPlan,
            ),
        ),
        DoctorInPlan::Substitute { patient_agreed, handed_over } => found.need(
            patient_agreed && handed_over,
            NotMet::new(
                "OV-117",
                Words::new(
                    "代診には、患者さんの同意と引継ぎの記録が必要です。",
                    "A substitute needs the patient's consent and a recorded hand-over.",
                ),
                Mend::RecordHandOver,
            ),
        ),
    }
}

#[cfg(test)]
mod tests;
