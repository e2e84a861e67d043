//! Symmetric keys: AES-256-GCM sealing, HKDF-SHA-256 derivation, HMAC-SHA-256 marks.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use kernel::{Chance, Error, Result};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// Bytes that sealing adds: one for the format, the nonce, the tag.
pub const SEAL_OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + 16;
/// First byte of everything sealed here, so that a later format can be told apart.
const FORMAT: u8 = 1;

/// A sealed value does not open: another key, another place, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl From<Unreadable> for Error {
    fn from(_: Unreadable) -> Self {
        Self::internal("a sealed value does not open")
    }
}

/// A symmetric key. Never printed.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// A new random key.
    #[must_use]
    pub fn generate(chance: &Chance) -> Self {
        Self(chance.bytes())
    }

    /// The key with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes, for another room's library that wants them (blob sealing inside this room only).
    #[must_use]
    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The key for one purpose (HKDF-SHA-256, RFC 5869, with `purpose` as info).
    #[must_use]
    #[allow(clippy::expect_used, reason = "32 bytes are far below the 255 blocks that HKDF can give")]
    pub fn derive(&self, purpose: &str) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"haruka/1").extract(&self.0);
        let mut out = [0; KEY_BYTES];
        prk.expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut out)).expect("32 bytes");
        Self(out)
    }

    /// Seals `plain` to this key and this `place` (`patient.name/01h…`): it opens nowhere else.
    /// Output: format byte, 12 bytes of nonce, ciphertext, 16 bytes of tag.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a 32-byte key and an in-memory text are always accepted")]
    pub fn seal(&self, place: &str, plain: &[u8], chance: &Chance) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = chance.bytes();
        let mut out = Vec::with_capacity(plain.len() + SEAL_OVERHEAD_BYTES);
        out.push(FORMAT);
        out.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        self.aead()
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.as_bytes()), &mut body)
            .expect("sealing in memory");
        out.extend_from_slice(&body);
        out
    }

    /// Opens what [`Key::seal`] made for the same `place`.
    ///
    /// # Errors
    /// [`Unreadable`], whatever the reason.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        self.opener().open(place, sealed)
    }

    /// This key made ready for opening very many values one after the other.
    #[must_use]
    pub fn opener(&self) -> Opener {
        Opener(self.aead())
    }

    /// Wraps another key so that only this one, for the same `owner`, unwraps it.
    #[must_use]
    pub fn wrap(&self, owner: &str, key: &Self, chance: &Chance) -> Vec<u8> {
        self.derive("wrap").seal(owner, &key.0, chance)
    }

    /// Unwraps.
    ///
    /// # Errors
    /// [`Unreadable`] for another key, another owner or changed bytes.
    pub fn unwrap(&self, owner: &str, wrapped: &[u8]) -> Result<Self, Unreadable> {
        let bytes = self.derive("wrap").open(owner, wrapped)?;
        Ok(Self(bytes.try_into().map_err(|_| Unreadable)?))
    }

    /// HMAC-SHA-256 of `text`: a mark that can be compared and searched but not read back (blind index, ticket).
    #[must_use]
    pub fn mark(&self, text: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), text);
        let mut out = [0; 32];
        out.copy_from_slice(tag.as_ref());
        out
    }

    /// Whether `mark` is the mark of `text`, in constant time.
    #[must_use]
    pub fn is_mark(&self, text: &[u8], mark: &[u8]) -> bool {
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), text, mark).is_ok()
    }

    #[allow(clippy::expect_used, reason = "the key has the length of the algorithm")]
    fn aead(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.0).expect("32 bytes"))
    }
}

/// Opens what one [`Key`] has sealed.
#[derive(Debug)]
pub struct Opener(LessSafeKey);

impl Opener {
    /// As [`Key::open`].
    ///
    /// # Errors
    /// [`Unreadable`], whatever the reason.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let (head, body) = sealed.split_at_checked(1 + NONCE_BYTES).ok_or(Unreadable)?;
        if head[0] != FORMAT {
            return Err(Unreadable);
        }
        let nonce = Nonce::try_assume_unique_for_key(&head[1..]).map_err(|_| Unreadable)?;
        let mut body = body.to_vec();
        let place = Aad::from(place.as_bytes());
        let plain_bytes = self.0.open_in_place(nonce, place, &mut body).map_err(|_| Unreadable)?.len();
        body.truncate(plain_bytes);
        Ok(body)
    }
}

/// The key over all keys of one installation.
#[derive(Debug, Clone)]
pub struct MasterKey(Key);

impl MasterKey {
    /// Reads the key file, or makes one (mode 0400, fsynced with its folder) on the first start.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be read or written, has another length than 32 bytes,
    /// or can be read by others than its owner.
    pub fn load_or_create(path: &Path, chance: &Chance) -> Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => {
                refuse_open_mode(path)?;
                let bytes =
                    bytes.try_into().map_err(|_| Error::unavailable(format!("{} is not 32 bytes", path.display())))?;
                Ok(Self(Key(bytes)))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = Key::generate(chance);
                write_private(path, &key.0)
                    .map_err(|error| Error::unavailable(format!("{}: {error}", path.display())))?;
                Ok(Self(key))
            }
            Err(error) => Err(Error::unavailable(format!("{}: {error}", path.display()))),
        }
    }

    /// A master key from bytes, for tests.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Key(bytes))
    }

    /// Wraps `key` so that only this master key, for the same `owner`, unwraps it.
    #[must_use]
    pub fn wrap(&self, owner: &str, key: &Key, chance: &Chance) -> Vec<u8> {
        self.0.wrap(owner, key, chance)
    }

    /// Unwraps.
    ///
    /// # Errors
    /// [`Unreadable`] for another master key, another owner or changed bytes.
    pub fn unwrap(&self, owner: &str, wrapped: &[u8]) -> Result<Key, Unreadable> {
        self.0.unwrap(owner, wrapped)
    }

    /// The installation's own key for one purpose that belongs to no facility (session cookies, staff secrets).
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Key {
        self.0.derive(purpose)
    }
}

/// Writes a secret that only its owner reads: new file, mode 0400, file and folder fsynced.
///
/// # Errors
/// Those of the file system; `AlreadyExists` when the file is there.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o400);
    // A half-written key would look like a wrong one: write aside, then rename.
    let aside = path.with_extension("new");
    let _ = std::fs::remove_file(&aside);
    let mut file = options.open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if path.exists() {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(&aside, path)?;
    // Only where a folder can be opened as a file; elsewhere the system does it by itself.
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

fn refuse_open_mode(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path).map_err(Error::unavailable)?);
        if mode & 0o077 != 0 {
            return Err(Error::unavailable(format!(
                "{} may be read by others (mode {:o}): chmod 400",
                path.display(),
                mode & 0o777
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_place() {
        let chance = Chance::seeded(1);
        let key = Key::generate(&chance);
        let sealed = key.seal("patient.name/1", "田中".as_bytes(), &chance);
        assert_eq!(key.open("patient.name/1", &sealed), Ok("田中".as_bytes().to_vec()));
        assert_eq!(key.open("patient.name/2", &sealed), Err(Unreadable));
        assert_eq!(Key::generate(&chance).open("patient.name/1", &sealed), Err(Unreadable));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(key.open("patient.name/1", &changed), Err(Unreadable), "byte {place}");
        }
        assert_eq!(key.open("patient.name/1", &sealed[..5]), Err(Unreadable));
    }

    #[test]
    fn a_wrapped_key_belongs_to_its_owner() {
        let chance = Chance::seeded(2);
        let (master, key) = (MasterKey::from_bytes([9; 32]), Key::generate(&chance));
        let wrapped = master.wrap("facility/1", &key, &chance);
        assert_eq!(master.unwrap("facility/1", &wrapped).expect("opens").bytes(), key.bytes());
        assert!(master.unwrap("facility/2", &wrapped).is_err());
    }

    #[test]
    fn the_master_key_file_is_private_and_kept() {
        let folder = std::env::temp_dir().join(format!("haruka-key-{}", std::process::id()));
        let path = folder.join("master.key");
        let first = MasterKey::load_or_create(&path, &Chance::seeded(3)).expect("made");
        let again = MasterKey::load_or_create(&path, &Chance::seeded(4)).expect("read");
        assert_eq!(first.derive("x").bytes(), again.derive("x").bytes());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o400);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).expect("chmod");
            assert!(MasterKey::load_or_create(&path, &Chance::seeded(5)).is_err());
        }
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
