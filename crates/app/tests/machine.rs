//! DL-21: the real program beside a milling machine, against a server: it fetches what was released, whole and verified, and
//! reports it; what was changed, taken back or revoked it neither keeps nor calls done.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../lab/tests/common/mod.rs"]
mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Output, Stdio};

use common::{INFO, MESH, two};
use lab::case::{Kind as What, State};
use people::token::Scope;
use people::token::store as tokens;
use testkit::Ward;

#[test]
fn the_program_fetches_what_was_released_and_reports_it() {
    let it = two(Ward::sqlite(common::ROOMS));
    let (mill, secret) = it.token(it.technician, "ミリング1", Scope::LabFetch);
    let (case, digest) = it.approved();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let app = lab::routes().serve(it.ward.site.clone()).into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, app).await });

    let home = it.ward.folder().join("machine");
    fs::create_dir_all(&home).unwrap();
    let (token, into) = (home.join("token"), home.join("jobs"));
    fs::write(&token, format!("{secret}\n")).unwrap();
    let run = |args: &[&str]| -> Output {
        Command::new(env!("CARGO_BIN_EXE_haruka"))
            .arg("lab")
            .args(args)
            .args(["--server", &server, "--token"])
            .arg(&token)
            .output()
            .unwrap()
    };
    let fetch = || run(&["fetch", "--json", "--into", into.to_str().unwrap()]);
    let machined = |digest: &str| run(&["machined", "--digest", digest]).status.code();
    let said = |it: &Output| String::from_utf8_lossy(&it.stderr).into_owned();

    let nothing = fetch();
    assert_eq!(
        (nothing.status.code(), nothing.stdout.len()),
        (Some(0), 0),
        "approved is not released: {}",
        said(&nothing)
    );
    assert_eq!(machined(&digest), Some(1));
    it.release(case, Some(mill)).unwrap();
    // What a killed run has left behind is no design.
    fs::create_dir_all(into.join(".haruka-unfinished")).unwrap();
    fs::write(into.join(".haruka-unfinished/46.stl"), b"solid").unwrap();
    let first = fetch();
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    let told: serde_json::Value = serde_json::from_slice(&first.stdout).unwrap();
    let folder = into.join(format!("{case}-{}", &digest[..12]));
    assert_eq!(
        (&told["digest"], &told["new"], &told["folder"]),
        (&digest.clone().into(), &true.into(), &folder.to_str().unwrap().into())
    );
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert_eq!((read("46.stl"), read("46.constructionInfo")), (MESH.to_vec(), INFO.to_vec()));
    assert_eq!(fs::read_dir(&into).unwrap().count(), 1, "nothing unfinished stays");
    let again = fetch();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&again.stdout).unwrap()["new"], false, "it is there");
    // Somebody has changed it: it is neither overwritten nor called whole.
    fs::write(folder.join("46.stl"), b"solid other").unwrap();
    let changed = fetch();
    assert!(changed.status.code() == Some(1) && said(&changed).contains("46.stl"), "{}", said(&changed));
    assert_eq!(read("46.stl"), b"solid other");
    assert_eq!(machined(&"0".repeat(64)), Some(1), "another digest");
    assert_eq!(run(&["machined", "--digest", &digest, "--nonsense"]).status.code(), Some(2));
    // What was changed keeps no other design back.
    let (other, other_digest) = it.approved();
    it.release(other, Some(mill)).unwrap();
    let beside = fetch();
    let lines: Vec<_> = beside.stdout.lines().map(|it| it.unwrap()).collect();
    assert!(
        beside.status.code() == Some(1) && lines.len() == 1 && lines[0].contains(&other_digest),
        "{lines:?} {}",
        said(&beside)
    );
    // Both have the same files: which one was milled is not guessed.
    assert_eq!(machined(&other_digest), Some(1));
    let of = |case: &str| run(&["machined", "--digest", &other_digest, "--case", case]).status.code();
    assert_eq!((of(&other.to_string()), of(&other.to_string())), (Some(0), Some(0)));
    assert_eq!((it.state(other), it.state(case)), (State::Machined, State::Released));
    assert_eq!(of(&"0".repeat(26)), Some(1), "no such case");

    it.asks(case, What::Redo, "咬頭を低く").unwrap();
    assert_eq!((fetch().stdout.len(), of(&case.to_string())), (0, Some(1)), "the dentist thought again");
    assert_eq!(it.state(case), State::Redo);

    let (case, _) = it.approved();
    it.release(case, Some(mill)).unwrap();
    assert_eq!(fetch().status.code(), Some(0));
    assert_eq!(of(&case.to_string()), Some(0));
    assert_eq!(it.state(case), State::Machined);

    // Beside the machine the program goes on looking, and goes on after a look that failed.
    let mut watch = Command::new(env!("CARGO_BIN_EXE_haruka"))
        .args(["lab", "fetch", "--watch", "--every", "1", "--json", "--server", &server, "--token"])
        .arg(&token)
        .arg("--into")
        .arg(&into)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (shown, troubles) = (watch.stdout.take().unwrap(), watch.stderr.take().unwrap());
    fs::write(into.join(".haruka-unfinished"), b"a file where a folder should be").unwrap();
    let (case, digest) = it.approved();
    it.release(case, Some(mill)).unwrap();
    let mut trouble = String::new();
    BufReader::new(troubles).read_line(&mut trouble).unwrap();
    assert!(trouble.contains(".haruka-unfinished"), "{trouble}");
    fs::remove_file(into.join(".haruka-unfinished")).unwrap();
    let mut line = String::new();
    BufReader::new(shown).read_line(&mut line).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["digest"], digest.as_str());
    watch.kill().unwrap();
    watch.wait().unwrap();

    it.lab(it.manager, move |tx, ctx| tokens::end(tx, ctx, mill)).unwrap();
    let revoked = fetch();
    assert!(revoked.status.code() == Some(1) && said(&revoked).contains("denied"), "{}", said(&revoked));
}
