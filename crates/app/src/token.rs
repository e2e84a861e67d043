//! `haruka token …`: bearer tokens, by which machines act as persons.

use std::path::PathBuf;

use kernel::{Ctx, Result, Who};
use people::token::Scope;
use people::token::store::{self as tokens, NewToken};

use crate::command::{Place, Token, operate, usage, works_at};
use crate::house::House;

/// What a token is made of, as it was typed.
pub(crate) struct Wish {
    pub(crate) user: String,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) facility: Option<String>,
    pub(crate) label: String,
    pub(crate) days: i64,
    pub(crate) certificate: Option<PathBuf>,
}

/// Makes a token, and prints it once.
pub(crate) fn make(place: &Place, wish: Wish, json: bool) -> Result<bool> {
    let certificate = wish.certificate.as_deref().map(crate::certificate::read).transpose()?;
    let house = House::open(&place.config()?)?;
    let (person, facility) = works_at(place, wish.user, wish.facility)?;
    let ctx = Ctx::new(Who::Operator("cli".into()), Some(facility), house.now(), house.chance.clone());
    let new = NewToken { person, label: wish.label, scopes: wish.scopes, days: wish.days, certificate };
    let key = house.key.clone();
    let (id, secret) = house.db.write_blocking(Some(facility), move |tx| tokens::make(tx, &ctx, &key, &new))?;
    if json {
        println!("{}", serde_json::json!({ "id": id, "token": secret }));
    } else {
        println!("{secret}");
    }
    Ok(true)
}

/// Runs one of the commands on tokens that are there.
pub(crate) fn run(command: Token) -> Result<bool> {
    match command {
        Token::List { place, user, facility, json } => {
            let (person, facility) = works_at(&place, user, facility)?;
            for it in operate(&place, Some(facility), move |tx, ctx| tokens::list(tx, ctx, person))? {
                let scopes: Vec<_> = it.scopes.iter().map(|it| it.key()).collect();
                let at = |it: Option<kernel::Timestamp>| it.map(|it| it.to_string());
                let certificate = it.certificate.map(|it| crypto::digest::hex(&it)).unwrap_or_default();
                if json {
                    println!(
                        "{}",
                        serde_json::json!({
                            "id": it.id, "label": it.label, "scopes": scopes, "made_at": it.made_at.to_string(),
                            "expires_at": it.expires_at.to_string(), "used_at": at(it.used_at), "ended_at": at(it.ended_at),
                            "certificate": certificate, "refused_at": at(it.refused_at),
                        })
                    );
                } else {
                    let end =
                        it.ended_at.map_or_else(|| format!("until {}", it.expires_at), |at| format!("ended {at}"));
                    println!("{} {} {end} {} {certificate}", it.id, scopes.join(","), it.label);
                }
            }
        }
        Token::Revoke { place, id } => {
            let id = id.parse().map_err(|_| usage("--id is the id that `haruka token list` shows"))?;
            let facility = operate(&place, None, move |tx, _| tokens::facility_of(tx, id))?;
            operate(&place, Some(facility), move |tx, ctx| tokens::end(tx, ctx, id))?;
        }
    }
    Ok(true)
}
