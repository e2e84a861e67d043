//! The notification of remote work on paper (届出書), as the prefecture or city takes it.

use kernel::{Lang, Timestamp, Words};
use papers::{Block, Document, SignLine};
use people::facility::Facility;

use super::Worker;

/// The form, filled in. `authority` is empty before the first one was filed.
#[must_use]
pub fn of(
    laboratory: &Facility,
    manager: &str,
    authority: &str,
    workers: &[Worker],
    now: Timestamp,
    lang: Lang,
) -> Document {
    let fact = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    let head = [
        lang.t("氏名", "Name"),
        lang.t("連絡可能な電話番号", "Telephone"),
        lang.t("主にリモートワークを行う場所", "Main place of the work"),
    ];
    let rows = workers
        .iter()
        .map(|it| {
            let home = it.at_home.then(|| lang.t("自宅", "Home").to_owned());
            let places: Vec<String> = home.into_iter().chain(it.places.iter().cloned()).collect();
            vec![it.name.clone(), it.phone.clone(), places.join("\n")]
        })
        .collect();
    let to = if authority.is_empty() {
        lang.t("（都道府県知事・市長・区長）", "(prefecture, city or ward)")
    } else {
        authority
    };
    Document {
        title: Words::new("歯科技工所のリモートワークに関する届出", "Notification of remote dental-technician work"),
        lang,
        facility: laboratory.name.clone(),
        address: laboratory.address.clone(),
        contact: laboratory.phone.clone(),
        made_at: now,
        number: laboratory.slug.clone(),
        version: 1,
        blocks: vec![
            Block::Facts(vec![
                fact(lang.t("届出先", "To"), to),
                fact(lang.t("歯科技工所の名称", "Laboratory"), &laboratory.name),
                fact(lang.t("所在地", "Address"), &laboratory.address),
                fact(lang.t("管理者", "Manager"), manager),
            ]),
            Block::Heading(lang.t("リモートワークを行う歯科技工士", "Technicians who work remotely").to_owned()),
            Block::Table { head: head.map(ToOwned::to_owned).to_vec(), rows },
            Block::Note(
                lang.t(
                    "変更があったときは、10日以内に届け出ます。用紙の形は届出先によって違うことがあります。",
                    "A change is notified within ten days. The authority may have a form of its own.",
                )
                .to_owned(),
            ),
        ],
        sign: vec![SignLine {
            label: lang.t("開設者", "Owner").to_owned(),
            name: String::new(),
            at: None,
            how: String::new(),
        }],
        large_type: false,
    }
}
