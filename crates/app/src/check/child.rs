//! The child: reads a name and a file from its standard input, and answers on its standard output.
//!
//! Before the first byte is read, the cage is closed. The name comes through the pipe, since anybody on the machine sees
//! the words of a command.

use std::io::{self, Read, Write};

use kernel::{Error, Result};
use mesh::{Checked, Outcome, check, levels, limits};

use super::cage::Cage;

/// Longest name of a file, in bytes: that of any file system of ours.
const NAME_BYTES_MAX: usize = 1024;

/// Tells the child the name; the file follows.
pub(super) fn tell(to: &mut impl Write, name: &str) -> io::Result<()> {
    let mut end = name.len().min(NAME_BYTES_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    to.write_all(&(end as u32).to_le_bytes())?;
    to.write_all(&name.as_bytes()[..end])
}

/// Does the work. Whether the limits could be set and the answer could be written.
pub(crate) fn run(cage: Cage, with_levels: bool) -> Result<bool> {
    cage.enter()?;
    let mut input = io::stdin().lock();
    let mut length = [0; 4];
    input.read_exact(&mut length).map_err(Error::unavailable)?;
    let mut name = vec![0; (u32::from_le_bytes(length) as usize).min(NAME_BYTES_MAX)];
    input.read_exact(&mut name).map_err(Error::unavailable)?;
    let mut bytes = Vec::new();
    input.take(limits::BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(out_of_memory)?;
    let (outcome, shape) = check(&bytes, &String::from_utf8_lossy(&name));
    drop(bytes);
    let levels = match (&outcome, shape) {
        (Outcome::Read(_), Some(shape)) if with_levels => levels(&shape),
        _ => Vec::new(),
    };
    let checked = Checked { outcome, levels };
    let mut output = io::stdout().lock();
    let line = serde_json::to_string(&checked.answer()).map_err(Error::unavailable)?;
    let answered = writeln!(output, "{line}")
        .and_then(|()| checked.levels.iter().try_for_each(|it| output.write_all(&it.bytes)))
        .and_then(|()| output.flush());
    answered.map_err(Error::unavailable)?;
    Ok(true)
}

/// Reading into memory that is not there is an error and no end of the program: it is made one, so that the parent sees
/// one kind of end for it.
fn out_of_memory(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::OutOfMemory {
        eprintln!("memory allocation: the file");
        std::process::abort();
    }
    Error::unavailable(error)
}
