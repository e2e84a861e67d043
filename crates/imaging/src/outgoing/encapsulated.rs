//! A signed report on paper as a DICOM object: Encapsulated PDF (PS3.3 A.45.1).

use super::LANG;
use super::module::common;
use super::sites::code;
use super::store::Source;
use crate::dataset::Tag;

/// The data set, explicit little endian, around the bytes of the PDF.
pub(super) fn data_set(source: &Source, pdf: &[u8]) -> Vec<u8> {
    let mut it = common(source);
    let length = u32::try_from(pdf.len()).unwrap_or(u32::MAX);
    it.put(Tag(0x0008, 0x002A), b"DT", b"")
        .text(Tag(0x0008, 0x0064), b"CS", "WSD")
        // The paper names the patient.
        .text(Tag(0x0028, 0x0301), b"CS", "YES")
        .code(Tag(0x0040, 0xA043), code("18748-4", "LN", "Diagnostic Imaging Report"))
        .text(Tag(0x0042, 0x0010), b"ST", LANG.t("画像診断報告書", "Report on images"))
        .put(Tag(0x0042, 0x0011), b"OB", pdf)
        .text(Tag(0x0042, 0x0012), b"LO", "application/pdf")
        .put(Tag(0x0042, 0x0015), b"UL", &length.to_le_bytes());
    it.bytes()
}
