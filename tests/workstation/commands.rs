//! Sessions about keys, the command line of the screen, and commands that are disabled.

use super::session::Session;
use storno::app::{Action, Effect, Key, Overlay, Press, Screen, ScreenKind};

#[test]
fn full_width_keys_work_and_ideographs_get_one_hint() {
    let mut session = Session::new();
    session.act(Action::Press(Press::plain(Key::Char('５'))));
    assert_eq!(session.state.kind(), ScreenKind::Findings);
    session.act(Action::Press(Press::plain(Key::Char('提'))));
    assert_eq!(session.state.message.as_ref().unwrap().key, "hint.input_method");
    session.act(Action::Press(Press::plain(Key::Char('：'))));
    for c in "会计日".chars() {
        session.act(Action::Press(Press::plain(Key::Char(c))));
    }
    session.keys("Enter");
    assert_eq!(session.state.kind(), ScreenKind::Days, "the palette knows the Chinese names");
}

#[test]
fn a_paste_outside_an_input_is_dropped() {
    let mut session = Session::new();
    session.act(Action::Paste("q\n5".to_owned()));
    assert_eq!(session.state.kind(), ScreenKind::Overview);
    assert!(session.effects.is_empty());
    session.keys("2 /");
    session.act(Action::Paste("T0001\n".to_owned()));
    session.keys("Enter");
    let Screen::Trades(trades) = session.state.screen() else { panic!() };
    assert_eq!(trades.of.filter.text.as_deref(), Some("T0001"));
    assert_eq!(trades.list.rows.len(), 1);
}

#[test]
fn commands_disabled_here_say_why() {
    let mut session = Session::new();
    session.keys("8 j c");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.blockers");
    session.keys("5 G s");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.channel_only");
    session.state.may_switch_operator = false;
    session.keys(r#": "operator_op2" Enter"#);
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.operator");
    assert_eq!(session.state.operator.as_str(), "op1");
}

#[test]
fn another_ledger_is_gone_to_by_name_and_asked_about_where_something_would_be_lost() {
    let mut session = Session::new();
    session.keys(r#": "ledger_books" Enter"#);
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.no_ledgers");
    session.state.ledgers = vec!["books".to_owned(), "branch".to_owned()];
    session.keys(r#": "ledger_bocks" Enter"#);
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.no_such_ledger");
    assert!(session.effects.is_empty());
    session.keys(r#": "ledger_branch" Enter"#);
    assert_eq!(session.effects.pop(), Some(Effect::Ledger(Some("branch".to_owned()))));
    session.keys(r#": "ledger" Enter"#);
    assert_eq!(session.effects.pop(), Some(Effect::Ledger(None)));
    session.keys(r#"5 Space : "ledger_books" Enter"#);
    assert!(matches!(session.state.overlay, Some(Overlay::Confirm(_))), "marks would be lost");
    session.keys("Enter");
    assert!(session.effects.is_empty() && session.state.overlay.is_none());
    session.keys(r#": "ledger_books" Enter y"#);
    assert_eq!(session.effects.pop(), Some(Effect::Ledger(Some("books".to_owned()))));
    session.keys("Esc Enter s Enter d");
    session.keys(r#": "ledger" Enter"#);
    assert!(matches!(session.state.overlay, Some(Overlay::Confirm(_))), "what can be undone would be lost");
}
