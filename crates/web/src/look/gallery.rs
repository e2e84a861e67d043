//! All parts in all their states on one page, in demonstration mode: to look at, and for the accessibility check.
//!
//! The language and the size of the type are switched in the header, as on every page.

use kernel::{Error, Lang, Tooth, Words};
use maud::{Markup, html};

use super::*;
use crate::{Asked, Door, Faults, Filled, Routes, shell};

/// `/demo/parts`, and its frames without navigation and for paper.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Open, "/demo/parts", parts)
        .get(Door::Open, "/demo/parts/bare", bare)
        .get(Door::Open, "/demo/parts/paper", paper)
        .get(Door::Open, "/demo/parts/live", live_part)
}

fn only_in_demo(asked: &Asked) -> kernel::Result<()> {
    if asked.site.settings.demo { Ok(()) } else { Err(Error::not_found("the gallery is for demonstrations")) }
}

async fn parts(asked: Asked) -> crate::Result {
    only_in_demo(&asked)?;
    let lang = asked.lang();
    let body = html! {
        (faults_summary(lang, &mended()))
        (patient(lang))
        (staff(lang))
        (panels(
            section(lang.t("入力欄", "Fields"), form(&asked, "/demo/parts", fields(lang, &Filled::empty(), "new"))),
            section(lang.t("直すところがある入力欄", "Fields to be mended"), upload_form(&asked, "/demo/parts", fields(lang, &mended(), ""))),
        ))
        (chart(lang))
        (shown(lang))
    };
    Ok(asked.page(&Words::new("部品の一覧", "All parts"), body))
}

async fn bare(asked: Asked) -> crate::Result {
    only_in_demo(&asked)?;
    let lang = asked.lang();
    let body = html! { div.full { p { (lang.t("ここに通話の画面が入ります。", "The call fills this page.")) } } };
    Ok(crate::Answer::part(shell::bare(&asked, &Words::new("通話", "Call"), body)))
}

async fn paper(asked: Asked) -> crate::Result {
    only_in_demo(&asked)?;
    Ok(crate::Answer::part(shell::print(&asked, &Words::new("印刷用の書面", "For paper"), shown(asked.lang()))))
}

async fn live_part(asked: Asked) -> crate::Result {
    only_in_demo(&asked)?;
    Ok(crate::Answer::part(fresh(&asked)))
}

fn fresh(asked: &Asked) -> Markup {
    html! { p { (asked.lang().t("最終更新：", "Last seen: ")) (kernel::time::clock(asked.ctx.now)) } }
}

/// A form as it comes back.
fn mended() -> Filled {
    let mut faults = Faults::default();
    let please = || Words::new("入力してください。", "Please fill this in.");
    faults.add("name", please());
    faults.add("mail", Words::new("「@」を含むメールアドレスを入力してください。", "An address has an “@” in it."));
    faults
        .add("born", Words::new("年・月・日を数字で入力してください。", "Please enter year, month and day in digits."));
    faults.add("pain", Words::new("どれか一つを選んでください。", "Please choose one."));
    faults.add("agree", Words::new("続けるには同意が必要です。", "Your consent is needed to go on."));
    faults.add("", Words::new("この時間はほかの方が予約しました。", "Somebody else has taken this time."));
    let mut filled = Filled::empty()
        .with("mail", "tanaka.example.jp")
        .with("born-era", "showa")
        .with("born-year", "十九")
        .with("wish", "<b>冷たい水</b>がしみます。\n夜に痛みます。")
        .with("when", "night")
        .with("where", "home");
    filled.faults = faults;
    filled
}

fn fields(lang: Lang, filled: &Filled, apart: &str) -> Markup {
    // Two forms on one page: the ids of the first get a mark of their own.
    let name = |name: &str| format!("{apart}{name}");
    let (who, mail, tel, secret, born) = (name("name"), name("mail"), name("tel"), name("password"), name("born"));
    let (day, wish, pain, when, place) = (name("day"), name("wish"), name("pain"), name("when"), name("where"));
    let (agree, news, file, code) = (name("agree"), name("news"), name("file"), name("otp"));
    let pains = [
        ("none", lang.t("痛みはありません", "No pain")),
        ("some", lang.t("ときどき痛みます", "Pain now and then")),
        ("much", lang.t("眠れないほど痛みます", "Too much pain to sleep")),
    ];
    let times = [
        ("meal", lang.t("食事のとき", "At meals")),
        ("night", lang.t("夜", "At night")),
        ("cold", lang.t("冷たいもの", "Cold things")),
    ];
    let places = [("home", lang.t("自宅", "At home")), ("work", lang.t("職場の個室", "A closed room at work"))];
    html! {
        (text_input(lang, filled, &who, lang.t("お名前", "Name"), None).autocomplete("name").max(100))
        (text_input(lang, filled, &mail, lang.t("メールアドレス", "Mail address"), Some(lang.t("予約の確認をお送りします。", "The confirmation is sent there."))).kind("email").autocomplete("email"))
        (text_input(lang, filled, &tel, lang.t("電話番号", "Telephone"), None).kind("tel").autocomplete("tel").optional())
        (text_input(lang, filled, &secret, lang.t("パスワード", "Password"), Some(lang.t("13文字以上。", "13 characters or more."))).kind("password").autocomplete("new-password"))
        (text_input(lang, filled, &code, lang.t("メールで届いた6桁の番号", "The six digits sent by mail"), None).digits().short().max(6).autocomplete("one-time-code"))
        (birth_date(lang, filled, &born, lang.t("生年月日", "Date of birth")))
        (text_input(lang, filled, &day, lang.t("希望する日", "Day wished for"), None).kind("date").optional())
        (choice(lang, filled, &pain, lang.t("いま、痛みはありますか", "Are you in pain now?"), &pains))
        (ticks(lang, filled, &when, lang.t("痛むのはいつですか", "When does it hurt?"), &times).optional().hint(lang.t("いくつでも選べます。", "Choose any number.")).inline())
        (select(lang, filled, &place, lang.t("受診する場所", "Where you will be"), &places))
        (area(lang, filled, &wish, lang.t("伝えたいこと", "What you want to tell us"), None).optional())
        (file_input(lang, filled, &file, lang.t("保険証の写真", "Picture of the insurance card"), Some(lang.t("JPEGまたはPNG、15MBまで。", "JPEG or PNG, up to 15 MB.")), "image/jpeg,image/png").optional())
        (tick(lang, filled, &agree, "yes", lang.t("説明を読み、オンライン診療に同意します", "I have read the explanation and consent to the online visit")).required())
        (tick(lang, filled, &news, "yes", lang.t("次の検診の時期を知らせてほしい", "Tell me when the next check-up is due")))
        (hidden("unseen", "1"))
        (page_actions(html! {
            (submit(lang.t("予約する", "Book")))
            (submit_named("draft", "1", lang.t("あとで続ける", "Go on later")))
            (submit_danger(lang.t("予約を取り消す", "Cancel the booking")))
            (link_quiet("/demo/parts", lang.t("前の画面に戻る", "Back")))
        }))
    }
}

fn patient(lang: Lang) -> Markup {
    let labels = match lang {
        Lang::Ja => ["予約", "問診", "説明と同意", "機器の確認", "来院の確認", "診察", "診察後の説明", "次の予約"],
        Lang::En => {
            ["Booking", "Questions", "Consent", "Devices", "Arrival", "Visit", "After the visit", "Next booking"]
        }
    };
    let licence = [
        (lang.t("歯科医籍登録番号", "Licence"), html! { "第 123456 号" }),
        (lang.t("登録年", "Registered"), html! { (lang.t("2009年（平成21年）", "2009")) }),
    ];
    let name = lang.t("佐藤 花子", "Hanako Sato");
    let role = lang.t("歯科医師", "Dentist");
    let clinic = lang.t("青葉歯科クリニック", "Aoba Dental Clinic");
    html! {
        (steps(lang, 2, &labels))
        (next_step(
            lang.t("オンライン診療の説明を読んで、同意してください", "Read about the online visit and give your consent"),
            lang.t("診察は11月24日（火）10時からです。同意がないと診察を始められません。5分ほどで終わります。", "Your visit is on Tue 24 Nov at 10:00. It cannot begin without your consent. It takes five minutes."),
            "/demo/parts",
            lang.t("説明を読む", "Read the explanation"),
        ))
        (steps(lang, 0, &labels))
        (steps(lang, 8, &labels))
        (panels(
            person_card(lang, name, role, clinic, None, &licence),
            person_card(lang, name, role, clinic, Some("data:image/gif;base64,R0lGODlhAQABAIAAAMzMzAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="), &licence),
        ))
    }
}

fn staff(lang: Lang) -> Markup {
    let missing = [
        Gate {
            citation: lang.t("オンライン診療の適切な実施に関する指針 V 1(2)", "Online visit guideline V 1(2)").into(),
            title: lang.t("患者の同意がありません", "The patient's consent is missing").into(),
            reason: lang
                .t(
                    "診察の前に、説明と同意が項目ごとに必要です。",
                    "Each item must be explained and agreed to before the visit.",
                )
                .into(),
            mend_href: "/demo/parts".into(),
            mend_label: lang.t("同意の画面を患者に送る", "Send the consent page to the patient").into(),
        },
        Gate {
            citation: lang.t("同 V 2(1)", "The same, V 2(1)").into(),
            title: lang.t("研修の記録がありません", "No record of the training").into(),
            reason: lang
                .t(
                    "医療安全の責任者が登録します。山田さんに頼んでください。",
                    "The person responsible registers it. Please ask Yamada.",
                )
                .into(),
            ..Gate::default()
        },
    ];
    html! { (panels(
        gate(lang, &missing),
        html! {
            (notice(lang, Tone::Info, lang.t("予約を受け付けました", "Your booking is in"), html! { p { (lang.t("確認のメールを送りました。", "A confirmation has been mailed.")) } }))
            (notice(lang, Tone::Good, lang.t("機器の確認ができました", "Your devices work"), html! { p { (lang.t("このまま診察を受けられます。", "You are ready for the visit.")) } }))
            (notice(lang, Tone::Warn, lang.t("音が小さいようです", "The sound is low"), html! { p { (lang.t("マイクに近づいてください。", "Move closer to the microphone.")) } }))
            (notice(lang, Tone::Stop, lang.t("すぐに119番へ電話してください", "Call 119 now"), html! { p { (lang.t("息が苦しい、飲み込めないときは、オンラインでは診られません。", "Trouble breathing or swallowing cannot be treated online.")) } }))
        },
    )) }
}

fn chart(lang: Lang) -> Markup {
    let conditions = [
        ("sound", lang.t("健全", "Sound")),
        ("caries", lang.t("う蝕", "Caries")),
        ("filled", lang.t("処置歯", "Filled")),
        ("missing", lang.t("欠損", "Lost")),
    ];
    let filled =
        Filled::empty().with("tooth.16", "caries").with("tooth.21", "filled").with("hurts", "46").with("hurts", "85");
    let marks: Vec<_> = [(16, conditions[1].1), (36, conditions[3].1), (75, conditions[2].1)]
        .iter()
        .filter_map(|(at, word)| Some((Tooth::new(*at)?, *word)))
        .collect();
    html! {
        (section(lang.t("歯式", "Tooth chart"), html! {
            (teeth(lang, &filled, "tooth", lang.t("歯ごとの状態", "State of each tooth"), &conditions))
            (teeth_ticks(lang, &filled, "hurts", lang.t("痛む歯はどれですか", "Which tooth hurts?")))
            (teeth_marks(lang, lang.t("記録された状態", "As recorded"), &marks))
        }))
    }
}

fn shown(lang: Lang) -> Markup {
    let facts_of = [
        (lang.t("日時", "When"), html! { (lang.t("2026年11月24日（火） 10:00", "Tue 24 Nov 2026 10:00")) }),
        (lang.t("担当", "With"), html! { (lang.t("佐藤 花子 歯科医師", "Hanako Sato, dentist")) }),
        (
            lang.t("状態", "State"),
            html! { (badge(Tone::Good, lang.t("同意済み", "Agreed"))) " " (badge(Tone::Warn, lang.t("機器未確認", "Devices not tested"))) },
        ),
    ];
    let heads =
        [lang.t("患者", "Patient"), lang.t("時刻", "Time"), lang.t("足りないもの", "Missing"), lang.t("状態", "State")];
    let row = |name: &str, time: &str, missing: &str, state: Markup| {
        vec![html! { a href="/demo/parts" { (name) } }, html! { (time) }, html! { (missing) }, state]
    };
    let rows = [
        row(
            lang.t("田中 一郎", "Ichiro Tanaka"),
            "10:00",
            lang.t("なし", "nothing"),
            badge(Tone::Info, lang.t("待合室", "Waiting")),
        ),
        row(
            lang.t("鈴木 みどり", "Midori Suzuki"),
            "10:30",
            lang.t("同意、機器の確認", "consent, device test"),
            badge(Tone::Stop, lang.t("連絡が必要", "Call them")),
        ),
    ];
    let week = match lang {
        Lang::Ja => ["時刻", "月", "火", "水", "木", "金", "土"],
        Lang::En => ["Time", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    };
    let slots: Vec<Vec<Markup>> = ["10:00", "10:30"]
        .iter()
        .map(|time| {
            std::iter::once(html! { (time) })
                .chain((0..6).map(|it| {
                    if it % 2 == 0 {
                        link_quiet("/demo/parts", lang.t("空き", "Free"))
                    } else {
                        html! { (lang.t("満", "Full")) }
                    }
                }))
                .collect()
        })
        .collect();
    let entries = [
        ("10:00", html! { p { (lang.t("田中さんが待合室に入りました", "Tanaka came to the waiting room")) } }),
        ("10:02", html! { p { (lang.t("佐藤先生が診察を始めました", "Dr Sato began the visit")) } }),
    ];
    html! {
        (toolbar(lang.t("一覧の操作", "Actions for the list"), html! {
            (search_form("/demo/parts", html! {
                (text_input(lang, &Filled::empty(), "q", lang.t("患者を探す", "Find a patient"), None).kind("search").unmarked())
                (submit_named("", "", lang.t("探す", "Find")))
            }))
            (link_button("/demo/parts", lang.t("予約を追加する", "Add a booking")))
        }))
        (table(lang.t("今日の予約", "Bookings today"), &heads, &rows))
        (table_wide(lang.t("今週の空き", "Free this week"), &week, &slots))
        (pager(lang, Some("?page=1"), Some("?page=3")))
        (panels(
            html! { (card(lang.t("予約", "Booking"), facts(&facts_of))) (copyable(lang, "https://haruka.example.jp/v/7m2k-9q4x")) },
            html! { (section(lang.t("経過", "What happened"), timeline(&entries))) (details(lang.t("オンライン診療でできないこと", "What an online visit cannot do"), html! { p { (lang.t("触って診ること、処置、レントゲン撮影はできません。", "Touching, treatment and X-rays are not possible.")) } })) },
        ))
        (empty(lang.t("まだ予約はありません。患者が予約すると、ここに並びます。", "No bookings yet. They appear here when patients book.")))
        (empty_with(lang.t("まだ計画はありません。", "No plan yet."), link_button("/demo/parts", lang.t("計画を作る", "Make a plan"))))
        (live("/demo/parts/live", 5, "", html! { p { (lang.t("この行は自動で新しくなります。", "This line keeps itself fresh.")) } }))
    }
}
