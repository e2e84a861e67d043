//! `/readings/{reading}/conference`: proposing one, who comes, starting and ending it; while it runs, the call with the case beside it.

use db::Tx;
use kernel::{Ctx, Lang, Result, Timestamp, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, Decision, decide, may};
use people::agreement::Side;
use serde_json::json;
use web::look::{self, Tone};
use web::site::Alert;
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::{Conference, Form, PEOPLE_MAX, Presence, State, may_join, may_propose, store, ticked, ticket};
use crate::duty;
use crate::request::store::{self as requests, Attached, Desk};
use crate::request::{Request, RequestId};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/readings/{reading}/conference", show)
        .post(Door::Staff, "/readings/{reading}/conference", propose)
        .post(Door::Staff, "/readings/{reading}/conference/people", name)
        .post(Door::Staff, "/readings/{reading}/conference/start", start)
        .post(Door::Staff, "/readings/{reading}/conference/end", end)
}

/// What every page of those who may see images says while one goes on.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut Tx<'_>, duties: &[String], now: Timestamp) -> Result<Vec<Alert>> {
    if !matches!(decide(duties, Act::View, Class::Images), Decision::Allowed(_)) || store::running(tx, now)? == 0 {
        return Ok(vec![]);
    }
    Ok(vec![Alert {
        tone: Tone::Info,
        title: Words::new("カンファレンスが開かれています", "A conference is going on"),
        text: Words::new(
            "参加する人は、読影の一覧から入ってください。",
            "Those who take part come in by the list of readings.",
        ),
        link: Some(("/readings", Words::new("読影の一覧を開く", "Open the readings"))),
    }])
}

/// In the work list: when the next one is, or that it goes on.
pub(crate) fn mark(lang: Lang, open: Option<&(Timestamp, State)>) -> Markup {
    html! { @match open {
        Some((_, State::Running)) => { " " (look::badge(Tone::Info, lang.t("カンファレンス中", "Conference now"))) },
        Some((at, _)) => { br; small { (lang.t("カンファレンス ", "conference ")) (time::show(*at, lang)) } },
        None => {},
    } }
}

/// On a reading's page: how it stands, and the way to it.
pub(crate) fn part(asked: &Asked, request: &Request, all: &[Conference]) -> Markup {
    let lang = asked.lang();
    let now = asked.ctx.now;
    let open = all.first().filter(|it| it.is_open(now));
    if !request.lends_images() && all.is_empty() {
        return html! {};
    }
    let words = match open.map(|it| it.state(now)) {
        Some(State::Running) => lang.t("カンファレンスに入る", "Go to the conference"),
        Some(_) => lang.t("カンファレンスの予定を見る", "See the plan"),
        None => lang.t("カンファレンスを開く", "Confer over this case"),
    };
    look::section(
        lang.t("カンファレンス（画像を見ながらの通話）", "Conference: a call over the images"),
        html! {
            @if let Some(it) = open { p { (state_badge(lang, it.state(now))) " " (time::show(it.planned_at, lang)) " " (it.content.name) } }
            p { (look::link_quiet(&format!("/readings/{}/conference", request.id), words)) }
        },
    )
}

fn state_badge(lang: Lang, state: State) -> Markup {
    let tone = match state {
        State::Planned => Tone::Warn,
        State::Running => Tone::Info,
        State::Held => Tone::Good,
        State::CalledOff => Tone::Stop,
    };
    look::badge(tone, state.words().in_lang(lang))
}

fn side(lang: Lang, side: Side) -> &'static str {
    match side {
        Side::Asks => lang.t("依頼元", "who asked"),
        Side::Serves => lang.t("読影側", "who reads"),
    }
}

/// Everything that the page shows.
struct View {
    desk: Desk,
    /// The newest first, with who was there.
    all: Vec<(Conference, Vec<Presence>)>,
    /// Staff of this facility who may come.
    candidates: Vec<(String, String)>,
    /// The public key that vouches for browsers, for whoever may come in now.
    signer: Option<Vec<u8>>,
}

impl View {
    fn load(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId) -> Result<Self> {
        let request = requests::read_one(tx, id)?;
        let found = store::of_request(tx, id)?;
        let me = ctx.who.staff();
        let joins = found
            .first()
            .filter(|it| me.is_some_and(|me| may_join(it, request.lends_images(), request.side, me, ctx.now).is_ok()));
        let mut signer = None;
        if let Some(it) = joins {
            signer = Some(store::signer(tx, it.id)?.public().to_vec());
            // Whoever owes a look at the images has it here too.
            if request.side == Side::Asks {
                for it in requests::attached(tx, id)?.iter().filter(|it| !it.is_prior) {
                    duty::store::images_opened(tx, ctx, &it.uid)?;
                }
            }
        }
        let desk = requests::desk(tx, ctx, id)?;
        let mut all = Vec::new();
        for it in found {
            let present = store::presences(tx, it.id)?;
            all.push((it, present));
        }
        let candidates = store::candidates(tx)?.into_iter().map(|it| (it.0.to_string(), it.1)).collect();
        Ok(Self { desk, all, candidates, signer })
    }

    fn open(&self, now: Timestamp) -> Option<&Conference> {
        self.all.first().map(|it| &it.0).filter(|it| it.is_open(now))
    }
}

async fn show(asked: Asked, Path(reading): Path<RequestId>) -> web::Result {
    page(&asked, reading, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, id: RequestId, filled: &Filled, status: u16) -> web::Result {
    let view = asked.site.write(&asked.ctx, move |tx, ctx| View::load(tx, ctx, id)).await?;
    let title = Words::new("カンファレンス", "Conference");
    let case = view.desk.studies.iter().find(|it| !it.is_prior);
    if let (Some(signer), Some(conference), Some(case)) = (&view.signer, view.open(asked.ctx.now), case) {
        let body = running(asked, &view, conference, case, signer)?;
        return Ok(Answer::Page { status, html: web::shell::bare(asked, &title, body) });
    }
    let lang = asked.lang();
    let body = html! {
        (look::faults_summary(lang, filled))
        p { (lang.t("両施設の人が、貸し出されている画像を一緒に見ながら話します。録画・録音はされません。患者さんは参加しません。",
            "People of both facilities talk while they look at the lent images. Nothing is recorded, and the patient takes no part.")) }
        p { small { (lang.t("ほかの施設の人は参加できません。意見を聞きたいときは、画像を持つ施設が、氏名などを取り除いた写しを作って渡してください。",
            "Nobody of a third facility can come in: for their opinion, whoever has the images hands out a copy that names nobody.")) } }
        @match view.open(asked.ctx.now) {
            Some(it) => (planned(asked, &view, it, filled)),
            None => (proposal(asked, &view, filled)),
        }
        (past(lang, &view, asked.ctx.now))
        (look::page_actions(look::link_quiet(&format!("/readings/{id}"), lang.t("読影の画面へ", "To the reading"))))
    };
    Ok(asked.page(&title, body).status(status))
}

/// The form of a new one, or why there is none.
fn proposal(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let request = &view.desk.request;
    if let Err(why) = may_propose(request.lends_images(), None, asked.ctx.now) {
        return look::empty(why.words().in_lang(lang));
    }
    if !may(asked, Act::Write, Class::Images) {
        return look::empty(lang.t("予定されているカンファレンスはありません。", "None is planned."));
    }
    let usual = Filled::empty().with("on", time::day(asked.ctx.now).to_string());
    let filled = if filled.faults.0.is_empty() { &usual } else { filled };
    let hint = lang.t(
        "依頼の責任者と読影の担当者は、選ばなくても参加できます。",
        "Whoever answers for the request, and whoever reads it, may come in anyway.",
    );
    look::section(
        lang.t("カンファレンスを提案する", "Propose a conference"),
        look::form(
            asked,
            &format!("/readings/{}/conference", request.id),
            html! {
                (look::text_input(lang, filled, "on", lang.t("日", "Day"), None).kind("date"))
                (look::text_input(lang, filled, "at", lang.t("時刻", "Time"), Some(lang.t("いますぐ話したいときは、いまの時刻を入れてください。", "To talk at once, enter the time it is now."))).kind("time"))
                (look::area(lang, filled, "note", lang.t("話し合いたいこと", "What is to be talked about"), None).rows(3))
                @if !view.candidates.is_empty() {
                    (look::ticks(lang, filled, "person", lang.t("この施設から参加する人", "Who of this facility comes"), &view.candidates).optional().hint(hint))
                }
                (look::submit(lang.t("相手の施設に提案する", "Propose it to the other facility")))
            },
        ),
    )
}

/// One that is planned, or that goes on without the person who looks.
fn planned(asked: &Asked, view: &View, it: &Conference, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let request = &view.desk.request;
    let base = format!("/readings/{}/conference", request.id);
    let me = asked.ctx.who.staff();
    let is_named = me.is_some_and(|me| it.has(request.side, me));
    let writes = may(asked, Act::Write, Class::Images);
    let planned = it.state(asked.ctx.now) == State::Planned;
    let seen = || look::hidden("seen", &it.number.to_string());
    let more: Vec<&(String, String)> = view
        .candidates
        .iter()
        .filter(|(id, _)| !it.people.iter().any(|one| one.side == request.side && one.person.to_string() == *id))
        .collect();
    let more: Vec<(&str, &str)> = more.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    html! {
        p { (state_badge(lang, it.state(asked.ctx.now))) }
        (about(lang, it))
        @if !request.lends_images() {
            (look::notice(lang, Tone::Warn, lang.t("いまは始められません", "It cannot be started now"), html! { p { (super::MayNot::NotLent.words().in_lang(lang)) } }))
        } @else if planned && writes && is_named {
            (look::form(asked, &format!("{base}/start"), html! {
                (seen())
                p { (lang.t("始めると、カメラとマイクを使った通話の画面が開きます。相手の施設にもお知らせします。", "Starting opens the call with camera and microphone, and tells the other facility.")) }
                (look::submit(lang.t("カンファレンスを始める", "Start the conference")))
            }))
        } @else if !is_named {
            (look::notice(lang, Tone::Info, lang.t("参加する人として登録されていません", "You are not among those who take part"), html! {
                p { (lang.t("参加するときは、下で自分の名前を選んで加えてください。", "To take part, add your own name below.")) }
            }))
        }
        @if writes && !more.is_empty() && it.people.len() < PEOPLE_MAX {
            (look::details(lang.t("この施設から参加する人を加える", "Add somebody of this facility"), look::form(asked, &format!("{base}/people"), html! {
                (seen())
                (look::ticks(lang, filled, "person", lang.t("参加する人", "Who comes"), &more))
                (look::submit(lang.t("参加する人に加える", "Add them")))
            })))
        }
        @if writes {
            (look::details(if planned { lang.t("取りやめる", "Call it off") } else { lang.t("カンファレンスを終える", "End the conference") },
                end_form(asked, &base, it, planned)))
        }
    }
}

fn end_form(asked: &Asked, base: &str, it: &Conference, planned: bool) -> Markup {
    let lang = asked.lang();
    let (why, label) = if planned {
        (
            lang.t(
                "相手の施設にお知らせします。別の日時で提案し直せます。",
                "The other facility is told. Another time can be proposed.",
            ),
            lang.t("この予定を取りやめる", "Call it off"),
        )
    } else {
        (
            lang.t(
                "全員の通話が切れます。誰がいつ参加したかは記録に残ります。",
                "It hangs up for everybody. Who was there, and when, stays on record.",
            ),
            lang.t("全員の通話を終える", "End it for everybody"),
        )
    };
    look::form(
        asked,
        &format!("{base}/end"),
        html! { (look::hidden("seen", &it.number.to_string())) p { (why) } (look::submit_danger(label)) },
    )
}

fn about(lang: Lang, it: &Conference) -> Markup {
    look::facts(&[
        (lang.t("日時", "When"), html! { (time::show(it.planned_at, lang)) }),
        (lang.t("提案", "Proposed by"), html! { (it.content.name) "（" (side(lang, it.side)) "）" }),
        (lang.t("話し合いたいこと", "About"), html! { span.lines { (it.content.note) } }),
        (
            lang.t("参加する人", "Who comes"),
            html! { ul { @for one in &it.people { li { (one.name) "（" (side(lang, one.side)) "）" } } } },
        ),
    ])
}

/// Those that are over, and who was there.
fn past(lang: Lang, view: &View, now: Timestamp) -> Markup {
    let over: Vec<(String, Markup)> = view
        .all
        .iter()
        .filter(|it| !it.0.is_open(now))
        .map(|(it, present)| (time::show(it.started_at.unwrap_or(it.planned_at), lang), held(lang, it, present, now)))
        .collect();
    html! { @if !over.is_empty() { (look::section(lang.t("これまでのカンファレンス", "Those before"), look::timeline(&over))) } }
}

fn held(lang: Lang, it: &Conference, present: &[Presence], now: Timestamp) -> Markup {
    html! {
        (state_badge(lang, it.state(now))) " " span.lines { (it.content.note) }
        @for one in present {
            br; (one.name) "（" (side(lang, one.side)) "） " (time::clock(one.joined_at)) "–" @if let Some(at) = one.left_at { (time::clock(at)) }
        }
    }
}

/// The page while it runs: the call, and the case beside it. What is seen is fetched by each side with its own right.
fn running(asked: &Asked, view: &View, it: &Conference, case: &Attached, signer: &[u8]) -> Result<Markup> {
    let lang = asked.lang();
    let base = format!("/readings/{}", it.request);
    let ticket = ticket::make(&asked.site.key, &asked.ctx, it)?;
    let list = |uid: &str| format!("/dicom-web/studies/{uid}/digests");
    let priors: Vec<_> = view
        .desk
        .studies
        .iter()
        .filter(|it| it.uid != case.uid)
        .map(|it| json!({ "study": it.uid, "digests": list(&it.uid), "label": it.date }))
        .collect();
    Ok(html! {
        haruka-conference lang=(lang.tag()) {
            div.conference-talk {
                haruka-call ticket=(ticket) kind="conference" lang=(lang.tag()) signer=(spki(signer)) data-testid="call" {
                    noscript { p { (lang.t("通話にはJavaScriptが必要です。", "The call needs JavaScript.")) } }
                    div slot="after" { p { a.button href={ (base) "/conference" } { (lang.t("カンファレンスの画面へ戻る", "Back to the conference")) } } }
                }
                div.conference-about {
                    (look::details(lang.t("話し合いたいこと・参加する人", "What it is about, who comes"), about(lang, it)))
                    @if may(asked, Act::Write, Class::Images) {
                        (look::details(lang.t("カンファレンスを終える", "End the conference"), end_form(asked, &format!("{base}/conference"), it, false)))
                    }
                    p { a href=(base) target="_blank" rel="noopener" { (lang.t("依頼と報告書を別の画面で開く", "Open request and report in another window")) } }
                }
            }
            div.conference-case {
                @if view.desk.studies.iter().any(|it| it.differs_here) {
                    (look::notice(lang, Tone::Warn, lang.t("こちらにある画像と内容が違います", "Not the same as the images here"), html! { p {
                        (lang.t("同じ検査の画像がこの施設にもあり、そちらが表示されます。指された位置が合わないことがあります。", "This facility has images of the same examination, and shows those: what is pointed at may lie elsewhere.")) } }))
                }
                div.conference-tools data-tools="" {}
                haruka-viewer lang=(lang.tag()) root="/dicom-web" study=(case.uid) digests=(list(&case.uid)) priors=(json!(priors).to_string()) {
                    noscript { p { (lang.t("画像を見るにはJavaScriptが必要です。", "Images need JavaScript.")) } }
                }
            }
        }
        @for name in ["call.css", "viewer.css", "conference.css"] { link rel="stylesheet" href=(web::assets::href(name)); }
        @for name in ["conference.js", "call.js", "viewer.js"] { script type="module" src=(web::assets::href(name)) {} }
    })
}

/// An Ed25519 public key as browsers import it: the fixed head of RFC 8410, then its 32 bytes.
fn spki(public: &[u8]) -> String {
    use base64::Engine;
    const HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    base64::engine::general_purpose::STANDARD.encode([&HEAD, public].concat())
}

async fn propose(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    match Form::parse(&fields, asked.ctx.now) {
        Err(faults) => page(&asked, reading, &fields.again(faults), 422).await,
        Ok(form) => {
            asked.act(&fields, move |tx, ctx| store::propose(tx, ctx, reading, &form).map(|_| address(reading))).await
        }
    }
}

fn address(reading: RequestId) -> String {
    format!("/readings/{reading}/conference")
}

/// Which conference the person has seen.
fn seen(fields: &Fields) -> i64 {
    fields.get("seen").parse().unwrap_or(0)
}

async fn name(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let (number, people) = (seen(&fields), ticked(&fields));
    if people.is_empty() {
        let mut faults = Faults::default();
        faults.add("person", Words::new("参加する人を選んでください。", "Please choose who comes."));
        return page(&asked, reading, &fields.again(faults), 422).await;
    }
    asked.act(&fields, move |tx, ctx| store::name(tx, ctx, reading, number, &people).map(|()| address(reading))).await
}

async fn start(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let number = seen(&fields);
    asked.act(&fields, move |tx, ctx| store::start(tx, ctx, reading, number).map(|()| address(reading))).await
}

async fn end(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let (number, live) = (seen(&fields), asked.site.live.clone());
    asked
        .act(&fields, move |tx, ctx| {
            let room = store::end(tx, ctx, reading, number)?.room();
            tx.on_commit(move || live.end(&room, ""));
            Ok(address(reading))
        })
        .await
}
