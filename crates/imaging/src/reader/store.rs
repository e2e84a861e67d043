//! Qualifications of readers in rows: each check is one, none is changed.

use db::{Row, Tx, params};
use guidelines::reading::reader::{MayNot, OnFile, Qualification, may_sign};
use kernel::{Ctx, Date, Error, PersonId, Result, RowId, clause};
use people::access::{Access, Act, Class};
use people::person::{self, Person};
use serde_json::json;

use super::{Checked, Form};

/// Somebody of the staff, with what is on file.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Who.
    pub person: Person,
    /// The newest check of each kind.
    pub checked: Vec<Checked>,
    /// By what the person may sign today, or why not.
    pub may_sign: Result<Qualification, MayNot>,
}

fn read(row: &Row) -> Result<Checked> {
    let kind: String = row.get("kind")?;
    let known = Qualification::ALL.iter().find(|it| it.0 == kind).map(|it| it.1);
    Ok(Checked {
        kind: known.ok_or_else(|| Error::internal("kind of a qualification"))?,
        valid_until: row.get("valid_until")?,
        checked_how: row.get("checked_how")?,
        checked_by: row.get("checked_by")?,
        checked_at: row.get("checked_at")?,
    })
}

/// The newest check of each kind.
fn checked(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Checked>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reader_qualification WHERE facility_id = ?1 AND person_id = ?2
         ORDER BY checked_at DESC, id DESC LIMIT 100",
        params![facility, person],
    )?;
    let mut newest: Vec<Checked> = Vec::new();
    for row in &rows {
        let it = read(row)?;
        if newest.iter().all(|known| known.kind != it.kind) {
            newest.push(it);
        }
    }
    Ok(newest)
}

/// Whether `person` may sign at this facility on `day`, by what is on file. No entry: it decides a button, and the gate asks
/// it again.
///
/// # Errors
/// The database's.
pub fn standing(tx: &mut Tx<'_>, person: PersonId, day: Date) -> Result<Result<Qualification, MayNot>> {
    clause!("TR-02");
    let licences = person::store::licences(tx, person)?.into_iter().map(|it| it.kind).collect();
    let qualifications = checked(tx, person)?.into_iter().map(|it| (it.kind, it.valid_until)).collect();
    Ok(may_sign(&OnFile { licences, qualifications }, day))
}

/// The staff with their qualifications to read.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Reader>> {
    Access::new("reader.list", Act::View, Class::Administration).on("reader_qualification", "").require(tx, ctx)?;
    let today = kernel::time::day(ctx.now);
    person::store::staff(tx)?
        .into_iter()
        .map(|person| {
            Ok(Reader { checked: checked(tx, person.id)?, may_sign: standing(tx, person.id, today)?, person })
        })
        .collect()
}

/// Records a qualification that the person who acts has checked.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for somebody who never worked here.
pub fn record(tx: &mut Tx<'_>, ctx: &Ctx, form: &Form) -> Result<()> {
    clause!("TR-02");
    let facility = tx.facility()?;
    Access::new("reader.record", Act::Write, Class::Administration)
        .on("person", form.person)
        .detail(json!({ "kind": form.kind.key(), "valid_until": form.valid_until }))
        .require(tx, ctx)?;
    person::store::of_here(tx, form.person)?;
    tx.exec(
        "INSERT INTO reader_qualification (id, facility_id, person_id, kind, valid_until, checked_how, checked_by, checked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            RowId::new(ctx),
            facility,
            form.person,
            form.kind.key(),
            form.valid_until,
            form.checked_how,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(())
}
