//! Pages of a list by key: no OFFSET and no counting on the way, so that a page costs the same in a
//! ledger of a thousand rows and of ten million.

use super::engine::{Param, Reader, Row, StoreError, all, first};
use crate::protocol::page::{Page, RowKey, Rows, Start};

/// A paged query: columns, tables, conditions, and the column that orders it.
pub(super) struct List<'a> {
    pub columns: &'a str,
    pub from: &'a str,
    pub conditions: Vec<String>,
    pub params: Vec<Param<'a>>,
    pub key: &'a str,
    /// SQL that turns a page key into a value of `key`; `?` is the page key.
    pub key_value: &'a str,
    /// True if the greatest key comes first.
    pub newest_first: bool,
}

impl<'a> List<'a> {
    /// Creates a list in ascending order of `key`, without conditions.
    pub fn of(columns: &'a str, from: &'a str, key: &'a str) -> Self {
        let (conditions, params) = (Vec::new(), Vec::new());
        Self { columns, from, conditions, params, key, key_value: "?", newest_first: false }
    }

    /// Adds a condition with one value, written `?`.
    pub fn only(&mut self, condition: &str, value: Param<'a>) {
        self.params.push(value);
        self.conditions.push(condition.replace('?', &format!("?{}", self.params.len())));
    }

    fn sql(&self, extra: Option<&str>, descending: bool, limit: usize) -> String {
        let mut conditions: Vec<&str> = self.conditions.iter().map(String::as_str).collect();
        conditions.extend(extra);
        let filter =
            if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
        let order = if descending == self.newest_first { "ASC" } else { "DESC" };
        format!(
            "SELECT {} FROM {} {filter} ORDER BY {} {order} LIMIT {limit}",
            self.columns, self.from, self.key
        )
    }

    /// Reads one page.
    pub fn page<R: Reader + ?Sized, T>(
        &self,
        reader: &mut R,
        page: &Page,
        mut make: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Rows<T>, StoreError> {
        let limit = page.limit.clamp(1, Page::MAX);
        let (behind, ahead, at) = if self.newest_first { (">", "<", "<=") } else { ("<", ">", ">=") };
        let (comparison, key, descending) = match &page.start {
            Start::First => (None, None, false),
            Start::Last => (None, None, true),
            Start::After(key) => (Some(ahead), Some(key), false),
            Start::Before(key) => (Some(behind), Some(key), true),
            Start::At(key) => (Some(at), Some(key), false),
        };
        let place = self.key_value.replace('?', &format!("?{}", self.params.len() + 1));
        let extra = comparison.map(|comparison| format!("{} {comparison} {place}", self.key));
        let mut params = self.params.clone();
        params.extend(key.map(key_param));
        let mut rows = all(reader, &self.sql(extra.as_deref(), descending, limit + 1), &params, &mut make)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let (more_before, more_after) = match &page.start {
            Start::First => (false, more),
            Start::Last => (more, false),
            Start::After(_) => (true, more),
            Start::Before(_) => (more, true),
            Start::At(_) => {
                let before = format!("{} {behind} {place}", self.key);
                let sql = self.sql(Some(&before), true, 1);
                (first(reader, &sql, &params, |_| Ok(()))?.is_some(), more)
            }
        };
        if descending {
            rows.reverse();
        }
        Ok(Rows { rows, more_before, more_after })
    }
}

fn key_param(key: &RowKey) -> Param<'_> {
    match key {
        RowKey::Number(number) => Param::Int(*number),
        RowKey::Text(text) => Param::Text(text),
    }
}

/// Returns the exclusive end of the range of texts that start with `prefix`.
pub(super) fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}
