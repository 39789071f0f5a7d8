-- Storno ledger, schema version 3: trades are compared with what the channel pays.

DROP VIEW trade_recon;

-- One row per trade with its comparison with the channel.
CREATE VIEW trade_recon AS
SELECT n.*,
  CASE
    -- That a channel pays us stands in its fund bill, not among its trades.
    WHEN n.kind IN (SELECT code FROM kind_now WHERE listed = 0) THEN 'unmatched'
    WHEN l.id IS NOT NULL THEN CASE
      WHEN n.line_count > 1 THEN 'duplicate'
      -- A revocation under the payment's own reference: for the channel the payment never stood.
      WHEN l.kind = 'revoke' AND l.original_ref = l.channel_ref
        THEN CASE WHEN n.status_now IN ('failed', 'closed') THEN 'matched' ELSE 'short' END
      WHEN n.status_now = l.status AND n.status_now <> 'succeeded' THEN 'matched'
      WHEN n.status_now <> 'succeeded' THEN 'long'
      WHEN l.status = 'failed' OR l.status = 'closed' THEN 'short'
      WHEN l.amount_minor - l.merchant_discount_minor <> n.paid_now OR l.currency <> n.currency THEN 'amount_diff'
      WHEN l.fee_minor <> n.fee_now THEN 'fee_diff'
      WHEN s.day <> n.business_date
        AND NOT EXISTS (SELECT 1 FROM statement o WHERE o.channel = n.channel AND o.day = n.business_date) THEN 'waiting'
      ELSE 'matched' END
    WHEN NOT EXISTS (SELECT 1 FROM statement s WHERE s.channel = n.channel AND s.day = n.business_date) THEN 'unmatched'
    WHEN n.status_now IN ('failed', 'closed') THEN 'matched'
    WHEN n.status_now <> 'succeeded' THEN 'unmatched'
    -- The channel need not list what moves no money.
    WHEN n.paid_now = 0 AND n.fee_now = 0 THEN 'matched'
    WHEN substr(n.occurred_at, 12, 8) >= (SELECT cut_from FROM policy ORDER BY version DESC LIMIT 1)
      AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.channel = n.channel AND s.day = date(n.business_date, '+1 day'))
      THEN 'waiting'
    WHEN substr(n.occurred_at, 12, 8) < (SELECT cut_until FROM policy ORDER BY version DESC LIMIT 1)
      AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.channel = n.channel AND s.day = date(n.business_date, '-1 day'))
      THEN 'waiting'
    -- A channel bills each merchant number by itself, and a trade does not say which one it went by. One that was billed in the
    -- week before and not since may still hold it; billed again later, it had none of this day, or that bill was left out.
    WHEN EXISTS (
        SELECT 1 FROM statement m
         WHERE m.channel = n.channel AND m.day >= date(n.business_date, '-7 day') AND m.day < n.business_date
           AND m.merchant_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM statement s
             WHERE s.channel = n.channel AND s.day >= n.business_date AND s.merchant_id = m.merchant_id))
      THEN 'waiting'
    ELSE 'short'
  END AS recon
  FROM trade_now n
  -- The last of its lines, with the statement it stands in.
  LEFT JOIN statement_line l ON l.id = n.line_id
  LEFT JOIN statement s ON s.id = l.statement;
