//! STOW-RS (PS3.18 10.5): instances come in, as parts of one message or alone. Each part streams through the one way in;
//! what arrived together is kept by one act.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use blobs::Blobs;
use db::Room;
use http_body_util::BodyExt;
use imaging::instance::{Refused as Unplaced, Uid};
use imaging::intake::{self, Arrived, Intake, Kept, NotKept, Origin};
use kernel::{Chance, Error, FacilityId, clause};
use people::access::{Access, Act, Class};
use people::token::Scope;
use people::token::door::Machine;
use web::Site;

use crate::json::{self, DataSet};
use crate::multipart::{self, Broken, Event, Reader};
use crate::place::{self, Place};
use crate::reply::{self, Refused, Reply};
use crate::search::json_kind;

const DICOM: &str = "application/dicom";
/// Taken from the network before it is worked on: a thread is borrowed for each of these, not for each packet.
const BATCH_BYTES: usize = 1024 * 1024;
/// Seconds for which a sender may be silent in the middle.
const SILENT_S: u64 = 60;

/// Failure reasons (PS3.18 table I.2-2, PS3.3 C.14.1.1).
mod reason {
    /// The data set cannot be understood.
    pub(super) const NOT_UNDERSTOOD: u16 = 0xC000;
    /// The data set belongs to another study than the address.
    pub(super) const OTHER_STUDY: u16 = 0xA900;
    /// An instance of this identifier is here with other bytes.
    pub(super) const DUPLICATE: u16 = 0x0111;
    /// The message broke off.
    pub(super) const BROKEN_OFF: u16 = 0x0110;
    /// The data set is not the one that the sender has: sent again it may arrive as it is.
    pub(super) const CHANGED: u16 = 0x0110;
}

/// Instances of any study, or of the one in the address only.
pub(crate) async fn store(
    State(site): State<Site>,
    who: Machine,
    place: Place,
    headers: HeaderMap,
    mut body: Body,
) -> Reply {
    clause!("TR-21");
    who.need(Scope::DicomwebWrite)?;
    // The reserve is for reading: images would eat it in a minute.
    if site.db.room() != Room::Enough {
        return Err(Error::disk_full("no room for images").into());
    }
    let shape = shape(headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default())?;
    let kind = json_kind(&headers, None)?;
    let (facility, key) = site
        .write(&who.asked.ctx, |tx, ctx| {
            Access::new("image.send", Act::Write, Class::Images).require(tx, ctx)?;
            Ok((tx.facility()?, tx.key()?))
        })
        .await?;
    let door = Door { blobs: site.blobs.clone(), chance: site.chance.clone(), facility, key };
    let mut receiver = Receiver { door, shape, open: None, closed: Vec::new() };
    let origin = Origin { face: "stow", sender: who.asked.agent.clone(), announced: None };
    let mut told = Told::default();
    let mut closed = Vec::new();
    loop {
        // While the disk and the log are waited for, the next images are hashed and sealed.
        let taken = async {
            let (batch, ended) = batch(&mut body).await?;
            let (back, fed) = blocking(move || {
                let fed = receiver.feed(&batch, ended);
                (receiver, fed)
            })
            .await?;
            Ok::<_, Refused>((back, fed, ended))
        };
        let (taken, kept) = tokio::join!(taken, keep(&site, &who, &place, &origin, closed, &mut told));
        kept?;
        let (back, fed, ended) = taken?;
        receiver = back;
        closed = std::mem::take(&mut receiver.closed);
        if fed.is_ok() && !ended {
            continue;
        }
        keep(&site, &who, &place, &origin, closed, &mut told).await?;
        return match fed {
            Ok(()) => Ok(told.answer(&place, kind)),
            Err(Stop::Failed(error)) => Err(error.into()),
            // What came before is kept, so it must be said.
            Err(Stop::Broken(_)) if !told.done.is_empty() => {
                told.others.push(reason::BROKEN_OFF);
                Ok(told.answer(&place, kind))
            }
            Err(Stop::Broken(broken)) => Err(Refused::BadRequest(words(broken).into())),
        };
    }
}

/// Runs what waits for the processor or the disk where nobody else is kept waiting.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> kernel::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

fn words(broken: Broken) -> &'static str {
    match broken {
        Broken::Boundary => "Content-Type names no good boundary",
        Broken::Header => "the head of a part cannot be read",
        Broken::TooMany => "too many parts; send them in several requests",
        Broken::Delimiter => "a boundary is followed by something else",
        Broken::Truncated => "the message ends before its last boundary",
    }
}

/// How the instances come.
enum Shape {
    /// The body is one instance.
    One,
    Parts(Option<Box<Reader>>),
}

fn shape(kind: &str) -> Result<Shape, Refused> {
    const WANTED: Refused =
        Refused::Unsupported("send multipart/related; type=\"application/dicom\", or application/dicom");
    match multipart::media(kind).as_str() {
        DICOM => Ok(Shape::One),
        "multipart/related" if multipart::parameter(kind, "type").is_none_or(|it| it.eq_ignore_ascii_case(DICOM)) => {
            let boundary = multipart::parameter(kind, "boundary").unwrap_or_default();
            let reader = Reader::new(boundary).map_err(|it| Refused::BadRequest(words(it).into()))?;
            Ok(Shape::Parts(Some(Box::new(reader))))
        }
        _ => Err(WANTED),
    }
}

/// What has come from the network by now, up to [`BATCH_BYTES`], and whether that was the end.
async fn batch(body: &mut Body) -> Result<(Vec<Bytes>, bool), Refused> {
    let silent = || Refused::BadRequest("the sender fell silent".into());
    let mut next = tokio::time::timeout(Duration::from_secs(SILENT_S), body.frame()).await.map_err(|_| silent())?;
    let (mut all, mut size) = (Vec::new(), 0);
    loop {
        let Some(frame) = next else { return Ok((all, true)) };
        let frame = frame.map_err(|error| Refused::BadRequest(format!("the sender broke off: {error}")))?;
        if let Ok(bytes) = frame.into_data() {
            size += bytes.len();
            all.push(bytes);
        }
        if size >= BATCH_BYTES {
            return Ok((all, false));
        }
        next = tokio::select! {
            biased;
            frame = body.frame() => frame,
            () = std::future::ready(()) => return Ok((all, false)),
        };
    }
}

/// What is needed to begin an instance.
struct Door {
    blobs: Blobs,
    chance: Chance,
    facility: FacilityId,
    key: crypto::Key,
}

impl Door {
    fn begin(&self) -> kernel::Result<Intake> {
        Intake::file(&self.blobs, self.facility, &self.key, &self.chance)
    }
}

/// The instances of one message as they come.
struct Receiver {
    door: Door,
    shape: Shape,
    open: Option<Open>,
    /// What has come to its end since it was last asked; nothing for a part that is no instance.
    closed: Vec<Option<Open>>,
}

/// An instance on its way in, and the digest that its sender says it has; empty if it does not.
struct Open {
    intake: Intake,
    digest: String,
}

impl Open {
    fn finish(self) -> kernel::Result<Came> {
        let Ok(it) = self.intake.finish()? else { return Ok(Came::Broken) };
        let same = self.digest.is_empty() || self.digest == format!("sha-256={}", it.stored.blob);
        Ok(if same { Came::Whole(it) } else { Came::Changed(it, self.digest) })
    }
}

/// How a part came.
enum Came {
    Whole(Arrived),
    /// With other bytes than its sender has, whose digest this is.
    Changed(Arrived, String),
    /// It is no instance.
    Broken,
}

enum Stop {
    Broken(Broken),
    Failed(Error),
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Receiver {
    fn feed(&mut self, batch: &[Bytes], ended: bool) -> Result<(), Stop> {
        let Self { door, shape, open, closed } = self;
        match shape {
            Shape::One => {
                for bytes in batch {
                    let open = match open {
                        Some(it) => it,
                        None => open.insert(Open { intake: door.begin()?, digest: String::new() }),
                    };
                    open.intake.write(bytes)?;
                }
                if ended {
                    let whole = open.take().ok_or(Stop::Broken(Broken::Truncated))?;
                    closed.push(Some(whole));
                }
            }
            Shape::Parts(reader) => {
                let Some(own) = reader else { return Ok(()) };
                for bytes in batch {
                    own.feed(bytes, &mut |event| part(door, open, closed, &event))?;
                }
                // Only at the end: the reader taken earlier would lose whatever follows the first batch.
                if ended && let Some(own) = reader.take() {
                    own.finish()?;
                }
            }
        }
        Ok(())
    }
}

fn part(door: &Door, open: &mut Option<Open>, closed: &mut Vec<Option<Open>>, event: &Event<'_>) -> Result<(), Stop> {
    match event {
        Event::Begin { kind, digest } => {
            // Parts that say nothing are what the message says.
            let is_instance = matches!(multipart::media(kind).as_str(), "" | DICOM | "application/octet-stream");
            let digest = (*digest).to_owned();
            *open = if is_instance { Some(Open { intake: door.begin()?, digest }) } else { None };
        }
        Event::Bytes(bytes) => {
            if let Some(open) = open {
                open.intake.write(bytes)?;
            }
        }
        Event::End => closed.push(open.take()),
    }
    Ok(())
}

/// Brings instances onto the disk, keeps them by one act, and notes how it ended.
async fn keep(
    site: &Site,
    who: &Machine,
    place: &Place,
    origin: &Origin,
    closed: Vec<Option<Open>>,
    told: &mut Told,
) -> Result<(), Refused> {
    if closed.is_empty() {
        return Ok(());
    }
    let facility = who.asked.ctx.facility()?;
    let finish = |it: Option<Open>| it.map_or(Ok(Came::Broken), Open::finish);
    let arrived = blocking(move || closed.into_iter().map(finish).collect::<kernel::Result<Vec<_>>>()).await??;
    let mut fitting = Vec::with_capacity(arrived.len());
    for it in arrived {
        match it {
            Came::Broken => told.others.push(reason::NOT_UNDERSTOOD),
            Came::Changed(it, digest) => {
                site.blobs.remove(facility, &it.stored)?;
                told.note(&it, Some(reason::CHANGED));
                let origin = origin.clone();
                let ctx = &who.asked.ctx;
                site.write(ctx, move |tx, ctx| intake::refuse_changed(tx, ctx, &it, &digest, &origin)).await?;
            }
            Came::Whole(it) if place.study.as_ref().is_some_and(|study| study.as_str() != it.header.study) => {
                site.blobs.remove(facility, &it.stored)?;
                told.note(&it, Some(reason::OTHER_STUDY));
            }
            Came::Whole(it) => fitting.push(it),
        }
    }
    if fitting.is_empty() {
        return Ok(());
    }
    let (blobs, origin) = (site.blobs.clone(), origin.clone());
    let kept = site
        .write(&who.asked.ctx, move |tx, ctx| {
            let keep = |it: Arrived| intake::keep(tx, ctx, &blobs, &it, &origin).map(|kept| (it, kept));
            fitting.into_iter().map(keep).collect::<kernel::Result<Vec<_>>>()
        })
        .await?;
    for (it, kept) in kept {
        told.note(&it, failure(&kept));
    }
    Ok(())
}

/// The reason why an instance was not kept.
fn failure(kept: &Kept) -> Option<u16> {
    match kept {
        // Sent twice is as good as sent once.
        Kept::Stored | Kept::AlreadyHere => None,
        Kept::Refused(NotKept::Differs) => Some(reason::DUPLICATE),
        Kept::Refused(NotKept::Unplaced(Unplaced::Uid(_) | Unplaced::NotAsAnnounced)) => Some(reason::NOT_UNDERSTOOD),
    }
}

/// What the sender will hear.
#[derive(Default)]
struct Told {
    /// Study, series, class, instance.
    done: Vec<[String; 4]>,
    failed: Vec<([String; 4], u16)>,
    /// Parts of which not even the identifier could be read.
    others: Vec<u16>,
}

impl Told {
    fn note(&mut self, it: &Arrived, failure: Option<u16>) {
        let own = [&it.header.study, &it.header.series, &it.header.class, &it.header.instance].map(Clone::clone);
        match failure {
            None => self.done.push(own),
            // Without an identifier it cannot be referred to.
            Some(reason) if Uid::parse(&own[3]).is_none() => self.others.push(reason),
            Some(reason) => self.failed.push((own, reason)),
        }
    }

    /// PS3.18 10.5.3, annex I.
    fn answer(self, place: &Place, kind: &str) -> Response {
        let status = match (self.done.is_empty(), self.failed.is_empty() && self.others.is_empty()) {
            (true, true) => return Refused::bad("the message holds no instance"),
            (false, true) => StatusCode::OK,
            (false, false) => StatusCode::ACCEPTED,
            (true, false) => StatusCode::CONFLICT,
        };
        let mut set = DataSet::new();
        let mut studies: Vec<_> = self.done.iter().map(|it| it[0].as_str()).collect();
        studies.sort_unstable();
        studies.dedup();
        if let [only] = studies[..] {
            json::put_text(&mut set, (0x0008, 0x1190), "UR", &place::study(&place.base, only));
        }
        let refer = |[_, _, class, instance]: &[String; 4]| {
            let mut item = DataSet::new();
            json::put_text(&mut item, (0x0008, 0x1150), "UI", class);
            json::put_text(&mut item, (0x0008, 0x1155), "UI", instance);
            item
        };
        let done = self.done.iter().map(|it| {
            let mut item = refer(it);
            let address = place::instance(&place.base, &it[0], &it[1], &it[3]);
            json::put_text(&mut item, (0x0008, 0x1190), "UR", &address);
            item
        });
        let failed = self.failed.iter().map(|(it, reason)| {
            let mut item = refer(it);
            json::put_number(&mut item, (0x0008, 0x1197), "US", *reason);
            item
        });
        let others = self.others.iter().map(|reason| {
            let mut item = DataSet::new();
            json::put_number(&mut item, (0x0008, 0x1197), "US", *reason);
            item
        });
        json::put_items(&mut set, (0x0008, 0x1198), failed.collect());
        json::put_items(&mut set, (0x0008, 0x1199), done.collect());
        json::put_items(&mut set, (0x0008, 0x119A), others.collect());
        reply::answer(status, kind, serde_json::Value::Object(set).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dicom_is_taken() {
        for (kind, taken) in [
            ("multipart/related; type=\"application/dicom\"; boundary=x", true),
            ("multipart/related; type=application/dicom; boundary=x", true),
            ("Multipart/Related; boundary=x", true),
            ("application/dicom", true),
            ("multipart/related; type=\"application/dicom\"", false),
            ("multipart/related; type=\"application/dicom+json\"; boundary=x", false),
            ("multipart/form-data; boundary=x", false),
            ("application/dicom+json", false),
            ("", false),
        ] {
            assert_eq!(shape(kind).is_ok(), taken, "{kind}");
        }
    }

    #[test]
    fn the_answer_says_of_each_instance_how_it_ended() {
        let own = |it: &str| ["1.1", "1.2", "1.3", it].map(str::to_owned);
        let place = Place { base: "https://h/dicom-web".into(), ..Place::default() };
        let told = |done: &[&str], failed: &[&str], others: &[u16]| Told {
            done: done.iter().map(|it| own(it)).collect(),
            failed: failed.iter().map(|it| (own(it), reason::DUPLICATE)).collect(),
            others: others.to_vec(),
        };
        for (told, status) in [
            (told(&["1.4"], &[], &[]), 200),
            (told(&["1.4"], &["1.5"], &[]), 202),
            (told(&["1.4"], &[], &[reason::NOT_UNDERSTOOD]), 202),
            (told(&[], &["1.5"], &[]), 409),
            (told(&[], &[], &[reason::NOT_UNDERSTOOD]), 409),
            (told(&[], &[], &[]), 400),
        ] {
            assert_eq!(told.answer(&place, "application/dicom+json").status(), status);
        }
    }
}
