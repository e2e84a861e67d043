//! `haruka agent …`: on a device of the staff. Enrols it in the ledger of devices by a manager's one-time code, tells each hour how
//! it stands, and renews its certificate by itself. Needs no data folder of a server.
//!
//! A device's identity is three files of one number in its own folder: the key, which never leaves it; where the server is; and
//! the certificate, which is written last, so that killed at any moment there is a whole identity or none. A key without a
//! certificate is used for the next try.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::agent::{Machine, System, gather, here};
use clap::{Args, Subcommand};
use gateway::{Fault, Server, Settings};
use kernel::{Clock, Error, Result, clause};
use people::device::inventory::Inventory;
use rcgen::KeyPair;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::house::WallClock;
use crate::{certificate, tls};

/// Seconds between two reports.
const REPORT_EVERY_S: u64 = 60 * 60;
/// Seconds until the next try, while the server is away.
const AGAIN_S: u64 = 5 * 60;

/// What can be done on a device.
#[derive(Subcommand)]
pub(crate) enum Agent {
    /// Makes a key on this device, and has it certified by a manager's one-time code.
    Enroll {
        #[command(flatten)]
        home: Home,
        /// Address of the server's door for programs (`https://haruka.example.jp:8444`).
        #[arg(long)]
        server: String,
        /// The code, as the device's page in the ledger shows it.
        #[arg(long)]
        code: String,
        /// PEM of the authority of the server's certificate. Without it: those that this computer trusts.
        #[arg(long)]
        authority: Option<PathBuf>,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Tells the server how this device stands: now, and each hour until it is stopped.
    Run {
        #[command(flatten)]
        home: Home,
        /// Tells it once.
        #[arg(long)]
        once: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Prints what this device tells, as JSON; nothing is sent.
    Export,
    /// Makes a key and a certificate for a browser on this device, in PEM.
    Browser {
        #[command(flatten)]
        home: Home,
        /// File to make; only its owner can read it.
        #[arg(long)]
        out: PathBuf,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// Where the identity is.
#[derive(Args, Clone)]
pub(crate) struct Home {
    /// Folder of the device's key and certificate.
    #[arg(long, default_value = "haruka-agent")]
    data: PathBuf,
}

/// Runs one of them. Whether everything was done.
pub(crate) fn run(command: Agent) -> Result<bool> {
    // It can be chosen once; the same is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match command {
        Agent::Export => {
            let text = serde_json::to_string_pretty(&inventory()).map_err(Error::internal)?;
            println!("{text}");
            Ok(true)
        }
        Agent::Enroll { home, server, code, authority, json } => {
            let authority = authority.map(|file| read(&file)).transpose()?;
            enrol(&home.data, Known { server, authority }, &code, json)
        }
        Agent::Browser { home, out, json } => browser(&home.data, &out, json),
        Agent::Run { home, once, json } => loop {
            let pause_s = match turn(&home.data, json) {
                Ok(()) if once => return Ok(true),
                Ok(()) => REPORT_EVERY_S,
                Err(Trouble::Over(error) | Trouble::Expired(error)) => return Err(error),
                Err(Trouble::Passing(error)) if once => return Err(error),
                Err(Trouble::Passing(error)) => {
                    eprintln!("haruka: {error}");
                    AGAIN_S
                }
            };
            std::thread::sleep(Duration::from_secs(pause_s));
        },
    }
}

/// What this device tells.
fn inventory() -> Inventory {
    gather(System::own(), &Machine { root: Path::new("/"), ask: &here, now: WallClock.now() })
}

/// Where the server is, and by whom it proves to be it.
#[derive(Clone, Serialize, Deserialize)]
struct Known {
    server: String,
    /// PEM; without: the authorities that this computer trusts.
    authority: Option<String>,
}

impl Known {
    /// The server, to which this device shows `identity`: certificate and key.
    fn server(&self, identity: Option<(Vec<u8>, Vec<u8>)>) -> Result<Server> {
        let authorities = match &self.authority {
            Some(pem) => pem.clone().into_bytes(),
            None if self.server.starts_with("http://") => Vec::new(),
            None => tls::trusted()?,
        };
        Server::new(&Settings { url: self.server.clone(), token: String::new(), authorities, identity })
    }
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(|error| failed(file, &error))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::unavailable(format!("{}: {error}", path.display()))
}

/// Why a turn has failed.
#[derive(Debug)]
enum Trouble {
    /// Another try may go well: no network, no server, no room.
    Passing(Error),
    /// The certificate's time is over; a renewal may go well.
    Expired(Error),
    /// No further try will: the device is not enrolled, or not any more.
    Over(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Passing(error)
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Passing(error) | Trouble::Expired(error) | Trouble::Over(error) => error,
        }
    }
}

/// Says something, and hears the answer to it; what the server refuses is told by its key.
fn say(server: &Server, path: &str, told: &Value) -> Result<Value, Trouble> {
    let away = |it: Fault| Error::unavailable(format!("{}: {}", it.key(), it.detail()));
    let (status, answer) = server.say(path, told).map_err(away)?;
    if status == 200 {
        return Ok(answer);
    }
    let key = answer["error"].as_str().unwrap_or("refused");
    let error = Error::unavailable(format!("{key}: {}", answer["en"].as_str().unwrap_or_default()));
    // The key and the sentence are the server's own.
    match key {
        "ended" | "unknown" => Err(Trouble::Over(error)),
        "expired" => Err(Trouble::Expired(error)),
        _ => Err(Trouble::Passing(error)),
    }
}

/// The files of one number.
struct Files {
    key: PathBuf,
    known: PathBuf,
    certificate: PathBuf,
}

fn files(home: &Path, number: u32) -> Files {
    let file = |kind: &str| home.join(format!("device-{number}.{kind}"));
    Files { key: file("key"), known: file("json"), certificate: file("pem") }
}

/// The number of the newest whole identity; nought when there is none.
fn newest(home: &Path) -> u32 {
    let numbers = fs::read_dir(home).into_iter().flatten().flatten().filter_map(|it| {
        let name = it.file_name().into_string().ok()?;
        name.strip_prefix("device-")?.strip_suffix(".pem")?.parse().ok()
    });
    numbers.max().unwrap_or(0)
}

/// A key for the next identity: one that a try before has left, or a new one.
fn next_key(file: &Path) -> Result<KeyPair> {
    let fail = |error: rcgen::Error| failed(file, &error);
    if file.exists() {
        return KeyPair::from_pem(&read(file)?).map_err(fail);
    }
    let key = KeyPair::generate().map_err(fail)?;
    // It is durable before anything is asked for with it.
    crypto::key::write_private(file, key.serialize_pem().as_bytes()).map_err(|error| failed(file, &error))?;
    Ok(key)
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<()> {
    let fail = |error: std::io::Error| failed(path, &error);
    let aside = path.with_extension("aside");
    let mut file = fs::File::create(&aside).map_err(fail)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)?;
    fs::rename(&aside, path).map_err(fail)?;
    // Only where a folder can be opened as a file; elsewhere the system does it by itself.
    #[cfg(unix)]
    fs::File::open(path.parent().unwrap_or(Path::new("."))).and_then(|it| it.sync_all()).map_err(fail)?;
    Ok(())
}

/// The certificate in an answer.
fn chain(answer: &Value) -> Result<&str> {
    let found = answer["certificate"].as_str();
    found.ok_or_else(|| Error::unavailable("the server's answer has no certificate"))
}

/// Gets the next identity by asking at `path`; `told` is said beside the signing request.
fn certify(home: &Path, known: &Known, server: &Server, path: &str, mut told: Value) -> Result<Value, Trouble> {
    let next = files(home, newest(home) + 1);
    let key = next_key(&next.key)?;
    told["request"] = certificate::request(&key)?.into();
    let answer = say(server, path, &told)?;
    write(&next.known, &serde_json::to_string(known).map_err(Error::internal)?)?;
    write(&next.certificate, chain(&answer)?)?;
    Ok(answer)
}

fn enrol(home: &Path, known: Known, code: &str, as_json: bool) -> Result<bool> {
    clause!("CS-150", "DL-14");
    fs::create_dir_all(home).map_err(|error| failed(home, &error))?;
    let server = known.server(None)?;
    let answer = certify(home, &known, &server, "/agent/enroll", json!({ "code": code }))?;
    if as_json {
        let line = json!({ "enrolled": true, "fingerprint": answer["fingerprint"], "ends_at": answer["ends_at"] });
        println!("{line}");
    } else {
        println!("enrolled; certificate {}", answer["fingerprint"].as_str().unwrap_or_default());
    }
    Ok(true)
}

/// The identity of a number: where its server is, and the server as it is asked with it.
fn identity(home: &Path, number: u32) -> Result<(Known, Server), Trouble> {
    if number == 0 {
        let error = Error::unavailable(format!("{}: this device is not enrolled", home.display()));
        return Err(Trouble::Over(error));
    }
    let of = files(home, number);
    let known: Known = serde_json::from_str(&read(&of.known)?).map_err(|error| failed(&of.known, &error))?;
    // Two that do not fit each other are none.
    tls::chain(&of.certificate, &of.key)?;
    let server = known.server(Some((read(&of.certificate)?.into_bytes(), read(&of.key)?.into_bytes())))?;
    Ok((known, server))
}

/// One report, and the next certificate when it is time for it.
fn turn(home: &Path, as_json: bool) -> Result<(), Trouble> {
    let number = newest(home);
    let (known, server) = identity(home, number)?;
    let told = serde_json::to_value(inventory()).map_err(Error::internal)?;
    let answer = match say(&server, "/agent/report", &told) {
        // Over by its dates: for some time it can be renewed still.
        Err(Trouble::Expired(_)) => {
            certify(home, &known, &server, "/agent/renew", json!({}))?;
            let (_, renewed) = identity(home, newest(home))?;
            say(&renewed, "/agent/report", &told)?
        }
        other => other?,
    };
    // The one that was just taken has ended its predecessors.
    forget(home, newest(home));
    if answer["renew"] == true {
        certify(home, &known, &server, "/agent/renew", json!({}))?;
    }
    show(&answer, as_json);
    Ok(())
}

/// Removes keys that nothing is certified by any more.
fn forget(home: &Path, up_to: u32) {
    for number in (1..up_to).rev() {
        let of = files(home, number);
        let removed = [&of.certificate, &of.known, &of.key].map(|file| fs::remove_file(file).is_ok());
        if removed == [false; 3] {
            break;
        }
    }
}

fn show(answer: &Value, as_json: bool) {
    if as_json {
        println!("{answer}");
        return;
    }
    let all = answer["to_mend"].as_array().map(Vec::as_slice).unwrap_or_default();
    println!("{}: told, {} to mend", answer["device"].as_str().unwrap_or_default(), all.len());
    for it in all {
        println!("  {}: {}", it["check"].as_str().unwrap_or_default(), it["en"].as_str().unwrap_or_default());
    }
}

/// A key and a certificate for a browser, in one file.
fn browser(home: &Path, out: &Path, as_json: bool) -> Result<bool> {
    clause!("CS-150");
    if out.exists() {
        return Err(failed(out, &"there is such a file"));
    }
    let (_, server) = identity(home, newest(home))?;
    let key = KeyPair::generate().map_err(Error::internal)?;
    let told = json!({ "request": certificate::request(&key)? });
    let answer = say(&server, "/agent/browser", &told)?;
    let text = format!("{}{}", key.serialize_pem(), chain(&answer)?);
    crypto::key::write_private(out, text.as_bytes()).map_err(|error| failed(out, &error))?;
    if as_json {
        let line = json!({ "file": out.display().to_string(), "fingerprint": answer["fingerprint"], "ends_at": answer["ends_at"] });
        println!("{line}");
    } else {
        println!("{}", out.display());
    }
    Ok(true)
}
