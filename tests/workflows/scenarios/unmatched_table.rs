//! The scenario table, second part: findings that no trade explains, and those that a person, a file or news settles
//! before there is something to book. One row a scenario: what is found, how it ends, and the books, the customers'
//! and the channel's view afterwards.

use super::fixture::{JOURNAL, LATER, Scene, Then, balances, bill, moved, scene, statement_at};
use super::transcript::{Observed, assert_kept, transcript};
use crate::support::{NOW, Shop, TRADES};

/// Some days after the sample day.
const WEEKEND: &str = "2018-09-16T12:00:00+08:00";

/// What is done about a finding.
#[derive(Clone, Copy)]
enum Act {
    /// A command.
    Run(&'static [&'static str]),
    /// The planned case of a finding, with kind and mode of each step.
    Case(&'static str, &'static [&'static str]),
}

/// One row of the table.
struct Row {
    id: &'static str,
    made: fn() -> Shop,
    /// When it is settled.
    now: &'static str,
    /// What is found, the finding of the row first.
    found: &'static [&'static str],
    acts: &'static [Act],
    /// Change of balances, on each account's normal side; accounts not named do not move.
    moves: &'static [(&'static str, i64)],
}

use Act::{Case, Run};

const TOPUP: &str = "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";

/// A ledger with these trades, posted.
fn posted(trades: &'static str) -> Shop {
    scene(Scene::Made { trades, journal: "", then: Then::Posted })
}

/// A ledger with one top-up and a voucher of the older system that names no trade.
fn with_voucher(number: &str, debit: &str, credit: &str, amount: &str) -> Shop {
    let shop = posted(TOPUP);
    let journal = shop.file("journal.csv", voucher(number, debit, credit, amount));
    shop.done(&["import", "journal", &journal]);
    shop
}

fn voucher(number: &str, debit: &str, credit: &str, amount: &str) -> String {
    format!(
        "{JOURNAL}{number},1,,,2018-09-12,{debit},debit,{amount},x\n{number},2,,,2018-09-12,{credit},credit,{amount},x\n"
    )
}

/// Two trades that nothing tells apart, and one payment of the channel.
fn two_alike() -> Shop {
    scene(Scene::Made {
        trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                 T2,topup,,WECHAT,R1,,100.00,CNY,0.60,B,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
        journal: "",
        then: Then::PostedAndBilled(("R1", "100.00", "0.60")),
    })
}

/// The channel has the trade eight hours before us, on the day before.
fn another_day() -> Shop {
    let shop = posted("T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-13 01:00:00,SUCCESS,UNCLEARED\n");
    statement_at(&shop, "WECHAT", ("R1", "pay", None), 10_000, "2018-09-12T17:00:00");
    shop
}

/// A trade just before midnight that the day's statement does not list, and statements of other days since.
fn waited_too_long() -> Shop {
    let shop = posted(
        "T1,topup,,WECHAT,R1,,10.00,CNY,0.00,A,,2018-09-12 23:58:00,SUCCESS,UNCLEARED\n\
         T2,topup,,WECHAT,R2,,1.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n\
         T3,topup,,WECHAT,R3,,1.00,CNY,0.00,A,,2018-09-14 10:00:00,SUCCESS,UNCLEARED\n\
         T4,topup,,WECHAT,R4,,1.00,CNY,0.00,A,,2018-09-15 10:00:00,SUCCESS,UNCLEARED\n",
    );
    shop.done(&["post", "--now", WEEKEND]);
    for (reference, day) in [("R2", "2018-09-12"), ("R3", "2018-09-14"), ("R4", "2018-09-15")] {
        statement_at(&shop, "WECHAT", (reference, "pay", None), 100, &format!("{day}T10:00:00"));
    }
    shop
}

/// The statement of the eleventh is there, that of the twelfth is not.
fn no_statement_of_the_day() -> Shop {
    let shop = scene(Scene::Made {
        trades: "T0,topup,,WECHAT,R0,,1.00,CNY,0.00,A,,2018-09-11 10:00:00,SUCCESS,UNCLEARED\n\
                 T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
        journal: "",
        then: Then::Posted,
    });
    statement_at(&shop, "WECHAT", ("R0", "pay", None), 100, "2018-09-11T10:00:00");
    shop.file("late.csv", bill(("R1", "100.00", "0.60")));
    shop
}

/// A payout that is under way, and the list that tells that it failed.
fn no_news_of_a_payout() -> Shop {
    let payout = "T1,payout,,BEPS,R1,,200.00,CNY,1.00,A,,2018-09-12 10:05:00,PROCESSING,UNCLEARED\n";
    let shop = posted(
        "T0,topup,,WECHAT,R0,,500.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
         T1,payout,,BEPS,R1,,200.00,CNY,1.00,A,,2018-09-12 10:05:00,PROCESSING,UNCLEARED\n",
    );
    shop.file("news.csv", format!("{TRADES}{}", payout.replace("PROCESSING", "FAILED")));
    shop
}

/// Money was parked for a line, and the statement was replaced by one without it.
fn line_is_gone() -> Shop {
    const A: &str = "UNIONPAY,2018-09-12,pay,A,,NA,1.00,CNY,0.00,SUCCESS,2018-09-12 10:00:00,M1\n";
    const B: &str = "UNIONPAY,2018-09-12,pay,B,,NB,5.00,CNY,0.00,SUCCESS,2018-09-12 10:00:00,M1\n";
    let head = "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time,merchant_no\n";
    let shop = posted("T1,topup,,UNIONPAY,A,,1.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n");
    let first = shop.file("one.csv", format!("{head}{A}{B}total,2,6.00,0.00,0.00,end\n"));
    let second = shop.file("two.csv", format!("{head}{A}total,1,1.00,0.00,0.00,end\n"));
    shop.done(&["import", "bill", &first]);
    let case =
        |note: &str| shop.json(&["case", "open", "--note", note])["case_no"].as_str().unwrap().to_owned();
    let done = |case: &str| {
        shop.agreed(case);
        shop.done(&["commit", case]);
    };
    let park = case("B is unknown");
    shop.done(&["stage", "park", "--line", "UNIONPAY/B", "--case", &park]);
    done(&park);
    // A case rests on the statement, so two people decide about another without the line.
    let answer = shop.json(&["import", "bill", &second, "--supersede", "--reason", "final"]);
    let (held, last) = (answer["statement"].to_string(), case("final"));
    let words = ["--state", "standing", "--because", "final", "--case", &last];
    shop.done(&[&["stage", "statement", &held][..], &words].concat());
    done(&last);
    shop
}

/// The channel took a payment twice, and gives the further one back the day after, less its fee.
fn taken_twice() -> Shop {
    let head = "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time,merchant_no\n";
    let shop = posted(TOPUP);
    let pay = |number: &str| {
        format!("WECHAT,2018-09-12,pay,R1,,{number},100.00,CNY,0.60,SUCCESS,2018-09-12 09:00:00,M1\n")
    };
    let took = format!("{head}{}{}total,2,200.00,0.00,1.20,end\n", pay("N1"), pay("N2"));
    shop.done(&["import", "bill", &shop.file("twice.csv", took)]);
    let back = "WECHAT,2018-09-13,refund,R9,R1,D1,100.00,CNY,0.00,SUCCESS,2018-09-13 09:00:00,M1\n";
    shop.file("back.csv", format!("{head}{back}total,1,0.00,100.00,0.00,end\n"));
    shop
}

/// A debt that came with the older system's balances, and its payment, which comes later.
fn owed_since_long() -> Shop {
    let shop = with_voucher("J1", "1191.A", "6001", "30.00");
    shop.done(&["takeover", "accept", "J1", "--reason", "opening balances", "--operator", "chk"]);
    shop.file("paid.csv", voucher("J2", "1001", "1191.A", "30.00"));
    shop
}

/// Two people match T2 with the channel's line.
const BY: [&str; 4] = ["--reason", "the device is B's", "--operator", "op1"];

fn table() -> Vec<Row> {
    let mut rows = of_channels_and_lists();
    rows.extend(of_the_books());
    rows
}

/// What people, files or news settle.
fn of_channels_and_lists() -> Vec<Row> {
    vec![
        Row {
            // The channel keeps its fee of both; the customer has what the trade says all along.
            id: "S14b",
            made: taken_twice,
            now: LATER,
            found: &["long/T1"],
            acts: &[
                Case("long/T1", &["park normal"]),
                Run(&["import", "bill", "back.csv"]),
                Case("long/WECHAT/R9", &["unpark normal"]),
            ],
            moves: &[("1101.WECHAT", -60), ("6401", 60)],
        },
        Row {
            // People decide whose payment it was; the other trade is one that the channel does not have.
            id: "S35",
            made: two_alike,
            now: NOW,
            found: &["ambiguous/T1", "ambiguous/T2"],
            acts: &[
                Run(&["match", "T2", "--line", "WECHAT:R1", BY[0], BY[1], BY[2], BY[3]]),
                Run(&["match", "T2", "--line", "WECHAT:R1", BY[0], BY[1], BY[2], "op2"]),
                Case("short/T1", &["status", "reverse wipe"]),
            ],
            moves: &[("1101.WECHAT", -9940), ("2001.A", -10_000), ("6401", -60)],
        },
        Row {
            // Whoever matches the two has seen the days.
            id: "S36",
            made: another_day,
            now: NOW,
            found: &["date_diff/T1"],
            acts: &[
                Run(&["match", "T1", "--line", "WECHAT:R1", "--reason", "UTC", "--operator", "op1"]),
                Run(&["match", "T1", "--line", "WECHAT:R1", "--reason", "UTC", "--operator", "op2"]),
            ],
            moves: &[],
        },
        Row {
            // The statement that was missing does not list it either.
            id: "S37",
            made: waited_too_long,
            now: WEEKEND,
            found: &["overdue/T1"],
            acts: &[
                Run(&[
                    "import",
                    "bill",
                    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/wechat-trade-ALL-empty-day.csv"),
                    "--day",
                    "2018-09-13",
                ]),
                Case("short/T1", &["status", "reverse wipe"]),
            ],
            moves: &[("1101.WECHAT", -1000), ("2001.A", -1000)],
        },
        Row {
            id: "S38",
            made: no_statement_of_the_day,
            now: NOW,
            found: &["statement_missing/WECHAT/2018-09-12"],
            acts: &[Run(&["import", "bill", "late.csv"])],
            moves: &[],
        },
        Row {
            // The next list says that it failed, and what was booked is taken back.
            id: "S42",
            made: no_news_of_a_payout,
            now: LATER,
            found: &["payout_overdue/T1/captured"],
            acts: &[
                Run(&["import", "trades", "news.csv"]),
                Case("posted_not_due/T1/captured", &["reverse wipe"]),
            ],
            moves: &[("2001.A", 20_100), ("2101", -20_000), ("6001", -100)],
        },
        Row {
            id: "S43",
            made: line_is_gone,
            now: NOW,
            found: &["line_gone/UNIONPAY/B", "suspense_open//V00002"],
            acts: &[Case("line_gone/UNIONPAY/B", &["reverse wipe"])],
            moves: &[("1103.UNIONPAY", -500), ("2190", -500)],
        },
    ]
}

/// What no trade explains.
fn of_the_books() -> Vec<Row> {
    vec![
        Row {
            id: "S50",
            made: || with_voucher("J8", "6711", "2001.A", "5000.00"),
            now: NOW,
            found: &["unexplained//J8"],
            acts: &[Case("unexplained//J8", &["reverse wipe"])],
            moves: &[("2001.A", -500_000), ("6711", -500_000)],
        },
        Row {
            // The customer had 100.00.
            id: "S51",
            made: || with_voucher("J9", "2001.A", "6001", "150.00"),
            now: NOW,
            found: &["below_floor//2001.A", "unexplained//J9"],
            acts: &[Case("below_floor//2001.A", &["reverse wipe"])],
            moves: &[("2001.A", 15_000), ("6001", -15_000)],
        },
        Row {
            id: "S52",
            made: || with_voucher("J8", "6711", "2001.EVE", "50.00"),
            now: NOW,
            found: &["unknown_party//2001.EVE", "unexplained//J8"],
            acts: &[Case("unknown_party//2001.EVE", &["reverse wipe"])],
            moves: &[("2001.EVE", -5_000), ("6711", -5_000)],
        },
        Row {
            // The debtor pays: nothing else ends a debt.
            id: "S53",
            made: owed_since_long,
            now: NOW,
            found: &["debt_open//1191.A"],
            acts: &[
                Run(&["import", "journal", "paid.csv"]),
                Run(&["takeover", "accept", "J2", "--reason", "the debt of 1191.A", "--operator", "chk"]),
            ],
            moves: &[("1001", 3_000), ("1191.A", -3_000)],
        },
    ]
}

/// Identities of the findings, sorted; without statements that never came, which most ledgers here lack.
fn findings(shop: &Shop, row: &Row) -> Vec<String> {
    let found = shop.run(&["findings", "--json", "--now", row.now]).parsed();
    let found = found.as_array().unwrap().iter();
    let counts = found.filter(|one| row.id == "S38" || one["cause"] != "statement_missing");
    let mut ids: Vec<String> = counts.map(|one| one["finding"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// What the channels say of the trades.
fn channels_view(shop: &Shop) -> String {
    shop.text(
        "SELECT group_concat(trade_no || ' ' || recon, ', ') FROM (SELECT * FROM v_trade ORDER BY trade_no)",
    )
}

/// Carries out the planned case of a finding. Returns its number.
fn mend(shop: &Shop, row: &Row, finding: &str, plan: &[&str]) -> String {
    let id = row.id;
    let opened = shop.json(&["case", "open", "--finding", finding, "--plan", "--now", row.now]);
    let steps: Vec<String> =
        shop.json(&["preview", opened["case_no"].as_str().unwrap(), "--now", row.now])["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| {
                let words = [&step["kind"], &step["mode"]].map(|word| word.as_str().unwrap_or_default());
                words.join(" ").trim().to_owned()
            })
            .collect();
    assert_eq!(steps, plan, "{id}: planned for {finding}");
    let case = opened["case_no"].as_str().unwrap().to_owned();
    shop.agreed_at(&case, row.now);
    shop.done(&["commit", &case, "--now", row.now]);
    case
}

fn check(row: &Row) -> String {
    let (id, shop) = (row.id, (row.made)());
    let mut found: Vec<&str> = row.found.to_vec();
    found.sort_unstable();
    assert_eq!(findings(&shop, row), found, "{id}: found");
    let steps = shop.json(&["plan", row.found[0], "--now", row.now])["steps"].as_array().unwrap().len();
    let planned = row.acts.iter().any(|act| matches!(act, Case(finding, _) if *finding == row.found[0]));
    assert_eq!(steps > 0, planned, "{id}: a plan");
    let (was, eye, saw) = (balances(&shop), Observed::of(&shop, row.now), channels_view(&shop));
    let mut cases = Vec::new();
    for act in row.acts {
        match act {
            Run(words) => drop(shop.done(&[words, &["--now", row.now][..]].concat())),
            Case(finding, plan) => cases.push(mend(&shop, row, finding, plan)),
        }
    }
    let moves: Vec<(String, i64)> =
        row.moves.iter().map(|(code, minor)| ((*code).to_owned(), *minor)).collect();
    assert_eq!(moved(&was, &balances(&shop)), moves, "{id}: moved");
    assert_eq!(findings(&shop, row), [""; 0], "{id}: left");
    let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
    let title = format!("{id} {}", row.found[0].split('/').next().unwrap());
    let mut text = transcript(&shop, &title, "", &cases, &eye, row.now);
    text += &format!("  the channel: {saw}; then {}\n", channels_view(&shop));
    shop.verified();
    text
}

#[test]
fn every_row_of_what_no_trade_explains_or_others_settle() {
    let told: Vec<String> = table().iter().map(check).collect();
    assert_kept("scenario_unmatched", &told.join("\n"));
}

/// The rows of this part.
pub fn ids() -> Vec<String> {
    table().iter().map(|row| row.id.to_owned()).collect()
}
