//! Encapsulated pixel data (PS3.5 A.4): items, offset tables, and which fragments make a frame.

use std::borrow::Cow;
use std::ops::Range;

use crate::{Fault, limits};

const ITEM: [u8; 4] = [0xFE, 0xFF, 0x00, 0xE0];
const DELIMITER: [u8; 4] = [0xFE, 0xFF, 0xDD, 0xE0];

/// The items of one pixel data element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Items {
    /// The basic offset table: where frames begin, counted from the first fragment's item. Often empty.
    pub offsets: Vec<u32>,
    /// Where the bytes of each fragment lie in the value.
    pub fragments: Vec<Range<usize>>,
}

/// Finds the items in `value`: all that follows the element's length, with or without the closing delimiter.
///
/// # Errors
/// [`Fault::Truncated`] and [`Fault::Malformed`] where items do not fit into the value; [`Fault::TooLarge`].
pub fn items(value: &[u8]) -> Result<Items, Fault> {
    let mut at = 0;
    let mut found = Vec::new();
    while let Some(head) = value.get(at..).filter(|it| !it.is_empty()) {
        let (head, _) = head.split_first_chunk::<8>().ok_or(Fault::Truncated)?;
        let (tag, length) = (&head[..4], u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        if tag == DELIMITER {
            break;
        }
        if tag != ITEM || length == u32::MAX {
            return Err(Fault::Malformed("something between the fragments"));
        }
        let end = (at + 8).checked_add(length as usize).filter(|it| *it <= value.len()).ok_or(Fault::Truncated)?;
        if found.len() > limits::FRAGMENTS_MAX {
            return Err(Fault::TooLarge);
        }
        found.push(at + 8..end);
        at = end;
    }
    let table = found.first().cloned().ok_or(Fault::Truncated)?;
    let offsets = value[table].as_chunks::<4>().0.iter().map(|it| u32::from_le_bytes(*it)).collect();
    Ok(Items { offsets, fragments: found.split_off(1) })
}

impl Items {
    /// Which fragments make each of `frames` frames. `extended` is the value of (7FE0,0001), where there is one.
    ///
    /// Without any table the answer is found by counting: one frame, as many fragments as frames, or fragments that
    /// begin like a JPEG picture.
    ///
    /// # Errors
    /// [`Fault::Mismatch`] where fragments and frames cannot be brought together.
    pub fn frames(&self, value: &[u8], frames: u32, extended: Option<&[u8]>) -> Result<Vec<Range<usize>>, Fault> {
        let wanted = usize::try_from(frames).map_err(|_| Fault::TooLarge)?;
        if frames > limits::FRAMES_MAX {
            return Err(Fault::TooLarge);
        }
        let count = self.fragments.len();
        if let Some(table) = extended.filter(|it| !it.is_empty()) {
            let offsets: Vec<u64> = table.as_chunks::<8>().0.iter().map(|it| u64::from_le_bytes(*it)).collect();
            return self.by_offsets(&offsets, wanted);
        }
        if !self.offsets.is_empty() {
            let offsets: Vec<u64> = self.offsets.iter().map(|it| u64::from(*it)).collect();
            // Some writers leave a table of zeros behind; then counting knows better.
            match self.by_offsets(&offsets, wanted) {
                Err(_) if count == wanted || wanted == 1 => {}
                other => return other,
            }
        }
        if wanted == 1 && count > 0 {
            return Ok(spans(&[0], count));
        }
        let starts: Vec<usize> = if count == wanted {
            (0..count).collect()
        } else {
            (0..count).filter(|it| begins(&value[self.fragments[*it].clone()])).collect()
        };
        if starts.len() != wanted || starts.first() != Some(&0) {
            return Err(Fault::Mismatch("fragments and frames"));
        }
        Ok(spans(&starts, count))
    }

    fn by_offsets(&self, offsets: &[u64], wanted: usize) -> Result<Vec<Range<usize>>, Fault> {
        let wrong = Fault::Mismatch("the offset table");
        if offsets.len() != wanted || wanted == 0 {
            return Err(wrong);
        }
        let origin = self.fragments.first().ok_or(wrong)?.start as u64;
        let starts: Result<Vec<usize>, Fault> = offsets
            .iter()
            .map(|offset| self.fragments.binary_search_by_key(offset, |it| it.start as u64 - origin).map_err(|_| wrong))
            .collect();
        let starts = starts?;
        if starts.first() != Some(&0) || starts.windows(2).any(|it| it[0] >= it[1]) {
            return Err(wrong);
        }
        Ok(spans(&starts, self.fragments.len()))
    }

    /// The bytes of one frame: borrowed where it is one fragment.
    #[must_use]
    pub fn join<'a>(&self, value: &'a [u8], frame: &Range<usize>) -> Cow<'a, [u8]> {
        match self.fragments.get(frame.clone()).unwrap_or_default() {
            [one] => Cow::Borrowed(&value[one.clone()]),
            many => Cow::Owned(many.iter().flat_map(|it| &value[it.clone()]).copied().collect()),
        }
    }
}

fn spans(starts: &[usize], end: usize) -> Vec<Range<usize>> {
    let ends = starts.iter().skip(1).copied().chain([end]);
    starts.iter().copied().zip(ends).map(|(from, to)| from..to).collect()
}

/// JPEG and JPEG-LS begin with SOI, JPEG 2000 with SOC and SIZ.
fn begins(fragment: &[u8]) -> bool {
    fragment.starts_with(&[0xFF, 0xD8, 0xFF]) || fragment.starts_with(&[0xFF, 0x4F, 0xFF, 0x51])
}

/// The value of (7FE0,0010) for `frames`: a basic offset table, one fragment a frame, the delimiter.
///
/// Beyond 4 GiB the table is left empty, as the standard allows; write [`extended`] then.
///
/// # Errors
/// [`Fault::TooLarge`] where one frame exceeds an item.
pub fn encapsulate<T: AsRef<[u8]>>(frames: &[T]) -> Result<Vec<u8>, Fault> {
    let mut offsets = Vec::with_capacity(frames.len());
    let mut at = 0_u64;
    for frame in frames {
        offsets.push(at);
        at += 8 + even(frame.as_ref().len()) as u64;
    }
    let fits = offsets.iter().all(|it| u32::try_from(*it).is_ok());
    let mut out = Vec::with_capacity(usize::try_from(at).map_err(|_| Fault::TooLarge)? + 4 * frames.len() + 16);
    out.extend(ITEM);
    let table: Vec<u8> =
        if fits { offsets.iter().flat_map(|it| (*it as u32).to_le_bytes()).collect() } else { Vec::new() };
    out.extend(u32::try_from(table.len()).map_err(|_| Fault::TooLarge)?.to_le_bytes());
    out.extend(table);
    for frame in frames {
        let frame = frame.as_ref();
        out.extend(ITEM);
        out.extend(u32::try_from(even(frame.len())).map_err(|_| Fault::TooLarge)?.to_le_bytes());
        out.extend_from_slice(frame);
        out.resize(out.len() + frame.len() % 2, 0);
    }
    out.extend(DELIMITER);
    out.extend([0; 4]);
    Ok(out)
}

/// The values of (7FE0,0001) and (7FE0,0002) for frames of these lengths.
#[must_use]
pub fn extended(lengths: &[usize]) -> (Vec<u8>, Vec<u8>) {
    let mut at = 0_u64;
    let mut offsets = Vec::with_capacity(lengths.len() * 8);
    for length in lengths {
        offsets.extend(at.to_le_bytes());
        at += 8 + even(*length) as u64;
    }
    (offsets, lengths.iter().flat_map(|it| (*it as u64).to_le_bytes()).collect())
}

fn even(length: usize) -> usize {
    length + length % 2
}
