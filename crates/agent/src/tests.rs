//! Made-up machines, read as if they were this one.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use guidelines::device::Updates;
use kernel::time;

use super::*;

/// A file system in a folder of its own.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("haruka-agent-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let tree = Self(root);
        tree.with(files);
        tree
    }

    fn with(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = self.0.join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Now, as the files of the tree have it.
fn now(root: &Path) -> Timestamp {
    let written = fs::metadata(root).and_then(|it| it.modified()).expect("a moment");
    Timestamp::try_from(written).expect("an instant")
}

const DEBIAN: &[(&str, &str)] = &[
    ("/etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nVERSION_ID=\"13\"\nID=debian\n"),
    ("/proc/sys/kernel/hostname", "front-1\n"),
    ("/proc/sys/kernel/osrelease", "6.12.0-amd64\n"),
    ("/sys/class/dmi/id/product_serial", "5CG1234XYZ\n"),
    (
        "/etc/passwd",
        "root:x:0:0::/root:/bin/bash\nsato:x:1000:1000::/people/sato:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n",
    ),
    (
        "/var/lib/dpkg/status",
        "Package: bash\nStatus: install ok installed\nVersion: 5.2\nMaintainer: Debian\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: nextcloud-desktop\nStatus: install ok installed\nVersion: 3.16\n",
    ),
    ("/var/lib/apt/periodic/update-success-stamp", ""),
    ("/proc/mounts", "/dev/mapper/root / ext4 rw 0 0\n/dev/sda1 /boot ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n"),
    ("/proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 1 0 100\n"),
    ("/sys/class/block/dm-0/dm/name", "root\n"),
    ("/sys/class/block/dm-0/dm/uuid", "LVM-abc\n"),
    ("/sys/class/block/dm-0/slaves/dm-1/x", ""),
    ("/sys/class/block/dm-1/dm/uuid", "CRYPT-LUKS2-0123-sda2_crypt\n"),
    ("/sys/class/block/dm-1/slaves/sda2/x", ""),
    ("/sys/class/block/sda1/partition", "1"),
    ("/sys/class/block/sda2/partition", "2"),
    ("/proc/812/comm", "clamd\n"),
    ("/var/lib/clamav/daily.cld", ""),
    ("/sys/class/net/lo/operstate", "unknown"),
    ("/sys/class/net/enp1s0/device/x", ""),
];

/// One update waits.
fn apt(program: &str, _: &[&str]) -> Option<Said> {
    let text = "Inst libc6 [2.41-1] (2.41-2)\nConf libc6\n1 upgraded, 0 newly installed, 0 to remove.\n";
    (program == "apt-get").then(|| Said { status: 0, text: text.into() })
}

fn read(tree: &Tree, programs: &Ask<'_>) -> Inventory {
    gather(System::Linux, &Machine { root: &tree.0, ask: programs, now: now(&tree.0) })
}

/// DL-12, DL-14: what stands in the ledger of a Debian machine whose disk is encrypted below its volumes.
#[test]
fn a_debian_machine_is_read() {
    let tree = Tree::new("debian", DEBIAN);
    let it = read(&tree, &apt);
    assert_eq!((it.content.bios.ssn.as_str(), it.content.hardware.name.as_str()), ("5CG1234XYZ", "front-1"));
    let names: Vec<&str> = it.content.softwares.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["bash", "nextcloud-desktop"], "what was removed is not there");
    assert_eq!(it.content.users.iter().map(|it| it.login.as_str()).collect::<Vec<_>>(), ["sato"]);
    assert_eq!(it.haruka.cloud, ["Nextcloud"]);
    let told = it.told(now(&tree.0), None);
    assert_eq!(told.system.map(|it| (it.family, it.version)), Some(("debian".into(), "13".into())));
    assert_eq!(told.updates, Updates::WaitingSince(now(&tree.0)));
    assert_eq!((told.security, told.encrypted), (Answer::Yes, Answer::Yes), "{:?}", it.content.drives);
    assert_eq!((told.bluetooth_off, told.ad_hoc_off), (Answer::Yes, Answer::Yes), "there are no radios");
    assert_eq!(told.locks, Answer::Unknown, "nobody has said");
    // The same machine says the same.
    assert_eq!(it, read(&tree, &apt));
}

#[test]
fn a_machine_of_which_nothing_can_be_read_is_unknown_throughout() {
    let tree = Tree::new("nothing", &[("/x", "")]);
    for system in [System::Linux, System::Windows, System::MacOs] {
        let it = gather(system, &Machine { root: &tree.0, ask: &|_, _| None, now: now(&tree.0) });
        let told = it.told(now(&tree.0), None);
        assert_eq!(told.system.filter(|it| !it.version.is_empty()), None, "{system:?}");
        assert_eq!(told.updates, Updates::Unknown, "{system:?}");
        for answer in [told.security, told.encrypted, told.locks, told.bluetooth_off, told.ad_hoc_off] {
            assert_eq!(answer, Answer::Unknown, "{system:?}: {it:?}");
        }
    }
}

/// DL-12: what is open, switched on or old is told as it is.
#[test]
fn a_machine_that_is_not_in_order_says_so() {
    let tree = Tree::new("open", DEBIAN);
    tree.with(&[
        ("/sys/class/block/dm-1/dm/uuid", "LVM-def"),
        ("/sys/class/bluetooth/hci0/x", ""),
        ("/sys/class/rfkill/rfkill0/type", "bluetooth"),
        ("/sys/class/rfkill/rfkill0/soft", "0"),
        ("/sys/class/rfkill/rfkill0/hard", "0"),
        ("/sys/class/net/wlp2s0/wireless/x", ""),
        ("/people/sato/.config/kscreenlockerrc", "[Daemon]\nAutolock=false\n"),
        ("/people/sato/.dropbox-dist/x", ""),
        ("/proc/812/comm", "bash"),
        ("/usr/sbin/clamd", ""),
    ]);
    let asked = RefCell::new(Vec::new());
    let ask = |program: &str, args: &[&str]| {
        asked.borrow_mut().push(program.to_owned());
        match program {
            "iw" => Some(Said { status: 0, text: "phy#0\n\tInterface wlp2s0\n\t\ttype IBSS\n".into() }),
            _ => apt(program, args),
        }
    };
    let it = read(&tree, &ask);
    let told = it.told(now(&tree.0), None);
    assert_eq!((told.encrypted, told.security, told.locks), (Answer::No, Answer::No, Answer::No));
    assert_eq!((told.bluetooth_off, told.ad_hoc_off), (Answer::No, Answer::No));
    assert_eq!(it.haruka.cloud, ["Dropbox", "Nextcloud"]);
    // Switched off.
    tree.with(&[("/sys/class/rfkill/rfkill0/soft", "1")]);
    assert_eq!(read(&tree, &ask).haruka.bluetooth_off, Answer::Yes);
    // An interface whose mode nobody tells.
    assert_eq!(read(&tree, &|_, _| None).told(now(&tree.0), None).ad_hoc_off, Answer::Unknown);
}

/// DL-12: lists that nobody has fetched for weeks do not say that nothing waits, and neither does a run that failed.
#[test]
fn updates_are_known_from_fresh_lists_only() {
    let tree = Tree::new("lists", DEBIAN);
    let says = |status: i32, text: &'static str| {
        move |program: &str, _: &[&str]| (program == "apt-get").then(|| Said { status, text: text.into() })
    };
    let at = |days: i64, ask: &Ask<'_>| {
        let now = time::plus_min(now(&tree.0), days * 24 * 60);
        gather(System::Linux, &Machine { root: &tree.0, ask, now }).haruka.updates
    };
    let none = says(0, "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n");
    assert_eq!((at(0, &none), at(LISTS_DAYS_MAX, &none), at(LISTS_DAYS_MAX + 1, &none)), (Some(0), Some(0), None));
    assert_eq!(at(0, &says(100, "E: Could not open lock file")), None);
    assert_eq!(at(0, &says(0, "")), None, "a run that says nothing");
    // Fedora: 100 means that some wait.
    fs::remove_file(tree.0.join("var/lib/dpkg/status")).expect("removed");
    let dnf = |status: i32| {
        move |program: &str, _: &[&str]| {
            let text = "\nbash.x86_64   5.2-2.fc42   updates\nObsoleting Packages\na.x86_64 1 updates\n";
            (program == "dnf").then(|| Said { status, text: if status == 100 { text.into() } else { String::new() } })
        }
    };
    assert_eq!((at(0, &dnf(0)), at(0, &dnf(100)), at(0, &dnf(1))), (Some(0), Some(1), None));
}

/// DL-12: the lock counts when it is on for everybody who can sign in, by the person's own settings.
#[test]
fn the_screen_locks_for_everybody_or_not_at_all() {
    let tree = Tree::new("lock", DEBIAN);
    tree.with(&[("/usr/share/xsessions/gnome.desktop", "")]);
    let with = |enabled: &'static str, delay: &'static str| {
        move |program: &str, args: &[&str]| {
            let text = if args.last() == Some(&"lock-enabled") { enabled } else { delay };
            (program == "runuser" && args[1] == "sato").then(|| Said { status: 0, text: format!("{text}\n") })
        }
    };
    for (enabled, delay, expected) in [
        ("true", "uint32 300", Answer::Yes),
        ("true", "uint32 0", Answer::No),
        ("false", "uint32 300", Answer::No),
        ("true", "", Answer::Unknown),
    ] {
        assert_eq!(read(&tree, &with(enabled, delay)).haruka.locks, expected, "{enabled} {delay}");
    }
    // Settings of GNOME say nothing of another desktop, or of none.
    let gnome = "/usr/share/xsessions/gnome.desktop";
    tree.with(&[("/usr/share/xsessions/xfce.desktop", "")]);
    assert_eq!(read(&tree, &with("true", "uint32 300")).haruka.locks, Answer::Unknown);
    fs::remove_dir_all(tree.0.join("usr/share/xsessions")).expect("removed");
    assert_eq!(read(&tree, &with("true", "uint32 300")).haruka.locks, Answer::Unknown);
    tree.with(&[(gnome, "")]);
    // A second person of whom nothing is known.
    tree.with(&[("/etc/passwd", "sato:x:1000:1000::/:/bin/bash\nsuzuki:x:1001:1001::/:/bin/bash\n")]);
    assert_eq!(read(&tree, &with("true", "uint32 300")).haruka.locks, Answer::Unknown);
}
