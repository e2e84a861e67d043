//! Linux, by its files; a few programs where there is no file.

use guidelines::device::Answer;
use people::device::inventory::{Antivirus, Drive, Firewall, Inventory, Network, OperatingSystem, Software, User};

use crate::{ARCH, LISTS_DAYS_MAX, Machine, all, serial, software};

/// Blocks that lie on blocks that lie on blocks: RAID under encryption under volumes has four floors.
const FLOORS_MAX: usize = 10;
/// Numbers of people's accounts (`UID_MIN`, `UID_MAX` of login.defs as Debian and Fedora have them).
const PEOPLE: std::ops::RangeInclusive<u32> = 1000..=60_000;

pub(crate) fn gather(it: &Machine<'_>) -> Inventory {
    let mut found = Inventory::default();
    let dmi = |name: &str| it.text(&format!("/sys/class/dmi/id/{name}")).unwrap_or_default();
    found.content.bios.ssn = serial(&dmi("product_serial"));
    found.content.bios.smanufacturer = dmi("sys_vendor");
    found.content.bios.smodel = dmi("product_name");
    found.content.hardware.name = it.text("/proc/sys/kernel/hostname").unwrap_or_default();
    found.content.operatingsystem = system(it);
    found.content.softwares = programs(it);
    let people = people(it);
    found.content.users = people.iter().map(|it| User { login: it.login.clone() }).collect();
    found.content.drives = drives(it);
    found.content.antivirus = antivirus(it);
    found.content.firewalls = firewalls(it);
    found.content.networks = networks(it);
    found.haruka.updates = updates(it);
    found.haruka.locks = all(&people.iter().map(|one| locks_for(it, one)).collect::<Vec<_>>());
    found.haruka.bluetooth_off = bluetooth_off(it);
    found.haruka.ad_hoc_off = no_radio(it);
    found.haruka.cloud = homes_with_cloud(it, &people);
    found
}

fn system(it: &Machine<'_>) -> OperatingSystem {
    let text = it.text("/etc/os-release").or_else(|| it.text("/usr/lib/os-release")).unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    };
    OperatingSystem {
        name: field("ID").to_lowercase(),
        full_name: field("PRETTY_NAME"),
        version: field("VERSION_ID"),
        kernel_version: it.text("/proc/sys/kernel/osrelease").unwrap_or_default(),
        arch: ARCH.to_owned(),
    }
}

fn programs(it: &Machine<'_>) -> Vec<Software> {
    if let Some(text) = it.text("/var/lib/dpkg/status") {
        return dpkg(&text);
    }
    let format = "%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{VENDOR}\\n";
    let Some(text) = it.said("rpm", &["-qa", "--queryformat", format]) else { return vec![] };
    text.lines()
        .filter_map(|line| {
            let mut parts = line.split('\t');
            Some(software(parts.next()?, parts.next()?, parts.next().unwrap_or_default()))
        })
        .collect()
}

fn dpkg(text: &str) -> Vec<Software> {
    let one = |paragraph: &str| {
        let field = |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let is_there = field("Status")?.ends_with(" installed");
        is_there.then_some(())?;
        Some(software(field("Package")?, field("Version")?, field("Maintainer").unwrap_or_default()))
    };
    text.split("\n\n").filter_map(one).collect()
}

/// How many updates wait. Lists that were fetched long ago do not know.
fn updates(it: &Machine<'_>) -> Option<u32> {
    if it.has("/var/lib/dpkg/status") {
        let stamps =
            ["/var/lib/apt/periodic/update-success-stamp", "/var/cache/apt/pkgcache.bin", "/var/lib/apt/lists"];
        let age = stamps.iter().filter_map(|path| it.age_days(path)).min()?;
        if age > LISTS_DAYS_MAX {
            return None;
        }
        let text = it.said("apt-get", &["--simulate", "--quiet", "-o", "Debug::NoLocking=true", "dist-upgrade"])?;
        // A run that went through says how many; without that line nothing is known.
        text.lines().find(|line| line.contains(" upgraded, "))?;
        return u32::try_from(text.lines().filter(|line| line.starts_with("Inst ")).count()).ok();
    }
    let said = (it.ask)("dnf", &["--quiet", "check-update"])?;
    match said.status {
        0 => Some(0),
        // Names, until the list of what is replaced.
        100 => {
            let lines = said.text.lines().take_while(|line| !line.starts_with("Obsoleting"));
            u32::try_from(lines.filter(|line| line.split_whitespace().count() == 3).count()).ok()
        }
        _ => None,
    }
}

/// Somebody who can sign in.
struct Account {
    login: String,
    /// The folder of the person's own files.
    home: String,
}

/// Who can sign in, by their accounts.
fn people(it: &Machine<'_>) -> Vec<Account> {
    let text = it.text("/etc/passwd").unwrap_or_default();
    let one = |line: &str| {
        let parts: Vec<&str> = line.split(':').collect();
        let (login, number) = (*parts.first()?, parts.get(2)?.parse::<u32>().ok()?);
        let (home, shell) = (*parts.get(5)?, *parts.get(6)?);
        let comes_in = PEOPLE.contains(&number) && !shell.ends_with("/nologin") && !shell.ends_with("/false");
        comes_in.then(|| Account { login: login.to_owned(), home: home.trim_end_matches('/').to_owned() })
    };
    text.lines().filter_map(one).collect()
}

/// What is mounted from a disk, and what is paged out to one.
fn drives(it: &Machine<'_>) -> Vec<Drive> {
    let mounts = it.text("/proc/mounts").unwrap_or_default();
    let mut found: Vec<Drive> = Vec::new();
    for line in mounts.lines() {
        let mut parts = line.split(' ');
        let (Some(device), Some(at), Some(kind)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let on_disk = device.starts_with("/dev/") && !["squashfs", "iso9660", "devtmpfs"].contains(&kind);
        // The root counts whatever it lies on: of a file system over others nothing is known.
        if !(on_disk || at == "/" || kind == "zfs") || device.starts_with("/dev/loop") {
            continue;
        }
        if found.iter().any(|it| it.volumn == device && at != "/") {
            continue;
        }
        found.push(drive(it, device, at, kind));
    }
    let swaps = it.text("/proc/swaps").unwrap_or_default();
    for line in swaps.lines().skip(1) {
        let device = line.split_whitespace().next().unwrap_or_default();
        if device.starts_with("/dev/") && !device.starts_with("/dev/zram") {
            found.push(drive(it, device, "swap", "swap"));
        }
    }
    found
}

fn drive(it: &Machine<'_>, device: &str, at: &str, kind: &str) -> Drive {
    let (status, by) = match device.strip_prefix("/dev/").and_then(|name| block(it, name)) {
        Some(name) => match is_encrypted(it, &name, 0) {
            Answer::Yes => ("Yes", "dm-crypt"),
            Answer::No => ("No", ""),
            Answer::Unknown => ("", ""),
        },
        None => ("", ""),
    };
    Drive {
        volumn: device.to_owned(),
        at: at.to_owned(),
        filesystem: kind.to_owned(),
        encrypt_status: status.to_owned(),
        encrypt_name: by.to_owned(),
    }
}

/// The kernel's name of a block device: `dm-0` for `mapper/root`.
fn block(it: &Machine<'_>, name: &str) -> Option<String> {
    let Some(mapped) = name.strip_prefix("mapper/") else {
        return it.has(&format!("/sys/class/block/{name}")).then(|| name.to_owned());
    };
    let mut all = it.names("/sys/class/block")?.into_iter();
    all.find(|one| it.text(&format!("/sys/class/block/{one}/dm/name")).as_deref() == Some(mapped))
}

/// Whether everything that a block device lies on is encrypted, or it is itself.
fn is_encrypted(it: &Machine<'_>, name: &str, floor: usize) -> Answer {
    if floor > FLOORS_MAX {
        return Answer::Unknown;
    }
    let at = format!("/sys/class/block/{name}");
    if it.text(&format!("{at}/dm/uuid")).is_some_and(|it| it.starts_with("CRYPT-")) {
        return Answer::Yes;
    }
    match it.names(&format!("{at}/slaves")) {
        Some(below) if !below.is_empty() => {
            all(&below.iter().map(|one| is_encrypted(it, one, floor + 1)).collect::<Vec<_>>())
        }
        // A disk, or a part of one, with nothing in between.
        _ if it.has(&at) => Answer::No,
        _ => Answer::Unknown,
    }
}

/// Names of the programs that run.
fn running(it: &Machine<'_>) -> Vec<String> {
    let all = it.names("/proc").unwrap_or_default().into_iter();
    let numbers = all.filter(|name| name.bytes().all(|it| it.is_ascii_digit()));
    numbers.filter_map(|number| it.text(&format!("/proc/{number}/comm"))).collect()
}

fn antivirus(it: &Machine<'_>) -> Vec<Antivirus> {
    let running = running(it);
    let runs = |name: &str| running.iter().any(|it| it == name);
    let mut found = Vec::new();
    if runs("clamd") || it.has("/usr/sbin/clamd") {
        let lists = ["/var/lib/clamav/daily.cld", "/var/lib/clamav/daily.cvd"];
        let age = lists.iter().filter_map(|path| it.age_days(path)).min();
        found.push(Antivirus {
            name: "ClamAV".into(),
            enabled: Some(runs("clamd")),
            uptodate: age.map(|it| it <= LISTS_DAYS_MAX),
            ..Antivirus::default()
        });
    }
    if runs("wdavdaemon") {
        let health = |field: &str| it.said("mdatp", &["health", "--field", field]).map(|it| it.trim().replace('"', ""));
        found.push(Antivirus {
            name: "Microsoft Defender".into(),
            enabled: health("real_time_protection_enabled").map(|it| it.starts_with("true")),
            uptodate: health("definitions_status").map(|it| it == "up_to_date"),
            ..Antivirus::default()
        });
    }
    // These tell nobody how old their lists are.
    for (name, program) in
        [("CrowdStrike Falcon", "falcon-sensor"), ("Sophos", "sophos-subproce"), ("ESET", "oaeventd")]
    {
        if runs(program) {
            found.push(Antivirus { name: name.into(), enabled: Some(true), ..Antivirus::default() });
        }
    }
    found
}

fn firewalls(it: &Machine<'_>) -> Vec<Firewall> {
    let ufw = it.text("/etc/ufw/ufw.conf").map(|text| text.lines().any(|line| line.trim() == "ENABLED=yes"));
    let firewalld = running(it).iter().any(|it| it == "firewalld").then_some(true);
    let told =
        |profile: &str, on: bool| Firewall { profile: profile.into(), status: if on { "on" } else { "off" }.into() };
    let ufw = ufw.map(|on| told("ufw", on));
    ufw.into_iter().chain(firewalld.map(|on| told("firewalld", on))).collect()
}

fn is_wireless(it: &Machine<'_>, name: &str) -> bool {
    it.has(&format!("/sys/class/net/{name}/wireless")) || it.has(&format!("/sys/class/net/{name}/phy80211"))
}

fn networks(it: &Machine<'_>) -> Vec<Network> {
    let names = it.names("/sys/class/net").unwrap_or_default();
    let modes = it.said("iw", &["dev"]).map(|text| modes(&text)).unwrap_or_default();
    let one = |name: String| {
        let wireless = is_wireless(it, &name);
        (wireless || it.has(&format!("/sys/class/net/{name}/device"))).then(|| Network {
            kind: if wireless { "wifi" } else { "ethernet" }.into(),
            wifi_mode: modes.iter().find(|it| it.0 == name).map(|it| it.1.clone()).unwrap_or_default(),
            description: name,
            ..Network::default()
        })
    };
    names.into_iter().filter_map(one).collect()
}

/// The modes of wireless interfaces, as `iw dev` lists them.
fn modes(text: &str) -> Vec<(String, String)> {
    let (mut found, mut name) = (Vec::new(), String::new());
    for line in text.lines().map(str::trim) {
        if let Some(it) = line.strip_prefix("Interface ") {
            it.clone_into(&mut name);
        } else if let Some(mode) = line.strip_prefix("type ") {
            let mode = match mode {
                "managed" => "Managed",
                "IBSS" | "mesh point" | "P2P-GO" | "P2P-client" => "Ad-Hoc",
                other => other,
            };
            found.push((name.clone(), mode.to_owned()));
        }
    }
    found
}

/// Whether every switch of one kind of radio is off; nothing where there is none.
fn switched_off(it: &Machine<'_>, kind: &str) -> Option<bool> {
    let at = |name: &str, file: &str| it.text(&format!("/sys/class/rfkill/{name}/{file}"));
    let names = it.names("/sys/class/rfkill").unwrap_or_default().into_iter();
    let of_kind: Vec<String> = names.filter(|name| at(name, "type").as_deref() == Some(kind)).collect();
    let is_off = |name: &String| ["soft", "hard"].iter().any(|file| at(name, file).as_deref() == Some("1"));
    (!of_kind.is_empty()).then(|| of_kind.iter().all(is_off))
}

fn bluetooth_off(it: &Machine<'_>) -> Answer {
    // Without the kernel's list of devices nothing is known: its absence is no absence of radio.
    if it.names("/sys/class/net").is_none() {
        return Answer::Unknown;
    }
    let radios = it.names("/sys/class/bluetooth").unwrap_or_default();
    if !radios.iter().any(|name| name.starts_with("hci")) {
        return Answer::Yes;
    }
    if switched_off(it, "bluetooth") == Some(true) {
        return Answer::Yes;
    }
    match it.said("bluetoothctl", &["show"]) {
        Some(text) if text.contains("Powered: no") && !text.contains("Powered: yes") => Answer::Yes,
        _ => Answer::No,
    }
}

/// Whether there is no wireless network at all, or it is switched off; otherwise the modes of the interfaces say.
fn no_radio(it: &Machine<'_>) -> Answer {
    let Some(names) = it.names("/sys/class/net") else { return Answer::Unknown };
    let is_off = !names.iter().any(|name| is_wireless(it, name)) || switched_off(it, "wlan") == Some(true);
    if is_off { Answer::Yes } else { Answer::Unknown }
}

/// Whether the screen locks by itself for a person.
///
/// By the person's own settings: those of whoever runs this say nothing of others.
fn locks_for(it: &Machine<'_>, person: &Account) -> Answer {
    let kde = it.text(&format!("{}/.config/kscreenlockerrc", person.home)).unwrap_or_default();
    if kde.lines().any(|line| line.trim() == "Autolock=false") {
        return Answer::No;
    }
    if kde.lines().any(|line| line.trim() == "Autolock=true") {
        return Answer::Yes;
    }
    // Schemas answer with their defaults on any machine; they count where GNOME is the only desktop that there is.
    let desktops = ["/usr/share/xsessions", "/usr/share/wayland-sessions"].map(|at| it.names(at).unwrap_or_default());
    let desktops: Vec<&String> = desktops.iter().flatten().collect();
    let of_gnome = |name: &&String| name.starts_with("gnome") || name.starts_with("ubuntu");
    if desktops.is_empty() || !desktops.iter().all(of_gnome) {
        return Answer::Unknown;
    }
    let setting = |schema: &str, key: &str| {
        let text = it.said("runuser", &["-u", &person.login, "--", "gsettings", "get", schema, key])?;
        Some(text.trim().to_owned())
    };
    let enabled = setting("org.gnome.desktop.screensaver", "lock-enabled");
    let delay = setting("org.gnome.desktop.session", "idle-delay");
    match (enabled.as_deref(), delay.as_deref()) {
        (Some("false"), _) | (_, Some("uint32 0")) => Answer::No,
        (Some("true"), Some(delay)) if delay.starts_with("uint32 ") => Answer::Yes,
        _ => Answer::Unknown,
    }
}

/// Cloud services that leave a folder with a person and no package.
fn homes_with_cloud(it: &Machine<'_>, people: &[Account]) -> Vec<String> {
    let marks = [
        (".dropbox-dist", "Dropbox"),
        (".config/Nextcloud", "Nextcloud"),
        (".config/onedrive", "OneDrive"),
        (".config/rclone", "rclone"),
        (".config/syncthing", "Syncthing"),
        (".local/state/syncthing", "Syncthing"),
        (".config/Insync", "Insync"),
    ];
    let of = |person: &Account| {
        let has = |mark: &&(&str, &str)| it.has(&format!("{}/{}", person.home, mark.0));
        marks.iter().filter(has).map(|it| it.1.to_owned()).collect::<Vec<_>>()
    };
    people.iter().flat_map(of).collect()
}
