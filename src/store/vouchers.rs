//! Vouchers (凭证) and their entries (分录): pages, one voucher, the chain of an account.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, StoreError, all, first};
use super::page::{List, prefix_end};
use crate::domain::id::{AccountCode, CaseNo, VoucherNo};
use crate::domain::voucher::{Entry, Voucher};
use crate::protocol::accounts::ChainRow;
use crate::protocol::cases::BookedVoucher;
use crate::protocol::page::{Page, Rows, Slice};
use crate::protocol::vouchers::VoucherFilter;

columns! {
    /// An entry `e` of an account `a`.
    mod entry_column from 0 => {
        LINE = "e.line",
        ACCOUNT = "a.code",
        ACCOUNT_SEQ = "e.seq",
        SIDE = "e.side",
        AMOUNT = "e.amount_minor",
        MODE = "e.mode",
        BEFORE = "e.before_minor * a.normal",
        AFTER = "e.after_minor * a.normal",
        CURRENCY = "e.currency",
    }
}

columns! {
    /// What a chain shows of the voucher `v` of each entry.
    mod chain_column from super::entry_column::END => {
        VOUCHER_NO = "v.voucher_no",
        SEQ = "v.id",
        KIND = "v.kind",
        TRADE_NO = "(SELECT t.trade_no FROM trade t WHERE t.id = v.trade)",
        EVENT = "(SELECT x.event FROM event x WHERE x.id = v.event)",
        REVERSES = "(SELECT o.voucher_no FROM voucher o WHERE o.id = v.reverses)",
        REVERSED_BY = "(SELECT r.voucher_no FROM voucher r WHERE r.reverses = v.id)",
        CASE_NO = "v.case_no",
        ACCOUNTING_DATE = "v.accounting_date",
        REASON = "v.reason",
        MAKER = "v.maker",
        CHECKER = "v.checker",
        MEMO = "v.memo",
    }
}

columns! {
    /// A voucher `v` as it is sealed, out of [`SEALED_VOUCHERS`].
    pub(super) mod sealed_column from 0 => {
        SEQ = "v.id",
        VOUCHER_NO = "v.voucher_no",
        KIND = "v.kind",
        MODE = "v.mode",
        TRADE_NO = "t.trade_no",
        EVENT = "x.event",
        REVERSES = "o.voucher_no",
        CASE_NO = "v.case_no",
        ACCOUNTING_DATE = "v.accounting_date",
        BUSINESS_DATE = "v.business_date",
        VALUE_DATE = "v.value_date",
        REASON = "v.reason",
        RULE = "v.rule",
        MAKER = "v.maker",
        CHECKER = "v.checker",
        POSTED_AT = "v.posted_at",
        MEMO = "v.memo",
        PREV_HASH = "v.prev_hash",
        HASH = "v.hash",
    }
}

/// The vouchers `v`, each with its trade `t`, event `x` and original `o` if it has them.
pub(super) const SEALED_VOUCHERS: &str = "voucher v LEFT JOIN trade t ON t.id = v.trade \
     LEFT JOIN event x ON x.id = v.event LEFT JOIN voucher o ON o.id = v.reverses";

/// What a voucher has beside its seal: the number of the voucher that reversed it, behind the sealed columns.
const REVERSED_BY: &str = "(SELECT r.voucher_no FROM voucher r WHERE r.reverses = v.id)";

/// Returns the columns of [`voucher_row`].
fn voucher_columns() -> String {
    format!("{}, {REVERSED_BY}", sealed_column::SQL)
}

/// Returns the query of [`voucher_row`] that ends with `rest`.
fn select_vouchers(rest: &str) -> String {
    format!("SELECT {} FROM {SEALED_VOUCHERS} {rest}", voucher_columns())
}

fn entry_at(row: &Row<'_>) -> Result<Entry, StoreError> {
    Ok(Entry {
        line: row.int(entry_column::LINE)?,
        account: row.parse(entry_column::ACCOUNT)?,
        account_seq: row.int(entry_column::ACCOUNT_SEQ)?,
        side: row.side(entry_column::SIDE)?,
        amount_minor: row.int(entry_column::AMOUNT)?,
        mode: row.parse(entry_column::MODE)?,
        balance_before_minor: row.int(entry_column::BEFORE)?,
        balance_after_minor: row.int(entry_column::AFTER)?,
        currency: row.parse(entry_column::CURRENCY)?,
    })
}

/// Returns a page of an account's chain.
pub fn chain<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    page: &Page,
) -> Result<Rows<ChainRow>, StoreError> {
    let columns = format!("{}, {}", entry_column::SQL, chain_column::SQL);
    let mut list = List::of(
        &columns,
        "account a JOIN entry e ON e.account = a.id JOIN voucher v ON v.id = e.voucher",
        "e.seq",
    );
    list.only("a.code = ?", Param::Text(account.as_str()));
    list.page(reader, page, |row| {
        Ok(ChainRow {
            entry: entry_at(row)?,
            voucher_no: row.parse(chain_column::VOUCHER_NO)?,
            seq: row.int(chain_column::SEQ)?,
            kind: row.parse(chain_column::KIND)?,
            trade_no: row.maybe_parse(chain_column::TRADE_NO)?,
            event: row.maybe_parse(chain_column::EVENT)?,
            reverses: row.maybe_parse(chain_column::REVERSES)?,
            reversed_by: row.maybe_parse(chain_column::REVERSED_BY)?,
            case_no: row.maybe_parse(chain_column::CASE_NO)?,
            accounting_date: row.parse(chain_column::ACCOUNTING_DATE)?,
            reason: row.maybe_text(chain_column::REASON)?.map(str::to_owned),
            maker: row.parse(chain_column::MAKER)?,
            checker: row.maybe_parse(chain_column::CHECKER)?,
            memo: row.text(chain_column::MEMO)?.to_owned(),
        })
    })
}

fn voucher_row(row: &Row<'_>) -> Result<Voucher, StoreError> {
    Ok(Voucher {
        seq: row.int(sealed_column::SEQ)?,
        voucher_no: row.parse(sealed_column::VOUCHER_NO)?,
        kind: row.parse(sealed_column::KIND)?,
        mode: row.parse(sealed_column::MODE)?,
        trade_no: row.maybe_parse(sealed_column::TRADE_NO)?,
        event: row.maybe_parse(sealed_column::EVENT)?,
        reverses: row.maybe_parse(sealed_column::REVERSES)?,
        reversed_by: row.maybe_parse(sealed_column::END)?,
        case_no: row.maybe_parse(sealed_column::CASE_NO)?,
        accounting_date: row.parse(sealed_column::ACCOUNTING_DATE)?,
        business_date: row.parse(sealed_column::BUSINESS_DATE)?,
        value_date: row.parse(sealed_column::VALUE_DATE)?,
        reason: row.maybe_text(sealed_column::REASON)?.map(str::to_owned),
        rule: row.maybe_parse(sealed_column::RULE)?,
        maker: row.parse(sealed_column::MAKER)?,
        checker: row.maybe_parse(sealed_column::CHECKER)?,
        posted_at: row.parse(sealed_column::POSTED_AT)?,
        memo: row.text(sealed_column::MEMO)?.to_owned(),
        prev_hash: row.text(sealed_column::PREV_HASH)?.to_owned(),
        hash: row.text(sealed_column::HASH)?.to_owned(),
        entries: Vec::new(),
    })
}

/// Returns a page of vouchers, without their entries.
pub fn vouchers<R: Reader + ?Sized>(
    reader: &mut R,
    filter: &VoucherFilter,
    page: &Page,
) -> Result<Rows<Voucher>, StoreError> {
    let day = filter.day.map(|day| day.to_string());
    let (from, to) = (filter.from.map(|day| day.to_string()), filter.to.map(|day| day.to_string()));
    let text = filter.text.clone().unwrap_or_default();
    let end = prefix_end(&text);
    let columns = voucher_columns();
    let mut list = List::of(&columns, SEALED_VOUCHERS, "v.id");
    if let Some(day) = &day {
        list.only("v.accounting_date = ?", Param::Text(day));
    }
    if let Some(from) = &from {
        list.only("v.accounting_date >= ?", Param::Text(from));
    }
    if let Some(to) = &to {
        list.only("v.accounting_date <= ?", Param::Text(to));
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
    let found = list.page(reader, page, voucher_row)?;
    if filter.with_entries { page_with_entries(reader, found) } else { Ok(found) }
}

/// Most entries of one page of vouchers: about five megabytes as JSON. Vouchers of a batch have thousands.
const PAGE_ENTRIES: usize = 20_000;

/// Adds the entries to the vouchers of a page, all read by one statement. Vouchers beyond [`PAGE_ENTRIES`]
/// are left to the next page; the first one always comes whole.
fn page_with_entries<R: Reader + ?Sized>(
    reader: &mut R,
    mut page: Rows<Voucher>,
) -> Result<Rows<Voucher>, StoreError> {
    if page.rows.is_empty() {
        return Ok(page);
    }
    let numbers: Vec<String> = page.rows.iter().map(|voucher| voucher.seq.to_string()).collect();
    let (mut count, mut at) = (0, 0);
    let rows = &mut page.rows;
    reader.read(
        &format!(
            "SELECT {}, e.voucher FROM entry e JOIN account a ON a.id = e.account \
             WHERE e.voucher IN ({}) ORDER BY e.voucher, e.line LIMIT {}",
            entry_column::SQL,
            numbers.join(","),
            PAGE_ENTRIES + 1
        ),
        &[],
        &mut |row| {
            let seq = row.int(entry_column::END)?;
            while rows.get(at).is_some_and(|voucher| voucher.seq < seq) {
                at += 1;
            }
            if let Some(voucher) = rows.get_mut(at) {
                voucher.entries.push(entry_at(row)?);
            }
            count += 1;
            Ok(())
        },
    )?;
    if count <= PAGE_ENTRIES {
        return Ok(page);
    }
    // The limit may cut through a voucher: it is left to the next page, unless it is the page's first.
    let kept = at.max(1);
    page.more_after |= kept < page.rows.len();
    page.rows.truncate(kept);
    if at == 0
        && let Some(first) = page.rows.pop()
    {
        page.rows.push(with_entries(reader, first)?);
    }
    Ok(page)
}

/// Returns the place of a voucher in the ledger.
pub fn place_of<R: Reader + ?Sized>(
    reader: &mut R,
    voucher_no: &VoucherNo,
) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT id FROM voucher WHERE voucher_no = ?1";
    first(reader, sql, &[Param::Text(voucher_no.as_str())], |row| row.int(0))
}

/// Returns one voucher with its entries.
pub fn voucher<R: Reader + ?Sized>(
    reader: &mut R,
    voucher_no: &VoucherNo,
) -> Result<Option<Voucher>, StoreError> {
    let found = first(
        reader,
        &select_vouchers("WHERE v.voucher_no = ?1"),
        &[Param::Text(voucher_no.as_str())],
        voucher_row,
    )?;
    found.map(|voucher| with_entries(reader, voucher)).transpose()
}

/// Returns the vouchers of a trade with their entries, oldest first.
pub fn vouchers_of<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<Voucher>, StoreError> {
    let mut found =
        all(reader, &select_vouchers("WHERE v.trade = ?1 ORDER BY v.id"), &[Param::Int(trade)], voucher_row)?;
    // All entries in one query that does not depend on the result of the first, so that both can be
    // prefetched together.
    reader.read(
        &format!(
            "SELECT {}, e.voucher FROM voucher v CROSS JOIN entry e ON e.voucher = v.id \
             CROSS JOIN account a ON a.id = e.account WHERE v.trade = ?1 ORDER BY v.id, e.line",
            entry_column::SQL
        ),
        &[Param::Int(trade)],
        &mut |row| {
            let seq = row.int(entry_column::END)?;
            if let Some(voucher) = found.iter_mut().find(|voucher| voucher.seq == seq) {
                voucher.entries.push(entry_at(row)?);
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// Returns the vouchers that a case booked, with their entries, in order.
pub fn vouchers_of_case<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
    slice: Slice,
) -> Result<Vec<BookedVoucher>, StoreError> {
    // A case books its vouchers in one batch, so their rows are consecutive.
    let found = all(
        reader,
        &select_vouchers(
            "WHERE v.case_no = ?1 \
             AND v.id >= (SELECT min(id) FROM voucher WHERE case_no = ?1) + ?2 ORDER BY v.id LIMIT ?3",
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
            "SELECT {} FROM entry e JOIN account a ON a.id = e.account \
             WHERE e.voucher = ?1 ORDER BY e.line",
            entry_column::SQL
        ),
        &[Param::Int(voucher.seq)],
        entry_at,
    )?;
    Ok(voucher)
}

/// Returns what a voucher moved from account to account, by currency in minor units: lines on one account are
/// set off against each other.
pub fn moved<R: Reader + ?Sized>(reader: &mut R, voucher: i64) -> Result<Vec<(String, i64)>, StoreError> {
    all(
        reader,
        "SELECT currency, sum(net) FROM (SELECT currency, sum(side * amount_minor) AS net FROM entry WHERE voucher = ?1 \
         GROUP BY currency, account) WHERE net > 0 GROUP BY currency ORDER BY currency",
        &[Param::Int(voucher)],
        |row| Ok((row.text(0)?.to_owned(), row.int(1)?)),
    )
}
