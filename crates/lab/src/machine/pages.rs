//! `/lab/machine/…`: what a machine asks and reports, with its token; and what the manager sees and does about machines.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind as Why, Lang, RowId, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, Decision, decide};
use people::sign_in::need_fresh_at;
use people::token::Scope;
use people::token::door::{Closed, Machine as Shown};
use serde::Deserialize;
use serde_json::json;
use web::look::{self, Tone};
use web::site::Alert;
use web::{Asked, Door, Fields, Filled, Path, Routes, Site};

use super::store::{self, Named, Turned};
use super::{Machine, REFUSED_DAYS};
use crate::case::{Case, CaseId, State as Stands};
use crate::file::pages::handed_out;
use crate::file::short;
use crate::step::pages::{gated, settled};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    machines().post(Door::Staff, "/lab/cases/{case}/release", release)
}

/// Those that machines ask, for the programs' door as well.
#[must_use]
pub fn machines() -> Routes {
    Routes::new()
        .get(Door::Machine, "/lab/machine/released", list)
        .get(Door::Machine, "/lab/machine/released/{digest}/{file}", fetch)
        .post(Door::Machine, "/lab/machine/released/{digest}/machined", milled)
}

/// What a machine is told when it does not get what it asked for: a status and one line.
enum Refused {
    Closed(Closed),
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Closed> for Refused {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Closed(closed) => return closed.into_response(),
            Self::Failed(error) => error,
        };
        let status = match error.kind() {
            Why::NotFound => StatusCode::NOT_FOUND,
            Why::Forbidden | Why::Terminal => StatusCode::FORBIDDEN,
            Why::SignIn => StatusCode::UNAUTHORIZED,
            Why::Invalid { .. } => StatusCode::BAD_REQUEST,
            Why::Conflict => StatusCode::CONFLICT,
            Why::Limit { retry: false } => StatusCode::PAYLOAD_TOO_LARGE,
            Why::Limit { retry: true } => StatusCode::TOO_MANY_REQUESTS,
            Why::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Why::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // Logged once, where it is answered.
        if status.is_server_error() {
            tracing::error!(%error, "a machine's request failed");
        } else {
            tracing::info!(%error, "a machine's request was refused");
        }
        (status, format!("{}\n", error.words().en)).into_response()
    }
}

/// The machine behind a request: by its token alone, never by a browser's session.
fn machine(who: &Shown) -> Result<Machine, Closed> {
    let token = who.token.as_ref().ok_or(Closed::Stranger)?;
    who.need(Scope::LabFetch)?;
    Ok(Machine { person: token.person, name: token.label.clone() })
}

/// Answers `{"released": [{"case": "01…", "digest": "<hex>", "files": [{"id": "01…", "name": "46.stl", "size": 1234, "sha256": "<hex>"}]}]}`.
async fn list(State(site): State<Site>, who: Shown) -> Result<Response, Refused> {
    let machine = machine(&who)?;
    let all = site.write(&who.asked.ctx, move |tx, ctx| store::released(tx, ctx, &machine)).await?;
    let told: Vec<_> = all
        .iter()
        .map(|(case, bundle)| {
            let file = |it: &crate::file::Member| json!({ "id": it.id, "name": it.name, "size": it.size_bytes, "sha256": it.sha256 });
            json!({ "case": case, "digest": bundle.digest, "files": bundle.members.iter().map(file).collect::<Vec<_>>() })
        })
        .collect();
    Ok(answer(&json!({ "released": told })))
}

async fn fetch(
    State(site): State<Site>,
    who: Shown,
    Path((digest, file)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let machine = machine(&who)?;
    let file: RowId = file.parse().map_err(|_| Error::not_found("no id of a file"))?;
    let taken = site.write(&who.asked.ctx, move |tx, ctx| store::take(tx, ctx, &machine, &digest, file)).await?;
    Ok(handed_out(&site, taken).into_response())
}

#[derive(Deserialize)]
struct Of {
    case: Option<CaseId>,
}

/// Answers `{"case": "01…"}`, the same when it is told twice.
async fn milled(
    State(site): State<Site>,
    who: Shown,
    Path(digest): Path<String>,
    Query(of): Query<Of>,
) -> Result<Response, Refused> {
    let machine = machine(&who)?;
    let named = of.case.map_or(Named::Nothing, Named::Case);
    let case = site.write(&who.asked.ctx, move |tx, ctx| store::milled(tx, ctx, &machine, &digest, named)).await?;
    Ok(answer(&json!({ "case": case })))
}

fn answer(told: &serde_json::Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], told.to_string()).into_response()
}

/// What the manager is told on every page: machines that were refused, and tokens of machines that were shown in vain.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut db::Tx<'_>, duties: &[String], now: kernel::Timestamp) -> kernel::Result<Vec<Alert>> {
    clause!("DL-21");
    if !matches!(decide(duties, Act::Write, Class::Administration), Decision::Allowed(_)) {
        return Ok(vec![]);
    }
    let (turned, tokens) = (store::refusals(tx, now)?, store::refused_tokens(tx, now)?);
    let newest = turned.iter().map(|it| (it.at, it.machine.name.clone()));
    let newest = newest.chain(tokens.into_iter().filter_map(|it| it.refused_at.map(|at| (at, it.label)))).max();
    let Some((at, name)) = newest else { return Ok(vec![]) };
    let has_milled = turned.iter().any(|it| it.milled);
    let (ja, en) = (time::show(at, Lang::Ja), time::show(at, Lang::En));
    Ok(vec![Alert {
        tone: if has_milled { Tone::Stop } else { Tone::Warn },
        title: match has_milled {
            true => Words::new(
                "加工に回していないデータを加工したと、加工機から報告がありました",
                "A machine has milled what was not released",
            ),
            false => Words::new("加工機からの求めを断りました", "A machine was refused"),
        },
        text: Words::made(
            format!("最後は{ja}、「{name}」です。症例のページで理由を確かめてください。{REFUSED_DAYS}日間表示します。"),
            format!("The last at {en}, “{name}”. The page of the case says why. Shown for {REFUSED_DAYS} days."),
        ),
        link: Some(("/lab", Words::new("技工の一覧を見る", "See the cases"))),
    }])
}

/// What machines were refused on this case.
pub(crate) fn turned(lang: Lang, all: &[Turned]) -> Markup {
    html! { @if !all.is_empty() {
        (look::notice(lang, Tone::Stop, lang.t("加工機の求めを断りました", "Machines were refused"), html! { ul { @for it in all { li {
            (time::show(it.at, lang)) " " (it.machine.name) "：" (it.why.words().in_lang(lang))
            @if it.milled { " " strong { (lang.t("（加工済みと報告しています）", "(it says that it has milled it)")) } }
            " " code title=(it.digest) { (short(&it.digest)) }
        } } } }))
    } }
}

/// The form by which the manager releases the approved design, and says for which machine.
pub(crate) fn release_form(asked: &Asked, case: &Case, machines: &[(RowId, Machine, String)]) -> Markup {
    let lang = asked.lang();
    let mut choices: Vec<(String, String)> =
        machines.iter().map(|it| (it.0.to_string(), format!("{}（{}）", it.1.name, it.2))).collect();
    choices.push(("hand".to_owned(), lang.t("人が機械に入れる", "By hand").to_owned()));
    let first = choices.first().map(|it| it.0.clone()).unwrap_or_default();
    let filled = Filled::empty().with("machine", first);
    let form = html! {
        p { (lang.t("承認された設計だけを加工します。本人の確認のため、パスワードをもう一度おたずねすることがあります。", "Only the approved design is machined. You may be asked for your password again.")) }
        @if !case.design().is_empty() { p { (lang.t("設計データ：", "Design: ")) code title=(case.design()) { (short(case.design())) } } }
        (look::form(asked, &format!("/lab/cases/{}/release", case.id), html! {
            (look::hidden("form", "release"))
            (look::choice(lang, &filled, "machine", lang.t("どの加工機で", "On which machine"), &choices))
            (look::submit(lang.t("承認された設計を加工に回す", "Release the approved design")))
        }))
    };
    match case.state() {
        Stands::Released => look::details(lang.t("別の加工機に回し直す", "Release it for another machine"), form),
        _ => look::section(lang.t("加工に回す", "Release for machining"), form),
    }
}

async fn release(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    need_fresh_at(&asked, &format!("/lab/cases/{case}"))?;
    let token = match fields.get("machine") {
        "" | "hand" => None,
        _ => Some(fields.id("machine")?),
    };
    let done = asked.act_or(&fields, move |tx, ctx| Ok(settled(case, store::release(tx, ctx, case, token)?))).await?;
    gated(&asked, case, &fields, done).await
}
