//! Sessions about files: completed paths, the dry run, taking, what is refused.

use super::pictures::{draw, shown};
use super::session::Session;
use crate::support::{TRADES, data, topup};
use storno::app::{Overlay, Screen, ScreenKind};
use storno::protocol::account_statements::ListAccountStatements;
use storno::protocol::answer::Answer;
use storno::protocol::page::Page;
use storno::protocol::request::Request;
use storno::protocol::trades::{ListTrades, TradeFilter};

/// Types a text into the prompt.
fn write(session: &mut Session, text: &str) {
    for c in text.chars() {
        let key = storno::app::Key::Char(c);
        session.act(storno::app::Action::Press(storno::app::Press::plain(key)));
    }
}

fn picture(session: &mut Session) -> String {
    let size = session.state.size;
    shown(draw(&mut session.state, size).backend().buffer())
}

fn line(session: &Session) -> String {
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    prompt.input.value().to_owned()
}

fn said(session: &Session) -> String {
    session.state.message.as_ref().map(|message| message.key.clone()).unwrap_or_default()
}

fn trades(session: &mut Session) -> usize {
    let list = ListTrades { filter: TradeFilter::default(), page: Page::first() };
    let Answer::Trades(rows) = session.desk.look(Request::Trades(list)) else { panic!() };
    rows.rows.len()
}

#[test]
fn a_list_of_trades_is_shown_before_it_is_taken_and_taken_only_after_a_question() {
    let mut session = Session::new();
    let one = topup("N0001", "12.50", "A", "2018-09-12 10:00:00");
    let path = session.desk.file("new trades.csv", &format!("{TRADES}{one}"));
    let before = trades(&mut session);
    session.keys("i");
    write(&mut session, &path);
    session.keys("Enter");
    let Screen::Import(screen) = session.state.screen() else { panic!("{:?}", session.state.overlay) };
    let answer = screen.found.as_ref().unwrap().as_ref().unwrap();
    assert_eq!((answer.rows, answer.added, answer.dry_run), (1, 1, true));
    assert_eq!(answer.days, Some(("2018-09-12".parse().unwrap(), "2018-09-12".parse().unwrap())));
    assert_eq!((answer.sums[0].kind.as_str(), answer.sums[0].amount_minor), ("topup", 1250));
    let shown = picture(&mut session);
    assert!(shown.contains("12.50") && shown.contains("t takes it"), "{shown}");
    assert_eq!(trades(&mut session), before, "looking takes nothing");
    session.keys("t Enter");
    assert_eq!(trades(&mut session), before, "Enter never says yes");
    session.keys("t y");
    assert_eq!((session.state.kind(), said(&session).as_str()), (ScreenKind::Overview, "said.file_taken"));
    assert_eq!(trades(&mut session), before + 1);
    session.keys("i");
    assert_eq!(line(&session), path[..=path.rfind('/').unwrap()], "the folder is remembered");
    write(&mut session, "new");
    session.keys("Tab");
    assert_eq!(line(&session), path, "Tab completes");
    session.keys("Enter t");
    assert_eq!(said(&session), "why.file_known");
}

#[test]
fn every_bad_row_is_listed_with_its_place_and_the_list_scrolls() {
    let mut session = Session::new();
    let mut text = TRADES.to_owned();
    for number in 0..40 {
        text.push_str(&topup(&format!("N{number:04}"), "1.005", "A", "2018-09-12 10:00:00"));
    }
    let path = session.desk.file("bad.csv", &text);
    session.keys("i");
    write(&mut session, &path);
    session.keys("Enter");
    let first = picture(&mut session);
    assert!(first.contains("Bad rows: 40") && first.contains("line 2, column 7 amount"), "{first}");
    assert!(!first.contains("line 41"), "{first}");
    session.keys("PageDown");
    picture(&mut session);
    session.keys("PageDown PageDown");
    let later = picture(&mut session);
    assert!(later != first && later.contains("column 7 amount"), "{later}");
    session.keys("t");
    assert_eq!(said(&session), "why.file_refused");
}

#[test]
fn a_table_of_a_bank_is_read_by_a_profile_that_is_chosen_and_belongs_to_the_account_that_is_told() {
    let mut session = Session::new();
    session.keys("i");
    write(&mut session, &data("profiles/icbc-account.csv"));
    session.keys("Enter");
    let Screen::Import(screen) = session.state.screen() else { panic!() };
    assert!(screen.found.as_ref().unwrap().is_err(), "no reader of ours knows it");
    let shown = picture(&mut session);
    assert!(shown.contains("is read by a profile"), "{shown}");
    session.keys("o");
    write(&mut session, "--prof");
    session.keys("Tab");
    assert!(line(&session).ends_with("icbc-account.csv --profile "), "{}", line(&session));
    write(&mut session, "icbc");
    session.keys("Tab Tab");
    assert!(line(&session).ends_with(" --profile icbc-account"), "{}", line(&session));
    session.keys("Down");
    assert!(line(&session).ends_with(" --profile icbc-account"), "{}", line(&session));
    write(&mut session, " --acc");
    session.keys("Tab");
    write(&mut session, "1001");
    session.keys("Enter");
    let Screen::Import(screen) = session.state.screen() else { panic!() };
    assert_eq!(screen.file.profile.as_deref(), Some("icbc-account"));
    let shown = picture(&mut session);
    let answer = screen_answer(&session);
    assert!(answer.is_ok(), "{shown}");
    session.keys("t");
    assert_eq!((said(&session).as_str(), session.state.kind()), ("said.file_taken", ScreenKind::Overview));
    let list = ListAccountStatements { all: true, account: "1001".parse().ok() };
    let Answer::AccountStatements(rows) = session.desk.look(Request::AccountStatements(list)) else {
        panic!()
    };
    assert!(!rows.is_empty());
}

fn screen_answer(session: &Session) -> Result<(), String> {
    let Screen::Import(screen) = session.state.screen() else { return Err("no import".to_owned()) };
    match screen.found.as_ref() {
        Some(Ok(_)) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn what_is_said_of_another_kind_of_file_is_refused_and_a_file_that_is_not_there_too() {
    let mut session = Session::new();
    for (typed, words) in [
        (format!("{} --account 1001", data("wechat-trade-ALL-20180912.csv")), "of accounts only"),
        (format!("{} --until 18:00", data("wechat-fundflow-20180912.csv")), "bills only"),
        ("nowhere.csv".to_owned(), "nowhere.csv"),
    ] {
        session.keys("1 i Ctrl-u");
        write(&mut session, &typed);
        session.keys("Enter");
        let shown = picture(&mut session).replace('\n', " ");
        assert!(shown.contains(words), "{typed}: {shown}");
        assert!(screen_answer(&session).is_err());
    }
    session.keys("i Ctrl-u");
    write(&mut session, "tests/data/");
    session.keys("Enter");
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.folder");
    session.keys("Ctrl-u");
    write(&mut session, "a.csv --force yes");
    session.keys("Enter");
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.import");
}
