//! Where a patient of online care is seen in person when it is needed. Somebody decides it for each patient; that it is
//! this clinic is an answer too, and never assumed.

pub mod pages;
pub mod store;

use kernel::{Timestamp, Words, clause};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

/// Where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At this clinic.
    Here,
    /// At another facility, which the patient can reach sooner.
    Elsewhere(Other),
}

/// Another facility.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Other {
    /// Its name.
    pub name: String,
    /// Its telephone: who is in pain calls first.
    pub phone: String,
    /// How and how fast the patient gets there; may be empty.
    pub way: String,
}

impl Place {
    /// Its key in rows and forms.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Elsewhere(_) => "elsewhere",
        }
    }

    /// Reads the form.
    ///
    /// # Errors
    /// The faults: another facility has a name and a telephone.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("OV-202");
        let mut faults = Faults::default();
        let here = fields.one_of("place", &[("here", true), ("elsewhere", false)], &mut faults);
        if here == Some(true) {
            return faults.done(|| Self::Here);
        }
        let mut other = Other { way: fields.line_if_any("way", &mut faults), ..Other::default() };
        if here == Some(false) {
            other.name = fields.line("name", &mut faults);
            other.phone = fields.line("phone", &mut faults);
        }
        faults.done(|| Self::Elsewhere(other))
    }

    /// In a line; `clinic` is the name of this facility.
    #[must_use]
    pub fn words(&self, clinic: &str) -> Words {
        match self {
            Self::Here => Words::made(format!("{clinic}（当院）"), format!("{clinic} (this clinic)")),
            Self::Elsewhere(it) if it.phone.is_empty() => Words::made(it.name.clone(), it.name.clone()),
            Self::Elsewhere(it) => {
                Words::made(format!("{}（電話 {}）", it.name, it.phone), format!("{} (tel. {})", it.name, it.phone))
            }
        }
    }
}

/// What was decided, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Where.
    pub place: Place,
    /// By whom, as the log names it.
    pub decided_by: String,
    /// When.
    pub decided_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_facility_has_a_name_and_a_telephone() {
        // OV-202: (the form) → fields that are missing, or where
        let read = |pairs: &[(&str, &str)]| {
            Place::parse(&Fields::of(pairs)).map_err(|it| it.0.iter().map(|it| it.0).collect::<Vec<_>>())
        };
        assert_eq!(read(&[]), Err(vec!["place"]));
        assert_eq!(read(&[("place", "anywhere")]), Err(vec!["place"]));
        assert_eq!(read(&[("place", "here"), ("name", "東都大学病院")]), Ok(Place::Here));
        assert_eq!(read(&[("place", "elsewhere")]), Err(vec!["name", "phone"]));
        assert_eq!(read(&[("place", "elsewhere"), ("name", "東都大学病院")]), Err(vec!["phone"]));
        let found =
            read(&[("place", "elsewhere"), ("name", "東都大学病院"), ("phone", "03-5550-0202")]).expect("whole");
        assert!(found.words("青葉歯科").ja.contains("東都大学病院（電話 03-5550-0202）"));
    }
}
