//! The laboratory's part of a case's page: whose it is, its steps, the next step, the design's proposal, the inspection.

use kernel::{Lang, PersonId, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::agreement::Side;
use web::look::{self, Tone};
use web::{Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::store::{self, Desk};
use super::{CONFIRMED, Form, Kind, MATERIAL_FIELDS, Step, Where, is_worked_on, makers, parse_end};
use crate::case::pages::{Back, may_do, page};
use crate::case::store as cases;
use crate::case::{CRITERIA, Case, CaseId, Cause, Found, Kind as What, Said, may_follow};
use crate::file::{Bundle, short};
use crate::machine::pages::{release_form, turned};
use crate::remote::{PlaceKind, Refusal};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .post(Door::Staff, "/lab/cases/{case}/assign", assign)
        .post(Door::Staff, "/lab/cases/{case}/steps", begin)
        .post(Door::Staff, "/lab/cases/{case}/steps/end", end)
        .post(Door::Staff, "/lab/cases/{case}/propose", propose)
        .post(Door::Staff, "/lab/cases/{case}/inspect", inspect)
}

/// What kept somebody from a piece of work, each with its clause.
pub(crate) fn refusals(lang: Lang, all: &[Refusal]) -> Markup {
    html! { @if !all.is_empty() {
        (look::notice(lang, Tone::Stop, lang.t("この作業は始められません", "This cannot be done"), html! { ul { @for it in all { li {
            (it.words.in_lang(lang))
            @if let Some(clause) = it.clause.clause() { br; small { (lang.t("根拠：", "Rule: ")) (it.clause) " " (clause.citation(guidelines::FacilityField::Dental, lang)) } }
        } } } }))
    } }
}

/// The laboratory's part; nothing at the clinic.
pub(crate) fn part(asked: &Asked, case: &Case, desk: &Desk, back: &Back) -> Markup {
    if case.side != Side::Serves {
        return html! {};
    }
    let writes = may(asked, Act::Write, Class::Lab);
    html! {
        (turned(asked.lang(), &desk.turned))
        @if may_do(asked, case, What::Assigned) && !desk.technicians.is_empty() { (assign_form(asked, case, desk, back)) }
        @if writes && may_follow(case.state(), What::Proposed) { (propose_form(asked, case, desk, back)) }
        @if may_do(asked, case, What::Released) { (release_form(asked, case, &desk.machines)) }
        @if writes && may_follow(case.state(), What::Inspected) {
            @if asked.ctx.who.staff().is_some_and(|me| makers(case, &desk.steps).contains(&me)) {
                (look::section(asked.lang().t("検査", "Inspection"), html! { p {
                    (asked.lang().t("作った人とは別の人が検査します。ほかの人に頼んでください。", "Somebody who has not made it inspects it. Please ask a colleague."))
                } }))
            } @else { (inspect_form(asked, case, back)) }
        }
        (steps(asked, case, desk, back))
    }
}

fn assign_form(asked: &Asked, case: &Case, desk: &Desk, back: &Back) -> Markup {
    let lang = asked.lang();
    let people: Vec<(String, String)> = desk.technicians.iter().map(|it| (it.id.to_string(), it.name.full())).collect();
    let usual = case.assignee().map_or_else(Filled::empty, |it| Filled::empty().with("person", it.to_string()));
    let filled = back.of("assign").unwrap_or(&usual);
    look::section(
        lang.t("担当", "Technician"),
        look::form(
            asked,
            &format!("/lab/cases/{}/assign", case.id),
            html! {
                (look::hidden("form", "assign"))
                (look::select(lang, filled, "person", lang.t("担当の技工士", "Who makes it"), &people))
                (look::submit(lang.t("担当を決める", "Assign")))
            },
        ),
    )
}

fn propose_form(asked: &Asked, case: &Case, desk: &Desk, back: &Back) -> Markup {
    let lang = asked.lang();
    let usual = Filled::empty();
    let shown = |it: &Bundle| {
        let names: Vec<&str> = it.members.iter().map(|it| it.name.as_str()).collect();
        format!("{} {} ({})", time::show(it.made_at, lang), names.join(" "), short(&it.digest))
    };
    let designs: Vec<(&str, String)> = desk.designs.iter().map(|it| (it.digest.as_str(), shown(it))).collect();
    look::details(
        lang.t("設計案を出す", "Propose a design"),
        look::form(
            asked,
            &format!("/lab/cases/{}/propose", case.id),
            html! {
                (look::hidden("form", "propose"))
                (look::area(lang, back.of("propose").unwrap_or(&usual), "design", lang.t("設計の説明", "About the design"), Some(lang.t("歯科医師が承認するために必要なこと。", "What the dentist must know to approve it."))).rows(3))
                @if !designs.is_empty() { (look::select(lang, back.of("propose").unwrap_or(&usual), "digest", lang.t("設計データ", "Design files"), &designs).optional()) }
                (look::submit(lang.t("歯科医師に承認を頼む", "Ask the dentist to approve")))
            },
        ),
    )
}

fn inspect_form(asked: &Asked, case: &Case, back: &Back) -> Markup {
    let lang = asked.lang();
    let usual = Filled::empty();
    let filled = back.of("inspect").unwrap_or(&usual);
    let found: Vec<(&str, String)> =
        Found::ALL.iter().map(|it| (it.key(), it.words().in_lang(lang).to_owned())).collect();
    let causes: Vec<(&str, String)> =
        Cause::ALL.iter().map(|it| (it.key(), it.words().in_lang(lang).to_owned())).collect();
    look::section(
        lang.t("検査", "Inspection"),
        html! {
            p { (lang.t("作った人とは別の人が検査します。一つでも「直しが必要」があれば、作り直しになります。", "Somebody who has not made it inspects it. If anything is to be mended, it goes back.")) }
            (look::form(asked, &format!("/lab/cases/{}/inspect", case.id), html! {
                (look::hidden("form", "inspect"))
                @for (key, words) in &CRITERIA { (look::choice(lang, filled, key, words.in_lang(lang), &found).inline()) }
                (look::select(lang, filled, "cause", lang.t("直しが必要なときの主な原因", "Main cause, if it is to be mended"), &causes).optional())
                (look::area(lang, filled, "remark", lang.t("気づいたこと", "What was noticed"), None).rows(2).optional())
                (look::submit(lang.t("検査の結果を記録する", "Record the inspection")))
            }))
        },
    )
}

/// Where a step was done, in words.
pub(crate) fn place(desk: &Desk, it: &Step, lang: Lang) -> String {
    match &it.place {
        Where::Here => lang.t("技工所", "Laboratory").to_owned(),
        Where::Named(name) => name.clone(),
        Where::Remote(id) => {
            let found = desk.places.iter().find(|it| it.id == *id);
            let kind = found.map_or(PlaceKind::Other, |it| it.kind).words();
            let address = found.map_or("", |it| it.content.address.as_str());
            let words = format!("{} {} {address}", lang.t("リモート：", "Remote:"), kind.in_lang(lang));
            words.trim().to_owned()
        }
    }
}

fn steps(asked: &Asked, case: &Case, desk: &Desk, back: &Back) -> Markup {
    let (lang, me) = (asked.lang(), asked.ctx.who.staff());
    let name = |person: PersonId| desk.names.get(&person).map_or("", String::as_str);
    let rows: Vec<Vec<Markup>> = desk
        .steps
        .iter()
        .map(|it| {
            vec![
                html! { (it.kind.words().in_lang(lang)) },
                html! { (name(it.person)) },
                html! { (place(desk, it, lang)) @if !it.confirmed.is_empty() { br; small { (lang.t("作業環境を確認済み", "surroundings confirmed")) } } },
                html! { (time::show(it.started_at, lang)) " – " @match &it.end {
                    None => (look::badge(Tone::Info, lang.t("作業中", "going on"))),
                    Some(end) if time::day(end.at) == time::day(it.started_at) => (time::clock(end.at)),
                    Some(end) => (time::show(end.at, lang)),
                } },
                html! { @for it in it.end.iter().flat_map(|it| &it.materials) { (it.product) " " (it.lot) br; } },
            ]
        })
        .collect();
    let heads =
        lang.t(["工程", "担当", "場所", "時間", "材料（ロット）"], ["Step", "Who", "Where", "When", "Materials (lot)"]);
    let open: Vec<&Step> = desk.steps.iter().filter(|it| it.end.is_none() && Some(it.person) == me).collect();
    let begins = may(asked, Act::Write, Class::Lab) && is_worked_on(case.state());
    html! { @if !rows.is_empty() || begins { (look::section(lang.t("工程", "Steps"), html! {
        @if !rows.is_empty() { (look::table(lang.t("工程の記録", "Steps"), &heads, &rows)) }
        @if may(asked, Act::Write, Class::Lab) { @for it in &open { (end_form(asked, case, it, back)) } }
        @if begins { (begin_form(asked, case, desk, back)) }
        @if !rows.is_empty() { p { (look::link_quiet(&format!("/lab/cases/{}/record", case.id), lang.t("歯科技工録", "The laboratory record"))) } }
    })) } }
}

fn end_form(asked: &Asked, case: &Case, step: &Step, back: &Back) -> Markup {
    let lang = asked.lang();
    let usual = Filled::empty();
    let own = back.of("end").filter(|it| it.get("step") == step.id.to_string());
    let filled = own.unwrap_or(&usual);
    let title = lang.t(format!("「{}」を終える", step.kind.words().ja), format!("End: {}", step.kind.words().en));
    let form = look::form(
        asked,
        &format!("/lab/cases/{}/steps/end", case.id),
        html! {
            (look::hidden("form", "end")) (look::hidden("step", &step.id.to_string()))
            p { (lang.t("使った材料があれば、製品名とロット（または製造番号）を書きます。", "Materials that were used, by product name and lot or serial number.")) }
            @for (number, [product, lot]) in MATERIAL_FIELDS.iter().enumerate() {
                fieldset.group {
                    legend { (lang.t(format!("材料 {}", number + 1), format!("Material {}", number + 1))) }
                    (look::text_input(lang, filled, product, lang.t("製品名", "Product"), None).optional())
                    (look::text_input(lang, filled, lot, lang.t("ロット・製造番号", "Lot or serial number"), None).optional())
                }
            }
            (look::area(lang, filled, "note", lang.t("気づいたこと", "What was noticed"), None).rows(2).optional())
            (look::submit(lang.t("工程を終える", "End the step")))
        },
    );
    if own.is_some() { look::section(&title, form) } else { look::details(&title, form) }
}

fn begin_form(asked: &Asked, case: &Case, desk: &Desk, back: &Back) -> Markup {
    let (lang, me) = (asked.lang(), asked.ctx.who.staff());
    let kinds: Vec<(&str, String)> = Kind::ALL
        .iter()
        .map(|it| {
            let words = it.words();
            let remote = if it.may_be_remote() {
                lang.t("（リモートワークもできます）", " (may be remote)")
            } else {
                ""
            };
            (it.key(), format!("{}{remote}", words.in_lang(lang)))
        })
        .collect();
    let mut places = vec![("here".to_owned(), lang.t("この技工所", "This laboratory").to_owned())];
    let further = case.order().laboratories.iter().filter(|it| it.facility.is_none());
    places.extend(further.map(|it| (format!("named:{}", it.name), it.name.clone())));
    let own = desk.places.iter().filter(|it| Some(it.person) == me && it.ended_at.is_none());
    places.extend(own.map(|it| {
        let words = format!("{} {}", it.kind.words().in_lang(lang), it.content.address);
        (it.id.to_string(), lang.t(format!("リモート：{}", words.trim()), format!("Remote: {}", words.trim())))
    }));
    let remote = places.len() > 1;
    let confirmed: Vec<(&str, &str)> = CONFIRMED.iter().map(|it| (it.0, it.1.in_lang(lang))).collect();
    let usual = Filled::empty().with("kind", "design").with("place", "here");
    let filled = back.of("begin").unwrap_or(&usual);
    let form = look::form(
        asked,
        &format!("/lab/cases/{}/steps", case.id),
        html! {
            (look::hidden("form", "begin"))
            (look::select(lang, filled, "kind", lang.t("工程", "Step"), &kinds))
            (look::choice(lang, filled, "place", lang.t("場所", "Where"), &places))
            @if remote { (look::ticks(lang, filled, "confirmed", lang.t("技工所の外で作業するときの確認", "To confirm when you work outside the laboratory"), &confirmed).optional()) }
            (look::submit(lang.t("工程を始める", "Begin the step")))
        },
    );
    let title = lang.t("工程を始める", "Begin a step");
    // Whoever was given the case begins with this.
    let is_next = desk.steps.is_empty() && case.assignee() == me;
    if is_next || back.of("begin").is_some() { look::section(title, form) } else { look::details(title, form) }
}

fn to(case: CaseId) -> String {
    format!("/lab/cases/{case}")
}

/// The answer of an act behind a gate: on to the case, or the page again with what was not met.
pub(crate) async fn gated(
    asked: &Asked,
    case: CaseId,
    fields: &Fields,
    done: Result<web::Answer, Vec<Refusal>>,
) -> web::Result {
    match done {
        Ok(answer) => Ok(answer),
        Err(refused) => {
            let back = Back { filled: Some(fields.again(Faults::default())), refused };
            page(asked, case, &back, 422).await
        }
    }
}

/// What the act ends with: on to the case, or what was not met.
pub(crate) fn settled(case: CaseId, refused: Vec<Refusal>) -> Result<String, Vec<Refusal>> {
    if refused.is_empty() { Ok(to(case)) } else { Err(refused) }
}

async fn again(asked: &Asked, case: CaseId, fields: &Fields, faults: Faults) -> web::Result {
    page(asked, case, &Back::of_form(fields.again(faults)), 422).await
}

async fn assign(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let Ok(person) = fields.get("person").parse::<PersonId>() else {
        let mut faults = Faults::default();
        faults.add("person", Words::new("担当の技工士を選んでください。", "Please choose the technician."));
        return again(&asked, case, &fields, faults).await;
    };
    let done = asked.act_or(&fields, move |tx, ctx| Ok(settled(case, store::assign(tx, ctx, case, person)?))).await?;
    gated(&asked, case, &fields, done).await
}

async fn begin(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let form = match Form::parse(&fields) {
        Ok(form) => form,
        Err(faults) => return again(&asked, case, &fields, faults).await,
    };
    let device = asked.agent.clone();
    let done =
        asked.act_or(&fields, move |tx, ctx| Ok(settled(case, store::begin(tx, ctx, case, &form, &device)?))).await?;
    gated(&asked, case, &fields, done).await
}

async fn end(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let (materials, note) = match parse_end(&fields) {
        Ok(it) => it,
        Err(faults) => return again(&asked, case, &fields, faults).await,
    };
    let step = fields.id("step")?;
    asked.act(&fields, move |tx, ctx| store::end(tx, ctx, case, step, &materials, &note).map(|()| to(case))).await
}

async fn propose(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let text = fields.text("design", &mut faults);
    if !faults.0.is_empty() {
        return again(&asked, case, &fields, faults).await;
    }
    let said = Said { text, digest: fields.get("digest").to_owned(), ..Said::default() };
    asked.act(&fields, move |tx, ctx| cases::act(tx, ctx, case, What::Proposed, &said).map(|()| to(case))).await
}

async fn inspect(asked: Asked, Path(case): Path<CaseId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let mut criteria = Vec::new();
    for (key, _) in &CRITERIA {
        if let Some(found) = fields.one_of(key, &Found::keys(), &mut faults) {
            criteria.push(((*key).to_owned(), found));
        }
    }
    let failed = criteria.iter().any(|it| it.1 == Found::Bad);
    let cause = if failed { fields.one_of("cause", &Cause::keys(), &mut faults).map_or("", Cause::key) } else { "" };
    let text = fields.text_if_any("remark", &mut faults);
    if !faults.0.is_empty() {
        return again(&asked, case, &fields, faults).await;
    }
    let said = Said { text, cause: cause.to_owned(), criteria, ..Said::default() };
    let done = asked.act_or(&fields, move |tx, ctx| Ok(settled(case, store::inspect(tx, ctx, case, &said)?))).await?;
    gated(&asked, case, &fields, done).await
}
