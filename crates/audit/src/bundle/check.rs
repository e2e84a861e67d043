//! Checking a bundle with nothing but its files: no database, no secret key, no network.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kernel::{Error, Result, clause};
use tlog_tiles::HASH_SIZE;

use super::Disclosed;
use crate::checkpoint::{self, Checkpoint, origin};
use crate::entry::{DETAIL_BYTES_MAX, Header, commit};
use crate::tiles::{Level, Place, Tiles, WIDTH};
use crate::tree::leaf_hash;
use crate::verify::{Bad, Report, Why, in_time};

/// Largest file of one bundle of entries: 256 entries of 64 KiB, each behind two bytes.
const ENTRIES_BYTES_MAX: u64 = 256 * (2 + 65_535);
/// Largest checkpoint or key file: room for the signatures of sixteen witnesses, each up to 5 KB.
const NOTE_BYTES_MAX: u64 = 128 * 1024;
/// Longest line of `entries.jsonl`: the detail, each byte written as up to six and once more escaped, and the rest.
const LINE_BYTES_MAX: u64 = DETAIL_BYTES_MAX as u64 * 12 + 16 * 1024;

/// Checks the bundle in `dir`: every entry, every tile, the signed root, every disclosed private part.
///
/// The signature proves that whoever holds the key behind `vkey` made the bundle. Give the key that you know from
/// elsewhere as `known`; without it the bundle's own is taken, which proves only that the bundle is in itself whole.
///
/// # Errors
/// `Unavailable` when the folder cannot be read. What is wrong with the bundle stands in the report.
pub fn verify_bundle(dir: &Path, known: Option<&str>) -> Result<Report> {
    clause!("CS-122", "CS-162");
    if !dir.is_dir() {
        return Err(Error::unavailable(format!("{} is no folder", dir.display())));
    }
    let mut report = Report::default();
    let Some(signed) = head(dir, known, &mut report) else {
        report.first_bad = Some(Bad::at(0, Why::Signature));
        return Ok(report);
    };
    let lines = fs::File::open(dir.join("entries.jsonl")).ok();
    let mut reader = Reader { dir, tiles: Tiles::default(), disclosed: Lines::new(lines), at_us: i64::MIN };
    report.first_bad = reader.all(&signed, &mut report).err();
    report.size = reader.tiles.size();
    report.root = BASE64_STANDARD.encode(reader.tiles.root().0);
    Ok(report)
}

/// The signed checkpoint, when its signature is right.
fn head(dir: &Path, known: Option<&str>, report: &mut Report) -> Option<Checkpoint> {
    let text = |name| String::from_utf8(bytes(&dir.join(name), NOTE_BYTES_MAX)?).ok();
    let vkey = text("vkey")?;
    let vkey = vkey.strip_suffix('\n')?;
    let signed = checkpoint::read(&text("checkpoint")?, vkey)?;
    origin(vkey).clone_into(&mut report.origin);
    report.facility = report.origin.rsplit('/').next().unwrap_or_default().to_owned();
    (known.is_none_or(|it| it.trim() == vkey) && signed.size > 0).then_some(signed)
}

/// The file, unless it is missing or larger than `max`.
fn bytes(path: &Path, max: u64) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    fs::File::open(path).ok()?.take(max + 1).read_to_end(&mut out).ok()?;
    (out.len() as u64 <= max).then_some(out)
}

struct Reader<'a> {
    dir: &'a Path,
    tiles: Tiles,
    disclosed: Lines,
    /// Time of the last entry, in microseconds.
    at_us: i64,
}

impl Reader<'_> {
    fn all(&mut self, signed: &Checkpoint, report: &mut Report) -> Result<(), Bad> {
        while self.tiles.size() < signed.size {
            let left = signed.size - self.tiles.size();
            let width = usize::try_from(left).unwrap_or(WIDTH).min(WIDTH);
            self.entries(width, report)?;
        }
        let dir = self.dir;
        self.tiles.finish(&mut |place, ours| same(dir, place, ours))?;
        if self.tiles.root().0 != signed.root {
            return Err(Bad::within(&(0..signed.size), Why::Checkpoint));
        }
        report.checkpoints = 1;
        match self.disclosed.next {
            Some(ref line) => Err(Bad::at(line.index, Why::Beyond)),
            None if self.disclosed.broken => Err(Bad::at(signed.size, Why::Content)),
            None => Ok(()),
        }
    }

    /// One file of entries, beside the tile of their hashes.
    fn entries(&mut self, width: usize, report: &mut Report) -> Result<(), Bad> {
        let first = self.tiles.size();
        let number = first / WIDTH as u64;
        let span = first..first + width as u64;
        let file = |level, max| {
            bytes(&self.dir.join(Place { level, number, width }.path()), max).ok_or(Bad::within(&span, Why::Missing))
        };
        let entries = file(Level::Entries, ENTRIES_BYTES_MAX)?;
        let hashes = file(Level::Hashes(0), (WIDTH * HASH_SIZE) as u64)?;
        let mut rest = entries.as_slice();
        for place in 0..width {
            let index = first + place as u64;
            let bad = |why| Bad::at(index, why);
            let leaf = leaf(&mut rest).ok_or(bad(Why::File))?;
            let hash = leaf_hash(leaf);
            if hashes.get(place * HASH_SIZE..(place + 1) * HASH_SIZE) != Some(&hash.0) {
                return Err(bad(Why::Header));
            }
            let header = Header::parse(leaf).ok_or(bad(Why::Header))?;
            if header.index != index || header.facility != report.facility {
                return Err(bad(Why::Header));
            }
            if !in_time(self.at_us, header.at_us, &header.act) {
                return Err(bad(Why::Clock));
            }
            self.at_us = header.at_us;
            match self.disclosed.take(&header)? {
                true => report.opened += 1,
                false => report.unopened += 1,
            }
            let dir = self.dir;
            self.tiles.push(leaf, hash, &mut |place, ours| same(dir, place, ours))?;
        }
        if rest.is_empty() { Ok(()) } else { Err(Bad::at(span.end - 1, Why::File)) }
    }
}

/// The next entry: two bytes of length, then itself.
fn leaf<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (leaf, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(leaf)
}

/// Compares a tile with its file; the first hash that differs names the entries under it.
fn same(dir: &Path, place: Place, ours: &[u8]) -> Result<(), Bad> {
    let under = match place.level {
        Level::Entries => 1,
        Level::Hashes(level) => (WIDTH as u64).saturating_pow(level),
    };
    let first = (place.number * WIDTH as u64).saturating_mul(under);
    let span = first..first.saturating_add((place.width as u64).saturating_mul(under));
    let max = if place.level == Level::Entries { ENTRIES_BYTES_MAX } else { (WIDTH * HASH_SIZE) as u64 };
    let theirs = bytes(&dir.join(place.path()), max).ok_or(Bad::within(&span, Why::Missing))?;
    if theirs == ours {
        return Ok(());
    }
    let differs = theirs.iter().zip(ours).position(|(theirs, ours)| theirs != ours).unwrap_or(ours.len() - 1);
    match place.level {
        Level::Entries => Err(Bad::within(&span, Why::File)),
        Level::Hashes(_) => {
            let first = first.saturating_add(((differs / HASH_SIZE) as u64).saturating_mul(under));
            Err(Bad::within(&(first..first.saturating_add(under)), Why::File))
        }
    }
}

/// What is disclosed, in the order of the entries.
struct Lines {
    file: Option<BufReader<fs::File>>,
    next: Option<Disclosed>,
    /// A line that is none was met.
    broken: bool,
}

impl Lines {
    fn new(file: Option<fs::File>) -> Self {
        let mut lines = Self { file: file.map(BufReader::new), next: None, broken: false };
        lines.step();
        lines
    }

    fn step(&mut self) {
        let Some(file) = &mut self.file else { return };
        let mut line = Vec::new();
        self.next = match file.take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) => None,
            _ => line.strip_suffix(b"\n").and_then(|it| serde_json::from_slice(it).ok()),
        };
        self.broken = self.next.is_none() && !line.is_empty();
    }

    /// Whether the private part of this entry is disclosed.
    ///
    /// # Errors
    /// When it is, but is not what was committed; or when the next line cannot be read, so that nobody knows.
    fn take(&mut self, header: &Header) -> Result<bool, Bad> {
        let bad = Bad::at(header.index, Why::Content);
        let Some(line) = self.next.take_if(|it| it.index <= header.index) else {
            return if self.broken { Err(bad) } else { Ok(false) };
        };
        let salt = BASE64_STANDARD.decode(&line.salt).map_err(|_| bad)?;
        // A line for an entry already passed is out of order.
        if line.index != header.index || commit(&salt, &line.private) != header.commitment {
            return Err(bad);
        }
        self.step();
        Ok(true)
    }
}
