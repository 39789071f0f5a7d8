//! Lists, a page at a time, found by key: no OFFSET, no counting on the way, so that a page costs the same in a ledger of
//! a thousand rows and of ten million.

use super::append::side_of;
use super::row::{Param, Row};
use super::suspense::NOT_PARKED;
use super::{Reader, StoreError, all, first};
use crate::domain::account::Account;
use crate::domain::id::{AccountCode, CaseNo, ChannelRef, TradeNo, VoucherNo};
use crate::domain::statement::StatementLine;
use crate::domain::trade::{Channel, Trade};
use crate::domain::voucher::{Entry, Voucher};
use crate::protocol::accounts::{AccountRow, ChainRow, SubjectRow};
use crate::protocol::cases::BookedVoucher;
use crate::protocol::days::DayRow;
use crate::protocol::page::{Page, RowKey, Rows, Slice, Start};
use crate::protocol::trades::{EventRow, StatementRow, TradeFilter, TradeRow};
use crate::protocol::vouchers::VoucherFilter;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A list: what is read, from where, under which conditions, ordered by which column.
pub(super) struct List<'a> {
    pub columns: &'a str,
    pub from: &'a str,
    pub conditions: Vec<String>,
    pub params: Vec<Param<'a>>,
    pub key: &'a str,
    /// What a page's key is compared as, `?` standing for it.
    pub place: &'a str,
    /// Whether the greatest key comes first.
    pub newest_first: bool,
}

impl<'a> List<'a> {
    /// A list in order of its key.
    pub fn of(columns: &'a str, from: &'a str, key: &'a str) -> Self {
        let (conditions, params) = (Vec::new(), Vec::new());
        Self { columns, from, conditions, params, key, place: "?", newest_first: false }
    }

    /// Adds a condition with one value; `?` stands for it.
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
        let place = self.place.replace('?', &format!("?{}", self.params.len() + 1));
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

/// The end of the range of texts that start with `prefix`.
pub(super) fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

const TRADE_COLUMNS: &str = "r.id, r.trade_no, r.kind, r.product, r.channel, r.channel_ref, r.original_ref, r.amount_minor, \
     r.fee_minor, r.currency, r.customer, r.merchant, r.occurred_at, r.business_date, r.status, r.clearing, r.counters, r.status_now, \
     (SELECT o.trade_no FROM trade o WHERE o.channel_ref = r.original_ref AND o.channel = r.channel ORDER BY o.id LIMIT 1), \
     (SELECT posting FROM v_trade v WHERE v.trade_no = r.trade_no), \
     CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 3) THEN 'settled' ELSE 'unsettled' END, r.recon, \
     CASE WHEN r.clearing = 'uncleared' AND EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 2 AND e.live > 0) THEN 'cleared' \
       WHEN r.clearing = 'cleared' AND EXISTS (SELECT 1 FROM event e JOIN voucher v ON v.trade = r.id AND v.event = e.id \
         WHERE e.id = 8 * r.id + 2 AND e.live = 0) THEN 'uncleared' ELSE r.clearing END";

/// Reads a trade's facts from seventeen columns, the row number first.
///
/// # Errors
/// A fault where a column makes no sense.
pub fn trade_facts(row: &Row<'_>) -> Result<Trade, StoreError> {
    Ok(Trade {
        trade_no: row.parse(1)?,
        kind: row.parse(2)?,
        product: row.maybe_text(3)?.map(str::to_owned),
        channel: row.parse(4)?,
        channel_ref: row.parse(5)?,
        original_ref: row.maybe_parse(6)?,
        amount_minor: row.int(7)?,
        fee_minor: row.int(8)?,
        currency: row.parse(9)?,
        customer: row.maybe_parse(10)?,
        merchant: row.maybe_parse(11)?,
        occurred_at: row.parse(12)?,
        business_date: row.parse(13)?,
        status: row.parse(14)?,
        clearing: row.parse(15)?,
        counters: row.maybe_parse(16)?,
    })
}

fn trade_row(row: &Row<'_>) -> Result<TradeRow, StoreError> {
    Ok(TradeRow {
        id: row.int(0)?,
        trade: trade_facts(row)?,
        status_now: row.parse(17)?,
        original_trade_no: row.maybe_parse(18)?,
        posting: row.parse(19)?,
        settlement: row.parse(20)?,
        recon: row.parse(21)?,
        clearing_now: row.parse(22)?,
    })
}

/// Rows a name search may find before it becomes a condition on each row instead of a list of rows.
const FEW: usize = 2000;

/// A page of trades. `among` restricts it to these rows.
///
/// # Errors
/// A fault of the engine.
pub fn trades<R: Reader + ?Sized>(
    reader: &mut R,
    filter: &TradeFilter,
    among: Option<&[i64]>,
    page: &Page,
) -> Result<Rows<TradeRow>, StoreError> {
    let day = filter.day.map(|day| day.to_string());
    let text = filter.text.clone().unwrap_or_default();
    let end = prefix_end(&text);
    let mut list = List::of(TRADE_COLUMNS, "trade_recon r", "r.id");
    if filter.unposted {
        // The list is made of the index alone; what is in suspense is asked of a page's rows.
        list.conditions.push(format!(
            "r.id IN (SELECT e.id / 8 FROM event e WHERE e.live = 0) AND (r.status_now = 'succeeded' \
             OR (r.status_now = 'processing' AND r.kind = 'payout')) \
             AND EXISTS (SELECT 1 FROM event e WHERE e.id BETWEEN 8 * r.id AND 8 * r.id + 7 AND e.live = 0 AND {NOT_PARKED})"
        ));
    }
    if let Some(day) = &day {
        list.only("r.business_date = ?", Param::Text(day));
    }
    if let Some(channel) = &filter.channel {
        list.only("r.channel = ?", Param::Text(channel));
    }
    if let Some(kind) = &filter.kind {
        list.only("r.kind = ?", Param::Text(kind));
    }
    if let Some(customer) = &filter.customer {
        list.only(
            "r.id IN (SELECT id FROM trade WHERE customer = ? UNION SELECT trade FROM amendment WHERE fact = 'customer' \
             AND value = ?) AND coalesce((SELECT a.value FROM amendment a WHERE a.trade = r.id AND a.fact = 'customer' \
             ORDER BY a.n DESC LIMIT 1), r.customer) = ?",
            Param::Text(customer),
        );
    }
    if !text.is_empty() {
        by_name(reader, &mut list, &text, &end)?;
    }
    if let Some(among) = among {
        let ids: Vec<String> = among.iter().map(i64::to_string).collect();
        list.conditions.push(format!("r.id IN ({})", ids.join(",")));
    }
    list.page(reader, page, trade_row)
}

/// Rows of the trades with a name (number, channel reference, customer, merchant) that starts with `text`; `None` where
/// they are too many to list.
///
/// # Errors
/// A fault of the engine.
pub fn rows_named<R: Reader + ?Sized>(reader: &mut R, text: &str) -> Result<Option<Vec<i64>>, StoreError> {
    let found = all(
        reader,
        &format!(
            "SELECT id FROM trade WHERE trade_no >= ?1 AND trade_no < ?2 \
             UNION SELECT id FROM trade WHERE channel_ref >= ?1 AND channel_ref < ?2 \
             UNION SELECT id FROM trade WHERE customer >= ?1 AND customer < ?2 \
             UNION SELECT id FROM trade WHERE merchant >= ?1 AND merchant < ?2 LIMIT {}",
            FEW + 1
        ),
        &[Param::Text(text), Param::Text(&prefix_end(text))],
        |row| row.int(0),
    )?;
    Ok(Some(found).filter(|found| found.len() <= FEW))
}

/// Whether the trade in a row has such a name.
///
/// # Errors
/// A fault of the engine.
pub fn is_named<R: Reader + ?Sized>(reader: &mut R, row: i64, text: &str) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 FROM trade r WHERE r.id = ?3 AND {}", named(1, 2));
    let params = [Param::Text(text), Param::Text(&prefix_end(text)), Param::Int(row)];
    Ok(first(reader, &sql, &params, |_| Ok(()))?.is_some())
}

/// The condition that a name of trade `r` lies in the range between two values.
fn named(from: usize, until: usize) -> String {
    let any: Vec<String> = ["trade_no", "channel_ref", "customer", "merchant"]
        .iter()
        .map(|column| format!("(r.{column} >= ?{from} AND r.{column} < ?{until})"))
        .collect();
    format!("({})", any.join(" OR "))
}

/// Restricts a list of trades to those with a name that starts with `text`: as a list of rows where they are few, as a
/// condition on each row where they are many and the page fills quickly anyway.
fn by_name<'a, R: Reader + ?Sized>(
    reader: &mut R,
    list: &mut List<'a>,
    text: &'a str,
    end: &'a str,
) -> Result<(), StoreError> {
    if let Some(found) = rows_named(reader, text)? {
        let ids: Vec<String> = found.iter().map(i64::to_string).collect();
        list.conditions.push(format!("r.id IN ({})", ids.join(",")));
        return Ok(());
    }
    list.params.extend([Param::Text(text), Param::Text(end)]);
    list.conditions.push(named(list.params.len() - 1, list.params.len()));
    Ok(())
}

/// One trade.
///
/// # Errors
/// A fault of the engine.
pub fn trade<R: Reader + ?Sized>(reader: &mut R, trade_no: &TradeNo) -> Result<Option<TradeRow>, StoreError> {
    first(
        reader,
        &format!("SELECT {TRADE_COLUMNS} FROM trade_recon r WHERE r.trade_no = ?1"),
        &[Param::Text(trade_no.as_str())],
        trade_row,
    )
}

/// Numbers of the trades with a channel's reference.
///
/// # Errors
/// A fault of the engine.
pub fn trades_with_ref<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
) -> Result<Vec<TradeNo>, StoreError> {
    all(
        reader,
        "SELECT trade_no FROM trade WHERE channel_ref = ?2 AND channel = ?1 ORDER BY id",
        &[Param::Text(channel.as_str()), Param::Text(channel_ref.as_str())],
        |row| row.parse(0),
    )
}

/// The succeeded refunds that name an original: row, amount and channel fee in minor units.
///
/// # Errors
/// A fault of the engine.
pub fn refunds_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    original: &ChannelRef,
) -> Result<Vec<(i64, i64, i64)>, StoreError> {
    all(
        reader,
        "SELECT id, amount_minor, fee_minor FROM trade WHERE original_ref = ?2 AND channel = ?1 AND kind = 'refund' \
         AND status = 'succeeded' ORDER BY id",
        &[Param::Text(channel.as_str()), Param::Text(original.as_str())],
        |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)),
    )
}

/// How much of a trade others undo, those before a row: refunds, returns, chargebacks and counter trades that name it; of a
/// chargeback, what was claimed back.
///
/// # Errors
/// A fault of the engine.
pub fn undone_of<R: Reader + ?Sized>(reader: &mut R, trade: i64, before: i64) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(sum(x.amount_now), 0) FROM trade t JOIN trade_now x ON x.original_ref = t.channel_ref AND x.channel = t.channel \
         WHERE t.id = ?1 AND x.id < ?2 AND x.status_now = 'succeeded' AND (x.kind = 'counter' OR (t.kind = 'chargeback' AND x.kind = 'representment') \
           OR (t.kind <> 'chargeback' AND (x.kind = 'refund' OR x.kind = 'return' OR x.kind = 'chargeback')))";
    Ok(first(reader, sql, &[Param::Int(trade), Param::Int(before)], |row| row.int(0))?.unwrap_or(0))
}

/// How much of a trade counter trades undo, those before a row.
///
/// # Errors
/// A fault of the engine.
pub fn countered_of<R: Reader + ?Sized>(reader: &mut R, trade: i64, before: i64) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(sum(x.amount_now), 0) FROM trade t JOIN trade_now x ON x.original_ref = t.channel_ref AND x.channel = t.channel \
         WHERE t.id = ?1 AND x.id < ?2 AND x.status_now = 'succeeded' AND x.kind = 'counter' AND x.counters = t.kind";
    Ok(first(reader, sql, &[Param::Int(trade), Param::Int(before)], |row| row.int(0))?.unwrap_or(0))
}

/// Amount and channel fee of the trade with a channel's reference, minor units; of several the first.
///
/// # Errors
/// A fault of the engine.
pub fn original_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
) -> Result<Option<(i64, i64)>, StoreError> {
    first(
        reader,
        "SELECT amount_minor, fee_minor FROM trade WHERE channel_ref = ?2 AND channel = ?1 ORDER BY id LIMIT 1",
        &[Param::Text(channel.as_str()), Param::Text(channel_ref.as_str())],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )
}

fn event_row(row: &Row<'_>) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        id: row.int(0)?,
        trade_no: row.parse(1)?,
        event: row.parse(2)?,
        occurred_at: row.parse(3)?,
        business_date: row.parse(4)?,
        amount_minor: row.int(5)?,
        posting: row.parse(6)?,
        live_vouchers: row.int(7)?,
    })
}

const EVENT_COLUMNS: &str = "e.id, t.trade_no, e.event, e.occurred_at, e.business_date, e.amount_minor, \
     CASE WHEN e.live > 1 THEN 'posted_twice' \
          WHEN e.suspense = 'open' THEN 'parked' \
          WHEN e.live = 0 AND e.suspense IS NULL THEN CASE WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id \
            AND v.reverses IS NOT NULL) THEN 'reversed' ELSE 'unposted' END \
          WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id AND v.kind = 'repost' \
            AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = v.id)) THEN 'reposted' ELSE 'posted' END, e.live";

/// A page of events.
///
/// # Errors
/// A fault of the engine.
pub fn events<R: Reader + ?Sized>(
    reader: &mut R,
    unposted: bool,
    page: &Page,
) -> Result<Rows<EventRow>, StoreError> {
    let mut list = List::of(EVENT_COLUMNS, "event_now e JOIN trade t ON t.id = e.trade", "e.id");
    if unposted {
        list.conditions.push(format!("e.live = 0 AND {NOT_PARKED}"));
    }
    list.page(reader, page, event_row)
}

/// The events of a trade.
///
/// # Errors
/// A fault of the engine.
pub fn events_of<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<EventRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {EVENT_COLUMNS} FROM event_now e JOIN trade t ON t.id = e.trade \
             WHERE e.id BETWEEN ?1 AND ?2 ORDER BY e.id"
        ),
        &[Param::Int(trade * 8), Param::Int(trade * 8 + 7)],
        event_row,
    )
}

const ACCOUNT_COLUMNS: &str = "a.code, a.name, a.class, a.normal, a.currency, a.status, a.customer_visible, a.floor_minor, \
     coalesce((SELECT e.after_minor FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0) * a.normal, \
     coalesce((SELECT e.seq FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0)";

fn account_row(row: &Row<'_>) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        account: Account {
            code: row.parse(0)?,
            name: row.text(1)?.to_owned(),
            class: row.parse(2)?,
            normal_side: side_of(row.int(3)?),
            currency: row.parse(4)?,
            status: row.parse(5)?,
            customer_visible: row.flag(6)?,
            floor_minor: row.maybe_int(7)?,
        },
        balance_minor: row.int(8)?,
        entries: row.int(9)?,
    })
}

/// A page of accounts whose code starts with `prefix`.
///
/// # Errors
/// A fault of the engine.
pub fn accounts<R: Reader + ?Sized>(
    reader: &mut R,
    prefix: &str,
    page: &Page,
) -> Result<Rows<AccountRow>, StoreError> {
    let end = prefix_end(prefix);
    let mut list = List::of(ACCOUNT_COLUMNS, "account a", "a.code");
    if !prefix.is_empty() {
        list.only("a.code >= ?", Param::Text(prefix));
        list.only("a.code < ?", Param::Text(&end));
    }
    list.page(reader, page, account_row)
}

/// One account.
///
/// # Errors
/// A fault of the engine.
pub fn account<R: Reader + ?Sized>(
    reader: &mut R,
    code: &AccountCode,
) -> Result<Option<AccountRow>, StoreError> {
    first(
        reader,
        &format!("SELECT {ACCOUNT_COLUMNS} FROM account a WHERE a.code = ?1"),
        &[Param::Text(code.as_str())],
        account_row,
    )
}

/// Accounts below a subject whose balances are summed for the tree; beyond it the sum is left out.
const TREE_SUM_LIMIT: i64 = 2000;

/// A subject's own account and its leaves.
const BELOW: &str = "(a.code = ?1 OR (a.code >= ?2 AND a.code < ?3))";

/// The subjects with what stands below them.
///
/// # Errors
/// A fault of the engine.
pub fn subjects<R: Reader + ?Sized>(reader: &mut R, currency: &str) -> Result<Vec<SubjectRow>, StoreError> {
    let mut rows =
        all(reader, "SELECT code, name, class, normal, suspense FROM subject ORDER BY code", &[], |row| {
            Ok(SubjectRow {
                code: row.text(0)?.to_owned(),
                name: row.text(1)?.to_owned(),
                class: row.parse(2)?,
                normal_side: side_of(row.int(3)?),
                suspense: row.flag(4)?,
                accounts: 0,
                balance_minor: None,
                currency: currency.to_owned(),
            })
        })?;
    for subject in &mut rows {
        let leaves = format!("{}.", subject.code);
        let end = prefix_end(&leaves);
        let params = [Param::Text(&subject.code), Param::Text(&leaves), Param::Text(&end)];
        let counted = first(
            reader,
            &format!(
                "SELECT count(*) FROM (SELECT 1 FROM account a WHERE {BELOW} LIMIT {})",
                TREE_SUM_LIMIT + 1
            ),
            &params,
            |row| row.int(0),
        )?;
        subject.accounts = counted.unwrap_or(0);
        if subject.accounts <= TREE_SUM_LIMIT {
            subject.balance_minor = first(
                reader,
                &format!(
                    "SELECT coalesce(sum(coalesce((SELECT e.after_minor FROM entry e WHERE e.account = a.id \
                     ORDER BY e.seq DESC LIMIT 1), 0) * a.normal), 0) FROM account a WHERE {BELOW}"
                ),
                &params,
                |row| row.int(0),
            )?;
        }
    }
    Ok(rows)
}

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
    let (from, to) = (filter.from.map(|day| day.to_string()), filter.to.map(|day| day.to_string()));
    let text = filter.text.clone().unwrap_or_default();
    let end = prefix_end(&text);
    let mut list = List::of(VOUCHER_COLUMNS, "voucher v", "v.id");
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

/// Adds the entries to the vouchers of a page, all read by one statement. Vouchers beyond [`PAGE_ENTRIES`] are left to
/// the next page; the first one always comes whole.
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
            "SELECT {ENTRY_COLUMNS}, e.voucher FROM entry e JOIN account a ON a.id = e.account \
             WHERE e.voucher IN ({}) ORDER BY e.voucher, e.line LIMIT {}",
            numbers.join(","),
            PAGE_ENTRIES + 1
        ),
        &[],
        &mut |row| {
            let seq = row.int(9)?;
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

const LINE_COLUMNS: &str = "s.file, s.day, l.line, l.kind, l.channel_ref, l.original_ref, l.channel_no, l.amount_minor, \
     l.fee_minor, l.currency, l.status, l.occurred_at";

fn line_row(row: &Row<'_>) -> Result<StatementRow, StoreError> {
    Ok(StatementRow {
        file: row.text(0)?.to_owned(),
        day: row.maybe_parse(1)?,
        line: StatementLine {
            line: u64::try_from(row.int(2)?).unwrap_or(0),
            kind: row.parse(3)?,
            channel_ref: row.parse(4)?,
            original_ref: row.maybe_parse(5)?,
            channel_no: row.text(6)?.to_owned(),
            amount_minor: row.int(7)?,
            fee_minor: row.int(8)?,
            currency: row.parse(9)?,
            status: row.parse(10)?,
            occurred_at: row.parse(11)?,
        },
    })
}

/// The channel's lines about a reference.
///
/// # Errors
/// A fault of the engine.
pub fn lines_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: &str,
    channel_ref: &str,
) -> Result<Vec<StatementRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {LINE_COLUMNS} FROM statement_line l JOIN statement s ON s.id = l.statement \
             WHERE l.channel_ref = ?1 AND l.channel = ?2 ORDER BY l.id"
        ),
        &[Param::Text(channel_ref), Param::Text(channel)],
        line_row,
    )
}

/// Statement lines `l` of statements `s` under conditions in SQL, which may order and limit them.
///
/// # Errors
/// A fault of the engine.
pub(super) fn lines_where<R: Reader + ?Sized>(
    reader: &mut R,
    conditions: &str,
    params: &[Param<'_>],
) -> Result<Vec<StatementRow>, StoreError> {
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM statement s CROSS JOIN statement_line l ON l.statement = s.id WHERE {conditions}"
    );
    all(reader, &sql, params, line_row)
}

/// Lines of statements that neither a trade nor a case answers to, at most `limit`, with their channel.
///
/// # Errors
/// A fault of the engine.
pub fn orphan_lines<R: Reader + ?Sized>(
    reader: &mut R,
    limit: usize,
) -> Result<Vec<(String, StatementRow)>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {LINE_COLUMNS}, l.channel FROM statement_line l JOIN statement s ON s.id = l.statement \
             WHERE NOT EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = l.channel_ref AND t.channel = l.channel) \
             AND {} ORDER BY l.id LIMIT {limit}",
            super::answered::unanswered()
        ),
        &[],
        |row| Ok((row.text(12)?.to_owned(), line_row(row)?)),
    )
}

/// Unposted events looked at for the blockers of all days together: right after an import of a million trades every one
/// of them is unposted, and a screen needs no more than to know that there are many.
const BLOCKERS_LOOKED_AT: i64 = 20_000;

const STATUS_NOW: &str = "coalesce((SELECT s.status FROM trade_status s WHERE s.trade = t.id ORDER BY s.n DESC LIMIT 1), t.status)";

/// The accounting days, oldest first; only those not closed where `undone`. Blockers are exact up to
/// 20,000 unposted events in the ledger, and at least that many beyond.
///
/// # Errors
/// A fault of the engine.
pub fn days<R: Reader + ?Sized>(reader: &mut R, undone: bool) -> Result<Vec<DayRow>, StoreError> {
    let filter = if undone { "WHERE d.state <> 'closed'" } else { "" };
    let rows = all(
        reader,
        &format!("SELECT d.day, d.state, d.cut_at, d.closed_at FROM day d {filter} ORDER BY d.day"),
        &[],
        |row| {
            let mut day = DayRow::new(row.parse(0)?, row.parse(1)?);
            (day.cut_at, day.closed_at) = (row.maybe_parse(2)?, row.maybe_parse(3)?);
            Ok(day)
        },
    )?;
    let unposted = by_day(
        reader,
        &format!(
            "SELECT e.business_date, count(*) FROM (SELECT id FROM event INDEXED BY event_unposted WHERE live = 0 \
             LIMIT {BLOCKERS_LOOKED_AT}) u CROSS JOIN event e ON e.id = u.id CROSS JOIN trade t ON t.id = e.trade \
             WHERE {STATUS_NOW} = 'succeeded' AND {NOT_PARKED} GROUP BY 1"
        ),
    )?;
    let cases = by_day(reader, &format!("SELECT w.day, count(*) FROM ({WAITED_FOR}) w GROUP BY 1"))?;
    let of = |counts: &BTreeMap<Date, i64>, day: Date| counts.get(&day).copied().unwrap_or(0);
    let blocked = |row: DayRow| {
        let (unposted, cases) = (of(&unposted, row.day), of(&cases, row.day));
        row.blocked(unposted, cases)
    };
    Ok(rows.into_iter().map(blocked).collect())
}

fn by_day<R: Reader + ?Sized>(reader: &mut R, sql: &str) -> Result<BTreeMap<Date, i64>, StoreError> {
    Ok(all(reader, sql, &[], |row| Ok((row.parse(0)?, row.int(1)?)))?.into_iter().collect())
}

/// The days that wait for a case that is not over: those of its trades, and those it was planned to book on.
const WAITED_FOR: &str = "\
    SELECT t.business_date AS day, c.n FROM case_file c JOIN case_finding f ON f.case_no = c.case_no \
      JOIN trade t ON t.id = f.trade WHERE c.state NOT IN ('committed', 'withdrawn') \
    UNION SELECT d.value, c.n FROM case_file c JOIN json_each(c.planned, '$.days') d \
      WHERE c.state NOT IN ('committed', 'withdrawn') AND c.planned IS NOT NULL";

/// What keeps a day from closing, exactly: unposted events of its succeeded trades, and undone cases about trades of the day or that
/// would book on it.
///
/// # Errors
/// A fault of the engine.
pub fn blockers_of<R: Reader + ?Sized>(reader: &mut R, day: &str) -> Result<(i64, i64), StoreError> {
    let counted = first(
        reader,
        &format!(
            "SELECT (SELECT count(*) FROM event e INDEXED BY event_unposted CROSS JOIN trade t ON t.id = e.trade \
             WHERE e.live = 0 AND e.business_date = ?1 AND {STATUS_NOW} = 'succeeded' \
             AND {NOT_PARKED}), \
             (SELECT count(*) FROM ({WAITED_FOR}) w WHERE w.day = ?1)"
        ),
        &[Param::Text(day)],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    Ok(counted.unwrap_or((0, 0)))
}
