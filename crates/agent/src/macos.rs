//! macOS, by its own programs.

use guidelines::device::Answer;
use people::device::inventory::{Antivirus, Drive, Inventory, Network, Software, User};
use serde_json::Value;

use crate::{ARCH, Machine, serial, software};

/// The first number of a person's account.
const PEOPLE_FROM: u32 = 501;

pub(crate) fn gather(it: &Machine<'_>) -> Inventory {
    let mut found = Inventory::default();
    let kinds = ["SPHardwareDataType", "SPSoftwareDataType", "SPApplicationsDataType", "SPBluetoothDataType"];
    let text = it.said("system_profiler", &[&["-json"][..], &kinds[..]].concat());
    let told: Value = text.and_then(|text| serde_json::from_str(json(&text)).ok()).unwrap_or_default();
    let (hardware, system) = (&told["SPHardwareDataType"][0], &told["SPSoftwareDataType"][0]);
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    found.content.bios.ssn = serial(hardware["serial_number"].as_str().unwrap_or_default());
    found.content.bios.smanufacturer = "Apple".into();
    found.content.bios.smodel = text(&hardware["machine_model"]);
    found.content.hardware.name = text(&system["local_host_name"]);
    let of = &mut found.content.operatingsystem;
    of.full_name = text(&system["os_version"]);
    of.kernel_version = text(&system["kernel_version"]);
    of.version = version(&of.full_name);
    // Without a version nothing is known of the system.
    of.name = if of.version.is_empty() { String::new() } else { "macos".into() };
    of.arch = ARCH.to_owned();
    found.content.softwares = applications(&told["SPApplicationsDataType"]);
    found.haruka.bluetooth_off = bluetooth_off(&told["SPBluetoothDataType"]);
    found.content.users =
        it.said("dscl", &[".", "-list", "/Users", "UniqueID"]).map(|it| people(&it)).unwrap_or_default();
    found.content.drives = it.said("fdesetup", &["status"]).map(|it| vec![drive(&it)]).unwrap_or_default();
    found.content.antivirus = xprotect(it).into_iter().collect();
    found.haruka.updates = it.said("softwareupdate", &["--list"]).and_then(|it| updates(&it));
    found.haruka.locks = locks(
        it.said("sysadminctl", &["-screenLock", "status"]).as_deref(),
        it.said("defaults", &["-currentHost", "read", "com.apple.screensaver", "idleTime"]).as_deref(),
    );
    let ports = it.said("networksetup", &["-listallhardwareports"]).unwrap_or_default();
    let wireless = wireless(&ports);
    let power = |name: &String| it.said("networksetup", &["-getairportpower", name]);
    found.haruka.ad_hoc_off = no_radio(&ports, &wireless.iter().map(power).collect::<Vec<_>>());
    found.content.networks = wireless
        .into_iter()
        .map(|description| Network { description, kind: "wifi".into(), ..Network::default() })
        .collect();
    found
}

/// The document in what was said: a warning may stand behind it.
fn json(text: &str) -> &str {
    match (text.find('{'), text.rfind('}')) {
        (Some(from), Some(to)) if from < to => &text[from..=to],
        _ => "",
    }
}

/// `15.1` of `macOS 15.1 (24B83)`.
fn version(full: &str) -> String {
    let word = full.split_whitespace().find(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    word.unwrap_or_default().to_owned()
}

/// What is installed beside the system.
fn applications(told: &Value) -> Vec<Software> {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let all = told.as_array().into_iter().flatten();
    let others = all.filter(|it| it["obtained_from"] != "apple");
    others.map(|it| software(&text(&it["_name"]), &text(&it["version"]), &text(&it["obtained_from"]))).collect()
}

fn bluetooth_off(told: &Value) -> Answer {
    match told[0]["controller_properties"]["controller_state"].as_str() {
        Some("attrib_off") => Answer::Yes,
        Some("attrib_on") => Answer::No,
        _ => Answer::Unknown,
    }
}

fn people(text: &str) -> Vec<User> {
    let one = |line: &str| {
        let (login, number) = line.split_once(char::is_whitespace)?;
        let comes_in = number.trim().parse::<u32>().is_ok_and(|it| it >= PEOPLE_FROM);
        comes_in.then(|| User { login: login.to_owned() })
    };
    text.lines().filter_map(one).collect()
}

fn drive(text: &str) -> Drive {
    let status = match text {
        // While it is being encrypted, or undone, some of it lies open.
        it if it.contains("in progress") => "No",
        it if it.contains("FileVault is On") => "Yes",
        it if it.contains("FileVault is Off") => "No",
        _ => "",
    };
    let by = if status == "Yes" { "FileVault" } else { "" };
    Drive { at: "/".into(), encrypt_status: status.into(), encrypt_name: by.into(), ..Drive::default() }
}

/// What the system brings. How old its lists are it tells nobody, so a manager looks.
fn xprotect(it: &Machine<'_>) -> Option<Antivirus> {
    let folder = "/Library/Apple/System/Library/CoreServices/XProtect.bundle/Contents";
    let text = it.text(&format!("{folder}/Info.plist"))?;
    let (_, rest) = text.split_once("<key>CFBundleShortVersionString</key>")?;
    let version = rest.split_once("<string>")?.1.split_once("</string>")?.0.trim().to_owned();
    let enabled = it.said("spctl", &["--status"]).map(|it| it.contains("assessments enabled"));
    Some(Antivirus { name: "XProtect".into(), version, enabled, uptodate: None })
}

fn updates(text: &str) -> Option<u32> {
    if text.contains("No new software available") {
        return Some(0);
    }
    let count = text.lines().filter(|line| line.trim_start().starts_with("* ")).count();
    // A run that says neither has not found out.
    u32::try_from(count).ok().filter(|it| *it > 0)
}

/// A lock without the screen's own saver would never come by itself, and the other way round.
fn locks(lock: Option<&str>, idle: Option<&str>) -> Answer {
    let idle = idle.and_then(|it| it.trim().parse::<u32>().ok());
    match lock {
        Some(it) if it.contains("screenLock is off") => Answer::No,
        Some(it) if it.contains("screenLock delay is") => match idle {
            Some(0) => Answer::No,
            Some(_) => Answer::Yes,
            None => Answer::Unknown,
        },
        _ => Answer::Unknown,
    }
}

/// The wireless interfaces among the ports.
fn wireless(text: &str) -> Vec<String> {
    let (mut found, mut is_wireless) = (Vec::new(), false);
    for line in text.lines() {
        if let Some(port) = line.strip_prefix("Hardware Port: ") {
            is_wireless = port.trim() == "Wi-Fi" || port.trim() == "AirPort";
        } else if let Some(name) = line.strip_prefix("Device: ").filter(|_| is_wireless) {
            found.push(name.trim().to_owned());
        }
    }
    found
}

/// Whether there is no wireless interface, or each is off. Of one that is on nothing is known: AirDrop speaks to other devices.
fn no_radio(ports: &str, power: &[Option<String>]) -> Answer {
    let is_off = |it: &Option<String>| it.as_ref().is_some_and(|it| it.trim().ends_with(": Off"));
    if ports.contains("Hardware Port: ") && power.iter().all(is_off) { Answer::Yes } else { Answer::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_macos_says_is_understood() {
        for (text, expected) in [
            ("FileVault is On.\n", "Yes"),
            ("FileVault is Off.\n", "No"),
            ("FileVault is On.\nEncryption in progress: Percent completed = 12.5\n", "No"),
            ("Error: Unable to query.", ""),
        ] {
            assert_eq!(drive(text).encrypt_status, expected, "{text}");
        }
        let listed = "Software Update found the following new or updated software:\n* Label: macOS Sequoia 15.1.1-24B91\n\tTitle: macOS\n* Label: Safari\n";
        for (text, expected) in
            [("No new software available.\n", Some(0)), (listed, Some(2)), ("Can't connect to the server.", None)]
        {
            assert_eq!(updates(text), expected, "{text}");
        }
        for (lock, idle, expected) in [
            (Some("sysadminctl[1] screenLock delay is immediate"), Some("300\n"), Answer::Yes),
            (Some("screenLock delay is 5 seconds"), Some("0"), Answer::No),
            (Some("screenLock delay is 5 seconds"), None, Answer::Unknown),
            (Some("screenLock is off"), Some("300"), Answer::No),
            (None, Some("300"), Answer::Unknown),
        ] {
            assert_eq!(locks(lock, idle), expected, "{lock:?} {idle:?}");
        }
        let ports =
            "\nHardware Port: Ethernet\nDevice: en0\n\nHardware Port: Wi-Fi\nDevice: en1\nEthernet Address: x\n";
        assert_eq!(wireless(ports), ["en1"]);
        for (ports, power, expected) in [
            (ports, vec![Some("Wi-Fi Power (en1): Off\n".to_owned())], Answer::Yes),
            (ports, vec![Some("Wi-Fi Power (en1): On".to_owned())], Answer::Unknown),
            (ports, vec![None], Answer::Unknown),
            ("Hardware Port: Ethernet\nDevice: en0\n", vec![], Answer::Yes),
            ("", vec![], Answer::Unknown),
        ] {
            assert_eq!(no_radio(ports, &power), expected, "{power:?}");
        }
        let users = people("_www   70\nroot     0\nsato   501\ntanaka  502\n");
        assert_eq!(users.iter().map(|it| it.login.as_str()).collect::<Vec<_>>(), ["sato", "tanaka"]);
    }
}
