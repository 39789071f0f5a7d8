//! Check of the counts of live postings, which needs another order than the walk over the vouchers.

use crate::store::engine::{Param, Reader, StoreError, first};
use std::sync::atomic::{AtomicBool, Ordering};

/// Events whose counts are checked by one query; a cancelled walk waits for one query at most.
const EVENTS: i64 = 4096;

/// Limit of reported events with a wrong count.
const MAX_MISCOUNTED: i64 = 20;

/// Returns events whose count of live postings differs from the vouchers, as trade and event; only the
/// first if there are many.
pub(super) fn miscounted<R: Reader + ?Sized>(
    reader: &mut R,
    stop: &AtomicBool,
) -> Result<Vec<String>, StoreError> {
    let chunk = "SELECT max(id) FROM (SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2)";
    let mut found = Vec::new();
    let mut after = i64::MIN;
    while found.is_empty() && !stop.load(Ordering::Relaxed) {
        let last = first(reader, chunk, &[Param::Int(after), Param::Int(EVENTS)], |row| row.maybe_int(0))?;
        let Some(last) = last.flatten() else { break };
        reader.read(
            "SELECT (SELECT t.trade_no FROM trade t WHERE t.id = e.trade), e.event FROM event e \
             LEFT JOIN voucher v ON v.trade = e.trade AND v.event = e.id \
             AND (v.kind = 'post' OR v.kind = 'repost' OR v.kind = 'supplement' OR v.kind = 'import') \
             LEFT JOIN voucher r ON r.reverses = v.id WHERE e.id > ?1 AND e.id <= ?2 \
             GROUP BY e.id HAVING e.live <> sum(v.id IS NOT NULL AND r.id IS NULL) LIMIT ?3",
            &[Param::Int(after), Param::Int(last), Param::Int(MAX_MISCOUNTED)],
            &mut |row| {
                // An event without its trade is reported by the engine's check of foreign keys.
                if let Some(trade) = row.maybe_text(0)? {
                    found.push(format!("{trade} {}", row.text(1)?));
                }
                Ok(())
            },
        )?;
        after = last;
    }
    Ok(found)
}
