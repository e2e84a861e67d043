//! The only room that touches keys: sealing of columns and blobs, the key hierarchy, passwords, codes, signatures, tickets.
//!
//! Hierarchy: master key (a file, or handed in) → facility key (random, wrapped in a row) → keys derived by purpose.
//! Destroying a facility's wrapped key makes all it sealed unreadable. Nothing here knows SQL or HTTP.

pub mod chunked;
pub mod codes;
pub mod digest;
pub mod key;
pub mod password;
pub mod sign;
pub mod ticket;
pub mod totp;
pub mod turn;

pub use key::{Key, MasterKey, Opener, Unreadable};
pub use sign::SigningKey;
pub use totp::Totp;
