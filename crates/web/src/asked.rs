//! Who asks, and how the answer should speak: what every handler begins with.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{COOKIE, USER_AGENT};
use axum::http::{HeaderMap, request::Parts};
use db::Tx;
use kernel::{Ctx, Error, Lang, Who, Words};
use maud::Markup;

use crate::answer::{Answer, Failure};
use crate::fields::Fields;
use crate::session::{self, Session, Standing};
use crate::{Door, NavItem, Site};

/// Cookie of the language; no personal data.
pub const LANG_COOKIE: &str = "haruka-lang";
/// Cookie of the large type; no personal data.
pub const LARGE_COOKIE: &str = "haruka-large";

/// Beside each request of a connection on which a certificate was shown whose key is held: SHA-256 of it. Whoever accepts
/// connections puts it there; no header does.
#[derive(Debug, Clone, Copy)]
pub struct ShownCertificate(pub [u8; 32]);

/// One request's circumstances.
#[derive(Clone)]
pub struct Asked {
    /// The installation.
    pub site: Site,
    /// Who acts, when, for which facility.
    pub ctx: Ctx,
    /// The signed-in browser, if it is one.
    pub session: Option<Session>,
    /// Large type is wished.
    pub large: bool,
    /// Path and query of this request.
    pub here: String,
    /// Where this page can be seen again: `here`, or for the answer to a form the place where the form is kept.
    pub back: String,
    /// The browser's own words about itself, cut to 200 characters.
    pub agent: String,
}

impl Asked {
    /// A whole page.
    #[must_use]
    pub fn page(&self, title: &Words, body: Markup) -> Answer {
        Answer::Page { status: 200, html: crate::shell::page(self, title, body) }
    }

    /// The links of the navigation that this person may open: what would answer "not allowed" is not offered.
    pub fn ways(&self) -> impl Iterator<Item = &NavItem> {
        let settings = &self.site.settings;
        let duties = self.session.as_ref().map_or(&[][..], |it| &it.duties);
        let (staff, patient) = match &self.ctx.who {
            Who::Staff(_) => (settings.staff_nav.as_slice(), [].as_slice()),
            Who::Patient(_) | Who::Guardian { .. } => ([].as_slice(), settings.patient_nav.as_slice()),
            _ => ([].as_slice(), [].as_slice()),
        };
        staff.iter().filter(move |it| (it.opens)(duties)).chain(patient)
    }

    /// The language of the answer.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.ctx.lang
    }

    /// What a form must carry so that it counts: the session's token and a key of its own.
    #[must_use]
    pub fn form_token(&self) -> String {
        self.session.as_ref().map_or_else(String::new, |it| session::form_token(&self.site.key, it.id))
    }

    /// A key for one form: sent twice, it acts once.
    #[must_use]
    pub fn form_key(&self) -> String {
        kernel::RowId::new(&self.ctx).to_string()
    }

    /// The answer of this form when it was sent before: for an act whose check looks at what the act itself has changed
    /// since (a first version has no reason for the change, a second one needs it). Not for a form whose answer is a
    /// page that must be seen (an urgent symptom).
    ///
    /// # Errors
    /// The database's.
    pub async fn answered_before(&self, fields: &Fields) -> kernel::Result<Option<Answer>> {
        let (owner, key) = self.owner_and_key(fields);
        let found = self.site.read(&self.ctx, move |tx, _| crate::once::location(tx, &owner, &key)).await?;
        Ok(found.map(Answer::To))
    }

    fn owner_and_key(&self, fields: &Fields) -> (String, String) {
        let owner = self.session.as_ref().map_or_else(|| "nobody".to_owned(), |it| it.id.to_string());
        (owner, fields.form_key().to_owned())
    }

    /// Runs an act that ends at a location (303). The same form sent again gets the first answer again.
    ///
    /// # Errors
    /// Those of `act`, and the database's.
    pub async fn act(
        &self,
        fields: &Fields,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> kernel::Result<String> + Send + 'static,
    ) -> crate::Result {
        match self.act_or(fields, move |tx, ctx| act(tx, ctx).map(Ok::<_, Infallible>)).await? {
            Ok(answer) => Ok(answer),
            Err(never) => match never {},
        }
    }

    /// The same for an act behind a gate: what is not met (`R`) goes back to the person, and its entry in the log stands.
    ///
    /// # Errors
    /// Those of `act`, and the database's.
    pub async fn act_or<R: Send + 'static>(
        &self,
        fields: &Fields,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> kernel::Result<Result<String, R>> + Send + 'static,
    ) -> Result<Result<Answer, R>, Failure> {
        let (owner, key) = self.owner_and_key(fields);
        let done = self
            .site
            .write(&self.ctx, move |tx, ctx| crate::once::run(tx, ctx, &owner, &key, |tx| act(tx, ctx)))
            .await?;
        Ok(done.map(Answer::To))
    }
}

impl FromRequestParts<Site> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let door = *parts.extensions.get::<Door>().ok_or_else(|| Error::internal("a route without a door"))?;
        let asked = anyone(parts, site).await?;
        match (door, asked.session.as_ref().map(|it| (&asked.ctx.who, it.standing(asked.ctx.now)))) {
            (Door::Open, _) => Ok(asked),
            (Door::Machine, _) => match asked.ctx.address {
                Some(address) if address.is_loopback() => Ok(asked),
                _ => Err(Error::not_found("machine door").into()),
            },
            (Door::Staff, Some((Who::Staff(_), Standing::Locked))) => Err(Failure::unlock(&asked.here)),
            (Door::Staff, Some((Who::Staff(_), _)))
            | (Door::Patient, Some((Who::Patient(_) | Who::Guardian { .. }, _)))
            | (Door::Signed, Some((Who::Patient(_) | Who::Guardian { .. }, _))) => Ok(asked),
            (Door::Signed, Some((_, Standing::Locked))) => Err(Failure::unlock(&asked.here)),
            (Door::Signed, Some(_)) => Ok(asked),
            // Signed in as somebody else: for this person the page does not exist.
            (_, Some(_)) => Err(Error::not_found("wrong role at the door").into()),
            (Door::Patient, None) => Err(Failure::sign_in("/patient/sign-in", &asked.here)),
            (_, None) => Err(Failure::sign_in("/sign-in", &asked.here)),
        }
    }
}

/// The circumstances, whoever it is; the caller keeps the door.
///
/// # Errors
/// The database's.
pub async fn anyone(parts: &Parts, site: &Site) -> kernel::Result<Asked> {
    let headers = &parts.headers;
    let mut ctx = Ctx::new(Who::Nobody, None, site.clock.now(), site.chance.clone());
    ctx.address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|it| canonical(it.0.ip()));
    ctx.certificate = parts.extensions.get::<ShownCertificate>().map(|it| it.0);
    ctx.lang = cookie(headers, LANG_COOKIE).map_or(Lang::Ja, Lang::from_tag);
    let agent: String =
        headers.get(USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default().chars().take(200).collect();
    let session = found(parts, site, &ctx).await?;
    if let Some(session) = &session {
        ctx.who = session.who.clone();
        ctx.facility = session.facility;
        ctx.session = Some(session.id);
        ctx.device = session.device;
    }
    let here = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let large = cookie(headers, LARGE_COOKIE) == Some("1");
    let back = parts.extensions.get::<crate::kept::Place>().map_or_else(|| here.clone(), |it| it.page(&here));
    Ok(Asked { site: site.clone(), ctx, session, large, here, back, agent })
}

/// The session of one request as it was found first: the handler, the form and an error page all ask who it is.
#[derive(Clone, Default)]
pub(crate) struct Found(Arc<OnceLock<Option<Session>>>);

async fn found(parts: &Parts, site: &Site, ctx: &Ctx) -> kernel::Result<Option<Session>> {
    let Some(token) = cookie(&parts.headers, session::cookie_name(site)) else { return Ok(None) };
    let before = parts.extensions.get::<Found>();
    if let Some(session) = before.and_then(|it| it.0.get()) {
        return Ok(session.clone());
    }
    // A part that refreshes itself is no sign of a person: it must not keep an idle session open.
    let session = session::find(site, ctx, token, !parts.headers.contains_key("x-haruka-live")).await?;
    if let Some(found) = before {
        drop(found.0.set(session.clone()));
    }
    Ok(session)
}

fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}
