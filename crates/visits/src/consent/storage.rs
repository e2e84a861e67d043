//! Whether pictures of a visit are kept, in rows: the patient's choice, and the doctor's agreement to it (OV-132).

use db::{Tx, params};
use guidelines::storage::{Agreement, Medium};
use kernel::{BookingId, Ctx, Error, PatientId, Result, RowId, Timestamp, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::Keep;
use super::store::{View, look, own_act};
use crate::booking;

/// What stands on the keeping of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Storage {
    /// The row, once the patient chose.
    pub id: Option<RowId>,
    /// What the patient chose.
    pub keep: Keep,
    /// Where.
    pub place: String,
    /// Who answers for it.
    pub keeper: String,
    /// When the patient chose.
    pub chosen_at: Option<Timestamp>,
    /// When a doctor agreed.
    pub agreed_at: Option<Timestamp>,
}

impl Storage {
    /// As the rule wants it.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        clause!("OV-132");
        match self.keep {
            Keep::Nothing => Agreement::Nothing,
            Keep::Pictures => Agreement::Keep {
                media: vec![Medium::Pictures],
                place: self.place.clone(),
                keeper: self.keeper.clone(),
                patient_agreed: self.chosen_at.is_some(),
                doctor_agreed: self.agreed_at.is_some(),
            },
        }
    }
}

/// What stands on the keeping of pictures. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn storage(tx: &mut Tx<'_>, patient: PatientId) -> Result<Storage> {
    clause!("OV-132");
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT s.*, a.agreed_at FROM storage_choice s LEFT JOIN storage_agreement a ON a.choice_id = s.id AND a.facility_id = s.facility_id
         WHERE s.facility_id = ?1 AND s.patient_id = ?2 ORDER BY s.chosen_at DESC, s.id DESC LIMIT 1",
        params![facility, patient],
    )?;
    let Some(row) = row else { return Ok(Storage::default()) };
    let media: String = row.get("media")?;
    Ok(Storage {
        id: Some(row.get("id")?),
        keep: Keep::from_key(&media).unwrap_or_default(),
        place: row.get("place")?,
        keeper: row.get("keeper")?,
        chosen_at: Some(row.get("chosen_at")?),
        agreed_at: row.get("agreed_at")?,
    })
}

pub(super) fn choose(tx: &mut Tx<'_>, ctx: &Ctx, view: &View, keep: Keep) -> Result<()> {
    let facility = tx.facility()?;
    let (place, keeper) = match keep {
        Keep::Nothing => (String::new(), String::new()),
        Keep::Pictures => (format!("{}の診療録", view.facility.name), view.facility.name.clone()),
    };
    tx.exec(
        "INSERT INTO storage_choice (id, facility_id, patient_id, media, place, keeper, chosen_by, chosen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![RowId::new(ctx), facility, view.patient.id, keep.key(), place, keeper, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// The patient chooses anew; a doctor must agree anew.
///
/// # Errors
/// `NotFound` for anybody but the patient's side.
pub fn change_storage(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, keep: Keep) -> Result<()> {
    clause!("OV-132");
    let booking = booking::store::read_one(tx, booking)?;
    own_act(tx, ctx, "storage.choose", &booking, json!({ "keep": keep.key() }))?;
    let view = look(tx, ctx, booking)?;
    choose(tx, ctx, &view, keep)
}

/// The doctor agrees to what the patient chose.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Conflict` when the patient has chosen something else meanwhile.
pub fn agree_storage(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, choice: RowId) -> Result<()> {
    clause!("OV-132");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, booking)?;
    Access::new("storage.agree", Act::Sign, Class::Chart)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    if storage(tx, booking.patient)?.id != Some(choice) {
        return Err(Error::conflict("the patient chose anew"));
    }
    tx.exec(
        "INSERT INTO storage_agreement (id, facility_id, choice_id, agreed_by, agreed_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (facility_id, choice_id) DO NOTHING",
        params![RowId::new(ctx), facility, choice, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}
