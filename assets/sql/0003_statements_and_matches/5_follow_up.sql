-- Storno ledger, schema version 3: refunds that did not reach the customer, seen to by a person.

-- That somebody has seen to a refund that did not reach the customer, or that it is open again. It is about what the channel notes of
-- it (trouble) under its own number: another note, or a line that was never told of before, opens it again. The highest n of a trade
-- is in force.
CREATE TABLE follow_up_note (
  trade      INTEGER NOT NULL REFERENCES trade (id),
  n          INTEGER NOT NULL,
  done       INTEGER NOT NULL CHECK (done = 0 OR done = 1),
  channel_no TEXT NOT NULL,
  trouble    TEXT NOT NULL,
  note       TEXT NOT NULL CHECK (note <> ''),
  at         TEXT NOT NULL,
  operator   TEXT NOT NULL,
  PRIMARY KEY (trade, n)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER follow_up_note_no_update BEFORE UPDATE ON follow_up_note
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: follow_up_note rows are never changed'); END;

CREATE TRIGGER follow_up_note_no_delete BEFORE DELETE ON follow_up_note
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: follow_up_note rows are never deleted'); END;

CREATE TRIGGER follow_up_note_insert BEFORE INSERT ON follow_up_note
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM follow_up_note WHERE trade = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the notes about a trade are numbered in order')
    WHEN NOT EXISTS (
        SELECT 1 FROM trade_trouble u JOIN statement_line l ON l.id = u.line
         WHERE u.trade = NEW.trade AND l.channel_no = NEW.channel_no AND l.trouble = NEW.trouble
           AND NEW.done = EXISTS (SELECT 1 FROM trade_follow_up f WHERE f.trade = u.trade AND f.line = u.line))
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such refund is open, or was seen to')
  END;
END;

