//! The staff's pages about patients: search, register, look, change, guardians.

use axum::extract::Query;
use kernel::{Ctx, PatientId, Result, Words, time};
use maud::{Markup, html};
use web::{Asked, Door, Faults, Fields, Filled, Path, Routes, look};

use super::store;
use super::{Guardian, Patient, PatientForm, Sex};
use crate::access::{Access, Act, Class, may};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/patients", list)
        .get(Door::Staff, "/patients/new", new)
        .post(Door::Staff, "/patients", register)
        .get(Door::Staff, "/patients/{patient}", show)
        .get(Door::Staff, "/patients/{patient}/edit", edit)
        .post(Door::Staff, "/patients/{patient}", change)
        .post(Door::Staff, "/patients/{patient}/guardians", add_guardian)
}

#[derive(serde::Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn list(asked: Asked, Query(search): Query<Search>) -> web::Result {
    let text: String = search.q.chars().take(kernel::limits::LINE_CHARS_MAX).collect();
    let wanted = text.clone();
    let found = asked.site.look(&asked.ctx, move |tx, ctx| store::search(tx, ctx, &wanted)).await?;
    let lang = asked.lang();
    let today = time::day(asked.ctx.now);
    let writes = may(&asked, Act::Write, Class::Identity);
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|it| {
            vec![
                html! { (it.number) },
                html! { a href={ "/patients/" (it.id) } { (it.name.full()) } br; small { (it.name.full_kana()) } },
                html! { (time::show_day(it.birth_date, lang)) "（" (time::age_years(it.birth_date, today)) (lang.t("歳", "")) "）" },
                html! { (it.phone) },
                look::link_quiet(&format!("/bookings/new?patient={}", it.id), lang.t("予約を入れる", "Book")),
            ]
        })
        .collect();
    let filled = Filled::empty().with("q", text.as_str());
    let heads = lang.t(["番号", "氏名", "生年月日", "電話", "操作"], ["No.", "Name", "Born", "Telephone", "Act"]);
    let body = html! {
        (look::search_form("/patients", html! {
            (look::text_input(lang, &filled, "q", lang.t("氏名のはじめの文字、かな、または番号", "Beginning of the name, kana, or number"), None).optional())
            (look::search_button(lang.t("探す", "Search")))
        }))
        @if writes { (look::page_actions(look::link_button("/patients/new", lang.t("新しい患者を登録する", "Register a new patient")))) }
        @if rows.is_empty() { (look::empty(lang.t("見つかりませんでした。", "Nobody found."))) }
        @else { (look::table_with_acts(writes, lang.t("患者", "Patients"), &heads, &rows)) }
    };
    Ok(asked.page(&Words::new("患者", "Patients"), body))
}

fn form(asked: &Asked, action: &str, filled: &Filled, label: &str) -> Markup {
    let lang = asked.lang();
    let sexes = Sex::options(lang);
    html! {
        (look::faults_summary(lang, filled))
        (look::form(asked, action, html! {
            (look::text_input(lang, filled, "family", lang.t("姓", "Family name"), None).short())
            (look::text_input(lang, filled, "given", lang.t("名", "Given name"), None).short())
            (look::text_input(lang, filled, "family_kana", lang.t("姓のかな", "Family name in kana"), None).short())
            (look::text_input(lang, filled, "given_kana", lang.t("名のかな", "Given name in kana"), None).short())
            (look::text_input(lang, filled, "birth_date", lang.t("生年月日", "Birth date"), None).kind("date"))
            (look::choice(lang, filled, "sex", lang.t("性別", "Sex"), &sexes))
            (look::text_input(lang, filled, "phone", lang.t("電話", "Telephone"), None).kind("tel"))
            (look::text_input(lang, filled, "mail", lang.t("メール", "Mail"),
                Some(lang.t("予約のお知らせと確認コードを送ります。", "Booking letters and codes go here."))).kind("email").optional())
            (look::text_input(lang, filled, "address", lang.t("住所", "Address"), None).optional())
            (look::text_input(lang, filled, "number", lang.t("カルテ番号", "Chart number"),
                Some(lang.t("空けておくと自動で付きます。", "Left empty, the next one is given."))).optional().short())
            (look::text_input(lang, filled, "in_person_at", lang.t("対面で受診したい医療機関", "Where the patient would go in person"),
                Some(lang.t("当院のときは空けておきます。診療の前に「対面の受診先」の画面で正式に決めます。", "Leave empty for this clinic. It is decided on a page of its own before the visit."))).optional())
            (look::area(lang, filled, "remark", lang.t("心に留めること", "Keep in mind"),
                Some(lang.t("聞こえにくい、伝えるのが難しいなど", "Hard of hearing, hard to convey, and the like"))).optional())
            (look::submit(label))
        }))
    }
}

async fn new(asked: Asked) -> web::Result {
    let act = Access::new("patient.register", Act::Write, Class::Identity).on("patient", "");
    asked.site.write(&asked.ctx, move |tx, ctx| act.require_for_form(tx, ctx)).await?;
    let label = asked.lang().t("登録する", "Register");
    Ok(asked.page(&Words::new("患者の登録", "Register a patient"), form(&asked, "/patients", &Filled::empty(), label)))
}

async fn register(asked: Asked, fields: Fields) -> web::Result {
    let request = match PatientForm::parse(&fields, time::day(asked.ctx.now)) {
        Ok(request) => request,
        Err(faults) => {
            let page = form(&asked, "/patients", &fields.again(faults), asked.lang().t("登録する", "Register"));
            return Ok(asked.page(&Words::new("患者の登録", "Register a patient"), page).status(422));
        }
    };
    asked.act(&fields, move |tx, ctx| store::register(tx, ctx, &request).map(|it| format!("/patients/{it}"))).await
}

async fn show(asked: Asked, Path(patient): Path<PatientId>) -> web::Result {
    show_with(&asked, patient, &Filled::empty(), 200).await
}

async fn show_with(asked: &Asked, patient: PatientId, filled: &Filled, status: u16) -> web::Result {
    let (it, guardians, unreachable) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let it = store::view(tx, ctx, patient)?;
            let unreachable = match it.mail.parse() {
                Ok(to) => !mail::refused(tx, ctx, &mail::To::Mail(to))?.is_empty(),
                Err(_) => false,
            };
            Ok((it, acting(tx, ctx, patient)?, unreachable))
        })
        .await?;
    let lang = asked.lang();
    let writes = may(asked, Act::Write, Class::Identity);
    let none = || "—".to_owned();
    let or_none = |text: &str| if text.is_empty() { none() } else { text.to_owned() };
    let body = html! {
        (look::page_actions(html! {
            @if writes {
                (look::link_button(&format!("/bookings/new?patient={}", it.id), lang.t("予約を入れる", "Book")))
                (look::link_quiet(&format!("/patients/{}/edit", it.id), lang.t("直す", "Change")))
            }
            (look::link_quiet(&format!("/patients/{}/entry", it.id), lang.t("入口のリンク", "Entry links")))
            @if may(asked, Act::View, Class::Chart) {
                (look::link_quiet(&format!("/patients/{}/consents", it.id), lang.t("同意", "Consents")))
                (look::link_quiet(&format!("/patients/{}/plans", it.id), lang.t("診療計画", "Plans")))
            }
            @if may(asked, Act::Write, Class::Chart) {
                (look::link_quiet(&format!("/patients/{}/reading", it.id), lang.t("読影を依頼する", "Ask for a reading")))
            }
            @if may(asked, Act::Sign, Class::Lab) {
                (look::link_quiet(&format!("/patients/{}/lab", it.id), lang.t("技工を依頼する", "Order laboratory work")))
            }
            @if may(asked, Act::View, Class::Images) {
                (look::link_quiet(&format!("/images?q={}", web::answer::query_value(&it.number)), lang.t("画像", "Images")))
            }
        }))
        @if unreachable {
            (look::notice(lang, look::Tone::Warn, lang.t("このメールアドレスには届きません", "This mail address does not work"), html! {
                p { (lang.t(
                    "メールサーバーに断られました。電話で正しいアドレスをたずねて、直してください。",
                    "The mail server refused it. Ask for the right address by telephone, and correct it."
                )) }
                p { (look::link_quiet("/letters", lang.t("届いていないメールを見る", "See the letters"))) }
            }))
        }
        (look::facts(&[
            (lang.t("番号", "Number"), html! { (it.number) }),
            (lang.t("かな", "Kana"), html! { (it.name.full_kana()) }),
            (lang.t("生年月日", "Born"), html! { (time::show_day(it.birth_date, lang)) "（" (time::age_years(it.birth_date, time::day(asked.ctx.now))) (lang.t("歳", "")) "）" }),
            (lang.t("性別", "Sex"), html! { (it.sex.words().in_lang(lang)) }),
            (lang.t("電話", "Telephone"), html! { a href={ "tel:" (it.phone) } { (it.phone) } }),
            (lang.t("メール", "Mail"), html! { (or_none(&it.mail)) }),
            (lang.t("住所", "Address"), html! { (or_none(&it.address)) }),
            (lang.t("対面での受診先", "In person at"), html! {
                @if !it.in_person_at.is_empty() { (it.in_person_at) (lang.t("（登録時の希望）", " (wished at registration)")) " " }
                a href={ "/patients/" (it.id) "/in-person" } { (lang.t("決まった受診先を見る", "See what was decided")) }
            }),
            (lang.t("心に留めること", "Keep in mind"), html! { (or_none(&it.remark)) }),
        ]))
        (look::section(lang.t("保護者・代理の方", "Guardians"), guardians_part(asked, &it, &guardians, filled)))
    };
    Ok(asked.page(&Words::made(it.name.full(), it.name.full()), body).status(status))
}

/// The guardians on record, and whether each may still act for the patient.
fn acting(tx: &mut db::Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<Vec<(Guardian, bool)>> {
    let found = store::guardians(tx, patient)?.into_iter();
    found.map(|it| store::may_act_for(tx, ctx.now, patient, it.person).map(|acts| (it, acts))).collect()
}

fn guardians_part(asked: &Asked, patient: &Patient, guardians: &[(Guardian, bool)], filled: &Filled) -> Markup {
    let lang = asked.lang();
    html! {
        @if guardians.is_empty() { (look::empty(lang.t("登録されていません。", "None recorded."))) }
        @else {
            ul { @for (it, acts) in guardians { li {
                (it.name.full()) "（" (it.relation) "）"
                @if !acts { " " (look::badge(look::Tone::Info, lang.t("代理は終わりました", "No longer acts for the patient"))) }
            } } }
        }
        @if may(asked, Act::Write, Class::Identity) {
            p { (look::link_quiet(&format!("/patients/{}/guardians/new", patient.id), lang.t("新しい保護者を登録する", "Register a new guardian"))) }
            (look::details(lang.t("ログイン名のある保護者を加える", "Add a guardian who has a sign-in name"), html! {
                (look::faults_summary(lang, filled))
                (look::form(asked, &format!("/patients/{}/guardians", patient.id), html! {
                    (look::text_input(lang, filled, "login", lang.t("ログイン名", "Sign-in name"),
                        Some(lang.t("その方がお持ちのログイン名（きょうだいの受診で登録済みの方など）。", "The person's own sign-in name, for example from a sibling's visits."))).short())
                    (look::text_input(lang, filled, "relation", lang.t("続柄", "Relation"), None).short())
                    (look::submit(lang.t("加える", "Add")))
                }))
            }))
        }
    }
}

async fn edit(asked: Asked, Path(patient): Path<PatientId>) -> web::Result {
    let it = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            store::read_one(tx, patient)?;
            Access::new("patient.change", Act::Write, Class::Identity)
                .on("patient", patient)
                .of(patient)
                .require_for_form(tx, ctx)?;
            store::view(tx, ctx, patient)
        })
        .await?;
    let filled = Filled::empty()
        .with("family", &it.name.family)
        .with("given", &it.name.given)
        .with("family_kana", &it.name.family_kana)
        .with("given_kana", &it.name.given_kana)
        .with("birth_date", it.birth_date.to_string())
        .with("sex", it.sex.key())
        .with("phone", &it.phone)
        .with("mail", &it.mail)
        .with("address", &it.address)
        .with("number", &it.number)
        .with("in_person_at", &it.in_person_at)
        .with("remark", &it.remark);
    let page = form(&asked, &format!("/patients/{patient}"), &filled, asked.lang().t("直す", "Change"));
    Ok(asked.page(&Words::new("患者の情報を直す", "Change the patient"), page))
}

async fn change(asked: Asked, Path(patient): Path<PatientId>, fields: Fields) -> web::Result {
    let request = match PatientForm::parse(&fields, time::day(asked.ctx.now)) {
        Ok(request) => request,
        Err(faults) => {
            let action = format!("/patients/{patient}");
            let page = form(&asked, &action, &fields.again(faults), asked.lang().t("直す", "Change"));
            return Ok(asked.page(&Words::new("患者の情報を直す", "Change the patient"), page).status(422));
        }
    };
    asked
        .act(&fields, move |tx, ctx| store::change(tx, ctx, patient, &request).map(|()| format!("/patients/{patient}")))
        .await
}

async fn add_guardian(asked: Asked, Path(patient): Path<PatientId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let (login, relation) = (fields.line("login", &mut faults), fields.line("relation", &mut faults));
    let wanted = login.clone();
    let person = asked.site.read(&asked.ctx, move |tx, _| crate::person::store::by_login(tx, &wanted)).await?;
    let person = person.filter(|it| it.closed_at.is_none());
    if person.is_none() && !login.is_empty() {
        faults.add("login", Words::new("このログイン名の方はいません。", "Nobody has this sign-in name."));
    }
    let Some(person) = person.filter(|_| faults.0.is_empty()) else {
        return show_with(&asked, patient, &fields.again(faults), 422).await;
    };
    asked
        .act(&fields, move |tx, ctx| {
            store::add_guardian(tx, ctx, patient, person.id, &relation).map(|()| format!("/patients/{patient}"))
        })
        .await
}
