//! `/monitors`: the list, one monitor with its checks, the test pattern, and which monitor this browser shows images on.

use axum::http::{HeaderMap, HeaderValue};
use guidelines::reading::monitor::{Grade, Images, Kind, Standing};
use kernel::{Lang, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::{Form, INTERVALS, LOOKED_FOR, Made, Monitor, MonitorId, Report, store};

/// Cookie of the monitor that this browser shows images on; no personal data.
const COOKIE: &str = "haruka-monitor";

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/monitors", list)
        .get(Door::Staff, "/monitors/new", new)
        .post(Door::Staff, "/monitors", register)
        .get(Door::Staff, "/monitors/{monitor}", show)
        .post(Door::Staff, "/monitors/{monitor}/look", looked)
        .post(Door::Staff, "/monitors/{monitor}/measure", measured)
        .post(Door::Staff, "/monitors/{monitor}/here", here)
        .post(Door::Staff, "/monitors/{monitor}/end", end)
}

/// The monitor that this browser was set to.
#[must_use]
pub fn chosen(headers: &HeaderMap) -> Option<MonitorId> {
    web::asked::cookie(headers, COOKIE).and_then(|it| it.parse().ok())
}

/// What is told beside images.
#[must_use]
pub fn notice(lang: Lang, why: &Words) -> Markup {
    look::notice(
        lang,
        Tone::Warn,
        lang.t("このモニターでの読影について", "About this monitor"),
        html! {
            p { (why.in_lang(lang)) }
            p { a href="/monitors" { (lang.t("モニターの点検へ", "To the monitors and their checks")) } }
        },
    )
}

fn standing(lang: Lang, it: &Monitor, asked: &Asked) -> Markup {
    if it.ended_at.is_some() {
        return look::badge(Tone::Info, lang.t("使用終了", "No longer used"));
    }
    let standing = it.standing(time::day(asked.ctx.now));
    let badge = match standing {
        Standing::Good(_) => look::badge(Tone::Good, lang.t("読影に使えます", "Fit for reading")),
        Standing::LookDue => look::badge(Tone::Warn, lang.t("今日の点検がまだ", "Not looked at today")),
        Standing::MeasureDue(_) => look::badge(Tone::Stop, lang.t("点検の期限切れ", "Check overdue")),
        Standing::NotAccepted => look::badge(Tone::Stop, lang.t("受入試験がまだ", "Not accepted")),
        Standing::Failed(_) => look::badge(Tone::Stop, lang.t("不合格", "Failed")),
    };
    html! { (badge) br; (standing.words().in_lang(lang)) }
}

fn accepted(lang: Lang, all: &[Images]) -> String {
    let words: Vec<_> = all.iter().map(|it| it.words().in_lang(lang).to_owned()).collect();
    words.join(lang.t("、", ", "))
}

async fn list(asked: Asked, headers: HeaderMap) -> web::Result {
    let monitors = asked.site.write(&asked.ctx, store::list).await?;
    let (lang, chosen) = (asked.lang(), chosen(&headers));
    let rows: Vec<Vec<Markup>> = monitors
        .iter()
        .map(|it| {
            vec![
                html! { a href={ "/monitors/" (it.id) } { (it.form.name) }
                @if chosen == Some(it.id) { br; (look::badge(Tone::Info, lang.t("いまのモニター", "This one"))) } },
                html! { (it.form.model) br; small { (it.form.width_px) " × " (it.form.height_px) " · " (it.form.grade.words().in_lang(lang)) } },
                html! { (accepted(lang, &it.form.accepted)) },
                standing(lang, it, &asked),
            ]
        })
        .collect();
    let heads = lang.t(["場所・名前", "機種", "読影に使う画像", "状態"], ["Name", "Model", "Read from for", "State"]);
    let body = html! {
        p { (lang.t(
            "画像を読むモニターを登録し、受入試験・使用日ごとの目視・定期の測定を記録します。基準に満たないモニターや点検の過ぎたモニターで読もうとすると、画像の画面でお知らせします。",
            "Monitors that images are read from, with acceptance test, a look on each day of use and periodic measurements. Whoever reads from one that is unfit or overdue is told beside the images."
        )) }
        @if may(&asked, Act::Write, Class::Administration) { (look::page_actions(look::link_button("/monitors/new", lang.t("モニターを登録する", "Register a monitor")))) }
        @if rows.is_empty() { (look::empty(lang.t("モニターはまだ登録されていません。", "No monitor is registered."))) }
        @else { (look::table(lang.t("モニター", "Monitors"), &heads, &rows)) }
    };
    Ok(asked.page(&Words::new("読影用モニター", "Monitors for reading"), body))
}

async fn new(asked: Asked) -> web::Result {
    let act = people::access::Access::new("monitor.register", Act::Write, Class::Administration).on("monitor", "");
    asked.site.write(&asked.ctx, move |tx, ctx| act.require_for_form(tx, ctx)).await?;
    let first = Filled::empty().with("grade", Grade::OneB.key()).with("every_months", "6");
    Ok(registration(&asked, &first))
}

fn registration(asked: &Asked, filled: &Filled) -> Answer {
    let lang = asked.lang();
    let grades = [
        (
            Grade::OneA,
            lang.t(
                "最大輝度350以上・輝度比250以上・誤差10%以内",
                "white 350 cd/m² or more, contrast 250, error up to 10 %",
            ),
        ),
        (
            Grade::OneB,
            lang.t(
                "最大輝度170以上・輝度比250以上・誤差15%以内",
                "white 170 cd/m² or more, contrast 250, error up to 15 %",
            ),
        ),
        (
            Grade::Two,
            lang.t(
                "最大輝度100以上・輝度比100以上・誤差30%以内",
                "white 100 cd/m² or more, contrast 100, error up to 30 %",
            ),
        ),
    ]
    .map(|(grade, what)| (grade.key(), format!("{}（{what}）", grade.words().in_lang(lang))));
    let months =
        INTERVALS.map(|(key, months)| (key, lang.t(format!("{months}か月ごと"), format!("every {months} months"))));
    let body = html! {
        (look::faults_summary(lang, filled))
        (look::form(asked, "/monitors", html! {
            (look::text_input(lang, filled, "name", lang.t("場所・名前", "Place or name"), Some(lang.t("例：読影室の左", "For example: reading room, left"))))
            (look::text_input(lang, filled, "model", lang.t("メーカーと機種", "Maker and model"), None))
            (look::text_input(lang, filled, "serial", lang.t("製造番号", "Serial number"), None).optional())
            (look::text_input(lang, filled, "width_px", lang.t("横の画素数", "Pixels across"), None).digits().short())
            (look::text_input(lang, filled, "height_px", lang.t("縦の画素数", "Pixels down"), None).digits().short())
            (look::choice(lang, filled, "grade", lang.t("満たすべきグレード（JESRA X-0093）", "Grade to be reached (JESRA X-0093)"), &grades))
            (look::ticks(lang, filled, "accepted", lang.t("読影に使う画像", "Read from for"), &Images::options(lang)))
            (look::choice(lang, filled, "every_months", lang.t("測定する点検の間隔", "Measured checks"), &months).inline())
            (look::submit(lang.t("登録する", "Register")))
        }))
    };
    asked.page(&Words::new("モニターの登録", "Register a monitor"), body)
}

async fn register(asked: Asked, fields: Fields) -> web::Result {
    match Form::parse(&fields) {
        Err(faults) => Ok(registration(&asked, &fields.again(faults)).status(422)),
        Ok(form) => {
            asked.act(&fields, move |tx, ctx| store::register(tx, ctx, &form).map(|it| format!("/monitors/{it}"))).await
        }
    }
}

async fn show(asked: Asked, headers: HeaderMap, Path(monitor): Path<MonitorId>) -> web::Result {
    page(&asked, &headers, monitor, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, headers: &HeaderMap, id: MonitorId, filled: &Filled, status: u16) -> web::Result {
    let it = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, id)).await?;
    let lang = asked.lang();
    let in_use = it.ended_at.is_none();
    // What came back belongs to one of the two forms.
    let empty = Filled::empty();
    let of = |form: &str| if filled.get("form") == form { filled } else { &empty };
    // Both have a field of this name; the summary of what must be mended leads to its usual id.
    let remarks =
        if filled.get("form") == "measure" { ["look-remark", "remark"] } else { ["remark", "measure-remark"] };
    let body = html! {
        (look::faults_summary(lang, filled))
        p { a href="/monitors" { (lang.t("モニターの一覧へ", "To the list of monitors")) } }
        (look::facts(&[
            (lang.t("状態", "State"), standing(lang, &it, asked)),
            (lang.t("機種", "Model"), html! { (it.form.model) " " (it.form.serial) }),
            (lang.t("解像度", "Resolution"), html! { (it.form.width_px) " × " (it.form.height_px) }),
            (lang.t("満たすべきグレード", "Grade to be reached"), html! { (it.form.grade.words().in_lang(lang)) }),
            (lang.t("読影に使う画像", "Read from for"), html! { (accepted(lang, &it.form.accepted)) }),
        ]))
        @if in_use && chosen(headers) != Some(id) {
            (look::form(asked, &format!("/monitors/{id}/here"), look::submit(lang.t("このブラウザーは、このモニターで見ている", "This browser is on this monitor"))))
        }
        @if in_use && may(asked, Act::Write, Class::Images) { (look_form(asked, &it, of("look"), remarks[0])) (measure_form(asked, &it, of("measure"), remarks[1])) }
        @if !it.made.is_empty() { (checks(lang, &it.made)) }
        @if in_use && may(asked, Act::Write, Class::Administration) {
            (look::details(lang.t("このモニターの使用を終える", "End the use of this monitor"), html! {
                p { (lang.t("故障や交換で、もう読影に使わないときに押します。記録は残り、元には戻せません。", "For a monitor that is broken or replaced. Its record stays; this cannot be taken back.")) }
                (look::form(asked, &format!("/monitors/{id}/end"), look::submit_danger(lang.t("使用を終える", "End its use"))))
            }))
        }
    };
    let title = Words::made(format!("モニター：{}", it.form.name), format!("Monitor: {}", it.form.name));
    Ok(asked.page(&title, body).status(status))
}

fn look_form(asked: &Asked, it: &Monitor, filled: &Filled, remark: &str) -> Markup {
    let lang = asked.lang();
    let seen = LOOKED_FOR.map(|(key, words)| (key, words.in_lang(lang).to_owned()));
    look::section(
        lang.t("目で見る点検（使用日ごと）", "A look, on each day of use"),
        html! {
            p { (lang.t(
                "点検するモニターにこの画面を置き、部屋をいつもの明るさにして、テストパターンを画面いっぱいに表示して確かめます。",
                "Put this window on the monitor that is checked, light the room as for reading, and look at the test pattern on the full screen."
            )) }
            haruka-monitor-pattern lang=(lang.tag()) width=(it.form.width_px) height=(it.form.height_px) {
                noscript { p { (lang.t("テストパターンを表示するにはJavaScriptが必要です。", "The test pattern needs JavaScript.")) } }
            }
            link rel="stylesheet" href=(web::assets::href("pattern.css"));
            script type="module" src=(web::assets::href("pattern.js")) {}
            (look::form(asked, &format!("/monitors/{}/look", it.id), html! {
                (look::hidden("form", "look"))
                (look::ticks(lang, filled, "seen", lang.t("見えたとおりに選ぶ", "Tick what is so"), &seen).optional())
                (look::area(lang, filled, "remark", lang.t("気づいたこと", "What was noticed"), Some(lang.t("選べない項目があるときは、必ず書いてください。", "Needed when something cannot be ticked."))).id(remark).rows(2).optional())
                (look::submit(lang.t("目視の結果を記録する", "Record the look")))
            }))
        },
    )
}

fn measure_form(asked: &Asked, it: &Monitor, filled: &Filled, remark: &str) -> Markup {
    let lang = asked.lang();
    let kinds = [Kind::Acceptance, Kind::Measure].map(|it| (it.key(), it.words().in_lang(lang).to_owned()));
    let unit = Some(lang.t("cd/m²。部屋の明かりを含めた値", "cd/m², with the light of the room"));
    look::details(
        lang.t("測った結果を記録する（受入試験・定期点検）", "Record a measurement (acceptance, periodic)"),
        look::form(
            asked,
            &format!("/monitors/{}/measure", it.id),
            html! {
                (look::hidden("form", "measure"))
                (look::choice(lang, filled, "kind", lang.t("どの点検か", "Which check"), &kinds))
                (look::text_input(lang, filled, "white", lang.t("最大輝度（白）", "Luminance of white"), unit).short())
                (look::text_input(lang, filled, "black", lang.t("最小輝度（黒）", "Luminance of black"), unit).short())
                (look::text_input(lang, filled, "response", lang.t("コントラスト応答の誤差の最大", "Greatest error of the contrast response"), Some(lang.t("%。GSDF（DICOM PS3.14）からのずれ", "%, from the GSDF (DICOM PS3.14)"))).short())
                (look::tick(lang, filled, "looks_well", "yes", lang.t("テストパターンも見て、問題がなかった", "The test pattern was looked at too, and all was well")))
                (look::area(lang, filled, "remark", lang.t("測定器・気づいたこと", "Instrument, and what was noticed"), None).id(remark).rows(2).optional())
                (look::submit(lang.t("測定の結果を記録する", "Record the measurement")))
            },
        ),
    )
}

fn checks(lang: Lang, made: &[Made]) -> Markup {
    let cd = |mcd: i64| format!("{}.{:03}", mcd / 1_000, mcd % 1_000);
    let rows: Vec<Vec<Markup>> = made
        .iter()
        .map(|it| {
            vec![
                html! { (time::show_day(it.check.on, lang)) },
                html! { (it.check.kind.words().in_lang(lang)) },
                html! { @if it.check.passed { (look::badge(Tone::Good, lang.t("合格", "Passed"))) } @else { (look::badge(Tone::Stop, lang.t("不合格", "Failed"))) } },
                html! {
                    @if let Some(figures) = it.measured {
                        (cd(figures.white_mcd_m2)) " / " (cd(figures.black_mcd_m2)) " cd/m²" br;
                        (figures.response_permille / 10) "." (figures.response_permille % 10) " %"
                        @if let Some(grade) = figures.grade() { " · " (grade.words().in_lang(lang)) }
                        br;
                    }
                    (it.remark)
                },
                html! { (it.by) },
            ]
        })
        .collect();
    let heads = lang
        .t(["日", "点検", "結果", "値・気づいたこと", "行った人"], ["Day", "Check", "Result", "Figures, notes", "By"]);
    look::section(
        lang.t("これまでの点検", "Checks until now"),
        look::table(lang.t("点検の記録", "Record of checks"), &heads, &rows),
    )
}

async fn looked(asked: Asked, headers: HeaderMap, Path(monitor): Path<MonitorId>, fields: Fields) -> web::Result {
    keep(&asked, &headers, monitor, &fields, Report::look(&fields)).await
}

async fn measured(asked: Asked, headers: HeaderMap, Path(monitor): Path<MonitorId>, fields: Fields) -> web::Result {
    keep(&asked, &headers, monitor, &fields, Report::measured(&fields)).await
}

async fn keep(
    asked: &Asked,
    headers: &HeaderMap,
    monitor: MonitorId,
    fields: &Fields,
    report: Result<Report, Faults>,
) -> web::Result {
    match report {
        Err(faults) => page(asked, headers, monitor, &fields.again(faults), 422).await,
        Ok(report) => {
            asked
                .act(fields, move |tx, ctx| {
                    store::check(tx, ctx, monitor, &report).map(|_| format!("/monitors/{monitor}"))
                })
                .await
        }
    }
}

/// Keeps in a cookie on which monitor this browser shows images. It changes nothing of anybody's.
async fn here(asked: Asked, Path(monitor): Path<MonitorId>, _fields: Fields) -> web::Result {
    const KEPT_S: u32 = 365 * 24 * 60 * 60;
    asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, monitor)).await?;
    let secure = if asked.site.settings.base_url.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={monitor}; Path=/; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax{secure}");
    Ok(Answer::ToWithCookie(format!("/monitors/{monitor}"), HeaderValue::from_str(&cookie).ok()))
}

async fn end(asked: Asked, Path(monitor): Path<MonitorId>, fields: Fields) -> web::Result {
    asked.act(&fields, move |tx, ctx| store::end(tx, ctx, monitor).map(|()| "/monitors".into())).await
}
