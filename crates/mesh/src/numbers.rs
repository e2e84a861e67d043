//! Bytes taken one after the other, lines with their limits, and numbers as text.

use kernel::Words;

use crate::limits;
use crate::report::{Broken, Place};

/// Bytes, from a place on; what is not there is [`Broken::cut`].
pub(crate) struct Bytes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(crate) fn place(&self) -> Place {
        Place::Byte(self.at as u64)
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Broken> {
        let end = self.at.checked_add(count).filter(|it| *it <= self.bytes.len());
        let Some(end) = end else { return Err(Broken::cut(self.bytes.len())) };
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    pub(crate) fn skip(&mut self, count: usize) -> Result<(), Broken> {
        self.take(count).map(|_| ())
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let end = self.bytes.len();
        self.take(N)?.try_into().map_err(|_| Broken::cut(end))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Broken> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Broken> {
        self.array().map(u32::from_le_bytes)
    }
}

/// Lines, each with its number from one; an end of line is LF, CR LF or CR.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    number: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, number: 0 }
    }

    pub(crate) fn place(&self) -> Place {
        Place::Line(self.number)
    }

    /// What comes after the lines that were taken.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next line without its end, or nothing at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<&'a [u8]>, Broken> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let within = &self.rest[..self.rest.len().min(limits::LINE_BYTES_MAX + 1)];
        let end = within.iter().position(|it| matches!(it, b'\n' | b'\r')).unwrap_or(within.len());
        let Some(end) = Some(end).filter(|it| *it <= limits::LINE_BYTES_MAX) else {
            let what = Words::new("1行のバイト数", "bytes in one line");
            return Err(Broken::too_many(&what, limits::LINE_BYTES_MAX, self.place()));
        };
        let line = &self.rest[..end];
        let rest = &self.rest[end..];
        self.rest = rest.strip_prefix(b"\r\n").unwrap_or_else(|| rest.get(1..).unwrap_or_default());
        Ok(Some(line))
    }
}

/// The words of a line.
pub(crate) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|it| matches!(it, b' ' | b'\t' | 0x0b | 0x0c)).filter(|it| !it.is_empty())
}

/// A number as text; NaN and infinity are numbers here and counted later.
pub(crate) fn float(word: Option<&[u8]>, place: Place) -> Result<f32, Broken> {
    let parsed = word.and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| it.parse().ok());
    parsed.ok_or_else(|| {
        Broken::new(
            Words::new("座標があるはずの場所に数値がありません。", "There is no number where a coordinate should be."),
            place,
        )
    })
}

/// A whole number as text.
pub(crate) fn whole(word: Option<&[u8]>, place: Place) -> Result<i64, Broken> {
    let parsed = word.and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| it.parse().ok());
    parsed.ok_or_else(|| {
        Broken::new(
            Words::new("整数があるはずの場所に整数がありません。", "There is no whole number where one should be."),
            place,
        )
    })
}

/// The index of a vertex among `count`, or what is wrong with it.
pub(crate) fn index(value: i64, count: usize, place: Place) -> Result<u32, Broken> {
    let found = usize::try_from(value).ok().filter(|it| *it < count).and_then(|it| u32::try_from(it).ok());
    found.ok_or_else(|| {
        Broken::new(
            Words::made(
                format!("面が存在しない頂点（{value}番、頂点は{count}個）を指しています。"),
                format!("A face names vertex {value}, and there are {count}."),
            ),
            place,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_three_ways() {
        let mut lines = Lines::new(b"a\r\nb\rc\n\nd");
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(String::from_utf8_lossy(line).into_owned());
        }
        assert_eq!(all, ["a", "b", "c", "", "d"]);
        assert_eq!(lines.place(), Place::Line(5));
    }

    #[test]
    fn a_line_has_a_limit() {
        let long = vec![b'x'; limits::LINE_BYTES_MAX + 1];
        assert!(Lines::new(&long).next().is_err());
        assert!(Lines::new(&long[1..]).next().is_ok());
    }
}
