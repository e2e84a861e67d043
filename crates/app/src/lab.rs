//! `haruka lab …`: beside a milling machine. Fetches what the laboratory has released for it, whole and verified, and reports what
//! was milled. Needs no data folder: a token and the server's address.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use crypto::digest::{Sha256, hex};
use gateway::{Fault, Server, Settings};
use kernel::{Error, Result, RowId, clause};
use lab::file::{FILE_BYTES_MAX, FILES_MAX, Member, digest, short};
use serde_json::Value;

use crate::command::usage;
use crate::tls;

/// Where a folder is filled before it gets its name.
const UNFINISHED: &str = ".haruka-unfinished";
/// Bytes of a file that are read at a time.
const PIECE_BYTES: usize = 1024 * 1024;

/// What can be done beside a machine.
#[derive(Subcommand)]
pub(crate) enum Lab {
    /// Fetches what is released for this machine, each design whole and verified into a folder of its own.
    Fetch {
        #[command(flatten)]
        at: At,
        /// The folder in which the machine's program looks.
        #[arg(long)]
        into: PathBuf,
        /// Goes on looking until it is stopped.
        #[arg(long)]
        watch: bool,
        /// Seconds between two looks.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600), requires = "watch")]
        every: u64,
        /// One JSON object a design.
        #[arg(long)]
        json: bool,
    },
    /// Reports that the files with this digest are milled.
    Machined {
        #[command(flatten)]
        at: At,
        /// The whole digest, as `lab fetch --json` shows it.
        #[arg(long)]
        digest: String,
        /// The case, where several have the same files.
        #[arg(long)]
        case: Option<String>,
    },
}

/// Which server, and as which machine.
#[derive(Args, Clone)]
pub(crate) struct At {
    /// `https://haruka.example.jp`; plain `http://` only to this very computer.
    #[arg(long)]
    server: String,
    /// File with the token that `haruka token --scope lab.fetch` printed.
    #[arg(long)]
    token: PathBuf,
    /// PEM of the authority of the server's certificate. Without it: those that this computer trusts.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// PEM of the certificate, with its key, to which the token is bound; for the server's door for programs.
    #[arg(long)]
    certificate: Option<PathBuf>,
}

impl At {
    fn server(&self) -> Result<Server> {
        // It can be chosen once; the same is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let read = |file: &Path| fs::read(file).map_err(|error| failed(file, &error));
        let token = String::from_utf8_lossy(&read(&self.token)?).trim().to_owned();
        let authorities = match &self.ca {
            Some(file) => read(file)?,
            None if self.server.starts_with("http://") => Vec::new(),
            None => tls::trusted()?,
        };
        let identity = self.certificate.as_deref().map(read).transpose()?.map(|it| (it.clone(), it));
        Server::new(&Settings { url: self.server.clone(), token, authorities, identity })
    }
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::unavailable(format!("{}: {error}", path.display()))
}

fn told(fault: &Fault) -> Error {
    Error::unavailable(format!("{}: {}", fault.key(), fault.detail()))
}

/// Runs one of them. Whether everything was done.
pub(crate) fn run(command: Lab) -> Result<bool> {
    match command {
        Lab::Machined { at, digest, case } => {
            if digest.len() != 64 || !digest.bytes().all(|it| it.is_ascii_hexdigit()) {
                return Err(usage("--digest is the whole digest, 64 digits in hex"));
            }
            let case = case.map(|it| it.parse::<RowId>().map_err(|_| usage("--case is a case's id"))).transpose()?;
            let of = case.map(|it| format!("?case={it}")).unwrap_or_default();
            at.server()?.tell(&format!("/lab/machine/released/{digest}/machined{of}")).map_err(|it| told(&it))?;
            Ok(true)
        }
        Lab::Fetch { at, into, watch, every, json } => {
            let (server, mut known) = (at.server()?, BTreeSet::new());
            loop {
                match fetch(&server, &into, &mut known, json) {
                    Ok(()) if !watch => return Ok(true),
                    Ok(()) => {}
                    Err(error) if !watch => return Err(error),
                    Err(error) => eprintln!("haruka: {error}"),
                }
                std::thread::sleep(Duration::from_secs(every));
            }
        }
    }
}

/// What a server offers.
struct Offered {
    case: RowId,
    digest: String,
    members: Vec<Member>,
}

/// Reads one design of the list. A server that is not ours may say anything: what does not fit its own digest is refused before
/// a byte of it is fetched.
fn read(it: &Value) -> Option<Offered> {
    let text = |it: &Value, key: &str| it[key].as_str().map(ToOwned::to_owned);
    let files = it["files"].as_array()?;
    let mut members = Vec::new();
    for it in files {
        members.push(Member {
            id: text(it, "id")?.parse().ok()?,
            name: text(it, "name").filter(|it| is_plain(it))?,
            size_bytes: it["size"].as_u64().filter(|it| *it <= FILE_BYTES_MAX)?,
            sha256: text(it, "sha256")?,
        });
    }
    let fits = !members.is_empty() && members.len() <= FILES_MAX;
    let own = digest(&members);
    let offered = Offered { case: text(it, "case")?.parse().ok()?, digest: text(it, "digest")?, members };
    (fits && own == offered.digest).then_some(offered)
}

/// Whether a name stays within its folder, on any system.
fn is_plain(name: &str) -> bool {
    let strange = |it: char| it.is_control() || "/\\:*?\"<>|".contains(it);
    !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && !name.contains(strange)
}

/// One look. A design that cannot be fetched does not keep back the others; the first fault is told when they are done.
fn fetch(server: &Server, into: &Path, known: &mut BTreeSet<PathBuf>, json: bool) -> Result<()> {
    clause!("DL-21");
    let listed = server.ask("/lab/machine/released").map_err(|it| told(&it))?;
    let listed = listed["released"].as_array().cloned().unwrap_or_default();
    fs::create_dir_all(into).map_err(|error| failed(into, &error))?;
    let mut all = Ok(());
    for it in &listed {
        all = all.and(one(server, into, known, json, it));
    }
    all
}

fn one(server: &Server, into: &Path, known: &mut BTreeSet<PathBuf>, json: bool, listed: &Value) -> Result<()> {
    let unfit = || Error::unavailable("a design of the server's list does not fit its own digest");
    let offered = read(listed).ok_or_else(unfit)?;
    let folder = into.join(format!("{}-{}", offered.case, short(&offered.digest)));
    if known.contains(&folder) {
        return Ok(());
    }
    let is_new = !is_there(&folder, &offered)?;
    if is_new {
        fill(server, into, &folder, &offered)?;
    }
    let shown = folder.display().to_string();
    if json {
        let line =
            serde_json::json!({ "case": offered.case, "digest": offered.digest, "folder": shown, "new": is_new });
        println!("{line}");
    } else {
        println!("{shown} {}", offered.digest);
    }
    known.insert(folder);
    Ok(())
}

/// Whether the folder has these files, whole. One that has other bytes is somebody's matter: it is neither milled nor overwritten.
fn is_there(folder: &Path, offered: &Offered) -> Result<bool> {
    if !folder.try_exists().map_err(|error| failed(folder, &error))? {
        return Ok(false);
    }
    for it in &offered.members {
        let path = folder.join(&it.name);
        let mut file = File::open(&path).map_err(|error| failed(&path, &error))?;
        let (mut sum, mut piece) = (Sha256::new(), vec![0; PIECE_BYTES]);
        loop {
            let count = std::io::Read::read(&mut file, &mut piece).map_err(|error| failed(&path, &error))?;
            if count == 0 {
                break;
            }
            sum.update(&piece[..count]);
        }
        if hex(&sum.finish()) != it.sha256 {
            return Err(failed(&path, &"is not what was released; remove the folder to fetch it again"));
        }
    }
    Ok(true)
}

/// Counts what it writes.
struct Counted {
    file: File,
    sum: Sha256,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.sum.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Fetches into a folder without its name, and gives it the name when every file is durable and as it should be: killed at any
/// moment, there is a whole folder or none.
fn fill(server: &Server, into: &Path, folder: &Path, offered: &Offered) -> Result<()> {
    let unfinished = into.join(UNFINISHED);
    if unfinished.try_exists().map_err(|error| failed(&unfinished, &error))? {
        fs::remove_dir_all(&unfinished).map_err(|error| failed(&unfinished, &error))?;
    }
    fs::create_dir(&unfinished).map_err(|error| failed(&unfinished, &error))?;
    for it in &offered.members {
        let path = unfinished.join(&it.name);
        let file = File::create_new(&path).map_err(|error| failed(&path, &error))?;
        let mut out = Counted { file, sum: Sha256::new() };
        let way = format!("/lab/machine/released/{}/{}", offered.digest, it.id);
        let size = server.bytes(&way, it.size_bytes, &mut out).map_err(|it| told(&it))?;
        if size != it.size_bytes || hex(&out.sum.finish()) != it.sha256 {
            return Err(failed(&path, &"what came is not what was released"));
        }
        out.file.sync_all().map_err(|error| failed(&path, &error))?;
    }
    durable(&unfinished)?;
    fs::rename(&unfinished, folder).map_err(|error| failed(folder, &error))?;
    durable(into)
}

fn durable(folder: &Path) -> Result<()> {
    // Only where a folder can be opened as a file; elsewhere the system does it by itself.
    #[cfg(unix)]
    File::open(folder).and_then(|it| it.sync_all()).map_err(|error| failed(folder, &error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        for (name, expected) in [
            ("46.stl", true),
            ("設計 1.stl", true),
            ("", false),
            ("..", false),
            (".ssh", false),
            ("a/b", false),
            ("a\\b", false),
            ("C:a", false),
            ("a\nb", false),
        ] {
            assert_eq!(is_plain(name), expected, "{name}");
        }
    }
}
