-- Storno ledger, schema version 1.
--
-- Rules every statement here keeps, because more than one engine runs it: no functions of ours, no clock, no
-- randomness, no REAL, no BLOB. Times, numbers and hashes come from the program. Features of SQLite 3.40.
--
-- Lists of words are spelled as comparisons, not as IN: SQLite builds a temporary table for a list of three or more each
-- time a guard runs, which cost a sixth of all posting. The guards of the hot path raise FAIL: they run before anything of
-- their row is written, so nothing is left to take back, and SQLite need not keep a journal of each statement for that. It
-- would keep one as well for a row that is named and for any function that is called, so a voucher takes the next place by
-- itself, and what its insertion runs calls none: years are compared by CAST, names by NOCASE.
--
-- The voucher row is the seal: in one transaction its entries go in first, then the voucher row closes them. An
-- account holds no balance; its balance is the last line of its chain.

-- What the ledger is: ledger_id, name, role (prod, test, demo), currency, zone, created_at.
CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger's policy; the highest version is in force. source is the whole of it, what guards and views read stands beside.
CREATE TABLE policy (
  version     INTEGER PRIMARY KEY,
  four_eyes   INTEGER NOT NULL CHECK (four_eyes IN (0, 1)),
  later_day   TEXT NOT NULL CHECK (later_day IN ('red', 'blue')),
  cut_from    TEXT NOT NULL CHECK (length(cut_from) = 8),
  cut_until   TEXT NOT NULL CHECK (length(cut_until) = 8),
  source      TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  loaded_at   TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT;

CREATE TABLE rule_set (
  version     INTEGER PRIMARY KEY,
  id          TEXT NOT NULL,
  valid_from  TEXT NOT NULL,
  source      TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  loaded_at   TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT;

-- Channel calendars as loaded; each adds to the one before or stands in its place, as its text says.
CREATE TABLE calendar (
  version     INTEGER PRIMARY KEY,
  id          TEXT NOT NULL,
  source      TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  loaded_at   TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT;

CREATE TABLE subject (
  code             TEXT PRIMARY KEY,
  name             TEXT NOT NULL,
  name_en          TEXT,
  class            TEXT NOT NULL CHECK ((class = 'asset' OR class = 'liability' OR class = 'equity' OR class = 'income' OR class = 'expense')),
  normal           INTEGER NOT NULL CHECK (normal IN (1, -1)),
  customer_visible INTEGER NOT NULL CHECK (customer_visible IN (0, 1)),
  opens_leaves     INTEGER NOT NULL CHECK (opens_leaves IN (0, 1)),
  floor_minor      INTEGER,
  suspense         INTEGER NOT NULL CHECK (suspense IN (0, 1)),
  gl_code          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- normal: 1 where a debit raises the balance, -1 where a credit does. floor_minor is on the normal side.
CREATE TABLE account (
  id               INTEGER PRIMARY KEY,
  code             TEXT NOT NULL UNIQUE,
  subject          TEXT NOT NULL REFERENCES subject (code),
  name             TEXT NOT NULL,
  class            TEXT NOT NULL,
  normal           INTEGER NOT NULL CHECK (normal IN (1, -1)),
  currency         TEXT NOT NULL CHECK (length(currency) = 3),
  status           TEXT NOT NULL CHECK ((status = 'active' OR status = 'frozen' OR status = 'closed')),
  customer_visible INTEGER NOT NULL CHECK (customer_visible IN (0, 1)),
  floor_minor      INTEGER
) STRICT;

CREATE TABLE trade (
  id            INTEGER PRIMARY KEY,
  trade_no      TEXT NOT NULL UNIQUE,
  kind          TEXT NOT NULL CHECK ((kind = 'topup' OR kind = 'pay' OR kind = 'refund' OR kind = 'payout' OR kind = 'transfer' OR kind = 'withdraw' OR kind = 'return' OR kind = 'chargeback' OR kind = 'representment' OR kind = 'counter' OR kind = 'fee' OR kind = 'settlement')),
  product       TEXT,
  channel       TEXT NOT NULL CHECK ((channel = 'WECHAT' OR channel = 'ALIPAY' OR channel = 'UNIONPAY' OR channel = 'NUCC' OR channel = 'HVPS' OR channel = 'BEPS' OR channel = 'IBPS' OR channel = 'BANK')),
  channel_ref   TEXT NOT NULL,
  original_ref  TEXT,
  amount_minor  INTEGER NOT NULL CHECK (amount_minor BETWEEN 0 AND 1000000000000000),
  fee_minor     INTEGER NOT NULL CHECK (fee_minor BETWEEN -1000000000000000 AND 1000000000000000),
  currency      TEXT NOT NULL CHECK (length(currency) = 3),
  customer      TEXT,
  merchant      TEXT,
  occurred_at   TEXT NOT NULL,
  business_date TEXT NOT NULL CHECK (length(business_date) = 10),
  status        TEXT NOT NULL CHECK ((status = 'created' OR status = 'processing' OR status = 'succeeded' OR status = 'failed' OR status = 'unknown' OR status = 'closed')),
  clearing      TEXT NOT NULL CHECK ((clearing = 'uncleared' OR clearing = 'cleared' OR clearing = 'excluded')),
  -- Of one that undoes another: the other's kind, whose rules post it with sides turned.
  counters      TEXT CHECK ((kind = 'counter') = (counters IS NOT NULL))
) STRICT;
CREATE INDEX trade_ref ON trade (channel_ref, channel);
CREATE INDEX trade_original ON trade (original_ref) WHERE original_ref IS NOT NULL;
CREATE INDEX trade_day ON trade (business_date);
CREATE INDEX trade_customer ON trade (customer) WHERE customer IS NOT NULL;
CREATE INDEX trade_merchant ON trade (merchant) WHERE merchant IS NOT NULL;

-- Proven corrections of a trade's own status; the highest n is in force.
CREATE TABLE trade_status (
  trade    INTEGER NOT NULL REFERENCES trade (id),
  n        INTEGER NOT NULL,
  status   TEXT NOT NULL CHECK ((status = 'created' OR status = 'processing' OR status = 'succeeded' OR status = 'failed' OR status = 'unknown' OR status = 'closed')),
  case_no  TEXT NOT NULL,
  at       TEXT NOT NULL,
  operator TEXT NOT NULL,
  PRIMARY KEY (trade, n)
) STRICT, WITHOUT ROWID;

-- Corrected facts; the trade as imported stays as it was.
CREATE TABLE amendment (
  trade    INTEGER NOT NULL REFERENCES trade (id),
  n        INTEGER NOT NULL,
  fact     TEXT NOT NULL,
  value    TEXT NOT NULL,
  reason   TEXT NOT NULL,
  case_no  TEXT NOT NULL,
  at       TEXT NOT NULL,
  operator TEXT NOT NULL,
  PRIMARY KEY (trade, n)
) STRICT, WITHOUT ROWID;

-- id = 8 * trade + 1 captured, 2 cleared, 3 settled, 4 refunded. live counts the live postings of the event; it is
-- kept by the voucher trigger and can only ever be set to what the vouchers say.
CREATE TABLE event (
  id            INTEGER PRIMARY KEY,
  trade         INTEGER NOT NULL REFERENCES trade (id) DEFERRABLE INITIALLY DEFERRED,
  event         TEXT NOT NULL,
  occurred_at   TEXT NOT NULL,
  business_date TEXT NOT NULL,
  amount_minor  INTEGER NOT NULL,
  live          INTEGER NOT NULL DEFAULT 0,
  CHECK (id = 8 * trade + CASE event WHEN 'captured' THEN 1 WHEN 'cleared' THEN 2 WHEN 'settled' THEN 3
                                     WHEN 'refunded' THEN 4 END)
) STRICT;
CREATE INDEX event_unposted ON event (id) WHERE live = 0;

-- While several days are open their vouchers lie mixed, and an index on the accounting date would be one more write for every
-- posting. A day keeps instead where the head was when it opened; a closed one knows where it was at its closing, and what is
-- asked of a day looks between the two. opened_seq may be too low, never too high: a writer that leaves it out makes
-- questions about its day slower, not wrong.
-- cut_at: when the day stopped taking postings.
CREATE TABLE day (
  day       TEXT PRIMARY KEY CHECK (length(day) = 10),
  state     TEXT NOT NULL CHECK ((state = 'open' OR state = 'closing' OR state = 'closed')),
  opened_at TEXT NOT NULL,
  opened_seq INTEGER NOT NULL DEFAULT 0,
  cut_at    TEXT,
  closed_at TEXT,
  closed_by TEXT,
  head_seq  INTEGER,
  head_hash TEXT
) STRICT, WITHOUT ROWID;

-- Closing balances: one row an account that moved on the day, debit-positive. Its balance on a day without a row is that of
-- its last row before.
CREATE TABLE day_balance (
  day           TEXT NOT NULL REFERENCES day (day),
  account       INTEGER NOT NULL REFERENCES account (id),
  debit_minor   INTEGER NOT NULL,
  credit_minor  INTEGER NOT NULL,
  balance_minor INTEGER NOT NULL,
  PRIMARY KEY (day, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX day_balance_account ON day_balance (account, day, balance_minor);

-- Locked months (2018-09) and years (2018), each with the head at that moment as its seal.
CREATE TABLE period (
  period    TEXT PRIMARY KEY CHECK ((length(period) = 4 OR length(period) = 7)),
  closed_at TEXT NOT NULL,
  closed_by TEXT NOT NULL,
  head_seq  INTEGER NOT NULL,
  head_hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE voucher (
  id              INTEGER PRIMARY KEY CHECK (id > 0),
  voucher_no      TEXT NOT NULL UNIQUE,
  kind            TEXT NOT NULL CHECK ((kind = 'post' OR kind = 'reverse' OR kind = 'repost' OR kind = 'supplement' OR kind = 'adjust' OR kind = 'park' OR kind = 'unpark' OR kind = 'import')),
  mode            TEXT NOT NULL CHECK ((mode = 'normal' OR mode = 'wipe' OR mode = 'red' OR mode = 'blue' OR mode = 'difference')),
  trade           INTEGER REFERENCES trade (id) DEFERRABLE INITIALLY DEFERRED,
  event           INTEGER REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
  reverses        INTEGER,
  case_no         TEXT,
  accounting_date TEXT NOT NULL,
  business_date   TEXT NOT NULL,
  value_date      TEXT NOT NULL,
  reason          TEXT,
  rule            TEXT,
  maker           TEXT NOT NULL,
  checker         TEXT,
  posted_at       TEXT NOT NULL,
  memo            TEXT NOT NULL,
  prev_hash       TEXT NOT NULL,
  hash            TEXT NOT NULL
) STRICT;
CREATE INDEX voucher_trade ON voucher (trade) WHERE trade IS NOT NULL;
CREATE UNIQUE INDEX voucher_reverses ON voucher (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX voucher_case ON voucher (case_no) WHERE case_no IS NOT NULL;

-- side: 1 debit, -1 credit. Balances here are debit-positive; the views turn them to the account's normal side.
CREATE TABLE entry (
  voucher      INTEGER NOT NULL REFERENCES voucher (id) DEFERRABLE INITIALLY DEFERRED,
  line         INTEGER NOT NULL,
  account      INTEGER NOT NULL,
  seq          INTEGER NOT NULL,
  side         INTEGER NOT NULL CHECK (side IN (1, -1)),
  amount_minor INTEGER NOT NULL CHECK (amount_minor BETWEEN -1000000000000000 AND 1000000000000000 AND amount_minor <> 0),
  mode         TEXT NOT NULL CHECK ((mode = 'normal' OR mode = 'wipe' OR mode = 'red' OR mode = 'blue' OR mode = 'difference')),
  before_minor INTEGER NOT NULL,
  after_minor  INTEGER NOT NULL,
  currency     TEXT NOT NULL,
  PRIMARY KEY (voucher, line),
  CHECK (amount_minor > 0 OR mode IN ('red', 'difference'))
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_chain ON entry (account, seq, after_minor);

-- Where the guard of a voucher hands on what concerns corrections alone: a trigger costs its frame even where its WHEN says no,
-- and these have large ones. The one row is there to be updated, and no update of it ever takes place.
CREATE TABLE correction_guard (
  n               INTEGER PRIMARY KEY CHECK (n = 1),
  case_no         TEXT,
  maker           TEXT,
  checker         TEXT,
  reverses        INTEGER,
  mode            TEXT,
  trade           INTEGER,
  event           INTEGER,
  accounting_date TEXT
) STRICT;
INSERT INTO correction_guard (n) VALUES (1);

-- Amounts in suspense (挂账), one for each voucher of kind park; amount_minor is debit-positive. An item is cleared once, whole.
CREATE TABLE open_item (
  voucher      INTEGER PRIMARY KEY REFERENCES voucher (id),
  account      INTEGER NOT NULL REFERENCES account (id),
  amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0),
  cleared_by   INTEGER REFERENCES voucher (id)
) STRICT;
CREATE UNIQUE INDEX open_item_cleared ON open_item (cleared_by) WHERE cleared_by IS NOT NULL;

CREATE TABLE statement (
  id          INTEGER PRIMARY KEY,
  channel     TEXT NOT NULL,
  day         TEXT,
  merchant_id TEXT,
  format      TEXT NOT NULL,
  file        TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE,
  rows        INTEGER NOT NULL,
  imported_at TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT;
CREATE INDEX statement_day ON statement (channel, day);

-- A line takes the next free row by itself: for a row that is named, SQLite would keep a journal of each statement.
CREATE TABLE statement_line (
  id           INTEGER PRIMARY KEY CHECK (id > 0),
  statement    INTEGER NOT NULL REFERENCES statement (id) DEFERRABLE INITIALLY DEFERRED,
  line         INTEGER NOT NULL,
  channel      TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK ((kind = 'pay' OR kind = 'refund' OR kind = 'revoke')),
  channel_ref  TEXT NOT NULL,
  original_ref TEXT,
  channel_no   TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  fee_minor    INTEGER NOT NULL,
  currency     TEXT NOT NULL,
  status       TEXT NOT NULL,
  occurred_at  TEXT NOT NULL
) STRICT;
CREATE INDEX statement_line_ref ON statement_line (channel_ref, channel);

-- Lines of channels that no trade answers to, and what a case made of each: a voucher that books it without a trade (into
-- suspense or out of it), or, as a stub, the payment `original_ref` that it takes back before that came. An answer ends when its voucher
-- is reversed; a stub stays.
CREATE TABLE answered_line (
  n            INTEGER PRIMARY KEY,
  channel      TEXT NOT NULL,
  channel_ref  TEXT NOT NULL,
  voucher      INTEGER REFERENCES voucher (id),
  original_ref TEXT,
  case_no      TEXT NOT NULL,
  at           TEXT NOT NULL,
  operator     TEXT NOT NULL,
  CHECK ((voucher IS NULL) <> (original_ref IS NULL))
) STRICT;
CREATE INDEX answered_line_ref ON answered_line (channel_ref, channel);
CREATE UNIQUE INDEX answered_line_voucher ON answered_line (voucher) WHERE voucher IS NOT NULL;
CREATE INDEX answered_line_original ON answered_line (original_ref, channel) WHERE original_ref IS NOT NULL;

-- Files taken over as a whole: trades and journals.
CREATE TABLE import_file (
  fingerprint TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,
  file        TEXT NOT NULL,
  rows        INTEGER NOT NULL,
  imported_at TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE case_file (
  n          INTEGER PRIMARY KEY,
  case_no    TEXT NOT NULL UNIQUE,
  cause      TEXT,
  trade      INTEGER REFERENCES trade (id),
  finding    TEXT,
  state      TEXT NOT NULL CHECK ((state = 'open' OR state = 'staged' OR state = 'submitted' OR state = 'approved' OR state = 'committed' OR state = 'rejected' OR state = 'withdrawn')),
  maker      TEXT NOT NULL,
  checker    TEXT,
  opened_at  TEXT NOT NULL,
  decided_at TEXT,
  reason     TEXT NOT NULL,
  note       TEXT,
  planned    TEXT
) STRICT;
CREATE INDEX case_undone ON case_file (n) WHERE state NOT IN ('committed', 'withdrawn');

-- What a case is about: findings, or trades without one. The first is in case_file as well; a case may be about none, and a
-- finding about something that has no trade. `again`: opened although another case that is not over holds the finding.
CREATE TABLE case_finding (
  case_no TEXT NOT NULL REFERENCES case_file (case_no),
  n       INTEGER NOT NULL,
  finding TEXT,
  trade   INTEGER REFERENCES trade (id),
  again   INTEGER NOT NULL CHECK (again IN (0, 1)),
  PRIMARY KEY (case_no, n),
  CHECK (finding IS NOT NULL OR trade IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_finding_name ON case_finding (finding) WHERE finding IS NOT NULL;
CREATE INDEX case_finding_trade ON case_finding (trade) WHERE trade IS NOT NULL;

CREATE TABLE case_step (
  case_no  TEXT NOT NULL REFERENCES case_file (case_no),
  step     INTEGER NOT NULL,
  body     TEXT NOT NULL,
  dropped  INTEGER NOT NULL CHECK (dropped IN (0, 1)),
  added_at TEXT NOT NULL,
  operator TEXT NOT NULL,
  PRIMARY KEY (case_no, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_log (
  case_no  TEXT NOT NULL REFERENCES case_file (case_no),
  n        INTEGER NOT NULL,
  at       TEXT NOT NULL,
  operator TEXT NOT NULL,
  verb     TEXT NOT NULL,
  note     TEXT,
  PRIMARY KEY (case_no, n)
) STRICT, WITHOUT ROWID;

-- Ticks of a case's checklist, with what proves them. Of a file only its name and SHA-256 are kept.
CREATE TABLE case_check (
  case_no     TEXT NOT NULL REFERENCES case_file (case_no),
  n           INTEGER NOT NULL,
  item        TEXT NOT NULL,
  at          TEXT NOT NULL,
  operator    TEXT NOT NULL,
  note        TEXT,
  file        TEXT,
  fingerprint TEXT CHECK (length(fingerprint) = 64),
  PRIMARY KEY (case_no, n),
  CHECK ((file IS NULL) = (fingerprint IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
  key         TEXT PRIMARY KEY,
  case_no     TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  body        TEXT NOT NULL,
  at          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Nothing that happened is changed or taken away.

-- Orders that were given under a key, so that one whose answer was lost is not carried out twice.
CREATE TABLE order_key (
  key     TEXT PRIMARY KEY,
  at      TEXT NOT NULL,
  case_no TEXT
) STRICT, WITHOUT ROWID;

-- Batches of an engine without transactions across requests: each takes the next place, so that one that was decided on
-- an older state is refused. Empty where ledgers are files.
CREATE TABLE batch (
  n   INTEGER PRIMARY KEY,
  key TEXT NOT NULL
) STRICT;

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

-- REPLACE deletes without firing DELETE triggers, so a row that exists refuses its own second insertion.

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

-- What customers and channels see of a trade changes only by a case that may be committed now.
CREATE TRIGGER trade_status_once BEFORE INSERT ON trade_status
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM trade_status WHERE trade = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the statuses of a trade are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM trade WHERE id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such trade')
    WHEN NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not approved')
    -- What counter trades have undone is not undone a second time by its failure, nor one of them where nothing is left.
    WHEN NEW.status <> 'succeeded' AND (SELECT u.countered_minor FROM trade_undone u WHERE u.id = NEW.trade) > 0
      THEN RAISE(ABORT, 'STORNO-COUNTERED: counter trades have undone it')
    WHEN NEW.status = 'succeeded' AND EXISTS (
        SELECT 1 FROM trade_now c JOIN trade_undone u ON u.channel_ref = c.original_ref AND u.channel = c.channel AND u.kind = c.counters
         WHERE c.id = NEW.trade AND c.status_now <> 'succeeded' AND u.undone_minor + c.amount_now > u.amount_now)
      THEN RAISE(ABORT, 'STORNO-COUNTERED: no more is undone than stands')
  END;
END;

CREATE TRIGGER amendment_once BEFORE INSERT ON amendment
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM amendment WHERE trade = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the amendments of a trade are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM trade WHERE id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such trade')
    WHEN NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not approved')
    WHEN NEW.fact = 'amount_minor' AND CAST(NEW.value AS INTEGER) <= 0
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a trade of nothing is none')
    WHEN NEW.fact = 'amount_minor' AND CAST(NEW.value AS INTEGER) < (SELECT u.countered_minor FROM trade_undone u WHERE u.id = NEW.trade)
      THEN RAISE(ABORT, 'STORNO-COUNTERED: counter trades have undone more')
    WHEN NEW.fact = 'amount_minor' AND EXISTS (
        SELECT 1 FROM trade_now c JOIN trade_undone u ON u.channel_ref = c.original_ref AND u.channel = c.channel AND u.kind = c.counters
         WHERE c.id = NEW.trade AND c.status_now = 'succeeded'
           AND u.undone_minor - c.amount_now + CAST(NEW.value AS INTEGER) > u.amount_now)
      THEN RAISE(ABORT, 'STORNO-COUNTERED: no more is undone than stands')
  END;
END;

CREATE TRIGGER answered_line_once BEFORE INSERT ON answered_line
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM answered_line)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: answers are numbered in order')
    WHEN NOT EXISTS (SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such line of a channel')
    WHEN EXISTS (
        SELECT 1 FROM answered_line a WHERE a.channel_ref = NEW.channel_ref AND a.channel = NEW.channel
           AND (a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: the line is answered already')
    WHEN EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = NEW.channel_ref AND t.channel = NEW.channel)
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: a trade answers to the line')
    WHEN NEW.voucher IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM voucher v WHERE v.id = NEW.voucher AND v.case_no = NEW.case_no AND (v.kind = 'park' OR v.kind = 'unpark'))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a line is answered by a voucher of its case')
    WHEN EXISTS (SELECT 1 FROM answered_line a WHERE a.voucher = NEW.voucher)
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: a voucher answers one line')
    WHEN NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not approved')
    -- Money is booked as the line has it: it moved, all of it, the way it went. What came and is parked is owed to somebody, and what
    -- came for an open item was owed to us. A refund still in process has left already.
    WHEN NEW.voucher IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel
           AND (l.kind <> 'revoke' OR l.original_ref IS NOT l.channel_ref)
           AND (l.status = 'succeeded' OR (l.kind = 'refund' AND l.status = 'processing')))
      THEN RAISE(ABORT, 'STORNO-NO-EVIDENCE: by the line no money moved')
    WHEN NEW.voucher IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel
           AND CASE l.kind WHEN 'pay' THEN l.amount_minor ELSE -l.amount_minor END
             = coalesce((SELECT -o.amount_minor FROM open_item o WHERE o.voucher = NEW.voucher),
                        (SELECT o.amount_minor FROM open_item o WHERE o.cleared_by = NEW.voucher)))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: the voucher books another amount than the line, or the other way')
    -- Nothing but the channel's account and suspense: which account that is, the rules know; it is one, and no customer's.
    WHEN NEW.voucher IS NOT NULL AND ((SELECT count(DISTINCT e.account) FROM entry e WHERE e.voucher = NEW.voucher) <> 2
      OR EXISTS (
        SELECT 1 FROM entry e JOIN account a ON a.id = e.account WHERE e.voucher = NEW.voucher AND a.class <> 'asset'
           AND NOT EXISTS (SELECT 1 FROM open_item o WHERE (o.voucher = NEW.voucher OR o.cleared_by = NEW.voucher) AND o.account = a.id)))
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: a line is booked between the account of its channel and suspense')
    WHEN EXISTS (
        SELECT 1 FROM voucher v, statement_line l, trade t WHERE v.id = NEW.voucher AND v.kind = 'unpark'
           AND l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel AND l.original_ref <> l.channel_ref
           AND t.channel_ref = l.original_ref AND t.channel = l.channel AND t.id IS NOT v.trade)
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the line takes back the payment of another trade')
    -- A payment that was taken back before it came: nobody has it.
    WHEN EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = NEW.original_ref AND t.channel = NEW.channel)
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: the payment is a trade here')
    WHEN NEW.original_ref IS NOT NULL AND (NOT EXISTS (
        SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.channel_ref AND l.channel = NEW.channel
           AND l.kind <> 'pay' AND l.original_ref = NEW.original_ref)
      OR EXISTS (
        SELECT 1 FROM statement_line l WHERE l.channel_ref = NEW.original_ref AND l.channel = NEW.channel AND l.kind = 'pay'))
      THEN RAISE(ABORT, 'STORNO-NO-EVIDENCE: the line takes no such payment back before it came')
  END;
END;

CREATE TRIGGER statement_once BEFORE INSERT ON statement
WHEN EXISTS (SELECT 1 FROM statement WHERE id >= NEW.id OR fingerprint = NEW.fingerprint)
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: this statement is there already'); END;

-- A row that is not named is -1 here and becomes the next one, so that only a named one needs a look-up.
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

-- A trade that undoes another names one that stands, and no more of it than others have left. A line of a channel proves one
-- such trade, and none where a case has answered it.
CREATE TRIGGER trade_counter BEFORE INSERT ON trade WHEN NEW.kind = 'counter'
BEGIN
  SELECT CASE
    WHEN NEW.counters = 'counter'
      THEN RAISE(ABORT, 'STORNO-REVERSAL-OF-REVERSAL: what undoes another is not undone')
    WHEN NOT EXISTS (SELECT 1 FROM trade o WHERE o.channel_ref = NEW.original_ref AND o.channel = NEW.channel AND o.kind = NEW.counters)
      THEN RAISE(ABORT, 'STORNO-NOT-FOUND: no such trade to undo')
    WHEN NOT EXISTS (
        SELECT 1 FROM trade_undone u WHERE u.channel_ref = NEW.original_ref AND u.channel = NEW.channel AND u.kind = NEW.counters
           AND u.status_now = 'succeeded' AND u.undone_minor + NEW.amount_minor <= u.amount_now)
      THEN RAISE(ABORT, 'STORNO-COUNTERED: no more is undone than stands')
    WHEN EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = NEW.channel_ref AND t.channel = NEW.channel)
      THEN RAISE(ABORT, 'STORNO-TRADE-CONFLICT: a trade answers to the line')
    WHEN EXISTS (
        SELECT 1 FROM answered_line a WHERE a.channel_ref = NEW.channel_ref AND a.channel = NEW.channel
           AND (a.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = a.voucher)))
      THEN RAISE(ABORT, 'STORNO-LINE-ANSWERED: a case has answered the line')
  END;
END;

CREATE TRIGGER setting_fixed BEFORE UPDATE ON setting
WHEN NEW.name IS NOT OLD.name OR (OLD.name = 'ledger_id' OR OLD.name = 'currency' OR OLD.name = 'zone' OR OLD.name = 'created_at')
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: this setting is fixed'); END;

-- An account may be frozen, closed, renamed, or get another floor; what it is stays.
CREATE TRIGGER account_fixed BEFORE UPDATE ON account
WHEN NEW.id IS NOT OLD.id OR NEW.code IS NOT OLD.code OR NEW.subject IS NOT OLD.subject
  OR NEW.class IS NOT OLD.class OR NEW.normal IS NOT OLD.normal OR NEW.currency IS NOT OLD.currency
  OR (OLD.status = 'closed' AND NEW.status <> 'closed')
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: what an account is never changes'); END;

CREATE TRIGGER event_insert BEFORE INSERT ON event
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id)
      THEN RAISE(FAIL, 'STORNO-APPEND-ONLY: this event is there already')
    WHEN NEW.live <> 0
      THEN RAISE(FAIL, 'STORNO-APPEND-ONLY: a new event has no live voucher')
    WHEN NOT EXISTS (SELECT 1 FROM trade WHERE id = NEW.trade)
      THEN RAISE(FAIL, 'STORNO-NOT-FOUND: no such trade')
  END;
END;

CREATE TRIGGER event_fixed BEFORE UPDATE OF id, trade, event, occurred_at, business_date, amount_minor ON event
WHEN NEW.id IS NOT OLD.id OR NEW.trade IS NOT OLD.trade OR NEW.event IS NOT OLD.event
  OR NEW.occurred_at IS NOT OLD.occurred_at OR NEW.business_date IS NOT OLD.business_date
  OR NEW.amount_minor IS NOT OLD.amount_minor
BEGIN SELECT RAISE(FAIL, 'STORNO-APPEND-ONLY: what an event is never changes'); END;

-- The common case, the first posting, which is the head itself, needs no counting.
CREATE TRIGGER event_live BEFORE UPDATE OF live ON event
WHEN OLD.live <> 0 OR NEW.live <> 1
  OR (SELECT v.event = NEW.id AND (v.kind = 'supplement' OR v.kind = 'post') FROM voucher v ORDER BY v.id DESC LIMIT 1) IS NOT 1
BEGIN
  SELECT CASE
    WHEN NEW.live <> (SELECT count(*) FROM voucher v WHERE v.trade = NEW.trade AND v.event = NEW.id
                       AND v.kind <> 'reverse' AND v.kind <> 'adjust' AND v.kind <> 'park' AND v.kind <> 'unpark'
                       AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = v.id))
      THEN RAISE(FAIL, 'STORNO-APPEND-ONLY: live vouchers are counted from the vouchers')
  END;
END;

CREATE TRIGGER day_insert BEFORE INSERT ON day
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM day WHERE day = NEW.day)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: this day was opened already')
    WHEN NEW.state <> 'open' OR coalesce(NEW.cut_at, NEW.closed_at, NEW.closed_by, NEW.head_seq, NEW.head_hash) IS NOT NULL
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day starts open')
    WHEN EXISTS (SELECT 1 FROM period WHERE period = substr(NEW.day, 1, 7) OR period = substr(NEW.day, 1, 4))
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: its month or year is locked')
    WHEN EXISTS (SELECT 1 FROM day WHERE day > NEW.day AND state = 'closed')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a later day is closed already')
    WHEN NEW.opened_seq < 0 OR NEW.opened_seq > (SELECT coalesce(max(id), 0) FROM voucher)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day opens behind the head')
  END;
END;

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

-- Balances are taken while nothing can be dated on the day any more, and follow from those before.
CREATE TRIGGER day_balance_insert BEFORE INSERT ON day_balance
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM day_balance WHERE day = NEW.day AND account = NEW.account)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: this balance is there already')
    WHEN NOT EXISTS (SELECT 1 FROM day WHERE day = NEW.day AND state = 'closing')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: balances are taken of a closing day')
    WHEN NEW.balance_minor <> NEW.debit_minor - NEW.credit_minor
         + coalesce((SELECT balance_minor FROM day_balance WHERE account = NEW.account AND day < NEW.day ORDER BY day DESC LIMIT 1), 0)
      OR EXISTS (SELECT 1 FROM day_balance WHERE account = NEW.account AND day > NEW.day)
      THEN RAISE(ABORT, 'STORNO-CHAIN-BALANCE: a closing balance follows from the one before')
  END;
END;

CREATE TRIGGER period_insert BEFORE INSERT ON period
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM period WHERE period = NEW.period)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: this period is locked already')
    WHEN NOT EXISTS (SELECT 1 FROM day WHERE substr(day, 1, length(NEW.period)) = NEW.period)
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: no day of this period was ever opened')
    WHEN EXISTS (SELECT 1 FROM day WHERE substr(day, 1, length(NEW.period)) = NEW.period AND state <> 'closed')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a day of this period is not closed yet')
    WHEN length(NEW.period) = 4 AND EXISTS (
        SELECT 1 FROM day WHERE substr(day, 1, 4) = NEW.period
           AND NOT EXISTS (SELECT 1 FROM period WHERE period = substr(day, 1, 7)))
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a month of this year is not locked yet')
    WHEN NEW.head_seq IS NOT (SELECT coalesce(max(id), 0) FROM voucher)
      OR NEW.head_hash IS NOT coalesce((SELECT hash FROM voucher ORDER BY id DESC LIMIT 1),
                                       '0000000000000000000000000000000000000000000000000000000000000000')
      THEN RAISE(ABORT, 'STORNO-DAY-STATE: a period is locked with its seal')
    WHEN EXISTS (
        SELECT 1 FROM day_balance b JOIN account a ON a.id = b.account
         WHERE substr(b.day, 1, length(NEW.period)) = NEW.period
         GROUP BY a.currency HAVING sum(b.debit_minor) <> sum(b.credit_minor))
      THEN RAISE(ABORT, 'STORNO-UNBALANCED: the trial balance of the period is off')
  END;
END;

-- An entry goes to the voucher after the head and follows its account's chain. What its account allows is checked by
-- the voucher, once for all its entries. What stands last is read by one seek each; an aggregate would ask the allocator.
CREATE TRIGGER entry_insert BEFORE INSERT ON entry
BEGIN
  SELECT CASE
    WHEN coalesce((SELECT id FROM voucher ORDER BY id DESC LIMIT 1), 0) <> NEW.voucher - 1
      THEN RAISE(FAIL, 'STORNO-SEALED: entries go to the voucher after the head only')
    WHEN (SELECT CASE
        WHEN seq <> NEW.seq - 1
          THEN RAISE(FAIL, 'STORNO-CHAIN-NUMBER: the number must be the chain head plus one')
        WHEN after_minor <> NEW.before_minor
          THEN RAISE(FAIL, 'STORNO-CHAIN-BALANCE: the balance before must be the one after the line before')
        ELSE 1 END FROM entry WHERE account = NEW.account ORDER BY seq DESC LIMIT 1) IS NULL
      AND (NEW.seq <> 1 OR NEW.before_minor <> 0)
      THEN CASE NEW.seq
        WHEN 1 THEN RAISE(FAIL, 'STORNO-CHAIN-BALANCE: the balance before must be the one after the line before')
        ELSE RAISE(FAIL, 'STORNO-CHAIN-NUMBER: the number must be the chain head plus one')
      END
    WHEN NEW.after_minor <> NEW.before_minor + NEW.side * NEW.amount_minor
      THEN RAISE(FAIL, 'STORNO-CHAIN-BALANCE: the balance after must be the one before and the amount')
    -- No entry is of a later voucher than the one after the head, so its lines are the last ones.
    WHEN coalesce((SELECT CASE voucher WHEN NEW.voucher THEN line ELSE 0 END
                     FROM entry ORDER BY voucher DESC, line DESC LIMIT 1), 0) <> NEW.line - 1
      THEN RAISE(FAIL, 'STORNO-APPEND-ONLY: the lines of a voucher are numbered in order')
    -- Without foreign keys nothing would refuse entries whose voucher never comes, and they would stand in the way of the
    -- next one. SQLite's default is off: a writer turns them on before it begins.
    WHEN NEW.line = 1 AND (SELECT foreign_keys FROM pragma_foreign_keys) = 0
      THEN RAISE(FAIL, 'STORNO-FOREIGN-KEYS: writers run PRAGMA foreign_keys = ON first')
  END;
END;

-- The voucher closes its entries: everything about it as a whole is checked here. It takes the next place by itself, and is
-- -1 here then.
CREATE TRIGGER voucher_insert BEFORE INSERT ON voucher
BEGIN
  UPDATE correction_guard
     SET case_no = NEW.case_no, maker = NEW.maker, checker = NEW.checker, reverses = NEW.reverses, mode = NEW.mode,
         trade = NEW.trade, event = NEW.event, accounting_date = NEW.accounting_date
   WHERE n = 1 AND (NEW.case_no IS NOT NULL OR NEW.reverses IS NOT NULL);
  SELECT CASE
    WHEN NEW.id <> -1 AND NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM voucher)
      THEN RAISE(FAIL, 'STORNO-VOUCHER-NUMBER: the place must be the head plus one')
    WHEN coalesce((SELECT hash FROM voucher ORDER BY id DESC LIMIT 1),
                  '0000000000000000000000000000000000000000000000000000000000000000') <> NEW.prev_hash
      THEN RAISE(FAIL, 'STORNO-PREVIOUS-HASH: the previous hash must be the head''s')
  END;
  SELECT RAISE(FAIL, 'STORNO-VOUCHER-CONFLICT: this voucher number is there already')
    FROM voucher WHERE voucher_no = NEW.voucher_no;
  -- One walk over the entries: each by itself, and what they come to.
  SELECT CASE
    WHEN count(*) < 2
      THEN RAISE(FAIL, 'STORNO-TOO-FEW-ENTRIES: a voucher has at least two entries')
    WHEN sum(CASE
        WHEN a.status <> 'active'
          THEN RAISE(FAIL, 'STORNO-ACCOUNT-NOT-ACTIVE: the account is frozen or closed')
        WHEN a.currency <> e.currency
          THEN RAISE(FAIL, 'STORNO-CURRENCY: the account is in another currency')
        WHEN a.id IS NULL
          THEN RAISE(FAIL, 'STORNO-ACCOUNT-UNKNOWN: no such account')
        -- What counts is where the voucher leaves the account; that its last entry is of this voucher, its number says.
        WHEN e.after_minor * a.normal < a.floor_minor AND NEW.kind <> 'import'
          AND NOT EXISTS (SELECT 1 FROM entry c WHERE c.account = e.account AND c.seq > e.seq)
          AND (SELECT sum(c.side * c.amount_minor) FROM entry c WHERE c.voucher = e.voucher AND c.account = e.account) * a.normal < 0
          THEN RAISE(FAIL, 'STORNO-FLOOR: an account would fall below its floor')
        WHEN e.mode <> 'normal' AND (NEW.kind = 'post' OR NEW.kind = 'repost' OR NEW.kind = 'supplement')
          THEN RAISE(FAIL, 'STORNO-MODE: a posting has normal entries')
        -- In the ledger's currency alone the sum settles it; otherwise each currency must balance by itself.
        WHEN e.currency <> (SELECT value FROM setting WHERE name = 'currency') AND EXISTS (
            SELECT 1 FROM entry c WHERE c.voucher = e.voucher GROUP BY c.currency HAVING sum(c.side * c.amount_minor) <> 0)
          THEN RAISE(FAIL, 'STORNO-UNBALANCED: debits and credits differ')
        ELSE e.side * e.amount_minor END) <> 0
      THEN RAISE(FAIL, 'STORNO-UNBALANCED: debits and credits differ')
  END FROM entry e LEFT JOIN account a ON a.id = e.account
   WHERE e.voucher = coalesce((SELECT id FROM voucher ORDER BY id DESC LIMIT 1), 0) + 1;
  SELECT CASE
    WHEN NOT EXISTS (SELECT 1 FROM day WHERE day = NEW.accounting_date AND state = 'open')
      THEN RAISE(FAIL, 'STORNO-DAY-NOT-OPEN: the accounting date is not open')
    WHEN NEW.event / 8 IS NOT NEW.trade AND NEW.event IS NOT NULL
      THEN RAISE(FAIL, 'STORNO-BAD-VALUE: the event is not of this trade')
    WHEN (NEW.reverses IS NOT NULL) <> (NEW.kind = 'reverse')
      THEN RAISE(FAIL, 'STORNO-BAD-VALUE: a reversal names its original, nothing else does')
    WHEN NEW.mode <> 'normal' AND NEW.kind <> 'reverse' AND (NEW.mode = 'wipe' OR NEW.mode = 'red' OR NEW.mode = 'blue')
      THEN RAISE(FAIL, 'STORNO-MODE: only a reversal wipes, or is red or blue')
    WHEN NEW.kind = 'post' OR NEW.kind = 'supplement' OR NEW.kind = 'repost'
      THEN CASE
        WHEN (SELECT live FROM event WHERE id = NEW.event) > 0
          THEN RAISE(FAIL, 'STORNO-ALREADY-POSTED: the event has a live posting')
        WHEN NEW.event IS NULL
          THEN RAISE(FAIL, 'STORNO-BAD-VALUE: a posting books an event')
        WHEN NEW.case_no IS NULL AND NEW.kind = 'repost'
          THEN RAISE(FAIL, 'STORNO-CASE-REQUIRED: a correction belongs to a case')
      END
    WHEN NEW.case_no IS NULL AND NEW.kind <> 'import'
      THEN RAISE(FAIL, 'STORNO-CASE-REQUIRED: a correction belongs to a case')
  END;
END;

-- What concerns corrections alone, handed on by the voucher.
CREATE TRIGGER voucher_correction BEFORE UPDATE ON correction_guard
BEGIN
  SELECT CASE
    WHEN NEW.case_no IS NULL
      THEN NULL
    WHEN (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND (NEW.checker IS NULL OR NEW.checker = NEW.maker COLLATE NOCASE)
      THEN RAISE(FAIL, 'STORNO-FOUR-EYES: the checker is another person than the maker')
    WHEN NOT EXISTS (
        SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND NEW.maker = c.maker AND NEW.checker IS c.checker
           AND (c.state = 'approved'
             OR ((SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0 AND c.state IN ('staged', 'submitted'))))
      THEN RAISE(FAIL, 'STORNO-CASE-STATE: the case is not approved')
  END;
  SELECT CASE
    WHEN NEW.reverses IS NULL
      THEN NULL
    WHEN EXISTS (SELECT 1 FROM voucher WHERE reverses = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-ALREADY-REVERSED: the voucher was reversed already')
    WHEN NOT EXISTS (SELECT 1 FROM voucher WHERE id = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-NOT-FOUND: no such voucher to reverse')
    WHEN (SELECT kind FROM voucher WHERE id = NEW.reverses) = 'reverse'
      THEN RAISE(FAIL, 'STORNO-REVERSAL-OF-REVERSAL: a reversal is not reversed')
    WHEN EXISTS (SELECT 1 FROM open_item o WHERE o.voucher = NEW.reverses AND o.cleared_by IS NOT NULL
                  AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = o.cleared_by))
      THEN RAISE(FAIL, 'STORNO-OPEN-ITEM: what was cleared from suspense is not taken back from there')
    WHEN NEW.accounting_date < (SELECT accounting_date FROM voucher WHERE id = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-REVERSAL-DATE: a reversal is not dated before its original')
    WHEN (NEW.mode <> 'wipe' AND NEW.mode <> 'red' AND NEW.mode <> 'blue')
      OR (NEW.mode = 'wipe' AND NEW.accounting_date <> (SELECT accounting_date FROM voucher WHERE id = NEW.reverses))
      OR (NEW.mode = 'red' AND CAST(NEW.accounting_date AS INTEGER)
                            <> (SELECT CAST(accounting_date AS INTEGER) FROM voucher WHERE id = NEW.reverses))
      THEN RAISE(FAIL, 'STORNO-MODE: the mode does not fit the dates')
    WHEN NEW.trade IS NOT (SELECT trade FROM voucher WHERE id = NEW.reverses)
      OR NEW.event IS NOT (SELECT event FROM voucher WHERE id = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-NOT-MIRROR: a reversal is of the same trade and event')
    WHEN EXISTS (
        SELECT 1 FROM entry o LEFT JOIN entry r ON r.voucher = (SELECT max(id) + 1 FROM voucher) AND r.line = o.line
         WHERE o.voucher = NEW.reverses
           AND NOT (r.line IS NOT NULL AND r.mode = NEW.mode
                    AND (r.account = o.account
                      -- Profit and loss of an earlier year goes to the prior-year adjustment account, which is equity.
                      OR (NEW.mode = 'blue'
                        AND CAST(NEW.accounting_date AS INTEGER) > (SELECT CAST(accounting_date AS INTEGER) FROM voucher WHERE id = NEW.reverses)
                        AND (SELECT class = 'income' OR class = 'expense' FROM account WHERE id = o.account)
                        AND (SELECT class = 'equity' FROM account WHERE id = r.account)))
                    AND ((NEW.mode = 'red' AND r.side = o.side AND r.amount_minor = -o.amount_minor)
                      OR (NEW.mode <> 'red' AND r.side = -o.side AND r.amount_minor = o.amount_minor))))
      OR (SELECT count(*) FROM entry WHERE voucher = (SELECT max(id) + 1 FROM voucher))
         <> (SELECT count(*) FROM entry WHERE voucher = NEW.reverses)
      THEN RAISE(FAIL, 'STORNO-NOT-MIRROR: a reversal mirrors its original line by line')
  END;
  SELECT RAISE(IGNORE);
END;

-- The event learns from its vouchers how many of them are live; its own guard counts them.
CREATE TRIGGER voucher_counts AFTER INSERT ON voucher
WHEN NEW.event IS NOT NULL AND (NEW.kind = 'post' OR NEW.kind = 'repost' OR NEW.kind = 'supplement' OR NEW.kind = 'import'
  OR NEW.kind = 'reverse')
BEGIN
  UPDATE event SET live = live + CASE
      WHEN NEW.kind <> 'reverse' THEN 1
      WHEN (SELECT o.kind = 'post' OR o.kind = 'repost' OR o.kind = 'supplement' OR o.kind = 'import'
              FROM voucher o WHERE o.id = NEW.reverses) THEN -1
      ELSE 0 END
   WHERE id = NEW.event;
END;

CREATE TRIGGER open_item_insert BEFORE INSERT ON open_item
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM open_item WHERE voucher = NEW.voucher)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the voucher has its open item already')
    WHEN NEW.cleared_by IS NOT NULL
      OR (SELECT kind FROM voucher WHERE id = NEW.voucher) IS NOT 'park'
      OR (SELECT s.suspense FROM account a JOIN subject s ON s.code = a.subject WHERE a.id = NEW.account) IS NOT 1
      OR (SELECT sum(side * amount_minor) FROM entry WHERE voucher = NEW.voucher AND account = NEW.account) IS NOT NEW.amount_minor
      THEN RAISE(ABORT, 'STORNO-OPEN-ITEM: an item is what its voucher put on a suspense account')
  END;
END;

CREATE TRIGGER open_item_moves BEFORE UPDATE ON open_item
BEGIN
  SELECT CASE
    WHEN NEW.voucher IS NOT OLD.voucher OR NEW.account IS NOT OLD.account OR NEW.amount_minor IS NOT OLD.amount_minor
      OR NEW.cleared_by IS NULL
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: what an open item is never changes')
    WHEN EXISTS (SELECT 1 FROM voucher WHERE reverses = OLD.voucher)
      OR (OLD.cleared_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM voucher WHERE reverses = OLD.cleared_by))
      THEN RAISE(ABORT, 'STORNO-OPEN-ITEM: the item is not open')
    WHEN (SELECT kind FROM voucher WHERE id = NEW.cleared_by) IS NOT 'unpark'
      OR (SELECT sum(side * amount_minor) FROM entry WHERE voucher = NEW.cleared_by AND account = OLD.account)
         IS NOT -OLD.amount_minor
      THEN RAISE(ABORT, 'STORNO-OPEN-ITEM: an item is cleared once, whole, by a voucher of its own')
  END;
END;

CREATE TRIGGER open_item_no_delete BEFORE DELETE ON open_item
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: open_item rows are never deleted'); END;

CREATE TRIGGER case_insert BEFORE INSERT ON case_file
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM case_file) OR EXISTS (SELECT 1 FROM case_file WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: cases are numbered in order')
    WHEN NEW.state NOT IN ('open', 'staged') OR NEW.checker IS NOT NULL OR NEW.decided_at IS NOT NULL
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: a case starts open')
  END;
END;

CREATE TRIGGER case_moves BEFORE UPDATE ON case_file
BEGIN
  SELECT CASE
    WHEN NEW.n IS NOT OLD.n OR NEW.case_no IS NOT OLD.case_no OR NEW.cause IS NOT OLD.cause OR NEW.trade IS NOT OLD.trade
      OR NEW.finding IS NOT OLD.finding OR NEW.opened_at IS NOT OLD.opened_at OR OLD.state IN ('committed', 'withdrawn')
      OR ((OLD.state <> 'open' AND OLD.state <> 'staged' AND OLD.state <> 'rejected')
          AND (NEW.maker IS NOT OLD.maker OR NEW.reason IS NOT OLD.reason OR NEW.planned IS NOT OLD.planned))
      OR (NEW.state = OLD.state AND NEW.checker IS NOT NULL AND NEW.checker IS NOT OLD.checker)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: what a case is never changes')
    WHEN NEW.maker IS NOT OLD.maker AND NOT EXISTS (
        SELECT 1 FROM case_log l WHERE l.case_no = OLD.case_no AND l.verb = 'hand' AND l.operator = OLD.maker AND l.note = NEW.maker
           AND l.n = (SELECT max(n) FROM case_log WHERE case_no = OLD.case_no))
      THEN RAISE(ABORT, 'STORNO-NOT-YOURS: the maker hands a case over, and it is logged first')
    WHEN NEW.state = 'withdrawn' AND NOT EXISTS (
        SELECT 1 FROM case_log l WHERE l.case_no = OLD.case_no AND l.verb = 'withdraw'
           AND (lower(l.operator) = lower(OLD.maker) OR lower(l.operator) = lower(OLD.checker))
           AND l.n = (SELECT max(n) FROM case_log WHERE case_no = OLD.case_no))
      THEN RAISE(ABORT, 'STORNO-NOT-YOURS: the maker or the checker withdraws a case, and it is logged first')
    WHEN NOT (NEW.state = OLD.state
      OR ((OLD.state = 'open' OR OLD.state = 'staged' OR OLD.state = 'rejected') AND (NEW.state = 'open' OR NEW.state = 'staged' OR NEW.state = 'withdrawn'))
      OR (OLD.state = 'staged' AND NEW.state = 'submitted')
      OR (OLD.state = 'submitted' AND (NEW.state = 'approved' OR NEW.state = 'rejected' OR NEW.state = 'withdrawn'))
      OR (OLD.state = 'approved' AND (NEW.state = 'committed' OR NEW.state = 'rejected' OR NEW.state = 'withdrawn'))
      OR (OLD.state IN ('staged', 'submitted') AND NEW.state = 'committed'
          AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 0))
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case is not in a state that allows this')
    WHEN NEW.state = 'committed' AND NOT EXISTS (SELECT 1 FROM voucher WHERE case_no = NEW.case_no)
      AND NOT EXISTS (SELECT 1 FROM trade_status WHERE case_no = NEW.case_no)
      AND NOT EXISTS (SELECT 1 FROM answered_line WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-NOTHING: a committed case has booked something')
    WHEN NEW.state IN ('approved', 'committed')
      AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND (NEW.checker IS NULL OR lower(NEW.checker) = lower(NEW.maker))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: the checker is another person than the maker')
    WHEN NEW.state = 'approved' AND OLD.state <> 'approved'
      AND NOT EXISTS (SELECT 1 FROM case_log l WHERE l.case_no = NEW.case_no AND l.verb = 'approve' AND l.operator = NEW.checker)
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: an approval is logged first')
    WHEN NEW.state = 'approved' AND OLD.state <> 'approved'
      AND (SELECT four_eyes FROM policy ORDER BY version DESC LIMIT 1) = 1
      AND EXISTS (SELECT 1 FROM case_log l WHERE l.case_no = NEW.case_no AND lower(l.operator) = lower(NEW.checker)
                   AND (l.verb = 'open' OR l.verb = 'stage' OR l.verb = 'drop' OR l.verb = 'restore' OR l.verb = 'restage'
                     OR l.verb = 'submit' OR l.verb = 'check' OR l.verb = 'hand'))
      THEN RAISE(ABORT, 'STORNO-FOUR-EYES: whoever worked on a case does not approve it')
  END;
END;

CREATE TRIGGER case_finding_insert BEFORE INSERT ON case_finding
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM case_finding WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: what a case is about is numbered in order')
    WHEN coalesce((SELECT state FROM case_file WHERE case_no = NEW.case_no), '') NOT IN ('open', 'staged', 'rejected')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case takes no findings now')
    WHEN NEW.n = 1 AND NOT EXISTS (SELECT 1 FROM case_file c WHERE c.case_no = NEW.case_no AND c.trade IS NEW.trade AND c.finding IS NEW.finding)
      THEN RAISE(ABORT, 'STORNO-BAD-VALUE: the first finding of a case is the one it was opened for')
    WHEN NEW.again = 0 AND NEW.finding IS NOT NULL AND EXISTS (
        SELECT 1 FROM case_finding f JOIN case_file c ON c.case_no = f.case_no
         WHERE f.finding = NEW.finding AND c.state NOT IN ('committed', 'withdrawn'))
      THEN RAISE(ABORT, 'STORNO-HELD: a case that is not over holds the finding')
  END;
END;

CREATE TRIGGER case_check_insert BEFORE INSERT ON case_check
BEGIN
  SELECT CASE
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM case_check WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: the ticks of a case are numbered in order')
    WHEN coalesce((SELECT state FROM case_file WHERE case_no = NEW.case_no), '') NOT IN ('open', 'staged', 'rejected')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case takes no ticks now')
  END;
END;

CREATE TRIGGER step_insert BEFORE INSERT ON case_step
BEGIN
  SELECT CASE
    WHEN NEW.step <> (SELECT coalesce(max(step), 0) + 1 FROM case_step WHERE case_no = NEW.case_no)
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: steps are numbered in order')
    WHEN coalesce((SELECT state FROM case_file WHERE case_no = NEW.case_no), '') NOT IN ('open', 'staged', 'rejected')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case takes no steps now')
  END;
END;

CREATE TRIGGER step_moves BEFORE UPDATE ON case_step
BEGIN
  SELECT CASE
    WHEN NEW.case_no IS NOT OLD.case_no OR NEW.step IS NOT OLD.step OR NEW.body IS NOT OLD.body
      OR NEW.added_at IS NOT OLD.added_at OR NEW.operator IS NOT OLD.operator
      THEN RAISE(ABORT, 'STORNO-APPEND-ONLY: a staged step is dropped or restored, not changed')
    WHEN coalesce((SELECT state FROM case_file WHERE case_no = NEW.case_no), '') NOT IN ('open', 'staged', 'rejected')
      THEN RAISE(ABORT, 'STORNO-CASE-STATE: the case takes no steps now')
  END;
END;

-- The public views. Balances are positive on the account's normal side.

CREATE VIEW v_account AS
SELECT a.code, a.name, a.class, CASE a.normal WHEN 1 THEN 'debit' ELSE 'credit' END AS normal_side, a.currency, a.status,
       a.customer_visible,
       coalesce((SELECT e.after_minor FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0) * a.normal
         AS balance_minor,
       coalesce((SELECT e.seq FROM entry e WHERE e.account = a.id ORDER BY e.seq DESC LIMIT 1), 0) AS entries
  FROM account a;

-- One row a trade with its state now and its comparison with the channel, before words. What is rarely there is joined:
-- a subquery would run again for each place that reads its column.
CREATE VIEW trade_now AS
SELECT t.*,
       coalesce(s.status, t.status) AS status_now,
       coalesce(a.value + 0, t.amount_minor) AS amount_now,
       coalesce(f.value + 0, t.fee_minor) AS fee_now,
       (SELECT count(*) FROM statement_line l WHERE l.channel_ref = t.channel_ref AND l.channel = t.channel) AS line_count,
       (SELECT max(l.id) FROM statement_line l WHERE l.channel_ref = t.channel_ref AND l.channel = t.channel) AS line_id
  FROM trade t
  LEFT JOIN trade_status s ON s.trade = t.id
   AND NOT EXISTS (SELECT 1 FROM trade_status x WHERE x.trade = s.trade AND x.n > s.n)
  LEFT JOIN amendment a ON a.trade = t.id AND a.fact = 'amount_minor'
   AND NOT EXISTS (SELECT 1 FROM amendment x WHERE x.trade = a.trade AND x.fact = a.fact AND x.n > a.n)
  LEFT JOIN amendment f ON f.trade = t.id AND f.fact = 'fee_minor'
   AND NOT EXISTS (SELECT 1 FROM amendment x WHERE x.trade = f.trade AND x.fact = f.fact AND x.n > f.n);

-- How much of a trade others undo: counter trades alone, and with them refunds, returns, chargebacks; of a chargeback, what was
-- claimed back.
CREATE VIEW trade_undone AS
SELECT t.id, t.kind, t.channel, t.channel_ref, t.status_now, t.amount_now,
       coalesce((SELECT sum(x.amount_now) FROM trade_now x
                  WHERE x.original_ref = t.channel_ref AND x.channel = t.channel AND x.status_now = 'succeeded'
                    AND x.kind = 'counter' AND x.counters = t.kind), 0) AS countered_minor,
       coalesce((SELECT sum(x.amount_now) FROM trade_now x
                  WHERE x.original_ref = t.channel_ref AND x.channel = t.channel AND x.status_now = 'succeeded'
                    AND (x.kind = 'counter' OR (t.kind = 'chargeback' AND x.kind = 'representment')
                      OR (t.kind <> 'chargeback' AND (x.kind = 'refund' OR x.kind = 'return' OR x.kind = 'chargeback')))), 0)
         AS undone_minor
  FROM trade_now t;

CREATE VIEW trade_recon AS
SELECT n.*,
  CASE
    -- That a channel pays us stands in its fund bill, not among its trades.
    WHEN n.kind = 'settlement' THEN 'unmatched'
    WHEN l.id IS NOT NULL THEN CASE
      WHEN n.line_count > 1 THEN 'duplicate'
      -- A revocation under the payment's own reference: for the channel the payment never stood.
      WHEN l.kind = 'revoke' AND l.original_ref = l.channel_ref
        THEN CASE WHEN n.status_now IN ('failed', 'closed') THEN 'matched' ELSE 'short' END
      WHEN n.status_now = l.status AND n.status_now <> 'succeeded' THEN 'matched'
      WHEN n.status_now <> 'succeeded' THEN 'long'
      WHEN l.status = 'failed' OR l.status = 'closed' THEN 'short'
      WHEN l.amount_minor <> n.amount_now OR l.currency <> n.currency THEN 'amount_diff'
      WHEN l.fee_minor <> n.fee_now THEN 'fee_diff'
      WHEN s.day <> n.business_date
        AND NOT EXISTS (SELECT 1 FROM statement o WHERE o.channel = n.channel AND o.day = n.business_date) THEN 'waiting'
      ELSE 'matched' END
    WHEN NOT EXISTS (SELECT 1 FROM statement s WHERE s.channel = n.channel AND s.day = n.business_date) THEN 'unmatched'
    WHEN n.status_now IN ('failed', 'closed') THEN 'matched'
    WHEN n.status_now <> 'succeeded' THEN 'unmatched'
    WHEN substr(n.occurred_at, 12, 8) >= (SELECT cut_from FROM policy ORDER BY version DESC LIMIT 1)
      AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.channel = n.channel AND s.day = date(n.business_date, '+1 day'))
      THEN 'waiting'
    WHEN substr(n.occurred_at, 12, 8) < (SELECT cut_until FROM policy ORDER BY version DESC LIMIT 1)
      AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.channel = n.channel AND s.day = date(n.business_date, '-1 day'))
      THEN 'waiting'
    -- A channel bills each merchant number by itself, and a trade does not say which one it went by. One that was billed in the
    -- week before and not since may still hold it; billed again later, it had none of this day, or that bill was left out.
    WHEN EXISTS (
        SELECT 1 FROM statement m
         WHERE m.channel = n.channel AND m.day >= date(n.business_date, '-7 day') AND m.day < n.business_date
           AND m.merchant_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM statement s
             WHERE s.channel = n.channel AND s.day >= n.business_date AND s.merchant_id = m.merchant_id))
      THEN 'waiting'
    ELSE 'short'
  END AS recon
  FROM trade_now n
  -- The last of its lines, with the statement it stands in.
  LEFT JOIN statement_line l ON l.id = n.line_id
  LEFT JOIN statement s ON s.id = l.statement;

-- One row an event that has no live voucher with where its amount is: in suspense (open), or gone on from there (cleared). Both
-- end where the voucher that parked it is reversed; NULL where none stands.
CREATE VIEW event_now AS
SELECT e.*,
       CASE e.live WHEN 0 THEN (
           SELECT max(CASE WHEN o.cleared_by IS NULL OR EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = o.cleared_by)
                      THEN 'open' ELSE 'cleared' END)
             FROM voucher p LEFT JOIN open_item o ON o.voucher = p.id
            WHERE p.trade = e.trade AND p.event = e.id AND p.kind = 'park'
              AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = p.id)) END AS suspense
  FROM event e;

CREATE VIEW v_trade AS
SELECT r.trade_no, r.kind, r.product, r.channel, r.channel_ref,
       coalesce((SELECT o.trade_no FROM trade o WHERE o.channel_ref = r.original_ref AND o.channel = r.channel ORDER BY o.id LIMIT 1),
                r.original_ref) AS original_trade_no,
       r.amount_minor, r.fee_minor, r.currency, r.status_now AS status, r.occurred_at, r.business_date,
       coalesce((SELECT a.value FROM amendment a WHERE a.trade = r.id AND a.fact = 'customer' ORDER BY a.n DESC LIMIT 1), r.customer)
         AS customer,
       coalesce((SELECT a.value FROM amendment a WHERE a.trade = r.id AND a.fact = 'merchant' ORDER BY a.n DESC LIMIT 1), r.merchant)
         AS merchant,
       -- Clearing and settlement are told beside it, and may be behind without the posting being so.
       (SELECT CASE
            WHEN max(e.live) > 1 THEN 'posted_twice'
            WHEN min(CASE WHEN e.live = 0 AND e.suspense IS NULL THEN 0 ELSE 1 END) = 0 THEN CASE WHEN EXISTS (
                SELECT 1 FROM voucher v WHERE v.trade = r.id AND v.reverses IS NOT NULL
                   AND (v.event % 8 NOT IN (2, 3) OR r.kind = 'settlement')) THEN 'reversed' ELSE 'unposted' END
            WHEN max(e.suspense) = 'open' THEN 'parked'
            WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = r.id AND v.kind = 'repost'
                          AND (v.event % 8 NOT IN (2, 3) OR r.kind = 'settlement')
                          AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = v.id)) THEN 'reposted'
            ELSE 'posted' END
          FROM event_now e WHERE e.id BETWEEN 8 * r.id AND 8 * r.id + 7 AND (e.id % 8 NOT IN (2, 3) OR r.kind = 'settlement')) AS posting,
       CASE WHEN r.clearing = 'uncleared' AND EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 2 AND e.live > 0)
         THEN 'cleared'
            -- What the trade layer said when it exported the trade; a clearing that was taken back since says otherwise.
            WHEN r.clearing = 'cleared' AND EXISTS (SELECT 1 FROM event e JOIN voucher v ON v.trade = r.id AND v.event = e.id
                                                     WHERE e.id = 8 * r.id + 2 AND e.live = 0)
         THEN 'uncleared' ELSE r.clearing END AS clearing,
       CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 3) THEN 'settled' ELSE 'unsettled' END AS settlement,
       r.recon
  FROM trade_recon r;

CREATE VIEW v_event AS
SELECT t.trade_no, e.event, e.occurred_at, e.business_date, e.amount_minor,
       CASE WHEN e.live > 1 THEN 'posted_twice'
            WHEN e.suspense = 'open' THEN 'parked'
            WHEN e.live = 0 AND e.suspense IS NULL THEN CASE WHEN EXISTS (
                SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id AND v.reverses IS NOT NULL)
              THEN 'reversed' ELSE 'unposted' END
            WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id AND v.kind = 'repost'
                          AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = v.id)) THEN 'reposted'
            ELSE 'posted' END AS posting,
       e.live AS live_vouchers
  -- An event's number follows from its trade's, so that one trade's events are a range and never a scan.
  FROM trade t JOIN event_now e ON e.id BETWEEN 8 * t.id AND 8 * t.id + 7;

CREATE VIEW v_voucher AS
SELECT v.id AS seq, v.voucher_no, v.kind, v.mode,
       (SELECT t.trade_no FROM trade t WHERE t.id = v.trade) AS trade_no,
       (SELECT e.event FROM event e WHERE e.id = v.event) AS event,
       (SELECT o.voucher_no FROM voucher o WHERE o.id = v.reverses) AS reverses,
       (SELECT r.voucher_no FROM voucher r WHERE r.reverses = v.id) AS reversed_by,
       v.case_no, v.accounting_date, v.business_date, v.value_date, v.reason, v.rule, v.maker, v.checker, v.posted_at, v.memo,
       v.prev_hash, v.hash
  FROM voucher v;

CREATE VIEW v_entry AS
SELECT v.voucher_no, e.line, a.code AS account, e.seq AS account_seq,
       CASE e.side WHEN 1 THEN 'debit' ELSE 'credit' END AS side, e.amount_minor, e.mode,
       e.before_minor * a.normal AS balance_before_minor, e.after_minor * a.normal AS balance_after_minor, e.currency
  FROM entry e JOIN voucher v ON v.id = e.voucher JOIN account a ON a.id = e.account;

-- Closing balances of closed days, for accounts that moved.
CREATE VIEW v_day_balance AS
SELECT b.day, a.code AS account, b.debit_minor, b.credit_minor, b.balance_minor * a.normal AS balance_minor, a.currency
  FROM day_balance b JOIN account a ON a.id = b.account;

CREATE VIEW v_case AS
SELECT c.case_no, c.cause, c.state, c.maker, c.checker, c.opened_at, c.decided_at,
       (SELECT group_concat(named.trade_no, ' ') FROM (
          SELECT t.trade_no FROM case_finding f JOIN trade t ON t.id = f.trade WHERE f.case_no = c.case_no
           GROUP BY f.trade ORDER BY min(f.n)) named) AS trades,
       (SELECT group_concat(v.voucher_no, ' ') FROM voucher v WHERE v.case_no = c.case_no) AS vouchers
  FROM case_file c;
