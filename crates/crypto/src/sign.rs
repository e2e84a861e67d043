//! Ed25519 signatures (RFC 8032): checkpoints of the log, fingerprints of a call.
//!
//! Knows nothing about note formats; those live with the log.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use kernel::{Chance, Error, Result};

use crate::{Key, Unreadable};

/// Bytes of a public key.
pub const PUBLIC_KEY_BYTES: usize = 32;
/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A key that signs. Never printed.
pub struct SigningKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// `Internal` when the library refuses, which it has no reason to.
    pub fn generate(chance: &Chance) -> Result<Self> {
        Self::from_seed(chance.bytes())
    }

    /// The key of an RFC 8032 seed.
    ///
    /// # Errors
    /// As [`SigningKey::generate`].
    pub fn from_seed(seed: [u8; 32]) -> Result<Self> {
        // "Unchecked" means only that no public key is handed in to be compared.
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(Error::internal)?;
        Ok(Self { seed, pair })
    }

    /// The key sealed to `key` and `place`, to be kept in a row.
    #[must_use]
    pub fn seal(&self, key: &Key, place: &str, chance: &Chance) -> Vec<u8> {
        key.seal(place, &self.seed, chance)
    }

    /// Opens what [`SigningKey::seal`] made.
    ///
    /// # Errors
    /// `Internal` for another key or place, or changed bytes.
    pub fn open(key: &Key, place: &str, sealed: &[u8]) -> Result<Self> {
        let seed = key.open(place, sealed)?.try_into().map_err(|_| Unreadable)?;
        Self::from_seed(seed)
    }

    /// The signature of `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut out = [0; SIGNATURE_BYTES];
        out.copy_from_slice(self.pair.sign(message).as_ref());
        out
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> [u8; PUBLIC_KEY_BYTES] {
        let mut out = [0; PUBLIC_KEY_BYTES];
        out.copy_from_slice(self.pair.public_key().as_ref());
        out
    }
}

/// Whether `signature` is that of `message` by the owner of `public`.
#[must_use]
pub fn verify(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{hex, unhex};

    #[test]
    fn signatures_are_those_of_rfc_8032() {
        // RFC 8032, 7.1: seed, public key, message, signature.
        let cases = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        ];
        for (seed, public, message, signature) in cases {
            let seed = unhex(seed).expect("hex").try_into().expect("32 bytes");
            let message = unhex(message).expect("hex");
            let key = SigningKey::from_seed(seed).expect("a key");
            assert_eq!(hex(&key.public()), public);
            assert_eq!(hex(&key.sign(&message)), signature);
            assert!(verify(&key.public(), &message, &key.sign(&message)));
        }
    }

    #[test]
    fn a_changed_message_or_a_stranger_is_refused() {
        let chance = Chance::seeded(1);
        let (ours, other) = (SigningKey::generate(&chance).expect("key"), SigningKey::generate(&chance).expect("key"));
        let signature = ours.sign(b"checkpoint");
        assert!(verify(&ours.public(), b"checkpoint", &signature));
        assert!(!verify(&ours.public(), b"checkpoinT", &signature));
        assert!(!verify(&other.public(), b"checkpoint", &signature));
        assert!(!verify(b"short", b"checkpoint", &signature));
        assert!(!verify(&ours.public(), b"checkpoint", &signature[..63]));
    }

    #[test]
    fn a_sealed_key_opens_in_its_place_only() {
        let chance = Chance::seeded(2);
        let (key, ours) = (Key::generate(&chance), SigningKey::generate(&chance).expect("key"));
        let sealed = ours.seal(&key, "log_key/1", &chance);
        assert_eq!(SigningKey::open(&key, "log_key/1", &sealed).expect("opens").public(), ours.public());
        assert!(SigningKey::open(&key, "log_key/2", &sealed).is_err());
    }
}
