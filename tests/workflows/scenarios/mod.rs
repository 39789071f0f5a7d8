//! The scenario table (S01–S30), row by row, with the real program: what happened, what is found, what is planned, what the
//! books, the customer and the channel say once two people have put it right.

use crate::support::{NOW, Shop, TRADES};

/// The heading of an older system's journal.
const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";

/// A WeChat bill: its heading and the heading of its foot are taken from the sample.
const BILL: &str = include_str!("../../data/wechat-trade-ALL-20180912.csv");

/// How a ledger comes to its scenario.
#[derive(Clone, Copy)]
enum Scene {
    /// The sample day.
    Sample,
    /// These trades, this journal, then statements of plain SQL (freezing an account), or a word: `posted` by the rules, its day
    /// `closed`, or come `late`, when its day was closed.
    Made { trades: &'static str, journal: &'static str, sql: &'static str },
    /// These trades and this journal, and a bill with these rows: reference, amount, fee.
    Billed { trades: &'static str, journal: &'static str, bill: (&'static str, &'static str, &'static str) },
}

/// One row of the table.
struct Row {
    id: &'static str,
    scene: Scene,
    /// When it is put right.
    now: &'static str,
    trade: &'static str,
    cause: &'static str,
    /// Kind and mode of each planned step.
    plan: &'static [&'static str],
    /// Change of balances by the case, on each account's normal side; accounts not named do not move.
    moves: &'static [(&'static str, i64)],
    /// The trade afterwards: status, posting, reconciliation.
    after: (&'static str, &'static str, &'static str),
    /// What is found of the trade afterwards.
    left: &'static [&'static str],
    /// Whether the case changes the trade itself by the channel's evidence.
    trade_level: bool,
}

const LATER: &str = "2018-09-20T12:00:00+08:00";
const NEXT_YEAR: &str = "2019-01-15T12:00:00+08:00";

#[expect(clippy::too_many_lines, reason = "a table has as many lines as rows")]
fn table() -> Vec<Row> {
    let plain = Row {
        id: "",
        scene: Scene::Sample,
        now: NOW,
        trade: "",
        cause: "",
        plan: &[],
        moves: &[],
        after: ("succeeded", "posted", "matched"),
        left: &[],
        trade_level: false,
    };
    vec![
        Row {
            id: "S01",
            trade: "T0003",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1101.WECHAT", 8835), ("2001.A", 8888), ("6401", 53)],
            ..plain
        },
        Row {
            // It comes when its day is closed: booked today, for the day when it happened.
            id: "S02",
            now: LATER,
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,88.88,CNY,0.53,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                sql: "late",
            },
            trade: "T1",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1101.WECHAT", 8835), ("2001.A", 8888), ("6401", 53)],
            after: ("succeeded", "posted", "unmatched"),
            ..plain
        },
        Row {
            id: "S03",
            trade: "T0004",
            cause: "long",
            plan: &["status", "supplement normal"],
            moves: &[("1101.WECHAT", 2982), ("2001.D", 3000), ("6401", 18)],
            trade_level: true,
            ..plain
        },
        Row {
            id: "S04",
            trade: "T0007",
            cause: "short",
            plan: &["status", "reverse wipe"],
            moves: &[("1101.WECHAT", -3976), ("2001.E", -4000), ("6401", -24)],
            after: ("failed", "reversed", "matched"),
            trade_level: true,
            ..plain
        },
        Row {
            id: "S05",
            trade: "T0008",
            cause: "posted_twice",
            plan: &["reverse wipe"],
            moves: &[("1102.ALIPAY", -19880), ("2001.A", -20000), ("6401", -120)],
            ..plain
        },
        Row {
            id: "S06",
            trade: "T0001",
            cause: "wrong_account",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("2001.A", 10000), ("2001.B", -10000)],
            after: ("succeeded", "reposted", "matched"),
            ..plain
        },
        Row {
            // B has 30.00 left: what is there is taken, 70.00 is owed, A is whole at once.
            id: "S06b",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                         T2,refund,,WECHAT,R2,R0,70.00,CNY,0.00,B,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.B,credit,100.00,x\n\
                          J1,3,T1,captured,2018-09-12,6401,debit,0.60,x\n\
                          J1,4,T1,captured,2018-09-12,1101.WECHAT,credit,0.60,x\n\
                          J2,1,T2,captured,2018-09-12,2001.B,debit,70.00,x\n\
                          J2,2,T2,captured,2018-09-12,1101.WECHAT,credit,70.00,x\n",
                sql: "",
            },
            trade: "T1",
            cause: "wrong_account",
            plan: &["adjust difference", "reverse wipe", "repost normal"],
            moves: &[("1191.B", 7000), ("2001.A", 10000), ("2001.B", -3000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..plain
        },
        Row {
            id: "S07",
            trade: "T0009",
            cause: "wrong_amount",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1102.ALIPAY", -40950), ("2001.C", -40950)],
            after: ("succeeded", "reposted", "matched"),
            ..plain
        },
        Row {
            id: "S08",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,10.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.A,credit,10.00,x\n",
                sql: "",
            },
            trade: "T1",
            cause: "wrong_amount",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1101.WECHAT", 9000), ("2001.A", 9000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..plain
        },
        Row {
            id: "S09",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,2001.A,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,1101.WECHAT,credit,100.00,x\n",
                sql: "",
            },
            trade: "T1",
            cause: "wrong_side",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1101.WECHAT", 20000), ("2001.A", 20000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..plain
        },
        Row {
            // To be settled instead of available: the merchant's total stays.
            id: "S10",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2003.A,credit,100.00,x\n",
                sql: "",
            },
            trade: "T1",
            cause: "wrong_account",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("2001.A", 10000), ("2003.A", -10000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..plain
        },
        Row {
            id: "S11",
            trade: "T0015",
            cause: "wrong_fee",
            plan: &["adjust difference"],
            moves: &[("2002.M001", 100), ("6001", -100)],
            after: ("succeeded", "posted", "unmatched"),
            ..plain
        },
        Row {
            id: "S12",
            scene: Scene::Billed {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.A,credit,100.00,x\n\
                          J1,3,T1,captured,2018-09-12,6401,debit,0.60,x\n\
                          J1,4,T1,captured,2018-09-12,1101.WECHAT,credit,0.60,x\n",
                bill: ("R1", "100.00", "0.61"),
            },
            trade: "T1",
            cause: "channel_fee_diff",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1101.WECHAT", -1), ("6401", 1)],
            after: ("succeeded", "reposted", "matched"),
            trade_level: true,
            ..plain
        },
        Row {
            // A refund of the refund: the channel paid twice, and owes it to us until it is claimed.
            id: "S14",
            trade: "T0012",
            cause: "long",
            plan: &["status", "park normal"],
            moves: &[("1101.WECHAT", -5964), ("1190", 6000), ("6401", -36)],
            after: ("succeeded", "parked", "matched"),
            left: &["suspense_open"],
            trade_level: true,
            ..plain
        },
        Row {
            id: "S15",
            scene: Scene::Made {
                trades: "T1,refund,,WECHAT,R1,R0,50.00,CNY,0.00,,M1,2018-09-12 09:00:00,FAILED,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,2002.M1,debit,50.00,x\n\
                          J1,2,T1,captured,2018-09-12,1101.WECHAT,credit,50.00,x\n",
                sql: "",
            },
            trade: "T1",
            cause: "posted_not_due",
            plan: &["reverse wipe"],
            moves: &[("1101.WECHAT", 5000), ("2002.M1", 5000)],
            after: ("failed", "reversed", "unmatched"),
            ..plain
        },
        Row {
            id: "S16",
            scene: Scene::Made {
                trades: "T1,refund,,WECHAT,R1,R0,50.00,CNY,-0.30,,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                sql: "",
            },
            trade: "T1",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1101.WECHAT", -4970), ("2002.M1", -5000), ("6401", -30)],
            after: ("succeeded", "posted", "unmatched"),
            ..plain
        },
        Row {
            // A payout that came back is a trade of its own, posted by its rule.
            id: "S17",
            scene: Scene::Made {
                trades: "T1,return,,BANK,R1,R0,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                sql: "",
            },
            trade: "T1",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1001", 10000), ("2001.A", 10000)],
            after: ("succeeded", "posted", "unmatched"),
            ..plain
        },
        Row {
            // The merchant has it: it is taken from there, and the dispute's fee is cost.
            id: "S20",
            scene: Scene::Made {
                trades: "T0,pay,,UNIONPAY,R0,,200.00,CNY,0.00,C,M1,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                         T1,chargeback,,UNIONPAY,R1,R0,100.00,CNY,5.00,,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J0,1,T0,captured,2018-09-12,1103.UNIONPAY,debit,200.00,x\n\
                          J0,2,T0,captured,2018-09-12,2002.M1,credit,200.00,x\n\
                          J0,3,T0,captured,2018-09-12,2002.M1,debit,0.40,x\n\
                          J0,4,T0,captured,2018-09-12,6001,credit,0.40,x\n",
                sql: "",
            },
            trade: "T1",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1103.UNIONPAY", -10500), ("2002.M1", -10000), ("6401", 500)],
            after: ("succeeded", "posted", "unmatched"),
            ..plain
        },
        Row {
            // The merchant has nothing: it comes to owe what is taken.
            id: "S20b",
            scene: Scene::Made {
                trades: "T1,chargeback,,UNIONPAY,R1,R0,100.00,CNY,5.00,,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                sql: "",
            },
            trade: "T1",
            cause: "unposted",
            plan: &["adjust difference", "supplement normal"],
            moves: &[("1103.UNIONPAY", -10500), ("1191.M1", 10000), ("6401", 500)],
            after: ("succeeded", "posted", "unmatched"),
            ..plain
        },
        Row {
            // Blue only, and what was profit and loss goes to the prior-year account.
            id: "S21",
            now: NEXT_YEAR,
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.B,credit,100.00,x\n\
                          J1,3,T1,captured,2018-09-12,6401,debit,0.60,x\n\
                          J1,4,T1,captured,2018-09-12,1101.WECHAT,credit,0.60,x\n",
                sql: "closed",
            },
            trade: "T1",
            cause: "wrong_account",
            plan: &["reverse blue", "repost normal"],
            moves: &[("2001.A", 10000), ("2001.B", -10000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..plain
        },
        Row {
            // Cleared on top of the wrong posting: un-clear, correct, clear again.
            id: "S23",
            scene: Scene::Made {
                trades: "T1,pay,,WECHAT,R1,,100.00,CNY,0.00,C,M1,2018-09-12 09:00:00,SUCCESS,CLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2002.M2,credit,100.00,x\n\
                          J1,3,T1,captured,2018-09-12,2002.M2,debit,1.00,x\n\
                          J1,4,T1,captured,2018-09-12,6001,credit,1.00,x\n\
                          J2,1,T1,cleared,2018-09-12,2002.M1,debit,99.00,x\n\
                          J2,2,T1,cleared,2018-09-12,2003.M1,credit,99.00,x\n",
                sql: "",
            },
            trade: "T1",
            cause: "wrong_account",
            plan: &["reverse wipe", "reverse wipe", "repost normal", "repost normal"],
            moves: &[("2002.M1", 9900), ("2002.M2", -9900)],
            after: ("succeeded", "reposted", "unmatched"),
            ..plain
        },
        Row {
            // The customer's side stands, the fee's does not: it is completed, and nothing is undone.
            id: "S24",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.A,credit,100.00,x\n",
                sql: "",
            },
            trade: "T1",
            cause: "half_posted",
            plan: &["adjust difference"],
            moves: &[("1101.WECHAT", -60), ("6401", 60)],
            after: ("succeeded", "posted", "unmatched"),
            ..plain
        },
        Row {
            // The account is frozen: suspense stands for it until it is not.
            id: "S27",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,88.88,CNY,0.53,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                         T0,topup,,WECHAT,R0,,1.00,CNY,0.00,A,,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n",
                journal: "J0,1,T0,captured,2018-09-12,1101.WECHAT,debit,1.00,x\n\
                          J0,2,T0,captured,2018-09-12,2001.A,credit,1.00,x\n",
                sql: "UPDATE account SET status = 'frozen' WHERE code = '2001.A'",
            },
            trade: "T1",
            cause: "unposted",
            plan: &["park normal"],
            moves: &[("1101.WECHAT", 8835), ("2190", 8888), ("6401", 53)],
            after: ("succeeded", "parked", "unmatched"),
            left: &["suspense_open"],
            ..plain
        },
        Row {
            // The trade follows the channel, and the customer's balance with it.
            id: "S25",
            scene: Scene::Billed {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.A,credit,100.00,x\n\
                          J1,3,T1,captured,2018-09-12,6401,debit,0.60,x\n\
                          J1,4,T1,captured,2018-09-12,1101.WECHAT,credit,0.60,x\n",
                bill: ("R1", "99.00", "0.60"),
            },
            trade: "T1",
            cause: "amount_diff",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1101.WECHAT", -100), ("2001.A", -100)],
            after: ("succeeded", "reposted", "matched"),
            trade_level: true,
            ..plain
        },
        Row {
            // Three refunds of a third each give back 0.20, 0.20 and 0.19 of a fee of 0.60: the rest comes off the cost.
            id: "S29",
            scene: Scene::Made {
                trades: "T0,pay,,WECHAT,R0,,90.00,CNY,0.60,C,M1,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                         T1,refund,,WECHAT,R1,R0,30.00,CNY,-0.20,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                         T2,refund,,WECHAT,R2,R0,30.00,CNY,-0.20,C,M1,2018-09-12 09:10:00,SUCCESS,UNCLEARED\n\
                         T3,refund,,WECHAT,R3,R0,30.00,CNY,-0.19,C,M1,2018-09-12 09:20:00,SUCCESS,UNCLEARED\n",
                journal: "",
                sql: "posted",
            },
            trade: "T3",
            cause: "refund_fee_rest",
            plan: &["adjust difference"],
            moves: &[("1101.WECHAT", 1), ("6401", -1)],
            after: ("succeeded", "posted", "unmatched"),
            ..plain
        },
        Row {
            // Booked the day before it happened, on a day that is closed since.
            id: "S30",
            now: LATER,
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-13 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.A,credit,100.00,x\n",
                sql: "closed",
            },
            trade: "T1",
            cause: "wrong_date",
            plan: &["reverse red", "repost normal"],
            moves: &[],
            after: ("succeeded", "reposted", "unmatched"),
            ..plain
        },
    ]
}

/// A bill of one payment.
fn bill((reference, amount, fee): (&str, &str, &str)) -> String {
    let head = BILL.lines().next().unwrap();
    let foot = BILL.lines().find(|line| line.starts_with("总交易单数")).unwrap();
    format!(
        "{head}\n`2018-09-12 09:00:01,`wx8888888888888888,`1900000109,`0,`,`4200000000,`{reference},`oSYN,`JSAPI,`SUCCESS,`OTHERS,\
         `CNY,`{amount},`0.00,`0,`0,`0.00,`0.00,`,`,`goods,`,`{fee}000,`0.60%,`{amount},`0.00,`\n{foot}\n\
         `1,`{amount},`0.00,`0.00,`{fee}000,`{amount},`0.00\n"
    )
}

fn scene(row: &Row) -> Shop {
    let (trades, journal, sql, billed) = match row.scene {
        Scene::Sample => return Shop::sample(),
        Scene::Made { trades, journal, sql } => (trades, journal, sql, None),
        Scene::Billed { trades, journal, bill } => (trades, journal, "", Some(bill)),
    };
    let shop = Shop::empty();
    if sql == "late" {
        shop.done(&["day", "open", "2018-09-12"]);
        shop.done(&["day", "close", "2018-09-12"]);
    }
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    if !journal.is_empty() {
        shop.done(&["import", "journal", &shop.file("journal.csv", format!("{JOURNAL}{journal}"))]);
    }
    if let Some(row) = billed {
        shop.done(&["import", "bill", &shop.file("bill.csv", bill(row))]);
    }
    match sql {
        "" | "late" => {}
        // A day with a mistake in it that nobody saw when it was closed.
        "posted" => drop(shop.done(&["post"])),
        "closed" => drop(shop.done(&["day", "close", "2018-09-12"])),
        sql => shop.execute(sql),
    }
    shop
}

fn balances(shop: &Shop) -> Vec<(String, i64)> {
    let sql = shop.sql();
    let mut statement = sql.prepare("SELECT code, balance_minor FROM v_account ORDER BY code").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn moved(before: &[(String, i64)], after: &[(String, i64)]) -> Vec<(String, i64)> {
    let was = |code: &str| before.iter().find(|(known, _)| known == code).map_or(0, |(_, minor)| *minor);
    after
        .iter()
        .map(|(code, minor)| (code.clone(), minor - was(code)))
        .filter(|(_, moved)| *moved != 0)
        .collect()
}

/// What turnover, customers and channels tell of a ledger at a moment.
struct Eye {
    turnover: Vec<(String, [i64; 4])>,
    customers: Vec<(String, String)>,
}

impl Eye {
    fn on(shop: &Shop, now: &str) -> Self {
        let sums = ["net_debit_minor", "net_credit_minor", "gross_debit_minor", "gross_credit_minor"];
        let days = shop.rows("SELECT DISTINCT accounting_date FROM v_voucher ORDER BY 1");
        let mut turnover = Vec::new();
        for day in days.lines().map(|day| day.trim_start_matches("Text(\"").trim_end_matches("\")|")) {
            let told = shop.json(&["turnover", "--day", day, "--now", now]);
            for row in told["accounts"].as_array().unwrap() {
                let name = format!("{day} {}", row["code"].as_str().unwrap());
                turnover.push((name, sums.map(|sum| row[sum].as_i64().unwrap())));
            }
        }
        let parties =
            shop.rows(
            "SELECT customer FROM v_trade WHERE customer IS NOT NULL UNION SELECT merchant FROM v_trade WHERE merchant IS NOT NULL \
             UNION SELECT substr(code, 6) FROM v_account WHERE customer_visible = 1 ORDER BY 1",
        );
        let customers = parties
            .lines()
            .map(|party| party.trim_start_matches("Text(\"").trim_end_matches("\")|"))
            .map(|party| (party.to_owned(), customer_view(shop, party, now)))
            .collect();
        Self { turnover, customers }
    }
}

/// Trades and balances that a party sees.
fn customer_view(shop: &Shop, party: &str, now: &str) -> String {
    let seen = shop.json(&["statement", party, "--from", "2018-01-01", "--to", "2019-12-31", "--now", now]);
    let trades = seen["trades"].as_array().unwrap().iter();
    let trades = trades.map(|trade| {
        let word = |name: &str| trade[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", word("trade_no"), yuan(trade["amount_minor"].as_i64().unwrap()), word("status"))
    });
    let balances = seen["balances"].as_array().unwrap().iter();
    let balances = balances.map(|row| {
        format!("{} {}", row["account"].as_str().unwrap(), yuan(row["closing_minor"].as_i64().unwrap()))
    });
    trades.chain(balances).collect::<Vec<_>>().join(" · ")
}

fn yuan(minor: i64) -> String {
    format!("{}{}.{:02}", if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100)
}

/// What some cases did: their entries, the turnover they made net and gross, what changed for whom, and the states of the trade.
fn told(shop: &Shop, title: &str, trade: &str, cases: &[&str], before: &Eye, now: &str) -> String {
    let state = "SELECT status || ' · ' || posting || ' · ' || clearing || ' · ' || settlement || ' · ' || recon FROM v_trade WHERE trade_no = ";
    let states = if trade.is_empty() { String::new() } else { shop.text(&format!("{state}'{trade}'")) };
    let mut text = format!("{title} {trade} {states}").trim_end().to_owned() + "\n";
    for case in cases {
        let sql = shop.sql();
        let mut query = sql
            .prepare(
                "SELECT v.seq, v.kind || ' ' || v.mode || ' ' || v.accounting_date, e.side, e.account, e.amount_minor FROM v_voucher v \
                 JOIN v_entry e ON e.voucher_no = v.voucher_no WHERE v.case_no = ?1 ORDER BY v.seq, e.line",
            )
            .unwrap();
        let mut rows = query.query([case]).unwrap();
        let mut last = 0;
        while let Some(row) = rows.next().unwrap() {
            let (seq, head): (i64, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            let (side, account): (String, String) = (row.get(2).unwrap(), row.get(3).unwrap());
            let side = if side == "debit" { "Dr" } else { "Cr" };
            text += &if seq == last {
                " · ".to_owned()
            } else {
                format!("{}  {head}: ", if last == 0 { "" } else { "\n" })
            };
            text += &format!("{side} {account} {}", yuan(row.get(4).unwrap()));
            last = seq;
        }
        text += if last == 0 { "" } else { "\n" };
    }
    let after = Eye::on(shop, now);
    for (account, sums) in &after.turnover {
        let was = before.turnover.iter().find(|(known, _)| known == account).map_or([0; 4], |(_, was)| *was);
        let made = [0, 1, 2, 3].map(|at| sums[at] - was[at]);
        if made != [0; 4] {
            let [net_debit, net_credit, debit, credit] = made.map(yuan);
            text += &format!("  {account}: net {net_debit} / {net_credit}, gross {debit} / {credit}\n");
        }
    }
    for (party, sees) in &after.customers {
        let saw = before.customers.iter().find(|(known, _)| known == party).map_or("", |(_, saw)| saw);
        let parts = |of: &str, besides: &str| {
            let besides: Vec<&str> = besides.split(" · ").collect();
            let parts = of.split(" · ").filter(|part| !part.is_empty() && !besides.contains(part));
            parts.collect::<Vec<_>>().join(", ")
        };
        if saw != sees {
            text += &format!("  {party} saw [{}] and sees [{}]\n", parts(saw, sees), parts(sees, saw));
        }
    }
    text
}

/// Compares what was told with what is kept of it.
fn kept(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

fn causes(shop: &Shop, trade: &str, now: &str) -> Vec<String> {
    let found = shop.findings(&["--trade", trade, "--now", now]);
    found.into_iter().map(|(_, cause)| cause).collect()
}

/// Goes through a row, and tells what it came to.
fn check(row: &Row) -> String {
    let id = row.id;
    let shop = scene(row);
    assert_eq!(causes(&shop, row.trade, row.now), [row.cause], "{id}: found");
    let plan = shop.json(&["plan", row.trade, "--now", row.now]);
    let steps: Vec<String> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            assert!(!step["why"].as_str().unwrap().is_empty(), "{id}: a step says why");
            let words = [&step["kind"], &step["mode"]].map(|word| word.as_str().unwrap_or_default());
            words.join(" ").trim().to_owned()
        })
        .collect();
    assert_eq!(steps, row.plan, "{id}: planned {plan}");
    let facts = format!(
        "SELECT trade_no, kind, channel_ref, amount_minor, fee_minor, status, customer, merchant, clearing, recon FROM v_trade \
         {}",
        if row.trade_level { format!("WHERE trade_no <> '{}'", row.trade) } else { String::new() }
    );
    let (seen, was, eye) = (shop.rows(&facts), balances(&shop), Eye::on(&shop, row.now));
    let originals = "SELECT * FROM v_entry WHERE voucher_no LIKE 'J%'";
    let booked = shop.rows(originals);
    let case = shop.json(&["case", "open", "--trade", row.trade, "--plan", "--now", row.now]);
    let case = case["case_no"].as_str().unwrap();
    let preview = shop.json(&["preview", case, "--now", row.now]);
    // A corrected fee is the channel's matter, a corrected amount or status the customer's too.
    assert_eq!(preview["customer_view_changed"], row.trade_level && id != "S12", "{id}: {preview}");
    assert_eq!(preview["reconciliation_changed"], row.trade_level, "{id}: {preview}");
    shop.agreed_at(case, row.now);
    let receipt = shop.json(&["commit", case, "--now", row.now]);
    let mut now = balances(&shop);
    let moves: Vec<(String, i64)> =
        row.moves.iter().map(|(code, minor)| ((*code).to_owned(), *minor)).collect();
    assert_eq!(moved(&was, &now), moves, "{id}: moved");
    now.retain(|(code, _)| preview["balances"].as_array().unwrap().iter().any(|b| b["account"] == **code));
    for balance in preview["balances"].as_array().unwrap() {
        let (_, minor) = now.iter().find(|(code, _)| balance["account"] == **code).unwrap();
        assert_eq!(balance["after_minor"], *minor, "{id}: the preview promised it");
    }
    let written = receipt["vouchers"].as_array().unwrap().len();
    assert_eq!(written, row.plan.iter().filter(|step| **step != "status").count(), "{id}: {receipt}");
    assert_eq!(shop.rows(&facts), seen, "{id}: no other trade looks different");
    assert_eq!(shop.rows(originals), booked, "{id}: the original stays");
    let state = "SELECT status || ' ' || posting || ' ' || recon FROM v_trade WHERE trade_no = ";
    let (status, posting, recon) = row.after;
    assert_eq!(
        shop.text(&format!("{state}'{}'", row.trade)),
        format!("{status} {posting} {recon}"),
        "{id}: after"
    );
    assert_eq!(causes(&shop, row.trade, row.now), row.left, "{id}: left");
    let told = told(&shop, &format!("{id} {}", row.cause), row.trade, &[case], &eye, row.now);
    shop.verified();
    // Posting by rules leaves alone what a case has settled.
    shop.run(&["post", row.trade, "--now", row.now]);
    assert_eq!(
        shop.number("SELECT count(*) FROM v_event WHERE live_vouchers > 1"),
        i64::from(id != "S05" && matches!(row.scene, Scene::Sample)),
        "{id}"
    );
    told
}

#[test]
fn every_row_of_the_scenario_table() {
    assert!(BILL.contains("SYN20180912W001"), "the sample bill is the one the rows speak of");
    let told: Vec<String> = table().iter().map(check).collect();
    kept("scenario_table", &told.join("\n"));
}

/// Every scenario has its row, or a walk of its own below: what waits (S13, S19, S19b), what takes several cases (S18, S22, S26, S28).
#[test]
fn the_table_is_complete() {
    let walks = ["S13", "S18", "S19", "S19b", "S22", "S26", "S28"];
    let mut ids: Vec<String> =
        table().iter().map(|row| row.id.to_owned()).chain(walks.map(str::to_owned)).collect();
    ids.retain(|id| id != "S20b");
    ids.sort();
    let mut wanted: Vec<String> =
        (1..=30).map(|n| format!("S{n:02}")).chain(["S06b".to_owned(), "S19b".to_owned()]).collect();
    wanted.sort();
    assert_eq!(ids, wanted);
}

/// S13, S19, S19b: nothing is booked, by posting neither, and every state says so.
#[test]
fn what_waits_is_never_planned_for() {
    let shop = Shop::sample();
    let was = balances(&shop);
    let eye = Eye::on(&shop, NOW);
    let mut text = String::new();
    for (id, trade, cause) in [
        ("S13", "T0006", "waiting"),
        ("S13", "T0013", "waiting"),
        ("S19", "T0018", "waiting"),
        ("S19b", "T0019", "over_limit"),
    ] {
        assert_eq!(causes(&shop, trade, NOW), [cause]);
        assert_eq!(shop.json(&["plan", trade])["steps"], serde_json::json!([]), "{trade}");
        shop.run(&["case", "open", "--trade", trade, "--plan"]).refused("STORNO-NOTHING");
        shop.run(&["post", trade]);
        text += &told(&shop, &format!("{id} {cause}"), trade, &[], &eye, NOW);
    }
    assert_eq!(balances(&shop), was);
    kept("scenario_waiting", &text);
}

/// What was parked is cleared once, whole, to where a case says; or goes where the rules say once its account is open.
#[test]
fn an_open_item_is_cleared_once() {
    let shop = Shop::sample();
    let case = shop.approved_case("T0012");
    let parked = shop.json(&["commit", &case])["vouchers"][0]["voucher_no"].as_str().unwrap().to_owned();
    assert_eq!(shop.balance("1190"), 6000);
    assert_eq!(shop.json(&["plan", "T0012"])["steps"], serde_json::json!([]), "somebody has to decide");
    let claim = shop.json(&["case", "open", "--trade", "T0012", "--reason", "claim"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.run(&["stage", "unpark", "J00001", "--to", "1001", "--case", &claim]).refused("STORNO-OPEN-ITEM");
    shop.done(&["stage", "unpark", &parked, "--to", "1001", "--case", &claim]);
    shop.run(&["stage", "unpark", &parked, "--to", "6711", "--case", &claim]).refused("STORNO-OPEN-ITEM");
    shop.agreed(&claim);
    shop.done(&["commit", &claim]);
    assert_eq!((shop.balance("1190"), shop.balance("1001")), (0, 6000));
    assert_eq!(causes(&shop, "T0012", NOW), [""; 0]);
    let again = shop.json(&["case", "open", "--trade", "T0012", "--reason", "claim"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.run(&["stage", "unpark", &parked, "--to", "1001", "--case", &again]).refused("STORNO-OPEN-ITEM");
    shop.verified();
}

#[test]
fn what_was_parked_for_a_frozen_account_is_posted_when_it_opens() {
    let row = table().into_iter().find(|row| row.id == "S27").unwrap();
    let shop = scene(&row);
    let case = shop.approved_case("T1");
    shop.done(&["commit", &case]);
    shop.execute("UPDATE account SET status = 'active'");
    let case = shop.approved_case("T1");
    shop.done(&["commit", &case]);
    assert_eq!((shop.balance("2190"), shop.balance("2001.A")), (0, 8988));
    assert_eq!(causes(&shop, "T1", NOW), [""; 0]);
    assert_eq!(shop.text("SELECT posting FROM v_trade WHERE trade_no = 'T1'"), "posted");
    shop.verified();
}

/// An adjustment is what was asked for, no less and no more.
#[test]
fn an_adjustment_has_two_sides_above_zero() {
    let shop = Shop::sample();
    let case = shop.json(&["case", "open", "--trade", "T0001"])["case_no"].as_str().unwrap().to_owned();
    let stage = |words: &[&str]| shop.run(&[&["stage", "adjust", "T0001", "--case", &case], words].concat());
    stage(&["--debit", "6711=-1.00", "--credit", "2001.A=-1.00"]).refused("STORNO-BAD-VALUE");
    stage(&["--debit", "6711=0", "--credit", "2001.A=0"]).refused("STORNO-BAD-VALUE");
    stage(&["--debit", "6711=1.001", "--credit", "2001.A=1.001"]).refused("STORNO-BAD-VALUE");
    stage(&["--debit", "6711=1.00", "--credit", "2001.A=2.00"]).refused("STORNO-UNBALANCED");
    stage(&["--debit", "6711=1.00"]).refused("STORNO-TOO-FEW-ENTRIES");
    stage(&["--debit", "9999=1.00", "--credit", "2001.A=1.00"]).refused("STORNO-ACCOUNT-UNKNOWN");
    shop.run(&["stage", "adjust", "T0002", "--case", &case]).refused("STORNO-NOTHING");
    let staged = stage(&["--debit", "6711=1.00", "--credit", "2001.A=1.00", "--red", "--json"]).json();
    assert_eq!(staged["staged"][0]["kind"], "adjust");
    let preview = shop.json(&["preview", &case]);
    let lines: Vec<_> = preview["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["account"].as_str().unwrap(),
                entry["side"].as_str().unwrap(),
                entry["amount_minor"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(lines, [("6711", "credit", -100), ("2001.A", "debit", -100)]);
}

/// S18: the bank paid twice. The second payment is nobody's trade: a shortage, recovered later or written off.
#[test]
fn a_payout_that_the_bank_made_twice_is_claimed() {
    let row = Row {
        scene: Scene::Made {
            trades: "T0,return,,BANK,R0,,200.00,CNY,0.00,A,,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                     T1,payout,,BANK,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
            journal: "",
            sql: "",
        },
        ..table().remove(0)
    };
    let shop = scene(&row);
    shop.done(&["post"]);
    let (customer, bank) = (shop.balance("2001.A"), shop.balance("1001"));
    let eye = Eye::on(&shop, NOW);
    let case = shop.json(&["case", "open", "--trade", "T1", "--reason", "claim"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.done(&["stage", "park", "T1", "--debit", "1190=100.00", "--credit", "1001=100.00", "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(causes(&shop, "T1", NOW), ["suspense_open"]);
    assert_eq!(
        (shop.balance("1190"), shop.balance("1001"), shop.balance("2001.A")),
        (10000, bank - 10000, customer)
    );
    assert_eq!(shop.text("SELECT posting FROM v_trade WHERE trade_no = 'T1'"), "posted");
    // The bank gives it back, and the claim ends.
    let parked = shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'park'");
    let recovered = shop.json(&["case", "open", "--trade", "T1", "--reason", "claim"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.done(&["stage", "unpark", &parked, "--to", "1001", "--case", &recovered]);
    shop.agreed(&recovered);
    shop.done(&["commit", &recovered]);
    kept("scenario_S18", &told(&shop, "S18", "T1", &[&case, &recovered], &eye, NOW));
    assert_eq!(causes(&shop, "T1", NOW), [""; 0]);
    shop.verified();
}

/// S22: a reversal is never reversed; a wrong correction is corrected by the next one, and the chain tells all of it.
#[test]
fn a_correction_that_was_wrong_is_corrected() {
    let shop = Shop::sample();
    let eye = Eye::on(&shop, NOW);
    let open = || shop.json(&["case", "open", "--trade", "T0001"])["case_no"].as_str().unwrap().to_owned();
    let set = |customer: &str| format!("customer={customer}");
    let first = open();
    shop.done(&["stage", "reverse", "J00001", "--case", &first]);
    let wrong =
        ["stage", "repost", "T0001", "--case", &first, "--set", &set("C"), "--set", "reason=by telephone"];
    shop.done(&wrong);
    shop.agreed(&first);
    let receipt = shop.json(&["commit", &first]);
    let voucher = |at: usize| receipt["vouchers"][at]["voucher_no"].as_str().unwrap().to_owned();
    let second = open();
    shop.run(&["stage", "reverse", &voucher(0), "--case", &second]).refused("STORNO-REVERSAL-OF-REVERSAL");
    shop.run(&["stage", "reverse", "J00001", "--case", &second]).refused("STORNO-ALREADY-REVERSED");
    shop.done(&["stage", "reverse", &voucher(1), "--case", &second]);
    shop.done(&[
        "stage",
        "repost",
        "T0001",
        "--case",
        &second,
        "--set",
        &set("A"),
        "--set",
        "reason=by the receipt",
    ]);
    let (a, c) = (shop.balance("2001.A"), shop.balance("2001.C"));
    shop.agreed(&second);
    shop.done(&["commit", &second]);
    assert_eq!((shop.balance("2001.A"), shop.balance("2001.C")), (a + 10000, c - 10000));
    assert_eq!(causes(&shop, "T0001", NOW), [""; 0]);
    assert_eq!(shop.text("SELECT customer FROM v_trade WHERE trade_no = 'T0001'"), "A");
    kept("scenario_S22", &told(&shop, "S22", "T0001", &[&first, &second], &eye, NOW));
    shop.verified();
}

/// The planner over every finding of the sample day, staged by one person cause by cause, approved by another: nothing is left but
/// what waits, and a claim on the channel, which ends when it is collected. One case each or one for a cause comes to the same.
#[test]
fn the_sample_day_is_put_right_by_the_planner() {
    let mut ends = Vec::new();
    for how in ["--each", "--one"] {
        let shop = Shop::sample();
        let mut causes: Vec<String> = shop.findings(&[]).into_iter().map(|(_, cause)| cause).collect();
        causes.sort();
        causes.dedup();
        causes.retain(|cause| !matches!(cause.as_str(), "waiting" | "over_limit"));
        let mut staged = Vec::new();
        for cause in &causes {
            let opened = shop.json(&["case", "open", "--cause", cause, how, "--plan"]);
            assert_eq!(opened["skipped"], serde_json::json!([]), "{cause}: {opened}");
            let cases = opened["cases"].as_array().unwrap().iter();
            staged.extend(cases.map(|case| case["case_no"].as_str().unwrap().to_owned()));
        }
        assert_eq!(staged.len(), if how == "--one" { causes.len() } else { 8 }, "{staged:?}");
        for case in &staged {
            shop.done(&["case", "submit", case]);
        }
        shop.run(&["commit", &staged[0]]).refused("STORNO-CASE-STATE");
        for case in &staged {
            shop.run(&["case", "approve", case]).refused("STORNO-FOUR-EYES");
            shop.done(&["case", "approve", case, "--operator", "op2"]);
        }
        for case in &staged {
            shop.done(&["commit", case]);
        }
        let claim = shop.json(&["case", "open", "--trade", "T0012", "--reason", "claim"]);
        let claim = claim["case_no"].as_str().unwrap();
        let parked = shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'park'");
        shop.done(&["stage", "unpark", &parked, "--to", "1001", "--case", claim]);
        let mut left = shop.findings(&[]);
        left.sort();
        let expected = [
            ("T0006", "waiting"),
            ("T0012", "suspense_open"),
            ("T0013", "waiting"),
            ("T0018", "waiting"),
            ("T0019", "over_limit"),
        ];
        assert_eq!(left, expected.map(|(trade, cause)| (trade.to_owned(), cause.to_owned())));
        shop.agreed(claim);
        shop.done(&["commit", claim]);
        let left = shop.run(&["findings", "--json"]).parsed();
        for finding in left.as_array().unwrap() {
            assert!(["S13", "S19", "S19b"].contains(&finding["scenario"].as_str().unwrap()), "{finding}");
        }
        shop.verified();
        let trades =
            "SELECT trade_no, status, posting, clearing, settlement, recon, customer, merchant FROM v_trade";
        ends.push((balances(&shop), shop.rows(trades)));
    }
    assert!(ends[0] == ends[1], "one case each, or one for all");
}

/// Posting, clearing, settlement and reconciliation each stand by themselves.
#[test]
fn clearing_is_apart_from_posting() {
    let row = Row {
        scene: Scene::Made {
            trades: "T1,pay,,WECHAT,R1,,100.00,CNY,0.60,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                     T2,pay,,WECHAT,R2,,50.00,CNY,0.30,C,M1,2018-09-12 09:10:00,SUCCESS,CLEARED\n\
                     T3,topup,,WECHAT,R3,,10.00,CNY,0.06,C,,2018-09-12 09:20:00,SUCCESS,UNCLEARED\n",
            journal: "",
            sql: "",
        },
        ..table().remove(0)
    };
    let shop = scene(&row);
    let states = |trade: &str| {
        shop.text(&format!(
            "SELECT posting || ' ' || clearing || ' ' || settlement FROM v_trade WHERE trade_no = '{trade}'"
        ))
    };
    assert_eq!(shop.json(&["clear"])["posted"], 0, "what is not posted is not cleared");
    assert_eq!(shop.json(&["post", "--due"])["posted"], 3, "posting leaves clearing alone");
    assert_eq!(
        (states("T1"), states("T3")),
        ("posted uncleared unsettled".into(), "posted uncleared unsettled".into())
    );
    assert_eq!(shop.balance("2002.M1"), 14850);
    let cleared = shop.json(&["clear", "--due"]);
    assert_eq!((&cleared["posted"], &cleared["refused"]), (&2.into(), &serde_json::json!([])));
    assert_eq!(states("T1"), "posted cleared unsettled");
    assert_eq!((shop.balance("2002.M1"), shop.balance("2003.M1")), (0, 14850));
    assert_eq!(shop.json(&["clear"])["posted"], 0, "once");
    assert_eq!(shop.findings(&[]), []);
    shop.verified();
}

/// The channel lists a payment that nobody told us of: it is recorded as its line proves it, and booked, in one case.
#[test]
fn a_trade_that_only_the_channel_knows_is_recorded_and_booked() {
    let row = Row {
        scene: Scene::Billed {
            trades: "T1,topup,,WECHAT,R1,,1.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
            journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,1.00,x\n\
                      J1,2,T1,captured,2018-09-12,2001.A,credit,1.00,x\n",
            bill: ("R9", "100.00", "0.60"),
        },
        ..table().remove(0)
    };
    let shop = scene(&row);
    let found: Vec<_> = shop.findings(&["--cause", "long"]);
    assert_eq!(found, [("–".to_owned(), "long".to_owned())]);
    let case = shop.json(&["case", "open", "--trade", "T1", "--reason", "long"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    let record = |reference: &str, number: &str, more: &[&str]| {
        let words =
            ["stage", "record", "WECHAT", reference, "--as", number, "--kind", "topup", "--case", &case];
        shop.run(&[&words, more].concat())
    };
    record("R8", "T9", &["--customer", "D"]).refused("STORNO-NOT-FOUND");
    record("R9", "T1", &["--customer", "D"]).refused("STORNO-TRADE-CONFLICT");
    record("R9", "T9", &[]).refused("STORNO-BAD-VALUE");
    // D has no account yet, and no trade: that may be a slip.
    record("R9", "T9", &["--customer", "D"]).refused("STORNO-PARTY-UNKNOWN");
    record("R9", "T9", &["--customer", "D", "--because", " "]).refused("STORNO-PARTY-UNKNOWN");
    let staged = record("R9", "T9", &["--customer", "D", "--because", "registered today"]);
    assert!(staged.out.contains("no trade knew D before: registered today"), "{staged:?}");
    record("R9", "T10", &["--customer", "D"]).refused("STORNO-TRADE-CONFLICT");
    // Written down and not booked, it would be two people's word for nothing.
    shop.run(&["case", "submit", &case]).refused("STORNO-NOTHING");
    assert_eq!(shop.json(&["preview", &case])["ready"], false);
    shop.done(&["stage", "supplement", "T9", "--case", &case]);
    let preview = shop.json(&["preview", &case]);
    assert_eq!(
        (&preview["customer_view_changed"], &preview["reconciliation_changed"]),
        (&true.into(), &true.into())
    );
    let guards = preview["guards"].as_array().unwrap();
    let told = guards.iter().find(|guard| guard["guard"] == "customer_view").unwrap();
    assert_eq!(
        (&told["state"], &told["text"]),
        (&"note".into(), &"customer views change by an operator's override".into())
    );
    assert_eq!(shop.number("SELECT count(*) FROM v_trade"), 1, "a preview writes nothing");
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    let facts = "SELECT kind || ' ' || amount_minor || ' ' || fee_minor || ' ' || customer || ' ' || status || ' ' || posting || ' ' || recon \
                 FROM v_trade WHERE trade_no = 'T9'";
    assert_eq!(shop.text(facts), "topup 10000 60 D succeeded posted matched");
    assert_eq!(shop.balance("2001.D"), 10000);
    assert_eq!(shop.findings(&["--cause", "long"]), []);
    shop.verified();
}

/// Cases that have nothing to do with each other may be committed in any order: the same balances, the same trades.
#[test]
fn independent_cases_commit_in_any_order() {
    let mut ends = Vec::new();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let shop = Shop::sample();
        let cases = ["T0001", "T0007", "T0008", "T0015"].map(|trade| shop.approved_case(trade));
        for at in order {
            shop.done(&["commit", &cases[at]]);
        }
        shop.verified();
        let trades =
            "SELECT trade_no, status, posting, clearing, settlement, recon, customer, merchant FROM v_trade";
        ends.push((balances(&shop), shop.rows(trades), shop.findings(&[])));
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], ends[2]);
}

/// What went to suspense, out of it or beside a posting is counted once: not posted again, not taken back twice, not lost.
#[test]
fn suspense_and_differences_are_never_booked_twice() {
    let shop = Shop::sample();
    let open = |trade: &str| {
        shop.json(&["case", "open", "--trade", trade, "--reason", "claim"])["case_no"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let commit = |case: &str| {
        shop.agreed(case);
        shop.json(&["commit", case])["vouchers"][0]["voucher_no"].as_str().unwrap().to_owned()
    };
    let first = open("T0003");
    shop.done(&["stage", "park", "T0003", "--case", &first]);
    shop.run(&["stage", "park", "T0003", "--case", &first]).refused("STORNO-NOTHING");
    shop.run(&["stage", "supplement", "T0003", "--case", &first]).refused("STORNO-NOTHING");
    let parked = commit(&first);
    let found = shop.run(&["findings", "--trade", "T0003", "--json"]).parsed();
    assert_eq!((&found[0]["cause"], &found[0]["amount_minor"]), (&"suspense_open".into(), &8888.into()));
    let second = open("T0003");
    shop.run(&["stage", "unpark", &parked, "--to", "1190", "--case", &second]).refused("STORNO-OPEN-ITEM");
    shop.run(&["stage", "supplement", "T0003", "--case", &second]).refused("STORNO-ALREADY-POSTED");
    shop.done(&["stage", "unpark", &parked, "--to", "2001.A", "--case", &second]);
    // Nor in the case that clears it: the parking stands.
    shop.run(&["stage", "supplement", "T0003", "--case", &second]).refused("STORNO-ALREADY-POSTED");
    shop.run(&["stage", "reverse", &parked, "--case", &second]).refused("STORNO-OPEN-ITEM");
    commit(&second);
    let third = open("T0003");
    shop.run(&["stage", "supplement", "T0003", "--case", &third]).refused("STORNO-ALREADY-POSTED");
    shop.run(&["stage", "reverse", &parked, "--case", &third]).refused("STORNO-OPEN-ITEM");
    assert_eq!(causes(&shop, "T0003", NOW), [""; 0]);
    assert_eq!(shop.json(&["day", "status"])[0]["unposted"], 0, "its day waits for nothing");
    // A difference is one to something, booked once, and never to suspense.
    let fee = open("T0015");
    shop.done(&["stage", "adjust", "T0015", "--case", &fee]);
    shop.run(&["stage", "adjust", "T0015", "--case", &fee]).refused("STORNO-NOTHING");
    shop.run(&["stage", "adjust", "T0004", "--case", &fee]).refused("STORNO-NOTHING");
    let lines = ["--debit", "1102.ALIPAY=10", "--credit", "2190=10"];
    shop.run(&[&["stage", "adjust", "T0009", "--case", &fee], &lines[..]].concat())
        .refused("STORNO-OPEN-ITEM");
    // What waits for its window is not parked either.
    shop.run(&["stage", "park", "T0018", "--case", &fee]).refused("STORNO-WAITING");
    shop.verified();
}

/// A correction takes back what earlier cases adjusted, and delivers what they parked.
#[test]
fn plans_know_what_earlier_cases_did() {
    let shop = Shop::sample();
    let open = |trade: &str| {
        shop.json(&["case", "open", "--trade", trade, "--reason", "claim"])["case_no"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let lines = ["--debit", "1101.WECHAT=5.00", "--credit", "2001.E=5.00"];
    let adjusted = open("T0007");
    shop.done(&[&["stage", "adjust", "T0007", "--case", &adjusted], &lines[..]].concat());
    let parked = open("T0004");
    shop.done(&["stage", "park", "T0004", "--case", &parked]);
    for case in [&adjusted, &parked] {
        shop.agreed(case);
        shop.done(&["commit", case]);
    }
    assert_eq!((shop.balance("2190"), shop.balance("2001.E")), (3000, 4500));
    for finding in ["short/T0007", "long/T0004"] {
        let trade = finding.split('/').nth(1).unwrap();
        let case = shop.json(&["case", "open", "--trade", trade, "--finding", finding, "--plan"]);
        let case = case["case_no"].as_str().unwrap();
        shop.agreed(case);
        shop.done(&["commit", case]);
        assert_eq!(causes(&shop, trade, NOW), [""; 0], "{finding}");
    }
    assert_eq!((shop.balance("2190"), shop.balance("2001.E"), shop.balance("2001.D")), (0, 0, 3000));
    shop.verified();
}

/// What is in suspense is neither posted nor unposted: it was listed, and counted, among what is to be posted.
#[test]
fn what_is_parked_is_shown_as_parked() {
    let shop = Shop::sample();
    let states = || {
        let view = |name: &str| shop.text(&format!("SELECT posting FROM {name} WHERE trade_no = 'T0003'"));
        let (trade, event) = (view("v_trade"), view("v_event"));
        assert_eq!(trade, event);
        let shown = shop.json(&["trade", "T0003"]);
        assert_eq!(shown["events"][0]["posting"], shown["row"]["posting"], "{shown}");
        assert_eq!(trade, shown["row"]["posting"].as_str().unwrap());
        let listed = |words: &[&str]| {
            let rows = shop.json(words);
            rows["rows"].as_array().unwrap().iter().any(|row| row["trade_no"] == "T0003")
        };
        let listed = (listed(&["trades", "--unposted"]), listed(&["events", "--unposted"]));
        (shown["row"]["posting"].as_str().unwrap().to_owned(), listed)
    };
    let is = |posting: &str, listed: bool| assert_eq!(states(), (posting.to_owned(), (listed, listed)));
    let case = |words: &[&str]| {
        let case = shop.json(&["case", "open", "--trade", "T0003", "--reason", "claim"]);
        let case = case["case_no"].as_str().unwrap().to_owned();
        shop.done(&[words, &["--case", &case]].concat());
        shop.agreed(&case);
        shop.done(&["commit", &case]);
        shop.text(&format!("SELECT max(voucher_no) FROM v_voucher WHERE case_no = '{case}'"))
    };
    is("unposted", true);
    let parked = case(&["stage", "park", "T0003"]);
    is("parked", false);
    let told = shop.done(&["trades"]);
    assert!(told.contains("parked"), "{told}");
    assert!(shop.done(&["--lang", "zh-CN", "trades"]).contains("挂账"));
    // Gone on from there, it is booked; taken back from where it went, it waits again.
    let cleared = case(&["stage", "unpark", &parked, "--to", "2001.C"]);
    is("posted", false);
    case(&["stage", "reverse", &cleared]);
    is("parked", false);
    case(&["stage", "reverse", &parked]);
    is("reversed", true);
    shop.verified();
}

/// A statement of one line, as any reader of a channel's file would leave it.
fn statement(shop: &Shop, channel: &str, line: (&str, &str, Option<&str>), minor: i64) {
    statement_at(shop, channel, line, minor, "2018-09-12T10:00:00");
}

/// The same at another local time, in the statement of that day.
fn statement_at(shop: &Shop, channel: &str, line: (&str, &str, Option<&str>), minor: i64, at: &str) {
    let (reference, kind, original) = line;
    let original = original.map_or("NULL".to_owned(), |original| format!("'{original}'"));
    let day = &at[..10];
    shop.execute(&format!(
        "INSERT INTO statement_line (statement, line, channel, kind, channel_ref, original_ref, channel_no, amount_minor, \
         fee_minor, currency, status, occurred_at) SELECT coalesce(max(id), 0) + 1, 1, '{channel}', '{kind}', '{reference}', {original}, \
         'N', {minor}, 0, 'CNY', 'succeeded', '{at}+08:00' FROM statement; \
         INSERT INTO statement SELECT coalesce(max(id), 0) + 1, '{channel}', '{day}', NULL, 'test', '{reference}.csv', '{reference}', 1, \
         '2018-09-13T09:00:00+08:00', 'op1' FROM statement"
    ));
}

/// Opens a case for a finding with what the planner proposes, has it approved and committed; kinds of its steps.
fn put_right(shop: &Shop, finding: &str) -> Vec<String> {
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

/// Codes by which a run of posting refuses a trade.
fn refusals(shop: &Shop, words: &[&str], trade: &str) -> Vec<String> {
    let posted = shop.run(&[words, &["--json"]].concat()).parsed();
    let refused = posted["refused"].as_array().unwrap().iter().filter(|one| one["trade_no"] == *trade);
    refused.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

/// Opens a case for what has no trade.
fn noted(shop: &Shop) -> String {
    shop.json(&["case", "open", "--note", "bank enquiry", "--reason", "unknown_origin"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// S28: money on the bank's statement that nobody knows waits in suspense, and leaves it once: to whom it turns out to belong, or back.
#[test]
fn bank_money_of_unknown_origin_waits_in_suspense() {
    let shop = Shop::sample();
    let was = shop.findings(&[]).len();
    for reference in ["B500", "B200", "B300"] {
        statement(&shop, "BANK", (reference, "pay", None), if reference == "B500" { 50000 } else { 20000 });
    }
    let found = shop.run(&["findings", "--cause", "long", "--json"]).parsed();
    let found = found.as_array().unwrap().iter().find(|one| one["channel_ref"] == "B500").unwrap().clone();
    assert_eq!((&found["finding"], &found["scenario"]), (&"long/BANK/B500".into(), &"S28".into()));
    let planned = shop.json(&["plan", "long/BANK/B500"]);
    assert_eq!(
        (&planned["steps"][0]["kind"], &planned["steps"][0]["line"]),
        (&"park".into(), &"BANK/B500".into())
    );
    let trades = shop.rows("SELECT * FROM v_trade");
    let eye = Eye::on(&shop, NOW);
    for reference in ["B500", "B200", "B300"] {
        assert_eq!(put_right(&shop, &format!("long/BANK/{reference}")), ["park"]);
    }
    assert_eq!((shop.balance("1001"), shop.balance("2190")), (90000, 90000));
    assert_eq!(
        shop.json(&["reconcile", "--channel", "BANK", "--day", "2018-09-12"])["rows"],
        serde_json::json!([])
    );
    let park = |reference: &str| {
        let found = shop.run(&["findings", "--cause", "suspense_open", "--json", "--now", LATER]).parsed();
        let found =
            found.as_array().unwrap().iter().find(|one| one["channel_ref"] == *reference).unwrap().clone();
        assert_eq!(found["age_seconds"], 8 * 86400 + 7200, "aged from the bank's line: {found}");
        assert!(found["finding"].as_str().unwrap().starts_with("suspense_open//"), "{found}");
        found["voucher_no"].as_str().unwrap().to_owned()
    };
    // Once, in suspense and out of it.
    let again = noted(&shop);
    let line = |reference: &str| ["stage", "park", "--line", reference, "--case", &again].map(str::to_owned);
    let stage = |words: &[String]| shop.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    stage(&line("BANK/B500")).refused("STORNO-LINE-ANSWERED");
    stage(&line("BANK/B501")).refused("STORNO-NOT-FOUND");
    stage(&line("WECHAT/SYN20180912W001")).refused("STORNO-TRADE-CONFLICT");
    shop.run(&["stage", "park", "--case", &again]).refused("STORNO-USAGE");
    // Known: to the customer, whose balance is up.
    let (a, known) = (shop.balance("2001.A"), park("B500"));
    assert_eq!(
        shop.json(&["plan", &format!("suspense_open//{known}")])["steps"],
        serde_json::json!([]),
        "somebody decides"
    );
    shop.run(&["stage", "unpark", &known, "--to", "2001.nobody", "--case", &again])
        .refused("STORNO-PARTY-UNKNOWN");
    shop.done(&["stage", "unpark", &known, "--to", "2001.A", "--case", &again]);
    shop.run(&["stage", "unpark", &known, "--to", "2001.A", "--case", &again]).refused("STORNO-OPEN-ITEM");
    let preview = shop.json(&["preview", &again]);
    assert_eq!(preview["reconciliation_changed"], false);
    shop.agreed(&again);
    shop.done(&["commit", &again]);
    assert_eq!((shop.balance("2190"), shop.balance("2001.A") - a), (40000, 50000));
    // Unknown: back to the bank, by the line that shows it leaving.
    statement(&shop, "BANK", ("B201", "refund", Some("B200")), 20000);
    assert_eq!(shop.findings(&["--cause", "reversed_in_advance"]), [], "the bank lists what it gives back");
    let back = noted(&shop);
    let sent = park("B200");
    let returned =
        |by: &str| shop.run(&["stage", "unpark", &sent, "--to", "1001", "--by", by, "--case", &back]);
    returned("BANK/B300").refused("STORNO-LINE-ANSWERED");
    assert_eq!(returned("BANK/B201").code, 0);
    shop.agreed(&back);
    shop.done(&["commit", &back]);
    assert_eq!((shop.balance("2190"), shop.balance("1001")), (20000, 70000));
    // Its trade comes after all: it is not posted beside the suspense, but in its place.
    let late = "T9,return,,BANK,B300,P1,200.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
    let (a, waiting) = (shop.balance("2001.A"), park("B300"));
    shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}"))]);
    assert_eq!(refusals(&shop, &["post", "T9"], "T9")[0], "STORNO-LINE-ANSWERED");
    let twice = shop.json(&["case", "open", "--trade", "T9"])["case_no"].as_str().unwrap().to_owned();
    shop.run(&["stage", "supplement", "T9", "--case", &twice]).refused("STORNO-LINE-ANSWERED");
    assert_eq!(put_right(&shop, &format!("suspense_open//{waiting}")), ["reverse", "supplement"]);
    assert_eq!((shop.balance("2190"), shop.balance("1001"), shop.balance("2001.A") - a), (0, 70000, 20000));
    assert_eq!(shop.findings(&[]).len(), was, "nothing of it is left");
    assert!(shop.rows("SELECT * FROM v_trade WHERE trade_no <> 'T9'") == trades, "no trade looks different");
    let cases: Vec<String> = (1..=9).map(|n| format!("C{n:04}")).collect();
    let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
    kept("scenario_S28", &told(&shop, "S28", "T9", &cases, &eye, NOW));
    // Without a statement, by hand.
    let hand = noted(&shop);
    let lines = ["stage", "park", "--debit", "1001=10.00", "--credit", "2190=10.00", "--case", &hand];
    shop.done(&lines);
    shop.agreed(&hand);
    shop.done(&["commit", &hand]);
    assert_eq!(shop.findings(&[]).len(), was + 1);
    // Net and gross: what was taken back of it is out of the one and in the other.
    let day = shop.json(&["turnover", "--day", "2018-09-12", "--account", "2190"]);
    let sums = ["net_debit_minor", "net_credit_minor", "gross_debit_minor", "gross_credit_minor"];
    assert_eq!(sums.map(|sum| day["accounts"][0][sum].as_i64().unwrap()), [0, 70000, 20000, 90000], "{day}");
    shop.verified();
}

/// Money that was cleared from suspense before its trade came: the clearing, the suspense, and the posting in its place are one case.
#[test]
fn a_trade_of_money_that_was_cleared_is_put_right_in_one_case() {
    let shop = Shop::sample();
    let was = shop.findings(&[]).len();
    statement(&shop, "BANK", ("B500", "pay", None), 50000);
    put_right(&shop, "long/BANK/B500");
    let voucher = |kind: &str| {
        shop.text(&format!(
            "SELECT voucher_no FROM v_voucher WHERE kind = '{kind}' ORDER BY seq DESC LIMIT 1"
        ))
    };
    let parked = voucher("park");
    let known = noted(&shop);
    shop.done(&["stage", "unpark", &parked, "--to", "2001.A", "--case", &known]);
    shop.agreed(&known);
    shop.done(&["commit", &known]);
    let owner = "T10,return,,BANK,B500,P2,500.00,CNY,0.00,C,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("owner.csv", format!("{TRADES}{owner}"))]);
    assert_eq!(shop.json(&["plan", "T10"])["steps"], serde_json::json!([]), "somebody looks where it went");
    let (a, c) = (shop.balance("2001.A"), shop.balance("2001.C"));
    let case = shop.json(&["case", "open", "--trade", "T10"])["case_no"].as_str().unwrap().to_owned();
    shop.run(&["stage", "reverse", &parked, "--case", &case]).refused("STORNO-OPEN-ITEM");
    shop.done(&["stage", "reverse", &voucher("unpark"), "--case", &case]);
    shop.done(&["stage", "reverse", &parked, "--case", &case]);
    shop.run(&["stage", "unpark", &parked, "--to", "1001", "--case", &case]).refused("STORNO-OPEN-ITEM");
    shop.done(&["stage", "supplement", "T10", "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!((a - shop.balance("2001.A"), shop.balance("2001.C") - c), (50000, 50000));
    assert_eq!((shop.balance("2190"), shop.findings(&[]).len()), (0, was));
    // Open again, it may go elsewhere as well.
    let again = noted(&shop);
    let lines = ["--debit", "1001=10.00", "--credit", "2190=10.00"];
    shop.done(&[&["stage", "park", "--case", &again], &lines[..]].concat());
    shop.agreed(&again);
    shop.done(&["commit", &again]);
    let parked = voucher("park");
    for back in [false, true] {
        let case = noted(&shop);
        if back {
            shop.done(&["stage", "reverse", &voucher("unpark"), "--case", &case]);
        }
        let to = if back { "2001.C" } else { "2001.A" };
        shop.done(&["stage", "unpark", &parked, "--to", to, "--case", &case]);
        shop.agreed(&case);
        shop.done(&["commit", &case]);
    }
    assert_eq!((a - shop.balance("2001.A"), shop.balance("2001.C") - c), (50000, 51000));
    shop.verified();
}

/// S26: what a channel takes back before it came is noted, is not posted when it comes, and failed on both sides then.
#[test]
fn a_reversal_before_its_original_keeps_the_original_out() {
    for reference in ["R0", "V0"] {
        // Under a number of its own, or under the payment's.
        let shop = Shop::sample();
        shop.done(&["post", "T0003"]);
        let was = shop.findings(&[]).len();
        let eye = Eye::on(&shop, NOW);
        statement(&shop, "WECHAT", (reference, "revoke", Some("R0")), 10000);
        let finding = format!("reversed_in_advance/WECHAT/{reference}");
        assert_eq!(shop.json(&["plan", &finding])["steps"][0]["kind"], "stub");
        assert_eq!(put_right(&shop, &finding), ["stub"]);
        assert_eq!(shop.findings(&[]).len(), was);
        let again = noted(&shop);
        let line = format!("WECHAT/{reference}");
        shop.run(&["stage", "stub", &line, "--case", &again]).refused("STORNO-ALREADY-REVERSED");
        shop.run(&["stage", "park", "--line", &line, "--case", &again]).refused("STORNO-LINE-ANSWERED");
        let late = "T9,topup,,WECHAT,R0,,100.00,CNY,0.60,A,,2018-09-12 09:59:00,SUCCESS,UNCLEARED\n";
        shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}"))]);
        let a = shop.balance("2001.A");
        let refused = refusals(&shop, &["post", "--due"], "T9");
        assert_eq!(shop.balance("2001.A"), a);
        assert_eq!(refused, ["STORNO-ALREADY-REVERSED"]);
        assert_eq!(causes(&shop, "T9", NOW), ["reversed_in_advance"]);
        let case = shop.json(&["case", "open", "--trade", "T9", "--reason", "audit"])["case_no"]
            .as_str()
            .unwrap()
            .to_owned();
        shop.run(&["stage", "supplement", "T9", "--case", &case]).refused("STORNO-ALREADY-REVERSED");
        assert_eq!(put_right(&shop, "reversed_in_advance/T9"), ["status"]);
        assert_eq!(
            shop.text("SELECT status || ' ' || posting || ' ' || recon FROM v_trade WHERE trade_no = 'T9'"),
            "failed unposted matched"
        );
        assert_eq!(causes(&shop, "T9", NOW), [""; 0]);
        assert_eq!(refusals(&shop, &["post", "--due"], "T9"), [""; 0], "it is settled");
        let repeat = shop.run(&["post", "T9", "--lang", "zh-CN"]);
        assert!(repeat.out.contains("已冲正"), "{repeat:?}");
        kept("scenario_S26", &told(&shop, "S26", "T9", &["C0001", "C0002", "C0003", "C0004"], &eye, NOW));
        shop.verified();
    }
}

/// An older system that had booked it before the note was made has it taken back.
#[test]
fn what_was_booked_although_it_was_taken_back_in_advance_is_taken_back() {
    let shop = Shop::sample();
    statement(&shop, "WECHAT", ("V0", "revoke", Some("R0")), 10000);
    put_right(&shop, "reversed_in_advance/WECHAT/V0");
    let late = "T9,topup,,WECHAT,R0,,100.00,CNY,0.00,A,,2018-09-12 09:59:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}"))]);
    let journal = "J9,1,T9,captured,2018-09-12,1101.WECHAT,debit,100.00,x\nJ9,2,T9,captured,2018-09-12,2001.A,credit,100.00,x\n";
    shop.done(&["import", "journal", &shop.file("journal.csv", format!("{JOURNAL}{journal}"))]);
    let a = shop.balance("2001.A");
    assert_eq!(put_right(&shop, "reversed_in_advance/T9"), ["status", "reverse"]);
    assert_eq!((shop.balance("2001.A"), causes(&shop, "T9", NOW)), (a - 10000, Vec::new()));
    shop.verified();
}

/// S20, the chain: charged back, claimed back and won, lost again. Each is a trade of its own that names the one before.
#[test]
fn a_chargeback_is_won_and_lost_again() {
    let shop = scene(&table().into_iter().find(|row| row.id == "S20").unwrap());
    let first = shop.approved_case("T1");
    shop.done(&["commit", &first]);
    let was = shop.balance("2002.M1");
    let next = [("T2", "representment", "R2", "R1", 10000), ("T3", "chargeback", "R3", "R2", 0)];
    for (trade, kind, reference, original, taken_back) in next {
        let row = format!(
            "{trade},{kind},,UNIONPAY,{reference},{original},100.00,CNY,0.00,,M1,2018-09-12 11:00:00,SUCCESS,UNCLEARED\n"
        );
        shop.done(&["import", "trades", &shop.file("next.csv", format!("{TRADES}{row}"))]);
        assert_eq!(causes(&shop, trade, NOW), ["unposted"], "{kind}");
        assert_eq!(put_right(&shop, &format!("unposted/{trade}/captured")), ["supplement"], "{kind}");
        assert_eq!(shop.balance("2002.M1"), was + taken_back, "{kind}");
        let facts =
            "SELECT kind || ' ' || original_trade_no || ' ' || posting FROM v_trade WHERE trade_no = ";
        let before = if trade == "T2" { "T1" } else { "T2" };
        assert_eq!(shop.text(&format!("{facts}'{trade}'")), format!("{kind} {before} posted"));
    }
    assert_eq!(shop.balance("1103.UNIONPAY"), 20000 - 10500);
    assert_eq!(shop.findings(&[]), []);
    shop.verified();
}

/// A trade that was wrong itself is undone by a new one: as much as is left of it, with evidence or a reason, never what undoes another.
#[test]
fn a_trade_is_undone_by_a_counter_trade() {
    let shop = Shop::empty();
    let trades = "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T2,topup,,WECHAT,R2,,50.00,CNY,0.30,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T3,topup,,WECHAT,R3,,10.00,CNY,0.06,A,,2018-09-12 09:00:00,FAILED,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    statement(&shop, "ALIPAY", ("X0", "refund", None), 4000);
    statement(&shop, "WECHAT", ("X1", "refund", Some("R1")), 4000);
    let case = noted(&shop);
    let counter = |trade: &str, more: &[&str]| {
        shop.run(&[&["stage", "counter", trade, "--case", &case], more, &["--json"]].concat())
    };
    counter("T1", &[]).refused("STORNO-REASON-REQUIRED");
    counter("T1", &["--because", " "]).refused("STORNO-REASON-REQUIRED");
    counter("T1", &["--because", "x", "--amount", "100.01"]).refused("STORNO-COUNTERED");
    counter("T1", &["--because", "x", "--amount", "0"]).refused("STORNO-COUNTERED");
    counter("T1", &["--because", "x", "--kind", "topup"]).refused("STORNO-BAD-VALUE");
    counter("T1", &["--ref", "X0"]).refused("STORNO-NOT-FOUND");
    counter("T1", &["--ref", "X1", "--amount", "39.00"]).refused("STORNO-NO-EVIDENCE");
    counter("T3", &["--because", "x"]).refused("STORNO-NOT-DUE");
    let staged = counter("T1", &["--ref", "X1"]).json();
    let kinds: Vec<_> =
        staged["staged"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["counter", "supplement"]);
    // Without its posting the trade would stand alone.
    let dropped = shop.json(&["stage", "drop", "2", "--case", &case]);
    assert_eq!(dropped["warnings"], serde_json::json!(["after this, captured of T1-C1 is not booked"]));
    assert_eq!(shop.json(&["stage", "restore", "2", "--case", &case])["warnings"], serde_json::json!([]));
    counter("T1", &["--because", "x", "--amount", "60.01"]).refused("STORNO-COUNTERED");
    assert_eq!(counter("T1", &["--because", "paid in error"]).code, 0, "the rest of it");
    counter("T1", &["--because", "again"]).refused("STORNO-COUNTERED");
    assert_eq!(counter("T2", &["--because", "paid in error", "--as", "T2-BACK"]).code, 0);
    let preview = shop.json(&["preview", &case]);
    assert_eq!(
        (&preview["customer_view_changed"], &preview["reconciliation_changed"]),
        (&true.into(), &true.into())
    );
    assert_eq!(
        preview["holders"][0]["trades_after"],
        serde_json::json!(["T1-C1", "T1-C2", "T2-BACK", "T3", "T2", "T1"])
    );
    let (a, channel, cost) = (shop.balance("2001.A"), shop.balance("1101.WECHAT"), shop.balance("6401"));
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(shop.balance("2001.A") - a, -15000);
    assert_eq!(
        (shop.balance("1101.WECHAT") - channel, shop.balance("6401") - cost),
        (-14970, -30),
        "the whole one's fee goes back"
    );
    let seen = "SELECT trade_no || ' ' || kind || ' ' || original_trade_no || ' ' || amount_minor || ' ' || fee_minor || ' ' || posting || ' ' || recon \
                FROM v_trade WHERE trade_no = ";
    for (trade, expected) in [
        ("T1-C1", "T1-C1 counter T1 4000 0 posted matched"),
        ("T1-C2", "T1-C2 counter T1 6000 0 posted unmatched"),
        ("T2-BACK", "T2-BACK counter T2 5000 -30 posted unmatched"),
    ] {
        assert_eq!(shop.text(&format!("{seen}'{trade}'")), expected);
        assert_eq!(causes(&shop, trade, NOW), [""; 0], "{trade}");
    }
    let explained = shop.json(&["rules", "explain", "T2-BACK"]);
    assert_eq!(explained["events"][0]["lines"][0]["side"], "credit", "{explained}");
    let after = noted(&shop);
    let again = |trade: &str| shop.run(&["stage", "counter", trade, "--because", "x", "--case", &after]);
    again("T1-C1").refused("STORNO-REVERSAL-OF-REVERSAL");
    again("T1").refused("STORNO-COUNTERED");
    // Its posting may be wrong as any other's, and is corrected as any other's.
    shop.run(&["stage", "supplement", "T1-C1", "--case", &after]).refused("STORNO-ALREADY-POSTED");
    let file = shop.file(
        "counter.csv",
        format!("{TRADES}T9,counter,,WECHAT,R9,R1,1.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n"),
    );
    shop.run(&["import", "trades", &file]).refused("STORNO-BAD-FILE");
    // By a kind with a rule of its own it is no more than what is left either.
    let dropped = noted(&shop);
    shop.run(&["stage", "counter", "T1", "--kind", "refund", "--because", "x", "--case", &dropped])
        .refused("STORNO-COUNTERED");
    shop.verified();
}

/// A channel's line answers for its own amount and its own direction: what it does not prove is not booked on its word, and what is
/// left of it is not forgotten.
#[test]
fn a_line_answers_for_its_amount_and_direction() {
    let shop = Shop::empty();
    let trades = "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T2,payout,,BANK,R2,,10.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    for (channel, reference, kind, original) in [
        ("BANK", "B1", "pay", None),
        ("BANK", "B2", "pay", None),
        ("BANK", "B3", "refund", None),
        ("BANK", "B4", "refund", Some("R2")),
        ("WECHAT", "W1", "pay", None),
        ("WECHAT", "W2", "refund", Some("R9")),
        ("WECHAT", "W3", "refund", Some("R1")),
    ] {
        statement(&shop, channel, (reference, kind, original), 1000);
    }
    let case = noted(&shop);
    let stage = |words: &[&str]| shop.run(&[&["stage"], words, &["--case", &case]].concat());
    let part = |line: &str, amount: &str| {
        let (debit, credit) = (format!("1001={amount}"), format!("2190={amount}"));
        stage(&["park", "--line", line, "--debit", &debit, "--credit", &credit])
    };
    part("BANK/B1", "9.99").refused("STORNO-BAD-VALUE");
    // Neither from another account than the channel's, nor with something for a customer beside it.
    for (debit, credits) in [("2001.A=10", &["2190=10"][..]), ("1001=11", &["2190=10", "2001.A=1"])] {
        let credits = credits.iter().flat_map(|credit| ["--credit", credit]);
        let words: Vec<&str> =
            ["park", "--line", "BANK/B1", "--debit", debit].into_iter().chain(credits).collect();
        stage(&words).refused("STORNO-BAD-VALUE");
    }
    part("BANK/B3", "10.00").refused("STORNO-BAD-VALUE");
    assert_eq!(part("BANK/B1", "10.00").code, 0, "line by line, and all of it");
    let record = |reference: &str, kind: &str| {
        stage(&["record", "WECHAT", reference, "--as", "T9", "--kind", kind, "--customer", "A"])
    };
    record("W1", "refund").refused("STORNO-BAD-VALUE");
    record("W2", "topup").refused("STORNO-BAD-VALUE");
    let counter = |trade: &str, line: &str| stage(&["counter", trade, "--ref", line]);
    counter("T1", "W1").refused("STORNO-BAD-VALUE");
    counter("T1", "W2").refused("STORNO-BAD-VALUE");
    counter("T2", "B3").refused("STORNO-BAD-VALUE");
    assert_eq!(counter("T1", "W3").code, 0);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    let parked = shop.text("SELECT voucher_no FROM v_voucher WHERE kind = 'park'");
    let case = noted(&shop);
    let paid =
        |to: &str, by: &str| shop.run(&["stage", "unpark", &parked, "--to", to, "--by", by, "--case", &case]);
    paid("1001", "BANK/B2").refused("STORNO-BAD-VALUE");
    paid("2001.A", "BANK/B3").refused("STORNO-BAD-VALUE");
    paid("1001", "WECHAT/W2").refused("STORNO-BAD-VALUE");
    // It takes back the payment of T2, and belongs to that.
    paid("1001", "BANK/B4").refused("STORNO-TRADE-CONFLICT");
    assert_eq!(paid("1001", "BANK/B3").code, 0, "what came goes back where it came");
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(shop.balance("2190"), 0);
    shop.verified();
}

/// What a counter trade took back from a customer is not taken a second time because the original turns out to have failed, or to
/// have been of less: the customer came to owe what it had given back already.
#[test]
fn what_a_counter_trade_undid_is_not_undone_again() {
    let shop = Shop::sample();
    let countered = |trade: &str, amount: &str| {
        let case = noted(&shop);
        shop.done(&["stage", "counter", trade, "--because", "x", "--amount", amount, "--case", &case]);
        shop.agreed(&case);
        shop.done(&["commit", &case]);
    };
    let case = noted(&shop);
    shop.done(&["stage", "counter", "T0007", "--because", "x", "--case", &case]);
    shop.run(&["stage", "status", "T0007", "failed", "--case", &case]).refused("STORNO-COUNTERED");
    countered("T0007", "40.00");
    countered("T0006", "20.00");
    let case = noted(&shop);
    shop.run(&["stage", "status", "T0007", "failed", "--case", &case]).refused("STORNO-COUNTERED");
    shop.done(&["stage", "reverse", "J00004", "--case", &case]);
    let amended = |amount: &str| {
        let amount = format!("amount={amount}");
        shop.run(&["stage", "repost", "T0006", "--set", &amount, "--set", "reason=x", "--case", &case])
    };
    amended("0.00").refused("STORNO-BAD-VALUE");
    amended("19.99").refused("STORNO-COUNTERED");
    assert_eq!(amended("20.00").code, 0, "what is left of it may go");
    let posting =
        shop.text("SELECT voucher_no FROM v_voucher WHERE trade_no = 'T0007-C1' AND kind = 'supplement'");
    shop.done(&["stage", "reverse", &posting, "--case", &case]);
    let raised = |amount: &str| {
        shop.run(&["stage", "repost", "T0007-C1", "--set", amount, "--set", "reason=x", "--case", &case])
    };
    raised("amount=40.01").refused("STORNO-COUNTERED");
    assert_eq!(raised("amount=39.00").code, 0, "a counter trade may undo less");
    assert_eq!(shop.number("SELECT count(*) FROM v_account WHERE code = '1191.E'"), 0, "E owes nothing");
}

/// What an earlier year's event lacks is parked as it would be posted: its profit and loss go to the prior-year adjustment. The fee of
/// a refund of September lowered the cost of the January after.
#[test]
fn an_earlier_years_event_is_parked_without_this_years_profit_and_loss() {
    const NEXT_YEAR: &str = "2019-01-05T10:00:00+08:00";
    let shop = Shop::sample();
    for day in ["2018-09-12", "2018-09-13"] {
        shop.done(&["day", "cut", day, "--now", NEXT_YEAR]);
    }
    let cost = shop.balance("6401");
    let case = shop.json(&["case", "open", "--trade", "T0012", "--plan", "--now", NEXT_YEAR]);
    let case = case["case_no"].as_str().unwrap();
    shop.agreed_at(case, NEXT_YEAR);
    shop.done(&["commit", case, "--now", NEXT_YEAR]);
    assert_eq!((shop.balance("1190"), shop.balance("6401"), shop.balance("6901")), (6000, cost, 36));
    let found = shop.run(&["findings", "--json", "--now", NEXT_YEAR]).parsed();
    let of_it: Vec<_> = found.as_array().unwrap().iter().filter(|one| one["trade_no"] == "T0012").collect();
    assert_eq!((of_it.len(), &of_it[0]["cause"]), (1, &"suspense_open".into()), "{of_it:?}");
    shop.verified();
}

/// A dispute row of the channel alone: what was won is recorded by it, under the kind that has a rule of its own.
#[test]
fn a_representment_is_recorded_by_the_channels_line() {
    let shop = scene(&table().into_iter().find(|row| row.id == "S20").unwrap());
    let first = shop.approved_case("T1");
    shop.done(&["commit", &first]);
    statement(&shop, "UNIONPAY", ("E24", "pay", Some("R1")), 10000);
    let case = noted(&shop);
    let won =
        ["stage", "counter", "T1", "--kind", "representment", "--ref", "E24", "--as", "T2", "--case", &case];
    shop.done(&won);
    let was = shop.balance("2002.M1");
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(shop.balance("2002.M1"), was + 10000);
    let facts = "SELECT kind || ' ' || original_trade_no || ' ' || posting || ' ' || recon FROM v_trade WHERE trade_no = 'T2'";
    assert_eq!(shop.text(facts), "representment T1 posted matched");
    let again = noted(&shop);
    shop.run(&["stage", "counter", "T1", "--because", "x", "--case", &again]).refused("STORNO-COUNTERED");
    shop.verified();
}

/// S06 by each way to take it back: wiped, the pair is in no net turnover; in red, it is taken off the side where it stood; in blue, both
/// sides rise. The balance is the same.
#[test]
fn turnover_tells_wipe_red_and_blue_apart() {
    let sums = |shop: &Shop, account: &str, from: &str| {
        let told = shop.json(&["turnover", "--from", from, "--to", "2018-09-20", "--account", account]);
        assert_eq!(told["holds"], true, "{told}");
        let row = told["accounts"][0].clone();
        ["net_debit_minor", "net_credit_minor", "gross_debit_minor", "gross_credit_minor"]
            .map(|sum| row[sum].as_i64().unwrap_or(0))
    };
    let moved = 10000;
    for (mode, whole, later) in [
        ("wipe", [0, 0, moved, moved], [0; 4]),
        ("red", [0; 4], [0, -moved, 0, -moved]),
        ("blue", [moved, moved, moved, moved], [moved, 0, moved, 0]),
    ] {
        let shop = Shop::sample();
        let now = if mode == "wipe" { NOW } else { LATER };
        if mode != "wipe" {
            for closed in ["T0003", "T0004"] {
                // A day closes with nothing due left on it.
                let case = shop.approved_case(closed);
                shop.done(&["commit", &case]);
            }
            shop.done(&["day", "close", "2018-09-12"]);
        }
        let case = shop.json(&["case", "open", "--trade", "T0001", "--now", now])["case_no"]
            .as_str()
            .unwrap()
            .to_owned();
        shop.done(&["stage", "reverse", "J00001", "--mode", mode, "--case", &case, "--now", now]);
        shop.done(&["stage", "repost", "T0001", "--case", &case, "--now", now]);
        shop.agreed_at(&case, now);
        shop.done(&["commit", &case, "--now", now]);
        assert_eq!(shop.balance("2001.B"), 0, "{mode}");
        assert_eq!(sums(&shop, "2001.B", "2018-09-12"), whole, "{mode}");
        assert_eq!(sums(&shop, "2001.B", "2018-09-20"), later, "{mode}: on the day of the correction");
        let lines = shop.rows(
            "SELECT side, amount_minor, mode FROM v_entry WHERE account = '2001.B' ORDER BY account_seq",
        );
        let (side, minor) = if mode == "red" { ("credit", -moved) } else { ("debit", moved) };
        let second = format!("Text(\"{side}\")|Integer({minor})|Text(\"{mode}\")|");
        assert_eq!(lines.lines().nth(1), Some(second.as_str()), "{mode}");
        shop.verified();
    }
    // A difference, in red: the turnover becomes what it should have been from the start; in blue both sides tell of it.
    for (red, expected) in [(true, [0, 4550, 0, 4550]), (false, [40950, 45500, 40950, 45500])] {
        let shop = Shop::sample();
        let case = shop.json(&["case", "open", "--trade", "T0009"])["case_no"].as_str().unwrap().to_owned();
        let words = ["stage", "adjust", "T0009", "--case", &case];
        shop.done(&if red { [&words[..], &["--red"]].concat() } else { words.to_vec() });
        shop.agreed(&case);
        shop.done(&["commit", &case]);
        assert_eq!((shop.balance("2001.C"), sums(&shop, "2001.C", "2018-09-12")), (4550, expected));
        assert_eq!(causes(&shop, "T0009", NOW), [""; 0]);
    }
}

/// S13 over the end of a month. The trade's own day decides: what is booked stays in the month in which it happened, the channel's
/// statement of the other month makes no entry, and both months close.
#[test]
fn the_cut_over_a_month_end_makes_no_entry() {
    let october = "2018-10-01T12:00:00+08:00";
    let month = |shop: &Shop, month: &str| {
        let told = shop.json(&["turnover", "--from", &format!("{month}-01"), "--to", &format!("{month}-30")]);
        told["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["net_debit_minor"].as_i64().unwrap())
            .sum::<i64>()
    };
    // Ours in September, the channel's in October.
    let shop = Shop::empty();
    let ours = "T1,topup,,WECHAT,R1,,66.00,CNY,0.00,A,,2018-09-30 23:59:50,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{ours}"))]);
    shop.done(&["post", "--now", october]);
    statement_at(&shop, "WECHAT", ("R1", "pay", None), 6600, "2018-10-01T00:00:01");
    assert_eq!(causes(&shop, "T1", october), ["waiting"]);
    assert_eq!(shop.json(&["plan", "T1", "--now", october])["steps"], serde_json::json!([]));
    shop.done(&["day", "close", "2018-09-30", "--now", october]);
    shop.done(&["day", "close", "2018-09", "--now", october]);
    assert_eq!((month(&shop, "2018-09"), month(&shop, "2018-10")), (6600, 0));
    // September's statement comes, without it: the line of October answers for it.
    statement_at(&shop, "WECHAT", ("R0", "pay", None), 100, "2018-09-30T10:00:00");
    assert_eq!(causes(&shop, "T1", october), [""; 0]);
    assert_eq!(shop.text("SELECT posting || ' ' || recon FROM v_trade"), "posted matched");
    shop.verified();
    // The channel's in September, ours in October: nothing is booked for September, unless somebody accrues it.
    for accrued in [false, true] {
        let shop = Shop::empty();
        let known = "T0,topup,,WECHAT,R0,,1.00,CNY,0.00,A,,2018-09-30 10:00:00,SUCCESS,UNCLEARED\n";
        shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{known}"))]);
        shop.done(&["post", "--now", october]);
        statement_at(&shop, "WECHAT", ("R1", "pay", None), 6600, "2018-09-30T23:59:58");
        let found = shop.findings(&["--cause", "waiting", "--now", october]);
        assert_eq!(found, [("–".to_owned(), "waiting".to_owned())]);
        assert_eq!(
            shop.json(&["plan", "waiting/WECHAT/R1", "--now", october])["steps"],
            serde_json::json!([])
        );
        if accrued {
            let case = noted(&shop);
            shop.done(&["stage", "park", "--line", "WECHAT/R1", "--case", &case, "--now", october]);
            shop.agreed_at(&case, october);
            shop.done(&["commit", &case, "--now", october]);
        }
        shop.done(&["day", "close", "2018-09-30", "--now", october]);
        shop.done(&["day", "close", "2018-09", "--now", october]);
        assert_eq!(month(&shop, "2018-09"), if accrued { 6700 } else { 100 });
        let late = "T1,topup,,WECHAT,R1,,66.00,CNY,0.00,A,,2018-10-01 00:00:03,SUCCESS,UNCLEARED\n";
        shop.done(&["import", "trades", &shop.file("late.csv", format!("{TRADES}{late}"))]);
        let posted = shop.run(&["post", "--now", october, "--json"]).parsed();
        assert_eq!(
            posted["posted"],
            i64::from(!accrued),
            "what is accrued is not posted beside it: {posted}"
        );
        if accrued {
            let planned = shop.json(&["plan", "T1", "--now", october]);
            let steps = planned["steps"].as_array().unwrap().iter();
            let steps: Vec<_> = steps
                .map(|step| format!("{} {}", step["kind"].as_str().unwrap(), step["mode"].as_str().unwrap()))
                .collect();
            assert_eq!(
                steps,
                ["reverse red", "supplement normal"],
                "the accrual ends in the month that has the trade"
            );
            let case = shop.json(&["case", "open", "--trade", "T1", "--plan", "--now", october])["case_no"]
                .as_str()
                .unwrap()
                .to_owned();
            shop.agreed_at(&case, october);
            shop.done(&["commit", &case, "--now", october]);
        }
        assert_eq!(
            (
                shop.balance("1101.WECHAT"),
                shop.balance("2001.A"),
                shop.number("SELECT coalesce(sum(balance_minor), 0) FROM v_account WHERE code = '2190'")
            ),
            (6700, 6700, 0)
        );
        statement_at(&shop, "WECHAT", ("R2", "pay", None), 100, "2018-10-01T10:00:00");
        assert_eq!(causes(&shop, "T1", october), [""; 0]);
        shop.verified();
    }
}

/// A payment booked to another account of its merchant, less the fee, is taken back whole: on the way the account is short of the
/// fee, and nobody owes anything for that.
#[test]
fn what_a_voucher_leaves_counts_and_not_what_its_lines_pass() {
    let shop = Shop::empty();
    let trade = "T1,pay,direct,WECHAT,X1,,250.00,CNY,1.50,C,M001,2018-09-12 09:00:01,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trade}"))]);
    let lines = [
        ("1101.WECHAT,debit", "250.00"),
        ("2003.M001,credit", "250.00"),
        ("2003.M001,debit", "2.50"),
        ("6001,credit", "2.50"),
        ("6401,debit", "1.50"),
        ("1101.WECHAT,credit", "1.50"),
    ];
    let lines: String = (1..)
        .zip(lines)
        .map(|(n, (side, amount))| format!("J1,{n},T1,captured,2018-09-12,{side},{amount},x\n"))
        .collect();
    shop.done(&["import", "journal", &shop.file("journal.csv", format!("{JOURNAL}{lines}"))]);
    let case = shop.approved_case("T1");
    shop.done(&["commit", &case]);
    let owed = shop.number("SELECT count(*) FROM v_account WHERE code LIKE '1191%' AND entries > 0");
    assert_eq!(owed, 0, "{}", shop.rows("SELECT code, balance_minor FROM v_account WHERE entries > 0"));
    assert_eq!((shop.balance("2003.M001"), shop.balance("2002.M001")), (0, 24750));
    assert_eq!(shop.findings(&["--cause", "wrong_account"]), []);
    shop.verified();
}

/// The channel's bill lists a second refund of the same payment, and we hold one: the other is written down and its money claimed.
#[test]
fn a_refund_that_only_the_channel_made_twice_is_written_down_and_claimed() {
    let shop = Shop::empty();
    let trades = "T1,pay,direct,WECHAT,X1,,100.00,CNY,0.60,C,M001,2018-09-12 09:00:01,SUCCESS,UNCLEARED\n\
                  T2,refund,direct,WECHAT,R1,X1,60.00,CNY,-0.36,C,M001,2018-09-12 10:00:01,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    let refund = |time: &str, number: &str, amount: &str, fee: &str| {
        format!(
            "`2018-09-12 {time},`wx8888888888888888,`1900000109,`0,`,`4200000000,`X1,`oSYN,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,\
             `50{number},`{number},`{amount},`0.00,`ORIGINAL,`SUCCESS,`goods,`,`{fee},`0.60%,`0.00,`{amount},`\n"
        )
    };
    let whole = bill(("X1", "100.00", "0.60"));
    let (rows, foot) = whole.split_at(whole.find("总交易单数").unwrap());
    let title = foot.lines().next().unwrap();
    let twice = format!(
        "{rows}{}{}{}{title}\n`4,`100.00,`150.00,`0.00,`-0.30000,`100.00,`150.00\n",
        refund("10:00:01", "R1", "60.00", "-0.36000"),
        refund("10:00:09", "R2", "60.00", "-0.36000"),
        refund("10:00:19", "R3", "30.00", "-0.18000")
    );
    shop.done(&["import", "bill", &shop.file("bill.csv", twice)]);
    // One of another amount may have been agreed with the channel: that is nobody's to guess.
    assert_eq!(shop.json(&["plan", "long/WECHAT/R3"])["steps"], serde_json::json!([]));
    let plan = shop.json(&["plan", "long/WECHAT/R2"]);
    assert_eq!(plan["steps"].as_array().unwrap().len(), 2, "{plan}");
    let before = (shop.balance("2002.M001"), shop.balance("1101.WECHAT"));
    let case = shop.json(&["case", "open", "--finding", "long/WECHAT/R2", "--plan"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(shop.balance("2002.M001"), before.0, "the merchant paid back once");
    assert_eq!(shop.balance("1101.WECHAT"), before.1 - 6000 + 36);
    assert_eq!(shop.text("SELECT recon FROM v_trade WHERE trade_no = 'R2'"), "matched");
    assert_eq!(shop.findings(&["--cause", "long"]).len(), 1, "the other one is left");
    shop.verified();
}

/// A payment booked, cleared and settled to another merchant: the money is gone, so it is put right in the next settlements, in one
/// case, and nothing is left to be found.
#[test]
fn what_was_settled_to_another_is_put_right_in_the_next_settlement() {
    let shop = Shop::empty();
    let trade = "T1,pay,direct,WECHAT,X1,,100.00,CNY,0.60,C,M001,2018-09-12 09:00:01,SUCCESS,CLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trade}"))]);
    let vouchers: [(&str, &str, &[(&str, &str)]); 3] = [
        (
            "J1",
            "captured",
            &[
                ("1101.WECHAT,debit", "100.00"),
                ("2002.M002,credit", "100.00"),
                ("2002.M002,debit", "1.00"),
                ("6001,credit", "1.00"),
                ("6401,debit", "0.60"),
                ("1101.WECHAT,credit", "0.60"),
            ],
        ),
        ("J2", "cleared", &[("2002.M002,debit", "99.00"), ("2003.M002,credit", "99.00")]),
        ("J3", "settled", &[("2003.M002,debit", "99.00"), ("1001,credit", "99.00")]),
    ];
    let mut journal = JOURNAL.to_owned();
    for (number, event, lines) in vouchers {
        for (n, (side, amount)) in (1..).zip(lines) {
            journal += &format!("{number},{n},T1,{event},2018-09-12,{side},{amount},x\n");
        }
    }
    shop.done(&["import", "journal", &shop.file("journal.csv", journal)]);
    let found = shop.findings(&["--cause", "wrong_account"]);
    assert_eq!(found, [("T1".to_owned(), "wrong_account".to_owned())], "one mistake is one finding");
    let case = shop.approved_case("T1");
    shop.done(&["commit", &case]);
    assert_eq!((shop.balance("2002.M001"), shop.balance("2002.M002")), (9900, -9900));
    assert_eq!(shop.balance("1001"), -9900, "what was paid out was paid out");
    assert_eq!(shop.findings(&["--cause", "wrong_account"]), []);
    shop.verified();
}
