//! Rendered pictures and thumbnails (PS3.18 10.4.1.1.3, 10.4.1.1.4): eight bits for a screen, never for a diagnosis. What was
//! lost on the way stands in a header beside each, and in the file itself where that is a JPEG (TR-24).

use std::ops::Range;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, StatusCode};
use blobs::Blobs;
use blobs::rendition::{QUALITY, Raster};
use imaging::study::{Content, Curve, Fault, Fetched, Picture, Window};
use kernel::{Error, Result as Done, clause};
use people::token::door::Machine;
use web::Site;

use crate::accept::{self, Offer};
use crate::flow::{self, Segment};
use crate::frames::{FRAMES_MAX, list};
use crate::multipart::Writer;
use crate::place::Place;
use crate::reply::{self, Refused, Reply};
use crate::retrieve::{found, wishes};
use crate::{query, work};

const JPEG: &str = "image/jpeg";
const PNG: &str = "image/png";
/// Longest side of a thumbnail, in pixels.
const THUMBNAIL_PX: usize = 256;
/// Largest viewport, in pixels a side: a wall of screens.
const VIEWPORT_PX_MAX: usize = 16_384;
/// What was lost on the way to the screen: `bits=8; lossy; ratio=12.3`, and `source=lossy` where the instance was lossy
/// already when it came.
pub(crate) const RENDITION: HeaderName = HeaderName::from_static("haruka-rendition");

/// How it is wished.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    window: Option<Window>,
    /// The room that the picture must fit into.
    columns: usize,
    rows: usize,
    /// Left, top, columns, rows of the part that is shown; to the edge where a size is left out.
    part: Option<[Option<usize>; 4]>,
    quality: u8,
    png: bool,
}

/// A file for a screen.
pub(crate) struct Drawn {
    pub(crate) file: Vec<u8>,
    /// The value of [`RENDITION`].
    pub(crate) said: String,
}

impl View {
    /// Draws frame `index` of an instance; a fault where nobody here can read it.
    pub(crate) async fn draw(
        self,
        blobs: &Blobs,
        fetched: &Arc<Fetched>,
        which: usize,
        index: u32,
    ) -> Done<Result<Drawn, Fault>> {
        clause!("TR-24");
        let located = fetched.instances.get(which).ok_or_else(|| Error::internal("no such instance"))?;
        let turn = work::turn(located.work_bytes(None)).await?;
        let lossy = located.lossy;
        let draw = move |it: &mut Content| {
            let _turn = turn;
            match it.picture(index, self.window)? {
                Ok((picture, native_bytes)) => self.written(picture, native_bytes, lossy),
                Err(fault) => Ok(Err(fault)),
            }
        };
        Ok(flow::blocking(blobs, fetched, which, None, draw).await?.1)
    }

    fn written(&self, mut picture: Picture, native_bytes: usize, lossy: bool) -> Done<Result<Drawn, Fault>> {
        if let Some([left, top, columns, rows]) = self.part {
            let (left, top) = (left.unwrap_or(0), top.unwrap_or(0));
            let sides = |from: usize, size: Option<usize>| from..size.map_or(usize::MAX, |it| from.saturating_add(it));
            match picture.part(sides(left, columns), sides(top, rows)) {
                Some(part) => picture = part,
                None => return Ok(Err(Fault::Mismatch("a part that lies outside of the picture"))),
            }
        }
        let picture = picture.fit(self.columns, self.rows);
        let raster =
            Raster { columns: picture.columns, rows: picture.rows, channels: picture.channels, bytes: &picture.bytes };
        let source = if lossy { "; source=lossy" } else { "" };
        let lost =
            |size: usize| format!("bits=8; lossy; ratio={:.1}{source}", native_bytes as f64 / size.max(1) as f64);
        let file = if self.png {
            raster.png()?
        } else {
            raster.jpeg(self.quality, |size| format!("Not for diagnosis. {}", lost(size)))?
        };
        let said = if self.png { format!("bits=8{source}") } else { lost(file.len()) };
        Ok(Ok(Drawn { file, said }))
    }
}

/// Pictures of all that the address names, as the device would have them shown or as the query says.
pub(crate) async fn show(
    State(site): State<Site>,
    who: Machine,
    place: Place,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Reply {
    let wishes = wishes(&headers, text.as_deref())?;
    let (view, ignored) = view(text.as_deref().unwrap_or_default(), false)?;
    let fetched = found(&site, &who, &place, "study.view").await?;
    let all = frames(&fetched, &place)?;
    let alone = all.len() == 1;
    let offers = [(JPEG, false), (PNG, false), (JPEG, true), (PNG, true)];
    let offers: Vec<_> =
        offers.iter().filter(|it| alone || it.1).map(|it| Offer { parts: it.1, ..Offer::plain(it.0) }).collect();
    let Some(offer) = accept::choose(&wishes, &offers) else {
        return Err(Refused::NotAcceptable(if alone {
            "here are image/jpeg and image/png".into()
        } else {
            "here are several pictures: accept multipart/related; type=\"image/jpeg\" (or image/png), or name one by \
             instances/{uid}/frames/{number}/rendered"
                .into()
        }));
    };
    let view = View { png: offer.media == PNG, ..view };
    let (which, index) = all[0];
    // Whether the first can be drawn shows before anything is sent.
    let first = drawn(&site, &fetched, which, index, view.clone()).await?;
    let mut response = if offer.parts {
        let mut writer = Writer::new(&site.chance);
        let mut head = |which: usize, index: u32| {
            let it = &fetched.instances[which];
            let address = crate::place::instance(&place.base, &it.study, &it.series, &it.uid);
            writer.open(offer.media, &format!("{address}/frames/{}/rendered", index + 1))
        };
        let begin =
            [head(which, index), format!("{RENDITION}: {}\r\n\r\n", first.said).into_bytes(), first.file].concat();
        let mut segments = vec![Segment::Bytes(begin)];
        for (which, index) in &all[1..] {
            segments.push(Segment::Bytes(head(*which, *index)));
            segments.push(Segment::Drawn { which: *which, index: *index, view: view.clone() });
        }
        segments.push(Segment::Bytes(writer.end()));
        reply::answer(
            StatusCode::OK,
            &writer.kind(offer.media),
            flow::body(site.blobs.clone(), fetched.clone(), segments),
        )
    } else {
        single(offer.media, first)
    };
    say_ignored(&mut response, &ignored);
    Ok(response)
}

/// A small picture that stands for what the address names: of a study or series its middle instance, where most is to be
/// seen.
pub(crate) async fn thumbnail(
    State(site): State<Site>,
    who: Machine,
    place: Place,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Reply {
    let wishes = wishes(&headers, text.as_deref())?;
    let (asked, ignored) = view(text.as_deref().unwrap_or_default(), true)?;
    let fetched = found(&site, &who, &place, "study.view").await?;
    let all = frames(&fetched, &place)?;
    let (which, index) = all[if place.instance.is_some() { 0 } else { all.len() / 2 }];
    let offers = [Offer::plain(JPEG), Offer::plain(PNG)];
    let Some(offer) = accept::choose(&wishes, &offers) else {
        return Err(Refused::NotAcceptable("here are image/jpeg and image/png".into()));
    };
    let side = |it: usize| it.min(THUMBNAIL_PX);
    let view = View { columns: side(asked.columns), rows: side(asked.rows), png: offer.media == PNG, ..asked };
    let mut response = single(offer.media, drawn(&site, &fetched, which, index, view).await?);
    say_ignored(&mut response, &ignored);
    Ok(response)
}

fn single(media: &str, it: Drawn) -> axum::response::Response {
    let mut response = reply::answer(StatusCode::OK, media, it.file);
    reply::insert(response.headers_mut(), RENDITION, &it.said);
    response
}

fn say_ignored(response: &mut axum::response::Response, ignored: &[String]) {
    if !ignored.is_empty() {
        reply::warn(response, &format!("these parameters are not served: {}", ignored.join(", ")));
    }
}

async fn drawn(site: &Site, fetched: &Arc<Fetched>, which: usize, index: u32, view: View) -> Result<Drawn, Refused> {
    let drawn = view.draw(&site.blobs, fetched, which, index).await?;
    drawn.map_err(|fault| Refused::NotAcceptable(format!("this instance cannot be drawn here: {fault}").into()))
}

/// The frames that the address names, each by its instance's place and from 0: those of its list, or all that have pixels.
fn frames(fetched: &Fetched, place: &Place) -> Result<Vec<(usize, u32)>, Refused> {
    let pictures = fetched.instances.iter().enumerate().filter(|it| it.1.pixels.is_some());
    let mut all = Vec::new();
    for (which, it) in pictures {
        let own = match place.rest.get("frames") {
            Some(text) => list(text, it.frames)?,
            None => Range { start: 0, end: it.frames }.take(FRAMES_MAX + 1).collect(),
        };
        all.extend(own.into_iter().map(|index| (which, index)));
        if all.len() > FRAMES_MAX {
            return Err(Refused::BadRequest(format!("more than {FRAMES_MAX} pictures at once; ask series by series")));
        }
    }
    if all.is_empty() { Err(Error::not_found("nothing here has pixels").into()) } else { Ok(all) }
}

/// Reads `window`, `viewport` and `quality` (PS3.18 8.3.5.1); and which parameters are not served. `small` is for a thumbnail,
/// which is always of a whole picture.
pub(crate) fn view(text: &str, small: bool) -> Result<(View, Vec<String>), Refused> {
    let wrong = |name: &str| Refused::BadRequest(format!("the value of {name} is none"));
    let mut view = View {
        window: None,
        columns: VIEWPORT_PX_MAX,
        rows: VIEWPORT_PX_MAX,
        part: None,
        quality: QUALITY,
        png: false,
    };
    let mut ignored = Vec::new();
    for (name, value) in query::pairs(text).map_err(|it| Refused::BadRequest(it.0))? {
        match name.as_str() {
            "accept" => (),
            "window" => view.window = Some(window(&value).ok_or_else(|| wrong("window"))?),
            "viewport" => {
                let (sides, part) =
                    viewport(&value).filter(|it| !small || it.1.is_none()).ok_or_else(|| wrong("viewport"))?;
                (view.columns, view.rows, view.part) = (sides[0], sides[1], part);
            }
            "quality" => {
                let quality = value.parse().ok().filter(|it| (1..=100).contains(it));
                view.quality = quality.ok_or_else(|| wrong("quality"))?;
            }
            // Who asks for the name in the picture must not take one without for what they asked.
            "annotation" => {
                return Err(Refused::BadRequest(
                    "annotation is not served: nothing is written into pictures here".into(),
                ));
            }
            _ => ignored.push(name),
        }
    }
    Ok((view, ignored))
}

/// Room and part of a viewport.
type Viewport = ([usize; 2], Option<[Option<usize>; 4]>);

/// `columns,rows`, or these and `left,top,columns,rows` of the part, each of which may be empty.
fn viewport(text: &str) -> Option<Viewport> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let read = |text: &str| match text {
        "" => Some(None),
        text => text.parse::<usize>().ok().filter(|it| *it <= VIEWPORT_PX_MAX * 4).map(Some),
    };
    let side = |text: &str| text.parse::<usize>().ok().filter(|it| (1..=VIEWPORT_PX_MAX).contains(it));
    let sides = |columns: &str, rows: &str| Some([side(columns)?, side(rows)?]);
    match parts[..] {
        [columns, rows] => Some((sides(columns, rows)?, None)),
        [columns, rows, left, top, wide, high] => {
            Some((sides(columns, rows)?, Some([read(left)?, read(top)?, read(wide)?, read(high)?])))
        }
        _ => None,
    }
}

/// `center,width,function`.
fn window(text: &str) -> Option<Window> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let &[center, width, curve] = &parts[..] else { return None };
    let number = |it: &str| it.parse::<f64>().ok().filter(|it| it.is_finite());
    let curve = match curve.to_ascii_lowercase().as_str() {
        "linear" => Curve::Linear,
        "linear-exact" => Curve::LinearExact,
        "sigmoid" => Curve::Sigmoid,
        _ => return None,
    };
    let width = number(width).filter(|it| *it > 0.0)?;
    Some(Window { center: number(center)?, width, curve })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_wished_as_the_standard_writes_it() {
        let plain = View {
            window: None,
            columns: VIEWPORT_PX_MAX,
            rows: VIEWPORT_PX_MAX,
            part: None,
            quality: QUALITY,
            png: false,
        };
        let bone = Window { center: 400.0, width: 2000.0, curve: Curve::Linear };
        let small = View { columns: 100, rows: 200, ..plain.clone() };
        let part = Some([Some(5), None, Some(50), None]);
        for (text, expected, ignored) in [
            ("", plain.clone(), 0),
            ("window=400,2000,linear", View { window: Some(bone), ..plain.clone() }, 0),
            ("viewport=100,200&quality=50", View { quality: 50, ..small.clone() }, 0),
            ("viewport=100,200,5,,50,", View { part, ..small.clone() }, 0),
            ("iccprofile=no&accept=image/png", plain.clone(), 1),
        ] {
            let (view, left) = view(text, false).expect("a wish");
            assert_eq!((view, left.len()), (expected, ignored), "{text}");
        }
        for bad in [
            "window=1",
            "window=1,0,linear",
            "window=1,2,steep",
            "window=nan,2,linear",
            "viewport=0,1",
            "viewport=1",
            "viewport=1,2,3",
            "viewport=1,2,-3,,,",
            "viewport=99999,1",
            "quality=0",
            "quality=101",
            "annotation=patient",
        ] {
            assert!(view(bad, false).is_err(), "{bad}");
        }
        assert!(view("viewport=10,10,1,1,1,1", true).is_err(), "a thumbnail is of the whole");
    }
}
