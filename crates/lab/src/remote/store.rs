//! Places, trainings and notifications in rows: what one laboratory knows of those who work outside of it.

use std::collections::HashMap;

use db::{Row, Tx, params};
use kernel::{Ctx, Date, Error, PersonId, Result, RowId, Timestamp, Words, clause, time};
use people::access::{self, Access, Act, Class};
use people::{device, person};
use serde_json::json;

use super::{
    Filed, Known, Place, PlaceForm, PlaceId, PlaceKind, Refusal, Standing, Topic, Training, Worker, standing, untrained,
};
use crate::case::store::names;

/// Rows of one kind on the page at most: a laboratory of a hundred technicians has not more.
const ROWS_MAX: usize = 500;

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Place> {
    let (id, kind, sealed): (PlaceId, String, Vec<u8>) = (row.get("id")?, row.get("kind")?, row.get("content")?);
    let text = tx.open("lab_remote_place.content", id, &sealed)?;
    Ok(Place {
        id,
        person: row.get("person_id")?,
        kind: PlaceKind::from_key(&kind).ok_or_else(|| Error::internal("kind of a place"))?,
        content: serde_json::from_str(&text).map_err(Error::internal)?,
        registered_at: row.get("registered_at")?,
        ended_at: row.get("ended_at")?,
    })
}

/// All places, those that were given up too, oldest first. No check: the caller has made its own.
///
/// # Errors
/// The database's.
pub fn places(tx: &mut Tx<'_>) -> Result<Vec<Place>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM lab_remote_place WHERE facility_id = ?1 ORDER BY registered_at, id LIMIT ?2",
        params![facility, ROWS_MAX],
    )?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// Lets a person go on who sits before a device of the ledger that is in order, where that is asked for: of everybody with a
/// place outside the laboratory, and of all where the manager has decided so. Programs prove themselves by their tokens.
///
/// # Errors
/// `Terminal`, which leads to the page that says what is to be mended.
pub fn need_device(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
    clause!("DL-12", "DL-13");
    let (Some(person), Some(_)) = (ctx.who.staff(), ctx.session) else { return Ok(()) };
    let facility = tx.facility()?;
    let places: Option<i64> = tx.value(
        "SELECT count(*) FROM lab_remote_place WHERE facility_id = ?1 AND person_id = ?2 AND ended_at IS NULL",
        params![facility, person],
    )?;
    let rule = device::store::rule(tx)?;
    if places.unwrap_or(0) == 0 && !rule.asked_inside {
        return Ok(());
    }
    let found = device::browser::sits_here(tx, ctx)?;
    let is_in_order = found.is_some_and(|it| it.may_be_used(it.place(), rule.document.is_some(), ctx.now).is_ok());
    if is_in_order {
        return Ok(());
    }
    let words = Words::new(
        "この端末では技工の情報を開けません。「この端末の確認」のページで、必要なことを確かめてください。",
        "Cases cannot be opened on this device. The page “This terminal” says what is to be mended.",
    );
    Err(Error::new(kernel::Kind::Terminal, words, "laboratory work on a device that is not in order"))
}

/// What keeps this session's device from being used outside; and what it is called.
///
/// # Errors
/// The database's.
pub fn outside_device(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<(String, Vec<Refusal>)> {
    clause!("DL-12", "DL-13");
    let Some(found) = device::browser::here(tx, ctx)? else {
        let words = Words::new(
            "このブラウザーは、台帳の端末として登録されていません。管理者に登録コードを頼み、「この端末の確認」のページで入力してください。",
            "This browser is not enrolled as a device of the ledger. Ask the manager for a code, and type it on the page “This terminal”.",
        );
        return Ok((String::new(), vec![Refusal::new("DL-12", words)]));
    };
    let has_rules = device::store::rule(tx)?.document.is_some();
    let wrong = found.may_be_used(guidelines::device::Place::Remote, has_rules, ctx.now).err().unwrap_or_default();
    let refused = wrong.into_iter().map(|it| Refusal {
        clause: it.clause,
        words: Words::made(format!("{}{}", it.reason.ja, it.mend.ja), format!("{} {}", it.reason.en, it.mend.en)),
    });
    Ok((found.entry.name, refused.collect()))
}

/// The trainings of everybody, newest first. No check: the caller has made its own.
///
/// # Errors
/// The database's.
pub fn trainings(tx: &mut Tx<'_>) -> Result<Vec<Training>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM lab_training WHERE facility_id = ?1 ORDER BY held_on DESC, id DESC LIMIT ?2",
        params![facility, ROWS_MAX],
    )?;
    rows.iter()
        .map(|row| {
            let contents: String = row.get("contents")?;
            Ok(Training {
                person: row.get("person_id")?,
                topics: contents.split_whitespace().filter_map(Topic::from_key).collect(),
                material: row.get("material")?,
                held_on: row.get("held_on")?,
            })
        })
        .collect()
}

/// What the laboratory knows of a technician, for the rules. No check: the caller has made its own.
///
/// # Errors
/// The database's.
pub fn known(tx: &mut Tx<'_>, person: PersonId) -> Result<Known> {
    clause!("DL-01", "DL-40");
    let all = trainings(tx)?;
    let of = |person: PersonId| all.iter().filter(|it| it.person == person).cloned().collect::<Vec<_>>();
    let mut manager_trained = false;
    for it in person::store::staff(tx)? {
        let manages = access::duties(tx, it.id)?.iter().any(|it| it == "manager");
        manager_trained |= manages && untrained(&of(it.id), true).is_empty();
    }
    Ok(Known {
        employed: access::duties(tx, person)?.iter().any(|it| it == "technician"),
        licensed: person::store::licences(tx, person)?.iter().any(|it| it.kind == "technician" || it.kind == "dentist"),
        trained: untrained(&of(person), false).is_empty(),
        manager_trained,
    })
}

/// The technicians who work here now.
///
/// # Errors
/// The database's.
pub fn technicians(tx: &mut Tx<'_>) -> Result<Vec<person::Person>> {
    let mut found = Vec::new();
    for it in person::store::staff(tx)? {
        if access::duties(tx, it.id)?.iter().any(|it| it == "technician") {
            found.push(it);
        }
    }
    Ok(found)
}

/// Registers a place.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for somebody who is no technician here.
pub fn register(tx: &mut Tx<'_>, ctx: &Ctx, form: &PlaceForm) -> Result<PlaceId> {
    clause!("DL-01", "DL-03", "DL-11");
    let (facility, id) = (tx.facility()?, PlaceId::new(ctx));
    Access::new("lab.register_place", Act::Write, Class::Administration)
        .on("person", form.person)
        .detail(json!({ "place": id, "identity": form.content.identity_how }))
        .require(tx, ctx)?;
    if !technicians(tx)?.iter().any(|it| it.id == form.person) {
        return Err(Error::not_found("no technician here"));
    }
    let text = serde_json::to_string(&form.content).map_err(Error::internal)?;
    let sealed = tx.seal("lab_remote_place.content", id, &text)?;
    tx.exec(
        "INSERT INTO lab_remote_place (facility_id, id, person_id, kind, content, registered_by, registered_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![facility, id, form.person, form.kind.key(), sealed, ctx.who.label(), ctx.now],
    )?;
    Ok(id)
}

/// Gives up a place: nobody works there from now on.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound`.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: PlaceId) -> Result<()> {
    clause!("DL-06");
    let facility = tx.facility()?;
    Access::new("lab.end_place", Act::Write, Class::Administration).on("lab_remote_place", id).require(tx, ctx)?;
    let changed = tx.exec(
        "UPDATE lab_remote_place SET ended_by = ?3, ended_at = ?4
         WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![facility, id, ctx.who.label(), ctx.now],
    )?;
    if changed == 0 { Err(Error::not_found("no such place, or given up")) } else { Ok(()) }
}

/// Puts a training on file, one row for each who attended.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for somebody who does not work here.
pub fn train(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    people: &[PersonId],
    topics: &[Topic],
    material: &str,
    held_on: Date,
) -> Result<()> {
    clause!("DL-40");
    let facility = tx.facility()?;
    let contents = topics.iter().map(|it| it.key()).collect::<Vec<_>>().join(" ");
    for person in people {
        Access::new("lab.record_training", Act::Write, Class::Administration)
            .on("person", person)
            .detail(json!({ "topics": contents, "held_on": held_on }))
            .require(tx, ctx)?;
        person::store::of_here(tx, *person)?;
        tx.exec(
            "INSERT INTO lab_training (facility_id, id, person_id, contents, material, held_on, recorded_by, recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![facility, RowId::new(ctx), person, contents, material, held_on, ctx.who.label(), ctx.now],
        )?;
    }
    Ok(())
}

/// The remote workers as they are now, in the order of their names. A place counts while its technician works here.
fn workers(tx: &mut Tx<'_>, places: &[Place]) -> Result<Vec<Worker>> {
    let mut all = Vec::new();
    // Most facilities have none, and every page of a manager's asks.
    if places.is_empty() {
        return Ok(all);
    }
    for person in technicians(tx)? {
        let own: Vec<&Place> = places.iter().filter(|it| it.person == person.id && it.ended_at.is_none()).collect();
        let Some(newest) = own.last() else { continue };
        all.push(Worker {
            name: person.name.full(),
            phone: newest.content.phone.clone(),
            places: own.iter().filter(|it| it.kind == PlaceKind::Other).map(|it| it.content.address.clone()).collect(),
            at_home: own.iter().any(|it| it.kind == PlaceKind::Home),
        });
    }
    Ok(all)
}

fn last_filed(tx: &mut Tx<'_>) -> Result<Option<Filed>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM lab_notification WHERE facility_id = ?1 ORDER BY recorded_at DESC, id DESC LIMIT 1",
        params![facility],
    )?;
    let Some(row) = row else { return Ok(None) };
    let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("content")?);
    let text = tx.open("lab_notification.content", id, &sealed)?;
    Ok(Some(Filed {
        authority: row.get("authority")?,
        filed_on: row.get("filed_on")?,
        workers: serde_json::from_str(&text).map_err(Error::internal)?,
        recorded_at: row.get("recorded_at")?,
    }))
}

/// How the notification stands. Names nobody, so it leaves no entry.
///
/// # Errors
/// The database's.
pub fn notification(tx: &mut Tx<'_>, now: Timestamp) -> Result<(Standing, Vec<Worker>, Option<Filed>)> {
    clause!("DL-03", "DL-06");
    let places = places(tx)?;
    let (workers, last) = (workers(tx, &places)?, last_filed(tx)?);
    let changes: Vec<Timestamp> =
        places.iter().flat_map(|it| [Some(it.registered_at), it.ended_at]).flatten().collect();
    Ok((standing(&workers, last.as_ref(), &changes, time::day(now)), workers, last))
}

/// Puts on file that the notification was filed, as things stand now.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn file(tx: &mut Tx<'_>, ctx: &Ctx, authority: &str, filed_on: Date) -> Result<()> {
    clause!("DL-03", "DL-06");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    Access::new("lab.file_notification", Act::Write, Class::Administration)
        .on("lab_notification", id)
        .detail(json!({ "authority": authority, "filed_on": filed_on }))
        .require(tx, ctx)?;
    let places = places(tx)?;
    let text = serde_json::to_string(&workers(tx, &places)?).map_err(Error::internal)?;
    let sealed = tx.seal("lab_notification.content", id, &text)?;
    tx.exec(
        "INSERT INTO lab_notification (facility_id, id, authority, filed_on, content, recorded_by, recorded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![facility, id, authority, filed_on, sealed, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Everything that the page of remote work shows.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The places, oldest first.
    pub places: Vec<Place>,
    /// The trainings, newest first.
    pub trainings: Vec<Training>,
    /// The technicians.
    pub technicians: Vec<person::Person>,
    /// Everybody of the staff.
    pub staff: Vec<person::Person>,
    /// Names of those who stand in the rows.
    pub names: HashMap<PersonId, String>,
    /// How the notification stands.
    pub standing: Standing,
    /// Who works remotely now.
    pub workers: Vec<Worker>,
    /// What was filed last.
    pub filed: Option<Filed>,
}

/// What is on file about remote work.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Desk> {
    Access::new("lab.view_remote", Act::View, Class::Administration).on("facility", tx.facility()?).require(tx, ctx)?;
    let (places, trainings, staff) = (places(tx)?, trainings(tx)?, person::store::staff(tx)?);
    let people = staff.iter().map(|it| it.id).chain(places.iter().map(|it| it.person));
    let names = names(tx, people.chain(trainings.iter().map(|it| it.person)).collect::<Vec<_>>())?;
    let (standing, workers, filed) = notification(tx, ctx.now)?;
    Ok(Desk { technicians: technicians(tx)?, places, trainings, staff, names, standing, workers, filed })
}
