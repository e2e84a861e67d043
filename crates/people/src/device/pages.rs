//! `/settings/devices`: the ledger of devices, the page of each, what a manager saw on one, the facility's own rules.

use guidelines::device::{Answer, Check, Kind, Place, ToMend, Updates, policy};
use kernel::{DeviceId, Lang, Timestamp, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::browser::{self, CODE_MIN};
use super::certificate::{self, Standing};
use super::store::{self, Ledger, View};
use super::{Device, Entry, QUESTIONS, Report, Rule, Seen, Source, days_since};
use crate::access::{Act, Class, may};
use crate::person::Person;

const LIST: &str = "/settings/devices";

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, LIST, list)
        .post(Door::Staff, LIST, add)
        .post(Door::Staff, "/settings/devices/rules", set_rule)
        .get(Door::Staff, "/settings/devices/{device}", show)
        .post(Door::Staff, "/settings/devices/{device}", rewrite)
        .post(Door::Staff, "/settings/devices/{device}/seen", see)
        .post(Door::Staff, "/settings/devices/{device}/code", code)
        .post(Door::Staff, "/settings/devices/{device}/agent", agent_code)
        .post(Door::Staff, "/settings/devices/{device}/end", end)
}

fn writes(asked: &Asked) -> bool {
    may(asked, Act::Write, Class::Administration)
}

/// How long ago it was told, in words.
fn age(at: Timestamp, now: Timestamp, lang: Lang) -> String {
    match days_since(at, now) {
        0 => lang.t("今日".to_owned(), "today".to_owned()),
        days => lang.t(format!("{days}日前"), format!("{days} days ago")),
    }
}

fn heard(asked: &Asked, it: &Device) -> Markup {
    let lang = asked.lang();
    html! { @match it.newest() {
        None => (lang.t("まだ確認されていません", "never")),
        Some(report) => { (age(report.last_at, asked.ctx.now, lang)) " (" (report.source.words().in_lang(lang)) ")" },
    } }
}

fn standing(asked: &Asked, it: &Device, rule: &Rule, place: Place) -> Markup {
    let lang = asked.lang();
    if it.ended_at.is_some() {
        return look::badge(Tone::Info, lang.t("利用終了", "Ended"));
    }
    match it.may_be_used(place, rule.document.is_some(), asked.ctx.now) {
        Ok(()) => look::badge(Tone::Good, lang.t("使えます", "In order")),
        Err(all) => {
            look::badge(Tone::Stop, &lang.t(format!("要対応{}件", all.len()), format!("{} to mend", all.len())))
        }
    }
}

/// What is to be mended on a device, each with how.
#[must_use]
pub fn to_mend(lang: Lang, all: &[ToMend]) -> Markup {
    html! { ul { @for it in all { li {
        (it.reason.in_lang(lang)) br; (it.mend.in_lang(lang))
        @if let Some(clause) = it.clause.clause() {
            br; small { (lang.t("根拠：", "Rule: ")) (it.clause) " " (clause.citation(guidelines::FacilityField::Dental, lang)) }
        }
    } } } }
}

async fn list(asked: Asked) -> web::Result {
    listed(&asked, &Filled::empty(), 200).await
}

async fn listed(asked: &Asked, back: &Filled, status: u16) -> web::Result {
    let it = asked.site.write(&asked.ctx, store::ledger).await?;
    let lang = asked.lang();
    let name = |person: Option<kernel::PersonId>| {
        it.staff.iter().find(|one| Some(one.id) == person).map_or_else(String::new, |it| it.name.full())
    };
    let rows: Vec<Vec<Markup>> = it
        .devices
        .iter()
        .map(|one| {
            let entry = &one.entry;
            vec![
                html! { a href={ (LIST) "/" (one.id) } { (entry.name) } },
                html! { (entry.kind.words().in_lang(lang)) },
                html! { (name(entry.person)) },
                html! { (entry.place) },
                html! { (system(one, lang)) },
                html! { (heard(asked, one)) },
                html! { (standing(asked, one, &it.rule, Place::Remote)) },
            ]
        })
        .collect();
    let heads = lang.t(
        ["端末", "種類", "使う人", "場所", "OS", "最後の確認", "施設の外"],
        ["Device", "Kind", "Used by", "Place", "System", "Last heard", "Outside"],
    );
    let body = html! {
        p { (lang.t(
            "仕事に使う端末の台帳です。状態は、端末のエージェントが知らせるか、管理者が見て記録します。確認できない項目は、問題があるものとして扱います。",
            "The devices in use. An agent on each tells how it stands, or a manager looks and enters it. What nobody knows is not taken to be in order.",
        )) }
        (look::faults_summary(lang, back))
        @if rows.is_empty() { (look::empty(lang.t("端末はまだありません。", "No devices yet."))) }
        @else { (look::table(lang.t("端末の台帳", "Devices"), &heads, &rows)) }
        @if writes(asked) { (entry_form(asked, LIST, "add", back, &it.staff, lang.t("端末を台帳に加える", "Enter a device"))) }
        (rule(asked, &it, back))
        p { (look::link_quiet("/settings", lang.t("設定へ戻る", "Back to the settings"))) }
    };
    Ok(asked.page(&Words::new("端末の台帳", "Devices"), body).status(status))
}

fn system(it: &Device, lang: Lang) -> String {
    let told = [&it.agent, &it.hand].into_iter().flatten().map(|it| &it.inventory.content.operatingsystem);
    let known = told
        .filter(|it| !it.name.is_empty())
        .map(|it| if it.full_name.is_empty() { format!("{} {}", it.name, it.version) } else { it.full_name.clone() });
    let unknown = || lang.t("わからない", "unknown").to_owned();
    known.into_iter().next().unwrap_or_else(unknown)
}

fn entry_form(asked: &Asked, action: &str, which: &str, back: &Filled, staff: &[Person], title: &str) -> Markup {
    let lang = asked.lang();
    let people: Vec<(String, String)> = staff.iter().map(|it| (it.id.to_string(), it.name.full())).collect();
    let usual = Filled::empty().with("kind", Kind::Owned.key());
    let filled = if back.get("form") == which { back } else { &usual };
    let form = look::form(
        asked,
        action,
        html! {
            (look::hidden("form", which))
            (look::text_input(lang, filled, "name", lang.t("呼び名", "What it is called"), Some(lang.t("例：受付のパソコン", "For example: PC at the desk"))))
            (look::choice(lang, filled, "kind", lang.t("種類", "Kind"), &Kind::options(lang)))
            (look::text_input(lang, filled, "owner", lang.t("持ち主", "Owner"), Some(lang.t("施設の名前、または個人の名前", "The facility, or a person"))))
            (look::text_input(lang, filled, "place", lang.t("置き場所・使う場所", "Where it is kept"), None))
            (look::text_input(lang, filled, "serial", lang.t("シリアル番号", "Serial number"), None).optional())
            (look::select(lang, filled, "person", lang.t("使う人（貸し出しと個人の端末では必ず）", "Used by (needed for lent and personal ones)"), &people).optional())
            (look::text_input(lang, filled, "managed", lang.t("管理者が設定を変える方法", "How the manager can change its settings"), Some(lang.t("個人の端末では必要です。例：MDMに登録し、管理者が設定を配布する", "Needed for personal ones. For example: enrolled in device management"))).optional())
            (look::submit(lang.t("台帳に書く", "Enter")))
        },
    );
    if back.get("form") == which { look::section(title, form) } else { look::details(title, form) }
}

fn rule(asked: &Asked, it: &Ledger, back: &Filled) -> Markup {
    let lang = asked.lang();
    let mut usual = Filled::empty();
    if let Some((document, on)) = &it.rule.document {
        usual = usual.with("document", document.clone()).with("decided_on", on.to_string());
    }
    if it.rule.asked_inside {
        usual = usual.with("asked_inside", "yes");
    }
    let filled = if back.get("form") == "rule" { back } else { &usual };
    look::section(
        lang.t("この施設の決まり", "Rules of this facility"),
        html! {
            @match &it.rule.document {
                None => p { (lang.t("貸し出す端末と個人の端末の運用管理規程が、まだ登録されていません。登録するまで、それらの端末は使えません。", "No rules for lent and personal devices are on file. Until then such devices are not used.")) },
                Some((document, on)) => p { (lang.t("貸し出す端末と個人の端末の運用管理規程：", "Rules for lent and personal devices: ")) (document) " (" (time::show_day(*on, lang)) ")" },
            }
            @if writes(asked) { (look::form(asked, "/settings/devices/rules", html! {
                (look::hidden("form", "rule"))
                (look::text_input(lang, filled, "document", lang.t("運用管理規程の名前と保管場所", "The document, and where it is kept"), None).optional())
                (look::text_input(lang, filled, "decided_on", lang.t("定めた日", "Decided on"), None).kind("date").optional())
                (look::tick(lang, filled, "asked_inside", "yes", lang.t("施設の中の技工の作業でも、登録した端末だけを使う", "Laboratory work in the facility needs an enrolled device too")).optional())
                (look::submit(lang.t("決まりを保存する", "Save the rules")))
            })) }
        },
    )
}

async fn add(asked: Asked, fields: Fields) -> web::Result {
    match Entry::parse(&fields) {
        Err(faults) => listed(&asked, &fields.again(faults), 422).await,
        Ok(entry) => {
            asked.act(&fields, move |tx, ctx| store::add(tx, ctx, &entry).map(|id| format!("{LIST}/{id}"))).await
        }
    }
}

async fn set_rule(asked: Asked, fields: Fields) -> web::Result {
    match Rule::parse(&fields, time::day(asked.ctx.now)) {
        Err(faults) => listed(&asked, &fields.again(faults), 422).await,
        Ok(rule) => asked.act(&fields, move |tx, ctx| store::set_rule(tx, ctx, &rule).map(|()| LIST.to_owned())).await,
    }
}

async fn show(asked: Asked, Path(device): Path<DeviceId>) -> web::Result {
    page(&asked, device, &Filled::empty(), html! {}, 200).await
}

/// The page; `told` is what is told this once: a new one-time code.
async fn page(asked: &Asked, id: DeviceId, back: &Filled, told: Markup, status: u16) -> web::Result {
    let it = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, id)).await?;
    let lang = asked.lang();
    let (device, entry) = (&it.device, &it.device.entry);
    let live = device.ended_at.is_none() && writes(asked);
    let person = it.staff.iter().find(|one| Some(one.id) == entry.person).map_or_else(String::new, |it| it.name.full());
    let to = |act: &str| format!("{LIST}/{id}/{act}");
    let said = |text: &str| html! { @if text.is_empty() { (lang.t("記載なし", "not entered")) } @else { (text) } };
    let body = html! {
        (look::faults_summary(lang, back))
        (told)
        (verdicts(asked, &it))
        (look::section(lang.t("台帳", "Ledger"), html! {
            (look::facts(&[
                (lang.t("種類", "Kind"), html! { (entry.kind.words().in_lang(lang)) }),
                (lang.t("持ち主", "Owner"), html! { (entry.owner) }),
                (lang.t("使う人", "Used by"), html! { (person) }),
                (lang.t("場所", "Place"), html! { (entry.place) }),
                (lang.t("シリアル番号", "Serial number"), said(&entry.serial)),
                (lang.t("管理者が設定を変える方法", "How the manager changes its settings"), said(&entry.managed)),
                (lang.t("最後の確認", "Last heard"), heard(asked, device)),
            ]))
            @if it.entries.len() > 1 { (look::details(lang.t("これまでの記載", "What stood here before"), former(&it, lang))) }
            @if live { (entry_form(asked, &format!("{LIST}/{id}"), "entry", &filled_with(back, entry), &it.staff, lang.t("記載を直す", "Change the entry"))) }
        }))
        (known(asked, device))
        @if live {
            (seen_form(asked, &to("seen"), back))
            (look::section(lang.t("ブラウザーの登録", "Enrol a browser"), html! {
                p { (lang.t("この端末のブラウザーで作業できるように、一度だけ使えるコードを作ります。", "A one-time code lets a browser on this device be known as the device.")) }
                (look::form(asked, &to("code"), look::submit(lang.t("登録コードを作る", "Make a code"))))
            }))
        }
        (agent(asked, &it, live))
        (history(asked, &it))
        @if live { (look::section(lang.t("利用を終える", "End its use"), html! {
            p { (lang.t("紛失したとき、返却や廃棄のときに使います。終えた端末は、すぐに使えなくなります。台帳には残ります。", "When it is lost, given back or thrown away. It is refused at once, and stays in the ledger.")) }
            (look::form(asked, &to("end"), look::submit_danger(lang.t("この端末の利用を終了する", "End the use of this device"))))
        })) }
        p { (look::link_quiet(LIST, lang.t("端末の台帳へ戻る", "Back to the devices"))) }
    };
    Ok(asked.page(&Words::made(entry.name.clone(), entry.name.clone()), body).status(status))
}

fn told_code(lang: Lang, code: &str) -> Markup {
    let title = lang.t("登録コード", "One-time code");
    look::notice(
        lang,
        Tone::Info,
        title,
        html! {
            p { strong { (code) } }
            p { (lang.t(
                format!("この端末のブラウザーでログインし、「この端末の確認」のページ（/terminal）に入力してください。{CODE_MIN}分間有効で、一度だけ使えます。このコードはもう表示されません。"),
                format!("Sign in on this device and type it on the page “This terminal” (/terminal). It is good for {CODE_MIN} minutes and for one use, and is not shown again."),
            )) }
        },
    )
}

fn told_agent_code(lang: Lang, code: &str) -> Markup {
    let title = lang.t("エージェントの登録コード", "One-time code for the agent");
    let command = format!("haruka agent enroll --server https://…:8444 --code {code}");
    look::notice(
        lang,
        Tone::Info,
        title,
        html! {
            p { strong { (code) } }
            p { (lang.t("この端末で、次のコマンドを実行してください。サーバーのアドレスは、運用の担当者に聞いてください。", "Run this on the device; whoever runs the server knows its address.")) }
            p { code { (command) } }
            p { (lang.t(
                format!("{CODE_MIN}分間有効で、一度だけ使えます。登録すると、この端末のこれまでの証明書は失効します。このコードはもう表示されません。"),
                format!("It is good for {CODE_MIN} minutes and for one use; it ends the certificates that this device had. It is not shown again."),
            )) }
        },
    )
}

/// The agent: how it stands, its certificates, and the way to a first one.
fn agent(asked: &Asked, it: &View, live: bool) -> Markup {
    let (lang, now) = (asked.lang(), asked.ctx.now);
    let is_live = it.device.ended_at.is_none();
    let rows: Vec<Vec<Markup>> = it
        .certificates
        .iter()
        .map(|one| {
            let standing = one.standing(is_live, now);
            let tone = match standing {
                Standing::Counts => Tone::Good,
                Standing::Late => Tone::Warn,
                Standing::Over | Standing::Ended => Tone::Info,
            };
            vec![
                html! { (one.origin.words().in_lang(lang)) },
                html! { (time::show(one.made_at, lang)) },
                html! { (time::show(one.ended_at.unwrap_or(one.ends_at), lang)) },
                html! { @match one.used_at { None => (lang.t("まだ", "never")), Some(at) => (time::show(at, lang)) } },
                html! { (look::badge(tone, standing.words().in_lang(lang)))
                    @if let Some(at) = one.refused_at { br; small { (lang.t("拒否：", "Refused: ")) (time::show(at, lang)) } } },
                html! { code { (one.fingerprint[..16]) "…" } },
            ]
        })
        .collect();
    let heads = lang.t(
        ["種類", "作成", "期限", "最後の使用", "状態", "指紋（SHA-256）"],
        ["Kind", "Made", "Until", "Last used", "Standing", "Fingerprint (SHA-256)"],
    );
    let serial = it.device.agent.as_ref().map(|it| it.inventory.content.bios.ssn.as_str()).unwrap_or_default();
    let differs = !serial.is_empty() && !it.device.entry.serial.is_empty() && serial != it.device.entry.serial;
    look::section(
        lang.t("エージェントと証明書", "Agent and certificates"),
        html! {
            p { (lang.t(
                "端末に入れたエージェントは、1時間ごとに状態を知らせ、証明書を自分で更新します。",
                "The agent on a device tells how it stands each hour, and renews its certificate by itself.",
            )) }
            @if differs { (look::notice(lang, Tone::Warn, lang.t("シリアル番号が台帳と違います", "Another serial number than in the ledger"), html! {
                p { (lang.t("エージェントが知らせた番号：", "The agent tells: ")) (serial) }
            })) }
            @if rows.is_empty() { (look::empty(lang.t("証明書はまだありません。", "No certificates yet."))) }
            @else { (look::table_wide(lang.t("端末の証明書", "Certificates of this device"), &heads, &rows)) }
            @if live {
                (look::form(asked, &format!("{LIST}/{}/agent", it.device.id), look::submit(lang.t("エージェントの登録コードを作る", "Make a code for the agent"))))
            }
        },
    )
}

fn filled_with(back: &Filled, entry: &Entry) -> Filled {
    if back.get("form") == "entry" {
        return back.clone();
    }
    let person = entry.person.map(|it| it.to_string()).unwrap_or_default();
    Filled::empty()
        .with("name", entry.name.clone())
        .with("kind", entry.kind.key())
        .with("owner", entry.owner.clone())
        .with("place", entry.place.clone())
        .with("serial", entry.serial.clone())
        .with("person", person)
        .with("managed", entry.managed.clone())
}

fn verdicts(asked: &Asked, it: &View) -> Markup {
    let lang = asked.lang();
    if let Some(at) = it.device.ended_at {
        let title = lang.t("この端末の利用は終了しています", "The use of this device has ended");
        return look::notice(lang, Tone::Stop, title, html! { p { (time::show(at, lang)) } });
    }
    html! { @for place in Place::ALL {
        @let words = place.words();
        @match it.device.may_be_used(place, it.rule.document.is_some(), asked.ctx.now) {
            Ok(()) => p { (look::badge(Tone::Good, lang.t("使えます", "In order"))) " " (words.in_lang(lang)) },
            Err(all) => (look::notice(lang, Tone::Stop, &lang.t(format!("{}では使えません", words.ja), format!("Not in order: {}", words.en)), to_mend(lang, &all))),
        }
    } }
}

fn former(it: &View, lang: Lang) -> Markup {
    let entries: Vec<(String, Markup)> = it
        .entries
        .iter()
        .map(|(entry, by, at)| {
            let words = entry.kind.words();
            let said = [&entry.owner, &entry.place, &entry.serial, &entry.managed];
            let said = said.into_iter().filter(|it| !it.is_empty()).cloned().collect::<Vec<_>>().join(" / ");
            (
                time::show(*at, lang),
                html! { (entry.name) " – " (words.in_lang(lang)) " – " (said) " (" (by.in_lang(lang)) ")" },
            )
        })
        .collect();
    look::timeline(&entries)
}

fn answer(lang: Lang, it: Answer) -> Markup {
    let tone = match it {
        Answer::Yes => Tone::Good,
        Answer::No => Tone::Stop,
        Answer::Unknown => Tone::Warn,
    };
    look::badge(tone, it.words().in_lang(lang))
}

/// What is known now: each answer of both sources.
fn known(asked: &Asked, it: &Device) -> Markup {
    let lang = asked.lang();
    let reports: Vec<&Report> = [&it.agent, &it.hand].into_iter().flatten().collect();
    if reports.is_empty() {
        return html! {};
    }
    let told: Vec<_> = reports.iter().map(|it| it.inventory.told(it.last_at, it.updates_since)).collect();
    let row = |check: Check, of: &dyn Fn(&guidelines::device::Told) -> Markup| {
        let mut cells = vec![html! { (check.words().in_lang(lang)) }];
        cells.extend(told.iter().map(of));
        cells
    };
    let updates = |it: &guidelines::device::Told| match it.updates {
        Updates::Unknown => answer(lang, Answer::Unknown),
        Updates::Installed => answer(lang, Answer::Yes),
        Updates::WaitingSince(at) => html! { (lang.t("未適用あり：", "some wait since ")) (time::show(at, lang)) },
    };
    let rows = vec![
        row(
            Check::System,
            &|it| html! { @match &it.system { None => (answer(lang, Answer::Unknown)), Some(it) => { (it.family) " " (it.version) } } },
        ),
        row(Check::Updates, &updates),
        row(Check::Security, &|it| answer(lang, it.security)),
        row(Check::Encryption, &|it| answer(lang, it.encrypted)),
        row(Check::Lock, &|it| answer(lang, it.locks)),
        row(Check::Bluetooth, &|it| answer(lang, it.bluetooth_off)),
        row(Check::AdHoc, &|it| answer(lang, it.ad_hoc_off)),
    ];
    let mut heads = vec![lang.t("項目", "Asked").to_owned()];
    heads.extend(
        reports
            .iter()
            .map(|it| format!("{} ({})", it.source.words().in_lang(lang), age(it.last_at, asked.ctx.now, lang))),
    );
    look::section(
        lang.t("いま分かっていること", "What is known"),
        html! {
            (look::table(lang.t("端末の状態", "How it stands"), &heads, &rows))
            @for it in &reports { (contents(lang, it)) }
        },
    )
}

/// Programs, cloud services, users and the like of one report.
fn contents(lang: Lang, it: &Report) -> Markup {
    let content = &it.inventory.content;
    let joined = |all: Vec<String>| {
        all.into_iter().filter(|it| !it.trim().is_empty()).collect::<Vec<_>>().join(lang.t("、", ", "))
    };
    let softwares: Vec<String> = content.softwares.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
    let facts = [
        (lang.t("シリアル番号", "Serial number"), content.bios.ssn.clone()),
        (lang.t("機種", "Model"), format!("{} {}", content.bios.smanufacturer, content.bios.smodel)),
        (lang.t("OS", "System"), content.operatingsystem.full_name.clone()),
        (
            lang.t("サインインしている人", "Signed in"),
            joined(content.users.iter().map(|it| it.login.clone()).collect()),
        ),
        (
            lang.t("無線LAN", "Wireless network"),
            joined(content.networks.iter().map(|it| it.wifi_ssid.clone()).collect()),
        ),
        (lang.t("クラウドサービス", "Cloud services"), joined(it.inventory.haruka.cloud.clone())),
    ];
    let facts: Vec<(&str, Markup)> =
        facts.into_iter().filter(|(_, it)| !it.trim().is_empty()).map(|(name, it)| (name, html! { (it) })).collect();
    html! {
        @if !facts.is_empty() { (look::facts(&facts)) }
        @if !softwares.is_empty() {
            @let title = lang.t(format!("ソフトウェア {}件（{}）", softwares.len(), it.source.words().ja), format!("{} programs ({})", softwares.len(), it.source.words().en));
            (look::details(&title, html! { ul { @for it in &softwares { li { (it) } } } }))
        }
    }
}

fn seen_form(asked: &Asked, action: &str, back: &Filled) -> Markup {
    let lang = asked.lang();
    let systems: Vec<(String, &str)> =
        policy().systems.iter().enumerate().map(|(number, it)| (number.to_string(), it.name.as_ref())).collect();
    let usual = Filled::empty().with("seen_on", time::day(asked.ctx.now).to_string());
    let filled = if back.get("form") == "seen" { back } else { &usual };
    let form = look::form(
        asked,
        action,
        html! {
            (look::hidden("form", "seen"))
            p { (lang.t(
                format!("端末を実際に見て確かめたことだけを記録してください。記録は{}日間有効です。", policy().hand_days),
                format!("Enter only what you have seen on the device itself. It counts for {} days.", policy().hand_days),
            )) }
            (look::text_input(lang, filled, "seen_on", lang.t("確かめた日", "Looked at on"), None).kind("date"))
            (look::select(lang, filled, "system", lang.t("OS", "System"), &systems).optional())
            @for (name, words) in &QUESTIONS { (look::choice(lang, filled, name, words.in_lang(lang), &Answer::options(lang)).inline()) }
            (look::area(lang, filled, "softwares", lang.t("主なソフトウェア（1行に1つ）", "Main programs, one a line"), None).rows(3).optional())
            (look::area(lang, filled, "cloud", lang.t("使っているクラウドサービス（1行に1つ）", "Cloud services in use, one a line"), None).rows(3).optional())
            (look::submit(lang.t("確かめたことを記録する", "Record what was seen")))
        },
    );
    let title = lang.t("管理者が見て記録する", "Record by hand");
    if back.get("form") == "seen" { look::section(title, form) } else { look::details(title, form) }
}

fn history(asked: &Asked, it: &View) -> Markup {
    let lang = asked.lang();
    let entries: Vec<(String, Markup)> = it
        .history
        .iter()
        .map(|(report, by)| {
            let told = report.inventory.told(report.last_at, report.updates_since);
            let until = if report.first_at == report.last_at {
                String::new()
            } else {
                lang.t(format!("（{}まで同じ）", time::show(report.last_at, lang)), format!(" (the same until {})", time::show(report.last_at, lang)))
            };
            let who = match report.source {
                Source::Agent => report.source.words().in_lang(lang).to_owned(),
                Source::Hand => format!("{} {}", report.source.words().in_lang(lang), by.in_lang(lang)),
            };
            let answers = [
                (Check::Security, told.security),
                (Check::Encryption, told.encrypted),
                (Check::Lock, told.locks),
                (Check::Bluetooth, told.bluetooth_off),
                (Check::AdHoc, told.ad_hoc_off),
            ];
            let system = told.system.map(|it| format!("{} {}", it.family, it.version)).unwrap_or_default();
            let said = html! {
                (who) (until) " – " (system)
                @for (check, found) in answers { " / " (check.words().in_lang(lang)) ": " (found.words().in_lang(lang)) }
            };
            (time::show(report.first_at, lang), said)
        })
        .collect();
    html! { @if !entries.is_empty() {
        (look::section(lang.t("これまでの状態", "History"), look::timeline(&entries)))
    } }
}

async fn rewrite(asked: Asked, Path(device): Path<DeviceId>, fields: Fields) -> web::Result {
    match Entry::parse(&fields) {
        Err(faults) => page(&asked, device, &fields.again(faults), html! {}, 422).await,
        Ok(entry) => {
            let act = move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| {
                store::rewrite(tx, ctx, device, &entry).map(|()| format!("{LIST}/{device}"))
            };
            asked.act(&fields, act).await
        }
    }
}

async fn see(asked: Asked, Path(device): Path<DeviceId>, fields: Fields) -> web::Result {
    let seen: Result<Seen, Faults> = Seen::parse(&fields, policy(), time::day(asked.ctx.now));
    match seen {
        Err(faults) => page(&asked, device, &fields.again(faults), html! {}, 422).await,
        Ok(seen) => {
            let act = move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| {
                store::see(tx, ctx, device, &seen).map(|()| format!("{LIST}/{device}"))
            };
            asked.act(&fields, act).await
        }
    }
}

async fn code(asked: Asked, Path(device): Path<DeviceId>, _fields: Fields) -> web::Result {
    let key = asked.site.key.clone();
    let made = move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| browser::make_code(tx, ctx, &key, device);
    let code = asked.site.write(&asked.ctx, made).await?;
    page(&asked, device, &Filled::empty(), told_code(asked.lang(), &code), 200).await
}

async fn agent_code(asked: Asked, Path(device): Path<DeviceId>, _fields: Fields) -> web::Result {
    let key = asked.site.key.clone();
    let made = move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| certificate::make_code(tx, ctx, &key, device);
    let code = asked.site.write(&asked.ctx, made).await?;
    page(&asked, device, &Filled::empty(), told_agent_code(asked.lang(), &code), 200).await
}

async fn end(asked: Asked, Path(device): Path<DeviceId>, fields: Fields) -> web::Result {
    asked.act(&fields, move |tx, ctx| store::end(tx, ctx, device).map(|()| format!("{LIST}/{device}"))).await
}
