//! Access that ends at once, by the word of whoever has it: on a device that is lost or cannot be trusted, or by a password
//! that somebody else may know. Nobody is asked first; a manager puts right what was cut in vain.

use audit::Entry;
use db::Tx;
use guidelines::reading::terminal::Kind;
use kernel::{Ctx, DeviceId, Error, PersonId, Result, SessionId, clause};
use serde_json::json;
use web::session::{self, Session};

use super::store::record_own;
use super::{password, pending};
use crate::device::{self, browser};
use crate::terminal::{self, Terminal};

/// Which device is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The one in front.
    Here,
    /// Not the one in front: every other browser of the person, with the portable terminals among them.
    Elsewhere,
    /// The browser of one of the person's own sessions.
    Session(SessionId),
    /// A terminal that the person uses.
    Terminal(DeviceId),
}

/// What was cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cut {
    /// The person's own sessions that ended.
    pub sessions: usize,
    /// Names of the terminals and enrolled devices whose use ended.
    pub terminals: Vec<String>,
}

/// Where a person is signed in, and on what.
#[derive(Debug, Clone)]
pub struct Own {
    /// The live sessions, at all facilities, newest first.
    pub sessions: Vec<Session>,
    /// The terminals of this facility.
    pub terminals: Vec<Terminal>,
}

/// The sessions and terminals of the person who acts.
///
/// # Errors
/// `NotFound` for anybody but staff.
pub fn own(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Own> {
    let person = staff(ctx)?;
    // The person may work elsewhere too, with the same device.
    let sessions = tx.over_all(|tx| session::list(tx, ctx, &ctx.who))?;
    Ok(Own { sessions, terminals: terminal::store::used_by(tx, ctx, person)? })
}

/// Ends what the device opens: the person's sessions there, and where it is a terminal, its use by anybody. `here` is the
/// terminal in front, where it is one.
///
/// # Errors
/// `NotFound` for a session or terminal that is not the person's.
pub fn device(tx: &mut Tx<'_>, ctx: &Ctx, which: Device, here: Option<DeviceId>) -> Result<Cut> {
    clause!("DL-42");
    let all = own(tx, ctx)?;
    let meant = |it: &&Session| match which {
        Device::Here => ctx.session == Some(it.id),
        Device::Elsewhere => ctx.session != Some(it.id),
        Device::Session(id) => it.id == id,
        Device::Terminal(id) => it.device == Some(id),
    };
    let sessions: Vec<&Session> = all.sessions.iter().filter(meant).collect();
    let terminals: Vec<DeviceId> = match which {
        Device::Here => here.or(ctx.device).into_iter().collect(),
        // A machine that stays is not lost with the others: colleagues work on it.
        Device::Elsewhere => {
            let carried = all.terminals.iter().filter(|it| it.kind == Kind::Portable && Some(it.id) != here);
            carried.map(|it| it.id).filter(|id| sessions.iter().any(|it| it.device == Some(*id))).collect()
        }
        Device::Session(_) => sessions.iter().filter_map(|it| it.device).collect(),
        Device::Terminal(id) => all.terminals.iter().filter(|it| it.id == id).map(|it| it.id).collect(),
    };
    let named = matches!(which, Device::Session(_) | Device::Terminal(_));
    if named && sessions.is_empty() && terminals.is_empty() {
        return Err(Error::not_found("a device of another"));
    }
    let mut cut = Cut { sessions: sessions.len(), terminals: Vec::new() };
    let mut devices = browser::of_sessions(tx, &sessions.iter().map(|it| it.id).collect::<Vec<_>>())?;
    if which == Device::Here {
        // Proven by this very request, whether or not the session was ever bound to it.
        let proven = device::certificate::proven(tx, ctx)?;
        devices.extend(proven.filter(|it| devices.iter().all(|known| known.id != it.id)));
    }
    if which == Device::Elsewhere {
        // As with terminals: what stays for everybody is not what was lost.
        let person = staff(ctx)?;
        devices.retain(|it| it.entry.person == Some(person));
    }
    for it in devices {
        device::store::revoke(tx, ctx, it.id)?;
        cut.terminals.push(it.entry.name);
    }
    for it in &sessions {
        tx.over_all(|tx| session::end(tx, ctx, &ctx.who, it.id))?;
        record_own(tx, ctx, Entry::done("session.cut", "session", it.id))?;
    }
    for id in terminals {
        cut.terminals.extend(terminal::store::lose(tx, ctx, id)?.map(|it| it.name));
    }
    Ok(cut)
}

/// Ends what the person's password has opened, the session in front too, and lets it open nothing more: the next sign-in takes
/// the second factor, and then a new password that was none of the last ones.
///
/// # Errors
/// `NotFound` for anybody but staff.
pub fn password(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Cut> {
    clause!("DL-15", "DL-42");
    let person = staff(ctx)?;
    password::leaked(tx, person)?;
    pending::end_all(tx, ctx, person)?;
    let ended = tx.over_all(|tx| session::end_all(tx, ctx, person, None))?;
    record_own(tx, ctx, Entry::done("password.leak", "person", person).detail(json!({ "sessions": ended })))?;
    Ok(Cut { sessions: usize::try_from(ended).unwrap_or(usize::MAX), terminals: Vec::new() })
}

fn staff(ctx: &Ctx) -> Result<PersonId> {
    ctx.who.staff().ok_or_else(|| Error::not_found("no staff"))
}
