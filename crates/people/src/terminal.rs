//! Terminals on which the staff sees images (TR-14): whoever sits there says what it is, and a manager registers
//! what is carried about. A terminal is a browser on a machine, known again by its cookie.

pub mod pages;
pub mod store;

use axum::http::HeaderValue;
use guidelines::reading::terminal::{Kind, Standing, standing};
use kernel::{Chance, DeviceId, RowId, Timestamp};
use web::{Faults, Fields, Site};

/// Seconds for which a browser keeps its cookie: as long as browsers keep any (RFC 6265bis, 400 days).
const KEPT_S: u32 = 400 * 24 * 60 * 60;

/// A terminal.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// How the log names it.
    pub id: DeviceId,
    /// What the staff calls it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// What its browser called itself.
    pub agent: String,
    /// Who said so.
    pub told_by: String,
    /// When.
    pub told_at: Timestamp,
    /// The manager who registered it, and when.
    pub allowed: Option<(String, Timestamp)>,
    /// How it is kept safe, and its number in the facility's books.
    pub remark: String,
    /// Since when it is not used any more.
    pub ended_at: Option<Timestamp>,
}

impl Terminal {
    /// Whether images may be shown on it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        standing(self.kind, self.allowed.is_some(), self.ended_at.is_some())
    }
}

/// What somebody says of the terminal in front.
#[derive(Debug, Clone)]
pub struct Told {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
}

impl Told {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let kind = fields.one_of("kind", &Kind::keys(), &mut faults);
        let name = fields.line("name", &mut faults);
        match kind {
            Some(kind) => faults.done(|| Self { kind, name }),
            None => Err(faults),
        }
    }
}

/// What the browser keeps: nothing of a person, and nobody can guess it.
fn secret(chance: &Chance) -> String {
    format!("{}{}", RowId::from_bytes(chance.bytes()), RowId::from_bytes(chance.bytes()))
}

/// The name of its cookie.
#[must_use]
pub fn cookie_name(site: &Site) -> &'static str {
    if site.settings.base_url.starts_with("https:") { "__Host-haruka-terminal" } else { "haruka-demo-terminal" }
}

fn set_cookie(site: &Site, secret: &str) -> Option<HeaderValue> {
    let secure = if site.settings.base_url.starts_with("https:") { "; Secure" } else { "" };
    let name = cookie_name(site);
    HeaderValue::from_str(&format!("{name}={secret}; Path=/; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax{secure}")).ok()
}
