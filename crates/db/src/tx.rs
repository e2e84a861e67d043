//! One act on the database: statements that are committed together or not at all.

use kernel::{Error, FacilityId, Result, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;

use crate::dialect;
use crate::sealed::Vault;
use crate::value::{Cell, FromValue, Row, Value};

type AfterCommit = Box<dyn FnOnce() + Send>;
/// What is to be written by an act.
pub(crate) type Note = Box<dyn FnOnce(&mut Tx<'_>) -> Result<()> + Send>;

/// The open transaction of one act. Everything a store function does goes through it.
pub struct Tx<'a> {
    pub(crate) back: Back<'a>,
    pub(crate) facility: Option<FacilityId>,
    pub(crate) vault: &'a Vault,
    pub(crate) statements: u64,
    pub(crate) after_commit: Vec<AfterCommit>,
    pub(crate) after_rollback: Vec<Note>,
    /// What a look puts on record once it is over ([`crate::Db::look`]); nothing in any other act.
    pub(crate) notes: Option<Vec<Note>>,
}

pub(crate) enum Back<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut Pg),
}

/// A PostgreSQL connection and the statements it has prepared.
pub(crate) struct Pg {
    pub(crate) client: postgres::Client,
    pub(crate) prepared: HashMap<String, postgres::Statement>,
}

impl Pg {
    fn statement(&mut self, sql: &str) -> Result<postgres::Statement> {
        if let Some(found) = self.prepared.get(sql) {
            return Ok(found.clone());
        }
        let made = self.client.prepare(&dialect::statement(sql)).map_err(|error| postgres_error(&error, sql))?;
        self.prepared.insert(sql.to_owned(), made.clone());
        Ok(made)
    }
}

impl Tx<'_> {
    /// Runs a statement; the number of rows it changed.
    ///
    /// # Errors
    /// `Conflict` for a row that is already there (unique index), `Unavailable` when the disk is full or the
    /// database is away, `Internal` otherwise.
    pub fn exec(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        self.statements += 1;
        match &mut self.back {
            Back::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql).map_err(|error| sqlite_error(&error, sql))?;
                let count =
                    statement.execute(rusqlite::params_from_iter(params)).map_err(|error| sqlite_error(&error, sql))?;
                Ok(count as u64)
            }
            Back::Postgres(pg) => {
                let statement = pg.statement(sql)?;
                pg.client.execute(&statement, &borrowed(params)).map_err(|error| postgres_error(&error, sql))
            }
        }
    }

    /// All rows of an answer. The caller limits them in SQL.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        self.statements += 1;
        match &mut self.back {
            Back::Sqlite(connection) => {
                let fail = |error| sqlite_error(&error, sql);
                let mut statement = connection.prepare_cached(sql).map_err(fail)?;
                let names: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
                let width = names.len();
                let mut found = statement.query(rusqlite::params_from_iter(params)).map_err(fail)?;
                let mut rows = Vec::new();
                while let Some(row) = found.next().map_err(fail)? {
                    let mut values = Vec::with_capacity(width);
                    for place in 0..width {
                        values.push(row.get(place).map_err(fail)?);
                    }
                    rows.push(Row { names: names.clone(), values });
                }
                Ok(rows)
            }
            Back::Postgres(pg) => {
                let fail = |error| postgres_error(&error, sql);
                let statement = pg.statement(sql)?;
                let names: Arc<[String]> = statement.columns().iter().map(|it| it.name().to_owned()).collect();
                let found = pg.client.query(&statement, &borrowed(params)).map_err(fail)?;
                found
                    .iter()
                    .map(|row| {
                        let values = (0..names.len()).map(|place| row.try_get(place)).collect::<Result<_, _>>();
                        Ok(Row { names: names.clone(), values: values.map_err(fail)? })
                    })
                    .collect()
            }
        }
    }

    /// Shows each row of an answer to `see` without keeping any: for readers of very many rows, whom building them would
    /// cost more than reading. The first error of `see` ends it.
    ///
    /// # Errors
    /// As [`Tx::exec`], and those of `see`.
    pub fn each(&mut self, sql: &str, params: &[Value], mut see: impl FnMut(&[Cell<'_>]) -> Result<()>) -> Result<()> {
        self.statements += 1;
        match &mut self.back {
            Back::Sqlite(connection) => {
                let fail = |error| sqlite_error(&error, sql);
                let mut statement = connection.prepare_cached(sql).map_err(fail)?;
                let width = statement.column_count();
                let mut found = statement.query(rusqlite::params_from_iter(params)).map_err(fail)?;
                while let Some(row) = found.next().map_err(fail)? {
                    let cells =
                        (0..width).map(|place| row.get_ref(place).map(Cell::from)).collect::<Result<Vec<_>, _>>();
                    see(&cells.map_err(fail)?)?;
                }
                Ok(())
            }
            Back::Postgres(pg) => {
                let fail = |error| postgres_error(&error, sql);
                let statement = pg.statement(sql)?;
                for row in pg.client.query(&statement, &borrowed(params)).map_err(fail)? {
                    let cells = (0..row.len()).map(|place| row.try_get(place)).collect::<Result<Vec<_>, _>>();
                    see(&cells.map_err(fail)?)?;
                }
                Ok(())
            }
        }
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub fn row(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// The only column of the first row, if there is one.
    ///
    /// # Errors
    /// As [`Tx::exec`]; `Internal` for another type.
    pub fn value<T: FromValue>(&mut self, sql: &str, params: &[Value]) -> Result<Option<T>> {
        self.row(sql, params)?.and_then(|row| row.values.first().map(T::from_value)).transpose()
    }

    /// How many rows there are and when the newest was made: what a statement on this facility's rows (`?1`) says as `count`
    /// and `newest`.
    ///
    /// # Errors
    /// As [`Tx::exec`]; `Internal` for other columns.
    pub fn counted(&mut self, sql: &str) -> Result<(u64, Option<Timestamp>)> {
        let facility = self.facility()?;
        let Some(row) = self.row(sql, crate::params![facility])? else { return Ok((0, None)) };
        let count: i64 = row.get("count")?;
        Ok((u64::try_from(count).unwrap_or(0), row.get("newest")?))
    }

    /// Makes acts that lock the same `what` follow one another until the end of this act.
    /// (SQLite has one writer anyway; PostgreSQL takes an advisory lock of the transaction.)
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub fn lock(&mut self, what: &str) -> Result<()> {
        if matches!(self.back, Back::Postgres(_)) {
            self.rows("SELECT pg_advisory_xact_lock(hashtextextended(?1, 0))", crate::params![what])?;
        }
        Ok(())
    }

    /// Runs `f` once the act is durable, before its caller hears of it; not at all when it is not.
    pub fn on_commit(&mut self, f: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(f));
    }

    /// Runs `f` after the act was taken back because it failed: what must be on record although nothing happened
    /// (a refused access). `f` is an act of its own.
    pub fn on_rollback(&mut self, f: impl FnOnce(&mut Tx<'_>) -> Result<()> + Send + 'static) {
        self.after_rollback.push(Box::new(f));
    }

    /// Puts on record what `f` writes: at once in an act that writes, and before anybody sees anything in a look
    /// ([`crate::Db::look`]).
    ///
    /// # Errors
    /// Those of `f`, here or from the look.
    pub fn note(&mut self, f: impl FnOnce(&mut Tx<'_>) -> Result<()> + Send + 'static) -> Result<()> {
        match &mut self.notes {
            Some(notes) => {
                notes.push(Box::new(f));
                Ok(())
            }
            None => f(self),
        }
    }

    /// Statements that this act has run so far: tests hold by it that a longer list is not asked for piece by piece.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements
    }

    /// Whether this is PostgreSQL; for schema tests and the few statements that cannot be said in both.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.back, Back::Postgres(_))
    }

    /// One statement without values, kept ready: those that begin and end an act are run as often as acts.
    pub(crate) fn bare(&mut self, sql: &str) -> Result<()> {
        match &mut self.back {
            Back::Sqlite(connection) => {
                let ran = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
                ran.map(drop).map_err(|error| sqlite_error(&error, sql))
            }
            Back::Postgres(pg) => pg.client.batch_execute(sql).map_err(|error| postgres_error(&error, sql)),
        }
    }

    pub(crate) fn script(&mut self, sql: &str) -> Result<()> {
        match &mut self.back {
            Back::Sqlite(connection) => connection.execute_batch(sql).map_err(|error| sqlite_error(&error, sql)),
            Back::Postgres(pg) => pg.client.batch_execute(sql).map_err(|error| postgres_error(&error, sql)),
        }
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(it) => ValueRef::Integer(*it),
            Self::Real(it) => ValueRef::Real(*it),
            Self::Text(it) => ValueRef::Text(it.as_bytes()),
            Self::Bytes(it) => ValueRef::Blob(it),
        }))
    }
}

impl<'a> From<rusqlite::types::ValueRef<'a>> for Cell<'a> {
    fn from(value: rusqlite::types::ValueRef<'a>) -> Self {
        use rusqlite::types::ValueRef;
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(it) => Self::Int(it),
            ValueRef::Real(it) => Self::Real(it),
            ValueRef::Text(it) => Self::Text(String::from_utf8_lossy(it)),
            ValueRef::Blob(it) => Self::Bytes(it),
        }
    }
}

impl rusqlite::types::FromSql for Value {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        Ok(Cell::from(value).into_value())
    }
}

impl postgres::types::ToSql for Value {
    fn to_sql(
        &self,
        ty: &postgres::types::Type,
        out: &mut postgres::types::private::BytesMut,
    ) -> Result<postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        use postgres::types::{IsNull, Type};
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(it) if *ty == Type::INT4 => i32::try_from(*it)?.to_sql(ty, out),
            Self::Int(it) if *ty == Type::INT2 => i16::try_from(*it)?.to_sql(ty, out),
            Self::Int(it) if *ty == Type::BOOL => (*it != 0).to_sql(ty, out),
            Self::Int(it) => it.to_sql(ty, out),
            Self::Real(it) => it.to_sql(ty, out),
            Self::Text(it) => it.to_sql(ty, out),
            Self::Bytes(it) => it.to_sql(ty, out),
        }
    }
    fn accepts(_: &postgres::types::Type) -> bool {
        true
    }
    postgres::types::to_sql_checked!();
}

impl<'r> postgres::types::FromSql<'r> for Cell<'r> {
    fn from_sql(ty: &postgres::types::Type, raw: &'r [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        use postgres::types::Type;
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Self::Real(f32::from_sql(ty, raw)?.into()),
            Type::BYTEA => Self::Bytes(raw),
            Type::VOID => Self::Null,
            // A sum of 64-bit integers is `numeric` in PostgreSQL; stores cast it (`CAST(sum(x) AS INTEGER)` is refused there).
            Type::NUMERIC => return Err("numeric: cast to BIGINT".into()),
            _ => Self::Text(std::str::from_utf8(raw)?.into()),
        })
    }
    fn from_sql_null(_: &postgres::types::Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }
    fn accepts(_: &postgres::types::Type) -> bool {
        true
    }
}

impl<'r> postgres::types::FromSql<'r> for Value {
    fn from_sql(ty: &postgres::types::Type, raw: &'r [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Cell::from_sql(ty, raw).map(Cell::into_value)
    }
    fn from_sql_null(_: &postgres::types::Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }
    fn accepts(_: &postgres::types::Type) -> bool {
        true
    }
}

fn borrowed(params: &[Value]) -> Vec<&(dyn postgres::types::ToSql + Sync)> {
    params.iter().map(|it| it as &(dyn postgres::types::ToSql + Sync)).collect()
}

/// The words for the person depend on the kind only; the statement goes to our log, its values never.
pub(crate) fn sqlite_error(error: &rusqlite::Error, sql: &str) -> Error {
    use rusqlite::ffi::ErrorCode;
    let cause = format!("{error} in {}", first_line(sql));
    match error.sqlite_error().map(|it| (it.code, it.extended_code)) {
        Some((
            ErrorCode::ConstraintViolation,
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
        )) => Error::conflict(cause),
        Some((ErrorCode::DiskFull, _)) => Error::disk_full(cause),
        Some((
            ErrorCode::SystemIoFailure
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked,
            _,
        )) => Error::unavailable(cause),
        _ => Error::internal(cause),
    }
}

pub(crate) fn postgres_error(error: &postgres::Error, sql: &str) -> Error {
    use postgres::error::SqlState;
    let detail =
        error.as_db_error().map_or_else(|| error.to_string(), |it| format!("{} {}", it.code().code(), it.message()));
    let cause = format!("{detail} in {}", first_line(sql));
    match error.code() {
        Some(it) if *it == SqlState::UNIQUE_VIOLATION => Error::conflict(cause),
        Some(it) if *it == SqlState::T_R_DEADLOCK_DETECTED || *it == SqlState::T_R_SERIALIZATION_FAILURE => {
            Error::conflict(cause)
        }
        Some(it) if *it == SqlState::DISK_FULL => Error::disk_full(cause),
        Some(_) => Error::internal(cause),
        None => Error::unavailable(cause),
    }
}

fn first_line(sql: &str) -> &str {
    sql.trim_start().lines().next().unwrap_or_default()
}
