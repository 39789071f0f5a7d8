//! Accounts whose balance alone says that something is wrong or open: below the floor, of a party that no trade
//! knows, or a debt. Each account costs one seek at the end of its chain.

use super::engine::{Param, Reader, StoreError, all, first};
use super::row_lists::{all_of, json};
use crate::domain::account::AccountRole;
use crate::domain::id::{AccountCode, VoucherNo};
use crate::domain::period::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// Which accounts to look at.
#[derive(Debug, Clone, Copy)]
pub struct MovedAccounts<'t> {
    /// Those that vouchers behind this place moved; `None` for all.
    pub since: Option<i64>,
    /// These rows as well.
    pub known: &'t [i64],
}

impl MovedAccounts<'_> {
    /// Returns a condition on an account `a`, in which `?1` is the place and `?2` a JSON array of the rows.
    const fn condition(self) -> &'static str {
        if self.since.is_none() {
            return "?1 IS NOT NULL AND ?2 IS NOT NULL";
        }
        "(a.id IN (SELECT e.account FROM entry e WHERE e.voucher > ?1) OR a.id IN (SELECT value FROM json_each(?2)))"
    }
}

/// What is odd about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// Its balance is below its floor; a receivable has the floor zero.
    BelowFloor,
    /// It has a balance, and no trade knows its holder.
    UnknownParty,
    /// Its balance is owed to us.
    Debt,
}

/// An account with an odd balance, in minor units on its normal side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Row.
    pub row: i64,
    /// Code.
    pub account: AccountCode,
    /// Role of its subject.
    pub role: Option<AccountRole>,
    /// Currency.
    pub currency: String,
    /// What is odd.
    pub oddity: Oddity,
    /// Balance; of a shortage account what no open item explains.
    pub balance_minor: i64,
    /// The balance that it should not pass: the floor, or zero.
    pub bound_minor: i64,
}

const BALANCE: &str = "coalesce((SELECT e.after_minor FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0) * a.normal";

/// Returns the accounts with an odd balance.
pub fn watched<R: Reader + ?Sized>(
    reader: &mut R,
    moved: MovedAccounts<'_>,
) -> Result<Vec<Watched>, StoreError> {
    let here = moved.condition();
    let from = format!("FROM account a JOIN subject s ON s.code = a.subject WHERE {here}");
    // The holder is the code behind the subject, without the currency that ends the codes of other currencies.
    let holder = "substr(a.code, length(a.subject) + 2, length(a.code) - length(a.subject) - 1 - \
                  CASE a.currency WHEN (SELECT value FROM setting WHERE name = 'currency') THEN 0 ELSE 4 END)";
    let below = format!(
        "SELECT id, code, role, currency, balance, floor FROM (SELECT a.id, a.code, s.role, a.currency, {BALANCE} AS balance, \
           CASE s.role WHEN 'receivable' THEN coalesce(a.floor_minor, 0) ELSE a.floor_minor END AS floor \
         {from} AND (a.floor_minor IS NOT NULL OR s.role = 'receivable')) WHERE balance < floor ORDER BY id"
    );
    let unknown = format!(
        "SELECT id, code, role, currency, balance, 0 FROM (SELECT a.id, a.code, s.role, a.currency, {BALANCE} AS balance, {holder} AS holder \
         {from} AND s.opens_leaves = 1 AND s.role IN ('customer', 'merchant')) p WHERE balance <> 0 \
           AND NOT EXISTS (SELECT 1 FROM trade t WHERE t.customer = p.holder) \
           AND NOT EXISTS (SELECT 1 FROM trade t WHERE t.merchant = p.holder) \
           AND NOT EXISTS (SELECT 1 FROM entry e CROSS JOIN accepted_voucher c ON c.voucher = e.voucher WHERE e.account = p.id) \
           AND NOT EXISTS (SELECT 1 FROM entry e CROSS JOIN voucher v ON v.id = e.voucher \
                WHERE e.account = p.id AND v.kind = 'import' AND v.case_no IS NOT NULL) \
           AND NOT EXISTS (SELECT 1 FROM amendment m WHERE m.value = p.holder AND m.fact IN ('customer', 'merchant')) \
         ORDER BY id"
    );
    let items = "coalesce((SELECT sum(o.amount_minor) FROM open_item o WHERE o.account = a.id \
                   AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = o.voucher) \
                   AND (o.cleared_by IS NULL OR EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = o.cleared_by))), 0) * a.normal";
    let debts = format!(
        "SELECT id, code, role, currency, owed, 0 FROM (SELECT a.id, a.code, s.role, a.currency, \
           {BALANCE} - CASE s.role WHEN 'shortage' THEN {items} ELSE 0 END AS owed \
         {from} AND s.role IN ('receivable', 'shortage')) WHERE owed > 0 ORDER BY id"
    );
    let known = json(moved.known);
    let params = [Param::Int(moved.since.unwrap_or(0)), Param::Text(&known)];
    let mut found = Vec::new();
    for (sql, oddity) in [(below, Oddity::BelowFloor), (unknown, Oddity::UnknownParty), (debts, Oddity::Debt)]
    {
        found.extend(all(reader, &sql, &params, |row| {
            Ok(Watched {
                row: row.int(0)?,
                account: row.parse(1)?,
                role: row.maybe_parse(2)?,
                currency: row.text(3)?.to_owned(),
                oddity,
                balance_minor: row.int(4)?,
                bound_minor: row.int(5)?,
            })
        })?);
    }
    Ok(found)
}

/// The voucher that took an account where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The voucher.
    pub voucher_no: VoucherNo,
    /// When it was written.
    pub at: Moment,
    /// Whether it is an older system's without an event, and nobody accepted it.
    pub is_unexplained: bool,
}

/// Returns the voucher since which an account's balance has been where it is: below its floor, or for a debt
/// above zero; `None` for an account without entries.
pub fn crossing<R: Reader + ?Sized>(
    reader: &mut R,
    account: &Watched,
) -> Result<Option<Crossing>, StoreError> {
    let was_right = match account.oddity {
        Oddity::BelowFloor => "p.after_minor * a.normal >= ?2",
        Oddity::UnknownParty => "p.after_minor = 0",
        Oddity::Debt => "p.after_minor * a.normal <= ?2",
    };
    let sql = format!(
        "SELECT v.voucher_no, v.posted_at, v.kind = 'import' AND v.event IS NULL AND v.case_no IS NULL \
           AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = v.id) \
           AND NOT EXISTS (SELECT 1 FROM accepted_voucher c WHERE c.voucher = v.id) \
         FROM account a JOIN entry e ON e.account = a.id JOIN voucher v ON v.id = e.voucher \
         WHERE a.id = ?1 AND e.seq > coalesce((SELECT p.seq FROM entry p WHERE p.account = a.id AND {was_right} \
           ORDER BY p.seq DESC LIMIT 1), 0) AND ?2 IS NOT NULL ORDER BY e.seq LIMIT 1"
    );
    let params = [Param::Int(account.row), Param::Int(account.bound_minor)];
    first(reader, &sql, &params, |row| {
        Ok(Crossing { voucher_no: row.parse(0)?, at: row.parse(1)?, is_unexplained: row.flag(2)? })
    })
}

/// What a trade touches: rows of the accounts that its vouchers moved, and its parties.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Accounts, each once.
    pub accounts: BTreeSet<i64>,
    /// Customer and merchant.
    pub parties: BTreeSet<String>,
}

/// Returns what trades touch, by row.
pub fn reach<R: Reader + ?Sized>(reader: &mut R, trades: &[i64]) -> Result<BTreeMap<i64, Reach>, StoreError> {
    let mut found: BTreeMap<i64, Reach> = trades.iter().map(|row| (*row, Reach::default())).collect();
    let moved = "SELECT j.value, e.account FROM json_each(?1) j CROSS JOIN voucher v ON v.trade = j.value \
                 CROSS JOIN entry e ON e.voucher = v.id";
    all_of(reader, moved, trades.iter().copied(), |row| {
        found.entry(row.int(0)?).or_default().accounts.insert(row.int(1)?);
        Ok(())
    })?;
    let parties = "SELECT t.id, p.value FROM json_each(?1) j CROSS JOIN trade t ON t.id = j.value \
                   CROSS JOIN json_each(json_array(t.customer, t.merchant)) p WHERE p.value IS NOT NULL";
    all_of(reader, parties, trades.iter().copied(), |row| {
        found.entry(row.int(0)?).or_default().parties.insert(row.text(1)?.to_owned());
        Ok(())
    })?;
    Ok(found)
}
