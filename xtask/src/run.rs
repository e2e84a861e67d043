//! Running other programs: with their output passed on as it is, and with the numbers of their tests read off.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use xtask::tree;

/// Done, or one sentence on why not.
pub(crate) type Done<T = ()> = Result<T, String>;

/// Tests that passed and failed, as the runners said in their closing lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// One program to run, at the root of the repository unless said otherwise.
pub(crate) struct Step {
    command: Command,
    name: String,
}

impl Step {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let name = program.as_ref().to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.current_dir(tree::root()).stdin(Stdio::null());
        Self { command, name }
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        for arg in args {
            self.name = format!("{} {}", self.name, arg.as_ref().to_string_lossy());
            self.command.arg(arg);
        }
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    pub(crate) fn envs(mut self, envs: &[(String, String)]) -> Self {
        self.command.envs(envs.iter().map(|(key, value)| (key, value)));
        self
    }

    pub(crate) fn at(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(tree::root().join(folder));
        self
    }

    /// Nothing of it is seen unless it fails.
    pub(crate) fn quiet(mut self) -> Done<String> {
        let out = self.command.output().map_err(|error| format!("{}: {error}", self.name))?;
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        if out.status.success() {
            return Ok(said);
        }
        Err(format!("`{}` failed ({}):\n{said}{}", self.name, out.status, String::from_utf8_lossy(&out.stderr)))
    }

    pub(crate) fn done(mut self) -> Done {
        let status = self.command.status().map_err(|error| format!("{}: {error}", self.name))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", self.name)) }
    }

    /// Runs it, passes its lines on and adds the tests it counted to `count`.
    pub(crate) fn counted(mut self, count: &mut Count) -> Done {
        self.command.stdout(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| format!("{}: {error}", self.name))?;
        if let Some(out) = child.stdout.take() {
            for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                read_count(&line, count);
            }
        }
        let status = child.wait().map_err(|error| format!("{}: {error}", self.name))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", self.name)) }
    }

    /// Starts it in the background, with what it says in `log`.
    pub(crate) fn start(mut self, log: &Path) -> Done<Child> {
        let fail = |error: std::io::Error| format!("{}: {error}", self.name);
        let out = std::fs::File::create(log).map_err(fail)?;
        let err = out.try_clone().map_err(fail)?;
        self.command.stdout(out).stderr(err).spawn().map_err(fail)
    }

    /// Becomes it: the terminal's signals reach it and its exit status is ours.
    pub(crate) fn become_it(mut self) -> Done {
        use std::os::unix::process::CommandExt;
        Err(format!("{}: {}", self.name, self.command.stdin(Stdio::inherit()).exec()))
    }
}

/// Reads the closing lines of cargo test (`test result: ok. 3 passed; 0 failed; …`), of node's runner (`# pass 3`,
/// `ℹ pass 3`), of vitest (`Tests  3 passed (3)`) and of our journeys (`3 passed, 0 failed`).
fn read_count(line: &str, count: &mut Count) {
    let plain: String = line.split('\u{1b}').enumerate().map(|(place, it)| without_colour(place, it)).collect();
    let words: Vec<_> = plain.split([' ', ';', ',', '\t']).filter(|it| !it.is_empty()).collect();
    let before = |word: &str| {
        words.iter().position(|it| *it == word).and_then(|at| words.get(at.checked_sub(1)?)?.parse::<u64>().ok())
    };
    let closing = plain.starts_with("test result:")
        || plain.trim_start().starts_with("Tests ")
        || (words.len() >= 4 && words[1] == "passed" && words[3] == "failed");
    if closing {
        count.passed += before("passed").unwrap_or(0);
        count.failed += before("failed").unwrap_or(0);
    } else if let ["#" | "ℹ", what @ ("pass" | "fail"), number] = words[..] {
        let number = number.parse().unwrap_or(0);
        *(if what == "pass" { &mut count.passed } else { &mut count.failed }) += number;
    }
}

/// What follows an escape character, without its `[…m`.
fn without_colour(place: usize, text: &str) -> &str {
    if place == 0 { text } else { text.split_once('m').map_or("", |(_, rest)| rest) }
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => tree::root().join(folder),
        None => tree::root().join("target"),
    }
}

/// A line that is easy to find in a long log.
pub(crate) fn banner(text: &str) {
    println!("\n==== {text}");
    let _ = std::io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_nothing_else() {
        let cases = [
            ("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.17s", (12, 0)),
            ("test result: \u{1b}[31mFAILED\u{1b}[0m. 3 passed; 2 failed; 0 ignored", (3, 2)),
            ("# pass 7", (7, 0)),
            ("ℹ fail 1", (0, 1)),
            ("      Tests  1 failed | 8 passed (9)", (8, 1)),
            ("41 passed, 1 failed", (41, 1)),
            ("he passed, she failed", (0, 0)),
            ("2 tests passed while waiting", (0, 0)),
        ];
        for (line, (passed, failed)) in cases {
            let mut count = Count::default();
            read_count(line, &mut count);
            assert_eq!(count, Count { passed, failed }, "{line}");
        }
    }
}
