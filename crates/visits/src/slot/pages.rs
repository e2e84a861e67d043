//! The facility's pages for kinds of visit, patterns and closed days.

use kernel::{PersonId, RowId, Words, time};
use maud::{Markup, html};
use people::access::{Access, Act, Class, may};
use people::person::Person;
use web::{Asked, Door, Faults, Fields, Filled, Routes, look};

use super::store::{self, NewType};
use super::{Closing, Pattern, clock, minutes};
use crate::booking::{Form, VisitType};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/settings/slots", show)
        .post(Door::Staff, "/settings/types", add_type)
        .post(Door::Staff, "/settings/types/end", end_type)
        .post(Door::Staff, "/settings/slots", add_pattern)
        .post(Door::Staff, "/settings/slots/end", end_pattern)
        .post(Door::Staff, "/settings/closings", close_day)
        .post(Door::Staff, "/settings/closings/end", open_day)
}

static WEEKDAYS: [(&str, Words); 7] = [
    ("0", Words::new("月曜日", "Monday")),
    ("1", Words::new("火曜日", "Tuesday")),
    ("2", Words::new("水曜日", "Wednesday")),
    ("3", Words::new("木曜日", "Thursday")),
    ("4", Words::new("金曜日", "Friday")),
    ("5", Words::new("土曜日", "Saturday")),
    ("6", Words::new("日曜日", "Sunday")),
];

struct View {
    types: Vec<VisitType>,
    doctors: Vec<Person>,
    patterns: Vec<Pattern>,
    closings: Vec<Closing>,
}

async fn view(asked: &Asked) -> kernel::Result<View> {
    asked
        .site
        .write(&asked.ctx, |tx, ctx| {
            Access::new("slot.view", Act::View, Class::Administration).on("slot", "").require(tx, ctx)?;
            Ok(View {
                types: crate::booking::store::visit_types(tx)?,
                doctors: people::person::store::doctors(tx)?,
                patterns: store::patterns(tx, ctx)?,
                closings: store::closings(tx, ctx)?,
            })
        })
        .await
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, filled: &Filled, status: u16) -> web::Result {
    let view = view(asked).await?;
    let lang = asked.lang();
    let body = html! {
        (look::faults_summary(lang, filled))
        (look::section(lang.t("診療の種類", "Kinds of visit"), types(asked, &view, filled)))
        (look::section(lang.t("予約できる時間", "Times on offer"), patterns(asked, &view, filled)))
        (look::section(lang.t("休みの日", "Closed days"), closings(asked, &view, filled)))
    };
    Ok(asked.page(&Words::new("予約枠の設定", "Booking times"), body).status(status))
}

fn writes(asked: &Asked) -> bool {
    may(asked, Act::Write, Class::Administration)
}

fn end_button(asked: &Asked, action: &str, id: RowId, label: &str) -> Markup {
    look::form(asked, action, look::submit_named("id", &id.to_string(), label))
}

fn types(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = view
        .types
        .iter()
        .map(|it| {
            vec![
                html! { (it.name.in_lang(lang)) },
                html! { (if it.form == Form::Online { lang.t("オンライン", "Online") } else { lang.t("来院", "In person") }) },
                html! { (it.duration_min) (lang.t("分", " min")) },
                html! { (if it.by_patient { lang.t("患者も予約できる", "Patients may book") } else { lang.t("医院が予約する", "The clinic books") }) },
                end_button(asked, "/settings/types/end", it.id, lang.t("受付をやめる", "Stop offering")),
            ]
        })
        .collect();
    let heads = lang.t(["名前", "方法", "時間", "予約", "操作"], ["Name", "How", "Length", "Booking", "Act"]);
    html! {
        @if rows.is_empty() { (look::empty(lang.t("まだありません。", "None yet."))) }
        @else { (look::table_with_acts(writes(asked), lang.t("診療の種類", "Kinds of visit"), &heads, &rows)) }
        @if writes(asked) { (look::details(lang.t("診療の種類を追加する", "Add a kind of visit"), look::form(asked, "/settings/types", html! {
            (look::text_input(lang, filled, "name_ja", lang.t("名前（日本語）", "Name (Japanese)"), None))
            (look::text_input(lang, filled, "name_en", lang.t("名前（英語）", "Name (English)"), None))
            (look::choice(lang, filled, "form", lang.t("方法", "How"), &[("online", lang.t("オンライン", "Online")), ("in_person", lang.t("来院", "In person"))]))
            (look::text_input(lang, filled, "duration_min", lang.t("時間（分）", "Length (minutes)"), None).kind("number").range("5", "180"))
            (look::tick(lang, filled, "by_patient", "1", lang.t("患者も自分で予約できる", "Patients may book it themselves")))
            (look::submit(lang.t("追加する", "Add")))
        }))) }
    }
}

fn patterns(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let doctor =
        |id: PersonId| view.doctors.iter().find(|it| it.id == id).map_or_else(|| "—".to_owned(), |it| it.name.full());
    let kind = |id: RowId| view.types.iter().find(|it| it.id == id).map_or("—", |it| it.name.in_lang(lang));
    let rows: Vec<Vec<Markup>> = view
        .patterns
        .iter()
        .map(|it| {
            let weekday = usize::try_from(it.weekday)
                .ok()
                .and_then(|day| WEEKDAYS.get(day))
                .map_or("", |(_, words)| words.in_lang(lang));
            vec![
                html! { (doctor(it.doctor)) },
                html! { (kind(it.visit_type)) },
                html! { (weekday) " " (clock(it.from_min)) "–" (clock(it.until_min)) },
                end_button(asked, "/settings/slots/end", it.id, lang.t("やめる", "End")),
            ]
        })
        .collect();
    let heads = lang.t(["担当", "種類", "曜日と時間", "操作"], ["With", "Kind", "When", "Act"]);
    let doctors: Vec<(String, String)> = view.doctors.iter().map(|it| (it.id.to_string(), it.name.full())).collect();
    let kinds: Vec<(String, String)> =
        view.types.iter().map(|it| (it.id.to_string(), it.name.in_lang(lang).to_owned())).collect();
    let weekdays: Vec<(&str, &str)> = WEEKDAYS.iter().map(|(key, words)| (*key, words.in_lang(lang))).collect();
    html! {
        @if rows.is_empty() { (look::empty(lang.t("まだありません。", "None yet."))) }
        @else { (look::table_with_acts(writes(asked), lang.t("予約できる時間", "Times on offer"), &heads, &rows)) }
        @if writes(asked) { (look::details(lang.t("時間を追加する", "Add times"), look::form(asked, "/settings/slots", html! {
            (look::select(lang, filled, "doctor", lang.t("担当", "With"), &doctors))
            (look::select(lang, filled, "kind", lang.t("診療の種類", "Kind of visit"), &kinds))
            (look::ticks(lang, filled, "weekday", lang.t("曜日", "Weekdays"), &weekdays))
            (look::text_input(lang, filled, "from", lang.t("開始", "From"), None).kind("time"))
            (look::text_input(lang, filled, "until", lang.t("終了", "Until"), None).kind("time"))
            (look::submit(lang.t("追加する", "Add")))
        }))) }
    }
}

fn closings(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let all = lang.t("全員", "Everybody").to_owned();
    let rows: Vec<Vec<Markup>> = view
        .closings
        .iter()
        .map(|it| {
            let who =
                it.doctor.and_then(|id| view.doctors.iter().find(|doctor| doctor.id == id)).map(|it| it.name.full());
            vec![
                html! { (time::show_day(it.day, lang)) },
                html! { (who.unwrap_or_else(|| all.clone())) },
                html! { (it.reason) },
                end_button(asked, "/settings/closings/end", it.id, lang.t("休みを取り消す", "Open again")),
            ]
        })
        .collect();
    let heads = lang.t(["日", "だれ", "理由", "操作"], ["Day", "Who", "Why", "Act"]);
    let mut doctors = vec![(String::from("all"), all.clone())];
    doctors.extend(view.doctors.iter().map(|it| (it.id.to_string(), it.name.full())));
    html! {
        @if rows.is_empty() { (look::empty(lang.t("休みの日はありません。", "No closed days."))) }
        @else { (look::table_with_acts(writes(asked), lang.t("休みの日", "Closed days"), &heads, &rows)) }
        @if writes(asked) { (look::details(lang.t("休みの日を追加する", "Close a day"), look::form(asked, "/settings/closings", html! {
            (look::text_input(lang, filled, "day", lang.t("日", "Day"), None).kind("date"))
            (look::select(lang, filled, "doctor", lang.t("だれ", "Who"), &doctors).id("closing-doctor"))
            (look::text_input(lang, filled, "reason", lang.t("理由", "Why"), None).optional())
            (look::submit(lang.t("休みにする", "Close")))
        }))) }
    }
}

fn back() -> String {
    "/settings/slots".into()
}

async fn add_type(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let (name_ja, name_en) = (fields.line("name_ja", &mut faults), fields.line("name_en", &mut faults));
    let form = fields.one_of("form", &[("online", Form::Online), ("in_person", Form::InPerson)], &mut faults);
    let duration_min = fields.get("duration_min").parse().ok().filter(|it| (5..=180).contains(it));
    if duration_min.is_none() {
        faults
            .add("duration_min", Words::new("5から180までの数で入力してください。", "A number from 5 to 180, please."));
    }
    let (Some(form), Some(duration_min), true) = (form, duration_min, faults.0.is_empty()) else {
        return page(&asked, &fields.again(faults), 422).await;
    };
    let new = NewType { name_ja, name_en, form, duration_min, by_patient: fields.ticked("by_patient") };
    asked.act(&fields, move |tx, ctx| store::add_type(tx, ctx, &new).map(|_| back())).await
}

async fn end_type(asked: Asked, fields: Fields) -> web::Result {
    let row = fields.id("id")?;
    asked.act(&fields, move |tx, ctx| store::end_type(tx, ctx, row).map(|()| back())).await
}

async fn add_pattern(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let (from, until) = (minutes(fields.get("from")), minutes(fields.get("until")));
    if from.is_none() {
        faults.add("from", Words::new("時刻を入力してください。", "Please enter a time."));
    }
    if until.is_none() || until <= from {
        faults.add("until", Words::new("開始より後の時刻を入力してください。", "A time after the start, please."));
    }
    let weekdays: Vec<i64> =
        fields.all("weekday").filter_map(|it| it.parse().ok()).filter(|it| (0..7).contains(it)).collect();
    if weekdays.is_empty() {
        faults.add("weekday", Words::new("曜日を選んでください。", "Please choose weekdays."));
    }
    let (Some(from), Some(until), true) = (from, until, faults.0.is_empty()) else {
        return page(&asked, &fields.again(faults), 422).await;
    };
    let (doctor, kind) = (fields.id("doctor")?, fields.id("kind")?);
    asked
        .act(&fields, move |tx, ctx| {
            for weekday in weekdays {
                store::add_pattern(tx, ctx, doctor, kind, weekday, from, until)?;
            }
            Ok(back())
        })
        .await
}

async fn end_pattern(asked: Asked, fields: Fields) -> web::Result {
    let row = fields.id("id")?;
    asked.act(&fields, move |tx, ctx| store::end_pattern(tx, ctx, row).map(|()| back())).await
}

async fn close_day(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let (day, reason) = (fields.date("day", &mut faults), fields.line_if_any("reason", &mut faults));
    let (Some(day), true) = (day, faults.0.is_empty()) else {
        return page(&asked, &fields.again(faults), 422).await;
    };
    let doctor = fields.get("doctor").parse().ok();
    asked.act(&fields, move |tx, ctx| store::close_day(tx, ctx, day, doctor, &reason).map(|()| back())).await
}

async fn open_day(asked: Asked, fields: Fields) -> web::Result {
    let row = fields.id("id")?;
    asked.act(&fields, move |tx, ctx| store::open_day(tx, ctx, row).map(|()| back())).await
}
