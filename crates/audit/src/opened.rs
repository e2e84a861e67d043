//! One entry handed to a stranger: its private part opened, and the proof that it is in the log. What is handed out is handed
//! out whole, since the commitment is over the whole private part.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use db::{Tx, params};
use kernel::{Error, Result, Timestamp, clause};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::entry::store::{each, facility, log_key, open, size};
use crate::entry::{Header, commit};
use crate::proof::{check_proof, proof};

/// What is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// In base64.
    pub salt: String,
    /// The committed text, byte for byte.
    pub private: String,
    /// As [`proof`] makes it.
    pub proof: String,
}

/// What a stranger learns from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The public header.
    pub header: Header,
    /// Entries of the log under the checkpoint.
    pub size: u64,
    /// The actor as `Who::label` writes it.
    pub who: String,
    /// Noun of the thing.
    pub thing: String,
    /// Id of the thing.
    pub id: String,
    /// The rest.
    pub detail: Value,
}

#[derive(Deserialize)]
struct Private {
    who: String,
    thing: String,
    id: String,
    detail: Value,
}

/// The entry of `act` that was done on the thing at `at`, opened and proven under the last checkpoint of the act's facility.
/// Whoever calls has checked that it may be handed out, and has had the log signed. Reads every leaf: ask a snapshot.
///
/// # Errors
/// `NotFound` without such an entry, when its private part was destroyed, and when no checkpoint covers it; those of [`proof`].
pub fn open_one(tx: &mut Tx<'_>, act: &str, thing_id: &str, at: Timestamp) -> Result<Opened> {
    clause!("TR-03", "CS-122");
    let facility = facility(tx);
    let row = tx.row(
        "SELECT idx FROM audit_entry WHERE facility_id = ?1 AND at >= ?2 AND act = ?3 AND thing_id = ?4 AND outcome = 'done'
         ORDER BY at, idx LIMIT 1",
        params![facility, at, act, thing_id],
    )?;
    let index = size(&row.ok_or_else(|| Error::not_found("no such entry"))?.values()[0])?;
    let (key, mut found) = (log_key(tx, facility)?.opener(), None);
    each(tx, facility, &(index..index + 1), |record| {
        if !record.is_shredded() {
            let (salt, detail) = open(&key, &record)?;
            found = Some((BASE64_STANDARD.encode(salt), record.private.text(&detail)?));
        }
        Ok(())
    })?;
    let (salt, private) = found.ok_or_else(|| Error::not_found("the entry's private part is destroyed"))?;
    Ok(Opened { salt, private, proof: proof(tx, index)? })
}

/// Checks what [`open_one`] made against the log's public key, with nothing else: what it tells, or nothing.
#[must_use]
pub fn check_opened(it: &Opened, vkey: &str) -> Option<Told> {
    clause!("TR-03");
    let (header, size) = check_proof(&it.proof, vkey)?;
    let salt = BASE64_STANDARD.decode(&it.salt).ok()?;
    if commit(&salt, &it.private) != header.commitment {
        return None;
    }
    let Private { who, thing, id, detail } = serde_json::from_str(&it.private).ok()?;
    Some(Told { header, size, who, thing, id, detail })
}
