//! `haruka import`: images from a CD, a stick or a folder, without a browser.

use std::path::Path;

use imaging::intake::Origin;
use imaging::media::{Import, Outcome};
use kernel::{Ctx, Lang, Result, Who};

use crate::command::{Place, by_slug};
use crate::house::House;

/// How many files ended in which way.
#[derive(Default)]
struct Counts {
    stored: u64,
    here: u64,
    skipped: u64,
    not_taken: u64,
}

/// Takes what lies under `folder` for the facility `slug`. Whether everything that should be taken was.
pub(crate) fn run(place: &Place, folder: &Path, slug: String, json: bool) -> Result<bool> {
    let facility = by_slug(place, slug)?;
    let house = House::open(&place.config()?)?;
    let ctx = || Ctx::new(Who::Operator("cli".into()), Some(facility), house.now(), house.chance.clone());
    let origin = Origin { face: "media", sender: "haruka import".into(), announced: None };
    let import = Import { db: &house.db, blobs: &house.blobs, facility, ctx: &ctx, origin };
    let mut counts = Counts::default();
    import.run(folder, &mut |path, outcome| {
        counts.add(outcome);
        tell(path, outcome, json);
    })?;
    let Counts { stored, here, skipped, not_taken } = counts;
    if json {
        println!(
            "{}",
            serde_json::json!({ "stored": stored, "already-here": here, "skipped": skipped, "not-taken": not_taken })
        );
    } else {
        println!("{stored} stored, {here} already here, {skipped} skipped, {not_taken} not taken");
    }
    Ok(not_taken == 0)
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Stored => &mut self.stored,
            Outcome::AlreadyHere => &mut self.here,
            Outcome::Skipped(_) => &mut self.skipped,
            Outcome::NotTaken(_) => &mut self.not_taken,
        };
        *count += 1;
    }
}

/// A line for each file; on a screen only for those that somebody may wonder about.
fn tell(path: &Path, outcome: Outcome, json: bool) {
    // A name on a medium may hold anything, also what steers a terminal.
    let shown: String = path.to_string_lossy().chars().filter(|it| !it.is_control()).collect();
    if json {
        let why = outcome.words();
        println!("{}", serde_json::json!({ "file": shown, "outcome": outcome.key(), "ja": why.ja, "en": why.en }));
    } else if !matches!(outcome, Outcome::Stored | Outcome::AlreadyHere) {
        println!("{shown}: {}", outcome.words().in_lang(Lang::En));
    }
}
