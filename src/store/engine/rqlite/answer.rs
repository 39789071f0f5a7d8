//! Reading the answers of a cluster.
//!
//! Status 200 says little: the error of a statement is in its result, the error of the COMMIT (a deferred
//! foreign key) beside empty results. So a batch counts as committed only if there is no error anywhere
//! and as many results as statements. Any other answer, from a node that lost its leader or its
//! connection, does not tell whether the batch was or will be applied.

use crate::domain::rejection::{Code, Rejection};
use crate::store::engine::row::{Cell, Cells};
use crate::store::engine::{Fault, StoreError};
use serde::Deserialize;

/// Outcome of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Done.
    Done(T),
    /// Refused: nothing was done, and nothing will be.
    Refused(StoreError),
    /// The answer does not tell.
    Unclear(String),
}

impl<T> Outcome<T> {
    /// Continues with the value of a request that was done.
    pub fn and_then<U>(self, read: impl FnOnce(T) -> Outcome<U>) -> Outcome<U> {
        match self {
            Self::Done(done) => read(done),
            Self::Refused(error) => Outcome::Refused(error),
            Self::Unclear(why) => Outcome::Unclear(why),
        }
    }
}

#[derive(Deserialize)]
struct Body {
    /// Null if there is an error.
    results: Option<Vec<Entry>>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    error: Option<String>,
    #[serde(default)]
    values: Vec<Vec<Value>>,
}

/// A value of an answer; numbers are read as integers of 64 bits, never through a float.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// An integer.
    Int(i64),
    /// A text.
    Text(String),
    /// NULL, the only other value in a ledger; a fraction is an error.
    Null(Option<()>),
}

/// A row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonRow(pub Vec<Value>);

impl Cells for JsonRow {
    fn cell(&self, index: usize) -> Result<Cell<'_>, StoreError> {
        match self.0.get(index) {
            Some(Value::Int(value)) => Ok(Cell::Int(*value)),
            Some(Value::Text(text)) => Ok(Cell::Text(text)),
            Some(Value::Null(_)) => Ok(Cell::Null),
            None => Err(Fault::Corrupt { detail: format!("no column {index}") }.into()),
        }
    }
}

/// Reads the rows of each query.
#[must_use]
pub fn rows(status: u16, body: &[u8], queries: usize) -> Outcome<Vec<Vec<JsonRow>>> {
    let parsed = match parse(status, body) {
        // A leader that has not caught up with its log has no tables yet; queries only name tables of a
        // ledger.
        Outcome::Refused(StoreError::Fault(Fault::Internal { detail }))
            if detail.contains("no such table") =>
        {
            Outcome::Unclear(detail)
        }
        parsed => parsed,
    };
    parsed.and_then(|results| {
        if results.len() != queries {
            return Outcome::Unclear(format!("{} results for {queries} queries", results.len()));
        }
        let rows = |entry: Entry| entry.values.into_iter().map(JsonRow).collect();
        Outcome::Done(results.into_iter().map(rows).collect())
    })
}

/// Reads whether a batch of this many statements was committed.
#[must_use]
pub fn committed(status: u16, body: &[u8], statements: usize) -> Outcome<()> {
    parse(status, body).and_then(|results| match results.len() {
        count if count == statements => Outcome::Done(()),
        count => Outcome::Unclear(format!("{count} results for {statements} statements")),
    })
}

fn parse(status: u16, body: &[u8]) -> Outcome<Vec<Entry>> {
    let shown = || String::from_utf8_lossy(body.get(..200).unwrap_or(body)).trim().to_owned();
    match status {
        200 => {}
        401 | 403 => return Outcome::Refused(Fault::Login { detail: shown() }.into()),
        400 | 404 | 405 | 413 | 415 => {
            return Outcome::Refused(Fault::Internal { detail: format!("{status}: {}", shown()) }.into());
        }
        // 5xx: no leader, leadership lost, a node that is not ready; 3xx: redirections are not followed.
        _ => return Outcome::Unclear(format!("{status}: {}", shown())),
    }
    let parsed: Body = match serde_json::from_slice(body) {
        Ok(parsed) => parsed,
        Err(error) => return Outcome::Unclear(format!("{error}: {}", shown())),
    };
    let results = parsed.results.unwrap_or_default();
    let error = parsed.error.or_else(|| results.iter().find_map(|entry| entry.error.clone()));
    match error {
        Some(error) if is_of_the_statement(&error) => Outcome::Refused(refusal(&error)),
        Some(error) => Outcome::Unclear(error),
        None => Outcome::Done(results),
    }
}

/// Returns whether a statement failed, with the message of a guard or of SQLite. Every other error is the
/// cluster's (no leader, a node that could not forward the request); it comes with status 200 too, and
/// does not tell what became of the batch.
fn is_of_the_statement(error: &str) -> bool {
    Code::find_in(error).is_some()
        || [
            "constraint failed",
            // Not every "no such": a host that is not found is the cluster's error.
            "no such table",
            "no such column",
            "no such function",
            "no such module",
            "syntax error",
            "incomplete input",
            "has no column",
            "values for",
            "already exists",
            "ambiguous column",
            "cannot store",
            "datatype mismatch",
            "wrong number of arguments",
            "not authorized",
            "disk image is malformed",
            "not a database",
            "disk is full",
            "readonly database",
        ]
        .iter()
        .any(|words| error.contains(words))
}

/// Converts a message of SQLite: to a refusal if a guard raised it, else to a fault.
fn refusal(text: &str) -> StoreError {
    if let Some(code) = Code::find_in(text) {
        return Rejection::by_guard(code, text).into();
    }
    let has = |words: &str| text.contains(words);
    if has("UNIQUE constraint failed: voucher.reverses") {
        return StoreError::rejected(Code::AlreadyReversed);
    }
    // A foreign key, a check, a column that must have a value, a name that is there already.
    if has("constraint failed") {
        return Rejection::by_guard(Code::Reference, text).into();
    }
    let detail = text.to_owned();
    if has("database or disk is full") {
        Fault::Full.into()
    } else if has("disk image is malformed") || has("not a database") {
        Fault::Corrupt { detail }.into()
    } else {
        Fault::Internal { detail }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T>(outcome: Outcome<T>) -> String {
        match outcome {
            Outcome::Refused(StoreError::Rejected(rejection)) => rejection.code.as_str().to_owned(),
            Outcome::Refused(StoreError::Fault(fault)) => fault.code().to_owned(),
            Outcome::Unclear(_) => "unclear".to_owned(),
            Outcome::Done(_) => "done".to_owned(),
        }
    }

    /// Answers as nodes of 8.26 and 10.x give them; a batch of two statements.
    #[test]
    fn only_a_whole_answer_without_error_is_a_commit() {
        let answers: [(u16, &str, &str); 19] = [
            (200, r#"{"results":[{"last_insert_id":1,"rows_affected":1},{"rows_affected":1}]}"#, "done"),
            (200, r#"{"results":[{},{}]}"#, "done"),
            (200, r#"{"results":[{"rows_affected":1},{}],"time":0.0004,"sequence_number":7}"#, "done"),
            // The COMMIT failed: a deferred foreign key.
            (200, r#"{"results":[],"error":"FOREIGN KEY constraint failed"}"#, "STORNO-REFERENCE"),
            (200, r#"{"results":null,"error":"FOREIGN KEY constraint failed"}"#, "STORNO-REFERENCE"),
            // A statement failed; the others were rolled back, their results are not shown.
            (
                200,
                r#"{"results":[{"error":"STORNO-CHAIN-NUMBER: the number must be"}]}"#,
                "STORNO-CHAIN-NUMBER",
            ),
            (
                200,
                r#"{"results":[{"rows_affected":1},{"error":"UNIQUE constraint failed: voucher.reverses"}]}"#,
                "STORNO-ALREADY-REVERSED",
            ),
            (200, r#"{"results":[{"error":"near \"x\": syntax error"}]}"#, "STORNO-INTERNAL"),
            (200, r#"{"results":[{"error":"database or disk is full"}]}"#, "STORNO-DISK-FULL"),
            // Fewer results than statements, and none at all: not a commit.
            (200, r#"{"results":[{"rows_affected":1}]}"#, "unclear"),
            (200, r#"{"results":[]}"#, "unclear"),
            (200, "", "unclear"),
            // The leader was lost.
            (503, "leader not found\n", "unclear"),
            (500, "leadership lost while committing log\n", "unclear"),
            (200, r#"{"results":[],"error":"leadership lost while committing log"}"#, "unclear"),
            (
                200,
                r#"{"results":[],"error":"node failed to process Execute on remote node at h:4002: pool get: dial tcp"}"#,
                "unclear",
            ),
            // A node whose name is gone: words that SQLite has too.
            (
                200,
                r#"{"results":[],"error":"node failed to process Execute on remote node: dial tcp: lookup h: no such host"}"#,
                "unclear",
            ),
            (401, "", "STORNO-LOGIN"),
            (404, "404 page not found\n", "STORNO-INTERNAL"),
        ];
        for (status, body, wanted) in answers {
            assert_eq!(refused(committed(status, body.as_bytes(), 2)), wanted, "{status} {body}");
        }
    }

    #[test]
    fn rows_keep_every_bit_and_a_fraction_is_an_error() {
        let body = r#"{"results":[{"columns":["a","b","c"],"types":["integer","text",""],
                      "values":[[9223372036854775807,"费",null],[-9223372036854775808,"",1]]}]}"#;
        let Outcome::Done(read) = rows(200, body.as_bytes(), 1) else { panic!("rows") };
        assert_eq!(read[0][0].cell(0).unwrap(), Cell::Int(i64::MAX));
        assert_eq!(read[0][0].cell(1).unwrap(), Cell::Text("费"));
        assert_eq!(read[0][0].cell(2).unwrap(), Cell::Null);
        assert_eq!(read[0][1].cell(0).unwrap(), Cell::Int(i64::MIN));
        assert!(read[0][0].cell(3).is_err());
        // No rows: newer versions leave the values out.
        assert_eq!(
            rows(200, br#"{"results":[{"columns":["a"],"types":["integer"]}]}"#, 1),
            Outcome::Done(vec![Vec::new()])
        );
        assert_eq!(refused(rows(200, br#"{"results":[{"values":[[1.5]]}]}"#, 1)), "unclear");
        assert_eq!(refused(rows(200, br#"{"results":[{"error":"no such table: x"}]}"#, 1)), "unclear");
        assert_eq!(
            refused(rows(200, br#"{"results":[{"error":"no such column: x"}]}"#, 1)),
            "STORNO-INTERNAL"
        );
        assert_eq!(refused(rows(503, b"leader not found", 1)), "unclear");
    }
}
