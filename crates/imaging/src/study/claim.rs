//! Whom the images of one study show, where they do not all say the same: a study has the words of its first image, and a device
//! on which somebody else was chosen in between says others from then on (TR-27).

use std::collections::HashMap;

use crypto::digest::hex;
use db::{Tx, params};
use kernel::{Error, Result, RowId, clause};

use crate::instance::ClaimedPatient;

/// Keeps what an image says whose mark is not that of its study.
pub(crate) fn keep(tx: &mut Tx<'_>, study: RowId, mark: &[u8], says: &ClaimedPatient) -> Result<()> {
    clause!("TR-27");
    let facility = tx.facility()?;
    let text = serde_json::to_string(says).map_err(Error::internal)?;
    let sealed = tx.seal("study_claim.claimed", format!("{study}/{}", hex(mark)), &text)?;
    tx.exec(
        "INSERT INTO study_claim (facility_id, study_id, patient_mark, claimed) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
        params![facility, study, mark, sealed],
    )?;
    Ok(())
}

/// What images of these studies say otherwise than the first ones.
pub(crate) fn others(tx: &mut Tx<'_>, studies: &[RowId]) -> Result<HashMap<RowId, Vec<ClaimedPatient>>> {
    let facility = tx.facility()?;
    let sql = "SELECT study_id, patient_mark, claimed FROM study_claim WHERE facility_id = ?1 AND study_id IN ({ids})";
    let rows = tx.rows_among(sql, params![facility], studies.iter().copied())?;
    let mut found: HashMap<RowId, Vec<ClaimedPatient>> = HashMap::new();
    for row in &rows {
        let (study, mark, sealed): (RowId, Vec<u8>, Vec<u8>) =
            (row.get("study_id")?, row.get("patient_mark")?, row.get("claimed")?);
        let text = tx.open("study_claim.claimed", format!("{study}/{}", hex(&mark)), &sealed)?;
        found.entry(study).or_default().push(serde_json::from_str(&text).map_err(Error::internal)?);
    }
    Ok(found)
}
