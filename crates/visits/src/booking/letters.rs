//! The letters of a booking: confirmation, change, cancellation, reminders a week, a day and an hour before.
//!
//! Plain text below 5,000 bytes, for carriers' mailboxes and old phones; nothing about health, since phones lie on tables.

use db::{Tx, params};
use kernel::{Ctx, Lang, Result, Timestamp, time};
use mail::{About, Invitation, MailAddress, Message, Method, To};
use people::facility::Facility;

use super::{Booking, Form};

/// Minutes before the start when reminders go out: a week, a day, an hour.
const REMINDERS_MIN: [i64; 3] = [7 * 24 * 60, 24 * 60, 60];
/// Those who wait are told one after the other; this many at most for one free time.
const TOLD_MAX: i64 = 3;

struct Post {
    to: MailAddress,
    facility: Facility,
    doctor: String,
    base: String,
}

/// Where the letters of this booking go; `None` for a patient without mail, whom the clinic telephones.
fn post(tx: &mut Tx<'_>, booking: &Booking) -> Result<Option<Post>> {
    let patient = people::patient::store::read_one(tx, booking.patient)?;
    let Ok(to) = patient.mail.parse() else { return Ok(None) };
    let facility = tx.facility()?;
    let facility = people::facility::store::get(tx, facility)?;
    let doctor = people::person::store::get(tx, booking.doctor)?.name.full();
    let base = web::installation::base_url(tx)?;
    Ok(Some(Post { to, facility, doctor, base }))
}

fn about(booking: &Booking) -> About {
    About::new("booking", booking.id)
}

fn message(post: &Post, booking: &Booking, subject: &str, lead: &str, due_at: Timestamp) -> Message {
    let how = match booking.visit_type.form {
        Form::Online => "オンライン（スマートフォンやパソコンで受けられます）",
        Form::InPerson => "来院",
    };
    let text = format!(
        "{lead}\n\n日時: {}\n方法: {how}\n担当: {}\n\n準備と当日の入口（この予約だけのリンクです。ほかの人に渡さないでください）\n{}{}\n\n\
         お困りのときはお電話ください。\n{}\n電話 {}\n\n※このメールには返信できません。\n",
        time::show(booking.starts_at, Lang::Ja),
        post.doctor,
        post.base,
        booking.link,
        post.facility.name,
        post.facility.phone,
    );
    Message::new(To::Mail(post.to.clone()), post.facility.name.clone(), subject, text, due_at, about(booking))
}

/// Tells the patient that something about this visit can be read behind its link; what it is about stands in `lead`.
pub(crate) fn told(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking, subject: &str, lead: &str) -> Result<()> {
    let Some(post) = post(tx, booking)? else { return Ok(()) };
    let mut letter = message(&post, booking, subject, lead, ctx.now);
    // Not called back when the booking moves or ends: what it tells has happened.
    letter.about = About::new("told", booking.id);
    mail::enqueue(tx, ctx, &letter).map(drop)
}

fn invitation(post: &Post, booking: &Booking, method: Method) -> Invitation {
    Invitation {
        uid: booking.id.to_string(),
        sequence: u32::try_from(booking.sequence).unwrap_or(u32::MAX),
        method,
        starts_at: booking.starts_at,
        ends_at: booking.ends_at,
        summary: format!("{} ご予約", post.facility.name),
        description: format!("電話 {}", post.facility.phone),
        url: Some(format!("{}{}", post.base, booking.link)),
    }
}

/// Confirmation now, and the reminders that still lie ahead.
pub(crate) fn booked(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<()> {
    let Some(post) = post(tx, booking)? else { return Ok(()) };
    let mut letter = message(&post, booking, "ご予約を承りました", "ご予約を承りました。", ctx.now);
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
            60 => "まもなく診療の時間です。下のリンクから入り、カメラとマイクを確かめてお待ちください。",
            _ => "ご予約の日が近づきました。問診・同意・機器の確認がまだの方は、下のリンクからお済ませください。",
        };
        let mut letter = message(post, booking, "ご予約のお知らせ", lead, due_at);
        letter.useless_after = Some(booking.ends_at);
        mail::enqueue(tx, ctx, &letter)?;
    }
    Ok(())
}

/// The new time, and reminders for it instead of the old ones.
pub(crate) fn moved(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<()> {
    mail::cancel_about(tx, ctx, &about(booking))?;
    let Some(post) = post(tx, booking)? else { return Ok(()) };
    let mut letter = message(&post, booking, "ご予約の日時が変わりました", "ご予約の日時が変わりました。", ctx.now);
    letter.invitation = Some(invitation(&post, booking, Method::Request));
    mail::enqueue(tx, ctx, &letter)?;
    remind(tx, ctx, &post, booking)
}

/// The end of the booking; no reminder follows.
pub(crate) fn cancelled(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<()> {
    mail::cancel_about(tx, ctx, &about(booking))?;
    let Some(post) = post(tx, booking)? else { return Ok(()) };
    let mut letter = message(&post, booking, "ご予約を取り消しました", "次のご予約を取り消しました。", ctx.now);
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
        let text = format!(
            "お待ちの時間に空きが出ました。\n\n日時: {}\n担当: {}\n\nご希望の方は、お持ちの予約のリンクから「日時を変える」をお選びください。\
             先に手続きされた方が優先です。\n\n{}\n電話 {}\n",
            time::show(freed.starts_at, Lang::Ja),
            post.doctor,
            post.facility.name,
            post.facility.phone
        );
        let letter = Message::new(
            To::Mail(post.to.clone()),
            post.facility.name.clone(),
            "空きのお知らせ",
            text,
            ctx.now,
            about(freed),
        );
        mail::enqueue(tx, ctx, &letter)?;
        tx.exec(
            "UPDATE waiting_list SET told_at = ?3 WHERE facility_id = ?1 AND id = ?2",
            params![facility, row.get::<String>("id")?, ctx.now],
        )?;
    }
    Ok(())
}
