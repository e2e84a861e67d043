//! `/urgent`: the board of findings that need treatment at once, one of them with its steps, the telephone list for the reader,
//! taking it over; and what every page of the staff says while one is open.

use axum::extract::Path;
use db::Tx;
use kernel::{Lang, Result, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, Decision, decide, may};
use people::agreement::{Contact, Side};
use web::look::{self, Tone};
use web::site::Alert;
use web::{Asked, Door, Fields, Filled, Routes};

use super::store::{self, Line, View};
use super::{Call, Deed, Outcome, Urgent, UrgentId};
use crate::request::RequestId;
use crate::request::pages::page as reading_page;
use crate::request::{Request, State};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/urgent", board)
        .get(Door::Staff, "/urgent/{urgent}", show)
        .post(Door::Staff, "/readings/{reading}/urgent", mark)
        .post(Door::Staff, "/urgent/{urgent}/call", call)
        .post(Door::Staff, "/urgent/{urgent}/take", take)
}

/// What every page of the staff says while a finding is open: at the facility that asked to everybody, since whoever is there
/// can fetch the dentist; at the one that reads to those who work with images.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut Tx<'_>, duties: &[String]) -> Result<Vec<Alert>> {
    clause!("TR-06");
    let [asked, told] = store::open(tx)?;
    let opens = matches!(decide(duties, Act::View, Class::Images), Decision::Allowed(_));
    let href = opens.then_some("/urgent");
    let mut all = Vec::new();
    if asked > 0 {
        all.push(Alert {
            tone: Tone::Stop,
            title: Words::made(
                format!("急ぎの所見の連絡が{asked}件届いています"),
                format!("{asked} urgent findings are waiting"),
            ),
            text: Words::new(
                "読影した施設から、すぐに治療が必要と考えられる所見の連絡です。歯科医師がすぐに開き、引き受けてください。手が離せないときは、ほかの歯科医師を呼んでください。",
                "The reading facility has found something that needs treatment at once. A dentist must open it and take it over now; if nobody can, fetch another one.",
            ),
            link: href.map(|it| (it, Words::new("連絡を開く", "Open it"))),
        });
    }
    if told > 0 && opens {
        all.push(Alert {
            tone: Tone::Warn,
            title: Words::made(
                format!("急ぎの所見{told}件が、まだ引き受けられていません"),
                format!("{told} urgent findings are not taken over yet"),
            ),
            text: Words::new("連絡先の順に電話してください。", "Please call along the list."),
            link: href.map(|it| (it, Words::new("電話の一覧を開く", "Open the telephone list"))),
        });
    }
    Ok(all)
}

/// What the page of a reading says of its urgent findings.
pub(crate) fn told(asked: &Asked, all: &[Urgent]) -> Markup {
    let lang = asked.lang();
    html! { @for it in all {
        @let link = look::link_quiet(&format!("/urgent/{}", it.id), lang.t("連絡の経過を見る", "See what was done"));
        @match it.taken() {
            Some((name, at)) => (look::notice(lang, Tone::Good, lang.t("急ぎの所見は引き受けられました", "The urgent finding was taken over"), html! {
                p { (name) " " (time::show(at, lang)) } p { (link) } })),
            None => (look::notice(lang, Tone::Stop, lang.t("急ぎの所見を連絡中です", "An urgent finding is being told"), html! {
                p.lines { (it.finding) } p { (link) } })),
        }
    } }
}

/// The form by which a reader marks a finding, at any moment of the reading.
pub(crate) fn mark_form(asked: &Asked, request: &Request, all: &[Urgent], back: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    let reads = matches!(request.state(), State::Reading(_) | State::Reported) && may(asked, Act::Write, Class::Images);
    let empty = Filled::empty();
    let filled = back.unwrap_or(&empty);
    html! { @if reads && all.iter().all(|it| it.taken().is_some()) {
        (look::details(lang.t("急ぎの所見をすぐに知らせる", "Tell an urgent finding now"), look::form(asked, &format!("/readings/{}/urgent", request.id), html! {
            p { (lang.t("署名の前でも知らせられます。相手の施設の全員の画面に表示し、メールを送り、誰かが引き受けるまでくり返します。あわせて電話もかけてください。",
                "Before signing too. It stands on every screen of the other facility, goes out by mail, and is repeated until somebody takes it over. Please telephone as well.")) }
            (look::area(lang, filled, "finding", lang.t("所見と、すぐにしてほしいこと", "What was found, and what must be done at once"), None).rows(3))
            (look::submit_danger(lang.t("いますぐ知らせる", "Tell it now")))
        })))
    } }
}

async fn mark(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let mut faults = web::Faults::default();
    let finding = fields.text("finding", &mut faults);
    if !faults.0.is_empty() {
        return reading_page(&asked, reading, None, Some(&fields.again(faults)), 422).await;
    }
    asked.act(&fields, move |tx, ctx| Ok(format!("/urgent/{}", store::mark(tx, ctx, reading, &finding)?))).await
}

async fn board(asked: Asked) -> web::Result {
    let lines = asked.site.write(&asked.ctx, store::board).await?;
    let lang = asked.lang();
    let (open, taken): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|it| it.urgent.taken().is_none());
    let body = html! {
        @if open.is_empty() { (look::empty(lang.t("連絡中の急ぎの所見はありません。", "No urgent finding is open."))) }
        @else { (table(&asked, lang.t("連絡中", "Open"), &open)) }
        @if !taken.is_empty() { (table(&asked, lang.t("引き受け済み", "Taken over"), &taken)) }
        (look::page_actions(look::link_quiet("/readings", lang.t("読影の一覧へ", "To the list of readings"))))
    };
    Ok(asked.page(&Words::new("急ぎの所見の連絡", "Urgent findings"), body))
}

fn minutes(min: i64, lang: Lang) -> String {
    match min {
        ..60 => lang.t(format!("{min}分"), format!("{min} min")),
        _ => lang.t(format!("{}時間{}分", min / 60, min % 60), format!("{} h {} min", min / 60, min % 60)),
    }
}

fn table(asked: &Asked, caption: &str, lines: &[&Line]) -> Markup {
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            let it = &line.urgent;
            let direction = if it.side == Side::Asks { lang.t("届いた", "told to us") } else { lang.t("知らせた", "told by us") };
            vec![
                html! { a href={ "/urgent/" (it.id) } { (line.request.content.patient.name.full()) } },
                html! { (line.partner) " " small { (direction) } },
                html! { (time::show(it.marked_at, lang)) },
                html! { (lang.t(format!("{}回", it.rounds()), format!("{} times", it.rounds()))) },
                html! { @match (it.taken(), store::took_min(it)) {
                    (Some((name, _)), Some(min)) => { (look::badge(Tone::Good, lang.t("引き受け済み", "Taken over"))) " " (name) " " (minutes(min, lang)) },
                    _ => { (look::badge(Tone::Stop, lang.t("連絡中", "Open"))) " " (minutes(store::open_min(it, asked.ctx.now), lang)) },
                } },
            ]
        })
        .collect();
    let heads = lang.t(
        ["患者", "相手の施設", "知らせた日時", "連絡の回数", "いま"],
        ["Patient", "With", "Marked", "Rounds", "Now"],
    );
    look::table(caption, &heads, &rows)
}

async fn show(asked: Asked, Path(id): Path<UrgentId>) -> web::Result {
    page(&asked, id, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, id: UrgentId, filled: &Filled, status: u16) -> web::Result {
    let view = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, id)).await?;
    let lang = asked.lang();
    let it = &view.urgent;
    let patient = &view.request.content.patient;
    let writes = may(asked, Act::Write, Class::Images);
    let body = html! {
        (look::faults_summary(lang, filled))
        @match it.taken() {
            Some((name, at)) => (look::notice(lang, Tone::Good, lang.t("引き受けられました", "Taken over"), html! { p { (name) " " (time::show(at, lang)) } })),
            None if it.side == Side::Asks => (look::notice(lang, Tone::Stop, lang.t("まだ誰も引き受けていません", "Nobody has taken it over"), html! {
                p { (lang.t("所見を読み、引き受けてください。引き受けるまで、くり返し連絡が届きます。", "Read it and take it over. You are told again until somebody does.")) } })),
            None => (look::notice(lang, Tone::Stop, lang.t("まだ誰も引き受けていません", "Nobody has taken it over"), html! {
                p { (lang.t("画面とメールでの連絡を続けています。上から順に電話してください。", "Screens and mails go on telling. Please telephone, from the top of the list.")) } })),
        }
        (look::panels(html! {
            (look::section(lang.t("所見", "The finding"), html! { p.lines { (it.finding) } }))
            (look::facts(&[
                (lang.t("患者", "Patient"), html! { (patient.name.full()) "（" (patient.name.full_kana()) "）" }),
                (lang.t("生年月日", "Born"), html! { (time::show_day(patient.birth_date, lang)) }),
                (lang.t("依頼元の患者番号", "Number at the facility that asked"), html! { (patient.number) }),
                (lang.t("知らせた人", "Marked by"), html! { (view.marker.in_lang(lang)) " " (time::show(it.marked_at, lang)) }),
                (lang.t("相手の施設", "With"), html! { (view.partner.name) " " a href={ "tel:" (view.partner.phone) } { (view.partner.phone) } }),
                (lang.t("依頼した歯科医師", "Asked by"), html! { (view.responsible) }),
            ]))
            p { (look::link_quiet(&format!("/readings/{}", it.request), lang.t("読影の画面（画像と報告書）へ", "To the reading, its images and report"))) }
        }, html! {
            @if it.taken().is_none() && writes {
                @if it.side == Side::Asks { (take_form(asked, it, filled)) } @else { (phone_list(asked, &view, filled)) }
            }
            (steps(&view, lang))
        }))
        (look::page_actions(look::link_quiet("/urgent", lang.t("急ぎの所見の一覧へ", "To all urgent findings"))))
    };
    let title =
        Words::made(format!("急ぎの所見：{} さん", patient.name.full()), format!("Urgent: {}", patient.name.full()));
    Ok(asked.page(&title, body).status(status))
}

fn take_form(asked: &Asked, it: &Urgent, filled: &Filled) -> Markup {
    let lang = asked.lang();
    look::section(
        lang.t("引き受ける", "Take it over"),
        look::form(
            asked,
            &format!("/urgent/{}/take", it.id),
            html! {
                p { (lang.t("押した人の名前が記録され、患者さんへの対応の責任者になります。", "Your name is kept: you answer for what is done for the patient.")) }
                (look::area(lang, filled, "plan", lang.t("これからすること", "What you will do"), None).rows(2).optional())
                (look::submit(lang.t("わたしが引き受けます", "I take it over")))
            },
        ),
    )
}

fn phone_list(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let line = |it: &Contact| {
        html! {
            strong { (it.name) } @if !it.role.is_empty() { " " (it.role) } br;
            a.button href={ "tel:" (it.phone) } { (it.phone) }
        }
    };
    let names: Vec<(&str, &str)> = view.contacts.iter().map(|it| (it.name.as_str(), it.name.as_str())).collect();
    let outcomes = Outcome::options(lang);
    look::section(
        lang.t("電話の一覧", "Telephone list"),
        html! {
            @if view.contacts.is_empty() { p { (lang.t("取り決めに連絡先がありません。施設の代表番号に電話してください。", "The agreement names no contact. Call the facility's own number.")) } }
            ol { @for it in &view.contacts { li { (line(it)) } } }
            (look::form(asked, &format!("/urgent/{}/call", view.urgent.id), html! {
                @if !names.is_empty() { (look::select(lang, filled, "name", lang.t("電話した相手", "Who was called"), &names).optional()) }
                (look::text_input(lang, filled, "other", lang.t("一覧にない人のときは、その名前", "Somebody else: the name"), None).optional())
                (look::choice(lang, filled, "outcome", lang.t("どうなったか", "What became of it"), &outcomes))
                (look::area(lang, filled, "note", lang.t("伝えたこと・返事", "What was said"), None).rows(2).optional())
                (look::submit(lang.t("電話の結果を記録する", "Keep the call")))
            }))
        },
    )
}

fn steps(view: &View, lang: Lang) -> Markup {
    let told = |number: i64, names: &[String]| {
        let names = names.join(lang.t("、", ", "));
        lang.t(
            format!("{}回目の連絡：施設、{names}", number + 1),
            format!("Round {}: the facility, {names}", number + 1),
        )
    };
    let entries: Vec<(String, Markup)> = view
        .urgent
        .steps
        .iter()
        .map(|it| {
            let body = match &it.deed {
                Deed::Round { number, told: names } => html! { (told(*number, names)) },
                Deed::Call(call) => html! {
                    (lang.t(format!("{} さんに電話", call.name), format!("Called {}", call.name))) "：" (call.outcome.words().in_lang(lang))
                    @if !call.note.is_empty() { br; span.lines { (call.note) } }
                },
                Deed::Seen { name } => html! { (lang.t(format!("{name} さんが開きました"), format!("{name} has opened it"))) },
                Deed::Taken { name, plan } => html! {
                    strong { (lang.t(format!("{name} さんが引き受けました"), format!("{name} has taken it over"))) }
                    @if !plan.is_empty() { br; span.lines { (plan) } }
                },
            };
            (time::show(it.at, lang), body)
        })
        .collect();
    look::section(lang.t("経過", "What was done"), look::timeline(&entries))
}

async fn call(asked: Asked, Path(urgent): Path<UrgentId>, fields: Fields) -> web::Result {
    let contacts = asked.site.write(&asked.ctx, move |tx, ctx| Ok(store::view(tx, ctx, urgent)?.contacts)).await?;
    match Call::parse(&fields, &contacts) {
        Err(faults) => page(&asked, urgent, &fields.again(faults), 422).await,
        Ok(call) => {
            asked
                .act(&fields, move |tx, ctx| store::call(tx, ctx, urgent, &call).map(|()| format!("/urgent/{urgent}")))
                .await
        }
    }
}

async fn take(asked: Asked, Path(urgent): Path<UrgentId>, fields: Fields) -> web::Result {
    let mut faults = web::Faults::default();
    let plan = fields.text_if_any("plan", &mut faults);
    if !faults.0.is_empty() {
        return page(&asked, urgent, &fields.again(faults), 422).await;
    }
    asked.act(&fields, move |tx, ctx| store::take(tx, ctx, urgent, &plan).map(|()| format!("/urgent/{urgent}"))).await
}
