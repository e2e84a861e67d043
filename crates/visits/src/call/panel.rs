//! What stands beside the picture: who is there, identity both ways, the judgement, further people, what is still missing for
//! closing the visit, and the papers of the visit. `haruka-panel` sends its forms without leaving the page, so that the call
//! goes on; without script they are plain forms.

use db::Tx;
use guidelines::FacilityField;
use guidelines::call::{AV_SECONDS_MIN, Completion, Measured, ThirdPersonRole, may_complete};
use guidelines::identity::{Method, documents};
use guidelines::verdict::NotMet;
use kernel::{BookingId, Ctx, Lang, PersonId, Result, clause, time};
use maud::{Markup, html};
use people::access::{Access, Act, Class};
use people::patient::Patient;
use web::live::Present;
use web::look::{self, Tone};
use web::{Asked, Filled};

use super::clauses::{self, Ways};
use super::{Call, Presence, VisitEnd, record, store};
use crate::booking::{self, Booking};
use crate::feasibility::{self, Judgement, Verdict};
use crate::identity::{self, Check, SHOWN, Shown};
use crate::third::{self, ThirdPerson, Way};

/// Everything the doctor's page of a call shows.
pub(crate) struct State {
    pub(crate) booking: Booking,
    pub(crate) patient: Patient,
    pub(crate) field: FacilityField,
    pub(crate) ways: Ways,
    pub(crate) calls: Vec<Call>,
    pub(crate) end: Option<VisitEnd>,
    pub(crate) checked: Option<Check>,
    pub(crate) shown: Option<Shown>,
    pub(crate) judged: Option<Judgement>,
    pub(crate) third: Vec<ThirdPerson>,
    pub(crate) present: Vec<Presence>,
    pub(crate) attempts: Vec<(String, kernel::Timestamp)>,
    pub(crate) measured: Measured,
    pub(crate) completion: std::result::Result<Completion, Vec<NotMet>>,
    /// May write the chart: starts, judges, closes.
    pub(crate) leads: bool,
    /// Whose licence, training and other calls the rules ask about.
    pub(crate) doctor: PersonId,
}

impl State {
    /// Reads it all, as the person who acts may see it.
    pub(crate) fn load(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<Self> {
        let booking = booking::store::read_one(tx, id)?;
        Access::new("call.view", Act::View, Class::Chart).on("booking", id).of(booking.patient).require(tx, ctx)?;
        let leads = Access::new("call.start", Act::Write, Class::Chart).of(booking.patient).allowed(tx, ctx)?;
        // Whoever only looks is told about the doctor of the visit, not about themselves.
        let doctor = ctx.who.staff().filter(|_| leads).unwrap_or(booking.doctor);
        Ok(Self {
            patient: people::patient::store::read_one(tx, booking.patient)?,
            field: clauses::field(tx)?,
            ways: Ways::of(tx, &booking, doctor)?,
            calls: store::all(tx, id)?,
            end: store::end_of(tx, id)?,
            checked: identity::store::checked(tx, id)?,
            shown: identity::store::shown(tx, id)?,
            judged: feasibility::store::last(tx, id)?,
            third: third::store::list(tx, id)?,
            present: record::presences(tx, &booking)?,
            attempts: store::attempts(tx, id)?,
            measured: record::measured(tx, &booking)?,
            completion: may_complete(&store::complete_facts(tx, &booking)?),
            booking,
            leads,
            doctor,
        })
    }

    /// The running call.
    pub(crate) fn live(&self) -> Option<&Call> {
        self.calls.last().filter(|it| it.is_live())
    }

    fn href(&self, tail: &str) -> String {
        format!("/bookings/{}{tail}", self.booking.id)
    }
}

/// The panel, with what was typed and what is wrong.
pub(crate) fn panel(asked: &Asked, state: &State, filled: &Filled, refused: &[NotMet]) -> Markup {
    html! {
        haruka-panel src=(state.href("/call/panel")) now=(state.href("/call/now")) every="15" {
            (inside(asked, state, filled, refused))
        }
    }
}

/// What is inside the panel.
pub(crate) fn inside(asked: &Asked, state: &State, filled: &Filled, refused: &[NotMet]) -> Markup {
    let lang = asked.lang();
    html! {
        (look::faults_summary(lang, filled))
        @if !state.patient.remark.is_empty() {
            (look::notice(lang, Tone::Warn, lang.t("配慮すること", "Keep in mind"), html! { p { (state.patient.remark) } }))
        }
        (look::gate(lang, &clauses::gates(asked, state.field, &state.ways, refused)))
        div data-now="" { (now(asked, state)) }
        @if state.leads && state.end.is_none() && !state.calls.is_empty() {
            (identity_part(asked, state, filled))
            (feasibility_part(asked, state, filled))
            @if state.live().is_some() { (third_part(asked, state, filled)) }
            (end_part(asked, state, filled))
        }
        (papers_part(lang, state))
    }
}

/// What changes by itself. Has buttons, but nothing to type.
pub(crate) fn now(asked: &Asked, state: &State) -> Markup {
    let lang = asked.lang();
    let room = state.booking.id.to_string();
    let there = asked.site.live.present(&room);
    html! {
        // The page of a call that has ended is another page.
        @if state.live().is_none() { span data-without-call="" hidden {} }
        section.part data-testid="call-now" {
            h2 { (lang.t("いまの通話", "This call")) }
            ul { @for it in &there { li { (line(lang, state, it)) } } }
            @if there.is_empty() { p { (lang.t("いま、つながっている人はいません。", "Nobody is connected now.")) } }
            (measured(lang, state))
            (third_list(asked, state))
        }
    }
}

fn line(lang: Lang, state: &State, it: &Present) -> Markup {
    let name = state.present.iter().rev().find(|known| known.seat == it.person);
    let quality = match it.quality {
        1 => look::badge(Tone::Stop, lang.t("通信：不安定", "Line: unstable")),
        2 => look::badge(Tone::Warn, lang.t("通信：やや不安定", "Line: fair")),
        3 => look::badge(Tone::Good, lang.t("通信：良好", "Line: good")),
        _ => html! {},
    };
    html! {
        @match name {
            Some(known) => { (known.name) "（" (known.role.in_lang(lang)) "）" }
            None => { (lang.t("確認中", "Looking up")) }
        }
        " "
        @if it.admitted { (look::badge(Tone::Good, lang.t("入室中", "In the call"))) }
        @else { (look::badge(Tone::Info, lang.t("待合", "Waiting"))) }
        " " (quality)
    }
}

/// What was measured, and whether it suffices (OV-161).
fn measured(lang: Lang, state: &State) -> Markup {
    let it = state.measured;
    let cell = |seconds: u32| {
        html! { (seconds) (lang.t("秒", " s")) @if seconds >= AV_SECONDS_MIN { " ✓" } }
    };
    let sides = [
        (lang.t("患者さんの映像", "Patient's picture"), cell(it.patient_picture_s)),
        (lang.t("患者さんの音声", "Patient's sound"), cell(it.patient_sound_s)),
        (lang.t("担当医の映像", "Doctor's picture"), cell(it.doctor_picture_s)),
        (lang.t("担当医の音声", "Doctor's sound"), cell(it.doctor_sound_s)),
    ];
    html! { div data-testid="measured" { (look::facts(&sides)) } }
}

fn identity_part(asked: &Asked, state: &State, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let kinds: Vec<(&str, &str)> =
        documents(time::day(asked.ctx.now)).map(|it| (it.key, it.words.in_lang(lang))).collect();
    let methods = Method::CHOICES.map(|(key, words)| (key, words.in_lang(lang).to_owned()));
    let shown = SHOWN.map(|(key, _, words)| (key, words.in_lang(lang).to_owned()));
    html! {
        section.part #identity {
            h2 { (lang.t("本人確認", "Identity")) }
            @match &state.checked {
                Some(it) => p data-testid="identity-checked" {
                    (look::badge(Tone::Good, lang.t("確認済み", "Confirmed"))) " "
                    (identity::describe(&it.method).in_lang(lang)) " " (time::clock(it.checked_at))
                },
                None => p { (look::badge(Tone::Warn, lang.t("まだ", "Not yet"))) " " (lang.t("患者さんの本人確認", "the patient")) },
            }
            @if state.checked.is_none() || filled.fault("method").is_some() || !filled.get("method").is_empty() {
                (look::form(asked, &state.href("/identity"), html! {
                    p.hint { (lang.t("種類だけを記録します。番号は書き写さないでください。", "Only the kind is recorded. Do not copy numbers.")) }
                    (look::choice(lang, filled, "method", lang.t("確認の方法", "How it was confirmed"), &methods))
                    (look::select(lang, filled, "document_one", lang.t("書類", "Document"), &kinds).optional())
                    (look::select(lang, filled, "document_two", lang.t("2点目の書類", "Second document"), &kinds).optional())
                    (look::tick(lang, filled, "inspected", "1", lang.t("厚みなどの特徴をよく見た", "Looked closely at its features")))
                    (look::tick(lang, filled, "asked", "1", lang.t("生年月日などを質問し、本人のようすと合っていた", "Asked questions, and they fit the person")))
                    (look::text_input(lang, filled, "emergency_reason", lang.t("緊急で書類を確認できない理由", "Why, in an emergency, there is no document"), None).optional())
                    (look::submit(lang.t("患者さんを確認した", "The patient is confirmed")))
                }))
            }
            @match &state.shown {
                Some(it) => p data-testid="identity-shown" {
                    (look::badge(Tone::Good, lang.t("提示済み", "Shown"))) " "
                    @for (_, how, words) in &SHOWN { @if *how == it.how { (words.in_lang(lang)) } }
                },
                None => (look::form(asked, &state.href("/identity/shown"), html! {
                    (look::choice(lang, filled, "shown", lang.t("担当医の本人証明", "The doctor's identity"), &shown))
                    (look::submit(lang.t("患者さんに示した", "Shown to the patient")))
                })),
            }
        }
    }
}

fn feasibility_part(asked: &Asked, state: &State, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let verdicts = Verdict::options(lang);
    let not_suitable = state.judged.as_ref().is_some_and(|it| it.verdict != Verdict::Suitable);
    html! {
        section.part #feasibility {
            h2 { (lang.t("オンラインで診てよいか", "Is online suitable?")) }
            @if let Some(it) = &state.judged {
                p data-testid="judged" {
                    (look::badge(if not_suitable { Tone::Stop } else { Tone::Good }, it.verdict.words().in_lang(lang)))
                    " " (time::clock(it.judged_at))
                }
                @if !it.reason.is_empty() { p { (it.reason) } }
                @if it.information { p { (lang.t("対面に代わる有用な情報を得た", "Useful information was obtained")) } }
            }
            @if not_suitable { (ways_on(lang, state)) }
            (look::form(asked, &state.href("/feasibility"), html! {
                (look::choice(lang, filled, "verdict", lang.t("判断", "Judgement"), &verdicts))
                (look::tick(lang, filled, "information", "1", lang.t("対面に代わる有用な情報が得られた", "Useful information in place of in-person findings was obtained")))
                (look::area(lang, filled, "why", lang.t("理由（適さない・足りないとき）", "Reason (when it is a no)"), None).rows(2).optional())
                (look::submit(lang.t("判断を記録する", "Record the judgement")))
            }))
        }
    }
}

/// Where a visit goes on that is none for a screen (OV-103).
pub(crate) fn ways_on(lang: Lang, state: &State) -> Markup {
    html! {
        p { (lang.t("対面の診察につなげてください。どちらかが済むと、診察を終えられます。", "Lead on to care in person. With either of the two the visit can be ended.")) }
        p {
            (look::link_button(&state.ways.href(guidelines::Mend::BookInPerson), lang.t("対面の予約を取る", "Book in person")))
            " "
            (look::link_quiet(&state.ways.href(guidelines::Mend::WriteReferral), lang.t("紹介状を書く", "Write a referral")))
        }
    }
}

fn third_part(asked: &Asked, state: &State, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let roles = ThirdPersonRole::options(lang);
    let ways = Way::options(lang);
    html! {
        section.part #third {
            h2 { (lang.t("ほかの人の同席", "Somebody else in the call")) }
            (look::details(lang.t("同席する人を加える", "Add a person"), look::form(asked, &state.href("/third"), html! {
                (look::text_input(lang, filled, "name", lang.t("氏名", "Name"), None))
                (look::select(lang, filled, "role", lang.t("立場", "Role"), &roles))
                (look::text_input(lang, filled, "purpose", lang.t("同席の理由", "Why"), Some(lang.t("患者さんの画面に表示されます。", "The patient reads this."))))
                (look::choice(lang, filled, "way", lang.t("参加のしかた", "How"), &ways))
                (look::tick(lang, filled, "explained", "1", lang.t("誰がなぜ同席するのかを、患者さんに説明した", "I told the patient who it is and why")).required())
                (look::submit(lang.t("患者さんに同意を求める", "Ask the patient")))
            })))
        }
    }
}

/// Further people of the running call, with the doctor's buttons.
fn third_list(asked: &Asked, state: &State) -> Markup {
    let lang = asked.lang();
    let Some(call) = state.live() else { return html! {} };
    html! {
        @for it in state.third.iter().filter(|it| it.call == call.id) {
            div.card data-testid="third-person" {
                p { strong { (it.name) } "（" (it.role.words().in_lang(lang)) "） " (it.way.words().in_lang(lang)) }
                @if it.removed_at.is_some() { p { (lang.t("退室してもらいました。", "Asked to leave.")) } }
                @else if it.declined_at.is_some() { p { (look::badge(Tone::Stop, lang.t("患者さんが断りました", "The patient declined"))) } }
                @else if it.agreed_at.is_none() { p { (look::badge(Tone::Info, lang.t("患者さんの返事を待っています", "Waiting for the patient"))) } }
                @else if it.admitted_at.is_none() && state.leads {
                    (look::form(asked, &state.href(&format!("/third/{}/admit", it.id)), html! {
                        (look::submit(lang.t("同席を許可する", "Admit")))
                    }))
                }
                @else if it.may_enter() {
                    p { (look::badge(Tone::Good, lang.t("同席中", "Admitted"))) }
                    @if let Some(code) = &it.code {
                        p { (lang.t("このリンクを送り、確認番号は声で伝えてください。", "Send this link, and tell the code by voice.")) }
                        (look::copyable(lang, &third::pages::link(asked, state.booking.id, it.id)))
                        p { (lang.t("確認番号：", "Code: ")) strong data-testid="third-code" { (code) } }
                        @if it.tries >= third::TRIES_MAX {
                            p { (lang.t("番号の間違いが続いたため、リンクは使えません。退室のあと、もう一度許可してください。", "Too many wrong codes: the link is dead. Ask the person to leave, then admit again.")) }
                        }
                    }
                    @if state.leads {
                        (look::form(asked, &state.href(&format!("/third/{}/remove", it.id)), html! {
                            (look::submit_danger(lang.t("退室してもらう", "Ask to leave")))
                        }))
                    }
                }
            }
        }
    }
}

fn end_part(asked: &Asked, state: &State, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let live = state.live().is_some();
    let endings = [
        ("ended", lang.t("診察の話は終わった", "We are done")),
        ("broken_off", lang.t("通信の不具合で続けられない", "The technique failed")),
        ("no_answer", lang.t("患者さんが応答しない", "The patient does not answer")),
    ];
    html! {
        section.part #end {
            h2 { (lang.t("終わりにする", "To the end")) }
            @if live {
                (look::form(asked, &state.href("/call/end"), html! {
                    (look::choice(lang, filled, "ending", lang.t("通話を終える理由", "Why the call ends"), &endings))
                    (look::text_input(lang, filled, "end_reason", lang.t("補足", "Remark"), None).optional())
                    (look::submit_danger(lang.t("通話を終える", "End the call")))
                }))
            }
            @match &state.completion {
                Ok(completion) => {
                    @if !completion.open().is_empty() {
                        (look::details(lang.t("あとで行うこと", "To do afterwards"),
                            look::gate(lang, &clauses::tasks(asked, state.field, &state.ways, completion.open()))))
                    }
                    (look::form(asked, &state.href("/call/complete"), look::submit(lang.t("診察を完了する", "Complete the visit"))))
                }
                Err(not_met) => {
                    p { (lang.t("診察を完了するには、次のことが必要です。", "Before the visit can be completed:")) }
                    (look::gate(lang, &clauses::gates(asked, state.field, &state.ways, not_met)))
                }
            }
            @if !live {
                (look::details(lang.t("通信の不具合のため、今日は完了せずに終える", "Close it unfinished because the technique failed"),
                    look::form(asked, &state.href("/call/break-off"), html! {
                        (look::text_input(lang, filled, "break_reason", lang.t("何が起きたか", "What happened"), None))
                        (look::submit_danger(lang.t("中断として閉じる", "Close as broken off")))
                    })))
            }
        }
    }
}

/// Said after a link that leaves this window as it is.
pub(crate) fn new_window(lang: Lang) -> &'static str {
    lang.t("（別の画面）", " (new window)")
}

fn papers_part(lang: Lang, state: &State) -> Markup {
    clause!("OV-204");
    let links = [
        ("/chart", lang.t("診療録を書く", "Write the chart")),
        ("/questionnaire", lang.t("問診の答え", "Answers of the questionnaire")),
        ("/plan", lang.t("診療計画", "Plan")),
        ("/path", lang.t("初診の判断", "First visit")),
        ("", lang.t("予約のすべて・書類", "The booking and its papers")),
    ];
    html! {
        section.part {
            h2 { (lang.t("この診察の書類", "Papers of this visit")) }
            // Another window, so that the call goes on in this one. While it runs, the first three stand behind tabs.
            ul { @for (tail, words) in links.iter().skip(if state.live().is_some() { 3 } else { 0 }) {
                li { a href=(state.href(tail)) target="_blank" rel="noopener" { (words) (new_window(lang)) } }
            } }
        }
    }
}
