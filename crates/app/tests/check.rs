//! DL-22: a stranger's file ends a child, never the program: bombs of every kind, and what the cage refuses.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use app::check::Check;
use app::check::cage::Cage;
use mesh::{Checked, Outcome};

fn ours() -> Check {
    Check::with(PathBuf::from(env!("CARGO_BIN_EXE_haruka")))
}

/// A flat sheet of so many triangles, as binary STL.
fn sheet(triangles: u32) -> Vec<u8> {
    let mut bytes = vec![0; 80];
    bytes.extend(triangles.to_le_bytes());
    for number in 0..triangles {
        bytes.extend([0; 12]);
        let (x, y) = ((number / 2 % 100) as f32, (number / 200) as f32);
        let lower = number % 2 == 0;
        let corners =
            if lower { [[x, y], [x + 1.0, y], [x + 1.0, y + 1.0]] } else { [[x, y], [x + 1.0, y + 1.0], [x, y + 1.0]] };
        for [x, y] in corners {
            for it in [x, y, 0.0] {
                bytes.extend(it.to_le_bytes());
            }
        }
        bytes.extend([0; 2]);
    }
    bytes
}

fn told(checked: &Checked) -> String {
    match &checked.outcome {
        Outcome::Read(report) => report.kind.key().to_owned(),
        Outcome::Broken(broken) => broken.words().en.into_owned(),
        Outcome::Unchecked(words) => words.en.clone().into_owned(),
    }
}

fn check(check: &Check, bytes: &[u8], name: &str) -> String {
    told(&check.check(name, &mut Cursor::new(bytes), false).unwrap())
}

/// A script that takes the child's place.
fn script(name: &str, text: &str) -> Check {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("check-{}-{name}", std::process::id()));
    // Written by another process: a copy of this one that is just being started could still have it open for writing.
    let write = ["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 700 \"$0\""];
    assert!(Command::new("sh").args(write).arg(&path).arg(text).status().unwrap().success());
    let mut check = Check::with(path);
    check.wall = Duration::from_secs(2);
    check
}

#[test]
fn a_good_file_comes_back_with_its_levels() {
    let checked = ours().check("sheet.stl", &mut Cursor::new(sheet(6_000)), true).unwrap();
    assert_eq!(told(&checked), "stl_binary");
    assert_eq!(checked.levels.iter().map(|it| it.triangles).next(), Some(6_000));
    assert!(checked.levels.len() == 2 && checked.levels[1].triangles <= 4_000);
    let plain = ours().check("sheet.stl", &mut Cursor::new(sheet(6_000)), false).unwrap();
    assert_eq!((plain.outcome, plain.levels.len()), (checked.outcome, 0));
}

#[test]
fn a_broken_file_is_named_by_the_child() {
    let cut = "The file ends in the middle: its 6000 triangles need 300084 bytes, and it has 200000. Export it again and send it once more. (byte 200000)";
    assert_eq!(check(&ours(), &sheet(6_000)[..200_000], "sheet.stl"), cut);
    assert_eq!(check(&ours(), b"", "sheet.stl"), "The file is empty.");
    let laughs = b"<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]><Treatment>&c;</Treatment>";
    let refused = "The XML declares a document type (DTD). For safety it is not read. (byte 0)";
    assert_eq!(check(&ours(), laughs, "case.dentalProject"), refused);
}

#[test]
fn a_bomb_of_memory_ends_the_child() {
    let mut check = ours();
    // What the file itself takes twice over: the program alone has some of it.
    check.cage.memory_bytes = 250 * 1024 * 1024;
    let words = "The check was stopped, since it needed too much memory. The file is too large.";
    let endless = std::io::repeat(b'v').take(mesh::limits::BYTES_MAX as u64);
    assert_eq!(told(&check.check("x.obj", &mut { endless }, false).unwrap()), words);
    // In the middle of the work as well as while reading.
    assert_eq!(self::check(&check, &sheet(2_000_000), "x.stl"), words);
}

#[test]
fn a_file_without_end_is_read_to_its_limit_only() {
    let said = told(&ours().check("x.stl", &mut std::io::repeat(0), false).unwrap());
    assert_eq!(said, "More than 671088640 bytes.");
}

#[test]
fn a_bomb_of_time_ends_the_child() {
    let mut check = ours();
    check.cage.cpu_seconds = 1;
    let lines = Cursor::new(b"v 0 0 0\n").chain(std::io::repeat(b'\n').take(400_000_000));
    let words = "The check was stopped, since it took too long. The file may be too large, or broken.";
    assert_eq!(told(&check.check("x.obj", &mut { lines }, false).unwrap()), words);

    // By the clock, when it does nothing at all.
    assert_eq!(self::check(&script("sleeps", "exec sleep 60"), b"", "x.stl"), words);
    // Also when its output has ended.
    assert_eq!(self::check(&script("silent", "exec >&- 2>&-; exec sleep 60"), b"", "x.stl"), words);
}

#[test]
fn whatever_the_child_does_the_parent_says_it_in_words() {
    let broke_off = "The check broke off. The file may be broken.";
    let too_much = "The check was stopped: its result was too large.";
    let mut endless = script("endless", "exec cat /dev/zero");
    endless.answer_bytes_max = 1024 * 1024;
    assert_eq!(check(&endless, b"", "x.stl"), too_much);
    for (name, text) in [
        ("killed", "kill -9 $$"),
        ("crashed", "kill -11 $$"),
        ("failed", "exit 1"),
        ("nothing", "exit 0"),
        ("nonsense", "echo nonsense"),
        (
            "half",
            "echo '{\"outcome\":{\"unchecked\":{\"ja\":\"x\",\"en\":\"x\"}},\"levels\":[{\"triangles\":1,\"error_mm\":0.0,\"bytes\":100}]}'",
        ),
        ("complains", "cat /dev/zero | head -c 100000 >&2; exit 1"),
    ] {
        assert_eq!(check(&script(name, text), &sheet(100_000), "x.stl"), broke_off, "{name}");
    }
    let nowhere = Check::with(PathBuf::from("/nowhere/haruka"));
    assert!(nowhere.check("x.stl", &mut Cursor::new(b""), false).is_err());
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the disk is gone"))
    }
}

#[test]
fn a_source_that_fails_is_an_accident_and_no_verdict_on_the_file() {
    assert!(ours().check("x.stl", &mut Failing, false).is_err());
}

/// What the test below runs as a process of its own. By itself it does nothing.
#[test]
fn within_the_cage() {
    if std::env::var("HARUKA_TEST_CAGE").is_err() {
        return;
    }
    let address = std::env::var("HARUKA_TEST_CAGE").unwrap();
    Cage::default().enter().unwrap();
    let file = std::fs::File::open("/etc/hostname").is_ok();
    let written = std::fs::write("/tmp/haruka-cage", "x").is_ok();
    let net = std::net::TcpStream::connect(&address).is_ok();
    let datagram = std::net::UdpSocket::bind("127.0.0.1:0").is_ok();
    let local = std::os::unix::net::UnixStream::pair().is_ok();
    let program = Command::new("/bin/true").status().is_ok();
    let thread = std::thread::Builder::new().spawn(|| ()).is_ok();
    let memory = Vec::<u8>::new().try_reserve_exact(4 << 30).is_ok();
    println!(
        "opened {file}, wrote {written}, connected {net} {datagram} {local}, ran {program} {thread}, took {memory}"
    );
    std::process::exit(0);
}

#[test]
fn the_cage_has_no_files_no_network_and_no_children() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let run = |caged: &str| {
        let done = Command::new(std::env::current_exe().unwrap())
            .args(["within_the_cage", "--exact", "--nocapture", "--test-threads=1"])
            .env("HARUKA_TEST_CAGE", caged)
            .output()
            .unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    let said = run(&listener.local_addr().unwrap().to_string());
    let want = "opened false, wrote false, connected false false false, ran false false, took false";
    assert!(said.contains(want), "{said}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody came");
}

#[test]
fn the_command_says_what_it_found() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("check-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("sheet.stl");
    std::fs::write(&file, sheet(6_000)).unwrap();
    let run = |args: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_haruka")).arg("check").arg(&file).args(args).output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap())
    };
    let (status, said) = run(&[]);
    assert_eq!(status, Some(0));
    assert!(said.starts_with("STL, binary\n") && said.contains("look: Open: 1 open rims"), "{said}");
    let levels = folder.join("levels");
    let (status, said) = run(&["--json", "--levels", levels.to_str().unwrap()]);
    let answer: mesh::Answer = serde_json::from_str(&said).unwrap();
    assert_eq!((status, answer.levels.len()), (Some(0), 2));
    let whole = std::fs::read(levels.join("level-0.hml")).unwrap();
    assert_eq!(mesh::Head::of(&whole).unwrap().indices, 18_000);
    std::fs::write(&file, &sheet(6_000)[..1_000]).unwrap();
    let (status, said) = run(&[]);
    assert_eq!(status, Some(1));
    assert!(said.starts_with("BROKEN: The file ends in the middle"), "{said}");
    std::fs::remove_dir_all(folder).unwrap();
}
