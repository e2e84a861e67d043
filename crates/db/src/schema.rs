//! What the schema is, read from the database itself: for the test that both engines have the same one, and for jobs
//! that must not overlook a table.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Result;

use crate::{Tx, params};

/// A table as an engine knows it, in words that both share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Name, with the kind of value and whether it must be there (`INTEGER NOT NULL`), by name.
    pub columns: BTreeMap<String, String>,
    /// Columns of the primary key, in order.
    pub key: Vec<String>,
    /// Unique columns, each set in order; with `WHERE` behind those that count for some rows only.
    pub unique: BTreeSet<String>,
    /// Columns of indexes that only make things quicker.
    pub indexes: BTreeSet<String>,
    /// `columns -> table (columns)`.
    pub references: BTreeSet<String>,
    /// The rules that a row is checked by, as the engine keeps them: SQLite as they were written, PostgreSQL in its own
    /// words.
    pub checks: BTreeSet<String>,
}

/// The tables that have a column of this name.
///
/// # Errors
/// The database's.
pub fn tables_with(tx: &mut Tx<'_>, column: &str) -> Result<BTreeSet<String>> {
    let sql = if tx.is_postgres() {
        "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = ?1"
    } else {
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = ?1"
    };
    tx.rows(sql, params![column])?.iter().map(|row| row.get("name")).collect()
}

/// All tables by name.
///
/// # Errors
/// The database's.
pub fn tables(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Table>> {
    if tx.is_postgres() { of_postgres(tx) } else { of_sqlite(tx) }
}

fn of_sqlite(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Table>> {
    let mut all = BTreeMap::new();
    let made = tx.rows("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", &[])?;
    for row in made {
        let (name, sql): (String, String) = (row.get("name")?, row.get("sql")?);
        let mut table = Table { checks: checks(&sql), ..Table::default() };
        let mut key: Vec<(i64, String)> = Vec::new();
        for it in tx.rows("SELECT name, type, \"notnull\" AS must, pk FROM pragma_table_info(?1)", params![&name])? {
            let (column, kind, must, pk): (String, String, i64, i64) =
                (it.get("name")?, it.get("type")?, it.get("must")?, it.get("pk")?);
            if pk > 0 {
                key.push((pk, column.clone()));
            }
            table.columns.insert(column, said(sqlite_kind(&kind), must != 0));
        }
        key.sort();
        table.key = key.into_iter().map(|(_, column)| column).collect();
        let indexes = "SELECT name, \"unique\" AS alone, origin, partial FROM pragma_index_list(?1)";
        for it in tx.rows(indexes, params![&name])? {
            let (index, alone, origin, partial): (String, i64, String, i64) =
                (it.get("name")?, it.get("alone")?, it.get("origin")?, it.get("partial")?);
            if origin == "pk" {
                continue;
            }
            let columns = tx.rows("SELECT name FROM pragma_index_info(?1) ORDER BY seqno", params![index])?;
            let columns: Vec<String> = columns.iter().map(|it| it.get("name")).collect::<Result<_>>()?;
            let words = listed(&columns, partial != 0);
            if alone != 0 {
                table.unique.insert(words)
            } else {
                table.indexes.insert(words)
            };
        }
        let mut foreign: BTreeMap<i64, (String, Vec<String>, Vec<String>)> = BTreeMap::new();
        let references = "SELECT id, \"table\" AS other, \"from\" AS here, \"to\" AS there FROM pragma_foreign_key_list(?1) ORDER BY id, seq";
        for it in tx.rows(references, params![&name])? {
            let entry = foreign.entry(it.get("id")?).or_insert((it.get("other")?, Vec::new(), Vec::new()));
            entry.1.push(it.get("here")?);
            entry.2.push(it.get("there")?);
        }
        table.references = foreign
            .into_values()
            .map(|(other, here, there)| refers(&here.join(", "), &other, &there.join(", ")))
            .collect();
        all.insert(name, table);
    }
    Ok(all)
}

fn of_postgres(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Table>> {
    let mut all: BTreeMap<String, Table> = BTreeMap::new();
    let columns = "SELECT table_name AS name, column_name AS column, data_type AS kind, is_nullable AS may_lack
                   FROM information_schema.columns WHERE table_schema = current_schema()";
    for it in tx.rows(columns, &[])? {
        let (kind, may_lack): (String, String) = (it.get("kind")?, it.get("may_lack")?);
        let table = all.entry(it.get("name")?).or_default();
        table.columns.insert(it.get("column")?, said(postgres_kind(&kind), may_lack == "NO"));
    }
    let indexes = "SELECT t.relname AS name, i.indisunique AS alone, i.indisprimary AS is_key, i.indpred IS NOT NULL AS partial,
                   array_to_string(ARRAY(SELECT a.attname FROM unnest(i.indkey) WITH ORDINALITY k(num, at)
                     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num ORDER BY k.at), ', ') AS columns
                   FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
                   WHERE t.relnamespace = current_schema()::regnamespace";
    for it in tx.rows(indexes, &[])? {
        let (columns, alone, is_key, partial): (String, bool, bool, bool) =
            (it.get("columns")?, it.get("alone")?, it.get("is_key")?, it.get("partial")?);
        let columns: Vec<String> = columns.split(", ").map(ToOwned::to_owned).collect();
        let table = all.entry(it.get("name")?).or_default();
        match (is_key, alone) {
            (true, _) => table.key = columns,
            (false, true) => drop(table.unique.insert(listed(&columns, partial))),
            (false, false) => drop(table.indexes.insert(listed(&columns, partial))),
        }
    }
    let rules =
        "SELECT t.relname AS name, c.contype::text AS kind, pg_get_constraintdef(c.oid) AS words FROM pg_constraint c
                 JOIN pg_class t ON t.oid = c.conrelid WHERE t.relnamespace = current_schema()::regnamespace";
    for it in tx.rows(rules, &[])? {
        let (kind, words): (String, String) = (it.get("kind")?, it.get("words")?);
        let table = all.entry(it.get("name")?).or_default();
        match kind.as_str() {
            "c" => drop(table.checks.insert(words)),
            "f" => {
                // FOREIGN KEY (a, b) REFERENCES other(c, d)
                let mut parts = words.split(['(', ')']).map(str::trim);
                let (_, here, other, there) = (parts.next(), parts.next(), parts.next(), parts.next());
                let other = other.unwrap_or_default().trim_start_matches("REFERENCES ");
                table.references.insert(refers(here.unwrap_or_default(), other, there.unwrap_or_default()));
            }
            _ => {}
        }
    }
    Ok(all)
}

fn sqlite_kind(kind: &str) -> &str {
    match kind {
        // Made by hand in both dialects: the table of the steps themselves.
        "BIGINT" => "INTEGER",
        other => other,
    }
}

fn postgres_kind(kind: &str) -> &str {
    match kind {
        "bigint" => "INTEGER",
        "double precision" => "REAL",
        "bytea" => "BLOB",
        "text" => "TEXT",
        other => other,
    }
}

fn said(kind: &str, must: bool) -> String {
    if must { format!("{kind} NOT NULL") } else { kind.to_owned() }
}

fn listed(columns: &[String], partial: bool) -> String {
    let columns = columns.join(", ");
    if partial { format!("{columns} WHERE") } else { columns }
}

fn refers(here: &str, other: &str, there: &str) -> String {
    format!("{here} -> {other} ({there})")
}

/// What stands behind each `CHECK` of a table's text: the rule without its outer parentheses, in one line.
fn checks(sql: &str) -> BTreeSet<String> {
    let plain: Vec<_> = sql.lines().map(|it| it.split("--").next().unwrap_or_default()).collect();
    let plain = plain.join(" ");
    let rules = plain.split("CHECK").skip(1).filter_map(|rest| inside(rest.trim_start()));
    rules.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// What stands between the first parenthesis and its partner. A parenthesis in a quoted text is a letter.
fn inside(text: &str) -> Option<&str> {
    let (mut depth, mut quoted) = (0, false);
    for (place, letter) in text.char_indices() {
        match letter {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 1 => return text.get(1..place),
            ')' if !quoted => depth -= 1,
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_whole() {
        let sql = "CREATE TABLE a (kind TEXT NOT NULL CHECK (kind IN ('x', ')')), -- CHECK (never)
                   n INTEGER CHECK(n > (1
                   + 2)), CHECK (kind <> 'x' OR n IS NOT NULL)) STRICT";
        let expected = ["kind <> 'x' OR n IS NOT NULL", "kind IN ('x', ')')", "n > (1 + 2)"];
        assert_eq!(checks(sql).into_iter().collect::<Vec<_>>(), expected);
    }
}
