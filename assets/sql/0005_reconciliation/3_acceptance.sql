-- Storno ledger, schema version 5: findings accepted without booking.

-- What one person alone may accept, by currency: a JSON object of minor units. A guard reads it.
ALTER TABLE policy ADD COLUMN accept_limits TEXT NOT NULL DEFAULT '{}';

-- A finding was accepted without booking (已确认差异), that was taken back, or a case closed the finding. It is about the finding
-- with these facts: `mark` is a digest of them, `facts` shows them as they were seen. The last of a finding that is agreed counts.
CREATE TABLE acceptance (
  n            INTEGER PRIMARY KEY,
  finding      TEXT NOT NULL,
  verb         TEXT NOT NULL CHECK (verb = 'accept' OR verb = 'undo' OR verb = 'close'),
  cause        TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency     TEXT NOT NULL,
  mark         TEXT NOT NULL,
  facts        TEXT NOT NULL,
  until        TEXT,
  reason       TEXT NOT NULL CHECK (reason <> ''),
  note         TEXT NOT NULL,
  file         TEXT,
  fingerprint  TEXT CHECK ((file IS NULL) = (fingerprint IS NULL)),
  agreed       INTEGER NOT NULL CHECK (agreed = 0 OR agreed = 1),
  case_no      TEXT REFERENCES case_file (case_no),
  at           TEXT NOT NULL,
  operator     TEXT NOT NULL
) STRICT;

CREATE INDEX acceptance_finding ON acceptance (finding, n);

-- What is accepted, as far as people are concerned: an acceptance ends as well once the finding has other facts or its day is over.
CREATE VIEW acceptance_now AS
SELECT a.* FROM acceptance a
 WHERE a.verb = 'accept' AND a.agreed = 1
   AND NOT EXISTS (SELECT 1 FROM acceptance x WHERE x.finding = a.finding AND x.n > a.n AND x.agreed = 1);

-- What one person has accepted and a second one has not yet.
CREATE VIEW acceptance_asked AS
SELECT a.* FROM acceptance a
 WHERE a.agreed = 0 AND NOT EXISTS (SELECT 1 FROM acceptance x WHERE x.finding = a.finding AND x.n > a.n);

CREATE TRIGGER acceptance_no_update BEFORE UPDATE ON acceptance
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: acceptance rows are never changed'); END;

CREATE TRIGGER acceptance_no_delete BEFORE DELETE ON acceptance
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: acceptance rows are never deleted'); END;

CREATE TRIGGER acceptance_insert BEFORE INSERT ON acceptance
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM acceptance)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: acceptances are numbered in order')
    WHEN NEW.verb <> 'accept' AND NOT EXISTS (
        SELECT 1 FROM acceptance a WHERE a.finding = NEW.finding AND a.verb = 'accept'
           AND NOT EXISTS (SELECT 1 FROM acceptance x WHERE x.finding = NEW.finding AND x.n > a.n AND x.verb <> 'accept'))
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: the finding was not accepted')
    WHEN NEW.verb = 'close' AND NOT EXISTS (
        SELECT 1 FROM case_finding f JOIN case_file c ON c.case_no = f.case_no
         WHERE f.finding = NEW.finding AND f.case_no = NEW.case_no AND c.state = 'committed')
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no committed case closed the finding')
    WHEN NEW.verb = 'accept' AND EXISTS (
        SELECT 1 FROM case_finding f JOIN case_file c ON c.case_no = f.case_no
         WHERE f.finding = NEW.finding AND c.state <> 'committed' AND c.state <> 'withdrawn')
      THEN RAISE(ABORT, 'STORNO-HELD: a case that is not over holds the finding')
    WHEN NEW.verb = 'accept' AND NEW.agreed = 1
      AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND NEW.amount_minor > coalesce((
        SELECT j.value FROM json_each((SELECT accept_limits FROM policy ORDER BY version DESC LIMIT 1)) j WHERE j.key = NEW.currency), -1)
      AND NOT EXISTS (
        SELECT 1 FROM acceptance a WHERE a.finding = NEW.finding AND a.verb = 'accept' AND a.agreed = 0 AND a.mark = NEW.mark
           AND a.amount_minor = NEW.amount_minor AND a.currency = NEW.currency AND a.until IS NEW.until AND a.reason = NEW.reason
           AND lower(a.operator) <> lower(NEW.operator) AND NOT EXISTS (SELECT 1 FROM acceptance x WHERE x.finding = NEW.finding AND x.n > a.n))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: a second person accepts the same')
  END;
END;
