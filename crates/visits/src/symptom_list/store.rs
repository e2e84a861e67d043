//! The facility's own part of the list, in rows that never change.

use db::{Row, Tx, params};
use guidelines::FacilityField;
use guidelines::symptoms::Symptoms;
use kernel::{Ctx, Date, Error, Kind, Result, RowId, Words, clause, time};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{Change, Version, after};

/// Versions shown at most.
const VERSIONS_SHOWN: i64 = 30;

fn read(row: &Row) -> Result<Version> {
    let (own, note): (String, String) = (row.get("own")?, row.get("note")?);
    // The first versions were noted in Japanese alone.
    let note = serde_json::from_str(&note).unwrap_or_else(|_| Words::made(note.clone(), note));
    Ok(Version {
        number: row.get("number")?,
        base: row.get("base")?,
        own: serde_json::from_str(&own).map_err(Error::internal)?,
        note,
        made_by: row.get("made_by")?,
        made_at: row.get("made_at")?,
    })
}

/// The newest version of the facility's own part.
///
/// # Errors
/// The database's.
pub fn newest(tx: &mut Tx<'_>) -> Result<Option<Version>> {
    let facility = tx.facility()?;
    let row =
        tx.row("SELECT * FROM symptom_list WHERE facility_id = ?1 ORDER BY number DESC LIMIT 1", params![facility])?;
    row.as_ref().map(read).transpose()
}

fn field(tx: &mut Tx<'_>) -> Result<FacilityField> {
    let facility = tx.facility()?;
    Ok(people::facility::store::get(tx, facility)?.field)
}

/// The published list of this facility's field on `day`.
///
/// # Errors
/// The database's.
pub fn base(tx: &mut Tx<'_>, day: Date) -> Result<&'static Symptoms> {
    clause!("OV-264");
    Ok(Symptoms::for_field(field(tx)?, day))
}

/// The list in force: the published one of this facility's field with the facility's own part.
///
/// # Errors
/// The database's.
pub fn in_force(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Symptoms> {
    clause!("OV-111", "OV-264");
    let base = base(tx, time::day(ctx.now))?;
    Ok(match newest(tx)? {
        Some(it) => base.with_own(&it.own, it.number),
        None => base.clone(),
    })
}

/// The list under which answers were given: `edition` as they name it (CS-142).
///
/// # Errors
/// The database's.
pub fn of_edition(tx: &mut Tx<'_>, ctx: &Ctx, edition: &str) -> Result<Symptoms> {
    clause!("CS-142");
    let (facility, field) = (tx.facility()?, field(tx)?);
    let (base, number) = match edition.split_once(" + ") {
        Some((base, number)) => (base, number.parse().unwrap_or(0)),
        None => (edition, 0_i64),
    };
    let base = Symptoms::edition(field, base).unwrap_or_else(|| Symptoms::for_field(field, time::day(ctx.now)));
    let row = tx.row("SELECT * FROM symptom_list WHERE facility_id = ?1 AND number = ?2", params![facility, number])?;
    Ok(match row.as_ref().map(read).transpose()? {
        Some(it) => base.with_own(&it.own, it.number),
        None => base.clone(),
    })
}

/// What the page shows: the published list, the one in force, and the versions with the names of who made them.
#[derive(Debug, Clone)]
pub struct View {
    /// The published list.
    pub base: &'static Symptoms,
    /// The list in force.
    pub list: Symptoms,
    /// The versions, newest first, each with a name.
    pub versions: Vec<(Version, Words)>,
    /// Whether the person may change it.
    pub writes: bool,
}

/// The page.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<View> {
    let facility = tx.facility()?;
    Access::new("symptoms.view", Act::View, Class::Administration).on("facility", facility).require(tx, ctx)?;
    let writes = Access::new("symptoms.change", Act::Write, Class::Administration).allowed(tx, ctx)?;
    let rows = tx.rows(
        "SELECT * FROM symptom_list WHERE facility_id = ?1 ORDER BY number DESC LIMIT ?2",
        params![facility, VERSIONS_SHOWN],
    )?;
    let mut versions = Vec::new();
    for row in &rows {
        let version = read(row)?;
        let name = people::label::name(tx, &version.made_by)?;
        versions.push((version, name));
    }
    Ok(View { base: base(tx, time::day(ctx.now))?, list: in_force(tx, ctx)?, versions, writes })
}

/// Puts the list with `change` in force as the next version; it counts from the next questionnaire that is sent.
///
/// # Errors
/// `Forbidden` without the right to administer; `Invalid` for a change that would weaken the list.
pub fn change(tx: &mut Tx<'_>, ctx: &Ctx, change: &Change) -> Result<i64> {
    clause!("OV-111", "OV-264", "SY-05", "CS-142");
    let facility = tx.facility()?;
    tx.lock(&format!("symptom-list/{facility}"))?;
    let base = base(tx, time::day(ctx.now))?;
    let before = newest(tx)?;
    let own = before.as_ref().map(|it| it.own.clone()).unwrap_or_default();
    let number = before.map_or(0, |it| it.number) + 1;
    let note = note(base, &own, change);
    Access::new("symptoms.change", Act::Write, Class::Administration)
        .on("symptom_list", number)
        .detail(json!({ "change": note }))
        .require(tx, ctx)?;
    let own = after(base, &own, change).map_err(|refusal| {
        let field = if matches!(change, Change::Add(_)) { "ja" } else { "symptom" };
        Error::new(Kind::Invalid { field }, refusal.words(), format!("{refusal:?}"))
    })?;
    let text = serde_json::to_string(&own).map_err(Error::internal)?;
    let note = serde_json::to_string(&note).map_err(Error::internal)?;
    tx.exec(
        "INSERT INTO symptom_list (id, facility_id, number, base, own, note, made_by, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![RowId::new(ctx), facility, number, base.edition, text, note, ctx.who.label(), ctx.now],
    )?;
    Ok(number)
}

/// What was done, for the list of versions.
fn note(base: &Symptoms, own: &guidelines::symptoms::OwnSymptoms, change: &Change) -> Words {
    let list = base.with_own(own, 0);
    let name = |key: &str| {
        let found = list.find(key).map(|it| it.words.clone());
        found.unwrap_or_else(|| Words::made(key.to_owned(), key.to_owned()))
    };
    match change {
        Change::Add(it) => {
            let (name, how) = (&it.words, super::urgency_words(it.now));
            Words::made(format!("加えた：{}（{}）", name.ja, how.ja), format!("Added: {} ({})", name.en, how.en))
        }
        Change::Sharpen(it) => {
            let (name, how) = (name(&it.key), it.now.words());
            Words::made(
                format!("厳しくした：{}（{}）", name.ja, how.ja),
                format!("Made stricter: {} ({})", name.en, how.en),
            )
        }
        Change::TakeBack(key) => {
            let name = name(key);
            Words::made(format!("取り下げた：{}", name.ja), format!("Taken back: {}", name.en))
        }
        Change::LookedThrough => Words::new("一覧を見直した", "Looked through the list"),
    }
}
