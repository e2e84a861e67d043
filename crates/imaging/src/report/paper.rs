//! A signed report on paper.

use kernel::{Lang, Tooth, Words, time};
use papers::{Block, Document, SignLine, ToothMark};
use people::facility::Facility;

use super::{Version, template};
use crate::request::store::Desk;

/// The newest version, as the requester files it. `reads` is the facility that has read.
pub(crate) fn of(desk: &Desk, version: &Version, reads: &Facility, lang: Lang) -> Document {
    let (request, it) = (&desk.request, &version.signed);
    let patient = &request.content.patient;
    let fact = |label: &str, value: String| (label.to_owned(), value);
    let mut blocks = vec![Block::Facts(vec![
        fact(lang.t("患者", "Patient"), format!("{}（{}）", patient.name.full(), patient.name.full_kana())),
        fact(lang.t("患者番号", "Number"), patient.number.clone()),
        fact(lang.t("生年月日", "Born"), time::show_day(patient.birth_date, lang)),
        fact(
            lang.t("検査", "Examination"),
            template(&request.examination).map_or_else(String::new, |it| it.name.in_lang(lang).to_owned()),
        ),
        fact(lang.t("依頼した歯科医師", "Asked by"), desk.responsible.clone()),
        fact(lang.t("知りたいこと", "What is asked"), request.content.question.clone()),
    ])];
    for (heading, text) in it.content.lines(lang) {
        if !text.is_empty() {
            blocks.push(Block::Heading(heading));
            blocks.push(Block::Text(text));
        }
    }
    let marks: Vec<ToothMark> = it
        .content
        .findings
        .iter()
        .filter_map(|it| {
            let tooth = Tooth::new(it.site.parse().ok()?)?;
            Some(ToothMark { tooth, mark: "*".into(), words: it.text.clone() })
        })
        .collect();
    if !marks.is_empty() {
        blocks.push(Block::Heading(lang.t("所見のある歯", "Teeth with findings").to_owned()));
        blocks.push(Block::Teeth(marks));
    }
    if !it.reason.is_empty() {
        blocks.push(Block::Heading(lang.t("変更の理由", "Reason for the change").to_owned()));
        blocks.push(Block::Text(it.reason.clone()));
    }
    let digest = crypto::digest::hex(&crypto::digest::sha256(version.text.as_bytes()));
    blocks.push(Block::Note(lang.t(
        format!("電子署名された本文のSHA-256：{digest}"),
        format!("SHA-256 of the text that was signed: {digest}"),
    )));
    Document {
        title: Words::new("画像診断報告書", "Report on images"),
        lang,
        facility: reads.name.clone(),
        address: reads.address.clone(),
        contact: reads.phone.clone(),
        made_at: it.signed_at,
        number: it.id.to_string(),
        version: u32::try_from(it.number).unwrap_or(u32::MAX),
        blocks,
        sign: vec![SignLine {
            label: it.qualification.in_lang(lang).to_owned(),
            name: it.reader.clone(),
            at: Some(it.signed_at),
            how: lang
                .t(
                    "本人の再認証のうえ、本人の鍵で電子署名",
                    "Signed with the reader's own key after proving identity anew",
                )
                .to_owned(),
        }],
        large_type: false,
    }
}
