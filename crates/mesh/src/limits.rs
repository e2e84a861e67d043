//! What a mesh may cost.

/// Limits of one file. The default is for a full jaw of the finest scanners; who knows better gives others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file. A binary STL of eight million triangles has 400 MB.
    pub file_bytes: usize,
    /// Bytes of a file of text. Text is five times as long and ten times as slow as binary; makers offer both.
    pub text_bytes: usize,
    /// Triangles.
    pub triangles: usize,
    /// Points, before equal ones are joined.
    pub points: usize,
    /// Files in an archive. Programs of slicing put some hundred pictures and settings beside the model.
    pub entries: usize,
    /// Bytes of all that is unpacked from an archive.
    pub unpacked_bytes: usize,
    /// How many times longer than its packed bytes a file in an archive may be. Models pack 5 to 30 times.
    pub ratio: usize,
    /// Depth of nested elements of XML, and of parts made of parts.
    pub depth: usize,
    /// Copies that an archive may make of its parts.
    pub copies: usize,
    /// Headers, comments and names that are looked at for personal data, and names that are kept.
    pub texts: usize,
    /// Places that are told for one kind of finding.
    pub places: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 512 << 20,
            text_bytes: 512 << 20,
            triangles: 8_000_000,
            points: 24_000_000,
            entries: 2_000,
            unpacked_bytes: 768 << 20,
            ratio: 200,
            depth: 32,
            copies: 10_000,
            texts: 1_000,
            places: 8,
        }
    }
}
