//! Stations in rows: registering, ending, and finding out who calls.

use audit::Entry;
use crypto::digest::{hex, unhex};
use db::{Row, Tx, params};
use kernel::{Ctx, Error, FacilityId, Kind, Result, RowId, Words, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{Caller, Destination, Fingerprint, NewStation, Registered, Station, nearest};

/// Live registrations of one facility at most.
pub const STATIONS_MAX: i64 = 200;

const COLUMNS: &str = "id, facility_id, title, name, address, host, port, takes_reports, certificate, registered_at";

/// Who calls by this title, over all facilities: the call itself must say whose it is. In the demonstration a caller from
/// this computer belongs to `loopback`. Nobody else gets in.
///
/// # Errors
/// The database's.
pub fn admit(tx: &mut Tx<'_>, title: &str, caller: Caller, loopback: Option<FacilityId>) -> Result<Option<Station>> {
    clause!("TR-20", "TR-12");
    let caller = Caller { address: caller.address.to_canonical(), ..caller };
    let known: Vec<Registered> = tx
        .rows(
            &format!("SELECT {COLUMNS} FROM station WHERE title = ?1 AND ended_at IS NULL LIMIT 1000"),
            params![title],
        )?
        .iter()
        .map(read)
        .collect::<Result<_>>()?;
    let found = nearest(&known, caller).map(|it| it.facility);
    let found = found.or(loopback.filter(|_| caller.address.is_loopback() && !caller.must_prove));
    Ok(found.map(|facility| Station { facility, title: title.to_owned() }))
}

/// Puts on the installation's record that somebody called whom nobody knows, and by which certificate if by one.
///
/// # Errors
/// The database's.
pub fn note_stranger(tx: &mut Tx<'_>, ctx: &Ctx, title: &str, certificate: Option<Fingerprint>) -> Result<()> {
    let entry = Entry::done("station.call", "station", title).class("images");
    let entry = match certificate {
        Some(it) => entry.detail(json!({ "certificate": hex(&it) })),
        None => entry,
    };
    audit::append(tx, ctx, entry.refused()).map(drop)
}

/// Where the station of this title takes what is sent to it.
///
/// # Errors
/// The database's.
pub fn destination(tx: &mut Tx<'_>, title: &str) -> Result<Option<Destination>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        &format!(
            "SELECT {COLUMNS} FROM station
             WHERE facility_id = ?1 AND title = ?2 AND ended_at IS NULL AND port IS NOT NULL ORDER BY id DESC LIMIT 1"
        ),
        params![facility, title],
    )?;
    let found = rows.first().map(read).transpose()?;
    Ok(found.and_then(|it| it.destination))
}

/// The live registrations of the facility.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Registered>> {
    let facility = tx.facility()?;
    Access::new("station.list", Act::View, Class::Administration).require(tx, ctx)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM station WHERE facility_id = ?1 AND ended_at IS NULL ORDER BY title, id LIMIT 1000"
    );
    tx.rows(&sql, params![facility])?.iter().map(read).collect()
}

/// Registers a station.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Conflict` when this title and address are somebody's already; `Limit`.
pub fn add(tx: &mut Tx<'_>, ctx: &Ctx, new: &NewStation) -> Result<RowId> {
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let address = new.address.map(|it| it.to_canonical().to_string()).unwrap_or_default();
    let certificate = new.certificate.map(|it| hex(&it)).unwrap_or_default();
    Access::new("station.add", Act::Write, Class::Administration)
        .on("station", id)
        .detail(json!({
            "title": new.title,
            "address": address,
            "host": new.host,
            "port": new.port,
            "reports": new.takes_reports,
            "certificate": certificate,
        }))
        .require(tx, ctx)?;
    let count: i64 = tx
        .value("SELECT count(*) FROM station WHERE facility_id = ?1 AND ended_at IS NULL", params![facility])?
        .unwrap_or(0);
    if count >= STATIONS_MAX {
        let words = Words::new(
            "登録できる装置の数の上限に達しました。使っていない登録を終えてください。",
            "No more stations can be registered. Please end those that are not used.",
        );
        return Err(Error::too_large(words, "stations of a facility"));
    }
    let made = tx.exec(
        "INSERT INTO station (id, facility_id, title, name, address, host, port, takes_reports, certificate, registered_by,
         registered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
        params![
            id,
            facility,
            new.title,
            new.name,
            address,
            new.host,
            new.port,
            new.takes_reports,
            certificate,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    if made == 0 {
        let words = Words::new(
            "このAEタイトルとアドレスは、すでに登録されています。アドレスを入れると区別できます。",
            "This AE title and address are registered already. With an address they can be told apart.",
        );
        return Err(Error::new(Kind::Conflict, words, "station is taken"));
    }
    Ok(id)
}

/// Ends a registration: the station gets no association any more. What it sent stays.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<()> {
    let facility = tx.facility()?;
    Access::new("station.end", Act::Write, Class::Administration).on("station", id).require(tx, ctx)?;
    let ended = tx.exec(
        "UPDATE station SET ended_by = ?3, ended_at = ?4 WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![facility, id, ctx.who.label(), ctx.now],
    )?;
    if ended == 0 { Err(Error::not_found("no live station")) } else { Ok(()) }
}

fn read(row: &Row) -> Result<Registered> {
    let (title, address, host): (String, String, String) = (row.get("title")?, row.get("address")?, row.get("host")?);
    let (port, certificate): (Option<u16>, _) = (row.get("port")?, certificate(row)?);
    Ok(Registered {
        id: row.get("id")?,
        facility: row.get("facility_id")?,
        destination: port.map(|port| Destination { title: title.clone(), host, port, certificate }),
        certificate,
        title,
        name: row.get("name")?,
        address: address.parse().ok(),
        takes_reports: row.get("takes_reports")?,
        registered_at: row.get("registered_at")?,
    })
}

/// The certificate of a row of `station`. One that cannot be read is no reason to speak in plain.
///
/// # Errors
/// `Internal` when it cannot be read.
pub(crate) fn certificate(row: &Row) -> Result<Option<Fingerprint>> {
    let text: String = row.get("certificate")?;
    if text.is_empty() {
        return Ok(None);
    }
    let read = unhex(&text).and_then(|it| Fingerprint::try_from(it).ok());
    read.map(Some).ok_or_else(|| Error::internal("a station's certificate is no digest"))
}
