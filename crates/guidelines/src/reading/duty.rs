//! What is owed on a signed report: by the requester (TR-04), on each incidental finding (TR-07), and on a question that waits
//! for its answer.
//!
//! Reading and looking are the responsible person's: that a colleague has opened the report does not make it read.

use kernel::{Timestamp, clause, time};

kernel::keyed! {
    /// One duty.
    #[derive(PartialOrd, Ord)]
    pub enum Duty {
        /// Open the report.
        Open => "open", "報告書を読む", "Read the report";
        /// Look at the images with it.
        Images => "images", "画像を確かめる", "Look at the images";
        /// Tell the patient.
        Inform => "inform", "患者さんに説明する", "Inform the patient";
        /// Say what was done about an incidental finding.
        Close => "close", "偶然の所見に対応する", "Deal with the incidental finding";
        /// Answer a question of the other side.
        Answer => "answer", "質問に答える", "Answer the question";
    }
}

impl Duty {
    /// Hours until it is overdue. The guideline gives none; these are design rules: the report within three days (one when
    /// urgent), the patient within two weeks, an incidental finding within thirty days, an answer within two days.
    #[must_use]
    pub const fn within_h(self, urgent: bool) -> i64 {
        match (self, urgent) {
            (Self::Open | Self::Images | Self::Answer, true) => 24,
            (Self::Answer, false) => 2 * 24,
            (Self::Open | Self::Images, false) | (Self::Inform, true) => 3 * 24,
            (Self::Inform, false) => 14 * 24,
            (Self::Close, true) => 7 * 24,
            (Self::Close, false) => 30 * 24,
        }
    }

    /// Until when it is owed, having begun at `since`.
    #[must_use]
    pub fn due_at(self, urgent: bool, since: Timestamp) -> Timestamp {
        clause!("TR-04", "TR-07");
        time::plus_min(since, self.within_h(urgent) * 60)
    }
}

/// What a signed version adds to what is owed. The first one brings everything; a later one must be read again and the patient
/// be told, or somebody say why not. The images are the same ones. `known` are the incidental findings that are listed already.
#[must_use]
pub fn begun<'a>(number: i64, incidental: &'a [String], known: &[String]) -> Vec<(Duty, &'a str)> {
    clause!("TR-04", "TR-07");
    let first = [(Duty::Images, "")].into_iter().filter(|_| number == 1);
    let new = incidental.iter().filter(|it| !known.contains(it)).map(|it| (Duty::Close, it.as_str()));
    [(Duty::Open, ""), (Duty::Inform, "")].into_iter().chain(first).chain(new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duty_has_its_time_and_less_when_urgent() {
        // TR-04, TR-07
        let since: Timestamp = "2026-11-24T00:00:00Z".parse().expect("an instant");
        for (duty, usual, urgent) in [
            (Duty::Open, "2026-11-27T00:00:00Z", "2026-11-25T00:00:00Z"),
            (Duty::Images, "2026-11-27T00:00:00Z", "2026-11-25T00:00:00Z"),
            (Duty::Inform, "2026-12-08T00:00:00Z", "2026-11-27T00:00:00Z"),
            (Duty::Close, "2026-12-24T00:00:00Z", "2026-12-01T00:00:00Z"),
            (Duty::Answer, "2026-11-26T00:00:00Z", "2026-11-25T00:00:00Z"),
        ] {
            assert_eq!(duty.due_at(false, since).to_string(), usual, "{duty:?}");
            assert_eq!(duty.due_at(true, since).to_string(), urgent, "{duty:?}");
        }
    }

    #[test]
    fn a_new_version_is_to_be_read_and_told_again_and_no_incidental_finding_is_listed_twice() {
        // TR-04, TR-07
        use Duty::{Close, Images, Inform, Open};
        let both = ["嚢胞".to_owned(), "粘膜の肥厚".to_owned()];
        let cyst = &both[..1];
        type Case<'a> = (i64, &'a [String], &'a [String], &'a [(Duty, &'a str)]);
        let cases: [Case<'_>; 4] = [
            (1, &[], &[], &[(Open, ""), (Inform, ""), (Images, "")]),
            (1, cyst, &[], &[(Open, ""), (Inform, ""), (Images, ""), (Close, "嚢胞")]),
            (2, &both, cyst, &[(Open, ""), (Inform, ""), (Close, "粘膜の肥厚")]),
            (3, &[], cyst, &[(Open, ""), (Inform, "")]),
        ];
        for (number, incidental, known, expected) in cases {
            assert_eq!(begun(number, incidental, known), expected, "version {number}");
        }
    }
}
