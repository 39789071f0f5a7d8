//! Ledgers for the scenarios: made from trades, an older journal, a bill or single lines of a channel's statement.

use crate::support::{Shop, TRADES};

/// The header of the old system's journal file.
pub const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";

/// The sample WeChat bill; its header and the header of its totals are used for bills made here.
pub const BILL: &str = include_str!("../../data/wechat-trade-ALL-20180912.csv");

/// A week after the sample day, which is closed by then.
pub const LATER: &str = "2018-09-20T12:00:00+08:00";

pub const NEXT_YEAR: &str = "2019-01-15T12:00:00+08:00";

/// How the ledger of a scenario is made.
#[derive(Clone, Copy)]
pub enum Scene {
    /// The sample day.
    Sample,
    /// These trades and this journal, and what happens next.
    Made { trades: &'static str, journal: &'static str, then: Then },
    /// These trades and this journal, a bill of one payment (reference, amount, fee), and the rows of a later list.
    Billed {
        trades: &'static str,
        journal: &'static str,
        bill: (&'static str, &'static str, &'static str),
        told: &'static str,
    },
    /// These trades and this journal, all due posted, and a bill of one payment with a coupon of the merchant:
    /// reference, order, what is paid, fee.
    Discounted {
        trades: &'static str,
        journal: &'static str,
        bill: (&'static str, &'static str, &'static str, &'static str),
    },
    /// A ledger of another template: these trades and this journal, what happens next, and the lines of the
    /// channel's statement of that day.
    Of {
        template: &'static str,
        trades: &'static str,
        journal: &'static str,
        then: Then,
        listed: &'static [Listed],
    },
}

/// A line of a channel's statement: kind, reference, original, amount and fee in minor units.
pub type Listed = (&'static str, &'static str, Option<&'static str>, i64, i64);

/// What happens to a ledger after its trades and journal are imported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Nothing,
    /// Everything due is posted by the rules.
    Posted,
    /// The same, and the last trade is refused.
    PostedButRefused,
    /// The day is closed, with its mistake unseen.
    DayClosed,
    /// Nothing, but the day was closed before the import: the trades are late.
    Late,
    /// A later list brings these rows.
    Told(&'static str),
    /// Everything due is posted by the rules, and a WeChat bill of one payment comes: reference, amount, fee.
    PostedAndBilled((&'static str, &'static str, &'static str)),
    /// An account is frozen.
    Frozen(&'static str),
}

/// A WeChat bill of one payment: reference, amount, fee.
pub fn bill((reference, amount, fee): (&str, &str, &str)) -> String {
    discounted((reference, amount, amount, fee))
}

/// A WeChat bill of one payment: reference, order, what is paid, fee.
fn discounted((reference, order, paid, fee): (&str, &str, &str, &str)) -> String {
    let head = BILL.lines().next().unwrap();
    let foot = BILL.lines().find(|line| line.starts_with("总交易单数")).unwrap();
    format!(
        "{head}\n`2018-09-12 09:00:01,`wx8888888888888888,`1900000109,`0,`,`4200000000,`{reference},`oSYN,`JSAPI,`SUCCESS,`OTHERS,\
         `CNY,`{paid},`0.00,`0,`0,`0.00,`0.00,`,`,`goods,`,`{fee}000,`0.60%,`{order},`0.00,`\n{foot}\n\
         `1,`{paid},`0.00,`0.00,`{fee}000,`{order},`0.00\n"
    )
}

/// Makes the ledger of a scenario.
pub fn scene(scene: Scene) -> Shop {
    let shop = match scene {
        Scene::Of { template, .. } => {
            let shop = Shop::bare();
            shop.done(&["init", &shop.home(), "--template", template]);
            shop
        }
        _ => Shop::empty(),
    };
    fill(&shop, scene);
    shop
}

/// Makes a ledger with this chart of accounts.
pub fn with_chart(chart: &str) -> Shop {
    let shop = Shop::bare();
    shop.done(&["init", &shop.home(), "--chart", &shop.file("chart.toml", chart)]);
    shop
}

/// Brings what happens in a scenario into an empty ledger.
pub fn fill(shop: &Shop, scene: Scene) {
    let (trades, journal, then, billed) = match scene {
        Scene::Sample => return shop.import_samples(),
        Scene::Made { trades, journal, then } | Scene::Of { trades, journal, then, .. } => {
            (trades, journal, then, None)
        }
        Scene::Billed { trades, journal, bill, told } => {
            let then = if told.is_empty() { Then::Nothing } else { Then::Told(told) };
            (trades, journal, then, Some(self::bill(bill)))
        }
        Scene::Discounted { trades, journal, bill } => {
            (trades, journal, Then::Posted, Some(discounted(bill)))
        }
    };
    if then == Then::Late {
        shop.done(&["day", "open", "2018-09-12"]);
        shop.done(&["day", "close", "2018-09-12"]);
    }
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    if !journal.is_empty() {
        shop.done(&["import", "journal", &shop.file("journal.csv", format!("{JOURNAL}{journal}"))]);
    }
    if let Scene::Of { listed, .. } = scene {
        list(shop, listed);
    }
    if let Some(row) = billed {
        shop.done(&["import", "bill", &shop.file("bill.csv", row)]);
    }
    match then {
        Then::Nothing | Then::Late => {}
        Then::Posted => drop(shop.done(&["post"])),
        Then::Told(rows) => {
            shop.done(&["import", "trades", &shop.file("later.csv", format!("{TRADES}{rows}"))]);
        }
        Then::PostedButRefused => {
            let last = shop.text("SELECT trade_no FROM trade ORDER BY id DESC LIMIT 1");
            assert_eq!(refusals(shop, &["post"], &last), ["STORNO-NOT-DUE"]);
        }
        Then::PostedAndBilled(row) => {
            shop.done(&["post"]);
            shop.done(&["import", "bill", &shop.file("bill.csv", bill(row))]);
        }
        Then::DayClosed => drop(shop.done(&["day", "close", "2018-09-12"])),
        Then::Frozen(account) => {
            shop.execute(&format!("UPDATE account SET status = 'frozen' WHERE code = '{account}'"));
        }
    }
}

/// Adds the statement of the sample day of the channel that most trades name, as a bill's import would.
fn list(shop: &Shop, listed: &[Listed]) {
    if listed.is_empty() {
        return;
    }
    let channel = shop.text("SELECT channel FROM v_trade GROUP BY 1 ORDER BY count(*) DESC LIMIT 1");
    let currency = shop.text("SELECT value FROM setting WHERE name = 'currency'");
    let mut sql = String::new();
    for (line, (kind, reference, original, amount, fee)) in (2..).zip(listed) {
        let original = original.map_or("NULL".to_owned(), |original| format!("'{original}'"));
        sql += &format!(
            "INSERT INTO statement_line (statement, line, channel, kind, channel_ref, original_ref, channel_no, amount_minor, \
             fee_minor, currency, status, occurred_at) SELECT coalesce(max(id), 0) + 1, {line}, '{channel}', '{kind}', '{reference}', \
             {original}, 'N{line}', {amount}, {fee}, '{currency}', 'succeeded', '2018-09-12T10:00:00+02:00' FROM statement; "
        );
    }
    shop.execute(&format!(
        "{sql}INSERT INTO statement (id, channel, day, merchant_id, format, file, fingerprint, rows, imported_at, operator) \
             SELECT coalesce(max(id), 0) + 1, '{channel}', '2018-09-12', NULL, 'test', 'day.csv', 'day', {}, \
         '2018-09-13T09:00:00+02:00', 'op1' FROM statement",
        listed.len()
    ));
}

/// Adds a statement of one line at ten o'clock on the sample day, as a bill's import would.
pub fn statement(shop: &Shop, channel: &str, line: (&str, &str, Option<&str>), minor: i64) {
    statement_at(shop, channel, line, minor, "2018-09-12T10:00:00");
}

/// As [`statement`], at another local time, in the statement of that day.
pub fn statement_at(shop: &Shop, channel: &str, line: (&str, &str, Option<&str>), minor: i64, at: &str) {
    statement_in(shop, (channel, "CNY", "+08:00"), line, minor, at);
}

/// As [`statement_at`], of a channel in another currency and with another offset from UTC.
pub fn statement_in(
    shop: &Shop,
    (channel, currency, offset): (&str, &str, &str),
    line: (&str, &str, Option<&str>),
    minor: i64,
    at: &str,
) {
    let (reference, kind, original) = line;
    let original = original.map_or("NULL".to_owned(), |original| format!("'{original}'"));
    let day = &at[..10];
    shop.execute(&format!(
        "INSERT INTO statement_line (statement, line, channel, kind, channel_ref, original_ref, channel_no, amount_minor, \
         fee_minor, currency, status, occurred_at) SELECT coalesce(max(id), 0) + 1, 1, '{channel}', '{kind}', '{reference}', {original}, \
         'N', {minor}, 0, '{currency}', 'succeeded', '{at}{offset}' FROM statement; \
         INSERT INTO statement (id, channel, day, merchant_id, format, file, fingerprint, rows, imported_at, operator) \
             SELECT coalesce(max(id), 0) + 1, '{channel}', '{day}', NULL, 'test', '{reference}.csv', '{reference}', 1, \
         '2018-09-13T09:00:00+08:00', 'op1' FROM statement"
    ));
}

/// The balance of each account, on its normal side.
pub fn balances(shop: &Shop) -> Vec<(String, i64)> {
    let sql = shop.sql();
    let mut statement = sql.prepare("SELECT code, balance_minor FROM v_account ORDER BY code").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Accounts whose balance changed, and by how much.
pub fn moved(before: &[(String, i64)], after: &[(String, i64)]) -> Vec<(String, i64)> {
    let was = |code: &str| before.iter().find(|(known, _)| known == code).map_or(0, |(_, minor)| *minor);
    after
        .iter()
        .map(|(code, minor)| (code.clone(), minor - was(code)))
        .filter(|(_, moved)| *moved != 0)
        .collect()
}

/// Causes of the findings about a trade.
pub fn causes(shop: &Shop, trade: &str, now: &str) -> Vec<String> {
    let found = shop.findings(&["--trade", trade, "--now", now]);
    found.into_iter().map(|(_, cause)| cause).collect()
}

/// Codes of the refusals of a trade in a posting run.
pub fn refusals(shop: &Shop, words: &[&str], trade: &str) -> Vec<String> {
    let posted = shop.run(&[words, &["--json"]].concat()).parsed();
    let refused = posted["refused"].as_array().unwrap().iter().filter(|one| one["trade_no"] == *trade);
    refused.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

/// Opens a case without a trade. Returns its number.
pub fn noted(shop: &Shop) -> String {
    shop.json(&["case", "open", "--note", "bank enquiry", "--reason", "unknown_origin"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Opens a case for a finding with the proposed steps, has it approved and commits it. Returns the kinds of its steps.
pub fn put_right(shop: &Shop, finding: &str) -> Vec<String> {
    let case = shop.json(&["case", "open", "--finding", finding, "--plan"]);
    let number = case["case_no"].as_str().unwrap();
    let preview = shop.json(&["preview", number]);
    assert_eq!(
        preview["guards"].as_array().unwrap().iter().filter(|g| g["state"] == "fail").count(),
        1,
        "approval alone: {preview}"
    );
    shop.agreed(number);
    shop.done(&["commit", number]);
    case["staged"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap().to_owned()).collect()
}
