//! A clinic with a row in every noun, and everybody who might knock.

use std::collections::BTreeMap;

use axum::Router;
use db::params;
use kernel::{BookingId, FacilityId, JapaneseName, PatientId, PersonId, RowId, Who, time};
use people::patient::{PatientForm, Sex};
use testkit::{Browser, Ward, wait};

use crate::opening;

/// What the patient is called: nobody else may read it.
pub(crate) const NAMES: [&str; 3] = ["田中", "幸子", "サチコ"];

/// Names in an address that stand for a thing of the clinic: strangers may not even know that it exists.
pub(crate) const THINGS: [&str; 20] = [
    "patient",
    "booking",
    "person",
    "paper",
    "consent",
    "letter",
    "file",
    "study_uid",
    "series_uid",
    "instance_uid",
    "agreement",
    "monitor",
    "terminal",
    "device",
    "reading",
    "urgent",
    "duty",
    "case",
    "incident",
    "bundle",
];

/// Tables that no visitor's act is measured by, each with its reason.
const MACHINERY: [&str; 11] = [
    // The log itself.
    "audit_entry",
    "audit_head",
    "audit_key",
    "audit_checkpoint",
    // One's own session, its forms, and tries at coming in.
    "session",
    "once",
    "kept_form",
    "sign_in_try",
    "sign_in_pending",
    "passkey_offer",
    "person_totp_offer",
];

/// Who knocks.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) name: String,
    pub(crate) who: Who,
    pub(crate) facility: FacilityId,
    pub(crate) from: From,
}

/// Where somebody comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// The street.
    Nowhere,
    /// Another facility, as staff or patient.
    Elsewhere,
    /// A patient of the same facility, but another one.
    NextChair,
    /// The staff here, with one duty.
    Duty,
    /// The patient, or the guardian.
    Home,
}

impl Visitor {
    /// Whether the patient's things are none of this visitor's business, whatever the duty.
    pub(crate) fn is_outsider(&self) -> bool {
        matches!(self.from, From::Nowhere | From::Elsewhere | From::NextChair)
    }
}

/// The clinic.
pub(crate) struct Clinic {
    pub(crate) ward: Ward,
    pub(crate) app: Router,
    pub(crate) visitors: Vec<Visitor>,
    things: BTreeMap<&'static str, String>,
    third: String,
}

fn patient(family: &str, given: &str) -> PatientForm {
    PatientForm {
        number: String::new(),
        name: JapaneseName::parse(family, given, "やまもと", "いちろう").unwrap(),
        birth_date: "1950-02-03".parse().unwrap(),
        sex: Sex::Male,
        phone: "03-9999-0000".into(),
        mail: "other@example.jp".into(),
        address: String::new(),
        remark: String::new(),
        in_person_at: String::new(),
    }
}

impl Clinic {
    /// Makes it.
    pub(crate) fn new() -> Self {
        let mut ward = Ward::sqlite(&[
            people::MIGRATIONS,
            visits::MIGRATIONS,
            imaging::MIGRATIONS,
            lab::MIGRATIONS,
            tus::MIGRATIONS,
            safety::MIGRATIONS,
        ]);
        // An address with a name, so that passkeys are possible.
        let base_url = "https://haruka.example.jp".to_owned();
        ward.set(app::ways(web::Settings { base_url, ..ward.site.settings.clone() }));
        let here = ward.facility;
        let visitor = |name: &str, who, facility, from| Visitor { name: name.into(), who, facility, from };
        let mut visitors = vec![visitor("nobody", Who::Nobody, here, From::Nowhere)];
        let duties: Vec<&str> = people::access::policy().duties.iter().map(|it| it.name.as_str()).collect();

        let elsewhere = ward.other_facility();
        let (stranger, foreign) = {
            let stranger = ward.staff("stranger", &[]);
            let (ctx, all) = (ward.ctx(Who::System("test")).at(elsewhere), duties.clone());
            let all: Vec<String> = all.into_iter().map(ToOwned::to_owned).collect();
            let made = ward.site.db.write_blocking(Some(elsewhere), move |tx| {
                for duty in &all {
                    people::person::store::give_duty(tx, &ctx, stranger, duty)?;
                }
                people::patient::store::register(tx, &ctx, &patient("山本", "一郎"))
            });
            (stranger, made.unwrap())
        };
        visitors.push(visitor("staff of another facility", Who::Staff(stranger), elsewhere, From::Elsewhere));
        visitors.push(visitor("patient of another facility", Who::Patient(foreign), elsewhere, From::Elsewhere));
        let next = ward.given(|tx, ctx| people::patient::store::register(tx, ctx, &patient("山本", "二郎")));
        visitors.push(visitor("another patient", Who::Patient(next), here, From::NextChair));
        for duty in &duties {
            visitors.push(visitor(duty, Who::Staff(ward.staff(duty, &[duty])), here, From::Duty));
        }
        let doctor = visitors.iter().find(|it| it.name == "dentist").and_then(|it| it.who.staff()).unwrap();
        let (patient, guardian) = (ward.patient(), ward.staff("megumi", &[]));
        ward.given(move |tx, ctx| people::patient::store::add_guardian(tx, ctx, patient, guardian, "長女"));
        visitors.push(visitor("guardian", Who::Guardian { person: guardian, patient }, here, From::Home));
        visitors.push(visitor("patient", Who::Patient(patient), here, From::Home));

        let (things, third) = things(&ward, doctor, patient);
        let app = app::routes().serve(ward.site.clone());
        Self { ward, app, visitors, things, third }
    }

    /// `path` with true ids of this clinic.
    pub(crate) fn address(&self, path: &str) -> String {
        self.filled(path, |_, thing| thing)
    }

    /// `path` with ids of things that nobody has.
    pub(crate) fn nowhere(&self, path: &str) -> String {
        self.filled(path, |name, thing| if THINGS.contains(&name) { "0".repeat(26) } else { thing })
    }

    /// `address` with names for what stands in it: a finding reads the same each time.
    pub(crate) fn pattern(&self, address: &str) -> String {
        let named = |text: String, (name, id): (&&str, &String)| match id.len() {
            26.. => text.replace(id.as_str(), &format!("{{{name}}}")),
            _ => text,
        };
        self.things.iter().fold(address.to_owned(), named)
    }

    fn filled(&self, path: &str, fill: impl Fn(&str, String) -> String) -> String {
        let part = |part: &str| {
            let Some(name) = part.strip_prefix('{').and_then(|it| it.strip_suffix('}')) else { return part.to_owned() };
            let thing = match name {
                "person" if path.contains("/third/") => Some(&self.third),
                _ => self.things.get(name),
            };
            fill(name, thing.unwrap_or_else(|| panic!("say in doors/ward.rs what stands for {{{name}}}")).clone())
        };
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// A browser of somebody.
    pub(crate) fn browser(&self, visitor: &Visitor) -> Browser {
        wait(self.ward.browser_of(self.app.clone(), visitor.who.clone(), visitor.facility))
    }

    /// What stands in the database now, as far as `visitor` could have changed it: for those from elsewhere all but
    /// their own facility's rows and their own person; and how many entries the clinic's log has.
    pub(crate) fn state(&self, visitor: &Visitor) -> State {
        let facility = self.ward.facility;
        let foreign = (visitor.from == From::Elsewhere).then_some((visitor.facility.to_string(), visitor.who.clone()));
        let read = self.ward.site.db.read(None, move |tx| {
            let tables = tx.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", params![])?;
            let mut rows = BTreeMap::new();
            for table in &tables {
                let name: String = table.get("name")?;
                if MACHINERY.contains(&name.as_str()) || name.starts_with("sqlite_") {
                    continue;
                }
                let found = tx.rows(&format!("SELECT * FROM {name} ORDER BY rowid"), params![])?;
                let others = found.iter().map(|it| format!("{:?}", it.values())).filter(|row| {
                    foreign.as_ref().is_none_or(|(own, who)| {
                        let me = who.staff().map(|it| it.to_string()).unwrap_or_default();
                        !row.contains(own) && (me.is_empty() || !row.contains(&me))
                    })
                });
                rows.insert(name, others.collect());
            }
            let sql = "SELECT count(*) FROM audit_entry WHERE facility_id = ?1";
            Ok(State { rows, entries: tx.value(sql, params![facility])?.unwrap_or(0) })
        });
        wait(read).unwrap()
    }
}

/// What stands in the database.
#[derive(Debug, Clone)]
pub(crate) struct State {
    rows: BTreeMap<String, Vec<String>>,
    entries: i64,
}

impl State {
    /// The tables whose rows are others now.
    pub(crate) fn changed(&self, after: &Self) -> Vec<String> {
        let other = |name: &&String| self.rows.get(*name) != after.rows.get(*name);
        after.rows.keys().filter(other).cloned().collect()
    }

    /// Whether the log has grown.
    pub(crate) fn has_grown(&self, after: &Self) -> bool {
        after.entries > self.entries
    }
}

/// A row in every noun of the visit, and what stands for each name in an address.
fn things(ward: &Ward, doctor: PersonId, patient: PatientId) -> (BTreeMap<&'static str, String>, String) {
    let colleague = ward.staff("suzuki", &["clerk"]);
    let booking = ward.given(move |tx, ctx| {
        opening::facility(tx, ctx, doctor)?;
        opening::dentist(tx, ctx, doctor)?;
        opening::book(tx, ctx, patient, doctor, 90)
    });
    let consent = ward.act(Who::Patient(patient), move |tx, ctx| {
        opening::consent(tx, ctx, booking)?;
        let facility = tx.facility()?;
        tx.value::<String>("SELECT id FROM consent WHERE facility_id = ?1", params![facility])
    });
    ward.act(Who::Staff(doctor), move |tx, ctx| opening::plan(tx, ctx, patient, doctor)).unwrap();
    let third = call(ward, doctor, patient, booking);
    let paper = paper(ward, patient, booking);
    chart(ward, doctor, booking);
    image(ward);
    // One that could not be carried: it waits for the clinic to send it again or to telephone.
    let letter = ward.given(|tx, ctx| {
        let facility = tx.facility()?;
        tx.exec(
            "UPDATE outbox SET failed_at = ?2, last_error = 'refused' WHERE facility_id = ?1",
            params![facility, ctx.now],
        )?;
        tx.value::<String>("SELECT id FROM outbox WHERE facility_id = ?1 ORDER BY id", params![facility])
    });
    let until = time::plus_min(ward.ctx(Who::Nobody).now, 24 * 60);
    let link = ward.given(move |tx, ctx| people::entry::store::invite(tx, ctx, patient, Some(booking), until));
    let reading = reading(ward, doctor, patient);
    let things = BTreeMap::from([
        ("patient", patient.to_string()),
        ("booking", booking.to_string()),
        ("person", colleague.to_string()),
        ("consent", consent.unwrap().expect("a consent")),
        ("paper", paper),
        ("letter", letter.expect("a letter about the booking")),
        ("agreement", agreement(ward)),
        ("monitor", monitor(ward)),
        ("terminal", terminal(ward, doctor)),
        ("device", device(ward)),
        ("reading", reading.to_string()),
        ("urgent", urgent(ward, reading)),
        ("duty", duty(ward, reading)),
        ("case", lab_case(ward, doctor, patient).to_string()),
        ("incident", incident(ward, doctor)),
        ("bundle", "01hdoors000000000000000001".to_owned()),
        ("file", "01hdoors000000000000000002".to_owned()),
        ("level", "0".to_owned()),
        ("digest", "0".repeat(64)),
        ("upload", "01hdoors000000000000000000".to_owned()),
        ("readiness", "contacts".to_owned()),
        ("number", "1".to_owned()),
        ("clause", "OV-101".to_owned()),
        ("slug", "aoba".to_owned()),
        ("token", link.rsplit('/').next().unwrap().to_owned()),
        ("study_uid", IMAGE[0].to_owned()),
        ("series_uid", IMAGE[1].to_owned()),
        ("instance_uid", IMAGE[2].to_owned()),
        ("frames", "1".to_owned()),
        ("offset", "0".to_owned()),
        ("length", "8".to_owned()),
        // A link to a call is made by the page after both have agreed; a wrong one must look like none at all.
        ("link", "no-such-link".to_owned()),
        // A form waits for one session only; the room's own tests walk it.
        ("kept", "0".repeat(26)),
    ]);
    (things, third)
}

/// A facility that nobody of the walk comes from offers an agreement.
fn offered(ward: &Ward, name: &'static str, slug: &'static str, purpose: people::agreement::Purpose) -> RowId {
    use people::agreement::{Side, Terms, store};
    let ctx = ward.ctx(Who::System("test"));
    let here = ward.facility;
    let offered = ward.site.db.write_blocking(None, move |tx| {
        use people::facility::{FacilityKind, Field};
        let new = people::facility::store::NewFacility {
            kind: FacilityKind::Laboratory,
            field: Field::Dental,
            name: name.into(),
            slug: slug.into(),
            address: "横浜市港町7-8".into(),
            phone: String::new(),
            mail: String::new(),
        };
        let ctx = ctx.at(people::facility::store::create(tx, &ctx, &new)?.id);
        let terms = Terms {
            texts: std::array::from_fn(|_| "各自".to_owned()),
            routine_h: 72,
            urgent_h: 24,
            valid_from: time::day(ctx.now),
            valid_until: None,
        };
        let offer = store::Offer { partner: here, purpose, side: Side::Serves, terms, contacts: vec![] };
        store::offer(tx, &ctx, &offer, true)
    });
    offered.unwrap()
}

/// One that was registered and never checked.
fn monitor(ward: &Ward) -> String {
    use guidelines::reading::monitor::{Grade, Images};
    let manager = ward.staff("hayashi", &["manager"]);
    let form = imaging::monitor::Form {
        name: "診察室1".into(),
        model: "RX360".into(),
        serial: String::new(),
        width_px: 2048,
        height_px: 1536,
        grade: Grade::OneB,
        accepted: vec![Images::Tomography],
        every_months: 6,
    };
    ward.act(Who::Staff(manager), move |tx, ctx| imaging::monitor::store::register(tx, ctx, &form)).unwrap().to_string()
}

/// A notebook that waits for a manager.
fn terminal(ward: &Ward, doctor: PersonId) -> String {
    use people::terminal::{Told, store};
    let (key, told) =
        (ward.site.key.clone(), Told { kind: guidelines::reading::terminal::Kind::Portable, name: "往診用".into() });
    let id = ward.act(Who::Staff(doctor), move |tx, ctx| {
        store::tell(tx, ctx, &key, "of-a-notebook", "doors", &told)?;
        Ok(store::find(tx, &key, "of-a-notebook")?.map(|it| it.id.to_string()))
    });
    id.unwrap().unwrap()
}

/// A computer of the clinic.
fn device(ward: &Ward) -> String {
    let entry = people::device::Entry {
        name: "受付のパソコン".into(),
        kind: guidelines::device::Kind::Owned,
        owner: "青葉歯科クリニック".into(),
        place: "受付".into(),
        serial: "PC-01".into(),
        person: None,
        managed: String::new(),
    };
    ward.given(move |tx, ctx| people::device::store::add(tx, ctx, &entry)).to_string()
}

/// Reported by the dentist, and not taken over yet.
fn incident(ward: &Ward, doctor: PersonId) -> String {
    use safety::incident::{Report, What, store};
    let report = Report { what: What::Exposed, device: None };
    ward.act(Who::Staff(doctor), move |tx, ctx| store::report(tx, ctx, &report, None)).unwrap().to_string()
}

fn agreement(ward: &Ward) -> String {
    offered(ward, "港技工所", "lab", people::agreement::Purpose::Lab).to_string()
}

/// Asked of a hospital, of images that a person has compared with the patient.
fn reading(ward: &Ward, doctor: PersonId, patient: PatientId) -> RowId {
    use imaging::request::{Consent, Form, send};
    let agreement = offered(ward, "読影センター", "readers", people::agreement::Purpose::Reading);
    let contact = people::agreement::Contact {
        name: "佐藤".into(),
        role: String::new(),
        phone: "03-1111-2222".into(),
        mail: String::new(),
        person: None,
    };
    let study = ward.given(move |tx, ctx| {
        people::agreement::store::answer(tx, ctx, agreement, true, "", &[contact], true)?;
        let facility = tx.facility()?;
        tx.value::<RowId>("SELECT id FROM study WHERE facility_id = ?1 AND uid = ?2", params![facility, IMAGE[0]])
    });
    let study = study.expect("the image");
    let sent = ward.act(Who::Staff(doctor), move |tx, ctx| {
        let form = Form {
            agreement,
            examination: "cbct_implant".into(),
            urgent: false,
            reason: "インプラント術前".into(),
            question: "46部の骨量".into(),
            teeth: vec![46],
            history: String::new(),
            consent: Consent { by: "patient".into(), how: "paper".into(), on: time::day(ctx.now) },
            studies: vec![study],
            priors: vec![],
            match_reason: "撮影の記録で確認".into(),
        };
        send::send(tx, ctx, patient, &form)
    });
    match sent.unwrap() {
        send::Sent::Sent(id) => id,
        send::Sent::Mismatch(why) => panic!("{why:?}"),
    }
}

/// Ordered from a laboratory that has not answered yet.
fn lab_case(ward: &Ward, doctor: PersonId, patient: PatientId) -> RowId {
    use lab::order::{Form, Prosthesis, store};
    let agreement = offered(ward, "浜技工所", "hama", people::agreement::Purpose::Lab);
    let contact = people::agreement::Contact {
        name: "佐藤".into(),
        role: String::new(),
        phone: "03-1111-2222".into(),
        mail: String::new(),
        person: None,
    };
    ward.given(move |tx, ctx| people::agreement::store::answer(tx, ctx, agreement, true, "", &[contact], true));
    let placed = ward.act(Who::Staff(doctor), move |tx, ctx| {
        let form = Form {
            agreement: Some(agreement),
            prosthesis: Prosthesis::Crown,
            teeth: vec![46],
            texts: std::array::from_fn(|_| "指示のとおり".to_owned()),
            due_on: time::day(time::plus_min(ctx.now, 10 * 24 * 60)),
            further: vec![],
            reason: String::new(),
        };
        store::place(tx, ctx, patient, &form)
    });
    match placed.unwrap() {
        store::Issued::Issued(id) => id,
        store::Issued::Missing(why) => panic!("{why:?}"),
    }
}

/// Found by a reader of that hospital, and not taken over yet.
fn urgent(ward: &Ward, reading: RowId) -> String {
    let hospital = ward.given(move |tx, _| Ok(imaging::request::store::read_one(tx, reading)?.partner));
    let reader = ward.staff("reader", &[]);
    let (system, ctx) = (ward.ctx(Who::System("test")).at(hospital), ward.ctx(Who::Staff(reader)).at(hospital));
    let marked = ward.site.db.write_blocking(Some(hospital), move |tx| {
        people::person::store::give_duty(tx, &system, reader, "radiologist")?;
        imaging::request::store::take(tx, &ctx, reading, "")?;
        imaging::urgent::store::mark(tx, &ctx, reading, "気道に近い膿瘍。すぐに診てください。")
    });
    marked.unwrap().to_string()
}

/// Something that the clinic owes on it: an incidental finding of a signed report.
fn duty(ward: &Ward, reading: RowId) -> String {
    ward.given(move |tx, ctx| {
        let (id, partner) = (RowId::new(ctx), imaging::request::store::read_one(tx, reading)?.partner);
        people::agreement::store::at_both(tx, ctx, partner, |tx, ctx| {
            let subject = tx.seal("reading_duty.subject", id, "右上顎洞に粘膜の肥厚")?;
            tx.exec(
                "INSERT INTO reading_duty (facility_id, id, request_id, kind, owed_by, subject, begun_at, due_at, letter_at)
                 VALUES (?1, ?2, ?3, 'close', 'asks', ?4, ?5, ?6, ?6)",
                params![ctx.facility()?, id, reading, subject, ctx.now, time::plus_min(ctx.now, 30 * 24 * 60)],
            )?;
            Ok(())
        })?;
        Ok(id.to_string())
    })
}

/// A running call and somebody who is to join it.
fn call(ward: &Ward, doctor: PersonId, patient: PatientId, booking: BookingId) -> String {
    ward.given(move |tx, ctx| {
        let (facility, call, third) = (tx.facility()?, RowId::new(ctx), RowId::new(ctx));
        tx.exec(
            "INSERT INTO call (id, facility_id, booking_id, patient_id, doctor_id, closed_room, quiet_place, started_by, started_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 1, 1, 'system:test', ?6)",
            params![call, facility, booking, patient, doctor, ctx.now],
        )?;
        let name = tx.seal("third_person.name", third, "山本 恵")?;
        let reason = tx.seal("third_person.reason", third, "付き添い")?;
        tx.exec(
            "INSERT INTO third_person (id, facility_id, booking_id, call_id, role, way, name, reason, explained_by, explained_at, tries)
             VALUES (?1, ?2, ?3, ?4, 'family', 'link', ?5, ?6, 'system:test', ?7, 0)",
            params![third, facility, booking, call, name, reason, ctx.now],
        )?;
        Ok(third.to_string())
    })
}

fn paper(ward: &Ward, patient: PatientId, booking: BookingId) -> String {
    use visits::paper::store::{Arrived, keep};
    let (blobs, facility) = (ward.site.blobs.clone(), ward.facility);
    let kept = ward.act(Who::Patient(patient), move |tx, ctx| {
        let bytes = b"\xff\xd8\xff\xe0 no picture, but one to the eye of a router";
        let mut incoming = blobs.incoming(facility, &tx.key()?, bytes.len() as u64, &ctx.chance)?;
        incoming.write(bytes)?;
        let kind = visits::paper::PaperKind::Insurance;
        let arrived = Arrived { kind, media: "image/jpeg".into(), stored: incoming.finish()?, scanned: false };
        keep(tx, ctx, booking, &arrived)
    });
    kept.unwrap().to_string()
}

fn chart(ward: &Ward, doctor: PersonId, booking: BookingId) {
    ward.given(move |tx, ctx| {
        let (facility, row) = (tx.facility()?, RowId::new(ctx));
        let found = visits::booking::store::read_one(tx, booking)?;
        let facts = visits::chart::facts::gather(tx, ctx, &found)?;
        let content = visits::chart::Content { subjective: "痛みはない".into(), ..Default::default() };
        let mut seal = |column: &str, text: String| tx.seal(column, row, &text);
        let content = seal("chart_version.content", serde_json::to_string(&content).unwrap())?;
        let facts = seal("chart_version.facts", serde_json::to_string(&facts).unwrap())?;
        let reason = seal("chart_version.reason", String::new())?;
        tx.exec(
            "INSERT INTO chart_version (id, facility_id, booking_id, number, content, facts, reason, entered_by, finalised_by, finalised_at)
             VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?7, ?8)",
            params![row, facility, booking, content, facts, reason, Who::Staff(doctor).label(), ctx.now],
        )?;
        Ok(())
    });
}

/// Study, series and instance of the image that a device sent.
const IMAGE: [&str; 3] = ["1.2.4", "1.2.3", "1.2.2"];

fn image(ward: &Ward) {
    use imaging::intake::{Intake, Kept, Origin, keep};
    let (blobs, facility) = (ward.site.blobs.clone(), ward.facility);
    let kept = ward.given(move |tx, ctx| {
        const EXPLICIT: &str = "1.2.840.10008.1.2.1";
        let mut intake = Intake::data_set(&blobs, facility, &tx.key()?, &ctx.chance, EXPLICIT)?;
        let [study, series, instance] = IMAGE;
        for (group, element, vr, value) in [
            (0x08_u16, 0x05_u16, "CS", "ISO_IR 192"),
            (0x08, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.1.1"),
            (0x08, 0x18, "UI", instance),
            (0x10, 0x10, "PN", "TANAKA^SACHIKO=田中^幸子"),
            (0x20, 0x0D, "UI", study),
            (0x20, 0x0E, "UI", series),
            (0x28, 0x10, "US", "\u{2}\0"),
            (0x28, 0x11, "US", "\u{2}\0"),
            (0x28, 0x0100, "US", "\u{8}\0"),
            (0x7FE0, 0x10, "OB", "abcd"),
        ] {
            let padded = value.len() + value.len() % 2;
            let length = u16::try_from(padded).unwrap().to_le_bytes();
            let mut bytes = [group.to_le_bytes(), element.to_le_bytes()].concat();
            bytes.extend(vr.as_bytes());
            bytes.extend(if vr == "OB" { [&[0, 0], &length[..], &[0, 0]].concat() } else { length.to_vec() });
            bytes.extend(value.as_bytes());
            bytes.resize(bytes.len() + padded - value.len(), 0);
            intake.write(&bytes)?;
        }
        let arrived = intake.finish()?.expect("a data set");
        let origin = Origin { face: "dimse", sender: "PANO".into(), announced: None };
        keep(tx, ctx, &blobs, &arrived, &origin)
    });
    assert_eq!(kept, Kept::Stored);
}
