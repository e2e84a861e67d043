//! Bytes on their way out: read from sealed blobs piece by piece, as fast as the client takes them. A slow client holds
//! two pieces and no thread.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use blobs::Blobs;
use http_body::{Frame, SizeHint};
use imaging::study::explicit::Piece;
use imaging::study::{Content, Fetched};
use kernel::{Error, Result};
use tokio::sync::mpsc;

/// Read and sent at a time.
const PIECE_BYTES: usize = 1024 * 1024;
/// Pieces that wait for the client.
const PIECES_WAITING: usize = 2;

/// A part of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Segment {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Of an instance, as it is stored.
    Stored {
        /// Its place in the list of what was fetched.
        which: usize,
        /// Which bytes.
        range: Range<u64>,
    },
    /// A whole instance, written anew in explicit little endian.
    Explicit {
        /// Its place in the list of what was fetched.
        which: usize,
    },
    /// A frame as it lies in an instance.
    Frame {
        /// Its place in the list of what was fetched.
        which: usize,
        /// From 0.
        index: u32,
    },
}

/// The body that sends `segments` in order. Its length is known unless something must be made on the way.
pub(crate) fn body(blobs: Blobs, fetched: Arc<Fetched>, segments: Vec<Segment>) -> Body {
    let size = segments.iter().try_fold(0_u64, |sum, it| match it {
        Segment::Bytes(bytes) => Some(sum + bytes.len() as u64),
        Segment::Stored { range, .. } => Some(sum + (range.end - range.start)),
        Segment::Frame { .. } | Segment::Explicit { .. } => None,
    });
    let (sender, receiver) = mpsc::channel(PIECES_WAITING);
    tokio::spawn(async move {
        if let Err(error) = pump(&blobs, &fetched, segments, &sender).await {
            tracing::error!(%error, "an answer broke off");
            // The connection ends in the middle, so that nobody takes a part for the whole.
            let _ = sender.send(Err(error)).await;
        }
    });
    Body::new(Flow { receiver, left: size })
}

async fn pump(
    blobs: &Blobs,
    fetched: &Arc<Fetched>,
    segments: Vec<Segment>,
    sender: &mpsc::Sender<Result<Bytes>>,
) -> Result<()> {
    let mut open: Option<(usize, Content)> = None;
    for segment in segments {
        let (which, mut range) = match segment {
            Segment::Bytes(bytes) => {
                if sender.send(Ok(bytes.into())).await.is_err() {
                    return Ok(());
                }
                continue;
            }
            Segment::Stored { which, range } => (which, range),
            Segment::Explicit { which } => {
                let Some(content) = anew(blobs, fetched, which, sender).await? else { return Ok(()) };
                open = Some((which, content));
                continue;
            }
            Segment::Frame { which, index } => {
                let (content, bytes) = blocking(blobs, fetched, which, open.take(), move |it| {
                    it.frame(index)?.ok_or_else(|| Error::internal("a frame that was there is gone"))
                })
                .await?;
                open = Some((which, content));
                if sender.send(Ok(bytes.into())).await.is_err() {
                    return Ok(());
                }
                continue;
            }
        };
        while range.start < range.end {
            let (from, count) =
                (range.start, PIECE_BYTES.min(usize::try_from(range.end - range.start).unwrap_or(PIECE_BYTES)));
            let (content, bytes) = blocking(blobs, fetched, which, open.take(), move |it| it.read(from, count)).await?;
            open = Some((which, content));
            if bytes.len() != count {
                return Err(Error::internal("an instance is shorter than its row says"));
            }
            range.start += count as u64;
            if sender.send(Ok(bytes.into())).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Sends an instance written anew; nothing when the client has gone.
async fn anew(
    blobs: &Blobs,
    fetched: &Arc<Fetched>,
    which: usize,
    sender: &mpsc::Sender<Result<Bytes>>,
) -> Result<Option<Content>> {
    let (mut content, pieces) = blocking(blobs, fetched, which, None, Content::explicit).await?;
    for piece in pieces.ok_or_else(|| Error::internal("a data set that cannot be written anew"))? {
        let (mut at, number_bytes) = match piece {
            Piece::Bytes(bytes) => {
                if sender.send(Ok(bytes.into())).await.is_err() {
                    return Ok(None);
                }
                continue;
            }
            Piece::Value { at, number_bytes } => (at, number_bytes),
        };
        while at.start < at.end {
            // A multiple of every number's size.
            let next = at.start..at.end.min(at.start + PIECE_BYTES as u64);
            let (from, wanted) = (next.end, next.end - next.start);
            let read = move |it: &mut Content| it.turned(next, number_bytes);
            let (back, bytes) = blocking(blobs, fetched, which, Some((which, content)), read).await?;
            content = back;
            if bytes.len() as u64 != wanted {
                return Err(Error::internal("an instance is shorter than its row says"));
            }
            at.start = from;
            if sender.send(Ok(bytes.into())).await.is_err() {
                return Ok(None);
            }
        }
    }
    Ok(Some(content))
}

/// Reads from an instance on a thread for that; opens it unless it is open.
pub(crate) async fn blocking<T: Send + 'static>(
    blobs: &Blobs,
    fetched: &Arc<Fetched>,
    which: usize,
    open: Option<(usize, Content)>,
    read: impl FnOnce(&mut Content) -> Result<T> + Send + 'static,
) -> Result<(Content, T)> {
    let (blobs, fetched) = (blobs.clone(), fetched.clone());
    tokio::task::spawn_blocking(move || {
        let mut content = match open {
            Some((opened, content)) if opened == which => content,
            _ => {
                let located = fetched.instances.get(which).ok_or_else(|| Error::internal("no such instance"))?;
                fetched.open(&blobs, located)?
            }
        };
        let found = read(&mut content)?;
        Ok((content, found))
    })
    .await
    .map_err(Error::internal)?
}

/// What the client reads from.
struct Flow {
    receiver: mpsc::Receiver<Result<Bytes>>,
    left: Option<u64>,
}

impl HttpBody for Flow {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        let piece = std::task::ready!(self.receiver.poll_recv(cx));
        if let (Some(left), Some(Ok(bytes))) = (&mut self.left, &piece) {
            *left = left.saturating_sub(bytes.len() as u64);
        }
        Poll::Ready(piece.map(|it| it.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
