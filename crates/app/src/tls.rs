//! HTTPS: the internal authority, the server's certificate, and the loop that accepts connections.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use kernel::{Error, Result};
use people::token::door::AtProgramsDoor;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;
use web::asked::ShownCertificate;

use crate::certificate::{self, Held};

/// Connections served at once: 10,000 waiting sockets and some.
const CONNECTIONS_MAX: usize = 12_000;
/// Seconds for a handshake, and for the head of a request: a slow sender may not hold a place.
const HANDSHAKE_S: u64 = 10;
/// Seconds that open requests have after SIGTERM; the whole end takes less than ten.
const DRAIN_S: u64 = 6;

/// Whether callers are asked for a certificate. Browsers would ask their person which one, so their door does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callers {
    /// They come as they are.
    Anybody,
    /// They are asked, and whoever has none is answered all the same: what to do about it.
    Asked,
}

/// The server's side of TLS. `folder` is where the certificates of the internal authority are kept.
pub(crate) fn server_config(
    folder: &Path,
    host: &str,
    own: Option<(&Path, &Path)>,
    callers: Callers,
) -> Result<Arc<rustls::ServerConfig>> {
    kernel::clause!("CS-150", "TR-12");
    let (certificate, key) = match own {
        Some(files) => (files.0.to_owned(), files.1.to_owned()),
        None => internal(folder, host, "", &[ExtendedKeyUsagePurpose::ServerAuth])?,
    };
    let fail = |error: &dyn std::fmt::Display| Error::unavailable(format!("certificate: {error}"));
    let (chain, key) = chain(&certificate, &key)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    // TLS 1.3, and 1.2 with its forward-secret AEAD suites only: rustls knows no others.
    let config = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| fail(&error))?;
    let mut config = match callers {
        Callers::Anybody => config.with_no_client_auth(),
        Callers::Asked => config.with_client_cert_verifier(Arc::new(Held { provider, demand: false })),
    }
    .with_single_cert(chain, key)
    .map_err(|error| fail(&error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// A certificate with its chain, and its key, which fit each other.
pub(crate) fn chain(certificate: &Path, key: &Path) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let fail = |file: &Path, error: &dyn std::fmt::Display| Error::unavailable(format!("{}: {error}", file.display()));
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| fail(certificate, &error))?;
    let der = PrivateKeyDer::from_pem_file(key).map_err(|error| fail(key, &error))?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let fits = rustls::sign::CertifiedKey::from_der(chain.clone(), der.clone_key(), &provider);
    fits.map_err(|error| fail(certificate, &error))?;
    Ok((chain, der))
}

/// PEM of the authorities that this computer trusts.
pub(crate) fn trusted() -> Result<Vec<u8>> {
    let files = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
    let found = files.iter().find_map(|it| std::fs::read(it).ok());
    found.ok_or_else(|| Error::unavailable("this computer lists no trusted authorities: set gateway.authority_file"))
}

/// The certificate by which devices know us, whoever of both calls: by the internal authority too.
pub(crate) fn internal_for_devices(folder: &Path, host: &str) -> Result<(PathBuf, PathBuf)> {
    let both = [ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    internal(folder, host, "dicom-", &both)
}

/// The internal authority: its certificate in PEM, and who signs for it. Made on the first start.
pub(crate) fn authority(folder: &Path) -> Result<(String, Issuer<'static, KeyPair>)> {
    let fail = |error: &dyn std::fmt::Display| Error::unavailable(format!("internal authority: {error}"));
    let (ca_file, ca_key_file) = (folder.join("ca.pem"), folder.join("ca.key"));
    if !ca_key_file.exists() {
        let key = KeyPair::generate().map_err(|error| fail(&error))?;
        let mut params = CertificateParams::new(vec![]).map_err(|error| fail(&error))?;
        params.distinguished_name.push(DnType::CommonName, "Haruka internal authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(|error| fail(&error))?;
        // The key last: a certificate without key is made anew, a key without certificate never exists.
        std::fs::create_dir_all(folder).map_err(|error| fail(&error))?;
        std::fs::write(&ca_file, certificate.pem()).map_err(|error| fail(&error))?;
        crypto::key::write_private(&ca_key_file, key.serialize_pem().as_bytes()).map_err(|error| fail(&error))?;
    }
    let ca_pem = std::fs::read_to_string(&ca_file).map_err(|error| fail(&error))?;
    let ca_key = std::fs::read_to_string(&ca_key_file).map_err(|error| fail(&error))?;
    let ca_key = KeyPair::from_pem(&ca_key).map_err(|error| fail(&error))?;
    let issuer = Issuer::from_ca_cert_pem(&ca_pem, ca_key).map_err(|error| fail(&error))?;
    Ok((ca_pem, issuer))
}

/// The certificate for `host` by the internal authority; made on the first start and when the host changes.
fn internal(folder: &Path, host: &str, prefix: &str, usages: &[ExtendedKeyUsagePurpose]) -> Result<(PathBuf, PathBuf)> {
    let fail = |error: &dyn std::fmt::Display| Error::unavailable(format!("internal authority: {error}"));
    let (ca_pem, issuer) = authority(folder)?;
    let stem: String = host.chars().map(|it| if it.is_ascii_alphanumeric() || it == '.' { it } else { '-' }).collect();
    let (file, key_file) = (folder.join(format!("{prefix}{stem}.pem")), folder.join(format!("{prefix}{stem}.key")));
    if !key_file.exists() {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).map_err(|error| fail(&error))?;
        let name = match host.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(host.try_into().map_err(|error| fail(&error))?),
        };
        params.subject_alt_names.push(name);
        params.distinguished_name.push(DnType::CommonName, host);
        params.extended_key_usages = usages.to_vec();
        let key = KeyPair::generate().map_err(|error| fail(&error))?;
        let certificate = params.signed_by(&key, &issuer).map_err(|error| fail(&error))?;
        std::fs::write(&file, format!("{}{ca_pem}", certificate.pem())).map_err(|error| fail(&error))?;
        crypto::key::write_private(&key_file, key.serialize_pem().as_bytes()).map_err(|error| fail(&error))?;
    }
    Ok((file, key_file))
}

/// How a listener speaks.
pub(crate) enum Speech {
    /// As it is: on loopback only.
    Plain,
    /// Inside TLS.
    Tls(Arc<rustls::ServerConfig>),
    /// The same, and whoever comes by the staff's host name (SNI) is asked for a certificate, which stands beside each request.
    /// What a header says of the host does not count: only a name that was asked by in the handshake asks.
    Staff { ordinary: Arc<rustls::ServerConfig>, host: String, staff: Arc<rustls::ServerConfig> },
    /// Inside TLS, with each request beside the certificate that its caller has shown.
    Programs(Arc<rustls::ServerConfig>),
}

/// Serves `app` on `listener` until `stop` turns true, then lets open requests end.
pub(crate) async fn serve(listener: TcpListener, speech: Speech, app: Router, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
    let speech = Arc::new(speech);
    let open = Arc::new(());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        let (stream, peer) = match accepted {
            Ok(it) => it,
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        // An answer of two small writes would wait for the other side's delayed acknowledgement in between.
        let _ = stream.set_nodelay(true);
        let (app, speech, stop, open) = (app.clone(), speech.clone(), stop.clone(), open.clone());
        tokio::spawn(async move {
            let _place = place;
            let _open = open;
            if matches!(*speech, Speech::Plain) {
                return connection(stream, peer, Beside::Nothing, app, stop).await;
            }
            let hello = tokio::time::timeout(Duration::from_secs(HANDSHAKE_S), handshake(stream, &speech)).await;
            if let Ok(Ok((stream, beside))) = hello {
                connection(stream, peer, beside, app, stop).await;
            }
        });
    }
    let _ = tokio::time::timeout(Duration::from_secs(DRAIN_S), drained(open)).await;
}

/// Waits until every connection has given back its share of `open`.
async fn drained(open: Arc<()>) {
    while Arc::strong_count(&open) > 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What stands beside each request of a connection.
#[derive(Clone, Copy)]
enum Beside {
    Nothing,
    Programs(AtProgramsDoor),
    Staff(ShownCertificate),
}

/// The handshake, by the name that the caller asks for.
async fn handshake(
    stream: TcpStream,
    speech: &Speech,
) -> std::io::Result<(tokio_rustls::server::TlsStream<TcpStream>, Beside)> {
    let start = tokio_rustls::LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
    let named = start.client_hello().server_name().map(str::to_owned).unwrap_or_default();
    let config = match speech {
        Speech::Plain => return Err(std::io::ErrorKind::Unsupported.into()),
        Speech::Staff { host, staff, .. } if named.eq_ignore_ascii_case(host) => staff,
        Speech::Tls(it) | Speech::Programs(it) | Speech::Staff { ordinary: it, .. } => it,
    };
    let stream = start.into_stream(config.clone()).await?;
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).map(certificate::mark);
    let beside = match speech {
        Speech::Programs(_) => Beside::Programs(AtProgramsDoor(shown)),
        // The ordinary side asks for none, so none is shown there.
        _ => shown.map_or(Beside::Nothing, |it| Beside::Staff(ShownCertificate(it))),
    };
    Ok((stream, beside))
}

async fn connection<S>(stream: S, peer: SocketAddr, beside: Beside, app: Router, mut stop: watch::Receiver<bool>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let service = app.map_request(move |mut request: axum::http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        match beside {
            Beside::Nothing => {}
            Beside::Programs(it) => drop(request.extensions_mut().insert(it)),
            Beside::Staff(it) => drop(request.extensions_mut().insert(it)),
        }
        request.map(axum::body::Body::new)
    });
    let mut builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HANDSHAKE_S))
        .max_buf_size(64 * 1024);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Ends when somebody asks the server to. From this call on, not from the first wait: asked right after the ready line, it
/// must end as it should.
#[cfg(unix)]
pub(crate) fn asked_to_stop() -> impl Future<Output = ()> {
    let term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    async move {
        let Ok(mut term) = term else { return std::future::pending().await };
        tokio::select! {
            _ = term.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}

#[cfg(not(unix))]
pub(crate) async fn asked_to_stop() {
    let _ = tokio::signal::ctrl_c().await;
}
