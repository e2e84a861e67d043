//! The table of all routes: axum keeps none, and the tests must visit every one.

use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};

use crate::Site;

/// Who may stand at a route's door. What lies behind is checked again, thing by thing, in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// Anybody.
    Open,
    /// Whoever is signed in.
    Signed,
    /// The staff, with an unlocked session.
    Staff,
    /// Patients and their guardians.
    Patient,
    /// Machines with a bearer token, and loopback.
    Machine,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// `/bookings/{booking}`
    pub path: &'static str,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The door.
    pub door: Door,
}

/// Routes of a room, or of all.
#[derive(Default)]
pub struct Routes {
    table: Vec<Route>,
    router: Router<Site>,
}

impl Routes {
    /// No routes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A page. Getting it changes nothing but the log.
    #[must_use]
    pub fn get<H, T>(self, door: Door, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.add("GET", door, path, get(handler))
    }

    /// An act.
    #[must_use]
    pub fn post<H, T>(self, door: Door, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.add("POST", door, path, post(handler))
    }

    fn add(mut self, method: &'static str, door: Door, path: &'static str, handler: MethodRouter<Site>) -> Self {
        self.table.push(Route { path, method, door });
        self.router = self.router.route(path, handler.layer(Extension(door)));
        self
    }

    /// Both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.table.extend(other.table);
        self.router = self.router.merge(other.router);
        self
    }

    /// The table, for tests and documents.
    #[must_use]
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    /// The service: routes, assets, health, and the clothes of every answer (headers, error pages).
    pub fn serve(self, site: Site) -> Router {
        self.router
            .fallback(crate::answer::nothing_here)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .layer(axum::middleware::from_fn_with_state(site.clone(), crate::answer::dress))
            .with_state(site)
    }
}
