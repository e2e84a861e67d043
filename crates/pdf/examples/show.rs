//! Writes one PDF of each kind into a folder, to be looked at: `cargo run -p pdf --example show -- DIR`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a tool for the eye")]

use std::time::Instant;

use kernel::{Lang, Tooth, Words};
use papers::{Block, Check, Document, SignLine, ToothMark};

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "pdf-show".to_owned());
    std::fs::create_dir_all(&folder).expect("a folder");
    let large = Document { large_type: true, ..consent(Lang::Ja) };
    let documents = [
        ("consent-ja", consent(Lang::Ja)),
        ("consent-en", consent(Lang::En)),
        ("consent-large", large),
        ("plan", plan()),
        ("checks", checks()),
        ("chart", chart()),
        ("longest", longest()),
    ];
    // The second round is what a running server sees; the first one reads the fonts.
    for round in 1..=2 {
        for (name, document) in &documents {
            let start = Instant::now();
            let done = pdf::typeset(document).expect("a document");
            let spent_ms = start.elapsed().as_millis();
            println!(
                "round {round} {name}: {spent_ms} ms, {} pages, {} bytes, {:?}",
                done.pages,
                done.bytes.len(),
                done.unprinted
            );
            std::fs::write(format!("{folder}/{name}.pdf"), done.bytes).expect("room on the disk");
        }
    }
}

fn blank(title: Words, lang: Lang) -> Document {
    Document {
        title,
        lang,
        facility: lang.t("青葉歯科クリニック", "Aoba Dental Clinic").to_owned(),
        address: lang
            .t("東京都世田谷区青葉台1-2-3 青葉ビル2階", "Aoba Building 2F, 1-2-3 Aobadai, Setagaya, Tokyo")
            .to_owned(),
        contact: lang.t("電話 03-0000-0000　受付 9:00〜18:00", "Telephone 03-0000-0000, 9:00–18:00").to_owned(),
        made_at: "2026-11-20T05:32:10Z".parse().expect("an instant"),
        number: "OC-2026-001234".to_owned(),
        version: 2,
        blocks: vec![],
        sign: vec![],
        large_type: false,
    }
}

fn facts(pairs: &[(&str, &str)]) -> Block {
    Block::Facts(pairs.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect())
}

fn check(done: bool, text: &str, note: Option<&str>) -> Check {
    Check { done, text: text.to_owned(), note: note.map(str::to_owned) }
}

fn sign(label: &str, name: &str, at: Option<&str>, how: &str) -> SignLine {
    SignLine {
        label: label.to_owned(),
        name: name.to_owned(),
        at: at.map(|it| it.parse().expect("an instant")),
        how: how.to_owned(),
    }
}

fn consent(lang: Lang) -> Document {
    let items = [
        (
            "画面と音声だけでは分からないことがあり、対面の診療が必要になる場合があります。",
            "A picture and a voice do not show everything; a visit in person may become necessary.",
        ),
        (
            "担当の歯科医師が必要と判断したときは、すぐに対面の診療に切り替えます。",
            "When the dentist finds it necessary, we change to a visit in person at once.",
        ),
        (
            "診療を受ける場所は、ほかの人に聞かれない、静かで明るい場所を選びます。",
            "I choose a quiet, bright place where nobody else can listen.",
        ),
        (
            "映像や音声を、断りなく録画・録音したり、公開したりしません。",
            "I do not record or publish picture or sound without asking.",
        ),
        (
            "通信には、画面の共有や録画をしない、自分の機器を使います。",
            "I use my own device, without screen sharing or recording.",
        ),
        (
            "本人確認のため、写真付きの身分証を画面に示します。",
            "I show a document with my photograph to prove who I am.",
        ),
        (
            "急に悪くなったときの連絡先と、受診する医療機関の説明を受けました。",
            "I was told whom to call and where to go if I suddenly get worse.",
        ),
        (
            "この同意は、いつでも取りやめることができ、そのために不利になることはありません。",
            "I may withdraw this consent at any time, without any disadvantage.",
        ),
    ];
    let read = lang.t("2026年11月20日 14:28 本人が確認", "Read by the patient, 20 Nov 2026 14:28");
    let checks = items.map(|(ja, en)| check(true, lang.t(ja, en), Some(read))).to_vec();
    let facts = match lang {
        Lang::Ja => facts(&[
            ("患者", "𠮷田　﨑子（ヨシダ　サキコ）　1948年3月4日生まれ　78歳"),
            ("診療", "オンライン歯科診療（再診）　2026年11月25日（水）10:30 から"),
            ("担当", "歯科医師　佐藤　健一（歯科医籍 第123456号）"),
        ]),
        Lang::En => facts(&[
            ("Patient", "𠮷田　﨑子 (YOSHIDA Sakiko), born 4 March 1948, age 78"),
            ("Visit", "Online dental visit (follow-up), Wed 25 Nov 2026, 10:30"),
            ("In charge", "Dr. SATO Kenichi, dentist (register no. 123456)"),
        ]),
    };
    let text = lang.t(
        "オンライン診療は、パソコンやスマートフォンの画面を通して、歯科医師の診察を受ける方法です。次の説明をお読みになり、分からないことは遠慮なくお尋ねください。すべての項目に納得されたら、同意の署名をお願いします。",
        "In an online visit a dentist sees you through the screen of a computer or a telephone. Please read these points and ask about anything that is not clear. When you agree with all of them, please sign.",
    );
    Document {
        blocks: vec![
            facts,
            Block::Heading(lang.t("オンライン診療について", "About the online visit").to_owned()),
            Block::Text(text.to_owned()),
            Block::Heading(lang.t("説明を受け、同意した項目", "What was explained and agreed").to_owned()),
            Block::Checks(checks),
            Block::Note(
                lang.t(
                    "この同意書の控えは、診療が終わったあとも、患者用のページからいつでもご覧になれます。",
                    "You can read a copy of this at any time on the patients' page.",
                )
                .to_owned(),
            ),
        ],
        sign: vec![
            sign(
                lang.t("患者", "Patient"),
                "𠮷田　﨑子",
                Some("2026-11-20T05:30:00Z"),
                lang.t("本人が自分の機器で確認", "by the patient, on an own device"),
            ),
            sign(
                lang.t("説明した歯科医師", "Dentist"),
                lang.t("佐藤　健一", "SATO Kenichi"),
                Some("2026-11-20T05:31:00Z"),
                lang.t("パスキーで署名", "signed with a passkey"),
            ),
            sign(lang.t("ご家族（代筆のとき）", "Family, if signing for the patient"), "", None, ""),
        ],
        ..blank(Words::new("オンライン診療についての説明と同意", "Online visits: explanation and consent"), lang)
    }
}

fn plan() -> Document {
    let parts = [
        (
            "1　診療の内容",
            "右下奥歯（46番）の痛みの経過観察と、薬の効き目の確認。口の中の写真を事前に送っていただき、腫れの範囲を比べます。",
        ),
        (
            "2　対面診療との組み合わせ",
            "初診は対面で行いました（2026年11月6日）。オンラインは2回までとし、3回目は来院していただきます。",
        ),
        ("3　診療の時間", "予約制。1回15分程度。約束の時刻を5分過ぎてもつながらないときは、当院からお電話します。"),
        ("4　診療の方法", "ビデオ通話。映像が途切れたときは音声のみとせず、改めて予約を取り直します。"),
        (
            "5　行わない場合の判断",
            "次のときはオンラインでは続けず、対面の診療に切り替えます。\n・38度以上の熱、口が開かない、飲み込みにくい\n・本人の確認ができない\n・映像や音声が診断に足りない",
        ),
        (
            "6　急変時の対応",
            "当院（03-0000-0000）へお電話ください。夜間と休日は東都大学病院 口腔外科が引き受けます。息苦しさがあるときは、すぐに119番へ。",
        ),
        ("7　協力する医療機関", "東都大学病院 口腔外科（担当 伊藤）。紹介状と画像は、この仕組みを通して送ります。"),
        (
            "8　情報の守り方",
            "診療に使う情報は暗号化して保管し、見た人と時刻を記録します。録画はしません。診療に立ち会う人は、その都度、映像の前で紹介します。",
        ),
        ("9　計画の見直し", "次回の診療のとき、または症状が変わったとき。この計画の有効期間は2027年2月28日までです。"),
    ];
    let mut blocks = vec![facts(&[
        ("患者", "田中　幸子（タナカ　サチコ）　1951年8月12日生まれ"),
        ("診断名", "46 急性化膿性根尖性歯周炎（治療中）"),
        ("作成", "歯科医師　佐藤　健一"),
    ])];
    for (heading, text) in parts {
        blocks.push(Block::Heading(heading.to_owned()));
        blocks.push(Block::Text(text.to_owned()));
    }
    Document {
        number: "PL-2026-000871".to_owned(),
        version: 1,
        blocks,
        sign: vec![
            sign("患者", "田中　幸子", None, ""),
            sign("歯科医師", "佐藤　健一", Some("2026-11-20T05:31:00Z"), "パスキーで署名"),
        ],
        ..blank(Words::new("診療計画書", "Treatment plan"), Lang::Ja)
    }
}

fn checks() -> Document {
    let themes = [
        "指針の掲示",
        "本人確認の方法",
        "診療計画の作成",
        "急変時の連絡先",
        "通信の暗号化",
        "端末の管理",
        "研修の受講",
        "記録の保存",
    ];
    let items = (1..=40)
        .map(|number| {
            let theme = themes[number % themes.len()];
            let note = (number % 5 == 0).then_some("是正の期限 2027年1月31日　担当 鈴木　次回の点検で確認する");
            check(number % 7 != 0, &format!("{number:02}　{theme}：定めたとおりに行われ、その記録が残っている。"), note)
        })
        .collect();
    Document {
        number: "CK-2026-000012".to_owned(),
        blocks: vec![
            facts(&[
                ("点検日", "2026年11月20日（金）"),
                ("点検者", "加藤　美咲（安全管理責任者）"),
                ("対象", "青葉歯科クリニック　全端末"),
            ]),
            Block::Heading("点検項目".to_owned()),
            Block::Checks(items),
            Block::Heading("端末ごとの状態".to_owned()),
            Block::Table {
                head: ["端末", "OS", "暗号化", "最終更新", "備考"].map(str::to_owned).to_vec(),
                rows: (1..=9)
                    .map(|it| {
                        [
                            format!("診療室{it} PC"),
                            "Windows 11 24H2".to_owned(),
                            "✓".to_owned(),
                            format!("2026-11-{it:02}"),
                            if it % 3 == 0 {
                                "ウイルス対策ソフトの定義が7日以上更新されていない。".to_owned()
                            } else {
                                String::new()
                            },
                        ]
                        .to_vec()
                    })
                    .collect(),
            },
        ],
        sign: vec![sign("点検者", "加藤　美咲", Some("2026-11-20T08:00:00Z"), "パスキーで署名")],
        ..blank(Words::new("オンライン診療 指針遵守の点検表", "Checklist"), Lang::Ja)
    }
}

fn chart() -> Document {
    let marks = [
        (18, "×", "欠損"),
        (16, "C2", "う蝕症第2度（遠心）"),
        (11, "CR", "コンポジットレジン充填"),
        (24, "FMC", "全部金属冠"),
        (36, "Br", "ブリッジの支台"),
        (37, "×", "欠損（ポンティック）"),
        (46, "Per", "根尖性歯周炎。打診痛あり、咬合面より仮封中"),
        (75, "残", "晩期残存乳歯"),
    ];
    let teeth = marks
        .iter()
        .map(|(fdi, mark, words)| ToothMark {
            tooth: Tooth::new(*fdi).expect("a tooth"),
            mark: (*mark).to_owned(),
            words: (*words).to_owned(),
        })
        .collect();
    Document {
        number: "CH-2026-004410".to_owned(),
        version: 3,
        blocks: vec![
            facts(&[
                ("患者", "髙橋　惠子　1960年1月2日生まれ"),
                ("診療", "2026年11月20日（金）10:30〜10:47　オンライン"),
                ("所在", "患者：自宅（世田谷区）　歯科医師：青葉歯科クリニック 診療室2"),
                ("同席", ""),
            ]),
            Block::Heading("主訴と経過".to_owned()),
            Block::Text("右下の奥歯が、噛むと痛い。3日前から。自発痛は昨夜より軽くなった。\nNRS 4/10（前回 7/10）、体温 36.6 ℃、SpO₂ 98 %。".to_owned()),
            Block::Heading("口腔内の所見".to_owned()),
            Block::Teeth(teeth),
            Block::Heading("処置と指示".to_owned()),
            Block::List(
                ["アモキシシリンカプセル250 mg　1回1カプセル　1日3回　あと2日分を飲みきる。", "腫れが広がるとき、38度以上の熱が出たときは、すぐに電話する。", "次回：2026年11月27日（金）来院。46番 感染根管処置。"].map(str::to_owned).to_vec(),
            ),
            Block::Note("この記録の第2版（2026-11-20 10:52）からの変更：46番の所見に打診痛を追記。".to_owned()),
        ],
        sign: vec![sign("記録した歯科医師", "佐藤　健一", Some("2026-11-20T02:05:00Z"), "パスキーで署名")],
        ..blank(Words::new("診療録", "Chart entry"), Lang::Ja)
    }
}

/// As long as the limits allow, to see what that costs.
fn longest() -> Document {
    let text = "痛みの様子と薬の効き目を確かめ、次の予約の日を決めました。".repeat(25);
    let count = (pdf::limits::CHARS_MAX - 100) / text.chars().count();
    Document { blocks: vec![Block::Text(text); count], ..plan() }
}
