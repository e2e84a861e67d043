//! The staff's pages: who works here, duties, licences, trainings, leavers.

use kernel::{Error, PersonId, Words, time};
use maud::{Markup, html};
use web::{Asked, Door, Faults, Fields, Filled, Path, Routes, look};

use super::store::{self, NewPerson};
use super::{COURSES, LICENCES, LastUse, Licence, Person, Training, UNUSED_DAYS, photo};
use crate::access::{self, Access, Act, Class, may};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/settings/staff", list)
        .get(Door::Staff, "/settings/staff/new", new)
        .post(Door::Staff, "/settings/staff", create)
        .get(Door::Staff, "/settings/staff/{person}", show)
        .post(Door::Staff, "/settings/staff/{person}/duties", give_duty)
        .post(Door::Staff, "/settings/staff/{person}/duties/end", end_duty)
        .post(Door::Staff, "/settings/staff/{person}/licences", record_licence)
        .post(Door::Staff, "/settings/staff/{person}/trainings", record_training)
        .get(Door::Staff, "/settings/staff/{person}/close", close_form)
        .post(Door::Staff, "/settings/staff/{person}/close", close)
        .and(photo::pages::routes())
}

/// Whether the forms are shown: an inspector reads all of it and changes nothing.
pub(super) fn writes(asked: &Asked) -> bool {
    may(asked, Act::Write, Class::Administration)
}

fn duty_names(asked: &Asked, held: &[String]) -> String {
    let lang = asked.lang();
    let names: Vec<_> =
        held.iter().filter_map(|it| access::duty(it)).map(|it| it.words().in_lang(lang).to_owned()).collect();
    names.join(lang.t("、", ", "))
}

async fn list(asked: Asked) -> web::Result {
    let staff = asked
        .site
        .write(&asked.ctx, |tx, ctx| {
            Access::new("person.list", Act::View, Class::Administration).on("person", "").require(tx, ctx)?;
            let mut all = Vec::new();
            for person in store::staff(tx)? {
                let held = access::duties(tx, person.id)?;
                let last_use = store::last_use(tx, person.id)?;
                all.push((person, held, last_use));
            }
            Ok(all)
        })
        .await?;
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = staff
        .iter()
        .map(|(it, held, last_use)| {
            vec![
                html! { a href={ "/settings/staff/" (it.id) } { (it.name.full()) } },
                html! { (it.login) },
                html! { (duty_names(&asked, held)) },
                used(&asked, *last_use),
            ]
        })
        .collect();
    let heads =
        lang.t(["氏名", "ログイン名", "職種・役割", "最後の利用"], ["Name", "Sign-in name", "Duties", "Last used"]);
    let unused = staff.iter().filter(|(_, _, it)| it.is_unused(asked.ctx.now)).count();
    let title = lang.t(
        format!("{UNUSED_DAYS}日以上使われていないアカウントが{unused}件あります"),
        format!("Accounts not used for {UNUSED_DAYS} days or more: {unused}"),
    );
    let body = html! {
        @if unused > 0 {
            (look::notice(lang, look::Tone::Warn, &title, html! { p {
                (lang.t("もう必要でないときは、氏名を選んで「退職・利用をやめる」で閉じてください。", "If one is no longer needed, open it by its name and close it."))
            } }))
        }
        (look::page_actions(html! {
            @if writes(&asked) { (look::link_button("/settings/staff/new", lang.t("職員を加える", "Add someone"))) }
            (look::link_quiet("/settings/unused", lang.t("使われていないアカウント", "Unused accounts")))
        }))
        (look::table(lang.t("職員", "Staff"), &heads, &rows))
    };
    Ok(asked.page(&Words::new("職員", "Staff"), body))
}

/// The day of the last use, marked when it was long ago.
fn used(asked: &Asked, it: LastUse) -> Markup {
    let lang = asked.lang();
    let never = || lang.t("まだない", "Never").to_owned();
    html! {
        (it.seen_at.map_or_else(never, |at| time::show_day(time::day(at), lang)))
        @if it.is_unused(asked.ctx.now) { " " (look::badge(look::Tone::Warn, lang.t("使われていません", "Unused"))) }
    }
}

fn duty_choices(asked: &Asked) -> Vec<(String, String)> {
    let lang = asked.lang();
    access::policy().duties.iter().map(|it| (it.name.clone(), it.words().in_lang(lang).to_owned())).collect()
}

fn new_form(asked: &Asked, filled: &Filled) -> Markup {
    let lang = asked.lang();
    html! {
        (look::faults_summary(lang, filled))
        (look::form(asked, "/settings/staff", html! {
            (look::text_input(lang, filled, "family", lang.t("姓", "Family name"), None).short())
            (look::text_input(lang, filled, "given", lang.t("名", "Given name"), None).short())
            (look::text_input(lang, filled, "family_kana", lang.t("姓のかな", "Family name in kana"), None).short())
            (look::text_input(lang, filled, "given_kana", lang.t("名のかな", "Given name in kana"), None).short())
            (look::text_input(lang, filled, "login", lang.t("ログイン名", "Sign-in name"),
                Some(lang.t("半角の英小文字・数字・「.」「-」「_」。一人に一つで、共用しません。", "Lower-case letters, digits, . - _ ; one per person, never shared."))).short())
            (look::text_input(lang, filled, "mail", lang.t("メール", "Mail"), None).kind("email"))
            (look::ticks(lang, filled, "duty", lang.t("職種・役割", "Duties"), &duty_choices(asked)))
            (look::submit(lang.t("加える", "Add")))
        }))
    }
}

async fn new(asked: Asked) -> web::Result {
    let form = Access::new("person.create", Act::Write, Class::Administration).on("person", "");
    asked.site.write(&asked.ctx, move |tx, ctx| form.require_for_form(tx, ctx)).await?;
    Ok(asked.page(&Words::new("職員を加える", "Add someone"), new_form(&asked, &Filled::empty())))
}

fn is_login(text: &str) -> bool {
    let plain =
        text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'.' | b'-' | b'_'));
    plain && (2..=60).contains(&text.len())
}

async fn create(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let name = crate::patient::parse_name(&fields, &mut faults);
    let (login, mail) = (fields.line("login", &mut faults).to_lowercase(), fields.line("mail", &mut faults));
    if !login.is_empty() && !is_login(&login) {
        faults.add(
            "login",
            Words::new("使える文字は英小文字・数字・「.」「-」「_」です。", "Lower-case letters, digits, . - _ only."),
        );
    }
    if !mail.is_empty() && !crate::patient::is_mail(&mail) {
        faults.add("mail", Words::new("メールアドレスの形が正しくありません。", "This is not a mail address."));
    }
    let duties: Vec<String> =
        fields.all("duty").filter(|it| access::duty(it).is_some()).map(ToOwned::to_owned).collect();
    if duties.is_empty() {
        faults.add("duty", Words::new("一つ以上選んでください。", "Please choose at least one."));
    }
    let (Some(name), true) = (name, faults.0.is_empty()) else {
        let page = new_form(&asked, &fields.again(faults));
        return Ok(asked.page(&Words::new("職員を加える", "Add someone"), page).status(422));
    };
    let new = NewPerson { login, name, mail };
    let (person, password) =
        asked.site.write(&asked.ctx, move |tx, ctx| crate::sign_in::operator::add_user(tx, ctx, &new, &duties)).await?;
    let lang = asked.lang();
    let body = html! {
        (look::notice(lang, look::Tone::Good, lang.t("加えました", "Added"), html! {
            p { (lang.t("はじめのパスワードは今だけ表示します。本人に直接渡してください。最初のログインで変えていただきます。",
                "The initial password is shown only now. Hand it over in person; it must be changed at the first sign-in.")) }
            (look::copyable(lang, &password))
        }))
        (look::link_button(&format!("/settings/staff/{person}"), lang.t("続けて免許と研修を記録する", "Go on to licence and training")))
    };
    Ok(asked.page(&Words::new("職員を加えました", "Someone was added"), body))
}

struct View {
    person: Person,
    held: Vec<String>,
    licences: Vec<Licence>,
    trainings: Vec<Training>,
    has_photo: bool,
}

async fn show(asked: Asked, Path(person): Path<PersonId>) -> web::Result {
    show_with(&asked, person, &Filled::empty(), 200).await
}

pub(super) async fn show_with(asked: &Asked, person: PersonId, filled: &Filled, status: u16) -> web::Result {
    let it = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            Access::new("person.view", Act::View, Class::Administration).on("person", person).require(tx, ctx)?;
            let held = access::duties(tx, person)?;
            let worked_here = store::has_worked_here(tx, person)?;
            let found = store::get(tx, person)?;
            if !worked_here {
                return Err(Error::not_found("nobody of this facility"));
            }
            Ok(View {
                person: found,
                held,
                licences: store::licences(tx, person)?,
                trainings: store::trainings(tx, person)?,
                has_photo: photo::store::is_there(tx, person)?,
            })
        })
        .await?;
    let lang = asked.lang();
    let base = format!("/settings/staff/{}", it.person.id);
    let body = html! {
        (look::faults_summary(lang, filled))
        (look::facts(&[
            (lang.t("かな", "Kana"), html! { (it.person.name.full_kana()) }),
            (lang.t("ログイン名", "Sign-in name"), html! { (it.person.login) }),
            (lang.t("メール", "Mail"), html! { (it.person.mail) }),
        ]))
        (look::section(lang.t("職種・役割", "Duties"), html! {
            @if writes(asked) {
                @for name in &it.held {
                    (look::form(asked, &format!("{base}/duties/end"), html! {
                        (duty_names(asked, std::slice::from_ref(name))) " " (look::submit_named("duty", name, lang.t("外す", "End")))
                    }))
                }
                (look::details(lang.t("役割を加える", "Give a duty"), look::form(asked, &format!("{base}/duties"), html! {
                    (look::select(lang, filled, "duty", lang.t("職種・役割", "Duty"), &duty_choices(asked)))
                    (look::submit(lang.t("加える", "Give")))
                })))
            } @else { p { (duty_names(asked, &it.held)) } }
        }))
        (look::section(lang.t("顔写真", "Photograph"), photo::pages::part(asked, it.person.id, &it.person.name.full(), it.has_photo, filled)))
        (look::section(lang.t("免許の確認", "Licences checked"), licences(asked, &it, &base, filled)))
        (look::section(lang.t("研修", "Trainings"), trainings(asked, &it, &base, filled)))
        (look::page_actions(html! {
            (look::link_quiet(&format!("{base}/sign-in"), lang.t("ログインの管理", "Sign-in")))
            @if writes(asked) { (look::link_quiet(&format!("{base}/close"), lang.t("退職・利用をやめる", "Close this account"))) }
        }))
    };
    Ok(asked.page(&Words::made(it.person.name.full(), it.person.name.full()), body).status(status))
}

fn licences(asked: &Asked, it: &View, base: &str, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let kind_name = |key: &str| {
        LICENCES.iter().find(|(it, _)| *it == key).map_or(key.to_owned(), |(_, it)| it.in_lang(lang).to_owned())
    };
    let kinds: Vec<(&str, String)> =
        LICENCES.iter().map(|(key, words)| (*key, words.in_lang(lang).to_owned())).collect();
    let rows: Vec<Vec<Markup>> = it
        .licences
        .iter()
        .map(|it| {
            vec![
                html! { (kind_name(&it.kind)) },
                html! { (it.registered_year) (lang.t("年", "")) },
                html! { (it.checked_how) },
                html! { (time::show(it.checked_at, lang)) },
            ]
        })
        .collect();
    let heads = lang.t(["種類", "登録年", "確かめ方", "確かめた日時"], ["Kind", "Registered", "How checked", "When"]);
    html! {
        @if rows.is_empty() { (look::empty(lang.t("まだ確かめていません。", "Not checked yet."))) }
        @else { (look::table(lang.t("免許", "Licences"), &heads, &rows)) }
        @if writes(asked) { (look::details(lang.t("免許を確かめて記録する", "Record a checked licence"), look::form(asked, &format!("{base}/licences"), html! {
            (look::select(lang, filled, "kind", lang.t("種類", "Kind"), &kinds))
            (look::text_input(lang, filled, "year", lang.t("登録年（西暦）", "Year of registration"), Some(lang.t("番号は記録しません。", "No number is kept."))).kind("number").range("1940", "2100"))
            (look::text_input(lang, filled, "how", lang.t("確かめ方", "How it was checked"), Some(lang.t("免許証の原本、厚生労働省の検索など", "Original document, the ministry's search, …"))))
            (look::submit(lang.t("記録する", "Record")))
        }))) }
    }
}

fn trainings(asked: &Asked, it: &View, base: &str, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let course_name = |key: &str| {
        COURSES.iter().find(|(it, _)| *it == key).map_or(key.to_owned(), |(_, it)| it.in_lang(lang).to_owned())
    };
    let courses: Vec<(&str, String)> =
        COURSES.iter().map(|(key, words)| (*key, words.in_lang(lang).to_owned())).collect();
    let rows: Vec<Vec<Markup>> = it
        .trainings
        .iter()
        .map(|it| {
            vec![
                html! { (course_name(&it.course)) },
                html! { (it.certificate) },
                html! { (time::show_day(it.completed_on, lang)) },
            ]
        })
        .collect();
    let heads = lang.t(["研修", "修了証の番号", "修了日"], ["Course", "Certificate", "Finished on"]);
    html! {
        @if rows.is_empty() { (look::empty(lang.t("記録がありません。", "None on record."))) }
        @else { (look::table(lang.t("研修", "Trainings"), &heads, &rows)) }
        @if writes(asked) { (look::details(lang.t("研修を記録する", "Record a training"), look::form(asked, &format!("{base}/trainings"), html! {
            (look::select(lang, filled, "course", lang.t("研修", "Course"), &courses))
            (look::text_input(lang, filled, "certificate", lang.t("修了証の番号", "Certificate number"), None))
            (look::text_input(lang, filled, "completed_on", lang.t("修了日", "Finished on"), None).kind("date"))
            (look::submit(lang.t("記録する", "Record")))
        }))) }
    }
}

pub(super) fn back(person: PersonId) -> String {
    format!("/settings/staff/{person}")
}

async fn give_duty(asked: Asked, Path(person): Path<PersonId>, fields: Fields) -> web::Result {
    let (person, duty) = (person, fields.get("duty").to_owned());
    asked
        .act(&fields, move |tx, ctx| {
            // A duty here would make somebody's account elsewhere, or a guardian's, ours to reset.
            store::of_here(tx, person)?;
            store::give_duty(tx, ctx, person, &duty).map(|()| back(person))
        })
        .await
}

async fn end_duty(asked: Asked, Path(person): Path<PersonId>, fields: Fields) -> web::Result {
    let (person, duty) = (person, fields.get("duty").to_owned());
    asked.act(&fields, move |tx, ctx| store::end_duty(tx, ctx, person, &duty).map(|()| back(person))).await
}

async fn record_licence(asked: Asked, Path(person): Path<PersonId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let this_year = i32::from(time::day(asked.ctx.now).year());
    let kind = fields.one_of("kind", &LICENCES.each_ref().map(|(key, _)| (*key, *key)), &mut faults);
    let year = fields.get("year").parse().ok().filter(|it| (1940..=this_year).contains(it));
    if year.is_none() {
        faults.add("year", Words::new("西暦4桁で入力してください。", "Four digits, please."));
    }
    let how = fields.line("how", &mut faults);
    let (Some(kind), Some(year), true) = (kind, year, faults.0.is_empty()) else {
        return show_with(&asked, person, &fields.again(faults), 422).await;
    };
    asked
        .act(&fields, move |tx, ctx| store::record_licence(tx, ctx, person, kind, year, &how).map(|()| back(person)))
        .await
}

async fn record_training(asked: Asked, Path(person): Path<PersonId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let course = fields.line("course", &mut faults);
    let certificate = fields.line("certificate", &mut faults);
    let completed_on = fields.date("completed_on", &mut faults).filter(|it| *it <= time::day(asked.ctx.now));
    if completed_on.is_none() && faults.0.is_empty() {
        faults.add("completed_on", Words::new("今日までの日を入力してください。", "Not later than today, please."));
    }
    let (Some(completed_on), true) = (completed_on, faults.0.is_empty()) else {
        return show_with(&asked, person, &fields.again(faults), 422).await;
    };
    let it = Training { course, certificate, completed_on };
    asked.act(&fields, move |tx, ctx| store::record_training(tx, ctx, person, &it).map(|()| back(person))).await
}

async fn close_form(asked: Asked, Path(person): Path<PersonId>) -> web::Result {
    let it = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            Access::new("person.close", Act::Write, Class::Administration)
                .on("person", person)
                .require_for_form(tx, ctx)?;
            Access::new("person.view", Act::View, Class::Administration).on("person", person).require(tx, ctx)?;
            store::of_here(tx, person)?;
            store::get(tx, person)
        })
        .await?;
    let lang = asked.lang();
    let body = html! {
        p { strong { (it.name.full()) } }
        (look::notice(lang, look::Tone::Warn, lang.t("この操作で次のことが起きます", "This is what happens"), html! { ul {
            li { (lang.t("この施設での役割がすべて終わります。", "All duties at this facility end.")) }
            li { (lang.t("開いている画面から、すぐにログアウトされます。", "All open sessions end at once.")) }
            li { (lang.t("ほかの施設の役割がなければ、ログインできなくなります。", "Without duties elsewhere the account is closed.")) }
            li { (lang.t("これまでの記録と名前は残ります。", "Records and the name in them stay.")) }
        } }))
        (look::form(&asked, &format!("/settings/staff/{person}/close"), look::submit_danger(lang.t("利用をやめる", "Close the account"))))
        (look::link_quiet(&back(person), lang.t("やめずに戻る", "Go back")))
    };
    Ok(asked.page(&Words::new("退職・利用をやめる", "Close an account"), body))
}

async fn close(asked: Asked, Path(person): Path<PersonId>, fields: Fields) -> web::Result {
    asked.act(&fields, move |tx, ctx| store::close(tx, ctx, person).map(|()| "/settings/staff".into())).await
}
