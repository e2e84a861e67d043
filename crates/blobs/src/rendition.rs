//! Pixels of eight bits as a file that every browser shows: PNG keeps them, JPEG is small. Absent: what the pixels mean.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use kernel::{Error, Result};

/// Quality of a JPEG unless somebody asks for another one, of 100.
pub const QUALITY: u8 = 90;

/// Grey (one channel) or RGB (three) pixels, row after row.
#[derive(Debug, Clone, Copy)]
pub struct Raster<'a> {
    /// Pixels of a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// 1 or 3.
    pub channels: usize,
    /// All of them.
    pub bytes: &'a [u8],
}

impl Raster<'_> {
    /// As JPEG, of which `remark` says something to whoever opens the file (ITU-T T.81 B.2.4.5). Blocks.
    ///
    /// # Errors
    /// `Internal` for a raster whose numbers do not agree, or that JPEG cannot hold (65,535 pixels a side).
    pub fn jpeg(self, quality: u8, remark: impl FnOnce(usize) -> String) -> Result<Vec<u8>> {
        let (columns, rows, colour) = self.checked()?;
        let mut file = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut file, quality.clamp(1, 100));
        encoder.write_image(self.bytes, columns, rows, colour).map_err(Error::internal)?;
        let remark = remark(file.len());
        let length = u16::try_from(remark.len() + 2).map_err(Error::internal)?;
        // Behind the marker that every JPEG begins with.
        file.splice(2..2, [&[0xFF, 0xFE][..], &length.to_be_bytes(), remark.as_bytes()].concat());
        Ok(file)
    }

    /// As PNG. Blocks.
    ///
    /// # Errors
    /// `Internal` for a raster whose numbers do not agree.
    pub fn png(self) -> Result<Vec<u8>> {
        let (columns, rows, colour) = self.checked()?;
        let mut out = Vec::new();
        PngEncoder::new(&mut out).write_image(self.bytes, columns, rows, colour).map_err(Error::internal)?;
        Ok(out)
    }

    fn checked(self) -> Result<(u32, u32, ExtendedColorType)> {
        let colour = if self.channels == 3 { ExtendedColorType::Rgb8 } else { ExtendedColorType::L8 };
        let size = self.columns.checked_mul(self.rows).and_then(|it| it.checked_mul(self.channels));
        if size != Some(self.bytes.len()) || self.bytes.is_empty() || ![1, 3].contains(&self.channels) {
            return Err(Error::internal("a raster whose numbers do not agree"));
        }
        let side = |it: usize| u32::try_from(it).map_err(Error::internal);
        Ok((side(self.columns)?, side(self.rows)?, colour))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn png_keeps_every_pixel_and_jpeg_its_size() {
        let grey: Vec<u8> = (0..=255).collect();
        for (channels, columns, bytes) in [(1, 16, &grey[..]), (3, 5, &grey[..240])] {
            let raster = Raster { columns, rows: 16, channels, bytes };
            let png = image::load_from_memory(&raster.png().expect("a picture")).expect("readable");
            assert_eq!(
                (png.width(), png.height(), png.as_bytes()),
                (u32::try_from(columns).expect("small"), 16, bytes)
            );
            let jpeg = raster.jpeg(QUALITY, |size| format!("{size} bytes")).expect("a picture");
            assert!(jpeg.windows(6).any(|it| it == b" bytes"));
            let jpeg = image::load_from_memory(&jpeg).expect("readable");
            assert_eq!((jpeg.width(), jpeg.height()), (png.width(), png.height()));
        }
    }

    #[test]
    fn numbers_that_do_not_agree_are_refused() {
        for (columns, channels, count) in [(4, 1, 15), (4, 2, 32), (0, 1, 0), (usize::MAX, 3, 16)] {
            let bytes = vec![0; count];
            assert!(Raster { columns, rows: 4, channels, bytes: &bytes }.png().is_err());
        }
    }
}
