//! A conference over a case (SY-27, D to D): people of the two facilities of a request talk by picture and sound, and look at its
//! lent images with a shared pointer. Proposed, started and ended by people; joined only by those whom their own facility has named.
//!
//! What does not live here: the patient, who is not part of it; any recording of picture, sound or pointing; outsiders, for whom
//! there is the de-identified copy. Pictures and sound never come here: `signal` carries the words of the browsers, and asks [`desk`].

pub mod desk;
pub mod pages;
pub mod store;
mod ticket;

use kernel::{PersonId, RowId, Timestamp, Words, time};
use people::agreement::Side;
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

use crate::request::RequestId;

/// The id of a conference: the same at both facilities.
pub type ConferenceId = RowId;

/// People of both sides together: as many as a mesh of calls carries.
pub const PEOPLE_MAX: usize = 5;
/// Minutes after which a conference that nobody has ended is over by itself: longer than two people talk about a case.
pub const RUNS_MIN: i64 = 240;
/// Conferences of one request at most.
pub const CONFERENCES_MAX: usize = 50;

kernel::keyed! {
    /// How it was closed.
    pub enum Way {
        /// It was held.
        Held => "held", "終了", "Ended";
        /// It was called off before.
        CalledOff => "called_off", "取りやめ", "Called off";
    }
}

/// What is proposed, as rows keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// By whom.
    pub name: String,
    /// What is to be talked about.
    pub note: String,
}

/// Somebody who may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Of which side.
    pub side: Side,
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
}

/// Somebody who was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Of which side.
    pub side: Side,
    /// Who.
    pub name: String,
    /// From.
    pub joined_at: Timestamp,
    /// To; `None` while the line is open.
    pub left_at: Option<Timestamp>,
}

/// A conference as this facility's copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conference {
    /// Its id.
    pub id: ConferenceId,
    /// About which request.
    pub request: RequestId,
    /// Which one of that request, from 1.
    pub number: i64,
    /// By which side it was proposed.
    pub side: Side,
    /// What was proposed.
    pub content: Content,
    /// For when.
    pub planned_at: Timestamp,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Who may come in.
    pub people: Vec<Named>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// How and when it was closed.
    pub ended: Option<(Way, Timestamp)>,
}

/// How a conference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Proposed, and not started.
    Planned,
    /// People may come in.
    Running,
    /// It was held; or it was left open, and its time is over.
    Held,
    /// It was called off.
    CalledOff,
}

impl State {
    /// Its name on the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Planned => Words::new("予定", "Planned"),
            Self::Running => Words::new("開催中", "Going on"),
            Self::Held => Words::new("終了", "Ended"),
            Self::CalledOff => Words::new("取りやめ", "Called off"),
        }
    }
}

impl Conference {
    /// How it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        match (self.ended, self.started_at) {
            (Some((Way::CalledOff, _)), _) => State::CalledOff,
            (Some((Way::Held, _)), _) => State::Held,
            (None, None) => State::Planned,
            (None, Some(at)) if now < time::plus_min(at, RUNS_MIN) => State::Running,
            (None, Some(_)) => State::Held,
        }
    }

    /// Whether nothing else may be proposed beside it.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.state(now), State::Planned | State::Running)
    }

    /// Whether `person` was named by that side.
    #[must_use]
    pub fn has(&self, side: Side, person: PersonId) -> bool {
        self.people.iter().any(|it| it.side == side && it.person == person)
    }

    /// Its room at the sockets.
    #[must_use]
    pub fn room(&self) -> String {
        desk::room(self.id)
    }
}

/// Why something about a conference is not done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayNot {
    /// The request lends its images to nobody (yet, or any more).
    NotLent,
    /// One is open already.
    OneIsOpen,
    /// More people than a call carries.
    TooMany,
    /// The person was not named.
    NotNamed,
    /// It has not been started.
    NotStarted,
    /// It is over, or was called off.
    Over,
}

impl MayNot {
    /// For the person.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::NotLent => Words::new(
                "画像が相手の施設に貸し出されている間だけ、カンファレンスを開けます。読影が引き受けられるのをお待ちください。",
                "A conference needs images that are lent: somebody of the reading facility must have taken the case.",
            ),
            Self::OneIsOpen => Words::new(
                "この症例には、すでに予定中か開催中のカンファレンスがあります。",
                "A conference about this case is planned or going on already.",
            ),
            Self::TooMany => Words::new(
                "参加できるのは、両施設あわせて5人までです。",
                "At most five people of both facilities together.",
            ),
            Self::NotNamed => {
                Words::new("参加する人として登録されていません。", "You are not named among those who take part.")
            }
            Self::NotStarted => Words::new("カンファレンスはまだ始まっていません。", "It has not been started yet."),
            Self::Over => Words::new("このカンファレンスは終わりました。", "This conference is over."),
        }
    }
}

/// Whether a conference may be proposed about a request that lends its images or not, beside the `newest` one.
///
/// # Errors
/// Why not.
pub fn may_propose(is_lent: bool, newest: Option<&Conference>, now: Timestamp) -> Result<(), MayNot> {
    match newest {
        _ if !is_lent => Err(MayNot::NotLent),
        Some(it) if it.is_open(now) => Err(MayNot::OneIsOpen),
        _ => Ok(()),
    }
}

/// Whether `more` people, who are not among those named yet, may be named.
///
/// # Errors
/// Why not.
pub fn may_name(conference: &Conference, more: usize, now: Timestamp) -> Result<(), MayNot> {
    match conference.state(now) {
        State::Held | State::CalledOff => Err(MayNot::Over),
        _ if conference.people.len() + more > PEOPLE_MAX => Err(MayNot::TooMany),
        _ => Ok(()),
    }
}

/// Whether `person` of that side may start it. A start that came a moment after another one finds it running.
///
/// # Errors
/// Why not.
pub fn may_start(
    conference: &Conference,
    is_lent: bool,
    side: Side,
    person: PersonId,
    now: Timestamp,
) -> Result<(), MayNot> {
    match conference.state(now) {
        State::Held | State::CalledOff => Err(MayNot::Over),
        _ if !is_lent => Err(MayNot::NotLent),
        _ if !conference.has(side, person) => Err(MayNot::NotNamed),
        State::Planned | State::Running => Ok(()),
    }
}

/// Whether `person` of that side may come in now.
///
/// # Errors
/// Why not.
pub fn may_join(
    conference: &Conference,
    is_lent: bool,
    side: Side,
    person: PersonId,
    now: Timestamp,
) -> Result<(), MayNot> {
    may_start(conference, is_lent, side, person, now)?;
    if conference.state(now) == State::Running { Ok(()) } else { Err(MayNot::NotStarted) }
}

/// What the form of a proposal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// For when.
    pub planned_at: Timestamp,
    /// What is to be talked about.
    pub note: String,
    /// Who of this side comes.
    pub people: Vec<PersonId>,
}

impl Form {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, now: Timestamp) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let on = fields.date("on", &mut faults);
        let at = clock(fields.get("at"));
        if at.is_none() {
            faults.add("at", Words::new("時刻を 18:30 のように入力してください。", "Please enter a time like 18:30."));
        }
        let note = fields.text("note", &mut faults);
        let planned_at = on.zip(at).and_then(|(on, (hour, minute))| time::at_tokyo(on, hour, minute).ok());
        // Now is fine; this morning is a slip of the finger.
        if planned_at.is_some_and(|it| it < time::plus_min(now, -60)) {
            faults.add("on", Words::new("過ぎた日時です。", "This time is over."));
        }
        let people = ticked(fields);
        match planned_at {
            Some(planned_at) => faults.done(|| Self { planned_at, note, people }),
            None => Err(faults),
        }
    }
}

/// The people ticked in a form.
#[must_use]
pub fn ticked(fields: &Fields) -> Vec<PersonId> {
    fields.all("person").filter_map(|it| it.parse().ok()).take(PEOPLE_MAX + 1).collect()
}

/// `18:30`.
fn clock(text: &str) -> Option<(i8, i8)> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some((hour, minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn person(number: u8) -> PersonId {
        PersonId::from_bytes([number; 16])
    }

    /// Of the dentist (1) and the reader (2); `history` is made of `started`, `held` and `off`.
    fn conference(history: &str) -> Conference {
        let named = |side, number| Named { side, person: person(number), name: "x".into() };
        let way = [("held", Way::Held), ("off", Way::CalledOff)].into_iter().find(|it| history.contains(it.0));
        Conference {
            id: ConferenceId::from_bytes([9; 16]),
            request: RequestId::from_bytes([8; 16]),
            number: 1,
            side: Side::Asks,
            content: Content { name: "x".into(), note: "x".into() },
            planned_at: at("2026-11-24T09:00:00Z"),
            proposed_at: at("2026-11-24T00:00:00Z"),
            people: vec![named(Side::Asks, 1), named(Side::Serves, 2)],
            started_at: history.contains("started").then(|| at("2026-11-24T09:00:00Z")),
            ended: way.map(|it| (it.1, at("2026-11-24T10:00:00Z"))),
        }
    }

    #[test]
    fn only_those_who_were_named_come_in_and_only_while_it_runs() {
        // SY-27
        type Case<'a> = (&'a str, bool, Side, u8, &'a str, Result<(), MayNot>, Result<(), MayNot>);
        let soon = "2026-11-24T09:05:00Z";
        let cases: [Case<'_>; 10] = [
            // history, lent, side, who, now → may start, may join
            ("", true, Side::Asks, 1, soon, Ok(()), Err(MayNot::NotStarted)),
            ("", true, Side::Serves, 2, soon, Ok(()), Err(MayNot::NotStarted)),
            ("", true, Side::Asks, 3, soon, Err(MayNot::NotNamed), Err(MayNot::NotNamed)),
            // Whoever works at both facilities was named by one of them.
            ("started", true, Side::Serves, 1, soon, Err(MayNot::NotNamed), Err(MayNot::NotNamed)),
            ("started", true, Side::Asks, 1, soon, Ok(()), Ok(())),
            ("started", false, Side::Serves, 2, soon, Err(MayNot::NotLent), Err(MayNot::NotLent)),
            ("", false, Side::Asks, 1, soon, Err(MayNot::NotLent), Err(MayNot::NotLent)),
            ("started held", true, Side::Asks, 1, soon, Err(MayNot::Over), Err(MayNot::Over)),
            ("off", true, Side::Asks, 1, soon, Err(MayNot::Over), Err(MayNot::Over)),
            // Forgotten: four hours later it is over by itself.
            ("started", true, Side::Asks, 1, "2026-11-24T13:00:00Z", Err(MayNot::Over), Err(MayNot::Over)),
        ];
        for (history, lent, side, who, now, start, join) in cases {
            let (it, now) = (conference(history), at(now));
            assert_eq!(may_start(&it, lent, side, person(who), now), start, "{history} {lent} {side:?} {who} starts");
            assert_eq!(may_join(&it, lent, side, person(who), now), join, "{history} {lent} {side:?} {who} joins");
        }
    }

    #[test]
    fn one_is_open_at_a_time_and_only_over_images_that_are_lent() {
        // SY-27
        let now = at("2026-11-24T09:05:00Z");
        for (newest, lent, expected) in [
            (None, true, Ok(())),
            (None, false, Err(MayNot::NotLent)),
            (Some(""), true, Err(MayNot::OneIsOpen)),
            (Some("started"), true, Err(MayNot::OneIsOpen)),
            (Some("started held"), true, Ok(())),
            (Some("off"), true, Ok(())),
            (Some("off"), false, Err(MayNot::NotLent)),
        ] {
            assert_eq!(may_propose(lent, newest.map(conference).as_ref(), now), expected, "{newest:?} {lent}");
        }
        assert_eq!(may_name(&conference("started"), 3, now), Ok(()));
        assert_eq!(may_name(&conference("started"), 4, now), Err(MayNot::TooMany));
        assert_eq!(may_name(&conference("started held"), 1, now), Err(MayNot::Over));
    }

    #[test]
    fn a_proposal_has_a_time_to_come_and_words() {
        // SY-27
        let now = at("2026-11-24T09:05:00Z");
        let cases: [(&str, &str, &str, &[&str]); 7] = [
            ("2026-11-24", "18:30", "下顎管との距離", &[]),
            ("2026-11-24", "18:00", "いま話したい", &[]),
            ("2026-11-24", "09:00", "x", &["on"]),
            ("2026-11-25", "25:00", "x", &["at"]),
            ("2026-11-25", "1830", "x", &["at"]),
            ("", "18:30", "x", &["on"]),
            ("2026-11-25", "18:30", "", &["note"]),
        ];
        for (on, clock, note, expected) in cases {
            let faults = Form::parse(&Fields::of(&[("on", on), ("at", clock), ("note", note)]), now).err();
            let faults = faults.unwrap_or_default();
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), expected, "{on} {clock} {note}");
        }
    }
}
