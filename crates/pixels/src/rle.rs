//! Run lengths (PS3.5 annex G): each byte of a sample is a plane of its own, packed like `PackBits`.

use crate::{Description, Fault, Samples};

const HEADER_BYTES: usize = 64;
/// Longest run and longest literal of one packet.
const PACKET_MAX: usize = 128;

/// Decodes one frame. RLE keeps every bit of the allocated ones, used or not.
pub(crate) fn decode(frame: &[u8], it: &Description) -> Result<Samples, Fault> {
    let (header, _) = frame.split_first_chunk::<HEADER_BYTES>().ok_or(Fault::Truncated)?;
    let mut words = header.as_chunks::<4>().0.iter().map(|it| u32::from_le_bytes(*it) as usize);
    let size = usize::from(it.bits_allocated / 8);
    let segments = size * usize::from(it.samples_per_pixel);
    if size == 0 || words.next() != Some(segments) || segments > 15 {
        return Err(Fault::Mismatch("the number of run-length planes"));
    }
    let starts: Vec<usize> = words.take(segments).collect();
    let mut bytes = vec![0; it.samples() * size];
    for (segment, start) in starts.iter().enumerate() {
        let end = starts.get(segment + 1).copied().unwrap_or(frame.len()).min(frame.len());
        if *start < HEADER_BYTES || *start > end {
            return Err(Fault::Malformed("run-length planes overlap"));
        }
        // The most significant byte comes first; native samples are little endian.
        let (sample, byte) = (segment / size, segment % size);
        unpack(&frame[*start..end], &mut bytes, sample * size + (size - 1 - byte), segments, it.pixels())?;
    }
    let mut description = Description { frames: 1, planar: false, ..*it };
    if description.interpretation == crate::Interpretation::YbrFull422 {
        // Run lengths know no halved colours; files that say so hold three full planes.
        description.interpretation = crate::Interpretation::YbrFull;
    }
    Ok(Samples { description, bytes })
}

/// Unpacks `count` bytes into every `stride`th place from `place`.
fn unpack(mut packed: &[u8], out: &mut [u8], mut place: usize, stride: usize, mut count: usize) -> Result<(), Fault> {
    while count > 0 {
        let (head, rest) = packed.split_first().ok_or(Fault::Truncated)?;
        packed = rest;
        let head = head.cast_signed();
        if head >= 0 {
            let wanted = usize::from(head.unsigned_abs()) + 1;
            let literal = packed.get(..wanted).ok_or(Fault::Truncated)?;
            packed = &packed[wanted..];
            for byte in literal.iter().take(count) {
                out[place] = *byte;
                place += stride;
            }
            count -= wanted.min(count);
        } else if head != i8::MIN {
            let (byte, rest) = packed.split_first().ok_or(Fault::Truncated)?;
            packed = rest;
            let run = (usize::from(head.unsigned_abs()) + 1).min(count);
            for _ in 0..run {
                out[place] = *byte;
                place += stride;
            }
            count -= run;
        }
    }
    Ok(())
}

/// Encodes one frame. Packets end with the row, as the standard wants.
pub(crate) fn encode(samples: &Samples) -> Result<Vec<u8>, Fault> {
    let it = &samples.description;
    let size = usize::from(it.bits_allocated / 8);
    let segments = size * usize::from(it.samples_per_pixel);
    if size == 0 || segments > 15 {
        return Err(Fault::Unsupported("run lengths of single bits"));
    }
    let columns = usize::from(it.columns);
    let mut out = vec![0; HEADER_BYTES];
    out[..4].copy_from_slice(&u32::try_from(segments).map_err(|_| Fault::TooLarge)?.to_le_bytes());
    let mut row = vec![0; columns];
    for segment in 0..segments {
        let start = u32::try_from(out.len()).map_err(|_| Fault::TooLarge)?;
        out[4 + segment * 4..8 + segment * 4].copy_from_slice(&start.to_le_bytes());
        let place = segment / size * size + (size - 1 - segment % size);
        for line in samples.bytes.chunks_exact(columns * segments) {
            for (byte, pixel) in row.iter_mut().zip(line.chunks_exact(segments)) {
                *byte = pixel[place];
            }
            pack(&row, &mut out);
        }
        if out.len() % 2 == 1 {
            out.push(0);
        }
    }
    Ok(out)
}

fn pack(row: &[u8], out: &mut Vec<u8>) {
    let run_at = |from: usize| row[from..].iter().take(PACKET_MAX).take_while(|it| **it == row[from]).count();
    let literal = |out: &mut Vec<u8>, bytes: &[u8]| {
        for part in bytes.chunks(PACKET_MAX) {
            out.push((part.len() - 1) as u8);
            out.extend_from_slice(part);
        }
    };
    let (mut at, mut waiting) = (0, 0);
    while at < row.len() {
        let run = run_at(at);
        // A run of two inside a literal saves nothing.
        if run >= 3 || (run == 2 && waiting == at) {
            literal(out, &row[waiting..at]);
            out.extend([(257 - run) as u8, row[at]]);
            at += run;
            waiting = at;
        } else {
            at += run;
        }
    }
    literal(out, &row[waiting..]);
}
