-- Storno ledger, schema version 2: between which places a day's vouchers lie.
--
-- While several days are open their vouchers lie mixed, and an index on the accounting date would be one more write for
-- every posting. A day keeps instead where the head was when it opened; a closed one knows where it was at its closing. What
-- is asked of a day looks between the two. opened_seq may be too low, never too high: a writer that leaves it out makes
-- questions about its day slower, not wrong.

DROP TRIGGER day_insert;
DROP TRIGGER day_fixed;

ALTER TABLE day ADD COLUMN opened_seq INTEGER NOT NULL DEFAULT 0;

UPDATE day SET opened_seq = coalesce((SELECT max(id) FROM voucher), 0);
UPDATE day SET opened_seq = f.place - 1
  FROM (SELECT accounting_date, min(id) AS place FROM voucher GROUP BY accounting_date) f
 WHERE f.accounting_date = day.day;

CREATE TRIGGER day_insert BEFORE INSERT ON day
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM day WHERE day = NEW.day)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: this day was opened already')
    WHEN NEW.state <> 'open' OR coalesce(NEW.closed_at, NEW.closed_by, NEW.head_seq, NEW.head_hash) IS NOT NULL
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day starts open')
    WHEN EXISTS (SELECT 1 FROM day WHERE day > NEW.day AND state = 'closed')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a later day is closed already')
    WHEN NEW.opened_seq < 0 OR NEW.opened_seq > (SELECT coalesce(max(id), 0) FROM voucher)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day opens behind the head')
  END;
END;

CREATE TRIGGER day_fixed BEFORE UPDATE ON day
BEGIN
  SELECT CASE
    WHEN OLD.state = 'closed' OR NEW.day IS NOT OLD.day OR NEW.opened_at IS NOT OLD.opened_at
      OR NEW.opened_seq IS NOT OLD.opened_seq
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a closed day never changes')
    WHEN NEW.state = 'closed' AND EXISTS (SELECT 1 FROM day WHERE day < OLD.day AND state <> 'closed')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: an earlier day is not closed yet')
    WHEN NEW.state <> 'closed'
      AND ((OLD.state = 'closing' AND NEW.state = 'open') OR coalesce(NEW.closed_at, NEW.closed_by, NEW.head_seq, NEW.head_hash) IS NOT NULL)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day goes from open to closing to closed')
    WHEN NEW.state = 'closed' AND (NEW.closed_at IS NULL OR NEW.closed_by IS NULL
      OR NEW.head_seq IS NOT (SELECT coalesce(max(id), 0) FROM voucher)
      OR NEW.head_hash IS NOT coalesce((SELECT hash FROM voucher ORDER BY id DESC LIMIT 1),
                                       '0000000000000000000000000000000000000000000000000000000000000000'))
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day closes with its seal')
  END;
END;
