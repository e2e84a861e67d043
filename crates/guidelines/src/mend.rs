//! What mends a clause that is not met. Pages map each to an address and show its label on the button.

use kernel::Words;

/// Whose hand mends it; a page shows others who they wait for instead of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hand {
    /// The patient or the guardian, on the patient's side.
    Patient,
    /// The doctor of the visit.
    Doctor,
    /// Anyone at the desk.
    Staff,
    /// Who manages the facility.
    Manager,
}

impl Hand {
    /// For "waits for …".
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Patient => Words::new("患者さん", "the patient"),
            Self::Doctor => Words::new("担当医", "the doctor"),
            Self::Staff => Words::new("スタッフ", "the staff"),
            Self::Manager => Words::new("管理者", "the manager"),
        }
    }
}

macro_rules! mends {
    ($($(#[$doc:meta])* $name:ident $hand:ident t($ja:literal, $en:literal);)+) => {
        /// What leads on from a clause that is not met.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Mend { $($(#[$doc])* $name,)+ }

        impl Mend {
            /// Every one, so that a test can hold that each has an address.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What stands on the button.
            #[must_use]
            pub const fn label(self) -> Words {
                match self { $(Self::$name => Words::new($ja, $en),)+ }
            }

            /// Whose hand mends it.
            #[must_use]
            pub const fn hand(self) -> Hand {
                match self { $(Self::$name => Hand::$hand,)+ }
            }

            /// Its name in rows and addresses (`TakeConsent`).
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}

mends! {
    /// Register the doctor's licence, its year of registration and who checked it.
    RegisterLicence Manager t("免許を登録する", "Register the licence");
    /// Give the identity card its photo.
    CompleteIdentityCard Doctor t("本人証明カードを整える", "Complete the identity card");
    /// Register the certificate of the ministry's training.
    RegisterTraining Manager t("研修の修了を登録する", "Register the training");
    /// Set up a second factor and sign in with it.
    SetUpSecondFactor Doctor t("二要素でサインインする", "Sign in with two factors");
    /// Name the person responsible for information safety.
    NameSafetyOfficer Manager t("安全管理責任者を登録する", "Name the safety officer");
    /// Register the notification to the prefecture.
    NotifyPrefecture Manager t("都道府県への届出を登録する", "Register the notification");
    /// Read the operator's explanation and confirm it.
    AcknowledgeOperator Manager t("事業者の説明を確認する", "Confirm the operator's explanation");
    /// Publish the statement that the guideline is followed.
    PublishStatement Manager t("指針遵守の公表文を載せる", "Publish the statement");
    /// Register the facility's contact.
    RegisterContact Manager t("問い合わせ先を登録する", "Register the contact");
    /// Show the patient the explanation, item by item.
    Explain Patient t("説明を読んでもらう", "Show the explanation");
    /// Take the patient's consent.
    TakeConsent Patient t("同意をもらう", "Take the consent");
    /// Take the guardian's consent.
    TakeGuardianConsent Patient t("保護者の同意をもらう", "Take the guardian's consent");
    /// Explain the security risk and take the agreement.
    SecurityAgreement Patient t("セキュリティの説明と合意", "Agree on the security risk");
    /// Have the patient tick the duties one by one.
    TickDuties Patient t("守っていただくことを確認する", "Tick the duties");
    /// Agree with the patient on storing pictures and sound.
    AgreeOnStorage Patient t("保存の取り決めをする", "Agree on storing");
    /// Make the plan, or fill its missing parts.
    MakePlan Doctor t("診療計画を作る", "Make the plan");
    /// Name this doctor in the plan.
    NameDoctorInPlan Doctor t("診療計画に担当医を加える", "Name the doctor in the plan");
    /// Record the patient's consent to the substitute, and the hand-over.
    RecordHandOver Doctor t("代診の同意と引継ぎを記録する", "Record the hand-over");
    /// Decide whether this is a first visit in the sense of the guideline.
    DecideFirstVisit Doctor t("初診かどうかを決める", "Decide on first visit");
    /// Decide by which path a first visit is held online.
    DecideFirstVisitPath Doctor t("初診の進め方を決める", "Decide the first-visit path");
    /// Copy the information used into the chart.
    CopySourcesToChart Doctor t("情報を診療録に写す", "Copy into the chart");
    /// Choose where the patient is seen in person when needed.
    ChooseInPersonFacility Staff t("対面の受診先を決める", "Choose the in-person facility");
    /// Ask the patient for the symptoms.
    AskSymptoms Patient t("症状の質問に答えてもらう", "Ask for the symptoms");
    /// Look at the symptoms and decide.
    DecideOnSymptoms Doctor t("症状を見て判断する", "Decide on the symptoms");
    /// Book an in-person visit.
    BookInPerson Staff t("対面の予約を取る", "Book in person");
    /// Write a referral to another facility.
    WriteReferral Doctor t("紹介状を書く", "Write a referral");
    /// Ask the patient to arrive: place, privacy, documents.
    AskArrival Patient t("到着の確認をしてもらう", "Ask for arrival");
    /// Ask the patient to move to a place that fits.
    AskAnotherPlace Patient t("場所を移ってもらう", "Ask for another place");
    /// Confirm the closed room for this session.
    ConfirmClosedRoom Doctor t("個室にいることを確認する", "Confirm the closed room");
    /// Confirm the quiet place with a steady line.
    ConfirmQuietPlace Doctor t("静かな場所かを確認する", "Confirm the quiet place");
    /// End the other call.
    EndOtherCall Doctor t("ほかの通話を終える", "End the other call");
    /// Run the device test.
    TestDevices Patient t("機器テストをする", "Test the devices");
    /// Confirm the patient's identity and record the method.
    ConfirmIdentity Doctor t("患者さんの本人確認をする", "Confirm the identity");
    /// Show the patient who the doctor is.
    ShowIdentity Doctor t("担当医の本人証明を示す", "Show the doctor's identity");
    /// Explain to the patient who is to come in and why.
    ExplainFurtherPerson Doctor t("同席について説明する", "Explain the further person");
    /// Ask the patient to agree to the further person.
    AskPatientForPerson Patient t("同席の同意をもらう", "Ask the patient");
    /// Admit the person by the doctor.
    AdmitPerson Doctor t("同席を許可する", "Admit the person");
    /// Enter who the person is.
    NamePerson Staff t("同席者の氏名を入れる", "Name the person");
    /// Hold the call with picture and sound on both sides.
    HoldTheCall Doctor t("映像と音声で通話する", "Hold the call");
    /// Record whether the visit could be held online.
    RecordFeasibility Doctor t("オンラインの可否を記録する", "Record the judgement");
    /// Record whether useful information was obtained.
    RecordInformation Doctor t("得られた情報を記録する", "Record the information");
    /// Tell the patient what comes next, and record it.
    TellFurtherPolicy Doctor t("今後の方針を伝える", "Tell what comes next");
    /// Agree on what the chat is for.
    AgreeChatScope Staff t("チャットの範囲を決める", "Agree on the chat's scope");
    /// Ask the patient for the file first.
    AskForFile Doctor t("ファイルの送付を依頼する", "Ask for the file");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_button_is_short_and_says_something_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        for mend in Mend::ALL {
            let label = mend.label();
            assert!(label.ja.chars().count() <= 16, "{}", label.ja);
            assert!(!label.en.is_empty() && seen.insert(label.ja.clone()), "{}", label.ja);
        }
    }
}
