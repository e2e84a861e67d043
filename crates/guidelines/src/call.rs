//! The call of an online visit: when the clinic may start it ([`may_start`]), who may come in ([`may_admit`]),
//! and when the visit may be closed ([`may_complete`]). Identity has its own noun: [`crate::identity`].

mod admit;
mod complete;
mod facts;
mod start;

pub use admit::{ThirdPersonFacts, ThirdPersonRole, may_admit};
pub use complete::{AV_SECONDS_MIN, CompleteFacts, Completion, Feasibility, Measured, Outcome, WayOut, may_complete};
pub use facts::{
    ConsentState, DoctorInPlan, Explanation, LicenceState, Notification, PlanState, StartFacts, SymptomState,
    VisitBasis,
};
pub use start::{LAW_FROM, NOTIFICATION_GRACE_UNTIL, Permit, may_start};
