-- Storno ledger, schema version 5: days of accounts that were reconciled and signed off (对账确认).

-- That an account agrees with its statements up to a day but for the items that the report lists. The days from first_day on were
-- not signed before. With four eyes on, one person asks and another one signs the same report. The highest n of a day is in force;
-- what was signed before stays. open: items of the report that the other side does not answer on that day. last_voucher: the newest
-- voucher that was known.
CREATE TABLE sign_off (
  id               INTEGER PRIMARY KEY,
  account          TEXT NOT NULL REFERENCES account (code),
  day              TEXT NOT NULL CHECK (length(day) = 10),
  n                INTEGER NOT NULL,
  state            TEXT NOT NULL CHECK ((state = 'asked' OR state = 'signed')),
  first_day        TEXT NOT NULL CHECK (length(first_day) = 10),
  difference_minor INTEGER NOT NULL,
  open             INTEGER NOT NULL CHECK (open >= 0),
  last_voucher     INTEGER NOT NULL,
  report           TEXT NOT NULL CHECK (report <> ''),
  note             TEXT NOT NULL,
  at               TEXT NOT NULL,
  operator         TEXT NOT NULL,
  UNIQUE (account, day, n),
  CHECK (first_day <= day)
) STRICT;

CREATE TRIGGER sign_off_no_update BEFORE UPDATE ON sign_off
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: sign_off rows are never changed'); END;

CREATE TRIGGER sign_off_no_delete BEFORE DELETE ON sign_off
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: sign_off rows are never deleted'); END;

CREATE TRIGGER sign_off_insert BEFORE INSERT ON sign_off
BEGIN
  SELECT CASE
    WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM sign_off)
      OR NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM sign_off WHERE account = NEW.account AND day = NEW.day)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the sign-offs of a day are numbered in order')
    WHEN EXISTS (SELECT 1 FROM sign_off WHERE account = NEW.account AND day > NEW.day AND state = 'signed')
      THEN RAISE(ABORT, 'STORNO-NOT-RECONCILED: a later day of the account is signed off')
    WHEN NOT EXISTS (SELECT 1 FROM standing_account_statement WHERE account = NEW.account AND day <= NEW.day)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no statement of the account stands')
    WHEN NEW.state = 'signed' AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1 AND NOT EXISTS (
        SELECT 1 FROM sign_off s WHERE s.account = NEW.account AND s.day = NEW.day AND s.n = NEW.n - 1 AND s.state = 'asked'
           AND s.report = NEW.report AND lower(s.operator) <> lower(NEW.operator))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: a second person signs the same report')
  END;
END;

-- With four eyes one person alone does not end a statement of a signed day.
CREATE TRIGGER sign_off_rests_on_statements BEFORE INSERT ON account_statement_change
WHEN (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
 AND EXISTS (
   SELECT 1 FROM account_statement o JOIN sign_off s ON s.account = o.account AND s.state = 'signed' AND o.day BETWEEN s.first_day AND s.day
    WHERE o.id = NEW.statement)
 AND NOT EXISTS (
   SELECT 1 FROM account_statement_proposal p
    WHERE p.statement = NEW.statement AND (p.fingerprint IS NULL) = (NEW.state = 'withdrawn') AND lower(p.operator) <> lower(NEW.operator))
BEGIN SELECT RAISE(ABORT, 'STORNO-BILL-RESTS: two people decide about it'); END;
