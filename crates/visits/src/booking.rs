//! A booking: an agreed time of one patient with one doctor. Who may book what, when, and how late it may change.

pub(crate) mod letters;
pub mod pages;
pub mod store;

use kernel::{BookingId, PatientId, PersonId, RowId, Timestamp};

kernel::keyed! {
    /// How patient and doctor meet.
    pub enum Form {
        /// オンライン（D to P）
        Online => "online";
        /// 対面
        InPerson => "in_person";
    }
}

/// A kind of visit that a facility offers.
#[derive(Debug, Clone)]
pub struct VisitType {
    /// Its id.
    pub id: RowId,
    /// Its name.
    pub name: kernel::Words,
    /// How people meet.
    pub form: Form,
    /// How long it takes.
    pub duration_min: i64,
    /// Whether patients may book it themselves.
    pub by_patient: bool,
}

/// A booking.
#[derive(Debug, Clone)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// Of whom.
    pub patient: PatientId,
    /// With whom.
    pub doctor: PersonId,
    /// What for.
    pub visit_type: VisitType,
    /// From.
    pub starts_at: Timestamp,
    /// To; half-open, a visit may begin the minute another ends.
    pub ends_at: Timestamp,
    /// Why the patient comes, in the patient's words.
    pub reason: String,
    /// Counts the changes of time.
    pub sequence: i64,
    /// Path of the link that carries the whole visit (`/v/…`).
    pub link: String,
    /// When it was made.
    pub booked_at: Timestamp,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When the patient was found absent.
    pub absent_at: Option<Timestamp>,
}

/// Minutes between booking by a patient and the start: identity, questionnaire and consent need the time.
pub const LEAD_MIN: i64 = 60;
/// Minutes between booking by the clinic and the start: the patient is on the phone.
pub const LEAD_CLINIC_MIN: i64 = 0;
/// Days ahead that can be booked: three months, the rhythm of recall.
pub const AHEAD_DAYS: i64 = 92;
/// Hours before the start until which a patient may change or cancel alone; later the clinic does it by telephone.
pub const CUT_OFF_HOURS: i64 = 3;
/// Minutes that a time is kept free while its form is filled in.
pub const HOLD_MIN: i64 = 10;

/// A stretch of time, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From.
    pub from: Timestamp,
    /// To, not included.
    pub to: Timestamp,
}

impl Span {
    fn meets(&self, other: &Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// One doctor's day, as far as one kind of visit is concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// When the doctor offers this kind of visit.
    pub offered: Vec<Span>,
    /// Live bookings of any kind.
    pub booked: Vec<Span>,
    /// Times that others are about to book.
    pub held: Vec<Span>,
    /// Whether the doctor or the facility is closed.
    pub closed: bool,
}

/// Who asks for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The patient, or a guardian.
    Patient,
    /// The clinic.
    Clinic,
}

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The day is closed.
    Closed,
    /// The doctor does not offer this kind of visit then.
    NotOffered,
    /// Somebody has it.
    Taken,
    /// Somebody is filling in the form for it.
    Held,
    /// Too soon from now.
    TooSoon,
    /// Too far ahead.
    TooFar,
}

impl Refusal {
    /// The sentence for the person.
    #[must_use]
    pub const fn words(self) -> kernel::Words {
        use kernel::Words;
        match self {
            Self::Closed => Words::new(
                "この日は休みです。別の日を選んでください。",
                "We are closed on this day. Please choose another.",
            ),
            Self::NotOffered => Words::new(
                "この時間は受け付けていません。別の時間を選んでください。",
                "This time is not offered. Please choose another.",
            ),
            Self::Taken => Words::new(
                "この時間はほかの方が予約しました。別の時間を選んでください。",
                "Someone else has booked this time. Please choose another.",
            ),
            Self::Held => Words::new(
                "この時間はほかの方が予約の手続き中です。別の時間を選ぶか、10分ほど待ってください。",
                "Someone else is booking this time. Choose another, or wait about ten minutes.",
            ),
            Self::TooSoon => Words::new(
                "開始まで時間がありません。もう少し後の時間を選んでください。",
                "This is too soon. Please choose a later time.",
            ),
            Self::TooFar => Words::new(
                "まだ予約を受け付けていない日です。もっと近い日を選んでください。",
                "This is too far ahead. Please choose a nearer day.",
            ),
        }
    }
}

/// Finds room for a visit from `starts_at` of `duration_min` minutes on the doctor's day, or says why there is none.
///
/// # Errors
/// Only [`Refusal`].
pub fn place(
    day: &Day,
    starts_at: Timestamp,
    duration_min: i64,
    asker: Asker,
    now: Timestamp,
) -> Result<Span, Refusal> {
    let wanted = Span { from: starts_at, to: kernel::time::plus_min(starts_at, duration_min) };
    let lead = if asker == Asker::Patient { LEAD_MIN } else { LEAD_CLINIC_MIN };
    if starts_at < kernel::time::plus_min(now, lead) {
        return Err(Refusal::TooSoon);
    }
    if starts_at > kernel::time::plus_min(now, AHEAD_DAYS * 24 * 60) {
        return Err(Refusal::TooFar);
    }
    if day.closed {
        return Err(Refusal::Closed);
    }
    if !day.offered.iter().any(|it| it.from <= wanted.from && wanted.to <= it.to) {
        return Err(Refusal::NotOffered);
    }
    if day.booked.iter().any(|it| it.meets(&wanted)) {
        return Err(Refusal::Taken);
    }
    if day.held.iter().any(|it| it.meets(&wanted)) {
        return Err(Refusal::Held);
    }
    Ok(wanted)
}

/// The times on this day that [`place`] would give, one after the other through each offered stretch.
#[must_use]
pub fn free_times(day: &Day, duration_min: i64, asker: Asker, now: Timestamp) -> Vec<Timestamp> {
    let mut times = Vec::new();
    for span in &day.offered {
        let mut at = span.from;
        while kernel::time::plus_min(at, duration_min) <= span.to {
            if place(day, at, duration_min, asker, now).is_ok() && !times.contains(&at) {
                times.push(at);
            }
            at = kernel::time::plus_min(at, duration_min);
        }
    }
    times.sort_unstable();
    times
}

/// Whether a change or cancellation is still open to `asker`; the clinic may always, until the visit has begun.
#[must_use]
pub fn may_change(booking: &Booking, asker: Asker, now: Timestamp) -> bool {
    let until = match asker {
        Asker::Patient => kernel::time::plus_min(booking.starts_at, -CUT_OFF_HOURS * 60),
        Asker::Clinic => booking.ends_at,
    };
    booking.cancelled_at.is_none() && now < until
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(clock: &str) -> Timestamp {
        format!("2026-11-24T{clock}:00+09:00").parse().expect("a time")
    }

    fn spans(text: &str, word: &str) -> Vec<Span> {
        text.split(',')
            .filter_map(|it| it.trim().strip_suffix(word))
            .map(|it| {
                let (from, to) = it.trim().split_once('-').expect("from-to");
                Span { from: at(from), to: at(to) }
            })
            .collect()
    }

    fn check(day: &str, ask: &str, outcome: &str) {
        let day = Day {
            offered: vec![Span { from: at("09:00"), to: at("12:00") }],
            booked: spans(day, "taken"),
            held: spans(day, "held"),
            closed: day == "closed",
        };
        let (clock, minutes) = ask.split_once(" for ").expect("clock for minutes");
        let placed = place(&day, at(clock), minutes.parse().expect("minutes"), Asker::Patient, at("07:30"));
        let told = placed.map_or_else(|it| format!("{it:?}"), |it| format!("booked {}", kernel::time::clock(it.from)));
        assert_eq!(told, outcome, "{ask} on {day:?}");
    }

    /// SY-06: no double booking ever.
    #[test]
    fn a_time_is_given_or_the_reason() {
        check("", "09:00 for 30", "booked 09:00");
        check("09:00-09:30 taken", "09:30 for 30", "booked 09:30");
        check("09:00-09:30 taken", "09:15 for 30", "Taken");
        check("09:30-10:00 taken", "09:00 for 31", "Taken");
        check("10:00-10:30 held", "10:00 for 30", "Held");
        check("", "11:45 for 30", "NotOffered");
        check("", "13:00 for 15", "NotOffered");
        check("", "08:00 for 15", "TooSoon");
        check("closed", "09:00 for 30", "Closed");
    }

    #[test]
    fn free_times_are_those_that_can_be_booked() {
        let day = Day {
            offered: vec![Span { from: at("09:00"), to: at("10:30") }],
            booked: vec![Span { from: at("09:30"), to: at("10:00") }],
            ..Day::default()
        };
        let shown: Vec<_> =
            free_times(&day, 30, Asker::Patient, at("07:00")).into_iter().map(kernel::time::clock).collect();
        assert_eq!(shown, ["09:00", "10:00"]);
    }
}
