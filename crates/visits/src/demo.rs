//! Kinds of visit and times for the demonstration's clinic: free times on every day, so that a visit can be tried at once.

use db::Tx;
use kernel::{Ctx, Result};
use people::demo::Demo;

use crate::booking::Form;
use crate::in_person;
use crate::slot::store::{self, NewType};

/// From and until, in minutes after midnight: a demonstration may be given in the evening.
const OPEN_MIN: (i64, i64) = (0, 24 * 60);

/// Makes them.
///
/// # Errors
/// The database's.
pub fn seed(tx: &mut Tx<'_>, ctx: &Ctx, made: &Demo) -> Result<()> {
    tx.enter(made.clinic)?;
    let kinds = [
        ("オンライン再診", "Online follow-up", Form::Online, 15, true),
        ("オンライン初診", "Online first visit", Form::Online, 30, true),
        ("来院", "In person", Form::InPerson, 30, true),
    ];
    for (name_ja, name_en, form, duration_min, by_patient) in kinds {
        let new = NewType { name_ja: name_ja.into(), name_en: name_en.into(), form, duration_min, by_patient };
        let kind = store::add_type(tx, ctx, &new)?;
        for weekday in 0..7 {
            store::add_pattern(tx, ctx, made.dentist, kind, weekday, OPEN_MIN.0, OPEN_MIN.1)?;
        }
    }
    for patient in [made.patient, made.child] {
        in_person::store::decide(tx, ctx, patient, &in_person::Place::Here)?;
    }
    Ok(())
}
