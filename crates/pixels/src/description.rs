//! What the data set says about its pixels (PS3.3 C.7.6.3), and samples that keep to it.

use crate::{Fault, limits};

/// Photometric interpretation: what the samples of a pixel mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpretation {
    /// Grey, the lowest value white.
    Monochrome1,
    /// Grey, the lowest value black.
    Monochrome2,
    /// Indices into a colour table of the data set.
    Palette,
    /// Red, green, blue.
    Rgb,
    /// Luminance and colour differences of full range.
    YbrFull,
    /// The same with every second colour difference left out.
    YbrFull422,
    /// The irreversible colours inside JPEG 2000.
    YbrIct,
    /// The reversible colours inside JPEG 2000.
    YbrRct,
}

impl Interpretation {
    /// From the value of (0028,0004).
    #[must_use]
    pub fn from_term(term: &str) -> Option<Self> {
        Some(match term.trim_end_matches([' ', '\0']) {
            "MONOCHROME1" => Self::Monochrome1,
            "MONOCHROME2" => Self::Monochrome2,
            "PALETTE COLOR" => Self::Palette,
            "RGB" => Self::Rgb,
            "YBR_FULL" => Self::YbrFull,
            "YBR_FULL_422" => Self::YbrFull422,
            "YBR_ICT" => Self::YbrIct,
            "YBR_RCT" => Self::YbrRct,
            _ => return None,
        })
    }

    /// The value of (0028,0004).
    #[must_use]
    pub fn term(self) -> &'static str {
        match self {
            Self::Monochrome1 => "MONOCHROME1",
            Self::Monochrome2 => "MONOCHROME2",
            Self::Palette => "PALETTE COLOR",
            Self::Rgb => "RGB",
            Self::YbrFull => "YBR_FULL",
            Self::YbrFull422 => "YBR_FULL_422",
            Self::YbrIct => "YBR_ICT",
            Self::YbrRct => "YBR_RCT",
        }
    }
}

/// The pixels of one object as its data set describes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Description {
    /// (0028,0010).
    pub rows: u16,
    /// (0028,0011).
    pub columns: u16,
    /// (0028,0002): 1 or 3.
    pub samples_per_pixel: u8,
    /// (0028,0100): 1, 8, 16 or 32.
    pub bits_allocated: u8,
    /// (0028,0101).
    pub bits_stored: u8,
    /// (0028,0102).
    pub high_bit: u8,
    /// (0028,0103).
    pub signed: bool,
    /// (0028,0006): colours by plane rather than by pixel.
    pub planar: bool,
    /// (0028,0004).
    pub interpretation: Interpretation,
    /// (0028,0008), or 1.
    pub frames: u32,
}

impl Description {
    /// Pixels of one frame.
    #[must_use]
    pub fn pixels(&self) -> usize {
        usize::from(self.rows) * usize::from(self.columns)
    }

    /// Samples of one frame.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.pixels() * usize::from(self.samples_per_pixel)
    }

    /// Bytes of one native frame; of bits, those of a frame that begins at a byte.
    #[must_use]
    pub fn frame_bytes(&self) -> usize {
        if self.interpretation == Interpretation::YbrFull422 && self.samples_per_pixel == 3 {
            return self.pixels() * 2 * usize::from(self.bits_allocated / 8);
        }
        (self.samples() * usize::from(self.bits_allocated)).div_ceil(8)
    }

    /// Whether the numbers agree with each other and with [`limits`].
    ///
    /// # Errors
    /// [`Fault::Mismatch`], [`Fault::Unsupported`] or [`Fault::TooLarge`].
    pub fn check(&self) -> Result<(), Fault> {
        if self.rows == 0 || self.columns == 0 {
            return Err(Fault::Mismatch("a picture without rows or columns"));
        }
        if self.bits_stored == 0 || self.bits_stored > self.bits_allocated || self.high_bit >= self.bits_allocated {
            return Err(Fault::Mismatch("more bits stored than allocated"));
        }
        if self.high_bit + 1 < self.bits_stored {
            return Err(Fault::Mismatch("the high bit lies below the bits stored"));
        }
        if ![1, 8, 16, 32].contains(&self.bits_allocated) {
            return Err(Fault::Unsupported("bits allocated"));
        }
        use Interpretation::{Monochrome1, Monochrome2, Palette};
        let grey = matches!(self.interpretation, Monochrome1 | Monochrome2 | Palette);
        if self.samples_per_pixel != if grey { 1 } else { 3 } {
            return Err(Fault::Mismatch("samples per pixel"));
        }
        if self.bits_allocated == 1 && !grey {
            return Err(Fault::Unsupported("colours of one bit"));
        }
        if self.interpretation == Interpretation::YbrFull422 && self.bits_allocated != 8 {
            return Err(Fault::Unsupported("halved colours of more than eight bits"));
        }
        if self.samples() * usize::from(self.bits_allocated.max(8) / 8) > limits::FRAME_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
        if self.frames > limits::FRAMES_MAX {
            return Err(Fault::TooLarge);
        }
        Ok(())
    }
}

/// One native frame: little endian, colours by pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    /// How the bytes are to be read. Differs from the object's own where decoding changed it: colours by pixel,
    /// no halved colours, no colour transformation of a codec.
    pub description: Description,
    /// `description.frame_bytes()` bytes.
    pub bytes: Vec<u8>,
}

impl Samples {
    /// Each sample as a number: by the sign and bits that the description tells.
    #[must_use]
    pub fn values(&self) -> Vec<i32> {
        let it = &self.description;
        let shift_up = 31 - u32::from(it.high_bit);
        let shift_down = 32 - u32::from(it.bits_stored);
        let number = |raw: u32| {
            let raised = raw << shift_up;
            if it.signed { raised.cast_signed() >> shift_down } else { (raised >> shift_down).cast_signed() }
        };
        match it.bits_allocated {
            1 => (0..it.samples())
                .map(|at| i32::from((self.bytes.get(at / 8).copied().unwrap_or(0) >> (at % 8)) & 1))
                .collect(),
            8 => self.bytes.iter().map(|it| number(u32::from(*it))).collect(),
            16 => self.bytes.chunks_exact(2).map(|it| number(u32::from(u16::from_le_bytes([it[0], it[1]])))).collect(),
            _ => {
                self.bytes.chunks_exact(4).map(|it| number(u32::from_le_bytes([it[0], it[1], it[2], it[3]]))).collect()
            }
        }
    }
}
