//! The chart and its accounts (账户): pages, one account, the head of its chain, and opening accounts.

use super::engine::{Param, Reader, Row, Sink, StoreError, all, first, row::side_of};
use super::page::{List, prefix_end};
use crate::desk::{AccountRow, Page, Rows, SubjectRow};
use crate::domain::account::Account;
use crate::domain::chain::Head;
use crate::domain::id::AccountCode;

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

/// Where an existing account's chain stands.
///
/// # Errors
/// A fault of the engine.
pub fn account_head<R: Reader + ?Sized>(
    reader: &mut R,
    code: &AccountCode,
) -> Result<Option<Head>, StoreError> {
    let found = first(
        reader,
        "SELECT id, name, class, normal, currency, status, customer_visible, floor_minor FROM account WHERE code = ?1",
        &[Param::Text(code.as_str())],
        |row| {
            let account = Account {
                code: code.clone(),
                name: row.text(1)?.to_owned(),
                class: row.parse(2)?,
                normal_side: side_of(row.int(3)?),
                currency: row.parse(4)?,
                status: row.parse(5)?,
                customer_visible: row.flag(6)?,
                floor_minor: row.maybe_int(7)?,
            };
            Ok(Head { id: row.int(0)?, account, seq: 0, balance_minor: 0 })
        },
    )?;
    let Some(mut head) = found else { return Ok(None) };
    let last = first(
        reader,
        "SELECT seq, after_minor FROM entry WHERE account = ?1 ORDER BY seq DESC LIMIT 1",
        &[Param::Int(head.id)],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    if let Some((seq, after)) = last {
        head.seq = seq;
        head.balance_minor = head.account.normal_side.debit_positive(after);
    }
    Ok(Some(head))
}

/// Adds an account.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_account<S: Sink + ?Sized>(
    sink: &mut S,
    id: i64,
    subject: &str,
    account: &Account,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO account (id, code, subject, name, class, normal, currency, status, customer_visible, floor_minor) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &[
            Param::Int(id),
            Param::Text(account.code.as_str()),
            Param::Text(subject),
            Param::Text(&account.name),
            Param::Text(account.class.as_str()),
            Param::Int(account.normal_side.debit_positive(1)),
            Param::Text(account.currency.code()),
            Param::Text(account.status.as_str()),
            Param::Int(i64::from(account.customer_visible)),
            account.floor_minor.map_or(Param::Null, Param::Int),
        ],
    )
}

/// An account's row number; `None` where there is none.
///
/// # Errors
/// A fault of the engine.
pub fn account_id<R: Reader + ?Sized>(reader: &mut R, code: &AccountCode) -> Result<Option<i64>, StoreError> {
    let code = Param::Text(code.as_str());
    first(reader, "SELECT id FROM account WHERE code = ?1", &[code], |row| row.int(0))
}
