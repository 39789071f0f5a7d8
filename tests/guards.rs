//! Guards of the database: each attack runs as any SQL client would run it, must fail with its code, and
//! must leave every public view unchanged.

use crate::sample;
use crate::support;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::fmt::Write as _;
use storno::domain::rejection::Code;

/// The number of the next voucher and the hash of the last one, as SQL.
const NEXT: &str = "(SELECT max(id) + 1 FROM voucher)";
const HEAD_HASH: &str = "(SELECT hash FROM voucher ORDER BY id DESC LIMIT 1)";

/// SQLite's own message when a deferred foreign key fails.
const FOREIGN_KEY: &str = "FOREIGN KEY constraint failed";

/// Cuts over the open day 2018-09-12.
const CUT: &str = "UPDATE day SET state = 'closing', cut_at = 'x' WHERE day = '2018-09-12';";

/// Cuts over the same day and writes one of the closing balances it needs.
const CLOSING: &str = "UPDATE day SET state = 'closing', cut_at = 'x' WHERE day = '2018-09-12';\
                       INSERT INTO day_balance VALUES ('2018-09-12', 1, 0, 0, 0);\n";

/// Statement lines without a trade: two payments, a failed one, refunds, one of them of an unknown payment, and a
/// payment of which the channel keeps a fee.
const LOST: &str = "\
    INSERT INTO statement_line (statement, line, channel, kind, channel_ref, original_ref, channel_no, amount_minor, fee_minor, currency, \
      status, occurred_at) \
    SELECT statement, 100 + w.n, channel, w.kind, w.ref, w.original, channel_no, w.amount, w.ref = 'KEPT', currency, w.status, occurred_at \
      FROM statement_line CROSS JOIN (\
        SELECT 1 AS n, 'pay' AS kind, 'CAME1' AS ref, NULL AS original, 100 AS amount, 'succeeded' AS status \
        UNION ALL SELECT 2, 'pay', 'CAME2', NULL, 100, 'succeeded' UNION ALL SELECT 3, 'revoke', 'BACK1', 'NEVER', 100, 'succeeded' \
        UNION ALL SELECT 4, 'refund', 'BACK2', 'CAME1', 100, 'succeeded' UNION ALL SELECT 5, 'pay', 'FAILED', NULL, 100, 'failed' \
        UNION ALL SELECT 6, 'refund', 'BACK3', 'SYN20180912W001', 100, 'succeeded' \
        UNION ALL SELECT 7, 'pay', 'KEPT', NULL, 100, 'succeeded') w \
     WHERE id = 1 ORDER BY w.n;\n";

/// Lets the approved case answer a statement line.
const ANSWERED: &str = "INSERT INTO answered_line (n, channel, channel_ref, voucher, original_ref, case_no, at, operator) SELECT 1, 'WECHAT', 'BACK1', NULL, 'NEVER', 'C0004', 'x', 'op1';\n";

/// A row to insert: columns and their SQL expressions.
#[derive(Clone)]
struct Insert(&'static str, Vec<(&'static str, String)>, String);

impl Insert {
    fn set(mut self, column: &'static str, expression: &str) -> Self {
        for (name, value) in &mut self.1 {
            if *name == column {
                expression.clone_into(value);
            }
        }
        self
    }

    /// Leaves a column to its default.
    fn without(mut self, column: &str) -> Self {
        self.1.retain(|(name, _)| *name != column);
        self
    }

    fn sql(&self) -> String {
        let names: Vec<&str> = self.1.iter().map(|(name, _)| *name).collect();
        let values: Vec<&str> = self.1.iter().map(|(_, value)| value.as_str()).collect();
        format!("INSERT INTO {} ({}) SELECT {} {};", self.0, names.join(", "), values.join(", "), self.2)
    }
}

/// A valid entry of the next voucher: `side` is 1 for debit, -1 for credit.
fn entry(line: i64, account: &str, side: i64, amount: i64) -> Insert {
    let last = |column: &str| {
        format!("coalesce((SELECT {column} FROM entry WHERE account = a.id ORDER BY seq DESC LIMIT 1), 0)")
    };
    Insert(
        "entry",
        vec![
            ("voucher", NEXT.to_owned()),
            ("line", line.to_string()),
            ("account", "a.id".to_owned()),
            ("seq", format!("{} + 1", last("seq"))),
            ("side", side.to_string()),
            ("amount_minor", amount.to_string()),
            ("mode", "'normal'".to_owned()),
            ("before_minor", last("after_minor")),
            ("after_minor", format!("{} + {}", last("after_minor"), side * amount)),
            ("currency", "'CNY'".to_owned()),
        ],
        format!("FROM account a WHERE a.code = '{account}'"),
    )
}

/// A valid voucher over the entries before it: the late posting of T0003.
fn voucher() -> Insert {
    let columns = [
        ("id", NEXT),
        ("voucher_no", "'X0001'"),
        ("kind", "'supplement'"),
        ("mode", "'normal'"),
        ("trade", "t.id"),
        ("event", "8 * t.id + 1"),
        ("reverses", "NULL"),
        ("case_no", "NULL"),
        ("accounting_date", "'2018-09-12'"),
        ("business_date", "'2018-09-12'"),
        ("value_date", "'2018-09-12'"),
        ("reason", "NULL"),
        ("rule", "NULL"),
        ("maker", "'op1'"),
        ("checker", "NULL"),
        ("posted_at", "'2018-09-13T12:00:00+08:00'"),
        ("memo", "'attack'"),
        ("prev_hash", HEAD_HASH),
        ("hash", "replace(printf('%64d', 0), ' ', 'a')"),
    ];
    let owned = columns.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    Insert("voucher", owned, "FROM trade t WHERE t.trade_no = 'T0003'".to_owned())
}

/// Moves a voucher into the approved case C0004.
fn in_case(row: Insert) -> Insert {
    row.set("case_no", "'C0004'").set("checker", "'op2'")
}

fn id_of(voucher_no: &str) -> String {
    format!("(SELECT id FROM voucher WHERE voucher_no = '{voucher_no}')")
}

/// The reversal of T0007's imported voucher J00005: 40.00 to customer E and a fee of 0.24.
fn reversal(original: &str) -> Insert {
    let id = id_of(original);
    let row = in_case(voucher()).set("kind", "'reverse'").set("mode", "'wipe'").set("reverses", &id);
    let of = |column: &str| format!("(SELECT {column} FROM voucher WHERE id = {id})");
    row.set("trade", &of("trade")).set("event", &of("event"))
}

/// Mirrored lines of J00005 in a mode.
fn mirror(mode: &str) -> Vec<String> {
    let lines = [("1101.WECHAT", 1, 4000), ("2001.E", -1, 4000), ("6401", 1, 24), ("1101.WECHAT", -1, 24)];
    (1..)
        .zip(lines)
        .map(|(line, (account, side, amount))| {
            let row = if mode == "red" {
                entry(line, account, side, -amount)
            } else {
                entry(line, account, -side, amount)
            };
            row.set("mode", &format!("'{mode}'")).sql()
        })
        .collect()
}

fn two(amount: i64) -> [String; 2] {
    [entry(1, "1101.WECHAT", 1, amount).sql(), entry(2, "2001.A", -1, amount).sql()]
}

/// Joins entries with the statements that follow them.
fn after(entries: &[String], more: &[String]) -> String {
    [entries, more].concat().join("\n")
}

struct Attack {
    name: String,
    sql: String,
    /// The expected refusal with foreign keys on.
    code: String,
    /// The expected refusal with foreign keys off.
    code_off: String,
}

#[derive(Default)]
struct Attacks(Vec<Attack>);

impl Attacks {
    /// Adds an attack that fails in the same way with and without foreign keys.
    fn always(&mut self, name: &str, sql: impl Into<String>, code: Code) {
        let (name, code) = (name.to_owned(), code.as_str().to_owned());
        self.0.push(Attack { name, sql: sql.into(), code_off: code.clone(), code });
    }

    /// Adds an attack that begins with valid entries; without foreign keys it fails at them.
    fn voucher(&mut self, name: &str, sql: impl Into<String>, code: Code) {
        self.0.push(Attack {
            name: name.to_owned(),
            sql: sql.into(),
            code: code.as_str().to_owned(),
            code_off: Code::ForeignKeys.as_str().to_owned(),
        });
    }
}

/// Attacks on statement lines: a line takes the next row number by itself, and one that names a number must
/// name the next.
fn on_statement_lines(attacks: &mut Attacks) {
    let line = |id: &str| {
        format!(
            "INSERT OR REPLACE INTO statement_line (id, statement, line, channel, kind, channel_ref, original_ref, channel_no, \
             amount_minor, fee_minor, currency, status, occurred_at) SELECT {id}, statement, line, channel, kind, channel_ref, original_ref, \
             channel_no, 1, fee_minor, currency, status, occurred_at FROM statement_line LIMIT 1;"
        )
    };
    attacks.always(
        "a statement line behind a gap",
        line("(SELECT max(id) + 2 FROM statement_line)"),
        Code::AppendOnly,
    );
    attacks.always("a statement line at the last place", line("9223372036854775807"), Code::AppendOnly);
    attacks.always("a statement line before the first", line("0"), Code::AppendOnly);
}

/// Attacks that change, delete or replace existing rows.
fn on_rows(attacks: &mut Attacks) {
    let tables = [
        ("policy", "source = 'x'", Code::AppendOnly),
        ("rule_set", "source = 'x'", Code::AppendOnly),
        ("calendar", "source = 'x'", Code::AppendOnly),
        ("subject", "name = 'x'", Code::AppendOnly),
        ("account", "currency = 'USD'", Code::AppendOnly),
        ("trade", "amount_minor = 1", Code::AppendOnly),
        ("trade", "status = 'failed'", Code::AppendOnly),
        ("event", "amount_minor = 1", Code::AppendOnly),
        ("event", "live = live + 1", Code::AppendOnly),
        ("day", "state = 'open' WHERE state = 'closed'", Code::DayState),
        ("day", "head_hash = 'x' WHERE state = 'closed'", Code::DayState),
        ("period", "closed_by = 'x'", Code::AppendOnly),
        ("voucher", "memo = 'x'", Code::AppendOnly),
        ("voucher", "hash = hash", Code::AppendOnly),
        ("voucher", "reverses = NULL", Code::AppendOnly),
        ("entry", "amount_minor = 1", Code::AppendOnly),
        ("entry", "after_minor = after_minor + 1", Code::AppendOnly),
        ("entry", "account = 1", Code::AppendOnly),
        ("statement", "day = '2018-01-01'", Code::AppendOnly),
        ("statement_line", "amount_minor = 1", Code::AppendOnly),
        ("import_file", "rows = 1", Code::AppendOnly),
        ("case_file", "reason = 'x' WHERE case_no = 'C0001'", Code::AppendOnly),
        ("case_file", "maker = 'op3' WHERE case_no = 'C0004'", Code::AppendOnly),
        ("case_file", "checker = 'op3' WHERE case_no = 'C0004'", Code::AppendOnly),
        ("case_file", "planned = NULL WHERE case_no = 'C0004'", Code::AppendOnly),
        ("case_file", "trade = 1", Code::AppendOnly),
        ("case_step", "body = '{}'", Code::AppendOnly),
        ("case_step", "dropped = 1 WHERE case_no = 'C0004'", Code::CaseState),
        ("case_finding", "finding = 'x'", Code::AppendOnly),
        ("case_check", "note = 'x'", Code::AppendOnly),
        ("case_log", "operator = 'x'", Code::AppendOnly),
        ("receipt", "body = '{}'", Code::AppendOnly),
        ("setting", "value = 'x' WHERE name = 'ledger_id'", Code::AppendOnly),
        ("channel_set", "source = 'x'", Code::AppendOnly),
        ("kind_set", "source = 'x'", Code::AppendOnly),
        ("trade_kind", "listed = 0", Code::AppendOnly),
        ("kind_undoes", "undone = 'pay'", Code::AppendOnly),
        ("channel_fact", "cut_minute = 1", Code::AppendOnly),
    ];
    for (table, change, code) in tables {
        attacks.always(&format!("update {table}"), format!("UPDATE {table} SET {change};"), code);
        let replace = format!("UPDATE OR REPLACE {table} SET {change};");
        attacks.always(&format!("update or replace {table}"), replace, code);
    }
    on_replaced(attacks);
    on_news(attacks);
    attacks.always(
        "replace a trade under a new place",
        "INSERT OR REPLACE INTO trade (id, trade_no, kind, product, channel, channel_ref, original_ref, amount_minor, fee_minor, currency, customer, merchant, \
         occurred_at, business_date, status, clearing, counters) SELECT (SELECT max(id) + 1 FROM trade), trade_no, kind, product, channel, \
         channel_ref, original_ref, 1, fee_minor, currency, customer, merchant, occurred_at, business_date, status, \
         clearing, counters FROM trade LIMIT 1;",
        Code::TradeConflict,
    );
    attacks.always(
        "replace a closed day",
        "REPLACE INTO day (day, state, opened_at) VALUES ('2018-09-10', 'open', 'x');",
        Code::DayState,
    );
    attacks.always(
        "an event that counts already",
        "INSERT INTO event SELECT 8 * t.id + 3, t.id, 'settled', 'x', 'x', 1, 1 FROM trade t WHERE t.id = 1;",
        Code::AppendOnly,
    );
    attacks.always(
        "an event of no trade",
        "INSERT INTO event VALUES (8 * 9999 + 1, 9999, 'captured', 'x', 'x', 1, 0);",
        Code::NotFound,
    );
    attacks.always("an account of no subject", "INSERT INTO account VALUES ((SELECT max(id) + 1 FROM account), '9', '9', 'x', 'asset', 1, 'CNY', 'active', 0, NULL);", Code::NotFound);
}

/// A list claims another amount of the first trade.
const CLAIMED: &str = "INSERT INTO trade_news (trade, fact, value, claim, file, at, operator) VALUES \
    (1, 'amount', '1.00 CNY', 1, replace(hex(zeroblob(32)), '00', 'ab'), 'x', 'x');\n";

/// Attacks by what a later list tells: it moves on what is not final, and changes nothing else.
fn on_news(attacks: &mut Attacks) {
    let file = "replace(hex(zeroblob(32)), '00', 'ab')";
    let told = |status: &str, case_no: &str| {
        format!("INSERT INTO trade_status VALUES (1, 1, '{status}', '{case_no}', 'x', 'x', {file});")
    };
    attacks.always("a final status taken back by a list", told("failed", ""), Code::NoEvidence);
    attacks.always("a status back in process by a list", told("processing", ""), Code::NoEvidence);
    attacks.always("a status of a list and of a case", told("failed", "C0004"), Code::BadValue);
    let news = |fact: &str, trade: i64| {
        format!(
            "INSERT INTO trade_news (trade, fact, value, claim, file, at, operator) \
             VALUES ({trade}, '{fact}', 'x', 0, {file}, 'x', 'x');"
        )
    };
    attacks.always("an amount that moves on", news("amount", 1), Code::BadValue);
    attacks.always("news of no trade", news("status", 9999), Code::NotFound);
    let dismissal = |claim: i64, case_no: &str| {
        format!("{CLAIMED}INSERT INTO claim_dismissal VALUES ({claim}, '{case_no}', 'x', 'x', 'x');\n")
    };
    attacks.always("no claim dismissed", dismissal(9, "C0004"), Code::NotFound);
    attacks.always("a claim dismissed without an approved case", dismissal(1, "C0002"), Code::CaseState);
    let twice = format!("{}{}", dismissal(1, "C0004"), dismissal(1, "C0004").replace(CLAIMED, ""));
    attacks.always("a claim dismissed twice", twice, Code::AppendOnly);
}

/// Returns a change of a row of a table.
fn change_of(table: &str) -> &'static str {
    match table {
        "day_balance" => "balance_minor = 1",
        "channel_merchant" => "merchant = 'M2'",
        "channel_shift" => "minutes = 0",
        "order_key" => "at = 'y'",
        "batch" => "key = 'y'",
        "touched" => "trade = 2",
        "account_line" => "amount_minor = 1",
        "account_statement_part" => "file = 'y'",
        _ => "operator = 'y'",
    }
}

/// Tables whose rows are never replaced, and the code of an attempt.
const REPLACED: &[(&str, Code)] = &[
    ("setting", Code::AppendOnly),
    ("policy", Code::AppendOnly),
    ("rule_set", Code::AppendOnly),
    ("calendar", Code::AppendOnly),
    ("subject", Code::AppendOnly),
    ("account", Code::AppendOnly),
    ("trade", Code::AppendOnly),
    ("trade_status", Code::AppendOnly),
    ("trade_news", Code::AppendOnly),
    ("claim_dismissal", Code::AppendOnly),
    ("amendment", Code::AppendOnly),
    ("event", Code::AppendOnly),
    ("day", Code::DayState),
    ("day_balance", Code::AppendOnly),
    ("day_known", Code::AppendOnly),
    ("period", Code::DayState),
    ("voucher", Code::VoucherNumber),
    ("entry", Code::Sealed),
    ("statement", Code::AppendOnly),
    ("statement_line", Code::AppendOnly),
    ("import_file", Code::AppendOnly),
    ("case_file", Code::AppendOnly),
    ("case_step", Code::AppendOnly),
    ("case_finding", Code::AppendOnly),
    ("case_check", Code::AppendOnly),
    ("answered_line", Code::AppendOnly),
    ("case_log", Code::AppendOnly),
    ("receipt", Code::KeyConflict),
    ("correction_guard", Code::AppendOnly),
    ("channel_set", Code::AppendOnly),
    ("kind_set", Code::AppendOnly),
    ("trade_kind", Code::AppendOnly),
    ("kind_undoes", Code::AppendOnly),
    ("channel_fact", Code::AppendOnly),
    ("channel_merchant", Code::AppendOnly),
    ("channel_shift", Code::AppendOnly),
    ("statement_change", Code::BillState),
    ("account_statement", Code::AppendOnly),
    ("account_line", Code::AppendOnly),
    ("account_statement_change", Code::BillState),
    ("sign_off", Code::AppendOnly),
    ("account_match", Code::AppendOnly),
    ("account_statement_proposal", Code::AppendOnly),
    ("account_statement_part", Code::AppendOnly),
    ("match_decision", Code::AppendOnly),
    ("acceptance", Code::AppendOnly),
    ("follow_up_note", Code::AppendOnly),
    ("takeover", Code::AppendOnly),
    ("journal_file", Code::AppendOnly),
    ("touched", Code::AppendOnly),
    ("order_key", Code::OrderDone),
    ("batch", Code::Overtaken),
];

/// Attacks by `INSERT OR REPLACE`, `OR IGNORE` and deletes.
fn on_replaced(attacks: &mut Attacks) {
    let answered = format!("{LOST}{ANSWERED}");
    let dismissed = format!("{CLAIMED}INSERT INTO claim_dismissal VALUES (1, 'C0004', 'x', 'x', 'x');\n");
    let journal = journal_into("C0002");
    let noted = format!("{TROUBLED}{NOTED}");
    let accepted = acceptance(1, "accept", "op1", 0);
    let withdrawn = format!("{ACCOUNT_DAY}{WITHDRAWN}");
    let asked = format!("{ACCOUNT_DAY}{ASKED}");
    let proposed = format!("{ACCOUNT_DAY}{PROPOSED}");
    let parted = ACCOUNT_DAY.replacen('\n', &format!("\n{PART}"), 1);
    for (table, code) in REPLACED.iter().copied() {
        let first = match table {
            "trade_status" => "INSERT INTO trade_status VALUES (1, 1, 'failed', 'C0004', 'x', 'x', NULL);\n",
            "amendment" => "INSERT INTO amendment VALUES (1, 1, 'customer', 'B', 'x', 'C0004', 'x', 'x');\n",
            "trade_news" => CLAIMED,
            "journal_file" => &journal,
            "touched" => "INSERT INTO touched (trade) VALUES (1);\n",
            "claim_dismissal" => &dismissed,
            "day_balance" => CLOSING,
            "answered_line" => &answered,
            "channel_merchant" => "INSERT INTO channel_merchant VALUES (1, 'WECHAT', 'M1');\n",
            "channel_shift" => "INSERT INTO channel_shift VALUES (1, 'WECHAT', 0, 60);\n",
            "statement_change" => HELD,
            "account_statement" | "account_line" => ACCOUNT_DAY,
            "account_statement_change" => &withdrawn,
            "sign_off" => &asked,
            "account_match" => ASKED_MATCH,
            "account_statement_proposal" => &proposed,
            "account_statement_part" => &parted,
            "match_decision" => MATCHED,
            "acceptance" => &accepted,
            "follow_up_note" => &noted,
            "takeover" => "INSERT INTO takeover VALUES (1, 'ask', 'x', 'x', 'op1');\n",
            "order_key" => "INSERT INTO order_key VALUES ('k', 'x', NULL);\n",
            "batch" => "INSERT INTO batch VALUES (1, 'x');\n",
            _ => "",
        };
        let sql = |how: &str| {
            format!("{first}INSERT {how} INTO {table} SELECT * FROM {table} WHERE true ORDER BY 1 LIMIT 1;")
        };
        attacks.always(&format!("replace {table}"), sql("OR REPLACE"), code);
        attacks.always(&format!("ignore {table}"), sql("OR IGNORE"), code);
        attacks.always(&format!("delete {table}"), format!("{first}DELETE FROM {table};"), Code::AppendOnly);
        if !first.is_empty() {
            let change = change_of(table);
            let update = format!("{first}UPDATE {table} SET {change};");
            attacks.always(&format!("update {table}"), update, Code::AppendOnly);
        }
    }
}

/// A statement that is new is held.
const HELD: &str = "INSERT INTO statement_change (statement, n, state, reason, at, operator) \
    SELECT id, 1, 'held', 'x', 'x', 'x' FROM statement LIMIT 1;\n";

/// A statement of a day of an account, with one line.
const ACCOUNT_DAY: &str = "INSERT INTO account_line VALUES (1, 1, 2, NULL, NULL, 100, NULL, 'payment', 'x', 'x', NULL, NULL, NULL, '', '');\n\
    INSERT INTO account_statement VALUES (1, '1101.WECHAT', '', '2018-09-12', NULL, NULL, 500, 600, 100, 1, 'x', 'x', 'x', 'x', 'op1');\n";

/// It counts no more.
const WITHDRAWN: &str =
    "INSERT INTO account_statement_change VALUES (1, 1, 'withdrawn', NULL, 'x', 'x', 'op1');\n";

/// Its line is of an earlier file.
const PART: &str = "INSERT INTO account_statement_part VALUES (1, 1, 'y', 'y');\n";

/// One person proposes that it counts no more.
const PROPOSED: &str = "INSERT INTO account_statement_proposal VALUES (1, 1, NULL, NULL, 'x', 'x', 'op1');\n";

/// Attacks on statements of accounts on which something rests, by one person.
fn on_account_evidence(attacks: &mut Attacks) {
    let next = ACCOUNT_DAY.replace("(1, 1, 2,", "(2, 1, 2,").replace("VALUES (1, '1101", "VALUES (2, '1101");
    let next = next.replace("2018-09-12", "2018-09-13").replace("500, 600,", "600, 700,");
    let two = format!("{ACCOUNT_DAY}{next}");
    attacks.always(
        "an account statement withdrawn from whose balance the next goes on",
        format!("{two}{WITHDRAWN}"),
        Code::BillRests,
    );
    attacks.always(
        "an account statement withdrawn by the person who proposed it",
        format!("{two}{PROPOSED}{}", WITHDRAWN.replace("op1", "OP1")),
        Code::BillRests,
    );
    let replaced = WITHDRAWN.replace("'withdrawn', NULL", "'replaced', 3");
    let other = ACCOUNT_DAY.replace("(1, 1, 2,", "(3, 1, 2,").replace("VALUES (1, '1101", "VALUES (3, '1101");
    let changed =
        other.replace("NULL, NULL, 100,", "NULL, NULL, 90,").replace("500, 600, 100,", "500, 590, 90,");
    let (line, row) = changed.split_once('\n').unwrap_or_default();
    attacks.always(
        "an account statement replaced from whose balance the next goes on",
        format!("{two}{line}\n{replaced}{row}"),
        Code::BillRests,
    );
    let of_other = PROPOSED.replace("NULL, NULL", "'y', 'y'").replace("op1", "op2");
    attacks.always(
        "an account statement replaced by another file than was proposed",
        format!("{two}{of_other}{line}\n{replaced}{row}"),
        Code::BillRests,
    );
    let row = row.replace("2018-09-12", "2018-09-10");
    attacks.always(
        "an account statement replaced by one of another day",
        format!("{two}{line}\n{replaced}{row}"),
        Code::BadValue,
    );
    let by_two = PROPOSED.replace("op1", "op2");
    let again = ACCOUNT_DAY.replace("(1, 1, 2,", "(2, 1, 2,").replace("VALUES (1, '1101", "VALUES (2, '1101");
    attacks.always(
        "an account statement that two people withdrew, back by one",
        format!("{ACCOUNT_DAY}{by_two}{WITHDRAWN}{again}"),
        Code::BillRests,
    );
    attacks.always(
        "an account statement replaced by one that stands",
        format!("{two}{}", WITHDRAWN.replace("'withdrawn', NULL", "'replaced', 2")),
        Code::BadValue,
    );
    attacks.always(
        "a part of a statement that is complete",
        format!("{ACCOUNT_DAY}{PART}"),
        Code::AppendOnly,
    );
    attacks.always("a part without its lines", PART.to_owned(), Code::NotFound);
    attacks.always("a proposal about no statement", PROPOSED.to_owned(), Code::NotFound);
    attacks.always(
        "a proposal about a statement that has ended",
        format!("{ACCOUNT_DAY}{WITHDRAWN}{PROPOSED}"),
        Code::BillState,
    );
}

/// Attacks on statements of accounts.
fn on_account_statements(attacks: &mut Attacks) {
    let day = |from: &str, to: &str| ACCOUNT_DAY.replace(from, to);
    attacks.always(
        "an account statement of another sum",
        day("500, 600, 100, 1,", "500, 599, 99, 1,"),
        Code::BadValue,
    );
    attacks.always(
        "an account statement that lacks a line",
        day("600, 100, 1,", "600, 100, 2,"),
        Code::BadValue,
    );
    attacks.always(
        "an account statement out of order",
        day("VALUES (1, '1101", "VALUES (2, '1101"),
        Code::AppendOnly,
    );
    attacks.always("account lines out of order", day("(1, 1, 2,", "(1, 2, 2,"), Code::AppendOnly);
    let line = ACCOUNT_DAY.lines().next().unwrap_or_default().replace("(1, 1, 2,", "(1, 2, 3,");
    attacks.always(
        "a line into a statement that is complete",
        format!("{ACCOUNT_DAY}{line}"),
        Code::AppendOnly,
    );
    let second = day("(1, 1, 2,", "(2, 1, 2,").replace("VALUES (1, '1101", "VALUES (2, '1101");
    attacks.always("two account statements of a day", format!("{ACCOUNT_DAY}{second}"), Code::BillConflict);
    attacks.always(
        "an account statement ended twice",
        format!("{ACCOUNT_DAY}{WITHDRAWN}{WITHDRAWN}"),
        Code::BillState,
    );
    attacks.always("an account statement that is not there, ended", WITHDRAWN.to_owned(), Code::NotFound);
    let replaced = WITHDRAWN.replace("'withdrawn', NULL", "'replaced', 1");
    attacks.always(
        "an account statement in its own place",
        format!("{ACCOUNT_DAY}{replaced}"),
        Code::BadValue,
    );
}

/// A person asks to sign off the day of the account.
const ASKED: &str = "INSERT INTO sign_off VALUES (1, '1101.WECHAT', '2018-09-12', 1, 'asked', '2018-09-12', 0, 0, 1, '{}', '', 'x', 'op1');\n";

/// A person asks that lines of an account and vouchers belong together.
const ASKED_MATCH: &str =
    "INSERT INTO account_match VALUES (1, '1101.WECHAT', 'match', NULL, '{}', 0, 'x', 'x', 'op1');\n";

/// Attacks on matches of lines and vouchers by people.
fn on_account_matches(attacks: &mut Attacks) {
    let said = |id: i64, verb: &str, agreed: i64, who: &str| {
        let undoes = if verb == "undo" { "2" } else { "NULL" };
        format!(
            "INSERT INTO account_match VALUES ({id}, '1101.WECHAT', '{verb}', {undoes}, '{{}}', {agreed}, 'x', 'x', '{who}');\n"
        )
    };
    attacks.always("an account match by one person", said(1, "match", 1, "op1"), Code::FourEyes);
    let alone = format!("{ASKED_MATCH}{}", said(2, "match", 1, "OP1"));
    attacks.always("an account match by the same person twice", alone, Code::FourEyes);
    let both = format!("{ASKED_MATCH}{}", said(2, "match", 1, "op2"));
    let again = format!("{both}{}", said(3, "match", 1, "op3"));
    attacks.always("an account match agreed to twice", again, Code::FourEyes);
    attacks.always("an account match out of order", said(2, "match", 0, "op1"), Code::AppendOnly);
    let ended = format!("{both}{}", said(3, "undo", 1, "op1"));
    attacks.always("an account match ended by one person", ended, Code::FourEyes);
    attacks.always(
        "no account match, ended",
        format!("{ASKED_MATCH}{}", said(2, "undo", 0, "op1").replace(", 2, '{}'", ", 1, '{}'")),
        Code::NotFound,
    );
    let other = format!("{both}UPDATE account_match SET content = 'x';");
    attacks.always("another account match", other, Code::AppendOnly);
    attacks.always(
        "no account match any more",
        format!("{both}DELETE FROM account_match;"),
        Code::AppendOnly,
    );
}

/// Attacks on sign-offs of accounts' days.
fn on_sign_offs(attacks: &mut Attacks) {
    let asked = |from: &str, to: &str| format!("{ACCOUNT_DAY}{}", ASKED.replace(from, to));
    attacks.always("a day signed by one person", asked("'asked'", "'signed'"), Code::FourEyes);
    let second = |who: &str, report: &str| {
        let signed = ASKED.replace("(1, '1101", "(2, '1101").replace("12', 1, 'asked'", "12', 2, 'signed'");
        signed.replace("op1", who).replace("{}", report)
    };
    let both = format!("{ACCOUNT_DAY}{ASKED}{}", second("op2", "{}"));
    for (name, signed) in [
        ("a day signed by the same person twice", second("OP1", "{}")),
        ("another report signed than was asked for", second("op2", "{1}")),
    ] {
        attacks.always(name, format!("{ACCOUNT_DAY}{ASKED}{signed}"), Code::FourEyes);
    }
    attacks.always("sign-offs out of order", asked("12', 1, 'asked'", "12', 2, 'asked'"), Code::AppendOnly);
    attacks.always("a sign-off without a statement", ASKED.to_owned(), Code::NotFound);
    let earlier = ASKED.replace("(1, '1101", "(3, '1101").replace("2018-09-12", "2018-09-11");
    attacks.always("a day before a signed one", format!("{both}{earlier}"), Code::NotReconciled);
    let ended = WITHDRAWN.replace("'op1'", "'op3'");
    attacks.always(
        "a statement of a signed day withdrawn by one person",
        format!("{both}{ended}"),
        Code::BillRests,
    );
    attacks.always("another report", format!("{both}UPDATE sign_off SET report = 'x';"), Code::AppendOnly);
    attacks.always("no sign-off any more", format!("{both}DELETE FROM sign_off;"), Code::AppendOnly);
}

/// A person matches the first trade with its line.
const MATCHED: &str = "INSERT INTO match_decision (trade, n, verb, line_kind, channel_no, channel_ref, agreed, reason, at, operator) \
    SELECT t.id, 1, 'match', l.kind, l.channel_no, l.channel_ref, 0, 'x', 'x', 'op1' FROM trade t JOIN statement_line l \
      ON l.channel_ref = t.channel_ref AND l.channel = t.channel WHERE t.trade_no = 'T0001';\n";

/// A refund of ours did not reach the customer.
const TROUBLED: &str = "INSERT INTO statement_line (statement, line, channel, kind, channel_ref, original_ref, channel_no, amount_minor, \
      fee_minor, currency, status, occurred_at, trouble) \
    SELECT l.statement, 101, l.channel, 'refund', t.channel_ref, t.original_ref, 'TR1', 100, 0, l.currency, 'processing', l.occurred_at, 'CHANGE' \
      FROM statement_line l JOIN trade t ON t.trade_no = 'T0010' AND t.channel = l.channel WHERE l.id = 1;\n";

/// Somebody has seen to it.
const NOTED: &str = "INSERT INTO follow_up_note (trade, n, done, channel_no, trouble, note, at, operator) \
    SELECT id, 1, 1, 'TR1', 'CHANGE', 'x', 'x', 'op1' FROM trade WHERE trade_no = 'T0010';\n";

/// Attacks on what people note of refunds that did not reach the customer.
fn on_follow_ups(attacks: &mut Attacks) {
    let again = |n: &str, done: &str| NOTED.replace("id, 1, 1,", &format!("id, {n}, {done},"));
    attacks.always("a follow-up that nothing calls for", NOTED.to_owned(), Code::NotFound);
    attacks.always("a follow-up done twice", format!("{TROUBLED}{NOTED}{}", again("2", "1")), Code::NotFound);
    attacks.always(
        "a follow-up opened that is open",
        format!("{TROUBLED}{}", again("1", "0")),
        Code::NotFound,
    );
    attacks.always("follow-ups out of order", format!("{TROUBLED}{}", again("2", "1")), Code::AppendOnly);
    let other = NOTED.replace("'CHANGE'", "'ABNORMAL'");
    attacks.always("a follow-up of another trouble", format!("{TROUBLED}{other}"), Code::NotFound);
}

/// Attacks on how a statement ends.
fn on_statements(attacks: &mut Attacks) {
    let change = |n: i64, state: &str, by: &str, case_no: &str| {
        format!("INSERT INTO statement_change VALUES (1, {n}, '{state}', {by}, {case_no}, 'x', 'x', 'x');\n")
    };
    let mut attack = |name: &str, parts: &[String], code| attacks.always(name, parts.concat(), code);
    let rests = [MATCHED.to_owned(), change(1, "withdrawn", "NULL", "NULL")];
    attack("a statement withdrawn by one person though a match rests on it", &rests, Code::BillRests);
    let other = "INSERT INTO statement (id, channel, day, merchant_id, format, file, fingerprint, rows, imported_at, operator) \
        SELECT max(id) + 1, channel, day, merchant_id, format, file, 'other', 0, 'x', 'x' FROM statement;\n";
    let replaced = change(1, "replaced", "(SELECT max(id) FROM statement)", "NULL");
    attack(
        "a statement replaced by one that lacks its lines",
        &[other.to_owned(), MATCHED.to_owned(), replaced],
        Code::BillRests,
    );
    attack("a statement replaced by itself", &[change(1, "replaced", "1", "NULL")], Code::BadValue);
    attack(
        "a statement withdrawn by a case that nobody approved",
        &[change(1, "withdrawn", "NULL", "'C0002'")],
        Code::CaseState,
    );
    attack("a statement withdrawn by no case", &[change(1, "withdrawn", "NULL", "'C9999'")], Code::CaseState);
    attack("a statement that stands already", &[change(1, "standing", "NULL", "'C0004'")], Code::BillState);
    let held = HELD.replace("SELECT id, 1", "SELECT 1, 1");
    attack(
        "a held statement that stands without a case",
        &[held.clone(), change(2, "standing", "NULL", "NULL")],
        Code::BillState,
    );
    attack("a statement held twice", &[held, change(2, "held", "NULL", "NULL")], Code::BillState);
    let ended = change(1, "withdrawn", "NULL", "'C0004'");
    attack(
        "a withdrawn statement that stands again",
        &[ended, change(2, "standing", "NULL", "'C0004'")],
        Code::BillState,
    );
    attack(
        "the changes of a statement out of order",
        &[change(2, "withdrawn", "NULL", "'C0004'")],
        Code::AppendOnly,
    );
    // What comes back in place of a statement that two people took out waits for two people, whatever it covers.
    let ended = change(1, "withdrawn", "NULL", "'C0004'");
    let back = |covers: &str, merchant: &str, sub: &str, rows: i64| {
        format!(
            "INSERT INTO statement (id, channel, day, merchant_id, sub_merchant, lists, format, file, fingerprint, rows, imported_at, \
               operator) \
             SELECT (SELECT max(id) + 1 FROM statement), channel, day, {merchant}, {sub}, '{covers}', format, file, 'back', {rows}, 'x', 'x' \
               FROM statement WHERE id = 1;\n"
        )
    };
    for (name, covers, merchant, sub, rows) in [
        ("as it was", "all", "merchant_id", "sub_merchant", 1),
        ("with payments alone", "payments", "merchant_id", "sub_merchant", 1),
        ("of one sub-merchant", "refunds", "merchant_id", "'S1'", 1),
        ("without lines and merchant number", "all", "NULL", "NULL", 0),
    ] {
        let name = format!("a statement that two people withdrew comes back {name}");
        attack(&name, &[ended.clone(), back(covers, merchant, sub, rows)], Code::BillRests);
    }
    // The rest of a statement has lines of that statement alone.
    let rest =
        back("payments", "merchant_id", "sub_merchant", 1).replace("'back'", "fingerprint || '/payments'");
    attack("a statement that comes back as the rest of another", &[ended, rest], Code::BillRests);
    // Nor does what is left of one stand longer than it did.
    let named = |covers: &str, fingerprint: &str| {
        back(covers, "merchant_id", "sub_merchant", 0).replace("'back'", fingerprint)
    };
    let replaced = "INSERT INTO statement_change (statement, n, state, by_statement, reason, at, operator) \
        SELECT (SELECT id FROM statement WHERE fingerprint = 'o'), 1, 'replaced', (SELECT id FROM statement WHERE fingerprint = 'h'), \
          'x', 'x', 'x';\n";
    let longer = named("payments", "'h/payments'").replace("lists, format", "lists, until, format");
    let longer = longer.replace("'payments', format", "'payments', '2018-09-12T10:00:00+08:00', format");
    let ended = change(1, "withdrawn", "NULL", "'C0004'");
    let rest = [named("all", "'o'"), named("refunds", "'h'"), replaced.to_owned(), ended, longer];
    attack("the rest of a statement with another end", &rest, Code::BillRests);
    let signed = |n: i64, merchant: &str| {
        format!(
            "INSERT INTO statement (id, channel, day, merchant_id, format, file, fingerprint, rows, imported_at, operator) \
             SELECT (SELECT max(id) + 1 FROM statement), channel, (SELECT max(day) FROM day WHERE state = 'closed'), {merchant}, format, file, \
               'signed{n}', {n}, 'x', 'x' FROM statement WHERE id = 1;\n"
        )
    };
    for (first, second) in [("'M1'", "'M1'"), ("'M1'", "NULL"), ("NULL", "'M1'")] {
        let name = format!("lines added to a closed day beside its statement, {first} and {second}");
        attack(&name, &[signed(0, first), signed(1, second)], Code::BillRests);
    }
}

/// Every table is attacked, so that a new one without guards is noticed.
#[test]
fn every_table_is_attacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    drop(sample::ledger(&path));
    let connection = Connection::open(&path).unwrap();
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        .unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(tables.len() > 30, "{tables:?}");
    let attacks = all_attacks();
    for way in ["INSERT OR REPLACE INTO", "UPDATE", "DELETE FROM"] {
        let is_attacked = |table: &str| {
            let sql = format!("{way} {table} ");
            let ends = format!("{way} {table};");
            attacks.iter().any(|attack| attack.sql.contains(&sql) || attack.sql.contains(&ends))
        };
        // An update of the guard of corrections is how its checks run; it keeps nothing.
        let is_free = |table: &str| {
            (way == "UPDATE" && table == "correction_guard")
                // A summary of what was found, on which nothing is decided; `verify --findings` compares it.
                || matches!(table, "kept_finding" | "kept_state")
        };
        let missed: Vec<&String> =
            tables.iter().filter(|table| !is_attacked(table) && !is_free(table)).collect();
        assert!(missed.is_empty(), "{way}: {missed:?}");
    }
}

/// Attacks on what people decide about matches.
fn on_matches(attacks: &mut Attacks) {
    let decided = |trade: &str, n: i64, who: &str, agreed: i64| {
        format!(
            "INSERT INTO match_decision (trade, n, verb, line_kind, channel_no, channel_ref, agreed, reason, at, operator) \
             SELECT t.id, {n}, 'match', l.kind, l.channel_no, l.channel_ref, {agreed}, 'x', 'x', '{who}' \
             FROM trade t JOIN statement_line l ON l.channel_ref = 'SYN20180912W001' AND l.channel = t.channel WHERE t.trade_no = '{trade}';\n"
        )
    };
    let both = format!("{}{}", decided("T0001", 1, "op1", 0), decided("T0001", 2, "op2", 1));
    attacks.always("a match by one person", decided("T0001", 1, "op1", 1), Code::FourEyes);
    let alone = format!("{}{}", decided("T0001", 1, "op1", 0), decided("T0001", 2, "OP1", 1));
    attacks.always("a match by the same person twice", alone, Code::FourEyes);
    let taken = format!("{both}{}", decided("T0004", 1, "op1", 0));
    attacks.always("a match with the line of another trade", taken, Code::TradeConflict);
    let nowhere =
        decided("T0001", 1, "op1", 0).replace("l.channel_no, l.channel_ref", "'none', l.channel_ref");
    attacks.always("a match with no line", nowhere, Code::NotFound);
    attacks.always("a match out of order", decided("T0001", 2, "op1", 0), Code::AppendOnly);
    let ended = |n: i64, who: &str, agreed: i64| {
        format!(
            "INSERT INTO match_decision (trade, n, verb, line_kind, channel_no, channel_ref, agreed, reason, at, operator) \
             SELECT trade, {n}, 'undo', line_kind, channel_no, channel_ref, {agreed}, 'x', 'x', '{who}' FROM match_decision LIMIT 1;\n"
        )
    };
    attacks.always("a match ended by one person", format!("{both}{}", ended(3, "op1", 1)), Code::FourEyes);
    let alone = format!("{both}{}{}", ended(3, "op1", 0), ended(4, "OP1", 1));
    attacks.always("a match ended by the same person twice", alone, Code::FourEyes);
    attacks.always("another match", format!("{both}UPDATE match_decision SET agreed = 0;"), Code::AppendOnly);
    attacks.always("no match any more", format!("{both}DELETE FROM match_decision;"), Code::AppendOnly);
}

/// Somebody accepts a finding without booking, or ends that.
fn acceptance(n: i64, verb: &str, who: &str, agreed: i64) -> String {
    format!(
        "INSERT INTO acceptance (n, finding, verb, cause, amount_minor, currency, mark, facts, reason, note, agreed, at, operator) \
         VALUES ({n}, 'short/T0009', '{verb}', 'short', 100, 'CNY', 'm', '{{}}', 'r', 'x', {agreed}, 'x', '{who}');\n"
    )
}

/// Attacks on what people accept without booking.
fn on_acceptances(attacks: &mut Attacks) {
    let asked = acceptance(1, "accept", "op1", 0);
    attacks.always("an acceptance by one person", acceptance(1, "accept", "op1", 1), Code::FourEyes);
    let alone = format!("{asked}{}", acceptance(2, "accept", "OP1", 1));
    attacks.always("an acceptance by the same person twice", alone, Code::FourEyes);
    for (what, from, to) in [
        ("amount", "100", "101"),
        ("facts", "'m'", "'n'"),
        ("reason", "'r'", "'s'"),
        ("finding", "T0009", "T0010"),
    ] {
        let other = acceptance(2, "accept", "op2", 1).replace(from, to);
        attacks.always(
            &format!("an acceptance of another {what}"),
            format!("{asked}{other}"),
            Code::FourEyes,
        );
    }
    attacks.always("an acceptance out of order", acceptance(2, "accept", "op1", 0), Code::AppendOnly);
    attacks.always("no acceptance taken back", acceptance(1, "undo", "op1", 1), Code::NotFound);
    let again = format!("{asked}{}{}", acceptance(2, "undo", "op1", 1), acceptance(3, "undo", "op1", 1));
    attacks.always("an acceptance taken back twice", again, Code::NotFound);
    let closed = acceptance(2, "close", "op1", 1)
        .replace(", at,", ", case_no, at,")
        .replace("1, 'x', 'op1'", "1, 'C0002', 'x', 'op1'");
    attacks.always(
        "an acceptance closed without a committed case",
        format!("{asked}{closed}"),
        Code::NotFound,
    );
    let held = "INSERT INTO acceptance (n, finding, verb, cause, amount_minor, currency, mark, facts, reason, note, agreed, at, operator) \
         SELECT 1, f.finding, 'accept', 'short', 100, 'CNY', 'm', '{}', 'r', 'x', 0, 'x', 'op1' \
           FROM case_finding f JOIN case_file c ON c.case_no = f.case_no WHERE c.state = 'staged' AND f.finding IS NOT NULL LIMIT 1;\n";
    attacks.always("an acceptance of what a case holds", held.to_owned(), Code::Held);
    attacks.always(
        "another acceptance",
        format!("{asked}UPDATE acceptance SET agreed = 1;"),
        Code::AppendOnly,
    );
}

/// Attacks by entries that do not continue their account's chain.
fn on_chains(attacks: &mut Attacks) {
    let right = || entry(1, "2001.A", -1, 100);
    attacks.always(
        "entry to a sealed voucher",
        right().set("voucher", "1").set("line", "99").sql(),
        Code::Sealed,
    );
    attacks.always(
        "entry beyond the next voucher",
        right().set("voucher", &format!("{NEXT} + 1")).sql(),
        Code::Sealed,
    );
    attacks.always("first line is not 1", right().set("line", "2").sql(), Code::AppendOnly);
    attacks.always("wrong chain number, ahead", right().set("seq", "99").sql(), Code::ChainNumber);
    attacks.always("wrong chain number, again", right().set("seq", "1").sql(), Code::ChainNumber);
    attacks.always(
        "wrong balance before",
        right().set("before_minor", "7").set("after_minor", "-93").sql(),
        Code::ChainBalance,
    );
    attacks.always("wrong balance after", right().set("after_minor", "0").sql(), Code::ChainBalance);
    let unmoved = "FROM account a WHERE a.id NOT IN (SELECT account FROM entry) ORDER BY a.id LIMIT 1";
    let fresh = Insert("entry", right().1, unmoved.to_owned());
    attacks.always("a chain that begins with 2", fresh.clone().set("seq", "2").sql(), Code::ChainNumber);
    attacks.always(
        "a chain that begins with a balance",
        fresh.set("before_minor", "7").set("after_minor", "-93").sql(),
        Code::ChainBalance,
    );
    let again = right().sql().replace("INSERT", "INSERT OR REPLACE");
    attacks.voucher("a line in place of itself", after(&[right().sql()], &[again]), Code::AppendOnly);
    // An account's limits are checked when the voucher completes its entries.
    let closed = |first: &str, credit: Insert| {
        let debit = entry(1, "1101.WECHAT", 1, 100).sql();
        format!("{first}{}", after(&[debit, credit.set("line", "2").sql()], &[voucher().sql()]))
    };
    attacks.voucher("another currency", closed("", right().set("currency", "'USD'")), Code::Currency);
    let nowhere =
        right().set("account", "99999").set("seq", "1").set("before_minor", "0").set("after_minor", "-100");
    attacks.voucher("no such account", closed("", nowhere), Code::AccountUnknown);
    for status in ["frozen", "closed"] {
        let change = format!("UPDATE account SET status = '{status}' WHERE code = '2001.A';\n");
        attacks.voucher(&format!("{status} account"), closed(&change, right()), Code::AccountNotActive);
    }
    attacks.voucher(
        "the same line twice",
        after(&[right().sql()], &[entry(1, "2001.B", 1, 100).sql()]),
        Code::AppendOnly,
    );
    attacks.0.push(Attack {
        name: "entries without their voucher".to_owned(),
        sql: two(100).join("\n"),
        code: FOREIGN_KEY.to_owned(),
        code_off: Code::ForeignKeys.as_str().to_owned(),
    });
}

/// Attacks by vouchers that are wrong as a whole.
fn on_vouchers(attacks: &mut Attacks) {
    let with = |row: Insert| after(&two(8888), &[row.sql()]);
    attacks.always("voucher without entries", voucher().sql(), Code::TooFewEntries);
    attacks.voucher(
        "one entry",
        after(&[entry(1, "2001.A", -1, 100).sql()], &[voucher().sql()]),
        Code::TooFewEntries,
    );
    attacks.voucher(
        "unbalanced",
        after(&[entry(1, "1101.WECHAT", 1, 100).sql(), entry(2, "2001.A", -1, 99).sql()], &[voucher().sql()]),
        Code::Unbalanced,
    );
    attacks.voucher(
        "gap in sequence",
        with(voucher().set("id", &format!("{NEXT} + 1"))),
        Code::VoucherNumber,
    );
    attacks.voucher("place taken", with(voucher().set("id", "1")), Code::VoucherNumber);
    attacks.voucher(
        "wrong previous hash",
        with(voucher().set("prev_hash", "(SELECT hash FROM voucher WHERE id = 1)")),
        Code::PreviousHash,
    );
    attacks.voucher("number taken", with(voucher().set("voucher_no", "'J00001'")), Code::VoucherConflict);
    attacks.voucher("closed day", with(voucher().set("accounting_date", "'2018-09-10'")), Code::DayNotOpen);
    attacks.voucher(
        "day never opened",
        with(voucher().set("accounting_date", "'2018-09-20'")),
        Code::DayNotOpen,
    );
    attacks.voucher(
        "below the floor",
        after(
            &[entry(1, "2001.E", 1, 1_000_000).sql(), entry(2, "1101.WECHAT", -1, 1_000_000).sql()],
            &[voucher().sql()],
        ),
        Code::Floor,
    );
    attacks.voucher("event of another trade", with(voucher().set("event", "9")), Code::BadValue);
    attacks.voucher("posting without an event", with(voucher().set("event", "NULL")), Code::BadValue);
    let second = "(SELECT id FROM trade WHERE trade_no = 'T0002')";
    attacks.voucher(
        "second live posting",
        with(voucher().set("trade", second).set("event", &format!("8 * {second} + 1"))),
        Code::AlreadyPosted,
    );
    attacks.voucher("a posting that is no reversal, red", with(voucher().set("mode", "'red'")), Code::Mode);
    attacks.voucher(
        "a posting with wiped entries",
        after(
            &[
                entry(1, "1101.WECHAT", 1, 100).set("mode", "'wipe'").sql(),
                entry(2, "2001.A", -1, 100).set("mode", "'wipe'").sql(),
            ],
            &[voucher().sql()],
        ),
        Code::Mode,
    );
    attacks.voucher("correction without a case", with(voucher().set("kind", "'repost'")), Code::CaseRequired);
    for (case_no, checker) in [("C0002", "'op2'"), ("C0003", "'op2'"), ("C0001", "'op2'"), ("C0099", "'op2'")]
    {
        attacks.voucher(
            &format!("{case_no} is not approved"),
            with(voucher().set("case_no", &format!("'{case_no}'")).set("checker", checker)),
            Code::CaseState,
        );
    }
    attacks.voucher(
        "another checker than the case's",
        with(in_case(voucher()).set("checker", "'op3'")),
        Code::CaseState,
    );
    attacks.voucher("checker is the maker", with(in_case(voucher()).set("checker", "'op1'")), Code::FourEyes);
    attacks.voucher("no checker", with(in_case(voucher()).set("checker", "NULL")), Code::FourEyes);
}

/// Attacks by vouchers that skip a number or mix two currencies.
fn on_places_and_currencies(attacks: &mut Attacks) {
    let with = |row: Insert| after(&two(8888), &[row.sql()]);
    attacks.0.push(Attack {
        name: "a place before the first, as one that is not named looks to the guard".to_owned(),
        sql: with(voucher().set("id", "-1")),
        code: "CHECK constraint failed: id > 0".to_owned(),
        code_off: Code::ForeignKeys.as_str().to_owned(),
    });
    attacks.voucher(
        "a voucher that leaves its place out, on another head",
        with(voucher().without("id").set("prev_hash", "(SELECT hash FROM voucher WHERE id = 1)")),
        Code::PreviousHash,
    );
    attacks.voucher(
        "a repost that leaves its place out, without a case",
        with(voucher().without("id").set("kind", "'repost'")),
        Code::CaseRequired,
    );
    let dollars = "INSERT INTO account SELECT (SELECT max(id) + 1 FROM account), '2001.USD', subject, 'x', class, normal, 'USD', status, \
                   customer_visible, NULL FROM account WHERE code = '2001.A';\n";
    attacks.voucher(
        "yuan against dollars",
        format!(
            "{dollars}{}",
            after(
                &[
                    entry(1, "1101.WECHAT", 1, 100).sql(),
                    entry(2, "2001.USD", -1, 100).set("currency", "'USD'").sql()
                ],
                &[voucher().sql()],
            )
        ),
        Code::Unbalanced,
    );
}

/// Attacks by reversals that do not mirror their original.
fn on_reversals(attacks: &mut Attacks) {
    let wipe = |row: Insert| after(&mirror("wipe"), &[row.sql()]);
    let own = "(SELECT voucher_no FROM voucher WHERE reverses IS NOT NULL)";
    attacks.voucher("second reversal", wipe(reversal("J00001")), Code::AlreadyReversed);
    attacks.voucher(
        "reversal of a reversal",
        wipe(
            reversal("J00005").set("reverses", &format!("(SELECT id FROM voucher WHERE voucher_no = {own})")),
        ),
        Code::ReversalOfReversal,
    );
    attacks.voucher("reversal of nothing", wipe(reversal("J00005").set("reverses", "9999")), Code::NotFound);
    attacks.voucher(
        "reversal that names no original",
        wipe(reversal("J00005").set("reverses", "NULL")),
        Code::BadValue,
    );
    attacks.voucher(
        "a posting that names an original",
        wipe(reversal("J00005").set("kind", "'adjust'").set("mode", "'normal'")),
        Code::Mode,
    );
    attacks.voucher("mirror of another voucher", wipe(reversal("J00002")), Code::NotMirror);
    attacks.voucher(
        "reversal under another trade",
        wipe(reversal("J00005").set("trade", "1").set("event", "9")),
        Code::NotMirror,
    );
    attacks.voucher(
        "mirror with another amount",
        after(
            &[
                entry(1, "1101.WECHAT", -1, 3999).set("mode", "'wipe'").sql(),
                entry(2, "2001.E", 1, 3999).set("mode", "'wipe'").sql(),
                entry(3, "6401", -1, 24).set("mode", "'wipe'").sql(),
                entry(4, "1101.WECHAT", 1, 24).set("mode", "'wipe'").sql(),
            ],
            &[reversal("J00005").sql()],
        ),
        Code::NotMirror,
    );
    attacks.voucher(
        "mirror with lines left out",
        after(&mirror("wipe")[..2], &[reversal("J00005").sql()]),
        Code::NotMirror,
    );
    attacks.voucher(
        "mirror with a line more",
        after(
            &[
                mirror("wipe"),
                vec![
                    entry(5, "2001.A", 1, 100).set("mode", "'wipe'").sql(),
                    entry(6, "2001.B", -1, 100).set("mode", "'wipe'").sql(),
                ],
            ]
            .concat(),
            &[reversal("J00005").sql()],
        ),
        Code::NotMirror,
    );
    attacks.voucher(
        "mirror lines of another mode",
        after(&mirror("blue"), &[reversal("J00005").sql()]),
        Code::NotMirror,
    );
    attacks.voucher(
        "wipe on another day",
        wipe(reversal("J00005").set("accounting_date", "'2018-09-13'")),
        Code::Mode,
    );
    attacks.voucher(
        "normal mode of a reversal",
        wipe(reversal("J00005").set("mode", "'normal'")),
        Code::Mode,
    );
    attacks.voucher(
        "red across years",
        after(
            &["INSERT INTO day (day, state, opened_at) VALUES ('2019-01-02', 'open', 'x');".to_owned()],
            &[
                mirror("red"),
                vec![reversal("J00005").set("mode", "'red'").set("accounting_date", "'2019-01-02'").sql()],
            ]
            .concat(),
        ),
        Code::Mode,
    );
    attacks.voucher("reversal before its original", wipe(reversal("J00004")), Code::ReversalDate);
}

/// Attacks that move cases, receipts and days past their rules.
fn on_decisions(attacks: &mut Attacks) {
    let state =
        |case_no: &str, change: &str| format!("UPDATE case_file SET {change} WHERE case_no = '{case_no}';");
    attacks.always(
        "approve what was not handed in",
        state("C0002", "state = 'approved', checker = 'op2'"),
        Code::CaseState,
    );
    attacks.always(
        "approve one's own case",
        state("C0003", "state = 'approved', checker = 'op1'"),
        Code::FourEyes,
    );
    attacks.always("approve without a checker", state("C0003", "state = 'approved'"), Code::FourEyes);
    attacks.always(
        "commit past the approval",
        state("C0003", "state = 'committed', checker = 'op2'"),
        Code::CaseState,
    );
    attacks.always("commit nothing", state("C0004", "state = 'committed'"), Code::Nothing);
    attacks.always("reopen a committed case", state("C0001", "state = 'staged'"), Code::AppendOnly);
    attacks.always(
        "a case that starts approved",
        "INSERT INTO case_file (n, case_no, trade, state, maker, checker, opened_at, reason) VALUES (5, 'C0005', 1, \
         'approved', 'op1', 'op2', 'x', 'x');",
        Code::CaseState,
    );
    attacks.always(
        "a step for a submitted case",
        "INSERT INTO case_step SELECT case_no, 99, body, 0, added_at, operator FROM case_step WHERE case_no = 'C0003';"
            .replace("99", "(SELECT max(step) + 1 FROM case_step WHERE case_no = 'C0003')"),
        Code::CaseState,
    );
    attacks.always(
        "a status without an approved case",
        "INSERT INTO trade_status VALUES (1, 1, 'failed', 'C0002', 'x', 'x', NULL);",
        Code::CaseState,
    );
    attacks.always(
        "an amendment without a case",
        "INSERT INTO amendment VALUES (1, 1, 'amount_minor', '1', 'x', 'C0099', 'x', 'x');",
        Code::CaseState,
    );
    attacks.always(
        "the log of no case",
        "INSERT INTO case_log VALUES ('C0099', 1, 'x', 'x', 'x', NULL);",
        Code::NotFound,
    );
    attacks.always(
        "a key used before",
        "INSERT INTO receipt VALUES ('first', 'C0001', 'x', 'x', 'x');",
        Code::KeyConflict,
    );
    attacks.always(
        "the receipt of an open case",
        "INSERT INTO receipt VALUES ('new', 'C0002', 'x', 'x', 'x');",
        Code::CaseState,
    );
    attacks.always(
        "a day before a closed one",
        "INSERT INTO day (day, state, opened_at) VALUES ('2018-09-09', 'open', 'x');",
        Code::DayState,
    );
    attacks.always(
        "a day that starts closed",
        "INSERT INTO day (day, state, opened_at) VALUES ('2018-09-20', 'closed', 'x');",
        Code::DayState,
    );
    attacks.always(
        "close a day without its seal",
        "UPDATE day SET state = 'closed' WHERE day = '2018-09-12';",
        Code::DayState,
    );
    attacks.always(
        "close a day with another seal",
        "UPDATE day SET state = 'closed', closed_at = 'x', closed_by = 'x', head_seq = (SELECT max(id) FROM voucher), \
         head_hash = 'x' WHERE day = '2018-09-12';",
        Code::DayState,
    );
    attacks.always(
        "close a later day first",
        "UPDATE day SET state = 'closed', closed_at = 'x', closed_by = 'x', head_seq = (SELECT max(id) FROM voucher), \
         head_hash = (SELECT hash FROM voucher ORDER BY id DESC LIMIT 1) WHERE day = '2018-09-13';",
        Code::DayState,
    );
    attacks.always(
        "back from closing",
        "UPDATE day SET state = 'closing', cut_at = 'x' WHERE day = '2018-09-12'; UPDATE day SET state = 'open', cut_at = NULL WHERE day = '2018-09-12';",
        Code::DayState,
    );
    attacks.always(
        "a calendar out of order",
        "INSERT INTO calendar VALUES (9, 'x', 'x', 'x', 'x', 'x');",
        Code::AppendOnly,
    );
    on_closing(attacks);
    attacks.always(
        "an older policy",
        "INSERT INTO policy (version, four_eyes, later_day, cut_from, cut_until, source, fingerprint, loaded_at, operator) VALUES (1, 0, 'red', '23:50:00', '00:10:00', 'x', 'x', 'x', 'x');",
        Code::AppendOnly,
    );
}

/// Attacks that close days with wrong balances, or periods too early.
fn on_closing(attacks: &mut Attacks) {
    let seal = "closed_at = 'x', closed_by = 'x', head_seq = (SELECT max(id) FROM voucher), \
                head_hash = (SELECT hash FROM voucher ORDER BY id DESC LIMIT 1)";
    let close = format!("UPDATE day SET state = 'closed', {seal} WHERE day = '2018-09-12';");
    let locked = |period: &str| {
        format!(
            "INSERT INTO period VALUES ('{period}', 'x', 'x', (SELECT max(id) FROM voucher), \
             (SELECT hash FROM voucher ORDER BY id DESC LIMIT 1));"
        )
    };
    attacks.always("close without a cut-over", close.clone(), Code::DayState);
    attacks.always("close without balances", format!("{CUT}{close}"), Code::DayState);
    attacks.always("close with a balance too few", format!("{CLOSING}{close}"), Code::DayState);
    attacks.always("balances of an open day", CLOSING.replace(CUT, ""), Code::DayState);
    attacks.always(
        "a balance that does not follow",
        format!("{CUT}INSERT INTO day_balance VALUES ('2018-09-12', 1, 5, 0, 6);"),
        Code::ChainBalance,
    );
    attacks.voucher(
        "a voucher on a day that is cut over",
        format!("{CUT}{}", after(&two(8888), &[voucher().sql()])),
        Code::DayNotOpen,
    );
    attacks.always(
        "another cut-over",
        format!("{CUT}UPDATE day SET cut_at = 'y' WHERE day = '2018-09-12';"),
        Code::DayState,
    );
    attacks.always(
        "a day opened behind the head",
        "INSERT INTO day (day, state, opened_at, opened_seq) VALUES ('2018-09-20', 'open', 'x', 9999);",
        Code::DayState,
    );
    attacks.always(
        "what was known of a day that is open",
        "INSERT INTO day_known VALUES ('2018-09-12', 0, 0);",
        Code::DayState,
    );
    attacks.always("another head known", "UPDATE day_known SET last_trade = 0;", Code::AppendOnly);
    attacks.always("lock a month with an open day", locked("2018-09"), Code::DayState);
    attacks.always("lock a year before its months", locked("2018"), Code::DayState);
    attacks.always("lock a month that was never opened", locked("2018-07"), Code::DayState);
    attacks.always(
        "lock with another seal",
        "INSERT INTO period VALUES ('2018-08', 'x', 'x', 0, 'x');",
        Code::DayState,
    );
}

/// Attacks that change what a case is about, or its owner.
fn on_findings(attacks: &mut Attacks) {
    let state =
        |case_no: &str, change: &str| format!("UPDATE case_file SET {change} WHERE case_no = '{case_no}';");
    let handed = "INSERT INTO case_log VALUES ('C0002', (SELECT max(n) + 1 FROM case_log WHERE case_no = 'C0002'), 'x', 'op2', ";
    attacks.always("take over a case", state("C0002", "maker = 'op2'"), Code::NotYours);
    attacks.always(
        "take over a case by one's own word",
        format!("{handed}'hand', 'op2');{}", state("C0002", "maker = 'op2'")),
        Code::NotYours,
    );
    attacks.always(
        "withdraw another's case",
        format!("{handed}'withdraw', NULL);{}", state("C0002", "state = 'withdrawn'")),
        Code::NotYours,
    );
    let new_case = "INSERT INTO case_file (n, case_no, trade, finding, state, maker, opened_at, reason) \
                    SELECT 5, 'C0005', trade, finding, 'open', 'op1', 'x', 'x' FROM case_file WHERE case_no = 'C0002';";
    let about = |case_no: &str, n: i64, again: i64| {
        format!(
            "INSERT INTO case_finding SELECT '{case_no}', {n}, finding, trade, {again} FROM case_finding \
             WHERE case_no = 'C0002';"
        )
    };
    attacks.always(
        "a finding held by another case",
        format!("{new_case}{}", about("C0005", 1, 0)),
        Code::Held,
    );
    attacks.always(
        "another first finding",
        format!(
            "{new_case}{}",
            about("C0005", 1, 1).replace("SELECT 'C0005', 1, finding", "SELECT 'C0005', 1, 'x'")
        ),
        Code::BadValue,
    );
    attacks.always(
        "a tick for a submitted case",
        "INSERT INTO case_check VALUES ('C0003', 1, 'x', 'x', 'op1', NULL, NULL, NULL);",
        Code::CaseState,
    );
    attacks.always("findings out of order", about("C0002", 3, 1), Code::AppendOnly);
    attacks.always("a finding for a submitted case", about("C0003", 2, 1), Code::CaseState);
}

/// Parks 1.00 that came or went without a trade, with its open item.
fn parked(came: bool, minor: i64) -> String {
    parked_with(came, minor, &[])
}

/// As [`parked`], with more entries: account, side and amount.
fn parked_with(came: bool, minor: i64, more: &[(&str, i64, i64)]) -> String {
    let (bank, owed, account) = if came { (1, -minor, "2190") } else { (-1, minor, "1190") };
    let mut entries = vec![entry(1, "1101.WECHAT", bank, minor).sql(), entry(2, account, -bank, minor).sql()];
    let more = (3..).zip(more).map(|(n, (account, side, amount))| entry(n, account, *side, *amount).sql());
    entries.extend(more);
    let none = in_case(voucher()).set("kind", "'park'").set("trade", "NULL").set("event", "NULL").sql();
    let item = format!(
        "INSERT INTO open_item (voucher, account, amount_minor) SELECT (SELECT max(id) FROM voucher), id, {owed} \
         FROM account WHERE code = '{account}';"
    );
    after(&entries, &[none, item])
}

/// Answers a statement line, by the last voucher or as a stub.
fn answer(n: i64, line: &str, original: Option<&str>, case_no: &str) -> String {
    let (voucher, original) = match original {
        Some(original) => ("NULL", format!("'{original}'")),
        None => ("(SELECT max(id) FROM voucher)", "NULL".to_owned()),
    };
    format!(
        "INSERT INTO answered_line (n, channel, channel_ref, voucher, original_ref, case_no, at, operator) SELECT {n}, 'WECHAT', '{line}', {voucher}, {original}, '{case_no}', 'x', 'op1';\n"
    )
}

/// Attacks that answer statement lines twice, or with something they do not prove.
fn on_lines(attacks: &mut Attacks) {
    let mut stub = |name: &str, (line, original, case_no): (&str, &str, &str), code| {
        attacks.always(name, format!("{LOST}{}", answer(1, line, Some(original), case_no)), code);
    };
    stub("an answer without approval", ("BACK1", "NEVER", "C0003"), Code::CaseState);
    stub("an answer to no line", ("NOWHERE", "NEVER", "C0004"), Code::NotFound);
    stub(
        "an answer to the line of a trade",
        ("SYN20180912R002", "SYN20180911W005", "C0004"),
        Code::TradeConflict,
    );
    stub("a stub of another payment", ("BACK1", "OTHER", "C0004"), Code::NoEvidence);
    stub("a stub by a payment", ("CAME1", "NEVER", "C0004"), Code::NoEvidence);
    stub("a stub of a payment that the channel has", ("BACK2", "CAME1", "C0004"), Code::NoEvidence);
    stub("a stub of a payment that we have", ("BACK3", "SYN20180912W001", "C0004"), Code::TradeConflict);
    let twice = format!("{LOST}{ANSWERED}{}", answer(2, "BACK1", Some("NEVER"), "C0004"));
    attacks.always("two answers to a line", twice, Code::LineAnswered);
    // Another merchant's line of the same reference and number.
    let of_two = "INSERT INTO statement_line (statement, line, channel, kind, channel_ref, original_ref, channel_no, amount_minor, \
          fee_minor, currency, status, occurred_at, merchant_no) \
        SELECT statement, 900, channel, kind, channel_ref, original_ref, channel_no, amount_minor, fee_minor, currency, status, \
          occurred_at, 'M9' FROM statement_line WHERE channel_ref = 'BACK1';\n";
    let of = |merchant: &str| {
        let plain = answer(1, "BACK1", Some("NEVER"), "C0004");
        plain
            .replace("operator) SELECT", "operator, merchant_no) SELECT")
            .replace("'op1';", &format!("'op1', {merchant};"))
    };
    attacks.always(
        "an answer to two merchants' lines",
        format!("{LOST}{of_two}{}", of("NULL")),
        Code::BadValue,
    );
    attacks.always(
        "an answer to no merchant's line",
        format!("{LOST}{of_two}{}", of("'M8'")),
        Code::NotFound,
    );
    let others = answer(1, "CAME1", None, "C0004").replace("(SELECT max(id) FROM voucher)", "1");
    attacks.always("an answer by another's voucher", format!("{LOST}{others}"), Code::BadValue);
    let mut booked = |name: &str, made: String, answers: &[String], code| {
        attacks.voucher(name, format!("{LOST}{made}\n{}", answers.concat()), code);
    };
    let by = |n: i64, line: &str| answer(n, line, None, "C0004");
    let both = [by(1, "CAME1"), by(2, "CAME2")];
    booked("a voucher for two lines", parked(true, 100), &both, Code::LineAnswered);
    booked("a line in part", parked(true, 99), &[by(1, "CAME1")], Code::BadValue);
    booked("a line the other way", parked(false, 100), &[by(1, "CAME1")], Code::BadValue);
    booked("a line that failed", parked(true, 100), &[by(1, "FAILED")], Code::NoEvidence);
    let again = format!("{}{}\n", by(1, "CAME1"), parked(true, 100).replace("X0001", "X0002"));
    booked("a line parked twice", parked(true, 100), &[again, by(2, "CAME1")], Code::LineAnswered);
    let mut fee = |name: &str, line: &str, more: &[(&str, i64, i64)]| {
        booked(name, parked_with(true, 100, more), &[by(1, line)], Code::BadValue);
    };
    fee("a fee that the line has not", "CAME1", &[("6401", 1, 1), ("1101.WECHAT", -1, 1)]);
    fee("a fee left out", "KEPT", &[]);
    fee("another fee than the line's", "KEPT", &[("6401", 1, 2), ("1101.WECHAT", -1, 2)]);
    fee("a fee the other way", "KEPT", &[("6401", -1, 1), ("1101.WECHAT", 1, 1)]);
    fee("a fee from a customer", "KEPT", &[("2001.A", 1, 1), ("1101.WECHAT", -1, 1)]);
    fee("a fee on another account", "KEPT", &[("6401", 1, 1), ("1001", -1, 1)]);
    fee("a fee in parts", "KEPT", &[("6401", 1, 2), ("6401", -1, 1), ("1101.WECHAT", -1, 1)]);
    fee("a fee and more", "KEPT", &[("6401", 1, 1), ("2001.A", -1, 1)]);
    fee("money on another account", "CAME1", &[("1001", 1, 1), ("1101.WECHAT", -1, 1)]);
}

/// Inserts a counter trade of another trade.
fn counter(number: &str, of: &str, amount: i64) -> String {
    format!(
        "INSERT INTO trade (id, trade_no, kind, product, channel, channel_ref, original_ref, amount_minor, fee_minor, currency, customer, merchant, \
         occurred_at, business_date, status, clearing, counters) SELECT (SELECT max(id) + 1 FROM trade), '{number}', 'counter', product, channel, 'R{number}', channel_ref, \
         {amount}, 0, currency, customer, merchant, occurred_at, business_date, 'succeeded', 'uncleared', kind FROM trade \
         WHERE trade_no = '{of}';\n"
    )
}

/// Inserts a trade of a kind that goes back on the trade with a reference, of T0001's parties.
fn back_on(number: &str, kind: &str, original: &str, amount: i64) -> String {
    counter(number, "T0001", amount)
        .replace("'counter', product", &format!("'{kind}', product"))
        .replace(&format!("channel_ref, {amount}, 0"), &format!("{original}, {amount}, 0"))
        .replace("'uncleared', kind FROM", "'uncleared', NULL FROM")
}

/// Corrects a trade's status or amount in the approved case.
fn corrected(trade: &str, to: &str) -> String {
    let row = format!("(SELECT id FROM trade WHERE trade_no = '{trade}')");
    if to.parse::<i64>().is_ok() {
        let n = format!("(SELECT coalesce(max(n), 0) + 1 FROM amendment WHERE trade = {row})");
        return format!(
            "INSERT INTO amendment VALUES ({row}, {n}, 'amount_minor', '{to}', 'x', 'C0004', 'x', 'x');\n"
        );
    }
    let n = format!("(SELECT coalesce(max(n), 0) + 1 FROM trade_status WHERE trade = {row})");
    format!("INSERT INTO trade_status VALUES ({row}, {n}, '{to}', 'C0004', 'x', 'x', NULL);\n")
}

/// Attacks by counter trades that undo more than is left: T0001 is of 100.00; of T0002's 250.00, 50.00 were
/// refunded already.
fn on_counters(attacks: &mut Attacks) {
    let mut attack = |name: &str, parts: &[String], code| attacks.always(name, parts.concat(), code);
    let one = |amount| counter("T9", "T0001", amount);
    let nowhere = one(1).replace("channel_ref, 1,", "'nowhere', 1,");
    attack("nothing undone", &[nowhere], Code::NotFound);
    attack("more undone than stands", &[one(10001)], Code::Countered);
    attack("undone twice", &[one(9000), counter("T10", "T0001", 1001)], Code::Countered);
    attack("undone beside a refund", &[counter("T9", "T0002", 20001)], Code::Countered);
    let lost = back_on("T8", "chargeback", "channel_ref", 10000);
    let won = |amount| back_on("T9", "representment", "channel_ref", amount);
    attack("undone beside a chargeback", &[lost.clone(), counter("T10", "T0001", 1)], Code::Countered);
    attack(
        "undone beyond what was won back",
        &[lost, won(4000), counter("T10", "T0001", 4001)],
        Code::Countered,
    );
    attack("undone though it failed", &[corrected("T0001", "failed"), one(1)], Code::Countered);
    attack("undone more than is left of it", &[corrected("T0001", "50"), one(51)], Code::Countered);
    attack("a counter trade undone", &[one(10000), counter("T10", "T9", 1)], Code::ReversalOfReversal);
    attack(
        "undone by the line of another trade",
        &[one(1).replace("'RT9'", "'SYN20180912W002'")],
        Code::TradeConflict,
    );
    attack(
        "undone by a line that is answered",
        &[LOST.to_owned(), ANSWERED.to_owned(), one(1).replace("'RT9'", "'BACK1'")],
        Code::LineAnswered,
    );
    attack("failed beside its counter trade", &[one(1), corrected("T0001", "failed")], Code::Countered);
    attack("less than was undone of it", &[one(9000), corrected("T0001", "8999")], Code::Countered);
    attack("of nothing", &[corrected("T0001", "0")], Code::BadValue);
    attack("a counter trade raised", &[one(9000), corrected("T9", "10001")], Code::Countered);
    attack(
        "a counter trade that comes back",
        &[one(9000), corrected("T9", "failed"), counter("T10", "T0001", 9000), corrected("T9", "succeeded")],
        Code::Countered,
    );
}

/// Attacks by open items without a voucher, and by clearings that clear nothing.
fn on_suspense(attacks: &mut Attacks) {
    let parked = after(
        &[entry(1, "1190", 1, 100).sql(), entry(2, "1101.WECHAT", -1, 100).sql()],
        &[in_case(voucher()).set("kind", "'park'").sql()],
    );
    let item = |how: &str, account: &str, amount: i64| {
        format!(
            "INSERT {how} INTO open_item (voucher, account, amount_minor) SELECT (SELECT max(id) FROM voucher), id, {amount} \
             FROM account WHERE code = '{account}';"
        )
    };
    let opened = format!("{parked}\n{}", item("", "1190", 100));
    let mut attack = |name: &str, first: &str, then: &str, code| {
        attacks.voucher(name, format!("{first}\n{then}"), code);
    };
    attack("an item on no suspense account", &parked, &item("", "1101.WECHAT", -100), Code::OpenItem);
    attack("an item of another amount", &parked, &item("", "1190", 99), Code::OpenItem);
    attack("an item twice", &opened, &item("", "1190", 100), Code::AppendOnly);
    attack("replace an item", &opened, &item("OR REPLACE", "1190", 100), Code::AppendOnly);
    attack("an item changed", &opened, "UPDATE open_item SET amount_minor = 1;", Code::AppendOnly);
    attack("an item deleted", &opened, "DELETE FROM open_item;", Code::AppendOnly);
    attack("cleared by a posting", &opened, "UPDATE open_item SET cleared_by = 1;", Code::OpenItem);
    attack("cleared by itself", &opened, "UPDATE open_item SET cleared_by = voucher;", Code::OpenItem);
    attacks.always(
        "an item of an imported voucher",
        "INSERT INTO open_item (voucher, account, amount_minor) SELECT 1, id, 100 FROM account WHERE code = '1190';",
        Code::OpenItem,
    );
}

/// Attacks that end the takeover alone, turn it back, or bring a journal into a ledger that is the books.
fn on_takeover(attacks: &mut Attacks) {
    let step = |n: i64, verb: &str, operator: &str| {
        format!("INSERT INTO takeover VALUES ({n}, '{verb}', 'x', 'x', '{operator}');\n")
    };
    let ended = [step(1, "ask", "op1"), step(2, "end", "op2")].concat();
    attacks.always("the takeover ended by nobody else", step(1, "end", "op1"), Code::FourEyes);
    let alone = [step(1, "ask", "op1"), step(2, "end", "OP1")].concat();
    attacks.always("the takeover ended alone", alone, Code::FourEyes);
    attacks.always("the books from the start, too late", step(1, "begin", "op1"), Code::BadValue);
    let again = [ended.clone(), step(3, "ask", "op1")].concat();
    attacks.always("beside an older system once more", again, Code::TakenOver);
    attacks.always("a gap in the takeover", step(2, "ask", "op1"), Code::AppendOnly);
    for change in ["UPDATE takeover SET verb = 'ask';", "DELETE FROM takeover;"] {
        attacks.always(change, [&*ended, change].concat(), Code::AppendOnly);
    }
    let import = voucher().set("kind", "'import'");
    let journal = after(&two(8888), &[import.sql()]);
    attacks.voucher("a journal into the books", [ended, journal].concat(), Code::TakenOver);
    let older = |number: &str| {
        after(
            &two(8888),
            &[
                voucher().set("kind", "'import'").set("trade", "NULL").set("event", "NULL").sql(),
                number.to_owned(),
            ],
        )
    };
    let accept = |operator: &str| {
        format!(
            "INSERT INTO accepted_voucher SELECT id, 'x', 'x', '{operator}' FROM voucher WHERE voucher_no = 'X0001';"
        )
    };
    attacks.voucher("an own voucher accepted", older(&accept("OP1")), Code::FourEyes);
    let twice = [accept("op2"), accept("op3")].concat();
    attacks.voucher("a voucher accepted twice", older(&twice), Code::AppendOnly);
    let replaced = [accept("op2"), accept("op3").replace("INSERT INTO", "INSERT OR REPLACE INTO")].concat();
    attacks.voucher("an accepted voucher replaced", older(&replaced), Code::AppendOnly);
    for change in ["UPDATE accepted_voucher SET reason = 'y';", "DELETE FROM accepted_voucher;"] {
        attacks.voucher(change, older(&[&*accept("op2"), change].concat()), Code::AppendOnly);
    }
    for change in ["UPDATE touched SET trade = 2;", "DELETE FROM touched;"] {
        let touched = ["INSERT INTO touched (trade) VALUES (1);", change].concat();
        attacks.always(change, touched, Code::AppendOnly);
    }
    let explained = accept("op2").replace("X0001", "J00005");
    attacks.always("a voucher accepted that a trade explains", explained, Code::NotFound);
}

/// Imports a journal of one voucher into a case, as its first step.
fn journal_into(case_no: &str) -> String {
    format!(
        "INSERT INTO journal_file VALUES ('{case_no}', 1, 'j.csv', replace(printf('%64d', 0), ' ', 'b'), 1, 1, 'x', 'op1');\n"
    )
}

/// Has a second person approve the staged case C0002, into which a journal was imported.
fn journal_approved() -> String {
    let logged = "INSERT INTO case_log SELECT 'C0002', max(n) + 1, 'x', 'op2', 'approve', NULL FROM case_log WHERE case_no = 'C0002';\n";
    let state = |to: &str| format!("UPDATE case_file SET {to} WHERE case_no = 'C0002';\n");
    let (submitted, approved) = (state("state = 'submitted'"), state("state = 'approved', checker = 'op2'"));
    [&*journal_into("C0002"), &submitted, logged, &approved].concat()
}

/// A voucher of a journal of the case C0002, without a trade.
fn of_journal() -> Insert {
    let row = in_case(voucher()).set("case_no", "'C0002'").set("kind", "'import'");
    row.set("trade", "NULL").set("event", "NULL")
}

/// Attacks that book the vouchers of a journal without its file, or take a file twice.
fn on_journals(attacks: &mut Attacks) {
    let into = journal_into("C0002");
    attacks.always("a journal into an approved case", journal_into("C0004"), Code::CaseState);
    attacks.always("a journal into no case", journal_into("C0099"), Code::CaseState);
    attacks.always("a journal without steps", into.replace("1, 1, 'x'", "1, 90, 'x'"), Code::BadValue);
    attacks.always("journals out of order", into.replace("'C0002', 1,", "'C0002', 2,"), Code::AppendOnly);
    let twice = [&*into, &into.replace("'C0002', 1,", "'C0002', 2,")].concat();
    attacks.always("a journal taken twice", twice, Code::Held);
    for change in ["UPDATE journal_file SET file = 'x';", "DELETE FROM journal_file;"] {
        attacks.always(change, [&*into, change].concat(), Code::AppendOnly);
    }
    let import = in_case(voucher()).set("kind", "'import'");
    attacks.voucher(
        "a journal's voucher in a case without a file",
        after(&two(8888), &[import.sql()]),
        Code::CaseRequired,
    );
    let staged = [&*into, &after(&two(8888), &[of_journal().sql()])].concat();
    attacks.voucher("a journal's voucher before its case is approved", staged, Code::CaseState);
    let spent = [entry(1, "2001.A", 1, 100_000_000).sql(), entry(2, "1101.WECHAT", -1, 100_000_000).sql()];
    let below = [journal_approved(), after(&spent, &[of_journal().sql()])].concat();
    attacks.voucher("a journal's voucher below the floor", below, Code::Floor);
}

fn all_attacks() -> Vec<Attack> {
    let mut attacks = Attacks::default();
    on_takeover(&mut attacks);
    on_journals(&mut attacks);
    on_rows(&mut attacks);
    on_statement_lines(&mut attacks);
    on_account_statements(&mut attacks);
    on_sign_offs(&mut attacks);
    on_account_matches(&mut attacks);
    on_account_evidence(&mut attacks);
    on_statements(&mut attacks);
    on_chains(&mut attacks);
    on_acceptances(&mut attacks);
    on_matches(&mut attacks);
    on_follow_ups(&mut attacks);
    on_suspense(&mut attacks);
    on_lines(&mut attacks);
    on_counters(&mut attacks);
    on_vouchers(&mut attacks);
    on_places_and_currencies(&mut attacks);
    on_reversals(&mut attacks);
    on_decisions(&mut attacks);
    on_findings(&mut attacks);
    attacks.0
}

/// Returns every public view, row by row.
fn views(connection: &Connection) -> String {
    let mut text = String::new();
    for view in ["v_account", "v_trade", "v_event", "v_voucher", "v_entry", "v_case"] {
        let mut statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<Value> = (0..columns).map(|at| row.get(at).unwrap()).collect();
            writeln!(text, "{view} {values:?}").unwrap();
        }
    }
    text
}

/// Runs an attack in one transaction and returns its refusal.
fn run(connection: &Connection, sql: &str) -> Result<(), String> {
    let script = format!("BEGIN IMMEDIATE;\n{sql}\nCOMMIT;");
    let result = connection.execute_batch(&script).map_err(|error| error.to_string());
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK").unwrap();
    }
    result
}

#[test]
fn every_attack_is_refused_with_its_code_and_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    drop(sample::ledger(&path));
    let mut wrong = Vec::new();
    for foreign_keys in [true, false] {
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "foreign_keys", foreign_keys).unwrap();
        let before = views(&connection);
        assert!(before.lines().count() > 100);
        for attack in all_attacks() {
            let code = if foreign_keys { &attack.code } else { &attack.code_off };
            let name = format!("{} (foreign_keys {foreign_keys})", attack.name);
            match run(&connection, &attack.sql) {
                Ok(()) => wrong.push(format!("{name}: not refused\n{}", attack.sql)),
                Err(text) => {
                    let found = Code::find_in(&text).map_or(text.as_str(), |code| code.as_str());
                    if found != code {
                        wrong.push(format!("{name}: {code} expected, {text}"));
                    }
                }
            }
            if views(&connection) != before {
                wrong.push(format!("{name}: the views changed"));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut desk =
        storno::desk::ledger::OpenLedger::open(&path, false).map(storno::desk::Desk::from).unwrap();
    assert_eq!(sample::verify(&mut desk).problems, []);
}

/// The rows that the attacks distort are valid: unchanged, they are accepted.
#[test]
fn what_is_right_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    drop(sample::ledger(&path));
    let right = [
        after(&two(8888), &[voucher().sql()]),
        // Below its floor in between, but not at the end.
        after(
            &[entry(1, "2001.E", 1, 1_000_000).sql(), entry(2, "2001.E", -1, 1_000_000).sql()],
            &[voucher().sql()],
        ),
        after(&two(8888), &[in_case(voucher()).set("kind", "'repost'").sql()]),
        after(&mirror("wipe"), &[reversal("J00005").sql()]),
        after(
            &mirror("red"),
            &[reversal("J00005").set("mode", "'red'").set("accounting_date", "'2018-09-13'").sql()],
        ),
        after(
            &mirror("blue"),
            &[reversal("J00005").set("mode", "'blue'").set("accounting_date", "'2018-09-13'").sql()],
        ),
        [journal_approved(), after(&two(8888), &[of_journal().sql()])].concat(),
        "INSERT INTO trade_status VALUES (1, 1, 'failed', 'C0004', 'x', 'x', NULL);".to_owned(),
        [LOST, &parked(true, 100), "\n", &answer(1, "CAME1", None, "C0004")].concat(),
        {
            let fee = [("6401", 1, 1), ("1101.WECHAT", -1, 1)];
            [LOST, &parked_with(true, 100, &fee), "\n", &answer(1, "KEPT", None, "C0004")].concat()
        },
        [LOST, &parked(false, 100), "\n", &answer(1, "BACK2", None, "C0004"), &counter("T9", "T0001", 10000)]
            .concat(),
        [LOST, ANSWERED, &counter("T9", "T0002", 20000), &corrected("T9", "19999")].concat(),
        [&*counter("T9", "T0001", 9000), &counter("T10", "T0001", 1000), &corrected("T10", "failed")]
            .concat(),
        [&*counter("T9", "T0001", 9000), &corrected("T0001", "9000")].concat(),
        // What was won back can be undone again, whichever trade the win names and whichever came first.
        [
            back_on("T8", "chargeback", "channel_ref", 10000),
            back_on("T9", "representment", "'RT8'", 10000),
            counter("T10", "T0001", 10000),
        ]
        .concat(),
        [
            back_on("T8", "representment", "channel_ref", 10000),
            back_on("T9", "chargeback", "channel_ref", 10000),
            counter("T10", "T0001", 10000),
        ]
        .concat(),
        [
            counter("T8", "T0001", 10000)
                .replace("'counter', product", "'refund', product")
                .replace("kind FROM", "NULL FROM"),
            counter("T9", "T8", 4000),
            counter("T10", "T0001", 4000),
        ]
        .concat(),
    ];
    for sql in right {
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        let connection = Connection::open(&copy).unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        let before = views(&connection);
        assert_eq!(run(&connection, &sql), Ok(()), "{sql}");
        assert_ne!(views(&connection), before, "{sql}");
    }
}

#[test]
fn an_attack_through_the_other_client_is_refused_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    drop(sample::ledger(&path));
    let script = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\ntry:\n    c.execute(sys.argv[2])\n    c.commit()\n    \
                  print('taken')\nexcept sqlite3.Error as e:\n    print(e)\n";
    for (sql, code) in [
        ("UPDATE entry SET amount_minor = 1", Code::AppendOnly),
        (&*entry(1, "2001.A", -1, 100).sql(), Code::ForeignKeys),
    ] {
        let output =
            std::process::Command::new("python3").args(["-c", script]).arg(&path).arg(sql).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(Code::find_in(&said), Some(code), "{said}");
    }
}

/// Loads the same ledger into a real cluster, where each attack must meet the same guard.
#[test]
#[ignore = "needs rqlited"]
fn every_attack_is_refused_by_a_cluster_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.db");
    drop(sample::ledger(&path));
    // One file, without a write-ahead log.
    let whole = folder.path().join("whole.db");
    Connection::open(&path).unwrap().execute("VACUUM INTO ?1", [whole.to_str().unwrap()]).unwrap();
    let cluster = support::place::Cluster::start(1);
    cluster.load(&whole);
    let copy = folder.path().join("copy.db");
    let seen = || {
        cluster.copy_to(&copy);
        views(&Connection::open(&copy).unwrap())
    };
    let before = seen();
    assert!(before.lines().count() > 100);
    let mut wrong = Vec::new();
    for attack in all_attacks() {
        let answer = cluster.execute_all(&attack.sql);
        let text = answer.to_string();
        if !text.contains(&attack.code) {
            wrong.push(format!("{}: {} expected, {text}", attack.name, attack.code));
        }
        if seen() != before {
            wrong.push(format!("{}: the views changed", attack.name));
            break;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
