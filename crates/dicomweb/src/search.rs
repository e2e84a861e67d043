//! QIDO-RS (PS3.18 10.6): what is here, at three levels and all their addresses.

use std::collections::BTreeSet;

use axum::extract::{RawQuery, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use db::Tx;
use imaging::dataset::Tag;
use imaging::study::store::ROWS_MAX;
use imaging::study::{Answer, Attribute, Instance, Page, Series, Study, find_instances, find_series, find_studies};
use kernel::{Ctx, clause};
use people::token::Scope;
use people::token::door::Machine;
use serde_json::Value;
use web::Site;

use crate::accept::{self, Offer};
use crate::json::{self, DataSet};
use crate::place::{self, Place};
use crate::query::{self, Include, Query};
use crate::reply::{self, Refused, Reply};

/// Rows of an answer for which no number was asked: whole volumes, and a month of a busy clinic.
const ROWS: u32 = 1_000;
/// How many results there are on all pages. The standard has no header for it; many clients look for this one.
const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
const STUDY_UID: Tag = Tag(0x0020, 0x000D);
const SERIES_UID: Tag = Tag(0x0020, 0x000E);

/// Which attributes go into an answer.
struct Shown<'a> {
    base: &'a str,
    include: &'a Include,
    /// Whether the address says which study (and series) it is, so that they need not be described.
    study_is_named: bool,
    series_is_named: bool,
}

impl Shown<'_> {
    /// Adds what describes a level above; where that is in the address, only its identifier and what was asked for.
    fn above(&self, set: &mut DataSet, all: Vec<Attribute>, named: bool) {
        let asked: BTreeSet<Tag> = match self.include {
            Include::Named(tags) => tags.iter().copied().collect(),
            Include::All => BTreeSet::new(),
        };
        let whole = !named || *self.include == Include::All;
        let wanted = |tag: Tag| whole || tag == STUDY_UID || tag == SERIES_UID || asked.contains(&tag);
        all.into_iter().filter(|it| wanted(it.tag)).for_each(|it| json::put(set, it));
    }

    fn study(&self, it: &Study) -> DataSet {
        let mut set = begin(&place::study(self.base, &it.uid));
        it.attributes().into_iter().for_each(|it| json::put(&mut set, it));
        set
    }

    fn series(&self, it: &Series) -> DataSet {
        let mut set = begin(&place::series(self.base, &it.study.uid, &it.uid));
        self.above(&mut set, it.study.attributes(), self.study_is_named);
        it.attributes().into_iter().for_each(|it| json::put(&mut set, it));
        set
    }

    fn instance(&self, it: &Instance) -> DataSet {
        let (series, study) = (&it.series, &it.series.study);
        let mut set = begin(&place::instance(self.base, &study.uid, &series.uid, &it.uid));
        self.above(&mut set, study.attributes(), self.study_is_named);
        self.above(&mut set, series.attributes(), self.series_is_named);
        it.attributes().into_iter().for_each(|it| json::put(&mut set, it));
        set
    }
}

fn begin(address: &str) -> DataSet {
    let mut set = DataSet::new();
    json::put_text(&mut set, (0x0008, 0x0005), "CS", "ISO_IR 192");
    json::put_text(&mut set, (0x0008, 0x1190), "UR", address);
    set
}

/// Studies.
pub(crate) async fn studies(site: State<Site>, who: Machine, place: Place, q: RawQuery, headers: HeaderMap) -> Reply {
    search(site, &who, place, q, &headers, find_studies, |shown, it| shown.study(it)).await
}

/// Series: of all studies, or of one.
pub(crate) async fn series(site: State<Site>, who: Machine, place: Place, q: RawQuery, headers: HeaderMap) -> Reply {
    search(site, &who, place, q, &headers, find_series, |shown, it| shown.series(it)).await
}

/// Instances: of all, of one study, of one series.
pub(crate) async fn instances(site: State<Site>, who: Machine, place: Place, q: RawQuery, headers: HeaderMap) -> Reply {
    search(site, &who, place, q, &headers, find_instances, |shown, it| shown.instance(it)).await
}

type Find<T> = fn(&mut Tx<'_>, &Ctx, &imaging::study::Filter, &Page) -> kernel::Result<Answer<T>>;

async fn search<T: Send + 'static>(
    State(site): State<Site>,
    who: &Machine,
    place: Place,
    RawQuery(text): RawQuery,
    headers: &HeaderMap,
    find: Find<T>,
    row: fn(&Shown<'_>, &T) -> DataSet,
) -> Reply {
    clause!("TR-21");
    who.need(Scope::DicomwebRead)?;
    let query = query::read(text.as_deref().unwrap_or_default()).map_err(|it| Refused::BadRequest(it.0))?;
    let kind = json_kind(headers, query.accept.as_deref())?;
    let (filter, page) = narrowed(&query, &place)?;
    let passed = page.offset;
    let found = site.look(&who.asked.ctx, move |tx, ctx| find(tx, ctx, &filter, &page)).await?;
    let shown = Shown {
        base: &place.base,
        include: &query.include,
        study_is_named: place.study.is_some(),
        series_is_named: place.series.is_some(),
    };
    let rows: Vec<Value> = found.rows.iter().map(|it| Value::Object(row(&shown, it))).collect();
    // Nothing found has no content (PS3.18 table 10.6.3-1).
    let mut response = if rows.is_empty() {
        StatusCode::NO_CONTENT.into_response()
    } else {
        reply::answer(StatusCode::OK, kind, Value::Array(rows).to_string())
    };
    if let Some(total) = found.total {
        reply::insert(response.headers_mut(), TOTAL, &total.to_string());
    }
    tell(&mut response, &query, &found, passed);
    Ok(response)
}

/// The form of an answer in JSON.
pub(crate) fn json_kind(headers: &HeaderMap, parameter: Option<&str>) -> Result<&'static str, Refused> {
    let wishes = accept::wishes(reply::accepts(headers).as_deref(), parameter)
        .map_err(|_| Refused::BadRequest("Accept cannot be read".into()))?;
    let offers = [Offer::plain("application/dicom+json"), Offer::plain("application/json")];
    let chosen = accept::choose(&wishes, &offers).map(|it| it.media);
    chosen.ok_or(Refused::NotAcceptable("here is application/dicom+json".into()))
}

/// What is searched: the address and the query together.
fn narrowed(query: &Query, place: &Place) -> Result<(imaging::study::Filter, Page), Refused> {
    let mut filter = query.filter.clone();
    let within = place.filter();
    for (own, named) in [(&mut filter.studies, within.studies), (&mut filter.series, within.series)] {
        // The address names one; a query that names others as well finds nothing, or was a mistake.
        if !named.is_empty() {
            if !own.is_empty() && *own != named {
                return Err(Refused::BadRequest("the query names another study or series than the address".into()));
            }
            *own = named;
        }
    }
    let limit = usize::try_from(query.limit.unwrap_or(ROWS)).unwrap_or(ROWS_MAX).min(ROWS_MAX);
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    Ok((filter, Page { offset, limit, after: None, count: true }))
}

/// Says in the head what an answer left out.
fn tell<T>(response: &mut Response, query: &Query, found: &Answer<T>, passed: usize) {
    if !query.ignored.is_empty() {
        reply::warn(response, &format!("these attributes are not searched here: {}", query.ignored.join(", ")));
    }
    let left = found.total.map(|it| it.saturating_sub(passed.saturating_add(found.rows.len())));
    match left {
        _ if found.cut => reply::warn(
            response,
            "not everything was looked at; narrow the search by date, number or a beginning of the name",
        ),
        // The words of the standard (PS3.18 8.3.4.4).
        Some(left) if left > 0 => {
            reply::warn(response, &format!("There are {left} additional results that can be requested"));
        }
        None if found.next.is_some() => {
            reply::warn(response, "There are additional results that can be requested");
        }
        _ => (),
    }
}
