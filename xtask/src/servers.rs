//! Throw-away servers for tests: PostgreSQL, a TURN relay, a mail sink. Free ports, loopback only, gone with the run.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use crate::install;
use crate::run::{Done, Step, target};
use crate::warden::Warden;

/// How long a server may take to answer on its port.
const START_TRIES_MAX: u32 = 300;
const TRY_EVERY: Duration = Duration::from_millis(100);

pub(crate) struct Servers {
    /// What tests are told in their environment.
    pub(crate) envs: Vec<(String, String)>,
    children: Vec<(&'static str, Child)>,
}

/// The folder of this run, empty at its start. Logs of the servers stay in it until the next run.
pub(crate) fn folder() -> Done<PathBuf> {
    let folder = target().join("test");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::create_dir_all(folder.join("tmp")).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

impl Servers {
    pub(crate) fn start(warden: &mut Warden, folder: &Path) -> Done<Self> {
        let tools = install::python()?;
        let mut servers = Self { envs: vec![warden.mark()], children: Vec::new() };
        servers.tell("TMPDIR", folder.join("tmp").display());
        servers.tell("HARUKA_TEST_PYTHON", tools.join("python").display());
        servers.tell("HARUKA_TEST_OHIF", install::ohif()?.display());
        servers.postgres(warden, folder)?;
        servers.mail(folder, &tools)?;
        servers.authority(folder)?;
        servers.relay(folder)?;
        Ok(servers)
    }

    /// Ids of the servers themselves, which may be running while a step ends.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.children.iter().map(|(_, child)| child.id()).collect()
    }

    /// The servers that have ended before they were told to.
    pub(crate) fn fallen(&mut self) -> Vec<&'static str> {
        let ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        self.children.iter_mut().filter_map(|(name, child)| ended(child).then_some(*name)).collect()
    }

    fn tell(&mut self, key: &str, value: impl ToString) {
        self.envs.push((key.into(), value.to_string()));
    }

    fn run(&mut self, name: &'static str, step: Step, log: &Path, port: u16) -> Done {
        let child = step.envs(&self.envs[..1]).start(log)?;
        self.children.push((name, child));
        for _ in 0..START_TRIES_MAX {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(());
            }
            if !self.fallen().is_empty() {
                break;
            }
            std::thread::sleep(TRY_EVERY);
        }
        Err(format!("{name} does not answer on port {port}:\n{}", std::fs::read_to_string(log).unwrap_or_default()))
    }

    /// A cluster of our own. PostgreSQL refuses to run as root, and its user cannot look into every folder: it lives in
    /// the system's folder for temporary files and is removed with the run.
    fn postgres(&mut self, warden: &mut Warden, folder: &Path) -> Done {
        let root = install::is_root();
        let home = Step::new("mktemp").args(["-d", "/tmp/haruka-postgres-XXXXXX"]).quiet()?.trim().to_owned();
        warden.order(&format!("rm -rf {home}"))?;
        if root {
            Step::new("chown").args(["postgres:", &home]).quiet()?;
        }
        let as_postgres = |program: String| {
            let drop_root = ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", &program];
            if root { Step::new("setpriv").args(drop_root) } else { Step::new(program) }.at(&home)
        };
        let programs = postgres_programs()?;
        let data = format!("{home}/data");
        as_postgres(format!("{programs}/initdb"))
            .args(["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
            .quiet()?;
        let port = free_port()?;
        // Nothing here outlives the run, so nothing is flushed to disk.
        let settings = ["fsync=off", "full_page_writes=off", "max_connections=300", "unix_socket_directories="];
        let mut server =
            as_postgres(format!("{programs}/postgres")).args(["-D", &data, "-h", "127.0.0.1", "-p", &port.to_string()]);
        for setting in settings {
            server = server.args(["-c", setting]);
        }
        self.run("PostgreSQL", server, &folder.join("postgres.log"), port)?;
        if let Some((_, child)) = self.children.last() {
            let pid = child.id();
            warden.order(&format!(
                "kill -INT {pid}; n=0; while kill -0 {pid} && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done"
            ))?;
        }
        let sql = |sql: &str| {
            let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
            Step::new("psql").args(["-q", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", sql]).quiet()
        };
        // It takes connections a moment before it answers questions.
        if !(0..START_TRIES_MAX).any(|_| {
            sql("SELECT").is_ok() || {
                std::thread::sleep(TRY_EVERY);
                false
            }
        }) {
            sql("SELECT")?;
        }
        // No superuser: those pass by row-level security.
        sql("CREATE ROLE haruka LOGIN PASSWORD 'haruka' NOSUPERUSER NOBYPASSRLS")?;
        sql("CREATE DATABASE haruka OWNER haruka")?;
        self.tell("HARUKA_TEST_POSTGRES", format!("postgres://haruka:haruka@127.0.0.1:{port}/haruka"));
        Ok(())
    }

    /// Takes every mail and keeps it as a file.
    fn mail(&mut self, folder: &Path, tools: &Path) -> Done {
        let port = free_port()?;
        let kept = folder.join("mail");
        let server = Step::new(tools.join("python"))
            .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}"), "-c", "aiosmtpd.handlers.Mailbox"])
            .args([&kept]);
        self.run("mail sink", server, &folder.join("mail.log"), port)?;
        self.tell("HARUKA_TEST_SMTP", format!("127.0.0.1:{port}"));
        self.tell("HARUKA_TEST_SMTP_FOLDER", kept.join("new").display());
        Ok(())
    }

    /// A certificate authority of this run, and a certificate of it for the loopback address.
    fn authority(&mut self, folder: &Path) -> Done {
        let make = |args: &[&str]| Step::new("openssl").args(args).at(folder).quiet();
        let key = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        make(
            &[
                &key[..],
                &["-x509", "-days", "7", "-subj", "/CN=Haruka test authority", "-keyout", "ca.key", "-out", "ca.pem"],
            ]
            .concat(),
        )?;
        make(&[&key[..], &["-subj", "/CN=localhost", "-keyout", "loopback.key", "-out", "loopback.csr"]].concat())?;
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n";
        std::fs::write(folder.join("loopback.ext"), names).map_err(|error| error.to_string())?;
        let sign = [
            "x509",
            "-req",
            "-days",
            "7",
            "-in",
            "loopback.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
        ];
        make(&[&sign[..], &["-extfile", "loopback.ext", "-out", "loopback.pem"]].concat())?;
        self.tell("HARUKA_TEST_CA", folder.join("ca.pem").display());
        Ok(())
    }

    /// A relay as telehealth wants it: credentials with an end, UDP, TCP and TLS. Peers on loopback are allowed here only.
    fn relay(&mut self, folder: &Path) -> Done {
        let (port, tls_port) = (free_port()?, free_port()?);
        let at = |name: &str| folder.join(name).display().to_string();
        let secret = "a secret of this test run";
        let lines = [
            "listening-ip=127.0.0.1".to_owned(),
            "relay-ip=127.0.0.1".to_owned(),
            "allow-loopback-peers".to_owned(),
            "no-cli".to_owned(),
            "no-dtls".to_owned(),
            "no-rfc5780".to_owned(),
            "fingerprint".to_owned(),
            "simple-log".to_owned(),
            "log-file=stdout".to_owned(),
            "realm=haruka.test".to_owned(),
            "use-auth-secret".to_owned(),
            format!("static-auth-secret={secret}"),
            format!("cert={}", at("loopback.pem")),
            format!("pkey={}", at("loopback.key")),
            format!("userdb={}", at("turn.db")),
        ];
        std::fs::write(folder.join("turn.conf"), lines.join("\n")).map_err(|error| error.to_string())?;
        let server = Step::new("turnserver")
            .args(["-c", &at("turn.conf"), "--pidfile", &at("turn.pid")])
            .args([format!("--listening-port={port}"), format!("--tls-listening-port={tls_port}")]);
        self.run("relay", server, &folder.join("turn.log"), port)?;
        self.tell("HARUKA_TEST_TURN_PORT", port);
        self.tell("HARUKA_TEST_TURN_TLS_PORT", tls_port);
        self.tell("HARUKA_TEST_TURN_SECRET", secret);
        // A journey that kills its relay starts one of its own with these settings and other ports.
        self.tell("HARUKA_TEST_TURN_CONF", at("turn.conf"));
        Ok(())
    }
}

/// The newest PostgreSQL that Debian has put beside the others.
fn postgres_programs() -> Done<String> {
    let folders = std::fs::read_dir("/usr/lib/postgresql").map_err(|error| format!("PostgreSQL: {error}"))?;
    let versions = folders.flatten().filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    let newest = versions.max().ok_or("no PostgreSQL in /usr/lib/postgresql")?;
    Ok(format!("/usr/lib/postgresql/{newest}/bin"))
}

/// A port that nobody had a moment ago.
fn free_port() -> Done<u16> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
    bound.map(|it| it.port()).map_err(|error| format!("no free port: {error}"))
}
