//! A clinic and a laboratory that have agreed: a dentist with a patient here, a manager and two technicians there.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "each test takes what it needs")]

use std::io::Read;
use std::sync::Arc;

use db::Tx;
use kernel::{Ctx, FacilityId, Kind, PatientId, PersonId, Result, RowId, Who};
use lab::case::{Case, CaseId, Kind as What, Said, State, store as cases};
use lab::export::store as exports;
use lab::file::Kind as Of;
use lab::file::store::{self as files, Arrived};
use lab::machine::store as machines;
use lab::order::store::{self as orders, Issued};
use lab::order::{Form, Prosthesis};
use mesh::{Checked, Checker};
use people::agreement::store as agreements;
use people::agreement::{AgreementId, Contact, Purpose, Side, Terms};
use people::token::Scope;
use people::token::store::{self as tokens, NewToken};
use testkit::Ward;

pub(crate) const MESH: &[u8] = b"solid crown";
pub(crate) const INFO: &[u8] = b"<ConstructionInfo/>";

pub(crate) const ROOMS: &[&[db::Migration]] = &[people::MIGRATIONS, lab::MIGRATIONS];

/// A closed tetrahedron with edges of some 10 mm, as text STL.
pub(crate) fn tetrahedron() -> Vec<u8> {
    let corners = [[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 10.0]];
    let mut text = String::from("solid crown\n");
    for face in [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]] {
        text += "facet normal 0 0 0\nouter loop\n";
        for [x, y, z] in face.map(|it: usize| corners[it]) {
            text += &format!("vertex {x} {y} {z}\n");
        }
        text += "endloop\nendfacet\n";
    }
    (text + "endsolid crown\n").into_bytes()
}

/// Reads in this process: the files are our own.
pub(crate) fn reads() -> Arc<Checker> {
    plug(|name, input| {
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).map_err(kernel::Error::unavailable)?;
        let (outcome, shape) = mesh::check(&bytes, name);
        Ok(Checked { outcome, levels: shape.map(|it| mesh::levels(&it)).unwrap_or_default() })
    })
}

pub(crate) fn plug(
    check: impl Fn(&str, &mut (dyn Read + Send)) -> kernel::Result<Checked> + Send + Sync + 'static,
) -> Arc<Checker> {
    Arc::new(Checker { check: Box::new(check) })
}

pub(crate) struct Two {
    pub(crate) ward: Ward,
    pub(crate) laboratory: FacilityId,
    pub(crate) dentist: PersonId,
    pub(crate) patient: PatientId,
    /// The laboratory's manager, a technician too.
    pub(crate) manager: PersonId,
    pub(crate) technician: PersonId,
    pub(crate) colleague: PersonId,
    pub(crate) agreement: AgreementId,
}

pub(crate) fn both(test: impl Fn(&Two)) {
    Ward::both(ROOMS, |ward| test(&two(ward)));
}

fn contact() -> Contact {
    Contact {
        name: "佐藤".into(),
        role: String::new(),
        phone: "03-5550-0101".into(),
        mail: String::new(),
        person: None,
    }
}

pub(crate) fn two(ward: Ward) -> Two {
    let laboratory = ward.other_facility();
    let (dentist, patient) = (ward.staff("sato", &["dentist", "manager"]), ward.patient());
    let [manager, technician, colleague] = ["yamamoto", "nakamura", "kimura"].map(|it| ward.staff(it, &[]));
    let ctx = ward.ctx(Who::System("test")).at(laboratory);
    let given = ward.site.db.write_blocking(Some(laboratory), move |tx| {
        for person in [manager, technician, colleague] {
            people::person::store::give_duty(tx, &ctx, person, "technician")?;
            people::person::store::record_licence(tx, &ctx, person, "technician", 2011, "免許証の原本")?;
        }
        people::person::store::give_duty(tx, &ctx, manager, "manager")
    });
    given.unwrap();
    let agreement = AgreementId::from_bytes([0; 16]);
    let mut it = Two { ward, laboratory, dentist, patient, manager, technician, colleague, agreement };
    let terms = Terms {
        texts: std::array::from_fn(|_| "各自".to_owned()),
        routine_h: 240,
        urgent_h: 72,
        valid_from: kernel::time::day(it.ward.ctx(Who::Nobody).now),
        valid_until: None,
    };
    let (purpose, side) = (Purpose::Lab, Side::Asks);
    let offer = agreements::Offer { partner: laboratory, purpose, side, terms, contacts: vec![contact()] };
    it.agreement = it.clinic(move |tx, ctx| agreements::offer(tx, ctx, &offer, true)).unwrap();
    let id = it.agreement;
    it.lab(manager, move |tx, ctx| agreements::answer(tx, ctx, id, true, "", &[contact()], true)).unwrap();
    it
}

pub(crate) fn kind<T: std::fmt::Debug>(outcome: Result<T>) -> Kind {
    outcome.expect_err("refused").kind().clone()
}

pub(crate) fn said(text: &str) -> Said {
    Said { text: text.into(), ..Said::default() }
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

    /// The dentist acts.
    pub(crate) fn clinic<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.at(self.ward.facility, self.dentist, act)
    }

    /// Somebody of the laboratory acts.
    pub(crate) fn lab<T: Send + 'static>(
        &self,
        who: PersonId,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.at(self.laboratory, who, act)
    }

    pub(crate) fn form(&self) -> Form {
        Form {
            agreement: Some(self.agreement),
            prosthesis: Prosthesis::Crown,
            teeth: vec![46],
            texts: ["全部被覆冠", "CAD/CAM", "ジルコニア", "A3", "", "", ""].map(ToOwned::to_owned),
            due_on: "2026-12-04".parse().unwrap(),
            further: vec![],
            reason: String::new(),
        }
    }

    /// The managers of both facilities decide where files are kept; media where `media` says so.
    pub(crate) fn keeps(&self, media: bool) {
        self.clinic(move |tx, ctx| exports::set_rule(tx, ctx, "D:\\技工（暗号化）", media)).unwrap();
        self.lab(self.manager, move |tx, ctx| exports::set_rule(tx, ctx, "D:\\技工（暗号化）", media)).unwrap();
    }

    /// An order of the dentist's.
    pub(crate) fn ordered(&self) -> CaseId {
        let (patient, form) = (self.patient, self.form());
        match self.clinic(move |tx, ctx| orders::place(tx, ctx, patient, &form)).unwrap() {
            Issued::Issued(id) => id,
            Issued::Missing(why) => panic!("{why:?}"),
        }
    }

    /// What the dentist does on a case.
    pub(crate) fn asks(&self, id: CaseId, what: What, words: &str) -> Result<()> {
        let said = said(words);
        self.clinic(move |tx, ctx| cases::act(tx, ctx, id, what, &said))
    }

    /// What somebody of the laboratory does on a case.
    pub(crate) fn serves(&self, who: PersonId, id: CaseId, what: What, words: &str) -> Result<()> {
        let said = said(words);
        self.lab(who, move |tx, ctx| cases::act(tx, ctx, id, what, &said))
    }

    /// The copies of a case: the clinic's, the laboratory's.
    pub(crate) fn copies(&self, id: CaseId) -> [Case; 2] {
        let here = self.clinic(move |tx, _| cases::read_one(tx, id)).unwrap();
        let there = self.lab(self.manager, move |tx, _| cases::read_one(tx, id)).unwrap();
        [here, there]
    }

    /// How a case stands, the same at both.
    pub(crate) fn state(&self, id: CaseId) -> State {
        let [here, there] = self.copies(id);
        assert_eq!(here.events, there.events, "one line of time");
        assert_eq!(here.versions, there.versions, "one order");
        here.state()
    }

    /// The acts in a facility's log.
    pub(crate) fn log(&self, facility: FacilityId) -> Vec<String> {
        let found = self.ward.site.db.write_blocking(Some(facility), move |tx| {
            let sql = "SELECT act FROM audit_entry WHERE facility_id = ?1 ORDER BY idx";
            tx.rows(sql, db::params![facility])?.iter().map(|it| it.get("act")).collect::<Result<Vec<String>>>()
        });
        found.unwrap()
    }

    /// Sends a file as tus or the form would: blob first, row last.
    pub(crate) fn sends(&self, at: FacilityId, who: PersonId, case: CaseId, name: &str, bytes: &[u8]) -> Result<RowId> {
        let (site, bytes, name) = (self.ward.site.clone(), bytes.to_vec(), name.to_owned());
        self.at(at, who, move |tx, ctx| {
            files::begin(tx, ctx, case, &name, Some(bytes.len() as u64))?;
            let mut incoming = site.blobs.incoming(at, &tx.key()?, 1_000, &site.chance)?;
            incoming.write(&bytes)?;
            let stored = incoming.finish()?;
            let (id, size_bytes, sha256) = (RowId::new(ctx), stored.size_bytes, stored.blob.0);
            let segments = vec![stored];
            files::keep(tx, ctx, &Arrived { id, case, name, size_bytes, sha256, scanned: false, segments })?;
            Ok(id)
        })
    }

    /// A design of the technician's: mesh and construction file.
    pub(crate) fn design(&self, case: CaseId) -> (RowId, Vec<RowId>) {
        let (at, who) = (self.laboratory, self.technician);
        let all = vec![
            self.sends(at, who, case, "46.stl", MESH).unwrap(),
            self.sends(at, who, case, "46.constructionInfo", INFO).unwrap(),
        ];
        let ids = all.clone();
        let made = self.lab(who, move |tx, ctx| files::bundle(tx, ctx, case, Of::Design, "大臼歯", &ids)).unwrap();
        (made.unwrap(), all)
    }

    /// The digest of the newest bundle of a case.
    pub(crate) fn digest(&self, case: CaseId) -> String {
        self.clinic(move |tx, _| files::bundles(tx, case)).unwrap()[0].digest.clone()
    }

    /// The technician proposes files.
    pub(crate) fn proposes(&self, case: CaseId, digest: &str) -> Result<()> {
        let said = Said { text: "設計".into(), digest: digest.into(), ..Said::default() };
        self.lab(self.technician, move |tx, ctx| cases::act(tx, ctx, case, What::Proposed, &said))
    }

    /// A token of the laboratory: its id and its secret.
    pub(crate) fn token(&self, person: PersonId, name: &str, scope: Scope) -> (RowId, String) {
        let (key, label) = (self.ward.site.key.clone(), name.to_owned());
        let ctx = self.ward.ctx(Who::Operator("cli".into())).at(self.laboratory);
        let new = NewToken { person, label, scopes: vec![scope], days: 1, certificate: None };
        let made =
            self.ward.site.db.write_blocking(Some(self.laboratory), move |tx| tokens::make(tx, &ctx, &key, &new));
        made.unwrap()
    }

    /// A case with an approved design, and the digest.
    pub(crate) fn approved(&self) -> (CaseId, String) {
        let case = self.ordered();
        self.serves(self.manager, case, What::Accepted, "").unwrap();
        let technician = self.technician;
        let given = self.lab(self.manager, move |tx, ctx| lab::step::store::assign(tx, ctx, case, technician));
        assert_eq!(given.unwrap(), []);
        self.design(case);
        let digest = self.digest(case);
        self.proposes(case, &digest).unwrap();
        self.asks(case, What::Approved, "").unwrap();
        (case, digest)
    }

    pub(crate) fn release(&self, case: CaseId, token: Option<RowId>) -> kernel::Result<usize> {
        self.lab(self.manager, move |tx, ctx| machines::release(tx, ctx, case, token)).map(|it| it.len())
    }
}
