-- Storno ledger, schema version 5: matches of lines and entries of an account that people decide (手工勾对).

-- That lines of an account's statements and the entries of vouchers belong together, or that such a match ends (undo, of the one in
-- undoes). content: JSON, the lines by day, amount, what the holder says of them, and their place among those alike, and the numbers of
-- the vouchers; so it outlives a statement that another one with the same lines replaces. With four eyes on it counts (agreed) once a
-- second person has said the same.
CREATE TABLE account_match (
  id       INTEGER PRIMARY KEY,
  account  TEXT NOT NULL REFERENCES account (code),
  verb     TEXT NOT NULL CHECK ((verb = 'match' OR verb = 'undo')),
  undoes   INTEGER REFERENCES account_match (id),
  content  TEXT NOT NULL,
  agreed   INTEGER NOT NULL CHECK ((agreed = 0 OR agreed = 1)),
  reason   TEXT NOT NULL CHECK (reason <> ''),
  at       TEXT NOT NULL,
  operator TEXT NOT NULL,
  CHECK ((verb = 'undo') = (undoes IS NOT NULL))
) STRICT;
CREATE INDEX account_match_account ON account_match (account);
CREATE INDEX account_match_undoes ON account_match (undoes) WHERE undoes IS NOT NULL;

-- Matches in force.
CREATE VIEW account_match_now AS
SELECT m.* FROM account_match m
 WHERE m.verb = 'match' AND m.agreed = 1 AND NOT EXISTS (SELECT 1 FROM account_match u WHERE u.undoes = m.id AND u.agreed = 1);

CREATE TRIGGER account_match_no_update BEFORE UPDATE ON account_match
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_match rows are never changed'); END;

CREATE TRIGGER account_match_no_delete BEFORE DELETE ON account_match
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_match rows are never deleted'); END;

CREATE TRIGGER account_match_insert BEFORE INSERT ON account_match
BEGIN
  SELECT CASE
    WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM account_match)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: matches are numbered in order')
    WHEN NEW.verb = 'undo' AND NOT EXISTS (SELECT 1 FROM account_match_now m WHERE m.id = NEW.undoes AND m.account = NEW.account)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such match is in force')
    WHEN NEW.agreed = 1 AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1 AND NOT EXISTS (
        SELECT 1 FROM account_match f WHERE f.account = NEW.account AND f.verb = NEW.verb AND f.undoes IS NEW.undoes
           AND f.content = NEW.content AND f.agreed = 0 AND lower(f.operator) <> lower(NEW.operator)
           AND NOT EXISTS (SELECT 1 FROM account_match x WHERE x.id > f.id AND x.account = f.account AND x.verb = f.verb
                              AND x.undoes IS f.undoes AND x.content = f.content AND x.agreed = 1))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: a second person says the same')
  END;
END;

-- With four eyes one person alone does not withdraw a statement with a line that people matched.
CREATE TRIGGER account_match_rests_on_statements BEFORE INSERT ON account_statement_change
WHEN NEW.state = 'withdrawn' AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
 AND NOT EXISTS (
   SELECT 1 FROM account_statement_proposal p
    WHERE p.statement = NEW.statement AND p.fingerprint IS NULL AND lower(p.operator) <> lower(NEW.operator))
 AND EXISTS (
   SELECT 1 FROM account_statement o JOIN account_match_now m ON m.account = o.account, json_each(m.content, '$.lines') j
    WHERE o.id = NEW.statement AND json_extract(j.value, '$.day') = o.day
      AND EXISTS (SELECT 1 FROM account_line l WHERE l.statement = o.id AND l.amount_minor = json_extract(j.value, '$.amount_minor')))
BEGIN SELECT RAISE(ABORT, 'STORNO-BILL-RESTS: two people decide about it'); END;
