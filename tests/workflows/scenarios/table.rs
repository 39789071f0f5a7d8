//! The scenario table, one row a scenario: the mistake, the cause found, the planned steps, and the books afterwards.

use super::fixture::{BILL, LATER, NEXT_YEAR, Scene, Then, balances, causes, moved, scene};
use super::transcript::{Observed, assert_kept, transcript};
use crate::support::{NOW, Shop};

/// One row of the table.
#[derive(Clone)]
pub struct Row {
    pub id: &'static str,
    pub scene: Scene,
    /// When it is corrected.
    pub now: &'static str,
    pub trade: &'static str,
    pub cause: &'static str,
    /// Kind and mode of each planned step.
    pub plan: &'static [&'static str],
    /// Change of balances by the case, on each account's normal side; accounts not named do not move.
    pub moves: &'static [(&'static str, i64)],
    /// The trade afterwards: status, posting, reconciliation.
    pub after: (&'static str, &'static str, &'static str),
    /// Causes of findings about the trade afterwards.
    pub left: &'static [&'static str],
    /// Whether the case changes the trade itself by the channel's evidence.
    pub trade_level: bool,
}

/// Defaults of a row.
pub const PLAIN: Row = Row {
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

/// All rows, in the order of the snapshot.
fn table() -> Vec<Row> {
    [
        unposted_or_unmatched(),
        wrongly_booked(),
        fees_refunds_and_returns(),
        disputes_and_closed_books(),
        parts_rests_and_dates(),
        contradictions(),
        one_payment_twice(),
        discounts(),
        later_lists(),
    ]
    .concat()
}

/// The ledger of a row, for tests that go on from there.
pub fn scene_of(id: &str) -> Shop {
    scene(table().into_iter().find(|row| row.id == id).unwrap().scene)
}

/// What happens in a row, the trade that is corrected, and when, for tests on other charts.
pub fn row_of(id: &str) -> (Scene, &'static str, &'static str) {
    let row = table().into_iter().find(|row| row.id == id).unwrap();
    (row.scene, row.trade, row.now)
}

/// Trades that were not booked, booked twice, or known to one side only.
fn unposted_or_unmatched() -> Vec<Row> {
    vec![
        Row {
            id: "S01",
            trade: "T0003",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1101.WECHAT", 8835), ("2001.A", 8888), ("6401", 53)],
            ..PLAIN
        },
        Row {
            // It arrives after its day was closed: booked today, with the business date of its day.
            id: "S02",
            now: LATER,
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,88.88,CNY,0.53,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                then: Then::Late,
            },
            trade: "T1",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1101.WECHAT", 8835), ("2001.A", 8888), ("6401", 53)],
            after: ("succeeded", "posted", "unmatched"),
            ..PLAIN
        },
        Row {
            id: "S03",
            trade: "T0004",
            cause: "long",
            plan: &["status", "supplement normal"],
            moves: &[("1101.WECHAT", 2982), ("2001.D", 3000), ("6401", 18)],
            trade_level: true,
            ..PLAIN
        },
        Row {
            id: "S04",
            trade: "T0007",
            cause: "short",
            plan: &["status", "reverse wipe"],
            moves: &[("1101.WECHAT", -3976), ("2001.E", -4000), ("6401", -24)],
            after: ("failed", "reversed", "matched"),
            trade_level: true,
            ..PLAIN
        },
        Row {
            id: "S05",
            trade: "T0008",
            cause: "posted_twice",
            plan: &["reverse wipe"],
            moves: &[("1102.ALIPAY", -19880), ("2001.A", -20000), ("6401", -120)],
            ..PLAIN
        },
    ]
}

/// Postings to a wrong account, of a wrong amount, or on the wrong side.
fn wrongly_booked() -> Vec<Row> {
    vec![
        Row {
            id: "S06",
            trade: "T0001",
            cause: "wrong_account",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("2001.A", 10000), ("2001.B", -10000)],
            after: ("succeeded", "reposted", "matched"),
            ..PLAIN
        },
        Row {
            // B has 30.00 left: that is taken, B owes 70.00, and A has its money at once.
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
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "wrong_account",
            plan: &["adjust difference", "reverse wipe", "repost normal"],
            moves: &[("1191.B", 7000), ("2001.A", 10000), ("2001.B", -3000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..PLAIN
        },
        Row {
            id: "S07",
            trade: "T0009",
            cause: "wrong_amount",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1102.ALIPAY", -40950), ("2001.C", -40950)],
            after: ("succeeded", "reposted", "matched"),
            ..PLAIN
        },
        Row {
            id: "S08",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,10.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.A,credit,10.00,x\n",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "wrong_amount",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1101.WECHAT", 9000), ("2001.A", 9000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..PLAIN
        },
        Row {
            id: "S09",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,2001.A,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,1101.WECHAT,credit,100.00,x\n",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "wrong_side",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1101.WECHAT", 20000), ("2001.A", 20000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..PLAIN
        },
        Row {
            // Booked as to be settled instead of available: the merchant's total does not change.
            id: "S10",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2003.A,credit,100.00,x\n",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "wrong_account",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("2001.A", 10000), ("2003.A", -10000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..PLAIN
        },
    ]
}

/// Fees that differ, refunds, and payouts that came back.
fn fees_refunds_and_returns() -> Vec<Row> {
    vec![
        Row {
            id: "S11",
            trade: "T0015",
            cause: "wrong_fee",
            plan: &["adjust difference"],
            moves: &[("2002.M001", 100), ("6001", -100)],
            after: ("succeeded", "posted", "unmatched"),
            ..PLAIN
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
                told: "",
            },
            trade: "T1",
            cause: "channel_fee_diff",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1101.WECHAT", -1), ("6401", 1)],
            after: ("succeeded", "reposted", "matched"),
            trade_level: true,
            ..PLAIN
        },
        Row {
            // The channel paid the refund twice and owes us the second one until it is claimed.
            id: "S14",
            trade: "T0012",
            cause: "long",
            plan: &["status", "park normal"],
            moves: &[("1101.WECHAT", -5964), ("1190", 6000), ("6401", -36)],
            after: ("succeeded", "parked", "matched"),
            left: &["suspense_open"],
            trade_level: true,
            ..PLAIN
        },
        Row {
            id: "S15",
            scene: Scene::Made {
                trades: "T1,refund,,WECHAT,R1,R0,50.00,CNY,0.00,,M1,2018-09-12 09:00:00,FAILED,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,2002.M1,debit,50.00,x\n\
                          J1,2,T1,captured,2018-09-12,1101.WECHAT,credit,50.00,x\n",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "posted_not_due",
            plan: &["reverse wipe"],
            moves: &[("1101.WECHAT", 5000), ("2002.M1", 5000)],
            after: ("failed", "reversed", "unmatched"),
            ..PLAIN
        },
        Row {
            id: "S16",
            scene: Scene::Made {
                trades: "T1,refund,,WECHAT,R1,R0,50.00,CNY,-0.30,,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1101.WECHAT", -4970), ("2002.M1", -5000), ("6401", -30)],
            after: ("succeeded", "posted", "unmatched"),
            ..PLAIN
        },
        Row {
            // A returned payout is a trade with its own rule.
            id: "S17",
            scene: Scene::Made {
                trades: "T1,return,,BANK,R1,R0,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1001", 10000), ("2001.A", 10000)],
            after: ("succeeded", "posted", "unmatched"),
            ..PLAIN
        },
    ]
}

/// Chargebacks, closed years, and postings that were cleared already.
fn disputes_and_closed_books() -> Vec<Row> {
    vec![
        Row {
            // The merchant's balance covers it, and the dispute's fee is cost.
            id: "S20",
            scene: Scene::Made {
                trades: "T0,pay,,UNIONPAY,R0,,200.00,CNY,0.00,C,M1,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                         T1,chargeback,,UNIONPAY,R1,R0,100.00,CNY,5.00,,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J0,1,T0,captured,2018-09-12,1103.UNIONPAY,debit,200.00,x\n\
                          J0,2,T0,captured,2018-09-12,2002.M1,credit,200.00,x\n\
                          J0,3,T0,captured,2018-09-12,2002.M1,debit,0.40,x\n\
                          J0,4,T0,captured,2018-09-12,6001,credit,0.40,x\n",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "unposted",
            plan: &["supplement normal"],
            moves: &[("1103.UNIONPAY", -10500), ("2002.M1", -10000), ("6401", 500)],
            after: ("succeeded", "posted", "unmatched"),
            ..PLAIN
        },
        Row {
            // The merchant's balance is empty, so the merchant owes it.
            id: "S20b",
            scene: Scene::Made {
                trades: "T1,chargeback,,UNIONPAY,R1,R0,100.00,CNY,5.00,,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "unposted",
            plan: &["adjust difference", "supplement normal"],
            moves: &[("1103.UNIONPAY", -10500), ("1191.M1", 10000), ("6401", 500)],
            after: ("succeeded", "posted", "unmatched"),
            ..PLAIN
        },
        Row {
            // Blue only, and profit and loss goes to the prior-year account.
            id: "S21",
            now: NEXT_YEAR,
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.B,credit,100.00,x\n\
                          J1,3,T1,captured,2018-09-12,6401,debit,0.60,x\n\
                          J1,4,T1,captured,2018-09-12,1101.WECHAT,credit,0.60,x\n",
                then: Then::DayClosed,
            },
            trade: "T1",
            cause: "wrong_account",
            plan: &["reverse blue", "repost normal"],
            moves: &[("2001.A", 10000), ("2001.B", -10000)],
            after: ("succeeded", "reposted", "unmatched"),
            ..PLAIN
        },
        Row {
            // The wrong posting was cleared already: reverse the clearing, correct, clear again.
            id: "S23",
            scene: Scene::Made {
                trades: "T1,pay,,WECHAT,R1,,100.00,CNY,0.00,C,M1,2018-09-12 09:00:00,SUCCESS,CLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2002.M2,credit,100.00,x\n\
                          J1,3,T1,captured,2018-09-12,2002.M2,debit,1.00,x\n\
                          J1,4,T1,captured,2018-09-12,6001,credit,1.00,x\n\
                          J2,1,T1,cleared,2018-09-12,2002.M1,debit,99.00,x\n\
                          J2,2,T1,cleared,2018-09-12,2003.M1,credit,99.00,x\n",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "wrong_account",
            plan: &["reverse wipe", "reverse wipe", "repost normal", "repost normal"],
            moves: &[("2002.M1", 9900), ("2002.M2", -9900)],
            after: ("succeeded", "reposted", "unmatched"),
            ..PLAIN
        },
    ]
}

/// Half postings, frozen accounts, amounts the channel changed, remainders and wrong dates.
fn parts_rests_and_dates() -> Vec<Row> {
    vec![
        Row {
            // The customer's side is booked, the fee's is not: it is added, and nothing is reversed.
            id: "S24",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.A,credit,100.00,x\n",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "half_posted",
            plan: &["adjust difference"],
            moves: &[("1101.WECHAT", -60), ("6401", 60)],
            after: ("succeeded", "posted", "unmatched"),
            ..PLAIN
        },
        Row {
            // The account is frozen, so suspense takes its place.
            id: "S27",
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,88.88,CNY,0.53,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                         T0,topup,,WECHAT,R0,,1.00,CNY,0.00,A,,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n",
                journal: "J0,1,T0,captured,2018-09-12,1101.WECHAT,debit,1.00,x\n\
                          J0,2,T0,captured,2018-09-12,2001.A,credit,1.00,x\n",
                then: Then::Frozen("2001.A"),
            },
            trade: "T1",
            cause: "unposted",
            plan: &["park normal"],
            moves: &[("1101.WECHAT", 8835), ("2190", 8888), ("6401", 53)],
            after: ("succeeded", "parked", "unmatched"),
            left: &["suspense_open"],
            ..PLAIN
        },
        Row {
            // The trade takes the channel's amount, and the customer's balance follows.
            id: "S25",
            scene: Scene::Billed {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.A,credit,100.00,x\n\
                          J1,3,T1,captured,2018-09-12,6401,debit,0.60,x\n\
                          J1,4,T1,captured,2018-09-12,1101.WECHAT,credit,0.60,x\n",
                bill: ("R1", "99.00", "0.60"),
                told: "",
            },
            trade: "T1",
            cause: "amount_diff",
            plan: &["reverse wipe", "repost normal"],
            moves: &[("1101.WECHAT", -100), ("2001.A", -100)],
            after: ("succeeded", "reposted", "matched"),
            trade_level: true,
            ..PLAIN
        },
        Row {
            // Three refunds of a third each return 0.20, 0.20 and 0.19 of a fee of 0.60; the remainder
            // lowers the cost.
            id: "S29",
            scene: Scene::Made {
                trades: "T0,pay,,WECHAT,R0,,90.00,CNY,0.60,C,M1,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                         T1,refund,,WECHAT,R1,R0,30.00,CNY,-0.20,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                         T2,refund,,WECHAT,R2,R0,30.00,CNY,-0.20,C,M1,2018-09-12 09:10:00,SUCCESS,UNCLEARED\n\
                         T3,refund,,WECHAT,R3,R0,30.00,CNY,-0.19,C,M1,2018-09-12 09:20:00,SUCCESS,UNCLEARED\n",
                journal: "",
                then: Then::Posted,
            },
            trade: "T3",
            cause: "refund_fee_rest",
            plan: &["adjust difference"],
            moves: &[("1101.WECHAT", 1), ("6401", -1)],
            after: ("succeeded", "posted", "unmatched"),
            ..PLAIN
        },
        Row {
            // Booked the day before it happened, on a day that is closed by now.
            id: "S30",
            now: LATER,
            scene: Scene::Made {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-13 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2001.A,credit,100.00,x\n",
                then: Then::DayClosed,
            },
            trade: "T1",
            cause: "wrong_date",
            plan: &["reverse red", "repost normal"],
            moves: &[],
            after: ("succeeded", "reposted", "unmatched"),
            ..PLAIN
        },
    ]
}

/// Several trades on one payment of the channel.
fn one_payment_twice() -> Vec<Row> {
    vec![Row {
        // Our list has one payment twice, three seconds apart, and the channel took it once.
        id: "S34",
        scene: Scene::Made {
            trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                         T2,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:03,SUCCESS,UNCLEARED\n",
            journal: "",
            then: Then::PostedAndBilled(("R1", "100.00", "0.60")),
        },
        trade: "T2",
        cause: "duplicate",
        plan: &["status", "reverse wipe"],
        moves: &[("1101.WECHAT", -9940), ("2001.A", -10000), ("6401", -60)],
        after: ("failed", "reversed", "matched"),
        trade_level: true,
        ..PLAIN
    }]
}

/// Trades that go back on another and contradict it. Their money has moved, so it waits in suspense, and nobody
/// answers for it; of one that is only too much the excess does.
fn contradictions() -> Vec<Row> {
    vec![
        Row {
            // 30.00 are left of the payment when 70.00 go back once more.
            id: "S31",
            scene: Scene::Made {
                trades: "T0,pay,,WECHAT,R0,,100.00,CNY,0.60,C,M1,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                         T1,refund,,WECHAT,R1,R0,70.00,CNY,-0.42,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                         T2,refund,,WECHAT,R2,R0,70.00,CNY,-0.42,C,M1,2018-09-12 09:10:00,SUCCESS,UNCLEARED\n",
                journal: "",
                then: Then::PostedButRefused,
            },
            trade: "T2",
            cause: "undoes_wrongly",
            plan: &["park normal"],
            moves: &[("1101.WECHAT", -6958), ("1190", 4000), ("2002.M1", -3000), ("6401", -42)],
            after: ("succeeded", "parked", "unmatched"),
            left: &["suspense_open"],
            ..PLAIN
        },
        Row {
            // More money came back of a payout than went out: the rest is nobody's yet.
            id: "S31b",
            scene: Scene::Made {
                trades: "T9,topup,,WECHAT,R9,,90.00,CNY,0.54,A,,2018-09-12 07:00:00,SUCCESS,UNCLEARED\n\
                         T0,payout,payout,BEPS,R0,,5.00,CNY,0.00,A,,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                         T1,return,,BEPS,R1,R0,500.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                then: Then::PostedButRefused,
            },
            trade: "T1",
            cause: "undoes_wrongly",
            plan: &["park normal"],
            moves: &[("1001", 50000), ("2001.A", 500), ("2190", 49500)],
            after: ("succeeded", "parked", "unmatched"),
            left: &["suspense_open"],
            ..PLAIN
        },
        Row {
            // An older system charged another merchant for the refund: M9 gets it back.
            id: "S32",
            scene: Scene::Made {
                trades: "T0,pay,,WECHAT,R0,,50.00,CNY,0.00,C,M1,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                         T1,refund,,WECHAT,R1,R0,50.00,CNY,0.00,C,M9,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,2002.M9,debit,50.00,x\n\
                          J1,2,T1,captured,2018-09-12,1101.WECHAT,credit,50.00,x\n",
                then: Then::Nothing,
            },
            trade: "T1",
            cause: "undoes_wrongly",
            plan: &["reverse wipe", "park normal"],
            moves: &[("1190", 5000), ("2002.M9", 5000)],
            after: ("succeeded", "parked", "unmatched"),
            left: &["suspense_open"],
            ..PLAIN
        },
        Row {
            id: "S33",
            scene: Scene::Made {
                trades: "T0,pay,,WECHAT,R0,,40.00,CNY,0.24,C,M1,2018-09-12 08:00:00,FAILED,UNCLEARED\n\
                         T1,refund,,WECHAT,R1,R0,40.00,CNY,-0.24,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                then: Then::PostedButRefused,
            },
            trade: "T1",
            cause: "undoes_wrongly",
            plan: &["park normal"],
            moves: &[("1101.WECHAT", -3976), ("1190", 4000), ("6401", -24)],
            after: ("succeeded", "parked", "unmatched"),
            left: &["suspense_open"],
            ..PLAIN
        },
    ]
}

/// Orders that the channel does not pay in full, because the merchant bears a discount.
fn discounts() -> Vec<Row> {
    let row = Row {
        trade: "T1",
        cause: "merchant_discount",
        plan: &["reverse wipe", "repost normal"],
        after: ("succeeded", "reposted", "matched"),
        trade_level: true,
        ..PLAIN
    };
    vec![
        Row {
            // The merchant gets 10.00 less, and is charged our fee on 90.00.
            id: "S39",
            scene: Scene::Discounted {
                trades: "T1,pay,,WECHAT,R1,,100.00,CNY,0.54,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                bill: ("R1", "100.00", "90.00", "0.54"),
            },
            moves: &[("1101.WECHAT", -1000), ("2002.M1", -990), ("6001", -10)],
            ..row.clone()
        },
        Row {
            // The customer has topped up 100.00 whoever paid it: the discount is our expense.
            id: "S39b",
            scene: Scene::Discounted {
                trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.54,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                bill: ("R1", "100.00", "90.00", "0.54"),
            },
            moves: &[("1101.WECHAT", -1000), ("6601", 1000)],
            ..row.clone()
        },
        Row {
            // A coupon pays the whole order.
            id: "S39c",
            scene: Scene::Discounted {
                trades: "T1,pay,,WECHAT,R1,,9.90,CNY,0.00,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n",
                journal: "",
                bill: ("R1", "9.90", "0.00", "0.00"),
            },
            moves: &[("1101.WECHAT", -990), ("2002.M1", -980), ("6001", -10)],
            ..row.clone()
        },
        Row {
            // The merchant's share was cleared already: that is taken back before, and booked again after.
            id: "S39d",
            scene: Scene::Discounted {
                trades: "T1,pay,,WECHAT,R1,,100.00,CNY,0.00,C,M1,2018-09-12 09:00:00,SUCCESS,CLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                          J1,2,T1,captured,2018-09-12,2002.M1,credit,100.00,x\n\
                          J1,3,T1,captured,2018-09-12,2002.M1,debit,1.00,x\n\
                          J1,4,T1,captured,2018-09-12,6001,credit,1.00,x\n\
                          J2,1,T1,cleared,2018-09-12,2002.M1,debit,99.00,x\n\
                          J2,2,T1,cleared,2018-09-12,2003.M1,credit,99.00,x\n",
                bill: ("R1", "100.00", "90.00", "0.00"),
            },
            plan: &["reverse wipe", "reverse wipe", "repost normal", "repost normal"],
            moves: &[("1101.WECHAT", -1000), ("2003.M1", -990), ("6001", -10)],
            ..row.clone()
        },
        Row {
            // A coupon pays the whole order, whose share was cleared: nothing is left to be cleared again.
            id: "S39e",
            scene: Scene::Discounted {
                trades: "T1,pay,,WECHAT,R1,,9.90,CNY,0.00,C,M1,2018-09-12 09:00:00,SUCCESS,CLEARED\n",
                journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,9.90,x\n\
                          J1,2,T1,captured,2018-09-12,2002.M1,credit,9.90,x\n\
                          J1,3,T1,captured,2018-09-12,2002.M1,debit,0.10,x\n\
                          J1,4,T1,captured,2018-09-12,6001,credit,0.10,x\n\
                          J2,1,T1,cleared,2018-09-12,2002.M1,debit,9.80,x\n\
                          J2,2,T1,cleared,2018-09-12,2003.M1,credit,9.80,x\n",
                bill: ("R1", "9.90", "0.00", "0.00"),
            },
            plan: &["reverse wipe", "reverse wipe", "repost normal"],
            moves: &[("1101.WECHAT", -990), ("2003.M1", -980), ("6001", -10)],
            ..row
        },
    ]
}

/// Lists that contradict what is known.
fn later_lists() -> Vec<Row> {
    vec![Row {
        // The channel has the first list's amount, so the later one is dismissed.
        id: "S41",
        scene: Scene::Billed {
            trades: "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
            journal: "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                      J1,2,T1,captured,2018-09-12,2001.A,credit,100.00,x\n",
            bill: ("R1", "100.00", "0.00"),
            told: "T1,topup,,WECHAT,R1,,120.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n",
        },
        trade: "T1",
        cause: "facts_differ",
        plan: &["dismiss"],
        ..PLAIN
    }]
}

/// Runs a row and returns its transcript.
pub fn check(row: &Row) -> String {
    let id = row.id;
    let shop = scene(row.scene);
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
    let (seen, was, eye) = (shop.rows(&facts), balances(&shop), Observed::of(&shop, row.now));
    let originals = "SELECT * FROM v_entry WHERE voucher_no LIKE 'J%'";
    let booked = shop.rows(originals);
    let case = shop.json(&["case", "open", "--trade", row.trade, "--plan", "--now", row.now]);
    let case = case["case_no"].as_str().unwrap();
    let preview = shop.json(&["preview", case, "--now", row.now]);
    // A corrected fee or discount concerns the channel, a corrected amount or status the customer too.
    let of_channel = id == "S12" || id.starts_with("S39");
    assert_eq!(preview["customer_view_changed"], row.trade_level && !of_channel, "{id}: {preview}");
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
    assert_eq!(
        written,
        row.plan.iter().filter(|step| !matches!(**step, "status" | "dismiss")).count(),
        "{id}: {receipt}"
    );
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
    let text = transcript(&shop, &format!("{id} {}", row.cause), row.trade, &[case], &eye, row.now);
    shop.verified();
    // Posting by rules does not touch what a case has settled.
    shop.run(&["post", row.trade, "--now", row.now]);
    assert_eq!(
        shop.number("SELECT count(*) FROM v_event WHERE live_vouchers > 1"),
        i64::from(id != "S05" && matches!(row.scene, Scene::Sample)),
        "{id}"
    );
    text
}

#[test]
fn every_row_of_the_scenario_table() {
    assert!(BILL.contains("SYN20180912W001"), "the sample bill is the one the rows speak of");
    let told: Vec<String> = table().iter().map(check).collect();
    assert_kept("scenario_table", &told.join("\n"));
}

/// Every scenario has a row, here or in `unmatched_table.rs`, or its own test: waiting (S13, S19, S19b), or several
/// cases (S18, S22, S26, S28).
#[test]
fn the_table_is_complete() {
    let walks = ["S13", "S18", "S19", "S19b", "S22", "S26", "S28"];
    let here = table().into_iter().map(|row| row.id.to_owned());
    let mut ids: Vec<String> =
        here.chain(super::unmatched_table::ids()).chain(walks.map(str::to_owned)).collect();
    ids.retain(|id| !["S14b", "S20b", "S31b", "S39b", "S39c", "S39d", "S39e"].contains(&id.as_str()));
    ids.sort();
    let numbers = (1..=39).chain(41..=43).chain(50..=53);
    let mut wanted: Vec<String> =
        numbers.map(|n| format!("S{n:02}")).chain(["S06b", "S19b"].map(str::to_owned)).collect();
    wanted.sort();
    assert_eq!(ids, wanted);
}
