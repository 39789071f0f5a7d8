//! Standing lines of channels by the names that people and findings give them.

use super::engine::{Param, Reader, Row, StoreError, all, first};
use super::row_lists::{all_of, json};
use super::statements::{line_column, line_row};
use crate::domain::id::ChannelRef;
use crate::domain::line_name::{MarkedLine, readings};
use crate::domain::money::Money;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::Channel;
use crate::protocol::bills::ListedAgain;
use crate::protocol::steps::LineRef;
use crate::protocol::trades::StatementRow;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// A standing line with what may be part of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLine {
    /// Row of the line.
    pub row: i64,
    /// The line.
    pub listed: StatementRow,
}

impl NamedLine {
    /// Returns the line with what may tell it from others.
    #[must_use]
    pub fn marked(&self) -> MarkedLine<'_> {
        self.listed.marked()
    }
}

fn read_where<R: Reader + ?Sized>(
    reader: &mut R,
    from: &str,
    conditions: &str,
    params: &[Param<'_>],
) -> Result<Vec<NamedLine>, StoreError> {
    let sql = format!(
        "SELECT {}, l.id FROM {from} JOIN statement s ON s.id = l.statement WHERE {conditions} ORDER BY l.id",
        line_column::SQL
    );
    all(reader, &sql, params, |row: &Row<'_>| {
        Ok(NamedLine { listed: line_row(row)?, row: row.int(line_column::END)? })
    })
}

/// Returns the standing lines of a channel with a reference.
///
/// # Errors
/// A fault of the engine.
pub fn bearing<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    reference: &str,
) -> Result<Vec<NamedLine>, StoreError> {
    let params = [Param::Text(reference), Param::Text(channel.as_str())];
    read_where(reader, "standing_line l", "l.channel_ref = ?1 AND l.channel = ?2", &params)
}

/// Returns the lines in some rows, in the order of rows.
///
/// # Errors
/// A fault of the engine.
pub fn in_rows<R: Reader + ?Sized>(reader: &mut R, rows: &[i64]) -> Result<Vec<NamedLine>, StoreError> {
    let from = "json_each(?1) j CROSS JOIN statement_line l ON l.id = j.value";
    read_where(reader, from, "1", &[Param::Text(&json(rows))])
}

/// Returns those references of some lines that more than one line bears.
///
/// # Errors
/// A fault of the engine.
pub fn shared<R: Reader + ?Sized>(
    reader: &mut R,
    rows: &BTreeSet<i64>,
) -> Result<BTreeSet<(Channel, ChannelRef)>, StoreError> {
    let found = all_of(
        reader,
        "SELECT DISTINCT l.channel, l.channel_ref FROM json_each(?1) j CROSS JOIN statement_line l ON l.id = j.value \
         WHERE (SELECT count(*) FROM statement_line x WHERE x.channel_ref = l.channel_ref AND x.channel = l.channel) > 1",
        rows.iter().copied(),
        |row| Ok((row.parse(0)?, row.parse(1)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// Returns the standing lines that a name may mean: those of the reference or, behind a colon, also those of
/// the channel's own number, as far as they have what the name says beside.
///
/// # Errors
/// A fault of the engine.
pub fn meant<R: Reader + ?Sized>(reader: &mut R, at: &LineRef) -> Result<Vec<NamedLine>, StoreError> {
    // A name that the program gave says reference, kind and number.
    if let Some(kind) = at.kind {
        let mut lines = bearing(reader, at.channel, at.channel_ref.as_str())?;
        let is_it = |line: &NamedLine| {
            let line = &line.listed.line;
            line.kind == kind && at.channel_no.as_ref().is_none_or(|number| *number == line.channel_no)
        };
        lines.retain(|line| is_it(line) && at.may_be_of(line.listed.merchant.as_deref()));
        let said = at.said();
        lines.retain(|line| line.marked().has(&said));
        return Ok(lines);
    }
    named(reader, at.channel, at.channel_ref.as_str(), at.channel_no.is_some())
}

/// Returns the standing lines of a channel that a name may mean: those of the reference and, if `by_number`, of the
/// channel's own number.
///
/// # Errors
/// A fault of the engine.
pub fn named<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    name: &str,
    by_number: bool,
) -> Result<Vec<NamedLine>, StoreError> {
    for (base, said) in readings(name) {
        let mut lines = if by_number {
            // Without an index: a person asks for one line.
            let params = [Param::Text(base), Param::Text(channel.as_str())];
            let conditions = "l.channel = ?2 AND (l.channel_no = ?1 OR l.channel_ref = ?1)";
            read_where(reader, "standing_line l", conditions, &params)?
        } else {
            bearing(reader, channel, base)?
        };
        lines.retain(|line| line.marked().has(&said));
        if !lines.is_empty() {
            return Ok(lines);
        }
    }
    Ok(Vec::new())
}

/// Returns the name of a line that no other line has: by the channel's own number, or by the reference if other lines
/// have the number too or if `by_reference`.
///
/// # Errors
/// A fault of the engine.
pub fn name_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    line: &NamedLine,
    by_reference: bool,
) -> Result<LineRef, StoreError> {
    let own = &line.listed.line;
    let mut at = LineRef::of(channel, line.marked());
    let mut rivals = bearing(reader, channel, own.channel_ref.as_str())?;
    let has_number = |other: &NamedLine| other.listed.line.channel_no == own.channel_no;
    let is_other = |other: &NamedLine| other.row != line.row && !other.marked().is_same(&line.marked());
    at.by_reference = at.channel_no.is_some()
        && (by_reference
            || rivals.iter().any(|other| other.listed.line.kind != own.kind && has_number(other)));
    if let (Some(number), false) = (&at.channel_no, at.by_reference) {
        if let Some(original) = own.original_ref.as_ref().filter(|original| **original != own.channel_ref) {
            at.by_reference = bearing(reader, channel, original.as_str())?.iter().any(has_number);
        }
        if !at.by_reference {
            rivals.retain(has_number);
            if number != own.channel_ref.as_str() {
                rivals.extend(bearing(reader, channel, number)?);
            }
        }
    }
    at.apart = line.marked().apart_from(rivals.iter().filter(|other| is_other(other)).map(NamedLine::marked));
    Ok(at)
}

/// Returns the refusal of a name that means several lines, with the name of each, its reference, merchant
/// number, day and amount; `None` if nothing tells them apart, so that either may be meant.
///
/// # Errors
/// A fault of the engine.
pub fn refuse_several<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    at: &impl std::fmt::Display,
    lines: &[NamedLine],
) -> Result<Option<Rejection>, StoreError> {
    let mut told: Vec<(String, String)> = Vec::new();
    for line in lines {
        let name = name_of(reader, channel, line, false)?.to_string();
        if told.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let StatementRow { line: own, day, .. } = &line.listed;
        let day = day.unwrap_or_else(|| own.occurred_at.date());
        let amount = Money::new(own.paid_minor(), own.currency);
        let reference = own.channel_ref.as_str();
        let of: Vec<&str> = [reference].into_iter().chain(line.listed.merchant.as_deref()).collect();
        told.push((name.clone(), format!("{name} ({}, {day}, {amount} {})", of.join(", "), own.currency)));
    }
    if told.len() < 2 {
        return Ok(None);
    }
    told.sort();
    let named: Vec<String> = told.into_iter().map(|(_, told)| told).collect();
    let several = Rejection::new(Code::BadValue).with("what", "channel line").with("value", at);
    Ok(Some(several.with("problem", "match.several_lines").with("allowed", named.join("; "))))
}

/// Most lines that are told as listed again.
const TOLD: usize = 100;

/// Returns the condition that a line's own time, by the channel's clock, is of the days of its statement.
fn of_own_day(line: &str, statement: &str) -> String {
    format!(
        "(date(substr({line}.occurred_at, 1, 10), ((60 * substr({line}.occurred_at, 12, 2) + substr({line}.occurred_at, 15, 2) \
            - coalesce((SELECT n.cut_minute FROM channel_now n WHERE n.channel = {line}.channel), 1440) + 14400) / 1440 - 9) || ' day') \
          BETWEEN {statement}.day AND coalesce({statement}.last_day, {statement}.day))"
    )
}

/// Returns the rows of a channel's lines of a day that another standing statement lists too and that count there, and
/// tells the first of them in `told`. Of one day the earlier statement counts; of several days the one that holds the
/// line by its own time, else the earliest; where each of two days holds its own by time, they are two lines.
/// Statements of one merchant number, or of which one names none, may list the same line.
///
/// # Errors
/// A fault of the engine.
pub fn listed_again<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    day: Date,
    told: &mut Vec<ListedAgain>,
) -> Result<BTreeSet<i64>, StoreError> {
    let mut rows = BTreeSet::new();
    let sql = format!(
        "SELECT l.id, l.channel_ref, l.channel_no, p.file, s.file FROM standing_statement s \
           CROSS JOIN statement_line l ON l.statement = s.id \
           CROSS JOIN statement_line x ON x.channel_ref = l.channel_ref AND x.channel = l.channel \
           CROSS JOIN standing_statement p ON p.id = x.statement \
         WHERE s.channel = ?1 AND s.day = ?2 \
           AND x.statement <> l.statement AND p.day > '' AND x.kind = l.kind AND x.channel_no = l.channel_no AND l.channel_no <> '' \
           AND coalesce(x.merchant_no, p.sub_merchant, p.merchant_id, l.merchant_no, s.sub_merchant, s.merchant_id, '') \
             = coalesce(l.merchant_no, s.sub_merchant, s.merchant_id, x.merchant_no, p.sub_merchant, p.merchant_id, '') \
           AND CASE WHEN p.day = s.day THEN x.statement < l.statement WHEN {own} THEN 0 WHEN {theirs} THEN 1 \
                    ELSE (p.day, x.statement) < (s.day, l.statement) END \
         ORDER BY l.id, x.id",
        theirs = of_own_day("x", "p"),
        own = of_own_day("l", "s"),
    );
    let params = [Param::Text(channel.as_str()), Param::Text(&day.to_string())];
    reader.read(&sql, &params, &mut |row| {
        if rows.insert(row.int(0)?) && told.len() < TOLD {
            told.push(ListedAgain {
                channel_ref: row.parse(1)?,
                channel_no: row.text(2)?.to_owned(),
                statements: vec![row.text(3)?.to_owned(), row.text(4)?.to_owned()],
            });
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Returns the lines in some rows, in that order; of those that list the same payment the one that counts, as in
/// [`listed_again`].
///
/// # Errors
/// A fault of the engine.
pub fn each_once<R: Reader + ?Sized>(reader: &mut R, rows: &[i64]) -> Result<Vec<StatementRow>, StoreError> {
    let known = in_rows(reader, rows)?;
    let sql = format!(
        "SELECT l.id, {} IS NOT 1, s.day, l.statement FROM statement_line l JOIN statement s ON s.id = l.statement WHERE l.id = ?1",
        of_own_day("l", "s")
    );
    let mut counting: Vec<(&NamedLine, (bool, Option<Date>, i64))> = Vec::new();
    for line in rows.iter().filter_map(|row| known.iter().find(|line| line.row == *row)) {
        let rank = match rows {
            [_] => None,
            _ => first(reader, &sql, &[Param::Int(line.row)], |row| {
                Ok((row.flag(1)?, row.maybe_parse(2)?, row.int(3)?))
            })?,
        };
        let rank = rank.unwrap_or_default();
        let is_of_one_day = |other: &NamedLine| other.listed.day == line.listed.day;
        // The rank begins with whether the line is not of the day of its statement.
        let same = counting.iter_mut().find(|(other, best)| {
            other.marked().is_same(&line.marked()) && (is_of_one_day(other) || best.0 || rank.0)
        });
        match same {
            Some((other, best)) => {
                if if is_of_one_day(other) { rank.2 < best.2 } else { rank < *best } {
                    (*other, *best) = (line, rank);
                }
            }
            None => counting.push((line, rank)),
        }
    }
    Ok(counting.into_iter().map(|(line, _)| line.listed.clone()).collect())
}

/// Returns the first line of each payment.
#[must_use]
pub fn payments(lines: Vec<NamedLine>) -> Vec<NamedLine> {
    let mut first: Vec<NamedLine> = Vec::new();
    for line in lines {
        if !first.iter().any(|other| other.marked().is_same(&line.marked())) {
            first.push(line);
        }
    }
    first
}
