//! The ledger of devices (DL-14): which there are, whose, where, who uses them, and what was told about each, with its source
//! and its day. Whether one may be used is `guidelines::device`.
//!
//! A device is the proven relative of a [`crate::terminal`]. A terminal is what the person in front says of a browser, and it is
//! asked for before images open; a device is what a manager keeps in the books, with facts that somebody vouches for. They
//! stay two nouns: most terminals of a clinic are no more than a name, and a device has a life (lent, checked, lost) before and
//! after any browser on it is used.
//!
//! They share the cookie of the browser. A manager makes a one-time code for a device, whoever sits before it types it, and the
//! browser is known as that device from then on. The cookie proves no more than that it is the browser in which the code was
//! typed: whoever can copy it out of the device can copy it to another. So a lent or personal device takes its code from the
//! person alone who uses it, and its use ends with all its sessions by one act.

pub mod agent;
pub mod browser;
pub mod certificate;
pub mod inventory;
pub mod pages;
pub mod store;

pub use store::revoke;

use guidelines::device::{Answer, Facts, Kind, Place, Policy, ToMend, judge};
use kernel::{Date, DeviceId, PersonId, RowId, Timestamp, Words, clause, time};
use web::{Faults, Fields};

use self::inventory::{Inventory, Own};

/// What stands in the ledger about a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What the staff calls it.
    pub name: String,
    /// Whose it is.
    pub kind: Kind,
    /// Its owner by name.
    pub owner: String,
    /// Where it is kept.
    pub place: String,
    /// Its serial number; may be empty until it is known.
    pub serial: String,
    /// Who uses it; nobody where several do.
    pub person: Option<PersonId>,
    /// How the manager can change its settings; empty where nobody has said so.
    pub managed: String,
}

impl Entry {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("DL-13", "DL-14");
        let mut faults = Faults::default();
        let name = fields.line("name", &mut faults);
        let kind = fields.one_of("kind", &Kind::keys(), &mut faults).unwrap_or(Kind::Owned);
        let owner = fields.line("owner", &mut faults);
        let place = fields.line("place", &mut faults);
        let serial = fields.line_if_any("serial", &mut faults);
        let managed = fields.line_if_any("managed", &mut faults);
        let person = match fields.get("person") {
            "" => None,
            it => it.parse().ok(),
        };
        if kind != Kind::Owned && person.is_none() {
            let words = Words::new("使う人を選んでください。", "Please choose who uses it.");
            faults.add("person", words);
        }
        faults.done(|| Self { name, kind, owner, place, serial, person, managed })
    }
}

/// Who told about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The agent on it.
    Agent,
    /// A manager who looked at it.
    Hand,
}

impl Source {
    /// Its name in rows.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Hand => "hand",
        }
    }

    /// For pages.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Agent => Words::new("エージェント", "agent"),
            Self::Hand => Words::new("管理者の記録", "by hand"),
        }
    }
}

/// What was told about a device, and from when to when it was told so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub id: RowId,
    /// By whom.
    pub source: Source,
    /// The label of the person, or of the agent's device.
    pub by: String,
    /// When it was told so first.
    pub first_at: Timestamp,
    /// When it was told so last.
    pub last_at: Timestamp,
    /// Since when updates wait without a gap.
    pub updates_since: Option<Timestamp>,
    /// What was told.
    pub inventory: Inventory,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// How the log names it.
    pub id: DeviceId,
    /// What stands in the ledger now.
    pub entry: Entry,
    /// Since when it stands there.
    pub made_at: Timestamp,
    /// Since when it is not used any more.
    pub ended_at: Option<Timestamp>,
    /// What its agent told last.
    pub agent: Option<Report>,
    /// What a manager entered last.
    pub hand: Option<Report>,
}

impl Device {
    /// Whether it may be used at `place` for patients' data; `has_rules`: for lent and personal devices there are rules.
    ///
    /// # Errors
    /// What is to be mended.
    pub fn may_be_used(&self, place: Place, has_rules: bool, now: Timestamp) -> Result<(), Vec<ToMend>> {
        clause!("DL-12", "DL-13");
        let told = |it: &Option<Report>| it.as_ref().map(|it| it.inventory.told(it.last_at, it.updates_since));
        let facts = Facts {
            kind: self.entry.kind,
            has_rules,
            is_managed: !self.entry.managed.is_empty(),
            agent: told(&self.agent),
            hand: told(&self.hand),
        };
        judge(&facts, place, now)
    }

    /// Where it is used: the facility's own stays there, others are carried about.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self.entry.kind {
            Kind::Owned => Place::Facility,
            Kind::Lent | Kind::Personal => Place::Remote,
        }
    }

    /// The newest of what was told.
    #[must_use]
    pub fn newest(&self) -> Option<&Report> {
        [&self.agent, &self.hand].into_iter().flatten().max_by_key(|it| it.last_at)
    }
}

/// The facility's own rules on devices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// The document for lent and personal devices (運用管理規程), and the day on which it was decided.
    pub document: Option<(String, Date)>,
    /// Whether laboratory work inside the facility asks for an enrolled device too.
    pub asked_inside: bool,
}

impl Rule {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, today: Date) -> Result<Self, Faults> {
        clause!("DL-13");
        let mut faults = Faults::default();
        let document = fields.line_if_any("document", &mut faults);
        let decided_on = if document.is_empty() { None } else { day(fields, "decided_on", today, &mut faults) };
        let asked_inside = fields.ticked("asked_inside");
        faults.done(|| Self { document: decided_on.map(|it| (document, it)), asked_inside })
    }
}

/// A day that is not yet to come.
fn day(fields: &Fields, name: &'static str, today: Date, faults: &mut Faults) -> Option<Date> {
    let day = fields.date(name, faults);
    if day.is_some_and(|it| it > today) {
        faults.add(name, Words::new("これからの日は書けません。", "This day is yet to come."));
    }
    day
}

/// The questions of the form by hand, beside the system.
pub static QUESTIONS: [(&str, Words); 6] = [
    ("updates", Words::new("OSの更新をすべて適用している", "All updates are installed")),
    ("security", Words::new("セキュリティ対策ソフトが動いていて新しい", "Security software runs and is up to date")),
    ("encrypted", Words::new("ディスクを暗号化している", "The disk is encrypted")),
    ("locks", Words::new("画面が自動でロックされる", "The screen locks by itself")),
    ("bluetooth_off", Words::new("Bluetoothを切っている（ない）", "Bluetooth is off, or there is none")),
    (
        "ad_hoc_off",
        Words::new("端末どうしの無線（アドホック）を切っている（ない）", "Ad-hoc radio is off, or there is none"),
    ),
];

/// What a manager saw on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The day.
    pub on: Date,
    /// What was seen.
    pub inventory: Inventory,
}

impl Seen {
    /// Reads the form. The system is the number of a line of the policy.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, policy: &Policy, today: Date) -> Result<Self, Faults> {
        clause!("DL-12", "DL-14");
        let mut faults = Faults::default();
        let on = day(fields, "seen_on", today, &mut faults);
        let mut inventory = Inventory::default();
        match fields.get("system") {
            "" => {}
            it => match it.parse::<usize>().ok().and_then(|it| policy.systems.get(it)) {
                Some(line) => {
                    let system = &mut inventory.content.operatingsystem;
                    system.name = line.family.to_string();
                    system.full_name = line.name.to_string();
                    system.version = line.from.to_string();
                }
                None => faults.add("system", Words::new("OSを選んでください。", "Please choose the system.")),
            },
        }
        let mut answers = QUESTIONS
            .each_ref()
            .map(|(name, _)| fields.one_of(name, &Answer::keys(), &mut faults).unwrap_or_default())
            .into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let updates = match next() {
            Answer::Yes => Some(0),
            Answer::No => Some(1),
            Answer::Unknown => None,
        };
        inventory.haruka = Own {
            updates,
            security: next(),
            encrypted: next(),
            locks: next(),
            bluetooth_off: next(),
            ad_hoc_off: next(),
            ..Own::default()
        };
        let list = |text: String| -> Vec<String> {
            text.lines().map(str::trim).filter(|it| !it.is_empty()).map(ToOwned::to_owned).collect()
        };
        inventory.haruka.cloud = list(fields.text_if_any("cloud", &mut faults));
        inventory.content.softwares = list(fields.text_if_any("softwares", &mut faults))
            .into_iter()
            .map(|name| inventory::Software { name, ..inventory::Software::default() })
            .collect();
        inventory.cut();
        match on {
            Some(on) => faults.done(|| Self { on, inventory }),
            None => Err(faults),
        }
    }
}

/// Whole days since something was told.
#[must_use]
pub fn days_since(at: Timestamp, now: Timestamp) -> i64 {
    (now.as_second() - at.as_second()).div_euclid(24 * 60 * 60).max(0)
}

/// The moment that stands for a day on which somebody looked: noon, or now on the same day before it.
fn moment(on: Date, now: Timestamp) -> Timestamp {
    time::at_tokyo(on, 12, 0).map_or(now, |it| it.min(now))
}
