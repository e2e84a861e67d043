//! Letters that did not arrive: who has to be telephoned, and the address that does not work.

pub mod pages;
pub mod store;

use kernel::Words;

/// Why a letter is not there, in the clinic's words.
#[must_use]
pub fn why(refused: bool) -> Words {
    if refused {
        Words::new("このアドレスには届きません", "The address does not take it")
    } else {
        Words::new("メールサーバーにつながりません", "The mail server could not be reached")
    }
}
