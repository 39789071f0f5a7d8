-- Storno ledger, schema version 4: statements of the accounts that banks and channels keep for us (银行对账单, 资金账单, 账务明细).

-- One day of an account statement; a file of several days has a row for each. account: the books' account; number: the account's
-- number at the holder, empty if it has none; until: its last instant, if that is before the end of the day. Balances are NULL where
-- the file tells none.
CREATE TABLE account_statement (
  id            INTEGER PRIMARY KEY,
  account       TEXT NOT NULL REFERENCES account (code),
  number        TEXT NOT NULL,
  day           TEXT NOT NULL CHECK (length(day) = 10),
  until         TEXT,
  sequence      TEXT,
  opening_minor INTEGER,
  closing_minor INTEGER,
  sum_minor     INTEGER NOT NULL,
  rows          INTEGER NOT NULL CHECK (rows >= 0),
  format        TEXT NOT NULL,
  file          TEXT NOT NULL,
  fingerprint   TEXT NOT NULL,
  imported_at   TEXT NOT NULL,
  operator      TEXT NOT NULL,
  CHECK ((opening_minor IS NULL) = (closing_minor IS NULL)),
  CHECK (opening_minor IS NULL OR opening_minor + sum_minor = closing_minor)
) STRICT;
CREATE INDEX account_statement_day ON account_statement (account, day);
CREATE INDEX account_statement_file ON account_statement (fingerprint);

-- Its lines, oldest first. amount_minor: positive if money came in; channel_no: the holder's number of the trade; reference: ours.
CREATE TABLE account_line (
  statement     INTEGER NOT NULL REFERENCES account_statement (id) DEFERRABLE INITIALLY DEFERRED,
  n             INTEGER NOT NULL,
  line          INTEGER NOT NULL,
  time          TEXT,
  value_day     TEXT CHECK (length(value_day) = 10),
  amount_minor  INTEGER NOT NULL CHECK (amount_minor BETWEEN -1000000000000000 AND 1000000000000000),
  balance_minor INTEGER,
  kind          TEXT NOT NULL CHECK ((kind = 'payment' OR kind = 'refund' OR kind = 'fee' OR kind = 'payout' OR kind = 'top_up'
                  OR kind = 'transfer' OR kind = 'sharing' OR kind = 'reserve' OR kind = 'interest' OR kind = 'dispute'
                  OR kind = 'compensation' OR kind = 'correction' OR kind = 'other')),
  words         TEXT NOT NULL,
  number        TEXT NOT NULL,
  channel_no    TEXT,
  reference     TEXT,
  batch         TEXT,
  counterparty  TEXT NOT NULL,
  text          TEXT NOT NULL,
  PRIMARY KEY (statement, n)
) STRICT, WITHOUT ROWID;

-- How an account statement ends: replaced by another or withdrawn. The highest n is in force; one without a row stands.
CREATE TABLE account_statement_change (
  statement    INTEGER NOT NULL REFERENCES account_statement (id) DEFERRABLE INITIALLY DEFERRED,
  n            INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK ((state = 'replaced' OR state = 'withdrawn')),
  by_statement INTEGER REFERENCES account_statement (id) DEFERRABLE INITIALLY DEFERRED,
  reason       TEXT NOT NULL,
  at           TEXT NOT NULL,
  operator     TEXT NOT NULL,
  PRIMARY KEY (statement, n),
  CHECK ((state = 'replaced') = (by_statement IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE VIEW standing_account_statement AS
SELECT s.* FROM account_statement s
 WHERE NOT EXISTS (SELECT 1 FROM account_statement_change c WHERE c.statement = s.id);

CREATE TRIGGER account_statement_no_update BEFORE UPDATE ON account_statement
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_statement rows are never changed'); END;

CREATE TRIGGER account_statement_no_delete BEFORE DELETE ON account_statement
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_statement rows are never deleted'); END;

CREATE TRIGGER account_line_no_update BEFORE UPDATE ON account_line
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_line rows are never changed'); END;

CREATE TRIGGER account_line_no_delete BEFORE DELETE ON account_line
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_line rows are never deleted'); END;

CREATE TRIGGER account_statement_change_no_update BEFORE UPDATE ON account_statement_change
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_statement_change rows are never changed'); END;

CREATE TRIGGER account_statement_change_no_delete BEFORE DELETE ON account_statement_change
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_statement_change rows are never deleted'); END;

-- Lines come before the row of their statement, which closes them.
CREATE TRIGGER account_line_order BEFORE INSERT ON account_line
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM account_line WHERE statement = NEW.statement)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the lines of a statement are numbered in order')
    WHEN EXISTS (SELECT 1 FROM account_statement WHERE id = NEW.statement)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the statement is complete')
  END;
END;

CREATE TRIGGER account_statement_adds_up BEFORE INSERT ON account_statement
BEGIN
  SELECT CASE
    WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM account_statement)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: account statements are numbered in order')
    WHEN NEW.rows <> (SELECT count(*) FROM account_line WHERE statement = NEW.id)
      OR NEW.sum_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM account_line WHERE statement = NEW.id)
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: the lines are not what the statement says')
    WHEN EXISTS (SELECT 1 FROM standing_account_statement s WHERE s.account = NEW.account AND s.day = NEW.day AND s.number = NEW.number)
      THEN RAISE(ABORT, 'STORNO-BILL-CONFLICT: another statement of the account and day stands')
  END;
END;

-- A statement ends once; another one of its account and day takes its place.
CREATE TRIGGER account_statement_change_moves BEFORE INSERT ON account_statement_change
BEGIN
  SELECT CASE
    WHEN NEW.n <> 1 OR EXISTS (SELECT 1 FROM account_statement_change WHERE statement = NEW.statement)
      THEN RAISE(ABORT, 'STORNO-BILL-STATE: the statement has ended')
    WHEN NOT EXISTS (SELECT 1 FROM account_statement WHERE id = NEW.statement)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: there is no such statement')
    WHEN NEW.by_statement <= NEW.statement
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a later statement takes its place')
  END;
END;
