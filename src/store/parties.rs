//! Customers and merchants: those that a trade names, as imported or as corrected, and the trades that a
//! party sees.

use super::engine::{Param, Reader, Row, StoreError, all, first};
use crate::domain::id::TradeNo;
use crate::domain::money::Money;
use crate::domain::trade::exchange_rate;
use crate::protocol::reports::{OtherLeg, SeenTrade};

/// Current customer and merchant of trade `t`: as corrected, else as imported.
const PARTIES_NOW: &str = "\
    coalesce((SELECT a.value FROM amendment a WHERE a.trade = t.id AND a.fact = 'customer' ORDER BY a.n DESC LIMIT 1), t.customer), \
    coalesce((SELECT a.value FROM amendment a WHERE a.trade = t.id AND a.fact = 'merchant' ORDER BY a.n DESC LIMIT 1), t.merchant)";

/// Returns the current customer and merchant of a trade: as corrected, else as imported.
pub fn parties_now<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<[Option<String>; 2], StoreError> {
    let sql = format!("SELECT {PARTIES_NOW} FROM trade t WHERE t.id = ?1");
    let parties = first(reader, &sql, &[Param::Int(trade)], |row| {
        Ok([row.maybe_text(0)?.map(str::to_owned), row.maybe_text(1)?.map(str::to_owned)])
    })?;
    Ok(parties.unwrap_or_default())
}

/// Returns whether a trade names the party, as imported or as corrected, or one of these accounts exists.
pub fn is_party<R: Reader + ?Sized>(
    reader: &mut R,
    party: &str,
    accounts: &[String],
) -> Result<bool, StoreError> {
    let named = "SELECT 1 FROM trade WHERE customer = ?1 UNION ALL SELECT 1 FROM trade WHERE merchant = ?1 \
         UNION ALL SELECT 1 FROM amendment WHERE (fact = 'customer' OR fact = 'merchant') AND value = ?1 LIMIT 1";
    if first(reader, named, &[Param::Text(party)], |_| Ok(()))?.is_some() {
        return Ok(true);
    }
    for account in accounts {
        let known = "SELECT 1 FROM account WHERE code = ?1";
        if first(reader, known, &[Param::Text(account)], |_| Ok(()))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the trades that a party sees, that is, those that name it; newest first.
pub fn trades_seen<R: Reader + ?Sized>(
    reader: &mut R,
    party: &str,
    limit: usize,
) -> Result<Vec<TradeNo>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT t.id, t.trade_no FROM trade t WHERE t.id IN (SELECT id FROM trade WHERE customer = ?1 \
             UNION SELECT id FROM trade WHERE merchant = ?1 \
             UNION SELECT trade FROM amendment WHERE (fact = 'customer' OR fact = 'merchant') AND value = ?1) \
             AND ?1 IN ({PARTIES_NOW}) ORDER BY t.id DESC LIMIT {limit}",
        ),
        &[Param::Text(party)],
        |row| row.parse(1),
    )
}

/// Returns the counter leg of an exchange in a row of [`trades_between`].
fn other_leg(row: &Row<'_>) -> Result<Option<OtherLeg>, StoreError> {
    let (Some(minor), Some(currency)) = (row.maybe_int(8)?, row.maybe_parse(9)?) else { return Ok(None) };
    let amount = Money::new(row.int(5)?, row.parse(6)?);
    Ok(exchange_rate(amount, Money::new(minor, currency)).map(|rate| OtherLeg {
        amount_minor: minor,
        currency: currency.code().to_owned(),
        rate,
    }))
}

/// Returns the trades that a party sees, of business days `from` to `to`, oldest first; an exchange with its
/// counter leg as the other one.
pub fn trades_between<R: Reader + ?Sized>(
    reader: &mut R,
    party: &str,
    (from, to): (&str, &str),
    limit: usize,
) -> Result<Vec<SeenTrade>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT t.trade_no, t.occurred_at, t.business_date, t.kind, t.channel, t.amount_now, t.currency, t.status_now, t.counter_minor, t.counter_currency \
             FROM trade_now t WHERE t.id IN (SELECT id FROM trade WHERE customer = ?1 \
             UNION SELECT id FROM trade WHERE merchant = ?1 \
             UNION SELECT trade FROM amendment WHERE (fact = 'customer' OR fact = 'merchant') AND value = ?1) \
             AND ?1 IN ({PARTIES_NOW}) AND t.business_date BETWEEN ?2 AND ?3 ORDER BY t.occurred_at, t.id LIMIT {limit}",
        ),
        &[Param::Text(party), Param::Text(from), Param::Text(to)],
        |row| {
            Ok(SeenTrade {
                trade_no: row.parse(0)?,
                occurred_at: row.parse(1)?,
                business_date: row.parse(2)?,
                kind: row.text(3)?.to_owned(),
                called: String::new(),
                channel: row.text(4)?.to_owned(),
                amount_minor: row.int(5)?,
                currency: row.text(6)?.to_owned(),
                status: row.parse(7)?,
                exchange: other_leg(row)?,
            })
        },
    )
}
