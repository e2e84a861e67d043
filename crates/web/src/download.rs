//! A large file on its way to a browser: made piece by piece on a thread of its own, as fast as it is taken, never held.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use kernel::{Error, Result};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Sent at a time.
const PIECE_BYTES: usize = 512 * 1024;
/// Pieces that wait for the browser.
const PIECES_WAITING: usize = 2;
/// Seconds without taking a byte after which a browser counts as gone: its thread is needed by others.
const SILENT_S: u64 = 60;

/// The bytes, as the browser takes them.
#[derive(Debug)]
pub struct Download {
    receiver: mpsc::Receiver<Result<Bytes>>,
}

impl Download {
    /// What `make` writes. It may block. When it fails the connection ends in the middle, so that nobody takes a part for
    /// the whole.
    pub fn made_by(make: impl FnOnce(&mut Pipe) -> Result<()> + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel(PIECES_WAITING);
        let mut pipe = Pipe { sender, held: Vec::with_capacity(PIECE_BYTES), handle: Handle::current() };
        tokio::task::spawn_blocking(move || {
            let done = make(&mut pipe).and_then(|()| pipe.flush().map_err(Error::unavailable));
            if let Err(error) = done {
                tracing::warn!(%error, "a download broke off");
                // Whoever has gone does not hear it.
                let _ = pipe.put(Err(error));
            }
        });
        Self { receiver }
    }
}

/// Where a [`Download`] is written.
#[derive(Debug)]
pub struct Pipe {
    sender: mpsc::Sender<Result<Bytes>>,
    held: Vec<u8>,
    handle: Handle,
}

impl Pipe {
    fn put(&self, piece: Result<Bytes>) -> io::Result<()> {
        let sent = self.handle.block_on(tokio::time::timeout(Duration::from_secs(SILENT_S), self.sender.send(piece)));
        let gone = |words| io::Error::new(io::ErrorKind::BrokenPipe, words);
        sent.map_err(|_| gone("the browser takes nothing any more"))?.map_err(|_| gone("the browser has gone"))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.held, Vec::with_capacity(PIECE_BYTES));
        self.put(Ok(piece.into()))
    }
}

impl HttpBody for Download {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        self.receiver.poll_recv(context).map(|it| it.map(|piece| piece.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn wait<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(work)
    }

    #[test]
    fn all_that_is_written_arrives_in_order() {
        let got = wait(async {
            let download = Download::made_by(|pipe| {
                for number in 0..3_u8 {
                    pipe.write_all(&vec![number; PIECE_BYTES - 1]).expect("taken");
                }
                Ok(())
            });
            download.collect().await.expect("whole").to_bytes()
        });
        let expected: Vec<u8> = (0..3_u8).flat_map(|it| vec![it; PIECE_BYTES - 1]).collect();
        assert!(got == expected);
    }

    #[test]
    fn a_file_that_could_not_be_made_ends_in_the_middle() {
        let got = wait(async {
            let download = Download::made_by(|pipe| {
                pipe.write_all(&[7; PIECE_BYTES]).expect("taken");
                Err(Error::unavailable("the disk"))
            });
            download.collect().await.map(|it| it.to_bytes())
        });
        assert!(got.is_err());
    }

    #[test]
    fn who_writes_for_a_browser_that_has_gone_is_told() {
        let told = wait(async {
            let (tell, told) = tokio::sync::oneshot::channel();
            drop(Download::made_by(move |pipe| {
                let written = (0..10).try_for_each(|_| pipe.write_all(&[7; PIECE_BYTES]));
                let _ = tell.send(written.is_err());
                Ok(())
            }));
            told.await.expect("told")
        });
        assert!(told);
    }
}
