//! Verifying a log from its first entry on, and naming the first bad one.
//!
//! Everything is computed again from the rows: commitments, leaves, tree; and compared with what is stored and signed.
//! Pages of entries are read and checked side by side ([`page`]); here they are put together in order, so that the entry
//! that is named is the first one. Reads only. What it cannot see is a log cut off at the end together with its checkpoints (an old backup put back):
//! that takes a checkpoint kept elsewhere.

mod page;

use std::collections::VecDeque;
use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crypto::{Key, SigningKey};
use db::{Db, FromValue, Tx, params};
use kernel::{FacilityId, Kind, Lang, Result, clause};
use serde::Serialize;

use self::page::{Event, Page};
use crate::checkpoint::store::{PAGE_ROWS, PLACE, key_row};
use crate::checkpoint::{self, origin};
use crate::entry::store::{log_key, size};
use crate::tree::Frontier;
use crate::{HOUSE, clock};

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
    /// Its time lies before that of the entry in front, and nothing says that the clock was set back.
    Clock,
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
            Self::Clock => lang.t(
                "前の記録より時刻が戻っているのに、時計を戻した記録がありません。",
                "The time goes back without a record that the clock was set back.",
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
        reports.push(verify(db, facility).await?);
    }
    Ok(reports)
}

/// Verifies the log of `facility`, while the server may run. What is wrong stands in the report.
///
/// # Errors
/// Those of the database only.
pub async fn verify(db: &Db, facility: FacilityId) -> Result<Report> {
    clause!("CS-122", "CS-162");
    let mut report = Report { facility: facility.to_string(), ..Report::default() };
    let mut whole = Whole::default();
    report.first_bad = whole.log(db, facility, &mut report).await?.err();
    report.size = whole.tree.size();
    report.root = BASE64_STANDARD.encode(whole.tree.root().0);
    Ok(report)
}

/// Whether times stand in order: `at_us` behind `before_us`, unless the entry itself says that the clock was set back.
pub(crate) fn in_time(before_us: i64, at_us: i64, act: &str) -> bool {
    clause!("CS-163");
    at_us >= before_us || act == clock::SET_BACK
}

/// The end of a log as it is stored, and its keys.
struct Head {
    end: u64,
    frontier: Vec<u8>,
    vkey: String,
    /// Public text and sealed seed are one key, as far as that can be known.
    is_pair: bool,
    key: Option<Key>,
}

fn head(tx: &mut Tx<'_>, facility: FacilityId) -> Result<Head> {
    let key = match log_key(tx, facility) {
        Ok(key) => Some(key),
        Err(error) if *error.kind() == Kind::NotFound => None,
        Err(error) => return Err(error),
    };
    let row = tx.row("SELECT size, frontier FROM audit_head WHERE facility_id = ?1", params![facility])?;
    let (end, frontier) = match &row {
        Some(row) => (size(&row.values()[0])?, Vec::<u8>::from_value(&row.values()[1])?),
        None => (0, Vec::new()),
    };
    let (vkey, is_pair) = match key_row(tx, facility)? {
        Some((vkey, seed)) => (vkey.clone(), is_pair(key.as_ref(), &vkey, &seed)),
        None => (String::new(), true),
    };
    Ok(Head { end, frontier, vkey, is_pair, key })
}

/// Whether public text and sealed seed are one key. Without the facility's key that cannot be known.
fn is_pair(key: Option<&Key>, vkey: &str, seed: &[u8]) -> bool {
    key.is_none_or(|key| {
        SigningKey::open(key, PLACE, seed).is_ok_and(|signing| checkpoint::vkey(origin(vkey), &signing) == vkey)
    })
}

/// A log as far as its pages are put together.
#[derive(Default)]
struct Whole {
    tree: Frontier,
    /// Entries below this are under a signed root that agrees.
    signed: u64,
    /// Shredded entries whose shredding is not on record so far.
    gone: Vec<Range<u64>>,
    /// Time of the last entry, in microseconds.
    at_us: Option<i64>,
}

impl Whole {
    async fn log(&mut self, db: &Db, facility: FacilityId, report: &mut Report) -> Result<Result<(), Bad>> {
        let mut first = true;
        loop {
            let head = db.read(Some(facility), move |tx| head(tx, facility)).await?;
            if !head.is_pair {
                return Ok(Err(Bad::within(&(0..head.end), Why::Signature)));
            }
            if first {
                origin(&head.vkey).clone_into(&mut report.origin);
            }
            // A running server may have destroyed private parts since the first look; its record stands behind.
            let grown = head.end > self.tree.size();
            if !first && (self.gone.is_empty() || !grown) {
                return self.behind(db, facility).await;
            }
            first = false;
            if let Err(bad) = self.pages(db, facility, &head, report).await? {
                return Ok(Err(bad));
            }
            if self.tree.to_bytes() != head.frontier {
                return Ok(Err(Bad::within(&(self.signed..head.end), Why::Head)));
            }
        }
    }

    /// Reads on to the stored end. As many pages are under way as the database reads side by side.
    async fn pages(
        &mut self,
        db: &Db,
        facility: FacilityId,
        head: &Head,
        report: &mut Report,
    ) -> Result<Result<(), Bad>> {
        let mut under_way = VecDeque::new();
        let mut next = self.tree.size();
        while self.tree.size() < head.end {
            while next < head.end && under_way.len() <= db.readers() {
                let range = next..head.end.min((next / PAGE_ROWS + 1) * PAGE_ROWS);
                next = range.end;
                let (key, vkey) = (head.key.clone(), head.vkey.clone());
                under_way
                    .push_back(db.read(Some(facility), move |tx| Page::read(tx, facility, range, key.as_ref(), &vkey)));
            }
            let Some(page) = under_way.pop_front() else { break };
            if let Err(bad) = self.add(page.await?, report) {
                return Ok(Err(bad));
            }
        }
        Ok(Ok(()))
    }

    /// Puts the next page behind the ones before it.
    fn add(&mut self, page: Page, report: &mut Report) -> Result<(), Bad> {
        if let (Some(before_us), Some((at_us, act))) = (self.at_us, &page.first)
            && !in_time(before_us, *at_us, act)
        {
            return Err(Bad::at(self.tree.size(), Why::Clock));
        }
        self.at_us = page.last_at_us.or(self.at_us);
        report.opened += page.opened;
        report.shredded += page.shredded;
        report.unopened += page.unopened;
        for event in page.events {
            match event {
                Event::Lost(range) => self.lost(range),
                Event::Found(range) => self.found(&range),
                Event::Note(note) => {
                    let mut tree = self.tree.clone();
                    tree.join(&note.tree);
                    let span = self.signed..tree.size();
                    let bad = |why| Bad::within(&span, why);
                    let signed = note.signed.ok_or_else(|| bad(Why::Signature))?;
                    let ours = tree.root().0;
                    let (agrees, stands) = (signed.size == tree.size() && signed.root == ours, note.root == ours);
                    if !agrees || !stands || note.frontier != tree.to_bytes() {
                        return Err(bad(Why::Checkpoint));
                    }
                    self.signed = tree.size();
                    report.checkpoints += 1;
                }
            }
        }
        self.tree.join(&page.tree);
        page.bad.map_or(Ok(()), Err)
    }

    fn lost(&mut self, range: Range<u64>) {
        match self.gone.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.gone.push(range),
        }
    }

    /// The shredding of these entries is on record.
    fn found(&mut self, done: &Range<u64>) {
        let left = |it: Range<u64>| [it.start..it.end.min(done.start), it.start.max(done.end)..it.end];
        self.gone = self.gone.drain(..).flat_map(left).filter(|it| !it.is_empty()).collect();
    }

    /// What lies behind the end of the log, and what is still owed at it.
    async fn behind(&self, db: &Db, facility: FacilityId) -> Result<Result<(), Bad>> {
        let end = self.tree.size();
        let (beyond, promised) = db.read(Some(facility), move |tx| behind(tx, facility)).await?;
        Ok(match (self.gone.first(), beyond, promised) {
            (Some(range), ..) => Err(Bad::within(range, Why::Shredded)),
            (None, Some(index), _) => Err(Bad::at(u64::try_from(index).unwrap_or_default(), Why::Beyond)),
            (None, None, Some(size)) => Err(Bad::within(&(end..u64::try_from(size).unwrap_or(end)), Why::Missing)),
            (None, None, None) => Ok(()),
        })
    }
}

/// The first entry behind the stored end, and the last checkpoint that promises more than is there.
fn behind(tx: &mut Tx<'_>, facility: FacilityId) -> Result<(Option<i64>, Option<i64>)> {
    // The size is read again in the same statement, since a running server adds entries meanwhile.
    let beyond: Option<Option<i64>> = tx.value(
        "SELECT min(idx) FROM audit_entry WHERE facility_id = ?1
         AND idx >= COALESCE((SELECT size FROM audit_head WHERE facility_id = ?1), 0)",
        params![facility],
    )?;
    let promised: Option<Option<i64>> = tx.value(
        "SELECT max(size) FROM audit_checkpoint WHERE facility_id = ?1
         AND size > COALESCE((SELECT size FROM audit_head WHERE facility_id = ?1), 0)",
        params![facility],
    )?;
    Ok((beyond.flatten(), promised.flatten()))
}
