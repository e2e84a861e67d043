//! `haruka check`: what is in a scan or a design, found out in a child process with narrow limits.
//!
//! The readers of `mesh` are careful, and the library that thins surfaces is C++: whatever a file does to them ends a child
//! that has the file on its standard input, its answer on its standard output, and nothing else. The parent survives it
//! and says in words what happened. Absent: rules about files, rows, and the name of the file anywhere outside of the pipe.

pub mod cage;
mod child;

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use kernel::{Error, Lang, Result, Words};
use mesh::{Checked, Grave, Outcome};

use cage::Cage;
pub(crate) use child::run as child;

/// The subcommand of the child.
const CHILD: &str = "check-within-limits";
/// Most bytes of an answer: the levels of the largest surface that is read (5 million triangles) have some 20 MB.
pub const ANSWER_BYTES_MAX: u64 = 96 * 1024 * 1024;
/// Time by the clock that a check may take: three times the processor time, for a machine with other work.
pub const WALL_SECONDS_MAX: u64 = 3 * cage::CPU_SECONDS_MAX;
/// What is read of the child's complaints, in bytes. They are for us and may hold anything: no page shows them.
const COMPLAINT_BYTES_MAX: u64 = 4096;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How files are checked: which program is the child, and within which limits.
#[derive(Debug, Clone)]
pub struct Check {
    /// The program whose hidden subcommand is the child: this one.
    pub program: PathBuf,
    /// What the child may use.
    pub cage: Cage,
    /// How long it may take by the clock.
    pub wall: Duration,
    /// Most bytes of its answer.
    pub answer_bytes_max: u64,
}

impl Check {
    /// With this program as the child, and the limits for files of strangers.
    ///
    /// # Errors
    /// The program's own place is not known.
    pub fn new() -> Result<Self> {
        Ok(Self::with(std::env::current_exe().map_err(Error::unavailable)?))
    }

    /// With another program as the child.
    #[must_use]
    pub fn with(program: PathBuf) -> Self {
        let wall = Duration::from_secs(WALL_SECONDS_MAX);
        Self { program, cage: Cage::default(), wall, answer_bytes_max: ANSWER_BYTES_MAX }
    }

    /// The plug for rooms that have files to check.
    #[must_use]
    pub fn plug(self) -> mesh::Checker {
        mesh::Checker { check: Box::new(move |name, input| self.check(name, input, true)) }
    }

    /// Checks what `input` gives, up to its end; `name` is its name at whoever sent it. With `levels` the answer holds
    /// the levels of detail. It takes as long as `input` does, and the child its limits beside that.
    ///
    /// What the child does, and what is done to it, is an outcome ([`Outcome::Unchecked`]).
    ///
    /// # Errors
    /// The child cannot be started, or `input` fails.
    pub fn check(&self, name: &str, input: &mut (dyn Read + Send), levels: bool) -> Result<Checked> {
        let mut command = Command::new(&self.program);
        command.arg(CHILD).args(self.cage.arguments());
        if levels {
            command.arg("--levels");
        }
        let mut child = command
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Error::unavailable(format!("{}: {error}", self.program.display())))?;
        let talk = self.talk(&mut child, name, input);
        // However it went, no child is left behind.
        if talk.is_err() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let Talk { answer, complaint, end, sent } = talk?;
        if let Some(end) = end.words() {
            return Ok(Checked::not(end));
        }
        // What was not sent whole is no file to judge.
        sent?;
        let status = child.wait().map_err(Error::unavailable)?;
        match answer_of(&answer) {
            Some(checked) if status.success() => Ok(checked),
            _ => {
                let words = died(status, &complaint);
                tracing::warn!(%status, "a child that checked a file gave no answer");
                Ok(Checked::not(words))
            }
        }
    }

    fn talk(&self, child: &mut Child, name: &str, input: &mut (dyn Read + Send)) -> Result<Talk> {
        let missing = || Error::unavailable("a pipe of the child");
        let (mut stdin, stdout, stderr) = (
            child.stdin.take().ok_or_else(missing)?,
            child.stdout.take().ok_or_else(missing)?,
            child.stderr.take().ok_or_else(missing)?,
        );
        let deadline = Instant::now() + self.wall;
        let most = self.answer_bytes_max;
        std::thread::scope(|scope| {
            let sending = scope.spawn(move || {
                // The child may end before it has read everything: that it did is what counts.
                match child::tell(&mut stdin, name).and_then(|()| stdin.flush()) {
                    Ok(()) => pump(input, &mut stdin),
                    Err(_) => Ok(()),
                }
            });
            let complaining = scope.spawn(move || read_up_to(stderr, COMPLAINT_BYTES_MAX).0);
            let (tell, told) = channel();
            scope.spawn(move || tell.send(read_up_to(stdout, most)));
            let mut end = End::ItsOwn;
            let mut answer = Vec::new();
            match told.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok((_, true)) => end = End::TooMuch,
                Ok((all, false)) => answer = all,
                Err(RecvTimeoutError::Timeout) => end = End::TooLong,
                Err(RecvTimeoutError::Disconnected) => {}
            }
            // Its output has ended, and so should it.
            while matches!(end, End::ItsOwn) && child.try_wait().map_err(Error::unavailable)?.is_none() {
                if Instant::now() >= deadline {
                    end = End::TooLong;
                }
                std::thread::sleep(LOOK_EVERY);
            }
            if !matches!(end, End::ItsOwn) {
                child.kill().and_then(|()| child.wait()).map_err(Error::unavailable)?;
            }
            let sent = sending.join().unwrap_or_else(|_| Err(Error::unavailable("the sending thread")));
            let complaint = complaining.join().unwrap_or_default();
            Ok(Talk { answer, complaint: String::from_utf8_lossy(&complaint).into_owned(), end, sent })
        })
    }
}

struct Talk {
    answer: Vec<u8>,
    complaint: String,
    end: End,
    sent: Result<()>,
}

/// Who ended it.
#[derive(Clone, Copy)]
enum End {
    ItsOwn,
    TooLong,
    TooMuch,
}

impl End {
    fn words(self) -> Option<Words> {
        match self {
            Self::ItsOwn => None,
            Self::TooLong => Some(too_long()),
            Self::TooMuch => Some(Words::new(
                "点検の結果が大きすぎるため、途中でやめました。",
                "The check was stopped: its result was too large.",
            )),
        }
    }
}

fn too_long() -> Words {
    Words::new(
        "点検に時間がかかりすぎるため、途中でやめました。ファイルが大きすぎるか、壊れている可能性があります。",
        "The check was stopped, since it took too long. The file may be too large, or broken.",
    )
}

/// What a child died of, by what the system says.
fn died(status: ExitStatus, complaint: &str) -> Words {
    // Numbers of Linux on every machine that we know: the program ended itself; its processor time is used up.
    const ABORT: i32 = 6;
    const TIME: i32 = 24;
    let memory = complaint.contains("memory allocation") || complaint.contains("bad_alloc");
    match status.signal() {
        Some(TIME) => too_long(),
        Some(ABORT) if memory => Words::new(
            "点検に必要なメモリが多すぎるため、途中でやめました。ファイルが大きすぎます。",
            "The check was stopped, since it needed too much memory. The file is too large.",
        ),
        _ => Words::new(
            "点検のプログラムが途中で止まりました。ファイルが壊れている可能性があります。",
            "The check broke off. The file may be broken.",
        ),
    }
}

/// The answer, if it is whole.
fn answer_of(bytes: &[u8]) -> Option<Checked> {
    let end = bytes.iter().position(|it| *it == b'\n')?;
    let (line, rest) = bytes.split_at(end);
    Checked::from_answer(serde_json::from_slice(line).ok()?, rest.get(1..)?)
}

/// Hands on everything of `from`; an end on the other side is none of ours.
fn pump(from: &mut dyn Read, to: &mut impl Write) -> Result<()> {
    // One more than is read: the child says that it is too much.
    let mut left = mesh::limits::BYTES_MAX as u64 + 1;
    let mut piece = vec![0; 256 * 1024];
    while left > 0 {
        let count = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::unavailable(error)),
        };
        if to.write_all(&piece[..count]).is_err() {
            break;
        }
        left = left.saturating_sub(count as u64);
    }
    Ok(())
}

/// Everything up to so many bytes, and whether there was more.
fn read_up_to(from: impl Read, most: u64) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let _ = from.take(most + 1).read_to_end(&mut bytes);
    let more = bytes.len() as u64 > most;
    (bytes, more)
}

/// `haruka check FILE`: whether it could be read.
pub(crate) fn run(path: &Path, folder: Option<&Path>, json: bool) -> Result<bool> {
    let fail = |path: &Path, error: std::io::Error| Error::unavailable(format!("{}: {error}", path.display()));
    let mut file = std::fs::File::open(path).map_err(|error| fail(path, error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let checked = Check::new()?.check(&name, &mut file, folder.is_some())?;
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).map_err(|error| fail(folder, error))?;
        for (number, level) in checked.levels.iter().enumerate() {
            let path = folder.join(format!("level-{number}.hml"));
            std::fs::write(&path, &level.bytes).map_err(|error| fail(&path, error))?;
        }
    }
    if json {
        println!("{}", serde_json::to_string(&checked.answer()).map_err(Error::unavailable)?);
    } else {
        tell(&checked);
    }
    Ok(matches!(checked.outcome, Outcome::Read(_)))
}

fn tell(checked: &Checked) {
    let lang = Lang::En;
    match &checked.outcome {
        Outcome::Read(report) => {
            println!("{}", report.kind.words().in_lang(lang));
            for (grave, words) in report.lines() {
                let mark = match grave {
                    Grave::Bad => "BAD: ",
                    Grave::Look => "look: ",
                    Grave::Fact => "",
                };
                println!("{mark}{}", words.in_lang(lang));
            }
        }
        Outcome::Broken(broken) => println!("BROKEN: {}", broken.words().in_lang(lang)),
        Outcome::Unchecked(words) => println!("NOT CHECKED: {}", words.in_lang(lang)),
    }
    for (number, level) in checked.levels.iter().enumerate() {
        println!(
            "level {number}: {} triangles, error {:.4} mm, {} bytes",
            level.triangles,
            level.error_mm,
            level.bytes.len()
        );
    }
}
