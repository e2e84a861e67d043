//! Keeping what arrived: study, series, instance and log entry in one act.

use audit::Entry;
use blobs::Blobs;
use db::{Tx, params};
use kernel::{Ctx, Error, Result, RowId, clause, name};
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use super::{Arrived, Kept, NotKept, Origin};
use crate::instance::{ClaimedPatient, Header, Placement, place};

/// Letters of a name's beginning that are marked: enough to tell families apart, few enough rows.
const MARK_CHARS_MAX: usize = 8;

/// Keeps an instance whose bytes are durable, or says why not. Bytes that are not needed are removed once that is certain.
///
/// # Errors
/// Those of the database.
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, blobs: &Blobs, arrived: &Arrived, origin: &Origin) -> Result<Kept> {
    clause!("TR-12", "TR-20", "TR-25");
    let facility = tx.facility()?;
    let announced = origin.announced.as_ref().map(|(class, instance)| (class.as_str(), instance.as_str()));
    let kept = match place(&arrived.header, announced) {
        Ok(placement) => write(tx, ctx, arrived, &placement, origin)?,
        Err(refused) => Kept::Refused(NotKept::Unplaced(refused)),
    };
    let entry = Entry::done("image.receive", "instance", &arrived.header.instance).class("images").detail(json!({
        "origin": origin,
        "digest": arrived.stored.blob.to_string(),
        "outcome": outcome(&kept),
    }));
    audit::append(tx, ctx, if matches!(kept, Kept::Refused(_)) { entry.refused() } else { entry })?;
    if kept != Kept::Stored {
        let (blobs, stored) = (blobs.clone(), arrived.stored.clone());
        tx.on_commit(move || {
            // What cannot be removed now is swept later.
            let _ = blobs.remove(facility, &stored);
        });
    }
    Ok(kept)
}

fn outcome(kept: &Kept) -> &'static str {
    match kept {
        Kept::Stored => "stored",
        Kept::AlreadyHere => "already here",
        Kept::Refused(NotKept::Unplaced(_)) => "unplaced",
        Kept::Refused(NotKept::Differs) => "differs",
    }
}

fn write(tx: &mut Tx<'_>, ctx: &Ctx, arrived: &Arrived, placement: &Placement, origin: &Origin) -> Result<Kept> {
    let (facility, header) = (tx.facility()?, &arrived.header);
    if let Some(kept) = known(tx, arrived, placement)? {
        return Ok(kept);
    }
    let study = study(tx, ctx, header, placement)?;
    let series = series(tx, ctx, header, placement, study)?;
    tx.exec(
        "INSERT INTO instance (id, facility_id, series_id, uid, class_uid, transfer_syntax, number, pixel_rows, pixel_columns,
         frames, lossy, burned_in, blob_id, sealed_key, size_bytes, origin, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        params![
            RowId::new(ctx),
            facility,
            series,
            placement.instance.as_str(),
            placement.class.as_str(),
            arrived.transfer_syntax,
            header.number,
            header.rows,
            header.columns,
            header.frames,
            header.lossy,
            header.burned_in,
            arrived.stored.blob.0,
            arrived.stored.sealed_key,
            i64::try_from(arrived.stored.size_bytes).map_err(Error::internal)?,
            serde_json::to_string(origin).map_err(Error::internal)?,
            ctx.now
        ],
    )?;
    Ok(Kept::Stored)
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
    if let Some(id) = tx.value("SELECT id FROM study WHERE facility_id = ?1 AND uid = ?2", params![facility, uid])? {
        return Ok(id);
    }
    let id = RowId::new(ctx);
    let claimed = serde_json::to_string(&header.patient).map_err(Error::internal)?;
    let values = params![
        id,
        facility,
        uid,
        tx.seal("study.claimed", id, &claimed)?,
        header.study_date.map(|it| it.to_string()).unwrap_or_default(),
        header.study_time,
        tx.seal("study.accession", id, &header.accession)?,
        tx.seal("study.description", id, &header.study_description)?,
        ctx.now
    ];
    // Slices arrive on several associations at once: whoever comes second waits here, and finds the first one's row.
    let made = tx.exec(
        "INSERT INTO study (id, facility_id, uid, claimed, study_date, study_time, accession, description, first_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (facility_id, uid) DO NOTHING",
        values,
    )?;
    if made == 0 {
        return row_of(tx, "SELECT id FROM study WHERE facility_id = ?1 AND uid = ?2", uid);
    }
    for text in marked(&header.patient, &header.accession) {
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
    let found = "SELECT id FROM series WHERE facility_id = ?1 AND uid = ?2";
    if let Some(id) = tx.value(found, params![facility, uid])? {
        return Ok(id);
    }
    let id = RowId::new(ctx);
    let description = tx.seal("series.description", id, &header.series_description)?;
    let made = tx.exec(
        "INSERT INTO series (id, facility_id, study_id, uid, modality, number, description, body_part)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (facility_id, uid) DO NOTHING",
        params![id, facility, study, uid, header.modality, header.series_number, description, header.body_part],
    )?;
    if made == 0 { row_of(tx, found, uid) } else { Ok(id) }
}

fn row_of(tx: &mut Tx<'_>, sql: &str, uid: &str) -> Result<RowId> {
    let facility = tx.facility()?;
    tx.value(sql, params![facility, uid])?.ok_or_else(|| Error::conflict("a row that was there is gone"))
}

/// What a study can be found by: `name:` and the beginnings of each group of the name, `id:` and the number, `accession:`.
fn marked(patient: &ClaimedPatient, accession: &str) -> Vec<String> {
    let mut all = Vec::new();
    for group in [&patient.name.alphabetic, &patient.name.ideographic, &patient.name.phonetic] {
        let folded = fold(group);
        let count = folded.chars().count().min(MARK_CHARS_MAX);
        all.extend((1..=count).map(|it| format!("name:{}", folded.chars().take(it).collect::<String>())));
    }
    all.extend((!patient.id.is_empty()).then(|| format!("id:{}", patient.id)));
    all.extend((!accession.is_empty()).then(|| format!("accession:{accession}")));
    all
}

/// A name as it is compared: full-width katakana, capitals, no space or divider.
pub(crate) fn fold(group: &str) -> String {
    let plain: String = group.nfkc().filter(|it| !matches!(it, '^' | ' ' | '\u{3000}')).collect();
    name::katakana(&plain).unwrap_or(plain).to_uppercase()
}
