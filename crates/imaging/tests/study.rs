//! What was kept is found again, at every level, by whoever may; each question and each retrieval leaves one entry.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{arrive, image, keep, origin, slice};
use imaging::dataset::Tag;
use imaging::instance::Uid;
use imaging::intake::Kept;
use imaging::study::{Filter, Page, fetch, find_instances, find_patients, find_series, find_studies, metadata};
use kernel::{Kind, Who};
use testkit::Ward;

const NAME: Tag = Tag(0x0010, 0x0010);

/// 幸子's volume of two slices and a panorama; 太郎's picture of another year, with a number and an accession.
fn filled(ward: &Ward) {
    let more = [
        (Tag(0x0008, 0x0020), b"DA", "20250401"),
        (Tag(0x0008, 0x0050), b"SH", "A-7"),
        (Tag(0x0008, 0x0060), b"CS", "PX"),
        (Tag(0x0010, 0x0020), b"LO", "007"),
    ];
    for bytes in [
        slice("1.2.1", "1.3.1", "1.4.1", &[7; 20]),
        slice("1.2.2", "1.3.1", "1.4.1", &[8; 20]),
        slice("1.2.3", "1.3.2", "1.4.1", &[9; 20]),
        image(&more, "Yamada^Tarou=山田^太郎=やまだ^たろう", "1.2.4", "1.3.3", "1.4.2", &[1; 20]),
    ] {
        assert_eq!(keep(ward, &arrive(ward, &bytes, 64, false).expect("whole"), origin()), Kept::Stored);
    }
}

fn filter(keys: &[(Tag, &str)]) -> Filter {
    let mut filter = Filter::default();
    keys.iter().for_each(|(tag, value)| filter.set(*tag, value).expect("a key"));
    filter
}

fn studies(ward: &Ward, filter: Filter, page: Page) -> (Vec<String>, Option<String>) {
    ward.given(move |tx, ctx| {
        let found = find_studies(tx, ctx, &filter, &page)?;
        Ok((found.rows.iter().map(|it| it.uid.clone()).collect(), found.next))
    })
}

#[test]
fn studies_are_found_by_what_devices_say_of_them() {
    // TR-21, TR-26
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        filled(&ward);
        let entries = ward.entries();
        for (keys, found) in [
            (vec![], vec!["1.4.2", "1.4.1"]),
            (vec![(Tag(0x0020, 0x000D), "1.4.1")], vec!["1.4.1"]),
            (vec![(Tag(0x0020, 0x000D), "1.4.1\\1.4.2\\1.9")], vec!["1.4.2", "1.4.1"]),
            (vec![(NAME, "tanaka*")], vec!["1.4.1"]),
            (vec![(NAME, "タナカ*")], vec!["1.4.1"]),
            (vec![(NAME, "山田*")], vec!["1.4.2"]),
            (vec![(NAME, "*郎")], vec!["1.4.2"]),
            (vec![(NAME, "Suzuki*")], vec![]),
            (vec![(Tag(0x0010, 0x0020), "007")], vec!["1.4.2"]),
            (vec![(Tag(0x0010, 0x0020), "0*")], vec!["1.4.2"]),
            (vec![(Tag(0x0008, 0x0050), "A-7")], vec!["1.4.2"]),
            (vec![(Tag(0x0008, 0x0020), "20250101-20251231")], vec!["1.4.2"]),
            (vec![(Tag(0x0008, 0x0020), "20260101-")], vec![]),
            (vec![(Tag(0x0008, 0x0061), "PX\\CT")], vec!["1.4.2"]),
            (vec![(Tag(0x0020, 0x000E), "1.3.2")], vec!["1.4.1"]),
            (vec![(Tag(0x0008, 0x0018), "1.2.2")], vec!["1.4.1"]),
            (vec![(Tag(0x0008, 0x0018), "1.2.2"), (Tag(0x0020, 0x000E), "1.3.2")], vec![]),
        ] {
            assert_eq!(studies(&ward, filter(&keys), Page::default()).0, found, "{keys:?}");
        }
        assert_eq!(ward.entries(), entries + 17, "one entry for each question");
        let fuzzy = Filter { fuzzy: true, ..filter(&[(NAME, "幸子 田中")]) };
        assert_eq!(studies(&ward, fuzzy, Page::default()).0, ["1.4.1"]);
    });
}

#[test]
fn pages_follow_one_another_and_nothing_is_counted_anew() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        filled(&ward);
        let page = |after| Page { limit: 1, after, ..Page::default() };
        let (first, next) = studies(&ward, Filter::default(), page(None));
        let (second, end) = studies(&ward, Filter::default(), page(next.clone()));
        assert_eq!((first[0].as_str(), second[0].as_str(), end), ("1.4.2", "1.4.1", None));
        let offset = Page { offset: 1, limit: 5, ..Page::default() };
        assert_eq!(studies(&ward, Filter::default(), offset).0, ["1.4.1"]);
        let named = filter(&[(NAME, "*A*")]);
        let (first, next) = studies(&ward, named.clone(), page(None));
        assert_eq!(first.len(), 1);
        assert_eq!(studies(&ward, named, page(next)).0.len(), 1, "pages also where rows must be opened");
        ward.given(|tx, ctx| {
            let all = find_studies(tx, ctx, &Filter::default(), &Page::default())?.rows;
            let counts: Vec<_> = all.iter().map(|it| (it.series_count, it.instance_count)).collect();
            assert_eq!(counts, [(1, 1), (2, 3)]);
            assert_eq!(all[0].modalities, ["PX"]);
            let series = find_series(tx, ctx, &Filter::study(&Uid::parse("1.4.1").unwrap()), &Page::default())?.rows;
            let mut counts: Vec<_> = series.iter().map(|it| (it.uid.as_str(), it.instance_count)).collect();
            counts.sort_unstable();
            assert_eq!(counts, [("1.3.1", 2), ("1.3.2", 1)]);
            let instances = find_instances(tx, ctx, &Filter::default(), &Page { limit: 2, ..Page::default() })?;
            assert_eq!((instances.rows.len(), instances.next.is_some()), (2, true));
            let rest = find_instances(tx, ctx, &Filter::default(), &Page { after: instances.next, ..Page::default() })?;
            assert_eq!((rest.rows.len(), rest.next), (2, None));
            let people = find_patients(tx, ctx, &Filter::default(), &Page::default())?.rows;
            assert_eq!(people.len(), 2);
            assert!(find_patients(tx, ctx, &filter(&[(NAME, "Yamada*")]), &Page::default())?.rows[0].study_count == 1);
            let strange = Page { after: Some("x".into()), ..Page::default() };
            assert!(find_studies(tx, ctx, &Filter::default(), &strange).is_err());
            Ok(())
        });
    });
}

#[test]
fn bytes_frames_and_metadata_come_as_they_were_sent() {
    // TR-12, TR-21
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        filled(&ward);
        let entries = ward.entries();
        let series = Filter { series: vec![Uid::parse("1.3.1").unwrap()], ..Filter::default() };
        let wanted = series.clone();
        let found = ward.given(move |tx, ctx| fetch(tx, ctx, &wanted, "study.view"));
        assert_eq!(found.instances.len(), 2);
        let first = found.instances.iter().find(|it| it.uid == "1.2.1").expect("found");
        let mut content = found.open(&ward.site.blobs, first).expect("opened");
        let whole = content.read(0, usize::MAX).expect("read");
        assert!(whole == slice("1.2.1", "1.3.1", "1.4.1", &[7; 20]));
        assert_eq!(content.frame(0).expect("read"), Some(vec![7; 20]));
        assert_eq!(content.frame(1).expect("read"), None);
        let told = ward.given(move |tx, ctx| metadata(tx, ctx, &series));
        assert_eq!(ward.entries(), entries + 2, "one entry for each retrieval");
        let first = told.iter().find(|it| it.uid == "1.2.1").expect("told");
        let json = String::from_utf8(first.json.clone()).expect("text");
        assert!(json.contains(r#""00080018":{"vr":"UI","Value":["1.2.1"]}"#), "{json}");
        assert!(json.contains(r#""Ideographic":"田中^幸子""#) && json.contains(r#""BulkDataURI":"bulkdata/pixels""#));
        assert_eq!((told.len(), first.study.as_str(), first.series.as_str()), (2, "1.4.1", "1.3.1"));
    });
}

#[test]
fn only_who_may_see_images_finds_any_and_no_other_facility_does() {
    // CS-120
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        filled(&ward);
        let study = Filter::study(&Uid::parse("1.4.1").unwrap());
        for (login, duties, seen) in [
            ("sato", vec!["dentist"], Ok(1)),
            ("kato", vec!["clerk"], Err(Kind::Forbidden)),
            ("nobody", vec![], Err(Kind::NotFound)),
        ] {
            let who = Who::Staff(ward.staff(login, &duties));
            let wanted = study.clone();
            let found = ward.act(who.clone(), move |tx, ctx| find_studies(tx, ctx, &wanted, &Page::default()));
            assert_eq!(found.map(|it| it.rows.len()).map_err(|it| it.kind().clone()), seen, "{login}");
            let wanted = study.clone();
            let got = ward.act(who, move |tx, ctx| fetch(tx, ctx, &wanted, "study.view"));
            assert_eq!(got.map(|_| 1).map_err(|it| it.kind().clone()), seen, "{login}");
        }
        let other = ward.other_facility();
        let ctx = ward.ctx(Who::System("test")).at(other);
        let found = ward.site.db.write_blocking(Some(other), move |tx| {
            assert!(find_studies(tx, &ctx, &Filter::default(), &Page::default())?.rows.is_empty());
            fetch(tx, &ctx, &study, "study.view").map(|_| ())
        });
        assert_eq!(found.map_err(|it| it.kind().clone()), Err(Kind::NotFound));
    });
}
