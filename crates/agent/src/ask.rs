//! Asks a program of this computer, within limits of time and length.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Seconds that a program may take: a search for updates asks its maker's server.
const ASK_S: u64 = 180;
/// Milliseconds between two looks whether it has ended.
const LOOK_MS: u64 = 50;
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What a program has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its exit status.
    pub status: i32,
    /// Standard output, and standard error behind it.
    pub text: String,
}

/// Asks a program of this computer, in English; nothing when it is not there, does not end in time or was killed.
#[must_use]
pub fn here(program: &str, args: &[&str]) -> Option<Said> {
    let mut command = Command::new(program);
    command.args(args).env("LC_ALL", "C").env("LANGUAGE", "C");
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.ok()?;
    // Both are emptied while it runs: a full pipe would hold it up for ever.
    let out = child.stdout.take().map(reader);
    let err = child.stderr.take().map(reader);
    let mut status = None;
    for _ in 0..ASK_S * 1000 / LOOK_MS {
        if let Some(ended) = child.try_wait().ok()? {
            status = Some(ended);
            break;
        }
        std::thread::sleep(Duration::from_millis(LOOK_MS));
    }
    let Some(status) = status else {
        let _ = child.kill();
        let _ = child.wait();
        return None;
    };
    let text = |it: Option<std::thread::JoinHandle<Vec<u8>>>| it.and_then(|it| it.join().ok()).unwrap_or_default();
    let (mut bytes, errors) = (text(out), text(err));
    bytes.extend(errors);
    Some(Said { status: status.code()?, text: String::from_utf8_lossy(&bytes).into_owned() })
}

fn reader(from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes);
        bytes
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_heard_with_its_status_and_a_missing_one_is_none() {
        let said = here("sh", &["-c", "echo out; echo err >&2; exit 3"]).expect("an answer");
        assert_eq!((said.status, said.text.as_str()), (3, "out\nerr\n"));
        assert_eq!(here("haruka-no-such-program", &[]), None);
        assert_eq!(here("sh", &["-c", "kill -9 $$"]), None, "one that was killed has said nothing");
    }
}
