//! The letters of a booking: confirmation, change, cancellation, reminders a week, a day and an hour before.
//!
//! Plain text below 5,000 bytes, for carriers' mailboxes and old phones; nothing about health, since phones lie on tables.
//! In the language that the patient has chosen ([`crate::language`]).

use db::{Tx, params};
use kernel::{Ctx, Lang, PatientId, Result, Timestamp, Words, time};
use mail::{About, Invitation, MailAddress, Message, Method, To};
use people::facility::Facility;

use super::{Booking, Form};
use crate::language;

/// Minutes before the start when reminders go out: a week, a day, an hour.
const REMINDERS_MIN: [i64; 3] = [7 * 24 * 60, 24 * 60, 60];
/// Those who wait are told one after the other; this many at most for one free time.
const TOLD_MAX: i64 = 3;

struct Post {
    to: MailAddress,
    facility: Facility,
    doctor: String,
    base: String,
    lang: Lang,
}

/// Where the letters of this booking go; `None` for a patient without mail, whom the clinic telephones.
fn post(tx: &mut Tx<'_>, booking: &Booking) -> Result<Option<Post>> {
    let patient = people::patient::store::read_one(tx, booking.patient)?;
    let Ok(to) = patient.mail.parse() else { return Ok(None) };
    let facility = tx.facility()?;
    let facility = people::facility::store::get(tx, facility)?;
    let doctor = people::person::store::get(tx, booking.doctor)?.name.full();
    let base = web::installation::base_url(tx)?;
    let lang = language::store::of(tx, booking.patient)?;
    Ok(Some(Post { to, facility, doctor, base, lang }))
}

fn about(booking: &Booking) -> About {
    About::new("booking", booking.id)
}

fn message(post: &Post, booking: &Booking, subject: &Words, lead: &Words, due_at: Timestamp) -> Message {
    let (lang, lead) = (post.lang, lead.in_lang(post.lang));
    let how = match booking.visit_type.form {
        Form::Online => {
            lang.t("オンライン（スマートフォンやパソコンで受けられます）", "online (by phone, tablet or computer)")
        }
        Form::InPerson => lang.t("来院", "at the clinic"),
    };
    let (when, doctor, link) =
        (time::show(booking.starts_at, lang), &post.doctor, format!("{}{}", post.base, booking.link));
    let (name, phone) = (&post.facility.name, &post.facility.phone);
    let text = match lang {
        Lang::Ja => format!(
            "{lead}\n\n日時: {when}\n方法: {how}\n担当: {doctor}\n\n準備と当日の入口（この予約だけのリンクです。ほかの人に渡さないでください）\n{link}\n\n\
             お困りのときはお電話ください。\n{name}\n電話 {phone}\n\n※このメールには返信できません。\n"
        ),
        Lang::En => format!(
            "{lead}\n\nWhen: {when} (Japan time)\nHow: {how}\nWith: {doctor}\n\nTo prepare, and to come in on the day (this link is for this booking only; please keep it to yourself)\n{link}\n\n\
             If you need help, please call us.\n{name}\nTelephone {phone}\n\nThis address takes no answers.\n"
        ),
    };
    let subject = subject.in_lang(lang);
    Message::new(To::Mail(post.to.clone()), name.clone(), subject, text, due_at, about(booking))
}

/// Tells the patient that something about this visit can be read behind its link; what it is about stands in `lead`,
/// and nothing of what is written there.
pub(crate) fn told(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking, subject: &Words, lead: &Words) -> Result<()> {
    let Some(post) = post(tx, booking)? else { return Ok(()) };
    let mut letter = message(&post, booking, subject, lead, ctx.now);
    // Not called back when the booking moves or ends: what it tells has happened.
    letter.about = About::new("told", booking.id);
    mail::enqueue(tx, ctx, &letter).map(drop)
}

/// The same for what belongs to the patient and no visit: behind the link of the next visit, or else of the last one.
pub(crate) fn told_patient(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    patient: PatientId,
    subject: &Words,
    lead: &Words,
) -> Result<()> {
    let facility = tx.facility()?;
    let (ahead, behind) =
        ("AND b.ends_at > ?3 ORDER BY b.starts_at LIMIT 1", "AND b.ends_at <= ?3 ORDER BY b.starts_at DESC LIMIT 1");
    for which in [ahead, behind] {
        let sql = format!(
            "{} WHERE b.facility_id = ?1 AND b.patient_id = ?2 AND b.cancelled_at IS NULL {which}",
            super::store::SELECT
        );
        if let Some(row) = tx.row(&sql, params![facility, patient, ctx.now])? {
            let booking = super::store::read(tx, &row)?;
            return told(tx, ctx, &booking, subject, lead);
        }
    }
    Ok(())
}

fn invitation(post: &Post, booking: &Booking, method: Method) -> Invitation {
    Invitation {
        uid: booking.id.to_string(),
        sequence: u32::try_from(booking.sequence).unwrap_or(u32::MAX),
        method,
        starts_at: booking.starts_at,
        ends_at: booking.ends_at,
        summary: post.lang.t(format!("{} ご予約", post.facility.name), format!("{}: appointment", post.facility.name)),
        description: post.lang.t(format!("電話 {}", post.facility.phone), format!("Telephone {}", post.facility.phone)),
        url: Some(format!("{}{}", post.base, booking.link)),
    }
}

/// Confirmation now, and the reminders that still lie ahead.
pub(crate) fn booked(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<()> {
    let Some(post) = post(tx, booking)? else { return Ok(()) };
    let mut letter = message(
        &post,
        booking,
        &Words::new("ご予約を承りました", "Your booking"),
        &Words::new("ご予約を承りました。", "We have your booking."),
        ctx.now,
    );
    letter.invitation = Some(invitation(&post, booking, Method::Request));
    mail::enqueue(tx, ctx, &letter)?;
    remind(tx, ctx, &post, booking)
}

fn remind(tx: &mut Tx<'_>, ctx: &Ctx, post: &Post, booking: &Booking) -> Result<()> {
    for before_min in REMINDERS_MIN {
        let due_at = time::plus_min(booking.starts_at, -before_min);
        if due_at <= ctx.now {
            continue;
        }
        let lead = match before_min {
            60 if booking.visit_type.form == Form::InPerson => Words::new(
                "まもなくご予約の時間です。気をつけてお越しください。",
                "Your appointment is soon. We look forward to seeing you.",
            ),
            60 => Words::new(
                "まもなく診療の時間です。下のリンクから入り、カメラとマイクを確かめてお待ちください。",
                "Your visit begins soon. Please come in by the link below, check camera and microphone, and wait there.",
            ),
            _ if booking.visit_type.form == Form::InPerson => Words::new(
                "ご予約の日が近づきました。ご都合が変わったときは、下のリンクからお知らせください。",
                "Your appointment is coming up. If you cannot come, please tell us by the link below.",
            ),
            _ => Words::new(
                "ご予約の日が近づきました。問診・同意・機器の確認がまだの方は、下のリンクからお済ませください。",
                "Your visit is coming up. If questionnaire, consent or device test are still open, please do them by the link below.",
            ),
        };
        let mut letter =
            message(post, booking, &Words::new("ご予約のお知らせ", "Your booking is coming up"), &lead, due_at);
        letter.useless_after = Some(booking.ends_at);
        mail::enqueue(tx, ctx, &letter)?;
    }
    Ok(())
}

/// The new time, and reminders for it instead of the old ones.
pub(crate) fn moved(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<()> {
    mail::cancel_about(tx, ctx, &about(booking))?;
    let Some(post) = post(tx, booking)? else { return Ok(()) };
    let mut letter = message(
        &post,
        booking,
        &Words::new("ご予約の日時が変わりました", "Your booking has moved"),
        &Words::new("ご予約の日時が変わりました。", "Your booking has moved to another time."),
        ctx.now,
    );
    letter.invitation = Some(invitation(&post, booking, Method::Request));
    mail::enqueue(tx, ctx, &letter)?;
    remind(tx, ctx, &post, booking)
}

/// The end of the booking; no reminder follows.
pub(crate) fn cancelled(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<()> {
    mail::cancel_about(tx, ctx, &about(booking))?;
    let Some(post) = post(tx, booking)? else { return Ok(()) };
    let mut letter = message(
        &post,
        booking,
        &Words::new("ご予約を取り消しました", "Your booking is cancelled"),
        &Words::new("次のご予約を取り消しました。", "This booking is cancelled."),
        ctx.now,
    );
    letter.invitation = Some(invitation(&post, booking, Method::Cancel));
    mail::enqueue(tx, ctx, &letter).map(drop)
}

/// Tells those who wait for an earlier time with this doctor; first come, first served.
pub(crate) fn time_is_free(tx: &mut Tx<'_>, ctx: &Ctx, freed: &Booking) -> Result<()> {
    let facility = tx.facility()?;
    let waiting = tx.rows(
        "SELECT w.id, w.patient_id FROM waiting_list w WHERE w.facility_id = ?1 AND w.doctor_id = ?2 AND w.visit_type_id = ?3
         AND w.ended_at IS NULL AND w.patient_id <> ?4 AND w.until_day >= ?5 ORDER BY w.made_at LIMIT ?6",
        params![
            facility,
            freed.doctor,
            freed.visit_type.id,
            freed.patient,
            time::day(freed.starts_at).to_string(),
            TOLD_MAX
        ],
    )?;
    for row in waiting {
        let other = Booking { patient: row.get("patient_id")?, ..freed.clone() };
        let Some(post) = post(tx, &other)? else { continue };
        let (when, doctor) = (time::show(freed.starts_at, post.lang), &post.doctor);
        let (name, phone) = (&post.facility.name, &post.facility.phone);
        let text = match post.lang {
            Lang::Ja => format!(
                "お待ちの時間に空きが出ました。\n\n日時: {when}\n担当: {doctor}\n\nご希望の方は、お持ちの予約のリンクから「日時を変える」をお選びください。\
                 先に手続きされた方が優先です。\n\n{name}\n電話 {phone}\n"
            ),
            Lang::En => format!(
                "A time that you are waiting for is free.\n\nWhen: {when} (Japan time)\nWith: {doctor}\n\nIf you want it, open the link of your booking and choose “Change the time”. \
                 First come, first served.\n\n{name}\nTelephone {phone}\n"
            ),
        };
        let subject = post.lang.t("空きのお知らせ", "A free time");
        let letter = Message::new(To::Mail(post.to.clone()), name.clone(), subject, text, ctx.now, about(freed));
        mail::enqueue(tx, ctx, &letter)?;
        tx.exec(
            "UPDATE waiting_list SET told_at = ?3 WHERE facility_id = ?1 AND id = ?2",
            params![facility, row.get::<String>("id")?, ctx.now],
        )?;
    }
    Ok(())
}
