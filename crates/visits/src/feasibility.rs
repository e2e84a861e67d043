//! The judgement, asked in every call: can this visit be held online? "No" ends it at once and leads on in person.

pub mod pages;
pub mod store;

use guidelines::call::Feasibility;
use kernel::Timestamp;
use web::{Faults, Fields};

kernel::keyed! {
    /// What the doctor judged.
    pub enum Verdict {
        /// Online is suitable.
        Suitable => "suitable", "オンラインで診察できる", "Online is suitable";
        /// Online is not suitable (OV-103).
        NotSuitable => "not_suitable", "オンラインに適さない（対面が必要）", "Online is not suitable; in person is needed";
        /// The information does not suffice (OV-160).
        Insufficient => "insufficient", "情報が足りないため中止する", "Stop: the information does not suffice";
    }
}

/// A judgement.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// OV-110: useful information in place of in-person findings was obtained.
    pub information: bool,
    /// Why; always there when it is not "suitable".
    pub reason: String,
    /// When.
    pub judged_at: Timestamp,
}

/// What the form says.
#[derive(Debug, Clone)]
pub struct Request {
    /// The verdict.
    pub verdict: Verdict,
    /// OV-110.
    pub information: bool,
    /// Why.
    pub reason: String,
}

impl Request {
    /// Reads the form. A "no" needs its reason; a "yes" may have one.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let verdict = fields.one_of("verdict", &Verdict::keys(), &mut faults);
        let reason = match verdict {
            Some(Verdict::NotSuitable | Verdict::Insufficient) => fields.text("why", &mut faults),
            _ => fields.text_if_any("why", &mut faults),
        };
        match verdict {
            Some(verdict) => faults.done(|| Self { verdict, information: fields.ticked("information"), reason }),
            None => Err(faults),
        }
    }
}

/// The judgement as the rule asks for it.
#[must_use]
pub fn fact(judgement: Option<&Judgement>) -> Feasibility {
    match judgement.map(|it| it.verdict) {
        None => Feasibility::Missing,
        Some(Verdict::Suitable) => Feasibility::Suitable,
        Some(Verdict::NotSuitable | Verdict::Insufficient) => Feasibility::NotSuitable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_no_needs_its_reason() {
        // OV-103, OV-160
        type Pairs = &'static [(&'static str, &'static str)];
        let cases: [(Pairs, Result<Verdict, &[&str]>); 5] = [
            (&[("verdict", "suitable")], Ok(Verdict::Suitable)),
            (&[("verdict", "not_suitable")], Err(&["why"])),
            (&[("verdict", "insufficient"), ("why", "口の奥が映らない")], Ok(Verdict::Insufficient)),
            (&[("verdict", "not_suitable"), ("why", "腫れが強い")], Ok(Verdict::NotSuitable)),
            (&[], Err(&["verdict"])),
        ];
        for (pairs, expected) in cases {
            let got = Request::parse(&Fields::of(pairs)).map(|it| it.verdict);
            let got = got.map_err(|it| it.0.into_iter().map(|it| it.0).collect::<Vec<_>>());
            assert_eq!(got, expected.map_err(<[&str]>::to_vec), "{pairs:?}");
        }
    }

    #[test]
    fn insufficient_information_counts_as_not_suitable() {
        // OV-160 leads to OV-103's way out.
        let judged =
            |verdict| Judgement { verdict, information: false, reason: "x".into(), judged_at: Timestamp::UNIX_EPOCH };
        assert_eq!(fact(None), Feasibility::Missing);
        assert_eq!(fact(Some(&judged(Verdict::Suitable))), Feasibility::Suitable);
        assert_eq!(fact(Some(&judged(Verdict::Insufficient))), Feasibility::NotSuitable);
    }
}
