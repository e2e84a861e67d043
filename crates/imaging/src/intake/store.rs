//! Keeping what arrived: study, series, instance and log entry in one act.

use std::collections::BTreeSet;

use audit::Entry;
use blobs::Blobs;
use db::{Tx, params};
use kernel::{Ctx, Error, Result, RowId, clause};
use serde_json::json;

use super::{Arrived, Kept, NotKept, Origin};
use crate::dataset::Fault;
use crate::instance::{Header, Pixels, Placement, place};
use crate::inventory;
use crate::study::{Claims, claim, marked, patient_mark};

/// Keeps an instance whose bytes are durable, or says why not. Bytes that are not needed are removed once that is certain.
///
/// # Errors
/// Those of the database.
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, blobs: &Blobs, arrived: &Arrived, origin: &Origin) -> Result<Kept> {
    clause!("TR-12", "TR-20", "TR-25");
    let facility = tx.facility()?;
    // What is known stays so until this act ends. First of all locks: none that others take comes before the log's.
    tx.lock(&format!("intake/{facility}"))?;
    let announced = origin.announced.as_ref().map(|(class, instance)| (class.as_str(), instance.as_str()));
    let placed = place(&arrived.header, announced);
    let was_faulty = placed.is_ok() && inventory::store::is_faulty(tx, &arrived.header.instance)?;
    let mended = was_faulty && inventory::store::mend(tx, arrived)?;
    let kept = match &placed {
        Ok(_) if mended => Kept::AlreadyHere,
        Ok(placement) => known(tx, arrived, placement)?.unwrap_or(Kept::Stored),
        Err(refused) => Kept::Refused(NotKept::Unplaced(*refused)),
    };
    let entry = Entry::done("image.receive", "instance", &arrived.header.instance).class("images").detail(json!({
        "origin": origin,
        "digest": arrived.stored.blob.to_string(),
        "outcome": if mended { "mended" } else { outcome(&kept) },
    }));
    let index = audit::append(tx, ctx, if matches!(kept, Kept::Refused(_)) { entry.refused() } else { entry })?;
    if let (Ok(placement), Kept::Stored) = (&placed, &kept) {
        write(tx, ctx, arrived, placement, origin, index)?;
        if was_faulty {
            inventory::store::settle(tx, placement.instance.as_str())?;
        }
    } else if !mended {
        let (blobs, stored) = (blobs.clone(), arrived.stored.clone());
        tx.on_commit(move || {
            // What cannot be removed now is swept later.
            let _ = blobs.remove(facility, &stored);
        });
    }
    Ok(kept)
}

/// Puts on record that an instance came damaged; nothing of it is kept.
///
/// # Errors
/// Those of the database.
pub fn refuse_broken(tx: &mut Tx<'_>, ctx: &Ctx, fault: &Fault, origin: &Origin) -> Result<()> {
    let announced = origin.announced.as_ref().map(|it| it.1.as_str()).unwrap_or_default();
    let entry = Entry::done("image.receive", "instance", announced).class("images").detail(json!({
        "origin": origin,
        "outcome": "broken",
        "what": format!("{:?}", fault.what),
        "offset": fault.offset,
    }));
    audit::append(tx, ctx, entry.refused()).map(drop)
}

/// Puts on record that an instance came with other bytes than its sender has, by the digest that it told; nothing of it is
/// kept, so that it can be sent again.
///
/// # Errors
/// Those of the database.
pub fn refuse_changed(tx: &mut Tx<'_>, ctx: &Ctx, arrived: &Arrived, told: &str, origin: &Origin) -> Result<()> {
    clause!("TR-12");
    let entry = Entry::done("image.receive", "instance", &arrived.header.instance).class("images").detail(json!({
        "origin": origin,
        "outcome": "changed on its way",
        "digest": arrived.stored.blob.to_string(),
        // What a sender says is not ours to keep at any length.
        "told": told.chars().take(80).collect::<String>(),
    }));
    audit::append(tx, ctx, entry.refused()).map(drop)
}

fn outcome(kept: &Kept) -> &'static str {
    match kept {
        Kept::Stored => "stored",
        Kept::AlreadyHere => "already here",
        Kept::Refused(NotKept::Unplaced(_)) => "unplaced",
        Kept::Refused(NotKept::Differs) => "differs",
    }
}

fn write(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    arrived: &Arrived,
    placement: &Placement,
    origin: &Origin,
    index: u64,
) -> Result<()> {
    let (facility, header, id) = (tx.facility()?, &arrived.header, RowId::new(ctx));
    let study = study(tx, ctx, header, placement)?;
    let series = series(tx, ctx, header, placement, study)?;
    tx.exec(
        "INSERT INTO instance (id, facility_id, series_id, uid, class_uid, transfer_syntax, number, pixel_rows, pixel_columns,
         bits, frames, lossy, burned_in, blob_id, sealed_key, size_bytes, origin, received_at, place,
         log_index)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        params![
            id,
            facility,
            series,
            placement.instance.as_str(),
            placement.class.as_str(),
            arrived.transfer_syntax,
            header.number,
            header.rows,
            header.columns,
            header.bits,
            header.frames,
            header.lossy,
            header.burned_in,
            arrived.stored.blob.0,
            arrived.stored.sealed_key,
            i64::try_from(arrived.stored.size_bytes).map_err(Error::internal)?,
            serde_json::to_string(origin).map_err(Error::internal)?,
            ctx.now,
            header.number.unwrap_or(i32::MAX),
            i64::try_from(index).map_err(Error::internal)?
        ],
    )?;
    let metadata = tx.seal_bytes("instance.metadata", id, &arrived.metadata)?;
    tx.exec(
        "INSERT INTO instance_header (instance_id, facility_id, metadata, pixels) VALUES (?1, ?2, ?3, ?4)",
        params![id, facility, metadata, arrived.pixels.as_ref().map(Pixels::to_bytes)],
    )?;
    tx.exec(
        "UPDATE series SET instance_count = instance_count + 1 WHERE facility_id = ?1 AND id = ?2",
        params![facility, series],
    )?;
    tx.exec(
        "UPDATE study SET instance_count = instance_count + 1, changed_at = ?3 WHERE facility_id = ?1 AND id = ?2",
        params![facility, study, ctx.now],
    )?;
    Ok(())
}

/// What is here under this identifier: the same, or something else. A series belongs to one study for good.
fn known(tx: &mut Tx<'_>, arrived: &Arrived, placement: &Placement) -> Result<Option<Kept>> {
    let facility = tx.facility()?;
    let of: Option<String> = tx.value(
        "SELECT study.uid FROM series JOIN study ON study.id = series.study_id
         WHERE series.facility_id = ?1 AND series.uid = ?2",
        params![facility, placement.series.as_str()],
    )?;
    if of.is_some_and(|it| it != placement.study.as_str()) {
        return Ok(Some(Kept::Refused(NotKept::Differs)));
    }
    let row = tx.row(
        "SELECT blob_id, transfer_syntax FROM instance WHERE facility_id = ?1 AND uid = ?2",
        params![facility, placement.instance.as_str()],
    )?;
    let Some(row) = row else { return Ok(None) };
    let digest: [u8; 32] = row.get("blob_id")?;
    let syntax: String = row.get("transfer_syntax")?;
    let same = digest == arrived.stored.blob.0 && syntax == arrived.transfer_syntax;
    Ok(Some(if same { Kept::AlreadyHere } else { Kept::Refused(NotKept::Differs) }))
}

fn study(tx: &mut Tx<'_>, ctx: &Ctx, header: &Header, placement: &Placement) -> Result<RowId> {
    clause!("CS-151");
    let facility = tx.facility()?;
    let uid = placement.study.as_str();
    let patient_mark = tx.mark("study", &patient_mark(&header.patient))?;
    let known =
        tx.row("SELECT id, patient_mark FROM study WHERE facility_id = ?1 AND uid = ?2", params![facility, uid])?;
    if let Some(row) = known {
        let (id, first): (RowId, Vec<u8>) = (row.get("id")?, row.get("patient_mark")?);
        if first != patient_mark {
            claim::keep(tx, id, &patient_mark, &header.patient)?;
        }
        return Ok(id);
    }
    let id = RowId::new(ctx);
    let claims = Claims::of(header);
    let sealed = tx.seal("study.claims", id, &serde_json::to_string(&claims).map_err(Error::internal)?)?;
    tx.exec(
        "INSERT INTO study (id, facility_id, uid, claims, patient_mark, study_date, study_time, modalities, series_count,
         instance_count, first_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', 0, 0, ?8, ?8)",
        params![
            id,
            facility,
            uid,
            sealed,
            patient_mark,
            header.study_date.map(|it| it.to_string()).unwrap_or_default(),
            header.study_time,
            ctx.now
        ],
    )?;
    for text in marked(&claims) {
        let mark = tx.mark("study", &text)?;
        tx.exec(
            "INSERT INTO study_mark (facility_id, mark, study_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![facility, mark, id],
        )?;
    }
    Ok(id)
}

fn series(tx: &mut Tx<'_>, ctx: &Ctx, header: &Header, placement: &Placement, study: RowId) -> Result<RowId> {
    let facility = tx.facility()?;
    let uid = placement.series.as_str();
    if let Some(id) = tx.value("SELECT id FROM series WHERE facility_id = ?1 AND uid = ?2", params![facility, uid])? {
        return Ok(id);
    }
    let id = RowId::new(ctx);
    let description = tx.seal("series.description", id, &header.series_description)?;
    tx.exec(
        "INSERT INTO series (id, facility_id, study_id, uid, modality, number, description, body_part, laterality,
         instance_count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)",
        params![
            id,
            facility,
            study,
            uid,
            header.modality,
            header.series_number,
            description,
            header.body_part,
            header.laterality
        ],
    )?;
    let modalities: String = tx
        .value("SELECT modalities FROM study WHERE facility_id = ?1 AND id = ?2", params![facility, study])?
        .unwrap_or_default();
    tx.exec(
        "UPDATE study SET series_count = series_count + 1, modalities = ?3 WHERE facility_id = ?1 AND id = ?2",
        params![facility, study, with_modality(&modalities, &header.modality)],
    )?;
    Ok(id)
}

/// The list of modalities with one more, if it is not there.
fn with_modality(list: &str, one: &str) -> String {
    let all: BTreeSet<&str> = list.split('\\').chain([one]).filter(|it| !it.is_empty()).collect();
    all.into_iter().collect::<Vec<_>>().join("\\")
}

/// The sealed keys of all instances of this facility, which name their files: a sweep leaves those alone.
///
/// # Errors
/// The database's.
pub fn known_blobs(tx: &mut Tx<'_>) -> Result<Vec<Vec<u8>>> {
    let facility = tx.facility()?;
    let rows = tx.rows("SELECT sealed_key FROM instance WHERE facility_id = ?1", params![facility])?;
    rows.iter().map(|row| row.get("sealed_key")).collect()
}
