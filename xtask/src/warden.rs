//! The warden: a small shell in a process group of its own that cleans up when xtask is gone, however it went.
//!
//! It reads orders from a pipe that only xtask holds. When the pipe closes (xtask is done, was interrupted, or was
//! killed), it carries out the orders, the last one first, and then ends every process that carries this run's mark
//! in its environment. Nothing outlives a test run.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use crate::run::Done;

/// Every process of a run has this in its environment; the warden itself does not.
pub(crate) const MARK: &str = "HARUKA_TEST_RUN";

const SCRIPT: &str = r#"
trap '' HUP INT TERM
orders=''
while IFS= read -r order; do orders="$order
$orders"; done
printf '%s' "$orders" | sh 2>/dev/null
marked() { grep -lzxF "$1" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }
for signal in TERM KILL; do
    for pid in $(marked "$1"); do kill -$signal "$pid" 2>/dev/null; done
    tries=0
    while [ -n "$(marked "$1")" ] && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
done
"#;

pub(crate) struct Warden {
    shell: Child,
    mark: String,
}

impl Warden {
    pub(crate) fn new() -> Done<Self> {
        let mark = format!("{}-{}", std::process::id(), run_number());
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "warden", &format!("{MARK}={mark}")])
            .stdin(Stdio::piped())
            .env_remove(MARK)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("sh: {error}"))?;
        Ok(Self { shell, mark })
    }

    /// What to put into the environment of each process of this run.
    pub(crate) fn mark(&self) -> (String, String) {
        (MARK.into(), self.mark.clone())
    }

    /// Adds one line of shell for the end. Later orders are carried out first.
    pub(crate) fn order(&mut self, line: &str) -> Done {
        let pipe = self.shell.stdin.as_mut().ok_or("the warden has gone")?;
        writeln!(pipe, "{line}").map_err(|error| format!("warden: {error}"))
    }

    /// Processes of this run that are still there, by id and name.
    pub(crate) fn marked(&self) -> Vec<(u32, String)> {
        let line = format!("{MARK}={}", self.mark);
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
            let Ok(environ) = std::fs::read(entry.path().join("environ")) else { continue };
            if environ.split(|it| *it == 0).any(|it| it == line.as_bytes()) {
                let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                found.push((pid, name.trim().to_owned()));
            }
        }
        found
    }

    /// Lets the warden do its work now and looks whether it has.
    pub(crate) fn dismiss(mut self) -> Done {
        drop(self.shell.stdin.take());
        self.shell.wait().map_err(|error| format!("warden: {error}"))?;
        let left = self.marked();
        if left.is_empty() { Ok(()) } else { Err(format!("still running: {left:?}")) }
    }
}

/// Tells runs apart that have the same process id on different days.
fn run_number() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |it| it.as_secs())
}
