//! The thread in rows: each contribution a copy at each facility, a letter that names nobody, and what is owed for it.

use db::{Tx, params};
use guidelines::reading::duty::Duty;
use kernel::{Ctx, Error, Result, Words, clause};
use mail::About;
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::agreement::store::{at_both, letter};
use people::person;
use serde_json::json;

use super::{Content, Form, Said};
use crate::duty;
use crate::request::store::read_one as read_request;
use crate::request::{RequestId, State};

/// Contributions of one thread at most: beyond that two people should telephone.
const THREAD_MAX: usize = 200;

/// The thread of a request, the oldest first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn thread(tx: &mut Tx<'_>, request: RequestId) -> Result<Vec<Said>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reading_inquiry WHERE facility_id = ?1 AND request_id = ?2 ORDER BY number LIMIT ?3",
        params![facility, request, THREAD_MAX],
    )?;
    let mut thread = Vec::new();
    for row in &rows {
        let (number, side, sealed): (i64, String, Vec<u8>) =
            (row.get("number")?, row.get("side")?, row.get("content")?);
        let text = tx.open("reading_inquiry.content", format!("{request}/{number}"), &sealed)?;
        thread.push(Said {
            side: if side == Side::Asks.key() { Side::Asks } else { Side::Serves },
            content: serde_json::from_str(&text).map_err(Error::internal)?,
            at: row.get("said_at")?,
        });
    }
    Ok(thread)
}

/// Says something: it answers what this side was asked, and may ask the other one. At the facility that reads it is said by
/// whoever has the case.
///
/// # Errors
/// `NotFound` for a case that is another's; `Forbidden`; `Conflict` when the request was stopped, and for an endless thread.
pub fn say(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, form: &Form) -> Result<()> {
    clause!("TR-04");
    let request = read_request(tx, id)?;
    if request.side == Side::Serves {
        crate::report::store::mine(tx, ctx, id)?;
    }
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only staff ask and answer"))?;
    Access::new("reading.say", Act::Write, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .detail(json!({ "asks": form.asks }))
        .require_at(tx, ctx, request.partner, ("reading_request", id))?;
    let number = thread(tx, id)?.len() + 1;
    if matches!(request.state(), State::Returned | State::Withdrawn) || number > THREAD_MAX {
        return Err(Error::conflict("nothing more is said about it"));
    }
    let name = person::store::get(tx, me)?.name.full();
    let content = Content { name: name.clone(), text: form.text.clone(), asks: form.asks };
    let content = serde_json::to_string(&content).map_err(Error::internal)?;
    let side = request.side;
    at_both(tx, ctx, request.partner, |tx, ctx| {
        let sealed = tx.seal("reading_inquiry.content", format!("{id}/{number}"), &content)?;
        tx.exec(
            "INSERT INTO reading_inquiry (facility_id, request_id, number, side, content, said_by, said_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![ctx.facility()?, id, number, side.key(), sealed, ctx.who.label(), ctx.now],
        )?;
        Ok(())
    })?;
    duty::store::answered(tx, ctx, &request, &name)?;
    if form.asks {
        let other = if side == Side::Asks { Side::Serves } else { Side::Asks };
        duty::store::owe(tx, ctx, &request, Duty::Answer, other, "", false)?;
    }
    let subject = if form.asks {
        Words::new("読影についての質問が届きました", "A question about a reading has come")
    } else {
        Words::new("読影についての返事が届きました", "An answer about a reading has come")
    };
    letter(tx, ctx, request.partner, &subject, &format!("/readings/{id}"), About::new("reading_inquiry", id))
}
