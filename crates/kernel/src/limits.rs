//! Limits that more than one room must agree on. A room's own limits stand in its own `limits` or beside the noun.

/// Largest form without files, in bytes. A chart entry of 20,000 characters in UTF-8 with percent-encoding fits.
pub const FORM_BYTES_MAX: usize = 256 * 1024;
/// Longest free text in one field, in characters: about ten printed pages.
pub const TEXT_CHARS_MAX: usize = 10_000;
/// Longest single line (a name, an address), in characters.
pub const LINE_CHARS_MAX: usize = 200;
/// Rows of one list page; the next page is a link.
pub const LIST_ROWS_MAX: usize = 100;
