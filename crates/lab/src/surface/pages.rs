//! `/lab/cases/{case}/view` and what its viewer fetches: the list of surfaces, and their levels (docs/protocols.md, "Surfaces").

use axum::extract::Query;
use kernel::{Error, Lang, RowId, Words};
use maud::{Markup, html};
use serde_json::json;
use web::look;
use web::{Answer, Asked, Door, Path, Routes};

use super::{Part, store};
use crate::case::{CaseId, Event};
use crate::check::LEVEL_BYTES_MAX;
use crate::file::Kind;
use crate::note;
use crate::note::pages::{may_note, told};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/lab/cases/{case}/view", show)
        .get(Door::Staff, "/lab/cases/{case}/surfaces", list)
        .get(Door::Staff, "/lab/cases/{case}/surfaces/{file}/{level}", level)
}

/// The way to the viewer, for the pages of the case and of its files.
#[must_use]
pub fn link(case: CaseId, lang: Lang) -> Markup {
    look::link_quiet(
        &format!("/lab/cases/{case}/view"),
        lang.t("スキャンと設計を立体で見る", "Look at scans and designs"),
    )
}

/// What is to be looked at first.
#[derive(Debug, Clone, Default, serde::Deserialize)]
struct Wish {
    /// The number of a note in the line of time.
    #[serde(default)]
    note: String,
}

async fn show(asked: Asked, Path(case): Path<CaseId>, Query(wish): Query<Wish>) -> web::Result {
    let view = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, case)).await?;
    let lang = asked.lang();
    let note = note::of(&view.case.events).map(|it| it.0.number.to_string()).find(|it| *it == wish.note);
    let writes = may_note(&asked, &view.case);
    let (to, token) = (writes.then(|| format!("/lab/cases/{case}/notes")), writes.then(|| asked.form_token()));
    let body = html! {
        p {
            a href={ "/lab/cases/" (case) } { (lang.t("技工のページへ", "Back to the case")) }
            " · " a href={ "/lab/cases/" (case) "/files" } { (lang.t("この症例のファイル", "Files of this case")) }
        }
        @if view.parts.is_empty() {
            (look::empty(lang.t("見られるスキャンや設計はまだありません。送られたファイルは、点検が終わると見られます。",
                "No scan or design can be seen yet. What was sent is shown when its check is over.")))
        } @else {
            @if view.older > 0 {
                p { (lang.t(format!("新しいものから{}件を表示しています。ほかに{}件あります。", super::PARTS_MAX, view.older),
                    format!("The newest {} are shown; there are {} older ones.", super::PARTS_MAX, view.older))) }
            }
            haruka-mesh lang=(lang.tag()) src={ "/lab/cases/" (case) "/surfaces" } note-href=[to] csrf=[token] note=[note] {
                noscript { p { (lang.t("立体で見るにはJavaScriptが必要です。", "Looking at surfaces needs JavaScript.")) } }
            }
            link rel="stylesheet" href=(web::assets::href("mesh.css"));
            script type="module" src=(web::assets::href("mesh.js")) {}
        }
    };
    let name = view.case.order().patient.full();
    let title = Words::made(format!("{name} さんのスキャンと設計"), format!("Scans and designs of {name}"));
    Ok(Answer::Page { status: 200, html: web::shell::bare(&asked, &title, body) })
}

/// What the viewer calls a kind.
fn kind(it: Kind) -> &'static str {
    match it {
        Kind::Upper | Kind::Lower | Kind::Bite | Kind::Gum | Kind::Design => it.key(),
        Kind::Scan | Kind::Attachment => "other",
    }
}

async fn list(asked: Asked, Path(case): Path<CaseId>) -> web::Result {
    let view = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, case)).await?;
    let lang = asked.lang();
    let part = |it: &Part| {
        let levels: Vec<_> = it
            .levels
            .iter()
            .map(|level| {
                json!({
                    "level": level.number, "triangles": level.triangles, "error_mm": level.error_mm,
                    "bytes": level.size_bytes, "href": format!("/lab/cases/{case}/surfaces/{}/{}", it.file, level.number),
                })
            })
            .collect();
        json!({ "file": it.file, "name": it.name, "kind": kind(it.kind), "version": it.version, "levels": levels })
    };
    let parts: Vec<_> = view.parts.iter().map(part).collect();
    let who = |it: &Event| view.names.get(&it.person).map_or("", String::as_str);
    let notes: Vec<_> = note::of(&view.case.events).map(|(it, place)| told(it, place, who(it), lang)).collect();
    Ok(Answer::Json(json!({ "parts": parts, "notes": notes, "may_note": may_note(&asked, &view.case) })))
}

async fn level(asked: Asked, Path((case, file, number)): Path<(CaseId, RowId, u32)>) -> web::Result {
    let (holder, key, stored) =
        asked.site.write(&asked.ctx, move |tx, ctx| store::level(tx, ctx, case, file, number)).await?;
    let blobs = asked.site.blobs.clone();
    let read = tokio::task::spawn_blocking(move || blobs.read_all(holder, &key, &stored, LEVEL_BYTES_MAX));
    let bytes = read.await.map_err(Error::internal)??;
    Ok(Answer::File { kind: "application/octet-stream", name: String::new(), bytes })
}
