-- Storno ledger, schema version 1: the public views (v_...) and the views they are made of. Balances are
-- positive on the account's normal side.

CREATE VIEW v_account AS
SELECT a.code, a.name, a.class, CASE a.normal WHEN 1 THEN 'debit' ELSE 'credit' END AS normal_side, a.currency, a.status,
       a.customer_visible,
       coalesce((SELECT e.after_minor FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0) * a.normal
         AS balance_minor,
       coalesce((SELECT e.seq FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0) AS entries
  FROM account a;

-- One row per trade with its current state. What is rarely there is joined: a subquery would run again for
-- each place that reads its column.
CREATE VIEW trade_now AS
SELECT t.*,
       coalesce(s.status, t.status) AS status_now,
       coalesce(a.value + 0, t.amount_minor) AS amount_now,
       coalesce(f.value + 0, t.fee_minor) AS fee_now,
       (SELECT count(*) FROM statement_line l WHERE l.channel_ref = t.channel_ref AND l.channel = t.channel) AS line_count,
       (SELECT max(l.id) FROM statement_line l WHERE l.channel_ref = t.channel_ref AND l.channel = t.channel) AS line_id
  FROM trade t
  LEFT JOIN trade_status s ON s.trade = t.id
   AND NOT EXISTS (SELECT 1 FROM trade_status x WHERE x.trade = s.trade AND x.n > s.n)
  LEFT JOIN amendment a ON a.trade = t.id AND a.fact = 'amount_minor'
   AND NOT EXISTS (SELECT 1 FROM amendment x WHERE x.trade = a.trade AND x.fact = a.fact AND x.n > a.n)
  LEFT JOIN amendment f ON f.trade = t.id AND f.fact = 'fee_minor'
   AND NOT EXISTS (SELECT 1 FROM amendment x WHERE x.trade = f.trade AND x.fact = f.fact AND x.n > f.n);

-- How much of a trade others undo: counter trades alone, and with them refunds, returns and chargebacks;
-- of a chargeback, what was claimed back.
CREATE VIEW trade_undone AS
SELECT t.id, t.kind, t.channel, t.channel_ref, t.status_now, t.amount_now,
       coalesce((SELECT sum(x.amount_now) FROM trade_now x
                  WHERE x.original_ref = t.channel_ref AND x.channel = t.channel AND x.status_now = 'succeeded'
                    AND x.kind = 'counter' AND x.counters = t.kind), 0) AS countered_minor,
       coalesce((SELECT sum(x.amount_now) FROM trade_now x
                  WHERE x.original_ref = t.channel_ref AND x.channel = t.channel AND x.status_now = 'succeeded'
                    AND (x.kind = 'counter' OR (t.kind = 'chargeback' AND x.kind = 'representment')
                      OR (t.kind <> 'chargeback' AND (x.kind = 'refund' OR x.kind = 'return' OR x.kind = 'chargeback')))), 0)
         AS undone_minor
  FROM trade_now t;

-- One row per trade with its comparison with the channel.
CREATE VIEW trade_recon AS
SELECT n.*,
  CASE
    -- That a channel pays us stands in its fund bill, not among its trades.
    WHEN n.kind = 'settlement' THEN 'unmatched'
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

-- One row per event with the state of its amount in suspense: open, or cleared from there. Both end when
-- the voucher that parked it is reversed; NULL if there is none.
CREATE VIEW event_now AS
SELECT e.*,
       CASE e.live WHEN 0 THEN (
           SELECT max(CASE WHEN o.cleared_by IS NULL OR EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = o.cleared_by)
                      THEN 'open' ELSE 'cleared' END)
             FROM voucher p LEFT JOIN open_item o ON o.voucher = p.id
            WHERE p.trade = e.trade AND p.event = e.id AND p.kind = 'park'
              AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = p.id)) END AS suspense
  FROM event e;

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
                   AND (v.event % 8 NOT IN (2, 3) OR r.kind = 'settlement')) THEN 'reversed' ELSE 'unposted' END
            WHEN max(e.suspense) = 'open' THEN 'parked'
            WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = r.id AND v.kind = 'repost'
                          AND (v.event % 8 NOT IN (2, 3) OR r.kind = 'settlement')
                          AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = v.id)) THEN 'reposted'
            ELSE 'posted' END
          FROM event_now e WHERE e.id BETWEEN 8 * r.id AND 8 * r.id + 7 AND (e.id % 8 NOT IN (2, 3) OR r.kind = 'settlement')) AS posting,
       CASE WHEN r.clearing = 'uncleared' AND EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 2 AND e.live > 0)
         THEN 'cleared'
            -- What the trade layer said when it exported the trade; a clearing that was taken back since says otherwise.
            WHEN r.clearing = 'cleared' AND EXISTS (SELECT 1 FROM event e JOIN voucher v ON v.trade = r.id AND v.event = e.id
                                                     WHERE e.id = 8 * r.id + 2 AND e.live = 0)
         THEN 'uncleared' ELSE r.clearing END AS clearing,
       CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 3) THEN 'settled' ELSE 'unsettled' END AS settlement,
       r.recon
  FROM trade_recon r;

CREATE VIEW v_event AS
SELECT t.trade_no, e.event, e.occurred_at, e.business_date, e.amount_minor,
       CASE WHEN e.live > 1 THEN 'posted_twice'
            WHEN e.suspense = 'open' THEN 'parked'
            WHEN e.live = 0 AND e.suspense IS NULL THEN CASE WHEN EXISTS (
                SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id AND v.reverses IS NOT NULL)
              THEN 'reversed' ELSE 'unposted' END
            WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id AND v.kind = 'repost'
                          AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = v.id)) THEN 'reposted'
            ELSE 'posted' END AS posting,
       e.live AS live_vouchers
  -- An event's number follows from its trade's, so that one trade's events are a range and never a scan.
  FROM trade t JOIN event_now e ON e.id BETWEEN 8 * t.id AND 8 * t.id + 7;

CREATE VIEW v_voucher AS
SELECT v.id AS seq, v.voucher_no, v.kind, v.mode,
       (SELECT t.trade_no FROM trade t WHERE t.id = v.trade) AS trade_no,
       (SELECT e.event FROM event e WHERE e.id = v.event) AS event,
       (SELECT o.voucher_no FROM voucher o WHERE o.id = v.reverses) AS reverses,
       (SELECT r.voucher_no FROM voucher r WHERE r.reverses = v.id) AS reversed_by,
       v.case_no, v.accounting_date, v.business_date, v.value_date, v.reason, v.rule, v.maker, v.checker, v.posted_at, v.memo,
       v.prev_hash, v.hash
  FROM voucher v;

CREATE VIEW v_entry AS
SELECT v.voucher_no, e.line, a.code AS account, e.seq AS account_seq,
       CASE e.side WHEN 1 THEN 'debit' ELSE 'credit' END AS side, e.amount_minor, e.mode,
       e.before_minor * a.normal AS balance_before_minor, e.after_minor * a.normal AS balance_after_minor, e.currency
  FROM entry e JOIN voucher v ON v.id = e.voucher JOIN account a ON a.id = e.account;

-- Closing balances of closed days, for accounts that moved.
CREATE VIEW v_day_balance AS
SELECT b.day, a.code AS account, b.debit_minor, b.credit_minor, b.balance_minor * a.normal AS balance_minor, a.currency
  FROM day_balance b JOIN account a ON a.id = b.account;

CREATE VIEW v_case AS
SELECT c.case_no, c.cause, c.state, c.maker, c.checker, c.opened_at, c.decided_at,
       (SELECT group_concat(named.trade_no, ' ') FROM (
          SELECT t.trade_no FROM case_finding f JOIN trade t ON t.id = f.trade WHERE f.case_no = c.case_no
           GROUP BY f.trade ORDER BY min(f.n)) named) AS trades,
       (SELECT group_concat(v.voucher_no, ' ') FROM voucher v WHERE v.case_no = c.case_no) AS vouchers
  FROM case_file c;
