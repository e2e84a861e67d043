//! The one gate to images of another facility: a study that a request for a reading lends, while it lends it, to people who
//! look, and who mark what they see. Searching, sending on and taking out stay at one's own facility.

use db::{Tx, params};
use kernel::{Ctx, Error, Result, clause};
use people::access::{Access, Act, Class};
use serde_json::{Map, Value, json};

use crate::instance::Uid;
use crate::request::store::{Loan, lent};

/// Runs `look` at the facility that lends the study, once the `act` is on record in both logs; `None` where nothing is lent
/// under these UIDs. A study that this facility has itself is its own: nobody can put another one before it by a request.
///
/// # Errors
/// `Forbidden` without the right to do that with images; those of `look`.
pub(crate) fn at_owner<T>(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    studies: &[Uid],
    (verb, act): (&'static str, Act),
    look: impl FnOnce(&mut Tx<'_>, &Loan) -> Result<T>,
) -> Result<Option<T>> {
    clause!("TR-09", "CS-120");
    // Devices and jobs have no eyes: what they fetch would be a copy.
    let ([uid], Some(_)) = (studies, ctx.who.staff()) else { return Ok(None) };
    if is_here(tx, uid)? {
        return Ok(None);
    }
    let Some(loan) = lent(tx, uid.as_str())? else { return Ok(None) };
    Access::new(verb, act, Class::Images)
        .at_terminal()
        .on("study", uid)
        .of(loan.patient)
        .detail(json!({ "lent_by": loan.request }))
        .require_at(tx, ctx, loan.owner, ("reading_request", loan.request))?;
    tx.at_other(loan.owner, |tx| look(tx, &loan)).map(Some)
}

fn is_here(tx: &mut Tx<'_>, uid: &Uid) -> Result<bool> {
    let facility = tx.facility()?;
    Ok(tx.row("SELECT id FROM study WHERE facility_id = ?1 AND uid = ?2", params![facility, uid.as_str()])?.is_some())
}

/// What a reading needs of group 0010, in which devices write everything they know of the patient: whose images these are, and
/// what bears on what they show. Address, telephone, insurance, religion and the like stay at the owner.
const NEEDED: [&str; 12] = [
    "00100010", // name
    "00100020", // number at the owner
    "00100030", // birth date
    "00100040", // sex
    "00101010", // age
    "00101020", // size
    "00101030", // weight
    "00102000", // medical alerts
    "00102110", // allergies
    "001021A0", // smoking
    "001021B0", // further history
    "001021C0", // pregnancy
];
/// The patient, and the stay at a hospital: where it is asked what is needed.
const ASKED: [&str; 2] = ["0010", "0038"];

/// The metadata of a lent instance (PS3.18 annex F) with what a reading needs of the patient, and without the rest. The file
/// itself is lent as it came: its digest is compared on the screen.
pub(super) fn reading_needs(json: &[u8]) -> Result<Vec<u8>> {
    clause!("TR-09");
    let mut all: Map<String, Value> = serde_json::from_slice(json).map_err(Error::internal)?;
    all.retain(|tag, _| !ASKED.iter().any(|it| tag.starts_with(it)) || NEEDED.contains(&tag.as_str()));
    serde_json::to_vec(&all).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_told_whose_images_these_are_and_what_bears_on_them() {
        // TR-09
        let all = json!({
            "00080060": { "vr": "CS", "Value": ["CT"] },
            "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "TANAKA^SACHIKO" }] },
            "00100020": { "vr": "LO", "Value": ["00012"] },
            "00100030": { "vr": "DA", "Value": ["19480412"] },
            "00101040": { "vr": "LO", "Value": ["東京都千代田区"] },
            "00102154": { "vr": "SH", "Value": ["03-5550-0199"] },
            "00102110": { "vr": "LO", "Value": ["ヨード"] },
            "00101000": { "vr": "LO", "Value": ["987"] },
            "00380400": { "vr": "LO", "Value": ["3階"] },
            "00200013": { "vr": "IS", "Value": [1] },
        });
        let told = reading_needs(all.to_string().as_bytes()).expect("metadata");
        let told: Map<String, Value> = serde_json::from_slice(&told).expect("JSON");
        let tags: Vec<_> = told.keys().map(String::as_str).collect();
        assert_eq!(tags, ["00080060", "00100010", "00100020", "00100030", "00102110", "00200013"]);
        assert_eq!(told["00100010"], all["00100010"]);
        assert!(reading_needs(b"[]").is_err());
    }
}
