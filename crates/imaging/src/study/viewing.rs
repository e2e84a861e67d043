//! Looking at a study: which earlier ones of the same patient stand beside it.

use db::{Tx, params};
use guidelines::reading::same_patient::{Comparison, compare};
use kernel::{Ctx, Error, Result, Words, clause};
use people::access::Act;
use people::patient;

use super::filter::Filter;
use super::lending::at_owner;
use super::store::{Page, find_studies, one};
use super::{Claims, Study};
use crate::instance::Uid;
use crate::moving::store::decided;
use crate::request::RequestId;
use crate::request::send::{claimed, known};
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
    /// What a person has decided about whose it is, where the device says otherwise or too little.
    pub decided: Option<Words>,
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
    let decided = whose(tx, &study)?;
    let facility = tx.facility()?;
    // The patient of our own books where somebody has compared them; the device's claims otherwise.
    let same = match study.patient {
        Some(_) => "earlier.patient_id = this.patient_id",
        // What a person has taken from the patient whom the device names, or given to another, is none of theirs (TR-27).
        None if tell_one_patient(&study.claims) => {
            "this.detached = 0 AND earlier.patient_mark = this.patient_mark
             AND earlier.patient_id IS NULL AND earlier.detached = 0"
        }
        None => return Ok(Viewing { study, earlier: Vec::new(), lent_by: None, decided }),
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
    Ok(Viewing { study, earlier, lent_by: None, decided })
}

/// A study that is lent, at its owner: beside it stands what goes with the request, and nothing else of that patient.
fn lent(tx: &mut Tx<'_>, loan: &Loan, uid: &Uid) -> Result<Viewing> {
    let study = one(tx, uid)?;
    let others = attached(tx, loan.request)?.into_iter().filter(|it| it.id != study.id);
    let earlier = others.map(|it| Earlier { uid: it.uid, date: it.date }).collect();
    let decided = whose(tx, &study)?;
    Ok(Viewing { study, earlier, lent_by: Some(loan.request), decided })
}

/// The device's words stand in the corner of every picture. Where a person has decided otherwise, whoever looks must learn it
/// there, and not believe the picture.
fn whose(tx: &mut Tx<'_>, study: &Study) -> Result<Option<Words>> {
    clause!("TR-27");
    let (owner, detached) = decided(tx, study.id)?;
    let Some(owner) = owner else {
        let nobodys = Words::new(
            "装置に記録された患者さんの画像ではないと、職員が確かめています。どなたの画像かは分かっていません。画像の中の氏名を信じないでください。",
            "A person has found that these do not show whom the device names; whose they are is not known. Do not believe the name in the pictures.",
        );
        return Ok(detached.then_some(nobodys));
    };
    let owner = patient::store::read_one(tx, owner)?;
    if compare(&claimed(&study.claims.patient), &known(&owner)) == Comparison::Same {
        return Ok(None);
    }
    let (name, number) = (owner.name.full(), &owner.number);
    Ok(Some(Words::made(
        format!(
            "{name} さん（{number}）の画像だと、職員が確かめています。画像の中の氏名や番号は、装置の記録のままです。"
        ),
        format!(
            "A person has found that these show {name} ({number}). The name and number in the pictures are the device's."
        ),
    )))
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
