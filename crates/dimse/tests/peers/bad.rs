//! Bad input: garbage, half units, lies about lengths, silence, crowds. Whatever comes, the next caller is served.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use dimse::pdu::{PDU_BYTES_MAX, Piece, Proposed, Request};

use crate::server::{Server, hasty, run};

fn call(server: &Server) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
    socket
}

/// Everything that is said until the other side ends the connection.
fn rest(mut socket: &TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    let _ = socket.read_to_end(&mut said);
    said
}

fn still_serves(server: &Server) {
    let (good, said) = run("echoscu", &["-aec", "HARUKA", "@"], server);
    assert!(good, "{said}");
}

fn request() -> Vec<u8> {
    let context = |id, abstract_syntax: &str| Proposed {
        id,
        abstract_syntax: abstract_syntax.into(),
        transfer_syntaxes: vec!["1.2.840.10008.1.2".into()],
    };
    let request = Request {
        called: "HARUKA".into(),
        calling: "TEST".into(),
        contexts: vec![context(1, "1.2.840.10008.1.1"), context(3, "1.2.840.10008.5.1.4.1.1.2")],
        pdu_bytes_max: PDU_BYTES_MAX,
        roles: vec![],
    };
    request.to_bytes()
}

/// An open association.
fn associated(server: &Server) -> TcpStream {
    let mut socket = call(server);
    socket.write_all(&request()).expect("sent");
    let mut head = [0; 6];
    socket.read_exact(&mut head).expect("answered");
    assert_eq!(head[0], 2, "accepted");
    let mut body = vec![0; u32::from_be_bytes([head[2], head[3], head[4], head[5]]) as usize];
    socket.read_exact(&mut body).expect("answered");
    socket
}

const ABORT: u8 = 7;

#[test]
fn garbage_is_aborted_and_the_next_caller_served() {
    let server = Server::open();
    let giant = [1, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    let empty_request = [1, 0, 0, 0, 0, 0];
    let data_first = [4, 0, 0, 0, 0, 6, 0, 0, 0, 2, 1, 3];
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &[0; 64], &[0xFF; 64], &giant, &empty_request, &data_first] {
        let mut socket = call(&server);
        socket.write_all(bytes).expect("sent");
        assert_eq!(rest(&socket).first(), Some(&ABORT), "{bytes:?}");
    }
    still_serves(&server);
}

#[test]
fn lies_within_an_association_end_it_and_store_nothing() {
    let server = Server::open();
    let head = |context, command, last, count| Piece::head(context, command, last, count).to_vec();
    let giant_unit = [4, 0, 0x7F, 0xFF, 0xFF, 0xFF].to_vec();
    let giant_piece = [4, 0, 0, 0, 0, 6, 0x7F, 0xFF, 0xFF, 0xFF, 1, 3].to_vec();
    let no_command = [head(1, true, true, 4), vec![1, 2, 3, 4]].concat();
    let data_without_command = [head(1, false, true, 2), vec![0, 0]].concat();
    let long_command = [head(1, true, false, 60_000), vec![0; 60_000]].concat();
    for bytes in [giant_unit, giant_piece, no_command, data_without_command, long_command] {
        let mut socket = associated(&server);
        let _ = socket.write_all(&bytes);
        assert_eq!(rest(&socket).first(), Some(&ABORT), "{:?}", &bytes[..12]);
    }
    assert_eq!(server.count(), 0);
    still_serves(&server);
}

#[test]
fn silence_and_single_bytes_end_by_themselves() {
    let server = Server::with(|it| it.times = hasty());
    let silent = call(&server);
    assert_eq!(rest(&silent).first(), Some(&ABORT));
    let half = associated(&server);
    (&half).write_all(&[4, 0, 0]).expect("sent");
    assert_eq!(rest(&half).first(), Some(&ABORT), "half a unit");
    let dripping = call(&server);
    let sender = dripping.try_clone().expect("a socket");
    let drip = std::thread::spawn(move || {
        for byte in request() {
            if (&sender).write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(40));
        }
    });
    assert_eq!(rest(&dripping).first(), Some(&ABORT), "a byte at a time");
    drip.join().expect("ended");
    still_serves(&server);
}

#[test]
fn a_crowd_from_one_address_is_told_to_come_later() {
    let server = Server::with(|it| it.per_address_max = 3);
    let guests: Vec<TcpStream> = (0..3).map(|_| associated(&server)).collect();
    let mut late = call(&server);
    late.write_all(&request()).expect("sent");
    let said = rest(&late);
    assert_eq!(said.get(..10), Some([3, 0, 0, 0, 0, 4, 0, 2, 3, 2].as_slice()), "try again later");
    drop(guests);
    for _ in 0..100 {
        if run("echoscu", &["-aec", "HARUKA", "@"], &server).0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("places do not become free again");
}
