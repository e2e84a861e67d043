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

/// Waits for what the server does. Tests themselves run outside of it, where they may block on the database.
///
/// # Panics
/// When there can be no runtime.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().expect("a runtime")).block_on(work)
}
