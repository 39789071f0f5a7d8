//! Queries about a database itself: its schema, and SQLite's own checks. They run on every engine.

use super::{Reader, StoreError, all};
use std::collections::BTreeMap;

/// Returns the names of schema objects of `ledger` that are missing, changed or added, compared with
/// `pattern`.
pub(super) fn schema_changes(
    pattern: &mut dyn Reader,
    ledger: &mut dyn Reader,
) -> Result<Vec<String>, StoreError> {
    let (ours, theirs) = (objects(pattern)?, objects(ledger)?);
    let missing = ours.iter().filter(|(name, sql)| theirs.get(*name) != Some(*sql));
    let added = theirs.iter().filter(|(name, _)| !ours.contains_key(*name));
    Ok(missing.chain(added).map(|(name, _)| name.clone()).collect())
}

/// Returns the problems that SQLite's own checks find: damaged pages, indexes that differ from their tables,
/// values that a table does not allow, rows that refer to missing ones. At most 20 of each of its two checks.
pub(super) fn integrity(ledger: &mut dyn Reader) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    ledger.read("PRAGMA integrity_check(20)", &[], &mut |row| {
        match row.text(0)? {
            "ok" => {}
            text => problems.push(text.to_owned()),
        }
        Ok(())
    })?;
    let mut left = 20;
    ledger.read("PRAGMA foreign_key_check", &[], &mut |row| {
        if left > 0 {
            left -= 1;
            problems.push(format!("{}: a row refers to a missing {}", row.text(0)?, row.text(2)?));
        }
        Ok(())
    })?;
    Ok(problems)
}

/// Returns the statements that create a copy of `pattern`, for an engine that runs them one by one:
/// tables, their rows, then indexes, views and triggers.
pub(super) fn creation_statements(pattern: &mut dyn Reader) -> Result<Vec<String>, StoreError> {
    let tables = texts(pattern, "type = 'table'")?;
    let mut statements: Vec<String> = tables.iter().map(|(sql, _)| sql.clone()).collect();
    for (_, table) in &tables {
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns = all(pattern, &columns, &[], |row| Ok(row.text(0)?.to_owned()))?;
        let values: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        let rows = format!("SELECT {} FROM {table}", values.join(" || ', ' || "));
        let rows = all(pattern, &rows, &[], |row| Ok(row.text(0)?.to_owned()))?;
        statements.extend(rows.into_iter().map(|row| format!("INSERT INTO {table} VALUES ({row})")));
    }
    statements.extend(texts(pattern, "type <> 'table'")?.into_iter().map(|(sql, _)| sql));
    Ok(statements)
}

/// Returns text and name of the schema objects under a condition, in the order of their creation.
fn texts(pattern: &mut dyn Reader, condition: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql = format!(
        "SELECT sql, name FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' \
         AND {condition} ORDER BY rowid"
    );
    all(pattern, &sql, &[], |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
}

/// Returns the text of every schema object by type and name, without the statistics that `ANALYZE` adds.
fn objects(ledger: &mut dyn Reader) -> Result<BTreeMap<String, String>, StoreError> {
    let mut found = BTreeMap::new();
    let sql = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'";
    ledger.read(sql, &[], &mut |row| {
        found.insert(row.text(0)?.to_owned(), row.text(1)?.to_owned());
        Ok(())
    })?;
    Ok(found)
}
