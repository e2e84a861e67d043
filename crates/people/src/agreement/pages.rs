//! `/settings/agreements`: what this facility has agreed with others, the offer, the answer, the end.

use axum::extract::Path;
use db::Tx;
use kernel::{Ctx, Lang, Result, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Asked, Door, Faults, Fields, Filled, Routes};

use super::store::{self, Offer};
use super::{
    Agreement, AgreementId, CONTACT_FIELDS, Contact, Purpose, Side, Standing, TEXTS, Terms, contacts_filled,
    parse_contacts,
};
use crate::access::{Access, Act, Class, may};
use crate::facility::{self, Facility};
use crate::person::{self, Person};
use crate::sign_in::{need_fresh, need_fresh_at};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/settings/agreements", list)
        .get(Door::Staff, "/settings/agreements/new", new)
        .post(Door::Staff, "/settings/agreements/new", offer)
        .get(Door::Staff, "/settings/agreements/{agreement}", show)
        .post(Door::Staff, "/settings/agreements/{agreement}/answer", answer)
        .post(Door::Staff, "/settings/agreements/{agreement}/contacts", contacts)
        .post(Door::Staff, "/settings/agreements/{agreement}/end", end)
}

const HERE: &str = "/settings/agreements";

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::InForce => Tone::Good,
        Standing::Offered => Tone::Warn,
        Standing::NotYet => Tone::Info,
        Standing::Declined | Standing::Ended => Tone::Stop,
    }
}

fn period(terms: &Terms, end: Option<&super::End>, lang: Lang) -> String {
    let last = [terms.valid_until, end.map(|it| it.last_day)].into_iter().flatten().min();
    let until =
        last.map_or_else(|| lang.t("（終わりは決めない）", " (no last day)").to_owned(), |it| time::show_day(it, lang));
    format!("{} 〜 {until}", time::show_day(terms.valid_from, lang))
}

async fn list(asked: Asked) -> web::Result {
    let (found, all) =
        asked.site.write(&asked.ctx, |tx, ctx| Ok((store::list(tx, ctx)?, facility::store::all(tx)?))).await?;
    let lang = asked.lang();
    let today = time::day(asked.ctx.now);
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|it| {
            let standing = it.standing(today);
            let name = all.iter().find(|other| other.id == it.partner).map_or("", |other| other.name.as_str());
            vec![
                html! { a href={ (HERE) "/" (it.id) } { (name) } },
                html! { (it.purpose.words().in_lang(lang)) },
                html! { (it.side.words().in_lang(lang)) },
                html! { (period(&it.terms, it.end.as_ref(), lang)) },
                html! {
                    (look::badge(tone(standing), standing.words().in_lang(lang)))
                    @if it.waits_for_us() { " " (lang.t("お返事ください", "your answer, please")) }
                },
            ]
        })
        .collect();
    let heads = lang.t(["相手の施設", "内容", "役割", "期間", "いま"], ["With", "About", "Our part", "Period", "Now"]);
    let begin = html! {
        @if may(&asked, Act::Sign, Class::Administration) {
            (look::link_button(&format!("{HERE}/new"), lang.t("取り決めを申し出る", "Offer an agreement")))
        }
    };
    let body = html! {
        p { (lang.t("読影や技工をほかの施設に依頼する前に、内容・期限・責任の分担・連絡先・費用を取り決めます。双方の管理者が確かめて、はじめて有効になります。",
            "Before anything is asked of another facility, both managers agree on what is done, how soon, who answers for what, whom to call, and what it costs.")) }
        @if rows.is_empty() { (look::empty_with(lang.t("まだ取り決めはありません。", "No agreements yet."), begin)) }
        @else { (look::table(lang.t("取り決め", "Agreements"), &heads, &rows)) (look::page_actions(begin)) }
    };
    Ok(asked.page(&Words::new("ほかの施設との取り決め", "Agreements with other facilities"), body))
}

struct Choices {
    partners: Vec<Facility>,
    staff: Vec<Person>,
}

fn choices(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Choices> {
    let own = tx.facility()?;
    Access::new("agreement.offer", Act::Sign, Class::Administration).on("agreement", "").require_for_form(tx, ctx)?;
    Access::new("agreement.list", Act::View, Class::Administration).on("agreement", "").require(tx, ctx)?;
    let mut partners = facility::store::all(tx)?;
    partners.retain(|it| it.id != own);
    Ok(Choices { partners, staff: person::store::staff(tx)? })
}

async fn new(asked: Asked) -> web::Result {
    // The proof is asked for before the terms are typed, not after.
    need_fresh(&asked)?;
    offer_page(&asked, &Terms::first(time::day(asked.ctx.now)), 200).await
}

async fn offer_page(asked: &Asked, filled: &Filled, status: u16) -> web::Result {
    let it = asked.site.write(&asked.ctx, choices).await?;
    let lang = asked.lang();
    let partners: Vec<(String, &str)> = it.partners.iter().map(|it| (it.id.to_string(), it.name.as_str())).collect();
    let words = |key: &'static str, it: Words| (key, it.in_lang(lang).to_owned());
    let purposes: Vec<_> = Purpose::ALL.iter().map(|(key, it)| words(key, it.words())).collect();
    let sides: Vec<_> = Side::ALL.iter().map(|(key, it)| words(key, it.words())).collect();
    let body = html! {
        (look::faults_summary(lang, filled))
        (look::form(asked, &format!("{HERE}/new"), html! {
            (look::select(lang, filled, "partner", lang.t("相手の施設", "With"), &partners))
            (look::choice(lang, filled, "purpose", lang.t("何についての取り決めか", "About"), &purposes))
            (look::choice(lang, filled, "side", lang.t("こちらの役割", "Our part"), &sides))
            @for (key, heading, hint) in &TEXTS {
                (look::area(lang, filled, key, heading.in_lang(lang), Some(hint.in_lang(lang))).rows(3))
            }
            (look::text_input(lang, filled, "routine_h", lang.t("通常の期限（時間）", "Usual turnaround (hours)"), Some(lang.t("依頼から結果まで", "From request to result"))).digits().short())
            (look::text_input(lang, filled, "urgent_h", lang.t("至急の期限（時間）", "Urgent turnaround (hours)"), None).digits().short())
            (look::text_input(lang, filled, "valid_from", lang.t("始まりの日", "First day"), None).kind("date"))
            (look::text_input(lang, filled, "valid_until", lang.t("終わりの日", "Last day"), None).kind("date").optional())
            (contact_fields(lang, filled, &it.staff))
            (look::submit(lang.t("この内容で申し出る", "Offer this")))
        }))
    };
    Ok(asked.page(&Words::new("取り決めを申し出る", "Offer an agreement"), body).status(status))
}

fn contact_fields(lang: Lang, filled: &Filled, staff: &[Person]) -> Markup {
    let people: Vec<(String, String)> = staff.iter().map(|it| (it.id.to_string(), it.name.full())).collect();
    html! {
        h2 { (lang.t("急ぎの連絡を受ける人（上から順に連絡します）", "Whom to call, in this order")) }
        p { (lang.t("急ぐ所見や事故のとき、相手はこの順に電話します。診療時間の外の連絡先も入れてください。", "In an emergency the partner calls in this order. Think of the hours outside opening time.")) }
        @for (index, [name, role, phone, mail, person]) in CONTACT_FIELDS.iter().enumerate() {
            fieldset.group {
                legend { (lang.t(format!("{}番目", index + 1), format!("No. {}", index + 1))) }
                (optional(index, look::text_input(lang, filled, name, lang.t("氏名", "Name"), None)))
                (look::text_input(lang, filled, role, lang.t("役割・つながる時間", "Role, and when reachable"), None).optional())
                (optional(index, look::text_input(lang, filled, phone, lang.t("電話", "Telephone"), None).kind("tel").short()))
                (look::text_input(lang, filled, mail, lang.t("メール", "Mail"), None).kind("email").optional())
                (look::select(lang, filled, person, lang.t("この仕組みを使う職員なら", "If the person signs in here"), &people).optional())
            }
        }
    }
}

fn optional(index: usize, input: look::Input<'_>) -> look::Input<'_> {
    if index == 0 { input } else { input.optional() }
}

async fn offer(asked: Asked, fields: Fields) -> web::Result {
    need_fresh_at(&asked, &format!("{HERE}/new"))?;
    let (terms, contacts) = (Terms::parse(&fields), parse_contacts(&fields));
    let mut faults = Faults::default();
    let purpose = fields.one_of("purpose", &Purpose::ALL, &mut faults);
    let side = fields.one_of("side", &Side::ALL, &mut faults);
    let partner = fields.get("partner").parse().ok();
    if partner.is_none() {
        faults.add("partner", Words::new("相手の施設を選んでください。", "Please choose the facility."));
    }
    if let (Some(partner), Some(purpose), Some(side), Ok(terms), Ok(contacts)) =
        (partner, purpose, side, &terms, &contacts)
    {
        let offer = Offer { partner, purpose, side, terms: terms.clone(), contacts: contacts.clone() };
        return asked
            .act(&fields, move |tx, ctx| store::offer(tx, ctx, &offer, true).map(|id| format!("{HERE}/{id}")))
            .await;
    }
    faults.0.extend(terms.err().into_iter().chain(contacts.err()).flat_map(|it| it.0));
    offer_page(&asked, &fields.again(faults), 422).await
}

struct View {
    agreement: Agreement,
    partner: Facility,
    here: Facility,
    staff: Vec<Person>,
    names: Vec<(String, Words)>,
    signs: bool,
}

fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: AgreementId) -> Result<View> {
    let agreement = store::view(tx, ctx, id)?;
    let labels = [Some(&agreement.offered_by), agreement.answer.as_ref().map(|it| &it.by)];
    let labels = labels.into_iter().flatten().chain(agreement.end.as_ref().map(|it| &it.by));
    let names = labels.map(|it| Ok((it.clone(), crate::label::name(tx, it)?))).collect::<Result<_>>()?;
    Ok(View {
        partner: facility::store::get(tx, agreement.partner)?,
        here: facility::store::get(tx, ctx.facility()?)?,
        staff: person::store::staff(tx)?,
        signs: Access::new("agreement.end", Act::Sign, Class::Administration).allowed(tx, ctx)?,
        names,
        agreement,
    })
}

impl View {
    fn name(&self, label: &str, lang: Lang) -> String {
        self.names.iter().find(|it| it.0 == label).map_or_else(String::new, |it| it.1.in_lang(lang).to_owned())
    }
}

async fn show(asked: Asked, Path(id): Path<String>) -> web::Result {
    page(&asked, &id, None, 200).await
}

fn parsed(id: &str) -> Result<AgreementId> {
    id.parse().map_err(|_| kernel::Error::not_found("agreement id"))
}

async fn page(asked: &Asked, id: &str, back: Option<&Filled>, status: u16) -> web::Result {
    let id = parsed(id)?;
    let it = asked.site.write(&asked.ctx, move |tx, ctx| view(tx, ctx, id)).await?;
    let lang = asked.lang();
    let found = &it.agreement;
    let standing = found.standing(time::day(asked.ctx.now));
    let title = Words::made(format!("{}との取り決め", it.partner.name), format!("Agreement with {}", it.partner.name));
    let body = html! {
        @if let Some(filled) = back { (look::faults_summary(lang, filled)) }
        p { (look::badge(tone(standing), standing.words().in_lang(lang))) }
        (look::facts(&terms_facts(&it, lang)))
        (look::section(lang.t("連絡先", "Whom to call"), look::panels(
            called(lang, &it.here.name, &found.ours), called(lang, &it.partner.name, &found.theirs))))
        (look::section(lang.t("経過", "What happened"), look::timeline(&history(&it, lang))))
        @if it.signs { (acts(asked, &it, standing, back)) }
        (look::page_actions(look::link_quiet(HERE, lang.t("取り決めの一覧へ", "To all agreements"))))
    };
    Ok(asked.page(&title, body).status(status))
}

fn terms_facts(it: &View, lang: Lang) -> Vec<(String, Markup)> {
    let found = &it.agreement;
    let hours = |it: i64| lang.t(format!("{it}時間以内"), format!("within {it} hours"));
    let mut facts = vec![
        (lang.t("内容", "About").to_owned(), html! { (found.purpose.words().in_lang(lang)) }),
        (lang.t("こちらの役割", "Our part").to_owned(), html! { (found.side.words().in_lang(lang)) }),
        (lang.t("期間", "Period").to_owned(), html! { (period(&found.terms, found.end.as_ref(), lang)) }),
        (lang.t("通常の期限", "Usual turnaround").to_owned(), html! { (hours(found.terms.routine_h)) }),
        (lang.t("至急の期限", "Urgent turnaround").to_owned(), html! { (hours(found.terms.urgent_h)) }),
    ];
    let texts = TEXTS.iter().zip(&found.terms.texts);
    facts.extend(texts.map(|((_, words, _), text)| (words.in_lang(lang).to_owned(), html! { span.lines { (text) } })));
    facts
}

fn called(lang: Lang, facility: &str, contacts: &[Contact]) -> Markup {
    html! {
        h3 { (facility) }
        @if contacts.is_empty() { p { (lang.t("まだありません。", "Nobody yet.")) } }
        ol { @for it in contacts { li {
            strong { (it.name) } @if !it.role.is_empty() { " " (it.role) }
            br; a href={ "tel:" (it.phone) } { (it.phone) }
            @if !it.mail.is_empty() { br; (it.mail) }
        } } }
    }
}

fn history(it: &View, lang: Lang) -> Vec<(String, Markup)> {
    let found = &it.agreement;
    let by = if found.offered_here { [&it.here.name, &it.partner.name] } else { [&it.partner.name, &it.here.name] };
    let line = |facility: &str, label: &str, what: &str, more: &str| {
        html! { (facility) " " (it.name(label, lang)) "：" (what) @if !more.is_empty() { br; span.lines { (more) } } }
    };
    let offered = lang.t("申し出", "offered");
    let mut entries = vec![(time::show(found.offered_at, lang), line(by[0], &found.offered_by, offered, ""))];
    if let Some(it) = &found.answer {
        let what = if it.accepted { lang.t("受け入れ", "accepted") } else { lang.t("見送り", "declined") };
        entries.push((time::show(it.at, lang), line(by[1], &it.by, what, &it.note)));
    }
    if let Some(it) = &found.end {
        let what = lang.t("終了の申し入れ", "ended");
        entries.push((time::show(it.at, lang), line("", &it.by, what, &it.reason)));
    }
    entries
}

/// The forms for those who sign for the facility.
fn acts(asked: &Asked, it: &View, standing: Standing, back: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    let found = &it.agreement;
    let base = format!("{HERE}/{}", found.id);
    let own = contacts_filled(Filled::empty(), &found.ours);
    let filled = back.unwrap_or(&own);
    html! {
        @if found.waits_for_us() {
            (look::section(lang.t("お返事", "Your answer"), look::form(asked, &format!("{base}/answer"), html! {
                (look::area(lang, filled, "note", lang.t("相手への一言", "A word to the partner"), None).rows(2).optional())
                (contact_fields(lang, filled, &it.staff))
                (look::submit_named("act", "decline", lang.t("見送る", "Decline")))
                button.button.main name="act" value="accept" { (lang.t("この内容で取り決める", "Agree to this")) }
            })))
        } @else if matches!(standing, Standing::Offered | Standing::NotYet | Standing::InForce) {
            (look::details(lang.t("こちらの連絡先を書き直す", "Rewrite our contacts"), look::form(asked, &format!("{base}/contacts"), html! {
                (contact_fields(lang, filled, &it.staff))
                (look::submit(lang.t("連絡先を保存する", "Save the contacts")))
            })))
        }
        @if matches!(standing, Standing::NotYet | Standing::InForce) && found.end.is_none() {
            (look::details(lang.t("取り決めを終える", "End the agreement"), look::form(asked, &format!("{base}/end"), html! {
                p { (lang.t("すでに引き受けた仕事は、終わりの日のあとも最後まで行います。", "Work that was taken on before is still finished after the last day.")) }
                (look::text_input(lang, filled, "last_day", lang.t("最後の日", "Last day"), None).kind("date"))
                (look::area(lang, filled, "reason", lang.t("理由", "Reason"), None).rows(2))
                (look::submit_danger(lang.t("終える", "End it")))
            })))
        }
    }
}

async fn answer(asked: Asked, Path(id): Path<String>, fields: Fields) -> web::Result {
    need_fresh_at(&asked, &format!("{HERE}/{id}"))?;
    let agreement = parsed(&id)?;
    let accepted = fields.get("act") == "accept";
    let mut faults = Faults::default();
    let note = fields.text_if_any("note", &mut faults);
    let contacts = if accepted { parse_contacts(&fields) } else { Ok(vec![]) };
    let contacts = match contacts {
        Ok(found) if faults.0.is_empty() => found,
        other => {
            faults.0.extend(other.err().unwrap_or_default().0);
            return page(&asked, &id, Some(&fields.again(faults)), 422).await;
        }
    };
    asked
        .act(&fields, move |tx, ctx| {
            store::answer(tx, ctx, agreement, accepted, &note, &contacts, true).map(|()| format!("{HERE}/{agreement}"))
        })
        .await
}

async fn contacts(asked: Asked, Path(id): Path<String>, fields: Fields) -> web::Result {
    let agreement = parsed(&id)?;
    match parse_contacts(&fields) {
        Err(faults) => page(&asked, &id, Some(&fields.again(faults)), 422).await,
        Ok(found) => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::write_contacts(tx, ctx, agreement, &found).map(|()| format!("{HERE}/{agreement}"))
                })
                .await
        }
    }
}

async fn end(asked: Asked, Path(id): Path<String>, fields: Fields) -> web::Result {
    need_fresh_at(&asked, &format!("{HERE}/{id}"))?;
    let agreement = parsed(&id)?;
    let mut faults = Faults::default();
    let (last_day, reason) = (fields.date("last_day", &mut faults), fields.text("reason", &mut faults));
    let today = time::day(asked.ctx.now);
    if last_day.is_some_and(|it| it < today) {
        faults.add("last_day", Words::new("今日か、それより後の日にしてください。", "Today or a later day, please."));
    }
    match last_day {
        Some(last_day) if faults.0.is_empty() => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::end(tx, ctx, agreement, last_day, &reason, true).map(|()| format!("{HERE}/{agreement}"))
                })
                .await
        }
        _ => page(&asked, &id, Some(&fields.again(faults)), 422).await,
    }
}
