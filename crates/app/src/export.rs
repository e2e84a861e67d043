//! `haruka export`: a copy of a study as a folder with its directory, for a CD or a stick, or as one ZIP file. Whoever runs
//! the server may read no patient's data (CS-154), so the command acts as the person whose token it is given, with that
//! person's rights.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use imaging::copy::{Archive, Folder, Made, Password, Sink, Wish, store};
use imaging::instance::Uid;
use kernel::{Ctx, Error, Lang, Result, Who};
use people::token::store::{self as tokens, Shown};
use people::token::{Proof, Scope};

use crate::command::{Place, usage};
use crate::house::House;

/// What is written where.
#[derive(Debug, clap::Args)]
pub(crate) struct What {
    /// The Study Instance UID.
    study: String,
    /// A folder, which is made, or is empty; or a new file whose name ends in `.zip`.
    path: PathBuf,
    /// A file with a token of `haruka token` (scope `dicomweb.read`): the copy is taken by its person.
    #[arg(long)]
    token_file: PathBuf,
    /// A file with the password of an encrypted ZIP file.
    #[arg(long)]
    password_file: Option<PathBuf>,
    /// The copy names nobody (DICOM PS3.15 annex E).
    #[arg(long)]
    deidentify: bool,
    /// Somebody has looked at every picture: none has a name burnt in.
    #[arg(long, requires = "deidentify")]
    looked_at: bool,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Writes the copy. Whether everything of the study is in it.
pub(crate) fn run(place: &Place, asked: &What) -> Result<bool> {
    let study = Uid::parse(&asked.study).ok_or_else(|| usage("STUDY is a Study Instance UID: digits and dots"))?;
    let token = line(&asked.token_file).ok_or_else(|| usage("--token-file cannot be read"))?;
    let password = asked.password_file.as_deref().map(password).transpose()?;
    let is_zip = asked.path.extension().is_some_and(|it| it.eq_ignore_ascii_case("zip"));
    if password.is_some() && !is_zip {
        return Err(usage("--password-file encrypts a ZIP file: let PATH end in .zip"));
    }
    let house = House::open(&place.config()?)?;
    let ctx = person(&house, token)?;
    let wish = Wish { names_nobody: asked.deidentify, looked_at: asked.looked_at, encrypted: password.is_some() };
    // The place first: a copy that cannot be written must not stand in the log as taken.
    let mut sink: Box<dyn Sink> = if is_zip {
        Box::new(Archive::new(BufWriter::new(new_file(&asked.path)?), password))
    } else {
        Box::new(Folder::open(&asked.path)?)
    };
    let taken = ctx.clone();
    let taken = house.db.write_blocking(ctx.facility, move |tx| store::take(tx, &taken, &study, wish))?;
    let made = taken.write(&house.blobs, &house.chance, sink.as_mut())?;
    tell(&made, asked.json);
    Ok(made.left_out.is_empty())
}

fn tell(made: &Made, json: bool) {
    for (uid, why) in &made.left_out {
        let words = why.words();
        if json {
            println!("{}", serde_json::json!({ "left-out": uid, "ja": words.ja, "en": words.en }));
        } else {
            println!("{uid}: {}", words.in_lang(Lang::En));
        }
    }
    if json {
        println!("{}", serde_json::json!({ "files": made.files, "left-out": made.left_out.len() }));
    } else {
        println!("{} files, {} left out", made.files, made.left_out.len());
    }
}

fn line(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|it| it.trim().to_owned())
}

fn password(path: &Path) -> Result<Password> {
    let text = line(path).ok_or_else(|| usage("--password-file cannot be read"))?;
    Password::parse(&text)
        .ok_or_else(|| usage("the password needs 12 to 99 letters, digits or signs of the Latin keyboard"))
}

/// Never over a file that is there; nobody else on this computer reads it.
fn new_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| Error::unavailable(format!("{}: {error}", path.display())))
}

/// The circumstances of the person as whom the token acts.
fn person(house: &House, shown: String) -> Result<Ctx> {
    let (key, now) = (house.key.clone(), house.now());
    let found = house.db.write_blocking(None, move |tx| tokens::find(tx, &key, &shown, Proof::NotAsked, now))?;
    let token = match found {
        Shown::Good(token) if token.scopes.contains(&Scope::DicomwebRead) => token,
        Shown::Good(_) | Shown::None => {
            return Err(usage("--token-file holds no live token with the scope dicomweb.read"));
        }
        Shown::Unproven(token, why) => {
            let facility = Some(token.facility);
            let nobody = Ctx::new(Who::Nobody, facility, now, house.chance.clone());
            let refused = move |tx: &mut db::Tx<'_>| tokens::refused(tx, &nobody, &token, Proof::NotAsked, why);
            house.db.write_blocking(facility, refused)?;
            return Err(usage(why.text()));
        }
    };
    let mut ctx = Ctx::new(Who::Staff(token.person), Some(token.facility), now, house.chance.clone());
    ctx.device = Some(token.device());
    let used = token.clone();
    house.db.write_blocking(Some(token.facility), move |tx| tokens::used(tx, &used, now))?;
    Ok(ctx)
}
