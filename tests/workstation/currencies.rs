//! The workstation on a ledger of two currencies: no screen and no question adds them.

use super::desk::SampleDesk;
use super::pictures::{draw, session_over, shown};
use storno::app::{Effect, Overlay};
use storno::i18n::Lang;

fn picture(keys: &str) -> String {
    picture_of(Lang::En, (120, 30), keys)
}

fn picture_of(lang: Lang, size: (u16, u16), keys: &str) -> String {
    let mut session = session_over(SampleDesk::in_two_currencies(), lang, size, keys);
    let terminal = draw(&mut session.state, size);
    shown(terminal.backend().buffer())
}

#[test]
fn each_screen_has_a_sum_for_each_currency() {
    for (keys, sums) in [("", "1.00 CNY · 2.00 USD"), ("3", "3.00 CNY · 4.00 USD")] {
        let shown = picture(keys);
        assert!(shown.contains(sums), "{shown}");
    }
}

#[test]
fn a_question_names_the_sum_of_each_currency() {
    for keys in ["p", "5 Space Space p"] {
        let session = session_over(SampleDesk::in_two_currencies(), Lang::En, (120, 30), keys);
        let Some(Overlay::Confirm(confirm)) = &session.state.overlay else {
            panic!("{keys}: {:?}", session.state.overlay)
        };
        let sums: Vec<_> = confirm.sums.iter().map(|(code, sum)| (code.as_str(), *sum)).collect();
        assert_eq!(sums, [("CNY", 100), ("USD", 200)], "{keys}");
    }
}

#[test]
fn each_row_says_its_currency_on_every_terminal() {
    for (lang, head) in [(Lang::En, "cur"), (Lang::Zh, "币种")] {
        for size in [(80, 24), (120, 40)] {
            for (keys, row) in [
                ("2", ["T1 ", "3.00 CNY"]),
                ("2", ["T4 ", "2.00 USD"]),
                ("3 / 2 Enter", ["2001.A.USD", "4.00 USD"]),
                ("4 G Enter", ["2001.A.USD", " USD"]),
                ("5", ["T4 ", "USD 2.00"]),
                ("9", ["2001 ", " USD"]),
            ] {
                let shown = picture_of(lang, size, keys);
                let [name, cells] = row;
                let mut lines =
                    shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
                let found = lines.any(|line| line.contains(name) && line.contains(cells));
                assert!(found && shown.contains(head), "{keys} {size:?}\n{shown}");
            }
        }
    }
}

#[test]
fn the_lines_of_a_finding_bear_the_code_of_their_currency() {
    let shown = picture_of(Lang::En, (80, 24), "5 j Enter");
    let line = shown.lines().find(|line| line.contains("2001.A.USD")).unwrap_or_else(|| panic!("{shown}"));
    assert!(line.contains("2.00 USD"), "{shown}");
}

#[test]
fn an_export_has_the_currency_of_each_row() {
    let session = session_over(SampleDesk::in_two_currencies(), Lang::En, (80, 24), "2 e Enter");
    let Some(Effect::Export { text, rows: 4, .. }) = session.effects.last() else { panic!() };
    assert!(text.lines().next().unwrap().contains("amount,cur,"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("T4,") && line.contains(",2.00,USD,")), "{text}");
}
