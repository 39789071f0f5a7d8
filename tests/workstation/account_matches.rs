//! Sessions about an account beside its statements: lines and vouchers matched by hand, statements withdrawn by two.

use super::pictures::{draw, shown};
use super::session::Session;
use storno::app::{Screen, ScreenKind};
use storno::domain::account_by_hand::AccountHandMatch;
use storno::domain::hand_match::HandMatchState;
use storno::domain::statement::BillState;
use storno::protocol::account_matches::ListAccountMatches;
use storno::protocol::account_statements::{AccountStatementRow, ListAccountStatements};
use storno::protocol::answer::Answer;
use storno::protocol::request::Request;

/// A statement of WeChat's account with two payouts: 347.90 is what J00001 and J00002 come to, 7.00 is of nothing.
const STATEMENT: &str =
    "account,holder,currency,from,to,day,time,value_day,amount,balance,kind,words,number,reference,batch,\
counterparty,counterparty_account,text
1900000109,,CNY,2018-09-12,2018-09-12,2018-09-12,,,347.90,347.90,payout,,P1,,,,,
1900000109,,CNY,2018-09-12,2018-09-12,2018-09-12,,,7.00,354.90,other,,P2,,,,,
total,2,354.90,0.00,0.00,354.90,end
";

fn write(session: &mut Session, text: &str) {
    for c in text.chars() {
        let key = storno::app::Key::Char(c);
        session.act(storno::app::Action::Press(storno::app::Press::plain(key)));
    }
}

/// A session in front of the account, its statement imported by keys.
fn session() -> Session {
    let mut session = Session::new();
    let path = session.desk.file("a.csv", STATEMENT);
    session.keys("i");
    write(&mut session, &format!("{path} --account 1101.WECHAT"));
    session.keys("Enter t");
    assert_eq!(said(&session), "said.file_taken");
    session.keys(r#": "account_1101.WECHAT" Enter B"#);
    session
}

fn said(session: &Session) -> String {
    session.state.message.as_ref().map(|message| message.key.clone()).unwrap_or_default()
}

fn picture(session: &mut Session) -> String {
    let size = session.state.size;
    shown(draw(&mut session.state, size).backend().buffer())
}

/// Moves the cursor to the item of that name.
fn go_to(session: &mut Session, name: &str) {
    session.keys("g");
    while session.state.screen().behave().name().as_deref() != Some(name) {
        let at = session.state.screen().behave().cursor().at();
        session.keys("j");
        assert_ne!(session.state.screen().behave().cursor().at(), at, "no {name}: {}", picture(session));
    }
}

fn by_hand(session: &mut Session) -> Vec<AccountHandMatch> {
    let Answer::AccountMatches(found) =
        session.desk.look(Request::AccountMatchList(ListAccountMatches::default()))
    else {
        panic!()
    };
    found
}

fn statements(session: &mut Session) -> Vec<AccountStatementRow> {
    let list = ListAccountStatements { all: true, account: None };
    let Answer::AccountStatements(rows) = session.desk.look(Request::AccountStatements(list)) else {
        panic!()
    };
    rows
}

#[test]
fn marked_lines_and_vouchers_are_matched_by_two_people_and_taken_back_by_two() {
    let mut session = session();
    session.keys("m");
    assert_eq!(said(&session), "why.nothing_marked");
    go_to(&mut session, "1#1");
    session.keys("Space");
    go_to(&mut session, "J00001");
    session.keys("Space");
    let shown = picture(&mut session);
    assert!(shown.contains("theirs 347.90 · ours 99.40 · difference 248.50"), "{shown}");
    go_to(&mut session, "J00002");
    session.keys("Space");
    let shown = picture(&mut session);
    assert!(shown.contains("difference 0.00"), "{shown}");
    session.keys("m Enter");
    session.keys(r#""one_payout" Enter"#);
    assert_eq!(said(&session), "said.account_match_asked");
    let shown = picture(&mut session);
    assert!(
        shown.contains("waiting for a second person: 1") && !shown.contains("difference 0.00"),
        "{shown}"
    );
    let Screen::AccountBeside(screen) = session.state.screen() else { panic!() };
    assert!(screen.links.no_marks());
    session.keys("g m");
    assert_eq!(said(&session), "why.nothing_marked", "one person is not two");
    session.keys(r#": "operator_op2" Enter g m Enter"#);
    assert_eq!(said(&session), "said.account_matched", "{}", picture(&mut session));
    let found = by_hand(&mut session);
    assert_eq!((found.len(), found[0].state), (1, HandMatchState::InForce));
    assert_eq!(found[0].first.as_ref().unwrap().operator.as_str(), "op1");
    let id = found[0].id.to_string();
    go_to(&mut session, &id);
    session.keys(r#"M "was_two_payouts" Enter"#);
    assert_eq!(said(&session), "said.account_unmatch_asked");
    session.keys(r#": "operator_op1" Enter"#);
    go_to(&mut session, &id);
    session.keys(r#"M "was_two_payouts" Enter"#);
    assert_eq!(said(&session), "said.account_unmatched");
    assert!(by_hand(&mut session).is_empty());
}

#[test]
fn a_proposed_set_is_taken_with_one_key_and_its_usual_reason() {
    let mut session = session();
    let Screen::AccountBeside(screen) = session.state.screen() else { panic!() };
    let content = screen.content.as_ref().unwrap();
    assert_eq!(content.proposed.len(), 1, "{content:?}");
    session.keys("G");
    let shown = picture(&mut session);
    assert!(shown.contains("1#1 = J00001 J00002"), "{shown}");
    session.keys("m Enter");
    assert_eq!(said(&session), "said.account_match_asked");
    let found = by_hand(&mut session);
    assert_eq!(
        (found[0].state, found[0].reason.as_str()),
        (HandMatchState::Asked, "the only set of this sum")
    );
}

#[test]
fn sums_that_differ_are_refused_and_the_marks_stay() {
    let mut session = session();
    go_to(&mut session, "1#2");
    session.keys("Space");
    go_to(&mut session, "J00001");
    session.keys(r#"Space m "no" Enter Esc"#);
    let Screen::AccountBeside(screen) = session.state.screen() else { panic!() };
    assert!(!screen.links.no_marks());
    assert!(by_hand(&mut session).is_empty());
    session.keys("Esc");
    let Screen::AccountBeside(screen) = session.state.screen() else { panic!("marks go first") };
    assert!(screen.links.no_marks());
}

#[test]
fn a_statement_of_an_account_is_withdrawn_from_its_list_by_two_if_something_rests_on_it() {
    let mut session = session();
    session.keys("G m Enter");
    session.keys(r#": "operator_op2" Enter g m Enter"#);
    assert_eq!(said(&session), "said.account_matched");
    session.keys("b W");
    assert_eq!(session.state.kind(), ScreenKind::AccountStatements);
    session.keys(r#""of_another_company" Enter"#);
    assert_eq!(said(&session), "said.account_withdrawal_asked");
    assert_eq!(statements(&mut session)[0].state, BillState::Standing);
    let shown = picture(&mut session);
    assert!(shown.contains("op2 proposes") && shown.contains("to withdraw it"), "{shown}");
    session.keys(r#": "operator_op1" Enter Enter"#);
    assert_eq!(session.state.kind(), ScreenKind::AccountStatement);
    session.keys(r#"W "of_another_company" Enter"#);
    assert_eq!(said(&session), "said.bill_withdrawn");
    assert_eq!(statements(&mut session)[0].state, BillState::Withdrawn);
    session.keys("W");
    assert_eq!(said(&session), "why.bill_state");
}

#[test]
fn a_statement_that_something_rests_on_is_replaced_once_two_people_have_imported_the_file() {
    let mut session = session();
    session.keys("G m Enter");
    session.keys(r#": "operator_op2" Enter g m Enter"#);
    let other = STATEMENT
        .replace("7.00,354.90,other", "8.00,355.90,other")
        .replace("354.90,0.00,0.00,354.90", "355.90,0.00,0.00,355.90");
    let path = session.desk.file("b.csv", &other);
    let typed = format!("{path} --account 1101.WECHAT");
    session.keys("i Ctrl-u");
    write(&mut session, &typed);
    session.keys("Enter");
    let shown = picture(&mut session);
    assert!(shown.contains("STORNO-BILL-CONFLICT") && shown.contains("S takes it in place"), "{shown}");
    session.keys(r#"S "the_final_one" Enter"#);
    assert_eq!(said(&session), "said.account_asked", "{}", picture(&mut session));
    assert_eq!(statements(&mut session).len(), 1, "nothing is taken yet");
    session.keys(r#": "operator_op1" Enter i Ctrl-u"#);
    write(&mut session, &typed);
    session.keys(r#"Enter S "the_final_one" Enter"#);
    assert_eq!(said(&session), "said.file_taken", "{}", picture(&mut session));
    let states: Vec<BillState> = statements(&mut session).iter().map(|row| row.state).collect();
    assert!(states.contains(&BillState::Replaced) && states.contains(&BillState::Standing), "{states:?}");
}
