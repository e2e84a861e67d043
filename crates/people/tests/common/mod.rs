//! A browser that keeps its cookies and sends each form with what the page before gave it, as people's browsers do.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use kernel::{FacilityId, Who};
use testkit::Ward;
use tower::ServiceExt;
use web::session::{self, NewSession};

/// The clinic of a test, on SQLite.
pub fn ward() -> Ward {
    Ward::sqlite(&[people::MIGRATIONS])
}

/// The same walk on SQLite and on PostgreSQL, whose row-level security sees every query that forgets where it is.
pub fn on_both(walk: impl Fn(Ward)) {
    Ward::both(&[people::MIGRATIONS], walk);
}

/// Waits for what the server does. Tests themselves run outside of it, where they may block on the database.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap()).block_on(work)
}

/// A browser of somebody at an address.
pub struct Browser {
    app: Router,
    address: IpAddr,
    cookies: BTreeMap<String, String>,
    token: String,
}

/// What it sees.
#[derive(Debug)]
pub struct Seen {
    /// HTTP status.
    pub status: u16,
    /// Where it is sent on to, or nothing.
    pub to: String,
    /// The page.
    pub text: String,
}

impl Seen {
    /// The page without what differs each time (tokens and keys of forms).
    pub fn plain(&self) -> String {
        self.text.split("value=\"").map(|it| it.split_once('"').map_or(it, |(_, rest)| rest)).collect()
    }
}

impl Browser {
    /// A new browser.
    pub fn new(ward: &Ward) -> Self {
        Self::at(ward, "192.0.2.7")
    }

    /// A new browser at an address.
    pub fn at(ward: &Ward, address: &str) -> Self {
        Self::on(&ward.site, address)
    }

    /// A new browser at an address, on a site of other settings than the ward's.
    pub fn on(site: &web::Site, address: &str) -> Self {
        let app = people::routes().and(web::shell::routes()).serve(site.clone());
        Self { app, address: address.parse().unwrap(), cookies: BTreeMap::new(), token: String::new() }
    }

    /// A browser in which `who` is signed in at the clinic, with two factors.
    pub fn of(ward: &Ward, who: Who) -> Self {
        Self::of_at(ward, who, ward.facility)
    }

    /// The same at another facility.
    pub fn of_at(ward: &Ward, who: Who, facility: FacilityId) -> Self {
        Self::new(ward).signed_in(ward, who, facility)
    }

    /// The same at the clinic, on a site of other settings than the ward's.
    pub fn of_site(site: &web::Site, ward: &Ward, who: Who) -> Self {
        Self::on(site, "192.0.2.7").signed_in(ward, who, ward.facility)
    }

    fn signed_in(mut self, ward: &Ward, who: Who, facility: FacilityId) -> Self {
        let (ctx, key) = (ward.ctx(Who::Nobody), ward.site.key.clone());
        let begun = ward.site.db.write_blocking(None, move |tx| {
            let new = NewSession { who, facility: Some(facility), factors: 2, agent: "test" };
            session::start(tx, &ctx, &key, &new)
        });
        let (id, token) = begun.unwrap();
        self.token = session::form_token(&ward.site.key, id);
        self.cookies.insert(session::cookie_name(&ward.site).to_owned(), token);
        self
    }

    /// Opens a page.
    pub fn get(&mut self, path: &str) -> Seen {
        self.send(Request::get(path).body(Body::empty()).unwrap())
    }

    /// Sends the kept form that the page shows, as its button does.
    pub fn press(&mut self, page: &Seen) -> Seen {
        let form = page.text.split_once("<form class=\"again\"").unwrap_or_else(|| panic!("no form: {}", page.text)).1;
        let form = form.split_once("</form>").unwrap().0;
        let value = |tag: &str, name: &str| {
            let coded = tag.split_once(&format!("{name}=\"")).map_or("", |it| it.1).split('"').next().unwrap();
            coded.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        };
        let action = value(form, "action");
        let fields: Vec<_> =
            form.split("<input ").skip(1).map(|tag| (value(tag, "name"), value(tag, "value"))).collect();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post_bare(&action, &fields)
    }

    /// The same person at the same browser, after the server was killed and started again.
    pub fn after_restart(&mut self, ward: &Ward) {
        self.app = people::routes().and(web::shell::routes()).serve(ward.site.clone());
    }

    /// Sends a form of the page that is open.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let token = self.token.clone();
        let all: Vec<_> = [("_token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post_bare(path, &all)
    }

    /// Sends a form exactly so.
    pub fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let coded: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", web::answer::query_value(name), web::answer::query_value(value)))
            .collect();
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(coded.join("&")))
            .unwrap();
        self.send(request)
    }

    /// Asks by another method.
    pub fn method(&mut self, method: &str, path: &str) -> Seen {
        self.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap())
    }

    /// Sends one file.
    pub fn upload(&mut self, path: &str, field: &str, bytes: &[u8]) -> Seen {
        let head = format!("--ward\r\nContent-Disposition: form-data; name=\"_token\"\r\n\r\n{}\r\n", self.token);
        let file = format!("--ward\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.jpg\"\r\n\r\n");
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=ward")
            .body(Body::from([head.as_bytes(), file.as_bytes(), bytes, b"\r\n--ward--\r\n"].concat()))
            .unwrap();
        self.send(request)
    }

    /// Follows where it was sent, as far as the pages of this room go.
    pub fn follow(&mut self, seen: Seen) -> Seen {
        let mut seen = seen;
        while !seen.to.is_empty() && seen.status == 303 {
            let to = seen.to.clone();
            seen = self.get(&to);
        }
        seen
    }

    /// Whether it holds a session's cookie.
    pub fn is_signed_in(&self) -> bool {
        self.cookies.contains_key("haruka-demo")
    }

    fn send(&mut self, mut request: Request<Body>) -> Seen {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.address, 1)));
        let response = wait(self.app.clone().oneshot(request)).unwrap();
        for set in response.headers().get_all(header::SET_COOKIE) {
            let text = set.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            match text.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let status = response.status().as_u16();
        let to = response.headers().get(header::LOCATION).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = wait(response.into_body().collect()).unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(token) = text.split("name=\"_token\" value=\"").nth(1).and_then(|it| it.split('"').next()) {
            self.token = token.to_owned();
        }
        Seen { status, to, text }
    }
}
