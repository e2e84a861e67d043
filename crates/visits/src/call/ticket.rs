//! Tickets to a room: what a page hands to the browser, and what the socket is asked for. A ticket names a seat and the
//! session it was made for; it opens nothing that the rows do not allow at that moment.

use db::Tx;
use kernel::{BookingId, Ctx, FacilityId, PersonId, Result, RowId, SessionId, Timestamp, Who, clause, time};
use serde::{Deserialize, Serialize};

use super::desk::NoSeat;
use super::{Call, store};
use crate::booking::{self, Booking};
use crate::third;

/// Minutes for which a ticket is looked at: a browser comes back with the same one after a break, and a patient may wait
/// long. It is the session and the rows that decide each time.
pub const TICKET_MIN: i64 = 240;
const PURPOSE: &str = "call";

/// Whose seat it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seat {
    /// The patient, or the guardian who acts for the patient.
    Patient,
    /// The doctor who leads the call.
    Doctor,
    /// A further person.
    Third,
}

/// What a ticket says. Ids only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ticket {
    /// The facility.
    pub facility: FacilityId,
    /// The room.
    pub booking: BookingId,
    /// Whose seat.
    pub seat: Seat,
    /// The seat's name in the room: id of a patient, a person or a further person.
    pub person: String,
    /// The guardian who acts, if it is one.
    pub guardian: Option<PersonId>,
    /// The session that it was made for; a further person has none.
    pub session: Option<SessionId>,
}

/// What a good ticket opens.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its seat.
    pub ticket: Ticket,
    /// The name that the others see.
    pub name: String,
    /// Whether the door is open.
    pub admitted: bool,
}

/// The ticket of the person who acts.
///
/// # Errors
/// `Internal` when it cannot be written.
pub fn make(key: &crypto::Key, ctx: &Ctx, ticket: &Ticket) -> Result<String> {
    clause!("OV-244");
    crypto::ticket::seal(key, PURPOSE, ticket, time::plus_min(ctx.now, TICKET_MIN))
}

/// The ticket for the patient's side of `booking`, as the person who acts.
///
/// # Errors
/// `NotFound` for anybody else.
pub fn for_patient(ctx: &Ctx, booking: &Booking) -> Result<Ticket> {
    let (person, guardian) = match &ctx.who {
        Who::Patient(patient) => (patient.to_string(), None),
        Who::Guardian { person, .. } => (person.to_string(), Some(*person)),
        _ => return Err(kernel::Error::not_found("no seat on the patient's side")),
    };
    Ok(Ticket {
        facility: ctx.facility()?,
        booking: booking.id,
        seat: Seat::Patient,
        person,
        guardian,
        session: ctx.session,
    })
}

/// The ticket for the doctor of `call`.
///
/// # Errors
/// `NotFound` for anybody else.
pub fn for_doctor(ctx: &Ctx, call: &Call) -> Result<Ticket> {
    if ctx.who.staff() != Some(call.doctor) {
        return Err(kernel::Error::not_found("another doctor's call"));
    }
    Ok(Ticket {
        facility: ctx.facility()?,
        booking: call.booking,
        seat: Seat::Doctor,
        person: call.doctor.to_string(),
        guardian: None,
        session: ctx.session,
    })
}

/// The ticket for a further person who has shown link and code.
///
/// # Errors
/// `NotFound` without facility.
pub fn for_third(ctx: &Ctx, booking: BookingId, person: RowId) -> Result<Ticket> {
    let facility = ctx.facility()?;
    Ok(Ticket { facility, booking, seat: Seat::Third, person: person.to_string(), guardian: None, session: None })
}

/// Reads a ticket; says nothing yet about what it opens.
///
/// # Errors
/// `Stranger` for anything not ours, `Expired`.
pub fn read(key: &crypto::Key, text: &str, now: Timestamp) -> Result<Ticket, NoSeat> {
    crypto::ticket::open(key, PURPOSE, text, now).map_err(|fault| match fault {
        crypto::ticket::TicketFault::Forged => NoSeat::Stranger,
        crypto::ticket::TicketFault::Expired => NoSeat::Expired,
    })
}

/// What `ticket` opens now: the session must live, the visit must not be over, and the door opens only while the call runs.
///
/// # Errors
/// The database's; a refusal is the inner value.
pub fn open(tx: &mut Tx<'_>, ctx: &Ctx, ticket: &Ticket) -> Result<Result<Opened, NoSeat>> {
    clause!("OV-163", "OV-164", "OV-244");
    let booking = booking::store::read_one(tx, ticket.booking)?;
    if !session_lives(tx, ctx, ticket, &booking)? {
        return Ok(Err(NoSeat::Stranger));
    }
    if booking.cancelled_at.is_some() || store::end_of(tx, booking.id)?.is_some() {
        return Ok(Err(NoSeat::Over));
    }
    let live = store::live(tx, booking.id)?;
    let opened = match ticket.seat {
        Seat::Patient => {
            let name = match ticket.guardian {
                // A relation that has ended since opens nothing.
                Some(person) if !people::patient::store::may_act_for(tx, ctx.now, booking.patient, person)? => {
                    return Ok(Err(NoSeat::Stranger));
                }
                Some(person) => people::person::store::get(tx, person)?.name.full(),
                None => people::patient::store::read_one(tx, booking.patient)?.name.full(),
            };
            Ok(Opened { ticket: ticket.clone(), name, admitted: live.is_some() })
        }
        Seat::Doctor => match live {
            Some(call) if call.doctor.to_string() == ticket.person => {
                let name = people::person::store::get(tx, call.doctor)?.name.full();
                Ok(Opened { ticket: ticket.clone(), name, admitted: true })
            }
            _ => Err(NoSeat::Over),
        },
        Seat::Third => {
            let found = ticket.person.parse().ok().map(|id| third::store::find(tx, booking.id, id)).transpose()?;
            match (found.flatten(), live) {
                (Some(person), Some(call)) if person.call == call.id && person.may_enter() => {
                    Ok(Opened { ticket: ticket.clone(), name: person.name, admitted: true })
                }
                (Some(_), Some(_)) => Err(NoSeat::Stranger),
                _ => Err(NoSeat::Over),
            }
        }
    };
    Ok(opened)
}

/// A stolen ticket dies with the session it was made for.
fn session_lives(tx: &mut Tx<'_>, ctx: &Ctx, ticket: &Ticket, booking: &Booking) -> Result<bool> {
    let who = match (ticket.seat, ticket.guardian) {
        (Seat::Third, _) => return Ok(true),
        (Seat::Patient, Some(person)) => Who::Guardian { person, patient: booking.patient },
        (Seat::Patient, None) => Who::Patient(booking.patient),
        (Seat::Doctor, _) => match ticket.person.parse() {
            Ok(person) => Who::Staff(person),
            Err(_) => return Ok(false),
        },
    };
    let Some(session) = ticket.session else { return Ok(false) };
    let lives = web::session::list(tx, ctx, &who)?.iter().any(|it| it.id == session);
    match who {
        // A leaver's call does not outlive the duty.
        Who::Staff(person) => Ok(lives && !people::access::duties(tx, person)?.is_empty()),
        _ => Ok(lives),
    }
}
