//! Documents that cannot fall behind: every setting, every room and every decision is named where a reader looks for it.
//!
//! Commands and their flags are compared with `docs/operate.md` by the journey `e2e/journeys`, which asks the program itself.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use xtask::finding::{Finding, settle};
use xtask::source::{Kind, Token, Tongue, read};
use xtask::tree::{self, files};

const OPERATE: &str = "docs/operate.md";
const CONFIG: &str = "crates/app/src/config.rs";

/// A field of a struct: name, type, line.
type Field = (String, String, usize);

/// The structs of a file with their fields.
fn structs(tokens: &[Token]) -> BTreeMap<String, Vec<Field>> {
    let code: Vec<_> = tokens.iter().filter(|it| it.kind != Kind::Comment && !it.test).collect();
    let mut found = BTreeMap::new();
    for (at, _) in code.iter().enumerate().filter(|(_, it)| it.is("struct")) {
        let (Some(name), Some(open)) = (code.get(at + 1), code.get(at + 2)) else { continue };
        if !open.is("{") {
            continue;
        }
        let (mut depth, mut fields) = (0, Vec::new());
        for place in at + 2..code.len() {
            depth += i32::from(code[place].is("{") || code[place].is("(") || code[place].is("["));
            depth -= i32::from(code[place].is("}") || code[place].is(")") || code[place].is("]"));
            if depth == 0 {
                break;
            }
            let one_colon =
                code[place].is(":") && !code[place - 1].is(":") && !code.get(place + 1).is_some_and(|it| it.is(":"));
            if depth == 1 && one_colon {
                fields.push((code[place - 1].text.clone(), code[place + 1].text.clone(), code[place].line));
            }
        }
        found.insert(name.text.clone(), fields);
    }
    found
}

/// Every setting by its full name (`turn.urls`), with its line.
fn settings(structs: &BTreeMap<String, Vec<Field>>, of: &str, before: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (name, kind, line) in structs.get(of).into_iter().flatten() {
        if structs.contains_key(kind) {
            found.extend(settings(structs, kind, &format!("{before}{name}.")));
        } else {
            found.push((format!("{before}{name}"), *line));
        }
    }
    found
}

#[test]
fn every_setting_is_explained_to_operators() {
    let source = tree::read(CONFIG).expect("the settings");
    let all = settings(&structs(&read(&source, Tongue::Rust)), "Config", "");
    assert!(all.len() > 5, "the reader of settings is broken: {all:?}");
    let page = tree::read(OPERATE).unwrap_or_default();
    let findings = all
        .into_iter()
        .filter(|(name, _)| !page.contains(&format!("`{name}`")))
        .map(|(name, line)| Finding::new(CONFIG, line, format!("setting `{name}` is not in {OPERATE}")));
    settle("settings", findings.collect());
}

#[test]
fn every_decision_is_listed() {
    let list = tree::read("docs/decisions/README.md").expect("a list of decisions");
    let mut findings = Vec::new();
    let mut numbers = BTreeMap::new();
    for file in files("docs/decisions", &[".md"]) {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        if name == "README.md" {
            continue;
        }
        if !list.contains(&format!("({name})")) {
            findings.push(Finding::new(&file.path, 1, "is not in docs/decisions/README.md"));
        }
        let number = name.split('-').next().unwrap_or_default().to_owned();
        if let Some(other) = numbers.insert(number, name.to_owned()) {
            findings.push(Finding::new(&file.path, 1, format!("has the number of {other}")));
        }
    }
    settle("decisions", findings);
}

#[test]
fn every_room_stands_on_the_map() {
    let map = tree::read("ARCHITECTURE.md").expect("a map");
    let mut findings = Vec::new();
    for file in files("crates", &["/Cargo.toml"]) {
        let room = file.path.split('/').nth(1).unwrap_or_default();
        if !map.contains(&format!("`{room}`")) {
            findings.push(Finding::new(&file.path, 1, format!("room `{room}` is not in ARCHITECTURE.md")));
        }
    }
    settle("map", findings);
}

#[test]
fn documents_have_one_title_and_links_that_lead_somewhere() {
    let mut findings = Vec::new();
    for file in files("", &[".md"]) {
        let mut fenced = false;
        let mut titles = 0;
        for (place, line) in file.text.lines().enumerate() {
            fenced ^= line.trim_start().starts_with("```");
            if fenced {
                continue;
            }
            titles += usize::from(line.starts_with("# "));
            for (at, _) in line.match_indices("](") {
                let link = line[at + 2..].split([')', '#', ' ']).next().unwrap_or_default();
                let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let outside = link.is_empty() || link.contains("://") || link.starts_with("mailto:");
                if !outside && !tree::root().join(folder).join(link).exists() {
                    findings.push(Finding::new(&file.path, place + 1, format!("`{link}` is not there")));
                }
            }
        }
        if titles != 1 {
            findings.push(Finding::new(&file.path, 1, format!("{titles} titles: one page, one `# ` line")));
        }
    }
    settle("documents", findings);
}

#[test]
fn the_reader_of_settings_sees_nested_ones() {
    let source =
        "struct Config { a: u8, pub(crate) b: Option<std::net::Addr>, c: Inner } struct Inner { d: Vec<String> }";
    let names: Vec<_> =
        settings(&structs(&read(source, Tongue::Rust)), "Config", "").into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["a", "b", "c.d"]);
}
