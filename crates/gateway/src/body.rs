//! The body of a store request: files made of sealed blobs as they are read, never held as a whole.

use std::collections::VecDeque;
use std::io::{self, Read};

use blobs::Reader;

/// Read at a time.
const PIECE_BYTES: usize = 256 * 1024;

enum Part {
    Bytes { bytes: Vec<u8>, at: usize },
    Blob { reader: Reader, at: u64 },
}

/// Parts one after the other.
#[derive(Default)]
pub(crate) struct Body {
    parts: VecDeque<Part>,
    size_bytes: u64,
    held: Vec<u8>,
    held_at: usize,
}

impl Body {
    pub(crate) fn bytes(&mut self, bytes: Vec<u8>) {
        self.size_bytes += bytes.len() as u64;
        self.parts.push_back(Part::Bytes { bytes, at: 0 });
    }

    pub(crate) fn blob(&mut self, reader: Reader) {
        self.size_bytes += reader.size_bytes();
        self.parts.push_back(Part::Blob { reader, at: 0 });
    }

    /// Bytes of all parts.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Read for Body {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.held_at < self.held.len() {
                let count = out.len().min(self.held.len() - self.held_at);
                out[..count].copy_from_slice(&self.held[self.held_at..self.held_at + count]);
                self.held_at += count;
                return Ok(count);
            }
            match self.parts.front_mut() {
                None => return Ok(0),
                Some(Part::Bytes { bytes, at }) => {
                    let count = out.len().min(bytes.len() - *at);
                    out[..count].copy_from_slice(&bytes[*at..*at + count]);
                    *at += count;
                    if *at == bytes.len() {
                        self.parts.pop_front();
                    }
                    if count > 0 || out.is_empty() {
                        return Ok(count);
                    }
                }
                Some(Part::Blob { reader, at }) => {
                    let piece = reader.read(*at, PIECE_BYTES).map_err(io::Error::other)?;
                    *at += piece.len() as u64;
                    if piece.is_empty() {
                        self.parts.pop_front();
                    }
                    self.held = piece;
                    self.held_at = 0;
                }
            }
        }
    }
}
