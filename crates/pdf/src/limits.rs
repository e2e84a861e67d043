//! How large a document may be. Over any of these, [`crate::render`] answers with [`kernel::Kind::Limit`].

/// Most blocks. A chart of a long treatment has some tens; a whole check sheet is one block.
pub const BLOCKS_MAX: usize = 500;
/// Most characters in all fields together: about 50 full pages. 150,000 took 14 s on two busy cores, unoptimised, and a
/// single document should not hold a core for longer than a reader waits.
pub const CHARS_MAX: usize = 100_000;
/// Most rows of tables, lists, checks and facts in all blocks together. A month of an access log has hundreds.
pub const ROWS_MAX: usize = 3_000;
/// Most columns of one table: more cannot be read on A4 upright.
pub const COLUMNS_MAX: usize = 10;
/// Most pages of one file.
pub const PAGES_MAX: usize = 200;
/// Most signature lines.
pub const SIGN_LINES_MAX: usize = 20;
/// Longest facility name, address, contact, number or title, in characters; headers must leave room for the page.
pub const LINE_CHARS_MAX: usize = kernel::limits::LINE_CHARS_MAX;
/// Most different characters that the note at the end names one by one; the rest are counted.
pub const UNPRINTED_NAMED_MAX: usize = 40;
