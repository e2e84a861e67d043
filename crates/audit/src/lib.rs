//! The transparency log: every act leaves an entry in its facility's tree, in the transaction of the act itself.
//!
//! An entry has a public header (which act, when, with what outcome) and a private part (who, which patient, which
//! thing, from where, detail). The leaf of the tree holds the header and a salted commitment to the private part, so that
//! an outsider can check the whole log without learning a name, and destroying salt and detail leaves every proof valid.
//! Formats are those of C2SP: tlog-tiles, tlog-checkpoint, signed-note, tlog-proof. Only user of those libraries.
//!
//! Who may read the log is decided by the caller; what the acts mean, too.

mod alarm;
mod bundle;
mod checkpoint;
pub mod clock;
mod entry;
mod opened;
mod proof;
mod tiles;
mod tree;
mod verify;

pub use alarm::{Alarm, alarm, alarms};
pub use bundle::{export, verify_bundle};
pub use checkpoint::{Checkpoint, Due, Standing, checkpoint, origin, sign_due, standing, verifier_key};
pub use entry::{
    DETAIL_BYTES_MAX, Entry, Found, Header, Outcome, Query, append, newest_besides, queue, refuse, search, shred,
};
pub use opened::{Opened, Told, check_opened, open_one};
pub use proof::{check_proof, proof};
pub use verify::{Bad, Report, Why, logs, verify, verify_all};

use db::Migration;
use kernel::FacilityId;

/// The tree of acts that belong to no facility: failed sign-ins, the command line, jobs over all facilities.
pub const HOUSE: FacilityId = FacilityId::from_bytes([0; 16]);

/// Migrations of this room's tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration { id: "20261121-03-audit", sql: include_str!("../migrations/20261121-03-audit.sql") },
    Migration {
        id: "20261121-04-audit-checkpoint",
        sql: include_str!("../migrations/20261121-04-audit-checkpoint.sql"),
    },
    Migration { id: "20261121-09-clock-and-alarm", sql: include_str!("../migrations/20261121-09-clock-and-alarm.sql") },
];
