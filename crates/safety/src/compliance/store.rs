//! The sheet made of all evidence; confirmations and checks in rows.

use db::{Row, Tx, params};
use guidelines::compliance::{Evidence, Line, Status, sheet};
use guidelines::{ClauseId, FacilityField};
use kernel::{Ctx, Error, Lang, Result, RowId, Words, clause, time};
use people::access::{Access, Act, Class};
use people::facility::Facility;
use serde_json::json;

use super::{Check, Confirmation, SheetLine, Word, built_in, facility, may_confirm, with_words};
use crate::Evidences;

/// Everything the compliance page shows.
#[derive(Debug, Clone)]
pub struct View {
    /// The facility.
    pub facility: Facility,
    /// Whose guideline is cited.
    pub field: FacilityField,
    /// The lines.
    pub lines: Vec<Line>,
    /// What people have confirmed, one for each clause.
    pub confirmations: Vec<Confirmation>,
    /// Earlier checks, the newest first, without their sheets' lines.
    pub checks: Vec<Check>,
    /// Whether the person may confirm and check.
    pub writes: bool,
}

fn confirmations(tx: &mut Tx<'_>) -> Result<Vec<Confirmation>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM clause_confirmation WHERE facility_id = ?1 ORDER BY confirmed_at DESC, id DESC LIMIT 2000",
        params![facility],
    )?;
    let mut newest: Vec<Confirmation> = Vec::new();
    for row in &rows {
        let Some(clause) = ClauseId::find(&row.get::<String>("clause")?) else { continue };
        if newest.iter().any(|it| it.clause == clause) {
            continue;
        }
        let by: String = row.get("confirmed_by")?;
        newest.push(Confirmation {
            clause,
            edition: row.get("edition")?,
            kept: row.get("kept")?,
            note: row.get("note")?,
            name: people::label::name(tx, &by)?,
            confirmed_by: by,
            confirmed_at: row.get("confirmed_at")?,
        });
    }
    Ok(newest)
}

fn lines(tx: &mut Tx<'_>, ctx: &Ctx, evidences: Evidences, confirmations: &[Confirmation]) -> Result<Vec<Line>> {
    clause!("CS-141", "OV-305");
    let mut all: Vec<Evidence> = built_in::evidence();
    all.extend(facility::evidence(tx, ctx)?);
    for of in evidences {
        all.extend(of(tx, ctx)?);
    }
    all.extend(own(tx)?);
    Ok(sheet(time::day(ctx.now), &with_words(all, confirmations, ctx.now)))
}

/// The clauses that this page itself keeps.
fn own(tx: &mut Tx<'_>) -> Result<Vec<Evidence>> {
    let checks = checks(tx, 1)?;
    let last = checks.first().map(|it| it.checked_at);
    let count = checks.first().map_or(0, |it| u64::try_from(it.number).unwrap_or(0));
    let words = match last {
        Some(_) => Words::new(
            "点検の記録があります。いつでも新しい点検を残せます。",
            "There are checks on record; a new one can be made on any day.",
        ),
        None => Words::new(
            "まだ点検していません。この画面で点検を記録してください。",
            "Nobody has made a check yet. Make one on this page.",
        ),
    };
    let status = if last.is_some() { Status::Met } else { Status::NotMet };
    Ok(vec![
        Evidence::new(ClauseId::new("OV-305"), status, count, last, words),
        Evidence::new(
            ClauseId::new("CS-141"),
            Status::Met,
            count,
            last,
            Words::new("この画面が、記録から状態を作っています。", "This page makes the states from the records."),
        ),
    ])
}

fn read_check(tx: &mut Tx<'_>, row: &Row) -> Result<Check> {
    let (sheet, by): (String, String) = (row.get("sheet")?, row.get("checked_by")?);
    Ok(Check {
        id: row.get("id")?,
        number: row.get("number")?,
        met: row.get("met")?,
        gaps: row.get("gaps")?,
        sheet: serde_json::from_str(&sheet).map_err(Error::internal)?,
        note: row.get("note")?,
        name: people::label::name(tx, &by)?,
        checked_at: row.get("checked_at")?,
    })
}

fn checks(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Check>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM compliance_check WHERE facility_id = ?1 ORDER BY number DESC LIMIT ?2",
        params![facility, limit],
    )?;
    rows.iter().map(|row| read_check(tx, row)).collect()
}

/// The page.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, evidences: Evidences) -> Result<View> {
    let id = tx.facility()?;
    Access::new("compliance.view", Act::View, Class::Administration).on("facility", id).require(tx, ctx)?;
    let writes = Access::new("compliance.check", Act::Write, Class::Administration).allowed(tx, ctx)?;
    let facility = people::facility::store::get(tx, id)?;
    let confirmations = confirmations(tx)?;
    let lines = lines(tx, ctx, evidences, &confirmations)?;
    Ok(View { field: facility.field, facility, lines, confirmations, checks: checks(tx, 20)?, writes })
}

/// A person's word on a clause.
///
/// # Errors
/// `Forbidden` without the right to administer; `Conflict` where the records show it and nobody is asked.
pub fn confirm(tx: &mut Tx<'_>, ctx: &Ctx, evidences: Evidences, word: &Word) -> Result<()> {
    clause!("CS-141");
    let facility = tx.facility()?;
    let edition = word.clause.clause().map(|it| it.edition).ok_or_else(|| Error::not_found("clause"))?;
    Access::new("compliance.confirm", Act::Write, Class::Administration)
        .on("clause", word.clause)
        .detail(json!({ "kept": word.kept, "edition": edition, "note": word.note }))
        .require(tx, ctx)?;
    let said = confirmations(tx)?;
    let lines = lines(tx, ctx, evidences, &said)?;
    if !lines.iter().any(|it| it.clause.id == word.clause && may_confirm(it, &said)) {
        let words = Words::new(
            "この項目の状態は記録から決まります。人の確認では変わりません。",
            "The records decide on this clause; nobody's word changes it.",
        );
        return Err(Error::new(kernel::Kind::Conflict, words, format!("no word is asked for on {}", word.clause)));
    }
    tx.exec(
        "INSERT INTO clause_confirmation (id, facility_id, clause, edition, kept, note, confirmed_by, confirmed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            RowId::new(ctx),
            facility,
            word.clause.as_str(),
            edition,
            word.kept,
            word.note,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(())
}

/// Keeps a check: the sheet as it stands now, with the person and the day.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn check(tx: &mut Tx<'_>, ctx: &Ctx, evidences: Evidences, note: &str) -> Result<RowId> {
    clause!("OV-305", "CS-141");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    Access::new("compliance.check", Act::Write, Class::Administration).on("compliance_check", id).require(tx, ctx)?;
    tx.lock(&format!("compliance/{facility}"))?;
    let field = people::facility::store::get(tx, facility)?.field;
    let confirmations = confirmations(tx)?;
    let mut kept = sheet_lines(&lines(tx, ctx, evidences, &confirmations)?, field);
    // The check that is being made is the evidence of its own clause.
    for line in kept.iter_mut().filter(|it| it.clause == "OV-305") {
        line.status = Status::Met;
        line.reasons = vec![Words::new("この点検です。", "This check.")];
    }
    let gaps = kept.iter().filter(|it| matches!(it.status, Status::NotMet | Status::Unknown)).count();
    let number = checks(tx, 1)?.first().map_or(0, |it| it.number) + 1;
    let text = serde_json::to_string(&kept).map_err(Error::internal)?;
    tx.exec(
        "INSERT INTO compliance_check (id, facility_id, number, met, gaps, sheet, note, checked_by, checked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![id, facility, number, kept.len() - gaps, gaps, text, note, ctx.who.label(), ctx.now],
    )?;
    Ok(id)
}

fn sheet_lines(lines: &[Line], field: FacilityField) -> Vec<SheetLine> {
    lines
        .iter()
        .map(|it| SheetLine {
            clause: it.clause.id.to_string(),
            edition: it.clause.edition.to_owned(),
            title: it.clause.title(field).clone(),
            citation: Words::made(it.clause.citation(field, Lang::Ja), it.clause.citation(field, Lang::En)),
            status: it.status,
            reasons: it.evidence.iter().map(|it| it.reason.clone()).collect(),
        })
        .collect()
}

/// A check to be printed; the newest when none is named.
///
/// # Errors
/// `Forbidden`; `NotFound` when there is none.
pub fn printed(tx: &mut Tx<'_>, ctx: &Ctx, id: Option<RowId>) -> Result<(Facility, Check)> {
    clause!("OV-305");
    let facility = tx.facility()?;
    Access::new("compliance.print", Act::View, Class::Administration)
        .on("compliance_check", id.map(|it| it.to_string()).unwrap_or_default())
        .require(tx, ctx)?;
    let row = match id {
        Some(id) => {
            tx.row("SELECT * FROM compliance_check WHERE facility_id = ?1 AND id = ?2", params![facility, id])?
        }
        None => tx.row(
            "SELECT * FROM compliance_check WHERE facility_id = ?1 ORDER BY number DESC LIMIT 1",
            params![facility],
        )?,
    };
    let check = read_check(tx, &row.ok_or_else(|| Error::not_found("compliance check"))?)?;
    Ok((people::facility::store::get(tx, facility)?, check))
}
