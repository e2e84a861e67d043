//! Writing a JPEG-LS picture without loss: colours row by row, default presets.

use super::bits::Writer;
use super::context::{J, Model, Presets};
use super::read::Rows;
use crate::Fault;
use crate::encode::Plain;

/// Encodes one picture.
pub(crate) fn encode(plain: &Plain) -> Result<Vec<u8>, Fault> {
    // The standard knows no samples of a single bit.
    let precision = plain.precision.max(2);
    let size = |it: usize| u16::try_from(it).map(u16::to_be_bytes).map_err(|_| Fault::TooLarge);
    let ([r1, r0], [c1, c0]) = (size(plain.rows)?, size(plain.columns)?);
    let count = u8::try_from(plain.components).map_err(|_| Fault::TooLarge)?;

    let mut out = Vec::with_capacity(plain.values.len());
    out.extend([0xFF, 0xD8, 0xFF, 0xF7, 0, 8 + 3 * count, precision, r1, r0, c1, c0, count]);
    (1..=count).for_each(|id| out.extend([id, 0x11, 0]));
    out.extend([0xFF, 0xDA, 0, 6 + 2 * count, count]);
    (1..=count).for_each(|id| out.extend([id, 0]));
    out.extend([0, u8::from(count > 1), 0]);

    let mut bits = Writer::new(out);
    let mut model = Model::new(precision, 0, &Presets::default())?;
    let mut rows = vec![Rows::new(plain.columns); plain.components];
    let mut runs = vec![0_usize; plain.components];
    for pixels in plain.values.chunks_exact(plain.columns * plain.components) {
        for (component, (rows, run)) in rows.iter_mut().zip(&mut runs).enumerate() {
            rows.turn();
            let samples = pixels.iter().skip(component).step_by(plain.components);
            rows.line[1..].iter_mut().zip(samples).for_each(|(to, from)| *to = i32::from(*from));
            line(&mut bits, &mut model, rows, run);
        }
    }
    let mut out = bits.finish();
    out.extend([0xFF, 0xD9]);
    Ok(out)
}

fn line(bits: &mut Writer, model: &mut Model, rows: &Rows, run: &mut usize) {
    let columns = rows.line.len() - 2;
    let (above, line) = (&rows.above[..columns + 2], &rows.line[..columns + 2]);
    let mut x = 1;
    while x <= columns {
        let (left, up, corner, right) = (line[x - 1], above[x], above[x - 1], above[x + 1]);
        let (number, turned) = model.context(left, up, corner, right);
        if number != 0 {
            regular(bits, model, number, turned, (left, up, corner), line[x]);
            x += 1;
            continue;
        }
        let mut length = line[x..=columns].iter().take_while(|it| **it == left).count();
        x += length;
        while length >= 1 << J[*run] {
            bits.bits(1, 1);
            length -= 1 << J[*run];
            *run = (*run + 1).min(J.len() - 1);
        }
        if x > columns {
            if length > 0 {
                bits.bits(1, 1);
            }
            break;
        }
        bits.bits(0, 1);
        bits.bits(length as u32, J[*run]);
        end_of_run(bits, model, line[x], left, above[x], *run);
        *run = run.saturating_sub(1);
        x += 1;
    }
}

/// Brings an error into the range around zero (A.4.5).
#[inline]
fn reduce(error: i32, range: i32) -> i32 {
    let error = if error < 0 { error + range } else { error };
    if error >= (range + 1) / 2 { error - range } else { error }
}

#[inline]
fn regular(
    bits: &mut Writer,
    model: &mut Model,
    number: usize,
    turned: bool,
    (left, up, corner): (i32, i32, i32),
    value: i32,
) {
    let context = *model.regular(number);
    let foretold = model.foretell(left, up, corner, if turned { -context.c } else { context.c });
    let error = reduce(if turned { foretold - value } else { value - foretold }, model.range);
    let k = context.order();
    let number_of = if context.turned(k, 0) { !error } else { error };
    let mapped = if number_of >= 0 { 2 * number_of } else { -2 * number_of - 1 };
    bits.golomb(mapped, k, model.limit, model.range_bits);
    model.learn(number, error);
}

fn end_of_run(bits: &mut Writer, model: &mut Model, value: i32, left: i32, up: i32, run: usize) {
    let kind = usize::from(left == up);
    let error = if kind == 1 || left <= up { value - up } else { up - value };
    let error = reduce(error, model.range);
    let context = model.run[kind];
    let k = context.order(kind);
    let few = 2 * context.negative < context.n;
    let odd = (k == 0 && error > 0 && few) || (error < 0 && (k != 0 || !few));
    let mapped = 2 * error.abs() - kind as i32 - i32::from(odd);
    bits.golomb(mapped, k, model.limit - J[run] - 1, model.range_bits);
    model.learn_run(kind, error, mapped);
}
