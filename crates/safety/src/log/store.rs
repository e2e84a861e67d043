//! Reading the log is itself on record: each search, each export, each verification.

use audit::{Found, Standing};
use db::Tx;
use kernel::{Ctx, Error, Lang, PatientId, Result, Words, clause, limits};
use people::access::{Access, Act, Class};
use people::person::Person;
use serde_json::json;

use super::{Search, folds};

/// Entries of one export at most; more is written with `haruka log export`, which also proves them.
pub const EXPORT_ROWS_MAX: usize = 10_000;
/// Pages of the log that one page on screen reads at most, while most of what it reads folds together: a study of some hundred
/// pictures is one line.
const FOLDED_PAGES_MAX: usize = 10;

/// An entry with the names of those it is about.
#[derive(Debug, Clone)]
pub struct Row {
    /// The entry.
    pub entry: Found,
    /// Who acted.
    pub who: Words,
    /// Number of the patient, or empty.
    pub patient: String,
}

/// Everything the log's page shows.
#[derive(Debug, Clone)]
pub struct View {
    /// The entries, the newest first; those of one line together, none empty.
    pub runs: Vec<Vec<Row>>,
    /// Older entries begin before this index.
    pub next: Option<u64>,
    /// The staff, for the search form.
    pub staff: Vec<Person>,
    /// How far the log is signed.
    pub standing: Standing,
    /// The newest comparison of the clock that gives the times.
    pub clock: Option<audit::clock::Check>,
    /// The public key that checks it.
    pub key: Option<String>,
    /// No patient was found under what was typed.
    pub unknown_patient: bool,
    /// Patients who fit the name, when it is not one alone: number and name.
    pub several: Vec<(String, String)>,
    /// Whether the person may take the log out.
    pub exports: bool,
}

enum Meant {
    Anyone,
    One(PatientId),
    Nobody,
    Several(Vec<(String, String)>),
}

/// The patient meant: by number for everybody, by name for those who may see names.
fn patient(tx: &mut Tx<'_>, ctx: &Ctx, typed: &str) -> Result<Meant> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Meant::Anyone);
    }
    if let Some(found) = people::patient::store::by_number(tx, typed)? {
        return Ok(Meant::One(found));
    }
    if !Access::new("patient.search", Act::View, Class::Identity).allowed(tx, ctx)? {
        return Ok(Meant::Nobody);
    }
    let found = people::patient::store::search(tx, ctx, typed)?;
    Ok(match found.as_slice() {
        [] => Meant::Nobody,
        [one] => Meant::One(one.id),
        several => Meant::Several(several.iter().map(|it| (it.number.clone(), it.name.full())).collect()),
    })
}

fn named(tx: &mut Tx<'_>, entries: Vec<Found>) -> Result<Vec<Row>> {
    // A page has few people and many entries.
    let mut known: Vec<(String, Words)> = Vec::new();
    let mut rows = Vec::new();
    for entry in entries {
        let who = match known.iter().find(|it| it.0 == entry.who) {
            Some(it) => it.1.clone(),
            None => {
                let name = people::label::name(tx, &entry.who)?;
                known.push((entry.who.clone(), name.clone()));
                name
            }
        };
        let patient = match entry.patient {
            Some(id) => people::patient::store::number_of(tx, id)?.unwrap_or_default(),
            None => String::new(),
        };
        rows.push(Row { entry, who, patient });
    }
    Ok(rows)
}

/// The page of the log for a search.
///
/// # Errors
/// `Forbidden` for who may not read the log.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, search: &Search) -> Result<View> {
    clause!("CS-122");
    Access::new("log.search", Act::View, Class::Log)
        .on("log", "")
        .detail(json!({ "search": search.href(search.before.parse().ok()) }))
        .require(tx, ctx)?;
    let exports = Access::new("log.export", Act::Export, Class::Log).allowed(tx, ctx)?;
    let meant = patient(tx, ctx, &search.patient)?;
    let (runs, next) = match &meant {
        Meant::Anyone => folded(tx, search.query(None))?,
        Meant::One(id) => folded(tx, search.query(Some(*id)))?,
        Meant::Nobody | Meant::Several(_) => (Vec::new(), None),
    };
    Ok(View {
        runs,
        next,
        staff: people::person::store::staff(tx)?,
        standing: audit::standing(tx)?,
        clock: audit::clock::newest(tx)?,
        key: audit::verifier_key(tx)?,
        unknown_patient: matches!(meant, Meant::Nobody),
        several: if let Meant::Several(found) = meant { found } else { Vec::new() },
        exports,
    })
}

/// What a page shows: at least half of the lines that fit, if there are as many, and where the older ones begin.
fn folded(tx: &mut Tx<'_>, mut query: audit::Query) -> Result<(Vec<Vec<Row>>, Option<u64>)> {
    clause!("DL-43");
    let mut runs: Vec<Vec<Row>> = Vec::new();
    for _ in 0..FOLDED_PAGES_MAX {
        let page = audit::search(tx, &query)?;
        let last = page.last().map(|it| it.index).filter(|_| page.len() >= limits::LIST_ROWS_MAX);
        for row in named(tx, page)? {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|it| folds(&it.entry, &row.entry)) => run.push(row),
                _ => runs.push(vec![row]),
            }
        }
        query.before_index = last;
        if last.is_none() || runs.len() * 2 >= limits::LIST_ROWS_MAX {
            break;
        }
    }
    Ok((runs, query.before_index))
}

/// What a search finds, to be taken out: an act of its own.
///
/// # Errors
/// `Forbidden` for who may not export the log; `Limit` for more than [`EXPORT_ROWS_MAX`] entries.
pub fn export(tx: &mut Tx<'_>, ctx: &Ctx, search: &Search) -> Result<Vec<Row>> {
    clause!("CS-122");
    Access::new("log.export", Act::Export, Class::Log)
        .on("log", "")
        .detail(json!({ "search": search.href(None) }))
        .require(tx, ctx)?;
    let patient = match patient(tx, ctx, &search.patient)? {
        Meant::Anyone => None,
        Meant::One(id) => Some(id),
        Meant::Nobody | Meant::Several(_) => {
            let words = Words::new("患者を一人に決めてから書き出してください。", "Choose one patient, then export.");
            return Err(Error::invalid("patient", words));
        }
    };
    let mut query = search.query(patient);
    query.before_index = None;
    let mut found = Vec::new();
    loop {
        let page = audit::search(tx, &query)?;
        let Some(last) = page.last() else { break };
        query.before_index = Some(last.index);
        found.extend(page);
        if found.len() > EXPORT_ROWS_MAX {
            let words = Words::made(
                format!(
                    "{EXPORT_ROWS_MAX}件を超えています。期間を短くしてください。全体は運用の担当者が haruka log export で書き出せます。"
                ),
                format!(
                    "More than {EXPORT_ROWS_MAX} entries. Choose a shorter period; the whole log is written by `haruka log export`."
                ),
            );
            return Err(Error::too_large(words, "log export"));
        }
    }
    named(tx, found)
}

/// Puts on record that somebody has the log verified.
///
/// # Errors
/// `Forbidden` for who may not read the log.
pub fn ask_to_verify(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
    Access::new("log.verify", Act::View, Class::Log).on("log", "").require(tx, ctx)
}

/// The entries as CSV (RFC 4180), the newest first.
#[must_use]
pub fn csv(rows: &[Row], lang: Lang) -> String {
    let heads = lang.t(
        [
            "番号",
            "日時",
            "操作",
            "結果",
            "情報の種類",
            "した人",
            "患者番号",
            "対象",
            "対象の番号",
            "受付番号",
            "接続元",
            "詳細",
        ],
        [
            "index", "at", "act", "outcome", "class", "who", "patient", "thing", "thing id", "request", "address",
            "detail",
        ],
    );
    let line = |cells: &[String]| cells.iter().map(|it| cell(it)).collect::<Vec<_>>().join(",") + "\r\n";
    let mut out = line(&heads.map(ToOwned::to_owned));
    for it in rows {
        let entry = &it.entry;
        out += &line(&[
            entry.index.to_string(),
            entry.at.to_string(),
            entry.act.clone(),
            entry.outcome.clone(),
            entry.class.clone(),
            it.who.in_lang(lang).to_owned(),
            it.patient.clone(),
            entry.thing_kind.clone(),
            entry.thing_id.clone(),
            entry.request.clone(),
            entry.address.clone().unwrap_or_default(),
            entry.detail.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]);
    }
    out
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let harmless =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if harmless.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", harmless.replace('"', "\"\"")) } else { harmless }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        let cases = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("-1,\"x\"", "\"'-1,\"\"x\"\"\""),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(cell(text), expected);
        }
    }
}
