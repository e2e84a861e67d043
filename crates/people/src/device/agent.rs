//! `/agent/…`: what the agent on a device says and asks, at the programs' door alone, where its certificate is shown. What it
//! tells is looked at nowhere else than in the ledger: an agent opens no patient's data.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use crypto::digest::hex;
use kernel::{Ctx, Error, Kind as Why, Who, Words, clause};
use serde::Deserialize;
use serde_json::json;
use web::{Door, Routes, Site};

use super::certificate::{self, Certificate, Origin, Outcome, Shown, Sign, Standing};
use super::inventory::{Inventory, REPORT_BYTES_MAX};
use super::{Device, store};
use crate::sign_in::store::{At, count_try, forgive};
use crate::token::Fingerprint;
use crate::token::door::AtProgramsDoor;

/// Bytes of a request for a certificate: a signing request of an RSA key of 4,096 bits has two thousand.
const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// Characters of a code that are looked at.
const CODE_CHARS_MAX: usize = 100;
/// As whom an agent stands in the log; the entry's terminal says which.
const AGENT: Who = Who::System("agent");

/// Beside each request of the programs' door: who signs certificates there.
#[derive(Clone)]
pub struct Signer(pub Arc<Sign>);

/// Addresses of the agent. All of them answer in JSON.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .post(Door::Machine, "/agent/enroll", enrol)
        .post(Door::Machine, "/agent/report", report)
        .post(Door::Machine, "/agent/renew", renew)
        .post(Door::Machine, "/agent/browser", browser)
}

/// Whoever stands at the programs' door.
struct Caller {
    site: Site,
    /// Nobody yet, in no facility.
    ctx: Ctx,
    shown: Option<Fingerprint>,
    signer: Signer,
}

/// Why an agent does not get what it asked for.
enum Refused {
    /// This is not the programs' door.
    Elsewhere,
    /// No certificate was shown, or one that nobody has made here.
    Stranger,
    /// A certificate that does not count.
    Standing(Standing),
    /// One of a browser: it says where a person sits, and speaks for no agent.
    OfBrowser,
    /// Nothing was made.
    Not(Outcome),
    /// What was sent is not what belongs there.
    Unreadable,
    /// The request cannot be done.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Refused {
    /// Status, key for programs, and the sentence for whoever looks after the device.
    fn told(&self) -> (StatusCode, &'static str, Words) {
        match self {
            Self::Elsewhere => (
                StatusCode::UNAUTHORIZED,
                "door",
                Words::new(
                    "エージェントの接続先ではありません。サーバーの programs.listen のアドレスを指定してください。",
                    "This is not the door of agents: use the address of programs.listen.",
                ),
            ),
            Self::Stranger => (
                StatusCode::UNAUTHORIZED,
                "unknown",
                Words::new(
                    "この端末は登録されていません。管理者に登録コードを頼んでください。",
                    "This device is not enrolled. Ask a manager for a code.",
                ),
            ),
            Self::Standing(Standing::Ended) => (
                StatusCode::UNAUTHORIZED,
                "ended",
                Words::new(
                    "この端末の利用、または証明書は終了しています。管理者に相談してください。",
                    "The use of this device or of its certificate has ended. Talk to a manager.",
                ),
            ),
            Self::Standing(_) => (
                StatusCode::UNAUTHORIZED,
                "expired",
                Words::new("証明書の期限が切れています。", "The time of this certificate is over."),
            ),
            Self::OfBrowser => (
                StatusCode::FORBIDDEN,
                "browser",
                Words::new(
                    "ブラウザーの証明書では、エージェントとして報告や更新はできません。",
                    "A browser's certificate does not speak for the agent.",
                ),
            ),
            Self::Not(outcome) => {
                let (key, words) = certificate::why(outcome);
                let status = match outcome {
                    Outcome::WrongCode => StatusCode::FORBIDDEN,
                    Outcome::NoRequest => StatusCode::BAD_REQUEST,
                    _ => StatusCode::CONFLICT,
                };
                (status, key, words)
            }
            Self::Unreadable => (
                StatusCode::BAD_REQUEST,
                "unreadable",
                Words::new("送られた内容を読めません。", "What was sent cannot be read, or is too long."),
            ),
            Self::Failed(error) => {
                let (status, key) = match error.kind() {
                    Why::Conflict => (StatusCode::CONFLICT, "conflict"),
                    Why::Limit { .. } => (StatusCode::TOO_MANY_REQUESTS, "often"),
                    Why::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
                    Why::NotFound => (StatusCode::NOT_FOUND, "nothing"),
                    _ => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
                };
                (status, key, error.words().clone())
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, key, words) = self.told();
        if let Self::Failed(error) = &self {
            // Logged once, where it is answered.
            if status.is_server_error() {
                tracing::error!(%error, "an agent's request failed");
            } else {
                tracing::info!(%error, "an agent's request was refused");
            }
        }
        (status, answer(&json!({ "error": key, "ja": words.ja, "en": words.en }))).into_response()
    }
}

fn answer(told: &serde_json::Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], format!("{told}\n")).into_response()
}

impl FromRequestParts<Site> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refused> {
        let door = parts.extensions.get::<AtProgramsDoor>().copied().ok_or(Refused::Elsewhere)?;
        let signer = parts.extensions.get::<Signer>().cloned().ok_or(Refused::Elsewhere)?;
        let asked = web::asked::anyone(parts, site).await?;
        // A browser's session opens nothing here.
        let ctx = Ctx { who: Who::Nobody, facility: None, session: None, device: None, ..asked.ctx };
        Ok(Self { site: site.clone(), ctx, shown: door.0, signer })
    }
}

impl Caller {
    /// The agent's certificate that was shown, if it is worth enough; `late`: one that is over and can be renewed is.
    async fn certificate(&self, late: bool) -> Result<(Certificate, Ctx), Refused> {
        clause!("CS-150");
        let (shown, now) = (self.shown.ok_or(Refused::Stranger)?, self.ctx.now);
        let found = self.site.db.read(None, move |tx| certificate::find(tx, &shown, now)).await?;
        let Shown { certificate, standing } = found.ok_or(Refused::Stranger)?;
        let ctx = Ctx { who: AGENT, device: Some(certificate.device), ..self.ctx.at(certificate.facility) };
        if standing == Standing::Counts || (late && standing == Standing::Late) {
            // Whoever has copied one out of a browser could otherwise make its successors, and report what is not so.
            return if certificate.origin == Origin::Browser {
                Err(Refused::OfBrowser)
            } else {
                Ok((certificate, ctx))
            };
        }
        if certificate::is_refusal_new(&certificate, now) {
            let it = certificate.clone();
            self.site.write(&ctx, move |tx, ctx| certificate::refused(tx, ctx, &it, standing)).await?;
        }
        Err(Refused::Standing(standing))
    }
}

async fn whole(body: Body, bytes_max: usize) -> Result<Bytes, Refused> {
    to_bytes(body, bytes_max).await.map_err(|_| Refused::Unreadable)
}

fn read<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(bytes).map_err(|_| Refused::Unreadable)
}

/// What a caller sends, with who it is. A refusal waits until all has come, too: whoever is still sending would find the line
/// closed in place of the answer. Nothing is taken from strangers.
async fn heard<T>(known: Result<T, Refused>, sent: Body, bytes_max: usize) -> Result<(T, Bytes), Refused> {
    if let Err(Refused::Stranger) = known {
        return Err(Refused::Stranger);
    }
    let bytes = whole(sent, bytes_max).await;
    Ok((known?, bytes?))
}

/// What an agent sends to be enrolled.
#[derive(Deserialize)]
struct Enrolment {
    code: String,
    /// A signing request in PEM.
    request: String,
}

/// What an agent sends for a further certificate.
#[derive(Deserialize)]
struct Request {
    request: String,
}

async fn enrol(caller: Caller, sent: Body) -> Result<Response, Refused> {
    let sent: Enrolment = read(&whole(sent, REQUEST_BYTES_MAX).await?)?;
    if sent.code.chars().count() > CODE_CHARS_MAX {
        return Err(Refused::Unreadable);
    }
    let (key, signer) = (caller.site.key.clone(), caller.signer);
    let at = At::Address(format!("agent/{}", caller.ctx.address.map(|it| it.to_string()).unwrap_or_default()));
    let ctx = Ctx { who: AGENT, ..caller.ctx };
    let made = caller.site.write(&ctx, move |tx, ctx| {
        if count_try(tx, ctx, &at)?.is_some() {
            return Err(Error::too_many("codes of agents from one address"));
        }
        let made = certificate::enrol(tx, ctx, &key, &*signer.0, &sent.code, &sent.request)?;
        if matches!(made, Outcome::Made(..)) {
            forgive(tx, &at)?;
        }
        Ok(made)
    });
    certified(made.await?)
}

async fn renew(caller: Caller, sent: Body) -> Result<Response, Refused> {
    let ((it, ctx), bytes) = heard(caller.certificate(true).await, sent, REQUEST_BYTES_MAX).await?;
    let sent: Request = read(&bytes)?;
    let signer = caller.signer;
    let make = move |tx: &mut db::Tx<'_>, ctx: &Ctx| certificate::renew(tx, ctx, &it, &*signer.0, &sent.request);
    certified(caller.site.write(&ctx, make).await?)
}

async fn browser(caller: Caller, sent: Body) -> Result<Response, Refused> {
    let ((it, ctx), bytes) = heard(caller.certificate(false).await, sent, REQUEST_BYTES_MAX).await?;
    let sent: Request = read(&bytes)?;
    let signer = caller.signer;
    let make = move |tx: &mut db::Tx<'_>, ctx: &Ctx| certificate::for_browser(tx, ctx, &it, &*signer.0, &sent.request);
    certified(caller.site.write(&ctx, make).await?)
}

/// Answers `{"certificate": "<PEM, with its authority's>", "fingerprint": "<hex>", "ends_at": "…"}`.
fn certified(outcome: Outcome) -> Result<Response, Refused> {
    match outcome {
        Outcome::Made(signed, ends_at) => Ok(answer(&json!({
            "certificate": signed.chain, "fingerprint": hex(&signed.fingerprint), "ends_at": ends_at,
        }))),
        other => Err(Refused::Not(other)),
    }
}

/// Answers `{"device": "受付のパソコン", "ends_at": "…", "renew": false, "to_mend": [{"check": "updates", "ja": "…", "en": "…"}]}`.
async fn report(caller: Caller, sent: Body) -> Result<Response, Refused> {
    let ((it, ctx), bytes) = heard(caller.certificate(false).await, sent, REPORT_BYTES_MAX).await?;
    let inventory = Inventory::read(&bytes).ok_or(Refused::Unreadable)?;
    let (ends_at, renew) = (it.ends_at, it.is_renewable(ctx.now));
    let (device, has_rules) = caller
        .site
        .write(&ctx, move |tx, ctx| {
            let device = certificate::report(tx, ctx, &it, &inventory)?;
            if certificate::is_use_new(&it, ctx.now) {
                certificate::used(tx, ctx, &it)?;
            }
            Ok((device, store::rule(tx)?.document.is_some()))
        })
        .await?;
    let to_mend = to_mend(&device, has_rules, &ctx);
    Ok(answer(&json!({ "device": device.entry.name, "ends_at": ends_at, "renew": renew, "to_mend": to_mend })))
}

/// What keeps the device from being used where it is used, for whoever sits before it.
fn to_mend(device: &Device, has_rules: bool, ctx: &Ctx) -> Vec<serde_json::Value> {
    let all = device.may_be_used(device.place(), has_rules, ctx.now).err().unwrap_or_default();
    all.iter()
        .map(|it| {
            let ja = format!("{}{}", it.reason.ja, it.mend.ja);
            json!({ "check": it.check.key(), "ja": ja, "en": format!("{} {}", it.reason.en, it.mend.en) })
        })
        .collect()
}
