//! Letters to patients and staff: rows of an outbox in the caller's act, sent by a worker after the act is durable.
//!
//! Every letter is sent at least once: a server killed between sending and noting it sends again, with the same
//! Message-ID, by which a mailbox can tell the double. What could not be sent is shown to the clinic, never lost.
//! Texts are the callers'; this room knows how they travel, not what they say. No log line names a recipient.

mod address;
mod calendar;
mod carrier;
mod letter;
mod message;
mod outbox;
mod worker;

pub use address::{MailAddress, NotAnAddress, PhoneNumber, To};
pub use calendar::{Invitation, Method};
pub use carrier::{Carrier, Carriers, LogOnly, LogSms, Outcome, Sending, Shown, Sms, SmsCarrier, Smtp};
pub use message::{About, Message, SMS_CHARS_MAX, TEXT_BYTES_MAX};
pub use outbox::{
    Failed, LETTER_DAYS, Late, MailId, Overview, cancel_about, enqueue, failed, forget, late, overview, refused, retry,
    told_otherwise,
};
pub use worker::{Delivered, TRIES_MAX, deliver_due};

/// The steps of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { id: "20261121-02-outbox", sql: include_str!("../migrations/20261121-02-outbox.sql") },
    db::Migration {
        id: "20261121-17-outbox-waiting",
        sql: include_str!("../migrations/20261121-17-outbox-waiting.sql"),
    },
];
