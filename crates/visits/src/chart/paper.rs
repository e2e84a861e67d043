//! The chart entry and the patient's summary on paper.

use kernel::{Lang, Tooth, Words, time};
use papers::{Block, Document, SignLine, ToothMark};
use people::facility::Facility;
use people::patient::Patient;

use super::store::{Desk, View};
use super::{PARTS, Version, mark};
use crate::policy::Policy;

fn head(title: Words, lang: Lang, facility: &Facility, version: &Version) -> Document {
    Document {
        title,
        lang,
        facility: facility.name.clone(),
        address: facility.address.clone(),
        contact: facility.phone.clone(),
        made_at: version.finalised_at,
        number: version.id.to_string(),
        version: u32::try_from(version.number).unwrap_or(u32::MAX),
        blocks: Vec::new(),
        sign: Vec::new(),
        large_type: false,
    }
}

fn patient_lines(patient: &Patient, lang: Lang) -> Vec<(String, String)> {
    vec![
        (lang.t("患者", "Patient").to_owned(), format!("{}（{}）", patient.name.full(), patient.number)),
        (lang.t("生年月日", "Born").to_owned(), time::show_day(patient.birth_date, lang)),
    ]
}

fn heading(words: &str) -> Block {
    Block::Heading(words.to_owned())
}

fn policy(blocks: &mut Vec<Block>, policy: Option<&Policy>, lang: Lang) {
    if let Some(policy) = policy {
        blocks.push(heading(lang.t("これからの方針", "How it goes on")));
        blocks.push(Block::Facts(policy.lines(lang)));
    }
}

/// A finalised version of the entry.
pub(crate) fn of_chart(desk: &Desk, version: &Version, lang: Lang) -> Document {
    let mut document = head(Words::new("診療録", "Chart entry"), lang, &desk.facility, version);
    let blocks = &mut document.blocks;
    blocks.push(Block::Facts(patient_lines(&desk.patient, lang)));
    for (key, words) in &PARTS {
        blocks.push(heading(words.in_lang(lang)));
        blocks.push(Block::Text(version.content.part(key).to_owned()));
    }
    let marks: Vec<ToothMark> = version
        .content
        .teeth
        .iter()
        .filter_map(|(fdi, key)| {
            let (tooth, mark) = (Tooth::new(*fdi)?, mark(key)?);
            Some(ToothMark {
                tooth,
                mark: mark.sign.in_lang(lang).to_owned(),
                words: mark.words.in_lang(lang).to_owned(),
            })
        })
        .collect();
    if !marks.is_empty() {
        blocks.push(heading(lang.t("歯の状態", "Teeth")));
        blocks.push(Block::Teeth(marks));
    }
    policy(blocks, desk.told.as_ref().map(|it| &it.policy), lang);
    blocks.push(heading(lang.t("診療の事実（自動で記録）", "Facts of the visit (recorded by itself)")));
    blocks.push(Block::Facts(version.facts.lines(lang)));
    if !version.reason.is_empty() {
        blocks.push(heading(lang.t("変更の理由", "Reason for the change")));
        blocks.push(Block::Text(version.reason.clone()));
    }
    let line = |label: &str, who: &str, at, how: &str| SignLine {
        label: label.to_owned(),
        name: desk.name(who, lang),
        at,
        how: how.to_owned(),
    };
    document.sign = vec![
        line(lang.t("記入", "Written by"), &version.entered_by, None, ""),
        line(
            lang.t("確定", "Finalised by"),
            &version.finalised_by,
            Some(version.finalised_at),
            lang.t("本人の再認証のうえ電子的に確定", "Electronically, after proving identity anew"),
        ),
    ];
    document
}

/// The patient's summary of a visit.
pub(crate) fn of_summary(view: &View, version: &Version, lang: Lang, large_type: bool) -> Document {
    let mut document = head(Words::new("診療のまとめ", "Summary of the visit"), lang, &view.facility, version);
    document.large_type = large_type;
    let blocks = &mut document.blocks;
    let mut lines = patient_lines(&view.patient, lang);
    lines.push((lang.t("診療日", "Day of the visit").to_owned(), time::show(view.booking.starts_at, lang)));
    lines.push((lang.t("担当", "Seen by").to_owned(), view.doctor.clone()));
    blocks.push(Block::Facts(lines));
    blocks.push(heading(lang.t("お伝えしたこと", "What you were told")));
    blocks.push(Block::Text(version.content.for_patient.clone()));
    policy(blocks, view.told.as_ref().map(|it| &it.policy), lang);
    if let Some(next) = view.next.first() {
        blocks.push(heading(lang.t("次の予約", "Next booking")));
        blocks.push(Block::Text(format!(
            "{} {}",
            time::show(next.starts_at, lang),
            next.visit_type.name.in_lang(lang)
        )));
    }
    if let Some(statement) = &version.facts.statement {
        blocks.push(Block::Note(statement.in_lang(lang).to_owned()));
    }
    document
}
