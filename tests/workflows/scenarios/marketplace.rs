//! The scenario table on a marketplace's ledger (template eu-marketplace): the same mistakes with other kinds of
//! trades, channels, accounts and fees.

use super::fixture::{LATER, Listed, NEXT_YEAR, Scene, Then};
use super::table::{PLAIN, Row, check};
use super::transcript::assert_kept;
use std::fmt::Write;

/// A sale of 100.00: commission 10.00, VAT 1.90, held back 8.81, the channel's fee 1.75.
pub(super) const SALE: &[(&str, &str, &str)] = &[
    ("1200.STRIPE", "debit", "100.00"),
    ("2000.M", "credit", "100.00"),
    ("2000.M", "debit", "8.81"),
    ("2100.M", "credit", "8.81"),
    ("2000.M", "debit", "11.90"),
    ("4000", "credit", "10.00"),
    ("2300", "credit", "1.90"),
    ("6000", "debit", "1.75"),
    ("1200.STRIPE", "credit", "1.75"),
];

/// The same sale with ten times the amount, with a tenth of it, and with twice the fee.
pub(super) const TENFOLD: &[(&str, &str, &str)] = &[
    ("1200.STRIPE", "debit", "1000.00"),
    ("2000.M", "credit", "1000.00"),
    ("2000.M", "debit", "88.10"),
    ("2100.M", "credit", "88.10"),
    ("2000.M", "debit", "119.00"),
    ("4000", "credit", "100.00"),
    ("2300", "credit", "19.00"),
    ("6000", "debit", "1.75"),
    ("1200.STRIPE", "credit", "1.75"),
];
const TENTH: &[(&str, &str, &str)] = &[
    ("1200.STRIPE", "debit", "10.00"),
    ("2000.M", "credit", "10.00"),
    ("2000.M", "debit", "0.88"),
    ("2100.M", "credit", "0.88"),
    ("2000.M", "debit", "1.19"),
    ("4000", "credit", "1.00"),
    ("2300", "credit", "0.19"),
    ("6000", "debit", "1.75"),
    ("1200.STRIPE", "credit", "1.75"),
];
const DOUBLE_FEE: &[(&str, &str, &str)] = &[
    SALE[0],
    SALE[1],
    SALE[2],
    SALE[3],
    ("2000.M", "debit", "23.80"),
    ("4000", "credit", "20.00"),
    ("2300", "credit", "3.80"),
    SALE[7],
    SALE[8],
];

/// Lines of the sale before those of the fees.
const WITHOUT_FEES: usize = 4;

/// Lines of a voucher of the older system; `.M` stands for the merchant's account.
pub(super) fn voucher(
    number: &str,
    (trade, event): (&str, &str),
    merchant: &str,
    lines: &[(&str, &str, &str)],
) -> String {
    let mut text = String::new();
    for (line, (account, side, amount)) in (1..).zip(lines) {
        let account = account.replace(".M", &format!(".{merchant}"));
        writeln!(text, "{number},{line},{trade},{event},2018-09-12,{account},{side},{amount},x").unwrap();
    }
    text
}

/// The voucher of a sale, right.
pub(super) fn sale(number: &str, trade: &str, merchant: &str) -> String {
    voucher(number, (trade, "captured"), merchant, SALE)
}

/// The lines of a sale with debit and credit exchanged.
fn turned() -> Vec<(&'static str, &'static str, &'static str)> {
    let other = |side| if side == "debit" { "credit" } else { "debit" };
    SALE.iter().map(|(account, side, amount)| (*account, other(*side), *amount)).collect()
}

/// The trade of a sale of 100.00 by STRIPE to M2.
pub(super) const T1: &str =
    "T1,sale,,STRIPE,R1,,100.00,EUR,1.75,B,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";

/// An earlier sale of 100.00 to another merchant, and one to the same.
pub(super) const TO_M3: &str =
    "T0,sale,,STRIPE,R0,,100.00,EUR,1.75,B,M3,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n";
pub(super) const TO_M2: &str =
    "T0,sale,,STRIPE,R0,,100.00,EUR,1.75,B,M2,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n";

pub(super) fn made(trades: &[&str], journal: &[String], then: Then) -> Scene {
    listed(trades, journal, then, &[])
}

fn listed(trades: &[&str], journal: &[String], then: Then, listed: &'static [Listed]) -> Scene {
    let [trades, journal] = [trades.concat(), journal.concat()].map(|text| &*text.leak());
    Scene::Of { template: "eu-marketplace", trades, journal, then, listed }
}

const RIGHT: &[(&str, i64)] = &[
    ("1200.STRIPE", 9825),
    ("2000.M2", 7929),
    ("2100.M2", 881),
    ("2300", 190),
    ("4000", 1000),
    ("6000", 175),
];

const TAKEN_BACK: &[(&str, i64)] = &[
    ("1200.STRIPE", -9825),
    ("2000.M2", -7929),
    ("2100.M2", -881),
    ("2300", -190),
    ("4000", -1000),
    ("6000", -175),
];

const UNMATCHED: (&str, &str, &str) = ("succeeded", "posted", "unmatched");
const REPOSTED: (&str, &str, &str) = ("succeeded", "reposted", "unmatched");

/// Sales that were not booked, booked twice, or known to one side only.
fn unposted_or_unmatched() -> Vec<Row> {
    let now = |row: Row, id, scene| Row { id, scene, trade: "T1", ..row };
    let unposted =
        Row { cause: "unposted", plan: &["supplement normal"], moves: RIGHT, after: UNMATCHED, ..PLAIN };
    vec![
        now(unposted.clone(), "S01", made(&[T1], &[], Then::Nothing)),
        Row { now: LATER, ..now(unposted, "S02", made(&[T1], &[], Then::Late)) },
        Row {
            id: "S03",
            scene: listed(
                &[&T1.replace("SUCCESS", "FAILED")],
                &[],
                Then::Nothing,
                &[("pay", "R1", None, 10_000, 175)],
            ),
            trade: "T1",
            cause: "long",
            plan: &["status", "supplement normal"],
            moves: RIGHT,
            trade_level: true,
            ..PLAIN
        },
        Row {
            id: "S04",
            scene: listed(
                &[TO_M3, T1],
                &[sale("J0", "T0", "M3"), sale("J1", "T1", "M2")],
                Then::Nothing,
                &[("pay", "R0", None, 10_000, 175)],
            ),
            trade: "T1",
            cause: "short",
            plan: &["status", "reverse wipe"],
            moves: TAKEN_BACK,
            after: ("failed", "reversed", "matched"),
            trade_level: true,
            ..PLAIN
        },
        Row {
            id: "S05",
            scene: made(&[T1], &[sale("J1", "T1", "M2"), sale("J2", "T1", "M2")], Then::Nothing),
            trade: "T1",
            cause: "posted_twice",
            plan: &["reverse wipe"],
            moves: TAKEN_BACK,
            after: UNMATCHED,
            ..PLAIN
        },
    ]
}

/// Sales on a wrong account, or of a wrong amount.
fn wrongly_booked() -> Vec<Row> {
    let again = Row { trade: "T1", plan: &["reverse wipe", "repost normal"], after: REPOSTED, ..PLAIN };
    vec![
        Row {
            id: "S06",
            scene: made(&[T1], &[sale("J1", "T1", "M3")], Then::Nothing),
            cause: "wrong_account",
            moves: &[("2000.M2", 7929), ("2000.M3", -7929), ("2100.M2", 881), ("2100.M3", -881)],
            ..again.clone()
        },
        Row {
            // M3 has paid out all but 19.29: that is taken, M3 owes the rest, and M2 has its money at once.
            id: "S06b",
            scene: made(
                &[T1, "T2,payout,,SEPA,R2,,60.00,EUR,0.00,,M3,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n"],
                &[
                    sale("J1", "T1", "M3"),
                    voucher(
                        "J2",
                        ("T2", "captured"),
                        "M3",
                        &[("2000.M", "debit", "60.00"), ("2200", "credit", "60.00")],
                    ),
                ],
                Then::Nothing,
            ),
            cause: "wrong_account",
            plan: &["adjust difference", "reverse wipe", "repost normal"],
            moves: &[
                ("1300.M3", 6000),
                ("2000.M2", 7929),
                ("2000.M3", -1929),
                ("2100.M2", 881),
                ("2100.M3", -881),
            ],
            ..again.clone()
        },
        Row {
            id: "S07",
            scene: made(&[T1], &[voucher("J1", ("T1", "captured"), "M2", TENFOLD)], Then::Nothing),
            cause: "wrong_amount",
            moves: &[
                ("1200.STRIPE", -90000),
                ("2000.M2", -71361),
                ("2100.M2", -7929),
                ("2300", -1710),
                ("4000", -9000),
            ],
            ..again.clone()
        },
        Row {
            id: "S08",
            scene: made(&[T1], &[voucher("J1", ("T1", "captured"), "M2", TENTH)], Then::Nothing),
            cause: "wrong_amount",
            moves: &[
                ("1200.STRIPE", 9000),
                ("2000.M2", 7136),
                ("2100.M2", 793),
                ("2300", 171),
                ("4000", 900),
            ],
            ..again.clone()
        },
    ]
}

/// Sales on the wrong side, or wholly in the reserve.
fn turned_or_misplaced() -> Vec<Row> {
    let again = Row { trade: "T1", plan: &["reverse wipe", "repost normal"], after: REPOSTED, ..PLAIN };
    vec![
        Row {
            // An earlier sale leaves the merchant enough for it.
            id: "S09",
            scene: made(
                &[TO_M2, T1],
                &[sale("J0", "T0", "M2"), voucher("J1", ("T1", "captured"), "M2", &turned())],
                Then::Nothing,
            ),
            cause: "wrong_side",
            moves: &[
                ("1200.STRIPE", 19650),
                ("2000.M2", 15858),
                ("2100.M2", 1762),
                ("2300", 380),
                ("4000", 2000),
                ("6000", 350),
            ],
            ..again.clone()
        },
        Row {
            // All of it is in the reserve: the merchant's total does not change.
            id: "S10",
            scene: made(
                &[T1],
                &[voucher(
                    "J1",
                    ("T1", "captured"),
                    "M2",
                    &[("1200.STRIPE", "debit", "100.00"), ("2100.M", "credit", "100.00")],
                )],
                Then::Nothing,
            ),
            cause: "wrong_amount",
            moves: &[
                ("1200.STRIPE", -175),
                ("2000.M2", 7929),
                ("2100.M2", -9119),
                ("2300", 190),
                ("4000", 1000),
                ("6000", 175),
            ],
            ..again
        },
    ]
}

/// Fees that differ, amounts that the channel changed, half postings.
fn fees_and_parts() -> Vec<Row> {
    vec![
        Row {
            id: "S11",
            scene: made(&[T1], &[voucher("J1", ("T1", "captured"), "M2", DOUBLE_FEE)], Then::Nothing),
            trade: "T1",
            cause: "wrong_fee",
            plan: &["adjust difference"],
            moves: &[("2000.M2", 1190), ("2300", -190), ("4000", -1000)],
            after: UNMATCHED,
            ..PLAIN
        },
        Row {
            id: "S12",
            scene: listed(
                &[T1],
                &[sale("J1", "T1", "M2")],
                Then::Nothing,
                &[("pay", "R1", None, 10_000, 180)],
            ),
            trade: "T1",
            cause: "channel_fee_diff",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1200.STRIPE", -5), ("6000", 5)],
            after: ("succeeded", "reposted", "matched"),
            trade_level: true,
            ..PLAIN
        },
        Row {
            // The principal is booked, the fees are not: they are added, and nothing is reversed.
            id: "S24",
            scene: made(
                &[T1],
                &[voucher("J1", ("T1", "captured"), "M2", &SALE[..WITHOUT_FEES])],
                Then::Nothing,
            ),
            trade: "T1",
            cause: "half_posted",
            plan: &["adjust difference"],
            moves: &[("1200.STRIPE", -175), ("2000.M2", -1190), ("2300", 190), ("4000", 1000), ("6000", 175)],
            after: UNMATCHED,
            ..PLAIN
        },
        Row {
            // The trade takes the channel's amount, and commission, VAT and reserve follow.
            id: "S25",
            scene: listed(&[T1], &[sale("J1", "T1", "M2")], Then::Nothing, &[("pay", "R1", None, 9000, 175)]),
            trade: "T1",
            cause: "amount_diff",
            plan: &["reverse wipe", "repost normal"],
            moves: &[
                ("1200.STRIPE", -1000),
                ("2000.M2", -793),
                ("2100.M2", -88),
                ("2300", -19),
                ("4000", -100),
            ],
            after: ("succeeded", "reposted", "matched"),
            trade_level: true,
            ..PLAIN
        },
    ]
}

/// Refunds, returned payouts and disputes.
fn refunds_and_disputes() -> Vec<Row> {
    let refund = "T1,refund,,STRIPE,R1,R0,50.00,EUR,0.00,B,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    let dispute = "T1,chargeback,,STRIPE,R1,R0,40.00,EUR,15.00,B,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    let supplement =
        Row { trade: "T1", cause: "unposted", plan: &["supplement normal"], after: UNMATCHED, ..PLAIN };
    vec![
        Row {
            // The channel paid a refund that we have as failed: it is claimed back from it.
            id: "S14",
            scene: listed(
                &[TO_M2, &refund.replace("SUCCESS", "FAILED")],
                &[sale("J0", "T0", "M2")],
                Then::Nothing,
                &[("pay", "R0", None, 10_000, 175), ("refund", "R1", Some("R0"), 5000, 0)],
            ),
            trade: "T1",
            cause: "long",
            plan: &["status", "supplement normal"],
            moves: &[("1200.STRIPE", -5000), ("2000.M2", -5000)],
            trade_level: true,
            ..PLAIN
        },
        Row {
            id: "S15",
            scene: made(
                &[TO_M2, &refund.replace("SUCCESS", "FAILED")],
                &[
                    sale("J0", "T0", "M2"),
                    voucher(
                        "J1",
                        ("T1", "captured"),
                        "M2",
                        &[("2000.M", "debit", "50.00"), ("1200.STRIPE", "credit", "50.00")],
                    ),
                ],
                Then::Nothing,
            ),
            trade: "T1",
            cause: "posted_not_due",
            plan: &["reverse wipe"],
            moves: &[("1200.STRIPE", 5000), ("2000.M2", 5000)],
            after: ("failed", "reversed", "unmatched"),
            ..PLAIN
        },
        Row {
            id: "S16",
            scene: made(&[TO_M2, refund], &[sale("J0", "T0", "M2")], Then::Nothing),
            moves: &[("1200.STRIPE", -5000), ("2000.M2", -5000)],
            ..supplement.clone()
        },
        Row {
            id: "S17",
            scene: made(
                &["T1,payout_return,,SEPA,R1,R0,30.00,EUR,0.00,,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n"],
                &[],
                Then::Nothing,
            ),
            moves: &[("1000", 3000), ("2000.M2", 3000)],
            ..supplement.clone()
        },
        Row {
            // The merchant pays the sale and the dispute; the channel's fee is our cost.
            id: "S20",
            scene: made(&[TO_M2, dispute], &[sale("J0", "T0", "M2")], Then::Nothing),
            moves: &[("1200.STRIPE", -5500), ("2000.M2", -6000), ("4000", 2000), ("6000", 1500)],
            ..supplement.clone()
        },
        Row {
            // The merchant has nothing, so it owes both.
            id: "S20b",
            scene: made(&[dispute], &[], Then::Nothing),
            plan: &["adjust difference", "supplement normal"],
            moves: &[("1200.STRIPE", -5500), ("1300.M2", 6000), ("4000", 2000), ("6000", 1500)],
            ..supplement
        },
    ]
}

/// A fee that a channel gives back in parts. The shipped description of these channels keeps fees, but the rules
/// book what a trade says was given back.
fn remainders() -> Vec<Row> {
    let refund = |number: u8, fee: &str| {
        format!(
            "T{number},refund,,ADYEN,R{number},R9,30.00,EUR,{fee},B,M2,2018-09-12 09:0{number}:00,SUCCESS,UNCLEARED\n"
        )
    };
    vec![Row {
        // Three refunds of a third each return 0.20, 0.20 and 0.19 of a fee of 0.60; the remainder lowers the cost.
        // Another sale leaves the merchant enough for them.
        id: "S29",
        scene: made(
            &[
                TO_M2,
                "T9,sale,,ADYEN,R9,,90.00,EUR,0.60,B,M2,2018-09-12 08:30:00,SUCCESS,UNCLEARED\n",
                &refund(1, "-0.20"),
                &refund(2, "-0.20"),
                &refund(3, "-0.19"),
            ],
            &[],
            Then::Posted,
        ),
        trade: "T3",
        cause: "refund_fee_rest",
        plan: &["adjust difference"],
        moves: &[("1200.ADYEN", 1), ("6000", -1)],
        after: UNMATCHED,
        ..PLAIN
    }]
}

/// Closed years, settled payouts, frozen accounts and wrong dates.
fn closed_books_and_dates() -> Vec<Row> {
    let payout = "T1,payout,,SEPA,R1,,50.00,EUR,0.00,,M2,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    vec![
        Row {
            // Blue only, and profit and loss goes to the prior-year account.
            id: "S21",
            now: NEXT_YEAR,
            scene: made(&[T1], &[sale("J1", "T1", "M3")], Then::DayClosed),
            trade: "T1",
            cause: "wrong_account",
            plan: &["reverse blue", "repost normal"],
            moves: &[("2000.M2", 7929), ("2000.M3", -7929), ("2100.M2", 881), ("2100.M3", -881)],
            after: REPOSTED,
            ..PLAIN
        },
        Row {
            // The wrong payout was settled already: one merchant's line is moved to the other, the rest stands.
            id: "S23",
            scene: made(
                &[TO_M2, &TO_M3.replace("T0", "T3").replace("R0", "R3"), payout],
                &[
                    sale("J0", "T0", "M2"),
                    sale("J3", "T3", "M3"),
                    voucher(
                        "J1",
                        ("T1", "captured"),
                        "M3",
                        &[("2000.M", "debit", "50.00"), ("2200", "credit", "50.00")],
                    ),
                    voucher(
                        "J2",
                        ("T1", "settled"),
                        "M3",
                        &[("2200", "debit", "50.00"), ("1000", "credit", "50.00")],
                    ),
                ],
                Then::Nothing,
            ),
            trade: "T1",
            cause: "wrong_account",
            plan: &["adjust difference"],
            moves: &[("2000.M2", -5000), ("2000.M3", 5000)],
            after: UNMATCHED,
            ..PLAIN
        },
        Row {
            // The account is frozen, so suspense takes its place.
            id: "S27",
            scene: made(&[TO_M2, T1], &[sale("J0", "T0", "M2")], Then::Frozen("2000.M2")),
            trade: "T1",
            cause: "unposted",
            plan: &["park normal"],
            moves: &[
                ("1200.STRIPE", 9825),
                ("2100.M2", 881),
                ("2290", 7929),
                ("2300", 190),
                ("4000", 1000),
                ("6000", 175),
            ],
            after: ("succeeded", "parked", "unmatched"),
            left: &["suspense_open"],
            ..PLAIN
        },
        Row {
            // Booked the day before it happened, on a day that is closed by now.
            id: "S30",
            now: LATER,
            scene: made(
                &[&T1.replace("2018-09-12", "2018-09-13")],
                &[sale("J1", "T1", "M2")],
                Then::DayClosed,
            ),
            trade: "T1",
            cause: "wrong_date",
            plan: &["reverse red", "repost normal"],
            moves: &[],
            after: REPOSTED,
            ..PLAIN
        },
    ]
}

fn rows() -> Vec<Row> {
    [
        unposted_or_unmatched(),
        wrongly_booked(),
        turned_or_misplaced(),
        fees_and_parts(),
        refunds_and_disputes(),
        remainders(),
        closed_books_and_dates(),
    ]
    .concat()
}

#[test]
fn every_row_of_the_scenario_table_that_a_marketplace_has() {
    let told: Vec<String> = rows().iter().map(check).collect();
    assert_kept("scenario_marketplace", &told.join("\n"));
}

/// Rows of the scenario table that cannot happen in a marketplace, with the reason.
const NOT_HERE: [(&str, &str); 2] = [
    ("S19", "no service window: SEPA orders are taken at any hour, so none waits for a session"),
    ("S19b", "no limit: the calendar lists none for SEPA credit transfers, so none is exceeded"),
];

/// Every scenario has a row, or its own test in `marketplace_walks`, or a reason why it cannot happen.
#[test]
fn the_scenario_table_of_a_marketplace_is_complete() {
    let walks = ["S13", "S18", "S22", "S26", "S28"];
    let rows = rows();
    let mut ids: Vec<&str> = rows.iter().map(|row| row.id).filter(|id| *id != "S20b").chain(walks).collect();
    ids.extend(NOT_HERE.map(|(id, _)| id));
    ids.sort_unstable();
    let mut wanted: Vec<String> =
        (1..=30).map(|n| format!("S{n:02}")).chain(["S06b".to_owned(), "S19b".to_owned()]).collect();
    wanted.sort();
    assert_eq!(ids, wanted);
    let calendar = include_str!("../../../assets/templates/eu-marketplace/calendar.toml");
    assert!(!calendar.contains("[[window]]") && !calendar.contains("[[limit]]"), "as the reasons say");
}
