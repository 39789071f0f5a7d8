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

-- By how many minutes a channel's clock is ahead of the ledger's, from a moment on (seconds since 1970, UTC) until the next row. A
-- channel whose clock is the ledger's has none.
CREATE TABLE channel_shift (
  version INTEGER NOT NULL,
  channel TEXT NOT NULL,
  since   INTEGER NOT NULL,
  minutes INTEGER NOT NULL CHECK (minutes BETWEEN -1560 AND 1560),
  PRIMARY KEY (version, channel, since)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER channel_shift_no_update BEFORE UPDATE ON channel_shift
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_shift rows are never changed'); END;

CREATE TRIGGER channel_shift_no_delete BEFORE DELETE ON channel_shift
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_shift rows are never deleted'); END;

CREATE TRIGGER channel_fact_no_update BEFORE UPDATE ON channel_fact
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_fact rows are never changed'); END;

CREATE TRIGGER channel_fact_no_delete BEFORE DELETE ON channel_fact
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_fact rows are never deleted'); END;

CREATE TRIGGER channel_merchant_no_update BEFORE UPDATE ON channel_merchant
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_merchant rows are never changed'); END;

CREATE TRIGGER channel_merchant_no_delete BEFORE DELETE ON channel_merchant
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_merchant rows are never deleted'); END;

-- plain: its business day is that of the ledger's clock.
CREATE VIEW channel_now AS
SELECT f.channel, f.cut_minute, f.ready_minute,
       f.cut_minute = 1440 AND NOT EXISTS (SELECT 1 FROM channel_shift x WHERE x.version = f.version AND x.channel = f.channel) AS plain
  FROM channel_fact f WHERE f.version = (SELECT coalesce(max(version), 0) FROM channel_set);

CREATE VIEW channel_shift_now AS
SELECT x.channel, x.since, x.minutes FROM channel_shift x WHERE x.version = (SELECT coalesce(max(version), 0) FROM channel_set);

-- That a trade and a line belong together, decided by a person. A line is named by what stays through another import of it. The
-- last of a trade that counts is in force.
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

