//! What a history asks of a database: statements with numbered places (`$1`, each first used in its order), rows by the names of columns.

use std::collections::BTreeMap;
use std::fmt;

use super::error::HistoryError;

/// A value of a row or of a statement's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A number that is stored, and may be too large to be.
pub(super) fn stored(value: u64) -> Result<Value, HistoryError> {
    let number = i64::try_from(value).map_err(|_| HistoryError::Number(value.to_string()))?;
    Ok(number.into())
}

/// A row.
#[derive(Debug)]
pub(super) struct Row(pub BTreeMap<String, Value>);

impl Row {
    fn value(&self, column: &str) -> &Value {
        self.0.get(column).unwrap_or(&Value::Null)
    }

    /// A number; an error where there is none.
    pub(super) fn number(&self, column: &str) -> Result<i64, HistoryError> {
        self.number_if_any(column)
            .ok_or_else(|| HistoryError::Number(format!("nothing in `{column}`")))
    }

    /// A number from 0.
    pub(super) fn amount(&self, column: &str) -> Result<u64, HistoryError> {
        let number = self.number(column)?;
        u64::try_from(number).map_err(|_| HistoryError::Number(number.to_string()))
    }

    /// A number, where there is one.
    pub(super) fn number_if_any(&self, column: &str) -> Option<i64> {
        match self.value(column) {
            Value::Number(number) => Some(*number),
            Value::Null | Value::Text(_) => None,
        }
    }

    /// A text; empty where there is none.
    pub(super) fn text(&self, column: &str) -> String {
        self.text_if_any(column).unwrap_or_default()
    }

    /// A text, where there is one.
    pub(super) fn text_if_any(&self, column: &str) -> Option<String> {
        match self.value(column) {
            Value::Text(text) => Some(text.clone()),
            Value::Null | Value::Number(_) => None,
        }
    }
}

/// A database that holds a history.
pub(super) trait Database: fmt::Debug {
    /// Rows that a statement changed.
    fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64, HistoryError>;

    /// Rows that a statement gives.
    fn query(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>, HistoryError>;

    /// Statements without places, one after another.
    fn batch(&mut self, statements: &str) -> Result<(), HistoryError>;

    /// Makes sure of the connection after a while in which nothing was asked; where it is gone, it is made anew.
    fn wake(&mut self) -> Result<(), HistoryError> {
        Ok(())
    }

    /// The statement that begins a transaction which writes.
    fn begins(&self) -> &'static str;

    /// The database's own clock in seconds since 1970, where several machines use it; `None` where the runner's is as good.
    fn now(&mut self) -> Result<Option<i64>, HistoryError>;
}

/// Does all of something or nothing.
pub(super) fn wholly<T>(
    database: &mut dyn Database,
    act: impl FnOnce(&mut dyn Database) -> Result<T, HistoryError>,
) -> Result<T, HistoryError> {
    let begins = database.begins();
    database.batch(begins)?;
    match act(database).and_then(|done| database.batch("COMMIT").map(|()| done)) {
        Ok(done) => Ok(done),
        Err(error) => {
            // What cannot be rolled back was never committed: the connection ends.
            let _ = database.batch("ROLLBACK");
            Err(error)
        }
    }
}
