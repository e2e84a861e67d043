//! Bytes on their way out: read from sealed blobs piece by piece, as fast as the client takes them, as they lie there or made
//! into something else on the way. A slow client holds two pieces and no thread; one that leaves ends the work.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use blobs::Blobs;
use http_body::{Frame, SizeHint};
use imaging::study::{Content, Fault, Fetched, Transcoding};
use kernel::{Error, Result};
use tokio::sync::mpsc;

use crate::rendered::View;
use crate::work;

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
    /// A whole instance in another transfer syntax.
    Anew {
        /// Its place in the list of what was fetched.
        which: usize,
        /// Into which.
        syntax: &'static str,
    },
    /// A frame.
    Frame {
        /// Its place in the list of what was fetched.
        which: usize,
        /// From 0.
        index: u32,
        /// Into which transfer syntax; as it lies in the instance without one.
        syntax: Option<&'static str>,
    },
    /// A frame drawn for a screen, behind the last line of its part's head.
    Drawn {
        /// Its place in the list of what was fetched.
        which: usize,
        /// From 0.
        index: u32,
        /// How.
        view: View,
    },
}

/// The body that sends `segments` in order. Its length is known unless something must be made on the way.
pub(crate) fn body(blobs: Blobs, fetched: Arc<Fetched>, segments: Vec<Segment>) -> Body {
    let size = segments.iter().try_fold(0_u64, |sum, it| match it {
        Segment::Bytes(bytes) => Some(sum + bytes.len() as u64),
        Segment::Stored { range, .. } => Some(sum + (range.end - range.start)),
        Segment::Frame { .. } | Segment::Anew { .. } | Segment::Drawn { .. } => None,
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
            Segment::Anew { which, syntax } => {
                let transcoding = begin(blobs, fetched, which, syntax).await?.map_err(Error::internal)?;
                if !pour(fetched.instances[which].work_bytes(Some(syntax)), transcoding, sender).await? {
                    return Ok(());
                }
                continue;
            }
            Segment::Frame { which, index, syntax } => {
                let (content, bytes) = frame(blobs, fetched, which, open.take(), index, syntax).await?;
                open = Some((which, content));
                let bytes = bytes.map_err(Error::internal)?;
                if sender.send(Ok(bytes.into())).await.is_err() {
                    return Ok(());
                }
                continue;
            }
            Segment::Drawn { which, index, view } => {
                let drawn = view.draw(blobs, fetched, which, index).await?.map_err(Error::internal)?;
                let head = format!("{}: {}\r\n\r\n", crate::rendered::RENDITION, drawn.said);
                if sender.send(Ok(head.into())).await.is_err() || sender.send(Ok(drawn.file.into())).await.is_err() {
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

/// Begins to write an instance in another syntax; a fault where that cannot be.
pub(crate) async fn begin(
    blobs: &Blobs,
    fetched: &Arc<Fetched>,
    which: usize,
    syntax: &'static str,
) -> Result<std::result::Result<Transcoding, Fault>> {
    let turn = work::turn(fetched.instances.get(which).map_or(0, |it| it.work_bytes(Some(syntax)))).await?;
    let (blobs, fetched) = (blobs.clone(), fetched.clone());
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let located = fetched.instances.get(which).ok_or_else(|| Error::internal("no such instance"))?;
        fetched.open(&blobs, located)?.transcode(syntax)
    })
    .await
    .map_err(Error::internal)?
}

/// The body of one instance in another syntax, behind `head`.
pub(crate) fn anew(work_bytes: u64, head: Vec<u8>, transcoding: Transcoding) -> Body {
    let (sender, receiver) = mpsc::channel(PIECES_WAITING);
    tokio::spawn(async move {
        let poured = match sender.send(Ok(head.into())).await {
            Ok(()) => pour(work_bytes, transcoding, &sender).await,
            Err(_) => Ok(false),
        };
        if let Err(error) = poured {
            tracing::error!(%error, "an answer broke off");
            let _ = sender.send(Err(error)).await;
        }
    });
    Body::new(Flow { receiver, left: None })
}

/// Sends what is written; whether the client is still there.
async fn pour(work_bytes: u64, mut transcoding: Transcoding, sender: &mpsc::Sender<Result<Bytes>>) -> Result<bool> {
    loop {
        // A turn for each piece: one slow client must not keep the others waiting.
        let turn = work::turn(work_bytes).await?;
        let work = move || {
            let _turn = turn;
            let piece = transcoding.piece();
            (transcoding, piece)
        };
        let (back, piece) = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
        transcoding = back;
        let Some(bytes) = piece? else { return Ok(true) };
        if sender.send(Ok(bytes.into())).await.is_err() {
            return Ok(false);
        }
    }
}

/// Reads a frame, as it lies there or in another syntax.
pub(crate) async fn frame(
    blobs: &Blobs,
    fetched: &Arc<Fetched>,
    which: usize,
    open: Option<(usize, Content)>,
    index: u32,
    syntax: Option<&'static str>,
) -> Result<(Content, std::result::Result<Vec<u8>, Fault>)> {
    const NO_END: Fault = Fault::Unsupported("nobody can tell where one frame of this instance ends");
    let Some(syntax) = syntax else {
        let (content, bytes) = blocking(blobs, fetched, which, open, move |it| it.frame(index)).await?;
        return Ok((content, bytes.ok_or(NO_END)));
    };
    let turn = work::turn(fetched.instances.get(which).map_or(0, |it| it.work_bytes(Some(syntax)))).await?;
    let read = move |it: &mut Content| {
        let _turn = turn;
        it.recoded(index, syntax)
    };
    blocking(blobs, fetched, which, open, read).await
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
