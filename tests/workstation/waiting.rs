//! Sessions with answers that are late, outdated or given up.

use super::desk::now;
use super::session::Session;
use storno::app::{Action, Effect, Overlay, Screen};
use storno::domain::case::CaseState;
use storno::domain::finding::Cause;
use storno::i18n::Lang;
use storno::protocol::context::Context;
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::watch::Unwatched;

#[test]
fn a_count_that_takes_long_does_not_stand_in_the_way() {
    let mut session = Session::new();
    session.answers = false;
    session.keys("r 2");
    assert!(session.effects.iter().any(|effect| matches!(effect, Effect::Cancel(_))));
    assert_eq!(session.state.pending.len(), 1, "only the trades are waited for");
    session.release(false);
    session.answers = false;
    session.keys("Esc");
    assert_eq!(session.state.pending.len(), 2, "the overview asks again");
}

#[test]
fn a_stale_answer_is_dropped_and_the_newest_wins() {
    let mut session = Session::new();
    session.keys("5");
    session.answers = false;
    session.keys("f f");
    session.release(true);
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    assert_eq!(findings.of.filter.cause.map(Cause::as_str), Some("posted_twice"));
    assert_eq!(findings.list.rows.len(), 1);
    assert_eq!(findings.list.rows[0].cause.as_str(), "posted_twice");
    assert!(session.state.pending.is_empty());
}

#[test]
fn an_order_is_not_sent_twice_by_a_key_pressed_twice() {
    let mut session = Session::new();
    session.keys("Enter Enter s Enter");
    session.answers = false;
    session.keys("S S S");
    let submits = |session: &Session| {
        session
            .held
            .iter()
            .filter(
                |effect| matches!(effect, Effect::Ask(ask) if matches!(ask.request, Request::CaseSubmit(..))),
            )
            .count()
    };
    assert_eq!(submits(&session), 1);
    session.release(false);
    assert_eq!(session.case_state(), CaseState::Submitted);
}

#[test]
fn leaving_in_the_middle_of_an_order_takes_giving_it_up_first() {
    let mut session = Session::new();
    session.keys("Enter Enter s Enter");
    session.answers = false;
    session.keys("S q");
    assert!(!session.effects.contains(&Effect::Quit));
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.order_runs");
    session.keys("Ctrl-c q");
    assert!(session.effects.contains(&Effect::Quit));
}

#[test]
fn ctrl_c_gives_up_what_runs_and_never_leaves() {
    let mut session = Session::new();
    session.answers = false;
    session.keys("5 Ctrl-c");
    assert!(session.state.pending.is_empty());
    assert!(session.effects.iter().any(|effect| matches!(effect, Effect::Cancel(_))));
    session.keys("Ctrl-c");
    assert!(!session.effects.contains(&Effect::Quit));
    session.keys("q");
    assert!(session.effects.contains(&Effect::Quit));
}

/// Over a slow line the answer to an order comes before the case is read again; the next key must not be
/// refused by what the case was before.
#[test]
fn a_key_pressed_before_the_case_is_read_again_waits_for_it() {
    let mut session = Session::new();
    session.keys(r#"5 Enter s Enter S : "op_op2" Enter A"#);
    session.answers = false;
    session.keys("y");
    let approve = std::mem::take(&mut session.held);
    session.answers = true;
    let Some(Effect::Ask(ask)) = approve.into_iter().next() else { panic!() };
    let context = Context { operator: ask.operator.clone(), now: now(), lang: Lang::En };
    let result = Box::new(session.desk.ask(&context, ask.request.clone(), &mut Unwatched));
    session.answers = false;
    session.act(Action::Reply { id: ask.id, result });
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.approved");
    session.keys("C");
    assert!(session.state.overlay.is_none(), "nothing is known of the approved case yet");
    session.release(false);
    assert!(matches!(session.state.overlay, Some(Overlay::Confirm(_))), "{:?}", session.state.message);
}

#[test]
fn escape_on_the_first_screen_gives_up_waiting() {
    let mut session = Session::new();
    session.answers = false;
    session.keys("r Esc");
    assert!(session.state.pending.is_empty());
    assert!(session.effects.iter().any(|effect| matches!(effect, Effect::Cancel(_))));
    session.keys("Esc");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.root");
}
