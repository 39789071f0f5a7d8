//! Days with trades of a channel, which its statements should cover.

use super::engine::{Param, Reader, StoreError, all, first};
use crate::domain::cut::KnownDays;
use crate::domain::statement::BillState;
use crate::domain::trade::Channel;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Returns the days on which each channel has trades, in order of days. Two seeks a day and channel: a comparison of
/// both columns at once would read every trade.
pub fn trade_days<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<(Channel, Date)>, StoreError> {
    all(
        reader,
        "WITH RECURSIVE d(day, channel) AS ( \
           SELECT * FROM (SELECT business_date, channel FROM trade ORDER BY business_date, channel LIMIT 1) \
           UNION ALL \
           SELECT t.business_date, t.channel FROM d CROSS JOIN trade t WHERE t.id = coalesce( \
             (SELECT x.id FROM trade x WHERE x.business_date = d.day AND x.channel > d.channel ORDER BY x.channel LIMIT 1), \
             (SELECT x.id FROM trade x WHERE x.business_date > d.day ORDER BY x.business_date, x.channel LIMIT 1))) \
         SELECT channel, day FROM d",
        &[],
        |row| Ok((row.parse(0)?, row.parse(1)?)),
    )
}

/// Returns what the ledger has of each channel: the latest day with a trade, and the days of the statements that stand.
pub fn known_days<R: Reader + ?Sized>(reader: &mut R) -> Result<BTreeMap<Channel, KnownDays>, StoreError> {
    let mut known: BTreeMap<Channel, KnownDays> = BTreeMap::new();
    for (channel, day) in trade_days(reader)? {
        known.entry(channel).or_default().trades = Some(day);
    }
    let sql = "SELECT DISTINCT channel, day FROM standing_statement WHERE day IS NOT NULL";
    for (channel, day) in all(reader, sql, &[], |row| Ok((row.parse(0)?, row.parse(1)?)))? {
        known.entry(channel).or_default().statements.insert(day);
    }
    Ok(known)
}

/// Returns the days on which trades of a channel name a merchant number. One seek each.
pub fn numbered_days<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<(Channel, Date, String)>, StoreError> {
    all(
        reader,
        "WITH RECURSIVE d(channel, number, day) AS ( \
           SELECT * FROM (SELECT channel, merchant_no, business_date FROM trade WHERE merchant_no IS NOT NULL \
             ORDER BY channel, merchant_no, business_date LIMIT 1) \
           UNION ALL \
           SELECT t.channel, t.merchant_no, t.business_date FROM d CROSS JOIN trade t WHERE t.id = coalesce( \
             (SELECT x.id FROM trade x WHERE x.merchant_no = d.number AND x.channel = d.channel AND x.business_date > d.day \
               ORDER BY x.business_date LIMIT 1), \
             (SELECT x.id FROM trade x WHERE x.merchant_no > d.number AND x.channel = d.channel \
               ORDER BY x.merchant_no, x.business_date LIMIT 1), \
             (SELECT x.id FROM trade x WHERE x.merchant_no IS NOT NULL AND x.channel > d.channel \
               ORDER BY x.channel, x.merchant_no, x.business_date LIMIT 1))) \
         SELECT channel, day, number FROM d",
        &[],
        |row| Ok((row.parse(0)?, row.parse(1)?, row.text(2)?.to_owned())),
    )
}

/// Trades that a statement should list.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'s> {
    /// The channel.
    pub channel: Channel,
    /// The channel's day, by its cut.
    pub day: Date,
    /// Codes of their kinds.
    pub kinds: &'s [&'s str],
    /// Their merchant number; `None` for any.
    pub number: Option<&'s str>,
    /// Only those after this time, RFC 3339.
    pub after: Option<&'s str>,
    /// Only those whose reference no standing line bears that may be theirs. A line of a bill of another merchant
    /// number may be, as a provider's, unless trades go by that number.
    pub unlisted: bool,
    /// Statements, by row, that are taken to stand otherwise than they do.
    pub otherwise: Option<&'s BTreeMap<i64, BillState>>,
}

/// Returns whether a trade that succeeded is among those that are sought.
pub fn any_trade<R: Reader + ?Sized>(reader: &mut R, sought: Sought<'_>) -> Result<bool, StoreError> {
    // Codes of kinds have letters, digits and underscores only.
    let kinds = sought.kinds.iter().map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ");
    let rows_that = |stand: bool| {
        let changed = sought.otherwise.into_iter().flatten();
        let rows = changed.filter(|(_, state)| (**state == BillState::Standing) == stand);
        serde_json::Value::from(rows.map(|(row, _)| *row).collect::<Vec<_>>()).to_string()
    };
    let sql = format!(
        "SELECT 1 FROM trade t WHERE (t.business_date = ?1 OR (t.business_date IN (date(?1, '-1 day'), date(?1, '+1 day')) \
              AND EXISTS (SELECT 1 FROM channel_now c WHERE c.channel = ?2 AND NOT c.plain))) \
            AND t.channel = ?2 AND t.kind IN ({kinds}) \
            AND (SELECT k.channel_day FROM trade_clock k WHERE k.id = t.id) = ?1 \
            AND coalesce((SELECT s.status FROM trade_status s WHERE s.trade = t.id ORDER BY s.n DESC LIMIT 1), t.status) = 'succeeded' \
            AND (?3 IS NULL OR t.merchant_no = ?3) AND (?4 IS NULL OR unixepoch(t.occurred_at) > unixepoch(?4)) \
            AND (?5 = 0 OR NOT EXISTS (SELECT 1 FROM statement_line l WHERE l.channel_ref = t.channel_ref AND l.channel = t.channel \
                AND (?3 IS NULL OR l.merchant_no = ?3 OR EXISTS ( \
                  SELECT 1 FROM statement s WHERE s.id = l.statement AND (?3 IN (s.merchant_id, s.sub_merchant) \
                    OR coalesce(l.merchant_no, s.merchant_id, s.sub_merchant) IS NULL \
                    OR (s.sub_merchant IS NULL AND coalesce(l.merchant_no, s.merchant_id) = s.merchant_id \
                      AND NOT EXISTS (SELECT 1 FROM trade o WHERE o.channel = ?2 AND o.merchant_no = s.merchant_id))))) \
                AND (l.statement IN (SELECT value FROM json_each(?6)) OR (l.statement NOT IN (SELECT value FROM json_each(?7)) \
                  AND EXISTS (SELECT 1 FROM standing_statement s WHERE s.id = l.statement))))) LIMIT 1"
    );
    let params = [
        Param::Text(&sought.day.to_string()),
        Param::Text(sought.channel.as_str()),
        Param::maybe(sought.number),
        Param::maybe(sought.after),
        Param::Int(i64::from(sought.unlisted)),
        Param::Text(&rows_that(true)),
        Param::Text(&rows_that(false)),
    ];
    Ok(first(reader, &sql, &params, |_| Ok(()))?.is_some())
}
