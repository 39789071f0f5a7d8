//! Refunds that did not reach the customer: what the channel notes of them, and what people noted since.

use super::engine::{Param, Reader, Sink, StoreError, first};
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::protocol::trades::{FollowUp, FollowUpNote};

/// Returns what a channel notes of a refund that did not reach the customer, and whether somebody has seen to that. Of
/// several lines that nobody has seen to, it is about the last, else about the last of all.
///
/// # Errors
/// A fault of the engine.
pub fn follow_up<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Option<FollowUp>, StoreError> {
    let noted = first(
        reader,
        "SELECT f.note, f.at, f.operator FROM follow_up_note f WHERE f.trade = ?1 ORDER BY f.n DESC LIMIT 1",
        &[Param::Int(trade)],
        |row| Ok((row.text(0)?.to_owned(), row.parse::<Moment>(1)?, row.parse::<Operator>(2)?)),
    )?;
    let found = first(
        reader,
        "SELECT l.trouble, s.file, l.line, s.day, NOT EXISTS (SELECT 1 FROM trade_follow_up f WHERE f.trade = t.id AND f.line = l.id) \
         FROM trade t CROSS JOIN statement_line l ON l.channel_ref = t.channel_ref AND l.channel = t.channel \
           AND l.trouble IS NOT NULL CROSS JOIN trade_trouble u ON u.trade = t.id AND u.line = l.id CROSS JOIN statement s ON s.id = l.statement \
         WHERE t.id = ?1 ORDER BY 5, l.id DESC LIMIT 1",
        &[Param::Int(trade)],
        |row| {
            let up = FollowUp {
                trouble: row.text(0)?.to_owned(),
                file: row.text(1)?.to_owned(),
                line: row.int(2)?,
                day: row.maybe_parse(3)?,
                noted: None,
            };
            Ok((up, row.flag(4)?))
        },
    )?;
    Ok(found.map(|(up, done)| {
        let note = |(note, at, operator)| FollowUpNote { done, note, at, operator };
        FollowUp { noted: noted.map(note), ..up }
    }))
}

/// Adds that the follow-up of a refund is done, or open again.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn note<S: Sink + ?Sized>(sink: &mut S, trade: i64, note: &FollowUpNote) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO follow_up_note (trade, n, done, channel_no, trouble, note, at, operator, merchant_no) \
         SELECT u.trade, (SELECT coalesce(max(n), 0) + 1 FROM follow_up_note WHERE trade = ?1), ?2, l.channel_no, l.trouble, ?3, ?4, ?5, l.merchant \
           FROM trade t CROSS JOIN known_line l ON l.channel_ref = t.channel_ref AND l.channel = t.channel AND l.trouble IS NOT NULL \
           CROSS JOIN trade_trouble u ON u.trade = t.id AND u.line = l.id WHERE t.id = ?1 \
          ORDER BY ?2 <> EXISTS (SELECT 1 FROM trade_follow_up f WHERE f.trade = t.id AND f.line = l.id), l.id DESC LIMIT 1",
        &[
            Param::Int(trade),
            Param::Int(i64::from(note.done)),
            Param::Text(&note.note),
            Param::Text(&note.at.to_string()),
            Param::Text(note.operator.as_str()),
        ],
    )
}
