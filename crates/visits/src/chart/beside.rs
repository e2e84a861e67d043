//! The chart beside the picture of a call: the draft is written while the patient is there. What is typed is sent by itself
//! and kept as the draft; finalising waits for the end of the visit and has its own page.

use kernel::{BookingId, clause, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::pages::{behind_notice, texts_and_teeth};
use super::store::{self, Desk, Saved};
use super::{Content, Draft};
use crate::policy;

/// Routes of the part.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/bookings/{booking}/chart/panel", show).post(
        Door::Staff,
        "/bookings/{booking}/chart/panel",
        keep,
    )
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let desk = asked.site.write(&asked.ctx, move |tx, ctx| store::desk(tx, ctx, booking)).await?;
    let filled = desk.draft.content.filled();
    Ok(Answer::part(part(&asked, &desk, &filled, None)))
}

/// Keeps the draft. Kept twice it is the same draft, so the form's key is not used up.
async fn keep(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    clause!("OV-204", "OV-303");
    let again = |faults: Faults| fields.again(faults);
    let content = match Content::parse(&fields) {
        Ok(content) => content,
        Err(faults) => return whole(&asked, booking, &again(faults), None, 422).await,
    };
    let revision = fields.get("revision").parse().unwrap_or(0);
    let (saved, draft) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let saved = store::save(tx, ctx, booking, revision, &content)?;
            Ok((saved, store::draft(tx, booking)?))
        })
        .await?;
    match saved {
        Saved::Kept => Ok(Answer::part(kept(&asked, draft.as_ref()))),
        Saved::Behind(behind) => whole(&asked, booking, &again(Faults::default()), Some(&behind), 409).await,
    }
}

async fn whole(asked: &Asked, booking: BookingId, filled: &Filled, behind: Option<&Draft>, status: u16) -> web::Result {
    let desk = asked.site.write(&asked.ctx, move |tx, ctx| store::desk(tx, ctx, booking)).await?;
    Ok(Answer::part(part(asked, &desk, filled, behind)).status(status))
}

/// What stands on record of the draft. The island reads from it by which count the next save goes.
pub(super) fn kept(asked: &Asked, draft: Option<&Draft>) -> Markup {
    let lang = asked.lang();
    html! {
        p data-kept="" data-revision=(draft.map_or(0, |it| it.revision)) role="status" {
            @match draft.and_then(|it| it.saved_at) {
                Some(at) => { (look::badge(Tone::Good, lang.t("下書き保存済み", "Draft kept"))) " " (time::clock(at)) },
                None => { (lang.t("入力すると、下書きとして自動で保存されます。", "What you type is kept as a draft by itself.")) }
            }
        }
    }
}

fn part(asked: &Asked, desk: &Desk, filled: &Filled, behind: Option<&Draft>) -> Markup {
    let lang = asked.lang();
    let base = format!("/bookings/{}/chart", desk.booking.id);
    if !desk.writes {
        return look::empty(lang.t("記録を書くのは担当医です。", "The doctor writes the chart."));
    }
    let saved = (desk.draft.revision > 0).then_some(&desk.draft);
    let revision = behind.map_or(desk.draft.revision, |it| it.revision);
    html! {
        (look::faults_summary(lang, filled))
        h2 { (lang.t("診療録を書く", "Write the chart")) }
        @if let Some(behind) = behind { (behind_notice(lang, behind, filled)) }
        (look::form(asked, &format!("{base}/panel"), html! {
            (kept(asked, saved))
            (look::hidden("revision", &revision.to_string()))
            (texts_and_teeth(lang, filled))
            (look::submit(lang.t("下書きを保存する", "Save the draft")))
        }))
        p.hint { (lang.t("内容の確定は、診察を終えたあとに診療録の画面で行います。", "It is finalised on the page of the chart after the visit.")) }
        section.part #policy {
            h2 { (lang.t("これからの方針", "How it goes on")) }
            (policy::pages::form(asked, desk.booking.id, desk.told.as_ref(), None))
        }
        p { a href=(base) target="_blank" rel="noopener" { (lang.t("診療録を別の画面で開く", "Open the chart in a new window")) } }
    }
}
