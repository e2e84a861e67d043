//! The policy as a table that a manager can read, and the answer to "why was this allowed or refused?".

use axum::extract::Query;
use kernel::{PersonId, Words};
use maud::{Markup, html};
use web::{Asked, Door, Filled, Routes, look};

use super::{Access, Act, Class, Decision, decide, duties, duty, policy};
use crate::person::Person;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/settings/access", show)
}

#[derive(serde::Deserialize)]
struct Question {
    #[serde(default)]
    person: String,
    #[serde(default)]
    act: String,
    #[serde(default)]
    class: String,
}

struct View {
    staff: Vec<Person>,
    held: Vec<String>,
}

async fn show(asked: Asked, Query(question): Query<Question>) -> web::Result {
    kernel::clause!("CS-120");
    let person: Option<PersonId> = question.person.parse().ok();
    let view = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            Access::new("access.view", Act::View, Class::Administration)
                .on("policy", &policy().edition)
                .require(tx, ctx)?;
            let held = person.map(|it| duties(tx, it)).transpose()?.unwrap_or_default();
            Ok(View { staff: crate::person::store::staff(tx)?, held })
        })
        .await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            format!("{}版（{}から）。職種と役割ごとに、どの情報に何ができるかを定めています。ここにないことは、だれにもできません。", policy().edition, policy().valid_from),
            format!("Edition {} (from {}). What each job and charge may do with which information. What is not here, nobody may do.", policy().edition, policy().valid_from)
        )) }
        (table(&asked))
        (look::section(lang.t("なぜできるのか・できないのか", "Why allowed, why refused"), why(&asked, &question, &view)))
    };
    Ok(asked.page(&Words::new("見られる情報・できること", "Who may do what"), body))
}

fn table(asked: &Asked) -> Markup {
    let lang = asked.lang();
    let mut heads = vec![lang.t("職種・役割", "Job or charge").to_owned()];
    heads.extend(Class::ALL.iter().map(|it| it.words().in_lang(lang).to_owned()));
    let cell = |granted: Vec<Act>| {
        html! {
            @if granted.is_empty() { span.none { "–" } }
            @for act in granted { span.grant { (act.words().in_lang(lang)) } " " }
        }
    };
    let mut rows: Vec<Vec<Markup>> = policy()
        .duties
        .iter()
        .map(|it| {
            let mut row = vec![html! { (it.words().in_lang(lang)) }];
            row.extend(
                Class::ALL
                    .iter()
                    .map(|class| cell(Act::ALL.into_iter().filter(|act| it.grants(*act, *class)).collect())),
            );
            row
        })
        .collect();
    let mut own = vec![html! { (lang.t("患者・保護者（本人の情報だけ）", "Patient, guardian (own only)")) }];
    own.extend(Class::ALL.iter().map(|class| {
        let letters = policy().patient.get(class.key()).map(String::as_str).unwrap_or_default();
        cell(Act::ALL.into_iter().filter(|act| letters.contains(act.letter())).collect())
    }));
    rows.push(own);
    look::table_wide(lang.t("権限の表", "The policy"), &heads, &rows)
}

fn why(asked: &Asked, question: &Question, view: &View) -> Markup {
    let lang = asked.lang();
    let filled = Filled::empty()
        .with("person", question.person.as_str())
        .with("act", question.act.as_str())
        .with("class", question.class.as_str());
    let people: Vec<(String, String)> = view.staff.iter().map(|it| (it.id.to_string(), it.name.full())).collect();
    let acts: Vec<(String, String)> =
        Act::ALL.iter().map(|it| (it.letter().to_string(), it.words().in_lang(lang).to_owned())).collect();
    let classes = Class::options(lang);
    let act = Act::ALL.into_iter().find(|it| question.act.starts_with(it.letter()));
    let class = Class::from_key(&question.class);
    html! {
        (look::search_form("/settings/access", html! {
            (look::select(lang, &filled, "person", lang.t("だれが", "Who"), &people))
            (look::select(lang, &filled, "act", lang.t("何を", "Does what"), &acts))
            (look::select(lang, &filled, "class", lang.t("どの情報に", "With which information"), &classes))
            (look::search_button(lang.t("調べる", "Ask")))
        }))
        @if let (Some(act), Some(class), false) = (act, class, question.person.is_empty()) {
            @match decide(&view.held, act, class) {
                Decision::Allowed(name) => (look::notice(lang, look::Tone::Good, lang.t("できます", "Allowed"), html! {
                    p { (lang.t("この役割があるためです: ", "Because of this duty: ")) (names(asked, &[name])) }
                })),
                Decision::Refused(held) => (look::notice(lang, look::Tone::Stop, lang.t("できません", "Refused"), html! {
                    p { @if held.is_empty() { (lang.t("この施設での役割がありません。", "No duty at this facility.")) }
                        @else { (lang.t("お持ちの役割のどれにも、この権限がありません: ", "None of these duties grants it: ")) (names(asked, &held)) } }
                })),
            }
        }
    }
}

fn names(asked: &Asked, keys: &[String]) -> String {
    let lang = asked.lang();
    let joint = lang.t("、", ", ");
    keys.iter().filter_map(|it| duty(it)).map(|it| it.words().in_lang(lang).to_owned()).collect::<Vec<_>>().join(joint)
}
