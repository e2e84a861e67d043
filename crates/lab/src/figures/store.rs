//! The events that figures are counted from.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use db::{Tx, params};
use kernel::{Ctx, Error, FacilityId, Result, RowId, clause, time};
use people::access::{Access, Act, Class};
use people::facility;

use super::Counted;
use crate::case::{Cause, Kind, Said};
use crate::remote::store::need_device;

/// Days that are looked back.
pub const DAYS: i64 = 365;
/// Events that are counted at most, the newest.
const EVENTS_MAX: usize = 20_000;

/// What happened in the last [`DAYS`]: to what is made here, and to what was ordered elsewhere. It names no patient.
///
/// # Errors
/// `Forbidden` without the right to see laboratory work; `Terminal` where it is not the device for it.
pub fn counted(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<[Vec<Counted>; 2]> {
    clause!("DL-31");
    Access::new("lab.figures", Act::View, Class::Lab).on("lab_case", "").require(tx, ctx)?;
    need_device(tx, ctx)?;
    let rows = tx.rows(
        "SELECT e.id, e.kind, e.said, c.partner_id, c.side FROM lab_event e
         JOIN lab_case c ON c.facility_id = e.facility_id AND c.id = e.case_id
         WHERE e.facility_id = ?1 AND e.at >= ?2 AND e.kind IN ('inspected', 'failed', 'delivered', 'fitted', 'remake')
         ORDER BY e.at DESC LIMIT ?3",
        params![tx.facility()?, time::plus_min(ctx.now, -DAYS * 24 * 60), EVENTS_MAX],
    )?;
    let mut partners = BTreeMap::<FacilityId, String>::new();
    let mut both = [Vec::new(), Vec::new()];
    for row in &rows {
        let (kind, side, partner): (String, String, FacilityId) =
            (row.get("kind")?, row.get("side")?, row.get("partner_id")?);
        let kind = Kind::from_key(&kind).ok_or_else(|| Error::internal("kind of an event"))?;
        if let Entry::Vacant(place) = partners.entry(partner) {
            place.insert(facility::store::get(tx, partner)?.name);
        }
        // Only what went back has a cause; the words of the others stay sealed.
        let cause = if matches!(kind, Kind::Failed | Kind::Remake) {
            let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("said")?);
            let said: Said = serde_json::from_str(&tx.open("lab_event.said", id, &sealed)?).map_err(Error::internal)?;
            Cause::from_key(&said.cause)
        } else {
            None
        };
        let partner = partners.get(&partner).cloned().unwrap_or_default();
        both[usize::from(side == "asks")].push(Counted { partner, kind, cause });
    }
    Ok(both)
}
