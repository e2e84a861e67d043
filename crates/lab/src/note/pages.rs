//! `POST /lab/cases/{case}/notes`: where the viewer sends a note (docs/protocols.md, "Surfaces"). What is shown of notes stands on
//! the page of the case and in the viewer.

use kernel::Lang;
use people::access::{Act, Class, may};
use serde_json::{Value, json};
use web::{Answer, Asked, Door, Faults, Fields, Path, Routes};

use super::store::{self, New};
use super::{NOTES_MAX, Place, Refused, along, at_um, of};
use crate::case::{Case, CaseId, Event, Kind, may_follow};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Staff, "/lab/cases/{case}/notes", pin)
}

/// Where the viewer shows a note of a case.
#[must_use]
pub fn href(case: CaseId, note: i64) -> String {
    format!("/lab/cases/{case}/view?note={note}")
}

/// Whether whoever asks is offered to pin a note to this case's surfaces, which are shown already.
#[must_use]
pub fn may_note(asked: &Asked, case: &Case) -> bool {
    may(asked, Act::Write, Class::Lab) && may_follow(case.state(), Kind::Noted) && of(&case.events).count() < NOTES_MAX
}

/// A note as the viewer reads it; `who` is the writer's name.
#[must_use]
pub fn told(note: &Event, place: &Place, who: &str, lang: Lang) -> Value {
    let side = crate::case::pages::side_words(note.side, lang);
    json!({
        "id": note.number.to_string(), "file": place.file, "at": place.at_um.map(|it| f64::from(it) / 1_000.0),
        "along": place.along.map(|it| f64::from(it) / 1_000.0), "text": note.said.text, "who": format!("{who}（{side}）"),
        "when": note.at.to_string(),
    })
}

async fn pin(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let three = |names: [&str; 3]| names.map(|it| fields.get(it));
    let at = fields.get("file").parse().ok().zip(at_um(three(["x", "y", "z"])));
    let mut faults = Faults::default();
    let text = fields.text_if_any("text", &mut faults);
    // What is too long for any form comes back empty; here it is refused by its length.
    let text = if faults.done(|| ()).is_ok() { text } else { fields.get("text").to_owned() };
    let new = New { at, along: along(three(["dx", "dy", "dz"])), text };
    let kept = asked
        .act_or(&fields, move |tx, ctx| Ok(store::pin(tx, ctx, case, &new)?.map(|number| href(case, number))))
        .await?;
    Ok(kept.unwrap_or_else(refused))
}

fn refused(why: Refused) -> Answer {
    let words = why.words();
    Answer::Json(json!({ "outcome": "refused", "ja": words.ja, "en": words.en }))
}
