//! The parts that pages are made of: forms, fields, buttons, notices, gates, facts, tables.

use maud::{Markup, html};

use crate::Asked;
use crate::fields::{KEY_FIELD, TOKEN_FIELD};

/// A form that posts to `action`, with the session's token and a key of its own.
#[must_use]
pub fn form(asked: &Asked, action: &str, body: Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name=(TOKEN_FIELD) value=(asked.form_token());
            input type="hidden" name=(KEY_FIELD) value=(asked.form_key());
            (body)
        }
    }
}
