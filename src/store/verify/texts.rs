//! Check of the texts that a ledger keeps (policy, rules, calendars, channels and kinds of trades), of what views
//! read of them, and of the number of lines of statements.

use crate::domain::chain::fingerprint;
use crate::domain::channel::Channels;
use crate::domain::kind::Kinds;
use crate::store::authored::AuthoredFile;
use crate::store::engine::{Reader, StoreError, all};
use std::collections::BTreeSet;

/// Tables of texts, with the word of each in messages and on the command line.
const TEXTS: [(&str, &str); 5] = [
    ("policy", "policy"),
    ("rule_set", "rules"),
    ("calendar", "calendar"),
    ("channel_set", "channels"),
    ("kind_set", "kinds"),
];

/// Returns the texts that do not have the fingerprint they were loaded with: what they are, and the version.
pub(super) fn changed<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<(&'static str, i64)>, StoreError> {
    let mut found = Vec::new();
    for (table, what) in TEXTS {
        let sql = format!("SELECT version, source, fingerprint FROM {table} ORDER BY version");
        reader.read(&sql, &[], &mut |row| {
            if fingerprint(row.text(1)?.as_bytes()) != row.text(2)? {
                found.push((what, row.int(0)?));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// Returns which of the sets in force views do not read as their texts say: what they are, and the version. A set
/// that this program does not read, or of which views have nothing yet, is left out.
pub(super) fn misread<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<(&'static str, i64)>, StoreError> {
    let mut found = Vec::new();
    let (mut kinds, mut channels, mut versions) = (None, None, (0, 0));
    for file in AuthoredFile::Kinds.read(reader)? {
        kinds = Kinds::parse("", &file.source, kinds.as_ref()).ok();
        versions.0 = file.version;
    }
    if let Some(kinds) = kinds
        && !matches(kinds_read(reader)?, &kinds_said(&kinds))
    {
        found.push(("kinds", versions.0));
    }
    for file in AuthoredFile::Channels.read(reader)? {
        channels = Channels::parse("", &file.source, channels.as_ref()).ok();
        versions.1 = file.version;
    }
    if let Some(channels) = channels
        && !matches(channels_read(reader)?, &channels_said(&channels))
    {
        found.push(("channels", versions.1));
    }
    Ok(found)
}

/// Returns true if rows are what a text says, or if there is none.
fn matches(read: Vec<String>, said: &BTreeSet<String>) -> bool {
    read.is_empty() || read.into_iter().collect::<BTreeSet<_>>() == *said
}

fn kinds_read<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT k.code || ' ' || k.first_event || ' ' || k.listed || ' ' || k.in_process FROM trade_kind k \
               WHERE k.version = (SELECT max(version) FROM kind_set) \
               UNION ALL SELECT u.kind || ' ' || u.undone FROM undoes_now u";
    all(reader, sql, &[], |row| Ok(row.text(0)?.to_owned()))
}

fn kinds_said(kinds: &Kinds) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for kind in kinds.all() {
        let first = kinds.number(kind.first_event()).unwrap_or(1);
        let flags = (i64::from(kind.listed), i64::from(kind.counts_in_process()));
        said.insert(format!("{} {first} {} {}", kind.code, flags.0, flags.1));
        said.extend(kind.undoes.iter().map(|undone| format!("{} {undone}", kind.code)));
    }
    said
}

fn channels_read<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT f.channel || ' ' || f.cut_minute || ' ' || coalesce(f.ready_minute, '-') FROM channel_now f \
               UNION ALL SELECT m.channel || ' ' || m.merchant FROM channel_merchant m \
               WHERE m.version = (SELECT max(version) FROM channel_set)";
    all(reader, sql, &[], |row| Ok(row.text(0)?.to_owned()))
}

fn channels_said(channels: &Channels) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for channel in channels.all() {
        let ready =
            channel.statement_ready_minute.map_or_else(|| "-".to_owned(), |minute| minute.to_string());
        said.insert(format!("{} {} {ready}", channel.code, channel.cut_minute));
        said.extend(channel.merchants.iter().map(|merchant| format!("{} {merchant}", channel.code)));
    }
    said
}

/// Returns the statements that have another number of lines than their file had.
pub(super) fn recounted<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT s.id FROM statement s \
               LEFT JOIN (SELECT statement, count(*) AS lines FROM statement_line GROUP BY statement) l ON l.statement = s.id \
               WHERE s.rows <> coalesce(l.lines, 0) \
               UNION ALL SELECT DISTINCT l.statement FROM statement_line l WHERE l.statement NOT IN (SELECT id FROM statement)";
    all(reader, sql, &[], |row| row.int(0))
}
