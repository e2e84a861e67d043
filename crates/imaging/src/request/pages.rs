//! `/readings`: the work list, one request with its images and its report, taking it, ending it without a report.

use std::collections::HashMap;

use axum::extract::{Path, Query};
use guidelines::reading::clock::Left;
use kernel::{Lang, Timestamp, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::agreement::Side;
use web::look::{self, Tone};
use web::{Asked, Door, Faults, Fields, Filled, Routes};

use super::store::{self, Attached, Desk, Line, Taken};
use super::{CONSENT_BY, CONSENT_HOW, RequestId, State};
use crate::{assignment, conference, duty, inquiry, outgoing, report, second, urgent};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/readings", list)
        .get(Door::Staff, "/readings/{reading}", show)
        .post(Door::Staff, "/readings/{reading}/take", take)
        .post(Door::Staff, "/readings/{reading}/return", give_back)
        .post(Door::Staff, "/readings/{reading}/withdraw", withdraw)
}

pub(super) fn state_badge(state: State, lang: Lang) -> Markup {
    let tone = match state {
        State::Waiting => Tone::Warn,
        State::Reading(_) => Tone::Info,
        State::Reported => Tone::Good,
        State::Returned | State::Withdrawn => Tone::Stop,
    };
    look::badge(tone, state.words().in_lang(lang))
}

fn hours(minutes: i64, lang: Lang) -> String {
    let (h, min) = (minutes / 60, minutes % 60);
    if h == 0 {
        lang.t(format!("{min}分"), format!("{min} min"))
    } else {
        lang.t(format!("{h}時間{min}分"), format!("{h} h {min} min"))
    }
}

fn clock(left: Option<Left>, lang: Lang) -> Markup {
    html! { @match left {
        None => "—",
        Some(Left::Enough(it)) => { (lang.t("あと", "")) (hours(it, lang)) (lang.t("", " left")) },
        Some(Left::Little(it)) => (look::badge(Tone::Warn, &lang.t(format!("あと{}", hours(it, lang)), format!("{} left", hours(it, lang))))),
        Some(Left::Over(it)) => (look::badge(Tone::Stop, &lang.t(format!("{}超過", hours(it, lang)), format!("{} over", hours(it, lang))))),
    } }
}

/// What is examined, in words.
pub(super) fn examination(key: &str, lang: Lang) -> String {
    report::template(key).map_or_else(|| key.to_owned(), |it| it.name.in_lang(lang).to_owned())
}

#[derive(Debug, Clone, Default, serde::Deserialize)]
struct Wish {
    #[serde(default)]
    page: String,
}

/// Pages of the list that anybody turns to; older requests are found at their patient.
const PAGE_MAX: usize = 1_000;

async fn list(asked: Asked, Query(wish): Query<Wish>) -> web::Result {
    let page = wish.page.parse::<usize>().unwrap_or(1).clamp(1, PAGE_MAX);
    let (it, open) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| Ok((store::list(tx, ctx, page - 1)?, conference::store::open(tx, ctx.now)?)))
        .await?;
    let lang = asked.lang();
    let turned = |to: usize| format!("/readings?page={to}");
    let (before, after) = ((page > 1).then(|| turned(page - 1)), it.has_more.then(|| turned(page + 1)));
    let body = html! {
        p {
            (look::link_quiet("/urgent", lang.t("急ぎの所見の連絡", "Urgent findings"))) " "
            (look::link_quiet("/duties", lang.t("報告書への対応", "What is owed on reports"))) " "
            (look::link_quiet("/readings/figures", lang.t("集計", "Figures"))) " "
            (look::link_quiet("/monitors", lang.t("読影用モニター", "Monitors for reading")))
        }
        @if it.served.is_empty() && it.asked.is_empty() {
            (look::empty(lang.t("読影の依頼はありません。患者のページの「読影を依頼する」から依頼できます。引き受ける依頼は、届くとここに並びます。",
                "No requests. Ask from a patient's page; what others ask of you appears here.")))
        }
        @if !it.served.is_empty() { (table(&asked, lang.t("引き受けた読影", "To be read here"), &it.served, &open)) }
        @if !it.asked.is_empty() { (table(&asked, lang.t("依頼した読影", "Asked of others"), &it.asked, &open)) }
        (look::pager(lang, before.as_deref(), after.as_deref()))
    };
    Ok(asked.page(&Words::new("読影", "Readings"), body))
}

fn table(
    asked: &Asked,
    caption: &str,
    lines: &[Line],
    open: &HashMap<RequestId, (Timestamp, conference::State)>,
) -> Markup {
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            let it = &line.request;
            vec![
                html! { a href={ "/readings/" (it.id) } { (it.content.patient.name.full()) } },
                html! { @if it.urgent { (look::badge(Tone::Stop, lang.t("至急", "Urgent"))) " " } (examination(&it.examination, lang)) },
                html! { (line.partner) },
                html! {
                    (state_badge(it.state(), lang))
                    @if !line.reader.is_empty() { " " (line.reader) }
                    @else if let Some(it) = &line.meant {
                        " " @if Some(it.person) == asked.ctx.who.staff() { strong { (lang.t("あなたの担当の予定", "meant for you")) } }
                        @else { small { (lang.t(format!("予定：{}", it.name), format!("meant for {}", it.name))) } }
                    }
                    @if line.is_disputed { " " (look::badge(Tone::Stop, lang.t("第二読影で違い", "Second reading differs"))) }
                    (conference::pages::mark(lang, open.get(&it.id)))
                },
                clock(it.left(asked.ctx.now), lang),
                html! { (time::show(it.due_at, lang)) },
            ]
        })
        .collect();
    let heads = lang.t(
        ["患者", "検査", "相手の施設", "いま", "残り", "期限"],
        ["Patient", "Examination", "With", "Now", "Left", "Due"],
    );
    look::table(caption, &heads, &rows)
}

async fn show(asked: Asked, Path(id): Path<RequestId>) -> web::Result {
    page(&asked, id, None, None, 200).await
}

/// The page, with a form that came back: the report's, or one of the small ones.
pub(crate) async fn page(
    asked: &Asked,
    id: RequestId,
    back: Option<report::pages::Back>,
    small: Option<&Filled>,
    status: u16,
) -> web::Result {
    let (desk, written, outgoing, urgent, owed, thread, meant, readers, seconds, conferences) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            duty::store::opened(tx, ctx, id)?;
            let desk = store::desk(tx, ctx, id)?;
            let written = report::store::desk(tx, ctx, &desk.request)?;
            let outgoing = outgoing::store::lines(tx, &desk.request)?;
            let urgent = urgent::store::of_request(tx, id)?;
            let owed = duty::store::of_request(tx, &desk.request)?;
            let thread = inquiry::store::thread(tx, id)?;
            let meant = assignment::store::of_request(tx, id)?;
            let readers = if desk.request.side == Side::Serves && desk.request.state() == State::Waiting {
                assignment::store::readers(tx, ctx)?
            } else {
                vec![]
            };
            let seconds = second::store::of_request(tx, id)?;
            let conferences = conference::store::of_request(tx, id)?;
            Ok((desk, written, outgoing, urgent, owed, thread, meant, readers, seconds, conferences))
        })
        .await?;
    let lang = asked.lang();
    let name = desk.request.content.patient.name.full();
    let title = Words::made(format!("{name} さんの読影"), format!("Reading: {name}"));
    let faults = small.or(back.as_ref().map(|it| &it.filled));
    let body = html! {
        @if let Some(filled) = faults { (look::faults_summary(lang, filled)) }
        (urgent::pages::told(asked, &urgent))
        (look::panels(
            html! { (head(asked, &desk)) (images(asked, &desk)) (request_part(&desk, lang)) },
            html! {
                @if written.is_mine { (urgent::pages::mark_form(asked, &desk.request, &urgent, small)) }
                (report::pages::part(asked, &desk.request, &written, back.as_ref()))
                (second::pages::part(asked, &desk.request, &written, &seconds, small))
                (duty::pages::part(asked, &desk.request, &owed, &desk.responsible))
                (inquiry::pages::part(asked, &desk.request, &thread, written.is_mine, small))
                (conference::pages::part(asked, &desk.request, &conferences))
                (outgoing::pages::part(asked, &desk.request, &outgoing))
                (assignment::pages::part(asked, &desk.request, meant.as_ref(), &readers))
                (acts(asked, &desk, written.is_mine, small))
                (duty::pages::answer_form(asked, &desk.request, small))
            },
        ))
        (look::page_actions(look::link_quiet("/readings", lang.t("読影の一覧へ", "To the list of readings"))))
    };
    Ok(asked.page(&title, body).status(status))
}

fn head(asked: &Asked, desk: &Desk) -> Markup {
    let lang = asked.lang();
    let it = &desk.request;
    let patient = &it.content.patient;
    let sex = people::patient::Sex::from_key(&patient.sex).map(people::patient::Sex::words);
    html! {
        p {
            (state_badge(it.state(), lang)) " "
            @if it.urgent { (look::badge(Tone::Stop, lang.t("至急", "Urgent"))) " " }
            @if let Some(left) = it.left(asked.ctx.now) { (clock(Some(left), lang)) }
        }
        @if let Some(stop) = &it.stop {
            (look::notice(lang, Tone::Warn, it.state().words().in_lang(lang), html! { p.lines { (stop.reason) } p { (time::show(stop.at, lang)) } }))
        }
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { (patient.name.full()) "（" (patient.name.full_kana()) "）" }),
            (lang.t("生年月日・性別", "Born, sex"), html! { (time::show_day(patient.birth_date, lang)) @if let Some(sex) = sex { " " (sex.in_lang(lang)) } }),
            (if it.side == Side::Asks { lang.t("患者番号", "Number") } else { lang.t("依頼元の患者番号", "Number at the facility that asked") }, html! { (patient.number) }),
            (lang.t("検査", "Examination"), html! { (examination(&it.examination, lang)) }),
            (lang.t("相手の施設", "With"), html! { (desk.partner.name) " " a href={ "tel:" (desk.partner.phone) } { (desk.partner.phone) } }),
            (lang.t("依頼した歯科医師", "Asked by"), html! { (desk.responsible) " " (time::show(it.asked_at, lang)) }),
            (lang.t("期限", "Due"), html! { (time::show(it.due_at, lang)) }),
        ]))
    }
}

fn request_part(desk: &Desk, lang: Lang) -> Markup {
    let content = &desk.request.content;
    let teeth: Vec<String> = content.teeth.iter().map(ToString::to_string).collect();
    let words = |all: &[(&str, Words)], key: &str| {
        all.iter().find(|it| it.0 == key).map_or_else(String::new, |it| it.1.in_lang(lang).to_owned())
    };
    let consent = &content.consent;
    look::section(
        lang.t("依頼の内容", "The request"),
        html! {
            h3 { (lang.t("知りたいこと", "What is asked")) } p.lines { (content.question) }
            @if !teeth.is_empty() { p { (lang.t("対象の歯：", "Teeth: ")) (teeth.join(", ")) } }
            h3 { (lang.t("撮影した理由", "Why the images were made")) } p.lines { (content.reason) }
            @if !content.history.is_empty() { h3 { (lang.t("経過・これまでの所見", "Course, earlier findings")) } p.lines { (content.history) } }
            h3 { (lang.t("外部で読影することへの同意", "Consent to outside reading")) }
            p { (words(&CONSENT_BY, &consent.by)) " · " (words(&CONSENT_HOW, &consent.how)) " · " (time::show_day(consent.on, lang)) }
        },
    )
}

fn images(asked: &Asked, desk: &Desk) -> Markup {
    let lang = asked.lang();
    let serves = desk.request.side == Side::Serves;
    look::section(
        lang.t("画像", "Images"),
        html! {
            @if desk.studies.is_empty() && serves {
                p { (lang.t("「引き受けて読む」を押すと、どの画像かが示されます。見たことは、相手の施設の記録に残ります。", "Take the case to see which images go with it. Each look is kept in the other facility's log.")) }
            }
            ul { @for it in &desk.studies { li {
                @let words = format!("{} {} {}", if it.date.is_empty() { lang.t("日付なし", "no date") } else { it.date.as_str() }, it.modalities, it.description);
                a href={ "/images/" (it.uid) } { (words) }
                " " (lang.t(format!("{}枚", it.instance_count), format!("{} images", it.instance_count)))
                @if it.is_prior { " " (look::badge(Tone::Info, lang.t("比較", "Earlier"))) }
                (differing(lang, it))
                @if it.differs_here { (look::notice(lang, Tone::Warn, lang.t("こちらにある画像と内容が違います", "Not the same as the images here"), html! { p {
                    (lang.t("同じ検査の画像がこの施設にもあり、開くとそちらが表示されます。読影の前に、依頼元に確かめてください。", "This facility has images of the same examination, and those are what opens. Please call whoever asked before you read.")) } })) }
            } } }
        },
    )
}

/// Why something is done, in one of several small forms that ask for it: what came back belongs to `form` alone.
pub(crate) fn why(lang: Lang, back: Option<&Filled>, form: &str, label: &str) -> Markup {
    let (empty, own) = (Filled::empty(), format!("why-{form}"));
    let back = back.filter(|it| it.get("form") == form);
    let area = look::area(lang, back.unwrap_or(&empty), "why", label, None).rows(2);
    // The summary of what must be mended leads to the field's usual id.
    html! { (look::hidden("form", form)) (if back.is_some() { area } else { area.id(&own) }) }
}

/// UIDs named at a time.
const NAMED_MAX: usize = 5;

/// What is not as it was handed over, by name.
fn differing(lang: Lang, it: &Attached) -> Markup {
    let all = &it.differing;
    let named = |words: &'static str, uids: &[String]| {
        html! {
            @if !uids.is_empty() {
                p {
                    (words) (lang.t(format!("{}枚", uids.len()), format!(": {}", uids.len())))
                    @for uid in uids.iter().take(NAMED_MAX) { br; code { (uid) } }
                    @if uids.len() > NAMED_MAX { br; "…" }
                }
            }
        }
    };
    let extra = named(lang.t("依頼のあとに加わった画像：", "Images that came after the request"), &all.extra);
    if all.is_wrong() {
        let title = lang.t("依頼のときの画像と違います", "Not the images that were handed over");
        let body = html! {
            (named(lang.t("中身が変わった画像：", "Changed images"), &all.changed))
            (named(lang.t("なくなった画像：", "Missing images"), &all.missing))
            (extra)
            p { (lang.t(
                "中身が変わった画像は表示されません。読影を止めて、依頼元と引受先で確かめ、運用の担当者に知らせてください。",
                "Changed images are not drawn. Stop reading, compare with the other facility, and tell whoever runs the system.",
            )) }
        };
        return look::notice(lang, Tone::Stop, title, body);
    }
    if all.is_none() {
        return html! {};
    }
    let title = lang.t("依頼のあとに画像が加わりました", "There are more images than were handed over");
    look::notice(lang, Tone::Warn, title, extra)
}

/// What can be done besides writing: taking, sending back, withdrawing.
fn acts(asked: &Asked, desk: &Desk, is_mine: bool, back: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    let it = &desk.request;
    let base = format!("/readings/{}", it.id);
    let reads = may(asked, Act::Write, Class::Images);
    let runs = matches!(it.state(), State::Waiting | State::Reading(_));
    let over = |summary: &'static str| {
        look::details(
            summary,
            look::form(
                asked,
                &format!("{base}/take"),
                html! {
                    (why(lang, back, "take", lang.t("引き継ぐ理由", "Why it is taken over"))) (look::submit(lang.t("引き継いで読む", "Take it over and read")))
                },
            ),
        )
    };
    html! {
        @if it.side == Side::Serves && !is_mine && reads {
            @match it.state() {
                State::Waiting => (look::form(asked, &format!("{base}/take"), look::submit(lang.t("引き受けて読む", "Take it and read")))),
                State::Reading(person) => {
                    @let name = desk.readers.iter().find(|it| it.0 == person).map_or("", |it| it.1.as_str());
                    (look::notice(lang, Tone::Info, &lang.t(format!("{name} さんが読影中です"), format!("{name} is reading it")), over(lang.t("引き継ぐ", "Take it over"))))
                },
                State::Reported => (over(lang.t("この読影を引き継ぐ（質問への返事・追記）", "Take the case over (to answer questions, to add to it)"))),
                State::Returned | State::Withdrawn => {},
            }
        }
        @if it.side == Side::Serves && runs && reads {
            (look::details(lang.t("報告書を書かずに差し戻す", "Send it back without a report"), look::form(asked, &format!("{base}/return"), html! {
                (why(lang, back, "return", lang.t("差し戻す理由", "Why it is sent back"))) (look::submit_danger(lang.t("差し戻す", "Send it back")))
            })))
        }
        @if it.side == Side::Asks && runs && may(asked, Act::Write, Class::Chart) {
            (look::details(lang.t("依頼を取り下げる", "Withdraw the request"), look::form(asked, &format!("{base}/withdraw"), html! {
                (why(lang, back, "withdraw", lang.t("取り下げる理由", "Why it is withdrawn"))) (look::submit_danger(lang.t("取り下げる", "Withdraw")))
            })))
        }
        @if it.takings.len() > 1 {
            (look::details(lang.t("引き継ぎの経過", "Who had it"), html! { ul { @for one in &it.takings { li {
                (time::show(one.at, lang)) " " (desk.readers.iter().find(|it| it.0 == one.person).map_or("", |it| it.1.as_str()))
                @if !one.reason.is_empty() { " — " (one.reason) }
            } } } }))
        }
    }
}

async fn take(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let reason = fields.text_if_any("why", &mut faults);
    if !faults.0.is_empty() {
        return page(&asked, reading, None, Some(&fields.again(faults)), 422).await;
    }
    asked
        .act(&fields, move |tx, ctx| match store::take(tx, ctx, reading, &reason)? {
            // A colleague was faster: the page says who, and how to take over.
            Taken::Yours | Taken::By(_) => Ok(format!("/readings/{reading}")),
        })
        .await
}

/// The reason for ending it.
fn reason(fields: &Fields) -> Result<String, Faults> {
    let mut faults = Faults::default();
    let reason = fields.text("why", &mut faults);
    faults.done(|| reason)
}

async fn give_back(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    match reason(&fields) {
        Err(faults) => page(&asked, reading, None, Some(&fields.again(faults)), 422).await,
        Ok(why) => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::give_back(tx, ctx, reading, &why).map(|()| format!("/readings/{reading}"))
                })
                .await
        }
    }
}

async fn withdraw(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    match reason(&fields) {
        Err(faults) => page(&asked, reading, None, Some(&fields.again(faults)), 422).await,
        Ok(why) => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::withdraw(tx, ctx, reading, &why).map(|()| format!("/readings/{reading}"))
                })
                .await
        }
    }
}
