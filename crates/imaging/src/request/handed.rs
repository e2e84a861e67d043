//! What was handed over to be read, image by image (TR-12): the digests of each study as they stood when the request was sent,
//! kept at both facilities. What the owner's rows say later is held against them, so that an image that was changed, lost or
//! added since is named to both, and one that was changed is never drawn.

use std::collections::BTreeMap;

use db::{Tx, params};
use kernel::{Error, Result, clause};

use super::RequestId;

/// SHA-256 of data sets, in hexadecimal, by SOP Instance UID.
pub type Digests = BTreeMap<String, String>;

/// How a study stands against what was handed over; each list holds SOP Instance UIDs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differing {
    /// Other bytes under the same identifier.
    pub changed: Vec<String>,
    /// Handed over, and not there any more.
    pub missing: Vec<String>,
    /// There, and not handed over: came later, or was put there.
    pub extra: Vec<String>,
}

impl Differing {
    /// Holds `here` against what was `handed` over. Of a request from before that was kept, nothing can be said.
    #[must_use]
    pub fn between(handed: &Digests, here: &Digests) -> Self {
        clause!("TR-12");
        if handed.is_empty() {
            return Self::default();
        }
        let of = |all: &Digests, fits: &dyn Fn(&str, &str) -> bool| {
            all.iter().filter(|(uid, digest)| fits(uid, digest)).map(|it| it.0.clone()).collect()
        };
        Self {
            changed: of(handed, &|uid, digest| here.get(uid).is_some_and(|it| it != digest)),
            missing: of(handed, &|uid, _| !here.contains_key(uid)),
            extra: of(here, &|uid, _| !handed.contains_key(uid)),
        }
    }

    /// Whether all is as it was handed over.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether something is wrong, and not only more than before.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        !self.changed.is_empty() || !self.missing.is_empty()
    }
}

/// Faces by which Haruka itself adds to a study: a signed report, and marks. They come after the request by their nature, and
/// are proven by their signatures.
const OWN_FACES: [&str; 2] = ["report", "mark"];

/// The digests of a study's instances at this facility, as its rows have them now: of those that came from outside.
///
/// # Errors
/// The database's.
pub(crate) fn here(tx: &mut Tx<'_>, study_uid: &str) -> Result<Digests> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT i.uid, i.blob_id, i.origin FROM study s JOIN series r ON r.study_id = s.id JOIN instance i ON i.series_id = r.id
         WHERE s.facility_id = ?1 AND r.facility_id = ?1 AND i.facility_id = ?1 AND s.uid = ?2",
        params![facility, study_uid],
    )?;
    let mut all = Digests::new();
    for row in &rows {
        let origin: String = row.get("origin")?;
        if !is_own(&origin) {
            all.insert(row.get("uid")?, blobs::BlobId(row.get("blob_id")?).to_string());
        }
    }
    Ok(all)
}

/// Whether an instance of this origin (JSON) was made by Haruka itself.
fn is_own(origin: &str) -> bool {
    let origin: serde_json::Value = serde_json::from_str(origin).unwrap_or_default();
    origin["face"].as_str().is_some_and(|it| OWN_FACES.contains(&it))
}

/// What was handed over of a study with a request, by this facility's own copy of the request; nothing where none was kept.
///
/// # Errors
/// The database's; `Internal` when it cannot be read.
pub(crate) fn handed(tx: &mut Tx<'_>, request: RequestId, study_uid: &str) -> Result<Digests> {
    let facility = tx.facility()?;
    let kept: Option<String> = tx.value(
        "SELECT digests FROM reading_request_study WHERE facility_id = ?1 AND request_id = ?2 AND study_uid = ?3",
        params![facility, request, study_uid],
    )?;
    match kept.as_deref() {
        None | Some("") => Ok(Digests::new()),
        Some(text) => serde_json::from_str(text).map_err(Error::internal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_lost_or_added_is_told_apart() {
        // TR-12
        let all = |text: &str| {
            let pairs = text.split(", ").filter_map(|it| it.split_once(' '));
            pairs.map(|(uid, digest)| (uid.to_owned(), digest.to_owned())).collect::<Digests>()
        };
        let handed = all("1.1 aa, 1.2 bb, 1.3 cc");
        for (here, changed, missing, extra) in [
            ("1.1 aa, 1.2 bb, 1.3 cc", "", "", ""),
            ("1.1 aa, 1.2 bX, 1.3 cc", "1.2", "", ""),
            ("1.1 bb, 1.2 aa, 1.3 cc", "1.1 1.2", "", ""),
            ("1.1 aa, 1.3 cc", "", "1.2", ""),
            ("1.1 aa, 1.2 bb, 1.3 cc, 1.4 dd", "", "", "1.4"),
            ("1.1 aa, 1.2 bb, 1.4 cc", "", "1.3", "1.4"),
            ("", "", "1.1 1.2 1.3", ""),
        ] {
            let found = Differing::between(&handed, &all(here));
            let told = [&found.changed, &found.missing, &found.extra].map(|it| it.join(" "));
            assert_eq!(told, [changed, missing, extra], "{here}");
            assert_eq!(found.is_none(), [changed, missing, extra] == [""; 3], "{here}");
            assert_eq!(found.is_wrong(), [changed, missing] != [""; 2], "{here}");
        }
        for (origin, own) in [
            (r#"{"face":"report","sender":"みなと病院"}"#, true),
            (r#"{"face":"mark","sender":"x"}"#, true),
            (r#"{"face":"dimse","sender":"report"}"#, false),
            ("", false),
        ] {
            assert_eq!(is_own(origin), own, "{origin}");
        }
        let before = Differing::between(&Digests::new(), &handed);
        assert!(before.is_none(), "nothing was kept then, so nothing is said");
    }
}
