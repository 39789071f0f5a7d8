-- Storno ledger, schema version 5: account statements as evidence.

-- What one person proposes about an account statement on which something rests, or that two people withdrew: that a file (fingerprint)
-- takes its place or, without one, that it is withdrawn. With four eyes it takes another person, who does the same.
CREATE TABLE account_statement_proposal (
  n           INTEGER PRIMARY KEY,
  statement   INTEGER NOT NULL REFERENCES account_statement (id),
  fingerprint TEXT,
  file        TEXT,
  reason      TEXT NOT NULL,
  at          TEXT NOT NULL,
  operator    TEXT NOT NULL,
  CHECK ((fingerprint IS NULL) = (file IS NULL))
) STRICT;
CREATE INDEX account_statement_proposal_of ON account_statement_proposal (statement);
CREATE INDEX account_statement_change_by ON account_statement_change (by_statement) WHERE by_statement IS NOT NULL;

CREATE TRIGGER account_statement_proposal_no_update BEFORE UPDATE ON account_statement_proposal
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_statement_proposal rows are never changed'); END;

CREATE TRIGGER account_statement_proposal_no_delete BEFORE DELETE ON account_statement_proposal
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_statement_proposal rows are never deleted'); END;

CREATE TRIGGER account_statement_proposal_insert BEFORE INSERT ON account_statement_proposal
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM account_statement_proposal)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: proposals are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM account_statement WHERE id = NEW.statement)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: there is no such statement')
    WHEN EXISTS (SELECT 1 FROM account_statement_change c WHERE c.statement = NEW.statement AND (c.state = 'replaced' OR NEW.fingerprint IS NULL))
      THEN RAISE(ABORT, 'STORNO-BILL-STATE: the statement has ended')
  END;
END;

-- With four eyes one person alone does not withdraw a statement whose day is closed, from whose balance the next one goes on, or on whose
-- lines a case rests. Cases are searched from their vouchers, which are few beside the lines.
CREATE TRIGGER account_statement_change_by_two BEFORE INSERT ON account_statement_change
WHEN NEW.state = 'withdrawn' AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
 AND NOT EXISTS (
   SELECT 1 FROM account_statement_proposal p
    WHERE p.statement = NEW.statement AND p.fingerprint IS NULL AND lower(p.operator) <> lower(NEW.operator))
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM account_statement o JOIN day d ON d.day = o.day AND d.state = 'closed' WHERE o.id = NEW.statement)
      OR EXISTS (
        SELECT 1 FROM account_statement o WHERE o.id = NEW.statement AND o.closing_minor = (
            SELECT x.opening_minor FROM standing_account_statement x
             WHERE x.account = o.account AND x.number = o.number AND x.day > o.day ORDER BY x.day LIMIT 1))
      OR EXISTS (
        SELECT 1 FROM voucher v INDEXED BY voucher_case CROSS JOIN entry e ON e.voucher = v.id
          LEFT JOIN trade t ON t.id = v.trade LEFT JOIN answered_line a ON a.voucher = v.id
         WHERE v.case_no IS NOT NULL
           AND e.account = (SELECT b.id FROM account_statement o JOIN account b ON b.code = o.account WHERE o.id = NEW.statement)
           AND (coalesce(a.channel_ref, t.channel_ref) IN (SELECT l.reference FROM account_line l WHERE l.statement = NEW.statement)
             OR coalesce(a.channel_no, t.channel_no) IN (SELECT l.channel_no FROM account_line l WHERE l.statement = NEW.statement)))
      THEN RAISE(ABORT, 'STORNO-BILL-RESTS: two people decide about it')
  END;
END;

CREATE TRIGGER account_statement_change_place BEFORE INSERT ON account_statement_change
WHEN EXISTS (SELECT 1 FROM account_statement WHERE id = NEW.by_statement)
BEGIN SELECT RAISE(ABORT, 'STORNO-BAD-VALUE: the statement in its place comes after it has ended'); END;

-- A statement takes the place of one of its account, number and day. With four eyes one person alone does not replace one whose day is
-- closed, nor one that a later balance or a case rests on, unless the new one has all its lines and leaves that balance as it was; nor
-- does he bring in another where two people withdrew one.
CREATE TRIGGER account_statement_by_two BEFORE INSERT ON account_statement
BEGIN
  SELECT CASE
    WHEN EXISTS (
        SELECT 1 FROM account_statement_change c JOIN account_statement o ON o.id = c.statement
         WHERE c.by_statement = NEW.id AND (o.account <> NEW.account OR o.number <> NEW.number OR o.day <> NEW.day))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: it takes the place of a statement of another account or day')
    WHEN (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) <> 1 THEN NULL
    WHEN EXISTS (
        SELECT 1 FROM account_statement_change c JOIN account_statement o ON o.id = c.statement
         WHERE c.by_statement = NEW.id
           AND NOT EXISTS (
             SELECT 1 FROM account_statement_proposal p
              WHERE p.statement = o.id AND p.fingerprint = NEW.fingerprint AND lower(p.operator) <> lower(NEW.operator))
           AND (EXISTS (SELECT 1 FROM day d WHERE d.day = o.day AND d.state = 'closed')
             OR (o.closing_minor IS NOT NEW.closing_minor AND o.closing_minor = (
                   SELECT x.opening_minor FROM standing_account_statement x
                    WHERE x.account = o.account AND x.number = o.number AND x.day > o.day ORDER BY x.day LIMIT 1))
             OR ((o.opening_minor IS NOT NEW.opening_minor OR EXISTS (
                   SELECT 1 FROM account_line l WHERE l.statement IN (o.id, NEW.id)
                    GROUP BY l.amount_minor, l.words, l.number, l.time, l.channel_no, l.reference, l.counterparty, l.text
                   HAVING sum(CASE l.statement WHEN NEW.id THEN -1 ELSE 1 END) > 0))
               AND (o.closing_minor = (
                     SELECT x.opening_minor FROM standing_account_statement x
                      WHERE x.account = o.account AND x.number = o.number AND x.day > o.day ORDER BY x.day LIMIT 1)
                 OR EXISTS (
                     SELECT 1 FROM voucher v INDEXED BY voucher_case CROSS JOIN entry e ON e.voucher = v.id
                       LEFT JOIN trade t ON t.id = v.trade LEFT JOIN answered_line a ON a.voucher = v.id
                      WHERE v.case_no IS NOT NULL AND e.account = (SELECT b.id FROM account b WHERE b.code = NEW.account)
                        AND (coalesce(a.channel_ref, t.channel_ref) IN (
                               SELECT l.reference FROM account_line l WHERE l.statement = (
                                 SELECT y.statement FROM account_statement_change y WHERE y.by_statement = NEW.id))
                          OR coalesce(a.channel_no, t.channel_no) IN (
                               SELECT l.channel_no FROM account_line l WHERE l.statement = (
                                 SELECT y.statement FROM account_statement_change y WHERE y.by_statement = NEW.id))))))))
      OR (NOT EXISTS (SELECT 1 FROM account_statement_change c WHERE c.by_statement = NEW.id)
        AND EXISTS (
          SELECT 1 FROM account_statement w
            JOIN account_statement_change c ON c.statement = w.id AND c.state = 'withdrawn'
            JOIN account_statement_proposal p ON p.statement = w.id AND p.fingerprint IS NULL AND lower(p.operator) <> lower(c.operator)
           WHERE w.account = NEW.account AND w.day = NEW.day AND w.number = NEW.number
             AND NOT EXISTS (
               SELECT 1 FROM account_statement_proposal q
                WHERE q.statement = w.id AND q.fingerprint = NEW.fingerprint AND lower(q.operator) <> lower(NEW.operator))))
      THEN RAISE(ABORT, 'STORNO-BILL-RESTS: two people decide about it')
  END;
END;

-- Of an account statement that goes on from an earlier one of the same day: the files that its first lines are of. The lines after those
-- of the part before, up to place n, are of this file; those behind the last part are of the statement's own.
CREATE TABLE account_statement_part (
  statement   INTEGER NOT NULL REFERENCES account_statement (id) DEFERRABLE INITIALLY DEFERRED,
  n           INTEGER NOT NULL,
  file        TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (statement, n)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER account_statement_part_no_update BEFORE UPDATE ON account_statement_part
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_statement_part rows are never changed'); END;

CREATE TRIGGER account_statement_part_no_delete BEFORE DELETE ON account_statement_part
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account_statement_part rows are never deleted'); END;

-- Parts come after their lines, before the row of their statement.
CREATE TRIGGER account_statement_part_order BEFORE INSERT ON account_statement_part
BEGIN
  SELECT CASE
    WHEN NEW.n <= (SELECT coalesce(max(n), 0) FROM account_statement_part WHERE statement = NEW.statement)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the parts of a statement come in order')
    WHEN EXISTS (SELECT 1 FROM account_statement WHERE id = NEW.statement)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the statement is complete')
    WHEN NOT EXISTS (SELECT 1 FROM account_line WHERE statement = NEW.statement AND n = NEW.n)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: the statement has no such line')
  END;
END;
