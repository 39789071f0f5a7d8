-- Storno ledger, schema version 1: tables and indexes.
--
-- The schema is this folder's texts, run in the order of their numbers as one migration.
--
-- Rules for all of them, because more than one engine runs them: no functions of ours, no clock, no
-- randomness, no REAL, no BLOB. Times, numbers and hashes come from the program. Features of SQLite 3.40.
--
-- The voucher row is the seal: within a transaction its entries are inserted first, then the voucher row
-- closes them. An account holds no balance; its balance is that of the last entry in its chain.

-- What the ledger is: ledger_id, name, role (prod, test, demo), currency, zone, created_at.
CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger's policy; the highest version is in force. source is the policy as loaded; the other columns
-- are what guards and views read of it.
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

-- Posting rules as authored.
CREATE TABLE rule_set (
  version     INTEGER PRIMARY KEY,
  id          TEXT NOT NULL,
  valid_from  TEXT NOT NULL,
  source      TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  loaded_at   TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT;

-- Channel calendars as loaded; each adds to the one before or replaces it, as its text says.
CREATE TABLE calendar (
  version     INTEGER PRIMARY KEY,
  id          TEXT NOT NULL,
  source      TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  loaded_at   TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT;

-- The chart of accounts (科目).
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

-- normal: 1 if a debit raises the balance, -1 if a credit does. floor_minor is on the normal side.
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

-- Trades as imported; they never change.
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

-- Proven corrections of a trade's status; the highest n is in force.
CREATE TABLE trade_status (
  trade    INTEGER NOT NULL REFERENCES trade (id),
  n        INTEGER NOT NULL,
  status   TEXT NOT NULL CHECK ((status = 'created' OR status = 'processing' OR status = 'succeeded' OR status = 'failed' OR status = 'unknown' OR status = 'closed')),
  case_no  TEXT NOT NULL,
  at       TEXT NOT NULL,
  operator TEXT NOT NULL,
  PRIMARY KEY (trade, n)
) STRICT, WITHOUT ROWID;

-- Proven corrections of a trade's facts; the highest n is in force.
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

-- id = 8 * trade + 1 captured, 2 cleared, 3 settled, 4 refunded. live counts the live postings of the
-- event; the voucher's trigger keeps it, and its guard accepts only what the vouchers say.
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

-- While several days are open their vouchers are interleaved, and an index on the accounting date would
-- cost one more write per posting. Instead a day records the ledger's head when it opened and, once
-- closed, the head at its close; queries about a day scan the range between the two. opened_seq may be too
-- low, never too high: a writer that omits it makes queries about its day slower, not wrong. cut_at: when
-- the day stopped taking postings.
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

-- Closing balances: one row per account that moved on the day, debit-positive. On a day without a row the
-- balance is that of the account's last row before.
CREATE TABLE day_balance (
  day           TEXT NOT NULL REFERENCES day (day),
  account       INTEGER NOT NULL REFERENCES account (id),
  debit_minor   INTEGER NOT NULL,
  credit_minor  INTEGER NOT NULL,
  balance_minor INTEGER NOT NULL,
  PRIMARY KEY (day, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX day_balance_account ON day_balance (account, day, balance_minor);

-- Locked months (2018-09) and years (2018), each sealed with the head at that moment.
CREATE TABLE period (
  period    TEXT PRIMARY KEY CHECK ((length(period) = 4 OR length(period) = 7)),
  closed_at TEXT NOT NULL,
  closed_by TEXT NOT NULL,
  head_seq  INTEGER NOT NULL,
  head_hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The journal. id is the place in the ledger (seq).
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

-- side: 1 debit, -1 credit. Balances here are debit-positive; the views turn them to the account's normal
-- side.
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

-- One empty row. The voucher's guard updates it to run the checks that concern corrections alone: a
-- trigger costs its stack frame even if its WHEN is false, and theirs is large. Every update is discarded,
-- so the row never changes.
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

-- Amounts in suspense (挂账), one for each voucher of kind park; amount_minor is debit-positive. An item is
-- cleared once, as a whole.
CREATE TABLE open_item (
  voucher      INTEGER PRIMARY KEY REFERENCES voucher (id),
  account      INTEGER NOT NULL REFERENCES account (id),
  amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0),
  cleared_by   INTEGER REFERENCES voucher (id)
) STRICT;
CREATE UNIQUE INDEX open_item_cleared ON open_item (cleared_by) WHERE cleared_by IS NOT NULL;

-- Channel statements (对账单).
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

-- A writer leaves the id out: SQLite would keep a statement journal for an explicit one.
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

-- Channel lines without a trade, and how a case answered each: by a voucher without a trade (into suspense
-- or out of it), or by a stub for the payment original_ref that the line takes back before that arrived.
-- An answer ends when its voucher is reversed; a stub stays.
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

-- Imported files of trades and journals.
CREATE TABLE import_file (
  fingerprint TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,
  file        TEXT NOT NULL,
  rows        INTEGER NOT NULL,
  imported_at TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Cases (工单).
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

-- What a case is about: findings, or trades without one. The first is in case_file as well. A case may be
-- about none, and a finding may have no trade. again: opened although another case that is not over holds
-- the finding.
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

-- Staged steps as JSON.
CREATE TABLE case_step (
  case_no  TEXT NOT NULL REFERENCES case_file (case_no),
  step     INTEGER NOT NULL,
  body     TEXT NOT NULL,
  dropped  INTEGER NOT NULL CHECK (dropped IN (0, 1)),
  added_at TEXT NOT NULL,
  operator TEXT NOT NULL,
  PRIMARY KEY (case_no, step)
) STRICT, WITHOUT ROWID;

-- What was done about a case, by whom.
CREATE TABLE case_log (
  case_no  TEXT NOT NULL REFERENCES case_file (case_no),
  n        INTEGER NOT NULL,
  at       TEXT NOT NULL,
  operator TEXT NOT NULL,
  verb     TEXT NOT NULL,
  note     TEXT,
  PRIMARY KEY (case_no, n)
) STRICT, WITHOUT ROWID;

-- Ticks of a case's checklist with their evidence. Of a file only its name and SHA-256 are kept.
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

-- Answers of commits by idempotency key.
CREATE TABLE receipt (
  key         TEXT PRIMARY KEY,
  case_no     TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  body        TEXT NOT NULL,
  at          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Idempotency keys of write requests sent over a connection, so that a retry after a lost answer is not
-- carried out twice.
CREATE TABLE order_key (
  key     TEXT PRIMARY KEY,
  at      TEXT NOT NULL,
  case_no TEXT
) STRICT, WITHOUT ROWID;

-- Batches of a cluster, which has no transactions across requests: each takes the next number, so that a
-- batch built on stale reads is refused. Empty in a file.
CREATE TABLE batch (
  n   INTEGER PRIMARY KEY,
  key TEXT NOT NULL
) STRICT;
