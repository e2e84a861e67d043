//! Who stands behind a label of a row or of the log (`staff:01h…`): the name for people who may read it.

use db::Tx;
use kernel::{PersonId, Result, Words};

use crate::{patient, person};

/// The name behind `label`, as [`kernel::Who::label`] wrote it. A patient is named by the facility's own number, so that
/// whoever reads the log learns no name by it. The caller has made its own access.
///
/// # Errors
/// The database's; a label that names nobody any more is shown as it is.
pub fn name(tx: &mut Tx<'_>, label: &str) -> Result<Words> {
    let (kind, id) = label.split_once(':').unwrap_or((label, ""));
    let same = |text: String| Words::made(text.clone(), text);
    Ok(match kind {
        "staff" => same(staff(tx, id)?.unwrap_or_else(|| label.to_owned())),
        "patient" => numbered(tx, id)?,
        "guardian" => {
            let (person, patient) = id.split_once(':').unwrap_or((id, ""));
            let (person, patient) = (staff(tx, person)?.unwrap_or_default(), numbered(tx, patient)?);
            Words::made(format!("{person}（{}の保護者）", patient.ja), format!("{person} (guardian of {})", patient.en))
        }
        "system" => Words::made(format!("システム（{id}）"), format!("System ({id})")),
        "operator" => Words::made(format!("運用者（{id}）"), format!("Operator ({id})")),
        "nobody" => Words::new("ログインしていない人", "Nobody signed in"),
        _ => same(label.to_owned()),
    })
}

fn staff(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>> {
    let Ok(id) = id.parse::<PersonId>() else { return Ok(None) };
    match person::store::get(tx, id) {
        Ok(person) => Ok(Some(person.name.full())),
        Err(error) if *error.kind() == kernel::Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn numbered(tx: &mut Tx<'_>, id: &str) -> Result<Words> {
    let number = match id.parse() {
        Ok(patient) => patient::store::number_of(tx, patient)?,
        Err(_) => None,
    };
    let number = number.unwrap_or_else(|| id.to_owned());
    Ok(Words::made(format!("患者 {number}"), format!("Patient {number}")))
}
