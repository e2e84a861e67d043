//! What goes into a statement and comes out of a row.

use std::borrow::Cow;

use kernel::id::Id;
use kernel::{Date, Error, Result, Timestamp};

/// A value of either database.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// 64-bit integer; also instants (µs) and truth values (0, 1).
    Int(i64),
    /// Double.
    Real(f64),
    /// UTF-8 text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A value still where the database keeps it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// SQL NULL.
    Null,
    /// 64-bit integer.
    Int(i64),
    /// Double.
    Real(f64),
    /// Text; what is no UTF-8 in it is replaced.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl Cell<'_> {
    /// The same, owned.
    #[must_use]
    pub fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Int(it) => Value::Int(it),
            Self::Real(it) => Value::Real(it),
            Self::Text(it) => Value::Text(it.into_owned()),
            Self::Bytes(it) => Value::Bytes(it.to_vec()),
        }
    }
}

/// What can be bound to a statement.
pub trait ToValue {
    /// The bound value.
    fn to_value(&self) -> Value;
}

/// What can be read from a column.
pub trait FromValue: Sized {
    /// The value read, or why not.
    ///
    /// # Errors
    /// `Internal` when the column holds another type.
    fn from_value(value: &Value) -> Result<Self>;
}

fn mismatch<T>(value: &Value) -> Error {
    let kind = match value {
        Value::Null => "null",
        Value::Int(_) => "integer",
        Value::Real(_) => "real",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
    };
    Error::internal(format!("column is {kind}, wanted {}", std::any::type_name::<T>()))
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}
impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}
impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}
macro_rules! integers {
    ($($kind:ty),+) => {$(
        impl ToValue for $kind {
            fn to_value(&self) -> Value {
                Value::Int(i64::from(*self))
            }
        }
        impl FromValue for $kind {
            fn from_value(value: &Value) -> Result<Self> {
                match value {
                    Value::Int(it) => <$kind>::try_from(*it).map_err(|_| mismatch::<Self>(value)),
                    _ => Err(mismatch::<Self>(value)),
                }
            }
        }
    )+};
}
integers!(i64, i32, u32, i16, u16, u8);
impl ToValue for usize {
    fn to_value(&self) -> Value {
        Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}
impl ToValue for f64 {
    fn to_value(&self) -> Value {
        Value::Real(*self)
    }
}
impl FromValue for f64 {
    #[allow(clippy::cast_precision_loss, reason = "a whole number read as a double is one below 2^53 here")]
    fn from_value(value: &Value) -> Result<Self> {
        match value {
            Value::Real(it) => Ok(*it),
            Value::Int(it) => Ok(*it as Self),
            _ => Err(mismatch::<Self>(value)),
        }
    }
}
impl ToValue for bool {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}
impl FromValue for bool {
    fn from_value(value: &Value) -> Result<Self> {
        Ok(i64::from_value(value)? != 0)
    }
}
impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}
impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}
impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self> {
        match value {
            Value::Text(it) => Ok(it.clone()),
            _ => Err(mismatch::<Self>(value)),
        }
    }
}
impl ToValue for [u8] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}
impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value {
        Value::Bytes(self.clone())
    }
}
impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}
impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Result<Self> {
        match value {
            Value::Bytes(it) => Ok(it.clone()),
            _ => Err(mismatch::<Self>(value)),
        }
    }
}
impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: &Value) -> Result<Self> {
        match value {
            Value::Bytes(it) => it.as_slice().try_into().map_err(|_| mismatch::<Self>(value)),
            _ => Err(mismatch::<Self>(value)),
        }
    }
}
impl ToValue for Timestamp {
    fn to_value(&self) -> Value {
        Value::Int(self.as_microsecond())
    }
}
impl FromValue for Timestamp {
    fn from_value(value: &Value) -> Result<Self> {
        Self::from_microsecond(i64::from_value(value)?).map_err(Error::internal)
    }
}
impl ToValue for Date {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
}
impl FromValue for Date {
    fn from_value(value: &Value) -> Result<Self> {
        String::from_value(value)?.parse().map_err(Error::internal)
    }
}
impl<K> ToValue for Id<K> {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
}
impl<K> FromValue for Id<K> {
    fn from_value(value: &Value) -> Result<Self> {
        String::from_value(value)?.parse().map_err(|_| mismatch::<Self>(value))
    }
}

/// One row of an answer, owned.
#[derive(Debug, Clone)]
pub struct Row {
    pub(crate) names: std::sync::Arc<[String]>,
    pub(crate) values: Vec<Value>,
}

impl Row {
    /// The column `name`.
    ///
    /// # Errors
    /// `Internal` when there is no such column or it holds another type.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T> {
        let place =
            self.names.iter().position(|it| it == name).ok_or_else(|| Error::internal(format!("no column {name}")))?;
        T::from_value(&self.values[place]).map_err(|error| Error::internal(format!("{name}: {error}")))
    }

    /// All values in order, for the schema and backup tests.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The same, handed over: for readers of very many rows.
    #[must_use]
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }
}

/// Binds values: `params![id, ctx.now, &text]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::ToValue::to_value(&$value)),*] as &[$crate::Value] };
}
