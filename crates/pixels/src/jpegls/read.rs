//! Reading a JPEG-LS picture.

use super::bits::Reader;
use super::context::{J, Model};
use super::header::{Frame, Order, Scan, next_scan};
use crate::decode::{Picture, same_size};
use crate::{Description, Fault};

/// Two rows of one component, with a sample more on each side: the row above and the one that arises.
#[derive(Clone)]
pub(super) struct Rows {
    pub(super) above: Vec<i32>,
    pub(super) line: Vec<i32>,
}

impl Rows {
    pub(super) fn new(columns: usize) -> Self {
        Self { above: vec![0; columns + 2], line: vec![0; columns + 2] }
    }

    /// Turns to the next row. Its left edge is the sample above; above, the right edge repeats (A.2.1).
    pub(super) fn turn(&mut self) {
        std::mem::swap(&mut self.above, &mut self.line);
        let columns = self.above.len() - 2;
        self.above[columns + 1] = self.above[columns];
        self.line[0] = self.above[1];
    }
}

/// Decodes one picture.
pub(crate) fn decode(stream: &[u8], it: &Description) -> Result<Picture, Fault> {
    let mut frame = Frame::default();
    let mut scan = next_scan(stream, 2, &mut frame)?;
    same_size(it, frame.columns, frame.rows, frame.components)?;
    if frame.restart != 0 {
        return Err(Fault::Unsupported("restarts in JPEG-LS"));
    }
    let mut values = vec![0; frame.columns * frame.rows * frame.components];
    let mut done = 0;
    loop {
        let at = scan.data + read_scan(&stream[scan.data..], &frame, &scan, done, &mut values)?;
        done += scan.components;
        if done >= frame.components {
            break;
        }
        scan = next_scan(stream, at, &mut frame)?;
        if scan.order != Order::Alone {
            return Err(Fault::Malformed("a component twice"));
        }
    }
    let (columns, rows) = (frame.columns, frame.rows);
    Ok(Picture { columns, rows, components: frame.components, precision: frame.precision, values, colours: None })
}

fn read_scan(data: &[u8], frame: &Frame, scan: &Scan, first: usize, values: &mut [u16]) -> Result<usize, Fault> {
    let mut bits = Reader::new(data);
    let mut model = Model::new(frame.precision, scan.near, &frame.presets)?;
    let mut rows = vec![Rows::new(frame.columns); scan.components];
    let mut runs = vec![0_usize; scan.components];
    for pixels in values.chunks_exact_mut(frame.columns * frame.components) {
        rows.iter_mut().for_each(Rows::turn);
        if scan.order == Order::BySample {
            line_by_sample(&mut bits, &mut model, &mut rows, &mut runs[0])?;
        } else {
            for (rows, run) in rows.iter_mut().zip(&mut runs) {
                line(&mut bits, &mut model, rows, run)?;
            }
        }
        for (component, rows) in rows.iter().enumerate() {
            let places = pixels.iter_mut().skip(first + component).step_by(frame.components);
            places.zip(&rows.line[1..]).for_each(|(to, from)| *to = *from as u16);
        }
    }
    Ok(bits.end())
}

fn line(bits: &mut Reader<'_>, model: &mut Model, rows: &mut Rows, run: &mut usize) -> Result<(), Fault> {
    let columns = rows.line.len() - 2;
    let (above, line) = (&rows.above[..columns + 2], &mut rows.line[..columns + 2]);
    let mut x = 1;
    while x <= columns {
        let (left, up, corner, right) = (line[x - 1], above[x], above[x - 1], above[x + 1]);
        let (number, turned) = model.context(left, up, corner, right);
        if number != 0 {
            line[x] = regular(bits, model, number, turned, (left, up, corner))?;
            x += 1;
            continue;
        }
        let length = run_length(bits, run, columns + 1 - x)?;
        line[x..x + length].fill(left);
        x += length;
        if x <= columns {
            let up = above[x];
            let kind = usize::from((left - up).abs() <= model.near);
            let error = run_error(bits, model, kind, *run)?;
            line[x] = if kind == 1 {
                model.rebuild(left, error)
            } else {
                model.rebuild(up, if left > up { -error } else { error })
            };
            *run = run.saturating_sub(1);
            x += 1;
        }
    }
    Ok(())
}

fn line_by_sample(bits: &mut Reader<'_>, model: &mut Model, rows: &mut [Rows], run: &mut usize) -> Result<(), Fault> {
    let columns = rows[0].line.len() - 2;
    let mut x = 1;
    while x <= columns {
        let around = |it: &Rows| (it.line[x - 1], it.above[x], it.above[x - 1], it.above[x + 1]);
        let flat =
            rows.iter().map(around).all(|(left, up, corner, right)| model.context(left, up, corner, right).0 == 0);
        if !flat {
            for rows in &mut *rows {
                let (left, up, corner, right) = (rows.line[x - 1], rows.above[x], rows.above[x - 1], rows.above[x + 1]);
                let (number, turned) = model.context(left, up, corner, right);
                rows.line[x] = regular(bits, model, number, turned, (left, up, corner))?;
            }
            x += 1;
            continue;
        }
        let length = run_length(bits, run, columns + 1 - x)?;
        for rows in &mut *rows {
            let left = rows.line[x - 1];
            rows.line[x..x + length].fill(left);
        }
        x += length;
        if x <= columns {
            for rows in &mut *rows {
                let (left, up) = (rows.line[x - 1], rows.above[x]);
                let error = run_error(bits, model, 0, *run)?;
                rows.line[x] = model.rebuild(up, if left > up { -error } else { error });
            }
            *run = run.saturating_sub(1);
            x += 1;
        }
    }
    Ok(())
}

#[inline]
fn regular(
    bits: &mut Reader<'_>,
    model: &mut Model,
    number: usize,
    turned: bool,
    (left, up, corner): (i32, i32, i32),
) -> Result<i32, Fault> {
    let context = *model.regular(number);
    let foretold = model.foretell(left, up, corner, if turned { -context.c } else { context.c });
    let k = context.order();
    let mapped = bits.golomb(k, model.limit, model.range_bits)?;
    let mut error = (mapped >> 1) ^ -(mapped & 1);
    if context.turned(k, model.near) {
        error = !error;
    }
    // An error beyond the range would leave the arithmetic's; no encoder writes one.
    if error.abs() > model.range {
        return Err(Fault::Malformed("an error beyond the range"));
    }
    model.learn(number, error);
    Ok(model.rebuild(foretold, if turned { -error } else { error }))
}

/// Samples that repeat, at most `left` (A.7.1).
fn run_length(bits: &mut Reader<'_>, run: &mut usize, left: usize) -> Result<usize, Fault> {
    let mut length = 0;
    while length < left {
        let block = 1_usize << J[*run];
        if !bits.bit()? {
            let rest = bits.bits(J[*run])? as usize;
            if length + rest > left {
                return Err(Fault::Malformed("a run beyond its row"));
            }
            // A run that is interrupted ends before the row does.
            return if length + rest == left {
                Err(Fault::Malformed("a run without an end"))
            } else {
                Ok(length + rest)
            };
        }
        if block <= left - length {
            *run = (*run + 1).min(J.len() - 1);
        }
        length += block.min(left - length);
    }
    Ok(length)
}

/// The error of the sample that ends a run (A.7.2).
fn run_error(bits: &mut Reader<'_>, model: &mut Model, kind: usize, run: usize) -> Result<i32, Fault> {
    let context = model.run[kind];
    let k = context.order(kind);
    let mapped = bits.golomb(k, model.limit - J[run] - 1, model.range_bits)?;
    let number = mapped + kind as i32;
    let size = (number + 1) >> 1;
    let negative = (k != 0 || 2 * context.negative >= context.n) == (number & 1 == 1);
    if size > model.range {
        return Err(Fault::Malformed("an error beyond the range"));
    }
    let error = if negative { -size } else { size };
    model.learn_run(kind, error, mapped);
    Ok(error)
}
