-- Storno ledger, schema version 3: what was known when a day closed, so that its pairs stay.

-- The last trade and the last statement that were known when a day closed. A trade of that day or an earlier one and a line that
-- agreed then keep each other; a better fit that comes later is told, and changes nothing. One row a day, whatever its size: which
-- pairs there were follows from what was known.
CREATE TABLE day_known (
  day            TEXT PRIMARY KEY REFERENCES day (day),
  last_trade     INTEGER NOT NULL,
  last_statement INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX day_known_trade ON day_known (last_trade);
CREATE INDEX day_known_statement ON day_known (last_statement);

-- Of days that closed before this was kept: everything that is known now.
INSERT INTO day_known (day, last_trade, last_statement)
SELECT d.day, (SELECT coalesce(max(id), 0) FROM trade), (SELECT coalesce(max(id), 0) FROM statement) FROM day d WHERE d.state = 'closed';

CREATE TRIGGER day_known_no_update BEFORE UPDATE ON day_known
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: day_known rows are never changed'); END;

CREATE TRIGGER day_known_no_delete BEFORE DELETE ON day_known
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: day_known rows are never deleted'); END;

CREATE TRIGGER day_known_once BEFORE INSERT ON day_known
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM day_known WHERE day = NEW.day)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: what was known at the close of a day is written once')
    WHEN NOT EXISTS (SELECT 1 FROM day WHERE day = NEW.day AND state = 'closed')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: the day is not closed')
  END;
END;

CREATE TRIGGER day_closes AFTER UPDATE ON day WHEN NEW.state = 'closed' AND OLD.state <> 'closed'
BEGIN
  INSERT INTO day_known (day, last_trade, last_statement)
  VALUES (NEW.day, (SELECT coalesce(max(id), 0) FROM trade), (SELECT coalesce(max(id), 0) FROM statement));
END;

DROP VIEW trade_own_line;

-- A line and a trade that fit each other: no other line fits the trade, and no other trade fits the line as well. If a day closed
-- between the arrivals of two trades that fit the line, the program decides: what a closed day was signed with stays.
CREATE VIEW trade_own_line AS
SELECT f.trade, f.line
  FROM trade_fits f JOIN statement_line l ON l.id = f.line
 WHERE NOT EXISTS (
        SELECT 1 FROM statement_line x WHERE x.channel_ref = l.channel_ref AND x.channel = l.channel AND x.id <> l.id
           AND EXISTS (SELECT 1 FROM trade_fits g WHERE g.trade = f.trade AND g.line = x.id))
   AND NOT EXISTS (
        SELECT 1 FROM trade o WHERE o.channel_ref = l.channel_ref AND o.channel = l.channel AND o.id <> f.trade
           AND EXISTS (SELECT 1 FROM trade_fits g WHERE g.trade = o.id AND g.line = f.line)
           AND (EXISTS (SELECT 1 FROM day_known k WHERE k.last_trade >= min(o.id, f.trade) AND k.last_trade < max(o.id, f.trade))
             OR EXISTS (SELECT 1 FROM trade_score a JOIN trade_score b WHERE a.trade = o.id AND a.line = f.line AND b.trade = f.trade AND b.line = f.line
                          AND (a.by_key, a.by_status, a.by_amount, a.by_time) <= (b.by_key, b.by_status, b.by_amount, b.by_time))));
