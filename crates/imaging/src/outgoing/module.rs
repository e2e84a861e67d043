//! What all objects that we write say of themselves: patient, study, series, equipment (PS3.3 C.7, C.12).
//!
//! Patient and study are named as the device named them, since an archive must put the report beside the pictures; whom
//! the report is about in our own books stands in its text.

use std::collections::BTreeMap;

use kernel::{Timestamp, time};

use super::LANG;
use super::sites::Code;
use super::store::{About, Source};
use crate::dataset::{Tag, Vr, Writer};
use crate::instance::Uid;

/// Characters of a long string, and of a short one (PS3.5 6.2).
const LO_CHARS_MAX: usize = 64;
const SH_CHARS_MAX: usize = 16;

/// A data set in the making: elements find their order by themselves.
#[derive(Debug, Default)]
pub(crate) struct Elements(BTreeMap<Tag, (Vr, Vec<u8>)>);

impl Elements {
    pub(crate) fn put(&mut self, tag: Tag, vr: &[u8; 2], value: &[u8]) -> &mut Self {
        self.0.insert(tag, (Vr(*vr), value.to_vec()));
        self
    }

    /// Text, cut to what its representation may hold.
    pub(crate) fn text(&mut self, tag: Tag, vr: &[u8; 2], text: &str) -> &mut Self {
        let most = match vr {
            b"LO" => LO_CHARS_MAX,
            b"SH" | b"CS" => SH_CHARS_MAX,
            _ => usize::MAX,
        };
        // A backslash would make two values of one, and is no letter of any of these.
        let plain = |it: &char| matches!(vr, b"UT" | b"ST" | b"LT") || (*it != '\\' && !it.is_control());
        let text: String = text.chars().filter(plain).take(most).collect();
        self.put(tag, vr, text.as_bytes())
    }

    pub(crate) fn items(&mut self, tag: Tag, items: Vec<Self>) -> &mut Self {
        let mut value = Writer::explicit();
        for it in items {
            value.whole_item(&it.bytes());
        }
        self.put(tag, b"SQ", &value.take())
    }

    pub(crate) fn code(&mut self, tag: Tag, code: Code) -> &mut Self {
        let mut item = Self::default();
        item.text(Tag(0x0008, 0x0100), b"SH", code.value).text(Tag(0x0008, 0x0102), b"SH", code.scheme).text(
            Tag(0x0008, 0x0104),
            b"LO",
            code.meaning,
        );
        self.items(tag, vec![item])
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Writer::explicit();
        for (tag, (vr, value)) in &self.0 {
            out.element(*tag, *vr, value);
        }
        out.take()
    }
}

/// `YYYYMMDD` on the clinic's wall.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_zoned(time::tokyo()).strftime("%Y%m%d").to_string()
}

/// `HHMMSS` on the clinic's wall.
pub(crate) fn hour(at: Timestamp) -> String {
    at.to_zoned(time::tokyo()).strftime("%H%M%S").to_string()
}

/// A name of ours as a person's name: all of it in the ideographic group.
pub(crate) fn person(full: &str) -> String {
    format!("={}", full.split([' ', '\u{3000}']).collect::<Vec<_>>().join("^"))
}

/// What an object is, beside whose and of which study it is.
pub(crate) struct Identity<'a> {
    pub(crate) class: &'a str,
    pub(crate) uid: &'a Uid,
    pub(crate) modality: &'a str,
    pub(crate) series: &'a Uid,
    pub(crate) series_number: u16,
    /// What the series holds.
    pub(crate) description: &'a str,
    pub(crate) number: i64,
    /// The facility whose people have made it.
    pub(crate) facility: &'a str,
}

/// What every object begins with.
pub(crate) fn head(study: &About, object: &Identity<'_>) -> Elements {
    let mut it = Elements::default();
    let claims = &study.claims;
    it.text(Tag(0x0008, 0x0005), b"CS", "ISO_IR 192")
        .text(Tag(0x0008, 0x0016), b"UI", object.class)
        .text(Tag(0x0008, 0x0018), b"UI", object.uid.as_str())
        .text(Tag(0x0008, 0x0020), b"DA", &study.date.replace('-', ""))
        .text(Tag(0x0008, 0x0030), b"TM", &study.time)
        .text(Tag(0x0008, 0x0050), b"SH", &claims.accession)
        .text(Tag(0x0008, 0x0060), b"CS", object.modality)
        .text(Tag(0x0008, 0x0070), b"LO", "Haruka")
        .text(Tag(0x0008, 0x0080), b"LO", object.facility)
        .text(Tag(0x0008, 0x0090), b"PN", &claims.referrer.to_string())
        .text(Tag(0x0008, 0x0201), b"SH", "+0900")
        .text(Tag(0x0008, 0x1030), b"LO", &claims.description)
        .text(Tag(0x0008, 0x103E), b"LO", object.description)
        .text(Tag(0x0010, 0x0010), b"PN", &claims.patient.name.to_string())
        .text(Tag(0x0010, 0x0020), b"LO", &claims.patient.id)
        .text(Tag(0x0010, 0x0040), b"CS", &claims.patient.sex)
        .text(Tag(0x0020, 0x000D), b"UI", &study.uid)
        .text(Tag(0x0020, 0x000E), b"UI", object.series.as_str())
        .text(Tag(0x0020, 0x0010), b"SH", &claims.number)
        .text(Tag(0x0020, 0x0011), b"IS", &object.series_number.to_string())
        .text(Tag(0x0020, 0x0013), b"IS", &object.number.to_string());
    let born = claims.patient.birth_date.map(|it| it.to_string().replace('-', ""));
    it.text(Tag(0x0010, 0x0030), b"DA", &born.unwrap_or_default());
    it
}

/// When its content was made.
pub(crate) fn made(it: &mut Elements, at: Timestamp) {
    it.text(Tag(0x0008, 0x0023), b"DA", &day(at)).text(Tag(0x0008, 0x0033), b"TM", &hour(at));
}

/// What both kinds of reports begin with.
pub(super) fn common(source: &Source) -> Elements {
    let (object, signed) = (&source.object, &source.version.signed);
    let identity = Identity {
        class: object.kind.class(),
        uid: &object.uid(),
        modality: object.kind.modality(),
        series: &object.series(),
        series_number: object.kind.series_number(),
        description: LANG.t("画像診断報告書", "Report on images"),
        number: signed.number,
        facility: &signed.facility,
    };
    let mut it = head(&source.study, &identity);
    made(&mut it, signed.signed_at);
    it
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_find_their_order_and_keep_to_their_length() {
        let mut it = Elements::default();
        it.text(Tag(0x0020, 0x000D), b"UI", "1.2").text(Tag(0x0008, 0x0050), b"SH", "12345678901234567890").text(
            Tag(0x0008, 0x0080),
            b"LO",
            "一\\二\n三",
        );
        let mut expected = Writer::explicit();
        expected
            .text(Tag(0x0008, 0x0050), Vr(*b"SH"), "1234567890123456")
            .text(Tag(0x0008, 0x0080), Vr(*b"LO"), "一二三")
            .text(Tag(0x0020, 0x000D), Vr(*b"UI"), "1.2");
        assert_eq!(it.bytes(), expected.take());
    }

    #[test]
    fn a_name_stands_in_its_own_group() {
        assert_eq!(person("渡辺\u{3000}亮"), "=渡辺^亮");
        assert_eq!(person("Watanabe"), "=Watanabe");
    }
}
