//! For whom a request is meant at the facility that reads: proposed by field, agreement and load (TR-11), changed by hand. It
//! binds nobody; taking the case does. The proposal is the rule of `guidelines::reading::assign`.

pub mod pages;
pub mod store;

use guidelines::reading::assign::Scope;
use kernel::{PersonId, Timestamp, Words, clause};
use web::{Faults, Fields};

use crate::report::template;

/// For whom a request is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// Proposed by the rule; otherwise somebody said so.
    pub by_rule: bool,
    /// When.
    pub at: Timestamp,
}

/// Open cases that somebody may be bound to at most.
const OPEN_MAX: i64 = 999;

/// What the form of a reader's field says.
///
/// # Errors
/// The faults, each with its field.
pub fn parse(fields: &Fields, agreements: &[String]) -> Result<(PersonId, Scope), Faults> {
    clause!("TR-11");
    let mut faults = Faults::default();
    let person = fields.get("reader").parse().ok();
    if person.is_none() {
        faults.add("reader", Words::new("読影医を選んでください。", "Please choose a reader."));
    }
    let examinations: Vec<String> = fields.all("field").filter_map(template).map(|it| it.key.clone()).collect();
    let agreements: Vec<String> =
        fields.all("partner").filter(|it| agreements.iter().any(|known| known == it)).map(ToOwned::to_owned).collect();
    let text = fields.line_if_any("open_max", &mut faults);
    let open_max = text.parse().ok().filter(|it| (0..=OPEN_MAX).contains(it));
    if !text.is_empty() && open_max.is_none() {
        faults.add("open_max", Words::new("0から999までの数にしてください。", "A number from 0 to 999, please."));
    }
    match person {
        Some(person) => faults.done(|| (person, Scope { examinations, agreements, open_max })),
        None => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readers_field_is_what_the_forms_offer() {
        // TR-11
        let person = PersonId::from_bytes([1; 16]);
        let known = ["a1".to_owned()];
        let text = person.to_string();
        let fields = [
            ("reader", text.as_str()),
            ("field", "cbct_tmj"),
            ("field", "nonsense"),
            ("partner", "a1"),
            ("partner", "zz"),
            ("open_max", "5"),
        ];
        let (who, scope) = parse(&Fields::of(&fields), &known).expect("well-formed");
        assert_eq!(who, person);
        assert_eq!(scope.examinations, ["cbct_tmj"]);
        assert_eq!((scope.agreements.as_slice(), scope.open_max), (known.as_slice(), Some(5)));
        for (pairs, expected) in [
            (vec![("reader", "")], vec!["reader"]),
            (vec![("reader", text.as_str()), ("open_max", "-1")], vec!["open_max"]),
            (vec![("reader", text.as_str()), ("open_max", "x")], vec!["open_max"]),
        ] {
            let faults = parse(&Fields::of(&pairs), &known).expect_err("refused");
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), expected);
        }
    }
}
