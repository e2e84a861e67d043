//! What this face can do, as an OpenAPI description made of its own route table.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use people::token::door::Machine;
use serde_json::{Map, Value, json};
use web::Site;

use crate::accept::{self, Offer};
use crate::place::Place;
use crate::reply::{self, Refused, Reply};

/// Answers the description.
pub(crate) async fn show(State(_): State<Site>, _who: Machine, place: Place, headers: HeaderMap) -> Reply {
    let wishes = accept::wishes(reply::accepts(&headers).as_deref(), None)
        .map_err(|_| Refused::BadRequest("Accept cannot be read".into()))?;
    let offers = [Offer::plain("application/json"), Offer::plain("application/vnd.oai.openapi+json")];
    let Some(offer) = accept::choose(&wishes, &offers) else {
        return Err(Refused::NotAcceptable("here is application/json".into()));
    };
    Ok(reply::answer(StatusCode::OK, offer.media, described(&place.base).to_string()))
}

fn described(base: &str) -> Value {
    let mut paths = Map::new();
    for route in crate::routes().table() {
        let path = route.path.trim_start_matches("/dicom-web");
        let path = if path.is_empty() { "/" } else { path };
        let entry = paths.entry(path).or_insert_with(|| json!({ "parameters": parameters(path) }));
        entry[route.method.to_lowercase()] = operation(path, route.method);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Haruka DICOMweb",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "DICOM PS3.18: STOW-RS, QIDO-RS, WADO-RS. The conformance statement is docs/protocols.md.",
        },
        "servers": [{ "url": base }],
        "security": [{ "token": [] }],
        "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
        "paths": paths,
    })
}

/// The names in an address.
fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'));
    names.map(|it| json!({ "name": it, "in": "path", "required": true, "schema": { "type": "string" } })).collect()
}

fn operation(path: &str, method: &str) -> Value {
    const JSON: &[&str] = &["application/dicom+json"];
    const PARTS: &[&str] = &["multipart/related"];
    const DICOM: &[&str] = &["application/dicom", "multipart/related"];
    const PICTURE: &[&str] = &["image/jpeg", "image/png"];
    const PICTURES: &[&str] = &["image/jpeg", "image/png", "multipart/related"];
    const BYTES: &[&str] = &["multipart/related", "application/octet-stream"];
    let last = path.rsplit('/').next().unwrap_or_default();
    let (summary, kinds, statuses): (_, &[&str], &[&str]) = match (method, last) {
        ("POST", _) => ("Store instances", JSON, &["200", "202", "400", "409", "415", "503"]),
        (_, "") => ("This description", &["application/json"], &["200", "406"]),
        (_, "token") => ("What the token shown is good for, and until when", &["application/json"], &["200", "406"]),
        (_, "digests") => ("SHA-256 of each data set as received", &["application/json"], &["200", "404", "406"]),
        (_, "metadata") => ("Metadata", JSON, &["200", "404", "406"]),
        (_, "{frames}") => {
            ("Frames, by a list of numbers from 1", BYTES, &["200", "304", "400", "404", "406", "413", "503"])
        }
        (_, "rendered") => {
            ("Pictures for a screen, not for a diagnosis", PICTURES, &["200", "400", "404", "406", "413", "503"])
        }
        (_, "thumbnail") => ("A small picture", PICTURE, &["200", "400", "404", "406", "413", "503"]),
        (_, "pixels") => ("All frames", BYTES, &["200", "404", "406", "413", "503"]),
        (_, "{length}") => ("A big value by its place", BYTES, &["200", "206", "404", "406", "416"]),
        (_, "{instance_uid}") => ("One instance", DICOM, &["200", "206", "304", "404", "406", "413", "416", "503"]),
        (_, "{study_uid}" | "{series_uid}") => ("All instances", PARTS, &["200", "404", "406", "413"]),
        (_, "studies") => ("Search studies", JSON, &["200", "204", "400", "406"]),
        (_, "series") => ("Search series", JSON, &["200", "204", "400", "406"]),
        _ => ("Search instances", JSON, &["200", "204", "400", "406"]),
    };
    let content: Map<_, _> = kinds.iter().map(|it| ((*it).to_owned(), json!({}))).collect();
    let answer = |status: &&str| {
        let with_body = status.starts_with("20") && *status != "204";
        let body = if with_body {
            json!({ "description": summary, "content": content })
        } else {
            json!({ "description": summary })
        };
        ((*status).to_owned(), body)
    };
    let every = ["401", "403"].map(|it| (it.to_owned(), json!({ "description": "no token, or not for this" })));
    let responses: Map<_, _> = statuses.iter().map(answer).chain(every).collect();
    json!({ "summary": summary, "responses": responses })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_described() {
        let it = described("https://h/dicom-web");
        let paths = it["paths"].as_object().expect("paths");
        assert!(paths["/studies"]["post"]["responses"]["202"].is_object());
        assert_eq!(paths["/studies/{study_uid}"]["parameters"][0]["name"], "study_uid");
        for route in crate::routes().table() {
            let path = route.path.trim_start_matches("/dicom-web");
            let path = if path.is_empty() { "/" } else { path };
            let summary = &paths[path][route.method.to_lowercase()]["summary"];
            assert!(summary.as_str().is_some_and(|it| !it.is_empty()), "{path}");
        }
    }
}
