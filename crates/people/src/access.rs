//! Who may do what with which kind of information: job × duty × class as dated data, one call that checks and logs.
//!
//! The policy is a data file that a manager can read on a page; a snapshot of every duty × class × act is in the tests (CS-120).

mod offer;
pub mod pages;

pub use offer::may;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use audit::Entry;
use db::{Tx, params};
use kernel::{Ctx, Error, FacilityId, PatientId, PersonId, Result, RowId, Who, Words, clause};

use crate::device::{browser, certificate};

/// What somebody does with information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// See it.
    View,
    /// Add to it or change it.
    Write,
    /// Finalise it under one's own name.
    Sign,
    /// Take it out of the system.
    Export,
}

impl Act {
    /// All acts, in the order of the policy's letters.
    pub const ALL: [Self; 4] = [Self::View, Self::Write, Self::Sign, Self::Export];

    const fn letter(self) -> char {
        match self {
            Self::View => 'v',
            Self::Write => 'w',
            Self::Sign => 's',
            Self::Export => 'e',
        }
    }

    /// Its name on the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::View => Words::new("見る", "View"),
            Self::Write => Words::new("書く", "Write"),
            Self::Sign => Words::new("確定する", "Sign"),
            Self::Export => Words::new("持ち出す", "Export"),
        }
    }
}

kernel::keyed! {
    /// Kinds of information (CS-120).
    #[derive(PartialOrd, Ord)]
    pub enum Class {
        /// Who the patient is, how to reach them, when they come.
        Identity => "identity", "氏名・連絡先・予約", "Identity and bookings";
        /// What the patient answered before the visit.
        Questionnaire => "questionnaire", "問診", "Questionnaire";
        /// What was found, explained, agreed, planned and done.
        Chart => "chart", "診療録", "Chart";
        /// Pictures and papers.
        Images => "images", "画像・書類", "Images and papers";
        /// Medicines.
        Prescription => "prescription", "処方", "Prescription";
        /// Orders for dental work, and how it is made.
        Lab => "lab", "技工", "Laboratory work";
        /// Money.
        Billing => "billing", "会計", "Billing";
        /// The facility's own affairs: staff, rights, settings, rules.
        Administration => "administration", "施設の管理", "Administration";
        /// The log.
        Log => "log", "利用の記録", "Log";
    }
}

/// The policy as it stands in its data file.
#[derive(Debug, serde::Deserialize)]
pub struct Policy {
    /// Its edition.
    pub edition: String,
    /// From when it counts.
    pub valid_from: kernel::Date,
    /// The duties with what each grants.
    pub duties: Vec<Duty>,
    /// What patients and guardians may do with the patient's own information.
    pub patient: BTreeMap<String, String>,
}

/// A job or a charge.
#[derive(Debug, serde::Deserialize)]
pub struct Duty {
    /// Its key (`dentist`).
    pub name: String,
    /// 日本語
    pub ja: String,
    /// English
    pub en: String,
    /// Class key → letters of the acts.
    pub grants: BTreeMap<String, String>,
}

impl Duty {
    /// Whether it grants `act` on `class`.
    #[must_use]
    pub fn grants(&self, act: Act, class: Class) -> bool {
        self.grants.get(class.key()).is_some_and(|it| it.contains(act.letter()))
    }

    /// Its name on the page.
    #[must_use]
    pub fn words(&self) -> Words {
        Words::made(self.ja.clone(), self.en.clone())
    }
}

/// The policy in force.
#[must_use]
#[allow(clippy::expect_used, reason = "the file is part of the binary and read by a test")]
pub fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| serde_json::from_str(include_str!("../data/access-2026-11.json")).expect("the policy file"))
}

/// The duty called `name`.
#[must_use]
pub fn duty(name: &str) -> Option<&'static Duty> {
    policy().duties.iter().find(|it| it.name == name)
}

/// Why something was allowed or refused, for the page and the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Allowed by this duty (or `patient`, `system`, `operator`).
    Allowed(String),
    /// Refused: none of these duties grants it.
    Refused(Vec<String>),
}

impl Decision {
    fn by(&self) -> &str {
        match self {
            Self::Allowed(by) => by,
            Self::Refused(_) => "",
        }
    }
}

/// What `duties` decide. Pure; the whole policy in one place.
#[must_use]
pub fn decide(duties: &[String], act: Act, class: Class) -> Decision {
    clause!("CS-120");
    duties
        .iter()
        .find(|name| duty(name).is_some_and(|it| it.grants(act, class)))
        .map_or_else(|| Decision::Refused(duties.to_vec()), |name| Decision::Allowed(name.clone()))
}

/// What patients, and guardians for them, may do with the patient's own information.
fn own(act: Act, class: Class) -> bool {
    policy().patient.get(class.key()).is_some_and(|it| it.contains(act.letter()))
}

/// The live duties of a person at this act's facility.
///
/// # Errors
/// The database's.
pub fn duties(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<String>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT d.name FROM duty d JOIN person p ON p.id = d.person_id
         WHERE d.facility_id = ?1 AND d.person_id = ?2 AND d.ended_at IS NULL AND p.closed_at IS NULL ORDER BY d.name",
        params![facility, person],
    )?
    .iter()
    .map(|row| row.get("name"))
    .collect()
}

/// One act on one thing: who may is decided and what was done is written down, in one call.
#[derive(Debug, Clone)]
#[must_use = "an access that is not required neither checks nor logs"]
pub struct Access {
    verb: &'static str,
    act: Act,
    class: Class,
    thing: (&'static str, String),
    patient: Option<PatientId>,
    detail: serde_json::Value,
    terminal: bool,
}

impl Access {
    /// The act `verb` (`booking.book`), of kind `act`, on information of `class`.
    pub fn new(verb: &'static str, act: Act, class: Class) -> Self {
        Self {
            verb,
            act,
            class,
            thing: ("", String::new()),
            patient: None,
            detail: serde_json::Value::Null,
            terminal: false,
        }
    }

    /// On this thing.
    pub fn on(mut self, kind: &'static str, id: impl std::fmt::Display) -> Self {
        self.thing = (kind, id.to_string());
        self
    }

    /// About this patient. The caller has read the patient (or the thing) with the facility in its query.
    pub fn of(mut self, patient: PatientId) -> Self {
        self.patient = Some(patient);
        self
    }

    /// With this detail in the log (sealed there).
    pub fn detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }

    /// In a browser of the staff only on a terminal on which images may be shown (TR-14, [`crate::terminal`]).
    pub fn at_terminal(mut self) -> Self {
        self.terminal = true;
        self
    }

    /// Checks, and writes the entry into the act's own transaction.
    /// A refusal is on record too, although the act is taken back.
    ///
    /// # Errors
    /// `NotFound` for nobody, for another patient and for another facility's person: they may not know that it exists.
    /// `Forbidden` for staff of this facility whose duties do not grant it; `Terminal` where it is not the place for it.
    pub fn require(self, tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
        clause!("CS-120", "CS-122");
        match self.decision(tx, ctx)? {
            Decision::Refused(held) => self.refuse(tx, ctx, held),
            allowed @ Decision::Allowed(_) => {
                self.place(ctx)?;
                let (entry, ctx) = (self.entry(&allowed), self.on_record(tx, ctx)?);
                tx.note(move |tx| audit::append(tx, &ctx, entry).map(drop))
            }
        }
    }

    /// As [`Access::require`] at home, and an entry of the same act in the log of `owner`, whose rows are to be touched by
    /// leave of `paper` (its kind and id). The caller has read that paper, and goes on with [`Tx::at_other`].
    ///
    /// The other facility's log names the person and the facility where the person's duty was found.
    ///
    /// # Errors
    /// As [`Access::require`].
    pub fn require_at(self, tx: &mut Tx<'_>, ctx: &Ctx, owner: FacilityId, paper: (&str, RowId)) -> Result<()> {
        clause!("CS-120", "CS-122");
        let home = tx.facility()?;
        tx.note(move |tx| audit::queue(tx, &[home, owner]))?;
        let decision = self.decision(tx, ctx)?;
        let (kind, id) = paper;
        let guest = serde_json::json!({
            "from": home, "facility": crate::facility::store::get(tx, home)?.name, "by": decision.by(), "paper": kind,
            "paper_id": id, "detail": self.detail,
        });
        let there = self.entry(&decision).detail(guest);
        let on_record = self.on_record(tx, ctx)?;
        self.require(tx, ctx)?;
        let ctx = on_record.at(owner);
        tx.note(move |tx| tx.at_other(owner, |tx| audit::append(tx, &ctx, there).map(drop)))
    }

    /// Checks for the page that holds the form of this act, which does not open to whom the act would be refused. That
    /// the form was seen is no act; what else stands on its page leaves its own entry.
    ///
    /// # Errors
    /// As [`Access::require`].
    pub fn require_for_form(self, tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
        match self.decision(tx, ctx)? {
            Decision::Refused(held) => self.refuse(tx, ctx, held),
            Decision::Allowed(_) => self.place(ctx),
        }
    }

    /// Whether it may be seen where this person sits. No entry: the way leads to the question what the terminal is.
    fn place(&self, ctx: &Ctx) -> Result<()> {
        clause!("TR-14");
        // Programs act by a token that names their machine; people by a session.
        let unknown = ctx.session.is_some() && ctx.device.is_none() && ctx.who.staff().is_some();
        if self.terminal && unknown { Err(Error::terminal(self.verb)) } else { Ok(()) }
    }

    /// The circumstances as the log has them: on the device that the certificate of this request proves, and for laboratory work
    /// on the one of the ledger as which the browser is enrolled; else on the session's terminal. What may be shown where
    /// ([`Self::place`]) asks the terminal alone, so this is never asked in its place.
    fn on_record(&self, tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Ctx> {
        clause!("DL-12");
        let device = match (ctx.who.staff(), ctx.facility) {
            (Some(_), Some(_)) if self.class == Class::Lab => browser::here_id(tx, ctx)?,
            (Some(_), Some(_)) => certificate::proven_id(tx, ctx)?,
            _ => None,
        };
        Ok(Ctx { device: device.or(ctx.device), ..ctx.clone() })
    }

    fn refuse(self, tx: &mut Tx<'_>, ctx: &Ctx, held: Vec<String>) -> Result<()> {
        let known = matches!(ctx.who, Who::Staff(_)) && !held.is_empty();
        let cause = format!("{} refused to {held:?}", self.verb);
        let ctx = self.on_record(tx, ctx)?;
        let entry = self.entry(&Decision::Refused(held));
        tx.on_rollback(move |tx| audit::append(tx, &ctx, entry.refused()).map(drop));
        Err(if known { Error::forbidden(cause) } else { Error::not_found(cause) })
    }

    /// Turns somebody away whom the policy would let, by a rule of the thing itself (`rule`, for the log): on record although the
    /// act is taken back.
    #[must_use]
    pub fn turned_away(self, tx: &mut Tx<'_>, ctx: &Ctx, rule: &str) -> Error {
        let cause = format!("{} refused by {rule}", self.verb);
        let ctx = match self.on_record(tx, ctx) {
            Ok(it) => it,
            Err(error) => return error,
        };
        let entry = self.entry(&Decision::Refused(vec![rule.to_owned()]));
        tx.on_rollback(move |tx| audit::append(tx, &ctx, entry.refused()).map(drop));
        Error::forbidden(cause)
    }

    /// Whether it would be allowed, without an entry. A page asks [`may`] by itself.
    ///
    /// # Errors
    /// The database's.
    pub fn allowed(&self, tx: &mut Tx<'_>, ctx: &Ctx) -> Result<bool> {
        Ok(matches!(self.decision(tx, ctx)?, Decision::Allowed(_)))
    }

    fn decision(&self, tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Decision> {
        let of_own = |patient: PatientId| {
            if self.patient == Some(patient) && own(self.act, self.class) {
                Decision::Allowed("patient".into())
            } else {
                Decision::Refused(vec![])
            }
        };
        Ok(match &ctx.who {
            Who::Nobody => Decision::Refused(vec![]),
            Who::Staff(person) => decide(&duties(tx, *person)?, self.act, self.class),
            Who::Patient(patient) => of_own(*patient),
            Who::Guardian { person, patient } => {
                if crate::patient::store::may_act_for(tx, ctx.now, *patient, *person)? {
                    of_own(*patient)
                } else {
                    Decision::Refused(vec![])
                }
            }
            Who::System(_) => Decision::Allowed("system".into()),
            Who::Operator(_) => match self.class {
                // Whoever runs the server sets it up, but reads no patient's data (CS-154).
                Class::Administration | Class::Log => Decision::Allowed("operator".into()),
                _ => Decision::Refused(vec![]),
            },
        })
    }

    fn entry(&self, decision: &Decision) -> Entry {
        let by = match decision {
            Decision::Allowed(by) => serde_json::json!({ "by": by }),
            Decision::Refused(held) => serde_json::json!({ "held": held }),
        };
        let detail = if self.detail.is_null() { by } else { serde_json::json!({ "by": by, "detail": self.detail }) };
        let mut entry = Entry::done(self.verb, self.thing.0, &self.thing.1).class(self.class.key()).detail(detail);
        if let Some(patient) = self.patient {
            entry = entry.patient(patient);
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CS-120: the whole policy as a table that a manager can check line by line.
    #[test]
    fn the_policy_is_the_one_that_was_agreed() {
        let mut lines = vec![];
        for duty in &policy().duties {
            for class in Class::ALL {
                let acts: String =
                    Act::ALL.iter().filter(|it| duty.grants(**it, class)).map(|it| it.letter()).collect();
                if !acts.is_empty() {
                    lines.push(format!("{} {} {acts}", duty.name, class.key()));
                }
            }
        }
        let agreed = include_str!("../data/access-2026-11.txt");
        assert_eq!(lines.join("\n"), agreed.trim_end(), "a change of the policy changes its table too");
    }

    #[test]
    fn the_first_duty_that_grants_is_named() {
        let held = ["clerk".to_owned(), "manager".to_owned()];
        assert_eq!(decide(&held, Act::View, Class::Identity), Decision::Allowed("clerk".into()));
        assert_eq!(decide(&held, Act::Sign, Class::Administration), Decision::Allowed("manager".into()));
        assert_eq!(decide(&held, Act::View, Class::Chart), Decision::Refused(held.to_vec()));
        assert_eq!(decide(&[], Act::View, Class::Identity), Decision::Refused(vec![]));
    }
}
