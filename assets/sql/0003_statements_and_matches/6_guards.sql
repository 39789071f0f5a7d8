-- Guards of what a channel's statement covers and how it ends, and of what views read of channels and kinds.

-- The trades that a statement is about: those of the channel's days that it covers or just across their cut, those of its lines, and
-- those that people matched with its lines. Always asked for one trade: lines are found by its reference, not by the statement.
CREATE VIEW statement_about AS
SELECT s.id AS statement, t.id AS trade
  FROM trade t JOIN trade_clock k ON k.id = t.id JOIN statement s ON s.channel = t.channel
 WHERE k.channel_day BETWEEN s.day AND coalesce(s.last_day, s.day)
    OR (k.channel_day = date(s.day, '-1 day') AND k.since_cut >= 1440 - k.window)
    OR (k.channel_day = date(coalesce(s.last_day, s.day), '+1 day') AND k.since_cut < k.window)
UNION ALL
SELECT l.statement, t.id FROM trade t JOIN statement_line l INDEXED BY statement_line_ref ON l.channel_ref = t.channel_ref AND l.channel = t.channel
UNION ALL
SELECT l.statement, t.id FROM match_decision m JOIN trade t ON t.id = m.trade
  JOIN statement_line l INDEXED BY statement_line_ref ON l.channel_ref = m.channel_ref AND l.channel = t.channel;

-- A new statement may be held, and stands by its case; what is replaced or withdrawn stays so. With four eyes it takes a case where a
-- closed day, a match or a case rests on the statement; of an open day not if the one in its place has all its lines.
CREATE TRIGGER statement_change_moves BEFORE INSERT ON statement_change
BEGIN
  SELECT CASE
    WHEN NOT CASE coalesce((SELECT c.state FROM statement_change c WHERE c.statement = NEW.statement ORDER BY c.n DESC LIMIT 1), 'new')
        WHEN 'new' THEN NEW.state <> 'standing'
        WHEN 'held' THEN NEW.state = 'withdrawn' OR (NEW.state = 'standing' AND NEW.case_no IS NOT NULL)
        WHEN 'standing' THEN NEW.state = 'replaced' OR NEW.state = 'withdrawn'
        ELSE 0 END
      THEN RAISE(ABORT, 'STORNO-BILL-STATE: the statement does not end so')
    WHEN NEW.by_statement = NEW.statement
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: another statement takes its place')
    WHEN NEW.case_no IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not approved')
    WHEN NEW.case_no IS NULL AND (NEW.state = 'replaced' OR NEW.state = 'withdrawn')
      AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND 'held' IS NOT (SELECT c.state FROM statement_change c WHERE c.statement = NEW.statement ORDER BY c.n DESC LIMIT 1)
      AND (EXISTS (SELECT 1 FROM statement b JOIN day d ON d.day = b.day AND d.state = 'closed' WHERE b.id = NEW.statement)
        OR EXISTS (SELECT 1 FROM answered_line a WHERE EXISTS (
             SELECT 1 FROM statement_line l WHERE l.channel_ref = a.channel_ref AND l.channel = a.channel AND l.statement = NEW.statement))
        OR EXISTS (
             SELECT 1 FROM (SELECT trade FROM match_decision UNION ALL SELECT trade FROM amendment
                            UNION ALL SELECT trade FROM trade_status WHERE case_no <> '') x
              WHERE EXISTS (SELECT 1 FROM statement_about a WHERE a.statement = NEW.statement AND a.trade = x.trade)))
      AND (NEW.state = 'withdrawn' OR EXISTS (SELECT 1 FROM statement b JOIN day d ON d.day = b.day AND d.state = 'closed' WHERE b.id = NEW.statement)
        OR EXISTS (
            SELECT 1 FROM statement_line l WHERE l.statement = NEW.statement AND NOT EXISTS (
                SELECT 1 FROM statement_line m WHERE m.channel_ref = l.channel_ref AND m.channel = l.channel AND m.statement = NEW.by_statement
                   AND m.kind = l.kind AND m.channel_no = l.channel_no AND m.amount_minor = l.amount_minor AND m.currency = l.currency
                   AND m.status = l.status AND m.fee_minor = l.fee_minor AND coalesce(m.original_ref, '') = coalesce(l.original_ref, '')
                   AND (m.merchant_no IS NULL OR l.merchant_no IS NULL
                     OR (m.merchant_no = l.merchant_no AND m.merchant_discount_minor = l.merchant_discount_minor
                       AND m.channel_discount_minor = l.channel_discount_minor AND m.trouble IS l.trouble)))))
      THEN RAISE(ABORT, 'STORNO-BILL-RESTS: two people decide about it by a case')
  END;
END;

-- A statement stands at once unless it is held before it is added. With four eyes it is held where a case ended a statement that may
-- list the same lines, whatever kinds of lines, sub-merchant or merchant number either names, and where it adds lines to a closed day
-- that has a statement of its merchant number, or of none. What is left of a statement beside one of other kinds of lines stands on.
CREATE TRIGGER statement_comes_back BEFORE INSERT ON statement
WHEN (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
 AND 'held' IS NOT (SELECT c.state FROM statement_change c WHERE c.statement = NEW.id ORDER BY c.n DESC LIMIT 1)
 AND EXISTS (
   SELECT 1 FROM statement o WHERE o.channel = NEW.channel AND o.day = NEW.day
      AND CASE coalesce((SELECT c.state FROM statement_change c WHERE c.statement = o.id ORDER BY c.n DESC LIMIT 1), 'standing')
        WHEN 'held' THEN 0
        WHEN 'standing' THEN NEW.rows > 0 AND EXISTS (SELECT 1 FROM day d WHERE d.day = NEW.day AND d.state = 'closed')
          AND (NEW.merchant_id IS NULL OR o.merchant_id IS NULL OR NEW.merchant_id = o.merchant_id)
          AND (NEW.sub_merchant IS NULL OR o.sub_merchant IS NULL OR NEW.sub_merchant = o.sub_merchant)
        ELSE (SELECT c.case_no FROM statement_change c WHERE c.statement = o.id ORDER BY c.n DESC LIMIT 1) IS NOT NULL
          AND (NEW.merchant_id IS o.merchant_id OR (NEW.merchant_id IS NULL AND NEW.rows = 0 AND o.rows > 0)
            OR (o.merchant_id IS NULL AND o.rows = 0 AND NEW.rows > 0))
          AND (NEW.sub_merchant IS NULL OR o.sub_merchant IS NULL OR NEW.sub_merchant = o.sub_merchant)
          AND (NEW.covers = o.covers OR (NEW.covers = 'all' AND o.covers <> 'recharge_refunds')
            OR (o.covers = 'all' AND NEW.covers <> 'recharge_refunds')) END)
 AND NOT EXISTS (
   SELECT 1 FROM statement o JOIN statement_change c ON c.statement = o.id JOIN statement h ON h.id = c.by_statement
    WHERE o.channel = NEW.channel AND o.day = NEW.day AND c.case_no IS NULL AND NEW.fingerprint = h.fingerprint || '/' || NEW.covers
      AND NOT EXISTS (
        SELECT 1 FROM statement_line l WHERE l.statement = NEW.id AND NOT EXISTS (
          SELECT 1 FROM statement_line m WHERE m.channel_ref = l.channel_ref AND m.channel = l.channel AND m.statement = o.id
             AND m.line = l.line AND m.kind = l.kind AND m.channel_no = l.channel_no AND m.amount_minor = l.amount_minor)))
BEGIN SELECT RAISE(ABORT, 'STORNO-BILL-RESTS: two people decide about it by a case'); END;

-- What a version says is said once.
CREATE TRIGGER channel_fact_once BEFORE INSERT ON channel_fact
WHEN EXISTS (SELECT 1 FROM channel_fact WHERE version = NEW.version AND channel = NEW.channel)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: the version says it already'); END;

CREATE TRIGGER channel_shift_once BEFORE INSERT ON channel_shift
WHEN EXISTS (SELECT 1 FROM channel_shift WHERE version = NEW.version AND channel = NEW.channel AND since = NEW.since)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: the version says it already'); END;

CREATE TRIGGER channel_merchant_once BEFORE INSERT ON channel_merchant
WHEN EXISTS (SELECT 1 FROM channel_merchant WHERE version = NEW.version AND channel = NEW.channel AND merchant = NEW.merchant)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: the version says it already'); END;

CREATE TRIGGER trade_kind_once BEFORE INSERT ON trade_kind
WHEN EXISTS (SELECT 1 FROM trade_kind WHERE version = NEW.version AND code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: the version says it already'); END;

CREATE TRIGGER kind_undoes_once BEFORE INSERT ON kind_undoes
WHEN EXISTS (SELECT 1 FROM kind_undoes WHERE version = NEW.version AND kind = NEW.kind AND undone = NEW.undone)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: the version says it already'); END;

CREATE TRIGGER channel_set_once BEFORE INSERT ON channel_set
WHEN NEW.version <> (SELECT coalesce(max(version), 0) + 1 FROM channel_set)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: sets of channels are numbered in order'); END;

CREATE TRIGGER kind_set_once BEFORE INSERT ON kind_set
WHEN NEW.version <> (SELECT coalesce(max(version), 0) + 1 FROM kind_set)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: sets of kinds are numbered in order'); END;
