-- Storno ledger, schema version 1: guards, which refuse what the books forbid, with the codes of the
-- domain.
--
-- Lists of words are spelled as comparisons, not as IN: for a list of three or more SQLite builds a
-- temporary table each time a guard runs, which cost a sixth of all posting. Guards of the hot path raise
-- FAIL: they run before their row is written, so there is nothing to roll back, and SQLite need not keep a
-- statement journal. It would also keep one for an explicit rowid and for any function called; so a
-- voucher's rowid is left out, and its guards call no function: years are compared by CAST, names by
-- NOCASE.

-- What customers and channels see of a trade changes only through a case that may be committed now.
CREATE TRIGGER trade_status_once BEFORE INSERT ON trade_status
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM trade_status WHERE trade = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the statuses of a trade are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM trade WHERE id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such trade')
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

CREATE TRIGGER amendment_once BEFORE INSERT ON amendment
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM amendment WHERE trade = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the amendments of a trade are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM trade WHERE id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such trade')
    WHEN NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not approved')
    WHEN NEW.fact = 'amount_minor' AND CAST(NEW.value AS INTEGER) <= 0
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a trade of nothing is none')
    WHEN NEW.fact = 'amount_minor' AND CAST(NEW.value AS INTEGER) < (SELECT u.countered_minor FROM trade_undone u WHERE u.id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-COUNTERED: counter trades have undone more')
    WHEN NEW.fact = 'amount_minor' AND EXISTS (
        SELECT 1 FROM trade_now c JOIN trade_undone u ON u.channel_ref = c.original_ref AND u.channel = c.channel AND u.kind = c.counters
         WHERE c.id = NEW.trade AND c.status_now = 'succeeded'
           AND u.undone_minor - c.amount_now + CAST(NEW.value AS INTEGER) > u.amount_now)
      THEN RAISE(ABORT, 'STORNO-COUNTERED: no more is undone than stands')
  END;
END;

CREATE TRIGGER answered_line_once BEFORE INSERT ON answered_line
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM answered_line)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: answers are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such line of a channel')
    WHEN EXISTS (
        SELECT 1 FROM answered_line a WHERE a.channel_ref = NEW.channel_ref AND a.channel = NEW.channel
           AND (a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: the line is answered already')
    WHEN EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = NEW.channel_ref AND t.channel = NEW.channel)
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
        SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel
           AND (l.kind <> 'revoke' OR l.original_ref IS NOT l.channel_ref)
           AND (l.status = 'succeeded' OR (l.kind = 'refund' AND l.status = 'processing')))
      THEN RAISE(ABORT, 'STORNO-NO-EVIDENCE: by the line no money moved')
    WHEN NEW.voucher IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel
           AND CASE l.kind WHEN 'pay' THEN l.amount_minor ELSE -l.amount_minor END
             = coalesce((SELECT -o.amount_minor FROM open_item o WHERE o.voucher = NEW.voucher),
                        (SELECT o.amount_minor FROM open_item o WHERE o.cleared_by = NEW.voucher)))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: the voucher books another amount than the line, or the other way')
    -- Nothing but the channel's account and suspense: which account that is, the rules know; it is one, and no customer's.
    WHEN NEW.voucher IS NOT NULL AND ((SELECT count(DISTINCT e.account) FROM entry e WHERE e.voucher = NEW.voucher) <> 2
      OR EXISTS (
        SELECT 1 FROM entry e JOIN account a ON a.id = e.account WHERE e.voucher = NEW.voucher AND a.class <> 'asset'
           AND NOT EXISTS (SELECT 1 FROM open_item o WHERE (o.voucher = NEW.voucher OR o.cleared_by = NEW.voucher) AND o.account = a.id)))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a line is booked between the account of its channel and suspense')
    WHEN EXISTS (
        SELECT 1 FROM voucher v, statement_line l, trade t WHERE v.id = NEW.voucher AND v.kind = 'unpark'
           AND l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND l.original_ref <> l.channel_ref
           AND t.channel_ref = l.original_ref AND t.channel = l.channel AND t.id IS NOT v.trade)
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the line takes back the payment of another trade')
    -- A payment that was taken back before it came: nobody has it.
    WHEN EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = NEW.original_ref AND t.channel = NEW.channel)
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the payment is a trade here')
    WHEN NEW.original_ref IS NOT NULL AND (NOT EXISTS (
        SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel
           AND l.kind <> 'pay' AND l.original_ref = NEW.original_ref)
      OR EXISTS (
        SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.original_ref AND l.channel = NEW.channel AND l.kind = 'pay'))
      THEN RAISE(ABORT, 'STORNO-NO-EVIDENCE: the line takes no such payment back before it came')
  END;
END;

-- A counter trade names a trade that is in force, and undoes no more than others have left of it. A line
-- of a channel proves one such trade, and none if a case has answered it.
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
    WHEN EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = NEW.channel_ref AND t.channel = NEW.channel)
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: a trade answers to the line')
    WHEN EXISTS (
        SELECT 1 FROM answered_line a WHERE a.channel_ref = NEW.channel_ref AND a.channel = NEW.channel
           AND (a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: a case has answered the line')
  END;
END;

CREATE TRIGGER event_insert BEFORE INSERT ON event
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id)
      THEN RAISE(FAIL, 'STORNO-APPEND-ONLY: this event is there already')
    WHEN NEW.live <> 0
      THEN RAISE(FAIL, 'STORNO-APPEND-ONLY: a new event has no live voucher')
    WHEN NOT EXISTS (SELECT 1 FROM trade WHERE id = NEW.trade)
      THEN RAISE(FAIL, 'STORNO-NOT-FOUND: no such trade')
  END;
END;

-- The common case, the first posting, which is the head itself, needs no counting.
CREATE TRIGGER event_live BEFORE UPDATE OF live ON event
WHEN OLD.live <> 0 OR NEW.live <> 1
  OR (SELECT v.event = NEW.id AND (v.kind = 'supplement' OR v.kind = 'post') FROM voucher v ORDER BY v.id DESC LIMIT 1) IS NOT 1
BEGIN
  SELECT CASE
    WHEN NEW.live <> (SELECT count(*) FROM voucher v WHERE v.trade = NEW.trade AND v.event = NEW.id
                       AND v.kind <> 'reverse' AND v.kind <> 'adjust' AND v.kind <> 'park' AND v.kind <> 'unpark'
                       AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = v.id))
      THEN RAISE(FAIL, 'STORNO-APPEND-ONLY: live vouchers are counted from the vouchers')
  END;
END;

CREATE TRIGGER day_insert BEFORE INSERT ON day
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM day WHERE day = NEW.day)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: this day was opened already')
    WHEN NEW.state <> 'open' OR coalesce(NEW.cut_at, NEW.closed_at, NEW.closed_by, NEW.head_seq, NEW.head_hash) IS NOT NULL
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day starts open')
    WHEN EXISTS (SELECT 1 FROM period WHERE period = substr(NEW.day, 1, 7) OR period = substr(NEW.day, 1, 4))
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: its month or year is locked')
    WHEN EXISTS (SELECT 1 FROM day WHERE day > NEW.day AND state = 'closed')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a later day is closed already')
    WHEN NEW.opened_seq < 0 OR NEW.opened_seq > (SELECT coalesce(max(id), 0) FROM voucher)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day opens behind the head')
  END;
END;

-- Balances are taken once nothing can be dated on the day any more, and follow from those before.
CREATE TRIGGER day_balance_insert BEFORE INSERT ON day_balance
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM day_balance WHERE day = NEW.day AND account = NEW.account)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: this balance is there already')
    WHEN NOT EXISTS (SELECT 1 FROM day WHERE day = NEW.day AND state = 'closing')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: balances are taken of a closing day')
    WHEN NEW.balance_minor <> NEW.debit_minor - NEW.credit_minor
         + coalesce((SELECT balance_minor FROM day_balance WHERE account = NEW.account AND day < NEW.day ORDER BY day DESC LIMIT 1), 0)
      OR EXISTS (SELECT 1 FROM day_balance WHERE account = NEW.account AND day > NEW.day)
      THEN RAISE(ABORT, 'STORNO-CHAIN-BALANCE: a closing balance follows from the one before')
  END;
END;

CREATE TRIGGER period_insert BEFORE INSERT ON period
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM period WHERE period = NEW.period)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: this period is locked already')
    WHEN NOT EXISTS (SELECT 1 FROM day WHERE substr(day, 1, length(NEW.period)) = NEW.period)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: no day of this period was ever opened')
    WHEN EXISTS (SELECT 1 FROM day WHERE substr(day, 1, length(NEW.period)) = NEW.period AND state <> 'closed')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day of this period is not closed yet')
    WHEN length(NEW.period) = 4 AND EXISTS (
        SELECT 1 FROM day WHERE substr(day, 1, 4) = NEW.period
           AND NOT EXISTS (SELECT 1 FROM period WHERE period = substr(day, 1, 7)))
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a month of this year is not locked yet')
    WHEN NEW.head_seq IS NOT (SELECT coalesce(max(id), 0) FROM voucher)
      OR NEW.head_hash IS NOT coalesce((SELECT hash FROM voucher ORDER BY id DESC LIMIT 1),
                                       '0000000000000000000000000000000000000000000000000000000000000000')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a period is locked with its seal')
    WHEN EXISTS (
        SELECT 1 FROM day_balance b JOIN account a ON a.id = b.account
         WHERE substr(b.day, 1, length(NEW.period)) = NEW.period
         GROUP BY a.currency HAVING sum(b.debit_minor) <> sum(b.credit_minor))
      THEN RAISE(ABORT, 'STORNO-UNBALANCED: the trial balance of the period is off')
  END;
END;

-- An entry goes to the voucher after the head and follows its account's chain. What its account allows is
-- checked by the voucher, once for all its entries. Each last row is read by one seek; an aggregate would
-- allocate memory.
CREATE TRIGGER entry_insert BEFORE INSERT ON entry
BEGIN
  SELECT CASE
    WHEN coalesce((SELECT id FROM voucher ORDER BY id DESC LIMIT 1), 0) <> NEW.voucher - 1
      THEN RAISE(FAIL, 'STORNO-SEALED: entries go to the voucher after the head only')
    WHEN (SELECT CASE
        WHEN seq <> NEW.seq - 1
          THEN RAISE(FAIL, 'STORNO-CHAIN-NUMBER: the number must be the chain head plus one')
        WHEN after_minor <> NEW.before_minor
          THEN RAISE(FAIL, 'STORNO-CHAIN-BALANCE: the balance before must be the one after the line before')
        ELSE 1 END FROM entry WHERE account = NEW.account ORDER BY seq DESC LIMIT 1) IS NULL
      AND (NEW.seq <> 1 OR NEW.before_minor <> 0)
      THEN CASE NEW.seq
        WHEN 1 THEN RAISE(FAIL, 'STORNO-CHAIN-BALANCE: the balance before must be the one after the line before')
        ELSE RAISE(FAIL, 'STORNO-CHAIN-NUMBER: the number must be the chain head plus one')
      END
    WHEN NEW.after_minor <> NEW.before_minor + NEW.side * NEW.amount_minor
      THEN RAISE(FAIL, 'STORNO-CHAIN-BALANCE: the balance after must be the one before and the amount')
    -- No entry is of a later voucher than the one after the head, so its lines are the last ones.
    WHEN coalesce((SELECT CASE voucher WHEN NEW.voucher THEN line ELSE 0 END
                     FROM entry ORDER BY voucher DESC, line DESC LIMIT 1), 0) <> NEW.line - 1
      THEN RAISE(FAIL, 'STORNO-APPEND-ONLY: the lines of a voucher are numbered in order')
    -- Without foreign keys nothing would refuse entries whose voucher never comes, and they would stand in the way of the
    -- next one. SQLite's default is off: a writer turns them on before it begins.
    WHEN NEW.line = 1 AND (SELECT foreign_keys FROM pragma_foreign_keys) = 0
      THEN RAISE(FAIL, 'STORNO-FOREIGN-KEYS: writers run PRAGMA foreign_keys = ON first')
  END;
END;

-- The voucher closes its entries, and everything about it as a whole is checked here. Its id is left out
-- by the writer, hence -1 here.
CREATE TRIGGER voucher_insert BEFORE INSERT ON voucher
BEGIN
  UPDATE correction_guard
     SET case_no = NEW.case_no, maker = NEW.maker, checker = NEW.checker, reverses = NEW.reverses, mode = NEW.mode,
         trade = NEW.trade, event = NEW.event, accounting_date = NEW.accounting_date
   WHERE n = 1 AND (NEW.case_no IS NOT NULL OR NEW.reverses IS NOT NULL);
  SELECT CASE
    WHEN NEW.id <> -1 AND NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM voucher)
      THEN RAISE(FAIL, 'STORNO-VOUCHER-NUMBER: the place must be the head plus one')
    WHEN coalesce((SELECT hash FROM voucher ORDER BY id DESC LIMIT 1),
                  '0000000000000000000000000000000000000000000000000000000000000000') <> NEW.prev_hash
      THEN RAISE(FAIL, 'STORNO-PREVIOUS-HASH: the previous hash must be the head''s')
  END;
  SELECT RAISE(FAIL, 'STORNO-VOUCHER-CONFLICT: this voucher number is there already')
    FROM voucher WHERE voucher_no = NEW.voucher_no;
  -- One walk over the entries: each by itself, and what they come to.
  SELECT CASE
    WHEN count(*) < 2
      THEN RAISE(FAIL, 'STORNO-TOO-FEW-ENTRIES: a voucher has at least two entries')
    WHEN sum(CASE
        WHEN a.status <> 'active'
          THEN RAISE(FAIL, 'STORNO-ACCOUNT-NOT-ACTIVE: the account is frozen or closed')
        WHEN a.currency <> e.currency
          THEN RAISE(FAIL, 'STORNO-CURRENCY: the account is in another currency')
        WHEN a.id IS NULL
          THEN RAISE(FAIL, 'STORNO-ACCOUNT-UNKNOWN: no such account')
        -- What counts is where the voucher leaves the account; that its last entry is of this voucher, its number says.
        WHEN e.after_minor * a.normal < a.floor_minor AND NEW.kind <> 'import'
          AND NOT EXISTS (SELECT 1 FROM entry c WHERE c.account = e.account AND c.seq > e.seq)
          AND (SELECT sum(c.side * c.amount_minor) FROM entry c WHERE c.voucher = e.voucher AND c.account = e.account) * a.normal < 0
          THEN RAISE(FAIL, 'STORNO-FLOOR: an account would fall below its floor')
        WHEN e.mode <> 'normal' AND (NEW.kind = 'post' OR NEW.kind = 'repost' OR NEW.kind = 'supplement')
          THEN RAISE(FAIL, 'STORNO-MODE: a posting has normal entries')
        -- In the ledger's currency alone the sum settles it; otherwise each currency must balance by itself.
        WHEN e.currency <> (SELECT value FROM setting WHERE name = 'currency') AND EXISTS (
            SELECT 1 FROM entry c WHERE c.voucher = e.voucher GROUP BY c.currency HAVING sum(c.side * c.amount_minor) <> 0)
          THEN RAISE(FAIL, 'STORNO-UNBALANCED: debits and credits differ')
        ELSE e.side * e.amount_minor END) <> 0
      THEN RAISE(FAIL, 'STORNO-UNBALANCED: debits and credits differ')
  END FROM entry e LEFT JOIN account a ON a.id = e.account
   WHERE e.voucher = coalesce((SELECT id FROM voucher ORDER BY id DESC LIMIT 1), 0) + 1;
  SELECT CASE
    WHEN NOT EXISTS (SELECT 1 FROM day WHERE day = NEW.accounting_date AND state = 'open')
      THEN RAISE(FAIL, 'STORNO-DAY-NOT-OPEN: the accounting date is not open')
    WHEN NEW.event / 8 IS NOT NEW.trade AND NEW.event IS NOT NULL
      THEN RAISE(FAIL, 'STORNO-BAD-VALUE: the event is not of this trade')
    WHEN (NEW.reverses IS NOT NULL) <> (NEW.kind = 'reverse')
      THEN RAISE(FAIL, 'STORNO-BAD-VALUE: a reversal names its original, nothing else does')
    WHEN NEW.mode <> 'normal' AND NEW.kind <> 'reverse' AND (NEW.mode = 'wipe' OR NEW.mode = 'red' OR NEW.mode = 'blue')
      THEN RAISE(FAIL, 'STORNO-MODE: only a reversal wipes, or is red or blue')
    WHEN NEW.kind = 'post' OR NEW.kind = 'supplement' OR NEW.kind = 'repost'
      THEN CASE
        WHEN (SELECT live FROM event WHERE id = NEW.event) > 0
          THEN RAISE(FAIL, 'STORNO-ALREADY-POSTED: the event has a live posting')
        WHEN NEW.event IS NULL
          THEN RAISE(FAIL, 'STORNO-BAD-VALUE: a posting books an event')
        WHEN NEW.case_no IS NULL AND NEW.kind = 'repost'
          THEN RAISE(FAIL, 'STORNO-CASE-REQUIRED: a correction belongs to a case')
      END
    WHEN NEW.case_no IS NULL AND NEW.kind <> 'import'
      THEN RAISE(FAIL, 'STORNO-CASE-REQUIRED: a correction belongs to a case')
  END;
END;

-- What concerns corrections alone; run by voucher_insert.
CREATE TRIGGER voucher_correction BEFORE UPDATE ON correction_guard
BEGIN
  SELECT CASE
    WHEN NEW.case_no IS NULL
      THEN NULL
    WHEN (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND (NEW.checker IS NULL OR NEW.checker = NEW.maker COLLATE NOCASE)
      THEN RAISE(FAIL, 'STORNO-FOUR-EYES: the checker is another person than the maker')
    WHEN NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND NEW.maker = c.maker AND NEW.checker IS c.checker
           AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(FAIL, 'STORNO-CASE-STATE: the case is not approved')
  END;
  SELECT CASE
    WHEN NEW.reverses IS NULL
      THEN NULL
    WHEN EXISTS (SELECT 1 FROM voucher WHERE reverses = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-ALREADY-REVERSED: the voucher was reversed already')
    WHEN NOT EXISTS (SELECT 1 FROM voucher WHERE id = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-NOT-FOUND: no such voucher to reverse')
    WHEN (SELECT kind FROM voucher WHERE id = NEW.reverses) = 'reverse'
      THEN RAISE(FAIL, 'STORNO-REVERSAL-OF-REVERSAL: a reversal is not reversed')
    WHEN EXISTS (SELECT 1 FROM open_item o WHERE o.voucher = NEW.reverses AND o.cleared_by IS NOT NULL
                  AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = o.cleared_by))
      THEN RAISE(FAIL, 'STORNO-OPEN-ITEM: what was cleared from suspense is not taken back from there')
    WHEN NEW.accounting_date < (SELECT accounting_date FROM voucher WHERE id = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-REVERSAL-DATE: a reversal is not dated before its original')
    WHEN (NEW.mode <> 'wipe' AND NEW.mode <> 'red' AND NEW.mode <> 'blue')
      OR (NEW.mode = 'wipe' AND NEW.accounting_date <> (SELECT accounting_date FROM voucher WHERE id = NEW.reverses))
      OR (NEW.mode = 'red' AND CAST(NEW.accounting_date AS INTEGER)
                            <> (SELECT CAST(accounting_date AS INTEGER) FROM voucher WHERE id = NEW.reverses))
      THEN RAISE(FAIL, 'STORNO-MODE: the mode does not fit the dates')
    WHEN NEW.trade IS NOT (SELECT trade FROM voucher WHERE id = NEW.reverses)
      OR NEW.event IS NOT (SELECT event FROM voucher WHERE id = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-NOT-MIRROR: a reversal is of the same trade and event')
    WHEN EXISTS (
        SELECT 1 FROM entry o LEFT JOIN entry r ON r.voucher = (SELECT max(id) + 1 FROM voucher) AND r.line = o.line
         WHERE o.voucher = NEW.reverses
           AND NOT (r.line IS NOT NULL AND r.mode = NEW.mode
                    AND (r.account = o.account
                      -- Profit and loss of an earlier year goes to the prior-year adjustment account, which is equity.
                      OR (NEW.mode = 'blue'
                        AND CAST(NEW.accounting_date AS INTEGER) > (SELECT CAST(accounting_date AS INTEGER) FROM voucher WHERE id = NEW.reverses)
                        AND (SELECT class = 'income' OR class = 'expense' FROM account WHERE id = o.account)
                        AND (SELECT class = 'equity' FROM account WHERE id = r.account)))
                    AND ((NEW.mode = 'red' AND r.side = o.side AND r.amount_minor = -o.amount_minor)
                      OR (NEW.mode <> 'red' AND r.side = -o.side AND r.amount_minor = o.amount_minor))))
      OR (SELECT count(*) FROM entry WHERE voucher = (SELECT max(id) + 1 FROM voucher))
         <> (SELECT count(*) FROM entry WHERE voucher = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-NOT-MIRROR: a reversal mirrors its original line by line')
  END;
  SELECT RAISE(IGNORE);
END;

-- Updates the event's count of live vouchers; the event's own guard recounts.
CREATE TRIGGER voucher_counts AFTER INSERT ON voucher
WHEN NEW.event IS NOT NULL AND (NEW.kind = 'post' OR NEW.kind = 'repost' OR NEW.kind = 'supplement' OR NEW.kind = 'import'
  OR NEW.kind = 'reverse')
BEGIN
  UPDATE event SET live = live + CASE
      WHEN NEW.kind <> 'reverse' THEN 1
      WHEN (SELECT o.kind = 'post' OR o.kind = 'repost' OR o.kind = 'supplement' OR o.kind = 'import'
              FROM voucher o WHERE o.id = NEW.reverses) THEN -1
      ELSE 0 END
   WHERE id = NEW.event;
END;

CREATE TRIGGER open_item_insert BEFORE INSERT ON open_item
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM open_item WHERE voucher = NEW.voucher)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the voucher has its open item already')
    WHEN NEW.cleared_by IS NOT NULL
      OR (SELECT kind FROM voucher WHERE id = NEW.voucher) IS NOT 'park'
      OR (SELECT s.suspense FROM account a JOIN subject s ON s.code = a.subject WHERE a.id = NEW.account) IS NOT 1
      OR (SELECT sum(side * amount_minor) FROM entry WHERE voucher = NEW.voucher AND account = NEW.account) IS NOT NEW.amount_minor
      THEN RAISE(ABORT, 'STORNO-OPEN-ITEM: an item is what its voucher put on a suspense account')
  END;
END;

CREATE TRIGGER open_item_moves BEFORE UPDATE ON open_item
BEGIN
  SELECT CASE
    WHEN NEW.voucher IS NOT OLD.voucher OR NEW.account IS NOT OLD.account OR NEW.amount_minor IS NOT OLD.amount_minor
      OR NEW.cleared_by IS NULL
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: what an open item is never changes')
    WHEN EXISTS (SELECT 1 FROM voucher WHERE reverses = OLD.voucher)
      OR (OLD.cleared_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM voucher WHERE reverses = OLD.cleared_by))
      THEN RAISE(ABORT, 'STORNO-OPEN-ITEM: the item is not open')
    WHEN (SELECT kind FROM voucher WHERE id = NEW.cleared_by) IS NOT 'unpark'
      OR (SELECT sum(side * amount_minor) FROM entry WHERE voucher = NEW.cleared_by AND account = OLD.account)
         IS NOT -OLD.amount_minor
      THEN RAISE(ABORT, 'STORNO-OPEN-ITEM: an item is cleared once, whole, by a voucher of its own')
  END;
END;

CREATE TRIGGER case_insert BEFORE INSERT ON case_file
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM case_file) OR EXISTS (SELECT 1 FROM case_file WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: cases are numbered in order')
    WHEN NEW.state NOT IN ('open', 'staged') OR NEW.checker IS NOT NULL OR NEW.decided_at IS NOT NULL
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: a case starts open')
  END;
END;

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

CREATE TRIGGER case_finding_insert BEFORE INSERT ON case_finding
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM case_finding WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: what a case is about is numbered in order')
    WHEN coalesce((SELECT state FROM case_file WHERE case_no = NEW.case_no), '') NOT IN ('open', 'staged', 'rejected')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case takes no findings now')
    WHEN NEW.n = 1 AND NOT EXISTS (SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND c.trade IS NEW.trade AND c.finding IS NEW.finding)
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: the first finding of a case is the one it was opened for')
    WHEN NEW.again = 0 AND NEW.finding IS NOT NULL AND EXISTS (
        SELECT 1 FROM case_finding f JOIN case_file c ON c.case_no = f.case_no
         WHERE f.finding = NEW.finding AND c.state NOT IN ('committed', 'withdrawn'))
      THEN RAISE(ABORT, 'STORNO-HELD: a case that is not over holds the finding')
  END;
END;

CREATE TRIGGER case_check_insert BEFORE INSERT ON case_check
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM case_check WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the ticks of a case are numbered in order')
    WHEN coalesce((SELECT state FROM case_file WHERE case_no = NEW.case_no), '') NOT IN ('open', 'staged', 'rejected')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case takes no ticks now')
  END;
END;

CREATE TRIGGER step_insert BEFORE INSERT ON case_step
BEGIN
  SELECT CASE
    WHEN NEW.step <> (SELECT coalesce(max(step), 0) + 1 FROM case_step WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: steps are numbered in order')
    WHEN coalesce((SELECT state FROM case_file WHERE case_no = NEW.case_no), '') NOT IN ('open', 'staged', 'rejected')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case takes no steps now')
  END;
END;

CREATE TRIGGER step_moves BEFORE UPDATE ON case_step
BEGIN
  SELECT CASE
    WHEN NEW.case_no IS NOT OLD.case_no OR NEW.step IS NOT OLD.step OR NEW.body IS NOT OLD.body
      OR NEW.added_at IS NOT OLD.added_at OR NEW.operator IS NOT OLD.operator
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: a staged step is dropped or restored, not changed')
    WHEN coalesce((SELECT state FROM case_file WHERE case_no = NEW.case_no), '') NOT IN ('open', 'staged', 'rejected')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case takes no steps now')
  END;
END;
