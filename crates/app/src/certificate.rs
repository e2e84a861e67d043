//! Certificates by which programs and devices are known: read from files, made for a gateway, and proven to be held when
//! they are shown. No authority speaks for them; whom they stand for is registered, one by one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::{Date, Error, Result, Timestamp, clause, time};
use people::device::agent::Signer;
use people::device::certificate::{Signed, Wish};
use people::token::{Certificate, Fingerprint};
use rcgen::{
    CertificateParams, CertificateSigningRequestParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, UnixTime};

/// Months for which a certificate that a gateway makes for itself is good. Its token is renewed once a year at least.
const GATEWAY_MONTHS: u8 = 36;
/// Minutes of a day.
const DAY_MIN: i64 = 24 * 60;

/// The digest by which a certificate is known.
pub(crate) fn mark(certificate: &CertificateDer<'_>) -> Fingerprint {
    crypto::digest::sha256(certificate)
}

/// The first certificate in a file, PEM or DER.
fn der(file: &Path) -> Result<CertificateDer<'static>> {
    let bytes = std::fs::read(file).map_err(|error| failed(file, &error))?;
    let der = match CertificateDer::from_pem_slice(&bytes) {
        Ok(it) => it.to_vec(),
        Err(_) => bytes,
    };
    let certificate = CertificateDer::from(der);
    // What TLS cannot use would never be shown.
    rustls::server::ParsedCertificate::try_from(&certificate).map_err(|error| failed(file, &error))?;
    Ok(certificate)
}

fn failed(file: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::unavailable(format!("{}: {error}", file.display()))
}

/// Reads the digest of a certificate in a file, PEM or DER.
///
/// # Errors
/// When there is none in it.
pub(crate) fn fingerprint(file: &Path) -> Result<Fingerprint> {
    der(file).map(|it| mark(&it))
}

/// The same with the moments between which it holds.
///
/// # Errors
/// When there is none in it, or its dates cannot be read.
pub(crate) fn read(file: &Path) -> Result<Certificate> {
    let der = der(file)?;
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).map_err(|error| failed(file, &error))?;
    let dates = parsed.validity();
    // Dates beyond the end of what can be written last for good.
    let at = |seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    let (begins_at, ends_at) = (at(dates.not_before.timestamp()), at(dates.not_after.timestamp()));
    Ok(Certificate { fingerprint: mark(&der), begins_at, ends_at })
}

/// Who signs certificates of devices: the internal authority, of whose key no other room knows. Of a request only its key is
/// taken, which must be held; what the certificate says is ours.
///
/// # Errors
/// When the authority cannot be read or made.
pub(crate) fn signer(folder: &Path) -> Result<Signer> {
    clause!("CS-150");
    let (authority, issuer) = crate::tls::authority(folder)?;
    Ok(Signer(Arc::new(move |wish: &Wish| {
        let Ok(request) = CertificateSigningRequestParams::from_pem(&wish.request) else { return Ok(None) };
        let fail = |error: rcgen::Error| Error::unavailable(format!("a device's certificate: {error}"));
        let mut params = CertificateParams::new(vec![]).map_err(fail)?;
        params.distinguished_name.push(DnType::CommonName, format!("Haruka device {}", wish.device));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // Whole days around: a device's clock may be a little wrong. To the second it is the row that counts.
        let (year, month, day) = parts(time::day(time::plus_min(wish.begins_at, -DAY_MIN)));
        params.not_before = rcgen::date_time_ymd(year, month, day);
        let (year, month, day) = parts(time::day(time::plus_min(wish.ends_at, 2 * DAY_MIN)));
        params.not_after = rcgen::date_time_ymd(year, month, day);
        let made = params.signed_by(&request.public_key, &issuer).map_err(fail)?;
        Ok(Some(Signed { chain: format!("{}{authority}", made.pem()), fingerprint: mark(made.der()) }))
    })))
}

/// Year, month and day, as certificates take them.
fn parts(day: Date) -> (i32, u8, u8) {
    let part = |it: i8| u8::try_from(it).unwrap_or(1);
    (i32::from(day.year()), part(day.month()), part(day.day()))
}

/// A signing request for a key, in PEM.
///
/// # Errors
/// When it cannot be signed.
pub(crate) fn request(key: &KeyPair) -> Result<String> {
    let fail = |error: rcgen::Error| Error::unavailable(format!("a signing request: {error}"));
    let params = CertificateParams::new(vec![]).map_err(fail)?;
    params.serialize_request(key).and_then(|it| it.pem()).map_err(fail)
}

/// A gateway's newest certificate and key, as files; made when there are none.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn of_gateway(folder: &Path, now: Timestamp) -> Result<(PathBuf, PathBuf)> {
    match newest(folder) {
        0 => renew_gateway(folder, now),
        number => Ok(files(folder, number)),
    }
}

/// Makes a gateway's next pair beside those that it had: the one that runs goes on with what it has until it is started
/// again.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn renew_gateway(folder: &Path, now: Timestamp) -> Result<(PathBuf, PathBuf)> {
    clause!("TR-12");
    let fail = |error: &dyn std::fmt::Display| Error::unavailable(format!("the gateway's certificate: {error}"));
    let until = time::plus_months(time::day(now), GATEWAY_MONTHS);
    let mut params = CertificateParams::new(vec![]).map_err(|error| fail(&error))?;
    params.distinguished_name.push(DnType::CommonName, "Haruka gateway");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let (year, month, day) = parts(until);
    params.not_after = rcgen::date_time_ymd(year, month, day);
    let key = KeyPair::generate().map_err(|error| fail(&error))?;
    let certificate = params.self_signed(&key).map_err(|error| fail(&error))?;
    let (file, key_file) = files(folder, newest(folder) + 1);
    // The key last: what has a key is whole.
    std::fs::create_dir_all(folder).map_err(|error| fail(&error))?;
    std::fs::write(&file, certificate.pem()).map_err(|error| fail(&error))?;
    crypto::key::write_private(&key_file, key.serialize_pem().as_bytes()).map_err(|error| fail(&error))?;
    Ok((file, key_file))
}

fn files(folder: &Path, number: u32) -> (PathBuf, PathBuf) {
    let file = |kind: &str| folder.join(format!("gateway-{number}.{kind}"));
    (file("pem"), file("key"))
}

/// The number of the newest pair; nought when there is none.
fn newest(folder: &Path) -> u32 {
    (1..).take_while(|it| files(folder, *it).1.exists()).last().unwrap_or(0)
}

/// A caller's certificate: that its key is held is proven here; whose it is, and whether it counts, says what is registered
/// with it (a station, a token). So its dates and its issuer say nothing here, and what is ended there ends it at once.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) provider: Arc<CryptoProvider>,
    /// Whether whoever has none is sent away at once.
    pub(crate) demand: bool,
}

impl ClientCertVerifier for Held {
    fn client_auth_mandatory(&self) -> bool {
        self.demand
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> std::result::Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_keeps_its_pair_until_it_is_told_to_make_another() {
        // TR-12
        let folder = std::env::temp_dir().join(format!("haruka-certificate-{}", std::process::id()));
        let now = "2026-11-24T00:00:00Z".parse().expect("an instant");
        let (first, first_key) = of_gateway(&folder, now).expect("made");
        assert_eq!(of_gateway(&folder, now).expect("found").0, first);
        let certificate = read(&first).expect("a certificate");
        let holds = certificate.begins_at < now && now < certificate.ends_at;
        assert!(holds && time::day(certificate.ends_at).to_string() == "2029-11-24", "{certificate:?}");
        assert_eq!(fingerprint(&first).expect("the same"), certificate.fingerprint);
        crate::tls::chain(&first, &first_key).expect("they fit");
        // A power cut before the key was written: the certificate alone is none.
        std::fs::write(files(&folder, 2).0, "half").expect("written");
        assert_eq!(of_gateway(&folder, now).expect("found").0, first);
        let (second, _) = renew_gateway(&folder, now).expect("made");
        assert_eq!(of_gateway(&folder, now).expect("found").0, second);
        assert_ne!(fingerprint(&second).expect("another"), certificate.fingerprint);
        assert!(read(&first_key).is_err(), "a key is no certificate");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
