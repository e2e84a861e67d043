//! A signed report as Basic Text SR (PS3.3 A.35.1), built as TID 2000 builds an imaging report: sections with headings of
//! CID 7001, findings with the code of their site and the picture that shows them.

use std::collections::BTreeMap;

use super::LANG;
use super::content::{self, Item, Value, observer};
use super::module::{Elements, common, day, hour, person};
use super::sites::{self, Code, code};
use super::store::{Picture, Source};
use crate::dataset::Tag;
use crate::report::{Finding, Urgency, site_words};

const FINDING: Code = code("121071", "DCM", "Finding");
const FINDING_SITE: Code = code("363698007", "SCT", "Finding Site");
const LATERALITY: Code = code("272741003", "SCT", "Laterality");
/// No terminology that we may use has a word for these two.
const INCIDENTAL: Code = code("INCIDENTAL", "99HARUKA", "Incidental findings");
const URGENCY: Code = code("URGENCY", "99HARUKA", "Urgency of the result");

fn illustration(relation: &'static str, it: &Picture) -> Item {
    let shown = Value::Picture(reference(&it.class, &it.uid));
    Item::new(relation, code("121080", "DCM", "Best illustration of finding"), shown)
}

pub(crate) fn reference(class: &str, uid: &str) -> Elements {
    let mut it = Elements::default();
    it.text(Tag(0x0008, 0x1150), b"UI", class).text(Tag(0x0008, 0x1155), b"UI", uid);
    it
}

/// The data set, explicit little endian.
pub(super) fn data_set(source: &Source) -> Vec<u8> {
    let mut it = common(source);
    let signed = &source.version.signed;
    let mut verified = Elements::default();
    verified
        .text(Tag(0x0040, 0xA027), b"LO", &signed.facility)
        .text(Tag(0x0040, 0xA030), b"DT", &format!("{}{}", day(signed.signed_at), hour(signed.signed_at)))
        .text(Tag(0x0040, 0xA075), b"PN", &person(&signed.reader))
        .items(Tag(0x0040, 0xA088), vec![]);
    it.items(Tag(0x0008, 0x1111), vec![])
        .text(Tag(0x0040, 0xA040), b"CS", "CONTAINER")
        .code(content::NAME, code("18748-4", "LN", "Diagnostic Imaging Report"))
        .text(Tag(0x0040, 0xA050), b"CS", "SEPARATE")
        .items(Tag(0x0040, 0xA073), vec![verified])
        .items(Tag(0x0040, 0xA372), vec![])
        .text(Tag(0x0040, 0xA491), b"CS", "COMPLETE")
        .text(Tag(0x0040, 0xA493), b"CS", "VERIFIED")
        .items(content::CONTENT, items(source).into_iter().map(Item::write).collect());
    let evidence = evidence(source.pictures.values());
    if !evidence.is_empty() {
        it.items(Tag(0x0040, 0xA375), evidence);
    }
    if let Some(before) = &source.before {
        let series = (source.object.series().to_string(), vec![(source.object.kind.class(), before.as_str())]);
        it.items(Tag(0x0040, 0xA360), vec![study(&source.study.uid, [series])]);
    }
    it.bytes()
}

/// Instances as class and identifier, by series.
type Instances<'a> = BTreeMap<&'a str, Vec<(&'a str, &'a str)>>;

/// Everything that a document refers to, of which study and series (PS3.3 C.17.2.3).
pub(crate) fn evidence<'a>(pictures: impl Iterator<Item = &'a Picture>) -> Vec<Elements> {
    let mut studies: BTreeMap<&str, Instances<'_>> = BTreeMap::new();
    for it in pictures {
        let listed = studies.entry(&it.study).or_default().entry(&it.series).or_default();
        if !listed.iter().any(|known| known.1 == it.uid) {
            listed.push((&it.class, &it.uid));
        }
    }
    let written = studies.into_iter().map(|(uid, all)| study(uid, all.into_iter().map(|it| (it.0.to_owned(), it.1))));
    written.collect()
}

fn study<'a>(uid: &str, all: impl IntoIterator<Item = (String, Vec<(&'a str, &'a str)>)>) -> Elements {
    let series = all.into_iter().map(|(uid, instances)| {
        let mut it = Elements::default();
        let instances = instances.into_iter().map(|(class, uid)| reference(class, uid)).collect();
        it.items(Tag(0x0008, 0x1199), instances).text(Tag(0x0020, 0x000E), b"UI", &uid);
        it
    });
    let mut it = Elements::default();
    it.items(Tag(0x0008, 0x1115), series.collect()).text(Tag(0x0020, 0x000D), b"UI", uid);
    it
}

fn items(source: &Source) -> Vec<Item> {
    let (signed, request) = (&source.version.signed, &source.desk.request.content);
    let report = &signed.content;
    let mut all = vec![content::language()];
    all.extend(observer(&signed.reader, &signed.facility));
    let asked = code("55115-0", "LN", "Request");
    let patient = &request.patient;
    let (name, kana, number) = (patient.name.full(), patient.name.full_kana(), &patient.number);
    let whom = LANG
        .t(format!("患者：{name}（{kana}）患者番号 {number}"), format!("Patient: {name} ({kana}), number {number}"));
    all.push(Item::section(asked, vec![Item::text(asked, &whom), Item::text(asked, &request.question)]));
    let reason = code("18785-6", "LN", "Indications for Procedure");
    all.push(Item::section(reason, vec![Item::text(FINDING, &request.reason)]));
    if signed.number > 1 {
        let addendum = code("55107-7", "LN", "Addendum");
        let (number, reason) = (signed.number, &signed.reason);
        let words = LANG.t(
            format!("第{number}版。変更の理由：{reason}"),
            format!("Version {number}. Reason for the change: {reason}"),
        );
        all.push(Item::section(addendum, vec![Item::text(FINDING, &words)]));
    }
    let mut findings: Vec<Item> = report
        .parts
        .iter()
        .filter(|it| !it.1.trim().is_empty())
        .map(|(heading, text)| Item::text(FINDING, &format!("{}：{text}", heading.in_lang(LANG))))
        .collect();
    findings.extend(report.findings.iter().map(|it| finding(it, source)));
    if !findings.is_empty() {
        all.push(Item::section(code("59776-5", "LN", "Findings"), findings));
    }
    if !report.incidental.is_empty() {
        let items = report.incidental.iter().map(|it| Item::text(FINDING, it)).collect();
        all.push(Item::section(INCIDENTAL, items));
    }
    let mut impression = vec![
        Item::text(code("121073", "DCM", "Impression"), &report.impression),
        Item::text(URGENCY, report.urgency.words().in_lang(LANG)),
    ];
    impression.extend(category(report.urgency).map(|it| Item::new("CONTAINS", URGENCY, Value::Code(it))));
    all.push(Item::section(code("19005-8", "LN", "Impressions"), impression));
    if !source.pictures.is_empty() {
        let items = source.pictures.values().map(|it| illustration("CONTAINS", it)).collect();
        all.push(Item::section(code("55113-5", "LN", "Key Images"), items));
    }
    all
}

/// The classes of actionable findings (PS3.16 CID 7035): to be told within minutes, or within hours.
const fn category(urgency: Urgency) -> Option<Code> {
    match urgency {
        Urgency::Usual => None,
        Urgency::Soon => Some(code("RID49481", "RADLEX", "ACR Category 2 Actionable Finding")),
        Urgency::AtOnce => Some(code("RID49480", "RADLEX", "ACR Category 1 Actionable Finding")),
    }
}

fn finding(it: &Finding, source: &Source) -> Item {
    let picture = source.pictures.get(&it.image);
    // A picture that is not found by its number stays named in words.
    let image = match picture {
        None if !it.image.is_empty() => LANG.t(format!("（画像 {}）", it.image), format!(" (image {})", it.image)),
        _ => String::new(),
    };
    let mut item = Item::text(FINDING, &format!("{}：{}{image}", site_words(&it.site, LANG), it.text));
    if let Some((site, side)) = sites::of(&it.site) {
        let mut site = Item::new("HAS CONCEPT MOD", FINDING_SITE, Value::Code(site));
        site.below.extend(side.map(|side| Item::new("HAS CONCEPT MOD", LATERALITY, Value::Code(side))));
        item.below.push(site);
    }
    item.below.extend(picture.map(|it| illustration("INFERRED FROM", it)));
    item
}
