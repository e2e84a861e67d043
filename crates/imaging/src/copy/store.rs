//! Copies in rows: who may take one, and who did.

use db::{Row, Tx, params};
use kernel::{Ctx, Error, Result, RowId, clause};
use people::access::{Access, Act, Class};
use people::person;
use serde_json::json;

use super::{StudyCopy, Wish};
use crate::instance::Uid;
use crate::study::store::{one, whole};
use crate::study::{Fetched, Study};

/// Copies that are listed.
const LISTED: usize = 20;

/// What a copy is made of.
#[derive(Debug)]
pub struct Taken {
    /// How it is wished.
    pub wish: Wish,
    pub(super) found: Fetched,
    /// The page of the study, for people with an account.
    pub(super) link: String,
    /// The facility with its telephone, for whoever finds the copy.
    pub(super) from: String,
}

/// Notes that a copy of `study` is taken, and hands out what it is made of.
///
/// # Errors
/// `NotFound` for strangers and where there is no such study; `Forbidden` without the right to take images out; `Limit` for
/// a study that is too large for one retrieval.
pub fn take(tx: &mut Tx<'_>, ctx: &Ctx, study: &Uid, wish: Wish) -> Result<Taken> {
    clause!("TR-09", "TR-23");
    let facility = tx.facility()?;
    // Devices and jobs take nothing away: somebody answers for a copy.
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("no person takes this copy"))?;
    let it = one(tx, study)?;
    let detail = json!({ "instances": it.instance_count, "looked_at": wish.looked_at, "encrypted": wish.encrypted });
    let verb = if wish.names_nobody { "study.copy_nobody" } else { "study.copy" };
    access(verb, &it).detail(detail).require(tx, ctx)?;
    let found = whole(tx, study)?;
    tx.exec(
        "INSERT INTO study_copy (id, facility_id, study_id, names_nobody, looked_at, encrypted, instances, taken_by, taken_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            RowId::new(ctx),
            facility,
            it.id,
            wish.names_nobody,
            wish.looked_at,
            wish.encrypted,
            it.instance_count,
            person,
            ctx.now
        ],
    )?;
    let link = format!("{}/images/{study}", web::installation::base_url(tx)?);
    let home = people::facility::store::get(tx, facility)?;
    Ok(Taken { wish, found, link, from: format!("{} {}", home.name, home.phone) })
}

/// The study of which a copy may be taken, and the copies that were, the newest first.
///
/// # Errors
/// As [`take`].
pub fn before(tx: &mut Tx<'_>, ctx: &Ctx, study: &Uid) -> Result<(Study, Vec<StudyCopy>)> {
    let facility = tx.facility()?;
    let it = one(tx, study)?;
    access("study.copies", &it).require(tx, ctx)?;
    let rows = tx.rows(
        "SELECT * FROM study_copy WHERE facility_id = ?1 AND study_id = ?2 ORDER BY taken_at DESC, id DESC LIMIT ?3",
        params![facility, it.id, LISTED],
    )?;
    let copies = rows.iter().map(|row| read(tx, row)).collect::<Result<_>>()?;
    Ok((it, copies))
}

fn access(verb: &'static str, study: &Study) -> Access {
    let access = Access::new(verb, Act::Export, Class::Images).at_terminal().on("study", &study.uid);
    match study.patient {
        Some(patient) => access.of(patient),
        None => access,
    }
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<StudyCopy> {
    let wish = Wish {
        names_nobody: row.get("names_nobody")?,
        looked_at: row.get("looked_at")?,
        encrypted: row.get("encrypted")?,
    };
    Ok(StudyCopy {
        wish,
        instances: row.get("instances")?,
        taken_by: person::store::get(tx, row.get("taken_by")?)?.name.full(),
        taken_at: row.get("taken_at")?,
    })
}
