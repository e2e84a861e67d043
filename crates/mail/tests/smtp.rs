//! Mail spoken with somebody else's server: PyPI's `aiosmtpd`, which writes what it gets into a Maildir.
//!
//! ```sh
//! python3 -m aiosmtpd -n -l 127.0.0.1:2525 -c aiosmtpd.handlers.Mailbox FOLDER
//! HARUKA_TEST_SMTP=127.0.0.1:2525 HARUKA_TEST_SMTP_FOLDER=FOLDER/new cargo test -p mail
//! ```
//! `make test` starts and ends one by itself.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{CLINIC, Site};
use mail::{Carrier, Carriers, Delivered, Invitation, Method, Smtp};

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: start aiosmtpd as the head of this file says and set HARUKA_TEST_SMTP (host:port) and \
             HARUKA_TEST_SMTP_FOLDER (`new` in its Maildir); `make test` does so by itself"
        )
    })
}

fn carriers(address: &str) -> Carriers {
    let smtp = Smtp::new(&format!("smtp://{address}"), "desk@clinic.example.jp".parse().unwrap()).unwrap();
    Carriers { mail: Carrier::Smtp(Box::new(smtp)), sms: None }
}

/// The mails in the Maildir whose text holds `what`.
fn received(folder: &Path, what: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).map(|it| it.collect::<Vec<_>>()).unwrap_or_default();
    let mails = files.into_iter().map(|it| std::fs::read_to_string(it.unwrap().path()).unwrap().replace("\r\n", "\n"));
    mails.filter(|it| it.contains(what)).collect()
}

/// The decoded base64 parts of a mail.
fn texts(mail: &str) -> Vec<String> {
    let parts = mail.split("Content-Transfer-Encoding: base64\n").skip(1);
    parts
        .map(|part| {
            let body = part.strip_prefix("\n").unwrap();
            let body: String = body.lines().take_while(|it| !it.is_empty() && !it.starts_with("--")).collect();
            String::from_utf8(STANDARD.decode(body).unwrap()).unwrap()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_with_its_calendar_entry_arrives() {
    let (address, folder) = (setting("HARUKA_TEST_SMTP"), setting("HARUKA_TEST_SMTP_FOLDER"));
    let site = Site::open("smtp", None).await;
    let text = "田中様\n\n11月24日 10:30 のご予約を承りました。\nhttps://clinic.example.jp/v/abc\n.\n以上";
    let mut letter = site.letter("tanaka@example.jp", text);
    let starts_at = "2026-11-24T01:30:00Z".parse().unwrap();
    letter.invitation = Some(Invitation {
        uid: "booking-1".into(),
        sequence: 0,
        method: Method::Request,
        starts_at,
        ends_at: kernel::time::plus_min(starts_at, 30),
        summary: "青葉歯科クリニック".into(),
        description: "オンライン診療".into(),
        url: None,
    });
    let id = site.enqueue(letter).await;
    let carriers = carriers(&address);
    let done = mail::deliver_due(&site.db, &carriers, &site.clock).await.unwrap();
    assert_eq!(done, Delivered { sent: 1, ..Delivered::default() });
    let Carrier::Smtp(smtp) = &carriers.mail else { unreachable!() };
    assert!(smtp.is_there().await);

    let mails = received(Path::new(&folder), &format!("<{id}@clinic.example.jp>"));
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    for line in ["X-MailFrom: desk@clinic.example.jp", "X-RcptTo: tanaka@example.jp", "Date: Sat, 21 Nov 2026 00:00:00"]
    {
        assert!(mail.contains(line), "{line} is missing in\n{mail}");
    }
    let texts = texts(mail);
    assert_eq!(texts[0].replace("\r\n", "\n"), text);
    assert!(texts[1].contains("DTSTART:20261124T013000Z") && texts[1].contains("SUMMARY:青葉歯科クリニック"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_waited_for() {
    let site = Site::open("smtp_away", None).await;
    site.enqueue(site.letter("tanaka@example.jp", "待つ")).await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let done = mail::deliver_due(&site.db, &carriers(&nobody), &site.clock).await.unwrap();
    assert_eq!(done, Delivered { postponed: 1, ..Delivered::default() });
}

/// A mail server that answers every recipient with `answer`.
fn refusing(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut line, _) = listener.accept().unwrap();
        let mut commands = BufReader::new(line.try_clone().unwrap()).lines();
        line.write_all(b"220 fake\r\n").unwrap();
        while let Some(Ok(command)) = commands.next() {
            let said = match command.get(..4).unwrap_or_default() {
                "RCPT" => answer,
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            line.write_all(format!("{said}\r\n").as_bytes()).unwrap();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_mailbox_is_given_up_and_a_busy_one_is_not() {
    for (answer, failed) in [
        ("550 5.1.1 <tanaka@example.jp>: no such user", 1),
        ("450 4.2.1 <tanaka@example.jp>: busy", 0),
        ("554 5.7.1 <tanaka@example.jp>: you are blocked", 0),
    ] {
        let site = Site::open("smtp_refused", None).await;
        site.enqueue(site.letter("tanaka@example.jp", "宛先")).await;
        let done = mail::deliver_due(&site.db, &carriers(&refusing(answer)), &site.clock).await.unwrap();
        assert_eq!((done.failed, done.postponed), (failed, 1 - failed), "{answer}");
        if failed == 1 {
            let shown = site.act(CLINIC, mail::failed).await.unwrap();
            assert_eq!(shown[0].last_error, "smtp 550", "what the server says about people is not kept");
        }
    }
}
