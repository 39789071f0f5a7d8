//! The trades that undo each other, as findings and posting hold a trade against its original.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, StoreError, all};
use crate::domain::id::ChannelRef;
use crate::domain::trade::Channel;
use crate::domain::undoing::{Family, Relative};
use std::collections::HashMap;
use std::sync::Arc;

columns! {
    /// A trade `t` as it is known now.
    mod known from 0 => {
        ID = "t.id",
        TRADE_NO = "t.trade_no",
        KIND = "t.kind",
        COUNTERS = "t.counters",
        CHANNEL = "t.channel",
        CHANNEL_REF = "t.channel_ref",
        ORIGINAL_REF = "t.original_ref",
        AMOUNT = "coalesce((SELECT a.value + 0 FROM amendment a WHERE a.trade = t.id AND a.fact = 'amount_minor' ORDER BY a.n DESC LIMIT 1), t.amount_minor)",
        DISCOUNT = "coalesce((SELECT a.value + 0 FROM amendment a WHERE a.trade = t.id AND a.fact = 'merchant_discount_minor' ORDER BY a.n DESC LIMIT 1), t.merchant_discount_minor)",
        FEE = "coalesce((SELECT a.value + 0 FROM amendment a WHERE a.trade = t.id AND a.fact = 'fee_minor' ORDER BY a.n DESC LIMIT 1), t.fee_minor)",
        CURRENCY = "t.currency",
        CUSTOMER = "coalesce((SELECT a.value FROM amendment a WHERE a.trade = t.id AND a.fact = 'customer' ORDER BY a.n DESC LIMIT 1), t.customer)",
        MERCHANT = "coalesce((SELECT a.value FROM amendment a WHERE a.trade = t.id AND a.fact = 'merchant' ORDER BY a.n DESC LIMIT 1), t.merchant)",
        STATUS = crate::store::amendments::status_now!(),
        BUSINESS_DATE = "t.business_date",
    }
}

/// Families by channel and reference of the original.
pub type Families = HashMap<(Channel, ChannelRef), Arc<Family>>;

fn relative(row: &Row<'_>) -> Result<Relative, StoreError> {
    // A fact that a correction took away is stored as an empty text.
    let party =
        |at| Ok::<_, StoreError>(row.maybe_text(at)?.filter(|name| !name.is_empty()).map(str::to_owned));
    Ok(Relative {
        id: row.int(known::ID)?,
        trade_no: row.parse(known::TRADE_NO)?,
        kind: row.parse(known::KIND)?,
        counters: row.maybe_parse(known::COUNTERS)?,
        channel: row.parse(known::CHANNEL)?,
        channel_ref: row.parse(known::CHANNEL_REF)?,
        original_ref: row.maybe_parse(known::ORIGINAL_REF)?,
        amount_minor: row.int(known::AMOUNT)?,
        merchant_discount_minor: row.int(known::DISCOUNT)?,
        fee_minor: row.int(known::FEE)?,
        currency: row.parse(known::CURRENCY)?,
        customer: party(known::CUSTOMER)?,
        merchant: party(known::MERCHANT)?,
        status: row.parse(known::STATUS)?,
        business_date: row.parse(known::BUSINESS_DATE)?,
    })
}

/// Returns the families of the trades in rows `from..=until` that name an original which the ledger knows, or
/// undo what undid it. What undoes a trade of a family by another reference is in it, two levels deep, and so
/// is what an original goes back on itself, with what else undoes that.
pub fn families<R: Reader + ?Sized>(reader: &mut R, from: i64, until: i64) -> Result<Families, StoreError> {
    // A reference that stands for none may be that of any number of trades.
    let named = "SELECT DISTINCT x.channel, x.original_ref AS ref FROM trade x \
                 WHERE x.id BETWEEN ?1 AND ?2 AND x.original_ref IS NOT NULL \
                 AND (EXISTS (SELECT 1 FROM trade o WHERE o.channel_ref = x.original_ref) \
                  OR x.kind IN (SELECT a.kind FROM undoes_now a JOIN undoes_now b ON b.kind = a.undone))";
    read(reader, named, &[Param::Int(from), Param::Int(until)])
}

/// Returns the trades with a channel's reference and those that undo them; without any of that reference none,
/// unless `siblings` wants those that name it all the same.
pub fn family<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
    siblings: bool,
) -> Result<Arc<Family>, StoreError> {
    let named = "SELECT ?1 AS channel, ?2 AS ref \
                 WHERE ?3 = 1 OR EXISTS (SELECT 1 FROM trade o WHERE o.channel_ref = ?2)";
    let params =
        [Param::Text(channel.as_str()), Param::Text(channel_ref.as_str()), Param::Int(i64::from(siblings))];
    Ok(read(reader, named, &params)?.into_values().next().unwrap_or_default())
}

fn read<R: Reader + ?Sized>(
    reader: &mut R,
    named: &str,
    params: &[Param<'_>],
) -> Result<Families, StoreError> {
    let columns = known::SQL;
    let sql = format!(
        "WITH named(channel, ref) AS MATERIALIZED ({named}) \
         SELECT {columns}, n.channel, n.ref FROM named n CROSS JOIN trade t ON t.channel_ref = n.ref \
         UNION ALL \
         SELECT {columns}, n.channel, n.ref FROM named n CROSS JOIN trade t ON t.original_ref = n.ref AND t.channel = n.channel \
         UNION ALL \
         SELECT {columns}, n.channel, n.ref FROM named n \
          CROSS JOIN trade y ON y.original_ref = n.ref AND y.channel = n.channel AND y.channel_ref <> n.ref \
          CROSS JOIN trade t ON t.original_ref = y.channel_ref AND t.channel = n.channel \
         UNION ALL \
         SELECT {columns}, n.channel, n.ref FROM named n \
          CROSS JOIN trade y ON y.original_ref = n.ref AND y.channel = n.channel AND y.channel_ref <> n.ref \
          CROSS JOIN trade z ON z.original_ref = y.channel_ref AND z.channel = n.channel AND z.channel_ref <> y.channel_ref \
          CROSS JOIN trade t ON t.original_ref = z.channel_ref AND t.channel = n.channel \
         UNION ALL \
         SELECT {columns}, n.channel, n.ref FROM named n CROSS JOIN trade y ON y.channel_ref = n.ref AND y.channel = n.channel \
          AND y.original_ref IS NOT NULL AND y.original_ref <> n.ref \
          CROSS JOIN trade t ON t.channel_ref = y.original_ref AND t.channel = n.channel \
         UNION ALL \
         SELECT {columns}, n.channel, n.ref FROM named n CROSS JOIN trade y ON y.channel_ref = n.ref AND y.channel = n.channel \
          AND y.original_ref IS NOT NULL AND y.original_ref <> n.ref \
          AND EXISTS (SELECT 1 FROM trade o WHERE o.channel_ref = y.original_ref AND o.channel = n.channel) \
          CROSS JOIN trade t ON t.original_ref = y.original_ref AND t.channel = n.channel \
         UNION ALL \
         SELECT {columns}, n.channel, n.ref FROM named n CROSS JOIN trade y ON y.channel_ref = n.ref AND y.channel = n.channel \
          AND y.original_ref IS NOT NULL AND y.original_ref <> n.ref \
          AND EXISTS (SELECT 1 FROM trade o WHERE o.channel_ref = y.original_ref AND o.channel = n.channel) \
          CROSS JOIN trade z ON z.original_ref = y.original_ref AND z.channel = n.channel AND z.channel_ref <> y.original_ref \
          CROSS JOIN trade t ON t.original_ref = z.channel_ref AND t.channel = n.channel"
    );
    let rows = all(reader, &sql, params, |row| {
        Ok((row.parse(known::END)?, row.parse(known::END + 1)?, relative(row)?))
    })?;
    let mut found: HashMap<(Channel, ChannelRef), Vec<Relative>> = HashMap::new();
    for (channel, channel_ref, relative) in rows {
        found.entry((channel, channel_ref)).or_default().push(relative);
    }
    Ok(found.into_iter().map(|(named, trades)| (named, Arc::new(Family::new(trades)))).collect())
}
