//! One entry proven to be in the log, in a text that is checked without the log (C2SP tlog-proof).

use std::cell::RefCell;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use db::{FromValue, Tx, params};
use kernel::{Error, FacilityId, Result};
use tlog_tiles::{Hash, HashReader, check_record, prove_record, split_stored_hash_index};

use crate::checkpoint;
use crate::checkpoint::store::{PAGE_ROWS, key_row};
use crate::entry::Header;
use crate::entry::store::{each, facility, int};
use crate::tree::{Frontier, leaf_hash};

const FORMAT: &str = "c2sp.org/tlog-proof@v1";

/// The proof that entry `index` is in the log of the act's facility, under its last checkpoint. Its `extra` line is the
/// leaf itself. Reads every leaf once.
///
/// # Errors
/// `NotFound` when no checkpoint covers the entry yet; `Internal` when the log does not agree with its checkpoint.
pub fn proof(tx: &mut Tx<'_>, index: u64) -> Result<String> {
    let facility = facility(tx);
    let sql = "SELECT note FROM audit_checkpoint WHERE facility_id = ?1 ORDER BY size DESC LIMIT 1";
    let note: Option<String> = tx.value(sql, params![facility])?;
    let vkey = key_row(tx, facility)?.map(|it| it.0).unwrap_or_default();
    let signed = note.and_then(|it| checkpoint::read(&it, &vkey)).filter(|it| index < it.size);
    let signed = signed.ok_or_else(|| Error::not_found("no checkpoint covers the entry"))?;
    let mut leaf = None;
    each(tx, facility, &(index..index + 1), |record| {
        leaf = Some(record.leaf_text());
        Ok(())
    })?;
    let leaf = leaf.ok_or_else(|| Error::not_found("no such entry"))?;
    let leaves = Leaves { tx: RefCell::new(tx), facility };
    let path = prove_record(signed.size, index, &leaves).map_err(Error::internal)?;
    check_record(&path, signed.size, Hash(signed.root), index, leaf_hash(leaf.as_bytes())).map_err(Error::internal)?;
    let path: String = path.iter().map(|it| format!("{it}\n")).collect();
    let extra = BASE64_STANDARD.encode(&leaf);
    Ok(format!("{FORMAT}\nextra {extra}\nindex {index}\n{path}\n{}", signed.note))
}

/// Checks a text that [`proof`] made, against the log's public key: the entry's public header and the size of the log
/// under the checkpoint, or nothing.
#[must_use]
pub fn check_proof(text: &str, vkey: &str) -> Option<(Header, u64)> {
    let (head, note) = text.split_once("\n\n")?;
    let signed = checkpoint::read(note, vkey)?;
    let mut lines = head.split('\n');
    if lines.next()? != FORMAT {
        return None;
    }
    let leaf = BASE64_STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
    let number = lines.next()?.strip_prefix("index ")?;
    let index: u64 = number.parse().ok().filter(|it: &u64| it.to_string() == number)?;
    // 64 levels are more than any log has.
    let path: Vec<Hash> = lines.take(64).map(|it| Hash::parse_hash(it).ok()).collect::<Option<_>>()?;
    let header = Header::parse(&leaf).filter(|it| it.index == index)?;
    let ours = checkpoint::origin(vkey).ends_with(&format!("/{}", header.facility));
    check_record(&path, signed.size, Hash(signed.root), index, leaf_hash(&leaf)).ok()?;
    ours.then_some((header, signed.size))
}

/// The hashes of subtrees, computed from the leaves.
struct Leaves<'a, 'b> {
    tx: RefCell<&'a mut Tx<'b>>,
    facility: FacilityId,
}

impl HashReader for Leaves<'_, '_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        indexes.iter().map(|it| self.subtree(*it).map_err(|error| invalid(&error))).collect()
    }
}

fn invalid(error: &Error) -> tlog_tiles::Error {
    tlog_tiles::Error::InvalidInput(error.to_string())
}

impl Leaves<'_, '_> {
    fn subtree(&self, stored: u64) -> Result<Hash> {
        let (level, number) = split_stored_hash_index(stored);
        let (mut at, end) = (number << level, (number + 1) << level);
        let mut tree = Frontier::default();
        let mut tx = self.tx.borrow_mut();
        while at < end {
            let upto = end.min(at + PAGE_ROWS);
            let sql = "SELECT leaf FROM audit_entry WHERE facility_id = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx";
            let rows = tx.rows(sql, params![self.facility, int(at), int(upto)])?;
            if rows.len() as u64 != upto - at {
                return Err(Error::internal("an entry is missing; run `haruka log verify`"));
            }
            for row in rows {
                tree.push(Hash(FromValue::from_value(&row.values()[0])?));
            }
            at = upto;
        }
        Ok(tree.root())
    }
}
