//! The command line. Exit status 0: done, 1: refused or failed, 2: wrong usage.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use kernel::{Ctx, Error, FacilityId, Result, Who};
use people::facility::store as facilities;
use people::token::Scope;

use crate::config::Config;
use crate::house::House;

/// Haruka (遥): online visits, imaging and laboratory work for Japanese dentistry and medicine.
#[derive(Parser)]
#[command(name = "haruka", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Where the data are.
#[derive(Args, Clone)]
pub(crate) struct Place {
    /// Settings file.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Data folder; above the settings file.
    #[arg(long)]
    data: Option<PathBuf>,
}

impl Place {
    pub(crate) fn config(&self) -> Result<Config> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Starts the server.
    Serve {
        #[command(flatten)]
        place: Place,
        /// Address of HTTPS.
        #[arg(long)]
        listen: Option<std::net::SocketAddr>,
        /// Address of DICOM, or off.
        #[arg(long)]
        dicom: Option<crate::config::Dicom>,
        /// Demonstration: demo people, and plain HTTP on this address.
        #[arg(long, num_args = 0..=1, default_missing_value = "127.0.0.1:8080", require_equals = true)]
        demo: Option<std::net::SocketAddr>,
    },
    /// Facilities.
    #[command(subcommand)]
    Facility(Facility),
    /// People who sign in.
    #[command(subcommand)]
    User(User),
    /// Makes a bearer token, by which a machine acts as a person, and prints it once.
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Token {
        #[command(flatten)]
        place: Place,
        #[command(subcommand)]
        command: Option<Token>,
        /// The sign-in name of the person as whom the machine acts.
        #[arg(long, required = true)]
        user: Option<String>,
        /// What it is good for (`dicomweb.read`, `dicomweb.write`, `lab.fetch`); may be given several times.
        #[arg(long = "scope", required = true, num_args = 1..)]
        scopes: Vec<Scope>,
        /// The facility's slug; needed for a person who works at several.
        #[arg(long)]
        facility: Option<String>,
        /// Which machine gets it.
        #[arg(long, default_value = "")]
        label: String,
        /// Days until it ends; with its certificate at the latest.
        #[arg(long, default_value_t = people::token::DAYS)]
        days: i64,
        /// File with the only certificate (PEM or DER) with which it counts, at the programs' door.
        #[arg(long)]
        certificate: Option<PathBuf>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Devices and archives that may call by DICOM.
    #[command(subcommand)]
    Station(crate::station::Station),
    /// The log that proves itself.
    #[command(subcommand)]
    Log(Log),
    /// Hands on to a server what the clinic's devices send.
    #[command(args_conflicts_with_subcommands = true)]
    Gateway {
        #[command(flatten)]
        place: Place,
        #[command(subcommand)]
        command: Option<crate::gateway::Gateway>,
        /// Address of DICOM for the devices.
        #[arg(long)]
        dicom: Option<crate::config::Dicom>,
        /// Loopback address of the status page.
        #[arg(long)]
        page: Option<std::net::SocketAddr>,
    },
    /// Beside a laboratory's machine: fetches what is released for it, and reports what it has milled.
    #[command(subcommand)]
    Lab(crate::lab::Lab),
    /// The ledger of devices.
    #[command(subcommand)]
    Device(crate::device::Device),
    /// On a device of the staff: tells the ledger of devices how it stands.
    #[command(subcommand)]
    Agent(crate::agent::Agent),
    /// Takes images from a CD, a stick or a folder.
    Import {
        #[command(flatten)]
        place: Place,
        /// The folder: a mounted disc or stick, or any folder with DICOM files.
        path: PathBuf,
        /// Whose images they become: the facility's slug.
        #[arg(long)]
        facility: String,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Says what is in a scan or a design, read by a child process with limits, or what is broken.
    Check {
        /// STL, PLY, OBJ, 3MF, .constructionInfo or .dentalProject.
        file: PathBuf,
        /// Folder for the levels of detail.
        #[arg(long)]
        levels: Option<PathBuf>,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// The child of `check`: a name and a file on standard input, the answer on standard output.
    #[command(hide = true)]
    CheckWithinLimits {
        #[command(flatten)]
        cage: crate::check::cage::Cage,
        /// With the levels of detail.
        #[arg(long)]
        levels: bool,
    },
    /// Images that are kept.
    #[command(subcommand)]
    Image(crate::inventory::Image),
    /// Writes a copy of a study to take away: a folder with its directory, as a CD has them, or a ZIP file.
    Export {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        what: crate::export::What,
    },
}

/// What can be done with tokens that are there.
#[derive(Subcommand)]
pub(crate) enum Token {
    /// Lists the tokens of a person, without their secrets.
    List {
        #[command(flatten)]
        place: Place,
        /// The sign-in name.
        #[arg(long)]
        user: String,
        /// The facility's slug; needed for a person who works at several.
        #[arg(long)]
        facility: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Ends a token at once.
    Revoke {
        #[command(flatten)]
        place: Place,
        /// Its id, as the list shows it.
        #[arg(long)]
        id: String,
    },
}

#[derive(Subcommand)]
enum Facility {
    /// Makes a facility with its key.
    Add {
        #[command(flatten)]
        place: Place,
        /// clinic, hospital, laboratory, pharmacy or nursing.
        #[arg(long, default_value = "clinic")]
        kind: String,
        /// dental or medical.
        #[arg(long, default_value = "dental")]
        field: String,
        /// Its name.
        #[arg(long)]
        name: String,
        /// Last part of its public address: lower-case letters, digits, hyphens.
        #[arg(long)]
        slug: String,
        /// Postal address.
        #[arg(long, default_value = "")]
        address: String,
        /// Telephone.
        #[arg(long, default_value = "")]
        phone: String,
        /// Mail.
        #[arg(long, default_value = "")]
        mail: String,
    },
    /// Lists the facilities.
    List {
        #[command(flatten)]
        place: Place,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum User {
    /// Makes a person with duties at a facility and prints the initial password.
    Add {
        #[command(flatten)]
        place: Place,
        /// The facility's slug.
        #[arg(long)]
        facility: String,
        /// The sign-in name.
        #[arg(long)]
        login: String,
        /// 姓
        #[arg(long)]
        family: String,
        /// 名
        #[arg(long)]
        given: String,
        /// セイ
        #[arg(long)]
        family_kana: String,
        /// メイ
        #[arg(long)]
        given_kana: String,
        /// Mail.
        #[arg(long, default_value = "")]
        mail: String,
        /// A duty of the access policy (`manager`, `dentist`, …); may be given several times.
        #[arg(long = "duty", required = true)]
        duties: Vec<String>,
    },
    /// Lists the staff of a facility.
    List {
        #[command(flatten)]
        place: Place,
        /// The facility's slug.
        #[arg(long)]
        facility: String,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Prints a new initial password; the old one and all sessions end.
    ResetPassword {
        #[command(flatten)]
        place: Place,
        /// The sign-in name.
        #[arg(long)]
        login: String,
    },
    /// Takes away the second factors; the person sets up new ones at the next sign-in.
    ResetSecondFactor {
        #[command(flatten)]
        place: Place,
        /// The sign-in name.
        #[arg(long)]
        login: String,
    },
}

#[derive(Subcommand)]
enum Log {
    /// Proves the log from the first entry on, or names the first bad one.
    Verify {
        #[command(flatten)]
        place: Place,
        /// A bundle: needs no data, key or network.
        #[arg(long, conflicts_with = "report")]
        bundle: Option<PathBuf>,
        /// A report on images with its proof, as its page hands it out: needs no data, secret or network.
        #[arg(long)]
        report: Option<PathBuf>,
        /// The log's public key as you know it from elsewhere; without it the file's own is taken.
        #[arg(long, requires = "report")]
        key: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Writes a bundle that a stranger can verify.
    Export {
        #[command(flatten)]
        place: Place,
        /// The facility's slug.
        #[arg(long)]
        facility: String,
        /// Folder to make.
        #[arg(long)]
        out: PathBuf,
        /// With the opened details of the entries (personal data).
        #[arg(long)]
        with_detail: bool,
    },
}

/// Runs the command of the process.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match act(cli.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("haruka: {error}");
            ExitCode::from(1)
        }
    }
}

fn act(command: Command) -> Result<bool> {
    match command {
        Command::Serve { place, listen, dicom, demo } => {
            let mut config = place.config()?;
            if let Some(listen) = listen {
                config.listen = listen;
            }
            if let Some(dicom) = dicom {
                config.dicom = dicom;
            }
            crate::serve::run(config, demo).map(|()| true)
        }
        Command::Facility(it) => facility(it),
        Command::User(it) => user(it),
        Command::Token { command: Some(it), .. } => crate::token::run(it),
        Command::Token { place, command: None, user, scopes, facility, label, days, certificate, json } => {
            let wish =
                crate::token::Wish { user: user.unwrap_or_default(), scopes, facility, label, days, certificate };
            crate::token::make(&place, wish, json)
        }
        Command::Station(it) => crate::station::run(it),
        Command::Log(it) => log(it),
        Command::Export { place, what } => crate::export::run(&place, &what),
        Command::Gateway { command: Some(it), .. } => crate::gateway::ask(it),
        Command::Gateway { place, command: None, dicom, page } => {
            let mut config = place.config()?;
            if let Some(dicom) = dicom {
                config.dicom = dicom;
            }
            if let Some(page) = page {
                config.gateway.page = page;
            }
            crate::gateway::run(config).map(|()| true)
        }
        Command::Check { file, levels, json } => crate::check::run(&file, levels.as_deref(), json),
        Command::CheckWithinLimits { cage, levels } => crate::check::child(cage, levels),
        Command::Lab(it) => crate::lab::run(it),
        Command::Agent(it) => crate::agent::run(it),
        Command::Device(it) => crate::device::run(it),
        Command::Image(it) => crate::inventory::run(it),
        Command::Import { place, path, facility, json } => crate::import::run(&place, &path, facility, json),
    }
}

fn facility(command: Facility) -> Result<bool> {
    match command {
        Facility::Add { place, kind, field, name, slug, address, phone, mail } => {
            let kind = people::facility::FacilityKind::from_key(&kind)
                .ok_or_else(|| usage("--kind is clinic, hospital, laboratory, pharmacy or nursing"))?;
            let field =
                people::facility::Field::from_key(&field).ok_or_else(|| usage("--field is dental or medical"))?;
            let plain = slug.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
            if !plain || !(2..=40).contains(&slug.len()) {
                return Err(usage("--slug has 2 to 40 lower-case letters, digits and hyphens"));
            }
            let new = facilities::NewFacility { kind, field, name, slug, address, phone, mail };
            let made = operate(&place, None, move |tx, ctx| facilities::create(tx, ctx, &new))?;
            println!("{} {}", made.id, made.slug);
        }
        Facility::List { place, json } => {
            for it in operate(&place, None, |tx, _| facilities::all(tx))? {
                if json {
                    println!(
                        "{}",
                        serde_json::json!({ "id": it.id, "slug": it.slug, "name": it.name, "kind": it.kind.key() })
                    );
                } else {
                    println!("{} {} {}", it.id, it.slug, it.name);
                }
            }
        }
    }
    Ok(true)
}

fn user(command: User) -> Result<bool> {
    match command {
        User::Add { place, facility, login, family, given, family_kana, given_kana, mail, duties } => {
            let name = kernel::JapaneseName::parse(&family, &given, &family_kana, &given_kana)
                .map_err(|_| usage("the four parts of the name: family and given in characters and in kana"))?;
            let new = people::person::store::NewPerson { login: login.to_lowercase(), name, mail };
            let facility = by_slug(&place, facility)?;
            let password = operate(&place, Some(facility), move |tx, ctx| {
                people::sign_in::operator::add_user(tx, ctx, &new, &duties).map(|(_, password)| password)
            })?;
            println!("initial password: {password}");
        }
        User::List { place, facility, json } => {
            let facility = by_slug(&place, facility)?;
            for it in operate(&place, Some(facility), |tx, _| people::person::store::staff(tx))? {
                if json {
                    println!("{}", serde_json::json!({ "id": it.id, "login": it.login, "name": it.name.full() }));
                } else {
                    println!("{} {} {}", it.id, it.login, it.name.full());
                }
            }
        }
        User::ResetPassword { place, login } => {
            let password =
                operate(&place, None, move |tx, ctx| people::sign_in::operator::reset_password(tx, ctx, &login))?;
            println!("initial password: {password}");
        }
        User::ResetSecondFactor { place, login } => {
            operate(&place, None, move |tx, ctx| people::sign_in::operator::reset_second_factor(tx, ctx, &login))?;
        }
    }
    Ok(true)
}

/// A person by sign-in name, and where the person works: at the facility of that slug, or at the only one.
pub(crate) fn works_at(place: &Place, login: String, slug: Option<String>) -> Result<(kernel::PersonId, FacilityId)> {
    let person = operate(place, None, move |tx, _| people::person::store::by_login(tx, &login))?
        .ok_or_else(|| usage("nobody signs in by this name"))?
        .id;
    if let Some(slug) = slug {
        return Ok((person, by_slug(place, slug)?));
    }
    match operate(place, None, move |tx, _| people::person::store::facilities(tx, person))?.as_slice() {
        [only] => Ok((person, *only)),
        [] => Err(usage("this person works nowhere")),
        _ => Err(usage("this person works at several facilities: say --facility")),
    }
}

fn log(command: Log) -> Result<bool> {
    match command {
        Log::Verify { report: Some(report), key, json, .. } => verify_report(&report, key.as_deref(), json),
        Log::Verify { bundle: Some(bundle), json, .. } => {
            let report = audit::verify_bundle(&bundle, None)?;
            Ok(tell("bundle", &report, json))
        }
        Log::Verify { place, json, .. } => {
            let house = House::open(&place.config()?)?;
            let all = house.db.write_blocking(None, facilities::all)?;
            let mut good = true;
            for report in blocking(audit::verify_all(&house.db))? {
                let name = all
                    .iter()
                    .find(|it| it.id.to_string() == report.facility)
                    .map_or("installation", |it| it.slug.as_str());
                good &= tell(name, &report, json);
            }
            Ok(good)
        }
        Log::Export { place, facility, out, with_detail } => {
            let facility = by_slug(&place, facility)?;
            let house = House::open(&place.config()?)?;
            let ctx = Ctx::new(Who::Operator("cli".into()), Some(facility), house.now(), house.chance.clone());
            let all = with_detail.then_some(0..u64::MAX);
            blocking(audit::export(&house.db, &ctx, facility, out.clone(), all))?;
            println!("{}", out.display());
            Ok(true)
        }
    }
}

/// Proves a report on images with its history, or names what is wrong.
fn verify_report(path: &Path, key: Option<&str>, json: bool) -> Result<bool> {
    use imaging::report::proven::{BYTES_MAX, verify};
    let fail = |error: std::io::Error| Error::unavailable(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(fail)?.take(BYTES_MAX).read_to_end(&mut bytes).map_err(fail)?;
    let found = verify(&bytes, key);
    match &found {
        Ok(it) if json => {
            let versions: Vec<_> = it
                .versions
                .iter()
                .map(|(signed, index)| serde_json::json!({ "number": signed.number, "reader": signed.reader, "signed_at": signed.signed_at, "entry": index }))
                .collect();
            println!(
                "{}",
                serde_json::json!({ "good": true, "log": it.log, "entries": it.size, "key_known": key.is_some(), "versions": versions })
            );
        }
        Ok(it) => {
            for (signed, index) in &it.versions {
                println!(
                    "version {}: good, signed by {} at {}, entry {index} of the log",
                    signed.number, signed.reader, signed.signed_at
                );
            }
            println!("log {}: signed over {} entries", it.log, it.size);
            if key.is_none() {
                println!("the log's key is the file's own: compare it with one that you know from elsewhere (--key)");
            }
        }
        Err(flaw) if json => {
            println!("{}", serde_json::json!({ "good": false, "flaw": flaw.words(kernel::Lang::En) }));
        }
        Err(flaw) => println!("BAD: {}", flaw.words(kernel::Lang::En)),
    }
    Ok(found.is_ok())
}

fn tell(name: &str, report: &audit::Report, json: bool) -> bool {
    let good = report.first_bad.is_none();
    let bad = report.first_bad.as_ref();
    if json {
        let bad = bad.map(|it| serde_json::json!({ "index": it.index, "why": it.why }));
        println!("{}", serde_json::json!({ "log": name, "entries": report.size, "good": good, "first_bad": bad }));
    } else if let Some(bad) = bad {
        println!("{name}: BAD at entry {} of {}: {}", bad.index, report.size, bad.why.words(kernel::Lang::En));
    } else {
        println!("{name}: good, {} entries", report.size);
    }
    good
}

pub(crate) fn by_slug(place: &Place, slug: String) -> Result<FacilityId> {
    operate(place, None, move |tx, _| facilities::by_slug(tx, &slug)).map(|it| it.id)
}

/// One act of the operator at the command line.
pub(crate) fn operate<T: Send + 'static>(
    place: &Place,
    facility: Option<FacilityId>,
    act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
) -> Result<T> {
    let house = House::open(&place.config()?)?;
    let ctx = Ctx::new(Who::Operator("cli".into()), facility, house.now(), house.chance.clone());
    house.db.write_blocking(facility, move |tx| act(tx, &ctx))
}

/// Runs async work of the command line.
pub(crate) fn blocking<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::unavailable)?.block_on(work)
}

pub(crate) fn usage(text: &'static str) -> Error {
    Error::new(kernel::Kind::Invalid { field: "" }, kernel::Words::new("使い方が違います。", "Wrong usage."), text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn every_command_can_be_read() {
        // Two arguments of one name are found only when somebody types the command they belong to.
        Cli::command().debug_assert();
    }
}
