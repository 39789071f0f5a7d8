//! Channel statements (对账单) and their lines.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use super::imports::FileRecord;
use super::row_lists::pieces;
use crate::domain::line_name::MarkedLine;
use crate::domain::statement::{Coverage, StatementHead, StatementLine};
use crate::domain::trade::Channel;
use crate::protocol::trades::StatementRow;
use std::collections::BTreeSet;

columns! {
    /// A line `l` of a statement `s`.
    pub(super) mod line_column from 0 => {
        FILE = "s.file",
        DAY = "s.day",
        LINE = "l.line",
        KIND = "l.kind",
        CHANNEL_REF = "l.channel_ref",
        ORIGINAL_REF = "l.original_ref",
        CHANNEL_NO = "l.channel_no",
        AMOUNT = "l.amount_minor",
        FEE = "l.fee_minor",
        CURRENCY = "l.currency",
        STATUS = "l.status",
        OCCURRED_AT = "l.occurred_at",
        MERCHANT_NO = "l.merchant_no",
        MERCHANT_DISCOUNT = "l.merchant_discount_minor",
        CHANNEL_DISCOUNT = "l.channel_discount_minor",
        TROUBLE = "l.trouble",
        MERCHANT = "coalesce(l.merchant_no, s.sub_merchant, s.merchant_id)",
    }
}

pub(super) fn line_row(row: &Row<'_>) -> Result<StatementRow, StoreError> {
    Ok(StatementRow {
        file: row.text(line_column::FILE)?.to_owned(),
        day: row.maybe_parse(line_column::DAY)?,
        merchant: row.maybe_text(line_column::MERCHANT)?.filter(|no| !no.is_empty()).map(str::to_owned),
        line: StatementLine {
            line: u64::try_from(row.int(line_column::LINE)?).unwrap_or(0),
            kind: row.parse(line_column::KIND)?,
            channel_ref: row.parse(line_column::CHANNEL_REF)?,
            original_ref: row.maybe_parse(line_column::ORIGINAL_REF)?,
            channel_no: row.text(line_column::CHANNEL_NO)?.to_owned(),
            amount_minor: row.int(line_column::AMOUNT)?,
            fee_minor: row.int(line_column::FEE)?,
            currency: row.parse(line_column::CURRENCY)?,
            status: row.parse(line_column::STATUS)?,
            occurred_at: row.parse(line_column::OCCURRED_AT)?,
            merchant_no: row.maybe_text(line_column::MERCHANT_NO)?.map(str::to_owned),
            merchant_discount_minor: row.int(line_column::MERCHANT_DISCOUNT)?,
            channel_discount_minor: row.int(line_column::CHANNEL_DISCOUNT)?,
            trouble: row.maybe_text(line_column::TROUBLE)?.map(str::to_owned),
        },
    })
}

/// Returns the channel's lines with a reference.
pub fn lines_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: &str,
    channel_ref: &str,
) -> Result<Vec<StatementRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {} FROM standing_line l JOIN statement s ON s.id = l.statement \
             WHERE l.channel_ref = ?1 AND l.channel = ?2 ORDER BY l.id",
            line_column::SQL
        ),
        &[Param::Text(channel_ref), Param::Text(channel)],
        line_row,
    )
}

/// Returns the merchant numbers that a channel's line or its statement names.
///
/// # Errors
/// A fault of the engine.
pub fn merchant_numbers<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    of: MarkedLine<'_>,
) -> Result<BTreeSet<String>, StoreError> {
    let line = of.line;
    let sql = "SELECT l.merchant_no, s.merchant_id, s.sub_merchant FROM standing_line l JOIN statement s ON s.id = l.statement \
               WHERE l.channel_ref = ?1 AND l.channel = ?2 AND l.kind = ?3 AND l.channel_no = ?4 \
                 AND (?5 IS NULL OR coalesce(l.merchant_no, s.sub_merchant, s.merchant_id, ?5) = ?5)";
    let params = [
        Param::Text(line.channel_ref.as_str()),
        Param::Text(channel.as_str()),
        Param::Text(line.kind.as_str()),
        Param::Text(&line.channel_no),
        Param::maybe(of.merchant),
    ];
    let named = all(reader, sql, &params, |row| {
        let name = |at| Ok::<_, StoreError>(row.maybe_text(at)?.map(str::to_owned));
        Ok([name(0)?, name(1)?, name(2)?])
    })?;
    Ok(named.into_iter().flatten().flatten().filter(|name| !name.is_empty()).collect())
}

/// Returns the rows of the channel's lines with a reference.
pub fn rows_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: &str,
    channel_ref: &str,
) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT id FROM standing_line WHERE channel_ref = ?1 AND channel = ?2 ORDER BY id";
    all(reader, sql, &[Param::Text(channel_ref), Param::Text(channel)], |row| row.int(0))
}

/// Returns lines `l` of statements `s` under `conditions`, SQL that may also order and limit.
pub(super) fn lines_where<R: Reader + ?Sized>(
    reader: &mut R,
    conditions: &str,
    params: &[Param<'_>],
) -> Result<Vec<StatementRow>, StoreError> {
    let sql = format!(
        "SELECT {} FROM statement s CROSS JOIN statement_line l ON l.statement = s.id WHERE {conditions}",
        line_column::SQL
    );
    all(reader, &sql, params, line_row)
}

/// Returns the lines in some rows, in that order.
pub fn lines_in<R: Reader + ?Sized>(reader: &mut R, rows: &[i64]) -> Result<Vec<StatementRow>, StoreError> {
    let sql = format!(
        "SELECT {} FROM statement_line l JOIN statement s ON s.id = l.statement WHERE l.id = ?1",
        line_column::SQL
    );
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        lines.extend(first(reader, &sql, &[Param::Int(*row)], line_row)?);
    }
    Ok(lines)
}

/// Condition on a standing line `l`: no trade may have it, no person gave it to one, it comes to nothing with no other,
/// and no case has answered it.
fn has_no_trade() -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM trade_fits f WHERE f.line = l.id) \
         AND NOT EXISTS (SELECT 1 FROM match_now d JOIN trade o ON o.id = d.trade WHERE d.channel_ref = l.channel_ref \
             AND o.channel = l.channel AND d.line_kind = l.kind AND d.channel_no = l.channel_no AND {}) \
         AND NOT EXISTS (SELECT 1 FROM line_netted n WHERE n.line = l.id) AND {}",
        super::answered::of_merchant("d"),
        super::answered::unanswered()
    )
}

/// Returns the lines without a trade and without a case's answer, each with its row and channel, in the
/// order of the lines: those that no trade may have, and those of references whose trades have other lines. `among`
/// restricts them to some rows.
pub fn orphan_lines<R: Reader + ?Sized>(
    reader: &mut R,
    among: Option<&BTreeSet<i64>>,
) -> Result<Vec<(i64, String, StatementRow)>, StoreError> {
    let Some(among) = among else { return orphans_of(reader, None) };
    let mut orphans = Vec::new();
    for some in pieces(among.iter().copied()) {
        orphans.extend(orphans_of(reader, Some(&some))?);
    }
    Ok(orphans)
}

/// Returns orphan lines, of all or of the rows in a JSON array.
fn orphans_of<R: Reader + ?Sized>(
    reader: &mut R,
    among: Option<&str>,
) -> Result<Vec<(i64, String, StatementRow)>, StoreError> {
    let (lines, params) = match among {
        Some(rows) => (
            "json_each(?1) j CROSS JOIN standing_line l ON l.id = j.value CROSS JOIN statement s ON s.id = l.statement",
            vec![Param::Text(rows)],
        ),
        None => ("standing_line l JOIN statement s ON s.id = l.statement", Vec::new()),
    };
    let sql = format!("SELECT {}, l.channel, l.id FROM {lines}", line_column::SQL);
    let read = |row: &Row<'_>| {
        Ok((row.int(line_column::END + 1)?, row.text(line_column::END)?.to_owned(), line_row(row)?))
    };
    let mut orphans = all(reader, &format!("{sql} WHERE {} ORDER BY l.id", has_no_trade()), &params, read)?;
    let one = format!(
        "SELECT {}, l.channel, l.id FROM statement_line l JOIN statement s ON s.id = l.statement WHERE l.id = ?1",
        line_column::SQL
    );
    for row in super::matching::unanswered_lines(reader, among)? {
        orphans.extend(first(reader, &one, &[Param::Int(row)], read)?);
    }
    orphans.sort_by_key(|(row, ..)| *row);
    Ok(orphans)
}

/// Adds a channel's statement, in one `currency` if it has lines; its lines must be added first.
pub fn insert_statement<S: Sink + ?Sized>(
    sink: &mut S,
    id: i64,
    head: &StatementHead,
    currency: Option<&str>,
    file: &FileRecord<'_>,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO statement (id, channel, day, merchant_id, format, file, fingerprint, rows, imported_at, operator, \
         lists, sub_merchant, until, currency) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        &[
            Param::Int(id),
            Param::Text(head.channel.as_str()),
            Param::maybe(head.day.map(|day| day.to_string()).as_ref()),
            Param::maybe(head.merchant_id.as_ref()),
            Param::Text(&head.format),
            Param::Text(file.file),
            Param::Text(file.fingerprint),
            Param::Int(i64::try_from(file.rows).unwrap_or(i64::MAX)),
            Param::Text(&file.now.to_string()),
            Param::Text(file.operator.as_str()),
            Param::Text(head.covers.as_str()),
            Param::maybe(head.sub_merchant.as_ref()),
            Param::maybe(head.until.map(|until| until.to_string()).as_ref()),
            Param::maybe(currency),
        ],
    )
}

/// Adds a statement in row `id` of those lines of another one that `covers` holds, under the other's name; `record`
/// says who adds it, when and under which fingerprint.
pub fn insert_rest<S: Sink + ?Sized>(
    sink: &mut S,
    id: i64,
    (of, covers): (i64, Coverage),
    record: &FileRecord<'_>,
) -> Result<(), StoreError> {
    // Words of the vocabulary.
    let kinds = covers.kinds().iter().map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ");
    let columns = "line, channel, kind, channel_ref, original_ref, channel_no, amount_minor, fee_minor, currency, status, \
                   occurred_at, merchant_no, merchant_discount_minor, channel_discount_minor, trouble";
    sink.run(
        &format!(
            "INSERT INTO statement_line (statement, {columns}) SELECT ?1, {columns} FROM statement_line \
             WHERE statement = ?2 AND kind IN ({kinds}) ORDER BY id"
        ),
        &[Param::Int(id), Param::Int(of)],
    )?;
    sink.run(
        &format!(
            "INSERT INTO statement (id, channel, day, last_day, merchant_id, format, file, fingerprint, rows, imported_at, operator, \
             lists, sub_merchant, until, currency) \
             SELECT ?1, channel, day, last_day, merchant_id, format, file, ?3, \
                    (SELECT count(*) FROM statement_line l WHERE l.statement = ?2 AND l.kind IN ({kinds})), \
                    ?4, ?5, ?6, sub_merchant, until, currency FROM statement WHERE id = ?2"
        ),
        &[
            Param::Int(id),
            Param::Int(of),
            Param::Text(record.fingerprint),
            Param::Text(&record.now.to_string()),
            Param::Text(record.operator.as_str()),
            Param::Text(covers.as_str()),
        ],
    )
}

/// Passes every line of a statement to `each`, with its row.
pub fn each_line<R: Reader + ?Sized>(
    reader: &mut R,
    statement: i64,
    each: &mut dyn FnMut(i64, StatementLine),
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {}, l.id FROM statement s CROSS JOIN statement_line l ON l.statement = s.id WHERE s.id = ?1 ORDER BY l.id",
        line_column::SQL
    );
    reader.read(&sql, &[Param::Int(statement)], &mut |row| {
        each(row.int(line_column::END)?, line_row(row)?.line);
        Ok(())
    })
}

/// Returns the line in a row.
pub fn line_at<R: Reader + ?Sized>(reader: &mut R, row: i64) -> Result<Option<StatementLine>, StoreError> {
    let sql = format!(
        "SELECT {} FROM statement_line l JOIN statement s ON s.id = l.statement WHERE l.id = ?1",
        line_column::SQL
    );
    first(reader, &sql, &[Param::Int(row)], |row| Ok(line_row(row)?.line))
}

/// Adds a line to the statement in row `statement`.
pub fn insert_line<S: Sink + ?Sized>(
    sink: &mut S,
    statement: i64,
    channel: Channel,
    line: &StatementLine,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT OR FAIL INTO statement_line (statement, line, channel, kind, channel_ref, original_ref, channel_no, \
         amount_minor, fee_minor, currency, status, occurred_at, merchant_no, merchant_discount_minor, \
         channel_discount_minor, trouble) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        &[
            Param::Int(statement),
            Param::Int(i64::try_from(line.line).unwrap_or(i64::MAX)),
            Param::Text(channel.as_str()),
            Param::Text(line.kind.as_str()),
            Param::Text(line.channel_ref.as_str()),
            Param::maybe(line.original_ref.as_ref()),
            Param::Text(&line.channel_no),
            Param::Int(line.amount_minor),
            Param::Int(line.fee_minor),
            Param::Text(line.currency.code()),
            Param::Text(line.status.as_str()),
            Param::Text(&line.occurred_at.to_string()),
            Param::maybe(line.merchant_no.as_ref()),
            Param::Int(line.merchant_discount_minor),
            Param::Int(line.channel_discount_minor),
            Param::maybe(line.trouble.as_ref()),
        ],
    )
}
