//! The rules of the guidelines: clauses as dated data, and pure functions from facts to a verdict.
//!
//! Values only: no input or output, no async, no clock. A caller gathers the facts in its own transaction, asks one
//! function, and shows the answer. A refusal lists every clause that is not met at once ([`NotMet`]), each with its
//! reason and with what mends it ([`Mend`]); the caller gives the mend an address and a button.
//!
//! | question | function |
//! |---|---|
//! | may the clinic start this call? | [`call::may_start`] |
//! | may this further person come in? | [`call::may_admit`] |
//! | may the doctor treat whom the picture shows? | [`identity::may_treat`] |
//! | may the visit be closed as held? | [`call::may_complete`] |
//! | is this a first visit, and by which path? | [`first_visit`] |
//! | what is explained, ticked and agreed? | [`consent`], [`storage`] |
//! | what does a plan need, how long is it kept? | [`plan`] |
//! | may the visit be held where the patient is? | [`place`] |
//! | what do the symptoms mean for a booking? | [`symptoms`] |
//! | the right patient, reader and moment when images are read for others? | [`reading`] |
//! | may this device be used where somebody works? | [`device::judge`] |
//!
//! "Doctor" means doctor or dentist. Texts follow the [`Field`] of the facility.

pub mod call;
pub mod chat;
pub mod clause;
pub mod compliance;
pub mod consent;
mod dated;
pub mod device;
pub mod field;
pub mod first_visit;
pub mod guardian;
pub mod identity;
pub mod mend;
pub mod place;
pub mod plan;
pub mod reading;
pub mod storage;
pub mod symptoms;
pub mod verdict;

pub use clause::{Clause, ClauseId, catalogue, clause};
pub use field::FacilityField;
pub use field::FacilityField as Field;
pub use mend::{Hand, Mend};
pub use verdict::{NotMet, OpenTask};
