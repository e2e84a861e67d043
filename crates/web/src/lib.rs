//! Everything between a browser and a noun: the route table, who asks, forms, sessions, answers, the page's shell and parts.
//!
//! Knows no clinic's noun and decides no clinical rule. A handler reads its form, calls one function, shows the outcome:
//!
//! ```ignore
//! async fn create(asked: Asked, fields: Fields) -> web::Result {
//!     let request = match Request::parse(&fields) {
//!         Ok(request) => request,
//!         Err(faults) => return Ok(form(&asked, &fields.again(faults)).status(422)),
//!     };
//!     asked.act(&fields, move |tx, ctx| Ok(format!("/bookings/{}", store::book(tx, ctx, &request)?.id))).await
//! }
//! ```

pub mod answer;
pub mod asked;
pub mod assets;
pub mod download;
pub mod fields;
pub mod installation;
pub mod kept;
pub mod live;
pub mod look;
pub mod once;
pub mod path;
pub mod routes;
pub mod session;
pub mod shell;
pub mod site;
pub mod upload;

pub use answer::{Answer, Failure, Result};
pub use asked::Asked;
pub use assets::Asset;
pub use download::Download;
pub use fields::{Faults, Fields, Filled};
pub use live::Live;
pub use path::{Path, id};
pub use routes::{Door, Route, Routes};
pub use session::Session;
pub use site::{NavItem, Places, Settings, Site, Turn};
pub use upload::Upload;

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { id: "20261121-05-session", sql: include_str!("../migrations/20261121-05-session.sql") },
    db::Migration { id: "20261121-06-once", sql: include_str!("../migrations/20261121-06-once.sql") },
    db::Migration { id: "20261121-07-installation", sql: include_str!("../migrations/20261121-07-installation.sql") },
    db::Migration { id: "20261121-08-kept-form", sql: include_str!("../migrations/20261121-08-kept-form.sql") },
    db::Migration {
        id: "20261122-09-session-terminal",
        sql: include_str!("../migrations/20261122-09-session-terminal.sql"),
    },
];
