//! A log as a folder of files that a stranger can check: `checkpoint`, `vkey`, `tile/…` as C2SP tlog-tiles lays them
//! out, `entries.jsonl` with what is disclosed, `README.txt` in both languages.
//!
//! The leaves disclose no person. Disclosing means handing out the salt and the private part of an entry.

use std::fs;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use db::{Db, Tx};
use kernel::{Ctx, Error, FacilityId, Result, Words, clause};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::checkpoint::store::PAGE_ROWS;
use crate::checkpoint::{Checkpoint, checkpoint, verifier_key};
use crate::entry::store::{append, each, log_key, open};
use crate::entry::{Entry, Record};
use crate::tiles::{Place, Tiles};
use crate::tree::leaf_hash;

mod check;

pub use check::verify_bundle;

const README: &str = include_str!("bundle/readme.txt");

/// A line of `entries.jsonl`: the private part of one entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Disclosed {
    index: u64,
    /// In base64.
    salt: String,
    /// The committed text, byte for byte.
    private: String,
}

/// Writes the log of `facility` to the new folder `dir`, disclosing the entries in `disclose`. The export is an entry
/// itself, the last one of the bundle. The caller has checked that it is allowed.
///
/// # Errors
/// `Invalid` when `dir` is there and not empty; `Internal` when the log does not agree with its checkpoint;
/// `Unavailable` when a file cannot be written; those of the database.
pub async fn export(
    db: &Db,
    ctx: &Ctx,
    facility: FacilityId,
    dir: PathBuf,
    disclose: Option<Range<u64>>,
) -> Result<Checkpoint> {
    clause!("CS-122");
    let (own, detail) = (ctx.at(facility), disclose.as_ref().map(|it| json!({"from": it.start, "to": it.end})));
    empty(&dir)?;
    let signed = db
        .write(Some(facility), move |tx| {
            let entry = Entry::done("log.export", "log", facility).class("log");
            append(tx, &own, entry.detail(json!({ "disclosed": detail })))?;
            checkpoint(tx, &own)?.ok_or_else(|| Error::internal("a log with an entry is empty"))
        })
        .await?;
    // Written from a snapshot beside the writer: an export of a million entries keeps nobody waiting.
    db.read(Some(facility), move |tx| {
        write(tx, facility, &dir, &signed, &disclose.unwrap_or_default())?;
        Ok(signed)
    })
    .await
}

fn empty(dir: &Path) -> Result<()> {
    match fs::read_dir(dir).map(|mut it| it.next().is_none()) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(true) => Ok(()),
        Ok(false) => {
            let words =
                Words::new("空のフォルダーか、新しいフォルダーを指定してください。", "Name an empty or a new folder.");
            Err(Error::invalid("out", words))
        }
        Err(error) => Err(Error::unavailable(format!("{}: {error}", dir.display()))),
    }
}

fn write(tx: &mut Tx<'_>, facility: FacilityId, dir: &Path, signed: &Checkpoint, disclose: &Range<u64>) -> Result<()> {
    let vkey = verifier_key(tx)?.ok_or_else(|| Error::internal("a signed log has no key"))?;
    let key = log_key(tx, facility)?.opener();
    let mut sink = |place: Place, bytes: &[u8]| put(&dir.join(place.path()), bytes);
    let (mut tiles, mut disclosed) = (Tiles::default(), None);
    while tiles.size() < signed.size {
        let page = tiles.size()..signed.size.min(tiles.size() + PAGE_ROWS);
        each(tx, facility, &page, |record| {
            let leaf = record.leaf_text();
            tiles.push(leaf.as_bytes(), leaf_hash(leaf.as_bytes()), &mut sink)?;
            if disclose.contains(&record.index) && !record.is_shredded() {
                line(&mut disclosed, dir, &record, open(&key, &record)?)?;
            }
            Ok(())
        })?;
        if tiles.size() == page.start {
            break;
        }
    }
    tiles.finish(&mut sink)?;
    if tiles.size() != signed.size || tiles.root().0 != signed.root {
        return Err(Error::internal("the log does not agree with its checkpoint; run `haruka log verify`"));
    }
    if let Some(file) = disclosed {
        let fail = |error: std::io::Error| Error::unavailable(format!("entries.jsonl: {error}"));
        file.into_inner().map_err(|error| fail(error.into_error()))?.sync_all().map_err(fail)?;
    }
    put(&dir.join("README.txt"), README.as_bytes())?;
    put(&dir.join("vkey"), format!("{vkey}\n").as_bytes())?;
    // Last: a folder with a checkpoint is whole.
    put(&dir.join("checkpoint"), signed.note.as_bytes())
}

type Lines = Option<BufWriter<fs::File>>;

fn line(file: &mut Lines, dir: &Path, record: &Record<'_>, (salt, detail): (Vec<u8>, String)) -> Result<()> {
    let fail = |error: &dyn std::fmt::Display| Error::unavailable(format!("entries.jsonl: {error}"));
    let line =
        Disclosed { index: record.index, salt: BASE64_STANDARD.encode(salt), private: record.private.text(&detail)? };
    if file.is_none() {
        fs::create_dir_all(dir).map_err(|error| fail(&error))?;
        let made = fs::File::create_new(dir.join("entries.jsonl")).map_err(|error| fail(&error))?;
        *file = Some(BufWriter::new(made));
    }
    if let Some(file) = file {
        serde_json::to_writer(&mut *file, &line).map_err(|error| fail(&error))?;
        file.write_all(b"\n").map_err(|error| fail(&error))?;
    }
    Ok(())
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let fail = |error: std::io::Error| Error::unavailable(format!("{}: {error}", path.display()));
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(fail)?;
    let mut file = fs::File::create_new(path).map_err(fail)?;
    file.write_all(bytes).map_err(fail)
}
