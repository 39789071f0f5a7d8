//! Sessions about statements of channels: imported, taken in place of another, withdrawn.

use super::pictures::{draw, shown};
use super::session::Session;
use crate::support::data;
use storno::app::screens::imports::differences;
use storno::app::{Overlay, Screen, ScreenKind};
use storno::domain::statement::BillState;
use storno::protocol::answer::Answer;
use storno::protocol::bills::{BillRow, ListBills};
use storno::protocol::request::Request;

/// Returns the text of the sample's bill of WeChat Pay, the first number of a line changed to another.
fn other_bill() -> String {
    let text = std::fs::read_to_string(data("wechat-trade-ALL-20180912.csv")).unwrap();
    text.replacen("4200000000201809120000000001", "4200000000201809120000000009", 1)
}

/// Types a text into the prompt and presses Enter.
fn answer(session: &mut Session, text: &str) {
    for c in text.chars() {
        let key = storno::app::Key::Char(c);
        session.act(storno::app::Action::Press(storno::app::Press::plain(key)));
    }
    session.keys("Enter");
}

fn picture(session: &mut Session) -> String {
    let size = session.state.size;
    shown(draw(&mut session.state, size).backend().buffer())
}

fn bills(session: &mut Session) -> Vec<BillRow> {
    let list = ListBills { all: true, channel: "WECHAT".parse().ok(), day: "2018-09-12".parse().ok() };
    let Answer::Bills(bills) = session.desk.look(Request::Bills(list)) else { panic!() };
    bills
}

fn states(session: &mut Session) -> Vec<BillState> {
    bills(session).iter().map(|bill| bill.state).collect()
}

#[test]
fn a_bill_that_differs_shows_how_and_takes_the_place_of_the_older_one_with_a_reason() {
    let mut session = Session::new();
    let path = session.desk.file("other.csv", &other_bill());
    session.keys("7 i");
    assert!(matches!(session.state.overlay, Some(Overlay::Prompt(_))));
    answer(&mut session, &path);
    let Screen::Import(screen) = session.state.screen() else { panic!("{:?}", session.state.kind()) };
    let Some(Err(refusal)) = &screen.found else { panic!("{:?}", screen.found) };
    let found = differences(refusal).unwrap();
    assert_eq!((found.added, found.gone, found.changed), (1, 1, 0));
    let picture = picture(&mut session);
    for word in ["4200000000201809120000000009", "added", "gone", "S takes it in place"] {
        assert!(picture.contains(word), "{word}: {picture}");
    }
    assert_eq!(states(&mut session), [BillState::Standing], "nothing is imported yet");
    session.keys("t");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.file_refused");
    session.keys("S Enter");
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.reason");
    answer(&mut session, "the final one");
    assert_eq!(session.state.kind(), ScreenKind::ChannelDays);
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.bill_taken");
    assert_eq!(states(&mut session), [BillState::Replaced, BillState::Standing]);
    session.keys("i");
    answer(&mut session, &path[path.rfind('/').unwrap() + 1..]);
    session.keys("t");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.file_known", "the same file is harmless");
}

#[test]
fn a_statement_is_withdrawn_with_a_reason_and_stays_listed() {
    let mut session = Session::new();
    session.keys("7 j b");
    let Screen::Bills(screen) = session.state.screen() else { panic!() };
    let at = screen.of.channel;
    assert_eq!(screen.list.rows.len(), 1);
    session.keys("W Enter");
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.reason");
    answer(&mut session, "of another company");
    let Screen::Bills(screen) = session.state.screen() else { panic!() };
    let bill = &screen.list.rows[0];
    assert_eq!((bill.state, screen.of.channel), (BillState::Withdrawn, at));
    assert_eq!(bill.changed.as_ref().unwrap().reason, "of another company");
    session.keys("W");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.bill_state");
    session.keys("Enter");
    assert!(picture(&mut session).contains("of another company"));
}

#[test]
fn where_a_case_rests_on_a_statement_two_people_decide_by_a_case() {
    let mut session = Session::new();
    // T0007 is failed because the statement of its day does not list it.
    session.keys(r#"5 / "T0007" Enter Enter s Enter S : "operator_op2" Enter A y C y"#);
    assert_eq!(session.state.kind(), ScreenKind::Receipt, "{:?}", session.state.overlay);
    let channel = session.desk.file("other.csv", &other_bill());
    session.keys(r#": "operator_op1" Enter 7 i"#);
    answer(&mut session, &channel);
    let shown = picture(&mut session);
    assert!(shown.contains("C0001") && shown.contains("Two people"), "{shown}");
    session.keys("S");
    answer(&mut session, "the final one");
    let Some(Overlay::Confirm(confirm)) = &session.state.overlay else { panic!() };
    assert_eq!(confirm.key, "confirm.bill_held");
    assert!(confirm.facts[0].args.contains(&("cases".to_owned(), "C0001".to_owned())), "{confirm:?}");
    assert_eq!(states(&mut session), [BillState::Standing, BillState::Held]);
    session.keys("y");
    let Screen::Case(case) = session.state.screen() else { panic!("{:?}", session.state.overlay) };
    assert_eq!(case.step_count(), 1);
    let case = session.desk.cases().pop().unwrap();
    assert!(case.staged[0].why.contains("C0001"), "{:?}", case.staged);
    // The other way: what stands cannot be withdrawn alone.
    session.keys("7");
    let days = match session.state.screen() {
        Screen::ChannelDays(days) => days.list.rows.iter().position(|day| day.channel.as_str() == "WECHAT"),
        _ => None,
    };
    for _ in 0..days.unwrap() {
        session.keys("j");
    }
    session.keys("b W");
    answer(&mut session, "of another company");
    let Some(Overlay::Confirm(confirm)) = &session.state.overlay else { panic!() };
    assert_eq!(confirm.key, "confirm.bill_withdraw");
    session.keys("Esc");
    assert_eq!(states(&mut session), [BillState::Standing, BillState::Held], "nothing is withdrawn");
}
