-- Storno ledger, schema version 3: findings that are kept, and what was touched since they were judged.

-- Trades and statements whose findings another row may have changed, in order. What has numbers of its own in order (trades,
-- vouchers, statements, lines, answers, news of later lists) is not repeated here.
CREATE TABLE touched (
  n         INTEGER PRIMARY KEY CHECK (n > 0),
  trade     INTEGER REFERENCES trade (id),
  statement INTEGER,
  CHECK ((trade IS NULL) <> (statement IS NULL))
) STRICT;

CREATE TRIGGER touched_no_update BEFORE UPDATE ON touched
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: touched rows are never changed'); END;

CREATE TRIGGER touched_no_delete BEFORE DELETE ON touched
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: touched rows are never deleted'); END;

CREATE TRIGGER touched_insert BEFORE INSERT ON touched WHEN EXISTS (SELECT 1 FROM touched WHERE n = NEW.n)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: touched rows are numbered in order'); END;

CREATE TRIGGER touched_by_amendment AFTER INSERT ON amendment
BEGIN INSERT INTO touched (trade) VALUES (NEW.trade); END;

-- Statuses that lists tell are news of those lists.
CREATE TRIGGER touched_by_status AFTER INSERT ON trade_status WHEN NEW.file IS NULL
BEGIN INSERT INTO touched (trade) VALUES (NEW.trade); END;

CREATE TRIGGER touched_by_dismissal AFTER INSERT ON claim_dismissal
BEGIN INSERT INTO touched (trade) SELECT w.trade FROM trade_news w WHERE w.n = NEW.claim; END;

CREATE TRIGGER touched_by_decision AFTER INSERT ON match_decision
BEGIN
  INSERT INTO touched (trade) VALUES (NEW.trade);
  -- Other trades of the decided line's reference.
  INSERT INTO touched (trade)
  SELECT o.id FROM trade t JOIN trade o ON o.channel_ref = NEW.channel_ref AND o.channel = t.channel WHERE t.id = NEW.trade AND o.id <> t.id;
END;

CREATE TRIGGER touched_by_change AFTER INSERT ON statement_change
BEGIN INSERT INTO touched (statement) VALUES (NEW.statement); END;

-- What was found, by what was judged: a summary, which may be thrown away at any time and is then made again. Nothing is posted on it.
-- n: the number of the finding about this thing. finding: as JSON; NULL if there is none, but the thing is looked at again.
-- again: the second (Unix time) from which time alone may change it.
CREATE TABLE kept_finding (
  part     TEXT NOT NULL CHECK ((part = 'trade' OR part = 'line' OR part = 'voucher' OR part = 'account' OR part = 'rest')),
  place    INTEGER NOT NULL,
  n        INTEGER NOT NULL,
  finding  TEXT,
  again    INTEGER,
  PRIMARY KEY (part, place, n)
) STRICT, WITHOUT ROWID;

-- How far the kept findings go: the marks of what was judged, by which program and settings, and when, as JSON. n counts how often they
-- were kept, so that of two programs the later one notices that it was overtaken.
CREATE TABLE kept_state (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  n     INTEGER NOT NULL,
  state TEXT NOT NULL
) STRICT;
