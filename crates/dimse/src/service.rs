//! What is offered to whom: which contexts of a request are accepted, and how. Values in, values out.

use std::collections::HashMap;

use crate::pdu::{Accept, Answered, Outcome, PDU_BYTES_MAX, Proposed, Request, Role};

/// Implicit VR little endian.
pub const IMPLICIT: &str = "1.2.840.10008.1.2";
/// Explicit VR little endian.
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
/// Writings without compressed pixels.
const PLAIN: [&str; 4] = [IMPLICIT, EXPLICIT, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"];
/// Storage Commitment Push Model.
pub const COMMITMENT: &str = "1.2.840.10008.1.20.1";
/// The one instance of it that everybody knows.
pub const COMMITMENT_INSTANCE: &str = "1.2.840.10008.1.20.1.1";

/// What a context is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// C-ECHO.
    Echo,
    /// C-STORE, of any class.
    Store,
    /// C-FIND.
    Find,
    /// C-FIND in the worklist.
    Worklist,
    /// C-MOVE.
    Move,
    /// C-GET.
    Get,
    /// Storage commitment.
    Commitment,
}

impl Service {
    /// Of an abstract syntax. Every class of composite instances is stored, makers' own ones too: what cannot be shown
    /// today can be handed back unchanged.
    #[must_use]
    pub fn of(abstract_syntax: &str) -> Option<Self> {
        const STORED_ELSEWHERE: [&str; 6] = [
            "1.2.840.10008.5.1.4.34.7",
            "1.2.840.10008.5.1.4.34.10",
            "1.2.840.10008.5.1.4.38.1",
            "1.2.840.10008.5.1.4.39.1",
            "1.2.840.10008.5.1.4.43.1",
            "1.2.840.10008.5.1.4.44.1",
        ];
        match abstract_syntax {
            "1.2.840.10008.1.1" => Some(Self::Echo),
            COMMITMENT => Some(Self::Commitment),
            "1.2.840.10008.5.1.4.1.2.1.1" | "1.2.840.10008.5.1.4.1.2.2.1" => Some(Self::Find),
            "1.2.840.10008.5.1.4.31" => Some(Self::Worklist),
            "1.2.840.10008.5.1.4.1.2.1.2" | "1.2.840.10008.5.1.4.1.2.2.2" => Some(Self::Move),
            "1.2.840.10008.5.1.4.1.2.1.3" | "1.2.840.10008.5.1.4.1.2.2.3" => Some(Self::Get),
            it if it.starts_with("1.2.840.10008.5.1.4.1.1.") || STORED_ELSEWHERE.contains(&it) => Some(Self::Store),
            it if it.starts_with("1.2.840.10008.") || imaging::instance::Uid::parse(it).is_none() => None,
            _ => Some(Self::Store),
        }
    }
}

/// An accepted context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// What it is for.
    pub service: Service,
    /// The class.
    pub class: String,
    /// How its data are written.
    pub transfer_syntax: String,
}

/// Accepts what is offered here; a worklist where there is one.
#[must_use]
pub fn negotiate(request: &Request, worklist: bool) -> (HashMap<u8, Context>, Accept) {
    let mut contexts = HashMap::new();
    let mut answers = Vec::new();
    // Whoever asks by C-GET provides storage: they take pictures, which are written here in one way or another.
    let takes = |class: &str| request.roles.iter().any(|it| it.provider && it.class == class);
    for proposed in &request.contexts {
        let absent = !worklist && Service::of(&proposed.abstract_syntax) == Some(Service::Worklist);
        let takes = takes(&proposed.abstract_syntax);
        let answered = if absent { no_service(proposed) } else { answer(proposed, takes) };
        if let (Outcome::Accepted, Some(service)) = (answered.outcome, Service::of(&proposed.abstract_syntax)) {
            let transfer_syntax = answered.transfer_syntax.clone();
            contexts.insert(proposed.id, Context { service, class: proposed.abstract_syntax.clone(), transfer_syntax });
        }
        answers.push(answered);
    }
    // Roles are granted as asked: we send where the peer serves (C-GET), and take where it uses.
    let stored = |it: &&Role| matches!(Service::of(&it.class), Some(Service::Store | Service::Commitment));
    let roles = request.roles.iter().filter(stored).cloned().collect();
    (contexts, Accept { contexts: answers, pdu_bytes_max: PDU_BYTES_MAX, roles })
}

fn no_service(proposed: &Proposed) -> Answered {
    Answered { id: proposed.id, outcome: Outcome::NoService, transfer_syntax: IMPLICIT.into() }
}

fn answer(proposed: &Proposed, takes: bool) -> Answered {
    let listed = &proposed.transfer_syntaxes;
    let has = |syntax: &str| listed.iter().find(|it| *it == syntax);
    let chosen = match Service::of(&proposed.abstract_syntax) {
        None => return no_service(proposed),
        Some(Service::Store) => {
            let mut packed = listed.iter().filter(|it| !PLAIN.contains(&it.as_str()));
            match (packed.next(), packed.next()) {
                // A sender that names one compression beside plain writings has it so, and would undo it for us.
                (Some(own), None) if !takes || is_written(own) || listed.len() == 1 => Some(own),
                // One that names several says what it can do, not what it has.
                _ => has(EXPLICIT).or_else(|| has(IMPLICIT)).or_else(|| listed.first()),
            }
        }
        Some(_) => has(EXPLICIT).or_else(|| has(IMPLICIT)),
    };
    match chosen.filter(|it| imaging::instance::Uid::parse(it).is_some()) {
        Some(syntax) => Answered { id: proposed.id, outcome: Outcome::Accepted, transfer_syntax: syntax.clone() },
        None => Answered { id: proposed.id, outcome: Outcome::NoTransferSyntax, transfer_syntax: IMPLICIT.into() },
    }
}

/// Whether any picture can go out in it, however it is stored.
fn is_written(syntax: &str) -> bool {
    imaging::study::WRITTEN.iter().any(|it| it.uid() == syntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_storage_class_is_taken_and_other_services_are_not() {
        for (uid, service) in [
            ("1.2.840.10008.1.1", Some(Service::Echo)),
            ("1.2.840.10008.5.1.4.1.1.2", Some(Service::Store)),
            ("1.2.840.10008.5.1.4.1.1.104.3", Some(Service::Store)),
            ("1.2.392.200036.9116.7.8.1.1.1", Some(Service::Store)),
            ("1.2.840.10008.5.1.4.1.2.2.1", Some(Service::Find)),
            ("1.2.840.10008.5.1.1.9", None),
            ("1.2.840.10008.3.1.2.3.3", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(Service::of(uid), service, "{uid}");
        }
    }

    #[test]
    fn any_writing_of_an_instance_is_taken_and_only_plain_ones_of_a_query() {
        let proposed = |id, abstract_syntax: &str, syntaxes: &[&str]| Proposed {
            id,
            abstract_syntax: abstract_syntax.into(),
            transfer_syntaxes: syntaxes.iter().map(|it| (*it).to_owned()).collect(),
        };
        const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
        const FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
        const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
        let request = Request {
            contexts: vec![
                proposed(1, CT, &[IMPLICIT, EXPLICIT]),
                proposed(3, CT, &[JPEG_LS]),
                proposed(5, CT, &["1.2.840.10008.1.2.4.999"]),
                proposed(7, FIND, &[JPEG_LS]),
                proposed(9, FIND, &[IMPLICIT]),
                proposed(11, CT, &[]),
                proposed(13, "1.2.840.10008.5.1.1.9", &[IMPLICIT]),
                proposed(15, CT, &[IMPLICIT, JPEG_LS, EXPLICIT]),
                proposed(17, CT, &[JPEG_LS, "1.2.840.10008.1.2.5", IMPLICIT]),
            ],
            ..Request::default()
        };
        let (contexts, accept) = negotiate(&request, false);
        let outcomes: Vec<_> = accept.contexts.iter().map(|it| it.outcome).collect();
        use Outcome::{Accepted, NoService, NoTransferSyntax};
        assert_eq!(
            outcomes,
            [Accepted, Accepted, Accepted, NoTransferSyntax, Accepted, NoTransferSyntax, NoService, Accepted, Accepted]
        );
        let chosen = |id: u8| contexts[&id].transfer_syntax.as_str();
        assert_eq!([chosen(1), chosen(3), chosen(15), chosen(17)], [EXPLICIT, JPEG_LS, JPEG_LS, IMPLICIT]);
        assert_eq!(contexts.len(), 6);
        let worklist = Request { contexts: vec![proposed(1, "1.2.840.10008.5.1.4.31", &[IMPLICIT])], ..request };
        for (there, outcome) in [(false, NoService), (true, Accepted)] {
            assert_eq!(negotiate(&worklist, there).1.contexts[0].outcome, outcome);
        }
    }

    #[test]
    fn whoever_takes_is_offered_what_every_picture_can_be_written_in() {
        // TR-26, TR-25
        const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
        const JPEG: &str = "1.2.840.10008.1.2.4.50";
        const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
        for (syntaxes, given, taken) in [
            (&[JPEG, EXPLICIT, IMPLICIT][..], JPEG, EXPLICIT),
            (&[JPEG_LS, IMPLICIT], JPEG_LS, JPEG_LS),
            (&[JPEG], JPEG, JPEG),
        ] {
            for (provider, expected) in [(false, given), (true, taken)] {
                let transfer_syntaxes = syntaxes.iter().map(|it| (*it).to_owned()).collect();
                let role = Role { class: CT.into(), user: !provider, provider };
                let context = Proposed { id: 1, abstract_syntax: CT.into(), transfer_syntaxes };
                let request = Request { contexts: vec![context], roles: vec![role], ..Request::default() };
                assert_eq!(negotiate(&request, false).0[&1].transfer_syntax, expected, "{syntaxes:?}");
            }
        }
    }
}
