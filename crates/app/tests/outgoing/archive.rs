//! Archives of other makers, and what they got.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A folder for one test, gone with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("haruka-outgoing-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut all: Vec<_> = std::fs::read_dir(&self.0).unwrap().map(|it| it.unwrap().path()).collect();
        all.sort();
        all
    }

    pub(crate) fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.files().into_iter().map(|it| (it.clone(), std::fs::read(it).unwrap())).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Another maker's archive, ended with the test.
pub(crate) struct Archive {
    child: Child,
    pub(crate) port: u16,
}

/// Takes PDFs and answers that it has no room; structured reports are not among what it takes.
const PICKY: &str = "
import sys
from pynetdicom import AE, evt
from pynetdicom.sop_class import EncapsulatedPDFStorage
ae = AE(ae_title='PACS')
ae.add_supported_context(EncapsulatedPDFStorage)
ae.start_server(('127.0.0.1', int(sys.argv[1])), evt_handlers=[(evt.EVT_C_STORE, lambda event: 0xA700)])
";

impl Archive {
    pub(crate) fn storescp(folder: &Folder, extra: &[&str]) -> Self {
        Self::storescp_at(testkit::port(), folder, extra)
    }

    pub(crate) fn storescp_at(port: u16, folder: &Folder, extra: &[&str]) -> Self {
        let mut command = Command::new("storescp");
        command.args(extra).args(["-od", folder.path().to_str().unwrap(), &port.to_string()]);
        Self::start(command, port)
    }

    pub(crate) fn picky() -> Self {
        let python =
            std::env::var("HARUKA_TEST_PYTHON").expect("HARUKA_TEST_PYTHON: run the tests through `make test`");
        let port = testkit::port();
        let mut command = Command::new(python);
        command.args(["-c", PICKY, &port.to_string()]);
        Self::start(command, port)
    }

    fn start(mut command: Command, port: u16) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}; `make test` installs dcmtk"));
        let archive = Self { child, port };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return archive;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{command:?} does not listen");
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program of DCMTK or poppler: whether it was content, and all that it said.
pub(crate) fn run(program: &str, args: &[&str]) -> (bool, String) {
    let out = Command::new(program).args(args).output();
    let out = out.unwrap_or_else(|error| panic!("{program}: {error}; `make test` installs it"));
    let said = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8_lossy(&said).into_owned())
}
