//! Scans and designs of dental laboratories: whether a file can be read, what is in it, and what is wrong with it.
//!
//! Every file is taken for hostile. A reader works over one buffer, goes forward only, and stops at the [`limits`];
//! nothing recurses, and a number that a header claims is never what memory is asked for. Absent: files, the network,
//! the clock, and any second file: what a file names (`mtllib`, textures, parts elsewhere) is named and never opened.
//! What these readers hold is bounded, and still they belong into a child process with limits of its own, since the library
//! that thins surfaces is not ours: it is handed numbers within what it was made for, and nothing that a file says.

mod archive;
mod exocad;
mod levels;
pub mod limits;
mod numbers;
mod obj;
mod personal;
mod plug;
mod ply;
mod report;
mod sniff;
mod stl;
mod surface;
mod threemf;
mod xml;

pub use levels::{COLOURS, HEAD_BYTES, Head, Level, MAGIC, TARGETS, levels};
pub use plug::{Answer, Check, Checked, Checker, Line};
pub use report::{Broken, Grave, Kind, Outcome, Personal, Place, Project, Report, Surface, Unit, UnitGuess};
pub use surface::Shape;

/// Checks the `bytes` of a file. `name` is its name at whoever sent it: it may hold personal data, and its ending
/// decides where the content could be either of two kinds.
///
/// The shape comes back welded and without what cannot be drawn, where the file has one.
#[must_use]
pub fn check(bytes: &[u8], name: &str) -> (Outcome, Option<Shape>) {
    match sniff::read(bytes, name) {
        Ok((mut report, soup)) => {
            personal::of_name(name, &mut report.personal);
            let shape = soup.map(|it| surface::measure(it, &mut report));
            match shape {
                Some(shape)
                    if shape.triangles.is_empty()
                        && report.surface.as_ref().is_some_and(|it| it.triangles == it.not_finite) =>
                {
                    (Outcome::Broken(surface::nothing_to_see()), None)
                }
                shape => (Outcome::Read(Box::new(report)), shape),
            }
        }
        Err(broken) => (Outcome::Broken(broken), None),
    }
}
