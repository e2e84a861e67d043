//! `haruka device …`: the ledger of devices for whoever runs the server. What was told about a device stands on its page.

use clap::{Subcommand, ValueEnum};
use guidelines::device::Kind;
use kernel::{DeviceId, FacilityId, Result};
use people::device::{Entry, certificate, days_since, store};
use serde_json::json;

use crate::command::{Place, by_slug, operate, usage, works_at};
use crate::house::House;

/// What can be done with devices.
#[derive(Subcommand)]
pub(crate) enum Device {
    /// Puts a device into the ledger and prints its id.
    Add {
        #[command(flatten)]
        place: Place,
        /// The facility's slug.
        #[arg(long)]
        facility: String,
        /// What it is called.
        #[arg(long)]
        name: String,
        /// Whose it is.
        #[arg(long, value_enum, default_value_t = Whose::Owned)]
        kind: Whose,
        /// Its owner by name.
        #[arg(long)]
        owner: String,
        /// Where it is kept.
        #[arg(long)]
        at: String,
        /// Its serial number.
        #[arg(long, default_value = "")]
        serial: String,
        /// The sign-in name of who uses it; needed for lent and personal ones.
        #[arg(long)]
        user: Option<String>,
        /// How the manager can change its settings.
        #[arg(long, default_value = "")]
        managed: String,
    },
    /// Lists the devices of a facility.
    List {
        #[command(flatten)]
        place: Place,
        /// The facility's slug.
        #[arg(long)]
        facility: String,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Prints a one-time code for `haruka agent enroll` on the device.
    Code {
        #[command(flatten)]
        place: Place,
        /// The facility's slug.
        #[arg(long)]
        facility: String,
        /// The device's id, as the list shows it.
        #[arg(long)]
        id: String,
    },
    /// Ends the use of a device at once, with its certificates and sessions.
    End {
        #[command(flatten)]
        place: Place,
        /// The facility's slug.
        #[arg(long)]
        facility: String,
        /// The device's id, as the list shows it.
        #[arg(long)]
        id: String,
    },
}

/// Whose a device is.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Whose {
    /// The facility's, used there.
    Owned,
    /// The facility's, lent to somebody.
    Lent,
    /// Somebody's own.
    Personal,
}

impl Whose {
    const fn kind(self) -> Kind {
        match self {
            Self::Owned => Kind::Owned,
            Self::Lent => Kind::Lent,
            Self::Personal => Kind::Personal,
        }
    }
}

fn named(place: &Place, facility: String, id: &str) -> Result<(FacilityId, DeviceId)> {
    let id = id.parse().map_err(|_| usage("--id is the device's id, as haruka device list shows it"))?;
    Ok((by_slug(place, facility)?, id))
}

/// Runs one of them. Whether everything was done.
pub(crate) fn run(command: Device) -> Result<bool> {
    match command {
        Device::Add { place, facility, name, kind, owner, at, serial, user, managed } => {
            let kind = kind.kind();
            if kind != Kind::Owned && user.is_none() {
                return Err(usage("--user says who uses a lent or personal device"));
            }
            let person = user.map(|it| works_at(&place, it, Some(facility.clone()))).transpose()?.map(|it| it.0);
            let facility = by_slug(&place, facility)?;
            let entry = Entry { name, kind, owner, place: at, serial, person, managed };
            println!("{}", operate(&place, Some(facility), move |tx, ctx| store::add(tx, ctx, &entry))?);
        }
        Device::List { place, facility, json } => {
            let facility = by_slug(&place, facility)?;
            let now = House::open(&place.config()?)?.now();
            for it in operate(&place, Some(facility), |tx, ctx| Ok(store::ledger(tx, ctx)?.devices))? {
                let heard = it.newest().map(|it| it.last_at);
                if json {
                    let (entry, ended) = (&it.entry, it.ended_at);
                    println!(
                        "{}",
                        json!({ "id": it.id, "name": entry.name, "kind": entry.kind.key(), "serial": entry.serial, "heard_at": heard, "ended_at": ended })
                    );
                } else {
                    let heard =
                        heard.map_or("never heard".to_owned(), |at| format!("{} days ago", days_since(at, now)));
                    let ended = if it.ended_at.is_some() { " ended" } else { "" };
                    println!("{} {} {heard}{ended}", it.id, it.entry.name);
                }
            }
        }
        Device::Code { place, facility, id } => {
            let (facility, id) = named(&place, facility, &id)?;
            let key = House::open(&place.config()?)?.key.clone();
            let code = operate(&place, Some(facility), move |tx, ctx| certificate::make_code(tx, ctx, &key, id))?;
            println!("{code}");
        }
        Device::End { place, facility, id } => {
            let (facility, id) = named(&place, facility, &id)?;
            operate(&place, Some(facility), move |tx, ctx| store::end(tx, ctx, id))?;
        }
    }
    Ok(true)
}
