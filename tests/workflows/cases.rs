//! Cases about several findings, cases without a trade, and findings that another case holds.

use crate::support;
use crate::support::{Shop, TRADES, data, no_statement};

/// The trades of a case in the public view.
fn trades(shop: &Shop, case: &str) -> Option<String> {
    shop.sql().query_row("SELECT trades FROM v_case WHERE case_no = ?1", [case], |row| row.get(0)).unwrap()
}

#[test]
fn one_case_corrects_several_trades_in_the_order_named() {
    let shop = Shop::sample();
    let case = shop.json(&[
        "case",
        "open",
        "--trade",
        "T0008",
        "--trade",
        "T0009",
        "--finding",
        "wrong_amount/T0009/captured",
        "--plan",
    ]);
    assert_eq!(case["case_no"], "C0001");
    let about: Vec<_> =
        case["about"].as_array().unwrap().iter().map(|one| one["finding"].as_str().unwrap()).collect();
    assert_eq!(about, ["posted_twice/T0008/captured", "wrong_amount/T0009/captured"]);
    assert_eq!(case["staged"].as_array().unwrap().len(), 3);
    assert_eq!(trades(&shop, "C0001").unwrap(), "T0008 T0009");
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    let left = shop.findings(&[]);
    assert!(!left.iter().any(|(trade, _)| trade == "T0008" || trade == "T0009"), "{left:?}");
    shop.verified();
}

#[test]
fn a_finding_that_a_case_holds_is_opened_again_only_on_purpose() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0008", "--trade", "T0009"]);
    let refused = shop.run(&["case", "open", "--trade", "T0009", "--plan", "--once"]);
    refused.refused("STORNO-HELD");
    assert!(refused.err.contains("C0001"), "{refused:?}");
    shop.done(&["case", "open", "--trade", "T0009"]);
    for case in ["C0001", "C0002"] {
        shop.done(&["case", "withdraw", case]);
    }
    shop.done(&["case", "open", "--trade", "T0009", "--plan", "--once"]);
}

#[test]
fn a_case_needs_no_trade_but_must_say_what_it_is_for() {
    let shop = Shop::empty();
    shop.run(&["case", "open"]).refused("STORNO-NOTHING");
    let case = shop.json(&["case", "open", "--note", "5,000.00 from an unknown payer at the bank"]);
    assert_eq!((&case["trade_no"], &case["findings"]), (&serde_json::Value::Null, &0.into()));
    assert_eq!(trades(&shop, "C0001"), None);
    shop.done(&["import", "bill", &data("wechat-trade-ALL-20180912.csv")]);
    let found = shop.run(&["findings", "--json"]).parsed();
    let line = &found[0];
    assert_eq!(line["trade_no"], serde_json::Value::Null);
    let case = shop.json(&["case", "open", "--finding", line["finding"].as_str().unwrap()]);
    assert_eq!((&case["finding"], &case["cause"]), (&line["finding"], &line["cause"]));
    let listed = shop.json(&["case", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
}

#[test]
fn findings_of_a_cause_are_staged_at_once_as_one_case_or_one_for_each_trade() {
    for (how, cases) in [("--one", 1), ("--each", 3)] {
        let shop = Shop::empty();
        let time = "2018-09-12 10:00:00";
        let trades = ["T1", "T2", "T3"].map(|trade| support::topup(trade, "12.30", "A", time)).concat();
        shop.done(&["import", "trades", &shop.file("trades.csv", format!("{}{trades}", support::TRADES))]);
        let opened = shop.json(&["case", "open", "--cause", "unposted", "--plan", how]);
        let rows = opened["cases"].as_array().unwrap();
        assert_eq!(rows.len(), cases, "{opened}");
        let staged: i64 = rows.iter().map(|row| row["steps"].as_i64().unwrap()).sum();
        assert_eq!(staged, 3, "{how}");
        let again = shop.run(&["case", "open", "--cause", "unposted", "--plan", how, "--json"]);
        assert_eq!(again.code, 1);
        let skipped = again.parsed()["skipped"].as_array().unwrap().clone();
        assert_eq!(skipped.len(), 3);
        assert!(skipped.iter().all(|left| left["code"] == "STORNO-HELD"), "{skipped:?}");
        for row in rows {
            let case = row["case_no"].as_str().unwrap();
            shop.agreed(case);
            shop.done(&["commit", case]);
        }
        assert_eq!(shop.findings(&[]), [no_statement()]);
        shop.verified();
    }
}

#[test]
fn a_checklist_is_ticked_with_its_evidence_and_whoever_ticks_is_no_second_person() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001", "--plan"]);
    let list = shop.json(&["case", "check", "C0001"]);
    let items: Vec<_> =
        list["checklist"].as_array().unwrap().iter().map(|item| item["item"].as_str().unwrap()).collect();
    assert_eq!(items, ["channel_confirms", "right_party", "wrong_informed", "right_informed"]);
    shop.run(&["case", "check", "C0001", "right_party"]).refused("STORNO-EVIDENCE-REQUIRED");
    shop.run(&["case", "check", "C0001", "no_such"]).refused("STORNO-NOT-FOUND");
    let file = shop.file("ticket.txt", "abc");
    let words = [
        "case",
        "check",
        "C0001",
        "right_party",
        "--note",
        "ticket 881",
        "--file",
        &file,
        "--operator",
        "op2",
    ];
    let tick = &shop.json(&words)["checklist"][1]["ticks"][0];
    assert_eq!(
        (&tick["operator"], &tick["note"], &tick["file"]),
        (&"op2".into(), &"ticket 881".into(), &"ticket.txt".into())
    );
    assert_eq!(tick["fingerprint"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let preview = shop.json(&["preview", "C0001"]);
    let guard =
        preview["guards"].as_array().unwrap().iter().find(|guard| guard["guard"] == "checklist").unwrap();
    assert_eq!(guard["state"], "note", "the default policy advises: {guard}");
    shop.done(&["case", "submit", "C0001"]);
    shop.run(&["case", "check", "C0001", "channel_confirms"]).refused("STORNO-CASE-STATE");
    shop.run(&["case", "approve", "C0001", "--operator", "op2"]).refused("STORNO-FOUR-EYES");
    shop.done(&["case", "approve", "C0001", "--operator", "op3"]);
    shop.done(&["commit", "C0001"]);
}

#[test]
fn a_case_is_handed_over_by_its_maker_who_then_has_no_say_in_it() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001", "--plan"]);
    shop.run(&["case", "hand", "C0001", "--to", "op3", "--operator", "op2"]).refused("STORNO-NOT-YOURS");
    shop.run(&["case", "hand", "C0001", "--to", "OP1"]).refused("STORNO-BAD-VALUE");
    assert_eq!(shop.json(&["case", "hand", "C0001", "--to", "op2"])["maker"], "op2");
    shop.run(&["case", "withdraw", "C0001"]).refused("STORNO-NOT-YOURS");
    shop.done(&["case", "submit", "C0001", "--operator", "op2"]);
    shop.run(&["case", "reject", "C0001", "--reason", "mine"]).refused("STORNO-NOT-YOURS");
    shop.run(&["case", "approve", "C0001"]).refused("STORNO-FOUR-EYES");
    shop.run(&["case", "hand", "C0001", "--to", "op4", "--operator", "op2"]).refused("STORNO-CASE-STATE");
    shop.done(&["case", "approve", "C0001", "--operator", "op3"]);
    shop.done(&["commit", "C0001", "--operator", "op2"]);
    shop.verified();
}

#[test]
fn nothing_is_staged_by_itself_unless_the_policy_lists_it() {
    let shop = Shop::sample();
    let before = shop.views();
    let opened = shop.json(&["case", "auto"]);
    assert_eq!(opened, serde_json::json!({ "cases": [], "skipped": [] }));
    assert_eq!(shop.views(), before);
}

/// If the policy requires it, a case is submitted only with its checklist complete; the causes it lists are
/// staged automatically, but never approved.
#[test]
fn the_policy_gates_by_checklist_and_stages_by_itself() {
    let shop = Shop::sample();
    let policy =
        shop.file("policy.toml", "checklist = \"required\"\nauto_stage = [\"unposted\", \"posted_twice\"]\n");
    shop.done(&["policy", "load", &policy]);
    let staged = shop.run(&["case", "auto", "--json"]).parsed();
    assert_eq!(staged["cases"].as_array().unwrap().len(), 2, "{staged}");
    let states = "SELECT count(*) FROM v_case WHERE state = 'staged'";
    assert_eq!(shop.number(states), 2);
    let again = shop.run(&["case", "auto", "--json"]).parsed();
    assert_eq!((shop.number(states), again["cases"].as_array().map_or(0, Vec::len)), (2, 0), "held: {again}");
    shop.run(&["case", "submit", "C0001"]).refused("STORNO-CHECKLIST");
    let list = shop.json(&["case", "check", "C0001"]);
    let items = list["checklist"].as_array().unwrap().clone();
    for item in items.iter().filter(|item| item["required"] == true) {
        shop.done(&["case", "check", "C0001", item["item"].as_str().unwrap(), "--note", "looked at"]);
    }
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    shop.verified();
}

/// A correction may reverse without posting again on purpose; the submitter is warned about what stays
/// unbooked.
#[test]
fn a_case_that_leaves_an_event_unbooked_says_so() {
    let shop = Shop::sample();
    let case =
        shop.json(&["case", "open", "--trade", "T0001", "--plan"])["case_no"].as_str().unwrap().to_owned();
    let warned = |answer: &serde_json::Value| answer["warnings"].as_array().unwrap().len();
    let guard = |case: &str| {
        let preview = shop.json(&["preview", case]);
        let guards = preview["guards"].as_array().unwrap().iter();
        guards
            .filter(|guard| guard["guard"] == "booked")
            .map(|guard| guard["text"].to_string())
            .collect::<String>()
    };
    assert_eq!((warned(&shop.json(&["case", "show", &case])), guard(&case).as_str()), (0, ""));
    let dropped = shop.json(&["stage", "drop", "2", "--case", &case]);
    assert_eq!(dropped["warnings"], serde_json::json!(["after this, captured of T0001 is not booked"]));
    assert!(guard(&case).contains("T0001"));
    let said = shop.done(&["case", "submit", &case, "--lang", "zh-CN"]);
    assert!(said.contains("提交后 T0001 的"), "{said}");
    // A failed trade is not to be booked, so reversing it leaves nothing unbooked.
    let failed = shop.json(&["case", "open", "--trade", "T0007", "--plan"]);
    assert_eq!(warned(&failed), 0, "{failed}");
}

/// A correction opens no account for a party unknown to every trade: a typo would become a customer.
#[test]
fn a_correction_makes_up_no_customer() {
    let shop = Shop::sample();
    let case = shop.json(&["case", "open", "--trade", "T0001"])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["stage", "reverse", "J00001", "--case", &case]);
    let set = |fact: &str| {
        let words =
            ["stage", "repost", "T0001", "--case", &case, "--set", fact, "--set", "reason=by telephone"];
        shop.run(&words)
    };
    set("customer=").refused("STORNO-BAD-VALUE");
    set("customer=2001.B").refused("STORNO-PARTY-UNKNOWN");
    set("merchant=nobody").refused("STORNO-PARTY-UNKNOWN");
    let lines = |account: &str| {
        let (debit, credit) = ("6711=1.00".to_owned(), format!("{account}=1.00"));
        shop.run(&[
            "stage", "adjust", "T0001", "--aside", "--debit", &debit, "--credit", &credit, "--case", &case,
        ])
    };
    lines("2001.2001.B").refused("STORNO-PARTY-UNKNOWN");
    lines("1191.nobody").refused("STORNO-PARTY-UNKNOWN");
    lines("1191.NOBODY").refused("STORNO-PARTY-UNKNOWN");
    assert_eq!(lines("1191.B").code, 0, "B may come to owe us");
    assert_eq!(set("customer=C").code, 0);
    assert_eq!(
        shop.number("SELECT count(*) FROM v_account WHERE code LIKE '%2001.B' AND code <> '2001.B'"),
        0
    );
}

/// A trade whose merchant is amended stays in its customer's list.
#[test]
fn an_amended_party_takes_the_trade_from_its_own_list_only() {
    let shop = Shop::empty();
    let trades = "T0,pay,,WECHAT,R0,,5.00,CNY,0.00,C,M2,2018-09-12 08:00:00,SUCCESS,UNCLEARED\n\
                  T1,pay,,WECHAT,R1,,100.00,CNY,0.00,C,M1,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n\
                  T2,topup,,WECHAT,R2,,7.00,CNY,0.00,C,,2018-09-12 09:10:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    let case = shop.json(&["case", "open", "--trade", "T1", "--reason", "audit"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    let booked = shop.text("SELECT voucher_no FROM v_voucher WHERE trade_no = 'T1'");
    shop.done(&["stage", "reverse", &booked, "--case", &case]);
    let words = ["stage", "repost", "T1", "--case", &case, "--set", "merchant=M2", "--set", "reason=receipt"];
    shop.done(&words);
    // A customer's view is shown only if the customer's own account moves.
    let lines = ["--aside", "--debit", "6711=1.00", "--credit", "2001.C=1.00", "--case", &case];
    shop.done(&[&["stage", "adjust", "T1"], &lines[..]].concat());
    let preview = shop.json(&["preview", &case]);
    let seen = |account: &str, when: &str| {
        let holders = preview["holders"].as_array().unwrap();
        let holder = holders.iter().find(|holder| holder["account"] == account).unwrap();
        holder[when].as_array().unwrap().iter().map(|no| no.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(seen("2002.M1", "trades_before"), ["T1"]);
    assert_eq!(seen("2002.M1", "trades_after"), [""; 0]);
    assert_eq!(seen("2002.M2", "trades_after"), ["T1", "T0"]);
    assert_eq!(seen("2001.C", "trades_before"), ["T2", "T1", "T0"]);
    assert_eq!(seen("2001.C", "trades_after"), ["T2", "T1", "T0"]);
}

/// The exported clearing state does not outlive the reversal of the clearing.
#[test]
fn a_clearing_that_was_taken_back_is_no_clearing() {
    let shop = Shop::empty();
    let trades = "T1,pay,,WECHAT,R1,,100.00,CNY,0.00,C,M1,2018-09-12 09:00:00,SUCCESS,CLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    shop.done(&["clear"]);
    let states = || {
        let told = shop.json(&["trades"]);
        (
            shop.text("SELECT posting || ' ' || clearing FROM v_trade"),
            told["rows"][0]["clearing_now"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(states(), ("posted cleared".to_owned(), "cleared".to_owned()));
    let clearing = shop.text("SELECT voucher_no FROM v_voucher WHERE event = 'cleared'");
    let case = shop.json(&["case", "open", "--trade", "T1", "--reason", "audit"])["case_no"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.done(&["stage", "reverse", &clearing, "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(states(), ("posted uncleared".to_owned(), "uncleared".to_owned()), "its posting stands");
    shop.verified();
}

/// A reversal in a case makes room for what was booked before the case, not for what the case itself books:
/// once the preview accepted a second posting, which the database then refused at the commit.
#[test]
fn a_reversed_difference_lets_no_event_be_booked_twice() {
    let shop = Shop::empty();
    let trades = "T1,topup,,WECHAT,R1,,100.00,CNY,0.60,A,,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    let open = || {
        let case = shop.json(&["case", "open", "--trade", "T1", "--reason", "audit"]);
        case["case_no"].as_str().unwrap().to_owned()
    };
    let beside = open();
    let lines = ["--debit", "1101.WECHAT=5.00", "--credit", "2001.A=5.00"];
    shop.done(&[&["stage", "adjust", "T1", "--case", &beside][..], &lines].concat());
    shop.agreed(&beside);
    shop.done(&["commit", &beside]);
    let case = open();
    shop.done(&["stage", "reverse", "V00001", "--case", &case]);
    shop.done(&["stage", "repost", "T1", "--case", &case]);
    shop.done(&["stage", "reverse", "V00002", "--case", &case]);
    shop.run(&["stage", "repost", "T1", "--case", &case]).refused("STORNO-ALREADY-POSTED");
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!((shop.balance("2001.A"), shop.findings(&[])), (10000, vec![no_statement()]));
    shop.verified();
}

/// A cause has the same name as a finding and as a case's reason.
#[test]
fn a_cause_and_its_reason_have_one_name() {
    for cause in storno::domain::finding::Cause::ALL {
        let file: toml::Table = cause.file().1.parse().unwrap();
        let [reason] = file["reason"].as_array().unwrap().as_slice() else { panic!("{cause}") };
        assert_eq!(reason["code"].as_str(), Some(cause.as_str()));
        let (short, long) = (&file[&format!("cause.{cause}")], &file[&format!("cause_long.{cause}")]);
        let zh = |word: &toml::Value| word["zh-CN"].as_str().unwrap().to_owned();
        assert!(
            [zh(short), zh(long)].contains(&reason["zh"].as_str().unwrap().to_owned()),
            "{cause}: {reason}"
        );
    }
}

/// What another case did since makes the first step of this one impossible; a new step is still looked at.
#[test]
fn a_step_that_cannot_be_booked_is_refused_behind_one_that_cannot_either() {
    let shop = Shop::sample();
    shop.done(&["case", "open", "--trade", "T0001", "--plan"]);
    shop.done(&["case", "open", "--trade", "T0003", "--reason", "manual"]);
    shop.done(&["stage", "reverse", "J00001", "--case", "C0002"]);
    shop.agreed("C0002");
    shop.done(&["commit", "C0002"]);
    let steps = shop.json(&["case", "show", "C0001"])["steps"].clone();
    shop.run(&["stage", "reverse", "NOPE", "--case", "C0001"]).refused("STORNO-NOT-FOUND");
    assert_eq!(shop.json(&["case", "show", "C0001"])["steps"], steps);
}

/// The customer has spent the money since the case was staged: what is lacking is owed now.
#[test]
fn a_case_whose_way_is_shut_is_staged_anew_on_another_one() {
    let shop = Shop::empty();
    let first = format!("{TRADES}{}", support::topup("T1", "100.00", "A", "2018-09-12 09:00:00"));
    shop.done(&["import", "trades", &shop.file("first.csv", first)]);
    let voucher = |number: &str| {
        format!(
            "{number},1,T1,captured,2018-09-12,1101.WECHAT,debit,100.00,x\n\
             {number},2,T1,captured,2018-09-12,2001.A,credit,100.00,x\n"
        )
    };
    let journal = format!(
        "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n{}{}",
        voucher("J1"),
        voucher("J2")
    );
    shop.done(&["import", "journal", &shop.file("journal.csv", journal)]);
    shop.done(&["case", "open", "--trade", "T1", "--plan"]);
    let steps = |case: &str| {
        let case = shop.json(&["case", "show", case]);
        let steps = case["staged"].as_array().unwrap().clone();
        steps
            .iter()
            .filter(|step| step["dropped"] != true)
            .map(|step| step["kind"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(steps("C0001"), ["reverse"]);
    let spent =
        format!("{TRADES}T2,refund,,WECHAT,R2,R0,150.00,CNY,0.00,A,,2018-09-12 10:00:00,SUCCESS,UNCLEARED\n");
    shop.done(&["import", "trades", &shop.file("spent.csv", spent)]);
    let journal = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n\
                   J3,1,T2,captured,2018-09-12,2001.A,debit,150.00,x\n\
                   J3,2,T2,captured,2018-09-12,1101.WECHAT,credit,150.00,x\n";
    shop.done(&["import", "journal", &shop.file("spent-journal.csv", journal)]);
    shop.done(&["case", "restage", "C0001"]);
    assert_eq!(steps("C0001"), ["adjust", "reverse"]);
    shop.agreed("C0001");
    shop.done(&["commit", "C0001"]);
    let owed = shop.number("SELECT balance_minor FROM v_account WHERE code = '1191.A'");
    assert_eq!((owed, shop.number("SELECT balance_minor FROM v_account WHERE code = '2001.A'")), (5_000, 0));
    shop.verified();
}
