//! The one gate to images of another facility: a study that a request for a reading lends, while it lends it, to people who
//! look, and who mark what they see. Searching, sending on and taking out stay at one's own facility.

use db::{Tx, params};
use kernel::{Ctx, Result, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use crate::instance::Uid;
use crate::request::store::{Loan, lent};

/// Runs `look` at the facility that lends the study, once the `act` is on record in both logs; `None` where nothing is lent
/// under these UIDs. A study that this facility has itself is its own: nobody can put another one before it by a request.
///
/// # Errors
/// `Forbidden` without the right to do that with images; those of `look`.
pub(crate) fn at_owner<T>(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    studies: &[Uid],
    (verb, act): (&'static str, Act),
    look: impl FnOnce(&mut Tx<'_>, &Loan) -> Result<T>,
) -> Result<Option<T>> {
    clause!("TR-09", "CS-120");
    // Devices and jobs have no eyes: what they fetch would be a copy.
    let ([uid], Some(_)) = (studies, ctx.who.staff()) else { return Ok(None) };
    if is_here(tx, uid)? {
        return Ok(None);
    }
    let Some(loan) = lent(tx, uid.as_str())? else { return Ok(None) };
    Access::new(verb, act, Class::Images)
        .on("study", uid)
        .of(loan.patient)
        .detail(json!({ "lent_by": loan.request }))
        .require_at(tx, ctx, loan.owner, ("reading_request", loan.request))?;
    tx.at_other(loan.owner, |tx| look(tx, &loan)).map(Some)
}

fn is_here(tx: &mut Tx<'_>, uid: &Uid) -> Result<bool> {
    let facility = tx.facility()?;
    Ok(tx.row("SELECT id FROM study WHERE facility_id = ?1 AND uid = ?2", params![facility, uid.as_str()])?.is_some())
}
