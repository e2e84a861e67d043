//! A signed-in browser without a window: keeps its cookie, sends forms with their token.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use kernel::{DeviceId, FacilityId, SessionId, Who};
use tower::ServiceExt;
use web::session::NewSession;
use web::{Routes, Site};

use crate::Ward;

/// A browser.
pub struct Browser {
    app: Router,
    site: Site,
    cookie: String,
    session: Option<SessionId>,
}

/// What it sees.
#[derive(Debug)]
pub struct Seen {
    /// HTTP status.
    pub status: StatusCode,
    /// Where it is sent on to.
    pub location: Option<String>,
    /// The name of what a part shows.
    pub tag: Option<String>,
    /// All of its headers.
    pub headers: HeaderMap,
    /// The page.
    pub text: String,
    /// The same as it came, where it is a file.
    pub bytes: Vec<u8>,
}

impl Ward {
    /// A browser of `who` at the clinic, with two factors proven; nobody's for [`Who::Nobody`].
    pub async fn browser(&self, routes: Routes, who: Who) -> Browser {
        self.browser_at(routes, who, self.facility).await
    }

    /// A browser of `who` at another facility.
    ///
    /// # Panics
    /// When no session can be made.
    pub async fn browser_at(&self, routes: Routes, who: Who, facility: FacilityId) -> Browser {
        self.browser_of(routes.serve(self.site.clone()), who, facility).await
    }

    /// A browser of `who` at a facility, on a service that is there already: many browsers may share one.
    ///
    /// # Panics
    /// When no session can be made.
    pub async fn browser_of(&self, app: Router, who: Who, facility: FacilityId) -> Browser {
        let site = self.site.clone();
        let mut browser = Browser { app, site: site.clone(), cookie: String::new(), session: None };
        if who != Who::Nobody {
            let (ctx, key) = (self.ctx(Who::Nobody), site.key.clone());
            let made = site.db.write(None, move |tx| {
                let staff = who.staff().is_some();
                let new = NewSession { who, facility: Some(facility), factors: 2, agent: "testkit" };
                let made = web::session::start(tx, &ctx, &key, &new)?;
                if staff {
                    // A machine of the facility, on which images may be shown.
                    web::session::at_terminal(tx, made.0, DeviceId::from_bytes([9; 16]))?;
                }
                Ok(made)
            });
            let (session, token) = made.await.expect("a session");
            browser.session = Some(session);
            browser.cookie = format!("{}={token}", web::session::cookie_name(&site));
        }
        browser
    }
}

impl Browser {
    /// Lets it carry a cookie, instead of an earlier one of that name.
    pub fn carry(&mut self, name: &str, value: &str) {
        let others = self.cookie.split("; ").filter(|it| it.split('=').next() != Some(name) && !it.is_empty());
        let own = format!("{name}={value}");
        self.cookie = others.chain([own.as_str()]).collect::<Vec<_>>().join("; ");
    }

    /// Gets a page.
    pub async fn get(&self, path: &str) -> Seen {
        let request = Request::get(path).header(header::COOKIE, &self.cookie);
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Asks for a part as a window does that shows it already, under the name `tag`.
    pub async fn get_again(&self, path: &str, tag: &str) -> Seen {
        let request = Request::get(path).header(header::COOKIE, &self.cookie).header(header::IF_NONE_MATCH, tag);
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Its session; none for nobody.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// What a form of this session must carry.
    #[must_use]
    pub fn token(&self) -> String {
        self.session.map(|it| web::session::form_token(&self.site.key, it)).unwrap_or_default()
    }

    /// Sends a body exactly so, with these headers and the session's cookie.
    ///
    /// # Panics
    /// When a header cannot be one.
    pub async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Seen {
        let mut request = Request::post(path).header(header::COOKIE, &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// Asks in any method, with these headers and the session's cookie.
    ///
    /// # Panics
    /// When the method or a header cannot be one.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Seen {
        let mut request = Request::builder().method(method).uri(path).header(header::COOKIE, &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// Sends a form, with the session's token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let token = self.token();
        let own = [(web::fields::TOKEN_FIELD, token.as_str())];
        let pairs: Vec<String> = own
            .iter()
            .chain(fields)
            .map(|(name, value)| format!("{}={}", web::answer::query_value(name), web::answer::query_value(value)))
            .collect();
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(pairs.join("&"))).expect("a request")).await
    }

    /// Sends one file, with the session's token.
    pub async fn upload(&self, path: &str, field: &str, name: &str, bytes: &[u8]) -> Seen {
        let token = self.token();
        let part = |head: String| format!("--ward\r\nContent-Disposition: form-data; {head}\r\n\r\n");
        let head = part(format!("name=\"{}\"", web::fields::TOKEN_FIELD)) + &token + "\r\n";
        let file = part(format!("name=\"{field}\"; filename=\"{name}\""));
        let body = [head.as_bytes(), file.as_bytes(), bytes, b"\r\n--ward--\r\n"].concat();
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=ward");
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    async fn send(&self, request: Request<Body>) -> Seen {
        let response: Response<Body> = self.app.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let headers = response.headers().clone();
        let head = |name| headers.get(name).and_then(|it| it.to_str().ok()).map(ToOwned::to_owned);
        let (location, tag) = (head(header::LOCATION), head(header::ETAG));
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Seen { status, location, tag, headers, text, bytes: bytes.into() }
    }
}
