//! Checkpoints: size and root of a log, signed (C2SP tlog-checkpoint and signed-note). No I/O.
//!
//! The origin is the name of the key: `haruka/INSTALLATION/FACILITY`. Signing is done with our own key room, checking
//! with the library that other people's tools use, so that one reads what the other wrote.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crypto::SigningKey;
use kernel::{Error, Result};
use signed_note::{Note, Signature, StandardVerifier, VerifierList, key_id};
use tlog_tiles::Hash;

pub(crate) mod store;

pub use store::{Due, Standing, checkpoint, sign_due, standing, verifier_key};

/// The type byte of Ed25519 in C2SP signed-note.
const ED25519: u8 = 1;

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Entries of the log.
    pub size: u64,
    /// Root of the tree, as RFC 6962 computes it.
    pub root: [u8; 32],
    /// The signed note.
    pub note: String,
}

/// The public text of a key (`name+id+key`), which is all that a stranger needs.
pub(crate) fn vkey(name: &str, key: &SigningKey) -> String {
    let public = [&[ED25519][..], &key.public()].concat();
    format!("{name}+{:08x}+{}", key_id(name, &public), BASE64_STANDARD.encode(&public))
}

/// The name in a public key text: the origin of its log.
#[must_use]
pub fn origin(vkey: &str) -> &str {
    vkey.split('+').next().unwrap_or_default()
}

/// Signs size and root.
///
/// # Errors
/// `Internal` for an origin that the formats do not allow.
pub(crate) fn sign(vkey: &str, key: &SigningKey, size: u64, root: Hash) -> Result<Checkpoint> {
    let name = origin(vkey);
    let text = tlog_tiles::Checkpoint::new(name, size, root, "").map_err(Error::internal)?.to_bytes();
    let id = key_id(name, &[&[ED25519][..], &key.public()].concat());
    let signature = Signature::new(name.to_owned(), id, key.sign(&text).to_vec()).map_err(Error::internal)?;
    let note = Note::new(&text, &[signature]).map_err(Error::internal)?.to_bytes();
    let note = String::from_utf8(note).map_err(Error::internal)?;
    Ok(Checkpoint { size, root: root.0, note })
}

/// Reads a note that the key of `vkey` has signed for its own log; nothing for any other.
pub(crate) fn read(note: &str, vkey: &str) -> Option<Checkpoint> {
    // One key has one writing: the library would take capitals in the key's id.
    if vkey.split('+').nth(1)?.bytes().any(|it| it.is_ascii_uppercase()) {
        return None;
    }
    let verifier = StandardVerifier::new(vkey).ok()?;
    let signed = Note::from_bytes(note.as_bytes()).ok()?;
    signed.verify(&VerifierList::new(vec![Box::new(verifier)])).ok()?;
    let read = tlog_tiles::Checkpoint::from_bytes(signed.text()).ok()?;
    let ours = read.origin() == origin(vkey) && read.extension().is_empty();
    ours.then(|| Checkpoint { size: read.size(), root: read.hash().0, note: note.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (String, Checkpoint) {
        let key = SigningKey::from_seed([7; 32]).expect("a key");
        let vkey = vkey("haruka/0123/facility", &key);
        let checkpoint = sign(&vkey, &key, 42, Hash([3; 32])).expect("signed");
        (vkey, checkpoint)
    }

    #[test]
    fn a_note_reads_as_c2sp_writes_it() {
        let (vkey, checkpoint) = signed();
        let (text, signature) = checkpoint.note.split_once("\n\n").expect("two parts");
        assert_eq!(text, "haruka/0123/facility\n42\nAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=");
        assert!(signature.starts_with("— haruka/0123/facility ") && signature.ends_with('\n'));
        assert_eq!(read(&checkpoint.note, &vkey), Some(checkpoint));
    }

    #[test]
    fn any_changed_byte_of_note_or_key_is_found() {
        let (vkey, checkpoint) = signed();
        for (place, _) in checkpoint.note.char_indices() {
            let mut bytes = checkpoint.note.clone().into_bytes();
            bytes[place] ^= 1;
            let changed = String::from_utf8_lossy(&bytes);
            assert_eq!(read(&changed, &vkey), None, "note, byte {place}");
        }
        for place in 0..vkey.len() {
            for bit in [1, 0x20] {
                let mut bytes = vkey.clone().into_bytes();
                bytes[place] ^= bit;
                let changed = String::from_utf8_lossy(&bytes);
                assert_eq!(read(&checkpoint.note, &changed), None, "key, byte {place}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_note_for_another_log_is_not_ours() {
        let key = SigningKey::from_seed([7; 32]).expect("a key");
        let (ours, other) = (vkey("haruka/a", &key), vkey("haruka/b", &key));
        let theirs = sign(&other, &key, 1, Hash([0; 32])).expect("signed");
        assert_eq!(read(&theirs.note, &ours), None);
    }
}
