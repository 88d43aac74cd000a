//! Writes: each is one `INSERT` into a command view of the schema (`migrations/commands/`).

use crate::sql::{Row, Sql, Value, run};
use longwave_core::{Code, Result};
use std::fmt::Write;

/// A write under construction.
#[derive(Debug)]
pub(crate) struct Command {
    view: &'static str,
    columns: Vec<&'static str>,
    values: Vec<Value>,
}

/// A command without input; `view` is its name in the schema.
pub(crate) const fn command(view: &'static str) -> Command {
    Command { view, columns: Vec::new(), values: Vec::new() }
}

impl Command {
    /// Sets one column of the input.
    pub(crate) fn set(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.columns.push(column);
        self.values.push(value.into());
        self
    }

    /// Runs the command.
    ///
    /// # Errors
    /// The refusal that the command raises; `failure` if the database fails.
    pub(crate) async fn run(self, sql: &impl Sql, failure: Code) -> Result<()> {
        let statement = self.statement();
        run(sql, failure, &statement, self.values).await.map(drop)
    }

    /// Runs the command and returns the row of `results`, SQL expressions that are evaluated after
    /// it; `None` if the command ignored its input (`RAISE(IGNORE)`).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) async fn returning(
        self,
        sql: &impl Sql,
        failure: Code,
        results: &str,
    ) -> Result<Option<Row>> {
        let statement = format!("{} RETURNING {results}", self.statement());
        Ok(run(sql, failure, &statement, self.values).await?.into_iter().next())
    }

    fn statement(&self) -> String {
        let Self { view, columns, .. } = self;
        let mut statement = format!("INSERT INTO {view} ({}) VALUES (", columns.join(", "));
        for number in 1..=columns.len() {
            let separator = if number == 1 { "" } else { ", " };
            // Writing to a string does not fail.
            write!(statement, "{separator}?{number}").unwrap_or_default();
        }
        statement.push(')');
        statement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_insert_with_a_parameter_for_each_column() {
        let command = command("join_group").set("group_id", "g").set("user_id", "u").set("now", 1);
        assert_eq!(
            command.statement(),
            "INSERT INTO join_group (group_id, user_id, now) VALUES (?1, ?2, ?3)"
        );
        assert_eq!(command.values, ["g".into(), "u".into(), Value::from(1)]);
    }
}
