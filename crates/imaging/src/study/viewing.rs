//! Looking at a study: which earlier ones of the same patient stand beside it.

use db::{Tx, params};
use kernel::{Ctx, Error, Result, clause};
use people::access::Act;

use super::filter::Filter;
use super::lending::at_owner;
use super::store::{Page, find_studies, one};
use super::{Claims, Study};
use crate::instance::Uid;
use crate::request::RequestId;
use crate::request::store::{Loan, attached};

/// A study with what is shown beside it.
#[derive(Debug, Clone)]
pub struct Viewing {
    /// The study.
    pub study: Study,
    /// Earlier ones of the same patient, the newest first: five at most, so that the list can be read. Of a lent study: all
    /// that go with the request.
    pub earlier: Vec<Earlier>,
    /// The request that lends it; `None` for a study of this facility.
    pub lent_by: Option<RequestId>,
}

/// An earlier study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Study Instance UID.
    pub uid: String,
    /// `YYYY-MM-DD`, or empty.
    pub date: String,
}

/// Opens a study. The pictures themselves come by DICOMweb, each request with an entry of its own.
///
/// # Errors
/// `NotFound` for strangers and where there is none; `Forbidden`.
pub fn open(tx: &mut Tx<'_>, ctx: &Ctx, uid: &Uid) -> Result<Viewing> {
    clause!("TR-24");
    let verb = ("study.open", Act::View);
    if let Some(lent) = at_owner(tx, ctx, std::slice::from_ref(uid), verb, |tx, loan| lent(tx, loan, uid))? {
        return Ok(lent);
    }
    let found = find_studies(tx, ctx, &only(uid), &Page::default())?;
    let study = found.rows.into_iter().next().ok_or_else(|| Error::not_found("no such study"))?;
    let facility = tx.facility()?;
    // The patient of our own books where somebody has compared them; the device's claims otherwise.
    let same = match study.patient {
        Some(_) => "earlier.patient_id = this.patient_id",
        // What a person has taken from the patient whom the device names, or given to another, is none of theirs (TR-27).
        None if tell_one_patient(&study.claims) => {
            "this.detached = 0 AND earlier.patient_mark = this.patient_mark
             AND earlier.patient_id IS NULL AND earlier.detached = 0"
        }
        None => return Ok(Viewing { study, earlier: Vec::new(), lent_by: None }),
    };
    let rows = tx.rows(
        &format!(
            "SELECT earlier.uid, earlier.study_date FROM study earlier JOIN study this ON this.id = ?2
             WHERE earlier.facility_id = ?1 AND this.facility_id = ?1 AND {same}
             AND earlier.id <> this.id AND earlier.study_date <= this.study_date
             ORDER BY earlier.study_date DESC, earlier.id DESC LIMIT 5"
        ),
        params![facility, study.id],
    )?;
    let earlier = rows.iter().map(|it| Ok(Earlier { uid: it.get("uid")?, date: it.get("study_date")? }));
    let earlier = earlier.collect::<Result<_>>()?;
    Ok(Viewing { study, earlier, lent_by: None })
}

/// A study that is lent, at its owner: beside it stands what goes with the request, and nothing else of that patient.
fn lent(tx: &mut Tx<'_>, loan: &Loan, uid: &Uid) -> Result<Viewing> {
    let study = one(tx, uid)?;
    let others = attached(tx, loan.request)?.into_iter().filter(|it| it.id != study.id);
    let earlier = others.map(|it| Earlier { uid: it.uid, date: it.date }).collect();
    Ok(Viewing { study, earlier, lent_by: Some(loan.request) })
}

fn only(uid: &Uid) -> Filter {
    Filter { studies: vec![uid.clone()], ..Filter::default() }
}

/// Devices send studies without a name or with a number alone, and two such patients would be one: another person's
/// pictures must not stand beside as earlier ones.
fn tell_one_patient(claims: &Claims) -> bool {
    let patient = &claims.patient;
    !patient.id.is_empty() && patient.birth_date.is_some() && !patient.name.alphabetic.is_empty()
}
