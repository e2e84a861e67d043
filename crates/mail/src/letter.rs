//! A letter as it travels by mail.

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};

use kernel::{Error, Result, Timestamp};

use crate::message::Content;
use crate::{MailAddress, To};

/// A letter in the hands of the worker.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    /// The id of its row.
    pub(crate) id: String,
    pub(crate) made_at: Timestamp,
    pub(crate) content: Content,
}

impl Letter {
    /// The same at every try, so that a double can be recognised.
    pub(crate) fn message_id(&self, from: &MailAddress) -> String {
        format!("<{}@{}>", self.id, from.domain())
    }

    /// The calendar file, for letters by mail.
    pub(crate) fn ics(&self, from: &MailAddress) -> Option<String> {
        match (&self.content.invitation, &self.content.to) {
            (Some(it), To::Mail(to)) => Some(it.ics(self.made_at, from, &self.content.from_name, to)),
            _ => None,
        }
    }

    /// The mail. Headers are encoded by the library (RFC 2047, 2231); texts that are not plain ASCII go in base64, which
    /// for Japanese is half of quoted-printable.
    pub(crate) fn mail(&self, from: &MailAddress) -> Result<lettre::Message> {
        let To::Mail(to) = &self.content.to else {
            return Err(Error::internal("a short message in the hands of the mail carrier"));
        };
        let content = &self.content;
        let name = Some(content.from_name.clone()).filter(|it| !it.is_empty());
        let builder = lettre::Message::builder()
            .from(Mailbox::new(name, from.inner().clone()))
            .to(Mailbox::new(None, to.inner().clone()))
            .subject(&content.subject)
            .date(self.made_at.into())
            .message_id(Some(self.message_id(from)))
            // So that absence notes are not answered to us (RFC 3834).
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()));
        let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body(content.text.clone())?);
        let built = match (&content.invitation, self.ics(from)) {
            (Some(invitation), Some(ics)) => {
                let kind = format!("text/calendar; charset=utf-8; method={}", invitation.method.name());
                let kind = ContentType::parse(&kind).map_err(Error::internal)?;
                let file = Attachment::new("invite.ics".into()).body(body(ics)?, kind);
                let parts = MultiPart::mixed().boundary(format!("part-{}", self.id)).singlepart(text).singlepart(file);
                builder.multipart(parts)
            }
            _ => builder.singlepart(text),
        };
        built.map_err(Error::internal)
    }
}

fn body(text: String) -> Result<Body> {
    if text.is_ascii() {
        return Ok(Body::new(text));
    }
    Body::new_with_encoding(text, ContentTransferEncoding::Base64)
        .map_err(|_| Error::internal("a text cannot be encoded"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::tests::invitation;
    use crate::{Method, TEXT_BYTES_MAX};
    use kernel::Ctx;

    fn letter(subject: &str, text: &str, invited: bool) -> Letter {
        Letter {
            id: "01hz0000000000000000000000".into(),
            made_at: Ctx::test("2026-11-21T00:00:00Z").now,
            content: Content {
                to: To::Mail("tanaka@example.jp".parse().expect("to")),
                from_name: "青葉歯科クリニック".into(),
                subject: subject.into(),
                text: text.into(),
                invitation: invited.then(|| invitation(Method::Request, 0)),
            },
        }
    }

    fn written(letter: &Letter) -> String {
        let mail = letter.mail(&"desk@clinic.example.jp".parse().expect("from")).expect("built");
        String::from_utf8(mail.formatted()).expect("ASCII")
    }

    #[test]
    fn a_mail_is_ascii_dated_and_named() {
        let mail = written(&letter("ご予約の確認（11月24日）", "田中様\nご予約を承りました。", false));
        assert!(mail.is_ascii());
        for line in [
            "Message-ID: <01hz0000000000000000000000@clinic.example.jp>\r\n",
            "Date: Sat, 21 Nov 2026 00:00:00 +0000\r\n",
            "To: tanaka@example.jp\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Transfer-Encoding: base64\r\n",
            "Subject: =?utf-8?b?",
            "<desk@clinic.example.jp>\r\n",
        ] {
            assert!(mail.contains(line), "{line} is missing in\n{mail}");
        }
        assert_eq!(
            mail,
            written(&letter("ご予約の確認（11月24日）", "田中様\nご予約を承りました。", false)),
            "the same each time"
        );
    }

    #[test]
    fn the_longest_letter_stays_below_what_carriers_cut() {
        let longest = written(&letter(&"件".repeat(60), &"あ".repeat(TEXT_BYTES_MAX / 3), true));
        assert!(longest.len() < 10_000, "{} bytes", longest.len());
        assert!(longest.contains("Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n"));
        assert!(longest.contains("filename=\"invite.ics\""));
    }

    #[test]
    fn no_text_becomes_a_header() {
        // The door takes line breaks out (see `message`); the library must not let them through either.
        let mail = written(&letter("x\r\nBcc: evil@example.jp", "y\r\n.\r\nMAIL FROM:<z@example.jp>", false));
        let head = mail.split("\r\n\r\n").next().unwrap_or_default();
        assert!(!head.lines().any(|it| it.to_ascii_lowercase().starts_with("bcc")), "{head}");
    }
}
