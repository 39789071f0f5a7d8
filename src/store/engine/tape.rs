//! A batch recorded before it is committed: planned on one thread, run on another.
//!
//! A [`Recorder`] reads from an engine and records what is written, so that the appender plans on it
//! exactly as on an open batch. The recorded batch is valid for the state it was planned on; if another
//! session wrote in between, the guards refuse it.

use super::row::Param;
use super::{EachRow, Reader, Sink, StoreError};

/// A bound value; its text is in the tape.
#[derive(Debug, Clone, Copy)]
enum Value {
    Null,
    Int(i64),
    Text { start: usize, end: usize },
}

/// Statements in the order in which they run.
#[derive(Debug, Default)]
pub struct Tape {
    texts: String,
    values: Vec<Value>,
    /// Texts of the statements, without duplicates.
    statements: Vec<String>,
    /// Index of the statement, and end of its values.
    runs: Vec<(usize, usize)>,
}

impl Tape {
    /// Returns the number of statements.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.runs.len()
    }

    /// Returns whether it is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Adds a statement.
    pub(super) fn add(&mut self, sql: &str, params: &[Param<'_>]) {
        let known = self.statements.iter().position(|statement| statement == sql);
        let statement = known.unwrap_or_else(|| {
            self.statements.push(sql.to_owned());
            self.statements.len() - 1
        });
        for param in params {
            self.values.push(match param {
                Param::Null => Value::Null,
                Param::Int(value) => Value::Int(*value),
                Param::Text(text) => {
                    let start = self.texts.len();
                    self.texts.push_str(text);
                    Value::Text { start, end: self.texts.len() }
                }
            });
        }
        self.runs.push((statement, self.values.len()));
    }

    /// Returns the statements with their values, in order.
    pub fn statements(&self) -> impl Iterator<Item = (&str, Vec<Param<'_>>)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|(_, until)| *until));
        self.runs.iter().zip(starts).map(|((statement, until), from)| {
            (self.statements[*statement].as_str(), self.params(from, *until).collect())
        })
    }

    fn params(&self, from: usize, until: usize) -> impl Iterator<Item = Param<'_>> {
        self.values[from..until].iter().map(|value| match *value {
            Value::Null => Param::Null,
            Value::Int(value) => Param::Int(value),
            Value::Text { start, end } => Param::Text(&self.texts[start..end]),
        })
    }

    /// Runs the statements in order.
    ///
    /// # Errors
    /// The refusal of a guard or a fault; the batch is then lost.
    pub fn play(&self, sink: &mut dyn Sink) -> Result<(), StoreError> {
        let mut params = Vec::new();
        let mut from = 0;
        for (statement, until) in &self.runs {
            params.clear();
            params.extend(self.params(from, *until));
            sink.run(&self.statements[*statement], &params)?;
            from = *until;
        }
        Ok(())
    }
}

/// Reads from an engine and records what is written.
pub struct Recorder<'r> {
    /// The engine to read from.
    pub below: &'r mut dyn Reader,
    /// The recorded statements.
    pub tape: Tape,
}

impl Reader for Recorder<'_> {
    fn read(&mut self, sql: &str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), StoreError> {
        self.below.read(sql, params, each)
    }
}

impl Sink for Recorder<'_> {
    fn run(&mut self, sql: &str, params: &[Param<'_>]) -> Result<(), StoreError> {
        self.tape.add(sql, params);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Log(Vec<String>);

    impl Reader for Log {
        fn read(&mut self, _: &str, _: &[Param<'_>], _: EachRow<'_>) -> Result<(), StoreError> {
            Ok(())
        }
    }

    impl Sink for Log {
        fn run(&mut self, sql: &str, params: &[Param<'_>]) -> Result<(), StoreError> {
            self.0.push(format!("{sql} {params:?}"));
            Ok(())
        }
    }

    #[test]
    fn a_tape_plays_what_was_recorded() {
        let script: [(&str, &[Param<'_>]); 4] = [
            ("one", &[Param::Int(1), Param::Text("费"), Param::Null]),
            ("two", &[]),
            ("one", &[Param::Text(""), Param::Int(-2), Param::Text("x")]),
            ("two", &[Param::Int(3)]),
        ];
        let mut direct = Log(Vec::new());
        let mut below = Log(Vec::new());
        let mut recorder = Recorder { below: &mut below, tape: Tape::default() };
        for (sql, params) in script {
            direct.run(sql, params).unwrap();
            recorder.run(sql, params).unwrap();
        }
        let tape = recorder.tape;
        assert!(below.0.is_empty(), "recording writes nothing");
        assert_eq!(tape.len(), script.len());
        let mut played = Log(Vec::new());
        tape.play(&mut played).unwrap();
        assert_eq!(played.0, direct.0);
    }
}
