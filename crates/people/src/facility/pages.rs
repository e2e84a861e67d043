//! The facility's own pages: its data, what the law wants on file, the public text, the operator's explanation.

use kernel::{Ctx, Result, Words, time};
use maud::{Markup, html};
use web::{Asked, Door, Faults, Fields, Filled, Routes, look};

use super::store;
use super::{Facility, Notification, OPERATOR_EXPLANATION, PublicText, Standing};
use crate::access::{Access, Act, Class, may};
use crate::person::Person;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/settings", index)
        .get(Door::Staff, "/settings/facility", show)
        .post(Door::Staff, "/settings/facility/text", write_text)
        .post(Door::Staff, "/settings/facility/officer", name_officer)
        .post(Door::Staff, "/settings/facility/notification", record_notification)
        .get(Door::Staff, "/settings/operator", operator)
        .post(Door::Staff, "/settings/operator", acknowledge)
}

/// Pages that a member of the staff reads who may read the facility's affairs.
static PAGES: [(&str, Words); 19] = [
    ("/settings/facility", Words::new("医院の情報と届出", "The facility and its notifications")),
    ("/settings/agreements", Words::new("ほかの施設との取り決め", "Agreements with other facilities")),
    ("/settings/readers", Words::new("読影の資格", "Qualifications to read images")),
    ("/settings/measures", Words::new("画像の安全対策", "Safety of images")),
    ("/settings/image-check", Words::new("保存した画像の照合", "Images as they arrived")),
    ("/settings/terminals", Words::new("端末の登録", "Terminals")),
    ("/settings/devices", Words::new("端末の台帳", "Devices")),
    (
        "/safety/readiness",
        Words::new(
            "安全の備え（規程・手順・連絡先・訓練）",
            "Ready for an incident (rules, plan, contacts, exercises)",
        ),
    ),
    ("/safety/incidents", Words::new("緊急の連絡と対応", "Dangers that were reported")),
    ("/settings/operator", Words::new("運営者からの説明と責任の分担", "The operator's explanation")),
    ("/settings/staff", Words::new("職員", "Staff")),
    ("/settings/access", Words::new("見られる情報・できること", "Who may do what")),
    ("/settings/slots", Words::new("予約枠", "Booking times")),
    ("/settings/questionnaires", Words::new("問診票", "Questionnaires")),
    ("/settings/symptoms", Words::new("症状の一覧", "List of symptoms")),
    ("/settings/consent-text", Words::new("説明と同意の文", "Explanation and consent texts")),
    ("/settings/plan-template", Words::new("診療計画のひな形", "Template of the treatment plan")),
    ("/settings/unused", Words::new("使われていないアカウント", "Accounts that nobody uses")),
    ("/settings/booking-link", Words::new("予約ページのリンク", "Link of the booking page")),
];

async fn index(asked: Asked) -> web::Result {
    let lang = asked.lang();
    let reads = may(&asked, Act::View, Class::Administration);
    let body = html! {
        @if !reads {
            p { (lang.t(
                "施設の設定は、管理の役割を持つ方が行います。変えたいことがあるときは、その方に伝えてください。",
                "The settings are made by the managers. Tell them what should be changed."
            )) }
        }
        ul.link-list {
            @if reads { @for (href, label) in &PAGES { li { a href=(href) { (label.in_lang(lang)) } } } }
            li { a href="/me" { (lang.t("自分のログイン", "My sign-in")) } }
        }
    };
    Ok(asked.page(&Words::new("設定", "Settings"), body))
}

struct View {
    facility: Facility,
    text: Option<PublicText>,
    standing: Standing,
    staff: Vec<Person>,
}

fn view(tx: &mut db::Tx<'_>, ctx: &Ctx) -> Result<View> {
    let id = tx.facility()?;
    Access::new("facility.view", Act::View, Class::Administration).on("facility", id).require(tx, ctx)?;
    Ok(View {
        facility: store::get(tx, id)?,
        text: store::text(tx, id)?,
        standing: store::standing(tx)?,
        staff: crate::person::store::staff(tx)?,
    })
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, None, 200).await
}

async fn page(asked: &Asked, filled: Option<&Filled>, status: u16) -> web::Result {
    let it = asked.site.write(&asked.ctx, view).await?;
    let lang = asked.lang();
    let empty = Filled::empty();
    let typed = filled.unwrap_or(&empty);
    let body = html! {
        (look::faults_summary(lang, typed))
        (look::section(lang.t("基本の情報", "Basics"), look::facts(&[
            (lang.t("名称", "Name"), html! { (it.facility.name) }),
            (lang.t("種類", "Kind"), html! { (it.facility.kind.words().in_lang(lang)) }),
            (lang.t("分野", "Field"), html! { (if it.facility.field == super::Field::Dental { lang.t("歯科", "Dental") } else { lang.t("医科", "Medical") }) }),
            (lang.t("住所", "Address"), html! { (it.facility.address) }),
            (lang.t("電話", "Telephone"), html! { (it.facility.phone) }),
            (lang.t("メール", "Mail"), html! { (it.facility.mail) }),
            (lang.t("公開ページ", "Public page"), html! { a href={ "/f/" (it.facility.slug) } { "/f/" (it.facility.slug) } }),
        ])))
        (look::section(lang.t("医療情報システムの安全管理責任者", "Person responsible for information safety"), officer(asked, &it, typed)))
        (look::section(lang.t("オンライン診療の届出", "Notification of online care"), notification(asked, &it, typed)))
        (look::section(lang.t("公開ページの文", "Text of the public page"), text(asked, &it, filled)))
    };
    Ok(asked.page(&Words::new("医院の情報と届出", "The facility and its notifications"), body).status(status))
}

fn writes(asked: &Asked) -> bool {
    may(asked, Act::Write, Class::Administration)
}

fn officer(asked: &Asked, it: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let named = it.standing.safety_officer.and_then(|id| it.staff.iter().find(|person| person.id == id));
    let staff: Vec<(String, String)> =
        it.staff.iter().map(|person| (person.id.to_string(), person.name.full())).collect();
    html! {
        @match named {
            Some(person) => p { strong { (person.name.full()) } },
            None => (look::notice(lang, look::Tone::Warn, lang.t("まだ決まっていません", "Nobody is named"), html! {
                p { (lang.t("決まるまで、オンライン診療を始められません。", "No online visit can start before someone is.")) }
            })),
        }
        @if writes(asked) {
            (look::form(asked, "/settings/facility/officer", html! {
                (look::select(lang, filled, "person", lang.t("責任者", "Person"), &staff))
                (look::submit(lang.t("責任者にする", "Name this person")))
            }))
        }
    }
}

fn notification(asked: &Asked, it: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    html! {
        @match &it.standing.notification {
            Some(told) => (look::facts(&[
                (lang.t("届出先", "Authority"), html! { (told.authority) }),
                (lang.t("届出日", "Notified on"), match told.notified_on {
                    Some(day) => html! { (time::show_day(day, lang)) },
                    None => html! { (lang.t("まだ（2027年3月31日までの経過措置）", "Not yet (transition until 31 Mar 2027)")) },
                }),
            ])),
            None => (look::notice(lang, look::Tone::Warn, lang.t("記録がありません", "Nothing on record"), html! {
                p { (lang.t("都道府県への届出を記録するまで、オンライン診療を始められません。", "No online visit can start before the notification to the prefecture is recorded.")) }
            })),
        }
        p { (lang.t(
            "2026年4月1日にすでにオンライン診療を行っていた医院は、2027年3月31日までに届け出ます。",
            "Facilities already offering online care on 1 April 2026 have until 31 March 2027."
        )) }
        @if writes(asked) {
            (look::form(asked, "/settings/facility/notification", html! {
                (look::text_input(lang, filled, "authority", lang.t("届出先（都道府県など）", "Authority (prefecture)"), None))
                (look::text_input(lang, filled, "notified_on", lang.t("届出日", "Notified on"), None).kind("date").optional())
                (look::tick(lang, filled, "active", "1", lang.t("2026年4月1日にすでに行っていた", "Already active on 1 April 2026")))
                (look::submit(lang.t("届出を記録する", "Record the notification")))
            }))
        }
    }
}

fn text(asked: &Asked, it: &View, filled: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    if !writes(asked) {
        let link = format!("/f/{}", it.facility.slug);
        return look::link_quiet(&link, lang.t("公開ページで読む", "Read it on the public page"));
    }
    let stored = it.text.as_ref().map_or_else(Filled::empty, |text| {
        Filled::empty()
            .with("intro", &text.intro)
            .with("cannot_online", &text.cannot_online)
            .with("fee", text.consultation_fee_yen.map(|it| it.to_string()).unwrap_or_default())
            .with("emergency", &text.emergency)
    });
    let filled = filled.unwrap_or(&stored);
    look::form(
        asked,
        "/settings/facility/text",
        html! {
            (look::area(lang, filled, "intro", lang.t("オンラインでお受けすること", "What online visits are for"), None))
            (look::area(lang, filled, "cannot_online", lang.t("オンラインではできないこと", "What online visits cannot do"), None))
            (look::text_input(lang, filled, "fee", lang.t("診療前の相談の費用（円）", "Cost of the consultation before a first visit (yen)"),
                Some(lang.t("行わないときは空けておきます。", "Leave empty if not offered."))).kind("number").optional())
            (look::area(lang, filled, "emergency", lang.t("急なときの連絡先", "Where to go in an emergency"), None))
            (look::submit(lang.t("公開ページに載せる", "Publish")))
        },
    )
}

async fn write_text(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let fee = match fields.get("fee") {
        "" => None,
        text => {
            let fee = text.parse::<i64>().ok().filter(|it| (0..=1_000_000).contains(it));
            if fee.is_none() {
                faults.add("fee", Words::new("円の数字で入力してください。", "A number of yen, please."));
            }
            fee
        }
    };
    let text = PublicText {
        intro: fields.text("intro", &mut faults),
        cannot_online: fields.text("cannot_online", &mut faults),
        consultation_fee_yen: fee,
        emergency: fields.text("emergency", &mut faults),
        made_at: asked.ctx.now,
    };
    if !faults.0.is_empty() {
        return page(&asked, Some(&fields.again(faults)), 422).await;
    }
    asked.act(&fields, move |tx, ctx| store::write_text(tx, ctx, &text).map(|()| "/settings/facility".into())).await
}

async fn name_officer(asked: Asked, fields: Fields) -> web::Result {
    let person = fields.id("person")?;
    asked
        .act(&fields, move |tx, ctx| {
            if !crate::person::store::staff(tx)?.iter().any(|it| it.id == person) {
                return Err(kernel::Error::not_found("nobody of this staff"));
            }
            store::name_safety_officer(tx, ctx, person).map(|()| "/settings/facility".into())
        })
        .await
}

async fn record_notification(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let active = fields.ticked("active");
    let notified_on = if fields.get("notified_on").is_empty() { None } else { fields.date("notified_on", &mut faults) };
    if notified_on.is_none() && !active && faults.0.is_empty() {
        faults.add("notified_on", Words::new("届出日を入力してください。", "Please enter the day."));
    }
    if notified_on.is_some_and(|it| it > time::day(asked.ctx.now)) {
        faults.add("notified_on", Words::new("今日までの日を入力してください。", "Not later than today, please."));
    }
    let it = Notification { authority: fields.line("authority", &mut faults), notified_on, active_on_20260401: active };
    if !faults.0.is_empty() {
        return page(&asked, Some(&fields.again(faults)), 422).await;
    }
    asked
        .act(&fields, move |tx, ctx| store::record_notification(tx, ctx, &it).map(|()| "/settings/facility".into()))
        .await
}

async fn operator(asked: Asked) -> web::Result {
    let it = asked.site.write(&asked.ctx, view).await?;
    let lang = asked.lang();
    let read_by = it
        .standing
        .operator_acknowledged
        .and_then(|(person, at)| it.staff.iter().find(|it| it.id == person).map(|it| (it.name.full(), at)));
    let body = html! {
        p { (lang.t("版", "Version")) ": " (OPERATOR_EXPLANATION) }
        @for (title, text) in EXPLANATION {
            (look::section(title.in_lang(lang), html! { p { (text.in_lang(lang)) } }))
        }
        @match read_by {
            Some((name, at)) => (look::notice(lang, look::Tone::Good, lang.t("確認済みです", "Acknowledged"), html! { p { (name) " " (time::show(at, lang)) } })),
            None if !writes(&asked) => p { (lang.t("まだ確認されていません。管理者が読んで確認します。", "Not acknowledged yet; a manager reads and acknowledges it.")) },
            None => (look::form(&asked, "/settings/operator", html! {
                p { (lang.t("すべて読み、分担に同意した方が押してください。お名前と時刻が記録されます。", "To be pressed by someone who has read it all and agrees. Name and time are recorded.")) }
                (look::submit(lang.t("読みました。この分担で行います", "I have read this and agree")))
            })),
        }
    };
    Ok(asked.page(&Words::new("運営者からの説明", "The operator's explanation"), body))
}

async fn acknowledge(asked: Asked, fields: Fields) -> web::Result {
    asked.act(&fields, |tx, ctx| store::acknowledge_operator(tx, ctx).map(|()| "/settings/operator".into())).await
}

/// The operator's explanation in this version (OV-241, CS-158). A changed text is a new version.
const EXPLANATION: [(Words, Words); 6] = [
    (
        Words::new("何が残り、何が残らないか", "What is kept, and what is not"),
        Words::new(
            "予約・問診・同意・計画・診療録と利用の記録は、この施設の鍵で暗号化してサーバーに残ります。通話の映像と音声はサーバーを通らず、どこにも残りません。中継を使うときも、中継する機械は中身を見られません。",
            "Bookings, answers, consents, plans, charts and the log are kept on the server, sealed with this facility's key. Picture and sound of calls do not pass the server and are kept nowhere; a relay cannot see inside.",
        ),
    ),
    (
        Words::new("起こりうること", "What can go wrong"),
        Words::new(
            "通信の不調で通話が切れること、なりすましや盗み見をねらった攻撃、端末の紛失やウイルスがありえます。二要素のログイン、本人確認、相手を確かめる4つの印、自動の切断と記録で備えています。",
            "Calls can break off; someone may try to impersonate or listen; devices get lost or infected. Two-factor sign-in, identity checks, the four signs both sides can compare, locks and the log guard against this.",
        ),
    ),
    (
        Words::new("止まったとき", "When the system is down"),
        Words::new(
            "システムや通信が止まったときは電話で患者に連絡し、対面か別の日に変えます。その日の予約は前もって印刷できます。確定した記録は失われません。",
            "When system or network fail, call the patients and move to in-person or another day. The day's bookings can be printed beforehand. What was confirmed on screen is not lost.",
        ),
    ),
    (
        Words::new("運営者が受け持つこと", "What the operator answers for"),
        Words::new(
            "プログラムの更新、サーバーと保管先の安全、バックアップ、弱点が見つかったときの速やかな知らせ、記録の保全。運営者は患者の情報を読めません。",
            "Updates, safety of server and storage, backups, prompt word about weaknesses, keeping the log. The operator cannot read patients' data.",
        ),
    ),
    (
        Words::new("この施設が受け持つこと", "What this facility answers for"),
        Words::new(
            "職員の登録と退職の手続き、端末の更新とウイルス対策、閉じた静かな部屋、患者への説明と同意、診療の判断、届出、事故のときの連絡。",
            "Adding and closing staff accounts, updated and protected devices, a closed and quiet room, explanation and consent, clinical judgement, notifications, and reports of incidents.",
        ),
    ),
    (
        Words::new("困ったときの連絡先", "Whom to ask"),
        Words::new(
            "まず施設の安全管理責任者へ。つながらないときは運営者の窓口へ電話してください。攻撃や漏えいが疑われるときは、端末をネットワークから外し、電源は切らずに連絡します。",
            "First the facility's safety officer, then the operator's desk by telephone. If you suspect an attack or a leak, take the device off the network, leave it switched on, and call.",
        ),
    ),
];
