//! Sessions about posting and accounting days.

use super::session::Session;
use storno::app::{Overlay, Screen};
use storno::protocol::request::Request;

#[test]
fn posting_asks_first_with_count_and_sum_and_tells_what_it_did() {
    let mut session = Session::new();
    session.keys("p");
    let Some(Overlay::Confirm(confirm)) = &session.state.overlay else { panic!() };
    assert_eq!((confirm.count, confirm.sums.clone()), (Some(1), vec![("CNY".to_owned(), 8_888)]));
    session.keys("p Enter");
    let posts = |session: &Session| {
        session.desk.asked.iter().filter(|request| matches!(request, Request::Post(..))).count()
    };
    assert_eq!(posts(&session), 0);
    session.keys("p y");
    assert_eq!(posts(&session), 1);
    assert!(matches!(session.state.overlay, Some(Overlay::Notice(_))));
}

#[test]
fn a_day_that_may_close_closes_only_after_a_confirmation() {
    let mut session = Session::new();
    session.keys("8 j j c c Enter");
    let closes = |session: &Session| {
        session.desk.asked.iter().filter(|request| matches!(request, Request::DayClose(..))).count()
    };
    assert_eq!(closes(&session), 0);
    session.keys("c y");
    assert_eq!(closes(&session), 1);
}

#[test]
fn a_day_leads_to_each_thing_in_its_way() {
    let day = Some("2018-09-12".parse().unwrap());
    let mut session = Session::new();
    session.keys("8 j Enter");
    let Screen::Trades(trades) = session.state.screen() else { panic!() };
    assert_eq!((trades.of.filter.day, trades.of.filter.unposted), (day, true));
    session.keys("Esc u");
    let Screen::Trades(trades) = session.state.screen() else { panic!() };
    assert_eq!((trades.of.filter.day, trades.of.filter.unposted), (day, true));
    session.keys("Esc w");
    let Screen::Cases(cases) = session.state.screen() else { panic!() };
    assert_eq!((cases.of.filter.day, cases.of.filter.undone), (day, true));
    session.keys("Esc m");
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    assert_eq!(findings.of.filter.day, day);
    session.keys("Esc k Enter");
    let Screen::Trades(trades) = session.state.screen() else { panic!() };
    assert!(!trades.of.filter.unposted, "nothing is in the way of a closed day");
}
