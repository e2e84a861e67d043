//! A DICOM file (PS3.10 7.1): 128 bytes of anything, `DICM`, the file's own header, then the data set.

use super::{Broken, Event, Fault, Scanner, Tag, Vr};

const PREAMBLE_BYTES: usize = 132;
/// The longest element of a file's own header: a private one may be long, and no honest one is longer.
const HEADER_VALUE_BYTES_MAX: usize = 64 * 1024;

/// Reads one file as it streams in. Offsets of events count from the beginning of the data set.
#[derive(Debug)]
pub struct File {
    part: Part,
    offset: u64,
    held: Vec<u8>,
    transfer_syntax: String,
    beginning: Option<Beginning>,
}

/// How the data set begins in the piece in which that was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// Its first bytes, which may have come with earlier pieces.
    pub held: Vec<u8>,
    /// How many bytes at the end of the piece follow them.
    pub rest: usize,
}

#[derive(Debug)]
enum Part {
    Preamble,
    Header,
    DataSet(Box<Scanner>),
}

impl Default for File {
    fn default() -> Self {
        Self { part: Part::Preamble, offset: 0, held: Vec::new(), transfer_syntax: String::new(), beginning: None }
    }
}

impl File {
    /// Takes the next `piece`, and tells `tell` what was met in the data set.
    ///
    /// # Errors
    /// [`Fault`], after which nothing more will come.
    pub fn feed(&mut self, mut piece: &[u8], tell: &mut impl FnMut(Event<'_>)) -> Result<(), Fault> {
        loop {
            match &mut self.part {
                Part::DataSet(scanner) => return scanner.feed(piece, tell),
                Part::Preamble => {
                    if !self.hold(&mut piece, PREAMBLE_BYTES) {
                        return Ok(());
                    }
                    if !self.held.ends_with(b"DICM") {
                        return Err(Fault { offset: 128, what: Broken::NotDicom });
                    }
                    self.pass();
                    self.part = Part::Header;
                }
                Part::Header => {
                    let Some(whole) = self.element(&mut piece)? else { return Ok(()) };
                    if whole {
                        self.pass();
                        continue;
                    }
                    if self.transfer_syntax.is_empty() {
                        return Err(self.fault(Broken::NotDicom));
                    }
                    let mut scanner = Box::new(Scanner::new(&self.transfer_syntax));
                    let held = std::mem::take(&mut self.held);
                    scanner.feed(&held, tell)?;
                    self.beginning = Some(Beginning { held, rest: piece.len() });
                    self.part = Part::DataSet(scanner);
                }
            }
        }
    }

    /// Says that nothing follows.
    ///
    /// # Errors
    /// [`Broken::NotDicom`] for a file too short to be one; [`Broken::Truncated`] in the middle of something.
    pub fn finish(self, tell: &mut impl FnMut(Event<'_>)) -> Result<(), Fault> {
        match self.part {
            Part::Preamble => Err(self.fault(Broken::NotDicom)),
            Part::Header => Err(self.fault(Broken::Truncated)),
            Part::DataSet(scanner) => scanner.finish(tell),
        }
    }

    /// How the data set is written; empty until the file's own header was read.
    #[must_use]
    pub fn transfer_syntax(&self) -> &str {
        &self.transfer_syntax
    }

    /// How the data set begins, told once: by the piece that was fed last.
    pub fn take_beginning(&mut self) -> Option<Beginning> {
        self.beginning.take()
    }

    /// Where the data set begins, once that is known.
    #[must_use]
    pub fn data_set_offset(&self) -> Option<u64> {
        matches!(self.part, Part::DataSet(_)).then_some(self.offset)
    }

    /// Gathers one element of the header: whether it is whole, or the header has ended; nothing while bytes are missing.
    fn element(&mut self, piece: &mut &[u8]) -> Result<Option<bool>, Fault> {
        // The header ends before the first element of another group: its written length is often wrong. A deflated data
        // set could only look like group 2 by beginning with an empty block, which no encoder writes.
        if !self.hold(piece, 8) {
            return Ok(None);
        }
        if self.held[..2] != [0x02, 0x00] {
            return Ok(Some(false));
        }
        let vr = Vr::parse([self.held[4], self.held[5]]).ok_or(self.fault(Broken::NoVr))?;
        let (head, length) = if vr.is_short() {
            (8, usize::from(u16::from_le_bytes([self.held[6], self.held[7]])))
        } else {
            if !self.hold(piece, 12) {
                return Ok(None);
            }
            (12, u32::from_le_bytes([self.held[8], self.held[9], self.held[10], self.held[11]]) as usize)
        };
        if length > HEADER_VALUE_BYTES_MAX {
            return Err(self.fault(Broken::Length));
        }
        if !self.hold(piece, head + length) {
            return Ok(None);
        }
        if Tag(2, u16::from_le_bytes([self.held[2], self.held[3]])) == Tag::TRANSFER_SYNTAX {
            let value = String::from_utf8_lossy(&self.held[head..]);
            value.trim_end_matches(['\0', ' ']).clone_into(&mut self.transfer_syntax);
        }
        Ok(Some(true))
    }

    /// Gathers `count` bytes; whether they are whole.
    fn hold(&mut self, piece: &mut &[u8], count: usize) -> bool {
        let wanted = count.saturating_sub(self.held.len()).min(piece.len());
        self.held.extend_from_slice(&piece[..wanted]);
        *piece = &piece[wanted..];
        self.held.len() >= count
    }

    fn pass(&mut self) {
        self.offset += self.held.len() as u64;
        self.held.clear();
    }

    fn fault(&self, what: Broken) -> Fault {
        Fault { offset: self.offset, what }
    }
}
