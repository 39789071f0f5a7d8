//! Accounting days: closing one with its seal.

use super::append::ledger_head;
use super::row::Param;
use super::{Sink, StoreError, first};
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use jiff::civil::Date;

/// Closes a day for good, with the ledger's head as its seal. What keeps it from closing (unposted due events, open
/// cases, an earlier day that is open) is checked first.
///
/// # Errors
/// [`Code::DayState`] with the reason, [`Code::NotFound`], or a fault.
pub fn close_day<S: Sink + ?Sized>(
    sink: &mut S,
    day: Date,
    today: Date,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    let text = day.to_string();
    not_before_its_time(day, today)?;
    let found = super::list::days(sink, false)?;
    let row = found
        .iter()
        .find(|row| row.day == day)
        .ok_or_else(|| Rejection::new(Code::NotFound).with("what", "day").with("value", day))?;
    let refuse = |problem: &str, value: String| {
        Err(Rejection::new(Code::DayState)
            .with("day", day)
            .with("problem", problem)
            .with("value", value)
            .into())
    };
    if row.state == crate::domain::period::DayState::Closed {
        return refuse("refusal.day.closed", String::new());
    }
    if let Some(earlier) =
        found.iter().find(|other| other.day < day && other.state != crate::domain::period::DayState::Closed)
    {
        return refuse("refusal.day.earlier", earlier.day.to_string());
    }
    let blockers = super::list::blockers_of(sink, &text)?;
    if blockers > 0 {
        return refuse("refusal.day.blockers", blockers.to_string());
    }
    let off = first(
        sink,
        "SELECT coalesce(sum(e.side * e.amount_minor), 0) FROM entry e JOIN voucher v ON v.id = e.voucher \
         WHERE v.accounting_date = ?1",
        &[Param::Text(&text)],
        |row| row.int(0),
    )?;
    if off.unwrap_or(0) != 0 {
        return refuse("refusal.day.trial_balance", off.unwrap_or(0).to_string());
    }
    let (seq, hash) = ledger_head(sink)?;
    sink.run(
        "UPDATE day SET state = 'closed', closed_at = ?2, closed_by = ?3, head_seq = ?4, head_hash = ?5 WHERE day = ?1",
        &[
            Param::Text(&text),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
            Param::Int(seq),
            Param::Text(&hash),
        ],
    )
}

/// A day that has not come yet neither opens nor closes: closing it would shut all days before it for good.
///
/// # Errors
/// [`Code::DayState`].
pub fn not_before_its_time(day: Date, today: Date) -> Result<(), Rejection> {
    if day > today {
        return Err(Rejection::new(Code::DayState).with("day", day).with("problem", "refusal.day.future"));
    }
    Ok(())
}
