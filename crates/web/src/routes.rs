//! The table of all routes: axum keeps none, and the tests must visit every one.

use axum::handler::Handler;
use axum::http::Uri;
use axum::routing::{MethodRouter, delete, get, head, options, patch, post};
use axum::{Extension, Router};

use crate::{Answer, Site};

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
    /// `GET` or `POST`; `HEAD`, `PATCH`, `DELETE` and `OPTIONS` only where a machine protocol wants them.
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

    /// A machine protocol asks how far something is.
    #[must_use]
    pub fn head<H, T>(self, door: Door, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.add("HEAD", door, path, head(handler))
    }

    /// A machine protocol adds to something.
    #[must_use]
    pub fn patch<H, T>(self, door: Door, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.add("PATCH", door, path, patch(handler))
    }

    /// A machine protocol gives something up.
    #[must_use]
    pub fn delete<H, T>(self, door: Door, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.add("DELETE", door, path, delete(handler))
    }

    /// A machine protocol asks what is spoken here.
    #[must_use]
    pub fn options<H, T>(self, door: Door, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.add("OPTIONS", door, path, options(handler))
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
        let mut router = self.router;
        for (path, pages) in paths_without_page(&self.table) {
            router = router.route(path, get(move |uri: Uri| async move { lead(&uri, pages) }));
        }
        router
            .fallback(crate::answer::nothing_here)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .layer(axum::middleware::from_fn_with_state(site.clone(), crate::kept::keep))
            .layer(axum::middleware::from_fn_with_state(site.clone(), crate::answer::dress))
            .with_state(site)
    }
}

/// Paths that only take forms, each with how many of its segments name the nearest page above. An address bar, a reload
/// or the way back from a proof ends there instead of nowhere.
fn paths_without_page(table: &[Route]) -> Vec<(&'static str, usize)> {
    let is_page = |path: &str| table.iter().any(|it| it.method == "GET" && it.path == path);
    let mut found: Vec<_> = table.iter().map(|it| it.path).filter(|it| !is_page(it)).collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .map(|path| {
            let segments: Vec<_> = path.split('/').skip(1).collect();
            let above = (1..segments.len()).rev().find(|it| is_page(&format!("/{}", segments[..*it].join("/"))));
            (path, above.unwrap_or(0))
        })
        .collect()
}

fn lead(uri: &Uri, segments: usize) -> Answer {
    let above: Vec<_> = uri.path().split('/').skip(1).take(segments).collect();
    Answer::To(format!("/{}", above.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_takes_forms_leads_to_the_page_above() {
        let line = |method, path| Route { path, method, door: Door::Staff };
        let table = [
            line("GET", "/"),
            line("GET", "/bookings/{booking}"),
            line("POST", "/bookings/{booking}"),
            line("POST", "/bookings/{booking}/plan/hand-over"),
            line("POST", "/look"),
        ];
        let expected = [("/bookings/{booking}/plan/hand-over", 2), ("/look", 0)];
        assert_eq!(paths_without_page(&table), expected);
        for (uri, segments, to) in [("/bookings/01h/plan/hand-over?x=1", 2, "/bookings/01h"), ("/look", 0, "/")] {
            let answer = lead(&uri.parse().expect("a uri"), segments);
            assert!(matches!(answer, Answer::To(ref it) if it == to), "{uri}: {answer:?}");
        }
    }
}
