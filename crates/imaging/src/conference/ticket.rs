//! Tickets to a conference: what its page hands to the browser, and what the socket is asked for. A ticket names a seat and the
//! session it was made for; it opens nothing that the rows do not allow at that moment.

use db::Tx;
use kernel::{Ctx, Error, FacilityId, PersonId, Result, SessionId, Timestamp, Who, clause, time};
use people::access::{self, Act, Class, Decision};
use people::person;
use serde::{Deserialize, Serialize};

use super::desk::{NoSeat, Role};
use super::{Conference, ConferenceId, MayNot, RUNS_MIN, may_join, store};
use crate::request::store::read_one as read_request;

const PURPOSE: &str = "conference";

/// What a ticket says. Ids only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ticket {
    /// The facility at which the person acts.
    pub(super) facility: FacilityId,
    /// The conference.
    pub(super) conference: ConferenceId,
    /// Who.
    pub(super) person: PersonId,
    /// The session that it was made for.
    pub(super) session: SessionId,
}

/// What a good ticket opens.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    /// The name that the others see.
    pub(super) name: String,
    /// As what.
    pub(super) role: Role,
}

/// The ticket of the person who acts. It serves as long as a conference runs: the session and the rows decide each time.
///
/// # Errors
/// `NotFound` for anybody but signed-in staff.
pub(super) fn make(key: &crypto::Key, ctx: &Ctx, conference: &Conference) -> Result<String> {
    clause!("OV-244");
    let (Some(person), Some(session)) = (ctx.who.staff(), ctx.session) else {
        return Err(Error::not_found("no seat without a session"));
    };
    let ticket = Ticket { facility: ctx.facility()?, conference: conference.id, person, session };
    crypto::ticket::seal(key, PURPOSE, &ticket, time::plus_min(ctx.now, RUNS_MIN))
}

/// Reads a ticket; says nothing yet about what it opens.
pub(super) fn read(key: &crypto::Key, text: &str, now: Timestamp) -> Result<Ticket, NoSeat> {
    crypto::ticket::open(key, PURPOSE, text, now).map_err(|fault| match fault {
        crypto::ticket::TicketFault::Forged => NoSeat::Stranger,
        crypto::ticket::TicketFault::Expired => NoSeat::Expired,
    })
}

/// What `ticket` opens now: the session and the right to see images must live, the person be named, the conference run.
///
/// # Errors
/// The database's; a refusal is the inner value.
pub(super) fn open(tx: &mut Tx<'_>, ctx: &Ctx, ticket: &Ticket) -> Result<Result<Opened, NoSeat>> {
    clause!("OV-244");
    let lives = web::session::list(tx, ctx, &Who::Staff(ticket.person))?.iter().any(|it| it.id == ticket.session);
    if !lives || !store::may_see(tx, ticket.person)? {
        return Ok(Err(NoSeat::Stranger));
    }
    let conference = store::read_one(tx, ticket.conference)?;
    let request = read_request(tx, conference.request)?;
    if let Err(why) = may_join(&conference, request.lends_images(), request.side, ticket.person, ctx.now) {
        return Ok(Err(if why == MayNot::NotNamed { NoSeat::Stranger } else { NoSeat::Over }));
    }
    let duties = access::duties(tx, ticket.person)?;
    let signs = matches!(access::decide(&duties, Act::Sign, Class::Images), Decision::Allowed(_));
    let role = if signs { Role::Doctor } else { Role::Staff };
    Ok(Ok(Opened { name: person::store::get(tx, ticket.person)?.name.full(), role }))
}
