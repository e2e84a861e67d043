//! `/lab/exports`: the ledger of what lies outside the system, where it may lie, and the manager's word about media.

use kernel::{Lang, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, Decision, decide};
use web::look::{self, Tone};
use web::site::Alert;
use web::{Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::store::{self, Ledger};
use super::{APPROVED_DAYS, End, Export, OUTSIDE_DAYS, Place, Standing, Wish};
use crate::case::CaseId;
use crate::file::{BundleId, pages as files};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, HERE, show)
        .post(Door::Staff, "/lab/exports/rule", set_rule)
        .post(Door::Staff, "/lab/exports/decide", decided)
        .post(Door::Staff, "/lab/exports/end", ended)
        .post(Door::Staff, "/lab/cases/{case}/files/{bundle}/export", ask)
}

const HERE: &str = "/lab/exports";

/// What the managers are told on every page: somebody waits for their word about a medium.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut db::Tx<'_>, duties: &[String]) -> kernel::Result<Vec<Alert>> {
    let is_allowed = |act, class| matches!(decide(duties, act, class), Decision::Allowed(_));
    if !is_allowed(Act::Sign, Class::Administration) || !is_allowed(Act::View, Class::Lab) || store::asked(tx)? == 0 {
        return Ok(vec![]);
    }
    Ok(vec![Alert {
        tone: Tone::Warn,
        title: Words::new("可搬媒体への持ち出しの申請があります", "Somebody asks for a removable medium"),
        text: Words::new("承認するまで、媒体には取り出せません。", "Nothing goes there before you approve."),
        link: Some((HERE, Words::new("持ち出しの台帳", "Ledger of exports"))),
    }])
}

/// The way to the ledger.
#[must_use]
pub fn link(lang: Lang) -> Markup {
    look::link_quiet(HERE, lang.t("持ち出しの台帳", "Ledger of exports"))
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, back: &Filled, status: u16) -> web::Result {
    clause!("DL-24");
    let it = asked.site.write(&asked.ctx, store::ledger).await?;
    let lang = asked.lang();
    let (open, over): (Vec<&Export>, Vec<&Export>) = it.exports.iter().partition(|it| {
        matches!(it.standing(asked.ctx.now), Standing::Asked | Standing::Approved(_) | Standing::Outside)
    });
    let body = html! {
        (look::faults_summary(lang, back))
        (rule(asked, &it, back))
        (look::section(lang.t("いま外にあるものと申請", "Outside now, and asked for"), html! {
            p { (lang.t(format!("取り出して{OUTSIDE_DAYS}日たったものには印が付きます。使い終えたら消して、ここで記録してください。"),
                format!("What has been outside for {OUTSIDE_DAYS} days is marked. Delete what is done with, and say so here."))) }
            @if open.is_empty() { (look::empty(lang.t("ありません。", "Nothing."))) } @else { (table(asked, &it, &open)) }
        }))
        @if !over.is_empty() { (look::section(lang.t("これまで", "Earlier"), table(asked, &it, &over))) }
        (look::page_actions(look::link_quiet("/lab", lang.t("技工の一覧へ", "To the list of cases"))))
    };
    Ok(asked.page(&Words::new("持ち出しの台帳", "Ledger of exports"), body).status(status))
}

fn rule(asked: &Asked, it: &Ledger, back: &Filled) -> Markup {
    let lang = asked.lang();
    let name = |rule: &super::Rule| it.names.get(&rule.set_by).cloned().unwrap_or_default();
    let media = [
        ("no", lang.t("認めない", "Not allowed")),
        ("yes", lang.t("承認したときだけ認める", "Allowed with an approval each time")),
    ];
    let hint = lang.t(
        "例：各端末の D:\\技工（BitLockerで暗号化）。症例が終わったら消す。",
        "For example D:\\lab of each device (BitLocker), deleted when a case is over.",
    );
    let form = look::form(
        asked,
        "/lab/exports/rule",
        html! {
            (look::text_input(lang, back, "folder", lang.t("端末の保存先", "The working folder of devices"), Some(hint)))
            (look::choice(lang, back, "media", lang.t("可搬媒体（USBメモリーなど）", "Removable media"), &media))
            (look::submit(lang.t("この内容で決める", "Decide so")))
        },
    );
    look::section(
        lang.t("だれが使い、どこに置くか", "Who uses it, and where it is kept"),
        html! {
            p { (lang.t("スキャンと設計データは、送った施設のサーバーに暗号化して置きます。使える人は職種ごとに決まり、症例のファイルのページで人ごとに変えられます。外に取り出すときは、次の場所だけに保存します。",
                "Scans and designs are kept sealed on the server of whoever sent them. Who uses them goes by duty, and by person on the page of a case's files. Outside they are kept only here:")) }
            @match &it.rule {
                None => (look::notice(lang, Tone::Warn, lang.t("保存先が決まっていません", "Not decided yet"), html! {
                    p { (lang.t("管理者が決めるまで、ファイルは取り出せません。", "Nothing can be taken out before the manager decides.")) }
                })),
                Some(rule) => (look::facts(&[
                    (lang.t("端末の保存先", "The working folder of devices"), html! { (rule.folder) }),
                    (lang.t("可搬媒体", "Removable media"), html! { @if rule.media { (lang.t("承認したときだけ認める", "Allowed with an approval each time")) } @else { (lang.t("認めない", "Not allowed")) } }),
                    (lang.t("決めた人", "Decided by"), html! { (name(rule)) " " (time::show(rule.set_at, lang)) }),
                ])),
            }
            @if it.manages {
                @if it.rule.is_none() || !back.faults.0.is_empty() { (form) } @else { (look::details(lang.t("決め直す", "Decide anew"), form)) }
            }
        },
    )
}

fn badge(it: &Export, asked: &Asked) -> Markup {
    let (lang, now) = (asked.lang(), asked.ctx.now);
    match it.standing(now) {
        Standing::Asked => look::badge(Tone::Warn, lang.t("承認待ち", "Waits for approval")),
        Standing::Declined => look::badge(Tone::Info, lang.t("認められませんでした", "Declined")),
        Standing::Approved(until) => html! {
            (look::badge(Tone::Good, lang.t("承認済み", "Approved"))) " "
            (lang.t(format!("{}まで", time::show(until, lang)), format!("until {}", time::show(until, lang))))
        },
        Standing::Lapsed => look::badge(Tone::Info, lang.t("期限切れ", "Lapsed")),
        Standing::Outside => {
            let old = it.taken_at.is_some_and(|at| time::plus_min(at, OUTSIDE_DAYS * 24 * 60) <= now);
            html! {
                (look::badge(Tone::Warn, lang.t("外にあります", "Outside")))
                @if old { " " (look::badge(Tone::Stop, &lang.t(format!("{OUTSIDE_DAYS}日以上"), format!("for {OUTSIDE_DAYS} days or more")))) }
            }
        }
        Standing::Ended(how) => look::badge(Tone::Good, how.words().in_lang(lang)),
    }
}

fn table(asked: &Asked, ledger: &Ledger, all: &[&Export]) -> Markup {
    let lang = asked.lang();
    let name = |person| ledger.names.get(person).map_or("", String::as_str);
    let rows: Vec<Vec<Markup>> = all
        .iter()
        .map(|it| {
            vec![
                html! { a href={ "/lab/cases/" (it.case) "/files" } { (time::show(it.asked_at, lang)) } },
                html! { (name(&it.person)) },
                html! { (it.place.words().in_lang(lang)) @if !it.medium.is_empty() { br; (it.medium) } },
                html! { span.lines { (it.why) } },
                html! {
                    (badge(it, asked))
                    @if let Some((by, at, _)) = &it.decided { br; small { (lang.t("判断：", "Decided: ")) (name(by)) " " (time::show(*at, lang)) } }
                    @if let Some((_, by, at)) = &it.ended { br; small { (lang.t("記録：", "Noted: ")) (name(by)) " " (time::show(*at, lang)) } }
                },
                acts(asked, ledger, it),
            ]
        })
        .collect();
    let heads = lang.t(
        ["症例・日時", "だれ", "どこへ", "理由", "いま", "すること"],
        ["Case, when", "Who", "Where", "Why", "Now", "To do"],
    );
    look::table(lang.t("持ち出し", "Exports"), &heads, &rows)
}

fn acts(asked: &Asked, ledger: &Ledger, it: &Export) -> Markup {
    let lang = asked.lang();
    let button = |action: &str, value: &str, label: &str| {
        look::form(
            asked,
            &format!("/lab/exports/{action}"),
            html! {
                (look::hidden("export", &it.id.to_string()))
                (look::hidden("how", value))
                (look::submit_named("named", value, label))
            },
        )
    };
    match it.standing(asked.ctx.now) {
        Standing::Asked if ledger.manages => html! {
            (button("decide", "yes", lang.t("承認する", "Approve")))
            (button("decide", "no", lang.t("認めない", "Decline")))
        },
        Standing::Outside => html! {
            (button("end", End::Deleted.key(), lang.t("消したと記録する", "Note: deleted")))
            @if it.place == Place::Medium { (button("end", End::Returned.key(), lang.t("戻り、消したと記録する", "Note: came back, wiped"))) }
        },
        _ => html! {},
    }
}

/// The form that asks for a medium, for the page of a case's files; unfolded with what was typed when it came back.
#[must_use]
pub(crate) fn ask_form(asked: &Asked, case: CaseId, bundle: BundleId, back: &Filled) -> Markup {
    let (lang, empty, form) = (asked.lang(), Filled::empty(), format!("ask-{bundle}"));
    let is_back = back.get("form") == form;
    let filled = if is_back { back } else { &empty };
    let own = |name: &str| if is_back { name.to_owned() } else { format!("{form}-{name}") };
    let hint = lang.t(
        format!("管理者が承認すると、{APPROVED_DAYS}日の間、その媒体に取り出せます。"),
        format!("Once a manager approves, files can go to it for {APPROVED_DAYS} days."),
    );
    let form = look::form(
        asked,
        &format!("/lab/cases/{case}/files/{bundle}/export"),
        html! {
            (look::hidden("form", &form))
            (look::text_input(lang, filled, "medium", lang.t("媒体の名前・番号", "Name or number of the medium"), Some(&hint)).id(&own("medium")))
            (look::text_input(lang, filled, "why", lang.t("媒体が必要な理由", "What it is needed for"), None).id(&own("why")))
            (look::tick(lang, filled, "encrypted", "yes", lang.t("この媒体は暗号化されています", "This medium is encrypted")).id(&own("encrypted")))
            (look::submit(lang.t("管理者に申請する", "Ask the manager")))
        },
    );
    let title = lang.t("可搬媒体への持ち出しを申請する", "Ask for a removable medium");
    if is_back { look::section(title, form) } else { look::details(title, form) }
}

async fn set_rule(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let folder = fields.line("folder", &mut faults);
    let media = fields.one_of("media", &[("yes", true), ("no", false)], &mut faults);
    match (media, faults.done(|| folder)) {
        (Some(media), Ok(folder)) => {
            asked.act(&fields, move |tx, ctx| store::set_rule(tx, ctx, &folder, media).map(|()| HERE.into())).await
        }
        (_, faults) => page(&asked, &fields.again(faults.err().unwrap_or_default()), 422).await,
    }
}

async fn decided(asked: Asked, fields: Fields) -> web::Result {
    let (id, approved) = (fields.id("export")?, fields.get("how") == "yes");
    asked.act(&fields, move |tx, ctx| store::decide(tx, ctx, id, approved).map(|()| HERE.into())).await
}

async fn ended(asked: Asked, fields: Fields) -> web::Result {
    let id = fields.id("export")?;
    let mut faults = Faults::default();
    let Some(how) = fields.one_of("how", &End::keys(), &mut faults) else {
        return page(&asked, &fields.again(faults), 422).await;
    };
    asked.act(&fields, move |tx, ctx| store::end(tx, ctx, id, how).map(|()| HERE.into())).await
}

async fn ask(asked: Asked, Path((case, bundle)): Path<(CaseId, BundleId)>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let medium = fields.line("medium", &mut faults);
    let why = fields.line("why", &mut faults);
    if !faults.0.is_empty() {
        return files::refused(&asked, case, &fields, faults, &[]).await;
    }
    let wish = Wish { place: Place::Medium, why, encrypted: fields.ticked("encrypted") };
    let done = asked
        .act_or(&fields, move |tx, ctx| {
            let refused = store::ask(tx, ctx, case, bundle, &medium, &wish)?;
            Ok(if refused.is_empty() { Ok(HERE.to_owned()) } else { Err(refused) })
        })
        .await?;
    match done {
        Ok(answer) => Ok(answer),
        Err(refused) => files::refused(&asked, case, &fields, Faults::default(), &refused).await,
    }
}
