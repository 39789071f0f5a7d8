//! What waits for a cut-off, a window or the clearing: nothing is booked, planned or cleared early.

use super::fixture::{Scene, Then, balances, causes, noted, scene, statement_at};
use super::transcript::{Observed, assert_kept, transcript};
use crate::support::{NOW, Shop, TRADES, no_statement};

/// S13, S19, S19b: nothing is booked, not even by posting, and every state shows it.
#[test]
fn what_waits_is_never_planned_for() {
    let shop = Shop::sample();
    let was = balances(&shop);
    let before = Observed::of(&shop, NOW);
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
        text += &transcript(&shop, &format!("{id} {cause}"), trade, &[], &before, NOW);
    }
    assert_eq!(balances(&shop), was);
    assert_kept("scenario_waiting", &text);
}

/// S13 over the end of a month: the trade's own day decides. Its booking stays in the month in which it
/// happened, the channel's statement of the other month makes no entry, and both months close.
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
    // Our trade in September, the channel's line in October.
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
    // September's statement comes without it: the line of October matches it.
    statement_at(&shop, "WECHAT", ("R0", "pay", None), 100, "2018-09-30T10:00:00");
    assert_eq!(causes(&shop, "T1", october), [""; 0]);
    assert_eq!(shop.text("SELECT posting || ' ' || recon FROM v_trade"), "posted matched");
    shop.verified();
    // The channel's line in September, our trade in October: nothing is booked for September unless it is
    // accrued.
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

/// Posting, clearing, settlement and reconciliation are independent states.
#[test]
fn clearing_is_apart_from_posting() {
    let shop = scene(Scene::Made {
        trades: "T1,pay,,WECHAT,R1,,100.00,CNY,0.60,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                     T2,pay,,WECHAT,R2,,50.00,CNY,0.30,C,M1,2018-09-12 09:10:00,SUCCESS,CLEARED\n\
                     T3,topup,,WECHAT,R3,,10.00,CNY,0.06,C,,2018-09-12 09:20:00,SUCCESS,UNCLEARED\n",
        journal: "",
        then: Then::Nothing,
    });
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
    assert_eq!(shop.findings(&[]), [no_statement()]);
    shop.verified();
}
