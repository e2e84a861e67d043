//! The server as a gateway sees it: DICOMweb (PS3.18 10.5) over TLS. The server proves itself by its authority; the gateway
//! by its own certificate, where it is asked for one, and by the token that is bound to it.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use blobs::Reader;
use imaging::dataset::file_header;
use imaging::delivery::Waiting;
use kernel::{Error, Result, Timestamp, Words, clause};
use serde_json::Value;
use ureq::tls::{ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, TlsProvider, parse_pem};

use crate::body::Body;

/// Seconds until a connection must stand.
const CONNECT_S: u64 = 15;
/// Seconds without a byte, after which a request counts as lost.
const SILENT_S: u64 = 120;
/// Bytes of an answer that are read: the digests of a study of 50,000 instances have some 7 MB.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;
const BOUNDARY: &str = "haruka-gateway-5f1d7c0b9e-a0c41de2b7";

/// Where the server is, and how it knows the gateway.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `https://haruka.example:8443`, without `/dicom-web`.
    pub url: String,
    /// The bearer token (`haruka token` at the server), or empty.
    pub token: String,
    /// PEM of the authorities from which the server's certificate may come.
    pub authorities: Vec<u8>,
    /// PEM of the gateway's own certificate with its chain, and of its key.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
}

/// Why nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No network, or no server there.
    Away(String),
    /// It is there, and not able now.
    Busy(String),
    /// It does not let this gateway in.
    Denied(String),
    /// It knows the token, or asks for a certificate, and this gateway's does not fit.
    Unbound(String),
    /// It does not prove to be the server.
    Certificate(String),
    /// It says that it has stored what it does not show.
    Unshown(String),
}

impl Fault {
    /// Its key in rows and JSON.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Away(_) => "away",
            Self::Busy(_) => "busy",
            Self::Denied(_) => "denied",
            Self::Unbound(_) => "unbound",
            Self::Certificate(_) => "certificate",
            Self::Unshown(_) => "unshown",
        }
    }

    /// For whoever mends it.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Away(it) | Self::Busy(it) | Self::Denied(it) => it,
            Self::Unbound(it) | Self::Certificate(it) | Self::Unshown(it) => it,
        }
    }

    /// A fault by its key, in words for the clinic.
    #[must_use]
    pub const fn words(key: &str) -> Words {
        match key.as_bytes() {
            b"away" => Words::new(
                "サーバーにつながりません。インターネットの接続を確かめてください。つながれば、自動で送ります。",
                "The server cannot be reached. Please check the internet connection; sending goes on by itself.",
            ),
            b"busy" => Words::new(
                "サーバーがいまは受け取れません。自動でもう一度送ります。",
                "The server cannot take anything now. It is tried again by itself.",
            ),
            b"denied" => Words::new(
                "サーバーがこのゲートウェイを受け付けません。トークンの期限が切れたか、終了されています。運用の担当者に、新しいトークンを作ってもらってください。",
                "The server does not let this gateway in: its token has expired or was ended. Ask whoever runs the server for a new one.",
            ),
            b"unbound" => Words::new(
                "サーバーが、このゲートウェイの証明書を受け付けません。送り先のアドレスを確かめ、証明書のファイルを運用の担当者に渡して、それに結びつけたトークンを作ってもらってください。",
                "The server does not take this gateway's certificate. Check the server's address, give the certificate's file to whoever runs the server, and ask for a token that is bound to it.",
            ),
            b"certificate" => Words::new(
                "つながった相手が本物のサーバーか確かめられないため、何も送っていません。運用の担当者に知らせてください。",
                "Whoever answers does not prove to be the server, so nothing is sent. Tell whoever runs the server.",
            ),
            _ => Words::new(
                "サーバーは受け取ったと答えましたが、確かめると画像がありません。画像はここに残してあります。",
                "The server said that it has stored images, and does not show them. They are kept here.",
            ),
        }
    }
}

/// What the server said to one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Stored,
    Failed(u16),
}

/// A server.
pub struct Server {
    url: String,
    token: String,
    agent: ureq::Agent,
}

impl Server {
    /// Prepares; nothing is sent yet. The process needs a provider of cryptography for TLS.
    ///
    /// # Errors
    /// `Unavailable` for an address that is none or not protected, and for certificates or keys that are none.
    pub fn new(settings: &Settings) -> Result<Self> {
        let url = settings.url.trim_end_matches('/');
        if !is_protected(url) {
            let cause = format!("{url}: the server's address begins with https://");
            return Err(Error::unavailable(cause));
        }
        let mut roots = Vec::new();
        for item in parse_pem(&settings.authorities) {
            if let PemItem::Certificate(it) = item.map_err(Error::unavailable)? {
                roots.push(it);
            }
        }
        let identity = settings.identity.as_ref().map(|(chain, key)| identity(chain, key)).transpose()?;
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::new_with_certs(&roots))
            .client_cert(identity)
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(CONNECT_S)))
            .timeout_per_read(Some(Duration::from_secs(SILENT_S)))
            .timeout_per_write(Some(Duration::from_secs(SILENT_S)))
            .build()
            .new_agent();
        Ok(Self { url: url.to_owned(), token: settings.token.clone(), agent })
    }

    /// Its address, for the log.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A question at `path` that is answered in JSON.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn ask(&self, path: &str) -> std::result::Result<Value, Fault> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("Accept", "application/json");
        let answer = request.header("Authorization", format!("Bearer {}", self.token)).call();
        let answer = answer.map_err(|it| fault(&it))?;
        if answer.status().as_u16() == 200 { json(answer) } else { Err(refusal(&answer)) }
    }

    /// Tells something at `path` that has no body; the answer is JSON.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn tell(&self, path: &str) -> std::result::Result<Value, Fault> {
        let request = self.agent.post(format!("{}{path}", self.url)).header("Accept", "application/json");
        let answer = request.header("Authorization", format!("Bearer {}", self.token)).send_empty();
        let answer = answer.map_err(|it| fault(&it))?;
        if answer.status().as_u16() == 200 { json(answer) } else { Err(refusal(&answer)) }
    }

    /// Says something in JSON at `path`, with no token: by its certificate the server knows who speaks. The status, and the
    /// answer in JSON.
    ///
    /// # Errors
    /// [`Fault`], and for a refusal that is not put in JSON too.
    pub fn say(&self, path: &str, told: &Value) -> std::result::Result<(u16, Value), Fault> {
        let request = self.agent.post(format!("{}{path}", self.url)).header("Accept", "application/json");
        let answer = request.header("Content-Type", "application/json").send(told.to_string());
        let answer = answer.map_err(|it| fault(&it))?;
        let (status, refused) = (answer.status().as_u16(), refusal(&answer));
        match json(answer) {
            Ok(it) => Ok((status, it)),
            Err(_) if status != 200 => Err(refused),
            Err(fault) => Err(fault),
        }
    }

    /// The bytes at `path`, written to `out`: one more than `size_max` at most, so that the caller sees what is too much.
    ///
    /// # Errors
    /// [`Fault`]; `Busy` too where they cannot be written.
    pub fn bytes(&self, path: &str, size_max: u64, out: &mut dyn Write) -> std::result::Result<u64, Fault> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let answer = request.header("Authorization", format!("Bearer {}", self.token)).call();
        let mut answer = answer.map_err(|it| fault(&it))?;
        if answer.status().as_u16() != 200 {
            return Err(refusal(&answer));
        }
        let reader = answer.body_mut().with_config().limit(u64::MAX).reader();
        let mut reader = std::io::Read::take(reader, size_max.saturating_add(1));
        std::io::copy(&mut reader, out).map_err(|error| Fault::Busy(error.to_string()))
    }

    /// Sends instances in one request, each with its bytes and their digest, and hears what became of each.
    pub(crate) fn store(&self, instances: Vec<(&Waiting, Reader)>) -> std::result::Result<Answers, Fault> {
        let mut body = Body::default();
        for (it, reader) in instances {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Type: application/dicom\r\nHaruka-Data-Set-Digest: sha-256={}\r\n\r\n",
                it.stored.blob
            );
            body.bytes(head.into_bytes());
            body.bytes(file_header(&it.class, &it.instance, &it.transfer_syntax));
            body.blob(reader);
            body.bytes(b"\r\n".to_vec());
        }
        body.bytes(format!("--{BOUNDARY}--\r\n").into_bytes());
        let kind = format!("multipart/related; type=\"application/dicom\"; boundary={BOUNDARY}");
        let size = body.size_bytes();
        let mut request = self
            .agent
            .post(format!("{}/dicom-web/studies", self.url))
            .header("Accept", "application/dicom+json")
            .header("Content-Type", kind)
            .header("Content-Length", size.to_string());
        if !self.token.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.token));
        }
        let answer = request.send(ureq::SendBody::from_reader(&mut body)).map_err(|it| fault(&it))?;
        let status = answer.status().as_u16();
        match status {
            200 | 202 | 409 => Ok(said(&json(answer)?)),
            _ => Err(refusal(&answer)),
        }
    }

    /// Asks whether the server lets this gateway in, and until when by this token. A server of an earlier edition does not
    /// say.
    pub(crate) fn greet(&self) -> std::result::Result<Option<Timestamp>, Fault> {
        let mut request = self.agent.get(format!("{}/dicom-web/token", self.url)).header("Accept", "application/json");
        if !self.token.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.token));
        }
        let answer = request.call().map_err(|it| fault(&it))?;
        match answer.status().as_u16() {
            200 => Ok(json(answer)?["expires_at"].as_str().and_then(|it| it.parse().ok())),
            404 | 405 => Ok(None),
            _ => Err(refusal(&answer)),
        }
    }

    /// The digests of everything that the server holds of a study, by SOP Instance UID; nothing of a study that it does not
    /// know.
    pub(crate) fn digests(&self, study: &str) -> std::result::Result<BTreeMap<String, String>, Fault> {
        let mut request = self
            .agent
            .get(format!("{}/dicom-web/studies/{study}/digests", self.url))
            .header("Accept", "application/json");
        if !self.token.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.token));
        }
        let answer = request.call().map_err(|it| fault(&it))?;
        match answer.status().as_u16() {
            200 => {
                let value = json(answer)?;
                let all = value.as_object().into_iter().flatten();
                Ok(all.filter_map(|(uid, it)| Some((uid.clone(), it.as_str()?.to_owned()))).collect())
            }
            404 => Ok(BTreeMap::new()),
            _ => Err(refusal(&answer)),
        }
    }
}

/// By SOP Instance UID.
pub(crate) type Answers = BTreeMap<String, Said>;

/// Patients' pictures leave by TLS; only to this very computer they may go as they are.
fn is_protected(url: &str) -> bool {
    match url.split_once("://") {
        Some(("https", rest)) => !rest.is_empty(),
        Some(("http", rest)) => {
            !rest.contains('@') && ["127.0.0.1:", "[::1]:", "localhost:"].iter().any(|it| rest.starts_with(it))
        }
        _ => false,
    }
}

fn identity(chain: &[u8], key: &[u8]) -> Result<ClientCert> {
    let mut certificates = Vec::new();
    for item in parse_pem(chain) {
        if let PemItem::Certificate(it) = item.map_err(Error::unavailable)? {
            certificates.push(it);
        }
    }
    if certificates.is_empty() {
        return Err(Error::unavailable("the certificate's file holds no certificate"));
    }
    let key = PrivateKey::from_pem(key).map_err(Error::unavailable)?;
    Ok(ClientCert::new_with_certs(&certificates, key))
}

fn json(mut answer: ureq::http::Response<ureq::Body>) -> std::result::Result<Value, Fault> {
    let text = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string().map_err(|it| fault(&it))?;
    serde_json::from_str(&text).map_err(|error| Fault::Busy(format!("the answer is no JSON: {error}")))
}

fn fault(error: &ureq::Error) -> Fault {
    let text = error.to_string();
    let is_tls = match error {
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::Pem(_) => true,
        // What rustls finds in the handshake comes wrapped.
        ureq::Error::Io(io) => io.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    };
    // A server that does not take our certificate says so after the handshake (TLS 1.3).
    let of_ours = ["CertificateRequired", "BadCertificate", "CertificateUnknown", "AccessDenied"];
    match is_tls {
        true if text.contains("alert") && of_ours.iter().any(|it| text.contains(it)) => Fault::Unbound(text),
        true => Fault::Certificate(text),
        false => Fault::Away(text),
    }
}

fn refusal(answer: &ureq::http::Response<ureq::Body>) -> Fault {
    let challenge = answer.headers().get("www-authenticate").and_then(|it| it.to_str().ok());
    refused(answer.status().as_u16(), challenge.unwrap_or_default())
}

/// What a status says, with the challenge (RFC 6750, 3) that came with it. Why a token is not valid stands in its
/// description; of one without its certificate Haruka says so.
fn refused(status: u16, challenge: &str) -> Fault {
    clause!("TR-12");
    let why = challenge.split("error_description=\"").nth(1).and_then(|it| it.split('"').next());
    match (status, why) {
        (401, Some(why)) if why.contains("certificate") => Fault::Unbound(format!("status {status}: {why}")),
        (401 | 403, _) => Fault::Denied(format!("status {status}")),
        _ => Fault::Busy(format!("status {status}")),
    }
}

/// Reads a store instances response (PS3.18 10.5.3, annex I.2).
fn said(answer: &Value) -> Answers {
    let items = |tag: &str| answer[tag]["Value"].as_array().cloned().unwrap_or_default();
    let uid = |item: &Value| item["00081155"]["Value"][0].as_str().map(str::to_owned);
    let mut found = BTreeMap::new();
    for item in items("00081199") {
        found.extend(uid(&item).map(|it| (it, Said::Stored)));
    }
    for item in items("00081198") {
        let reason = item["00081197"]["Value"][0].as_u64().and_then(|it| u16::try_from(it).ok()).unwrap_or(PROCESSING);
        found.extend(uid(&item).map(|it| (it, Said::Failed(reason))));
    }
    found
}

/// Processing failure.
const PROCESSING: u16 = 0x0110;

/// Whether a Failure Reason will be the same at the next try (PS3.18 table I.2-2): the data set does not fit, cannot be
/// understood, is of an unknown kind, or another is there under its identifier. Out of resources and processing failures
/// pass.
pub(crate) fn is_final(reason: u16) -> bool {
    matches!(reason, 0xA900..=0xA9FF | 0xC000..=0xCFFF | 0x0111 | 0x0117 | 0x0122 | 0x0124)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_read_instance_by_instance() {
        let answer = serde_json::json!({
            "00081199": { "vr": "SQ", "Value": [{ "00081155": { "vr": "UI", "Value": ["1.2"] } }] },
            "00081198": { "vr": "SQ", "Value": [
                { "00081155": { "vr": "UI", "Value": ["1.3"] }, "00081197": { "vr": "US", "Value": [0xA900] } },
                { "00081155": { "vr": "UI", "Value": ["1.4"] } },
                { "00081197": { "vr": "US", "Value": [0xA900] } },
            ] },
        });
        let expected = [("1.2", Said::Stored), ("1.3", Said::Failed(0xA900)), ("1.4", Said::Failed(PROCESSING))];
        assert_eq!(said(&answer), expected.map(|(uid, it)| (uid.to_owned(), it)).into());
        assert!(said(&serde_json::json!([1, 2])).is_empty());
    }

    #[test]
    fn what_a_refusal_means_stands_in_its_challenge() {
        // TR-12
        let bearer = "Bearer realm=\"haruka\", error=\"invalid_token\"";
        let other = format!("{bearer}, error_description=\"this token is bound to another certificate\"");
        let expired = format!("{bearer}, error_description=\"expired\"");
        for (status, challenge, key) in [
            (401, "", "denied"),
            (401, bearer, "denied"),
            (401, other.as_str(), "unbound"),
            (401, expired.as_str(), "denied"),
            (403, other.as_str(), "denied"),
            (503, other.as_str(), "busy"),
            (500, "", "busy"),
        ] {
            assert_eq!(refused(status, challenge).key(), key, "{status} {challenge}");
        }
    }

    #[test]
    fn every_fault_has_words_of_its_own() {
        let text = String::new;
        let all = [
            Fault::Away(text()),
            Fault::Busy(text()),
            Fault::Denied(text()),
            Fault::Unbound(text()),
            Fault::Certificate(text()),
            Fault::Unshown(text()),
        ];
        let words: std::collections::BTreeSet<_> = all.iter().map(|it| Fault::words(it.key()).ja.to_string()).collect();
        assert_eq!(words.len(), all.len());
    }

    #[test]
    fn only_what_stays_wrong_is_given_up() {
        for (reason, last) in [
            (0xA700, false),
            (0x0110, false),
            (0xA900, true),
            (0xC123, true),
            (0x0111, true),
            (0x0122, true),
            (0xB000, false),
            (0, false),
        ] {
            assert_eq!(is_final(reason), last, "{reason:04X}");
        }
    }

    #[test]
    fn patients_pictures_leave_by_tls_only() {
        // TR-12
        for (url, good) in [
            ("https://haruka.example.jp:8443", true),
            ("http://haruka.example.jp", false),
            ("http://127.0.0.1:8080", true),
            ("http://127.0.0.1.example.jp:80", false),
            ("http://localhost.example.jp:80", false),
            ("http://127.0.0.1:80@example.jp", false),
            ("https://", false),
            ("haruka.example.jp", false),
            ("", false),
        ] {
            assert_eq!(is_protected(url), good, "{url}");
        }
    }
}
