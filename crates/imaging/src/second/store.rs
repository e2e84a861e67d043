//! Second readings in rows of the facility that reads; none is changed.

use db::{Tx, params};
use kernel::{Ctx, Error, Kind, Result, RowId, Words, clause, time};
use mail::{About, Message, To};
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::{facility, person};
use serde_json::json;

use super::{Form, Grade, Second};
use crate::reader;
use crate::report::store::versions;
use crate::request::RequestId;
use crate::request::store::read_one as read_request;

/// Second readings of one request at most.
const SECONDS_MAX: usize = 100;

/// Those of a request, the newest first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn of_request(tx: &mut Tx<'_>, request: RequestId) -> Result<Vec<Second>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reading_second WHERE facility_id = ?1 AND request_id = ?2 ORDER BY read_at DESC, id DESC LIMIT ?3",
        params![facility, request, SECONDS_MAX],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let (id, grade, sealed): (RowId, String, Vec<u8>) = (row.get("id")?, row.get("grade")?, row.get("note")?);
        let reader = row.get("reader_id")?;
        found.push(Second {
            reader,
            name: person::store::get(tx, reader)?.name.full(),
            number: row.get("report_number")?,
            grade: Grade::from_key(&grade).ok_or_else(|| Error::internal("grade of a second reading"))?,
            note: tx.open("reading_second.note", id, &sealed)?,
            at: row.get("read_at")?,
        });
    }
    Ok(found)
}

/// Keeps a second reading of the newest version, by a reader who may sign and has not signed it. A difference that matters goes to
/// whoever has the case by mail.
///
/// # Errors
/// `NotFound`, also at the facility that asked and without a signed version; `Forbidden` without duty or qualification, and for
/// whoever has signed it; `Conflict` for a version that is no longer the newest (`seen`), and for a second time.
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, seen: i64, form: &Form) -> Result<()> {
    clause!("TR-11", "TR-02");
    let (facility, request) = (tx.facility()?, read_request(tx, id)?);
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only a reader reads"))?;
    if request.side != Side::Serves {
        return Err(Error::not_found("asked here, not read here"));
    }
    Access::new("reading.second", Act::Write, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .detail(json!({ "version": seen, "grade": form.grade.key() }))
        .require(tx, ctx)?;
    let newest = versions(tx, id)?.into_iter().next().ok_or_else(|| Error::not_found("no signed report"))?;
    if let Err(why) = reader::store::standing(tx, me, time::day(ctx.now))? {
        return Err(Error::new(Kind::Forbidden, why.words(), "no qualification to read"));
    }
    if newest.signed.signed_by == ctx.who.label() {
        let words = Words::new(
            "自分が署名した報告書の第二読影はできません。",
            "Nobody gives a second reading of their own report.",
        );
        return Err(Error::new(Kind::Forbidden, words, "signed by the same person"));
    }
    let again = of_request(tx, id)?.iter().any(|it| it.reader == me && it.number == newest.signed.number);
    if newest.signed.number != seen || again {
        return Err(Error::conflict("another version came in between, or it was said already"));
    }
    let row = RowId::new(ctx);
    let sealed = tx.seal("reading_second.note", row, &form.note)?;
    tx.exec(
        "INSERT INTO reading_second (facility_id, id, request_id, report_id, report_number, reader_id, grade, note, read_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![facility, row, id, newest.signed.id, seen, me, form.grade.key(), sealed, ctx.now],
    )?;
    let holder = request.takings.first().map(|it| it.person);
    match holder {
        Some(holder) if form.grade.matters() => tell(tx, ctx, id, holder),
        _ => Ok(()),
    }
}

/// A letter to whoever has the case. It names nobody.
fn tell(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, holder: kernel::PersonId) -> Result<()> {
    let Ok(to) = person::store::get(tx, holder)?.mail.parse() else { return Ok(()) };
    let home = facility::store::get(tx, tx.facility()?)?.name;
    let link = format!("{}/readings/{id}", web::installation::base_url(tx)?);
    let subject = Words::new("第二読影で違いが指摘されました", "A second reading differs");
    let lead = Words::new(
        "ログインして内容を確かめ、必要なら報告書を新しい版に直してください。",
        "Please sign in, read it, and sign a new version where it is needed.",
    );
    let text = format!("{}\n\n{}\n{link}\n\n--\n{}\n{}\n", subject.ja, lead.ja, subject.en, lead.en);
    let about = About::new("reading_request", id);
    mail::enqueue(tx, ctx, &Message::new(To::Mail(to), home, subject.ja.clone(), text, ctx.now, about)).map(drop)
}
