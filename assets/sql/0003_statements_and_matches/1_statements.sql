-- Storno ledger, schema version 3: what a channel's statement covers and how it ends, what the channel pays, and matches that
-- people decide.

-- What a statement covers. covers: which lines; until: its own last instant, if that is before the end of the day; last_day: of a
-- statement of several days; currency: NULL if it may hold several.
ALTER TABLE statement ADD COLUMN covers TEXT NOT NULL DEFAULT 'all'
  CHECK ((covers = 'all' OR covers = 'payments' OR covers = 'refunds' OR covers = 'recharge_refunds'));
ALTER TABLE statement ADD COLUMN sub_merchant TEXT;
ALTER TABLE statement ADD COLUMN last_day TEXT CHECK (length(last_day) = 10);
ALTER TABLE statement ADD COLUMN until TEXT;
ALTER TABLE statement ADD COLUMN currency TEXT CHECK (length(currency) = 3);

-- The merchant number (商户号, 特约商户号) that a line names, who bears which discount of it, and what the channel notes of its state
-- (CHANGE: the refund did not reach the customer). What the channel pays is amount_minor without merchant_discount_minor.
ALTER TABLE statement_line ADD COLUMN merchant_no TEXT;
ALTER TABLE statement_line ADD COLUMN merchant_discount_minor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE statement_line ADD COLUMN channel_discount_minor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE statement_line ADD COLUMN trouble TEXT;

-- The merchant number that a trade went by, and the channel's own number of it, where the trade layer tells them.
ALTER TABLE trade ADD COLUMN merchant_no TEXT;
ALTER TABLE trade ADD COLUMN channel_no TEXT;

-- How a statement ends: replaced by another or withdrawn. held: imported, and waiting for its case. The highest n is in force; a
-- statement without a row stands.
CREATE TABLE statement_change (
  statement    INTEGER NOT NULL REFERENCES statement (id) DEFERRABLE INITIALLY DEFERRED,
  n            INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK ((state = 'held' OR state = 'standing' OR state = 'replaced' OR state = 'withdrawn')),
  by_statement INTEGER REFERENCES statement (id) DEFERRABLE INITIALLY DEFERRED,
  case_no      TEXT,
  reason       TEXT NOT NULL,
  at           TEXT NOT NULL,
  operator     TEXT NOT NULL,
  PRIMARY KEY (statement, n),
  CHECK ((state = 'replaced') = (by_statement IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER statement_change_no_update BEFORE UPDATE ON statement_change
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: statement_change rows are never changed'); END;

CREATE TRIGGER statement_change_no_delete BEFORE DELETE ON statement_change
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: statement_change rows are never deleted'); END;

CREATE TRIGGER statement_change_once BEFORE INSERT ON statement_change
WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM statement_change WHERE statement = NEW.statement)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: the changes of a statement are numbered in order'); END;

-- Statements that stand, and their lines: only these count.
CREATE VIEW standing_statement AS
SELECT s.* FROM statement s
 WHERE coalesce((SELECT c.state FROM statement_change c WHERE c.statement = s.id ORDER BY c.n DESC LIMIT 1), 'standing') = 'standing';

CREATE VIEW standing_line AS
SELECT l.* FROM statement_line l
 WHERE coalesce((SELECT c.state FROM statement_change c WHERE c.statement = l.statement ORDER BY c.n DESC LIMIT 1), 'standing') = 'standing';

-- What views read of a version of the channels (channel_set). cut_minute: minute of the day at which its business day ends, 1440 is
-- midnight; ready_minute: minute of the next day from which its statement can be fetched.
CREATE TABLE channel_fact (
  version      INTEGER NOT NULL,
  channel      TEXT NOT NULL,
  cut_minute   INTEGER NOT NULL CHECK (cut_minute BETWEEN 1 AND 1440),
  ready_minute INTEGER,
  PRIMARY KEY (version, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE channel_merchant (
  version  INTEGER NOT NULL,
  channel  TEXT NOT NULL,
  merchant TEXT NOT NULL,
  PRIMARY KEY (version, channel, merchant)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER channel_fact_no_update BEFORE UPDATE ON channel_fact
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_fact rows are never changed'); END;

CREATE TRIGGER channel_fact_no_delete BEFORE DELETE ON channel_fact
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_fact rows are never deleted'); END;

CREATE TRIGGER channel_merchant_no_update BEFORE UPDATE ON channel_merchant
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_merchant rows are never changed'); END;

CREATE TRIGGER channel_merchant_no_delete BEFORE DELETE ON channel_merchant
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_merchant rows are never deleted'); END;

CREATE VIEW channel_now AS
SELECT channel, cut_minute, ready_minute FROM channel_fact WHERE version = (SELECT coalesce(max(version), 0) FROM channel_set);

-- That a trade and a line belong together, decided by a person. A line is named by what stays through another import of it. The
-- highest n of a trade is in force.
CREATE TABLE match_decision (
  trade      INTEGER NOT NULL REFERENCES trade (id),
  n          INTEGER NOT NULL,
  verb       TEXT NOT NULL CHECK ((verb = 'match' OR verb = 'undo')),
  line_kind  TEXT NOT NULL,
  channel_no TEXT NOT NULL,
  case_no    TEXT,
  reason     TEXT NOT NULL,
  at         TEXT NOT NULL,
  operator   TEXT NOT NULL,
  PRIMARY KEY (trade, n)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER match_decision_no_update BEFORE UPDATE ON match_decision
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: match_decision rows are never changed'); END;

CREATE TRIGGER match_decision_no_delete BEFORE DELETE ON match_decision
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: match_decision rows are never deleted'); END;

CREATE TRIGGER match_decision_once BEFORE INSERT ON match_decision
WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM match_decision WHERE trade = NEW.trade)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: the decisions on a trade are numbered in order'); END;

-- Days of a channel with trades, and those of a merchant number, each found with one seek a day.
DROP INDEX trade_day;
CREATE INDEX trade_day ON trade (business_date, channel);
CREATE INDEX trade_number ON trade (channel, merchant_no, business_date) WHERE merchant_no IS NOT NULL;

-- A case may decide about a statement alone.
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
