//! How a visit is made ready, step by step, each through the store that people's pages use. The tests of `app` open with it
//! too (by `#[path]`): testkit stands below this room and may not know visits.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use db::Tx;
use guidelines::place::{PlaceKind, Statement};
use guidelines::plan::Part;
use kernel::{BookingId, Ctx, PatientId, PersonId, Result, RowId, Timestamp, time};
use people::facility::{Notification, PublicText, store as facilities};
use people::person::Training;
use visits::arrival::{Arrival, Detail};
use visits::booking::Form;
use visits::booking::store::Request;
use visits::consent::{Keep, READ_FIRST, Signature};
use visits::slot::store::{NewType, add_pattern, add_type};
use visits::{arrival, consent, plan, questionnaire};

/// What the law wants on file of a facility, but for what a person must acknowledge.
pub fn facility(tx: &mut Tx<'_>, ctx: &Ctx, officer: PersonId) -> Result<()> {
    facilities::name_safety_officer(tx, ctx, officer)?;
    let filed = Some("2026-05-01".parse().unwrap());
    let notification = Notification { authority: "東京都".into(), notified_on: filed, active_on_20260401: false };
    facilities::record_notification(tx, ctx, &notification)?;
    let text = PublicText {
        intro: "オンライン診療を行います。".into(),
        cannot_online: "抜歯".into(),
        consultation_fee_yen: None,
        emergency: "119".into(),
        made_at: ctx.now,
    };
    facilities::write_text(tx, ctx, &text)
}

/// Licence and training of a dentist.
pub fn dentist(tx: &mut Tx<'_>, ctx: &Ctx, doctor: PersonId) -> Result<()> {
    people::person::store::record_licence(tx, ctx, doctor, "dentist", 2005, "免許証の原本を確認")?;
    let training = Training {
        course: "online-dental".into(),
        certificate: "D-123".into(),
        completed_on: "2026-02-01".parse().unwrap(),
    };
    people::person::store::record_training(tx, ctx, doctor, &training)
}

/// Online visits of a quarter of an hour, every day from nine to six.
pub fn online(tx: &mut Tx<'_>, ctx: &Ctx, doctor: PersonId) -> Result<RowId> {
    let new = NewType {
        name_ja: "オンライン再診".into(),
        name_en: "Online follow-up".into(),
        form: Form::Online,
        duration_min: 15,
        by_patient: true,
    };
    let kind = add_type(tx, ctx, &new)?;
    for weekday in 0..7 {
        add_pattern(tx, ctx, doctor, kind, weekday, 9 * 60, 18 * 60)?;
    }
    Ok(kind)
}

/// Books a visit of a new kind, `in_min` minutes from now.
pub fn book(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, doctor: PersonId, in_min: i64) -> Result<BookingId> {
    let visit_type = online(tx, ctx, doctor)?;
    let starts_at: Timestamp = time::plus_min(ctx.now, in_min);
    let (reason, holder) = ("歯ぐきの腫れ".into(), "test".into());
    let request = Request { patient, doctor, visit_type, starts_at, reason, holder };
    Ok(visits::booking::store::book(tx, ctx, &request)?.expect("a free time"))
}

/// The patient answers the questionnaire, without a symptom of the list.
pub fn answer(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId) -> Result<()> {
    let form = questionnaire::store::form(tx)?;
    let answers = [("complaint".to_owned(), vec!["しみる".to_owned()])].into();
    questionnaire::store::keep(tx, ctx, booking, &form, &answers, true).map(drop)
}

/// 田中 幸子 reads each part and consents.
pub fn consent(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId) -> Result<()> {
    let version = consent::store::view(tx, ctx, booking)?.text.version();
    for kind in READ_FIRST {
        consent::store::tick(tx, ctx, booking, kind, &version)?;
    }
    let ticks = vec!["wish".into(), "explained".into(), "may_withdraw".into()];
    let signature = Signature { ticks, name: "田中 幸子".into(), keep: Keep::Nothing };
    let given = consent::store::give(tx, ctx, booking, &signature, "testkit")?;
    assert!(matches!(given, consent::store::Outcome::Given(_)), "{given:?}");
    Ok(())
}

/// The patient is at home, in a closed room.
pub fn arrive(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId) -> Result<()> {
    let statement = Statement { kind: PlaceKind::Home, safe: true, clean: true, private: true };
    arrival::store::arrive(tx, ctx, booking, &Arrival { statement, detail: Detail::default() })
}

/// The dentist finalises a plan with its nine parts.
pub fn plan(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, doctor: PersonId) -> Result<()> {
    let evaluated_on = Some(time::day(ctx.now));
    let mut content = plan::Content { doctors: vec![doctor], evaluated_on, ..plan::Content::default() };
    content.parts.extend(Part::ALL.into_iter().map(|it| (it, format!("{}のこと。佐藤", it.title().ja))));
    plan::store::finalise(tx, ctx, patient, &content, true).map(drop)
}
