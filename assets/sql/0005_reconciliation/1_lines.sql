-- Storno ledger, schema version 5: a line is told by channel, merchant number, kind, the channel's own number and reference, in all that
-- a case or a person said of it.

-- Standing lines with the merchant number that each is of, and the number that its statement was billed to. NULL: nothing names it.
CREATE VIEW known_line AS
SELECT l.*, coalesce(l.merchant_no, (SELECT coalesce(s.sub_merchant, s.merchant_id) FROM statement s WHERE s.id = l.statement)) AS merchant,
       (SELECT s.merchant_id FROM statement s WHERE s.id = l.statement) AS billed
  FROM standing_line l;

-- Two merchants' lines may have one reference and one number of the channel's. NULL: the line names no merchant number, or the row is
-- older than this version and the lines of that time are of several.
ALTER TABLE answered_line ADD COLUMN merchant_no TEXT;
ALTER TABLE match_decision ADD COLUMN merchant_no TEXT;
ALTER TABLE follow_up_note ADD COLUMN merchant_no TEXT;

-- Whether a channel bills its fee apart (1) or keeps it of each line (0); NULL: of an older version of the channels.
ALTER TABLE channel_fact ADD COLUMN fee_billed INTEGER CHECK (fee_billed = 0 OR fee_billed = 1);

-- What was said before is said of the only merchant number whose line was there by then.
DROP TRIGGER answered_line_no_update;
UPDATE answered_line SET merchant_no = (
    SELECT CASE WHEN count(DISTINCT coalesce(l.merchant_no, s.sub_merchant, s.merchant_id)) = 1
                THEN max(coalesce(l.merchant_no, s.sub_merchant, s.merchant_id)) END
      FROM statement_line l JOIN statement s ON s.id = l.statement
     WHERE l.channel_ref = answered_line.channel_ref AND l.channel = answered_line.channel
       AND (answered_line.line_kind IS NULL OR l.kind = answered_line.line_kind)
       AND (answered_line.channel_no IS NULL OR l.channel_no = answered_line.channel_no)
       AND julianday(s.imported_at) <= julianday(answered_line.at));
CREATE TRIGGER answered_line_no_update BEFORE UPDATE ON answered_line
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: answered_line rows are never changed'); END;

DROP TRIGGER match_decision_no_update;
UPDATE match_decision SET merchant_no = (
    SELECT CASE WHEN count(DISTINCT coalesce(l.merchant_no, s.sub_merchant, s.merchant_id)) = 1
                THEN max(coalesce(l.merchant_no, s.sub_merchant, s.merchant_id)) END
      FROM trade t JOIN statement_line l ON l.channel = t.channel
      JOIN statement s ON s.id = l.statement
     WHERE t.id = match_decision.trade AND l.channel_ref = match_decision.channel_ref AND l.kind = match_decision.line_kind
       AND l.channel_no = match_decision.channel_no AND julianday(s.imported_at) <= julianday(match_decision.at));
CREATE TRIGGER match_decision_no_update BEFORE UPDATE ON match_decision
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: match_decision rows are never changed'); END;

DROP TRIGGER follow_up_note_no_update;
UPDATE follow_up_note SET merchant_no = (
    SELECT CASE WHEN count(DISTINCT coalesce(l.merchant_no, s.sub_merchant, s.merchant_id)) = 1
                THEN max(coalesce(l.merchant_no, s.sub_merchant, s.merchant_id)) END
      FROM trade t JOIN statement_line l ON l.channel_ref = t.channel_ref
       AND l.channel = t.channel JOIN statement s ON s.id = l.statement
     WHERE t.id = follow_up_note.trade AND l.channel_no = follow_up_note.channel_no AND l.trouble = follow_up_note.trouble
       AND julianday(s.imported_at) <= julianday(follow_up_note.at));
CREATE TRIGGER follow_up_note_no_update BEFORE UPDATE ON follow_up_note
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: follow_up_note rows are never changed'); END;

DROP VIEW trade_decided;
DROP VIEW trade_fits;
DROP VIEW match_asked;
DROP VIEW line_netted;
DROP VIEW trade_trouble;
DROP VIEW trade_follow_up;
DROP TRIGGER follow_up_note_insert;
DROP TRIGGER match_decision_insert;
DROP TRIGGER answered_line_once;
DROP TRIGGER trade_counter;

-- The line of a trade that a person decided.
CREATE VIEW trade_decided AS
SELECT d.trade, l.id AS line
  FROM match_now d JOIN trade t ON t.id = d.trade
  JOIN known_line l ON l.channel_ref = d.channel_ref AND l.channel = t.channel AND l.kind = d.line_kind AND l.channel_no = d.channel_no
   AND (d.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = d.merchant_no);

-- Which lines may answer which trades: nobody decided about either, and no line revokes the payment.
CREATE VIEW trade_fits AS
SELECT t.id AS trade, l.id AS line
  FROM trade_may m JOIN trade t ON t.id = m.trade JOIN statement_line l ON l.id = m.line
 WHERE NOT EXISTS (SELECT 1 FROM match_now d WHERE d.trade = t.id)
   AND NOT EXISTS (SELECT 1 FROM match_now d JOIN trade o ON o.id = d.trade
                    WHERE d.channel_ref = l.channel_ref AND o.channel = l.channel AND d.line_kind = l.kind AND d.channel_no = l.channel_no
                      AND (d.merchant_no IS NULL OR coalesce(l.merchant_no, (SELECT coalesce(s.sub_merchant, s.merchant_id) FROM statement s WHERE s.id = l.statement), d.merchant_no) = d.merchant_no))
   AND (l.kind <> 'pay'
     OR NOT EXISTS (SELECT 1 FROM statement_line r WHERE r.kind = 'revoke' AND r.original_ref = l.channel_ref AND r.channel = l.channel)
     OR NOT EXISTS (SELECT 1 FROM line_revoked v WHERE v.payment = l.id));

-- What one person has decided and a second one has not yet: another match, or the end of the one in force.
CREATE VIEW match_asked AS
SELECT d.* FROM match_decision d
 WHERE d.agreed = 0 AND NOT EXISTS (SELECT 1 FROM match_decision x WHERE x.trade = d.trade AND x.n > d.n)
   AND CASE d.verb WHEN 'undo' THEN EXISTS (SELECT 1 FROM match_now m WHERE m.trade = d.trade)
       ELSE NOT EXISTS (
        SELECT 1 FROM match_now m WHERE m.trade = d.trade AND m.channel_ref = d.channel_ref AND m.line_kind = d.line_kind
           AND m.channel_no = d.channel_no AND m.merchant_no IS d.merchant_no) END;

-- Lines that come to nothing together: a payment and the line that revokes it, if both are listed or a trade here is the payment.
-- A payment that a case has booked into suspense came to something: what takes it back has to be booked as well.
CREATE VIEW line_netted AS
SELECT l.id AS line FROM statement_line l
 WHERE (l.kind = 'revoke' AND (EXISTS (
            SELECT 1 FROM line_revoked v JOIN statement_line p ON p.id = v.payment
             WHERE v.revocation = l.id AND NOT EXISTS (
                SELECT 1 FROM answered_line a WHERE a.channel_ref = p.channel_ref AND a.channel = p.channel AND a.voucher IS NOT NULL
                   AND (a.line_kind IS NULL OR a.line_kind = p.kind) AND (a.channel_no IS NULL OR p.channel_no = '' OR a.channel_no = p.channel_no)
                   AND (a.merchant_no IS NULL OR coalesce(p.merchant_no, (SELECT coalesce(s.sub_merchant, s.merchant_id) FROM statement s WHERE s.id = p.statement), a.merchant_no) = a.merchant_no)
                   AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      OR EXISTS (SELECT 1 FROM revoked_unlisted u WHERE u.line = l.id)))
    OR (l.kind = 'pay' AND EXISTS (SELECT 1 FROM statement_line r WHERE r.kind = 'revoke' AND r.original_ref = l.channel_ref AND r.channel = l.channel)
        AND EXISTS (SELECT 1 FROM line_revoked v WHERE v.payment = l.id));

-- Trades whose money left us and did not reach the customer, with the line that says so; until a later line of the refund says that it
-- did, or a trade goes back on it.
CREATE VIEW trade_trouble AS
SELECT t.id AS trade, l.id AS line
  FROM known_line l JOIN trade t ON t.channel_ref = l.channel_ref AND t.channel = l.channel
 WHERE l.trouble IS NOT NULL AND l.kind = 'refund'
   AND (EXISTS (SELECT 1 FROM trade_fits f WHERE f.trade = t.id AND f.line = l.id)
     OR EXISTS (SELECT 1 FROM trade_decided d WHERE d.trade = t.id AND d.line = l.id))
   AND NOT EXISTS (
        SELECT 1 FROM known_line x WHERE x.channel_ref = l.channel_ref AND x.channel = l.channel AND x.kind = l.kind
           AND x.channel_no = l.channel_no AND x.id > l.id
           AND (x.merchant IS NULL OR l.merchant IS NULL OR x.merchant = l.merchant))
   AND NOT EXISTS (
        SELECT 1 FROM trade_now o WHERE o.original_ref = t.channel_ref AND o.channel = t.channel AND o.id <> t.id
           AND o.status_now = 'succeeded' AND t.original_ref IS NOT t.channel_ref);

-- Those of them that nobody has seen to since the channel noted it: the highest note about a line is in force.
CREATE VIEW trade_follow_up AS
SELECT u.trade, u.line FROM trade_trouble u
 WHERE NOT EXISTS (
    SELECT 1 FROM follow_up_note f JOIN known_line l ON l.id = u.line AND l.channel_no = f.channel_no AND l.trouble = f.trouble
       AND (f.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = f.merchant_no)
     WHERE f.trade = u.trade AND f.done = 1 AND NOT EXISTS (
            SELECT 1 FROM follow_up_note x WHERE x.trade = f.trade AND x.n > f.n AND x.channel_no = f.channel_no
               AND (x.merchant_no IS NULL OR f.merchant_no IS NULL OR x.merchant_no = f.merchant_no)));

CREATE TRIGGER follow_up_note_insert BEFORE INSERT ON follow_up_note
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM follow_up_note WHERE trade = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the notes about a trade are numbered in order')
    WHEN NOT EXISTS (
        SELECT 1 FROM trade_trouble u JOIN known_line l ON l.id = u.line
         WHERE u.trade = NEW.trade AND l.channel_no = NEW.channel_no AND l.trouble = NEW.trouble
           AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no)
           AND NEW.done = EXISTS (SELECT 1 FROM trade_follow_up f WHERE f.trade = u.trade AND f.line = u.line))
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such refund is open, or was seen to')
  END;
END;

CREATE TRIGGER match_decision_insert BEFORE INSERT ON match_decision
BEGIN
  SELECT CASE
    WHEN NEW.verb = 'match' AND NOT EXISTS (
        SELECT 1 FROM trade t JOIN known_line l ON l.channel_ref = NEW.channel_ref AND l.channel = t.channel AND l.kind = NEW.line_kind
                          AND l.channel_no = NEW.channel_no AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no)
         WHERE t.id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such line of the channel')
    WHEN NEW.verb = 'match' AND NEW.merchant_no IS NULL AND (
        SELECT count(DISTINCT l.merchant) FROM trade t JOIN known_line l ON l.channel_ref = NEW.channel_ref AND l.channel = t.channel
           AND l.kind = NEW.line_kind AND l.channel_no = NEW.channel_no WHERE t.id = NEW.trade) > 1
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: the merchant number says which of the lines')
    WHEN NEW.verb = 'match' AND EXISTS (
        SELECT 1 FROM match_now d JOIN trade o ON o.id = d.trade JOIN trade t ON t.id = NEW.trade AND t.channel = o.channel
         WHERE d.channel_ref = NEW.channel_ref AND d.line_kind = NEW.line_kind AND d.channel_no = NEW.channel_no AND d.trade <> NEW.trade
           AND (d.merchant_no IS NULL OR NEW.merchant_no IS NULL OR d.merchant_no = NEW.merchant_no))
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the line was matched with another trade')
    WHEN NEW.verb = 'undo' AND NEW.agreed = 1 AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND EXISTS (SELECT 1 FROM match_now d WHERE d.trade = NEW.trade)
      AND NOT EXISTS (
        SELECT 1 FROM match_decision d WHERE d.trade = NEW.trade AND d.n = NEW.n - 1 AND d.verb = 'undo' AND d.agreed = 0
           AND lower(d.operator) <> lower(NEW.operator))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: a second person says the same')
    WHEN NEW.verb = 'match' AND NEW.agreed = 1 AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1 AND NOT EXISTS (
        SELECT 1 FROM match_decision d WHERE d.trade = NEW.trade AND d.n = NEW.n - 1 AND d.verb = 'match' AND d.channel_ref = NEW.channel_ref
           AND d.line_kind = NEW.line_kind AND d.channel_no = NEW.channel_no AND d.merchant_no IS NEW.merchant_no AND lower(d.operator) <> lower(NEW.operator))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: a second person says the same')
  END;
END;

-- Guards of what is said of lines.
CREATE TRIGGER answered_line_once BEFORE INSERT ON answered_line
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM answered_line)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: answers are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM known_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
           AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no))
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such line of a channel')
    WHEN NEW.merchant_no IS NULL AND (
        SELECT count(DISTINCT l.merchant) FROM known_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel
           AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind) AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)) > 1
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: the merchant number says which of the lines')
    WHEN EXISTS (
        SELECT 1 FROM answered_line a WHERE a.channel_ref = NEW.channel_ref AND a.channel = NEW.channel
           AND (a.line_kind IS NULL OR NEW.line_kind IS NULL OR a.line_kind = NEW.line_kind)
           AND (a.channel_no IS NULL OR NEW.channel_no IS NULL OR a.channel_no = NEW.channel_no)
           AND (a.merchant_no IS NULL OR NEW.merchant_no IS NULL OR a.merchant_no = NEW.merchant_no)
           AND (a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: the line is answered already')
    -- Each trade that fits may have one of those that are left; a payment's trade has no line of its refund.
    WHEN (SELECT count(*) FROM known_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
             AND NOT EXISTS (
                SELECT 1 FROM answered_line a WHERE a.channel_ref = l.channel_ref AND a.channel = l.channel AND (a.line_kind IS NULL OR a.line_kind = l.kind)
                   AND (a.channel_no IS NULL OR l.channel_no = '' OR a.channel_no = l.channel_no)
                   AND (a.merchant_no IS NULL OR coalesce(l.merchant, a.merchant_no) = a.merchant_no)
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
        SELECT 1 FROM known_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
           AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no)
           AND (l.kind <> 'revoke' OR l.original_ref IS NOT l.channel_ref)
           AND (l.status = 'succeeded' OR (l.kind = 'refund' AND l.status = 'processing')))
      THEN RAISE(ABORT, 'STORNO-NO-EVIDENCE: by the line no money moved')
    WHEN NEW.voucher IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM known_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
           AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no)
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
              SELECT 1 FROM known_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
                 AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
                 AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no) AND l.fee_minor = b.fee_minor))
            -- A channel that does not bill its fee apart keeps it of the line.
            OR (b.fees = 0 AND (SELECT c.fee_billed FROM channel_fact c
                  WHERE c.channel = NEW.channel AND c.version = (SELECT coalesce(max(version), 0) FROM channel_set)) = 0
              AND NOT EXISTS (
                SELECT 1 FROM known_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel
                   AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind) AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
                   AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no) AND l.fee_minor = 0)))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a line is booked between the account of its channel and suspense, with its fee')
    WHEN EXISTS (
        SELECT 1 FROM voucher v, known_line l, trade t WHERE v.id = NEW.voucher AND v.kind = 'unpark'
           AND l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
           AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no)
           AND l.original_ref <> l.channel_ref
           AND t.channel_ref = l.original_ref AND t.channel = l.channel AND t.id IS NOT v.trade AND (t.merchant_no IS NULL OR l.merchant IS NULL OR t.merchant_no = l.merchant OR t.merchant_no = l.billed)
           -- What the channel took more than once waits apart from the trade, and may go back.
           AND NOT EXISTS (
             SELECT 1 FROM open_item o JOIN answered_line p ON p.voucher = o.voucher
              WHERE o.cleared_by = NEW.voucher AND p.channel_ref = l.original_ref AND p.channel = l.channel
                AND (p.merchant_no IS NULL OR coalesce(l.merchant, p.merchant_no) = p.merchant_no)))
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the line takes back the payment of another trade')
    -- A payment that was revoked before it came: nobody has it. What is refunded was paid before.
    WHEN EXISTS (
        SELECT 1 FROM trade t WHERE t.channel_ref = NEW.original_ref AND t.channel = NEW.channel
           AND (t.merchant_no IS NULL OR NEW.merchant_no IS NULL OR EXISTS (
             SELECT 1 FROM known_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND l.kind = 'revoke'
                AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no) AND (l.merchant IS NULL OR l.merchant = NEW.merchant_no)
                AND (l.merchant IS NULL OR t.merchant_no = l.merchant OR t.merchant_no = l.billed))))
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the payment is a trade here')
    WHEN NEW.original_ref IS NOT NULL AND (NOT EXISTS (
        SELECT 1 FROM known_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND (NEW.line_kind IS NULL OR l.kind = NEW.line_kind)
           AND (NEW.channel_no IS NULL OR l.channel_no = NEW.channel_no)
           AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no)
           AND l.kind = 'revoke' AND l.original_ref = NEW.original_ref)
      OR EXISTS (
        SELECT 1 FROM known_line l WHERE l.channel_ref = NEW.original_ref AND l.channel = NEW.channel AND l.kind = 'pay'
          
           AND (NEW.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = NEW.merchant_no)))
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
           AND (a.channel_no IS NULL OR NEW.channel_no IS NULL OR a.channel_no = NEW.channel_no)
           AND (a.merchant_no IS NULL OR NEW.merchant_no IS NULL OR a.merchant_no = NEW.merchant_no OR EXISTS (
             SELECT 1 FROM known_line l WHERE l.channel_ref = a.channel_ref AND l.channel = a.channel AND l.merchant = a.merchant_no
                AND l.billed = NEW.merchant_no))
           AND (a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: a case has answered the line')
  END;
END;

DROP TRIGGER statement_change_moves;
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
             SELECT 1 FROM statement_line l WHERE l.channel_ref = a.channel_ref AND l.channel = a.channel AND l.statement = NEW.statement
                AND (a.line_kind IS NULL OR a.line_kind = l.kind) AND (a.channel_no IS NULL OR l.channel_no = '' OR a.channel_no = l.channel_no)
                AND (a.merchant_no IS NULL OR a.merchant_no = coalesce(l.merchant_no,
                  (SELECT coalesce(s.sub_merchant, s.merchant_id) FROM statement s WHERE s.id = l.statement), a.merchant_no))))
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

-- Error trades (差错交易) are a coverage of their own: they are of whatever days, so that they say of no trade that it is missing. What was
-- said of them before is told by the format. A column's check is never changed, so a new column takes the place of covers, which is
-- written no more.
ALTER TABLE statement ADD COLUMN lists TEXT NOT NULL DEFAULT 'all'
  CHECK ((lists = 'all' OR lists = 'payments' OR lists = 'refunds' OR lists = 'recharge_refunds' OR lists = 'errors'));
DROP TRIGGER statement_no_update;
UPDATE statement SET lists = CASE WHEN format LIKE '%-errors' THEN 'errors' ELSE covers END;
CREATE TRIGGER statement_no_update BEFORE UPDATE ON statement
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: statement rows are never changed'); END;

DROP VIEW trade_cover;
-- Statements that would list a trade if it is of their days. Refunds from money paid in for them cover no trade of ours for sure.
CREATE VIEW trade_cover AS
SELECT t.id AS trade, s.id AS statement, s.day, coalesce(s.last_day, s.day) AS last_day, s.merchant_id, s.sub_merchant
  FROM trade t JOIN statement s ON s.channel = t.channel
 WHERE coalesce((SELECT c.state FROM statement_change c WHERE c.statement = s.id ORDER BY c.n DESC LIMIT 1), 'standing') = 'standing'
   AND (s.lists = 'all' OR s.lists = CASE WHEN t.kind = 'counter' OR t.kind IN (SELECT kind FROM undoes_now) THEN 'refunds' ELSE 'payments' END)
   AND (s.currency IS NULL OR s.currency = t.currency)
   AND (s.until IS NULL OR julianday(t.occurred_at) <= julianday(s.until))
   AND (t.merchant_no IS NULL OR coalesce(s.merchant_id, s.sub_merchant) IS NULL OR t.merchant_no = s.merchant_id
     OR t.merchant_no = s.sub_merchant);

DROP VIEW trade_absent;
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
             AND coalesce(m.merchant_id, m.sub_merchant) IS NOT NULL AND m.lists <> 'recharge_refunds' AND m.lists <> 'errors'
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

DROP TRIGGER statement_comes_back;
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
          AND (NEW.lists = o.lists OR (NEW.lists = 'all' AND (o.lists = 'payments' OR o.lists = 'refunds'))
            OR (o.lists = 'all' AND (NEW.lists = 'payments' OR NEW.lists = 'refunds'))) END)
 AND NOT EXISTS (
   SELECT 1 FROM statement o JOIN statement_change c ON c.statement = o.id JOIN statement h ON h.id = c.by_statement
    WHERE o.channel = NEW.channel AND o.day = NEW.day AND c.case_no IS NULL AND NEW.fingerprint = h.fingerprint || '/' || NEW.lists
      AND NEW.until IS o.until AND NEW.last_day IS o.last_day AND NEW.merchant_id IS o.merchant_id AND NEW.sub_merchant IS o.sub_merchant
      AND NEW.currency IS o.currency
      AND NOT EXISTS (
        SELECT 1 FROM statement_line l WHERE l.statement = NEW.id AND NOT EXISTS (
          SELECT 1 FROM statement_line m WHERE m.channel_ref = l.channel_ref AND m.channel = l.channel AND m.statement = o.id
             AND m.line = l.line AND m.kind = l.kind AND m.channel_no = l.channel_no AND m.amount_minor = l.amount_minor)))
BEGIN SELECT RAISE(ABORT, 'STORNO-BILL-RESTS: two people decide about it by a case'); END;

