//! Images: what arrives, what is asked about them, what was read in them.
//!
//! `dataset` reads DICOM data sets as they stream in; `instance` says what came and where it belongs; `intake` keeps
//! it; `study` finds it again, `mark` is what people draw on it, `copy` takes it away, `moving` puts right whose it is;
//! `station` says who may bring it.
//! `request` asks another facility to read, `assignment` says for whom it is meant, `report` is the answer, `second` what
//! another reader says, `conference` how the two facilities talk over it, `reader` who may sign it, `monitor` what it is read
//! from, `outgoing` what goes out with the signature,
//! `urgent` what cannot wait for it, `duty` what is owed on it afterwards, `inquiry` what the two facilities ask each other,
//! `figures` how it goes, `measures` how images are kept safe, `inventory` whether they still are what arrived. `worklist` tells devices who is
//! expected. At a gateway `delivery` says what the server holds, and `commitment` what devices were promised. No room looks
//! into the bytes of an image but this one.

pub mod assignment;
pub mod commitment;
pub mod conference;
pub mod copy;
pub mod dataset;
pub mod deidentify;
pub mod delivery;
pub mod demo;
pub mod duty;
pub mod evidence;
pub mod figures;
pub mod inquiry;
pub mod instance;
pub mod intake;
pub mod inventory;
pub mod mark;
pub mod measures;
pub mod media;
pub mod monitor;
pub mod moving;
pub mod outgoing;
pub mod reader;
pub mod report;
pub mod request;
pub mod second;
pub mod station;
pub mod study;
pub mod urgent;
pub mod worklist;

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { id: "20261121-72-instance", sql: include_str!("../migrations/20261121-72-instance.sql") },
    db::Migration { id: "20261121-73-station", sql: include_str!("../migrations/20261121-73-station.sql") },
    db::Migration { id: "20261121-75-study-claim", sql: include_str!("../migrations/20261121-75-study-claim.sql") },
    db::Migration { id: "20261121-82-reader", sql: include_str!("../migrations/20261121-82-reader.sql") },
    db::Migration {
        id: "20261121-83-reading-request",
        sql: include_str!("../migrations/20261121-83-reading-request.sql"),
    },
    db::Migration {
        id: "20261121-84-reading-report",
        sql: include_str!("../migrations/20261121-84-reading-report.sql"),
    },
    db::Migration { id: "20261121-90-delivery", sql: include_str!("../migrations/20261121-90-delivery.sql") },
    db::Migration { id: "20261121-95-outgoing", sql: include_str!("../migrations/20261121-95-outgoing.sql") },
    db::Migration {
        id: "20261121-86-reading-study-uid",
        sql: include_str!("../migrations/20261121-86-reading-study-uid.sql"),
    },
    db::Migration {
        id: "20261121-87-reading-urgent",
        sql: include_str!("../migrations/20261121-87-reading-urgent.sql"),
    },
    db::Migration {
        id: "20261121-96-station-certificate",
        sql: include_str!("../migrations/20261121-96-station-certificate.sql"),
    },
    db::Migration { id: "20261121-88-reading-duty", sql: include_str!("../migrations/20261121-88-reading-duty.sql") },
    db::Migration {
        id: "20261121-89-reading-inquiry",
        sql: include_str!("../migrations/20261121-89-reading-inquiry.sql"),
    },
    db::Migration { id: "20261121-97-study-copy", sql: include_str!("../migrations/20261121-97-study-copy.sql") },
    db::Migration { id: "20261121-98-study-move", sql: include_str!("../migrations/20261121-98-study-move.sql") },
    db::Migration { id: "20261121-99-monitor", sql: include_str!("../migrations/20261121-99-monitor.sql") },
    db::Migration {
        id: "20261121-91-reading-assignment",
        sql: include_str!("../migrations/20261121-91-reading-assignment.sql"),
    },
    db::Migration {
        id: "20261121-92-reading-measures",
        sql: include_str!("../migrations/20261121-92-reading-measures.sql"),
    },
    db::Migration { id: "20261121-93-image-fault", sql: include_str!("../migrations/20261121-93-image-fault.sql") },
    db::Migration {
        id: "20261121-94-reading-conference",
        sql: include_str!("../migrations/20261121-94-reading-conference.sql"),
    },
    db::Migration { id: "20261121-74-mark", sql: include_str!("../migrations/20261121-74-mark.sql") },
    db::Migration {
        id: "20261122-61-delivery-welcome",
        sql: include_str!("../migrations/20261122-61-delivery-welcome.sql"),
    },
    db::Migration {
        id: "20261122-62-reading-digests",
        sql: include_str!("../migrations/20261122-62-reading-digests.sql"),
    },
];

/// All pages of this room.
#[must_use]
pub fn routes() -> web::Routes {
    web::Routes::new()
        .and(study::list::routes())
        .and(study::pages::routes())
        .and(copy::pages::routes())
        .and(mark::pages::routes())
        .and(media::routes())
        .and(monitor::pages::routes())
        .and(moving::pages::routes())
        .and(reader::pages::routes())
        .and(request::ask_pages::routes())
        .and(request::pages::routes())
        .and(report::pages::routes())
        .and(outgoing::pages::routes())
        .and(urgent::pages::routes())
        .and(duty::pages::routes())
        .and(inquiry::pages::routes())
        .and(assignment::pages::routes())
        .and(second::pages::routes())
        .and(conference::pages::routes())
        .and(figures::pages::routes())
        .and(measures::pages::routes())
        .and(inventory::pages::routes())
}

/// What every page of the staff says until it is dealt with.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut db::Tx<'_>, duties: &[String], now: kernel::Timestamp) -> kernel::Result<Vec<web::site::Alert>> {
    let mut all = urgent::pages::alerts(tx, duties)?;
    all.extend(duty::pages::alerts(tx, duties, now)?);
    all.extend(measures::pages::alerts(tx, duties, now)?);
    all.extend(inventory::pages::alerts(tx, duties)?);
    all.extend(people::terminal::pages::alerts(tx, duties)?);
    all.extend(conference::pages::alerts(tx, duties, now)?);
    Ok(all)
}
