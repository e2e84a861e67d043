//! A copy in one ZIP file, made while it goes out. With a password its contents are encrypted as WinZip and 7-Zip do it
//! (AES-256, AE-2); names and sizes of the files in it stay readable, and name nobody.

use std::io::Write;

use kernel::{Chance, Error, Result};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{AesMode, CompressionMethod, ZipWriter};

use super::Sink;

/// Compressed a little and fast: native pixels shrink by half, and the disk is slower than this. Stored without compression
/// would be faster still, but several programs cannot open stored files whose length stands behind them.
const LEVEL: i64 = 1;
/// From this size on a file gets the longer form for four gigabytes and more. Some is left for what a copy grows by.
const LARGE_BYTES: u64 = 3 << 30;

/// What opens an encrypted copy.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Password")
    }
}

impl Password {
    /// Characters at least. Whoever has the file can try as often as they like.
    pub const CHARACTERS_MIN: usize = 12;
    /// Characters at most: what unpacking programs let one type.
    pub const CHARACTERS_MAX: usize = 99;

    /// One that somebody has chosen: printable ASCII, because programs disagree on the bytes of other letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|it| (b' '..=b'~').contains(&it)) && text.trim() == text;
        ((Self::CHARACTERS_MIN..=Self::CHARACTERS_MAX).contains(&text.len()) && plain).then(|| Self(text.to_owned()))
    }

    /// A new one of about 98 bits, without letters that look or sound alike: it is told by telephone, or written on paper.
    #[must_use]
    pub fn suggest(chance: &Chance) -> Self {
        const LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
        let letter = |it: &u8| char::from(LETTERS[usize::from(*it) % LETTERS.len()]);
        let groups = chance.bytes::<20>();
        let groups: Vec<String> = groups.chunks(5).map(|it| it.iter().map(letter).collect()).collect();
        Self(groups.join("-"))
    }

    /// To show it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The ZIP file.
pub struct Archive<W: Write> {
    zip: Option<ZipWriter<StreamWriter<W>>>,
    password: Option<Password>,
}

impl<W: Write> Archive<W> {
    /// One that is written to `out`.
    pub fn new(out: W, password: Option<Password>) -> Self {
        Self { zip: Some(ZipWriter::new_stream(out)), password }
    }

    fn zip(&mut self) -> Result<&mut ZipWriter<StreamWriter<W>>> {
        self.zip.as_mut().ok_or_else(|| Error::internal("a ZIP file that is closed"))
    }
}

impl<W: Write> Sink for Archive<W> {
    fn begin(&mut self, place: &[&str], about_bytes: u64) -> Result<()> {
        let plain = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .large_file(about_bytes >= LARGE_BYTES);
        let password = self.password.clone();
        let options = match &password {
            Some(password) => plain.with_aes_encryption(AesMode::Aes256, password.as_str()),
            None => plain,
        };
        self.zip()?.start_file(place.join("/"), options).map_err(Error::unavailable)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.zip()?.write_all(bytes).map_err(Error::unavailable)
    }

    fn end(&mut self) -> Result<()> {
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let zip = self.zip.take().ok_or_else(|| Error::internal("a ZIP file that is closed"))?;
        let mut out = zip.finish().map_err(Error::unavailable)?.into_inner();
        out.flush().map_err(Error::unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_means_the_same_to_every_program() {
        let cases = [
            ("correct horse battery", true),
            ("twelve-chars", true),
            ("eleven-char", false),
            ("", false),
            ("パスワードは十二文字以上です", false),
            (" twelve-chars", false),
            ("twelve\tchars!", false),
        ];
        for (text, good) in cases {
            assert_eq!(Password::parse(text).is_some(), good, "{text:?}");
        }
        assert!(Password::parse(&"x".repeat(99)).is_some() && Password::parse(&"x".repeat(100)).is_none());
    }

    #[test]
    fn a_suggested_password_can_be_read_aloud() {
        let chance = Chance::seeded(7);
        let (one, other) = (Password::suggest(&chance), Password::suggest(&chance));
        assert_ne!(one, other);
        assert_eq!(Password::parse(one.as_str()), Some(one.clone()));
        assert_eq!(one.as_str().split('-').map(str::len).collect::<Vec<_>>(), [5; 4]);
        assert!(!one.as_str().contains(['0', 'o', '1', 'l', 'i']), "{}", one.as_str());
    }
}
