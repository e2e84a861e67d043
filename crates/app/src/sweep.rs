//! Files that no row knows are deleted a day later: uploads whose row never came because somebody gave up or the server was
//! killed. Every table that keeps blobs hands in which ones it knows.

use std::collections::{BTreeSet, HashSet};

use blobs::Blobs;
use db::{Db, Tx};
use kernel::{Error, FacilityId, Result, Timestamp};

/// A table that keeps blobs, and the function that says which.
struct Owner {
    table: &'static str,
    known: fn(&mut Tx<'_>) -> Result<Vec<Vec<u8>>>,
}

/// All of them. A table with a `sealed_key` that is missing here stops every sweep, and a test fails.
const OWNERS: &[Owner] = &[
    Owner { table: "instance", known: imaging::intake::known_blobs },
    Owner { table: "paper", known: visits::paper::store::known_blobs },
    Owner { table: "person_photo", known: people::person::photo::store::known_blobs },
    Owner { table: "lab_file_segment", known: lab::file::store::known_blobs },
    Owner { table: "lab_level", known: lab::check::store::known_blobs },
    Owner { table: "upload_segment", known: tus::known_blobs },
];

/// Sweeps the files of all facilities. The number of files deleted.
///
/// # Errors
/// `Internal` for a table whose blobs nobody hands in: better keep everything than delete what is needed; the disk's and
/// the database's.
pub(crate) async fn run(db: &Db, blobs: &Blobs, now: Timestamp) -> Result<usize> {
    let mut count = 0;
    for facility in db.read(None, people::facility::store::all).await? {
        // Read after `now`: what is younger stays anyway.
        let known = db.read(Some(facility.id), known).await?;
        let (blobs, facility) = (blobs.clone(), facility.id);
        count += tokio::task::spawn_blocking(move || sweep(&blobs, facility, &known, now))
            .await
            .map_err(Error::internal)??;
    }
    Ok(count)
}

fn sweep(blobs: &Blobs, facility: FacilityId, known: &HashSet<String>, now: Timestamp) -> Result<usize> {
    let count = blobs.sweep(facility, known, now)?;
    if count > 0 {
        tracing::info!(%facility, count, "files that no row knows are deleted");
    }
    Ok(count)
}

/// The names of all files that this facility's rows know.
fn known(tx: &mut Tx<'_>) -> Result<HashSet<String>> {
    let listed: BTreeSet<&str> = OWNERS.iter().map(|it| it.table).collect();
    if let Some(table) = db::schema::tables_with(tx, "sealed_key")?.iter().find(|it| !listed.contains(it.as_str())) {
        return Err(Error::internal(format!("nobody says which blobs `{table}` knows; nothing is swept")));
    }
    let mut names = HashSet::new();
    for owner in OWNERS {
        for sealed_key in (owner.known)(tx)? {
            names.insert(blobs::file_name(&sealed_key).ok_or_else(|| Error::internal("a row with a cut blob key"))?);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use kernel::{Chance, time};

    use super::*;
    use crate::config::Config;
    use crate::house::{House, MIGRATIONS};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("haruka-sweep-{name}-{}", std::process::id())))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder)
            .map_or(0, |all| all.flatten().map(|it| if it.path().is_dir() { files(&it.path()) } else { 1 }).sum())
    }

    fn swept(house: &House, now: Timestamp) -> Result<usize> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(run(&house.db, &house.blobs, now))
    }

    #[test]
    fn what_a_row_knows_or_is_on_its_way_is_never_swept() {
        let folder = Folder::new("known");
        let house = House::open(&Config { data: folder.0.clone(), ..Config::default() }).expect("a house");
        // The dentist's portrait: a blob with its row.
        crate::demo::seed(&house).expect("demo people");
        let facility = house.db.write_blocking(None, people::facility::store::all).expect("facilities")[0].id;
        let key = house.db.write_blocking(Some(facility), |tx| tx.key()).expect("a key");
        let chance = Chance::seeded(5);
        let mut orphan = house.blobs.incoming(facility, &key, 100, &chance).expect("begun");
        orphan.write(b"its row never came").expect("written");
        orphan.finish().expect("kept");
        let mut under_way = house.blobs.incoming(facility, &key, 100, &chance).expect("begun");
        under_way.write(b"still coming").expect("written");
        let blobs = folder.0.join("blobs");
        assert_eq!(files(&blobs), 3);

        assert_eq!(swept(&house, house.now()).expect("swept"), 0, "younger than a day");
        assert_eq!(files(&blobs), 3);
        let stored = under_way.finish().expect("its upload ends in peace");
        assert_eq!(house.blobs.read_all(facility, &key, &stored, 100).expect("read"), b"still coming");

        let next_week = time::plus_min(house.now(), 7 * 24 * 60);
        assert_eq!(swept(&house, next_week).expect("swept"), 2, "nobody knows them");
        assert_eq!(files(&blobs), 1, "the portrait stays");
    }

    #[test]
    fn every_table_that_keeps_blobs_hands_them_in() {
        let folder = Folder::new("owners");
        let house = House::open(&Config { data: folder.0.clone(), ..Config::default() }).expect("a house");
        let found = house.db.write_blocking(None, |tx| db::schema::tables_with(tx, "sealed_key")).expect("tables");
        let listed: BTreeSet<String> = OWNERS.iter().map(|it| it.table.to_owned()).collect();
        assert_eq!(found, listed, "a table with `sealed_key` needs its line in OWNERS");
    }

    #[test]
    fn a_forgotten_table_stops_the_sweep() {
        const NEW: db::Migration = db::Migration {
            id: "99999999-99-forgotten",
            sql: "CREATE TABLE forgotten (facility_id TEXT NOT NULL, id TEXT NOT NULL, sealed_key BLOB NOT NULL, PRIMARY KEY (facility_id, id)) STRICT;",
        };
        let folder = Folder::new("forgotten");
        let house = House::open(&Config { data: folder.0.clone(), ..Config::default() }).expect("a house");
        crate::demo::seed(&house).expect("demo people");
        house.db.migrate_blocking(&[MIGRATIONS[0], &[NEW]], house.now()).expect("migrated");
        let told = swept(&house, house.now()).expect_err("stopped").to_string();
        assert!(told.contains("forgotten"), "{told}");
    }
}
