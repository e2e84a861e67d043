//! Whether a device may be used where somebody works with it (DL-12, DL-13): facts in, a verdict with all that is to be
//! mended out. What is asked where, for how long an answer counts and until when a system is kept up is dated data
//! (`data/device-2026.json`).
//!
//! What nobody knows is never taken to be in order. An agent's answer goes before one that was entered by hand; where the
//! agent cannot see, the answer by hand counts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use kernel::{Date, Timestamp, Words, clause, time};

use crate::ClauseId;

kernel::keyed! {
    /// Whose a device is.
    pub enum Kind {
        /// The facility's, used there.
        Owned => "owned", "施設の端末", "The facility's own";
        /// The facility's, lent to somebody.
        Lent => "lent", "貸し出している端末", "Lent to a member of the staff";
        /// Somebody's own.
        Personal => "personal", "個人の端末（BYOD）", "Somebody's own";
    }
}

kernel::keyed! {
    /// Where somebody works.
    pub enum Place {
        /// In the facility.
        Facility => "facility", "施設の中", "In the facility";
        /// Outside of it.
        Remote => "remote", "施設の外（リモート）", "Outside (remote work)";
    }
}

kernel::keyed! {
    /// An answer about a device.
    #[derive(Default, Hash, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Answer {
        /// It is so.
        Yes => "yes", "はい", "Yes";
        /// It is not.
        No => "no", "いいえ", "No";
        /// Nobody knows.
        #[default]
        Unknown => "unknown", "わからない", "Unknown";
    }
}

impl Answer {
    /// From what is known for sure, or not at all.
    #[must_use]
    pub const fn of(known: Option<bool>) -> Self {
        match known {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown,
        }
    }

    /// This answer, or the other where this one knows nothing.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        if matches!(self, Self::Unknown) { other } else { self }
    }
}

kernel::keyed! {
    /// What is looked at.
    #[derive(Hash, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Check {
        /// Somebody has told about it, and not too long ago.
        Heard => "heard", "最近の確認", "Heard of lately";
        /// The system gets security updates from its maker.
        System => "system", "OSのサポート", "System kept up by its maker";
        /// They are installed.
        Updates => "updates", "更新の適用", "Updates installed";
        /// Security software runs and is up to date.
        Security => "security", "セキュリティ対策ソフト", "Security software";
        /// What is stored is encrypted.
        Encryption => "encryption", "ディスクの暗号化", "Disk encryption";
        /// The screen locks by itself.
        Lock => "lock", "画面の自動ロック", "Screen lock";
        /// Bluetooth is off.
        Bluetooth => "bluetooth", "Bluetoothの停止", "Bluetooth off";
        /// Wireless connections from device to device are off.
        AdHoc => "ad_hoc", "端末どうしの無線（アドホック）の停止", "Ad-hoc radio off";
        /// The facility has rules for such devices.
        Rules => "rules", "運用管理規程", "Rules on file";
        /// The manager can change its settings.
        Managed => "managed", "管理者による設定", "Settings in the manager's hand";
    }
}

/// A system, by its family (`windows`, `macos`, `debian` …) and its version in numbers with dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// The family, in small letters.
    pub family: String,
    /// The version.
    pub version: String,
}

/// How far updates are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updates {
    /// Nobody knows.
    Unknown,
    /// None waits.
    Installed,
    /// Some wait, since then.
    WaitingSince(Timestamp),
}

/// What was told about a device at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When; by hand, the end of the day on which somebody looked.
    pub at: Timestamp,
    /// The system.
    pub system: Option<System>,
    /// Its updates.
    pub updates: Updates,
    /// Security software runs and is up to date.
    pub security: Answer,
    /// What is stored is encrypted.
    pub encrypted: Answer,
    /// The screen locks by itself.
    pub locks: Answer,
    /// Bluetooth is off, or there is none.
    pub bluetooth_off: Answer,
    /// Ad-hoc radio is off, or there is none.
    pub ad_hoc_off: Answer,
}

/// What is known about a device.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Whose it is.
    pub kind: Kind,
    /// The facility has rules for lent and personal devices.
    pub has_rules: bool,
    /// It is on record how the manager can change its settings.
    pub is_managed: bool,
    /// What its agent told last.
    pub agent: Option<Told>,
    /// What somebody entered by hand last.
    pub hand: Option<Told>,
}

/// Something that keeps a device from being used, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToMend {
    /// The clause that asks for it.
    pub clause: ClauseId,
    /// What was looked at.
    pub check: Check,
    /// What is wrong, or not known.
    pub reason: Words,
    /// What to do about it.
    pub mend: Words,
}

/// Until when a system is kept up.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Line {
    /// The family.
    pub family: Cow<'static, str>,
    /// The first version of the line.
    pub from: Cow<'static, str>,
    /// What people call it.
    pub name: Cow<'static, str>,
    /// The last day of security updates, where it is known.
    #[serde(default, deserialize_with = "crate::dated::maybe_day")]
    pub until: Option<Date>,
}

/// The policy as it stands in its data file.
#[derive(Debug, serde::Deserialize)]
pub struct Policy {
    /// Its edition.
    pub edition: Cow<'static, str>,
    /// From when it counts.
    #[serde(deserialize_with = "crate::dated::day")]
    pub valid_from: Date,
    /// Days for which an agent's answer counts.
    pub agent_days: i64,
    /// Days for which an answer by hand counts.
    pub hand_days: i64,
    /// Days for which updates may wait.
    pub updates_days: i64,
    /// What is asked, by the key of the place.
    places: BTreeMap<Cow<'static, str>, Vec<Check>>,
    /// The systems.
    pub systems: Vec<Line>,
}

/// The policy in force.
#[must_use]
pub fn policy() -> &'static Policy {
    &POLICY
}

#[allow(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
static POLICY: LazyLock<Policy> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/device-2026.json")).expect("the policy on devices"));

impl Policy {
    /// What is asked at `place`.
    #[must_use]
    pub fn asks(&self, place: Place) -> &[Check] {
        self.places.get(place.key()).map_or(&[], Vec::as_slice)
    }

    /// The line to which a system belongs: the newest of its family that it has reached.
    #[must_use]
    pub fn line(&self, system: &System) -> Option<&Line> {
        let version = numbers(&system.version)?;
        let reached = |it: &&Line| it.family == system.family && numbers(&it.from).is_some_and(|from| from <= version);
        self.systems.iter().filter(reached).max_by_key(|it| numbers(&it.from))
    }
}

/// The numbers of a version without the zeros at its end; none for what has none.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let digits = |it: &str| it.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    let mut all: Vec<u64> = version.split('.').map_while(digits).collect();
    if all.is_empty() {
        return None;
    }
    while all.last() == Some(&0) {
        all.pop();
    }
    Some(all)
}

/// Whether a device may be used at `place` for patients' data.
///
/// # Errors
/// Everything that is to be mended, in the order of the policy; never empty.
pub fn judge(facts: &Facts, place: Place, now: Timestamp) -> Result<(), Vec<ToMend>> {
    clause!("DL-12", "DL-13");
    let policy = policy();
    let mut all = owner(facts);
    let days = |it: &Told| (now.as_second() - it.at.as_second()).div_euclid(24 * 60 * 60);
    let fresh = |it: &Option<Told>, most: i64| it.clone().filter(|it| days(it) <= most);
    let (agent, hand) = (fresh(&facts.agent, policy.agent_days), fresh(&facts.hand, policy.hand_days));
    if agent.is_none() && hand.is_none() {
        let last = [&facts.agent, &facts.hand].into_iter().flatten().map(days).min();
        all.push(words::not_heard(last));
    } else {
        let asked = policy.asks(place).iter();
        all.extend(asked.filter_map(|check| one(*check, agent.as_ref(), hand.as_ref(), now)));
    }
    if all.is_empty() { Ok(()) } else { Err(all) }
}

/// What depends on whose it is.
fn owner(facts: &Facts) -> Vec<ToMend> {
    let mut all = Vec::new();
    if facts.kind != Kind::Owned && !facts.has_rules {
        all.push(words::no_rules());
    }
    if facts.kind == Kind::Personal && !facts.is_managed {
        all.push(words::not_managed());
    }
    all
}

fn one(check: Check, agent: Option<&Told>, hand: Option<&Told>, now: Timestamp) -> Option<ToMend> {
    let told = || [agent, hand].into_iter().flatten();
    let answer = |of: fn(&Told) -> Answer| told().map(of).fold(Answer::Unknown, Answer::or);
    let found = match check {
        Check::Heard | Check::Rules | Check::Managed => Answer::Yes,
        Check::System => {
            let line = told().find_map(|it| it.system.as_ref()).map(|it| policy().line(it));
            return match line {
                None => Some(words::of(check, Answer::Unknown)),
                Some(None) => Some(words::unlisted()),
                Some(Some(line)) => {
                    let over = line.until.filter(|it| *it < time::day(now));
                    over.map(|until| words::unsupported(&line.name, until))
                }
            };
        }
        Check::Updates => match told().map(|it| it.updates).find(|it| *it != Updates::Unknown) {
            None | Some(Updates::Unknown) => Answer::Unknown,
            Some(Updates::Installed) => Answer::Yes,
            Some(Updates::WaitingSince(at)) => {
                Answer::of(Some(now <= time::plus_min(at, policy().updates_days * 24 * 60)))
            }
        },
        Check::Security => answer(|it| it.security),
        Check::Encryption => answer(|it| it.encrypted),
        Check::Lock => answer(|it| it.locks),
        Check::Bluetooth => answer(|it| it.bluetooth_off),
        Check::AdHoc => answer(|it| it.ad_hoc_off),
    };
    (found != Answer::Yes).then(|| words::of(check, found))
}

mod words;

#[cfg(test)]
mod tests;
