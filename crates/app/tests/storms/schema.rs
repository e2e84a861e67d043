//! Both engines have the same schema after all migrations: what holds on one, holds on the other.

use std::collections::{BTreeMap, BTreeSet};

use db::params;
use db::schema::{self, Table};

use crate::ledger::look;
use crate::server::{Place, Server};

type Checks = BTreeMap<String, BTreeSet<String>>;

fn tables(place: &Place) -> BTreeMap<String, Table> {
    Server::start(place).stop();
    look(place, schema::tables)
}

/// The tables without their checks, and the checks: each engine writes those in its own words.
fn apart(mut tables: BTreeMap<String, Table>) -> (BTreeMap<String, Table>, Checks) {
    let checks = tables.iter_mut().map(|(name, it)| (name.clone(), std::mem::take(&mut it.checks))).collect();
    (tables, checks)
}

/// SQLite's checks in PostgreSQL's words: each is put on the same table there and read back.
fn in_its_words(place: &Place, checks: Checks) -> Checks {
    look(place, move |tx| {
        for (table, rules) in &checks {
            for (number, rule) in rules.iter().enumerate() {
                tx.exec(&format!("ALTER TABLE {table} ADD CONSTRAINT probe_{number} CHECK ({rule})"), params![])?;
            }
        }
        let mut read: Checks = checks.into_keys().map(|table| (table, BTreeSet::new())).collect();
        let sql = "SELECT t.relname AS name, pg_get_constraintdef(c.oid) AS words FROM pg_constraint c
                   JOIN pg_class t ON t.oid = c.conrelid
                   WHERE t.relnamespace = current_schema()::regnamespace AND c.conname LIKE 'probe%'";
        for row in tx.rows(sql, params![])? {
            read.entry(row.get("name")?).or_default().insert(row.get("words")?);
        }
        Ok(read)
    })
}

#[test]
fn sqlite_and_postgres_have_the_same_schema() {
    let place = Place::on_postgres("schema");
    let (small, small_checks) = apart(tables(&Place::with_people("schema")));
    let (large, large_checks) = apart(tables(&place));
    assert!(small.len() > 40, "{} tables", small.len());
    let names = |it: &BTreeMap<String, Table>| it.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&small), names(&large));
    for (name, table) in &small {
        assert_eq!(*table, large[name], "{name}: SQLite on the left, PostgreSQL on the right");
    }
    let rules = small_checks.values().map(BTreeSet::len).sum::<usize>();
    assert!(rules > 40, "{rules} checks");
    for (name, rules) in in_its_words(&place, small_checks) {
        assert_eq!(rules, large_checks[&name], "{name}: SQLite's checks on the left, PostgreSQL's on the right");
    }
}
