//! Metadata of a study, series or instance (PS3.18 10.4.1.1.2): all attributes but the big ones, as `imaging` wrote them
//! when the instance came.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use imaging::study::{self, Metadata};
use kernel::clause;
use memchr::memmem::Finder;
use people::token::Scope;
use people::token::door::Machine;
use web::Site;

use crate::place::{self, Place};
use crate::query;
use crate::reply::{self, Refused, Reply};
use crate::search::json_kind;

/// How `imaging` writes an address below an instance. Quotes within a text are escaped, so this is never one.
const BULK: &[u8] = br#""BulkDataURI":"bulkdata/"#;

/// Answers the metadata.
pub(crate) async fn show(
    State(site): State<Site>,
    who: Machine,
    place: Place,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Reply {
    clause!("TR-21");
    who.need(Scope::DicomwebRead)?;
    let accept = parameter(text.as_deref())?;
    let kind = json_kind(&headers, accept.as_deref())?;
    let filter = place.filter();
    let found = site.look(&who.asked.ctx, move |tx, ctx| study::metadata(tx, ctx, &filter)).await?;
    Ok(reply::answer(StatusCode::OK, kind, written(&place.base, &found)))
}

/// The query parameter `accept`; no other means anything where nothing is searched.
pub(crate) fn parameter(query: Option<&str>) -> Result<Option<String>, Refused> {
    let pairs = query::pairs(query.unwrap_or_default()).map_err(|it| Refused::BadRequest(it.0))?;
    Ok(pairs.into_iter().find(|it| it.0 == "accept").map(|it| it.1))
}

/// One list, with addresses that can be followed from anywhere.
fn written(base: &str, all: &[Metadata]) -> Vec<u8> {
    let finder = Finder::new(BULK);
    let mut out = Vec::with_capacity(all.iter().map(|it| it.json.len() + 256).sum());
    out.push(b'[');
    for (number, it) in all.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        let address = place::instance(base, &it.study, &it.series, &it.uid);
        let mut from = 0;
        for at in finder.find_iter(&it.json) {
            let end = at + BULK.len();
            out.extend_from_slice(&it.json[from..at]);
            out.extend_from_slice(format!(r#""BulkDataURI":"{address}/bulkdata/"#).as_bytes());
            from = end;
        }
        out.extend_from_slice(&it.json[from..]);
    }
    out.push(b']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_bulk_data_are_whole_and_text_is_left_alone() {
        let json = br#"{"00104000":{"vr":"LT","Value":["\"BulkDataURI\":\"bulkdata/"]},"7FE00010":{"vr":"OW","BulkDataURI":"bulkdata/pixels"}}"#;
        let it = Metadata { study: "1".into(), series: "2".into(), uid: "3".into(), json: json.to_vec() };
        let text = String::from_utf8(written("https://h/dicom-web", &[it.clone(), it])).expect("text");
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for it in all.as_array().expect("a list") {
            let expected = "https://h/dicom-web/studies/1/series/2/instances/3/bulkdata/pixels";
            assert_eq!(it["7FE00010"]["BulkDataURI"], expected);
            assert_eq!(it["00104000"]["Value"][0], r#""BulkDataURI":"bulkdata/"#);
        }
        assert_eq!(written("", &[]), b"[]");
    }
}
