//! What a device says about itself, for the ledger of devices (DL-14): read from the system's own files and programs, in the
//! shape of `people::device::inventory`. Looks, and changes nothing; no network, no keys, no patient's data.
//!
//! Whatever cannot be read is unknown, never in order. What changes by the hour and says nothing of the device (its address, who
//! sits there now, the wireless network in use) is left out: it would be a line of history each time, and it is nobody's business.
//!
//! The readers of all systems are built on every system. They take the root of a file system and a way to ask programs, so that
//! a made-up machine can be read as well as this one.

mod ask;
mod cloud;
mod linux;
mod macos;
mod windows;

use std::io::Read;
use std::path::Path;

use guidelines::device::Answer;
use kernel::{Timestamp, clause};
use people::device::inventory::{Inventory, Software};

pub use ask::{Said, here};

/// Bytes of a file that are read: the list of packages of a large installation has ten million.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Days after which lists of updates, and of what malware looks like, are too old to say that nothing is missing.
const LISTS_DAYS_MAX: i64 = 7;

/// The processor that this program was built for.
const ARCH: &str = if cfg!(target_arch = "x86_64") {
    "x86_64"
} else if cfg!(target_arch = "aarch64") {
    "aarch64"
} else {
    ""
};

/// A system that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Debian, Ubuntu, Fedora and their relatives.
    Linux,
    /// Windows 10 and later.
    Windows,
    /// macOS.
    MacOs,
}

impl System {
    /// The one that this program was built for.
    #[must_use]
    pub const fn own() -> Self {
        if cfg!(target_os = "windows") {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }
}

/// A program with its arguments, to what it said; nothing when it is not there, or does not end.
pub type Ask<'a> = dyn Fn(&str, &[&str]) -> Option<Said> + 'a;

/// The machine that is read.
pub struct Machine<'a> {
    /// Its file system.
    pub root: &'a Path,
    /// Its programs.
    pub ask: &'a Ask<'a>,
    /// The moment.
    pub now: Timestamp,
}

impl Machine<'_> {
    /// A file's text without blanks around it; nothing when it cannot be read.
    fn text(&self, path: &str) -> Option<String> {
        let file = std::fs::File::open(self.root.join(path.trim_start_matches('/'))).ok()?;
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    /// The names in a folder, in order; nothing when it cannot be read.
    fn names(&self, path: &str) -> Option<Vec<String>> {
        let all = std::fs::read_dir(self.root.join(path.trim_start_matches('/'))).ok()?;
        let mut names: Vec<String> = all.filter_map(|it| it.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Some(names)
    }

    fn has(&self, path: &str) -> bool {
        self.root.join(path.trim_start_matches('/')).exists()
    }

    /// Whole days since a file was written.
    fn age_days(&self, path: &str) -> Option<i64> {
        let written = std::fs::metadata(self.root.join(path.trim_start_matches('/'))).ok()?.modified().ok()?;
        let written = Timestamp::try_from(written).ok()?;
        Some((self.now.as_second() - written.as_second()).div_euclid(24 * 60 * 60))
    }

    /// What a program says that ends well.
    fn said(&self, program: &str, args: &[&str]) -> Option<String> {
        (self.ask)(program, args).filter(|it| it.status == 0).map(|it| it.text)
    }
}

/// Reads a machine.
#[must_use]
pub fn gather(system: System, machine: &Machine<'_>) -> Inventory {
    clause!("DL-12", "DL-14");
    let mut it = match system {
        System::Linux => linux::gather(machine),
        System::Windows => windows::gather(machine),
        System::MacOs => macos::gather(machine),
    };
    it.haruka.agent = env!("CARGO_PKG_VERSION").to_owned();
    // The same machine says the same: an order that differs would be a line of history.
    it.content.softwares.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    it.content.softwares.dedup();
    it.haruka.cloud.extend(cloud::services(it.content.softwares.iter().map(|it| it.name.as_str())));
    it.haruka.cloud.sort();
    it.haruka.cloud.dedup();
    it
}

/// Numbers that makers leave where a serial number belongs.
fn serial(text: &str) -> String {
    let plain = text.trim();
    let none = ["", "none", "0", "default string", "to be filled by o.e.m.", "system serial number", "not specified"];
    if none.contains(&plain.to_lowercase().as_str()) { String::new() } else { plain.to_owned() }
}

fn software(name: &str, version: &str, publisher: &str) -> Software {
    Software { name: name.to_owned(), version: version.to_owned(), publisher: publisher.to_owned() }
}

/// Yes when all are, no when one is not; unknown when one is not known, or there is none.
fn all(answers: &[Answer]) -> Answer {
    if answers.contains(&Answer::No) {
        Answer::No
    } else if answers.is_empty() || answers.contains(&Answer::Unknown) {
        Answer::Unknown
    } else {
        Answer::Yes
    }
}

#[cfg(test)]
mod tests;
