//! Starting and ending: twice on one folder, after an unclean end, and with an act under way.

use std::io::{Read, Write};

use crate::browser::{Browser, Form};
use crate::server::{Place, Server};

#[test]
fn a_second_server_on_the_same_folder_is_refused_in_one_sentence() {
    let place = Place::with_people("twice");
    let first = Server::start(&place);
    let said = Server::try_start(&place).err().expect("refused");
    assert!(said.contains("another server uses this folder"), "{said}");
    assert!(Browser::new(first.http).page("/healthz").unwrap().contains("\"alive\":true"), "the first one goes on");
    first.stop();
    Server::start(&place).stop();
}

#[test]
fn after_an_unclean_end_it_starts_as_ever() {
    let place = Place::with_people("unclean");
    Server::start(&place).kill();
    // What a killed upload leaves.
    let facility =
        std::fs::read_dir(place.data().join("blobs")).unwrap().flatten().next().expect("the demonstration's").path();
    std::fs::create_dir_all(facility.join("01")).unwrap();
    std::fs::write(facility.join("01/0123456789abcdef0123456789abcdef"), b"half").unwrap();
    let server = Server::start(&place);
    let ready = Browser::new(server.http).page("/readyz").unwrap();
    assert!(ready.contains("\"ready\":true") && ready.contains("\"unsigned_logs\":0"), "{ready}");
    server.stop();
    place.verify();
}

#[test]
fn asked_to_stop_it_finishes_the_act_under_way() {
    let place = Place::with_people("stop");
    let server = Server::start(&place);
    let mut clerk = Browser::new(server.http);
    clerk.sign_in("suzuki").unwrap();
    let request = Form::of_patient(&clerk.page("/patients/new").unwrap(), "嵐").request();
    let mut line = clerk.send_half(&request).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
    server.ask_to_stop();
    std::thread::sleep(std::time::Duration::from_millis(100));
    line.write_all(&request.body[request.body.len() / 2..]).unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /patients/"), "{answer}");
    server.ended();
    place.verify();
}
