//! The papers for the printer. The contacts fit on one page: printed and hung up, they are there when the device is dead.

use kernel::{Lang, Timestamp};
use papers::{Block, Document};
use people::facility::Facility;

use super::{Kind, Paper};

/// The paper as a document.
#[must_use]
pub fn of(facility: &Facility, paper: &Paper, now: Timestamp, lang: Lang) -> Document {
    let head: Vec<String> = paper.kind.columns().iter().map(|it| it.words.in_lang(lang).to_owned()).collect();
    let table = Block::Table { head, rows: paper.rows.clone() };
    let blocks = match paper.kind {
        Kind::Rules | Kind::Plan => paper
            .rows
            .iter()
            .flat_map(|it| {
                let text = |at: usize| it.get(at).cloned().unwrap_or_default();
                [Block::Heading(text(0)), Block::Text(text(1))]
            })
            .collect(),
        Kind::Risks => vec![table],
        Kind::Contacts => vec![
            Block::Facts(vec![(facility.name.clone(), facility.phone.clone())]),
            table,
            Block::Note(
                lang.t(
                    "端末が使えないときのために、印刷して見えるところに貼ってください。変わったら刷り直します。",
                    "Print it and hang it up for the time when no device works. Print it anew when it changes.",
                )
                .to_owned(),
            ),
        ],
    };
    Document {
        title: paper.kind.words(),
        lang,
        facility: facility.name.clone(),
        address: facility.address.clone(),
        contact: facility.phone.clone(),
        made_at: now,
        number: format!("{}-{}", facility.slug, paper.kind.key()),
        version: u32::try_from(paper.number).unwrap_or(u32::MAX),
        blocks,
        sign: vec![],
        large_type: paper.kind == Kind::Contacts,
    }
}
