//! How the house is kept, file by file: what a reader of any file may take for granted.
//!
//! Each rule says what to do instead; the few exceptions stand with their reasons in `xtask/exceptions`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use xtask::finding::{Finding, settle};
use xtask::source::{Kind, Token, Tongue, read};
use xtask::tree::{File, files};

/// Longest file that can still be read in one go.
const FILE_LINES_MAX: usize = 600;
const CODE: &[&str] = &[".rs", ".ts", ".mjs"];

fn tongue(file: &File) -> Tongue {
    if file.path.ends_with(".rs") { Tongue::Rust } else { Tongue::Script }
}

/// Whether the whole file is for tests, or for trying a room by hand.
fn for_tests(file: &File) -> bool {
    ["/tests/", "/tests.rs", "/examples/", ".test.ts", "crates/testkit/", "e2e/", "xtask/"].iter().any(|it| {
        file.path.starts_with(it) || (!it.starts_with("e2e") && !it.starts_with("xtask") && file.path.contains(it))
    })
}

/// The code of the product, without what is only for tests.
fn product(endings: &[&str]) -> Vec<(File, Vec<Token>)> {
    let mut found = Vec::new();
    for folder in ["crates", "islands"] {
        for file in files(folder, endings).into_iter().filter(|it| !for_tests(it)) {
            let tokens = read(&file.text, tongue(&file)).into_iter().filter(|it| !it.test).collect();
            found.push((file, tokens));
        }
    }
    found
}

#[test]
fn every_file_begins_by_saying_what_lives_there() {
    let mut findings = Vec::new();
    for file in files("", CODE) {
        let first = file.text.lines().find(|it| !it.starts_with("#!")).unwrap_or_default();
        let good = if file.path.ends_with(".rs") {
            first.starts_with("//!")
        } else {
            first.starts_with("//") || first.starts_with("/*")
        };
        if !good {
            findings.push(Finding::new(
                file.path,
                1,
                "begin with a comment (`//!`): what lives here, and what does not",
            ));
        }
    }
    settle("module-comment", findings);
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), "XXX"];
    let calls = [concat!("to", "do"), concat!("unimple", "mented"), concat!("db", "g")];
    let mut findings = Vec::new();
    for file in files("", &[".rs", ".ts", ".mjs", ".sql"]) {
        let tokens = read(&file.text, tongue(&file));
        for (place, token) in tokens.iter().enumerate() {
            let mut say = |message: &str| findings.push(Finding::new(&file.path, token.line, message));
            let next = |text: &str| tokens.get(place + 1).is_some_and(|it| it.is(text));
            if token.kind == Kind::Comment && marks.iter().any(|it| token.text.contains(it)) {
                say("finish it, or write an issue and take the mark out");
            }
            if calls.iter().any(|it| token.is(it)) && next("!") {
                say("a macro for unfinished work");
            }
            if token.is("[") && tokens.get(place + 1).is_some_and(|it| it.is("ignore")) {
                say("a test that is switched off proves nothing: mend it or remove it");
            }
            let runner = ["test", "describe", "it"].iter().any(|it| token.is(it));
            if tongue(&file) == Tongue::Script
                && runner
                && next(".")
                && tokens.get(place + 2).is_some_and(|it| it.is("only") || it.is("skip"))
            {
                say("a test that is switched off, or switches the others off");
            }
        }
    }
    settle("unfinished", findings);
}

/// A repeatable test, a true record and a readable rule all need that time, chance and settings come from one place.
#[test]
fn time_chance_and_environment_come_through_ctx() {
    const DOORS: &[(&[&str], &str)] = &[
        (&["SystemTime", ":", ":", "now"], "ask `ctx.now`"),
        (&["Instant", ":", ":", "now"], "ask `ctx.now`; a waiting time is a tokio sleep"),
        (&["Timestamp", ":", ":", "now"], "ask `ctx.now`"),
        (&["Zoned", ":", ":", "now"], "ask `ctx.now`"),
        (&["std", ":", ":", "env"], "settings are read in `app`"),
        (&["env", ":", ":", "var"], "settings are read in `app`"),
        (&["rand", ":", ":"], "ask `ctx.chance`"),
        (&["thread_rng"], "ask `ctx.chance`"),
        (&["getrandom", ":", ":"], "ask `ctx.chance`"),
        (&["OsRng"], "ask `ctx.chance`"),
        (&["SystemRandom"], "ask `ctx.chance`"),
    ];
    let mut findings = Vec::new();
    for (file, tokens) in product(&[".rs"]) {
        // The clock and the chance of the system are made in `kernel::ctx` and plugged in by `app`, which also reads settings.
        if file.path == "crates/kernel/src/ctx.rs" || file.path.starts_with("crates/app/src/") {
            continue;
        }
        for place in 0..tokens.len() {
            for (door, instead) in DOORS {
                let here = door
                    .iter()
                    .enumerate()
                    .all(|(ahead, it)| tokens.get(place + ahead).is_some_and(|token| token.is(it)));
                if here {
                    findings.push(Finding::new(
                        &file.path,
                        tokens[place].line,
                        format!("`{}`: {instead}", door.concat()),
                    ));
                }
            }
        }
    }
    settle("doors", findings);
}

/// Row-level security is the second wall between facilities; whoever opens a gate in it says why.
#[test]
fn few_look_over_all_facilities() {
    settle("over-all", gates("over_all", "looks over all facilities: narrow it"));
}

/// Two facilities share what a paper between them allows, and nothing by the way.
#[test]
fn few_work_at_another_facility() {
    settle("at-other", gates("at_other", "works on the rows of another facility: let that one hand it over"));
}

/// The functions that open `gate`.
fn gates(gate: &str, what: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, tokens) in product(&[".rs"]) {
        let mut within = "";
        for (place, token) in tokens.iter().enumerate() {
            if token.is("fn") {
                within = tokens.get(place + 1).map_or("", |it| &it.text);
            }
            if token.is(gate) && within != gate {
                let message = format!("`{within}` {what}, or say why it must");
                findings.push(Finding::new(&file.path, token.line, message));
            }
        }
    }
    findings
}

#[test]
fn files_stay_short() {
    let mut findings = Vec::new();
    for file in files("", CODE) {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            findings.push(Finding::new(
                file.path,
                lines,
                format!("{lines} lines: cut it along a noun ({FILE_LINES_MAX} at most)"),
            ));
        }
    }
    settle("long", findings);
}

#[test]
fn no_file_is_forgotten() {
    let mut findings = Vec::new();
    for file in files("crates", &[".rs"]) {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        let name = name.trim_end_matches(".rs");
        let of_its_own = ["/tests", "/benches", "/examples", "/bin"].iter().any(|it| folder.ends_with(it));
        let root = of_its_own || matches!(name, "lib" | "main" | "build" | "mod");
        if root {
            continue;
        }
        let parents = [
            format!("{folder}.rs"),
            format!("{folder}/mod.rs"),
            format!("{folder}/lib.rs"),
            format!("{folder}/main.rs"),
        ];
        let named = parents
            .iter()
            .filter_map(|it| xtask::tree::read(it))
            .any(|text| read(&text, Tongue::Rust).windows(2).any(|pair| pair[0].is("mod") && pair[1].is(name)));
        if !named {
            findings.push(Finding::new(&file.path, 1, "no `mod` names this file: it is not built"));
        }
    }
    settle("forgotten", findings);
}

#[test]
fn nothing_names_the_machine_it_was_made_on() {
    // Written in pieces, or this file would find itself.
    let places = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
        concat!("bash", "_jobs"),
    ];
    let endings =
        [".rs", ".ts", ".mjs", ".sql", ".toml", ".json", ".md", ".css", ".html", ".txt", ".typ", "Makefile", ".ci/run"];
    let mut findings = Vec::new();
    for file in files("", &endings) {
        for (place, line) in file.text.lines().enumerate() {
            // An address on the web may have such a part; a path begins after a quote, a blank, an equals sign.
            let named = places.iter().any(|it| {
                line.match_indices(it)
                    .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '.'))
            });
            if named {
                findings.push(Finding::new(&file.path, place + 1, "a path of one machine"));
            }
        }
    }
    settle("machine", findings);
}

/// Tables of a facility, with the place of their making: those with a column `facility_id` that is always filled.
/// (Where it may be null, the row is a person's or the installation's; each such table is an exception of `tables`.)
fn facility_tables() -> BTreeMap<String, (String, usize)> {
    let mut tables = BTreeMap::new();
    for file in files("crates", &[".sql"]) {
        for (table, line, body) in created(&file.text) {
            if facility_column(&body).is_some_and(|it| it.contains("NOT NULL")) {
                tables.insert(table, (file.path.clone(), line));
            }
        }
    }
    tables
}

fn facility_column(body: &str) -> Option<&str> {
    body.lines().find(|it| it.trim_start().starts_with("facility_id "))
}

fn words(text: &str) -> Vec<&str> {
    text.split(|it: char| !(it.is_alphanumeric() || it == '_')).filter(|it| !it.is_empty()).collect()
}

/// The columns of every key of `table`: `PRIMARY KEY (…)`, `UNIQUE (…)`, and the indices in the same file.
fn keys<'a>(body: &'a str, file: &'a str, table: &str) -> impl Iterator<Item = Vec<&'a str>> {
    let columns = |text: &'a str| {
        words(text.trim_start().strip_prefix('(').and_then(|it| it.split(')').next()).unwrap_or_default())
    };
    let inner = ["PRIMARY KEY", "UNIQUE"].into_iter().flat_map(|it| body.split(it).skip(1));
    let on = format!(" ON {table} ");
    let outer =
        file.split("INDEX").skip(1).filter_map(move |it| it.split(';').next()?.split_once(&on).map(|(_, rest)| rest));
    inner.chain(outer).map(columns)
}

/// Name, line and body of every `CREATE TABLE`.
fn created(sql: &str) -> Vec<(String, usize, String)> {
    // A comment may hold a semicolon; its line stays, so that lines are counted right.
    let bare: Vec<_> = sql.lines().map(|it| it.split("--").next().unwrap_or_default()).collect();
    let sql = &bare.join("\n");
    let mut found = Vec::new();
    for (at, head) in sql.match_indices("CREATE TABLE ") {
        let rest = &sql[at + head.len()..];
        let rest = rest.strip_prefix("IF NOT EXISTS ").unwrap_or(rest);
        let name: String = rest.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
        let body = rest.split_once(';').map_or(rest, |(body, _)| body);
        found.push((name, sql[..at].lines().count() + 1, body.to_owned()));
    }
    found
}

#[test]
fn every_query_on_a_facilitys_table_names_the_facility() {
    let tables = facility_tables();
    assert!(!tables.is_empty(), "no facility tables found: the reader of migrations is broken");
    let mut findings = Vec::new();
    for (file, tokens) in product(&[".rs"]) {
        for token in tokens.iter().filter(|it| it.kind == Kind::Text) {
            let words = words(&token.text);
            if !words.first().is_some_and(|it| ["SELECT", "UPDATE", "DELETE", "INSERT", "WITH"].contains(it)) {
                continue;
            }
            // Asked for beside other columns it narrows nothing: it must come after the table.
            let named = words.iter().rposition(|it| *it == "facility_id").unwrap_or(0);
            for (place, pair) in words.windows(2).enumerate() {
                let table = ["FROM", "JOIN", "UPDATE", "INTO"].contains(&pair[0]) && tables.contains_key(pair[1]);
                if table && named <= place {
                    let message = format!("a statement on `{}` that is not narrowed by facility_id", pair[1]);
                    findings.push(Finding::new(&file.path, token.line, message));
                }
            }
        }
    }
    settle("facility", findings);
}

#[test]
fn every_table_of_a_facility_is_keyed_by_it() {
    let mut findings = Vec::new();
    for file in files("crates", &[".sql"]) {
        for (table, line, body) in created(&file.text) {
            if !body.trim_end().ends_with("STRICT") {
                findings.push(Finding::new(&file.path, line, format!("table `{table}` is not STRICT")));
            }
            let Some(column) = facility_column(&body) else { continue };
            if !column.contains("NOT NULL") {
                findings.push(Finding::new(&file.path, line, format!("facility_id of `{table}` may be null")));
                continue;
            }
            let keyed =
                column.contains("PRIMARY KEY") || keys(&body, &file.text, &table).any(|it| it.contains(&"facility_id"));
            if !keyed {
                findings.push(Finding::new(&file.path, line, format!("facility_id of `{table}` is in no key")));
            }
        }
    }
    settle("tables", findings);
}

/// Migrations run in the order of their ids over all rooms; a number twice, or a file unlisted, is a schema nobody meant.
#[test]
fn migrations_are_dated_numbered_and_listed() {
    let mut findings = Vec::new();
    let mut seen = BTreeMap::new();
    for file in files("crates", &[".sql"]) {
        let Some((folder, name)) = file.path.split_once("/migrations/") else { continue };
        let id = name.trim_end_matches(".sql");
        let parts: Vec<_> = id.splitn(3, '-').collect();
        let digits = |it: &str, width: usize| it.len() == width && it.chars().all(|it| it.is_ascii_digit());
        let [date, number, noun] = parts[..] else {
            findings.push(Finding::new(&file.path, 1, "name it DATE-NN-noun.sql"));
            continue;
        };
        if !digits(date, 8) || !digits(number, 2) || noun.is_empty() {
            findings.push(Finding::new(&file.path, 1, "name it DATE-NN-noun.sql"));
        }
        if let Some(other) = seen.insert(format!("{date}-{number}"), file.path.clone()) {
            findings.push(Finding::new(&file.path, 1, format!("has the number of {other}")));
        }
        let listed = files(&format!("{folder}/src"), &[".rs"]).iter().any(|it| it.text.matches(id).count() >= 1);
        if !listed {
            findings.push(Finding::new(&file.path, 1, "is in no MIGRATIONS"));
        }
    }
    settle("migrations", findings);
}

fn japanese(text: &str) -> bool {
    text.chars().any(|it| matches!(it, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'))
}

/// What gives both languages: `lang.t(ja, en)`, `Words::new(ja, en)`, `Words::made(ja, en)` and their relatives.
const TWINS: &[&str] = &["t", "words", "say", "word", "line"];

/// A bracket that is open, and what stood before it.
struct Open {
    mark: char,
    /// The call gives both languages by its first two arguments.
    twin: bool,
    /// Commas so far at this depth.
    argument: usize,
    /// Texts of each argument.
    texts: Vec<Vec<String>>,
    /// Japanese texts by argument, with their lines.
    found: Vec<(usize, usize, String)>,
    /// The last words seen at this depth: for `Lang::Ja =>` and `ja:`.
    side: Option<bool>,
}

fn is_twin(tokens: &[Token], place: usize) -> bool {
    let before = |back: usize| place.checked_sub(back).and_then(|it| tokens.get(it));
    let Some(name) = before(1).filter(|it| it.kind == Kind::Word) else { return false };
    let of_words = before(2).is_some_and(|it| it.is(":")) && before(4).is_some_and(|it| it.is("Words"));
    TWINS.contains(&name.text.as_str()) || (of_words && ["new", "made"].contains(&name.text.as_str()))
}

/// Whether the Japanese text at `place` stands in a line of `keyed!` with its English: `Variant => "key", "ja", "en";`.
fn is_keyed(tokens: &[Token], place: usize) -> bool {
    let is_text = |at: usize| tokens.get(at).is_some_and(|it| it.kind == Kind::Text);
    let is = |at: usize, mark: &str| tokens.get(at).is_some_and(|it| it.is(mark));
    let Some(start) = place.checked_sub(4) else { return false };
    let before = is(start, "=") && is(start + 1, ">") && is_text(start + 2) && is(start + 3, ",");
    let english = tokens.get(place + 2).is_some_and(|it| it.text.chars().any(|it| it.is_ascii_alphabetic()));
    before && is(place + 1, ",") && is_text(place + 2) && english && is(place + 3, ";")
}

/// Japanese in the product has its English twin at the place of use.
///
/// Good places: the first argument of a twin call (the second must be English), an arm `Lang::Ja =>`, a field `ja:`,
/// a name `ja =`, the words of a `keyed!` variant.
fn without_twin(file: &File, tokens: &[Token]) -> Vec<Finding> {
    let open = |mark, twin| Open { mark, twin, argument: 0, texts: vec![Vec::new()], found: Vec::new(), side: None };
    let mut stack = vec![open(' ', false)];
    let mut findings = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let depth = stack.len() - 1;
        match token.kind {
            Kind::Comment | Kind::Letter => {}
            Kind::Text => {
                for level in &mut stack {
                    let argument = level.argument;
                    level.texts[argument].push(token.text.clone());
                }
                let side = stack.iter().any(|it| it.side == Some(true));
                let data = stack.iter().rposition(|it| it.twin);
                if !japanese(&token.text) || side || is_keyed(tokens, place) {
                    continue;
                }
                match data {
                    Some(level) => {
                        let argument = stack[level].argument;
                        stack[level].found.push((argument, token.line, token.text.clone()));
                    }
                    None => findings.push(Finding::new(
                        &file.path,
                        token.line,
                        format!("「{}」 has no English twin", token.text),
                    )),
                }
            }
            Kind::Mark => match token.text.as_str() {
                "(" | "[" | "{" => {
                    stack.push(open(token.text.chars().next().unwrap_or(' '), token.is("(") && is_twin(tokens, place)))
                }
                ")" | "]" | "}" if depth > 0 => {
                    let Some(level) = stack.pop() else { continue };
                    findings.extend(level.judge(file));
                    // A block closes the arm that it is the body of.
                    if level.mark == '{' {
                        stack[depth - 1].side = None;
                    }
                }
                "," | ";" => {
                    stack[depth].side = None;
                    if token.is(",") {
                        stack[depth].argument += 1;
                        stack[depth].texts.push(Vec::new());
                    }
                }
                _ => {}
            },
            Kind::Word => {
                let next = |text: &str| tokens.get(place + 1).is_some_and(|it| it.is(text));
                let path = tokens.get(place + 2).is_some_and(|it| it.is(":"));
                let names = next("=") || (next(":") && !path);
                if names && (token.is("Ja") || token.is("ja")) {
                    stack[depth].side = Some(true);
                } else if names && (token.is("En") || token.is("en")) {
                    stack[depth].side = Some(false);
                }
            }
        }
    }
    findings
}

impl Open {
    fn judge(&self, file: &File) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (argument, line, text) in &self.found {
            let twin: String = self.texts.get(1).map(|it| it.concat()).unwrap_or_default();
            let english = twin.is_empty() || twin.chars().any(|it| it.is_ascii_alphabetic() || it == '{');
            if *argument > 0 {
                findings.push(Finding::new(&file.path, *line, format!("「{text}」 stands where the English goes")));
            } else if !english {
                findings.push(Finding::new(&file.path, *line, format!("「{text}」 has a twin without English")));
            }
        }
        findings
    }
}

#[test]
fn every_japanese_sentence_has_its_english_twin() {
    let mut findings = Vec::new();
    for (file, tokens) in product(&[".rs", ".ts"]) {
        findings.extend(without_twin(&file, &tokens));
    }
    settle("twins", findings);
}

#[test]
fn the_twin_rule_sees_what_it_should() {
    let cases: &[(&str, usize)] = &[
        (r#"lang.t("予約", "Booking")"#, 0),
        (r#"lang.t("予約", "予約")"#, 2),
        (r#"html! { h1 { "予約" } }"#, 1),
        (r#"html! { h1 { (lang.t("予約", "Booking")) p { "予約" } } }"#, 1),
        (r#"Words::new("予約", "Booking")"#, 0),
        (r#"Words::made(format!("{}さん", f("a")), format!("{name}"))"#, 0),
        (r#"match lang { Lang::Ja => format!("{}年", y), Lang::En => "x" }"#, 0),
        (r#"match lang { Lang::En => "予約", Lang::Ja => "x" }"#, 1),
        (r#"Words { ja: "予約".into(), en: "Booking".into() }"#, 0),
        (r#"let ja = format!("{n}文字"); let en = "x"; let other = "予約";"#, 1),
        (r#"lang.t("予約", "9")"#, 1),
        (r#"new("予約", "Booking")"#, 1),
        (r#"keyed! { enum A { B => "b", "予約", "Booking"; } }"#, 0),
        (r#"keyed! { enum A { B => "b", "予約", "予約"; } }"#, 2),
        (r#"keyed! { enum A { B => "予約"; } }"#, 1),
    ];
    for (source, count) in cases {
        let file = File { path: "x.rs".into(), text: (*source).into() };
        let found = without_twin(&file, &read(source, Tongue::Rust));
        assert_eq!(found.len(), *count, "{source}: {found:?}");
    }
}

/// Exceptions are for checks that exist.
#[test]
fn every_list_of_exceptions_belongs_to_a_check() {
    let tests: String = files("xtask/tests", &[".rs"]).into_iter().map(|it| it.text).collect();
    let lost: BTreeSet<_> = files("xtask/exceptions", &[".txt"])
        .into_iter()
        .filter(|it| {
            let name = it.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".txt");
            !tests.contains(&format!("settle(\"{name}\""))
        })
        .map(|it| it.path)
        .collect();
    assert!(lost.is_empty(), "no check reads {lost:?}");
}
