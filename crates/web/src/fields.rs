//! Forms at the door: read whole, within limits, from our own pages only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use kernel::{Error, Words, limits};

use crate::asked::anyone;
use crate::{Door, Failure, Site, session};

/// Hidden field with the session's token.
pub const TOKEN_FIELD: &str = "_token";
/// Hidden field with the form's key.
pub const KEY_FIELD: &str = "_key";
/// Media type of a form without files.
pub(crate) const URL_ENCODED: &str = "application/x-www-form-urlencoded";
/// Fields of one form at most.
const FIELDS_MAX: usize = 500;
/// Files of one form at most, and bytes of each: a photograph of a phone is below 12 MB.
const FILES_MAX: usize = 6;
/// Bytes of one file.
pub const FILE_BYTES_MAX: usize = 15 * 1024 * 1024;

/// A form as it was sent.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    values: Vec<(String, String)>,
    files: Vec<File>,
}

/// A file as it was sent; nothing about it is believed.
#[derive(Debug, Clone)]
pub struct File {
    /// The form field.
    pub field: String,
    /// What the sender calls it; for showing only.
    pub name: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// What cannot be taken: the field and the sentence beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<(&'static str, Words)>);

impl Faults {
    /// Notes that `field` must be mended as `words` say.
    pub fn add(&mut self, field: &'static str, words: Words) {
        self.0.push((field, words));
    }

    /// `Ok` when nothing was noted.
    ///
    /// # Errors
    /// The faults.
    pub fn done<T>(self, value: impl FnOnce() -> T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value()) } else { Err(self) }
    }
}

/// What stands in a form: earlier input, and what is wrong with it. Nothing typed is lost by a refusal.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    values: BTreeMap<String, Vec<String>>,
    /// What is wrong.
    pub faults: Faults,
}

impl Filled {
    /// An empty form.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// With `name` filled in.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.entry(name.to_owned()).or_default().push(value.into());
        self
    }

    /// The first value of `name`, or nothing.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).and_then(|it| it.first()).map_or("", String::as_str)
    }

    /// Whether `name` holds `value` (checkboxes, choices).
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.values.get(name).is_some_and(|it| it.iter().any(|it| it == value))
    }

    /// What is wrong with `name`.
    #[must_use]
    pub fn fault(&self, name: &str) -> Option<&Words> {
        self.faults.0.iter().find(|(field, _)| *field == name).map(|(_, words)| words)
    }
}

impl Fields {
    /// Fields from pairs, for tests and for queries.
    #[must_use]
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        let values = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { values, files: Vec::new() }
    }

    /// The first value of `name` without spaces around, or an empty text.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }

    /// The id in `name`; anything else names nothing.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn id<K>(&self, name: &str) -> kernel::Result<kernel::id::Id<K>> {
        crate::id(self.get(name))
    }

    /// All values of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.trim())
    }

    /// Whether the box `name` was ticked.
    #[must_use]
    pub fn ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// All pairs but the form's own.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .filter(|(name, _)| !name.starts_with('_'))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All pairs that a kept form needs to be the same form again: the key too, not the token.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = |name: &str| name.starts_with('_') && name != KEY_FIELD && name != crate::kept::BUTTON_FIELD;
        self.values.iter().filter(move |(name, _)| !own(name)).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A form without files, from our own pages only.
    pub(crate) fn read(headers: &HeaderMap, bytes: &[u8]) -> kernel::Result<Self> {
        refuse_foreign(headers)?;
        Ok(Self { values: decode(bytes)?, files: Vec::new() })
    }

    /// A line (no line breaks) of 1 to [`limits::LINE_CHARS_MAX`] characters; otherwise a fault and an empty text.
    pub fn line(&self, name: &'static str, faults: &mut Faults) -> String {
        let text = self.get(name);
        if text.is_empty() {
            faults.add(name, Words::new("入力してください。", "Please fill this in."));
        }
        self.line_if_any(name, faults)
    }

    /// As [`Fields::line`], but may be empty.
    pub fn line_if_any(&self, name: &'static str, faults: &mut Faults) -> String {
        let text = self.get(name);
        if text.chars().count() > limits::LINE_CHARS_MAX || text.chars().any(char::is_control) {
            let max = limits::LINE_CHARS_MAX;
            faults.add(
                name,
                Words::made(
                    format!("{max}文字以内の1行で入力してください。"),
                    format!("One line of at most {max} characters, please."),
                ),
            );
            return String::new();
        }
        text.to_owned()
    }

    /// A text of 1 to [`limits::TEXT_CHARS_MAX`] characters; otherwise a fault.
    pub fn text(&self, name: &'static str, faults: &mut Faults) -> String {
        if self.get(name).is_empty() {
            faults.add(name, Words::new("入力してください。", "Please fill this in."));
        }
        self.text_if_any(name, faults)
    }

    /// As [`Fields::text`], but may be empty.
    pub fn text_if_any(&self, name: &'static str, faults: &mut Faults) -> String {
        let text = self.get(name).replace("\r\n", "\n");
        if text.chars().count() > limits::TEXT_CHARS_MAX {
            let max = limits::TEXT_CHARS_MAX;
            faults.add(
                name,
                Words::made(format!("{max}文字以内で入力してください。"), format!("At most {max} characters, please.")),
            );
            return String::new();
        }
        text.chars().filter(|it| *it == '\n' || *it == '\t' || !it.is_control()).collect()
    }

    /// A day (`2026-11-21`), or a fault.
    pub fn date(&self, name: &'static str, faults: &mut Faults) -> Option<kernel::Date> {
        let day = self.get(name).parse().ok();
        if day.is_none() {
            faults.add(name, Words::new("日付を入力してください。", "Please enter a date."));
        }
        day
    }

    /// One of `choices`, or a fault.
    pub fn one_of<T: Copy>(&self, name: &'static str, choices: &[(&str, T)], faults: &mut Faults) -> Option<T> {
        let found = choices.iter().find(|(key, _)| *key == self.get(name)).map(|(_, value)| *value);
        if found.is_none() {
            faults.add(name, Words::new("どれか一つを選んでください。", "Please choose one."));
        }
        found
    }

    /// The files of `field`.
    pub fn files<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |it| it.field == field)
    }

    /// The form's key ([`crate::Asked::act`]).
    #[must_use]
    pub fn form_key(&self) -> &str {
        self.get(KEY_FIELD)
    }

    /// The same form to be shown again, with what is wrong. Passwords and codes never come back.
    #[must_use]
    pub fn again(&self, faults: Faults) -> Filled {
        let mut filled = Filled { faults, ..Filled::default() };
        for (name, value) in self.pairs() {
            if !is_secret(name) {
                filled = filled.with(name, value);
            }
        }
        filled
    }
}

/// Whether a field holds a password or a code: such a value is neither shown again nor kept.
pub(crate) fn is_secret(name: &str) -> bool {
    name.contains("password") || name.contains("code")
}

impl FromRequest<Site> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let asked = anyone(&parts, site).await?;
        let (door, typed) = (parts.extensions.get::<Door>().copied(), parts.extensions.get::<Typed>().cloned());
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
        let fields = if kind.starts_with("multipart/form-data") {
            refuse_foreign(&parts.headers)?;
            files(Request::from_parts(parts, body), site).await?
        } else if kind.starts_with(URL_ENCODED) {
            let bytes = axum::body::to_bytes(body, limits::FORM_BYTES_MAX).await.map_err(|_| too_large())?;
            Self::read(&parts.headers, &bytes)?
        } else {
            return Err(Error::invalid(
                "",
                Words::new("この形式の送信は受け付けられません。", "This kind of form is not taken."),
            )
            .into());
        };
        // A signed-in person's form must come from a page that was made for this session.
        let own = asked.session.as_ref().map(|it| session::form_token(&site.key, it.id));
        if own.is_some_and(|it| fields.get(TOKEN_FIELD) != it) {
            let words = Words::new(
                "画面が古くなっています。前の画面に戻って読み直してから、もう一度送ってください。",
                "This page is out of date. Go back, reload, and send it again.",
            );
            return Err(Error::new(kernel::Kind::Forbidden, words, "form token").into());
        }
        if let Some(typed) = typed {
            typed.keep(&fields);
        }
        // Coming in to read is let through: its rows are few and small.
        if door != Some(Door::Open) && asked.site.db.room() != db::Room::Enough {
            return Err(Error::disk_full("a form while the disk is full").into());
        }
        Ok(fields)
    }
}

/// What was typed into the form of this request, for a page that says it could not be saved.
#[derive(Clone, Default)]
pub(crate) struct Typed(Arc<Mutex<Vec<(String, String)>>>);

impl Typed {
    /// Nothing of a form with a secret: that one is typed anew.
    fn keep(&self, fields: &Fields) {
        let secret = fields.values.iter().any(|(name, _)| is_secret(name));
        if let Ok(mut kept) = self.0.lock() {
            *kept = if secret { Vec::new() } else { fields.values.clone() };
        }
    }

    /// The pairs but the session's token, which the page gives anew. The form's key stays the same: if the act was kept
    /// after all, sending it again does nothing twice.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let kept = self.0.lock().map(|it| it.clone()).unwrap_or_default();
        kept.into_iter().filter(|(name, _)| name != TOKEN_FIELD).collect()
    }
}

pub(crate) fn too_large() -> Error {
    Error::too_large(Words::new("送られた内容が大きすぎます。", "What you sent is too large."), "form bytes")
}

/// Browsers say where a form comes from; another site's form is refused before it is read.
pub(crate) fn refuse_foreign(headers: &HeaderMap) -> kernel::Result<()> {
    let text = |name| headers.get(name).and_then(|it: &axum::http::HeaderValue| it.to_str().ok());
    let site = text(axum::http::HeaderName::from_static("sec-fetch-site"));
    let own_origin = match (text(ORIGIN), text(HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, it)| it == host),
        _ => true,
    };
    match site {
        Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(Error::forbidden("form from another site")),
        None if own_origin => Ok(()),
        None => Err(Error::forbidden("form from another origin")),
    }
}

fn decode(bytes: &[u8]) -> kernel::Result<Vec<(String, String)>> {
    let refuse = || Error::invalid("", Words::new("文字の形式が正しくありません。", "The text is not valid UTF-8."));
    let text = std::str::from_utf8(bytes).map_err(|_| refuse())?;
    let mut values = Vec::new();
    for pair in text.split('&').filter(|it| !it.is_empty()) {
        if values.len() == FIELDS_MAX {
            return Err(too_large());
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        values.push((percent(name).ok_or_else(refuse)?, percent(value).ok_or_else(refuse)?));
    }
    Ok(values)
}

/// Reads `application/x-www-form-urlencoded` text (WHATWG URL, 5.1); `None` for bytes that are no UTF-8, or a NUL.
fn percent(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                out.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            other => out.push(other),
        }
    }
    String::from_utf8(out).ok().filter(|it| !it.contains('\0'))
}

async fn files(request: Request, site: &Site) -> kernel::Result<Fields> {
    let broken = |error: &dyn std::fmt::Display| {
        Error::new(
            kernel::Kind::Invalid { field: "" },
            Words::new(
                "送信が途中で切れました。もう一度送ってください。",
                "The upload broke off. Please send it again.",
            ),
            error,
        )
    };
    let mut parts = Multipart::from_request(request, site).await.map_err(|error| broken(&error))?;
    let mut fields = Fields::default();
    let mut form_bytes = 0;
    while let Some(mut part) = parts.next_field().await.map_err(|error| broken(&error))? {
        let field = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(ToOwned::to_owned);
        let max = if file_name.is_some() { FILE_BYTES_MAX } else { limits::FORM_BYTES_MAX - form_bytes };
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
            if bytes.len() + chunk.len() > max {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        match file_name {
            // A file field left empty is sent as a nameless empty file.
            Some(name) if bytes.is_empty() && name.is_empty() => {}
            Some(_) if fields.files.len() == FILES_MAX => return Err(too_large()),
            Some(name) => {
                let name = name.chars().filter(|it| !it.is_control()).take(limits::LINE_CHARS_MAX).collect();
                fields.files.push(File { field, name, bytes: bytes.into() });
            }
            None if fields.values.len() == FIELDS_MAX => return Err(too_large()),
            None => {
                form_bytes += bytes.len();
                let text = String::from_utf8(bytes).ok().filter(|it| !it.contains('\0'));
                let refuse =
                    || Error::invalid("", Words::new("文字の形式が正しくありません。", "The text is not valid UTF-8."));
                fields.values.push((field, text.ok_or_else(refuse)?));
            }
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_as_it_was_typed() {
        let values = decode("name=%E7%94%B0%E4%B8%AD+%26&pain=yes&pain=night&empty=".as_bytes()).expect("a form");
        let fields = Fields { values, files: Vec::new() };
        assert_eq!(fields.get("name"), "田中 &");
        assert_eq!(fields.all("pain").collect::<Vec<_>>(), ["yes", "night"]);
        assert!(!fields.ticked("empty"));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        for body in ["a=%FF", "a=%0", "a=%00", "%zz=1"] {
            assert!(decode(body.as_bytes()).is_err(), "{body}");
        }
        assert!(decode("a=1&".repeat(FIELDS_MAX + 1).as_bytes()).is_err());
    }

    #[test]
    fn a_line_has_no_breaks_and_a_limit() {
        let long = "あ".repeat(limits::LINE_CHARS_MAX + 1);
        for bad in ["", "two\nlines", long.as_str()] {
            let mut faults = Faults::default();
            Fields::of(&[("name", bad)]).line("name", &mut faults);
            assert_eq!(faults.0.len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_refused_form_keeps_what_was_typed_but_no_secret() {
        let filled = Fields::of(&[("name", "田中"), ("password", "secret"), ("_token", "t")]).again(Faults::default());
        assert_eq!((filled.get("name"), filled.get("password"), filled.get("_token")), ("田中", "", ""));
    }

    #[test]
    fn another_sites_form_is_refused() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            pairs.iter().for_each(|(name, value)| drop(map.insert(*name, axum::http::HeaderValue::from_static(value))));
            map
        };
        assert!(refuse_foreign(&headers(&[("sec-fetch-site", "same-origin")])).is_ok());
        assert!(refuse_foreign(&headers(&[("origin", "https://a.example"), ("host", "a.example")])).is_ok());
        assert!(refuse_foreign(&headers(&[("sec-fetch-site", "cross-site")])).is_err());
        assert!(refuse_foreign(&headers(&[("origin", "https://b.example"), ("host", "a.example")])).is_err());
    }
}
