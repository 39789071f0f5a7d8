//! What a later trade list contradicts (S41), and payouts of which no news comes (S42), beyond their rows in the
//! tables.

use super::fixture::{LATER, Scene, Then, causes, put_right, scene, statement};
use crate::support::{NOW, Shop, TRADES};

const TOPUP: &str = "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
const PAYOUT: &str = "T0,topup,,WECHAT,R0,,500.00,CNY,0.00,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
    T1,payout,,BEPS,R1,,200.00,CNY,1.00,A,,2018-09-12 10:05:00,PROCESSING,UNCLEARED\n";

fn told(rows: &str) -> Shop {
    let shop = scene(Scene::Made { trades: TOPUP, journal: "", then: Then::Posted });
    shop.done(&["import", "trades", &shop.file("later.csv", format!("{TRADES}{rows}"))]);
    shop
}

#[test]
fn what_a_later_list_claims_is_followed_where_the_channel_proves_it() {
    let shop = told("T1,topup,,WECHAT,R1,,120.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n");
    assert_eq!(shop.balance("2001.A"), 10_000, "a claim changes nothing");
    assert_eq!(causes(&shop, "T1", NOW), ["facts_differ"]);
    let plan = shop.json(&["plan", "facts_differ/T1/amount"]);
    assert!(plan["steps"].as_array().unwrap().is_empty(), "no line of the channel tells: {plan}");
    statement(&shop, "WECHAT", ("R1", "pay", None), 12_000);
    assert_eq!(put_right(&shop, "facts_differ/T1/amount"), ["reverse", "repost"]);
    assert_eq!((shop.balance("2001.A"), causes(&shop, "T1", NOW)), (12_000, Vec::new()));
    shop.verified();
}

#[test]
fn a_success_that_the_next_list_calls_failed_follows_the_statement() {
    let failed = "T1,topup,,WECHAT,R1,,100.00,CNY,0.00,A,,2018-09-12 10:00:00,FAILED,UNCLEARED\n";
    // The channel lists it: it stands. The channel's day is there without it: it never was.
    let stands = told(failed);
    assert_eq!(stands.text("SELECT status FROM v_trade WHERE trade_no = 'T1'"), "succeeded");
    statement(&stands, "WECHAT", ("R1", "pay", None), 10_000);
    assert_eq!(put_right(&stands, "facts_differ/T1/status"), ["dismiss"]);
    assert_eq!((stands.balance("2001.A"), causes(&stands, "T1", NOW)), (10_000, Vec::new()));
    let never = told(failed);
    statement(&never, "WECHAT", ("OTHER", "revoke", Some("OTHER")), 1);
    assert_eq!(put_right(&never, "facts_differ/T1/status"), ["status", "reverse"]);
    assert_eq!((never.balance("2001.A"), causes(&never, "T1", NOW)), (0, Vec::new()));
}

#[test]
fn a_claim_that_nothing_proves_is_dismissed_for_a_reason() {
    let shop = told("T1,topup,,WECHAT,R1,,100.00,CNY,0.00,B,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n");
    let opened = shop.json(&["case", "open", "--finding", "facts_differ/T1/customer"]);
    let case = opened["case_no"].as_str().unwrap();
    shop.run(&["stage", "dismiss", "T1", "customer", "--case", case]).refused("STORNO-REASON-REQUIRED");
    shop.run(&["stage", "dismiss", "T1", "amount", "--case", case]).refused("STORNO-NOT-FOUND");
    shop.done(&["stage", "dismiss", "T1", "customer", "--because", "the list was a draft", "--case", case]);
    shop.agreed(case);
    shop.done(&["commit", case]);
    assert_eq!(causes(&shop, "T1", NOW), [] as [String; 0]);
    assert_eq!(shop.text("SELECT customer FROM v_trade WHERE trade_no = 'T1'"), "A");
    // The same claim again is known; another one is not.
    for (customer, contradicting) in [("B", 0), ("C", 1)] {
        let row = TOPUP.replace(",A,", &format!(",{customer},"));
        let more = "T9,topup,,WECHAT,R9,,1.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
        let list =
            shop.file("again.csv", format!("{TRADES}{row}{}", more.replace("T9", &format!("T9{customer}"))));
        assert_eq!(shop.json(&["import", "trades", &list])["contradicting"], contradicting, "{customer}");
    }
    assert_eq!(causes(&shop, "T1", NOW), ["facts_differ"]);
    shop.verified();
}

#[test]
fn what_no_line_tells_follows_the_later_list_by_a_case() {
    // No statement tells the customer. An unknown one may be a typing error.
    let of = |customer: &str| TOPUP.replace(",A,", &format!(",{customer},"));
    let shop = told(&of("B"));
    assert_eq!(shop.json(&["plan", "facts_differ/T1/customer"])["steps"], serde_json::json!([]));
    let known = "T2,topup,,WECHAT,R2,,5.00,CNY,0.00,B,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("b.csv", format!("{TRADES}{known}"))]);
    shop.done(&["post"]);
    assert_eq!(put_right(&shop, "facts_differ/T1/customer"), ["reverse", "repost"]);
    assert_eq!((shop.balance("2001.A"), shop.balance("2001.B")), (0, 10_500));
    assert_eq!(causes(&shop, "T1", NOW), [] as [String; 0]);
    let reason = shop.text("SELECT reason FROM amendment");
    assert!(reason.contains("later.csv"), "{reason}");
    shop.verified();
}

#[test]
fn of_a_channel_without_statements_the_later_list_is_followed_unless_somebody_would_have_more() {
    let paid = PAYOUT.replace("PROCESSING", "SUCCESS");
    let listed = |change: &dyn Fn(&str) -> String| {
        let trades: &'static str = Box::leak(paid.clone().into_boxed_str());
        let shop = scene(Scene::Made { trades, journal: "", then: Then::Posted });
        let row = change(paid.lines().nth(1).unwrap());
        shop.done(&["import", "trades", &shop.file("later.csv", format!("{TRADES}{row}\n"))]);
        shop
    };
    let higher = listed(&|row| row.replace("200.00", "220.00"));
    assert_eq!(put_right(&higher, "facts_differ/T1/amount"), ["reverse", "repost"]);
    assert_eq!((higher.balance("2001.A"), causes(&higher, "T1", NOW)), (50_000 - 22_100, Vec::new()));
    let lower = listed(&|row| row.replace("200.00", "180.00"));
    let plan = lower.json(&["plan", "facts_differ/T1/amount"]);
    assert!(plan["steps"].as_array().unwrap().is_empty(), "the customer would have more: {plan}");
    // A status takes the policy's consent; the list is the file that proves it.
    let failed = listed(&|row| row.replace("SUCCESS", "FAILED"));
    assert_eq!(failed.json(&["plan", "facts_differ/T1/status"])["steps"], serde_json::json!([]));
    let policy = "[evidence]\nstatus_by_file = true\n";
    failed.done(&["policy", "load", &failed.file("policy.toml", policy)]);
    assert_eq!(put_right(&failed, "facts_differ/T1/status"), ["status", "reverse"]);
    assert_eq!((failed.balance("2001.A"), causes(&failed, "T1", NOW)), (50_000, Vec::new()));
    failed.verified();
}

#[test]
fn what_a_list_says_of_a_trade_that_never_was_is_nobodys_concern() {
    let failed = TOPUP.replace("SUCCESS", "FAILED");
    let trades: &'static str = Box::leak(failed.clone().into_boxed_str());
    let shop = scene(Scene::Made { trades, journal: "", then: Then::Posted });
    let other = failed.replace("100.00", "120.00").replace("10:00:00", "11:00:00");
    shop.done(&["import", "trades", &shop.file("later.csv", format!("{TRADES}{other}"))]);
    assert_eq!(causes(&shop, "T1", NOW), [] as [String; 0]);
    // Of one that stands there is something to say: no step changes its time.
    let stands = told(&TOPUP.replace("10:00:00", "11:00:00"));
    let plan = stands.json(&["plan", "facts_differ/T1/occurred_at"]);
    let why = plan["why"].as_str().unwrap();
    assert!(why.contains("stage record") && why.contains("stage dismiss TRADE occurred_at"), "{why}");
}

/// What the channel's line tells of time and way of the money ends a claim; what it cannot tell says how to go on.
#[test]
fn a_line_of_the_channel_bears_out_what_is_known_against_a_list() {
    for (from, to, fact) in [("10:00:00", "11:00:00", "occurred_at"), (",topup,", ",payout,", "kind")] {
        let shop = told(&TOPUP.replace(from, to));
        statement(&shop, "WECHAT", ("R1", "pay", None), 10_000);
        assert_eq!(causes(&shop, "T1", NOW), ["facts_differ"], "{fact}");
        assert_eq!(put_right(&shop, &format!("facts_differ/T1/{fact}")), ["dismiss"]);
        assert_eq!(causes(&shop, "T1", NOW), [] as [String; 0]);
    }
    let other = told(&TOPUP.replace("R1", "R9"));
    let plan = other.json(&["plan", "facts_differ/T1/channel_ref"]);
    assert!(plan["why"].as_str().unwrap().contains("--line WECHAT:R9"), "{plan}");
}

#[test]
fn a_payout_without_news_is_found_once_its_session_and_the_grace_are_over() {
    let shop = scene(Scene::Made { trades: PAYOUT, journal: "", then: Then::Posted });
    assert_eq!(causes(&shop, "T1", NOW), [] as [String; 0]);
    assert_eq!(causes(&shop, "T1", LATER), ["payout_overdue"]);
    let plan = shop.json(&["plan", "payout_overdue/T1/captured", "--now", LATER]);
    assert!(plan["steps"].as_array().unwrap().is_empty(), "{plan}");
    // A lost answer is no news, and takes nothing back that is booked.
    let lost = PAYOUT.lines().nth(1).unwrap().replace("PROCESSING", "UNKNOWN");
    let list = shop.file("lost.csv", format!("{TRADES}{lost}\n"));
    assert_eq!(shop.json(&["import", "trades", &list])["already"], 1);
    assert_eq!(causes(&shop, "T1", LATER), ["payout_overdue"]);
    // News ends it: the list of that day, or a case over a file where the policy allows that.
    let failed = PAYOUT.lines().nth(1).unwrap().replace("PROCESSING", "FAILED");
    let list = shop.file("news.csv", format!("{TRADES}{failed}\n"));
    assert_eq!(shop.json(&["import", "trades", &list])["moved_on"], 1);
    assert_eq!(causes(&shop, "T1", LATER), ["posted_not_due"]);
    let case = shop.json(&["case", "open", "--trade", "T1", "--plan", "--now", LATER]);
    let case = case["case_no"].as_str().unwrap();
    shop.agreed_at(case, LATER);
    shop.done(&["commit", case, "--now", LATER]);
    assert_eq!((shop.balance("2001.A"), causes(&shop, "T1", LATER)), (50_000, Vec::new()));
}

#[test]
fn a_file_proves_a_status_where_the_policy_allows_it_and_within_the_limit() {
    let shop = scene(Scene::Made { trades: PAYOUT, journal: "", then: Then::Posted });
    let letter = shop.file("letter.pdf", "the bank's letter");
    let opened = shop.json(&["case", "open", "--trade", "T1", "--now", LATER]);
    let case = opened["case_no"].as_str().unwrap();
    let proof = ["stage", "status", "T1", "succeeded", "--proof", &letter, "--case", case, "--now", LATER];
    let noted = [&proof[..], &["--because", "it arrived on the 13th"]].concat();
    shop.run(&noted).refused("STORNO-NO-EVIDENCE");
    let policy = "approval_limit = \"100.00\"\n[evidence]\nstatus_by_file = true\n[[approver]]\nrole = \"head\"\n\
                  operators = [\"op3\"]\nlimit = \"1000.00\"\n";
    shop.done(&["policy", "load", &shop.file("policy.toml", policy)]);
    shop.run(&proof).refused("STORNO-NO-EVIDENCE");
    let empty = shop.file("empty.pdf", "");
    let nothing: Vec<&str> =
        noted.iter().map(|word| if *word == letter { empty.as_str() } else { word }).collect();
    let refused = shop.run(&nothing);
    assert!(refused.refused("STORNO-BAD-FILE").err.contains("empty.pdf"), "{refused:?}");
    let staged = shop.json(&noted);
    shop.run(&noted).refused("STORNO-NOTHING");
    let why = staged["staged"][0]["why"].as_str().unwrap();
    assert!(why.contains("letter.pdf") && why.contains("it arrived"), "{why}");
    let body = shop.text("SELECT body FROM case_step");
    assert!(body.contains(&storno::domain::chain::fingerprint(b"the bank's letter")), "{body}");
    shop.done(&["case", "submit", case, "--now", LATER]);
    shop.run(&["case", "approve", case, "--operator", "op2", "--now", LATER])
        .refused("STORNO-APPROVAL-LIMIT");
    shop.done(&["case", "approve", case, "--operator", "op3", "--now", LATER]);
    shop.done(&["commit", case, "--now", LATER]);
    assert_eq!(shop.text("SELECT status FROM v_trade WHERE trade_no = 'T1'"), "succeeded");
    assert_eq!(causes(&shop, "T1", LATER), [] as [String; 0]);
}
