//! The parts that pages are made of. Each is a function that says what it is and when to use it; `/demo/parts` shows them all.
//!
//! What a part says in its own words ("required", "optional") needs the language, so such parts take `lang` first.
//! Labels and sentences come from the caller, already in the person's language. Nothing here is trusted to be harmless:
//! all text is escaped by maud, and a part that takes [`Markup`] takes it from another part or from `html!`.
//!
//! ```ignore
//! html! {
//!     (look::faults_summary(lang, filled))
//!     (look::form(asked, "/bookings", html! {
//!         (look::text_input(lang, filled, "name", lang.t("お名前", "Name"), None).autocomplete("name"))
//!         (look::area(lang, filled, "wish", lang.t("ご希望", "Wishes"), None).optional())
//!         (look::submit(lang.t("予約する", "Book")))
//!     }))
//! }
//! ```

mod birth;
pub mod diff;
mod field;
pub mod gallery;
mod show;
#[cfg(test)]
mod tests;
mod tooth;
mod visit;

pub use birth::{birth_date, read_birth_date};
pub use field::{Input, area, choice, faults_summary, field_id, file_input, hidden, select, text_input, tick, ticks};
pub use show::{
    Tone, badge, card, copyable, details, empty, empty_with, facts, live, notice, page_actions, pager, panels, section,
    table, table_wide, table_with_acts, timeline, toolbar,
};
pub use tooth::{teeth, teeth_marks, teeth_ticks};
pub use visit::{Gate, gate, next_step, person_card, steps};

use maud::{Markup, html};

use crate::Asked;
use crate::fields::{KEY_FIELD, TOKEN_FIELD};
use crate::kept::BUTTON_FIELD;

/// A form that posts to `action`, with the session's token and a key of its own.
///
/// The browser's own checks are off (`novalidate`): their bubbles speak the browser's language, vanish, and are not
/// read aloud reliably. The server checks everything and answers with [`faults_summary`] and the typed text kept.
#[must_use]
pub fn form(asked: &Asked, action: &str, body: Markup) -> Markup {
    html! {
        form method="post" action=(action) novalidate {
            (own_fields(asked))
            (body)
        }
    }
}

/// As [`form`], for a form with a [`file_input`].
#[must_use]
pub fn upload_form(asked: &Asked, action: &str, body: Markup) -> Markup {
    html! {
        form method="post" action=(action) enctype="multipart/form-data" novalidate {
            (own_fields(asked))
            (body)
        }
    }
}

/// A form that only asks (search, filter): `GET`, no token, and its address can be kept as a bookmark.
#[must_use]
pub fn search_form(action: &str, body: Markup) -> Markup {
    html! { form.search method="get" action=(action) role="search" novalidate { (body) } }
}

/// As [`form`], with a key that the body brings along: a form that is sent once more.
#[must_use]
pub(crate) fn given_form(asked: &Asked, action: &str, body: Markup) -> Markup {
    html! {
        form method="post" action=(action) novalidate {
            input type="hidden" name=(TOKEN_FIELD) value=(asked.form_token());
            (body)
        }
    }
}

fn own_fields(asked: &Asked) -> Markup {
    html! {
        input type="hidden" name=(TOKEN_FIELD) value=(asked.form_token());
        input type="hidden" name=(KEY_FIELD) value=(asked.form_key());
    }
}

/// The button that does what the form is for. One in a form; its label is the verb ("予約する", "Book"), and is sent with
/// the form: a form that must wait for a proof can then say what it will do.
#[must_use]
pub fn submit(label: &str) -> Markup {
    html! { button.button.main type="submit" name=(BUTTON_FIELD) value=(label) { (label) } }
}

/// The button of a [`search_form`]. It has no name, so that the address holds what is searched for and nothing else.
#[must_use]
pub fn search_button(label: &str) -> Markup {
    html! { button.button.main type="submit" { (label) } }
}

/// The button of an act that takes something away (cancel, withdraw, close an account).
#[must_use]
pub fn submit_danger(label: &str) -> Markup {
    html! { button.button.danger type="submit" name=(BUTTON_FIELD) value=(label) { (label) } }
}

/// A further button in a form: sends `name=value` with it. Quieter than [`submit`].
#[must_use]
pub fn submit_named(name: &str, value: &str, label: &str) -> Markup {
    html! { button.button type="submit" name=(name) value=(value) { (label) } }
}

/// A link that looks like a button: leads on to the next page of a task.
#[must_use]
pub fn link_button(href: &str, label: &str) -> Markup {
    html! { a.button.main href=(href) { (label) } }
}

/// A link that stands alone and is not the main way on: back, details, another time.
#[must_use]
pub fn link_quiet(href: &str, label: &str) -> Markup {
    html! { a.quiet href=(href) { (label) } }
}
