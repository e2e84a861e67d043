//! Windows, by one script of PowerShell that answers in JSON. What it may not ask (some of it is for administrators) is missing in
//! the answer, and so unknown.

use guidelines::device::Answer;
use people::device::inventory::{Antivirus, Drive, Firewall, Inventory, Network, Software, User};
use serde_json::Value;

use crate::{LISTS_DAYS_MAX, Machine, serial, software};

/// Each part by itself: one that fails is null. Enumerations are told by their names, lists always as lists, dates not at all.
/// The words of Windows' own tools differ by language, so none of them is read.
const SCRIPT: &str = r#"
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$ErrorActionPreference = 'Stop'
function Part([scriptblock]$do) { try { & $do } catch { $null } }
function Key($path, $name) { Part { (Get-ItemProperty -Path $path -Name $name).$name } }
$policies = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System'
$desktop = 'HKCU:\Control Panel\Desktop'
$uninstall = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*',
  'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*',
  'HKCU:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*'
@{
  bios = Part { Get-CimInstance Win32_BIOS | Select-Object SerialNumber }
  machine = Part { Get-CimInstance Win32_ComputerSystem | Select-Object Manufacturer, Model, Name }
  system = Part { Get-CimInstance Win32_OperatingSystem | Select-Object Caption, Version, OSArchitecture }
  programs = @(Part { Get-ItemProperty $uninstall -ErrorAction SilentlyContinue | Where-Object DisplayName |
    Select-Object DisplayName, DisplayVersion, Publisher })
  updates = Part { $s = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
    $s.Search("IsInstalled=0 and IsHidden=0 and Type='Software'").Updates.Count }
  volumes = Part { ,@(Get-BitLockerVolume | ForEach-Object { @{ at = $_.MountPoint
    status = [string]$_.VolumeStatus; protection = [string]$_.ProtectionStatus } }) }
  protection = Part { ,@(Get-CimInstance -Namespace root/SecurityCenter2 -ClassName AntiVirusProduct |
    ForEach-Object { @{ name = $_.displayName; state = [int]$_.productState } }) }
  defender = Part { Get-MpComputerStatus | Select-Object AMServiceEnabled, RealTimeProtectionEnabled,
    AntivirusSignatureAge, AMProductVersion }
  firewalls = Part { ,@(Get-NetFirewallProfile | ForEach-Object { @{ name = $_.Name; on = [string]$_.Enabled } }) }
  users = Part { ,@(Get-LocalUser | Where-Object Enabled | ForEach-Object { $_.Name }) }
  adapters = Part { ,@(Get-NetAdapter -Physical | ForEach-Object { @{ name = $_.Name
    medium = [string]$_.NdisPhysicalMedium; status = [string]$_.Status } }) }
  bluetooth = Part { ,@(Get-PnpDevice -Class Bluetooth -PresentOnly -ErrorAction SilentlyContinue |
    ForEach-Object { [string]$_.Status }) }
  lock = @{ machine_s = Key $policies 'InactivityTimeoutSecs'; active = Key $desktop 'ScreenSaveActive'
    secure = Key $desktop 'ScreenSaverIsSecure'; after_s = Key $desktop 'ScreenSaveTimeOut' }
} | ConvertTo-Json -Depth 4 -Compress
"#;
/// `NdisPhysicalMedium9` is native 802.11; some drivers call themselves wireless LAN (1).
const WIRELESS: [&str; 2] = ["9", "1"];
/// Bits of `productState`: the product is on; what it looks for is out of date.
const PRODUCT_ON: u64 = 0x1000;
const PRODUCT_OLD: u64 = 0x10;

pub(crate) fn gather(it: &Machine<'_>) -> Inventory {
    let args = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-Command", SCRIPT];
    it.said("powershell.exe", &args).map(|text| read(&text)).unwrap_or_default()
}

fn text(it: &Value) -> String {
    it.as_str().unwrap_or_default().trim().to_owned()
}

/// The parts of a list; nothing where it could not be asked for.
fn list(it: &Value) -> Option<&[Value]> {
    it.as_array().map(Vec::as_slice)
}

fn read(said: &str) -> Inventory {
    let document = match (said.find('{'), said.rfind('}')) {
        (Some(from), Some(to)) if from < to => &said[from..=to],
        _ => return Inventory::default(),
    };
    let Ok(told) = serde_json::from_str::<Value>(document) else { return Inventory::default() };
    let mut found = Inventory::default();
    found.content.bios.ssn = serial(told["bios"]["SerialNumber"].as_str().unwrap_or_default());
    found.content.bios.smanufacturer = text(&told["machine"]["Manufacturer"]);
    found.content.bios.smodel = text(&told["machine"]["Model"]);
    found.content.hardware.name = text(&told["machine"]["Name"]);
    let system = &mut found.content.operatingsystem;
    system.version = text(&told["system"]["Version"]);
    system.full_name = text(&told["system"]["Caption"]);
    system.name = if system.version.is_empty() { String::new() } else { "windows".into() };
    system.arch = text(&told["system"]["OSArchitecture"]);
    found.content.softwares = programs(&told["programs"]);
    found.haruka.updates = told["updates"].as_u64().and_then(|it| u32::try_from(it).ok());
    found.content.drives = list(&told["volumes"]).unwrap_or_default().iter().map(drive).collect();
    found.content.antivirus = antivirus(&told);
    found.content.firewalls = list(&told["firewalls"]).unwrap_or_default().iter().map(firewall).collect();
    let users = list(&told["users"]).unwrap_or_default().iter();
    found.content.users = users.map(|it| User { login: text(it) }).collect();
    found.content.networks = list(&told["adapters"]).unwrap_or_default().iter().map(adapter).collect();
    found.haruka.ad_hoc_off = match list(&told["adapters"]) {
        // One that is switched off, or none: nothing speaks to other devices.
        Some(all) if all.iter().all(|it| !is_wireless(it) || text(&it["status"]) == "Disabled") => Answer::Yes,
        _ => Answer::Unknown,
    };
    found.haruka.bluetooth_off = match list(&told["bluetooth"]) {
        Some(all) => Answer::of(Some(!all.iter().any(|it| it == "OK"))),
        None => Answer::Unknown,
    };
    found.haruka.locks = locks(&told["lock"]);
    found
}

fn programs(it: &Value) -> Vec<Software> {
    let all = list(it).unwrap_or_default().iter();
    let all = all.filter(|it| it["DisplayName"].is_string());
    all.map(|it| software(&text(&it["DisplayName"]), &text(&it["DisplayVersion"]), &text(&it["Publisher"]))).collect()
}

/// Encrypted is what is encrypted to the last block and whose key lies not beside it: protection that is suspended is none.
fn drive(it: &Value) -> Drive {
    let (status, protection) = (text(&it["status"]), text(&it["protection"]));
    let status = match (status.as_str(), protection.as_str()) {
        ("FullyEncrypted", "On") => "Yes",
        ("", _) | (_, "") => "",
        _ => "No",
    };
    Drive {
        at: text(&it["at"]),
        encrypt_status: status.into(),
        encrypt_name: if status == "Yes" { "BitLocker" } else { "" }.into(),
        ..Drive::default()
    }
}

/// What the security centre knows; servers have none, and there Defender speaks for itself.
fn antivirus(told: &Value) -> Vec<Antivirus> {
    let of_centre = |it: &Value| {
        let state = it["state"].as_u64();
        Antivirus {
            name: text(&it["name"]),
            enabled: state.map(|it| it & PRODUCT_ON != 0),
            uptodate: state.map(|it| it & PRODUCT_OLD == 0),
            ..Antivirus::default()
        }
    };
    let found: Vec<Antivirus> = list(&told["protection"]).unwrap_or_default().iter().map(of_centre).collect();
    let defender = &told["defender"];
    if !found.is_empty() || !defender.is_object() {
        return found;
    }
    let enabled = match (&defender["AMServiceEnabled"], &defender["RealTimeProtectionEnabled"]) {
        (Value::Bool(service), Value::Bool(watch)) => Some(*service && *watch),
        _ => None,
    };
    vec![Antivirus {
        name: "Windows Defender".into(),
        version: text(&defender["AMProductVersion"]),
        enabled,
        uptodate: defender["AntivirusSignatureAge"].as_i64().map(|it| it <= LISTS_DAYS_MAX),
    }]
}

fn firewall(it: &Value) -> Firewall {
    let status = if it["on"] == "True" { "on" } else { "off" };
    Firewall { profile: text(&it["name"]), status: status.into() }
}

fn is_wireless(it: &Value) -> bool {
    let medium = text(&it["medium"]);
    medium.contains("802_11") || medium.contains("Wireless") || WIRELESS.contains(&medium.as_str())
}

fn adapter(it: &Value) -> Network {
    let kind = if is_wireless(it) { "wifi" } else { "ethernet" };
    Network { description: text(&it["name"]), kind: kind.into(), ..Network::default() }
}

/// By the machine's own rule, or by the person's screen saver.
fn locks(it: &Value) -> Answer {
    let number = |it: &Value| it.as_u64().or_else(|| it.as_str()?.trim().parse().ok());
    if number(&it["machine_s"]).is_some_and(|it| it > 0) {
        return Answer::Yes;
    }
    match (number(&it["active"]), number(&it["secure"]), number(&it["after_s"])) {
        (Some(1), Some(1), Some(after)) if after > 0 => Answer::Yes,
        (Some(0), ..) | (_, Some(0), _) => Answer::No,
        _ => Answer::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = r#"{"bios":{"SerialNumber":"5CG1234XYZ"},"machine":{"Manufacturer":"HP","Model":"ProBook","Name":"FRONT-1"},
        "system":{"Caption":"Microsoft Windows 11 Pro","Version":"10.0.26200","OSArchitecture":"64 ビット"},
        "programs":[{"DisplayName":"exocad DentalCAD","DisplayVersion":"3.2","Publisher":"exocad GmbH"},{"DisplayName":"Dropbox","DisplayVersion":null,"Publisher":null}],
        "updates":2,"volumes":[{"at":"C:","status":"FullyEncrypted","protection":"On"},{"at":"D:","status":"FullyEncrypted","protection":"Off"}],
        "protection":[{"name":"ESET","state":266240},{"name":"Windows Defender","state":393472}],
        "defender":{"AMServiceEnabled":true},"firewalls":[{"name":"Public","on":"True"}],"users":["sato","鈴木"],
        "adapters":[{"name":"Wi-Fi","medium":"Native802_11","status":"Up"},{"name":"イーサネット","medium":"802_3","status":"Up"}],
        "bluetooth":["Error"],"lock":{"machine_s":null,"active":"1","secure":"1","after_s":"600"}}"#;

    #[test]
    fn what_windows_says_is_understood() {
        let it = read(&format!("\u{feff}{SAID}\r\n"));
        assert_eq!((it.content.bios.ssn.as_str(), it.content.operatingsystem.name.as_str()), ("5CG1234XYZ", "windows"));
        assert_eq!((it.content.softwares.len(), it.haruka.updates), (2, Some(2)));
        let drives: Vec<&str> = it.content.drives.iter().map(|it| it.encrypt_status.as_str()).collect();
        assert_eq!(drives, ["Yes", "No"], "protection that is suspended is none");
        assert_eq!((it.content.antivirus[0].enabled, it.content.antivirus[0].uptodate), (Some(true), Some(true)));
        assert_eq!((it.content.antivirus[1].enabled, it.content.antivirus[1].uptodate), (Some(false), Some(true)));
        assert_eq!(it.content.networks.iter().filter(|it| it.kind == "wifi").count(), 1);
        assert_eq!(
            (it.haruka.locks, it.haruka.bluetooth_off, it.haruka.ad_hoc_off),
            (Answer::Yes, Answer::Yes, Answer::Unknown)
        );
    }

    #[test]
    fn what_windows_does_not_say_is_unknown() {
        for said in ["", "no such command", "}{", "{\"bios\": null}", "{}"] {
            assert_eq!(read(said), Inventory::default(), "{said}");
        }
        let nothing = read("{}");
        assert_eq!(nothing.haruka.updates, None);
        assert!(nothing.content.drives.is_empty() && nothing.content.operatingsystem.name.is_empty());
        assert_eq!(
            (nothing.haruka.locks, nothing.haruka.bluetooth_off, nothing.haruka.ad_hoc_off),
            (Answer::Unknown, Answer::Unknown, Answer::Unknown)
        );
        for (lock, expected) in [
            (r#"{"machine_s": 900}"#, Answer::Yes),
            (r#"{"machine_s": 0, "active": "0"}"#, Answer::No),
            (r#"{"active": "1", "secure": "0", "after_s": "60"}"#, Answer::No),
            (r#"{"active": "1", "secure": "1", "after_s": "0"}"#, Answer::Unknown),
            (r#"{"active": "1"}"#, Answer::Unknown),
        ] {
            assert_eq!(locks(&serde_json::from_str(lock).expect("JSON")), expected, "{lock}");
        }
        let old: Value = serde_json::from_str(
            r#"{"defender": {"AMServiceEnabled": true, "RealTimeProtectionEnabled": true, "AntivirusSignatureAge": 8}}"#,
        )
        .expect("JSON");
        assert_eq!((antivirus(&old)[0].enabled, antivirus(&old)[0].uptodate), (Some(true), Some(false)));
    }
}
