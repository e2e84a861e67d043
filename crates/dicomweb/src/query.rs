//! What a search asks for (PS3.18 8.3.4): attributes by keyword or tag, what to include, which page. Pure.

use imaging::dataset::Tag;
use imaging::study::{Filter, Unfit};

/// Longest query that is read: a list of some hundred UIDs.
const TEXT_BYTES_MAX: usize = 32 * 1024;
/// Most parameters.
const PARAMETERS_MAX: usize = 256;
/// Deepest path into sequences.
const DEPTH_MAX: usize = 8;

/// A search as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Query {
    /// What must hold.
    pub(crate) filter: Filter,
    /// Which attributes are wished beyond the usual ones.
    pub(crate) include: Include,
    /// Most rows of the answer, as asked.
    pub(crate) limit: Option<u32>,
    /// Rows to pass over.
    pub(crate) offset: u32,
    /// Attributes that cannot be searched here; the answer says so.
    pub(crate) ignored: Vec<String>,
    /// The query parameter `accept`.
    pub(crate) accept: Option<String>,
}

/// Which attributes the answer holds beyond those that it always has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Include {
    /// These.
    Named(Vec<Tag>),
    /// All there are.
    All,
}

impl Default for Include {
    fn default() -> Self {
        Self::Named(Vec::new())
    }
}

/// What is wrong, for the machine's keeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong(pub(crate) String);

/// Reads the query of an address.
pub(crate) fn read(text: &str) -> Result<Query, Wrong> {
    let mut query = Query::default();
    let mut seen = Vec::new();
    for (name, value) in pairs(text)? {
        match name.as_str() {
            "limit" => query.limit = Some(number(&name, &value)?),
            "offset" => query.offset = number(&name, &value)?,
            "fuzzymatching" => query.filter.fuzzy = truth(&value)?,
            "includefield" => include(&mut query.include, &value)?,
            "accept" => query.accept = Some(value),
            // Everything is UTF-8 here; asking for it changes nothing.
            "charset" if value.eq_ignore_ascii_case("utf-8") => (),
            _ => {
                let path = path(&name).ok_or_else(|| Wrong(format!("{name} is no attribute")))?;
                if seen.contains(&path) {
                    return Err(Wrong(format!("{name} is given twice")));
                }
                let unfit = match path.as_slice() {
                    [tag] => query.filter.set(*tag, &value).err(),
                    _ => Some(Unfit::Attribute),
                };
                match unfit {
                    None => (),
                    Some(Unfit::Attribute) => query.ignored.push(name),
                    Some(Unfit::Value) => return Err(Wrong(format!("the value of {name} is none"))),
                }
                // An attribute that is searched by is part of the answer (PS3.18 10.6.3.3).
                if let (Include::Named(tags), Some(tag)) = (&mut query.include, path.first()) {
                    tags.push(*tag);
                }
                seen.push(path);
            }
        }
    }
    Ok(query)
}

/// The parameters, decoded.
pub(crate) fn pairs(text: &str) -> Result<Vec<(String, String)>, Wrong> {
    let parts: Vec<_> = text.split('&').filter(|it| !it.is_empty()).collect();
    if text.len() > TEXT_BYTES_MAX || parts.len() > PARAMETERS_MAX {
        return Err(Wrong("the query is too long".into()));
    }
    let read = |text: &str| decoded(text).ok_or_else(|| Wrong("the query is no text".into()));
    parts
        .into_iter()
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((read(name)?, read(value)?))
        })
        .collect()
}

/// Undoes percent coding; a plus is a space, as forms and scripts write it.
fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            it => it,
        });
    }
    String::from_utf8(out).ok()
}

fn number(name: &str, value: &str) -> Result<u32, Wrong> {
    value.parse().map_err(|_| Wrong(format!("{name} is no number")))
}

fn truth(value: &str) -> Result<bool, Wrong> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Wrong("fuzzymatching is true or false".into())),
    }
}

fn include(include: &mut Include, value: &str) -> Result<(), Wrong> {
    for name in value.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        if name == "all" {
            *include = Include::All;
            continue;
        }
        // A path into a sequence brings the whole sequence.
        let path = path(name).ok_or_else(|| Wrong(format!("{name} is no attribute")))?;
        if let (Include::Named(tags), Some(tag)) = (&mut *include, path.first()) {
            tags.push(*tag);
        }
    }
    Ok(())
}

/// `PatientID`, `00100020`, `RequestAttributesSequence.00400009`.
fn path(text: &str) -> Option<Vec<Tag>> {
    let path: Option<Vec<_>> = text.split('.').map(tag).collect();
    path.filter(|it| it.len() <= DEPTH_MAX)
}

fn tag(text: &str) -> Option<Tag> {
    let hexadecimal = text.len() == 8 && text.bytes().all(|it| it.is_ascii_hexdigit());
    if !hexadecimal {
        return Tag::named(text);
    }
    let part = |from: usize, to: usize| u16::from_str_radix(&text[from..to], 16).ok();
    Some(Tag(part(0, 4)?, part(4, 8)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(of: &[(Tag, &str)]) -> Filter {
        let mut filter = Filter::default();
        of.iter().for_each(|(tag, value)| filter.set(*tag, value).expect("can be searched"));
        filter
    }

    const NAME: Tag = Tag(0x0010, 0x0010);
    const NUMBER: Tag = Tag(0x0010, 0x0020);
    const DATE: Tag = Tag(0x0008, 0x0020);
    const STUDY: Tag = Tag(0x0020, 0x000D);

    #[test]
    fn searches_are_read_as_clients_write_them() {
        let named = |tags: &[Tag]| Include::Named(tags.to_vec());
        let fuzzy = Filter { fuzzy: true, ..filter(&[(NAME, "山田")]) };
        let cases = [
            // OHIF's own.
            (
                "limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060",
                Query {
                    limit: Some(101),
                    include: named(&[Tag(0x0008, 0x1030), Tag(0x0008, 0x0060)]),
                    ..Query::default()
                },
            ),
            ("", Query::default()),
            (
                "PatientID=12345",
                Query { filter: filter(&[(NUMBER, "12345")]), include: named(&[NUMBER]), ..Query::default() },
            ),
            (
                "00100020=12345&",
                Query { filter: filter(&[(NUMBER, "12345")]), include: named(&[NUMBER]), ..Query::default() },
            ),
            (
                "PatientName=%E5%B1%B1%E7%94%B0&fuzzymatching=true",
                Query { filter: fuzzy, include: named(&[NAME]), ..Query::default() },
            ),
            (
                "PatientName=YAMADA+TARO*",
                Query { filter: filter(&[(NAME, "YAMADA TARO*")]), include: named(&[NAME]), ..Query::default() },
            ),
            (
                "StudyDate=20261101-20261130",
                Query { filter: filter(&[(DATE, "20261101-20261130")]), include: named(&[DATE]), ..Query::default() },
            ),
            (
                "StudyInstanceUID=1.2%2C1.3",
                Query { filter: filter(&[(STUDY, "1.2\\1.3")]), include: named(&[STUDY]), ..Query::default() },
            ),
            ("PatientName=", Query { include: named(&[NAME]), ..Query::default() }),
            ("includefield=PatientID&includefield=all", Query { include: Include::All, ..Query::default() }),
            ("includefield=all,PatientID", Query { include: Include::All, ..Query::default() }),
            (
                "includefield=RequestAttributesSequence.ScheduledProcedureStepID",
                Query { include: named(&[Tag(0x0040, 0x0275)]), ..Query::default() },
            ),
            (
                "RequestAttributesSequence.00400009=7&PatientWeight=3",
                Query {
                    include: named(&[Tag(0x0040, 0x0275), Tag(0x0010, 0x1030)]),
                    ignored: vec!["RequestAttributesSequence.00400009".into(), "PatientWeight".into()],
                    ..Query::default()
                },
            ),
            (
                "accept=application/dicom%2Bjson&charset=utf-8",
                Query { accept: Some("application/dicom+json".into()), ..Query::default() },
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_never_widens_a_search() {
        let long = format!("PatientID={}", "1".repeat(TEXT_BYTES_MAX));
        let many = "a&".repeat(PARAMETERS_MAX + 1);
        let deep = format!("{}=1", ["00081140"; DEPTH_MAX + 1].join("."));
        for bad in [
            "PatinetID=1",
            "0010002=1",
            "PatientID=1&00100020=2",
            "StudyDate=yesterday",
            "StudyInstanceUID=1.2.x",
            "limit=-1",
            "limit=many",
            "offset=4294967296",
            "fuzzymatching=maybe",
            "includefield=Everything",
            "PatientID=%zz",
            "PatientID=%e5",
            "charset=shift_jis",
            &long,
            &many,
            &deep,
        ] {
            assert!(read(bad).is_err(), "{bad:.60}");
        }
    }
}
