//! A clinic that asks a hospital to read a picture of its patient, and the job that sends what comes of it.

use std::sync::Arc;
use std::time::Instant;

use imaging::dataset::{Tag, Vr, Writer};
use imaging::intake::{self, Intake, Origin};
use imaging::report::{self, Content, Finding, Urgency};
use imaging::request::send::{self, Sent};
use imaging::request::{self, Consent, Form, RequestId};
use imaging::{reader, station};
use kernel::{Ctx, FacilityId, PatientId, PersonId, Result, RowId, Who};
use people::agreement::store as agreements;
use people::agreement::{AgreementId, Contact, Purpose, Side, Terms};
use testkit::{Seen, Ward, wait};
use web::Site;

const STUDY: &str = "1.2.3";

/// Sets papers as the program does.
struct Press;

impl papers::Press for Press {
    fn print(&self, document: &papers::Document) -> Result<Vec<u8>> {
        pdf::render(document)
    }
}

pub(crate) struct Two {
    pub(crate) ward: Ward,
    site: Site,
    settings: dimse::Settings,
    hospital: FacilityId,
    dentist: PersonId,
    reader: PersonId,
    patient: PatientId,
    agreement: AgreementId,
    study: RowId,
}

fn contact() -> Contact {
    let text = |it: &str| it.to_owned();
    Contact {
        name: text("佐藤"), role: String::new(), phone: text("03-5550-0101"), mail: String::new(), person: None
    }
}

fn terms(ward: &Ward) -> Terms {
    Terms {
        texts: std::array::from_fn(|_| "各自".to_owned()),
        routine_h: 72,
        urgent_h: 24,
        valid_from: kernel::time::day(ward.ctx(Who::Nobody).now),
        valid_until: None,
    }
}

/// Picture 1 of series 1, as the device sent it.
fn picture(ward: &Ward) -> RowId {
    let mut it = Writer::explicit();
    it.text(Tag(0x0008, 0x0005), Vr(*b"CS"), "ISO_IR 192")
        .text(Tag(0x0008, 0x0016), Vr(*b"UI"), "1.2.840.10008.5.1.4.1.1.2")
        .text(Tag(0x0008, 0x0018), Vr(*b"UI"), "1.2.3.1.1")
        .text(Tag(0x0010, 0x0010), Vr(*b"PN"), "TANAKA^SACHIKO=田中^幸子=たなか^さちこ")
        .text(Tag(0x0010, 0x0020), Vr(*b"LO"), "00001")
        .text(Tag(0x0020, 0x000D), Vr(*b"UI"), STUDY)
        .text(Tag(0x0020, 0x000E), Vr(*b"UI"), "1.2.3.1")
        .text(Tag(0x0020, 0x0011), Vr(*b"IS"), "1")
        .text(Tag(0x0020, 0x0013), Vr(*b"IS"), "1");
    let key = ward.given(|tx, _| tx.key());
    let blobs = ward.site.blobs.clone();
    let mut intake = Intake::data_set(&blobs, ward.facility, &key, &ward.site.chance, "1.2.840.10008.1.2.1").unwrap();
    intake.write(&it.take()).unwrap();
    let arrived = intake.finish().unwrap().unwrap();
    let origin = Origin { face: "dimse", sender: "CBCT1".into(), announced: None };
    ward.given(move |tx, ctx| {
        intake::keep(tx, ctx, &blobs, &arrived, &origin)?;
        tx.value("SELECT id FROM study WHERE facility_id = ?1 AND uid = ?2", db::params![tx.facility()?, STUDY])
    })
    .unwrap()
}

impl Two {
    pub(crate) fn open() -> Self {
        let ward = Ward::sqlite(&[people::MIGRATIONS, imaging::MIGRATIONS]);
        let old = ward.site.clone();
        let site = Site::new(web::site::Inner {
            db: old.db.clone(),
            blobs: old.blobs.clone(),
            clock: Box::new(ward.clock.clone()),
            chance: old.chance.clone(),
            key: old.key.clone(),
            settings: old.settings.clone(),
            press: Arc::new(Press),
            live: Arc::new(web::live::Nobody),
            assets: old.assets,
        });
        let began = Instant::now();
        let settings = dimse::Settings::plain(Arc::new(move || began.elapsed()));
        let (hospital, patient) = (ward.other_facility(), ward.patient());
        let (dentist, reader) = (ward.staff("sato", &["dentist", "manager"]), ward.staff("watanabe", &[]));
        let study = picture(&ward);
        let agreement = AgreementId::from_bytes([0; 16]);
        let mut it = Self { ward, site, settings, hospital, dentist, reader, patient, agreement, study };
        it.prepare();
        it
    }

    /// A reader who may sign, and an agreement.
    fn prepare(&mut self) {
        let reader = self.reader;
        let ctx = self.ward.ctx(Who::System("test")).at(self.hospital);
        let prepared = self.ward.site.db.write_blocking(Some(self.hospital), move |tx| {
            for duty in ["radiologist", "manager"] {
                people::person::store::give_duty(tx, &ctx, reader, duty)?;
            }
            people::person::store::record_licence(tx, &ctx, reader, "dentist", 2008, "免許証の原本")?;
            let kind = guidelines::reading::reader::Qualification::OralRadiologist;
            let form = reader::Form { person: reader, kind, valid_until: None, checked_how: "認定証".into() };
            reader::store::record(tx, &ctx, &form)
        });
        prepared.unwrap();
        let terms = terms(&self.ward);
        let (purpose, side, contacts) = (Purpose::Reading, Side::Asks, vec![contact()]);
        let offer = agreements::Offer { partner: self.hospital, purpose, side, terms, contacts };
        self.agreement = self.clinic(move |tx, ctx| agreements::offer(tx, ctx, &offer, true));
        let id = self.agreement;
        self.at_hospital(move |tx, ctx| agreements::answer(tx, ctx, id, true, "", &[contact()], true));
    }

    fn at<T: Send + 'static>(
        &self,
        facility: FacilityId,
        who: PersonId,
        act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> T {
        let ctx = self.ward.ctx(Who::Staff(who)).at(facility);
        self.ward.site.db.write_blocking(Some(facility), move |tx| act(tx, &ctx)).unwrap()
    }

    fn clinic<T: Send + 'static>(&self, act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static) -> T {
        self.at(self.ward.facility, self.dentist, act)
    }

    fn at_hospital<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> T {
        self.at(self.hospital, self.reader, act)
    }

    /// Registers the archive of the clinic.
    pub(crate) fn register(&self, port: u16) {
        self.ward.given(move |tx, ctx| {
            let new = station::NewStation::parse("PACS", "保管サーバー", "", "127.0.0.1", &port.to_string()).unwrap();
            station::store::add(tx, ctx, &new.taking_reports().unwrap()).map(drop)
        });
    }

    /// A request with its signed report.
    pub(crate) fn signed(&self) -> RequestId {
        let on = kernel::time::day(self.ward.ctx(Who::Nobody).now);
        let form = Form {
            agreement: self.agreement,
            examination: "cbct_implant".into(),
            urgent: false,
            reason: "インプラント術前".into(),
            question: "46部の骨量".into(),
            teeth: vec![46],
            history: String::new(),
            consent: Consent { by: "patient".into(), how: "paper".into(), on },
            studies: vec![self.study],
            priors: vec![],
            match_reason: "装置に生年月日がない。撮影の記録で確認".into(),
        };
        let patient = self.patient;
        let Sent::Sent(request) = self.clinic(move |tx, ctx| send::send(tx, ctx, patient, &form)) else {
            panic!("not sent")
        };
        self.at_hospital(move |tx, ctx| request::store::take(tx, ctx, request, ""));
        self.sign(request, "埋入は可能", "", 0);
        request
    }

    pub(crate) fn sign(&self, request: RequestId, impression: &str, reason: &'static str, seen: i64) {
        let content = Content {
            template: "cbct_implant".into(),
            parts: vec![],
            findings: vec![Finding { site: "46".into(), text: "頬側に骨欠損".into(), image: "1-1".into() }],
            impression: impression.into(),
            urgency: Urgency::Soon,
            incidental: vec!["右上顎洞に粘膜の肥厚".into()],
        };
        self.at_hospital(move |tx, ctx| report::store::sign(tx, ctx, request, &content, reason, seen, true));
    }

    /// One round of the job.
    pub(crate) fn round(&self) {
        wait(app::outgoing::round(&self.site, &self.settings)).unwrap();
    }

    /// The request's page, as the dentist sees it.
    pub(crate) fn page(&self, request: RequestId) -> String {
        let browser = wait(self.ward.browser(people::routes().and(imaging::routes()), Who::Staff(self.dentist)));
        wait(browser.get(&format!("/readings/{request}"))).text
    }

    /// The button of that page.
    pub(crate) fn press(&self, who: PersonId, request: RequestId) -> Seen {
        let browser = wait(self.ward.browser(people::routes().and(imaging::routes()), Who::Staff(who)));
        wait(browser.post(&format!("/readings/{request}/send"), &[]))
    }

    pub(crate) fn send_again(&self, request: RequestId) {
        assert_eq!(self.press(self.dentist, request).status, 303);
    }

    pub(crate) fn instances(&self) -> i64 {
        self.ward.given(|tx, _| {
            let of =
                "SELECT count(*) FROM instance i JOIN series r ON r.id = i.series_id JOIN study s ON s.id = r.study_id
                      WHERE s.uid = ?1";
            Ok(tx.value(of, db::params![STUDY])?.unwrap_or(0))
        })
    }

    /// What tries came to, in order.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        self.ward.given(|tx, _| {
            let rows = tx.rows("SELECT outcome FROM outgoing_outcome ORDER BY tried_at, id", &[])?;
            rows.iter().map(|it| it.get("outcome")).collect()
        })
    }

    /// Takes back what a row says.
    pub(crate) fn forget(&self, sql: &'static str) {
        self.ward.given(move |tx, _| tx.exec(sql, &[]).map(drop));
    }

    pub(crate) fn open_rows(&self) -> i64 {
        self.ward.given(|tx, _| {
            let objects: Option<i64> = tx.value("SELECT count(*) FROM report_object WHERE kept_at IS NULL", &[])?;
            let sendings: Option<i64> = tx.value("SELECT count(*) FROM outgoing WHERE stored_at IS NULL", &[])?;
            Ok(objects.unwrap_or(0) + sendings.unwrap_or(0))
        })
    }

    /// Acts of the clinic's log, each with what stands in its detail.
    pub(crate) fn log(&self) -> Vec<(String, String)> {
        let found = self.ward.given(|tx, _| audit::search(tx, &audit::Query::default()));
        found.into_iter().map(|it| (it.act, it.detail.unwrap_or_default().to_string())).collect()
    }
}
