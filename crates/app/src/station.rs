//! `haruka station …`: devices and archives that may call by DICOM.

use clap::Subcommand;
use imaging::station::{NewStation, store};
use kernel::{Error, Result};

use crate::command::{Place, by_slug, operate, usage};

/// What can be done with stations.
#[derive(Subcommand)]
pub(crate) enum Station {
    /// Registers a station of a facility.
    Add {
        #[command(flatten)]
        place: Place,
        /// The facility's slug.
        #[arg(long)]
        facility: String,
        /// The AE title by which it calls.
        #[arg(long)]
        title: String,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// The only IP address from which it may call.
        #[arg(long, default_value = "")]
        address: String,
        /// Where it takes what is sent to it.
        #[arg(long, default_value = "")]
        host: String,
        /// The port there.
        #[arg(long, default_value = "")]
        port: String,
        /// Signed reports on what the facility has asked others to read are sent there.
        #[arg(long)]
        reports: bool,
        /// File with the certificate (PEM or DER) by which it is known inside TLS: without it, it neither calls nor is called.
        #[arg(long)]
        certificate: Option<std::path::PathBuf>,
    },
    /// Lists the stations of a facility.
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
    /// Ends a registration: the station gets no association any more.
    End {
        #[command(flatten)]
        place: Place,
        /// The facility's slug.
        #[arg(long)]
        facility: String,
        /// Its id.
        #[arg(long)]
        id: String,
    },
}

/// Runs one of them.
pub(crate) fn run(command: Station) -> Result<bool> {
    match command {
        Station::Add { place, facility, title, name, address, host, port, reports, certificate } => {
            let new = NewStation::parse(&title, &name, &address, &host, &port);
            let new = if reports { new.and_then(NewStation::taking_reports) } else { new };
            let new = new.map_err(|faults| {
                let said: Vec<_> = faults.iter().map(|it| it.words().en).collect();
                Error::new(
                    kernel::Kind::Invalid { field: "" },
                    kernel::Words::new("使い方が違います。", "Wrong usage."),
                    said.join(" "),
                )
            })?;
            let new = match &certificate {
                Some(file) => new.proven_by(crate::certificate::fingerprint(file)?),
                None => new,
            };
            let facility = by_slug(&place, facility)?;
            println!("{}", operate(&place, Some(facility), move |tx, ctx| store::add(tx, ctx, &new))?);
        }
        Station::List { place, facility, json } => {
            let facility = by_slug(&place, facility)?;
            for it in operate(&place, Some(facility), store::list)? {
                let address = it.address.map(|it| it.to_string()).unwrap_or_default();
                let to = it.destination.as_ref().map(|it| format!("{}:{}", it.host, it.port)).unwrap_or_default();
                let certificate = it.certificate.map(|it| crypto::digest::hex(&it)).unwrap_or_default();
                if json {
                    let told = serde_json::json!({
                        "id": it.id,
                        "title": it.title,
                        "name": it.name,
                        "address": address,
                        "to": to,
                        "reports": it.takes_reports,
                        "certificate": certificate,
                    });
                    println!("{told}");
                } else {
                    let reports = if it.takes_reports { " reports" } else { "" };
                    println!("{} {} {} {address} {to}{reports} {certificate}", it.id, it.title, it.name);
                }
            }
        }
        Station::End { place, facility, id } => {
            let id = id.parse().map_err(|_| usage("--id is the id that `haruka station list` shows"))?;
            let facility = by_slug(&place, facility)?;
            operate(&place, Some(facility), move |tx, ctx| store::end(tx, ctx, id))?;
        }
    }
    Ok(true)
}
