//! The protocol case by case, in a table: what stands before, what is asked, what is told, and how far the upload is then.
//! On both databases. What only shows while bytes are under way is in `under_way.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{House, TEXT, both};

/// One line of the table.
struct Case {
    title: String,
    before: String,
    method: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    status: u16,
    shows: Vec<(String, String)>,
    then: Option<u64>,
}

/// Names of the table for headers that stand in many lines.
const NAMED: [(&str, &str, &str); 7] = [
    ("any", "upload-metadata", "purpose dGVzdA=="),
    ("small", "upload-metadata", "purpose c21hbGw="),
    ("closed", "upload-metadata", "purpose Y2xvc2Vk"),
    ("picky", "upload-metadata", "purpose cGlja3k="),
    ("bytes", "content-type", "application/offset+octet-stream"),
    ("sha1", "upload-checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="),
    ("sha256", "upload-checksum", "sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="),
];

fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |it: &str| match it.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => {
            let found = NAMED.iter().find(|named| named.0 == it).unwrap_or_else(|| panic!("`{it}` has no name"));
            (found.1.to_owned(), found.2.to_owned())
        }
    };
    text.split(" ; ").map(str::trim).filter(|it| !it.is_empty()).map(pair).collect()
}

fn table() -> Vec<Case> {
    let lines = include_str!("cases.txt").lines().filter(|it| !it.starts_with('#'));
    let case = |line: &str| {
        let cells: Vec<&str> = line.split(" |").map(|it| it.strip_prefix(' ').unwrap_or(it)).collect();
        let [title, before, method, headers, body, status, shows, then] = cells[..] else { panic!("{line}") };
        Case {
            title: title.to_owned(),
            before: before.to_owned(),
            method: method.to_owned(),
            headers: pairs(headers),
            body: body.trim_start_matches('<').trim_end_matches('>').into(),
            status: status.parse().unwrap(),
            shows: pairs(shows),
            then: then.parse().ok(),
        }
    };
    lines.map(case).collect()
}

#[test]
fn every_line_of_the_table_holds() {
    let table = table();
    assert!(table.len() > 100, "{}", table.len());
    both(|ward| {
        let mut house = House::new(ward);
        let wrong: Vec<_> = table.iter().flat_map(|case| tried(&mut house, case)).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

fn tried(house: &mut House, case: &Case) -> Vec<String> {
    let address = stand(house, &case.before);
    let headers: Vec<_> = case.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let seen = house.ask(&case.method, &address, &headers, case.body.clone());
    let mut wrong = Vec::new();
    let mut expect = |right: bool, what: String| {
        if !right {
            wrong.push(format!("{} {}: {what}", case.method, case.title));
        }
    };
    expect(seen.status.as_u16() == case.status, format!("{} instead of {}: {}", seen.status, case.status, seen.text));
    for (name, value) in &case.shows {
        let name = match name.as_str() {
            "offset" => "upload-offset",
            "length" => "upload-length",
            other => other,
        };
        let found = seen.headers.get(name).map_or("none", |it| it.to_str().unwrap());
        expect(found == value, format!("{name} is {found} instead of {value}"));
    }
    let says = case.method == "HEAD" || seen.status.is_success() || !seen.text.is_empty();
    expect(says, "says nothing".to_owned());
    let is_made = case.method == "POST" && case.before == "home" && case.status == 201;
    expect(seen.location.is_some() == is_made, format!("location {:?}", seen.location));
    let far = house.far(seen.location.as_ref().unwrap_or(&address));
    expect(far == case.then, format!("then {far:?} bytes are there instead of {:?}", case.then));
    house.morning();
    wrong
}

/// Makes what stands before a case; its address.
fn stand(house: &mut House, before: &str) -> String {
    let (what, there) = before.split_once(' ').unwrap_or((before, "0"));
    let there = &TEXT[..there.parse().unwrap()];
    match what {
        "home" => "/files".to_owned(),
        "nowhere" => "/files/01h00000000000000000000000".to_owned(),
        "of11" => house.begun("11", there),
        "deferred" => house.begun("", there),
        "expired" | "forgotten" => {
            let address = house.begun("11", b"hello");
            house.days_later();
            if what == "forgotten" {
                house.sweep();
            }
            address
        }
        "stopped" => {
            let address = house.begun("11", b"hello");
            assert_eq!(house.ask("DELETE", &address, &[], Vec::new()).status.as_u16(), 204);
            address
        }
        "another" => {
            house.swap();
            let address = house.begun("11", b"hello");
            house.swap();
            address
        }
        other => panic!("nobody knows `{other}`"),
    }
}

#[test]
fn no_more_is_begun_than_a_facility_may_have_under_way() {
    let house = House::new(testkit::Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]));
    let largest = tus::UNFINISHED_BYTES_MAX / tus::UPLOAD_BYTES_MAX;
    let (length, any) = (tus::UPLOAD_BYTES_MAX.to_string(), ("upload-metadata", "purpose dGVzdA=="));
    for _ in 0..largest {
        assert_eq!(house.ask("POST", "/files", &[any, ("upload-length", &length)], Vec::new()).status.as_u16(), 201);
    }
    let one_more = house.ask("POST", "/files", &[any, ("upload-length", "1")], Vec::new());
    assert_eq!(one_more.status.as_u16(), 429, "{}", one_more.text);
}

#[test]
fn a_page_learns_of_ones_own_uploads_and_of_no_other() {
    common::both(|ward| {
        let mut house = House::new(ward);
        house.swap();
        house.begun("11", b"hello");
        house.swap();
        let (half, whole) = (house.begun("11", b"hello"), house.begun("11", TEXT));
        let told = |house: &House| -> serde_json::Value {
            let seen = house.ask("GET", "/files", &[("tus-resumable", "-"), ("x-csrf-token", "-")], Vec::new());
            assert_eq!((seen.status.as_u16(), seen.headers["cache-control"].as_bytes()), (200, &b"no-store"[..]));
            serde_json::from_str::<serde_json::Value>(&seen.text).unwrap()["uploads"].take()
        };
        let all = told(&house);
        let shown: Vec<_> =
            all.as_array().unwrap().iter().map(|it| (&it["upload"], &it["offset"], &it["ended"])).collect();
        let expected = [(whole.into(), 11.into(), true.into()), (half.into(), 5.into(), false.into())];
        let mut expected: Vec<(&serde_json::Value, &serde_json::Value, &serde_json::Value)> =
            expected.iter().map(|it| (&it.0, &it.1, &it.2)).collect();
        let (mut shown, by) = (shown, |it: &(&serde_json::Value, _, _)| it.0.to_string());
        shown.sort_by_key(by);
        expected.sort_by_key(by);
        assert_eq!(shown, expected);
        assert_eq!(
            (&all[0]["metadata"], &all[0]["length"]),
            (&"purpose dGVzdA==,filename Y3Jvd24uc3Rs".into(), &11.into())
        );
        assert_eq!(house.ask("GET", "/files", &[("cookie", "none")], Vec::new()).status.as_u16(), 401);
        house.days_later();
        assert_eq!(told(&house), serde_json::json!([]), "what has expired is not shown");
    });
}
