//! Brings a database to the newest schema. Each room lists its migrations; `app` joins them.

use kernel::{Error, Result, Timestamp};

use crate::{Db, Tx, dialect, params};

/// One step of the schema. Never changed once it has landed; a new need is a new step.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Date, number and noun (`20261121-01-facility`); steps run in the order of ids over all rooms.
    pub id: &'static str,
    /// Statements in SQLite's STRICT dialect.
    pub sql: &'static str,
}

impl Db {
    /// Runs all steps that have not run yet, each in its own transaction with its mark.
    ///
    /// # Errors
    /// `Internal` for two steps of one id, or a statement that fails; the step is taken back whole.
    pub async fn migrate(&self, steps: &[&[Migration]], now: Timestamp) -> Result<()> {
        for step in in_order(steps)? {
            self.write(None, move |tx| run(tx, step, now)).await?;
        }
        Ok(())
    }

    /// [`Db::migrate`] for the command line and for tests.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    pub fn migrate_blocking(&self, steps: &[&[Migration]], now: Timestamp) -> Result<()> {
        for step in in_order(steps)? {
            self.write_blocking(None, move |tx| run(tx, step, now))?;
        }
        Ok(())
    }
}

fn in_order(steps: &[&[Migration]]) -> Result<Vec<Migration>> {
    let mut all: Vec<Migration> = steps.iter().flat_map(|it| it.iter().copied()).collect();
    all.sort_by_key(|it| it.id);
    match all.windows(2).find(|it| it[0].id == it[1].id) {
        Some(twins) => Err(Error::internal(format!("two migrations are called {}", twins[0].id))),
        None => Ok(all),
    }
}

fn run(tx: &mut Tx<'_>, step: Migration, now: Timestamp) -> Result<()> {
    tx.lock("migrate")?;
    // Dialect by hand: this table is there before any step has run.
    let table = "CREATE TABLE IF NOT EXISTS migration (id TEXT NOT NULL PRIMARY KEY, ran_at BIGINT NOT NULL)";
    tx.script(table)?;
    if tx.row("SELECT id FROM migration WHERE id = ?1", params![step.id])?.is_some() {
        return Ok(());
    }
    if tx.is_postgres() {
        tx.script(&dialect::schema(step.sql))?;
        guard_rows(tx)?;
    } else {
        tx.script(step.sql)?;
    }
    tx.exec("INSERT INTO migration (id, ran_at) VALUES (?1, ?2)", params![step.id, now])?;
    Ok(())
}

/// Row-level security on every table with a `facility_id`: even a query that forgot its filter sees one facility.
fn guard_rows(tx: &mut Tx<'_>) -> Result<()> {
    let open = tx.rows(
        "SELECT c.table_name AS name FROM information_schema.columns c
         JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = current_schema()::regnamespace
         WHERE c.table_schema = current_schema() AND c.column_name = 'facility_id' AND NOT t.relrowsecurity",
        params![],
    )?;
    for row in open {
        let table: String = row.get("name")?;
        tx.script(&format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
             ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
             CREATE POLICY own_facility ON {table}
             USING (current_setting('app.facility', true) IN ('*', facility_id))"
        ))?;
    }
    Ok(())
}
