//! Clauses, code and tests: each clause of this release is kept by code that says so and proven by a test that says so.
//!
//! `docs/guidelines.md` is written from the same facts; `UPDATE=1 cargo test -p xtask --test clauses` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;
use xtask::finding::{Finding, settle};
use xtask::source::{Kind, Tongue, read};
use xtask::tree::{self, files};

const CATALOGUE: &str = "crates/guidelines/data/clauses-2026.json";
const PAGE: &str = "docs/guidelines.md";

/// One clause, as far as the page tells it.
struct Clause {
    id: String,
    level: String,
    in_scope: bool,
    title: [String; 2],
    enforced_by: [String; 2],
    source: String,
}

fn catalogue() -> Vec<Clause> {
    let data: Value =
        serde_json::from_str(&tree::read(CATALOGUE).expect("a catalogue")).expect("the catalogue is JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pair = |value: &Value| {
        [text(&value["ja"]).replace("{doctor}", "歯科医師"), text(&value["en"]).replace("{doctor}", "dentist")]
    };
    let clauses = data["clauses"].as_array().expect("a list of clauses").iter().map(|it| {
        let place = &it["dental"];
        let document = text(&data["documents"][place["document"].as_str().unwrap_or_default()]["ja"]);
        Clause {
            id: text(&it["id"]),
            level: text(&it["level"]),
            in_scope: it["in_scope"] == true && it["later"] != true,
            title: pair(&it["title"]),
            enforced_by: pair(&it["enforced_by"]),
            source: format!("{document} {}{}", text(&place["chapter"]), text(&place["item"])).trim().to_owned(),
        }
    });
    let clauses: Vec<_> = clauses.collect();
    assert!(clauses.len() > 20, "the catalogue has {} clauses: its shape has changed", clauses.len());
    clauses
}

/// Requirement IDs in `text`: two capitals, a hyphen, digits.
fn ids(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in text.split(|it: char| !(it.is_ascii_alphanumeric() || it == '-')) {
        if let Some((room, number)) = word.split_once('-') {
            let good = ["OV", "RX", "TR", "DL", "CS", "SY"].contains(&room) && number.len() >= 2;
            if good && number.chars().all(|it| it.is_ascii_digit()) {
                found.insert(word.to_owned());
            }
        }
    }
    found
}

/// Where each ID stands: file by file.
type Places = BTreeMap<String, BTreeSet<String>>;

/// The marks `clause!("…")` in the code of the product, with the findings about IDs that nobody knows.
fn kept(known: &BTreeSet<String>) -> (Places, Vec<Finding>) {
    let (mut places, mut findings) = (Places::new(), Vec::new());
    for file in files("crates", &[".rs"]).into_iter().filter(|it| !it.path.contains("/tests/")) {
        let tokens = read(&file.text, Tongue::Rust);
        for (place, _) in tokens.iter().enumerate().filter(|(_, it)| it.is("clause") && !it.test) {
            if !(tokens.get(place + 1).is_some_and(|it| it.is("!"))
                && tokens.get(place + 2).is_some_and(|it| it.is("(")))
            {
                continue;
            }
            for token in tokens[place + 3..].iter().take_while(|it| !it.is(")")).filter(|it| it.kind == Kind::Text) {
                if known.contains(&token.text) {
                    places.entry(token.text.clone()).or_default().insert(file.path.clone());
                } else {
                    findings.push(Finding::new(
                        &file.path,
                        token.line,
                        format!("no clause `{}` in {CATALOGUE}", token.text),
                    ));
                }
            }
        }
    }
    (places, findings)
}

/// Whose tests are about the catalogue itself: an ID there is an example, and proves nothing about its clause.
const LISTS: &str = "crates/guidelines/src/clause.rs";

/// IDs named by tests: test items, files of tests, islands' tests, journeys.
fn proven() -> Places {
    let mut places = Places::new();
    let mut note = |text: &str, path: &str| {
        for id in ids(text) {
            places.entry(id).or_default().insert(path.to_owned());
        }
    };
    for file in files("crates", &[".rs"]).into_iter().filter(|it| it.path != LISTS) {
        if file.path.contains("/tests/") || file.path.ends_with("/tests.rs") {
            note(&file.text, &file.path);
        } else {
            read(&file.text, Tongue::Rust).iter().filter(|it| it.test).for_each(|it| note(&it.text, &file.path));
        }
    }
    for file in files("islands", &[".test.ts"]).into_iter().chain(files("e2e", &[".test.mjs"])) {
        note(&file.text, &file.path);
    }
    places
}

#[test]
fn every_clause_is_kept_by_code_and_proven_by_a_test() {
    let clauses = catalogue();
    let known = clauses.iter().map(|it| it.id.clone()).collect();
    let (kept, mut findings) = kept(&known);
    let proven = proven();
    let text = tree::read(CATALOGUE).unwrap_or_default();
    for clause in clauses.iter().filter(|it| it.in_scope) {
        let line = text.lines().position(|it| it.contains(&format!("\"{}\"", clause.id))).unwrap_or(0) + 1;
        if !kept.contains_key(&clause.id) {
            findings.push(Finding::new(
                CATALOGUE,
                line,
                format!("`{}` is kept by no code: mark it with clause!", clause.id),
            ));
        }
        if !proven.contains_key(&clause.id) {
            findings.push(Finding::new(
                CATALOGUE,
                line,
                format!("`{}` is proven by no test: name it in one", clause.id),
            ));
        }
    }
    settle("clauses", findings);
}

fn page() -> String {
    let clauses = catalogue();
    let known = clauses.iter().map(|it| it.id.clone()).collect();
    let (kept, _) = kept(&known);
    let proven = proven();
    let mut page = String::from(
        "# 指針とHaruka / The guidelines and Haruka\n\n\
         <!-- Written by `UPDATE=1 cargo test -p xtask --test clauses`; change the catalogue or the code, not this page. -->\n\n\
         The clauses that this release holds: what each asks, where it is written (for dentistry), how Haruka keeps it, and the\n\
         code and the tests that say so. M: must, R: recommended, E: exception. `clause!(\"ID\")` in the code marks the place.\n\n\
         | ID | | clause | source | kept by | code | tests |\n|---|---|---|---|---|---|---|\n",
    );
    let links = |places: Option<&BTreeSet<String>>| {
        let names = places.into_iter().flatten().map(|path| {
            let short = path.trim_start_matches("crates/").replace("/src/", "/");
            format!("[{short}](../{path})")
        });
        names.collect::<Vec<_>>().join(", ")
    };
    for it in clauses.iter().filter(|it| it.in_scope) {
        let (code, tests) = (links(kept.get(&it.id)), links(proven.get(&it.id)));
        let [ja, en] = &it.title;
        let [how_ja, how_en] = &it.enforced_by;
        let _ = writeln!(
            page,
            "| {} | {} | {ja}<br>{en} | {} | {how_ja}<br>{how_en} | {code} | {tests} |",
            it.id, it.level, it.source
        );
    }
    page.push_str("\n## Not held yet\n\nIn the catalogue with their source, never shown as met.\n\n| ID | | clause | source |\n|---|---|---|---|\n");
    for it in clauses.iter().filter(|it| !it.in_scope) {
        let [ja, en] = &it.title;
        let _ = writeln!(page, "| {} | {} | {ja}<br>{en} | {} |", it.id, it.level, it.source);
    }
    page
}

#[test]
fn the_page_of_guidelines_is_up_to_date() {
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(tree::root().join(PAGE), &page).expect("the page can be written");
    }
    let stands = tree::read(PAGE).unwrap_or_default();
    assert!(stands == page, "{PAGE}:1: out of date: UPDATE=1 cargo test -p xtask --test clauses");
}
