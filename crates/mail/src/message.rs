//! What is to be sent: its parts and limits.

use kernel::{Error, Result, Timestamp, Words, limits};
use serde::{Deserialize, Serialize};

use crate::{Invitation, To};

/// Most bytes of a text in UTF-8, some 1,600 Japanese characters. Carriers' mailboxes cut mails at 10,000 bytes; in
/// base64, with headers and an invitation, a text of this size stays below.
pub const TEXT_BYTES_MAX: usize = 5000;
/// Most characters of a short message (the three carriers' long SMS).
pub const SMS_CHARS_MAX: usize = 660;

/// The thing that a letter is about, so that it can be called back when that thing changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The noun (`booking`).
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

impl About {
    /// The `kind` called `id`.
    pub fn new(kind: &'static str, id: impl std::fmt::Display) -> Self {
        Self { kind, id: id.to_string() }
    }
}

/// A letter to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where to.
    pub to: To,
    /// The name that the mailbox shows for the sender: the facility's.
    pub from_name: String,
    /// One line; not sent with a short message.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// A calendar entry; not sent with a short message.
    pub invitation: Option<Invitation>,
    /// When to send.
    pub due_at: Timestamp,
    /// From when on it would only confuse (the end of the visit, for a reminder); it is then given up and shown as such.
    pub useless_after: Option<Timestamp>,
    /// What it is about.
    pub about: About,
}

impl Message {
    /// A letter to be sent at `due_at`, without invitation or end.
    pub fn new(
        to: To,
        from_name: impl Into<String>,
        subject: impl Into<String>,
        text: impl Into<String>,
        due_at: Timestamp,
        about: About,
    ) -> Self {
        Self {
            to,
            from_name: from_name.into(),
            subject: subject.into(),
            text: text.into(),
            invitation: None,
            due_at,
            useless_after: None,
            about,
        }
    }

    /// What is kept of it, checked against the limits.
    ///
    /// # Errors
    /// `Limit` when it is longer than carriers take.
    pub(crate) fn content(&self) -> Result<Content> {
        let text = self.text.replace("\r\n", "\n");
        let too_long = match self.to {
            To::Mail(_) => text.len() > TEXT_BYTES_MAX,
            To::Sms(_) => text.chars().count() > SMS_CHARS_MAX,
        };
        let (subject, from_name) = (one_line(&self.subject), one_line(&self.from_name));
        let long_line = [&subject, &from_name].into_iter().any(|it| it.chars().count() > limits::LINE_CHARS_MAX);
        if too_long || long_line {
            let words = Words::new(
                "送る文章が長すぎて、携帯電話のメールでは途中で切れてしまいます。短くしてください。",
                "This text is too long for mobile mailboxes. Please shorten it.",
            );
            return Err(Error::too_large(words, format!("a letter about {} of {} bytes", self.about.kind, text.len())));
        }
        Ok(Content { to: self.to.clone(), from_name, subject, text, invitation: self.invitation.clone() })
    }
}

/// What is sealed into the row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) to: To,
    pub(crate) from_name: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) invitation: Option<Invitation>,
}

/// Without line breaks and other control characters: what stands in a header must not begin another.
fn one_line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Ctx;

    fn message(to: &str, subject: &str, text: &str) -> Message {
        let to = to.parse().map(To::Mail).or_else(|_| to.parse().map(To::Sms)).expect("an address");
        Message::new(
            to,
            "青葉歯科クリニック",
            subject,
            text,
            Ctx::test("2026-11-21T00:00:00Z").now,
            About::new("booking", "1"),
        )
    }

    #[test]
    fn what_carriers_would_cut_is_refused() {
        let fits = "あ".repeat(TEXT_BYTES_MAX / 3);
        assert!(message("a@example.jp", "件名", &fits).content().is_ok());
        assert!(message("a@example.jp", "件名", &format!("{fits}あ")).content().is_err());
        assert!(message("09012345678", "", &"あ".repeat(SMS_CHARS_MAX)).content().is_ok());
        assert!(message("09012345678", "", &"あ".repeat(SMS_CHARS_MAX + 1)).content().is_err());
        assert!(message("a@example.jp", &"件".repeat(limits::LINE_CHARS_MAX + 1), "").content().is_err());
    }

    #[test]
    fn a_subject_is_one_line() {
        let content = message("a@example.jp", "ご予約\r\nBcc: x@example.jp", "a\r\nb").content().expect("content");
        assert_eq!(content.subject, "ご予約  Bcc: x@example.jp");
        assert_eq!(content.text, "a\nb");
    }
}
