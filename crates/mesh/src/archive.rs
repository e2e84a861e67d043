//! A ZIP archive, as far as 3MF needs it: its list of files, and one of them unpacked within limits.
//!
//! Absent: writing, encryption, ZIP64 (no part may be that large), and any way to the disk: names are only compared.

use flate2::{Crc, Decompress, FlushDecompress, Status};
use kernel::Words;

use crate::limits;
use crate::numbers::Bytes;
use crate::report::{Broken, Place};

const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// The end record without its comment, and the longest comment.
const END_BYTES: usize = 22;
const COMMENT_BYTES_MAX: usize = 65_535;

/// A file in the archive.
pub(crate) struct Entry<'a> {
    name: &'a [u8],
    encrypted: bool,
    method: u16,
    sum: u32,
    packed: usize,
    local: usize,
    place: Place,
}

/// The list of an archive.
pub(crate) struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry<'a>>,
}

impl<'a> Archive<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Broken> {
        let from = bytes.len().saturating_sub(END_BYTES + COMMENT_BYTES_MAX);
        let end = bytes[from..].windows(END.len()).rposition(|it| it == END).map(|it| it + from);
        let Some(end) = end else { return Err(Broken::cut(bytes.len())) };
        let mut record = Bytes::new(bytes, end + 10);
        let count = usize::from(record.u16()?);
        record.skip(4)?;
        let start = record.u32()? as usize;
        if count > limits::ENTRIES_MAX {
            let what = Words::new("圧縮ファイル内のファイル", "files within the archive");
            return Err(Broken::too_many(&what, limits::ENTRIES_MAX, record.place()));
        }
        let mut list = Bytes::new(bytes, start);
        let mut entries = Vec::new();
        for _ in 0..count {
            let place = list.place();
            if list.take(4)? != ENTRY {
                return Err(wrong(place));
            }
            list.skip(4)?;
            let flags = list.u16()?;
            let method = list.u16()?;
            list.skip(4)?;
            let sum = list.u32()?;
            let packed = list.u32()? as usize;
            list.skip(4)?;
            let (name, extra, comment) = (list.u16()?, list.u16()?, list.u16()?);
            list.skip(8)?;
            let local = list.u32()? as usize;
            let name = list.take(usize::from(name))?;
            list.skip(usize::from(extra) + usize::from(comment))?;
            entries.push(Entry { name, encrypted: flags & 1 != 0, method, sum, packed, local, place });
        }
        Ok(Self { bytes, entries })
    }

    /// The file of that name; the case of letters does not count (as in OPC, part 2).
    pub(crate) fn find(&self, name: &str) -> Option<&Entry<'a>> {
        self.entries.iter().find(|it| it.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The first file whose name ends so.
    pub(crate) fn ending(&self, ending: &str) -> Option<&Entry<'a>> {
        let ending = ending.as_bytes();
        let ends = |it: &[u8]| it.len() >= ending.len() && it[it.len() - ending.len()..].eq_ignore_ascii_case(ending);
        self.entries.iter().find(|it| ends(it.name))
    }

    /// The file, unpacked, as text.
    pub(crate) fn text(&self, entry: &Entry<'_>) -> Result<String, Broken> {
        if entry.encrypted {
            return Err(Broken::new(
                Words::new(
                    "圧縮ファイルが暗号化されています。暗号化せずに書き出してください。",
                    "The archive is encrypted. Export it without encryption.",
                ),
                entry.place,
            ));
        }
        let mut local = Bytes::new(self.bytes, entry.local);
        if local.take(4)? != LOCAL {
            return Err(wrong(Place::Byte(entry.local as u64)));
        }
        local.skip(22)?;
        let (name, extra) = (local.u16()?, local.u16()?);
        local.skip(usize::from(name) + usize::from(extra))?;
        let packed = local.take(entry.packed)?;
        let bytes = match entry.method {
            0 => packed.to_vec(),
            8 => inflate(packed, entry.place)?,
            _ => {
                return Err(Broken::new(
                    Words::new("圧縮の方式に対応していません。", "The archive is packed in a way that is not read."),
                    entry.place,
                ));
            }
        };
        let mut sum = Crc::new();
        sum.update(&bytes);
        if sum.sum() != entry.sum {
            return Err(wrong(entry.place));
        }
        String::from_utf8(bytes).map_err(|error| not_utf8(error.utf8_error().valid_up_to()))
    }
}

pub(crate) fn not_utf8(at: usize) -> Broken {
    Broken::new(Words::new("文字コードがUTF-8ではありません。", "The text is not in UTF-8."), Place::Byte(at as u64))
}

fn wrong(place: Place) -> Broken {
    Broken::new(Words::new("圧縮ファイル（ZIP）が壊れています。", "The archive (ZIP) is damaged."), place)
}

/// Memory grows with what really comes out, never with what the archive claims.
fn inflate(packed: &[u8], place: Place) -> Result<Vec<u8>, Broken> {
    const STEP: usize = 1024 * 1024;
    let allowed = packed.len().saturating_mul(limits::RATIO_MAX).max(limits::RATIO_FREE_BYTES);
    let allowed = allowed.min(limits::EXPANDED_BYTES_MAX);
    let mut state = Decompress::new(false);
    let mut out: Vec<u8> = Vec::new();
    let mut used = 0;
    loop {
        out.reserve(STEP.min(allowed + 1 - out.len().min(allowed)));
        let before = (state.total_in(), out.len());
        let status =
            state.decompress_vec(&packed[used..], &mut out, FlushDecompress::None).map_err(|_| wrong(place))?;
        used = usize::try_from(state.total_in()).map_err(|_| wrong(place))?;
        if out.len() > allowed {
            return Err(Broken::new(
                Words::made(
                    format!(
                        "展開すると大きくなりすぎます（{}倍または{}バイトまで）。",
                        limits::RATIO_MAX,
                        limits::EXPANDED_BYTES_MAX
                    ),
                    format!(
                        "It unpacks to too much (at most {} times, or {} bytes).",
                        limits::RATIO_MAX,
                        limits::EXPANDED_BYTES_MAX
                    ),
                ),
                place,
            ));
        }
        match status {
            Status::StreamEnd => return Ok(out),
            _ if before == (state.total_in(), out.len()) => return Err(Broken::cut(used)),
            _ => {}
        }
    }
}
