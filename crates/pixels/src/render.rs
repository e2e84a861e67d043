//! Samples into eight bits for a screen: rescale, window, inversion, colours (PS3.3 C.7.6.3, C.11.1, C.11.2).
//!
//! Absent: JPEG and PNG, which the room that owns that library writes from these pixels.

use std::ops::Range;

use crate::{Description, Fault, Interpretation, Samples};

/// How a window's edges are meant (0028,1056).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// `LINEAR`, the default: the centre lies half a step below.
    Linear,
    /// `LINEAR_EXACT`.
    LinearExact,
    /// `SIGMOID`.
    Sigmoid,
}

impl Curve {
    /// From the value of (0028,1056).
    #[must_use]
    pub fn from_term(term: &str) -> Option<Self> {
        match term.trim_end_matches([' ', '\0']) {
            "LINEAR" | "" => Some(Self::Linear),
            "LINEAR_EXACT" => Some(Self::LinearExact),
            "SIGMOID" => Some(Self::Sigmoid),
            _ => None,
        }
    }
}

/// A window on rescaled values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// (0028,1050).
    pub center: f64,
    /// (0028,1051).
    pub width: f64,
    /// (0028,1056).
    pub curve: Curve,
}

impl Window {
    /// The brightness of `value`, from 0 to 1 (PS3.3 C.11.2.1.2, C.11.2.1.3).
    #[must_use]
    pub fn brightness(&self, value: f64) -> f64 {
        let Self { center, width, curve } = *self;
        match curve {
            Curve::Sigmoid => 1.0 / (1.0 + (-4.0 * (value - center) / width.max(f64::MIN_POSITIVE)).exp()),
            Curve::LinearExact if width > 0.0 => ((value - center) / width + 0.5).clamp(0.0, 1.0),
            Curve::Linear if width > 1.0 => ((value - (center - 0.5)) / (width - 1.0) + 0.5).clamp(0.0, 1.0),
            // A window of one step is a threshold.
            Curve::Linear => f64::from(value > center - 0.5),
            Curve::LinearExact => f64::from(value > center),
        }
    }
}

/// A lookup table of the data set: modality (0028,3000), VOI (0028,3010), or one colour of a palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The value that finds the first entry; smaller ones find it too.
    pub first: i32,
    /// Bits of an entry, 8 to 16.
    pub bits: u8,
    /// The entries. Larger values find the last one.
    pub entries: Vec<u16>,
}

impl Table {
    /// The entry for `value`, 0 in an empty table.
    #[must_use]
    pub fn entry(&self, value: i32) -> u16 {
        let place = usize::try_from(i64::from(value) - i64::from(self.first)).unwrap_or(0);
        self.entries.get(place).or(self.entries.last()).copied().unwrap_or(0)
    }

    /// The same as a number from 0 to 1.
    fn share(&self, value: i32) -> f64 {
        let full = f64::from(u16::MAX >> (16 - self.bits.clamp(1, 16)));
        (f64::from(self.entry(value)) / full).min(1.0)
    }
}

/// How a picture is to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// (0028,1053) and (0028,1052): slope and intercept.
    pub rescale: Option<(f64, f64)>,
    /// The modality's table, instead of the rescale.
    pub modality: Option<Table>,
    /// The window. Without one and without a table: from the darkest to the brightest sample.
    pub window: Option<Window>,
    /// The VOI table, where there is no window.
    pub voi: Option<Table>,
    /// (0028,0120) and (0028,0121): values around the picture that are not to be weighed.
    pub padding: Option<(i32, i32)>,
    /// `INVERSE` as presentation LUT shape, or the person's wish.
    pub inverted: bool,
    /// Red, green and blue of a palette.
    pub palette: Option<[Table; 3]>,
}

/// Eight bits a sample, one sample (grey) or three (RGB) a pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels of a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// 1 or 3.
    pub channels: usize,
    /// Row after row, colours by pixel.
    pub bytes: Vec<u8>,
}

/// Makes the picture.
///
/// # Errors
/// [`Fault::Mismatch`] where a palette is missing, or samples and description disagree.
pub fn render(samples: &Samples, look: &Look) -> Result<Picture, Fault> {
    let it = &samples.description;
    it.check()?;
    if samples.bytes.len() != it.frame_bytes() || it.planar {
        return Err(Fault::Mismatch("samples and their description"));
    }
    use Interpretation::{Monochrome1, Monochrome2, Palette, Rgb, YbrFull, YbrFull422, YbrIct, YbrRct};
    let values = samples.values();
    let bytes = match it.interpretation {
        Monochrome1 | Monochrome2 => grey(&values, it, look),
        Palette => {
            let [red, green, blue] = look.palette.as_ref().ok_or(Fault::Mismatch("a palette that is not there"))?;
            values.iter().flat_map(|it| [red, green, blue].map(|table| eight(table.share(*it)))).collect()
        }
        Rgb | YbrIct | YbrRct => to_eight(&values, it),
        YbrFull | YbrFull422 => {
            let mut bytes = to_eight(&values, it);
            bytes.as_chunks_mut::<3>().0.iter_mut().for_each(|it| *it = rgb(*it));
            bytes
        }
    };
    let channels = if matches!(it.interpretation, Monochrome1 | Monochrome2) { 1 } else { 3 };
    Ok(Picture { columns: it.columns.into(), rows: it.rows.into(), channels, bytes })
}

fn eight(share: f64) -> u8 {
    (share * 255.0).round() as u8
}

fn grey(values: &[i32], it: &Description, look: &Look) -> Vec<u8> {
    let padding = look.padding.map(|(a, b)| a.min(b)..=a.max(b));
    let seen = || values.iter().copied().filter(|it| padding.as_ref().is_none_or(|range| !range.contains(it)));
    let (Some(least), Some(most)) = (values.iter().min().copied(), values.iter().max().copied()) else {
        return Vec::new();
    };
    let rescaled = |value: i32| match (&look.modality, look.rescale) {
        (Some(table), _) => f64::from(table.entry(value)),
        (None, Some((slope, intercept))) => f64::from(value) * slope + intercept,
        (None, None) => f64::from(value),
    };
    let window = look.window.or_else(|| {
        if look.voi.is_some() {
            return None;
        }
        let ends = (rescaled(seen().min().unwrap_or(least)), rescaled(seen().max().unwrap_or(most)));
        let (low, high) = (ends.0.min(ends.1), ends.0.max(ends.1));
        Some(Window { center: f64::midpoint(low, high), width: high - low, curve: Curve::LinearExact })
    });
    let inverted = (it.interpretation == Interpretation::Monochrome1) != look.inverted;
    let shade = |value: i32| {
        let value = rescaled(value);
        let share = match (&window, &look.voi) {
            (Some(window), _) => window.brightness(value),
            (None, Some(table)) => table.share(value.round() as i32),
            (None, None) => 0.0,
        };
        eight(if inverted { 1.0 - share } else { share })
    };
    // One answer for each value that occurs, where there are few enough of them.
    if i64::from(most) - i64::from(least) < 1 << 16 {
        let shades: Vec<u8> = (least..=most).map(shade).collect();
        values.iter().map(|it| shades[(it - least) as usize]).collect()
    } else {
        values.iter().map(|it| shade(*it)).collect()
    }
}

/// Colours of any depth by their highest bits.
fn to_eight(values: &[i32], it: &Description) -> Vec<u8> {
    let lift = if it.signed { 1_i64 << (it.bits_stored - 1) } else { 0 };
    let bits = u32::from(it.bits_stored);
    let scale = |value: i32| {
        let value = i64::from(value) + lift;
        (if bits >= 8 { value >> (bits - 8) } else { value * 255 / ((1 << bits) - 1) }) as u8
    };
    values.iter().map(|it| scale(*it)).collect()
}

/// One pixel of `YBR_FULL` as RGB (PS3.3 C.7.6.3.1.2), in fixed point.
fn rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    let byte = |it: i32| ((it + HALF) >> 16).clamp(0, 255) as u8;
    [byte(y + 91_881 * cr), byte(y - 22_554 * cb - 46_802 * cr), byte(y + 116_130 * cb)]
}

impl Picture {
    /// The part within these columns and rows, as far as they lie in the picture; nothing where none do.
    #[must_use]
    pub fn part(&self, columns: Range<usize>, rows: Range<usize>) -> Option<Self> {
        let within = |it: Range<usize>, size: usize| Some(it.start..it.end.min(size)).filter(|it| it.start < it.end);
        let (columns, rows) = (within(columns, self.columns)?, within(rows, self.rows)?);
        let line = |row: usize| {
            let at = |column: usize| (row * self.columns + column) * self.channels;
            &self.bytes[at(columns.start)..at(columns.end)]
        };
        let bytes = rows.clone().flat_map(line).copied().collect();
        Some(Self { columns: columns.len(), rows: rows.len(), channels: self.channels, bytes })
    }

    /// The picture made to fit into `columns` by `rows` with its proportions, never enlarged. Each pixel is the mean of
    /// those it stands for, so that a thin line grows pale rather than vanishing.
    #[must_use]
    pub fn fit(self, columns: usize, rows: usize) -> Self {
        let (columns, rows) = (columns.max(1), rows.max(1));
        if self.columns <= columns && self.rows <= rows {
            return self;
        }
        let (to_columns, to_rows) = if self.columns * rows >= self.rows * columns {
            (columns, (self.rows * columns / self.columns).max(1))
        } else {
            ((self.columns * rows / self.rows).max(1), rows)
        };
        let spans = |from: usize, to: usize| -> Vec<(usize, usize)> {
            (0..to).map(|at| (at * from / to, ((at + 1) * from / to).max(at * from / to + 1))).collect()
        };
        let across = spans(self.columns, to_columns);
        let width = self.columns * self.channels;
        let mut bytes = Vec::with_capacity(to_columns * to_rows * self.channels);
        let mut sums = vec![0_u64; width];
        for (top, bottom) in spans(self.rows, to_rows) {
            sums.fill(0);
            for line in self.bytes[top * width..bottom * width].chunks_exact(width) {
                sums.iter_mut().zip(line).for_each(|(sum, it)| *sum += u64::from(*it));
            }
            for (left, right) in &across {
                let count = ((right - left) * (bottom - top)) as u64;
                for channel in 0..self.channels {
                    let sum: u64 = (*left..*right).map(|it| sums[it * self.channels + channel]).sum();
                    bytes.push(((sum + count / 2) / count) as u8);
                }
            }
        }
        Self { columns: to_columns, rows: to_rows, channels: self.channels, bytes }
    }
}
