//! No size of the terminal makes a screen fall over, and the caret stands in its place.

use super::desk::SampleDesk;
use super::pictures::{draw, session, session_over, shown};
use storno::app::{Action, Key, Press};
use storno::i18n::Lang;
use storno::ui::text::width;

#[test]
fn no_size_makes_a_screen_fall_over() {
    for keys in
        ["", "5 Space", r#"5 Enter s Enter S : "op_op2" Enter A y C"#, "4 Enter", "2 ?", "3 :", "5 Enter s"]
    {
        let mut session = session_over(SampleDesk::in_production(), Lang::Zh, (80, 24), keys);
        session.act(Action::Press("Ctrl-c".parse().unwrap()));
        for columns in (1..=200).step_by(if keys.is_empty() { 1 } else { 9 }) {
            for rows in 1..=60 {
                session.state.size = (columns, rows);
                draw(&mut session.state, (columns, rows));
            }
        }
    }
}

#[test]
fn the_caret_stands_where_one_types_even_among_wide_characters() {
    let mut session = session(Lang::Zh, (80, 24), "2 /");
    for c in "客户A".chars() {
        session.act(Action::Press(Press::plain(Key::Char(c))));
    }
    let mut terminal = draw(&mut session.state, (80, 24));
    let caret = terminal.get_cursor_position().unwrap();
    let line = shown(terminal.backend().buffer()).lines().nth(usize::from(caret.y)).unwrap().to_owned();
    let before = &line[..line.find("客户A").unwrap() + "客户A".len()];
    assert_eq!(width(before), usize::from(caret.x), "{line}");
}
