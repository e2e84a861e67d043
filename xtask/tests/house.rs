//! The plan of rooms, and that the workspace keeps it: who may call whom, and who owns which heavy library.
//!
//! A new room or a new edge is a line here, in a commit of its own that says why.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use xtask::finding::{Finding, settle};
use xtask::tree;

/// Every room, and the rooms it calls. Nothing calls sideways past this table, nothing calls upward.
const ROOMS: &[(&str, &[&str])] = &[
    // Pure: values and rules, no input or output, no async.
    ("kernel", &[]),
    ("guidelines", &["kernel"]),
    ("mesh", &["kernel"]),
    ("papers", &["kernel"]),
    ("pixels", &["kernel"]),
    // Services: each owns one outside library.
    ("crypto", &["kernel"]),
    ("db", &["kernel", "crypto"]),
    ("blobs", &["kernel", "crypto"]),
    ("pdf", &["kernel", "papers"]),
    ("audit", &["kernel", "crypto", "db"]),
    ("mail", &["kernel", "db"]),
    ("web", &["kernel", "crypto", "db", "blobs", "papers"]),
    // Contexts: what the clinics do.
    ("people", &["kernel", "guidelines", "crypto", "db", "blobs", "audit", "mail", "web"]),
    ("visits", &["kernel", "guidelines", "crypto", "db", "blobs", "papers", "audit", "mail", "web", "people"]),
    (
        "imaging",
        &["kernel", "guidelines", "pixels", "crypto", "db", "blobs", "papers", "audit", "mail", "web", "people"],
    ),
    ("lab", &["kernel", "guidelines", "mesh", "crypto", "db", "blobs", "papers", "mail", "web", "people"]),
    ("safety", &["kernel", "guidelines", "db", "papers", "audit", "mail", "web", "people"]),
    // Faces: they translate and decide nothing.
    ("signal", &["kernel"]),
    ("dicomweb", &["kernel", "crypto", "db", "blobs", "web", "people", "imaging"]),
    ("tus", &["kernel", "crypto", "db", "blobs", "web", "people"]),
    ("dimse", &["kernel", "crypto", "db", "web", "imaging"]),
    ("gateway", &["kernel", "db", "blobs", "imaging"]),
    ("agent", &["kernel", "guidelines", "people"]),
    // For tests only.
    ("testkit", &["kernel", "crypto", "db", "blobs", "papers", "audit", "mail", "web", "people"]),
    // The top: wiring only.
    (
        "app",
        &[
            "kernel",
            "guidelines",
            "crypto",
            "db",
            "blobs",
            "mesh",
            "papers",
            "pdf",
            "audit",
            "mail",
            "web",
            "people",
            "visits",
            "imaging",
            "lab",
            "dicomweb",
            "tus",
            "safety",
            "signal",
            "dimse",
            "gateway",
            "agent",
        ],
    ),
    // Builds and checks the others, and knows none of them.
    ("xtask", &[]),
];

/// The one room that may use each heavy library: whoever else needs it asks that room.
const FENCES: &[(&str, &str)] = &[
    ("getrandom", "kernel"),
    ("jiff", "kernel"),
    ("argon2", "crypto"),
    ("aws-lc-rs", "crypto"),
    ("totp-rs", "crypto"),
    ("postgres", "db"),
    ("rusqlite", "db"),
    ("rustix", "db"),
    ("image", "blobs"),
    ("meshopt", "mesh"),
    ("typst", "pdf"),
    ("typst-layout", "pdf"),
    ("typst-pdf", "pdf"),
    ("signed_note", "audit"),
    ("tlog_tiles", "audit"),
    ("icalendar", "mail"),
    ("lettre", "mail"),
    ("webauthn-rs", "people"),
    ("dicom-core", "imaging"),
    ("dicom-dictionary-std", "imaging"),
    ("encoding_rs", "imaging"),
    ("zip", "imaging"),
    ("socket2", "dimse"),
    ("ureq", "gateway"),
    ("clap", "app"),
    ("hyper", "app"),
    ("hyper-util", "app"),
    // The limits of a child process. rustix, which `db` owns, could set them too, but with that feature it and all above it
    // would be built once more.
    ("libc", "app"),
    ("rlimit", "app"),
    ("seccompiler", "app"),
    ("rcgen", "app"),
    ("rustls", "app"),
    ("tokio-rustls", "app"),
    ("toml", "app"),
    ("x509-parser", "app"),
];

struct Room {
    name: String,
    /// Path of its manifest, from the root.
    manifest: String,
    calls: BTreeSet<String>,
    /// Dependencies of its tests only.
    tests_call: BTreeSet<String>,
}

fn rooms() -> Vec<Room> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let out = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(tree::root())
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&out.stderr));
    let metadata: Value = serde_json::from_slice(&out.stdout).expect("cargo metadata speaks JSON");
    let root = tree::root().to_string_lossy().into_owned();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    metadata["packages"]
        .as_array()
        .expect("a list of packages")
        .iter()
        .map(|package| {
            let names = |dev: bool| {
                package["dependencies"]
                    .as_array()
                    .expect("a list of dependencies")
                    .iter()
                    .filter(|it| (it["kind"] == "dev") == dev)
                    .map(|it| text(&it["name"]))
                    .collect()
            };
            Room {
                name: text(&package["name"]),
                manifest: text(&package["manifest_path"]).trim_start_matches(&root).trim_start_matches('/').to_owned(),
                calls: names(false),
                tests_call: names(true),
            }
        })
        .collect()
}

#[test]
fn the_plan_of_rooms_is_what_cargo_builds() {
    let plan: BTreeMap<_, BTreeSet<_>> =
        ROOMS.iter().map(|(room, calls)| (*room, calls.iter().copied().collect())).collect();
    let rooms = rooms();
    let mut findings = Vec::new();
    for room in &rooms {
        let Some(planned) = plan.get(room.name.as_str()) else {
            findings.push(Finding::new(&room.manifest, 1, format!("room `{}` is not in the plan", room.name)));
            continue;
        };
        let called: BTreeSet<_> = room.calls.iter().map(String::as_str).filter(|it| plan.contains_key(it)).collect();
        for stranger in called.difference(planned) {
            findings.push(Finding::new(&room.manifest, 1, format!("`{}` may not call `{stranger}`", room.name)));
        }
        for stale in planned.difference(&called) {
            findings.push(Finding::new(
                &room.manifest,
                1,
                format!("`{}` no longer calls `{stale}`: change the plan", room.name),
            ));
        }
    }
    for planned in plan.keys().filter(|it| !rooms.iter().any(|room| room.name == **it)) {
        findings.push(Finding::new("xtask/tests/house.rs", 1, format!("room `{planned}` is planned but not there")));
    }
    settle("rooms", findings);
}

#[test]
fn the_plan_goes_downward_only() {
    let order: Vec<_> = ROOMS.iter().map(|(room, _)| *room).collect();
    for (place, (room, calls)) in ROOMS.iter().enumerate() {
        for called in *calls {
            assert!(
                order[..place].contains(called),
                "`{room}` calls `{called}`, which does not stand above it in ROOMS"
            );
        }
    }
}

#[test]
fn tests_borrow_only_the_testkit_from_above() {
    let plan: BTreeMap<_, _> = ROOMS.iter().copied().collect();
    let mut findings = Vec::new();
    for room in rooms() {
        let own = plan.get(room.name.as_str()).copied().unwrap_or_default();
        for stranger in room.tests_call.iter().filter(|it| plan.contains_key(it.as_str())) {
            if stranger != "testkit" && !own.contains(&stranger.as_str()) {
                let message = format!("the tests of `{}` may not call `{stranger}`", room.name);
                findings.push(Finding::new(&room.manifest, 1, message));
            }
        }
    }
    settle("rooms-in-tests", findings);
}

#[test]
fn each_heavy_library_has_one_owner() {
    let mut findings = Vec::new();
    for room in rooms() {
        for (library, owner) in FENCES {
            if room.name != *owner && (room.calls.contains(*library) || room.tests_call.contains(*library)) {
                let message = format!("`{library}` belongs to `{owner}`: ask that room instead");
                findings.push(Finding::new(&room.manifest, 1, message));
            }
        }
    }
    settle("fences", findings);
}

#[test]
fn every_room_is_built_quickly_in_tests() {
    // A room that is not named is built like a library: optimised, which takes minutes on each change.
    let manifest = tree::read("Cargo.toml").expect("the workspace's manifest");
    let (_, rest) = manifest.split_once("[profile.dev.package]\n").expect("the packages of the profile");
    let lines: Vec<_> = rest.lines().take_while(|it| !it.starts_with('[')).collect();
    let findings = rooms().into_iter().filter(|room| {
        let line = format!("{} = {{ opt-level = 0 }}", room.name);
        !lines.contains(&line.as_str())
    });
    let finding = |room: Room| {
        let message = format!("`[profile.dev.package]` wants a line `{} = {{ opt-level = 0 }}`", room.name);
        Finding::new("Cargo.toml", 1, message)
    };
    settle("profile", findings.map(finding).collect());
}
