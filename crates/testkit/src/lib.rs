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
