//! For tests only: a site in a temporary folder with its own clock, the people of the ward, and their browsers.
//!
//! ```ignore
//! let ward = Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]);
//! let sato = ward.staff("sato", &["dentist", "manager"]);
//! let page = ward.browser(visits::routes(), Who::Staff(sato)).get("/day").await;
//! ```

mod browser;
mod ward;

pub use browser::{Browser, Seen};
pub use ward::{TestClock, Ward};

/// The tables of people, for tests of rooms that do not call theirs.
pub use people::MIGRATIONS as PEOPLE;

/// A port of this computer where nobody listens until a program of the test does. It stays taken while the process runs:
/// neither the system nor another test gives it to anybody else.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn port() -> u16 {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    // Whoever listens here asks for the same; who asks for any port gets another.
    socket.set_reuseaddr(true).expect("shared with who listens");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let port = socket.local_addr().expect("bound").port();
    std::mem::forget(socket);
    port
}

/// Waits for what the server does. Tests themselves run outside of it, where they may block on the database.
///
/// # Panics
/// When there can be no runtime.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().expect("a runtime")).block_on(work)
}
