//! Who carries letters: an SMTP server, a provider of short messages, or nobody but the demonstration's own list.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kernel::{Error, Result, clause};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::letter::Letter;
use crate::{MailAddress, PhoneNumber, To};

/// Longest wait for an answer of the mail server.
const SMTP_SECONDS_MAX: u64 = 20;
/// Letters that the demonstration's list keeps.
const SHOWN_LETTERS_MAX: usize = 200;

/// What became of a try. The text is a short code for the row and the log: servers quote addresses in their answers, so
/// what they say is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The carrier has it.
    Sent,
    /// The carrier will never take it: there is no such mailbox.
    Refused(String),
    /// This one not now.
    Later(String),
    /// The carrier cannot be reached; neither will the next letters.
    Away(String),
}

/// A future of a carrier.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: MailAddress,
}

impl Smtp {
    /// Reads `smtps://user:password@host` (TLS) or `smtp://…` (STARTTLS). Without TLS only on this machine: mails hold
    /// the links that open visits.
    ///
    /// # Errors
    /// `Unavailable` when the address cannot be read or asks for less than TLS.
    pub fn new(url: &str, from: MailAddress) -> Result<Self> {
        clause!("CS-150");
        let refused = |why: &str| Error::unavailable(format!("mail server address: {why}"));
        let (scheme, rest) = url.split_once("://").ok_or_else(|| refused("write smtp:// or smtps://"))?;
        let asked = match (scheme, rest.contains('?'), is_loopback(rest)) {
            (_, true, _) => return Err(refused("settings after ? are not taken; TLS is always asked for")),
            ("smtps", ..) | ("smtp", _, true) => url.to_owned(),
            ("smtp", ..) => format!("{url}?tls=required"),
            _ => return Err(refused("write smtp:// or smtps://")),
        };
        // The library's message may quote the address with its password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&asked).map_err(|_| refused("cannot be read"))?;
        let transport = builder
            .hello_name(ClientId::Domain(from.domain().to_owned()))
            .timeout(Some(Duration::from_secs(SMTP_SECONDS_MAX)))
            .build();
        Ok(Self { transport, from })
    }

    /// Whether the server answers, for the health page.
    pub async fn is_there(&self) -> bool {
        self.transport.test_connection().await.unwrap_or(false)
    }

    async fn send(&self, letter: &Letter) -> Outcome {
        let mail = match letter.mail(&self.from) {
            Ok(mail) => mail,
            Err(error) => {
                tracing::error!(%error, letter = letter.id, "a letter cannot be written");
                return Outcome::Refused("unwritable".into());
            }
        };
        match self.transport.send(mail).await {
            Ok(_) => Outcome::Sent,
            Err(error) => match error.status().map(|it| it.to_string()) {
                // No such mailbox, not here, name not allowed (RFC 5321, 4.2.3). Other refusals are about us (no
                // sign-in, blocked for a while) and may pass.
                Some(code) if matches!(code.as_str(), "550" | "551" | "553") => {
                    Outcome::Refused(format!("smtp {code}"))
                }
                Some(code) => Outcome::Later(format!("smtp {code}")),
                None if error.is_timeout() => Outcome::Away("timeout".into()),
                None if error.is_tls() => Outcome::Away("tls".into()),
                None => Outcome::Away("connection".into()),
            },
        }
    }
}

fn is_loopback(rest: &str) -> bool {
    let place = rest.split('/').next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |it| it.1);
    let host = match place.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// A letter that nobody carried, for the demonstration's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its Message-ID.
    pub message_id: String,
    /// Where it would have gone.
    pub to: To,
    /// The sender's name.
    pub from_name: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The calendar file.
    pub ics: Option<String>,
}

/// Carries nothing; keeps the last letters in memory for the demonstration and for tests, and logs no address.
#[derive(Debug, Clone)]
pub struct LogOnly {
    from: MailAddress,
    shown: Arc<Mutex<VecDeque<Shown>>>,
}

impl LogOnly {
    /// An empty list; letters say they are from `from`.
    #[must_use]
    pub fn new(from: MailAddress) -> Self {
        Self { from, shown: Arc::default() }
    }

    /// The letters, the newest first.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        self.shown.lock().map(|it| it.iter().rev().cloned().collect()).unwrap_or_default()
    }

    fn keep(&self, letter: &Letter) -> Outcome {
        let content = letter.content.clone();
        let shown = Shown {
            message_id: letter.message_id(&self.from),
            ics: letter.ics(&self.from),
            to: content.to,
            from_name: content.from_name,
            subject: content.subject,
            text: content.text,
        };
        if let Ok(mut list) = self.shown.lock() {
            if list.len() == SHOWN_LETTERS_MAX {
                list.pop_front();
            }
            list.push_back(shown);
        }
        tracing::info!(letter = letter.id, "a letter was kept instead of sent");
        Outcome::Sent
    }
}

/// Who carries mail.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// A mail server.
    Smtp(Box<Smtp>),
    /// Nobody: demonstration.
    LogOnly(LogOnly),
}

/// A short message for a provider.
#[derive(Debug, Clone, Copy)]
pub struct Sms<'a> {
    /// The same at every try, for providers that recognise doubles.
    pub id: &'a str,
    /// The recipient.
    pub to: &'a PhoneNumber,
    /// The text.
    pub text: &'a str,
}

/// A provider of short messages. One is written when a clinic has a contract with one.
pub trait SmsCarrier: Send + Sync {
    /// Hands a message to the provider.
    fn send<'a>(&'a self, sms: Sms<'a>) -> Sending<'a>;
}

/// Shows short messages in the same list as mails.
#[derive(Debug, Clone)]
pub struct LogSms(pub LogOnly);

impl SmsCarrier for LogSms {
    fn send<'a>(&'a self, sms: Sms<'a>) -> Sending<'a> {
        let content = crate::message::Content {
            to: To::Sms(sms.to.clone()),
            from_name: String::new(),
            subject: String::new(),
            text: sms.text.to_owned(),
            invitation: None,
        };
        let letter = Letter { id: sms.id.to_owned(), made_at: kernel::Timestamp::UNIX_EPOCH, content };
        Box::pin(async move { self.0.keep(&letter) })
    }
}

/// All carriers of an installation.
#[derive(Clone)]
pub struct Carriers {
    /// For mail.
    pub mail: Carrier,
    /// For short messages; none means that they cannot be sent, and are shown as such.
    pub sms: Option<Arc<dyn SmsCarrier>>,
}

impl Carriers {
    /// The demonstration's: everything is kept in one list.
    #[must_use]
    pub fn log_only(list: &LogOnly) -> Self {
        Self { mail: Carrier::LogOnly(list.clone()), sms: Some(Arc::new(LogSms(list.clone()))) }
    }

    pub(crate) async fn send(&self, letter: &Letter) -> Outcome {
        match (&letter.content.to, &self.mail, &self.sms) {
            (To::Mail(_), Carrier::Smtp(smtp), _) => smtp.send(letter).await,
            (To::Mail(_), Carrier::LogOnly(list), _) => list.keep(letter),
            (To::Sms(to), _, Some(sms)) => sms.send(Sms { id: &letter.id, to, text: &letter.content.text }).await,
            (To::Sms(_), _, None) => Outcome::Refused("no provider".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_leaves_this_machine_by_tls_only() {
        // CS-150
        let from: MailAddress = "desk@clinic.example.jp".parse().expect("from");
        for (url, taken) in [
            ("smtp://127.0.0.1:2525", true),
            ("smtp://localhost:2525", true),
            ("smtp://[::1]:2525", true),
            ("smtp://user:pa%40ss@mail.example.jp", true),
            ("smtps://user:pass@mail.example.jp", true),
            ("smtp://mail.example.jp?tls=opportunistic", false),
            ("smtp://127.0.0.1:25?tls=none", false),
            ("http://mail.example.jp", false),
            ("mail.example.jp", false),
            ("smtp://", false),
        ] {
            assert_eq!(Smtp::new(url, from.clone()).is_ok(), taken, "{url}");
        }
        assert!(!is_loopback("127.0.0.1@mail.example.jp:25") && !is_loopback("localhost.example.jp"));
        let told = Smtp::new("smtp://user:secret@:x", from).expect_err("refused").to_string();
        assert!(!told.contains("secret"));
    }
}
