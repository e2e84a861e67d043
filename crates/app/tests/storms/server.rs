//! The real program on a data folder of its own: started, killed, stopped, asked.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const PROGRAM: &str = env!("CARGO_BIN_EXE_haruka");

/// A data folder and the settings beside it. Gone with the test.
pub(crate) struct Place {
    home: PathBuf,
    settings: Vec<String>,
    pub(crate) postgres_url: Option<String>,
}

impl Place {
    /// An empty folder.
    pub(crate) fn empty(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let home = std::env::temp_dir().join(format!("haruka-storm-{}-{number}-{name}", std::process::id()));
        fs::create_dir_all(&home).unwrap();
        Self { home, settings: Vec::new(), postgres_url: None }
    }

    /// With the demonstration's people in SQLite; made once and copied, since their passwords are slow to hash.
    pub(crate) fn with_people(name: &str) -> Self {
        static TEMPLATE: OnceLock<Place> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let place = Self::empty("template");
            Server::start(&place).stop();
            place
        });
        let place = Self::empty(name);
        copy(&template.data(), &place.data());
        place
    }

    /// On PostgreSQL, in a schema of its own.
    pub(crate) fn on_postgres(name: &str) -> Self {
        let url = std::env::var("HARUKA_TEST_POSTGRES").expect("HARUKA_TEST_POSTGRES: run through `make test`");
        let mut place = Self::empty(name);
        let schema = format!("storm_{name}_{}", std::process::id());
        let joint = if url.contains('?') { '&' } else { '?' };
        let own = format!("{url}{joint}options=-csearch_path%3D{schema}");
        super::ledger::statement(&url, &format!("CREATE SCHEMA {schema}"));
        place.set(&format!("postgres_url = \"{own}\""));
        place.postgres_url = Some(own);
        place
    }

    /// Adds a line to the settings.
    pub(crate) fn set(&mut self, line: &str) {
        self.settings.push(line.to_owned());
    }

    /// Adds a line before all tables.
    pub(crate) fn set_first(&mut self, line: &str) {
        self.settings.insert(0, line.to_owned());
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let file = self.home.join("settings.toml");
        fs::write(&file, self.settings.join("\n")).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(args).arg("--config").arg(file).arg("--data").arg(self.data());
        command
    }

    /// A command of the operator.
    pub(crate) fn operate(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Every log proves itself from its first entry on.
    pub(crate) fn verify(&self) {
        let out = self.operate(&["log", "verify"]);
        let told = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success() && told.contains("aoba: good"), "{told} {}", String::from_utf8_lossy(&out.stderr));
    }

    /// What the server has written for whoever runs it.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// A running server. Killed with the test, if it still runs then.
pub(crate) struct Server {
    child: Child,
    pub(crate) http: SocketAddr,
}

impl Server {
    /// Starts it with the demonstration's people and waits for its ready line.
    pub(crate) fn start(place: &Place) -> Self {
        Self::try_start(place).unwrap_or_else(|said| panic!("the server does not start: {said}"))
    }

    /// The same; otherwise what it said.
    pub(crate) fn try_start(place: &Place) -> Result<Self, String> {
        let log = File::options().create(true).append(true).open(place.home().join("log")).unwrap();
        let mut child = place
            .command(&["serve", "--listen", "127.0.0.1:0", "--dicom", "off", "--demo=127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap_or_default();
            if let Some(rest) = line.strip_prefix("haruka ready ") {
                let http = rest.split(' ').find_map(|it| it.strip_prefix("http=http://")).unwrap();
                return Ok(Self { child, http: http.parse().unwrap() });
            }
        }
        let status = child.wait().unwrap();
        Err(format!("{status}: {}", place.said()))
    }

    /// SIGKILL: nothing is tidied up.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end (SIGTERM) without waiting.
    pub(crate) fn ask_to_stop(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn stop(self) {
        self.ask_to_stop();
        self.ended();
    }

    /// Waits for its end, which is a good one.
    pub(crate) fn ended(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
