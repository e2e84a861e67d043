//! WADO-RS (PS3.18 10.4): instances as DICOM files, alone or as parts; and big values by their place.
//!
//! An instance leaves as it is stored, byte for byte behind a new file header; or without loss in the transfer syntax that a
//! client names, explicit little endian where it names none (TR-25).

use std::ops::Range;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::{ACCEPT_RANGES, CONTENT_RANGE, ETAG, HeaderName, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use imaging::dataset::file_header;
use imaging::study::{self, Fetched, Located};
use kernel::clause;
use people::token::Scope;
use people::token::door::Machine;
use web::Site;

use crate::accept::{self, EXPLICIT, Offer, Wish};
use crate::flow::{self, Segment};
use crate::metadata::parameter;
use crate::multipart::Writer;
use crate::place::Place;
use crate::reply::{self, Refused, Reply};

const DICOM: &str = "application/dicom";
const BYTES: &str = "application/octet-stream";
/// SHA-256 of the data set behind the file's header, as it was received: what the sender's gateway has noted too.
pub(crate) const DIGEST: HeaderName = HeaderName::from_static(crate::multipart::DIGEST);

/// What a client of a retrieval accepts.
pub(crate) fn wishes(headers: &HeaderMap, query: Option<&str>) -> Result<Vec<Wish>, Refused> {
    let parameter = parameter(query)?;
    accept::wishes(reply::accepts(headers).as_deref(), parameter.as_deref())
        .map_err(|_| Refused::BadRequest("Accept cannot be read".into()))
}

/// Finds what the address names and puts the retrieval on record.
pub(crate) async fn found(
    site: &Site,
    who: &Machine,
    place: &Place,
    verb: &'static str,
) -> Result<Arc<Fetched>, Refused> {
    clause!("TR-21");
    who.need(Scope::DicomwebRead)?;
    let filter = place.filter();
    Ok(Arc::new(site.look(&who.asked.ctx, move |tx, ctx| study::show(tx, ctx, &filter, verb)).await?))
}

/// A study, series or instance.
pub(crate) async fn fetch(
    State(site): State<Site>,
    who: Machine,
    place: Place,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Reply {
    let wishes = wishes(&headers, text.as_deref())?;
    let fetched = found(&site, &who, &place, "study.view").await?;
    let single = place.instance.is_some();
    let chosen = fetched.instances.iter().map(|it| accept::choose(&wishes, &offers(it, single)).cloned());
    let chosen: Option<Vec<Offer>> = chosen.collect();
    let Some(chosen) = chosen else {
        return Err(Refused::NotAcceptable(
            "here is application/dicom; not every instance can be had in a transfer syntax that is accepted: accept \
             transfer-syntax=* to have each as it was received"
                .into(),
        ));
    };
    match (&chosen[..], &fetched.instances[..]) {
        ([offer], [it]) if !offer.parts && offer.syntax == it.transfer_syntax => one(&site, &headers, &fetched, it),
        ([offer], [it]) if !offer.parts => {
            let syntax = written(&offer.syntax).unwrap_or(EXPLICIT);
            let transcoding = flow::begin(&site.blobs, &fetched, 0, syntax).await?;
            let transcoding = transcoding.map_err(|fault| {
                Refused::NotAcceptable(
                    format!("{fault}; accept transfer-syntax=* to have it as it was received").into(),
                )
            })?;
            let head = file_header(&it.class, &it.uid, syntax);
            let body = flow::anew(it.work_bytes(Some(syntax)), head, transcoding);
            Ok(reply::answer(StatusCode::OK, &kind(DICOM, syntax), body))
        }
        _ => {
            let mut writer = Writer::new(&site.chance);
            let mut segments = Vec::with_capacity(chosen.len() * 2 + 1);
            for (which, (it, offer)) in fetched.instances.iter().zip(&chosen).enumerate() {
                let mut head = writer.begin(&kind(DICOM, &offer.syntax));
                head.extend(file_header(&it.class, &it.uid, &offer.syntax));
                segments.push(Segment::Bytes(head));
                segments.push(match written(&offer.syntax).filter(|uid| *uid != it.transfer_syntax) {
                    Some(syntax) => Segment::Anew { which, syntax },
                    None => Segment::Stored { which, range: 0..it.stored.size_bytes },
                });
            }
            segments.push(Segment::Bytes(writer.end()));
            let body = flow::body(site.blobs.clone(), fetched, segments);
            Ok(reply::answer(StatusCode::OK, &writer.kind(DICOM), body))
        }
    }
}

/// A transfer syntax that is written on demand.
pub(crate) fn written(syntax: &str) -> Option<&'static str> {
    imaging::study::WRITTEN.iter().map(|it| it.uid()).find(|it| *it == syntax)
}

/// The forms in which an instance can leave.
fn offers(it: &Located, single: bool) -> Vec<Offer> {
    let mut all = Vec::new();
    let others = it.others().into_iter().filter(|it| *it != accept::IMPLICIT);
    for syntax in std::iter::once(it.transfer_syntax.as_str()).chain(others) {
        let offer = |parts| Offer { media: DICOM, parts, syntax: syntax.to_owned() };
        // Who accepts anything and asks for one instance gets a file.
        if single {
            all.push(offer(false));
        }
        all.push(offer(true));
    }
    all
}

/// A media type with its transfer syntax.
pub(crate) fn kind(media: &str, syntax: &str) -> String {
    format!("{media}; transfer-syntax={syntax}")
}

/// One instance as a file, or a range of it.
fn one(site: &Site, headers: &HeaderMap, fetched: &Arc<Fetched>, it: &Located) -> Reply {
    // The header of the file follows from the data set: the same digest, the same bytes.
    let tag = format!("\"{}\"", it.stored.blob);
    if reply::has_it(headers, &tag) {
        return Ok(reply::not_modified(&tag));
    }
    let head = file_header(&it.class, &it.uid, &it.transfer_syntax);
    let mut response =
        ranged(site, headers, fetched, &head, 0..it.stored.size_bytes, &kind(DICOM, &it.transfer_syntax))?;
    reply::insert(response.headers_mut(), ETAG, &tag);
    reply::insert(response.headers_mut(), DIGEST, &format!("sha-256={}", it.stored.blob));
    Ok(response)
}

/// `head` and then bytes of the first instance; the whole, or the range that is asked for (RFC 9110 14.2).
fn ranged(
    site: &Site,
    headers: &HeaderMap,
    fetched: &Arc<Fetched>,
    head: &[u8],
    stored: Range<u64>,
    kind: &str,
) -> Reply {
    let head_size = head.len() as u64;
    let size = head_size + (stored.end - stored.start);
    let asked = headers.get(RANGE).and_then(|it| it.to_str().ok()).and_then(|it| range(it, size));
    let wanted = match &asked {
        None => 0..size,
        Some(Some(it)) => it.clone(),
        Some(None) => return Err(Refused::Range(size)),
    };
    let mut segments = Vec::new();
    if wanted.start < head_size {
        let place = |it: u64| usize::try_from(it.min(head_size)).unwrap_or(head.len());
        segments.push(Segment::Bytes(head[place(wanted.start)..place(wanted.end)].to_vec()));
    }
    if wanted.end > head_size {
        let within = |it: u64| stored.start + it.saturating_sub(head_size);
        segments.push(Segment::Stored { which: 0, range: within(wanted.start)..within(wanted.end) });
    }
    let status = if asked.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut response = reply::answer(status, kind, flow::body(site.blobs.clone(), fetched.clone(), segments));
    let out = response.headers_mut();
    reply::insert(out, ACCEPT_RANGES, "bytes");
    if asked.is_some() {
        reply::insert(out, CONTENT_RANGE, &format!("bytes {}-{}/{size}", wanted.start, wanted.end - 1));
    }
    Ok(response)
}

/// What a `Range` asks for: nothing where it is not understood or names several ranges (then the whole is sent, RFC 9110
/// 14.2), `Some(None)` where it lies outside.
fn range(text: &str, size: u64) -> Option<Option<Range<u64>>> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let read = |it: &str| it.trim().parse::<u64>().ok();
    let wanted = match (from.trim(), to.trim()) {
        ("", "") => return None,
        ("", last) => size.saturating_sub(read(last)?)..size,
        (first, "") => read(first)?..size,
        (first, last) => {
            let (first, last) = (read(first)?, read(last)?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(size)
        }
    };
    Some((wanted.start < wanted.end).then_some(wanted))
}

/// A big value of an instance, by its place in the data set: what `BulkDataURI` in the metadata leads to.
pub(crate) async fn bulk(
    State(site): State<Site>,
    who: Machine,
    place: Place,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Reply {
    let wishes = wishes(&headers, text.as_deref())?;
    let (offset, length): (u64, u32) = (place.number("offset")?, place.number("length")?);
    let fetched = found(&site, &who, &place, "study.view").await?;
    let it = &fetched.instances[0];
    let offers = [false, true].map(|parts| Offer { media: BYTES, parts, syntax: EXPLICIT.to_owned() });
    let Some(offer) = accept::choose(&wishes, &offers) else {
        return Err(Refused::NotAcceptable("here is application/octet-stream".into()));
    };
    let at = offset..offset.saturating_add(u64::from(length));
    let is_plain = !imaging::dataset::Writing::of(&it.transfer_syntax).deflated;
    if is_plain && at.end > it.stored.size_bytes {
        return Err(Refused::Failed(kernel::Error::not_found("no such value")));
    }
    if is_plain && !offer.parts {
        return ranged(&site, &headers, &fetched, &[], at, BYTES);
    }
    let wanted = at.end - at.start;
    let (_, bytes) = flow::blocking(&site.blobs, &fetched, 0, None, move |it| it.value(at)).await?;
    if bytes.len() as u64 != wanted {
        return Err(Refused::Failed(kernel::Error::not_found("no such value")));
    }
    Ok(few(&site, offer.parts, BYTES, BYTES, vec![bytes]))
}

/// An answer whose parts are in memory already.
pub(crate) fn few(site: &Site, parts: bool, media: &str, kind: &str, all: Vec<Vec<u8>>) -> Response {
    if !parts {
        return reply::answer(StatusCode::OK, kind, all.concat());
    }
    let mut writer = Writer::new(&site.chance);
    let mut out = Vec::with_capacity(all.iter().map(|it| it.len() + 256).sum());
    for it in &all {
        out.extend(writer.begin(kind));
        out.extend_from_slice(it);
    }
    out.extend(writer.end());
    reply::answer(StatusCode::OK, &writer.kind(media), out)
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_read_as_browsers_write_them() {
        for (text, expected) in [
            ("bytes=0-9", Some(Some(0..10))),
            ("bytes=90-", Some(Some(90..100))),
            ("bytes=90-1000", Some(Some(90..100))),
            ("bytes=-10", Some(Some(90..100))),
            ("bytes=-1000", Some(Some(0..100))),
            ("bytes=100-", Some(None)),
            ("bytes=200-300", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=0-1,5-6", None),
            ("bytes=9-3", None),
            ("bytes=-", None),
            ("items=0-9", None),
            ("bytes=a-b", None),
        ] {
            assert_eq!(range(text, 100), expected, "{text}");
        }
    }
}
