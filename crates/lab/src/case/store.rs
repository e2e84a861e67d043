//! Cases in rows: the list, one case, and what happens on it, written at both facilities in one act.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use db::{Row, Tx, params};
use kernel::{Ctx, Error, PatientId, PersonId, Result, RowId, Words, limits};
use mail::About;
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::agreement::store::{at_both, letter};
use people::facility::{self, Facility};
use people::person;
use serde_json::{Value, json};

use super::{Case, CaseId, Event, Hand, Kind, Said, done_by, hand, may_follow};
use crate::file::store::own_uses;
use crate::file::{self, Use};
use crate::machine::may_release;
use crate::order::Version;
use crate::remote::store::need_device;

/// Cases of one side on one page at most.
pub const LINES_MAX: usize = limits::LIST_ROWS_MAX;

fn side(key: &str) -> Side {
    if key == Side::Asks.key() { Side::Asks } else { Side::Serves }
}

/// The cases of these rows with their orders and events, each asked for once.
fn read_all(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<Case>> {
    let facility = tx.facility()?;
    let ids: Vec<CaseId> = rows.iter().map(|it| it.get("id")).collect::<Result<_>>()?;
    let mut versions: HashMap<CaseId, Vec<Version>> = HashMap::new();
    let found = tx.rows_among(
        "SELECT * FROM lab_order WHERE facility_id = ?1 AND case_id IN ({ids}) ORDER BY case_id, number DESC",
        params![facility],
        ids.iter().copied(),
    )?;
    for row in &found {
        let (id, sealed, reason): (RowId, Vec<u8>, Vec<u8>) = (row.get("id")?, row.get("content")?, row.get("reason")?);
        let text = tx.open("lab_order.content", id, &sealed)?;
        versions.entry(row.get("case_id")?).or_default().push(Version {
            number: row.get("number")?,
            content: serde_json::from_str(&text).map_err(Error::internal)?,
            reason: tx.open("lab_order.reason", id, &reason)?,
            by: row.get("issued_by")?,
            at: row.get("issued_at")?,
        });
    }
    let mut events: HashMap<CaseId, Vec<Event>> = HashMap::new();
    let found = tx.rows_among(
        "SELECT * FROM lab_event WHERE facility_id = ?1 AND case_id IN ({ids}) ORDER BY case_id, number",
        params![facility],
        ids.iter().copied(),
    )?;
    for row in &found {
        let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("said")?);
        let (kind, by): (String, String) = (row.get("kind")?, row.get("side")?);
        let text = tx.open("lab_event.said", id, &sealed)?;
        events.entry(row.get("case_id")?).or_default().push(Event {
            number: row.get("number")?,
            kind: Kind::from_key(&kind).ok_or_else(|| Error::internal("kind of an event"))?,
            side: side(&by),
            person: row.get("person_id")?,
            said: serde_json::from_str(&text).map_err(Error::internal)?,
            at: row.get("at")?,
        });
    }
    rows.iter()
        .zip(ids)
        .map(|(row, id)| {
            let by: String = row.get("side")?;
            let versions = versions.remove(&id).ok_or_else(|| Error::internal("a case without an order"))?;
            Ok(Case {
                id,
                partner: row.get("partner_id")?,
                agreement: row.get("agreement_id")?,
                side: side(&by),
                patient: row.get("patient_id")?,
                ordered_at: row.get("ordered_at")?,
                versions,
                events: events.remove(&id).unwrap_or_default(),
            })
        })
        .collect()
}

/// This facility's copy, without check or entry: for stores that make their own [`need`].
///
/// # Errors
/// `NotFound` when this facility has no such case.
pub fn read_one(tx: &mut Tx<'_>, id: CaseId) -> Result<Case> {
    let facility = tx.facility()?;
    let rows = tx.rows("SELECT * FROM lab_case WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    read_all(tx, &rows)?.pop().ok_or_else(|| Error::not_found("lab case"))
}

/// The case, when this facility has ordered it.
///
/// # Errors
/// `NotFound`.
pub fn asked_here(tx: &mut Tx<'_>, id: CaseId) -> Result<Case> {
    read_one(tx, id).and_then(|it| of_side(it, Side::Asks))
}

/// The case, when this facility makes it.
///
/// # Errors
/// `NotFound`.
pub fn made_here(tx: &mut Tx<'_>, id: CaseId) -> Result<Case> {
    read_one(tx, id).and_then(|it| of_side(it, Side::Serves))
}

fn of_side(it: Case, side: Side) -> Result<Case> {
    if it.side == side { Ok(it) } else { Err(Error::not_found("the other facility's part")) }
}

/// The check before an act on a case, with its entry in both logs.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn need(tx: &mut Tx<'_>, ctx: &Ctx, verb: &'static str, act: Act, case: &Case, detail: Value) -> Result<()> {
    if case.side == Side::Serves {
        need_device(tx, ctx)?;
    }
    Access::new(verb, act, Class::Lab).on("lab_case", case.id).of(case.patient).detail(detail).require_at(
        tx,
        ctx,
        case.partner,
        ("lab_case", case.id),
    )
}

/// The check that the person who acts manages this facility; what the act is leaves its own entry.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn need_manager(tx: &mut Tx<'_>, ctx: &Ctx, verb: &'static str, case: &Case) -> Result<()> {
    Access::new(verb, Act::Sign, Class::Administration).on("lab_case", case.id).require_for_form(tx, ctx)
}

/// The list of cases.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// What others have ordered here.
    pub made: Vec<(Case, Facility)>,
    /// What was ordered elsewhere.
    pub ordered: Vec<(Case, Facility)>,
    /// There is another page.
    pub has_more: bool,
}

/// A page of the cases of this facility, from 0: what runs before what is over, then by the day it is due.
///
/// # Errors
/// `Forbidden` without the right to see laboratory work; `Terminal` where it is not the device for it.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx, page: usize) -> Result<List> {
    Access::new("lab.list", Act::View, Class::Lab).on("lab_case", "").require(tx, ctx)?;
    need_device(tx, ctx)?;
    let (made, more_made) = of_one_side(tx, Side::Serves, page)?;
    let (ordered, more_ordered) = of_one_side(tx, Side::Asks, page)?;
    Ok(List { made, ordered, has_more: more_made || more_ordered })
}

fn of_one_side(tx: &mut Tx<'_>, side: Side, page: usize) -> Result<(Vec<(Case, Facility)>, bool)> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM (
             SELECT c.*, (SELECT o.due_on FROM lab_order o WHERE o.facility_id = ?1 AND o.case_id = c.id
             ORDER BY o.number DESC LIMIT 1) AS due_on,
             CASE WHEN (SELECT e.kind FROM lab_event e WHERE e.facility_id = ?1 AND e.case_id = c.id
             AND e.kind NOT IN ('asked', 'answered', 'noted', 'revised') ORDER BY e.number DESC LIMIT 1)
             IN ('declined', 'withdrawn', 'fitted') THEN 1 ELSE 0 END AS is_over
             FROM lab_case c WHERE c.facility_id = ?1 AND c.side = ?2
         ) one ORDER BY is_over, CASE WHEN is_over = 1 THEN '' ELSE due_on END, ordered_at DESC, id LIMIT ?3 OFFSET ?4",
        params![facility, side.key(), LINES_MAX + 1, page.saturating_mul(LINES_MAX)],
    )?;
    let more = rows.len() > LINES_MAX;
    let mut partners = HashMap::new();
    let mut lines = Vec::new();
    for case in read_all(tx, &rows[..rows.len().min(LINES_MAX)])? {
        let partner = match partners.get(&case.partner) {
            Some(it) => Facility::clone(it),
            None => {
                let found = facility::store::get(tx, case.partner)?;
                partners.insert(case.partner, found.clone());
                found
            }
        };
        lines.push((case, partner));
    }
    Ok((lines, more))
}

/// What was ordered for one patient here, newest first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn of_patient(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Case>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM lab_case WHERE facility_id = ?1 AND patient_id = ?2 AND side = 'asks'
         ORDER BY ordered_at DESC, id DESC LIMIT ?3",
        params![facility, patient, LINES_MAX],
    )?;
    read_all(tx, &rows)
}

/// Everything that the page of a case shows.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The case.
    pub case: Case,
    /// The other facility.
    pub partner: Facility,
    /// Names of those who stand in its line of time.
    pub names: HashMap<PersonId, String>,
    /// What was sent to it, newest first; none for whom files are not shown.
    pub bundles: Vec<file::Bundle>,
    /// What the person who looks may do with files of this case.
    pub uses: BTreeSet<Use>,
}

impl Desk {
    /// Whether its files are shown to whoever looks. If not, its notes have neither words nor place here.
    #[must_use]
    pub fn shows_files(&self) -> bool {
        self.uses.contains(&Use::View)
    }
}

/// One case, seen at either facility. At the laboratory the look is an entry in both logs.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId) -> Result<Desk> {
    let mut case = read_one(tx, id)?;
    let access = Access::new("lab.view", Act::View, Class::Lab).on("lab_case", id).of(case.patient);
    match case.side {
        Side::Asks => access.require(tx, ctx)?,
        Side::Serves => {
            access.require_at(tx, ctx, case.partner, ("lab_case", id))?;
            need_device(tx, ctx)?;
        }
    }
    let uses = own_uses(tx, ctx, id)?;
    let shows_files = uses.contains(&Use::View);
    if !shows_files {
        for note in case.events.iter_mut().filter(|it| it.kind == Kind::Noted) {
            note.said = Said::default();
        }
    }
    let versions = case.versions.iter().map(|it| it.by);
    let people = case.events.iter().flat_map(|it| [Some(it.person), it.said.person]).flatten().chain(versions);
    let bundles = if shows_files { file::store::bundles(tx, id)? } else { Vec::new() };
    let names = names(tx, people.chain(bundles.iter().map(|it| it.made_by)).collect::<Vec<_>>())?;
    Ok(Desk { partner: facility::store::get(tx, case.partner)?, names, bundles, uses, case })
}

/// The names of these people, each asked for once.
pub(crate) fn names(tx: &mut Tx<'_>, people: impl IntoIterator<Item = PersonId>) -> Result<HashMap<PersonId, String>> {
    let mut names = HashMap::new();
    for person in people {
        if let Entry::Vacant(free) = names.entry(person) {
            free.insert(person::store::get(tx, person)?.name.full());
        }
    }
    Ok(names)
}

/// Writes what happened into both copies. The caller has checked that it may.
///
/// # Errors
/// `Conflict` when something else has happened since the case was read.
pub fn append(tx: &mut Tx<'_>, ctx: &Ctx, case: &Case, kind: Kind, said: &Said) -> Result<()> {
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("only staff act on a case"))?;
    let number = case.events.last().map_or(0, |it| it.number) + 1;
    let text = serde_json::to_string(said).map_err(Error::internal)?;
    at_both(tx, ctx, case.partner, |tx, ctx| {
        let id = RowId::new(ctx);
        let sealed = tx.seal("lab_event.said", id, &text)?;
        tx.exec(
            "INSERT INTO lab_event (facility_id, case_id, number, id, kind, side, person_id, said, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![ctx.facility()?, case.id, number, id, kind.key(), case.side.key(), person, sealed, ctx.now],
        )?;
        Ok(())
    })
}

/// The subject of the letter to the other facility; nothing for what can wait until somebody looks.
fn subject(kind: Kind) -> Option<Words> {
    Some(match kind {
        Kind::Accepted => Words::new("技工の依頼が引き受けられました", "Your order for laboratory work was accepted"),
        Kind::Declined => {
            Words::new("技工の依頼が引き受けられませんでした", "Your order for laboratory work was declined")
        }
        Kind::Withdrawn => Words::new("技工の依頼が取り下げられました", "An order for laboratory work was withdrawn"),
        Kind::Asked => Words::new("技工について質問が届きました", "A question about laboratory work"),
        Kind::Answered => {
            Words::new("技工の質問に返事が届きました", "Your question about laboratory work was answered")
        }
        Kind::Noted => Words::new("スキャンや設計にメモが付きました", "A note was pinned to a scan or a design"),
        Kind::Proposed => Words::new("設計案が届きました。ご確認ください", "A design waits for your approval"),
        Kind::Approved => Words::new("設計が承認されました", "The design was approved"),
        Kind::Redo => Words::new("設計のやり直しの依頼が届きました", "Another design is asked for"),
        Kind::Delivered => Words::new("技工物が納品されました", "Laboratory work is on its way"),
        Kind::Remake => Words::new("再製の依頼が届きました", "A remake is asked for"),
        _ => return None,
    })
}

/// Does a thing of this kind on a case that is as far. What needs more than the right hand (a licence, another person than
/// the maker) is asked by its own store before.
///
/// # Errors
/// `NotFound` for the other facility's part; `Forbidden`; `Conflict` out of turn.
pub fn act(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, kind: Kind, said: &Said) -> Result<()> {
    let case = read_one(tx, id)?;
    if done_by(kind).is_some_and(|it| it != case.side) {
        return Err(Error::not_found("the other facility's part"));
    }
    let said = &bound(tx, &case, kind, said)?;
    let detail = json!({ "what": kind.key(), "person": said.person, "cause": said.cause, "digest": said.digest, "machine": said.machine });
    let right = match hand(kind) {
        Hand::Dentist => Act::Sign,
        Hand::Anyone => Act::Write,
        Hand::Manager => {
            need_manager(tx, ctx, "lab.act", &case)?;
            Act::Write
        }
    };
    need(tx, ctx, "lab.act", right, &case, detail)?;
    // Read again behind the lock that the entries have taken: two who click at once follow one another.
    let case = read_one(tx, id)?;
    if !may_follow(case.state(), kind) {
        return Err(Error::conflict("the case stands otherwise by now"));
    }
    // Another design came in between: what was meant is not what would be bound.
    if bound(tx, &case, kind, said)?.digest != said.digest {
        return Err(Error::conflict("another design is proposed by now"));
    }
    if kind == Kind::Released && !may_release(&case).is_empty() {
        return Err(Error::conflict("no files of the approved design to release"));
    }
    append(tx, ctx, &case, kind, said)?;
    tell(tx, ctx, &case, kind)
}

/// Writes to the other facility that a thing of this kind has happened, where that cannot wait until somebody looks.
///
/// # Errors
/// The database's.
pub(crate) fn tell(tx: &mut Tx<'_>, ctx: &Ctx, case: &Case, kind: Kind) -> Result<()> {
    match subject(kind) {
        Some(subject) => {
            let page = format!("/lab/cases/{}", case.id);
            letter(tx, ctx, case.partner, &subject, &page, About::new("lab_case", case.id))
        }
        None => Ok(()),
    }
}

/// What is said with the digest that it binds: a proposal names a design of this case, and what follows is about that one.
fn bound(tx: &mut Tx<'_>, case: &Case, kind: Kind, said: &Said) -> Result<Said> {
    match kind {
        Kind::Proposed if !said.digest.is_empty() => {
            let is_design = |it: &file::Bundle| it.kind == file::Kind::Design && it.digest == said.digest;
            if !file::store::bundles(tx, case.id)?.iter().any(is_design) {
                return Err(Error::not_found("no such design of this case"));
            }
            Ok(said.clone())
        }
        Kind::Approved | Kind::Released | Kind::Machined => {
            Ok(Said { digest: case.design().to_owned(), ..said.clone() })
        }
        _ => Ok(said.clone()),
    }
}
