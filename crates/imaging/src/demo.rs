//! The demonstration's teleradiology: a clinic and a hospital that have agreed, and a reader who may sign.

use db::Tx;
use guidelines::reading::reader::Qualification;
use kernel::{Ctx, Result, Words, time};
use people::agreement::store::{Offer, answer, offer};
use people::agreement::{Contact, Purpose, Side, Terms};
use people::demo::Demo;
use people::{facility, person};

use crate::reader;

/// What the terms say, in the order of [`people::agreement::TEXTS`].
const TERMS: [Words; 5] = [
    Words::new(
        "歯科用コーンビームCT、パノラマ、顎関節MRIの読影。",
        "Reading of cone-beam CT, panoramic images and MRI of the joint.",
    ),
    Words::new(
        "回線とその機器は各施設が管理する。途中の暗号化はHarukaが受け持つ。",
        "Each facility answers for its line; Haruka for encryption on the way.",
    ),
    Words::new(
        "撮影装置は依頼側、読影モニターは読影側が管理する。",
        "The modality is the requester's, the reading monitor the reader's.",
    ),
    Words::new(
        "正当化と患者への説明は依頼側、読影と報告は読影側が受け持つ。",
        "Justification and explanation are the requester's; reading and report the reader's.",
    ),
    Words::new("1件3,300円（税込）、月末締め翌月末払い。", "3,300 yen a case, paid by the month."),
];

fn contact(name: &str, role: &Words, phone: &str, mail: &str) -> Contact {
    Contact { name: name.into(), role: role.ja.to_string(), phone: phone.into(), mail: mail.into(), person: None }
}

/// Makes them.
///
/// # Errors
/// The database's.
pub fn seed(tx: &mut Tx<'_>, ctx: &Ctx, made: &Demo) -> Result<()> {
    let hospital = facility::store::by_slug(tx, "toto")?.id;
    let dentist = person::store::get(tx, made.dentist)?;
    let reader = person::store::by_login(tx, "watanabe")?.ok_or_else(|| kernel::Error::internal("no reader"))?;
    let days = Words::new("診療時間中", "in opening hours");
    tx.enter(made.clinic)?;
    let terms = Terms {
        texts: TERMS.map(|it| it.ja.to_string()),
        routine_h: 72,
        urgent_h: 24,
        valid_from: time::day(ctx.now),
        valid_until: None,
    };
    let contacts = vec![Contact {
        person: Some(dentist.id),
        ..contact(&dentist.name.full(), &days, "03-5550-0101", &dentist.mail)
    }];
    let (purpose, side) = (Purpose::Reading, Side::Asks);
    let id = offer(tx, &ctx.at(made.clinic), &Offer { partner: hospital, purpose, side, terms, contacts }, true)?;
    tx.enter(hospital)?;
    let ctx = ctx.at(hospital);
    let theirs =
        Contact { person: Some(reader.id), ..contact(&reader.name.full(), &days, "03-5550-0202", &reader.mail) };
    answer(tx, &ctx, id, true, "", &[theirs], true)?;
    person::store::record_licence(
        tx,
        &ctx,
        reader.id,
        "dentist",
        2008,
        &Words::new("歯科医師免許証の原本", "the licence itself").ja,
    )?;
    let form = reader::Form {
        person: reader.id,
        kind: Qualification::OralRadiologist,
        valid_until: Some(time::day(time::plus_min(ctx.now, 3 * 365 * 24 * 60))),
        checked_how: Words::new("認定証の原本", "the certificate itself").ja.to_string(),
    };
    reader::store::record(tx, &ctx, &form)
}
