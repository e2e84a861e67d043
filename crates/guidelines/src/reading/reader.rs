//! Who may sign a report on images for another facility (TR-02).

use kernel::{Date, Words, clause};

/// What makes a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Qualification {
    /// 歯科放射線専門医
    OralRadiologist,
    /// A dentist whose equal ability the facility has examined and approved.
    Equal,
    /// 日本医学放射線学会 診断専門医
    DiagnosticRadiologist,
}

impl Qualification {
    /// Keys for forms and rows.
    pub const ALL: [(&'static str, Self); 3] = [
        ("oral_radiologist", Self::OralRadiologist),
        ("equal", Self::Equal),
        ("diagnostic_radiologist", Self::DiagnosticRadiologist),
    ];

    /// Its key.
    #[must_use]
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(key, _)| key)
    }

    /// Its name.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::OralRadiologist => {
                Words::new("歯科放射線専門医（日本歯科放射線学会）", "Specialist in oral radiology (JSOMR)")
            }
            Self::Equal => {
                Words::new("同等以上の能力を施設が認めた歯科医師", "Dentist of equal ability, approved by the facility")
            }
            Self::DiagnosticRadiologist => {
                Words::new("放射線診断専門医（日本医学放射線学会）", "Specialist in diagnostic radiology (JRS)")
            }
        }
    }

    /// The kind of licence that it stands on.
    #[must_use]
    pub const fn licence(self) -> &'static str {
        match self {
            Self::OralRadiologist | Self::Equal => "dentist",
            Self::DiagnosticRadiologist => "doctor",
        }
    }
}

/// What is on file about a reader at the reading facility.
#[derive(Debug, Clone, Default)]
pub struct OnFile {
    /// Kinds of Japanese licences that somebody has checked (`dentist`, `doctor`).
    pub licences: Vec<String>,
    /// Qualifications with their last day; `None` for one that does not end.
    pub qualifications: Vec<(Qualification, Option<Date>)>,
}

/// Why somebody may not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayNot {
    /// No qualification is recorded.
    NoQualification,
    /// The last one ended after this day.
    Expired(Date),
    /// The Japanese licence under the qualification is not recorded.
    NoLicence(Qualification),
}

impl MayNot {
    /// One sentence for the page.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::NoQualification => Words::new(
                "読影の資格が記録されていないため、下書きまで行えます。管理者に資格の登録を依頼してください。",
                "No qualification is on file, so you can write drafts only. Please ask the manager to record it.",
            ),
            Self::Expired(day) => Words::made(
                format!(
                    "読影の資格の期限（{}）が切れています。更新を登録すると確定できます。",
                    kernel::time::show_day(day, kernel::Lang::Ja)
                ),
                format!(
                    "The qualification ended on {}. Once its renewal is on file you can sign.",
                    kernel::time::show_day(day, kernel::Lang::En)
                ),
            ),
            Self::NoLicence(it) => Words::made(
                format!("「{}」のもとになる日本の免許が記録されていないため、下書きまで行えます。", it.words().ja),
                format!("The Japanese licence under “{}” is not on file, so you can write drafts only.", it.words().en),
            ),
        }
    }
}

/// By which qualification a report may be signed on `day`.
///
/// # Errors
/// Why not; an expired qualification is told before a missing one, since that is what can be mended fastest.
pub fn may_sign(on_file: &OnFile, day: Date) -> Result<Qualification, MayNot> {
    clause!("TR-02");
    let valid = on_file.qualifications.iter().filter(|it| it.1.is_none_or(|last| day <= last));
    let valid: Vec<Qualification> = valid.map(|it| it.0).collect();
    let licensed = valid.iter().find(|it| on_file.licences.iter().any(|held| held == it.licence()));
    let newest_end = on_file.qualifications.iter().filter_map(|it| it.1).max();
    match (licensed, valid.first(), newest_end) {
        (Some(it), _, _) => Ok(*it),
        (None, Some(it), _) => Err(MayNot::NoLicence(*it)),
        (None, None, Some(day)) => Err(MayNot::Expired(day)),
        (None, None, None) => Err(MayNot::NoQualification),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Qualification::{DiagnosticRadiologist, Equal, OralRadiologist};

    #[test]
    fn only_a_qualified_and_licensed_reader_signs() {
        // TR-02
        let day = |it: &str| it.parse::<Date>().expect("a day");
        let last = day("2027-03-31");
        type Case<'a> = (&'a [&'a str], &'a [(Qualification, Option<Date>)], &'a str, Result<Qualification, MayNot>);
        let cases: [Case<'_>; 10] = [
            (&["dentist"], &[(OralRadiologist, Some(last))], "2027-03-31", Ok(OralRadiologist)),
            (&["dentist"], &[(OralRadiologist, Some(last))], "2027-04-01", Err(MayNot::Expired(last))),
            (&["dentist"], &[(OralRadiologist, Some(last)), (Equal, None)], "2027-04-01", Ok(Equal)),
            (&["doctor"], &[(DiagnosticRadiologist, None)], "2026-11-24", Ok(DiagnosticRadiologist)),
            (
                &["dentist"],
                &[(DiagnosticRadiologist, None)],
                "2026-11-24",
                Err(MayNot::NoLicence(DiagnosticRadiologist)),
            ),
            (&["doctor"], &[(Equal, None)], "2026-11-24", Err(MayNot::NoLicence(Equal))),
            // A foreign licence is none here: reading without a Japanese one is against the law.
            (&[], &[(OralRadiologist, None)], "2026-11-24", Err(MayNot::NoLicence(OralRadiologist))),
            (&["dentist"], &[], "2026-11-24", Err(MayNot::NoQualification)),
            (&["hygienist"], &[(OralRadiologist, Some(last))], "2028-01-01", Err(MayNot::Expired(last))),
            (
                &["dentist", "doctor"],
                &[(DiagnosticRadiologist, None), (OralRadiologist, None)],
                "2026-11-24",
                Ok(DiagnosticRadiologist),
            ),
        ];
        for (licences, qualifications, on, expected) in cases {
            let on_file = OnFile {
                licences: licences.iter().map(|it| (*it).to_owned()).collect(),
                qualifications: qualifications.to_vec(),
            };
            assert_eq!(may_sign(&on_file, day(on)), expected, "{licences:?} {qualifications:?} {on}");
        }
    }
}
