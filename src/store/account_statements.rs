//! Statements of accounts at banks and channels (账户对账单): days of them, lines, how one ends; nothing is deleted.

use super::balances::Span;
use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use super::imports::FileRecord;
use crate::domain::account_matching::EntryFacts;
use crate::domain::account_statement::AccountLine;
use crate::domain::id::{AccountCode, ChannelRef, Operator, TradeNo};
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::statement::BillState;
use crate::protocol::account_statements::{AccountStatementRow, DayOfAccount, ProposedEnd};
use crate::protocol::bills::BillChange;
use jiff::civil::Date;

columns! {
    /// An account statement `s` of the account `a` with its end `c` and the last proposal `p` about it.
    mod statement from 0 => {
        ID = "s.id",
        ACCOUNT = "s.account",
        CURRENCY = "a.currency",
        NUMBER = "s.number",
        DAY = "s.day",
        UNTIL = "s.until",
        SEQUENCE = "s.sequence",
        OPENING = "s.opening_minor",
        CLOSING = "s.closing_minor",
        SUM = "s.sum_minor",
        LINES = "s.rows",
        FORMAT = "s.format",
        FILE = "s.file",
        IMPORTED_AT = "s.imported_at",
        OPERATOR = "s.operator",
        STATE = "c.state",
        CHANGED_AT = "c.at",
        CHANGED_BY = "c.operator",
        REASON = "c.reason",
        REPLACED_BY = "c.by_statement",
        FINGERPRINT = "s.fingerprint",
        PROPOSED_AT = "p.at",
        PROPOSED_BY = "p.operator",
        PROPOSED_WHY = "p.reason",
        PROPOSED_FILE = "p.file",
    }
}

const FROM: &str = "FROM account_statement s JOIN account a ON a.code = s.account \
    LEFT JOIN account_statement_change c ON c.statement = s.id \
    LEFT JOIN account_statement_proposal p ON p.n = (SELECT max(n) FROM account_statement_proposal WHERE statement = s.id)";

fn statement_row(row: &Row<'_>) -> Result<AccountStatementRow, StoreError> {
    let state: Option<BillState> = row.maybe_parse(statement::STATE)?;
    let changed = match state {
        None => None,
        Some(state) => Some(BillChange {
            state,
            at: row.parse(statement::CHANGED_AT)?,
            operator: row.parse(statement::CHANGED_BY)?,
            reason: row.text(statement::REASON)?.to_owned(),
            replaced_by: row.maybe_int(statement::REPLACED_BY)?,
            case_no: None,
        }),
    };
    let proposed = match row.maybe_parse(statement::PROPOSED_AT)? {
        None => None,
        Some(at) => Some(ProposedEnd {
            file: row.maybe_text(statement::PROPOSED_FILE)?.map(str::to_owned),
            at,
            operator: row.parse(statement::PROPOSED_BY)?,
            reason: row.text(statement::PROPOSED_WHY)?.to_owned(),
        }),
    };
    Ok(AccountStatementRow {
        id: row.int(statement::ID)?,
        day: DayOfAccount {
            account: row.parse(statement::ACCOUNT)?,
            number: row.text(statement::NUMBER)?.to_owned(),
            day: row.parse(statement::DAY)?,
            until: row.maybe_parse(statement::UNTIL)?,
            sequence: row.maybe_text(statement::SEQUENCE)?.map(str::to_owned),
            opening_minor: row.maybe_int(statement::OPENING)?,
            closing_minor: row.maybe_int(statement::CLOSING)?,
            sum_minor: row.int(statement::SUM)?,
        },
        currency: row.text(statement::CURRENCY)?.to_owned(),
        lines: row.int(statement::LINES)?,
        format: row.text(statement::FORMAT)?.to_owned(),
        file: row.text(statement::FILE)?.to_owned(),
        fingerprint: row.text(statement::FINGERPRINT)?.to_owned(),
        state: state.unwrap_or(BillState::Standing),
        imported_at: row.parse(statement::IMPORTED_AT)?,
        operator: row.parse(statement::OPERATOR)?,
        changed,
        proposed,
    })
}

/// Returns account statements, newest day first: of an account if one is given, and unless `every` only those that
/// count.
pub fn list<R: Reader + ?Sized>(
    reader: &mut R,
    every: bool,
    account: Option<&AccountCode>,
) -> Result<Vec<AccountStatementRow>, StoreError> {
    let stands = if every { "1" } else { "c.statement IS NULL" };
    let of_account = if account.is_some() { "s.account = ?1" } else { "1" };
    let sql = format!(
        "SELECT {} {FROM} WHERE {stands} AND {of_account} ORDER BY s.day DESC, s.account, s.number, s.id",
        statement::SQL
    );
    let params: Vec<Param<'_>> = account.map(|account| Param::Text(account.as_str())).into_iter().collect();
    all(reader, &sql, &params, statement_row)
}

/// Returns the statements of an account that count, oldest day first, from one day to another.
pub fn standing<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    (from, to): (Date, Date),
) -> Result<Vec<AccountStatementRow>, StoreError> {
    let sql = format!(
        "SELECT {} {FROM} WHERE c.statement IS NULL AND s.account = ?1 AND s.day BETWEEN ?2 AND ?3 \
         ORDER BY s.day, s.number, s.id",
        statement::SQL
    );
    let (from, to) = (from.to_string(), to.to_string());
    all(reader, &sql, &[Param::Text(account.as_str()), Param::Text(&from), Param::Text(&to)], statement_row)
}

/// Returns one statement.
pub fn one<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<Option<AccountStatementRow>, StoreError> {
    first(
        reader,
        &format!("SELECT {} {FROM} WHERE s.id = ?1", statement::SQL),
        &[Param::Int(id)],
        statement_row,
    )
}

/// Returns the accounts of the books that standing statements with the holder's number are of; without a number, those
/// of statements in the same format.
pub fn accounts_of_number<R: Reader + ?Sized>(
    reader: &mut R,
    number: &str,
    currency: Currency,
    format: &str,
) -> Result<Vec<AccountCode>, StoreError> {
    all(
        reader,
        "SELECT DISTINCT s.account FROM standing_account_statement s JOIN account a ON a.code = s.account \
          WHERE s.number = ?1 AND a.currency = ?2 AND (?1 <> '' OR s.format = ?3) ORDER BY s.account",
        &[Param::Text(number), Param::Text(currency.code()), Param::Text(format)],
        |row| row.parse(0),
    )
}

/// Returns the accounts of the books that statements stand for.
pub fn accounts<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<AccountCode>, StoreError> {
    let sql = "SELECT DISTINCT s.account FROM standing_account_statement s ORDER BY s.account";
    all(reader, sql, &[], |row| row.parse(0))
}

/// Returns the statements of an account for days up to one, oldest day first, whether they count or not.
pub fn every<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    day: Date,
) -> Result<Vec<AccountStatementRow>, StoreError> {
    let sql = format!(
        "SELECT {} {FROM} WHERE s.account = ?1 AND s.day <= ?2 ORDER BY s.day, s.number, s.id",
        statement::SQL
    );
    all(reader, &sql, &[Param::Text(account.as_str()), Param::Text(&day.to_string())], statement_row)
}

/// Returns the next free row.
pub fn next_id<R: Reader + ?Sized>(reader: &mut R) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(id), 0) + 1 FROM account_statement";
    Ok(first(reader, sql, &[], |row| row.int(0))?.unwrap_or(1))
}

columns! {
    /// A line `l` of the statement `s`.
    mod line from 0 => {
        DAY = "s.day",
        LINE = "l.line",
        TIME = "l.time",
        VALUE_DAY = "l.value_day",
        AMOUNT = "l.amount_minor",
        BALANCE = "l.balance_minor",
        KIND = "l.kind",
        WORDS = "l.words",
        NUMBER = "l.number",
        CHANNEL_NO = "l.channel_no",
        REFERENCE = "l.reference",
        BATCH = "l.batch",
        COUNTERPARTY = "l.counterparty",
        TEXT = "l.text",
    }
}

/// Passes the lines of a statement to `each`, oldest first.
pub fn each_line<R: Reader + ?Sized>(
    reader: &mut R,
    statement: i64,
    each: &mut dyn FnMut(AccountLine),
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {} FROM account_line l JOIN account_statement s ON s.id = l.statement WHERE l.statement = ?1 ORDER BY l.n",
        line::SQL
    );
    let text = |row: &Row<'_>, at| Ok::<_, StoreError>(row.text(at)?.to_owned());
    let maybe = |row: &Row<'_>, at| Ok::<_, StoreError>(row.maybe_text(at)?.map(str::to_owned));
    reader.read(&sql, &[Param::Int(statement)], &mut |row| {
        each(AccountLine {
            line: row.int(line::LINE)?.unsigned_abs(),
            day: row.parse(line::DAY)?,
            time: row.maybe_parse(line::TIME)?,
            value_day: row.maybe_parse(line::VALUE_DAY)?,
            amount_minor: row.int(line::AMOUNT)?,
            balance_minor: row.maybe_int(line::BALANCE)?,
            kind: row.parse(line::KIND)?,
            words: text(row, line::WORDS)?,
            number: text(row, line::NUMBER)?,
            channel_no: maybe(row, line::CHANNEL_NO)?,
            reference: row.maybe_parse(line::REFERENCE)?,
            batch: maybe(row, line::BATCH)?,
            counterparty: text(row, line::COUNTERPARTY)?,
            text: text(row, line::TEXT)?,
        });
        Ok(())
    })
}

/// Adds the line in place `n`, from 1, of a statement whose row comes later.
pub fn insert_line<S: Sink + ?Sized>(
    sink: &mut S,
    statement: i64,
    n: i64,
    line: &AccountLine,
) -> Result<(), StoreError> {
    let (time, value_day) =
        (line.time.map(|time| time.to_string()), line.value_day.map(|day| day.to_string()));
    sink.run(
        "INSERT INTO account_line (statement, n, line, time, value_day, amount_minor, balance_minor, kind, words, number, \
         channel_no, reference, batch, counterparty, text) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        &[
            Param::Int(statement),
            Param::Int(n),
            Param::Int(i64::try_from(line.line).unwrap_or(i64::MAX)),
            Param::maybe(time.as_deref()),
            Param::maybe(value_day.as_deref()),
            Param::Int(line.amount_minor),
            Param::maybe_int(line.balance_minor),
            Param::Text(line.kind.as_str()),
            Param::Text(&line.words),
            Param::Text(&line.number),
            Param::maybe(line.channel_no.as_deref()),
            Param::maybe(line.reference.as_ref().map(ChannelRef::as_str)),
            Param::maybe(line.batch.as_deref()),
            Param::Text(&line.counterparty),
            Param::Text(&line.text),
        ],
    )
}

/// Adds the statement in row `id`, whose lines were added before.
pub fn insert<S: Sink + ?Sized>(
    sink: &mut S,
    id: i64,
    day: &DayOfAccount,
    format: &str,
    file: &FileRecord<'_>,
) -> Result<(), StoreError> {
    let until = day.until.map(|until| until.to_string());
    sink.run(
        "INSERT INTO account_statement (id, account, number, day, until, sequence, opening_minor, closing_minor, sum_minor, \
         rows, format, file, fingerprint, imported_at, operator) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        &[
            Param::Int(id),
            Param::Text(day.account.as_str()),
            Param::Text(&day.number),
            Param::Text(&day.day.to_string()),
            Param::maybe(until.as_deref()),
            Param::maybe(day.sequence.as_deref()),
            Param::maybe_int(day.opening_minor),
            Param::maybe_int(day.closing_minor),
            Param::Int(day.sum_minor),
            Param::Int(i64::try_from(file.rows).unwrap_or(i64::MAX)),
            Param::Text(format),
            Param::Text(file.file),
            Param::Text(file.fingerprint),
            Param::Text(&file.now.to_string()),
            Param::Text(file.operator.as_str()),
        ],
    )
}

/// Ends a statement: `by` is the row of the one in its place, of one that is withdrawn `None`.
pub fn end<S: Sink + ?Sized>(
    sink: &mut S,
    id: i64,
    by: Option<i64>,
    reason: &str,
    (at, operator): (Moment, &Operator),
) -> Result<(), StoreError> {
    let state = if by.is_some() { BillState::Replaced } else { BillState::Withdrawn };
    sink.run(
        "INSERT INTO account_statement_change (statement, n, state, by_statement, reason, at, operator) \
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6)",
        &[
            Param::Int(id),
            Param::Text(state.as_str()),
            Param::maybe_int(by),
            Param::Text(reason),
            Param::Text(&at.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}

/// An entry of an account, with what its trade is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// What matching needs.
    pub facts: EntryFacts,
    /// Its trade.
    pub trade_no: Option<TradeNo>,
    /// Text of its voucher.
    pub memo: String,
}

/// Returns the entries of an account that the days of a span hold, in the order of booking. One that answers a line of
/// a channel bears that line's numbers, else its trade's.
pub fn entries<R: Reader + ?Sized>(
    reader: &mut R,
    account: i64,
    span: &Span,
) -> Result<Vec<AccountEntry>, StoreError> {
    all(
        reader,
        "SELECT v.accounting_date, e.side * e.amount_minor, v.voucher_no, r.voucher_no, t.trade_no, \
                coalesce(a.channel_ref, t.channel_ref), t.original_ref, coalesce(a.channel_no, t.channel_no), v.memo \
           FROM entry e CROSS JOIN voucher v ON v.id = e.voucher \
           LEFT JOIN voucher r ON r.id = v.reverses LEFT JOIN trade t ON t.id = v.trade \
           LEFT JOIN answered_line a ON a.voucher = v.id \
          WHERE e.account = ?1 AND e.voucher > ?2 AND e.voucher <= ?3 AND v.accounting_date BETWEEN ?4 AND ?5 ORDER BY e.seq",
        &[
            Param::Int(account),
            Param::Int(span.after),
            Param::Int(span.upto),
            Param::Text(&span.from.to_string()),
            Param::Text(&span.to.to_string()),
        ],
        |row| {
            Ok(AccountEntry {
                facts: EntryFacts {
                    day: row.parse(0)?,
                    amount_minor: row.int(1)?,
                    voucher_no: row.parse(2)?,
                    reverses: row.maybe_parse(3)?,
                    reference: row.maybe_parse(5)?,
                    original: row.maybe_parse(6)?,
                    channel_no: row.maybe_text(7)?.map(str::to_owned),
                },
                trade_no: row.maybe_parse(4)?,
                memo: row.text(8)?.to_owned(),
            })
        },
    )
}
