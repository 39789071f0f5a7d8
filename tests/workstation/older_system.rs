//! Sessions about an older system's journals: its vouchers accepted by name, and a journal taken through a case.

use super::session::Session;
use storno::app::{Action, Key, Overlay, Press, Screen, ScreenKind};
use storno::domain::case::CaseState;

/// A journal of one voucher that names no trade.
const JOURNAL: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n\
    J90001,1,,,2018-09-12,6711,debit,10.00,opening\n\
    J90001,2,,,2018-09-12,2001.B,credit,10.00,opening\n";

/// Types a text into the prompt and presses Enter.
fn answer(session: &mut Session, text: &str) {
    for c in text.chars() {
        session.act(Action::Press(Press::plain(Key::Char(c))));
    }
    session.keys("Enter");
}

fn message(session: &Session) -> &str {
    &session.state.message.as_ref().unwrap().key
}

#[test]
fn a_voucher_of_the_older_system_is_accepted_with_a_reason_after_a_question() {
    let mut session = Session::new();
    let path = session.desk.file("old.csv", JOURNAL);
    session.desk.take(&path);
    session.keys(r#": "takeover" Enter Enter"#);
    let Screen::Findings(findings) = session.state.screen() else { panic!("{:?}", session.state.kind()) };
    let found: Vec<&str> = findings.list.rows.iter().map(|row| row.finding.as_str()).collect();
    assert_eq!(found, ["unexplained//J90001"]);
    session.keys("Enter A Enter");
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!("{:?}", session.state.message) };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.reason");
    answer(&mut session, "opening balance");
    let Some(Overlay::Confirm(confirm)) = &session.state.overlay else { panic!() };
    assert_eq!((confirm.key, confirm.name.as_str()), ("confirm.accept_voucher", "J90001"));
    session.keys("Enter");
    assert_eq!(session.state.kind(), ScreenKind::Finding, "Enter cancels");
    session.keys("A");
    answer(&mut session, "opening balance");
    session.keys("y");
    assert_eq!(message(&session), "said.voucher_accepted", "{:?}", session.state.overlay);
    let Screen::Findings(findings) = session.state.screen() else { panic!("{:?}", session.state.kind()) };
    assert!(findings.list.rows.is_empty());
    session.keys("4 Enter A");
    assert!(session.state.overlay.is_some(), "a voucher that was imported may be asked for by itself");
    session.keys("Esc 5 A");
    assert_eq!(message(&session), "why.not_unexplained");
}

#[test]
fn a_journal_becomes_steps_of_a_case_and_is_dropped_as_a_whole() {
    let mut session = Session::new();
    let path = session.desk.file("old.csv", JOURNAL);
    session.keys("5 Enter s Enter i");
    answer(&mut session, "nowhere.csv");
    assert!(matches!(session.state.overlay, Some(Overlay::Notice(_))), "a refusal says why");
    session.keys("Esc i");
    answer(&mut session, &path);
    assert_eq!(message(&session), "said.journal_taken", "{:?}", session.state.overlay);
    assert_eq!(session.case_state(), CaseState::Staged);
    let steps = |session: &Session| {
        let Screen::Case(case) = session.state.screen() else { panic!() };
        case.detail
            .as_ref()
            .unwrap()
            .staged
            .iter()
            .filter(|step| !step.dropped && step.kind.as_str() == "journal")
            .count()
    };
    assert_eq!(steps(&session), 1);
    session.keys("j j d");
    assert_eq!((message(&session), steps(&session)), ("said.step_dropped", 0));
}
