//! What patients say of a visit afterwards, and the figures of the facility's online care (OV-302).

pub mod pages;
pub mod quality;
mod quality_pages;
mod staff_pages;
pub mod store;

use kernel::{Timestamp, Words, clause};
use web::{Faults, Fields, Filled};

pub use quality_pages::routes as quality_routes;
pub use staff_pages::routes as staff_routes;

/// Told before there is anything to ask about.
pub const TOO_EARLY: Words = Words::new("感想は診療のあとでお聞かせください。", "Please tell us after the visit.");

/// The five questions, each answered from 1 (not at all) to 5 (very much).
pub static QUESTIONS: [(&str, Words); 5] = [
    ("easy", Words::new("予約から診療まで、簡単にできましたか", "Was it easy, from booking to the visit?")),
    ("line", Words::new("映像と音声は問題ありませんでしたか", "Were picture and sound all right?")),
    ("understood", Words::new("症状や心配ごとを伝えられましたか", "Could you tell what troubles you?")),
    ("told", Words::new("説明はわかりやすかったですか", "Was the explanation easy to understand?")),
    ("again", Words::new("またオンラインで受けたいですか", "Would you do it online again?")),
];

/// The five answers.
pub static ANSWERS: [(&str, i64, Words); 5] = [
    ("5", 5, Words::new("とてもそう思う", "Very much")),
    ("4", 4, Words::new("そう思う", "Yes")),
    ("3", 3, Words::new("どちらともいえない", "Neither yes nor no")),
    ("2", 2, Words::new("あまりそう思わない", "Not really")),
    ("1", 1, Words::new("そう思わない", "Not at all")),
];

/// What a patient says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feedback {
    /// Answers in the order of [`QUESTIONS`].
    pub answers: [i64; 5],
    /// In the patient's words; may be empty.
    pub comment: String,
    /// When; none before it is given.
    pub given_at: Option<Timestamp>,
}

impl Feedback {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("OV-302");
        let mut faults = Faults::default();
        let choices: Vec<_> = ANSWERS.iter().map(|it| (it.0, it.1)).collect();
        let answers = std::array::from_fn(|at| fields.one_of(QUESTIONS[at].0, &choices, &mut faults).unwrap_or(0));
        let comment = fields.text_if_any("comment", &mut faults);
        faults.done(|| Self { answers, comment, given_at: None })
    }

    /// The form filled with it.
    #[must_use]
    pub fn filled(&self) -> Filled {
        let empty = Filled::empty().with("comment", self.comment.clone());
        QUESTIONS.iter().zip(self.answers).fold(empty, |filled, (it, answer)| filled.with(it.0, answer.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_answered_from_one_to_five() {
        // OV-302
        let full = [("easy", "5"), ("line", "4"), ("understood", "3"), ("told", "2"), ("again", "1")];
        let feedback = Feedback::parse(&Fields::of(&full)).expect("well-formed");
        assert_eq!(feedback.answers, [5, 4, 3, 2, 1]);
        assert_eq!(feedback.filled().get("told"), "2");
        for (name, bad) in [("easy", "6"), ("line", "0"), ("told", "x"), ("again", "")] {
            let mut pairs = full;
            pairs.iter_mut().filter(|it| it.0 == name).for_each(|it| it.1 = bad);
            let faults = Feedback::parse(&Fields::of(&pairs)).expect_err("refused");
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), [name]);
        }
    }
}
