//! The clinic's end of the wire: what devices handed over on the LAN is handed on to the server, over TLS, and is kept
//! here until the server has shown that it holds the same bytes (TR-12, TR-20).
//!
//! A gateway is a Haruka without pages: images come in through the same face into the same kind of rows and sealed
//! files, so what a device heard "success" for survives a power cut. This room only sends, and says how far it is. Days
//! without network, a killed server and a killed gateway all end in the same place: the next try.

mod body;
pub mod page;
mod server;
pub mod state;
mod turn;

pub use server::{Fault, Server, Settings};
pub use state::{Own, State};
pub use turn::{Greeting, Turn, Worker, pause_s};
