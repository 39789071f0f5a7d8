-- Storno ledger, schema version 3: whether the ledger stands beside an older system or is the books, and the vouchers of that system
-- that people accepted.

-- begin: the ledger was made as the books; ask: the first of two people wants to end the takeover; end: it is over, and the ledger is
-- the books. Without a row of begin or end it stands beside an older system, whose journals come in.
CREATE TABLE takeover (
  n        INTEGER PRIMARY KEY,
  verb     TEXT NOT NULL CHECK ((verb = 'begin' OR verb = 'ask' OR verb = 'end')),
  reason   TEXT NOT NULL,
  at       TEXT NOT NULL,
  operator TEXT NOT NULL
) STRICT;

CREATE TRIGGER takeover_no_update BEFORE UPDATE ON takeover
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: takeover rows are never changed'); END;

CREATE TRIGGER takeover_no_delete BEFORE DELETE ON takeover
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: takeover rows are never deleted'); END;

CREATE TRIGGER takeover_once BEFORE INSERT ON takeover
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM takeover)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the rows of the takeover are numbered in order')
    WHEN EXISTS (SELECT 1 FROM takeover WHERE verb = 'begin' OR verb = 'end')
      THEN RAISE(ABORT, 'STORNO-TAKEN-OVER: the ledger is the books, and stays so')
    WHEN NEW.verb = 'begin' AND (NEW.n <> 1 OR EXISTS (SELECT 1 FROM voucher))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a ledger begins as the books before anything is in it')
    WHEN NEW.verb = 'end' AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND NOT EXISTS (SELECT 1 FROM takeover WHERE verb = 'ask' AND lower(operator) <> lower(NEW.operator))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: two people end the takeover')
  END;
END;

-- Vouchers of the older system that no trade explains and somebody accepted, such as its opening balances.
CREATE TABLE accepted_voucher (
  voucher  INTEGER PRIMARY KEY REFERENCES voucher (id),
  reason   TEXT NOT NULL,
  at       TEXT NOT NULL,
  operator TEXT NOT NULL
) STRICT;

CREATE TRIGGER accepted_voucher_no_update BEFORE UPDATE ON accepted_voucher
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: accepted_voucher rows are never changed'); END;

CREATE TRIGGER accepted_voucher_no_delete BEFORE DELETE ON accepted_voucher
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: accepted_voucher rows are never deleted'); END;

CREATE TRIGGER accepted_voucher_once BEFORE INSERT ON accepted_voucher
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM accepted_voucher WHERE voucher = NEW.voucher)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the voucher is accepted already')
    WHEN NOT EXISTS (
        SELECT 1 FROM voucher v WHERE v.id = NEW.voucher AND v.kind = 'import' AND v.event IS NULL AND v.case_no IS NULL
           AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = v.id))
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such voucher without an event')
    WHEN (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND (SELECT lower(maker) FROM voucher WHERE id = NEW.voucher) = lower(NEW.operator)
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: whoever brought a voucher in does not accept it')
  END;
END;

-- Vouchers that findings look for: of the older system, without an event of a trade.
CREATE INDEX voucher_without_event ON voucher (id) WHERE kind = 'import' AND event IS NULL AND case_no IS NULL;
