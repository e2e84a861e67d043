//! Bytes on their way in: cut into segments, each durable before its row, and handed to the purpose when the last one is there.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use blobs::check::Scan;
use blobs::{Blobs, Incoming, Scanner, Stored};
use crypto::Key;
use crypto::digest::Sha256;
use http_body_util::BodyExt;
use kernel::{Chance, Ctx, Error, FacilityId, Result};
use tokio::task::JoinHandle;
use web::Site;

use crate::answer::{self, Refused};
use crate::desk::{Desk, Turn};
use crate::protocol::Checksum;
use crate::store::{self, Upload, Whole, Why};
use crate::{Purpose, SEGMENT_BYTES_MAX};

/// Taken from the network before it is worked on: a thread is borrowed for each of these, not for each packet.
const BATCH_BYTES: usize = 1024 * 1024;
/// Seconds for which a sender may be silent in the middle.
const SILENT_S: u64 = 60;
/// Read at a time when a whole file is looked at again.
const PIECE_BYTES: usize = 1024 * 1024;

/// One request that brings bytes.
pub(crate) struct Bringing {
    pub(crate) desk: Arc<Desk>,
    pub(crate) site: Site,
    pub(crate) ctx: Ctx,
    pub(crate) purpose: &'static Purpose,
    pub(crate) upload: Upload,
    pub(crate) checksum: Option<Checksum>,
    pub(crate) turn: Turn,
    /// A full segment on its way to the disk and to its row, while the next one is filled.
    pub(crate) settling: Option<JoinHandle<Result<Upload>>>,
}

/// Takes what the body brings; the upload as it stands then. What came before an interruption is kept, unless a checksum was
/// announced, which cannot be compared any more.
pub(crate) async fn receive(bringing: Bringing, body: Body) -> std::result::Result<Upload, Refused> {
    let lang = bringing.ctx.lang;
    // A task of its own: when the line breaks, this request is dropped, and what came must still be put down.
    let task = tokio::spawn(bringing.run(body));
    task.await.unwrap_or_else(|error| Err(Refused::Failed(Error::internal(error), lang)))
}

/// What came next.
enum Next {
    Bytes(Vec<Bytes>, usize),
    End,
    /// The line broke, or the sender fell silent.
    Broken,
    /// A newer request goes on.
    Over,
}

/// The body, and how it went on behind what was handed out last.
struct Line {
    body: Body,
    then: Option<Next>,
}

/// What has come from the network by now, up to [`BATCH_BYTES`].
async fn next(line: &mut Line, turn: &mut Turn) -> Next {
    if let Some(then) = line.then.take() {
        return then;
    }
    let body = &mut line.body;
    let (mut all, mut size) = (Vec::new(), 0);
    loop {
        let frame = if all.is_empty() {
            tokio::select! {
                biased;
                () = turn.is_over() => return Next::Over,
                frame = tokio::time::timeout(Duration::from_secs(SILENT_S), body.frame()) => match frame {
                    Ok(frame) => frame,
                    Err(_) => return Next::Broken,
                },
            }
        } else {
            tokio::select! {
                biased;
                frame = body.frame() => frame,
                () = std::future::ready(()) => return Next::Bytes(all, size),
            }
        };
        let frame = match frame {
            Some(Ok(frame)) => frame,
            // What came before the end, or before the fault, is handed on first.
            ended => {
                let ended = if ended.is_some() { Next::Broken } else { Next::End };
                if all.is_empty() {
                    return ended;
                }
                line.then = Some(ended);
                return Next::Bytes(all, size);
            }
        };
        if let Ok(bytes) = frame.into_data() {
            size += bytes.len();
            all.push(bytes);
        }
        if size >= BATCH_BYTES {
            return Next::Bytes(all, size);
        }
    }
}

/// The open end of an upload: what has no row yet.
struct Open {
    blobs: Blobs,
    facility: FacilityId,
    key: Key,
    chance: Chance,
    segment: Option<Incoming>,
    segment_bytes: u64,
    /// Segments that are durable, each with the digest of the whole up to its end, where this process has counted it.
    done: Vec<(Stored, Option<Sha256>)>,
    count: Option<Sha256>,
    checksum: Option<Checksum>,
}

impl Open {
    /// Takes from the batch until it is empty or the segment is full.
    fn write(&mut self, batch: &mut VecDeque<Bytes>) -> Result<()> {
        while !self.is_full()
            && let Some(mut bytes) = batch.pop_front()
        {
            let room = usize::try_from(SEGMENT_BYTES_MAX - self.segment_bytes).map_err(Error::internal)?;
            let now = bytes.split_to(room.min(bytes.len()));
            if !bytes.is_empty() {
                batch.push_front(bytes);
            }
            let segment = match &mut self.segment {
                Some(it) => it,
                empty => {
                    empty.insert(self.blobs.incoming(self.facility, &self.key, SEGMENT_BYTES_MAX, &self.chance)?)
                }
            };
            segment.write(&now)?;
            self.segment_bytes += now.len() as u64;
            if let Some(count) = &mut self.count {
                count.update(&now);
            }
            if let Some(checksum) = &mut self.checksum {
                checksum.update(&now);
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.segment_bytes == SEGMENT_BYTES_MAX
    }

    /// Makes what came of the present segment durable.
    fn close(&mut self) -> Result<()> {
        if let Some(segment) = self.segment.take() {
            self.segment_bytes = 0;
            let stored = segment.finish()?;
            self.done.push((stored, self.count.clone()));
        }
        Ok(())
    }

    /// Removes what no row will know. What cannot be removed now is swept later.
    fn discard(&mut self) {
        self.segment = None;
        self.done.drain(..).for_each(|(it, _)| drop(self.blobs.remove(self.facility, &it)));
    }
}

impl Bringing {
    async fn run(mut self, body: Body) -> std::result::Result<Upload, Refused> {
        let lang = self.ctx.lang;
        let done = self.take(&mut Line { body, then: None }).await;
        // However it went: the next request must find every row that this one makes.
        let settled = self.settled().await;
        let done = done.and_then(|it| settled.map(|()| it));
        done.unwrap_or_else(|error| Err(Refused::Failed(error, lang)))
    }

    async fn take(&mut self, line: &mut Line) -> Result<std::result::Result<Upload, Refused>> {
        let mut open = self.open().await?;
        let limit = self.upload.size_bytes.unwrap_or(self.purpose.bytes_max);
        let mut brought = self.upload.received_bytes;
        loop {
            let came = next(line, &mut self.turn).await;
            let refused = match came {
                Next::Bytes(batch, size) => {
                    brought += size as u64;
                    if brought > limit {
                        discard(open).await?;
                        return Ok(Err(answer::too_large()));
                    }
                    open = self.write(open, batch.into(), brought).await?;
                    continue;
                }
                Next::End => None,
                Next::Broken => Some(Refused::Told(StatusCode::BAD_REQUEST, "the sender broke off")),
                Next::Over => Some(Refused::Told(StatusCode::CONFLICT, "a newer request goes on with this upload")),
            };
            let checksum = open.checksum.take();
            let fits = match (checksum, &refused) {
                (None, _) => true,
                (Some(checksum), None) => checksum.fits(),
                (Some(_), Some(_)) => false,
            };
            if !fits {
                discard(open).await?;
                return Ok(Err(refused.unwrap_or_else(answer::mismatch)));
            }
            open = blocking(open, Open::close).await?;
            if let Err(error) = self.settled().await {
                discard(open).await?;
                return Err(error);
            }
            open = self.settle(open).await?;
            if let Some(refused) = refused {
                return Ok(Err(refused));
            }
            // Nothing came, and nothing was left to come: a length told late, or a file without a byte.
            if self.upload.size_bytes == Some(self.upload.received_bytes) && !self.upload.is_ended {
                self.end(&mut open, 0).await?;
            }
            return Ok(Ok(self.upload.clone()));
        }
    }

    async fn open(&self) -> Result<Open> {
        let key = self.site.read(&self.ctx, |tx, _| tx.key()).await?;
        Ok(Open {
            blobs: self.site.blobs.clone(),
            facility: self.ctx.facility()?,
            key,
            chance: self.site.chance.clone(),
            segment: None,
            segment_bytes: 0,
            done: Vec::new(),
            count: self.desk.counted(self.upload.id, self.upload.received_bytes),
            checksum: self.checksum.clone(),
        })
    }

    /// Writes a batch that ends at `end` of the upload.
    async fn write(&mut self, mut open: Open, mut batch: VecDeque<Bytes>, end: u64) -> Result<Open> {
        while !batch.is_empty() {
            let worked = tokio::task::spawn_blocking(move || {
                let done = open.write(&mut batch);
                if done.is_err() {
                    open.discard();
                }
                done.map(|()| (open, batch))
            });
            (open, batch) = worked.await.map_err(Error::internal)??;
            if open.is_full() {
                let left: usize = batch.iter().map(Bytes::len).sum();
                open = self.hand_on(open, end - left as u64).await?;
            }
        }
        Ok(open)
    }

    /// The segment is full, and ends at `end` of the upload: it gets its row while the next one comes. Under a checksum it waits for
    /// the others, and the last one for the end.
    async fn hand_on(&mut self, mut open: Open, end: u64) -> Result<Open> {
        if open.checksum.is_some() || self.upload.size_bytes == Some(end) {
            return blocking(open, Open::close).await;
        }
        if let Err(error) = self.settled().await {
            discard(open).await?;
            return Err(error);
        }
        let Some(segment) = open.segment.take() else { return Ok(open) };
        open.segment_bytes = 0;
        let (blobs, facility, count) = (open.blobs.clone(), open.facility, open.count.clone());
        let (site, desk, ctx) = (self.site.clone(), self.desk.clone(), self.moment());
        let (id, at) = (self.upload.id, self.upload.received_bytes);
        self.settling = Some(tokio::spawn(async move {
            let stored = tokio::task::spawn_blocking(move || segment.finish()).await.map_err(Error::internal)??;
            let kept = [stored.clone()];
            match site.write(&ctx, move |tx, ctx| store::keep(tx, ctx, id, at, &kept)).await {
                Ok(upload) => {
                    if let Some(count) = count {
                        desk.remember(id, upload.received_bytes, count);
                    }
                    Ok(upload)
                }
                Err(error) if may_be_kept(&error) => Err(error),
                Err(error) => {
                    let removed = tokio::task::spawn_blocking(move || blobs.remove(facility, &stored));
                    // What cannot be removed now is swept later.
                    drop(removed.await.map_err(Error::internal)?);
                    Err(error)
                }
            }
        }));
        Ok(open)
    }

    /// Waits until the segment that is on its way has its row.
    async fn settled(&mut self) -> Result<()> {
        if let Some(task) = self.settling.take() {
            self.upload = task.await.map_err(Error::internal)??;
        }
        Ok(())
    }

    /// Gives the durable segments their rows; with the last byte, ends the upload.
    async fn settle(&mut self, mut open: Open) -> Result<Open> {
        let bytes: u64 = open.done.iter().map(|it| it.0.size_bytes).sum();
        if bytes == 0 {
            return Ok(open);
        }
        if self.upload.size_bytes == Some(self.upload.received_bytes + bytes) {
            self.end(&mut open, bytes).await?;
            return Ok(open);
        }
        let segments: Vec<_> = open.done.iter().map(|it| it.0.clone()).collect();
        let (ctx, id, at) = (self.moment(), self.upload.id, self.upload.received_bytes);
        match self.site.write(&ctx, move |tx, ctx| store::keep(tx, ctx, id, at, &segments)).await {
            Ok(upload) => self.upload = upload,
            Err(error) => {
                if !may_be_kept(&error) {
                    discard(open).await?;
                }
                return Err(error);
            }
        }
        if let Some((_, Some(count))) = open.done.last() {
            self.desk.remember(id, self.upload.received_bytes, count.clone());
        }
        open.done.clear();
        Ok(open)
    }

    /// The circumstances at this moment: a large file takes hours.
    fn moment(&self) -> Ctx {
        Ctx { now: kernel::time::cut(self.site.clock.now()), ..self.ctx.clone() }
    }

    /// Counts the digest, has the file looked at, and ends the upload with its last `bytes`.
    async fn end(&mut self, open: &mut Open, bytes: u64) -> Result<()> {
        let last: Vec<_> = open.done.iter().map(|it| it.0.clone()).collect();
        let count = open.done.last().map_or_else(|| open.count.clone(), |it| it.1.clone());
        let (purpose, id, at) = (self.purpose, self.upload.id, self.upload.received_bytes);
        let ended = match self.look_at(&last, count).await {
            Ok(whole) => {
                let act = move |tx: &mut db::Tx<'_>, ctx: &Ctx| store::end(tx, ctx, purpose, id, at, &last, &whole);
                self.site.write(&self.moment(), act).await.map_err(|error| (may_be_kept(&error), error))
            }
            Err(error) => Err((false, error)),
        };
        match ended {
            Ok(upload) => {
                debug_assert_eq!(upload.received_bytes, self.upload.received_bytes + bytes);
                self.upload = upload;
                open.done.clear();
                Ok(())
            }
            Err((true, error)) => Err(error),
            Err((false, error)) => {
                // Nothing of the last piece is acknowledged: it is sent again as new blobs.
                let (blobs, facility) = (open.blobs.clone(), open.facility);
                let last: Vec<_> = open.done.drain(..).map(|it| it.0).collect();
                let removed = tokio::task::spawn_blocking(move || {
                    last.iter().for_each(|it| drop(blobs.remove(facility, it)));
                });
                removed.await.map_err(Error::internal)?;
                Err(error)
            }
        }
    }

    /// The digest of the whole, and what the scanner says of it.
    async fn look_at(&self, last: &[Stored], count: Option<Sha256>) -> Result<Whole> {
        let id = self.upload.id;
        let (mut all, key) = self.site.read(&self.ctx, move |tx, _| store::segments(tx, id)).await?;
        all.extend(last.iter().cloned());
        let (blobs, facility) = (self.site.blobs.clone(), self.ctx.facility()?);
        let scanner = self.site.settings.uploads.scanner.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let sha256 = match count {
                Some(count) => count.finish(),
                None => counted_again(&blobs, facility, &key, &all)?,
            };
            let scan = match scanner {
                Scanner::None => None,
                Scanner::Clamd(clamd) => {
                    let mut pieces = Pieces::new(&blobs, facility, &key, &all);
                    Some(clamd.scan_pieces(&mut || pieces.next()))
                }
            };
            Ok::<_, Error>((sha256, scan))
        });
        let (sha256, scan) = looked.await.map_err(Error::internal)??;
        let scanned = match scan {
            None => false,
            Some(Scan::Clean) => true,
            Some(Scan::Failed(cause)) => return Err(blobs::Refused::NotScanned(cause).into()),
            Some(Scan::Found(name)) => {
                let (purpose, blobs, why) = (self.purpose, self.site.blobs.clone(), Why::Malware(name.clone()));
                let ctx = self.moment();
                self.site.write(&ctx, move |tx, ctx| store::give_up(tx, ctx, &blobs, purpose, id, &why)).await?;
                return Err(blobs::Refused::Malware(name).into());
            }
        };
        Ok(Whole { sha256, scanned })
    }
}

/// Whether an act that ended so may have been kept all the same: the line to the database broke, perhaps behind the last word. Then
/// its blobs stay, since rows may know them; what no row knows is swept later.
fn may_be_kept(error: &Error) -> bool {
    matches!(error.kind(), kernel::Kind::Unavailable)
}

/// Works on the open end on a thread for that.
async fn blocking(mut open: Open, work: impl FnOnce(&mut Open) -> Result<()> + Send + 'static) -> Result<Open> {
    let worked = tokio::task::spawn_blocking(move || {
        let done = work(&mut open);
        if done.is_err() {
            open.discard();
        }
        done.map(|()| open)
    });
    worked.await.map_err(Error::internal)?
}

async fn discard(mut open: Open) -> Result<()> {
    tokio::task::spawn_blocking(move || open.discard()).await.map_err(Error::internal)
}

/// The digest of the whole, read again: the process that counted along is gone.
fn counted_again(blobs: &Blobs, facility: FacilityId, key: &Key, all: &[Stored]) -> Result<[u8; 32]> {
    let (mut count, mut pieces) = (Sha256::new(), Pieces::new(blobs, facility, key, all));
    while let Some(piece) = pieces.next()? {
        count.update(&piece);
    }
    Ok(count.finish())
}

/// All bytes of segments, piece by piece.
struct Pieces<'a> {
    blobs: &'a Blobs,
    facility: FacilityId,
    key: &'a Key,
    left: std::slice::Iter<'a, Stored>,
    open: Option<(blobs::Reader, u64)>,
}

impl<'a> Pieces<'a> {
    fn new(blobs: &'a Blobs, facility: FacilityId, key: &'a Key, all: &'a [Stored]) -> Self {
        Self { blobs, facility, key, left: all.iter(), open: None }
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some((reader, at)) = &mut self.open {
                let piece = reader.read(*at, PIECE_BYTES)?;
                if !piece.is_empty() {
                    *at += piece.len() as u64;
                    return Ok(Some(piece));
                }
                self.open = None;
            }
            match self.left.next() {
                Some(it) => self.open = Some((self.blobs.reader(self.facility, self.key, it)?, 0)),
                None => return Ok(None),
            }
        }
    }
}
