-- Storno ledger, schema version 3: what a channel pays of a trade.

-- Part of the amount that the merchant bears as a discount, so that the channel does not pay it.
ALTER TABLE trade ADD COLUMN merchant_discount_minor INTEGER NOT NULL DEFAULT 0
  CHECK (merchant_discount_minor BETWEEN 0 AND amount_minor);

DROP VIEW trade_now;

-- One row per trade with its current state; paid_now is what the channel pays of it. What is rarely there is joined: a subquery
-- would run again for each place that reads its column.
CREATE VIEW trade_now AS
SELECT t.*,
       coalesce(s.status, t.status) AS status_now,
       coalesce(a.value + 0, t.amount_minor) AS amount_now,
       coalesce(f.value + 0, t.fee_minor) AS fee_now,
       coalesce(a.value + 0, t.amount_minor) - coalesce(d.value + 0, t.merchant_discount_minor) AS paid_now
  FROM trade t
  LEFT JOIN trade_status s ON s.trade = t.id
   AND NOT EXISTS (SELECT 1 FROM trade_status x WHERE x.trade = s.trade AND x.n > s.n)
  LEFT JOIN amendment a ON a.trade = t.id AND a.fact = 'amount_minor'
   AND NOT EXISTS (SELECT 1 FROM amendment x WHERE x.trade = a.trade AND x.fact = a.fact AND x.n > a.n)
  LEFT JOIN amendment f ON f.trade = t.id AND f.fact = 'fee_minor'
   AND NOT EXISTS (SELECT 1 FROM amendment x WHERE x.trade = f.trade AND x.fact = f.fact AND x.n > f.n)
  LEFT JOIN amendment d ON d.trade = t.id AND d.fact = 'merchant_discount_minor'
   AND NOT EXISTS (SELECT 1 FROM amendment x WHERE x.trade = d.trade AND x.fact = d.fact AND x.n > d.n);
