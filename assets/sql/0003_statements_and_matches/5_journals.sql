-- Storno ledger, schema version 3: journals that were imported into a case. A ledger that is the books takes them in no other way.

-- The vouchers of such a file are steps of its case, first_step and those that follow it, and are booked when the case is committed.
CREATE TABLE journal_file (
  case_no     TEXT NOT NULL REFERENCES case_file (case_no),
  n           INTEGER NOT NULL,
  file        TEXT NOT NULL,
  fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 64),
  first_step  INTEGER NOT NULL,
  vouchers    INTEGER NOT NULL CHECK (vouchers > 0),
  at          TEXT NOT NULL,
  operator    TEXT NOT NULL,
  PRIMARY KEY (case_no, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_file_fingerprint ON journal_file (fingerprint);

CREATE TRIGGER journal_file_no_update BEFORE UPDATE ON journal_file
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: journal_file rows are never changed'); END;

CREATE TRIGGER journal_file_no_delete BEFORE DELETE ON journal_file
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: journal_file rows are never deleted'); END;

CREATE TRIGGER journal_file_insert BEFORE INSERT ON journal_file
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM journal_file WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the journals of a case are numbered in order')
    WHEN coalesce((SELECT state FROM case_file WHERE case_no = NEW.case_no), '') NOT IN ('open', 'staged', 'rejected')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case takes no journals now')
    WHEN (SELECT count(*) FROM case_step s WHERE s.case_no = NEW.case_no AND s.dropped = 0
             AND s.step BETWEEN NEW.first_step AND NEW.first_step + NEW.vouchers - 1) <> NEW.vouchers
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: each voucher of a journal is a step of its case')
    -- A file that was dropped from its case, or whose case was withdrawn, may be taken again.
    WHEN EXISTS (
        SELECT 1 FROM journal_file j JOIN case_file c ON c.case_no = j.case_no
          JOIN case_step s ON s.case_no = j.case_no AND s.step = j.first_step
         WHERE j.fingerprint = NEW.fingerprint AND c.state <> 'withdrawn' AND s.dropped = 0)
      THEN RAISE(ABORT, 'STORNO-HELD: a case holds this journal')
  END;
END;

-- Without a case a ledger that is the books takes no journal. Through a case it takes one that was imported into it, and then an
-- account keeps its floor as with every other voucher of a case.
CREATE TRIGGER voucher_of_journal BEFORE INSERT ON voucher WHEN NEW.kind = 'import'
BEGIN
  SELECT RAISE(FAIL, 'STORNO-TAKEN-OVER: the ledger is the books') FROM takeover
   WHERE NEW.case_no IS NULL AND (verb = 'begin' OR verb = 'end');
  SELECT CASE
    WHEN NEW.case_no IS NULL
      THEN NULL
    WHEN NOT EXISTS (SELECT 1 FROM journal_file WHERE case_no = NEW.case_no)
      THEN RAISE(FAIL, 'STORNO-CASE-REQUIRED: no journal was imported into the case')
    WHEN EXISTS (
        SELECT 1 FROM entry e JOIN account a ON a.id = e.account
         WHERE e.voucher = coalesce((SELECT id FROM voucher ORDER BY id DESC LIMIT 1), 0) + 1 AND e.after_minor * a.normal < a.floor_minor
           AND NOT EXISTS (SELECT 1 FROM entry c WHERE c.account = e.account AND c.seq > e.seq)
           AND (SELECT sum(c.side * c.amount_minor) FROM entry c WHERE c.voucher = e.voucher AND c.account = e.account) * a.normal < 0)
      THEN RAISE(FAIL, 'STORNO-FLOOR: an account would fall below its floor')
  END;
END;
