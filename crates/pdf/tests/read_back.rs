//! Documents are set and read back with another program (poppler), as an archive or a reader would.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::{Kind, Lang, Tooth, Words};
use papers::{Block, Check, Document, SignLine, ToothMark};
use pdf::{PrintedAs, limits};

fn document(blocks: Vec<Block>) -> Document {
    Document {
        title: Words::new("診療計画書", "Treatment plan"),
        lang: Lang::Ja,
        facility: "青葉歯科クリニック".to_owned(),
        address: "東京都世田谷区青葉台1-2-3".to_owned(),
        contact: "電話 03-0000-0000".to_owned(),
        made_at: "2026-11-20T16:30:00Z".parse().unwrap(),
        number: "PL-2026-000871".to_owned(),
        version: 3,
        blocks,
        sign: vec![],
        large_type: false,
    }
}

fn text(it: &str) -> Block {
    Block::Text(it.to_owned())
}

/// Runs a program of poppler-utils on `bytes`; `out` are the words after the file's name.
fn poppler(program: &str, options: &[&str], bytes: &[u8], out: &[&str]) -> Vec<u8> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("read-back-{}-{}.pdf", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    let done = Command::new(program)
        .args(options)
        .arg(&path)
        .args(out)
        .output()
        .unwrap_or_else(|fault| panic!("{program} is needed by these tests; install poppler-utils ({fault})"));
    std::fs::remove_file(&path).unwrap();
    // Some versions of poppler expect another type for Suspects than the standard (ISO 32000-1, table 321) gives it.
    let complaints = String::from_utf8_lossy(&done.stderr);
    let complaints = complaints.replace("Syntax Error: Suspects object is wrong type (boolean)\n", "");
    assert!(done.status.success() && complaints.is_empty(), "{program}: {complaints}");
    done.stdout
}

fn text_of(options: &[&str], bytes: &[u8]) -> String {
    String::from_utf8(poppler("pdftotext", options, bytes, &["-"])).unwrap()
}

/// The words of a document in the order in which they are stored, without line ends and spaces.
fn words(bytes: &[u8]) -> String {
    squeezed(&text_of(&["-raw", "-enc", "UTF-8"], bytes))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace() && *it != '\u{200b}').collect()
}

#[test]
fn words_come_out_in_the_order_in_which_they_went_in() {
    let mut it = document(vec![
        Block::Heading("主訴".to_owned()),
        text("右下の奥歯が痛い。昨日から、噛むと響きます。"),
        Block::Facts(vec![("患者".to_owned(), "田中　幸子".to_owned()), ("担当".to_owned(), "佐藤".to_owned())]),
        Block::List(vec!["一つ目".to_owned(), "二つ目".to_owned()]),
        Block::Checks(vec![
            Check { done: true, text: "説明した".to_owned(), note: Some("10時".to_owned()) },
            Check { done: false, text: "同意した".to_owned(), note: None },
        ]),
        Block::Table {
            head: vec!["部位".to_owned(), "所見".to_owned()],
            rows: vec![vec!["46".to_owned(), "打診痛".to_owned()]],
        },
        Block::Note("写しを渡した。".to_owned()),
    ]);
    it.sign = vec![SignLine {
        label: "歯科医師".to_owned(),
        name: "佐藤　健一".to_owned(),
        at: Some("2026-11-20T16:40:00Z".parse().unwrap()),
        how: "パスキーで署名".to_owned(),
    }];
    let read = words(&pdf::render(&it).unwrap());
    let order = [
        "青葉歯科クリニック",
        "東京都世田谷区青葉台1-2-3",
        "電話03-0000-0000",
        "診療計画書",
        "PL-2026-000871",
        "第3版",
        // 16:30 UTC is the next day in Tokyo.
        "2026年11月21日（土）01:30作成",
        "主訴",
        "右下の奥歯が痛い。昨日から、噛むと響きます。",
        "患者",
        "田中幸子",
        "担当",
        "佐藤",
        "一つ目",
        "二つ目",
        "☑",
        "説明した",
        "10時",
        "☐",
        "同意した",
        "部位",
        "所見",
        "46",
        "打診痛",
        "写しを渡した。",
        "署名・確認",
        "歯科医師",
        "佐藤健一",
        "2026年11月21日（土）01:40",
        "パスキーで署名",
        "1/1",
    ];
    let mut from = 0;
    for part in order {
        let at = read[from..].find(part).unwrap_or_else(|| panic!("{part} after place {from} in {read}"));
        from += at + part.len();
    }
}

#[test]
fn hostile_words_are_printed_as_they_are() {
    let hostile = [
        "#import \"/etc/passwd\": *",
        "#read(\"/etc/passwd\")",
        "#panic()",
        "$x^2$ $ $$",
        "*bold* _it_ `raw` ```",
        "] [ } { ) (",
        "= heading",
        "- item + 1. / term: x",
        "\\ \\u{41} \\n ~ -- --- ... @label <label> // no /* no */",
        "\"]}, {\"kind\": \"heading\"",
        "<script>alert(1)</script>",
        "%PDF-1.7 endstream endobj",
        "https://example.com",
        "${HOME} {{x}} %s %n",
    ];
    for large_type in [false, true] {
        let all = |it: &str| it.to_owned();
        let mut it = document(vec![]);
        it.large_type = large_type;
        for line in hostile {
            it.blocks.extend([
                Block::Heading(all(line)),
                text(line),
                Block::Note(all(line)),
                Block::Facts(vec![(all(line), all(line))]),
                Block::List(vec![all(line)]),
                Block::Checks(vec![Check { done: true, text: all(line), note: Some(all(line)) }]),
                Block::Table { head: vec![all(line), all("-")], rows: vec![vec![all(line), all("-")]] },
                Block::Teeth(vec![ToothMark { tooth: Tooth::new(11).unwrap(), mark: all("C"), words: all(line) }]),
            ]);
        }
        it.sign = vec![SignLine { label: all(hostile[0]), name: all(hostile[3]), at: None, how: all(hostile[9]) }];
        it.facility = all(hostile[0]);
        it.number = all(hostile[4]);
        let read = words(&pdf::render(&it).unwrap());
        for line in hostile {
            // Nine places each, of which the table's two may be cut by the other column when it is read by position.
            let count = read.matches(&squeezed(line)).count();
            assert!(count >= 7, "{line}: {count} times in {read}");
        }
    }
}

#[test]
fn a_file_says_that_it_is_archivable_and_accessible() {
    let bytes = pdf::render(&document(vec![Block::Heading("一".to_owned()), text("二")])).unwrap();
    assert!(bytes.starts_with(b"%PDF-1.7"));
    let file = String::from_utf8_lossy(&bytes);
    for mark in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "診療計画書",
        "<dc:language>",
        "2026-11-21T01:30:00+09:00",
    ] {
        assert!(file.contains(mark), "{mark}");
    }
    let about = String::from_utf8(poppler("pdfinfo", &[], &bytes, &[])).unwrap().replace(' ', "");
    assert!(
        about.contains("Tagged:yes") && about.contains("JavaScript:no") && about.contains("Encrypted:no"),
        "{about}"
    );
    assert!(about.contains("Pagesize:595.276x841.89pts(A4)"), "{about}");
}

#[test]
fn all_fonts_are_embedded() {
    let bytes = pdf::render(&document(vec![Block::Heading("一".to_owned()), text("二 𠮷")])).unwrap();
    let fonts = String::from_utf8(poppler("pdffonts", &[], &bytes, &[])).unwrap();
    let rows: Vec<_> = fonts.lines().skip(2).collect();
    assert_eq!(rows.len(), 4, "{fonts}");
    for row in rows {
        assert!(row.contains("BIZUDGothic") || row.contains("Haruka"), "{row}");
        // Embedded, a subset, and with a table back to Unicode.
        assert!(row.split_whitespace().filter(|it| *it == "yes").count() == 3, "{row}");
    }
}

#[test]
fn the_same_data_give_the_same_bytes_on_every_thread() {
    let it = document(vec![text("同じ内容"), Block::Teeth(vec![])]);
    let first = pdf::render(&it).unwrap();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| pdf::render(&it).unwrap())).collect();
        for run in runs {
            assert!(run.join().unwrap() == first, "the bytes differ");
        }
    });
    let later = Document { made_at: "2026-11-20T16:31:00Z".parse().unwrap(), ..it };
    assert!(pdf::render(&later).unwrap() != first);
}

#[test]
fn five_pages_are_numbered_and_named() {
    let sentence = "痛みの様子と薬の効き目を確かめ、次の予約の日を決めました。".repeat(20);
    let blocks = (1..=13).flat_map(|it| [Block::Heading(format!("第{it}回")), text(&sentence)]).collect();
    let done = pdf::typeset(&document(blocks)).unwrap();
    assert_eq!(done.pages, 5);
    for page in 1..=5 {
        let number = page.to_string();
        let read = squeezed(&text_of(&["-f", &number, "-l", &number], &done.bytes));
        for part in
            [format!("{page}/5"), "PL-2026-000871".to_owned(), "第3版".to_owned(), "青葉歯科クリニック".to_owned()]
        {
            assert!(read.contains(&part), "{part} on page {page}");
        }
    }
}

#[test]
fn no_heading_is_the_last_line_of_a_page() {
    // Thirty lengths of filling walk the heading across the end of the page.
    for filling in 20..50 {
        let mut blocks: Vec<_> = (0..filling).map(|it| text(&format!("{it}行"))).collect();
        blocks.extend([Block::Heading("見出し".to_owned()), text("続き")]);
        let done = pdf::typeset(&document(blocks)).unwrap();
        let pages = text_of(&[], &done.bytes);
        let heading = pages.split('\u{c}').position(|it| it.contains("見出し"));
        assert_eq!(heading, pages.split('\u{c}').position(|it| it.contains("続き")), "{filling}");
    }
}

#[test]
fn no_line_begins_or_ends_with_a_sign_that_may_not() {
    let sentence = "「はい」、と答えた。（笑）って、ちょっと待って！キャッチャー・ミット、ー。";
    for shift in 0..12 {
        let it = document(vec![text(&("あ".repeat(shift) + &sentence.repeat(30)))]);
        let read = text_of(&["-layout"], &pdf::render(&it).unwrap());
        for line in read.lines().map(str::trim).filter(|it| !it.is_empty()) {
            assert!(!line.starts_with(['、', '。', '」', '）', '！', 'っ', 'ょ', 'ャ', 'ッ', 'ー', '・']), "{line}");
            assert!(!line.ends_with(['「', '（']), "{line}");
        }
    }
}

#[test]
fn nothing_leaves_the_paper() {
    let runs = [
        "W".repeat(3000),
        "、".repeat(500),
        "「".repeat(500),
        "9".repeat(500),
        "𠮷".repeat(500),
        "https://example.com/".repeat(40),
    ];
    for large_type in [false, true] {
        let mut it = document(vec![]);
        it.large_type = large_type;
        it.title = Words::made("W".repeat(200), "W".repeat(200));
        it.facility = "W".repeat(200);
        it.number = "W".repeat(200);
        for run in &runs {
            it.blocks.extend([
                Block::Heading(run.clone()),
                text(run),
                Block::Note(run.clone()),
                Block::Facts(vec![(run.clone(), run.clone())]),
                Block::Checks(vec![Check { done: false, text: run.clone(), note: Some(run.clone()) }]),
                Block::Table { head: vec!["頭".to_owned(); 10], rows: vec![vec![run.chars().take(60).collect(); 10]] },
                Block::Teeth(vec![ToothMark {
                    tooth: Tooth::new(11).unwrap(),
                    mark: "ABC".to_owned(),
                    words: run.clone(),
                }]),
            ]);
        }
        it.sign = vec![SignLine { label: "W".repeat(60), name: "W".repeat(60), at: None, how: "W".repeat(60) }];
        let done = pdf::typeset(&it).unwrap();
        let boxes = text_of(&["-bbox"], &done.bytes);
        let mut seen = 0;
        for line in boxes.lines().filter(|it| it.contains("<word ")) {
            let edge = |name: &str| -> f64 {
                let rest = &line[line.find(name).unwrap() + name.len() + 2..];
                rest[..rest.find('"').unwrap()].parse().unwrap()
            };
            // A4 is 595 × 842 points, and the margins are 20 mm = 56.7 points. Punctuation may hang by half a letter.
            assert!(edge("xMin") >= 45.0 && edge("xMax") <= 595.3 - 45.0, "{line}");
            assert!(edge("yMin") >= 0.0 && edge("yMax") <= 842.0, "{line}");
            seen += 1;
        }
        assert!(seen > 100);
        let read = words(&done.bytes);
        // Three times running text, and each of the narrower places.
        assert!(read.matches('9').count() >= 500 * 5, "{}", read.matches('9').count());
    }
}

#[test]
fn what_cannot_be_printed_is_marked_and_said() {
    let it = document(vec![text("髙﨑さんと𠮷野さんと𪚥さんと葛\u{e0105}さん。か\u{3099}")]);
    let done = pdf::typeset(&it).unwrap();
    let read = words(&done.bytes);
    assert!(read.contains("髙﨑さんと𠮷野さんと〓さんと葛さん。が"), "{read}");
    assert!(read.contains("「〓」で印字しました：U+2A6A5（1か所）"), "{read}");
    assert!(read.contains("標準の字形で印字しました：葛U+845BU+E0105（1か所）"), "{read}");
    let told: Vec<_> = done.unprinted.iter().map(|it| (it.written.as_str(), it.printed)).collect();
    assert_eq!(told, [("𪚥", PrintedAs::Mark), ("葛\u{e0105}", PrintedAs::PlainForm)]);
    let clean = pdf::typeset(&document(vec![text("髙﨑さんと𠮷野さん")])).unwrap();
    assert!(clean.unprinted.is_empty() && !words(&clean.bytes).contains('〓'));
}

#[test]
fn a_family_keeps_the_form_of_its_name() {
    let drawn = |it: &str| poppler("pdftoppm", &["-r", "60"], &pdf::render(&document(vec![text(it)])).unwrap(), &[]);
    let plain = drawn("葛城");
    // By the collection Adobe-Japan1, U+E0101 names the form that the font has anyway, U+E0100 the other one.
    assert!(drawn("葛\u{e0101}城") == plain && drawn("葛\u{e0100}城") != plain);
    let read = words(&pdf::render(&document(vec![text("葛\u{e0100}城")])).unwrap());
    assert!(read.contains("葛\u{e0100}城") || read.contains("葛城"), "{read}");
}

#[test]
fn empty_blocks_are_left_out_or_say_so() {
    let empty = vec![
        Block::Heading(String::new()),
        text(" \n "),
        Block::Note(String::new()),
        Block::Facts(vec![]),
        Block::List(vec![]),
        Block::Checks(vec![]),
        Block::Table { head: vec!["頭".to_owned()], rows: vec![] },
        Block::Table { head: vec![], rows: vec![] },
        Block::Teeth(vec![]),
    ];
    for lang in [Lang::Ja, Lang::En] {
        let it = Document { lang, ..document(empty.clone()) };
        let read = words(&pdf::render(&it).unwrap());
        assert_eq!(read.matches(lang.t("記載なし", "Nothingrecorded")).count(), 6, "{read}");
    }
    let blank =
        Document { address: String::new(), contact: String::new(), facility: String::new(), ..document(vec![]) };
    assert_eq!(pdf::typeset(&blank).unwrap().pages, 1);
    let value = document(vec![Block::Facts(vec![("同席".to_owned(), String::new())])]);
    assert!(words(&pdf::render(&value).unwrap()).contains("同席—"));
}

#[test]
fn the_chart_stands_in_both_jaws_and_in_words() {
    let mark = |fdi: u8, mark: &str, words: &str| ToothMark {
        tooth: Tooth::new(fdi).unwrap(),
        mark: mark.to_owned(),
        words: words.to_owned(),
    };
    let permanent = words(&pdf::render(&document(vec![Block::Teeth(vec![mark(46, "Per", "打診痛あり")])])).unwrap());
    assert!(
        permanent.contains("18") && permanent.contains("38") && permanent.contains("46Per打診痛あり"),
        "{permanent}"
    );
    assert!(!permanent.contains("75"), "{permanent}");
    let mixed = words(&pdf::render(&document(vec![Block::Teeth(vec![mark(75, "残", "晩期残存")])])).unwrap());
    assert!(mixed.contains("51") && mixed.contains("75残晩期残存"), "{mixed}");
}

#[test]
fn what_is_too_large_is_refused_before_the_work() {
    let row = |count: usize| vec!["x".to_owned(); count];
    let cases = [
        document(vec![text("x"); limits::BLOCKS_MAX + 1]),
        document(vec![text(&"あ".repeat(limits::CHARS_MAX + 1))]),
        document(vec![Block::List(row(limits::ROWS_MAX + 1))]),
        document(vec![Block::Table { head: row(limits::COLUMNS_MAX + 1), rows: vec![] }]),
        Document {
            sign: vec![
                SignLine { label: String::new(), name: String::new(), at: None, how: String::new() };
                limits::SIGN_LINES_MAX + 1
            ],
            ..document(vec![])
        },
        Document { facility: "x".repeat(limits::LINE_CHARS_MAX + 1), ..document(vec![]) },
        // Short lines: few characters, many pages.
        document(vec![text(&"x\n".repeat(12_000))]),
    ];
    for (place, it) in cases.iter().enumerate() {
        let refused = pdf::render(it).unwrap_err();
        assert_eq!(*refused.kind(), Kind::Limit { retry: false }, "case {place}: {refused}");
    }
    let ragged = document(vec![Block::Table { head: row(2), rows: vec![row(3)] }]);
    assert_eq!(*pdf::render(&ragged).unwrap_err().kind(), Kind::Internal);
}

#[test]
fn large_type_is_larger() {
    let it = document(vec![text(&"読みやすい大きさの文字で印字します。".repeat(60))]);
    let large = Document { large_type: true, ..it.clone() };
    assert!(pdf::typeset(&large).unwrap().pages > pdf::typeset(&it).unwrap().pages);
}
