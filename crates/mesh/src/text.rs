//! Words and numbers of text files, with the place of each.

use crate::{Fault, FaultKind, Place};

/// A word of text and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    pub(crate) line: u64,
}

impl Word<'_> {
    pub(crate) fn is(&self, word: &str) -> bool {
        self.bytes.eq_ignore_ascii_case(word.as_bytes())
    }

    pub(crate) fn place(&self) -> Place {
        Place { length: Some(self.bytes.len() as u64), ..Place::line(self.line, self.at) }
    }

    pub(crate) fn fault(&self, kind: FaultKind) -> Fault {
        Fault::new(kind, self.place())
    }

    pub(crate) fn number(&self, commas: &mut u64) -> Result<f64, Fault> {
        number(self.bytes, commas).ok_or_else(|| self.fault(FaultKind::Number))
    }
}

/// Reads words one after the other. Lines end with LF, CR LF or (of old) CR.
#[derive(Debug, Clone)]
pub(crate) struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Words<'a> {
    /// From the byte `at` on, which lies in `line`.
    pub(crate) fn new(bytes: &'a [u8], at: usize, line: u64) -> Self {
        Self { bytes, at, line }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Bytes that are left.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(crate) fn here(&self) -> Place {
        Place::line(self.line, self.at)
    }

    /// The next word on this line or a later one.
    pub(crate) fn word(&mut self) -> Option<Word<'a>> {
        loop {
            if let Some(word) = self.word_on_line() {
                return Some(word);
            }
            if !self.next_line() {
                return None;
            }
        }
    }

    /// The next word, if one is left on this line.
    pub(crate) fn word_on_line(&mut self) -> Option<Word<'a>> {
        while self.bytes.get(self.at).is_some_and(|it| matches!(it, b' ' | b'\t' | 0x0B | 0x0C | 0)) {
            self.at += 1;
        }
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|it| matches!(it, b' ' | b'\t' | 0x0B | 0x0C | 0 | b'\r' | b'\n'))
            .unwrap_or(rest.len());
        let word = Word { bytes: &rest[..length], at: self.at, line: self.line };
        self.at += length;
        (length > 0).then_some(word)
    }

    /// What is left of this line, without the blanks around it.
    pub(crate) fn rest_of_line(&mut self) -> Word<'a> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|it| matches!(it, b'\r' | b'\n')).unwrap_or(rest.len());
        let bytes = rest[..length].trim_ascii();
        let before = rest[..length].len() - rest[..length].trim_ascii_start().len();
        let word = Word { bytes, at: self.at + before, line: self.line };
        self.at += length;
        word
    }

    /// Steps over the end of this line; `false` at the end of the file.
    pub(crate) fn next_line(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        let Some(length) = rest.iter().position(|it| matches!(it, b'\r' | b'\n')) else {
            self.at = self.bytes.len();
            return false;
        };
        let pair = rest[length] == b'\r' && rest.get(length + 1) == Some(&b'\n');
        self.at += length + 1 + usize::from(pair);
        self.line += 1;
        true
    }
}

/// A number as programs of any country and age write it; `commas` counts those with a decimal comma.
///
/// What is no number on purpose (`nan`, `1.#QNAN`, `inf`) is read as such: the check tells where it stands.
pub(crate) fn number(bytes: &[u8], commas: &mut u64) -> Option<f64> {
    let text = std::str::from_utf8(bytes).ok()?;
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    // What Microsoft's library wrote until 2015.
    let bare = text.trim_start_matches(['-', '+']).to_ascii_uppercase();
    if ["1.#QNAN", "1.#SNAN", "1.#IND", "1.#NAN"].iter().any(|it| bare.starts_with(it)) {
        return Some(f64::NAN);
    }
    if bare.starts_with("1.#INF") {
        return Some(f64::INFINITY);
    }
    if text.matches(',').count() == 1 && !text.contains('.') {
        let number = text.replace(',', ".").parse().ok()?;
        *commas += 1;
        return Some(number);
    }
    None
}
