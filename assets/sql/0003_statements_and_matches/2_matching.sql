-- Storno ledger, schema version 3: one line of a channel answers one trade.

-- Days for which a channel's statements stand until a trade that waits for its line counts as overdue.
ALTER TABLE policy ADD COLUMN waiting_days INTEGER NOT NULL DEFAULT 3 CHECK (waiting_days BETWEEN 1 AND 60);

-- Which way a kind's money goes: in, out, either, within; NULL if an earlier version did not keep it.
ALTER TABLE trade_kind ADD COLUMN money TEXT CHECK (money = 'in' OR money = 'out' OR money = 'either' OR money = 'within');
DROP TRIGGER trade_kind_no_update;
UPDATE trade_kind SET money = CASE code
    WHEN 'topup' THEN 'in' WHEN 'pay' THEN 'in' WHEN 'return' THEN 'in' WHEN 'representment' THEN 'in' WHEN 'settlement' THEN 'in'
    WHEN 'refund' THEN 'out' WHEN 'payout' THEN 'out' WHEN 'withdraw' THEN 'out' WHEN 'chargeback' THEN 'out'
    WHEN 'counter' THEN 'either' WHEN 'transfer' THEN 'within' WHEN 'fee' THEN 'within' END;
CREATE TRIGGER trade_kind_no_update BEFORE UPDATE ON trade_kind
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: trade_kind rows are never changed'); END;

-- A payment and its refund may bear one reference, so an answer names the kind of its line; NULL: the only one of its reference.
ALTER TABLE answered_line ADD COLUMN line_kind TEXT CHECK (line_kind = 'pay' OR line_kind = 'refund' OR line_kind = 'revoke');
-- The channel may take a payment twice under one reference, so an answer names the channel's own number too; NULL: whatever it is.
ALTER TABLE answered_line ADD COLUMN channel_no TEXT;

-- The reference of the decided line, by which it is found.
ALTER TABLE match_decision ADD COLUMN channel_ref TEXT NOT NULL DEFAULT '';
CREATE INDEX match_decision_line ON match_decision (channel_ref);

-- Whether the decision counts: with four eyes on, once a second person has said the same. What is in force stays so until then.
ALTER TABLE match_decision ADD COLUMN agreed INTEGER NOT NULL DEFAULT 0 CHECK (agreed = 0 OR agreed = 1);
CREATE INDEX match_decision_asked ON match_decision (trade) WHERE agreed = 0;

CREATE TRIGGER match_decision_insert BEFORE INSERT ON match_decision
BEGIN
  SELECT CASE
    WHEN NEW.verb = 'match' AND NOT EXISTS (
        SELECT 1 FROM trade t JOIN standing_line l ON l.channel_ref = NEW.channel_ref AND l.channel = t.channel AND l.kind = NEW.line_kind
                          AND l.channel_no = NEW.channel_no WHERE t.id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such line of the channel')
    WHEN NEW.verb = 'match' AND EXISTS (
        SELECT 1 FROM match_now d JOIN trade o ON o.id = d.trade JOIN trade t ON t.id = NEW.trade AND t.channel = o.channel
         WHERE d.channel_ref = NEW.channel_ref AND d.line_kind = NEW.line_kind AND d.channel_no = NEW.channel_no AND d.trade <> NEW.trade)
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the line was matched with another trade')
    WHEN NEW.verb = 'undo' AND NEW.agreed = 1 AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND EXISTS (SELECT 1 FROM match_now d WHERE d.trade = NEW.trade)
      AND NOT EXISTS (
        SELECT 1 FROM match_decision d WHERE d.trade = NEW.trade AND d.n = NEW.n - 1 AND d.verb = 'undo' AND d.agreed = 0
           AND lower(d.operator) <> lower(NEW.operator))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: a second person says the same')
    WHEN NEW.verb = 'match' AND NEW.agreed = 1 AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1 AND NOT EXISTS (
        SELECT 1 FROM match_decision d WHERE d.trade = NEW.trade AND d.n = NEW.n - 1 AND d.verb = 'match' AND d.channel_ref = NEW.channel_ref
           AND d.line_kind = NEW.line_kind AND d.channel_no = NEW.channel_no AND lower(d.operator) <> lower(NEW.operator))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: a second person says the same')
  END;
END;

-- The payment that a line revokes.
CREATE INDEX statement_line_revoked ON statement_line (original_ref, channel) WHERE kind = 'revoke';

DROP VIEW trade_recon;
DROP VIEW kind_now;

-- The kinds in force. refunds: it undoes others and its money goes out. pays: it stands by itself and its money comes in.
CREATE VIEW kind_now AS
SELECT k.code, k.first_event, k.listed, k.in_process, k.money,
       k.money IS 'out' AND EXISTS (SELECT 1 FROM kind_undoes u WHERE u.version = k.version AND u.kind = k.code) AS refunds,
       k.money IS 'in' AND NOT EXISTS (SELECT 1 FROM kind_undoes u WHERE u.version = k.version AND u.kind = k.code) AS pays
  FROM trade_kind k
 WHERE k.version = (SELECT coalesce(max(version), 0) FROM kind_set);

-- Decisions of people that are in force: the last one of a trade that counts.
CREATE VIEW match_now AS
SELECT d.* FROM match_decision d
 WHERE d.verb = 'match' AND d.agreed = 1
   AND NOT EXISTS (SELECT 1 FROM match_decision x WHERE x.trade = d.trade AND x.n > d.n AND x.agreed = 1);

-- What one person has decided and a second one has not yet: another match, or the end of the one in force.
CREATE VIEW match_asked AS
SELECT d.* FROM match_decision d
 WHERE d.agreed = 0 AND NOT EXISTS (SELECT 1 FROM match_decision x WHERE x.trade = d.trade AND x.n > d.n)
   AND CASE d.verb WHEN 'undo' THEN EXISTS (SELECT 1 FROM match_now m WHERE m.trade = d.trade)
       ELSE NOT EXISTS (
        SELECT 1 FROM match_now m WHERE m.trade = d.trade AND m.channel_ref = d.channel_ref AND m.line_kind = d.line_kind
           AND m.channel_no = d.channel_no) END;

-- Which kinds of trades a kind of line may answer, as far as it follows from the kinds alone.
CREATE VIEW kind_answered AS
SELECT k.code AS kind, w.line_kind FROM kind_now k
  JOIN (SELECT 'pay' AS line_kind UNION ALL SELECT 'refund' UNION ALL SELECT 'revoke') w
    ON CASE w.line_kind WHEN 'pay' THEN k.refunds = 0 ELSE k.pays = 0 END;

-- The line of a trade that a person decided.
CREATE VIEW trade_decided AS
SELECT d.trade, l.id AS line
  FROM match_now d JOIN trade t ON t.id = d.trade
  JOIN standing_line l ON l.channel_ref = d.channel_ref AND l.channel = t.channel AND l.kind = d.line_kind AND l.channel_no = d.channel_no;

-- Which lines may answer which trades as far as both say: same channel and reference, and nothing that both name contradicts. Kind: a
-- payment's line answers no refund, nor the other way round. A line that revokes its own reference answers only a trade that undoes
-- another.
CREATE VIEW trade_may AS
SELECT t.id AS trade, l.id AS line
  FROM trade t JOIN statement_line l ON l.channel_ref = t.channel_ref AND l.channel = t.channel
 WHERE coalesce((SELECT c.state FROM statement_change c WHERE c.statement = l.statement ORDER BY c.n DESC LIMIT 1), 'standing') = 'standing'
   AND CASE WHEN l.kind = 'pay' THEN coalesce(t.counters, '') NOT IN (SELECT code FROM kind_now WHERE pays)
              AND t.kind NOT IN (SELECT code FROM kind_now WHERE refunds)
            WHEN l.kind = 'revoke' AND l.original_ref = l.channel_ref THEN t.kind = 'counter' OR t.kind IN (SELECT kind FROM undoes_now)
            ELSE t.kind NOT IN (SELECT code FROM kind_now WHERE pays)
              AND coalesce(t.counters, '') NOT IN (SELECT code FROM kind_now WHERE refunds) END
   AND (t.channel_no IS NULL OR l.channel_no = '' OR t.channel_no = l.channel_no)
   AND (l.kind = 'pay' OR t.original_ref IS NULL OR l.original_ref IS NULL OR t.original_ref = l.original_ref)
   AND (t.merchant_no IS NULL OR EXISTS (
        SELECT 1 FROM statement s WHERE s.id = l.statement
           AND (t.merchant_no = l.merchant_no OR t.merchant_no = s.merchant_id OR t.merchant_no = s.sub_merchant
             OR coalesce(l.merchant_no, s.merchant_id, s.sub_merchant) IS NULL)));

-- Standing revocations that say that money moved, with the reference of their payment. number: the channel's number, if a payment of
-- that reference has the same; own_number: the channel's number. traded: a trade here answers it, and undoes the payment by itself.
CREATE VIEW revocation_line AS
SELECT l.id, l.original_ref AS payment_ref, l.channel, l.currency, l.amount_minor - l.merchant_discount_minor AS paid_minor,
       (SELECT coalesce(l.merchant_no, s.sub_merchant, s.merchant_id) FROM statement s WHERE s.id = l.statement) AS merchant_no,
       l.channel_no AS own_number,
       CASE WHEN l.channel_no <> '' AND EXISTS (
         SELECT 1 FROM statement_line z WHERE z.channel_ref = l.original_ref AND z.channel = l.channel AND z.kind = 'pay' AND z.channel_no = l.channel_no)
         THEN l.channel_no ELSE '' END AS number,
       EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = l.channel_ref AND t.channel = l.channel
           AND (t.channel_no IS NULL OR l.channel_no = '' OR t.channel_no = l.channel_no)
           AND (t.kind = 'counter' OR t.kind IN (SELECT kind FROM undoes_now)
             OR (l.channel_ref <> l.original_ref AND t.kind NOT IN (SELECT code FROM kind_now WHERE pays)))
           AND (t.original_ref IS NULL OR t.original_ref = l.original_ref)) AS traded
  FROM statement_line l
 WHERE l.kind = 'revoke' AND l.original_ref > '' AND l.status <> 'failed' AND l.status <> 'closed'
   AND coalesce((SELECT c.state FROM statement_change c WHERE c.statement = l.statement ORDER BY c.n DESC LIMIT 1), 'standing') = 'standing';

-- Standing payments that say that money moved, as above: the channel's number if a revocation of them has the same.
CREATE VIEW payment_line AS
SELECT l.id, l.channel_ref AS payment_ref, l.channel, l.currency, l.amount_minor - l.merchant_discount_minor AS paid_minor,
       (SELECT coalesce(l.merchant_no, s.sub_merchant, s.merchant_id) FROM statement s WHERE s.id = l.statement) AS merchant_no,
       CASE WHEN l.channel_no <> '' AND EXISTS (
         SELECT 1 FROM statement_line z WHERE z.original_ref = l.channel_ref AND z.channel = l.channel AND z.kind = 'revoke' AND z.channel_no = l.channel_no)
         THEN l.channel_no ELSE '' END AS number
  FROM statement_line l
 WHERE l.kind = 'pay' AND l.status <> 'failed' AND l.status <> 'closed'
   AND coalesce((SELECT c.state FROM statement_change c WHERE c.statement = l.statement ORDER BY c.n DESC LIMIT 1), 'standing') = 'standing';

-- A revocation and the payment that it takes back, one to one: of one merchant number, currency and amount, and by the channel's number
-- where both have the same, the first with the first in the order of the statements.
CREATE VIEW line_revoked AS
SELECT r.id AS revocation, p.id AS payment
  FROM revocation_line r JOIN payment_line p ON p.payment_ref = r.payment_ref AND p.channel = r.channel
 WHERE p.merchant_no IS r.merchant_no AND p.currency = r.currency AND p.paid_minor = r.paid_minor AND p.number = r.number
   AND NOT r.traded
   AND (SELECT count(*) FROM revocation_line x WHERE x.payment_ref = r.payment_ref AND x.channel = r.channel AND x.id < r.id
           AND x.merchant_no IS r.merchant_no AND x.currency = r.currency AND x.paid_minor = r.paid_minor AND x.number = r.number)
     = (SELECT count(*) FROM payment_line x WHERE x.payment_ref = p.payment_ref AND x.channel = p.channel AND x.id < p.id
           AND x.merchant_no IS p.merchant_no AND x.currency = p.currency AND x.paid_minor = p.paid_minor AND x.number = p.number);

-- Which lines may answer which trades: nobody decided about either, and no line revokes the payment.
CREATE VIEW trade_fits AS
SELECT t.id AS trade, l.id AS line
  FROM trade_may m JOIN trade t ON t.id = m.trade JOIN statement_line l ON l.id = m.line
 WHERE NOT EXISTS (SELECT 1 FROM match_now d WHERE d.trade = t.id)
   AND NOT EXISTS (SELECT 1 FROM match_now d JOIN trade o ON o.id = d.trade
                    WHERE d.channel_ref = l.channel_ref AND o.channel = l.channel AND d.line_kind = l.kind AND d.channel_no = l.channel_no)
   AND (l.kind <> 'pay'
     OR NOT EXISTS (SELECT 1 FROM statement_line r WHERE r.kind = 'revoke' AND r.original_ref = l.channel_ref AND r.channel = l.channel)
     OR NOT EXISTS (SELECT 1 FROM line_revoked v WHERE v.payment = l.id));

-- How well a trade and a line fit, the less the better: by the channel's own number, the merchant number, status, amount and time.
-- Always asked for one trade and one line.
CREATE VIEW trade_score AS
SELECT n.id AS trade, l.id AS line,
       CASE WHEN n.channel_no = l.channel_no AND l.channel_no <> '' THEN 0
            WHEN n.merchant_no = (SELECT coalesce(l.merchant_no, s.sub_merchant, s.merchant_id) FROM statement s WHERE s.id = l.statement) THEN 1
            ELSE 2 END AS by_key,
       CASE WHEN n.status_now = l.status OR (n.status_now IN ('failed', 'closed') AND l.status IN ('failed', 'closed')) THEN 0
            WHEN n.status_now IN ('failed', 'closed') OR l.status IN ('failed', 'closed') THEN 2 ELSE 1 END AS by_status,
       CASE WHEN n.currency = l.currency THEN abs(n.paid_now - (l.amount_minor - l.merchant_discount_minor)) ELSE 9223372036854775807 END AS by_amount,
       abs(unixepoch(n.occurred_at) - unixepoch(l.occurred_at)) AS by_time
  FROM trade_now n JOIN statement_line l;

-- A line and a trade that fit each other: no other line fits the trade, and no other trade fits the line as well.
CREATE VIEW trade_own_line AS
SELECT f.trade, f.line
  FROM trade_fits f JOIN statement_line l ON l.id = f.line
 WHERE NOT EXISTS (
        SELECT 1 FROM statement_line x WHERE x.channel_ref = l.channel_ref AND x.channel = l.channel AND x.id <> l.id
           AND EXISTS (SELECT 1 FROM trade_fits g WHERE g.trade = f.trade AND g.line = x.id))
   AND NOT EXISTS (
        SELECT 1 FROM trade o WHERE o.channel_ref = l.channel_ref AND o.channel = l.channel AND o.id <> f.trade
           AND EXISTS (SELECT 1 FROM trade_fits g WHERE g.trade = o.id AND g.line = f.line)
           AND EXISTS (SELECT 1 FROM trade_score a JOIN trade_score b WHERE a.trade = o.id AND a.line = f.line AND b.trade = f.trade AND b.line = f.line
                          AND (a.by_key, a.by_status, a.by_amount, a.by_time) <= (b.by_key, b.by_status, b.by_amount, b.by_time)));

-- A revocation whose payment no statement lists, but a trade here is: the first revocation of its amount. A trade that names no merchant
-- number is not the payment if another number's statement lists that amount, nor one whose channel's number is not that of the
-- revocation while another trade's is.
CREATE VIEW revoked_unlisted AS
SELECT o.id AS trade, r.id AS line
  FROM revocation_line r JOIN trade o ON o.channel_ref = r.payment_ref AND o.channel = r.channel JOIN trade_now t ON t.id = o.id
 WHERE t.currency = r.currency AND (t.paid_now = r.paid_minor OR t.amount_now = r.paid_minor)
   AND t.kind <> 'counter' AND t.kind NOT IN (SELECT kind FROM undoes_now)
   AND (t.merchant_no IS NULL OR r.merchant_no IS NULL OR t.merchant_no = r.merchant_no)
   AND (t.channel_no IS NULL OR r.own_number = '' OR t.channel_no = r.own_number OR NOT EXISTS (
        SELECT 1 FROM trade x WHERE x.channel_ref = r.payment_ref AND x.channel = r.channel AND x.channel_no = r.own_number))
   AND NOT EXISTS (
        SELECT 1 FROM payment_line p WHERE p.payment_ref = r.payment_ref AND p.channel = r.channel
           AND (p.merchant_no IS r.merchant_no
             OR (t.merchant_no IS NULL AND p.merchant_no <> r.merchant_no AND p.currency = r.currency AND p.paid_minor = r.paid_minor)))
   AND NOT EXISTS (
        SELECT 1 FROM revocation_line x WHERE x.payment_ref = r.payment_ref AND x.channel = r.channel AND x.id < r.id
           AND x.merchant_no IS r.merchant_no AND x.currency = r.currency AND x.paid_minor = r.paid_minor);

-- The line that revokes a payment, under its reference or one of its own, and no other line is left that may answer the trade. A payment
-- that is not listed is revoked by a line of its amount. If a trade here answers the revocation, it is an undoing of its own.
CREATE VIEW trade_revoked AS
SELECT t.id AS trade, r.id AS line
  FROM trade t JOIN revocation_line r ON r.payment_ref = t.channel_ref AND r.channel = t.channel
 WHERE t.kind <> 'counter' AND t.kind NOT IN (SELECT kind FROM undoes_now)
   AND (t.merchant_no IS NULL OR r.merchant_no IS NULL OR t.merchant_no = r.merchant_no)
   AND NOT r.traded
   AND NOT EXISTS (SELECT 1 FROM trade_fits f JOIN statement_line p ON p.id = f.line WHERE f.trade = t.id AND p.kind = 'pay')
   AND (EXISTS (SELECT 1 FROM line_revoked v JOIN trade_may m ON m.line = v.payment AND m.trade = t.id WHERE v.revocation = r.id)
     OR EXISTS (SELECT 1 FROM revoked_unlisted u WHERE u.line = r.id AND u.trade = t.id));

-- Lines that come to nothing together: a payment and the line that revokes it, if both are listed or a trade here is the payment.
-- A payment that a case has booked into suspense came to something: what takes it back has to be booked as well.
CREATE VIEW line_netted AS
SELECT l.id AS line FROM statement_line l
 WHERE (l.kind = 'revoke' AND (EXISTS (
            SELECT 1 FROM line_revoked v JOIN statement_line p ON p.id = v.payment
             WHERE v.revocation = l.id AND NOT EXISTS (
                SELECT 1 FROM answered_line a WHERE a.channel_ref = p.channel_ref AND a.channel = p.channel AND a.voucher IS NOT NULL
                   AND (a.line_kind IS NULL OR a.line_kind = p.kind) AND (a.channel_no IS NULL OR p.channel_no = '' OR a.channel_no = p.channel_no)
                   AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      OR EXISTS (SELECT 1 FROM revoked_unlisted u WHERE u.line = l.id)))
    OR (l.kind = 'pay' AND EXISTS (SELECT 1 FROM statement_line r WHERE r.kind = 'revoke' AND r.original_ref = l.channel_ref AND r.channel = l.channel)
        AND EXISTS (SELECT 1 FROM line_revoked v WHERE v.payment = l.id));

-- Minutes since the channel's cut, and the day of the channel that they belong to, by the channel's clock.
CREATE VIEW trade_clock AS
SELECT c.id, date(c.business_date, ((c.minute - c.cut_minute + 14400) / 1440 - 9) || ' day') AS channel_day,
       (c.minute - c.cut_minute + 14400) % 1440 AS since_cut, c.cut_minute,
       (SELECT 60 * substr(cut_until, 1, 2) + substr(cut_until, 4, 2) FROM policy ORDER BY version DESC LIMIT 1) AS window
  FROM (SELECT t.id, t.business_date, coalesce((SELECT c.cut_minute FROM channel_now c WHERE c.channel = t.channel), 1440) AS cut_minute,
               60 * substr(t.occurred_at, 12, 2) + substr(t.occurred_at, 15, 2)
                 + coalesce((SELECT x.minutes FROM channel_shift_now x WHERE x.channel = t.channel AND x.since <= unixepoch(t.occurred_at)
                              ORDER BY x.since DESC LIMIT 1), 0) AS minute
          FROM trade t) c;

-- Statements that would list a trade if it is of their days. Refunds from money paid in for them cover no trade of ours for sure.
CREATE VIEW trade_cover AS
SELECT t.id AS trade, s.id AS statement, s.day, coalesce(s.last_day, s.day) AS last_day, s.merchant_id, s.sub_merchant
  FROM trade t JOIN statement s ON s.channel = t.channel
 WHERE coalesce((SELECT c.state FROM statement_change c WHERE c.statement = s.id ORDER BY c.n DESC LIMIT 1), 'standing') = 'standing'
   AND (s.covers = 'all' OR s.covers = CASE WHEN t.kind = 'counter' OR t.kind IN (SELECT kind FROM undoes_now) THEN 'refunds' ELSE 'payments' END)
   AND (s.currency IS NULL OR s.currency = t.currency)
   AND (s.until IS NULL OR julianday(t.occurred_at) <= julianday(s.until))
   AND (t.merchant_no IS NULL OR coalesce(s.merchant_id, s.sub_merchant) IS NULL OR t.merchant_no = s.merchant_id
     OR t.merchant_no = s.sub_merchant);

-- What a trade is if no line answers it.
CREATE VIEW trade_absent AS
SELECT k.id AS trade, CASE
    WHEN NOT EXISTS (SELECT 1 FROM trade_cover s WHERE s.trade = k.id AND s.day BETWEEN date(k.channel_day, '-31 day') AND k.channel_day
                        AND s.last_day >= k.channel_day) THEN 'unmatched'
    WHEN n.status_now IN ('failed', 'closed') THEN 'matched'
    WHEN n.status_now <> 'succeeded' THEN 'unmatched'
    -- Nothing is paid, so nothing is missing.
    WHEN n.paid_now = 0 AND n.fee_now = 0 THEN 'matched'
    WHEN (k.since_cut >= 1440 - k.window
        AND NOT EXISTS (SELECT 1 FROM trade_cover s WHERE s.trade = k.id AND s.day = date(k.channel_day, '+1 day')))
      OR (k.since_cut < k.window
        AND NOT EXISTS (SELECT 1 FROM trade_cover s WHERE s.trade = k.id AND s.day = date(k.channel_day, '-1 day')))
      -- A channel bills each merchant number by itself. A trade that does not say which one it went by may stand in the bill of any
      -- number in use: named with the channel, or billed in the month before or the week after, whatever it lists.
      OR (n.merchant_no IS NULL AND (EXISTS (
          SELECT 1 FROM channel_merchant m
           WHERE m.channel = n.channel AND m.version = (SELECT coalesce(max(version), 0) FROM channel_set)
             AND NOT EXISTS (SELECT 1 FROM trade_cover s WHERE s.trade = k.id AND (s.merchant_id = m.merchant OR s.sub_merchant = m.merchant)
                              AND s.day <= k.channel_day AND s.last_day >= k.channel_day))
        OR EXISTS (
          SELECT 1 FROM statement m
           WHERE m.channel = n.channel AND m.day BETWEEN date(k.channel_day, '-31 day') AND date(k.channel_day, '+7 day')
             AND coalesce(m.merchant_id, m.sub_merchant) IS NOT NULL AND m.covers <> 'recharge_refunds'
             AND (m.currency IS NULL OR m.currency = n.currency)
             AND coalesce((SELECT c.state FROM statement_change c WHERE c.statement = m.id ORDER BY c.n DESC LIMIT 1), 'standing') = 'standing'
             AND NOT EXISTS (SELECT 1 FROM trade_cover s WHERE s.trade = k.id
                              AND (coalesce(s.merchant_id, s.sub_merchant) IS NULL
                                OR (s.merchant_id IS m.merchant_id AND (s.sub_merchant IS NULL OR s.sub_merchant IS m.sub_merchant)))
                              AND s.day BETWEEN date(k.channel_day, '-31 day') AND k.channel_day AND s.last_day >= k.channel_day))))
      THEN CASE WHEN (SELECT count(DISTINCT s.day) FROM trade_cover s WHERE s.trade = k.id AND s.day >= k.channel_day)
                   >= (SELECT waiting_days FROM policy ORDER BY version DESC LIMIT 1) THEN 'overdue' ELSE 'waiting' END
    ELSE 'short' END AS recon
  FROM trade_clock k JOIN trade_now n ON n.id = k.id;

-- What a trade is if a line answers it: always asked for one trade and one line.
CREATE VIEW trade_compared AS
SELECT n.id AS trade, l.id AS line, CASE
    WHEN n.status_now IN ('failed', 'closed') AND l.status IN ('failed', 'closed') THEN 'matched'
    -- A refund in process has left the merchant's money: it is done.
    WHEN n.status_now = l.status AND n.status_now <> 'succeeded' AND (l.kind <> 'refund' OR l.status <> 'processing') THEN 'matched'
    WHEN n.status_now <> 'succeeded' THEN 'long'
    WHEN l.status = 'failed' OR l.status = 'closed' THEN 'short'
    WHEN l.amount_minor - l.merchant_discount_minor <> n.paid_now OR l.currency <> n.currency THEN 'amount_diff'
    WHEN l.fee_minor <> n.fee_now THEN 'fee_diff'
    WHEN s.day IS NULL THEN 'matched'
    ELSE (SELECT CASE
        WHEN k.channel_day BETWEEN s.day AND coalesce(s.last_day, s.day) THEN 'matched'
        -- Whoever matched them has seen the days.
        WHEN EXISTS (SELECT 1 FROM match_now d WHERE d.trade = n.id) THEN 'matched'
        -- Around the cut either day may have it.
        WHEN ((k.since_cut >= 1440 - k.window AND s.day = date(k.channel_day, '+1 day'))
           OR (k.since_cut < k.window AND coalesce(s.last_day, s.day) = date(k.channel_day, '-1 day')))
          AND ((60 * substr(l.occurred_at, 12, 2) + substr(l.occurred_at, 15, 2) - k.cut_minute + 1440 + k.window) % 1440) < 2 * k.window
          THEN CASE WHEN NOT EXISTS (SELECT 1 FROM trade_cover o WHERE o.trade = n.id AND o.day = k.channel_day) THEN 'waiting' ELSE 'matched' END
        ELSE 'date_diff' END
      FROM trade_clock k WHERE k.id = n.id) END AS recon
  FROM trade_now n JOIN statement_line l JOIN statement s ON s.id = l.statement;

-- One row per trade beside the line of its reference, if only one may answer it. agrees: none but this trade may have that line,
-- nobody decided about either, no line revokes the payment, and nothing differs. That is so for nearly every trade, and takes few
-- seeks; the views above would say the same. A number that the channel gave both tells lines and trades of one reference apart.
CREATE VIEW trade_beside AS
SELECT n.*, l.id AS sole_line, l.kind AS sole_kind, s.day AS sole_day,
       n.status_now = 'succeeded' AND l.status = 'succeeded' AND (s.day = n.business_date OR n.channel IN (SELECT channel FROM channel_now WHERE NOT plain))
         -- Its business day may be another than the ledger's.
         AND (n.channel NOT IN (SELECT channel FROM channel_now WHERE NOT plain)
           OR (SELECT k.channel_day FROM trade_clock k WHERE k.id = n.id) = s.day)
         AND l.amount_minor - l.merchant_discount_minor = n.paid_now AND l.fee_minor = n.fee_now AND l.currency = n.currency
         AND CASE l.kind WHEN 'pay' THEN n.kind NOT IN (SELECT code FROM kind_now WHERE refunds)
                         WHEN 'refund' THEN n.kind NOT IN (SELECT code FROM kind_now WHERE pays)
                           AND (n.original_ref IS NULL OR l.original_ref IS NULL OR n.original_ref = l.original_ref)
                         ELSE 0 END
         AND (n.merchant_no IS NULL OR n.merchant_no = l.merchant_no OR n.merchant_no = s.merchant_id OR n.merchant_no = s.sub_merchant)
         AND ((SELECT count(*) FROM trade o WHERE o.channel_ref = n.channel_ref AND o.channel = n.channel) = 1
           OR (SELECT count(*) FROM trade o WHERE o.channel_ref = n.channel_ref AND o.channel = n.channel
                  AND (o.channel_no IS NULL OR l.channel_no = '' OR o.channel_no = l.channel_no)) = 1)
         AND (NOT EXISTS (SELECT 1 FROM match_decision WHERE trade > 0)
           OR NOT EXISTS (SELECT 1 FROM match_decision d WHERE d.trade = n.id OR d.channel_ref = n.channel_ref))
         AND (NOT EXISTS (SELECT 1 FROM statement_line r WHERE r.kind = 'revoke' AND r.original_ref > '')
           OR NOT EXISTS (SELECT 1 FROM statement_line r WHERE r.kind = 'revoke' AND r.original_ref = n.channel_ref AND r.channel = n.channel))
         -- That a channel pays us stands in its fund bill, not among its trades.
         AND n.kind NOT IN (SELECT code FROM kind_now WHERE listed = 0) AS agrees
  FROM trade_now n
  LEFT JOIN statement_line l ON l.id = (
       SELECT CASE WHEN count(*) = 1 THEN max(x.id) END FROM statement_line x
        WHERE x.channel_ref = n.channel_ref AND x.channel = n.channel
          AND (n.channel_no IS NULL OR x.channel_no = '' OR x.channel_no = n.channel_no)
          AND (NOT EXISTS (SELECT 1 FROM statement_change WHERE statement > 0)
            OR coalesce((SELECT c.state FROM statement_change c WHERE c.statement = x.statement ORDER BY c.n DESC LIMIT 1), 'standing') = 'standing'))
  LEFT JOIN statement s ON s.id = l.statement;

-- One row per trade with its comparison with the channel. ambiguous: several trades or lines bear the reference, and the program
-- decides which belong together.
CREATE VIEW trade_recon AS
SELECT n.*,
  CASE
    WHEN n.agrees THEN 'matched'
    WHEN n.kind IN (SELECT code FROM kind_now WHERE listed = 0) THEN 'unmatched'
    -- No statement of its days.
    WHEN NOT EXISTS (SELECT 1 FROM statement s WHERE s.channel = n.channel AND s.day BETWEEN date(n.business_date, '-31 day')
                        AND date(n.business_date, '+1 day'))
      AND NOT EXISTS (SELECT 1 FROM statement_line l WHERE l.channel_ref = n.channel_ref AND l.channel = n.channel)
      AND (NOT EXISTS (SELECT 1 FROM match_decision WHERE trade > 0) OR NOT EXISTS (SELECT 1 FROM match_decision d WHERE d.trade = n.id)) THEN 'unmatched'
    -- For the channel the payment never stood.
    WHEN EXISTS (SELECT 1 FROM trade_revoked r WHERE r.trade = n.id)
      THEN CASE WHEN n.status_now IN ('failed', 'closed') THEN 'matched' ELSE 'short' END
    ELSE coalesce(
      (SELECT c.recon FROM trade_compared c WHERE c.trade = n.id
          AND c.line = coalesce((SELECT d.line FROM trade_decided d WHERE d.trade = n.id), (SELECT o.line FROM trade_own_line o WHERE o.trade = n.id))),
      -- Another trade has the only line that fits: the second try of one that failed, or the one that it doubles.
      nullif(CASE (SELECT count(*) FROM trade_fits f WHERE f.trade = n.id) WHEN 0 THEN 'absent' WHEN 1 THEN coalesce((
        SELECT CASE WHEN n.status_now IN ('failed', 'closed') THEN 'matched'
                    WHEN n.status_now = 'succeeded' AND o.kind = n.kind AND o.amount_now = n.amount_now AND o.currency = n.currency THEN 'short'
                    ELSE 'absent' END
          FROM trade_fits f JOIN trade_own_line w ON w.line = f.line JOIN trade_now o ON o.id = w.trade WHERE f.trade = n.id), 'ambiguous')
        ELSE 'ambiguous' END, 'absent'),
      (SELECT a.recon FROM trade_absent a WHERE a.trade = n.id))
  END AS recon
  FROM trade_beside n;

-- Guards that look for lines by their reference, which a payment and its refund may share.
DROP TRIGGER answered_line_once;
DROP TRIGGER trade_counter;

CREATE TRIGGER answered_line_once BEFORE INSERT ON answered_line
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM answered_line)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: answers are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM standing_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no))
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such line of a channel')
    WHEN EXISTS (
        SELECT 1 FROM answered_line a WHERE a.channel_ref = NEW.channel_ref AND a.channel = NEW.channel
           AND (a.line_kind IS NULL OR NEW.line_kind IS NULL OR a.line_kind = NEW.line_kind)
           AND (a.channel_no IS NULL OR NEW.channel_no IS NULL OR a.channel_no = NEW.channel_no)
           AND (a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: the line is answered already')
    -- Each trade that fits may have one of those that are left; a payment's trade has no line of its refund.
    WHEN (SELECT count(*) FROM standing_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
             AND NOT EXISTS (
                SELECT 1 FROM answered_line a WHERE a.channel_ref = l.channel_ref AND a.channel = l.channel AND (a.line_kind IS NULL OR a.line_kind = l.kind)
                   AND (a.channel_no IS NULL OR l.channel_no = '' OR a.channel_no = l.channel_no)
                   AND (a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher))))
      <= (SELECT count(DISTINCT f.trade) FROM standing_line l JOIN trade_fits f ON f.line = l.id
           WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind))
       + (SELECT count(*) FROM match_now d JOIN trade t ON t.id = d.trade
           WHERE d.channel_ref = NEW.channel_ref AND t.channel = NEW.channel AND (NEW.line_kind IS NULL OR d.line_kind = NEW.line_kind))
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: a trade answers to the line')
    WHEN NEW.voucher IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM voucher v WHERE v.id = NEW.voucher AND v.case_no = NEW.case_no AND (v.kind = 'park' OR v.kind = 'unpark'))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a line is answered by a voucher of its case')
    WHEN EXISTS (SELECT 1 FROM answered_line a WHERE a.voucher = NEW.voucher)
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: a voucher answers one line')
    WHEN NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not approved')
    -- Money is booked as the line has it: it moved, all of it, the way it went. What came and is parked is owed to somebody, and what
    -- came for an open item was owed to us. A refund still in process has left already.
    WHEN NEW.voucher IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM standing_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
           AND (l.kind <> 'revoke' OR l.original_ref IS NOT l.channel_ref)
           AND (l.status = 'succeeded' OR (l.kind = 'refund' AND l.status = 'processing')))
      THEN RAISE(ABORT, 'STORNO-NO-EVIDENCE: by the line no money moved')
    WHEN NEW.voucher IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM standing_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
           AND CASE l.kind WHEN 'pay' THEN 1 ELSE -1 END * (l.amount_minor - l.merchant_discount_minor)
             = coalesce((SELECT -o.amount_minor FROM open_item o WHERE o.voucher = NEW.voucher),
                        (SELECT o.amount_minor FROM open_item o WHERE o.cleared_by = NEW.voucher)))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: the voucher books another amount than the line, or the other way')
    -- Beside suspense the channel's account alone: which that is, the rules know; it is one, and no customer's. What the channel keeps
    -- of the line as its fee, or gives back, is there too, in one entry on an account of the results (of an earlier year: of equity).
    WHEN NEW.voucher IS NOT NULL AND EXISTS (
        SELECT 1 FROM (
            SELECT count(DISTINCT CASE a.class WHEN 'asset' THEN a.id END) AS channels, count(CASE a.class WHEN 'asset' THEN NULL ELSE 1 END) AS others,
                   count(CASE WHEN a.class = 'expense' OR a.class = 'income' OR a.class = 'equity' THEN 1 END) AS fees,
                   sum(CASE a.class WHEN 'asset' THEN 0 ELSE e.side * e.amount_minor END) AS fee_minor
              FROM entry e JOIN account a ON a.id = e.account
             WHERE e.voucher = NEW.voucher
               AND NOT EXISTS (SELECT 1 FROM open_item o WHERE (o.voucher = NEW.voucher OR o.cleared_by = NEW.voucher) AND o.account = a.id)) b
         WHERE b.channels <> 1 OR b.others > 1 OR b.others <> b.fees
            OR (b.fees = 1 AND NOT EXISTS (
              SELECT 1 FROM standing_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
                 AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no) AND l.fee_minor = b.fee_minor)))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a line is booked between the account of its channel and suspense, with its fee')
    WHEN EXISTS (
        SELECT 1 FROM voucher v, standing_line l, trade t WHERE v.id = NEW.voucher AND v.kind = 'unpark'
           AND l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no) AND l.original_ref <> l.channel_ref
           AND t.channel_ref = l.original_ref AND t.channel = l.channel AND t.id IS NOT v.trade
           -- What the channel took more than once waits apart from the trade, and may go back.
           AND NOT EXISTS (
             SELECT 1 FROM open_item o JOIN answered_line p ON p.voucher = o.voucher
              WHERE o.cleared_by = NEW.voucher AND p.channel_ref = l.original_ref AND p.channel = l.channel))
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the line takes back the payment of another trade')
    -- A payment that was revoked before it came: nobody has it. What is refunded was paid before.
    WHEN EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = NEW.original_ref AND t.channel = NEW.channel)
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the payment is a trade here')
    WHEN NEW.original_ref IS NOT NULL AND (NOT EXISTS (
        SELECT 1 FROM standing_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
           AND l.kind = 'revoke' AND l.original_ref = NEW.original_ref)
      OR EXISTS (
        SELECT 1 FROM standing_line l WHERE l.channel_ref = NEW.original_ref AND l.channel = NEW.channel AND l.kind = 'pay'))
      THEN RAISE(ABORT, 'STORNO-NO-EVIDENCE: the line takes no such payment back before it came')
  END;
END;

-- A counter trade names a trade that is in force, and undoes no more than others have left of it. A line of a channel proves one such
-- trade, and none if a case has answered it.
CREATE TRIGGER trade_counter BEFORE INSERT ON trade WHEN NEW.kind = 'counter'
BEGIN
  SELECT CASE
    WHEN NEW.counters = 'counter'
      THEN RAISE(ABORT, 'STORNO-REVERSAL-OF-REVERSAL: what undoes another is not undone')
    WHEN NOT EXISTS (SELECT 1 FROM trade o WHERE o.channel_ref = NEW.original_ref AND o.channel = NEW.channel AND o.kind = NEW.counters)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such trade to undo')
    WHEN NOT EXISTS (
        SELECT 1 FROM trade_undone u WHERE u.channel_ref = NEW.original_ref AND u.channel = NEW.channel AND u.kind = NEW.counters
           AND u.status_now = 'succeeded' AND u.undone_minor + NEW.amount_minor <= u.amount_now)
      THEN RAISE(ABORT, 'STORNO-COUNTERED: no more is undone than stands')
    -- A refund may bear its payment's reference, and has a line beside the payment's.
    WHEN EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = NEW.channel_ref AND t.channel = NEW.channel) AND NOT EXISTS (
        SELECT 1 FROM standing_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel
           AND (l.kind = 'pay') = (NEW.counters IN (SELECT code FROM kind_now WHERE refunds)))
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: a trade answers to the line')
    WHEN EXISTS (
        SELECT 1 FROM trade t WHERE t.channel_ref = NEW.channel_ref AND t.channel = NEW.channel
           AND t.kind NOT IN (SELECT code FROM kind_now WHERE CASE WHEN NEW.counters IN (SELECT code FROM kind_now WHERE refunds) THEN refunds ELSE pays END))
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: a trade answers to the line')
    WHEN EXISTS (
        SELECT 1 FROM answered_line a WHERE a.channel_ref = NEW.channel_ref AND a.channel = NEW.channel
           AND (a.line_kind IS NULL OR (a.line_kind = 'pay') = (NEW.counters IN (SELECT code FROM kind_now WHERE refunds)))
           AND (a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: a case has answered the line')
  END;
END;
