//! Questions before the visit: a facility's form as data with branches, the patient's answers, the symptoms among them.

pub mod builder;
pub mod pages;
pub mod store;

use std::collections::BTreeMap;

use kernel::{Lang, Timestamp, Words, clause, limits};
use web::{Faults, Fields};

/// Questions of one form at most: more than that nobody answers on a phone.
pub const QUESTIONS_MAX: usize = 60;
/// Choices of one question at most.
pub const CHOICES_MAX: usize = 20;

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Form {
    /// Its edition, or the day of its version.
    pub edition: String,
    /// In the order in which they are asked.
    pub questions: Vec<Question>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Question {
    /// Names it in the answers; letters, digits and `_`.
    pub key: String,
    /// What kind of answer it takes.
    pub kind: Answer,
    /// 日本語
    pub ja: String,
    /// English
    pub en: String,
    /// Whether it must be answered when it is shown.
    pub required: bool,
    /// Shown only then; `None`: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_if: Option<ShowIf>,
    /// An answer other than "no" is looked at by the doctor before the visit, as a symptom of the list is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub red_flag: bool,
    /// Key, 日本語, English of each choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<(String, String, String)>,
}

kernel::keyed! {
    /// Kinds of answer.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Answer {
        /// Yes or no.
        YesNo => "yes_no", "はい・いいえ", "Yes or no";
        /// One of the choices.
        Choice => "choice", "一つ選ぶ", "Choose one";
        /// Any of the choices.
        Many => "many", "いくつでも選ぶ", "Choose any";
        /// Words.
        Text => "text", "文章", "Text";
        /// A number.
        Number => "number", "数", "Number";
        /// A day.
        Date => "date", "日付", "Date";
        /// 0 to 10.
        Scale => "scale", "0から10", "0 to 10";
        /// Teeth by FDI number.
        Teeth => "teeth", "歯の場所", "Teeth";
    }
}

/// When a question is shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ShowIf {
    /// The earlier question.
    pub key: String,
    /// Its answer is (or holds) this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<String>,
    /// Its number is above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<i64>,
}

/// Answers by question; several values for [`Answer::Many`] and [`Answer::Teeth`].
pub type Answers = BTreeMap<String, Vec<String>>;

/// Questions whose answers may stand from one visit to the next; what troubles people now is asked anew.
pub const STANDING: [&str; 9] = [
    "allergy",
    "allergy_what",
    "medicines",
    "medicines_what",
    "diseases",
    "surgery",
    "smoking",
    "alcohol",
    "pregnancy",
];

/// Name of the chosen symptoms among the answers. No question may be called so.
pub const SYMPTOMS: &str = "symptoms";

/// Answers as they are kept.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The form as it was shown.
    pub form: Form,
    /// The answers, with the symptoms' keys under [`SYMPTOMS`].
    pub answers: Answers,
    /// The edition of the symptom list.
    pub symptom_edition: String,
    /// What the list's rule said.
    pub judgement: Judgement,
    /// When it was sent; `None` while it is being filled in.
    pub sent_at: Option<Timestamp>,
}

kernel::keyed! {
    /// What the symptom list's rule said.
    pub enum Judgement {
        /// No hit.
        Clear => "clear";
        /// The doctor decides.
        Doctor => "doctor";
        /// Online stops here.
        Stop => "stop";
    }
}

impl Question {
    /// Its words.
    #[must_use]
    pub fn words(&self, lang: Lang) -> &str {
        lang.t(&self.ja, &self.en)
    }

    /// Whether these answers to it are a sign that the doctor must look at.
    #[must_use]
    pub fn flags(&self, answers: &Answers) -> bool {
        self.red_flag && answers.get(&self.key).is_some_and(|it| it.iter().any(|it| it != "no"))
    }

    /// Whether it is shown, given the answers so far.
    #[must_use]
    pub fn is_shown(&self, answers: &Answers) -> bool {
        let Some(rule) = &self.show_if else { return true };
        let given = answers.get(&rule.key).map(Vec::as_slice).unwrap_or_default();
        let is = rule.is.as_ref().is_none_or(|wanted| given.contains(wanted));
        let above = rule.above.is_none_or(|least| given.iter().any(|it| it.parse::<i64>().is_ok_and(|it| it > least)));
        !given.is_empty() && is && above
    }

    fn takes(&self, value: &str) -> bool {
        match self.kind {
            Answer::YesNo => matches!(value, "yes" | "no"),
            Answer::Choice | Answer::Many => self.choices.iter().any(|(key, _, _)| key == value),
            Answer::Text => value.chars().count() <= limits::TEXT_CHARS_MAX,
            Answer::Number => value.parse::<f64>().is_ok_and(f64::is_finite),
            Answer::Date => value.parse::<kernel::Date>().is_ok(),
            Answer::Scale => value.parse::<u8>().is_ok_and(|it| it <= 10),
            Answer::Teeth => kernel::Tooth::read(value).is_some(),
        }
    }

    /// The answer that somebody means by `typed`: yes or no in words, the words of a choice, or the answer itself.
    #[must_use]
    pub fn answer_of(&self, typed: &str) -> Option<String> {
        let typed = typed.trim();
        let yes_no = [("yes", Words::new("はい", "Yes")), ("no", Words::new("いいえ", "No"))];
        let said = |key: &str, ja: &str, en: &str| typed == ja || typed.eq_ignore_ascii_case(en) || typed == key;
        let known = match self.kind {
            Answer::YesNo => yes_no.iter().find(|it| said(it.0, &it.1.ja, &it.1.en)).map(|it| it.0.to_owned()),
            Answer::Choice | Answer::Many => {
                self.choices.iter().find(|it| said(&it.0, &it.1, &it.2)).map(|it| it.0.clone())
            }
            _ => None,
        };
        known.or_else(|| Some(typed.to_owned()).filter(|it| !it.is_empty()))
    }

    /// The answer in words, for the doctor and the review.
    #[must_use]
    pub fn show(&self, values: &[String], lang: Lang) -> String {
        let one = |value: &String| match self.kind {
            Answer::YesNo => if value == "yes" { lang.t("はい", "Yes") } else { lang.t("いいえ", "No") }.to_owned(),
            Answer::Choice | Answer::Many => self
                .choices
                .iter()
                .find(|(key, _, _)| key == value)
                .map_or(value.clone(), |(_, ja, en)| lang.t(ja, en).clone()),
            _ => value.clone(),
        };
        values.iter().map(one).collect::<Vec<_>>().join(lang.t("、", ", "))
    }
}

impl Form {
    /// What the answers mean, when the symptoms alone mean `symptoms`: a red flag in the form goes to the doctor too, and
    /// makes nothing milder.
    #[must_use]
    pub fn judge(&self, symptoms: Judgement, answers: &Answers) -> Judgement {
        clause!("OV-111", "SY-05");
        if symptoms == Judgement::Clear && self.questions.iter().any(|it| it.flags(answers)) {
            return Judgement::Doctor;
        }
        symptoms
    }
}

/// What reading a page of answers gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The answers that can be taken; of shown questions only.
    pub answers: Answers,
    /// Faults by question key, beside each question.
    pub faults: Vec<(String, Words)>,
    /// An answer has opened a question that was not on the page: ask once more before sending.
    pub more: bool,
}

/// Reads the answers of `form` from `fields`. A question whose condition is not met loses its answer.
#[must_use]
pub fn read(form: &Form, fields: &Fields) -> Reading {
    let mut reading = Reading { answers: Answers::new(), faults: Vec::new(), more: false };
    for question in form.questions.iter().take(QUESTIONS_MAX) {
        if !question.is_shown(&reading.answers) {
            continue;
        }
        // The page marks every question that it shows, so an unanswered one can be told from a new one.
        let was_shown = fields.all("_shown").any(|it| it == question.key);
        let name = field_name(&question.key);
        let values: Vec<String> =
            fields.all(&name).filter(|it| !it.is_empty()).take(60).map(ToOwned::to_owned).collect();
        if !was_shown && values.is_empty() {
            reading.more = true;
            continue;
        }
        if values.is_empty() && question.required {
            reading.faults.push((question.key.clone(), Words::new("お答えください。", "Please answer this.")));
        } else if !values.iter().all(|it| question.takes(it)) {
            reading.faults.push((
                question.key.clone(),
                Words::new(
                    "この答えは受け付けられません。選び直してください。",
                    "This answer cannot be taken. Please choose again.",
                ),
            ));
        } else if !values.is_empty() {
            reading.answers.insert(question.key.clone(), values);
        }
    }
    reading
}

/// The form field of a question.
#[must_use]
pub fn field_name(key: &str) -> String {
    format!("q-{key}")
}

/// Checks a form that staff has edited.
///
/// # Errors
/// The faults, in words for the builder.
pub fn check(form: &Form) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let mut seen: Vec<&str> = vec![SYMPTOMS];
    if form.questions.is_empty() || form.questions.len() > QUESTIONS_MAX {
        faults.add(
            "questions",
            Words::made(format!("質問は1から{QUESTIONS_MAX}までです。"), format!("One to {QUESTIONS_MAX} questions.")),
        );
    }
    for question in &form.questions {
        if seen.contains(&question.key.as_str()) {
            faults.add("key", Words::new("同じ名前の質問があります。", "Two questions have the same name."));
        }
        if question.show_if.as_ref().is_some_and(|it| !seen.contains(&it.key.as_str())) {
            faults.add(
                "show_if",
                Words::new(
                    "条件にできるのは、前にある質問だけです。",
                    "A condition may only name an earlier question.",
                ),
            );
        }
        let choosing = matches!(question.kind, Answer::Choice | Answer::Many);
        if choosing && !(2..=CHOICES_MAX).contains(&question.choices.len()) {
            faults.add(
                "choices",
                Words::made(format!("選択肢は2から{CHOICES_MAX}までです。"), format!("Two to {CHOICES_MAX} choices.")),
            );
        }
        seen.push(&question.key);
    }
    faults.done(|| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        serde_json::from_str(include_str!("../data/questionnaire-dental-2026-11.json")).expect("the default form")
    }

    /// SY-05: each field has a form of its own, and a medical one asks what a doctor asks first.
    #[test]
    fn the_default_forms_are_well_made() {
        use people::facility::Field::{Dental, Medical};
        for field in [Dental, Medical] {
            let form = store::default(field).expect("a form");
            assert_eq!(check(&form), Ok(()), "{field:?}");
            for it in &form.questions {
                assert!(!it.ja.is_empty() && !it.en.is_empty(), "{}", it.key);
            }
            for standing in ["allergy", "pregnancy"] {
                assert!(form.questions.iter().any(|it| it.key == standing), "{field:?} {standing}");
            }
        }
        let medical = store::default(Medical).expect("a form");
        let asked = |key: &str| medical.questions.iter().any(|it| it.key == key);
        for key in
            ["complaint", "since", "course", "fever", "pain", "allergy", "medicines", "diseases", "pregnancy", "danger"]
        {
            assert!(asked(key), "a doctor asks for {key}");
        }
        assert!(!medical.questions.iter().any(|it| it.kind == Answer::Teeth), "teeth are the dentist's");
    }

    /// SY-05: branches open by the answers, and close with them.
    #[test]
    fn a_question_is_asked_when_its_answer_matters() {
        let form = form();
        let question = |key: &str| form.questions.iter().find(|it| it.key == key).expect("a question");
        let answers = |key: &str, value: &str| Answers::from([(key.to_owned(), vec![value.to_owned()])]);
        assert!(!question("injury_how").is_shown(&Answers::new()));
        assert!(!question("injury_how").is_shown(&answers("injury", "no")));
        assert!(question("injury_how").is_shown(&answers("injury", "yes")));
        assert!(!question("pain_when").is_shown(&answers("pain", "0")));
        assert!(question("pain_when").is_shown(&answers("pain", "3")));
    }

    #[test]
    fn a_condition_is_written_in_words() {
        // SY-05: (question, what staff writes) → the answer that is meant
        let form = form();
        let cases = [
            ("injury", "はい", Some("yes")),
            ("injury", "No", Some("no")),
            ("since", "数日前", Some("days")),
            ("since", "days", Some("days")),
            ("pain", "5", Some("5")),
            ("injury", "", None),
        ];
        for (key, typed, expected) in cases {
            let question = form.questions.iter().find(|it| it.key == key).expect("a question");
            assert_eq!(question.answer_of(typed).as_deref(), expected, "{key} {typed}");
        }
    }

    #[test]
    fn a_red_flag_goes_to_the_doctor() {
        // OV-111, SY-05: (what the symptoms mean, the answer) → what both mean
        let medical = store::default(people::facility::Field::Medical).expect("a form");
        let with = |key: &str, value: &str| Answers::from([(key.to_owned(), vec![value.to_owned()])]);
        let cases = [
            (Judgement::Clear, Answers::new(), Judgement::Clear),
            (Judgement::Clear, with("danger", "drink"), Judgement::Doctor),
            (Judgement::Clear, with("fever", "yes"), Judgement::Clear),
            (Judgement::Doctor, Answers::new(), Judgement::Doctor),
            (Judgement::Stop, with("danger", "drink"), Judgement::Stop),
        ];
        for (symptoms, answers, expected) in cases {
            assert_eq!(medical.judge(symptoms, &answers), expected, "{symptoms:?} {answers:?}");
        }
        let mut asked = form().questions.into_iter().find(|it| it.key == "injury").expect("a question");
        asked.red_flag = true;
        assert!(asked.flags(&with("injury", "yes")) && !asked.flags(&with("injury", "no")));
    }

    #[test]
    fn what_was_not_on_the_page_is_asked_before_sending() {
        let form = Form {
            edition: "t".into(),
            questions: form().questions.into_iter().filter(|it| it.key.starts_with("injury")).collect(),
        };
        let first = read(&form, &Fields::of(&[("_shown", "injury"), ("q-injury", "yes")]));
        assert!(first.more && first.faults.is_empty());
        let second = read(&form, &Fields::of(&[("_shown", "injury"), ("_shown", "injury_how"), ("q-injury", "yes")]));
        assert!(!second.more);
        assert_eq!(second.faults.len(), 1, "the opened question is required");
        let closed = read(&form, &Fields::of(&[("_shown", "injury"), ("q-injury", "no"), ("q-injury_how", "fell")]));
        assert!(!closed.answers.contains_key("injury_how"), "an answer whose question is closed does not count");
    }

    #[test]
    fn an_answer_that_is_no_choice_is_refused() {
        for (key, bad) in [("since", "yesterday"), ("pain", "11"), ("where", "19"), ("injury", "perhaps")] {
            let form = Form {
                edition: "t".into(),
                questions: form().questions.into_iter().filter(|it| it.key == key).collect(),
            };
            let field = field_name(key);
            assert_eq!(read(&form, &Fields::of(&[("_shown", key), (&field, bad)])).faults.len(), 1, "{key} {bad}");
        }
    }

    #[test]
    fn a_condition_names_an_earlier_question() {
        let mut form = form();
        form.questions.reverse();
        assert!(check(&form).is_err());
    }
}
