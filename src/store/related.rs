//! What hangs together by reference, as one SQL text for all that follows references.
//!
//! Related are the reference of a payment and that of a line which revokes it, and the reference of a trade and that
//! of a line which people gave to it. Each step is a seek in an index, from the references that are known.

/// Returns the head of a query with `refs`: the references of `named`, a query of channel and reference, and all that
/// are related to them.
pub(super) fn related(named: &str) -> String {
    format!(
        "WITH RECURSIVE named(channel, ref) AS ({named}), found(channel, ref) AS ( \
           SELECT channel, ref FROM named WHERE ref IS NOT NULL \
           UNION SELECT r.channel, l.original_ref FROM found r CROSS JOIN statement_line l ON l.channel_ref = r.ref AND l.channel = r.channel \
             WHERE l.kind = 'revoke' AND l.original_ref IS NOT NULL \
           UNION SELECT r.channel, l.channel_ref FROM found r CROSS JOIN statement_line l ON l.original_ref = r.ref AND l.channel = r.channel \
             WHERE l.kind = 'revoke' \
           UNION SELECT r.channel, d.channel_ref FROM found r CROSS JOIN trade t ON t.channel_ref = r.ref AND t.channel = r.channel \
             CROSS JOIN match_decision d ON d.trade = t.id \
           UNION SELECT r.channel, t.channel_ref FROM found r CROSS JOIN match_decision d ON d.channel_ref = r.ref \
             CROSS JOIN trade t ON t.id = d.trade WHERE t.channel = r.channel), \
         refs AS MATERIALIZED (SELECT channel, ref FROM found)"
    )
}

/// The trades `t` of [`related`] references.
pub(super) const TRADES: &str =
    "refs r CROSS JOIN trade t ON t.channel_ref = r.ref AND t.channel = r.channel";

/// The lines `l` of [`related`] references.
pub(super) const LINES: &str =
    "refs r CROSS JOIN statement_line l ON l.channel_ref = r.ref AND l.channel = r.channel";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::sqlite::unguarded;
    use crate::store::engine::{Param, all};

    /// Whatever is large is found by an index.
    #[test]
    fn no_table_is_read_as_a_whole() {
        let mut memory = unguarded().unwrap();
        let head = related("SELECT value ->> 0, value ->> 1 FROM json_each(?1)");
        for from in [TRADES, LINES] {
            let sql = format!("EXPLAIN QUERY PLAN {head} SELECT 1 FROM {from}");
            let plan =
                all(&mut memory, &sql, &[Param::Text("[]")], |row| Ok(row.text(3)?.to_owned())).unwrap();
            let small = ["found", "r", "refs", "json_each", "named"];
            let is_scan = |step: &&String| {
                step.strip_prefix("SCAN ").is_some_and(|rest| {
                    let table = rest.split(' ').next().unwrap_or(rest);
                    !small.contains(&table)
                })
            };
            assert_eq!(plan.iter().find(is_scan), None, "{plan:#?}");
            let seeks = plan.iter().filter(|step| step.starts_with("SEARCH")).count();
            assert!(seeks >= 7, "{plan:#?}");
        }
    }
}
