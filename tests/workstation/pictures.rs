//! What the screens look like, in both languages and three sizes.

use super::desk::SampleDesk;
use super::session::Session;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use storno::app::{Action, LedgerLocation, State, ThemeName};
use storno::config::Colour;
use storno::domain::role::{LedgerRole, Role};
use storno::i18n::Lang;
use storno::protocol::connection::{Connection, ConnectionState};
use storno::ui::render;
use storno::ui::text::width;

/// The screen as text: wide characters once, trailing blanks cut.
pub fn shown(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            skip = width(symbol).saturating_sub(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Draws the state as the shell does.
pub fn draw(state: &mut State, size: (u16, u16)) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    let mut seen = state.viewport;
    terminal.draw(|frame| seen = render(state, frame)).unwrap();
    state.viewport = seen;
    terminal
}

pub fn picture(session: &mut Session) -> String {
    let size = session.state.size;
    let terminal = draw(&mut session.state, size);
    shown(terminal.backend().buffer())
}

/// Starts a session on the sample day and presses keys.
pub fn session(lang: Lang, size: (u16, u16), keys: &str) -> Session {
    session_over(SampleDesk::new(), lang, size, keys)
}

/// As [`session`], on another ledger.
pub fn session_over(desk: SampleDesk, lang: Lang, size: (u16, u16), keys: &str) -> Session {
    let mut session = Session::with(lang, size, desk);
    for key in keys.split_whitespace() {
        // Drawn after every key, as the shell does, so that paging and scrolling know the frame.
        draw(&mut session.state, size);
        session.keys(key);
    }
    session
}

/// The terminals that are drawn: columns and rows.
pub const SIZES: &[(u16, u16)] = &[(80, 24), (120, 40), (60, 16)];

/// Keys that lead to each screen worth a picture.
const PLACES: &[(&str, &str)] = &[
    ("overview", ""),
    ("overview_later", r#"5 Enter s Enter S : "op_op2" Enter A y C y V Esc 5 s Enter 1"#),
    ("findings", "5 j"),
    ("findings_marked", "5 Space Space"),
    ("finding", "5 Enter"),
    ("prompt_accept_finding", "5 j a"),
    (
        "findings_accepted",
        r#"5 : "accept-finding_short_written_off_--until_2018-10-01" Enter : "op_op2" Enter : "accept-finding_short_seen" Enter F"#,
    ),
    (
        "overview_accepted",
        r#"5 : "accept-finding_short_written_off" Enter j : "accept-finding_short_written_off" Enter : "op_op2" Enter k : "accept-finding_short_seen" Enter 1"#,
    ),
    ("case_staged", "5 Enter s Enter"),
    ("case_approved", r#"5 Enter s Enter S : "op_op2" Enter A y"#),
    ("confirm_approve", r#"5 Enter s Enter S : "op_op2" Enter A"#),
    ("confirm", r#"5 Enter s Enter S : "op_op2" Enter A y C"#),
    ("receipt", r#"5 Enter s Enter S : "op_op2" Enter A y C y"#),
    ("case_committed", r#"5 Enter s Enter S : "op_op2" Enter A y C y Esc"#),
    ("chain", r#"5 Enter s Enter S : "op_op2" Enter A y C y : "account_2001.B" Enter"#),
    ("lineage", r#"5 Enter s Enter S : "op_op2" Enter A y C y : "trade_T0001" Enter l"#),
    ("lineage_of_two_events", "2 j Enter l"),
    ("trades", "2"),
    ("trade", "2 Enter"),
    ("subjects", "3"),
    ("accounts", "3 j j j j j j Enter"),
    ("journal", "4"),
    ("voucher", "4 Enter"),
    ("voucher_of_a_case", r#"5 Enter s Enter S : "op_op2" Enter A y C y j Enter"#),
    ("cases", "5 Enter s Enter 6"),
    ("days", "5 s Enter 8"),
    ("days_checks", "5 s Enter 8 j"),
    ("channel_days", "7"),
    ("reconcile", "7 j Enter"),
    ("bills", r#"7 j b W "wrong_company" Enter"#),
    ("bill", "7 j b Enter"),
    ("prompt_import", "7 i"),
    ("prompt_import_choices", r#"7 i "tests/data/wechat-" Tab Down Down"#),
    ("import", r#"7 i "tests/data/wechat-fundflow-20180912.csv_--account_1101.WECHAT" Enter"#),
    ("import_known", r#"7 i "tests/data/wechat-trade-ALL-20180912.csv" Enter"#),
    ("import_refused", r#"7 i "tests/data/trades-with-mistakes.csv" Enter"#),
    ("match", "7 j Enter j m"),
    ("match_trade", "7 j Enter G m"),
    ("takeover", r#": "end-takeover_it_is_off" Enter y : "takeover" Enter"#),
    ("turnover", "9"),
    ("turnover_accounts", "8 j b j j j Enter"),
    ("explain", "2 Enter x"),
    ("help", "5 ?"),
    ("palette", "5 Enter s Enter : \"s\""),
    ("prompt", "5 Enter s"),
    ("empty", "6"),
];

#[test]
fn pictures() {
    for (name, keys) in PLACES {
        for size in SIZES {
            for lang in [Lang::En, Lang::Zh] {
                let picture = picture(&mut session(lang, *size, keys));
                let file = format!("{name}-{}x{}-{}", size.0, size.1, lang.tag());
                insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!(file, picture);
                });
            }
        }
    }
}

#[test]
fn pictures_of_an_account_beside_its_statements() {
    for (name, then) in [
        ("account_beside", ""),
        ("account_beside_marked", "Space j Space"),
        ("account_statements", "b"),
        ("account_statement", "b Enter"),
    ] {
        let keys = format!(r#": "account_1101.WECHAT" Enter B {then}"#);
        for size in SIZES {
            for lang in [Lang::En, Lang::Zh] {
                let picture = picture(&mut session_over(SampleDesk::with_fund_bill(), lang, *size, &keys));
                let file = format!("{name}-{}x{}-{}", size.0, size.1, lang.tag());
                insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!(file, picture);
                });
            }
        }
    }
}

#[test]
fn an_open_entry_of_an_account_leads_to_its_voucher() {
    let keys = r#": "account_1101.WECHAT" Enter B "#;
    let mut session = session_over(SampleDesk::with_fund_bill(), Lang::En, (120, 40), keys);
    while session.state.screen().behave().name().as_deref() != Some("J00005") {
        let at = session.state.screen().behave().cursor().at();
        session.keys("j");
        assert_ne!(session.state.screen().behave().cursor().at(), at, "the entry is a link");
    }
    session.keys("Enter");
    let voucher = picture(&mut session);
    assert!(voucher.contains("J00005") && voucher.contains("T0007"), "{voucher}");
    let mut session =
        session_over(SampleDesk::with_fund_bill(), Lang::En, (120, 40), &format!("{keys} Enter"));
    let statement = picture(&mut session);
    assert!(statement.contains("wechat-fundflow-20180912.csv") && statement.contains("1,362.69"));
    let mut session =
        session_over(SampleDesk::new(), Lang::En, (120, 40), r#": "account_1101.WECHAT" Enter B"#);
    let none = picture(&mut session);
    assert!(none.contains("There is no such thing"), "{none}");
}

/// A ledger on another host, under the configuration's name, its line as given.
fn elsewhere(lang: Lang, size: (u16, u16), state: ConnectionState, round_trip_ms: Option<u64>) -> Session {
    let mut session = session(lang, size, "5");
    session.state.location = LedgerLocation {
        name: Some("books".to_owned()),
        address: Some("ssh://ops@books.example/srv/books.db".to_owned()),
        role: Some(LedgerRole::Prod),
        colour: Some(Colour::Magenta),
    };
    let address = "ssh://ops@books.example/srv/books.db".to_owned();
    session.act(Action::Connection(Connection { address, state, round_trip_ms, role: Some(Role::Maker) }));
    session
}

#[test]
fn pictures_of_a_connection() {
    for (name, state, round_trip) in [
        ("connection_up", ConnectionState::Up, Some(21)),
        ("connection_down", ConnectionState::Down, None),
        ("connection_reconnecting", ConnectionState::Reconnecting(2), None),
    ] {
        for size in SIZES {
            for lang in [Lang::En, Lang::Zh] {
                let picture = picture(&mut elsewhere(lang, *size, state, round_trip));
                let file = format!("{name}-{}x{}-{}", size.0, size.1, lang.tag());
                let top = picture.lines().take(4).collect::<Vec<_>>().join("\n");
                insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!(file, top);
                });
            }
        }
    }
}

#[test]
fn the_name_wears_the_colour_of_the_configuration() {
    let mut session = elsewhere(Lang::En, (80, 24), ConnectionState::Up, Some(21));
    for (theme, wanted) in [(ThemeName::Dark, Color::Magenta), (ThemeName::Mono, Color::Reset)] {
        session.state.theme = theme;
        let terminal = draw(&mut session.state, (80, 24));
        let buffer = terminal.backend().buffer();
        let line: String = (0..80).map(|x| buffer[(x, 1)].symbol()).collect();
        let at = u16::try_from(line.find("books").map(|at| line[..at].chars().count()).unwrap()).unwrap();
        assert_eq!(buffer[(at, 1)].fg, wanted, "{theme:?} {line}");
    }
}

#[test]
fn a_production_ledger_wears_a_frame_and_the_word() {
    let mut session = Session::with(Lang::Zh, (80, 24), SampleDesk::in_production());
    let picture = picture(&mut session);
    assert!(picture.starts_with('┌') && picture.contains("生产 PROD"), "{picture}");
}

#[test]
fn without_colour_the_selected_row_is_still_marked() {
    let mut session = session(Lang::En, (80, 24), "5 j");
    session.state.theme = ThemeName::Mono;
    let terminal = draw(&mut session.state, (80, 24));
    let buffer = terminal.backend().buffer();
    let marked = (0..24).filter(|y| buffer[(0, *y)].symbol() == "▌").collect::<Vec<u16>>();
    assert_eq!(marked.len(), 1);
    assert!(buffer[(2, marked[0])].modifier.contains(Modifier::REVERSED));
}

#[test]
fn ascii_leaves_no_symbol_that_could_be_two_cells_wide() {
    let mut session = session(Lang::En, (80, 24), "5 Enter");
    session.state.ascii = true;
    let picture = picture(&mut session);
    let strange: String = picture.chars().filter(|c| !c.is_ascii()).collect();
    assert_eq!(strange, "", "{picture}");
}

#[test]
fn the_overview_says_what_the_chart_does_not_allow() {
    let chart = storno::desk::open::DEFAULT_CHART.1;
    for (lang, word) in [(Lang::En, "cannot be booked as owed"), (Lang::Zh, "无法转为应收")] {
        for (chart, lacks) in
            [(chart.to_owned(), false), (chart.replace("role = \"receivable\"\n", ""), true)]
        {
            let mut session = session_over(SampleDesk::with_chart(&chart), lang, (160, 40), "");
            let shown = picture(&mut session).replace(['\n', ' ', '│'], "");
            assert_eq!(shown.contains(&word.replace(' ', "")), lacks, "{shown}");
        }
    }
}
