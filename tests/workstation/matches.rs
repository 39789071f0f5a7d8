//! Sessions about matches that people decide, and about the takeover from an older system.

use super::desk::SampleDesk;
use super::pictures::{draw, shown};
use super::session::Session;
use crate::support::TRADES;
use storno::app::{Action, Key, Overlay, Press, Screen, ScreenKind};
use storno::domain::takeover::Standing;
use storno::domain::trade::ReconStatus;
use storno::i18n::Lang;

/// Types a text into the prompt and presses Enter.
fn answer(session: &mut Session, text: &str) {
    for c in text.chars() {
        session.act(Action::Press(Press::plain(Key::Char(c))));
    }
    session.keys("Enter");
}

/// Returns the state of a trade on the channel's day that is shown; `None` if it is matched.
fn recon(session: &Session, trade: &str) -> Option<ReconStatus> {
    let Screen::Reconcile(day) = session.state.screen() else { panic!("{:?}", session.state.kind()) };
    let of = |row: &&storno::protocol::reports::ReconRow| {
        row.trade_no.as_ref().is_some_and(|trade_no| trade_no.as_str() == trade)
    };
    day.list.rows.iter().find(of).map(|row| row.recon)
}

#[test]
fn a_trade_is_matched_with_a_line_by_two_people_and_the_match_is_taken_back() {
    let mut session = Session::new();
    session.keys("7 j Enter j");
    assert_eq!(recon(&session, "T0007"), Some(ReconStatus::Short));
    session.keys("m");
    let Screen::Match(screen) = session.state.screen() else { panic!("{:?}", session.state.message) };
    let (trade_no, line) = screen.chosen().unwrap();
    assert_eq!(trade_no.as_str(), "T0007");
    assert_eq!(line.number, "4200000000201809120000000004", "the line without a trade is the only candidate");
    let size = session.state.size;
    let picture = shown(draw(&mut session.state, size).backend().buffer());
    for word in ["T0007", "40.00", "30.00", "SYN20180912W004"] {
        assert!(picture.contains(word), "{word}: {picture}");
    }
    session.keys("m Enter");
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.reason");
    answer(&mut session, "one order");
    assert_eq!(
        session.state.message.as_ref().unwrap().key,
        "said.match_asked",
        "{:?}",
        session.state.overlay
    );
    assert_eq!(recon(&session, "T0007"), Some(ReconStatus::Short), "one of two people decides nothing");
    let waiting = |session: &mut Session| {
        session.keys("1");
        let Screen::Overview(overview) = session.state.screen() else { panic!() };
        let asked = overview.overview.as_ref().unwrap().matches_for_me.clone();
        let size = session.state.size;
        let picture = shown(draw(&mut session.state, size).backend().buffer());
        session.keys("Esc");
        (asked.iter().map(|one| one.trade_no.to_string()).collect::<Vec<_>>(), picture)
    };
    assert!(waiting(&mut session).0.is_empty(), "it does not wait for who asked");
    session.keys(r#": "operator_op2" Enter"#);
    let (asked, picture) = waiting(&mut session);
    assert_eq!(asked, ["T0007"]);
    assert!(picture.contains("T0007  op1 matched it"), "{picture}");
    session.keys("7 j Enter j m m");
    answer(&mut session, "seen");
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.matched");
    assert!(waiting(&mut session).0.is_empty());
    session.keys("7 j Enter j");
    assert_eq!(recon(&session, "T0007"), Some(ReconStatus::AmountDiff));
    session.keys("M");
    answer(&mut session, "two orders after all");
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.match_undo_asked");
    assert_eq!(recon(&session, "T0007"), Some(ReconStatus::AmountDiff), "one of two people ends nothing");
    session.keys(r#": "operator_op1" Enter M"#);
    answer(&mut session, "two orders indeed");
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.match_undone");
    assert_eq!(recon(&session, "T0007"), Some(ReconStatus::Short));
}

#[test]
fn the_trade_of_a_line_is_chosen_among_those_that_differ() {
    let mut session = Session::new();
    session.keys("7 j Enter G m");
    let Screen::Match(screen) = session.state.screen() else { panic!() };
    let day = screen.content.as_ref().unwrap();
    let trades: Vec<&str> = day.rows.iter().map(|row| row.trade_no.as_ref().unwrap().as_str()).collect();
    assert_eq!(
        trades,
        ["T0007", "T0006"],
        "the nearest amount first, and none whose money went the other way"
    );
    session.keys("j M");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.no_trade");
    session.keys("Enter");
    assert_eq!(session.state.kind(), ScreenKind::Trade);
}

#[test]
fn a_match_that_settles_a_finding_leads_back_to_the_list() {
    let mut session = Session::new();
    session.keys(r#"5 / "T0007" Enter Enter m m"#);
    answer(&mut session, "one order");
    assert_eq!(
        session.state.kind(),
        ScreenKind::Finding,
        "it is one until the second person has said the same"
    );
    session.keys(r#": "operator_op2" Enter m m"#);
    answer(&mut session, "seen");
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.matched");
    let Screen::Findings(findings) = session.state.screen() else { panic!("{:?}", session.state.kind()) };
    assert!(findings.list.rows.iter().all(|row| !row.finding.starts_with("short/")));
}

#[test]
fn two_people_end_the_takeover_with_a_reason() {
    let standing = |session: &Session| {
        let Screen::Overview(overview) = session.state.screen() else { panic!() };
        let overview = overview.overview.as_ref().unwrap();
        (overview.standing, overview.takeover_asked.len())
    };
    let mut session = Session::new();
    assert_eq!(standing(&session), (Standing::Beside, 0));
    session.keys(r#": "end-takeover" Enter Enter"#);
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.reason");
    answer(&mut session, "it is off");
    let Some(Overlay::Confirm(confirm)) = &session.state.overlay else { panic!() };
    assert_eq!(confirm.key, "confirm.end_takeover");
    session.keys("Enter");
    assert_eq!(standing(&session), (Standing::Beside, 0), "Enter cancels");
    session.keys(r#": "end-takeover_it_is_off" Enter y"#);
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.takeover_asked");
    assert_eq!(standing(&session), (Standing::Beside, 1));
    session.keys(r#": "operator_op2" Enter : "takeover" Enter"#);
    assert_eq!(session.state.kind(), ScreenKind::Takeover);
    session.keys(r#": "end-takeover_so_it_is" Enter y"#);
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.taken_over", "{:?}", session.state.overlay);
    session.keys("Esc r");
    assert_eq!(standing(&session), (Standing::Books, 0));
    session.keys(r#": "end-takeover" Enter"#);
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.is_the_books");
}

/// A bill of the next day that lists the 40.00 of T0007 under another reference.
const NEXT_DAY: &str = "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time,merchant_no\n\
    WECHAT,2018-09-13,pay,SYN20180913W001,,4200000000201809130000000001,40.00,CNY,0.24,SUCCESS,2018-09-13 00:20:00,\n\
    total,1,40.00,0.00,0.24,end\n";

#[test]
fn the_days_beside_are_chosen_from_and_a_line_without_a_trade_asks_for_one() {
    let mut session = Session::new();
    let path = session.desk.file("next.csv", NEXT_DAY);
    session.keys("7 i");
    answer(&mut session, &path);
    session.keys("t");
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.bill_taken", "{:?}", session.state.overlay);
    session.keys(r#"5 / "T0007" Enter m"#);
    let Screen::Match(screen) = session.state.screen() else { panic!("{:?}", session.state.message) };
    let choices = screen.content.as_ref().unwrap();
    let lines: Vec<&str> = choices.rows.iter().map(|row| row.channel_ref.as_str()).collect();
    assert_eq!(lines, ["SYN20180913W001", "SYN20180912W004"], "the amount of another day is nearer");
    assert_eq!(screen.chosen().unwrap().1.number, "4200000000201809130000000001");

    for keys in [r#"5 / "SYN20180912W004" Enter m"#, r#"5 / "SYN20180912W004" Enter Enter m"#] {
        session.keys(keys);
        let Screen::Match(screen) = session.state.screen() else { panic!("{:?}", session.state.message) };
        let (trade_no, line) = screen.chosen().unwrap();
        assert_eq!((trade_no.as_str(), line.number.as_str()), ("T0007", "4200000000201809120000000004"));
    }
    session.keys("m");
    answer(&mut session, "one order");
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.match_asked");

    // What one person wants is shown wherever the trade or the line is.
    for keys in ["m", "7 j j Enter", "7 j j Enter G", "7 j j Enter m", "7 j j Enter Enter"] {
        session.keys(keys);
        let picture = shown(draw(&mut session.state, (120, 60)).backend().buffer());
        let words = picture.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("one order") && words.contains("a second person says"), "{keys}: {picture}");
    }
}

#[test]
fn a_trade_that_has_its_line_may_be_given_another() {
    let mut session = Session::new();
    session.keys("2 m");
    let Screen::Match(screen) = session.state.screen() else { panic!("{:?}", session.state.message) };
    let choices = screen.content.as_ref().unwrap();
    let target = &choices.target;
    assert_eq!((target.trade_no.as_ref().unwrap().as_str(), target.recon), ("T0001", ReconStatus::Matched));
    let lines: Vec<&str> = choices.rows.iter().map(|row| row.channel_ref.as_str()).collect();
    assert_eq!(lines, ["SYN20180912W004"], "the line that no trade has");
    let picture = shown(draw(&mut session.state, (120, 40)).backend().buffer());
    assert!(picture.contains("paired automatically by"), "{picture}");
}

/// The reason of a difference is told on a narrow terminal too, where long numbers and amounts leave little room.
#[test]
fn a_row_of_reconcile_says_why_on_a_narrow_terminal() {
    let mut desk = SampleDesk::new();
    let (number, money) = ("ORDER-20180910-000000017", "1234.00");
    let row =
        format!("{number},topup,,WECHAT,W17,,{money},CNY,0.00,A,,2018-09-10 09:00:00,FAILED,UNCLEARED\n");
    let bill = format!(
        "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time\n\
         WECHAT,2018-09-10,pay,W17,,N17,{money},CNY,0.00,SUCCESS,2018-09-10 09:00:00\ntotal,1,{money},0.00,0.00,end\n"
    );
    for (name, text) in [("later.csv", format!("{TRADES}{row}")), ("bill.csv", bill)] {
        let path = desk.file(name, &text);
        desk.take(&path);
    }
    let mut session = Session::with(Lang::En, (80, 24), desk);
    session.keys("7");
    let mut picture = String::new();
    for _ in 0..6 {
        session.keys("Enter");
        let size = session.state.size;
        picture = shown(draw(&mut session.state, size).backend().buffer());
        if picture.contains("WECHAT 2018-09-10") {
            break;
        }
        session.keys("Esc j");
    }
    let row = picture.lines().find(|line| line.contains(number)).unwrap_or_else(|| panic!("{picture}"));
    assert!(row.contains("only at channel") && row.contains("ours: failed"), "{picture}");
}
