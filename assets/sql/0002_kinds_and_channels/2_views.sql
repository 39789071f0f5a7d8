-- Storno ledger, schema version 2: views that ask a trade's kind instead of its name.

-- The kinds in force.
CREATE VIEW kind_now AS
SELECT k.code, k.first_event, k.listed, k.in_process FROM trade_kind k
 WHERE k.version = (SELECT coalesce(max(version), 0) FROM kind_set);

-- Which kinds undo which, as in force.
CREATE VIEW undoes_now AS
SELECT u.kind, u.undone FROM kind_undoes u
 WHERE u.version = (SELECT coalesce(max(version), 0) FROM kind_set);

DROP VIEW v_trade;
DROP VIEW trade_recon;
DROP VIEW trade_undone;

-- How much of a trade others undo in its own currency: counter trades alone, and with them the kinds that undo its kind.
CREATE VIEW trade_undone AS
SELECT t.id, t.kind, t.channel, t.channel_ref, t.status_now, t.amount_now,
       coalesce((SELECT sum(x.amount_now) FROM trade_now x
                  WHERE x.original_ref = t.channel_ref AND x.channel = t.channel AND x.currency = t.currency AND x.status_now = 'succeeded'
                    AND x.kind = 'counter' AND x.counters = t.kind), 0) AS countered_minor,
       coalesce((SELECT sum(x.amount_now) FROM trade_now x
                  WHERE x.original_ref = t.channel_ref AND x.channel = t.channel AND x.currency = t.currency AND x.status_now = 'succeeded'
                    AND (x.kind = 'counter' OR EXISTS (SELECT 1 FROM undoes_now u WHERE u.kind = x.kind AND u.undone = t.kind))), 0)
         AS undone_minor
  FROM trade_now t;

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
      WHEN l.amount_minor <> n.amount_now OR l.currency <> n.currency THEN 'amount_diff'
      WHEN l.fee_minor <> n.fee_now THEN 'fee_diff'
      WHEN s.day <> n.business_date
        AND NOT EXISTS (SELECT 1 FROM statement o WHERE o.channel = n.channel AND o.day = n.business_date) THEN 'waiting'
      ELSE 'matched' END
    WHEN NOT EXISTS (SELECT 1 FROM statement s WHERE s.channel = n.channel AND s.day = n.business_date) THEN 'unmatched'
    WHEN n.status_now IN ('failed', 'closed') THEN 'matched'
    WHEN n.status_now <> 'succeeded' THEN 'unmatched'
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

CREATE VIEW v_trade AS
SELECT r.trade_no, r.kind, r.product, r.channel, r.channel_ref,
       coalesce((SELECT o.trade_no FROM trade o WHERE o.channel_ref = r.original_ref AND o.channel = r.channel ORDER BY o.id LIMIT 1),
                r.original_ref) AS original_trade_no,
       r.amount_minor, r.fee_minor, r.currency, r.status_now AS status, r.occurred_at, r.business_date,
       coalesce((SELECT a.value FROM amendment a WHERE a.trade = r.id AND a.fact = 'customer' ORDER BY a.n DESC LIMIT 1), r.customer)
         AS customer,
       coalesce((SELECT a.value FROM amendment a WHERE a.trade = r.id AND a.fact = 'merchant' ORDER BY a.n DESC LIMIT 1), r.merchant)
         AS merchant,
       -- Clearing and settlement are told beside it, and may be behind without the posting being so.
       (SELECT CASE
            WHEN max(e.live) > 1 THEN 'posted_twice'
            WHEN min(CASE WHEN e.live = 0 AND e.suspense IS NULL THEN 0 ELSE 1 END) = 0 THEN CASE WHEN EXISTS (
                SELECT 1 FROM voucher v WHERE v.trade = r.id AND v.reverses IS NOT NULL
                   AND (v.event % 8 IN (1, 4) OR v.event % 8 = (SELECT k.first_event FROM kind_now k WHERE k.code = r.kind))) THEN 'reversed' ELSE 'unposted' END
            WHEN max(e.suspense) = 'open' THEN 'parked'
            WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = r.id AND v.kind = 'repost'
                          AND (v.event % 8 IN (1, 4) OR v.event % 8 = (SELECT k.first_event FROM kind_now k WHERE k.code = r.kind))
                          AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = v.id)) THEN 'reposted'
            ELSE 'posted' END
          FROM event_now e WHERE e.id BETWEEN 8 * r.id AND 8 * r.id + 7 AND (e.id % 8 IN (1, 4) OR e.id % 8 = (SELECT k.first_event FROM kind_now k WHERE k.code = r.kind))) AS posting,
       CASE WHEN r.clearing = 'uncleared' AND EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 2 AND e.live > 0)
         THEN 'cleared'
            -- What the trade layer said when it exported the trade; a clearing that was taken back since says otherwise.
            WHEN r.clearing = 'cleared' AND EXISTS (SELECT 1 FROM event e JOIN voucher v ON v.trade = r.id AND v.event = e.id
                                                     WHERE e.id = 8 * r.id + 2 AND e.live = 0)
         THEN 'uncleared' ELSE r.clearing END AS clearing,
       CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 3) THEN 'settled' ELSE 'unsettled' END AS settlement,
       r.recon
  FROM trade_recon r;
