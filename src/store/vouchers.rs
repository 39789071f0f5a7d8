//! Lists, a page at a time, found by key: no OFFSET, no counting on the way, so that a page costs the same in a ledger of
//! a thousand rows and of ten million.

use super::engine::{Param, Reader, Row, StoreError, all, first, row::side_of};
use super::page::{List, prefix_end};
use crate::desk::{BookedVoucher, ChainRow, Page, Rows, Slice, VoucherFilter};
use crate::domain::id::{AccountCode, CaseNo, VoucherNo};
use crate::domain::voucher::{Entry, Voucher};

const ENTRY_COLUMNS: &str = "e.line, a.code, e.seq, e.side, e.amount_minor, e.mode, e.before_minor * a.normal, \
     e.after_minor * a.normal, e.currency";

fn entry_at(row: &Row<'_>) -> Result<Entry, StoreError> {
    Ok(Entry {
        line: row.int(0)?,
        account: row.parse(1)?,
        account_seq: row.int(2)?,
        side: side_of(row.int(3)?),
        amount_minor: row.int(4)?,
        mode: row.parse(5)?,
        balance_before_minor: row.int(6)?,
        balance_after_minor: row.int(7)?,
        currency: row.parse(8)?,
    })
}

/// A page of an account's chain.
///
/// # Errors
/// A fault of the engine.
pub fn chain<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    page: &Page,
) -> Result<Rows<ChainRow>, StoreError> {
    let columns = format!(
        "{ENTRY_COLUMNS}, v.voucher_no, v.id, v.kind, (SELECT t.trade_no FROM trade t WHERE t.id = v.trade), \
         (SELECT x.event FROM event x WHERE x.id = v.event), \
         (SELECT o.voucher_no FROM voucher o WHERE o.id = v.reverses), \
         (SELECT r.voucher_no FROM voucher r WHERE r.reverses = v.id), v.case_no, v.accounting_date, v.reason, v.maker, \
         v.checker, v.memo"
    );
    let mut list = List::of(
        &columns,
        "account a JOIN entry e ON e.account = a.id JOIN voucher v ON v.id = e.voucher",
        "e.seq",
    );
    list.only("a.code = ?", Param::Text(account.as_str()));
    list.page(reader, page, |row| {
        Ok(ChainRow {
            entry: entry_at(row)?,
            voucher_no: row.parse(9)?,
            seq: row.int(10)?,
            kind: row.parse(11)?,
            trade_no: row.maybe_parse(12)?,
            event: row.maybe_parse(13)?,
            reverses: row.maybe_parse(14)?,
            reversed_by: row.maybe_parse(15)?,
            case_no: row.maybe_parse(16)?,
            accounting_date: row.parse(17)?,
            reason: row.maybe_text(18)?.map(str::to_owned),
            maker: row.parse(19)?,
            checker: row.maybe_parse(20)?,
            memo: row.text(21)?.to_owned(),
        })
    })
}

const VOUCHER_COLUMNS: &str = "v.id, v.voucher_no, v.kind, v.mode, (SELECT t.trade_no FROM trade t WHERE t.id = v.trade), \
     (SELECT x.event FROM event x WHERE x.id = v.event), (SELECT o.voucher_no FROM voucher o WHERE o.id = v.reverses), \
     (SELECT r.voucher_no FROM voucher r WHERE r.reverses = v.id), v.case_no, v.accounting_date, v.business_date, \
     v.value_date, v.reason, v.rule, v.maker, v.checker, v.posted_at, v.memo, v.prev_hash, v.hash";

fn voucher_row(row: &Row<'_>) -> Result<Voucher, StoreError> {
    Ok(Voucher {
        seq: row.int(0)?,
        voucher_no: row.parse(1)?,
        kind: row.parse(2)?,
        mode: row.parse(3)?,
        trade_no: row.maybe_parse(4)?,
        event: row.maybe_parse(5)?,
        reverses: row.maybe_parse(6)?,
        reversed_by: row.maybe_parse(7)?,
        case_no: row.maybe_parse(8)?,
        accounting_date: row.parse(9)?,
        business_date: row.parse(10)?,
        value_date: row.parse(11)?,
        reason: row.maybe_text(12)?.map(str::to_owned),
        rule: row.maybe_parse(13)?,
        maker: row.parse(14)?,
        checker: row.maybe_parse(15)?,
        posted_at: row.parse(16)?,
        memo: row.text(17)?.to_owned(),
        prev_hash: row.text(18)?.to_owned(),
        hash: row.text(19)?.to_owned(),
        entries: Vec::new(),
    })
}

/// A page of vouchers, without their entries.
///
/// # Errors
/// A fault of the engine.
pub fn vouchers<R: Reader + ?Sized>(
    reader: &mut R,
    filter: &VoucherFilter,
    page: &Page,
) -> Result<Rows<Voucher>, StoreError> {
    let day = filter.day.map(|day| day.to_string());
    let text = filter.text.clone().unwrap_or_default();
    let end = prefix_end(&text);
    let mut list = List::of(VOUCHER_COLUMNS, "voucher v", "v.id");
    if let Some(day) = &day {
        list.only("v.accounting_date = ?", Param::Text(day));
    }
    if let Some(trade_no) = &filter.trade_no {
        list.only("v.trade = (SELECT id FROM trade WHERE trade_no = ?)", Param::Text(trade_no.as_str()));
    }
    if let Some(case_no) = &filter.case_no {
        list.only("v.case_no = ?", Param::Text(case_no.as_str()));
    }
    if !text.is_empty() {
        list.params.extend([Param::Text(&text), Param::Text(&end)]);
        let (from, until) = (list.params.len() - 1, list.params.len());
        list.conditions.push(format!(
            "(v.id IN (SELECT id FROM voucher WHERE voucher_no >= ?{from} AND voucher_no < ?{until}) \
             OR v.trade IN (SELECT id FROM trade WHERE trade_no >= ?{from} AND trade_no < ?{until}))"
        ));
    }
    list.page(reader, page, voucher_row)
}

/// One voucher with its entries.
///
/// # Errors
/// A fault of the engine.
pub fn voucher<R: Reader + ?Sized>(
    reader: &mut R,
    voucher_no: &VoucherNo,
) -> Result<Option<Voucher>, StoreError> {
    let found = first(
        reader,
        &format!("SELECT {VOUCHER_COLUMNS} FROM voucher v WHERE v.voucher_no = ?1"),
        &[Param::Text(voucher_no.as_str())],
        voucher_row,
    )?;
    found.map(|voucher| with_entries(reader, voucher)).transpose()
}

/// The vouchers of a trade with their entries, oldest first.
///
/// # Errors
/// A fault of the engine.
pub fn vouchers_of<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<Voucher>, StoreError> {
    let mut found = all(
        reader,
        &format!("SELECT {VOUCHER_COLUMNS} FROM voucher v WHERE v.trade = ?1 ORDER BY v.id"),
        &[Param::Int(trade)],
        voucher_row,
    )?;
    // All entries in one question that does not hang on the answer to the one before.
    reader.read(
        &format!(
            "SELECT {ENTRY_COLUMNS}, e.voucher FROM voucher v CROSS JOIN entry e ON e.voucher = v.id \
             CROSS JOIN account a ON a.id = e.account WHERE v.trade = ?1 ORDER BY v.id, e.line"
        ),
        &[Param::Int(trade)],
        &mut |row| {
            let seq = row.int(9)?;
            if let Some(voucher) = found.iter_mut().find(|voucher| voucher.seq == seq) {
                voucher.entries.push(entry_at(row)?);
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// The vouchers that a case booked with their entries, in order.
///
/// # Errors
/// A fault of the engine.
pub fn vouchers_of_case<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
    slice: Slice,
) -> Result<Vec<BookedVoucher>, StoreError> {
    // A case books its vouchers in one batch, one behind the other.
    let found = all(
        reader,
        &format!(
            "SELECT {VOUCHER_COLUMNS} FROM voucher v WHERE v.case_no = ?1 \
             AND v.id >= (SELECT min(id) FROM voucher WHERE case_no = ?1) + ?2 ORDER BY v.id LIMIT ?3"
        ),
        &[
            Param::Text(case_no.as_str()),
            Param::Int(slice.from - 1),
            Param::Int(i64::try_from(slice.limit).unwrap_or(i64::MAX)),
        ],
        voucher_row,
    )?;
    let booked = |voucher| Ok(BookedVoucher::from(&with_entries(reader, voucher)?));
    found.into_iter().map(booked).collect()
}

fn with_entries<R: Reader + ?Sized>(reader: &mut R, mut voucher: Voucher) -> Result<Voucher, StoreError> {
    voucher.entries = all(
        reader,
        &format!(
            "SELECT {ENTRY_COLUMNS} FROM entry e JOIN account a ON a.id = e.account \
             WHERE e.voucher = ?1 ORDER BY e.line"
        ),
        &[Param::Int(voucher.seq)],
        entry_at,
    )?;
    Ok(voucher)
}
