//! Undelivered letters of the facility, through the rooms that keep them.

use db::Tx;
use kernel::{Ctx, Error, Result, RowId};
use mail::{Failed, Late};

use crate::access::{Access, Act, Class};

/// What the page of letters shows.
#[derive(Debug, Clone)]
pub struct View {
    /// Given up, the newest first.
    pub failed: Vec<Failed>,
    /// On their way for too long, the oldest first.
    pub late: Vec<Late>,
}

/// The letters that did not arrive.
///
/// # Errors
/// `Forbidden` without the right to see who patients are.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<View> {
    Access::new("letter.list", Act::View, Class::Identity).on("letter", "").require(tx, ctx)?;
    Ok(View { failed: mail::failed(tx, ctx)?, late: mail::late(tx, ctx)? })
}

/// Sends a letter again that was given up.
///
/// # Errors
/// `NotFound` for any other letter; `Forbidden`.
pub fn retry(tx: &mut Tx<'_>, ctx: &Ctx, letter: RowId) -> Result<()> {
    Access::new("letter.retry", Act::Write, Class::Identity).on("letter", letter).require(tx, ctx)?;
    there_was(mail::retry(tx, ctx, letter)?)
}

/// Notes that the person was told otherwise, mostly by telephone; the letter does not go out any more.
///
/// # Errors
/// `NotFound` for a letter that is out; `Forbidden`.
pub fn tell(tx: &mut Tx<'_>, ctx: &Ctx, letter: RowId) -> Result<()> {
    Access::new("letter.tell", Act::Write, Class::Identity).on("letter", letter).require(tx, ctx)?;
    there_was(mail::told_otherwise(tx, ctx, letter)?)
}

fn there_was(one: bool) -> Result<()> {
    if one { Ok(()) } else { Err(Error::not_found("no such letter")) }
}
