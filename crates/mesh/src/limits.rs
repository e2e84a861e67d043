//! How much is taken from a file that a stranger wrote. Whoever calls gives bytes within [`BYTES_MAX`].

/// Largest file, in bytes: a text STL of a full arch as scanners write it (2 million triangles) has some 500 MB.
pub const BYTES_MAX: usize = 640 * 1024 * 1024;
/// Most triangles: two and a half times the densest full arch that scanners write (2 million), and what fits into the
/// memory that a check is given.
pub const TRIANGLES_MAX: usize = 5_000_000;
/// Most vertices that a file may list: each triangle with three of its own, as STL has them.
pub const VERTICES_MAX: usize = 3 * TRIANGLES_MAX;
/// Longest line of a text format, in bytes: a face with a thousand corners.
pub const LINE_BYTES_MAX: usize = 32 * 1024;
/// Longest header of a PLY file, in bytes: a few hundred properties and comments.
pub const PLY_HEADER_BYTES_MAX: usize = 64 * 1024;
/// Most kinds of elements in a PLY file, and most properties of one of them: no scanner writes ten.
pub const PLY_FIELDS_MAX: usize = 64;
/// Most corners of one face; a polygon becomes a fan of triangles.
pub const CORNERS_MAX: usize = 1024;
/// Most files within a 3MF archive: model parts, thumbnails, textures and printer settings.
pub const ENTRIES_MAX: usize = 1024;
/// Largest model part of a 3MF archive once unpacked, in bytes: 5 million triangles as XML.
pub const EXPANDED_BYTES_MAX: usize = 512 * 1024 * 1024;
/// How many times larger than packed a part may unpack. Numbers as XML shrink six- to thirtyfold; a bomb a thousandfold.
pub const RATIO_MAX: usize = 150;
/// Bytes that any part may unpack to, whatever its ratio: a small model of repeated lines is no bomb.
pub const RATIO_FREE_BYTES: usize = 4 * 1024 * 1024;
/// Deepest nesting of XML elements: 3MF needs six, exocad's projects twelve.
pub const XML_DEPTH_MAX: usize = 64;
/// Most attributes of one XML element.
pub const XML_ATTRIBUTES_MAX: usize = 64;
/// Longest XML tag or run of text that is looked at, in bytes.
pub const XML_PIECE_BYTES_MAX: usize = 1024 * 1024;
/// Largest project file of a design program, in bytes: they hold kilobytes, with margin lines some megabytes.
pub const PROJECT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most placings of objects in a 3MF model, so that objects made of objects do not multiply without end.
pub const PLACINGS_MAX: usize = 4096;
/// Deepest nesting of objects made of objects.
pub const COMPONENT_DEPTH_MAX: usize = 16;
/// Most places with personal data that a report names: who reads ten knows enough.
pub const PERSONAL_MAX: usize = 10;
/// Most teeth, materials and file names that a report of a project names.
pub const NAMED_MAX: usize = 64;
/// Longest name that a report repeats from a file, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Largest extent of a surface that is drawn, in mm: nothing of a patient is ten metres long.
pub const EXTENT_MM_MAX: f64 = 10_000.0;
