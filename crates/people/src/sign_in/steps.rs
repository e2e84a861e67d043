//! The steps of a sign-in: short acts, with the slow hashing between them.
//!
//! Each try is counted in an act before the password is looked at; a name that nobody has takes the same way, the same
//! time, and gives the same answer.

use axum::http::{HeaderMap, HeaderValue};
use crypto::password::{Factors, PasswordFault};
use kernel::{Ctx, Error, FacilityId, PatientId, PersonId, Result, Timestamp, Who};
use web::{Asked, Site};

use super::password::{self, Hashed};
use super::pending::{self, Pending};
use super::store::{self, At, Shown};
use super::{PENDING_MIN, Purpose, Step, normal_login, second};
use crate::entry::account;
use crate::person;

/// What became of a password.
#[derive(Debug, Clone)]
pub enum Tried<T> {
    /// It was right.
    Right(T),
    /// It was not, or there is no such name.
    Wrong,
    /// Too many were wrong: not before this moment.
    Wait(Timestamp),
}

/// Tries the password of a member of the staff; the token for the cookie of the sign-in under way.
///
/// # Errors
/// Those of the database; `Unavailable` when too many wait.
pub async fn try_staff(asked: &Asked, login: &str, typed: &str, next: &str) -> Result<Tried<String>> {
    let login = normal_login(login);
    let found = match admit(asked, &login, |tx, login| store::candidate(tx, login, Purpose::Staff)).await? {
        Ok(found) => found,
        Err(until) => return Ok(Tried::Wait(until)),
    };
    let hashes = found.iter().map(|(_, it)| it.clone()).collect();
    let right = password::verify(typed.to_owned(), hashes, 1).await? == [true];
    let person = found.map(|(person, _)| person);
    let (site, next) = (asked.site.clone(), next.to_owned());
    let address = address(asked);
    asked
        .site
        .write(&nobody(asked), move |tx, ctx| match person.filter(|_| right) {
            Some(person) => {
                store::forgive(tx, &At::Name(login))?;
                store::forgive(tx, &address)?;
                store::password_right(tx, ctx, &site, person, Purpose::Staff, &next).map(Tried::Right)
            }
            None => store::password_wrong(tx, ctx, &login, person).map(|()| Tried::Wrong),
        })
        .await
}

/// Who has come in by the patients' door.
#[derive(Debug, Clone)]
pub enum Came {
    /// A guardian, whose sign-in goes on (a second factor may be left): the token for the cookie.
    Guardian(String),
    /// Patients with this mail address and password.
    Patients(Vec<(FacilityId, PatientId)>),
}

/// Tries the password of a guardian (by sign-in name) or a patient (by mail address).
///
/// # Errors
/// As [`try_staff`].
pub async fn try_patient(asked: &Asked, login: &str, typed: &str, next: &str) -> Result<Tried<Came>> {
    let login = normal_login(login);
    let found = admit(asked, &login, |tx, login| {
        Ok((store::candidate(tx, login, Purpose::Guardian)?, account::candidates(tx, login)?))
    });
    let (guardian, accounts) = match found.await? {
        Ok(found) => found,
        Err(until) => return Ok(Tried::Wait(until)),
    };
    let hashes = guardian.iter().map(|(_, it)| it.clone()).chain(accounts.iter().map(|it| it.hashed.clone())).collect();
    // The most there can be, so that the time does not tell how many share an address.
    let verdicts = password::verify(typed.to_owned(), hashes, 1 + account::SHARING_MAX).await?;
    let (of_guardian, of_accounts) = verdicts.split_at(usize::from(guardian.is_some()));
    let person = guardian.as_ref().map(|(person, _)| *person);
    let guardian = person.filter(|_| of_guardian == [true]);
    let patients: Vec<_> = accounts
        .iter()
        .zip(of_accounts)
        .filter(|(_, right)| **right)
        .map(|(it, _)| (it.facility, it.patient))
        .collect();
    let (site, next) = (asked.site.clone(), next.to_owned());
    let address = address(asked);
    asked
        .site
        .write(&nobody(asked), move |tx, ctx| {
            if guardian.is_none() && patients.is_empty() {
                return store::password_wrong(tx, ctx, &login, person).map(|()| Tried::Wrong);
            }
            store::forgive(tx, &At::Name(login))?;
            store::forgive(tx, &address)?;
            Ok(Tried::Right(match guardian {
                Some(person) => {
                    Came::Guardian(store::password_right(tx, ctx, &site, person, Purpose::Guardian, &next)?)
                }
                None => Came::Patients(patients),
            }))
        })
        .await
}

/// The circumstances of somebody who is still on the way in: nobody acts, in no facility, whoever's session the browser
/// may still carry.
#[must_use]
pub fn nobody(asked: &Asked) -> Ctx {
    Ctx { who: Who::Nobody, facility: None, session: None, ..asked.ctx.clone() }
}

fn address(asked: &Asked) -> At {
    At::Address(asked.ctx.address.map(|it| it.to_string()).unwrap_or_default())
}

/// Counts a try at a name and from an address, and looks the name up; the end of the wait for one that comes too early.
async fn admit<T: Send + 'static>(
    asked: &Asked,
    login: &str,
    find: impl FnOnce(&mut db::Tx<'_>, &str) -> Result<T> + Send + 'static,
) -> Result<Result<T, Timestamp>> {
    let (login, address) = (login.to_owned(), address(asked));
    asked
        .site
        .write(&nobody(asked), move |tx, ctx| {
            for at in [address, At::Name(login.clone())] {
                if let Some(until) = store::count_try(tx, ctx, &at)? {
                    return Ok(Err(until));
                }
            }
            find(tx, &login).map(Ok)
        })
        .await
}

/// The cookie of a step on the way in: it holds no name, and is over after [`PENDING_MIN`] minutes.
fn cookie_name(site: &Site) -> &'static str {
    if site.settings.base_url.starts_with("https:") { "__Host-haruka-step" } else { "haruka-demo-step" }
}

/// The `Set-Cookie` of a step.
#[must_use]
pub fn step_cookie(site: &Site, token: &str) -> Option<HeaderValue> {
    let secure = if site.settings.base_url.starts_with("https:") { "; Secure" } else { "" };
    let age_s = PENDING_MIN * 60;
    let text = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age={age_s}", cookie_name(site));
    HeaderValue::from_str(&text).ok()
}

/// The token of a step that the browser brings, or an empty text.
#[must_use]
pub fn step_token(site: &Site, headers: &HeaderMap) -> String {
    web::asked::cookie(headers, cookie_name(site)).unwrap_or_default().to_owned()
}

/// Runs `act` on the sign-in under way that has this token; `None` when there is none, or it is over.
///
/// # Errors
/// Those of `act`.
pub async fn with_pending<T: Send + 'static>(
    asked: &Asked,
    token: &str,
    act: impl FnOnce(&mut db::Tx<'_>, &Ctx, Pending) -> Result<T> + Send + 'static,
) -> Result<Option<T>> {
    let token = token.to_owned();
    asked
        .site
        .write(&nobody(asked), move |tx, ctx| match pending::find(tx, ctx, &token)? {
            Some(it) => act(tx, ctx, it).map(Some),
            None => Ok(None),
        })
        .await
}

/// Judges a second factor within a sign-in: `kind` is `app`, `paper` or `passkey`.
///
/// # Errors
/// As [`try_staff`].
pub async fn try_second(asked: &Asked, token: &str, kind: &str, typed: &str) -> Result<Option<Tried<()>>> {
    // Counted in an act of its own, so that a failing judgement does not take the count back.
    let admitted = with_pending(asked, token, |tx, ctx, it| store::count_try(tx, ctx, &At::Second(it.person))).await?;
    match admitted {
        None => return Ok(None),
        Some(Some(until)) => return Ok(Some(Tried::Wait(until))),
        Some(None) => {}
    }
    let (site, kind, typed) = (asked.site.clone(), kind.to_owned(), typed.to_owned());
    with_pending(asked, token, move |tx, ctx, it| {
        let shown = match kind.as_str() {
            "paper" => Shown::PaperCode(&typed),
            "passkey" => Shown::Passkey(&typed),
            _ => Shown::AppCode(&typed),
        };
        let right = store::prove_second(tx, ctx, &site, &it, shown)?;
        Ok(if right { Tried::Right(()) } else { Tried::Wrong })
    })
    .await
}

/// Sets the own password within a sign-in; the faults of the one that was typed. `None` when the sign-in is over.
///
/// # Errors
/// As [`try_staff`].
pub async fn change_in_sign_in(
    asked: &Asked,
    token: &str,
    typed: &str,
) -> Result<Option<Result<(), Vec<PasswordFault>>>> {
    let known = with_pending(asked, token, |tx, _, it| {
        let factors = if it.purpose == Purpose::Staff { Factors::Two } else { Factors::One };
        Ok((factors, personal_words(&person::store::get(tx, it.person)?), password::present_and_past(tx, it.person)?))
    });
    let Some((factors, words, before)) = known.await? else { return Ok(None) };
    let hashed = match password::renew(typed.to_owned(), factors, words, before, &asked.ctx.chance).await? {
        Ok(hashed) => hashed,
        Err(faults) => return Ok(Some(Err(faults))),
    };
    let set = with_pending(asked, token, move |tx, ctx, it| store::change_in_sign_in(tx, ctx, &it, &hashed)).await?;
    Ok(set.map(Ok))
}

/// What a password may not hold.
#[must_use]
pub fn personal_words(person: &person::Person) -> Vec<String> {
    let name = &person.name;
    [&name.family, &name.given, &name.family_kana, &name.given_kana, &person.login, &person.mail]
        .into_iter()
        .cloned()
        .collect()
}

/// Tries the password of the person whose session this is.
///
/// # Errors
/// `SignIn` without a session of a person with a password.
pub async fn try_own(asked: &Asked, typed: &str) -> Result<Tried<()>> {
    let person = own_person(asked)?;
    let admitted = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let login = person::store::get(tx, person)?.login;
            if let Some(until) = store::count_try(tx, ctx, &At::Name(login.clone()))? {
                return Ok(Err(until));
            }
            Ok(Ok((login, password::of(tx, person)?)))
        })
        .await?;
    let (login, stored) = match admitted {
        Ok(admitted) => admitted,
        Err(until) => return Ok(Tried::Wait(until)),
    };
    let hashes: Vec<Hashed> = stored.into_iter().map(|it| it.hashed).collect();
    let right = password::verify(typed.to_owned(), hashes, 1).await? == [true];
    asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            if right {
                store::forgive(tx, &At::Name(login))?;
                return Ok(Tried::Right(()));
            }
            store::password_wrong(tx, ctx, &login, Some(person)).map(|()| Tried::Wrong)
        })
        .await
}

/// The person whose session this is.
///
/// # Errors
/// `SignIn` for nobody, and for patients, who have no name of their own here.
pub fn own_person(asked: &Asked) -> Result<PersonId> {
    match asked.session.as_ref().map(|it| &it.who) {
        Some(Who::Staff(person) | Who::Guardian { person, .. }) => Ok(*person),
        _ => Err(Error::sign_in("not a person's session")),
    }
}

/// The factors a password of this session's person stands beside.
#[must_use]
pub fn factors(who: &Who) -> Factors {
    if who.staff().is_some() { Factors::Two } else { Factors::One }
}

/// What the page of a sign-in under way needs.
#[derive(Debug, Clone)]
pub struct View {
    /// What comes next.
    pub step: Step,
    /// What the person has.
    pub held: second::Held,
    /// The door.
    pub purpose: Purpose,
    /// What the browser must ask of a passkey, as JSON.
    pub passkey: Option<String>,
    /// The secret to set an app up with: for typing, and as an address.
    pub app: Option<(String, String)>,
}

/// Where the sign-in of this browser stands.
///
/// # Errors
/// Those of the database.
pub async fn view(asked: &Asked, token: &str) -> Result<Option<View>> {
    with_pending(asked, token, |tx, ctx, it| {
        let step = store::step(tx, &it)?;
        let app = if step == Step::Enrol { Some(offer(tx, ctx, it.person)?) } else { None };
        let passkey = match &it.challenge {
            Some(sealed) => Some(super::passkey::asked(tx, it.id, sealed)?),
            None => None,
        };
        Ok(View { step, held: second::held(tx, it.person)?, purpose: it.purpose, passkey, app })
    })
    .await
}

/// The secret to set an app up with: for typing, and as an address for the square.
///
/// # Errors
/// Those of the database.
pub fn offer(tx: &mut db::Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<(String, String)> {
    let login = person::store::get(tx, person)?.login;
    let secret = second::offer_app(tx, ctx, person)?;
    Ok((secret.base32(), secret.url("Haruka", &login)?))
}
