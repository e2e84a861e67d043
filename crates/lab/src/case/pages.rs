//! `/lab`: the list of cases. `/lab/cases/{case}`: one case with its order, its line of time, its thread and what can be done
//! now. Other nouns put their parts on this page.

use std::collections::HashMap;

use axum::extract::Query;
use kernel::{Lang, PersonId, Tooth, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::agreement::Side;
use people::facility::{self, Facility, FacilityKind};
use web::look::{self, Tone};
use web::{Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::store::{self, Desk};
use super::{Case, CaseId, Cause, Event, Hand, Kind, Said, State, done_by, hand, may_follow, owes};
use crate::file::Bundle;
use crate::note;
use crate::order::{Version, kept_until};
use crate::remote::Refusal;
use crate::step;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/lab", list).get(Door::Staff, "/lab/cases/{case}", show).post(
        Door::Staff,
        "/lab/cases/{case}/act",
        act,
    )
}

/// How a case stands, in colour and words.
#[must_use]
pub fn state_badge(state: State, lang: Lang) -> Markup {
    let tone = match state {
        State::Ordered | State::Proposed | State::Redo | State::Failed | State::Remake => Tone::Warn,
        State::Declined | State::Withdrawn => Tone::Stop,
        State::Fitted => Tone::Good,
        _ => Tone::Info,
    };
    look::badge(tone, state.words().in_lang(lang))
}

#[derive(Debug, Clone, Default, serde::Deserialize)]
struct Wish {
    #[serde(default)]
    page: String,
}

/// Pages of the list that anybody turns to; older cases are found at their patient.
const PAGE_MAX: usize = 1_000;

async fn list(asked: Asked, Query(wish): Query<Wish>) -> web::Result {
    let page = wish.page.parse::<usize>().unwrap_or(1).clamp(1, PAGE_MAX);
    let (it, kind) = asked
        .site
        .look(&asked.ctx, move |tx, ctx| {
            Ok((store::list(tx, ctx, page - 1)?, facility::store::get(tx, ctx.facility()?)?.kind))
        })
        .await?;
    let lang = asked.lang();
    let turned = |to: usize| format!("/lab?page={to}");
    let (before, after) = ((page > 1).then(|| turned(page - 1)), it.has_more.then(|| turned(page + 1)));
    let body = html! {
        @let manages = may(&asked, Act::View, Class::Administration);
        @if manages && (kind == FacilityKind::Laboratory || !it.made.is_empty()) {
            p { (look::link_quiet("/lab/remote", lang.t("リモートワークの管理", "Remote work"))) }
        }
        @if !it.made.is_empty() || !it.ordered.is_empty() {
            p { (look::link_quiet("/lab/figures", lang.t("技工の集計", "Figures"))) }
        }
        @if it.made.is_empty() && it.ordered.is_empty() {
            (look::empty(lang.t("技工の依頼はありません。歯科医師が患者さんのページの「技工を依頼する」から依頼します。引き受ける依頼は、届くとここに並びます。",
                "No cases. A dentist orders from a patient's page; what others order of you appears here.")))
        }
        @if !it.made.is_empty() { (table(&asked, lang.t("引き受ける技工", "To be made here"), &it.made)) }
        @if !it.ordered.is_empty() { (table(&asked, lang.t("依頼した技工", "Ordered elsewhere"), &it.ordered)) }
        (look::pager(lang, before.as_deref(), after.as_deref()))
        @if manages || !it.made.is_empty() || !it.ordered.is_empty() { p { (crate::export::pages::link(lang)) } }
    };
    Ok(asked.page(&Words::new("技工", "Laboratory work"), body))
}

fn table(asked: &Asked, caption: &str, lines: &[(Case, Facility)]) -> Markup {
    let (lang, today) = (asked.lang(), time::day(asked.ctx.now));
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|(case, partner)| {
            let (it, state) = (case.order(), case.state());
            let mine = case.assignee().is_some() && case.assignee() == asked.ctx.who.staff();
            vec![
                html! { a href={ "/lab/cases/" (case.id) } { (it.patient.full()) } },
                html! { (it.prosthesis().in_lang(lang)) @if !it.teeth.is_empty() { " " (it.teeth()) } },
                html! { (partner.name) },
                html! {
                    (state_badge(state, lang))
                    @if owes(&case.events, case.side) { " " (look::badge(Tone::Warn, lang.t("質問あり", "Question"))) }
                    @if mine && !state.is_over() { " " strong { (lang.t("あなたの担当", "yours")) } }
                },
                html! {
                    (time::show_day(it.due_on, lang))
                    @if it.due_on < today && !state.is_over() { " " (look::badge(Tone::Stop, lang.t("過ぎています", "Overdue"))) }
                },
            ]
        })
        .collect();
    let heads = lang
        .t(["患者", "技工物", "相手の施設", "いま", "納品の希望日"], ["Patient", "Work", "With", "Now", "Needed by"]);
    look::table(caption, &heads, &rows)
}

async fn show(asked: Asked, Path(id): Path<CaseId>) -> web::Result {
    page(&asked, id, &Back::default(), 200).await
}

/// What came back from one of the small forms: what was typed, and what stands in its way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Back {
    pub(crate) filled: Option<Filled>,
    pub(crate) refused: Vec<Refusal>,
}

impl Back {
    /// A form with its faults.
    pub(crate) fn of_form(filled: Filled) -> Self {
        Self { filled: Some(filled), refused: vec![] }
    }

    /// What was typed, if it was this form.
    pub(crate) fn of(&self, form: &str) -> Option<&Filled> {
        self.filled.as_ref().filter(|it| it.get("form") == form)
    }
}

/// The page, with one of its small forms that came back.
pub(crate) async fn page(asked: &Asked, id: CaseId, back: &Back, status: u16) -> web::Result {
    let (desk, bench) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let desk = store::desk(tx, ctx, id)?;
            let bench = match desk.case.side {
                Side::Serves => step::store::desk(tx, ctx, &desk.case)?,
                Side::Asks => step::store::Desk::default(),
            };
            Ok((desk, bench))
        })
        .await?;
    let lang = asked.lang();
    let it = desk.case.order();
    let what = it.prosthesis();
    let title = Words::made(
        format!("{} さんの技工：{} {}", it.patient.full(), what.ja, it.teeth()),
        format!("{}: {} {}", it.patient.full(), what.en, it.teeth()),
    );
    let body = html! {
        @if let Some(filled) = &back.filled { (look::faults_summary(lang, filled)) }
        (step::pages::refusals(lang, &back.refused))
        (look::panels(
            // On a phone the left side comes first: what is to be done stands above what is to be read.
            html! {
                (head(asked, &desk))
                (acts(asked, &desk, back.filled.as_ref()))
                (step::pages::part(asked, &desk.case, &bench, back))
                (thread(asked, &desk, back.filled.as_ref()))
            },
            html! { (order(asked, &desk)) (files(&desk, lang)) (history(&desk, lang)) },
        ))
        (look::page_actions(look::link_quiet("/lab", lang.t("技工の一覧へ", "To the list of cases"))))
    };
    Ok(asked.page(&Words::made(title.ja.trim().to_owned(), title.en.trim().to_owned()), body).status(status))
}

fn head(asked: &Asked, desk: &Desk) -> Markup {
    clause!("DL-32");
    let (lang, case) = (asked.lang(), &desk.case);
    let it = case.order();
    let assignee = case.assignee().and_then(|it| desk.names.get(&it));
    let other = match case.side {
        Side::Asks => lang.t("技工所", "Laboratory"),
        Side::Serves => lang.t("依頼元", "Ordered by"),
    };
    let mut facts = vec![
        (lang.t("患者", "Patient"), html! { (it.patient.full()) "（" (it.patient.full_kana()) "）" }),
        (
            other,
            html! { (desk.partner.name) " " @if !desk.partner.phone.is_empty() { a href={ "tel:" (desk.partner.phone) } { (desk.partner.phone) } } },
        ),
        (lang.t("依頼した日時", "Ordered at"), html! { (time::show(case.ordered_at, lang)) }),
        (lang.t("納品の希望日", "Needed by"), html! { (time::show_day(it.due_on, lang)) }),
    ];
    if let Some(name) = assignee {
        facts.push((lang.t("担当の技工士", "Technician"), html! { (name) }));
    }
    if let Some(ended) = case.round().iter().rev().find(|it| it.kind == Kind::Delivered) {
        let until = kept_until(time::day(ended.at));
        facts
            .push((lang.t("指示書を保存する期限", "The order is kept until"), html! { (time::show_day(until, lang)) }));
    }
    html! {
        p {
            (state_badge(case.state(), lang))
            @if case.events.iter().any(|it| it.kind == Kind::Remake) { " " (look::badge(Tone::Info, lang.t("再製", "Remake"))) }
        }
        (look::facts(&facts))
        p {
            (crate::file::pages::link(case.id, lang))
            @if desk.shows_files() { " " (crate::surface::pages::link(case.id, lang)) }
        }
    }
}

fn order(asked: &Asked, desk: &Desk) -> Markup {
    let (lang, case) = (asked.lang(), &desk.case);
    let newest = &case.versions[0];
    let it = &newest.content;
    let text = |text: &str| html! { span.lines { (text) } };
    let mut facts = vec![
        (lang.t("設計", "Design"), text(&it.design)),
        (lang.t("作成の方法", "How it is made"), text(&it.method)),
        (lang.t("使用する材料", "Materials"), text(&it.materials)),
    ];
    for (label, value) in [
        (lang.t("色調", "Shade"), &it.shade),
        (lang.t("インプラント", "Implant"), &it.implant),
        (lang.t("かみ合わせ・対合歯", "Bite and opposing teeth"), &it.bite),
        (lang.t("その他の指示", "Other notes"), &it.notes),
    ] {
        if !value.is_empty() {
            facts.push((label, text(value)));
        }
    }
    facts.extend([
        (lang.t("発行", "Issued"), html! { (time::show_day(it.issued_on, lang)) " " (it.dentist) }),
        (lang.t("医療機関", "Clinic"), html! { (it.clinic) " " (it.clinic_address) }),
        (
            lang.t("指示書に書かれた技工所", "Laboratories on the order"),
            html! { ul { @for it in &it.laboratories { li { (it.name) " " (it.address) } } } },
        ),
    ]);
    let what = it.prosthesis();
    let marks: Vec<(Tooth, &str)> = it.teeth.iter().filter_map(|it| Tooth::new(*it)).map(|it| (it, "●")).collect();
    let revises =
        case.side == Side::Asks && may_follow(case.state(), Kind::Revised) && may(asked, Act::Sign, Class::Lab);
    let link = |it: &Version| format!("/lab/cases/{}/orders/{}", case.id, it.number);
    let body = html! {
        p { strong { (what.in_lang(lang)) } @if !it.teeth.is_empty() { " " (it.teeth()) } " " (lang.t(format!("第{}版", newest.number), format!("version {}", newest.number))) }
        @if !marks.is_empty() { (look::teeth_marks(lang, lang.t("部位", "Teeth"), &marks)) }
        (look::facts(&facts))
        @if !newest.reason.is_empty() { p.lines { (lang.t("変更の理由：", "Why it was changed: ")) (newest.reason) } }
        p {
            (look::link_quiet(&link(newest), lang.t("指示書のPDF", "The order as PDF"))) " "
            @if revises { (look::link_quiet(&format!("/lab/cases/{}/revise", case.id), lang.t("指示書を書き直す", "Change the order"))) }
        }
        @if case.versions.len() > 1 {
            (look::details(lang.t("前の版", "Earlier versions"), html! { ul { @for it in &case.versions[1..] { li {
                a href=(link(it)) { (lang.t(format!("第{}版", it.number), format!("Version {}", it.number))) } " "
                (time::show(it.at, lang)) " " (desk.names.get(&it.by).map_or("", String::as_str))
            } } } }))
        }
    };
    look::section(lang.t("技工指示書", "The order"), body)
}

/// What was sent to the case, and which of it is the design that counts.
fn files(desk: &Desk, lang: Lang) -> Markup {
    let case = &desk.case;
    let one = |it: &Bundle| {
        html! { li {
            strong { (it.kind.words().in_lang(lang)) } " " (time::show(it.made_at, lang)) " " (named(&desk.names, Some(it.made_by)))
            @if it.digest == case.design() { " " (state_badge(case.state(), lang)) }
            br; small { (it.members.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(lang.t("、", ", "))) " " code title=(it.digest) { (crate::file::short(&it.digest)) } }
        } }
    };
    let uses: Vec<String> = desk.uses.iter().map(|it| it.words().in_lang(lang).to_owned()).collect();
    html! { @if !desk.bundles.is_empty() {
        (look::section(lang.t("ファイル", "Files"), html! {
            ul { @for it in &desk.bundles { (one(it)) } }
            p { (lang.t("あなたができること：", "What you may do: ")) (uses.join(lang.t("／", " / "))) }
            p { (crate::file::pages::link(case.id, lang)) }
        }))
    } }
}

/// The line of time that both facilities share.
fn history(desk: &Desk, lang: Lang) -> Markup {
    clause!("DL-32");
    let case = &desk.case;
    let first = case.versions.last().map(|it| it.by);
    let mut entries = vec![(
        time::show(case.ordered_at, lang),
        html! { strong { (lang.t("指示書を発行しました", "Issued the order")) } br; (named(&desk.names, first)) },
    )];
    entries.extend(case.events.iter().map(|it| (time::show(it.at, lang), happened(desk, it, lang))));
    entries.reverse();
    look::section(lang.t("これまでの経過", "What happened"), look::timeline(&entries))
}

fn named(names: &HashMap<PersonId, String>, person: Option<PersonId>) -> &str {
    person.and_then(|it| names.get(&it)).map_or("", String::as_str)
}

fn happened(desk: &Desk, it: &Event, lang: Lang) -> Markup {
    let at = side_words(it.side, lang);
    let cause = Cause::from_key(&it.said.cause);
    html! {
        strong { (it.kind.words().in_lang(lang)) }
        @if it.said.person.is_some() { "：" (named(&desk.names, it.said.person)) }
        @if let Some(cause) = cause { " " (look::badge(Tone::Warn, cause.words().in_lang(lang))) }
        br; (named(&desk.names, Some(it.person))) "（" (at) "）"
        @if it.kind == Kind::Noted && it.said.place.is_none() {
            br; small { (lang.t("内容は、この症例のファイルを見られる人にだけ表示します。", "What it says is shown to those who may see the files of this case.")) }
        }
        @if !it.said.machine.is_empty() { br; small { (lang.t("加工機：", "Machine: ")) (it.said.machine) } }
        @if !it.said.text.is_empty() { br; span.lines { (it.said.text) } }
        @if it.said.place.is_some() {
            br; a href=(note::pages::href(desk.case.id, it.number)) { (lang.t("メモの場所を立体で見る", "See the place of the note")) }
        }
        @if !it.said.digest.is_empty() { br; small { (lang.t("設計データ：", "Design: ")) code title=(it.said.digest) { (crate::file::short(&it.said.digest)) } } }
    }
}

/// One of the two facilities, beside the name of somebody there.
pub(crate) fn side_words(side: Side, lang: Lang) -> &'static str {
    match side {
        Side::Asks => lang.t("医療機関", "clinic"),
        Side::Serves => lang.t("技工所", "laboratory"),
    }
}

/// The words that go between the two facilities, and the form for the next one.
fn thread(asked: &Asked, desk: &Desk, back: Option<&Filled>) -> Markup {
    let (lang, case) = (asked.lang(), &desk.case);
    let said: Vec<(String, Markup)> = case
        .events
        .iter()
        .filter(|it| matches!(it.kind, Kind::Asked | Kind::Answered | Kind::Noted))
        .map(|it| (time::show(it.at, lang), happened(desk, it, lang)))
        .collect();
    let writes = may(asked, Act::Write, Class::Lab) && may_follow(case.state(), Kind::Asked);
    let is_asked = owes(&case.events, case.side);
    let (title, label, kind) = if is_asked {
        (lang.t("返事を書く", "Answer"), lang.t("返事", "The answer"), Kind::Answered)
    } else {
        (lang.t("質問を送る", "Ask something"), lang.t("質問・確かめたいこと", "The question"), Kind::Asked)
    };
    let form = html! { @if writes { (look::form(asked, &format!("/lab/cases/{}/act", case.id), html! {
        (look::hidden("act", kind.key()))
        (why(lang, back, kind, label))
        (look::submit(lang.t("相手の施設に送る", "Send it to the other facility")))
    })) } };
    html! { @if writes || !said.is_empty() { (look::section(lang.t("質問と返事", "Questions and answers"), html! {
        @if is_asked { (look::notice(lang, Tone::Warn, lang.t("相手の施設が返事を待っています", "The other facility waits for an answer"), html! {})) }
        @else if owes(&case.events, case.side.other()) { p { (look::badge(Tone::Info, lang.t("返事を待っています", "Waiting for an answer"))) } }
        @if !said.is_empty() { (look::timeline(&said)) }
        @if is_asked { (form) } @else if writes { (look::details(title, form)) }
    })) } }
}

/// Words of one of several small forms: what came back belongs to its own alone.
fn why(lang: Lang, back: Option<&Filled>, kind: Kind, label: &str) -> Markup {
    let (empty, own) = (Filled::empty(), format!("why-{}", kind.key()));
    let back = back.filter(|it| it.get("act") == kind.key());
    let area = look::area(lang, back.unwrap_or(&empty), "why", label, None).rows(2);
    let area = if needs_words(kind) { area } else { area.optional() };
    // The summary of what must be mended leads to the field's usual id.
    html! { (if back.is_some() { area } else { area.id(&own) }) }
}

/// Whether a thing of this kind cannot be done without a word.
const fn needs_words(kind: Kind) -> bool {
    matches!(kind, Kind::Declined | Kind::Withdrawn | Kind::Asked | Kind::Answered | Kind::Redo | Kind::Remake)
}

/// Kinds that stand as simple forms on the page; the others have their own.
const SIMPLE: [Kind; 13] = [
    Kind::Accepted,
    Kind::Approved,
    Kind::Machined,
    Kind::Finished,
    Kind::Delivered,
    Kind::Received,
    Kind::Fitted,
    Kind::Redo,
    Kind::Remake,
    Kind::Declined,
    Kind::Withdrawn,
    Kind::Asked,
    Kind::Answered,
];

/// What the button of a thing says, and the label of its words; nothing for what needs no words at all.
fn button(kind: Kind, lang: Lang) -> (&'static str, &'static str) {
    match kind {
        Kind::Accepted => (lang.t("引き受ける", "Accept"), ""),
        Kind::Declined => (lang.t("引き受けられないと返事する", "Decline"), lang.t("引き受けられない理由", "Why not")),
        Kind::Withdrawn => {
            (lang.t("依頼を取り下げる", "Withdraw the order"), lang.t("取り下げる理由", "Why it is withdrawn"))
        }
        Kind::Approved => (lang.t("この設計を承認する", "Approve this design"), ""),
        Kind::Redo => (
            lang.t("設計のやり直しを頼む", "Ask for another design"),
            lang.t("直してほしいこと", "What is to be changed"),
        ),
        Kind::Machined => (lang.t("加工を終えた", "Machining is done"), lang.t("気づいたこと", "What was noticed")),
        Kind::Finished => (
            lang.t("完成した", "The work is finished"),
            lang.t("検査する人に伝えること", "What the inspector should know"),
        ),
        Kind::Delivered => (lang.t("納品した", "It is delivered"), lang.t("便・伝票番号など", "How, and its number")),
        Kind::Received => (lang.t("受け取った", "It has come"), lang.t("届いたときの状態", "In what state")),
        Kind::Fitted => (lang.t("装着した", "It is fitted"), lang.t("適合の具合", "How it fits")),
        Kind::Remake => {
            (lang.t("再製を頼む", "Ask for a remake"), lang.t("どこがどう合わないか", "What is wrong, and where"))
        }
        _ => ("", ""),
    }
}

/// Whether whoever asks may do a thing of this kind now.
pub(crate) fn may_do(asked: &Asked, case: &Case, kind: Kind) -> bool {
    let right = match hand(kind) {
        Hand::Dentist => may(asked, Act::Sign, Class::Lab),
        Hand::Manager => may(asked, Act::Write, Class::Lab) && may(asked, Act::Sign, Class::Administration),
        Hand::Anyone => may(asked, Act::Write, Class::Lab),
    };
    right && done_by(kind).is_none_or(|it| it == case.side) && may_follow(case.state(), kind)
}

/// What can be done with the case now, by whoever looks.
fn acts(asked: &Asked, desk: &Desk, back: Option<&Filled>) -> Markup {
    let case = &desk.case;
    let forms: Vec<Markup> = SIMPLE
        .into_iter()
        .filter(|it| !matches!(it, Kind::Asked | Kind::Answered) && may_do(asked, case, *it))
        .map(|it| simple(asked, case, it, back))
        .collect();
    html! { @if !forms.is_empty() { (look::section(asked.lang().t("次にすること", "What comes next"), html! { @for it in &forms { (it) } })) } }
}

fn simple(asked: &Asked, case: &Case, kind: Kind, back: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    let by_hand = kind == Kind::Finished && case.state() == State::Assigned;
    let (label, words) = match button(kind, lang) {
        (_, words) if by_hand => {
            (lang.t("設計データを使わずに完成した", "It is finished, without a design by computer"), words)
        }
        usual => usual,
    };
    let causes: Vec<(&str, String)> =
        Cause::ALL.iter().map(|it| (it.key(), it.words().in_lang(lang).to_owned())).collect();
    let (own, empty) = (back.filter(|it| it.get("act") == kind.key()), Filled::empty());
    // What turns the case back, or leaves out the design, is folded: nobody takes it by the way.
    let turns = by_hand || matches!(kind, Kind::Declined | Kind::Withdrawn | Kind::Redo | Kind::Remake);
    let form = look::form(
        asked,
        &format!("/lab/cases/{}/act", case.id),
        html! {
            (look::hidden("act", kind.key()))
            @if kind == Kind::Remake { (look::select(lang, own.unwrap_or(&empty), "cause", lang.t("原因", "Cause"), &causes)) }
            @if !words.is_empty() { (why(lang, back, kind, words)) }
            @if matches!(kind, Kind::Declined | Kind::Withdrawn) { (look::submit_danger(label)) } @else { (look::submit(label)) }
        },
    );
    if turns && own.is_none() { look::details(label, form) } else { form }
}

async fn act(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let kinds: Vec<(&str, Kind)> = SIMPLE.iter().map(|it| (it.key(), *it)).collect();
    let kind = fields.one_of("act", &kinds, &mut faults);
    let text = match kind {
        Some(it) if needs_words(it) => fields.text("why", &mut faults),
        _ => fields.text_if_any("why", &mut faults),
    };
    let cause = match kind {
        Some(Kind::Remake) => fields.one_of("cause", &Cause::keys(), &mut faults).map_or("", Cause::key),
        _ => "",
    };
    let said = Said { text, cause: cause.to_owned(), ..Said::default() };
    match (kind, faults.done(|| said)) {
        (Some(kind), Ok(said)) => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::act(tx, ctx, case, kind, &said).map(|()| format!("/lab/cases/{case}"))
                })
                .await
        }
        (_, Err(faults)) => page(&asked, case, &Back::of_form(fields.again(faults)), 422).await,
        (None, Ok(_)) => Err(kernel::Error::not_found("no such act").into()),
    }
}
