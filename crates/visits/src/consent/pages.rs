//! Consent on the patient's side: part by part, then the signature; afterwards what stands, its paper, and the way back.

use guidelines::call::ConsentState;
use guidelines::consent::{Document, DocumentKind};
use guidelines::guardian::Need;
use kernel::{BookingId, Error, JapaneseName, Lang, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::store::{self, View};
use super::{Hand, Keep, Part, READ_FIRST, Signature, Stage, paper, part, version};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Patient, "/visits/{booking}/consent", show)
        .post(Door::Patient, "/visits/{booking}/consent", give)
        .post(Door::Patient, "/visits/{booking}/consent/read", read)
        .post(Door::Patient, "/visits/{booking}/consent/storage", storage)
        .get(Door::Patient, "/visits/{booking}/consent/withdraw", withdraw_form)
        .post(Door::Patient, "/visits/{booking}/consent/withdraw", withdraw)
        .get(Door::Patient, "/visits/{booking}/consent.pdf", print)
        .get(Door::Patient, "/visits/{booking}/checklist", checklist)
        .get(Door::Patient, "/visits/{booking}/checklist.pdf", print_checklist)
        .and(super::staff_pages::routes())
}

fn title() -> Words {
    Words::new("説明と同意", "Explanation and consent")
}

/// The view of the one who acts, with the name and hand that would sign.
async fn own_view(asked: &Asked, booking: BookingId) -> kernel::Result<(View, Hand, JapaneseName)> {
    asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let view = store::view(tx, ctx, booking)?;
            let (hand, name, _) = store::signer(tx, ctx, &view.patient)?;
            Ok((view, hand, name))
        })
        .await
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (view, hand, name) = own_view(&asked, booking).await?;
    Ok(page(&asked, &view, hand, &name, &Filled::empty()))
}

fn page(asked: &Asked, view: &View, hand: Hand, name: &JapaneseName, filled: &Filled) -> Answer {
    let stage = view.progress.stage();
    // A child reads along, but the guardian signs; told first, so that nobody reads for nothing.
    if hand == Hand::Patient && view.need == Need::Required && stage != Stage::Done {
        return asked.page(&title(), for_guardian(asked));
    }
    let body = match stage {
        Stage::Read(kind) => match view.text.part(kind) {
            Some(part) => html! { (before(asked, view)) (reading(asked, view, part, filled)) },
            None => html! {},
        },
        Stage::Sign => html! { (before(asked, view)) (signing(asked, view, hand, name, filled)) },
        Stage::Done => in_force(asked, view),
    };
    asked.page(&title(), body)
}

fn for_guardian(asked: &Asked) -> Markup {
    let lang = asked.lang();
    look::notice(
        lang,
        Tone::Warn,
        Need::Required.words().in_lang(lang),
        html! { p { (lang.t(
            "お子さんだけでは同意できません。保護者の方がご自分のリンクからログインして、この手続きをしてください。保護者の登録がまだのときは、お電話ください。",
            "A child cannot consent alone. The guardian signs in by the guardian's own link and does this step. If no guardian is registered yet, please call us."
        )) } },
    )
}

/// Where we are, and what happened before.
fn before(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let labels = [
        lang.t("説明", "Explanation"),
        lang.t("セキュリティ", "Security"),
        lang.t("守ること", "What you keep"),
        lang.t("同意", "Consent"),
    ];
    let current = match view.progress.stage() {
        Stage::Read(kind) => READ_FIRST.iter().position(|it| *it == kind).unwrap_or(0),
        Stage::Sign => 3,
        Stage::Done => 4,
    };
    let told = match view.progress.state {
        ConsentState::Withdrawn => Some(lang.t("前の同意は取り消されています。", "The earlier consent was withdrawn.")),
        ConsentState::CameOfAge => Some(lang.t(
            "成年になられたので、保護者の方の同意はここまでです。これからはご本人の同意で受けられます。説明を読んでお進みください。",
            "You are of age now, so your guardian's consent has ended. From now on your own consent counts. Please read the explanation.",
        )),
        ConsentState::Outdated => Some(lang.t(
            "説明の内容が新しくなりました。お手数ですが、もう一度お読みください。",
            "The text has changed. Please read it once more.",
        )),
        ConsentState::InForce => Some(lang.t(
            "同意はいただいています。緊急のため後回しにした説明を、ここでお読みください。",
            "We have your consent. Please read the explanation that was postponed in the emergency.",
        )),
        _ if view.progress.postponed => Some(lang.t(
            "緊急のため、くわしい説明は後で行います。",
            "Because of the emergency, the full explanation follows later.",
        )),
        _ => None,
    };
    html! {
        (look::steps(lang, current, &labels))
        @if let Some(told) = told { (look::notice(lang, Tone::Info, told, html! {})) }
    }
}

/// Each item is a list entry: sentence, what belongs to it, box. So a screen reader says it in the order of reading.
fn items(lang: Lang, part: &Part, postponed: bool, filled: &Filled, label: &Words) -> Markup {
    html! {
        ol.reading {
            @for (index, item) in part.asked(postponed).enumerate() {
                li {
                    p.reading-words { strong { (item.words.in_lang(lang)) } }
                    @if !item.subs.is_empty() { ul { @for sub in &item.subs { li { (sub.in_lang(lang)) } } } }
                    (look::tick(lang, filled, &item.key, "1", &format!("{} {}", index + 1, label.in_lang(lang))).required())
                }
            }
        }
    }
}

fn tick_label(kind: DocumentKind) -> Words {
    match kind {
        DocumentKind::Duties => Words::new("守ります", "I will"),
        DocumentKind::Consent => Words::new("はい", "Yes"),
        _ => Words::new("読みました", "I have read this"),
    }
}

fn reading(asked: &Asked, view: &View, part: &Part, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let action = format!("/visits/{}/consent/read", view.booking.id);
    html! {
        h2 { (part.title.in_lang(lang)) }
        p { (part.lead.in_lang(lang)) }
        (look::faults_summary(lang, filled))
        (look::form(asked, &action, html! {
            (look::hidden("kind", part.kind.key())) (look::hidden("version", &view.text.version()))
            (items(lang, part, false, filled, &tick_label(part.kind)))
            (look::submit(lang.t("次へ進む", "Go on")))
        }))
        @if part.kind == DocumentKind::Explanation {
            p { (look::link_quiet(&format!("/visits/{}/checklist", view.booking.id), lang.t("安心して受けるための確認表を読む", "Read the checklist for your safe online visit"))) }
        }
    }
}

async fn read(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let (view, hand, name) = own_view(&asked, booking).await?;
    let kind = DocumentKind::from_key(fields.get("kind")).ok_or_else(|| Error::not_found("no such part"))?;
    let part = view.text.part(kind).ok_or_else(|| Error::not_found("no such part"))?;
    if let Err(faults) = part.ticks(&fields, false) {
        return Ok(page(&asked, &view, hand, &name, &fields.again(faults)).status(422));
    }
    let (booking, version) = (view.booking.id, fields.get("version").to_owned());
    asked
        .act(&fields, move |tx, ctx| {
            store::tick(tx, ctx, booking, kind, &version)?;
            Ok(format!("/visits/{booking}/consent"))
        })
        .await
}

fn signing(asked: &Asked, view: &View, hand: Hand, name: &JapaneseName, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let Some(part) = view.text.part(DocumentKind::Consent) else { return html! {} };
    let action = format!("/visits/{}/consent", view.booking.id);
    let hint = match hand {
        Hand::Patient => lang.t(
            "ご本人がご自分の手で入力してください。ひらがなでもかまいません。",
            "Type it with your own hand. Kana will do.",
        ),
        Hand::Guardian => lang.t(
            "保護者・代理の方ご自身のお名前を入力してください。続柄とともに記録されます。",
            "Type your own name as the guardian. It is recorded with your relation.",
        ),
    };
    let label = match hand {
        Hand::Patient => lang.t("お名前", "Your name"),
        Hand::Guardian => lang.t("あなたのお名前", "Your name"),
    };
    html! {
        h2 { (part.title.in_lang(lang)) }
        p { (part.lead.in_lang(lang)) }
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { (view.patient.name.full()) }),
            (lang.t("同意する人", "Who consents"), html! { (name.full()) "（" (hand.words().in_lang(lang)) "）" }),
            (lang.t("医療機関", "Facility"), html! { (view.facility.name) }),
        ]))
        @if view.need == Need::Recommended && hand == Hand::Patient { p { (Need::Recommended.words().in_lang(lang)) } }
        (look::faults_summary(lang, filled))
        (look::form(asked, &action, html! {
            (items(lang, part, view.progress.postponed, filled, &tick_label(part.kind)))
            (keep_choice(lang, &with_default(filled), view))
            (look::text_input(lang, filled, "name", label, Some(hint)).autocomplete("name").max(80))
            (look::submit(lang.t("同意します", "I consent")))
        }))
    }
}

/// Nothing is kept unless somebody chooses otherwise.
fn with_default(filled: &Filled) -> Filled {
    if filled.get("keep").is_empty() { filled.clone().with("keep", Keep::Nothing.key()) } else { filled.clone() }
}

fn keep_choice(lang: Lang, filled: &Filled, view: &View) -> Markup {
    let options = Keep::options(lang);
    html! {
        (look::choice(lang, filled, "keep", lang.t("診療中の画像の保存", "Keeping pictures of the visit"), &options))
        p.note { @match lang {
            Lang::Ja => { "録画と録音はしません。静止画を残す場合の保存先は" (view.facility.name) "の診療録で、責任者も同医療機関です。担当医も合意したときだけ保存します。" }
            Lang::En => { "There is no video or sound recording. Still pictures would be kept in the chart of " (view.facility.name) ", which answers for them, and only if the doctor agrees too." }
        } }
    }
}

async fn give(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let (view, hand, name) = own_view(&asked, booking).await?;
    let signature = match Signature::parse(&fields, &view.text, &name, view.progress.postponed) {
        Ok(signature) => signature,
        Err(faults) => return Ok(page(&asked, &view, hand, &name, &fields.again(faults)).status(422)),
    };
    let (booking, agent) = (view.booking.id, asked.agent.clone());
    asked
        .act(&fields, move |tx, ctx| {
            let outcome = store::give(tx, ctx, booking, &signature, &agent)?;
            store::refused(outcome).map_or_else(|| Ok(format!("/visits/{booking}/consent")), Err)
        })
        .await
}

fn in_force(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let base = format!("/visits/{}", view.booking.id);
    let Some(consent) = &view.consent else { return html! {} };
    html! {
        (look::notice(lang, Tone::Good, lang.t("同意をいただいています", "We have your consent"), html! {
            p { (lang.t("次からの予約でも、あらためて同意する必要はありません。", "You need not consent again for later visits.")) }
        }))
        (look::facts(&[
            (lang.t("日時", "When"), html! { (time::show(consent.head.given_at, lang)) }),
            (lang.t("同意した人", "Given by"), html! { (paper::given_by(consent, lang)) }),
            (lang.t("説明文書の版", "Version of the text"), html! { (version(&consent.head.base, consent.head.own)) }),
        ]))
        (look::page_actions(html! {
            (look::link_button(&base, lang.t("予約の画面へ", "Back to the visit")))
            (look::link_quiet(&format!("{base}/consent.pdf"), lang.t("控えを保存する（PDF）", "Save a copy (PDF)")))
        }))
        (look::section(lang.t("読んだ内容", "What you read"), html! {
            @for part in &consent.record.text.parts { (look::details(part.title.in_lang(lang), shown(lang, part))) }
            p { (look::link_quiet(&format!("{base}/checklist"), lang.t("安心して受けるための確認表", "Checklist for your safe online visit"))) }
        }))
        (look::section(lang.t("診療中の画像の保存", "Keeping pictures of the visit"), html! {
            p { (paper::storage_words(&view.storage, lang)) }
            (look::details(lang.t("変更する", "Change"), look::form(asked, &format!("{base}/consent/storage"), html! {
                (keep_choice(lang, &Filled::empty().with("keep", view.storage.keep.key()), view))
                (look::submit(lang.t("変更する", "Change")))
            })))
        }))
        (look::section(lang.t("同意の取り消し", "Withdrawing"), html! {
            p { (lang.t("同意はいつでも取り消せます。取り消しても、対面の診療はこれまでどおり受けられます。", "You can withdraw at any time, and are still seen in person as before.")) }
            p { (look::link_quiet(&format!("{base}/consent/withdraw"), lang.t("同意を取り消す", "Withdraw the consent"))) }
        }))
    }
}

/// A part as text, to be read again.
pub(crate) fn shown(lang: Lang, part: &Part) -> Markup {
    html! {
        ol { @for item in &part.items {
            li { (item.words.in_lang(lang))
                @if !item.subs.is_empty() { ul { @for sub in &item.subs { li { (sub.in_lang(lang)) } } } }
            }
        } }
    }
}

async fn storage(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let Some(keep) = fields.one_of("keep", &Keep::keys(), &mut faults) else {
        let (view, hand, name) = own_view(&asked, booking).await?;
        return Ok(page(&asked, &view, hand, &name, &fields.again(faults)).status(422));
    };
    asked
        .act(&fields, move |tx, ctx| {
            store::change_storage(tx, ctx, booking, keep)?;
            Ok(format!("/visits/{booking}/consent"))
        })
        .await
}

async fn withdraw_form(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (view, ..) = own_view(&asked, booking).await?;
    let lang = asked.lang();
    let filled = Filled::empty();
    let action = format!("/visits/{}/consent/withdraw", view.booking.id);
    let body = html! {
        p { (lang.t("同意を取り消すと、次のようになります。", "If you withdraw, this is what happens.")) }
        ul {
            li { (lang.t("オンライン診療は、もう一度同意するまで始められません。", "No online visit can start until you consent again.")) }
            li { (lang.t("予約は自動では消えません。対面に変えるか、取り消すかを選んでください。", "Bookings stay. Change them to in person, or cancel them.")) }
            li { (lang.t("対面の診療は、これまでどおり受けられます。", "You are still seen in person as before.")) }
            li { (lang.t("これまでの診療の記録は、法律で決められた期間、残ります。", "Records of past visits are kept as the law demands.")) }
        }
        @if !view.open_visits.is_empty() { (open_visits(lang, &view)) }
        (look::form(&asked, &action, html! {
            (look::area(lang, &filled, "reason", lang.t("よろしければ理由を教えてください", "If you like, tell us why"), None).optional().rows(3))
            (look::submit_danger(lang.t("同意を取り消す", "Withdraw the consent")))
        }))
        p { (look::link_quiet(&format!("/visits/{}/consent", view.booking.id), lang.t("取り消さずに戻る", "Back without withdrawing"))) }
    };
    Ok(asked.page(&Words::new("同意の取り消し", "Withdraw the consent"), body))
}

fn open_visits(lang: Lang, view: &View) -> Markup {
    look::section(
        lang.t("これからのオンライン診療", "Online visits ahead"),
        html! { ul { @for visit in &view.open_visits {
            li { (time::show(visit.starts_at, lang)) " "
                (look::link_quiet(&format!("/visits/{}/cancel", visit.id), lang.t("予約を取り消す", "Cancel")))
            }
        } }
        p { (lang.t("対面に変えたいときは、お電話ください。", "To change to in person, please call us.")) " "
            a href={ "tel:" (view.facility.phone) } { (view.facility.phone) } } },
    )
}

async fn withdraw(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let reason = fields.text_if_any("reason", &mut Faults::default());
    asked
        .act(&fields, move |tx, ctx| {
            store::withdraw(tx, ctx, booking, &reason)?;
            Ok(format!("/visits/{booking}/consent"))
        })
        .await
}

async fn print(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    print_current(&asked, booking).await
}

/// The paper of the newest consent of the booking's patient.
pub(crate) async fn print_current(asked: &Asked, booking: BookingId) -> web::Result {
    let large = asked.large;
    let document = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let view = store::view(tx, ctx, booking)?;
            let consent = view.consent.as_ref().ok_or_else(|| Error::not_found("no consent yet"))?;
            Ok(paper::of_consent(ctx, &view.facility, &view.patient, consent, Some(&view.storage), large))
        })
        .await?;
    file(asked, document, "同意書.pdf").await
}

/// Prints a document for saving under `name`.
pub(crate) async fn file(asked: &Asked, document: papers::Document, name: &str) -> web::Result {
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: name.to_owned(), bytes })
}

fn checklist_part(view: &View) -> (Part, &'static str) {
    let field = view.facility.field;
    let document = Document::of(DocumentKind::PatientChecklist, field, time::day(view.booking.starts_at));
    (part(document), document.version)
}

async fn checklist(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (view, ..) = own_view(&asked, booking).await?;
    let lang = asked.lang();
    let (part, version) = checklist_part(&view);
    let body = html! {
        p { (part.lead.in_lang(lang)) }
        ol.reading { @for item in &part.items { li { p.reading-words { (item.words.in_lang(lang)) } } } }
        p.note { (lang.t("版", "Version")) ": " (version) }
        (look::page_actions(html! {
            (look::link_button(&format!("/visits/{}/consent", view.booking.id), lang.t("説明と同意へ", "To the explanation and consent")))
            (look::link_quiet(&format!("/visits/{}/checklist.pdf", view.booking.id), lang.t("保存する（PDF）", "Save (PDF)")))
        }))
    };
    Ok(asked.page(&part.title, body))
}

async fn print_checklist(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (view, ..) = own_view(&asked, booking).await?;
    let (part, version) = checklist_part(&view);
    let document = paper::of_checklist(&asked.ctx, &view.facility, &part, version, asked.lang(), asked.large);
    file(&asked, document, "確認表.pdf").await
}

/// The consent beside the picture of the call: what stands, what is open.
#[must_use]
pub fn panel(lang: Lang, view: &View) -> Markup {
    html! {
        p { (state_badge(lang, view.progress.state)) " "
            @if let Some(it) = &view.consent { (time::show(it.head.given_at, lang)) " " (paper::given_by(it, lang)) }
        }
        @if !view.progress.explained && view.progress.postponed {
            p { (look::badge(Tone::Warn, lang.t("説明が残っています", "Explanation still to give"))) }
        }
        p { (paper::storage_words(&view.storage, lang)) }
        p { (look::link_quiet(&format!("/bookings/{}/consent", view.booking.id), lang.t("説明と同意を開く", "Open explanation and consent"))) }
    }
}

/// The state of the consent in a word.
pub(crate) fn state_badge(lang: Lang, state: ConsentState) -> Markup {
    let (tone, word) = match state {
        ConsentState::InForce => (Tone::Good, lang.t("同意あり", "Consent in force")),
        ConsentState::Missing => (Tone::Warn, lang.t("同意なし", "No consent")),
        ConsentState::Withdrawn => (Tone::Stop, lang.t("取り消し済み", "Withdrawn")),
        ConsentState::Outdated => (Tone::Warn, lang.t("新しい説明に未同意", "Given for an old text")),
        ConsentState::NotOwnHand => (Tone::Stop, lang.t("本人の同意でない", "Not the patient's own")),
        ConsentState::NeedsGuardian => (Tone::Warn, lang.t("保護者の同意が必要", "Guardian needed")),
        ConsentState::CameOfAge => (Tone::Warn, lang.t("成年になり本人の同意が必要", "Of age: own consent needed")),
    };
    look::badge(tone, word)
}
