//! `/patients/{patient}/lab`: the form of a new order. `/lab/cases/{case}/revise`: the next version. The order as PDF.

use kernel::{Lang, PatientId, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::agreement::Side;
use people::facility;
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::store::{self, Choices, Issued};
use super::{FURTHER_FIELDS, Form, Prosthesis, TEXTS, paper};
use crate::case::{Case, CaseId, Kind, may_follow, pages::state_badge, store as cases};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/patients/{patient}/lab", new)
        .post(Door::Staff, "/patients/{patient}/lab", place)
        .get(Door::Staff, "/lab/cases/{case}/revise", again)
        .post(Door::Staff, "/lab/cases/{case}/revise", revise)
        .get(Door::Staff, "/lab/cases/{case}/orders/{number}", pdf)
}

async fn new(asked: Asked, Path(patient): Path<PatientId>) -> web::Result {
    page(&asked, patient, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, patient: PatientId, filled: &Filled, status: u16) -> web::Result {
    let it = asked.site.write(&asked.ctx, move |tx, ctx| store::choices(tx, ctx, patient)).await?;
    let lang = asked.lang();
    let name = it.patient.name.full();
    let title = Words::made(format!("{name} さんの技工を依頼する"), format!("Order laboratory work: {name}"));
    let body = html! {
        (look::faults_summary(lang, filled))
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { a href={ "/patients/" (patient) } { (name) } "（" (it.patient.number) "）" }),
        ]))
        @if !it.cases.is_empty() { (before(lang, &it.cases)) }
        @if it.agreements.is_empty() {
            (look::notice(lang, Tone::Warn, lang.t("依頼できる技工所がありません", "There is no laboratory to ask"), html! { p {
                (lang.t("技工所との取り決めが有効になると、ここから依頼できます。管理者に伝えてください。", "An order needs an agreement in force with a laboratory. Please tell the manager."))
            } @if may(asked, Act::View, Class::Administration) {
                p { (look::link_quiet("/settings/agreements", lang.t("取り決めを見る", "See the agreements"))) }
            } }))
        } @else { (look::form(asked, &format!("/patients/{patient}/lab"), html! {
            (laboratories(lang, filled, &it))
            (fields(lang, filled))
            (look::submit(lang.t("この内容で指示書を発行する", "Issue the order")))
        })) }
    };
    Ok(asked.page(&title, body).status(status))
}

fn before(lang: Lang, cases: &[Case]) -> Markup {
    let body = html! { ul { @for it in cases { li {
        a href={ "/lab/cases/" (it.id) } { (time::show(it.ordered_at, lang)) " " (it.order().prosthesis().in_lang(lang)) " " (it.order().teeth()) }
        " " (state_badge(it.state(), lang))
    } } } };
    look::section(lang.t("この患者さんのこれまでの技工", "What was ordered for this patient before"), body)
}

fn laboratories(lang: Lang, filled: &Filled, it: &Choices) -> Markup {
    let all: Vec<(String, String)> =
        it.agreements.iter().map(|(agreement, it)| (agreement.id.to_string(), it.name.clone())).collect();
    html! { (look::select(lang, filled, "agreement", lang.t("依頼先の技工所", "Laboratory"), &all)) }
}

/// What both a first and a later version ask for.
fn fields(lang: Lang, filled: &Filled) -> Markup {
    let kinds: Vec<(&str, String)> =
        Prosthesis::ALL.iter().map(|it| (it.key(), it.words().in_lang(lang).to_owned())).collect();
    let named = FURTHER_FIELDS.iter().any(|[name, address]| {
        !filled.get(name).is_empty() || !filled.get(address).is_empty() || filled.fault(address).is_some()
    });
    let further = html! {
        p { (lang.t("加工だけを別の技工所に任せるときなどは、その技工所の名称と所在地を書きます。ここに書かれていない技工所では、作業を行えません。",
            "When another laboratory does part of the work, name it here. No work can be done at a laboratory that is not named.")) }
        @for (place, [name, address]) in FURTHER_FIELDS.iter().enumerate() {
            fieldset.group {
                legend { (lang.t(format!("技工所 {}", place + 2), format!("Laboratory {}", place + 2))) }
                (look::text_input(lang, filled, name, lang.t("名称", "Name"), None).optional())
                (look::text_input(lang, filled, address, lang.t("所在地", "Address"), None).optional())
            }
        }
    };
    let title = lang.t("一部をほかの技工所で行うとき", "If another laboratory does part of the work");
    html! {
        (look::select(lang, filled, "prosthesis", lang.t("技工物の種類", "Kind of work"), &kinds))
        div #teeth tabindex="-1" {
            @if let Some(fault) = filled.fault("teeth") { p.fault { span.fault-word { (lang.t("修正：", "To mend: ")) } (fault.in_lang(lang)) } }
            (look::teeth_ticks(lang, filled, "teeth", lang.t("部位（歯を選んでください）", "Teeth")))
        }
        @for (key, label, hint, may_be_empty) in &TEXTS {
            @let area = look::area(lang, filled, key, label.in_lang(lang), Some(hint.in_lang(lang))).rows(2);
            @if *may_be_empty { (area.optional()) } @else { (area) }
        }
        (look::text_input(lang, filled, "due_on", lang.t("納品の希望日", "Needed by"), None).kind("date"))
        @if named { (look::section(title, further)) } @else { (look::details(title, further)) }
    }
}

/// What the law asks for and nobody has typed: it stands in the settings of one of the two facilities.
fn missing(all: &[Words]) -> Faults {
    let mut faults = Faults::default();
    let join = |of: fn(&Words) -> &str, mark: &str| all.iter().map(of).collect::<Vec<_>>().join(mark);
    let (ja, en) = (join(|it| &it.ja, "、"), join(|it| &it.en, ", "));
    let words = Words::made(
        format!("法令で指示書に書くことになっている内容が足りません：{ja}。施設の登録を管理者に確かめてください。"),
        format!("The law asks for more than is on file: {en}. Please ask the manager."),
    );
    faults.add("prosthesis", words);
    faults
}

async fn place(asked: Asked, Path(patient): Path<PatientId>, fields: Fields) -> web::Result {
    let form = match Form::parse(&fields, time::day(asked.ctx.now), 1) {
        Ok(form) => form,
        Err(faults) => return page(&asked, patient, &fields.again(faults), 422).await,
    };
    let done = asked.act_or(&fields, move |tx, ctx| issued(store::place(tx, ctx, patient, &form)?)).await?;
    match done {
        Ok(answer) => Ok(answer),
        Err(all) => page(&asked, patient, &fields.again(missing(&all)), 422).await,
    }
}

fn issued(it: Issued) -> kernel::Result<Result<String, Vec<Words>>> {
    Ok(match it {
        Issued::Issued(id) => Ok(format!("/lab/cases/{id}")),
        Issued::Missing(all) => Err(all),
    })
}

async fn again(asked: Asked, Path(case): Path<CaseId>) -> web::Result {
    revise_page(&asked, case, None, 200).await
}

async fn revise_page(asked: &Asked, id: CaseId, back: Option<&Filled>, status: u16) -> web::Result {
    let desk = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let case = cases::asked_here(tx, id)?;
            cases::need(tx, ctx, "lab.prepare", Act::Sign, &case, serde_json::Value::Null)?;
            if !may_follow(case.state(), Kind::Revised) {
                return Err(kernel::Error::conflict("the work is too far for another order"));
            }
            cases::desk(tx, ctx, id)
        })
        .await?;
    let lang = asked.lang();
    let usual = Form::filled(desk.case.order());
    let filled = back.unwrap_or(&usual);
    let body = html! {
        (look::faults_summary(lang, filled))
        p { (lang.t("書き直すと新しい版になり、前の版も残ります。技工所にはメールで知らせます。", "This becomes a new version; the old one stays. The laboratory gets a letter.")) }
        (look::facts(&[(lang.t("依頼先の技工所", "Laboratory"), html! { (desk.partner.name) })]))
        (look::form(asked, &format!("/lab/cases/{id}/revise"), html! {
            (fields(lang, filled))
            (look::area(lang, filled, "reason", lang.t("変更の理由", "Why it is changed"), None).rows(2))
            (look::submit(lang.t("新しい版を発行する", "Issue the new version")))
        }))
        (look::page_actions(look::link_quiet(&format!("/lab/cases/{id}"), lang.t("書き直さずに戻る", "Back without a change"))))
    };
    Ok(asked.page(&Words::new("技工指示書を書き直す", "Change the order"), body).status(status))
}

async fn revise(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let form = match Form::parse(&fields, time::day(asked.ctx.now), 2) {
        Ok(form) => form,
        Err(faults) => return revise_page(&asked, case, Some(&fields.again(faults)), 422).await,
    };
    let done = asked.act_or(&fields, move |tx, ctx| issued(store::revise(tx, ctx, case, &form)?)).await?;
    match done {
        Ok(answer) => Ok(answer),
        Err(all) => revise_page(&asked, case, Some(&fields.again(missing(&all))), 422).await,
    }
}

async fn pdf(asked: Asked, Path((case, number)): Path<(CaseId, i64)>) -> web::Result {
    let lang = asked.lang();
    let document = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let desk = cases::desk(tx, ctx, case)?;
            let version = desk.case.versions.iter().find(|it| it.number == number);
            let version = version.ok_or_else(|| kernel::Error::not_found("no such version"))?;
            let clinic = match desk.case.side {
                Side::Asks => facility::store::get(tx, ctx.facility()?)?,
                Side::Serves => desk.partner,
            };
            Ok(paper::of(case, version, &clinic, lang))
        })
        .await?;
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: format!("order-{case}-{number}.pdf"), bytes })
}
