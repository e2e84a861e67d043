//! A house with two senders and purposes that remember what they were handed.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "each test takes what it needs")]

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use db::Tx;
use kernel::{Ctx, Error, PersonId, Result, Who, Words};
use people::access::{Access, Act, Class};
use testkit::{Browser, Seen, Ward, wait};
use tus::{Finished, Purpose, Request, UploadId};

/// Eleven bytes.
pub(crate) const TEXT: &[u8] = b"hello world";

/// What the finisher of `test` was handed last, for each upload.
static HANDED: Mutex<Option<HashMap<UploadId, Finished>>> = Mutex::new(None);

/// Any file; a small one; one that may not begin; one that may not end; one at whose end the line to the database breaks.
pub(crate) static PURPOSES: [Purpose; 5] = [
    purpose("test", tus::UPLOAD_BYTES_MAX, begin, take),
    purpose("small", 1000, begin, take),
    purpose("closed", 1000, |_, _, _| Err(Error::forbidden("closed")), take),
    purpose("picky", 1000, begin, |_, _, _| Err(Error::invalid("", Words::new("受け取れません。", "Not this one.")))),
    purpose("torn", 1000, begin, |_, _, _| Err(Error::unavailable("the line broke"))),
];

const fn purpose(
    name: &'static str,
    bytes_max: u64,
    begin: fn(&mut Tx<'_>, &Ctx, &Request) -> Result<()>,
    finish: fn(&mut Tx<'_>, &Ctx, &Finished) -> Result<()>,
) -> Purpose {
    Purpose { name, bytes_max, class: Class::Lab, begin, finish }
}

fn begin(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request) -> Result<()> {
    Access::new("test.begin", Act::Write, Class::Lab).on("upload", request.upload).require(tx, ctx)
}

fn take(tx: &mut Tx<'_>, ctx: &Ctx, finished: &Finished) -> Result<()> {
    Access::new("test.finish", Act::Write, Class::Lab).on("upload", finished.upload).require(tx, ctx)?;
    let finished = finished.clone();
    tx.on_commit(move || {
        let mut handed = HANDED.lock().unwrap_or_else(PoisonError::into_inner);
        handed.get_or_insert_default().insert(finished.upload, finished);
    });
    Ok(())
}

/// What the finisher was handed for the upload of this address.
pub(crate) fn handed(address: &str) -> Option<Finished> {
    let id = address.strip_prefix("/files/").unwrap().parse().unwrap();
    HANDED.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|it| it.get(&id).cloned())
}

/// On both databases.
pub(crate) fn both(test: impl Fn(Ward)) {
    Ward::both(&[testkit::PEOPLE, tus::MIGRATIONS], test);
}

/// The clinic, one process of the program, and two who send files.
pub(crate) struct House {
    pub(crate) ward: Ward,
    pub(crate) app: Router,
    people: [PersonId; 2],
    own: Browser,
    other: Browser,
    is_later: bool,
}

impl House {
    pub(crate) fn new(ward: Ward) -> Self {
        let people = ["sato", "suzuki"].map(|it| ward.staff(it, &["dentist"]));
        let app = tus::routes(&PURPOSES).serve(ward.site.clone());
        let [own, other] = people.map(|it| wait(ward.browser_of(app.clone(), Who::Staff(it), ward.facility)));
        Self { ward, app, people, own, other, is_later: false }
    }

    /// The program was killed and has started again: what it only remembered is gone.
    pub(crate) fn restart(&mut self) {
        self.ward.restart();
        self.app = tus::routes(&PURPOSES).serve(self.ward.site.clone());
        self.come_in();
    }

    pub(crate) fn come_in(&mut self) {
        let [own, other] =
            self.people.map(|it| wait(self.ward.browser_of(self.app.clone(), Who::Staff(it), self.ward.facility)));
        (self.own, self.other) = (own, other);
    }

    /// The colleague sends.
    pub(crate) fn swap(&mut self) {
        std::mem::swap(&mut self.own, &mut self.other);
    }

    /// Asks with what every request of our pages has, but for what is said otherwise.
    pub(crate) fn ask(&self, method: &str, address: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Seen {
        wait(self.asking(method, address, headers, body))
    }

    pub(crate) async fn asking(
        &self,
        method: &str,
        address: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Seen {
        let token = self.own.token();
        let ours = [("tus-resumable", "1.0.0"), ("x-csrf-token", token.as_str()), ("sec-fetch-site", "same-origin")];
        let said = |name: &str| headers.iter().any(|it| it.0 == name);
        let all = ours.into_iter().filter(|it| !said(it.0)).chain(headers.iter().copied().filter(|it| it.1 != "-"));
        let all: Vec<_> = all.filter(|it| it.0 != "cookie").collect();
        if headers.contains(&("cookie", "none")) {
            let nobody = self.ward.browser_of(self.app.clone(), Who::Nobody, self.ward.facility).await;
            return nobody.ask(method, address, &all, body).await;
        }
        self.own.ask(method, address, &all, body).await
    }

    /// An upload of this length, untold without one, of which these bytes are there; its address.
    pub(crate) fn begun(&self, length: &str, bytes: &[u8]) -> String {
        let size = if length.is_empty() { ("upload-defer-length", "1") } else { ("upload-length", length) };
        let told = ("upload-metadata", "purpose dGVzdA==,filename Y3Jvd24uc3Rs");
        let made = self.ask("POST", "/files", &[told, size], Body::empty());
        assert_eq!(made.status.as_u16(), 201, "{}", made.text);
        let address = made.location.expect("an address");
        if !bytes.is_empty() {
            let seen = self.patch(&address, 0, bytes.to_vec());
            assert_eq!(seen.status.as_u16(), 204, "{}", seen.text);
        }
        address
    }

    pub(crate) fn patch(&self, address: &str, offset: usize, body: impl Into<Body>) -> Seen {
        wait(self.patching(address, offset, body))
    }

    pub(crate) async fn patching(&self, address: &str, offset: usize, body: impl Into<Body>) -> Seen {
        let offset = offset.to_string();
        let headers = [("content-type", "application/offset+octet-stream"), ("upload-offset", offset.as_str())];
        self.asking("PATCH", address, &headers, body).await
    }

    /// How many bytes are there; nothing where no upload is.
    pub(crate) fn far(&self, address: &str) -> Option<u64> {
        let seen = self.ask("HEAD", address, &[], Body::empty());
        let offset = seen.headers.get("upload-offset")?.to_str().ok()?.parse().ok();
        offset.filter(|_| seen.status.as_u16() == 200)
    }

    pub(crate) fn days_later(&mut self) {
        self.ward.clock.pass_min(tus::EXPIRES_HOURS * 60);
        self.is_later = true;
        self.come_in();
    }

    /// The first morning again.
    pub(crate) fn morning(&mut self) {
        if std::mem::take(&mut self.is_later) {
            self.ward.clock.pass_min(-tus::EXPIRES_HOURS * 60);
            self.come_in();
        }
    }

    pub(crate) fn sweep(&self) {
        wait(tus::sweep(&self.ward.site, &PURPOSES)).expect("swept");
    }

    /// Files that lie in the folder of blobs.
    pub(crate) fn files(&self) -> usize {
        fn count(folder: &std::path::Path) -> usize {
            std::fs::read_dir(folder)
                .map_or(0, |all| all.flatten().map(|it| if it.path().is_dir() { count(&it.path()) } else { 1 }).sum())
        }
        count(&self.ward.folder().join("blobs"))
    }
}
