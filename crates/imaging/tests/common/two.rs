//! A clinic and a hospital that have agreed: a dentist with a patient and an image here, two readers there.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "each test takes what it needs")]

use db::Tx;
use imaging::dataset::Tag;
use imaging::intake::{self, Intake, Origin};
use imaging::reader;
use imaging::report::{self, Content, Finding, Urgency};
use imaging::request::send::{self, Sent};
use imaging::request::store::{self as requests, Taken};
use imaging::request::{Consent, Form, RequestId, State};
use kernel::{Ctx, FacilityId, Kind, PatientId, PersonId, Result, RowId, Who};
use people::agreement::store as agreements;
use people::agreement::{AgreementId, Contact, Purpose, Side, Terms};
use testkit::Ward;

/// The clinic with a dentist and a patient, the hospital with two readers, and what they have agreed.
pub(crate) struct Two {
    pub(crate) ward: Ward,
    pub(crate) hospital: FacilityId,
    pub(crate) dentist: PersonId,
    pub(crate) patient: PatientId,
    pub(crate) reader: PersonId,
    pub(crate) colleague: PersonId,
    pub(crate) agreement: AgreementId,
    pub(crate) study: RowId,
}

pub(crate) const ROOMS: &[&[db::Migration]] = &[people::MIGRATIONS, imaging::MIGRATIONS];

pub(crate) fn both(test: impl Fn(&Two)) {
    Ward::both(ROOMS, |ward| test(&two(ward)));
}

fn element(out: &mut Vec<u8>, tag: Tag, vr: &[u8; 2], value: &str) {
    let mut value = value.as_bytes().to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == b"UI" { 0 } else { b' ' });
    }
    out.extend(tag.0.to_le_bytes());
    out.extend(tag.1.to_le_bytes());
    out.extend(vr);
    out.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
    out.extend(value);
}

/// An image of whoever the device says, come in at the clinic.
pub(crate) fn image(ward: &Ward, study: &str, name: &str, number: &str) -> RowId {
    image_at(ward, ward.facility, study, name, number)
}

/// The same at any facility.
pub(crate) fn image_at(ward: &Ward, facility: FacilityId, study: &str, name: &str, number: &str) -> RowId {
    let mut bytes = Vec::new();
    element(&mut bytes, Tag(0x0008, 0x0005), b"CS", "ISO_IR 192");
    element(&mut bytes, Tag(0x0008, 0x0016), b"UI", "1.2.840.10008.5.1.4.1.1.2");
    element(&mut bytes, Tag(0x0008, 0x0018), b"UI", &format!("{study}.1.1"));
    element(&mut bytes, Tag(0x0010, 0x0010), b"PN", name);
    element(&mut bytes, Tag(0x0010, 0x0020), b"LO", number);
    element(&mut bytes, Tag(0x0020, 0x000D), b"UI", study);
    element(&mut bytes, Tag(0x0020, 0x000E), b"UI", &format!("{study}.1"));
    let key = ward.site.db.write_blocking(Some(facility), |tx| tx.key()).unwrap();
    let (blobs, chance) = (ward.site.blobs.clone(), &ward.site.chance);
    let mut intake = Intake::data_set(&blobs, facility, &key, chance, "1.2.840.10008.1.2.1").unwrap();
    intake.write(&bytes).unwrap();
    let arrived = intake.finish().unwrap().unwrap();
    let (origin, uid) = (Origin { face: "dimse", sender: "CBCT1".into(), announced: None }, study.to_owned());
    let ctx = ward.ctx(Who::System("test")).at(facility);
    let kept = ward.site.db.write_blocking(Some(facility), move |tx| {
        intake::keep(tx, &ctx, &blobs, &arrived, &origin)?;
        tx.value("SELECT id FROM study WHERE facility_id = ?1 AND uid = ?2", db::params![facility, uid])
    });
    kept.unwrap().unwrap()
}

pub(crate) fn contact() -> Contact {
    Contact {
        name: "佐藤".into(),
        role: String::new(),
        phone: "03-5550-0101".into(),
        mail: String::new(),
        person: None,
    }
}

pub(crate) fn two(ward: Ward) -> Two {
    let hospital = ward.other_facility();
    let (dentist, patient) = (ward.staff("sato", &["dentist", "manager"]), ward.patient());
    let (reader, colleague) = (ward.staff("watanabe", &[]), ward.staff("ito", &[]));
    let ctx = ward.ctx(Who::System("test")).at(hospital);
    let prepared = ward.site.db.write_blocking(Some(hospital), move |tx| {
        for person in [reader, colleague] {
            people::person::store::give_duty(tx, &ctx, person, "radiologist")?;
        }
        people::person::store::give_duty(tx, &ctx, colleague, "manager")?;
        people::person::store::record_licence(tx, &ctx, reader, "dentist", 2008, "免許証の原本")?;
        let kind = guidelines::reading::reader::Qualification::OralRadiologist;
        let valid_until = Some("2027-03-31".parse().unwrap());
        reader::store::record(
            tx,
            &ctx,
            &reader::Form { person: reader, kind, valid_until, checked_how: "認定証".into() },
        )
    });
    prepared.unwrap();
    let study = image(&ward, "1.2.3", "TANAKA^SACHIKO=田中^幸子=たなか^さちこ", "00001");
    let zero = AgreementId::from_bytes([0; 16]);
    let mut it = Two { ward, hospital, dentist, patient, reader, colleague, agreement: zero, study };
    let terms = Terms {
        texts: std::array::from_fn(|_| "各自".to_owned()),
        routine_h: 72,
        urgent_h: 24,
        valid_from: kernel::time::day(it.ward.ctx(Who::Nobody).now),
        valid_until: None,
    };
    let (purpose, side) = (Purpose::Reading, Side::Asks);
    let offer = agreements::Offer { partner: hospital, purpose, side, terms, contacts: vec![contact()] };
    it.agreement = it.clinic(move |tx, ctx| agreements::offer(tx, ctx, &offer, true)).unwrap();
    let id = it.agreement;
    it.hospital(colleague, move |tx, ctx| agreements::answer(tx, ctx, id, true, "", &[contact()], true)).unwrap();
    it
}

pub(crate) fn kind<T: std::fmt::Debug>(outcome: Result<T>) -> Kind {
    outcome.expect_err("refused").kind().clone()
}

pub(crate) fn content(impression: &str) -> Content {
    Content {
        template: "cbct_implant".into(),
        parts: vec![],
        findings: vec![Finding { site: "46".into(), text: "頬側に骨欠損".into(), image: "1-1".into() }],
        impression: impression.into(),
        urgency: Urgency::Usual,
        incidental: vec!["右上顎洞に粘膜の肥厚".into()],
    }
}

impl Two {
    pub(crate) fn at<T: Send + 'static>(
        &self,
        facility: FacilityId,
        who: PersonId,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = self.ward.ctx(Who::Staff(who)).at(facility);
        self.ward.site.db.write_blocking(Some(facility), move |tx| act(tx, &ctx))
    }

    pub(crate) fn clinic<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.at(self.ward.facility, self.dentist, act)
    }

    pub(crate) fn hospital<T: Send + 'static>(
        &self,
        who: PersonId,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.at(self.hospital, who, act)
    }

    pub(crate) fn form(&self, studies: Vec<RowId>) -> Form {
        Form {
            agreement: self.agreement,
            examination: "cbct_implant".into(),
            urgent: false,
            reason: "インプラント術前".into(),
            question: "46部の骨量".into(),
            teeth: vec![46],
            history: String::new(),
            consent: Consent {
                by: "patient".into(),
                how: "paper".into(),
                on: kernel::time::day(self.ward.ctx(Who::Nobody).now),
            },
            studies,
            priors: vec![],
            match_reason: String::new(),
        }
    }

    pub(crate) fn send(&self, form: Form) -> Result<Sent> {
        let patient = self.patient;
        self.clinic(move |tx, ctx| send::send(tx, ctx, patient, &form))
    }

    pub(crate) fn sent(&self) -> RequestId {
        match self.send(self.form(vec![self.study])).unwrap() {
            Sent::Sent(id) => id,
            Sent::Mismatch(why) => panic!("{why:?}"),
        }
    }

    pub(crate) fn take(&self, who: PersonId, id: RequestId, reason: &'static str) -> Result<Taken> {
        self.hospital(who, move |tx, ctx| requests::take(tx, ctx, id, reason))
    }

    pub(crate) fn sign(
        &self,
        who: PersonId,
        id: RequestId,
        content: Content,
        reason: &'static str,
        seen: i64,
    ) -> Result<RowId> {
        self.hospital(who, move |tx, ctx| report::store::sign(tx, ctx, id, &content, reason, seen, true))
    }

    pub(crate) fn state(&self, id: RequestId) -> [State; 2] {
        let read = move |tx: &mut Tx<'_>, _: &Ctx| Ok(requests::read_one(tx, id)?.state());
        [self.clinic(read).unwrap(), self.hospital(self.reader, read).unwrap()]
    }

    /// Acts of a facility's log, each with what stands in its detail.
    pub(crate) fn log(&self, facility: FacilityId) -> Vec<(String, String)> {
        let found = self.ward.site.db.write_blocking(Some(facility), |tx| audit::search(tx, &audit::Query::default()));
        found.unwrap().into_iter().map(|it| (it.act, it.detail.unwrap_or_default().to_string())).collect()
    }
}
