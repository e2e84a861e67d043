//! The clinic's page for a guardian who has no sign-in yet: the person, the relation, and a password to begin with.

use kernel::{PatientId, Words};
use maud::{Markup, html};
use web::look;
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use crate::person::store::NewPerson;
use crate::sign_in::manage::shown_once;
use crate::sign_in::{normal_login, operator};
use crate::{access::Access, access::Act, access::Class, patient};

/// The routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/patients/{patient}/guardians/new", show).post(
        Door::Staff,
        "/patients/{patient}/guardians/new",
        create,
    )
}

async fn show(asked: Asked, Path(patient): Path<PatientId>) -> web::Result {
    page(&asked, patient, &Filled::empty()).await
}

async fn page(asked: &Asked, id: PatientId, filled: &Filled) -> web::Result {
    let patient = asked.site.write(&asked.ctx, move |tx, ctx| {
        let patient = patient::store::read_one(tx, id)?;
        Access::new("guardian.register", Act::Write, Class::Identity)
            .on("person", "")
            .of(id)
            .require_for_form(tx, ctx)?;
        Access::new("patient.view", Act::View, Class::Identity).on("patient", id).of(id).require(tx, ctx)?;
        Ok(patient)
    });
    let (patient, lang) = (patient.await?, asked.lang());
    let line = |name: &'static str, label: &'static str| -> Markup {
        look::text_input(lang, filled, name, label, None).max(200).into_markup()
    };
    let body = html! {
        (look::faults_summary(lang, filled))
        p { @match lang {
            kernel::Lang::Ja => { (patient.name.full()) " さんの代わりに、同意や手続きをする方を登録します。その方ご自身のログイン名で記録に残ります。" }
            kernel::Lang::En => { "Registers who may agree and act for " (patient.name.full()) ". What they do is on record under their own name." }
        } }
        (look::form(asked, &format!("/patients/{id}/guardians/new"), html! {
            (line("family", lang.t("姓", "Family name")))
            (line("given", lang.t("名", "Given name")))
            (line("family_kana", lang.t("姓（かな）", "Family name in kana")))
            (line("given_kana", lang.t("名（かな）", "Given name in kana")))
            (line("relation", lang.t("続柄（母、父、後見人など）", "Relation (mother, father, legal guardian)")))
            (look::text_input(lang, filled, "mail", lang.t("メールアドレス", "Mail address"), None).kind("email").max(200))
            (look::text_input(lang, filled, "login", lang.t("ログイン名", "Sign-in name"),
                Some(lang.t("英小文字・数字・「.」「-」「_」で2文字以上。メールアドレスでもかまいません。", "Two or more of: lower-case letters, digits, . - _ ; a mail address is fine."))).max(60))
            (look::submit(lang.t("登録する", "Register")))
        }))
        p { (look::link_quiet(&format!("/patients/{id}"), lang.t("やめる", "Back"))) }
    };
    Ok(asked.page(&Words::new("保護者・代理の方の登録", "Register a guardian"), body))
}

fn is_login(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b".-_@".contains(&it);
    (2..=60).contains(&text.len()) && text.bytes().all(plain)
}

async fn create(asked: Asked, Path(id): Path<PatientId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let name = patient::parse_name(&fields, &mut faults);
    let relation = fields.line("relation", &mut faults);
    let mail = fields.line("mail", &mut faults);
    if !mail.is_empty() && !patient::is_mail(&mail) {
        faults.add("mail", Words::new("メールアドレスの形が正しくありません。", "This is not a mail address."));
    }
    let login = normal_login(&fields.line("login", &mut faults));
    if !login.is_empty() && !is_login(&login) {
        faults.add("login", Words::new("使える文字を確かめてください。", "Please check the letters of the name."));
    }
    let (Some(name), true) = (name, faults.0.is_empty()) else {
        return Ok(page(&asked, id, &fields.again(faults)).await?.status(422));
    };
    let new = NewPerson { login, name, mail };
    let made = asked.site.write(&asked.ctx, move |tx, ctx| operator::add_guardian(tx, ctx, id, &new, &relation)).await;
    match made {
        Ok((_, password)) => Ok(shown_once(&asked, &password, &format!("/patients/{id}"))),
        Err(error) if *error.kind() == kernel::Kind::Conflict => {
            let mut faults = Faults::default();
            let words = Words::new(
                "このログイン名は使われています。別の名前にするか、患者さんの画面から登録済みの方を加えてください。",
                "This name is taken. Choose another, or add the person who has it on the patient's page.",
            );
            faults.add("login", words);
            Ok::<Answer, web::Failure>(page(&asked, id, &fields.again(faults)).await?.status(422))
        }
        Err(error) => Err(error.into()),
    }
}
