//! The face spoken with by other people's programs: DCMTK's tools and pynetdicom, with every file that ships inside
//! pydicom; and by nobody's programs, that send garbage or nothing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bad;
mod dcmtk;
mod pynetdicom;
mod server;
