//! Whether images show the patient of a request (TR-27): what the device claims, compared with what the facility knows.
//!
//! Only what both sides say can agree. A number, a birth date or a name that differs stops the reading until a person has
//! decided; so does too little to tell. Nobody is made another patient by this rule.

use kernel::{Date, JapaneseName, Words, clause};

use super::kana::{has_kana, katakana, latin, romaji};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The name, in whichever of the three scripts the device gives.
    Name,
    /// The facility's own number.
    Number,
    /// The birth date.
    BirthDate,
    /// The sex.
    Sex,
}

impl Part {
    /// For the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Name => Words::new("氏名", "name"),
            Self::Number => Words::new("患者番号", "number"),
            Self::BirthDate => Words::new("生年月日", "birth date"),
            Self::Sex => Words::new("性別", "sex"),
        }
    }
}

/// What the device says. Empty means that it says nothing.
#[derive(Debug, Clone, Default)]
pub struct Claimed<'a> {
    /// The name in Latin letters or half-width katakana; components divided by `^`.
    pub alphabetic: &'a str,
    /// In characters.
    pub ideographic: &'a str,
    /// In kana.
    pub phonetic: &'a str,
    /// The number.
    pub number: &'a str,
    /// The birth date.
    pub birth_date: Option<Date>,
    /// `M`, `F`, `O` or nothing (PS3.3 C.7.1.1).
    pub sex: &'a str,
}

/// What the facility knows.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// The name in characters and kana.
    pub name: &'a JapaneseName,
    /// The number.
    pub number: &'a str,
    /// The birth date.
    pub birth_date: Date,
    /// `female`, `male`, or anything else where it was not stated.
    pub sex: &'a str,
}

/// What the comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// The same patient: enough agrees and nothing differs.
    Same,
    /// These differ.
    Differs(Vec<Part>),
    /// Nothing differs, but too little is said; these are missing.
    Unknown(Vec<Part>),
}

impl Comparison {
    /// One sentence for the page; nothing when all agrees.
    #[must_use]
    pub fn reason(&self) -> Option<Words> {
        let listed = |parts: &[Part]| {
            let ja: Vec<_> = parts.iter().map(|it| it.words().ja.to_string()).collect();
            let en: Vec<_> = parts.iter().map(|it| it.words().en.to_string()).collect();
            (ja.join("・"), en.join(", "))
        };
        match self {
            Self::Same => None,
            Self::Differs(parts) => {
                let (ja, en) = listed(parts);
                Some(Words::made(
                    format!("画像の{ja}が、患者さんの登録と違います。"),
                    format!("The image has another {en}."),
                ))
            }
            Self::Unknown(parts) => {
                let (ja, en) = listed(parts);
                Some(Words::made(
                    format!("画像に{ja}がなく、同じ患者さんと言い切れません。"),
                    format!("The image does not say the {en}: that is too little to tell."),
                ))
            }
        }
    }
}

/// Whether both say the same; `None` when one says nothing.
type Agree = Option<bool>;

/// Compares.
#[must_use]
pub fn compare(claimed: &Claimed<'_>, known: &Known<'_>) -> Comparison {
    clause!("TR-27");
    let parts = [
        (Part::Name, name(claimed, known.name)),
        (Part::Number, number(claimed.number, known.number)),
        (Part::BirthDate, claimed.birth_date.map(|it| it == known.birth_date)),
        (Part::Sex, sex(claimed.sex, known.sex)),
    ];
    let of = |wanted: Agree| parts.iter().filter(|it| it.1 == wanted).map(|it| it.0).collect::<Vec<_>>();
    let (same, differing) = (of(Some(true)), of(Some(false)));
    if !differing.is_empty() {
        return Comparison::Differs(differing);
    }
    // Two of name, number and birth date: one alone is shared by too many, and a sex tells nobody apart.
    let telling = same.iter().filter(|it| **it != Part::Sex).count();
    if telling >= 2 { Comparison::Same } else { Comparison::Unknown(of(None)) }
}

/// Every script that the device gives has to agree.
fn name(claimed: &Claimed<'_>, known: &JapaneseName) -> Agree {
    let letters = |it: &str| it.chars().filter(|it| !it.is_whitespace() && !"^・,".contains(*it)).collect::<String>();
    let kana = letters(&format!("{}{}", known.family_kana, known.given_kana));
    let mut found = Vec::new();
    let ideographic = letters(claimed.ideographic);
    if !ideographic.is_empty() {
        found.push(ideographic == letters(&format!("{}{}", known.family, known.given)));
    }
    let phonetic = letters(&katakana(claimed.phonetic));
    if !phonetic.is_empty() {
        found.push(phonetic == kana);
    }
    let alphabetic = letters(&katakana(claimed.alphabetic));
    if has_kana(&alphabetic) {
        found.push(alphabetic == kana);
    } else if alphabetic.chars().any(|it| it.is_alphabetic()) {
        // Given name first is a habit of devices from abroad, and no other person.
        let turned = format!("{}{}", known.given_kana, known.family_kana);
        // The parts meet as they are written: `ou` across the joint is no long vowel.
        let parts: Vec<String> =
            claimed.alphabetic.split(['^', ' ', ',']).map(latin).filter(|it| !it.is_empty()).collect();
        let ours = [romaji(&known.family_kana), romaji(&known.given_kana)];
        let whole = latin(&alphabetic);
        found.push(
            parts == ours
                || parts.iter().rev().eq(ours.iter())
                || whole == romaji(&kana)
                || whole == romaji(&letters(&turned))
                // Some devices hold one field for the name: characters stand where Latin letters should.
                || alphabetic == letters(&format!("{}{}", known.family, known.given)),
        );
    }
    (!found.is_empty()).then(|| found.into_iter().all(|it| it))
}

/// Leading zeros are added and dropped by devices on their way.
fn number(claimed: &str, known: &str) -> Agree {
    let bare = |it: &str| it.trim().trim_start_matches('0').to_lowercase();
    (!claimed.trim().is_empty()).then(|| bare(claimed) == bare(known))
}

fn sex(claimed: &str, known: &str) -> Agree {
    match (claimed.trim(), known) {
        ("M", "male") | ("F", "female") => Some(true),
        ("M", "female") | ("F", "male") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alphabetic, ideographic, phonetic, number, birth date, sex.
    type Said<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

    fn judged(said: Said<'_>) -> Comparison {
        let name = JapaneseName::parse("田中", "幸子", "タナカ", "サチコ").expect("a name");
        let birth_date = "1948-04-12".parse().expect("a day");
        let known = Known { name: &name, number: "00012", birth_date, sex: "female" };
        let (alphabetic, ideographic, phonetic, number, born, sex) = said;
        compare(&Claimed { alphabetic, ideographic, phonetic, number, birth_date: born.parse().ok(), sex }, &known)
    }

    #[test]
    fn images_are_this_patients_only_when_enough_agrees_and_nothing_differs() {
        // TR-27
        use Comparison::{Differs, Same, Unknown};
        use Part::{BirthDate, Name, Number, Sex};
        let cases: [(Said<'_>, Comparison); 20] = [
            (("TANAKA^SACHIKO", "田中^幸子", "タナカ^サチコ", "00012", "1948-04-12", "F"), Same),
            (("TANAKA^SACHIKO", "", "", "12", "", ""), Same),
            (("TANAKA^SACHIKO", "", "", "", "1948-04-12", ""), Same),
            (("SACHIKO^TANAKA", "", "", "", "1948-04-12", ""), Same),
            (("Tanaka Satiko", "", "", "", "1948-04-12", ""), Same),
            (("ﾀﾅｶ^ｻﾁｺ", "", "", "", "1948-04-12", ""), Same),
            (("", "", "たなか^さちこ", "", "1948-04-12", ""), Same),
            (("田中　幸子", "", "", "", "1948-04-12", ""), Same),
            (("", "", "", "00012", "1948-04-12", ""), Same),
            (("TANAKA^SACHIKO", "", "", "", "", "F"), Unknown(vec![Number, BirthDate])),
            (("", "", "", "12", "", ""), Unknown(vec![Name, BirthDate, Sex])),
            (("", "", "", "", "", ""), Unknown(vec![Name, Number, BirthDate, Sex])),
            (("TANAKA^SACHIE", "", "", "12", "1948-04-12", "F"), Differs(vec![Name])),
            (("TANAKA^SACHIKO", "田中^佐知子", "", "12", "1948-04-12", "F"), Differs(vec![Name])),
            (("TANAKA^SACHIKO", "田中^幸子", "ナカタ^サチコ", "12", "", ""), Differs(vec![Name])),
            (("TANAKA^SACHIKO", "", "", "13", "1948-04-12", "F"), Differs(vec![Number])),
            (("TANAKA^SACHIKO", "", "", "12", "1948-12-04", "F"), Differs(vec![BirthDate])),
            (("TANAKA^SACHIKO", "", "", "12", "1948-04-12", "M"), Differs(vec![Sex])),
            (("TANAKA^SACHIKO", "", "", "12", "1948-04-12", "O"), Same),
            (("SUZUKI^ICHIRO", "", "", "99", "1950-01-01", "M"), Differs(vec![Name, Number, BirthDate, Sex])),
        ];
        for (said, expected) in cases {
            assert_eq!(judged(said), expected, "{said:?}");
        }
    }

    #[test]
    fn what_differs_is_named() {
        // TR-27
        let it = judged(("TANAKA^SACHIKO", "", "", "13", "1948-12-04", "F")).reason().expect("a reason");
        assert!(it.ja.contains("患者番号・生年月日") && it.en.contains("number, birth date"));
        assert_eq!(Comparison::Same.reason(), None);
    }
}
