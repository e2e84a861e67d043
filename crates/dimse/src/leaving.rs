//! An instance on its way out: as it is stored wherever the peer takes that, or else without loss in another transfer syntax
//! (TR-25). Read piece by piece; no more than one frame is in memory.

use std::sync::{Mutex, PoisonError};

use imaging::outgoing::Outcome;
use imaging::study::{Content, Fetched, Located, Transcoding};
use kernel::clause;
use web::Site;

use crate::wire::{Ended, Wire, piece_bytes};

/// Memory that a frame may take while it is decoded and encoded: 16 megapixels. One is in work at a time, for all peers.
const WORK_BYTES_MAX: u64 = 384 * 1024 * 1024;

/// A context of an association on which instances can go out: its number, the class, the transfer syntax.
pub(crate) type Way<'a> = (u8, &'a str, &'a str);

/// The contexts on which an instance can go out, the best first; with the syntax in which it must be written anew, if it must.
pub(crate) fn ways<'a>(contexts: impl Iterator<Item = Way<'a>>, which: &Located) -> Vec<(u8, Option<&'static str>)> {
    let fitting: Vec<Way<'_>> = contexts.filter(|it| it.1 == which.class).collect();
    ordered(&fitting, &which.transfer_syntax, &which.others())
}

/// As it is stored before all else; then in the `others`, in their order.
fn ordered(contexts: &[Way<'_>], stored: &str, others: &[&'static str]) -> Vec<(u8, Option<&'static str>)> {
    let on = |syntax: &str| contexts.iter().filter(|it| it.2 == syntax).map(|it| it.0).min();
    let others = others.iter().filter_map(|syntax| Some((on(syntax)?, Some(*syntax))));
    on(stored).map(|id| (id, None)).into_iter().chain(others).collect()
}

/// What goes out, opened.
pub(crate) enum Leaving {
    /// As it is stored.
    Stored(Box<Content>),
    /// Written anew.
    Anew(Box<Transcoding>),
}

impl Leaving {
    /// Opens an instance for the first of `ways` in which it can be written: the context, and what goes out.
    ///
    /// # Errors
    /// [`Outcome::NotTaken`] where it can be written in none of them, [`Outcome::Unreadable`]; the log says why.
    pub(crate) fn open(
        site: &Site,
        found: &Fetched,
        which: &Located,
        ways: &[(u8, Option<&'static str>)],
    ) -> Result<(u8, Self), Outcome> {
        for (context, syntax) in ways {
            let opened = found.open(&site.blobs, which).and_then(|content| match syntax {
                None => Ok(Ok(Self::Stored(Box::new(content)))),
                Some(syntax) => anew(content, which, syntax),
            });
            match opened {
                Ok(Ok(leaving)) => return Ok((*context, leaving)),
                Ok(Err(fault)) => {
                    tracing::info!(uid = which.uid, ?syntax, fault, "an instance stays in its own syntax")
                }
                Err(error) => {
                    tracing::error!(%error, "a stored instance cannot be read");
                    return Err(Outcome::Unreadable);
                }
            }
        }
        Err(Outcome::NotTaken)
    }

    /// Sends it, a unit at a time. What breaks in the middle breaks the association: the receiver must never take a piece for
    /// the whole.
    pub(crate) fn stream(self, wire: &mut Wire, context: u8, bytes_max: u32) -> Result<(), Ended> {
        let most = piece_bytes(bytes_max);
        let broken = |error: kernel::Error| {
            tracing::error!(%error, "a stored instance cannot be read to its end");
            Ended::Garbage(0)
        };
        match self {
            Self::Stored(mut content) => {
                let (size, mut offset) = (content.size_bytes(), 0);
                loop {
                    let piece = content.read(offset, most).map_err(broken)?;
                    offset += piece.len() as u64;
                    let last = offset >= size;
                    if piece.is_empty() && !last {
                        return Err(Ended::Garbage(0));
                    }
                    wire.data(context, last, &piece)?;
                    if last {
                        return Ok(());
                    }
                }
            }
            Self::Anew(mut transcoding) => {
                let mut held = Vec::new();
                while let Some(more) = in_turn(|| transcoding.piece()).map_err(broken)? {
                    held.extend(more);
                    // One piece is kept back: only the end tells which is the last.
                    let mut sent = 0;
                    while held.len() - sent > most {
                        wire.data(context, false, &held[sent..sent + most])?;
                        sent += most;
                    }
                    held.drain(..sent);
                }
                wire.data(context, true, &held)
            }
        }
    }
}

/// Begins to write an instance anew, or says in words why that cannot be.
fn anew(content: Content, which: &Located, syntax: &str) -> kernel::Result<Result<Leaving, String>> {
    clause!("TR-25");
    if which.work_bytes(Some(syntax)) > WORK_BYTES_MAX {
        return Ok(Err("its frames are too large to be converted here".into()));
    }
    let begun = in_turn(|| content.transcode(syntax))?;
    Ok(begun.map(|it| Leaving::Anew(Box::new(it))).map_err(|fault| fault.to_string()))
}

/// Runs heavy work alone: a peer that fetches a hundred studies at once must not fill the memory with frames.
fn in_turn<T>(work: impl FnOnce() -> T) -> T {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{EXPLICIT, IMPLICIT};

    #[test]
    fn an_instance_goes_out_as_it_is_stored_where_that_is_taken() {
        // TR-25
        const RLE: &str = "1.2.840.10008.1.2.5";
        const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
        let others = [EXPLICIT, IMPLICIT];
        for (contexts, expected) in [
            (
                &[(1, CT, IMPLICIT), (3, CT, RLE), (5, CT, EXPLICIT)][..],
                &[(3, None), (5, Some(EXPLICIT)), (1, Some(IMPLICIT))][..],
            ),
            (&[(7, CT, RLE), (3, CT, RLE)], &[(3, None)]),
            (&[(1, CT, IMPLICIT)], &[(1, Some(IMPLICIT))]),
            (&[(1, CT, "1.2.840.10008.1.2.4.50")], &[]),
            (&[], &[]),
        ] {
            assert_eq!(ordered(contexts, RLE, &others), expected, "{contexts:?}");
        }
    }
}
