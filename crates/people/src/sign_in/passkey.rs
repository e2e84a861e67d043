//! Passkeys (WebAuthn): asking a device, checking its answer, keeping its public half. Only user of that library.
//!
//! What a device was asked is kept in a row, sealed, and is good for one answer.

use db::{Row, Tx, params};
use kernel::{Ctx, Error, PersonId, Result, RowId, Timestamp, clause, time};
use serde::{Deserialize, Serialize};
use web::Site;
use webauthn_rs::prelude::{
    CreationChallengeResponse, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, RequestChallengeResponse, Url, Uuid, Webauthn, WebauthnBuilder,
};

/// Passkeys of one person: phone, PC at the clinic, a spare key, and some.
pub const PASSKEYS_MAX: usize = 10;
/// Minutes for adding one.
const OFFER_MIN: i64 = 10;
/// Longest answer of a device that is read, in bytes; real ones have two or three thousand.
const ANSWER_BYTES_MAX: usize = 32 * 1024;

/// A passkey as its owner sees it.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its id.
    pub id: RowId,
    /// What its owner calls it.
    pub name: String,
    /// Since when.
    pub made_at: Timestamp,
    /// Last sign-in by it.
    pub last_used_at: Option<Timestamp>,
}

/// The installation as a device knows it; nothing where passkeys cannot work: they belong to a host name, and an address
/// in figures has none. The demonstration's 127.0.0.1 is also called localhost.
#[must_use]
pub fn house(site: &Site) -> Option<Webauthn> {
    let origin = Url::parse(&origin(site)?).ok()?;
    let host = origin.domain()?.to_owned();
    WebauthnBuilder::new(&host, &origin).ok()?.rp_name("Haruka").build().ok()
}

/// The address under which passkeys work; the page says it to whoever came by another one.
#[must_use]
pub fn origin(site: &Site) -> Option<String> {
    let base = &site.settings.base_url;
    let origin = if site.settings.demo { base.replacen("//127.0.0.1", "//localhost", 1) } else { base.clone() };
    Url::parse(&origin).ok()?.domain().map(|_| origin.clone())
}

fn place(column: &str, id: RowId) -> String {
    format!("passkey.{column}/{id}")
}

fn seal<T: Serialize>(tx: &Tx<'_>, ctx: &Ctx, place: &str, value: &T) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(value).map_err(Error::internal)?;
    Ok(tx.own_key("person").seal(place, &text, &ctx.chance))
}

fn open<T: for<'a> Deserialize<'a>>(tx: &Tx<'_>, place: &str, sealed: &[u8]) -> Result<T> {
    serde_json::from_slice(&tx.own_key("person").open(place, sealed)?).map_err(Error::internal)
}

fn credentials(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<(RowId, Passkey)>> {
    let rows = tx.rows(
        "SELECT id, credential FROM passkey WHERE person_id = ?1 ORDER BY made_at, id LIMIT ?2",
        params![person, PASSKEYS_MAX],
    )?;
    rows.iter()
        .map(|row| {
            let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("credential")?);
            Ok((id, open(tx, &place("credential", id), &sealed)?))
        })
        .collect()
}

/// The passkeys of a person.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Held>> {
    let read = |row: &Row| {
        Ok(Held {
            id: row.get("id")?,
            name: row.get("name")?,
            made_at: row.get("made_at")?,
            last_used_at: row.get("last_used_at")?,
        })
    };
    tx.rows("SELECT * FROM passkey WHERE person_id = ?1 ORDER BY made_at, id LIMIT ?2", params![person, PASSKEYS_MAX])?
        .iter()
        .map(read)
        .collect()
}

/// Begins to add a passkey to the person of this session; what the browser must be told, as JSON.
///
/// # Errors
/// `Limit` when there are [`PASSKEYS_MAX`]; `Unavailable` where the installation has no host name.
pub fn offer(tx: &mut Tx<'_>, ctx: &Ctx, site: &Site, person: PersonId, login: &str, name: &str) -> Result<String> {
    let house = house(site).ok_or_else(|| Error::unavailable("no host name for passkeys"))?;
    let session = ctx.session.ok_or_else(|| Error::sign_in("no session"))?;
    let held = credentials(tx, person)?;
    if held.len() >= PASSKEYS_MAX {
        let words = kernel::Words::new(
            "パスキーの数が上限です。使わないものを外してください。",
            "There are too many passkeys. Remove one first.",
        );
        return Err(Error::too_large(words, "passkeys"));
    }
    let known = held.iter().map(|(_, it)| it.cred_id().clone()).collect();
    let (asked, state): (CreationChallengeResponse, PasskeyRegistration) = house
        .start_passkey_registration(Uuid::from_bytes(*person.as_bytes()), login, login, Some(known))
        .map_err(Error::internal)?;
    let sealed = seal(tx, ctx, &format!("passkey_offer.state/{session}"), &state)?;
    tx.exec(
        "INSERT INTO passkey_offer (session_id, person_id, name, state, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (session_id) DO UPDATE SET person_id = excluded.person_id, name = excluded.name,
         state = excluded.state, expires_at = excluded.expires_at",
        params![session, person, name, sealed, time::plus_min(ctx.now, OFFER_MIN)],
    )?;
    serde_json::to_string(&asked).map_err(Error::internal)
}

/// Adds the passkey that the device has made. `false` when its answer does not fit what was asked.
///
/// # Errors
/// `Conflict` when this device's key belongs to an account already.
pub fn add(tx: &mut Tx<'_>, ctx: &Ctx, site: &Site, person: PersonId, answer: &str) -> Result<bool> {
    let house = house(site).ok_or_else(|| Error::unavailable("no host name for passkeys"))?;
    let session = ctx.session.ok_or_else(|| Error::sign_in("no session"))?;
    let Some(row) = tx.row(
        "SELECT name, state FROM passkey_offer WHERE session_id = ?1 AND person_id = ?2 AND expires_at > ?3",
        params![session, person, ctx.now],
    )?
    else {
        return Ok(false);
    };
    tx.exec("DELETE FROM passkey_offer WHERE session_id = ?1", params![session])?;
    let (name, sealed): (String, Vec<u8>) = (row.get("name")?, row.get("state")?);
    let state: PasskeyRegistration = open(tx, &format!("passkey_offer.state/{session}"), &sealed)?;
    let Some(answer) = parse::<RegisterPublicKeyCredential>(answer) else { return Ok(false) };
    let made = match house.finish_passkey_registration(&answer, &state) {
        Ok(made) => made,
        Err(error) => {
            tracing::info!(%error, "a passkey was not added");
            return Ok(false);
        }
    };
    let id = RowId::new(ctx);
    let mark = tx.own_key("person").derive("passkey").mark(made.cred_id().as_ref()).to_vec();
    let sealed = seal(tx, ctx, &place("credential", id), &made)?;
    tx.exec(
        "INSERT INTO passkey (id, person_id, credential_mark, credential, name, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, person, mark, sealed, name, ctx.now],
    )?;
    Ok(true)
}

/// Takes a passkey away; `false` when it is not this person's.
///
/// # Errors
/// The database's.
pub fn remove(tx: &mut Tx<'_>, person: PersonId, id: RowId) -> Result<bool> {
    Ok(tx.exec("DELETE FROM passkey WHERE person_id = ?1 AND id = ?2", params![person, id])? == 1)
}

/// What a device is asked at a sign-in: what the browser must be told, and what we need to judge the answer.
#[derive(Serialize, Deserialize)]
struct Challenge {
    asked: RequestChallengeResponse,
    state: PasskeyAuthentication,
}

fn challenge_place(sign_in: RowId) -> String {
    format!("sign_in_pending.challenge/{sign_in}")
}

/// What the person's devices are asked in this sign-in, sealed for its row; nothing without passkeys.
///
/// # Errors
/// The database's.
pub fn challenge(tx: &mut Tx<'_>, ctx: &Ctx, site: &Site, person: PersonId, sign_in: RowId) -> Result<Option<Vec<u8>>> {
    let Some(house) = house(site) else { return Ok(None) };
    let held: Vec<Passkey> = credentials(tx, person)?.into_iter().map(|(_, it)| it).collect();
    if held.is_empty() {
        return Ok(None);
    }
    let (asked, state) = house.start_passkey_authentication(&held).map_err(Error::internal)?;
    seal(tx, ctx, &challenge_place(sign_in), &Challenge { asked, state }).map(Some)
}

/// What the browser must be told, as JSON.
///
/// # Errors
/// `Internal` when the row does not open.
pub fn asked(tx: &Tx<'_>, sign_in: RowId, sealed: &[u8]) -> Result<String> {
    let challenge: Challenge = open(tx, &challenge_place(sign_in), sealed)?;
    serde_json::to_string(&challenge.asked).map_err(Error::internal)
}

/// Whether `answer` is what one of the person's devices says to the sealed challenge.
///
/// # Errors
/// The database's.
pub fn answered(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    site: &Site,
    person: PersonId,
    sign_in: RowId,
    sealed: &[u8],
    answer: &str,
) -> Result<bool> {
    clause!("CS-126", "OV-242");
    let Some(house) = house(site) else { return Ok(false) };
    let challenge: Challenge = open(tx, &challenge_place(sign_in), sealed)?;
    let Some(answer) = parse::<PublicKeyCredential>(answer) else { return Ok(false) };
    let result = match house.finish_passkey_authentication(&answer, &challenge.state) {
        Ok(result) => result,
        Err(error) => {
            tracing::info!(%error, "a passkey was not taken");
            return Ok(false);
        }
    };
    // Taken away between the question and the answer: it no longer counts.
    let Some((id, mut passkey)) = credentials(tx, person)?.into_iter().find(|(_, it)| it.cred_id() == result.cred_id())
    else {
        return Ok(false);
    };
    passkey.update_credential(&result);
    let sealed = seal(tx, ctx, &place("credential", id), &passkey)?;
    tx.exec(
        "UPDATE passkey SET credential = ?3, last_used_at = ?4 WHERE person_id = ?1 AND id = ?2",
        params![person, id, sealed, ctx.now],
    )?;
    Ok(true)
}

fn parse<T: for<'a> Deserialize<'a>>(answer: &str) -> Option<T> {
    if answer.len() > ANSWER_BYTES_MAX {
        return None;
    }
    serde_json::from_str(answer).ok()
}
