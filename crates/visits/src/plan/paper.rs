//! The plan on paper: the nine parts of one version.

use guidelines::plan::Part;
use kernel::{Lang, Words, time};
use papers::{Block, Document, SignLine};
use people::facility::Facility;
use people::patient::Patient;

use super::{Doctor, Plan, Version};

/// The paper of the version that counts, or of the newest one while none does.
pub(crate) fn of_plan(
    facility: &Facility,
    patient: &Patient,
    plan: &Plan,
    version: &Version,
    doctors: &[Doctor],
    lang: Lang,
    large_type: bool,
) -> Document {
    let mut facts = vec![
        (lang.t("患者", "Patient").to_owned(), format!("{}（{}）", patient.name.full(), patient.number)),
        (lang.t("担当医", "Doctors").to_owned(), named(version, doctors)),
        (lang.t("確定した日時", "Finalised at").to_owned(), time::show(version.finalised_at, lang)),
    ];
    if let Some(day) = version.content.evaluated_on {
        facts.push((
            lang.t("もとになった対面の診察", "Rests on the visit in person of").to_owned(),
            time::show_day(day, lang),
        ));
    }
    if !version.content.reason.is_empty() {
        facts.push((lang.t("変更の理由", "Why it was changed").to_owned(), version.content.reason.clone()));
    }
    if let Some(day) = plan.completed_on {
        facts.push((
            lang.t("オンライン診療を終えた日", "Online care completed on").to_owned(),
            time::show_day(day, lang),
        ));
    }
    let mut blocks = vec![Block::Facts(facts)];
    for (index, part) in Part::ALL.into_iter().enumerate() {
        blocks.push(Block::Heading(format!("{}. {}", index + 1, part.title().in_lang(lang))));
        blocks.push(Block::Text(version.content.part(part).to_owned()));
    }
    let mut sign = vec![SignLine {
        label: lang.t("確定した医師・歯科医師", "Finalised by").to_owned(),
        name: finaliser(version, doctors),
        at: Some(version.finalised_at),
        how: lang.t("本人認証のうえ電子的に確定", "Finalised electronically after proof of identity").to_owned(),
    }];
    if let Some(at) = version.agreed_at.or(version.read_at) {
        sign.push(SignLine {
            label: lang.t("患者", "Patient").to_owned(),
            name: patient.name.full(),
            at: Some(at),
            how: lang.t("患者さん側の画面で確認", "Confirmed on the patient's side").to_owned(),
        });
    }
    Document {
        title: Words::new("オンライン診療計画", "Plan of online care"),
        lang,
        facility: facility.name.clone(),
        address: facility.address.clone(),
        contact: facility.phone.clone(),
        made_at: version.finalised_at,
        number: plan.id.to_string(),
        version: u32::try_from(version.number).unwrap_or(1),
        blocks,
        sign,
        large_type,
    }
}

/// The names of the doctors of a version.
pub(crate) fn named(version: &Version, doctors: &[Doctor]) -> String {
    let names: Vec<String> =
        doctors.iter().filter(|(id, _)| version.content.doctors.contains(id)).map(|(_, name)| name.full()).collect();
    names.join("、")
}

fn finaliser(version: &Version, doctors: &[Doctor]) -> String {
    let found = doctors.iter().find(|(id, _)| version.finalised_by == kernel::Who::Staff(*id).label());
    found.map_or_else(String::new, |(_, name)| name.full())
}
