//! Inflating a deflated data set while it streams in, within limits: a few kilobytes can hold gigabytes of nothing.

use super::scan::limits;
use super::{Broken, Fault};

/// Inflated at a time.
const INFLATED_BYTES: usize = 32 * 1024;

/// Undoes the deflating of a data set (PS3.5 A.5), within its limits.
#[derive(Debug)]
pub(super) struct Inflater {
    stream: flate2::Decompress,
    ended: bool,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { stream: flate2::Decompress::new(false), ended: false }
    }
}

impl Inflater {
    /// Whether its stream came to its end.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Inflates the next piece, and hands on what comes out.
    pub(super) fn feed(
        &mut self,
        mut piece: &[u8],
        mut plain: impl FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut room = [0; INFLATED_BYTES];
        // What follows the end of the stream is the byte that makes its length even.
        while !self.ended {
            let (taken, given) = (self.stream.total_in(), self.stream.total_out());
            let bad = Fault { offset: given, what: Broken::Inflate };
            let status = self.stream.decompress(piece, &mut room, flate2::FlushDecompress::None).map_err(|_| bad)?;
            let (took, gave) = (self.stream.total_in() - taken, self.stream.total_out() - given);
            let most = limits::INFLATE_FREE_BYTES.max(self.stream.total_in() * limits::INFLATE_TIMES_MAX);
            if self.stream.total_out() > most {
                return Err(bad);
            }
            piece = &piece[usize::try_from(took).unwrap_or(piece.len())..];
            self.ended = status == flate2::Status::StreamEnd;
            plain(&room[..usize::try_from(gave).unwrap_or(0)])?;
            if took == 0 && gave == 0 {
                break;
            }
        }
        Ok(())
    }
}
