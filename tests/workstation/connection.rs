//! Sessions over a connection to another host: what it shows, requires of a role, and costs in round trips.

use super::desk::SampleDesk;
use super::session::Session;
use storno::app::{Action, Effect};
use storno::domain::role::Role;
use storno::i18n::Lang;
use storno::protocol::connection::{Connection, ConnectionState};
use storno::protocol::ledger::ShowOverview;
use storno::protocol::request::Request;

/// The way to the ledger as a client tells it.
fn line(state: ConnectionState, round_trip_ms: Option<u64>, role: Role) -> Action {
    Action::Connection(Connection {
        address: "ssh://books/day.db".to_owned(),
        state,
        round_trip_ms,
        role: Some(role),
    })
}

#[test]
fn a_round_trip_that_hardly_differs_leaves_the_screen_alone() {
    let mut session = Session::new();
    session.act(line(ConnectionState::Up, Some(21), Role::Maker));
    assert!(session.state.dirty);
    session.state.dirty = false;
    for measured in [23, 18, 27, 20] {
        session.act(line(ConnectionState::Up, Some(measured), Role::Maker));
    }
    assert!(!session.state.dirty);
    session.act(line(ConnectionState::Up, Some(290), Role::Maker));
    assert_eq!((session.state.dirty, session.state.line.unwrap().round_trip_ms), (true, Some(300)));
}

#[test]
fn what_is_shown_is_read_again_when_the_line_stands_again() {
    let mut session = Session::new();
    session.keys("5");
    session.act(line(ConnectionState::Up, Some(20), Role::Maker));
    let asked = session.desk.asked.len();
    session.act(line(ConnectionState::Down, None, Role::Maker));
    session.act(line(ConnectionState::Dialling(1), None, Role::Maker));
    assert_eq!(session.desk.asked.len(), asked, "nothing is asked over a line that does not stand");
    session.act(line(ConnectionState::Up, None, Role::Maker));
    assert!(matches!(session.desk.asked[asked..], [Request::Findings(..)]));
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.line_again");
    session.keys("Esc");
    let overview = |request: &Request| matches!(request, Request::Overview(ShowOverview {}));
    assert!(session.desk.asked[asked..].iter().any(overview), "the places below are outdated too");
    // A question that dialled is not asked twice.
    session.answers = false;
    session.act(line(ConnectionState::Down, None, Role::Maker));
    session.keys("2");
    session.act(line(ConnectionState::Up, None, Role::Maker));
    let trades =
        |effect: &&Effect| matches!(effect, Effect::Ask(ask) if matches!(ask.request, Request::Trades(..)));
    assert_eq!(session.held.iter().filter(trades).count(), 1);
}

#[test]
fn a_role_that_does_not_reach_disables_the_command_and_says_so() {
    use storno::app::{Command as C, why_not};
    let mut session = Session::new();
    session.keys("5 Enter s Enter S");
    let why =
        |session: &Session, command| why_not(&session.state, command).map(|why| why.message(Lang::En).key);
    for (role, refused) in [
        (Role::Viewer, &[C::Approve, C::Reject, C::Commit, C::Withdraw, C::Tick][..]),
        (Role::Maker, &[C::Approve, C::Reject]),
        (Role::Checker, &[C::Withdraw, C::Tick, C::StepAdd]),
        (Role::Admin, &[]),
    ] {
        session.act(line(ConnectionState::Up, None, role));
        for command in [C::Approve, C::Reject, C::Commit, C::Withdraw, C::Tick, C::StepAdd, C::Copy] {
            let by_role = why(&session, command).as_deref() == Some("why.role");
            let expected = refused.contains(&command) || (role == Role::Viewer && command == C::StepAdd);
            assert_eq!(by_role, expected, "{role} {command:?}");
        }
    }
    session.act(line(ConnectionState::Up, None, Role::Viewer));
    session.keys("1 p");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.role");
    assert!(session.state.overlay.is_none());
}

/// Over a slow line each request in a row is a wait; two are what a person is asked to bear.
#[test]
fn going_down_one_screen_takes_two_round_trips_at_most() {
    const WAYS: &[(&str, &str)] = &[
        ("2", "1"),
        ("", "2"),
        ("2", "Enter"),
        ("2 Enter", "x"),
        ("2", "l"),
        ("", "3"),
        ("3 j j j j j j", "Enter"),
        ("3 j j j j j j Enter", "Enter"),
        ("", "4"),
        ("4", "Enter"),
        ("4 Enter", "l"),
        ("", "5"),
        ("5", "Enter"),
        ("5 Enter", "x"),
        ("5 Enter s Enter", "6"),
        ("5 Enter s Enter 6", "Enter"),
        ("", "7"),
        ("7", "Enter"),
        ("", "8"),
        ("8 j", "Enter"),
        ("", "9"),
        ("9 j j j", "Enter"),
        ("", "Enter"),
        ("5 Enter s Enter", "Esc"),
    ];
    for size in [(80, 24), (120, 40)] {
        let mut session = Session::with(Lang::En, size, SampleDesk::new());
        assert!(session.desk.asked.len() <= 2, "the start at {size:?}: {:?}", session.desk.asked);
        for (to, key) in WAYS {
            session = Session::with(Lang::En, size, SampleDesk::new());
            session.keys(to);
            let (from, before) = (session.state.current().serial, session.desk.asked.len());
            session.keys(key);
            assert_ne!(session.state.current().serial, from, "{to} {key} leads nowhere at {size:?}");
            let asked = &session.desk.asked[before..];
            assert!(asked.len() <= 2, "{to} {key} at {size:?}: {asked:?}");
        }
    }
}
