//! Transfer syntaxes: which are read, which are written, which lose something.

use crate::jpegls;

/// A transfer syntax, as far as pixels are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// Implicit VR little endian.
    ImplicitLe,
    /// Explicit VR little endian.
    ExplicitLe,
    /// The same, deflated as a whole: the pixels inside are native.
    Deflated,
    /// Explicit VR big endian (retired).
    ExplicitBe,
    /// JPEG baseline, eight bits.
    JpegBaseline,
    /// JPEG extended, eight or twelve bits.
    JpegExtended,
    /// JPEG lossless, any predictor.
    JpegLossless,
    /// JPEG lossless, first predictor.
    JpegLosslessSv1,
    /// JPEG-LS lossless.
    JpegLs,
    /// JPEG-LS near-lossless.
    JpegLsNear,
    /// JPEG 2000, lossless only.
    Jpeg2000Lossless,
    /// JPEG 2000.
    Jpeg2000,
    /// High-throughput JPEG 2000, lossless only.
    HtLossless,
    /// The same, resolution first.
    HtLosslessRpcl,
    /// High-throughput JPEG 2000.
    Ht,
    /// Run lengths.
    Rle,
}

const UIDS: &[(Syntax, &str)] = &[
    (Syntax::ImplicitLe, "1.2.840.10008.1.2"),
    (Syntax::ExplicitLe, "1.2.840.10008.1.2.1"),
    (Syntax::Deflated, "1.2.840.10008.1.2.1.99"),
    (Syntax::ExplicitBe, "1.2.840.10008.1.2.2"),
    (Syntax::JpegBaseline, "1.2.840.10008.1.2.4.50"),
    (Syntax::JpegExtended, "1.2.840.10008.1.2.4.51"),
    (Syntax::JpegLossless, "1.2.840.10008.1.2.4.57"),
    (Syntax::JpegLosslessSv1, "1.2.840.10008.1.2.4.70"),
    (Syntax::JpegLs, "1.2.840.10008.1.2.4.80"),
    (Syntax::JpegLsNear, "1.2.840.10008.1.2.4.81"),
    (Syntax::Jpeg2000Lossless, "1.2.840.10008.1.2.4.90"),
    (Syntax::Jpeg2000, "1.2.840.10008.1.2.4.91"),
    (Syntax::HtLossless, "1.2.840.10008.1.2.4.201"),
    (Syntax::HtLosslessRpcl, "1.2.840.10008.1.2.4.202"),
    (Syntax::Ht, "1.2.840.10008.1.2.4.203"),
    (Syntax::Rle, "1.2.840.10008.1.2.5"),
];

impl Syntax {
    /// Every syntax that [`crate::decode`] reads.
    pub fn all() -> impl Iterator<Item = Self> {
        UIDS.iter().map(|(syntax, _)| *syntax)
    }

    /// From its UID. `None` is a syntax that is stored and given out as received, but not read here.
    #[must_use]
    pub fn from_uid(uid: &str) -> Option<Self> {
        let uid = uid.trim_end_matches([' ', '\0']);
        UIDS.iter().find(|(_, it)| *it == uid).map(|(syntax, _)| *syntax)
    }

    /// Its UID.
    #[must_use]
    pub fn uid(self) -> &'static str {
        UIDS.iter().find(|(it, _)| *it == self).map_or("", |(_, uid)| *uid)
    }

    /// Whether frames lie in items of their own rather than one after the other.
    #[must_use]
    pub fn encapsulated(self) -> bool {
        !matches!(self, Self::ImplicitLe | Self::ExplicitLe | Self::Deflated | Self::ExplicitBe)
    }

    /// Whether [`crate::encode`] writes it; all that are written are lossless.
    #[must_use]
    pub fn written(self) -> bool {
        !self.encapsulated() || matches!(self, Self::Rle | Self::JpegLs | Self::HtLossless)
    }
}

/// Whether `frame` may have lost something when it was written: `true` when in doubt.
///
/// JPEG-LS tells its tolerance. JPEG 2000 under a syntax that allows both stays in doubt: even a reversible wavelet can
/// have been cut short, and the stream does not say so.
#[must_use]
pub fn lossy(syntax: Syntax, frame: &[u8]) -> bool {
    match syntax {
        Syntax::JpegBaseline | Syntax::JpegExtended | Syntax::Jpeg2000 | Syntax::Ht => true,
        Syntax::JpegLsNear => jpegls::tolerance(frame) != Some(0),
        _ => false,
    }
}

/// How many times smaller than its native form a frame is: the number for (0028,2112).
#[must_use]
pub fn ratio(native_bytes: usize, frame_bytes: usize) -> f64 {
    native_bytes as f64 / frame_bytes.max(1) as f64
}
