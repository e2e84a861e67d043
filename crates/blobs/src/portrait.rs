//! A photograph made fit to be shown: decoded and written anew, so that nothing of its file goes along (where and when it
//! was taken, by which phone, a hidden thumbnail of what was cut off), turned as it was held, and no larger than a card.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};
use kernel::{Error, Result, Words};

/// Longest side, in pixels: sharp on a card on any screen, and quick on a patient's line.
pub const SIDE_PX_MAX: u32 = 1200;
/// Bytes that decoding may take: 50 million pixels, more than any phone takes in its usual setting.
const MEMORY_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Quality of the JPEG; above it only the size grows.
const QUALITY: u8 = 88;
/// Media type of what [`clean`] returns.
pub const MIME: &str = "image/jpeg";

/// The picture alone, as JPEG. Blocks.
///
/// # Errors
/// `Invalid` for bytes that cannot be decoded within the limits.
pub fn clean(bytes: &[u8]) -> Result<Vec<u8>> {
    let refused = |_| {
        let words = Words::new(
            "この写真は読み取れません。別の写真（JPEG・PNG・WebP）を選んでください。",
            "This picture cannot be read. Please choose another one (JPEG, PNG, WebP).",
        );
        Error::invalid("photo", words)
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_BYTES_MAX);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(Error::internal)?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let turned = decoder.orientation().map_err(refused)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(turned);
    if picture.width().max(picture.height()) > SIDE_PX_MAX {
        picture = picture.resize(SIDE_PX_MAX, SIDE_PX_MAX, image::imageops::FilterType::Triangle);
    }
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&on_white(&picture)).map_err(Error::internal)?;
    Ok(out)
}

/// JPEG has no transparency: what shines through is white, as on paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, opaque] = picture.get_pixel(x, y).0;
        let mix = |it: u8| {
            let mixed = (u16::from(it) * u16::from(opaque) + 255 * (255 - u16::from(opaque))) / 255;
            u8::try_from(mixed).unwrap_or(255)
        };
        Rgb([mix(red), mix(green), mix(blue)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two halves, red above and blue below.
    fn flag(width: u32, height: u32) -> DynamicImage {
        RgbImage::from_fn(width, height, |_, y| if y < height / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) })
            .into()
    }

    fn jpeg(picture: &DynamicImage) -> Vec<u8> {
        let mut out = Vec::new();
        JpegEncoder::new(&mut out).encode_image(picture).expect("a jpeg");
        out
    }

    /// A JPEG as a phone writes it: an Exif segment with the place and an orientation (TIFF 6.0, tag 0x0112).
    fn by_phone(picture: &DynamicImage, orientation: u8) -> Vec<u8> {
        let plain = jpeg(picture);
        let mut tiff = b"II\x2a\0\x08\0\0\0".to_vec();
        tiff.extend([1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]);
        tiff.extend(b"GPS 35.6895 139.6917");
        let length = u16::try_from(2 + 6 + tiff.len()).expect("short");
        [&plain[..2], &[0xff, 0xe1], &length.to_be_bytes(), b"Exif\0\0", &tiff, &plain[2..]].concat()
    }

    fn contains(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|it| it == part)
    }

    #[test]
    fn a_photograph_loses_its_place_and_stands_upright() {
        // 6: the phone was held upright, its sensor lay on the side; what is above lies left in the file.
        let lying = by_phone(&flag(80, 40).rotate270(), 6);
        assert!(contains(&lying, b"GPS") && contains(&lying, b"Exif"));
        let clean = clean(&lying).expect("a picture");
        assert!(!contains(&clean, b"GPS") && !contains(&clean, b"Exif"));
        let seen = image::load_from_memory(&clean).expect("a picture");
        assert_eq!(seen.dimensions(), (80, 40));
        let (above, below) = (seen.get_pixel(40, 8).0, seen.get_pixel(40, 32).0);
        assert!(above[0] > 150 && above[2] < 100 && below[2] > 150 && below[0] < 100, "{above:?} {below:?}");
    }

    #[test]
    fn a_large_one_becomes_a_card_and_what_is_transparent_white() {
        let large = clean(&jpeg(&flag(2400, 1200))).expect("a picture");
        assert_eq!(image::load_from_memory(&large).expect("a picture").dimensions(), (SIDE_PX_MAX, SIDE_PX_MAX / 2));

        let mut png = Cursor::new(Vec::new());
        let glass = image::RgbaImage::from_pixel(8, 8, image::Rgba([0, 0, 0, 0]));
        DynamicImage::from(glass).write_to(&mut png, image::ImageFormat::Png).expect("a png");
        let seen = image::load_from_memory(&clean(png.get_ref()).expect("a picture")).expect("a picture");
        assert!(seen.get_pixel(4, 4).0[..3].iter().all(|it| *it > 250));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let whole = jpeg(&flag(40, 40));
        for bytes in [b"".as_slice(), b"<svg/>", &whole[..whole.len() / 4], b"%PDF-1.7"] {
            assert!(matches!(
                clean(bytes).expect_err("refused").kind(),
                kernel::Kind::Invalid { .. } | kernel::Kind::Internal
            ));
        }
    }
}
