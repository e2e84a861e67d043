//! The laboratory record on paper, its fields in the order of the ministry's guideline.

use kernel::{Lang, Timestamp, Words, time};
use papers::{Block, Document};
use people::facility::Facility;

use super::Record;
use crate::case::CRITERIA;
use crate::case::CaseId;
use crate::step::pages::place;
use crate::step::store::Desk;

/// What a cell says where nothing has happened yet.
fn day(on: Option<kernel::Date>, lang: Lang) -> String {
    on.map_or_else(|| lang.t("まだです", "not yet").to_owned(), |it| time::show_day(it, lang))
}

/// The record as label and value: fields ① to ⑤, ⑦ and ⑧, and the order it belongs to.
#[must_use]
pub fn facts(case: CaseId, it: &Record, inspector: &str, lang: Lang) -> Vec<(&'static str, String)> {
    let materials: Vec<String> = it.materials.iter().map(|it| format!("{}（{}）", it.product, it.lot)).collect();
    let order = &it.order;
    let design = format!("{} {}\n{}", order.prosthesis().in_lang(lang), order.teeth(), order.design);
    let inspection = match &it.inspection {
        Some(found) => format!("{} {inspector}", time::show_day(found.on, lang)),
        None => day(None, lang),
    };
    vec![
        (lang.t("① 指示書を受け取った日", "① Order received on"), time::show_day(it.received_on, lang)),
        (lang.t("② 患者の氏名", "② Patient"), order.patient.full()),
        (lang.t("③ 部位と設計", "③ Part and design"), design),
        (lang.t("④ 作成の方法", "④ How it is made"), order.method.clone()),
        (lang.t("⑤ 使用した材料（製品名・ロット）", "⑤ Materials (product, lot)"), materials.join("\n")),
        (lang.t("⑦ 最終の検査", "⑦ Final inspection"), inspection),
        (lang.t("⑧ 引き渡した日", "⑧ Handed over on"), day(it.handed_over_on, lang)),
        (
            lang.t("指示書", "Order"),
            format!(
                "{case} {} {} {} {}",
                lang.t(format!("第{}版", it.version), format!("version {}", it.version)),
                time::show_day(order.issued_on, lang),
                order.clinic,
                order.dentist
            ),
        ),
    ]
}

/// The steps as rows: what, who, where, from, until.
#[must_use]
pub fn steps(it: &Record, desk: &Desk, lang: Lang) -> Vec<Vec<String>> {
    let name = |it: &kernel::PersonId| desk.names.get(it).cloned().unwrap_or_default();
    let row = |step: &crate::step::Step| {
        let end = step.end.as_ref().map_or_else(String::new, |it| time::show(it.at, lang));
        let what = step.kind.words().in_lang(lang).to_owned();
        vec![what, name(&step.person), place(desk, step, lang), time::show(step.started_at, lang), end]
    };
    it.steps.iter().map(row).collect()
}

/// The heads of [`steps`].
#[must_use]
pub fn heads(lang: Lang) -> [&'static str; 5] {
    lang.t(["工程", "担当", "場所", "始め", "終わり"], ["Step", "Who", "Where", "From", "Until"])
}

/// The record of a case as a document of the laboratory's.
#[must_use]
pub fn of(
    case: CaseId,
    it: &Record,
    desk: &Desk,
    inspector: &str,
    laboratory: &Facility,
    now: Timestamp,
    lang: Lang,
) -> Document {
    let mut blocks = vec![
        Block::Facts(facts(case, it, inspector, lang).into_iter().map(|(label, it)| (label.to_owned(), it)).collect()),
        Block::Heading(lang.t("⑥ 工程の管理", "⑥ Steps").to_owned()),
        Block::Table { head: heads(lang).map(ToOwned::to_owned).to_vec(), rows: steps(it, desk, lang) },
    ];
    if let Some(found) = it.inspection.as_ref().filter(|it| !it.criteria.is_empty()) {
        let label = |key: &str| {
            CRITERIA.iter().find(|it| it.0 == key).map_or_else(String::new, |it| it.1.in_lang(lang).to_owned())
        };
        let criteria =
            found.criteria.iter().map(|(key, it)| (label(key), it.words().in_lang(lang).to_owned())).collect();
        blocks.push(Block::Heading(lang.t("検査の結果", "What was inspected").to_owned()));
        blocks.push(Block::Facts(criteria));
    }
    Document {
        title: Words::new("歯科技工録", "Laboratory record"),
        lang,
        facility: laboratory.name.clone(),
        address: laboratory.address.clone(),
        contact: laboratory.phone.clone(),
        made_at: now,
        number: case.to_string(),
        version: u32::try_from(it.version).unwrap_or(u32::MAX),
        blocks,
        sign: vec![],
        large_type: false,
    }
}
