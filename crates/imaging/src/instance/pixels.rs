//! Where the pixels of an instance lie in its data set: native in one piece, or encapsulated in fragments (PS3.5 A.4).
//! From this, any frame is read without opening the rest.

#![allow(clippy::single_range_in_vec_init, reason = "a frame lies in one or more places")]

use std::ops::Range;

use crate::dataset::{Event, Tag};

/// Fragments of one instance. An enhanced volume has one for each of its some 1,000 frames.
pub const FRAGMENTS_MAX: usize = 100_000;

const PART_BYTES: usize = 12;
const HEAD_BYTES: usize = 9;

/// Where the pixels lie. Offsets count from the beginning of the data set, after inflating where it is deflated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// In one piece, frame after frame.
    Native {
        /// All of them.
        at: Range<u64>,
        /// Bytes of one frame; 0 when frames do not begin on whole bytes.
        frame_bytes: u64,
    },
    /// In fragments.
    Encapsulated {
        /// The basic offset table, often empty.
        table: Range<u64>,
        /// The fragments.
        fragments: Vec<Range<u64>>,
    },
}

impl Pixels {
    /// Where frame `index` (from 0) of `frames` lies, in one or more pieces; nothing when that cannot be told.
    /// `table` holds the bytes of the basic offset table where there is one.
    #[must_use]
    pub fn frame(&self, index: u32, frames: u32, table: &[u8]) -> Option<Vec<Range<u64>>> {
        if index >= frames {
            return None;
        }
        match self {
            Self::Native { at, frame_bytes } => {
                if frames == 1 && *frame_bytes == 0 {
                    return Some(vec![at.clone()]);
                }
                // A header may claim any size and number.
                let begin = u64::from(index).checked_mul(*frame_bytes)?.checked_add(at.start)?;
                let end = begin.checked_add(*frame_bytes)?;
                (*frame_bytes > 0 && end <= at.end).then(|| vec![begin..end])
            }
            Self::Encapsulated { fragments, .. } if frames == 1 => Some(fragments.clone()),
            Self::Encapsulated { fragments, .. } if fragments.len() == frames as usize => {
                Some(vec![fragments[index as usize].clone()])
            }
            Self::Encapsulated { fragments, .. } => by_table(fragments, index as usize, table),
        }
    }

    /// Where the basic offset table lies, if frame addresses need it.
    #[must_use]
    pub fn table(&self, frames: u32) -> Option<Range<u64>> {
        match self {
            Self::Encapsulated { table, fragments } if frames > 1 && fragments.len() != frames as usize => {
                Some(table.clone())
            }
            _ => None,
        }
    }

    /// As it lies in a row.
    #[must_use]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD_BYTES + PART_BYTES * 2);
        let part = |out: &mut Vec<u8>, it: &Range<u64>| {
            out.extend(it.start.to_le_bytes());
            out.extend(u32::try_from(it.end - it.start).unwrap_or(u32::MAX).to_le_bytes());
        };
        match self {
            Self::Native { at, frame_bytes } => {
                out.push(0);
                out.extend(frame_bytes.to_le_bytes());
                part(&mut out, at);
            }
            Self::Encapsulated { table, fragments } => {
                out.push(1);
                out.extend([0; 8]);
                part(&mut out, table);
                fragments.iter().for_each(|it| part(&mut out, it));
            }
        }
        out
    }

    /// Reads what [`Pixels::to_bytes`] made.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let mut parts = rest.chunks_exact(PART_BYTES).map(|it| {
            let start = u64::from_le_bytes(it[..8].try_into().unwrap_or_default());
            start..start + u64::from(u32::from_le_bytes(it[8..].try_into().unwrap_or_default()))
        });
        let first = parts.next()?;
        Some(match head[0] {
            0 => Self::Native { at: first, frame_bytes: u64::from_le_bytes(head[1..].try_into().ok()?) },
            _ => Self::Encapsulated { table: first, fragments: parts.collect() },
        })
    }
}

/// By the offset of each frame's first fragment, counted from the first fragment's item (PS3.5 A.4).
fn by_table(fragments: &[Range<u64>], index: usize, table: &[u8]) -> Option<Vec<Range<u64>>> {
    let offset = |index: usize| {
        let bytes = table.get(index * 4..index * 4 + 4)?;
        Some(u64::from(u32::from_le_bytes(bytes.try_into().ok()?)))
    };
    let origin = fragments.first()?.start;
    let from = offset(index)?;
    let to = offset(index + 1).unwrap_or(u64::MAX);
    let within = |it: &&Range<u64>| (from..to).contains(&(it.start - origin));
    let found: Vec<_> = fragments.iter().filter(within).cloned().collect();
    (!found.is_empty()).then_some(found)
}

/// Gathers [`Pixels`] from the events of a data set.
#[derive(Debug, Default)]
pub struct PixelReader {
    depth: usize,
    encapsulated: bool,
    parts: Vec<Range<u64>>,
    too_many: bool,
}

impl PixelReader {
    /// Takes the next event.
    pub fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Sequence(tag, _) => {
                self.encapsulated |= self.depth == 0 && tag == Tag::PIXELS;
                self.depth += 1;
            }
            Event::SequenceEnd => self.depth = self.depth.saturating_sub(1),
            Event::Bulk { tag: Tag::PIXELS, offset, length, .. }
                if self.depth == usize::from(self.encapsulated) && (self.encapsulated || self.parts.is_empty()) =>
            {
                if self.parts.len() > FRAGMENTS_MAX {
                    self.too_many = true;
                } else {
                    self.parts.push(offset..offset + u64::from(length));
                }
            }
            _ => (),
        }
    }

    /// Whether there were more than [`FRAGMENTS_MAX`].
    #[must_use]
    pub fn too_many(&self) -> bool {
        self.too_many
    }

    /// What was gathered; `frame_bytes` is what the header says of one frame.
    #[must_use]
    pub fn pixels(self, frame_bytes: u64) -> Option<Pixels> {
        let mut parts = self.parts.into_iter();
        let first = parts.next()?;
        Some(if self.encapsulated {
            Pixels::Encapsulated { table: first, fragments: parts.collect() }
        } else {
            Pixels::Native { at: first, frame_bytes }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Vr;

    fn bulk(offset: u64, length: u32) -> Event<'static> {
        Event::Bulk { tag: Tag::PIXELS, vr: Vr(*b"OB"), offset, length }
    }

    fn gathered(events: &[Event<'_>], frame_bytes: u64) -> Option<Pixels> {
        let mut reader = PixelReader::default();
        events.iter().for_each(|it| reader.take(*it));
        reader.pixels(frame_bytes)
    }

    #[test]
    fn native_frames_lie_one_after_another() {
        let it = gathered(&[bulk(100, 61)], 20).expect("pixels");
        assert_eq!(it.frame(0, 3, &[]), Some(vec![100..120]));
        assert_eq!(it.frame(2, 3, &[]), Some(vec![140..160]));
        assert_eq!(it.frame(3, 3, &[]), None);
        assert_eq!(it.frame(3, 4, &[]), None, "cut short");
        let vast = Pixels::Native { at: 100..161, frame_bytes: u64::MAX / 8 };
        assert_eq!(vast.frame(u32::MAX - 1, u32::MAX, &[]), None, "further than numbers go");
        assert_eq!(Pixels::from_bytes(&it.to_bytes()), Some(it));
    }

    #[test]
    fn fragments_belong_to_frames_by_number_or_by_table() {
        let begin = Event::Sequence(Tag::PIXELS, Vr(*b"OB"));
        let it = gathered(&[begin, bulk(108, 0), bulk(116, 10), bulk(134, 6), bulk(148, 4)], 0).expect("pixels");
        assert_eq!(it.frame(1, 3, &[]), Some(vec![134..140]));
        assert_eq!(it.frame(0, 1, &[]), Some(vec![116..126, 134..140, 148..152]));
        assert_eq!((it.frame(0, 2, &[]), it.table(2)), (None, Some(108..108)), "nobody says which belong together");
        // The second frame begins with the third fragment: 148 - 116.
        let table = [0, 0, 0, 0, 32, 0, 0, 0];
        assert_eq!(it.frame(0, 2, &table), Some(vec![116..126, 134..140]));
        assert_eq!(it.frame(1, 2, &table), Some(vec![148..152]));
        assert_eq!(Pixels::from_bytes(&it.to_bytes()), Some(it));
    }

    #[test]
    fn the_pixels_of_an_icon_are_not_the_instances() {
        let icon = [Event::Sequence(Tag(0x0088, 0x0200), Vr::SQ), Event::Item, bulk(10, 4), Event::ItemEnd];
        let events = [&icon[..], &[Event::SequenceEnd, bulk(50, 8)]].concat();
        assert_eq!(gathered(&events, 8), Some(Pixels::Native { at: 50..58, frame_bytes: 8 }));
        assert_eq!(gathered(&icon, 8), None);
    }
}
