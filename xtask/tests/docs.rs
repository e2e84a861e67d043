//! Documents that cannot fall behind: every setting, every room and every decision is named where a reader looks for it.
//!
//! Settings are read from the fields of the config file, commands and flags from clap's derives.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use xtask::finding::{Finding, settle};
use xtask::source::{Kind, Token, Tongue, read};
use xtask::tree::{self, files};

const OPERATE: &str = "docs/operate.md";
const CONFIG: &str = "crates/app/src/config.rs";
const COMMANDS: &str = "crates/app/src/command.rs";

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

/// `ResetPassword` and `family_kana` as clap writes them: `reset-password`, `family-kana`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for it in name.chars() {
        if it.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(if it == '_' { '-' } else { it.to_ascii_lowercase() });
    }
    out
}

/// The place after the bracket that closes the one at `open`.
fn after(code: &[&Token], open: usize) -> usize {
    let mut depth = 0;
    for (place, token) in code.iter().enumerate().skip(open) {
        depth += i32::from(token.is("{") || token.is("(") || token.is("["));
        depth -= i32::from(token.is("}") || token.is(")") || token.is("]"));
        if depth == 0 {
            return place + 1;
        }
    }
    code.len()
}

/// Flags (`--name`) of the fields in `code`: those under `#[arg(…long…)]`.
fn flags(code: &[&Token]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for place in 0..code.len() {
        if !(code[place].is("#") && code.get(place + 2).is_some_and(|it| it.is("arg"))) {
            continue;
        }
        let end = after(code, place + 1);
        let Some(long) = (place..end).find(|at| code[*at].is("long")) else { continue };
        let named = code[long + 1].is("=").then(|| code[long + 2].text.clone());
        // The field follows, behind further attributes and its visibility.
        let colon = (end..code.len()).find(|at| code[*at].is(":") && code[*at - 1].kind == Kind::Word);
        let Some(colon) = colon else { continue };
        found.push((format!("--{}", named.unwrap_or_else(|| kebab(&code[colon - 1].text))), code[colon].line));
    }
    found
}

/// Commands below the enum `of` by their full names (`log verify`), with their lines.
fn commands(code: &[&Token], of: &str, before: &str) -> Vec<(String, usize)> {
    let Some(at) = code.windows(3).position(|it| it[0].is("enum") && it[1].is(of) && it[2].is("{")) else {
        return Vec::new();
    };
    let (mut place, end, mut found) = (at + 3, after(code, at + 2) - 1, Vec::new());
    while place < end {
        if code[place].is("#") {
            place = after(code, place + 1);
        } else if code[place].kind == Kind::Word {
            let name = format!("{before}{}", kebab(&code[place].text));
            let open = &code[place + 1];
            let inner =
                if open.is("(") { commands(code, &code[place + 2].text, &format!("{name} ")) } else { Vec::new() };
            if inner.is_empty() {
                found.push((name, code[place].line));
            }
            found.extend(inner);
            place = if open.is("(") || open.is("{") { after(code, place + 1) } else { place + 1 };
        } else {
            place += 1;
        }
    }
    found
}

#[test]
fn every_command_and_flag_is_explained_to_operators() {
    let source = tree::read(COMMANDS).expect("the commands");
    let tokens = read(&source, Tongue::Rust);
    let code: Vec<_> = tokens.iter().filter(|it| it.kind != Kind::Comment && !it.test).collect();
    let commands = commands(&code, "Command", "haruka ");
    let flags = flags(&code);
    assert!(commands.len() > 3 && flags.len() > 3, "the reader of commands is broken: {commands:?} {flags:?}");
    let page = tree::read(OPERATE).unwrap_or_default();
    // `--with-detail` does not explain `--with`.
    let words: Vec<_> = page.split(|it: char| !(it.is_ascii_alphanumeric() || it == '-')).collect();
    let missing = commands.into_iter().filter(|(name, _)| !page.contains(name.as_str()));
    let missing = missing.chain(flags.into_iter().filter(|(name, _)| !words.contains(&name.as_str())));
    let findings = missing.map(|(name, line)| Finding::new(COMMANDS, line, format!("`{name}` is not in {OPERATE}")));
    settle("commands", findings.collect());
}

#[test]
fn the_reader_of_commands_sees_what_clap_sees() {
    let source = r#"
        enum Command { /// Starts.
            Serve { #[command(flatten)] place: Place, #[arg(long)] listen: u8, #[arg(long = "duty", required = true)] duties: u8 },
            #[command(subcommand)] Log(Log), Now }
        enum Log { Verify { #[arg(long, default_value = "x")] with_detail: bool }, ResetAll { } }
        struct Place { #[arg(long)] pub(crate) config: u8, plain: u8 }"#;
    let tokens = read(source, Tongue::Rust);
    let code: Vec<_> = tokens.iter().filter(|it| it.kind != Kind::Comment).collect();
    let names = |it: Vec<(String, usize)>| it.into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(names(commands(&code, "Command", "")), ["serve", "log verify", "log reset-all", "now"]);
    assert_eq!(names(flags(&code)), ["--listen", "--duty", "--with-detail", "--config"]);
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
