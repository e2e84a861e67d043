//! What is told about a device, in the shape of GLPI's inventory format (bios, operatingsystem, softwares, antivirus, drives,
//! firewalls, networks, users: the parts that are used here), with our own answers beside them for what that format does not
//! have. Bytes from outside are read within limits; what is longer is cut off or refused, and what is missing is unknown.

use guidelines::device::{Answer, System, Told, Updates};
use kernel::{Timestamp, clause};
use serde::{Deserialize, Serialize};

/// Bytes of one report at most: five thousand programs with their versions are below half of it.
pub const REPORT_BYTES_MAX: usize = 1024 * 1024;
/// Programs that are kept of one report.
pub const SOFTWARES_MAX: usize = 5000;
/// Rows of every other list that are kept.
pub const ROWS_MAX: usize = 100;
/// Characters of one value that are kept.
pub const VALUE_CHARS_MAX: usize = 200;

/// One report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inventory {
    /// The parts of GLPI's format.
    pub content: Content,
    /// Our own answers.
    pub haruka: Own,
}

/// The parts of GLPI's format that are used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// The machine.
    pub bios: Bios,
    /// Its name.
    pub hardware: Hardware,
    /// The system.
    pub operatingsystem: OperatingSystem,
    /// Programs.
    pub softwares: Vec<Software>,
    /// Protection against malware.
    pub antivirus: Vec<Antivirus>,
    /// Where data are stored.
    pub drives: Vec<Drive>,
    /// Firewalls.
    pub firewalls: Vec<Firewall>,
    /// Network interfaces.
    pub networks: Vec<Network>,
    /// Who is signed in.
    pub users: Vec<User>,
}

/// The machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bios {
    /// Serial number of the whole machine.
    pub ssn: String,
    /// Its maker.
    pub smanufacturer: String,
    /// Its model.
    pub smodel: String,
}

/// Its name in the network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hardware {
    /// The name.
    pub name: String,
}

/// The system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperatingSystem {
    /// Its family in small letters (`windows`, `macos`, `debian` …).
    pub name: String,
    /// What it calls itself.
    pub full_name: String,
    /// Its version in numbers.
    pub version: String,
    /// The version of its kernel.
    pub kernel_version: String,
    /// The processor.
    pub arch: String,
}

/// A program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Software {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its maker.
    pub publisher: String,
}

/// Protection against malware.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Antivirus {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether it runs, where that is known.
    pub enabled: Option<bool>,
    /// Whether what it looks for is up to date, where that is known.
    pub uptodate: Option<bool>,
}

/// Where data are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Drive {
    /// The volume.
    pub volumn: String,
    /// Where it is found (`/home`, `C:`).
    #[serde(rename = "type")]
    pub at: String,
    /// The file system.
    pub filesystem: String,
    /// `Yes`, `No`, or nothing where it is not known.
    pub encrypt_status: String,
    /// By what it is encrypted.
    pub encrypt_name: String,
}

/// A firewall.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Firewall {
    /// What it is, or its profile.
    pub profile: String,
    /// `on` or `off`.
    pub status: String,
}

/// A network interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Its name.
    pub description: String,
    /// `wifi`, `ethernet`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `up` or `down`.
    pub status: String,
    /// The wireless network.
    pub wifi_ssid: String,
    /// `Managed`, `Ad-Hoc`.
    pub wifi_mode: String,
}

/// Who is signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// The sign-in name.
    pub login: String,
}

/// Our own answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Own {
    /// The version of the agent; nothing when entered by hand.
    pub agent: String,
    /// How many updates wait; nothing where it is not known.
    pub updates: Option<u32>,
    /// Security software runs and is up to date; unknown: see [`Content::antivirus`].
    pub security: Answer,
    /// What is stored is encrypted; unknown: see [`Content::drives`].
    pub encrypted: Answer,
    /// The screen locks by itself.
    pub locks: Answer,
    /// Bluetooth is off, or there is none.
    pub bluetooth_off: Answer,
    /// Ad-hoc radio is off, or there is none; unknown: see [`Content::networks`].
    pub ad_hoc_off: Answer,
    /// Cloud services in use.
    pub cloud: Vec<String>,
}

impl Inventory {
    /// Reads a report; nothing for what is none, or is too long.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        // A list would be taken for an object whose fields it gives in order.
        if bytes.len() > REPORT_BYTES_MAX || !bytes.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        let mut it: Self = serde_json::from_slice(bytes).ok()?;
        it.cut();
        Some(it)
    }

    /// Keeps what is within the limits.
    pub(super) fn cut(&mut self) {
        let content = &mut self.content;
        content.softwares.truncate(SOFTWARES_MAX);
        content.antivirus.truncate(ROWS_MAX);
        content.drives.truncate(ROWS_MAX);
        content.firewalls.truncate(ROWS_MAX);
        content.networks.truncate(ROWS_MAX);
        content.users.truncate(ROWS_MAX);
        self.haruka.cloud.truncate(ROWS_MAX);
        let (bios, system) = (&mut content.bios, &mut content.operatingsystem);
        let mut values = vec![
            &mut bios.ssn,
            &mut bios.smanufacturer,
            &mut bios.smodel,
            &mut content.hardware.name,
            &mut system.name,
            &mut system.full_name,
            &mut system.version,
            &mut system.kernel_version,
            &mut system.arch,
            &mut self.haruka.agent,
        ];
        values.extend(self.haruka.cloud.iter_mut());
        values.extend(content.softwares.iter_mut().flat_map(|it| [&mut it.name, &mut it.version, &mut it.publisher]));
        values.extend(content.antivirus.iter_mut().flat_map(|it| [&mut it.name, &mut it.version]));
        values.extend(content.drives.iter_mut().flat_map(|it| {
            [&mut it.volumn, &mut it.at, &mut it.filesystem, &mut it.encrypt_status, &mut it.encrypt_name]
        }));
        values.extend(content.firewalls.iter_mut().flat_map(|it| [&mut it.profile, &mut it.status]));
        values.extend(
            content.networks.iter_mut().flat_map(|it| {
                [&mut it.description, &mut it.kind, &mut it.status, &mut it.wifi_ssid, &mut it.wifi_mode]
            }),
        );
        values.extend(content.users.iter_mut().map(|it| &mut it.login));
        for value in values {
            if value.chars().count() > VALUE_CHARS_MAX || value.chars().any(char::is_control) {
                *value = value.chars().filter(|it| !it.is_control()).take(VALUE_CHARS_MAX).collect();
            }
        }
    }

    /// What it says for the rules. `updates_since` is the moment since when updates wait without a gap.
    #[must_use]
    pub fn told(&self, at: Timestamp, updates_since: Option<Timestamp>) -> Told {
        clause!("DL-12", "DL-14");
        let system = &self.content.operatingsystem;
        let known = !system.name.is_empty();
        Told {
            at,
            system: known.then(|| System { family: system.name.to_lowercase(), version: system.version.clone() }),
            updates: match (self.haruka.updates, updates_since) {
                (None, _) => Updates::Unknown,
                (Some(0), _) => Updates::Installed,
                (Some(_), since) => Updates::WaitingSince(since.unwrap_or(at)),
            },
            security: self.haruka.security.or(security(&self.content.antivirus)),
            encrypted: self.haruka.encrypted.or(encrypted(&self.content.drives)),
            locks: self.haruka.locks,
            bluetooth_off: self.haruka.bluetooth_off,
            ad_hoc_off: self.haruka.ad_hoc_off.or(ad_hoc_off(&self.content.networks)),
        }
    }
}

/// One that runs and is up to date is enough; where nothing is known of one, nobody knows.
fn security(all: &[Antivirus]) -> Answer {
    let one = |it: &Antivirus| match (it.enabled, it.uptodate) {
        (Some(false), _) | (_, Some(false)) => Answer::No,
        (Some(true), Some(true)) => Answer::Yes,
        _ => Answer::Unknown,
    };
    let answers: Vec<Answer> = all.iter().map(one).collect();
    if answers.contains(&Answer::Yes) {
        Answer::Yes
    } else if answers.is_empty() || answers.contains(&Answer::Unknown) {
        Answer::Unknown
    } else {
        Answer::No
    }
}

/// Every volume, but the small ones from which a machine starts: nothing of a person is on those.
fn encrypted(all: &[Drive]) -> Answer {
    let counts = |it: &&Drive| it.at != "/boot" && it.at != "/boot/efi" && it.at != "/efi";
    let one = |it: &Drive| match it.encrypt_status.as_str() {
        "Yes" => Answer::Yes,
        "No" => Answer::No,
        _ => Answer::Unknown,
    };
    let answers: Vec<Answer> = all.iter().filter(counts).map(one).collect();
    if answers.contains(&Answer::No) {
        Answer::No
    } else if answers.is_empty() || answers.contains(&Answer::Unknown) {
        Answer::Unknown
    } else {
        Answer::Yes
    }
}

/// Whether no wireless interface speaks to other devices directly. Without any that is known, nobody knows.
fn ad_hoc_off(all: &[Network]) -> Answer {
    let modes: Vec<&str> = all.iter().filter(|it| it.kind == "wifi").map(|it| it.wifi_mode.as_str()).collect();
    if modes.iter().any(|it| it.eq_ignore_ascii_case("ad-hoc")) {
        Answer::No
    } else if modes.is_empty() || modes.contains(&"") {
        Answer::Unknown
    } else {
        Answer::Yes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        "2026-11-24T00:00:00Z".parse().expect("an instant")
    }

    /// DL-14: what other programs send in this format is understood; what they add is passed over.
    #[test]
    fn a_report_in_glpis_format_is_read() {
        let text = r#"{"action": "inventory", "deviceid": "LF014", "itemtype": "Computer", "content": {
            "accesslog": {"logdate": "2017-02-20 13:23:05"}, "versionclient": "GLPI-Agent",
            "bios": {"ssn": "8C554721F", "smodel": "PORTEGE Z30-A", "bdate": "2016-01-07"},
            "operatingsystem": {"name": "debian", "full_name": "Debian GNU/Linux 12", "version": "12.8"},
            "antivirus": [{"name": "ClamAV", "enabled": true, "uptodate": true}],
            "drives": [{"type": "/", "volumn": "/dev/mapper/root", "encrypt_status": "Yes", "free": 1333},
                       {"type": "/boot", "volumn": "/dev/sda1", "encrypt_status": "No"}],
            "networks": [{"description": "wlp2s0", "type": "wifi", "wifi_mode": "Managed", "wifi_ssid": "lab", "virtualdev": false}],
            "softwares": [{"name": "bash", "version": "5.2", "arch": "amd64"}]}}"#;
        let it = Inventory::read(text.as_bytes()).expect("a report");
        assert_eq!((it.content.bios.ssn.as_str(), it.content.softwares[0].name.as_str()), ("8C554721F", "bash"));
        let told = it.told(at(), None);
        assert_eq!(told.system, Some(System { family: "debian".into(), version: "12.8".into() }));
        assert_eq!((told.security, told.encrypted, told.ad_hoc_off), (Answer::Yes, Answer::Yes, Answer::Yes));
        assert_eq!(
            (told.updates, told.locks, told.bluetooth_off),
            (Updates::Unknown, Answer::Unknown, Answer::Unknown)
        );
    }

    #[test]
    fn what_is_missing_is_unknown() {
        let told = Inventory::read(b"{}").expect("a report of nothing").told(at(), None);
        let expected = Told {
            at: at(),
            system: None,
            updates: Updates::Unknown,
            security: Answer::Unknown,
            encrypted: Answer::Unknown,
            locks: Answer::Unknown,
            bluetooth_off: Answer::Unknown,
            ad_hoc_off: Answer::Unknown,
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn answers_are_drawn_from_what_was_seen() {
        let virus = |enabled, uptodate| Antivirus { enabled, uptodate, ..Antivirus::default() };
        for (all, expected) in [
            (vec![virus(Some(true), Some(true)), virus(Some(false), None)], Answer::Yes),
            (vec![virus(Some(true), None)], Answer::Unknown),
            (vec![virus(Some(true), Some(false))], Answer::No),
            (vec![virus(Some(false), Some(true))], Answer::No),
        ] {
            assert_eq!(security(&all), expected, "{all:?}");
        }
        let drive = |at: &str, status: &str| Drive { at: at.into(), encrypt_status: status.into(), ..Drive::default() };
        for (all, expected) in [
            (vec![drive("/", "Yes"), drive("/boot", "No")], Answer::Yes),
            (vec![drive("/", "Yes"), drive("/home", "No")], Answer::No),
            (vec![drive("/", "Yes"), drive("/home", "")], Answer::Unknown),
            (vec![drive("/boot", "No")], Answer::Unknown),
        ] {
            assert_eq!(encrypted(&all), expected, "{all:?}");
        }
        let wifi = |mode: &str| Network { kind: "wifi".into(), wifi_mode: mode.into(), ..Network::default() };
        for (all, expected) in [
            (vec![wifi("Managed")], Answer::Yes),
            (vec![wifi("Managed"), wifi("Ad-Hoc")], Answer::No),
            (vec![wifi("")], Answer::Unknown),
            (vec![], Answer::Unknown),
        ] {
            assert_eq!(ad_hoc_off(&all), expected, "{all:?}");
        }
    }

    #[test]
    fn a_report_is_read_within_its_limits() {
        let long = "x".repeat(VALUE_CHARS_MAX + 1);
        let mut it = Inventory::default();
        it.content.softwares = vec![Software { name: long.clone(), ..Software::default() }; SOFTWARES_MAX];
        it.content.users = vec![User { login: "a\u{7}b".into() }; ROWS_MAX + 1];
        it.haruka.cloud = vec![long; ROWS_MAX + 1];
        it.content.softwares.truncate(10);
        let read = Inventory::read(&serde_json::to_vec(&it).expect("JSON")).expect("a report");
        assert_eq!(read.content.softwares[0].name.chars().count(), VALUE_CHARS_MAX);
        assert_eq!((read.content.users.len(), read.haruka.cloud.len()), (ROWS_MAX, ROWS_MAX));
        assert_eq!(read.content.users[0].login, "ab");
        it.content.softwares = vec![Software { name: "x".into(), ..Software::default() }; SOFTWARES_MAX + 1];
        let read = Inventory::read(&serde_json::to_vec(&it).expect("JSON")).expect("a report");
        assert_eq!(read.content.softwares.len(), SOFTWARES_MAX);
        let padded = format!("{{}}{}", " ".repeat(REPORT_BYTES_MAX - 2));
        assert!(Inventory::read(padded.as_bytes()).is_some());
        assert!(Inventory::read(format!("{padded} ").as_bytes()).is_none(), "a byte too many");
        assert!(Inventory::read(b"[]").is_none() && Inventory::read(b"{\"content\": 1}").is_none());
    }
}
