//! Frames of an instance (PS3.18 10.4.1.1.6): the pixels of one picture each, as they lie in the instance.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use imaging::dataset::Writing;
use imaging::instance::Pixels;
use imaging::study::{Fetched, Located};
use kernel::{Error, Result as Done};
use people::token::door::Machine;
use web::Site;

use crate::accept::{self, EXPLICIT, Offer};
use crate::flow::{self, Segment};
use crate::multipart::Writer;
use crate::place::Place;
use crate::reply::{self, Refused, Reply};
use crate::retrieve::{few, found, kind, wishes};

const BYTES: &str = "application/octet-stream";
/// Frames of one list at most; a viewer asks for one at a time.
const FRAMES_MAX: usize = 10_000;

/// The media type of one compressed frame (PS3.18 table 8.7.3-5), where it has one of its own.
fn media(syntax: &str) -> Option<&'static str> {
    Some(match syntax {
        "1.2.840.10008.1.2.5" => "image/dicom-rle",
        "1.2.840.10008.1.2.4.50" | "1.2.840.10008.1.2.4.51" | "1.2.840.10008.1.2.4.57" | "1.2.840.10008.1.2.4.70" => {
            "image/jpeg"
        }
        "1.2.840.10008.1.2.4.80" | "1.2.840.10008.1.2.4.81" => "image/jls",
        "1.2.840.10008.1.2.4.90" | "1.2.840.10008.1.2.4.91" => "image/jp2",
        "1.2.840.10008.1.2.4.92" | "1.2.840.10008.1.2.4.93" => "image/jpx",
        "1.2.840.10008.1.2.4.110" | "1.2.840.10008.1.2.4.111" | "1.2.840.10008.1.2.4.112" => "image/jxl",
        "1.2.840.10008.1.2.4.201" | "1.2.840.10008.1.2.4.202" | "1.2.840.10008.1.2.4.203" => "image/jphc",
        _ => return None,
    })
}

/// How a frame leaves: its syntax, and whether its bytes must be turned round. Native pixels leave in little endian
/// whatever the data set around them is written in. Nothing for what cannot leave without looking into the pixels.
fn leaving(it: &Located) -> Option<(String, bool)> {
    match it.pixels.as_ref()? {
        Pixels::Encapsulated { .. } => Some((it.transfer_syntax.clone(), false)),
        Pixels::Native { .. } if Writing::of(&it.transfer_syntax).big_endian => match it.bits {
            Some(16) => Some((EXPLICIT.to_owned(), true)),
            // Bytes may lie in words of two (PS3.5 8.1.1): only who knows how they were written can tell.
            _ => None,
        },
        Pixels::Native { .. } => Some((EXPLICIT.to_owned(), false)),
    }
}

fn offers(syntax: &str, single: bool) -> Vec<Offer> {
    let mut all = Vec::new();
    for media in media(syntax).into_iter().chain([BYTES]) {
        let offer = |parts| Offer { media, parts, syntax: syntax.to_owned() };
        if single {
            all.push(offer(false));
        }
        all.push(offer(true));
    }
    all
}

/// `1`, or `1,2,5`.
fn list(text: &str, frames: u32) -> Result<Vec<u32>, Refused> {
    let all: Result<Vec<u32>, _> = text.split(',').map(|it| it.trim().parse::<u32>()).collect();
    let all = all.map_err(|_| Refused::BadRequest("frames is a list of numbers".into()))?;
    if all.contains(&0) || all.len() > FRAMES_MAX {
        return Err(Refused::BadRequest("frames are counted from 1".into()));
    }
    if all.iter().any(|it| *it > frames) {
        return Err(Error::not_found("no such frame").into());
    }
    Ok(all.into_iter().map(|it| it - 1).collect())
}

/// Frames by their numbers.
pub(crate) async fn fetch(
    State(site): State<Site>,
    who: Machine,
    place: Place,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Reply {
    let wishes = wishes(&headers, text.as_deref())?;
    let fetched = found(&site, &who, &place, "study.view").await?;
    let it = &fetched.instances[0];
    if it.pixels.is_none() {
        return Err(Error::not_found("an instance without pixels").into());
    }
    let numbers = list(place.rest.get("frames").map_or("", String::as_str), it.frames)?;
    send(&site, &headers, &wishes, &fetched, numbers).await
}

/// All pixels of an instance: what `BulkDataURI` of Pixel Data leads to.
pub(crate) async fn pixels(
    State(site): State<Site>,
    who: Machine,
    place: Place,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Reply {
    let wishes = wishes(&headers, text.as_deref())?;
    let fetched = found(&site, &who, &place, "study.view").await?;
    let it = &fetched.instances[0];
    match it.pixels {
        None => Err(Error::not_found("an instance without pixels").into()),
        Some(_) => send(&site, &headers, &wishes, &fetched, (0..it.frames).collect()).await,
    }
}

async fn send(
    site: &Site,
    headers: &HeaderMap,
    wishes: &[accept::Wish],
    fetched: &Arc<Fetched>,
    all: Vec<u32>,
) -> Reply {
    const AS_STORED: Refused =
        Refused::NotAcceptable("frames leave as they are stored; accept them with transfer-syntax=*");
    let it = &fetched.instances[0];
    let Some((syntax, turned)) = leaving(it) else { return Err(AS_STORED) };
    let offers = offers(&syntax, all.len() == 1);
    let Some(offer) = accept::choose(wishes, &offers).cloned() else { return Err(AS_STORED) };
    let kind = kind(offer.media, &syntax);
    if let [index] = all[..] {
        let tag = format!("\"{}-{}\"", it.stored.blob, index + 1);
        if reply::has_it(headers, &tag) {
            return Ok(reply::not_modified(&tag));
        }
        let bytes = one(site, fetched, index, turned).await?;
        let mut response = few(site, offer.parts, offer.media, &kind, vec![bytes]);
        reply::insert(response.headers_mut(), ETAG, &tag);
        return Ok(response);
    }
    // Whether each can be told from the next shows with the first: before anything is sent.
    let first = all.first().copied().unwrap_or_default();
    one(site, fetched, first, false).await?;
    if turned {
        let mut bodies = Vec::with_capacity(all.len());
        for index in all {
            bodies.push(one(site, fetched, index, true).await?);
        }
        return Ok(few(site, true, offer.media, &kind, bodies));
    }
    let mut writer = Writer::new(&site.chance);
    let mut segments = Vec::with_capacity(all.len() * 2 + 1);
    for index in all {
        segments.push(Segment::Bytes(writer.begin(&kind, "")));
        segments.push(Segment::Frame { which: 0, index });
    }
    segments.push(Segment::Bytes(writer.end()));
    let body = flow::body(site.blobs.clone(), fetched.clone(), segments);
    Ok(reply::answer(StatusCode::OK, &writer.kind(offer.media), body))
}

async fn one(site: &Site, fetched: &Arc<Fetched>, index: u32, turned: bool) -> Result<Vec<u8>, Refused> {
    let read = move |it: &mut imaging::study::Content| -> Done<Option<Vec<u8>>> { it.frame(index) };
    let (_, found) = flow::blocking(&site.blobs, fetched, 0, None, read).await?;
    let mut bytes = found.ok_or(Refused::NotAcceptable("nobody can tell where one frame of this instance ends"))?;
    if turned {
        bytes.chunks_exact_mut(2).for_each(<[u8]>::reverse);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_from_one() {
        for (text, expected) in [("1", vec![0]), ("1,3", vec![0, 2]), (" 2 , 2", vec![1, 1])] {
            assert_eq!(list(text, 3).expect("a list"), expected);
        }
        for bad in ["", "0", "a", "1,", "-1", "1-3"] {
            assert!(matches!(list(bad, 3), Err(Refused::BadRequest(_))), "{bad}");
        }
        assert!(matches!(list("4", 3), Err(Refused::Failed(_))), "404");
    }

    #[test]
    fn every_picture_type_is_offered_as_itself_and_as_bytes() {
        let named: Vec<_> = offers("1.2.840.10008.1.2.4.90", false).iter().map(|it| it.media).collect();
        assert_eq!(named, ["image/jp2", BYTES]);
        let native: Vec<_> = offers(EXPLICIT, true).iter().map(|it| (it.media, it.parts)).collect();
        assert_eq!(native, [(BYTES, false), (BYTES, true)]);
    }
}
