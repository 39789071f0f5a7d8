-- Storno ledger, schema version 2: channels, kinds of trades and roles of accounts are data.
--
-- The checks that listed kinds, channels and events leave the tables. SQLite's own way to take a CHECK away without
-- rewriting the table is to edit its text in sqlite_schema; the rows are not touched.

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK ((kind = ''topup'' OR kind = ''pay'' OR kind = ''refund'' OR kind = ''payout'' OR kind = ''transfer'' OR kind = ''withdraw'' OR kind = ''return'' OR kind = ''chargeback'' OR kind = ''representment'' OR kind = ''counter'' OR kind = ''fee'' OR kind = ''settlement''))',
  'CHECK (length(kind) BETWEEN 1 AND 23)') WHERE type = 'table' AND name = 'trade';
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK ((channel = ''WECHAT'' OR channel = ''ALIPAY'' OR channel = ''UNIONPAY'' OR channel = ''NUCC'' OR channel = ''HVPS'' OR channel = ''BEPS'' OR channel = ''IBPS'' OR channel = ''BANK''))',
  'CHECK (length(channel) BETWEEN 1 AND 23)') WHERE type = 'table' AND name = 'trade';
UPDATE sqlite_schema SET sql = replace(sql, 'WHEN ''refunded'' THEN 4 END)',
  'WHEN ''refunded'' THEN 4
                                     ELSE max(5, min(7, id - 8 * trade)) END)') WHERE type = 'table' AND name = 'event';
PRAGMA writable_schema = RESET;

-- Channels as loaded; the highest version is in force.
CREATE TABLE channel_set (
  version     INTEGER PRIMARY KEY,
  id          TEXT NOT NULL,
  source      TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  loaded_at   TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT;

-- Kinds of trades as loaded; the highest version is in force.
CREATE TABLE kind_set (
  version     INTEGER PRIMARY KEY,
  id          TEXT NOT NULL,
  source      TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  loaded_at   TEXT NOT NULL,
  operator    TEXT NOT NULL
) STRICT;

-- What views and guards read of a set of kinds. first_event is the number of the event that the posting status is about;
-- listed: channels list it in their statements; in_process: its first event is booked while the trade is still processing.
-- Version 0 is what every ledger of version 1 knew.
CREATE TABLE trade_kind (
  version     INTEGER NOT NULL,
  code        TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 23),
  first_event INTEGER NOT NULL CHECK (first_event BETWEEN 1 AND 7),
  listed      INTEGER NOT NULL CHECK (listed IN (0, 1)),
  in_process  INTEGER NOT NULL CHECK (in_process IN (0, 1)),
  PRIMARY KEY (version, code)
) STRICT, WITHOUT ROWID;

-- Which kinds of trades undo which.
CREATE TABLE kind_undoes (
  version INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  undone  TEXT NOT NULL,
  PRIMARY KEY (version, kind, undone)
) STRICT, WITHOUT ROWID;

INSERT INTO trade_kind (version, code, first_event, listed, in_process) VALUES
  (0, 'topup', 1, 1, 0),
  (0, 'pay', 1, 1, 0),
  (0, 'refund', 1, 1, 0),
  (0, 'payout', 1, 1, 1),
  (0, 'transfer', 1, 1, 0),
  (0, 'withdraw', 1, 1, 0),
  (0, 'return', 1, 1, 0),
  (0, 'chargeback', 1, 1, 0),
  (0, 'representment', 1, 1, 0),
  (0, 'counter', 1, 1, 0),
  (0, 'fee', 1, 1, 0),
  (0, 'settlement', 3, 0, 0);
INSERT INTO kind_undoes (version, kind, undone) VALUES
  (0, 'refund', 'topup'), (0, 'refund', 'pay'), (0, 'refund', 'payout'), (0, 'refund', 'transfer'),
  (0, 'refund', 'withdraw'), (0, 'refund', 'fee'), (0, 'return', 'topup'), (0, 'return', 'pay'),
  (0, 'return', 'payout'), (0, 'return', 'transfer'), (0, 'return', 'withdraw'), (0, 'return', 'fee'),
  (0, 'chargeback', 'topup'), (0, 'chargeback', 'pay'), (0, 'chargeback', 'payout'), (0, 'chargeback', 'transfer'),
  (0, 'chargeback', 'withdraw'), (0, 'chargeback', 'fee'), (0, 'representment', 'chargeback');

-- What an account is for (role of its subject): the receivable, the prior year ... A chart of version 1 said it by its codes
-- in the general ledger.
ALTER TABLE subject ADD COLUMN role TEXT;
DROP TRIGGER subject_no_update;
UPDATE subject SET role = CASE
    WHEN suspense = 1 THEN CASE normal WHEN 1 THEN 'shortage' ELSE 'overage' END
    WHEN gl_code = '1221' AND opens_leaves = 1 THEN 'receivable'
    WHEN gl_code = '6901' THEN 'prior_year' END;
CREATE TRIGGER subject_no_update BEFORE UPDATE ON subject
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: subject rows are never changed'); END;

CREATE TRIGGER channel_set_no_update BEFORE UPDATE ON channel_set
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_set rows are never changed'); END;

CREATE TRIGGER channel_set_no_delete BEFORE DELETE ON channel_set
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: channel_set rows are never deleted'); END;

CREATE TRIGGER kind_set_no_update BEFORE UPDATE ON kind_set
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: kind_set rows are never changed'); END;

CREATE TRIGGER kind_set_no_delete BEFORE DELETE ON kind_set
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: kind_set rows are never deleted'); END;

CREATE TRIGGER trade_kind_no_update BEFORE UPDATE ON trade_kind
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: trade_kind rows are never changed'); END;

CREATE TRIGGER trade_kind_no_delete BEFORE DELETE ON trade_kind
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: trade_kind rows are never deleted'); END;

CREATE TRIGGER kind_undoes_no_update BEFORE UPDATE ON kind_undoes
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: kind_undoes rows are never changed'); END;

CREATE TRIGGER kind_undoes_no_delete BEFORE DELETE ON kind_undoes
BEGIN SELECT RAISE(ABORT, 'STORNO-APPEND-ONLY: kind_undoes rows are never deleted'); END;
