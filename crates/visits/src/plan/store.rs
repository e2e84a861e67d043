//! Plans in rows.

use std::collections::HashMap;

use db::{Row, Tx, params};
use guidelines::ClauseId;
use guidelines::call::PlanState;
use guidelines::compliance::{Evidence, Status};
use guidelines::plan::Retention;
use kernel::{BookingId, Ctx, Date, Error, PatientId, PersonId, Result, RowId, Words, clause, time};
use people::access::{Access, Act, Class};
use people::facility::Facility;
use people::patient::Patient;
use serde_json::json;

use super::{Content, Doctor, Plan, Substitute, Version, first_template, needs_agreement, state};
use crate::booking::{self, Booking};

/// What a facility usually writes.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its parts.
    pub content: Content,
    /// How long its plans are kept.
    pub retention: Retention,
}

/// Everything that the doctor's form needs.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The patient.
    pub patient: Patient,
    /// The facility.
    pub facility: Facility,
    /// Whom a plan may name.
    pub doctors: Vec<Doctor>,
    /// The care that goes on.
    pub live: Option<Plan>,
    /// Completed ones, newest first.
    pub past: Vec<Plan>,
    /// What is being written.
    pub draft: Option<Content>,
    /// What it begins with.
    pub template: Template,
}

/// What a patient sees of the plan at one visit.
#[derive(Debug, Clone)]
pub struct View {
    /// The visit.
    pub booking: Booking,
    /// The patient.
    pub patient: Patient,
    /// The facility.
    pub facility: Facility,
    /// The plan of the care that goes on, or the last one.
    pub plan: Option<Plan>,
    /// The names of the doctors in it.
    pub doctors: Vec<Doctor>,
    /// What stands on a substitute at this visit.
    pub substitute: Substitute,
    /// The state for this visit.
    pub state: PlanState,
    /// How long it is kept.
    pub retention: Retention,
}

/// The template of this facility, or the first one.
///
/// # Errors
/// The database's.
pub fn template(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Template> {
    let id = tx.facility()?;
    let row = tx.row(
        "SELECT parts, kept_years FROM plan_template WHERE facility_id = ?1 ORDER BY made_at DESC, id DESC LIMIT 1",
        params![id],
    )?;
    let Some(row) = row else {
        let facility = people::facility::store::get(tx, id)?;
        let content = first_template(ctx.lang, &facility.name, &facility.phone);
        return Ok(Template { content, retention: Retention::default() });
    };
    let parts: String = row.get("parts")?;
    let content = Content { parts: serde_json::from_str(&parts).map_err(Error::internal)?, ..Content::default() };
    Ok(Template { content, retention: years(row.get("kept_years")?)? })
}

fn years(years: i64) -> Result<Retention> {
    let years = i8::try_from(years).map_err(Error::internal)?;
    Retention::of_years(years).map_err(|_| Error::internal("retention out of range"))
}

/// The template for its page.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn view_template(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Template> {
    let facility = tx.facility()?;
    Access::new("plan.view_template", Act::View, Class::Administration).on("facility", facility).require(tx, ctx)?;
    template(tx, ctx)
}

/// Writes a new template; plans that exist stay as they are.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn write_template(tx: &mut Tx<'_>, ctx: &Ctx, it: &Template) -> Result<()> {
    clause!("OV-265", "CS-161");
    let facility = tx.facility()?;
    Access::new("plan.write_template", Act::Write, Class::Administration)
        .on("facility", facility)
        .detail(json!({ "kept_years": it.retention.years() }))
        .require(tx, ctx)?;
    let parts = serde_json::to_string(&it.content.parts).map_err(Error::internal)?;
    tx.exec(
        "INSERT INTO plan_template (id, facility_id, parts, kept_years, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![RowId::new(ctx), facility, parts, i64::from(it.retention.years()), ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

fn read_version(tx: &mut Tx<'_>, row: &Row) -> Result<Version> {
    let id: RowId = row.get("id")?;
    let content: Vec<u8> = row.get("content")?;
    let content = tx.open("plan_version.content", id, &content)?;
    Ok(Version {
        id,
        number: row.get("number")?,
        content: serde_json::from_str(&content).map_err(Error::internal)?,
        needs_agreement: row.get("needs_agreement")?,
        agreed_at: row.get("agreed_at")?,
        read_at: row.get("read_at")?,
        finalised_by: row.get("finalised_by")?,
        finalised_at: row.get("finalised_at")?,
    })
}

/// Plans with their versions, in the order of `rows`.
fn read_plans(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<Plan>> {
    let facility = tx.facility()?;
    let ids = rows.iter().map(|row| row.get("id")).collect::<Result<Vec<RowId>>>()?;
    let found = tx.rows_among(
        "SELECT v.*, (SELECT min(a.answered_at) FROM plan_answer a WHERE a.facility_id = v.facility_id AND a.version_id = v.id
         AND a.kind = 'agreed') AS agreed_at, (SELECT min(a.answered_at) FROM plan_answer a WHERE a.facility_id = v.facility_id
         AND a.version_id = v.id AND a.kind = 'read') AS read_at
         FROM plan_version v WHERE v.facility_id = ?1 AND v.plan_id IN ({ids}) ORDER BY v.number DESC",
        params![facility],
        ids.iter().copied(),
    )?;
    let mut versions: HashMap<RowId, Vec<Version>> = HashMap::new();
    for row in &found {
        versions.entry(row.get("plan_id")?).or_default().push(read_version(tx, row)?);
    }
    let plan = |(row, id): (&Row, RowId)| {
        let versions = versions.remove(&id).unwrap_or_default();
        Ok(Plan { id, made_at: row.get("made_at")?, completed_on: row.get("completed_on")?, versions })
    };
    rows.iter().zip(ids).map(plan).collect()
}

/// The plans of a patient, newest first. The caller has made its own [`Access`].
fn plans(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Plan>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM plan WHERE facility_id = ?1 AND patient_id = ?2 ORDER BY made_at DESC, id DESC LIMIT 50",
        params![facility, patient],
    )?;
    read_plans(tx, &rows)
}

/// The plans of the care that goes on.
fn lives(tx: &mut Tx<'_>, patients: &[PatientId]) -> Result<HashMap<PatientId, Plan>> {
    let facility = tx.facility()?;
    let sql = "SELECT * FROM plan WHERE facility_id = ?1 AND patient_id IN ({ids}) AND completed_on IS NULL";
    let rows = tx.rows_among(sql, params![facility], patients.iter().copied())?;
    let plans = read_plans(tx, &rows)?;
    rows.iter().zip(plans).map(|(row, plan)| Ok((row.get("patient_id")?, plan))).collect()
}

fn live(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Plan>> {
    Ok(lives(tx, &[patient])?.remove(&patient))
}

fn drafts(tx: &mut Tx<'_>, patients: &[PatientId]) -> Result<HashMap<PatientId, Content>> {
    let facility = tx.facility()?;
    let sql = "SELECT patient_id, content FROM plan_draft WHERE facility_id = ?1 AND patient_id IN ({ids})";
    let rows = tx.rows_among(sql, params![facility], patients.iter().copied())?;
    let mut drafts = HashMap::new();
    for row in &rows {
        let (patient, sealed): (PatientId, Vec<u8>) = (row.get("patient_id")?, row.get("content")?);
        let text = tx.open("plan_draft.content", patient, &sealed)?;
        drafts.insert(patient, serde_json::from_str(&text).map_err(Error::internal)?);
    }
    Ok(drafts)
}

fn draft(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Content>> {
    Ok(drafts(tx, &[patient])?.remove(&patient))
}

fn doctors(tx: &mut Tx<'_>) -> Result<Vec<Doctor>> {
    Ok(people::person::store::doctors(tx)?.into_iter().map(|it| (it.id, it.name)).collect())
}

/// The names of those whom a plan names, also when they have left since.
fn names(tx: &mut Tx<'_>, plan: Option<&Plan>) -> Result<Vec<Doctor>> {
    let mut ids: Vec<PersonId> =
        plan.into_iter().flat_map(|it| &it.versions).flat_map(|it| it.content.doctors.iter().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| Ok((id, people::person::store::get(tx, id)?.name))).collect()
}

fn substitutes(tx: &mut Tx<'_>, bookings: &[BookingId]) -> Result<HashMap<(BookingId, PersonId), Substitute>> {
    let facility = tx.facility()?;
    let sql =
        "SELECT booking_id, doctor_id, kind FROM plan_substitute WHERE facility_id = ?1 AND booking_id IN ({ids})";
    let rows = tx.rows_among(sql, params![facility], bookings.iter().copied())?;
    let mut substitutes: HashMap<(BookingId, PersonId), Substitute> = HashMap::new();
    for row in rows {
        let kind: String = row.get("kind")?;
        let it = substitutes.entry((row.get("booking_id")?, row.get("doctor_id")?)).or_default();
        it.handed_over |= kind == "hand_over";
        it.patient_agreed |= kind == "patient";
    }
    Ok(substitutes)
}

/// What stands on the plans of some visits.
#[derive(Debug, Default)]
pub struct Standings {
    lives: HashMap<PatientId, Plan>,
    drafts: HashMap<PatientId, Content>,
    substitutes: HashMap<(BookingId, PersonId), Substitute>,
}

/// Reads it for all these visits at once. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn standings(tx: &mut Tx<'_>, bookings: &[&Booking]) -> Result<Standings> {
    let patients: Vec<PatientId> = bookings.iter().map(|it| it.patient).collect();
    let ids: Vec<BookingId> = bookings.iter().map(|it| it.id).collect();
    Ok(Standings { lives: lives(tx, &patients)?, drafts: drafts(tx, &patients)?, substitutes: substitutes(tx, &ids)? })
}

impl Standings {
    /// Whether there is a finalised plan that the patient can read.
    #[must_use]
    pub fn is_there(&self, booking: &Booking) -> bool {
        self.lives.contains_key(&booking.patient)
    }

    /// Whether the patient has nothing to read or answer in the plan before this visit.
    #[must_use]
    pub fn is_done(&self, booking: &Booking) -> bool {
        let live = self.lives.get(&booking.patient);
        let unread = live.and_then(Plan::in_force).is_some_and(|it| it.read_at.is_none());
        !unread && live.and_then(Plan::waiting).is_none()
    }

    /// What the gate of the call asks for a visit held by `doctor`.
    #[must_use]
    pub fn state(&self, booking: &Booking, doctor: PersonId) -> PlanState {
        clause!("OV-130", "OV-117");
        let (live, draft) = (self.lives.get(&booking.patient), self.drafts.get(&booking.patient));
        state(live, draft, doctor, self.substitute(booking, doctor))
    }

    fn substitute(&self, booking: &Booking, doctor: PersonId) -> Substitute {
        self.substitutes.get(&(booking.id, doctor)).copied().unwrap_or_default()
    }
}

/// What the gate of the call asks for a visit held by `doctor`. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn facts(tx: &mut Tx<'_>, booking: &Booking, doctor: PersonId) -> Result<PlanState> {
    Ok(standings(tx, &[booking])?.state(booking, doctor))
}

/// The patient of a booking, for the doctor's form at a visit.
///
/// # Errors
/// `NotFound`.
pub fn patient_of(tx: &mut Tx<'_>, booking: BookingId) -> Result<PatientId> {
    Ok(booking::store::read_one(tx, booking)?.patient)
}

/// The doctor's desk for the plans of a patient.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<Desk> {
    let facility = tx.facility()?;
    let patient = people::patient::store::read_one(tx, patient)?;
    Access::new("plan.list", Act::View, Class::Chart).on("patient", patient.id).of(patient.id).require(tx, ctx)?;
    let (past, mut open): (Vec<Plan>, Vec<Plan>) =
        plans(tx, patient.id)?.into_iter().partition(|it| it.completed_on.is_some());
    let facility = people::facility::store::get(tx, facility)?;
    let draft = draft(tx, patient.id)?;
    Ok(Desk { facility, doctors: doctors(tx)?, live: open.pop(), past, draft, template: template(tx, ctx)?, patient })
}

/// Keeps what the doctor has written so far.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn save(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, content: &Content) -> Result<()> {
    let facility = tx.facility()?;
    let patient = people::patient::store::read_one(tx, patient)?.id;
    Access::new("plan.save_draft", Act::Write, Class::Chart).on("patient", patient).of(patient).require(tx, ctx)?;
    let text = serde_json::to_string(content).map_err(Error::internal)?;
    let sealed = tx.seal("plan_draft.content", patient, &text)?;
    tx.exec(
        "INSERT INTO plan_draft (facility_id, patient_id, content, saved_by, saved_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (facility_id, patient_id) DO UPDATE SET content = excluded.content, saved_by = excluded.saved_by,
         saved_at = excluded.saved_at",
        params![facility, patient, sealed, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Finalises a version under the doctor's own name. `is_fresh` says that the doctor has just proven to be there.
///
/// # Errors
/// `NotFound`, `Forbidden`; `SignIn` without the fresh proof; `Invalid` for gaps, which the page has shown before.
pub fn finalise(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, content: &Content, is_fresh: bool) -> Result<i64> {
    clause!("OV-130", "OV-135", "CS-162");
    let facility = tx.facility()?;
    let patient = people::patient::store::read_one(tx, patient)?.id;
    let doctor = ctx.who.staff().ok_or_else(|| Error::not_found("only a doctor finalises"))?;
    let id = RowId::new(ctx);
    Access::new("plan.finalise", Act::Sign, Class::Chart).on("plan_version", id).of(patient).require(tx, ctx)?;
    if !is_fresh {
        return Err(Error::sign_in("no fresh proof for signing"));
    }
    tx.lock(&format!("plan/{facility}/{patient}"))?;
    let live = live(tx, patient)?;
    let before = live.as_ref().and_then(Plan::in_force);
    if let Err(faults) = content.check(&doctors(tx)?, time::day(ctx.now), before.is_some()) {
        let (field, words) =
            faults.0.into_iter().next().unwrap_or(("", Words::new("入力を確かめてください。", "Please check.")));
        return Err(Error::invalid(field, words));
    }
    let plan = match &live {
        Some(plan) => plan.id,
        None => begin(tx, ctx, patient)?,
    };
    let number = live.as_ref().and_then(|it| it.versions.first()).map_or(1, |it| it.number + 1);
    let text = serde_json::to_string(content).map_err(Error::internal)?;
    let sealed = tx.seal("plan_version.content", id, &text)?;
    tx.exec(
        "INSERT INTO plan_version (id, facility_id, plan_id, number, content, needs_agreement, finalised_by, finalised_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![id, facility, plan, number, sealed, needs_agreement(before, doctor), ctx.who.label(), ctx.now],
    )?;
    for doctor in &content.doctors {
        tx.exec(
            "INSERT INTO plan_doctor (facility_id, version_id, person_id) VALUES (?1, ?2, ?3)",
            params![facility, id, doctor],
        )?;
    }
    tx.exec("DELETE FROM plan_draft WHERE facility_id = ?1 AND patient_id = ?2", params![facility, patient])?;
    let lead = Words::new(
        "担当医が診療計画を作りました。下のリンクの「診療計画」でお読みください。",
        "Your doctor has made a treatment plan. Please read it by the link below, under “Treatment plan”.",
    );
    let subject = Words::new("診療計画ができました", "Your treatment plan is ready");
    booking::letters::told_patient(tx, ctx, patient, &subject, &lead)?;
    Ok(number)
}

fn begin(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<RowId> {
    let facility = tx.facility()?;
    let id = RowId::new(ctx);
    tx.exec(
        "INSERT INTO plan (id, facility_id, patient_id, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, facility, patient, ctx.who.label(), ctx.now],
    )?;
    Ok(id)
}

/// Completes the online care on `day`: the plan is no longer in force, and its retention begins.
///
/// # Errors
/// `NotFound` without a live plan; `Forbidden`; `Invalid` for a day ahead or before the plan.
pub fn complete(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, day: Date) -> Result<()> {
    clause!("OV-265");
    let facility = tx.facility()?;
    let patient = people::patient::store::read_one(tx, patient)?.id;
    Access::new("plan.complete", Act::Sign, Class::Chart)
        .on("patient", patient)
        .of(patient)
        .detail(json!({ "on": day }))
        .require(tx, ctx)?;
    let live = live(tx, patient)?.ok_or_else(|| Error::not_found("no live plan"))?;
    if day > time::day(ctx.now) || day < time::day(live.made_at) {
        let words = Words::new(
            "計画を作った日から今日までの日付にしてください。",
            "Choose a day from the making of the plan to today.",
        );
        return Err(Error::invalid("completed_on", words));
    }
    tx.exec(
        "UPDATE plan SET completed_on = ?3, completed_by = ?4, completed_at = ?5 WHERE facility_id = ?1 AND id = ?2",
        params![facility, live.id, day, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// The plan as the patient of a visit, or the staff at that visit, reads it.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId) -> Result<View> {
    clause!("OV-134");
    let booking = booking::store::read_one(tx, booking)?;
    Access::new("plan.view", Act::View, Class::Chart).on("booking", booking.id).of(booking.patient).require(tx, ctx)?;
    let facility = tx.facility()?;
    let facility = people::facility::store::get(tx, facility)?;
    let patient = people::patient::store::read_one(tx, booking.patient)?;
    let all = plans(tx, booking.patient)?;
    let plan = all.iter().find(|it| it.completed_on.is_none()).or(all.first()).cloned();
    let doctors = names(tx, plan.as_ref())?;
    let standings = standings(tx, &[&booking])?;
    let substitute = standings.substitute(&booking, booking.doctor);
    let state = standings.state(&booking, booking.doctor);
    let retention = template(tx, ctx)?.retention;
    Ok(View { booking, patient, facility, plan, doctors, substitute, state, retention })
}

kernel::keyed! {
    /// How a patient answers.
    pub enum Answer {
        /// Has read it.
        Read => "read";
        /// Agrees to what a new doctor changed.
        Agreed => "agreed";
    }
}

fn own_booking(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    verb: &'static str,
    booking: BookingId,
    detail: serde_json::Value,
) -> Result<Booking> {
    let booking = booking::store::read_one(tx, booking)?;
    if ctx.who.patient().is_none() {
        return Err(Error::not_found("only the patient's side answers"));
    }
    // The patient's own word counts as an answer, which the policy lets patients write; the plan itself they read.
    Access::new(verb, Act::Write, Class::Questionnaire)
        .on("booking", booking.id)
        .of(booking.patient)
        .detail(detail)
        .require(tx, ctx)?;
    Ok(booking)
}

/// The patient has read a version, or agrees to it. Agreeing is also having read.
///
/// # Errors
/// `NotFound` for anybody but the patient's side, or another patient's version.
pub fn answer(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, version: RowId, answer: Answer) -> Result<()> {
    clause!("OV-134", "OV-135");
    let facility = tx.facility()?;
    let booking = own_booking(tx, ctx, "plan.answer", booking, json!({ "version": version, "answer": answer.key() }))?;
    let known = tx.row(
        "SELECT v.id FROM plan_version v JOIN plan p ON p.id = v.plan_id AND p.facility_id = v.facility_id
         WHERE v.facility_id = ?1 AND v.id = ?2 AND p.patient_id = ?3",
        params![facility, version, booking.patient],
    )?;
    known.ok_or_else(|| Error::not_found("plan version"))?;
    let kinds: &[&str] = if answer == Answer::Agreed { &["read", "agreed"] } else { &["read"] };
    for kind in kinds {
        tx.exec(
            "INSERT INTO plan_answer (id, facility_id, version_id, kind, answered_by, answered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (facility_id, version_id, kind, answered_by) DO NOTHING",
            params![RowId::new(ctx), facility, version, *kind, ctx.who.label(), ctx.now],
        )?;
    }
    Ok(())
}

fn note_substitute(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking, kind: &str, note: &str) -> Result<()> {
    let facility = tx.facility()?;
    let id = RowId::new(ctx);
    let note = tx.seal("plan_substitute.note", id, note)?;
    tx.exec(
        "INSERT INTO plan_substitute (id, facility_id, booking_id, doctor_id, kind, note, made_by, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (facility_id, booking_id, doctor_id, kind) DO NOTHING",
        params![id, facility, booking.id, booking.doctor, kind, note, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Records what was handed over to the doctor of this visit, whom the plan does not name.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn hand_over(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, note: &str) -> Result<()> {
    clause!("OV-117");
    let booking = booking::store::read_one(tx, booking)?;
    Access::new("plan.hand_over", Act::Sign, Class::Chart)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    note_substitute(tx, ctx, &booking, "hand_over", note)
}

/// The patient agrees to be seen by the doctor of this visit, whom the plan does not name.
///
/// # Errors
/// `NotFound` for anybody but the patient's side.
pub fn accept_substitute(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId) -> Result<()> {
    clause!("OV-117");
    let booking = own_booking(tx, ctx, "plan.accept_substitute", booking, json!({}))?;
    note_substitute(tx, ctx, &booking, "patient", "")
}

/// What the rows of this noun show for the compliance page.
///
/// # Errors
/// The database's.
pub fn evidence(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    let versions =
        tx.counted("SELECT count(*) AS count, max(finalised_at) AS newest FROM plan_version WHERE facility_id = ?1")?;
    let read = tx.counted(
        "SELECT count(*) AS count, max(answered_at) AS newest FROM plan_answer WHERE facility_id = ?1 AND kind = 'read'",
    )?;
    let years = template(tx, ctx)?.retention.years();
    let status = |count| if count == 0 { Status::Unknown } else { Status::Met };
    Ok(vec![
        Evidence::new(
            ClauseId::new("OV-130"),
            status(versions.0),
            versions.0,
            versions.1,
            Words::new(
                "計画は9つの項目がそろわないと確定できず、版として残り、消す操作はありません。",
                "A plan is finalised only with all nine parts, is kept in versions, and nothing deletes it.",
            ),
        ),
        Evidence::new(
            ClauseId::new("OV-134"),
            status(versions.0),
            read.0,
            read.1,
            Words::new(
                "患者さんは、計画をいつでも自分の画面で読み、保存できます。",
                "Patients can read and save the plan on their own screen at any time.",
            ),
        ),
        Evidence::new(
            ClauseId::new("OV-265"),
            Status::Met,
            versions.0,
            versions.1,
            Words::made(
                format!("計画は、オンライン診療の完結から{years}年保存します。"),
                format!("Plans are kept for {years} years from the completion of online care."),
            ),
        ),
    ])
}
