-- Storno ledger, schema version 1: what happened is never changed, deleted or inserted twice.

CREATE TRIGGER batch_no_update BEFORE UPDATE ON batch
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: batch rows never change'); END;

CREATE TRIGGER batch_no_delete BEFORE DELETE ON batch
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: batch rows are never deleted'); END;

CREATE TRIGGER batch_next BEFORE INSERT ON batch
WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM batch)
BEGIN SELECT RAISE(ABORT, 'STORNO-OVERTAKEN: another batch took this place'); END;

CREATE TRIGGER order_key_no_update BEFORE UPDATE ON order_key
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: order_key rows never change'); END;

CREATE TRIGGER order_key_no_delete BEFORE DELETE ON order_key
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: order_key rows are never deleted'); END;

CREATE TRIGGER order_key_once BEFORE INSERT ON order_key
WHEN EXISTS (SELECT 1 FROM order_key WHERE key = NEW.key)
BEGIN SELECT RAISE(ABORT, 'STORNO-ORDER-DONE: the order under this key was carried out'); END;

CREATE TRIGGER policy_no_update BEFORE UPDATE ON policy
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: policy rows are never changed'); END;

CREATE TRIGGER policy_no_delete BEFORE DELETE ON policy
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: policy rows are never deleted'); END;

CREATE TRIGGER rule_set_no_update BEFORE UPDATE ON rule_set
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: rule_set rows are never changed'); END;

CREATE TRIGGER rule_set_no_delete BEFORE DELETE ON rule_set
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: rule_set rows are never deleted'); END;

CREATE TRIGGER calendar_no_update BEFORE UPDATE ON calendar
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: calendar rows are never changed'); END;

CREATE TRIGGER calendar_no_delete BEFORE DELETE ON calendar
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: calendar rows are never deleted'); END;

CREATE TRIGGER subject_no_update BEFORE UPDATE ON subject
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: subject rows are never changed'); END;

CREATE TRIGGER subject_no_delete BEFORE DELETE ON subject
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: subject rows are never deleted'); END;

CREATE TRIGGER trade_no_update BEFORE UPDATE ON trade
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: trade rows are never changed'); END;

CREATE TRIGGER trade_no_delete BEFORE DELETE ON trade
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: trade rows are never deleted'); END;

CREATE TRIGGER trade_status_no_update BEFORE UPDATE ON trade_status
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: trade_status rows are never changed'); END;

CREATE TRIGGER trade_status_no_delete BEFORE DELETE ON trade_status
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: trade_status rows are never deleted'); END;

CREATE TRIGGER amendment_no_update BEFORE UPDATE ON amendment
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: amendment rows are never changed'); END;

CREATE TRIGGER amendment_no_delete BEFORE DELETE ON amendment
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: amendment rows are never deleted'); END;

CREATE TRIGGER voucher_no_update BEFORE UPDATE ON voucher
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: voucher rows are never changed'); END;

CREATE TRIGGER voucher_no_delete BEFORE DELETE ON voucher
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: voucher rows are never deleted'); END;

CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: entry rows are never changed'); END;

CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: entry rows are never deleted'); END;

CREATE TRIGGER statement_no_update BEFORE UPDATE ON statement
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: statement rows are never changed'); END;

CREATE TRIGGER statement_no_delete BEFORE DELETE ON statement
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: statement rows are never deleted'); END;

CREATE TRIGGER statement_line_no_update BEFORE UPDATE ON statement_line
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: statement_line rows are never changed'); END;

CREATE TRIGGER statement_line_no_delete BEFORE DELETE ON statement_line
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: statement_line rows are never deleted'); END;

CREATE TRIGGER answered_line_no_update BEFORE UPDATE ON answered_line
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: answered_line rows are never changed'); END;

CREATE TRIGGER answered_line_no_delete BEFORE DELETE ON answered_line
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: answered_line rows are never deleted'); END;

CREATE TRIGGER import_file_no_update BEFORE UPDATE ON import_file
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: import_file rows are never changed'); END;

CREATE TRIGGER import_file_no_delete BEFORE DELETE ON import_file
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: import_file rows are never deleted'); END;

CREATE TRIGGER case_log_no_update BEFORE UPDATE ON case_log
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: case_log rows are never changed'); END;

CREATE TRIGGER case_log_no_delete BEFORE DELETE ON case_log
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: case_log rows are never deleted'); END;

CREATE TRIGGER case_finding_no_update BEFORE UPDATE ON case_finding
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: case_finding rows are never changed'); END;

CREATE TRIGGER case_finding_no_delete BEFORE DELETE ON case_finding
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: case_finding rows are never deleted'); END;

CREATE TRIGGER case_check_no_update BEFORE UPDATE ON case_check
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: case_check rows are never changed'); END;

CREATE TRIGGER case_check_no_delete BEFORE DELETE ON case_check
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: case_check rows are never deleted'); END;

CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: receipt rows are never changed'); END;

CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: receipt rows are never deleted'); END;

CREATE TRIGGER setting_no_delete BEFORE DELETE ON setting
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: setting rows are never deleted'); END;

CREATE TRIGGER account_no_delete BEFORE DELETE ON account
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: account rows are never deleted'); END;

CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: event rows are never deleted'); END;

CREATE TRIGGER day_no_delete BEFORE DELETE ON day
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: day rows are never deleted'); END;

CREATE TRIGGER day_balance_no_update BEFORE UPDATE ON day_balance
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: day_balance rows are never changed'); END;

CREATE TRIGGER day_balance_no_delete BEFORE DELETE ON day_balance
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: day_balance rows are never deleted'); END;

CREATE TRIGGER period_no_update BEFORE UPDATE ON period
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: period rows are never changed'); END;

CREATE TRIGGER period_no_delete BEFORE DELETE ON period
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: period rows are never deleted'); END;

CREATE TRIGGER case_file_no_delete BEFORE DELETE ON case_file
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: case_file rows are never deleted'); END;

CREATE TRIGGER case_step_no_delete BEFORE DELETE ON case_step
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: case_step rows are never deleted'); END;

CREATE TRIGGER correction_guard_no_delete BEFORE DELETE ON correction_guard
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: correction_guard rows are never deleted'); END;

-- REPLACE deletes without firing DELETE triggers, so inserting a row that exists is refused as well.
CREATE TRIGGER setting_once BEFORE INSERT ON setting
WHEN EXISTS (SELECT 1 FROM setting WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: this setting is there already'); END;

CREATE TRIGGER correction_guard_once BEFORE INSERT ON correction_guard
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: this row is there already'); END;

CREATE TRIGGER policy_once BEFORE INSERT ON policy
WHEN NEW.version <> (SELECT coalesce(max(version), 0) + 1 FROM policy)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: policies are numbered in order'); END;

CREATE TRIGGER rule_set_once BEFORE INSERT ON rule_set
WHEN EXISTS (SELECT 1 FROM rule_set WHERE version >= NEW.version)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: this rule set is there already'); END;

CREATE TRIGGER calendar_once BEFORE INSERT ON calendar
WHEN NEW.version <> (SELECT coalesce(max(version), 0) + 1 FROM calendar)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: calendars are numbered in order'); END;

CREATE TRIGGER subject_once BEFORE INSERT ON subject
WHEN EXISTS (SELECT 1 FROM subject WHERE code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: this subject is there already'); END;

CREATE TRIGGER account_once BEFORE INSERT ON account
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM account WHERE id >= NEW.id OR code = NEW.code)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: this account is there already')
    WHEN NOT EXISTS (SELECT 1 FROM subject WHERE code = NEW.subject)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such subject')
  END;
END;

CREATE TRIGGER statement_once BEFORE INSERT ON statement
WHEN EXISTS (SELECT 1 FROM statement WHERE id >= NEW.id OR fingerprint = NEW.fingerprint)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: this statement is there already'); END;

-- NEW.id is -1 here if the writer left it out, and SQLite then takes the next one; only an explicit id
-- needs a look-up.
CREATE TRIGGER statement_line_once BEFORE INSERT ON statement_line
WHEN NEW.id <> -1 AND NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM statement_line)
BEGIN SELECT RAISE(FAIL, 'STORNO-APPEND-ONLY: statement lines are numbered in order of arrival'); END;

CREATE TRIGGER import_file_once BEFORE INSERT ON import_file
WHEN EXISTS (SELECT 1 FROM import_file WHERE fingerprint = NEW.fingerprint)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: this import file is there already'); END;

CREATE TRIGGER case_log_once BEFORE INSERT ON case_log
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM case_log WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the log of a case is numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM case_file WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such case')
  END;
END;

CREATE TRIGGER receipt_once BEFORE INSERT ON receipt
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM receipt WHERE key = NEW.key)
      THEN RAISE(ABORT, 'STORNO-KEY-CONFLICT: this receipt key was used already')
    WHEN NOT EXISTS (SELECT 1 FROM case_file WHERE case_no = NEW.case_no AND state = 'committed')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: a receipt is of a committed case')
  END;
END;

CREATE TRIGGER trade_once BEFORE INSERT ON trade
BEGIN
  SELECT CASE
    WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM trade)
      THEN RAISE(FAIL, 'STORNO-APPEND-ONLY: trades are numbered in order of arrival')
    WHEN EXISTS (SELECT 1 FROM trade WHERE trade_no = NEW.trade_no)
      THEN RAISE(FAIL, 'STORNO-TRADE-CONFLICT: this trade number is there already')
  END;
END;

CREATE TRIGGER setting_fixed BEFORE UPDATE ON setting
WHEN NEW.name IS NOT OLD.name OR (OLD.name = 'ledger_id' OR OLD.name = 'currency' OR OLD.name = 'zone' OR OLD.name = 'created_at')
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: this setting is fixed'); END;

-- An account may be frozen, closed, renamed, or get another floor; nothing else changes.
CREATE TRIGGER account_fixed BEFORE UPDATE ON account
WHEN NEW.id IS NOT OLD.id OR NEW.code IS NOT OLD.code OR NEW.subject IS NOT OLD.subject
  OR NEW.class IS NOT OLD.class OR NEW.normal IS NOT OLD.normal OR NEW.currency IS NOT OLD.currency
  OR (OLD.status = 'closed' AND NEW.status <> 'closed')
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: what an account is never changes'); END;

CREATE TRIGGER event_fixed BEFORE UPDATE OF id, trade, event, occurred_at, business_date, amount_minor ON event
WHEN NEW.id IS NOT OLD.id OR NEW.trade IS NOT OLD.trade OR NEW.event IS NOT OLD.event
  OR NEW.occurred_at IS NOT OLD.occurred_at OR NEW.business_date IS NOT OLD.business_date
  OR NEW.amount_minor IS NOT OLD.amount_minor
BEGIN SELECT RAISE(FAIL, 'STORNO-APPEND-ONLY: what an event is never changes'); END;

CREATE TRIGGER day_fixed BEFORE UPDATE ON day
BEGIN
  SELECT CASE
    WHEN OLD.state = 'closed' OR NEW.day IS NOT OLD.day OR NEW.opened_at IS NOT OLD.opened_at OR NEW.opened_seq IS NOT OLD.opened_seq
      OR (OLD.cut_at IS NOT NULL AND NEW.cut_at IS NOT OLD.cut_at)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a closed day never changes')
    WHEN (NEW.state = 'open') <> (NEW.cut_at IS NULL) OR (NEW.state = 'closed' AND OLD.state <> 'closing')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day is cut over before it closes')
    WHEN NEW.state = 'closed' AND EXISTS (SELECT 1 FROM day WHERE day < OLD.day AND state <> 'closed')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: an earlier day is not closed yet')
    WHEN NEW.state <> 'closed'
      AND ((OLD.state = 'closing' AND NEW.state = 'open') OR coalesce(NEW.closed_at, NEW.closed_by, NEW.head_seq, NEW.head_hash) IS NOT NULL)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day goes from open to closing to closed')
    WHEN NEW.state = 'closed' AND (NEW.closed_at IS NULL OR NEW.closed_by IS NULL
      OR NEW.head_seq IS NOT (SELECT coalesce(max(id), 0) FROM voucher)
      OR NEW.head_hash IS NOT coalesce((SELECT hash FROM voucher ORDER BY id DESC LIMIT 1),
                                       '0000000000000000000000000000000000000000000000000000000000000000')
      OR length(NEW.head_hash) <> 64)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day closes with its seal')
    WHEN NEW.state = 'closed' AND (
      EXISTS (
        SELECT 1 FROM (
            SELECT e.account AS account, sum(CASE e.side WHEN 1 THEN e.amount_minor ELSE 0 END) AS debit,
                   sum(CASE e.side WHEN 1 THEN 0 ELSE e.amount_minor END) AS credit
              FROM voucher v JOIN entry e ON e.voucher = v.id
             WHERE v.id > OLD.opened_seq AND v.accounting_date = OLD.day GROUP BY e.account) m
          LEFT JOIN day_balance b ON b.day = OLD.day AND b.account = m.account
         WHERE b.debit_minor IS NOT m.debit OR b.credit_minor IS NOT m.credit)
      OR (SELECT count(*) FROM day_balance WHERE day = OLD.day)
         <> (SELECT count(DISTINCT e.account) FROM voucher v JOIN entry e ON e.voucher = v.id
              WHERE v.id > OLD.opened_seq AND v.accounting_date = OLD.day))
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day closes with the balances of what moved on it')
  END;
END;

CREATE TRIGGER open_item_no_delete BEFORE DELETE ON open_item
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: open_item rows are never deleted'); END;
