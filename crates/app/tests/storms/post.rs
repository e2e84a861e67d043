//! The mail server is away: letters wait, the clinic is told, and when it is back each arrives once.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::browser::{Browser, Form};
use crate::server::{Place, Server};

/// The subjects and Message-IDs that arrived in the mailboxes of a small mail server on `port`.
fn mail_server(listener: TcpListener, refuses: &'static str) -> Arc<Mutex<Vec<String>>> {
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let kept = arrived.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let kept = kept.clone();
            std::thread::spawn(move || drop(serve(stream, refuses, &kept)));
        }
    });
    arrived
}

/// RFC 5321, as much of it as a client needs.
fn serve(stream: TcpStream, refuses: &str, kept: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    out.write_all(b"220 storm\r\n")?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(line)) = lines.next() {
        let word = line.to_ascii_uppercase();
        if word.starts_with("RCPT TO") && line.contains(refuses) {
            out.write_all(b"550 no such mailbox\r\n")?;
        } else if word == "DATA" {
            out.write_all(b"354 go on\r\n")?;
            for line in lines.by_ref().map_while(Result::ok) {
                if line.to_ascii_lowercase().starts_with("message-id:") {
                    kept.lock().unwrap().push(line.clone());
                }
                if line == "." {
                    break;
                }
            }
            out.write_all(b"250 taken\r\n")?;
        } else if word == "QUIT" {
            out.write_all(b"221 bye\r\n")?;
            return Ok(());
        } else {
            out.write_all(b"250 storm\r\n")?;
        }
    }
    Ok(())
}

fn register(clerk: &mut Browser, mail: &str) -> String {
    let form = Form::of_patient(&clerk.page("/patients/new").unwrap(), "嵐").with("mail", mail);
    clerk.send(&form.request()).unwrap().location.unwrap()
}

/// Books at the first time of tomorrow that is free.
fn book(clerk: &mut Browser, patient: &str) {
    let id = patient.rsplit('/').next().unwrap();
    let kinds = clerk.page(&format!("/book?patient={id}")).unwrap();
    let kind = crate::browser::between(&kinds, "&amp;type=", "\"").unwrap();
    let page = clerk.page(&format!("/book?patient={id}&type={kind}")).unwrap();
    let at =
        page.match_indices("name=\"at\" value=\"").last().map(|(place, mark)| &page[place + mark.len()..]).unwrap();
    let at = at.split('"').next().unwrap();
    let desk = Form::on(&page, "/book/hold");
    let confirm = format!(
        "/book/confirm?patient={id}&type={kind}&doctor={}&at={}",
        desk.get("doctor"),
        web::answer::query_value(at)
    );
    let form = Form::on(&clerk.page(&confirm).unwrap(), "/book");
    let booked = clerk.send(&form.request()).unwrap();
    assert_eq!(booked.status, 303, "{}", booked.text());
}

/// Looks at a page until it says what is awaited.
fn until(who: &mut Browser, path: &str, good: impl Fn(&str) -> bool) -> String {
    loop {
        let page = who.page(path).unwrap();
        if good(&page) {
            return page;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

#[test]
fn letters_wait_for_a_mail_server_that_is_away_and_arrive_once() {
    let mut place = Place::with_people("post");
    // A port that nobody listens on, until the server comes back there.
    let port = testkit::port();
    place.set("[mail]");
    place.set(&format!("smtp_url = \"smtp://127.0.0.1:{port}\""));
    // The demonstration has letters of its own: they may have gone out before it was copied, or not.
    crate::ledger::look(&place, |tx| tx.exec("DELETE FROM outbox", db::params![]));
    let server = Server::start(&place);
    let mut clerk = Browser::new(server.http);
    clerk.sign_in("suzuki").unwrap();
    let (reached, unknown) = (register(&mut clerk, "arashi@example.jp"), register(&mut clerk, "nobody@example.jp"));
    book(&mut clerk, &reached);
    book(&mut clerk, &unknown);
    // The day says how many are late, and what to do; behind it stand the addresses.
    let day = until(&mut clerk, "/day", |it| it.contains("届いていないメールが2通あります"));
    assert!(day.contains("電話で伝えてください"), "{day}");
    let letters = clerk.page("/letters").unwrap();
    assert!(letters.contains("arashi@example.jp") && letters.contains("電話で伝えた"), "{letters}");
    server.kill();

    // It is back. The pause is over by then; here it is taken out, since no test waits for a clock.
    crate::ledger::look(&place, |tx| {
        let facility = tx.facility()?;
        tx.exec(
            "UPDATE outbox SET next_try_at = due_at, claimed_until = NULL WHERE facility_id = ?1 AND sent_at IS NULL",
            db::params![facility],
        )
    });
    let arrived = mail_server(TcpListener::bind(("127.0.0.1", port)).unwrap(), "nobody@");
    let server = Server::start(&place);
    clerk.at = server.http;
    let day = until(&mut clerk, "/day", |it| it.contains("届いていないメールが1通あります"));
    assert!(day.contains("/letters"));
    let letters = until(&mut clerk, "/letters", |it| it.contains("このアドレスには届きません"));
    assert!(letters.contains("nobody@example.jp") && !letters.contains("arashi@example.jp"), "{letters}");
    assert!(clerk.page(&unknown).unwrap().contains("このメールアドレスには届きません"));
    assert!(!clerk.page(&reached).unwrap().contains("このメールアドレスには届きません"));
    // Somebody has telephoned.
    let action = letters.split("action=\"").find(|it| it.contains("/told\"")).unwrap().split('"').next().unwrap();
    let told = clerk.send(&Form::on(&letters, action).with("act", "told").request()).unwrap();
    assert_eq!(told.status, 303, "{}", told.text());
    assert!(!clerk.page("/day").unwrap().contains("届いていないメール"));
    server.stop();
    Server::start(&place).stop();
    let arrived = arrived.lock().unwrap().clone();
    assert_eq!(arrived.len(), 1, "one letter, once: {arrived:?}");
    place.verify();
}
