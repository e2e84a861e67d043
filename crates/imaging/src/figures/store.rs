//! The cases that figures are counted from.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use db::{Tx, params};
use kernel::{Ctx, FacilityId, Result, RowId, Timestamp, clause, time};
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::{facility, label};

use super::Case;
use crate::second::Grade;

/// Days that are looked back.
pub const DAYS: i64 = 90;
/// Cases that are counted at most.
const CASES_MAX: usize = 20_000;

/// The cases of the last [`DAYS`] on one side. It names readers and facilities, and no patient.
///
/// # Errors
/// `Forbidden` without the right to see images.
pub fn cases(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<[Vec<Case>; 2]> {
    clause!("TR-11");
    Access::new("reading.figures", Act::View, Class::Images).on("reading_request", "").require(tx, ctx)?;
    let since = time::plus_min(ctx.now, -DAYS * 24 * 60);
    Ok([side(tx, Side::Serves, since)?, side(tx, Side::Asks, since)?])
}

fn side(tx: &mut Tx<'_>, side: Side, since: Timestamp) -> Result<Vec<Case>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT r.id, r.partner_id, r.asked_at, r.due_at,
         (SELECT min(v.signed_at) FROM reading_report v WHERE v.facility_id = ?1 AND v.request_id = r.id) AS signed_at,
         (SELECT v.signed_by FROM reading_report v WHERE v.facility_id = ?1 AND v.request_id = r.id AND v.number = 1) AS signed_by,
         (SELECT count(*) FROM reading_report v WHERE v.facility_id = ?1 AND v.request_id = r.id) AS versions,
         EXISTS (SELECT 1 FROM reading_stop p WHERE p.facility_id = ?1 AND p.request_id = r.id) AS is_stopped
         FROM reading_request r WHERE r.facility_id = ?1 AND r.side = ?2 AND r.asked_at >= ?3
         ORDER BY r.asked_at DESC LIMIT ?4",
        params![facility, side.key(), since, CASES_MAX],
    )?;
    let mut seconds = seconds(tx, since)?;
    let (mut partners, mut readers) = (BTreeMap::<FacilityId, String>::new(), BTreeMap::<String, String>::new());
    let mut cases = Vec::new();
    for row in &rows {
        let (id, partner, signed_by): (RowId, FacilityId, Option<String>) =
            (row.get("id")?, row.get("partner_id")?, row.get("signed_by")?);
        if let Entry::Vacant(place) = partners.entry(partner) {
            place.insert(facility::store::get(tx, partner)?.name);
        }
        if let Some(it) = &signed_by
            && let Entry::Vacant(place) = readers.entry(it.clone())
        {
            place.insert(label::name(tx, it)?.ja.to_string());
        }
        cases.push(Case {
            partner: partners.get(&partner).cloned().unwrap_or_default(),
            reader: signed_by.and_then(|it| readers.get(&it).cloned()),
            asked_at: row.get("asked_at")?,
            due_at: row.get("due_at")?,
            signed_at: row.get("signed_at")?,
            versions: row.get("versions")?,
            is_stopped: row.get("is_stopped")?,
            seconds: seconds.remove(&id).unwrap_or_default(),
        });
    }
    Ok(cases)
}

fn seconds(tx: &mut Tx<'_>, since: Timestamp) -> Result<BTreeMap<RowId, Vec<Grade>>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT request_id, grade FROM reading_second WHERE facility_id = ?1 AND read_at >= ?2 LIMIT ?3",
        params![facility, since, CASES_MAX],
    )?;
    let mut found = BTreeMap::<RowId, Vec<Grade>>::new();
    for row in &rows {
        let (id, grade): (RowId, String) = (row.get("request_id")?, row.get("grade")?);
        found.entry(id).or_default().extend(Grade::from_key(&grade));
    }
    Ok(found)
}
