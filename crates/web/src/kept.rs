//! Forms that met a closed door: kept sealed for a quarter of an hour, and sent again once the person has proven to be there.
//!
//! Around every `POST` stands [`keep`]. It reads a form before the handler does, and when the answer is "prove yourself
//! first" (idle lock, signing, a session that is over, a machine that nobody knows) it keeps what was typed. [`show`] then offers it with one button.
//! Only its owner at the same facility finds it; a form with a secret in it, and files, are never kept.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use db::{Tx, params};
use kernel::{
    Chance, Ctx, DeviceId, Error, FacilityId, Kind, PersonId, Result, RowId, SessionId, Timestamp, Who, Words, limits,
    time,
};
use maud::html;

use crate::answer::{Proof, TERMINAL};
use crate::fields::{TOKEN_FIELD, is_secret};
use crate::session::{self, Session};
use crate::{Answer, Asked, Door, Fields, Routes, Site, look};

/// Minutes for which a form is kept: time for a password, a second factor and the telephone that rings meanwhile.
pub const KEPT_MIN: i64 = 15;
/// Forms kept for one session; the oldest goes first. Two windows that lock at once are common, five are not.
const KEPT_MAX: usize = 5;
/// Hidden field of a form that is sent again: what was kept under it may go.
const KEPT_FIELD: &str = "_kept";
/// What the pressed button said.
pub const BUTTON_FIELD: &str = "_button";
/// Where kept forms are shown.
const AGAIN: &str = "/again/";

/// `GET /again/{kept}`.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Signed, "/again/{kept}", show)
}

/// Whether `page` shows a kept form: the page that asks for the proof says so.
#[must_use]
pub fn is_kept(page: &str) -> bool {
    page.starts_with(AGAIN)
}

/// Where a form can be seen again that this request may leave behind. Known before the page is made, so that the page can
/// lead there (the switch of the language).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(pub(crate) RowId);

impl Place {
    /// Its address; `or` is where to go when nothing was kept.
    pub(crate) fn page(self, or: &str) -> String {
        format!("{AGAIN}{}?or={}", self.0, crate::answer::query_value(or))
    }
}

/// A form that waits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Kept {
    /// The door was closed: it was never looked at. Otherwise it was refused, and its page is asked for once more.
    closed: bool,
    facility: Option<FacilityId>,
    action: String,
    fields: Vec<(String, String)>,
}

impl Kept {
    fn first(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }
}

/// Reads each form before its handler, and keeps it when the door is closed.
pub(crate) async fn keep(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    if !kind.starts_with(crate::fields::URL_ENCODED) {
        let response = next.run(request).await;
        return match response.extensions().get::<Proof>() {
            // Pictures are too large to wait here, and choosing them again takes a moment: so it is said.
            Some(proof) if kind.starts_with("multipart/") => Proof { lost: true, ..proof.clone() }.into_response(),
            _ => response,
        };
    }
    let place = Place(RowId::from_bytes(site.chance.bytes()));
    request.extensions_mut().insert(place);
    let (parts, body) = request.into_parts();
    let seen = copy(&parts);
    let Ok(bytes) = axum::body::to_bytes(body, limits::FORM_BYTES_MAX).await else {
        return crate::Failure::from(crate::fields::too_large()).into_response();
    };
    let response = next.run(Request::from_parts(parts, Body::from(bytes.clone()))).await;
    let proof = asked_for(&response);
    // A refused form is kept too: its page may be asked for in the other language.
    if proof.is_none() && response.status() != StatusCode::UNPROCESSABLE_ENTITY && !mentions_kept(&bytes) {
        return response;
    }
    match after(&site, &seen, &bytes, place, proof.is_some(), response.status()).await {
        Ok(true) => match proof {
            Some(proof) => Proof { next: format!("{AGAIN}{}", place.0), ..proof }.into_response(),
            None => response,
        },
        Ok(false) => response,
        Err(error) => {
            tracing::error!(%error, "cannot keep a form");
            response
        }
    }
}

/// What the person is asked for first, when nothing was done: to prove who it is, or on which machine.
fn asked_for(response: &Response) -> Option<Proof> {
    let told = response.extensions();
    let machine = told.get::<Arc<Error>>().filter(|it| matches!(it.kind(), Kind::Terminal));
    let at_machine = machine.map(|_| Proof { door: TERMINAL.to_owned(), next: String::new(), lost: false });
    told.get::<Proof>().cloned().or(at_machine)
}

/// The circumstances of a request, without its body.
pub(crate) fn copy(parts: &Parts) -> Parts {
    let mut seen = axum::http::Request::new(()).into_parts().0;
    seen.method = parts.method.clone();
    seen.headers = parts.headers.clone();
    seen.uri = parts.uri.clone();
    seen.extensions = parts.extensions.clone();
    seen
}

fn mentions_kept(bytes: &[u8]) -> bool {
    let name = format!("{KEPT_FIELD}=");
    bytes.windows(name.len()).any(|it| it == name.as_bytes())
}

/// Keeps what must be kept and forgets what was used; whether something was kept.
async fn after(
    site: &Site,
    seen: &Parts,
    bytes: &[u8],
    place: Place,
    closed: bool,
    status: StatusCode,
) -> Result<bool> {
    let Some(session) = of_browser(site, seen).await? else { return Ok(false) };
    // The same rule as for a form that acts: from our own page, made for this session. Otherwise another site could lay a
    // form here that the person then sends with the own hand.
    let Ok(fields) = Fields::read(&seen.headers, bytes) else { return Ok(false) };
    if fields.get(TOKEN_FIELD) != session::form_token(&site.key, session.id) {
        return Ok(false);
    }
    let used: Option<RowId> = fields.get(KEPT_FIELD).parse().ok();
    let keeps = closed || status == StatusCode::UNPROCESSABLE_ENTITY;
    let kept = (keeps && !fields.pairs().any(|(name, _)| is_secret(name))).then(|| Kept {
        closed,
        facility: session.facility,
        action: seen.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        fields: fields.kept().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    });
    let done = kept.is_some();
    let may_go = done || !status.is_server_error() && !closed;
    let (now, id) = (site.clock.now(), place.0);
    let chance = site.chance.clone();
    site.db
        .write(None, move |tx| {
            if let Some(used) = used.filter(|_| may_go) {
                drop_one(tx, &session.who.label(), used)?;
            }
            kept.map_or(Ok(()), |it| store(tx, &chance, now, id, &session, &it))
        })
        .await?;
    Ok(done)
}

/// The session of this browser, even one that is over by time; not one that somebody ended.
async fn of_browser(site: &Site, seen: &Parts) -> Result<Option<Session>> {
    match crate::asked::cookie(&seen.headers, session::cookie_name(site)) {
        Some(token) => session::not_ended(site, token).await,
        None => Ok(None),
    }
}

fn seal_place(id: RowId) -> String {
    format!("kept_form.sealed/{id}")
}

fn store(tx: &mut Tx<'_>, chance: &Chance, now: Timestamp, id: RowId, session: &Session, kept: &Kept) -> Result<()> {
    let text = serde_json::to_vec(kept).map_err(Error::internal)?;
    let sealed = tx.own_key("kept-form").seal(&seal_place(id), &text, chance);
    tx.exec(
        "INSERT INTO kept_form (id, session_id, owner, closed, sealed, made_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, session.id, session.who.label(), i64::from(kept.closed), sealed, now, time::plus_min(now, KEPT_MIN)],
    )?;
    let all = tx.rows(
        "SELECT id FROM kept_form WHERE session_id = ?1 ORDER BY made_at DESC, id DESC LIMIT 100",
        params![session.id],
    )?;
    for row in all.iter().skip(KEPT_MAX) {
        drop_one(tx, &session.who.label(), row.get("id")?)?;
    }
    Ok(())
}

/// `owner`, not the session: whoever signed in again sends it from the next one.
fn drop_one(tx: &mut Tx<'_>, owner: &str, id: RowId) -> Result<()> {
    tx.exec("DELETE FROM kept_form WHERE id = ?1 AND owner = ?2", params![id, owner]).map(drop)
}

/// The kept form `id`, when it is this person's, of this facility, and not too old.
fn find(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<Option<Kept>> {
    let sealed: Option<Vec<u8>> = tx.value(
        "SELECT sealed FROM kept_form WHERE id = ?1 AND owner = ?2 AND ends_at > ?3",
        params![id, ctx.who.label(), ctx.now],
    )?;
    let Some(sealed) = sealed else { return Ok(None) };
    let text = tx.own_key("kept-form").open(&seal_place(id), &sealed)?;
    let kept: Kept = serde_json::from_slice(&text).map_err(Error::internal)?;
    Ok(Some(kept).filter(|it| it.facility == ctx.facility))
}

/// Forgets what was kept for a session that somebody ends.
///
/// # Errors
/// The database's.
pub(crate) fn end(tx: &mut Tx<'_>, session: SessionId) -> Result<()> {
    tx.exec("DELETE FROM kept_form WHERE session_id = ?1", params![session]).map(drop)
}

/// The same for all sessions of a person but `except`.
///
/// # Errors
/// The database's.
pub(crate) fn end_all(tx: &mut Tx<'_>, person: PersonId, except: &str) -> Result<()> {
    tx.exec(
        "DELETE FROM kept_form WHERE session_id IN (SELECT id FROM session WHERE person_id = ?1 AND id <> ?2)",
        params![person, except],
    )
    .map(drop)
}

/// The same for all sessions on a terminal.
///
/// # Errors
/// The database's.
pub(crate) fn end_at_terminal(tx: &mut Tx<'_>, device: DeviceId) -> Result<()> {
    let sql = "DELETE FROM kept_form WHERE session_id IN (SELECT id FROM session WHERE device_id = ?1)";
    tx.exec(sql, params![device]).map(drop)
}

/// The newest form that waits for whoever has just come in; where it is shown. Patients come in by the link in their
/// letter, which knows nothing of what they were doing.
///
/// # Errors
/// The database's.
pub fn waiting(tx: &mut Tx<'_>, who: &Who, now: Timestamp) -> Result<Option<String>> {
    let id: Option<RowId> = tx.value(
        "SELECT id FROM kept_form WHERE owner = ?1 AND closed = 1 AND ends_at > ?2 ORDER BY made_at DESC, id DESC LIMIT 1",
        params![who.label(), now],
    )?;
    Ok(id.map(|it| format!("{AGAIN}{it}")))
}

/// Forgets forms that waited too long; for the worker.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    tx.exec("DELETE FROM kept_form WHERE ends_at <= ?1", params![now])
}

#[derive(Debug, serde::Deserialize)]
struct Wish {
    #[serde(default)]
    or: String,
}

/// The kept form with one button. It sends itself where there is script, unless it has been refused before: then the person
/// only changed the language, and presses when it suits.
async fn show(asked: Asked, Path(id): Path<String>, Query(wish): Query<Wish>) -> crate::Result {
    let found = match id.parse::<RowId>() {
        // The owner's own words on the owner's own screen: the act itself is what goes into the log.
        Ok(id) => {
            let ctx = asked.ctx.clone();
            asked.site.db.read(None, move |tx| find(tx, &ctx, id)).await?
        }
        Err(_) => None,
    };
    match found {
        Some(kept) => Ok(page(&asked, &id, &kept)),
        None if !wish.or.is_empty() => Ok(Answer::To(wish.or)),
        None => Err(gone().into()),
    }
}

fn gone() -> Error {
    let words = Words::made(
        format!(
            "お預かりしていた内容は、もうありません。すでに送られたか、{KEPT_MIN}分が過ぎています。元の画面で確かめてください。"
        ),
        format!(
            "What was kept here is gone: it has been sent, or {KEPT_MIN} minutes have passed. Please look at the page where you were."
        ),
    );
    Error::new(Kind::NotFound, words, "no kept form")
}

fn page(asked: &Asked, id: &str, kept: &Kept) -> Answer {
    let lang = asked.lang();
    let pressed = kept.first(BUTTON_FIELD);
    let button = if pressed.is_empty() { lang.t("送る", "Send") } else { pressed };
    let told = if kept.closed {
        lang.t(
            format!("確認できました。先ほどの「{button}」は、まだ行われていません。入力した内容は残っています。ボタンを押すと、そのまま行います。"),
            format!("Thank you. “{button}” has not been done yet, and what you typed is still here. The button does it."),
        )
    } else {
        lang.t(
            "表示の言語を切り替えました。入力した内容は残っています。ボタンを押すと、もう一度送ります。".to_owned(),
            "The language has changed, and what you typed is still here. The button sends it once more.".to_owned(),
        )
    };
    let body = html! {
        p { (told) }
        form.again method="post" action=(kept.action) data-at-once[kept.closed] novalidate {
            input type="hidden" name=(TOKEN_FIELD) value=(asked.form_token());
            input type="hidden" name=(KEPT_FIELD) value=(id);
            @for (name, value) in &kept.fields { input type="hidden" name=(name) value=(value); }
            (look::page_actions(look::submit(button)))
        }
        p { (look::link_quiet("/", lang.t("送らずに最初の画面へ", "To the start page, without sending"))) }
    };
    asked.page(&Words::new("入力した内容を送ります", "Send what you typed"), body)
}
