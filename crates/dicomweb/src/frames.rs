//! Frames of an instance (PS3.18 10.4.1.1.6): the pixels of one picture each, as they lie in the instance or, for who accepts
//! them otherwise, without loss in another transfer syntax (TR-25).

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use imaging::dataset::Writing;
use imaging::instance::Pixels;
use imaging::study::{Fault, Fetched, Located};
use kernel::{Error, clause};
use people::token::door::Machine;
use web::Site;

use crate::accept::{self, EXPLICIT, Offer};
use crate::flow::{self, Segment};
use crate::multipart::Writer;
use crate::place::Place;
use crate::reply::{self, Refused, Reply};
use crate::retrieve::{few, found, kind, wishes, written};

const BYTES: &str = "application/octet-stream";
/// Frames of one list at most; a viewer asks for one at a time.
pub(crate) const FRAMES_MAX: usize = 10_000;

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

/// In which transfer syntaxes frames can leave, the first being that in which they lie; and whether even that one must be
/// made: native pixels leave in little endian whatever the data set around them is written in, each from its first byte on.
fn syntaxes(it: &Located) -> (Vec<&str>, bool) {
    let others = it.others().into_iter().filter(|it| accept::DEFLATED != *it && accept::IMPLICIT != *it);
    match &it.pixels {
        Some(Pixels::Encapsulated { .. }) => {
            (std::iter::once(it.transfer_syntax.as_str()).chain(others).collect(), false)
        }
        Some(Pixels::Native { frame_bytes, .. }) => {
            let made = Writing::of(&it.transfer_syntax).big_endian || (*frame_bytes == 0 && it.frames > 1);
            (std::iter::once(EXPLICIT).chain(others.filter(|it| *it != EXPLICIT)).collect(), made)
        }
        None => (vec![], false),
    }
}

fn offers(syntaxes: &[&str], single: bool) -> Vec<Offer> {
    let mut all = Vec::new();
    for syntax in syntaxes {
        for media in media(syntax).into_iter().chain([BYTES]) {
            let offer = |parts| Offer { media, parts, syntax: (*syntax).to_owned() };
            if single {
                all.push(offer(false));
            }
            all.push(offer(true));
        }
    }
    all
}

/// `1`, or `1,2,5`.
pub(crate) fn list(text: &str, frames: u32) -> Result<Vec<u32>, Refused> {
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
pub(crate) async fn fetch(site: State<Site>, who: Machine, place: Place, q: RawQuery, headers: HeaderMap) -> Reply {
    send(site, who, place, q, headers, |place, it| list(place.rest.get("frames").map_or("", String::as_str), it.frames))
        .await
}

/// All pixels of an instance: what `BulkDataURI` of Pixel Data leads to.
pub(crate) async fn pixels(site: State<Site>, who: Machine, place: Place, q: RawQuery, headers: HeaderMap) -> Reply {
    send(site, who, place, q, headers, |_, it| Ok((0..it.frames).collect())).await
}

async fn send(
    State(site): State<Site>,
    who: Machine,
    place: Place,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
    wanted: fn(&Place, &Located) -> Result<Vec<u32>, Refused>,
) -> Reply {
    clause!("TR-25");
    let wishes = wishes(&headers, text.as_deref())?;
    let fetched = found(&site, &who, &place, "study.view").await?;
    let it = &fetched.instances[0];
    if it.pixels.is_none() {
        return Err(Error::not_found("an instance without pixels").into());
    }
    let all = wanted(&place, it)?;
    let (syntaxes, made) = syntaxes(it);
    let Some(offer) = accept::choose(&wishes, &offers(&syntaxes, all.len() == 1)).cloned() else {
        let text = format!("here are frames as {}; accept one of these, or transfer-syntax=*", syntaxes.join(", "));
        return Err(Refused::NotAcceptable(text.into()));
    };
    let as_it_lies = !made && syntaxes.first() == Some(&offer.syntax.as_str());
    let syntax = if as_it_lies { None } else { written(&offer.syntax) };
    let kind = kind(offer.media, &offer.syntax);
    if let [index] = all[..] {
        let tag = match syntax {
            None => format!("\"{}-{}\"", it.stored.blob, index + 1),
            Some(uid) => format!("\"{}-{}-{uid}\"", it.stored.blob, index + 1),
        };
        if reply::has_it(&headers, &tag) {
            return Ok(reply::not_modified(&tag));
        }
        let bytes = one(&site, &fetched, index, syntax).await?;
        let mut response = few(&site, offer.parts, offer.media, &kind, vec![bytes]);
        reply::insert(response.headers_mut(), ETAG, &tag);
        return Ok(response);
    }
    // Whether each can be told from the next, and made into what is asked, shows with the first: before anything is sent.
    let mut writer = Writer::new(&site.chance);
    let mut segments = Vec::with_capacity(all.len() * 2 + 1);
    for (place, index) in all.into_iter().enumerate() {
        segments.push(Segment::Bytes(writer.begin(&kind)));
        segments.push(match place {
            0 => Segment::Bytes(one(&site, &fetched, index, syntax).await?),
            _ => Segment::Frame { which: 0, index, syntax },
        });
    }
    segments.push(Segment::Bytes(writer.end()));
    let body = flow::body(site.blobs.clone(), fetched.clone(), segments);
    Ok(reply::answer(StatusCode::OK, &writer.kind(offer.media), body))
}

async fn one(
    site: &Site,
    fetched: &Arc<Fetched>,
    index: u32,
    syntax: Option<&'static str>,
) -> Result<Vec<u8>, Refused> {
    let (_, found) = flow::frame(&site.blobs, fetched, 0, None, index, syntax).await?;
    found.map_err(|fault: Fault| Refused::NotAcceptable(format!("{fault}; accept transfer-syntax=*").into()))
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
        let named: Vec<_> = offers(&["1.2.840.10008.1.2.4.90"], false).iter().map(|it| it.media).collect();
        assert_eq!(named, ["image/jp2", BYTES]);
        let native: Vec<_> = offers(&[EXPLICIT], true).iter().map(|it| (it.media, it.parts)).collect();
        assert_eq!(native, [(BYTES, false), (BYTES, true)]);
    }
}
