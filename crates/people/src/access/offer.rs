//! What a page may offer: a button or a link that would answer "not allowed" is not shown.

use kernel::Who;
use web::Asked;

use super::{Act, Class, Decision, decide, own};

/// Whether whoever asks may do `act` with `class`; for patients and guardians, with the patient's own.
///
/// The answer is the policy's, by the duties that were read with the session. It says what is shown and nothing else: each
/// act asks for itself, in its own transaction ([`super::Access::require`]). `crates/app/tests/doors/offered.rs` compares
/// the two.
#[must_use]
pub fn may(asked: &Asked, act: Act, class: Class) -> bool {
    match (&asked.ctx.who, &asked.session) {
        (Who::Staff(_), Some(session)) => matches!(decide(&session.duties, act, class), Decision::Allowed(_)),
        (Who::Patient(_) | Who::Guardian { .. }, _) => own(act, class),
        _ => false,
    }
}
