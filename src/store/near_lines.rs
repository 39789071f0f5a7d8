//! Lines of a reference with what may keep them from matching a trade.

use super::engine::{Param, Reader, StoreError, all};
use super::statements;
use crate::domain::id::ChannelRef;
use crate::domain::trade::Channel;
use crate::protocol::trades::StatementRow;

/// Most lines that are read of one reference.
const MOST_LINES: i64 = 20;

/// A standing line with its row and the merchant numbers by which it may be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearLine {
    /// Row.
    pub id: i64,
    /// The line.
    pub row: StatementRow,
    /// Its merchant number and those of its statement.
    pub merchant_nos: Vec<String>,
}

/// Returns the standing lines of a channel's reference, at most [`MOST_LINES`], and the lines in `rows`.
///
/// # Errors
/// A fault of the engine.
pub fn near_lines<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
    rows: &[i64],
) -> Result<Vec<NearLine>, StoreError> {
    let rows = super::touched::json(rows);
    let found = all(
        reader,
        "SELECT l.id, l.merchant_no, s.merchant_id, s.sub_merchant FROM (\
           SELECT * FROM (SELECT id FROM standing_line WHERE channel_ref = ?1 AND channel = ?2 ORDER BY id LIMIT ?3) \
           UNION SELECT value FROM json_each(?4)) x \
         CROSS JOIN statement_line l ON l.id = x.id CROSS JOIN statement s ON s.id = l.statement ORDER BY l.id",
        &[
            Param::Text(channel_ref.as_str()),
            Param::Text(channel.as_str()),
            Param::Int(MOST_LINES),
            Param::Text(&rows),
        ],
        |row| {
            let numbers = [row.maybe_text(1)?, row.maybe_text(2)?, row.maybe_text(3)?];
            Ok((row.int(0)?, numbers.into_iter().flatten().map(str::to_owned).collect::<Vec<_>>()))
        },
    )?;
    let mut lines = Vec::with_capacity(found.len());
    for (id, merchant_nos) in found {
        let row = statements::lines_in(reader, &[id])?;
        lines.extend(row.into_iter().map(|row| NearLine { id, row, merchant_nos: merchant_nos.clone() }));
    }
    Ok(lines)
}
