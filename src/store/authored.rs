//! Authored files as loaded: complete texts in numbered versions. Calendars, channels and kinds of trades are
//! kept this way.

use super::engine::{Param, Reader, Sink, StoreError, all, first};
use crate::domain::channel::{Channels, FeeTaken};
use crate::domain::cut::clock_shifts;
use crate::domain::id::Operator;
use crate::domain::kind::Kinds;
use crate::domain::period::{Moment, parse_zone};
use crate::domain::trade::TradeKind;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

/// Which files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthoredFile {
    /// Channel calendars; each adds to the one before or replaces it.
    Calendar,
    /// Channels; the last version is in force.
    Channels,
    /// Kinds of trades; the last version is in force.
    Kinds,
}

/// A file as loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Version: 1, 2, 3 …
    pub version: i64,
    /// Name given in the file.
    pub id: String,
    /// The TOML text.
    pub source: String,
    /// Time of loading.
    pub loaded_at: Moment,
    /// Operator who loaded it.
    pub operator: Operator,
}

impl AuthoredFile {
    const fn table(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Channels => "channel_set",
            Self::Kinds => "kind_set",
        }
    }

    /// Adds a file as the next version and returns the version.
    ///
    /// # Errors
    /// A refusal of a guard, or a fault.
    pub fn write<S: Sink + ?Sized>(
        self,
        sink: &mut S,
        (id, source): (&str, &str),
        operator: &Operator,
        now: Moment,
    ) -> Result<i64, StoreError> {
        let table = self.table();
        let next = format!("SELECT coalesce(max(version), 0) + 1 FROM {table}");
        let version = first(sink, &next, &[], |row| row.int(0))?.unwrap_or(1);
        sink.run(
            &format!(
                "INSERT INTO {table} (version, id, source, fingerprint, loaded_at, operator) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            ),
            &[
                Param::Int(version),
                Param::Text(id),
                Param::Text(source),
                Param::Text(&crate::domain::chain::fingerprint(source.as_bytes())),
                Param::Text(&now.to_string()),
                Param::Text(operator.as_str()),
            ],
        )?;
        Ok(version)
    }

    /// Returns the files, oldest first.
    ///
    /// # Errors
    /// A fault if they cannot be read.
    pub fn read<R: Reader + ?Sized>(self, reader: &mut R) -> Result<Vec<StoredFile>, StoreError> {
        let table = self.table();
        let sql = format!("SELECT version, id, source, loaded_at, operator FROM {table} ORDER BY version");
        all(reader, &sql, &[], |row| {
            Ok(StoredFile {
                version: row.int(0)?,
                id: row.text(1)?.to_owned(),
                source: row.text(2)?.to_owned(),
                loaded_at: row.parse(3)?,
                operator: row.parse(4)?,
            })
        })
    }
}

/// Adds a set of channels as the next version, with what views read of it in a ledger of this zone.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn write_channels<S: Sink + ?Sized>(
    sink: &mut S,
    (channels, zone): (&Channels, &TimeZone),
    source: &str,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    let version = AuthoredFile::Channels.write(sink, (channels.id(), source), operator, now)?;
    write_channel_facts(sink, version, channels, zone)
}

/// Returns whether views have what they read of the channels in force; a ledger of schema version 2 lacks it
/// until [`write_channel_facts`] adds it.
///
/// # Errors
/// A fault if it cannot be read.
pub fn has_channel_facts<R: Reader + ?Sized>(reader: &mut R) -> Result<bool, StoreError> {
    Ok(first(reader, "SELECT 1 FROM channel_now LIMIT 1", &[], |_| Ok(()))?.is_some())
}

/// Adds what views read of a version of the channels in a ledger of this zone.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn write_channel_facts<S: Sink + ?Sized>(
    sink: &mut S,
    version: i64,
    channels: &Channels,
    zone: &TimeZone,
) -> Result<(), StoreError> {
    for channel in channels.all() {
        let shifts = clock_shifts(&parse_zone(&channel.zone)?, zone);
        if !shifts.is_empty() {
            let rows: Vec<Vec<i64>> = shifts.iter().map(|shift| vec![shift.since, shift.minutes]).collect();
            sink.run(
                "INSERT INTO channel_shift (version, channel, since, minutes) \
                 SELECT ?1, ?2, value ->> 0, value ->> 1 FROM json_each(?3)",
                &[
                    Param::Int(version),
                    Param::Text(channel.code.as_str()),
                    Param::Text(&serde_json::Value::from(rows).to_string()),
                ],
            )?;
        }
        sink.run(
            "INSERT INTO channel_fact (version, channel, cut_minute, ready_minute, fee_billed) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                Param::Int(version),
                Param::Text(channel.code.as_str()),
                Param::Int(channel.cut_minute),
                Param::maybe_int(channel.statement_ready_minute),
                Param::Int(i64::from(channel.fee == FeeTaken::Billed)),
            ],
        )?;
        for merchant in channel.merchants.iter().collect::<BTreeSet<_>>() {
            sink.run(
                "INSERT INTO channel_merchant (version, channel, merchant) VALUES (?1, ?2, ?3)",
                &[Param::Int(version), Param::Text(channel.code.as_str()), Param::Text(merchant)],
            )?;
        }
    }
    Ok(())
}

/// Adds a set of kinds as the next version, with what views and guards read of it.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn write_kinds<S: Sink + ?Sized>(
    sink: &mut S,
    kinds: &Kinds,
    source: &str,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    let version = AuthoredFile::Kinds.write(sink, (kinds.id(), source), operator, now)?;
    for kind in kinds.all() {
        let (first, in_process) = (kind.first_event(), kind.counts_in_process());
        sink.run(
            "INSERT INTO trade_kind (version, code, first_event, listed, in_process, money) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                Param::Int(version),
                Param::Text(kind.code.as_str()),
                Param::Int(kinds.number(first).unwrap_or(1)),
                Param::Int(i64::from(kind.listed)),
                Param::Int(i64::from(in_process)),
                Param::Text(kind.money.as_str()),
            ],
        )?;
        for undone in kind.undoes.iter().map(TradeKind::as_str).collect::<BTreeSet<_>>() {
            sink.run(
                "INSERT INTO kind_undoes (version, kind, undone) VALUES (?1, ?2, ?3)",
                &[Param::Int(version), Param::Text(kind.code.as_str()), Param::Text(undone)],
            )?;
        }
    }
    Ok(())
}
