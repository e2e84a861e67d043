//! `haruka image verify`: all images of all facilities against the log's record of their arrival. It shows no image and names
//! no patient, so whoever runs the server may do it.

use imaging::inventory::store::{Place as At, Round, step};
use kernel::{Ctx, FacilityId, Lang, Result, Who};

use crate::command::{Place, blocking};
use crate::house::House;

#[derive(clap::Subcommand)]
pub(crate) enum Image {
    /// Compares every image with the log's record of its arrival, and names those that are not what arrived.
    Verify {
        #[command(flatten)]
        place: Place,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

/// Whether every image is what arrived.
pub(crate) fn run(command: Image) -> Result<bool> {
    let Image::Verify { place, json } = command;
    let house = House::open(&place.config()?)?;
    let mut good = true;
    for facility in house.db.write_blocking(None, people::facility::store::all)? {
        good &= blocking(one(&house, facility.id, &facility.slug, json))?;
    }
    Ok(good)
}

async fn one(house: &House, facility: FacilityId, slug: &str, json: bool) -> Result<bool> {
    let ctx = || Ctx::new(Who::Operator("cli".into()), Some(facility), house.now(), house.chance.clone());
    let (mut round, mut bad) = (Round::new(house.now()), 0_u64);
    while round.place != At::Ended {
        for it in step(&house.db, &house.blobs, &ctx(), &mut round).await? {
            let Some(fault) = it.fault else { continue };
            bad += 1;
            if json {
                println!("{}", serde_json::json!({ "facility": slug, "instance": it.uid, "fault": fault.key() }));
            } else {
                println!("{slug}: BAD {}: {}", it.uid, fault.words().in_lang(Lang::En));
            }
        }
    }
    if json {
        println!("{}", serde_json::json!({ "facility": slug, "images": round.checked, "bad": bad }));
    } else {
        println!("{slug}: {} images, {bad} bad", round.checked);
    }
    Ok(bad == 0)
}
