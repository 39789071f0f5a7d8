//! The workstation on a ledger of two currencies: no screen and no question adds them.

use super::desk::SampleDesk;
use super::pictures::{draw, session_over, shown};
use storno::app::Overlay;
use storno::i18n::Lang;

fn picture(keys: &str) -> String {
    let mut session = session_over(SampleDesk::in_two_currencies(), Lang::En, (120, 30), keys);
    let terminal = draw(&mut session.state, (120, 30));
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
