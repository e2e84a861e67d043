//! Units of DIMSE and the commands in them, from whoever finds the port. The first byte says what the rest is.
#![no_main]

use dimse::command::Command;
use dimse::identifier::Identifier;
use dimse::pdu::{Accept, HEAD_BYTES, Piece, Request};
use dimse::service::{EXPLICIT, IMPLICIT, negotiate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, body)) = bytes.split_first() else { return };
    match kind % 5 {
        0 => {
            if let Ok(Ok(request)) = Request::parse(body) {
                let (contexts, accept) = negotiate(&request, bytes.len().is_multiple_of(2));
                assert!(contexts.len() <= accept.contexts.len());
                let answer = accept.to_bytes(&request);
                assert!(Accept::parse(&answer[HEAD_BYTES..]).is_ok(), "our own answer");
                // What we understood we can say, and understand again.
                let again =
                    Request::parse(&request.to_bytes()[HEAD_BYTES..]).expect("our own words").expect("spoken here");
                assert_eq!(again.contexts, request.contexts);
            }
        }
        1 => {
            let _ = Accept::parse(body);
        }
        2 => {
            let mut at = 0;
            while let Ok(Some((piece, next))) = Piece::parse(body, at) {
                assert!(next > at && next <= body.len() && piece.bytes.len() < next - at);
                at = next;
            }
        }
        3 => {
            if let Ok(command) = Command::parse(body) {
                let _ = (command.message(), command.answered(), command.status(), command.destination());
                let written = command.to_bytes();
                assert!(Command::parse(&written).is_ok(), "our own words");
            }
        }
        _ => {
            for syntax in [EXPLICIT, IMPLICIT] {
                if let Ok(asked) = Identifier::parse(body, syntax) {
                    let _ = asked.references(imaging::dataset::Tag(0x0008, 0x1199));
                }
            }
        }
    }
});
