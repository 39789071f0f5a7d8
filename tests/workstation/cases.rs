//! Sessions about cases: from a finding to the committed correction.

use super::desk::{now, operator};
use super::session::Session;
use storno::app::{Overlay, Screen, ScreenKind};
use storno::domain::case::CaseState;
use storno::domain::finding::Scenario;
use storno::i18n::Lang;
use storno::protocol::cases::ApproveCase;
use storno::protocol::context::Context;
use storno::protocol::receipt::CommitCase;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::watch::Unwatched;

#[test]
fn from_overview_to_committed_correction_by_two_people_in_under_thirty_keys() {
    let mut session = Session::new();
    let mut count = session.keys("Enter Enter");
    assert_eq!(session.state.kind(), ScreenKind::Finding);
    count += session.keys("s Enter");
    assert_eq!(session.case_state(), CaseState::Staged);
    count += session.keys("S");
    assert_eq!(session.case_state(), CaseState::Submitted);
    count += session.keys("A");
    assert_eq!(session.case_state(), CaseState::Submitted, "the maker cannot approve");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.four_eyes");
    count += session.keys(r#": "op_op2" Enter A y"#);
    assert_eq!(session.state.operator.as_str(), "op2");
    assert_eq!(session.case_state(), CaseState::Approved);
    count += session.keys("C y");
    assert_eq!(session.state.kind(), ScreenKind::Receipt);
    assert_eq!(session.desk.vouchers(), 17);
    assert!(count < 30, "{count} keys");
}

#[test]
fn a_rejected_case_is_brought_up_to_date_by_one_key() {
    let mut session = Session::new();
    session.keys(r#"Enter Enter s Enter S : "operator_op2" Enter R "stale" Enter"#);
    assert_eq!(session.case_state(), CaseState::Rejected);
    session.keys("S");
    assert_eq!(session.case_state(), CaseState::Rejected, "not as it was");
    session.keys(r#": "operator_op1" Enter U"#);
    assert_eq!(session.case_state(), CaseState::Staged);
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.restaged");
    session.keys("S U");
    assert_eq!(session.case_state(), CaseState::Submitted, "with the checker it stays");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.case_state");
}

#[test]
fn neither_enter_nor_the_starting_key_confirms() {
    let mut session = Session::new();
    session.keys(r#"Enter Enter s Enter S : "operator_op2" Enter A y C C"#);
    assert!(matches!(session.state.overlay, Some(Overlay::Confirm(_))));
    session.keys("Enter");
    assert!(session.state.overlay.is_none());
    assert_eq!(session.desk.vouchers(), 15, "nothing was booked");
    session.keys("C F10");
    assert_eq!(session.desk.vouchers(), 17, "a key that no input method eats confirms too");
}

#[test]
fn dropping_the_last_step_takes_its_preview_along() {
    let mut session = Session::new();
    session.keys("Enter Enter s Enter d d");
    let Screen::Case(view) = session.state.screen() else { panic!() };
    assert!(view.steps().is_empty());
    assert!(view.preview.as_ref().is_none_or(|preview| preview.entries.is_empty()));
    assert_eq!(view.state(), Some(CaseState::Open));
}

#[test]
fn drop_undo_and_redo_walk_the_draft() {
    let mut session = Session::new();
    session.keys("Enter Enter s Enter");
    let staged = |session: &Session| match session.state.screen() {
        Screen::Case(view) => view.steps().iter().map(|step| step.step).collect::<Vec<_>>(),
        _ => panic!(),
    };
    assert_eq!(staged(&session), [1, 2]);
    session.keys("j d");
    assert_eq!(staged(&session), [1]);
    session.keys("u");
    assert_eq!(staged(&session), [1, 2]);
    session.keys("Ctrl-r");
    assert_eq!(staged(&session), [1]);
    session.keys(r#"a "repost_T0001_customer=A" Enter"#);
    assert_eq!(staged(&session), [1, 3]);
    session.keys("u u");
    assert_eq!(staged(&session), [1, 2]);
    session.keys("u");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.nothing_to_undo");
}

#[test]
fn marked_findings_are_staged_one_case_each_after_count_and_sum() {
    let mut session = Session::new();
    session.keys("5 Space j j j Space Space s");
    let Some(Overlay::Confirm(confirm)) = &session.state.overlay else { panic!() };
    assert_eq!(confirm.count, Some(3));
    assert_eq!(confirm.sums, [("CNY".to_owned(), 10_000 + 20_000 + 40_950)]);
    session.keys("y");
    assert_eq!(session.desk.cases().len(), 3);
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.staged_many");
    let trades: Vec<_> = session.desk.cases().iter().map(|case| case.row.subject()).collect();
    assert_eq!(trades, ["T0008", "T0001", "T0009"], "in the order of their identities");
}

#[test]
fn marked_findings_are_staged_as_one_case_where_that_is_asked_for() {
    let mut session = Session::new();
    session.keys("5 j j j v j j v s o");
    assert_eq!(session.desk.cases().len(), 1);
    assert_eq!(session.desk.cases()[0].about.len(), 3);
    assert_eq!(session.state.kind(), ScreenKind::Case, "the operator is led to it");
}

#[test]
fn a_checklist_is_ticked_and_a_case_handed_over_from_its_screen() {
    let mut session = Session::new();
    session.keys("5 s Enter");
    assert_eq!(session.state.kind(), ScreenKind::Case);
    session.keys("T");
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.input.value(), "channel_confirms ", "the first open item is proposed");
    session.keys("o k Enter");
    assert_eq!(session.desk.cases()[0].checklist[0].ticks[0].note.as_deref(), Some("ok"));
    session.keys("H o p 7 Enter");
    assert_eq!(session.desk.cases()[0].row.maker.as_str(), "op7");
    session.keys("H");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.not_maker");
}

#[test]
fn what_has_no_trade_stands_alone_where_the_practice_has_a_step() {
    let mut session = Session::new();
    session.keys("5 G");
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    let mut finding = findings.list.selected().unwrap().clone();
    assert!(
        finding.trade_no.is_none() && !finding.needs_no_trade(),
        "at a payment channel its trade is missing"
    );
    finding.scenario = Scenario::S28;
    assert!(finding.needs_no_trade(), "at a bank it is money that nobody knows");
}

#[test]
fn a_refusal_is_shown_with_its_hint_and_the_place_is_read_again() {
    let mut session = Session::new();
    session.keys("Enter Enter s Enter");
    session.keys(r#"a "nonsense" Enter"#);
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.step");
}

#[test]
fn a_case_that_another_moved_on_is_read_again_before_a_command_is_refused() {
    let mut session = Session::new();
    session.keys("5 Enter s Enter S");
    let second = Context { operator: operator("op2"), now: now(), lang: Lang::En };
    let approve = Request::CaseApprove(ApproveCase { case_no: "C0001".parse().unwrap(), seen: None });
    session.desk.ask(&second, approve, &mut Unwatched).unwrap();
    assert_eq!(session.case_state(), CaseState::Submitted, "nobody has told us yet");
    session.keys("C");
    assert!(matches!(session.state.overlay, Some(Overlay::Confirm(_))), "{:?}", session.state.message);
    session.keys("Esc");
    let commit = Request::Commit(CommitCase { case_no: "C0001".parse().unwrap(), key: None });
    session.desk.ask(&second, commit, &mut Unwatched).unwrap();
    session.keys("W");
    session.keys("Esc T");
    assert_eq!(session.case_state(), CaseState::Committed);
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.case_state");
}
