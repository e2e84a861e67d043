//! What every room speaks: ids, the acting person and the moment ([`Ctx`]), errors, names, the two languages, limits.
//!
//! Values only: no input or output, no async, no clock but the one a [`Ctx`] carries.
//! Only what is settled lives here, since every room is rebuilt when this one changes.

pub mod ctx;
pub mod error;
pub mod id;
pub mod keyed;
pub mod lang;
pub mod limits;
pub mod name;
pub mod time;
pub mod tooth;

pub use ctx::{Chance, Clock, Ctx, Who};
pub use error::{Error, Kind, Result};
pub use id::*;
pub use lang::{Lang, Words};
pub use name::JapaneseName;
pub use time::{Date, Timestamp};
pub use tooth::Tooth;

/// Marks the code that keeps a guideline clause, by its requirement ID (`clause!("OV-101")`).
///
/// It does nothing at run time; the house test pairs these marks with the catalogue and with tests.
#[macro_export]
macro_rules! clause {
    ($($id:literal),+ $(,)?) => {};
}
