//! The face of a ward, listening on a free port of this computer; and programs to call it with.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dimse::{Settings, Ticks, Times};
use testkit::{Ward, wait};
use tokio::sync::watch;

/// A ward whose face listens.
pub(crate) struct Server {
    pub(crate) ward: Ward,
    pub(crate) port: u16,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Whoever calls from this computer belongs to the ward.
    pub(crate) fn open() -> Self {
        Self::with(|_| ())
    }

    /// With other settings.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let ward = Ward::sqlite(&[testkit::PEOPLE, imaging::MIGRATIONS]);
        let began = Instant::now();
        let ticks: Ticks = Arc::new(move || began.elapsed());
        let mut settings = Settings { loopback: Some(ward.facility), ..Settings::plain(ticks) };
        change(&mut settings);
        let (stop, stopped) = watch::channel(false);
        let site = ward.site.clone();
        let port = wait(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let port = listener.local_addr().expect("an address").port();
            tokio::spawn(dimse::serve(listener, site, settings, stopped));
            port
        });
        Self { ward, port, stop }
    }

    pub(crate) fn address(&self) -> [String; 2] {
        ["127.0.0.1".into(), self.port.to_string()]
    }

    /// How many instances are here.
    pub(crate) fn count(&self) -> i64 {
        self.ward.given(|tx, _| Ok(tx.value("SELECT count(*) FROM instance", &[])?.unwrap_or(0)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// Short waits, for tests of silence.
pub(crate) fn hasty() -> Times {
    Times { request: Duration::from_millis(300), idle: Duration::from_millis(300), unit: Duration::from_millis(300) }
}

/// Runs one of DCMTK's programs: whether it was content, and what it said.
pub(crate) fn run(program: &str, args: &[&str], server: &Server) -> (bool, String) {
    let [host, port] = server.address();
    let place = args.iter().position(|it| *it == "@").expect("@ stands for host and port");
    let mut all: Vec<&str> = args.to_vec();
    all.splice(place..=place, [host.as_str(), port.as_str()]);
    let out = Command::new(program)
        .args(&all)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; `make test` installs dcmtk"));
    let text = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// The Python in which pydicom and pynetdicom are installed.
pub(crate) fn python() -> String {
    std::env::var("HARUKA_TEST_PYTHON").expect("HARUKA_TEST_PYTHON: run the tests through `make test`")
}

/// The folder of files that ship inside pydicom.
pub(crate) fn samples() -> std::path::PathBuf {
    let out = Command::new(python())
        .args(["-c", "import pydicom.data, os; print(os.path.dirname(pydicom.data.__file__))"])
        .output()
        .expect("Python runs");
    let folder = String::from_utf8(out.stdout).expect("a path");
    std::path::Path::new(folder.trim()).join("test_files")
}

/// A folder for one test, gone with it.
pub(crate) struct Folder(pub(crate) std::path::PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("haruka-dimse-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn text(&self) -> &str {
        self.0.to_str().expect("a plain path")
    }

    /// Its files.
    pub(crate) fn files(&self) -> Vec<std::path::PathBuf> {
        std::fs::read_dir(&self.0).expect("a folder").flatten().map(|it| it.path()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
