//! The consent on paper: what was shown and agreed, as it was shown.

use kernel::{Ctx, Lang, time};
use papers::{Block, Check, Document, SignLine};
use people::facility::Facility;
use people::patient::Patient;

use super::{Consent, Part};
use crate::consent::store::Storage;

fn head(ctx: &Ctx, facility: &Facility, lang: Lang, large_type: bool) -> Document {
    Document {
        title: kernel::Words::new("オンライン診療の説明と同意", "Online visits: explanation and consent"),
        lang,
        facility: facility.name.clone(),
        address: facility.address.clone(),
        contact: facility.phone.clone(),
        made_at: ctx.now,
        number: String::new(),
        version: 1,
        blocks: Vec::new(),
        sign: Vec::new(),
        large_type,
    }
}

/// The paper of a consent, in the language in which it was given. `storage` is what is agreed now.
pub(crate) fn of_consent(
    ctx: &Ctx,
    facility: &Facility,
    patient: &Patient,
    consent: &Consent,
    storage: Option<&Storage>,
    large_type: bool,
) -> Document {
    let record = &consent.record;
    let lang = record.lang;
    let mut document = head(ctx, facility, lang, large_type);
    document.made_at = consent.head.given_at;
    document.number = consent.head.id.to_string();
    let mut facts = vec![
        (lang.t("患者", "Patient").to_owned(), format!("{}（{}）", patient.name.full(), patient.number)),
        (lang.t("同意した日時", "Given at").to_owned(), time::show(consent.head.given_at, lang)),
        (lang.t("同意した人", "Given by").to_owned(), given_by(consent, lang)),
        (lang.t("説明文書の版", "Version of the text").to_owned(), record.text.version()),
        (
            lang.t("文書の指紋（SHA-256）", "Digest of the text (SHA-256)").to_owned(),
            crypto::digest::hex(&record.text.digest()),
        ),
    ];
    if let Some(at) = consent.head.withdrawn_at {
        facts.push((lang.t("取り消した日時", "Withdrawn at").to_owned(), time::show(at, lang)));
    }
    if !consent.head.explained {
        facts.push((
            lang.t("説明", "Explanation").to_owned(),
            lang.t("緊急のため、同意の後に行うこととした", "Postponed in an emergency").to_owned(),
        ));
    }
    document.blocks.push(Block::Facts(facts));
    for part in &record.text.parts {
        document.blocks.extend(blocks(part, lang, |key| part_ticked(consent, part, key)));
    }
    if let Some(storage) = storage {
        document.blocks.push(Block::Heading(lang.t("画像などの保存", "Keeping pictures").to_owned()));
        document.blocks.push(Block::Text(storage_words(storage, lang)));
    }
    document.sign.push(SignLine {
        label: consent.head.hand.words().in_lang(lang).to_owned(),
        name: record.typed_name.clone(),
        at: Some(consent.head.given_at),
        how: lang.t("患者さん側の画面で、本人の操作により記録", "Given on the patient's side, by own hand").to_owned(),
    });
    document
}

/// The patient's own checklist, to read and keep (OV-306).
pub(crate) fn of_checklist(
    ctx: &Ctx,
    facility: &Facility,
    part: &Part,
    version: &str,
    lang: Lang,
    large_type: bool,
) -> Document {
    kernel::clause!("OV-306");
    let mut document = head(ctx, facility, lang, large_type);
    document.title = part.title.clone();
    version.clone_into(&mut document.number);
    document.blocks = blocks(part, lang, |_| false);
    document
}

fn blocks(part: &Part, lang: Lang, ticked: impl Fn(&str) -> bool) -> Vec<Block> {
    let mut blocks =
        vec![Block::Heading(part.title.in_lang(lang).to_owned()), Block::Text(part.lead.in_lang(lang).to_owned())];
    for item in &part.items {
        let check = Check { done: ticked(&item.key), text: item.words.in_lang(lang).to_owned(), note: None };
        blocks.push(Block::Checks(vec![check]));
        if !item.subs.is_empty() {
            blocks.push(Block::List(item.subs.iter().map(|it| it.in_lang(lang).to_owned()).collect()));
        }
    }
    blocks
}

/// The parts before the signature have a row each only when every item was ticked.
fn part_ticked(consent: &Consent, part: &Part, key: &str) -> bool {
    match part.kind {
        guidelines::consent::DocumentKind::Consent => consent.record.ticks.iter().any(|it| it == key),
        guidelines::consent::DocumentKind::Explanation => consent.head.explained,
        _ => true,
    }
}

/// Whose hand it was, with the relation of a guardian.
pub(crate) fn given_by(consent: &Consent, lang: Lang) -> String {
    let hand = consent.head.hand.words();
    let hand = hand.in_lang(lang);
    match &consent.record.relation {
        Some(relation) => format!("{}（{hand}、{relation}）", consent.record.typed_name),
        None => format!("{}（{hand}）", consent.record.typed_name),
    }
}

/// What stands on keeping pictures, in one sentence.
pub(crate) fn storage_words(storage: &Storage, lang: Lang) -> String {
    match (storage.keep, storage.agreed_at) {
        (super::Keep::Nothing, _) => guidelines::storage::Agreement::default_words().in_lang(lang).to_owned(),
        (super::Keep::Pictures, Some(at)) => match lang {
            Lang::Ja => format!(
                "静止画だけを{}に保存します。責任者：{}。双方が合意した日時：{}。",
                storage.place,
                storage.keeper,
                time::show(at, lang)
            ),
            Lang::En => format!(
                "Still pictures only are kept in {}, by {}. Agreed by both: {}.",
                storage.place,
                storage.keeper,
                time::show(at, lang)
            ),
        },
        (super::Keep::Pictures, None) => match lang {
            Lang::Ja => format!(
                "患者さんは、静止画を{}に保存することに同意しています。担当医の合意がまだなので、保存はできません。",
                storage.place
            ),
            Lang::En => format!(
                "The patient agrees to still pictures in {}. The doctor has not agreed yet, so none are kept.",
                storage.place
            ),
        },
    }
}
