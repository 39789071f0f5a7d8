//! Sessions in lists: paging, filters, marks, the detail beside the list, export.

use super::desk::{SampleDesk, now};
use super::pictures::{draw, shown};
use super::session::Session;
use storno::app::{Action, Effect, Screen, ScreenKind};
use storno::i18n::Lang;
use storno::protocol::names::CodeName;
use storno::protocol::page::Page;
use storno::protocol::request::Request;
use storno::protocol::trades::ListTrades;

#[test]
fn a_long_list_is_read_page_by_page_and_never_whole() {
    let desk = SampleDesk::with_trades(5_000);
    let mut session = Session::with(Lang::En, (80, 24), desk);
    session.keys("2");
    let at = |session: &Session| match session.state.screen() {
        Screen::Trades(trades) => {
            (trades.list.selected().unwrap().id, trades.list.rows.len(), trades.list.position_text())
        }
        _ => panic!(),
    };
    assert_eq!(at(&session), (1, 120, "1 / 120+".to_owned()));
    for _ in 0..60 {
        session.keys("PageDown");
    }
    let (id, held, _) = at(&session);
    assert_eq!(id, 1 + 60 * 15);
    assert!(held <= 600, "{held}");
    session.keys("G");
    let (id, _, place) = at(&session);
    assert_eq!((id, place.as_str()), (5_000, ""), "how many rows there are is not known, and not counted");
    for _ in 0..30 {
        session.keys("PageUp");
    }
    assert_eq!(at(&session).0, 5_000 - 30 * 15);
    session.keys("g");
    assert_eq!(at(&session).0, 1);
    let largest = session.desk.asked.iter().filter_map(|request| match request {
        Request::Trades(ListTrades { page, .. }) => Some(page.limit),
        _ => None,
    });
    assert!(largest.max().unwrap() <= Page::MAX);
}

#[test]
fn kinds_and_events_have_the_names_that_the_ledger_gives_them() {
    let mut session = Session::new();
    session.keys("2");
    let names = &mut session.state.ledger.as_mut().unwrap().names;
    assert!(names.channels.iter().any(|known| known.code == "WECHAT" && known.zh == "微信支付"));
    let kind = names.kinds.iter_mut().find(|known| known.code == "topup").unwrap();
    "card load".clone_into(&mut kind.en);
    let event = CodeName { code: "captured".to_owned(), zh: "记一".to_owned(), en: "first".to_owned() };
    names.events.push(event);
    let drawn = |session: &mut Session| {
        let terminal = draw(&mut session.state, (120, 30));
        shown(terminal.backend().buffer())
    };
    let list = drawn(&mut session);
    assert!(list.contains("card load") && !list.contains("top-up"), "{list}");
    session.keys("Enter");
    let trade = drawn(&mut session);
    assert!(trade.contains("card load") && trade.contains("first"), "{trade}");
}

#[test]
fn a_text_filters_findings_and_cases_and_is_taken_away_again() {
    let mut session = Session::new();
    session.keys("5 /");
    session.act(Action::Paste("T0008".to_owned()));
    session.keys("Enter");
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    assert_eq!(findings.list.rows.len(), 1);
    assert_eq!(findings.list.rows[0].cause.as_str(), "posted_twice");
    session.keys("s Enter 6 /");
    session.act(Action::Paste("T0001".to_owned()));
    session.keys("Enter");
    let Screen::Cases(cases) = session.state.screen() else { panic!() };
    assert_eq!((cases.list.rows.len(), cases.of.filter.text.as_deref()), (0, Some("T0001")));
    session.keys("/ Ctrl-u Enter");
    let Screen::Cases(cases) = session.state.screen() else { panic!() };
    assert_eq!((cases.list.rows.len(), cases.of.filter.text.as_deref()), (1, None));
}

#[test]
fn the_filter_of_a_cause_travels_and_the_neighbour_is_one_key_away() {
    let mut session = Session::new();
    session.keys("5 Enter ] ]");
    let Screen::Finding(view) = session.state.screen() else { panic!() };
    assert_eq!(view.of.words, "T0006");
    session.keys("[ Esc");
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    assert_eq!(findings.list.cursor, 1);
}

#[test]
fn escape_clears_marks_before_it_leaves() {
    let mut session = Session::new();
    session.keys("5 Space Esc");
    assert_eq!(session.state.kind(), ScreenKind::Findings);
    session.keys("Esc");
    assert_eq!(session.state.kind(), ScreenKind::Overview);
}

#[test]
fn a_wide_terminal_asks_for_the_detail_of_the_selected_row() {
    let mut session = Session::with(Lang::En, (120, 40), SampleDesk::new());
    session.keys("5 j");
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    let trade = findings.side.as_ref().unwrap().trade_no.as_ref().unwrap();
    assert_eq!(trade.as_str(), "T0003");
}

#[test]
fn a_key_held_down_asks_for_one_detail_when_the_cursor_rests() {
    let mut session = Session::with(Lang::En, (120, 40), SampleDesk::new());
    session.keys("5 j");
    let asked = |session: &Session| {
        session.desk.asked.iter().filter(|request| matches!(request, Request::Plan(..))).count()
    };
    let before = asked(&session);
    for _ in 0..4 {
        session.state.millis += 33;
        session.act(Action::Press("j".parse().unwrap()));
    }
    assert_eq!(asked(&session), before, "the cursor has not rested");
    assert!(!session.state.is_detail_late());
    for _ in 0..3 {
        session.state.millis += 33;
        session.act(Action::Press("j".parse().unwrap()));
    }
    assert!(session.state.is_detail_late(), "the detail of a row long left does not stand there");
    let due = session.state.resting.unwrap().due;
    session.act(Action::Tick(now(), due - 1));
    assert_eq!(asked(&session), before);
    session.act(Action::Tick(now(), due));
    assert_eq!(asked(&session), before + 1);
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    let selected = findings.list.selected().unwrap();
    assert_eq!(findings.side.as_ref().unwrap().finding.as_ref(), Some(selected));
    assert!(session.state.resting.is_none() && !session.state.is_detail_late());
}

#[test]
fn an_export_is_asked_for_by_name_and_holds_plain_amounts() {
    let mut session = Session::new();
    session.keys("5 e Enter");
    let Some(Effect::Export { path, text, rows }) = session.effects.last() else { panic!() };
    assert_eq!((path.as_str(), *rows), ("findings-2018-09-13.csv", 12));
    assert!(text.lines().next().unwrap().starts_with("about,cause,event,amount"), "{text}");
    assert!(text.contains("60000.00"), "{text}");
}

#[test]
fn copying_takes_the_number_people_look_up() {
    let mut session = Session::new();
    session.keys("5 j y");
    assert_eq!(session.effects.last(), Some(&Effect::Copy("T0003".to_owned())));
}
