//! `/lab/remote`: places outside the laboratory, the training for them, and the notification. For those who run the laboratory.

use kernel::{Lang, PersonId, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, Decision, decide, may};
use people::{access, facility, person};
use web::look::{self, Tone};
use web::site::Alert;
use web::{Answer, Asked, Door, Faults, Fields, Filled, Routes};

use super::store::{self, Desk};
use super::{Place, PlaceForm, PlaceKind, Standing, Topic, paper, untrained};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/lab/remote", show)
        .post(Door::Staff, "/lab/remote/places", register)
        .post(Door::Staff, "/lab/remote/places/end", end)
        .post(Door::Staff, "/lab/remote/trainings", train)
        .post(Door::Staff, "/lab/remote/notification", file)
        .get(Door::Staff, "/lab/remote/notification.pdf", pdf)
}

const HERE: &str = "/lab/remote";

/// What the managers are told on every page: a notification that is due.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut db::Tx<'_>, duties: &[String], now: kernel::Timestamp) -> kernel::Result<Vec<Alert>> {
    kernel::clause!("DL-06");
    if !matches!(decide(duties, Act::Write, Class::Administration), Decision::Allowed(_)) {
        return Ok(vec![]);
    }
    let (tone, due) = match store::notification(tx, now)?.0 {
        Standing::Due(due) => (Tone::Warn, due),
        Standing::Overdue(due) => (Tone::Stop, due),
        Standing::Nothing | Standing::Filed(_) => return Ok(vec![]),
    };
    let (ja, en) = (time::show_day(due, Lang::Ja), time::show_day(due, Lang::En));
    Ok(vec![Alert {
        tone,
        title: Words::new("リモートワークの届出が必要です", "The notification of remote work is due"),
        text: Words::made(
            format!("人や場所が変わりました。届出の期限は{ja}です。"),
            format!("A person or a place has changed. It is to be filed by {en}."),
        ),
        link: Some((HERE, Words::new("届出書を見る", "See the form"))),
    }])
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, back: &Filled, status: u16) -> web::Result {
    let it = asked.site.look(&asked.ctx, store::desk).await?;
    let lang = asked.lang();
    let writes = may(asked, Act::Write, Class::Administration);
    let body = html! {
        (look::faults_summary(lang, back))
        p { (lang.t("リモートワークでできるのは、コンピューターによる設計だけです。削る・磨くなどの作業は技工所で行います。",
            "Only design by computer can be done outside the laboratory; cutting and polishing cannot.")) }
        (notification(asked, &it, back, writes))
        (places(asked, &it, back, writes))
        (trainings(asked, &it, back, writes))
        @if may(asked, Act::View, Class::Lab) {
            (look::page_actions(look::link_quiet("/lab", lang.t("技工の一覧へ", "To the list of cases"))))
        }
    };
    Ok(asked.page(&Words::new("リモートワークの管理", "Remote work"), body).status(status))
}

fn notification(asked: &Asked, it: &Desk, back: &Filled, writes: bool) -> Markup {
    let lang = asked.lang();
    let shown = |day| time::show_day(day, lang);
    let open = matches!(it.standing, Standing::Due(_) | Standing::Overdue(_));
    let body = html! {
        p { @match it.standing {
            Standing::Nothing => (look::badge(Tone::Info, lang.t("リモートワークをする人はいません", "Nobody works remotely"))),
            Standing::Filed(on) => { (look::badge(Tone::Good, lang.t("届出済み", "Filed"))) " " (shown(on)) },
            Standing::Due(due) => { (look::badge(Tone::Warn, lang.t("届出が必要です", "To be filed"))) " " (lang.t("期限：", "by ")) (shown(due)) },
            Standing::Overdue(due) => { (look::badge(Tone::Stop, lang.t("届出の期限を過ぎています", "Overdue"))) " " (shown(due)) },
        } }
        @if let Some(filed) = &it.filed { p { (lang.t("前回の届出：", "Filed last: ")) (filed.authority) " " (shown(filed.filed_on)) } }
        @if !it.workers.is_empty() { ul { @for worker in &it.workers { li {
            (worker.name) " " (worker.phone) " "
            @if worker.at_home { (lang.t("自宅", "home")) " " }
            @for place in &worker.places { (place) " " }
        } } } }
        @if it.standing != Standing::Nothing { p { (look::link_quiet("/lab/remote/notification.pdf", lang.t("届出書のPDF", "The form as PDF"))) } }
        @if writes && open { (look::form(asked, "/lab/remote/notification", html! {
            (look::text_input(lang, back, "authority", lang.t("届出先", "Filed with"), Some(lang.t("例：横浜市長", "The prefecture, city or ward"))))
            (look::text_input(lang, back, "filed_on", lang.t("届け出た日", "Filed on"), None).kind("date"))
            (look::submit(lang.t("この内容で届け出たと記録する", "Record that it was filed")))
        })) }
    };
    look::section(lang.t("届出", "Notification"), body)
}

fn places(asked: &Asked, it: &Desk, back: &Filled, writes: bool) -> Markup {
    let lang = asked.lang();
    let name = |person: &PersonId| it.names.get(person).map_or("", String::as_str);
    let row = |place: &Place| {
        let content = &place.content;
        vec![
            html! { (name(&place.person)) },
            html! { (place.kind.words().in_lang(lang)) @if !content.address.is_empty() { br; (content.address) } },
            html! { a href={ "tel:" (content.phone) } { (content.phone) } },
            html! { (content.identity_how) br; (time::show(place.registered_at, lang)) },
            html! { @if place.ended_at.is_none() { (look::form(asked, "/lab/remote/places/end", html! {
                (look::hidden("place", &place.id.to_string()))
                (look::submit_danger(lang.t("この場所をやめる", "Give it up")))
            })) } @else { (lang.t("やめました", "given up")) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = it.places.iter().map(row).collect();
    let heads = lang.t(
        ["技工士", "場所", "電話", "本人の確認", "操作"],
        ["Technician", "Place", "Telephone", "Identity checked by", "Act"],
    );
    let technicians: Vec<(String, String)> =
        it.technicians.iter().map(|it| (it.id.to_string(), it.name.full())).collect();
    let kinds: Vec<(&str, String)> =
        PlaceKind::ALL.iter().map(|it| (it.key(), it.words().in_lang(lang).to_owned())).collect();
    let usual = Filled::empty().with("kind", PlaceKind::Home.key());
    let filled = if back.get("form") == "place" { back } else { &usual };
    let form = look::form(
        asked,
        "/lab/remote/places",
        html! {
            (look::hidden("form", "place"))
            (look::select(lang, filled, "person", lang.t("技工士", "Technician"), &technicians))
            (look::choice(lang, filled, "kind", lang.t("場所", "Place"), &kinds).inline())
            (look::text_input(lang, filled, "address", lang.t("住所（自宅以外のときは必ず）", "Address (unless it is the home)"), None).optional())
            (look::text_input(lang, filled, "phone", lang.t("連絡できる電話番号", "Telephone"), None).kind("tel").short())
            (look::text_input(lang, filled, "identity_how", lang.t("本人をどう確かめたか", "How you made sure who it is"), Some(lang.t("例：対面で、運転免許証と歯科技工士免許証の原本", "In person, by driving licence and technician's licence"))))
            (look::tick(lang, filled, "in_japan", "yes", lang.t("国内の場所です", "It is in Japan")).required())
            (look::submit(lang.t("場所を登録する", "Register the place")))
        },
    );
    look::section(
        lang.t("リモートワークを行う場所", "Places outside the laboratory"),
        html! {
            @if rows.is_empty() { p { (lang.t("まだ登録がありません。", "None yet.")) } }
            @else { (look::table_with_acts(writes, lang.t("登録した場所", "Registered places"), &heads, &rows)) }
            @if writes {
                @if technicians.is_empty() { p { (lang.t("歯科技工士の職務を持つ職員がいません。", "Nobody here has the duty of a technician.")) } }
                @else if back.get("form") == "place" { (form) }
                @else { (look::details(lang.t("場所を登録する", "Register a place"), form)) }
            }
        },
    )
}

fn trainings(asked: &Asked, it: &Desk, back: &Filled, writes: bool) -> Markup {
    let lang = asked.lang();
    let name = |person: &PersonId| it.names.get(person).map_or("", String::as_str);
    let rows: Vec<Vec<Markup>> = it
        .trainings
        .iter()
        .map(|one| {
            let topics: Vec<String> = one.topics.iter().map(|it| it.words().in_lang(lang).to_owned()).collect();
            vec![
                html! { (name(&one.person)) },
                html! { (time::show_day(one.held_on, lang)) },
                html! { (topics.join(lang.t("、", ", "))) },
                html! { (one.material) },
            ]
        })
        .collect();
    let lacking: Vec<&person::Person> = it
        .technicians
        .iter()
        .filter(|person| {
            let own: Vec<_> = it.trainings.iter().filter(|it| it.person == person.id).cloned().collect();
            !untrained(&own, false).is_empty()
        })
        .collect();
    let heads = lang.t(["受けた人", "日", "内容", "教材・講師"], ["Who", "On", "About", "Material, teacher"]);
    let staff: Vec<(String, String)> = it.staff.iter().map(|it| (it.id.to_string(), it.name.full())).collect();
    let topics: Vec<(&str, String)> =
        Topic::ALL.iter().map(|it| (it.key(), it.words().in_lang(lang).to_owned())).collect();
    let usual = Filled::empty();
    let filled = if back.get("form") == "training" { back } else { &usual };
    let form = look::form(
        asked,
        "/lab/remote/trainings",
        html! {
            (look::hidden("form", "training"))
            (look::ticks(lang, filled, "attendee", lang.t("受けた人", "Who attended"), &staff))
            (look::ticks(lang, filled, "topic", lang.t("内容", "About"), &topics))
            (look::text_input(lang, filled, "material", lang.t("教材・講師・主催", "Material, teacher or organiser"), None))
            (look::text_input(lang, filled, "held_on", lang.t("受けた日", "On"), None).kind("date"))
            (look::submit(lang.t("研修を記録する", "Record the training")))
        },
    );
    look::section(
        lang.t("研修", "Training"),
        html! {
            @if !lacking.is_empty() { p {
                (lang.t("研修がそろうまで、リモートワークができない技工士：", "Technicians who may not work remotely before they have the whole training: "))
                (lacking.iter().map(|it| it.name.full()).collect::<Vec<_>>().join(lang.t("、", ", ")))
            } }
            @if rows.is_empty() { p { (lang.t("まだ記録がありません。", "None yet.")) } }
            @else { (look::table(lang.t("受けた研修", "Trainings"), &heads, &rows)) }
            @if writes {
                @if back.get("form") == "training" { (form) } @else { (look::details(lang.t("研修を記録する", "Record a training"), form)) }
            }
        },
    )
}

async fn register(asked: Asked, fields: Fields) -> web::Result {
    match PlaceForm::parse(&fields) {
        Err(faults) => page(&asked, &fields.again(faults), 422).await,
        Ok(form) => asked.act(&fields, move |tx, ctx| store::register(tx, ctx, &form).map(|_| HERE.into())).await,
    }
}

async fn end(asked: Asked, fields: Fields) -> web::Result {
    let place = fields.id("place")?;
    asked.act(&fields, move |tx, ctx| store::end(tx, ctx, place).map(|()| HERE.into())).await
}

/// A day that is not yet to come.
fn past(asked: &Asked, fields: &Fields, name: &'static str, faults: &mut Faults) -> Option<kernel::Date> {
    let day = fields.date(name, faults);
    if day.is_some_and(|it| it > time::day(asked.ctx.now)) {
        faults.add(name, Words::new("これからの日は書けません。", "This day is yet to come."));
    }
    day
}

async fn train(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let people: Vec<PersonId> = fields.all("attendee").filter_map(|it| it.parse().ok()).collect();
    if people.is_empty() {
        faults.add("attendee", Words::new("受けた人を選んでください。", "Please choose who attended."));
    }
    let topics: Vec<Topic> = fields.all("topic").filter_map(Topic::from_key).collect();
    if topics.is_empty() {
        faults.add("topic", Words::new("内容を選んでください。", "Please choose what it was about."));
    }
    let material = fields.line("material", &mut faults);
    let held_on = past(&asked, &fields, "held_on", &mut faults);
    match (held_on, faults.done(|| ())) {
        (Some(held_on), Ok(())) => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::train(tx, ctx, &people, &topics, &material, held_on).map(|()| HERE.into())
                })
                .await
        }
        (_, faults) => page(&asked, &fields.again(faults.err().unwrap_or_default()), 422).await,
    }
}

async fn file(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let authority = fields.line("authority", &mut faults);
    let filed_on = past(&asked, &fields, "filed_on", &mut faults);
    match (filed_on, faults.done(|| ())) {
        (Some(filed_on), Ok(())) => {
            asked.act(&fields, move |tx, ctx| store::file(tx, ctx, &authority, filed_on).map(|()| HERE.into())).await
        }
        (_, faults) => page(&asked, &fields.again(faults.err().unwrap_or_default()), 422).await,
    }
}

async fn pdf(asked: Asked) -> web::Result {
    let lang = asked.lang();
    let document = asked
        .site
        .look(&asked.ctx, move |tx, ctx| {
            let desk = store::desk(tx, ctx)?;
            let laboratory = facility::store::get(tx, ctx.facility()?)?;
            let mut managers = Vec::new();
            for it in &desk.staff {
                if access::duties(tx, it.id)?.iter().any(|it| it == "manager") {
                    managers.push(it.name.full());
                }
            }
            let authority = desk.filed.as_ref().map_or("", |it| it.authority.as_str());
            Ok(paper::of(&laboratory, &managers.join(" "), authority, &desk.workers, ctx.now, lang))
        })
        .await?;
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: "remote-work.pdf".into(), bytes })
}
