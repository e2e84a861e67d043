//! An order on paper: the law's contents first, in its order (歯科技工士法施行規則12条).

use kernel::{Lang, Tooth, Words, time};
use papers::{Block, Document, SignLine, ToothMark};
use people::facility::Facility;

use super::Version;
use crate::case::CaseId;

/// A version of the order of a case, issued by `clinic`.
#[must_use]
pub fn of(case: CaseId, version: &Version, clinic: &Facility, lang: Lang) -> Document {
    let it = &version.content;
    let fact = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    let mut facts = vec![
        fact(lang.t("患者氏名", "Patient"), &format!("{}（{}）", it.patient.full(), it.patient.full_kana())),
        fact(lang.t("設計", "Design"), &it.design),
        fact(lang.t("作成の方法", "How it is made"), &it.method),
        fact(lang.t("使用する材料", "Materials"), &it.materials),
        fact(lang.t("発行の年月日", "Issued on"), &time::show_day(it.issued_on, lang)),
        fact(lang.t("発行した歯科医師", "Issued by"), &it.dentist),
        fact(lang.t("医療機関の名称・所在地", "Clinic"), &format!("{}　{}", it.clinic, it.clinic_address)),
    ];
    for (place, laboratory) in it.laboratories.iter().enumerate() {
        let label = match place {
            0 => lang.t("歯科技工所の名称・所在地", "Laboratory").to_owned(),
            _ => lang.t(format!("一部を行う技工所 {place}"), format!("Further laboratory {place}")),
        };
        facts.push((label, format!("{}　{}", laboratory.name, laboratory.address)));
    }
    let prosthesis = it.prosthesis();
    let mut work = vec![
        fact(lang.t("種類", "Kind"), prosthesis.in_lang(lang)),
        fact(lang.t("部位（FDI）", "Teeth (FDI)"), &it.teeth()),
        fact(lang.t("納品の希望日", "Needed by"), &time::show_day(it.due_on, lang)),
        fact(lang.t("患者番号", "Number"), &it.patient_number),
    ];
    for (label, text) in [
        (lang.t("色調", "Shade"), &it.shade),
        (lang.t("インプラントのシステムと部品", "Implant system and parts"), &it.implant),
        (lang.t("かみ合わせ・対合歯", "Bite and opposing teeth"), &it.bite),
        (lang.t("その他の指示", "Other notes"), &it.notes),
    ] {
        if !text.is_empty() {
            work.push(fact(label, text));
        }
    }
    let mut blocks =
        vec![Block::Facts(facts), Block::Heading(lang.t("技工物", "The work").to_owned()), Block::Facts(work)];
    let words = || prosthesis.in_lang(lang).to_owned();
    let marks: Vec<ToothMark> = it
        .teeth
        .iter()
        .filter_map(|it| Tooth::new(*it))
        .map(|tooth| ToothMark { tooth, mark: "*".into(), words: words() })
        .collect();
    if !marks.is_empty() {
        blocks.push(Block::Teeth(marks));
    }
    if !version.reason.is_empty() {
        blocks.push(Block::Heading(lang.t("変更の理由", "Reason for the change").to_owned()));
        blocks.push(Block::Text(version.reason.clone()));
    }
    Document {
        title: Words::new("歯科技工指示書", "Order for dental laboratory work"),
        lang,
        facility: it.clinic.clone(),
        address: it.clinic_address.clone(),
        contact: clinic.phone.clone(),
        made_at: version.at,
        number: case.to_string(),
        version: u32::try_from(version.number).unwrap_or(u32::MAX),
        blocks,
        sign: vec![SignLine {
            label: lang.t("発行した歯科医師", "Issued by").to_owned(),
            name: it.dentist.clone(),
            at: Some(version.at),
            how: lang.t("本人のログインで発行", "Issued under the dentist's own sign-in").to_owned(),
        }],
        large_type: false,
    }
}
