//! Limits that more than one room must agree on. A room's own limits stand in its own `limits` or beside the noun.

/// Largest form without files, in bytes. A chart entry of 20,000 characters in UTF-8 with percent-encoding fits.
pub const FORM_BYTES_MAX: usize = 256 * 1024;
/// Longest free text in one field, in characters: about ten printed pages.
pub const TEXT_CHARS_MAX: usize = 10_000;
/// Longest single line (a name, an address), in characters.
pub const LINE_CHARS_MAX: usize = 200;
/// Free bytes of the data folder's disk below which nothing is changed any more and the house is for reading. Each look
/// at a patient's data is an entry of the log, 2 to 4 KB with its index: what is kept back serves a busy clinic's day.
pub const DISK_RESERVE_BYTES: u64 = 64 * 1024 * 1024;
/// Free bytes below which no act begins at all: the largest batch of acts committed together stays below it, so that the
/// database never meets the end of the disk in the middle of one.
pub const DISK_STOP_BYTES: u64 = 8 * 1024 * 1024;
/// Largest offset of the server's clock to its reference, in milliseconds, before it is an alarm. Clocks of records that
/// are read together agree within a second (IHE Consistent Time).
pub const CLOCK_OFFSET_MAX_MS: i64 = 1000;
/// Rows of one list page; the next page is a link.
pub const LIST_ROWS_MAX: usize = 100;
