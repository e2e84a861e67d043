//! What the operator may set: a TOML file, a few flags above it. Every field is named in `docs/operate.md`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use kernel::{Error, Result};

/// The file `haruka.toml`. All fields may be left out.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Folder for everything that is written. Default `./haruka-data`.
    pub(crate) data: PathBuf,
    /// Address of HTTPS. Default `127.0.0.1:8443`.
    pub(crate) listen: SocketAddr,
    /// Address of DICOM without TLS, or `off`. Default `127.0.0.1:11112`.
    pub(crate) dicom: Dicom,
    /// Address under which patients reach this server (`https://…`). Default: `https://` and `listen`.
    pub(crate) public_url: Option<String>,
    /// Host name of the staff, on which browsers are asked for the certificate of their device. Default: none.
    pub(crate) staff_host: Option<String>,
    /// PostgreSQL address (`postgres://user:password@host/database`). Default: SQLite in the data folder.
    pub(crate) postgres_url: Option<String>,
    /// Connections to PostgreSQL, or readers of SQLite. Default 4.
    pub(crate) database_connections: usize,
    /// PEM files of an own certificate and its key. Default: one made by the internal authority.
    pub(crate) certificate_file: Option<PathBuf>,
    /// Key of `certificate_file`.
    pub(crate) certificate_key_file: Option<PathBuf>,
    /// Outgoing mail.
    pub(crate) mail: Mail,
    /// The relay for calls.
    pub(crate) turn: Turn,
    /// The server's clock.
    pub(crate) clock: Clock,
    /// Address of clamd (`host:port`) that scans what is uploaded. Default: none, and pages say so.
    pub(crate) clamd: Option<String>,
    /// DICOM inside TLS.
    pub(crate) dicom_tls: DicomTls,
    /// HTTPS for programs with certificates.
    pub(crate) programs: Programs,
    /// For `haruka gateway`.
    pub(crate) gateway: Gateway,
}

/// `[dicom_tls]`
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DicomTls {
    /// Its address. Default: nowhere.
    pub(crate) listen: Dicom,
    /// Whether each caller needs a registered certificate. Default true.
    pub(crate) demand: bool,
    /// PEM of our certificate with its chain. Default: one of the internal authority.
    pub(crate) certificate_file: Option<PathBuf>,
    /// Key of `certificate_file`.
    pub(crate) certificate_key_file: Option<PathBuf>,
}

impl Default for DicomTls {
    fn default() -> Self {
        Self { listen: Dicom::Off, demand: true, certificate_file: None, certificate_key_file: None }
    }
}

/// `[programs]`
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Programs {
    /// Address of HTTPS for programs with certificates. Default: nowhere.
    pub(crate) listen: Option<SocketAddr>,
}

/// `[gateway]`
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Gateway {
    /// The server that images go to (`https://haruka.example.jp`). Needed.
    pub(crate) server: String,
    /// File that holds the bearer token made at the server. Needed, but with an own certificate for a proxy.
    pub(crate) token_file: Option<PathBuf>,
    /// PEM of the authority that the server's certificate comes from. Default: those that this computer trusts.
    pub(crate) authority_file: Option<PathBuf>,
    /// PEM of the gateway's own certificate. Default: one that it makes for itself.
    pub(crate) certificate_file: Option<PathBuf>,
    /// Key of `certificate_file`.
    pub(crate) certificate_key_file: Option<PathBuf>,
    /// Loopback address of the status page. Default `127.0.0.1:8442`.
    pub(crate) page: SocketAddr,
    /// Days for which delivered images stay here. Default 7.
    pub(crate) keep_days: u16,
    /// Seconds between two tries at most, while the server is away. Default 300.
    pub(crate) pause_s: u64,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            server: String::new(),
            token_file: None,
            authority_file: None,
            certificate_file: None,
            certificate_key_file: None,
            page: SocketAddr::from(([127, 0, 0, 1], 8442)),
            keep_days: 7,
            pause_s: 300,
        }
    }
}

/// `[mail]`
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    /// `smtp://host:port` or `smtps://user:password@host:port`. Default: mails are kept, not sent, and shown to operators.
    pub(crate) smtp_url: Option<String>,
    /// The sender (`Haruka <haruka@example.jp>`).
    pub(crate) from: Option<String>,
}

/// `[turn]`
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Turn {
    /// `turn:host:3478?transport=udp` and the like, the preferred one first. Default: none, calls go directly.
    pub(crate) urls: Vec<String>,
    /// The secret shared with coturn (`static-auth-secret`).
    pub(crate) secret: Option<String>,
    /// Calls use the relay only. Default false.
    pub(crate) only: bool,
}

/// `[clock]`
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Clock {
    /// The reference that the server's clock is compared with every hour (`ntp.nict.jp`). Default: none, and pages say
    /// that the clock is not checked.
    pub(crate) ntp: Option<String>,
}

/// Where DICOM is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Dicom {
    /// Nowhere.
    Off,
    /// Here.
    At(SocketAddr),
}

impl std::str::FromStr for Dicom {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            _ => text.parse().map(Self::At).map_err(|_| format!("{text}: an address with its port, or off")),
        }
    }
}

impl TryFrom<String> for Dicom {
    type Error = String;
    fn try_from(text: String) -> std::result::Result<Self, String> {
        text.parse()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: "haruka-data".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            dicom: Dicom::At(SocketAddr::from(([127, 0, 0, 1], 11112))),
            public_url: None,
            staff_host: None,
            postgres_url: None,
            database_connections: 4,
            certificate_file: None,
            certificate_key_file: None,
            mail: Mail::default(),
            turn: Turn::default(),
            clock: Clock::default(),
            clamd: None,
            dicom_tls: DicomTls::default(),
            programs: Programs::default(),
            gateway: Gateway::default(),
        }
    }
}

impl Config {
    /// Reads the file, or takes the defaults where none is given.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be read or holds an unknown name; the message has the line.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(file)
            .map_err(|error| Error::unavailable(format!("{}: {error}", file.display())))?;
        toml::from_str(&text).map_err(|error| Error::unavailable(format!("{}: {error}", file.display())))
    }
}
