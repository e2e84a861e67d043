//! The check sheet on paper, as it stood on the day of the check.

use guidelines::compliance::Status;
use kernel::{Lang, Words, time};
use papers::{Block, Check as Item, Document, SignLine};
use people::facility::Facility;

use super::Check;

/// The sheet of `check`.
pub(crate) fn of(check: &Check, facility: &Facility, lang: Lang) -> Document {
    kernel::clause!("OV-305");
    let mut blocks = vec![
        Block::Facts(vec![
            (lang.t("点検した日時", "Checked at").to_owned(), time::show(check.checked_at, lang)),
            (lang.t("点検した人", "Checked by").to_owned(), check.name.in_lang(lang).to_owned()),
            (
                lang.t("結果", "Result").to_owned(),
                lang.t(
                    format!(
                        "{}項目のうち、守られている・対象外 {}、対応が必要・不明 {}",
                        check.sheet.len(),
                        check.met,
                        check.gaps
                    ),
                    format!(
                        "{} clauses: {} met or not applicable, {} not met or unknown",
                        check.sheet.len(),
                        check.met,
                        check.gaps
                    ),
                ),
            ),
        ]),
        Block::Text(check.note.clone()),
    ];
    let groups = [
        (Status::NotMet, Words::new("対応が必要なもの", "Not met")),
        (Status::Unknown, Words::new("まだ分からないもの", "Not known yet")),
        (Status::Met, Words::new("守られているもの", "Met")),
        (Status::NotApplicable, Words::new("対象外のもの", "Not applicable")),
    ];
    for (status, heading) in groups {
        let lines: Vec<_> = check.sheet.iter().filter(|it| it.status == status).collect();
        if lines.is_empty() {
            continue;
        }
        blocks.push(Block::Heading(heading.in_lang(lang).to_owned()));
        blocks.push(Block::Checks(
            lines
                .into_iter()
                .map(|it| {
                    let reasons: Vec<_> = it.reasons.iter().map(|it| it.in_lang(lang)).collect();
                    Item {
                        done: matches!(status, Status::Met | Status::NotApplicable),
                        text: format!("{} {}（{}）", it.clause, it.title.in_lang(lang), it.citation.in_lang(lang)),
                        note: (!reasons.is_empty()).then(|| reasons.join(" ")),
                    }
                })
                .collect(),
        ));
    }
    Document {
        title: Words::new("オンライン診療 指針遵守の点検表", "Online care: check sheet of the guideline"),
        lang,
        facility: facility.name.clone(),
        address: facility.address.clone(),
        contact: facility.phone.clone(),
        made_at: check.checked_at,
        number: check.id.to_string(),
        version: u32::try_from(check.number).unwrap_or(u32::MAX),
        blocks,
        sign: vec![SignLine {
            label: lang.t("点検した人", "Checked by").to_owned(),
            name: check.name.in_lang(lang).to_owned(),
            at: Some(check.checked_at),
            how: lang.t("ログインした本人が記録", "Recorded by the signed-in person").to_owned(),
        }],
        large_type: false,
    }
}
