//! Corrections on other charts of accounts: with other codes, and without some of the roles. A plan is
//! accepted by staging and commits, or there is none and it names the role that the chart lacks.

use super::fixture::{NEXT_YEAR, Scene, Then, balances, causes, fill, moved, statement, with_chart};
use super::table::row_of;
use crate::support::place::Place;
use crate::support::{NOW, Shop};
use storno::desk::open::DEFAULT_CHART;

/// The demo chart without the given roles; its accounts stay.
fn without(roles: &[&str]) -> String {
    let mut chart = DEFAULT_CHART.1.to_owned();
    for role in roles {
        let line = format!("role = \"{role}\"\n");
        assert!(chart.contains(&line), "{role}");
        chart = chart.replace(&line, "");
    }
    chart
}

/// The demo chart with other codes for what corrections book on, and no code of a general ledger.
fn other_codes() -> String {
    let mut chart = DEFAULT_CHART.1.to_owned();
    for (code, other) in [("1191", "1400"), ("6901", "3100"), ("1190", "1390"), ("2190", "2290")] {
        let line = |code| format!("code = \"{code}\"\n");
        assert!(chart.contains(&line(code)), "{code}");
        chart = chart.replace(&line(code), &line(other));
    }
    chart
        .lines()
        .filter(|line| !line.starts_with("gl_code"))
        .fold(String::new(), |kept, line| kept + line + "\n")
}

/// The ledger of a row of the scenario table with another chart, its trade, and when it is corrected.
fn scene_with(chart: &str, id: &str) -> (Shop, &'static str, &'static str) {
    let (scene, trade, now) = row_of(id);
    let shop = with_chart(chart);
    fill(&shop, scene);
    (shop, trade, now)
}

/// Corrects a finding from plan to commit; nothing may refuse on the way. Returns the kinds of the steps,
/// and what moved.
fn corrected(shop: &Shop, target: &str, now: &str) -> (Vec<String>, Vec<(String, i64)>) {
    let was = balances(shop);
    let plan = shop.json(&["plan", target, "--now", now]);
    assert!(plan.get("refused").is_none(), "{plan}");
    let kinds: Vec<String> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["kind"].as_str().unwrap().to_owned())
        .collect();
    let about = if target.contains('/') { "--finding" } else { "--trade" };
    let case = shop.json(&["case", "open", about, target, "--plan", "--now", now]);
    let case = case["case_no"].as_str().unwrap();
    let preview = shop.json(&["preview", case, "--now", now]);
    let failed: Vec<_> =
        preview["guards"].as_array().unwrap().iter().filter(|guard| guard["state"] == "fail").collect();
    assert!(failed.iter().all(|guard| guard["guard"] == "approval"), "{failed:?}");
    shop.agreed_at(case, now);
    shop.done(&["commit", case, "--now", now]);
    shop.verified();
    (kinds, moved(&was, &balances(shop)))
}

/// Asserts that nothing is proposed and nothing staged, and that each answer names the role.
fn lacks(shop: &Shop, target: &str, role: &str, now: &str) {
    let plan = shop.json(&["plan", target, "--now", now]);
    assert_eq!(plan["steps"].as_array().unwrap().len(), 0, "{plan}");
    assert_eq!(plan["refused"], "STORNO-ROLE-MISSING", "{plan}");
    assert!(plan["why"].as_str().unwrap().contains(&format!("`{role}`")), "{plan}");
    let about = if target.contains('/') { "--finding" } else { "--trade" };
    let opened = shop.run(&["case", "open", about, target, "--plan", "--now", now]);
    opened.refused("STORNO-ROLE-MISSING");
    assert!(opened.err.contains(&format!("`{role}`")), "{opened:?}");
    assert_eq!(shop.number("SELECT count(*) FROM v_case"), 0, "no case is left behind");
}

fn owned(moves: &[(&str, i64)]) -> Vec<(String, i64)> {
    moves.iter().map(|(code, minor)| ((*code).to_owned(), *minor)).collect()
}

#[test]
fn the_codes_of_a_chart_do_not_matter() {
    let rows: [(&str, &[&str], &[(&str, i64)]); 5] = [
        ("S06b", &["adjust", "reverse", "repost"], &[("1400.B", 7000), ("2001.A", 10000), ("2001.B", -3000)]),
        ("S14", &["status", "park"], &[("1101.WECHAT", -5964), ("1390", 6000), ("6401", -36)]),
        ("S20b", &["adjust", "supplement"], &[("1103.UNIONPAY", -10500), ("1400.M1", 10000), ("6401", 500)]),
        ("S21", &["reverse", "repost"], &[("2001.A", 10000), ("2001.B", -10000)]),
        ("S27", &["park"], &[("1101.WECHAT", 8835), ("2290", 8888), ("6401", 53)]),
    ];
    let chart = other_codes();
    for (id, steps, moves) in rows {
        let (shop, trade, now) = scene_with(&chart, id);
        assert_eq!(corrected(&shop, trade, now), (owned_words(steps), owned(moves)), "{id}");
        if id == "S21" {
            let years = "SELECT count(*) FROM v_entry WHERE account = '3100'";
            assert_eq!(shop.number(years), 2, "the fee of the earlier year, taken back and booked again");
        }
    }
}

fn owned_words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn without_a_receivable_what_is_lacking_waits_in_suspense() {
    let chart = without(&["receivable"]);
    let rows: [(&str, &[&str], &[(&str, i64)]); 2] = [
        ("S06b", &["park", "reverse", "repost"], &[("1190", 7000), ("2001.A", 10000), ("2001.B", -3000)]),
        ("S20b", &["park", "supplement"], &[("1103.UNIONPAY", -10500), ("1190", 10000), ("6401", 500)]),
    ];
    for (id, steps, moves) in rows {
        let (shop, trade, now) = scene_with(&chart, id);
        assert_eq!(corrected(&shop, trade, now), (owned_words(steps), owned(moves)), "{id}");
        assert_eq!(causes(&shop, trade, now), ["suspense_open"], "{id}");
        // Where it belongs is for people to decide; nothing is proposed, and nothing is said to be right.
        let plan = shop.json(&["plan", trade, "--now", now]);
        assert_eq!(plan["steps"].as_array().unwrap().len(), 0, "{plan}");
        assert!(plan["why"].as_str().unwrap().contains("unpark"), "{plan}");
    }
}

#[test]
fn a_plan_that_needs_a_missing_role_names_it_and_has_no_steps() {
    let rows: [(&str, &[&str], &[&str]); 5] = [
        ("S06b", &["receivable", "shortage"], &["receivable", "shortage"]),
        ("S14", &["shortage"], &["shortage"]),
        ("S21", &["prior_year"], &["prior_year"]),
        ("S27", &["overage"], &["overage"]),
        ("S27", &["receivable", "shortage", "overage", "prior_year"], &["overage"]),
    ];
    for (id, roles, named) in rows {
        let (shop, trade, now) = scene_with(&without(roles), id);
        for role in named {
            lacks(&shop, trade, role, now);
        }
    }
    // An event of an earlier year that was never booked, with a fee.
    let (shop, trade, _) = scene_with(&without(&["prior_year"]), "S02");
    lacks(&shop, trade, "prior_year", NEXT_YEAR);
}

#[test]
fn a_merchant_who_cannot_pay_is_overdrawn_if_the_chart_has_no_account_for_it() {
    let (shop, trade, now) = scene_with(&without(&["receivable", "shortage"]), "S20b");
    let why = shop.json(&["plan", trade, "--now", now])["why"].as_str().unwrap().to_owned();
    assert!(why.contains("2002.M1") && why.contains("`receivable` or `shortage`"), "{why}");
    let moves = [("1103.UNIONPAY", -10500), ("2002.M1", -10000), ("6401", 500)];
    assert_eq!(corrected(&shop, trade, now), (owned_words(&["supplement"]), owned(&moves)));
}

#[test]
fn money_at_a_bank_without_a_trade_needs_the_role_of_its_side() {
    for (kind, role, other) in [("pay", "overage", "2290"), ("refund", "shortage", "1390")] {
        let finding = "long/BANK/B1";
        let shop = with_chart(&without(&[role]));
        statement(&shop, "BANK", ("B1", kind, None), 1000);
        lacks(&shop, finding, role, NOW);
        let shop = with_chart(&other_codes());
        statement(&shop, "BANK", ("B1", kind, None), 1000);
        let (steps, moves) = corrected(&shop, finding, NOW);
        assert_eq!(steps, ["park"]);
        assert!(moves.contains(&(other.to_owned(), 1000)), "{moves:?}");
    }
}

#[test]
fn an_account_that_stays_frozen_is_the_reason_why_nothing_is_proposed() {
    let (shop, trade, now) = scene_with(DEFAULT_CHART.1, "S27");
    corrected(&shop, trade, now);
    let plan = shop.json(&["plan", trade]);
    assert_eq!(
        (&plan["refused"], plan["steps"].as_array().unwrap().len()),
        (&"STORNO-ACCOUNT-NOT-ACTIVE".into(), 0)
    );
    assert!(plan["why"].as_str().unwrap().contains("2001.A"), "{plan}");
    shop.run(&["case", "open", "--trade", trade, "--plan"]).refused("STORNO-ACCOUNT-NOT-ACTIVE");
}

#[test]
fn the_hint_of_a_refusal_names_only_accounts_of_the_chart() {
    let hint = |chart: &str| {
        let (shop, trade, now) = scene_with(chart, "S06b");
        let case = shop.json(&["case", "open", "--trade", trade, "--now", now]);
        let stage = ["stage", "reverse", "J1", "--case", case["case_no"].as_str().unwrap(), "--json"];
        let refused = shop.run(&stage);
        refused.refused("STORNO-FLOOR");
        let error: serde_json::Value = serde_json::from_str(&refused.err).unwrap();
        error["error"]["hint"].as_str().unwrap().to_owned()
    };
    let (both, suspense) = (hint(DEFAULT_CHART.1), hint(&without(&["receivable"])));
    assert!(both.contains("1191") && both.contains("1190"), "{both}");
    assert!(!suspense.contains("1191") && suspense.contains("1190"), "{suspense}");
    let neither = hint(&without(&["receivable", "shortage"]));
    assert!(!neither.contains("119"), "{neither}");
}

#[test]
fn a_new_ledger_says_what_its_chart_does_not_allow() {
    let shop = Shop::at(Place::File);
    let init = |name: &str, roles: &[&str]| {
        let chart = shop.file(&format!("{name}.toml"), without(roles));
        shop.done(&["init", &shop.path(name).display().to_string(), "--chart", &chart])
    };
    assert_eq!(init("whole.db", &[]).lines().count(), 1);
    let told = init("poor.db", &["receivable", "prior_year"]);
    let lines: Vec<&str> = told.lines().skip(1).collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].contains("`receivable`") && lines[1].contains("`prior_year`"), "{told}");
}

#[test]
fn a_line_at_a_channel_whose_account_is_no_asset_is_refused_before_the_commit() {
    let bank = "class = \"asset\"\nnormal_side = \"debit\"\nrole = \"bank\"\n";
    assert!(DEFAULT_CHART.1.contains(bank));
    let owed = "class = \"liability\"\nnormal_side = \"credit\"\nrole = \"bank\"\n";
    let shop = with_chart(&DEFAULT_CHART.1.replace(bank, owed));
    statement(&shop, "BANK", ("B1", "pay", None), 1000);
    let plan = shop.json(&["plan", "long/BANK/B1"]);
    assert_eq!((&plan["refused"], plan["steps"].as_array().unwrap().len()), (&"STORNO-BAD-VALUE".into(), 0));
    assert!(plan["why"].as_str().unwrap().contains("1001"), "{plan}");
}

/// Each of two findings can be put right alone, and the account has enough for one of them.
#[test]
fn findings_in_one_case_do_not_spend_the_same_money() {
    let trades = "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T2,topup,,WECHAT,R2,,100.00,CNY,0.00,C,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T3,refund,,WECHAT,R3,R0,90.00,CNY,0.00,B,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
    let journal = "J1,1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                   J1,2,T1,captured,2018-09-12,2001.B,credit,100.00,x\n\
                   J2,1,T2,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
                   J2,2,T2,captured,2018-09-12,2001.B,credit,100.00,x\n\
                   J3,1,T3,captured,2018-09-12,2001.B,debit,90.00,x\n\
                   J3,2,T3,captured,2018-09-12,1101.WECHAT,credit,90.00,x\n";
    let both = ["case", "open", "--trade", "T1", "--trade", "T2", "--plan"];
    for roles in [&[][..], &["receivable"], &["receivable", "shortage"]] {
        let shop = with_chart(&without(roles));
        fill(&shop, Scene::Made { trades, journal, then: Then::Nothing });
        for trade in ["T1", "T2"] {
            assert_eq!(shop.json(&["plan", trade])["steps"].as_array().unwrap().len(), 2);
        }
        if roles.len() == 2 {
            let refused = shop.run(&both);
            refused.refused("STORNO-ROLE-MISSING");
            assert_eq!(shop.number("SELECT count(*) FROM v_case"), 0);
            continue;
        }
        let case = shop.json(&both)["case_no"].as_str().unwrap().to_owned();
        shop.agreed(&case);
        shop.done(&["commit", &case]);
        assert_eq!(shop.balance("2001.B"), 0);
        assert_eq!(shop.balance(if roles.is_empty() { "1191.B" } else { "1190" }), 9000);
        shop.verified();
    }
}
