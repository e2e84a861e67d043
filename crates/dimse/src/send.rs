//! C-GET and C-MOVE: instances go out as they are stored, or without loss in a syntax that the receiver takes, streamed from
//! the disk; to the asker on its own association, or to a registered destination on one of ours.

use std::collections::{BTreeSet, HashMap};
use std::net::{TcpStream, ToSocketAddrs};

use imaging::dataset::Writer;
use imaging::outgoing::Outcome;
use imaging::station;
use imaging::study::{Fetched, Located};
use web::Site;

use crate::association::Association;
use crate::command::{Command, Counts, field, status};
use crate::identifier::{IDENTIFIER_BYTES_MAX, Identifier, LEVEL};
use crate::leaving::{Leaving, ways};
use crate::pdu::{self, Accept, Kind, PDU_BYTES_MAX, Proposed, RELEASE_REQUEST, Request, Role};
use crate::service::{Context, EXPLICIT, IMPLICIT, Service};
use crate::wire::{Ended, Stream, Wire};
use crate::{Settings, TITLE, query};

/// Contexts of one association: their numbers are odd and fit into a byte.
const CONTEXTS_MAX: usize = 128;

/// Sends what fits to the asker.
pub(crate) fn get(it: &mut Association, id: u8, context: &Context, command: &Command) -> Result<(), Ended> {
    let found = match find(it, id, context, command)? {
        Ok(found) => found,
        Err(answer) => return it.answer(id, &answer),
    };
    let mut tally = Tally::new(&found);
    for (place, which) in found.instances.iter().enumerate() {
        let sent = give(it, &found, which)?;
        tally.count(which, sent.is_taken());
        let last = place + 1 == found.instances.len();
        if sent == Sent::Cancelled || (!last && it.is_cancelled(command.message())?) {
            let answer = command.answer(status::CANCELLED).with_counts(&tally.counts, true);
            return it.answer(id, &answer);
        }
        if !last {
            it.answer(id, &command.answer(status::PENDING).with_counts(&tally.counts, true))?;
        }
    }
    tally.finish(it, id, context, command)
}

/// Sends what fits to a registered destination.
pub(crate) fn relocate(it: &mut Association, id: u8, context: &Context, command: &Command) -> Result<(), Ended> {
    let title = command.destination();
    let found = match find(it, id, context, command)? {
        Ok(found) => found,
        Err(answer) => return it.answer(id, &answer),
    };
    let known = it.act(move |tx, _| station::store::destination(tx, &title));
    let place = match known {
        Ok(Some(place)) => place,
        Ok(None) => {
            return it.answer(id, &command.answer(status::DESTINATION).comment("destination is not registered"));
        }
        Err(error) => {
            tracing::warn!(%error, "a destination could not be read");
            return it.answer(id, &command.answer(status::FAILED));
        }
    };
    let Ok(mut out) = Outgoing::to_store(&it.settings, &place, &found) else {
        tracing::warn!(host = place.host, port = place.port, "a destination takes no association");
        let mut tally = Tally::new(&found);
        found.instances.iter().for_each(|which| tally.count(which, false));
        return tally.finish(it, id, context, command);
    };
    let mut tally = Tally::new(&found);
    for (number, which) in found.instances.iter().enumerate() {
        let taken = out.store(it, &found, which, command.message());
        tally.count(which, taken);
        let last = number + 1 == found.instances.len();
        if !last && it.is_cancelled(command.message())? {
            out.release();
            let answer = command.answer(status::CANCELLED).with_counts(&tally.counts, true);
            return it.answer(id, &answer);
        }
        if !last {
            it.answer(id, &command.answer(status::PENDING).with_counts(&tally.counts, true))?;
        }
    }
    out.release();
    tally.finish(it, id, context, command)
}

type Asked = Result<Fetched, Command>;

/// Reads the identifier, and finds what it names. A retrieval lists identifiers (PS3.4 C.4.2.1.4); other keys narrow it.
fn find(it: &mut Association, id: u8, context: &Context, command: &Command) -> Result<Asked, Ended> {
    let read = it.small_data(id, command, IDENTIFIER_BYTES_MAX)?;
    let Some(asked) = read.and_then(|bytes| Identifier::parse(&bytes, &context.transfer_syntax).ok()) else {
        return Ok(Err(command.answer(status::NOT_AS_ANNOUNCED).comment("no identifier")));
    };
    let filter = match query::filter(&asked) {
        Ok((filter, _)) => filter,
        Err(comment) => return Ok(Err(command.answer(status::NOT_AS_ANNOUNCED).comment(comment))),
    };
    let named = match asked.value(LEVEL) {
        "PATIENT" => filter.patient_id.is_some(),
        "STUDY" => !filter.studies.is_empty(),
        "SERIES" => !filter.series.is_empty(),
        "IMAGE" => !filter.instances.is_empty(),
        _ => false,
    };
    if !named {
        return Ok(Err(command.answer(status::NOT_AS_ANNOUNCED).comment("names nothing at its level")));
    }
    let found = it.act(move |tx, ctx| match imaging::study::fetch(tx, ctx, &filter, "study.send") {
        Ok(found) => Ok(Some(found)),
        // The entry stays: what was asked for is on record, found or not.
        Err(error) if *error.kind() == kernel::Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    });
    Ok(match found {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(command.answer(status::SUCCESS).with_counts(&Counts::default(), false)),
        Err(error) => {
            tracing::warn!(%error, "a retrieval failed");
            Err(command.answer(status::FAILED))
        }
    })
}

/// What was sent, and what was not.
struct Tally {
    counts: Counts,
    failed: Vec<String>,
}

impl Tally {
    fn new(found: &Fetched) -> Self {
        let remaining = u16::try_from(found.instances.len()).unwrap_or(u16::MAX);
        Self { counts: Counts { remaining, ..Counts::default() }, failed: Vec::new() }
    }

    fn count(&mut self, which: &Located, taken: bool) {
        self.counts.remaining = self.counts.remaining.saturating_sub(1);
        if taken {
            self.counts.done = self.counts.done.saturating_add(1);
        } else {
            self.counts.failed = self.counts.failed.saturating_add(1);
            self.failed.push(which.uid.clone());
        }
    }

    /// The last answer, with the list of what failed (PS3.4 C.4.2.1.4.2).
    fn finish(self, it: &mut Association, id: u8, context: &Context, command: &Command) -> Result<(), Ended> {
        let status = match (self.counts.done, self.counts.failed) {
            (_, 0) => status::SUCCESS,
            (0, _) => status::NONE_SENT,
            _ => status::SOME_FAILED,
        };
        let answer = command.answer(status).with_counts(&self.counts, false);
        if self.failed.is_empty() {
            return it.answer(id, &answer);
        }
        let list = imaging::dataset::Tag(0x0008, 0x0058);
        let explicit = context.transfer_syntax == EXPLICIT;
        let vr = imaging::dataset::Vr(*b"UI");
        // A short element holds 65,534 bytes: some thousand identifiers, and the counts tell the rest.
        let listed = self.failed[..self.failed.len().min(900)].join("\\");
        let data = Writer::new(explicit).text(list, vr, &listed).take();
        it.answer_with(id, answer, &data)
    }
}

/// What became of one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Taken,
    Failed,
    Cancelled,
}

impl Sent {
    fn is_taken(self) -> bool {
        self == Self::Taken
    }
}

/// Sends one instance on the asker's own association.
fn give(it: &mut Association, found: &Fetched, which: &Located) -> Result<Sent, Ended> {
    let contexts = it.contexts.iter().filter(|(_, it)| it.service == Service::Store);
    let ways = ways(contexts.map(|(id, it)| (*id, it.class.as_str(), it.transfer_syntax.as_str())), which);
    let Ok((context, leaving)) = Leaving::open(&it.site, found, which, &ways) else { return Ok(Sent::Failed) };
    let message = it.next_message();
    let command = Command::new(field::STORE)
        .with_message(message)
        .with_priority()
        .with_instance(&which.class, &which.uid)
        .with_data(true);
    it.wire.message(context, &command.to_bytes(), None, it.peer_bytes_max)?;
    leaving.stream(&mut it.wire, context, it.peer_bytes_max)?;
    let mut cancelled = false;
    loop {
        match it.command()? {
            Some((_, answer)) if answer.field() == field::STORE | field::ANSWER => {
                let taken = is_taken(answer.status());
                return Ok(if cancelled {
                    Sent::Cancelled
                } else if taken {
                    Sent::Taken
                } else {
                    Sent::Failed
                });
            }
            Some((_, answer)) if answer.field() == field::CANCEL => cancelled = true,
            _ => return Err(Ended::Garbage(2)),
        }
    }
}

/// Success, or a warning that the receiver has changed something of its own.
fn is_taken(status: u16) -> bool {
    status == status::SUCCESS || status & 0xF000 == 0xB000
}

/// Classes and transfer syntaxes that are proposed for what was found; those in which it is stored before the others, for an
/// association has only so many contexts.
fn proposed(found: &Fetched) -> Vec<(String, String)> {
    let pair = |it: &Located, syntax: &str| (it.class.clone(), syntax.to_owned());
    let stored: BTreeSet<_> = found.instances.iter().map(|it| pair(it, &it.transfer_syntax)).collect();
    let native = found.instances.iter().flat_map(|it| {
        let others = it.others();
        [EXPLICIT, IMPLICIT]
            .into_iter()
            .filter(move |syntax| others.contains(syntax))
            .map(move |syntax| pair(it, syntax))
    });
    let native: BTreeSet<_> = native.filter(|it| !stored.contains(it)).collect();
    stored.into_iter().chain(native).take(CONTEXTS_MAX).collect()
}

/// An association that we asked for.
pub(crate) struct Outgoing {
    wire: Wire,
    contexts: HashMap<u8, (String, String)>,
    bytes_max: u32,
    messages: u16,
    broken: bool,
}

impl Outgoing {
    /// To a destination that shall store what was found: each class in the writing in which its instances are stored, and
    /// native, for a receiver that takes no other.
    pub(crate) fn to_store(settings: &Settings, place: &station::Destination, found: &Fetched) -> Result<Self, Ended> {
        Self::open(settings, place, proposed(found), Vec::new())
    }

    /// To a peer, with these contexts and roles.
    pub(crate) fn open(
        settings: &Settings,
        place: &station::Destination,
        wanted: Vec<(String, String)>,
        roles: Vec<Role>,
    ) -> Result<Self, Ended> {
        let addresses = (place.host.as_str(), place.port).to_socket_addrs()?;
        let mut socket = Err(Ended::Gone);
        for address in addresses {
            socket = TcpStream::connect_timeout(&address, settings.times.request).map_err(Ended::from);
            if socket.is_ok() {
                break;
            }
        }
        let socket = socket?;
        // Whoever has a certificate is never spoken to in plain.
        let stream: Box<dyn Stream> = match place.certificate {
            None => Box::new(socket.try_clone()?),
            Some(certificate) => (settings.reach)(socket.try_clone()?, certificate).map_err(|error| {
                tracing::warn!(%error, host = place.host, port = place.port, "a station is not reached by TLS");
                Ended::Gone
            })?,
        };
        let mut wire = Wire::new(socket, stream, settings.times, settings.ticks.clone())?;
        let number = |place: usize| u8::try_from(place * 2 + 1).unwrap_or(u8::MAX);
        let contexts = wanted.iter().enumerate().map(|(place, (class, syntax))| Proposed {
            id: number(place),
            abstract_syntax: class.clone(),
            transfer_syntaxes: vec![syntax.clone()],
        });
        let request = Request {
            called: place.title.clone(),
            calling: TITLE.into(),
            contexts: contexts.collect(),
            pdu_bytes_max: PDU_BYTES_MAX,
            roles,
        };
        wire.send(&request.to_bytes())?;
        match wire.unit(settings.times.request)? {
            Kind::Accept => (),
            Kind::Reject => return Err(Ended::Rejected),
            _ => return Err(Ended::Gone),
        }
        let accept = Accept::parse(wire.body())?;
        // What lies in the body is no data.
        wire.pass();
        let accepted = accept.contexts.iter().filter(|it| it.outcome == pdu::Outcome::Accepted);
        let contexts = accepted
            .filter_map(|it| {
                let place = usize::from(it.id / 2);
                wanted.get(place).map(|pair| (it.id, pair.clone()))
            })
            .collect();
        Ok(Self { wire, contexts, bytes_max: accept.pdu_bytes_max, messages: 0, broken: false })
    }

    /// Sends one instance in the name of whoever moves it; whether it was taken.
    fn store(&mut self, it: &Association, found: &Fetched, which: &Located, moved_by: u16) -> bool {
        self.give(&it.site, found, which, Some((&it.station.title, moved_by))) == Outcome::Stored
    }

    /// Sends one instance, in the name of whoever moves it, if anybody does.
    pub(crate) fn give(
        &mut self,
        site: &Site,
        found: &Fetched,
        which: &Located,
        mover: Option<(&str, u16)>,
    ) -> Outcome {
        let contexts = self.contexts.iter().map(|(id, pair)| (*id, pair.0.as_str(), pair.1.as_str()));
        let ways = ways(contexts, which);
        if self.broken && !ways.is_empty() {
            return Outcome::Away;
        }
        let (context, leaving) = match Leaving::open(site, found, which, &ways) {
            Ok(opened) => opened,
            Err(outcome) => return outcome,
        };
        self.messages = self.messages.wrapping_add(1).max(1);
        let mut command = Command::new(field::STORE)
            .with_message(self.messages)
            .with_priority()
            .with_instance(&which.class, &which.uid)
            .with_data(true);
        if let Some((title, message)) = mover {
            command = command.with_mover(title, message);
        }
        let sent = self
            .wire
            .message(context, &command.to_bytes(), None, self.bytes_max)
            .and_then(|()| leaving.stream(&mut self.wire, context, self.bytes_max))
            .and_then(|()| self.answer());
        match sent {
            Ok(answer) if is_taken(answer.status()) => Outcome::Stored,
            Ok(answer) => Outcome::Refused(answer.status()),
            Err(ended) => {
                tracing::warn!(?ended, "a destination went away");
                self.broken = true;
                Outcome::Away
            }
        }
    }

    /// Sends a command with its data set on the first context, and waits for the answer.
    pub(crate) fn tell(&mut self, command: &Command, data: &[u8]) -> Result<Command, Ended> {
        let Some(context) = self.contexts.keys().min().copied() else { return Err(Ended::Gone) };
        self.wire.message(context, &command.to_bytes(), Some(data), self.bytes_max)?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Command, Ended> {
        let mut held = Vec::new();
        loop {
            let last = self.wire.piece(|piece| {
                held.extend_from_slice(piece.bytes);
                piece.last && piece.command
            })?;
            match last {
                Some(true) => return Command::parse(&held).map_err(|_| Ended::Garbage(6)),
                Some(false) if held.len() < crate::command::COMMAND_BYTES_MAX => (),
                _ => return Err(Ended::Garbage(2)),
            }
        }
    }

    /// Ends it in good order, if it still is.
    pub(crate) fn release(&mut self) {
        if !self.broken && self.wire.send(&RELEASE_REQUEST).is_ok() {
            let _ = self.wire.unit(self.wire.times().request);
        }
    }
}
