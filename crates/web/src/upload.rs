//! A large file that an island of our own pages sends as the body of a request: streamed, never held.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use http_body_util::BodyExt;
use kernel::{Error, Words};

use crate::asked::anyone;
use crate::{Asked, Failure, Site, fields, session};

/// Header with the form token of the session (`csrf` of the island).
pub const TOKEN_HEADER: &str = "x-csrf-token";
/// Handed out at a time: enough that the disk is written in large pieces.
const PIECE_BYTES: usize = 512 * 1024;
/// Seconds without a byte after which the sender counts as gone.
const SILENT_S: u64 = 60;

/// The body of a request from our own pages.
#[derive(Debug)]
pub struct Upload {
    body: Body,
}

impl Upload {
    /// The next bytes, about [`PIECE_BYTES`] of them; nothing at the end.
    ///
    /// # Errors
    /// `Unavailable` when the sender breaks off or falls silent.
    pub async fn piece(&mut self) -> kernel::Result<Option<Vec<Bytes>>> {
        let (mut pieces, mut size) = (Vec::new(), 0);
        while size < PIECE_BYTES {
            let next = tokio::time::timeout(Duration::from_secs(SILENT_S), self.body.frame()).await;
            let Some(frame) = next.map_err(|_| broken_off("silent"))? else { break };
            let frame = frame.map_err(broken_off)?;
            if let Ok(bytes) = frame.into_data() {
                size += bytes.len();
                pieces.push(bytes);
            }
        }
        Ok((size > 0).then_some(pieces))
    }
}

fn broken_off(cause: impl std::fmt::Display) -> Error {
    Error::unavailable(format!("an upload broke off: {cause}"))
}

/// Whether a request that is no form comes from a page that was made for this session.
///
/// # Errors
/// `Forbidden` from anywhere else, and without a session.
pub fn from_own_page(asked: &Asked, headers: &HeaderMap) -> kernel::Result<()> {
    fields::refuse_foreign(headers)?;
    let own = asked.session.as_ref().map(|it| session::form_token(&asked.site.key, it.id));
    let sent = headers.get(TOKEN_HEADER).and_then(|it| it.to_str().ok());
    if own.is_some() && own.as_deref() == sent {
        return Ok(());
    }
    let words = Words::new(
        "画面が古くなっています。読み直してから、もう一度送ってください。",
        "This page is out of date. Reload it and send again.",
    );
    Err(Error::new(kernel::Kind::Forbidden, words, "upload token"))
}

impl FromRequest<Site> for Upload {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let asked = anyone(&parts, site).await?;
        from_own_page(&asked, &parts.headers)?;
        if asked.site.db.room() != db::Room::Enough {
            return Err(Error::disk_full("an upload while the disk is full").into());
        }
        Ok(Self { body })
    }
}
