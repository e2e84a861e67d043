//! A station: a device or archive that speaks DICOM, known by the title it calls itself, the address it calls from and the
//! certificate it holds. Its facility is where its images go. A title is no secret: without a certificate it says who calls
//! only on a network that is trusted (TR-20).

pub mod store;

use std::net::IpAddr;

use kernel::{FacilityId, RowId, Timestamp, Words};

/// Longest title (PS3.5 6.2, AE).
pub const TITLE_CHARS_MAX: usize = 16;
/// Longest name and host.
pub const NAME_CHARS_MAX: usize = 100;

/// SHA-256 of a certificate in DER.
pub type Fingerprint = [u8; 32];

/// What is known of a caller besides the title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Where the call comes from.
    pub address: IpAddr,
    /// The certificate whose key the caller has proven to hold.
    pub certificate: Option<Fingerprint>,
    /// On this line nobody gets in but by a certificate.
    pub must_prove: bool,
}

/// Who calls, once admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// Whose it is.
    pub facility: FacilityId,
    /// What it calls itself.
    pub title: String,
}

/// Where instances are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// What it is called.
    pub title: String,
    /// Name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// It is spoken to by TLS, once it has proven to hold this certificate; without one, in plain.
    pub certificate: Option<Fingerprint>,
}

/// A registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Our row.
    pub id: RowId,
    /// Whose it is.
    pub facility: FacilityId,
    /// What it calls itself.
    pub title: String,
    /// What people call it.
    pub name: String,
    /// The only address from which it may call.
    pub address: Option<IpAddr>,
    /// The only certificate with which it may call; none: it calls without.
    pub certificate: Option<Fingerprint>,
    /// Where it takes what is sent to it.
    pub destination: Option<Destination>,
    /// Whether the reports on what its facility has asked others to read are sent there (TR-10).
    pub takes_reports: bool,
    /// Since when it is known.
    pub registered_at: Timestamp,
}

/// A registration to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStation {
    title: String,
    name: String,
    address: Option<IpAddr>,
    host: String,
    port: Option<u16>,
    takes_reports: bool,
    certificate: Option<Fingerprint>,
}

/// What is wrong with a registration, and in which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No title, or none that DICOM knows.
    Title,
    /// No name, or a long one.
    Name,
    /// No address.
    Address,
    /// Host without port, port without host, or no port.
    Destination,
}

impl Fault {
    /// The form's field.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Name => "name",
            Self::Address => "address",
            Self::Destination => "port",
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Title => Words::new(
                "AEタイトルは、半角の英数字と記号で16文字までです。",
                "An AE title has up to 16 letters, digits or signs of ASCII.",
            ),
            Self::Name => Words::new("名前を100文字までで入れてください。", "Enter a name of up to 100 characters."),
            Self::Address => Words::new(
                "IPアドレスの形（例：192.168.1.20）で入れてください。",
                "Enter an IP address (such as 192.168.1.20).",
            ),
            Self::Destination => Words::new(
                "送り先には、ホストとポート（1〜65535）の両方を入れてください。",
                "A destination needs both host and port (1 to 65535).",
            ),
        }
    }
}

impl NewStation {
    /// Reads what was typed; `address`, and `host` with `port`, may be empty.
    ///
    /// # Errors
    /// Every [`Fault`].
    pub fn parse(title: &str, name: &str, address: &str, host: &str, port: &str) -> Result<Self, Vec<Fault>> {
        let (title, name, address, host, port) = (title.trim(), name.trim(), address.trim(), host.trim(), port.trim());
        let mut faults = Vec::new();
        let plain = title.bytes().all(|it| matches!(it, b' '..=b'~') && it != b'\\');
        if title.is_empty() || title.len() > TITLE_CHARS_MAX || !plain {
            faults.push(Fault::Title);
        }
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            faults.push(Fault::Name);
        }
        let read_address: Option<IpAddr> = address.parse().ok();
        if !address.is_empty() && read_address.is_none() {
            faults.push(Fault::Address);
        }
        let read_port: Option<u16> = port.parse().ok().filter(|it| *it > 0);
        let plain_host = host.len() <= NAME_CHARS_MAX && host.bytes().all(|it| it.is_ascii_graphic());
        if host.is_empty() != port.is_empty() || (!port.is_empty() && read_port.is_none()) || !plain_host {
            faults.push(Fault::Destination);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let (title, name, host) = (title.into(), name.into(), host.into());
        Ok(Self { title, name, address: read_address, host, port: read_port, takes_reports: false, certificate: None })
    }

    /// The same, as one that proves itself by this certificate, and by no other.
    #[must_use]
    pub fn proven_by(self, certificate: Fingerprint) -> Self {
        Self { certificate: Some(certificate), ..self }
    }

    /// The same, as one to which reports are sent.
    ///
    /// # Errors
    /// [`Fault::Destination`] when nothing can be sent to it.
    pub fn taking_reports(self) -> Result<Self, Vec<Fault>> {
        if self.port.is_some() { Ok(Self { takes_reports: true, ..self }) } else { Err(vec![Fault::Destination]) }
    }
}

/// Which registration a call is, out of those with its title: one with just this certificate before one without any, which
/// is nobody where callers must prove themselves; and of these the one for just this address before the one for any. Two
/// that are equally near are nobody. A registration with a certificate is never a caller's who does not hold it.
#[must_use]
pub fn nearest(known: &[Registered], caller: Caller) -> Option<&Registered> {
    let only = |certificate: Option<Fingerprint>| {
        let fitting = |address: Option<IpAddr>| {
            known.iter().filter(move |it| it.certificate == certificate && it.address == address)
        };
        let own = fitting(Some(caller.address)).next().is_some();
        let mut fitting = fitting(own.then_some(caller.address));
        let first = fitting.next()?;
        fitting.all(|it| it.facility == first.facility).then_some(first)
    };
    let proven = caller.certificate.and_then(|it| only(Some(it)));
    proven.or_else(|| if caller.must_prove { None } else { only(None) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(facility: u8, address: &str) -> Registered {
        Registered {
            id: RowId::from_bytes([facility; 16]),
            facility: FacilityId::from_bytes([facility; 16]),
            title: "CBCT1".into(),
            name: "CT室".into(),
            address: address.parse().ok(),
            certificate: None,
            destination: None,
            takes_reports: false,
            registered_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_caller_is_the_nearest_registration_and_never_two() {
        // TR-20
        let calls = |known: &[Registered], from: &str| {
            let caller = Caller { address: from.parse().expect("an address"), certificate: None, must_prove: false };
            nearest(known, caller).map(|it| it.facility.as_bytes()[0])
        };
        let both = [registered(1, "192.168.1.20"), registered(2, "")];
        assert_eq!(calls(&both, "192.168.1.20"), Some(1));
        assert_eq!(calls(&both, "192.168.1.21"), Some(2));
        assert_eq!(calls(&both[..1], "192.168.1.21"), None);
        assert_eq!(calls(&[registered(1, ""), registered(2, "")], "192.168.1.20"), None, "whose would it be?");
        assert_eq!(calls(&[], "192.168.1.20"), None);
    }

    #[test]
    fn a_certificate_is_its_stations_alone() {
        // TR-20, TR-12
        let with = |facility, address, certificate: u8| Registered {
            certificate: Some([certificate; 32]),
            ..registered(facility, address)
        };
        let calls = |known: &[Registered], certificate: Option<u8>, must_prove| {
            let address = "192.168.1.20".parse().expect("an address");
            let caller = Caller { address, certificate: certificate.map(|it| [it; 32]), must_prove };
            nearest(known, caller).map(|it| it.facility.as_bytes()[0])
        };
        let known = [with(1, "192.168.1.20", 7), with(2, "", 8), registered(3, "")];
        for (certificate, must_prove, facility) in [
            (Some(7), true, Some(1)),
            (Some(8), true, Some(2)),
            (Some(9), true, None),
            (Some(9), false, Some(3)),
            (None, true, None),
            (None, false, Some(3)),
        ] {
            assert_eq!(calls(&known, certificate, must_prove), facility, "{certificate:?} {must_prove}");
        }
        assert_eq!(calls(&known[..2], None, false), None, "by its title alone nobody is what has a certificate");
        assert_eq!(calls(&[with(1, "192.168.1.21", 7)], Some(7), true), None, "nor from elsewhere");
        assert_eq!(calls(&[with(1, "", 7), with(2, "", 7)], Some(7), true), None, "whose would it be?");
        assert_eq!(calls(&[with(1, "", 7), with(1, "", 8)], Some(8), true), Some(1), "while one is renewed");
    }

    #[test]
    fn a_registration_is_read_or_every_fault_is_named() {
        assert!(NewStation::parse(" CBCT1 ", "CT室", "", "", "").is_ok());
        let archive = NewStation::parse("CBCT1", "CT室", "192.168.1.20", "cbct.local", "104").expect("a station");
        assert!(archive.taking_reports().is_ok());
        let deaf = NewStation::parse("CBCT1", "CT室", "", "", "").expect("a station");
        assert_eq!(deaf.taking_reports(), Err(vec![Fault::Destination]), "nothing can be sent there");
        for (title, name, address, host, port, faults) in [
            ("", "", "", "", "", vec![Fault::Title, Fault::Name]),
            ("12345678901234567", "x", "", "", "", vec![Fault::Title]),
            ("遥", "x", "", "", "", vec![Fault::Title]),
            ("A\\B", "x", "", "", "", vec![Fault::Title]),
            ("A", "x", "cbct.local", "", "", vec![Fault::Address]),
            ("A", "x", "", "cbct.local", "", vec![Fault::Destination]),
            ("A", "x", "", "cbct.local", "0", vec![Fault::Destination]),
            ("A", "x", "", "a b", "104", vec![Fault::Destination]),
        ] {
            assert_eq!(NewStation::parse(title, name, address, host, port), Err(faults), "{title} {host} {port}");
        }
    }
}
