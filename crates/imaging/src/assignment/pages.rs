//! Assigning on a reading's page, and the fields of readers under the settings.

use axum::extract::Path;
use kernel::{Words, clause};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::agreement::store::in_force;
use people::agreement::{Purpose, Side};
use people::facility;
use web::look;
use web::{Asked, Door, Fields, Filled, Routes};

use super::{Assignment, parse, store};
use crate::report::templates;
use crate::request::RequestId;
use crate::request::{Request, State};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .post(Door::Staff, "/readings/{reading}/assign", give)
        .get(Door::Staff, "/settings/readers/fields", show)
        .post(Door::Staff, "/settings/readers/fields", set)
}

/// For whom a request is meant, and the form that changes it, as long as nobody reads it.
pub(crate) fn part(
    asked: &Asked,
    request: &Request,
    meant: Option<&Assignment>,
    readers: &[(kernel::PersonId, String)],
) -> Markup {
    let lang = asked.lang();
    if request.side != Side::Serves || request.state() != State::Waiting {
        return html! {};
    }
    let people: Vec<(String, &str)> = readers.iter().map(|it| (it.0.to_string(), it.1.as_str())).collect();
    let empty = Filled::empty();
    html! {
        @if let Some(it) = meant { p {
            (lang.t("担当の予定：", "Meant for: ")) strong { (it.name) }
            @if it.by_rule { " " (lang.t("（分野と件数から自動で決めました）", "(proposed by field and load)")) }
        } }
        @if may(asked, Act::Write, Class::Images) && !people.is_empty() {
            (look::details(lang.t("担当の予定を変える", "Give it to somebody else"), look::form(asked, &format!("/readings/{}/assign", request.id), html! {
                (look::select(lang, &empty, "person", lang.t("読影医", "Reader"), &people))
                (look::submit(lang.t("この人を予定する", "Give it to this person")))
            })))
        }
    }
}

async fn give(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let person = fields.get("person").parse();
    let Ok(person) = person else {
        let mut faults = web::Faults::default();
        faults.add("person", Words::new("読影医を選んでください。", "Please choose a reader."));
        return crate::request::pages::page(&asked, reading, None, Some(&fields.again(faults)), 422).await;
    };
    asked
        .act(&fields, move |tx, ctx| store::give(tx, ctx, reading, person).map(|()| format!("/readings/{reading}")))
        .await
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, &Filled::empty(), 200).await
}

/// A reader with the words of what they take on.
struct Reader {
    id: String,
    name: String,
    scope: guidelines::reading::assign::Scope,
}

async fn page(asked: &Asked, filled: &Filled, status: u16) -> web::Result {
    clause!("TR-11");
    let (readers, partners) = asked
        .site
        .write(&asked.ctx, |tx, ctx| {
            let mut readers = Vec::new();
            for it in crate::reader::store::list(tx, ctx)?.into_iter().filter(|it| !it.checked.is_empty()) {
                let scope = store::scope(tx, it.person.id)?;
                readers.push(Reader { id: it.person.id.to_string(), name: it.person.name.full(), scope });
            }
            let mut partners = Vec::new();
            for it in in_force(tx, Purpose::Reading, Side::Serves, kernel::time::day(ctx.now))? {
                partners.push((it.id.to_string(), facility::store::get(tx, it.partner)?.name));
            }
            Ok((readers, partners))
        })
        .await?;
    let lang = asked.lang();
    let fields: Vec<(&str, &str)> = templates().iter().map(|it| (it.key.as_str(), it.name.in_lang(lang))).collect();
    let all = lang.t("すべて", "all").to_owned();
    let named = |keys: &[String], names: &dyn Fn(&str) -> Option<String>| {
        let found: Vec<String> = keys.iter().filter_map(|it| names(it)).collect();
        if keys.is_empty() { all.clone() } else { found.join(lang.t("、", ", ")) }
    };
    let rows: Vec<Vec<Markup>> = readers
        .iter()
        .map(|it| {
            let of = |key: &str| fields.iter().find(|it| it.0 == key).map(|it| it.1.to_owned());
            let with = |id: &str| partners.iter().find(|it| it.0 == id).map(|it| it.1.clone());
            vec![
                html! { (it.name) },
                html! { (named(&it.scope.examinations, &of)) },
                html! { (named(&it.scope.agreements, &with)) },
                html! { @match it.scope.open_max { Some(max) => (max), None => (lang.t("制限なし", "no bound")) } },
            ]
        })
        .collect();
    let people: Vec<(&str, &str)> = readers.iter().map(|it| (it.id.as_str(), it.name.as_str())).collect();
    let body = html! {
        (look::faults_summary(lang, filled))
        p { (lang.t("届いた依頼は、分野と施設が合い、手もとの件数が少ない読影医に自動で予定されます。予定された人が読めないときは、ほかの人が引き受けられます。",
            "A request that comes in is meant for the reader whose field and facility it fits and who has the fewest open cases. Anybody else may take it all the same.")) }
        @if rows.is_empty() { (look::empty(lang.t("読影の資格が記録された人がいません。先に資格を記録してください。", "Nobody has a qualification on file. Please record one first."))) }
        @else {
            (look::table(lang.t("読影医の担当", "What readers take on"), &lang.t(["氏名", "分野", "施設", "同時に受ける件数"], ["Name", "Fields", "Facilities", "Open cases"]), &rows))
            @if may(asked, Act::Write, Class::Administration) { (look::section(lang.t("担当を決める", "Say what a reader takes on"), look::form(asked, "/settings/readers/fields", html! {
                (look::select(lang, filled, "reader", lang.t("読影医", "Reader"), &people))
                (look::ticks(lang, filled, "field", lang.t("分野（選ばなければすべて）", "Fields (none ticked: all)"), &fields).optional())
                @if !partners.is_empty() { (look::ticks(lang, filled, "partner", lang.t("施設（選ばなければすべて）", "Facilities (none ticked: all)"), &partners).optional()) }
                (look::text_input(lang, filled, "open_max", lang.t("同時に受ける件数（空欄は制限なし）", "Open cases at a time (empty: no bound)"), None).digits().short().optional())
                (look::submit(lang.t("担当を保存する", "Keep it")))
            }))) }
        }
        (look::page_actions(look::link_quiet("/settings/readers", lang.t("読影の資格へ", "To qualifications"))))
    };
    Ok(asked.page(&Words::new("読影医の担当", "What readers take on"), body).status(status))
}

async fn set(asked: Asked, fields: Fields) -> web::Result {
    let known: Vec<String> = asked
        .site
        .write(&asked.ctx, |tx, ctx| {
            let all = in_force(tx, Purpose::Reading, Side::Serves, kernel::time::day(ctx.now))?;
            Ok(all.iter().map(|it| it.id.to_string()).collect())
        })
        .await?;
    match parse(&fields, &known) {
        Err(faults) => page(&asked, &fields.again(faults), 422).await,
        Ok((person, scope)) => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::set_scope(tx, ctx, person, &scope).map(|()| "/settings/readers/fields".into())
                })
                .await
        }
    }
}
