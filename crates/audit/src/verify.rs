//! Verifying a log from its first entry on, and naming the first bad one.
//!
//! Everything is computed again from the rows: commitments, leaves, tree; and compared with what is stored and signed.
//! Reads only. What it cannot see is a log cut off at the end together with its checkpoints (an old backup put back):
//! that takes a checkpoint kept elsewhere.

use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crypto::{Key, SigningKey};
use db::{Db, FromValue, Row, Tx, params};
use kernel::{FacilityId, Kind, Lang, Result, clause};
use serde::Serialize;

use crate::checkpoint::store::{PAGE_ROWS, PLACE, key_row};
use crate::checkpoint::{self, origin};
use crate::entry::store::{int, log_key, open, read, size};
use crate::entry::{Private, Record, SHRED, commit};
use crate::tree::Frontier;
use crate::{HOUSE, entry};

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// The facility's id.
    pub facility: String,
    /// The name of the log in its checkpoints; empty before the first one.
    pub origin: String,
    /// Entries verified.
    pub size: u64,
    /// Root of the tree over them, in base64.
    pub root: String,
    /// Signed checkpoints that agree with the entries.
    pub checkpoints: u64,
    /// Entries whose private part was opened and agrees with its commitment.
    pub opened: u64,
    /// Entries whose private part was destroyed on record.
    pub shredded: u64,
    /// Entries of which only the leaf could be checked: the facility's key is destroyed, or the bundle does not disclose.
    pub unopened: u64,
    /// The first entry that is not what it was.
    pub first_bad: Option<Bad>,
}

/// The first bad entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bad {
    /// Its index.
    pub index: u64,
    /// The last entry that may be the bad one: the same index, or more where only a root over several disagrees.
    pub through: u64,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is not there.
    Missing,
    /// Its public header, commitment or leaf was changed.
    Header,
    /// Its private part was changed.
    Content,
    /// Its sealed detail does not open.
    Sealed,
    /// Its private part was destroyed without a record of it.
    Shredded,
    /// It lies behind the end of the log.
    Beyond,
    /// The stored head is not what the entries give.
    Head,
    /// A signed checkpoint is not what the entries give.
    Checkpoint,
    /// A checkpoint is not signed by the log's key, or the key was changed.
    Signature,
    /// A file of the bundle is missing, or is not what the others give.
    File,
}

impl Why {
    /// In words.
    #[must_use]
    pub fn words(self, lang: Lang) -> &'static str {
        match self {
            Self::Missing => lang.t("記録がありません。", "The entry is missing."),
            Self::Header => lang.t(
                "公開部分（操作・日時・結果）か、そのハッシュが書き換えられています。",
                "The public part (act, time, outcome) or its hash was changed.",
            ),
            Self::Content => lang.t(
                "内容（だれが、どの患者の、何を）が書き換えられています。",
                "The content (who, which patient, which thing) was changed.",
            ),
            Self::Sealed => lang.t("封をした詳細が開きません。", "The sealed detail does not open."),
            Self::Shredded => lang.t(
                "消去の記録がないのに、内容が消されています。",
                "The content is gone without a record of its destruction.",
            ),
            Self::Beyond => {
                lang.t("ログの終わりより後ろに記録があります。", "There is an entry behind the end of the log.")
            }
            Self::Head => {
                lang.t("ログの末尾の値が記録と合いません。", "The end of the log does not agree with the entries.")
            }
            Self::Checkpoint => lang.t(
                "署名されたチェックポイントと記録が合いません。",
                "A signed checkpoint does not agree with the entries.",
            ),
            Self::Signature => lang.t(
                "チェックポイントの署名か鍵が正しくありません。",
                "The signature of a checkpoint, or the key, is not right.",
            ),
            Self::File => lang.t(
                "ファイルがないか、ほかのファイルと合いません。",
                "A file is missing or does not agree with the others.",
            ),
        }
    }
}

impl Bad {
    pub(crate) fn at(index: u64, why: Why) -> Self {
        Self { index, through: index, why }
    }

    pub(crate) fn within(range: &Range<u64>, why: Why) -> Self {
        Self { index: range.start, through: range.end.saturating_sub(1).max(range.start), why }
    }
}

/// Every facility that has a log or should have one, and the house.
///
/// # Errors
/// Those of the database.
pub fn logs(tx: &mut Tx<'_>) -> Result<Vec<FacilityId>> {
    let sql = "SELECT facility_id FROM audit_head UNION SELECT facility_id FROM audit_key
               UNION SELECT facility_id FROM facility_key ORDER BY facility_id";
    let mut found: Vec<FacilityId> =
        tx.rows(sql, params![])?.iter().map(|row| FacilityId::from_value(&row.values()[0])).collect::<Result<_>>()?;
    if !found.contains(&HOUSE) {
        found.insert(0, HOUSE);
    }
    Ok(found)
}

/// Verifies all logs, one after the other, while the server may run.
///
/// # Errors
/// Those of [`verify`].
pub async fn verify_all(db: &Db) -> Result<Vec<Report>> {
    let mut reports = Vec::new();
    for facility in db.read(None, logs).await? {
        reports.push(db.read(Some(facility), move |tx| verify(tx, facility)).await?);
    }
    Ok(reports)
}

/// Verifies the log of `facility`, and narrows the act to it. What is wrong stands in the report.
///
/// # Errors
/// Those of the database only.
pub fn verify(tx: &mut Tx<'_>, facility: FacilityId) -> Result<Report> {
    clause!("CS-122", "CS-162");
    tx.enter(facility)?;
    let key = match log_key(tx, facility) {
        Ok(key) => Some(key),
        Err(error) if *error.kind() == Kind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut report = Report { facility: facility.to_string(), ..Report::default() };
    let mut walk = Walk::new(key);
    report.first_bad = walk.log(tx, facility, &mut report)?.err();
    report.size = walk.tree.size();
    report.root = BASE64_STANDARD.encode(walk.tree.root().0);
    Ok(report)
}

/// What one entry turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Opened,
    Shredded,
    Unopened,
}

/// Goes through a log from its first entry on.
pub(crate) struct Walk {
    key: Option<Key>,
    tree: Frontier,
    /// Entries below this are under a signed root that agrees.
    signed: u64,
    /// Shredded entries whose shredding is not on record so far.
    gone: Vec<Range<u64>>,
}

impl Walk {
    pub(crate) fn new(key: Option<Key>) -> Self {
        Self { key, tree: Frontier::default(), signed: 0, gone: Vec::new() }
    }

    fn log(&mut self, tx: &mut Tx<'_>, facility: FacilityId, report: &mut Report) -> Result<Result<(), Bad>> {
        let head = tx.row("SELECT size, frontier FROM audit_head WHERE facility_id = ?1", params![facility])?;
        let (end, frontier) = match &head {
            Some(row) => (size(&row.values()[0])?, Vec::<u8>::from_value(&row.values()[1])?),
            None => (0, Vec::new()),
        };
        let vkey = match key_row(tx, facility)? {
            Some((vkey, seed)) if self.is_pair(&vkey, &seed) => vkey,
            Some(_) => return Ok(Err(Bad::within(&(0..end), Why::Signature))),
            None => String::new(),
        };
        origin(&vkey).clone_into(&mut report.origin);
        while self.tree.size() < end {
            let page = self.tree.size()..end.min(self.tree.size() + PAGE_ROWS);
            let records = read(tx, facility, &page)?;
            let notes = notes(tx, facility, &page)?;
            if let Err(bad) = self.page(&page, &records, &notes, &vkey, report) {
                return Ok(Err(bad));
            }
        }
        if self.tree.to_bytes() != frontier {
            return Ok(Err(Bad::within(&(self.signed..end), Why::Head)));
        }
        self.behind(tx, facility, end)
    }

    /// What lies behind the end of the log, and what is still owed at it.
    fn behind(&self, tx: &mut Tx<'_>, facility: FacilityId, end: u64) -> Result<Result<(), Bad>> {
        // The size is read again in the same statement, since a running server adds entries meanwhile.
        let beyond: Option<i64> = tx
            .value(
                "SELECT min(idx) FROM audit_entry WHERE facility_id = ?1
             AND idx >= COALESCE((SELECT size FROM audit_head WHERE facility_id = ?1), 0)",
                params![facility],
            )?
            .flatten();
        let promised: Option<i64> = tx
            .value(
                "SELECT max(size) FROM audit_checkpoint WHERE facility_id = ?1
             AND size > COALESCE((SELECT size FROM audit_head WHERE facility_id = ?1), 0)",
                params![facility],
            )?
            .flatten();
        Ok(match (self.gone.first(), beyond, promised) {
            (Some(range), ..) => Err(Bad::within(range, Why::Shredded)),
            (None, Some(index), _) => Err(Bad::at(u64::try_from(index).unwrap_or_default(), Why::Beyond)),
            (None, None, Some(size)) => Err(Bad::within(&(end..u64::try_from(size).unwrap_or(end)), Why::Missing)),
            (None, None, None) => Ok(()),
        })
    }

    /// Whether public text and sealed seed are one key. Without the facility's key that cannot be known.
    fn is_pair(&self, vkey: &str, seed: &[u8]) -> bool {
        self.key.as_ref().is_none_or(|key| {
            SigningKey::open(key, PLACE, seed).is_ok_and(|signing| checkpoint::vkey(origin(vkey), &signing) == vkey)
        })
    }

    fn page(
        &mut self,
        page: &Range<u64>,
        records: &[Record],
        notes: &[Row],
        vkey: &str,
        report: &mut Report,
    ) -> Result<(), Bad> {
        let mut notes = notes.iter().peekable();
        for index in page.clone() {
            let record = records.get(usize::try_from(index - page.start).unwrap_or(usize::MAX));
            match self.entry(record)? {
                Part::Opened => report.opened += 1,
                Part::Shredded => report.shredded += 1,
                Part::Unopened => report.unopened += 1,
            }
            let here = |row: &&Row| row.values().first().is_some_and(|it| *it == db::Value::Int(int(index + 1)));
            if let Some(row) = notes.next_if(here) {
                self.note(row, vkey)?;
                report.checkpoints += 1;
            }
        }
        Ok(())
    }

    /// Checks the next entry and adds it to the tree.
    pub(crate) fn entry(&mut self, record: Option<&Record>) -> Result<Part, Bad> {
        let index = self.tree.size();
        let bad = |why| Bad::at(index, why);
        let record = record.filter(|it| it.index == index).ok_or(bad(Why::Missing))?;
        let leaf = record.leaf_hash();
        if record.leaf != leaf.0 {
            return Err(bad(Why::Header));
        }
        let part = match &self.key {
            _ if record.is_shredded() => {
                if record.private != Private::default() {
                    return Err(bad(Why::Content));
                }
                self.lost(index);
                Part::Shredded
            }
            None => Part::Unopened,
            Some(key) => {
                let (salt, detail) = open(key, record).map_err(|_| bad(Why::Sealed))?;
                let text = record.private.text(&detail).map_err(|_| bad(Why::Content))?;
                if record.commitment != commit(&salt, &text) {
                    return Err(bad(Why::Content));
                }
                if record.act == SHRED {
                    self.found(&record.private.id);
                }
                Part::Opened
            }
        };
        self.tree.push(leaf);
        Ok(part)
    }

    fn lost(&mut self, index: u64) {
        match self.gone.last_mut() {
            Some(last) if last.end == index => last.end += 1,
            _ => self.gone.push(index..index + 1),
        }
    }

    /// The shredding of the entries `ids` (`from-to`) is on record.
    fn found(&mut self, ids: &str) {
        let Some(done) = entry::range(ids) else { return };
        let left = |it: Range<u64>| [it.start..it.end.min(done.start), it.start.max(done.end)..it.end];
        self.gone = self.gone.drain(..).flat_map(left).filter(|it| !it.is_empty()).collect();
    }

    /// Checks a stored checkpoint over all entries so far.
    fn note(&mut self, row: &Row, vkey: &str) -> Result<(), Bad> {
        let span = self.signed..self.tree.size();
        let [_, root, frontier, note] = row.values() else { return Err(Bad::within(&span, Why::Checkpoint)) };
        let (Ok(root), Ok(frontier), Ok(note)) =
            (Vec::<u8>::from_value(root), Vec::<u8>::from_value(frontier), String::from_value(note))
        else {
            return Err(Bad::within(&span, Why::Checkpoint));
        };
        let signed = checkpoint::read(&note, vkey).ok_or(Bad::within(&span, Why::Signature))?;
        let ours = self.tree.root().0;
        if signed.size != self.tree.size() || signed.root != ours || root != ours || frontier != self.tree.to_bytes() {
            return Err(Bad::within(&span, Why::Checkpoint));
        }
        self.signed = self.tree.size();
        Ok(())
    }
}

/// The checkpoints at the ends of entries of `page`.
fn notes(tx: &mut Tx<'_>, facility: FacilityId, page: &Range<u64>) -> Result<Vec<Row>> {
    tx.rows(
        "SELECT size, root, frontier, note FROM audit_checkpoint
         WHERE facility_id = ?1 AND size > ?2 AND size <= ?3 ORDER BY size",
        params![facility, int(page.start), int(page.end)],
    )
}
