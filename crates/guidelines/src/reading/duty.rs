//! What the requester still has to do with a signed report (TR-04), and with each incidental finding (TR-07).
//!
//! Kept for the responsible person: that a colleague has opened the report does not make it read.

use kernel::{Timestamp, Words, clause, time};

/// One duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Open the report.
    Open,
    /// Look at the images with it.
    Images,
    /// Tell the patient.
    Inform,
    /// Say what was done about an incidental finding.
    Close,
}

impl Duty {
    /// For the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Open => Words::new("報告書を読む", "Read the report"),
            Self::Images => Words::new("画像を確かめる", "Look at the images"),
            Self::Inform => Words::new("患者さんに説明する", "Inform the patient"),
            Self::Close => Words::new("偶然の所見に対応する", "Deal with the incidental finding"),
        }
    }

    /// Hours after the report until it is overdue. The guideline gives none; these are design rules: the report within three
    /// days (one when urgent), the patient within two weeks, an incidental finding within thirty days.
    #[must_use]
    pub const fn within_h(self, urgent: bool) -> i64 {
        match (self, urgent) {
            (Self::Open | Self::Images, true) => 24,
            (Self::Open | Self::Images, false) => 3 * 24,
            (Self::Inform, true) => 3 * 24,
            (Self::Inform, false) => 14 * 24,
            (Self::Close, true) => 7 * 24,
            (Self::Close, false) => 30 * 24,
        }
    }
}

/// What has been done by the responsible person.
#[derive(Debug, Clone, Copy, Default)]
pub struct Done {
    /// The report was opened.
    pub opened: bool,
    /// The images were seen.
    pub images: bool,
    /// The patient was informed.
    pub informed: bool,
    /// Incidental findings that are still open.
    pub incidental_open: usize,
}

/// A duty that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Which.
    pub duty: Duty,
    /// Until when.
    pub due_at: Timestamp,
    /// Whether that is over.
    pub is_overdue: bool,
}

/// What is open at `now` for a report that was signed at `signed_at`.
#[must_use]
pub fn open(done: Done, urgent: bool, signed_at: Timestamp, now: Timestamp) -> Vec<Open> {
    clause!("TR-04", "TR-07");
    let all = [
        (Duty::Open, !done.opened),
        (Duty::Images, !done.images),
        (Duty::Inform, !done.informed),
        (Duty::Close, done.incidental_open > 0),
    ];
    let due = |duty: Duty| time::plus_min(signed_at, duty.within_h(urgent) * 60);
    all.into_iter()
        .filter(|it| it.1)
        .map(|(duty, _)| Open { duty, due_at: due(duty), is_overdue: due(duty) <= now })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duty_stays_until_it_is_done_and_comes_up_when_it_is_late() {
        // TR-04, TR-07
        let signed: Timestamp = "2026-11-24T00:00:00Z".parse().expect("an instant");
        let done = |opened, images, informed, incidental_open| Done { opened, images, informed, incidental_open };
        type Case<'a> = (Done, bool, i64, &'a [(Duty, bool)]);
        let cases: [Case<'_>; 7] = [
            (Done::default(), false, 0, &[(Duty::Open, false), (Duty::Images, false), (Duty::Inform, false)]),
            (Done::default(), false, 72, &[(Duty::Open, true), (Duty::Images, true), (Duty::Inform, false)]),
            (Done::default(), true, 24, &[(Duty::Open, true), (Duty::Images, true), (Duty::Inform, false)]),
            (done(true, true, false, 0), false, 14 * 24, &[(Duty::Inform, true)]),
            (done(true, true, true, 2), false, 0, &[(Duty::Close, false)]),
            (done(true, true, true, 1), false, 30 * 24, &[(Duty::Close, true)]),
            (done(true, true, true, 0), true, 1_000, &[]),
        ];
        for (done, urgent, hours, expected) in cases {
            let now = time::plus_min(signed, hours * 60);
            let found: Vec<_> = open(done, urgent, signed, now).iter().map(|it| (it.duty, it.is_overdue)).collect();
            assert_eq!(found, expected, "{done:?} {urgent} {hours}");
        }
    }
}
