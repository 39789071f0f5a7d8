//! Sessions as (state, keys, state).

use super::cursor::Mark;
use super::fixture::{FakeDesk, now, operator};
use super::update;
use super::update::stage_one;
use super::{
    Action, Effect, Keymap, LedgerLocation, NamedLedger, Overlay, Picker, Press, Route, Screen, ScreenKind,
    Setup, State, ThemeName, Viewport,
};
use crate::domain::case::CaseState;
use crate::domain::role::{LedgerRole, Role};
use crate::i18n::Lang;
use crate::protocol::cases::{ApproveCase, DropStep, RejectCase, RestageCase, SubmitCase, WithdrawCase};
use crate::protocol::connection::{Connection, ConnectionState};
use crate::protocol::context::Context;
use crate::protocol::days::{CloseDay, OpenDay};
use crate::protocol::ledger::{ShowOverview, VerifyLedger};
use crate::protocol::opening::OpenCase;
use crate::protocol::posting::PostTrades;
use crate::protocol::receipt::CommitCase;
use crate::protocol::request::Request;
use crate::protocol::service::Service;
use crate::protocol::trades::ListTrades;
use crate::protocol::watch::Unwatched;

/// A workstation with the fake desk behind it, driven by keys.
pub(crate) struct Session {
    pub state: State,
    pub desk: FakeDesk,
    pub effects: Vec<Effect>,
    /// Whether the desk answers at once.
    pub answers: bool,
    held: Vec<Effect>,
}

impl Session {
    pub fn new() -> Self {
        Self::with(Lang::En, (80, 24), FakeDesk::new())
    }

    pub fn with(lang: Lang, size: (u16, u16), desk: FakeDesk) -> Self {
        let (mut state, effects) = State::new(Setup {
            operator: operator("op1"),
            lang,
            theme: ThemeName::Mono,
            ascii: false,
            now: now(),
            may_switch_operator: true,
            keymap: Keymap::shipped().unwrap(),
            start: Route::Overview,
            location: LedgerLocation::default(),
            ledgers: Vec::new(),
        });
        state.size = size;
        state.viewport = Viewport { rows: usize::from(size.1).saturating_sub(8).max(1), lines: 0, top: 0 };
        let mut session = Self { state, desk, effects: Vec::new(), answers: true, held: Vec::new() };
        session.run(effects);
        session
    }

    fn run(&mut self, effects: Vec<Effect>) {
        let mut todo: std::collections::VecDeque<Effect> = effects.into();
        while let Some(effect) = todo.pop_front() {
            match effect {
                Effect::Ask(_) if !self.answers => self.held.push(effect),
                Effect::Ask(ask) => {
                    let context =
                        Context { operator: ask.operator.clone(), now: self.state.now, lang: ask.lang };
                    let result = Box::new(self.desk.ask(&context, ask.request.clone(), &mut Unwatched));
                    todo.extend(update(&mut self.state, Action::Reply { id: ask.id, result }));
                }
                other => self.effects.push(other),
            }
        }
    }

    /// Lets the desk answer what it held back, in this order.
    pub fn release(&mut self, newest_first: bool) {
        self.answers = true;
        let mut held = std::mem::take(&mut self.held);
        if newest_first {
            held.reverse();
        }
        self.run(held);
    }

    pub fn act(&mut self, action: Action) {
        let effects = update(&mut self.state, action);
        self.run(effects);
    }

    /// Presses keys: words of the key file, or plain text in quotes.
    pub fn keys(&mut self, keys: &str) -> usize {
        let mut count = 0;
        for word in keys.split_whitespace() {
            if let Some(text) = word.strip_prefix('"') {
                for c in text.trim_end_matches('"').replace('_', " ").chars() {
                    self.act(Action::Press(Press::plain(super::Key::Char(c))));
                    count += 1;
                }
            } else {
                self.state.millis += 200;
                self.act(Action::Press(word.parse::<Press>().unwrap()));
                count += 1;
            }
        }
        count
    }

    fn case_state(&self) -> CaseState {
        match self.state.screen() {
            Screen::Case(view) => view.state().unwrap(),
            other => panic!("no case: {:?}", other.kind()),
        }
    }
}

/// Three ledgers of a configuration.
pub(crate) fn picker(lang: Lang) -> Picker {
    let named = |name: &str, address: &str, role: Option<LedgerRole>| NamedLedger {
        name: name.to_owned(),
        address: address.to_owned(),
        role,
        read_only: false,
        colour: None,
        last_head: None,
    };
    let ledgers = vec![
        NamedLedger {
            colour: Some(crate::config::Colour::Magenta),
            last_head: Some(4_000_123),
            ..named("books", "ssh://ops@books.example/srv/ledgers/books.db", Some(LedgerRole::Prod))
        },
        NamedLedger {
            read_only: true,
            ..named("branch", "rqlite://a.example:4001,b.example:4001", Some(LedgerRole::Test))
        },
        named("here", "day.db", None),
    ];
    let operator = operator("op1");
    Picker::new(operator, lang, ThemeName::Mono, Keymap::shipped().unwrap(), ledgers)
}

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
    assert_eq!(session.desk.vouchers.len(), 17);
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
    assert_eq!(session.desk.vouchers.len(), 15, "nothing was booked");
    session.keys("C F10");
    assert_eq!(session.desk.vouchers.len(), 17, "a key that no input method eats confirms too");
}

#[test]
fn a_long_list_is_read_page_by_page_and_never_whole() {
    let mut desk = FakeDesk::new();
    let row = desk.trades[0].clone();
    desk.trades = (1..=5_000)
        .map(|id| {
            let mut row = row.clone();
            row.id = id;
            row.trade.trade_no = format!("T{id:05}").parse().unwrap();
            row
        })
        .collect();
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
    assert!(largest.max().unwrap() <= crate::protocol::page::Page::MAX);
}

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
fn dropping_the_last_step_takes_its_preview_along() {
    let mut session = Session::new();
    session.keys("Enter Enter s Enter d d");
    let Screen::Case(view) = session.state.screen() else { panic!() };
    assert!(view.steps().is_empty());
    assert!(view.preview.as_ref().is_none_or(|preview| preview.entries.is_empty()));
    assert_eq!(view.state(), Some(CaseState::Open));
}

#[test]
fn a_stale_answer_is_dropped_and_the_newest_wins() {
    let mut session = Session::new();
    session.keys("5");
    session.answers = false;
    session.keys("f f");
    session.release(true);
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    assert_eq!(findings.of.filter.cause.map(crate::domain::finding::Cause::as_str), Some("posted_twice"));
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
fn full_width_keys_work_and_ideographs_get_one_hint() {
    let mut session = Session::new();
    session.act(Action::Press(Press::plain(super::Key::Char('５'))));
    assert_eq!(session.state.kind(), ScreenKind::Findings);
    session.act(Action::Press(Press::plain(super::Key::Char('提'))));
    assert_eq!(session.state.message.as_ref().unwrap().key, "hint.input_method");
    session.act(Action::Press(Press::plain(super::Key::Char('：'))));
    for c in "会计日".chars() {
        session.act(Action::Press(Press::plain(super::Key::Char(c))));
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
fn marked_findings_are_staged_one_case_each_after_count_and_sum() {
    let mut session = Session::new();
    session.keys("5 v j j v s");
    let Some(Overlay::Confirm(confirm)) = &session.state.overlay else { panic!() };
    assert_eq!(confirm.count, Some(3));
    assert_eq!(confirm.sums, [("CNY".to_owned(), 10_000 + 20_000 + 40_950)]);
    session.keys("y");
    assert_eq!(session.desk.cases.len(), 3);
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.staged_many");
    let trades: Vec<_> = session.desk.cases.iter().map(|case| case.row.subject()).collect();
    assert_eq!(trades, ["T0008", "T0001", "T0009"], "in the order of their identities");
}

#[test]
fn marked_findings_are_staged_as_one_case_where_that_is_asked_for() {
    let mut session = Session::new();
    session.keys("5 v j j v s o");
    assert_eq!(session.desk.cases.len(), 1);
    assert_eq!(session.desk.cases[0].about.len(), 3);
    assert_eq!(session.state.kind(), ScreenKind::Case, "the operator is led to it");
}

#[test]
fn a_checklist_is_ticked_and_a_case_handed_over_from_its_screen() {
    let mut session = Session::new();
    session.keys("5 s Enter");
    assert_eq!(session.state.kind(), ScreenKind::Case);
    session.keys("T");
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.input.value(), "right_party ", "the first open item is proposed");
    session.keys("o k Enter");
    assert_eq!(session.desk.cases[0].checklist[0].ticks[0].note.as_deref(), Some("ok"));
    session.keys("H o p 7 Enter");
    assert_eq!(session.desk.cases[0].row.maker.as_str(), "op7");
    session.keys("H");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.not_maker");
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

#[test]
fn an_export_is_asked_for_by_name_and_holds_plain_amounts() {
    let mut session = Session::new();
    session.keys("5 e Enter");
    let Some(Effect::Export { path, text, rows }) = session.effects.last() else { panic!() };
    assert_eq!((path.as_str(), *rows), ("findings-2018-09-13.csv", 10));
    assert!(text.lines().next().unwrap().starts_with("about,cause,event,amount"), "{text}");
    assert!(text.contains("60000.00"), "{text}");
}

#[test]
fn copying_takes_the_number_people_look_up() {
    let mut session = Session::new();
    session.keys("5 j y");
    assert_eq!(session.effects.last(), Some(&Effect::Copy("T0008".to_owned())));
}

#[test]
fn the_filter_of_a_cause_travels_and_the_neighbour_is_one_key_away() {
    let mut session = Session::new();
    session.keys("5 Enter ] ]");
    let Screen::Finding(view) = session.state.screen() else { panic!() };
    assert_eq!(view.of.words, "T0009");
    session.keys("[ Esc");
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    assert_eq!(findings.list.cursor, 1);
}

#[test]
fn a_wide_terminal_asks_for_the_detail_of_the_selected_row() {
    let mut session = Session::with(Lang::En, (120, 40), FakeDesk::new());
    session.keys("5 j");
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    let trade = findings.side.as_ref().unwrap().trade_no.as_ref().unwrap();
    assert_eq!(trade.as_str(), "T0008");
}

#[test]
fn a_key_held_down_asks_for_one_detail_when_the_cursor_rests() {
    let mut session = Session::with(Lang::En, (120, 40), FakeDesk::new());
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
fn what_has_no_trade_is_staged_where_the_practice_has_a_step() {
    let mut session = Session::new();
    session.keys("5 G k k k");
    let Screen::Findings(findings) = session.state.screen() else { panic!() };
    let mut finding = findings.list.selected().unwrap().clone();
    assert!(
        finding.trade_no.is_none() && !finding.needs_no_trade(),
        "at a payment channel its trade is missing"
    );
    finding.channel = Some(crate::domain::trade::Channel::Bank);
    assert!(finding.needs_no_trade(), "at a bank it is unclaimed money");
    let mark = Mark { name: finding.finding, trade_no: None, amount_minor: 1, currency: "CNY".to_owned() };
    let Request::CaseOpen(OpenCase { opening }) = stage_one(&mark, None) else { panic!() };
    assert_eq!((opening.findings, opening.trades, opening.plan), (vec![mark.name], Vec::new(), true));
}

#[test]
fn commands_disabled_here_say_why() {
    let mut session = Session::new();
    session.keys("8 j c");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.blockers");
    session.keys("5 G k k k s");
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.channel_only");
    session.state.may_switch_operator = false;
    session.keys(r#": "operator_op2" Enter"#);
    assert_eq!(session.state.message.as_ref().unwrap().key, "why.operator");
    assert_eq!(session.state.operator.as_str(), "op1");
}

#[test]
fn a_refusal_is_shown_with_its_hint_and_the_place_is_read_again() {
    let mut session = Session::new();
    session.keys("Enter Enter s Enter");
    session.keys(r#"a "nonsense" Enter"#);
    let Some(Overlay::Prompt(prompt)) = &session.state.overlay else { panic!() };
    assert_eq!(prompt.error.as_ref().unwrap().key, "why.step");
}

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
    assert_eq!((session.state.dirty, session.state.connection.unwrap().round_trip_ms), (true, Some(300)));
}

#[test]
fn what_is_shown_is_read_again_when_the_line_stands_again() {
    let mut session = Session::new();
    session.keys("5");
    session.act(line(ConnectionState::Up, Some(20), Role::Maker));
    let asked = session.desk.asked.len();
    session.act(line(ConnectionState::Down, None, Role::Maker));
    session.act(line(ConnectionState::Reconnecting(1), None, Role::Maker));
    assert_eq!(session.desk.asked.len(), asked, "nothing is asked over a line that does not stand");
    session.act(line(ConnectionState::Up, None, Role::Maker));
    assert!(matches!(session.desk.asked[asked..], [Request::Findings(..)]));
    assert_eq!(session.state.message.as_ref().unwrap().key, "said.reconnected");
    session.keys("Esc");
    let overview = |request: &Request| matches!(request, Request::Overview(ShowOverview {}));
    assert!(session.desk.asked[asked..].iter().any(overview), "the places below are outdated too");
    // The request that reconnected is not sent twice.
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
    use super::{Command as C, why_not};
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

#[test]
fn a_command_and_its_request_ask_the_same_of_a_role() {
    use super::Command as C;
    let case_no: crate::domain::id::CaseNo = "C0001".parse().unwrap();
    let day = "2018-09-12".parse().unwrap();
    for (command, request) in [
        (C::Approve, Request::CaseApprove(ApproveCase { case_no: case_no.clone(), seen: None })),
        (C::Reject, Request::CaseReject(RejectCase { case_no: case_no.clone(), reason: String::new() })),
        (C::Submit, Request::CaseSubmit(SubmitCase { case_no: case_no.clone() })),
        (C::Restage, Request::CaseRestage(RestageCase { case_no: case_no.clone() })),
        (C::Withdraw, Request::CaseWithdraw(WithdrawCase { case_no: case_no.clone() })),
        (C::StepDrop, Request::StageDrop(DropStep { case_no: case_no.clone(), step: 1 })),
        (C::Commit, Request::Commit(CommitCase { case_no, key: None })),
        (C::PostDue, Request::Post(PostTrades { trades: Vec::new() })),
        (C::DayOpen, Request::DayOpen(OpenDay { day })),
        (C::DayClose, Request::DayClose(CloseDay { day })),
        (C::Verify, Request::Verify(VerifyLedger {})),
    ] {
        assert_eq!(command.needs(), request.needs(), "{command:?}");
    }
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
        ("3 j j j j j", "Enter"),
        ("3 j j j j j Enter", "Enter"),
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
        let mut session = Session::with(Lang::En, size, FakeDesk::new());
        assert!(session.desk.asked.len() <= 2, "the start at {size:?}: {:?}", session.desk.asked);
        for (to, key) in WAYS {
            session = Session::with(Lang::En, size, FakeDesk::new());
            session.keys(to);
            let (from, before) = (session.state.current().serial, session.desk.asked.len());
            session.keys(key);
            assert_ne!(session.state.current().serial, from, "{to} {key} leads nowhere at {size:?}");
            let asked = &session.desk.asked[before..];
            assert!(asked.len() <= 2, "{to} {key} at {size:?}: {asked:?}");
        }
    }
}

#[test]
fn a_case_that_another_moved_on_is_read_again_before_a_command_is_refused() {
    let mut session = Session::new();
    session.keys("5 Enter s Enter S");
    let second = Context { operator: operator("op2"), now: now(), lang: Lang::En };
    let approve = Request::CaseApprove(ApproveCase { case_no: "C0001".parse().unwrap(), seen: None });
    session.desk.ask(&second, approve, &mut Unwatched).unwrap();
    assert_eq!(session.case_state(), CaseState::Submitted, "not reported yet");
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

/// Over a slow connection the answer to a write request comes before the case is read again; the next key must not be
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
