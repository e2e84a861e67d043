//! How the reading goes: for each reader and for each facility, how many, how fast, how often late, and what second readings said
//! (TR-11). Counted from rows; nothing here is kept.

pub mod pages;
pub mod store;

use std::collections::BTreeMap;

use kernel::{Timestamp, clause};

use crate::second::Grade;

/// One request as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The other facility, by name.
    pub partner: String,
    /// Who signed first, by name; none when nobody has.
    pub reader: Option<String>,
    /// When it was sent.
    pub asked_at: Timestamp,
    /// When it was due.
    pub due_at: Timestamp,
    /// When it was signed first.
    pub signed_at: Option<Timestamp>,
    /// Versions that were signed.
    pub versions: i64,
    /// Sent back or withdrawn.
    pub is_stopped: bool,
    /// Grades of its second readings.
    pub seconds: Vec<Grade>,
}

/// What is said of a reader or a facility.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Requests.
    pub cases: usize,
    /// Those that were reported.
    pub reported: usize,
    /// Those among them that were reported in the agreed time.
    pub in_time: usize,
    /// Those that are open and late at the moment.
    pub late: usize,
    /// Those that were sent back or withdrawn.
    pub stopped: usize,
    /// Those that were changed after signing.
    pub changed: usize,
    /// Minutes from sending to the first signature: half of them took less.
    pub median_min: Option<i64>,
    /// Second readings.
    pub seconds: usize,
    /// Second readings that found what matters.
    pub discrepant: usize,
}

/// Figures of `cases` by what `of` names; a case that it does not name is not counted.
#[must_use]
pub fn by<'a>(
    cases: &'a [Case],
    now: Timestamp,
    of: impl Fn(&'a Case) -> Option<&'a str>,
) -> BTreeMap<&'a str, Figures> {
    clause!("TR-11");
    let mut groups: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        if let Some(name) = of(case) {
            groups.entry(name).or_default().push(case);
        }
    }
    groups.into_iter().map(|(name, cases)| (name, count(&cases, now))).collect()
}

fn count(cases: &[&Case], now: Timestamp) -> Figures {
    let of = |fits: &dyn Fn(&Case) -> bool| cases.iter().filter(|it| fits(it)).count();
    let mut took: Vec<i64> =
        cases.iter().filter_map(|it| it.signed_at.map(|at| (at.as_second() - it.asked_at.as_second()) / 60)).collect();
    took.sort_unstable();
    let seconds = || cases.iter().flat_map(|it| &it.seconds);
    Figures {
        cases: cases.len(),
        reported: took.len(),
        in_time: of(&|it| it.signed_at.is_some_and(|at| at <= it.due_at)),
        late: of(&|it| it.signed_at.is_none() && !it.is_stopped && it.due_at <= now),
        stopped: of(&|it| it.is_stopped && it.signed_at.is_none()),
        changed: of(&|it| it.versions > 1),
        median_min: took.get(took.len().saturating_sub(1) / 2).copied(),
        seconds: seconds().count(),
        discrepant: seconds().filter(|it| it.matters()).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_each_is_counted_from_its_cases() {
        // TR-11
        let at = |hour: i64| kernel::time::plus_min("2026-11-24T00:00:00Z".parse().expect("an instant"), hour * 60);
        let case = |partner: &str, reader: Option<&str>, took: Option<i64>, versions| Case {
            partner: partner.into(),
            reader: reader.map(Into::into),
            asked_at: at(0),
            due_at: at(24),
            signed_at: took.map(at),
            versions,
            is_stopped: false,
            seconds: vec![],
        };
        let cases = [
            case("東都", Some("渡辺"), Some(2), 1),
            Case { seconds: vec![Grade::Agree, Grade::Grave], ..case("東都", Some("渡辺"), Some(30), 2) },
            case("東都", Some("高橋"), Some(4), 1),
            case("みなと", None, None, 0),
            Case { is_stopped: true, ..case("みなと", None, None, 0) },
        ];
        let readers = by(&cases, at(25), |it| it.reader.as_deref());
        assert_eq!(readers.keys().copied().collect::<Vec<_>>(), ["渡辺", "高橋"]);
        let one = &readers["渡辺"];
        assert_eq!((one.cases, one.reported, one.in_time, one.changed, one.median_min), (2, 2, 1, 1, Some(120)));
        assert_eq!((one.seconds, one.discrepant), (2, 1));
        let partners = by(&cases, at(25), |it| Some(it.partner.as_str()));
        assert_eq!(partners["東都"].median_min, Some(240), "of three the middle one");
        let other = &partners["みなと"];
        assert_eq!((other.cases, other.reported, other.late, other.stopped, other.median_min), (2, 0, 1, 1, None));
    }
}
