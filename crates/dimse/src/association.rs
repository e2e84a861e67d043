//! One association from its request to its release: reads commands, hands each to its service.

use std::collections::HashMap;
use std::net::{IpAddr, TcpStream};

use crypto::Key;
use imaging::station::{self, Caller, Station};
use kernel::{Ctx, FacilityId, Result, Who};
use web::Site;

use crate::command::{COMMAND_BYTES_MAX, Command, field, status};
use crate::pdu::{Garbage, Kind, RELEASE_REPLY, Rejection, Request};
use crate::service::{Context, Service, negotiate};
use crate::wire::{Ended, Wire};
use crate::{Settings, TITLE, commitment, query, receive, send, worklist};

/// An open association.
pub(crate) struct Association {
    pub(crate) wire: Wire,
    pub(crate) site: Site,
    pub(crate) settings: Settings,
    /// Who called.
    pub(crate) station: Station,
    pub(crate) address: IpAddr,
    /// The facility whose data it is about, and its key.
    pub(crate) facility: FacilityId,
    pub(crate) key: Key,
    pub(crate) contexts: HashMap<u8, Context>,
    /// The largest unit that the peer takes.
    pub(crate) peer_bytes_max: u32,
    next_message: u16,
}

/// Runs one connection to its end.
pub(crate) fn run(
    socket: TcpStream,
    address: IpAddr,
    site: &Site,
    settings: &Settings,
    busy: bool,
    note: impl Fn() -> bool,
) {
    let open = || {
        let stream = (settings.wrap)(socket.try_clone()?)?;
        Wire::new(socket, stream, settings.times, settings.ticks.clone())
    };
    let Ok(mut wire) = open() else { return };
    let asked = match ask(&mut wire) {
        Ok(asked) => asked,
        Err(ended) => return leave(&mut wire, ended),
    };
    let admitted = match asked {
        Ok(_) if busy => Err(Rejection::Busy),
        Ok(request) => {
            let caller = Caller { address, certificate: wire.certificate(), must_prove: settings.must_prove };
            admit(site, settings, request, caller, note)
        }
        Err(rejection) => Err(rejection),
    };
    match admitted {
        Ok((request, station, key)) => {
            let (contexts, accept) = negotiate(&request, settings.worklist.is_some());
            let mut it = Association {
                wire,
                site: site.clone(),
                settings: settings.clone(),
                facility: station.facility,
                station,
                address,
                key,
                contexts,
                peer_bytes_max: request.pdu_bytes_max,
                next_message: 0,
            };
            let ended = it.wire.send(&accept.to_bytes(&request)).and_then(|()| it.serve());
            if let Err(ended) = ended {
                leave(&mut it.wire, ended);
            }
        }
        Err(rejection) => {
            let _ = wire.send(&rejection.to_bytes());
            // The peer closes; if it does not, we do.
            let _ = wire.unit(wire.times().unit.min(std::time::Duration::from_secs(2)));
        }
    }
}

/// Ends a connection that did not end by itself.
fn leave(wire: &mut Wire, ended: Ended) {
    match ended {
        Ended::Garbage(reason) => wire.abort(reason),
        Ended::Silent => wire.abort(0),
        Ended::Gone | Ended::Aborted | Ended::Rejected => (),
    }
}

fn ask(wire: &mut Wire) -> std::result::Result<std::result::Result<Request, Rejection>, Ended> {
    match wire.unit(wire.times().request)? {
        Kind::Request => {
            let asked = Request::parse(wire.body())?;
            // What lies in the body is no data.
            wire.pass();
            Ok(asked)
        }
        _ => Err(Ended::Garbage(2)),
    }
}

/// Who calls, and whether they may: by title, address and certificate.
fn admit(
    site: &Site,
    settings: &Settings,
    request: Request,
    caller: Caller,
    note: impl Fn() -> bool,
) -> std::result::Result<(Request, Station, Key), Rejection> {
    if request.called != TITLE {
        return Err(Rejection::Called);
    }
    let (calling, loopback) = (request.calling.clone(), settings.loopback);
    let found = site.db.write_blocking(None, move |tx| {
        let found = station::store::admit(tx, &calling, caller, loopback)?;
        let Some(station) = found else { return Ok(None) };
        tx.enter(station.facility)?;
        Ok(Some((station, tx.key()?)))
    });
    match found {
        Ok(Some((station, key))) => Ok((request, station, key)),
        Ok(None) => {
            if note() {
                let (ctx, calling) = (Ctx { address: Some(caller.address), ..site.job("dimse") }, request.calling);
                let note =
                    move |tx: &mut db::Tx<'_>| station::store::note_stranger(tx, &ctx, &calling, caller.certificate);
                let noted = site.db.write_blocking(None, note);
                if let Err(error) = noted {
                    tracing::error!(%error, "a refused call could not be put on record");
                }
            }
            Err(Rejection::Caller)
        }
        Err(error) => {
            tracing::error!(%error, "an association could not be judged");
            Err(Rejection::Busy)
        }
    }
}

impl Association {
    fn serve(&mut self) -> std::result::Result<(), Ended> {
        while let Some((id, command)) = self.command()? {
            let Some(context) = self.contexts.get(&id).cloned() else { return Err(Ended::Garbage(6)) };
            match (context.service, command.field()) {
                (Service::Echo, field::ECHO) => self.answer(id, &command.answer(status::SUCCESS))?,
                (Service::Store, field::STORE) => receive::store(self, id, &context, &command)?,
                (Service::Find, field::FIND) => query::find(self, id, &context, &command)?,
                (Service::Worklist, field::FIND) => worklist::find(self, id, &context, &command)?,
                (Service::Get, field::GET) => send::get(self, id, &context, &command)?,
                (Service::Move, field::MOVE) => send::relocate(self, id, &context, &command)?,
                (Service::Commitment, field::ACTION) => commitment::action(self, id, &context, &command)?,
                // What was to be cancelled is done already; an answer to our report needs nothing.
                (_, field::CANCEL) => (),
                (_, it) if it & field::ANSWER != 0 => self.skip_data(id, &command)?,
                _ => {
                    self.skip_data(id, &command)?;
                    self.answer(id, &command.answer(status::NO_OPERATION))?;
                }
            }
        }
        self.wire.send(&RELEASE_REPLY)
    }

    /// The next command; nothing when the peer asks for release.
    pub(crate) fn command(&mut self) -> std::result::Result<Option<(u8, Command)>, Ended> {
        let (mut held, mut context) = (Vec::new(), None);
        loop {
            let read = self.wire.piece(|piece| {
                let same = context.is_none_or(|it| it == piece.context);
                if !piece.command || !same || held.len() + piece.bytes.len() > COMMAND_BYTES_MAX {
                    return Err(Garbage);
                }
                context = Some(piece.context);
                held.extend_from_slice(piece.bytes);
                Ok(piece.last)
            })?;
            match read {
                None if held.is_empty() => return Ok(None),
                None => return Err(Ended::Garbage(2)),
                Some(Ok(false)) => (),
                Some(Ok(true)) => {
                    let command = Command::parse(&held).map_err(|_| Ended::Garbage(6))?;
                    return Ok(Some((context.unwrap_or_default(), command)));
                }
                Some(Err(Garbage)) => return Err(Ended::Garbage(2)),
            }
        }
    }

    /// Hands each piece of the data set that follows a command to `each`.
    pub(crate) fn data(&mut self, context: u8, mut each: impl FnMut(&[u8])) -> std::result::Result<(), Ended> {
        loop {
            let read = self.wire.piece(|piece| {
                if piece.command || piece.context != context {
                    return Err(Garbage);
                }
                each(piece.bytes);
                Ok(piece.last)
            })?;
            match read {
                Some(Ok(false)) => (),
                Some(Ok(true)) => return Ok(()),
                _ => return Err(Ended::Garbage(2)),
            }
        }
    }

    /// The whole data set that follows a command, or nothing when it is longer than `bytes_max`.
    pub(crate) fn small_data(
        &mut self,
        context: u8,
        command: &Command,
        bytes_max: usize,
    ) -> std::result::Result<Option<Vec<u8>>, Ended> {
        let (mut held, mut fits) = (Vec::new(), true);
        if command.has_data() {
            self.data(context, |bytes| {
                fits &= held.len() + bytes.len() <= bytes_max;
                if fits {
                    held.extend_from_slice(bytes);
                }
            })?;
        }
        Ok(fits.then_some(held))
    }

    fn skip_data(&mut self, context: u8, command: &Command) -> std::result::Result<(), Ended> {
        if command.has_data() { self.data(context, |_| ()) } else { Ok(()) }
    }

    /// Sends an answer without a data set.
    pub(crate) fn answer(&mut self, context: u8, answer: &Command) -> std::result::Result<(), Ended> {
        self.wire.message(context, &answer.to_bytes(), None, self.peer_bytes_max)
    }

    /// Sends an answer with a data set.
    pub(crate) fn answer_with(&mut self, context: u8, answer: Command, data: &[u8]) -> std::result::Result<(), Ended> {
        let answer = answer.with_data(true);
        self.wire.message(context, &answer.to_bytes(), Some(data), self.peer_bytes_max)
    }

    /// Whether the peer has cancelled `message` meanwhile.
    pub(crate) fn is_cancelled(&mut self, message: u16) -> std::result::Result<bool, Ended> {
        if !self.wire.waits() {
            return Ok(false);
        }
        match self.command()? {
            Some((_, command)) if command.field() == field::CANCEL => Ok(command.answered() == message),
            _ => Err(Ended::Garbage(2)),
        }
    }

    /// A number for a message of ours.
    pub(crate) fn next_message(&mut self) -> u16 {
        self.next_message = self.next_message.wrapping_add(1).max(1);
        self.next_message
    }

    /// Circumstances of an act of this association, now.
    pub(crate) fn ctx(&self) -> Ctx {
        let (now, chance) = (self.site.clock.now(), self.site.chance.clone());
        Ctx { address: Some(self.address), ..Ctx::new(Who::System("dimse"), Some(self.facility), now, chance) }
    }

    /// Runs an act at the caller's facility.
    pub(crate) fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = self.ctx();
        self.site.db.write_blocking(Some(self.facility), move |tx| act(tx, &ctx))
    }
}
