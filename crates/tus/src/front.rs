//! The requests of tus: who asks, what they want, and the answer's clothes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use db::Room;
use kernel::{Ctx, Error};
use web::session::Standing;
use web::{Door, Routes, Site};

use crate::answer::{self, Refused, Reply, bad};
use crate::desk::{Desk, Turn};
use crate::protocol::{self, Checksum, Length, Told, header};
use crate::receive::{self, Bringing};
use crate::store::{self, Found, Upload, Why};
use crate::{Purpose, Purposes, UploadId};

/// Where uploads are made.
const HOME: &str = "/files";

pub(crate) fn routes(purposes: Purposes) -> Routes {
    let desk = Desk::new(purposes);
    let serve = move |State(site): State<Site>, request: Request| {
        let desk = desk.clone();
        async move { answer(desk, site, request).await }
    };
    // Programs of our own pages: they want a line, and no way to a sign-in.
    let open = Door::Machine;
    let one = "/files/{upload}";
    Routes::new()
        .options(open, HOME, serve.clone())
        .get(open, HOME, serve.clone())
        .post(open, HOME, serve.clone())
        .options(open, one, serve.clone())
        .head(open, one, serve.clone())
        .patch(open, one, serve.clone())
        .delete(open, one, serve.clone())
        .post(open, one, serve)
}

async fn answer(desk: Arc<Desk>, site: Site, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let is_options = parts.method == Method::OPTIONS;
    let done = act(&desk, &site, &parts, body).await;
    let mut response = done.unwrap_or_else(IntoResponse::into_response);
    if !is_options {
        answer::set(response.headers_mut(), "tus-resumable", protocol::VERSION);
    }
    if response.status() == StatusCode::PRECONDITION_FAILED {
        answer::set(response.headers_mut(), "tus-version", protocol::VERSION);
    }
    response
}

async fn act(desk: &Arc<Desk>, site: &Site, parts: &Parts, body: Body) -> Reply {
    let ctx = caller(site, parts).await?;
    if parts.method == Method::OPTIONS {
        return Ok(answer::abilities(desk.bytes_max()));
    }
    // No word of tus: our own pages ask it, without its version.
    if parts.method == Method::GET {
        return list(site, &ctx).await;
    }
    if header(&parts.headers, "tus-resumable") != Some(protocol::VERSION) {
        return Err(Refused::Told(StatusCode::PRECONDITION_FAILED, "Tus-Resumable: 1.0.0 is needed"));
    }
    let one = parts.uri.path().strip_prefix("/files/");
    // Who cannot send every method names it in a header (tus 1.0, X-HTTP-Method-Override).
    let method = match header(&parts.headers, "x-http-method-override") {
        Some(other) if parts.method == Method::POST && one.is_some() => other,
        _ => parts.method.as_str(),
    };
    let Some(id) = one else { return create(desk, site, ctx, parts, body).await };
    let id = id.parse().map_err(|_| Refused::Told(StatusCode::NOT_FOUND, "no such upload"))?;
    match method {
        "HEAD" => show(desk, site, &ctx, id).await,
        "PATCH" => add(desk, site, ctx, parts, body, id).await,
        "DELETE" => stop(desk, site, &ctx, id).await,
        _ => Err(Refused::Told(StatusCode::METHOD_NOT_ALLOWED, "PATCH, HEAD or DELETE")),
    }
}

/// The member of the staff whose page this is. What changes anything must come from a page that was made for the session.
async fn caller(site: &Site, parts: &Parts) -> Result<Ctx, Refused> {
    let asked = web::asked::anyone(parts, site).await.map_err(|it| Refused::Failed(it, kernel::Lang::Ja))?;
    let lang = asked.lang();
    let live = asked.session.as_ref().is_some_and(|it| it.standing(asked.ctx.now) == Standing::Live);
    if !live || asked.ctx.who.staff().is_none() || asked.ctx.facility.is_none() {
        return Err(Refused::Failed(Error::sign_in("an upload without a session"), lang));
    }
    let failed = |it| Refused::Failed(it, lang);
    if !matches!(parts.method, Method::OPTIONS | Method::HEAD | Method::GET) {
        web::upload::from_own_page(&asked, &parts.headers).map_err(failed)?;
        if matches!(parts.method, Method::POST | Method::PATCH) && site.db.room() != Room::Enough {
            return Err(failed(Error::disk_full("an upload while the disk is full")));
        }
    }
    Ok(asked.ctx)
}

fn failed(ctx: &Ctx) -> impl Fn(Error) -> Refused + use<> {
    let lang = ctx.lang;
    move |it| Refused::Failed(it, lang)
}

/// Bytes that the request says it brings.
fn announced(parts: &Parts) -> Option<u64> {
    header(&parts.headers, "content-length").and_then(protocol::count)
}

fn checksum(parts: &Parts) -> Result<Option<Checksum>, Refused> {
    header(&parts.headers, "upload-checksum").map(|it| Checksum::read(it).map_err(bad)).transpose()
}

fn brings_bytes(parts: &Parts) -> bool {
    header(&parts.headers, "content-type") == Some(protocol::MEDIA)
}

async fn create(desk: &Arc<Desk>, site: &Site, ctx: Ctx, parts: &Parts, body: Body) -> Reply {
    let failed = failed(&ctx);
    let length = protocol::length(&parts.headers).map_err(bad)?;
    let told = match parts.headers.get("upload-metadata") {
        Some(it) => Told::read(it.to_str().map_err(|_| bad("Upload-Metadata is no ASCII"))?).map_err(bad)?,
        None => Told::default(),
    };
    let purpose = desk.purpose(told.get("purpose")).ok_or_else(|| bad("no such purpose"))?;
    let size_bytes = match length {
        Length::Known(bytes) if bytes > purpose.bytes_max => return Err(too_large_for(purpose, &ctx)),
        Length::Known(bytes) => Some(bytes),
        Length::Deferred => None,
    };
    let brings = brings_bytes(parts);
    if brings && announced(parts).is_some_and(|it| it > size_bytes.unwrap_or(purpose.bytes_max)) {
        return Err(answer::too_large());
    }
    let checksum = if brings { checksum(parts)? } else { None };
    let request = crate::Request { upload: UploadId::new(&ctx), size_bytes, told };
    let made = site.write(&ctx, move |tx, ctx| store::create(tx, ctx, purpose, &request)).await;
    let mut upload = made.map_err(&failed)?;
    if brings || size_bytes == Some(0) {
        let turn = turn(desk, upload.id).await?;
        let body = if brings { body } else { Body::empty() };
        let bringing =
            Bringing { desk: desk.clone(), site: site.clone(), ctx, purpose, upload, checksum, turn, settling: None };
        upload = receive::receive(bringing, body).await?;
    }
    let mut response = answer::empty(StatusCode::CREATED);
    answer::set(response.headers_mut(), "location", &format!("{HOME}/{}", upload.id));
    answer::standing(&mut response, &upload);
    Ok(response)
}

/// One's own uploads, so that a page that was left goes on without keeping anything in the browser.
async fn list(site: &Site, ctx: &Ctx) -> Reply {
    let all = site.read(ctx, store::own_all).await.map_err(failed(ctx))?;
    let one = |it: &Upload| {
        serde_json::json!({
            "upload": format!("{HOME}/{}", it.id),
            "metadata": it.told,
            "offset": it.received_bytes,
            "length": it.size_bytes,
            "ended": it.is_ended,
        })
    };
    let told = serde_json::json!({ "uploads": all.iter().map(one).collect::<Vec<_>>() });
    let mut response = axum::Json(told).into_response();
    answer::set(response.headers_mut(), "cache-control", "no-store");
    Ok(response)
}

fn too_large_for(purpose: &Purpose, ctx: &Ctx) -> Refused {
    let max_mb = purpose.bytes_max / (1024 * 1024);
    let words = kernel::Words::made(
        format!("ファイルが大きすぎます。1件{max_mb}MBまで送れます。"),
        format!("This file is too large. One of up to {max_mb} MB can be sent."),
    );
    Refused::Failed(Error::too_large(words, "an upload above its purpose's limit"), ctx.lang)
}

/// The turn at an upload: whoever worked on it puts down what came, and ends.
async fn turn(desk: &Desk, id: UploadId) -> Result<Turn, Refused> {
    desk.turn(id).await.ok_or(Refused::Told(StatusCode::LOCKED, "an earlier request does not end yet"))
}

async fn find(site: &Site, ctx: &Ctx, id: UploadId) -> Result<Upload, Refused> {
    match site.read(ctx, move |tx, ctx| store::find(tx, ctx, id)).await.map_err(failed(ctx))? {
        Found::Here(upload) => Ok(upload),
        Found::Expired => Err(Refused::Told(StatusCode::GONE, "this upload has expired")),
    }
}

async fn show(desk: &Desk, site: &Site, ctx: &Ctx, id: UploadId) -> Reply {
    // First of all it must be this person's: nobody else breaks off what is under way.
    find(site, ctx, id).await?;
    let _turn = turn(desk, id).await?;
    let upload = find(site, ctx, id).await?;
    let mut response = answer::empty(StatusCode::OK);
    answer::standing(&mut response, &upload);
    let headers = response.headers_mut();
    match upload.size_bytes {
        Some(bytes) => answer::set(headers, "upload-length", &bytes.to_string()),
        None => answer::set(headers, "upload-defer-length", "1"),
    }
    if !upload.told.is_empty() {
        answer::set(headers, "upload-metadata", &upload.told);
    }
    answer::set(headers, "cache-control", "no-store");
    Ok(response)
}

async fn add(desk: &Arc<Desk>, site: &Site, ctx: Ctx, parts: &Parts, body: Body, id: UploadId) -> Reply {
    if !brings_bytes(parts) {
        return Err(Refused::Told(StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/offset+octet-stream is needed"));
    }
    let offset = header(&parts.headers, "upload-offset").and_then(protocol::count);
    let offset = offset.ok_or_else(|| bad("Upload-Offset is missing or no count of bytes"))?;
    let checksum = checksum(parts)?;
    find(site, &ctx, id).await?;
    let turn = turn(desk, id).await?;
    let mut upload = find(site, &ctx, id).await?;
    if offset != upload.received_bytes {
        let mut response = Refused::Told(StatusCode::CONFLICT, "Upload-Offset is another than here").into_response();
        answer::standing(&mut response, &upload);
        return Ok(response);
    }
    let purpose = desk.purpose(&upload.purpose).ok_or_else(|| bad("its purpose is gone"))?;
    if let Some(told) = parts.headers.get("upload-length") {
        let told =
            told.to_str().ok().and_then(protocol::count).ok_or_else(|| bad("Upload-Length is no count of bytes"))?;
        upload = match upload.size_bytes {
            Some(known) if known == told => upload,
            Some(_) => return Err(bad("Upload-Length cannot change")),
            None if told > purpose.bytes_max => return Err(too_large_for(purpose, &ctx)),
            None if told < upload.received_bytes => return Err(bad("Upload-Length is less than what has arrived")),
            None => {
                let set = site.write(&ctx, move |tx, ctx| store::set_size(tx, ctx, id, told)).await;
                set.map_err(failed(&ctx))?
            }
        };
    }
    let left = upload.size_bytes.unwrap_or(purpose.bytes_max).saturating_sub(upload.received_bytes);
    if announced(parts).is_some_and(|it| it > left) {
        return Err(answer::too_large());
    }
    let bringing =
        Bringing { desk: desk.clone(), site: site.clone(), ctx, purpose, upload, checksum, turn, settling: None };
    let upload = receive::receive(bringing, body).await?;
    let mut response = answer::empty(StatusCode::NO_CONTENT);
    answer::standing(&mut response, &upload);
    Ok(response)
}

async fn stop(desk: &Desk, site: &Site, ctx: &Ctx, id: UploadId) -> Reply {
    find(site, ctx, id).await?;
    let _turn = turn(desk, id).await?;
    let upload = find(site, ctx, id).await?;
    let purpose = desk.purpose(&upload.purpose).ok_or_else(|| bad("its purpose is gone"))?;
    let blobs = site.blobs.clone();
    let done = site.write(ctx, move |tx, ctx| store::give_up(tx, ctx, &blobs, purpose, id, &Why::Stopped)).await;
    done.map_err(failed(ctx))?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}
