//! What a milling machine may make: the approved design that the manager has released for this very machine, and nothing else.
//!
//! A machine comes with a bearer token (scope `lab.fetch`). It is known by the person as whom it acts and by the token's label,
//! so that a new token of the same machine goes on where the old one ended.

pub mod pages;
pub mod store;

use kernel::{PersonId, Words, clause};

use crate::case::{Case, Kind, State};
use crate::remote::Refusal;

/// Days for which a refusal is shown to the manager.
pub const REFUSED_DAYS: i64 = 7;
/// Characters of a digest in hex.
pub const DIGEST_CHARS: usize = 64;

/// A machine of a laboratory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// As whom it acts.
    pub person: PersonId,
    /// Its name: what its token calls it. Never empty.
    pub name: String,
}

kernel::keyed! {
    /// Why a machine does not get a file, or why what it has milled is not taken for the case's piece.
    pub enum Refused {
        /// 知らないデータ
        Unknown => "unknown", "この技工所の症例にないデータです", "No case here has these files";
        /// 許可なし
        NotReleased => "not-released", "加工に回されていないか、取り下げ・やり直しになりました", "Not released, or taken back since";
        /// 別のデータ
        OtherDigest => "other-digest", "加工に回された設計とは別のデータです", "Not the design that was released";
        /// 別の加工機
        OtherMachine => "other-machine", "別の加工機のために回されたものです", "Released for another machine";
    }
}

/// What keeps a case from being released for machining: without the files of the design that the dentist has approved, and which
/// is still the one that counts, there is nothing that a machine may make.
#[must_use]
pub fn may_release(case: &Case) -> Vec<Refusal> {
    clause!("DL-21");
    let words = match case.approved() {
        None => Words::new(
            "歯科医師が承認した設計がありません。承認を待ってください。",
            "The dentist has approved no design. Please wait for the approval.",
        ),
        Some("") => Words::new(
            "承認された設計に設計データがありません。担当の技工士に、設計データを付けて設計案を出し直してもらってください。",
            "The approved design has no files. Ask the technician to propose it again with its files.",
        ),
        Some(digest) if digest != case.design() => Words::new(
            "承認された設計と、いまの設計案のデータが違います。歯科医師に承認を頼んでください。",
            "The approved design is not the one that counts now. Ask the dentist to approve it.",
        ),
        Some(_) => return Vec::new(),
    };
    vec![Refusal::new("DL-21", words)]
}

/// Whether `machine` may fetch the files with this digest, or may just have milled them: they are what was approved, what was
/// released, and for whom.
///
/// # Errors
/// [`Refused`].
pub fn may_take(case: &Case, machine: &Machine, digest: &str) -> Result<(), Refused> {
    clause!("DL-21");
    let released = case.last(Kind::Released).filter(|_| case.state() == State::Released);
    let Some(released) = released else { return Err(Refused::NotReleased) };
    if released.said.digest != digest || case.approved() != Some(digest) || digest.is_empty() {
        return Err(Refused::OtherDigest);
    }
    if released.said.person != Some(machine.person) || released.said.machine != machine.name {
        return Err(Refused::OtherMachine);
    }
    Ok(())
}

/// Whether this machine has reported these files as milled already, so that the same report again changes nothing.
#[must_use]
pub fn is_reported(case: &Case, machine: &Machine, digest: &str) -> bool {
    let milled = case.last(Kind::Machined).filter(|_| case.state() == State::Machined);
    milled.is_some_and(|it| {
        it.person == machine.person && it.said.machine == machine.name && it.said.digest == digest && !digest.is_empty()
    })
}

#[cfg(test)]
mod tests;
