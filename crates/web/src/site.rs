//! What every handler is given: the database, the blobs, the clock, chance, and the settings.

use std::sync::Arc;

use blobs::Blobs;
use db::{Db, Tx};
use kernel::{Chance, Clock, Ctx, FacilityId, PersonId, Result, Who, Words};

use crate::{Asset, Live};

/// One installation while it runs. Cheap to clone.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

/// The parts of a [`Site`].
pub struct Inner {
    /// Rows.
    pub db: Db,
    /// Files.
    pub blobs: Blobs,
    /// The moment.
    pub clock: Box<dyn Clock>,
    /// Random bytes.
    pub chance: Chance,
    /// The installation's key, for cookies and tickets.
    pub key: crypto::Key,
    /// What the operator has set.
    pub settings: Settings,
    /// Prints documents.
    pub press: Arc<dyn papers::Press>,
    /// The open sockets of calls and waiting rooms.
    pub live: Arc<dyn Live>,
    /// Scripts, styles, fonts by path.
    pub assets: &'static [Asset],
}

/// Settings that pages need. The config file is read in `app`.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Address under which patients reach this installation, without a slash at the end (`https://…`).
    pub base_url: String,
    /// Demonstration: plain HTTP on loopback, demo people, mails shown on a page.
    pub demo: bool,
    /// Links of the staff's navigation.
    pub staff_nav: Vec<NavItem>,
    /// How the duties of whoever asks are read, once for each request: for the navigation, and for what pages offer. They
    /// decide nothing else.
    pub duties_of: Option<DutiesOf>,
    /// What every page of the staff shows until it is dealt with, read with the duties; it keeps itself fresh.
    pub alerts_of: Option<AlertsOf>,
    /// Links of the patient's navigation.
    pub patient_nav: Vec<NavItem>,
    /// Names of facilities for the header.
    pub places: Places,
    /// The relay for calls.
    pub turn: Option<Turn>,
    /// Calls use the relay only (a clinic's policy, and tests).
    pub relay_only: bool,
    /// The door for files from outside.
    pub uploads: blobs::check::Door,
}

/// A link of the navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Its words.
    pub words: Words,
    /// Where it leads.
    pub href: &'static str,
    /// Whether somebody with these duties may open it; for patients, who have none, it is not asked.
    pub opens: fn(&[String]) -> bool,
}

/// Reads the duties of a person at the facility of the transaction.
pub type DutiesOf = fn(&mut Tx<'_>, PersonId) -> Result<Vec<String>>;

/// Something that cannot wait until somebody looks at its own page. It names no patient: it stands on every screen, a locked
/// one too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// How grave it is.
    pub tone: crate::look::Tone,
    /// In a few words.
    pub title: Words,
    /// What to do.
    pub text: Words,
    /// Where that is done, for those to whom it opens.
    pub link: Option<(&'static str, Words)>,
}

/// Reads the alerts of the transaction's facility at this moment, for somebody with these duties.
pub type AlertsOf = fn(&mut Tx<'_>, &[String], kernel::Timestamp) -> Result<Vec<Alert>>;

/// Says a facility's name for the header of the staff's pages. `app` plugs in a memory of the names, since a header is
/// drawn on every page and must not wait for the database. The default knows none.
#[derive(Clone, Default)]
pub struct Places(Option<Arc<NameOf>>);

type NameOf = dyn Fn(FacilityId) -> Option<String> + Send + Sync;

impl Places {
    /// Names as `name` knows them.
    pub fn new(name: impl Fn(FacilityId) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(name)))
    }

    /// The name of `facility`.
    #[must_use]
    pub fn name(&self, facility: FacilityId) -> Option<String> {
        self.0.as_ref().and_then(|it| it(facility))
    }
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Places")
    }
}

/// A TURN server that shares a secret with us (coturn `use-auth-secret`).
#[derive(Debug, Clone)]
pub struct Turn {
    /// `turn:host:port?transport=udp` and the like, the preferred one first.
    pub urls: Vec<String>,
    /// The shared secret.
    pub secret: String,
}

impl std::ops::Deref for Site {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Site {
    /// Joins the parts.
    #[must_use]
    pub fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Circumstances of a job of the server itself, over all facilities.
    #[must_use]
    pub fn job(&self, name: &'static str) -> Ctx {
        Ctx::new(Who::System(name), None, self.clock.now(), self.chance.clone())
    }

    /// Runs an act of `ctx` and answers when it is durable (see [`Db::write`]).
    ///
    /// # Errors
    /// Those of `act`, and the database's.
    pub async fn write<T: Send + 'static>(
        &self,
        ctx: &Ctx,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = ctx.clone();
        self.db.write(ctx.facility, move |tx| act(tx, &ctx)).await
    }

    /// Looks at what the log must know of, as a patient's data, and answers when that is durable (see [`Db::look`]): beside
    /// other acts, not among them. For pages that only show.
    ///
    /// # Errors
    /// Those of `act`, and the database's.
    pub async fn look<T: Send + 'static>(
        &self,
        ctx: &Ctx,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = ctx.clone();
        self.db.look(ctx.facility, move |tx| act(tx, &ctx)).await
    }

    /// Prints a document on a thread of its own.
    ///
    /// # Errors
    /// The press's.
    pub async fn print(&self, document: papers::Document) -> Result<Vec<u8>> {
        let press = self.press.clone();
        tokio::task::spawn_blocking(move || press.print(&document)).await.map_err(kernel::Error::internal)?
    }

    /// Reads what is no patient's data (see [`Db::read`]).
    ///
    /// # Errors
    /// Those of `act`, and the database's.
    pub async fn read<T: Send + 'static>(
        &self,
        ctx: &Ctx,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = ctx.clone();
        self.db.read(ctx.facility, move |tx| act(tx, &ctx)).await
    }
}
