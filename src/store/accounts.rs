//! The chart (科目) and its accounts (账户): pages, one account, the head of its chain, opening accounts.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use super::page::{List, prefix_end};
use crate::domain::account::Account;
use crate::domain::chain::Head;
use crate::domain::currencies::Currencies;
use crate::domain::id::AccountCode;
use crate::protocol::accounts::{AccountRow, SubjectRow};
use crate::protocol::page::{Page, Rows};
use crate::protocol::totals::totals;

columns! {
    mod account_column from 0 => {
        CODE = "a.code",
        NAME = "a.name",
        CLASS = "a.class",
        NORMAL = "a.normal",
        CURRENCY = "a.currency",
        STATUS = "a.status",
        CUSTOMER_VISIBLE = "a.customer_visible",
        FLOOR = "a.floor_minor",
        BALANCE = "coalesce((SELECT e.after_minor FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0) \
            * a.normal",
        ENTRIES = "coalesce((SELECT e.seq FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0)",
    }
}

fn account_row(row: &Row<'_>) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        account: Account {
            code: row.parse(account_column::CODE)?,
            name: row.text(account_column::NAME)?.to_owned(),
            class: row.parse(account_column::CLASS)?,
            normal_side: row.side(account_column::NORMAL)?,
            currency: row.parse(account_column::CURRENCY)?,
            status: row.parse(account_column::STATUS)?,
            customer_visible: row.flag(account_column::CUSTOMER_VISIBLE)?,
            floor_minor: row.maybe_int(account_column::FLOOR)?,
        },
        balance_minor: row.int(account_column::BALANCE)?,
        entries: row.int(account_column::ENTRIES)?,
    })
}

/// Returns a page of accounts whose code starts with `prefix`.
pub fn accounts<R: Reader + ?Sized>(
    reader: &mut R,
    prefix: &str,
    page: &Page,
) -> Result<Rows<AccountRow>, StoreError> {
    let end = prefix_end(prefix);
    let mut list = List::of(account_column::SQL, "account a", "a.code");
    if !prefix.is_empty() {
        list.only("a.code >= ?", Param::Text(prefix));
        list.only("a.code < ?", Param::Text(&end));
    }
    list.page(reader, page, account_row)
}

/// Returns one account.
pub fn account<R: Reader + ?Sized>(
    reader: &mut R,
    code: &AccountCode,
) -> Result<Option<AccountRow>, StoreError> {
    first(
        reader,
        &format!("SELECT {} FROM account a WHERE a.code = ?1", account_column::SQL),
        &[Param::Text(code.as_str())],
        account_row,
    )
}

/// Limit of accounts below a subject for which the tree shows their sum.
const TREE_SUM_LIMIT: i64 = 2000;

/// Condition on account `a`: the subject's own account or one of its leaves.
const BELOW: &str = "(a.code = ?1 OR (a.code >= ?2 AND a.code < ?3))";

/// Balance of account `a` on its normal side.
const BALANCE_NOW: &str = "coalesce((SELECT e.after_minor FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0) * a.normal";

/// Returns the subjects, each with the number of its accounts and the sum of their balances in minor units,
/// by currency if there are several. A subject with very many accounts has no sum, and its count stops there.
pub fn subjects<R: Reader + ?Sized>(
    reader: &mut R,
    currencies: &Currencies,
) -> Result<Vec<SubjectRow>, StoreError> {
    let main = currencies.main().code();
    let mut rows =
        all(reader, "SELECT code, name, class, normal, suspense FROM subject ORDER BY code", &[], |row| {
            Ok(SubjectRow {
                code: row.text(0)?.to_owned(),
                name: row.text(1)?.to_owned(),
                class: row.parse(2)?,
                normal_side: row.side(3)?,
                suspense: row.flag(4)?,
                accounts: 0,
                balance_minor: None,
                currency: main.to_owned(),
                totals: Vec::new(),
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
        if subject.accounts > TREE_SUM_LIMIT {
            continue;
        }
        if currencies.others().is_empty() {
            let sql = format!("SELECT coalesce(sum({BALANCE_NOW}), 0) FROM account a WHERE {BELOW}");
            subject.balance_minor = first(reader, &sql, &params, |row| row.int(0))?;
            continue;
        }
        let sql =
            format!("SELECT a.currency, sum({BALANCE_NOW}) FROM account a WHERE {BELOW} GROUP BY a.currency");
        let sums = all(reader, &sql, &params, |row| Ok((row.text(0)?.to_owned(), row.int(1)?)))?;
        let (own, every) = totals(main, sums.into_iter().collect());
        (subject.balance_minor, subject.totals) = (Some(own), every);
    }
    Ok(rows)
}

/// Returns the head of an account's chain; `None` if the account does not exist.
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
                normal_side: row.side(3)?,
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

/// Returns the row number of an account; `None` if it does not exist.
pub fn account_id<R: Reader + ?Sized>(reader: &mut R, code: &AccountCode) -> Result<Option<i64>, StoreError> {
    let code = Param::Text(code.as_str());
    first(reader, "SELECT id FROM account WHERE code = ?1", &[code], |row| row.int(0))
}
