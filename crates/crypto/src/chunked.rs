//! Sealing of big files, in pieces and readable from anywhere: C2SP *chunked-encryption* v1 as "Cobblestone-256"
//! (HKDF-SHA-512, AES-256-GCM), <https://c2sp.org/chunked-encryption>.
//!
//! A message is a salt (24 bytes), a commitment to the key (32 bytes), then chunks of 16 KiB, each with a tag; the last
//! chunk is shorter than the others, so that a cut file is known as cut. Never append to a finished message: what
//! grows is several messages, each with its own salt.

use std::io::{Read, Seek, SeekFrom};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, hkdf};
use kernel::{Chance, Error, Result};

use crate::{Key, Unreadable};

/// Plain bytes of every chunk but the last.
pub const CHUNK_BYTES: usize = 16 * 1024;
/// Bytes before the first chunk.
pub const HEAD_BYTES: usize = SALT_BYTES + COMMITMENT_BYTES;
const SALT_BYTES: usize = 24;
const COMMITMENT_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const KEY_BYTES: usize = 32;
const SEALED_CHUNK_BYTES: u64 = (CHUNK_BYTES + TAG_BYTES) as u64;
/// Chunks that are read from the disk at a time.
const SPAN_CHUNKS: u64 = 16;
/// The format's own limit: the counter has 38 bits (4 PiB).
const CHUNKS_MAX: u64 = 1 << 38;

/// Seals one message piece by piece. What comes out is appended to the caller's `out`.
pub struct Sealer {
    cipher: Cipher,
    head: Option<[u8; HEAD_BYTES]>,
    chunk: Vec<u8>,
    next: u64,
}

impl Sealer {
    /// Begins a message under `key`. `context` says what and whose it is; it opens under the same context only.
    #[must_use]
    pub fn new(key: &Key, context: &[u8], chance: &Chance) -> Self {
        let salt: [u8; SALT_BYTES] = chance.bytes();
        let (cipher, commitment) = Cipher::derive(key, &salt, context);
        let mut head = [0; HEAD_BYTES];
        head[..SALT_BYTES].copy_from_slice(&salt);
        head[SALT_BYTES..].copy_from_slice(&commitment);
        Self { cipher, head: Some(head), chunk: Vec::with_capacity(CHUNK_BYTES), next: 0 }
    }

    /// Takes the next piece; whole chunks come out at once.
    ///
    /// # Errors
    /// `Internal` beyond 4 PiB.
    pub fn write(&mut self, mut plain: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(self.head.take().as_ref().map_or(&[], |it| it.as_slice()));
        if !self.chunk.is_empty() {
            let (fill, rest) = plain.split_at(plain.len().min(CHUNK_BYTES - self.chunk.len()));
            self.chunk.extend_from_slice(fill);
            plain = rest;
            if self.chunk.len() == CHUNK_BYTES {
                let chunk = std::mem::take(&mut self.chunk);
                self.seal(&chunk, out)?;
                self.chunk = chunk;
                self.chunk.clear();
            }
        }
        let whole = plain.chunks_exact(CHUNK_BYTES);
        let rest = whole.remainder();
        for chunk in whole {
            self.seal(chunk, out)?;
        }
        self.chunk.extend_from_slice(rest);
        Ok(())
    }

    /// Ends the message with its short last chunk.
    ///
    /// # Errors
    /// As [`Sealer::write`].
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        self.write(&[], out)?;
        let last = std::mem::take(&mut self.chunk);
        self.seal(&last, out)
    }

    fn seal(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.next >= CHUNKS_MAX {
            return Err(Error::internal("a sealed message beyond 4 PiB"));
        }
        let from = out.len();
        out.extend_from_slice(plain);
        let nonce = self.cipher.nonce(self.next);
        let tag = self
            .cipher
            .key
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut out[from..])
            .map_err(Error::internal)?;
        out.extend_from_slice(tag.as_ref());
        self.next += 1;
        Ok(())
    }
}

/// Why a sealed message cannot be read.
#[derive(Debug)]
pub enum Fault {
    /// The file cannot be read.
    Disk(std::io::Error),
    /// Another key or context, cut, or changed.
    Unreadable,
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            // Shorter than its own length says: cut while it is read.
            std::io::ErrorKind::UnexpectedEof => Self::Unreadable,
            _ => Self::Disk(error),
        }
    }
}
impl From<Unreadable> for Fault {
    fn from(_: Unreadable) -> Self {
        Self::Unreadable
    }
}
impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Disk(error) => Self::unavailable(error),
            Fault::Unreadable => Unreadable.into(),
        }
    }
}

/// Reads a sealed message at any place. Nothing comes out that was not authenticated.
pub struct Opener<R> {
    cipher: Cipher,
    source: R,
    size_bytes: u64,
    /// What was read from the disk last.
    sealed: Vec<u8>,
}

impl<R: Read + Seek> Opener<R> {
    /// Checks the commitment, and the length by opening the last chunk.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn new(key: &Key, context: &[u8], mut source: R) -> Result<Self, Fault> {
        let sealed_bytes = source.seek(SeekFrom::End(0))?;
        let size_bytes = plain_bytes(sealed_bytes)?;
        source.seek(SeekFrom::Start(0))?;
        let mut head = [0; HEAD_BYTES];
        source.read_exact(&mut head)?;
        let (salt, commitment) = head.split_at(SALT_BYTES);
        let (cipher, expected) = Cipher::derive(key, salt, context);
        constant_time::verify_slices_are_equal(&expected, commitment).map_err(|_| Fault::Unreadable)?;
        let mut opener = Self { cipher, source, size_bytes, sealed: Vec::new() };
        let last = size_bytes / CHUNK_BYTES as u64;
        opener.open(last, last + 1, 0, &mut Vec::new())?;
        Ok(opener)
    }

    /// Bytes of the plain message.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Up to `count` plain bytes from `offset` on; fewer only at the end of the message.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn read(&mut self, offset: u64, count: usize) -> Result<Vec<u8>, Fault> {
        let end = offset.saturating_add(count as u64).min(self.size_bytes);
        let count = usize::try_from(end.saturating_sub(offset)).unwrap_or(0);
        let mut out = Vec::with_capacity(count.saturating_add(CHUNK_BYTES));
        let (mut next, mut skip) = (offset / CHUNK_BYTES as u64, (offset % CHUNK_BYTES as u64) as usize);
        while out.len() < count {
            let until = end.div_ceil(CHUNK_BYTES as u64).min(next + SPAN_CHUNKS);
            self.open(next, until, std::mem::take(&mut skip), &mut out)?;
            next = until;
        }
        out.truncate(count);
        Ok(out)
    }

    /// Appends the chunks from `first` to before `until`, the first of them without its first `skip` bytes.
    fn open(&mut self, first: u64, until: u64, mut skip: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        let plain = self.size_bytes.min(until * CHUNK_BYTES as u64) - first * CHUNK_BYTES as u64;
        let sealed = plain as usize + (until - first) as usize * TAG_BYTES;
        self.sealed.resize(sealed, 0);
        self.source.seek(SeekFrom::Start(HEAD_BYTES as u64 + first * SEALED_CHUNK_BYTES))?;
        self.source.read_exact(&mut self.sealed)?;
        let Self { cipher, sealed, .. } = self;
        for (index, chunk) in (first..until).zip(sealed.chunks_mut(CHUNK_BYTES + TAG_BYTES)) {
            let nonce = cipher.nonce(index);
            if skip > 0 {
                let chunk = cipher.key.open_in_place(nonce, Aad::empty(), chunk).map_err(|_| Fault::Unreadable)?;
                out.extend_from_slice(chunk.get(std::mem::take(&mut skip)..).ok_or(Fault::Unreadable)?);
                continue;
            }
            let (chunk, tag) = chunk.split_at(chunk.len() - TAG_BYTES);
            let from = out.len();
            out.resize(from + chunk.len(), 0);
            let opened = cipher.key.open_separate_gather(nonce, Aad::empty(), chunk, tag, &mut out[from..]);
            opened.map_err(|_| Fault::Unreadable)?;
        }
        Ok(())
    }
}

/// Bytes of the plain message in a sealed one of this length.
///
/// # Errors
/// [`Unreadable`] for a length that no message has: cut at the end of a chunk or inside a tag.
pub fn plain_bytes(sealed_bytes: u64) -> Result<u64, Unreadable> {
    let chunks = sealed_bytes.checked_sub(HEAD_BYTES as u64).ok_or(Unreadable)?;
    let last = (chunks % SEALED_CHUNK_BYTES).checked_sub(TAG_BYTES as u64).ok_or(Unreadable)?;
    let whole = chunks / SEALED_CHUNK_BYTES;
    if whole >= CHUNKS_MAX {
        return Err(Unreadable);
    }
    Ok(whole * CHUNK_BYTES as u64 + last)
}

/// Bytes of the sealed message of this length.
#[must_use]
pub const fn sealed_bytes(plain_bytes: u64) -> u64 {
    HEAD_BYTES as u64 + plain_bytes + (plain_bytes / CHUNK_BYTES as u64 + 1) * TAG_BYTES as u64
}

/// The key and nonces of one message.
struct Cipher {
    key: LessSafeKey,
    base_nonce: [u8; NONCE_BYTES],
}

impl Cipher {
    #[allow(
        clippy::expect_used,
        reason = "76 bytes are below what HKDF gives, and the key has the length of the cipher"
    )]
    fn derive(key: &Key, salt: &[u8], context: &[u8]) -> (Self, [u8; COMMITMENT_BYTES]) {
        /// The length that HKDF is asked for.
        struct Wanted;
        impl hkdf::KeyType for Wanted {
            fn len(&self) -> usize {
                KEY_BYTES + NONCE_BYTES + COMMITMENT_BYTES
            }
        }
        // The format leaves HKDF's first half out: the key is uniformly random already.
        let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA512, key.bytes());
        let info: &[&[u8]] = &[b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0", salt, context];
        let mut out = [0; KEY_BYTES + NONCE_BYTES + COMMITMENT_BYTES];
        prk.expand(info, Wanted).and_then(|okm| okm.fill(&mut out)).expect("76 bytes");
        let (key, rest) = out.split_at(KEY_BYTES);
        let (nonce, commitment) = rest.split_at(NONCE_BYTES);
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes"));
        let mut base_nonce = [0; NONCE_BYTES];
        base_nonce.copy_from_slice(nonce);
        let mut committed = [0; COMMITMENT_BYTES];
        committed.copy_from_slice(commitment);
        (Self { key, base_nonce }, committed)
    }

    fn nonce(&self, index: u64) -> Nonce {
        let mut nonce = self.base_nonce;
        nonce[NONCE_BYTES - 8..].iter_mut().zip(index.to_be_bytes()).for_each(|(place, it)| *place ^= it);
        Nonce::assume_unique_for_key(nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const CONTEXT: &[u8] = b"haruka fixture";
    /// Made by another program, see `fixtures/make_chunked.py`.
    const FIXTURES: [(usize, &[u8]); 5] = [
        (0, include_bytes!("../../../fixtures/chunked/0.sealed")),
        (5, include_bytes!("../../../fixtures/chunked/5.sealed")),
        (16383, include_bytes!("../../../fixtures/chunked/16383.sealed")),
        (16384, include_bytes!("../../../fixtures/chunked/16384.sealed")),
        (40000, include_bytes!("../../../fixtures/chunked/40000.sealed")),
    ];

    fn key() -> Key {
        Key::from_bytes(std::array::from_fn(|it| it as u8))
    }

    fn plain(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|it| ((7 * it + it / 256) % 256) as u8).collect()
    }

    fn read_all(key: &Key, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        Opener::new(key, context, Cursor::new(sealed)).ok()?.read(0, usize::MAX).ok()
    }

    #[test]
    fn we_read_what_another_program_sealed() {
        for (bytes, sealed) in FIXTURES {
            assert_eq!(read_all(&key(), CONTEXT, sealed).as_ref(), Some(&plain(bytes)), "{bytes} bytes");
            assert_eq!(sealed_bytes(bytes as u64), sealed.len() as u64);
        }
    }

    #[test]
    fn with_the_same_salt_we_seal_byte_for_byte_the_same() {
        for (bytes, sealed) in FIXTURES {
            let salt: [u8; SALT_BYTES] = sealed[..SALT_BYTES].try_into().expect("a salt");
            let chance = Chance::new(move |out| out.copy_from_slice(&salt));
            for piece in [1000, CHUNK_BYTES, 100_000] {
                let (mut sealer, mut out) = (Sealer::new(&key(), CONTEXT, &chance), Vec::new());
                plain(bytes).chunks(piece).for_each(|it| sealer.write(it, &mut out).expect("sealed"));
                sealer.finish(&mut out).expect("finished");
                assert!(out == sealed, "{bytes} bytes in pieces of {piece}");
            }
        }
    }

    #[test]
    fn any_range_is_read_alone() {
        let (bytes, sealed) = FIXTURES[4];
        let mut opener = Opener::new(&key(), CONTEXT, Cursor::new(sealed)).expect("opens");
        assert_eq!(opener.size_bytes(), bytes as u64);
        let all = plain(bytes);
        for (from, to) in [(0, 1), (16383, 16385), (16384, 32768), (39999, 40000), (100, 39000), (40000, 40000)] {
            assert_eq!(opener.read(from as u64, to - from).expect("read"), all[from..to], "{from}..{to}");
        }
        assert_eq!(opener.read(39990, 100).expect("read"), all[39990..], "beyond the end");
        assert_eq!(opener.read(u64::MAX, 10).expect("read"), Vec::<u8>::new());
    }

    #[test]
    fn a_cut_message_is_known_as_cut() {
        let (_, sealed) = FIXTURES[4];
        for bytes in [0, 24, 55, 56, 57, 71, 72, 16456, 16472, 16473, sealed.len() - 1] {
            assert_eq!(read_all(&key(), CONTEXT, &sealed[..bytes]), None, "{bytes} bytes");
        }
        let longer = [sealed, &[0]].concat();
        assert_eq!(read_all(&key(), CONTEXT, &longer), None);
    }

    #[test]
    fn swapped_chunks_and_changed_bytes_are_found() {
        let (_, sealed) = FIXTURES[4];
        let (first, second) = (HEAD_BYTES, HEAD_BYTES + CHUNK_BYTES + TAG_BYTES);
        let mut swapped = sealed.to_vec();
        swapped[first..second].copy_from_slice(&sealed[second..2 * second - first]);
        swapped[second..2 * second - first].copy_from_slice(&sealed[first..second]);
        assert_eq!(read_all(&key(), CONTEXT, &swapped), None);
        for place in [0, 23, 24, 55, 56, 20_000, sealed.len() - 1] {
            let mut changed = sealed.to_vec();
            changed[place] ^= 1;
            assert_eq!(read_all(&key(), CONTEXT, &changed), None, "byte {place}");
        }
    }

    #[test]
    fn another_key_or_context_opens_nothing() {
        let (_, sealed) = FIXTURES[1];
        assert_eq!(read_all(&Key::from_bytes([1; 32]), CONTEXT, sealed), None);
        assert_eq!(read_all(&key(), b"another", sealed), None);
    }

    #[test]
    fn every_message_has_its_own_salt() {
        let chance = Chance::seeded(1);
        let seal = || {
            let (mut out, mut sealer) = (Vec::new(), Sealer::new(&key(), CONTEXT, &chance));
            sealer.write(b"the same", &mut out).expect("sealed");
            sealer.finish(&mut out).expect("finished");
            out
        };
        assert_ne!(seal()[..SALT_BYTES], seal()[..SALT_BYTES]);
    }
}
