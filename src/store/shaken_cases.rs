//! Committed cases whose evidence goes with a statement.

use super::engine::{Param, Reader, StoreError, all};
use crate::domain::id::{CaseNo, TradeNo, VoucherNo};

/// What a committed case did by evidence that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostEvidence {
    /// The case.
    pub case_no: CaseNo,
    /// The voucher that it booked for a line that is gone or changed.
    pub voucher_no: Option<VoucherNo>,
    /// The trade whose status or facts it changed.
    pub trade_no: Option<TradeNo>,
}

/// Returns what committed cases did by lines of the statements `going` that `coming`, the one in their place, does not
/// list alike, or by what `going` did not list; in the order in which it was done.
///
/// # Errors
/// A fault of the engine.
pub fn by_end<R: Reader + ?Sized>(
    reader: &mut R,
    going: &[i64],
    coming: Option<i64>,
) -> Result<Vec<LostEvidence>, StoreError> {
    let going = serde_json::Value::from(going).to_string();
    let params = [Param::Text(&going), Param::maybe_int(coming)];
    // Lines are found by the reference of the answer or trade, not by the statement.
    let line = |name: &str, statements: &str| {
        format!("statement_line {name} INDEXED BY statement_line_ref WHERE {name}.statement {statements}")
    };
    let (gone, came) = ("IN (SELECT value FROM json_each(?1))", "= ?2");
    let other = |name: &str, statements: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM {} AND x.channel_ref = {name}.channel_ref AND x.channel = {name}.channel AND x.kind = {name}.kind \
               AND x.channel_no = {name}.channel_no AND x.amount_minor = {name}.amount_minor AND x.fee_minor = {name}.fee_minor \
               AND x.merchant_discount_minor = {name}.merchant_discount_minor AND x.currency = {name}.currency AND x.status = {name}.status)",
            line("x", statements)
        )
    };
    let answers = format!(
        "SELECT a.case_no, v.voucher_no FROM answered_line a JOIN voucher v ON v.id = a.voucher \
          WHERE NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = v.id) \
            AND EXISTS (SELECT 1 FROM {} AND l.channel_ref = a.channel_ref AND l.channel = a.channel \
                          AND {} AND {}) ORDER BY a.n",
        line("l", gone),
        super::answered::of_line(),
        other("l", came)
    );
    let of_trade = "channel_ref = t.channel_ref AND";
    let trades = format!(
        "SELECT DISTINCT x.case_no, t.trade_no FROM ( \
            SELECT s.trade, s.case_no FROM trade_status s WHERE s.case_no <> '' \
               AND NOT EXISTS (SELECT 1 FROM trade_status y WHERE y.trade = s.trade AND y.n > s.n) \
            UNION SELECT a.trade, a.case_no FROM amendment a \
             WHERE NOT EXISTS (SELECT 1 FROM amendment y WHERE y.trade = a.trade AND y.fact = a.fact AND y.n > a.n)) x \
           CROSS JOIN trade t ON t.id = x.trade \
          WHERE EXISTS (SELECT 1 FROM statement_about b WHERE b.trade = t.id AND b.statement {gone}) \
            AND (EXISTS (SELECT 1 FROM {l_gone} AND l.{of_trade} l.channel = t.channel AND {not_came}) \
              OR EXISTS (SELECT 1 FROM {l_came} AND l.{of_trade} l.channel = t.channel AND {not_gone}) \
              OR (?2 IS NULL AND NOT EXISTS (SELECT 1 FROM {l_gone} AND l.{of_trade} l.channel = t.channel))) \
          ORDER BY x.trade",
        l_gone = line("l", gone),
        l_came = line("l", came),
        not_came = other("l", came),
        not_gone = other("l", gone),
    );
    let mut found = all(reader, &answers, &params, |row| {
        Ok(LostEvidence { case_no: row.parse(0)?, voucher_no: Some(row.parse(1)?), trade_no: None })
    })?;
    found.extend(all(reader, &trades, &params, |row| {
        Ok(LostEvidence { case_no: row.parse(0)?, voucher_no: None, trade_no: Some(row.parse(1)?) })
    })?);
    Ok(found)
}
