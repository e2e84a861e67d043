//! `/images/{study_uid}/marks`: what the viewer shows of marks, and where it saves them, as JSON.

use kernel::{Error, Lang, clause, time};
use serde::Deserialize;
use serde_json::{Value, json};
use web::{Answer, Asked, Door, Path, Routes, Upload};

use super::store::{self, Saved, Saving};
use super::{Refused, SENT_BYTES_MAX, Set, Version, write};
use crate::instance::Uid;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/images/{study_uid}/marks", show).post(
        Door::Staff,
        "/images/{study_uid}/marks",
        save,
    )
}

async fn show(asked: Asked, Path(uid): Path<Uid>) -> web::Result {
    let versions = asked.site.look(&asked.ctx, move |tx, ctx| store::on(tx, ctx, &uid)).await?;
    let me = asked.ctx.who.staff();
    let (mine, others): (Vec<_>, Vec<_>) = versions.iter().partition(|it| Some(it.person) == me);
    Ok(Answer::Json(json!({
        "mine": mine.first().map(|it| told(it, asked.lang())),
        "others": others.iter().map(|it| told(it, asked.lang())).collect::<Vec<_>>(),
    })))
}

fn told(it: &Version, lang: Lang) -> Value {
    json!({
        "number": it.number,
        "author": it.body.author,
        "facility": it.body.facility,
        "savedAt": time::show(it.saved_at, lang),
        "kept": it.kept_at.is_some(),
        "set": it.body.set,
    })
}

/// What the viewer sends.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Sent {
    based_on: i64,
    tab: String,
    keep: bool,
    set: Set,
}

/// A saving out of the bytes that came, or why not.
fn parsed(bytes: &[u8]) -> Result<Saving, Refused> {
    let Sent { based_on, tab, keep, set } = serde_json::from_slice(bytes).map_err(|_| Refused::Unreadable)?;
    let is_tab = (1..=64).contains(&tab.len()) && tab.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    if is_tab { Ok(Saving { based_on, tab, set, keep }) } else { Err(Refused::Unreadable) }
}

async fn save(asked: Asked, Path(uid): Path<Uid>, mut upload: Upload) -> web::Result {
    clause!("TR-24");
    let mut bytes = Vec::new();
    while let Some(pieces) = upload.piece().await? {
        for it in pieces {
            if bytes.len() + it.len() > SENT_BYTES_MAX {
                return Err(Error::too_large(Refused::TooMuch.words(), "bytes of marks").into());
            }
            bytes.extend_from_slice(&it);
        }
    }
    let saving = match parsed(&bytes) {
        Ok(saving) => saving,
        Err(why) => return Ok(refused(why)),
    };
    let keep = saving.keep;
    let saved = asked.site.write(&asked.ctx, move |tx, ctx| store::save(tx, ctx, &uid, &saving)).await?;
    match saved {
        Saved::Refused(why) => Ok(refused(why)),
        Saved::Behind(it) => Ok(Answer::Json(json!({ "outcome": "behind", "mine": told(&it, asked.lang()) }))),
        Saved::Kept(it, facility) => {
            let written = match &it {
                // What cannot be written now is tried again by the job; that it is kept stands already.
                Some(it) if keep => write::one(&asked.site, facility, it.id).await.ok(),
                _ => None,
            };
            Ok(Answer::Json(json!({
                "outcome": "saved",
                "number": it.as_ref().map_or(0, |it| it.number),
                "savedAt": it.as_ref().map(|it| time::clock(it.saved_at)),
                "objects": written,
            })))
        }
    }
}

fn refused(why: Refused) -> Answer {
    let words = why.words();
    Answer::Json(json!({ "outcome": "refused", "ja": words.ja, "en": words.en }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_viewer_sends_is_a_saving() {
        // TR-24
        let set = r#"{"marks":[],"keyImages":[{"series":"1.2.3","sop":"1.2.3.4","frame":1}],"looks":[],"arches":[]}"#;
        let body = |tab: &str, set: &str| format!(r#"{{"basedOn":3,"tab":"{tab}","keep":true,"set":{set}}}"#);
        let saving = parsed(body("a-1", set).as_bytes()).expect("a saving");
        assert_eq!((saving.based_on, saving.tab.as_str(), saving.keep), (3, "a-1", true));
        assert_eq!(saving.set.key_images[0].sop.as_str(), "1.2.3.4");
        for bad in [
            String::new(),
            "null".into(),
            body("", set),
            body("<b>", set),
            body(&"x".repeat(65), set),
            body("a", &set.replace("1.2.3.4", "../4")),
            body("a", &set.replace("\"arches\"", "\"more\":1,\"arches\"")),
            body("a", &set.replace("\"frame\":1", "\"frame\":-1")),
        ] {
            assert_eq!(parsed(bad.as_bytes()).err(), Some(Refused::Unreadable), "{bad}");
        }
    }
}
