-- Storno ledger, schema version 3: how the life of a trade goes on after its first list: later lists that tell more of it, what they
-- contradict, and the end of such a claim.

-- The fingerprint of the trade list that told a status; NULL for a status that a case corrects.
ALTER TABLE trade_status ADD COLUMN file TEXT CHECK (length(file) = 64);

-- The corrections by cases are counted at each look at the findings.
CREATE INDEX trade_status_case ON trade_status (trade) WHERE file IS NULL;

DROP TRIGGER trade_status_once;

-- A case corrects a status, or a later list tells what became of a trade that was not final. A list takes nothing back.
CREATE TRIGGER trade_status_once BEFORE INSERT ON trade_status
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM trade_status WHERE trade = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the statuses of a trade are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM trade WHERE id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such trade')
    WHEN NEW.file IS NOT NULL AND NEW.case_no <> ''
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a status comes from a list or from a case')
    WHEN NEW.file IS NOT NULL
      THEN CASE WHEN NOT EXISTS (
          SELECT 1 FROM trade_now t WHERE t.id = NEW.trade AND CASE t.status_now
            WHEN 'created' THEN NEW.status <> 'created'
            WHEN 'processing' THEN NEW.status = 'succeeded' OR NEW.status = 'failed' OR NEW.status = 'closed'
            WHEN 'unknown' THEN NEW.status <> 'created' AND NEW.status <> 'unknown'
            WHEN 'failed' THEN NEW.status = 'closed' END)
        THEN RAISE(ABORT, 'STORNO-NO-EVIDENCE: a list does not take back a final status') END
    WHEN NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not approved')
    -- What counter trades have undone is not undone a second time by its failure, nor one of them where nothing is left.
    WHEN NEW.status <> 'succeeded' AND (SELECT u.countered_minor FROM trade_undone u WHERE u.id = NEW.trade) > 0
      THEN RAISE(ABORT, 'STORNO-COUNTERED: counter trades have undone it')
    WHEN NEW.status = 'succeeded' AND EXISTS (
        SELECT 1 FROM trade_now c JOIN trade_undone u ON u.channel_ref = c.original_ref AND u.channel = c.channel AND u.kind = c.counters
         WHERE c.id = NEW.trade AND c.status_now <> 'succeeded' AND u.undone_minor + c.amount_now > u.amount_now)
      THEN RAISE(ABORT, 'STORNO-COUNTERED: no more is undone than stands')
  END;
END;

-- What a later list told of a trade that was known, one row a fact: status, clearing, settlement, or another column of the list.
-- claim: 0 where the trade moved on by it; 1 where it contradicts what is known, which stays until a case decides.
CREATE TABLE trade_news (
  n        INTEGER PRIMARY KEY CHECK (n > 0),
  trade    INTEGER NOT NULL REFERENCES trade (id),
  fact     TEXT NOT NULL,
  value    TEXT NOT NULL,
  claim    INTEGER NOT NULL CHECK (claim IN (0, 1)),
  file     TEXT NOT NULL CHECK (length(file) = 64),
  at       TEXT NOT NULL,
  operator TEXT NOT NULL
) STRICT;
CREATE INDEX trade_news_trade ON trade_news (trade, fact);
CREATE INDEX trade_news_claim ON trade_news (trade) WHERE claim = 1;

CREATE TRIGGER trade_news_no_update BEFORE UPDATE ON trade_news
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: trade_news rows are never changed'); END;

CREATE TRIGGER trade_news_no_delete BEFORE DELETE ON trade_news
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: trade_news rows are never deleted'); END;

CREATE TRIGGER trade_news_once BEFORE INSERT ON trade_news
BEGIN
  SELECT CASE
    WHEN NEW.n <> -1 AND NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM trade_news)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the news of trades are numbered in order of arrival')
    WHEN NOT EXISTS (SELECT 1 FROM trade WHERE id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such trade')
    WHEN NEW.claim = 0 AND NEW.fact <> 'status' AND NEW.fact <> 'clearing' AND NEW.fact <> 'settlement'
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a list moves on status, clearing and settlement alone')
  END;
END;

-- Clearing as the last list told it, of trades whose clearing moved on.
CREATE VIEW trade_clearing AS
SELECT w.trade, w.value AS clearing FROM trade_news w
 WHERE w.fact = 'clearing' AND w.claim = 0
   AND NOT EXISTS (SELECT 1 FROM trade_news x WHERE x.trade = w.trade AND x.fact = 'clearing' AND x.claim = 0 AND x.n > w.n);

-- Claims of lists that a case dismissed, each with its reason.
CREATE TABLE claim_dismissal (
  claim    INTEGER PRIMARY KEY REFERENCES trade_news (n),
  case_no  TEXT NOT NULL,
  reason   TEXT NOT NULL CHECK (length(reason) > 0),
  at       TEXT NOT NULL,
  operator TEXT NOT NULL
) STRICT;

CREATE TRIGGER claim_dismissal_no_update BEFORE UPDATE ON claim_dismissal
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: claim_dismissal rows are never changed'); END;

CREATE TRIGGER claim_dismissal_no_delete BEFORE DELETE ON claim_dismissal
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: claim_dismissal rows are never deleted'); END;

CREATE TRIGGER claim_dismissal_once BEFORE INSERT ON claim_dismissal
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM claim_dismissal WHERE claim = NEW.claim)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the claim is dismissed already')
    WHEN NOT EXISTS (SELECT 1 FROM trade_news WHERE n = NEW.claim AND claim = 1)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such claim')
    WHEN NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not approved')
  END;
END;

DROP TRIGGER case_moves;

CREATE TRIGGER case_moves BEFORE UPDATE ON case_file
BEGIN
  SELECT CASE
    WHEN NEW.n IS NOT OLD.n OR NEW.case_no IS NOT OLD.case_no OR NEW.cause IS NOT OLD.cause OR NEW.trade IS NOT OLD.trade
      OR NEW.finding IS NOT OLD.finding OR NEW.opened_at IS NOT OLD.opened_at OR OLD.state IN ('committed', 'withdrawn')
      OR ((OLD.state <> 'open' AND OLD.state <> 'staged' AND OLD.state <> 'rejected')
          AND (NEW.maker IS NOT OLD.maker OR NEW.reason IS NOT OLD.reason OR NEW.planned IS NOT OLD.planned))
      OR (NEW.state = OLD.state AND NEW.checker IS NOT NULL AND NEW.checker IS NOT OLD.checker)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: what a case is never changes')
    WHEN NEW.maker IS NOT OLD.maker AND NOT EXISTS (
        SELECT 1 FROM case_log l WHERE l.case_no = OLD.case_no AND l.verb = 'hand' AND l.operator = OLD.maker AND l.note = NEW.maker
           AND l.n = (SELECT max(n) FROM case_log WHERE case_no = OLD.case_no))
      THEN RAISE(ABORT, 'STORNO-NOT-YOURS: the maker hands a case over, and it is logged first')
    WHEN NEW.state = 'withdrawn' AND NOT EXISTS (
        SELECT 1 FROM case_log l WHERE l.case_no = OLD.case_no AND l.verb = 'withdraw'
           AND (lower(l.operator) = lower(OLD.maker) OR lower(l.operator) = lower(OLD.checker))
           AND l.n = (SELECT max(n) FROM case_log WHERE case_no = OLD.case_no))
      THEN RAISE(ABORT, 'STORNO-NOT-YOURS: the maker or the checker withdraws a case, and it is logged first')
    WHEN NOT (NEW.state = OLD.state
      OR ((OLD.state = 'open' OR OLD.state = 'staged' OR OLD.state = 'rejected') AND (NEW.state = 'open' OR NEW.state = 'staged' OR NEW.state = 'withdrawn'))
      OR (OLD.state = 'staged' AND NEW.state = 'submitted')
      OR (OLD.state = 'submitted' AND (NEW.state = 'approved' OR NEW.state = 'rejected' OR NEW.state = 'withdrawn'))
      OR (OLD.state = 'approved' AND (NEW.state = 'committed' OR NEW.state = 'rejected' OR NEW.state = 'withdrawn'))
      OR (OLD.state IN ('staged', 'submitted') AND NEW.state = 'committed'
          AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not in a state that allows this')
    WHEN NEW.state = 'committed' AND NOT EXISTS (SELECT 1 FROM voucher WHERE case_no = NEW.case_no)
      AND NOT EXISTS (SELECT 1 FROM trade_status WHERE case_no = NEW.case_no)
      AND NOT EXISTS (SELECT 1 FROM answered_line WHERE case_no = NEW.case_no)
      AND NOT EXISTS (SELECT 1 FROM claim_dismissal WHERE case_no = NEW.case_no)
      AND NOT EXISTS (SELECT 1 FROM statement_change WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-NOTHING: a committed case has booked something')
    WHEN NEW.state IN ('approved', 'committed')
      AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND (NEW.checker IS NULL OR lower(NEW.checker) = lower(NEW.maker))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: the checker is another person than the maker')
    WHEN NEW.state = 'approved' AND OLD.state <> 'approved'
      AND NOT EXISTS (SELECT 1 FROM case_log l WHERE l.case_no = NEW.case_no AND l.verb = 'approve' AND l.operator = NEW.checker)
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: an approval is logged first')
    WHEN NEW.state = 'approved' AND OLD.state <> 'approved'
      AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND EXISTS (SELECT 1 FROM case_log l WHERE l.case_no = NEW.case_no AND lower(l.operator) = lower(NEW.checker)
                   AND (l.verb = 'open' OR l.verb = 'stage' OR l.verb = 'drop' OR l.verb = 'restore' OR l.verb = 'restage'
                     OR l.verb = 'submit' OR l.verb = 'check' OR l.verb = 'hand'))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: whoever worked on a case does not approve it')
  END;
END;

DROP VIEW v_trade;

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
       CASE WHEN coalesce((SELECT c.clearing FROM trade_clearing c WHERE c.trade = r.id), r.clearing) = 'uncleared'
         AND EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 2 AND e.live > 0)
         THEN 'cleared'
            -- What the trade layer said when it exported the trade; a clearing that was taken back since says otherwise.
            WHEN coalesce((SELECT c.clearing FROM trade_clearing c WHERE c.trade = r.id), r.clearing) = 'cleared' AND EXISTS (SELECT 1 FROM event e JOIN voucher v ON v.trade = r.id AND v.event = e.id
                                                     WHERE e.id = 8 * r.id + 2 AND e.live = 0)
         THEN 'uncleared' ELSE coalesce((SELECT c.clearing FROM trade_clearing c WHERE c.trade = r.id), r.clearing) END AS clearing,
       CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 3) THEN 'settled' ELSE 'unsettled' END AS settlement,
       r.recon
  FROM trade_recon r;
