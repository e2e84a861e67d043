//! DICOM's own doors: a plain one for this computer and a network of devices alone, and one inside TLS (PS3.15, the
//! profiles of BCP 195). Devices are no browsers: each is known by one certificate, registered with it, and by no authority.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use imaging::station::Fingerprint;
use kernel::{Error, FacilityId, Result, clause};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, Connection, DigitallySignedStruct, ServerConfig,
    ServerConnection, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use web::Site;

use crate::certificate::Held;
use crate::config::{Config, Dicom};
use crate::{serve, tls};

/// Seconds for a handshake with a station that we call.
const HANDSHAKE_S: u64 = 15;
/// Read from a socket at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// TLS 1.3, and 1.2 with forward-secret AEAD suites only: rustls knows no others.
const VERSIONS: [&rustls::SupportedProtocolVersion; 2] = [&rustls::version::TLS13, &rustls::version::TLS12];

/// The doors, open, and how we speak ourselves.
pub(crate) struct Doors {
    plain: Option<TcpListener>,
    protected: Option<TcpListener>,
    protected_settings: dimse::Settings,
    /// For calls of our own, and for the plain door.
    pub(crate) settings: dimse::Settings,
}

impl Doors {
    /// Opens them. `host` stands in the certificate, where the installation has none of its own.
    ///
    /// # Errors
    /// An address that is taken, a certificate that cannot be read.
    pub(crate) async fn open(config: &Config, host: &str, settings: dimse::Settings) -> Result<Self> {
        let listener = |at: Dicom| async move {
            match at {
                Dicom::At(address) => serve::listen(address).await.map(Some),
                Dicom::Off => Ok(None),
            }
        };
        let (plain, protected) = (listener(config.dicom).await?, listener(config.dicom_tls.listen).await?);
        let identity = Identity::read(config, host)?;
        let server = identity.server(config.dicom_tls.demand)?;
        let reach: dimse::Reach = Arc::new(move |socket, certificate| identity.reach(socket, certificate));
        let settings = dimse::Settings { reach, ..settings };
        let protected_settings = dimse::Settings {
            wrap: Arc::new(move |socket| {
                let connection = ServerConnection::new(server.clone()).map_err(io::Error::other)?;
                Ok(Box::new(Tls::new(connection.into(), socket)))
            }),
            must_prove: config.dicom_tls.demand,
            ..settings.clone()
        };
        Ok(Self { plain, protected, protected_settings, settings })
    }

    /// Whoever calls from this computer at the plain door belongs to this facility.
    pub(crate) fn with_loopback(self, loopback: Option<FacilityId>) -> Self {
        Self { settings: dimse::Settings { loopback, ..self.settings }, ..self }
    }

    /// The address of the plain door, and of the one inside TLS.
    pub(crate) fn addresses(&self) -> [Option<SocketAddr>; 2] {
        [&self.plain, &self.protected].map(|it| it.as_ref().and_then(|it| it.local_addr().ok()))
    }

    /// Serves at both, until `stopped`.
    pub(crate) fn serve(self, doors: &mut JoinSet<()>, site: &Site, stopped: &watch::Receiver<bool>) {
        if let Some(listener) = self.plain {
            doors.spawn(dimse::serve(listener, site.clone(), self.settings, stopped.clone()));
        }
        if let Some(listener) = self.protected {
            doors.spawn(dimse::serve(listener, site.clone(), self.protected_settings, stopped.clone()));
        }
    }
}

/// An address for the ready line.
pub(crate) fn told(address: Option<SocketAddr>) -> String {
    address.map_or_else(|| "off".to_owned(), |it| it.to_string())
}

/// Our own certificate, by which we answer and call.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl Identity {
    fn read(config: &Config, host: &str) -> Result<Self> {
        let own = &config.dicom_tls;
        let own = own.certificate_file.as_deref().zip(own.certificate_key_file.as_deref());
        let (certificate, key) = match own {
            Some(files) => (files.0.to_owned(), files.1.to_owned()),
            None => tls::internal_for_devices(&config.data.join("tls"), host)?,
        };
        let (chain, key) = tls::chain(&certificate, &key)?;
        Ok(Self { chain, key, provider: Arc::new(rustls::crypto::aws_lc_rs::default_provider()) })
    }

    fn server(&self, demand: bool) -> Result<Arc<ServerConfig>> {
        clause!("TR-20");
        let fail = |error: rustls::Error| Error::unavailable(format!("DICOM inside TLS: {error}"));
        let config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&VERSIONS)
            .map_err(fail)?
            .with_client_cert_verifier(Arc::new(Held { provider: self.provider.clone(), demand }))
            .with_single_cert(self.chain.clone(), self.key.clone_key())
            .map_err(fail)?;
        Ok(Arc::new(config))
    }

    /// Opens TLS with whoever answers at `socket`, who has to prove to hold this certificate.
    fn reach(&self, socket: TcpStream, certificate: Fingerprint) -> io::Result<Box<dyn dimse::Stream>> {
        clause!("TR-12");
        let config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&VERSIONS)
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Only { provider: self.provider.clone(), certificate }))
            .with_client_auth_cert(self.chain.clone(), self.key.clone_key())
            .map_err(io::Error::other)?;
        let name = ServerName::IpAddress(socket.peer_addr()?.ip().into());
        let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let mut stream = Tls::new(connection.into(), socket);
        stream.greet(Instant::now() + Duration::from_secs(HANDSHAKE_S))?;
        Ok(Box::new(stream))
    }
}

/// The one certificate by which a station that we call is known.
#[derive(Debug)]
struct Only {
    provider: Arc<CryptoProvider>,
    certificate: Fingerprint,
}

impl ServerCertVerifier for Only {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        match crypto::digest::sha256(certificate) == self.certificate {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A connection inside TLS. Its handshake happens while it is read, within the time that the reader has.
struct Tls {
    connection: Connection,
    socket: BufReader<TcpStream>,
}

impl Tls {
    fn new(connection: Connection, socket: TcpStream) -> Self {
        Self { connection, socket: BufReader::with_capacity(PIECE_BYTES, socket) }
    }

    /// The handshake, to its end.
    fn greet(&mut self, until: Instant) -> io::Result<()> {
        self.send()?;
        while self.connection.is_handshaking() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.socket.get_ref().set_read_timeout(Some(left))?;
            if !self.step()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Reads once, and does what follows from it. False when the peer has closed.
    fn step(&mut self) -> io::Result<bool> {
        if self.connection.read_tls(&mut self.socket)? == 0 {
            return Ok(false);
        }
        let understood = self.connection.process_new_packets();
        // Its part of the handshake, or the alert that says what is wrong.
        let sent = self.send();
        understood.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        sent.map(|()| true)
    }

    fn send(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(self.socket.get_mut())?;
        }
        Ok(())
    }

    /// Whether something lies here in clear that was not read yet.
    fn holds(&mut self) -> bool {
        self.connection.reader().fill_buf().is_ok_and(|it| !it.is_empty())
    }
}

impl Read for Tls {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut asked = false;
        loop {
            match self.connection.reader().read(room) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => (),
                read => return read,
            }
            let is_empty = self.socket.buffer().is_empty();
            if asked && is_empty {
                return Err(io::ErrorKind::Interrupted.into());
            }
            asked |= is_empty;
            if !self.step()? {
                return Ok(0);
            }
        }
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.connection.writer().write(bytes)?;
        self.send()?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

impl dimse::Stream for Tls {
    fn certificate(&self) -> Option<Fingerprint> {
        // While it shakes hands nothing is proven.
        let chain = self.connection.peer_certificates().filter(|_| !self.connection.is_handshaking())?;
        chain.first().map(|it| crypto::digest::sha256(it))
    }

    fn waits(&mut self) -> bool {
        if self.holds() {
            return true;
        }
        if self.socket.get_ref().set_nonblocking(true).is_err() {
            return false;
        }
        while !self.holds() && matches!(self.step(), Ok(true)) {}
        let _ = self.socket.get_ref().set_nonblocking(false);
        self.holds()
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        // So that the peer can tell an end from a cut; one that is gone needs none.
        self.connection.send_close_notify();
        let _ = self.send();
    }
}
