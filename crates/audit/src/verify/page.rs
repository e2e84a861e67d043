//! One page of a log: everything about its entries that can be checked without those before it.

use std::ops::Range;

use crypto::{Key, Opener};
use db::{FromValue, Row, Tx, Value, params};
use kernel::{FacilityId, Result};

use super::{Bad, Why, in_time};
use crate::checkpoint::{self, Checkpoint};
use crate::entry::store::{each, int, open};
use crate::entry::{self, Private, Record, SHRED, commit};
use crate::tree::Frontier;

/// What a page turned out to be, up to its first bad entry.
pub(super) struct Page {
    /// The tree over its entries alone.
    pub(super) tree: Frontier,
    pub(super) opened: u64,
    pub(super) shredded: u64,
    pub(super) unopened: u64,
    /// What the whole log must know, in the order of the entries.
    pub(super) events: Vec<Event>,
    /// Time and act of its first entry.
    pub(super) first: Option<(i64, String)>,
    /// Time of its last entry.
    pub(super) last_at_us: Option<i64>,
    /// What is wrong, behind all events.
    pub(super) bad: Option<Bad>,
}

/// What the whole log must know.
pub(super) enum Event {
    /// The private parts of these entries are destroyed.
    Lost(Range<u64>),
    /// The destroying of the private parts of these entries is on record.
    Found(Range<u64>),
    /// A checkpoint stands behind the last entry so far.
    Note(Box<Note>),
}

/// A stored checkpoint, to be compared with the whole tree.
pub(super) struct Note {
    /// The page's own tree where it stands.
    pub(super) tree: Frontier,
    /// What was signed; none when the signature is not the log's.
    pub(super) signed: Option<Checkpoint>,
    pub(super) root: Vec<u8>,
    pub(super) frontier: Vec<u8>,
}

impl Page {
    /// Reads and checks the entries of `range`.
    pub(super) fn read(
        tx: &mut Tx<'_>,
        facility: FacilityId,
        range: Range<u64>,
        key: Option<&Key>,
        vkey: &str,
    ) -> Result<Self> {
        let notes = notes(tx, facility, &range)?;
        let mut walk = Walk { start: range.start, key: key.map(Key::opener), vkey, notes: &notes, page: Self::new() };
        each(tx, facility, &range, |record| {
            walk.step(&record);
            Ok(())
        })?;
        let mut page = walk.page;
        let here = range.start + page.tree.size();
        if page.bad.is_none() && here < range.end {
            page.bad = Some(Bad::at(here, Why::Missing));
        }
        Ok(page)
    }

    fn new() -> Self {
        Self {
            tree: Frontier::default(),
            opened: 0,
            shredded: 0,
            unopened: 0,
            events: Vec::new(),
            first: None,
            last_at_us: None,
            bad: None,
        }
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

/// Goes through a page from its first entry on.
struct Walk<'a> {
    start: u64,
    key: Option<Opener>,
    vkey: &'a str,
    /// Those that are still ahead.
    notes: &'a [Row],
    page: Page,
}

impl Walk<'_> {
    fn step(&mut self, record: &Record<'_>) {
        if self.page.bad.is_some() {
            return;
        }
        match self.entry(record) {
            Ok(()) => self.note(),
            Err(why) => self.page.bad = Some(Bad::at(self.start + self.page.tree.size(), why)),
        }
    }

    /// Checks the next entry and adds it to the tree.
    fn entry(&mut self, record: &Record<'_>) -> Result<(), Why> {
        let index = self.start + self.page.tree.size();
        if record.index != index {
            return Err(Why::Missing);
        }
        let leaf = record.leaf_hash();
        if *record.leaf != leaf.0 {
            return Err(Why::Header);
        }
        if self.page.last_at_us.is_some_and(|before_us| !in_time(before_us, record.at_us, &record.act)) {
            return Err(Why::Clock);
        }
        match &self.key {
            _ if record.is_shredded() => {
                if record.private != Private::default() {
                    return Err(Why::Content);
                }
                self.page.shredded += 1;
                self.lost(index);
            }
            None => self.page.unopened += 1,
            Some(key) => {
                let (salt, detail) = open(key, record).map_err(|_| Why::Sealed)?;
                let text = record.private.text(&detail).map_err(|_| Why::Content)?;
                if *record.commitment != commit(&salt, &text) {
                    return Err(Why::Content);
                }
                self.page.opened += 1;
                if record.act == SHRED {
                    self.page.events.extend(entry::range(&record.private.id).map(Event::Found));
                }
            }
        }
        self.page.first.get_or_insert_with(|| (record.at_us, record.act.clone().into_owned()));
        self.page.last_at_us = Some(record.at_us);
        self.page.tree.push(leaf);
        Ok(())
    }

    fn lost(&mut self, index: u64) {
        match self.page.events.last_mut() {
            Some(Event::Lost(last)) if last.end == index => last.end += 1,
            _ => self.page.events.push(Event::Lost(index..index + 1)),
        }
    }

    /// The stored checkpoint over all entries so far, if there is one.
    fn note(&mut self) {
        let here = Value::Int(int(self.start + self.page.tree.size()));
        let Some((row, ahead)) = self.notes.split_first() else { return };
        let [size, root, frontier, note] = row.values() else { return };
        if *size != here {
            return;
        }
        self.notes = ahead;
        let text = String::from_value(note).unwrap_or_default();
        self.page.events.push(Event::Note(Box::new(Note {
            tree: self.page.tree.clone(),
            signed: checkpoint::read(&text, self.vkey),
            root: Vec::from_value(root).unwrap_or_default(),
            frontier: Vec::from_value(frontier).unwrap_or_default(),
        })));
    }
}
